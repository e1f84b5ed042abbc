"""Tables of a Word file as XML, which is quicker to write whole than cell by cell; elements in the order of ECMA-376. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from ..render.markup import Markup, tag
from .document import Cell, Table
from .layout import around, widths

NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_TWIPS = 1440 / 25.4
"""A twentieth of a point, which Word counts in, of a mm."""
_LETTER = 0.2
"""How wide a letter is for each point of its size, in mm."""
_INSET = 1.2
"""What a cell leaves free on either side, in mm."""
_HEAD = "EEF1F5"
_SUM = "F7F7F7"


def grid(table: Table, room: float, size: float, lang: str) -> str:
    """A table `room` mm wide in letters of so many points: its head on every page, no row broken in two."""
    rooms = columns(table, room, size, lang)
    sides = ["right" if column.side == ">" else "left" for column in table.columns]
    head = _row(
        [Cell(column.title) for column in table.columns], rooms, ["center"] * len(rooms), size, lang, True, _HEAD
    )
    rows = [
        _row(row, rooms, sides, size, lang, at in table.totals, _SUM if at in table.totals else "")
        for at, row in enumerate(table.rows)
    ]
    return _table(rooms, [_repeated(head), *rows], _one("tblStyle", val="TableGrid"), table.title)


def columns(table: Table, room: float, size: float, lang: str) -> list[float]:
    """The widths of the columns in mm: those of figures as they need, if all fit, the others share the rest."""
    needed = [letters * size * _LETTER + 2 * _INSET for letters in widths(table, lang)]
    fixed = [column.side == ">" for column in table.columns]
    taken = sum(need for need, figure in zip(needed, fixed, strict=True) if figure)
    if all(fixed) or taken > room * 0.7:
        taken, fixed = 0.0, [False] * len(fixed)
    rest = sum(need for need, figure in zip(needed, fixed, strict=True) if not figure)
    return [need if figure else need / rest * (room - taken) for need, figure in zip(needed, fixed, strict=True)]


Line = tuple[str, float, str]
"""Words in the middle of a cell, the size of their letters, and how: "", "b" bold or "i" italic."""


def crown(cells: Sequence[tuple[float, float, Sequence[Line], Line]]) -> str:
    """Cells without borders: of each its width and that of its rule in mm, the lines above it, the line below."""
    made = [_crowned(width, rule, above, below) for width, rule, above, below in cells]
    return _table([width for width, *_ in cells], [tag("w:tr", *made)], Markup(""), "")


def _crowned(width: float, rule: float, above: Sequence[Line], below: Line) -> Markup:
    free = _twips((width - rule) / 2)
    border = tag("w:pBdr", _one("top", val="single", sz=6, space=0, color="000000"))
    spacing = _one("spacing", before=40, after=0, line=80, lineRule="exact")
    line = tag("w:p", tag("w:pPr", border, spacing, _one("ind", left=free, right=free)))
    lines = [_paragraph(_run(words, size, look), "center") for words, size, look in above if words]
    words, size, look = below
    return _box(width, "", *lines, line, _paragraph(_run(words, size, look), "center"))


def _table(rooms: Sequence[float], rows: Sequence[Markup], style: Markup, title: str) -> str:
    inset = _twips(_INSET) if style else 0
    layout = tag(
        "w:tblPr",
        style,
        _one("tblW", w=_twips(sum(rooms)), type="dxa"),
        _one("tblInd", w=0, type="dxa"),
        _one("tblLayout", type="fixed"),
        tag("w:tblCellMar", *(_one(side, w=inset, type="dxa") for side in ("left", "right"))),
        _one("tblLook", val="04A0"),
        _one("tblCaption", val=title) if title else "",
    )
    made = tag("w:tblGrid", *(_one("gridCol", w=_twips(room)) for room in rooms))
    return tag("w:tbl", layout, made, *rows, **{"xmlns:w": NAMESPACE})


def _row(
    cells: Sequence[Cell], rooms: Sequence[float], sides: Sequence[str], size: float, lang: str, bold: bool, fill: str
) -> Markup:
    boxes = (
        _box(room, fill, _paragraph(figure(cell, size, lang, bold), side))
        for cell, room, side in zip(cells, rooms, sides, strict=True)
    )
    return tag("w:tr", tag("w:trPr", _one("cantSplit")), *boxes)


def _repeated(row: Markup) -> Markup:
    return Markup(row.replace("</w:trPr>", f"{_one('tblHeader')}</w:trPr>", 1))


def _box(room: float, fill: str, *inside: Markup) -> Markup:
    shade = _one("shd", val="clear", color="auto", fill=fill) if fill else ""
    return tag("w:tc", tag("w:tcPr", _one("tcW", w=_twips(room), type="dxa"), shade), *inside)


def _paragraph(runs: Markup, side: str) -> Markup:
    return tag("w:p", tag("w:pPr", _one("spacing", after=0), _one("jc", val=side)), runs)


def figure(cell: Cell, size: float, lang: str, bold: bool = False) -> Markup:
    """The runs of a figure: itself and its mark, a placeholder on yellow."""
    before, after = around(cell, lang)
    look = f"{'b' * bold}{'i' * (cell.basis == 'missing')}{'h' * (cell.basis == 'free')}"
    raised = after.startswith("(")
    behind = _run(after, size, "s" + look) if raised else ""
    return Markup(_run(f"{before}{cell.shown}{'' if raised else after}", size, look) + behind)


def _run(words: str, size: float, look: str) -> Markup:
    """Words in one way: `look` has "b" for bold, "i" italic, "h" on yellow, "s" raised."""
    parts = [
        *(_one(name) for name in ("b", "i") if name in look),
        *(_one(name, val=round(2 * size)) for name in ("sz", "szCs")),
        *([_one("highlight", val="yellow")] if "h" in look else []),
        *([_one("vertAlign", val="superscript")] if "s" in look else []),
    ]
    return tag("w:r", tag("w:rPr", *parts), tag("w:t", words, **{"xml:space": "preserve"}))


def _one(name: str, **attributes: str | int) -> Markup:
    """An element with nothing inside."""
    return tag(f"w:{name}", **{f"w:{key}": str(value) for key, value in attributes.items()})


def _twips(mm: float) -> int:
    return round(mm * _TWIPS)
