"""What a wish makes of a dossier: what time has done by then, the actor's own line, and what is written beside them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import faults
from .asked import Ask
from .calendar import Calendar
from .decision import decide
from .dossier import Dossier
from .events import told
from .handover import after, check_separation, receiver, settled
from .landing import not_in_force, passed_over
from .machine import Row
from .model import CONFIRM, MIGRATE, Move
from .ports import Beside, Event, Lines
from .refusals import Said, refuse, stood_in_for, with_record
from .state import State, advance
from .text import Text
from .tracing import trace
from .versions import destination, gone_by
from .worktime import local

_made: Any = tuple.__new__
"""A named tuple of a class and its fields, at half the cost of calling the class."""


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
    found = settled(read, calendar, at) if read.state.row.timed else read
    if at < found.state.at:
        said = said._replace(record={**(said.record or {}), "told": local(at).isoformat()})
        at = found.state.at
    given = to or receiver(found, action, to, at)
    moves = judge(found, calendar, action, by, given, at, said, strict)
    done = after(found, calendar, moves)
    return done, added(read, done, calendar, ask)


def judge(
    found: Dossier, calendar: Calendar, action: str, by: str, to: str, at: int, said: Said, strict: bool
) -> tuple[Move, ...]:
    """The lines of a wish about a settled dossier, judged by its state, and in a strict engine by its whole log as well."""
    if strict and found.state.row.table.twofold:
        check_separation(found, action, by, to, at, said)
    moves = decide(found.state, action, by, to, at, strict, said)
    if action == MIGRATE:
        moves = (_checked(found, moves[0], said, strict),)
    if strict and action in faults.JUDGED:
        faults.check(trace(found.table, calendar, found.case, found.moves), calendar, moves[-1])
    return moves


def _checked(found: Dossier, line: Move, said: Said, strict: bool) -> Move:
    """The line of a migration: to a version in force, or back to one that the dossier went by before (R65).

    Who holds it doesn't himself take it past its step (R140), unless he insists in writing, as a leader; that is put down.
    """
    state, record = found.state, line.record or {}
    table = destination(state.row.table, record)
    assert table is not None
    why = not_in_force(table.flow, line.at)
    if why is not None and str(table.flow.version) not in gone_by(found.case, found.moves):
        refuse(f"{why.vi}; hãy chọn lần đang có hiệu lực", f"{why.en}; choose the version in force")
    wrong = takes_past(state, table.rows[line.step], record, line.actor, line.at) if strict else None
    if wrong is None:
        return line
    if not said.force:
        refuse(*wrong)
    return line._replace(record=with_record(record, forced=record.get("forced", "DOS212")))


def takes_past(state: State, row: Row, record: Mapping[str, str], by: str, at: int) -> Text | None:
    """Why `by`, who holds a dossier or stands in for who does, can't himself move it to `row` of another version (R140): it has
    the dossier's own step too. None when he can."""
    own = passed_over(state, row, record)
    if own is None or not (by == state.holder or stood_in_for(state.row, state.holder, by, at)):
        return None
    version = own.table.flow.version
    return Text(
        f"'{by}' đang giữ hồ sơ nên không tự đưa qua bước '{own.title.vi}' ({own.id}) mà lần {version} vẫn có;"
        " hãy chuyển sang đúng bước ấy, hoặc để lãnh đạo khác chuyển",
        f"'{by}' holds it and can't take it past step '{own.title.en}' ({own.id}), which version {version} has too;"
        " move it to that very step, or have another leader do it",
    )


def added(read: Dossier, done: Dossier, calendar: Calendar, ask: Ask) -> Lines:
    """The lines that a dossier has more than when it was `read`, with the key they answer and the events they owe."""
    case, _, _, log = read
    new = done.moves[len(log) :]
    beside = _made(Beside, (ask.key, ask.request, _events(read, done, new, calendar), None))
    return _made(Lines, (case.number, new, beside, log, case))  # type: ignore[no-any-return]


def _events(read: Dossier, done: Dossier, new: tuple[Move, ...], calendar: Calendar) -> tuple[Event, ...]:
    state, last, found = read.state, new[-1], []
    for move in new:
        if move[3] == CONFIRM:  # owes nothing, and leaves the status as it was
            continue
        reached = done.state if move is last else advance(calendar, state, move)
        found.append(told(state, reached, move))
        state = reached
    return tuple(found)
