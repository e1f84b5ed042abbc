"""SQLite: what it says its own way."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator, Sequence, Set
from functools import cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Dialect
from sqlalchemy.dialects import sqlite

from flowiso.chain import begin
from flowiso.errors import FlowISOError, StoreError
from flowiso.model import Case
from flowiso.ports import Beside
from flowiso.text import Text

from .guards import KNOWS, TRIGGERS, kept_guard
from .keeping import NAME, NOT_KEPT, Keeping, Kept
from .keeping import rows as kept_rows
from .lines import Dossiers, Row, taken, unstorable, written
from .link import Clash, Cursor, Tip, Unkept, Unlearnt, put_beside
from .standing import Standing
from .statements import OF_WORDS, Statements, compiled
from .tables import definitions

if TYPE_CHECKING:
    pass

CHUNK = 2_000
FAILS = (sqlite3.Error, UnicodeEncodeError, OverflowError)
_TAKEN = ("SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY", "SQLITE_CONSTRAINT_TRIGGER")


@cache
def _statements() -> Statements:
    return compiled(sqlite.dialect(), sqlite.insert)


class Sqlite:
    """SQLite's own words."""

    tables = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'"
    fails: tuple[type[Exception], ...] = FAILS
    dialect: Dialect = sqlite.dialect()

    def __init__(self, path: Path, patience: float) -> None:
        self.place = str(path)
        self.url = f"sqlite:///{path}"
        self.sql = _statements()
        self.standing = Standing(self.sql)
        self.keeping = Keeping()
        self.said = 0
        self._folder = path.parent
        self._patience = patience

    def definitions(self, _: Cursor) -> Iterator[str]:
        """Tables, indexes, the view and triggers; the right to write is held already."""
        yield from definitions(self.dialect)
        yield from TRIGGERS

    def guard(self, _: Cursor, generation: int, first: bool) -> Iterator[str]:
        """Ask every writer which generation of kept totals he knows; the right to write is held already."""
        yield from kept_guard(generation)

    def rows(self, cursor: Cursor, statement: str, parameters: Sequence[object]) -> Iterator[Sequence[Any]]:
        """The rows of a query in the transaction of a cursor."""
        other = cursor.connection.cursor()
        other.row_factory = None
        try:
            other.execute(statement, parameters)
            while found := other.fetchmany(CHUNK):
                yield from found
        finally:
            other.close()

    def begin(self, cursor: Cursor, case: Case, rows: Sequence[Row], beside: Beside, kept: Kept) -> int:
        """Write a new dossier; its row."""
        cursor.execute(self.sql.put_case, case)
        dossier = int(cursor.fetchall()[0][0])
        self._put(cursor, case.agency, dossier, rows, beside, kept)
        return dossier

    def begin_many(self, cursor: Cursor, dossiers: Dossiers, generation: int) -> None:
        """Write many."""
        self.said = generation
        cases = [case for case, _ in dossiers]
        first = self._put_cases(cursor, cases)
        number = self._numbers(cursor, {word for _, moves in dossiers for move in moves for word in move[2:6]})
        ((stamp,),) = cursor.execute(self.sql.stamp).fetchall()
        lines = (
            (
                dossier,
                seq,
                at,
                number[actor],
                number[action],
                number[step],
                number[holder],
                note,
                record,
                its_hash,
                stamp,
            )
            for dossier, (case, moves) in enumerate(dossiers, first)
            for seq, at, actor, action, step, holder, note, record, its_hash in written(begin(case), moves)
        )
        cursor.executemany(self.sql.put_stamped, lines)

    def _put_cases(self, cursor: Cursor, cases: Sequence[Case]) -> int:
        """Write cases, in consecutive rows; the first of these."""
        ((first,),) = cursor.execute(self.sql.next_case).fetchall()
        connection = cursor.connection
        before = connection.total_changes
        try:
            cursor.executemany(self.sql.put_case_at, ((row, *case) for row, case in enumerate(cases, first)))
        except sqlite3.IntegrityError as error:
            raise (
                taken(cases[connection.total_changes - before]) if error.sqlite_errorname in _TAKEN else error
            ) from error
        return int(first)

    def _numbers(self, cursor: Cursor, words: Set[Any]) -> dict[Any, int | None]:
        """The numbers of words, put down now where they are new; None of what is no word, which no line takes."""
        real = sorted(word for word in words if isinstance(word, str))
        self.learn(cursor, real)
        found = {word: cursor.execute(self.sql.number_of, (word,)).fetchall()[0][0] for word in real}
        return dict.fromkeys(words) | found

    def learn(self, cursor: Cursor, words: Sequence[str]) -> None:
        """Put down the words that aren't there yet."""
        cursor.executemany(self.sql.put_word, [(word, word) for word in words])

    def one_batch_at_a_time(self, cursor: Cursor) -> None:
        """There is one writer anyway."""

    def add(self, cursor: Cursor, agency: str, tip: Tip, rows: Sequence[Row], beside: Beside, kept: Kept) -> bool:
        """Write lines after a tip; False unless it is there. That nothing comes after it, the lines' own keys see to."""
        if not tip.mark or tip.mark != self.standing.mark:
            cursor.execute(self.sql.ends, tip[:3])
            if not cursor.fetchall():
                return False
        self._put(cursor, agency, tip.dossier, rows, beside, kept)
        return True

    def _put(self, cursor: Cursor, agency: str, dossier: int, rows: Sequence[Row], beside: Beside, kept: Kept) -> None:
        """Write lines and what goes with them, with the numbers of words where they are known."""
        if kept is not NOT_KEPT or self.said:
            self._put_kept(cursor, agency, kept)
        known = self.standing.numbered(dossier, rows, beside.events)
        if known is None:
            for row in rows:
                cursor.execute(self.sql.put_line, (dossier, *row))
            put_beside(cursor, self.sql, agency, dossier, rows[-1][0], beside)
            self.standing.learn(cursor, chain((event.type for event in beside.events), *(row[2:6] for row in rows)))
            return
        statement, lines, events = known
        cursor.executemany(statement, lines)
        for event in events:
            cursor.execute(self.sql.put_numbered_event, event)
        if beside.key or beside.people is not None:
            put_beside(cursor, self.sql, agency, dossier, rows[-1][0], beside._replace(events=()))

    def _put_kept(self, cursor: Cursor, agency: str, kept: Kept) -> None:
        """Add to the kept totals, and have the trigger know that it was done."""
        self.said = kept.generation
        cursor.executemany(self.sql.add_kept, kept_rows(agency, kept.changes))

    def translated(self, error: Exception) -> FlowISOError:
        """What an error of the driver says to us."""
        name = getattr(error, "sqlite_errorname", "")
        if isinstance(error, UnicodeEncodeError | OverflowError):
            return unstorable(error)
        if name == "SQLITE_CONSTRAINT_NOTNULL":  # "NOT NULL constraint failed: moves.actor"
            table, _, column = str(error).rpartition(" ")[-1].partition(".")
            return Unlearnt() if column in OF_WORDS.get(table, ()) else unstorable(error)
        if NAME in str(error) or KNOWS in str(error):
            return Unkept()
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
