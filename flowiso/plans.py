"""Yearly plans: the days by which the steps of a procedure that runs by a plan must be done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from .model import Place


class Milestone(NamedTuple):
    """A day of a plan, and where it is written."""

    day: date
    place: Place


class Plan(NamedTuple):
    """The milestones of one procedure in one year, by name."""

    code: str
    year: int
    milestones: Mapping[str, Milestone]
    file: str
    place: Place

    @property
    def days(self) -> dict[str, date]:
        """The days alone, by the milestone's name."""
        return {name: milestone.day for name, milestone in self.milestones.items()}
