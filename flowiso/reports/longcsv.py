"""A report as a long table: a line for each figure, with what it means and of which period it is (R110)."""

from __future__ import annotations

from collections.abc import Iterator

from ..cells import csv_table
from .document import Cell, Document, Source
from .layout import meaning, tidy

COLUMNS = ("id", "title", "shown", "value", "basis", "numerator", "denominator", "meaning")
"""`numerator` and `denominator` of a rate are the figures themselves where the document has them, else their names. A column for
each fact at the document's head follows."""


def write(document: Document) -> str:
    """The figures, each once, as CSV that a spreadsheet opens without taking a cell for a formula."""
    document = tidy(document)
    return csv_table((*COLUMNS, *(label for label, _ in document.facts)), _rows(document))


def _rows(document: Document) -> Iterator[tuple[object, ...]]:
    known = {cell.id: cell for cell in reversed(list(document.cells()))}
    facts = tuple(value for _, value in document.facts)
    for cell in dict.fromkeys(known[one.id] for one in document.cells()):
        source = document.sources.get(cell.figure, Source(cell.figure, ""))
        above, below = (_part(cell, name, known) for name in (source.numerator, source.denominator))
        words = meaning(source, document)
        yield (cell.id, source.title, cell.shown, cell.value, cell.basis, above, below, words, *facts)


def _part(rate: Cell, name: str, known: dict[str, Cell]) -> object:
    """The figure of this name on the line of a rate."""
    found = known.get(f"{rate.id.rpartition('/')[0]}/{name}") if name else None
    return name if found is None else found.value
