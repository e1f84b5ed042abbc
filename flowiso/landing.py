"""Whether a dossier may go over to a step of another version of its flow (R65): what the verb and the plan both ask. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from .machine import Row
from .model import Finding, Flow
from .routing import misroute
from .state import State
from .text import Text, day
from .versions import called_otherwise
from .worktime import local

NO_VERSION = Text(
    "thủ tục không có lần ban hành ấy; hãy ghi một lần có trong bộ lưu đồ",
    "the procedure has no such version; give one that is among the flows",
)


def cannot_land(state: State, row: Row | None) -> Text | None:
    """Why a dossier can't go over to a step of another version; None when it can. Clocks and results must be alike there."""
    if row is None or row.step is None:
        return Text("ở đó không có bước này", "there is no such step")
    if row.table is state.row.table or row.table.flow.code != state.row.table.flow.code:
        return Text("hồ sơ đang theo chính lần ban hành ấy", "it goes by that version already")
    if state.received is None and row is not row.table.first:
        first = row.table.first.title
        return Text(
            f"hồ sơ chưa tiếp nhận nên phải ở bước đầu '{first.vi}'",
            f"it isn't received yet and belongs to the first step '{first.en}'",
        )
    if row.stopped is not state.row.stopped:
        return Text(
            "một bên đồng hồ đang dừng, bên kia đang chạy",
            "the clock stands at one of the two steps and runs at the other",
        )
    if row.ready is not state.row.ready:
        return Text(
            "một bên đã có kết quả, bên kia chưa", "the result is there at one of the two steps, not at the other"
        )
    return None


def not_in_force(flow: Flow, at: int) -> Text | None:
    """Why nothing can be moved to a version on a day; None when it is in force then."""
    on = local(at).date()
    if flow.effective <= on and (flow.effective_to is None or on < flow.effective_to):
        return None
    until = Text("", "")
    if flow.effective_to is not None:
        until = Text(f" đến trước {day(flow.effective_to)}", f" until before {flow.effective_to}")
    return Text(
        f"{flow.code} lần {flow.version} có hiệu lực từ {day(flow.effective)}{until.vi}, không có hiệu lực ngày {day(on)}",
        f"{flow.code} version {flow.version} is in force from {flow.effective}{until.en}, not on {on}",
    )


def passed_over(state: State, row: Row, record: Mapping[str, str]) -> Row | None:
    """The step of another version that is the dossier's own one there, when it goes over to another step than that."""
    names = dict(called_otherwise(record))
    own = row.table.rows.get(names.get(state.row.id, state.row.id))
    return None if own is row else own


def unfit(state: State, row: Row, at: int) -> Finding | None:
    """Why the holder can't go on with a dossier at a step of another version (R121); None when he can.

    Leave passes. Who got it back only hands it on, and who was wrong for a step of that role already is no worse there.
    """
    finding = misroute(row.table.org, row.table.flow, row, state.holder, "", at)
    if finding is None or finding.code == "DOS207" or not state.sender:
        return None
    before = state.row
    alike = before.step is not None and row.step is not None and before.step.by == row.step.by
    wrong = alike and misroute(before.table.org, before.table.flow, before, state.holder, "", at) is not None
    return None if wrong else finding
