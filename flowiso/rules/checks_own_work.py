"""One account may examine a dossier and approve it, or number the paper too.

Why this is bad: nobody ever looks at the work a second time. Examining, signing and numbering take three persons (our
design, R140), unless the law lets the one-stop unit do it all (`one_stop_full`, R18).

Bad:

    steps: {tham-dinh: {by: lanh-dao-tham-dinh}}  # ai có vai trò này cũng là lanh-dao-so

Good:

    steps: {tham-dinh: {by: chuyen-vien}}
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from itertools import combinations
from typing import NamedTuple

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
WHY = (
    "Chẳng ai xem lại việc đó lần thứ hai. Người thẩm định, người ký và người vào số phải là ba người (quy ước của "
    "FlowISO, R140), trừ khi pháp luật cho Bộ phận Một cửa làm tất cả (`one_stop_full`, R18)."
)

_APART: tuple[Duty, ...] = ("examine", "approve", "issue")
_DOES = {
    "examine": Text("thẩm định", "examine"),
    "approve": Text("ký", "approve"),
    "issue": Text("vào số", "number"),
}


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report, for each two roles whose duties must be apart, the accounts that have both; at the later duty's step."""
    for duty, step, other, later, both in overlaps(flow, context):
        names = ", ".join(sorted(both)[:5])
        text = Text(
            f"{names} vừa {_DOES[duty].vi} ở bước '{step.id}' vừa {_DOES[other].vi} ở bước '{later.id}' cùng hồ sơ; "
            "hãy tách vai trò của các tài khoản này hoặc ghi căn cứ ở 'one_stop_full'",
            f"{names} may both {_DOES[duty].en} at step '{step.id}' and {_DOES[other].en} at step '{later.id}' of one "
            "dossier; part the roles of these accounts or name the basis in 'one_stop_full'",
        )
        yield Finding(CODE, NAME, LEVEL, text, flow.file, *later.place)


class Overlap(NamedTuple):
    """Two duties that must be apart, the step of each, and the accounts that may hold both."""

    duty: Duty
    step: Step
    other: Duty
    later: Step
    names: Set[str]


def overlaps(flow: Flow, context: Context) -> Iterator[Overlap]:
    """Who may examine and approve, or number, in one flow; nobody where a law lets one person do it all."""
    if flow.one_stop_full is not None:
        return
    for (duty, step), (other, later) in combinations(_first_steps(flow, context), 2):
        both = context.holders(step.by, flow).keys() & context.holders(later.by, flow).keys()
        if duty != other and both:
            yield Overlap(duty, step, other, later, both)


def _first_steps(flow: Flow, context: Context) -> list[tuple[Duty, Step]]:
    """The first step of every role that examines, approves or numbers, in that order of duties."""
    first: dict[str, Step] = {}
    for step in flow.steps:
        first.setdefault(step.by, step)
    roles = [(role.duty, step) for by, step in first.items() if (role := context.org.roles.get(by))]
    return [(duty, step) for wanted in _APART for duty, step in roles if duty == wanted]
