"""Two procedures have the same national code or the same title.

Why this is bad: the national code and the exact name are what a procedure is published and counted under (R60); with
two flows for one of them the applicant finds the wrong one and the figures fall into two.

Bad:

    national_code: 2.001624
    facts: [{of: [national_code], read: ví dụ}]
    beside: [{national_code: 2.001624, facts: [{of: [national_code], read: ví dụ}]}]

Good:

    national_code: 2.001624
    facts: [{of: [national_code], read: ví dụ}]
    beside: [{national_code: 2.001625, facts: [{of: [national_code], read: ví dụ}]}]
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flowiso.model import Finding, Flow, Level
from flowiso.text import Text

from .context import Context
from .likeness import coexist

CODE = "FLW112"
NAME = "shared-number-or-title"
LEVEL: Level = "error"
SUMMARY = Text(
    "Hai thủ tục có cùng mã quốc gia hoặc cùng tên.",
    "Two procedures have the same national code or the same title.",
)
WHY = (
    "Thủ tục được công bố và thống kê theo mã quốc gia và tên chính xác (R60); khi hai lưu đồ cùng mã hoặc cùng tên, "
    "người nộp tìm nhầm và số liệu bị chia làm hai."
)
_WORDS = {"national_code": Text("mã quốc gia", "national code"), "title": Text("tên", "title")}


def check(flows: Sequence[Flow], context: Context) -> Iterator[Finding]:
    """Report each flow once whose number or title one before it has, when both are in force on some day."""
    first: dict[tuple[str, str], list[Flow]] = {}
    for flow in sorted(flows, key=lambda flow: (flow.code, flow.version)):
        found = [(key, other) for key in _WORDS for other in _others(flow, key, first)]
        if found:
            key, other = found[0]
            words = _WORDS[key]
            text = Text(
                f"{words.vi} này cũng là của {other.code} ({other.file}); hãy sửa một trong hai",
                f"this is the {words.en} of {other.code} too ({other.file}); correct one of them",
            )
            yield Finding(CODE, NAME, LEVEL, text, flow.file, *flow.place(key))


def _others(flow: Flow, key: str, first: dict[tuple[str, str], list[Flow]]) -> list[Flow]:
    """The flows of other codes before this one that have its number or title; the flow is put with them."""
    value = flow.national_code if key == "national_code" else flow.title.casefold()
    if not value:
        return []
    known = first.setdefault((key, value), [])
    found = [other for other in known if other.code != flow.code and coexist(flow, other)]
    known.append(flow)
    return found
