"""What a line of a log tells the outside: a typed event, and its CloudEvents envelope. Pure.

Which lines owe an event is computed here alone: the outbox is filled by it and verified against it (I5).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from .calendar import Calendar
from .machine import Table
from .model import (
    ANSWER,
    BOUNCE,
    COMPLAIN,
    CONFIRM,
    CORRECT,
    FAULT,
    LOSE,
    MIGRATE,
    PAUSE,
    RATE,
    REAPPOINT,
    REASSIGN,
    RECALL,
    RECEIVE,
    RESUME,
    STOP,
    SUBMIT,
    WITHDRAW,
    Move,
)
from .national import Status, status
from .ports import Event, Outgoing
from .state import State, walk
from .text import Text

PREFIX = "vn.flowiso."

TYPES: Mapping[str, Text] = {
    "submitted": Text("đã nộp trực tuyến", "submitted online"),
    "received": Text("đã tiếp nhận", "received"),
    "refused-intake": Text("bị từ chối tiếp nhận", "refused at intake"),
    "moved": Text("chuyển bước", "moved on"),
    "reassigned": Text("giao lại người khác", "handed to somebody else"),
    "returned-to-sender": Text("trả lại hoặc thu hồi", "bounced or recalled"),
    "supplement-requested": Text("yêu cầu bổ sung", "a supplement is asked for"),
    "payment-requested": Text("yêu cầu nộp phí", "a payment is asked for"),
    "reappointed": Text("xin lỗi và hẹn lại", "re-appointed with an apology"),
    "paused": Text("tạm dừng", "paused"),
    "resumed": Text("tiếp tục giải quyết", "resumed"),
    "stopped": Text("dừng giải quyết", "stopped"),
    "withdrawn": Text("đã rút", "withdrawn"),
    "resolved": Text("đã có kết quả", "the result is available"),
    "returned": Text("đã trả kết quả", "the result is handed out"),
    "correcting": Text("đang đính chính kết quả", "the result is being corrected"),
    "migrated": Text("chuyển lần ban hành của lưu đồ", "moved to another version of the flow"),
    "rated": Text("được đánh giá", "rated"),
    "complained": Text("có phản ánh, kiến nghị", "complained about"),
    "answered": Text("đã trả lời phản ánh", "the complaint is answered"),
    "lost": Text("mất, hỏng hồ sơ", "lost or damaged"),
    "nonconformity": Text("xử lý sự không phù hợp", "a nonconformity is handled"),
}
"""The types of events, without the prefix, and what each says."""

_BY_VERB: Mapping[str, str] = {
    SUBMIT: "submitted",
    RECEIVE: "received",
    RECALL: "returned-to-sender",
    BOUNCE: "returned-to-sender",
    REASSIGN: "reassigned",
    REAPPOINT: "reappointed",
    PAUSE: "paused",
    RESUME: "resumed",
    STOP: "stopped",
    WITHDRAW: "withdrawn",
    CORRECT: "correcting",
    MIGRATE: "migrated",
    RATE: "rated",
    COMPLAIN: "complained",
    ANSWER: "answered",
    LOSE: "lost",
    FAULT: "nonconformity",
}
_BY_STATUS: Mapping[Status, str] = {
    3: "refused-intake",
    5: "supplement-requested",
    6: "payment-requested",
    7: "withdrawn",
    8: "stopped",
    9: "resolved",
    10: "returned",
}


def owed(before: State | None, after: State, move: Move) -> Event | None:
    """The event that a line owes to whoever listens; None for a mere confirmation."""
    return None if move.action == CONFIRM else told(before, after, move)


def told(before: State | None, after: State, move: Move) -> Event:
    """The event of a line that is no confirmation."""
    kind = _BY_VERB.get(move.action)
    if kind is None:
        now = status(after)
        kind = _BY_STATUS.get(now)
        if kind is None or (before is not None and status(before) == now):
            kind = "moved"
    return Event(move.seq, kind)


def of_log(table: Table, calendar: Calendar, moves: Sequence[Move]) -> Iterator[Event]:
    """Every event that a whole log owes (I5)."""
    found = (owed(before, after, move) for before, move, after in walk(table, calendar, moves))
    return (event for event in found if event is not None)


def envelope(agency: str, row: Outgoing, at: int, data: Mapping[str, Any]) -> dict[str, Any]:
    """A CloudEvents 1.0 envelope in its JSON form; `at` is when it happened. Without personal data (R151).

    `id` is the same at every delivery, so that a receiver applies each event once.
    """
    return {
        "specversion": "1.0",
        "id": event_id(agency, row),
        "source": f"/agencies/{agency}",
        "type": f"{PREFIX}{'dossier' if row.seq is not None else 'notice'}.{row.type}",
        "subject": row.number,
        "time": datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "data": dict(data),
    }


def event_id(agency: str, row: Outgoing) -> str:
    """What an event is known by, whenever and wherever it is sent."""
    return f"{agency}/{row.number}/{row.key if row.seq is None else row.seq}"
