"""What readers that know nothing of FlowISO find in a written report: openpyxl, python-docx, pypdf, html.parser, csv, json."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from html.parser import HTMLParser
from itertools import zip_longest
from typing import Any, NamedTuple

import docx
import openpyxl
import pypdf
from pypdf.generic import ContentStream

from flowiso.reports.document import Cell, Document, Table, Words
from flowiso.reports.layout import tidy

FORMATS = ("text", "tojson", "longcsv", "xlsx", "docx", "pdf", "html")
"""The modules of `flowiso.reports` that write one; each has `write(document)`."""

Rows = list[list[str]]


class Read(NamedTuple):
    """What a format holds: its tables, heads first, and the paragraphs and titles about them."""

    tables: list[Rows]
    words: list[str]


def differences(document: Document, format: str, made: bytes | str) -> list[str]:  # noqa: A002
    """Every cell, title and paragraph that isn't in the file as it is in the document, blanks left out; [] where all are."""
    data = made.encode() if isinstance(made, str) else made
    document = tidy(document)
    exact = {"tojson": _json_differences, "longcsv": _csv_differences}.get(format)
    return list(exact(document, data) if exact else _compared(document, _READERS[format](document, data)))


def seen(cell: Cell, lang: str) -> str:
    """A cell with what tells a reader its basis."""
    if cell.basis == "declared":
        return f"{cell.shown} ({'d' if lang == 'en' else 'kk'})"
    return f"[{cell.shown}]" if cell.basis == "free" and not cell.shown.startswith("[") else cell.shown


def tables_of(document: Document) -> list[Table]:
    """The document's tables as they are read."""
    blocks = [block for section in document.sections for block in section.blocks]
    return [block for block in blocks if isinstance(block, Table) and block.columns]


def _squeezed(words: str | None) -> str:
    return "".join((words or "").split())


def _compared(document: Document, read: Read) -> Iterator[str]:
    lang = document.lang
    tables = tables_of(document)
    if len(read.tables) != len(tables) + any(cell.figure in document.sources for cell in document.cells()):
        yield f"{len(tables)} tables were written, {len(read.tables)} are there"
    for table, rows in zip(tables, read.tables, strict=False):
        wanted = [
            [column.title for column in table.columns],
            *([seen(cell, lang) for cell in row] for row in table.rows),
        ]
        yield from _unlike(table.id, wanted, rows)
    left = iter([_squeezed(one) for one in read.words])
    for words in _prose(document):
        if words and not any(_squeezed(words) == one for one in left):
            yield f"not there, or out of its order: {words!r}"
            return


def _unlike(name: str, wanted: Rows, rows: Rows) -> Iterator[str]:
    for at, (row, found) in enumerate(zip_longest(wanted, rows, fillvalue=[])):
        for place, (one, other) in enumerate(zip_longest(row, found)):
            if one is None or other is None or _squeezed(one) != _squeezed(other):
                yield f"{name} {at}/{place}: {one!r} became {other!r}"


def _prose(document: Document) -> Iterator[str]:
    """Titles and paragraphs in the order in which they are read."""
    for section in document.sections:
        yield section.title
        for block in section.blocks:
            if isinstance(block, Words):
                parts = (part if isinstance(part, str) else seen(part, document.lang) for part in block.parts)
                yield "".join(parts)


# --- JSON and CSV, which hold more than is shown


def _json_differences(document: Document, data: bytes) -> Iterator[str]:
    found = json.loads(data)
    cells = [one for one in _objects(found["sections"]) if "id" in one]
    for cell, one in zip_longest(document.cells(), cells):
        value = None if cell is None else str(cell.value) if isinstance(cell.value, Decimal) else cell.value
        wanted = cell and {"id": cell.id, "shown": cell.shown, "value": value, "basis": cell.basis}
        if wanted != one:
            yield f"{wanted} became {one}"
    tables = [block for section in found["sections"] for block in section["blocks"] if block.get("columns")]
    for table, block in zip(tables_of(document), tables, strict=True):
        wanted = [[column.title for column in table.columns], *([cell.shown for cell in row] for row in table.rows)]
        rows = [[one if isinstance(one, str) else one["shown"] for one in row] for row in block["rows"]]
        yield from _unlike(table.id, wanted, [block["columns"], *rows])


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for inside in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _objects(inside)


def _csv_differences(document: Document, data: bytes) -> Iterator[str]:
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    found = {row["id"].removeprefix("'"): row for row in rows}
    cells = {cell.id: cell for cell in document.cells()}
    if len(rows) != len(cells):
        yield f"{len(cells)} figures became {len(rows)} lines"
    for cell in document.cells():
        row: Mapping[str, str] = found.get(cell.id.removeprefix("'"), {})
        shown = cell.shown if cell.shown == row.get("shown") else f"'{cell.shown}"
        value = "" if cell.value is None else str(cell.value)
        if (row.get("shown"), row.get("value"), row.get("basis")) != (shown, value, cell.basis):
            yield f"{cell} became {row}"


# --- Text


def _read_text(document: Document, data: bytes) -> Read:
    """Tables have a rule of dashes under their head, which says where the columns are."""
    tables: list[Rows] = []
    words: list[str] = []
    for block in data.decode().split("\n\n"):
        lines = block.rstrip("\n").split("\n")
        ruled = next((at for at, line in enumerate(lines) if re.fullmatch(r"  -+(  -+)*", line)), None)
        if ruled is None:
            # the items of a list stand below one another
            words += re.split(r"\n(?=- )", block) if block.startswith("- ") else [re.sub(r"\n[=.-]+\n?$", "", block)]
        else:
            tables.append(_ruled(lines, ruled, tables_of(document)[len(tables) :][:1]))
    return Read(tables, [re.sub(r"^- ", "", one) for one in words])


def _ruled(lines: Sequence[str], ruled: int, known: Sequence[Table]) -> Rows:
    spans = [found.span() for found in re.finditer("-+", lines[ruled])]
    head = [line for line in lines[:ruled] if line.startswith("  ")]
    rows: Rows = [[" ".join(line[start:end].strip() for line in head) for start, end in spans]]
    below = lines[ruled + 1 :]
    for line in below:
        cells = [line[start:end] for start, end in spans]
        if rows[1:] and (
            not cells[0].strip() or (cells[0].startswith("  ") and not (known and known[0].columns[0].side == ">"))
        ):
            rows[-1] = [f"{before} {more}" for before, more in zip(rows[-1], cells, strict=True)]
        else:
            rows.append(cells)
    return rows[: 1 + len(known[0].rows)] if known else rows


# --- XLSX

_LOOK = re.compile(
    r'\[\$-(?P<place>42A|409)\](?:"(?P<head>[^"]*)")?#,##0(?:\.(?P<places>0+))?(?P<percent>%?)(?:"(?P<tail>[^"]*)")?'
)


def looks(value: float, look: str) -> str:
    """What a spreadsheet shows of a number in a format of ours, in the format's own language."""
    found = _LOOK.fullmatch(look)
    assert found, look
    exact = Decimal(repr(value)) * (100 if found["percent"] else 1)
    shown = f"{exact.quantize(Decimal(1).scaleb(-len(found['places'] or '')), ROUND_HALF_UP):,f}"
    shown = shown.translate(str.maketrans(",.", ".,")) if found["place"] == "42A" else shown
    return f"{found['head'] or ''}{shown}{found['percent']}{found['tail'] or ''}"


def _read_xlsx(document: Document, data: bytes) -> Read:
    """The head of a table is the row that is repeated on every page; its rows have borders."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    first, *sheets = book.worksheets
    words = [re.sub("^- ", "", str(row[0].value)) for row in first.iter_rows() if row[0].value is not None]
    tables = []
    for sheet in sheets:
        top = int(sheet.print_title_rows.rpartition("$")[2])
        rows = [[_xlsx_cell(cell) for cell in row if cell.border.left.style] for row in sheet.iter_rows(min_row=top)]
        tables.append([row for row in rows if row])
    return Read(tables, words)


def _xlsx_cell(cell: Any) -> str:
    assert cell.data_type in ("s", "n"), cell.data_type
    assert cell.hyperlink is None
    if cell.value is None:
        return ""
    return looks(cell.value, cell.number_format) if cell.data_type == "n" else str(cell.value)


# --- DOCX


def _read_docx(document: Document, data: bytes) -> Read:
    """The first table is the head of the paper."""
    word = docx.Document(io.BytesIO(data))
    tables = [[[cell.text for cell in row.cells] for row in table.rows] for table in word.tables[1:]]
    return Read(tables, [re.sub("^- ", "", one.text) for one in word.paragraphs])


# --- PDF


class Tagged:
    """The words of a PDF by the elements of its structure, as a screen reader finds them."""

    def __init__(self, data: bytes) -> None:
        self.reader = pypdf.PdfReader(io.BytesIO(data))
        self.marked = {
            page.indirect_reference.idnum: _marked(page) for page in self.reader.pages if page.indirect_reference
        }

    def elements(self, *names: str) -> Iterator[Any]:
        """The elements of these kinds, in order, the inner ones of such an element left out."""
        return self.inside(self.reader.trailer["/Root"]["/StructTreeRoot"], names)

    def inside(self, element: Any, names: Sequence[str]) -> Iterator[Any]:
        """Such elements below one."""
        for child in _children(element):
            if isinstance(child, dict) and str(child.get("/S", "")).lstrip("/") in names:
                yield child
            elif isinstance(child, dict) and "/MCID" not in child:
                yield from self.inside(child, names)

    def text(self, element: Any) -> str:
        """All words in an element."""
        found = []
        for child in _children(element):
            if isinstance(child, int):
                found.append(self.marked[element.raw_get("/Pg").idnum].get(child, ""))
            elif "/MCID" in child:
                page = child if "/Pg" in child else element
                found.append(self.marked[page.raw_get("/Pg").idnum].get(child["/MCID"], ""))
            else:
                found.append(self.text(child))
        return "".join(found)


def _children(element: Any) -> list[Any]:
    inside = element.get("/K", [])
    inside = inside.get_object() if hasattr(inside, "get_object") else inside
    return [one.get_object() for one in (inside if isinstance(inside, list) else [inside])]


def _marked(page: Any) -> dict[int, str]:
    """The words by the number of their marked content."""
    fonts = {name: _letters(font.get_object()) for name, font in page["/Resources"].get("/Font", {}).items()}
    words: dict[int, str] = {}
    stack: list[tuple[int | None, bool]] = []
    letters: Mapping[int, str] = {}
    for operands, operator in ContentStream(page.get_contents(), page.pdf).operations:
        current = next((number for number, _ in reversed(stack) if number is not None), None)
        if operator == b"BDC":
            known = operands[1] if isinstance(operands[1], dict) else {}
            if "/ActualText" in known and current is not None:
                words[current] = words.get(current, "") + str(known["/ActualText"])
            stack.append((known.get("/MCID"), "/ActualText" in known))
        elif operator == b"BMC":
            stack.append((None, False))
        elif operator == b"EMC":
            stack.pop()
        elif operator == b"Tf":
            letters = fonts[operands[0]]
        elif operator in (b"Tj", b"TJ") and current is not None and not any(told for _, told in stack):
            parts = operands[0] if operator == b"TJ" else operands
            shown = (_decoded(part, letters) for part in parts if isinstance(part, (bytes, str)))
            words[current] = words.get(current, "") + "".join(shown)
    return words


def _letters(font: Any) -> dict[int, str]:
    """What the glyphs of a font mean."""
    told = font["/ToUnicode"].get_object().get_data().decode("ascii")
    found: dict[int, str] = {}
    for part in re.findall(r"beginbfchar(.*?)endbfchar", told, re.DOTALL):
        for code, text in re.findall(r"<(\w+)>\s*<(\w+)>", part):
            found[int(code, 16)] = bytes.fromhex(text).decode("utf-16-be")
    for part in re.findall(r"beginbfrange(.*?)endbfrange", told, re.DOTALL):
        for first, last, text in re.findall(r"<(\w+)>\s*<(\w+)>\s*<(\w+)>", part):
            for at, code in enumerate(range(int(first, 16), int(last, 16) + 1)):
                found[code] = chr(int(text, 16) + at)
    return found


def _decoded(part: Any, letters: Mapping[int, str]) -> str:
    raw = part.original_bytes if isinstance(part, str) else part
    return "".join(letters.get(int.from_bytes(raw[at : at + 2], "big"), "") for at in range(0, len(raw), 2))


def _read_pdf(document: Document, data: bytes) -> Read:
    tagged = Tagged(data)
    tables = [
        [[tagged.text(cell) for cell in tagged.inside(row, ("TH", "TD"))] for row in tagged.inside(table, ("TR",))]
        for table in tagged.elements("Table")
    ]
    kinds = (*(f"H{level}" for level in range(1, 7)), "P", "LBody")
    return Read(tables, [tagged.text(one) for one in tagged.elements(*kinds)])


# --- HTML


class _Html(HTMLParser):
    """Tables by cells, and the text of headings and paragraphs."""

    def __init__(self) -> None:
        super().__init__()
        self.read = Read([], [])
        self.stack: list[str] = []
        self.ids: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "input", "br"):
            self.stack.append(tag)
        name = dict(attrs).get("id")
        if name is not None:
            assert name not in self.ids
            self.ids[name] = ""
        if tag == "table":
            self.read.tables.append([])
        elif tag == "tr":
            self.read.tables[-1].append([])
        elif tag in ("th", "td"):
            self.read.tables[-1][-1].append("")
        elif re.fullmatch(r"p|h[1-6]", tag):
            self.read.words.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag

    def handle_data(self, data: str) -> None:
        if "td" in self.stack or "th" in self.stack:
            self.read.tables[-1][-1][-1] += data
        elif any(re.fullmatch(r"p|h[1-6]", tag) for tag in self.stack):
            self.read.words[-1] += data


def _read_html(document: Document, data: bytes) -> Read:
    parser = _Html()
    parser.feed(data.decode())
    parser.close()
    assert not parser.stack
    return Read(parser.read.tables, [re.sub("^– ", "", one) for one in parser.read.words])


_READERS: Mapping[str, Callable[[Document, bytes], Read]] = {
    "text": _read_text,
    "xlsx": _read_xlsx,
    "docx": _read_docx,
    "pdf": _read_pdf,
    "html": _read_html,
}
