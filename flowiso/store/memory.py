"""A store in plain dicts: the smallest implementation that keeps the whole contract."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import nsmallest
from threading import Lock
from typing import TYPE_CHECKING

from flowiso.chain import begin
from flowiso.errors import Conflict
from flowiso.model import Case, Move
from flowiso.ports import (
    NOTHING,
    Answer,
    Beside,
    Chained,
    Change,
    Count,
    Head,
    KeptTotals,
    Lines,
    Mark,
    Notice,
    Outgoing,
)

from .keeping import Keeping, added, days
from .lines import T, begun, follow, numbered, one_by_one, repeated, taken, unknown, written
from .seals import next_head

if TYPE_CHECKING:
    from flowiso.ports import StoreKind

Number = tuple[str, str]
"""Agency and number."""


@dataclass(frozen=True, slots=True)
class _Log:
    case: Case
    moves: tuple[Move, ...]
    recorded: tuple[int, ...]

    def longer(self, moves: Sequence[Move]) -> _Log:
        stamp = int(time.time())
        return replace(self, moves=self.moves + tuple(moves), recorded=self.recorded + (stamp,) * len(moves))

    def chained(self) -> Chained:
        hashes = tuple(row[-1] for row in written(begin(self.case), self.moves))
        return Chained(self.case, self.moves, hashes, self.recorded)


class MemoryStore:
    """Logs in dicts, gone with the process; safe to share between threads. Hashes are computed when they are asked for."""

    def __init__(self, kind: StoreKind = "live", setting: str = "") -> None:
        self._kind: StoreKind = kind
        self._setting = setting
        self._lock = Lock()
        self._counters: dict[tuple[str, str], int] = {}
        self._logs: dict[Number, _Log] = {}
        self._keys: dict[tuple[str, str], tuple[Answer, int]] = {}
        self._people: dict[Number, Mapping[str, str]] = {}
        self._outgoing: list[tuple[str, Outgoing]] = []
        self._told: set[tuple[str, str]] = set()
        self._delivered: set[int] = set()
        self._heads: dict[str, tuple[Head, ...]] = {}
        self._keeping = Keeping()
        self._totals: dict[str, KeptTotals] = {}

    @property
    def kind(self) -> StoreKind:
        """Whether the store holds real dossiers or a simulation."""
        return self._kind

    @property
    def setting(self) -> str:
        """What a simulation had otherwise than the agency's folder; "" for nothing."""
        return self._setting

    @property
    def one_writer(self) -> bool:
        """No: nobody waits."""
        return False

    def together(self, works: Sequence[Callable[[], T]]) -> list[T | Exception]:
        """One after the other."""
        return one_by_one(works)

    def reserve(self, agency: str, day: str) -> int:
        """The next running number of an agency on a day, from 1 (R33)."""
        with self._lock:
            number = self._counters[agency, day] = self._counters.get((agency, day), 0) + 1
        return number

    def create(self, case: Case, moves: Sequence[Move], beside: Beside = NOTHING) -> None:
        """Begin a dossier with the first lines of its log."""
        ((case, moves),) = begun([(case, moves)])
        number = case.agency, case.number
        with self._lock:
            self._check_key(case.agency, beside)
            if number in self._logs:
                raise taken(case)
            fresh = {number: _Log(case, (), ()).longer(moves)}
            self._put(fresh)
            self._put_beside(case.agency, case.number, moves[-1].seq, beside)

    def create_next(self, case: Case, day: str, moves: Sequence[Move], beside: Beside = NOTHING) -> Case:
        """Begin a dossier under the next running number that is free."""
        while True:
            given = numbered(case, day, self.reserve(case.agency, day))
            try:
                self.create(given, moves, beside)
            except Conflict:
                if (given.agency, given.number) not in self._logs:
                    raise
            else:
                return given

    def create_many(self, dossiers: Iterable[tuple[Case, Sequence[Move]]]) -> None:
        """Begin many dossiers, all or none."""
        fresh: dict[Number, _Log] = {}
        collected = begun(dossiers)
        with self._lock:
            for case, moves in collected:
                number = case.agency, case.number
                if number in self._logs or number in fresh:
                    raise taken(case)
                fresh[number] = _Log(case, (), ()).longer(moves)
            self._put(fresh)

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
        self.append_many(agency, [Lines(number, moves, beside, after, case)])

    def append_many(self, agency: str, logs: Iterable[Lines]) -> None:
        """Add lines to many logs, all or none."""
        fresh: dict[Number, _Log] = {}
        keys: set[str] = set()
        collected = list(logs)
        with self._lock:
            for asked in collected:
                number, moves, beside, *_ = asked
                if beside.key in keys:
                    raise repeated(beside.key)
                self._check_key(agency, beside)
                keys |= {beside.key} - {""}
                log = fresh.get((agency, number)) or self._find(agency, number)
                follow(number, log.moves[-1], moves, asked.decided_upon(log.case, log.moves))
                fresh[agency, number] = log.longer(moves)
            self._put(fresh)
            for number, moves, beside, *_ in collected:
                self._put_beside(
                    agency, number, moves[-1].seq if moves else fresh[agency, number].moves[-1].seq, beside
                )

    def read(self, agency: str, number: str) -> tuple[Case, list[Move]]:
        """A dossier and its whole log."""
        log = self._find(agency, number)
        return log.case, list(log.moves)

    def logs(self, agency: str, until: int | None = None) -> Iterator[tuple[Case, list[Move]]]:
        """Every dossier of an agency with its log as it stood when the reading began, those that began first."""
        for log in self._all(agency):
            moves = [move for move in log.moves if until is None or move.at <= until]
            if moves:
                yield log.case, moves

    def running(
        self, agency: str, ends: Collection[str], until: int | None = None, since: int | None = None
    ) -> Iterator[tuple[Case, list[Move]]]:
        """The logs of the dossiers that have not come to rest by then, or not before `since`."""

        def at_rest(last: Move) -> bool:
            return not last.holder and last.step in ends and (since is None or last.at < since)

        return (log for log in self.logs(agency, until) if not at_rest(log[1][-1]))

    def held(self, agency: str, account: str) -> Iterator[tuple[Case, list[Move]]]:
        """The logs of the dossiers that are with an account."""
        return (log for log in self.logs(agency) if log[1][-1].holder == account)

    def following(
        self, agency: str, number: str, limit: int, code: str | None = None
    ) -> Sequence[tuple[Case, list[Move]]]:
        """The next dossiers after a number, in the order of numbers, with their logs."""
        found = (log for log in self._all(agency) if log.case.number > number and code in (None, log.case.code))
        return [(log.case, list(log.moves)) for log in nsmallest(limit, found, key=lambda log: log.case.number)]

    def chained(self, agency: str) -> Iterator[Chained]:
        """Every dossier of an agency with its hashes."""
        return (log.chained() for log in self._all(agency))

    def tips(self, agency: str, until: int | None = None) -> Iterator[tuple[str, int, bytes]]:
        """The end of every log."""
        for case, moves, hashes, _ in self.chained(agency):
            told = sum(until is None or move.at <= until for move in moves)
            if told:
                yield case.number, moves[told - 1].seq, hashes[told - 1]

    def answered(self, agency: str, key: str) -> Answer | None:
        """What an idempotency key has led to."""
        found = self._keys.get((agency, key))
        return found and found[0]

    def forget_keys(self, before: int) -> int:
        """Let go of the idempotency keys that were written before a moment of the machine's clock; how many there were."""
        with self._lock:
            old = [key for key, (_, at) in self._keys.items() if at < before]
            for key in old:
                del self._keys[key]
        return len(old)

    def person(self, agency: str, number: str) -> Mapping[str, str]:
        """The personal data of a dossier, by field."""
        self._find(agency, number)
        return dict(self._people.get((agency, number), {}))

    def glance(self, agency: str, number: str) -> Mark | None:
        """How a dossier's log ends and its personal data; there is nothing to wait for."""
        log = self._logs.get((agency, number))
        if log is None:
            return None
        return Mark(log.moves[-1].seq, log.moves[-1], dict(self._people.get((agency, number), {})))

    def commits(self) -> object | None:
        """Nothing: a glance costs as little."""
        return None

    def keep_person(self, agency: str, number: str, people: Mapping[str, str]) -> None:
        """Put the personal data of a dossier in place of what there was."""
        with self._lock:
            self._find(agency, number)
            self._people[agency, number] = dict(people)

    def notify(self, agency: str, notices: Iterable[Notice]) -> tuple[Notice, ...]:
        """Put notices into the outbox, each key once for ever; those that were new."""
        collected = list(notices)
        with self._lock:
            for notice in collected:
                self._find(agency, notice.number)
            return tuple([notice for notice in collected if self._put_notice(agency, notice)])

    def outbox(self, agency: str, limit: int = 100) -> tuple[Outgoing, ...]:
        """What has not been delivered yet, oldest first."""
        return tuple([row for row in self.events(agency) if row.id not in self._delivered][:limit])

    def delivered(self, agency: str, ids: Iterable[int], at: int) -> None:
        """Mark rows of the outbox as delivered."""
        own = {row.id for row in self.events(agency)}
        self._delivered |= own & set(ids)

    def events(self, agency: str) -> Iterator[Outgoing]:
        """Every row of the outbox, delivered or not, oldest first."""
        with self._lock:
            return iter([row for whose, row in self._outgoing if whose == agency])

    def seal(self, agency: str, at: int) -> Head | None:
        """Seal what was written since the last seal."""
        with self._lock:
            earlier = self._heads.get(agency, ())
            chains = [log.chained() for (whose, _), log in self._logs.items() if whose == agency]
            tips = ((chain.case.number, chain.moves[-1].seq, chain.hashes[-1]) for chain in chains)
            head = next_head(earlier, tips, at)
            if head is not None:
                self._heads[agency] = (*earlier, head)
        return head

    def heads(self, agency: str) -> tuple[Head, ...]:
        """The seals, oldest first."""
        return self._heads.get(agency, ())

    def count_by(self, agency: str, count: Count) -> None:
        """Say how the lines of an agency count."""
        self._keeping.count_by(agency, count)

    def keep(self, agency: str, on: bool = True) -> bool:
        """Keep totals of an agency from now on, or no longer."""
        with self._lock:
            kept = agency in self._totals
            if on:
                self._totals[agency] = self._recounted(agency)
            elif kept:
                del self._totals[agency]
        return kept is not on

    def kept(self, agency: str, first: int, last: int) -> KeptTotals | None:
        """The kept totals of parts."""
        with self._lock:
            found = self._totals.get(agency)
        if found is None:
            return None
        since, until = days(first, last)
        its = [Change(first, *key[1:], sums) for key, sums in found.items() if first <= key[0] <= last]
        apart = {key: one for key, one in found.items() if not key[0] and one.late <= until and one.minutes >= since}
        return added(apart, its)

    def recounted(self, agency: str) -> tuple[KeptTotals, KeptTotals] | None:
        """All kept totals, and what the logs add up to."""
        with self._lock:
            found = self._totals.get(agency)
            return None if found is None else (found, self._recounted(agency))

    def _recounted(self, agency: str) -> KeptTotals:
        count = self._keeping.count(agency)
        logs = [log for (whose, _), log in self._logs.items() if whose == agency]
        return added({}, (change for log in logs for change in count(log.case, (), log.moves)))

    def _put(self, fresh: Mapping[Number, _Log]) -> None:
        """Put logs in place of what there was, and count what is new in them."""
        for agency, totals in list(self._totals.items()):
            logs = [(number, log) for number, log in fresh.items() if number[0] == agency]
            self._totals[agency] = added(totals, (change for one in logs for change in self._changes(*one)))
        self._logs |= fresh

    def _changes(self, number: Number, log: _Log) -> Sequence[Change]:
        before = self._logs[number].moves if number in self._logs else ()
        return self._keeping.count(number[0])(log.case, before, log.moves[len(before) :])

    def close(self) -> None:
        """Nothing to let go of."""

    def _find(self, agency: str, number: str) -> _Log:
        found = self._logs.get((agency, number))
        if found is None:
            raise unknown(agency, number)
        return found

    def _all(self, agency: str) -> list[_Log]:
        with self._lock:
            return [log for (whose, _), log in self._logs.items() if whose == agency]

    def _check_key(self, agency: str, beside: Beside) -> None:
        if (agency, beside.key) in self._keys:
            raise repeated(beside.key)

    def _put_beside(self, agency: str, number: str, seq: int, beside: Beside) -> None:
        if beside.key:
            self._keys[agency, beside.key] = Answer(number, seq, beside.request), int(time.time())
        for event in beside.events:
            self._put_out(agency, number, event.seq, event.type)
        if beside.people is not None:
            self._people[agency, number] = dict(beside.people)

    def _put_notice(self, agency: str, notice: Notice) -> bool:
        if (agency, notice.key) in self._told:
            return False
        self._told.add((agency, notice.key))
        self._put_out(agency, notice.number, None, notice.type, notice.key, dict(notice.data))
        return True

    def _put_out(
        self, agency: str, number: str, seq: int | None, what: str, key: str | None = None,
        data: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        self._outgoing.append((agency, Outgoing(len(self._outgoing) + 1, number, seq, what, key, data)))
