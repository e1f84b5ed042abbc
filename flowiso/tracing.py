"""The walk through a log that a dossier's life is read from. Where a move leads is told by `begin` and `advance` alone.

Moments are epoch seconds, lengths of time are working seconds.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import takewhile
from typing import Any

from .astray import BOUNCED, CORRECTED, RECALLED, RETURNED, Misroute, Pause, Stranger, worked
from .calendar import Calendar
from .clocks import going_on
from .life import Life, Visit, charged
from .machine import ABSENT, Arc, Row, Table
from .model import (
    APPLICANT,
    ASKING,
    BOUNCE,
    CONFIRM,
    CORRECT,
    MIGRATE,
    REASSIGN,
    RECALL,
    RECEIVE,
    SUBMIT,
    SYSTEM,
    Case,
    Move,
)
from .org import Org
from .routing import may_keep, misroute
from .state import State, advance, begin, blames

_visit: Any = tuple.__new__

ROUTINE = frozenset({SUBMIT, RECEIVE, CONFIRM, RECALL, BOUNCE, REASSIGN})
"""The verbs that only say who has a dossier."""


def trace(table: Table, calendar: Calendar, case: Case, moves: Iterable[Move]) -> Life:
    """The life that a log tells; the log must have at least one move."""
    log = tuple(moves)
    first = log[0]
    state = begin(table, calendar, first)
    walk = _Walk(table, calendar, state)
    for index, move in enumerate(log[1:], 1):
        after = advance(calendar, state, move)
        arc = state.row.arcs.get(move.action)
        if arc is not None:
            walk.left(state, after, move, arc, _again(log[index:], state.row.id) if arc.misroute else "")
        elif move.action == CONFIRM:
            walk.opened(move.at)
        else:
            walk.turned(state, after, move)
        state = after
    return walk.life(case, first.at, state)._replace(log=log)


def outline(case: Case, submitted: int, state: State) -> Life:
    """The life of a dossier as far as its state alone tells it: enough for its lights, without a walk through its log."""
    return Life(
        case,
        submitted,
        state.received,
        _resolved(state),
        state.due,
        state.row.kind,
        visits=(),
        misroutes=(),
        stops=_stops(state),
        state=state,
    )


def _resolved(state: State) -> int | None:
    return None if state.received is None else state.resolved


def _stops(state: State) -> tuple[tuple[int, int | None, str], ...]:
    """The times for which the clock stood; the last one is open while it stands."""
    detour = state.detour
    if not detour:
        return ()
    return detour.intervals if detour.asked is None else (*detour.intervals, (detour.asked, None, detour.policy))


def told_by(life: Life, calendar: Calendar, at: int) -> Life:
    """The life as the lines up to `at` told it (R92); `at` is not before the first of them."""
    if life.state.at <= at:
        return life
    _, table = life.tables[0]
    return trace(table, calendar, life.case, [move for move in life.log if move.at <= at])


def _again(log: Iterable[Move], step: str) -> str:
    """Who has a step next; "" for nobody. A correction begins anew: who had it before tells nothing of it (R53, R129)."""
    before = takewhile(lambda line: line.action != CORRECT, log)
    return next((line.holder for line in before if line.step == step), "")


class _Walk:
    """What a walk remembers beside the state: since when the holder has it and by when, and the hand-over not yet put right."""

    __slots__ = (
        "acts",
        "allowed",
        "asked",
        "asking",
        "calendar",
        "confirmed",
        "ends",
        "misroutes",
        "org",
        "pauses",
        "returned",
        "since",
        "strangers",
        "tables",
        "visits",
        "wrong",
    )

    def __init__(self, table: Table, calendar: Calendar, state: State) -> None:
        self.org: Org = table.org
        self.tables = [(state.at, table)]
        self.calendar = calendar
        self.visits: list[Visit] = []
        self.misroutes: list[Misroute] = []
        self.strangers: list[Stranger] = []
        self.wrong: Misroute | None = None
        self.asking = ""
        self.asked: list[int] = []
        self.acts: list[Move] = []
        self.ends: list[int] = []
        self.pauses: list[Pause] = []
        self.returned: list[tuple[int, int]] = []
        self.since = state.at
        self.confirmed: int | None = state.at
        self.allowed = state.step_due

    def left(self, state: State, after: State, move: Move, arc: Arc, again: str) -> None:
        """An arrow was taken: the stay at `state` is over; `again` has the step next, where it says "wrong place"."""
        if self.wrong is None and state.row.fits.get(move.actor, ABSENT) is not None:
            self._look_at(state, arc, move)
        if arc.misroute and again != state.holder and self._returned(state, move):
            self.wrong = None
        elif self.wrong is None or self._did_the_work(self.wrong, state, move):
            self._stayed(state, move.at)
        row = after.row
        if row.kind is not None:
            self.ends.append(move.at)
        if arc.kind in ASKING:
            self.asking = arc.kind
        if row.stopped and self.asking == "supplement":
            self.asked.append(move.at)
        self.since = move.at
        self.confirmed = move.at if after.confirmed else None
        self.allowed = after[7]
        self._resumed(state, move.at)
        if row.kind is None and (move.holder == state[3] or row.fits.get(move.holder, ABSENT) is not None):
            self._suspect(row, "" if may_keep(state.row, row) else state.holder, move)

    def opened(self, at: int) -> None:
        """The holder confirmed the hand-over: from now on he keeps it knowingly (R124)."""
        self.confirmed = at
        if self.wrong is not None:
            self.wrong = self.wrong._replace(opened_at=at)

    def turned(self, state: State, after: State, move: Move) -> None:
        """One of the engine's verbs. After the end those mean nothing that only say who has it."""
        if move.action not in ROUTINE:
            self._acted(state, after, move)
        elif state.row.kind is not None:
            return
        elif move.action in (RECALL, BOUNCE):
            why = RECALLED if move.action == RECALL else BOUNCED
            self.wrong = self._found(state, why, move)
            self.since = self.confirmed = move.at
            if state.resolved is not None and after.resolved is None:
                self.returned.append((state.resolved, move.at))
        elif move.action == REASSIGN:
            self._handed_on(state, after, move)
        elif move.action == RECEIVE and state.received is None:
            if self.wrong is None:
                self._stayed(state, move.at)
            else:
                self._put_right(self.wrong, state, move)
            self.since = self.confirmed = move.at
            self.allowed = after.step_due

    def _found(self, state: State, why: str, move: Move) -> Misroute:
        """The misroute of who has it, told by a move; one that was told before stays as it was."""
        wrong = self.wrong or self._misroute(state.row, state.sender, state.holder, self.since, why)
        if wrong.detected_at is not None:
            return wrong
        opened = self.confirmed if state.row.confirms else None
        return wrong.told(move)._replace(opened_at=opened, due=state.step_due)

    def _returned(self, state: State, move: Move) -> bool:
        """Whether who got it sends it back as misrouted: his stay is no visit then, and over with the arrow (R122).

        Not where it comes to him again after that: as with a bounce, it was his.
        """
        told = self.wrong is not None and self.wrong.detected_at is not None
        if told or state.sender in ("", state.holder, APPLICANT):
            return False
        self._settle(self._found(state, RETURNED, move)._replace(until=move.at))
        return True

    def _look_at(self, state: State, arc: Arc, move: Move) -> None:
        """Note who finishes a step that he may not hold on that day: no candidate, of another division, gone (R122)."""
        row, actor = state.row, move.actor
        if actor == SYSTEM or state.forced or actor in arc.takers or actor in row.recorders:
            return
        found = misroute(self.org, row.table.flow, row, actor, "", move.at)
        if found is not None and found.code != "DOS207":
            by = Stranger(row.id, state.sender, state.holder, actor, self.since, move.at, found.code)
            self.strangers.append(by)

    def _acted(self, state: State, after: State, move: Move) -> None:
        """A verb that says more than who has it; one that leads to another step or an end ends the stay."""
        self.acts.append(move)
        if after.row.table is not state.row.table:
            self.tables.append((move.at, after.row.table))
        if after.paused and not state.paused:
            self.pauses.append((move.at, None))
        elif not after.paused:
            self._resumed(state, move.at)
        if after.row is not state.row and move.action != MIGRATE:
            if after.ended:
                self.ends.append(move.at)
            if state.row.kind is None and (self.wrong is None or self._did_the_work(self.wrong, state, move)):
                self._stayed(state, move.at)
            self.since = move.at
            self.confirmed = move.at if after.confirmed else None
            self.allowed = after.step_due

    def _resumed(self, state: State, at: int) -> None:
        if state.paused:
            self.pauses[-1] = (self.pauses[-1][0], at)

    def _stayed(self, state: State, until: int | None) -> None:
        row, party = state.row, state.row.party
        fields = (row.id, state[3], state[4], self.since, self.confirmed, until, state[7], party, 0, until)
        self.visits.append(_visit(Visit, fields))

    def _did_the_work(self, wrong: Misroute, state: State, move: Move) -> bool:
        """Whether who left a step with a misroute on it had done the step's work: the stay is then a visit."""
        self.wrong = None
        if move.actor != state.holder and (move.record or {}).get("behalf") != state.holder:
            self._settle(wrong._replace(until=move.at, due=state.step_due if wrong.due is None else wrong.due))
            return False
        if wrong.detected_at is None:
            self.misroutes.append(wrong._replace(until=move.at))
        else:
            back = wrong.detected_at
            self._settle(wrong._replace(right=state.holder, corrected_at=back, until=back))
        return True

    def _handed_on(self, state: State, after: State, move: Move) -> None:
        wrong = self._found(state, CORRECTED, move) if self.wrong is None and blames(state, move) else self.wrong
        if wrong is None:
            self._stayed(state, move.at)
        elif wrong.why in (BOUNCED, RECALLED) and wrong.wrong == move.holder:
            self._kept(wrong, state, move.at)
        else:
            self._put_right(wrong, state, move)
        self.since = move.at
        self.confirmed = move.at if after.confirmed else None
        self.allowed = self._limit(after)
        if after.row.fits.get(move.holder, ABSENT) is not None:
            self._suspect(after.row, "", move)

    def _limit(self, state: State) -> int | None:
        """The due moment of the step of who just got it; of a paused one as if it weren't."""
        if state.paused and state.step_due is None and state.detour:
            return going_on(self.calendar, state.row, state.detour, state.detour.rest, state.at)
        return state.step_due

    def _put_right(self, wrong: Misroute, state: State, move: Move) -> None:
        """Somebody else has it now: the misroute is over."""
        self.wrong = None
        found = wrong if wrong.detected_at is not None else wrong.told(move)._replace(due=state.step_due)
        self._settle(found._replace(right=move.holder, corrected_at=move.at, until=move.at))

    def _kept(self, wrong: Misroute, state: State, at: int) -> None:
        """It came back to the one who had returned it: no misroute, but a stay of his until he did; since then the sender's."""
        assert wrong.detected_at is not None
        self.wrong = None
        if wrong.counts:
            self._charge(wrong, worked(self.calendar, wrong.detected_at, at, self.pauses))
        self.since, self.confirmed = wrong.sent_at, wrong.opened_at if state.row.confirms else wrong.sent_at
        self._stayed(state._replace(holder=wrong.wrong, sender=wrong.sender), wrong.detected_at)

    def _suspect(self, row: Row, giver: str, move: Move) -> None:
        if move.record is not None and "forced" in move.record:
            self.acts.append(move)
            return
        finding = misroute(self.org, row.table.flow, row, move.holder, giver, move.at)
        if finding is None:
            return
        found = self._misroute(row, move.actor, move.holder, move.at, finding.code)
        if finding.code == "DOS206":
            self.misroutes.append(found._replace(until=move.at))
        else:
            self.wrong = found

    def _misroute(self, row: Row, sender: str, wrong: str, at: int, why: str) -> Misroute:
        visits = self.visits
        charged = next((index for index in reversed(range(len(visits))) if visits[index].holder == sender), None)
        counts, party = not row.stopped, row.party
        found = Misroute(row.id, sender, wrong, None, at, None, None, None, 0, why, "", charged, None, counts, party)
        return found._replace(allowed=self.allowed)

    def _settle(self, wrong: Misroute) -> None:
        """Book a misroute that is over: the time it cost goes to the sender's visit."""
        wrong = wrong.settled(self.calendar, self.pauses)
        self.misroutes.append(wrong)
        self._charge(wrong, wrong.lost)

    def _charge(self, wrong: Misroute, lost: int) -> None:
        if wrong.visit is not None:
            self.visits[wrong.visit] = charged(self.visits[wrong.visit], self.calendar, lost)

    def life(self, case: Case, submitted: int, state: State) -> Life:
        """What the walk found; an account that has the dossier wrongly has no open visit."""
        if self.wrong is not None:
            self.misroutes.append(self.wrong)
        elif state.row.kind is None:
            self._stayed(state, None)
        stops, resolved = _stops(state), _resolved(state)
        visits, misroutes = tuple(self.visits), tuple(self.misroutes)
        kind = state.row.kind
        asked = set(self.asked)
        supplements = tuple((since, back) for since, back, _ in stops if since in asked)
        return Life(
            case,
            submitted,
            state.received,
            resolved,
            state.due,
            kind,
            visits,
            misroutes,
            stops,
            state,
            supplements,
            tuple(self.acts),
            tuple(self.pauses),
            tuple(self.tables),
            tuple(self.strangers),
            tuple(self.ends),
            tuple(self.returned),
        )
