"""T16: a department's year in one thread, on a store that fails by seed; one seed decides everything.

The simulator says what applicants and officers want and when. It is asked of two hosts, each an engine over the one store. Stores
raise errors before and after they have written, hosts are killed and start anew, requests arrive twice, answers get lost and are
asked for again days later, clocks jump, officers click twice; meanwhile heads are warned, letters delivered and seals made. What
was answered is written down line by line. At the end it is all that may be in the store, and the ten invariants hold.
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache, partial
from heapq import heapify, heappop, heappush
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import promises
from failing import KINDS, Failing, Killed
from size import MEMORY, Size, Sizes

from flowiso.app import Agency
from flowiso.dossier import Dossier
from flowiso.engine import Engine
from flowiso.errors import Conflict, FlowISOError, KeyReused, NotAllowed, StoreError
from flowiso.model import APPLICANT, COMPLAIN, SUBMIT, SYSTEM, Case, Move
from flowiso.ports import Head, Store
from flowiso.simulate import Log, Scenario, simulate
from flowiso.simulate.scenariofile import load
from flowiso.simulate.staffing import staffed
from flowiso.store import MemoryStore, open_store
from flowiso.supervisors import leaders
from flowiso.worktime import TZ, instant, local

TITLE = "a year in one thread, with a store that fails"
YEARS = Sizes(5, 50, 200)
DOSSIERS = Sizes(2_000, 13_641, 13_641)
"""Of each year; 13,641 is the department's."""
YEAR, SCENARIO = 2021, "dong-nai-2021"
END = instant(datetime(YEAR, 12, 31, 23, 59, 59, tzinfo=TZ))
MONTH, QUARTER = 30 * 86_400, 91 * 86_400

LOST, DOUBLED, CLICKED, REUSED, COMPLAINED, JUMPED = 0.005, 0.005, 0.002, 0.002, 0.002, 0.001
"""Parts of the commands whose answer gets lost, that arrive twice, that an officer clicks again on what his screen showed before,
whose key somebody uses for something else, after which the applicant complains, and before which a host's clock jumps."""
JUMPS = 60, 3_600, 86_400, 30 * 86_400
"""Seconds of a jump, at most."""
PATIENCE = 3 * 86_400
"""Seconds until who got no answer asks again, at most; half ask at once."""

T = TypeVar("T")


@dataclass
class Running:
    """One dossier: what the simulator has of it, what is still wanted, and the last answer.

    `asked` are the moments at which the present wish was put so far, `lost` an answer to it that nobody got. It is `steady` as
    long as nothing happened that changes the simulator's times.
    """

    name: str
    case: Case
    plan: list[Move]
    todo: deque[Move]
    count: int = 0
    asked: list[int] = field(default_factory=list)
    lost: Dossier | None = None
    known: Dossier | None = None
    steady: bool = True

    @classmethod
    def of(cls, number: int, log: Log) -> Running:
        """A dossier to come; what time does by itself nobody asks for."""
        case, moves = log
        return cls(f"hs{number}", case, list(moves), deque(move for move in moves if move.actor != SYSTEM))

    @property
    def key(self) -> str:
        """The key of the present wish."""
        return f"{self.name}/{self.count}"

    @property
    def told(self) -> tuple[Move, ...]:
        """The lines that were acknowledged."""
        return self.known.moves if self.known else ()

    @property
    def people(self) -> dict[str, str] | None:
        """What some applicants say of themselves."""
        return {"owner": "Nguyễn Văn An", "phone": f"09{len(self.plan):08}"} if len(self.plan) % 8 == 0 else None

    def ask(self, engine: Engine, line: Move, key: str) -> Dossier:
        """Put a wish of the plan, or one more. Raises what the engine raises."""
        code, channel = self.case.code, self.case.channel
        if self.plan[0] is not line:
            assert self.known is not None
            return engine.move(
                self.known.number,
                line.action,
                by=line.actor,
                to=line.holder,
                note=line.note,
                record=line.record,
                key=key,
            )
        if line.action == SUBMIT:
            return engine.submit(code, to=line.holder, channel=channel, people=self.people, key=key)
        return engine.receive(code, by=line.actor, channel=channel, people=self.people, key=key)


class Host:
    """A process that serves: an engine with a clock of its own, which is `off` by some seconds now and then."""

    def __init__(self, agency: Agency, opened: Callable[[], Store], now: Callable[[], int], random: Random) -> None:
        self._agency, self._opened, self._now, self._random = agency, opened, now, random
        self.off = 0
        self.start()

    def start(self) -> None:
        """Begin anew, with nothing in mind."""
        self.engine = Engine(
            self._agency,
            self._opened(),
            lambda: local(self.moment),
            allow_draft=True,
            on_misroute="record",
            remember=self._random.choice((0, 16, 4_096)),
        )

    @property
    def moment(self) -> int:
        """What its clock shows."""
        return self._now() + self.off

    @contextmanager
    def serving(self) -> Iterator[None]:
        """What is asked may go unanswered; a host that was killed starts again."""
        try:
            yield
        except StoreError:
            pass
        except Killed:
            self.engine.close()
            self.start()


class Year:
    """One year to `live`. What was told is in `running`, `keys`, `refused`, `seals` and `heard`."""

    def __init__(self, seed: int, dossiers: int, opened: Callable[[], Store]) -> None:
        self.random, self.faults, self.counts = Random(seed), Counter[str](), Counter[str]()
        self.agency, _ = scene()
        self.now = 0
        self.running = [Running.of(number, log) for number, log in enumerate(planned(seed, dossiers))]
        self.keys: dict[str, tuple[str, int]] = {}
        self.refused: list[str] = []
        self.seals: list[Head] = []
        self.heard: dict[int, Any] = {}
        self._opened = opened
        self._hosts = [Host(self.agency, self._failing, lambda: self.now, self.random) for _ in range(2)]

    def _failing(self) -> Any:
        return Failing(self._opened(), self.random, self.faults)

    def live(self) -> None:
        """Everybody does what he wants, in time; on the last evening time alone does what is left."""
        heap = [(one.plan[0].at, number) for number, one in enumerate(self.running)]
        heapify(heap)
        duties = [(heap[0][0] + MONTH, MONTH, 0, self._warn), (heap[0][0] + QUARTER, QUARTER, 1, self._seal)]
        while heap:
            at, number = heappop(heap)
            self.now = max(self.now, at)
            again = self._turn(self.running[number])
            if again is not None:
                heappush(heap, (again, number))
            while min(duties)[0] <= self.now:
                due, every, rank, duty = min(duties)
                duties[rank] = due + every, every, rank, duty
                duty()
        self._close()

    def _host(self, one: Running | None = None) -> Host:
        """Either; its clock may jump, and is put right when somebody looks."""
        host = self.random.choice(self._hosts)
        if host.off:
            host.off = self.random.choice((0, host.off))
        elif self.random.random() < JUMPED:
            span = self.random.choice(JUMPS)
            host.off = self.random.randint(-span, span)
            self.counts["jumps"] += 1
        if one is not None:
            one.steady &= host.off == 0
        return host

    def _turn(self, one: Running) -> int | None:
        """Put the present wish of a dossier; when to come back, None for never."""
        host = self._host(one)
        one.asked.append(host.moment)
        done = None
        try:
            with host.serving():
                done = one.ask(host.engine, one.todo[0], one.key)
        except Conflict:
            raise
        except FlowISOError as error:
            return self._refused(one, error)
        return self._later(one) if done is None else self._answered(one, done)

    def _refused(self, one: Running, error: FlowISOError) -> None:
        """Time or a clock that jumped has overtaken the plan: the dossier stays where it is."""
        assert not one.steady, f"{one.key}: {one.todo[0]} is lawful in the simulator, and was refused: {error.text.en}"
        self.refused.append(one.key)
        one.todo.clear()

    def _later(self, one: Running) -> int:
        """Nobody answered: ask again, at once or much later."""
        self.counts["doubts"] += 1
        if self.random.random() < 0.5:
            return self.now
        one.steady = False
        return self.now + self.random.randint(60, PATIENCE)

    def _answered(self, one: Running, done: Dossier) -> int | None:
        """Write down what was told, after it was found to be what was asked; unless the answer gets lost on its way."""
        if one.lost is not None:
            assert done == one.lost, f"I1: {one.key} was answered {one.lost}, then {done}"
        elif self.random.random() < LOST:
            one.lost = done
            self.counts["lost"] += 1
            return self._later(one)
        line, key, before = one.todo.popleft(), one.key, one.known
        promises.check_answer(one.told, line, done.moves, one.asked, one.steady)
        self.keys[key] = done.number, done.state.seq
        one.known, one.lost, one.asked, one.count = done, None, [], one.count + 1
        self._pester(one, line, key, before)
        return max(self.now, one.todo[0].at) if one.todo else None

    def _pester(self, one: Running, line: Move, key: str, before: Dossier | None) -> None:
        """What else may come of a wish that was granted: nothing at all."""
        chance = self.random.random()
        if chance < DOUBLED:
            self._arrives_twice(one, line, key)
        elif chance < DOUBLED + CLICKED and before is not None:
            self._clicks_twice(one, line, before)
        elif chance < DOUBLED + CLICKED + REUSED:
            self._uses_again(one, line, key)
        elif chance > 1 - COMPLAINED:
            one.steady = False
            one.todo.appendleft(Move(0, self.now, APPLICANT, COMPLAIN, "", "", "chờ lâu", None))

    def _arrives_twice(self, one: Running, line: Move, key: str) -> None:
        """The network brings the same request again, to either host."""
        host = self._host(one)
        with host.serving():
            again: object
            try:
                again = one.ask(host.engine, line, key)
            except (NotAllowed, KeyReused) as error:
                again = error.text.en
            assert again == one.known, f"I1: {key} was answered {one.known}, then {again}"
            self.counts["doubled"] += 1

    def _clicks_twice(self, one: Running, line: Move, before: Dossier) -> None:
        """An officer, no program: without a key, on what his screen still shows."""
        host = self._host(one)
        with host.serving(), suppress(Conflict, NotAllowed):
            host.engine.move(before, line.action, by=line.actor, to=line.holder, note=line.note, record=line.record)
            raise AssertionError(f"I2: {before.number} was moved twice from line {before.state.seq}")
        self.counts["clicked"] += 1

    def _uses_again(self, one: Running, line: Move, key: str) -> None:
        assert one.known is not None
        host = self._host(one)
        with host.serving(), suppress(KeyReused):
            host.engine.move(one.known.number, "khac", by=line.actor, key=key)
            raise AssertionError(f"I1: key {key} was used for another request")
        self.counts["reused"] += 1

    def _insist(self, act: Callable[[Engine], T]) -> T:
        """Until it is answered."""
        while True:
            host = self._host()
            with host.serving():
                return act(host.engine)

    def _warn(self) -> None:
        """Heads are warned of what is late (R126), and all letters delivered; each keeps its id and its words."""
        self._insist(Engine.notify)
        while letters := self._insist(partial(Engine.outbox, limit=5_000)):
            for letter in letters:
                known = self.heard.setdefault(letter.id, letter.envelope)
                assert known == letter.envelope, f"I5: letter {letter.id} has changed: {known}, {letter.envelope}"
            self._insist(partial(Engine.delivered, letters=letters))

    def _seal(self) -> None:
        head = self._insist(lambda engine: engine.store.seal(engine.agency, self.now))
        self.seals += [head] if head else []

    def _hand_over(self) -> None:
        """Who has most to do retires: a colleague gets it all at once, without keys, once however often it is asked."""
        held = Counter(one.known.holder for one in self.running if one.known and not one.known.ended)
        pairs = [pair for account, _ in held.most_common() for pair in self._colleagues(account)]
        if not pairs:
            return
        busiest, colleague = pairs[0]
        leader = leaders(self.agency.org, local(self.now).date())[0]
        order = partial(Engine.hand_over, account=busiest, by=leader, to=colleague, note="nghỉ hưu", at=local(END + 1))
        kept = {number for number, _ in self._insist(order).refused}
        for one in self.running:
            if one.known is not None and one.known.holder == busiest:
                done = self._insist(partial(Engine.dossier, number=one.known.number))
                promises.check_handed_over(one.told, done.moves, "" if done.number in kept else colleague)
                one.known = done

    def _colleagues(self, account: str) -> Iterator[tuple[str, str]]:
        accounts = self.agency.org.accounts
        own = accounts[account]
        for other in accounts.values():
            if other.id != account and (other.roles, other.division) == (own.roles, own.division):
                yield account, other.id

    def _close(self) -> None:
        """The year is over: what time has done by itself is put down, the last letters and the last seal."""
        self.now = max(self.now, END + 1)
        for one in self.running:
            if one.known is not None and not one.known.ended:
                done = self._insist(partial(Engine.settle, dossier=one.known.number, at=local(END + 1)))
                promises.check_settled(one.told, done.moves)
                one.known = done
        self._hand_over()
        self._warn()
        self._seal()
        for host in self._hosts:
            host.engine.close()


@cache
def scene() -> tuple[Agency, Scenario]:
    """The shipped agency in the year of the shipped scenario."""
    shipped = Agency.load()
    told = load(SCENARIO, shipped)
    return staffed(shipped, told), told


def planned(seed: int, dossiers: int) -> list[Log]:
    """What is wanted in the year."""
    agency, told = scene()
    return simulate(agency, replace(told, arrivals=replace(told.arrivals, dossiers=dossiers)), seed).logs


def lived(seed: int, dossiers: int) -> Counter[str]:
    """One year, in memory or, one seed in five, in an SQLite file; the figures of it, after everything was looked at."""
    if seed % 5:
        kept = MemoryStore()
        return looked_at(Year(seed, dossiers, lambda: kept), kept)
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        url = f"sqlite:///{Path(folder) / 'year.db'}"
        year = Year(seed, dossiers, partial(open_store, url))
        with closing(open_store(url)) as store:
            return looked_at(year, store, url)


def looked_at(year: Year, store: Store, url: str | None = None) -> Counter[str]:
    """The figures of a year that is lived now, and its invariants after it."""
    year.live()
    promises.check(year, store, url)
    counts = Counter(
        dossiers=len(year.running),
        steady=sum(one.steady for one in year.running),
        commands=len(year.keys),
        refused=len(year.refused),
        letters=len(year.heard),
        lines=sum(len(one.told) for one in year.running),
    )
    return counts + year.counts + year.faults


def _replayable(size: Size, dossiers: int, seed: int) -> Counter[str]:
    """A year, and where it fails the one line that replays it."""
    try:
        return lived(seed, dossiers)
    except BaseException:
        print(
            f"the year of seed {seed} failed; again: python tests/soak --size {size} --only T16 --seed {seed}",
            flush=True,
        )
        raise


def run(size: Size, seed: int) -> str:
    """So many years, of the seeds from one on, as many at a time as there are processors."""
    years, dossiers = YEARS.at(size), DOSSIERS.at(size)
    with ProcessPoolExecutor(min(years, os.cpu_count() or 1)) as pool:
        counts = sum(pool.map(partial(_replayable, size, dossiers), range(seed, seed + years)), Counter[str]())
    kept = counts["steady"] / counts["dossiers"]
    assert kept > 0.5, f"hardly a dossier went as simulated: {counts}"
    missing = [kind for kind in (*KINDS, "jumps", "lost", "doubled", "clicked", "reused") if not counts[kind]]
    assert not missing, f"these never happened: {missing}"
    errors, kills = (sum(counts[f"{what} {when}"] for when in ("before", "after")) for what in ("raised", "killed"))
    return (
        f"{years} years of {dossiers:,} dossiers, {counts['commands']:,} commands acknowledged = stored,"
        f" {counts['lines']:,} lines, {counts['letters']:,} letters; {errors:,} errors, {counts['outage']:,} outages,"
        f" {kills:,} kills, {counts['arrived twice'] + counts['doubled']:,} requests doubled, {counts['lost']:,} answers lost,"
        f" {counts['clicked']:,} double clicks, {counts['jumps']:,} jumps of a clock; {counts['doubts']:,} in doubt,"
        f" {counts['refused']:,} refused; 0 lost, 0 doubled, every sum exact, {kept:.0%} of the logs as simulated, line by line"
    )
