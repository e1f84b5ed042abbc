"""The procedure has no deadline, and nothing says why.

Why this is bad: a procedure without a time limit can't be put on the one-stop software, so nobody can say whether its
dossiers are late (Khánh Hòa's report of 2019; R60). Where the law really sets none, say so (our design, R61).

Bad:

    deadline: none
    steps: {tham-dinh: {within: 80wh}}

Good:

    deadline: 15wd
    steps: {tham-dinh: {within: 80wh}}
"""

from __future__ import annotations

from collections.abc import Iterator

from flowiso.model import Finding, Flow, Level
from flowiso.text import Text

from .context import Context

CODE = "FLW401"
NAME = "no-deadline"
LEVEL: Level = "error"
SUMMARY = Text("Thủ tục không có thời hạn mà không nói vì sao.", "The procedure has no deadline, and nothing says why.")
WHY = (
    "Thủ tục không có thời hạn thì không đưa lên phần mềm một cửa được, nên không ai biết hồ sơ có trễ hay không (báo "
    "cáo năm 2019 của Khánh Hòa; R60). Nếu pháp luật thật sự không quy định thời hạn thì phải ghi rõ (quy ước của "
    "FlowISO, R61)."
)


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report `deadline: none` without a reason."""
    if flow.deadline is None and not flow.no_deadline_reason and not flow.unread & {"deadline", "no_deadline_reason"}:
        text = Text(
            "thủ tục không có thời hạn; hãy ghi như 15wd, hoặc thêm 'no_deadline_reason' nếu luật không quy định",
            "the procedure has no deadline; write one such as 15wd, or 'no_deadline_reason' if the law sets none",
        )
        yield Finding(CODE, NAME, LEVEL, text, flow.file, *flow.place("deadline"))
