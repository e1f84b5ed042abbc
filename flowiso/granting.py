"""What a wish makes of a dossier: what time has done by then, the actor's own line, and what is written beside them. Pure."""

from __future__ import annotations

from . import faults
from .asked import Ask
from .calendar import Calendar
from .decision import decide
from .dossier import Dossier
from .events import told
from .handover import after, check_separation, receiver, settled
from .model import CONFIRM, Move
from .ports import Beside, Event, Lines
from .refusals import Said
from .state import advance
from .tracing import trace
from .worktime import local


def grant(
    read: Dossier,
    calendar: Calendar,
    action: str,
    by: str,
    to: str | None,
    at: int,
    said: Said,
    *,
    strict: bool = True,
    ask: Ask,
) -> tuple[Dossier, Lines]:
    """The dossier after a wish, and the lines that this adds to the log it was `read` from.

    What time has done by `at` comes first. A moment before the dossier's last line counts as that line's, and the new one
    says which was `told`. Raises NotAllowed, Incomplete, Misrouted.
    """
    found = settled(read, calendar, at)
    if at < found.state.at:
        said = said._replace(record={**(said.record or {}), "told": local(at).isoformat()})
        at = found.state.at
    given = receiver(found, action, to, at)
    moves = judge(found, calendar, action, by, given, at, said, strict)
    done = after(found, calendar, moves)
    return done, added(read, done, calendar, ask)


def judge(
    found: Dossier, calendar: Calendar, action: str, by: str, to: str, at: int, said: Said, strict: bool
) -> tuple[Move, ...]:
    """The lines of a wish about a settled dossier, judged by its state, and in a strict engine by its whole log as well."""
    if strict:
        check_separation(found, action, by, to, at, said)
    moves = decide(found.state, action, by, to, at, strict, said)
    if strict and action in faults.JUDGED:
        faults.check(trace(found.table, calendar, found.case, found.moves), calendar, moves[-1])
    return moves


def added(read: Dossier, done: Dossier, calendar: Calendar, ask: Ask) -> Lines:
    """The lines that a dossier has more than when it was `read`, with the key they answer and the events they owe."""
    new = done.moves[len(read.moves) :]
    beside = Beside(ask.key, ask.request, _events(read, done, new, calendar))
    return Lines(read.number, new, beside, read.moves)


def _events(read: Dossier, done: Dossier, new: tuple[Move, ...], calendar: Calendar) -> tuple[Event, ...]:
    state, found = read.state, []
    for move in new:
        if move.action == CONFIRM:  # owes nothing, and leaves the status as it was
            continue
        reached = done.state if move is new[-1] else advance(calendar, state, move)
        found.append(told(state, reached, move))
        state = reached
    return tuple(found)
