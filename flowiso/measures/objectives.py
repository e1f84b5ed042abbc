"""Quality objectives: so much of something, and whether it was reached (ISO 9001:2015 clause 6.2, R105). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Literal, NamedTuple

from ..text import Text, percent

Reached = Literal["met", "missed", "none_arose", "not_derivable"]

REACHED: Mapping[Reached, Text] = {
    "met": Text("đạt", "met"),
    "missed": Text("không đạt", "missed"),
    "none_arose": Text("không phát sinh", "none arose"),
    "not_derivable": Text("không tính được", "not derivable"),
}
"""The verdicts in words."""


class Objective(NamedTuple):
    """Strictly more than `above` percent of the figure `whole` are to be in the figure `part`.

    `divisions` are those that have it as their own, none for one of the agency alone.
    """

    title: str
    part: str
    whole: str
    above: Decimal
    divisions: tuple[str, ...] = ()


class Measured(NamedTuple):
    """An objective of a division, or of the agency where `division` is None, and what was measured.

    `part` and `whole` are None where there is no such figure.
    """

    objective: Objective
    division: str | None
    part: int | None
    whole: int | None

    @property
    def reached(self) -> Reached:
        """The verdict: strictly greater, so "trên 99 %" of 13,641 is missed with 137 outside and met with 136."""
        if self.part is None or self.whole is None:
            return "not_derivable"
        if not self.whole:
            return "none_arose"
        return "met" if self.whole - self.part <= spare(self.objective.above, self.whole) else "missed"

    @property
    def value(self) -> str | None:
        """The measured percentage as `text.percent` writes it (R111); None when nothing arose or there is no figure."""
        return None if self.part is None or self.whole is None else percent(self.part, self.whole)


def spare(above: Decimal, whole: int) -> int:
    """How many of `whole` may be outside at most so that strictly more than `above` percent are in; below 0 for nothing."""
    outside = whole * (100 - Fraction(above)) / 100
    return -(-outside.numerator // outside.denominator) - 1


def measure(
    objectives: Iterable[Objective], agency: Mapping[str, int], divisions: Mapping[str, Mapping[str, int]]
) -> tuple[Measured, ...]:
    """Each objective for the agency and for each division that has it, by figures: those of the agency, and by division."""
    found: list[Measured] = []
    for one in objectives:
        for division in (None, *one.divisions):
            figures = agency if division is None else divisions.get(division, {})
            found.append(Measured(one, division, figures.get(one.part), figures.get(one.whole)))
    return tuple(found)
