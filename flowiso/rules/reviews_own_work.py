"""One account may examine a dossier and review it too.

Why this is bad: the review is there so that a second person looks at the draft; a head of division must not pass what he
examined himself (our design, with R140). The law lets one-stop staff who were given the competence do both (`one_stop_full`,
R18).

Bad:

    _org: {accounts: {chuyen-vien.1: {roles: [chuyen-vien, lanh-dao-phong]}}}

Good:

    _org: {accounts: {chuyen-vien.1: {roles: [chuyen-vien]}}}
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from flowiso.model import Finding, Flow, Level
from flowiso.text import Text

from .checks_own_work import overlaps
from .context import Context

CODE = "FLW313"
NAME = "reviews-own-work"
LEVEL: Level = "warning"
SUMMARY = Text(
    "Một tài khoản vừa thẩm định vừa xem xét cùng hồ sơ.", "One account may examine a dossier and review it too."
)
WHY = (
    "Có khâu xem xét là để người thứ hai xem lại dự thảo; lãnh đạo phòng không được duyệt hồ sơ do chính mình thẩm định "
    "(quy ước của FlowISO, cùng R140). Pháp luật cho cán bộ Bộ phận Một cửa được ủy quyền làm cả hai việc "
    "(`one_stop_full`, R18)."
)


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report, for each examining and each reviewing role, who has both, at the first review behind an examination.

    Whoever FLW304 names in this flow already isn't named again.
    """
    if flow.one_stop_full is not None:
        return
    duties = [(context.duty(step.by), step) for step in flow.steps]
    examined, reviewed = ([step for duty, step in duties if duty == wanted] for wanted in ("examine", "review"))
    told: set[tuple[str, str]] = set()
    for step, later in product(examined, reviewed):
        both = context.holders(step.by, flow).keys() & context.holders(later.by, flow).keys()
        if not both or (step.by, later.by) in told or later.id not in context.ways(flow).onward(step.id):
            continue
        told.add((step.by, later.by))
        names = ", ".join(sorted(both.difference(*(overlap.names for overlap in overlaps(flow, context))))[:5])
        if names:
            text = Text(
                f"{names} vừa thẩm định ở bước '{step.id}' vừa xem xét ở bước '{later.id}' cùng hồ sơ; hãy tách vai trò "
                "của các tài khoản này hoặc ghi căn cứ ở 'one_stop_full'",
                f"{names} may both examine at step '{step.id}' and review at step '{later.id}' of one dossier; part the "
                "roles of these accounts or name the basis in 'one_stop_full'",
            )
            yield Finding(CODE, NAME, LEVEL, text, flow.file, *later.place)
