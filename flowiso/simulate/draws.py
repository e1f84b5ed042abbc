"""Chance as a function of (seed, dossier, step, nth visit of that step, purpose): no draw depends on what was drawn before it.

So two runs of a seed are the same bytes, and two scenarios share the luck of every dossier they have in common, even when one
of them sends it through a step once more. A visit's luck is 64 bits; five purposes that every visit may have read their own
bits of it, and what is rare mixes them anew under a purpose of its own (`afresh`):

    bits  0-11  how long it is left to lie before its holder turns to it, or how long others take
    bits 12-23  how long the work takes
    bits 24-39  which arrow is taken
    bits 40-55  whether it is handed to a wrong account next
    bits 56-63  whether it is laid aside and forgotten

Luck below a bound shifted to the place of some bits is told by one comparison, without taking these out.
"""

from __future__ import annotations

from array import array
from functools import cache, lru_cache
from math import exp, log
from statistics import NormalDist
from zlib import crc32

MASK = (1 << 64) - 1
FINE = 1 << 16
"""Sixteen bits of a draw: shares are compared at this grain."""
QUANTILES = 4096
"""Twelve bits of a draw: times are picked from that many equally likely values."""
ARROW, ASTRAY, FORGETS = 24, 40, 56
"""The first bit of what tells the arrow, whether it goes astray, and whether it is forgotten."""
ARROWS, STRAYS = FINE - 1 << ARROW, FINE - 1 << ASTRAY
"""All bits of the first two."""
TIME = QUANTILES - 1
"""What a time is picked with: `law[bits & TIME]`."""
NEVER = (1 << 30) - 1
"""Later than any working second (of 149 years); not more, as Python compares ints below 2**30 three times as fast."""

FORGOTTEN, RECALLED, SLOW, WRONG, NOTICED, REACTS = range(1, 7)
LOST = 127
"""Purposes of `afresh`; the n-th warning of a visit draws under REACTS + n. LOST is no visit's but a year's."""


def mix(key: int) -> int:
    """64 well mixed bits for a key (the finaliser of splitmix64, Steele, Lea & Flood 2014)."""
    key = (key * 0x9E3779B97F4A7C15) & MASK
    key = ((key ^ (key >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    key = ((key ^ (key >> 27)) * 0x94D049BB133111EB) & MASK
    return key ^ (key >> 31)


def dossier(seed: int, serial: int) -> int:
    """The luck of a dossier: what its draws begin with."""
    return mix((seed << 40) ^ (serial << 12) ^ 0xA5A5)


@cache
def step(step_id: str, nth: int = 0) -> int:
    """What tells the nth visit of a step from all others in `visit`: 128 bits, the same in every run and on every machine."""
    high = mix(crc32(step_id.encode()) | nth + 1 << 32)
    return high << 64 | mix(high) | 1


def visit(dossier: int, step: int) -> int:
    """The luck of a dossier's visit: 64 bits out of the middle of a product (Dietzfelbinger 1996: strongly universal)."""
    return dossier * step >> 64 & MASK


def afresh(luck: int, purpose: int) -> int:
    """64 bits more of a visit's luck, for something that few visits need."""
    return mix(luck ^ purpose << 57)


class Law(tuple[float, ...]):
    """4096 equally likely values; a law is indexed with twelve bits of a draw."""

    def times(self, median: float) -> array[int]:
        """Its values times a median, in whole seconds up to `NEVER`; remembered. An array stays in the processor's cache."""
        known: dict[str, array[int]] = self.__dict__
        name = repr(median)
        if name not in known:
            known[name] = array("i", (int(min(median * value, NEVER)) for value in self))
        return known[name]


@cache
def _normal() -> Law:
    law = NormalDist()
    return Law(law.inv_cdf((i + 0.5) / QUANTILES) for i in range(QUANTILES))


@lru_cache(maxsize=64)
def lognormal(median: float, sigma: float) -> Law:
    """A log-normal law."""
    return Law(median * exp(sigma * deviation) for deviation in _normal())


@lru_cache(maxsize=64)
def share(median: float, most: float, sigma: float) -> Law:
    """Shares between 0 and `most` around a median (logit-normal law, scaled)."""
    middle = log(median / (most - median))
    return Law(most / (1 + exp(-middle - sigma * deviation)) for deviation in _normal())


@lru_cache(maxsize=64)
def exponential(mean: float) -> Law:
    """An exponential law; the mean of its values is that mean to 2 in 10,000."""
    return Law(-mean * log(1 - (i + 0.5) / QUANTILES) for i in range(QUANTILES))


@cache
def always(value: float) -> Law:
    """No chance at all."""
    return Law((value,) * QUANTILES)
