"""Where a dossier is: the state its log leads to. `advance` is the only code that knows what a move means.

The live engine, the simulator and the statistics all go through it. Moments are epoch seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from .calendar import Calendar
from .clocks import (
    Detour,
    answer_by,
    closed,
    closing,
    given_away,
    going_on,
    granted,
    legal_due,
    parked,
    rested,
    retermed,
    stated,
    step_limit,
    termed,
)
from .duedate import verdict
from .machine import ABSENT, Arc, Row, Table
from .model import (
    APPLICANT,
    ASKING,
    BOUNCE,
    CONFIRM,
    CORRECT,
    MIGRATE,
    PAUSE,
    REAPPOINT,
    REASSIGN,
    RECALL,
    RECEIVE,
    RESUME,
    STOP,
    WITHDRAW,
    Move,
)
from .org import present
from .versions import called_otherwise, destination
from .worktime import local


class State(NamedTuple):
    """Where a dossier is after its last move `seq` at `at`.

    `holder` has it at `row` since `since`, handed over by `sender` ("" once it was recalled or bounced and waits to be handed
    on again), `confirmed` or not. It was `received` and `resolved` at these moments, None before. `step_due` and `due` are the
    moments of the step's and the legal deadline, None where there is none; `detour` is what the plain path has no need of.
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
    def paused(self) -> bool:
        """Whether a leader has paused it (R59)."""
        return self.detour is not None and self.detour.paused

    @property
    def forced(self) -> bool:
        """Whether the holder has it by a leader's word, against the rules of routing (R121)."""
        return self.detour is not None and self.detour.forced == (self.row.id, self.holder)

    @property
    def due_current(self) -> int | None:
        """The moment promised last: the re-appointed one where it is later than the legal one (R50)."""
        if self.due is None or self.detour is None or self.detour.appointed is None:
            return self.due
        return max(self.due, self.detour.appointed)

    @property
    def stopped_since(self) -> int | None:
        """Since when the clock stands, for a step of the applicant's or a leader's pause; None while it runs."""
        return self.detour.asked if self.detour else None

    def times_taken(self, step: str, action: str) -> int:
        """How often an arrow with limited `times` was taken."""
        return self.detour.taken.count((step, action)) if self.detour else 0


# Named tuples are built by tuple.__new__ on the hot path: half the cost of calling the class.
_new: Any = tuple.__new__

_PLAIN = Detour()


def ripe(state: State, at: int) -> tuple[int, Arc] | None:
    """The arrow that the system must have taken before `at`, with its moment: a limit run out, or silence. None while paused.

    Silence is stamped with the due moment, but an objection may come until 24:00 of that day (R70, R74).
    """
    row = state.row
    found: list[tuple[int, Arc]] = []
    if state.paused:
        return None
    limit = row.at_limit
    if limit and limit.intake is (state.received is None) and state.step_due is not None and state.step_due < at:
        found.append((max(state.step_due, state.at), limit))
    silent = row.at_due is not None and row.at_due.row is not row and state.resolved is None
    if silent and row.at_due and state.due is not None and verdict(at, state.due) == "late":
        found.append((max(state.due, state.at), row.at_due))
    return min(found, key=lambda timer: timer[0]) if found else None


def fold(table: Table, calendar: Calendar, moves: Iterable[Move]) -> State:
    """The state a log leads to. The log must have at least one move."""
    log = iter(moves)
    state = begin(table, calendar, next(log))
    for move in log:
        state = advance(calendar, state, move)
    return state


def walk(table: Table, calendar: Calendar, moves: Iterable[Move]) -> Iterator[tuple[State | None, Move, State]]:
    """Each line of a log between the state it found, None for the first line, and the one it led to."""
    state: State | None = None
    for move in moves:
        after = begin(table, calendar, move) if state is None else advance(calendar, state, move)
        yield state, move, after
        state = after


def begin(table: Table, calendar: Calendar, move: Move) -> State:
    """The state after the first line of a log."""
    if move[3] == RECEIVE:
        return admitted(calendar, move, table.first)
    return _came(move, table.first, calendar.plus(move[1], table.intake), None, None)


def admitted(calendar: Calendar, move: Move, row: Row) -> State:
    """The state after a dossier is received that nothing else was done with: the terms of law and step begin to run."""
    at, term = move[1], row.table.flow.deadline
    due = None if term is None else calendar.due_instant(at, term)
    return _came(move, row, step_limit(calendar, row, at), at, due)


def _came(move: Move, first: Row, step_due: int | None, received: int | None, due: int | None) -> State:
    """In the hands of who took it in."""
    seq, at, _, _, _, holder, _, _ = move
    fields = (seq, at, first, holder, holder, True, at, step_due, received, due, None, None)
    return _new(State, fields)  # type: ignore[no-any-return]


def follow(calendar: Calendar, state: State, moves: Sequence[Move]) -> State:
    """The state after the moves of one decision, the same as advancing move by move.

    A confirmation just before an arrow leaves nothing behind that the arrow doesn't replace, so it is passed over.
    """
    if len(moves) == 2 and moves[0][3] == CONFIRM:
        return advance(calendar, state, moves[1])
    for move in moves:
        state = advance(calendar, state, move)
    return state


def advance(calendar: Calendar, state: State, move: Move) -> State:
    """The state after one more move of the log. It doesn't judge: what was wrong in a log stays visible."""
    seq, at, actor, action, _, holder, _, record = move
    arc = state[2].arcs.get(action)
    if arc is None:
        return _advance_by_verb(calendar, state, move)
    detour = state[11]
    if not arc.plain or record is not None or (detour and (detour.paused or detour.had or detour.answer_by)):
        return _advance_detour(calendar, state, arc, move)
    return passed_on(calendar, state, arc.row, holder, actor, at, seq)


def passed_on(calendar: Calendar, state: State, row: Row, holder: str, sender: str, at: int, seq: int) -> State:
    """The state after the line `seq` of a `plain` arrow to `row` without a record, on a clock that runs."""
    received, due, resolved, detour = state[8:]
    if row.resolves and resolved is None:
        resolved = at
    step_due = calendar.plus(at, row.seconds) if row.seconds else None
    fields = (seq, at, row, holder, sender, not row.confirms, at, step_due, received, due, resolved, detour)
    return _new(State, fields)  # type: ignore[no-any-return]


def _advance_by_verb(calendar: Calendar, state: State, move: Move) -> State:
    _, _, row, had, gave, _, since, limit, received, due, resolved, detour = state
    seq, at, _, action, _, _, _, _ = move
    if action == CONFIRM:
        fields = (seq, at, row, had, gave, True, since, limit, received, due, resolved, detour)
        return _new(State, fields)  # type: ignore[no-any-return]
    if action == RECEIVE and received is None and resolved is None and detour is None:
        return admitted(calendar, move, row)
    verb = _VERBS.get(action)
    passed = state._replace(seq=seq, at=at)
    return passed if verb is None else verb(calendar, passed, move)


def _came_back(calendar: Calendar, state: State, move: Move) -> State:
    """Recalled or bounced. A result that comes back was not available (R129), unless it was once and is being corrected."""
    detour, resolved = state.detour or _PLAIN, state.resolved
    if state.row.ready and not detour.corrected:
        late = resolved is not None and state.due is not None and verdict(resolved, state.due) == "late"
        detour, resolved = detour._replace(was_late=detour.was_late or late), None
    detour = given_away(calendar, detour, state.holder, state.step_due, move.at)
    return state._replace(
        holder=move.holder, sender="", confirmed=True, since=move.at, resolved=resolved, detour=detour
    )


def _reassigned(calendar: Calendar, state: State, move: Move) -> State:
    """Handed to somebody else; the step's time begins afresh for who gets it after a misroute (R124)."""
    fresh = state.received is not None and (is_correction(state) or blames(state, move))
    detour = state.detour or _PLAIN
    if state.sender:  # who only got it back to hand it on has had none of the step's time
        detour = given_away(calendar, detour, state.holder, state.step_due, move.at)
    given = state._replace(
        detour=_forced(detour, state.row, move),
        holder=move.holder,
        sender=move.actor,
        confirmed=not state.row.confirms,
        since=move.at,
        step_due=granted(calendar, state.row, state.detour or _PLAIN, move, state.step_due, fresh),
        resolved=move.at if state.row.ready and state.resolved is None else state.resolved,
    )
    return _resting(calendar, given, move.at) if fresh and state.paused else given


def _forced(detour: Detour | None, row: Row, move: Move) -> Detour | None:
    """The detour with a leader's word that the new holder may have it (R121)."""
    if move.record is None or "forced" not in move.record:
        return detour
    return (detour or _PLAIN)._replace(forced=(row.id, move.holder))


def _received(calendar: Calendar, state: State, move: Move) -> State:
    if state.received is not None:
        return state
    return admitted(calendar, move, state.row)._replace(resolved=state.resolved, detour=state.detour)


def _paused(calendar: Calendar, state: State, move: Move) -> State:
    """Paused by a leader (R59): the clock stands, and the step keeps what is left of its time, unless it is late."""
    detour = (state.detour or _PLAIN)._replace(asked=move.at, paused=True)
    return _resting(calendar, state._replace(detour=detour), move.at)


def _resting(calendar: Calendar, state: State, at: int) -> State:
    """A paused dossier with what its step has left at a moment."""
    detour, step_due = rested(calendar, state.row, state.detour or _PLAIN, state.step_due, at)
    return state._replace(step_due=step_due, detour=detour)


def _resumed(calendar: Calendar, state: State, move: Move) -> State:
    detour, limit = state.detour, state.step_due
    if detour is None or not detour.paused:
        return state
    if limit is None:  # it wasn't late when it was paused
        limit = going_on(calendar, state.row, detour, detour.rest, move.at)
    return _running(calendar, state, move.at)._replace(step_due=limit)


def _running(calendar: Calendar, state: State, at: int) -> State:
    """The state with a clock that runs; where it stood, the due date is recomputed (R75)."""
    detour = state.detour
    if detour is None or detour.asked is None:
        return state
    detour = closed(detour, at, state.resolved is not None)
    return state._replace(due=_recomputed(calendar, state, detour), detour=detour)


def _recomputed(calendar: Calendar, state: State, detour: Detour) -> int | None:
    """The due moment by all the times the clock stood, none of which lasts (R75)."""
    if state.received is None:
        return None
    return legal_due(calendar, termed(detour, state.row.table.flow.deadline), state.received, detour)


def _ended(calendar: Calendar, state: State, move: Move) -> State:
    """Stopped (R59) or withdrawn (R57) by a verb: the end of that kind, at this moment."""
    table = state.row.table
    row = table.stopped if move.action == STOP else table.withdrawn
    resolved = move.at if state.resolved is None else state.resolved
    state = _running(calendar, state, move.at)
    return state._replace(
        row=row, holder="", sender=move.actor, confirmed=True, since=move.at, step_due=None, resolved=resolved
    )


def _reappointed(calendar: Calendar, state: State, move: Move) -> State:
    appointed = closing(calendar, move)
    return state if appointed is None else state._replace(detour=(state.detour or _PLAIN)._replace(appointed=appointed))


def _corrected(calendar: Calendar, state: State, move: Move) -> State:
    """A result goes back to be corrected; when it was first available, if it was, and how late, stays (R53, R129)."""
    row = state.row.table.rows.get(move.step)
    if row is None or row.step is None:
        return state
    detour = state.detour or _PLAIN
    detour = detour._replace(corrected=detour.corrected + (state.resolved is not None))
    return state._replace(
        row=row,
        holder=move.holder,
        sender=move.actor,
        confirmed=not row.confirms,
        since=move.at,
        step_due=step_limit(calendar, row, move.at),
        detour=_forced(detour._replace(renewed=None, had=()), row, move),
    )


def _migrated(calendar: Calendar, state: State, move: Move) -> State:
    """On another version of the flow: due moments that were given stay, and so does the term it was received under (R1)."""
    table = destination(state.row.table, move.record)
    row = None if table is None else table.rows.get(move.step)
    if table is None or row is None or row.step is None:
        return state
    detour, step_due = _renamed(state, row, move.record or {}), state.step_due
    if state.received is not None and step_due is None and not state.paused:
        step_due = step_limit(calendar, row, move.at)
    return state._replace(row=row, step_due=step_due, detour=None if detour == _PLAIN else detour)


def _renamed(state: State, row: Row, record: Mapping[str, str]) -> Detour:
    """What a dossier keeps on another version: its term, and by their names there the steps it remembers."""
    detour, old, new = state.detour or _PLAIN, state.row.table, row.table
    names = {**dict(called_otherwise(record)), state.row.id: row.id}
    names = {was: now for was, now in names.items() if was not in new.rows and now not in old.rows}
    if state.received is not None and old.flow.deadline != new.flow.deadline:
        detour = detour._replace(term=termed(detour, old.flow.deadline), moved=True)
    return detour._replace(
        origin=names.get(detour.origin, detour.origin),
        taken=tuple((names.get(step, step), action) for step, action in detour.taken),
        answer_by=detour.answer_by and (names.get(detour.answer_by[0], detour.answer_by[0]), detour.answer_by[1]),
        forced=(row.id, state.holder) if state.forced or "forced" in record else detour.forced,
    )


_VERBS: Mapping[str, Callable[[Calendar, State, Move], State]] = {
    RECALL: _came_back,
    BOUNCE: _came_back,
    REASSIGN: _reassigned,
    RECEIVE: _received,
    PAUSE: _paused,
    RESUME: _resumed,
    STOP: _ended,
    WITHDRAW: _ended,
    REAPPOINT: _reappointed,
    CORRECT: _corrected,
    MIGRATE: _migrated,
}


def is_correction(state: State) -> bool:
    """Whether handing the dossier on now puts right a misroute.

    It was recalled or bounced, or the holder doesn't fit, or wasn't there when it was handed to him.
    """
    if state.forced:
        return False
    account = state.row.fits.get(state.holder, ABSENT)
    if account is not None and account is not ABSENT:
        return not state.sender or not present(account, local(state.since).date())
    return not state.sender or account is ABSENT


def blames(state: State, move: Move) -> bool:
    """Whether a reassignment says that the dossier had been handed to the wrong account (`of: misroute`, R122).

    Not where nobody handed it over: it came back already, or from the applicant.
    """
    told = move.record is not None and move.record.get("of") == "misroute"
    return told and state.sender not in ("", state.holder, APPLICANT)


def _advance_detour(calendar: Calendar, state: State, arc: Arc, move: Move) -> State:
    row = arc.row
    detour, due = _turn(calendar, state, arc, move.at)
    back = state.row.stopped and detour.policy == "pause" and row.id == detour.origin
    step_due = going_on(calendar, row, detour, detour.left if back else None, move.at)
    detour = detour._replace(had=())
    if arc.kind == "consult":
        detour = detour._replace(answer_by=answer_by(calendar, row, move))
    if detour.answer_by is not None and detour.answer_by[0] == row.id:
        step_due, detour = stated(detour.answer_by[1], due, move.at, step_due), detour._replace(answer_by=None)
    resolved = state.resolved
    if resolved is None and row.resolves:
        resolved = move.at
    if row.stopped:
        detour = detour._replace(asked=move.at)
        if detour.asking is None:  # nobody asked the applicant: the clock just stands
            detour = detour._replace(policy="pause", origin="")
    held = _forced(detour, row, move)
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
        None if held == _PLAIN else held,
    )


def _turn(calendar: Calendar, state: State, arc: Arc, at: int) -> tuple[Detour, int | None]:
    """What taking `arc` does to the clocks: the detour and the due moment after it."""
    done = state.resolved is not None
    detour = closed(state.detour or _PLAIN, at, done)
    table = state.row.table
    due = state.due
    arrow = arc.arrow
    if arrow.times is not None:
        detour = detour._replace(taken=(*detour.taken, (state.row.id, arrow.action)))
    if arc.kind in ASKING:
        policy = table.flow.stop_policy(arrow)
        more = arc.kind == "supplement" and state.received is not None
        detour = parked(calendar, state.row, detour, state.step_due, at)
        detour = detour._replace(policy=policy, asking=arc.kind, supplements=detour.supplements + more)
    elif arc.kind == "consult":  # a question asked before it was sent back unasked
        detour = detour._replace(asking=None)
    if state.stopped_since is not None:
        due = _recomputed(calendar, state, detour)
    late = due is not None and verdict(at, due) == "late"  # a new term doesn't heal what is late already (R129)
    if arrow.deadline is not None and state.received is not None and not (late or done):
        detour = retermed(calendar, table.flow.deadline, state.received, detour)._replace(term=arrow.deadline)
        due = legal_due(calendar, arrow.deadline, state.received, detour)
    return detour, due
