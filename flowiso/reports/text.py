"""A report as plain text: tables in columns, long words and titles wrapped, marks beside figures that aren't computed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby, zip_longest
from textwrap import wrap

from ..render.plain import aligned, paragraphs
from .document import Cell, Column, Document, Table, Words
from .layout import Heading, Item, complete, items, legend, told, widths

LINE = 110
"""The longest line of prose."""


def write(document: Document) -> str:
    """The document as lines of text."""
    document = complete(document)
    listed = groupby(items(document), key=lambda item: (item.item or id(item)) if isinstance(item, Words) else id(item))
    blocks = [[line for item in found for line in _block(item, document.lang)] for _, found in listed]
    return paragraphs((_head(document), *blocks))


def _head(document: Document) -> Iterator[str]:
    yield f"{document.org.title.to(document.lang)} - {document.title}"
    yield from filter(None, (document.number, document.subtitle, document.simulated))
    yield from (f"{label}: {value}" for label, value in document.facts)
    yield from legend(document.cells(), document.lang)
    yield from filter(None, (document.mark,))


def _block(item: Item, lang: str) -> Iterator[str]:
    if isinstance(item, Heading):
        yield item.title
        yield "=-."[min(item.level, 3) - 1] * len(item.title)
    elif isinstance(item, Words):
        words = "".join(part if isinstance(part, str) else told(part, lang) for part in item.parts)
        yield from _wrapped(words, LINE, *(("- ", "  ") if item.item else ("", "")))
    else:
        yield from _table(item, lang)


def _wrapped(words: str, width: int, first: str = "", then: str = "") -> list[str]:
    return wrap(words, width, initial_indent=first, subsequent_indent=then, break_on_hyphens=False) or [""]


def _table(table: Table, lang: str) -> Iterator[str]:
    yield from filter(None, (table.title,))
    rooms = widths(table, lang)
    titles = [_wrapped(column.title, room)[::-1] for column, room in zip(table.columns, rooms, strict=True)]
    head = [list(line) for line in zip_longest(*titles, fillvalue="")][::-1]  # titles stand on the rule below them
    lines = [line for row in table.rows for line in _row(table, row, rooms, lang)]
    rule = ["-" * max(map(len, column)) for column in zip(*head, *lines, strict=True)]
    yield from aligned([*head, rule, *lines], "".join(column.side for column in table.columns))
    yield from (f"  {line}" for line in _wrapped(table.note, LINE) if table.note)


def _row(table: Table, row: Sequence[Cell], rooms: Sequence[int], lang: str) -> Iterator[list[str]]:
    cells = zip(table.columns, rooms, (told(cell, lang) for cell in row), strict=True)
    parts = [_cell(at, column, room, words) for at, (column, room, words) in enumerate(cells)]
    yield from (list(line) for line in zip_longest(*parts, fillvalue=""))


def _cell(at: int, column: Column, room: int, words: str) -> list[str]:
    """The lines of a cell; those of the first column that continue it are set in, so that a new row is seen."""
    return [words] if column.side == ">" else _wrapped(words, room, "", "" if at else "  ")
