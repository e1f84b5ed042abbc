"""Cells as a file holds them, where each of them is, and what was wrong in them."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from ..model import Finding, Level
from ..text import Text, nfc

CODES: Mapping[str, str] = {
    "TAB101": "no-table",
    "TAB102": "missing-column",
    "TAB103": "doubled-column",
    "TAB104": "unused-column",
    "TAB105": "other-procedure",
    "TAB106": "deadline-unread",
    "TAB201": "step-number",
    "TAB202": "merged-cells",
    "TAB203": "no-work",
    "TAB204": "sub-steps",
    "TAB205": "after-total",
    "TAB206": "bad-id",
    "TAB207": "unsaved-formula",
    "TAB208": "control-letter",
    "TAB209": "too-long",
    "TAB301": "no-holder",
    "TAB302": "two-holders",
    "TAB303": "unknown-holder",
    "TAB401": "no-time",
    "TAB402": "time-unread",
    "TAB403": "time-range",
    "TAB404": "which-days",
    "TAB411": "total-differs",
    "TAB412": "deadline-differs",
    "TAB413": "time-left-over",
    "TAB414": "no-total",
    "TAB501": "arrow-unread",
    "TAB502": "arrow-nowhere",
    "TAB503": "lost-branch",
    "TAB504": "arrow-numbers",
    "TAB601": "bad-end",
}
"""The codes of findings about tables, with their names (docs/tables.md)."""


class Cell(NamedTuple):
    """The words of a cell, its lines kept.

    `merged` when it only continues the cell above, `unsaved` when it is a formula whose result the file doesn't hold.
    """

    text: str
    merged: bool = False
    unsaved: bool = False


EMPTY = Cell("")
Row = tuple[Cell, ...]


class Grid(NamedTuple):
    """One table of a file. `sheet` is the worksheet, `alone` when there is no other; `table` the number of a Word table.

    The first `above` rows of a Word table are the paragraphs before it.
    """

    file: str
    rows: tuple[Row, ...]
    sheet: str = ""
    table: int = 0
    above: int = 0
    alone: bool = False

    def where(self, row: int | None = None, column: int = 0) -> Text:
        """A cell as people name it: `tep.xlsx!B7`, or `tep.docx, bảng 1, dòng 3, cột 2`."""
        if not self.table:
            place = f"{self.file}!{self.sheet}" if self.sheet and not self.alone else self.file
            place += "" if row is None else f"!{column_letters(column)}{row + 1}"
            return Text(place, place)
        vi, en = f"{self.file}, bảng {self.table}", f"{self.file}, table {self.table}"
        if row is None:
            return Text(vi, en)
        if row < self.above:
            return Text(f"{vi}, phần đầu", f"{en}, above it")
        line, column = row - self.above + 1, column + 1
        return Text(f"{vi}, dòng {line}, cột {column}", f"{en}, row {line}, column {column}")

    def named(self) -> str:
        """The table in words, for the provenance of facts."""
        name = self.file.replace("\\", "/").rpartition("/")[2]
        part = (
            f"bảng {self.table}, "
            if self.table
            else f"trang tính {self.sheet}, "
            if self.sheet and not self.alone
            else ""
        )
        return f"{part}tệp {name}"


def column_letters(column: int) -> str:
    """The name of a column counted from 0: A, B, ... Z, AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


class Faults:
    """Collects what is wrong in one table; places are named in `lang`."""

    def __init__(self, grid: Grid, lang: str = "vi") -> None:
        self.grid, self.lang = grid, lang
        self.found: list[Finding] = []

    def add(self, code: str, at: tuple[int, int] | None, vi: str, en: str, level: Level = "error") -> None:
        """Report a cell (row and column from 0), or the whole table."""
        place = (self.grid.where(*at) if at else self.grid.where()).to(self.lang)
        self.found.append(Finding(code, CODES[code], level, Text(vi, en), place))

    def any_of(self, *codes: str) -> bool:
        """Whether something was found whose code begins so."""
        return any(finding.code.startswith(codes) for finding in self.found)

    @property
    def fatal(self) -> bool:
        """Whether something is wrong that forbids writing."""
        return any(finding.level == "error" for finding in self.found)


def squeeze(text: str) -> str:
    """Words on one line, in NFC, with single spaces."""
    return " ".join(nfc(text).split())


@cache
def _bare(char: str) -> str:
    base = unicodedata.normalize("NFD", char)[0].lower()[0]
    return "d" if base == "đ" else base


def fold(text: str) -> str:
    """`text` in lower case without accents, letter by letter: places in both are the same."""
    return "".join(map(_bare, text))


def key(text: str) -> str:
    """What two wordings have in common that mean the same: no accents, no case, single spaces, no end mark."""
    return fold(squeeze(text)).replace("uy ban nhan dan", "ubnd").strip(" .,:;-–*")
