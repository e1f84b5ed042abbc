"""The words that flows share: titles, kinds and forms by id. No arrows and no times (docs/why.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from .model import ArrowKind
from .text import Text


@dataclass(frozen=True, slots=True)
class StepWord:
    """A step's title and the forms it makes or needs."""

    title: Text
    forms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ActionWord:
    """An action's title, what kind of arrow it is, who takes it if not the holder, and its forms."""

    title: Text
    kind: ArrowKind = "forward"
    by: str | None = None
    forms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """A paper, with the number it is printed under from each date on (R20); newest last."""

    id: str
    title: Text
    numbers: tuple[tuple[date, str], ...] = ()

    def number(self, on: date) -> str | None:
        """Its printed number on a day; None while it has none."""
        return next((number for since, number in reversed(self.numbers) if since <= on), None)


@dataclass(frozen=True, slots=True)
class Words:
    """All shared words of an agency."""

    steps: Mapping[str, StepWord] = field(default_factory=dict)
    actions: Mapping[str, ActionWord] = field(default_factory=dict)
    ends: Mapping[str, Text] = field(default_factory=dict)
    forms: Mapping[str, Form] = field(default_factory=dict)
    milestones: Mapping[str, Text] = field(default_factory=dict)
