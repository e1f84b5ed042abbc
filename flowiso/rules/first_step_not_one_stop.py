"""The first step, or the step at which the result is ready, is not held by the one-stop unit.

Why this is bad: dossiers are received and results handed out at the one-stop unit only; officers may not deal with the
applicant elsewhere (R15; our design, R64).

Bad:

    steps: {tiep-nhan: {by: chuyen-vien}}

Good:

    steps: {tiep-nhan: {by: mot-cua}}
"""

from __future__ import annotations

from collections.abc import Iterator

from flowiso.model import Finding, Flow, Level, Step
from flowiso.text import Text

from .context import ONE_STOP, Context

CODE = "FLW305"
NAME = "first-step-not-one-stop"
LEVEL: Level = "error"
SUMMARY = Text(
    "Bước đầu, hoặc bước có kết quả, không do Bộ phận Một cửa giữ.",
    "The first step, or the step at which the result is ready, is not held by the one-stop unit.",
)
WHY = (
    "Chỉ Bộ phận Một cửa tiếp nhận hồ sơ và trả kết quả; cán bộ không được giao dịch với người nộp ở nơi khác (R15; "
    "quy ước của FlowISO, R64)."
)


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report first and ready steps held by another role."""
    for step in _at_the_counter(flow):
        if step.by in context.org.roles and step.by != ONE_STOP:
            text = Text(
                f"bước '{step.id}' phải do bộ phận một cửa giữ, không phải '{step.by}'; hãy ghi 'by: {ONE_STOP}'",
                f"step '{step.id}' belongs to the one-stop unit, not to '{step.by}'; write 'by: {ONE_STOP}'",
            )
            yield Finding(CODE, NAME, LEVEL, text, flow.file, *step.place)


def _at_the_counter(flow: Flow) -> Iterator[Step]:
    paper = bool(flow.result) or any(end.kind == "granted" for end in flow.ends)
    return (step for place, step in enumerate(flow.steps) if place == 0 or (step.ready and paper))
