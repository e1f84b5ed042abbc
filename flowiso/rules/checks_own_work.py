"""One account may examine a dossier and approve it, or number the paper too.

Why this is bad: who examines, who signs and who numbers must be three persons (R140), unless the law lets the one-stop
unit do it all (`one_stop_full`, R18); else nobody ever looks at the work a second time.

Bad:

    steps: {tham-dinh: {by: lanh-dao-tham-dinh}}  # whoever has this role is lanh-dao-so as well

Good:

    steps: {tham-dinh: {by: chuyen-vien}}
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from flowiso.model import Duty, Finding, Flow, Level, Step
from flowiso.text import Text

from .context import Context

CODE = "FLW304"
NAME = "checks-own-work"
LEVEL: Level = "error"
SUMMARY = Text(
    "Một tài khoản vừa thẩm định vừa ký cùng hồ sơ, hoặc còn vào số văn bản.",
    "One account may examine a dossier and approve it, or number the paper too.",
)

_APART: tuple[Duty, ...] = ("examine", "approve", "issue")
_DOES = {
    "examine": Text("thẩm định", "examine"),
    "approve": Text("ký", "approve"),
    "issue": Text("vào số", "number"),
}


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report, for each two roles whose duties must be apart, the accounts that have both; at the later duty's step."""
    if flow.one_stop_full is not None:
        return
    for (duty, step), (other, later) in combinations(_first_steps(flow, context), 2):
        both = context.holders(step.by, flow).keys() & context.holders(later.by, flow).keys()
        if duty != other and both:
            names = ", ".join(sorted(both)[:5])
            text = Text(
                f"{names} vừa {_DOES[duty].vi} ở bước '{step.id}' vừa {_DOES[other].vi} ở bước '{later.id}' cùng hồ sơ; "
                "hãy tách vai trò của các tài khoản này hoặc ghi căn cứ ở 'one_stop_full'",
                f"{names} may both {_DOES[duty].en} at step '{step.id}' and {_DOES[other].en} at step '{later.id}' of one "
                "dossier; part the roles of these accounts or name the basis in 'one_stop_full'",
            )
            yield Finding(CODE, NAME, LEVEL, text, flow.file, *later.place)


def _first_steps(flow: Flow, context: Context) -> list[tuple[Duty, Step]]:
    """The first step of every role that examines, approves or numbers, in that order of duties."""
    first: dict[str, Step] = {}
    for step in flow.steps:
        first.setdefault(step.by, step)
    roles = [(role.duty, step) for by, step in first.items() if (role := context.org.roles.get(by))]
    return [(duty, step) for wanted in _APART for duty, step in roles if duty == wanted]
