"""A report as JSON values: its sections as they are read, every figure with its id, exact value and basis."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from .document import Cell, Document, Section, Table, Words
from .layout import tidy


def write(document: Document) -> str:
    """The document as JSON, indented."""
    return json.dumps(to_json(document), ensure_ascii=False, indent=2) + "\n"


def to_json(document: Document) -> dict[str, Any]:
    """The document as values; the keys are those of docs/json.md. A cell without an id is a string, a rate's value too."""
    document = tidy(document)
    return {
        "agency": document.org.title.to(document.lang),
        "title": document.title,
        "subtitle": document.subtitle,
        "number": document.number,
        "mark": document.mark,
        "lang": document.lang,
        "made": document.made.isoformat(),
        "simulated": document.simulated,
        "facts": [{"label": label, "value": value} for label, value in document.facts],
        "sections": [_section(section) for section in document.sections],
        "sources": {name: source._asdict() for name, source in document.sources.items()},
    }


def _section(section: Section) -> dict[str, Any]:
    return {"title": section.title, "level": section.level, "blocks": [_block(block) for block in section.blocks]}


def _block(block: Words | Table) -> dict[str, Any]:
    if isinstance(block, Words):
        return {"words": [part if isinstance(part, str) else _cell(part) for part in block.parts], "item": block.item}
    return {
        "table": block.id,
        "title": block.title,
        "columns": [column.title for column in block.columns],
        "rows": [[_cell(cell) for cell in row] for row in block.rows],
        "totals": block.totals,
        "note": block.note,
    }


def _cell(cell: Cell) -> str | dict[str, Any]:
    if not cell.id:
        return cell.shown
    value = str(cell.value) if isinstance(cell.value, Decimal) else cell.value
    return {"id": cell.id, "shown": cell.shown, "value": value, "basis": cell.basis}
