"""The words that flows share: titles, kinds and forms by id. No arrows and no times (docs/why.md)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from .model import ArrowKind
from .text import Text


class StepWord(NamedTuple):
    """A step's title and the forms it makes or needs."""

    title: Text
    forms: tuple[str, ...] = ()


class ActionWord(NamedTuple):
    """An action's title, what kind of arrow it is, who takes it if not the holder, its forms, whether it says "wrong place"."""

    title: Text
    kind: ArrowKind = "forward"
    by: str | None = None
    forms: tuple[str, ...] = ()
    misroute: bool = False


class Form(NamedTuple):
    """A paper, with the number it is printed under from each date on (R20); newest last."""

    id: str
    title: Text
    numbers: tuple[tuple[date, str], ...] = ()

    def number(self, on: date) -> str | None:
        """Its printed number on a day; None while it has none."""
        return next((number for since, number in reversed(self.numbers) if since <= on), None)

    def mark(self, on: date, lang: str) -> str:
        """Its number on a day as it is printed in a language, "Mẫu 01" or "Form 01"; "" while it has none."""
        number = self.number(on) or ""
        return number.replace("Mẫu", "Form") if lang == "en" else number


class Words(NamedTuple):
    """All shared words of an agency."""

    steps: Mapping[str, StepWord] = {}
    actions: Mapping[str, ActionWord] = {}
    ends: Mapping[str, Text] = {}
    forms: Mapping[str, Form] = {}
    milestones: Mapping[str, Text] = {}
