"""A simulated year against SimPy's bare loop of the same year: same dossiers, same steps, same officers, same times.

Run: python benchmarks/simulate.py [DOSSIERS] [ROUNDS]. The year is the shipped scenario dong-nai-2021. Start-up (reading and
compiling the flows, drawing SimPy's plan) is left out on both sides. Ours draws the year, writes the whole log through the
engine's decisions, confirmations included, and counts its figures; SimPy only lets the time pass. CPU seconds, interleaved,
median of the paired ratios. Beside it: a year whose log is dropped, as in replications, and the report of the year's log.
"""

from __future__ import annotations

import gc
import resource
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from typing import Any

import simpy

from flowiso.app import Agency
from flowiso.engine import Engine
from flowiso.model import CONFIRM, RECEIVE
from flowiso.simulate import Log, simulate
from flowiso.simulate.scenariofile import load
from flowiso.store import open_store
from flowiso.worktime import TZ, instant

Plan = tuple[int, list[tuple[int, str, int]]]


def plan_of(agency: Agency, log: Log) -> Plan:
    """When the dossier came in, and for each step the wait before it was taken up, by whom, and the work on it."""
    worked, moves = agency.calendar.worked, log[1]
    steps, since, taken_up = [], moves[0].at, moves[0].at
    for move, following in pairwise(moves):
        if following.action == CONFIRM:
            taken_up = following.at
            continue
        taken_up = max(taken_up, since)
        holder = "" if following.action == RECEIVE else move.holder
        steps.append((worked(since, taken_up), holder, worked(taken_up, following.at)))
        since = following.at
    return worked(agency_start(agency), moves[0].at), steps


def agency_start(agency: Agency) -> int:
    """A moment before every arrival."""
    return instant(datetime(2021, 1, 1, tzinfo=TZ))


def simpy_year(plans: list[Plan], staff: list[str]) -> int:
    """SimPy's bare loop: a process a dossier; an officer's step is a wait, a request and the work.

    Applicants, partners and the wait for acceptance are no resource and cost one wait.
    """
    env = simpy.Environment()
    officers = {name: simpy.Resource(env) for name in staff}
    finished = 0

    def dossier(steps: list[tuple[int, str, int]]) -> Iterator[Any]:
        nonlocal finished
        for wait, name, work in steps:
            if name not in officers:
                yield env.timeout(wait + work)
                continue
            yield env.timeout(wait)
            with officers[name].request() as request:
                yield request
                yield env.timeout(work)
        finished += 1

    def source() -> Iterator[Any]:
        for arrival, steps in plans:
            yield env.timeout(arrival - env.now)
            env.process(dossier(steps))

    env.process(source())
    env.run()
    return finished


def timed(work: Any) -> float:
    """CPU seconds of a call, garbage collected before it; letting go of the result isn't timed."""
    gc.collect()
    start = time.process_time()
    result = work()
    spent = time.process_time() - start
    del result
    return spent


def main() -> None:
    """Print the ratio and what it rests on."""
    dossiers = int(sys.argv[1]) if len(sys.argv) > 1 else 13_641
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    agency = Agency.load()
    scenario = load("dong-nai-2021", agency)
    scenario = replace(scenario, arrivals=replace(scenario.arrivals, dossiers=dossiers))
    outcome, logs = simulate(agency, scenario, 1)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    plans = sorted(plan_of(agency, log) for log in logs)
    staff = list(outcome.desks)
    steps = sum(len(plan[1]) for plan in plans)
    assert simpy_year(plans, staff) == len(plans)
    pairs = [
        (timed(lambda: simulate(agency, scenario, 1)), timed(lambda: simpy_year(plans, staff))) for _ in range(rounds)
    ]
    ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    print(
        f"{dossiers} dossiers, {steps} step executions, {sum(len(moves) for _, moves in logs)} moves, late {outcome.late}"
    )
    print(f"flowiso {ours:.3f} s   simpy {theirs:.3f} s   ratio {ratio:.2f} (goal <= 1.0, stretch 0.6)")
    dropped = statistics.median(timed(lambda: simulate(agency, scenario, 2, keep=False)) for _ in range(rounds))
    print(f"log dropped: {dropped:.3f} s (goal <= 0.6)")
    store = open_store("memory:", "simulated")
    store.create_many(logs)
    print(f"the year's report out of that log: {timed(lambda: Engine(agency, store).stats(2021)):.3f} s")
    print(f"peak memory {before} MB after one year with its log (goal <= 160)")


if __name__ == "__main__":
    main()
