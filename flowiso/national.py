"""The national status codes 1 to 10 of a dossier, read off its state and never stored over the truth (docs/dossier.md, R114)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from .clocks import Detour
from .model import ArrowKind, EndKind
from .state import State
from .text import Text

Status = Literal[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]

STATUSES: Mapping[Status, Text] = {
    1: Text("Mới đăng ký", "Submitted"),
    2: Text("Được tiếp nhận", "Received"),
    3: Text("Không được tiếp nhận", "Refused at intake"),
    4: Text("Đang xử lý", "Processing"),
    5: Text("Yêu cầu bổ sung giấy tờ", "Waiting for a supplement"),
    6: Text("Yêu cầu thực hiện nghĩa vụ tài chính", "Waiting for payment"),
    7: Text("Công dân yêu cầu rút hồ sơ", "Withdrawn"),
    8: Text("Dừng xử lý", "Stopped"),
    9: Text("Đã xử lý xong", "Resolved"),
    10: Text("Đã trả kết quả", "Returned"),
}

EDGES: Mapping[Status, frozenset[Status]] = {
    1: frozenset({2, 3, 5}),
    2: frozenset({4, 7, 9}),
    4: frozenset({5, 6, 7, 8, 9}),
    5: frozenset({2, 3, 4, 7, 8}),
    6: frozenset({4, 7, 8, 9}),
    8: frozenset({4}),
    9: frozenset({4, 10}),
    10: frozenset({4}),
}
"""The codes that may follow each code (docs/dossier.md).

1 to 5 and 5 to 3 are for supplements at intake, which here is an end of its own (3, R12). 9 and 10 go back to 4 only as a
correction of the result (R53): the table names 9 alone, but a wrong result is mostly found after it was handed out.
"""

_VIA: Mapping[tuple[Status, Status], tuple[Status, ...]] = {
    (2, 5): (4, 5),
    (2, 6): (4, 6),
    (2, 8): (4, 8),
    (2, 10): (9, 10),
    (4, 10): (9, 10),
    (5, 6): (4, 6),
    (5, 9): (4, 9),
    (5, 10): (4, 9, 10),
    (6, 5): (4, 5),
    (6, 10): (9, 10),
    (8, 7): (4, 7),
}
_ENDS: Mapping[EndKind, Status] = {"refused-intake": 3, "withdrawn": 7, "stopped": 8, "silence": 9, "recorded": 9}
_WAITS: Mapping[ArrowKind | None, Status] = {"supplement": 5, "fee": 6, "repair": 5}


def status(state: State) -> Status:
    """The code of a dossier in this state; one that is being corrected is processed again (R53).

    It is received, 2, until it goes on, and once more when papers came in that restart the clock (R43). A result that was
    bounced stays 9, since nothing but a correction leads from there, though it counts as not available (R129).
    """
    row, detour = state.row, state.detour
    if row.kind is not None:
        return _ENDS.get(row.kind, 10)
    if detour is not None and detour.paused:
        return 8
    if row.ready:
        return 9
    if row.stopped:
        return _WAITS.get(detour.asking if detour else None, 4)
    if state.received is None:
        return 1
    return 2 if _received(state) else 4


def hands_out(kind: EndKind) -> bool:
    """Whether an end of this kind hands a result over: its code is 10."""
    return _ENDS.get(kind, 10) == 10


def has_result(state: State) -> bool:
    """Whether `resolved` is the moment of a result: what is withdrawn, stopped or refused at intake mostly ends without one."""
    fruitless = state.row.kind in ("withdrawn", "stopped", "refused-intake") and state.resolved == state.since
    return state.resolved is not None and not fruitless


def _received(state: State) -> bool:
    """Whether it lies where it was received, or where papers came in that restart the clock, as it did then.

    What another version of the flow leaves of a dossier that is moved to it is nothing that was done with it (R65).
    """
    detour = state.detour
    if detour is not None and _went_on(detour):
        return detour.renewed == state.since
    first = state.row is state.row.table.first and state.sender == state.holder
    return first and state.since == state.received


def _went_on(detour: Detour) -> bool:
    """Whether the clock stood, a promise was made or an arrow taken; a term that is only kept from before tells nothing."""
    done = (detour.intervals, detour.renewed, detour.appointed, detour.taken, detour.supplements, detour.corrected)
    return any(done) or (detour.term is not None and not detour.moved)


def steps(before: Status, after: Status) -> tuple[Status, ...]:
    """The codes to report, one after the other, when a line leads from one code to another: along `EDGES` alone."""
    return () if before == after else _VIA.get((before, after), (after,))
