"""The versions of a procedure don't follow each other day by day, number by number.

Why this is bad: a dossier keeps the version in force on the day it was received (our design, after R65). Where two are
in force nobody can say which flowchart it follows; in a gap nothing can be received at all. Drafts count too: they are
about to come.

Bad:

    effective: {from: 2021-09-13, to: 2022-01-01}
    beside: [{code: DIEN-01, version: 2, effective: {from: 2022-01-15}}]

Good:

    effective: {from: 2021-09-13, to: 2022-01-15}
    beside: [{code: DIEN-01, version: 2, effective: {from: 2022-01-15}}]
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from flowiso.model import Finding, Flow, Level
from flowiso.text import Text

from .context import Context
from .likeness import by_code

CODE = "FLW104"
NAME = "version-gap-or-overlap"
LEVEL: Level = "error"
SUMMARY = Text(
    "Các lần ban hành của một thủ tục chồng nhau, hở ngày hoặc thiếu số.",
    "The versions of a procedure overlap, leave a gap or miss a number.",
)
WHY = (
    "Hồ sơ theo lần ban hành có hiệu lực vào ngày tiếp nhận (quy ước của FlowISO, theo R65). Hai lần cùng có hiệu lực "
    "thì không ai biết hồ sơ theo lưu đồ nào; ngày không có lần nào hiệu lực thì không tiếp nhận được. Bản thảo cũng "
    "được tính, vì sắp được ban hành."
)
_PERIOD = {"effective", "effective.from", "effective.to"}


def check(flows: Sequence[Flow], context: Context) -> Iterator[Finding]:
    """Report each pair of neighbours that don't join; a version in two files is FLW101 and counted once."""
    for code, files in by_code(flows):
        versions = list({flow.version: flow for flow in reversed(files)}.values())[::-1]
        for older, newer in pairwise(versions):
            found = _fault(code, older, newer, context)
            if found:
                flow, key, text = found
                yield Finding(CODE, NAME, LEVEL, text, flow.file, *flow.place(key))


def _fault(code: str, older: Flow, newer: Flow, context: Context) -> tuple[Flow, str, Text] | None:
    """The first thing wrong between two versions: the flow to mend, the key to mend, and what to say."""
    if _PERIOD & (older.unread | newer.unread):
        return None
    a, b, since, until = older.version, newer.version, newer.effective, older.effective_to
    if since <= older.effective:
        vi, en = (
            f"lần {b} không bắt đầu sau lần {a} ({older.effective})",
            f"{b} doesn't begin after {a} ({older.effective})",
        )
        return newer, "effective", Text(f"{code}: {vi}; hãy sửa 'from'", f"{code}: version {en}; correct 'from'")
    if until is None:
        vi, en = f"lần {a} còn hiệu lực khi lần {b} bắt đầu", f"{a} is still in force when {b} begins"
        return (
            older,
            "effective",
            Text(f"{code}: {vi}; hãy ghi 'to: {since}'", f"{code}: version {en}; write 'to: {since}'"),
        )
    if since < until:
        vi, en = (
            f"lần {b} bắt đầu khi lần {a} còn hiệu lực đến {until}",
            f"{b} begins while {a} is in force until {until}",
        )
        return (
            newer,
            "effective",
            Text(f"{code}: {vi}; hãy sửa một trong hai", f"{code}: version {en}; correct one of them"),
        )
    if b > a + 1:
        return _number_missing(code, a, newer, context)
    if until < since:
        vi, en = (
            f"không lần nào có hiệu lực từ {until} đến trước {since}",
            f"no version is in force from {until} until {since}",
        )
        return newer, "effective", Text(f"{code}: {vi}; hãy nối hai lần", f"{code}: {en}; let the two join")
    return None


def _number_missing(code: str, a: int, newer: Flow, context: Context) -> tuple[Flow, str, Text] | None:
    """A version between two is missing; whether there is a gap can't be said then."""
    lost = next((number for number in range(a + 1, newer.version) if not _unread(code, number, context)), None)
    vi, en = (
        f"có lần {a}, lần {newer.version} mà thiếu lần {lost}",
        f"has versions {a} and {newer.version} but not {lost}",
    )
    text = Text(f"{code} {vi}; hãy sửa 'version' hoặc thêm tệp", f"{code} {en}; correct 'version' or add the file")
    return (newer, "version", text) if lost else None


def _unread(code: str, version: int, context: Context) -> bool:
    """Whether the version's file is there but can't be read: reported already."""
    name = f"{code.lower()}.v{version}.yaml"
    return any(file.endswith(f"/{name}") for file in context.unread)
