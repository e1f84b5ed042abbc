"""The two yearly questions answered from kept totals, beside hand-written SQL with the best indexes; and lines loaded in bulk.

Run: pip install -e ".[dev]"; python benchmarks/kept.py [MOVES ...] [--rounds N] [--folder FOLDER]

MOVES are sizes, 140000 and 1000000 unless given; 10000000 takes some ten minutes and 3 GB of disk. The lines are those of
simulated years (2021 to 2025), as often as it takes, each copy under numbers of its own, but that a dossier which a year leaves
in a wrong account is there once: nobody leaves it there for years. Both questions are asked of all the years: dossiers per year,
field, procedure and whether they were late; per year and officer the steps, those late and by how many minutes. By hand they are
two statements over a table of one row per line that holds just what they ask for, with a covering index each; FlowISO is asked
by `engine.kept`, year by year, in a store of the same lines. Both must give the same figures. Times are CPU time of one process.
"""

from __future__ import annotations

import argparse
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from functools import cache
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any

from flowiso.app import Agency
from flowiso.engine import Engine
from flowiso.kept import Keeper
from flowiso.keptreport import numbers_apart
from flowiso.life import OFFICIAL, visits_at
from flowiso.model import Case, Move
from flowiso.ports import Change, Store
from flowiso.simulate.scenario import Scenario
from flowiso.simulate.year import Year
from flowiso.store import open_store
from flowiso.tracing import trace
from flowiso.worktime import TZ, local

YEARS = range(2021, 2026)
_SIZES = (140_000, 1_000_000)
_HAND = (
    "CREATE TABLE steps (dossier, seq, year, field, code, late, officer, over, minutes)",
    "CREATE INDEX results ON steps (year, field, code, late) WHERE late IS NOT NULL",
    "CREATE INDEX work ON steps (year, officer, over, minutes) WHERE officer IS NOT NULL",
)
_RESULTS = "SELECT year, field, code, late, count(*) FROM steps WHERE late IS NOT NULL GROUP BY year, field, code, late"
_WORK = "SELECT year, officer, count(*), sum(over), sum(minutes) FROM steps WHERE officer IS NOT NULL GROUP BY year, officer"

Log = tuple[Case, tuple[Move, ...]]
Rows = list[tuple[Any, ...]]


@cache
def agency() -> Agency:
    """The shipped agency."""
    return Agency.load()


@cache
def lived(year: int) -> list[Log]:
    """The logs of a simulated year."""
    return [(case, tuple(moves)) for case, moves in Year(agency(), replace(Scenario(), year=year), year).run().logs]


@cache
def astray(year: int) -> frozenset[str]:
    """The dossiers of a simulated year that stand apart from the sums: left in a wrong account for good, most of them."""
    adds = Keeper(agency(), remember=0)
    return frozenset(case.number for case, log in lived(year) if any(not one.part for one in adds(case, (), log)))


def batches(moves: int) -> Iterator[tuple[list[Log], list[Rows]]]:
    """So many lines, a simulated year at a time, under numbers of their own; and what they are by hand."""
    copy = 0
    while moves > 0:
        for year in YEARS:
            logs, rows = [], []
            for (case, log), its in zip(lived(year), rows_of(year), strict=True):
                if moves > 0 and not (copy and case.number in astray(year)):
                    moves -= len(log)
                    logs.append((case._replace(number=f"{case.number}-{copy}"), log))
                    rows.append(its)
            if logs:
                yield logs, rows
        copy += 1


class Copies:
    """Counts what a log adds as `Keeper` does, and a copy of it without walking through it again."""

    def __init__(self) -> None:
        self._count = Keeper(agency(), remember=0)
        self._known: dict[int, list[Change]] = {}

    def __call__(self, case: Case, before: Sequence[Move], moves: Sequence[Move]) -> Sequence[Change]:
        """What lines add after those before them."""
        found = self._known.get(id(moves))
        if found is None:
            found = self._known[id(moves)] = list(self._count(case, before, moves))
        return [one if one.part else one._replace(name=case.number) for one in found]


@cache
def rows_of(year: int) -> list[Rows]:
    """A simulated year's lines as the rows of the table by hand, by dossier."""
    calendar, found = agency().calendar, []
    for case, log in lived(year):
        flow = agency().library.version(case.code, case.version)
        rows = [[move.seq, local(move.at).year, flow.field, case.code, *[None] * 4] for move in log]
        life = trace(agency().table(case.code, case.version, local(log[0].at).year), calendar, case, log)
        free = {move.at: row for move, row in zip(reversed(log), reversed(rows), strict=True)}
        for visit in visits_at(life, calendar, life.state.at):
            if visit.until is not None and visit.charged in OFFICIAL:
                row = free.pop(visit.until, None)
                if row is None:  # what went to a wrong account may count twice at the same line
                    row = [len(log), local(visit.until).year, flow.field, case.code, None]
                    rows.append(row)
                row[5:] = visit.holder, int(visit.late(visit.until)), visit.overrun(calendar, visit.until) // 60
        if life.resolved is not None and life.outcome is not None:
            at = next(move.seq for move in log if move.at == life.resolved)
            rows[at][4] = int(life.outcome == "late")
        found.append([tuple(row) for row in rows])
    return found


def by_hand(path: Path, moves: int) -> sqlite3.Connection:
    """The table by hand, filled and indexed, and what the planner wants to know of it."""
    found = sqlite3.connect(path)
    found.execute("PRAGMA cache_size = -262144")
    found.execute(_HAND[0])
    dossiers = count()
    for _, batch in batches(moves):
        rows = [(dossier, *row) for its, dossier in zip(batch, dossiers, strict=False) for row in its]
        found.executemany("INSERT INTO steps VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
    for index in _HAND[1:]:
        found.execute(index)
    found.execute("ANALYZE")
    found.commit()
    return found


def spent(work: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds of a call, and what it gave."""
    start = time.process_time()
    found = work()
    return time.process_time() - start, found


def hand_answer(connection: sqlite3.Connection) -> tuple[Any, Any]:
    """Both questions by hand."""
    return connection.execute(_RESULTS).fetchall(), connection.execute(_WORK).fetchall()


def our_answer(engine: Engine) -> list[Any]:
    """Both questions of FlowISO."""
    return [engine.kept(year) for year in (*YEARS, YEARS[-1] + 1)]


def same(hand: tuple[Any, Any], ours: Sequence[Any], senders: set[str]) -> None:
    """Assert that both say the same.

    Minutes are left out of those (`senders`) who have a dossier astray: by hand it has cost them what it had by its last line,
    with us all the time since.
    """
    fields = {code: flow.field for flow in agency().flows for code in (flow.code,)}
    results: Counter[tuple[Any, ...]] = Counter()
    work: dict[tuple[int, str], tuple[int, int, int]] = {}
    for kept in ours:
        year = kept.period.first.year
        for code, group in kept.by_procedure.items():
            in_time = group.counts.resolved - group.counts.late
            for late, many in ((0, in_time), (1, group.counts.late)):
                results[year, fields[code], code, late] += many
        work |= {(year, name): tuple(one[2:]) for name, one in kept.by_officer.items()}
    assert +results == Counter({row[:4]: row[4] for row in hand[0]})
    theirs = {(year, name): tuple(rest) for year, name, *rest in hand[1]}
    for key in work.keys() | theirs.keys():
        mine, other = work.get(key, (0, 0, 0)), theirs.get(key, (0, 0, 0))
        assert mine == other or (mine[:2] == other[:2] and key[1] in senders), key


def loaded(url: str, moves: int, keep: bool) -> tuple[float, int]:
    """CPU seconds to load so many lines in bulk, and how many they were."""
    with closing(open_store(url, "simulated")) as store:
        if keep:
            engine_over(store).keep()
        seconds = lines = 0
        for batch, _ in batches(moves):
            seconds += spent(lambda batch=batch: store.create_many(batch))[0]
            lines += sum(len(log) for _, log in batch)
    return seconds, lines


def ready(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of a loaded store."""
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        return {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in ("words", "dossiers", "moves")}


def executed(url: str, rows: dict[str, list[tuple[Any, ...]]]) -> float:
    """CPU seconds of `executemany` of ready rows into the same tables, triggers and all, in one transaction."""
    open_store(url, "simulated").close()
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = FULL")

        def write() -> None:
            connection.execute("BEGIN")
            for name, its in rows.items():
                connection.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(its[0]))})", its)
            connection.execute("COMMIT")

        return spent(write)[0]


def engine_over(store: Store) -> Engine:
    """An engine that counts copies quickly."""
    engine = Engine(agency(), store, lambda: datetime(2026, 1, 1, tzinfo=TZ))
    store.count_by(engine.agency, Copies())
    return engine


def questions(folder: Path, moves: int, rounds: int) -> None:
    """Measure both questions at a size."""
    url = f"sqlite:///{folder}/kept-{moves}.db"
    _, lines = loaded(url, moves, keep=True)
    with closing(by_hand(folder / f"hand-{moves}.db", moves)) as hand, closing(open_store(url)) as store:
        engine = engine_over(store)
        apart = numbers_apart(store.kept(engine.agency, YEARS[0], YEARS[-1]) or {})
        senders = {move.actor for number in apart for move in store.read(engine.agency, number)[1]}
        same(hand_answer(hand), our_answer(engine), senders)
        theirs, mine, one = [], [], []
        for _ in range(rounds):
            theirs.append(spent(lambda: hand_answer(hand))[0])
            mine.append(spent(lambda: our_answer(engine))[0])
            one.append(spent(lambda: engine.kept(2021))[0])
    ratio = median(a / b for a, b in zip(mine, theirs, strict=True))
    print(
        f"{lines:,} moves: by hand {median(theirs) * 1e3:,.1f} ms, kept totals {median(mine) * 1e3:.1f} ms for all years"
        f" ({ratio:.3f}, goal <= 1.3), {median(one) * 1e3:.1f} ms for one (goal <= 5), {len(apart)} dossiers read"
    )


def bulk(folder: Path, rounds: int) -> None:
    """Measure loading in bulk, a year at a time, against `executemany`."""
    ratios, ours = [], []
    for number in range(rounds):
        mine, theirs = (f"sqlite:///{folder}/{name}-{number}.db" for name in ("ours", "theirs"))
        seconds, lines = loaded(mine, _SIZES[0], keep=False)
        ours.append(lines / seconds)
        ratios.append(executed(theirs, ready(mine)) / seconds)
    print(f"bulk load: {median(ours):,.0f} moves/s, {median(ratios):.2f} of executemany of ready rows (goal >= 0.5)")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("moves", type=int, nargs="*", default=_SIZES)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="on a disk with room (the temporary folder)")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        bulk(Path(folder), asked.rounds)
        for moves in asked.moves:
            questions(Path(folder), moves, asked.rounds)


if __name__ == "__main__":
    main()
