"""Traffic lights and the ladder of warnings: how near a dossier and its step are to being late, and who knows by now (R126).

Pure: a life and a moment in. Green: in time. Yellow: soon due, or what is left takes longer than what is left of the
term. Red: overdue. Grey: the clock stands. A dossier that was overdue when its clock was stopped stays red (R129).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal, NamedTuple

from .calendar import Calendar
from .duedate import verdict
from .errors import BadValue
from .life import Life, day_after
from .remaining import WORKING_DAY, allowed, needed
from .state import State
from .term import Term
from .text import Text
from .worktime import day_of

Light = Literal["red", "yellow", "grey", "green"]
Rung = Literal["officer", "division", "department"]
"""Whom a warning has reached: the holder, the head of his division, the department and the one-stop unit's head."""


class Thresholds(NamedTuple):
    """When lights turn and warnings climb (R126); common practice, not law.

    `dossier`: yellow from so many working seconds before the due moment on. `step`: yellow in this last share, in percent,
    of the step's time; one that runs to a milestone of the yearly plan is treated like a dossier. `half`: the head of the
    division is told once so many percent of the yellow stretch are gone.
    `uncollected`: a result may wait so many calendar days at the desk before somebody reminds the applicant (R56).
    """

    dossier: int = WORKING_DAY
    step: int = 25
    half: int = 50
    uncollected: int = 30


USUAL = Thresholds()


class Zone(NamedTuple):
    """The yellow stretch before a due moment: since when, and when so much of it is gone that the head is told."""

    since: int
    half: int
    due: int


class Sight(NamedTuple):
    """A dossier at a moment: its light and its step's, the working seconds left of both (below 0: over; None: no term).

    `needed` are the least working seconds to the result by the times of the flow, `late_ahead` whether that is too much.
    """

    light: Light
    step_light: Light
    left: int | None
    step_left: int | None
    needed: int | None
    late_ahead: bool


class Ignored(NamedTuple):
    """A warning that reached `rung` at `warned` and after which nothing happened until the dossier was late (R124).

    `holder` had it at `step` all that time; `until` is 00:00 of the day after the due date.
    """

    rung: Rung
    warned: int
    until: int
    step: str
    holder: str


def working(text: str | timedelta) -> int:
    """The seconds of a working time such as "8wh" or "1wd" (a day being eight hours). Raises BadValue."""
    if isinstance(text, timedelta):
        return int(text.total_seconds())
    term = Term.parse(text)
    if term.unit not in ("wh", "wd"):
        raise BadValue(
            Text(f"'{text}' không phải giờ hay ngày làm việc; ví dụ đúng: 8wh, 1wd", f"'{text}': give 8wh or 1wd")
        )
    return int(term.amount * (WORKING_DAY if term.unit == "wd" else 3600))


def sight(life: Life, calendar: Calendar, at: int, thresholds: Thresholds = USUAL) -> Sight:
    """How a dossier stands at `at`."""
    state = life.state
    counted = life.resolved is None and not life.clock_stands
    left = calendar.worked(at, life.due) if counted and life.due is not None else None
    running = not (state.ended or state.paused or state.row.stopped)
    step_left = calendar.worked(at, state.step_due) if running and state.step_due is not None else None
    work = needed(state, calendar, at) if life.resolved is None else None
    return Sight(
        dossier_light(life, calendar, at, thresholds),
        step_light(state, calendar, at, thresholds),
        left,
        step_left,
        work,
        left is not None and _ahead(life, at, left, work),
    )


def dossier_light(life: Life, calendar: Calendar, at: int, thresholds: Thresholds = USUAL) -> Light:
    """The light of a dossier against its legal due date; green once there is a result, and without a term."""
    if life.overdue(at):
        return "red"
    if life.resolved is not None:
        return "green"
    if life.clock_stands:
        return "grey"
    zone = dossier_zone(life, calendar, thresholds)
    return "yellow" if zone is not None and at >= zone.since else "green"


def step_light(state: State, calendar: Calendar, at: int, thresholds: Thresholds = USUAL) -> Light:
    """The light of the present step against its due minute; green where no time is counted."""
    if state.ended:
        return "green"
    if state.paused or state.row.stopped:
        return "grey"
    if state.step_due is not None and at // 60 > state.step_due // 60:
        return "red"
    zone = step_zone(state, calendar, thresholds)
    return "yellow" if zone is not None and at >= zone.since else "green"


def dossier_zone(life: Life, calendar: Calendar, thresholds: Thresholds = USUAL) -> Zone | None:
    """The yellow stretch of a dossier before its legal due moment; None without one.

    It begins no earlier than the clock does: at the receipt, or when it last ran again.
    """
    if life.due is None or life.received is None:
        return None
    began = max((back for _, back, _ in life.stops if back is not None), default=life.received)
    return _zone(calendar, max(began, life.received), life.due, thresholds.dossier, thresholds)


def step_zone(state: State, calendar: Calendar, thresholds: Thresholds = USUAL) -> Zone | None:
    """The yellow stretch of the present step; None where no time is counted."""
    due = state.step_due
    if due is None or state.row.stopped or state.paused:
        return None
    whole = allowed(state.row) if state.received is not None else state.row.table.intake
    length = whole * thresholds.step // 100 or thresholds.dossier  # a milestone months ahead has no length
    return _zone(calendar, state.since, due, length, thresholds)


@lru_cache(4_096)
def _zone(calendar: Calendar, began: int, due: int, length: int, thresholds: Thresholds) -> Zone:
    done = calendar.worked(calendar.first, due)
    since = max(calendar.plus(calendar.first, max(0, done - length)), began)
    gone = max(0, calendar.worked(since, due)) * thresholds.half // 100
    return Zone(since, calendar.plus(since, gone), due)


def late_ahead(life: Life, calendar: Calendar, at: int) -> bool:
    """Whether a dossier in time will be late if every step left takes what the flow allows it."""
    if life.due is None or life.resolved is not None or life.clock_stands:
        return False
    return _ahead(life, at, calendar.worked(at, life.due), needed(life.state, calendar, at))


def _ahead(life: Life, at: int, left: int, work: int | None) -> bool:
    """`late_ahead` of a dossier whose clock runs, with the working seconds left and those that the flow allows."""
    if life.due is None or life.received is None or verdict(at, life.due) == "late":
        return False
    return work is not None and work > max(0, left)


def apology_day(life: Life, calendar: Calendar) -> date | None:
    """The last working day on which an apology can be sent: at the latest one calendar day before the due date (R49).

    None without a term, and where no working day is left for it since the receipt.
    """
    if life.due is None or life.received is None:
        return None
    found, first = day_of(life.due) - timedelta(1), day_of(life.received)
    while found >= first:
        if calendar.is_working_day(found):
            return found
        found -= timedelta(1)
    return None


def ignored(life: Life, calendar: Calendar, at: int, thresholds: Thresholds = USUAL) -> Ignored | None:
    """The warning to the head of the division that nobody acted on before a dossier was late (R124); None when there is none.

    Read from the log and time alone: whether a message was sent or read is nowhere asked.
    """
    zone = dossier_zone(life, calendar, thresholds)
    if zone is None or not (life.is_late(at) or life.closed_overdue):
        return None
    late = day_after(zone.due)
    if any(zone.half < moment < late for moment in _happened(life)):
        return None
    stays = (
        *((one.since, one.until, one.step, one.holder) for one in life.visits),
        *((one.sent_at, one.until, one.step, one.wrong) for one in life.misroutes),
    )
    lay = next((one for one in stays if one[0] <= zone.half and (one[1] is None or one[1] >= late)), None)
    return None if lay is None else Ignored("division", zone.half, late, lay[2], lay[3])


def _happened(life: Life) -> Iterator[int]:
    """The moments at which anything was done with a dossier."""
    for visit in life.visits:
        yield visit.since
        yield from (moment for moment in (visit.confirmed_at, visit.until) if moment is not None)
    for wrong in life.misroutes:
        marks = (wrong.detected_at, wrong.opened_at, wrong.until)
        yield wrong.sent_at
        yield from (moment for moment in marks if moment is not None)
    yield from (act.at for act in life.acts)
