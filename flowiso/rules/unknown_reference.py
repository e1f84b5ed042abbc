"""An arrow points the applicant to a procedure that isn't there.

Why this is bad: an applicant whose paper has expired is told to hand in another dossier, fully and at once (R11, R15);
a code that names nothing sends him nowhere, and nobody sees that the other procedure was abolished (R66).

Bad:

    steps: {ky-duyet: {then: {tra-lai: {to: tham-dinh, kind: send-back, refer-to: DIEN-99}}}}

Good:

    steps: {ky-duyet: {then: {tra-lai: {to: tham-dinh, kind: send-back, refer-to: DIEN-02}}}}
    beside: [{code: DIEN-02}]
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flowiso.model import Finding, Flow, Level, Transition
from flowiso.schema import meant, nearest
from flowiso.text import Text

from .context import Context

CODE = "FLW113"
NAME = "unknown-reference"
LEVEL: Level = "warning"
SUMMARY = Text(
    "Mũi tên hướng dẫn người nộp sang một thủ tục không có.",
    "An arrow points the applicant to a procedure that isn't there.",
)
WHY = (
    "Người nộp có giấy đã hết hạn được hướng dẫn nộp hồ sơ khác, đầy đủ và một lần (R11, R15); mã không chỉ thủ tục nào "
    "thì người nộp không biết đi đâu, và không ai thấy thủ tục kia đã bị bãi bỏ (R66)."
)


def check(flows: Sequence[Flow], context: Context) -> Iterator[Finding]:
    """Report each reference to a code that no flow of the agency has, or to the flow's own."""
    codes = {flow.code for flow in flows}
    for flow in flows:
        for arrow in context.ways(flow).written:
            if arrow.refer_to and (arrow.refer_to not in codes or arrow.refer_to == flow.code):
                yield Finding(CODE, NAME, LEVEL, _text(arrow, codes - {flow.code}), flow.file, *arrow.place)


def _text(arrow: Transition, codes: set[str]) -> Text:
    hint = meant(nearest(arrow.refer_to or "", codes))
    return Text(
        f"'{arrow.action}' hướng dẫn sang {arrow.refer_to} nhưng không có thủ tục khác nào mang mã ấy{hint.vi}",
        f"'{arrow.action}' points to {arrow.refer_to}, but no other procedure has that code{hint.en}",
    )
