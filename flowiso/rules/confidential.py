"""The flow says that the procedure holds a state secret.

Why this is bad: procedures with secret content must not be put on the software (R68); nothing here is built to keep a
secret.

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


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report `confidential: yes`."""
    if flow.confidential:
        text = Text(
            "thủ tục có bí mật nhà nước không được đưa lên phần mềm; hãy bỏ tệp này, giải quyết ngoài hệ thống",
            "a procedure that holds a state secret may not be loaded; take this file away, handle it outside the system",
        )
        yield Finding(CODE, NAME, LEVEL, text, flow.file, *flow.place("confidential"))
