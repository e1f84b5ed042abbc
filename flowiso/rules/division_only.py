"""A step or an arrow names a division, or another agency, instead of a role.

Why this is bad: the whole division holds the dossier and no officer can be named. Khánh Hòa's report of 2019 complains
that its software only knew divisions, so that nobody's own work could be judged (our design, R62).

Bad:

    steps: {tham-dinh: {by: ktnl}}

Good:

    steps: {tham-dinh: {by: chuyen-vien}}
"""

from __future__ import annotations

from collections.abc import Iterator

from flowiso.model import Finding, Flow, Level
from flowiso.text import Text

from . import only_divisions
from .context import Context
from .ways import named, whose

CODE = "FLW310"
NAME = "division-only"
LEVEL: Level = "warning"
SUMMARY = Text(
    "Một bước hoặc mũi tên ghi tên phòng, hoặc cơ quan khác, thay vì một vai trò.",
    "A step or an arrow names a division, or another agency, instead of a role.",
)
WHY = (
    "Cả phòng cùng giữ hồ sơ nên không xác định được cán bộ nào. Báo cáo năm 2019 của Khánh Hòa nêu phần mềm chỉ theo "
    "dõi đến phòng, nên không đánh giá được công việc của từng cá nhân (quy ước của FlowISO, R62)."
)


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report rows and arrows whose `by` is a place, unless all rows of the agency are like that (FLW311)."""
    if context.ways(flow).roles <= context.org.roles.keys() or only_divisions.applies(flow, context):
        return
    for by, thing in named(flow):
        if by not in context.org.roles and (title := context.org.seat_title(by)):
            text = Text(
                f"{whose(thing).vi} do cả '{title.vi}' giữ, không biết người nào; hãy ghi một vai trò như chuyen-vien",
                f"{whose(thing).en} is held by all of '{title.en}', nobody can be named; write a role such as chuyen-vien",
            )
            yield Finding(CODE, NAME, LEVEL, text, flow.file, *thing.place)
