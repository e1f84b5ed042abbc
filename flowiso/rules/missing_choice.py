"""Whoever examines the dossier can't propose a refusal, or can't ask for what is missing.

Why this is bad: supplement and refusal are choices of the examination (R43, R48; our design, R64). Without them the
examiner passes on what he doesn't believe in, or rings the applicant up, and neither shows.

Bad:

    steps: {tham-dinh: {then: {tu-choi: }}}

Good:

    steps: {tham-dinh: {then: {tu-choi: {to: ky-tu-choi, kind: refuse}}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from flowiso.model import ASKING, Finding, Flow, Level, Step
from flowiso.text import Text

from .context import Context
from .ways import Ways

CODE = "FLW212"
NAME = "missing-choice"
LEVEL: Level = "error"
SUMMARY = Text(
    "Người thẩm định không đề nghị từ chối được, hoặc không yêu cầu bổ sung được.",
    "Whoever examines the dossier can't propose a refusal, or can't ask for what is missing.",
)
WHY = (
    "Bổ sung và từ chối là các lựa chọn của khâu thẩm định (R43, R48; quy ước của FlowISO, R64). Không có các lựa chọn "
    "ấy, người thẩm định phải trình tiếp hồ sơ mình không đồng ý, hoặc gọi điện cho người nộp, và cả hai việc đều "
    "không để lại dấu vết."
)

_NO_REFUSAL = Text(
    "không thể đề nghị từ chối; hãy thêm mũi tên 'kind: refuse'",
    "can't propose a refusal; add an arrow of 'kind: refuse'",
)
_NO_SUPPLEMENT = Text(
    "không thể yêu cầu bổ sung; hãy thêm mũi tên 'kind: supplement'",
    "can't ask for a supplement; add an arrow of 'kind: supplement'",
)
_NOT_ON = ASKING | {"timer", "send-back"}


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report, at the first examining step, what none of them can do, in flows that grant within a deadline.

    Silent where one person may examine and decide (`one_stop_full`), and where no refused end is in reach (FLW205).
    """
    if not _decides_in_time(flow):
        return
    ways = context.ways(flow)
    examining = [step for step in flow.steps if _examines(step, context)]
    unclear = ways.blind or any(path.endswith((".kind", ".by")) for path in flow.unread)
    strangers = any(step.by and context.org.role(step.by) is None for step in flow.steps)  # FLW302
    if not examining or unclear or strangers:
        return
    refused = {end.id for end in flow.ends if end.kind == "refused"}
    lacks = []
    if refused & ways.after(flow.steps[0].id) and not _can_refuse(examining, refused, ways):
        lacks.append(_NO_REFUSAL)
    if not any(arrow.kind == "supplement" for step in examining for arrow in step.arrows):
        lacks.append(_NO_SUPPLEMENT)
    for lack in lacks:
        first = examining[0]
        text = Text(f"ở bước '{first.id}' {lack.vi}", f"who examines at step '{first.id}' {lack.en}")
        yield Finding(CODE, NAME, LEVEL, text, flow.file, *first.place)


def _examines(step: Step, context: Context) -> bool:
    role = context.org.role(step.by)
    return role is not None and role.duty == "examine" and step.clock != "stopped"


def _decides_in_time(flow: Flow) -> bool:
    grants = any(end.kind == "granted" for end in flow.ends)
    return flow.deadline is not None and grants and flow.one_stop_full is None


def _can_refuse(examining: list[Step], refused: set[str], ways: Ways) -> bool:
    """Whether an examiner can bring the case to a refusal by his own choice, or by a way that carries both results."""
    own = {step.id for step in examining}
    reached, ahead = set(own), list(own)
    while ahead:
        here = ahead.pop()
        passed = _NOT_ON if here in own else _NOT_ON | {"refuse"}
        new = {target for arrow, target in ways.arrows.get(here, ()) if arrow.kind not in passed} - reached
        reached |= new
        ahead += new
    return not reached.isdisjoint(refused)
