"""The facts of a dossier as each day told them, from the same life that reports are made of (R90-R95, R124).

No personal data is in them, nor what anybody wrote (R151): numbers, codes, accounts, days and minutes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from ..astray import worked
from ..calendar import Calendar
from ..causes import late_cause, unconfirmed_limit
from ..life import OFFICIAL, Life, visits_at
from ..model import Flow
from ..org import Org
from ..stats import counted, handler
from ..tracing import told_by
from ..worktime import midnight, ordinal

Value = str | int | bool | None
Row = tuple[Value, ...]
Told = tuple[str, Row]
"""The table's name and a row of it; a day is its ordinal."""


class Ground(NamedTuple):
    """What the facts of an agency's dossiers rest on beside their logs: the flows by code and version, and the cut-off."""

    org: Org
    calendar: Calendar
    flows: Mapping[tuple[str, int], Flow]
    until: int


def facts(lives: Iterable[Life], org: Org, calendar: Calendar, flows: Iterable[Flow], until: int) -> Iterator[Told]:
    """Every row of every table, dossier by dossier, from lives as their logs told them by the cut-off `until`.

    Dossiers of internal processes are counted nowhere, and are left out. The same lives give the same rows in the same order.
    """
    flows = tuple(flows)
    ground = Ground(org, calendar, {(flow.code, flow.version): flow for flow in flows}, until)
    for life in counted(lives, flows):
        yield from of_life(life, ground)


class _Stand(NamedTuple):
    """What was told of a dossier when the day with this ordinal ended: the life by then, and the rows that stand."""

    day: int
    life: Life
    rows: Counter[Told]


def of_life(life: Life, ground: Ground) -> Iterator[Told]:
    """The rows of one dossier: what each day told anew, and what it took back."""
    stands = list(_stands(life, ground))
    before: Counter[Told] = Counter()
    for day, _, rows in stands:
        for weight, changed in ((-1, before - rows), (1, rows - before)):
            for (table, row), times in changed.items():
                yield from [(table, (*row, day, weight))] * times
        before = rows
    yield from _returns(life, stands)


def _stands(life: Life, ground: Ground) -> Iterator[_Stand]:
    """The dossier when each day ended on which it had lines, or on which time alone changed what is told of it."""
    days = sorted({ordinal(move.at) for move in life.log})
    last = ordinal(ground.until)
    for day, after in zip(days, (*days[1:], last + 1), strict=True):
        then = told_by(life, ground.calendar, _end(day, ground))
        for one in (day, *_silent(then, day + 1, after)):
            yield _Stand(one, then, _rows(then, _end(one, ground), ground))


def _end(day: int, ground: Ground) -> int:
    """The last second of a day, or the cut-off on its day."""
    return min(midnight(day + 1) - 1, ground.until)


def _silent(life: Life, first: int, after: int) -> Iterable[int]:
    """The days without lines, from `first` to before `after`, on which minutes lost grow or why it is overdue may change."""
    if life.state.ended:
        return ()
    if life.misroutes and life.misroutes[-1].until is None:
        return range(first, after)
    if life.received is None or life.resolved is not None or life.due is None or life.clock_stands:
        return ()
    return range(max(first, ordinal(life.due) + 1), after)


def _rows(life: Life, at: int, ground: Ground) -> Counter[Told]:
    """The rows that stand at `at`, without their day and weight."""
    case = life.case
    head = (case.agency, case.number, case.code)
    found = Counter({("dossiers", (*head, *_dossier(life, at, ground))): 1})
    found.update(("stays", (*head, *row)) for row in _stays(life, at, ground))
    found.update(("misroutes", (*head, *row)) for row in _misroutes(life, at, ground))
    return found


def _dossier(life: Life, at: int, ground: Ground) -> Row:
    case, state = life.case, life.state
    flow = ground.flows.get((case.code, case.version))
    refused = life.received is None and life.kind == "refused-intake"
    return (
        case.version,
        flow.field if flow else "",
        flow.division if flow else "",
        case.channel,
        handler(life),
        _day(life.received),
        _day(life.resolved),
        _day(life.due),
        life.outcome,
        life.closed_overdue,
        life.clock_stands,
        None if life.apology is None else _day(state.due_current),
        late_cause(life, ground.calendar, at) if life.is_late(at) else None,
        _day(state.since) if refused else None,
        _suspected(life, ground),
        _day(state.at) if state.ended else None,
    )


def _day(at: int | None) -> int | None:
    return None if at is None else ordinal(at)


def _suspected(life: Life, ground: Ground) -> int | None:
    """The first day at whose end, or at the cut-off on it, a hand-over waits for longer than the agency allows."""
    limit = unconfirmed_limit(life, ground.org, ground.calendar)
    if limit is None:
        return None
    day = ordinal(limit)
    return day if _end(day, ground) > limit else day + 1


def _stays(life: Life, at: int, ground: Ground) -> Iterator[Row]:
    calendar = ground.calendar
    for visit in visits_at(life, calendar, at):
        if visit.until is None or visit.charged not in OFFICIAL:
            continue
        yield (
            visit.step,
            visit.holder,
            _division(visit.holder, ground),
            visit.charged,
            visit.since,
            visit.until,
            visit.due,
            worked(calendar, visit.since, visit.until, life.pauses) // 60,
            visit.late(at),
            visit.overrun(calendar, at) // 60,
        )


def _misroutes(life: Life, at: int, ground: Ground) -> Iterator[Row]:
    for wrong in life.misroutes:
        lost = wrong.lost_at(ground.calendar, at, life.pauses) // 60
        yield wrong.step, wrong.sender, _division(wrong.sender, ground), wrong.wrong, lost


def _division(name: str, ground: Ground) -> str:
    account = ground.org.accounts.get(name)
    return account.division if account else ""


def _returns(life: Life, stands: list[_Stand]) -> Iterator[Told]:
    """The times for which a result was there that came back, cut where what was told of it changed."""
    case = life.case
    if not life.returned:
        return
    spans = zip(stands, [stand.day for stand in stands[1:]], strict=False)
    for stand, after in spans:
        for there, back in life.returned:
            since, until = max(stand.day, ordinal(there)), min(after, ordinal(back))
            if since < until:
                late = stand.life.outcome == "late"
                yield "returns", (case.agency, case.number, case.code, since, until, late, ordinal(back), 1)
