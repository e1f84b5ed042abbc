"""A report as a workbook: its words on one sheet, each table on one of its own, figures as numbers that look as everywhere else.

The only module that uses XlsxWriter. A number's separators are those of the reader's own spreadsheet, which obeys the language
named in the format where it can.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC
from decimal import Decimal
from textwrap import wrap
from typing import Any, NamedTuple

from ..errors import BadValue
from ..text import Text, number
from .document import Cell, Column, Document, Table, Words
from .layout import Heading, Item, around, complete, items, legend, package, told, wide, widths

MAX_LETTERS = 32_767
"""So many a cell of a worksheet holds."""

_LOCALES = {"vi": "[$-42A]", "en": "[$-409]"}
_LONGEST_LOOK = 255
_EXACT = 15
"""So many digits a spreadsheet keeps."""
_UNNAMED = re.compile(r"[\[\]:*?/\\']")
_NAME = 31
_FONT = "Times New Roman"
_ACROSS = 80
"""The letters in a line of the sheet of words, which is as wide as the page."""
_LINE = 16.5
"""The height of a line, in points; not every spreadsheet finds out by itself how high a row must be."""
_HIGHEST = 409
_MARGINS = {"top": 0.79, "bottom": 0.79, "left": 1.18, "right": 0.59}
"""20, 20, 30 and 15 mm (Decree 30/2020), in inches."""


class Shown(NamedTuple):
    """A figure in a worksheet: the number, and the format in which it looks as its cell does."""

    value: int | float
    look: str


Line = tuple[str, Mapping[str, Any]]
"""Words in a row of their own, and how they look."""


def write(document: Document) -> bytes:
    """The workbook, the same bytes each time. Raises BadValue: XlsxWriter isn't there, a cell is too long for a worksheet."""
    return _Book(complete(document)).made()


def as_number(cell: Cell, lang: str) -> Shown | None:
    """A figure as a number; None for words, and for a figure that a spreadsheet would show otherwise.

    A percentage is the number that Excel makes of it, 0.9997. What stands about the digits, a mark or a unit, is in the format.
    """
    if cell.value is None or len(Decimal(cell.value).as_tuple().digits) > _EXACT:
        return None
    before, after = around(cell, lang)
    head, digits, tail = cell.shown.partition(number(cell.value, lang))
    if not digits or head[-1:].isdigit() or tail[:1].isdigit() or (head and cell.value < 0):
        return None
    percent, places = tail.startswith("%"), max(0, -int(Decimal(cell.value).as_tuple().exponent))
    behind = f"{tail[percent:]}{' ' * after.startswith('(')}{after}"
    digits = f"#,##0{'.' * bool(places)}{'0' * places}{'%' * percent}"
    look = f"{_LOCALES[lang]}{_quoted(before + head)}{digits}{_quoted(behind)}"
    value = Decimal(cell.value) / 100 if percent else cell.value
    fits = '"' not in f"{head}{behind}" and len(look) <= _LONGEST_LOOK
    return Shown(float(value) if isinstance(value, Decimal) else value, look) if fits else None


def _quoted(words: str) -> str:
    return f'"{words}"' if words else ""


class _Book:
    """A workbook in the making."""

    def __init__(self, document: Document) -> None:
        self.document, self.lang = document, document.lang
        self.out = io.BytesIO()
        self.book = package("xlsxwriter", "xlsx").Workbook(self.out, {"in_memory": True})
        self.formats: dict[tuple[tuple[str, Any], ...], Any] = {}

    def made(self) -> bytes:
        document = self.document
        self.book.set_properties(
            {
                "title": document.title,
                "subject": document.subtitle,
                "author": document.org.title.to(self.lang),
                "created": document.made.astimezone(UTC).replace(tzinfo=None),
            }
        )
        found = list(items(document))
        tables = dict(_tables(found))
        first = Text("Báo cáo", "Report").to(self.lang)
        names = dict(zip(tables, _names((first, *tables.values()))[1:], strict=True))
        self.words(self.page(first, False), found, names)
        for at, title in tables.items():
            table = found[at]
            assert isinstance(table, Table)
            across = sum(widths(table, self.lang)) > _ACROSS
            self.table(self.page(names[at], across or wide(table)), table, title)
        self.book.close()
        return self.out.getvalue()

    def page(self, name: str, across: bool) -> Any:
        """A new sheet, as wide as a page of A4."""
        sheet = self.book.add_worksheet(name)
        sheet.set_paper(9)
        sheet.set_margins(**_MARGINS)
        sheet.fit_to_pages(1, 0)
        sheet.set_header("&C&P")
        if across:
            sheet.set_landscape()
        return sheet

    def look(self, **look: Any) -> Any:
        """The format of a cell, made once."""
        key = tuple(sorted(look.items()))
        if key not in self.formats:
            self.formats[key] = self.book.add_format({"font_name": _FONT, "font_size": 12, "valign": "top", **look})
        return self.formats[key]

    def put(self, sheet: Any, row: int, column: int, words: str, **look: Any) -> None:
        """Words, which are never a formula or an address."""
        if len(words) > MAX_LETTERS:
            raise BadValue(Text("một ô quá dài cho trang tính", "a cell is too long for a worksheet"))
        sheet.write_string(row, column, words, self.look(**look))

    # The words

    def words(self, sheet: Any, found: Sequence[Item], names: Mapping[int, str]) -> None:
        """All that stands in no table, a paragraph in a row, and where the tables are."""
        sheet.set_column(0, 0, _ACROSS)
        lines = [*self.head(), *(self.line(item, names.get(at, "")) for at, item in enumerate(found))]
        for row, (words, look) in enumerate(lines):
            self.put(sheet, row, 0, words, text_wrap=True, **look)
            self.high(sheet, row, [words], [_ACROSS], _LINE / 2 if "valign" in look else 0)

    def head(self) -> Iterator[Line]:
        document = self.document
        org = document.org
        yield from ((one.to(self.lang), {}) for one in (org.superior,) if one)
        yield org.title.to(self.lang), {"bold": True}
        yield from ((one, {}) for one in (document.number, document.mark) if one)
        yield document.title, {"bold": True, "font_size": 14, "align": "center"}
        yield from ((one, {"bold": True, "align": "center"}) for one in (document.subtitle,) if one)
        yield from ((one, _WARNING) for one in (document.simulated,) if one)
        yield from ((f"{label}: {value}", {}) for label, value in document.facts)
        yield from ((one, {"italic": True}) for one in legend(document.cells(), self.lang))

    def line(self, item: Item, name: str) -> Line:
        if isinstance(item, Heading):
            return item.title, {"bold": True, "font_size": 13, "valign": "bottom"}
        if isinstance(item, Words):
            free = any(isinstance(part, Cell) and part.basis == "free" for part in item.parts)
            words = "".join(part if isinstance(part, str) else told(part, self.lang) for part in item.parts)
            return f"{'- ' * item.item}{words}", {"indent": 1 + item.item, **(_FREE if free else {})}
        return Text(f"Xem trang tính “{name}”.", f"See sheet “{name}”.").to(self.lang), {"italic": True, "indent": 1}

    # A table

    def table(self, sheet: Any, table: Table, title: str) -> None:
        """Title, the head that stays in sight and on every page, rows, note, what the marks mean."""
        document = self.document
        about = f"{document.title} - {document.subtitle}" if document.subtitle else document.title
        letters = widths(table, self.lang)
        above: list[Line] = [(title, {"bold": True, "font_size": 14}), (about, {})]
        above += [(document.simulated, _WARNING)] if document.simulated else []
        for row, (words, look) in enumerate(above):
            self.across(sheet, row, letters, words, look)
        top = len(above) + 1
        for at, (column, width) in enumerate(zip(table.columns, letters, strict=True)):
            sheet.set_column(at, at, width * 1.15 + 2)
            self.put(sheet, top, at, column.title, **_HEAD)
        self.high(sheet, top, [column.title for column in table.columns], letters)
        for row, cells in enumerate(table.rows, top + 1):
            self.high(sheet, row, [told(cell, self.lang) for cell in cells], letters)
            for at, (column, cell) in enumerate(zip(table.columns, cells, strict=True)):
                self.cell(sheet, (row, at), cell, column, row - top - 1 in table.totals)
        self.freeze(sheet, table, top)
        for row, words in enumerate(self.below(table), top + 1 + len(table.rows)):
            self.across(sheet, row, letters, words, {"italic": True})

    def below(self, table: Table) -> Iterator[str]:
        """The note of a table, and what its marks mean."""
        cells = [cell for row in table.rows for cell in row]
        yield from filter(None, (table.note,))
        if any(cell.basis in ("declared", "free") for cell in cells):
            yield from legend(cells, self.lang)

    def across(self, sheet: Any, row: int, letters: Sequence[int], words: str, look: Mapping[str, Any]) -> None:
        """Words over all columns, so that they neither run off the page nor make it wider."""
        if len(letters) > 1:
            sheet.merge_range(row, 0, row, len(letters) - 1, "", self.look(text_wrap=True, **look))
        self.put(sheet, row, 0, words, text_wrap=True, **look)
        self.high(sheet, row, [words], [sum(letters) + len(letters)])

    def high(self, sheet: Any, row: int, cells: Sequence[str], letters: Sequence[int], more: float = 0) -> None:
        """A row as high as its cells need and so many points more, up to the highest that there is."""
        lines = (len(wrap(words, _room(words, width))) for words, width in zip(cells, letters, strict=True))
        sheet.set_row(row, min(_LINE * max([1, *lines]) + more, _HIGHEST))

    def freeze(self, sheet: Any, table: Table, top: int) -> None:
        """The head stays in sight, and the words at the beginning of each row where figures follow."""
        sides = "".join(column.side for column in table.columns)
        sheet.freeze_panes(top + 1, len(sides) - len(sides.lstrip("<")) if ">" in sides else 0)
        sheet.repeat_rows(top)

    def cell(self, sheet: Any, place: tuple[int, int], cell: Cell, column: Column, total: bool) -> None:
        look = {"border": 1, **({"bold": True} if total else {}), **_LOOKS.get(cell.basis, {})}
        if shown := as_number(cell, self.lang):
            sheet.write_number(*place, shown.value, self.look(num_format=shown.look, align="right", **look))
        else:
            side = "right" if column.side == ">" else "left"
            self.put(sheet, *place, told(cell, self.lang), align=side, text_wrap=True, **look)


_WARNING: Mapping[str, Any] = {"bold": True, "font_color": "#A00000"}
_FREE: Mapping[str, Any] = {"bg_color": "#FFF3B0"}
_HEAD: Mapping[str, Any] = {
    "bold": True,
    "border": 1,
    "text_wrap": True,
    "align": "center",
    "valign": "vcenter",
    "bg_color": "#EEF1F5",
}
_LOOKS: Mapping[str, Mapping[str, Any]] = {"free": _FREE, "missing": {"italic": True}}


def _room(words: str, width: int) -> int:
    """How many letters stand in a line: more than the column is wide, as most are narrow, but for a hash, whose digits aren't."""
    return width if any(len(word) > width // 2 for word in words.split()) else width * 6 // 5 + 1


def _tables(found: Sequence[Item]) -> Iterator[tuple[int, str]]:
    """The tables by their place, each with its title or that of the heading it stands under."""
    heading = ""
    for at, item in enumerate(found):
        if isinstance(item, Heading):
            heading = item.title
        elif isinstance(item, Table):
            yield at, item.title or heading


def _names(titles: Iterable[str]) -> list[str]:
    """Names of sheets, each alone in the book, of letters that Excel allows."""
    names: list[str] = []
    for title in titles:
        letters = " ".join(_UNNAMED.sub(" ", title).split())
        name = plain = next(iter(wrap(letters, _NAME)), "1").rstrip(" ,;-") or "1"
        while name.lower() in (*map(str.lower, names), "history"):
            behind = f" ({len(names) + 1})"
            name = f"{plain[: _NAME - len(behind)]}{behind}"
        names.append(name)
    return names
