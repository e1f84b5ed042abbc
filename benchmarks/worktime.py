"""Calendar against a bare table: `python benchmarks/worktime.py`.

The bare table is the least code that gives the same answers: accumulated working time and two bisections, datetimes
in and out, no range checks, no calendar beside it. Both run interleaved in one process; figures are medians.
"""

from __future__ import annotations

import random
import statistics
import time
from bisect import bisect_left, bisect_right
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from flowiso.library import load_calendar
from flowiso.worktime import TZ, Calendar, Term, instant

if TYPE_CHECKING:
    from collections.abc import Callable

FLOWS = Path(__file__).parent.parent / "flows"
HOURS = ((450, 690), (780, 1020))
CASES, ROUNDS = 2000, 41
ZERO = timedelta(0)


class Bare:
    """Accumulated working time by session, datetimes throughout."""

    def __init__(self, calendar: Calendar) -> None:
        self.starts: list[datetime] = []
        self.ends: list[datetime] = []
        self.before: list[timedelta] = []
        self.after: list[timedelta] = []
        done, day = ZERO, calendar.first_known
        while day <= calendar.last_known:
            for opens, closes in HOURS if calendar.is_working_day(day) else ():
                midnight = datetime(day.year, day.month, day.day, tzinfo=TZ)
                self.starts.append(midnight + timedelta(minutes=opens))
                self.ends.append(midnight + timedelta(minutes=closes))
                self.before.append(done)
                done += timedelta(minutes=closes - opens)
                self.after.append(done)
            day += timedelta(days=1)

    def add(self, start: datetime, work: timedelta) -> datetime:
        i = bisect_right(self.starts, start) - 1
        target = (self.before[i] + (start - self.starts[i]) if start < self.ends[i] else self.after[i]) + work
        j = bisect_left(self.after, target)
        return self.ends[j] - (self.after[j] - target)

    def done(self, at: datetime) -> timedelta:
        i = bisect_right(self.starts, at) - 1
        return self.before[i] + (at - self.starts[i]) if at < self.ends[i] else self.after[i]

    def between(self, start: datetime, end: datetime) -> timedelta:
        return self.done(end) - self.done(start)


def timed(contenders: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Median microseconds a call, each contender once in every round."""
    for run in contenders.values():
        run()
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(ROUNDS):
        for name, run in contenders.items():
            start = time.perf_counter()
            run()
            taken[name].append(time.perf_counter() - start)
    return {name: statistics.median(times) / CASES * 1e6 for name, times in taken.items()}


def main() -> None:
    calendar = load_calendar(FLOWS)
    bare = Bare(calendar)
    chance = random.Random(20210205)
    first = datetime(2018, 1, 3, tzinfo=TZ)
    starts = [first + timedelta(seconds=chance.randrange(8 * 365 * 86400)) for _ in range(CASES)]
    works = [timedelta(seconds=chance.randrange(1, 60 * 8 * 3600)) for _ in range(CASES)]
    ends = [calendar.add(start, work) for start, work in zip(starts, works, strict=True)]
    pairs, spans = list(zip(starts, works, strict=True)), list(zip(starts, ends, strict=True))
    ints = [(instant(start), work.days * 86400 + work.seconds) for start, work in pairs]
    terms = [(at, Term.parse(f"{chance.randrange(1, 40)}wd")) for at, _ in ints]
    assert ends == [bare.add(*pair) for pair in pairs]
    assert [calendar.between(*span) for span in spans] == [bare.between(*span) for span in spans] == works
    median = timed(
        {
            "bare add": lambda: [bare.add(start, work) for start, work in pairs],
            "Calendar.add": lambda: [calendar.add(start, work) for start, work in pairs],
            "bare between": lambda: [bare.between(start, end) for start, end in spans],
            "Calendar.between": lambda: [calendar.between(start, end) for start, end in spans],
            "plus": lambda: [calendar.plus(at, seconds) for at, seconds in ints],
            "due_instant legal": lambda: [calendar.due_instant(at, term) for at, term in terms],
            "due_instant minutes": lambda: [calendar.due_instant(at, term, (), "minutes") for at, term in terms],
            "due, explained": lambda: [calendar.due(start, term[1]) for start, term in zip(starts, terms, strict=True)],
        }
    )
    for name, micros in median.items():
        print(f"{name:<20} {micros:8.2f} us {1e6 / micros:12,.0f}/s")
    print(f"add against bare     {median['bare add'] / median['Calendar.add']:8.2f}")
    print(f"between against bare {median['bare between'] / median['Calendar.between']:8.2f}")


if __name__ == "__main__":
    main()
