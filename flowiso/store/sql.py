"""Logs in an SQL database, each write one durable transaction; what is a database's own stands in `sqlite` and `postgres`."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from flowiso.chain import begin
from flowiso.errors import Conflict, Repeated, StoreError
from flowiso.model import Case, Move
from flowiso.ports import NOTHING, Answer, Beside, Chained, Event, Head, Lines, Notice, Outgoing
from flowiso.text import Text

from .joined import Joined
from .lines import Row, begun, follow, in_order, lines, numbered, repeated, taken, unknown, words, written
from .link import MANY, Clash, Cursor, Link, T, Tip, Tips, Unlearnt, Work, put_beside, put_people
from .making import Opening, kept, make, missing, opened
from .rows import DOSSIER, by_dossier, case_of, end_of, goes_on, head_of, outgoing, stored
from .seals import next_head

if TYPE_CHECKING:
    from flowiso.ports import StoreKind

FOREVER = 2**63 - 1
Told = tuple[Sequence[Move], Beside]
"""Lines, and what goes with them."""


_open: WeakSet[SqlStore] = WeakSet()


def _forked() -> None:
    for store in _open:
        store._forget()  # noqa: SLF001


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)


class SqlStore:
    """Logs in an SQL database. Threads share it; processes meet in the database.

    A process that forks, as web servers do, may go on using it on both sides.
    """

    def __init__(self, link: Link, kind: StoreKind, tips: Tips | None = None) -> None:
        """Over a link to a database whose tables are there; see `open`, `joined` and `make`."""
        self._link = link
        self._kind: StoreKind = kind
        self._tongue = link.tongue
        self._sql = link.tongue.sql
        self._tips = Tips() if tips is None else tips
        _open.add(self)

    @classmethod
    def open(
        cls,
        url: str,
        kind: StoreKind = "live",
        create: bool = True,
        *,
        read_only: bool = False,
        beside: bool = False,
        patience: float = 10.0,
    ) -> SqlStore:
        """Open the store at `url`, made now when it is missing and `create` is set; see `flowiso.store.open_store`.

        `patience` is how many seconds to wait for other writers.
        """
        link = _link(url, patience, read_only)
        create = create and not read_only
        if not create and not link.exists():
            raise missing(link.tongue)
        try:
            return cls(link, link.patiently(lambda: opened(link, kind, create, beside)))
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
        return cls(link, link.write(lambda cursor: make(cursor, link.tongue, kind, True)), _nothing())

    @property
    def kind(self) -> StoreKind:
        """Whether the store holds real dossiers or a simulation."""
        return self._kind

    def reserve(self, agency: str, day: str) -> int:
        """The next running number of an agency on a day, from 1 (R33)."""

        def count(cursor: Cursor) -> int:
            cursor.execute(self._sql.reserve, (agency, day))
            return int(cursor.fetchall()[0][0])

        return self._link.write(count, single=True)

    def _write(self, told: Iterable[Told], work: Work[T], single: bool = False) -> T:
        """Write what is told; where a word is new, nothing was written, and it is learnt first."""
        try:
            return self._link.write(work, single)
        except Unlearnt:
            learn = partial(self._tongue.learn, words=_vocabulary(told))
            self._link.write(learn, single=True)
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
        dossier = self._tongue.begin(cursor, case, rows, beside)
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
        rows = [(case, written(begin(case), moves)) for case, moves in collected]
        if rows:
            told = ((moves, NOTHING) for _, moves in collected)
            self._write(told, lambda cursor: self._tongue.begin_many(cursor, rows))

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
        if read not in (None, case) or not tip.ends(case, after):
            return False
        if not moves or moves[0].seq != tip.seq + 1 or not in_order(moves):
            return False
        rows = written(tip.hash, moves)
        tongue = self._tongue

        def add(cursor: Cursor) -> Tip | None:
            there = tongue.add(cursor, agency, tip, rows, beside)
            return end_of(tip.dossier, moves, rows, tongue.standing.mark) if there else None

        try:
            end = self._write([(moves, beside)], add, beside.people is None and len(rows) <= MANY)
        except Clash:
            return False
        if end is not None:
            self._tips.put(case, end)
        return end is not None

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
        if len(logs) > 1:
            self._tongue.one_batch_at_a_time(cursor)
        return dict(self._add(cursor, agency, asked) for asked in logs)

    def _add(self, cursor: Cursor, agency: str, asked: Lines) -> tuple[Case, Tip]:
        """Look where a log ends, and add to it; the new end."""
        number, moves, beside, after, _ = asked
        if beside.key and self._answered(cursor, agency, beside.key):
            raise repeated(beside.key)
        cursor.execute(self._sql.last if after is None else self._sql.read, (agency, number))
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
        if not self._tongue.add(cursor, agency, tip, rows, beside):
            raise Clash("moves")
        return case, end_of(tip.dossier, moves, rows, self._tongue.standing.mark)

    def read(self, agency: str, number: str) -> tuple[Case, list[Move]]:
        """A dossier and its whole log."""
        known = self._tips.get(agency, number)
        if known is not None:
            case, tip = known
            rows = self._rows(self._sql.read_known, tip.dossier, brief=True)
            if goes_on(rows, tip):
                return case, self._seen(case, tip.dossier, rows)
        rows = self._rows(self._sql.read, agency, number, brief=True)
        if not rows:
            raise unknown(agency, number)
        case = case_of(agency, rows)
        return case, self._seen(case, rows[0][DOSSIER], rows)

    def _seen(self, case: Case, dossier: int, rows: Sequence[Sequence[Any]]) -> list[Move]:
        """The lines of a log that was read, remembered where it ends."""
        moves = lines(rows)
        self._tips.put(case, end_of(dossier, moves, rows))
        return moves

    def logs(self, agency: str, until: int | None = None) -> Iterator[tuple[Case, list[Move]]]:
        """Every dossier of an agency with its log as it stood when the reading began, those that began first."""
        return self._logs(agency, self._sql.logs, agency, FOREVER if until is None else until)

    def running(
        self, agency: str, ends: Collection[str], until: int | None = None, since: int | None = None
    ) -> Iterator[tuple[Case, list[Move]]]:
        """The logs of the dossiers that have not come to rest by then, or not before `since`."""
        last, first = (FOREVER if moment is None else moment for moment in (until, since))
        its_ends = f" {' '.join(sorted(ends))} "
        return self._logs(agency, self._sql.running, agency, last, agency, its_ends, first, last)

    def held(self, agency: str, account: str) -> Iterator[tuple[Case, list[Move]]]:
        """The logs of the dossiers that are with an account."""
        return self._logs(agency, self._sql.held, agency, agency, account)

    def _logs(self, agency: str, statement: str, *asked: object) -> Iterator[tuple[Case, list[Move]]]:
        return ((case_of(agency, rows), lines(rows)) for rows in by_dossier(self._link.stream(statement, asked)))

    def chained(self, agency: str) -> Iterator[Chained]:
        """Every dossier of an agency as it is stored, and the lines of no dossier, whosever they were, under a number "#7"."""
        return map(partial(stored, agency), by_dossier(self._link.stream(self._sql.chained, (agency,))))

    def answered(self, agency: str, key: str) -> Answer | None:
        """What an idempotency key has led to."""
        return self._link.read(lambda cursor: self._answered(cursor, agency, key), brief=True)

    def _answered(self, cursor: Cursor, agency: str, key: str) -> Answer | None:
        cursor.execute(self._sql.answered, (agency, key))
        found = cursor.fetchall()
        return Answer(*found[0]) if found else None

    def forget_keys(self, before: int) -> int:
        """Let go of the idempotency keys that were written before a moment of the database's clock; how many there were."""

        def forget(cursor: Cursor) -> int:
            cursor.execute(self._sql.forget_keys, (before,))
            return int(cursor.rowcount)

        return self._link.write(forget, single=True)

    def person(self, agency: str, number: str) -> Mapping[str, str]:
        """The personal data of a dossier, by field."""
        rows = self._rows(self._sql.person, agency, number, brief=True)
        if not rows:
            raise unknown(agency, number)
        return {field: value for _, field, value in rows if field is not None}

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

    def outbox(self, agency: str, limit: int = 100) -> tuple[Outgoing, ...]:
        """What has not been delivered yet, oldest first."""
        return tuple(map(outgoing, self._rows(self._sql.undelivered, agency, limit)))

    def delivered(self, agency: str, ids: Iterable[int], at: int) -> None:
        """Mark rows of the outbox as delivered; those that were before keep their moment."""
        marks = [(at, row, agency) for row in ids]

        def mark(cursor: Cursor) -> None:
            cursor.executemany(self._sql.delivered, marks)

        if marks:
            self._link.write(mark)

    def events(self, agency: str) -> Iterator[Outgoing]:
        """Every row of the outbox, delivered or not, oldest first."""
        return map(outgoing, self._link.stream(self._sql.events, (agency,)))

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
        cursor.execute(self._sql.tips, (agency,))
        return next_head(earlier, cursor.fetchall(), at)

    def _put_head(self, cursor: Cursor, *, agency: str, head: Head) -> None:
        tips = json.dumps(head.tips, ensure_ascii=False, separators=(",", ":"))
        cursor.execute(self._sql.put_head, (agency, *head[:-1], tips))

    def heads(self, agency: str) -> tuple[Head, ...]:
        """The seals, oldest first."""
        return tuple(map(head_of, self._rows(self._sql.heads, agency)))

    def close(self) -> None:
        """Let go of files and connections; a host's connection stays open."""
        self._link.close()

    def _forget(self) -> None:
        self._link.forget()
        self._tips = self._tips.fresh()

    def _rows(self, statement: str, *parameters: object, brief: bool = False) -> list[Sequence[Any]]:
        def fetched(cursor: Cursor) -> list[Sequence[Any]]:
            cursor.execute(statement, parameters)
            found: list[Sequence[Any]] = cursor.fetchall()
            return found

        return self._link.read(fetched, brief)

    def _find(self, cursor: Cursor, agency: str, number: str) -> int:
        cursor.execute(self._sql.find, (agency, number))
        found = cursor.fetchall()
        if not found:
            raise unknown(agency, number)
        return int(found[0][0])


def _link(url: str, patience: float, read_only: bool) -> Opening:
    if url.startswith("sqlite:"):
        from .sqlite import SqliteFile

        return SqliteFile.at(url, patience, read_only)
    try:
        from .server import PostgresServer
    except ImportError as error:
        raise StoreError(
            Text(
                "kho PostgreSQL cần gói psycopg: hãy chạy pip install 'flowiso[pg]'",
                "a PostgreSQL store needs the package psycopg: run pip install 'flowiso[pg]'",
            )
        ) from error
    return PostgresServer(url, patience, read_only)


def _vocabulary(told: Iterable[Told]) -> list[str]:
    """Every word of lines and of what goes with them."""
    words: set[str] = set()
    for moves, beside in told:
        words.update(*(move[2:6] for move in moves), (event.type for event in beside.events))
    return sorted(word for word in words if isinstance(word, str))


def _nothing() -> Tips:
    """What is remembered in a host's transaction, which may be rolled back, whereupon a row may become another dossier's."""
    return Tips(0)
