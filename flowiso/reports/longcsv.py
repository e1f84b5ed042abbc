"""A report as a long table: a line for each figure, with what it means and of which period it is (R110)."""

from __future__ import annotations

from collections.abc import Iterator

from ..cells import csv_table
from .document import Cell, Document, Source, Words
from .layout import meaning, tidy

COLUMNS = ("id", "title", "shown", "value", "basis", "numerator", "denominator", "meaning")
"""`numerator` and `denominator` of a rate are the figures themselves where the document has them, else their names. A column for
each fact at the document's head follows. What has no definition, as a paper and what the agency writes itself, has the title
of where it stands, and means the sentence it is in."""


def write(document: Document) -> str:
    """The figures, each once, as CSV that a spreadsheet opens without taking a cell for a formula."""
    document = tidy(document)
    return csv_table((*COLUMNS, *(label for label, _ in document.facts)), _rows(document))


def _rows(document: Document) -> Iterator[tuple[object, ...]]:
    known = {cell.id: cell for cell in reversed(list(document.cells()))}
    places = dict(_places(document))
    facts = tuple(value for _, value in document.facts)
    for cell in dict.fromkeys(known[one.id] for one in document.cells()):
        source = document.sources.get(cell.figure) or places[cell.id]
        above, below = (_part(cell, name, known) for name in (source.numerator, source.denominator))
        words = meaning(source, document)
        yield (cell.id, source.title, cell.shown, cell.value, cell.basis, above, below, words, *facts)


def _part(rate: Cell, name: str, known: dict[str, Cell]) -> object:
    """The figure of this name on the line of a rate."""
    found = known.get(f"{rate.id.rpartition('/')[0]}/{name}") if name else None
    return name if found is None else found.value


def _places(document: Document) -> Iterator[tuple[str, Source]]:
    """Where each cell stands: in a section and its sentence, or in a column of a table."""
    for section in document.sections:
        for block in section.blocks:
            if isinstance(block, Words):
                place = Source(section.title, block.shown)
                yield from ((part.id, place) for part in block.parts if isinstance(part, Cell))
            else:
                heads = [Source(column.title, "") for column in block.columns]
                yield from ((cell.id, head) for row in block.rows for cell, head in zip(row, heads, strict=True))
