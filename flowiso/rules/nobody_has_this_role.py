"""No account may hold this step: nobody has its role where it sits.

Why this is bad: the dossier comes to a desk where nobody sits, and the hand-over is refused or goes to the wrong
account (R62, R121).

Bad:

    steps: {duyet-phong: {by: hoi-dong}}

Good:

    steps: {duyet-phong: {by: lanh-dao-phong}}
"""

from __future__ import annotations

from collections.abc import Iterator

from flowiso.model import Finding, Flow, Level
from flowiso.text import Text

from .context import Context

CODE = "FLW303"
NAME = "nobody-has-this-role"
LEVEL: Level = "error"


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report each role without accounts once, at the first step it holds."""
    org = context.org
    told: set[str] = set()
    for step in flow.steps:
        role = org.roles.get(step.by)
        if role is None or role.id in told or org.seat(role.id, flow) == flow.division not in org.divisions:
            continue
        told.add(role.id)
        if not any(org.holders(name, flow) for name in (role.id, *role.recorded_by)):
            text = Text(
                f"không ai giữ được bước '{step.id}': chưa tài khoản nào có vai trò '{role.id}' ở đó; hãy thêm",
                f"nobody may hold step '{step.id}': no account there has the role '{role.id}'; add one",
            )
            yield Finding(CODE, NAME, LEVEL, text, flow.file, *step.place)
