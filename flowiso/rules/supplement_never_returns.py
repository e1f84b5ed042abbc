"""The applicant is asked for something, and when he has done it the case isn't taken up again.

Why this is bad: the time limit starts anew, or goes on, when the applicant has handed in (R43, R44); here his supplement,
payment or repair leads only to a refusal or to the end.

Bad:

    aside: {cho-bo-sung: {then: {da-bo-sung: ky-tu-choi}}}

Good:

    aside: {cho-bo-sung: {then: {da-bo-sung: tham-dinh}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from flowiso.model import ASKING, Finding, Flow, Level, Place, Transition
from flowiso.text import Text

from .context import Context
from .ways import Ways

CODE = "FLW213"
NAME = "supplement-never-returns"
LEVEL: Level = "error"
SUMMARY = Text(
    "Người nộp được yêu cầu bổ sung, nộp phí hoặc khắc phục, nhưng làm xong thì hồ sơ không được xét tiếp.",
    "The applicant is asked for something, and when he has done it the case isn't taken up again.",
)
WHY = (
    "Khi người nộp đã nộp bổ sung, thời hạn được tính lại từ đầu hoặc tính tiếp (R43, R44); ở đây, bổ sung, nộp phí "
    "hoặc khắc phục xong thì hồ sơ chỉ đến từ chối hoặc kết thúc."
)


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report each waiting step from which no arrow but a timer leads on to a result; a way that never waits, its arrow."""
    ways = context.ways(flow)
    if not flow.steps or ways.blind or not ways.goes_on(flow.steps[0].id):
        return
    asked = (arrow for step in flow.steps for arrow in step.arrows if arrow.kind in ASKING)
    lost = dict(where for arrow in asked for where in _lost(flow, arrow, ways))
    for name, place in lost.items():
        text = Text(
            f"từ '{name}' người nộp làm xong mà hồ sơ không quay lại bước nào xét tiếp; hãy thêm mũi tên về bước đã yêu cầu",
            f"from '{name}' no arrow takes the case up again once the applicant has done his part; lead one back to the "
            "step that asked",
        )
        yield Finding(CODE, NAME, LEVEL, text, flow.file, *place)


def _lost(flow: Flow, arrow: Transition, ways: Ways) -> Iterator[tuple[str, Place]]:
    ends = {end.id for end in flow.ends}
    waits = ways.asking(arrow).waits
    for step in waits:
        taken_up = any(ways.goes_on(target) for way, target in ways.arrows[step.id] if way.kind != "timer")
        if not taken_up and not ways.after(step.id).isdisjoint(ends):
            yield step.id, step.place
    if waits or arrow.target not in ways.leads or ways.goes_on(arrow.target):
        return
    if not ways.after(arrow.target).isdisjoint(ends):
        yield arrow.target, arrow.place
