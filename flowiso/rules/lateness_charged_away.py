"""A step that the agency itself holds charges its lateness to another agency.

Why this is bad: the apology for a late dossier is signed by who was late (R49), and a step held elsewhere is charged
there anyway (our design, R124); here an officer's own lateness would stand in another agency's figures.

Bad:

    steps: {tham-dinh: {charged-to: partner}}

Good:

    steps: {tham-dinh: {by: chuyen-vien}}
"""

from __future__ import annotations

from collections.abc import Iterator

from flowiso.model import Finding, Flow, Level
from flowiso.text import Text

from .context import Context

CODE = "FLW604"
NAME = "lateness-charged-away"
LEVEL: Level = "warning"
SUMMARY = Text(
    "Một bước do chính cơ quan giữ lại tính trễ cho cơ quan khác.",
    "A step that the agency itself holds charges its lateness to another agency.",
)
WHY = (
    "Hồ sơ trễ thì bên làm trễ ký văn bản xin lỗi (R49), và bước ở cơ quan khác vốn đã tính trễ cho cơ quan đó (quy "
    "ước của FlowISO, R124); ở đây, phần trễ của chính cán bộ mình lại nằm trong số liệu của cơ quan khác."
)


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report steps of the agency with `charged-to: partner`."""
    for step in flow.steps:
        role = context.org.role(step.by)
        if step.charged_to == "partner" and role and role.party == "agency":
            text = Text(
                f"bước '{step.id}' do '{step.by}' giữ mà trễ lại tính cho cơ quan khác; hãy bỏ 'charged-to', "
                "hoặc giao bước cho vai trò của cơ quan đó",
                f"step '{step.id}' is held by '{step.by}' but its lateness is charged elsewhere; remove 'charged-to', "
                "or give the step to a role of that agency",
            )
            yield Finding(CODE, NAME, LEVEL, text, flow.file, *step.place)
