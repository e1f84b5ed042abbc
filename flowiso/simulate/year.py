"""A year of dossiers through the real engine: officers with queues, waits, supplements and hand-overs to wrong accounts.

Lateness is never drawn. What people do goes through `decide` and `advance` like everything else, with hand-overs to wrong
accounts let through as the software of 2021 let them.

The discipline, so that a plain loop with the same draws (`draws`) gives the same moments:

- Time is counted in working seconds since the calendar's first midnight. Events are handled in the order of their second,
  then of their kind (`agenda.JOIN` ... `DAY`), then of the dossier's serial, those last that were taken off a desk; an arrival
  comes before the events of its second.
- A dossier that comes to an officer waits its dwell, then joins his queue; he takes up the next one when he is done with the
  last: the first that came, or the one with the earliest legal due moment. He finishes what he has begun; over a day off the
  work rests. Applicants, partners and the system have no queue: they take their time, and pass it on.
- A dossier goes to who held that role in it before, if he is there; else, of those who may hold the step and are there (the one
  who passes it on aside, unless it is his role too), to the one whose planned work ends first, then the first in the agency's
  file. Planned work is what was handed to him: its end moves on by the dossier's effort at the hand-over, from then on when he
  had nothing. Without dwell that is a central queue.
- What time itself passes on (a limit, silence) goes to whom the engine hands it.
- When somebody begins a leave of more than a working day, or his post is over, what he has goes to a colleague, by a head's
  word; what he had begun begins anew there.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple

from ..app import Agency
from ..decision import open_case, taken
from ..machine import Row
from ..model import APPLICANT, RECEIVE, SUBMIT
from ..outcome import Outcome
from ..state import admitted, begin
from ..worktime import TZ, instant, midnight, ordinal
from .agenda import ARRIVAL, DAY, LEAVE, RECEIVED
from .arrivals import Arrival, Coming, drawn, worked_out
from .behaviour import Laws, laws_of
from .detours import Detours
from .hands import Hand, is_away
from .running import Running
from .scenario import Scenario
from .staffing import staffed
from .visits import SIMULATED, Log

Progress = Callable[[int, int], None]


class Run(NamedTuple):
    """What a simulated year came to, and its logs in the order in which the dossiers came in; none when they weren't kept."""

    outcome: Outcome
    logs: list[Log]


class Year(Detours):
    """One run of a scenario; the same for the same arguments.

    `given` are the arrivals instead of the scenario's, such as those of a real year, `laws` how times are spread instead of how
    the scenario does (for proofs against theory). Raises BadValue, UnknownFlow or CalendarUnknown when the year can't be run.
    """

    def __init__(
        self,
        agency: Agency,
        scenario: Scenario,
        seed: int,
        *,
        given: Sequence[Arrival] | None = None,
        laws: Laws | None = None,
    ) -> None:
        self.seed = seed
        agency = staffed(agency, scenario)
        self.begin = instant(datetime(scenario.year, 1, 1, tzinfo=TZ))
        self.end = instant(datetime(scenario.year, 12, 31, 23, 59, 59, tzinfo=TZ))
        with _no_collection():
            self.arrivals = drawn(agency, scenario, seed) if given is None else worked_out(agency.calendar, given, seed)
        super().__init__(agency, scenario, laws or laws_of(scenario), self.end)
        self.first = self._elapsed(self.begin)
        self._tomorrow = self._came_today = 0
        self._of_dossiers |= {RECEIVED: self._receive}
        self._of_others |= {ARRIVAL: self._arrive, DAY: self._day}

    def run(self, progress: Progress | None = None, keep: bool = True) -> Run:
        """Let the year pass; what is unfinished at its end stays open. Without `keep` logs are dropped when they are over.

        `progress` is called with (done, total) now and then. A year runs once.
        """
        with _no_collection():
            logs = self._run(progress, keep)
            return Run(self._figures.outcome(self.seed, self.arrivals, self.first, self.last), logs)

    def _run(self, progress: Progress | None, keep: bool) -> list[Log]:
        total = len(self.arrivals)
        logs: list[Log] = []
        self._logs = logs if keep else None
        self._progress = progress
        self._plan_days()
        self._plan_leave()
        self._expect(0)
        self._pass()
        for running in self._runs.values():
            self._confirm(running, self.last)
            self._figures.unfinished(running, self.last, self.end)
        if progress:
            progress(total, total)
        return logs

    def _expect(self, nth: int) -> None:
        """Plan the n-th arrival; they come in order."""
        if nth < len(self.arrivals):
            self._push_other(self.arrivals[nth].came, ARRIVAL, nth)

    def _arrive(self, nth: int, now: int) -> None:
        running = self._open(self.arrivals[nth], now)
        if self._logs is not None:
            self._logs.append((running.case, running.written()))
        if self._progress and nth % 256 == 0:
            self._progress(nth, len(self.arrivals))
        self._expect(nth + 1)

    def _plan_days(self) -> None:
        """Every day's end, at which the queues are counted; days without working time after the last that has some."""
        days: dict[int, int] = {}
        for day in range(ordinal(self.begin), ordinal(self.end) + 1):
            closes = self._elapsed(midnight(day + 1))
            days[closes] = days.get(closes, 0) + 1
        for closes, count in days.items():
            self._push_other(closes, DAY, count)

    def _plan_leave(self) -> None:
        """Every time away that is longer than its first working day, and the end of every post."""
        for hand in self._behaviours.staff:
            for begins, ends in hand.spells:
                if self.first <= begins < self.last and ends > self._closes(begins + 1):
                    self._push_other(begins, LEAVE, hand.index)

    def _closes(self, second: int) -> int:
        """The last working second of the day of one."""
        return self._elapsed(midnight(ordinal(self._reached(second)) + 1))

    def _day(self, count: int, now: int) -> None:
        """The end of a day, and of as many days as have no more working time: how many wait for an officer."""
        waiting = [0 for running in self._runs.values() if running.start < 0 and running.behaviour.queued]
        self._figures.queue += [len(waiting)] * count

    def _open(self, coming: Coming, now: int) -> Running:
        serial, table, _, accepted, _, _, answered, waits, told = coming
        at = now + self._offset if told is None else told.submitted
        desk = self._desk(table.first, accepted, answered, now)
        if waits:
            first = open_case(table, SUBMIT, APPLICANT, desk.name, at)
        else:
            first = open_case(table, RECEIVE, desk.name, desk.name, at)
        if at >= self._tomorrow:
            self._tomorrow, self._came_today = midnight(ordinal(at) + 1), 0
        self._came_today += 1
        state, nobody = begin(table, self.calendar, first), self._behaviours.nobody[:]
        running = Running(coming, at, self._came_today, state, [first], nobody)
        self._runs[serial] = running
        if waits:
            running.hand, running.behaviour = desk, self._behaviours[table.first]
            running.start = running.entered = now
            running.taken = at
            self._push(answered, RECEIVED, running)
        else:
            self._enter(running, self._behaviours[table.first], desk, now)
        return running

    def _desk(self, row: Row, accepted: bool, answered: int, now: int) -> Hand:
        """Who gets it first. Who is to refuse it must be there then, too."""
        pool = self._behaviours[row].pool
        if accepted:
            return pool.choose(now) or pool.anybody(now)
        there = [hand for hand in pool.at(now) if not is_away(hand.spells, answered)]
        return min(there, key=lambda hand: hand.free) if there else pool.anybody(now)

    def _receive(self, running: Running, now: int) -> None:
        """The one-stop unit accepts what was submitted, or refuses it."""
        arrival, behaviour = running.arrival, running.behaviour
        at = now + self._offset if arrival.told is None else arrival.told.received
        self._figures.stay(running, at, now)
        if arrival.accepted:
            desk = behaviour.pool.choose(now) or behaviour.pool.anybody(now)
            move = taken(running.state, RECEIVE, desk.name, "", at, False)
            running.log.append(move)
            running.state = admitted(self.calendar, move, behaviour.row)
            self._enter(running, behaviour, desk, now)
        else:
            refusals = [arc for arc in behaviour.row.arcs.values() if arc.intake]
            action = refusals[arrival.serial % len(refusals)].action
            self._take(running, action, running.hand.name, "", at, SIMULATED)
            self._close(running)


def simulate(agency: Agency, scenario: Scenario, seed: int, keep: bool = True, progress: Progress | None = None) -> Run:
    """One year of a scenario; see `Year`."""
    return Year(agency, scenario, seed).run(progress, keep)


@contextmanager
def _no_collection() -> Iterator[None]:
    """A run makes no reference cycles; looking for them in a growing log would cost a fifth of the time.

    Nor is the log gone through when it is over: thawed, what was made meanwhile counts as old.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            if not gc.get_freeze_count():
                gc.freeze()
                gc.unfreeze()
            gc.enable()
