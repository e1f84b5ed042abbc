"""What is still owed to which receiver, in a small SQLite file of its own beside the receivers' file.

It is no second truth: an event stays in the store's outbox until nobody is owed it any more, so a journal that is lost costs
repetitions, never events. Every change is one transaction, on disk (synchronous=FULL) before it counts.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from ..errors import StoreError, reason
from ..text import Text

_SCHEMA = """
CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS letters (
    id INTEGER PRIMARY KEY, event TEXT NOT NULL, number TEXT NOT NULL, type TEXT NOT NULL, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS owed (
    receiver TEXT NOT NULL, number TEXT NOT NULL, letter INTEGER NOT NULL REFERENCES letters, tries INTEGER NOT NULL,
    next INTEGER NOT NULL, failure TEXT NOT NULL, dead INTEGER NOT NULL,
    PRIMARY KEY (receiver, number, letter)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS owed_letter ON owed (letter);
"""
_HEADS = """
SELECT number, min(letter) AS first, dead, next FROM owed WHERE receiver = ? GROUP BY number
"""
_FIRST = """
SELECT letter, event, type, body, tries, next, dead FROM owed JOIN letters ON letters.id = owed.letter
WHERE receiver = ? AND owed.number = ? ORDER BY letter LIMIT 1
"""
_SHOWN = """
SELECT receiver, event, type, tries, next, failure, dead FROM owed JOIN letters ON letters.id = owed.letter
ORDER BY dead DESC, receiver, letter
"""


class Letter(NamedTuple):
    """An event to be sent, by its `id` in the outbox: its own id, the dossier's number, its type, and the very bytes."""

    id: int
    event: str
    number: str
    type: str
    body: bytes


class Owed(NamedTuple):
    """A letter that a receiver hasn't acknowledged after so many `tries`; not to be tried before `next`."""

    letter: int
    event: str
    type: str
    body: bytes
    tries: int
    next: int
    dead: bool


class Shown(NamedTuple):
    """The same as it is listed, with why it failed last."""

    receiver: str
    event: str
    type: str
    tries: int
    next: int
    failure: str
    dead: bool


class Journal:
    """An open journal of one store's agency; only one process may have it open to deliver (`exclusive`)."""

    def __init__(self, file: Path, about: Mapping[str, str], exclusive: bool = True) -> None:
        """Raises StoreError where it can't be used: another process delivers, or it is about another store or agency."""
        self.file, self._lock = file, Lock()
        self._guard = _guard(file) if exclusive else None
        try:
            with _told(file):
                file.touch(0o600)
                self._db = sqlite3.connect(file, timeout=20, isolation_level=None, check_same_thread=False)
                self._db.execute("PRAGMA synchronous=FULL")
                self._db.executescript(_SCHEMA)
                self._check(about)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the file."""
        for one in (getattr(self, "_db", None), self._guard):
            if one is not None:
                one.close()

    def _check(self, about: Mapping[str, str]) -> None:
        with self._written() as db:
            db.executemany("INSERT OR IGNORE INTO about VALUES (?, ?)", about.items())
            found = dict(db.execute("SELECT name, value FROM about"))
        if found != dict(about):
            raise StoreError(
                Text(
                    f"'{self.file}' là sổ gửi của kho hoặc cơ quan khác; hãy dùng tệp nơi nhận riêng cho kho này",
                    f"'{self.file}' is the journal of another store or agency; give this store a file of receivers of its own",
                )
            )

    @contextmanager
    def _written(self) -> Iterator[sqlite3.Connection]:
        """One transaction, all of it or nothing."""
        with self._lock, _told(self.file):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:  # SQLite has rolled back by itself where the disk is full
                    self._db.execute("ROLLBACK")
                raise

    def _rows(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        with self._lock, _told(self.file):
            return self._db.execute(sql, values).fetchall()

    def check_writable(self) -> None:
        """Write a page that says nothing, onto the disk. Raises StoreError where nothing can be written just now."""
        with self._written() as db:
            db.execute("PRAGMA user_version = 0")  # an UPDATE to what is there already would write no page

    def known(self) -> dict[int, str]:
        """The events it has letters of, by their ids in the outbox."""
        return dict(self._rows("SELECT id, event FROM letters"))  # type: ignore[arg-type]

    def take(self, letters: Iterable[tuple[Letter, Sequence[str]]]) -> None:
        """Note letters and who is owed each; what was owed already is owed from the start again."""
        letters = tuple(letters)
        owed = [(name, letter.number, letter.id) for letter, receivers in letters for name in receivers]
        with self._written() as db:
            db.executemany("INSERT OR IGNORE INTO letters VALUES (?, ?, ?, ?, ?)", (letter for letter, _ in letters))
            db.executemany("INSERT OR REPLACE INTO owed VALUES (?, ?, ?, 0, 0, '', 0)", owed)

    def heads(self, receiver: str, due: Callable[[int], bool]) -> list[str]:
        """The dossiers whose first owed letter is due by its `next`, those that have waited longest first."""
        found = sorted(self._rows(_HEADS, receiver), key=lambda row: row[1])  # type: ignore[arg-type,return-value]
        return [str(number) for number, _, dead, at in found if not dead and due(int(str(at)))]

    def first(self, receiver: str, number: str) -> Owed | None:
        """The first letter of a dossier that a receiver is owed: those after it wait for it, dead or not."""
        for row in self._rows(_FIRST, receiver, number):
            return Owed._make((*row[:-1], bool(row[-1])))
        return None

    def acknowledged(self, receiver: str, number: str, letter: int) -> None:
        """It is owed no longer."""
        with self._written() as db:
            db.execute("DELETE FROM owed WHERE receiver = ? AND number = ? AND letter = ?", (receiver, number, letter))

    def failed(self, receiver: str, number: str, letter: int, failure: str, again: int, dead: bool) -> None:
        """It was tried once more in vain; `again` is when to try next."""
        with self._written() as db:
            db.execute(
                "UPDATE owed SET tries = tries + 1, failure = ?, next = ?, dead = ?"
                " WHERE receiver = ? AND number = ? AND letter = ?",
                (failure, again, dead, receiver, number, letter),
            )

    def settled(self) -> list[int]:
        """The letters that nobody is owed any more."""
        return [
            int(str(row[0])) for row in self._rows("SELECT id FROM letters WHERE id NOT IN (SELECT letter FROM owed)")
        ]

    def forget(self, letters: Iterable[int]) -> None:
        """Let go of letters that nobody is owed: the outbox has been told."""
        with self._written() as db:
            db.executemany("DELETE FROM letters WHERE id = ?", ((one,) for one in letters))

    def give_up(self, receiver: str, event: str | None) -> int:
        """A receiver is owed an event no longer, or nothing at all; how many letters that were."""
        one = " AND letter IN (SELECT id FROM letters WHERE event = ?)" if event is not None else ""
        with self._written() as db:
            values = (receiver,) if event is None else (receiver, event)
            return db.execute(f"DELETE FROM owed WHERE receiver = ?{one}", values).rowcount

    def revive(self, receivers: Iterable[str]) -> int:
        """Dead letters are tried again, from the first try on; how many."""
        with self._written() as db:
            sql = "UPDATE owed SET tries = 0, next = 0, dead = 0 WHERE dead = 1 AND receiver = ?"
            return sum(db.execute(sql, (name,)).rowcount for name in receivers)

    def shown(self) -> list[Shown]:
        """Everything that is owed, dead letters first."""
        return [Shown._make((*row[:-1], bool(row[-1]))) for row in self._rows(_SHOWN)]

    def receivers(self) -> set[str]:
        """Who is owed anything."""
        return {str(row[0]) for row in self._rows("SELECT DISTINCT receiver FROM owed")}


def _guard(file: Path) -> sqlite3.Connection:
    """A lock that the operating system lets go of when its process dies, however it does."""
    lock = file.with_name(f"{file.name}.lock")
    with _told(lock):
        guard = sqlite3.connect(lock, timeout=0, isolation_level=None, check_same_thread=False)
        try:
            guard.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as error:
            with closing(guard):
                if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
                    raise _used(file) from error
                raise
    return guard


def _used(file: Path) -> StoreError:
    return StoreError(
        Text(
            f"một lệnh 'flowiso deliver' khác đang dùng '{file}'; hãy chờ hoặc dừng lệnh ấy",
            f"another 'flowiso deliver' is using '{file}'; wait for it or stop it",
        )
    )


@contextmanager
def _told(file: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        why = reason(error) if isinstance(error, OSError) else Text(str(error), str(error))
        raise StoreError(
            Text(f"không dùng được sổ gửi '{file}': {why.vi}", f"can't use the journal '{file}': {why.en}")
        ) from error
