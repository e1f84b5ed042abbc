"""The cheapest way through a compiled flow to one of some arrows: a search over rows and limited arrows used up."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from heapq import heappop, heappush
from itertools import count
from typing import NamedTuple

from ..machine import Arc, Row

Key = tuple[str, str]
"""An arrow of a flow: the step it leaves and its action."""

WAITING = 100
"""Letting time run out counts as so many arrows taken by somebody: it is the way where there is no other."""


class Leg(NamedTuple):
    """An arrow on the way, and the row it leaves."""

    row: Row
    arc: Arc

    @property
    def key(self) -> Key:
        """Its step and action."""
        return self.row.id, self.arc.arrow.action


def way(row: Row, used: Collection[Key], wanted: Collection[Key], shut: Collection[Key] = ()) -> tuple[Leg, ...]:
    """The cheapest way of a received dossier from `row` whose last arrow is one of `wanted`; () when there is none.

    `used` names the arrows with limited `times` it took already, each as often as it did; `shut` ones are not tried.
    """
    number = count()
    heap: list[tuple[int, int, tuple[Leg, ...], Row, tuple[Key, ...]]] = [(0, next(number), (), row, tuple(used))]
    seen: set[tuple[str, tuple[Key, ...]]] = set()
    while heap:
        cost, _, legs, at, taken = heappop(heap)
        if legs and legs[-1].key in wanted:
            return legs
        if (at.id, taken) in seen:
            continue
        seen.add((at.id, taken))
        for leg in _onward(at, taken):
            if leg.key not in shut:
                then = tuple(sorted((*taken, leg.key))) if leg.arc.arrow.times else taken
                weight = WAITING if leg.arc.timer else 1
                heappush(heap, (cost + weight, next(number), (*legs, leg), leg.arc.row, then))
    return ()


def _onward(row: Row, taken: tuple[Key, ...]) -> Iterator[Leg]:
    """The arrows a received dossier may take, those with limited `times` as long as they last."""
    for arc in row.arcs.values():
        leg, times = Leg(row, arc), arc.arrow.times
        if not arc.intake and (times is None or taken.count(leg.key) < times):
            yield leg
