"""CSV, XLSX and DOCX <-> cells. The only module that knows file formats; openpyxl and python-docx are read when needed.

What comes from outside is bounded before it is unpacked: size, parts, rows, columns, and no XML entities.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from importlib import import_module
from pathlib import PurePath
from typing import Any, NoReturn

from ..errors import BadValue
from ..text import Text, nfc
from .export import Sheet
from .grid import Cell, Grid, Row
from .reading import find_header

MAX_BYTES = 20 * 1024 * 1024
MAX_UNPACKED = 100 * 1024 * 1024
MAX_PARTS = 2_000
MAX_ROWS = 3_000
MAX_COLUMNS = 60
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
    if len(data) > MAX_BYTES:
        _refuse(file, f"lớn hơn {MAX_BYTES >> 20} MiB", f"it is larger than {MAX_BYTES >> 20} MiB")
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
        _refuse(
            file,
            f"có nhiều bảng lưu đồ: {names}; chọn một bằng {how}",
            f"several flowcharts: {names}; choose with {how}",
        )
    if not grids:
        _refuse(file, "không có bảng nào", "it holds no table")
    return (likely or grids)[0]


def _none(grids: list[Grid], file: str, asked: str) -> NoReturn:
    there = ", ".join(f"'{grid.sheet}'" if grid.sheet else str(grid.table or 1) for grid in grids)
    _refuse(file, f"không có bảng {asked}; hiện có: {there}", f"no table {asked}; there are: {there}")


def _refuse(file: str, vi: str, en: str, cause: BaseException | None = None) -> NoReturn:
    raise BadValue(Text(f"'{file}': {vi}", f"'{file}': {en}")) from cause


def _package(name: str, file: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        package = _PACKAGES[name.partition(".")[0]]
        _refuse(file, f"cần gói {package}; {_NEEDS.vi}", f"needs the package {package}; {_NEEDS.en}", error)


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
    wide = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    try:
        text = nfc(data.decode("utf-16" if wide else "utf-8-sig"))
    except UnicodeDecodeError as error:
        vi = "không phải UTF-8 (có thể là bảng mã cũ như TCVN3, VNI); trong Excel hãy lưu thành “CSV UTF-8”"
        _refuse(file, vi, "not UTF-8; in Excel save it as “CSV UTF-8”", error)
    grids = [grid for mark in (",", ";", "\t") if (grid := _parsed(text, mark, file))]
    if not grids:
        _refuse(
            file,
            "không đọc được thành bảng: dấu nháy hay dấu phân cách sai",
            "no table: quotes or separators are wrong",
        )
    return [max(grids, key=_columns)]


def _columns(grid: Grid) -> int:
    header = find_header(grid)
    return len(header.columns) if header else 0


def _parsed(text: str, mark: str, file: str) -> Grid | None:
    try:
        rows = []
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True):
            rows.append(tuple(Cell(_lines(unguarded(value))) for value in row))
            _bound(len(rows), max(map(len, rows[-1:])), file)
    except csv.Error:
        return None
    return Grid(file, tuple(rows))


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _bound(rows: int, columns: int, file: str) -> None:
    if rows > MAX_ROWS or columns > MAX_COLUMNS:
        vi, en = f"quá {MAX_ROWS} dòng hay {MAX_COLUMNS} cột", f"more than {MAX_ROWS} rows or {MAX_COLUMNS} columns"
        _refuse(
            file, f"{vi}; hãy chép riêng bảng lưu đồ ra một tệp", f"{en}; copy the flowchart into a file of its own"
        )


# --- packages of Office


def _check_package(data: bytes, file: str) -> None:
    """Refuse what is no zip of bounded XML parts without entities."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            parts = package.infolist()
            if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
                _refuse(file, "giải nén ra quá lớn", "it unpacks to too much")
            for part in parts:
                if "/media/" not in part.filename:
                    _check_part(package.read(part), file)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        ending = PurePath(file).suffix
        _refuse(
            file, f"không phải tệp {ending} (hỏng, hoặc có mật khẩu)", f"no {ending} file (damaged, or locked)", error
        )


_WIDE = (b"<\0", b"\0<", b"\xff\xfe<\0", b"\xfe\xff\0<")
"""How XML begins in which the check for declarations would be blind; Office writes UTF-8."""


def _check_part(xml: bytes, file: str) -> None:
    if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml or xml.startswith(_WIDE):
        _refuse(file, "có khai báo XML không được phép", "it holds XML declarations that aren't allowed")


def _opened(opener: Callable[[Any], Any], data: bytes, file: str) -> Any:
    """What a package reads; whatever it stumbles over is a file that can't be read."""
    _check_package(data, file)
    try:
        return opener(io.BytesIO(data))
    except Exception as error:
        ending = PurePath(file).suffix
        _refuse(
            file,
            f"không đọc được như tệp {ending}; hãy mở và lưu lại",
            f"can't be read as {ending}; save it again",
            error,
        )


# --- XLSX


def _read_xlsx(data: bytes, file: str) -> list[Grid]:
    openpyxl = _package("openpyxl", file)
    book = _opened(lambda stream: openpyxl.load_workbook(stream, data_only=True), data, file)
    sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    names = [nfc(sheet.title) if len(sheets) > 1 else "" for sheet in sheets]
    return [Grid(file, tuple(_sheet_rows(sheet, file)), name) for sheet, name in zip(sheets, names, strict=True)]


def _sheet_rows(sheet: Any, file: str) -> Iterator[Row]:
    _bound(sheet.max_row, sheet.max_column, file)
    below = {
        (row, column)
        for area in sheet.merged_cells.ranges
        for row in range(area.min_row + 1, min(area.max_row, MAX_ROWS) + 1)
        for column in range(area.min_col, min(area.max_col, MAX_COLUMNS) + 1)
    }
    for row in sheet.iter_rows():
        yield tuple(Cell(_lines(nfc(_value(cell.value))), (cell.row, cell.column) in below) for cell in row)


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


def _read_docx(data: bytes, file: str) -> list[Grid]:
    docx = _package("docx", file)
    document = _opened(docx.Document, data, file)
    grids: list[Grid] = []
    above: list[Row] = []
    for block in _inside(document.element.body, "p", "tbl"):
        if block.tag.endswith("}p"):
            above += [(Cell(line),) for line in _words(block).split("\n") if line.strip()]
        else:
            rows = [*_word_rows(block, file)]
            grids.append(Grid(file, (*above, *rows), table=len(grids) + 1, above=len(above)))
            above = []
    return grids


def _inside(element: Any, *names: str) -> Iterator[Any]:
    """The children of these names, also those in content controls, in order."""
    for child in element.iterchildren():
        name = str(child.tag).rpartition("}")[2]
        if name in names:
            yield child
        elif name in ("sdt", "sdtContent", "ins", "customXml"):
            yield from _inside(child, *names)


def _words(element: Any) -> str:
    """The text of a paragraph as it reads with all changes accepted."""
    text = ""
    for child in element.iter():
        name = str(child.tag).rpartition("}")[2]
        text += (child.text or "") if name == "t" else "\n" if name in ("br", "cr") else " " if name == "tab" else ""
    return nfc(text)


def _word_rows(table: Any, file: str) -> Iterator[Row]:
    """The rows of a Word table on its grid: a wide cell is followed by empty ones, a tall one by merged ones."""
    for number, row in enumerate(_inside(table, "tr"), 1):
        cells: list[Cell] = []
        for cell in _inside(row, "tc"):
            found = {str(one.tag).rpartition("}")[2]: one for one in _properties(cell)}
            merged = "vMerge" in found and _attribute(found["vMerge"], "val") != "restart"
            text = "\n".join(_words(one) for one in _paragraphs(cell))
            span = int(_attribute(found["gridSpan"], "val") or 1) if "gridSpan" in found else 1
            _bound(number, len(cells) + span, file)
            cells += [Cell("" if merged else text, merged), *[Cell("")] * (span - 1)]
        yield tuple(cells)


def _properties(cell: Any) -> Iterator[Any]:
    return (one for child in _inside(cell, "tcPr") for one in child.iterchildren())


def _attribute(element: Any, name: str) -> str | None:
    return next((str(value) for key, value in element.attrib.items() if key.rpartition("}")[2] == name), None)


def _paragraphs(cell: Any) -> list[Any]:
    return [one for one in cell.iter() if str(one.tag).endswith("}p")]


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
