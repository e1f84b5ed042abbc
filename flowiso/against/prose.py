"""Plain text as paragraphs and clauses that know their lines."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..text import nfc
from .tabbed import heads_of, row_of

LONGEST = 1_000
"""A clause of more characters is cut at a blank, so that no text takes long to read."""

_BULLETS = "-–+*•"


class Paragraph(NamedTuple):
    """Lines that belong together, wrapped ones joined by a space. `starts` are the offsets at which lines begin.

    `named` unless it is a row of a table of which nothing says what its figures count.
    """

    text: str
    starts: tuple[int, ...]
    lines: tuple[int, ...]
    named: bool = True

    def line(self, offset: int) -> int:
        """The line of the file, from 1, on which the character at `offset` stands."""
        return self.lines[bisect_right(self.starts, offset) - 1]


class Clause(NamedTuple):
    """A part of a paragraph that ends with a full stop or a semicolon."""

    paragraph: Paragraph
    start: int
    end: int

    @property
    def text(self) -> str:
        """What it says."""
        return self.paragraph.text[self.start : self.end]


def paragraphs(text: str) -> Iterator[Paragraph]:
    """The paragraphs of a text in NFC: a line that goes on in small letters or figures belongs to the line before; a row of a
    table is one by itself."""
    held: list[tuple[int, str]] = []
    heads: Sequence[str] = ()
    for number, line in enumerate(nfc(text).splitlines(), 1):
        row = row_of(line, heads) if "\t" in line else None
        words = line.strip()
        if held and (row or not (words and _goes_on(held[-1][1], words))):
            yield _joined(held)
            held = []
        if row:
            yield Paragraph(row.text, (0,), (number,), row.named)
        elif words:
            held.append((number, words))
            heads = heads_of(line)
    if held:
        yield _joined(held)


def _goes_on(before: str, words: str) -> bool:
    starts = words[0].islower() or re.match(r"\d[\d.,]*[ %/](?!\s)", words) is not None
    return starts and before[-1] not in ".;:!?"


def _joined(held: list[tuple[int, str]]) -> Paragraph:
    starts, at = [], 0
    for _, words in held:
        starts.append(at)
        at += len(words) + 1
    return Paragraph(" ".join(words for _, words in held), tuple(starts), tuple(number for number, _ in held))


def clauses(paragraph: Paragraph) -> Iterator[Clause]:
    """The clauses of a paragraph. A full stop ends one only where a capital letter, a bullet or nothing follows."""
    text, start = paragraph.text, 0
    for mark in re.finditer(r"[.;!?](?=\s+(\S)|\s*$)", text):
        following = mark[1]
        if mark[0] == ";" or not following or following.isupper() or following in _BULLETS:
            yield from _pieces(paragraph, start, mark.end())
            start = mark.end()
    yield from _pieces(paragraph, start, len(text))


def _pieces(paragraph: Paragraph, start: int, end: int) -> Iterator[Clause]:
    while end - start > LONGEST:
        blank = paragraph.text.rfind(" ", start + 1, start + LONGEST)
        cut = start + LONGEST if blank < 0 else blank
        yield Clause(paragraph, start, cut)
        start = cut
    if paragraph.text[start:end].strip():
        yield Clause(paragraph, start, end)
