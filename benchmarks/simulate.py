"""A simulated year against SimPy's bare loop of the same year: same dossiers, same steps, same officers, same times.

Run: python benchmarks/simulate.py [DOSSIERS] [ROUNDS]. Start-up (reading and compiling the flows, drawing
SimPy's plan) is left out on both sides. Ours writes the whole log through the engine's decisions; SimPy only lets the time pass. CPU seconds, interleaved,
median of the rounds.
"""

from __future__ import annotations

import gc
import resource
import statistics
import sys
import time
from collections.abc import Iterator
from typing import Any

import simpy

from flowiso.app import Agency
from flowiso.model import CONFIRM
from flowiso.simulate import Log, simulate

Plan = tuple[int, list[tuple[int, str, int]]]


def plan_of(agency: Agency, log: Log) -> Plan:
    """When the dossier came in, and for each step the wait before it was taken up, by whom, and the work on it."""
    _, moves = log
    calendar = agency.calendar
    steps, since = [], moves[0].at
    for move, following in zip(moves, [*moves[1:], None], strict=True):
        if move.action == CONFIRM and following is not None:
            steps.append((calendar.worked(since, move.at), move.holder, calendar.worked(move.at, following.at)))
            since = following.at
    return calendar.worked(agency_start(agency), moves[0].at), steps


def agency_start(agency: Agency) -> int:
    """A moment before every arrival."""
    from datetime import datetime

    from flowiso.worktime import TZ, instant

    return instant(datetime(2021, 1, 1, tzinfo=TZ))


def simpy_year(plans: list[Plan]) -> int:
    """SimPy's bare loop: one resource an officer, a process a dossier, two waits and one request a step."""
    env = simpy.Environment()
    officers = {name: simpy.Resource(env) for _, steps in plans for _, name, _ in steps}
    finished = 0

    def dossier(steps: list[tuple[int, str, int]]) -> Iterator[Any]:
        nonlocal finished
        for wait, name, work in steps:
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
    """CPU seconds of a call, garbage collected before it."""
    gc.collect()
    start = time.process_time()
    work()
    return time.process_time() - start


def main() -> None:
    """Print the ratio and what it rests on."""
    dossiers = int(sys.argv[1]) if len(sys.argv) > 1 else 13_641
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    agency = Agency.load()
    logs = simulate(agency, 2021, dossiers, 1)
    plans = sorted(plan_of(agency, log) for log in logs)
    steps = sum(len(plan[1]) for plan in plans)
    assert simpy_year(plans) == len(plans)
    pairs = [
        (timed(lambda: simulate(agency, 2021, dossiers, 1)), timed(lambda: simpy_year(plans))) for _ in range(rounds)
    ]
    ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    print(f"{dossiers} dossiers, {steps} step executions, {sum(len(moves) for _, moves in logs)} moves")
    print(f"flowiso {ours:.3f} s   simpy {theirs:.3f} s   ratio {ratio:.2f} (goal <= 1.5)")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB (both in one process)")


if __name__ == "__main__":
    main()
