"""`_reports/<year>.yaml`: the shipped one is the published report's, every fault is told with its line, figures are marked."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from test_flowfile import HOSTILE
from test_hostile import MORE

from flowiso.cli import group
from flowiso.declaredfile import CODES, FOLDER, SECTIONS, YEAR, load_year, read_year
from flowiso.errors import FlowFileError
from flowiso.figures import Counts
from flowiso.library import bundled, load
from flowiso.measures.declared import DECLARABLE, Figure, Paper, Year, marked, plain
from flowiso.measures.groups import GROUPS
from flowiso.measures.objectives import measure
from flowiso.measures.points import UNIT_FIGURES
from flowiso.model import Finding
from flowiso.term import Term

ROOT = Path(__file__).parent.parent
SHIPPED = bundled() / FOLDER / "2021.yaml"
TEXT = SHIPPED.read_text(encoding="utf-8")
DIVISIONS = load(bundled(), []).org.divisions
FACTS = "facts:\n  - {of: [%s], read: một nguồn}\n"


def shipped() -> Year:
    """What the shipped folder declares of 2021."""
    year = load_year(bundled(), 2021, DIVISIONS.keys())
    assert year is not None
    return year


def found(text: str | bytes, file: str = "2021.yaml") -> list[Finding]:
    """What is wrong with a text."""
    return read_year(text if isinstance(text, bytes) else text.encode(), file, DIVISIONS.keys())[1]


def test_the_published_year() -> None:
    """Section 8: the facts of 2021 that no dossier tells, as the report has them; the number given twice stays (row 16)."""
    year = shipped()
    assert year.declaration == Paper("272/QĐ-SCT", date(2020, 10, 21), "công bố Hệ thống quản lý chất lượng")
    assert year.scope is not None
    assert (year.scope.procedures, year.scope.fields, year.scope.divisions) == (116, 15, tuple(DIVISIONS))
    assert year.audit is not None
    assert year.review is not None
    assert year.review.minutes.number == year.audit.reports[1].number == "6014/BB-SCT"
    assert year.review.held == date(2021, 10, 29)
    assert [paper.number for paper in year.papers_of("audit")] == ["5227/KH-SCT", "5885/BC-BCĐ", "6014/BB-SCT"]
    assert [len(year.papers_of(name)) for name in ("plan", "papers", "complaints", "publication")] == [1, 9, 0, 0]
    assert year.satisfaction is not None
    assert (year.satisfaction.rate, year.satisfaction.surveyed) == ("100", None)
    assert year.lacking == ()
    assert Year(2021).lacking == ("audit", "review")


def test_every_paper_of_2021_stands_in_the_report() -> None:
    """Nothing is declared that the report doesn't say: each paper's number, with its day within the same sentence or so."""
    words = (ROOT / "tests/data/report_dong_nai_2021.txt").read_text(encoding="utf-8")
    year = shipped()
    papers = {paper for section in SECTIONS if section != "figures" for paper in year.papers_of(section)}
    assert len(papers) == 20
    for paper in papers:
        day = rf"0?{paper.date.day}/0?{paper.date.month}/{paper.date.year}"
        number = re.escape(paper.number)
        assert re.search(rf"{number}.{{0,20}}{day}|{day}.{{0,40}}{number}", words), paper


def test_provenance() -> None:
    """Every section says where it comes from; what each division is measured by was not published."""
    year = shipped()
    for section in SECTIONS:
        if getattr(year, section) not in (None, {}, ()):
            fact = year.provenance(section)
            assert fact is not None, section
            assert fact.status == "read", section
    aims = year.provenance("objectives.aims")
    assert aims is not None
    assert aims.status == "assumed"
    assert year.provenance("objectives.divisions") == year.provenance("objectives")


def test_figures_are_marked() -> None:
    """Computed or declared, with the papers of the section; the log's own figure is never a declared one."""
    year = shipped()
    figures = marked({"procedures": 116, "satisfied": 7}, year)
    assert figures["procedures"] == Figure(116, "computed")
    assert figures["satisfied"] == Figure(7, "computed")
    assert figures["people_trained"] == Figure(2, "declared", "training", (Paper("5591/SCT-VP", date(2021, 10, 11)),))
    assert (figures["payment_procedures"].value, figures["payment_counted"].value) == (42, 46)
    assert (figures["divisions_with_objectives"].value, figures["divisions_applying"].value) == (6, 6)
    assert (figures["processes_revised"].value, figures["flowcharts_revised"].value) == (16, 116)
    assert figures["complaints_system"].value == 0
    assert "surveyed" not in figures  # a percentage alone is no numerator
    assert [paper.number for paper in figures["divisions_with_objectives"].papers] == ["41/QĐ-SCT"]
    assert marked({"late": 4}, None) == {"late": Figure(4, "computed")}
    assert plain(figures)["people_trained"] == 2


def test_objectives_of_2021() -> None:
    """Section 8 rows 3 and 11: 6/6 divisions, more than 99 %; measured by figures that the report's counts have."""
    year = shipped()
    assert year.objectives is not None
    (aim,) = year.objectives.aims
    assert (aim.above, aim.divisions) == (Decimal(99), tuple(DIVISIONS))
    counts = Counts(merits=13_641, merits_in_time=13_637)._asdict()
    assert [one.reached for one in measure([aim], counts, dict.fromkeys(DIVISIONS, counts))] == ["met"] * 7


def test_what_may_be_declared_is_what_somebody_asks_for() -> None:
    """Each declarable figure is one of a group of points or of an index, and none that counts of the log have."""
    asked = {name for one in GROUPS for item in one.items for name in (*item.part, *item.whole)}
    asked |= {name for names in UNIT_FIGURES.values() for name in names}
    assert asked >= DECLARABLE.keys()
    assert not DECLARABLE.keys() & set(Counts._fields)


FAULTS: Mapping[str, tuple[str, str, int]] = {
    "no provenance": ("year: 2021\ncomplaints: 0\n", "RPT001", 2),
    "a fact about nothing": ("year: 2021\ncomplaints: 0\n" + FACTS % "complaints, plan", "RPT002", 4),
    "a fact about a part that isn't there": ("year: 2021\ncomplaints: 0\n" + FACTS % "complaints, complaints.of", "RPT002", 4),
    "another year": ("year: 2020\n", "RPT003", 1),
    "no such division": (
        "year: 2021\nobjectives: {number: 1/QĐ, date: 2021-01-01, divisions: [vp, qlcm]}\n" + FACTS % "objectives",
        "RPT101",
        2,
    ),
    "more than there are": ("year: 2021\npayment: {procedures: 47, of: 46}\n" + FACTS % "payment", "RPT102", 2),
    "a part above its whole": (
        "year: 2021\nfigures:\n  published: 3\n  published_in_time: 4\n" + FACTS % "figures",
        "RPT102",
        4,
    ),
    "held in another year": (
        "year: 2021\nreview: {number: 1/BB, date: 2022-01-04, held: 2022-01-03}\n" + FACTS % "review",
        "RPT103",
        2,
    ),
    "an unknown key": ("year: 2021\ncomplaint: 0\n", "FLW002", 2),
    "a figure the log tells": ("year: 2021\nfigures: {received: 5}\n" + FACTS % "figures", "FLW002", 2),
    "a paper without its date": ("year: 2021\nplan: {number: 1/KH-SCT}\n" + FACTS % "plan", "FLW003", 2),
    "no number of a paper": ("year: 2021\nplan: {number: mot, date: 2021-01-01}\n" + FACTS % "plan", "FLW004", 2),
    "no day": ("year: 2021\nplan: {number: 1/KH, date: 2021-02-30}\n" + FACTS % "plan", "FLW004", 2),
    "more than all": ("year: 2021\nsatisfaction: {rate: 101%}\n" + FACTS % "satisfaction", "FLW004", 2),
    "no term": ("year: 2021\nanswer_within: sớm\n" + FACTS % "answer_within", "FLW004", 2),
    "a limit of half days": ("year: 2021\nanswer_within: 2.5wd\n" + FACTS % "answer_within", "FLW004", 2),
    "no year": ("complaints: 0\n" + FACTS % "complaints", "FLW003", 1),
    "read and assumed": ("year: 2021\ncomplaints: 0\nfacts:\n  - {of: [complaints], read: a, assumed: b}\n", "FLW004", 4),
    "no mapping": ("- 2021\n", "FLW001", 1),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_has_its_line(name: str) -> None:
    """One fault is one finding, at its line."""
    text, code, line = FAULTS[name]
    assert [(one.code, one.line, one.level) for one in found(text)] == [(code, line, "error")]


def test_every_code_is_met() -> None:
    assert {code for _, code, _ in FAULTS.values()} >= CODES.keys()


def test_a_part_that_cannot_be_read_is_no_figure() -> None:
    """Nothing half read is kept: a section with a fault isn't declared."""
    year, findings = read_year(
        ("year: 2021\ntraining: {number: 1/KH, date: 2021-01-01, people: ít}\n").encode(), "2021.yaml"
    )
    assert [one.code for one in findings] == ["FLW004", "RPT001"]
    assert year == Year(2021, file="2021.yaml")


@pytest.mark.parametrize("text", [*HOSTILE.values(), *MORE.values()], ids=[*HOSTILE, *MORE])
def test_hostile_texts(text: bytes | str) -> None:
    """Whatever is in the file becomes findings, never a traceback."""
    assert found(text)


@given(
    st.integers(0, len(TEXT) - 1), st.integers(1, 40), st.sampled_from(["", ":", "[", "}", "- ", "\n", "0", "x: y\n"])
)
def test_a_spoilt_file_is_told_never_raised(start: int, length: int, instead: str) -> None:
    """Any piece of the shipped file may be replaced: it is read, or findings stand in lines of the file."""
    spoilt = TEXT[:start] + instead + TEXT[start + length :]
    for one in found(spoilt):
        assert one.line is not None
        assert 1 <= one.line <= spoilt.count("\n") + 2


def test_load(tmp_path: Path) -> None:
    """No file is no declaration; a faulty one is refused with its findings."""
    assert load_year(tmp_path, 2021) is None
    (tmp_path / FOLDER).mkdir()
    file = tmp_path / FOLDER / "2021.yaml"
    file.write_text("year: 2021\n", encoding="utf-8")
    assert load_year(tmp_path, 2021) == Year(2021, file=str(file))
    file.write_text("year: 2020\n", encoding="utf-8")
    with pytest.raises(FlowFileError) as error:
        load_year(tmp_path, 2021)
    assert [one.code for one in error.value.findings] == ["RPT003"]


def test_the_limit_for_an_answer() -> None:
    """Index 8: the agency's own limit for an answer to a complaint, a term; no section of papers or figures."""
    year, findings = read_year(("year: 2021\nanswer_within: 10wd\n" + FACTS % "answer_within").encode(), "2021.yaml")
    assert findings == []
    assert year is not None
    assert (year.answer_within, year.papers_of("answer_within")) == (Term.parse("10wd"), ())
    assert plain(marked({}, year)) == {}


def test_a_file_that_is_no_year_is_told(tmp_path: Path) -> None:
    """In `_reports` nobody would read it; a draft elsewhere may have any name."""
    (tmp_path / FOLDER).mkdir()
    for name, codes in ((f"{FOLDER}/nhap.yaml", ["RPT003"]), (f"{FOLDER}/2021.yaml", []), ("nhap.yaml", [])):
        assert [one.code for one in read_year(b"year: 2021\n", str(tmp_path / name))[1]] == codes, name


def test_an_aim_that_nobody_could_reach_is_told() -> None:
    """Strictly more than 100 % is never met; all of them is more than 99.9999 % of any number there is in a year."""
    paper = "{number: 41/QĐ-SCT, date: 2021-03-17, divisions: [vp], aims: [{title: x, part: a, whole: b, above: %s}]}"
    text = f"year: 2021\nobjectives: {paper}\nfacts: [{{of: [objectives], read: x}}]\n"
    (finding,) = read_year(text.replace("%s", "100%").encode(), "x.yaml")[1]
    assert (finding.code, "99.9999%" in finding.message.vi) == ("FLW004", True)
    year, findings = read_year(text.replace("%s", "99.9999%").encode(), "x.yaml")
    assert findings == []
    assert year is not None
    assert year.objectives is not None
    (found,) = measure(year.objectives.aims, {"a": 13_641, "b": 13_641}, {})
    assert found.reached == "met"
    (found,) = measure(year.objectives.aims, {"a": 13_640, "b": 13_641}, {})
    assert found.reached == "missed"


def test_check_reads_it(tmp_path: Path) -> None:
    """`flowiso check` of an agency tells what is wrong in its declared years."""
    folder = tmp_path / "flows"
    for name in ("_calendar", "_reports", "dien"):
        shutil.copytree(bundled() / name, folder / name)
    for name in ("_org.yaml", "_steps.yaml", "_laws.yaml"):
        shutil.copy(bundled() / name, folder)
    file = folder / FOLDER / "2021.yaml"
    file.write_text(TEXT.replace("divisions: [qlcn", "divisions: [qlxn", 1), encoding="utf-8")
    result = CliRunner().invoke(group, ["check", str(folder)])
    assert "RPT101" in result.output, result.output
    assert "có phải 'qlcn'?" in result.output


def test_the_page_names_every_key_and_code() -> None:
    """docs/measures.md tells of all that may be written and of all that may be wrong."""
    page = (ROOT / "docs/measures.md").read_text(encoding="utf-8")
    missing = [name for name in (*YEAR, *CODES, *DECLARABLE) if f"`{name}`" not in page]
    assert missing == []
