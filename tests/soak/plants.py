"""Misroutes planted in two simulated years by a generator written apart from what finds them (R120-R124)."""

from __future__ import annotations

from detection import Detection
from planted import plant
from size import Size, Sizes

TITLE = "planted misroutes: blocked, suspected, confirmed"
DOSSIERS = Sizes(1_000, 10_000, 50_000)


def run(size: Size, seed: int) -> str:
    """R121's kinds are all blocked and nothing right is; nine in ten others are suspected in time; every record is true."""
    found = Detection(plant(DOSSIERS.at(size), seed))
    print(*found.lines(), sep="\n", flush=True)
    told = found.found
    assert told.passed.total() == told.refused_right == 0, (told.passed, told.refused_right)
    assert len(found.wrong) >= 0.4 * (len(found.wrong) + told.blocked.total())
    assert found.recall >= 0.9, found.recall
    assert found.precision >= 5 * found.base_rate, (found.precision, found.base_rate)
    assert found.confirmed() == set(told.confirmed)
    by_records, by_ledgers = found.charged()
    assert by_records == by_ledgers, (by_records, by_ledgers)
    return f"recall {found.recall:.3f}, precision {found.precision:.3f}, base rate {found.base_rate:.4f}"
