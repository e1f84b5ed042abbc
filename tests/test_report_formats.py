"""A report in every format: the same cell is the same everywhere, and each file is what its readers expect (R110, R111)."""

from __future__ import annotations

import csv
import io
import re
import sys
import unicodedata
from collections.abc import Callable
from decimal import Decimal
from html import unescape
from importlib import import_module
from itertools import pairwise
from xml.etree import ElementTree as ET
from zipfile import ZipFile

import docx
import openpyxl
import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from readback import FORMATS, Tagged, differences, looks
from reportsample import MADE, empty, hostile, year

from flowiso.errors import BadValue
from flowiso.render.pdf import FONT, _typeset
from flowiso.reports import docx as as_docx
from flowiso.reports import html as as_html
from flowiso.reports import longcsv, tojson
from flowiso.reports import pdf as as_pdf
from flowiso.reports import text as as_text
from flowiso.reports import xlsx as as_xlsx
from flowiso.reports.document import Cell, Column, Document, Section, Table, Words
from flowiso.reports.layout import Heading, complete, items, legend, meaning, plain, runs, tidy
from flowiso.reports.wordtable import NAMESPACE

MM = 72 / 25.4
_WHITE = 250
_WORD = {"w": NAMESPACE}


def written(document: Document, name: str) -> bytes:
    """A document in a format."""
    made = import_module(f"flowiso.reports.{name}").write(document)
    return made.encode() if isinstance(made, str) else bytes(made)


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("sample", [year, hostile, empty])
def test_every_cell_is_the_same_in_every_format(sample: Callable[[str], Document], lang: str) -> None:
    """Each is read back by a reader of its own: 0 differences; two writes are the same bytes; all words are NFC."""
    document = sample(lang)
    for name in FORMATS:
        made = written(document, name)
        assert differences(document, name, made) == [], name
        assert written(document, name) == made, name
        if name in ("text", "tojson", "longcsv", "html"):
            assert unicodedata.is_normalized("NFC", made.decode())


def altered(document: Document, id: str, shown: str, basis: str = "computed") -> Document:  # noqa: A002
    """The document with one figure changed wherever it stands."""

    def other(part: str | Cell) -> str | Cell:
        hit = isinstance(part, Cell) and part.id == id
        return part._replace(shown=shown, value=None, basis=basis) if hit else part  # type: ignore[union-attr, arg-type]

    def changed(block: Words | Table) -> Words | Table:
        if isinstance(block, Words):
            return block._replace(parts=tuple(map(other, block.parts)))
        return block._replace(rows=tuple(tuple(map(other, row)) for row in block.rows))  # type: ignore[arg-type]

    sections = (section._replace(blocks=tuple(map(changed, section.blocks))) for section in document.sections)
    return document._replace(sections=tuple(sections))


@pytest.mark.parametrize("id", ["annual/trained", "rates/nearly", "field/key-3/late", "procedure/all/in_time_rate"])
@pytest.mark.parametrize("name", FORMATS)
def test_a_figure_that_differs_is_found(name: str, id: str) -> None:  # noqa: A002
    """The walk would tell: one digit in prose, in a narrow table, in a wide one, in its last row; and another basis."""
    document = year("vi", 5)
    cell = next(one for one in document.cells() if one.id == id)
    wrong = written(altered(document, id, cell.shown[:-1] + "8"), name)
    assert differences(document, name, wrong)
    if name not in ("text", "xlsx"):
        declared = written(altered(document, id, cell.shown, "free"), name)
        assert differences(document, name, declared)


# --- Words


@pytest.mark.parametrize(
    "one", ["13.641", "99,97%", "không phát sinh", "Theo lĩnh vực", "\u2003trong đó", "[nêu rõ]", "–"]
)
def test_ordinary_words_stay(one: str) -> None:
    """What a report says is written as it stands."""
    assert plain(one) == one


@pytest.mark.parametrize(
    ("one", "made"),
    [
        ("a\tb\r\nc  d", "a b c d"),
        ("Viê\u0323t", "Việt"),
        ("a\u200b\u202e\ufeff\u00adb", "ab"),
        ("\x00\x07\ud800\ufffe\U0001ffff", "\ufffd" * 5),
        (" a ", " a "),
    ],
)
def test_words_no_file_can_hold(one: str, made: str) -> None:
    """One blank for each run, nothing without a shape, U+FFFD for what XML forbids."""
    assert plain(one) == made


@given(st.text())
def test_plain_words_are_words_of_xml(one: str) -> None:
    """For whatever is given: NFC, one line, readable as XML, and plain again."""
    made = plain(one)
    assert plain(made) == made
    assert unicodedata.is_normalized("NFC", made)
    assert "\n" not in made
    escaped = made.replace("&", "&amp;").replace("<", "&lt;").replace("\r", "?")
    assert (ET.fromstring(f"<a>{escaped}</a>").text or "") == made


def test_marks_are_told_once_and_only_if_they_are_there() -> None:
    """A reader learns what (kk) and [...] mean, and what has no mark; a report with none has no legend."""
    document = year("vi", 2)
    assert [words.split(":")[0] for words in legend(document.cells(), "vi")[1:]] == ["(kk)", "[...]"]
    assert legend(document.cells(), "en")[1].startswith("(d): ")
    assert legend([], "vi") == ()
    for name in ("text", "html", "docx", "pdf"):
        assert "không có số liệu" in text_of(document, name), name
        assert "(kk): cơ quan kê khai" in text_of(document, name), name


def text_of(document: Document, name: str) -> str:
    """All words of a format that people read."""
    made = written(document, name)
    if name == "docx":
        word = docx.Document(io.BytesIO(made))
        return "\n".join(one.text for one in word.paragraphs)
    if name == "pdf":
        tagged = Tagged(made)
        return "\n".join(tagged.text(one) for one in tagged.elements("H1", "H2", "P", "LBody"))
    return made.decode()


def test_every_figure_is_defined() -> None:
    """R110: on paper the last section says what each figure means; a rate names what stands above and below the line."""
    document = complete(year("vi", 2))
    (table,) = document.sections[-1].blocks
    assert isinstance(table, Table)
    told = {row[0].shown: row[1].shown for row in table.rows}
    assert told["tỷ lệ trễ hạn"] == "R93; trễ hạn (10) / Đã giải quyết (7)"
    assert meaning(document.sources["in_time_rate"], document) == "in_time / Đã giải quyết (7)"
    known = {cell.figure for cell in document.cells()} & document.sources.keys()
    assert len(told) == len(known)


# --- Where things stand


def test_a_wide_table_takes_its_titles_along() -> None:
    """Pages are turned for the wide tables alone, with the titles right above them."""
    document = complete(year("vi", 2))
    found = [(wide, [item.title for item in part if isinstance(item, Heading)]) for wide, part in runs(items(document))]
    assert found == [
        (False, ["I. Kết quả", "1. Giải quyết hồ sơ", "II. Khó khăn, nguyên nhân"]),
        (True, ["Phụ lục", "Theo lĩnh vực", "Theo thủ tục giải quyết trong năm"]),
        (False, ["Cách tính các số liệu"]),
    ]


def test_no_level_is_left_out_and_no_title_said_twice() -> None:
    """A title three levels deep under none is of the first; a table called as its section has no title of its own."""
    table = Table("t", "Tên", (Column("x"),), ())
    sections = (Section("Tên", 3, (table, table)), Section("Sâu", 3), Section("Cao", 1))
    found = list(items(empty("vi")._replace(sections=sections)))
    assert [item.level for item in found if isinstance(item, Heading)] == [1, 2, 1]
    assert [item.title for item in found if isinstance(item, Table)] == ["", "Tên"]


@pytest.mark.parametrize("name", FORMATS)
def test_a_document_without_sections_is_its_head(name: str) -> None:
    """Title and facts alone are a file too."""
    bare = empty("vi")._replace(sections=(), facts=(("Kỳ", "Năm 2021"),))
    made = written(bare, name)
    assert differences(bare, name, made) == []
    if name not in ("tojson", "longcsv", "xlsx"):
        assert "Năm 2021" in text_of(bare, name)


def test_a_report_that_begins_with_a_wide_table_begins_across() -> None:
    """The head stands on the same page as what follows it."""
    table = Table("t", "Rộng", (Column("tên", "<"), *[Column(str(at)) for at in range(9)]), ())
    document = empty("vi")._replace(sections=(Section("Rộng", 1, (table,)),))
    (page,) = pypdf.PdfReader(io.BytesIO(as_pdf.write(document))).pages
    assert page.mediabox.width > page.mediabox.height
    word = docx.Document(io.BytesIO(as_docx.write(document)))
    assert [section.orientation for section in word.sections] == [1]


# --- CSV and JSON


def test_a_line_has_numerator_and_denominator() -> None:
    """R110: of a rate both figures, or their names; and period, cut-off and digest on each line."""
    rows = {row["id"]: row for row in csv.DictReader(io.StringIO(longcsv.write(year("vi", 2))[1:]))}
    assert list(rows["agency/late"]) == [*longcsv.COLUMNS, "Kỳ", "Chốt số liệu", "Mã băm nhật ký (SHA-256)"]
    late = rows["agency/late_rate"]
    wanted = {"shown": "0,03%", "value": "0.03", "numerator": "4", "denominator": "13641", "basis": "computed"}
    assert {key: late[key] for key in wanted} == wanted
    assert late["Kỳ"] == "01/01/2021 - 31/12/2021"
    assert rows["agency/in_time_rate"]["numerator"] == "13637"
    assert rows["rates/all"]["value"] == ""
    assert rows["rates/nearly_numerator"]["title"] == "tử số"


def test_a_line_without_a_definition_says_where_it_stands() -> None:
    """A paper, or what the agency writes itself: the section's title and the sentence; in a table the column's title."""
    paper, other = Cell("Kế hoạch số 1", "iso/plan", basis="declared"), Cell("2", "x/bare", 2)
    blocks = (
        Words(("Theo ", paper, ".")),
        Table("t", "Bảng", (Column("Tên", "<"), Column("Số")), ((Cell("a"), other),)),
    )
    document = empty("vi")._replace(sections=(Section("I. Đặc điểm", 1, blocks),), sources={})
    rows = {row["id"]: row for row in csv.DictReader(io.StringIO(longcsv.write(document)[1:]))}
    assert (rows["iso/plan"]["title"], rows["iso/plan"]["meaning"]) == ("I. Đặc điểm", "Theo Kế hoạch số 1.")
    assert (rows["x/bare"]["title"], rows["x/bare"]["meaning"]) == ("Số", "")


def test_json_holds_what_is_read_and_exact_values() -> None:
    """Counts are numbers, rates strings with the digits shown, as in the other JSON."""
    made = tojson.to_json(year("en", 2))
    assert made["agency"] == year("en").org.title.en
    assert made["made"] == "2022-01-01T00:00:00+07:00"
    assert made["facts"][0] == {"label": "Period", "value": "01/01/2021 - 31/12/2021"}
    assert made["sections"][1]["blocks"][1]["words"][1] == {
        "id": "agency/late",
        "shown": "4",
        "value": 4,
        "basis": "computed",
    }
    assert made["sections"][1]["blocks"][1]["words"][3]["value"] == "0.03"
    assert made["sources"]["late_rate"]["denominator"] == "resolved"


def test_text_stands_in_columns() -> None:
    """Figures flush right under their titles, prose in short lines, a title underlined by its level."""
    lines = as_text.write(year("vi", 3)).splitlines()
    at = lines.index("Tỷ lệ đúng hạn theo ba cách tính (R93)")
    assert len(set(map(len, lines[at + 1 : at + 7]))) == 1
    assert lines[lines.index("I. Kết quả") + 1] == "=" * 10
    assert lines[lines.index("1. Giải quyết hồ sơ") + 1] == "-" * 19
    assert max(len(line) for line in lines if not line.startswith("  ")) <= as_text.LINE
    assert "- Đào tạo: 12 (kk) người; thanh toán 42/46 thủ tục = 91,30% (kk); hài lòng không có số liệu." in lines


# --- XLSX


@pytest.mark.parametrize(
    ("shown", "value", "lang"),
    [
        ("13.641", 13641, "vi"),
        ("13,641", 13641, "en"),
        ("-2", -2, "vi"),
        ("99,97%", Decimal("99.97"), "vi"),
        ("99.999%", Decimal("99.999"), "en"),
        ("100,00%", Decimal("100.00"), "vi"),
        ("7,5 ngày", Decimal("7.5"), "vi"),
        ("42/46 = 91,30%", Decimal("91.30"), "vi"),
    ],
)
@pytest.mark.parametrize("basis", ["computed", "declared", "free"])
def test_a_number_in_a_worksheet_looks_as_everywhere(shown: str, value: int | Decimal, lang: str, basis: str) -> None:
    """The number is exact and its format shows what the cell shows, with the mark."""
    found = as_xlsx.as_number(Cell(shown, "a/b", value, basis), lang)  # type: ignore[arg-type]
    assert found is not None
    assert Decimal(repr(found.value)) * (100 if "%" in shown else 1) == value
    mark = {"vi": " (kk)", "en": " (d)"}[lang]
    assert looks(found.value, found.look) == {"computed": shown, "declared": shown + mark, "free": f"[{shown}]"}[basis]


@pytest.mark.parametrize(
    ("shown", "value"),
    [
        ("không phát sinh", None),
        ("không áp dụng", Decimal("99.97")),
        ("0012", 12),
        ("12", 1),
        ('5 "x"', 5),
        ("giảm -5", -5),
        ("1.234.567.890.123.456", 1234567890123456),
        ("5" + " dài" * 90, 5),
    ],
)
def test_a_number_that_would_look_otherwise_is_words(shown: str, value: int | Decimal | None) -> None:
    """Rather a string than another figure."""
    assert as_xlsx.as_number(Cell(shown, "a/b", value, "computed"), "vi") is None


def test_the_workbook_is_ready_for_an_officer() -> None:
    """A4, wide sheets across, the head frozen and on every page, one page wide, figures as numbers, dated by the cut-off."""
    book = openpyxl.load_workbook(io.BytesIO(as_xlsx.write(year("vi"))))
    assert book.sheetnames == [
        *("Báo cáo", "Biểu II.06a", "Tỷ lệ đúng hạn theo ba cách", "Theo lĩnh vực"),
        *("Theo thủ tục giải quyết trong", "Cách tính các số liệu"),
    ]
    assert book.properties.created == MADE.replace(tzinfo=None, hour=17, day=31, month=12, year=2021)
    assert book.properties.title == year("vi").title
    for sheet in book.worksheets:
        assert sheet.page_setup.paperSize == 9
        assert sheet.page_setup.fitToHeight == 0
        assert sheet.page_margins.left == pytest.approx(30 / 25.4, abs=0.01)
    wide = book["Theo lĩnh vực"]
    assert wide.page_setup.orientation == "landscape"
    assert wide.freeze_panes == "B6"
    assert wide.print_title_rows == "$5:$5"
    assert book["Biểu II.06a"].page_setup.orientation == "portrait"
    assert wide["B10"].data_type == "n"
    assert isinstance(wide["B10"].value, int)
    assert wide["A52"].font.bold
    assert 30 < wide.column_dimensions["A"].width < 60
    assert not wide["A9"].font.bold


def test_nothing_in_a_workbook_is_a_formula_or_an_address() -> None:
    """Whatever it begins with; sheets have names that Excel allows, each its own."""
    data = as_xlsx.write(hostile("vi"))
    with ZipFile(io.BytesIO(data)) as package:
        sheets = [package.read(name).decode() for name in package.namelist() if "worksheets/" in name]
    assert not any("<f>" in sheet or "hyperlink" in sheet for sheet in sheets)
    names = openpyxl.load_workbook(io.BytesIO(data)).sheetnames
    assert len({name.lower() for name in names}) == len(names)
    assert all(re.fullmatch(r"[^\[\]:*?/\\']{1,31}", name) for name in names)
    assert as_xlsx._names(["History", "a", "A", "", "x" * 40]) == ["History (1)", "a", "A (3)", "1", "x" * 31]


def test_a_cell_too_long_for_a_worksheet_is_refused() -> None:
    """Excel would repair the file, which is to lose words."""
    long = empty("vi")._replace(sections=(Section("x" * 40_000, 1),))
    with pytest.raises(BadValue, match="quá dài"):
        as_xlsx.write(long)


# --- DOCX


def test_the_word_file_is_laid_out_as_decree_30_has_it() -> None:
    """A4, 20 mm above and below, 30 left, 15 right, Times New Roman 13, wide tables across, pages numbered from the second."""
    word = docx.Document(io.BytesIO(as_docx.write(year("vi"))))
    turned = []
    for section in word.sections:
        turned.append(section.orientation)
        assert sorted((round(section.page_width.mm), round(section.page_height.mm))) == [210, 297]
        assert (section.page_width > section.page_height) is bool(section.orientation)
        margins = (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
        assert [round(side.mm) for side in margins] == [20, 20, 30, 15]
    assert turned == [0, 1, 0]
    assert word.sections[0].different_first_page_header_footer
    assert "PAGE" in word.sections[0].header._element.xml
    assert not word.sections[0].first_page_header.paragraphs[0].runs
    fonts = {node.get(f"{{{NAMESPACE}}}ascii") for node in word.styles["Normal"].element.iter(f"{{{NAMESPACE}}}rFonts")}
    assert fonts == {"Times New Roman"}
    assert word.styles["Normal"].font.size.pt == 13
    assert word.styles["Heading 1"].font.name == "Times New Roman"


def test_the_word_file_has_headings_and_repeated_heads() -> None:
    """Real styles for who moves by headings; every table's head on each page, no row in two; who made it and when."""
    word = docx.Document(io.BytesIO(as_docx.write(year("vi"))))
    headings = [(one.style.name, one.text) for one in word.paragraphs if one.style.name.startswith(("Head", "Title"))]
    assert headings[:3] == [
        ("Title", "BÁO CÁO DUY TRÌ HỆ THỐNG QUẢN LÝ CHẤT LƯỢNG"),
        ("Heading 1", "I. Kết quả"),
        ("Heading 2", "1. Giải quyết hồ sơ"),
    ]
    for table in word.tables[1:]:
        rows = table._tbl.tr_lst
        assert [bool(row.findall("w:trPr/w:tblHeader", _WORD)) for row in rows[:2]] == [True, False]
        assert all(row.findall("w:trPr/w:cantSplit", _WORD) for row in rows)
        widths = [int(one.get(f"{{{NAMESPACE}}}w")) for one in table._tbl.iter(f"{{{NAMESPACE}}}gridCol")]
        assert sum(widths) / 1440 * 25.4 in (pytest.approx(165, abs=1), pytest.approx(252, abs=1))
    assert word.tables[0].cell(0, 0).text.split("\n")[:2] == [
        "ỦY BAN NHÂN DÂN TỈNH ĐỒNG NAI",
        "SỞ CÔNG THƯƠNG TỈNH ĐỒNG NAI",
    ]
    core = word.core_properties
    assert (core.title, core.author, core.language) == (year("vi").title, "Sở Công Thương tỉnh Đồng Nai", "vi-VN")
    assert core.created == core.modified
    assert str(core.created) == "2021-12-31 17:00:00+00:00"


def test_the_parts_of_a_word_table_stand_in_their_order() -> None:
    """ECMA-376 lists the children of each element in a sequence; Word repairs a file that breaks it."""
    order = {
        "tblPr": ("tblStyle", "tblW", "tblInd", "tblLayout", "tblCellMar", "tblLook", "tblCaption"),
        "pPr": ("pStyle", "keepNext", "keepLines", "pBdr", "spacing", "ind", "jc", "sectPr"),
        "rPr": ("rStyle", "rFonts", "b", "i", "color", "sz", "szCs", "highlight", "vertAlign", "lang"),
        "tcPr": ("tcW", "shd"),
        "trPr": ("cantSplit", "tblHeader"),
        "tbl": ("tblPr", "tblGrid", "tr"),
    }
    with ZipFile(io.BytesIO(as_docx.write(year("vi", 3)))) as package:
        root = ET.fromstring(package.read("word/document.xml"))
    for element in root.iter():
        name = element.tag.rpartition("}")[2]
        if name in order:
            places = [order[name].index(child.tag.rpartition("}")[2]) for child in element]
            assert all(one <= other for one, other in pairwise(places)), (name, places)


# --- PDF


def test_the_pdf_is_laid_out_as_decree_30_has_it() -> None:
    """PDF/A-2a and PDF/UA-1, every font inside, wide tables on A4 across, dated by the cut-off."""
    made = as_pdf.write(year("vi"))
    found = pypdf.PdfReader(io.BytesIO(made))
    sides = [tuple(round(float(side) / MM) for side in page.mediabox[2:]) for page in found.pages]
    assert set(sides) == {(210, 297), (297, 210)}
    assert sides[0] == sides[-1] == (210, 297)
    assert found.metadata is not None
    assert str(found.metadata.creation_date) == "2021-12-31 17:00:00+00:00"
    assert found.metadata.title == year("vi").title
    assert b"pdfaid:part>2<" in made
    assert b"pdfuaid:part>1<" in made
    assert found.trailer["/Root"]["/Lang"] == "vi"  # type: ignore[index]
    fonts = [font.get_object() for page in found.pages for font in page["/Resources"]["/Font"].values()]  # type: ignore[index]
    for font in fonts:
        (inner,) = font["/DescendantFonts"]
        assert any(key.startswith("/FontFile") for key in inner.get_object()["/FontDescriptor"])
        assert "LibertinusSerif" in font["/BaseFont"]


def test_a_head_is_on_every_page_of_its_table() -> None:
    """Whoever turns the page still sees which column is which."""
    found = pypdf.PdfReader(io.BytesIO(as_pdf.write(year("vi"))))
    turned = [page.extract_text() for page in found.pages if page.mediabox.width > page.mediabox.height]
    assert len(turned) >= 3
    assert all("chuyển" in words or "quá" in words for words in turned)
    assert all("tỷ lệ" in words for words in turned)


@pytest.mark.parametrize("sample", [year, hostile])
def test_nothing_runs_off_the_page(sample: Callable[[str], Document]) -> None:
    """The margins are white on every page but for the page's number and foot, whatever was written."""
    document = complete(sample("vi"))
    pages = _typeset("document.typ", as_pdf._data(document), MADE, FONT, format="png", ppi=72)
    for data in pages:
        page = Image.open(io.BytesIO(data)).convert("L")
        across, down = page.size
        assert min(page.crop((0, 0, int(29 * MM), down)).tobytes()) > _WHITE
        assert min(page.crop((across - int(14 * MM), 0, across, down)).tobytes()) > _WHITE
        assert min(page.tobytes()) < _WHITE


def test_a_letter_that_the_font_has_not_is_refused() -> None:
    """Rather no PDF than one with holes; the remedy is another font."""
    with pytest.raises(BadValue, match="--font"):
        as_pdf.write(empty("vi")._replace(title="漢"))


def test_nothing_is_bold_and_slanted() -> None:
    """Libertinus Serif has no ơ and ư with a tone in that face, and would leave them out."""
    cells = (Cell("Cộng"), Cell("chưa xếp được: từ khá", "a/b", None, "missing"))
    table = Table("t", "Bảng", (Column("a", "<"), Column("b", "<")), (cells,), totals=(0,))
    document = empty("vi")._replace(sections=(Section("Một", 1, (table,)),))
    pages = pypdf.PdfReader(io.BytesIO(as_pdf.write(document))).pages
    fonts = {font["/BaseFont"] for page in pages for font in page["/Resources"]["/Font"].values()}
    assert any("Italic" in name for name in fonts)
    assert not any("BoldItalic" in name for name in fonts)


# --- HTML


def test_the_page_runs_nothing_and_names_every_figure() -> None:
    """No script, a policy that would stop one, and each figure under its id with value, basis and definition."""
    made = as_html.write(year("vi"))
    assert "<script" not in made
    assert "default-src 'none'" in unescape(made)
    assert "http://" not in made.replace("http://www.w3.org", "")
    for cell in year("vi").cells():
        assert f' id="{cell.id}"' in made
    told = 'data-figure="agency/late_rate" data-value="0.03" data-basis="computed" title="tỷ lệ trễ hạn: R93; trễ hạn (10) / Đã'
    assert told in made
    assert made.count("<svg") == 4  # two charts, each for a wide and for a narrow screen
    assert "(20 trong 46 dòng)" in made


def test_words_are_never_markup() -> None:
    """Tags and quotes in words, ids and titles stay words."""
    made = as_html.write(hostile("vi"))
    assert "<script" not in made
    assert "onclick=" not in re.sub(r'"[^"]*"', "", made)


# --- Packages that need not be there


@pytest.mark.parametrize(("module", "missing", "extra"), [(as_xlsx, "xlsxwriter", "xlsx"), (as_docx, "docx", "tables")])
def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch, module: object, missing: str, extra: str) -> None:
    """With the command that brings it."""
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(BadValue, match=rf"pip install 'flowiso\[{extra}\]'"):
        module.write(empty("vi"))  # type: ignore[attr-defined]


def test_tidying_changes_nothing_of_a_sound_report() -> None:
    """What is written of the year is what the figures say; only a missing figure is told in words."""
    document = year("vi", 4)
    pairs = zip(document.cells(), tidy(document).cells(), strict=True)
    assert [one.id for one, other in pairs if one != other] == ["annual/satisfaction"]
