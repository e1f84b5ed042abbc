"""What goes wrong in a simulated year, and who notices: hand-overs to wrong accounts, forgotten dossiers, heads who react.

All in working seconds since the calendar's first midnight; all chance is the visit's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from math import ceil
from typing import NamedTuple

from ..calendar import Calendar
from ..machine import Row
from ..org import Org, present
from ..state import State
from ..supervisors import heads, leaders
from ..worktime import day_of
from .behaviour import HOUR, Behaviour, Behaviours, Laws
from .draws import FINE, FORGETS, FORGOTTEN, NOTICED, REACTS, RECALLED, SLOW, TIME, WRONG, afresh
from .hands import Hand, back, is_away
from .running import Running
from .scenario import Scenario

MOST_WARNINGS = 50
"""So often a warning is repeated at most."""


class Found(NamedTuple):
    """When something that went wrong is found, whether by a head, and when a head was first told of it (0 for not before)."""

    at: int
    by_head: bool
    warned: int


class Slips:
    """The slips of a scenario."""

    def __init__(self, org: Org, calendar: Calendar, scenario: Scenario, laws: Laws, behaviours: Behaviours) -> None:
        self._org = org
        self._calendar = calendar
        self._scenario = scenario
        self._laws = laws
        self._behaviours = behaviours
        self.misroutes = ceil(scenario.misrouting.rate * FINE)
        self._forgotten = scenario.work.forgotten
        self.forgets = int(self._forgotten * 256) if self._forgotten else -1
        self._slow = scenario.outside.partner_slow * FINE

    def laid_aside(self, running: Running, ready: int) -> int:
        """When a visit is turned to that would be at `ready`, whose luck says that it may be forgotten.

        The highest eight bits of luck tell what is forgotten to 1 in 256; where they are `forgets`, others tell it finer.
        """
        luck, rest = running.luck, self._forgotten * 256 - self.forgets
        if luck >> FORGETS == self.forgets and afresh(luck, FORGOTTEN) & 0xFFFF >= rest * FINE:
            return ready
        found = self._recalled(luck, running.state, ready)
        running.forgotten = True
        running.acted = running.acted or found.by_head
        running.warned = running.warned or found.warned
        return found.at

    def is_slow(self, luck: int) -> bool:
        """Whether a partner takes much longer than usual."""
        return bool(self._slow) and afresh(luck, SLOW) & 0xFFFF < self._slow

    def wrong(self, luck: int, target: Behaviour, right: Hand, holder: Hand, now: int) -> Hand | None:
        """The wrong account a hand-over goes to by mistake, None where nobody confirms it or there is no other in its post."""
        if not target.row.confirms:
            return None
        bits = afresh(luck, WRONG)
        others = [hand for hand in target.pool.every if hand not in (right, holder)]
        if not others or bits & 0xFFFF >= self._scenario.misrouting.lawful * FINE:
            others = [
                hand for hand in self._behaviours.staff if hand.name not in target.row.fits and hand is not holder
            ]
        others = [hand for hand in others if not is_away(hand.gone, now)]
        return others[(bits >> 24) % len(others)] if others else None

    def misroute_found(self, luck: int, wrong: Hand, at: int, now: int, unseen: int = 0) -> Found:
        """When a hand-over to a wrong account, sent at the instant `at`, is noticed by it, or by a head who is warned (R122).

        It may lie `unseen` up to a working second before the account has a look at it.
        """
        bits = afresh(luck, NOTICED)
        own = back(
            wrong.spells,
            max(now, unseen) + 1 + int(self._scenario.misrouting.noticed * HOUR * self._laws.noticed[bits & TIME]),
        )
        limit = self._calendar.due_instant(at, self._org.limits.unconfirmed, (), "minutes")
        return self._first(luck, own, self._calendar.elapsed(limit) + 1)

    def _recalled(self, luck: int, state: State, ready: int) -> Found:
        """When a dossier that was laid aside comes to mind again, or a head who is warned of its step asks for it (R126)."""
        bits = afresh(luck, RECALLED)
        own = ready + int(self._scenario.work.recalled * HOUR * self._laws.recalled[bits & TIME])
        due = state.due if state.step_due is None else state.step_due
        if due is None:
            return Found(own, False, 0)
        before = int(self._scenario.supervision.warned_before * HOUR)
        return self._first(luck, own, max(self._calendar.elapsed(due) - before, ready))

    def _first(self, luck: int, own: int, warned: int) -> Found:
        """Whichever comes first: the account itself, or a head who acts upon one of the warnings."""
        supervision = self._scenario.supervision
        moment = warned
        for number in range(MOST_WARNINGS):
            if moment >= own:
                break
            bits = afresh(luck, REACTS + number)
            if bits & 0xFFFF < supervision.reacts * FINE:
                acts = moment + int(supervision.within * HOUR * self._laws.within[bits >> 16 & TIME])
                return Found(acts, True, warned) if acts < own else Found(own, False, warned)
            if supervision.repeated is None:
                break
            moment += int(supervision.repeated * HOUR)
        return Found(own, False, warned if warned < own else 0)

    def head(self, row: Row, holder: str, at: int) -> str | None:
        """A head who is there and may hand on what somebody holds: of his division, else a leader of the department."""
        on = day_of(at)
        names: Sequence[str] = (*heads(row.table, holder, on), *leaders(self._org, on))
        return next((name for name in names if name != holder and self._may(row, name, holder, on)), None)

    def _may(self, row: Row, name: str, holder: str, on: date) -> bool:
        return present(self._org.accounts[name], on) and self._org.leads(name, row.table.flow, holder, on)
