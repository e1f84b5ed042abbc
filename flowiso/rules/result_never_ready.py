"""A way to a paper for the applicant passes no step at which it is ready.

Why this is bad: the dossier is in time when its result is available at the one-stop unit (`resolved_at`), not when the
applicant fetches it (our design, R56, R72); without a step marked `ready: yes` every day he waits would be the agency's
lateness.

Bad:

    steps: {tra-ket-qua: {ready: , clock: , within: 1wh}}

Good:

    steps: {tra-ket-qua: {ready: yes}}
"""

from __future__ import annotations

from collections.abc import Iterator

from flowiso.model import Finding, Flow, Level
from flowiso.text import Text

from .context import Context

CODE = "FLW214"
NAME = "result-never-ready"
LEVEL: Level = "error"
SUMMARY = Text(
    "Một đường tới giấy tờ trả cho người nộp không qua bước nào ghi là đã có kết quả.",
    "A way to a paper for the applicant passes no step at which it is ready.",
)
WHY = (
    "Hồ sơ kịp hạn khi kết quả có ở Bộ phận Một cửa, không phải khi người nộp đến lấy (quy ước của FlowISO, R56, R72). "
    "Không có bước nào ghi 'ready: yes' thì mỗi ngày người nộp chưa đến lấy lại thành ngày trễ của cơ quan."
)


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report the arrows by which a dossier comes to a granted or refused end before it was ready at the counter.

    Silent where one person decides at the counter (`one_stop_full`) or at once, since then it is handed over there.
    """
    at_once = flow.one_stop_full is not None or (flow.deadline is not None and flow.deadline.unit == "immediate")
    ways = context.ways(flow)
    papers = {end.id for end in flow.ends if end.kind in ("granted", "refused")}
    if at_once or ways.blind or any(path.endswith((".ready", ".kind")) for path in flow.unread):
        return
    for step in flow.steps:
        role = context.org.role(step.by)
        away = role is not None and role.party == "partner"  # FLW602
        if away or step.id not in ways.open or ways.leads[step.id].isdisjoint(papers):
            continue
        for arrow, target in ways.arrows[step.id]:
            if target in papers and arrow.kind != "timer":
                text = Text(
                    f"'{arrow.action}' của bước '{step.id}' tới '{target}' khi chưa có bước nào ghi 'ready: yes';"
                    " hãy thêm vào bước trả kết quả của Bộ phận Một cửa",
                    f"'{arrow.action}' of step '{step.id}' leads to '{target}' before any step says 'ready: yes';"
                    " add it to the step at which the one-stop unit hands out",
                )
                yield Finding(CODE, NAME, LEVEL, text, flow.file, *arrow.place)
