"""Two arrows with the same action leave one step.

Why this is bad: one button would lead to two places, and the machine would silently take the first (our design, R64).
`chuyen` leads to the next row by itself; `anywhere`, `at-due` and `at-limit` count too.

Bad:

    steps: {tham-dinh: {then: {chuyen: ky-tu-choi}}}

Good:

    steps: {tham-dinh: {then: {khong-du-dieu-kien: ky-tu-choi}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from flowiso.model import Finding, Flow, Level, Place
from flowiso.text import Text

from .context import Context

CODE = "FLW206"
NAME = "same-arrow-twice"
LEVEL: Level = "error"
SUMMARY = Text("Hai mũi tên cùng tên hành động rời một bước.", "Two arrows with the same action leave one step.")
WHY = (
    "Một nút sẽ dẫn đến hai nơi, và phần mềm sẽ lẳng lặng lấy mũi tên đầu (quy ước của FlowISO, R64). `chuyen` tự dẫn "
    "đến dòng kế tiếp; mũi tên ở `anywhere`, `at-due` và `at-limit` cũng được tính."
)


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report the second arrow of a name, the step's own when the other is shared by all steps."""
    leaving = context.ways(flow).leaving
    told: set[Place] = set()
    for step in flow.steps:
        arrows = leaving[step.id]
        if len({arrow.action for arrow in arrows}) == len(arrows):
            continue
        seen: set[str] = set()
        own = set(step.arrows)
        for arrow in sorted(arrows, key=lambda arrow: arrow in own):
            if arrow.action in seen and arrow.place not in told:
                told.add(arrow.place)
                text = Text(
                    f"từ bước '{step.id}' có hai mũi tên '{arrow.action}'; hãy đổi tên một mũi tên",
                    f"two arrows '{arrow.action}' leave step '{step.id}'; rename one",
                )
                yield Finding(CODE, NAME, LEVEL, text, flow.file, *arrow.place)
            seen.add(arrow.action)
