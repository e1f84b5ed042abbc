"""What is to happen when, and the hands that work off their queues: the core of the event loop.

All in working seconds since the calendar's first midnight. An event is one integer: its second, its kind, the number of its
dossier there, which is the serial at first (or another number). So the heap orders events of one second by kind, then by
serial. Where time has moved a dossier on, it goes on under a new number: what was planned for the old one finds nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from heapq import heappop, heappush

from ..calendar import Calendar
from ..duedate import Interval
from ..term import Term
from ..worktime import WorkingTime, ordinal
from .draws import NEVER
from .hands import Hand, after, back, is_away
from .running import JOIN, KIND, Running

ARRIVAL, RECEIVED, FOUND, PUT_RIGHT, TIMER, BACK, LEAVE, DAY, END = 0, *range(3, 11)
"""The kinds of events in their order: a dossier comes; one joins a queue, its holder is done with it, it is received or refused,
it is found to be with a wrong account, its sender hands it on rightly, its time has run out; somebody is back, begins a leave; a
day ends; the year does."""
TIME = KIND + 4
"""The bit at which an event's second begins."""
NUMBERS, KINDS = (1 << KIND) - 1, (1 << TIME - KIND) - 1
_NOWHERE = 0, -1, 0
_NEW, _OTHERS = 1 << KIND - 1, 3 << KIND - 2
"""From here on numbers are new ones of dossiers, and not of dossiers."""


class Clock(Calendar):
    """The calendar of the agency, quick about the working session that has come, and about terms it has counted before.

    Working second s of that session is the instant s + `offset`; it lies after second `opens`, and `closes` is the last.
    `_ahead` has by length of time two instants and what leads from those after the first and up to the second to its end,
    `_dues` the terms that count whole days, each with the last day it was asked for and its due moment.
    """

    __slots__ = ("_ahead", "_dues", "closes", "offset", "opens")

    def __init__(self, calendar: Calendar) -> None:
        for name in (*WorkingTime.__slots__, *Calendar.__slots__):
            setattr(self, name, getattr(calendar, name))
        self.offset, self.opens, self.closes = 0, -1, -1
        self._ahead: dict[int, tuple[int, int, int]] = {}
        self._dues: dict[int, tuple[Term, int, int]] = {}

    def turn(self, second: int) -> None:
        """Go on to the session of a working second."""
        self.offset, self.opens, self.closes = self.session(second)

    def plus(self, at: int, seconds: int) -> int:
        """The same as of any calendar."""
        after, until, ahead = self._ahead.get(seconds, _NOWHERE)
        if after < at <= until:
            return at + ahead
        begun = at - self.offset
        if not self.opens < begun <= self.closes or seconds < 0:
            return super().plus(at, seconds)
        offset, opens, closes = self.session(begun + seconds)
        after, until = max(self.opens, opens - seconds), min(self.closes, closes - seconds)
        self._ahead[seconds] = after + self.offset, until + self.offset, seconds + offset - self.offset
        return begun + seconds + offset

    def elapsed(self, at: int) -> int:
        """The same as of any calendar."""
        begun = at - self.offset
        return begun if self.opens < begun <= self.closes else super().elapsed(at)

    def due_instant(self, received: int, term: Term, intervals: Sequence[Interval] = (), mode: str = "legal") -> int:
        """The same as of any calendar."""
        if intervals or mode != "legal" or term.unit not in ("wd", "d"):
            return super().due_instant(received, term, intervals, mode)
        day = ordinal(received)
        known = self._dues.get(id(term))
        if known is None or known[0] is not term or known[1] != day:
            self._dues[id(term)] = known = term, day, super().due_instant(received, term)
        return known[2]


class Agenda:
    """The events to come, the dossiers on their way by serial, and the hands; a subclass says what becomes of a finished visit.

    `last` is the last working second of the year. Working second s of the present session is the instant s + `_offset`.
    """

    def __init__(self, calendar: Calendar, hands: list[Hand], end: int) -> None:
        self.calendar = Clock(calendar)
        self.last = calendar.elapsed(end)
        self._hands = hands
        self._heap: list[int] = []
        self._runs: dict[int, Running] = {}
        self._offset = 0
        self._of_dossiers: dict[int, Callable[[Running, int], None]] = {JOIN: self._join}
        self._of_others: dict[int, Callable[[int, int], None]] = {BACK: self._come_back}
        self._renamed = _NEW

    def _pass(self) -> None:
        """Handle all events up to the year's end."""
        heap, known, closes = self._heap, self._runs.get, self.calendar.closes
        handlers = [self._of_dossiers.get(kind, self._join) for kind in range(END)]
        self._push_other(self.last, END)
        while True:
            event = heappop(heap)
            now = event >> TIME
            if now > closes:
                closes = self._turn(now)
            running = known(event & NUMBERS)
            if running is not None:
                handlers[event >> KIND & KINDS](running, now)
            elif self._is_last(event, now):
                return

    def _is_last(self, event: int, now: int) -> bool:
        """Handle an event that isn't a dossier's, or no longer; whether it is the last of all."""
        kind = event >> KIND & KINDS
        handler = self._of_others.get(kind)
        if handler is not None:
            handler((event & NUMBERS) - _OTHERS, now)
        return kind == END

    def _turn(self, now: int) -> int:
        """Go on to the session in which a working second lies; its end."""
        self.calendar.turn(now)
        self._offset = self.calendar.offset
        return self.calendar.closes

    def _push(self, at: int, kind: int, running: Running) -> None:
        heappush(self._heap, at << TIME | kind << KIND | running.number)

    def _push_other(self, at: int, kind: int, number: int = 0) -> None:
        heappush(self._heap, at << TIME | kind << KIND | _OTHERS + number)

    def _rename(self, running: Running) -> None:
        """Forget what was planned for a dossier, its timers too."""
        del self._runs[running.number]
        self._renamed += 1
        running.name(self._renamed)
        self._runs[self._renamed] = running

    def _join(self, running: Running, now: int) -> None:
        """A dossier joins the queue of its hand, who takes it up at once when he is idle."""
        hand, done = running.hand, now + running.effort
        if hand.busy is not None:
            hand.queue.append(running)
            return
        if done > hand.calm:
            if self._is_off(hand, now):
                hand.queue.append(running)
                return
            done = after(hand.spells, now, running.effort)
        hand.busy = running
        running.start = now
        running.taken = now + self._offset
        heappush(self._heap, done << TIME | running.done)

    def _is_off(self, hand: Hand, now: int) -> bool:
        """Whether a hand is away; it will look into its queue when it is back."""
        if not is_away(hand.spells, now):
            hand.calm = min((begins for begins, _ in hand.spells if begins > now), default=NEVER) - 1
            return False
        hand.busy = hand
        self._push_other(back(hand.spells, now), BACK, hand.index)
        return True

    def _next(self, hand: Hand, now: int) -> None:
        """The hand turns to the next dossier in its queue."""
        hand.busy = None
        if hand.queue and (now <= hand.calm or not self._is_off(hand, now)):
            self._join(hand.queue.popleft(), now)

    def _come_back(self, index: int, now: int) -> None:
        self._next(self._hands[index], now)

    def _drop(self, running: Running, now: int) -> None:
        """The holder has no more to do with a dossier, finished or not."""
        hand = running.hand
        if hand.busy is running:
            self._next(hand, now)
        elif running.start < 0 and running in hand.queue:
            hand.queue.remove(running)
