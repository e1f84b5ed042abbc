"""Indices of TT 01/2018, groups of QĐ 766, quality objectives: points from lives and figures, nothing guessed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import pytest
from cases import IN_TIME, Log, at, plain, table
from cases import ORG as BARE
from hypothesis import given
from hypothesis import strategies as st

from flowiso.calendar import Calendar
from flowiso.life import Life
from flowiso.measures.groups import GROUPS, linear, score_groups, score_item
from flowiso.measures.indices import INDICES, OF_OFFICER, OF_UNIT, RULES, rule_on
from flowiso.measures.objectives import Objective, Reached, measure, spare
from flowiso.measures.points import UNIT_FIGURES, marks, unit_points
from flowiso.measures.scores import Scores, Sum, merged, officer_standing, score, unit_standing
from flowiso.model import ANSWER, APPLICANT, BOUNCE, COMPLAIN, REASSIGN, Channel, Move
from flowiso.period import Period
from flowiso.tracing import trace

ROLES = {**BARE.roles, "mot-cua": BARE.roles["mot-cua"]._replace(duty="receive")}
ORG = BARE._replace(roles=ROLES)
IN_FORCE = date(2021, 12, 31)
LATE, ON_TIME = (*IN_TIME[:4], "22/09 08:00"), (*IN_TIME[:4], "21/09 18:00")
END = at("31/12 23:59")


def dossier(life: Life, calendar: Calendar, forms: int | None = None) -> Mapping[int, int]:
    """The points of one dossier."""
    return marks(life, ORG, calendar, END, forms).dossier


def said(life: Life, calendar: Calendar, *lines: tuple[str, str, str | None]) -> Life:
    """The life with remarks put down after its last line: moment, verb, whether a complaint was founded."""
    log = list(life.log)
    for when, verb, founded in lines:
        record = None if founded is None else {"founded": founded}
        by = APPLICANT if verb == COMPLAIN else "sep"
        log.append(Move(len(log), at(when), by, verb, log[-1].step, log[-1].holder, "lời", record))
    return trace(life.tables[0][1], calendar, life.case, log)


def with_the_officer(calendar: Calendar) -> Log:
    """A dossier received and assigned, that the officer has."""
    log = Log(table(), calendar, "14/09 08:00").move("14/09 09:00", "lan", "chuyen", "sep")
    return log.move("14/09 10:00", "sep", "chuyen", "an")


def asked_for(calendar: Calendar, *faults: str | None) -> Life:
    """A dossier whose applicant was asked for a supplement so many times, each with whose fault it was."""
    log = with_the_officer(calendar)
    for day, fault in enumerate(faults, 15):
        log.move(f"{day}/09 08:30", "an", "bo-sung", "lan")
        if fault is not None:
            log.moves[-1] = log.moves[-1]._replace(record={"fault": fault})
        log.move(f"{day}/09 09:00", "lan", "gui", APPLICANT)
        log.move(f"{day}/09 14:00", "lan", "da-bo-sung", "an")
    return log.life


def test_data() -> None:
    """R96, R97: nine indices, six of a dossier; an officer is classed by five, a unit by all; thresholds fall."""
    assert [index.number for index in INDICES] == list(OF_UNIT) == list(range(1, 10))
    assert [index.number for index in INDICES if index.each == "dossier"] == [1, 2, 3, 4, 6, 7]
    assert OF_OFFICER == (1, 2, 3, 4, 7)
    assert all(index.unseen for index in INDICES if index.basis == "partly")
    (rule,) = RULES
    assert [grade.least for grade in rule.officers] == [5, Decimal("3.5"), 0]
    assert [grade.least for grade in rule.units] == [15, 12, 9, 6, 0]
    assert [rule_on(day) for day in (date(2019, 1, 5), date(2025, 7, 1))] == [None, None]
    assert rule_on(date(2019, 1, 6)) == rule_on(date(2025, 6, 30)) == rule


@pytest.mark.parametrize(("moves", "points"), [(IN_TIME, 2), (ON_TIME, 1), (LATE, 0)])
def test_legal_time_and_attitude(calendar: Calendar, moves: tuple[str, ...], points: int) -> None:
    """TT 01/2018 indices 1 and 7, by dates (R72): early 2, on time 1, late 0; without a complaint attitude is the same."""
    found = dossier(plain(table(), calendar, moves).life, calendar)
    assert (found[1], found[7]) == (points, points)


def test_no_data_is_left_out(calendar: Calendar) -> None:
    """R96: an open dossier, one without a term and a withdrawn one have no index 1; publication is nobody's guess."""
    free = plain(table("MAU-03", "khi", "none"), calendar, IN_TIME).life
    withdrawn = Log(table(), calendar, "14/09 08:00").move("15/09 08:00", APPLICANT, "rut").life
    for life in (Log(table(), calendar, "14/09 08:00").life, free, withdrawn):
        found = dossier(life, calendar)
        assert not {1, 6, 7} & found.keys()
    assert dossier(free, calendar, forms=2)[6] == 2


def test_withdrawn_past_its_due_date_was_late(calendar: Calendar) -> None:
    """R57, R129: withdrawing lowers no lateness that is there."""
    overdue = Log(table(), calendar, "14/09 08:00").move("22/09 08:00", APPLICANT, "rut").life
    assert dossier(overdue, calendar)[1] == 0


def test_complaints(calendar: Calendar) -> None:
    """TT 01/2018 index 7: a complaint takes the points, unless it was found untrue."""
    life = plain(table(), calendar, IN_TIME).life
    complained = ("16/09 08:00", COMPLAIN, None)
    assert dossier(said(life, calendar, complained), calendar)[7] == 0
    assert dossier(said(life, calendar, complained, ("17/09 08:00", ANSWER, "yes")), calendar)[7] == 0
    assert dossier(said(life, calendar, complained, ("17/09 08:00", ANSWER, "no")), calendar)[7] == 2


@pytest.mark.parametrize(
    ("faults", "contacts", "agencies"),
    [((), 2, 2), ((None,), 1, 1), ((None, "agency"), 0, 1), ((None, "applicant"), 1, 1), (("applicant",), 2, 2)],
)
def test_contacts(calendar: Calendar, faults: tuple[str | None, ...], contacts: int, agencies: int) -> None:
    """TT 01/2018 indices 3 and 4, R14: requests that weren't the applicant's fault; the one-stop unit asks for all."""
    found = dossier(asked_for(calendar, *faults), calendar)
    assert (found[3], found[4]) == (contacts, agencies)


def test_another_agency_was_contacted(calendar: Calendar) -> None:
    """Index 4: where not the one-stop unit asks, the applicant had to do with somebody else."""
    life = asked_for(calendar, None)
    assert marks(life, BARE, calendar, END).dossier[4] == 0  # nobody there has the duty to receive


def test_each_unit_and_officer_by_its_own_time(calendar: Calendar) -> None:
    """TT 01/2018 index 2: everybody by the stays of his own, the worst counts; the rest is the dossier's."""
    slow = (*IN_TIME[:2], "14/09 10:00", "17/09 08:30", "17/09 10:00")
    found = marks(plain(table(), calendar, slow).life, ORG, calendar, END)
    assert {name: points[2] for name, points in found.officers.items()} == {"lan": 1, "sep": 1, "an": 0}
    assert {name: points[2] for name, points in found.divisions.items()} == {"vp": 1, "phong": 0}
    assert found.dossier[2] == 0
    assert {points[1] for points in found.officers.values()} == {2}


def test_time_in_a_wrong_account_is_the_senders(calendar: Calendar) -> None:
    """R124: who sent it wrongly is late by what that cost, not who got it."""
    log = Log(table(), calendar, "14/09 08:00").move("14/09 08:30", "lan", "chuyen", "sep")
    log.move("14/09 09:00", "sep", "chuyen", "chi")
    log.move("17/09 08:00", "chi", BOUNCE, "sep").move("17/09 08:30", "sep", REASSIGN, "an")
    log.move("17/09 09:00", "an", "chuyen", "sep")
    found = marks(log.life, ORG, calendar, END).officers
    assert (found["sep"][2], found["an"][2]) == (0, 2)
    assert "chi" not in found


def test_partners_are_not_the_agencys(calendar: Calendar) -> None:
    """R95: what a partner is late with is in nobody's index 2."""
    log = with_the_officer(calendar).move("14/09 11:00", "an", "hoi-y-kien", "bo")
    log.move("20/09 08:00", "bo", "da-tra-loi", "sep").move("20/09 09:00", "sep", "chuyen", "thao")
    found = marks(log.life, ORG, calendar, END)
    assert "bo" not in {*found.officers, *found.divisions}
    assert found.dossier[2] == 1


@pytest.mark.parametrize(
    ("figures", "points"),
    [
        ({"procedures": 116, "one_stop_received": 116, "one_stop_decided": 24}, {5: 2}),
        ({"procedures": 116, "one_stop_received": 116, "one_stop_decided": 23}, {5: 1}),
        ({"procedures": 116, "one_stop_received": 115, "one_stop_decided": 0}, {5: 0}),
        ({"procedures": 0, "one_stop_received": 0, "one_stop_decided": 0}, {}),
        ({"published_forms": 2}, {6: 2}),
        ({"published_forms": 0}, {6: 0}),
        ({"complaints": 0, "complaints_in_time": 0}, {8: 2}),
        ({"complaints": 10, "complaints_in_time": 9}, {8: 1}),
        ({"complaints": 10, "complaints_in_time": 8}, {8: 0}),
        ({"complaints": 10}, {}),
    ],
)
def test_unit_points(figures: dict[str, int], points: dict[int, int]) -> None:
    """TT 01/2018 indices 5, 6 and 8 at their thresholds; missing figures are no zero (R96)."""
    assert unit_points(figures) == points


@pytest.mark.parametrize(
    ("by_level", "online", "late", "points"),
    [(116, 13_468, 0, 2), (116, 13_468, 4, 0), (20, 300, 0, 0), (116, 30, 0, 0), (24, 4093, 0, 2), (0, 2047, 9, 1)],
)
def test_online(by_level: int, online: int, late: int, points: int) -> None:
    """TT 01/2018 index 9 with the numbers of 2021: one online dossier late and there are no points."""
    figures = {"procedures": 116, "procedures_online": by_level, "received": 13_641, "online": online}
    assert unit_points({**figures, "online_late": late}) == {9: points}


def test_mean_rounds_half_up() -> None:
    """R96, article 15 clause 2: one decimal; 1.25 is 1.3, 1.35 is 1.4, though floats say otherwise."""
    assert [Sum(*one).mean for one in ((5, 4), (27, 20), (4, 3))] == [Decimal("1.3"), Decimal("1.4"), Decimal("1.3")]


def test_score_of_a_period(calendar: Calendar) -> None:
    """Dossiers resolved in the period, each once for each who took part (R92)."""
    lives = [plain(table(), calendar, moves).life for moves in (IN_TIME, ON_TIME, LATE)]
    september = score(lives, Period(date(2021, 9, 1), date(2021, 9, 30)), calendar, ORG)
    assert september.agency[1] == Sum(3, 3)
    assert september.officers["an"][1] == september.divisions["phong"][1] == Sum(3, 3)
    assert 6 not in september.agency
    assert score(lives, Period(date(2021, 10, 1), date(2021, 10, 31)), calendar, ORG) == Scores()
    assert score(lives, Period.year(2021), calendar, ORG, lambda _: 1).agency[6] == Sum(3, 3)


def test_online_channel_is_scored_alike(calendar: Calendar) -> None:
    """An intake that was refused is in no index (R91)."""
    channel: Channel = "online"
    log = Log(table(), calendar, "14/09 08:00", channel=channel, submitted=True).move("14/09 09:00", "lan", "thieu")
    assert score([log.life], Period.year(2021), calendar, ORG) == Scores()


SUMS = st.dictionaries(st.integers(1, 9), st.builds(Sum, st.integers(0, 50), st.integers(25, 60)), max_size=9)


@given(st.lists(SUMS, max_size=6), st.integers(0, 6))
def test_merged_is_direct(parts: list[dict[int, Sum]], cut: int) -> None:
    """Sums of parts merged in any grouping are the sums of all."""
    direct = merged(parts)
    assert merged([merged(parts[:cut]), merged(parts[cut:])]) == merged(reversed(parts)) == direct


@given(SUMS)
def test_a_class_is_only_told_when_nothing_missing_can_change_it(sums: dict[int, Sum]) -> None:
    """R96, R97: with any points for the missing indices the class stays the one told, and it isn't told where it doesn't."""
    found = unit_standing(sums, {}, IN_FORCE)
    assert found is not None
    assert set(found.missing) == set(OF_UNIT) - sums.keys()
    assert found.points == sum((sums[number].mean for number in sums), Decimal(0))
    filled = [unit_standing(sums, dict.fromkeys(found.missing, points), IN_FORCE) for points in (0, 1, 2)]
    grades = [one.grade for one in filled if one]
    assert None not in grades
    assert (found.grade is None) == (grades[0] != grades[2])
    assert found.grade in (None, grades[1])


@pytest.mark.parametrize(
    ("points", "grade"),
    [((1, 1, 1, 1, 1), "full"), ((1, 1, 1, 1, 0), "most"), ((1, 1, 1, 0, 0), "less"), ((0, 0, 0, 0, 0), "less")],
)
def test_officer_classes(points: tuple[int, ...], grade: str) -> None:
    """R97: 5 points and more, 3.5 to less than 5, less than 3.5; and none where no rule is in force."""
    sums = {number: Sum(got, 1) for number, got in zip(OF_OFFICER, points, strict=True)}
    found = officer_standing({**sums, 6: Sum(2, 1)}, IN_FORCE)
    assert found is not None
    assert found.grade is not None
    assert (found.grade.id, found.points) == (grade, sum(points))
    assert officer_standing(sums, date(2025, 7, 1)) is None


def test_every_unit_index_names_its_figures() -> None:
    """Article 14: the indices of a unit, and publication, which may be the same for all its procedures."""
    assert set(UNIT_FIGURES) == {index.number for index in INDICES if index.each == "unit"} | {6}


def test_groups_are_a_hundred_points() -> None:
    """R98: six groups, 100 points; the items that are known fill theirs up where the formulas are known."""
    assert sum(group.most for group in GROUPS) == 100
    assert [group.id for group in GROUPS if group.complete] == ["tien-do", "truc-tuyen"]
    items = [item for group in GROUPS for item in group.items]
    assert len({item.id for item in items}) == len(items)
    assert all(item.most is not None for item in items if item.status != "memory")


def test_groups_of_2021() -> None:
    """R98 with what the published year gives: two groups told wholly, the others named as not derivable."""
    figures = {
        "in_time": 13_637, "late": 4, "open_in_time": 0, "open_overdue": 0, "procedures": 116, "procedures_online": 116,
        "procedures_online_used": 46, "received": 13_641, "online": 13_468,
    }  # fmt: skip
    found = {one.group.id: one for one in score_groups(figures)}
    assert (found["tien-do"].points, found["tien-do"].whole) == (Decimal("19.99"), True)
    assert [one.points for one in found["truc-tuyen"].items] == [Decimal("2.00"), Decimal("1.59"), Decimal("6.00")]
    assert (found["truc-tuyen"].points, found["truc-tuyen"].whole) == (Decimal("9.59"), True)
    for name in ("cong-khai", "so-hoa", "thanh-toan", "hai-long"):
        assert (found[name].points, found[name].whole) == (None, False)
        assert all(one.told == "missing" and one.missing for one in found[name].items)


def test_items_without_points_say_why() -> None:
    """R98, R111: nothing arose, or the maximum isn't known: neither is a zero."""
    complaints = next(item for group in GROUPS for item in group.items if item.id == "phan-anh-dung-han")
    assert score_item(complaints, {"complaints": 0, "complaints_in_time": 0}).told == "none_arose"
    assert score_item(complaints, {"complaints": 2, "complaints_in_time": 1}).told == "no_maximum"
    assert score_item(complaints, {"complaints": 2}).missing == ("complaints_in_time",)


@given(st.integers(0, 10**7), st.integers(1, 10**7), st.integers(1, 100), st.integers(1, 22))
def test_linear_and_capped(part: int, whole: int, target: int, most: int) -> None:
    """R98: never above the maximum, reached exactly from the target on, never falling."""
    found = linear(part, whole, target, most)
    assert 0 <= found <= most
    assert linear(part + 1, whole, target, most) >= found
    if 100 * part >= target * whole:
        assert found == most
    else:
        assert abs(found - Decimal(most * 100 * part) / (whole * target)) <= Decimal("0.005")


OBJECTIVE = Objective("đúng hạn", "merits_in_time", "merits", Decimal(99), ("qlcn", "vp"))


@pytest.mark.parametrize(
    ("late", "reached", "value"), [(4, "met", "99.97"), (136, "met", "99.00"), (137, "missed", "99.00")]
)
def test_objective_of_2021(late: int, reached: Reached, value: str) -> None:
    """Section 8 row 11: "trên 99 %" of 13,641 allows at most 136 late, though 137 are 99.00 % too."""
    (found, *_) = measure([OBJECTIVE], {"merits": 13_641, "merits_in_time": 13_641 - late}, {})
    assert (found.reached, found.value) == (reached, value)


def test_objective_of_each_division() -> None:
    """Strictly greater: 99 of 100 isn't above 99 %; 0/0 is nothing arose, no figure is not derivable (R111)."""
    found = measure([OBJECTIVE], {"merits": 100, "merits_in_time": 99}, {"qlcn": {"merits": 0, "merits_in_time": 0}})
    assert [(one.division, one.reached, one.value) for one in found] == [
        (None, "missed", "99.00"),
        ("qlcn", "none_arose", None),
        ("vp", "not_derivable", None),
    ]


@given(st.decimals(0, 100, places=2), st.integers(1, 10**6))
def test_spare_is_the_most(above: Decimal, whole: int) -> None:
    """So many outside are allowed, and not one more."""
    most = spare(above, whole)
    assert most < whole * (100 - above) / 100 <= most + 1
