"""Every step of the agency is held by a division, none by a role.

Why this is bad: from beginning to end no officer can be named, so the software can say that a dossier is late but never
with whom. Khánh Hòa's report of 2019 complains of exactly that (our design, R62).

Bad:

    steps: {tiep-nhan: {by: vp}, phan-cong: {by: ktnl}, tham-dinh: {by: ktnl}, duyet-phong: {by: ktnl},
            ky-duyet: {by: lanh-dao}, phat-hanh: {by: vp}, tra-ket-qua: {by: vp}}
    aside: {gui-yeu-cau: {by: vp}, ky-tu-choi: {by: lanh-dao}, dong-dau: {by: vp}, tra-tu-choi: {by: vp}}

Good:

    steps: {tham-dinh: {by: chuyen-vien}}
"""

from __future__ import annotations

from collections.abc import Iterator

from flowiso.model import Finding, Flow, Level
from flowiso.text import Text

from .context import Context

CODE = "FLW311"
NAME = "only-divisions"
LEVEL: Level = "error"
SUMMARY = Text(
    "Mọi bước của cơ quan đều do cả phòng giữ, không bước nào do một vai trò.",
    "Every step of the agency is held by a division, none by a role.",
)
WHY = (
    "Từ đầu đến cuối không xác định được cán bộ nào, nên phần mềm biết hồ sơ trễ nhưng không biết trễ ở ai. Báo cáo "
    "năm 2019 của Khánh Hòa nêu đúng việc này (quy ước của FlowISO, R62)."
)


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report a flow that names no role of the agency, once."""
    if applies(flow, context):
        text = Text(
            "mọi bước của cơ quan đều giao cho cả phòng; hãy ghi ở 'by' của từng bước một vai trò trong _org.yaml",
            "every step of the agency is given to a division; write a role of _org.yaml in 'by' of each step",
        )
        yield Finding(CODE, NAME, LEVEL, text, flow.file, *flow.place("steps"))


def applies(flow: Flow, context: Context) -> bool:
    """Whether all steps the agency holds, and there are some, are held by places."""
    org = context.org
    own = [step.by for step in flow.steps if (role := org.role(step.by)) is None or role.party == "agency"]
    return bool(own) and all(by not in org.roles and org.role(by) for by in own)
