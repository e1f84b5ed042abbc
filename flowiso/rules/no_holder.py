"""A row doesn't say who holds the dossier.

Why this is bad: nobody can be named when it is late. Khánh Hòa's report of 2019 complains of exactly that: procedures
without a clear executing body could not be put on the software (R60; our design, R62).

Bad:

    steps: {tham-dinh: {by: }}

Good:

    steps: {tham-dinh: {by: chuyen-vien}}
"""

from __future__ import annotations

from collections.abc import Iterator

from flowiso.model import Finding, Flow, Level
from flowiso.text import Text

from .context import Context

CODE = "FLW301"
NAME = "no-holder"
LEVEL: Level = "error"
SUMMARY = Text("Một dòng không nói ai giữ hồ sơ.", "A row doesn't say who holds the dossier.")
WHY = (
    "Khi hồ sơ trễ thì không xác định được ai chịu trách nhiệm. Báo cáo năm 2019 của Khánh Hòa nêu đúng việc này: thủ "
    "tục chưa rõ cơ quan thực hiện thì không đưa lên phần mềm được (R60; quy ước của FlowISO, R62)."
)


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report rows without `by`."""
    for step in flow.steps:
        if not step.by and f"step.{step.id}.by" not in flow.unread:
            text = Text(
                f"bước '{step.id}' không có ai giữ hồ sơ; hãy thêm 'by' với một vai trò",
                f"nobody holds the dossier at step '{step.id}'; add 'by' with a role",
            )
            yield Finding(CODE, NAME, LEVEL, text, flow.file, *step.place)
