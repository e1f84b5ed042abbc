"""An arrow to a `refused-intake` end leaves another step than the first.

Why this is bad: not accepting happens at the counter before a dossier comes into being, and it is left out of the
statistics (R11; second-hand, R91); later on a refusal is a result that counts (R48).

Bad:

    steps: {phan-cong: {then: {khong-dung-tham-quyen: khong-nhan}}}

Good:

    steps: {phan-cong: {then: {khong-du-dieu-kien: ky-tu-choi}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from flowiso.model import Finding, Flow, Level
from flowiso.text import Text

from .context import Context

CODE = "FLW208"
NAME = "intake-refusal-elsewhere"
LEVEL: Level = "error"
SUMMARY = Text(
    "Mũi tên đến kết cục `refused-intake` rời một bước không phải bước đầu.",
    "An arrow to a `refused-intake` end leaves another step than the first.",
)
WHY = (
    "Không tiếp nhận là việc ở quầy, khi chưa có hồ sơ, và không tính vào số liệu (R11; nguồn dẫn lại, R91); sau đó "
    "thì từ chối là một kết quả được tính (R48)."
)


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report intake refusals that don't leave the first step."""
    outside = {end.id for end in flow.ends if end.kind == "refused-intake"}
    first = flow.steps[0].arrows if flow.steps else ()
    for arrow in context.ways(flow).written:
        if arrow.target in outside and arrow not in first:
            text = Text(
                f"chỉ bước đầu được dẫn tới '{arrow.target}' (không tiếp nhận); ở đây hãy dùng kết cục loại 'refused'",
                f"only the first step may lead to '{arrow.target}' (not accepted); use an end of kind 'refused' here",
            )
            yield Finding(CODE, NAME, LEVEL, text, flow.file, *arrow.place)
