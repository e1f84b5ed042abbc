"""Where a dossier is: the state its log leads to. `advance` is the only code that knows what a move means.

The live engine, the simulator and the statistics all go through it. Moments are epoch seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from .calendar import Calendar
from .duedate import legs, verdict
from .machine import Arc, Row, Table
from .model import ASKING, BOUNCE, CONFIRM, REASSIGN, RECALL, RECEIVE, Account, ClockPolicy, Move
from .org import present
from .term import Term
from .worktime import local


class Detour(NamedTuple):
    """What only dossiers need that left the plain path.

    `intervals` are the stops so far (asked, back, policy); `asked` since when the clock stands; `policy`, `origin` and
    `left`: what the present stop means, the step that asked, its working seconds left. `taken` lists arrows with limited
    `times`; `term` is the legal term set by an arrow, which counts from `start` (the receipt when None) with the stops
    that came after the first `before` ones.
    """

    intervals: tuple[tuple[int, int, ClockPolicy], ...] = ()
    asked: int | None = None
    policy: ClockPolicy = "pause"
    origin: str = ""
    left: int = 0
    taken: tuple[tuple[str, str], ...] = ()
    term: Term | None = None
    start: int | None = None
    before: int = 0


class State(NamedTuple):
    """Where a dossier is after its last move `seq` at `at`.

    `holder` has it at `row` since `since`, handed over by `sender` ("" while it waits to be handed on again), `confirmed`
    or not. `step_due` and `due` are the moments of the step's and the legal deadline; None where there is none.
    """

    seq: int
    at: int
    row: Row
    holder: str
    sender: str
    confirmed: bool
    since: int
    step_due: int | None
    received: int | None
    due: int | None
    resolved: int | None
    detour: Detour | None

    @property
    def ended(self) -> bool:
        """Whether the dossier has come to rest at an end."""
        return self.row.step is None

    @property
    def stopped_since(self) -> int | None:
        """Since when the clock stands; None while it runs."""
        return self.detour.asked if self.detour else None

    def times_taken(self, step: str, action: str) -> int:
        """How often an arrow with limited `times` was taken."""
        return self.detour.taken.count((step, action)) if self.detour else 0


# Named tuples are built by tuple.__new__ on the hot path: half the cost of calling the class.
_state: Any = tuple.__new__

_PLAIN = Detour()
_ABSENT = Account("", "", frozenset(), "")


def ripe(state: State, at: int) -> tuple[int, Arc] | None:
    """The arrow that the system must have taken before `at`, with its moment: a limit run out, or silence.

    Silence is stamped with the due moment, but an objection may come until 24:00 of that day (R70, R74).
    """
    row = state.row
    found: list[tuple[int, Arc]] = []
    if row.at_limit and state.step_due is not None and state.step_due < at:
        found.append((max(state.step_due, state.at), row.at_limit))
    if row.at_due and row.at_due.row is not row and state.due is not None and verdict(at, state.due) == "late":
        found.append((max(state.due, state.at), row.at_due))
    return min(found, key=lambda timer: timer[0]) if found else None


def fold(table: Table, calendar: Calendar, moves: Iterable[Move]) -> State:
    """The state a log leads to. The log must have at least one move."""
    log = iter(moves)
    state = begin(table, calendar, next(log))
    for move in log:
        state = advance(table, calendar, state, move)
    return state


def begin(table: Table, calendar: Calendar, move: Move) -> State:
    """The state after the first line of a log."""
    first = table.first
    if move.action == RECEIVE:
        due = _due(calendar, table.flow.deadline, move.at, _PLAIN)
        step_due = _step_due(table, calendar, first, move.at)
        return State(
            move.seq, move.at, first, move.holder, move.holder, True, move.at, step_due, move.at, due, None, None
        )
    answer = calendar.plus(move.at, table.intake)
    return State(move.seq, move.at, first, move.holder, move.holder, True, move.at, answer, None, None, None, None)


def follow(table: Table, calendar: Calendar, state: State, moves: Sequence[Move]) -> State:
    """The state after the moves of one decision, the same as advancing move by move.

    A confirmation just before an arrow leaves nothing behind that the arrow doesn't replace, so it is passed over.
    """
    if len(moves) == 2 and moves[0][3] == CONFIRM:
        return advance(table, calendar, state, moves[1])
    for move in moves:
        state = advance(table, calendar, state, move)
    return state


def advance(table: Table, calendar: Calendar, state: State, move: Move) -> State:
    """The state after one more move of the log. It doesn't judge: what was wrong in a log stays visible."""
    _, _, row, had, gave, _, since, limit, received, due, resolved, detour = state
    seq, at, actor, action, _, holder, _ = move
    arc = row.arcs.get(action)
    if action == CONFIRM:
        fields: tuple[Any, ...] = (seq, at, row, had, gave, True, since, limit, received, due, resolved, detour)
        return _state(State, fields)  # type: ignore[no-any-return]
    if arc is None:
        return _advance_verb(table, calendar, state, move)
    if not arc.plain:
        return _advance_detour(table, calendar, state, arc, move)
    row = arc.row
    if row.resolves and resolved is None:
        resolved = at
    step_due = calendar.plus(at, row.seconds) if row.seconds else None
    fields = (seq, at, row, holder, actor, not row.confirms, at, step_due, received, due, resolved, detour)
    return _state(State, fields)  # type: ignore[no-any-return]


def _advance_verb(table: Table, calendar: Calendar, state: State, move: Move) -> State:
    state = state._replace(seq=move.seq, at=move.at)
    if move.action in (RECALL, BOUNCE):
        resolved = None if state.row.ready else state.resolved  # a result that comes back was not available (R129)
        return state._replace(holder=move.holder, sender="", confirmed=True, since=move.at, resolved=resolved)
    if move.action == REASSIGN:
        fresh = state.received is not None and is_correction(state)
        step_due = _step_due(table, calendar, state.row, move.at) if fresh else state.step_due
        resolved = move.at if state.row.ready and state.resolved is None else state.resolved
        return state._replace(
            holder=move.holder,
            sender=move.actor,
            confirmed=not state.row.confirms,
            since=move.at,
            step_due=step_due,
            resolved=resolved,
        )
    if move.action == RECEIVE and state.received is None:
        due = _due(calendar, table.flow.deadline, move.at, _PLAIN)
        step_due = _step_due(table, calendar, state.row, move.at)
        return state._replace(
            holder=move.holder,
            sender=move.holder,
            confirmed=True,
            since=move.at,
            step_due=step_due,
            received=move.at,
            due=due,
        )
    return state


def is_correction(state: State) -> bool:
    """Whether handing the dossier on now puts right a misroute.

    It was recalled or bounced, or the holder doesn't fit, or wasn't there when it was handed to him.
    """
    account = state.row.fits.get(state.holder, _ABSENT)
    if account is not None and account is not _ABSENT:
        return not state.sender or not present(account, local(state.since).date())
    return not state.sender or account is _ABSENT


def _advance_detour(table: Table, calendar: Calendar, state: State, arc: Arc, move: Move) -> State:
    row = arc.row
    detour, due = _turn(table, calendar, state, arc, move.at)
    back = state.row.stopped and detour.policy == "pause" and row.id == detour.origin and row.within is not None
    step_due = calendar.plus(move.at, detour.left) if back else _step_due(table, calendar, row, move.at)
    resolved = state.resolved
    if resolved is None and row.resolves:
        resolved = move.at
    if row.stopped:
        detour = detour._replace(asked=move.at)
    return State(
        move.seq,
        move.at,
        row,
        move.holder,
        move.actor,
        not row.confirms,
        move.at,
        step_due,
        state.received,
        due,
        resolved,
        None if detour == _PLAIN else detour,
    )


def _turn(table: Table, calendar: Calendar, state: State, arc: Arc, at: int) -> tuple[Detour, int | None]:
    """What taking `arc` does to the clocks: the detour and the due moment after it."""
    detour = state.detour or _PLAIN
    due = state.due
    arrow = arc.arrow
    if arrow.times is not None:
        detour = detour._replace(taken=(*detour.taken, (state.row.id, arrow.action)))
    if arc.kind in ASKING:
        policy = table.flow.stop_policy(arrow)
        left = calendar.worked(at, state.step_due) if state.step_due is not None and state.step_due > at else 0
        detour = detour._replace(policy=policy, origin=state.row.id, left=left)
    if detour.asked is not None:
        detour = detour._replace(intervals=(*detour.intervals, (detour.asked, at, detour.policy)), asked=None)
    if state.row.stopped and state.received is not None:
        due = _due(calendar, detour.term or table.flow.deadline, state.received, detour)
    late = due is not None and verdict(at, due) == "late"  # a new term doesn't heal what is late already (R129)
    if arrow.deadline is not None and state.received is not None and not late:
        detour = _retermed(calendar, table.flow.deadline, state.received, detour)._replace(term=arrow.deadline)
        due = _due(calendar, arrow.deadline, state.received, detour)
    return detour, due


def _retermed(calendar: Calendar, first: Term | None, received: int, detour: Detour) -> Detour:
    """The detour once another term takes over: it counts from the clock's start, which restarts under the old one moved."""
    term, start, stops = detour.term or first, detour.start or received, detour.intervals[detour.before :]
    if term is None:
        moved = [(n, back) for n, (_, back, policy) in enumerate(stops, 1) if policy == "restart"]
    else:
        run = legs(calendar, start, term, stops, "legal")
        moved = [(n, leg.anchor) for n, leg in enumerate(run) if leg.effect == "restart"]
    if not moved:
        return detour
    number, anchor = moved[-1]
    return detour._replace(start=anchor, before=detour.before + number)


def _due(calendar: Calendar, term: Term | None, received: int, detour: Detour) -> int | None:
    start, stops = counted(received, detour)
    return None if term is None else calendar.due_instant(start, term, stops, "legal")


def counted(received: int, detour: Detour | None) -> tuple[int, tuple[tuple[int, int, ClockPolicy], ...]]:
    """From when the present term counts, and the stops that matter to it."""
    return (detour.start or received, detour.intervals[detour.before :]) if detour else (received, ())


def _step_due(table: Table, calendar: Calendar, row: Row, at: int) -> int | None:
    if row.seconds:
        return calendar.plus(at, row.seconds)
    if row.step is None:
        return None
    if row.step.until is not None:
        return table.plan.get(row.step.until)
    return None if row.within is None else calendar.due_instant(at, row.within, (), "minutes")
