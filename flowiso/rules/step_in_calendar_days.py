"""A step whose clock runs is given calendar days or hours by the clock.

Why this is bad: officers work in working hours, and over Tết a step of 5 calendar days has none of them (our design,
R72, R74); the step would be late before anybody sat at his desk.

Bad:

    steps: {tham-dinh: {within: 10d}}

Good:

    steps: {tham-dinh: {within: 10wd}}
"""

from __future__ import annotations

from collections.abc import Iterator

from flowiso.model import Finding, Flow, Level
from flowiso.text import Text

from .context import Context

CODE = "FLW407"
NAME = "step-in-calendar-days"
LEVEL: Level = "warning"
SUMMARY = Text(
    "Một bước đang tính giờ được giao theo ngày lịch hoặc giờ đồng hồ.",
    "A step whose clock runs is given calendar days or hours by the clock.",
)
WHY = (
    "Cán bộ làm việc theo giờ làm việc, mà qua Tết một bước 5 ngày lịch không có giờ nào (quy ước của FlowISO, R72, "
    "R74); bước sẽ trễ trước khi có người ngồi vào bàn."
)


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report running steps with a time in `d` or `h`; while the applicant is waited for, calendar days are right."""
    for step in flow.steps:
        if step.within and step.within.unit in ("d", "h") and step.clock == "run" and not _unclear(flow, step.id):
            text = Text(
                f"bước '{step.id}' có {step.within} theo lịch, qua Tết có thể không còn giờ làm việc nào; hãy ghi wh hoặc wd",
                f"step '{step.id}' has {step.within} by the calendar, which may hold no working hour over Tết; "
                "write wh or wd",
            )
            yield Finding(CODE, NAME, LEVEL, text, flow.file, *step.place)


def _unclear(flow: Flow, step_id: str) -> bool:
    return f"step.{step_id}.clock" in flow.unread
