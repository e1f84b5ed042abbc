"""A row or an arrow names a role that `_org.yaml` doesn't know.

Why this is bad: no account can ever hold that step, so the dossier can't be handed to anybody (R62).

Bad:

    steps: {phan-cong: {by: lanh-dao-phongg}}

Good:

    steps: {phan-cong: {by: lanh-dao-phong}}
"""

from __future__ import annotations

from collections.abc import Iterator

from flowiso.model import Finding, Flow, Level
from flowiso.schema import meant, nearest
from flowiso.text import Text

from .context import Context
from .ways import all_arrows

CODE = "FLW302"
NAME = "unknown-role"
LEVEL: Level = "error"


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report unknown roles of rows and arrows; silent while no role could be read."""
    roles = context.org.roles
    used = [(step.by, step.place, Text(f"bước '{step.id}'", f"step '{step.id}'")) for step in flow.steps]
    used += [
        (arrow.by, arrow.place, Text(f"mũi tên '{arrow.action}'", f"arrow '{arrow.action}'"))
        for arrow in all_arrows(flow)
        if arrow.by
    ]
    for role, place, whose in used:
        if role and roles and role not in roles:
            hint = meant(nearest(role, roles))
            text = Text(
                f"{whose.vi} do '{role}' giữ, không phải vai trò nào trong _org.yaml{hint.vi}",
                f"{whose.en} is held by '{role}', which is no role in _org.yaml{hint.en}",
            )
            yield Finding(CODE, NAME, LEVEL, text, flow.file, *place)
