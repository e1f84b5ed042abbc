"""The clocks of a dossier: what pauses, supplements, new terms and appointments make of its due moments (in epoch seconds).

A stop is a time for which the legal clock stood, whoever made it stand: a step of the applicant's, or a leader's `pause`. The
verb `stop` is none: it ends the dossier.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from .calendar import Calendar
from .duedate import legs
from .machine import Row, partner_after
from .model import ArrowKind, ClockPolicy, Move
from .term import Term
from .worktime import midnight

_PAUSE: ClockPolicy = "pause"


class Detour(NamedTuple):
    """What only dossiers need that left the plain path.

    `intervals` are the stops so far (asked, back, policy); `asked` is since when the clock stands, None while it runs.
    `policy`, `origin`, `left` and `asking` tell of what was asked of the applicant last: what that does to the due date, the
    step that asked, its working seconds left (None where it counted none), the kind of arrow that asked, None once it is
    answered. `paused`: a leader paused it (R59), with `rest` working seconds of the step left, None where it keeps its due
    moment or counted none. `planned`: the step that either stopped goes by a milestone. `renewed` is when the
    papers came in that restarted the clock, None once it stood again (R43). `taken` lists arrows with limited `times`; `term` is
    the legal term set by an arrow, which counts from `start` (the receipt when None) with the stops after the first `before`.
    `supplements` counts those asked for after the receipt (R14); `appointed` is the re-appointed moment (R49); `corrected`
    counts results called back to be corrected (R53); `forced` is the step and the account a leader gave it to against R121.
    `moved`: it went over to a flow version of another term and keeps the one it had: `term`, even None (R1, R65). `had` are
    those who had it at this step before, each with the working seconds of the step left when he gave it away, None where it was
    late or none is counted, and the step's due moment; `was_late` whether a result came late that wasn't available after
    all: late it stays (R129). `answer_by` is the step of who is asked for an opinion, and the deadline the request states (R45).
    """

    intervals: tuple[tuple[int, int, ClockPolicy], ...] = ()
    asked: int | None = None
    policy: ClockPolicy = "pause"
    origin: str = ""
    left: int | None = None
    taken: tuple[tuple[str, str], ...] = ()
    term: Term | None = None
    start: int | None = None
    before: int = 0
    asking: ArrowKind | None = None
    paused: bool = False
    rest: int | None = None
    planned: bool = False
    renewed: int | None = None
    supplements: int = 0
    appointed: int | None = None
    corrected: int = 0
    forced: tuple[str, str] | None = None
    moved: bool = False
    had: tuple[tuple[str, int | None, int | None], ...] = ()
    was_late: bool = False
    answer_by: tuple[str, int] | None = None


def closed(detour: Detour, at: int, done: bool) -> Detour:
    """The detour once the present stop, if any, is over; a leader's pause is a pause, whatever was asked before it.

    When the result was there before (`done`), the legal clock had come to its end and no stop counts any more (R129).
    """
    if detour.asked is None:
        return detour
    stop = detour.asked, at, _PAUSE if detour.paused else detour.policy
    stops = detour.intervals if done else (*detour.intervals, stop)
    back = detour._replace(intervals=stops, asked=None, paused=False, rest=None, renewed=None)
    if detour.paused:
        return back
    again = detour.policy == "restart" and detour.asking != "fee"
    return back._replace(asking=None, renewed=at if again else None)


def parked(calendar: Calendar, row: Row, detour: Detour, due: int | None, at: int) -> Detour:
    """The detour that remembers what a step due at `due` has left of its time when it asks the applicant."""
    left = None if due is None else calendar.worked(at, due) if due > at else 0
    return detour._replace(origin=row.id, left=left, planned=_by_plan(row))


def rested(calendar: Calendar, row: Row, detour: Detour, due: int | None, at: int) -> tuple[Detour, int | None]:
    """The detour of a paused step with what is left until `due`, and the due moment it keeps: who is late stays late (R129)."""
    detour = detour._replace(planned=_by_plan(row))
    if due is None or due < at:
        return detour, due
    return detour._replace(rest=calendar.worked(at, due)), None


def going_on(calendar: Calendar, row: Row, detour: Detour, left: int | None, at: int) -> int | None:
    """When the time of a step runs out that goes on with `left` working seconds; None where none is counted.

    What went by a milestone goes by the plan as it stands, what counted no time by that of the step it is now.
    """
    planned = detour.planned and _by_plan(row)
    return step_limit(calendar, row, at) if left is None or planned else calendar.plus(at, left)


def _by_plan(row: Row) -> bool:
    return row.step is not None and row.step.until is not None


def retermed(calendar: Calendar, first: Term | None, received: int, detour: Detour) -> Detour:
    """The detour once another term takes over: it counts from the clock's start, which restarts under the old one moved."""
    term, start, stops = termed(detour, first), detour.start or received, detour.intervals[detour.before :]
    if term is None:
        moved = [(n, back) for n, (_, back, policy) in enumerate(stops, 1) if policy == "restart"]
    else:
        run = legs(calendar, start, term, stops, "legal")
        moved = [(n, leg.anchor) for n, leg in enumerate(run) if leg.effect == "restart"]
    if not moved:
        return detour
    number, anchor = moved[-1]
    return detour._replace(start=anchor, before=detour.before + number)


def termed(detour: Detour | None, first: Term | None) -> Term | None:
    """The legal term that counts: the flow's own `first`, unless an arrow set one or it was received under another's."""
    return first if detour is None or (detour.term is None and not detour.moved) else detour.term


def legal_due(calendar: Calendar, term: Term | None, received: int, detour: Detour) -> int | None:
    """The legal due moment of a term counted from the receipt, with the stops so far; None without a term."""
    start, stops = counted(received, detour)
    return None if term is None else calendar.due_instant(start, term, stops, "legal")


def counted(received: int, detour: Detour | None) -> tuple[int, tuple[tuple[int, int, ClockPolicy], ...]]:
    """From when the present term counts, and the stops that matter to it."""
    return (detour.start or received, detour.intervals[detour.before :]) if detour else (received, ())


def given_away(calendar: Calendar, detour: Detour, holder: str, due: int | None, at: int) -> Detour:
    """The detour that remembers what the holder has left of the step's time, due at `due`, when he gives it away."""
    left = detour.rest
    if due is not None:
        left = calendar.worked(at, due) if at <= due else None
    return detour._replace(had=(*detour.had, (holder, left, due)))


def granted(calendar: Calendar, row: Row, detour: Detour, move: Move, due: int | None, fresh: bool) -> int | None:
    """When the step's time runs out for who gets it: at `due` as it stood, or `fresh` after a misroute (R124).

    Who had it before gets no more than what he had left: nobody wins time by giving it away and back (R129).
    """
    own = next((one for one in reversed(detour.had) if one[0] == move.holder), None)
    if own is None or own[1:] == (None, None) or _by_plan(row):
        return step_limit(calendar, row, move.at) if fresh else due
    _, left, before = own
    again = before if left is None else calendar.plus(move.at, left)
    if fresh or due is None or again is None:
        return again if fresh else due
    return min(again, due)


def answer_by(calendar: Calendar, row: Row, move: Move) -> tuple[str, int] | None:
    """The step of who is asked for an opinion, and the deadline that the request states (R45); None when it states none."""
    until, asked = closing(calendar, move), partner_after(row)
    return None if until is None or asked is None else (asked.id, until)


def stated(until: int, due: int | None, at: int, own: int | None) -> int | None:
    """By when an opinion is due: as the request states, within the main term (R45); by `own` time where that is over."""
    until = until if due is None or due <= at else min(until, due)
    return until if until > at else own


def step_limit(calendar: Calendar, row: Row, at: int) -> int | None:
    """When the time of a step entered at a moment runs out; None where none is counted."""
    if row.seconds:
        return calendar.plus(at, row.seconds)
    if row.step is None:
        return None
    if row.step.until is not None:
        return row.table.plan.get(row.step.until)
    return None if row.within is None else calendar.due_instant(at, row.within, (), "minutes")


def closing(calendar: Calendar, move: Move) -> int | None:
    """The closing of the day that `until` of a line names, or of the next working day; None when it names none.

    Raises CalendarUnknown for a day that the calendar doesn't know.
    """
    day = told_day(move.record)
    return None if day is None else calendar.hours_from(midnight(calendar.known_ordinal(day)))[1]


def told_day(record: Mapping[str, str] | None, key: str = "until") -> date | None:
    """The day that a key of a record names; None when it names none."""
    try:
        return date.fromisoformat((record or {}).get(key, ""))
    except ValueError:
        return None
