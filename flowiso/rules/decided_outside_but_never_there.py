"""Another authority decides, but no step of the flow is held there.

Why this is bad: the dossier is never shown to those who decide it, so either the head or the flowchart is wrong (R47,
R60).

Bad:

    decided_by: ubnd

Good:

    decided_by: ubnd
    steps: {ky-duyet: {then: {trinh-ubnd: ubnd-ky}}}
    aside: {ubnd-ky: {by: lanh-dao-ubnd, within: 8wh, then: {ky: tra-ket-qua}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from flowiso.model import Finding, Flow, Level
from flowiso.text import Text

from .context import Context

CODE = "FLW601"
NAME = "decided-outside-but-never-there"
LEVEL: Level = "error"
SUMMARY = Text(
    "Cơ quan khác quyết định, nhưng không bước nào của lưu đồ ở cơ quan đó.",
    "Another authority decides, but no step of the flow is held there.",
)
WHY = "Hồ sơ không bao giờ được trình cơ quan quyết định, nên hoặc phần đầu sai, hoặc lưu đồ sai (R47, R60)."


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report an authority that is a partner and holds no step; silent while a holder is unknown."""
    org = context.org
    outside = flow.decided_by in org.authorities and flow.decided_by in org.partners
    if not outside or any(step.by not in org.roles for step in flow.steps):
        return
    if all(org.seat(step.by, flow) != flow.decided_by for step in flow.steps):
        text = Text(
            f"'{flow.decided_by}' quyết định nhưng không giữ bước nào; hãy thêm bước ở đó hoặc sửa 'decided_by'",
            f"'{flow.decided_by}' decides but holds no step; add a step there or correct 'decided_by'",
        )
        yield Finding(CODE, NAME, LEVEL, text, flow.file, *flow.place("decided_by"))
