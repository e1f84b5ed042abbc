"""Chance as a function of (seed, dossier, visit): no draw depends on what was drawn before it.

So two runs of a seed are the same bytes, and two scenarios share the luck of every dossier they have in common.
"""

from __future__ import annotations

from math import exp, log
from statistics import NormalDist

MASK = (1 << 64) - 1
FINE = 1 << 16
"""Sixteen bits of a draw: shares are compared at this grain."""
QUANTILES = 4096
"""Twelve bits of a draw: times are picked from that many equally likely values."""


def mix(key: int) -> int:
    """64 well mixed bits for a key (the finaliser of splitmix64, Steele, Lea & Flood 2014)."""
    key = (key * 0x9E3779B97F4A7C15) & MASK
    key = ((key ^ (key >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    key = ((key ^ (key >> 27)) * 0x94D049BB133111EB) & MASK
    return key ^ (key >> 31)


def lognormal(median: float, sigma: float) -> list[float]:
    """4096 equally likely values of a log-normal law; index it with twelve bits of a draw."""
    normal = NormalDist()
    return [median * exp(sigma * normal.inv_cdf((i + 0.5) / QUANTILES)) for i in range(QUANTILES)]


def share(median: float, most: float, sigma: float) -> list[float]:
    """4096 equally likely shares between 0 and `most` around a median (logit-normal law, scaled)."""
    normal, middle = NormalDist(), log(median / (most - median))
    return [most / (1 + exp(-middle - sigma * normal.inv_cdf((i + 0.5) / QUANTILES))) for i in range(QUANTILES)]
