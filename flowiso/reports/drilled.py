"""The dossiers behind a figure as a document (R110)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from ..drill import Part
from ..org import Org
from ..stats import channel_title
from ..text import Text
from ..totals import Span
from .document import Cell, Column, Document, Section, Table
from .figures import count_cell, document_of

_HEADS = (
    Text("mã hồ sơ", "dossier"), Text("thủ tục", "procedure"), Text("kênh", "channel"), Text("cán bộ thụ lý", "answers for it"),
    Text("tiếp nhận", "received"), Text("hẹn trả", "due"),
    Text("hẹn lại", "re-appointed"), Text("có kết quả", "resolved"),
)  # fmt: skip
_ADDS = Text("tính", "adds")
_SUM = Text("Cộng", "Together")


def drilled_document(
    cell: str, parts: Sequence[Part], org: Org, span: Span, lang: str, simulated: bool = False
) -> Document:
    """What a cell is made of: a line for each dossier with what it adds to the figure, and the figure itself."""
    columns = (*(Column(head.to(lang), "<") for head in _HEADS), Column(_ADDS.to(lang)))
    rows = [_row(part, lang) for part in parts]
    rows.append(
        (
            Cell(_SUM.to(lang)),
            *[Cell("")] * (len(_HEADS) - 1),
            count_cell(cell, sum(part.adds for part in parts), lang),
        )
    )
    title = Text(f"Hồ sơ làm nên ô {cell}", f"Dossiers behind {cell}")
    table = Table("dossiers", title.to(lang), columns, tuple(rows), (len(parts),))
    return document_of(org, title, span, simulated, (Section(title.to(lang), 1, (table,)),), (), lang)


def _row(part: Part, lang: str) -> tuple[Cell, ...]:
    channel = channel_title(part.channel) or Text(part.channel, part.channel)
    days = (Cell(_day(one)) for one in (part.received, part.due, part.appointed, part.resolved))
    adds = count_cell(f"dossier/{part.number}/adds", part.adds, lang)
    return Cell(part.number), Cell(part.code), Cell(channel.to(lang)), Cell(part.handler), *days, adds


def _day(value: date | None) -> str:
    return "" if value is None else f"{value:%d/%m/%Y}"
