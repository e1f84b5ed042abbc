"""The flow is marked interconnected, but no other agency holds a step of it.

Why this is bad: an interconnected procedure goes through other agencies, whose part must be drawn with its time (R46,
R47); either their steps were forgotten or the mark is wrong, and the province's figures count it with the others.

Bad:

    interconnected: yes

Good:

    interconnected: no
"""

from __future__ import annotations

from collections.abc import Iterator

from flowiso.model import Finding, Flow, Level
from flowiso.text import Text

from .context import Context

CODE = "FLW603"
NAME = "interconnected-alone"
LEVEL: Level = "error"
SUMMARY = Text(
    "Lưu đồ ghi là liên thông nhưng không cơ quan nào khác giữ bước nào.",
    "The flow is marked interconnected, but no other agency holds a step of it.",
)
WHY = (
    "Thủ tục liên thông đi qua cơ quan khác, nên phải vẽ cả phần việc và thời gian của họ (R46, R47); ở đây hoặc quên "
    "các bước đó, hoặc ghi sai, và số liệu của tỉnh vẫn tính thủ tục này là liên thông."
)


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report the mark; silent while a holder is unknown, and where the missing partner is the one that decides (FLW601)."""
    org = context.org
    if not flow.interconnected or flow.decided_by in org.partners or "steps" in flow.unread:
        return
    holders = [org.role(step.by) for step in flow.steps]
    if all(role and role.party != "partner" for role in holders):
        text = Text(
            "thủ tục liên thông mà không có bước nào của cơ quan khác; hãy thêm bước đó hoặc ghi 'interconnected: no'",
            "interconnected, but no step is held by another agency; add that step or write 'interconnected: no'",
        )
        yield Finding(CODE, NAME, LEVEL, text, flow.file, *flow.place("interconnected"))
