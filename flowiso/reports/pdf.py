"""A report as PDF: A4 as Decree 30/2020 lays it out, PDF/A-2a and PDF/UA-1, wide tables on pages turned sideways."""

from __future__ import annotations

from typing import Any

from ..render.pdf import FONT, head, printed
from .document import Cell, Document, Table, Words
from .layout import Heading, Item, around, complete, items, legend, runs, widths

_ROOM = {True: 105, False: 48}
"""So many letters the figures of a row may take on a page turned sideways and on another; else all columns share the page."""


def write(document: Document, font: str = FONT) -> bytes:
    """The document printed, the same bytes each time. Raises BadValue as `render.pdf.as_pdf` does."""
    document = complete(document)
    return printed("document.typ", _data(document), document.made, font)


def _data(document: Document) -> dict[str, Any]:
    lang = document.lang
    pages = list(runs(items(document))) or [(False, [])]
    return {
        "lang": lang,
        "title": document.title,
        "subtitle": document.subtitle,
        "simulated": document.simulated,
        "mark": document.mark,
        "foot": f"{document.org.title.to(lang)} - {document.title}",
        "head": head(document.org, document.made, lang, document.number),
        "facts": document.facts,
        "legend": legend(document.cells(), lang),
        "runs": [
            {"wide": wide, "items": [_item(item, at, wide, lang) for item in found]}
            for at, (wide, found) in enumerate(pages)
        ],
    }


def _item(item: Item, run: int, wide: bool, lang: str) -> dict[str, Any]:
    if isinstance(item, Heading):
        return {"kind": "heading", **item._asdict()}
    if isinstance(item, Words):
        return {"kind": "words", "item": item.item, "parts": [_part(part, lang) for part in item.parts]}
    return {
        "kind": "table",
        "run": run,
        "title": item.title,
        "columns": _columns(item, wide, lang),
        "rows": [[_part(cell, lang) for cell in row] for row in item.rows],
        "totals": item.totals,
        "note": item.note,
    }


def _columns(table: Table, wide: bool, lang: str) -> list[dict[str, Any]]:
    """Columns of figures are as wide as these and the longest word of their title, those of words share the rest."""
    letters = list(zip(table.columns, widths(table, lang), strict=True))
    fits = sum(width for column, width in letters if column.side == ">") <= _ROOM[wide]
    shared = any(column.side == "<" for column in table.columns)
    return [
        {**column._asdict(), "width": width, "fixed": fits and shared and column.side == ">"}
        for column, width in letters
    ]


def _part(part: str | Cell, lang: str) -> str | dict[str, str]:
    if isinstance(part, str) or part.basis in ("", "computed"):
        return part if isinstance(part, str) else part.shown
    before, after = around(part, lang)
    return {"shown": part.shown, "before": before, "after": after, "basis": part.basis}
