"""No way leads to this step from the first one.

Why this is bad: work and time are planned for a step that no dossier ever comes to; mostly an arrow was forgotten (our
design, R64).

Bad:

    aside: {xin-y-kien: {by: chuyen-vien, within: 4wh, then: {xong: duyet-phong}}}

Good:

    steps: {tham-dinh: {then: {can-y-kien: xin-y-kien}}}
    aside: {xin-y-kien: {by: chuyen-vien, within: 4wh, then: {xong: duyet-phong}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from flowiso.model import Finding, Flow, Level
from flowiso.text import Text

from .context import Context
from .ways import Ways

CODE = "FLW202"
NAME = "unreachable"
LEVEL: Level = "error"
SUMMARY = Text("Không có đường nào từ bước đầu đến bước này.", "No way leads to this step from the first one.")
WHY = (
    "Việc và thời gian được bố trí cho một bước mà không hồ sơ nào đến; thường là do quên một mũi tên (quy ước của "
    "FlowISO, R64)."
)


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report steps that can't be reached; of several that follow each other only the first."""
    first = flow.steps[0].id if flow.steps else ""
    if context.ways(flow).after(first) | {first} >= {step.id for step in flow.steps}:
        return
    ways = Ways(flow, anywhere=True)
    reached = {flow.steps[0].id} | ways.after(flow.steps[0].id)
    if reached & ways.blind:
        return
    lost = [step for step in flow.steps if step.id not in reached]
    after = {step.id: ways.after(step.id) for step in lost}
    followed = {later for start, ahead in after.items() for later in ahead - {start}}
    told: set[str] = set()
    for step in sorted(lost, key=lambda step: step.id in followed):
        if step.id not in told:
            told |= {step.id} | after[step.id]
            text = Text(
                f"không có đường nào từ bước đầu tới bước '{step.id}'; hãy thêm mũi tên tới đó hoặc bỏ bước này",
                f"no way leads from the first step to '{step.id}'; add an arrow to it or remove the step",
            )
            yield Finding(CODE, NAME, LEVEL, text, flow.file, *step.place)
