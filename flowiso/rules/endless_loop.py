"""Arrows that only go forward lead in a circle, as often as anybody likes.

Why this is bad: a case may go round only when the applicant must supply, pay or repair something, or when it is sent
back (our design, R64); in any other circle dossiers can be passed around for ever, and no due date of a step ever means
anything.

Bad:

    steps: {phat-hanh: {then: {xem-them: tham-dinh}}}

Good:

    steps: {phat-hanh: {then: {xem-them: {to: tham-dinh, kind: send-back}}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from flowiso.model import ASKING, Finding, Flow, Level, Step, Transition
from flowiso.text import Text

from .context import Context
from .timer_at_once import at_once
from .ways import Ways

CODE = "FLW211"
NAME = "endless-loop"
LEVEL: Level = "error"
SUMMARY = Text(
    "Các mũi tên chỉ đi tiếp lại khép thành vòng, đi bao nhiêu lần cũng được.",
    "Arrows that only go forward lead in a circle, as often as anybody likes.",
)
WHY = (
    "Hồ sơ chỉ được quay vòng khi người nộp phải bổ sung, nộp phí hoặc khắc phục, hoặc khi bị trả lại (quy ước của "
    "FlowISO, R64); ở mọi vòng khác, hồ sơ có thể bị chuyển qua lại mãi và hạn của từng bước không còn ý nghĩa."
)

_MAY_RETURN = ASKING | {"send-back", "withdraw"}


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report each arrow that closes such a circle, seen from the first step; circles without a way out are FLW203."""
    ways = context.ways(flow)
    ends = {end.id for end in flow.ends}
    for step, arrow, circle in _closing(flow, ways):
        never_returns = step.clock == "stopped" and not ways.goes_on(arrow.target)  # FLW213
        if ways.after(arrow.target).isdisjoint(ends) or never_returns:
            continue
        around = " → ".join((*circle[:4], "...")) if len(circle) > 4 else " → ".join((*circle, arrow.target))
        text = Text(
            f"mũi tên '{arrow.action}' khép vòng {around} không giới hạn; nếu là trả lại hãy ghi 'kind: send-back', "
            "nếu không hãy ghi 'times: 1'",
            f"arrow '{arrow.action}' closes the circle {around} without a limit; write 'kind: send-back' if it sends "
            "back, else 'times: 1'",
        )
        yield Finding(CODE, NAME, LEVEL, text, flow.file, *arrow.place)


def _closing(flow: Flow, ways: Ways) -> Iterator[tuple[Step, Transition, list[str]]]:
    """Each arrow that leads back to a step on the way to it, with that circle: one walk in depth along the main path."""
    ahead = {
        step.id: [arrow for arrow, _ in ways.arrows[step.id] if _endless(flow, step, arrow)] for step in flow.steps
    }
    steps = {step.id: step for step in flow.steps}
    done: set[str] = set()
    for first in flow.steps:
        way = [(first.id, iter(ahead[first.id]))] if first.id not in done else []
        done.add(first.id)
        on_the_way = {first.id}
        while way:
            here, arrows = way[-1]
            arrow = next(arrows, None)
            if arrow is None:
                on_the_way.discard(way.pop()[0])
            elif arrow.target in on_the_way:
                names = [name for name, _ in way]
                yield steps[here], arrow, names[names.index(arrow.target) :]
            elif arrow.target in ahead and arrow.target not in done:
                done.add(arrow.target)
                on_the_way.add(arrow.target)
                way.append((arrow.target, iter(ahead[arrow.target])))


def _endless(flow: Flow, step: Step, arrow: Transition) -> bool:
    """Whether an arrow may be taken again and again without being one that may return; unclear ones are left out.

    A limit that runs out at once is FLW210.
    """
    if arrow.kind in _MAY_RETURN or arrow.times is not None or (arrow is step.at_limit and at_once(step)):
        return False
    path = f"step.{step.id}.then.{arrow.action}."
    return not flow.unread or flow.unread.isdisjoint({f"{path}kind", f"{path}times"})
