"""The flow says that the procedure holds a state secret.

Why this is bad: the law on state secrets must be kept (R68), and nothing here is built to keep a secret; that such a
procedure isn't put on the software at all is our own rule.

Bad:

    confidential: yes
    facts: [{of: [confidential], read: ví dụ}]

Good:

    confidential: no
    facts: [{of: [confidential], read: ví dụ}]
"""

from __future__ import annotations

from collections.abc import Iterator

from flowiso.model import Finding, Flow, Level
from flowiso.text import Text

from .context import Context

CODE = "FLW110"
NAME = "confidential"
LEVEL: Level = "error"
SUMMARY = Text(
    "Lưu đồ ghi rằng thủ tục có nội dung bí mật nhà nước.",
    "The flow says that the procedure holds a state secret.",
)
WHY = (
    "Phải giữ đúng pháp luật về bảo vệ bí mật nhà nước (R68), mà phần mềm này không có gì để bảo vệ bí mật; không đưa "
    "thủ tục như thế lên phần mềm là quy ước của FlowISO."
)


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report `confidential: yes`."""
    if flow.confidential:
        text = Text(
            "thủ tục có bí mật nhà nước không được đưa lên phần mềm; hãy bỏ tệp này, giải quyết ngoài hệ thống",
            "a procedure that holds a state secret may not be loaded; take this file away, handle it outside the system",
        )
        yield Finding(CODE, NAME, LEVEL, text, flow.file, *flow.place("confidential"))
