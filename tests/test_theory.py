"""The simulator against what others compute: Erlang C, a plain loop over the same draws, and Ciw with shifts of its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from math import inf, sqrt
from random import Random
from statistics import stdev
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from queues import QUEUES, Steps, arrivals, course, in_instants, office, officers, scenario, stays_of, waits
from theory import Axis, Interval, Leave, Loop, ciw_ends, erlang_c, mean_wait, midnight

from flowiso.app import Agency
from flowiso.simulate.arrivals import Arrival
from flowiso.simulate.behaviour import laws_of
from flowiso.simulate.scenario import Scenario
from flowiso.simulate.year import Year

DAY = 86_400
SWAPPED = 2024
"""A year with Tết, other days off, and a worked Saturday (04/05)."""


def compared(agency: Agency, told: Scenario, came: Sequence[Arrival], leave: Leave, seed: int) -> int:
    """Simulate, and run the plain loop over the same draws: every holder, taking up and end is the same. How many there were."""
    axis, laws = Axis(told.year), laws_of(told)
    logs = Year(agency, told, seed, given=came).run().logs
    courses = [course(agency, told, laws, seed, one, axis) for one in came]
    names = list(agency.org.accounts)
    expected = Loop(axis, courses, names, leave, told.work.queue == "due").run()
    for (case, moves), stays in zip(logs, expected, strict=True):
        logged = stays_of(moves)
        assert logged == in_instants(axis, moves[0].at, stays, logged), case.number
    return sum(stay.done is not None for stays in expected for stay in stays)


FOUR: Steps = (("mot-cua", "2wh"), ("chuyen-vien", "8wh"), ("kiem-tra", "4wh"), ("mot-cua", "1wh"))
FLOWS = {"MAU-01": ("5wd", FOUR), "MAU-02": ("2wd", FOUR)}
LEAVE = {
    "chuyen-vien-01": [
        (date(2024, 2, 5), date(2024, 2, 23)),
        (date(2024, 5, 3), date(2024, 5, 6)),
        (date(2024, 7, 1), date(2024, 7, 1)),
    ],
    "chuyen-vien-02": [(date(2024, 5, 3), date(2024, 5, 4)), (date(2024, 8, 5), date(2024, 8, 30))],
    "mot-cua-01": [(date(2024, 6, 3), date(2024, 6, 7))],
}


@pytest.mark.parametrize("queue", ["arrival", "due"])
def test_a_year_as_a_plain_loop_has_it(queue: str) -> None:
    """First come and earliest due, over Tết, swapped days and leave: the same holders and moments, visit by visit."""
    agency = office({"mot-cua": 2, "chuyen-vien": 3, "kiem-tra": 2}, FLOWS, LEAVE)
    random = Random(7)
    start = midnight(date(SWAPPED, 1, 2))
    moments = [(start + random.randrange(360 * DAY), random.choice(list(FLOWS))) for _ in range(4_000)]
    told = scenario(SWAPPED, {"mot-cua": 12, "chuyen-vien": 60, "kiem-tra": 35}, queue=queue)
    assert compared(agency, told, arrivals(agency, moments, SWAPPED), LEAVE, 3) > 14_000


ROLES = "mot-cua", "chuyen-vien", "kiem-tra"
TERMS = "0.5wh", "2wh", "8wh", "24wh"
days = st.integers(0, 130).map(lambda count: date(SWAPPED, 1, 2) + timedelta(count))
spells = st.tuples(days, st.integers(0, 9)).map(lambda spell: (spell[0], spell[0] + timedelta(spell[1])))


@settings(max_examples=200, deadline=None)
@given(
    seats=st.fixed_dictionaries({role: st.integers(1, 4) for role in ROLES}),
    steps=st.lists(st.tuples(st.sampled_from(ROLES), st.sampled_from(TERMS)), min_size=1, max_size=5),
    terms=st.lists(st.sampled_from(["1wd", "3wd", "10wd"]), min_size=1, max_size=3),
    leave=st.dictionaries(
        st.sampled_from([name for role in ROLES for name in officers(role, 4)]),
        st.lists(spells, min_size=1, max_size=3),
    ),
    moments=st.lists(st.tuples(st.integers(0, 120), st.integers(0, DAY - 1)), min_size=1, max_size=60),
    work=st.fixed_dictionaries(
        {
            "queue": st.sampled_from(["arrival", "due"]),
            "dwell": st.sampled_from([0.0, 0.05, 0.22]),
            "effort_sigma": st.sampled_from([0.0, 0.5, 1.5]),
        }
    ),
    minutes=st.integers(0, 2_000),
    seed=st.integers(0, 2**30),
)
def test_random_agencies_as_a_plain_loop_has_them(
    seats: dict[str, int],
    steps: list[tuple[str, str]],
    terms: list[str],
    leave: dict[str, list[tuple[date, date]]],
    moments: list[tuple[int, int]],
    work: dict[str, Any],
    minutes: int,
    seed: int,
) -> None:
    """The same for any few officers, steps, terms and leave, dossiers that come at night, and many in one second."""
    flows = {f"MAU-{number:02}": (term, (("mot-cua", "1wh"), *steps)) for number, term in enumerate(terms)}
    known = {name: found for name, found in leave.items() if int(name[-2:]) <= seats[name[:-3]]}
    agency = office(seats, flows, known)
    start, codes = midnight(date(SWAPPED, 1, 2)), list(flows)
    came = [(start + day * DAY + second, codes[second % len(codes)]) for day, second in moments]
    told = scenario(SWAPPED, dict.fromkeys(ROLES, minutes), **work)
    compared(agency, told, arrivals(agency, came, SWAPPED), known, seed)


def test_nights_and_days_off_as_ciw_has_them() -> None:
    """Three desks in a row, 2, 3 and 1 officers: every end is that of Ciw's own shifts to a millionth of a minute.

    There nobody sits at night, at noon, at weekends and on days off, and work is interrupted and resumed. In these draws no two
    dossiers reach a desk in the same second, where Ciw lets chance say who is first, and none is done in the last of a session.
    """
    seed = 6
    desks = {"mot-cua": 2, "chuyen-vien": 3, "kiem-tra": 1}
    agency = office(desks, {"MAU-01": ("5wd", tuple((role, "4wh") for role in desks))})
    random = Random(11)
    start = midnight(date(SWAPPED, 1, 2))
    moments = sorted(random.sample(range(start, start + 350 * DAY), 3_000))
    told = scenario(SWAPPED, {"mot-cua": 40, "chuyen-vien": 70, "kiem-tra": 25}, dwell=0.0)
    came = arrivals(agency, [(at, "MAU-01") for at in moments], SWAPPED)
    axis, laws = Axis(SWAPPED), laws_of(told)
    works = [[visit.effort for visit in course(agency, told, laws, seed, one, axis).visits] for one in came]
    expected = ciw_ends(axis, moments, works, list(desks.values()))
    first = midnight(date(SWAPPED, 1, 1))
    compared_ends = 0
    for (_, moves), ends in zip(Year(agency, told, seed, given=came).run().logs, expected, strict=True):
        for stay, end in zip(stays_of(moves), ends, strict=False):
            if stay.done is not None and end < inf:
                assert abs((stay.done - first) / 60 - end) < 1e-6
                compared_ends += 1
    assert compared_ends > 8_900


@pytest.mark.parametrize("name", QUEUES)
def test_waits_of_poisson_arrivals_and_exponential_work(name: str) -> None:
    """The mean wait is that of Erlang C: ten years, of a quarter of the dossiers of the soak, which is the sharper test: years of
    fewer are over before the longest of these queues has settled."""
    means, expected = waits(name, runs=10, part=4)
    found = Interval.of(means, 0.999)
    assert found.holds(expected), f"{found}, Erlang C {expected}"


def test_the_interval_is_students() -> None:
    """The quantiles of the tables, for 9 and 29 degrees of freedom."""
    for count, sure, quantile in ((10, 0.95, 2.2622), (30, 0.95, 2.0452), (10, 0.999, 4.7809)):
        means = [float(number) for number in range(count)]
        found = Interval.of(means, sure)
        assert (found.high - found.mean) * sqrt(count) / stdev(means) == pytest.approx(quantile, rel=5e-3)


def test_erlang_c_itself() -> None:
    """M/M/1 waits with probability rho; the known values for 5 and 10 servers."""
    assert erlang_c(1, 0.8) == pytest.approx(0.8)
    assert [
        mean_wait(count, count * used, 1.0) for count, used in ((1, 0.8), (5, 0.8), (10, 0.9), (60, 0.95))
    ] == pytest.approx([4.0, 0.5541, 0.6687, 0.1997], rel=1e-3)
