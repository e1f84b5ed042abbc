"""What many years say together: intervals, percentiles, paired differences (R111: on decimals, half up)."""

from __future__ import annotations

import random
from decimal import Decimal
from statistics import mean, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowiso.outcome import Desk, Late, Outcome, Step
from flowiso.spread import FIGURES, merged, paired, percentile, rounded, spread, student
from flowiso.stats import CAUSES


def year(seed: int, late: int = 0, **other: object) -> Outcome:
    """A year with so many late dossiers, all by misroutes."""
    lates = tuple(Late(f"H-{n}", "LTHH-13", "misrouted_account", "lan.vp", True, n == 0) for n in range(late))
    plain = {
        "received": 100, "online": 98, "resolved": 90, "open": 10, "refused": 2, "procedures": 3, "misroutes": 5,
        "minutes_lost": 600, "resolved_late": late, "open_overdue": 0, "lates": lates, "steps": {}, "desks": {}, "queue": (1, 2),
    }  # fmt: skip
    return Outcome(seed=seed, **plain | other)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("freedom", "known"),
    [
        (1, 12.706), (2, 4.303), (3, 3.182), (4, 2.776), (5, 2.571), (6, 2.447), (7, 2.365), (8, 2.306), (9, 2.262),
        (10, 2.228), (11, 2.201), (12, 2.179), (15, 2.131), (19, 2.093), (20, 2.086), (29, 2.045), (30, 2.042),
        (58, 2.002), (60, 2.000), (99, 1.984), (120, 1.980), (1000, 1.962),
    ],
)  # fmt: skip
def test_student_as_in_the_tables(freedom: int, known: float) -> None:
    """Student's t at 97.5 %, as every statistics book prints it."""
    assert float(student(freedom)) == pytest.approx(known, abs=6e-4)


def test_student_falls_to_the_normal_quantile() -> None:
    """No step where the table ends and the expansion begins."""
    values = [student(freedom) for freedom in range(1, 2_000)]
    assert values == sorted(values, reverse=True)
    assert values[-1] > Decimal("1.95996")


@given(st.lists(st.integers(0, 10_000), min_size=2, max_size=60))
def test_spread_as_by_the_book(values: list[int]) -> None:
    """Mean, standard error times t, and percentiles that are values which did come up."""
    found = spread(values)
    assert float(found.mean) == pytest.approx(mean(values))
    assert found.half is not None
    half = float(student(len(values) - 1)) * stdev(values) / len(values) ** 0.5
    assert float(found.half) == pytest.approx(half, abs=1e-9)
    assert found.upper == found.mean + found.half
    assert found.least <= found.p10 <= found.p50 <= found.p90 <= found.most
    assert {found.least, found.p10, found.p50, found.p90, found.most} <= {*map(Decimal, values)}
    for share, value in ((10, found.p10), (50, found.p50), (90, found.p90)):
        below = sum(one < value for one in values)
        assert 100 * below < share * len(values) <= 100 * sum(one <= value for one in values)


def test_one_run_has_no_interval() -> None:
    """One year tells nothing of how years differ."""
    found = spread([7])
    assert (found.runs, found.mean, found.half, found.upper) == (1, 7, None, None)
    assert paired([7], [9]).half is None


def test_nearest_rank() -> None:
    """The rule by name: of 10 values the 1st, 5th and 9th; of 100 the 10th, 50th and 90th."""
    ten = [Decimal(n) for n in range(1, 11)]
    assert [percentile(ten, share) for share in (10, 50, 90, 100)] == [1, 5, 9, 10]
    assert [percentile([Decimal(n) for n in range(1, 101)], share) for share in (10, 50, 90)] == [10, 50, 90]


def test_shared_chance_narrows_the_interval() -> None:
    """Common random numbers: where two scenarios vary together, what differs between them is seen sooner."""
    base = [4, 9, 2, 7, 5, 11]
    found = paired(base, [value + gain for value, gain in zip(base, (2, 3, 2, 2, 3, 2), strict=True)])
    assert found.mean == Decimal(14) / 6
    assert found.half is not None
    assert found.unpaired is not None
    assert found.narrower == found.unpaired / found.half > 5
    assert found.certain
    assert not paired(base, base[::-1]).certain


def test_unpaired_is_the_two_sample_interval() -> None:
    """Two samples of 1..5: pooled variance 2.5, 8 degrees of freedom, t = 2.306."""
    found = paired([1, 2, 3, 4, 5], [1, 2, 3, 4, 5])
    assert (found.mean, found.half, found.narrower) == (0, 0, None)
    assert float(found.unpaired or 0) == pytest.approx(2.306)


@pytest.mark.parametrize(
    ("value", "shown"),
    [("1.005", "1.01"), ("1.004999", "1.00"), ("0", "0.00"), ("0.0004", "0.0004"), ("0.0005", "0.001"), ("-0.001", "-0.001"),
     ("2.675", "2.68"), ("0.00000000000001", "0.00")],
)  # fmt: skip
def test_rounded(value: str, shown: str) -> None:
    """R111: half up, two decimals, and more for what is small but not nothing."""
    assert str(rounded(Decimal(value))) == shown


def test_merged() -> None:
    """Counts, causes, accounts, steps and the queue, each over all years, whichever way round they came."""
    years = [
        year(1, 2, desks={"lan.vp": Desk(10, 1, 3_600, 36_000)}, steps={("LTHH-13", "a"): Step(4, 1, 7_200, 2_400)}),
        year(2, 4, desks={"lan.vp": Desk(30, 0, 7_200, 36_000), "moi.vp": Desk(1, 0, 60, 0)}, queue=(3, 4)),
        year(3, 0, steps={("LTHH-13", "a"): Step(2, 0, 1_200, 1_200)}),
    ]
    found = merged(years)
    assert found.seeds == (1, 2, 3)
    assert not found.partial
    assert (found.late.mean, found.misrouted.mean) == (2, 2)
    assert found.warned.mean * 3 == 2
    assert found.late_share.mean == 2
    assert [*found.by_cause] == [*CAUSES]
    assert found.by_cause["misrouted_account"].mean == 2
    assert sum(spread.mean for spread in found.by_cause.values()) == found.late.mean
    lan, new = found.accounts["lan.vp"], found.accounts["moi.vp"]
    assert (lan.late.mean, lan.visits.most, lan.steps_late.most) == (2, 30, 1)
    assert lan.utilisation is not None
    assert (lan.utilisation.runs, lan.utilisation.mean) == (2, 15)
    assert new.utilisation is None  # never at work
    step = found.steps["LTHH-13", "a"]
    assert (step.visits.mean, step.visits.runs) == (2, 3)
    assert step.waited is not None
    assert (step.waited.runs, step.waited.mean) == (2, 20)
    assert [float(day.mean) for day in found.queue] == pytest.approx([5 / 3, 8 / 3])
    assert [day.p90 for day in found.queue] == [3, 4]
    shuffled = list(years)
    random.Random(1).shuffle(shuffled)
    assert merged(shuffled).to_json() == found.to_json()


def test_stopped_before_the_end() -> None:
    """A partial result says so."""
    found = merged([year(1), year(2)], asked=30)
    assert found.partial
    assert {key: found.to_json()[key] for key in ("runs", "asked", "partial")} == {
        "runs": 2,
        "asked": 30,
        "partial": True,
    }


def test_figures_without_anything_received() -> None:
    """0/0 is 0 here: nothing received, nothing late, nobody busy."""
    empty = year(1, received=0)
    assert [FIGURES[name](empty) for name in ("late_share", "busiest")] == [0, 0]


def test_quiet_years_prove_little() -> None:
    """Where nobody was late, the share is below 3 of all received, not 0 (rule of three)."""
    quiet = merged([year(1), year(2), year(3)])
    assert quiet.late_share.upper == 0
    assert quiet.late_share_upper == 1
    late = merged([year(1, 1), year(2, 2)])
    assert late.late_share_upper == late.late_share.upper
    assert merged([year(1)]).late_share_upper is None
