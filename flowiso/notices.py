"""Who is to be told what about a dossier, and when: warnings that climb from the officer to the department (R126). Pure.

The officer who has it is told when its light turns yellow, the head of his division when half of that stretch is gone, the
department's leaders and the head of the one-stop unit when it is overdue, and on the last day for an apology (R49). A
step climbs as far as the head of the division, once it is overdue: a late step is no late dossier yet. A notice is known
by its key (dossier, code, since, rung, addressee), so that the outbox takes each once for ever, however often it is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from .calendar import Calendar
from .causes import unconfirmed_since
from .duedate import verdict
from .hindsight import recent_pauses, short_pauses
from .life import Life, day_after
from .lights import USUAL, Rung, Thresholds, dossier_zone, step_light, step_zone
from .machine import Table
from .model import Finding
from .org import Org
from .ports import Notice
from .saying import hours
from .supervisors import Names, desk_heads, heads, leaders, over
from .text import Text, moment
from .watch import standing
from .worktime import day_of, local

STEP_DUE_SOON = "step-due-soon"


class _Case(NamedTuple):
    life: Life
    table: Table
    calendar: Calendar
    at: int
    thresholds: Thresholds

    @property
    def holder(self) -> Names:
        return (self.life.state.holder,)

    @property
    def heads(self) -> Names:
        return heads(self.table, self.life.state.holder, day_of(self.at))

    @property
    def department(self) -> Names:
        on = day_of(self.at)
        return (*leaders(self.table.org, on), *desk_heads(self.table, on))


class _Warning(NamedTuple):
    """One warning, before it is addressed: on which rung of the ladder, since when, to whom."""

    code: str
    name: str
    since: int
    rung: Rung
    message: Text
    to: Names


def due(life: Life, table: Table, calendar: Calendar, at: int, thresholds: Thresholds = USUAL) -> tuple[Notice, ...]:
    """The notices that are due at `at`, whoever was told before; each key once.

    Of a dossier at its end only what was done shortly before and is to be told all the same (DOS217).
    """
    case = _Case(life, life.state.row.table, calendar, at, thresholds)
    ended = life.state.ended
    found = [] if ended else [*_step_due_soon(case)]
    for finding in (
        *standing(life, table, calendar, at, thresholds.dossier, thresholds),
        *(recent_pauses(life, calendar, at) if ended else short_pauses(life, calendar)),
    ):
        climb = _CLIMB.get(finding.code)
        if climb is not None:
            found += climb(case, finding)
    made = {one.key: one for warning in found for one in _addressed(case, warning)}
    return tuple(made.values())


def unread(findings: Iterable[Finding], org: Org, at: int) -> Iterator[Notice]:
    """What the leaders are told of dossiers that nobody can watch, since their flow version is gone (DOS311)."""
    for one in findings:
        warning = _warning(one, one.at or 0, "department", leaders(org, day_of(at)))
        yield from _to_each(org, str(one.dossier), warning, "", one.holder or "")


def _addressed(case: _Case, warning: _Warning) -> Iterator[Notice]:
    state = case.life.state
    return _to_each(case.table.org, case.life.case.number, warning, state.row.id, state.holder)


def _to_each(org: Org, number: str, warning: _Warning, step: str, holder: str) -> Iterator[Notice]:
    for name in dict.fromkeys(warning.to):
        account = org.accounts.get(name)
        if account is None or not account.division:
            continue  # the applicant and the system have no desk
        key = f"{number}/{warning.code}/{warning.since}/{warning.rung}/{name}"
        data = {
            "to": name,
            "level": warning.rung,
            "code": warning.code,
            "message": warning.message.vi,
            "message_en": warning.message.en,
            "since": local(warning.since).isoformat(),
            "step": step,
            "holder": holder,
        }
        yield Notice(number, warning.name, key, data)


def _step_due_soon(case: _Case) -> Iterator[_Warning]:
    state = case.life.state
    zone = step_zone(state, case.calendar, case.thresholds)
    if zone is None or step_light(state, case.calendar, case.at, case.thresholds) != "yellow":
        return
    until, left = moment(local(zone.due)), hours(case.calendar.worked(case.at, zone.due))
    text = Text(
        f"bước '{state.row.title.vi}' còn {left.vi} làm việc, đến {until}; hãy xử lý",
        f"step '{state.row.title.en}' has {left.en} of work left, until {until}; deal with it",
    )
    yield _Warning(f"DOS102.{state.row.id}", STEP_DUE_SOON, zone.since, "officer", text, case.holder)


def _climbing(case: _Case, finding: Finding) -> Iterator[_Warning]:
    """Due soon: the holder, and from half of the stretch on the head of his division."""
    zone = dossier_zone(case.life, case.calendar, case.thresholds)
    assert zone is not None
    yield _warning(finding, zone.since, "officer", case.holder)
    if case.at >= zone.half:
        yield _warning(finding, zone.half, "division", case.heads)


def _to_department(case: _Case, finding: Finding) -> Iterator[_Warning]:
    yield _warning(finding, finding.at or 0, "department", (*case.holder, *case.heads, *case.department))


def _to_leaders(case: _Case, finding: Finding) -> Iterator[_Warning]:
    yield _warning(finding, finding.at or 0, "department", case.department)


def _overdue(case: _Case, finding: Finding) -> Iterator[_Warning]:
    """Everybody up to the department; again when the second promise is broken too (R50)."""
    yield from _to_department(case, finding)
    promised = case.life.state.due_current
    if promised is not None and verdict(case.at, promised) == "late":
        yield from _to_department(case, finding._replace(at=day_after(promised)))


def _to_division(case: _Case, finding: Finding) -> Iterator[_Warning]:
    yield _warning(finding, finding.at or 0, "division", (*case.holder, *case.heads))


def _to_heads(case: _Case, finding: Finding) -> Iterator[_Warning]:
    """The holder isn't there: his heads or who is over him hand it on (R128); where nobody is, the one-stop head urges (R125)."""
    on = day_of(case.at)
    to = (*case.heads, *over(case.table, case.life.state.holder, on)) or desk_heads(case.table, on)
    yield _warning(finding, finding.at or 0, "division", to)


def _opinion(case: _Case, finding: Finding) -> Iterator[_Warning]:
    """A partner is silent: the lead division tells the head of the one-stop unit (R45)."""
    to = (*case.heads, *desk_heads(case.table, day_of(case.at)))
    yield _warning(finding, finding.at or 0, "department", to)


def _unconfirmed(case: _Case, finding: Finding) -> Iterator[_Warning]:
    """Sender and receiver, and after twice the limit the head of the division (R122)."""
    state, limits = case.life.state, case.table.org.limits
    given = unconfirmed_since(case.life, case.table.org, case.calendar, case.at)
    assert given is not None
    first = case.calendar.due_instant(given, limits.unconfirmed, (), "minutes")
    yield _warning(finding, first, "officer", (state.sender, state.holder))
    second = case.calendar.due_instant(first, limits.unconfirmed, (), "minutes")
    if case.at > second:
        yield _warning(finding, second, "division", case.heads)


def _to_holder(case: _Case, finding: Finding) -> Iterator[_Warning]:
    yield _warning(finding, finding.at or 0, "officer", case.holder)


def _warning(finding: Finding, since: int, rung: Rung, to: Names) -> _Warning:
    return _Warning(finding.code, finding.name, since, rung, finding.message, to)


_CLIMB: Mapping[str, Callable[[_Case, Finding], Iterator[_Warning]]] = {
    "DOS101": _overdue,
    "DOS102": _to_division,
    "DOS103": _climbing,
    "DOS107": _to_department,
    "DOS108": _to_holder,
    "DOS109": _opinion,
    "DOS205": _unconfirmed,
    "DOS209": _to_heads,
    "DOS210": _to_heads,
    "DOS217": _to_leaders,
}
"""How far the warning of each finding climbs."""
