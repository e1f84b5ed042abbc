"""A supplement doesn't make the term begin afresh, and no law is named that says so; or the law is named in vain.

Why this is bad: after a supplement the term starts from zero unless a specialised law says otherwise (R43, R44). With
another policy and no basis the due date printed on the receipt would be wrong, to somebody's harm.

Bad:

    clock_policy: pause

Good:

    clock_policy: pause
    clock_basis: Nghị định ví dụ, Điều 5
    facts: [{of: [clock_basis], read: ví dụ}]
"""

from __future__ import annotations

from collections.abc import Iterator

from flowiso.model import Finding, Flow, Level
from flowiso.text import Text

from .context import Context

CODE = "FLW406"
NAME = "clock-without-law"
LEVEL: Level = "error"
SUMMARY = Text(
    "Bổ sung hồ sơ mà không tính lại thời hạn, không nêu luật nào cho phép; hoặc nêu luật mà vẫn tính lại.",
    "A supplement doesn't make the term begin afresh, and no law is named that says so; or the law is named in vain.",
)
WHY = (
    "Sau khi bổ sung, thời hạn tính lại từ đầu, trừ khi luật chuyên ngành quy định khác (R43, R44). Tính cách khác mà "
    "không có căn cứ thì ngày hẹn trả in trên giấy tiếp nhận sẽ sai, và có người bị thiệt."
)


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report a policy other than `restart` without its law, and a law beside `restart`; flows without a term are free."""
    if flow.deadline is None or not flow.unread.isdisjoint({"clock_policy", "clock_basis"}):
        return
    asked = [arrow for step in flow.steps for arrow in step.arrows if arrow.kind == "supplement"]
    own = [arrow for arrow in asked if arrow.policy not in (None, "restart")]
    departs = flow.clock_policy == "pause" or (flow.clock_policy == "none" and asked)
    if flow.clock_basis is None and (departs or own):
        policy = flow.clock_policy if departs else own[0].policy
        text = Text(
            f"dừng chờ bổ sung theo '{policy}' cần luật chuyên ngành; hãy thêm 'clock_basis', hoặc ghi 'restart'",
            f"waiting for a supplement by '{policy}' needs a specialised law; add 'clock_basis', or write 'restart'",
        )
        place = flow.place("clock_policy") if departs else own[0].place
        yield Finding(CODE, NAME, LEVEL, text, flow.file, *place)
    elif flow.clock_basis is not None and flow.clock_policy == "restart" and not own:
        text = Text(
            "'clock_basis' nêu luật chuyên ngành mà 'clock_policy: restart' là quy định chung; hãy sửa một trong hai",
            "'clock_basis' names a specialised law, but 'clock_policy: restart' is the general rule; correct one of them",
        )
        yield Finding(CODE, NAME, LEVEL, text, flow.file, *flow.place("clock_basis"))
