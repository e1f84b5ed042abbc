"""What a report says, whatever it is written as: sections of words and tables, each figure a cell with an id of its own. Pure.

Words are in the document's language already. A cell is shown alike in every format, and what is shown is all that is written of
it, but for formats that can hold a number too (JSON, a spreadsheet).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Literal, NamedTuple

from ..org import Org

Basis = Literal["", "computed", "declared", "free", "missing"]
"""Where a cell comes from: the log; the year's file of declared facts; nowhere, since the agency writes it itself ("free", a
marked placeholder) or since there is no such figure ("missing"). "" for what is no figure, such as a title."""


class Cell(NamedTuple):
    """What is shown, e.g. "13.641" or "99,97%".

    `id` is "" for words, else alone in the document, "<part>/<key>/<figure>" ("field/xttm/late", "agency/late_rate"); its
    last part is the figure's name in `Document.sources`. `value` is the exact number, a percentage in percent with the digits
    shown; None where nothing arose and for words.
    """

    shown: str
    id: str = ""
    value: int | Decimal | None = None
    basis: Basis = ""

    @property
    def figure(self) -> str:
        """The name under which its definition stands in `Document.sources`."""
        return self.id.rpartition("/")[2]


class Words(NamedTuple):
    """A paragraph of words and figures in a row, an item of a list where `item` is set."""

    parts: tuple[str | Cell, ...]
    item: bool = False

    @property
    def shown(self) -> str:
        """The paragraph as it is read."""
        return "".join(part if isinstance(part, str) else part.shown for part in self.parts)


class Column(NamedTuple):
    """A column: its title, and on which side its cells stand, "<" for words and ">" for numbers."""

    title: str
    side: Literal["<", ">"] = ">"


class Table(NamedTuple):
    """A table under a title; `id` is alone in the document. Every row has a cell for each column.

    A row whose place is in `totals` is a sum of others and stands out. `chart` tells a format that can draw which columns, by
    place, are worth a picture beside the table: their cells against those of the first column.
    """

    id: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    totals: tuple[int, ...] = ()
    chart: tuple[int, ...] = ()
    note: str = ""


class Section(NamedTuple):
    """A part of the document under a title; `level` is 1 for the highest, and sections follow one another as they are read."""

    title: str
    level: int
    blocks: tuple[Words | Table, ...] = ()


class Source(NamedTuple):
    """What a figure is: its title, its meaning, and of a rate the names of the figures above and below the line."""

    title: str
    meaning: str
    numerator: str = ""
    denominator: str = ""


class Document(NamedTuple):
    """A report. `made` is its date (aware), the cut-off of its figures, never the moment it is printed.

    `facts` stand at its head, each under a label: the period, the cut-off, the digest of the log. `sources` define the figures by
    name. `simulated` is the warning of a store that holds no real dossiers, else "". `mark` names the form at the foot, as
    "Mẫu 01", and `number` is the paper's own at its head, as "Số: ....../BC-SCT".
    """

    org: Org
    made: datetime
    lang: str
    title: str
    subtitle: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    sources: Mapping[str, Source]
    simulated: str = ""
    mark: str = ""
    number: str = ""

    def cells(self) -> Iterator[Cell]:
        """Every figure: the cells with an id, in the order in which they are read."""
        for section in self.sections:
            for block in section.blocks:
                parts = block.parts if isinstance(block, Words) else (cell for row in block.rows for cell in row)
                yield from (part for part in parts if isinstance(part, Cell) and part.id)
