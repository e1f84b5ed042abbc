"""What leads dossiers of a simulated year off their way: hand-overs to wrong accounts, and leave of who has them waiting."""

from __future__ import annotations

from ..app import Agency
from ..machine import Arc
from ..model import BOUNCE, REASSIGN
from ..refusals import SILENT, Said
from ..verbs import may_return
from .agenda import FOUND, LEAVE, PUT_RIGHT
from .behaviour import HOUR, Laws
from .draws import NEVER
from .hands import Hand, back, is_away
from .running import Running
from .scenario import Scenario
from .visits import Visits

MISROUTED = Said("giao lại đúng người", {"of": "misroute"})
ON_LEAVE = Said("người giữ nghỉ phép")
GONE = Said("người giữ đã thôi nhiệm vụ")


def _serial(running: Running) -> int:
    return running.arrival.serial


class Detours(Visits):
    """The visits, with what goes wrong between them."""

    def __init__(self, agency: Agency, scenario: Scenario, laws: Laws, end: int) -> None:
        super().__init__(agency, scenario, laws, end)
        self._of_dossiers |= {FOUND: self._find, PUT_RIGHT: self._put_right}
        self._of_others |= {LEAVE: self._leave}

    def _misroute(self, running: Running, arc: Arc, right: Hand, wrong: Hand, now: int) -> None:
        self._figures.leave_plain(running)
        self._pass_on(running, arc, wrong.name, now)
        running.behaviour = self._behaviours[running.state.row]
        running.right, running.hand, running.entered, running.start = right, wrong, now, -1
        found = self._slips.misroute_found(running.luck, wrong, running.state.at, now, self._unseen_until(running))
        running.warned = running.warned or found.warned
        running.by_head = found.by_head
        self._push(found.at, FOUND, running)

    def _unseen_until(self, running: Running) -> int:
        """Up to when a wrong account doesn't even look at what was handed to it, a working second."""
        return 0

    def _find(self, running: Running, now: int) -> None:
        """The wrong account sees that the dossier isn't its own and returns it, or a head hands it on."""
        state, wrong = running.state, running.hand
        giver = self._behaviours.hands[state.sender] if may_return(state, state.holder) else None
        gone = giver is not None and is_away(giver.spells, now)
        head = self._slips.head(state.row, state.holder, now + self._offset) if running.by_head or gone else None
        if head is not None:
            running.acted = running.acted or running.by_head
            self._hand_on(running, head, now, MISROUTED)
        elif is_away(wrong.spells, now):
            running.by_head = False
            self._push(back(wrong.spells, now), FOUND, running)
        elif giver is None:
            self._hand_on(running, state.holder, now)
        else:
            self._take(running, BOUNCE, state.holder, "", self._now(running, now))
            running.hand = giver
            self._push(back(giver.spells, now + HOUR // 2), PUT_RIGHT, running)

    def _now(self, running: Running, now: int) -> int:
        """The present instant, not before that of the last line, which may stand outside working time."""
        return max(now + self._offset, running.state.at)

    def _put_right(self, running: Running, now: int) -> None:
        """Who got it back hands it to the right account."""
        self._hand_on(running, running.state.holder, now)

    def _hand_on(self, running: Running, by: str, now: int, said: Said = SILENT) -> None:
        behaviour, right = self._behaviours[running.state.row], running.right
        pool = behaviour.pool
        running.right = None
        if right is None or right not in pool.at(now):
            right = pool.choose(now, running.hand) or pool.anybody(now)
        self._take(running, REASSIGN, by, right.name, self._now(running, now), said)
        self._enter(running, behaviour, right, now)

    def _leave(self, index: int, now: int) -> None:
        """Somebody begins a leave, or his post is over: what he has goes to colleagues, where there are any.

        What came to him by mistake lies until he is back; if he never is, a head finds it.
        """
        hand = self._hands[index]
        his = (one for one in self._runs.values() if one.hand is hand and one.state.received is not None)
        for running in sorted(his, key=_serial):
            if running.right is None:
                self._leave_to_colleague(running, hand, now)
            elif back(hand.spells, now) >= NEVER:
                self._rename(running)
                self._plan_timers(running, running.state)
                running.by_head = True
                self._push(now, FOUND, running)
        if hand.busy is None:
            self._next(hand, now)

    def _leave_to_colleague(self, running: Running, hand: Hand, now: int) -> None:
        colleague = running.behaviour.pool.choose(now, hand) if running.behaviour.queued else None
        head = colleague and self._slips.head(running.state.row, hand.name, now + self._offset)
        if colleague is not None and head:
            self._hand_over(running, colleague, head, now)

    def _hand_over(self, running: Running, colleague: Hand, head: str, now: int) -> None:
        """A head gives what one has to another: who has it in his queue, or for later as before. What was begun begins anew."""
        hand = running.hand
        self._figures.leave_plain(running)
        waits = running in hand.queue
        if waits:
            hand.queue.remove(running)
        elif running.start >= 0:
            self._confirm(running, now)
            self._figures.begun(running, now)
            self._rename(running)
            hand.busy, running.start, waits = None, -1, True
        why = ON_LEAVE if back(hand.spells, now) < NEVER else GONE
        self._take(running, REASSIGN, head, colleague.name, self._now(running, now), why)
        self._plan_timers(running, running.state)
        hand.free = max(now, hand.free - running.effort)
        running.hand = running.held[running.behaviour.role] = colleague
        running.effort = running.behaviour.effort(running.luck, colleague)
        colleague.free = max(now, colleague.free) + running.effort
        if waits:
            self._join(running, now)
