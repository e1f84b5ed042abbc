"""CSV, XLSX and DOCX <-> cells. The only module that knows file formats; openpyxl and python-docx are read when needed.

What comes from outside is bounded before anything is built of it: size, parts, elements, rows, columns.
"""

from __future__ import annotations

import csv
import io
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from datetime import date
from importlib import import_module
from itertools import zip_longest
from pathlib import PurePath
from typing import Any, NoReturn
from xml.etree.ElementTree import Element, iterparse, parse
from zipfile import ZipFile

from ..csvtext import csv_text
from ..errors import BadValue
from ..text import Text, nfc
from .export import Sheet
from .grid import Cell, Grid, Row
from .package import Part, opened, readable, refuse, scan
from .reading import find_header

MAX_MIB: Mapping[str, int] = {".csv": 4, ".xlsx": 20, ".docx": 20}
"""The largest file of each kind."""
MAX_ROWS = 3_000
MAX_COLUMNS = 60
MAX_NODES = {"xlsx": 300_000, "docx": 1_000_000}
"""XML elements and attributes of a workbook, and of a document, which is read faster."""
MAX_LETTERS = 32_000
"""The longest cell; a worksheet holds 32,767 letters in one."""

_PACKAGES = {"openpyxl": "openpyxl", "docx": "python-docx"}
_NEEDS = Text("hãy cài thêm: pip install 'flowiso[tables]'", "install it: pip install 'flowiso[tables]'")


def suffix(file: str) -> str:
    """`.csv`, `.xlsx` or `.docx`; BadValue for any other kind of file."""
    ending = PurePath(file).suffix.lower()
    if ending not in _READERS:
        old = {".xls": ".xlsx", ".doc": ".docx"}.get(ending)
        hint = Text(f"; hãy mở và lưu lại thành {old}", f"; open it and save it as {old}") if old else Text("", "")
        raise BadValue(
            Text(f"'{file}': chỉ đọc được .csv, .xlsx, .docx{hint.vi}", f"'{file}': only .csv, .xlsx, .docx{hint.en}")
        )
    return ending


def read_grids(data: bytes, file: str) -> list[Grid]:
    """The tables of a file: one of a CSV, the worksheets of an XLSX, the tables of a DOCX.

    Raises BadValue for what isn't such a file, is too large, or needs a package that isn't installed.
    """
    ending = suffix(file)
    most = MAX_MIB[ending]
    if len(data) > most << 20:
        refuse(file, f"lớn hơn {most} MiB", f"it is larger than {most} MiB")
    return _READERS[ending](data, file)


def choose(grids: list[Grid], file: str, table: int | None = None, sheet: str | None = None) -> Grid:
    """The table meant: by its number or its sheet's name, else the only one that looks like a flowchart; else BadValue."""
    if sheet is not None:
        grids = [grid for grid in grids if grid.sheet == nfc(sheet)] or _none(grids, file, f"--sheet '{sheet}'")
    if table is not None:
        fits = [grid for number, grid in enumerate(grids, 1) if table == (grid.table or number)]
        grids = fits or _none(grids, file, f"--table {table}")
    likely = [grid for grid in grids if find_header(grid)]
    if len(likely) > 1:
        names = ", ".join(f"'{grid.sheet}'" if grid.sheet else str(grid.table) for grid in likely)
        how = "--sheet" if likely[0].sheet else "--table"
        refuse(
            file,
            f"có nhiều bảng lưu đồ: {names}; chọn một bằng {how}",
            f"several flowcharts: {names}; choose with {how}",
        )
    if not grids:
        refuse(file, "không có bảng nào", "it holds no table")
    return (likely or grids)[0]


def _none(grids: list[Grid], file: str, asked: str) -> NoReturn:
    there = ", ".join(f"'{grid.sheet}'" if grid.sheet else str(grid.table or 1) for grid in grids)
    refuse(file, f"không có bảng {asked}; hiện có: {there}", f"no table {asked}; there are: {there}")


def _package(name: str, file: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        package = _PACKAGES[name.partition(".")[0]]
        refuse(file, f"cần gói {package}; {_NEEDS.vi}", f"needs the package {package}; {_NEEDS.en}", error)


# --- CSV

_FORMULA = re.compile(r"'*[=+\-@\t\r]")


def guarded(text: str) -> str:
    """A cell that no spreadsheet takes for a formula: an apostrophe before it, which `unguarded` takes away."""
    return f"'{text}" if _FORMULA.match(text) else text


def unguarded(text: str) -> str:
    """What `guarded` was given."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def as_csv(sheet: Sheet) -> bytes:
    """The table as CSV of RFC 4180 in UTF-8 with a mark at the beginning, so that Excel reads the accents."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([*map(guarded, row)] for row in _all_rows(sheet))
    return out.getvalue().encode("utf-8-sig")


def _all_rows(sheet: Sheet) -> Iterator[tuple[str, ...]]:
    wide = len(sheet.rows[0])
    yield from ((*row, *[""] * (wide - len(row))) for row in ((sheet.title,), *sheet.head, ()))
    yield from sheet.rows


def _read_csv(data: bytes, file: str) -> list[Grid]:
    text, separator = csv_text(data, file)
    grids = [grid for mark in separator or ",;\t" if (grid := _parsed(text, mark, file))]
    if not grids:
        refuse(
            file,
            "không đọc được thành bảng: dấu nháy hay dấu phân cách sai",
            "no table: quotes or separators are wrong",
        )
    grid = max(grids, key=_columns)
    _bound(len(grid.rows), max(map(len, grid.rows), default=0), file)
    return [grid]


def _columns(grid: Grid) -> int:
    header = find_header(grid)
    return len(header.columns) if header else 0


def _parsed(text: str, mark: str, file: str) -> Grid | None:
    try:
        rows = []
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True):
            rows.append(tuple(Cell(_lines(unguarded(value))) for value in row[: MAX_COLUMNS + 1]))
            if len(rows) > MAX_ROWS:
                break
    except csv.Error:
        return None
    return Grid(file, tuple(rows))


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _bound(rows: int, columns: int, file: str) -> None:
    if rows > MAX_ROWS or columns > MAX_COLUMNS:
        vi, en = f"quá {MAX_ROWS} dòng hay {MAX_COLUMNS} cột", f"more than {MAX_ROWS} rows or {MAX_COLUMNS} columns"
        refuse(file, f"{vi}; hãy chép riêng bảng lưu đồ ra một tệp", f"{en}; copy the flowchart into a file of its own")


# --- XLSX


def _read_xlsx(data: bytes, file: str) -> list[Grid]:
    """The visible worksheets, cell by cell: nothing else of a workbook is built."""
    openpyxl = _package("openpyxl", file)
    package = opened(data, file)
    with readable(file), warnings.catch_warnings(action="ignore"):
        parts = scan(package, file, MAX_NODES["xlsx"])
        books = [
            openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=values)
            for values in (True, False)[: 1 + any(part.formulas for part in parts.values())]
        ]
        sheets = [sheet for sheet in zip(*(book.worksheets for book in books), strict=True) if _is_shown(sheet[0])]
        return [
            Grid(file, tuple(_sheet_rows(sheet, parts, openpyxl, file)), nfc(sheet[0].title), alone=len(sheets) == 1)
            for sheet in sheets
        ]


def _is_shown(sheet: Any) -> bool:
    return bool(sheet.sheet_state == "visible")


def _sheet_rows(sheet: tuple[Any, ...], parts: Mapping[str, Part], openpyxl: Any, file: str) -> Iterator[Row]:
    """The rows of a worksheet, given as its values and, where it may have formulas, once more with these."""
    below = _below(parts[sheet[0]._worksheet_path].merged, openpyxl, file)  # noqa: SLF001  # no public way
    for one in sheet:
        one.reset_dimensions()  # what the file says of its own size may be wrong
    for number, rows in enumerate(zip(*(one.iter_rows(values_only=True) for one in sheet), strict=True), 1):
        _bound(number, len(rows[0]), file)
        merged: Set[int] = below.get(number, frozenset())
        cells = zip_longest(rows[0], rows[-1], range(max(merged, default=0)))
        yield tuple(
            Cell(_lines(nfc(_value(value))), column in merged, value is None and formula is not None)
            for column, (value, formula, _) in enumerate(cells, 1)
        )


def _below(merged: Iterable[str], openpyxl: Any, file: str) -> dict[int, set[int]]:
    """The columns, by row, of cells that only continue the one above, in the part of a sheet that may be filled."""
    below: dict[int, set[int]] = {}
    cells = 0
    for area in merged:
        left, top, right, bottom = openpyxl.utils.range_boundaries(area)
        columns = range(left, min(right, MAX_COLUMNS) + 1)
        for row in range(top + 1, min(bottom, MAX_ROWS) + 1):
            cells += 1 + len(columns)
            if cells > MAX_ROWS * MAX_COLUMNS:
                _bound(MAX_ROWS + 1, 0, file)
            below.setdefault(row, set()).update(columns)
    return below


def _value(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.9g}".replace(".", ",")
    return f"{value:%d/%m/%Y}" if isinstance(value, date) else str(value)


def as_xlsx(sheet: Sheet) -> bytes:
    """The table as a workbook: wrapped cells, the header frozen and repeated on A4 across; no cell is a formula."""
    openpyxl, styles = _package("openpyxl", ".xlsx"), _package("openpyxl.styles", ".xlsx")
    book = openpyxl.Workbook()
    page, top = book.active, len(sheet.head) + 3
    page.title = "Lưu đồ"
    thin = styles.Side(style="thin")
    box = styles.Border(left=thin, right=thin, top=thin, bottom=thin)
    for number, row in enumerate(_all_rows(sheet), 1):
        for column, text in enumerate(row, 1):
            cell = page.cell(number, column)
            if text:
                cell.value, cell.data_type = _bounded(text), "s"
                cell.alignment = styles.Alignment(wrap_text=number >= top, vertical="top")
                cell.font = styles.Font(name="Times New Roman", size=12, bold=number in (1, top))
            if number >= top:
                cell.border = box
    for letter, width in zip("ABCDEFGH", (16, 40, 24, 20, 46, 30, 20, 18), strict=True):
        page.column_dimensions[letter].width = width
    page.freeze_panes, page.print_title_rows = f"A{top + 1}", f"{top}:{top}"
    page.page_setup.orientation, page.page_setup.paperSize = "landscape", page.PAPERSIZE_A4
    page.sheet_properties.pageSetUpPr = openpyxl.worksheet.properties.PageSetupProperties(fitToPage=True)
    page.page_setup.fitToHeight = 0
    return _saved(book)


def _bounded(text: str) -> str:
    if len(text) > MAX_LETTERS:
        raise BadValue(Text("một ô quá dài cho trang tính", "a cell is too long for a worksheet"))
    return text


def _saved(document: Any) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


# --- DOCX

_FORMATS = frozenset({"rPr", "pPr", "tblPr", "trPr", "sectPr"})
"""Elements of a document that say how it looks; they are dropped while it is read."""


def _read_docx(data: bytes, file: str) -> list[Grid]:
    package = opened(data, file)
    with readable(file):
        grids: list[Grid] = []
        above: list[Row] = []
        for block in _inside(_body(package, file), "p", "tbl"):
            if _name(block) == "p":
                above += [(Cell(line),) for line in _words(block).split("\n") if line.strip()]
            else:
                rows = [*_word_rows(block, file)]
                grids.append(Grid(file, (*above, *rows), table=len(grids) + 1, above=len(above)))
                above = []
        return grids


def _body(package: ZipFile, file: str) -> Element:
    """The body of a Word document, which the package's relations lead to; no other part is read."""
    scan(package, file, MAX_NODES["docx"], _RELATIONS)
    with package.open(_RELATIONS) as stream:
        relations = parse(stream).getroot()
    main = next(one.attrib["Target"] for one in relations if one.attrib["Type"].endswith("/officeDocument")).lstrip("/")
    scan(package, file, MAX_NODES["docx"], main)
    with package.open(main) as stream:
        for _, element in iterparse(stream):  # the last one to end is the root
            if _name(element) in _FORMATS:
                element.clear()
    return next(_inside(element, "body"))


_RELATIONS = "_rels/.rels"


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _inside(element: Element, *names: str) -> Iterator[Element]:
    """The children of these names, also those in content controls, in order."""
    for child in element:
        name = _name(child)
        if name in names:
            yield child
        elif name in ("sdt", "sdtContent", "ins", "customXml"):
            yield from _inside(child, *names)


def _words(element: Element) -> str:
    """The text of a paragraph as it reads with all changes accepted."""
    return nfc("".join(_said(element)))


_BREAKS = {"br": "\n", "cr": "\n", "tab": " "}
_GONE = {"del", "moveFrom", "Fallback"}


def _said(element: Element) -> Iterator[str]:
    """The pieces of text below an element, without what was taken out or moved away."""
    for child in element:
        name = _name(child)
        if name not in _GONE:
            yield (child.text or "") if name == "t" else _BREAKS.get(name, "")
            yield from _said(child)


def _word_rows(table: Element, file: str) -> Iterator[Row]:
    """The rows of a Word table on its grid: a wide cell is followed by empty ones, a tall one by merged ones."""
    for number, row in enumerate(_inside(table, "tr"), 1):
        cells: list[Cell] = []
        for cell in _inside(row, "tc"):
            found = {_name(one): one for one in _properties(cell)}
            merged = "vMerge" in found and _attribute(found["vMerge"], "val") != "restart"
            text = "\n".join(_words(one) for one in _paragraphs(cell))
            span = _span(found["gridSpan"]) if "gridSpan" in found else 1
            _bound(number, len(cells) + span, file)
            cells += [Cell("" if merged else text, merged), *[Cell("")] * (span - 1)]
        yield tuple(cells)


def _span(element: Element) -> int:
    """Over how many columns a cell goes; one where Word would not understand the number either."""
    said = _attribute(element, "val") or ""
    return int(said) if re.fullmatch("[1-9][0-9]{0,3}", said) else 1


def _properties(cell: Element) -> Iterator[Element]:
    return (one for child in _inside(cell, "tcPr") for one in child)


def _attribute(element: Element, name: str) -> str | None:
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == name), None)


def _paragraphs(cell: Element) -> list[Element]:
    return [one for one in cell.iter() if _name(one) == "p"]


_WIDTHS = (1.4, 5.8, 3.2, 2.6, 6.8, 3.6, 2.2, 1.6)
"""Of the columns, in cm; together the 27.2 cm between the margins of A4 across."""


def as_docx(sheet: Sheet) -> bytes:
    """The table as a Word file: A4 across, Times New Roman, the header repeated on every page, no row broken in two."""
    docx, shared = _package("docx", ".docx"), _package("docx.shared", ".docx")
    document = docx.Document()
    _across(document, docx, shared)
    heading = document.add_paragraph()
    heading.alignment = 1
    heading.add_run(sheet.title).bold = True
    for label, value in sheet.head:
        line = document.add_paragraph()
        line.add_run(f"{label}: ").bold = True
        line.add_run(value)
    table = document.add_table(rows=len(sheet.rows), cols=len(sheet.rows[0]))
    table.style, table.autofit = "Table Grid", False
    for column, width in zip(table.columns, _WIDTHS, strict=True):
        column.width = shared.Cm(width)
    for number, (row, texts) in enumerate(zip(table.rows, sheet.rows, strict=True)):
        for name in ("w:cantSplit", *(["w:tblHeader"] if number == 0 else [])):
            row._tr.get_or_add_trPr().append(docx.oxml.OxmlElement(name))  # noqa: SLF001  # no public way
        cells = _spread(row.cells, texts)
        for place, (cell, text) in enumerate(zip(cells, texts, strict=True)):
            if text:
                _fill(cell, text, number == 0, shared.Pt(11 if place < len(texts) - 1 else 8), shared.Pt(8))
    return _saved(document)


def _across(document: Any, docx: Any, shared: Any) -> None:
    """A4 across with the margins and the type of an official paper."""
    page, normal = document.sections[0], document.styles["Normal"]
    page.orientation = 1
    page.page_width, page.page_height = shared.Mm(297), shared.Mm(210)
    page.left_margin = page.right_margin = shared.Mm(12.5)
    page.top_margin = page.bottom_margin = shared.Mm(20)
    normal.font.name, normal.font.size = "Times New Roman", shared.Pt(11)
    normal.element.rPr.rFonts.set(docx.oxml.ns.qn("w:eastAsia"), "Times New Roman")
    normal.paragraph_format.space_after = shared.Pt(2)


def _spread(cells: list[Any], texts: tuple[str, ...]) -> list[Any]:
    """The cells of a row, the first one wide where it is no step's number and others beside it are empty."""
    empty = next((place for place, text in enumerate(texts) if place and text), len(texts))
    if not texts[0].isdecimal() and empty > 1:
        cells[0].merge(cells[empty - 1])
    return cells


def _fill(cell: Any, text: str, bold: bool, size: Any, small: Any) -> None:
    """The lines of a cell as paragraphs; an id in square brackets at the end of one is small."""
    for number, line in enumerate(text.split("\n")):
        paragraph = cell.add_paragraph() if number else cell.paragraphs[0]
        words, bracket, name = line.rpartition(" [") if line.endswith("]") else (line, "", "")
        for part, high in ((words, size), (bracket + name, small)):
            if part:
                run = paragraph.add_run(part)
                run.bold, run.font.size = bold, high


_READERS: Mapping[str, Callable[[bytes, str], list[Grid]]] = {
    ".csv": _read_csv,
    ".xlsx": _read_xlsx,
    ".docx": _read_docx,
}
WRITERS: Mapping[str, Callable[[Sheet], bytes]] = {"csv": as_csv, "xlsx": as_xlsx, "docx": as_docx}
"""How a table is written, by the kind of file."""
