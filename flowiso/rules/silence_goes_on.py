"""At the due moment the dossier goes on to a step instead of coming to an end.

Why this is bad: `at-due` is taken when the last day of the term is over (R70), so whatever is done at a step after it is
late in every dossier. The one-stop decree knows no tacit approval (R45); where another law does, the case is over with it.

Bad:

    at-due: {het-han: ky-tu-choi}
    facts: [{of: [at-due], read: ví dụ}]

Good:

    at-due: {het-han: im-lang}
    ends: {im-lang: silence}
    facts: [{of: [at-due], read: ví dụ}]
"""

from __future__ import annotations

from collections.abc import Iterator

from flowiso.model import Finding, Flow, Level
from flowiso.text import Text

from .context import Context

CODE = "FLW216"
NAME = "silence-goes-on"
LEVEL: Level = "error"
SUMMARY = Text(
    "Hết hạn trả kết quả, hồ sơ được chuyển sang một bước thay vì kết thúc.",
    "At the due moment the dossier goes on to a step instead of coming to an end.",
)
WHY = (
    "`at-due` được thực hiện khi ngày cuối của thời hạn đã hết (R70), nên việc làm ở bước sau đó thì hồ sơ nào cũng "
    "trễ. Nghị định về một cửa không coi im lặng là đồng ý (R45); khi luật khác quy định im lặng là đồng ý thì hồ sơ "
    "kết thúc ngay lúc đó."
)


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report an `at-due` that leads to a step; one that leads nowhere is FLW201."""
    arrow = flow.at_due
    if arrow is not None and flow.step(arrow.target) is not None:
        text = Text(
            f"'at-due' dẫn đến bước '{arrow.target}' khi thời hạn đã hết; hãy dẫn đến một kết cục, hoặc bỏ 'at-due'",
            f"'at-due' leads to step '{arrow.target}' when the term is over; lead it to an end, or take 'at-due' out",
        )
        yield Finding(CODE, NAME, LEVEL, text, flow.file, *arrow.place)
