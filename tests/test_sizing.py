"""How many officers are enough: who is counted, who comes and goes, and the search."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from walks import agency

from flowiso.errors import BadValue
from flowiso.org import Org
from flowiso.setting import Extra, Staff
from flowiso.simulate.scenario import Scenario, Work
from flowiso.simulate.sizing import check_sizable, of_size, officers, seat_of, smallest
from flowiso.simulate.staffing import staffed

ROLE, SEAT = "chuyen-vien", "qltm"
SIX = ["mai.qltm", "hung.qltm", "binh.qltm", "loan.qltm", "dung.qltm", "ngoc.qltm"]
SHORT = Scenario(staff=Staff(missing=("loan.qltm",), more=(Extra(ROLE, SEAT, 2), Extra("mot-cua", None, 1))))


@pytest.fixture(scope="module")
def org() -> Org:
    """The shipped organisation."""
    return agency().org


def test_where_a_role_sits(org: Org) -> None:
    """A role of one division needs none named; one of several does; and only of the agency's own people."""
    assert seat_of(org, "mot-cua", None) == "vp"
    assert seat_of(org, "lanh-dao-so", None) == "lanh-dao"
    assert seat_of(org, ROLE, SEAT) == SEAT
    for role, division, said in (
        (ROLE, None, "qltm"),
        (ROLE, "ubnd", "qltm"),
        ("van-thu-ubnd", None, "không có vai trò"),
        ("nguoi-nop", None, "không có vai trò"),
    ):
        with pytest.raises(BadValue, match=said):
            seat_of(org, role, division)


def test_who_is_there(org: Org) -> None:
    """Those of `_org.yaml` less the scenario's missing, and its new ones of this role and seat."""
    assert officers(org, Scenario(), ROLE, SEAT) == (SIX, 0)
    assert officers(org, SHORT, ROLE, SEAT) == ([name for name in SIX if name != "loan.qltm"], 2)
    assert officers(org, SHORT, "mot-cua", "vp")[1] == 1


@pytest.mark.parametrize("scenario", [Scenario(), SHORT], ids=["as it is", "short"])
@pytest.mark.parametrize("size", [1, 4, 5, 6, 9])
def test_so_many_and_nobody_else_changes(scenario: Scenario, size: int) -> None:
    """The staffed agency has just so many of the role there, and all others as the scenario has them."""

    def of(told: Scenario) -> tuple[set[str], set[str]]:
        accounts = staffed(agency(), told).org.accounts.values()
        these = {one.id for one in accounts if ROLE in one.roles and one.division == SEAT}
        return these, {one.name if one.id.startswith("them") else one.id for one in accounts if one.id not in these}

    these, others = of(of_size(agency().org, scenario, ROLE, SEAT, size))
    assert len(these) == size
    assert {name.split(" thêm ")[0] for name in others} == {name.split(" thêm ")[0] for name in of(scenario)[1]}
    assert {"mai.qltm"} <= these
    assert ("loan.qltm" in these) <= (scenario is not SHORT)


@given(st.integers(1, 40), st.integers(0, 40), st.integers(0, 45))
def test_smallest(least: int, width: int, needed: int) -> None:
    """As looking at each in turn, where more never do worse; none twice, and few of them."""
    tried: list[int] = []

    def holds(count: int) -> bool:
        tried.append(count)
        return count >= needed

    most = least + width
    assert smallest(holds, least, most) == next((n for n in range(least, most + 1) if n >= needed), None)
    assert len(tried) == len({*tried}) <= 1 + width.bit_length()
    assert tried[0] == most


def test_a_size_keeps_the_rest_of_the_scenario(org: Org) -> None:
    """Only the staff differs."""
    told = of_size(org, SHORT, ROLE, SEAT, 3)
    assert replace(told, staff=SHORT.staff) == SHORT
    assert Extra("mot-cua", None, 1) in told.staff.more


@pytest.mark.parametrize(
    "told",
    [
        replace(SHORT, work=Work(pace={"them2.qltm": 2.0})),
        replace(SHORT, staff=replace(SHORT.staff, leave={"them2.qltm": ()})),
    ],
)
def test_who_is_added_is_another_with_each_size(told: Scenario, org: Org) -> None:
    """A pace or a leave of a new officer would become somebody else's, unseen."""
    check_sizable(org, SHORT)
    with pytest.raises(BadValue, match=r"them2\.qltm"):
        check_sizable(org, told)
