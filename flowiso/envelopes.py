"""What is owed to the outside, ready to be sent: rows of the outbox in CloudEvents envelopes, without personal data (R151)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from .calendar import Calendar
from .dossier import Dossier
from .events import envelope
from .model import Move
from .national import status
from .ports import Outgoing
from .state import State, walk
from .worktime import instant, local


class Letter(NamedTuple):
    """A row of the outbox by its `id`, and the CloudEvents 1.0 envelope to deliver."""

    id: int
    envelope: Mapping[str, Any]


def letters(
    agency: str, rows: Iterable[Outgoing], calendar: Calendar, read: Callable[[str], Dossier | None]
) -> tuple[Letter, ...]:
    """The rows in their envelopes, in the same order; `read` finds a dossier by its number, and is asked once for each.

    Where it gives None, that dossier's events are left out.
    """
    rows = tuple(rows)
    numbers = {row.number for row in rows if row.seq is not None}
    told = {number: _told(found, calendar) for number in numbers if (found := read(number)) is not None}
    ready = (row for row in rows if row.seq is None or row.number in told)
    return tuple(Letter(row.id, _envelope(agency, row, told)) for row in ready)


def _envelope(agency: str, row: Outgoing, told: Mapping[str, Mapping[int, tuple[int, Any]]]) -> dict[str, Any]:
    if row.seq is None:
        data = dict(row.data or {})
        return envelope(agency, row, instant(datetime.fromisoformat(data["since"])), data)
    at, data = told[row.number][row.seq]
    return envelope(agency, row, at, data)


def _told(dossier: Dossier, calendar: Calendar) -> dict[int, tuple[int, dict[str, Any]]]:
    """What each line of a log tells the outside, with its moment, by seq."""
    log = walk(dossier.table, calendar, dossier.moves)
    return {move.seq: (move.at, _data(move, after)) for _, move, after in log}


def _data(move: Move, state: State) -> dict[str, Any]:
    return {
        "seq": move.seq,
        "action": move.action,
        "step": state.row.id,
        "holder": state.holder,
        "status": status(state),
        "due": _iso(state.due),
        "due_current": _iso(state.due_current),
    }


def _iso(at: int | None) -> str | None:
    return None if at is None else local(at).isoformat()
