"""The dossier waits for somebody outside who may never answer, and nobody at the agency can go on.

Why this is bad: an applicant who never answers leaves the dossier open for ever. That somebody at the agency must be
able to end the wait is no law (our design, R55): by itself a dossier stops only where a law sets the wait, and when an
agency that was asked keeps silent, the decree says no more than that the lead tells the head of the one-stop unit
(R45).

Bad:

    aside: {cho-bo-sung: {at-limit: }}

Good:

    aside: {cho-bo-sung: {at-limit: , then: {khong-bo-sung: {to: ky-tu-choi, by: mot-cua}}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from flowiso.model import Finding, Flow, Level, Step
from flowiso.text import Text

from .context import Context, convened

CODE = "FLW405"
NAME = "endless-wait"
LEVEL: Level = "error"
SUMMARY = Text(
    "Hồ sơ chờ người bên ngoài có thể không bao giờ trả lời, mà cơ quan không ai đi tiếp được.",
    "The dossier waits for somebody outside who may never answer, and nobody at the agency can go on.",
)
WHY = (
    "Người nộp không bao giờ trả lời thì hồ sơ treo mãi. Cơ quan phải có người kết thúc được việc chờ (quy ước của "
    "FlowISO, R55); hồ sơ chỉ tự dừng khi có luật quy định thời gian chờ. Cơ quan được hỏi ý kiến im lặng thì Nghị "
    "định chỉ yêu cầu bên chủ trì báo người đứng đầu Bộ phận Một cửa, không coi im lặng là đồng ý (R45)."
)


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report stopped steps, and steps of agencies asked for an opinion, that only their holder can end.

    A council isn't waited for: the agency itself calls it together.
    """
    ways = context.ways(flow)
    for step in flow.steps:
        if not _waits(step, context) or _agency_goes_on(flow, step, context):
            continue
        if step.id not in ways.blind and ways.leads[step.id] and f"step.{step.id}.clock" not in flow.unread:
            text = Text(
                f"ở bước '{step.id}' hồ sơ có thể chờ mãi; hãy thêm một mũi tên do cơ quan đi ('by: mot-cua' hoặc vai trò "
                "chủ trì); chỉ thêm 'at-limit' với 'within' khi có luật quy định thời gian chờ",
                f"at step '{step.id}' the dossier may wait for ever; add an arrow that the agency takes ('by: mot-cua', or "
                "the lead's role); 'at-limit' with 'within' only where a law sets the wait",
            )
            yield Finding(CODE, NAME, LEVEL, text, flow.file, *step.place)


def _waits(step: Step, context: Context) -> bool:
    role = context.org.role(step.by)
    if role is None or role.party in ("agency", "system"):
        return False
    asked = role.party == "partner" and bool(role.recorded_by) and not convened(role)
    return step.clock == "stopped" or asked


def _agency_goes_on(flow: Flow, step: Step, context: Context) -> bool:
    """Whether time or the agency may end the wait; a taker that isn't known may be one of the agency."""
    for arrow in flow.arrows(step):
        taker = context.org.role(arrow.by) if arrow.by else None
        if arrow.kind == "timer" or (arrow.by and (taker is None or taker.party == "agency")):
            return True
    return False
