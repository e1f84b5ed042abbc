"""A limit that runs out at once.

Why this is bad: `at-limit` moves the dossier on when `within` has run out; with `within: immediate` nobody could ever
act, and two such steps would hand it to each other for ever (our design, R64).

Bad:

    aside:
      cho-bo-sung: {within: immediate, at-limit: {qua-han: da-rut}}

Good:

    aside:
      cho-bo-sung: {within: 30d, at-limit: {qua-han: da-rut}}
"""

from __future__ import annotations

from collections.abc import Iterator

from flowiso.model import Finding, Flow, Level, Step
from flowiso.text import Text

from .context import Context

CODE = "FLW210"
NAME = "timer-at-once"
LEVEL: Level = "error"
SUMMARY = Text("Giới hạn của bước hết ngay khi vừa đến.", "A limit that runs out at once.")
WHY = (
    "`at-limit` chuyển hồ sơ đi khi hết `within`; với `within: immediate` thì không ai kịp làm gì, và hai bước như vậy "
    "sẽ chuyển hồ sơ qua lại mãi (quy ước của FlowISO, R64)."
)


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report each step whose limit is up as soon as it is entered; in a circle without a way out that is FLW203."""
    for step in flow.steps:
        if step.at_limit and at_once(step) and not _stuck(flow, step, context):
            text = Text(
                f"bước '{step.id}' có 'at-limit' nhưng hết thời gian ngay khi vào; hãy cho 'within' một thời gian",
                f"step '{step.id}' has 'at-limit' but its time is up on entry; give 'within' a length of time",
            )
            yield Finding(CODE, NAME, LEVEL, text, flow.file, *step.at_limit.place)


def at_once(step: Step) -> bool:
    """Whether the step's time is up on entry."""
    return step.within is not None and step.within.unit == "immediate"


def _stuck(flow: Flow, step: Step, context: Context) -> bool:
    ahead = context.ways(flow).after(step.id)
    return step.id in ahead and ahead.isdisjoint(end.id for end in flow.ends)
