"""A counterexample lived through: when each holder begins and ends, if everyone uses all of his time."""

from __future__ import annotations

from itertools import takewhile
from typing import NamedTuple

from .calendar import Calendar
from .model import ASKING, Flow
from .proof import MINUTE, Case
from .stretches import Allowance, Gate, Hop, Stretch, seconds_of
from .worktime import midnight, ordinal


class Stay(NamedTuple):
    """A dossier at a step from `begins` until its arrow is taken at `ends` (instants)."""

    hop: Hop
    begins: int
    ends: int


def timetable(
    flow: Flow, stretch: Stretch, gate: Gate, case: Case, calendar: Calendar, allowance: Allowance
) -> list[Stay]:
    """The stays up to a gate in its worst case; the last one ends when the gate is passed."""
    stays: list[Stay] = []
    at, waits = case.at, iter(case.waits if gate.term.unit == "d" else ())
    asked, back, left, idle = None, None, 0, _idle_wait(stretch, gate, case)
    for n, hop in enumerate(stretch.hops[: gate.hops]):
        begins = at
        if hop.step.clock == "stopped":
            at = midnight(ordinal(begins) + 1) if n == idle else max(begins, back or begins)
            asked = back = None
        else:
            time = left if hop.rest else seconds_of(hop.step, allowance)
            sending = _sending(stretch.hops[n:], allowance) if hop.arrow.kind in ASKING else 0
            if hop.arrow.kind in ASKING:
                pauses = flow.stop_policy(hop.arrow) == "pause"
                asked, back = next(waits, (None, None)) if pauses else (None, None)
                used = time if asked is None else max(0, min(time, calendar.worked(begins, asked) - sending))
                time, left = used, time - used
            elif asked is not None:
                time = min(time, max(0, calendar.worked(begins, asked)))
            at = _worked_off(hop, begins, time, calendar, allowance)
            if asked is not None and _stops_next(stretch.hops, n):
                at = max(at, asked)
        stays.append(Stay(hop, begins, at))
        if hop.handed and allowance.wait and n + 1 < gate.hops and hop.step.clock != "stopped":
            at = calendar.plus(at, allowance.wait)
    return stays


def _idle_wait(stretch: Stretch, gate: Gate, case: Case) -> int | None:
    """The wait after which nothing is left to do, in a case that fails by the minute this costs: handed in at night."""
    if gate.kind != "result" or not gate.stops or gate.stops[-1].work < gate.work or not -MINUTE <= case.slack < 0:
        return None
    return max(n for n, hop in enumerate(stretch.hops[: gate.hops]) if hop.step.clock == "stopped")


def _sending(hops: tuple[Hop, ...], allowance: Allowance) -> int:
    """The working seconds of the hand-overs and steps between asking, the first hop, and the stop."""
    way = list(takewhile(lambda hop: hop.step.clock != "stopped", hops))
    waits = sum(hop.handed for hop in way) * allowance.wait
    return waits + sum(seconds_of(hop.step, allowance) for hop in way[1:])


def _worked_off(hop: Hop, begins: int, time: int, calendar: Calendar, allowance: Allowance) -> int:
    """When a step is done that took so much working time; all of its days where they are of different length."""
    within = hop.step.within
    if within is not None and within.unit == "wd" and not hop.rest and time == seconds_of(hop.step, allowance):
        return calendar.due_instant(begins, within, (), "minutes")
    return calendar.plus(begins, time)


def _stops_next(hops: tuple[Hop, ...], n: int) -> bool:
    return n + 1 < len(hops) and hops[n + 1].step.clock == "stopped"
