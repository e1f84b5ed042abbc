"""The time ledger of random histories: the parts sum to the whole, and a calculator written apart has the same of everything."""

from __future__ import annotations

from random import Random

from agreement import Agreement
from size import Size, Sizes

TITLE = "the time ledger against a naive calculator"
HISTORIES = Sizes(10_000, 100_000, 1_000_000)


def run(size: Size, seed: int) -> str:
    """So many histories, from a random number on."""
    first, agreement = Random(seed).randrange(2**40), Agreement()
    for number in range(first, first + HISTORIES.at(size)):
        agreement.check(number)
    return ", ".join(f"{count:,} {what}" for what, count in agreement.counts.items())
