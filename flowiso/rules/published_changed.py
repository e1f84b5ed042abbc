"""A published flow isn't the one that was frozen.

Why this is bad: dossiers were received, given a due date and judged by that very flowchart (our design, after R65). Who
changes it afterwards changes what was promised; a change is a new version. Only `to`, the end of its period, may be
written. In a list below, `this` stands for the digest of the file.

Bad:

    status: published
    ignore: {FLW108: ví dụ}

Good:

    status: published
    ignore: {FLW108: ví dụ}
    _published: {dien/dien-01.v1.yaml: this}
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flowiso.model import Finding, Flow, Level, Place
from flowiso.published import again, line, listed
from flowiso.text import Text

from .context import Context
from .wrong_place import in_place

CODE = "FLW105"
NAME = "published-changed"
LEVEL: Level = "error"
SUMMARY = Text(
    "Lưu đồ đã ban hành không còn đúng bản đã khóa trong _published.txt.",
    "A published flow isn't the one frozen in _published.txt.",
)
WHY = (
    "Hồ sơ đã được tiếp nhận, hẹn ngày trả và đánh giá theo đúng lưu đồ ấy (quy ước của FlowISO, theo R65); sửa lưu đồ "
    "về sau là sửa điều đã hẹn, nên muốn thay đổi thì phải ban hành lần mới. Chỉ được ghi thêm `to`, ngày hết hiệu "
    "lực. Trong danh sách ở ví dụ, `this` thay cho mã băm của tệp."
)


def check(flows: Sequence[Flow], context: Context) -> Iterator[Finding]:
    """Report changed, unlisted and thawed flows at their `status`, and listed files that aren't there in the list."""
    seals = context.published.seals
    for flow in flows:
        seal = seals.get(listed(flow.file))
        text = _fault(flow, None if seal is None else seal.digest)
        if text and (seal or in_place(flow)):
            yield Finding(CODE, NAME, LEVEL, text, flow.file, *flow.place("status"))
    there = {listed(flow.file) for flow in flows} | context.unread
    moved = {flow.digest for flow in flows}
    for name, (digest, place) in seals.items():
        if name not in there and digest not in moved:
            yield _missing(name, context.published.file, place)


def _fault(flow: Flow, frozen: str | None) -> Text | None:
    anew = again(flow.code)
    if flow.status == "draft" and frozen:
        return Text(
            f"lưu đồ đã ban hành không thể trở lại bản thảo; hãy lấy lại bản cũ, muốn sửa thì ban hành lần mới: {anew.vi}",
            f"a published flow can't become a draft again; restore the file, for a change issue a new version: {anew.en}",
        )
    if flow.status == "published" and not frozen:
        entry = line(flow.file, flow.digest or "").rstrip()
        return Text(
            f"lưu đồ đã ban hành mà chưa khóa; hãy ghi dòng '{entry}' vào _published.txt, hoặc ghi 'status: draft'",
            f"the flow is published but not frozen; put the line '{entry}' into _published.txt, or write 'status: draft'",
        )
    if flow.digest != frozen:  # None for a draft
        return Text(
            f"lưu đồ đã ban hành bị sửa; hãy lấy lại bản cũ rồi ban hành lần mới: {anew.vi}",
            f"the published flow was changed; restore the file and issue a new version: {anew.en}",
        )
    return None


def _missing(name: str, file: str, place: Place) -> Finding:
    text = Text(
        f"thiếu {name}, lưu đồ đã ban hành; hồ sơ cũ vẫn cần nó, hãy lấy lại tệp",
        f"{name}, a published flow, is missing; old dossiers still need it, restore the file",
    )
    return Finding(CODE, NAME, LEVEL, text, file, *place)
