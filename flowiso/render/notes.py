"""What a code is told by that is no rule about flows (`codebook`): its name, its level, a sentence, and the page of its kind."""

from __future__ import annotations

from typing import NamedTuple

from ..model import Level
from ..text import Text


class Note(NamedTuple):
    """A code with its name and level, and what is wrong where it is found."""

    code: str
    name: str
    level: Level
    summary: Text


class Family(NamedTuple):
    """Codes of one kind of file, and where it is described."""

    title: Text
    page: str
    notes: tuple[Note, ...]


def error(code: str, name: str, vi: str, en: str) -> Note:
    """A code of level "error"."""
    return Note(code, name, "error", Text(vi, en))


def warning(code: str, name: str, vi: str, en: str) -> Note:
    """A code of level "warning"."""
    return Note(code, name, "warning", Text(vi, en))


def info(code: str, name: str, vi: str, en: str) -> Note:
    """A code of level "info"."""
    return Note(code, name, "info", Text(vi, en))
