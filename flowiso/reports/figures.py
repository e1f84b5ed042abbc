"""The figures of a period as a document: II.06a of an agency and by every grouping, ratios, causes, accounts (R90-R95).

The id of a cell is "<part>/<key>/<figure>": "agency/late", "field/xttm/late", "cause/overload", "officer/lan.vp/steps".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple

from ..causes import TITLES
from ..figures import FIGURES, FORM, OBJECTIVE, RATIOS, Counts, Group, Ratio
from ..model import LateCause
from ..org import Limits, Org
from ..period import ND09
from ..render.plain import SIMULATED
from ..stats import Catalogue, Officer, Report
from ..text import Text, number, percent_shown
from ..totals import Span, Totals
from ..worktime import local
from .document import Cell, Column, Document, Section, Source, Table, Words

UNFIT = Text("không áp dụng", "doesn't apply")
OFFICER_FIGURES: Mapping[str, tuple[Text, Text]] = {
    "steps": (Text("bước đã làm", "steps done"), Text("lượt giữ hồ sơ đã kết thúc trong kỳ", "stays that ended in the period")),
    "late_steps": (Text("bước trễ", "steps late"), Text("trong đó quá hạn của bước", "of these past the step's due minute")),
    "misrouted": (
        Text("chuyển nhầm", "misrouted"),
        Text("lượt người ấy giao nhầm tài khoản", "hand-overs of his to a wrong account (R123)"),
    ),
    "lost_minutes": (
        Text("phút mất", "minutes lost"),
        Text("phút làm việc mất vì các lượt ấy (R124)", "working minutes that they cost (R124)"),
    ),
}  # fmt: skip
RATES: Mapping[str, tuple[Text, str, str]] = {
    "in_time_rate": (Text("tỷ lệ đúng hạn", "in time"), "in_time", "resolved"),
    "late_rate": (Text("tỷ lệ trễ hạn", "late"), "late", "resolved"),
    "online_rate": (Text("tỷ lệ trực tuyến", "online"), "online", "received"),
    "objective_rate": (
        Text(f"tỷ lệ của mục tiêu > {OBJECTIVE}%", f"rate of the objective > {OBJECTIVE}%"), "merits_in_time", "merits",
    ),
}  # fmt: skip
"""The rates of a line: title, numerator, denominator (R93, R110)."""
_PARTS = {
    "by_field": (Text("Theo lĩnh vực", "By field"), Text("lĩnh vực", "field"), False),
    "by_procedure": (Text("Theo thủ tục", "By procedure"), Text("thủ tục", "procedure"), True),
    "by_division": (Text("Theo phòng có thủ tục", "By the division that owns the procedure"), Text("phòng", "division"), False),
    "by_channel": (Text("Theo kênh", "By channel"), Text("kênh", "channel"), False),
    "by_handler": (Text("Theo cán bộ thụ lý", "By the officer who answers for it"), Text("cán bộ", "officer"), True),
}  # fmt: skip
"""Each grouping: the table's title, what its lines are, and whether their keys are read beside the titles."""


def figures_document(report: Report, lang: str, org: Org | None = None) -> Document:
    """All figures of one agency's report; `org` has more to print at its head than the report's own name."""
    return document_of(
        org or Org(report.agency, report.agency_title, Limits()),
        Text("Số liệu giải quyết thủ tục hành chính", "Figures of administrative procedures"),
        Span(report.period, report.until),
        report.simulated,
        figure_sections(report, lang),
        ((Text("Mã băm nhật ký (SHA-256)", "Digest of the log (SHA-256)").to(lang), report.digest),),
        lang,
    )


def totals_document(totals: Totals, lang: str) -> Document:
    """The figures of several agencies together, and each one's line (R103)."""
    assert totals.span is not None
    whole, count = totals.whole, len(totals.agencies)
    named = Text(f"{number(count)} cơ quan", f"{number(count, 'en')} agencies")
    sections = totals_sections(totals, lang)
    return document_of(Org("", named, Limits()), NATION, totals.span, whole.simulated, sections, (), lang)


PROMISED = Text(
    "ngày hẹn sau cùng, kể cả hẹn lại; nguyên nhân và mục tiêu chất lượng tính theo ngày của luật (R50)",
    "the one promised last, re-appointed or not; causes and quality objectives go by the law's (R50)",
)
BY_LAW = Text("ngày của luật, không theo ngày hẹn lại (R50)", "the law's, not a re-appointed one (R50)")
NATION = Text("Số liệu của nhiều cơ quan", "Figures of several agencies")
NO_COVERAGE = Text(
    "Số cơ quan không phải số hệ thống chất lượng: một hệ thống có thể áp dụng cho nhiều cơ quan, nên không lấy hai số"
    " này chia nhau làm tỷ lệ áp dụng (R103).",
    "The number of agencies is no number of quality systems: one system may cover many agencies, so the two make no rate"
    " of coverage (R103).",
)


def document_of(
    org: Org,
    title: Text,
    span: Span,
    simulated: bool,
    sections: tuple[Section, ...],
    facts: Iterable[tuple[str, str]],
    lang: str,
) -> Document:
    """Sections of figures of a period, under its days, its cut-off and what else is told of them all."""
    warning = SIMULATED.to(lang) if simulated else ""
    head = (*span_facts(span, lang), *((label, told) for label, told in facts if told), due_fact(PROMISED, lang))
    subtitle = span.period.title.to(lang)
    return Document(org, local(span.cut_off), lang, title.to(lang), subtitle, head, sections, sources(lang), warning)


def span_facts(span: Span, lang: str) -> Iterator[tuple[str, str]]:
    """The period's days, the cut-off, and the rule of periods where it isn't the calendar's (R92, R94), each under a label."""
    period, cut = span.period, local(span.cut_off)
    yield Text("Kỳ", "Period").to(lang), f"{period.first:%d/%m/%Y} - {period.last:%d/%m/%Y}"
    yield (
        Text("Chốt số liệu", "Cut-off").to(lang),
        Text(f"lúc {cut:%H:%M:%S} ngày {cut:%d/%m/%Y}", f"{cut:%d/%m/%Y} at {cut:%H:%M:%S}").to(lang),
    )
    if period.rule == "nd09":
        yield Text("Cách tính kỳ", "Rule of periods").to(lang), ND09.to(lang)


def due_fact(which: Text, lang: str) -> tuple[str, str]:
    """The line at the head that says which due date columns 8 to 13 go by (R50)."""
    return Text("Ngày hẹn trả", "Due date").to(lang), which.to(lang)


def sources(lang: str) -> dict[str, Source]:
    """What every figure of these documents is, by its name (R110)."""
    found = {name: Source(title.to(lang), meaning.to(lang)) for name, (title, meaning) in OFFICER_FIGURES.items()}
    found |= {one.name: Source(one.label.to(lang), one.meaning.to(lang)) for one in FIGURES}
    found |= {name: Source(title.to(lang), "", above, below) for name, (title, above, below) in RATES.items()}
    found |= {rule.name: _ratio_source(rule.name, rule.title, lang) for rule in RATIOS}
    for name, (title, meaning) in _PLAIN.items():
        found[name] = Source(title.to(lang), meaning.to(lang))
    for cause, title in TITLES.items():
        meaning = Text(
            "hồ sơ trễ hạn và đang quá hạn, theo ngày hẹn trả của luật, vì lý do này (R50, R95)",
            "dossiers late and overdue by the law's due date for this reason (R50, R95)",
        )
        found[cause] = Source(title.to(lang), meaning.to(lang))
    return found


def _ratio_source(name: str, title: Text, lang: str) -> Source:
    return Source(title.to(lang), "", f"{name}_numerator", f"{name}_denominator")


_LABELS = {one.name: one.label for one in FIGURES}
_PLAIN: Mapping[str, tuple[Text, Text]] = {
    **{
        f"{rule.name}_{part}": (
            Text(f"{rule.title.vi}: {vi}", f"{rule.title.en}: {part}"),
            Text(*(" + ".join(_LABELS[name].to(lang) for name in names) for lang in ("vi", "en"))),
        )
        for rule in RATIOS
        for part, vi, names in (("numerator", "tử số", rule.numerator), ("denominator", "mẫu số", (rule.denominator,)))
    },
    "merits": (
        Text("Có kết quả và có thời hạn", "Resolved on their merits, with a term"),
        Text("đã giải quyết, không kể rút, dừng và không thời hạn", "resolved without withdrawn, stopped and no-term ones"),
    ),
    "merits_in_time": (
        Text("trong đó đúng và trước hạn", "of these in time"),
        Text("trước hoặc đúng ngày hẹn trả của luật (R50)", "before or on the law's due date (R50)"),
    ),
    "early_by_law": (
        Text("Trước hạn theo luật", "Early by law"), Text("trước ngày hẹn trả của luật (R50)", "before the law's due date (R50)"),
    ),
    "late_by_law": (
        Text("Trễ hạn theo luật", "Late by law"), Text("sau ngày hẹn trả của luật (R50)", "after the law's due date (R50)"),
    ),
    "overdue_by_law": (
        Text("Đang quá hạn theo luật", "Overdue by law"),
        Text("lúc b, sau ngày hẹn trả của luật (R50)", "at b, after the law's due date (R50)"),
    ),
    "in_time": (Text("Đúng và trước hạn", "In time"), Text("cột 8 + 9", "columns 8 + 9")),
    "procedures": (
        Text("Thủ tục đang có hiệu lực", "Procedures in force"),
        Text("lưu đồ có hiệu lực vào ngày chốt số liệu", "flows in force on the day of the cut-off"),
    ),
    "fields": (Text("Lĩnh vực", "Fields"), Text("của các thủ tục ấy", "of those procedures")),
    **{
        f"level_{level}": (
            Text(f"Mức độ {level}", f"Level {level}"), Text("mức độ trực tuyến (R5)", "online level (R5)"),
        )
        for level in range(1, 5)
    },
    "interconnected": (Text("Liên thông", "Interconnected"), Text("thủ tục liên thông", "interconnected procedures")),
    "with_dossiers": (
        Text("Có phát sinh hồ sơ", "With dossiers"),
        Text("thủ tục tiếp nhận hồ sơ trong kỳ", "procedures that received dossiers"),
    ),
}  # fmt: skip


def count_cell(id: str, count: int, lang: str) -> Cell:  # noqa: A002
    """A count of dossiers, of procedures, of whatever the log or the flows tell."""
    return Cell(number(count, lang), id, count, "computed")


def rate_cell(id: str, rate: str | None, lang: str) -> Cell:  # noqa: A002
    """A percentage from `text.percent` (R111)."""
    return Cell(percent_shown(rate, lang), id, None if rate is None else Decimal(rate), "computed")


def figure_sections(report: Report, lang: str) -> tuple[Section, ...]:
    """The sections of one agency's figures, for a report of their own or as annexes of another."""
    line = _Line("agency", report.counts, lang)
    causes = _cause_table(report.late_by_cause, report.counts, lang)
    groups = tuple(_grouping(name, report.groupings[name], lang) for name in _PARTS)
    return (
        Section(
            Text("Tình hình chung", "The whole").to(lang),
            1,
            (*_summary(report, line, lang), line.form(), line.rates(), line.ratios(), causes),
        ),
        Section(Text("Biểu II.06a theo nhóm", "Form II.06a by group").to(lang), 1, groups),
        Section(Text("Việc của từng cán bộ", "What each officer did").to(lang), 1, (_officers(report.by_officer, lang),)),
    )  # fmt: skip


def totals_sections(totals: Totals, lang: str) -> tuple[Section, ...]:
    """The sections of several agencies' figures."""
    whole = totals.whole
    line = _Line("all", whole.counts, lang)
    agencies = {key: Group(share.title, share.counts) for key, share in sorted(totals.agencies.items())}
    title = Text("Theo cơ quan", "By agency")
    by_agency = group_table("agency", title, Text("cơ quan", "agency"), agencies, lang, keyed=True, empty=True)
    causes = _cause_table(whole.late_by_cause, whole.counts, lang)
    return (
        Section(NATION.to(lang), 1, (Words((NO_COVERAGE.to(lang),)), line.form(), line.rates(), line.ratios(), causes)),
        Section(title.to(lang), 1, (by_agency, _grouping("by_channel", whole.channels, lang))),
    )


class _Line(NamedTuple):
    """Cells and tables of one line of the form, its cells under the ids of `part`."""

    part: str
    counts: Counts
    lang: str

    def cell(self, name: str) -> Cell:
        """A count of the line."""
        return count_cell(f"{self.part}/{name}", getattr(self.counts, name), self.lang)

    def rate(self, name: str) -> Cell:
        """A rate of the line."""
        return rate_cell(f"{self.part}/{name}", getattr(self.counts, name), self.lang)

    def form(self) -> Table:
        """The columns of II.06a one below the other, with what stands on lines of its own beside them (R57, R59, R61)."""
        rows = tuple((Cell("\u2003" * one.depth + one.label.to(self.lang)), self.cell(one.name)) for one in FIGURES)
        title = Text("Biểu II.06a (trong ngoặc: số cột)", "Form II.06a (in brackets: its columns)").to(self.lang)
        columns = (Column("", "<"), Column(Text("hồ sơ", "dossiers").to(self.lang)))
        return Table(self.part, title, columns, rows, tuple(at for at, one in enumerate(FIGURES) if not one.depth))

    def rates(self) -> Table:
        """The rates, each with its numerator and denominator (R110)."""
        lines = [
            (title, self.cell(above), self.cell(below), self.rate(name))
            for name, (title, above, below) in RATES.items()
        ]
        return self._parts("rates", Text("Các tỷ lệ", "Rates"), lines)

    def ratios(self) -> Table:
        """The three on-time ratios, never mixed (R93)."""
        title = Text("Tỷ lệ đúng hạn theo ba cách tính (R93)", "On-time ratios, reckoned in three ways (R93)")
        return self._parts("ratios", title, [(one.title, *self._ratio(one)) for one in self.counts.ratios])

    def _ratio(self, one: Ratio) -> tuple[Cell, Cell, Cell]:
        path = f"{self.part}/{one.name}"
        rate = rate_cell(path, one.rate, self.lang)
        return (
            count_cell(f"{path}_numerator", one.numerator, self.lang),
            count_cell(f"{path}_denominator", one.denominator, self.lang),
            rate if one.applies else rate._replace(shown=UNFIT.to(self.lang)),
        )

    def _parts(self, name: str, title: Text, lines: Iterable[tuple[Text, Cell, Cell, Cell]]) -> Table:
        above, below, rate = Text("tử số", "numerator"), Text("mẫu số", "denominator"), Text("tỷ lệ", "rate")
        columns = (Column("", "<"), *(Column(one.to(self.lang)) for one in (above, below, rate)))
        rows = tuple((Cell(one.to(self.lang)), *cells) for one, *cells in lines)
        return Table(f"{self.part}-{name}", title.to(self.lang), columns, rows)


def _summary(report: Report, line: _Line, lang: str) -> Iterator[Words]:
    """The first lines, from which the whole can be seen."""
    yield Words(tuple(_holdings(report.catalogue, lang)))
    yield Words(
        (
            *(Text("tiếp nhận ", "received ").to(lang), line.cell("received"), "; "),
            *(Text("đúng hạn ", "in time ").to(lang), line.cell("in_time"), " (", line.rate("in_time_rate"), "); "),
            *(Text("trễ hạn ", "late ").to(lang), line.cell("late"), " (", line.rate("late_rate"), "); "),
            *(Text("trực tuyến ", "online ").to(lang), line.cell("online"), " (", line.rate("online_rate"), "); "),
            *(Text(f"mục tiêu > {OBJECTIVE}%: ", f"objective > {OBJECTIVE}%: ").to(lang), *_objective(line, lang)),
        )
    )


def _objective(line: _Line, lang: str) -> Iterator[str | Cell]:
    met, rate = line.counts.objective_met, line.rate("objective_rate")
    if met is None:
        yield rate
    else:
        yield from (f"{(Text('đạt', 'met') if met else Text('không đạt', 'not met')).to(lang)} (", rate, ")")


def _holdings(catalogue: Catalogue, lang: str) -> Iterator[str | Cell]:
    figures = {"procedures": catalogue.total, "fields": catalogue.fields}
    figures |= {f"level_{level}": count for level, count in enumerate(catalogue.by_level, 1) if count}
    figures |= {"interconnected": catalogue.interconnected, "with_dossiers": catalogue.with_dossiers}
    for at, (name, count) in enumerate(figures.items()):
        yield f"{'; ' if at else ''}{_PLAIN[name][0].to(lang)}: "
        yield count_cell(f"catalogue/{name}", count, lang)


def _cause_table(causes: Mapping[LateCause, int], counts: Counts, lang: str) -> Table:
    """Why the late and overdue ones are (R95)."""
    rows = tuple(
        (Cell(TITLES[cause].to(lang)), count_cell(f"cause/{cause}", count, lang)) for cause, count in causes.items()
    )
    late = number(counts.late_by_law + counts.overdue_by_law, lang)
    title = Text(
        f"Nguyên nhân {late} hồ sơ trễ hạn và đang quá hạn theo ngày hẹn trả của luật",
        f"Causes of the {late} dossiers late and overdue by the law's due date",
    )
    columns = (Column("", "<"), Column(Text("hồ sơ", "dossiers").to(lang)))
    return Table("causes", title.to(lang), columns, rows, chart=(1,))


def _grouping(name: str, groups: Mapping[str, Group], lang: str) -> Table:
    title, what, keyed = _PARTS[name]
    return group_table(name.removeprefix("by_"), title, what, groups, lang, keyed)


def group_table(
    part: str, title: Text, what: Text, groups: Mapping[str, Group], lang: str, keyed: bool = False, empty: bool = False
) -> Table:
    """The form's columns for the lines of a grouping that have dossiers, or for all with `empty`; a line's key is read beside
    its title where it is `keyed`."""
    met = {key: one for key, one in groups.items() if empty or one.counts.total or one.counts.refused_intake}
    heads = (Column(f"{one.short.to(lang)} ({one.column})") for one in FORM)
    names = (Column(Text("mã", "id").to(lang), "<"),) if keyed else ()
    columns = (*names, Column(what.to(lang), "<"), *heads, Column(RATES["in_time_rate"][0].to(lang)))
    rows = []
    for key, group in met.items():
        line = _Line(f"{part}/{key}", group.counts, lang)
        cells = (*(line.cell(one.name) for one in FORM), line.rate("in_time_rate"))
        rows.append((*([Cell(key)] if keyed else []), Cell(group.title.to(lang)), *cells))
    chart = tuple(
        at for at, one in enumerate(FORM, len(columns) - len(FORM) - 1) if one.name in ("in_time", "late", "total")
    )
    return Table(part, title.to(lang), columns, tuple(rows), chart=chart[:1])


def _officers(officers: Mapping[str, Officer], lang: str) -> Table:
    """Every account that did something, most late steps first, then most wrong hand-overs, then most steps."""
    ranked = sorted(officers.items(), key=lambda entry: (-entry[1].late_steps, -entry[1].misrouted, -entry[1].steps))
    columns = (
        *(Column(one.to(lang), "<") for one in (Text("tài khoản", "account"), Text("họ tên", "name"), Text("phòng", "division"))),
        *(Column(title.to(lang)) for title, _ in OFFICER_FIGURES.values()),
    )  # fmt: skip
    rows = tuple(
        (
            *(Cell(account), Cell(officer.name), Cell(officer.division)),
            *(count_cell(f"officer/{account}/{name}", getattr(officer, name), lang) for name in OFFICER_FIGURES),
        )
        for account, officer in ranked
    )
    return Table("officer", Text("Theo cán bộ", "By officer").to(lang), columns, rows)
