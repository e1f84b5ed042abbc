"""A request for more papers reaches the applicant from a step that the one-stop unit doesn't hold.

Why this is bad: officers may not ask applicants for papers outside the one-stop unit (R15); its account must send the
request even when the officer drafted it.

Bad:

    aside: {gui-yeu-cau: {by: chuyen-vien}}

Good:

    aside: {gui-yeu-cau: {by: mot-cua}}
"""

from __future__ import annotations

from collections.abc import Iterator

from flowiso.model import APPLICANT, Finding, Flow, Level
from flowiso.text import Text

from .context import ONE_STOP, Context
from .ways import Ways

CODE = "FLW306"
NAME = "supplement-not-by-one-stop"
LEVEL: Level = "error"
SUMMARY = Text(
    "Yêu cầu bổ sung đến người nộp từ một bước không do Bộ phận Một cửa giữ.",
    "A request for more papers reaches the applicant from a step that the one-stop unit doesn't hold.",
)
WHY = (
    "Cán bộ không được yêu cầu người nộp bổ sung giấy tờ ngoài Bộ phận Một cửa (R15); yêu cầu phải do tài khoản của "
    "bộ phận này gửi, kể cả khi cán bộ soạn."
)


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report the last arrow of a supplement's way when another role than the one-stop unit takes it."""
    waits = {step.id for step in flow.steps if step.clock == "stopped" and step.by == APPLICANT}
    asking = _asking(flow, context.ways(flow)) if waits else set()
    for step in flow.steps:
        if not waits or step.by not in context.org.roles or step.by == ONE_STOP:
            continue
        for arrow in step.arrows:
            on_the_way = arrow.kind == "supplement" or (arrow.kind == "forward" and step.id in asking)
            if arrow.target in waits and on_the_way and arrow.by != ONE_STOP:
                text = Text(
                    f"'{step.by}' không được tự yêu cầu người nộp bổ sung; hãy cho đi qua một bước của '{ONE_STOP}'",
                    f"'{step.by}' may not ask the applicant for papers; lead the arrow over a step of '{ONE_STOP}'",
                )
                yield Finding(CODE, NAME, LEVEL, text, flow.file, *arrow.place)


def _asking(flow: Flow, ways: Ways) -> set[str]:
    """The running steps off the main path that a supplement arrow leads over."""
    asked = (arrow for step in flow.steps for arrow in step.arrows if arrow.kind == "supplement")
    return {step.id for arrow in asked for step in ways.asking(arrow).steps}
