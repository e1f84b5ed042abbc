"""The times of a table as a whole: the deadline above it, what a bare "ngày" means in it, and whether it all adds up."""

from __future__ import annotations

from decimal import Decimal

from ..model import Step
from ..term import Term, Unit
from ..text import Text
from .export import days_in
from .grid import Faults, key
from .reading import Header, Line, Stated, Table
from .wording import Days, Unread, hours, read_term, read_time, same_length


def read_deadline(stated: Stated | None, base: Term | None, faults: Faults) -> Term | None:
    """The deadline told above the table; that of the flow, `base`, where none is, or none that is clear (reported)."""
    if stated is None:
        return base
    if key(stated.words).startswith(("khong co thoi han", "khong quy dinh", "theo ke hoach")):
        if base is not None:
            vi = f"bảng không có thời hạn, lưu đồ đang có {base.shown()}; hãy sửa deadline và no_deadline_reason trước"
            faults.add("TAB106", stated.at, vi, "the table has no term and the flow has; mend the flow first")
        return None
    day: Unit | None = base.unit if base and base.unit in ("wd", "d") else None
    read = read_time(stated.words, Days(day), {})
    if isinstance(read, Unread):
        faults.add("TAB106", stated.at, *read.text)
    elif read.within is None or (read.within.unit in ("wd", "d") and read.within.amount % 1):
        vi, en = f"“{stated.words}” không phải là thời hạn giải quyết", f"“{stated.words}” is no deadline"
        faults.add("TAB106", stated.at, f"{vi}; hãy ghi như “10 ngày làm việc”", f"{en}; write “10 ngày làm việc”")
    else:
        return base if same_length(read.within, base) else read.within
    return base


def days_of(header: Header, deadline: Term | None) -> Days:
    """What a bare "ngày" means: working days where the column's title or the deadline says so."""
    said = key(header.unit)
    working = "ngay lam viec" in said or (deadline is not None and deadline.unit == "wd")
    unit = next((unit for unit in ("ngay lam viec", "ngay", "gio lam viec", "gio", "phut") if unit in said), "")
    return Days("wd" if working else None, unit)


def check_sums(
    table: Table, steps: list[Step], deadline: Term | None, days: Days, faults: Faults, stated: tuple[int, int] | None
) -> None:
    """Report a total or a deadline that the steps' times don't make; what is counted in other units isn't compared.

    `stated` is where the table tells the deadline.
    """
    terms = [step.within for step in steps if step.within and step.clock == "run"]
    counted = [hours(term) for term in terms]
    if not terms or None in counted:
        return
    made = sum((one for one in counted if one is not None), Decimal(0))
    told = _total(table, days, faults)
    last = next((table.at(line, "time") for line in table.lines if line.kind == "total"), None)
    if told is not None and told != made:
        name = Text("dòng tổng", "the total row")
        faults.add("TAB411", last, *_differs(made, told, name))
    limit = hours(deadline) if deadline and deadline.unit in ("wd", "wh") else None
    if limit is None or limit in (made, told):
        return
    name = Text("thời hạn giải quyết", "the deadline") if stated else _FLOWS_OWN
    place = stated or last or table.at(table.steps[-1], "time")
    if made > limit or (told != made and not table.complete):
        faults.add("TAB412", place, *_differs(made, limit, name))
    elif not table.complete:
        faults.add("TAB413", place, *_differs(made, limit, name), level="warning")


_FLOWS_OWN = Text("thời hạn giải quyết trong lưu đồ (bảng không ghi)", "the flow's deadline (the table tells none)")


def _differs(made: Decimal, told: Decimal, name: Text) -> Text:
    steps, other, gap = (_shown(value) for value in (made, told, abs(made - told)))
    more = Text("thừa", "too much") if made > told else Text("thiếu", "missing")
    return Text(
        f"các bước cộng lại {steps.vi}, {name.vi} ghi {other.vi}: {more.vi} {gap.vi}; hãy đối chiếu lại văn bản",
        f"the steps add up to {steps.en}, {name.en} says {other.en}: {gap.en} {more.en}; look at the decision again",
    )


def _shown(value: Decimal) -> Text:
    """Working hours as a person reads them, whole half days in days too."""
    if not value:
        return Text("0 giờ", "0 hours")
    terms = [Term(value.normalize(), "wh"), *days_in(value)]
    vi, en = ([term.shown(lang) for term in terms] for lang in ("vi", "en"))
    return Text(*(first + "".join(f" ({day})" for day in days) for first, *days in (vi, en)))


def _total(table: Table, days: Days, faults: Faults) -> Decimal | None:
    """What the total row says, in working hours; None when there is none, or none that is counted so."""
    lines = [line for line in table.lines if line.kind == "total"]
    if not lines:
        vi = "bảng không có dòng “Tổng cộng” để đối chiếu"
        faults.add("TAB414", None, vi, "the table has no total row to compare with", "warning")
        return None
    at = table.at(lines[0], "time")
    words = _total_words(table, lines[0])
    if not words:
        vi = "dòng tổng không có con số (công thức chưa tính thì hãy mở và lưu lại bằng Excel)"
        faults.add("TAB414", at, vi, "the total row has no figure (a formula? save the file in Excel again)", "warning")
        return None
    value = Decimal(0)
    for part in words.split("+"):
        term = read_term(part, days)
        if isinstance(term, Unread):
            faults.add(term.code, at, *term.text)
            return None
        length = hours(term) if term else Decimal(0)
        if length is None:
            return None
        value += length
    return value


def _total_words(table: Table, line: Line) -> str:
    """The figure of the total row: in the column of times, else behind the word, else in the first other cell with a digit."""
    if line.text("time"):
        return line.text("time")
    cells = [cell.text for cell in table.grid.rows[line.row]]
    figures = [text.rpartition(":")[2] for text in cells if any(map(str.isdigit, text))]
    return figures[0].strip() if figures else ""
