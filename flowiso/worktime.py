"""Working time: moments, and the one table of accumulated working seconds all is counted on (R70-R83).

A moment inside is an `int`, seconds since 1970 in UTC (an "instant"); the public face takes and gives aware datetimes.
Nothing here reads a clock or a file.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING

from .errors import BadValue, CalendarUnknown
from .text import Text
from .text import day as day_shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Minutes = tuple[tuple[int, int], ...]
"""Sessions of one day: start and end in minutes after midnight."""

TZ = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")
"""Vietnam's time: UTC+7, no daylight saving (R82)."""

DAY = 86400
_SLOT, _OFFSET, _EPOCH_DAY = 4 * 3600, 7 * 3600, date(1970, 1, 1).toordinal()
_EPOCH = datetime(1970, 1, 1, 7, tzinfo=TZ)


def instant(at: datetime) -> int:
    """Seconds since 1970 in UTC of an aware datetime, fractions dropped; a naive one is a BadValue."""
    try:
        since = at - _EPOCH
    except TypeError:
        raise _naive(at) from None
    return since.days * DAY + since.seconds


def _naive(at: object) -> BadValue:
    return BadValue(Text(f"Thời điểm {at} thiếu múi giờ.", f"The moment {at} has no time zone."))


def local(at: int) -> datetime:
    """The datetime of an instant in Vietnam's time."""
    return datetime.fromtimestamp(at, TZ)


def day_of(at: int) -> date:
    """The Vietnamese calendar day an instant falls on."""
    return date.fromordinal(ordinal(at))


def ordinal(at: int) -> int:
    """The number of that day, as `date.toordinal` counts."""
    return (at + _OFFSET) // DAY + _EPOCH_DAY


def midnight(ordinal: int) -> int:
    """The instant a numbered day begins at."""
    return (ordinal - _EPOCH_DAY) * DAY - _OFFSET


class WorkingTime:
    """The working time of a run of days, `first_known` to `last_known`; leaving it raises CalendarUnknown.

    The table counts from the first midnight: t seconds after it, inside session i, `t + _shift[i]` working seconds are
    done; `_done[i]` are at its end. Session 0 is empty and stands at that midnight, so that every known moment has one.

    Two lists take the place of bisections, which would double the cost of `plus`: `_last[n]` is the last session begun
    by the end of day n, `_slots[k]` the first with at least k slots of working time done at its end. They are lists because an
    array makes its numbers anew at each look.
    """

    __slots__ = (
        "_before", "_closings", "_done", "_index", "_last", "_length", "_moments", "_openings", "_shift", "_slots", "_starts",
        "_working", "first", "first_known", "known_at", "last_known", "until",
    )  # fmt: skip

    def __init__(self, first_known: date, days: Iterable[Minutes], known_at: date | None = None) -> None:
        self.first_known, self.known_at = first_known, known_at
        self.first = self.until = midnight(first_known.toordinal())
        self._starts, self._done, self._shift = [0], [0], [0]
        self._working, self._openings, self._closings = array("i"), array("q"), array("q")
        self._before, self._last = array("i", [0]), list[int]()
        for minutes in days:
            if minutes:
                self._append(minutes)
            self._last.append(len(self._done) - 1)
            self.until += DAY
        self._length = self.until - self.first
        self.last_known = day_of(self.until - 1)
        self._last.append(len(self._done) - 1)
        self._slots = [bisect_left(self._done, slot) for slot in range(0, self._done[-1] + 1, _SLOT)]
        self._index = {ordinal: index for index, ordinal in enumerate(self._working)}
        self._moments: tuple[list[datetime], list[datetime], list[timedelta]] | None = None

    def _append(self, minutes: Minutes) -> None:
        starts, shift, ends = self._starts, self._shift, self._done
        done, midnight = ends[-1], self.until - self.first
        for opens, closes in minutes:
            start = midnight + 60 * opens
            starts.append(start)
            shift.append(done - start)
            done += 60 * (closes - opens)
            ends.append(done)
        self._working.append(ordinal(self.until))
        self._before.append(done)
        self._openings.append(self.until + 60 * minutes[0][0])
        self._closings.append(self.until + 60 * minutes[-1][1])

    def totals(self) -> Iterator[int]:
        """The working seconds from the first known midnight to the end of each known day."""
        return map(self._done.__getitem__, self._last[:-1])

    def outside(self, at: int) -> CalendarUnknown:
        """What to raise for an instant that isn't known."""
        year = date.fromordinal(max(1, min(ordinal(at), date.max.toordinal()))).year
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
        since, shift, ends = at - self.first, self._shift, self._done
        if not 0 <= since <= self._length:
            raise self.outside(at)
        if seconds < 0:
            raise BadValue(Text("Không cộng thời gian âm.", "Working time to add can't be negative."))
        index, starts = self._last[since // DAY], self._starts
        while starts[index] > since:
            index -= 1
        done = since + shift[index]
        if done > ends[index]:
            done = ends[index]
        done += seconds
        try:
            index = self._slots[done // _SLOT]
            while ends[index] < done:
                index += 1
        except IndexError:
            raise self.outside(self.until) from None
        reached = done - shift[index]
        return self.first + (reached if reached > since else since)

    def worked(self, start: int, end: int) -> int:
        """Working seconds from one instant to another, negative when `end` is before `start`."""
        return self.elapsed(end) - self.elapsed(start)

    def elapsed(self, at: int) -> int:
        """Working seconds from the first known midnight to an instant."""
        since, starts = at - self.first, self._starts
        if not 0 <= since <= self._length:
            raise self.outside(at)
        index = self._last[since // DAY]
        while starts[index] > since:
            index -= 1
        done, end = since + self._shift[index], self._done[index]
        return done if done < end else end

    def reached(self, elapsed: int) -> int:
        """The earliest instant by which so many working seconds (not below 0) have gone since the first known midnight."""
        ends = self._done
        try:
            index = self._slots[elapsed // _SLOT]
            while ends[index] < elapsed:
                index += 1
        except IndexError:
            raise self.outside(self.until) from None
        return self.first + elapsed - self._shift[index]

    def session(self, elapsed: int) -> tuple[int, int, int]:
        """What to add to a working second since the first known midnight to have its instant; after which second and up to
        which that holds."""
        ends = self._done
        index = bisect_left(ends, elapsed)
        if index == len(ends):
            raise self.outside(self.until)
        return self.first - self._shift[index], ends[index - 1] if index else -1, ends[index]

    def add(self, start: datetime, work: timedelta) -> datetime:
        """The earliest moment at which `work` of working time after `start` is done; seconds count, fractions don't.

        Counted on datetimes: turning them into seconds and back would cost as much again. What is out of the ordinary
        (a fraction, a refusal) goes the way of `plus`.
        """
        starts, shifts, ends = self._moments or self._in_moments()
        try:
            index = bisect_right(starts, start) - 1
            if index >= 0 <= work.days and not start.microsecond and not work.microseconds:
                done = start - shifts[index]
                if done > ends[index]:
                    done = ends[index]
                done += work
                reached = shifts[bisect_left(ends, done)] + done
                return reached if reached > start else start.astimezone(TZ)
        except (IndexError, TypeError):
            pass
        return local(self.plus(instant(start), work.days * DAY + work.seconds))

    def _in_moments(self) -> tuple[list[datetime], list[datetime], list[timedelta]]:
        """`_starts`, `_shift` and `_done` once more, made when first asked for; a start ends them."""
        first = local(self.first)
        starts = [first + timedelta(0, start) for start in (*self._starts, self.until - self.first + 1)]
        shifts = [first - timedelta(0, shift) for shift in self._shift]
        self._moments = starts, shifts, [timedelta(0, done) for done in self._done]
        return self._moments

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The working time from `start` to `end`; exchanged, the same with a minus."""
        return timedelta(0, self.elapsed(instant(end)) - self.elapsed(instant(start)))

    def plus_days(self, at: int, amount: int, parts: int) -> int:
        """The earliest instant `amount / parts` working days on, each day being 1 and a moment the share gone of it."""
        index = bisect_left(self._working, ordinal(at))
        length, gone = 1, 0
        if ordinal(at) in self._index:
            length, gone = self._before[index + 1] - self._before[index], self.elapsed(at) - self._before[index]
        whole = length * parts
        target = (index * length + gone) * parts + amount * length
        index = self._reached((target - 1) // whole)
        reached = self._before[index + 1] - self._before[index]
        done = self._before[index] - (index * whole - target) * reached // whole
        return self.first + done - self._shift[bisect_left(self._done, done)]

    def closing_after(self, at: int, days: int) -> int:
        """The closing of the working day that is `days` working days after the day of `at`, itself not counted."""
        return self._closings[self._reached(bisect_right(self._working, ordinal(at)) + days - 1)]

    def hours_from(self, at: int) -> tuple[int, int]:
        """The opening and closing of the first working day from the day of `at` on."""
        index = self._reached(bisect_left(self._working, ordinal(at)))
        return self._openings[index], self._closings[index]

    def _reached(self, index: int) -> int:
        if index >= len(self._working):
            raise self.outside(self.until)
        return index

    def known_ordinal(self, day: date) -> int:
        """The number of a known day."""
        if not self.first_known <= day <= self.last_known:
            raise self.outside(midnight(day.toordinal()))
        return day.toordinal()

    def is_working_day(self, day: date) -> bool:
        """Whether the day has working time that counts (R71, R78)."""
        return self.known_ordinal(day) in self._index

    def closing(self, day: date) -> datetime:
        """The end of the last session of a working day; another day is a BadValue."""
        index = self._index.get(self.known_ordinal(day))
        if index is None:
            raise BadValue(Text(f"{day_shown(day)} không làm việc.", f"{day_shown(day, 'en')} isn't a working day."))
        return local(self._closings[index])
