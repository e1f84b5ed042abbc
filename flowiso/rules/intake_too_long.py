"""The first step takes longer than an answer to a submission may take.

Why this is bad: a dossier handed in online must be answered within eight working hours (R13, `limits.intake` of
`_org.yaml`); checking the papers is the one-stop unit's first step.

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
    "Bước đầu lâu hơn thời gian được phép để trả lời hồ sơ nộp trực tuyến.",
    "The first step takes longer than an answer to a submission may take.",
)

_HOURS = {"wh": 1, "h": 1, "wd": 8, "d": 8}


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report a first step that allows more than the agency's limit for an answer."""
    step, limit = next(iter(flow.steps), None), context.org.limits.intake
    if step and step.within and flow.deadline and _hours(step.within) > _hours(limit):
        text = Text(
            f"bước '{step.id}' cho {step.within}, hồ sơ nộp trực tuyến phải được trả lời trong {limit}; hãy giảm 'within'",
            f"step '{step.id}' allows {step.within}, a submission must be answered within {limit}; lower 'within'",
        )
        yield Finding(CODE, NAME, LEVEL, text, flow.file, *step.place)


def _hours(term: Term) -> float:
    return float(term.amount) * _HOURS.get(term.unit, 0)
