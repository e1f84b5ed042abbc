"""How wide a text is when it is drawn, and how it wraps: what a sheet needs so that its words stay inside its boxes.

Widths are in points. They hold for Noto Sans and for every font with Arial's widths, without kerning (`advances.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from math import ceil
from typing import Final
from unicodedata import combining

from .advances import BOLD, REGULAR

FAMILY: Final = "'Noto Sans', Arial, Arimo, 'Liberation Sans', Helvetica, sans-serif"
"""Noto Sans first: where Arial stands for Liberation Sans, Vietnamese letters would come from yet another font."""

SIZE: Final = 9.0
"""The size of a sheet's smallest text, in points."""

_UNKNOWN = 1000
_TABLES = tuple(
    {ord(letter): wide for wide, letters in table.items() for letter in letters} for table in (REGULAR, BOLD)
)


def advance(letter: str, bold: bool = False) -> int:
    """The width of one letter in thousandths of the font size; a whole em for one that the table doesn't have."""
    known = _TABLES[bold].get(ord(letter))
    return known if known is not None else 0 if combining(letter) else _UNKNOWN


@lru_cache(maxsize=8192)
def width(text: str, size: float = SIZE, bold: bool = False) -> float:
    """The width of one line, in points."""
    return sum(advance(letter, bold) for letter in text) * size / 1000


@lru_cache(maxsize=8192)
def wrap(text: str, room: float, size: float = SIZE, bold: bool = False, most: int = 100) -> tuple[str, ...]:
    """`text` in lines no wider than `room`, broken at spaces.

    A word too wide for a line of its own is broken after a hyphen, or else anywhere. There are at most `most`
    lines; when that is too few, the last one ends with an ellipsis.
    """
    lines: list[str] = []
    line = ""
    for word in _pieces(text, room, size, bold):
        longer = f"{line} {word}" if line else word
        if line and width(longer, size, bold) > room:
            lines.append(line)
            longer = word
        line = longer
        if len(lines) == most:
            lines[-1] = _shorten(lines[-1], room, size, bold)
            return tuple(lines)
    return (*lines, line) if line else tuple(lines)


@lru_cache(maxsize=8192)
def balanced(text: str, room: float, size: float = SIZE, bold: bool = False, most: int = 100) -> tuple[str, ...]:
    """As `wrap`, in no more lines than it needs, but with lines about equally long."""
    lines = wrap(text, room, size, bold, most)
    low, high = room / 2, room
    while len(lines) > 1 and high - low > 1:
        middle = (low + high) / 2
        tried = wrap(text, middle, size, bold, most + 1)
        low, high, lines = (low, middle, tried) if len(tried) == len(lines) else (middle, high, lines)
    return lines


def widest(lines: tuple[str, ...], size: float = SIZE, bold: bool = False) -> float:
    """The width of the longest line, rounded up to a whole point; 0 for no lines."""
    return ceil(max((width(line, size, bold) for line in lines), default=0))


def _pieces(text: str, room: float, size: float, bold: bool) -> Iterator[str]:
    for word in text.split():
        rest = word
        while width(rest, size, bold) > room and len(rest) > 1:
            fitting = [at for at in range(1, len(rest)) if at == 1 or width(rest[:at], size, bold) <= room]
            cut = next((at for at in reversed(fitting) if rest[at - 1] == "-"), fitting[-1])
            yield rest[:cut]
            rest = rest[cut:]
        yield rest


def _shorten(line: str, room: float, size: float, bold: bool) -> str:
    while line and width(line + "…", size, bold) > room:
        line = line[:-1]
    return line.rstrip() + "…"
