"""Cells of tables that are opened in a spreadsheet."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from unicodedata import category

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def harmless(cell: str) -> str:
    """A cell that is what it looks like: `shown`, and one that looks like a formula gets `'` before it; a number stays."""
    cell = shown(cell)
    formula = cell.startswith(_FORMULA) and not re.fullmatch(r"[+-]?\d+(?:\.\d+)?", cell)
    return f"'{cell}" if formula else cell


def shown(words: str) -> str:
    """Words without signs that have no shape, as those that turn the direction of reading, and with U+FFFD for what no file can
    hold, as NUL; tabs and ends of lines stay."""
    if words.isprintable():
        return words
    return "".join(one if _held(one) else "\ufffd" for one in words if category(one) != "Cf")


def _held(letter: str) -> bool:
    return letter in "\t\n\r" or (category(letter) not in ("Cc", "Cs") and ord(letter) & 0xFFFE != 0xFFFE)


def plain(cell: str) -> str:
    """What a cell showed before `harmless`."""
    return cell[1:] if cell.startswith("'") and harmless(cell[1:]) == cell else cell


def csv_table(columns: Sequence[str], rows: Iterable[Iterable[object]]) -> str:
    """A table for a spreadsheet: UTF-8 with its mark, no cell a formula, None an empty cell."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows(["" if cell is None else harmless(str(cell)) for cell in row] for row in rows)
    return out.getvalue()
