"""The flow silences a rule that finds nothing in it, or one that can't be silenced.

Why this is bad: a silence that is left behind after the fault was mended hides the next one. What the engine couldn't
run at all, such as an arrow that leads nowhere, can't be silenced.

Bad:

    ignore: {FLW204: "thủ tục này không có đường từ chối"}

Good:

    ends: {tu-choi: granted}
    ignore: {FLW204: "thủ tục này không có đường từ chối"}
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from flowiso.model import Finding, Flow, Level
from flowiso.text import Text

CODE = "FLW006"
NAME = "idle-ignore"
LEVEL: Level = "warning"
SUMMARY = Text(
    "Lưu đồ bỏ qua một quy tắc không phát hiện gì, hoặc không được phép bỏ qua.",
    "The flow silences a rule that finds nothing in it, or one that can't be silenced.",
)
WHY = (
    "Lỗi đã sửa mà còn để lại dòng bỏ qua thì dòng đó sẽ che mất lỗi sau. Những gì phần mềm không thể chạy, như mũi "
    "tên không dẫn đến đâu, thì không được phép bỏ qua."
)


def check(flow: Flow, used: Collection[tuple[str, str]]) -> Iterator[Finding]:
    """Report the entries of `ignore` that are not among the (file, code) that silenced something."""
    for entry in flow.ignore:
        if (flow.file, entry.code) not in used:
            text = Text(
                f"'ignore: {entry.code}' không bỏ qua được gì ở đây; hãy xóa dòng này",
                f"'ignore: {entry.code}' silences nothing here; remove it",
            )
            yield Finding(CODE, NAME, LEVEL, text, flow.file, *entry.place)
