"""A step whose clock runs has no time, or a time stands where none is counted.

Why this is bad: without a time per step the software sees lateness only when the whole dossier is late, and nobody can
be named (our design, R62). Where no time is counted, a written one would promise what nothing measures.

Bad:

    steps: {duyet-phong: {within: }}

Good:

    steps: {duyet-phong: {within: 12wh}}
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from flowiso.model import Finding, Flow, Level, Step
from flowiso.text import Text

from .context import Context

CODE = "FLW403"
NAME = "no-step-time"
LEVEL: Level = "error"
SUMMARY = Text(
    "Bước có đồng hồ chạy mà không có thời gian, hoặc ghi thời gian ở nơi không tính.",
    "A step whose clock runs has no time, or a time stands where none is counted.",
)
WHY = (
    "Bước không có thời gian thì đến khi cả hồ sơ trễ phần mềm mới biết, và không xác định được ai làm trễ (quy ước "
    "của FlowISO, R62). Ở nơi không tính giờ, thời gian đã ghi là lời hứa không được đo."
)


_MISSING = Text("không có thời gian; hãy thêm 'within' như 8wh", "has no time; add 'within' such as 8wh")
_UNCOUNTED = Text("không tính giờ (clock: none); hãy bỏ 'within'", "counts no time (clock: none); remove 'within'")
_PLANNED = Text("có hạn theo kế hoạch ('until'); hãy bỏ 'within'", "is due by the plan ('until'); remove 'within'")
_NOT_COUNTED = Text(
    "không tính giờ (clock: none) trước khi có kết quả, mà thủ tục có thời hạn; hãy bỏ 'clock' và thêm 'within'",
    "counts no time (clock: none) before there is a result, though the procedure has a term; remove 'clock', add 'within'",
)
_BOTH = Text(
    "chờ mốc kế hoạch ('until') mà thủ tục có thời hạn; hãy thay bằng 'within'",
    "waits for a milestone ('until') though the procedure has a term; write 'within' instead",
)
_UNLIMITED = Text(
    "có 'within' mà thủ tục không có thời hạn; hãy bỏ", "has 'within' but there is no deadline; remove it"
)


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report rows that lack a time, and rows that have one too many."""
    if "deadline" in flow.unread or (flow.deadline is None and not flow.no_deadline_reason):
        return
    for step in flow.steps:
        fault = None if _unclear(flow, step) or _waits(step, context) else _fault(flow, step, context.ways(flow).open)
        if fault:
            text = Text(f"bước '{step.id}' {fault.vi}", f"step '{step.id}' {fault.en}")
            yield Finding(CODE, NAME, LEVEL, text, flow.file, *step.place)


def _unclear(flow: Flow, step: Step) -> bool:
    return bool(flow.unread) and any(f"step.{step.id}.{key}" in flow.unread for key in ("within", "clock", "until"))


def _waits(step: Step, context: Context) -> bool:
    """Whether the step is the applicant's and its clock should stand (FLW312)."""
    role = context.org.roles.get(step.by)
    return role is not None and role.party == "applicant" and step.clock == "run"


def _fault(flow: Flow, step: Step, before_result: Collection[str]) -> Text | None:
    if flow.deadline and step.until and step.id in before_result:
        return _BOTH
    if flow.deadline and step.clock == "none" and step.id in before_result:
        return _NOT_COUNTED
    if step.within is None:
        return _MISSING if flow.deadline and step.clock == "run" and not step.until else None
    if step.clock == "none":
        return _UNCOUNTED
    if step.until:
        return _PLANNED
    return _UNLIMITED if flow.deadline is None and step.clock == "run" else None
