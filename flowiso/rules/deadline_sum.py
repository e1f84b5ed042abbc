"""The steps of the main path take longer than the deadline.

Why this is bad: every officer keeps the time and the dossier is late all the same (R63). A working day is 8 working
hours; time after the result is ready and stopped clocks don't count.

Bad:

    deadline: 12wd

Good:

    deadline: 16wd
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from flowiso.model import Finding, Flow, Level, Step
from flowiso.term import Term
from flowiso.text import Text

from .context import Context

CODE = "FLW402"
NAME = "deadline-sum"
LEVEL: Level = "error"


_HOURS = {"wd": 8, "wh": 1}


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report a main path that can't be walked within the deadline; of calendar days each may be a working day."""
    allowed = None if flow.deadline is None else _allowed(flow.deadline)
    needed = sum((_hours(step) for step in flow.steps if _counts(flow, step)), Decimal(0))
    if allowed is not None and needed > allowed:
        text = Text(
            f"đường chính cần {needed:f}wh, thời hạn chỉ {allowed:f}wh; hãy sửa 'within' hoặc 'deadline'",
            f"the main path takes {needed:f}wh, the deadline is {allowed:f}wh; correct 'within' or 'deadline'",
        )
        yield Finding(CODE, NAME, LEVEL, text, flow.file, *flow.place("deadline"))


def _counts(flow: Flow, step: Step) -> bool:
    understood = not flow.unread & {f"step.{step.id}.clock", f"step.{step.id}.ready"}
    return step.main and step.clock == "run" and not step.ready and understood


def _hours(step: Step) -> Decimal:
    """The step's time in working hours; calendar days and hours may fall on days off and count nothing."""
    return step.within.amount * _HOURS.get(step.within.unit, 0) if step.within else Decimal(0)


def _allowed(deadline: Term) -> Decimal | None:
    if deadline.unit == "immediate":
        return None
    return (deadline.amount * (1 if deadline.unit in ("wh", "h") else 8)).normalize() + 0
