"""A way through the flow takes longer than the deadline.

Why this is bad: every officer keeps his time and the dossier is late all the same (our design, R63). Every way counts
that sends nothing back and asks for each supplement, fee or repair at most once, for every receipt the calendar knows:
20 calendar days before Tết hold 72 working hours, not 160.

Bad:

    deadline: 12wd

Good:

    deadline: 16wd
"""

from __future__ import annotations

from collections.abc import Iterator

from flowiso.model import FORWARD, Finding, Flow, Level, Place
from flowiso.proof import Proof, Proven, shown_hours
from flowiso.stretches import Gate
from flowiso.text import Text
from flowiso.worktime import local

from .context import Context

CODE = "FLW402"
NAME = "deadline-sum"
LEVEL: Level = "error"
SUMMARY = Text(
    "Một đường đi của lưu đồ cần nhiều thời gian hơn thời hạn giải quyết.",
    "A way through the flow takes longer than the deadline.",
)
WHY = (
    "Cán bộ nào cũng đúng giờ mà hồ sơ vẫn trễ (quy ước của FlowISO, R63). Phần mềm xét mọi đường đi không có trả lại, "
    "mỗi yêu cầu bổ sung, nộp phí hoặc khắc phục nhiều nhất một lần, với mọi ngày tiếp nhận có trong lịch: 20 ngày "
    "lịch trước Tết chỉ có 72 giờ làm việc, không phải 160."
)


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report the plainest way that misses the deadline, the main path before any other: that is where the fault lies."""
    proof = context.proof(flow)
    if not isinstance(proof, Proof) or proof.holds:
        return
    way = min((way for way in proof.ways if way.case and way.case.slack < 0), key=_detours)
    assert way.gate is not None
    yield Finding(CODE, NAME, LEVEL, _text(way, way.gate), flow.file, *_place(flow, way))


def _detours(way: Proven) -> tuple[int, int]:
    """How many hops aren't from row to row of the main path; of ways alike, the one that misses most comes first."""
    hops = way.stretch.hops
    aside = sum(hop.arrow.action != FORWARD or not hop.step.main for hop in hops)
    return aside, way.case.slack if way.case else 0


def _leaves(way: Proven) -> int | None:
    """Which hop leaves the main path first; None when none does before the result."""
    hops = way.stretch.hops
    return next((n for n, hop in enumerate(hops) if hop.arrow.action != FORWARD or not hop.step.main), None)


def _place(flow: Flow, way: Proven) -> Place:
    leaves = _leaves(way)
    return flow.place("deadline") if leaves is None else way.stretch.hops[leaves].arrow.place


def _text(way: Proven, gate: Gate) -> Text:
    assert way.case is not None
    needed, allowed = shown_hours(gate.work), shown_hours(gate.work + way.case.slack)
    leaves = _leaves(way)
    if leaves is None:
        name = Text("đường chính", "the main path")
    else:
        step, arrow, *_ = way.stretch.hops[leaves]
        name = Text(
            f"đường đi qua '{arrow.action}' của bước '{step.id}'", f"the way over '{arrow.action}' of step '{step.id}'"
        )
    day = local(way.case.at)
    vi, en = (f" (nhận {day:%d/%m/%Y})", f" (received {day:%d/%m/%Y})") if way.case.at else ("", "")
    return Text(
        f"{name.vi} cần {needed}wh, thời hạn {gate.term} chỉ chắc chắn có {allowed}wh{vi};"
        " hãy sửa 'within' hoặc 'deadline'",
        f"{name.en} takes {needed}wh, the term {gate.term} is sure to hold only {allowed}wh{en};"
        " correct 'within' or 'deadline'",
    )
