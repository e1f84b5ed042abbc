"""A step, an arrow or an end has no title: neither the flow nor the shared words name it.

Why this is bad: the screen, the receipt and the control sheet would show an officer or a citizen its id, which nobody
outside the file understands (R60).

Bad:

    steps: {tham-dinh: {then: {tu-choi: {to: khong-ten-nay}}}}
    aside: {khong-ten-nay: {by: lanh-dao-so, within: 8wh, then: {ky: dong-dau}}}

Good:

    steps: {tham-dinh: {then: {tu-choi: {to: khong-ten-nay}}}}
    aside: {khong-ten-nay: {title: Ký từ chối, by: lanh-dao-so, within: 8wh, then: {ky: dong-dau}}}
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flowiso.model import FORWARD, Finding, Flow, Level, Place, Transition
from flowiso.text import Text

from .context import Context

CODE = "FLW504"
NAME = "untitled-step"
LEVEL: Level = "warning"
SUMMARY = Text(
    "Một bước, mũi tên hoặc kết cục không có tên, cả trong lưu đồ lẫn trong từ dùng chung.",
    "A step, an arrow or an end has no title: neither the flow nor the shared words name it.",
)
WHY = (
    "Màn hình, giấy tiếp nhận và phiếu kiểm soát sẽ hiện cho cán bộ hoặc người dân một cái mã, mà ngoài tệp này không "
    "ai hiểu (R60)."
)


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report what is called by its id, an action on several steps once; silent while no shared word could be read."""
    words = context.words
    if not (words.steps or words.actions or words.ends) or any(path.endswith(".title") for path in flow.unread):
        return
    untitled: dict[str, Place] = {}
    for name, title, place in _titles(flow, context.ways(flow).written):
        if title.vi == name and flow.unread.isdisjoint({f"step.{name}", f"end.{name}"}):
            untitled.setdefault(name, place)
    for name, place in untitled.items():
        text = Text(
            f"'{name}' không có tên để hiện cho người dùng; hãy thêm 'title' ở đây hoặc trong _steps.yaml",
            f"'{name}' has no title to show; add 'title' here or in _steps.yaml",
        )
        yield Finding(CODE, NAME, LEVEL, text, flow.file, *place)


def _titles(flow: Flow, arrows: Iterable[Transition]) -> Iterator[tuple[str, Text, Place]]:
    yield from ((step.id, step.title, step.place) for step in flow.steps)
    yield from ((arrow.action, arrow.title, arrow.place) for arrow in arrows if arrow.action != FORWARD)
    yield from ((end.id, end.title, end.place) for end in flow.ends)
