"""From this step no end can be reached.

Why this is bad: a dossier that comes here stays open for ever and is late one day (our design, R64). Withdrawing, which
is open from anywhere, is no way out for the agency.

Bad:

    aside: {tra-tu-choi: {then: }}

Good:

    aside: {tra-tu-choi: {then: {tra: tu-choi}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from flowiso.model import Finding, Flow, Level
from flowiso.text import Text

from .context import Context

CODE = "FLW203"
NAME = "no-way-out"
LEVEL: Level = "error"
SUMMARY = Text("Từ bước này không đến được kết cục nào.", "From this step no end can be reached.")
WHY = (
    "Hồ sơ đến đây thì không bao giờ kết thúc được và sớm muộn cũng trễ (quy ước của FlowISO, R64). Người nộp lúc nào "
    "cũng rút được hồ sơ, nhưng đó không phải lối ra của cơ quan."
)


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report the steps where dossiers get stuck, not those that only lead there."""
    ways = context.ways(flow)
    ends = {end.id for end in flow.ends}
    if ways.going_out >= ways.leads.keys():
        return
    after = {step.id: ways.after(step.id) for step in flow.steps}
    told: set[str] = set()
    for step in flow.steps:
        ahead = after[step.id]
        if ahead & ends or ({step.id} | ahead) & ways.blind or step.id in told:
            continue
        if all(step.id in after[other] for other in ahead):
            told |= ahead
            text = Text(
                f"từ bước '{step.id}' không tới được kết cục nào; hãy thêm mũi tên đi tiếp",
                f"no end can be reached from step '{step.id}'; add an arrow that goes on",
            )
            yield Finding(CODE, NAME, LEVEL, text, flow.file, *step.place)
