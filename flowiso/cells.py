"""Cells of tables that are opened in a spreadsheet."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def harmless(cell: str) -> str:
    """A cell no spreadsheet takes for a formula: one that looks like one gets `'` before it; a number stays."""
    formula = cell.startswith(_FORMULA) and not re.fullmatch(r"[+-]?\d+(?:\.\d+)?", cell)
    return f"'{cell}" if formula else cell


def plain(cell: str) -> str:
    """What a cell said before `harmless`."""
    return cell[1:] if cell.startswith("'") and harmless(cell[1:]) == cell else cell


def csv_table(columns: Sequence[str], rows: Iterable[Iterable[object]]) -> str:
    """A table for a spreadsheet: UTF-8 with its mark, no cell a formula, None an empty cell."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows(["" if cell is None else harmless(str(cell)) for cell in row] for row in rows)
    return out.getvalue()
