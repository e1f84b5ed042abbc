"""The dossier waits for somebody outside who may never answer, and nobody at the agency can go on.

Why this is bad: an applicant who never answers leaves the dossier open for ever (R55); when an agency that was asked
keeps silent, the one who asked must be able to go on (R45).

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


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report stopped steps, and steps of agencies asked for an opinion, that only their holder can end.

    A council isn't waited for: the agency itself calls it together.
    """
    ways = context.ways(flow)
    for step in flow.steps:
        known = step.id not in ways.blind and bool(ways.leads[step.id]) and f"step.{step.id}.clock" not in flow.unread
        if known and _waits(step, context) and not _agency_goes_on(flow, step, context):
            text = Text(
                f"ở bước '{step.id}' hồ sơ có thể chờ mãi; hãy thêm 'at-limit' với 'within', hoặc một mũi tên do cơ quan "
                "đi ('by: mot-cua')",
                f"at step '{step.id}' the dossier may wait for ever; add 'at-limit' with 'within', or an arrow that the "
                "agency takes ('by: mot-cua')",
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
