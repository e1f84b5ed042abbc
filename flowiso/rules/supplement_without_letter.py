"""The applicant is asked for more papers, and no letter on the way tells him which.

Why this is bad: what is missing must be asked for in writing, with form 02 (R11, R43); a call leaves no trace, and the
same thing is asked for twice.

Bad:

    aside: {gui-yeu-cau: {forms: [phieu-kiem-soat]}}

Good:

    aside: {gui-yeu-cau: {forms: [phieu-bo-sung]}}
"""

from __future__ import annotations

from collections.abc import Iterator

from flowiso.model import Finding, Flow, Level, Transition
from flowiso.text import Text

from .context import Context
from .ways import Ways

CODE = "FLW502"
NAME = "supplement-without-letter"
LEVEL: Level = "error"
SUMMARY = Text(
    "Người nộp bị yêu cầu bổ sung mà trên đường đó không có phiếu nào nói cần bổ sung gì.",
    "The applicant is asked for more papers, and no letter on the way tells him which.",
)
WHY = (
    "Giấy tờ còn thiếu phải được yêu cầu bằng văn bản, theo mẫu số 02 (R11, R43); gọi điện thì không để lại dấu vết, "
    "và một việc bị yêu cầu hai lần."
)

_LETTER = "phieu-bo-sung"


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report supplement arrows whose way to the applicant names neither form 02 nor a paper in words that asks."""
    ways = context.ways(flow)
    if ways.blind or any(path.endswith((".forms", ".kind")) for path in flow.unread):
        return
    for step in flow.steps:
        for arrow in step.arrows:
            if arrow.kind == "supplement" and not any(_asks(form) for form in _forms(ways, arrow)):
                text = Text(
                    f"đường '{arrow.action}' không có phiếu yêu cầu bổ sung; hãy thêm 'forms: [{_LETTER}]' vào bước gửi",
                    f"the way '{arrow.action}' has no letter that asks; add 'forms: [{_LETTER}]' to the step that sends it",
                )
                yield Finding(CODE, NAME, LEVEL, text, flow.file, *arrow.place)


def _forms(ways: Ways, arrow: Transition) -> Iterator[str]:
    yield from arrow.forms
    for step in ways.asking(arrow).steps:
        yield from step.forms
        for way in step.arrows:
            yield from way.forms


def _asks(form: str) -> bool:
    return form == _LETTER or "bổ sung" in form.lower()
