"""A year of dossiers through the real engine: officers with queues, waits, supplements and hand-overs to wrong accounts.

Lateness is never drawn. Officers work in the order in which dossiers become ready for them; what they do goes through
`decide` and `advance` like everything else, with hand-overs to wrong accounts let through as the software of 2021 let them.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from heapq import heappop, heappush
from itertools import count
from math import exp

from ..app import Agency
from ..decision import decide, open_case, system_move
from ..machine import Arc, Row, Table
from ..model import APPLICANT, BOUNCE, CONFIRM, REASSIGN, RECEIVE, SUBMIT, Case, Move
from ..org import present
from ..refusals import SILENT, Said
from ..state import State, advance, begin, follow, ripe
from ..worktime import TZ, day_of, instant, midnight, ordinal
from .arrivals import Arrival, arrivals
from .behaviour import Behaviour, Behaviours
from .draws import FINE, QUANTILES, lognormal, mix
from .scenario import Scenario

Progress = Callable[[int, int], None]
Log = tuple[Case, list[Move]]

HOUR = 3600
TZ_SECONDS = 7 * HOUR
ACT, PICK, RECEIVED, NOTICED, TIMER = range(5)
MEAN_OVER_MEDIAN = exp(0.5)
"""Of a log-normal law with sigma 1."""


SIMULATED = Said("mô phỏng", {"fault": "applicant"})
"""What simulated people write down where something must be written; whoever repeats a request blames the applicant."""


class Running:
    """A dossier on its way. `held` is who last held it by role, `visit` counts its steps and makes old events void."""

    __slots__ = ("arrival", "held", "luck", "moves", "right", "start", "state", "table", "visit")

    def __init__(self, arrival: Arrival, state: State, moves: list[Move]) -> None:
        self.arrival = arrival
        self.table: Table = arrival.table
        self.state = state
        self.moves = moves
        self.visit = 0
        self.luck = 0
        self.start: int | None = None
        self.right = ""
        self.held: dict[str, str] = {}


class Year:
    """One run; `run` gives every dossier's case and log."""

    def __init__(self, agency: Agency, scenario: Scenario, year: int, dossiers: int, seed: int) -> None:
        self.agency = agency
        self.scenario = scenario
        self.seed = seed << 40
        self.end = instant(datetime(year, 12, 31, 23, 59, 59, tzinfo=TZ))
        self.arrivals = arrivals(agency, scenario, year, dossiers, seed)
        self.calendar = agency.calendar
        self._plus = agency.calendar.plus
        self._heap: list[tuple[int, int, int, Running, int]] = []
        self._next = count().__next__
        self._free: dict[str, int] = {}
        self._behaviours = Behaviours(agency, scenario)
        self._running: list[Running] = []
        self._numbers: dict[int, tuple[str, int]] = {}
        self._noticed = lognormal(scenario.noticed * HOUR / MEAN_OVER_MEDIAN, 1.0)
        self._effort = lognormal(1.0, scenario.effort_sigma)
        self._misroute = scenario.misroute * FINE

    def run(self, progress: Progress | None = None) -> list[Log]:
        """Let the year pass; what is unfinished at its end stays open."""
        with _no_collection():
            return self._run(progress)

    def _run(self, progress: Progress | None) -> list[Log]:
        total = len(self.arrivals)
        logs: list[Log] = []
        for done, arrival in enumerate(self.arrivals):
            self._pass_until(arrival.submitted)
            logs.append(self._open(arrival))
            if progress and done % 256 == 0:
                progress(done, total)
        self._pass_until(self.end)
        for running in self._running:
            if running.start is not None and running.start <= self.end:
                self._confirm(running)
        if progress:
            progress(total, total)
        return logs

    def _pass_until(self, moment: int) -> None:
        heap = self._heap
        handle = (self._act, self._pick, self._receive, self._notice, self._expire)
        while heap and heap[0][0] <= moment:
            at, _, kind, running, visit = heappop(heap)
            if visit == running.visit:
                handle[kind](running, at)

    def _push(self, at: int, kind: int, running: Running) -> None:
        heappush(self._heap, (at, self._next(), kind, running, running.visit))

    def _open(self, arrival: Arrival) -> Log:
        table, at = arrival.table, arrival.submitted
        desk = self._choose(self._behaviours[table.first], "", at)
        verb = SUBMIT if arrival.received > at else RECEIVE
        first = open_case(table, verb, APPLICANT if verb == SUBMIT else desk, desk, at)
        running = Running(arrival, begin(table, self.calendar, first), [first])
        self._running.append(running)
        if verb == SUBMIT:
            self._push(arrival.received, RECEIVED, running)
        else:
            self._enter(running, at)
        flow = table.flow
        return Case(self.agency.org.agency, self._number(at), flow.code, flow.version, arrival.channel), running.moves

    def _number(self, at: int) -> str:
        key = (at + TZ_SECONDS) // 86_400
        prefix, last = self._numbers.get(key) or (f"{self.agency.org.agency}-{day_of(at):%y%m%d}", 0)
        self._numbers[key] = prefix, last + 1
        return f"{prefix}-{last + 1:04d}"

    def _receive(self, running: Running, at: int) -> None:
        desk = running.state.holder
        if running.arrival.accepted:
            desk = self._choose(self._behaviours[running.state.row], "", at)
            self._take(running, RECEIVE, desk, "", at)
            self._enter(running, at)
        else:
            refusals = [name for name, arc in running.state.row.arcs.items() if arc.intake]
            self._take(running, refusals[running.arrival.serial % len(refusals)], desk, "", at)

    def _take(self, running: Running, action: str, actor: str, to: str, at: int) -> None:
        state = running.state
        arc = state.row.arcs.get(action)
        moves = decide(state, action, actor, to, at, False, SIMULATED if arc and arc.worded else SILENT)
        running.moves += moves
        running.state = follow(self.calendar, state, moves)

    def _confirm(self, running: Running) -> None:
        """Put down that the holder took the dossier up when he began."""
        start, state = running.start, running.state
        running.start = None
        if start is not None and not state.confirmed:
            moves = decide(state, CONFIRM, state.holder, "", start, False)
            running.moves += moves
            running.state = advance(self.calendar, state, moves[0])

    def _enter(self, running: Running, at: int) -> None:
        """Plan when the present step becomes ready for its holder."""
        state = running.state
        row = state.row
        running.visit += 1
        if row.step is None:
            return
        if row.timed:
            self._plan_timers(running, state)
        running.held[row.step.by] = state.holder
        behaviour = self._behaviours[row]
        running.luck = luck = mix(self.seed ^ (running.arrival.serial << 12) ^ running.visit)
        if row.step.until is not None and state.step_due is not None:
            ready = max(at, state.step_due - 2 * HOUR)
        else:
            ready = self._plus(at, int(behaviour.dwell * behaviour.spread[luck & 0xFFF]))
        if behaviour.queued:
            self._push(ready, PICK, running)
        else:
            self._pick(running, ready)

    def _pick(self, running: Running, ready: int) -> None:
        """The holder turns to the dossier, as soon as he is free and at work, and will be done with it in a while."""
        at = ready
        state = running.state
        holder, luck = state.holder, running.luck
        behaviour = self._behaviours[state.row]
        if behaviour.queued and self._free.get(holder, 0) > at:
            at = self._free[holder]
        for first, last in self._behaviours.leave.get(holder, ()):
            if first <= at <= last:
                at = self._plus(last, 60)
        done = self._plus(at, 60 + int(behaviour.effort * self._effort[luck >> 12 & 0xFFF]))
        if behaviour.queued:
            self._free[holder] = done
        running.start = at
        running.luck = luck >> 24
        if behaviour.usual is None and luck >> 24 & 0xFFFF >= behaviour.bound:
            return
        if at == ready and behaviour.queued and not state.row.timed and done <= self.end:
            self._act(running, done)  # nothing can come between: spare the event
        else:
            self._push(done, ACT, running)

    def _act(self, running: Running, at: int) -> None:
        """The holder is done with the step and passes the dossier on."""
        state = running.state
        if state.row.timed:
            self._expire(running, at)
            if running.state is not state:
                return
        self._confirm(running)
        arc = self._arrow(running)
        if arc is None:
            return
        actor = state.holder
        if arc.takers or state.row.recorders:
            actor = _recorder(running, arc)
        if arc.row.step is None:
            self._take(running, arc.arrow.action, actor, "", at)
            running.visit += 1
            return
        right = self._receiver(running, arc.row, at)
        wrong = self._wrong(running, arc.row, right) if running.luck >> 16 & 0xFFFF < self._misroute else ""
        self._take(running, arc.arrow.action, actor, wrong or right, at)
        if wrong:
            running.visit += 1
            running.right = right
            self._push(self._plus(at, int(self._noticed[running.luck >> 12 & 0xFFF])), NOTICED, running)
        else:
            self._enter(running, at)

    def _arrow(self, running: Running) -> Arc | None:
        behaviour = self._behaviours[running.state.row]
        luck = running.luck & 0xFFFF
        if luck < behaviour.bound:
            arc = next(arc for bound, arc in behaviour.others if luck < bound)
            if arc.guard is None or arc.guard.allows(running.state):
                return arc
        return behaviour.usual

    def _expire(self, running: Running, at: int) -> None:
        """What time has done by itself."""
        timer = ripe(running.state, at)
        if timer is None:
            return
        if running.start is not None and running.start <= timer[0]:
            self._confirm(running)
        running.start = None
        row = timer[1].row
        to = "" if row.step is None else self._receiver(running, row, timer[0])
        move = system_move(running.state, timer, to)
        running.moves.append(move)
        running.state = advance(self.calendar, running.state, move)
        self._enter(running, at)

    def _plan_timers(self, running: Running, state: State) -> None:
        if state.row.at_limit and state.step_due is not None:
            self._push(state.step_due + 1, TIMER, running)
        if state.row.at_due and state.due is not None:
            self._push(midnight(ordinal(max(state.due, state.at)) + 1), TIMER, running)

    def _receiver(self, running: Running, row: Row, at: int) -> str:
        """Who held that role in this dossier before; else whoever fits and was free first."""
        behaviour = self._behaviours[row]
        held = running.held.get(behaviour.role)
        holder = running.state.holder
        if held is not None and held != holder and (not behaviour.dated or held in self._on_duty(behaviour, at)):
            return held
        return self._choose(behaviour, holder if row is not running.state.row else "", at)

    def _choose(self, behaviour: Behaviour, sender: str, at: int) -> str:
        names = self._on_duty(behaviour, at) if behaviour.dated else behaviour.candidates
        if len(names) == 1:
            return names[0]
        free = self._free
        chosen, earliest = names[0], at + (1 << 40)
        for name in names:
            since = free.get(name, 0)
            if since < earliest and name != sender:
                chosen, earliest = name, since
        return chosen

    def _on_duty(self, behaviour: Behaviour, at: int) -> tuple[str, ...]:
        """The candidates at work on this day; all of them when nobody is."""
        key = (at + TZ_SECONDS) // 86_400
        found = behaviour.duty.get(key)
        if found is None:
            on, accounts = day_of(at), self.agency.org.accounts
            names = tuple(name for name in behaviour.candidates if present(accounts[name], on))
            found = behaviour.duty[key] = names or behaviour.candidates
        return found

    def _wrong(self, running: Running, row: Row, right: str) -> str:
        """The wrong account a hand-over goes to by mistake, or "" where nobody confirms."""
        if not row.confirms:
            return ""
        running.luck = luck = mix(running.luck)
        others = [name for name in self._behaviours[row].candidates if name != right]
        lawful = (luck & 0xFFF) < self.scenario.lawful_looking * QUANTILES
        pool = others if lawful and others else [name for name in self._behaviours.staff if name not in row.fits]
        wrong = pool[(luck >> 24) % len(pool)]
        return "" if wrong == running.state.holder else wrong

    def _notice(self, running: Running, at: int) -> None:
        """The wrong account sees that the dossier isn't its own and returns it; the sender hands it on rightly."""
        state = running.state
        right, running.right = running.right, ""
        if state.sender in (state.holder, APPLICANT):
            self._take(running, REASSIGN, state.holder, right, at)
        else:
            self._take(running, BOUNCE, state.holder, "", at)
            at = self._plus(at, HOUR // 2)
            self._take(running, REASSIGN, running.state.holder, right, at)
        self._enter(running, at)


def simulate(
    agency: Agency,
    year: int,
    dossiers: int,
    seed: int,
    scenario: Scenario | None = None,
    progress: Progress | None = None,
) -> list[Log]:
    """The logs of a simulated year, in the order in which the dossiers came in; the same for the same arguments.

    `dossiers` is the number accepted. `progress` is called with (done, total) now and then.
    Raises BadValue, UnknownFlow, CalendarUnknown.
    """
    return Year(agency, scenario or Scenario(), year, dossiers, seed).run(progress)


@contextmanager
def _no_collection() -> Iterator[None]:
    """A run makes no reference cycles; looking for them in a growing log would cost a fifth of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _recorder(running: Running, arc: Arc) -> str:
    """Who takes an arrow that isn't the holder's own: the desk of this dossier if it may."""
    takers = arc.takers or running.state.row.recorders
    desk = running.moves[0].holder
    return desk if desk in takers else min(takers)
