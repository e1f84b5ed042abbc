"""Lines of plain text: columns, paragraphs, the head of a list, and the warning of what is simulated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from ..org import Org
from ..text import Text, nfc

TITLE_SHOWN = 60
SIMULATED = Text("DỮ LIỆU MÔ PHỎNG - không phải hồ sơ thật", "SIMULATED DATA - not real dossiers")


def paragraphs(blocks: Iterable[Iterable[str]]) -> str:
    """Blocks of lines with an empty line between them."""
    lines = chain.from_iterable(("", *block) for block in blocks)
    return nfc("\n".join(list(lines)[1:])) + "\n"


def heading(org: Org, title: Text, when: str, lang: str, simulated: bool) -> Iterator[str]:
    """The first lines of a list: whose it is, of what, as of when, and that it is of a simulation."""
    yield f"{org.title.to(lang)} - {title.to(lang)} {when}"
    if simulated:
        yield SIMULATED.to(lang)


def shortened(title: str, length: int = TITLE_SHOWN) -> str:
    """A title of at most so many letters."""
    return title if len(title) <= length else title[: length - 1].rstrip() + "…"


def aligned(lines: Iterable[Sequence[str]], sides: str) -> Iterator[str]:
    """Rows in columns two blanks apart, each column flush left (<) or right (>); letters of NFC are one cell wide."""
    rows = [[nfc(cell) for cell in line] for line in lines]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (f"{cell:{side}{width}}" for cell, side, width in zip(row, sides, widths, strict=True))
        yield ("  " + "  ".join(cells)).rstrip()
