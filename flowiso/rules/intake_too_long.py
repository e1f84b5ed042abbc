"""The first step takes longer than the agency lets an answer to a submission take.

Why this is bad: a dossier handed in online is to be answered within eight working hours (from memory, R13: read the
decree, and set `limits.intake` of `_org.yaml` by it). That every first step keeps this time, at the counter too, is our
design: checking the papers is the one-stop unit's first step.

Bad:

    steps: {tiep-nhan: {within: 10wh}, tham-dinh: {within: 74wh}}

Good:

    steps: {tiep-nhan: {within: 8wh}, tham-dinh: {within: 76wh}}
"""

from __future__ import annotations

from collections.abc import Iterator

from flowiso.model import Finding, Flow, Level
from flowiso.term import Term
from flowiso.text import Text

from .context import Context

CODE = "FLW409"
NAME = "intake-too-long"
LEVEL: Level = "error"
SUMMARY = Text(
    "Bước đầu lâu hơn thời gian cơ quan đặt ra để trả lời hồ sơ nộp trực tuyến.",
    "The first step takes longer than the agency lets an answer to a submission take.",
)
WHY = (
    "Hồ sơ nộp trực tuyến phải được trả lời trong tám giờ làm việc (theo trí nhớ, R13: hãy đọc lại nghị định rồi đặt "
    "`limits.intake` của `_org.yaml`). Bước đầu của mọi lưu đồ phải giữ giờ này, cả khi nộp tại quầy, là quy ước của "
    "FlowISO: kiểm tra giấy tờ là bước đầu, của Bộ phận Một cửa."
)

_HOURS = {"wh": 1, "h": 1, "wd": 8, "d": 8}


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report a first step that allows more than the agency's limit for an answer."""
    step, limit = next(iter(flow.steps), None), context.org.limits.intake
    if step and step.within and flow.deadline and _hours(step.within) > _hours(limit):
        text = Text(
            f"bước '{step.id}' cho {step.within}, cơ quan đặt hạn trả lời hồ sơ nộp là {limit} (limits.intake); hãy giảm "
            "'within'",
            f"step '{step.id}' allows {step.within}, the agency's limit for an answer is {limit} (limits.intake); lower "
            "'within'",
        )
        yield Finding(CODE, NAME, LEVEL, text, flow.file, *step.place)


def _hours(term: Term) -> float:
    return float(term.amount) * _HOURS.get(term.unit, 0)
