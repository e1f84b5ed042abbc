"""Means of the nine indices over many dossiers, and the classes they lead to (TT 01/2018 articles 14-15, R96, R97)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from ..calendar import Calendar
from ..life import Life
from ..model import Case
from ..org import Org
from ..period import Period
from .indices import MOST, OF_OFFICER, OF_UNIT, Grade, rule_on
from .points import Points, marks

_TENTH = Decimal("0.1")


class Sum(NamedTuple):
    """Points of an index and the dossiers that have them; sums of parts add up to the sum of the whole."""

    points: int = 0
    dossiers: int = 0

    @property
    def mean(self) -> Decimal:
        """Points a dossier, with one decimal, half rounded up (article 15, clause 2)."""
        return (Decimal(self.points) / self.dossiers).quantize(_TENTH, ROUND_HALF_UP)


Sums = Mapping[int, Sum]
"""By the index's number; an index that no dossier has points of isn't there."""


@dataclass(frozen=True, slots=True)
class Scores:
    """The sums of the agency, and of its divisions and officers by id, over the dossiers resolved in a period."""

    agency: Sums = field(default_factory=dict)
    divisions: Mapping[str, Sums] = field(default_factory=dict)
    officers: Mapping[str, Sums] = field(default_factory=dict)


def score(
    lives: Iterable[Life],
    period: Period,
    calendar: Calendar,
    org: Org,
    forms: Callable[[Case], int | None] = lambda _: None,
) -> Scores:
    """The sums over the dossiers resolved in a period, from lives cut at its end (R92).

    `forms` tells in how many of the two ways the procedure of a dossier is published; without it index 6 is left out.
    """
    scoring = Scoring(period, calendar, org, period.end, forms)
    for life in lives:
        scoring.add(life)
    return scoring.scores()


class Scoring:
    """Adds up the points of lives cut at `end`, one by one; see `score`."""

    def __init__(
        self,
        period: Period,
        calendar: Calendar,
        org: Org,
        end: int,
        forms: Callable[[Case], int | None] = lambda _: None,
    ) -> None:
        self.period, self.calendar, self.org, self.end, self.forms = period, calendar, org, end, forms
        self._agency: dict[int, Sum] = {}
        self._divisions: dict[str, dict[int, Sum]] = {}
        self._officers: dict[str, dict[int, Sum]] = {}

    def add(self, life: Life) -> None:
        """Add the points of a dossier, if it was resolved in the period."""
        if life.received is None or life.resolved is None or not self.period.start <= life.resolved <= self.end:
            return
        found = marks(life, self.org, self.calendar, self.end, self.forms(life.case))
        _add(self._agency, found.dossier)
        for name, points in found.divisions.items():
            _add(self._divisions.setdefault(name, {}), points)
        for name, points in found.officers.items():
            _add(self._officers.setdefault(name, {}), points)

    def scores(self) -> Scores:
        """The sums so far."""
        divisions, officers = (dict(sorted(found.items())) for found in (self._divisions, self._officers))
        return Scores(dict(sorted(self._agency.items())), divisions, officers)


def _add(sums: dict[int, Sum], points: Points) -> None:
    for number, got in points.items():
        before = sums.get(number, Sum())
        sums[number] = Sum(before.points + got, before.dossiers + 1)


def merged(parts: Iterable[Sums]) -> Sums:
    """The sums of several agencies or periods together."""
    total: dict[int, Sum] = {}
    for part in parts:
        for number, one in part.items():
            before = total.get(number, Sum())
            total[number] = Sum(before.points + one.points, before.dossiers + one.dossiers)
    return dict(sorted(total.items()))


class Standing(NamedTuple):
    """Where an officer or a unit stands: the mean of each index there is, their sum, and the indices that are missing.

    `least` and `most` are the classes with no points and with all points of the missing ones.
    """

    means: Mapping[int, Decimal]
    points: Decimal
    missing: tuple[int, ...]
    least: Grade
    most: Grade

    @property
    def grade(self) -> Grade | None:
        """The class; None where it hangs on an index without data, which is left out and not guessed (R96)."""
        return self.least if self.least == self.most else None


def officer_standing(sums: Sums, on: date) -> Standing | None:
    """The class of an officer by indices 1, 2, 3, 4 and 7; None on a day on which no rule is in force (R97)."""
    rule = rule_on(on)
    means = {number: sums[number].mean for number in OF_OFFICER if number in sums}
    return None if rule is None else _standing(means, OF_OFFICER, rule.officers)


def unit_standing(sums: Sums, unit: Points, on: date) -> Standing | None:
    """The class of a unit by all nine, `unit` being the points that it has as a unit; None without a rule in force (R97).

    Index 6 is the mean over the dossiers where they have it, else the unit's.
    """
    rule = rule_on(on)
    means = {number: Decimal(got).quantize(_TENTH) for number, got in unit.items()}
    means |= {number: one.mean for number, one in sums.items()}
    return None if rule is None else _standing(means, OF_UNIT, rule.units)


def _standing(means: Mapping[int, Decimal], wanted: tuple[int, ...], grades: tuple[Grade, ...]) -> Standing:
    missing = tuple(number for number in wanted if number not in means)
    total = sum(means.values(), Decimal(0))
    most = total + MOST * len(missing)
    return Standing(dict(sorted(means.items())), total, missing, _grade(total, grades), _grade(most, grades))


def _grade(points: Decimal, grades: tuple[Grade, ...]) -> Grade:
    return next(grade for grade in grades if points >= grade.least)
