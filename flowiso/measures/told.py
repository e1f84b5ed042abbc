"""Figures for the groups of points and the indices that no count of the form holds, but the log and the flows tell (R96, R98)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ..calendar import Calendar
from ..feedback import Complaint, complaints
from ..life import Life
from ..model import Flow
from ..period import Period
from ..term import Term
from ..versions import in_force
from ..worktime import day_of

ONLINE_LEVEL = 3
"""From this level on a procedure is handled online (R5)."""

TOLD = (
    *("procedures", "procedures_online", "procedures_online_used", "online_late", "complaints", "complaints_in_time"),
)
"""The ids of these figures."""


class Told(NamedTuple):
    """The figures of the agency, and those of its divisions by id; what can't be told is absent."""

    agency: Mapping[str, int]
    divisions: Mapping[str, Mapping[str, int]]


class Telling:
    """Gathers what lives cut at `end` tell of a period, one by one, and what the flows tell of the day of `end`.

    procedures, procedures_online: in force, and of these at level 3 or 4; procedures_online_used: of these, those that
    received a dossier online in the period. online_late: dossiers that came online and were resolved late in the period,
    withdrawn or stopped in it when already overdue, or are overdue at `end` (R129). complaints: put down in the period;
    complaints_in_time: of these, answered within `answer_within`, or still waiting within it. Without that limit this one is
    told only where there are no complaints. What internal processes do is counted nowhere.
    """

    def __init__(
        self, flows: Iterable[Flow], calendar: Calendar, period: Period, end: int, answer_within: Term | None = None
    ) -> None:
        self.calendar, self.period, self.end, self.limit = calendar, period, end, answer_within
        self._flows = {(flow.code, flow.version): flow for flow in flows if flow.kind == "procedure"}
        self._current = in_force(self._flows.values(), day_of(end))
        self._used: set[str] = set()
        self._counts: dict[str, dict[str, int]] = {}

    def add(self, life: Life) -> None:
        """Count one dossier."""
        flow = self._flows.get((life.case.code, life.case.version))
        if flow is None:
            return
        for one in complaints(life):
            if self._within(one.at):
                self._count(flow, "complaints")
                self._count(flow, "complaints_in_time", self._in_time(one))
        if life.case.channel == "online" and life.received is not None:
            if self._within(life.received):
                self._used.add(flow.code)
            self._count(flow, "online_late", self._late(life))

    def _within(self, at: int | None) -> bool:
        return at is not None and self.period.start <= at <= self.end

    def _late(self, life: Life) -> bool:
        closed = life.outcome == "late" or life.closed_overdue
        return (closed and self._within(life.resolved)) or life.overdue(self.end)

    def _in_time(self, one: Complaint) -> bool:
        if self.limit is None:
            return False
        done = self.end if one.answered_at is None else one.answered_at
        return done <= self.calendar.due_instant(one.at, self.limit)

    def _count(self, flow: Flow, name: str, count: int = 1) -> None:
        counts = self._counts.setdefault(flow.division, {})
        counts[name] = counts.get(name, 0) + count

    def told(self) -> Told:
        """The figures so far; the divisions are those that own a procedure in force or had something to count."""
        owners = {flow.division for flow in self._current.values()}
        divisions = {name: self._of(name) for name in sorted({*owners, *self._counts})}
        whole: dict[str, int] = {}
        for figures in divisions.values():
            for name, count in figures.items():
                whole[name] = whole.get(name, 0) + count
        agency = {name: whole.get(name, 0) for name in TOLD}
        return Told(self._honest(agency), {name: self._honest(figures) for name, figures in divisions.items()})

    def _of(self, division: str) -> dict[str, int]:
        owned = [flow for flow in self._current.values() if flow.division == division]
        online = [flow for flow in owned if flow.online_level >= ONLINE_LEVEL]
        used = sum(flow.code in self._used for flow in online)
        counts = self._counts.get(division, {})
        rest = {name: counts.get(name, 0) for name in TOLD[3:]}
        return {"procedures": len(owned), "procedures_online": len(online), "procedures_online_used": used, **rest}

    def _honest(self, figures: Mapping[str, int]) -> dict[str, int]:
        """Without what nobody can say where the limit for an answer isn't known."""
        unknown = self.limit is None and figures["complaints"]
        return {name: count for name, count in figures.items() if not (unknown and name == "complaints_in_time")}


def told(
    lives: Iterable[Life],
    flows: Iterable[Flow],
    calendar: Calendar,
    period: Period,
    end: int | None = None,
    answer_within: Term | None = None,
) -> Told:
    """The figures of a period from lives cut at `end`, its end where that is None; see `Telling`."""
    telling = Telling(flows, calendar, period, period.end if end is None else end, answer_within)
    for life in lives:
        telling.add(life)
    return telling.told()
