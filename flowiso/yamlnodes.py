"""YAML as nodes that know their place, how much of it is read, and what is found wrong in it."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from .model import Finding
from .text import Text

MAX_BYTES = 1 << 20
MAX_DEPTH = 16
MAX_NODES = 20_000
MAX_SCALAR = 4_000
MAX_FINDINGS = 100


class Scalar(NamedTuple):
    """A word or number as written, with the place where it stands (lines and columns count from 1)."""

    text: str
    line: int
    column: int


class Seq(NamedTuple):
    """A list of nodes."""

    items: list[Node]
    line: int
    column: int


class Map(NamedTuple):
    """Keys with their nodes, in the order of the file, each key once."""

    items: list[tuple[Scalar, Node]]
    line: int
    column: int

    def get(self, key: str) -> Node | None:
        """The node under `key`, or None."""
        return next((node for name, node in self.items if name.text == key), None)


Node: TypeAlias = Scalar | Seq | Map


class Refused(Exception):
    """A text can't be read on: why, and at which line and column. It never leaves the readers."""

    def __init__(self, line: int, column: int, text: Text) -> None:
        self.place = line, column
        self.text = text


class Source:
    """A file being read, and what was found wrong in it so far: at most `MAX_FINDINGS`; mend these and read again."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.findings: list[Finding] = []

    @property
    def full(self) -> bool:
        """Whether further findings are no longer kept."""
        return len(self.findings) >= MAX_FINDINGS

    def report(self, code: str, name: str, place: Node | tuple[int, int], text: Text) -> None:
        """Add a finding at the place of a node, or at (line, column)."""
        if self.full:
            return
        line, column = (place.line, place.column) if isinstance(place, Scalar | Seq | Map) else place
        self.findings.append(Finding(code, name, "error", text, file=self.file, line=line, column=column))

    def bad(self, node: Node, vi: str, en: str) -> None:
        """Report FLW004 bad-value at a node."""
        self.report("FLW004", "bad-value", node, Text(vi, en))


def brief(text: str) -> str:
    """A value as a message shows it: on one line, and cut when it is long."""
    if len(text) <= 60 and text.isprintable():
        return text
    line = "".join(mark if mark.isprintable() else " " for mark in text[:61])
    return line if len(text) <= 60 else line[:57] + "..."
