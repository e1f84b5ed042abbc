"""Logs in an SQL database, each write one durable transaction; what is a database's own stands in `sqlite` and `postgres`."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from flowiso.chain import begin
from flowiso.errors import Conflict, Repeated
from flowiso.model import Case, Move
from flowiso.ports import (
    NOTHING,
    Beside,
    Change,
    Event,
    Head,
    Lines,
    Notice,
)

from .asking import Asking
from .joined import Joined
from .keeping import NOT_KEPT, Kept
from .lines import (
    Dossiers,
    Row,
    Told,
    begun,
    follow,
    in_order,
    lines,
    numbered,
    repeated,
    taken,
    unknown,
    vocabulary,
    words,
    written,
)
from .link import FOREVER, MANY, Clash, Cursor, Link, T, Tip, Tips, Unkept, Unlearnt, Work, put_beside, put_people
from .making import Nature, kept, link_to, make, missing, opened
from .rows import DOSSIER, case_of, end_of, head_of
from .seals import next_head

if TYPE_CHECKING:
    from flowiso.ports import StoreKind

_LOOKS = 5
"""How often a write is tried again when it was told something new, before what it is told is an error."""


_open: WeakSet[SqlStore] = WeakSet()


def _forked() -> None:
    for store in _open:
        store._forget()  # noqa: SLF001


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)


class SqlStore(Asking):
    """Logs in an SQL database. Threads share it; processes meet in the database.

    A process that forks, as web servers do, may go on using it on both sides.
    """

    def __init__(self, link: Link, nature: Nature, tips: Tips | None = None) -> None:
        """Over a link to a database whose tables are there; see `open`, `joined` and `make`."""
        super().__init__(link, nature, tips)
        _open.add(self)

    @classmethod
    def open(
        cls,
        url: str,
        kind: StoreKind = "live",
        create: bool = True,
        *,
        setting: str = "",
        read_only: bool = False,
        beside: bool = False,
        patience: float = 10.0,
    ) -> SqlStore:
        """Open the store at `url`, made now when it is missing and `create` is set; see `flowiso.store.open_store`.

        `patience` is how many seconds to wait for other writers.
        """
        link = link_to(url, patience, read_only)
        create = create and not read_only
        if not create and not link.exists():
            raise missing(link.tongue)
        try:
            return cls(link, link.patiently(lambda: opened(link, Nature(kind, setting), create, beside)))
        except BaseException:
            link.close()
            raise

    @classmethod
    def joined(cls, connection: Any) -> SqlStore:
        """A store in the transaction of a host's own connection: what it writes stands or falls with the host's writes.

        `connection` is a sqlite3.Connection, a psycopg.Connection, or what wraps one (SQLAlchemy's Connection, Django's).
        The host's transaction is never begun, committed or rolled back; every write has a savepoint, so that a Conflict leaves
        the rest of the transaction as it was. The host sees to durability: in SQLite WAL and synchronous=FULL.

        Writing raises StoreError when the host has begun no transaction: sqlite3 with isolation_level=None before BEGIN,
        psycopg with autocommit outside of `connection.transaction()`. In sqlite3's default mode, where the driver itself begins
        a transaction before the first INSERT, ours is a first INSERT like any other, and the host commits it.

        Raises StoreError when there is no store in that database.
        """
        link = Joined(connection)
        return cls(link, link.read(lambda cursor: kept(cursor, link.tongue)), _nothing())

    @classmethod
    def make(cls, connection: Any, kind: StoreKind = "live") -> SqlStore:
        """Make the store's tables beside a host's own, in its transaction, unless they are there; then as `joined`."""
        link = Joined(connection)
        return cls(link, link.write(lambda cursor: make(cursor, link.tongue, Nature(kind), True)), _nothing())

    def reserve(self, agency: str, day: str) -> int:
        """The next running number of an agency on a day, from 1 (R33)."""

        def count(cursor: Cursor) -> int:
            cursor.execute(self._sql.reserve, (agency, day))
            return int(cursor.fetchall()[0][0])

        return self._link.write(count, single=True)

    def _write(self, told: Iterable[Told], work: Work[T], single: bool = False) -> T:
        """Write what is told; where a word is new, or totals are kept unbeknown to us, nothing was, and we learn that first."""
        for _ in range(_LOOKS):
            try:
                return self._link.write(work, single)
            except Unlearnt:
                learn = partial(self._tongue.learn, words=vocabulary(told))
                self._link.write(learn, single=True)
            except Unkept:
                self._kept.look(self._link)
        return self._link.write(work, single)

    def create(self, case: Case, moves: Sequence[Move], beside: Beside = NOTHING) -> None:
        """Begin a dossier with the first lines of its log."""
        ((case, moves),) = begun([(case, moves)])
        rows = written(begin(case), moves)
        try:
            single = len(rows) <= MANY
            tip = self._write(
                [(moves, beside)],
                lambda cursor: self._begin(cursor, case, moves, rows, beside),
                single,
            )
        except Clash as clash:
            raise self._refused(clash, case, beside) from clash.__cause__
        self._tips.put(case, tip)

    def _begin(self, cursor: Cursor, case: Case, moves: Sequence[Move], rows: Sequence[Row], beside: Beside) -> Tip:
        kept = self._keeping.told(case, (), moves) if self._keeping.state[0] else NOT_KEPT
        dossier = self._tongue.begin(cursor, case, rows, beside, kept)
        return end_of(dossier, moves, rows, self._tongue.standing.mark)

    def create_next(self, case: Case, day: str, moves: Sequence[Move], beside: Beside = NOTHING) -> Case:
        """Begin a dossier under the next running number that is free; number and dossier are one transaction."""
        ((case, moves),) = begun([(case, moves)])

        def put(cursor: Cursor) -> tuple[Case, Tip]:
            cursor.execute(self._sql.reserve, (case.agency, day))
            given = numbered(case, day, cursor.fetchall()[0][0])
            rows = written(begin(given), moves)
            return given, self._begin(cursor, given, moves, rows, beside)

        while True:
            try:
                given, tip = self._write([(moves, beside)], put)
            except Clash as clash:
                refused = self._refused(clash, case, beside)
                if clash.table != "dossiers" or isinstance(refused, Repeated):
                    raise refused from clash.__cause__
                self.reserve(case.agency, day)  # the host gave this number away: step over it for good
            else:
                self._tips.put(given, tip)
                return given

    def _refused(self, clash: Clash, case: Case, beside: Beside) -> Conflict:
        if clash.table == "keys" or (beside.key and self.answered(case.agency, beside.key)):
            return repeated(beside.key)
        return taken(case) if clash.table == "dossiers" else clash

    def create_many(self, dossiers: Iterable[tuple[Case, Sequence[Move]]]) -> None:
        """Begin many dossiers in one transaction."""
        collected = begun(dossiers)
        if collected:
            told = ((moves, NOTHING) for _, moves in collected)
            self._write(told, lambda cursor: self._begin_many(cursor, collected))

    def _begin_many(self, cursor: Cursor, begun: Dossiers) -> None:
        generation, agencies = self._keeping.state
        if generation:
            self._tongue.one_batch_at_a_time(cursor)
        self._tongue.begin_many(cursor, begun, generation)
        if generation:
            self._kept.count(cursor, begun, agencies)

    def append(
        self,
        agency: str,
        number: str,
        moves: Sequence[Move],
        beside: Beside = NOTHING,
        after: Sequence[Move] | None = None,
        case: Case | None = None,
    ) -> None:
        """Add lines to a log, all or none."""
        if not self._append_to_tip(agency, number, moves, beside, after, case):
            self.append_many(agency, [Lines(number, moves, beside, after, case)])

    def _append_to_tip(
        self,
        agency: str,
        number: str,
        moves: Sequence[Move],
        beside: Beside,
        after: Sequence[Move] | None,
        read: Case | None,
    ) -> bool:
        """Add lines where the log ended when we last looked; False when nothing is written, for whatever reason."""
        known = self._tips.get(agency, number)
        if known is None:
            return False
        case, tip = known
        if read is not case and read not in (None, case):
            return False
        dossier, seq, before, last, _ = tip
        if not (after is None or (after and after[-1] is last) or tip.ends(case, after)):
            return False
        if not in_order(moves, seq + 1):
            return False
        rows = written(before, moves)
        tongue, keeping = self._tongue, self._keeping

        def add(cursor: Cursor) -> Tip | None:
            kept = NOT_KEPT
            if keeping.state[0]:
                if after is None:  # what was there before must be read
                    return None
                kept = keeping.told(case, after, moves)
            there = tongue.add(cursor, agency, tip, rows, beside, kept)
            return end_of(dossier, moves, rows, tongue.standing.mark) if there else None

        single = beside.people is None and len(rows) <= MANY
        try:
            end = self._link.write(add, single)
        except (Clash, Unlearnt, Unkept):
            return False
        if end is not None:
            self._tips.put(case, end)
        return end is not None

    @property
    def one_writer(self) -> bool:
        """Whether all writers wait for one another."""
        return self._link.one_writer

    def together(self, works: Sequence[Callable[[], T]]) -> list[T | Exception]:
        """Do several things, whose writes are on disk together when this returns."""
        return self._link.together(works)

    def append_many(self, agency: str, logs: Iterable[Lines]) -> None:
        """Add lines to many logs in one transaction."""
        collected = list(logs)
        add = partial(self._add_all, agency=agency, logs=collected)
        try:
            tips = self._write([(one.moves, one.beside) for one in collected], add)
        except Clash:  # a moment after we looked; a second look finds who it was
            tips = self._write([(one.moves, one.beside) for one in collected], add)
        for case, tip in tips.items():
            self._tips.put(case, tip)

    def _add_all(self, cursor: Cursor, *, agency: str, logs: Sequence[Lines]) -> dict[Case, Tip]:
        if len(logs) > 1 or self._keeping.generation:
            self._tongue.one_batch_at_a_time(cursor)
        changes: list[Change] = []
        tips = dict(self._add(cursor, agency, asked, changes) for asked in logs)
        self._kept.add(cursor, agency, changes)
        return tips

    def _add(self, cursor: Cursor, agency: str, asked: Lines, changes: list[Change]) -> tuple[Case, Tip]:
        """Look where a log ends, and add to it; the new end. What it adds to the totals is put with the `changes`."""
        number, moves, beside, after, _ = asked
        generation = self._keeping.generation
        if beside.key and self._answered(cursor, agency, beside.key):
            raise repeated(beside.key)
        cursor.execute(self._sql.read if generation or after is not None else self._sql.last, (agency, number))
        found = cursor.fetchall()
        if not found:
            raise unknown(agency, number)
        stored = lines(found)
        case, tip = case_of(agency, found), end_of(found[0][DOSSIER], stored, found)
        follow(number, tip.last, moves, asked.decided_upon(case, stored))
        if not moves:
            put_beside(cursor, self._sql, agency, tip.dossier, tip.seq, beside)
            return case, tip
        rows = written(tip.hash, moves)
        kept = self._keeping.told(case, stored, moves) if generation else NOT_KEPT
        changes.extend(kept.changes)  # those of all logs are put down together
        if not self._tongue.add(cursor, agency, tip, rows, beside, Kept(kept.generation) if generation else NOT_KEPT):
            raise Clash("moves")
        return case, end_of(tip.dossier, moves, rows, self._tongue.standing.mark)

    def forget_keys(self, before: int) -> int:
        """Let go of the idempotency keys that were written before a moment of the database's clock; how many there were."""

        def forget(cursor: Cursor) -> int:
            cursor.execute(self._sql.forget_keys, (before,))
            return int(cursor.rowcount)

        return self._link.write(forget, single=True)

    def keep_person(self, agency: str, number: str, people: Mapping[str, str]) -> None:
        """Put the personal data of a dossier in place of what there was."""
        self._link.write(lambda cursor: put_people(cursor, self._sql, self._find(cursor, agency, number), people))

    def notify(self, agency: str, notices: Iterable[Notice]) -> tuple[Notice, ...]:
        """Put notices into the outbox, each key once for ever; those that were new."""
        collected = list(notices)

        def put(cursor: Cursor) -> tuple[Notice, ...]:
            ids = {notice.number: self._find(cursor, agency, notice.number) for notice in collected}
            return tuple(
                [notice for notice in collected if self._put_notice(cursor, agency, ids[notice.number], notice)]
            )

        told: list[Told] = [((), NOTHING._replace(events=(Event(0, one.type),))) for one in collected]
        return self._write(told, put) if collected else ()

    def _put_notice(self, cursor: Cursor, agency: str, dossier: int, notice: Notice) -> bool:
        cursor.execute(self._sql.put_notice, (dossier, notice.type, agency, notice.key, words(notice.data)))
        return bool(cursor.rowcount)

    def delivered(self, agency: str, ids: Iterable[int], at: int) -> None:
        """Mark rows of the outbox as delivered; those that were before keep their moment."""
        marks = [(at, row, agency) for row in ids]

        def mark(cursor: Cursor) -> None:
            cursor.executemany(self._sql.delivered, marks)

        if marks:
            self._link.write(mark)

    def seal(self, agency: str, at: int) -> Head | None:
        """Seal what was written since the last seal.

        Others go on writing meanwhile: the tips are of one moment, and should someone else seal after the look at the seals
        before, his takes the position, and we look again.
        """
        position = -1
        while True:
            head = self._link.read(lambda cursor: self._next_head(cursor, agency, at))
            if head is None:
                return None
            try:
                self._link.write(partial(self._put_head, agency=agency, head=head), single=True)
            except Clash:
                if head.position == position:  # in a host's transaction that doesn't see what others have done
                    raise
                position = head.position
            else:
                return head

    def _next_head(self, cursor: Cursor, agency: str, at: int) -> Head | None:
        cursor.execute(self._sql.heads, (agency,))
        earlier = [head_of(row) for row in cursor.fetchall()]
        cursor.execute(self._sql.tips, (agency, FOREVER))
        return next_head(earlier, cursor.fetchall(), at)

    def _put_head(self, cursor: Cursor, *, agency: str, head: Head) -> None:
        tips = json.dumps(head.tips, ensure_ascii=False, separators=(",", ":"))
        cursor.execute(self._sql.put_head, (agency, *head[:-1], tips))

    def keep(self, agency: str, on: bool = True) -> bool:
        """Keep totals of an agency from now on, or no longer, in one transaction; other writers wait."""
        return self._kept.keep(self._link, agency, on)

    def close(self) -> None:
        """Let go of files and connections; a host's connection stays open."""
        self._link.close()

    def _forget(self) -> None:
        self._link.forget()
        self._tips = self._tips.fresh()


def _nothing() -> Tips:
    """What is remembered in a host's transaction, which may be rolled back, whereupon a row may become another dossier's."""
    return Tips(0)
