"""Can the legal deadline be kept? Certificate or counterexample for every way through a flow and every receipt (R63).

A due date leaves the latest minute of receipt that has it the least working time, its window; work fits when it is no
more than the leanest window of all known dates. A pause moves a term of working time and the work behind it alike. What
a pause leaves of calendar days may fall on Tết, so there every day of asking and of handing in is looked at.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator
from datetime import date
from decimal import ROUND_UP, Decimal
from functools import cached_property, lru_cache
from itertools import accumulate, pairwise, takewhile
from typing import ClassVar, NamedTuple

from .calendar import Calendar
from .errors import BadValue, CalendarUnknown
from .model import ASKING, Flow
from .org import Org
from .stretches import Allowance, Gate, Hop, Opens, Stop, Stretch, Unprovable, seconds_of, walk
from .term import Term
from .text import Text
from .worktime import DAY, midnight, ordinal

__all__ = [
    "Case",
    "Nominal",
    "Proof",
    "Proven",
    "Unprovable",
    "Windows",
    "keeps",
    "notices",
    "prove",
    "shown_hours",
    "windows_of",
]

MINUTE = 60
_EVENING = 17 * 3600
_ROLL = 16
"""Days after which a term that ended on a day off has surely reached a working day; Tết takes ten."""


class Case(NamedTuple):
    """The worst case of a gate: `slack` working seconds are left over (below 0: missing) when received at `at`.

    `waits` are the pauses before it, each from the moment asked to the moment handed in (instants).
    """

    slack: int
    at: int
    waits: tuple[tuple[int, int], ...] = ()


class Proven(NamedTuple):
    """A stretch with its tightest gate and that gate's worst case; both are None where nothing can be late."""

    stretch: Stretch
    gate: Gate | None
    case: Case | None


class Proof(NamedTuple):
    """Every stretch a flow has within an allowance, judged."""

    allowance: Allowance
    ways: tuple[Proven, ...]

    @property
    def worst(self) -> Proven | None:
        """The way with the least slack; None where nothing can be late."""
        return min((way for way in self.ways if way.case), key=_slack, default=None)

    @property
    def holds(self) -> bool:
        """Whether every way keeps the deadline."""
        return self.worst is None or _slack(self.worst) >= 0


def _slack(way: Proven) -> int:
    return way.case.slack if way.case else 0


def prove(
    flow: Flow, org: Org, windows: Windows | Nominal, send_backs: int = 0, wait: int = 0, *, every: bool = True
) -> Proof:
    """Judge every stretch that holds at most `send_backs` send-backs, with `wait` working seconds at each hand-over.

    Unless `every` stretch is asked for, those are left out that another one surely outlasts, and steps without a time are
    passed over: then a proof that fails is sure, and one that holds says nothing of such steps.

    Raises Unprovable where work can't be summed up, CalendarUnknown where no due date is known.
    """
    allowance = Allowance(windows.day, send_backs, wait, untimed=not every)
    return Proof(allowance, tuple(_judge(windows, way, allowance) for way in walk(flow, org, allowance, every=every)))


def keeps(flow: Flow, org: Org, windows: Windows, allowance: Allowance) -> bool:
    """Whether every way within an allowance keeps the deadline; stops at the first that doesn't."""
    gates = ((way, gate) for way in walk(flow, org, allowance) for gate in way.gates)
    return all(_case(windows, way, gate, allowance).slack >= 0 for way, gate in gates)


def _judge(windows: Windows | Nominal, stretch: Stretch, allowance: Allowance) -> Proven:
    judged = [(_case(windows, stretch, gate, allowance), gate) for gate in stretch.gates]
    if not judged:
        return Proven(stretch, None, None)
    case, gate = min(judged, key=lambda pair: pair[0].slack)
    return Proven(stretch, gate, case)


def _case(windows: Windows | Nominal, stretch: Stretch, gate: Gate, allowance: Allowance) -> Case:
    """The worst case of a gate; where days differ in length and the longest are too long, its working days are counted."""
    case = windows.case(gate, stretch.opens)
    days = [hop for hop in stretch.hops[: gate.hops] if hop.step.within and hop.step.within.unit == "wd"]
    if case.slack >= 0 or isinstance(windows, Nominal) or windows.uniform or gate.stops or not days:
        return case
    return windows.lived(stretch, gate, allowance.wait)


class _State(NamedTuple):
    """Where a paused stretch of calendar days may stand: so many days left, for so much work, from day `since` on."""

    left: int
    work: int
    since: int
    received: int
    waits: tuple[tuple[int, int], ...]


_Asked = tuple[int, int, int, int, _State]
"""Days left and work to do when the clock is stopped on a day, since it had gone on at the end of another; and where from."""


class Windows:
    """The working time that terms hold, for receipts from day `first` to `last`; days count from the calendar's first."""

    def __init__(self, calendar: Calendar, first: date | None = None, last: date | None = None) -> None:
        self.calendar = calendar
        zero, until = calendar.first_known.toordinal(), calendar.last_known.toordinal() + 1
        self._zero, self._length = zero, until - zero
        self._done = array("q", [0, *calendar.totals()])
        gained = [self._done[n + 1] - self._done[n] for n in range(self._length)]
        self.day = max(gained, default=0)
        self._working = array("l", (n for n, length in enumerate(gained) if length))
        self._next = array("l", accumulate((length > 0 for length in gained), initial=0))
        lengths = sorted(set(gained))
        self.uniform = len({*lengths} - {0}) <= 1
        self._looks = bytes(map(lengths.index, gained))
        self._first = max(0, first.toordinal() - zero) if first else 0
        self._last = min(self._length - 1, last.toordinal() - zero) if last else self._length - 1
        self._lean: dict[Term, Case] = {}
        self._paused: dict[tuple[Term, int, tuple[Stop, ...]], Case] = {}
        self._after: dict[int, tuple[array[int], array[int]]] = {}

    @cached_property
    def _later(self) -> Windows:
        """The windows from the first day of receipt to the last that is known: supplements are handed in later."""
        return Windows(self.calendar, date.fromordinal(self._zero + self._first))

    @property
    def span(self) -> tuple[date, date]:
        """The first and the last day of receipt."""
        return date.fromordinal(self._zero + self._first), date.fromordinal(self._zero + self._last)

    def case(self, gate: Gate, opens: Opens = "receipt") -> Case:
        """The worst case of a gate over all receipts, or over all later moments of handing in."""
        if opens == "hand-in" and self._last < self._length - 1:
            return self._later.case(gate)
        if gate.term.unit == "d" and gate.stops:
            return self._paused_case(gate)
        if gate.term.unit == "h" and gate.stops:
            raise Unprovable(_paused_hours(gate.term))
        lean = self.lean(gate.term)
        return Case(lean.slack - gate.work - _after_hours(gate), lean.at, tuple((0, 0) for _ in gate.stops))

    def lean(self, term: Term) -> Case:
        """The least working time a term holds (as `slack`), with the receipt that has it; at once, the most a day holds.

        Raises CalendarUnknown when no due date is known, BadValue for a part of a working day.
        """
        if term not in self._lean:
            if term.unit == "immediate":
                return Case(self.day, self._evening(self._working[0]) if self._working else 0)
            found = self._of_hours(term) if term.unit in ("wh", "h") else self._of_days(term)
            self._lean[term] = min(found, default=None) or self._nothing()
        return self._lean[term]

    def lived(self, stretch: Stretch, gate: Gate, wait: int) -> Case:
        """The worst case of a gate without pauses, each day's receipt lived through step by step."""
        last = self._length - 1 if stretch.opens == "hand-in" else self._last
        days = [*self._working[self._next[self._first] : self._next[last + 1]], self._first]
        found = (self._lived(self._evening(day), stretch, gate, wait) for day in days)
        return min((case for case in found if case is not None), default=None) or self._nothing()

    def _lived(self, received: int, stretch: Stretch, gate: Gate, wait: int) -> Case | None:
        calendar, at = self.calendar, received
        try:
            for n, hop in enumerate(stretch.hops[: gate.hops], 1):
                if hop.step.within is not None:
                    at = calendar.due_instant(at, hop.step.within, (), "minutes")
                if hop.handed and n < gate.hops:
                    at = calendar.plus(at, wait)
            due = calendar.due_instant(received, gate.term, (), "legal")
            return Case(calendar.worked(at, midnight(ordinal(due) + 1)), received)
        except CalendarUnknown:
            return None

    def apology(self, term: Term) -> int | None:
        """The working seconds from the receipt to the last day for an apology, a day before the due date (R49).

        The least over receipts on working days, below 0 where that day lies before the receipt; None for terms of hours.
        """
        if term.unit not in ("wd", "d") or term.amount % 1:
            return None
        found, dues = [], self._dues(term)
        for day in self._working[self._next[self._first] : self._next[self._last + 1]]:
            last = self._next[dues[day]] - 1 if day < len(dues) else -1
            if last >= 0:
                found.append(self._done[self._working[last] + 1] - self._done[day + 1])
        return min(found, default=None)

    def _nothing(self) -> Case:
        raise self.calendar.outside(self.calendar.until)

    def _of_days(self, term: Term) -> Iterator[Case]:
        """What the last minute of the day of receipt leaves of a term of days, on the day that leaves the least.

        A day off leaves no less than the working day before it, so only one the receipts begin with is looked at.
        """
        if term.amount % 1:
            raise BadValue(
                Text(
                    f"Thời hạn {term} phải là số ngày nguyên.",
                    f"The term {term} must be a whole number of days.",
                )
            )
        first = self._next[self._first]
        if term.unit == "wd" and self.uniform and first + int(term.amount) < len(self._working):
            yield Case(int(term.amount) * self.day, self._evening(self._working[first]))
            return
        done, dues = self._done, self._dues(term)
        receipts = (*self._working[first : self._next[self._last + 1]], self._first)
        days = [day for day in receipts if day < len(dues)]
        if days:
            left = [done[dues[day] + 1] - done[day + 1] for day in days]
            least = min(left)
            yield Case(least, self._evening(days[left.index(least)]))

    def _dues(self, term: Term) -> array[int]:
        """For every day of receipt the day on which a term of days ends, as far as it is known."""
        amount = int(term.amount)
        if term.unit == "d":
            begins, ends = self._next[amount:], self._working
        else:
            begins, ends = self._next[1:], self._working[amount - 1 :]
        known = bisect_left(begins, len(ends))
        return array("l", map(ends.__getitem__, begins[:known]))

    def _of_hours(self, term: Term) -> Iterator[Case]:
        """For every due date, what the latest minute of receipt that has it leaves of a term of hours."""
        seconds = -int(-term.amount * 3600 // 1)
        for due in range(self._first, self._length):
            if term.unit == "wh":
                done = self._done[due + 1] - seconds
                if done < 0 or self._done[due + 1] == self._done[due]:
                    continue
                at, window = self.calendar.plus(self.calendar.first, done), seconds
            else:
                at = midnight(self._zero + due + 1) - 60 - seconds
                if at < self.calendar.first:
                    continue
                window = self._done[due + 1] - self.calendar.worked(self.calendar.first, at)
            if self._first <= (at - self.calendar.first) // DAY <= self._last:
                yield Case(window, at)

    def _rolled(self, day: int) -> int | None:
        """The working day a term of calendar days ends on (R70); None when it isn't known."""
        index = self._next[day] if 0 <= day <= self._length else len(self._working)
        return self._working[index] if index < len(self._working) else None

    def _evening(self, day: int) -> int:
        """A moment of a day at which its working time is over."""
        return midnight(self._zero + day) + _EVENING

    # -- calendar days with pauses -----------------------------------------------------------------------------------

    def _paused_case(self, gate: Gate) -> Case:
        key = gate.term, gate.work, gate.stops
        if key not in self._paused:
            states = [_State(int(gate.term.amount), gate.work, self._first, -1, ())]
            for before, stop in pairwise((Stop(0), *gate.stops)):
                rest, fixed = gate.work - stop.work, stop.work - before.work - (0 if stop.again else stop.flex)
                asked = _least(found for state in states for found in self._stopped(state, rest, fixed, stop))
                states = [self._standing(*one) for one in asked]
            found = map(self._handed_in, states)
            self._paused[key] = min((case for case in found if case is not None), default=None) or self._nothing()
        return self._paused[key]

    def _stopped(self, state: _State, low: int, fixed: int, stop: Stop) -> Iterator[_Asked]:
        """Where the clock may be stopped with `low` work still to do, or more, from each day that looks different.

        `fixed` is the work before it that isn't the asking step's.
        """
        high = max(low, min(low + stop.flex, state.work - fixed))
        seen: set[bytes] = set()
        last = self._last if state.received < 0 else self._length - 1
        for day in range(state.since, last + 1):
            look = self._looks[day + 1 : day + 1 + state.left + _ROLL]
            if look in seen:
                continue
            seen.add(look)
            for asked, work in self._askings(day, state.work, low, high, MINUTE if stop.sends else 0):
                yield state.left - (asked - day), work, asked, day, state

    def _standing(self, left: int, work: int, asked: int, day: int, before: _State) -> _State:
        """Where it stands once it was asked on a day, after `before` had gone on from the end of another `day`."""
        first = before.received < 0
        waits = before.waits if first else (*before.waits[:-1], (before.waits[-1][0], self._evening(day)))
        at = self._at(asked, self._done[day + 1] + before.work - work)
        return _State(left, work, asked, day if first else before.received, (*waits, (at, at)))

    def _askings(self, day: int, work: int, low: int, high: int, least: int) -> Iterator[tuple[int, int]]:
        """The days on which the clock may be stopped after the end of `day`, with the most work left then.

        On a later day than the first possible `least` seconds of it are worked before.
        """
        done = self._done[day + 1]
        first = bisect_left(self._done, done + max(0, work - high), day + 1) - 1
        last = bisect_left(self._done, done + max(0, work - low), day + 1) - 1
        for asked in range(first, min(last, self._length - 1) + 1):
            since = max(done, self._done[asked] + least if asked > first else 0)
            yield asked, max(low, min(high, work, done + work - since))

    def _at(self, day: int, done: int) -> int:
        """The first moment of a day on which so much work is done; its opening where it is done already."""
        if self._done[day] >= done:
            return max(midnight(self._zero + day), self.calendar.plus(self.calendar.first, done))
        return self.calendar.plus(self.calendar.first, done)

    def _handed_in(self, state: _State) -> Case | None:
        """The worst day of handing in, for what is left then; None where no due date is known."""
        if state.left not in self._after:
            self._after[state.left] = self._leanest_after(state.left)
        slack, days = self._after[state.left]
        if days[state.since] < 0:
            return None
        asked, _ = state.waits[-1]
        back = max(asked, self._evening(days[state.since]))
        waits = (*state.waits[:-1], (asked, back))
        return Case(slack[state.since] - state.work, self._evening(state.received), waits)

    def _leanest_after(self, left: int) -> tuple[array[int], array[int]]:
        """For each day, the least working time of `left` more days counted from it or any later day, and that day."""
        slack, days = array("q", bytes(8 * self._length)), array("l", [-1]) * self._length
        best, at = 1 << 62, -1
        for day in range(self._length - 1, -1, -1):
            due = self._rolled(day + left)
            if due is not None and (window := self._done[due + 1] - self._done[day + 1]) <= best:
                best, at = window, day
            slack[day], days[day] = best, at
        return slack, days


def _least(found: Iterator[_Asked]) -> list[_Asked]:
    """Those no other is worse than: with no more days left, no less work to do, and no later."""
    kept: list[_Asked] = []
    best: dict[tuple[int, int], _Asked] = {}
    for one in found:
        key = one[:2]
        if key not in best or one[2] < best[key][2]:
            best[key] = one
    for one in sorted(best.values(), key=lambda one: (one[0], -one[1], one[2])):
        if not any(other[1] >= one[1] and other[2] <= one[2] for other in kept):
            kept.append(one)
    return kept


def _paused_hours(term: Term) -> Text:
    return Text(
        f"thời hạn {term} có lần tạm dừng; hãy ghi bằng wh, wd hoặc d thì mới chứng minh được",
        f"the term {term} may be paused; write wh, wd or d, which can be proved",
    )


def _after_hours(gate: Gate) -> int:
    """A minute where nothing is left to do after a pause: handed in on a day off, it would be late with no time lost."""
    return MINUTE if gate.kind == "result" and gate.stops and gate.stops[-1].work == gate.work else 0


class Nominal:
    """What terms hold at most where no calendar is known: every day may be a working day of eight hours."""

    day = 8 * 3600
    _SECONDS: ClassVar[dict[str, int]] = {"wd": day, "d": day, "wh": 3600, "h": 3600}

    def lean(self, term: Term) -> Case:
        """The working time a term holds at most."""
        return Case(int(term.amount * self._SECONDS[term.unit]) if term.amount else self.day, 0)

    def case(self, gate: Gate, opens: Opens = "receipt") -> Case:
        """The best case of a gate."""
        return Case(self.lean(gate.term).slack - gate.work, 0)


def notices(proof: Proof, windows: Windows | Nominal, window: Term) -> list[tuple[Hop, int]]:
    """For every supplement that may be the first, the working seconds left to find what is missing (R43).

    The request must have been sent by the end of `window`; the steps before the asking one and those that send it take
    all of their time. 0 or less: it can't be asked for in time.
    """
    lean = windows.lean(window).slack
    found: dict[tuple[str, str], tuple[Hop, int]] = {}
    for way in proof.ways:
        hops = way.stretch.hops
        asking = next((n for n, hop in enumerate(hops) if hop.arrow.kind in ASKING), None)
        if way.stretch.opens == "hand-in" or asking is None or hops[asking].arrow.kind != "supplement":
            continue
        sending = takewhile(lambda hop: hop.step.clock != "stopped", hops[asking + 1 :])
        taken = sum(seconds_of(hop.step, proof.allowance) for hop in (*hops[:asking], *sending))
        key = hops[asking].step.id, hops[asking].arrow.action
        if key not in found or lean - taken > found[key][1]:
            found[key] = hops[asking], lean - taken
    return list(found.values())


def shown_hours(seconds: int) -> str:
    """Working seconds as hours of a term, at most two digits, rounded up: 56, 7.5, 0.34."""
    hours = (Decimal(seconds) / 3600).quantize(Decimal("0.01"), ROUND_UP)
    return f"{hours.normalize() + 0:f}"


@lru_cache(maxsize=4)
def windows_of(calendar: Calendar) -> Windows:
    """The windows over all a calendar knows, made once."""
    return Windows(calendar)
