"""What every format of a report needs: words that all can write, where a figure comes from, wide pages, widths of columns. Pure
but for `package`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from itertools import groupby
from typing import Any, NamedTuple
from unicodedata import category

from ..cells import shown
from ..errors import BadValue
from ..org import Org
from ..text import Text, nfc
from .document import Cell, Column, Document, Section, Source, Table, Words

WIDE = 8
"""A table with more columns than this stands on a page turned sideways."""

_BLANKS = re.compile(r"[ \t-\r\x1c-\x1f\x85\u2028\u2029]+")
_KEPT = 40
"""A column of words need not be wider than so many letters."""
_NOTHING = Text("không có số liệu", "no figure")
_PLACE = Text("cơ quan tự ghi", "for the agency to write")
_DECLARED = Text("kk", "d")
_LEGEND = {
    "computed": Text(
        "Số không có dấu gì bên cạnh được tính từ nhật ký hồ sơ.",
        "A figure without a mark is computed from the log of the dossiers.",
    ),
    "declared": Text(
        f"({_DECLARED.vi}): cơ quan kê khai trong tệp số liệu của năm; nhật ký không tính được.",
        f"({_DECLARED.en}): declared by the agency in the year's file; the log can't tell it.",
    ),
    "free": Text("[...]: phần cơ quan tự ghi.", "[...]: for the agency to write."),
}


def plain(words: str) -> str:
    """Words as all formats can write them: NFC, each run of blanks, tabs and line ends one blank, no sign without a shape, and
    for what no file can hold U+FFFD."""
    return shown(_BLANKS.sub(" ", nfc("".join(one for one in words if category(one) != "Cf"))))


def tidy(document: Document) -> Document:
    """The document in `plain` words: what every writer writes.

    A figure that is missing says so, and a placeholder what is to be done, also where their cells are empty.
    """
    lang = document.lang
    return document._replace(
        org=_org(document.org),
        title=plain(document.title),
        subtitle=plain(document.subtitle),
        facts=tuple((plain(label), plain(value)) for label, value in document.facts),
        sections=tuple(_section(section, lang) for section in document.sections),
        sources={name: Source(*map(plain, source)) for name, source in document.sources.items()},
        simulated=plain(document.simulated),
        mark=plain(document.mark),
        number=plain(document.number),
    )


def complete(document: Document) -> Document:
    """The tidy document with what its figures mean as its last section, for who reads it on paper."""
    whole = tidy(document)
    return whole._replace(sections=(*whole.sections, *_definitions(whole)))


def _org(org: Org) -> Org:
    title, superior = (one and Text(*map(plain, one)) for one in (org.title, org.superior))
    assert title is not None
    return org._replace(title=title, superior=superior, town=plain(org.town))


def _section(section: Section, lang: str) -> Section:
    blocks = (
        block._replace(parts=tuple(plain(one) if isinstance(one, str) else _cell(one, lang) for one in block.parts))
        if isinstance(block, Words)
        else _table(block, lang)
        for block in section.blocks
    )
    return section._replace(title=plain(section.title), blocks=tuple(blocks))


def _table(table: Table, lang: str) -> Table:
    return table._replace(
        id=plain(table.id),
        title=plain(table.title),
        note=plain(table.note),
        columns=tuple(column._replace(title=plain(column.title)) for column in table.columns),
        rows=tuple(tuple(_cell(cell, lang) for cell in row) for row in table.rows),
    )


def _cell(cell: Cell, lang: str) -> Cell:
    empty = {"missing": _NOTHING, "free": _PLACE}.get(cell.basis)
    return cell._replace(shown=plain(cell.shown) or (empty.to(lang) if empty else ""), id=plain(cell.id))


# Where figures come from


def around(cell: Cell, lang: str) -> tuple[str, str]:
    """What stands before and behind a figure so that its basis is seen: brackets about a placeholder, a mark behind what is
    declared."""
    if cell.basis == "free" and not cell.shown.startswith("["):
        return "[", "]"
    return "", f"({_DECLARED.to(lang)})" if cell.basis == "declared" else ""


def told(cell: Cell, lang: str) -> str:
    """A cell with its mark, in a format that has letters of one size only."""
    before, after = around(cell, lang)
    return f"{before}{cell.shown}{' ' * (after.startswith('('))}{after}"


def legend(cells: Iterable[Cell], lang: str) -> tuple[str, ...]:
    """What the marks mean that these have, a sentence each."""
    met = {cell.basis for cell in cells}
    return tuple(words.to(lang) for basis, words in _LEGEND.items() if basis in met)


def meaning(source: Source, document: Document) -> str:
    """What a figure means in one line, and of a rate what stands above and below the line."""
    above, below = (_title(name, document) for name in (source.numerator, source.denominator))
    return "; ".join(filter(None, (source.meaning, f"{above} / {below}" if above and below else "")))


def _title(name: str, document: Document) -> str:
    return document.sources[name].title if name in document.sources else name


def _definitions(document: Document) -> Iterator[Section]:
    names = dict.fromkeys(cell.figure for cell in document.cells())
    rows = tuple(
        (Cell(source.title), Cell(meaning(source, document)))
        for source in (document.sources[name] for name in names if name in document.sources)
    )
    if rows:
        title = Text("Cách tính các số liệu", "What the figures mean").to(document.lang)
        heads = Text("Số liệu", "Figure"), Text("Ý nghĩa, tử số / mẫu số", "Meaning, numerator / denominator")
        columns = tuple(Column(head.to(document.lang), "<") for head in heads)
        yield Section(title, 1, (Table("definitions", title, columns, rows),))


# How it is laid out


class Heading(NamedTuple):
    """The title of a section: `level` 1 is the highest, and none is left out on the way down."""

    title: str
    level: int


Item = Heading | Words | Table


def items(document: Document) -> Iterator[Item]:
    """What the document says, one after the other; a table called as the heading right above it has no title of its own,
    and one without columns is none."""
    above = 0
    for section in document.sections:
        above = min(section.level, above + 1)
        yield Heading(section.title, above)
        for place, block in enumerate(section.blocks):
            if isinstance(block, Words):
                yield block
            elif block.columns:
                yield block._replace(title="") if place == 0 and block.title == section.title else block


def runs(found: Iterable[Item]) -> Iterator[tuple[bool, list[Item]]]:
    """The items in a row that stand on pages of one kind, turned sideways or not; a heading stays with what follows it."""
    backwards = list(found)[::-1]
    turned: list[tuple[bool, Item]] = []
    for item in backwards:
        below = bool(turned) and turned[-1][0]
        turned.append((wide(item) or (isinstance(item, Heading) and below), item))
    for side, group in groupby(turned[::-1], key=lambda entry: entry[0]):
        yield side, [item for _, item in group]


def wide(item: Item) -> bool:
    """Whether it needs a page turned sideways."""
    return isinstance(item, Table) and len(item.columns) > WIDE


def widths(table: Table, lang: str) -> tuple[int, ...]:
    """How many letters each column is wide: figures on a line of their own, words wrapped, no word of a title broken."""
    return tuple(_width(column, [row[at] for row in table.rows], lang) for at, column in enumerate(table.columns))


def _width(column: Column, cells: Sequence[Cell], lang: str) -> int:
    shown = [told(cell, lang) for cell in cells]
    words = (column.title, *shown)
    whole = words if column.side == "<" else [word for one in words for word in one.split()]
    return max(4, min(max(map(len, whole), default=0), _KEPT))


def package(name: str, extra: str) -> Any:
    """A package that need not be there. Raises BadValue with the extra that brings it."""
    try:
        return import_module(name)
    except ImportError as error:
        vi, en = "để ghi định dạng này hãy cài thêm", "to write this format, install"
        raise BadValue(
            Text(f"{vi}: pip install 'flowiso[{extra}]'", f"{en}: pip install 'flowiso[{extra}]'")
        ) from error
