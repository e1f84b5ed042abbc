"""Figures for the indices and the groups that no count of the form holds: from the flows, and from lives cut at a moment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest
from cases import IN_TIME, Log, at, flow, plain, table
from test_measures import said

from flowiso.calendar import Calendar
from flowiso.life import Life
from flowiso.measures.groups import GROUPS
from flowiso.measures.points import UNIT_FIGURES, unit_points
from flowiso.measures.told import TOLD, Told, told
from flowiso.model import ANSWER, APPLICANT, COMPLAIN, Channel, Flow
from flowiso.period import Period
from flowiso.term import Term

FLOWS = (flow(), flow("MAU-02", level=2), flow("MAU-03", level=3)._replace(division="phong-2"))
SEPTEMBER = Period(date(2021, 9, 1), date(2021, 9, 30))
LATE = (*IN_TIME[:4], "22/09 08:00")
ON_TIME = (*IN_TIME[:4], "21/09 18:00")


def of(calendar: Calendar, *lives: Life, flows: tuple[Flow, ...] = FLOWS, limit: str = "", until: str = "") -> Told:
    """What lives of September tell."""
    term = Term.parse(limit) if limit else None
    return told(lives, flows, calendar, SEPTEMBER, at(until) if until else None, term)


def online(
    calendar: Calendar, code: str = "MAU-01", channel: Channel = "online", days: tuple[str, ...] = IN_TIME
) -> Life:
    """A dossier that came online."""
    return plain(table(code), calendar, days, channel=channel).life


def test_procedures_in_force(calendar: Calendar) -> None:
    """R98: by the flows of the day of the cut-off; the latest version counts, internal processes and other days don't."""
    internal, gone, later = (flow(f"MAU-0{number}") for number in (4, 5, 6))
    flows = (
        *FLOWS,
        flow("MAU-02", level=4)._replace(version=2),
        internal._replace(kind="internal"),
        gone._replace(effective_to=date(2021, 9, 30)),
        later._replace(effective=date(2021, 10, 1)),
    )
    found = of(calendar, flows=flows)
    assert (found.agency["procedures"], found.agency["procedures_online"]) == (3, 3)
    assert of(calendar).agency["procedures_online"] == 2
    assert {name: one["procedures"] for name, one in found.divisions.items()} == {"phong": 2, "phong-2": 1}


def test_online_services_with_dossiers(calendar: Calendar) -> None:
    """R98: a procedure at level 3 or 4 counts once, by a dossier that came online in the period."""
    lives = (
        *(online(calendar), online(calendar), online(calendar, "MAU-02")),
        online(calendar, "MAU-03", "counter"),
        online(calendar, "MAU-03", days=tuple(one.replace("/09", "/08") for one in IN_TIME)),
    )
    found = of(calendar, *lives)
    assert found.agency["procedures_online_used"] == found.divisions["phong"]["procedures_online_used"] == 1
    assert of(calendar, online(calendar, "MAU-03")).divisions["phong-2"]["procedures_online_used"] == 1


def closed_overdue(calendar: Calendar) -> Life:
    """Withdrawn after its due date."""
    return Log(table(), calendar, "14/09 08:00", channel="online").move("22/09 08:00", APPLICANT, "rut").life


@pytest.mark.parametrize(
    ("days", "channel", "late"),
    [
        (IN_TIME, "online", 0),
        (ON_TIME, "online", 0),
        (LATE, "online", 1),
        (LATE, "counter", 0),
        (tuple(one.replace("/09", "/08") for one in LATE), "online", 0),
    ],
)
def test_online_late(calendar: Calendar, days: tuple[str, ...], channel: Channel, late: int) -> None:
    """Index 9: resolved late in the period, and online."""
    assert of(calendar, online(calendar, channel=channel, days=days)).agency["online_late"] == late


def test_open_and_withdrawn_ones_are_late_too(calendar: Calendar) -> None:
    """R129: overdue at the cut-off, and withdrawn when already overdue; before the due date is over they aren't."""
    begun = Log(table(), calendar, "14/09 08:00", channel="online").life
    assert [of(calendar, begun, until=when).agency["online_late"] for when in ("21/09 23:59", "22/09 00:00")] == [0, 1]
    assert of(calendar, closed_overdue(calendar)).agency["online_late"] == 1


COMPLAINED = ("16/09 08:00", COMPLAIN, None)


@pytest.mark.parametrize(
    ("lines", "limit", "until", "figures"),
    [
        ((), "", "", (0, 0)),
        ((COMPLAINED,), "", "", (1, None)),
        ((COMPLAINED, ("30/09 17:00", ANSWER, "no")), "10wd", "", (1, 1)),
        ((COMPLAINED, ("30/09 23:00", ANSWER, "no")), "9wd", "", (1, 0)),
        ((COMPLAINED,), "10wd", "30/09 10:00", (1, 1)),
        ((COMPLAINED,), "9wd", "", (1, 0)),
        ((COMPLAINED, ("17/09 08:00", COMPLAIN, None), ("18/09 08:00", ANSWER, "yes")), "2wd", "", (2, 1)),
        ((("16/10 08:00", COMPLAIN, None),), "10wd", "", (0, 0)),
    ],
)
def test_complaints(
    calendar: Calendar,
    lines: tuple[tuple[str, str, str | None], ...],
    limit: str,
    until: str,
    figures: tuple[int, int | None],
) -> None:
    """Index 8: put down in the period; in time by the agency's own limit, and never guessed without one."""
    life = said(online(calendar), calendar, *lines)
    found = of(calendar, life, limit=limit, until=until).agency
    assert (found["complaints"], found.get("complaints_in_time")) == figures


def test_of_an_unknown_or_internal_flow_nothing_is_told(calendar: Calendar) -> None:
    """What internal processes do is counted nowhere, nor what no flow is there for."""
    life = said(online(calendar, days=LATE), calendar, COMPLAINED)
    for flows in ((), (flow()._replace(kind="internal"),)):
        assert of(calendar, life, flows=flows) == Told(dict.fromkeys(TOLD, 0), {})


def test_the_agency_is_the_sum_of_its_divisions(calendar: Calendar) -> None:
    """Every figure of the agency is its divisions' together."""
    lives = (
        said(online(calendar, days=LATE), calendar, ("23/09 08:00", COMPLAIN, None)),
        said(online(calendar, "MAU-03"), calendar, COMPLAINED, ("17/09 08:00", ANSWER, "no")),
    )
    found = of(calendar, *lives, limit="3wd")
    for name in TOLD:
        assert found.agency[name] == sum(one[name] for one in found.divisions.values())
    assert (found.agency["complaints"], found.agency["complaints_in_time"]) == (2, 1)


def test_they_close_the_gap() -> None:
    """Each of them is asked for by an index or a group, and makes the index of a unit that it belongs to."""
    asked = {name for one in GROUPS for item in one.items for name in (*item.part, *item.whole)}
    asked |= {name for names in UNIT_FIGURES.values() for name in names}
    assert asked >= set(TOLD)
    figures: Mapping[str, int] = {**dict.fromkeys(TOLD, 0), "procedures": 4, "procedures_online": 1}
    assert unit_points({**figures, "received": 10, "online": 3}) == {8: 2, 9: 2}
