"""The flow is published though a fact of it is only assumed.

Why this is bad: a published flowchart was approved (R65) and is frozen (our design); people rely on it for terms and
duties that nobody has read anywhere.

Bad:

    status: published
    _published: {dien/dien-01.v1.yaml: this}

Good:

    status: draft
"""

from __future__ import annotations

from collections.abc import Iterator

from flowiso.model import Finding, Flow, Level
from flowiso.text import Text

from .context import Context

CODE = "FLW108"
NAME = "published-with-assumption"
LEVEL: Level = "error"
SUMMARY = Text(
    "Lưu đồ đã ban hành mà còn dữ kiện chỉ là giả định.",
    "The flow is published though a fact of it is only assumed.",
)
WHY = (
    "Lưu đồ đã ban hành là lưu đồ đã được phê duyệt (R65) và khóa lại (quy ước của FlowISO); mọi người dựa vào thời "
    "hạn và trách nhiệm ghi trong đó, trong khi chưa ai đọc thấy ở văn bản nào."
)


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report a published flow that rests on assumptions."""
    assumed = [name for entry in flow.facts if entry.status == "assumed" for name in entry.of]
    if flow.status == "published" and assumed:
        listed = ", ".join(assumed[:5]) + (", ..." if len(assumed) > 5 else "")
        text = Text(
            f"lưu đồ đã ban hành nhưng còn giả định ({listed}); hãy đọc nguồn hoặc để 'status: draft'",
            f"the flow is published but rests on assumptions ({listed}); read the source or keep 'status: draft'",
        )
        yield Finding(CODE, NAME, LEVEL, text, flow.file, *flow.place("status"))
