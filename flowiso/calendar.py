"""The agency's calendar: its hours, days off and worked Saturdays, as known on a day (R77-R83)."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple

from .duedate import legs, reach
from .errors import BadValue, CalendarUnknown
from .text import Text
from .text import day as day_shown
from .worktime import Minutes, WorkingTime, instant, local

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from .duedate import Interval, Mode, Policy
    from .explanation import Due
    from .term import Term


class SpecialDay(NamedTuple):
    """One row of a calendar file: a day off or a worked Saturday, and since when it was known (R79, R80)."""

    day: date
    kind: Literal["holiday", "swap_off", "swap_work"]
    name: str
    announced: date
    assumed: bool = False
    """The announcement date isn't known; the one given is an assumption."""
    statutory: bool = False
    """Fixed by statute, so always known whatever `announced` says."""
    replaces: date | None = None
    """For swap_work: the day off it makes up for, whose sessions it takes."""


@dataclass(frozen=True, slots=True)
class Sessions:
    """The agency's hours from a day on, by weekday (0 Monday .. 6 Sunday), until the next value begins (R77).

    `weekdays` count as working time; `opening` is open for receiving and returning but doesn't count (R78).
    """

    since: date
    weekdays: Mapping[int, Minutes]
    opening: Mapping[int, Minutes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for minutes in (*self.weekdays.values(), *self.opening.values()):
            edges = [edge for session in minutes for edge in session]
            if any(a >= b for a, b in pairwise([-1, *edges, 24 * 60])):
                shown = ", ".join(f"{_clock(opens)}-{_clock(closes)}" for opens, closes in minutes)
                raise BadValue(
                    Text(
                        f"Giờ làm việc từ {day_shown(self.since)} không đúng thứ tự: {shown}.",
                        f"Hours since {self.since} aren't in order: {shown}.",
                    )
                )


def _clock(minute: int) -> str:
    """A minute of the day as on a clock: 07:30."""
    return f"{minute // 60:02}:{minute % 60:02}"


class Calendar(WorkingTime):
    """Working days and hours of an agency over whole known years; leaving them raises CalendarUnknown.

    `years` maps each year to the day its holiday announcement is known from. With `known_at` only what was announced
    by that day counts: a special day if statutory or announced by then, a year if its announcement was out (R80).
    """

    __slots__ = ("_rows", "_since", "_views", "days", "sessions", "years")

    def __init__(
        self,
        years: Mapping[int, date],
        days: Iterable[SpecialDay],
        sessions: Iterable[Sessions],
        known_at: date | None = None,
    ) -> None:
        self.years = dict(years)
        self.days = tuple(days)
        self.sessions = tuple(sorted(sessions, key=lambda s: s.since))
        self._since = [hours.since for hours in self.sessions]
        self._views: dict[date, Calendar] = {}
        self._rows = {
            row.day: row for row in self.days if known_at is None or row.statutory or row.announced <= known_at
        }
        first, last = _span(self.years, known_at)
        self._check(first)
        super().__init__(first, self._daily(first.toordinal(), last.toordinal() + 1), known_at)

    def known(self, known_at: date) -> Calendar:
        """The same calendar as it was known on a day; its `known_at` is the last notice out by then."""
        notices = sorted({*self.years.values(), *(row.announced for row in self.days)})
        out = bisect_right(notices, known_at)
        latest = notices[out - 1] if out else known_at
        if latest not in self._views:
            self._views[latest] = Calendar(self.years, self.days, self.sessions, latest)
        return self._views[latest]

    def _check(self, first: date) -> None:
        times = Counter(row.day for row in self.days)
        stray = sorted(day for day, count in times.items() if count > 1 or day.year not in self.years)
        if stray:
            vi, en = ", ".join(map(day_shown, stray)), ", ".join(map(str, stray))
            raise BadValue(Text(f"Lịch có ngày trùng hoặc ngoài năm: {vi}.", f"Days twice or outside the years: {en}."))
        if not self.sessions or self.sessions[0].since > first:
            raise BadValue(Text(f"Chưa có giờ làm việc từ {day_shown(first)}.", f"No hours are given from {first} on."))

    def _hours(self, day: date) -> Sessions:
        return self.sessions[bisect_right(self._since, day) - 1]

    def _daily(self, first: int, until: int) -> list[Minutes]:
        """The sessions that count of every day from `first` on: those of its weekday, but for the special days."""
        begins = [max(first, since.toordinal()) for since in self._since]
        found: list[Minutes] = []
        for hours, begin, end in zip(self.sessions, begins, [*begins[1:], until], strict=True):
            week = [hours.weekdays.get(weekday, ()) for weekday in range(7)]
            found += [week[(number - 1) % 7] for number in range(begin, min(end, until))]
        for day in sorted(self._rows):
            if first <= (number := day.toordinal()) < until:
                found[number - first] = self._special(day, self._rows[day])
        return found

    def _special(self, day: date, row: SpecialDay) -> Minutes:
        """The sessions of a special day that count; a worked Saturday has those of the day it replaces."""
        weekdays = self._hours(day).weekdays
        if row.kind != "swap_work":
            return ()
        taken = weekdays.get(day.weekday()) or (weekdays.get(row.replaces.weekday()) if row.replaces else None)
        if not taken:
            vi, en = f"Ngày làm bù {day_shown(day)} không có giờ làm việc.", f"The worked day {day} has no hours."
            raise BadValue(Text(vi, en))
        return taken

    def remark(self, day: date) -> Text | None:
        """Why a day is off or a Saturday worked; None for an ordinary working day."""
        row = self._rows.get(day)
        if row and row.kind == "swap_work":
            vi, en = (f" thay ngày {d:%d/%m/%Y}", f" for {d:%d/%m/%Y}") if (d := row.replaces) else ("", "")
            return Text(f"làm bù{vi}", f"worked{en}")
        if row:
            named = row.name[:1].lower() + row.name[1:] if row.name.startswith("Nghỉ") else f"nghỉ - {row.name}"
            return Text(named, f"off - {row.name}")
        if self.is_working_day(day):
            return None
        if self._hours(day).opening.get(day.weekday()):
            return Text("có tiếp nhận nhưng không tính", "open, but doesn't count")  # R78
        return Text("nghỉ cuối tuần", "weekend") if day.weekday() > 4 else Text("không làm việc", "no working hours")

    def due_instant(self, received: int, term: Term, intervals: Sequence[Interval] = (), mode: str = "legal") -> int:
        """The due instant alone, without its explanation; see `due`."""
        if not intervals:
            return reach(self, received, term, mode)
        *_, leg = legs(self, received, term, intervals, mode)
        return leg.due

    def due(
        self,
        received: datetime,
        term: Term,
        supplements: Iterable[tuple[datetime, datetime]] = (),
        policy: Policy = "restart",
        mode: Mode = "legal",
    ) -> Due:
        """When a term ends that began at `received`, with its explanation.

        legal: whole days after the day of receipt, to the end of the last session (R70, R74). minutes: to the minute
        (R73, R76). Each supplement is (asked, handed in): restart gives a new full term from the hand-in (R43), pause
        adds the time waited (R75), none changes nothing; one asked after the due date doesn't either (R129).
        Raises BadValue for wrong input and CalendarUnknown when a day isn't known.
        """
        from .explanation import Due, explained

        intervals = [(instant(asked), instant(back), policy) for asked, back in supplements]
        run = list(legs(self, instant(received), term, intervals, mode))
        return Due(local(run[-1].due), mode, tuple(explained(self, term, run, mode)))


def _span(years: Mapping[int, date], known_at: date | None) -> tuple[date, date]:
    """The first and the last day of the years announced by `known_at`."""
    known = sorted(year for year, announced in years.items() if known_at is None or announced <= known_at)
    if not known:
        raise CalendarUnknown(
            Text(
                f"Đến {day_shown(known_at) if known_at else 'nay'} chưa có lịch năm nào.",
                f"No year's calendar is known by {known_at or 'now'}.",
            )
        )
    if known[-1] - known[0] >= len(known):
        shown = ", ".join(map(str, known))
        raise BadValue(Text(f"Lịch thiếu năm ở giữa: {shown}.", f"Years are missing in between: {shown}."))
    return date(known[0], 1, 1), date(known[-1], 12, 31)
