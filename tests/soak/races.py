"""T5: officers who want the same dossier at the same moment: one of them gets each line, and the others are told who it was.

In a race every actor wants to write line n of a dossier; whatever he is told, he then goes on to line n + 1. So all are at about
the same line, in two processes with one to twenty-five threads each. Then officers with screens of different age act on what they
see, one after the other, as hypothesis chooses.
"""

from __future__ import annotations

import json
import re
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from functools import partial
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from checker import check, opened
from hypothesis import HealthCheck, Phase, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from servers import KINDS, Kind, Server
from size import MEMORY, Size, Sizes
from work import DAY, wish

from flowiso.app import Agency
from flowiso.dossier import Dossier
from flowiso.engine import Engine
from flowiso.errors import Conflict, Misrouted, NotAllowed
from flowiso.model import Case, Move
from flowiso.ports import Beside, Event, Store
from flowiso.store import open_store

TITLE = "officers racing for the same line"
RACES = Sizes(10_000, 100_000, 1_000_000)
"""With all databases together."""
FIELDS = ((1, 0.9), (4, 0.095), (25, 0.005))
"""Threads in each of the two processes, and which part of the races is run by so many."""
SHARES = {"sqlite": 0.6, "wheel": 0.2, "debian": 0.2}
"""Which part of the races is run with each database."""
LENGTH = 50
"""Lines of a dossier."""
HELD = 0.05
"""Seconds that a lock may be held."""
STALE = Sizes(10, 60, 1_000)
"""Stories of officers with old screens, for each database."""
AGENCY, FLOW = "H19.1", "LTHH-13"
WINNER = re.compile(r"latest: (\w+), line(\d+)\)")


class Course(NamedTuple):
    """What a process has to run: `threads` actors through `dossiers` from `first` on."""

    url: str
    process: int
    threads: int
    first: int
    dossiers: int


class Ran(NamedTuple):
    """What came of it: lines won by actor, conflicts, those that don't say who won, seconds of each lock held."""

    won: list[tuple[str, str, int]]
    conflicts: int
    untold: int
    held: list[float]


def _number(dossier: int) -> str:
    return f"{AGENCY}-210914-{dossier:04d}"


def _run(store: Store, actor: str, course: Course) -> tuple[list[tuple[str, str, int]], int, int]:
    """One actor's way through the course: what he won, what he lost, and how often he wasn't told to whom."""
    won, conflicts, untold = [], 0, 0
    for dossier in range(course.first, course.first + course.dossiers):
        number = _number(dossier)
        for seq in range(LENGTH):
            move = Move(seq, 1_631_581_200, actor, f"line{seq}", "thu-ly", actor)
            beside = Beside(f"{number}/{seq}/{actor}", "", (Event(seq, "moved"),))
            try:
                if seq:
                    store.append(AGENCY, number, (move,), beside)
                else:
                    store.create(Case(AGENCY, number, FLOW, 1, "counter"), (move,), beside)
            except Conflict as conflict:
                conflicts += 1
                told = WINNER.search(conflict.text.en)
                untold += bool(seq) and (
                    told is None or int(told[2]) < seq or (int(told[2]) == seq and told[1] == actor)
                )
            else:
                won.append((number, actor, seq))
    return won, conflicts, untold


def _process(course: Course, start: Barrier, result: Path) -> None:
    """The actors of one process, who share a store."""
    with _timed() as held, closing(open_store(course.url)) as store, ThreadPoolExecutor(course.threads) as pool:
        start.wait()
        actors = [f"a{course.process}x{thread}" for thread in range(course.threads)]
        ran = list(pool.map(lambda actor: _run(store, actor, course), actors))
    won = [line for one, _, _ in ran for line in one]
    result.write_text(json.dumps(Ran(won, sum(one[1] for one in ran), sum(one[2] for one in ran), held)))


@contextmanager
def _timed() -> Iterator[list[float]]:
    """How long each right to write SQLite's file is held from now on; PostgreSQL tells it itself, in its log."""
    connect, held = sqlite3.connect, []

    class Timed(sqlite3.Cursor):
        since = 0.0

        def execute(self, sql: str, *more: Any) -> sqlite3.Cursor:
            found = super().execute(sql, *more)
            if sql == "BEGIN IMMEDIATE":
                self.since = time.perf_counter()
            elif sql in ("COMMIT", "ROLLBACK") and self.since:
                held.append(time.perf_counter() - self.since)
                self.since = 0.0
            return found

    class TimedConnection(sqlite3.Connection):
        def cursor(self, factory: Any = Timed) -> Any:
            return super().cursor(factory)

    sqlite3.connect = partial(connect, factory=TimedConnection)
    try:
        yield held
    finally:
        sqlite3.connect = connect


def _race(url: str, threads: int, first: int, dossiers: int, folder: Path) -> list[Ran]:
    """Two processes through the same course."""
    context = get_context("fork")
    start = context.Barrier(2)
    results = [folder / f"{process}.json" for process in range(2)]
    running = [
        context.Process(target=_process, args=(Course(url, process, threads, first, dossiers), start, result))
        for process, result in enumerate(results)
    ]
    for process in running:
        process.start()
    for process in running:
        process.join()
    assert all(process.exitcode == 0 for process in running), "an actor gave up"
    return [Ran(**dict(zip(Ran._fields, json.loads(result.read_text()), strict=True))) for result in results]


class Tally(NamedTuple):
    """What came of all races with one database."""

    races: int
    conflicts: int
    held: list[float]


def races(url: str, count: int, folder: Path) -> Tally:
    """So many races with a database, judged."""
    open_store(url).close()
    ran: list[Ran] = []
    first = 0
    for threads, part in FIELDS:
        dossiers = max(1, round(count * part / LENGTH))
        ran += _race(url, threads, first, dossiers, folder)
        first += dossiers
    won = Counter((number, seq) for one in ran for number, _, seq in one.won)
    assert len(won) == first * LENGTH, "a line without a winner"
    assert set(won.values()) == {1}, f"two winners: {won.most_common(3)}"
    with opened(url) as ask:
        stored = set(ask("SELECT number, actor, seq FROM log"))
    assert stored == {tuple(line) for one in ran for line in one.won}, "the log names another winner"
    assert not sum(one.untold for one in ran), "losers weren't told who won"
    assert check(url).keys == len(won)
    return Tally(
        first * LENGTH, sum(one.conflicts for one in ran), sorted(second for one in ran for second in one.held)
    )


class OldScreens(RuleBasedStateMachine):
    """Officers who see a dossier as it was when they last looked; who sees an old one gets a Conflict, and nothing is written."""

    engines: tuple[Engine, Engine]
    names: Iterator[int]

    @initialize()
    def begin(self) -> None:
        """A dossier that three officers look at."""
        engine = self.engines[0]
        first = engine.flows.table(FLOW, 1, DAY.year).first
        number = f"{AGENCY}-210915-{next(self.names):04d}"
        self.now = engine.receive(FLOW, by=min(first.fits), number=number)
        self.seen: list[Dossier] = [self.now] * 3

    @rule(officer=st.integers(0, 2), engine=st.integers(0, 1))
    def look(self, officer: int, engine: int) -> None:
        """Look again."""
        self.seen[officer] = self.engines[engine].dossier(self.now.number)

    @rule(officer=st.integers(0, 2), engine=st.integers(0, 1), chance=st.integers(0, 2**32))
    def act(self, officer: int, engine: int, chance: int) -> None:
        """Do something with the dossier on the screen."""
        seen, used = self.seen[officer], self.engines[engine]
        action, by, to = wish(Random(chance), used, seen)
        try:
            done = used.move(
                seen, action, by=by, to=to, note="theo hồ sơ", record={"ground": "Luật", "fault": "applicant"}
            )
        except (NotAllowed, Misrouted):
            return
        except Conflict:
            assert seen.moves != self.now.moves, "a conflict with nobody"
            return
        assert seen.moves == self.now.moves, "an old screen overwrote what others have done"
        self.now = self.seen[officer] = done

    @invariant()
    def nothing_is_lost(self) -> None:
        """What is stored is what was answered last."""
        for engine in self.engines:
            assert engine.dossier(self.now.number).moves == self.now.moves


def old_screens(url: str, agency: Agency, stories: int, seed: int) -> None:
    """Stories of officers over a database, through two stores."""
    with closing(open_store(url)) as one, closing(open_store(url)) as other:

        class Told(OldScreens):
            engines = (
                Engine(agency, one, lambda: DAY, allow_draft=True),
                Engine(agency, other, lambda: DAY, allow_draft=True),
            )
            names = iter(range(1, 10**9))

        run_state_machine_as_test(
            seeded(seed)(Told),
            settings=settings(
                max_examples=stories,
                stateful_step_count=30,
                deadline=None,
                database=None,
                phases=(Phase.generate,),
                suppress_health_check=list(HealthCheck),
            ),
        )


def run(size: Size, seed: int) -> str:
    """The races and the stories with each database."""
    agency = Agency.load()

    def both(kind: str, url: str, folder: str) -> Tally:
        tally = races(url, round(RACES.at(size) * SHARES[kind]), Path(folder))
        old_screens(url, agency, STALE.at(size), seed)
        return tally

    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        figures = [_sqlite(both("sqlite", f"sqlite:///{folder}/races.db", folder))]
        for kind in KINDS:
            with Server(kind, False, None, "log_lock_waits=on", f"deadlock_timeout={round(HELD * 1000)}ms") as server:
                figures.append(_postgres(kind, both(kind, server.database(), folder), server.log))
    return "; ".join(figures) + "; one winner each, every loser told who it was"


def _sqlite(tally: Tally) -> str:
    middle, worst = (tally.held[int(len(tally.held) * part)] for part in (0.5, 0.999))
    assert worst <= HELD, f"one lock in a thousand is held longer than {worst:.3f} s"
    return (
        f"SQLite: {tally.races} races, {tally.conflicts} lost, locks held {middle * 1e3:.2f} ms, "
        f"99.9% <= {worst * 1e3:.1f} ms, longest {tally.held[-1] * 1e3:.0f} ms"
    )


def _postgres(kind: Kind, tally: Tally, log: str) -> str:
    assert "deadlock detected" not in log
    long = log.count("still waiting for")
    assert long <= tally.races // 1000, f"{long} waits for a lock longer than {HELD} s"
    return (
        f"{kind}: {tally.races} races, {tally.conflicts} lost, {long} waits for a lock > {HELD * 1e3:g} ms, 0 deadlocks"
    )
