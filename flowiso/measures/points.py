"""The points of the nine indices: of a dossier from its life, of a unit from figures (TT 01/2018 articles 13-14, R96).

An index without data is absent, never guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from ..calendar import Calendar
from ..duedate import Verdict
from ..feedback import complaints
from ..life import Life, visits_at
from ..model import REMARKS, Move
from ..org import Org
from ..worktime import day_of

Points = Mapping[int, int]
"""Points 0 to 2 by the index's number; what has no data isn't there."""

_BY_TIME: Mapping[Verdict, int] = {"early": 2, "on_time": 1, "late": 0}


class Marks(NamedTuple):
    """The points of one dossier, and those of each division and each officer who took part in it.

    These have the dossier's points, except index 2: there each has the points of its own stays.
    """

    dossier: Points
    divisions: Mapping[str, Points]
    officers: Mapping[str, Points]


def marks(life: Life, org: Org, calendar: Calendar, at: int, forms: int | None = None) -> Marks:
    """The points of a dossier as its log tells it at `at`; `forms` in how many of the two ways its procedure is published.

    Index 2 looks at the stays that ended and had a limit, each by the verdict of R72, misrouted time charged to its
    sender (R124): the worst one counts, since a unit that is late in one step isn't in time. Partners' stays are theirs.
    """
    divisions: dict[str, list[Verdict]] = {}
    officers: dict[str, list[Verdict]] = {}
    for visit in visits_at(life, calendar, at):
        if visit.charged != "agency" or visit.until is None:
            continue
        judged = [visit.verdict] if visit.verdict is not None else []
        divisions.setdefault(org.division(visit.holder, day_of(visit.since)), []).extend(judged)
        officers.setdefault(visit.holder, []).extend(judged)
    divisions.pop("", None)
    every = [one for found in officers.values() for one in found]
    shared = _shared(life, org, forms)
    return Marks(
        _with_stays(shared, every),
        {name: _with_stays(shared, found) for name, found in divisions.items()},
        {name: _with_stays(shared, found) for name, found in officers.items()},
    )


def _shared(life: Life, org: Org, forms: int | None) -> dict[int, int]:
    """The points that everybody who took part in a dossier shares."""
    contacts = [asker for asker, excused in _requests(life, org) if not excused]
    found = {1: legal_time(life), 3: max(2 - len(contacts), 0), 4: _agencies(contacts), 6: forms, 7: attitude(life)}
    return {number: points for number, points in found.items() if points is not None}


def _with_stays(shared: Points, judged: Iterable[Verdict]) -> Points:
    points = [_BY_TIME[verdict] for verdict in judged]
    return dict(sorted({**shared, 2: min(points)}.items())) if points else shared


def legal_time(life: Life) -> int | None:
    """Index 1: shorter than the legal term 2, equal 1, longer 0, by dates (R72).

    None while it is open, and without a term. Withdrawn and stopped ones have none either, unless they were past their due
    date: nothing lowers a recorded lateness (R129).
    """
    if life.closed_overdue:
        return 0
    outcome = life.outcome
    return _BY_TIME[outcome] if outcome == "early" or outcome == "on_time" or outcome == "late" else None


def attitude(life: Life) -> int | None:
    """Index 7: early and no complaint 2, on time and none 1, else 0. A complaint counts unless an answer found it untrue."""
    if any(one.founded is not False for one in complaints(life)):
        return 0
    return legal_time(life)


def _requests(life: Life, org: Org) -> list[tuple[str, bool]]:
    """Each request for a supplement: its division, "" for the one-stop unit, and whether the applicant was at fault.

    His fault is what the log says of the second request and those after it (R14); the first one says nothing, and counts.
    """
    found, before = [], -1
    for asked, _ in life.supplements:
        lines = [move for move in life.log if before < move.at <= asked and move.action not in REMARKS]
        if lines:
            excused = any((move.record or {}).get("fault") == "applicant" for move in lines)
            found.append((_asker(lines[-1], org), excused))
        before = asked
    return found


def _asker(move: Move, org: Org) -> str:
    """Whose request a line is: the one-stop unit is who has a role that receives."""
    post = org.post(move.actor, day_of(move.at))
    if post is None:
        return move.actor
    receives = any(org.roles[role].duty == "receive" for role in post.roles)
    return "" if receives else post.division or move.actor


def _agencies(contacts: Iterable[str]) -> int:
    """Index 4: nobody had to be contacted 2, the one-stop unit alone 1, anybody else 0."""
    askers = set(contacts)
    return 2 if not askers else 1 if askers == {""} else 0


UNIT_FIGURES: Mapping[int, tuple[str, ...]] = {
    5: ("procedures", "one_stop_received", "one_stop_decided"),
    6: ("published_forms",),
    8: ("complaints", "complaints_in_time"),
    9: ("procedures", "procedures_online", "received", "online", "online_late"),
}
"""The figures that the points of a unit are told from, by index."""


def unit_points(figures: Mapping[str, int]) -> Points:
    """The points of indices 5, 6, 8 and 9; those whose figures are missing, or of which nothing arose, are absent."""
    found: dict[int, int | None] = {}
    for number, names in UNIT_FIGURES.items():
        if all(name in figures for name in names):
            found[number] = _UNIT[number](*(figures[name] for name in names))
    return {number: points for number, points in found.items() if points is not None}


def one_stop(procedures: int, received: int, decided: int) -> int | None:
    """Index 5: a fifth of the procedures or more decided at the counter 2, all of them received there 1, else 0."""
    if not procedures:
        return None
    return 2 if 5 * decided >= procedures else 1 if received >= procedures else 0


def publication(forms: int) -> int:
    """Index 6: posted at the office and on the portal 2, in one way 1, in none 0."""
    return min(forms, 2)


def answered(complaints: int, in_time: int) -> int:
    """Index 8: none came or all were answered in time 2, at least 90 % 1, less 0."""
    return 2 if in_time >= complaints else 1 if 10 * in_time >= 9 * complaints else 0


def online(procedures: int, by_level: int, received: int, dossiers: int, late: int) -> int | None:
    """Index 9: a fifth of the procedures at level 3 or 4, 30 % of the dossiers online and none of them late 2.

    From 15 % to less than 30 % of the dossiers 1; else 0, also with more of them where the rest isn't kept.
    """
    if not procedures or not received:
        return None
    if 10 * dossiers < 3 * received:
        return 1 if 20 * dossiers >= 3 * received else 0
    return 2 if 5 * by_level >= procedures and not late else 0


_UNIT: Mapping[int, Callable[..., int | None]] = {5: one_stop, 6: publication, 8: answered, 9: online}
