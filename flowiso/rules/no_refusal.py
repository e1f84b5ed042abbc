"""The flow can grant, but it can't refuse.

Why this is bad: a refusal with reasons is one of the results the law knows (R48; our design, R64); without that way
officers would bounce the dossier around or let it lie.

Bad:

    ends: {tu-choi: granted}

Good:

    ends: {tu-choi: refused}
"""

from __future__ import annotations

from collections.abc import Iterator

from flowiso.model import Finding, Flow, Level
from flowiso.text import Text

from .context import Context

CODE = "FLW204"
NAME = "no-refusal"
LEVEL: Level = "error"
SUMMARY = Text("Lưu đồ cấp được kết quả nhưng không có đường từ chối.", "The flow can grant, but it can't refuse.")
WHY = (
    "Từ chối có nêu lý do là một trong các kết quả pháp luật quy định (R48; quy ước của FlowISO, R64); không có đường "
    "đó thì cán bộ sẽ chuyển hồ sơ qua lại hoặc để nằm một chỗ."
)


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report a flow that has a granted end and no refused one; whether ends are used is FLW205."""
    kinds = {end.kind for end in flow.ends}
    understood = not any(path == "ends" or path.startswith("end.") for path in flow.unread)
    if understood and "granted" in kinds and "refused" not in kinds:
        text = Text(
            "lưu đồ cấp được mà không từ chối được; hãy thêm kết cục loại 'refused' và mũi tên tới đó",
            "the flow can grant but not refuse; add an end of kind 'refused' and an arrow to it",
        )
        yield Finding(CODE, NAME, LEVEL, text, flow.file, *flow.place("ends"))
