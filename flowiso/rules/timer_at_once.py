"""A limit that runs out at once.

Why this is bad: `at-limit` moves the dossier on when `within` has run out; with `within: immediate` nobody could ever act,
and two such steps would hand it to each other for ever (R64).

Bad:

    aside:
      cho-bo-sung: {within: immediate, at-limit: {qua-han: da-rut}}

Good:

    aside:
      cho-bo-sung: {within: 30d, at-limit: {qua-han: da-rut}}
"""

from __future__ import annotations

from collections.abc import Iterator

from flowiso.model import Finding, Flow, Level
from flowiso.text import Text

from .context import Context

CODE = "FLW210"
NAME = "timer-at-once"
LEVEL: Level = "error"
SUMMARY = Text("Giới hạn của bước hết ngay khi vừa đến.", "A limit that runs out at once.")


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report each step whose limit is up as soon as it is entered."""
    for step in flow.steps:
        if step.at_limit is not None and step.within is not None and step.within.unit == "immediate":
            text = Text(
                f"bước '{step.id}' có 'at-limit' nhưng hết thời gian ngay khi vào; hãy cho 'within' một thời gian",
                f"step '{step.id}' has 'at-limit' but its time is up on entry; give 'within' a length of time",
            )
            yield Finding(CODE, NAME, LEVEL, text, flow.file, *step.at_limit.place)
