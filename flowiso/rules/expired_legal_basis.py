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

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from flowiso.laws import Law, Laws, Status, numbers
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
WHY = (
    "Thay đổi của pháp luật phải được đưa vào hệ thống quản lý chất lượng trong ba tháng (điểm a khoản 4 Điều 4 Quyết "
    "định số 19/2014/QĐ-TTg; R66). Quá ba tháng là cơ quan đang áp dụng quy định không còn nữa. Văn bản nào thay văn "
    "bản nào thì ghi ở `_laws.yaml`."
)
GRACE = 3
"""Months in which a change of the law must be taken up (R66)."""

_SURE: dict[Status, Text] = {
    "read": Text("", ""),
    "read-secondary": Text(" (theo nguồn dẫn lại)", " (second-hand)"),
    "memory": Text(" (theo trí nhớ, hãy kiểm tra)", " (from memory, check it)"),
}


def check(flow: Flow, context: Context) -> Iterator[Finding]:
    """Report each outdated text of a flow that is or will be in force, at its line; without a day nothing is too old."""
    today = context.today
    if today is None or flow.effective is None or (flow.effective_to and flow.effective_to <= today):
        return
    before = earlier(max(today, flow.effective), GRACE)
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
    ends = [(law.until, law.until_status), *((new.since, new.status) for new in laws.replacing(number))]
    past = [_Known(day, status) for day, status in ends if day and day < before]
    if not past:
        return _amended(laws.amending(number), cited, before, laws)
    return None if any(_cites(cited, new) for new in laws.after(number)) else _ended(number, min(past), laws)


class _Known(NamedTuple):
    """A day, and how surely it is known."""

    day: date
    status: Status

    @property
    def text(self) -> Text:
        sure = _SURE[self.status]
        return Text(f"{self.day:%d/%m/%Y}{sure.vi}", f"{self.day}{sure.en}")


def _ended(number: str, since: _Known, laws: Laws) -> Text:
    day = since.text
    new = next(iter(laws.replacing(number)), None)
    if new is None:
        return Text(
            f"hết hiệu lực từ {day.vi}; hãy dẫn văn bản đang có hiệu lực (R66: trong 3 tháng)",
            f"is no longer in force since {day.en}; cite the text that is (R66: within 3 months)",
        )
    return Text(
        f"đã được thay bằng {new.name} từ {day.vi}; hãy xem lại lưu đồ và dẫn văn bản mới (R66: trong 3 tháng)",
        f"was replaced by {new.name} on {day.en}; review the flow and cite the new text (R66: within 3 months)",
    )


def _amended(by: list[Law], cited: set[str], before: date, laws: Laws) -> Text | None:
    """What to say of an amendment before a day that isn't cited; one that was replaced itself need not be."""
    for new in by:
        if new.since and new.since < before and not _cites(cited, new) and not _replaced(new, before, laws):
            day = _Known(new.since, new.status).text
            return Text(
                f"được sửa đổi bởi {new.name} từ {day.vi}; hãy xem lại và dẫn văn bản ấy (R66: trong 3 tháng)",
                f"was amended by {new.name} on {day.en}; review the flow and cite that text (R66: within 3 months)",
            )
    return None


def _replaced(law: Law, before: date, laws: Laws) -> bool:
    later = (new.since for number in numbers(law.name) for new in laws.replacing(number))
    return any(since is not None and since < before for since in later)


def _cites(cited: set[str], law: Law) -> bool:
    return not cited.isdisjoint(numbers(law.name))


def earlier(day: date, months: int) -> date:
    """The same day `months` before, or the last of that month."""
    year, month = divmod(12 * day.year + day.month - 1 - months, 12)
    next_month = date(year + month // 11, (month + 1) % 12 + 1, 1)
    return min(date(year, month + 1, 1) + timedelta(day.day - 1), next_month - timedelta(1))
