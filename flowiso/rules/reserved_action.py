"""An action is named like one of the engine's own verbs.

Why this is bad: the log could not tell a move of this flow from a receiving, recalling or reassigning of the engine
(our design, after R58).

Bad:

    steps: {ky-duyet: {then: {bounce: {to: tham-dinh, kind: send-back}}}}

Good:

    steps: {ky-duyet: {then: {tra-lai-phong: {to: tham-dinh, kind: send-back}}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from flowiso.model import VERBS, Finding, Flow, Level
from flowiso.text import Text

from .context import Context

CODE = "FLW209"
NAME = "reserved-action"
LEVEL: Level = "error"
SUMMARY = Text(
    "Một hành động mang tên dành riêng cho phần mềm.",
    "An action is named like one of the engine's own verbs.",
)
WHY = (
    "Nhật ký sẽ không phân biệt được mũi tên này của lưu đồ với việc tiếp nhận, thu hồi hoặc giao lại của phần mềm "
    "(quy ước của FlowISO, theo R58)."
)


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report actions that are verbs."""
    for arrow in context.ways(flow).written:
        if arrow.action in VERBS:
            text = Text(
                f"'{arrow.action}' là từ dành riêng của phần mềm; hãy đặt tên khác cho mũi tên này",
                f"'{arrow.action}' is a verb of the engine; give the arrow another name",
            )
            yield Finding(CODE, NAME, LEVEL, text, flow.file, *arrow.place)
