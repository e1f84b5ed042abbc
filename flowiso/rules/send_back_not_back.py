"""A send-back leads to a step that doesn't come before it.

Why this is bad: sent back means that work is done again (our design, R64); an arrow that goes forward, aside or to its
own step under that name would pass over a signature, and its time is in no proof of the deadline (our design, R63).

Bad:

    steps: {tham-dinh: {then: {lam-lai: {to: tham-dinh, kind: send-back}}}}

Good:

    steps: {tham-dinh: {then: {lam-lai: {to: tham-dinh, kind: send-back, times: 1}}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from flowiso.model import Finding, Flow, Level
from flowiso.text import Text

from .context import Context

CODE = "FLW215"
NAME = "send-back-not-back"
LEVEL: Level = "error"
SUMMARY = Text(
    "Mũi tên trả lại không dẫn về một bước đứng trước.",
    "A send-back leads to a step that doesn't come before it.",
)
WHY = (
    "Trả lại là làm lại việc đã làm (quy ước của FlowISO, R64). Mũi tên mang tên trả lại mà đi tới trước, sang nhánh "
    "khác hay về chính bước đó có thể bỏ qua một chữ ký, và thời gian của nó không nằm trong chứng minh thời hạn nào "
    "(quy ước của FlowISO, R63)."
)


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report send-backs whose target no dossier has passed on its way to them; a repetition with `times` is meant."""
    ways = context.ways(flow)
    backs = [
        (step, arrow, to) for step in flow.steps for arrow, to in ways.arrows[step.id] if arrow.kind == "send-back"
    ]
    if not backs or ways.blind or any(path.endswith(".kind") for path in flow.unread):
        return
    reached = ways.onward(flow.steps[0].id) | {flow.steps[0].id}
    for step, arrow, target in backs:
        again = target == step.id and arrow.times is not None
        passed = target != step.id and target in reached and step.id in ways.onward(target)
        if step.id in reached and not again and not passed:
            text = Text(
                f"'{arrow.action}' của bước '{step.id}' trả về '{target}' không đứng trước bước này;"
                " hãy sửa bước đến, hoặc ghi 'kind: forward' nếu là đi tiếp",
                f"'{arrow.action}' of step '{step.id}' sends back to '{target}', which doesn't come before it;"
                " correct the target, or write 'kind: forward' if the case goes on",
            )
            yield Finding(CODE, NAME, LEVEL, text, flow.file, *arrow.place)
