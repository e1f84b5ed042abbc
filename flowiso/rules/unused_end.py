"""No arrow leads to this end.

Why this is bad: the statistics keep a line that stays empty for ever; mostly an arrow was forgotten (our design, R64).

Bad:

    ends: {het-hieu-luc: stopped}

Good:

    ends: {het-hieu-luc: stopped}
    steps: {tham-dinh: {then: {dung: het-hieu-luc}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from flowiso.model import Finding, Flow, Level
from flowiso.text import Text

from .context import Context

CODE = "FLW205"
NAME = "unused-end"
LEVEL: Level = "error"
SUMMARY = Text("Không mũi tên nào dẫn đến kết cục này.", "No arrow leads to this end.")
WHY = "Thống kê sẽ có một dòng mãi mãi để trống; thường là do quên một mũi tên (quy ước của FlowISO, R64)."


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report ends without an arrow, unless an arrow could not be understood or a step has no way out (FLW203)."""
    ways = context.ways(flow)
    if ways.blind or not ways.going_out >= ways.leads.keys():
        return
    used = frozenset[str]().union(*ways.leads.values())
    used |= {ways.meant(arrow.target) or "" for arrow in flow.anywhere}
    for end in flow.ends:
        if end.id not in used:
            text = Text(
                f"không có mũi tên nào tới kết cục '{end.id}'; hãy thêm mũi tên hoặc bỏ kết cục này",
                f"no arrow leads to end '{end.id}'; add an arrow or remove the end",
            )
            yield Finding(CODE, NAME, LEVEL, text, flow.file, *end.place)
