"""A flow as the table of a decision: a head, one row a step, the arrows in words, the ends, and the total.

What `flowiso import-table` reads back is Vietnamese; only the titles of the columns can be English too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple

from ..model import FORWARD, EndKind, Flow, FlowKind, Step
from ..org import Org
from ..term import Term, Unit
from ..text import Text
from ..words import Words
from .arrows import Names, arrow_words
from .holders import Holders
from .wording import HOURS, listed, term_words, time_words

COLUMNS: Mapping[str, Text] = {
    "label": Text("Bước", "Step"),
    "work": Text("Trình tự công việc", "Work"),
    "holder": Text("Người/đơn vị thực hiện", "Done by"),
    "time": Text("Thời gian", "Time"),
    "arrows": Text("Hướng chuyển tiếp", "Leads to"),
    "forms": Text("Biểu mẫu", "Forms"),
    "note": Text("Ghi chú", "Notes"),
    "id": Text("Mã", "Id"),
}
TITLES: Mapping[FlowKind, str] = {
    "procedure": "LƯU ĐỒ GIẢI QUYẾT THỦ TỤC HÀNH CHÍNH",
    "internal": "LƯU ĐỒ QUY TRÌNH NỘI BỘ",
}
"""What stands above the table, by the kind of flow."""
TOTAL, ASIDE, ANYWHERE, AT_DUE, END = (
    "Tổng cộng",
    "Các bước ngoài đường chính",
    "Từ mọi bước khi chưa có kết quả",
    "Khi hết hạn trả, từ mọi bước đang tính giờ",
    "Kết thúc",
)
DRAFT = "BẢN THẢO: còn dữ kiện giả định, chưa được cơ quan xác nhận"
READY, CHARGED = "có kết quả tại Bộ phận Một cửa", "trễ hạn tính cho cơ quan phối hợp"
END_KINDS: Mapping[EndKind, str] = {
    "granted": "được giải quyết",
    "refused": "từ chối giải quyết",
    "refused-intake": "không tiếp nhận",
    "withdrawn": "người nộp rút",
    "stopped": "dừng hẳn",
    "silence": "im lặng là đồng ý",
    "recorded": "ghi nhận, không có giấy trả",
}


class Sheet(NamedTuple):
    """A table to be written: its title, head facts, and rows; the first of `rows` has the titles of the columns."""

    title: str
    head: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str, ...], ...]


def as_sheet(flow: Flow, org: Org, words: Words, lang: str = "vi") -> Sheet:
    """The flow as a table; `import_table` makes the same flow of it."""
    names = names_of(flow, org, words)
    return Sheet(
        TITLES[flow.kind], tuple(_head(flow, org)), (_titles(lang), *_rows(flow, names, Holders(org, flow), words))
    )


def _titles(lang: str) -> tuple[str, ...]:
    return tuple(title.to(lang) for title in COLUMNS.values())


def names_of(flow: Flow, org: Org, words: Words) -> Names:
    """How the table of a flow names its steps, ends, forms and roles; what isn't unique is named by its id."""
    seats = {**org.partners, **org.leadership, **org.divisions}
    roles = _unique(seats | {role.id: role.title for role in org.roles.values()})
    return Names(
        {step.id: str(number) for number, step in enumerate(flow.steps, 1)},
        _unique({end.id: end.title for end in flow.ends}),
        _unique({form.id: form.title for form in words.forms.values()}),
        roles,
    )


def _unique(titles: Mapping[str, Text]) -> dict[str, str]:
    count = Counter(title.vi for title in titles.values())
    return {name: title.vi if count[title.vi] == 1 else name for name, title in titles.items()}


def _head(flow: Flow, org: Org) -> Iterator[tuple[str, str]]:
    term = term_words(flow.deadline) if flow.deadline else f"không có thời hạn ({flow.no_deadline_reason})"
    facts = (
        ("Mã thủ tục", flow.code),
        ("Tên thủ tục", flow.title),
        ("Mã quốc gia", flow.national_code),
        ("Thời hạn giải quyết", term),
        ("Lần ban hành", f"{flow.version}, hiệu lực từ {flow.effective:%d/%m/%Y}"),
        ("Tình trạng", None if flow.status == "published" else DRAFT),
        ("Văn bản ban hành", f"{flow.issued_by}{_assumed(flow, 'issued_by')}"),
        ("Lĩnh vực", _name(org.fields, flow.field)),
        ("Phòng", _name(org.divisions, flow.division)),
        ("Cơ quan quyết định", _name(org.authorities, flow.decided_by)),
        ("Kết quả", flow.result),
    )
    return ((label, value) for label, value in facts if value)


def _assumed(flow: Flow, fact: str) -> str:
    entry = flow.provenance(fact)
    return " (giả định)" if entry and entry.status == "assumed" else ""


def _name(titles: Mapping[str, Text], name: str) -> str:
    return titles[name].vi if name in titles else name


def _rows(flow: Flow, names: Names, holders: Holders, words: Words) -> Iterator[tuple[str, ...]]:
    main = [step for step in flow.steps if step.main]
    for place, step in enumerate(main):
        following = main[place + 1].id if place + 1 < len(main) else None
        yield _row(flow, step, following, names, holders, words)
    if total := total_words(step.within for step in main if step.clock == "run"):
        yield _cells(label=TOTAL, time=total)
    aside = [step for step in flow.steps if not step.main]
    if aside:
        yield _cells(label=ASIDE)
    for step in aside:
        yield _row(flow, step, None, names, holders, words)
    for label, arrows in ((ANYWHERE, flow.anywhere), (AT_DUE, (flow.at_due,) if flow.at_due else ())):
        if arrows:
            yield _cells(label=label, arrows="\n".join(arrow_words(arrow, names, words) for arrow in arrows))
    for end in flow.ends:
        yield _cells(label=END, work=end.title.vi, note=END_KINDS[end.kind], id=end.id)


def _cells(**cells: str) -> tuple[str, ...]:
    return tuple(cells.get(column, "") for column in COLUMNS)


def _row(
    flow: Flow, step: Step, following: str | None, names: Names, holders: Holders, words: Words
) -> tuple[str, ...]:
    implied = following and step.arrows and step.arrows[0][:2] == (FORWARD, following)
    arrows = [arrow_words(arrow, names, words) for arrow in step.arrows[1 if implied else 0 :]]
    arrows += [arrow_words(step.at_limit, names, words, limit=True)] if step.at_limit else []
    notes = [READY] * step.ready + [CHARGED] * (step.charged_to == "partner")
    return _cells(
        label=names.steps[step.id],
        work=step.title.vi,
        holder=holders.words(step.by),
        time=time_words(step, words.milestones),
        arrows="\n".join(arrows),
        forms=listed(names.forms.get(form, form) for form in step.forms),
        note="; ".join(notes),
        id=step.id,
    )


def total_words(terms: Iterable[Term | None]) -> str:
    """What times add up to: working days and hours in hours and, where these are whole half days, in days; others apart."""
    sums = total(term for term in terms if term)
    words = [term_words(Term(value, unit)) for unit, value in sums.items() if value]
    days = [term_words(term) for term in days_in(sums.get("wh", Decimal(0)))]
    words = [f"{word} ({days[0]})" if days and word.endswith("giờ làm việc") else word for word in words]
    return " + ".join(words)


def days_in(hours: Decimal) -> tuple[Term, ...]:
    """Working hours in working days, where they are whole half days above 0."""
    return (Term((hours / HOURS).normalize(), "wd"),) if hours and hours % (HOURS / 2) == 0 else ()


def total(terms: Iterable[Term]) -> dict[Unit, Decimal]:
    """The sum of terms by unit, a working day as 8 working hours."""
    sums: dict[Unit, Decimal] = {}
    for term in terms:
        unit: Unit = "wh" if term.unit == "wd" else term.unit
        value = term.amount * HOURS if term.unit == "wd" else term.amount
        sums[unit] = sums.get(unit, Decimal(0)) + value
    return {unit: value.normalize() for unit, value in sums.items()}
