"""How much work is left until the result is available: the shortest way by the times the flow allows. Pure.

Lengths are working seconds, by the times of the steps' `within`: what an officer may take, not what he will. Nobody's term
is known where the clock stands or a milestone of the yearly plan decides: there it is 0, so that the sum is never too much.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from fractions import Fraction
from functools import lru_cache

from .calendar import Calendar
from .machine import Row, Table
from .model import ArrowKind, EndKind
from .state import State
from .term import Unit

WORKING_DAY = 8 * 3600
"""The working seconds of a day, where no calendar is asked."""

_SECONDS: Mapping[Unit, Fraction] = {
    "wh": Fraction(3600),
    "wd": Fraction(WORKING_DAY),
    "d": Fraction(WORKING_DAY * 5, 7),
    "h": Fraction(WORKING_DAY, 24),
    "immediate": Fraction(0),
}
_ONWARD: Collection[ArrowKind] = frozenset({"forward"})
_ANY: Collection[ArrowKind] = frozenset({"forward", "fee", "consult", "repair", "supplement", "refuse"})
_RESULTS: Collection[EndKind | None] = frozenset({"granted", "refused", "recorded"})


@lru_cache(maxsize=4_096)
def allowed(row: Row) -> int:
    """The working seconds a step may take; 0 where the clock stands and where only a plan can tell."""
    if row.step is None or row.step.until or row.stopped or row.within is None:
        return 0
    return int(Fraction(row.within.amount) * _SECONDS[row.within.unit])


def remaining(place: Table | Row) -> int | None:
    """The least working seconds from a step, its own time included, to where the result is available.

    Of a table that of its first step. Along forward arrows; where none leads there, along those that a person may take.
    None where no way leads to a result, 0 where it is available.
    """
    row = place.first if isinstance(place, Table) else place
    return _shortest(row.table).get(row.id)


def rest(state: State, calendar: Calendar, at: int) -> int:
    """The working seconds left of the present step at `at`; 0 when they are used up, and where no time is counted."""
    if state.ended or state.row.ready or state.row.stopped:
        return 0
    if state.received is None:
        return allowed(state.row)
    if state.detour is not None and state.paused and state.step_due is None:
        return allowed(state.row) if state.detour.rest is None else state.detour.rest
    return 0 if state.step_due is None else max(0, calendar.worked(at, state.step_due))


def needed(state: State, calendar: Calendar, at: int) -> int | None:
    """The least working seconds from where a dossier is at `at` to its result; 0 with one, None where no way leads to it."""
    if state.resolved is not None:
        return 0
    whole = remaining(state.row)
    return None if whole is None else whole - allowed(state.row) + rest(state, calendar, at)


@lru_cache(maxsize=1024)
def _shortest(table: Table) -> Mapping[str, int]:
    """The least working seconds from entering each row to the result, by row id."""
    found = {row.id: 0 for row in table.rows.values() if row.ready or row.kind in _RESULTS}
    for kinds in (_ONWARD, _ANY):
        found |= _relaxed(table, kinds, found)
    return found


def _relaxed(table: Table, kinds: Collection[ArrowKind], known: Mapping[str, int]) -> dict[str, int]:
    """The lengths of the rows not `known` yet, along arrows of these kinds to those that are."""
    found: dict[str, int] = {}
    rows = [row for row in table.rows.values() if row.id not in known and row.step is not None]
    for _ in rows:  # no shortest way is longer than there are rows
        before = dict(found)
        reached = {**known, **found}
        for row in rows:
            onward = [reached[arc.row.id] for arc in row.arcs.values() if arc.kind in kinds and arc.row.id in reached]
            if onward:
                found[row.id] = min(onward) + allowed(row)
        if found == before:
            break
    return found
