"""The table of a decision <-> a flow: round trips of every flow, tables as they were really published, hostile files."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
import zipfile
from functools import cache
from hashlib import sha256
from itertools import count
from pathlib import Path
from random import Random, randbytes
from shutil import copy, copytree
from time import process_time
from typing import Any

import docx
import openpyxl
import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from flowiso.cli import group
from flowiso.drafts import Draft, drafted, errors
from flowiso.errors import BadValue
from flowiso.flowfile import read_flow
from flowiso.flowtext import FlowText
from flowiso.library import Library, load
from flowiso.model import Flow, Step
from flowiso.published import line
from flowiso.tables import Cell, Grid, as_sheet, import_table
from flowiso.tables.arrows import Names, NotRead, Told, read_clause, read_clauses
from flowiso.tables.draft import Imported
from flowiso.tables.files import WRITERS, as_csv, choose, guarded, read_grids, unguarded
from flowiso.tables.grid import CODES, column_letters, fold, key
from flowiso.tables.holders import SYNONYMS, Holders, Unheld
from flowiso.tables.wording import Days, Timed, Unread, pieces, quoted, read_time, unquoted
from flowiso.term import Term

ROOT = Path(__file__).parent.parent
TABLES = Path(__file__).parent / "tables"


@cache
def library() -> Library:
    """The shipped flows."""
    return load(ROOT / "flows")


FLOWS = sorted(flow.code for flow in library().flows)


SOURCES = {flow.file: Path(flow.file).read_bytes() for flow in library().flows}


def source(flow: Flow) -> bytes:
    return SOURCES[flow.file]


def over(grid: Grid, base: Flow, data: bytes | None = None, decision: str | None = None) -> Imported:
    lib = library()
    return import_table(grid, base, data or source(base), lib.org, lib.words, decision)


def back(flow: Flow, kind: str) -> Grid:
    """The flow's table, written as a file and read again."""
    lib = library()
    data = WRITERS[kind](as_sheet(flow, lib.org, lib.words))
    return choose(read_grids(data, f"bang.{kind}"), f"bang.{kind}")


# --- round trips


@pytest.mark.parametrize("code", FLOWS)
def test_nothing_is_lost_as_csv(code: str) -> None:
    """Flow -> CSV -> flow: the file is the same to the byte, and so is the CSV of what was read (Must show 5)."""
    lib = library()
    flow = lib.find(code)
    result = over(back(flow, "csv"), flow)
    assert result.findings == ()
    assert result.text is not None
    assert result.text.encode() == source(flow)
    again, faults = read_flow(result.text.encode(), flow.file, lib.words)
    assert again is not None
    assert not faults
    assert as_csv(as_sheet(again, lib.org, lib.words)) == as_csv(as_sheet(flow, lib.org, lib.words))


@pytest.mark.parametrize("code", FLOWS)
def test_nothing_is_lost_over_another_flow(code: str) -> None:
    """The same table laid over a flow that has other rows: every row, time, arrow, form and end comes from the cells."""
    lib = library()
    flow = lib.find(code)
    other = lib.find("XTTM-01" if code != "XTTM-01" else "KDK-11")
    if flow.deadline is None and other.deadline is not None:
        other = lib.find("CNDP-01")
    made = remade(flow, other)
    assert rows(made) == rows(flow)
    assert as_sheet(made, lib.org, lib.words).rows == as_sheet(flow, lib.org, lib.words).rows


def remade(flow: Flow, other: Flow) -> Flow:
    """`flow` read from its table, with the head of `other`."""
    text = FlowText(source(other), other.file)
    text.put("code", flow.code)
    result = over(back(flow, "csv"), other._replace(code=flow.code, title=flow.title), text.text.encode())
    assert result.text is not None, result.findings
    made, faults = read_flow(result.text.encode(), other.file, library().words)
    assert made is not None
    assert not faults
    return made


def rows(flow: Flow) -> list[Any]:
    """All that a table tells of a flow, without places and English titles."""
    arrows = (flow.at_due, *flow.anywhere)
    steps = [(*plain(step), [plain(one) for one in (*step.arrows, step.at_limit)]) for step in flow.steps]
    return [flow.deadline, steps, [plain(end) for end in flow.ends], [plain(arrow) for arrow in arrows]]


def plain(row: Any) -> tuple[Any, ...]:
    if row is None:
        return ()
    values = row._asdict() | {"title": row.title.vi, "place": None}
    if isinstance(row, Step):
        values |= {"arrows": (), "at_limit": None}
    return tuple(values.values())


SHAPES = {(flow.archetype or flow.kind).partition("/")[0]: flow.code for flow in library().flows}


@pytest.mark.parametrize("kind", ["xlsx", "docx"])
@pytest.mark.parametrize("code", sorted(SHAPES.values()))
def test_nothing_is_lost_as_office_file(code: str, kind: str) -> None:
    """One flow of each archetype through Excel and Word: the flow file and the CSV stay the same to the byte."""
    lib = library()
    flow = lib.find(code)
    result = over(back(flow, kind), flow)
    assert (result.findings, result.text) == ((), source(flow).decode())
    again, _ = read_flow((result.text or "").encode(), flow.file, lib.words)
    assert again is not None
    assert as_csv(as_sheet(again, lib.org, lib.words)) == as_csv(as_sheet(flow, lib.org, lib.words))


def test_word_file_is_made_for_print() -> None:
    """A4 across, the header row repeated on every page, no row broken in two, Times New Roman (users.md section 3)."""
    lib = library()
    document = docx.Document(io.BytesIO(WRITERS["docx"](as_sheet(lib.find("KDK-11"), lib.org, lib.words))))
    page = document.sections[0]
    assert (round(page.page_width.mm), round(page.page_height.mm)) == (297, 210)
    (table,) = document.tables
    header = table.rows[0]._tr.trPr.xml
    assert "tblHeader" in header
    assert all("cantSplit" in row._tr.trPr.xml for row in table.rows)
    assert [cell.text for cell in table.rows[0].cells][:4] == [
        "Bước",
        "Trình tự công việc",
        "Người/đơn vị thực hiện",
        "Thời gian",
    ]
    assert document.styles["Normal"].font.name == "Times New Roman"


def test_titles_of_columns_in_english_read_back_too() -> None:
    """`--lang en` changes the titles of the columns only."""
    lib = library()
    flow = lib.find("TMQT-01")
    sheet = as_sheet(flow, lib.org, lib.words, "en")
    assert sheet.rows[0][:4] == ("Step", "Work", "Done by", "Time")
    grid = choose(read_grids(as_csv(sheet), "a.csv"), "a.csv")
    assert over(grid, flow).text == source(flow).decode()


def test_one_time_changed_in_excel_changes_one_row_and_its_provenance() -> None:
    """Comments, other rows and the sources of facts that stay are kept; the changed time becomes assumed, or read."""
    flow = library().find("KDK-11")
    steps = tuple(step._replace(within=Term.parse("8.5wh")) if step.id == "thu-ly" else step for step in flow.steps)
    data = as_csv(as_sheet(flow._replace(steps=steps), library().org, library().words))
    grid = choose(read_grids(data, "sua.csv"), "sua.csv")
    before, after = source(flow).decode().split("\n"), (over(grid, flow).text or "").split("\n")
    row = FlowText(source(flow), flow.file).entry("steps", "thu-ly")
    assert {line for line in before if line not in after} <= {*row}, "other rows, comments and facts stay as they are"
    assert [line for line in after if line.strip() in ("within: 8.5wh", "- of: [time.thu-ly]")] == [
        "    within: 8.5wh",
        "  - of: [time.thu-ly]",
    ]
    assert "    assumed: theo tệp sua.csv; chưa ghi quyết định nào" in after
    read, _ = read_flow((over(grid, flow, decision="Quyết định 9/QĐ-UBND").text or "").encode(), "a", library().words)
    assert read is not None
    for fact in ("steps", "times", "arrows", "forms"):  # the table tells the whole flow, and the decision says so
        entry = read.provenance(fact)
        assert entry is not None
        assert (entry.status, entry.source) == ("read", "Quyết định 9/QĐ-UBND, tệp sua.csv")


# --- tables as they were published


def cells(name: str) -> list[list[str]]:
    """A table of tests/tables: `^` continues the cell above, `<` the one to the left."""
    text = (TABLES / f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.reader(io.StringIO(text), delimiter=";" if ";" in text.split("\n")[0] else ","))


def made(name: str, kind: str) -> bytes:
    """The table as a file of this kind, with its merged cells."""
    rows = cells(name)
    if kind == "csv":
        return (TABLES / f"{name}.csv").read_bytes()
    return as_workbook(rows) if kind == "xlsx" else as_document(rows)


def as_workbook(rows: list[list[str]]) -> bytes:
    book = openpyxl.Workbook()
    page = book.active
    for number, row in enumerate(rows, 1):
        for column, text in enumerate(row, 1):
            if text not in ("", "^", "<"):
                page.cell(number, column, int(text) if text.isdecimal() else text)
    for number, row in enumerate(rows, 1):
        for column, text in enumerate(row, 1):
            if text == "^":
                page.merge_cells(start_row=number - 1, end_row=number, start_column=column, end_column=column)
        if "<" in row:
            first = row.index("<")
            page.merge_cells(start_row=number, end_row=number, start_column=first, end_column=first + row.count("<"))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_document(rows: list[list[str]]) -> bytes:
    """The rows above the header as paragraphs, the others as a Word table."""
    document = docx.Document()
    top = next(number for number, row in enumerate(rows) if len([text for text in row if text]) > 3)
    for row in rows[:top]:
        document.add_paragraph(": ".join(text for text in row if text not in ("", "<")))
    table = document.add_table(rows=0, cols=len(rows[top]))
    for row in rows[top:]:
        line = table.add_row().cells
        for column, text in enumerate(row):
            if text == "^":
                table.rows[-2].cells[column].merge(line[column])
            elif text != "<":
                line[column].text = text
        if "<" in row:
            line[row.index("<") - 1].merge(line[row.index("<") + row.count("<") - 1])
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


CLEAN = [
    ("nghe-an-3760", "docx", "CNTD-04", [4, 8]),
    ("nghe-an-3760", "xlsx", "CNTD-04", []),
    ("cao-bang-2022", "xlsx", "CNTD-04", []),
    ("cao-bang-2022", "csv", "CNTD-04", []),
    ("kien-giang", "csv", "KDK-11", []),
]


@pytest.mark.parametrize(("name", "kind", "code", "_"), CLEAN)
def test_a_clean_table_becomes_a_flow_that_check_passes(name: str, kind: str, code: str, _: Any) -> None:
    """Hours and days mixed, ½, 0, "giờ hành chính", roles in other words, numbers of columns, title rows, merged totals."""
    lib = library()
    base = lib.find(code)
    grid = choose(read_grids(made(name, kind), f"{name}.{kind}"), name)
    result = over(grid, base, decision="Quyết định 3760/QĐ-UBND")
    assert [finding for finding in result.findings if finding.level != "info"] == []
    assert result.text is not None
    assert errors(drafted(lib, Draft(Path(base.file), result.text)), {base.file}) == []
    flow, _faults = read_flow(result.text.encode(), base.file, lib.words)
    assert flow is not None
    main = [step for step in flow.steps if step.main]
    assert [step.id for step in main] == [step.id for step in base.steps if step.main]
    assert main[-1].ready
    assert main[-1].clock == "none"
    assert sum(hours(step) for step in main) == hours_of(flow.deadline)
    entry = flow.provenance("time.thu-ly")
    assert entry is not None
    assert (entry.status, entry.source.startswith("Quyết định 3760/QĐ-UBND, ")) == ("read", True)


def hours(step: Step) -> float:
    return hours_of(step.within)


def hours_of(term: Term | None) -> float:
    return float(term.amount) * (8 if term.unit == "wd" else 1) if term else 0


PLANTED: list[tuple[str, str, str, list[tuple[str, str]]]] = [
    ("dong-nai-2776", "xlsx", "ATD-01", [("TAB411", "dong-nai-2776.xlsx!D8")]),
    ("dong-nai-2776-b", "csv", "ATD-01", [("TAB412", "dong-nai-2776-b.csv!A1")]),
    ("cao-bang-2028", "docx", "LTHH-13", [
        ("TAB411", "cao-bang-2028.docx, bảng 1, dòng 9, cột 4"), ("TAB412", "cao-bang-2028.docx, bảng 1, dòng 9, cột 4"),
    ]),
    ("dong-nai-2811", "csv", "ATD-01", [("TAB503", "dong-nai-2811.csv")]),
    ("ha-noi-1594", "docx", "LTHH-13", [
        ("TAB502", "ha-noi-1594.docx, bảng 1, dòng 4, cột 2"), ("TAB501", "ha-noi-1594.docx, bảng 1, dòng 6, cột 2"),
    ]),
    ("structure", "xlsx", "KDK-11", [
        ("TAB201", "structure.xlsx!A3"), ("TAB302", "structure.xlsx!C4"), ("TAB202", "structure.xlsx!D5"),
        ("TAB201", "structure.xlsx!A6"), ("TAB301", "structure.xlsx!C6"), ("TAB201", "structure.xlsx!A7"),
        ("TAB203", "structure.xlsx!B7"), ("TAB303", "structure.xlsx!C8"), ("TAB401", "structure.xlsx!D10"),
        ("TAB205", "structure.xlsx!A12"),
    ]),
    ("times", "csv", "KDK-11", [
        ("TAB402", "times.csv!D2"), ("TAB403", "times.csv!D3"), ("TAB402", "times.csv!D4"), ("TAB402", "times.csv!D5"),
        ("TAB501", "times.csv!E5"), ("TAB402", "times.csv!D6"), ("TAB501", "times.csv!E6"), ("TAB402", "times.csv!D7"),
        ("TAB502", "times.csv!E7"), ("TAB402", "times.csv!D8"),
    ]),
    ("calendar-days", "csv", "ATTP-01", [
        ("TAB105", "calendar-days.csv!B1"), ("TAB404", "calendar-days.csv!D5"),
        ("TAB404", "calendar-days.csv!D6"), ("TAB204", "calendar-days.csv!A6"), ("TAB404", "calendar-days.csv!D7"),
        ("TAB303", "calendar-days.csv!C9"),
    ]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "kind", "code", "expected"), PLANTED)
def test_every_planted_fault_is_told_with_its_cell(
    name: str, kind: str, code: str, expected: list[tuple[str, str]]
) -> None:
    """Sums that were really published wrong (8+1+1+4+1 against 27, 51 against 53, 9,5 against 10,5), and what isn't clear."""
    grid = choose(read_grids(made(name, kind), f"{name}.{kind}"), name)
    result = over(grid, library().find(code))
    assert result.text is None
    found = {(finding.code, finding.file) for finding in result.findings if finding.level == "error"}
    assert found == {*expected}
    for finding in result.findings:
        assert finding.name == CODES[finding.code]
        assert finding.message.vi
        assert finding.message.en


def test_a_wrong_sum_says_by_how_much() -> None:
    """Which figure differs, and the gap, in hours and in days."""
    grid = choose(read_grids(made("dong-nai-2776", "csv"), "a.csv"), "a.csv")
    (found,) = [one for one in over(grid, library().find("ATD-01")).findings if one.code == "TAB411"]
    assert found.message.vi.startswith(
        "các bước cộng lại 120 giờ làm việc (15 ngày làm việc), dòng tổng ghi 216 giờ làm việc (27 ngày làm việc):"
        " thiếu 96 giờ làm việc (12 ngày làm việc)"
    )


def test_ten_tables() -> None:
    """Ten and more tables after the real patterns, both clean ones and ones with planted faults."""
    names = {name for name, *_ in (*CLEAN, *PLANTED)}
    assert names == {file.stem for file in TABLES.glob("*.csv")}
    assert len(names) >= 10


def test_every_code_is_documented() -> None:
    """docs/tables.md has each code of these findings, and no other."""
    page = (ROOT / "docs/tables.md").read_text(encoding="utf-8")
    assert {*re.findall(r"\bTAB\d{3}\b", page)} == {*CODES}


# --- wordings


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("02 giờ", "2wh"), ("2 giờ làm việc", "2wh"), ("0,5 ngày", "0.5wd"), ("½ ngày", "0.5wd"), ("1/2 ngày làm việc", "0.5wd"),
        ("01 ngày làm việc", "1wd"), ("1,5 ngày", "1.5wd"), ("1 ½ ngày", "1.5wd"), ("không quá 3 ngày", "3wd"),
        ("Tối đa 03 ngày", "3wd"), ("trong thời hạn 05 ngày làm việc kể từ ngày nhận đủ hồ sơ", "5wd"), ("nửa ngày", "0.5wd"),
        ("08 giờ làm việc (01 ngày)", "8wh"), ("02 (hai) ngày", "2wd"), ("1 ngày 4 giờ", "12wh"), ("30 phút", "0.5wh"),
        ("22,25 ngày", "22.25wd"), ("30 ngày lịch", "30d"), ("48 giờ đồng hồ", "48h"), ("1.5 ngày", "1.5wd"),
        ("02 Ngày làm việc.", "2wd"), ("giải quyết ngay", "immediate"), ("02 ngày/hồ sơ", "2wd"),
    ],
)  # fmt: skip
def test_lengths_of_time(words: str, expected: str) -> None:
    """The words of decisions, where days are working days by the table's own say."""
    assert read_time(words, Days("wd"), {}) == Timed(within=Term.parse(expected))


@pytest.mark.parametrize(
    ("words", "clock"),
    [
        ("không tính thời gian", "none"), ("Giờ hành chính", "none"), ("0", "none"), ("0 ngày", "none"),
        ("Không tính vào thời hạn", "none"), ("dừng tính giờ", "stopped"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("days", [Days("wd", "ngay"), Days()])
def test_times_that_are_not_counted(words: str, clock: str, days: Days) -> None:
    """ "giờ hành chính" and "không tính thời gian" in place of a number (section 6 of the data); 0 in any unit."""
    assert read_time(words, days, {}) == Timed(clock=clock)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("2-3 ngày", "TAB403"), ("2 – 3 ngày", "TAB403"), ("từ 2 đến 3 ngày", "TAB403"), ("Trong ngày", "TAB402"),
        ("1.500 giờ", "TAB402"), ("5", "TAB402"), ("một buổi", "TAB402"), ("1 ngày (4 giờ)", "TAB402"), ("1/3 ngày", "TAB402"),
        ("1/0 ngày", "TAB402"), ("2 tuần", "TAB402"), ("01/02/2026", "TAB402"), ("-1 ngày", "TAB402"),
        ("1 ngày lịch 2 giờ", "TAB402"),
        ("9" * 400 + " ngày", "TAB402"), ("mốc Không có", "TAB402"),
    ],
)  # fmt: skip
def test_times_that_are_not_clear(words: str, code: str) -> None:
    """A range, a date that Excel made of ½, a number without unit: reported, never guessed."""
    read = read_time(words, Days("wd"), {})
    assert isinstance(read, Unread)
    assert read.code == code


def test_a_bare_day_is_a_working_day_only_where_that_is_said() -> None:
    """ "3 ngày" without word on which days is TAB404; with the column's title or the deadline it is 3 working days."""
    read = read_time("3 ngày", Days(), {})
    assert isinstance(read, Unread)
    assert read.code == "TAB404"
    assert read_time("7", Days("wd", "ngay lam viec"), {}) == Timed(within=Term.parse("7wd"))


@pytest.mark.parametrize(
    ("words", "by"),
    [
        ("Bộ phận Một cửa", "mot-cua"), ("TTHCC", "mot-cua"), ("Trung tâm Phục vụ hành chính công tỉnh", "mot-cua"),
        ("Lãnh đạo phòng", "lanh-dao-phong"), ("Trưởng phòng/Phó Trưởng phòng", "lanh-dao-phong"),
        ("Lãnh đạo Phòng Kỹ thuật và Quản lý năng lượng", "lanh-dao-phong"), ("Chuyên viên", "chuyen-vien"),
        ("Giám đốc hoặc Phó Giám đốc Sở", "lanh-dao-so"), ("LÃNH ĐẠO SỞ", "lanh-dao-so"), ("Văn thư", "van-thu-so"),
        ("Đoàn kiểm tra", "doan-kiem-tra"), ("Hội đồng thẩm định", "hoi-dong"), ("Văn phòng UBND tỉnh", "ubnd"),
        ("Lãnh đạo Văn phòng Ủy ban nhân dân tỉnh", "lanh-dao-vp-ubnd"), ("Phó Chủ tịch Uỷ ban nhân dân tỉnh", "lanh-dao-ubnd"),
        ("Phòng chuyên môn", "ktnl"), ("Phòng Quản lý Thương mại", "qltm"), ("Ai đó [mot-cua]", "mot-cua"),
    ],
)  # fmt: skip
def test_who_is_meant(words: str, by: str) -> None:
    """Titles of `_org.yaml`, synonyms, abbreviations, the division's own name, old and new places of tone marks."""
    lib = library()
    assert Holders(lib.org, lib.find("KDK-11")).read(words) == by


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("Lãnh đạo", "TAB303"), ("Chuyên viên và Lãnh đạo phòng", "TAB302"), ("Chuyên viên Phòng Quản lý Thương mại", "TAB303"),
        ("Ông A", "TAB303"), ("Chuyên viên, ông A", "TAB302"),
    ],
)  # fmt: skip
def test_who_is_not_clear(words: str, code: str) -> None:
    """Two holders, another division's officer, a word that fits several."""
    lib = library()
    read = Holders(lib.org, lib.find("KDK-11")).read(words)
    assert isinstance(read, Unheld)
    assert read.code == code


def test_synonyms_are_of_roles_that_exist_and_mean_one_each() -> None:
    """The closed table: no wording stands for two roles."""
    org = library().org
    wordings = [key(wording) for words in SYNONYMS.values() for wording in words]
    assert len(wordings) == len({*wordings})
    assert all(by == "own" or org.role(by) for by in SYNONYMS)


@pytest.mark.parametrize(
    ("words", "title", "target", "back"),
    [
        ("không đồng ý → lại bước 3", "không đồng ý", ("step", "3"), True),
        ("Không đồng ý thì quay lại B4", "Không đồng ý", ("step", "4"), True),
        ("trả lại B2", "", ("step", "2"), True),
        ("chuyển bước 5", "", ("step", "5"), False),
        ("Đạt => Bước 06", "Đạt", ("step", "6"), False),
        ("không đạt: chuyển sang bước 8", "không đạt", ("step", "8"), False),
        ("kết thúc", "", ("end", ""), False),
        ("Không đủ điều kiện → kết thúc “Từ chối”", "Không đủ điều kiện", ("end", "Từ chối"), False),
    ],
)
def test_arrows_in_words(words: str, title: str, target: tuple[str, str], back: bool) -> None:
    """What decisions write for an arrow."""
    read = read_clause(words, Days("wd"))
    assert isinstance(read, Told)
    assert (read.title, read.target, read.back) == (title, target, back)


def test_arrows_with_what_binds_them() -> None:
    """At most so often; by the system when time is up."""
    often = read_clause("không đồng ý → lại bước 3 (tối đa 02 lần)", Days("wd"))
    assert isinstance(often, Told)
    assert often.times == 2
    late = read_clause("hết 5 ngày làm việc → bước 8 (hệ thống)", Days("wd"))
    assert isinstance(late, Told)
    assert (late.limit, late.after) == (True, Term.parse("5wd"))


@pytest.mark.parametrize(
    "words", ["đạt → bước 6 → bước 7", "quay lại bước 3 hoặc bước 4", "→ phòng khác", "lại bước 3 (xem sau)"]
)
def test_arrows_that_are_not_clear(words: str) -> None:
    """Pointing somewhere, but where?"""
    assert isinstance(read_clause(words, Days("wd")), NotRead)


@pytest.mark.parametrize("words", ["Theo bước 2 ở trên, thẩm định", "Ký duyệt", "Trả kết quả"])
def test_words_that_are_no_arrows(words: str) -> None:
    """Work that only mentions a step stays work."""
    assert read_clause(words, Days("wd")) == words


@given(st.text(), st.text())
def test_quotes_and_guards_are_undone(one: str, other: str) -> None:
    """Names in quotes and cells kept from being formulas come back as they were."""
    assert unquoted(quoted(one)) == one
    assert unguarded(guarded(one)) == one
    assert not guarded(one)[:1].startswith(("=", "+", "-", "@", "\t", "\r"))
    if one.split() and other.split() and "\n" not in one + other:
        assert [unquoted(part) for part in pieces(f"{quoted(one)}; {quoted(other)}")] != []
    assert len(fold(one)) == len(one)


def test_letters_of_columns() -> None:
    """A to Z, then AA."""
    assert [column_letters(number) for number in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


def test_formulas_are_defused() -> None:
    """A cell that Excel would compute is text in CSV and in XLSX, and comes back unchanged."""
    lib = library()
    flow = lib.find("KDK-11")
    steps = (flow.steps[0]._replace(title=flow.steps[0].title._replace(vi="=HYPERLINK(1)")), *flow.steps[1:])
    sheet = as_sheet(flow._replace(steps=steps), lib.org, lib.words)
    assert "1,'=HYPERLINK(1),Bộ phận Một cửa" in as_csv(sheet).decode("utf-8-sig")
    book = openpyxl.load_workbook(io.BytesIO(WRITERS["xlsx"](sheet)))
    assert [cell.data_type for row in book.active for cell in row if cell.value == "=HYPERLINK(1)"] == ["s"]
    for kind in WRITERS:
        grid = choose(read_grids(WRITERS[kind](sheet), f"a.{kind}"), "a")
        text = over(grid, flow).text or ""
        assert 'title: "=HYPERLINK(1)"' in text


# --- hostile files


def package(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in parts.items():
            made.writestr(name, data)
    return out.getvalue()


def numbered(pattern: bytes) -> bytes:
    """The pattern with a number of its own for each %s, so that it doesn't pack well."""
    draw = Random(1)
    *parts, last = pattern.split(b"%s")
    return b"".join(part + b"%d" % draw.getrandbits(40) for part in parts) + last


ENTITIES = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;">]><a>&d;</a>'


@pytest.mark.parametrize("ending", ["xlsx", "docx"])
@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "không phải tệp"),
        (b"a,b,c", "không phải tệp"),
        (b"PK\x03\x04" + b"\0" * 40, "không phải tệp"),
        (package({"a.xml": b"<a/>"}), "không đọc được như tệp"),
        (package({"_rels/.rels": ENTITIES}), "khai báo XML"),
        (package({"_rels/.rels": '<?xml version="1.0"?><a/>'.encode("utf-16")}), "khai báo XML"),
        (package({f"{number}.bin": b"" for number in range(1001)}), "quá lớn"),
        (package({"a.bin": b"\0" * (65 << 20)}), "quá lớn"),
        (package({"a.bin": b"\0" * (1 << 20)}), "quá lớn"),
        (package({"_rels/.rels": numbered(b"<a>%s</a>" * 10)}), "không đọc được như tệp"),
        (package({"_rels/.rels": numbered(b"<a>%s" * 300)}), "quá nhiều ô"),
        (package({"_rels/.rels": b"<a>" + numbered(b"<b c='%s'/>" * 600_000)}), "quá nhiều ô"),
        (package({"_rels/.rels": b"<a" + numbered(b' a%s=""' * 200_000)}), "quá nhiều ô"),
    ],
    ids=["empty", "text", "half", "zip", "entities", "utf16", "parts", "bomb", "ratio", "xml", "deep", "nodes", "tag"],
)
def test_what_is_no_office_file(data: bytes, said: str, ending: str) -> None:
    """Bombs, entities and other files are refused before anything is unpacked."""
    with pytest.raises(BadValue, match=said):
        read_grids(data, f"a.{ending}")


def test_a_sheet_with_a_cell_far_away_is_refused() -> None:
    """One cell in row 1,048,576 would be a million rows."""
    book = openpyxl.Workbook()
    book.active.cell(1_048_576, 1, "x")
    out = io.BytesIO()
    book.save(out)
    with pytest.raises(BadValue, match="quá 3000 dòng"):
        read_grids(out.getvalue(), "a.xlsx")


def workbook(cells: bytes, after: bytes = b"") -> bytes:
    """A workbook of one worksheet, as small as openpyxl takes it."""
    office = b"http://schemas.openxmlformats.org/"
    main, of = office + b"spreadsheetml/2006/main", office + b"officeDocument/2006/relationships"
    kinds, relations = office + b"package/2006/content-types", office + b"package/2006/relationships"
    kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    to = b'<Relationships xmlns="%s"><Relationship Id="a" Type="%s/%s" Target="%s"/></Relationships>'
    return package({
        "[Content_Types].xml": b'<Types xmlns="%s"><Override PartName="/xl/a.xml" ContentType="%s"/></Types>' % (kinds, kind),
        "_rels/.rels": to % (relations, of, b"officeDocument", b"xl/a.xml"),
        "xl/a.xml": b'<workbook xmlns="%s" xmlns:r="%s"><sheets><sheet name="A" sheetId="1" r:id="a"/></sheets></workbook>'
        % (main, of),
        "xl/_rels/a.xml.rels": to % (relations, of, b"worksheet", b"b.xml"),
        "xl/b.xml": b'<worksheet xmlns="%s"><dimension ref="A1"/><sheetData>%s</sheetData>%s</worksheet>' % (main, cells, after),
    })  # fmt: skip


HUGE = b'ref="A1:XFD1048576"'
ROW = b'<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c></row>'


@pytest.mark.parametrize(
    ("cells", "after", "said"),
    [
        (numbered(b"<row><c><v>%s</v></c></row>" * 1_000_000), b"", "quá nhiều ô"),
        (numbered(b"<row><c><v>%s</v></c></row>" * 3_001), b"", "quá 3000 dòng"),
        (ROW.replace(b"B1", b"BI1"), b"", "60 cột"),
        (ROW, b"<mergeCells>" + b"<mergeCell " + HUGE + b"/>" + b"<mergeCell " + HUGE + b"/></mergeCells>", "60 cột"),
        (ROW, b"<hyperlinks><hyperlink " + HUGE + b' location="a"/></hyperlinks>', ""),
    ],
    ids=["million", "rows", "columns", "merged", "link"],
)
def test_a_workbook_that_would_grow_is_refused_at_once(cells: bytes, after: bytes, said: str) -> None:
    """A million rows, a merge or a link over a whole sheet: told within seconds, nothing of them is built (T9)."""
    data = workbook(cells, after)
    began = process_time()
    if said:
        with pytest.raises(BadValue, match=said):
            read_grids(data, "a.xlsx")
    else:
        (grid,) = read_grids(data, "a.xlsx")
        assert [[cell.text for cell in row] for row in grid.rows] == [["1", "2"]]
    assert process_time() - began < 5


def test_a_document_that_would_grow_is_refused_at_once() -> None:
    """A hundred thousand rows in Word: told within seconds."""
    rows = numbered(b"<w:tr><w:tc><w:p><w:r><w:t>%s</w:t></w:r></w:p></w:tc></w:tr>" * 200_000)
    relation = b'<R><R Type="/officeDocument" Target="/word/a.xml"/></R>'
    document = b'<w:document xmlns:w="w"><w:body><w:tbl>%s</w:tbl></w:body></w:document>'
    for body, said in ((rows, "quá nhiều ô"), (rows[: rows.index(b"</w:tr>") + 7] * 3_001, "quá 3000 dòng")):
        data = package({"_rels/.rels": relation, "word/a.xml": document % body, "a.bin": randbytes(20_000)})
        began = process_time()
        with pytest.raises(BadValue, match=said):
            read_grids(data, "a.docx")
        assert process_time() - began < 10  # a second or two, but for a tracer that counts every branch


@pytest.mark.parametrize(
    "seed", ["chuyển lại sang ", "lại về ", "“”””", "“”; “", "0", ",, ", "(1", "a → bước 1; ", "1 ngày "]
)
def test_no_cell_takes_long(seed: str) -> None:
    """The longest cell that is read, full of what patterns look for; a longer one is told and not read (T9)."""
    long = (seed * 4_000)[:4_000]
    began = process_time()
    read_clauses(long, Days("wd"), Names({}, {}, {}, {}))
    read_time(long, Days("wd"), {})
    assert process_time() - began < 2
    (grid,) = read_grids(ONE.replace("6 ngày,", f'6 ngày,"{long}x"').encode(), "a.csv")
    assert [found.code for found in over(grid, library().find("KDK-11")).findings] == ["TAB209"]


@pytest.mark.parametrize(
    ("data", "file", "said"),
    [
        ("Bước,Trình tự\n".encode("utf-16-be"), "a.csv", "không phải UTF-8"),
        ("Bước".encode()[:4], "a.csv", "không phải UTF-8"),
        (b"a\n" * 3001, "a.csv", "quá 3000 dòng"),
        (b"," * 61, "a.csv", "60 cột"),
        (b'"' + b"a" * 200_000 + b'"', "a.csv", "dấu nháy"),
        (b"x" * ((4 << 20) + 1), "a.csv", "lớn hơn 4 MiB"),
        (b"x" * ((20 << 20) + 1), "a.docx", "lớn hơn 20 MiB"),
        (b"", "a.xls", "lưu lại thành .xlsx"),
        (b"", "a.doc", "lưu lại thành .docx"),
        (b"", "a.pdf", "chỉ đọc được"),
    ],
)
def test_what_is_no_table_file(data: bytes, file: str, said: str) -> None:
    """Old encodings, too much, other kinds: said, with the remedy."""
    with pytest.raises(BadValue, match=said):
        read_grids(data, file)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra the message has the pip command; CSV still works, and so does reading a Word file."""
    document = made("cao-bang-2028", "docx")
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    monkeypatch.setitem(sys.modules, "docx", None)
    with pytest.raises(BadValue, match=r"pip install 'flowiso\[tables\]'"):
        read_grids(b"", "a.xlsx")
    sheet = as_sheet(library().find("KDK-11"), library().org, library().words)
    for kind in ("xlsx", "docx"):
        with pytest.raises(BadValue, match=r"pip install 'flowiso\[tables\]'"):
            WRITERS[kind](sheet)
    assert read_grids(b"a,b\n", "a.csv")
    assert read_grids(document, "a.docx")


TEXTS = st.one_of(
    st.sampled_from(
        ["", "1", "2", "Bước 3", "Bộ phận Một cửa", "Chuyên viên", "2 giờ", "3 ngày", "→ bước 2", "kết thúc", "Tổng cộng",
         "Kết thúc", "Các bước ngoài đường chính", "lại bước 1", "tiep-nhan",
         "được giải quyết", "Từ mọi bước khi chưa có kết quả"]
    ),
    st.text(max_size=12),
)  # fmt: skip
HEADERS = st.permutations(
    ["Bước", "Trình tự", "Người thực hiện", "Thời gian", "Hướng chuyển tiếp", "Biểu mẫu", "Ghi chú", "Mã"]
)


@settings(max_examples=60, deadline=None)
@given(
    HEADERS, st.lists(st.lists(st.builds(Cell, TEXTS, st.sampled_from([False] * 9 + [True])), max_size=9), max_size=9)
)
def test_no_table_makes_it_stumble(header: list[str], lines: list[list[Cell]]) -> None:
    """Whatever stands in the cells: a flow file that can be read, or findings; never an exception."""
    lib = library()
    base = lib.find("KDK-11")
    grid = Grid("a.csv", (tuple(map(Cell, header)), *map(tuple, lines)))
    result = over(grid, base)
    assert (result.text is None) == any(finding.level == "error" for finding in result.findings)
    if result.text is not None:
        flow, faults = read_flow(result.text.encode(), base.file, lib.words)
        assert flow is not None
        assert not faults


# --- the commands


def run(*words: object) -> Result:
    return CliRunner().invoke(group, [str(word) for word in words], standalone_mode=False)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to stand in, with the shipped flows in it."""
    (tmp_path / "flows").symlink_to(ROOT / "flows")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FLOWISO_LANG", raising=False)
    return tmp_path


@pytest.mark.parametrize("kind", ["csv", "xlsx", "docx"])
def test_show_and_import_at_the_command_line(desk: Path, kind: str) -> None:
    """`show --as` writes the table, `import-table` gives the flow file back."""
    assert run("show", "LTHH-13", "--as", kind, "-o", f"a.{kind}").exit_code == 0
    result = run("import-table", f"a.{kind}", "LTHH-13", "-o", "a.yaml")
    assert (result.return_value or 0, result.exception) == (0, None)
    assert (desk / "a.yaml").read_bytes() == source(library().find("LTHH-13"))


def test_office_files_need_a_file(desk: Path) -> None:
    """An XLSX is not for the screen; a CSV is, with its mark."""
    assert "-o kdk-11.xlsx" in str(run("show", "KDK-11", "--as", "xlsx").exception)
    assert run("show", "KDK-11", "--as", "csv").stdout_bytes == as_csv(
        as_sheet(library().find("KDK-11"), library().org, library().words)
    )


def test_an_unclear_table_writes_nothing(desk: Path) -> None:
    """Exit 1, the findings with their cells on the screen, no file; the same as JSON."""
    (desk / "a.csv").write_bytes(made("times", "csv"))
    result = run("import-table", "a.csv", "KDK-11", "-o", "a.yaml")
    assert result.return_value == 1
    assert "a.csv!D3: TAB403 time-range: “2-3 ngày” là một khoảng" in result.stdout
    assert "Không ghi gì" in result.stderr
    assert not (desk / "a.yaml").exists()
    said = json.loads(run("import-table", "a.csv", "KDK-11", "--format", "json").stdout)
    assert (said["text"], said["written"], len(said["findings"])) == (None, None, 10)


def test_what_check_finds_in_the_result_is_told_at_its_row(desk: Path) -> None:
    """A table that is clear, but leaves no time for the fee's way in a term it fills: written, exit 1, FLW402 at its row."""
    (desk / "a.csv").write_bytes(made("cao-bang-2022", "csv"))
    result = run("import-table", "a.csv", "LTHH-13", "-o", "a.yaml")
    assert result.return_value == 1
    assert "a.csv!A6: FLW402" in result.stderr
    assert (desk / "a.yaml").exists()


def test_a_new_procedure_needs_one_like_it(desk: Path) -> None:
    """What a table doesn't tell of a new procedure comes from --like, marked as copied; the title from the table."""
    rows = [[text.replace("đầu tư trồng cây", "buôn bán nguyên liệu") for text in row] for row in cells("nghe-an-3760")]
    (desk / "a.docx").write_bytes(as_document(rows))
    refused = run("import-table", "a.docx", "CNTD-99")
    assert isinstance(refused.exception, BadValue)
    assert "--like" in str(refused.exception)
    result = run("import-table", "a.docx", "CNTD-99", "--like", "CNTD-04", "--field", "cntd")
    assert (result.return_value or 0, result.exception) == (0, None)
    assert "code: CNTD-99" in result.stdout
    assert "title: Cấp Giấy chứng nhận đủ điều kiện buôn bán nguyên liệu thuốc lá" in result.stdout
    assert "chép từ CNTD-04, chưa đối chiếu" in result.stdout
    assert "--like" in str(run("import-table", "a.docx", "CNTD-04", "--like", "KDK-11").exception)


def test_the_table_meant_must_be_clear(desk: Path) -> None:
    """Several flowcharts in one file: chosen by number or sheet; what isn't there is said with what is."""
    book = openpyxl.load_workbook(io.BytesIO(as_workbook(cells("cao-bang-2022"))))
    book.active.title = "Một"
    book.copy_worksheet(book.active).title = "Hai"
    book.save(desk / "a.xlsx")
    assert "--sheet" in str(run("import-table", "a.xlsx", "CNTD-04").exception)
    assert "'Một', 'Hai'" in str(run("import-table", "a.xlsx", "CNTD-04", "--sheet", "Ba").exception)
    assert run("import-table", "a.xlsx", "CNTD-04", "--sheet", "Hai").exception is None
    assert run("import-table", "a.xlsx", "CNTD-04", "--table", "2").exception is None
    assert "hiện có" in str(run("import-table", "a.xlsx", "CNTD-04", "--table", "3").exception)
    assert "không có tệp" in str(run("import-table", "b.xlsx", "CNTD-04").exception)


def test_a_published_flow_gets_its_next_version(tmp_path: Path) -> None:
    """A published version is never written over (R65): the table becomes the draft of the next one, from a day on."""
    lib = library()
    copytree(ROOT / "flows", tmp_path / "flows")
    file = next((tmp_path / "flows").glob("*/kdk-11.v1.yaml"))
    text = file.read_text(encoding="utf-8").replace("status: draft", "status: published")
    file.write_text(text.replace("{from: 2020-10-21}", "{from: 2020-10-21, to: 2027-01-01}"), encoding="utf-8")
    (tmp_path / "a.csv").write_bytes(as_csv(as_sheet(lib.find("KDK-11"), lib.org, lib.words)))
    words = ("import-table", tmp_path / "a.csv", "KDK-11", "--flows", tmp_path / "flows")
    said = json.loads(run(*words, "--from", "2027-01-01", "--format", "json").stdout)
    assert Path(said["path"]).name == "kdk-11.v2.yaml"
    assert "version: 2\nstatus: draft\n" in said["text"]
    assert "effective: {from: 2027-01-01}" in said["text"]
    assert "--from" in str(run("import-table", tmp_path / "a.csv", "KDK-12", "--from", "2027-01-01").exception)


@pytest.fixture
def agency(tmp_path: Path) -> Path:
    """One field of the shipped flows with KDK-11 published and frozen, its end written."""
    folder = tmp_path / "flows"
    folder.mkdir()
    for name in ("_org.yaml", "_steps.yaml", "_laws.yaml"):
        copy(ROOT / "flows" / name, folder)
    for name in ("_calendar", "kdk"):
        copytree(ROOT / "flows" / name, folder / name)
    file = folder / "kdk/kdk-11.v1.yaml"
    text = file.read_text(encoding="utf-8").replace("status: draft", "status: published")
    file.write_text(text.replace("{from: 2020-10-21}", "{from: 2020-10-21, to: 2026-12-10}"), encoding="utf-8")
    (folder / "_published.txt").write_text(line(str(file), sha256(file.read_bytes()).hexdigest()), encoding="utf-8")
    (tmp_path / "a.csv").write_bytes(back_as_csv("KDK-11"))
    return folder


def back_as_csv(code: str) -> bytes:
    lib = library()
    return as_csv(as_sheet(lib.find(code), lib.org, lib.words))


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("kdk/kdk-11.v1.yaml", "là tệp của KDK-11 lần 1, không phải của KDK-11 lần 2"),
        ("kdk/kdk-12.v1.yaml", "là tệp của KDK-12 lần 1"),
        ("_org.yaml", "là tệp của cơ quan"),
    ],
)
def test_no_other_flow_is_written_over(agency: Path, target: str, said: str) -> None:
    """`-o` onto a frozen file, another code, another version or the agency's own file: exit 2, untouched (R65)."""
    before = (agency / target).read_bytes()
    words = ("import-table", agency.parent / "a.csv", "KDK-11", "--from", "2026-12-10", "--flows", agency)
    result = run(*words, "-o", agency / target)
    assert isinstance(result.exception, BadValue)
    assert said in str(result.exception)
    assert (agency / target).read_bytes() == before


def test_its_own_draft_is_written_over(agency: Path) -> None:
    """The next version is written where it belongs, and again over itself."""
    words = ("import-table", agency.parent / "a.csv", "KDK-11", "--flows", agency, "-o", agency / "kdk/kdk-11.v2.yaml")
    assert run(*words, "--from", "2026-12-10").exception is None
    first = (agency / "kdk/kdk-11.v2.yaml").read_bytes()
    assert run(*words).exception is None
    assert (agency / "kdk/kdk-11.v2.yaml").read_bytes() == first


def test_no_command_writes_over_a_frozen_file(agency: Path) -> None:
    """What `_published.txt` lists stays as it is, whatever is written with `-o` (R65)."""
    file = agency / "kdk/kdk-11.v1.yaml"
    before = file.read_bytes()
    result = run("show", "KDK-11", "--as", "csv", "--flows", agency, "-o", file)
    assert isinstance(result.exception, BadValue)
    assert "đã ban hành" in str(result.exception)
    assert file.read_bytes() == before


def test_an_unknown_code_is_asked_about_in_whole_sentences(agency: Path) -> None:
    """The guess first, then what a new procedure needs."""
    text = str(run("import-table", agency.parent / "a.csv", "KDK-77", "--flows", agency).exception)
    assert "?:" not in text
    assert "'? Nếu là thủ tục mới: bảng không cho biết" in text


def test_a_changed_row_stays_in_its_columns() -> None:
    """Rows on one line keep their braces and second keys below each other."""
    flow = library().find("LTHH-13")
    data = back_as_csv("LTHH-13").decode("utf-8-sig").replace(",8 giờ làm việc", ",6 giờ làm việc", 1)
    (grid,) = read_grids(data.replace("78 giờ làm việc", "76 giờ làm việc").encode(), "a.csv")
    text = over(grid, flow).text
    assert text is not None
    assert "  ky-duyet:          {by: lanh-dao-so,    within: 6wh, then: {tra-lai: tham-dinh}}\n" in text


def test_places_and_sums_in_english(desk: Path) -> None:
    """`--lang en`: lengths of time and places in English too."""
    (desk / "a.docx").write_bytes(made("cao-bang-2028", "docx"))
    said = run("--lang", "en", "import-table", "a.docx", "LTHH-13").stdout
    assert "a.docx, table 1, row 9, column 4: TAB411" in said
    assert "working hours (" in said
    assert "1 flow checked" in said
    assert not {"bảng 1", "giờ làm việc"} & {*re.findall("bảng 1|giờ làm việc", said)}


def test_the_name_of_the_only_sheet_is_known(desk: Path) -> None:
    """`--sheet` works where there is one sheet; its name isn't part of the cells' names."""
    (desk / "a.xlsx").write_bytes(made("dong-nai-2776", "xlsx"))
    assert "a.xlsx!D8: TAB411" in run("import-table", "a.xlsx", "ATD-01", "--sheet", "Sheet").stdout
    assert "hiện có: 'Sheet'" in str(run("import-table", "a.xlsx", "ATD-01", "--sheet", "Khác").exception)


def test_a_formula_that_was_never_computed_is_named() -> None:
    """`=54` without a result isn't a missing time; in the total row it is only a total without a figure."""
    rows = [line.split(",") for line in ONE.splitlines()]
    rows[1][3] = "=54"
    grid = choose(read_grids(as_workbook([*rows, ["Tổng cộng", "", "", "=D2"]]), "a.xlsx"), "a.xlsx")
    (found,) = over(grid, library().find("KDK-11")).findings
    assert (found.code, found.file) == ("TAB207", "a.xlsx!D2")
    assert "mở bằng Excel rồi lưu lại" in found.message.vi


@pytest.mark.parametrize("letter", ["\0", "\x08", "\x7f", "\x9b", "\u202e"])
def test_letters_that_cannot_be_printed_are_told(letter: str) -> None:
    """NUL and its like in a cell: the cell is named, nothing is written."""
    (grid,) = read_grids(ONE.replace("Tiếp nhận", f"Tiếp{letter} nhận").encode(), "a.csv")
    result = over(grid, library().find("KDK-11"))
    assert result.text is None
    assert ("TAB208", "a.csv!B2") in {(found.code, found.file) for found in result.findings}
    (grid,) = read_grids(f"Tên thủ tục,Kiểm{letter} định\n{ONE}".encode(), "a.csv")
    assert "TAB208" in {found.code for found in over(grid, library().find("KDK-11")).findings}


@pytest.mark.parametrize("first", ["", "sep=;\r\n", '"sep=;"\n'])
@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16"])
def test_csv_as_excel_saves_it(first: str, coding: str) -> None:
    """UTF-8, "Unicode Text" in UTF-16, a line that names the separator; rows are counted as Excel shows them."""
    (grid,) = read_grids((first + ONE.replace(",", ";")).encode(coding), "a.csv")
    assert [cell.text for cell in grid.rows[1]][:4] == ["1", "Tiếp nhận", "Một cửa", "1 ngày"]


def test_many_semicolons_in_a_cell_are_no_columns() -> None:
    """Which separator a CSV has is told by its header, not by what stands in a cell."""
    (grid,) = read_grids(ONE.replace("6 ngày,", f'6 ngày,"{"; a" * 99}"').encode(), "a.csv")
    assert len(grid.rows[2]) == 7


def test_of_two_columns_of_work_the_one_of_numbers_is_that() -> None:
    """ "Các bước thực hiện" with "Bước 1" beside "Trình tự thực hiện"; where both hold work, both are named and no more."""
    base = library().find("KDK-11")
    head = "Các bước thực hiện,Trình tự thực hiện,Trách nhiệm,Thời gian\n"
    (grid,) = read_grids(f"{head}Bước 1,Tiếp nhận,Một cửa,1 ngày\nB2,Trả kết quả,Một cửa,6 ngày\n".encode(), "a.csv")
    assert {found.code for found in over(grid, base).findings} == {"TAB414", "TAB503"}
    (grid,) = read_grids(f"{head}Nhận,Tiếp nhận,Một cửa,\nTrả,,,9 ngày\n".encode(), "a.csv")
    (found,) = over(grid, base).findings
    assert (found.code, found.file) == ("TAB103", "a.csv!B1")
    assert "“Trình tự thực hiện” và “Các bước thực hiện” (a.csv!A1)" in found.message.vi


def test_renumbered_rows_with_old_numbers_in_the_arrows() -> None:
    """A row put in, the column Bước numbered anew, the arrows not: the cause is told, once."""
    flow = library().find("LTHH-13")
    head, *lines = back_as_csv("LTHH-13").decode("utf-8-sig").split("\r\nBước,")
    rows = [*csv.reader(io.StringIO("Bước," + lines[0]))]
    at = next(number for number, row in enumerate(rows) if row[-1] == "tham-dinh")
    new = ["", "Kiểm tra lại", "Chuyên viên", "1 giờ", "", "", "", "kiem-tra-lai"]
    steps = [*rows[:at], new, *rows[at:]]
    number = count(1)
    out = io.StringIO()
    anew = ([str(next(number)), *row[1:]] if row[0].isdecimal() or row is new else row for row in steps)
    csv.writer(out).writerows(anew)
    (grid,) = read_grids(f"{head}\n{out.getvalue()}".encode(), "a.csv")
    shifted = [found for found in over(grid, flow).findings if found.code == "TAB504"]
    assert len(shifted) == 1
    assert shifted[0].level == "warning"
    assert "số bước trong cột Hướng chuyển tiếp có vẻ chưa đổi theo" in shifted[0].message.vi


def test_a_deadline_that_only_the_flow_tells_is_called_so() -> None:
    """TAB412 and TAB413 don't say that the table tells a deadline which it doesn't."""
    text = ONE.replace("6 ngày", "5 ngày") + "Tổng cộng,,,6 ngày\n"
    for above, said in (
        ("", "thời hạn giải quyết trong lưu đồ (bảng không ghi) ghi"),
        ("Thời hạn,7 ngày\n", "quyết ghi"),
    ):
        (grid,) = read_grids((above + text).encode(), "a.csv")
        (found,) = [one for one in over(grid, library().find("KDK-11")).findings if one.code == "TAB413"]
        assert said in found.message.vi


HEAD = "Bước,Trình tự,Người thực hiện,Thời gian,Hướng chuyển tiếp,Ghi chú,Mã"
ONE = f"{HEAD}\n1,Tiếp nhận,Một cửa,1 ngày,,,\n2,Trả kết quả,Một cửa,6 ngày,,,\n"


@pytest.mark.parametrize(
    ("text", "code", "cell"),
    [
        (f"Thời hạn: 2 tháng\n{ONE}", "TAB106", "a.csv!A1"),
        (f"Thời hạn,không có thời hạn\n{ONE}", "TAB106", "a.csv!B1"),
        (f"Tên thủ tục,Thủ tục khác\n{ONE}", "TAB105", "a.csv!B1"),
        (ONE.replace("Ghi chú", "Lệ phí"), "TAB104", "a.csv!F1"),
        (ONE.replace("1 ngày,,,", "1 ngày,,,Mã A"), "TAB206", "a.csv!G2"),
        (ONE.replace("6 ngày", "5 ngày") + "Tổng cộng,,,6 ngày\n", "TAB413", "a.csv!D4"),
        (ONE + "Tổng cộng\n", "TAB414", "a.csv!D4"),
        (ONE, "TAB414", "a.csv"),
        (ONE.replace("6 ngày", "8 ngày"), "TAB412", "a.csv!D3"),
        (ONE + "Kết thúc,Xong,,,,loại lạ,da-cap\n", "TAB601", "a.csv!F4"),
        (ONE + "Kết thúc,Xong,,,,được giải quyết,Mã A\n", "TAB206", "a.csv!G4"),
        (ONE.replace("1 ngày,", "1 ngày,hết 3 ngày → bước 2 (hệ thống)"), "TAB501", "a.csv!E2"),
        (ONE.replace("1 ngày,", "1 ngày,hồ sơ sai → kết thúc “Đâu đó”"), "TAB502", "a.csv!E2"),
        (ONE.replace("1 ngày,", "1 ngày,hồ sơ sai → kết thúc"), "TAB502", "a.csv!E2"),
        (ONE.replace("1 ngày,", "1 ngày,Đạt → bước 2; loại lạ [chuyen]"), "TAB501", "a.csv!E2"),
        (ONE.replace("6 ngày,", "6 ngày,không đồng ý → bước 1; chưa đạt → bước 2"), "TAB501", "a.csv!E3"),
        (ONE.replace("1 ngày,", "1 ngày,hết hạn → bước 2; quá hạn → bước 2"), "TAB501", "a.csv!E2"),
    ],
)
def test_the_other_findings(text: str, code: str, cell: str) -> None:
    """Each finding that no published table above shows, at its cell."""
    (grid,) = read_grids(text.encode(), "a.csv")
    found = {(finding.code, finding.file) for finding in over(grid, library().find("KDK-11")).findings}
    assert (code, cell) in found, found


def test_a_file_without_a_flowchart_is_told() -> None:
    """No row of titles, no step below it, a column missing, one twice."""
    base = library().find("KDK-11")
    for text, code in (
        ("a,b\n", "TAB101"),
        ("Bước,Trình tự,Người thực hiện,Thời gian\n", "TAB101"),
        ("Bước,Trình tự,Người thực hiện\n1,Tiếp nhận,Một cửa\n", "TAB102"),
        ("Bước,Trình tự,Người thực hiện,Thời gian,Nội dung\n1,Tiếp nhận,Một cửa,2 giờ,a\n", "TAB103"),
    ):
        (grid,) = read_grids(text.encode(), "a.csv")
        result = over(grid, base)
        assert (result.text, code in {finding.code for finding in result.findings}) == (None, True), text


# what a table has no column for


def without_column(flow: Flow, title: str) -> Grid:
    """The flow's own table, less one column."""
    sheet = as_sheet(flow, library().org, library().words)
    place = sheet.rows[0].index(title)
    rows = [row[:place] + row[place + 1 :] for row in sheet.rows]
    data = WRITERS["csv"](sheet._replace(rows=tuple(rows)))
    return read_grids(data, "a.csv")[0]


def test_forms_are_read_only_where_there_is_a_column() -> None:
    """A table without forms says nothing of them: they stay, and nobody has read them in the decision."""
    flow = library().find("LTHH-13")
    before = {name: fact.status for fact in flow.facts for name in fact.of}
    after = read_flow(
        over(without_column(flow, "Biểu mẫu"), flow, decision="Quyết định 1/QĐ-UBND").text.encode(),
        flow.file,
        library().words,
    )[0]
    assert after is not None
    now = {name: fact.status for fact in after.facts for name in fact.of}
    assert (before["forms"], now["forms"], now["arrows"], now["times"]) == ("assumed", "assumed", "read", "read")


def test_a_whole_table_without_arrows_is_refused() -> None:
    """A table that tells the ends but not the ways to them would lose every branch."""
    flow = library().find("LTHH-13")
    assert [one.code for one in over(without_column(flow, "Hướng chuyển tiếp"), flow).findings] == ["TAB102"]


def test_words_that_were_moved_are_read_once() -> None:
    """Tracked changes count as accepted: what was moved or taken out is there no longer; a span Word can't read is one."""
    cell = (
        b'<w:tc><w:tcPr><w:gridSpan w:val="abc"/></w:tcPr><w:p><w:moveFrom><w:r><w:t>9</w:t></w:r></w:moveFrom>'
        b"<w:r><w:t>1</w:t><w:tab/><w:t>h</w:t></w:r></w:p></w:tc>"
    )
    relation = b'<R><R Type="/officeDocument" Target="/word/a.xml"/></R>'
    body = b'<w:document xmlns:w="w"><w:body><w:tbl><w:tr>%s</w:tr></w:tbl></w:body></w:document>' % (cell * 2)
    (grid,) = read_grids(package({"_rels/.rels": relation, "word/a.xml": body}), "a.docx")
    assert [[cell.text for cell in row] for row in grid.rows] == [["1 h", "1 h"]]
