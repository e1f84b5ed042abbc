"""What leads dossiers of a simulated year off their way: hand-overs to wrong accounts, and leave of who has them waiting."""

from __future__ import annotations

from ..app import Agency
from ..machine import Arc
from ..model import BOUNCE, REASSIGN
from ..refusals import SILENT, Said
from ..verbs import may_return
from .agenda import FOUND, LEAVE, PUT_RIGHT
from .behaviour import HOUR, Laws
from .hands import Hand, back, is_away
from .running import Running
from .scenario import Scenario
from .visits import Visits

MISROUTED = Said("giao lại đúng người", {"of": "misroute"})
ON_LEAVE = Said("người giữ nghỉ phép")


class Detours(Visits):
    """The visits, with what goes wrong between them."""

    def __init__(self, agency: Agency, scenario: Scenario, laws: Laws, end: int) -> None:
        super().__init__(agency, scenario, laws, end)
        self._of_dossiers |= {FOUND: self._find, PUT_RIGHT: self._put_right}
        self._of_others |= {LEAVE: self._leave}

    def _misroute(self, running: Running, arc: Arc, right: Hand, wrong: Hand, now: int) -> None:
        """The holder passes the dossier on, to a wrong account."""
        self._figures.leave_plain(running)
        self._pass_on(running, arc, wrong.name, now)
        running.behaviour = self._behaviours[running.state.row]
        running.right, running.hand, running.entered, running.start = right, wrong, now, -1
        found = self._slips.misroute_found(running.luck, wrong, running.state.at, now)
        running.warned = running.warned or found.warned
        running.by_head = found.by_head
        self._push(found.at, FOUND, running)

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
        """Somebody begins a leave: what waits with him goes to colleagues, where there are any."""
        hand = self._hands[index]
        waiting = [one for one in self._runs.values() if one.hand is hand and one.start < 0 and one.right is None]
        for running in waiting:
            colleague = running.behaviour.pool.choose(now, hand) if running.behaviour.queued else None
            if colleague is None or running.state.received is None:
                continue
            head = self._slips.head(running.state.row, hand.name, now + self._offset)
            if head is not None:
                self._hand_over(running, colleague, head, now)

    def _hand_over(self, running: Running, colleague: Hand, head: str, now: int) -> None:
        """A head gives what waits with one to another: who has it in his queue, or for later as before."""
        hand = running.hand
        self._figures.leave_plain(running)
        self._take(running, REASSIGN, head, colleague.name, self._now(running, now), ON_LEAVE)
        queued = running in hand.queue
        if queued:
            hand.queue.remove(running)
        running.hand = running.held[running.behaviour.role] = colleague
        colleague.free = max(now, colleague.free) + running.effort
        if queued:
            self._join(running, now)
