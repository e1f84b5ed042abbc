"""When a supplement is asked for, the request can't reach the applicant in time.

Why this is bad: what is missing must be told within three working days of the receipt (R43; `limits.supplement`), or
within the term the flow's own law names (`supplement_window`). Here the steps before the examination and the sending
take all of it and leave no time to look.

Bad:

    supplement_window: 1wd
    facts: [{of: [supplement_window], read: ví dụ}]

Good:

    supplement_window: 2wd
    facts: [{of: [supplement_window], read: ví dụ}]
"""

from __future__ import annotations

from collections.abc import Iterator

from flowiso.model import Finding, Flow, Level
from flowiso.proof import Proof, shown_hours
from flowiso.text import Text

from .context import Context

CODE = "FLW404"
NAME = "late-supplement-notice"
LEVEL: Level = "error"
SUMMARY = Text(
    "Yêu cầu bổ sung không kịp tới người nộp trong hạn phải thông báo.",
    "When a supplement is asked for, the request can't reach the applicant in time.",
)
WHY = (
    "Phải thông báo giấy tờ còn thiếu trong ba ngày làm việc kể từ ngày tiếp nhận (R43; `limits.supplement`), hoặc "
    "trong thời hạn của luật chuyên ngành (`supplement_window`). Ở đây, các bước trước thẩm định và việc gửi đã dùng "
    "hết thời hạn đó, không còn giờ nào để xem hồ sơ."
)


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report supplement arrows whose request comes too late even when the examiner asks at once."""
    proof = context.proof(flow)
    if not isinstance(proof, Proof):
        return
    window = flow.supplement_window or context.org.limits.supplement
    for hop, left in context.notices(proof, window):
        if left <= 0:
            text = Text(
                f"'{hop.arrow.action}' của bước '{hop.step.id}': các bước trước đó và việc gửi đã hết {window} được phép"
                f" (thiếu {shown_hours(-left)}wh); hãy giảm 'within' của chúng hoặc yêu cầu sớm hơn",
                f"'{hop.arrow.action}' of step '{hop.step.id}': the steps before it and the sending use up the {window}"
                f" allowed ({shown_hours(-left)}wh too much); lower their 'within' or ask earlier",
            )
            own = flow.step(hop.step.id) or hop.step  # the proof may be that of a flow with the same rows
            place = next(arrow.place for arrow in own.arrows if arrow.action == hop.arrow.action)
            yield Finding(CODE, NAME, LEVEL, text, flow.file, *place)
