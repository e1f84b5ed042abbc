"""A step's clock doesn't fit who holds it: the agency's time runs at the applicant's, or stands at an officer's.

Why this is bad: while the clock runs the time is the agency's, and lateness is charged to the holder (R44, R49); while
it stands, an officer could keep a dossier as long as he likes. The system holds nothing, it only takes arrows.

Bad:

    steps: {duyet-phong: {clock: stopped}}

Good:

    steps: {duyet-phong: {clock: run}}
"""

from __future__ import annotations

from collections.abc import Iterator

from flowiso.model import Finding, Flow, Level, Party, Step
from flowiso.text import Text

from .context import Context

CODE = "FLW312"
NAME = "wrong-holder"
LEVEL: Level = "error"
SUMMARY = Text(
    "Đồng hồ của bước không hợp với người giữ: tính giờ cơ quan khi người nộp giữ, hoặc dừng khi cán bộ giữ.",
    "A step's clock doesn't fit who holds it: the agency's time runs at the applicant's, or stands at an officer's.",
)
WHY = (
    "Đồng hồ chạy thì thời gian là của cơ quan, trễ thì tính cho người giữ (R44, R49); đồng hồ dừng thì cán bộ giữ hồ "
    "sơ bao lâu cũng được. Hệ thống không giữ hồ sơ, chỉ đi mũi tên."
)

_RUNS = Text(
    "do người nộp giữ mà vẫn tính giờ của cơ quan; hãy ghi 'clock: stopped' hoặc giao cho một vai trò của cơ quan",
    "is held by the applicant while the agency's time runs; write 'clock: stopped' or give it to a role of the agency",
)
_STANDS = Text(
    "do cán bộ giữ mà đồng hồ dừng, giữ bao lâu cũng không trễ; hãy bỏ 'clock: stopped' và ghi 'within'",
    "is held by an officer while the clock stands, who is never late then; remove 'clock: stopped' and add 'within'",
)
_SYSTEM = Text(
    "do hệ thống giữ, mà hệ thống chỉ đi mũi tên khi hết hạn; hãy giao cho người và dùng 'at-limit'",
    "is held by the system, which only takes arrows when time runs out; give it to a person and use 'at-limit'",
)
_READY = Text(
    "đã có kết quả ('ready') mà đồng hồ lại dừng; hãy ghi 'clock: none'",
    "has the result ready while the clock stands; write 'clock: none'",
)


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report steps whose holder and clock contradict each other."""
    for step in flow.steps:
        role = context.org.role(step.by)
        fault = _fault(step, role.party) if role else None
        if fault and not any(f"step.{step.id}.{key}" in flow.unread for key in ("by", "clock", "ready")):
            text = Text(f"bước '{step.id}' {fault.vi}", f"step '{step.id}' {fault.en}")
            yield Finding(CODE, NAME, LEVEL, text, flow.file, *step.place)


def _fault(step: Step, party: Party) -> Text | None:
    if party == "system":
        return _SYSTEM
    if party == "applicant":
        return _RUNS if step.clock == "run" else None
    if step.clock != "stopped":
        return None
    if step.ready:
        return _READY
    return _STANDS if party == "agency" else None
