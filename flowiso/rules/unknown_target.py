"""An arrow leads to something that is neither a step nor an end of this flow.

Why this is bad: the officer presses the button and the dossier has nowhere to go (our design, R64).

Bad:

    steps: {tham-dinh: {then: {tu-choi: ky-tuchoi}}}

Good:

    steps: {tham-dinh: {then: {tu-choi: ky-tu-choi}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from flowiso.model import Finding, Flow, Level
from flowiso.schema import meant
from flowiso.text import Text

from .context import Context

CODE = "FLW201"
NAME = "unknown-target"
LEVEL: Level = "error"
SUMMARY = Text(
    "Một mũi tên dẫn đến chỗ không phải bước cũng không phải kết cục của lưu đồ.",
    "An arrow leads to something that is neither a step nor an end of this flow.",
)
WHY = "Cán bộ bấm nút mà hồ sơ không có nơi nào để đến (quy ước của FlowISO, R64)."


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report arrows to nowhere, unless the rows or ends themselves could not be read."""
    if flow.unread & {"steps", "aside", "ends"}:
        return
    ways = context.ways(flow)
    for arrow in ways.written:
        if arrow.target in ways.ids:
            continue
        guess = ways.meant(arrow.target)
        if f"step.{guess}" in flow.unread or f"end.{guess}" in flow.unread:
            continue
        hint = meant(guess)
        text = Text(
            f"mũi tên '{arrow.action}' dẫn tới '{arrow.target}', không phải bước hay kết cục nào{hint.vi}",
            f"arrow '{arrow.action}' leads to '{arrow.target}', which is no step and no end{hint.en}",
        )
        yield Finding(CODE, NAME, LEVEL, text, flow.file, *arrow.place)
