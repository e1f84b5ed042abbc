"""The board that a head of division looks at in the morning: every dossier not at its end, with its light and what is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from .calendar import Calendar
from .hindsight import recent_pauses
from .life import Life
from .lights import USUAL, Light, Sight, Thresholds, sight
from .machine import Table
from .model import Finding
from .text import Text
from .watch import standing
from .worktime import day_of

By = Literal["officer", "division", "dossier"]
Least = Literal["yellow", "red", "all"]
Mark = Literal["late", "step-late", "late-ahead", "soon", "astray", "step-soon", "clock-stands", "fine", "waiting"]

MARKS: Mapping[Mark, tuple[Light, Text]] = {
    "late": ("red", Text("quá hạn", "overdue")),
    "step-late": ("red", Text("bước quá hạn", "step overdue")),
    "late-ahead": ("yellow", Text("sẽ trễ", "will be late")),
    "soon": ("yellow", Text("sắp đến hạn", "due soon")),
    "astray": ("yellow", Text("xem lại người giữ", "holder in doubt")),
    "step-soon": ("yellow", Text("bước sắp hết giờ", "step due soon")),
    "clock-stands": ("grey", Text("đồng hồ dừng", "the clock stands")),
    "fine": ("green", Text("còn hạn", "in time")),
    "waiting": ("green", Text("chờ trả kết quả", "to be collected")),
}
"""How a dossier stands, from the worst on: the light to show, and the words to it."""

_ASTRAY = frozenset(
    {"DOS200", "DOS201", "DOS202", "DOS203", "DOS205", "DOS206", "DOS207", "DOS208", "DOS209", "DOS210"}
)
_RANK = {mark: rank for rank, mark in enumerate(MARKS)}


class Line(NamedTuple):
    """One dossier: where it is, with whom, how it stands, and what somebody can still do something about.

    `mark` is the worst of what can be said of it and its step; moments are epoch seconds.
    """

    number: str
    code: str
    step: Text
    step_id: str
    holder: str
    holder_name: str
    division: str
    mark: Mark
    sight: Sight
    due: int | None
    due_current: int | None
    step_due: int | None
    findings: tuple[Finding, ...]

    @property
    def light(self) -> Light:
        """The light to show."""
        return MARKS[self.mark][0]

    @property
    def calm(self) -> bool:
        """Whether there is nothing to do about it."""
        return self.light in ("green", "grey") and not self.findings


class Board(NamedTuple):
    """The lines that were asked for, worst first, and how many dossiers stand how, shown or not.

    `pauses` are the short pauses of the last days that moved a due date, also of dossiers that have ended since (DOS217);
    `unread` the findings of dossiers that stand nowhere, since their flow version is gone (DOS311).
    """

    lines: tuple[Line, ...]
    counts: Mapping[Mark, int]
    unread: tuple[Finding, ...] = ()
    pauses: tuple[Finding, ...] = ()

    @property
    def open(self) -> int:
        """The dossiers without a result yet, and those whose result is being corrected (R53)."""
        return sum(self.counts.values()) - self.counts["waiting"]

    @property
    def calm(self) -> bool:
        """Whether nothing that was asked for needs anybody."""
        return not self.unread and not self.pauses and all(line.calm for line in self.lines)


class Pile(NamedTuple):
    """Lines that belong together: of one officer or division ("" for all dossiers)."""

    key: str
    lines: tuple[Line, ...]

    def count(self, mark: Mark) -> int:
        """How many stand so."""
        return sum(line.mark == mark for line in self.lines)


def board(
    lives: Iterable[tuple[Table, Life]],
    calendar: Calendar,
    at: int,
    least: Least = "yellow",
    thresholds: Thresholds = USUAL,
    unread: Iterable[Finding] = (),
) -> Board:
    """What stands at `at`. `least`: "red" only (and no pauses), "yellow" with all that has a finding, or "all" dossiers.

    `unread` is looked at last: the list that reading `lives` fills (`Questions.lives`).
    """
    counts: dict[Mark, int] = dict.fromkeys(MARKS, 0)
    lines: list[Line] = []
    pauses: list[Finding] = []
    for table, life in lives:
        if least != "red":
            pauses += recent_pauses(life, calendar, at)
        if life.state.ended:
            continue
        line = _line(table, life, calendar, at, thresholds)
        counts[line.mark] += 1
        if least == "all" or line.light == "red" or (least == "yellow" and not line.calm):
            lines.append(line)
    return Board(tuple(sorted(lines, key=_urgency)), counts, tuple(unread), tuple(pauses))


def _line(table: Table, life: Life, calendar: Calendar, at: int, thresholds: Thresholds) -> Line:
    state, org = life.state, table.org
    seen = sight(life, calendar, at, thresholds)
    found = standing(life, table, calendar, at, thresholds.dossier, thresholds)
    account = org.accounts.get(state.holder)
    return Line(
        life.case.number,
        state.row.table.flow.code,
        state.row.title,
        state.row.id,
        state.holder,
        account.name if account else "",
        org.division(state.holder, day_of(at)) or (account.division if account else ""),
        _mark(life, seen, found),
        seen,
        life.due,
        state.due_current,
        state.step_due,
        found,
    )


def _mark(life: Life, seen: Sight, found: Iterable[Finding]) -> Mark:
    if life.resolved is not None and life.state.row.ready:
        return "waiting"
    said: tuple[tuple[Mark, bool], ...] = (
        ("late", seen.light == "red"),
        ("step-late", seen.step_light == "red"),
        ("late-ahead", seen.late_ahead),
        ("soon", seen.light == "yellow"),
        ("astray", any(finding.code in _ASTRAY for finding in found)),
        ("step-soon", seen.step_light == "yellow"),
        ("clock-stands", "grey" in (seen.light, seen.step_light)),
    )
    return next((mark for mark, so in said if so), "fine")


def _urgency(line: Line) -> tuple[int, float, str]:
    """The worst first, and among equals those due first."""
    return _RANK[line.mark], float("inf") if line.due is None else line.due, line.number


def piles(lines: Iterable[Line], by: By) -> tuple[Pile, ...]:
    """The lines by officer or division, the pile with most of the worst first; or all in one."""
    found: dict[str, list[Line]] = {}
    for line in lines:
        key = {"officer": line.holder, "division": line.division, "dossier": ""}[by]
        found.setdefault(key, []).append(line)
    made = (Pile(key, tuple(inside)) for key, inside in found.items())
    return tuple(sorted(made, key=lambda pile: (*(-pile.count(mark) for mark in MARKS), pile.key)))
