"""The simulator against Erlang C: mean waits of M/M/1, 5, 10 and 60 over whole years; see `queues.waits`.

The seeds are fixed, 0, 1, 2 ...: with others the four would miss together one time in twenty.
"""

from __future__ import annotations

from queues import QUEUES, waits
from size import Size, Sizes
from theory import Interval

TITLE = "waits of simulated years against Erlang C"
YEARS, PART = Sizes(10, 10, 100), Sizes(10, 1, 1)
"""How many years of each queue, and of which part of their dossiers."""


def run(size: Size, seed: int) -> str:
    """Each queue: at a tenth the 99.9 % interval holds the theory, otherwise that which all four hold with 95 % (Šidák 1967)."""
    sure, told = 0.999 if size == "tenth" else 0.95 ** (1 / len(QUEUES)), []
    for name in QUEUES:
        means, expected = waits(name, YEARS.at(size), PART.at(size))
        found = Interval.of(means, sure)
        told.append(f"{name} {found.mean / expected - 1:+.1%} +- {(found.high - found.mean) / expected:.1%}")
        assert found.holds(expected), f"{told[-1]}: {found} seconds, Erlang C {expected}"
    return f"{', '.join(told)}: all inside the {sure:.1%} interval of {YEARS.at(size)} years each"
