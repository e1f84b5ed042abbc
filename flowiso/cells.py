"""Cells of tables that are opened in a spreadsheet."""

from __future__ import annotations

import re

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def harmless(cell: str) -> str:
    """A cell no spreadsheet takes for a formula: one that looks like one gets `'` before it; a number stays."""
    formula = cell.startswith(_FORMULA) and not re.fullmatch(r"[+-]?\d+(?:\.\d+)?", cell)
    return f"'{cell}" if formula else cell


def plain(cell: str) -> str:
    """What a cell said before `harmless`."""
    return cell[1:] if cell.startswith("'") and harmless(cell[1:]) == cell else cell
