"""A row or an arrow names a role that `_org.yaml` doesn't know.

Why this is bad: no account can ever hold that step, so the dossier can't be handed to anybody (our design, R62).

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
from .ways import named, whose

CODE = "FLW302"
NAME = "unknown-role"
LEVEL: Level = "error"
SUMMARY = Text(
    "Một dòng hoặc mũi tên nêu vai trò không có trong `_org.yaml`.",
    "A row or an arrow names a role that `_org.yaml` doesn't know.",
)
WHY = "Không tài khoản nào giữ được bước này, nên không chuyển hồ sơ cho ai được (quy ước của FlowISO, R62)."


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report unknown roles of rows and arrows, divisions aside (FLW310); silent while no role could be read."""
    org = context.org
    if context.ways(flow).roles <= org.roles.keys():
        return
    for role, thing in named(flow):
        if org.roles and org.role(role) is None:
            hint = meant(nearest(role, org.roles))
            text = Text(
                f"{whose(thing).vi} do '{role}' giữ, không phải vai trò nào trong _org.yaml{hint.vi}",
                f"{whose(thing).en} is held by '{role}', which is no role in _org.yaml{hint.en}",
            )
            yield Finding(CODE, NAME, LEVEL, text, flow.file, *thing.place)
