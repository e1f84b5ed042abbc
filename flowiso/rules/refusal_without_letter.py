"""A way to a refusal names no letter that the applicant gets.

Why this is bad: a refusal must be given in writing with its reasons (forms 02 and 03; R11, R48), else the applicant
can't complain of it.

Bad:

    aside: {tra-tu-choi: {forms: [phieu-kiem-soat]}}

Good:

    aside: {tra-tu-choi: {forms: [phieu-kiem-soat, phieu-tu-choi]}}
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flowiso.model import Finding, Flow, Level, Step
from flowiso.text import Text

from .context import Context
from .ways import Ways

CODE = "FLW501"
NAME = "refusal-without-letter"
LEVEL: Level = "error"
SUMMARY = Text(
    "Đường đến từ chối không nêu văn bản nào gửi người nộp.",
    "A way to a refusal names no letter that the applicant gets.",
)
WHY = "Từ chối phải bằng văn bản và nêu rõ lý do (mẫu số 02 và 03; R11, R48), nếu không người nộp không khiếu nại được."


_LETTERS = {"refused": {"phieu-tu-choi"}, "refused-intake": {"phieu-tu-choi", "phieu-bo-sung"}}
_WRITTEN_OUT = re.compile(r"(?!dự thảo|sổ ).*(?:từ chối|văn bản|thông báo|công văn)", re.IGNORECASE)
"""A paper in words that the applicant may get; drafts and registers aren't sent."""


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report refused ends whose ways, back to where the result asked for was still in reach, name no letter."""
    ways = context.ways(flow)
    lost = {step.id for step in flow.steps if not step.main and not ways.goes_on(step.id)}
    unclear = ways.blind or any(path.endswith(".forms") for path in flow.unread)
    for end in flow.ends:
        letters = _LETTERS.get(end.kind)
        if letters is None or unclear:
            continue
        leading = {end.id} | (ways.leading_to({end.id}) & lost)
        last = [step for step in flow.steps if not ways.leads[step.id].isdisjoint(leading)]
        forms = (form for step in last for form in _forms(step, leading, ways))
        if last and not any(form in letters or _WRITTEN_OUT.match(form) for form in forms):
            text = Text(
                f"đường tới '{end.id}' không có văn bản cho người nộp; hãy thêm 'forms: [phieu-tu-choi]' vào bước",
                f"the way to '{end.id}' names no letter for the applicant; add 'forms: [phieu-tu-choi]' to its step",
            )
            yield Finding(CODE, NAME, LEVEL, text, flow.file, *end.place)


def _forms(step: Step, leading: set[str], ways: Ways) -> Iterator[str]:
    arrows = [arrow for arrow in (*step.arrows, step.at_limit) if arrow and ways.meant(arrow.target) in leading]
    for arrow in arrows:
        yield from arrow.forms
    if arrows:
        yield from step.forms
