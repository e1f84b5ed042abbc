"""A result leaves the agency on a way that nobody signs.

Why this is bad: a licence, and a refusal too, is a decision of those who may approve (R48; our design, R140); on this
way the examiner's draft goes straight to the applicant.

Bad:

    steps: {ky-duyet: {by: lanh-dao-phong}}

Good:

    steps: {ky-duyet: {by: lanh-dao-so}}
"""

from __future__ import annotations

from collections.abc import Iterator

from flowiso.model import Finding, Flow, Level
from flowiso.text import Text

from .context import Context

CODE = "FLW307"
NAME = "unsigned-result"
LEVEL: Level = "error"
SUMMARY = Text(
    "Có kết quả ra khỏi cơ quan theo một đường mà không ai ký.",
    "A result leaves the agency on a way that nobody signs.",
)
WHY = (
    "Giấy phép, và cả văn bản từ chối, là quyết định của người có thẩm quyền ký (R48; quy ước của FlowISO, R140); theo "
    "đường này, dự thảo của người thẩm định đi thẳng đến người nộp."
)

_AT_THE_DESK = ("receive", "issue")


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report each granted or refused end that a way reaches from the first or an examining step without an approving one.

    The place is the last step of that way that works on the draft. A role without a duty may be one that approves.
    """
    if flow.one_stop_full is not None or not flow.steps or context.ways(flow).blind:
        return
    duties = {step.id: context.duty(step.by) for step in flow.steps}
    came = _unsigned(flow, context, duties)
    places = {step.id: step.place for step in flow.steps}
    for end in flow.ends:
        if end.kind in ("granted", "refused") and end.id in came:
            at = came[end.id]
            while duties[at] in _AT_THE_DESK and came[at]:
                at = came[at]
            text = Text(
                f"từ bước '{at}' hồ sơ tới '{end.id}' mà không ai ký; hãy cho đi qua một bước của người ký",
                f"from step '{at}' the case comes to '{end.id}' unsigned; lead it over a step of a role that approves",
            )
            yield Finding(CODE, NAME, LEVEL, text, flow.file, *places[at])


def _unsigned(flow: Flow, context: Context, duties: dict[str, str]) -> dict[str, str]:
    """What can be reached unsigned, each with the step before it, "" where a way begins."""
    ways = context.ways(flow)
    opens = {name for name, duty in duties.items() if duty not in ("approve", "unknown")}
    came = {step.id: "" for step in flow.steps if step is flow.steps[0] or duties[step.id] == "examine"}
    ahead = list(came)
    for here in ahead:
        if here in opens:
            new = [target for _, target in ways.arrows[here] if target not in came]
            came |= dict.fromkeys(new, here)
            ahead += dict.fromkeys(new)
    return came
