"""The accounts as hands that work: who is away when, who has a queue, and whose planned work ends first.

All in working seconds since the calendar's first midnight; at such a second the day that it ends is meant, not the next.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from heapq import heappop, heappush
from operator import attrgetter
from typing import TYPE_CHECKING

from ..calendar import Calendar
from ..model import Account
from ..worktime import midnight
from .draws import NEVER

if TYPE_CHECKING:
    from .running import Running

Spells = tuple[tuple[int, int], ...]
"""Times away, in order: the last second there and the last second away."""

_FREE = attrgetter("free")
_NO_DUE = 1 << 40
"""Later than any instant."""


class Queue(deque["Running"]):
    """Dossiers in the order in which they came."""


class ByDue:
    """Dossiers by their legal due moment, those without one last, and then in the order in which they came."""

    __slots__ = ("_heap", "_next")

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Running]] = []
        self._next = 0

    def append(self, running: Running) -> None:
        """Put one in."""
        due = running.state.due
        self._next += 1
        heappush(self._heap, (_NO_DUE if due is None else due, self._next, running))

    def popleft(self) -> Running:
        """Take the first one out."""
        return heappop(self._heap)[2]

    def remove(self, running: Running) -> None:
        """Take this one out."""
        self._heap = sorted(entry for entry in self._heap if entry[2] is not running)

    def __len__(self) -> int:
        return len(self._heap)

    def __iter__(self) -> Iterator[Running]:
        return (entry[2] for entry in sorted(self._heap))


class Hand:
    """An account. `free` is when the work that was handed to it would be done, one thing after the other.

    `busy` is what it is at: a dossier, or itself while it is away and something waits for it; None when it is idle. `queue`
    are the dossiers that wait. `spells` are its times away, `gone` those in which it has no post; up to the working second `calm`
    it is known to be there.
    """

    __slots__ = ("busy", "calm", "free", "gone", "index", "name", "pace", "queue", "spells")

    def __init__(self, index: int, name: str, spells: Spells, gone: Spells, pace: float, queue: Queue | ByDue) -> None:
        self.index = index
        self.name = name
        self.spells = spells
        self.gone = gone
        self.pace = pace
        self.queue = queue
        self.busy: Running | Hand | None = None
        self.free = 0
        self.calm = -1


class Pool:
    """The hands that may do something, each with the times at which it may not or isn't there, and those of them at which it
    may not, in the order of the file.

    `there` are those who are, known up to the working second `until`.
    """

    __slots__ = ("_seats", "there", "until")

    def __init__(self, seats: Sequence[tuple[Hand, Spells, Spells]]) -> None:
        self._seats = seats
        self.there: tuple[Hand, ...] = ()
        self.until = -1

    def at(self, now: int) -> tuple[Hand, ...]:
        """Those who are there at a working second; the seconds asked for never go back."""
        if now > self.until:
            self.there = tuple(hand for hand, away, _ in self._seats if not is_away(away, now))
            edges = (edge for _, away, _ in self._seats for begins, ends in away for edge in (begins - 1, ends))
            self.until = min((edge for edge in edges if edge >= now), default=NEVER)
        return self.there

    @property
    def every(self) -> tuple[Hand, ...]:
        """All of them, there or not."""
        return tuple(hand for hand, _, _ in self._seats)

    def choose(self, now: int, apart: Hand | None = None) -> Hand | None:
        """Of those who are there, `apart` aside, the one whose planned work ends first, then the first in the file; else None."""
        there = self.there if now <= self.until else self.at(now)
        if len(there) == 2:  # by far the most frequent
            one, other = there
            if one is apart or (other is not apart and other.free < one.free):
                return other
            return one
        chosen, least = None, NEVER
        for hand in there:  # `min` by a key costs twice as much
            free = hand.free
            if free < least and hand is not apart:
                chosen, least = hand, free
        return chosen

    def anybody(self, now: int) -> Hand:
        """Who is chosen; when nobody is there, whoever on leave is planned to be done first."""
        found = self.choose(now)
        if found is not None:
            return found
        on_leave = [hand for hand, _, unseated in self._seats if not is_away(unseated, now)]
        return min(on_leave or self.every, key=_FREE)


def spells_of(account: Account, calendar: Calendar) -> Spells:
    """When an account isn't there: on leave, before it was valid and after, between two posts."""
    edges = [
        date.min,
        *(edge for post in account.posts for edge in (post.since or date.min, post.until or date.max)),
        date.max,
    ]
    gaps = [
        (first, until - timedelta(1)) for first, until in zip(edges[::2], edges[1::2], strict=True) if first < until
    ]
    away: list[tuple[int, int]] = []
    for first, last in sorted((*gaps, *account.leave)):
        begins, ends = _second(calendar, first), _second(calendar, last + timedelta(1) if last < date.max else last)
        if away and begins <= away[-1][1]:
            away[-1] = away[-1][0], max(away[-1][1], ends)
        elif begins < ends:
            away.append((begins, ends))
    return tuple(away)


def _second(calendar: Calendar, day: date) -> int:
    """The working second at which a day begins; before what the calendar knows -1, after it `NEVER`."""
    if day <= calendar.first_known:
        return -1
    return calendar.elapsed(midnight(day.toordinal())) if day <= calendar.last_known else NEVER


def is_away(spells: Spells, now: int) -> bool:
    """Whether somebody isn't there at a working second."""
    for begins, ends in spells:  # noqa: SIM110 - any() of a generator costs four times as much
        if begins <= now <= ends:
            return True
    return False


def back(spells: Spells, now: int) -> int:
    """The first working second from `now` on at which he is there."""
    for begins, ends in spells:
        if begins <= now <= ends:
            now = ends + 1
    return now


def after(spells: Spells, start: int, work: int) -> int:
    """When work begun at `start` is done: it rests while he is away and goes on after that."""
    done = start + work
    for begins, ends in spells:
        if start <= begins < done:
            done += ends - begins
    return done


def at_hand(spells: Spells, begin: int, end: int) -> int:
    """The working seconds of a time, less those away."""
    return end - begin - sum(max(0, min(ends, end) - max(begins, begin)) for begins, ends in spells)
