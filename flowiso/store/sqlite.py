"""SQLite: what it says its own way, and a file of it."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy.dialects import sqlite

from flowiso.errors import FlowISOError, StoreError
from flowiso.model import Case
from flowiso.ports import Beside
from flowiso.text import Text

from .connections import Cursors, leave, put_away
from .lines import Row, taken, unstorable
from .link import Clash, Cursor, T, Tip, Unlearnt, Work, put_beside
from .standing import Standing
from .statements import OF_WORDS, Statements, compiled
from .tables import LOG, definitions
from .turns import Job, Turns

if TYPE_CHECKING:
    from flowiso.ports import StoreKind

_CHUNK = 2_000
_FAILS = (sqlite3.Error, UnicodeEncodeError, OverflowError)
_TAKEN = ("SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY", "SQLITE_CONSTRAINT_TRIGGER")
# The triggers before INSERT are there for INSERT OR REPLACE too, which takes the old row away without firing one for DELETE.
_TRIGGERS = (
    """CREATE TRIGGER moves_follow BEFORE INSERT ON moves
    WHEN new.seq IS NOT (SELECT coalesce(max(seq) + 1, 0) FROM moves WHERE dossier = new.dossier)
        OR (new.seq = 0 AND NOT EXISTS (SELECT 1 FROM dossiers WHERE id = new.dossier))
    BEGIN SELECT RAISE(ABORT, 'moves is append-only: seq must follow'); END""",
    """CREATE TRIGGER words_new BEFORE INSERT ON words
    WHEN EXISTS (SELECT 1 FROM words WHERE id = new.id OR word = new.word)
    BEGIN SELECT RAISE(ABORT, 'words is append-only: it is there'); END""",
    """CREATE TRIGGER dossiers_new BEFORE INSERT ON dossiers
    WHEN EXISTS (SELECT 1 FROM dossiers WHERE id = new.id OR (agency = new.agency AND number = new.number))
    BEGIN SELECT RAISE(ABORT, 'dossiers is append-only: the number is taken'); END""",
    """CREATE TRIGGER heads_follow BEFORE INSERT ON heads
    WHEN new.position IS NOT (SELECT coalesce(max(position) + 1, 0) FROM heads WHERE agency = new.agency)
    BEGIN SELECT RAISE(ABORT, 'heads is append-only: position must follow'); END""",
    *(
        f"CREATE TRIGGER {table}_{verb.lower()} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only: no {verb}'); END"
        for table in LOG
        for verb in ("UPDATE", "DELETE")
    ),
)


@cache
def _statements() -> Statements:
    return compiled(sqlite.dialect(), sqlite.insert)


class Sqlite:
    """SQLite's own words."""

    tables = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'"
    fails: tuple[type[Exception], ...] = _FAILS

    def __init__(self, path: Path, patience: float) -> None:
        self.place = str(path)
        self.url = f"sqlite:///{path}"
        self.sql = _statements()
        self.standing = Standing(self.sql)
        self._folder = path.parent
        self._patience = patience

    def definitions(self, _: Cursor) -> Iterator[str]:
        """Tables, indexes, the view and triggers; the right to write is held already."""
        yield from definitions(sqlite.dialect())
        yield from _TRIGGERS

    def begin(self, cursor: Cursor, case: Case, rows: Sequence[Row], beside: Beside) -> int:
        """Write a new dossier; its row."""
        cursor.execute(self.sql.put_case, case)
        dossier = int(cursor.fetchall()[0][0])
        self._put(cursor, case.agency, dossier, rows, beside)
        return dossier

    def begin_many(self, cursor: Cursor, dossiers: Sequence[tuple[Case, Sequence[Row]]]) -> None:
        """Write many."""
        ids = [self._put_case(cursor, case) for case, _ in dossiers]
        lines = ((dossier, *row) for dossier, (_, rows) in zip(ids, dossiers, strict=True) for row in rows)
        cursor.executemany(self.sql.put_line, lines)

    def _put_case(self, cursor: Cursor, case: Case) -> int:
        try:
            cursor.execute(self.sql.put_case, case)
        except sqlite3.IntegrityError as error:
            raise (taken(case) if error.sqlite_errorname in _TAKEN else error) from error
        return int(cursor.fetchall()[0][0])

    def learn(self, cursor: Cursor, words: Sequence[str]) -> None:
        """Put down the words that aren't there yet."""
        cursor.executemany(self.sql.put_word, [(word, word) for word in words])

    def one_batch_at_a_time(self, cursor: Cursor) -> None:
        """There is one writer anyway."""

    def add(self, cursor: Cursor, agency: str, tip: Tip, rows: Sequence[Row], beside: Beside) -> bool:
        """Write lines after a tip; False unless it is there. That nothing comes after it, the lines' own keys see to."""
        if not tip.mark or tip.mark != self.standing.mark:
            cursor.execute(self.sql.ends, tip[:3])
            if not cursor.fetchall():
                return False
        self._put(cursor, agency, tip.dossier, rows, beside)
        return True

    def _put(self, cursor: Cursor, agency: str, dossier: int, rows: Sequence[Row], beside: Beside) -> None:
        """Write lines and what goes with them, with the numbers of words where they are known."""
        known = self.standing.numbered(dossier, rows, beside.events)
        if known is None:
            for row in rows:
                cursor.execute(self.sql.put_line, (dossier, *row))
            put_beside(cursor, self.sql, agency, dossier, rows[-1][0], beside)
            self.standing.learn(cursor, chain((event.type for event in beside.events), *(row[2:6] for row in rows)))
            return
        lines, events = known
        for line in lines:
            cursor.execute(self.sql.put_numbered, line)
        for event in events:
            cursor.execute(self.sql.put_numbered_event, event)
        if beside.key or beside.people is not None:
            put_beside(cursor, self.sql, agency, dossier, rows[-1][0], beside._replace(events=()))

    def translated(self, error: Exception) -> FlowISOError:
        """What an error of the driver says to us."""
        name = getattr(error, "sqlite_errorname", "")
        if isinstance(error, UnicodeEncodeError | OverflowError):
            return unstorable(error)
        if name == "SQLITE_CONSTRAINT_NOTNULL":  # "NOT NULL constraint failed: moves.actor"
            table, _, column = str(error).rpartition(" ")[-1].partition(".")
            return Unlearnt() if column in OF_WORDS.get(table, ()) else unstorable(error)
        if name in _TAKEN:  # "UNIQUE constraint failed: keys.agency, keys.key", or the words of a trigger
            return Clash(str(error).removeprefix("UNIQUE constraint failed: ").replace(".", " ").split()[0])
        found = next((text for prefix, text in self._explanations().items() if name.startswith(prefix)), None)
        return StoreError(
            found
            or Text(
                f"không dùng được kho {self.place} ({error}): xem nguyên nhân trong ngoặc rồi thử lại",
                f"store {self.place} can't be used ({error}): see the reason in brackets and try again",
            )
        )

    def _explanations(self) -> dict[str, Text]:
        place, patience = self.place, self._patience
        free = f"{_free(self._folder) / 1e6:.1f} MB"
        return {
            "SQLITE_BUSY": Text(
                f"kho {place} đang bị chương trình khác giữ quá {patience:g} giây; chưa ghi gì: thử lại sau",
                f"store {place} was held by another program for over {patience:g} s; nothing was written: wait",
            ),
            "SQLITE_FULL": Text(
                f"hết chỗ trên đĩa cho kho {place} (còn {free}); chưa ghi gì: giải phóng đĩa rồi làm lại",
                f"no room on the disk for store {place} ({free} free); nothing was written: make room, try again",
            ),
            "SQLITE_NOTADB": Text(
                f"{place} không phải là kho FlowISO (không phải cơ sở dữ liệu SQLite): xem lại tên tệp",
                f"{place} is no FlowISO store (not an SQLite database): check the file's name",
            ),
            "SQLITE_CORRUPT": Text(
                f"kho {place} bị hỏng: đừng ghi tiếp, hãy khôi phục từ bản sao lưu",
                f"store {place} is damaged: write no more, restore it from a backup",
            ),
            "SQLITE_CANTOPEN": Text(
                f"không mở được {place}: xem thư mục có tồn tại, có quyền đọc và ghi không",
                f"can't open {place}: see that its folder exists and may be read and written",
            ),
            "SQLITE_READONLY": Text(
                f"kho {place} chỉ cho đọc: xin quyền ghi tệp và thư mục của nó",
                f"store {place} is read-only: ask for leave to write the file and its folder",
            ),
        }


def _free(folder: Path) -> int:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return 0


def _held(error: BaseException | None) -> bool:
    """Whether others kept the file from us."""
    return getattr(error, "sqlite_errorname", "").startswith("SQLITE_BUSY")


class SqliteFile:
    """A file of SQLite: readers have a connection each, all writers of the process share one and its commits."""

    def __init__(self, path: Path, patience: float, read_only: bool = False) -> None:
        """`patience` is how many seconds to wait for writers of other processes."""
        self.path = path
        self.tongue = Sqlite(path, patience)
        self._patience = patience
        self._read_only = read_only
        self._cursors = Cursors(self._connect)
        self._turns = Turns(self._commit)
        self._writer: sqlite3.Cursor | None = None

    @classmethod
    def at(cls, url: str, patience: float, read_only: bool) -> SqliteFile:
        """The file that an address names."""
        path = url.removeprefix("sqlite:///")
        if path == url or path in ("", ":memory:") or path.startswith("file:") or "?" in path:
            raise StoreError(
                Text(
                    f"không hiểu địa chỉ kho {url}: hãy viết sqlite:///tên-tệp.db, hoặc memory: cho kho tạm",
                    f"can't understand store address {url}: write sqlite:///file.db, or memory: for a passing store",
                )
            )
        return cls(Path(path), patience, read_only)

    def exists(self) -> bool:
        """Whether the file is there at all."""
        return self.path.exists()

    def patiently(self, work: Callable[[], StoreKind]) -> StoreKind:
        """Open it, again while others make the same store: in the change to WAL SQLite turns away without waiting."""
        end = time.monotonic() + self._patience
        while True:
            try:
                return work()
            except StoreError as error:
                if not _held(error.__cause__) or time.monotonic() > end:
                    raise
                time.sleep(0.01)

    def prepare(self) -> None:
        """Turn on WAL, which stays with the file."""
        if not self._read_only:
            self.read(lambda cursor: cursor.execute("PRAGMA journal_mode = WAL").fetchall())

    def read(self, work: Work[T], brief: bool = False) -> T:
        """Do what only reads. What is brief is done where the last writer was, if nobody is: what he wrote is at hand there."""
        if brief and self._turns.idle():
            try:
                return self._read_there(work)
            finally:
                self._turns.pass_on()
        cursor = self._take()
        try:
            answer = work(cursor)
        except BaseException as error:
            put_away(cursor)
            self._check(error)
            raise
        self._cursors.give(cursor)
        return answer

    def _read_there(self, work: Work[T]) -> T:
        try:
            if self._writer is None:
                self._writer = self._cursors.connect()
            return work(self._writer)
        except _FAILS as error:
            raise self.tongue.translated(error) from error

    def stream(self, statement: str, parameters: Sequence[object]) -> Iterator[Sequence[Any]]:
        """The rows of a query as they stood when it began."""
        cursor = self._take()
        try:
            cursor.execute(statement, parameters)
            while rows := cursor.fetchmany(_CHUNK):
                yield from rows
        except BaseException as error:
            put_away(cursor)
            self._check(error)
            raise
        self._cursors.give(cursor)

    def _take(self) -> Cursor:
        try:
            return self._cursors.take()
        except _FAILS as error:
            raise self.tongue.translated(error) from error

    def _check(self, error: BaseException) -> None:
        if isinstance(error, _FAILS):
            raise self.tongue.translated(error) from error

    def write(self, work: Work[T], single: bool = False) -> T:
        """Do all or nothing, on disk when it returns, together with what others write at this moment."""
        if self._turns.alone():
            try:
                return self._write_alone(work)
            finally:
                self._turns.pass_on(wrote=True)
        job = self._turns.take(work)
        error = job.error
        if error is None:
            return cast("T", job.answer)
        try:
            self._check(error)
            raise error
        finally:
            del job, error  # otherwise they are in each other's traceback for good

    def _write_alone(self, work: Work[T]) -> T:
        """Do it in a transaction of its own."""
        try:
            cursor = self._begun()
            answer = work(cursor)
            cursor.execute("COMMIT")
        except BaseException as error:
            self._roll_back()
            self._check(error)
            raise
        return answer

    def forget(self) -> None:
        """Leave everything open to the process we are a fork of, and begin anew."""
        self._cursors.forget()
        if self._writer is not None:
            leave(self._writer)
        self._writer, self._turns = None, Turns(self._commit)
        self.tongue.standing.forget()

    def close(self) -> None:
        """Let go of the file."""
        if self._writer is not None:
            put_away(self._writer)
            self._writer = None
        self._cursors.close()

    def _connect(self) -> sqlite3.Cursor:
        """A cursor of a connection in which the driver begins no transaction behind our back."""
        options: dict[str, Any] = {"timeout": self._patience, "isolation_level": None, "check_same_thread": False}
        if self._read_only:
            return self._connect_read_only(options)
        connection = sqlite3.connect(self.path, **options)
        return _set(connection, "PRAGMA synchronous = FULL", "PRAGMA foreign_keys = ON")

    def _connect_read_only(self, options: dict[str, Any]) -> sqlite3.Cursor:
        """Where WAL's own files can't be made, as on a CD, nobody writes either: the file can be read as it is."""
        uri = self.path.absolute().as_uri()
        try:
            connection = sqlite3.connect(f"{uri}?mode=ro", uri=True, **options)
            return _set(connection, "PRAGMA query_only = ON", "SELECT 1 FROM sqlite_master")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname not in ("SQLITE_CANTOPEN", "SQLITE_READONLY_DIRECTORY") or not self.exists():
                raise
        connection = sqlite3.connect(f"{uri}?mode=ro&immutable=1", uri=True, **options)
        return _set(connection, "PRAGMA query_only = ON")

    def _commit(self, batch: Sequence[Job]) -> None:
        """Do jobs in one transaction; if it can't be committed all of them have failed.

        Only when one of several fails are they done again, each apart from the others: that is rare, and savepoints take time.
        """
        try:
            cursor = self._begun()
            try:
                for job in batch:
                    job.answer = job.work(cursor)
            except Exception:
                self.tongue.standing.forget()
                if len(batch) == 1:
                    raise
                cursor = self._begun()
                for job in batch:
                    self._do_apart(cursor, job)
            cursor.execute("COMMIT")
        except BaseException as error:
            self._roll_back()
            for job in batch:
                job.error = error if isinstance(error, Exception) else self._broken_off()
            if not isinstance(error, Exception):
                raise

    def _do_apart(self, cursor: Cursor, job: Job) -> None:
        """Do a job so that its failure is undone without the others'."""
        cursor.execute("SAVEPOINT one")
        try:
            job.answer = job.work(cursor)
        except Exception as error:
            self.tongue.standing.forget()
            if not cursor.connection.in_transaction:  # a full disk, say, has undone all of it
                raise
            cursor.execute("ROLLBACK TO one")
            job.error = error
        cursor.execute("RELEASE one")

    def _begun(self) -> sqlite3.Cursor:
        """The writer's cursor in a new transaction.

        Cursors are kept: one that is left to the garbage collector may be taken apart by a thread that then waits for the
        connection, with the interpreter's lock in its hand, while whoever has the connection waits for that lock.
        """
        if self._writer is None:
            self._writer = self._cursors.connect()
        if self._writer.connection.in_transaction:
            self._writer.execute("ROLLBACK")
        self._writer.execute("BEGIN IMMEDIATE")
        self.tongue.standing.look(self._writer)
        return self._writer

    def _roll_back(self) -> None:
        self.tongue.standing.forget()
        with suppress(sqlite3.Error):
            if self._writer is not None and self._writer.connection.in_transaction:
                self._writer.execute("ROLLBACK")

    def _broken_off(self) -> StoreError:
        place = self.tongue.place
        return StoreError(
            Text(
                f"việc ghi vào kho {place} bị ngắt giữa chừng: đọc lại hồ sơ rồi làm lại",
                f"the writing to store {place} was broken off: read the dossier again and try again",
            )
        )


def _set(connection: sqlite3.Connection, *statements: str) -> sqlite3.Cursor:
    try:
        for statement in statements:
            connection.execute(statement).close()
    except BaseException:
        connection.close()
        raise
    return connection.cursor()
