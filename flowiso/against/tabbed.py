"""Rows of a table pasted into plain text, cells apart by tabs, said as prose: "Hồ sơ quá hạn: 4, 0,03%"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from .numbers import COUNTED

_NUMBER = re.compile(rf"\d[\d.,]*(?:\s?/\s?\d[\d.,]*)?(?:\s?%|\s+{COUNTED})?", re.IGNORECASE)
_ORDINAL = re.compile(r"\d{1,3}\.?|[IVX]+\.?|[a-z]\)?|[-–+*•]")
_TOTAL = re.compile(r"(?:tổng(?: cộng| số)?|cộng):?", re.IGNORECASE)


class Row(NamedTuple):
    """A row as prose; `named` unless it has several counts and nothing says which is which."""

    text: str
    named: bool


def row_of(line: str, heads: Sequence[str]) -> Row | None:
    """The row in a line, under the titles of columns `heads`; None for a line that is no row: prose, a bullet, a row of titles.

    A name with one count is that count. Of several counts only those of a total row are known, by the titles over them: the
    others are of a field, a division, another year.
    """
    cells = cells_of(line)
    named = next((at for at, cell in enumerate(cells) if cell and not _ORDINAL.fullmatch(cell)), len(cells))
    values = [(at, cell) for at, cell in enumerate(cells) if at > named and _NUMBER.fullmatch(cell)]
    if not values or _NUMBER.fullmatch(cells[named]):
        return None
    if sum(not cell.endswith("%") for _, cell in values) <= 1:
        return Row(_said(cells[named], cells[named + 1 :]), True)
    if len(heads) == len(cells) and _TOTAL.fullmatch(cells[named]):
        return Row("; ".join(f"{heads[at]}: {cell}" for at, cell in values), True)
    return Row(_said(cells[named], [cell for _, cell in values]), False)


def heads_of(line: str) -> Sequence[str]:
    """The titles of columns, where a line is a row without figures; none for any other line."""
    cells = cells_of(line)
    return cells if len(cells) > 1 and not any(re.search(r"\d", cell) for cell in cells) else ()


def cells_of(line: str) -> list[str]:
    """The cells of a line, empty ones too."""
    return [cell.strip() for cell in line.rstrip().split("\t")]


def _said(name: str, cells: Iterable[str]) -> str:
    """The name, counts behind colons, percentages behind commas, words as they stand."""
    return name.rstrip(":") + "".join(f"{_mark(cell)}{cell}" for cell in cells if cell)


def _mark(cell: str) -> str:
    if not _NUMBER.fullmatch(cell):
        return " "
    return ", " if cell.endswith("%") else ": "
