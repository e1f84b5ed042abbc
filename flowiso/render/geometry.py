"""Points, rectangles and round outlines, in points, y downwards."""

from __future__ import annotations

from math import sqrt
from typing import Final, Literal, NamedTuple

Point = tuple[float, float]
Side = Literal[-1, 1]
SIDES: Final[tuple[Side, Side]] = (1, -1)
"""Right and left."""

ROUND: Final = 12.0
"""The greatest radius of a start or end, and how far the round side of a waiting step bulges."""


class Rect(NamedTuple):
    """A rectangle in points, y downwards."""

    x: float
    y: float
    wide: float
    high: float

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.x + self.wide

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.y + self.high

    @property
    def middle(self) -> Point:
        """Its centre."""
        return self.x + self.wide / 2, self.y + self.high / 2

    def edge(self, side: Side) -> float:
        """Its left or right edge, as `u`."""
        return self.right if side == 1 else -self.x


def round_inset(box: Rect, y: float) -> float:
    """How far inside its rectangle the outline of a start or end is at height `y`."""
    radius = min(box.high / 2, ROUND)
    deep = max(0.0, radius - min(y - box.y, box.bottom - y))
    return radius - sqrt(max(0.0, radius**2 - deep**2))


def bulge_inset(box: Rect, y: float) -> float:
    """How far inside its rectangle the round right side of a waiting step is at height `y`."""
    return ROUND - ROUND * sqrt(max(0.0, 1 - ((y - box.middle[1]) / (box.high / 2)) ** 2))
