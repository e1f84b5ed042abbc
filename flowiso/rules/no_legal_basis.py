"""The flow names no legal basis.

Why this is bad: nobody can tell which changed law touches this flowchart, and the law gives three months to follow
(R66).

Bad:

    legal_basis:

Good:

    legal_basis: [Luật Điện lực số 28/2004/QH11]
"""

from __future__ import annotations

from collections.abc import Iterator

from flowiso.model import Finding, Flow, Level
from flowiso.text import Text

from .context import Context

CODE = "FLW103"
NAME = "no-legal-basis"
LEVEL: Level = "error"
SUMMARY = Text("Lưu đồ không ghi căn cứ pháp lý.", "The flow names no legal basis.")
WHY = (
    "Khi pháp luật thay đổi, không ai biết thay đổi nào liên quan đến lưu đồ này, trong khi quy định chỉ cho ba tháng "
    "để cập nhật (R66)."
)


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report a missing `legal_basis`."""
    if not flow.legal_basis and "legal_basis" not in flow.unread:
        text = Text(
            "lưu đồ không nêu căn cứ pháp lý; hãy thêm 'legal_basis' với ít nhất một văn bản",
            "the flow names no legal basis; add 'legal_basis' with at least one document",
        )
        yield Finding(CODE, NAME, LEVEL, text, flow.file, *flow.place("code"))
