"""A signed paper goes to the counter without having been numbered and sealed.

Why this is bad: a paper gets its number and its seal from the records clerk, who is neither the examiner nor the signer
(our design, R140, with its table of roles: the clerk numbers, seals and issues); without a number nobody finds it
again.

Bad:

    steps: {ky-duyet: {then: {ky-xong: tra-ket-qua}}}

Good:

    steps: {ky-duyet: {then: {ky-xong: phat-hanh}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from flowiso.model import Finding, Flow, Level
from flowiso.text import Text

from .context import Context

CODE = "FLW308"
NAME = "unnumbered-result"
LEVEL: Level = "warning"
SUMMARY = Text(
    "Văn bản đã ký ra Bộ phận Một cửa mà chưa vào số, đóng dấu.",
    "A signed paper goes to the counter without having been numbered and sealed.",
)
WHY = (
    "Văn bản do văn thư vào số, đóng dấu, phát hành, và văn thư không phải người thẩm định hay người ký (quy ước của "
    "FlowISO, R140, kèm bảng vai trò); văn bản không có số thì không ai tìm lại được."
)


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report the agency's own approving steps from which a result is ready over no step of duty `issue`.

    How another agency numbers the papers it signs is its own affair.
    """
    if flow.one_stop_full is not None:
        return
    ways = context.ways(flow)
    duties = {step.id: context.duty(step.by) for step in flow.steps}
    out = {step.id for step in flow.steps if step.ready and duties[step.id] != "issue"}
    out |= {end.id for end in flow.ends if end.kind in ("granted", "refused")}
    counter = {name for name, duty in duties.items() if duty == "receive"} - out
    for step in flow.steps:
        role = context.org.role(step.by)
        if role is None or role.duty != "approve" or role.party != "agency":
            continue
        reached, ahead = set[str](), [step.id]
        while ahead:
            new = ways.leads[ahead.pop()] - reached
            reached |= new
            ahead += new & counter
        if not reached.isdisjoint(out):
            text = Text(
                f"văn bản ký ở bước '{step.id}' tới tay người nộp mà chưa vào số; hãy cho đi qua một bước của văn thư",
                f"the paper signed at step '{step.id}' reaches the applicant unnumbered; lead it over a clerk's step",
            )
            yield Finding(CODE, NAME, LEVEL, text, flow.file, *step.place)
