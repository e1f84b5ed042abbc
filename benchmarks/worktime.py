"""Calendar against a bare table: `python benchmarks/worktime.py`.

The bare table is the least code that gives the same answers: accumulated working time and two bisections, datetimes
in and out, no range checks, no calendar beside it. The two run in turn, round after round, and nothing else between, so that
neither finds its table colder; figures are medians of processor time, and of the ratios within a round (quartiles).
"""

from __future__ import annotations

import random
import statistics
import time
from bisect import bisect_left, bisect_right
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from flowiso.calendar import Calendar
from flowiso.library import load_calendar
from flowiso.term import Term
from flowiso.worktime import TZ, instant

if TYPE_CHECKING:
    from collections.abc import Callable

FLOWS = Path(__file__).parent.parent / "flows"
HOURS = ((450, 690), (780, 1020))
CASES, ROUNDS = 2000, 101
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


def timed(contenders: dict[str, Callable[[], object]]) -> dict[str, list[float]]:
    """Processor microseconds a call, each contender once in every round, in turn first and last."""
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(ROUNDS):
        for name in list(contenders)[:: -1 if number % 2 else 1]:
            start = time.process_time_ns()
            contenders[name]()
            taken[name].append((time.process_time_ns() - start) / CASES / 1e3)
    return taken


def ratio(taken: dict[str, list[float]], ours: str, bare: str) -> str:
    """How fast ours is against the bare one: median and quartiles of the rounds' ratios."""
    low, middle, high = statistics.quantiles((b / o for o, b in zip(taken[ours], taken[bare], strict=True)), n=4)
    return f"{middle:.2f} ({low:.2f} - {high:.2f})"


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
    taken = timed(
        {
            "bare add": lambda: [bare.add(start, work) for start, work in pairs],
            "Calendar.add": lambda: [calendar.add(start, work) for start, work in pairs],
        }
    )
    taken |= timed(
        {
            "bare between": lambda: [bare.between(start, end) for start, end in spans],
            "Calendar.between": lambda: [calendar.between(start, end) for start, end in spans],
        }
    )
    taken |= timed(
        {
            "plus": lambda: [calendar.plus(at, seconds) for at, seconds in ints],
            "due_instant legal": lambda: [calendar.due_instant(at, term) for at, term in terms],
            "due_instant minutes": lambda: [calendar.due_instant(at, term, (), "minutes") for at, term in terms],
        }
    )
    print(f"add against bare     {ratio(taken, 'Calendar.add', 'bare add')}")
    print(f"between against bare {ratio(taken, 'Calendar.between', 'bare between')}")
    for name, micros in taken.items():
        middle = statistics.median(micros)
        print(f"{name:<20} {middle:8.2f} us {1e6 / middle:12,.0f}/s")


if __name__ == "__main__":
    main()
