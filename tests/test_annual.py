"""The annual ISO report: every section and figure of domain.md section 8, declared facts with their papers, nothing guessed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any
from unicodedata import is_normalized

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_simulate import TROUBLED

from flowiso.app import Agency
from flowiso.declaredfile import YEAR, load_year
from flowiso.engine import Engine
from flowiso.feedback import Complaint, Ratings
from flowiso.figures import Counts, Group
from flowiso.life import Life
from flowiso.measures.declared import Satisfaction, Year
from flowiso.measures.scores import score
from flowiso.measures.told import told
from flowiso.model import Flow
from flowiso.period import Period
from flowiso.questions import Questions
from flowiso.reports.annual import Yearly, annual, year_of
from flowiso.reports.annual_close import CLAUSES
from flowiso.reports.annual_words import WANTED
from flowiso.reports.document import Cell, Document, Section, Table, Words
from flowiso.reports.figures import figure_sections
from flowiso.reports.text import write
from flowiso.simulate import simulate
from flowiso.stats import Catalogue, Report
from flowiso.store import open_store
from flowiso.term import Term, Unit
from flowiso.text import Text, number
from flowiso.worktime import TZ

DOSSIERS = 40
YEAR_2021 = Period.year(2021)


@pytest.fixture(scope="module")
def agency() -> Agency:
    """The shipped agency."""
    return Agency.load()


@pytest.fixture(scope="module")
def engine(agency: Agency) -> Engine:
    """A year in which much goes wrong."""
    store = open_store("memory:", "simulated")
    scenario = replace(TROUBLED, arrivals=replace(TROUBLED.arrivals, dossiers=DOSSIERS))
    store.create_many(simulate(agency, scenario, 5).logs)
    return Engine(agency, store)


@pytest.fixture(scope="module")
def declared(agency: Agency) -> Year:
    """What the shipped agency declares of 2021."""
    found = load_year(agency.library.folder, 2021, agency.org.divisions.keys())
    assert found is not None
    return found


@pytest.fixture(scope="module")
def year(engine: Engine, declared: Year) -> Yearly:
    """The simulated year with the declared facts of 2021."""
    return year_of(engine, 2021, declared)


@pytest.fixture(scope="module")
def document(year: Yearly) -> Document:
    """The report in Vietnamese."""
    return annual(year)


def parts(section: Section) -> Iterator[str | Cell]:
    """All that a section holds."""
    for block in section.blocks:
        if isinstance(block, Words):
            yield from block.parts
        else:
            yield from (cell for row in block.rows for cell in row)


def cells_of(document: Document, title: str) -> dict[str, Cell]:
    """The figures under the heading that begins with a title, and under those below it, by id."""
    found: dict[str, Cell] = {}
    level = 0
    for section in document.sections:
        if section.title.startswith(title):
            level = section.level
        elif level and section.level <= level:
            break
        if level:
            found |= {part.id: part for part in parts(section) if isinstance(part, Cell) and part.id}
    return found


def consistent(document: Document) -> dict[str, Cell]:
    """Every figure by id, which says the same wherever it stands."""
    found: dict[str, Cell] = {}
    for cell in document.cells():
        assert found.setdefault(cell.id, cell) == cell
    return found


def shown(document: Document) -> str:
    """Every paragraph, one a line."""
    return "\n".join(
        block.shown for section in document.sections for block in section.blocks if isinstance(block, Words)
    )


def published(agency: Agency, declared: Year | None, late: int = 4, received: int = 13_641) -> Yearly:
    """The figures of the published year, with so many late."""
    in_time = received - late
    counts = Counts(
        received=received,
        resolved=received,
        early=in_time,
        late=late,
        merits=received,
        merits_in_time=in_time,
        online=13_468,
    )
    divisions = {"qltm": Group(Text("P", "D"), counts)}
    causes: Any = {"misrouted_account": late}
    catalogue = Catalogue(116, 15, (0, 0, 23, 93), 4, 46)
    report = Report(YEAR_2021, counts, by_division=divisions, late_by_cause=causes, catalogue=catalogue)
    blank = told((), agency.flows, agency.calendar, YEAR_2021)
    return bare(report, agency, declared)._replace(told=blank)


def bare(report: Report, agency: Agency, declared: Year | None = None) -> Yearly:
    """A report of which nothing else is known."""
    register = Engine(agency, open_store("memory:")).faults(at(report))
    scores = score((), report.period, agency.calendar, agency.org)
    figures = told((), agency.flows, agency.calendar, report.period)
    return Yearly(report, scores, figures, register, (), agency.org, agency.flows, declared)


def at(report: Report) -> datetime:
    """The cut-off."""
    return datetime.fromtimestamp(report.until, TZ)


# Sections and figures

SECTIONS: Sequence[str] = (
    "I. Đặc điểm tình hình",
    "II. Những kết quả thực hiện",
    "1. Kết quả áp dụng, duy trì và cải tiến HTQLCL",
    "a) Hệ thống tài liệu",
    "b) Đào tạo",
    "c) Đánh giá nội bộ",
    "d) Xem xét của lãnh đạo",
    "đ) Kết quả thực hiện mục tiêu chất lượng",
    "e) Kết quả thực hiện các quy trình xử lý công việc",
    "g) Hành động khắc phục",
    "h) Sự hài lòng",
    "i) Hoạt động cải tiến",
    "k) Xử lý khiếu nại",
    "l) Tự đánh giá",
    "2. Hiệu quả của việc áp dụng HTQLCL",
    "a) Công tác quản lý, điều hành",
    "b) Công tác quản lý tài liệu",
    "c) Phân định trách nhiệm",
    "d) Quản lý, kiểm soát các quy trình",
    "đ) Thời gian giải quyết",
    "e) Kết quả khai thác",
    "III. Những khó khăn",
    "IV. Kiến nghị",
    "Phụ lục 1.",
    "Phụ lục 2.",
    "Phụ lục 3.",
)


def test_sections_stand_in_the_order_of_the_published_report(document: Document) -> None:
    """Section 8: I, II.1, II.2 with its six fixed headings, III, IV; behind them the annexes."""
    assert len(document.sections) == len(SECTIONS)
    assert [one.title.startswith(title) for one, title in zip(document.sections, SECTIONS, strict=True)] == [True] * 26
    assert [one.level for one in document.sections] == [1, 1, 2, *[3] * 11, 2, *[3] * 6, *[1] * 5]


FIGURES: Mapping[str, tuple[str, str, str]] = {
    "I declaration (R100)": ("I.", "declared", "iso/declaration"),
    "I procedures under ISO / total (R100)": ("I.", "computed", "catalogue/procedures catalogue/fields"),
    "I approved scope (R100)": ("I.", "declared", "iso/procedures_declared iso/fields_declared iso/scope"),
    "I divisions applying": ("I.", "declared", "iso/divisions_applying"),
    "I all divisions": ("I.", "computed", "iso/divisions"),
    "I policy": ("I.", "declared", "iso/policy"),
    "I objectives and plan": ("I.", "declared", "iso/objectives iso/aims iso/plan"),
    "II.1 revision as declared (R105 7.5)": (
        "a) Hệ",
        "declared",
        "iso/documents iso/edition iso/processes_revised iso/flowcharts_revised",
    ),
    "II.1 revision as the flows tell": (
        "a) Hệ",
        "computed",
        "iso/flowcharts_in_force iso/internal_in_force iso/flowcharts_new iso/internal_new",
    ),
    "II.1 training (R104)": ("b)", "declared", "iso/people_trained iso/training"),
    "II.1 internal audit (R101)": ("c)", "declared", "iso/audit_plan audit/1/audit_report audit/2/audit_report"),
    "II.1 findings of the audit (R101)": ("c)", "missing", "iso/audit_findings"),
    "II.1 management review (R101)": ("d)", "declared", "iso/review iso/review_held"),
    "II.1 systemic faults for the review (R130)": ("d)", "computed", "iso/systemic"),
    "II.1 divisions with objectives (R105 6.2)": (
        "đ) Kết",
        "declared",
        "iso/divisions_with_objectives iso/divisions_with_objectives_rate",
    ),
    "II.1 target of an objective": ("đ) Kết", "declared", "aim/1.agency/aim_target aim/1.qltm/aim_target"),
    "II.1 objectives measured (R105 6.2)": (
        "đ) Kết",
        "computed",
        "aim/1.agency/aim_part aim/1.agency/aim_whole aim/1.agency/aim_rate aim/1.agency/aim_verdict aim/1.vp/aim_verdict",
    ),
    "II.1 papers of the year (R102)": ("đ) Kết", "declared", "paper/1/paper paper/9/paper"),
    "II.1 levels 3 and 4": ("e)", "computed", "catalogue/level_3 catalogue/level_4 iso/level_3_rate iso/level_4_rate"),
    "II.1 interconnected": ("e)", "computed", "catalogue/interconnected iso/interconnected_rate"),
    "II.1 online": ("e)", "computed", "agency/online agency/received agency/online_rate"),
    "II.1 online payment": ("e)", "declared", "iso/payment_procedures iso/payment_counted iso/payment_rate"),
    "II.1 dossiers (R90, R91)": (
        "e)",
        "computed",
        "agency/total agency/received agency/carried_over agency/resolved agency/open agency/open_in_time agency/open_overdue"
        " agency/refused_intake agency/withdrawn agency/stopped agency/no_term agency/closed_overdue",
    ),
    "II.1 early, on time and late apart": (
        "e)",
        "computed",
        "agency/early agency/on_time agency/in_time agency/late iso/early_rate iso/on_time_rate agency/in_time_rate"
        " agency/late_rate",
    ),
    "II.1 the three on-time ratios (R93)": (
        "e)",
        "computed",
        "agency/of_resolved agency/of_all_qd766 agency/of_received_closed agency/of_resolved_numerator"
        " agency/of_resolved_denominator",
    ),
    "II.1 reasons for lateness (R95)": ("e)", "computed", "iso/late_and_overdue cause/overload"),
    "II.1 misroutes counted (section 8 row 15)": (
        "e)",
        "computed",
        "agency/misrouted agency/misrouted_dossiers iso/misrouted_minutes cause/misrouted_account",
    ),
    "II.1 corrective actions (R130, R105 10.2)": (
        "g)",
        "computed",
        "iso/nc_opened iso/nc_closed iso/nc_closed_rate iso/nc_unclosed iso/nc_overdue iso/nc_before nc/all/nc_opened"
        " nc/misroute.wrong_person/nc_closed",
    ),
    "II.1 satisfaction (section 8 row 12)": ("h)", "declared", "iso/satisfied_published"),
    "II.1 satisfaction without numbers": ("h)", "missing", "iso/surveyed"),
    "II.1 ratings in the log (R142)": ("h)", "computed", "iso/rated iso/rating_mean"),
    "II.1 improvements": ("i)", "computed", "iso/terms_cut iso/steps_cut agency/early iso/early_rate"),
    "II.1 complaints about the system": ("k)", "declared", "iso/complaints_system"),
    "II.1 complaints in the log": (
        "k)",
        "computed",
        "iso/complaints iso/complaints_founded iso/complaints_unfounded iso/complaints_waiting iso/complaints_in_time",
    ),
    "II.2 evidence under the six headings": (
        "2.",
        "computed",
        "iso/nc_opened catalogue/procedures iso/accounts iso/roles agency/misrouted agency/early agency/online_rate",
    ),
    "II.2 places for the agency's words (R110)": (
        "2.",
        "free",
        "iso/effect_management iso/effect_documents iso/effect_responsibility iso/effect_control iso/effect_time iso/effect_it",
    ),
    "III difficulties": ("III.", "free", "iso/difficulties iso/causes"),
    "III the commonest cause": ("III.", "computed", "cause/overload iso/late_and_overdue"),
    "IV proposals and who gets it (R102)": ("IV.", "free", "iso/proposals iso/sent_to iso/signed_by"),
    "indices of the agency (R96)": (
        "Phụ lục 1.",
        "computed",
        " ".join(f"agency/index_{number}" for number in (1, 2, 3, 4, 7, 8, 9))
        + " agency/index_1_dossiers agency/index_sum",
    ),
    "indices without data (R96)": ("Phụ lục 1.", "missing", "agency/index_5 agency/index_6 agency/class"),
    "indices of divisions (R97)": (
        "Phụ lục 1.",
        "computed",
        "division/qltm/index_1 division/qltm/index_9 division/qltm/index_sum",
    ),
    "class of officers (R97)": (
        "Phụ lục 1.",
        "computed",
        "officer/lan.vp/index_2 officer/lan.vp/index_sum officer/lan.vp/class",
    ),
    "groups of QĐ 766 (R98)": (
        "Phụ lục 2.",
        "computed",
        "qd766/tien-do/group_points qd766/tien-do.dung-han/item_points qd766/truc-tuyen.ho-so/item_part qd766/all/group_points",
    ),
    "groups without data (R98)": (
        "Phụ lục 2.",
        "missing",
        "qd766/so-hoa/group_points qd766/so-hoa.tai-su-dung/item_points",
    ),
}


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_stands_in_its_section(document: Document, name: str) -> None:
    """Section 8, R110: each figure is a cell of its section, marked as what it is."""
    title, basis, ids = FIGURES[name]
    cells = cells_of(document, title)
    wanted = dict.fromkeys(ids.split(), basis)
    assert {one: cells[one].basis if one in cells else "not there" for one in wanted} == wanted


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_figure_is_defined(year: Yearly, lang: str) -> None:
    """R110: what has a value has a definition; what a definition divides is defined too; an id says the same everywhere."""
    document = annual(year, lang)
    sources = document.sources
    for cell in consistent(document).values():
        assert cell.figure in sources or (cell.value is None and cell.basis != "computed"), cell
        assert (cell.basis in ("free", "missing")) <= (cell.value is None), cell
    for source in sources.values():
        assert source.title
        assert {source.numerator, source.denominator} <= sources.keys() | {""}
        assert source.meaning or source.numerator


def test_the_head_tells_period_cut_off_digest_and_simulation(year: Yearly) -> None:
    """R92, R110; simulated data says so."""
    document = annual(year, digest="ab12")
    facts = dict(document.facts)
    assert facts["Kỳ"] == "01/01/2021 - 31/12/2021"
    assert facts["Chốt số liệu"] == "lúc 23:59:59 ngày 31/12/2021"
    assert facts["Mã băm nhật ký (SHA-256)"] == "ab12"
    assert facts["Số liệu khai báo"] == "_reports/2021.yaml"
    assert facts["Cơ quan"] == "Sở Công Thương tỉnh Đồng Nai (000.00.19.H19)"
    assert document.simulated.startswith("DỮ LIỆU MÔ PHỎNG")
    assert dict(annual(year).facts)["Mã băm nhật ký (SHA-256)"] == year.report.digest != ""
    assert document.made == at(year.report)


def test_annexes_come_last(year: Yearly, document: Document) -> None:
    """Sections given stand behind the report's own; figures that both have are shown alike."""
    lang = "vi"
    annexes = figure_sections(year.report, lang)
    whole = annual(year, lang, annexes=annexes)
    assert whole.sections == (*document.sections, *annexes)
    ours = {cell.id: cell for cell in document.cells()}
    theirs = {cell.id: cell for section in annexes for cell in parts(section) if isinstance(cell, Cell) and cell.id}
    both = ours.keys() & theirs.keys()
    assert {"agency/received", "agency/of_resolved", "cause/overload", "catalogue/level_4"} <= both
    assert {one: ours[one] for one in both} == {one: theirs[one] for one in both}


# What is declared


@pytest.mark.parametrize(("lang", "kind"), [("vi", "Quyết định số"), ("en", "Decision no.")])
def test_every_declared_paper_is_named(year: Yearly, declared: Year, lang: str, kind: str) -> None:
    """R100-R102: each of the 20 papers of 2021 stands in the report by kind, number and date."""
    words = shown(annual(year, lang))
    on = {"vi": "ngày", "en": "of"}[lang]
    papers = {
        paper
        for section in YEAR
        if section not in ("year", "facts", "figures")
        for paper in declared.papers_of(section)
    }
    assert len(papers) == 20
    for paper in papers:
        assert f" {paper.number} {on} {paper.date:%d/%m/%Y}" in words, paper
    assert f"{kind} 41/QĐ-SCT" in words
    assert "Công khai, minh bạch – công tâm, chu đáo - đúng luật, đúng hẹn" in words


def test_the_published_year(agency: Agency, declared: Year) -> None:
    """Section 8 rows 1-3, 5-7, 9-12: the figures of 2021 as they should have been written (R111)."""
    words = shown(annual(published(agency, declared)))
    for sentence in (
        "116/116 thủ tục, thuộc 15/15 lĩnh vực được phê duyệt tại Quyết định số 545/QĐ-UBND ngày 09/02/2021",
        "Số phòng áp dụng/tổng số phòng của đơn vị: 6/6, bao gồm:",
        "chỉnh sửa 16 quy trình nội bộ và 116 lưu đồ thủ tục hành chính",
        "Đã cử 2 cán bộ, công chức",
        "6/6 phòng, đạt 100,00%, có mục tiêu chất lượng cụ thể",
        "mức độ 3: 23/116 thủ tục, 19,83%",
        "mức độ 4: 93/116 thủ tục, 80,17%",
        "thủ tục liên thông: 4/116 thủ tục, 3,45%",
        "13.468/13.641 hồ sơ tiếp nhận trong kỳ, chiếm 98,73%",
        "42/46 thủ tục có phát sinh hồ sơ, chiếm 91,30%",
        "13.637/13.641 hồ sơ, tỷ lệ 99,97%",
        "Trả trễ hạn: 4/13.641 hồ sơ, tỷ lệ 0,03%",
        "chuyển nhầm tài khoản: 4 hồ sơ",
        "100% hài lòng; số người được hỏi, số người hài lòng: [chưa khai; hãy ghi vào _reports/2021.yaml: satisfaction:",
        "Khiếu nại liên quan đến HTQLCL: 0.",
    ):
        assert sentence in words


def test_a_scope_that_differs_is_said(agency: Agency, declared: Year) -> None:
    """R100: fewer flowcharts in force than procedures approved is told before anybody signs."""
    warning = "cần đối chiếu trước khi ký"
    whole = published(agency, declared)
    assert warning not in shown(annual(whole))
    fewer = replace(whole.report, catalogue=whole.report.catalogue._replace(total=115))
    assert warning in shown(annual(whole._replace(report=fewer)))


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_without_the_years_file(year: Yearly, lang: str) -> None:
    """Nothing is guessed: what isn't declared says what to write into which file; the rest of the report is as it was."""
    document = annual(year._replace(declared=None), lang)
    cells = list(document.cells())
    assert "declared" not in {cell.basis for cell in cells}
    lacking = [cell for cell in cells if cell.basis == "missing" and cell.shown.startswith("[")]
    keys = {match[1] for cell in lacking for match in [re.search(r"_reports/2021\.yaml: (\w+):", cell.shown)] if match}
    assert keys == WANTED.keys() - {"publication", "answer_within"}
    ids = {cell.id: cell for cell in annual(year, lang).cells()}
    assert all(ids[cell.id] == cell for cell in cells if cell.basis == "computed" and cell.id in ids)
    assert "_reports/2021.yaml" in document.facts[-1][1]
    write(document)


def test_what_is_to_be_written_are_keys_of_the_file() -> None:
    """Every key that the report asks for is one that the file may have; so are the parts named within."""
    assert WANTED.keys() <= YEAR.keys()


@pytest.mark.parametrize("section", [name for name in WANTED if name != "answer_within"])
def test_each_section_may_be_left_out(year: Yearly, declared: Year, section: str) -> None:
    """A file that declares all but one section: the report is complete, and asks for that one."""
    empty = Year(2021)
    without = declared._replace(**{section: getattr(empty, section)})
    document = annual(year._replace(declared=without))
    consistent(document)
    words = write(document)
    if section != "publication":
        assert f"{section}:" in re.sub(r"\s+", " ", words)
    assert "None" not in words


def test_publication_makes_index_6(year: Yearly, declared: Year) -> None:
    """TT 01/2018 index 6: declared for the agency, it holds for its divisions, and the class is told sooner."""
    document = annual(year._replace(declared=declared._replace(publication=2)))
    cells = {cell.id: cell for cell in document.cells()}
    for path in ("agency", "division/qltm"):
        assert (cells[f"{path}/index_6"].shown, cells[f"{path}/index_6"].basis) == ("2,0", "declared")
    assert (cells["agency/class"].shown, cells["agency/class"].basis) == ("tốt", "declared")


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        (
            "vi",
            "trực tuyến {procedures_online}/{procedures} thủ tục, {online}/{received} hồ sơ, trong đó trễ hạn {online_late}",
        ),
        (
            "en",
            "online {procedures_online}/{procedures} procedures, {online}/{received} dossiers, {online_late} of them late",
        ),
    ],
)
def test_index_9_says_what_decides_it(year: Yearly, lang: str, said: str) -> None:
    """R96, R110: one late dossier among all that came online makes it 0, so what it rests on stands beside it."""
    figures = {name: number(figure.value, lang) for name, figure in year.figures.items()}
    tables = (block for section in annual(year, lang).sections for block in section.blocks if isinstance(block, Table))
    rows = next(table for table in tables if table.id == "index-agency").rows
    assert [row[3].shown for row in rows if row[0].shown.startswith("9.")] == [said.format(**figures)]


def test_complaints_need_the_agencys_limit(year: Yearly, declared: Year) -> None:
    """Index 8: a complaint that nobody says by when to answer isn't in time nor late; the report asks for the limit."""
    register = year.register._replace(
        complaints=(Complaint("1", 3, 0), Complaint("2", 4, 0, 5, True), Complaint("3", 4, 0, 5, False))
    )
    unknown = year.told._replace(agency={**year.told.agency, "complaints": 3})
    unknown = unknown._replace(
        agency={name: count for name, count in unknown.agency.items() if name != "complaints_in_time"}
    )
    document = annual(year._replace(register=register, told=unknown))
    cells = cells_of(document, "k)")
    assert [cells[f"iso/complaints{name}"].value for name in ("", "_founded", "_unfounded", "_waiting")] == [3, 1, 1, 1]
    assert "answer_within: ...wd" in cells["iso/complaints_in_time"].shown
    assert cells_of(document, "Phụ lục 1.")["agency/index_8"].basis == "missing"


def test_few_ratings_are_not_told(year: Yearly) -> None:
    """R142: the mean of fewer than five ratings isn't shown, that of more is."""
    few, many = (
        cells_of(annual(year._replace(register=year.register._replace(ratings=one))), "h)")["iso/rating_mean"]
        for one in (Ratings(4, None), Ratings(5, "4.20"))
    )
    assert (few.value, many.value, many.shown) == (None, Decimal("4.20"), "4,20")
    assert "ít hơn 5" in few.shown


def test_a_survey_with_its_numbers(year: Yearly, declared: Year) -> None:
    """Section 8 row 12: numerator and denominator, where they are known, make the rate."""
    assert declared.satisfaction is not None
    told_ = declared._replace(satisfaction=declared.satisfaction._replace(satisfied=199, surveyed=200))
    cells = cells_of(annual(year._replace(declared=told_)), "h)")
    assert (cells["iso/satisfied_rate"].shown, cells["iso/satisfied_rate"].basis) == ("99,50%", "declared")


def test_a_paper_that_says_less(year: Yearly, declared: Year) -> None:
    """What a declared paper doesn't say is asked for by its part, and no figure is made of it."""
    assert declared.documents is not None
    assert declared.objectives is not None
    assert declared.audit is not None
    less = declared._replace(
        documents=declared.documents._replace(edition=None, processes=None),
        objectives=declared.objectives._replace(aims=()),
        audit=declared.audit._replace(plan=None, findings=3),
        satisfaction=Satisfaction(None, None, None),
    )
    cells = consistent(annual(year._replace(declared=less)))
    asked = {
        "iso/edition": "documents: {edition",
        "iso/processes_revised": "documents: {processes",
        "iso/audit_plan": "audit: {plan",
        "iso/satisfied_published": "satisfaction: {rate",
    }
    assert all(key in cells[name].shown and cells[name].basis == "missing" for name, key in asked.items())
    assert cells["iso/audit_findings"].value == 3
    assert cells["iso/aims"].basis == "missing"
    assert not any(name.startswith("aim/") for name in cells)


def test_terms_and_steps_cut(agency: Agency) -> None:
    """Improvements: the version in force at the cut-off against that on the eve of the period, in the same unit of time."""
    old = agency.find("LTHH-13", date(2021, 1, 1))
    assert old.deadline is not None

    def newer(since: date, **parts: Any) -> Flow:
        return old._replace(version=2, effective=since, **parts)

    def cut(*flows: Flow) -> tuple[Any, ...]:
        cells = cells_of(annual(bare(Report(YEAR_2021, Counts()), agency)._replace(flows=flows)), "i)")
        return cells["iso/terms_cut"].value, cells["iso/steps_cut"].value

    short, july = Term(Decimal("0.5"), old.deadline.unit), date(2021, 7, 1)
    other: Unit = "d" if old.deadline.unit == "wd" else "wd"
    assert cut(old) == cut(old, newer(july)) == cut(newer(july, deadline=short, steps=old.steps[1:])) == (0, 0)
    assert cut(old, newer(july, deadline=short)) == (1, 0)
    assert cut(old, newer(july, deadline=Term(Decimal(1), other))) == cut(old, newer(july, deadline=None)) == (0, 0)
    assert cut(old, newer(july, steps=old.steps[1:])) == (0, 1)
    assert cut(old, newer(date(2021, 1, 1), deadline=short)) == (1, 0)
    assert (
        cut(old, newer(date(2022, 1, 1), deadline=short))
        == cut(old, newer(date(2020, 12, 31), deadline=short))
        == (0, 0)
    )
    assert cut(old, newer(july, deadline=short, kind="internal")) == (0, 0)


# Verdicts and percentages


@pytest.mark.parametrize(("late", "verdict"), [(4, "đạt"), (136, "đạt"), (137, "không đạt")])
def test_objectives_are_strict(agency: Agency, declared: Year, late: int, verdict: str) -> None:
    """Section 8 row 11: "trên 99 %" of 13,641 allows at most 136 late, though 137 are 99,00 % as well."""
    cells = cells_of(annual(published(agency, declared, late)), "đ) Kết")
    assert [cells[f"aim/1.{whose}/aim_verdict"].shown for whose in ("agency", "qltm", "vp")] == [
        verdict,
        verdict,
        "không phát sinh",
    ]
    assert cells["aim/1.agency/aim_rate"].shown == {4: "99,97%"}.get(late, "99,00%")
    assert cells["aim/1.agency/aim_part"].value == 13_641 - late


def test_an_objective_by_a_figure_that_nobody_tells(year: Yearly, declared: Year) -> None:
    """A verdict without its figures is not derivable, never a zero."""
    assert declared.objectives is not None
    aim = declared.objectives.aims[0]._replace(part="answers_satisfied", whole="answers_surveyed")
    objectives = declared.objectives._replace(aims=(aim,))
    table = cells_of(annual(year._replace(declared=declared._replace(objectives=objectives))), "đ) Kết")
    assert table["aim/1.agency/aim_verdict"] == Cell("không tính được", "aim/1.agency/aim_verdict", None, "missing")
    figures = {"answers_satisfied": 9, "answers_surveyed": 10}
    told_ = declared._replace(objectives=objectives, figures=figures)
    table = cells_of(annual(year._replace(declared=told_)), "đ) Kết")
    assert (table["aim/1.agency/aim_verdict"].shown, table["aim/1.agency/aim_verdict"].basis) == (
        "không đạt",
        "declared",
    )


def test_never_all_when_not_all(agency: Agency) -> None:
    """R111: one late of 100,000 is 99,999 %, and nothing of nothing is no percentage."""
    cells = {cell.id: cell for cell in annual(published(agency, None, 1, 100_000)).cells()}
    assert cells["agency/in_time_rate"].shown == "99,999%"
    nothing = {cell.id: cell for cell in annual(bare(Report(YEAR_2021, Counts()), agency)).cells()}
    assert (nothing["agency/in_time_rate"].shown, nothing["agency/in_time_rate"].value) == ("không phát sinh", None)


def test_nothing_late_gives_no_reason(agency: Agency, declared: Year) -> None:
    """R95: a year without a late dossier says so, and asks for no explanation."""
    words = shown(annual(published(agency, declared, 0)))
    assert "Lý do của 0 hồ sơ trễ hạn và đang quá hạn, theo nhật ký: không phát sinh." in words
    assert "Giải trình thêm" not in words
    assert "gặp nhiều nhất" not in words


def test_rules_that_are_not_in_force(agency: Agency, declared: Year) -> None:
    """R97, R98: QĐ 766 of a year before it is for information; nobody is classed once TT 01/2018 isn't in force."""
    before = annual(published(agency, declared))
    assert "chỉ để tham khảo" in shown(before)
    report = Report(Period.year(2025), Counts())
    after = annual(bare(report, agency, declared))
    assert "chỉ để tham khảo" not in shown(after)
    assert "nên không xếp loại" in shown(after)
    assert not any(isinstance(block, Table) for block in after.sections[SECTIONS.index("Phụ lục 1.")].blocks)


def test_clauses_point_at_sections_that_there_are(year: Yearly) -> None:
    """R104, R105: the ten clauses that auditors ask for; where they are sent there is a section."""
    assert [clause for clause, _, _ in CLAUSES] == [
        "6.1",
        "6.2",
        "7.5",
        "8.5",
        "8.7",
        "9.1.2",
        "9.1.3",
        "9.2",
        "9.3",
        "10.2",
    ]
    for lang in ("vi", "en"):
        document = annual(year, lang)
        letters = {one.title[0] for one in document.sections[3:14]}
        for _, _, where in CLAUSES:
            assert set(re.findall(r"(\w)\)", where.to(lang))) <= letters, where


# Languages


def test_both_languages_are_complete(year: Yearly) -> None:
    """The same figures in the same order, other words; all of it NFC; no brace of a sentence left over."""
    vi, en = annual(year, "vi"), annual(year, "en")
    assert [(cell.id, cell.value, cell.basis) for cell in vi.cells()] == [
        (cell.id, cell.value, cell.basis) for cell in en.cells()
    ]
    assert vi.sources.keys() == en.sources.keys()
    for one, other in zip(vi.sections, en.sections, strict=True):
        assert one.title != other.title
        assert len(one.blocks) == len(other.blocks)
    for document in (vi, en):
        assert is_normalized("NFC", write(document))
        loose = [part for section in document.sections for part in parts(section) if isinstance(part, str)]
        assert not any("{" in part or "}" in part for part in loose)
    assert not re.search(r"(hồ sơ|thủ tục|của|không) ", shown(annual(year._replace(declared=None), "en")))


# How it is gathered


class Counting(Questions):
    """Counts how often the lives are asked for."""

    asked = 0

    def lives(self, *args: Any, **more: Any) -> Iterator[Any]:
        self.asked += 1
        return super().lives(*args, **more)


def test_each_dossier_is_traced_once(engine: Engine, agency: Agency, declared: Year, year: Yearly) -> None:
    """One pass gives what stats, the scores, the figures for the groups and the register of nonconformities each give alone."""
    source = Counting(agency, engine.store)
    assert year_of(source, 2021, declared) == year
    assert source.asked == 1
    lives = [life for _, life in engine.lives(at(year.report))]
    assert year.report == engine.stats(2021)
    assert year.scores == score(lives, YEAR_2021, agency.calendar, agency.org)
    assert year.told == told(lives, agency.flows, agency.calendar, YEAR_2021)
    assert year.register == engine.faults(at(year.report), 2021)


def test_what_happens_later_changes_nothing(engine: Engine, agency: Agency, declared: Year) -> None:
    """R92: the report of the first half from the whole year's store is that from the store as it stood then."""
    half = Period.six_months(2021)
    cut = open_store("memory:", "simulated")
    cut.create_many([(case, list(moves)) for case, moves in engine.store.logs(agency.org.agency, half.end)])
    assert annual(year_of(Engine(agency, cut), half, declared)) == annual(year_of(engine, half, declared))
    early = year_of(engine, 2021, declared, datetime(2021, 6, 30, 23, 59, 59, tzinfo=TZ))
    later, then = year_of(engine, half, declared).report.counts, early.report.counts
    assert later == then
    assert early.day == date(2021, 6, 30)


def test_nonconformities_of_earlier_periods(engine: Engine) -> None:
    """R130: what was opened before the period and isn't closed is told apart from what the period opened."""
    whole, second = (year_of(engine, period) for period in (YEAR_2021, Period(date(2021, 7, 1), date(2021, 12, 31))))
    assert second.before
    assert len(second.before) + len(second.register.found) == len(whole.register.found)


def test_internal_processes_have_no_points(engine: Engine, agency: Agency, year: Yearly) -> None:
    """A dossier of an internal process is in no index (as in no column of the form)."""
    internal = next(flow for flow in agency.flows if flow.kind == "internal")

    class Renamed(Questions):
        def lives(self, *args: Any, **more: Any) -> Iterator[Any]:
            return ((table, _of(life, internal.code)) for table, life in super().lives(*args, **more))

    found = year_of(Renamed(agency, engine.store), 2021)
    assert found.scores.agency == {}
    assert found.report.counts == Counts()


def _of(life: Life, code: str) -> Life:
    return life._replace(case=life.case._replace(code=code, version=1))


COUNTS = st.builds(
    lambda early, on_time, late, open_, overdue, online, misrouted: Counts(
        received=early + on_time + late + open_ + overdue,
        resolved=early + on_time + late,
        open=open_ + overdue,
        open_in_time=open_,
        open_overdue=overdue,
        early=early,
        on_time=on_time,
        late=late,
        merits=early + on_time + late,
        merits_in_time=early + on_time,
        online=min(online, early + on_time + late + open_ + overdue),
        misrouted=misrouted,
    ),
    *[st.sampled_from([0, 0, 1, 4, 137, 13_641, 10**7])] * 6,
    st.integers(-2, 40),
)


@settings(deadline=None, max_examples=40)
@given(COUNTS, st.sampled_from(["vi", "en"]), st.booleans())
def test_any_year(counts: Counts, lang: str, with_file: bool) -> None:
    """Whatever the figures: a report in both languages, each figure as it was counted, percentages by R111."""
    agency, declared = _shipped()
    causes: Any = {"other": counts.late + counts.open_overdue}
    report = Report(YEAR_2021, counts, late_by_cause=causes)
    document = annual(bare(report, agency, declared if with_file else None), lang)
    cells = consistent(document)
    for name in ("received", "resolved", "early", "on_time", "late", "open", "online", "misrouted"):
        assert cells[f"agency/{name}"].value == getattr(counts, name)
    for name in ("in_time_rate", "late_rate", "online_rate"):
        rate = getattr(counts, name)
        assert cells[f"agency/{name}"].value == (None if rate is None else Decimal(rate))
    if counts.late:
        assert cells["agency/in_time_rate"].value != 100
    assert is_normalized("NFC", write(document))


@cache
def _shipped() -> tuple[Agency, Year]:
    agency = Agency.load()
    declared = load_year(agency.library.folder, 2021)
    assert declared is not None
    return agency, declared
