"""R121: may this account hold this step? Each way it may not, on the day it is handed, in the words people read."""

from __future__ import annotations

from datetime import date

import pytest
from offices import ORG, at, delegated, flow

from flowiso.machine import Row, compile_flow
from flowiso.model import Account, Delegation, Finding, Post
from flowiso.org import Org
from flowiso.routing import fitting, may_keep, misroute
from flowiso.text import Text
from flowiso.worktime import instant

AWAY = (date(2021, 9, 13), date(2021, 9, 17))
LEFT = Account(
    "roi",
    "Rời",
    frozenset({"van-thu"}),
    "vp",
    date(2021, 9, 16),
    earlier=(Post(frozenset({"chuyen-vien"}), "phong", None, date(2021, 9, 16)),),
)
"""An officer who became a clerk of another office."""
SICK = Account("om", "Ốm", frozenset({"giam-doc"}), "lanh-dao", leave=(AWAY,))
OFFICE = ORG._replace(accounts={**ORG.accounts, "roi": LEFT, "om": SICK})


def moment(day: str) -> int:
    """Eight in the morning of a day of 2021."""
    return instant(at(f"{day} 08:00"))


def row(step: str, *delegations: Delegation, org: Org = OFFICE) -> Row:
    """A compiled step or end of the flow, in an office with these delegations."""
    return compile_flow(flow(), org._replace(delegations=delegations)).rows[step]


def judged(step: str, account: str, day: str, *delegations: Delegation, sender: str = "ha") -> Finding | None:
    """What is wrong with handing the step to an account on a day."""
    found = row(step, *delegations)
    return misroute(found.table.org, found.table.flow, found, account, sender, moment(day))


def code(found: Finding | None) -> str | None:
    """The code of what is wrong."""
    return found and found.code


@pytest.mark.parametrize(
    ("step", "account", "day", "number", "name", "vi", "en"),
    [
        ("thu-ly", "ma", "14/09", "DOS200", "unknown-account",
         "tài khoản 'ma' không có trong danh sách tài khoản", "account 'ma' is no account"),
        ("thu-ly", "thoi", "16/09", "DOS201", "closed-account",
         "tài khoản 'thoi' không còn hiệu lực ngày Thứ Năm 16/09/2021", "account 'thoi' is not valid on 2021-09-16"),
        ("thu-ly", "quang", "14/09", "DOS202", "wrong-role",
         "tài khoản 'quang' không có vai trò 'Chuyên viên' mà bước 'thu-ly' cần",
         "account 'quang' lacks the role 'Officer' that step 'thu-ly' asks for"),
        ("thu-ly", "roi", "16/09", "DOS202", "wrong-role",
         "tài khoản 'roi' không có vai trò 'Chuyên viên' mà bước 'thu-ly' cần",
         "account 'roi' lacks the role 'Officer' that step 'thu-ly' asks for"),
        ("thu-ly", "chi", "14/09", "DOS203", "wrong-division",
         "tài khoản 'chi' thuộc 'phong-2', còn bước này thuộc 'phong'",
         "account 'chi' sits in 'phong-2', the step belongs to 'phong'"),
        ("thu-ly", "doi", "15/09", "DOS203", "wrong-division",
         "tài khoản 'doi' thuộc 'phong-2', còn bước này thuộc 'phong'",
         "account 'doi' sits in 'phong-2', the step belongs to 'phong'"),
        ("thu-ly", "nghi", "14/09", "DOS207", "absent-account",
         "tài khoản 'nghi' nghỉ phép ngày Thứ Ba 14/09/2021 mà chưa có ai làm thay",
         "account 'nghi' is on leave on 2021-09-14 and nobody stands in"),
        ("phan-cong", "ha", "14/09", "DOS206", "to-sender",
         "tài khoản 'ha' chính là người giao", "account 'ha' is the sender itself"),
    ],
)  # fmt: skip
def test_r121_why_an_account_may_not_be_handed_a_step(
    step: str, account: str, day: str, number: str, name: str, vi: str, en: str
) -> None:
    found = Finding(number, name, "error", Text(vi, en), holder=account, at=moment(day))
    assert judged(step, account, day) == found


@pytest.mark.parametrize(
    ("step", "account", "day"),
    [
        ("thu-ly", "an", "14/09"),
        ("thu-ly", "thoi", "15/09"),
        ("thu-ly", "nghi", "12/09"),
        ("thu-ly", "nghi", "18/09"),
        ("thu-ly", "doi", "16/09"),
        ("thu-ly", "roi", "15/09"),
        ("phan-cong", "vinh", "14/09"),
        ("ky", "quang", "14/09"),
        ("ky", "kiem", "14/09"),
        ("y-kien", "bo", "14/09"),
    ],
)
def test_r121_right_hand_overs(step: str, account: str, day: str) -> None:
    """A role without a seat is filled wherever one sits; dates and leave count by the day."""
    assert judged(step, account, day) is None


def test_r121_a_sender_may_not_hand_to_himself_though_he_comes_and_goes() -> None:
    """Whether his post has dates makes no difference."""
    for account, day in (("an", "14/09"), ("thoi", "15/09"), ("doi", "16/09")):
        assert code(judged("thu-ly", account, day, sender=account)) == "DOS206"


@pytest.mark.parametrize(
    ("given", "day", "wrong"),
    [
        (delegated("nghi", "an"), "14/09", None),
        (delegated("nghi", "an", "15/09", "16/09"), "14/09", "DOS207"),
        (delegated("nghi", "an", "15/09", "16/09"), "15/09", None),
        (delegated("nghi", "an", "15/09", "16/09"), "16/09", "DOS207"),
        (delegated("binh", "an"), "14/09", "DOS207"),
        (delegated("nghi", "an", steps=("ky",)), "14/09", "DOS207"),
    ],
)
def test_r127_who_is_on_leave_may_be_handed_it_while_somebody_stands_in(
    given: Delegation, day: str, wrong: str | None
) -> None:
    assert code(judged("thu-ly", "nghi", day, given)) == wrong
    step = row("thu-ly", given)
    offered = [one.id for one in fitting(step.table.org, step, "ha", moment(day))]
    assert ("nghi" in offered) is (wrong is None)


@pytest.mark.parametrize(("spell", "wrong"), [((13, 14), "DOS207"), ((15, 17), None)])
def test_r127_who_is_on_leave_himself_stands_in_for_nobody(spell: tuple[int, int], wrong: str | None) -> None:
    """R121: two who stand in for each other leave no desk manned while both are away."""
    away = (date(2021, 9, spell[0]), date(2021, 9, spell[1]))
    org = OFFICE._replace(accounts={**OFFICE.accounts, "an": OFFICE.accounts["an"]._replace(leave=(away,))})
    step = row("thu-ly", delegated("nghi", "an"), delegated("an", "nghi"), org=org)
    assert code(misroute(org, step.table.flow, step, "nghi", "ha", moment("14/09"))) == wrong
    offered = [one.id for one in fitting(org, step, "ha", moment("14/09"))]
    assert ("nghi" in offered, "an" in offered) == (wrong is None, wrong is None)


def test_r127_a_delegate_may_be_handed_what_is_not_his_division() -> None:
    """Only on the days of the delegation."""
    lent = delegated("an", "chi", "15/09", "16/09")
    codes = [code(judged("thu-ly", "chi", day, lent)) for day in ("14/09", "15/09", "16/09")]
    assert codes == ["DOS203", None, "DOS203"]


@pytest.mark.parametrize(
    ("step", "sender", "day", "offered"),
    [
        ("thu-ly", "ha", "14/09", ["an", "binh", "thoi", "kiem", "roi"]),
        ("thu-ly", "an", "16/09", ["binh", "doi", "kiem"]),
        ("thu-ly", "", "18/09", ["an", "binh", "nghi", "doi", "kiem"]),
        ("phan-cong", "ha", "14/09", ["vinh"]),
        ("ky", "ha", "14/09", ["kiem", "quang"]),
        ("ky", "ha", "18/09", ["kiem", "quang", "om"]),
        ("da-cap", "ha", "14/09", []),
    ],
)
def test_r121_the_accounts_offered_for_a_step(step: str, sender: str, day: str, offered: list[str]) -> None:
    """Who holds the post that day, is there, and isn't the sender."""
    found = row(step)
    accounts = fitting(OFFICE, found, sender, moment(day))
    assert sorted(one.id for one in accounts) == sorted(offered)
    assert all(one is OFFICE.accounts[one.id] for one in accounts)
    assert all(judged(step, one.id, day, sender=sender) is None for one in accounts)


@pytest.mark.parametrize(
    ("held", "target", "keeps"),
    [
        ("ky", "ky-tu-choi", True),
        ("thu-ly", "ky", False),
        ("tra", "da-cap", False),
        ("da-cap", "tra", False),
        ("da-cap", "tu-choi", False),
    ],
)
def test_r121_two_steps_of_one_role_may_stay_in_one_hand(held: str, target: str, keeps: bool) -> None:
    """Then going on with it oneself is no hand-over to the sender; an end is in nobody's hand."""
    assert may_keep(row(held), row(target)) is keeps
