"""The flow rests on a legal text that ended or was amended more than three months ago, and doesn't name what followed.

Why this is bad: a change of the law must be in the quality system within three months (Decision 19/2014, art. 4
clause 4 a; R66). Later the office applies a rule that is no longer one. What followed what stands in `_laws.yaml`.

Bad:

    _laws: {Luật 61/2024/QH15: {from: 2022-02-01, replaces: [Luật 28/2004/QH11], status: memory, source: ví dụ}}

Good:

    legal_basis: [Luật Điện lực số 28/2004/QH11, Luật Điện lực số 61/2024/QH15]
    _laws: {Luật 61/2024/QH15: {from: 2022-02-01, replaces: [Luật 28/2004/QH11], status: memory, source: ví dụ}}
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import date

from flowiso.laws import Law, Laws, numbers
from flowiso.model import Finding, Flow, Level
from flowiso.text import Text

from .context import Context

CODE = "FLW109"
NAME = "expired-legal-basis"
LEVEL: Level = "warning"
SUMMARY = Text(
    "Căn cứ pháp lý đã hết hiệu lực hoặc được sửa đổi quá 3 tháng mà lưu đồ chưa dẫn văn bản mới.",
    "A legal text ended or was amended over three months ago, and the flow doesn't name what followed.",
)
GRACE = 3
"""Months in which a change of the law must be taken up (R66)."""


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report each outdated text of a flow that is or will be in force, at its line; without a day nothing is too old."""
    today = context.today
    if today is None or flow.effective is None or (flow.effective_to and flow.effective_to <= today):
        return
    before = _earlier(max(today, flow.effective), GRACE)
    cited = {number for entry in flow.legal_basis for number in numbers(entry)}
    told: set[str] = set()
    for index, entry in enumerate(flow.legal_basis):
        for number, law in context.laws.named(entry):
            fault = _fault(number, law, cited, before, context.laws)
            if fault and fault.vi not in told:
                told.add(fault.vi)
                text = Text(f"'{law.name}' {fault.vi}", f"'{law.name}' {fault.en}")
                yield Finding(CODE, NAME, LEVEL, text, flow.file, *flow.place(f"legal_basis.{index}"))


def _fault(number: str, law: Law, cited: set[str], before: date, laws: Laws) -> Text | None:
    """What to say of a text that ended or was amended before a day, when nothing that followed it is cited."""
    days = [day for day in (law.until, *(new.since for new in laws.replacing(number))) if day and day < before]
    if not days:
        return _amended(laws.amending(number), cited, before, laws)
    return None if any(_cites(cited, new) for new in laws.after(number)) else _ended(number, min(days), laws)


def _ended(number: str, since: date, laws: Laws) -> Text:
    new = next(iter(laws.replacing(number)), None)
    if new is None:
        return Text(
            f"hết hiệu lực từ {since:%d/%m/%Y}; hãy dẫn văn bản đang có hiệu lực (R66: trong 3 tháng)",
            f"is no longer in force since {since}; cite the text that is (R66: within 3 months)",
        )
    return Text(
        f"đã được thay bằng {new.name} từ {since:%d/%m/%Y}; hãy xem lại lưu đồ và dẫn văn bản mới (R66: trong 3 tháng)",
        f"was replaced by {new.name} on {since}; review the flow and cite the new text (R66: within 3 months)",
    )


def _amended(by: list[Law], cited: set[str], before: date, laws: Laws) -> Text | None:
    """What to say of an amendment before a day that isn't cited; one that was replaced itself need not be."""
    for new in by:
        if _before(new, before) and not _cites(cited, new) and not _replaced(new, before, laws):
            return Text(
                f"được sửa đổi bởi {new.name} từ {new.since:%d/%m/%Y}; hãy xem lại và dẫn văn bản ấy (R66: trong 3 tháng)",
                f"was amended by {new.name} on {new.since}; review the flow and cite that text (R66: within 3 months)",
            )
    return None


def _before(law: Law, day: date) -> bool:
    return law.since is not None and law.since < day


def _replaced(law: Law, before: date, laws: Laws) -> bool:
    return any(_before(new, before) for number in numbers(law.name) for new in laws.replacing(number))


def _cites(cited: set[str], law: Law) -> bool:
    return not cited.isdisjoint(numbers(law.name))


def _earlier(day: date, months: int) -> date:
    """The same day `months` before, or the last of that month."""
    year, month = divmod(12 * day.year + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
