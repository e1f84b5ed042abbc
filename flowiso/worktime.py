"""Working time: terms, the agency's calendar, due dates and how they came about (domain section 6, R70-R83).

A moment inside is an `int`, seconds since 1970 in UTC (an "instant"); the public face takes and gives aware datetimes.
Everything is counted on one table of accumulated working seconds; nothing here reads a clock or a file.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from .errors import BadValue, CalendarUnknown
from .text import Text, moment, number
from .text import day as day_shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

Unit = Literal["wd", "d", "wh", "h", "immediate"]
Mode = Literal["legal", "minutes"]
Policy = Literal["restart", "pause", "none"]
Verdict = Literal["early", "on_time", "late"]
Interval = tuple[int, int, str]
"""A supplement or fee wait as the core sees it: asked, handed in (instants), policy."""

TZ = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")
"""Vietnam's time: UTC+7, no daylight saving (R82)."""

_from_instant = datetime.fromtimestamp
_EPOCH = datetime(1970, 1, 1, 7, tzinfo=TZ)
_OFFSET, _DAY, _SLOT, _EPOCH_DAY = 7 * 3600, 86400, 4 * 3600, date(1970, 1, 1).toordinal()
_AMOUNT = re.compile(r"(0|[1-9][0-9]*)(\.[0-9]*[1-9])?")
_PARSED: tuple[Unit, ...] = ("wd", "d", "wh", "h")
_UNITS: dict[str, Text] = {
    "wd": Text("ngày làm việc", "working day"),
    "d": Text("ngày", "day"),
    "wh": Text("giờ làm việc", "working hour"),
    "h": Text("giờ", "hour"),
}


def instant(at: datetime) -> int:
    """Seconds since 1970 in UTC of an aware datetime, fractions dropped; a naive one is a BadValue."""
    try:
        since = at - _EPOCH
    except TypeError:
        raise _naive(at) from None
    return since.days * _DAY + since.seconds


def _naive(at: object) -> BadValue:
    return BadValue(Text(f"Thời điểm {at} thiếu múi giờ.", f"The moment {at} has no time zone."))


def local(at: int) -> datetime:
    """The datetime of an instant in Vietnam's time."""
    return _from_instant(at, TZ)


def day_of(at: int) -> date:
    """The Vietnamese calendar day an instant falls on."""
    return date.fromordinal(_ordinal(at))


def _ordinal(at: int) -> int:
    return (at + _OFFSET) // _DAY + _EPOCH_DAY


def _midnight(ordinal: int) -> int:
    return (ordinal - _EPOCH_DAY) * _DAY - _OFFSET


def verdict(resolved: int, due: int) -> Verdict:
    """Dossier: early, on time or late by Vietnamese dates alone; 18:00 on the due date is on time (R72)."""
    ahead = _ordinal(due) - _ordinal(resolved)
    return "early" if ahead > 0 else "on_time" if ahead == 0 else "late"


def step_verdict(done: int, due: int) -> Verdict:
    """Step: late after its due minute, on time on the due date up to it, early on an earlier date (R72)."""
    return "late" if done // 60 > due // 60 else verdict(done, due)


@dataclass(frozen=True, slots=True)
class Term:
    """A length of time promised by a flow (R76): an amount above 0 of a unit.

    wd working days, d calendar days, wh working hours, h hours; immediate is the moment itself and has amount 0.
    """

    amount: Decimal
    unit: Unit

    def __post_init__(self) -> None:
        if self.unit not in get_args(Unit) or (self.amount > 0) is (self.unit == "immediate") or self.amount < 0:
            raise _bad_term(f"{self.amount}{self.unit}")
        if self.unit == "d" and self.amount % 1:
            raise _bad_term(str(self))

    @classmethod
    def parse(cls, text: str) -> Term:
        """A term from "5wd", "0.5wd", "30d", "4wh", "48h" or "immediate"; anything else is a BadValue."""
        if text == "immediate":
            return cls(Decimal(0), "immediate")
        for unit in _PARSED:
            amount = text.removesuffix(unit)
            if amount != text and _AMOUNT.fullmatch(amount) and len(amount.replace(".", "")) <= 9:
                return cls(Decimal(amount), unit)
        raise _bad_term(text)

    def __str__(self) -> str:
        return "immediate" if self.unit == "immediate" else f"{self.amount:f}{self.unit}"

    def shown(self, lang: str = "vi") -> str:
        """As a person reads it: 5 ngày làm việc, 0.5 working days."""
        if self.unit == "immediate":
            return Text("giải quyết ngay", "at once").to(lang)
        plural = "s" if lang == "en" and self.amount != 1 else ""
        return f"{number(self.amount, lang)} {_UNITS[self.unit].to(lang)}{plural}"


def _bad_term(text: str) -> BadValue:
    hint = Text(" Viết dấu chấm thập phân, không viết dấu phẩy.", " Write a decimal point, not a comma.")
    vi, en = hint if "," in text else ("", "")
    return BadValue(
        Text(
            f'Không hiểu thời hạn "{text}".{vi} Ví dụ đúng: 5wd, 0.5wd, 30d, 4wh, 48h, immediate'
            " (lớn hơn 0, không quá 9 chữ số, d phải là số nguyên).",
            f'Can\'t read the term "{text}".{en} Good ones: 5wd, 0.5wd, 30d, 4wh, 48h, immediate'
            " (above 0, at most 9 digits, d a whole number).",
        )
    )


@dataclass(frozen=True, slots=True)
class SpecialDay:
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


Minutes = tuple[tuple[int, int], ...]
"""Sessions of one day: start and end in minutes after midnight."""


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
                vi, en = f"Giờ làm việc từ {self.since} không đúng thứ tự", f"Hours since {self.since} aren't in order"
                raise BadValue(Text(f"{vi}: {minutes}.", f"{en}: {minutes}."))


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an explanation; a line about one day has it."""

    text: Text
    day: date | None = None
    number: int | None = None
    """Which day of the term this is; None when it doesn't count."""
    seconds: int = 0
    """Working time this day gives, where time and not days is counted."""


@dataclass(frozen=True, slots=True)
class Due:
    """When a term ends, and why, day by day."""

    at: datetime
    mode: Mode
    explanation: tuple[Line, ...]


class _Leg(NamedTuple):
    """The due instant after one interval: counted from `anchor`, with `paused` (seconds, or days of a d term) added."""

    effect: Literal["received", "restart", "pause", "none", "passed"]
    asked: int
    back: int
    gained: int
    anchor: int
    paused: int
    due: int


class Calendar:
    """Working days and hours of an agency over whole known years; leaving them raises CalendarUnknown.

    `years` maps each year to the day its holiday announcement is known from. With `known_at` only what was announced
    by that day counts: a special day if statutory or announced by then, a year if its announcement was out (R80).
    """

    __slots__ = (
        "_before", "_closings", "_done", "_from", "_index", "_last", "_openings", "_rows", "_shift", "_slots",
        "_starts", "_until", "_views", "_working", "days", "first_known", "known_at", "last_known", "sessions", "years",
    )  # fmt: skip

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
        self.known_at = known_at
        self._views: dict[date, Calendar] = {}
        self.first_known, self.last_known = self._span()
        self._rows = {row.day: row for row in self.days if self._is_known(row)}
        self._check()
        self._build()

    def known(self, known_at: date) -> Calendar:
        """The same calendar as it was known on a day; its `known_at` is the last notice out by then."""
        notices = sorted({*self.years.values(), *(row.announced for row in self.days)})
        out = bisect_right(notices, known_at)
        latest = notices[out - 1] if out else known_at
        if latest not in self._views:
            self._views[latest] = Calendar(self.years, self.days, self.sessions, latest)
        return self._views[latest]

    def _is_known(self, row: SpecialDay) -> bool:
        return self.known_at is None or row.statutory or row.announced <= self.known_at

    def _span(self) -> tuple[date, date]:
        known = sorted(y for y, announced in self.years.items() if self.known_at is None or announced <= self.known_at)
        if not known:
            raise CalendarUnknown(
                Text(f"Đến {self.known_at} chưa có lịch năm nào.", f"No year's calendar is known by {self.known_at}.")
            )
        if known[-1] - known[0] >= len(known):
            raise BadValue(Text(f"Lịch thiếu năm ở giữa: {known}.", f"Years are missing in between: {known}."))
        return date(known[0], 1, 1), date(known[-1], 12, 31)

    def _check(self) -> None:
        stray = sorted(row.day for row in self.days if row.day.year not in self.years)
        if stray or len({row.day for row in self.days}) < len(self.days):
            what = ", ".join(map(str, stray))
            raise BadValue(
                Text(f"Lịch có ngày trùng hoặc ngoài năm: {what}.", f"Days twice or outside the years: {what}.")
            )
        if not self.sessions or self.sessions[0].since > self.first_known:
            day = self.first_known
            raise BadValue(Text(f"Chưa có giờ làm việc từ {day}.", f"No hours are given from {day} on."))

    def _hours(self, day: date) -> Sessions:
        return self.sessions[bisect_right(self.sessions, day, key=lambda s: s.since) - 1]

    def _counting(self, day: date) -> Minutes:
        """The sessions of a day that count; a worked Saturday has those of the day it replaces."""
        weekdays, row = self._hours(day).weekdays, self._rows.get(day)
        if row is None:
            return weekdays.get(day.weekday(), ())
        if row.kind != "swap_work":
            return ()
        taken = weekdays.get(day.weekday()) or (weekdays.get(row.replaces.weekday()) if row.replaces else None)
        if not taken:
            raise BadValue(Text(f"Ngày làm bù {day} không có giờ làm việc.", f"The worked day {day} has no hours."))
        return taken

    def _build(self) -> None:
        """Fill the tables: by session `_starts`, `_done`, `_shift`, by working day `_working` and its neighbours.

        An instant t inside session i has `t + _shift[i]` working seconds before it; `_done[i]` is the count at its
        end. Session 0 is empty and stands at the first known midnight, so that every known instant has one.

        Two lists take the place of bisections, which would double the cost of adding: `_last[n]` is the last session
        begun at midnight of day n, `_slots[k]` the first with at least k slots of working time at its end.
        """
        first, last = self.first_known.toordinal(), self.last_known.toordinal()
        self._from, self._until = _midnight(first), _midnight(last + 1)
        self._starts, self._done, self._shift = array("q", [self._from]), array("q", [0]), array("q", [-self._from])
        self._working, self._openings, self._closings = array("q"), array("q"), array("q")
        self._before, self._last = array("q", [0]), array("q")
        for ordinal in range(first, last + 1):
            self._last.append(len(self._done) - 1)
            if minutes := self._counting(date.fromordinal(ordinal)):
                self._append(ordinal, minutes)
        self._last.append(len(self._done) - 1)
        self._starts.append(self._until + 1)
        self._slots = array("q", (bisect_left(self._done, slot) for slot in range(0, self._done[-1] + 1, _SLOT)))
        self._index = {ordinal: index for index, ordinal in enumerate(self._working)}

    def _append(self, ordinal: int, minutes: Minutes) -> None:
        midnight, done = _midnight(ordinal), self._done[-1]
        for opens, closes in minutes:
            self._starts.append(midnight + 60 * opens)
            self._shift.append(done - self._starts[-1])
            done += 60 * (closes - opens)
            self._done.append(done)
        self._working.append(ordinal)
        self._before.append(done)
        self._openings.append(midnight + 60 * minutes[0][0])
        self._closings.append(midnight + 60 * minutes[-1][1])

    def _unknown(self, at: int) -> CalendarUnknown:
        year = date.fromordinal(max(1, min(_ordinal(at), date.max.toordinal()))).year
        first, last = f"{self.first_known:%d/%m/%Y}", f"{self.last_known:%d/%m/%Y}"
        vi, en = (
            (f", theo các thông báo đến {d:%d/%m/%Y}", f", by the notices up to {d:%d/%m/%Y}")
            if (d := self.known_at)
            else ("", "")
        )
        return CalendarUnknown(
            Text(
                f"Chưa biết ngày nghỉ năm {year}: lịch biết từ {first} đến {last}{vi}."
                f" Hãy thêm _calendar/{year}.yaml khi có thông báo.",
                f"The days off of {year} aren't known: the calendar knows {first} to {last}{en}."
                f" Add _calendar/{year}.yaml once they are announced.",
            )
        )

    def plus(self, at: int, seconds: int) -> int:
        """The earliest instant by which `seconds` (not below 0) of working time after `at` are done: day's end 17:00,
        not next morning 07:30."""
        if not self._from <= at <= self._until:
            raise self._unknown(at)
        if seconds < 0:
            raise BadValue(Text("Không cộng thời gian âm.", "Working time to add can't be negative."))
        starts, ends, index = self._starts, self._done, self._last[(at - self._from) // _DAY]
        while starts[index + 1] <= at:
            index += 1
        done = at + self._shift[index]
        if done > ends[index]:
            done = ends[index]
        done += seconds
        try:
            index = self._slots[done // _SLOT]
            while ends[index] < done:
                index += 1
        except IndexError:
            raise self._unknown(self._until) from None
        reached = done - self._shift[index]
        return reached if reached > at else at

    def worked(self, start: int, end: int) -> int:
        """Working seconds from one instant to another, negative when `end` is before `start`."""
        return self._worked(end) - self._worked(start)

    def _worked(self, at: int) -> int:
        if not self._from <= at <= self._until:
            raise self._unknown(at)
        starts, index = self._starts, self._last[(at - self._from) // _DAY]
        while starts[index + 1] <= at:
            index += 1
        done, end = at + self._shift[index], self._done[index]
        return done if done < end else end

    def add(self, start: datetime, work: timedelta) -> datetime:
        """The earliest moment at which `work` of working time after `start` is done; seconds count, fractions don't."""
        try:
            since = start - _EPOCH
        except TypeError:
            raise _naive(start) from None
        at, seconds = since.days * _DAY + since.seconds, work.days * _DAY + work.seconds
        return _from_instant(self.plus(at, seconds), TZ)

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The working time from `start` to `end`; exchanged, the same with a minus."""
        return timedelta(0, self._worked(instant(end)) - self._worked(instant(start)))

    def _known_ordinal(self, day: date) -> int:
        ordinal = day.toordinal()
        if not self.first_known <= day <= self.last_known:
            raise self._unknown(_midnight(ordinal))
        return ordinal

    def is_working_day(self, day: date) -> bool:
        """Whether the day has working time that counts (R71, R78)."""
        return self._known_ordinal(day) in self._index

    def closing(self, day: date) -> datetime:
        """The end of the last session of a working day; another day is a BadValue."""
        index = self._index.get(self._known_ordinal(day))
        if index is None:
            raise BadValue(Text(f"{day_shown(day)} không làm việc.", f"{day_shown(day, 'en')} isn't a working day."))
        return local(self._closings[index])

    def is_open(self, at: datetime) -> bool:
        """Whether the agency receives and returns at this moment: in a counting or an opening session (R78)."""
        day = day_of(instant(at))
        minute = (instant(at) - _midnight(self._known_ordinal(day))) // 60
        row = self._rows.get(day)
        extra = self._hours(day).opening.get(day.weekday(), ()) if row is None or row.kind == "swap_work" else ()
        return any(opens <= minute < closes for opens, closes in (*self._counting(day), *extra))

    def due_instant(self, received: int, term: Term, intervals: Sequence[Interval] = (), mode: str = "legal") -> int:
        """The due instant alone, without its explanation; see `due`."""
        if not intervals:
            return self._reach(received, term, mode, 0)
        *_, leg = self._legs(received, term, intervals, mode)
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
        intervals = [(instant(asked), instant(back), policy) for asked, back in supplements]
        legs = list(self._legs(instant(received), term, intervals, mode))
        return Due(local(legs[-1].due), mode, tuple(self._explained(term, legs, mode)))

    def _legs(self, received: int, term: Term, intervals: Sequence[Interval], mode: str) -> Iterator[_Leg]:
        leg = _Leg("received", received, received, 0, received, 0, self._reach(received, term, mode, 0))
        yield leg
        for asked, back, policy in intervals:
            if not leg.back <= asked <= back:
                what = f"{moment(local(asked))} - {moment(local(back))}"
                raise BadValue(Text(f"Lần bổ sung {what} sai thứ tự.", f"The supplement {what} is out of order."))
            leg = self._next(leg, asked, back, policy, term, mode)
            yield leg

    def _next(self, leg: _Leg, asked: int, back: int, policy: str, term: Term, mode: str) -> _Leg:
        """What one more interval makes of the due instant."""
        if policy not in get_args(Policy):
            raise BadValue(Text(f'Không có cách tính "{policy}".', f'There is no policy "{policy}".'))
        if policy == "none":
            return leg._replace(effect="none", asked=asked, back=back, gained=0)
        if verdict(asked, leg.due) == "late" or (mode == "minutes" and asked > leg.due):
            return leg._replace(effect="passed", asked=asked, back=back, gained=0)
        if policy == "restart":
            return _Leg("restart", asked, back, 0, back, 0, self._reach(back, term, mode, 0))
        gained = self._gained(asked, back, term)
        paused = leg.paused + gained
        due = self._reach(leg.anchor, term, mode, paused)
        return _Leg("pause", asked, back, gained, leg.anchor, paused, due)

    def _gained(self, asked: int, back: int, term: Term) -> int:
        """What a pause adds: working seconds for wd and wh, calendar days for d, seconds for h and immediate (R75)."""
        if term.unit in ("wd", "wh"):
            return self.worked(asked, back)
        return _ordinal(back) - _ordinal(asked) if term.unit == "d" else back - asked

    def _reach(self, at: int, term: Term, mode: str, paused: int) -> int:
        """The one algorithm: the end of a term from `at` with `paused` added."""
        if not self._from <= at < self._until:
            raise self._unknown(at)
        if mode not in get_args(Mode):
            raise BadValue(Text(f'Không có cách tính hạn "{mode}".', f'There is no mode "{mode}".'))
        amount, parts = term.amount.as_integer_ratio()
        if term.unit == "wh":
            return self.plus(at, -(-3600 * amount // parts) + paused)
        if term.unit in ("h", "immediate"):
            return self._within(at - (-3600 * amount // parts) + paused)
        try:
            if term.unit == "d":
                return self._calendar_day(at, amount + paused, mode)
            if mode == "minutes":
                return self.plus(self._share(at, amount, parts), paused)
            return self._working_day(at, amount, parts, paused)
        except IndexError:
            raise self._unknown(self._until) from None

    def _within(self, at: int) -> int:
        if at >= self._until:
            raise self._unknown(self._until)
        return at

    def _calendar_day(self, at: int, days: int, mode: str) -> int:
        ordinal = _ordinal(at) + days
        index = bisect_left(self._working, ordinal)
        closing = self._closings[index]
        if mode == "legal" or self._working[index] > ordinal:
            return closing
        return max(self._openings[index], min(at + days * _DAY, closing))

    def _working_day(self, at: int, amount: int, parts: int, paused: int) -> int:
        if parts != 1:
            text = Text("Hạn theo ngày cần số ngày nguyên.", "A term counted by dates needs a whole number of days.")
            raise BadValue(text)
        closing = self._closings[bisect_right(self._working, _ordinal(at)) + amount - 1]
        if not paused:
            return closing
        return self._closings[self._index[_ordinal(self.plus(closing, paused))]]

    def _share(self, at: int, amount: int, parts: int) -> int:
        """The earliest instant `amount / parts` working days on, each day being 1 and a moment the share gone of it."""
        index = bisect_left(self._working, _ordinal(at))
        length, gone = 1, 0
        if _ordinal(at) in self._index:
            length, gone = self._before[index + 1] - self._before[index], self._worked(at) - self._before[index]
        whole = length * parts
        target = (index * length + gone) * parts + amount * length
        index = (target - 1) // whole
        reached = self._before[index + 1] - self._before[index]
        done = self._before[index] - (index * whole - target) * reached // whole
        return done - self._shift[bisect_left(self._done, done)]

    def _explained(self, term: Term, legs: Sequence[_Leg], mode: str) -> Iterator[Line]:
        anchor, paused, due = legs[-1].anchor, legs[-1].paused, local(legs[-1].due)
        received = moment(local(legs[0].anchor))
        vi, en = f"Nhận {received}, thời hạn {term.shown()}.", f"Received {received}, term {term.shown('en')}."
        yield Line(Text(vi, en))
        yield from (Line(_told(leg, term)) for leg in legs[1:])
        lines = tuple(self._counted(anchor, term, paused, mode))
        yield from lines
        yield from self._assumptions(lines)
        vi, en = f"Đến hạn: {day_shown(due)} {due:%H:%M}.", f"Due: {day_shown(due, 'en')} {due:%H:%M}."
        yield Line(Text(vi, en), due.date())

    def _counted(self, anchor: int, term: Term, paused: int, mode: str) -> Iterator[Line]:
        """The days a term runs over: numbered where days count, with their working time where time does."""
        if term.unit == "d":
            yield from self._numbered(anchor, int(term.amount) + paused, every=True)
        elif term.unit in ("wd", "wh"):
            end = self._reach(anchor, term, mode, 0)
            if term.unit == "wd" and mode == "legal":
                yield from self._numbered(anchor, int(term.amount), every=False)
            else:
                yield from self._timed(anchor, end)
            if paused:
                yield Line(Text("Bù thời gian đã tạm dừng:", "Making up for the time paused:"))
            yield from self._timed(end, self.plus(end, paused))

    def _numbered(self, anchor: int, count: int, *, every: bool) -> Iterator[Line]:
        """Day by day after the anchor's, until `count` days are counted and the last one reached is worked (R70)."""
        ordinal, number = _ordinal(anchor), 0
        yield _about(day_of(anchor), Text("ngày bắt đầu, không tính (R70)", "the first day doesn't count (R70)"))
        while number < count or ordinal not in self._index:
            ordinal += 1
            counts = number < count and (every or ordinal in self._index)
            number += counts
            yield self._day_line(date.fromordinal(ordinal), number if counts else None, every=every)

    def _day_line(self, day: date, number: int | None, *, every: bool) -> Line:
        remark = self._remark(day)
        if number is None:
            return _about(day, remark or Text("ngày làm việc kế tiếp", "the next working day"))
        unit = _UNITS["d" if every else "wd"]
        counted = Text(f"{unit.vi} thứ {number}", f"{unit.en} {number}")
        said = Text(f"{remark.vi} - {counted.vi}", f"{remark.en} - {counted.en}") if remark else counted
        return _about(day, said, number)

    def _timed(self, start: int, end: int) -> Iterator[Line]:
        """The working time each day from `start` to `end` gives; days off with their reason."""
        for ordinal in range(_ordinal(start), _ordinal(end) + 1) if end > start else ():
            midnight, day = _midnight(ordinal), date.fromordinal(ordinal)
            seconds = self.worked(max(start, midnight), min(end, midnight + _DAY))
            remark = self._remark(day)
            if seconds:
                span = _span(seconds)
                vi, en = (f"{remark.vi} - ", f"{remark.en} - ") if remark else ("", "")
                yield _about(day, Text(f"{vi}{span.vi} làm việc", f"{en}{span.en} of work"), seconds=seconds)
            elif remark and ordinal not in self._index:
                yield _about(day, remark)

    def _remark(self, day: date) -> Text | None:
        """Why a day is off or a Saturday worked; None for an ordinary working day."""
        row = self._rows.get(day)
        if row and row.kind == "swap_work":
            vi, en = (f" thay ngày {d:%d/%m/%Y}", f" for {d:%d/%m/%Y}") if (d := row.replaces) else ("", "")
            return Text(f"làm bù{vi}", f"worked{en}")
        if row:
            named = row.name[:1].lower() + row.name[1:] if row.name.startswith("Nghỉ") else f"nghỉ - {row.name}"
            return Text(named, f"off - {row.name}")
        if day.toordinal() in self._index:
            return None
        if self._hours(day).opening.get(day.weekday()):
            return Text("có tiếp nhận nhưng không tính (R78)", "open, but doesn't count (R78)")
        return Text("nghỉ cuối tuần", "weekend") if day.weekday() > 4 else Text("không làm việc", "no working hours")

    def _assumptions(self, lines: Iterable[Line]) -> Iterator[Line]:
        """Under `known_at`, the days whose announcement date is itself assumed."""
        assumed = {row.day for row in self.days if row.assumed and not row.statutory}
        if met := [line.day for line in lines if line.day in assumed] if self.known_at else []:
            days = ", ".join(f"{day:%d/%m/%Y}" for day in met if day)
            yield Line(Text(f"Ngày công bố chỉ là giả định: {days}.", f"Announced on an assumed date: {days}."))


def _about(day: date, said: Text, number: int | None = None, seconds: int = 0) -> Line:
    return Line(Text(f"{day_shown(day)}: {said.vi}", f"{day_shown(day, 'en')}: {said.en}"), day, number, seconds)


def _span(seconds: int) -> Text:
    """A length of time as a person reads it: 2 giờ 30 phút."""
    hours, rest = divmod(seconds, 3600)
    parts = [(hours, "giờ", "h"), (rest // 60, "phút", "min"), (rest % 60, "giây", "s")]
    shown = [part for part in parts if part[0]] or [(0, "phút", "min")]
    return Text(" ".join(f"{n} {vi}" for n, vi, _ in shown), " ".join(f"{n} {en}" for n, _, en in shown))


def _told(leg: _Leg, term: Term) -> Text:
    """What one interval did to the due date."""
    asked, back = moment(local(leg.asked)), moment(local(leg.back))
    vi, en = f"Yêu cầu {asked}, nộp lại {back}", f"Asked {asked}, handed in {back}"
    if leg.effect == "restart":
        return Text(f"{vi}: tính lại từ đầu (R43).", f"{en}: a new full term (R43).")
    if leg.effect == "none":
        return Text(f"{vi}: không ảnh hưởng thời hạn.", f"{en}: no effect on the term.")
    if leg.effect == "passed":
        return Text(f"{vi}: đã quá hạn, không đổi ngày hẹn (R129).", f"{en}: already late, nothing moves (R129).")
    span = Text(f"{leg.gained} ngày", f"{leg.gained} days") if term.unit == "d" else _span(leg.gained)
    work = Text(" làm việc", " of work") if term.unit in ("wd", "wh") else Text("", "")
    return Text(f"{vi}: tạm dừng {span.vi}{work.vi} (R75).", f"{en}: paused for {span.en}{work.en} (R75).")
