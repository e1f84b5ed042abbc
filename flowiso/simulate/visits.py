"""A dossier at a step of a simulated year: when it is turned to, what becomes of it, to whom it goes on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from heapq import heappush

from ..app import Agency
from ..decision import decide, usual_lines, usual_seq
from ..dossier import Dossier
from ..handover import settled
from ..machine import Arc, Row
from ..model import CONFIRM, Case, Move
from ..refusals import SILENT, Said
from ..state import State, advance, follow, passed_on, ripe
from ..worktime import midnight, ordinal
from .agenda import TIME, TIMER, Agenda
from .behaviour import Behaviour, Behaviours, Laws
from .draws import ARROWS, ASTRAY, FORGETS, MASK, NEVER, STRAYS, step
from .draws import TIME as LAW
from .figures import Figures
from .hands import Hand, Pool
from .running import DONE, JOIN, Running
from .scenario import Scenario
from .slips import Slips

SIMULATED = Said("mô phỏng", {"fault": "applicant"})
"""What simulated people write down where something must be written; whoever repeats a request blames the applicant."""


Log = tuple[Case, list[Move]]


class Visits(Agenda, ABC):
    """The visits of a scenario's dossiers; a subclass knows what goes wrong at a hand-over.

    `_logs` are those of the dossiers that came, None where they are dropped; then usual lines are written only if need be.
    """

    def __init__(self, agency: Agency, scenario: Scenario, laws: Laws, end: int) -> None:
        self.agency = agency
        self.scenario = scenario
        self._behaviours = Behaviours(agency, scenario, laws)
        super().__init__(agency.calendar, list(self._behaviours.hands.values()), end)
        self._elapsed, self._reached = self.calendar.elapsed, self.calendar.reached
        self._slips = Slips(agency.org, agency.calendar, scenario, laws, self._behaviours)
        self._figures = Figures(agency.calendar, self._behaviours, end, scenario.supervision.warned_before)
        self._stay = self._figures.stay
        self._forgets = self._slips.forgets + 1 << FORGETS
        self._misroutes = self._slips.misroutes << ASTRAY
        self._takers: dict[Arc | Row, Pool] = {}
        self._logs: list[Log] | None = None
        self._of_dossiers |= {DONE: self._done, TIMER: self._expire}

    def _enter(self, running: Running, behaviour: Behaviour, hand: Hand, now: int) -> None:
        """The dossier has come to a hand at its present step: plan when it will be turned to, or done with."""
        running.behaviour = behaviour
        running.hand = hand
        running.entered = now
        running.start = -1
        running.held[behaviour.role] = hand
        bit, key = behaviour.bit, behaviour.key
        if running.seen & bit:
            key = step(behaviour.row.id, running.nth(bit))
        else:
            running.seen |= bit
        running.luck = luck = running.base * key >> 64 & MASK  # `visit`, in line
        if not behaviour.plain:
            self._enter_slowly(running, behaviour, now)
            return
        ready = now + behaviour.dwells[luck & LAW]
        effort = behaviour.efforts[luck >> 12 & LAW]
        if hand.pace != 1.0:
            effort = int(effort * hand.pace)
        running.effort = effort
        free = hand.free
        hand.free = (free if free > now else now) + effort
        if luck < self._forgets:
            ready = self._slips.laid_aside(running, ready)
        heappush(self._heap, ready << TIME | running.join)

    def _enter_slowly(self, running: Running, behaviour: Behaviour, now: int) -> None:
        """The same for steps that time may move on, whose time a calendar must tell, or that nobody has a queue for."""
        state, luck, hand = running.state, running.luck, running.hand
        if state.row.timed:
            self._plan_timers(running, state)
        ready = now + behaviour.dwells[luck & LAW]
        if behaviour.shared:
            ready = now + int(behaviour.share * behaviour.law[luck & LAW] * self._left(state, now))
        if not behaviour.queued:
            if behaviour.party == "partner" and self._slips.is_slow(luck):
                ready = now + int((ready - now) * self.scenario.outside.slow_times)
            running.effort = NEVER
            running.start = (now + ready) // 2  # who has no queue takes it up half-way
            if running.start <= self.last:  # what comes later nobody sees, and the calendar may end before it
                running.taken = self._reached(running.start)
            self._push(ready, DONE, running)
            return
        running.effort = behaviour.effort(luck, hand)
        hand.free = max(now, hand.free) + running.effort
        if luck < self._forgets:
            ready = self._slips.laid_aside(running, ready)
        self._push(ready, JOIN, running)

    def _left(self, state: State, now: int) -> int:
        """What the step's due moment leaves of working time."""
        return 0 if state.step_due is None else max(0, self._elapsed(state.step_due) - now)

    def _done(self, running: Running, now: int) -> None:
        """The holder is done with his work: he passes the dossier on, unless he leaves it until time runs out, and turns to the
        next."""
        hand, behaviour, luck = running.hand, running.behaviour, running.luck
        arc = behaviour.usual
        if luck & ARROWS < behaviour.bound:
            arc = behaviour.arc(luck, running.state)
        if arc is None:
            self._confirm(running, now)
        elif arc.row.kind is not None:
            self._pass_on(running, arc, "", now)
            self._close(running)
        else:
            target = self._behaviours[arc.row]
            to = self._receiver(running, target, now)
            if luck & STRAYS >= self._misroutes or not self._goes_astray(running, arc, target, to, now):
                self._pass_on(running, arc, to.name, now)
                self._enter(running, target, to, now)
        if hand.busy is running:
            hand.busy = None
            if hand.queue:
                self._next(hand, now)

    def _pass_on(self, running: Running, arc: Arc, to: str, now: int) -> None:
        """Take an arrow, for the holder or in his stead, and put down when he took the dossier up; count the stay."""
        state, at, taken = running.state, now + self._offset, running.taken
        last = state[1]
        if taken < last:  # that line may stand outside working time
            taken, at = last, max(at, last)
        self._stay(running, at, now)
        actor = running.hand.name
        if arc.special or running.behaviour.recorded:
            actor = self._actor(running, arc, now)
        elif arc.plain and (seq := usual_seq(state, arc, actor, to, at, False, taken)):
            running.state = passed_on(self.calendar, state, arc.row, to, actor, at, seq)
            if self._logs is None:
                running.log.append((seq, state, arc, actor, to, at, taken))
            else:
                running.log += usual_lines(seq, state, arc, actor, to, at, taken)
            return
        moves = decide(state, arc.action, actor, to, at, False, SIMULATED if arc.worded else SILENT, taken)
        running.log += moves
        running.state = advance(self.calendar, state, moves[-1])

    def _goes_astray(self, running: Running, arc: Arc, target: Behaviour, right: Hand, now: int) -> bool:
        """Pass it on to a wrong account, if it is passed on and there is one."""
        wrong = None if right is running.hand else self._slips.wrong(running.luck, target, right, running.hand, now)
        if wrong is not None:
            self._misroute(running, arc, right, wrong, now)
        return wrong is not None

    def _take(self, running: Running, action: str, actor: str, to: str, at: int, said: Said = SILENT) -> None:
        """Take a verb."""
        moves = decide(running.state, action, actor, to, at, False, said)
        running.log += moves
        running.state = follow(self.calendar, running.state, moves)

    def _confirm(self, running: Running, now: int) -> None:
        """Put down that the holder took the dossier up when he began, if he has by now."""
        start, state = running.start, running.state
        if 0 <= start <= now and not state.confirmed and not state.ended:
            self._take(running, CONFIRM, state.holder, "", max(running.taken, state.at))

    def _actor(self, running: Running, arc: Arc, now: int) -> str:
        """Who takes an arrow; where it isn't the holder's own, the desk of this dossier if it may and is there."""
        row = running.state.row
        seats = arc.takers or row.recorders
        if not seats:
            return running.hand.name
        place = arc if arc.takers else row
        if place not in self._takers:
            self._takers[place] = self._behaviours.pool(seats)
        first = running.log[0]
        assert isinstance(first, Move)
        desk, pool = self._behaviours.hands[first.holder], self._takers[place]
        return desk.name if desk in pool.at(now) else pool.anybody(now).name

    def _receiver(self, running: Running, behaviour: Behaviour, now: int) -> Hand:
        """Who held that role in this dossier before; else whoever may, is there, and is planned to be done first."""
        pool, role = behaviour.pool, behaviour.role
        apart = None if running.behaviour.role == role else running.hand
        held = running.held[role]
        if held is not None and held is not apart and held in (pool.there if now <= pool.until else pool.at(now)):
            return held
        found = pool.choose(now, apart)
        if found is None:
            self._figures.leave_plain(running)
            found = pool.anybody(now)
        return found

    def _plan_timers(self, running: Running, state: State) -> None:
        if state.row.at_limit and state.step_due is not None:
            self._push(self._elapsed(state.step_due), TIMER, running)
        if state.row.at_due and state.due is not None:
            self._push(self._elapsed(midnight(ordinal(max(state.due, state.at)) + 1)), TIMER, running)

    def _expire(self, running: Running, now: int) -> None:
        """What time has done to a dossier by itself, if it has; to whom it goes, the engine says."""
        until = midnight(ordinal(now + self._offset) + 1)
        timer = ripe(running.state, until)
        if timer is None or self._elapsed(timer[0]) > now:
            return
        self._rename(running)
        self._confirm(running, now)
        known = Dossier(running.case, running.arrival.table, running.state, tuple(running.written()))
        move = settled(known, self.calendar, until).moves[len(known.moves)]
        behaviour = None if timer[1].row.step is None else self._behaviours[timer[1].row]
        if behaviour is not None and self._behaviours.hands[move.holder] not in behaviour.pool.at(now):
            self._figures.leave_plain(running)
        self._stay(running, timer[0], now)
        self._drop(running, now)
        running.right = None
        running.log.append(move)
        running.state = advance(self.calendar, running.state, move)
        if behaviour is None:
            self._close(running)
        else:
            self._enter(running, behaviour, self._behaviours.hands[move.holder], now)

    def _close(self, running: Running) -> None:
        """The dossier is at an end."""
        self._figures.over(running)
        del self._runs[running.number]

    @abstractmethod
    def _misroute(self, running: Running, arc: Arc, right: Hand, wrong: Hand, now: int) -> None:
        """The holder passes the dossier on, to a wrong account."""
