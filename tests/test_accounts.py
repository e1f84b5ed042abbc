"""People in posts: transfers, leave, delegation, leaders who insist, and two duties in one person."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from cases import agency_alone
from offices import ORG, Office, at, delegated, examined, flow, go, office, path, ready, received, shown

from flowiso.engine import Engine
from flowiso.errors import BadValue, Conflict, Incomplete, Misrouted, NotAllowed
from flowiso.library import load
from flowiso.machine import compile_flow
from flowiso.model import (
    APPLICANT,
    BOUNCE,
    CONFIRM,
    CORRECT,
    PAUSE,
    REASSIGN,
    RECALL,
    RECEIVE,
    Account,
    Delegation,
    Post,
)
from flowiso.org import Org, active
from flowiso.refusals import is_present


def lent(*delegations: Delegation, org: Org = ORG) -> Org:
    """The office with these delegations."""
    return org._replace(delegations=delegations)


# --- posts (R128)


def test_posts_of_who_was_transferred() -> None:
    """R128: one post after the other; on each day the one held then."""
    doi = ORG.accounts["doi"]
    assert [post.division for post in doi.posts] == ["phong-2", "phong"]
    days = (date(2020, 12, 31), date(2021, 1, 1), date(2021, 9, 15), date(2021, 9, 16))
    assert [(post := doi.post(on)) and post.division for on in days] == [None, "phong-2", "phong-2", "phong"]
    assert [active(doi, on) for on in days] == [False, True, True, True]
    fits = office().flows.table("MAU-01", 1, 2021).rows["thu-ly"].fits["doi"]
    assert fits is not None
    assert [(post.division, post.since) for post in fits.posts] == [("phong", date(2021, 9, 16))]


@pytest.mark.parametrize(("when", "code"), [("15/09", "DOS203"), ("16/09", None)])
def test_transferred_fits_from_that_day(when: str, code: str | None) -> None:
    """R121, R128: of another division until the day of the transfer."""
    engine = office()
    hs = path(engine, received(engine), "14/09 09:00 lan chuyen ha")
    if code is None:
        assert go(engine, hs, f"{when} 08:00 ha chuyen doi").holder == "doi"
        return
    with pytest.raises(Misrouted) as wrong:
        go(engine, hs, f"{when} 08:00 ha chuyen doi")
    assert wrong.value.finding.code == code
    assert "doi" not in [account.id for account in wrong.value.fitting]


def test_transferred_away_may_hand_on_but_not_work() -> None:
    """R128: what he still holds is handed on by himself or a leader; he finishes nothing of his old division."""
    posts = (Post(frozenset({"chuyen-vien"}), "phong", None, date(2021, 9, 16)),)
    di = Account("di", "Đi", frozenset({"chuyen-vien"}), "phong-2", date(2021, 9, 16), earlier=posts)
    engine = office(org=ORG._replace(accounts={**ORG.accounts, "di": di}))
    hs = examined(engine, officer="di")
    assert go(engine, hs, "15/09 16:00 di chuyen quang").holder == "quang"
    hs = examined(engine, officer="di")
    with pytest.raises(NotAllowed, match="không được xử lý bước") as refused:
        go(engine, hs, "16/09 08:00 di chuyen quang")
    assert refused.value.actions == (BOUNCE, REASSIGN)
    assert go(engine, hs, f"16/09 08:00 di {REASSIGN} an").holder == "an"


def test_closed_account_does_nothing() -> None:
    """R121, R128: neither an arrow nor a verb; a leader hands its dossiers on."""
    engine = office()
    hs = examined(engine, officer="thoi")
    for action in ("chuyen quang", CONFIRM, BOUNCE, f"{REASSIGN} an"):
        with pytest.raises(NotAllowed, match="không có hiệu lực"):
            go(engine, hs, f"16/09 08:00 thoi {action}")
    assert go(engine, hs, f"16/09 08:00 ha {REASSIGN} an", "đã nghỉ việc").holder == "an"
    with pytest.raises(NotAllowed, match="không có hiệu lực"):
        engine.receive("MAU-01", by="cu", at=at("14/09 08:00"))
    with pytest.raises(NotAllowed, match="không được tiếp nhận"):
        engine.receive("MAU-01", by="an", at=at("14/09 08:00"))


def test_a_recorder_records_as_long_as_he_holds_the_post() -> None:
    """R120: who left the desk takes no applicant's papers any more; a log of another system is read as it is."""
    posts = (Post(frozenset({"mot-cua"}), "vp", None, date(2021, 9, 16)),)
    roi = Account("roi", "Rời", frozenset({"chuyen-vien"}), "phong-2", date(2021, 9, 16), earlier=posts)
    org = ORG._replace(accounts={**ORG.accounts, "roi": roi})
    for strict in (True, False):
        engine = office(org=org, strict=strict)
        hs = path(engine, examined(engine), "14/09 11:00 an bo-sung lan", "14/09 14:00 lan gui nguoi-nop")
        assert go(engine, hs, "15/09 08:00 roi da-bo-sung an").holder == "an"
        hs = path(engine, examined(engine), "14/09 11:00 an bo-sung lan", "14/09 14:00 lan gui nguoi-nop")
        if strict:
            with pytest.raises(NotAllowed):
                go(engine, hs, "16/09 08:00 roi da-bo-sung an")
        else:
            assert go(engine, hs, "16/09 08:00 roi da-bo-sung an").holder == "an"


# --- leave and delegation (R127)


def test_on_leave_without_a_deputy_gets_nothing() -> None:
    """R121: DOS207 until somebody stands in; who is on leave may then be handed it, and the deputy works."""
    engine = office()
    hs = path(engine, received(engine), "14/09 09:00 lan chuyen ha")
    with pytest.raises(Misrouted) as wrong:
        go(engine, hs, "14/09 10:00 ha chuyen nghi")
    assert wrong.value.finding.code == "DOS207"
    engine = office(org=lent(delegated("nghi", "chi")))
    hs = path(engine, received(engine), "14/09 09:00 lan chuyen ha", "14/09 10:00 ha chuyen nghi")
    assert hs.holder == "nghi"
    assert not is_present(hs.state.row, "nghi", hs.state.at)


def test_acts_on_behalf_are_recorded() -> None:
    """R127: confirmation, hand-over, bounce and reassignment carry "behalf"; his own work doesn't."""
    engine = office(org=lent(delegated("an", "binh")))
    hs = go(engine, examined(engine), "14/09 11:00 binh chuyen quang")
    confirm, onward = hs.moves[-2:]
    assert (confirm.action, confirm.actor, confirm.holder, confirm.record) == (CONFIRM, "binh", "an", {"behalf": "an"})
    assert (onward.actor, onward.record) == ("binh", {"behalf": "an"})
    for line in (f"binh {CONFIRM}", f"binh {BOUNCE}", f"binh {REASSIGN} doi"):
        hs = go(engine, examined(engine), f"16/09 11:00 {line}")
        assert hs.moves[-1].record == {"behalf": "an"}
    hs = go(engine, examined(engine, officer="binh"), "14/09 11:00 binh chuyen quang")
    assert [move.record for move in hs.moves] == [None] * len(hs.moves)
    (life,) = [life for _, life in engine.lives(at("30/09 08:00")) if life.case.number == hs.number]
    assert life.misroutes == ()


def test_deputy_of_another_division_holds_it_himself() -> None:
    """R121, R127: within the delegation he fits, though of another division; what he does is on the principal's behalf."""
    engine = office(org=lent(delegated("an", "chi")))
    hs = go(engine, examined(engine, officer="chi"), f"15/09 08:00 chi {CONFIRM}")
    assert hs.moves[-1].record == {"behalf": "an"}
    hs = go(engine, hs, "15/09 09:00 chi chuyen quang")
    assert hs.moves[-1].record == {"behalf": "an"}


@pytest.mark.parametrize(
    ("given", "when"),
    [
        (delegated("an", "chi", "15/09", "20/09"), "14/09"),
        (delegated("an", "chi", "15/09", "20/09"), "20/09"),
        (delegated("an", "chi", procedures=("MAU-02",)), "15/09"),
        (delegated("an", "chi", steps=("ky",)), "15/09"),
        (delegated("khong-co", "chi"), "15/09"),
        (delegated("an", "khong-co"), "15/09"),
        (delegated("thoi", "chi"), "16/09"),
        (delegated("an", "thoi"), "16/09"),
        (delegated("doi", "chi"), "15/09"),
        (delegated("thoi", "chi", "20/09", "25/09"), "20/09"),
    ],
)
def test_outside_its_scope_a_delegation_is_nothing(given: Delegation, when: str) -> None:
    """R127: its days, procedures and steps; and only while principal and delegate hold their own posts."""
    engine = office(org=lent(given))
    hs = path(engine, received(engine), "14/09 09:00 lan chuyen ha")
    with pytest.raises(Misrouted):
        go(engine, hs, f"{when} 10:00 ha chuyen {given.delegate}")
    if given.principal == "an":
        hs = go(engine, hs, f"{when} 10:00 ha chuyen an")
        with pytest.raises(NotAllowed):
            go(engine, hs, f"{when} 11:00 {given.delegate} chuyen quang")


def test_within_its_scope() -> None:
    """R127: the same procedure and step named; on the first and the last day."""
    given = delegated("an", "chi", "15/09", "20/09", procedures=("MAU-01",), steps=("thu-ly",))
    for when in ("15/09", "19/09"):
        engine = office(org=lent(given))
        hs = path(engine, received(engine), "14/09 09:00 lan chuyen ha", f"{when} 10:00 ha chuyen chi")
        assert go(engine, hs, f"{when} 11:00 chi chuyen quang").moves[-1].record == {"behalf": "an"}


def test_what_a_delegate_holds_when_it_ends_is_handed_on() -> None:
    """R127, R128: after the last day he works no longer on it."""
    engine = office(org=lent(delegated("an", "chi", "13/09", "16/09")))
    hs = examined(engine, officer="chi")
    with pytest.raises(NotAllowed, match="không được xử lý bước"):
        go(engine, hs, "16/09 08:00 chi chuyen quang")
    assert go(engine, hs, f"16/09 08:00 chi {REASSIGN} an").moves[-1].record is None


def test_deputies_do_not_delegate_further() -> None:
    """R127: the delegate named is the one; two principals may have the same one."""
    org = lent(delegated("an", "chi"), delegated("chi", "long"), delegated("binh", "chi"))
    table = office(org=org).flows.table("MAU-01", 1, 2021)
    assert sorted(table.rows["thu-ly"].deputies) == ["chi"]
    assert "long" not in table.rows["thu-ly"].fits
    engine = office(org=org)
    assert go(engine, examined(engine, officer="binh"), f"14/09 11:00 chi {CONFIRM}").moves[-1].record == {
        "behalf": "binh"
    }


def test_who_comes_to_hold_the_post_himself_acts_in_his_own_right() -> None:
    """R127, R128: doi stands in for an before he is transferred; from that day his work is his own."""
    engine = office(org=lent(delegated("an", "doi")))
    hs = examined(engine, officer="doi")
    assert go(engine, hs, f"15/09 08:00 doi {CONFIRM}").moves[-1].record == {"behalf": "an"}
    assert go(engine, examined(engine, officer="doi"), f"16/09 08:00 doi {CONFIRM}").moves[-1].record is None


def test_the_desk_may_be_stood_in_for() -> None:
    """R127: each seat of the one-stop unit has a stand-in, who receives on its behalf on the days of the delegation."""
    org = lent(delegated("lan", "hanh", "15/09", "17/09"))
    engine = office(org=org)
    hs = engine.receive("MAU-01", by="hanh", at=at("15/09 08:00"))
    assert hs.moves[0].record == {"behalf": "lan"}
    hs = engine.submit("MAU-01", to="hanh", at=at("15/09 08:00"))
    assert engine.receive(hs, by="hanh", at=at("16/09 08:00")).moves[-1].record == {"behalf": "lan"}
    for when in ("14/09 08:00", "17/09 08:00"):
        with pytest.raises(NotAllowed, match="không giữ vị trí"):
            engine.receive("MAU-01", by="hanh", at=at(when))
    with pytest.raises(NotAllowed, match="không giữ vị trí"):
        go(engine, hs, f"17/09 08:00 hanh {RECEIVE}")


def test_a_taker_needs_no_delegation() -> None:
    """R127: what the desk records of the applicant is its own act, though it stands in for somebody as well."""
    engine = office(org=lent(delegated("an", "lan")))
    hs = go(engine, examined(engine), "15/09 08:00 lan rut")
    assert hs.moves[-1].record is None


# --- leaders (R41, R121, R125, R128)


@pytest.mark.parametrize(
    ("actor", "holder", "leads"),
    [
        ("ha", "an", True),
        ("ha", "chi", True),
        ("long", "an", False),
        ("long", "chi", True),
        ("quang", "lan", True),
        ("kiem", "an", True),
        ("an", "an", False),
        ("bo", "an", False),
        ("khong-co", "an", False),
        ("ha", "khong-co", True),
        ("long", "khong-co", False),
    ],
)
def test_leaders(actor: str, holder: str, leads: bool) -> None:
    """R121, R125: who reviews in the flow's division or the holder's, and who approves."""
    assert ORG.leads(actor, flow(), holder, date(2021, 9, 14)) is leads


def test_leader_in_his_days() -> None:
    """R128: not before and not after."""
    old = Account("xua", "Xưa", frozenset({"giam-doc"}), "lanh-dao", until=date(2021, 9, 14))
    org = ORG._replace(accounts={**ORG.accounts, "xua": old})
    assert [org.leads("xua", flow(), "an", date(2021, 9, day)) for day in (13, 14)] == [True, False]


def test_reassigned_by_a_leader_in_writing() -> None:
    """R41, R128: by the holder, or by a leader who says why; nobody else."""
    engine = office()
    with pytest.raises(NotAllowed, match="không giao lại được"):
        go(engine, examined(engine), f"14/09 11:00 long {REASSIGN} binh", "lý do")
    with pytest.raises(Incomplete):
        go(engine, examined(engine), f"14/09 11:00 ha {REASSIGN} binh")
    hs = go(engine, examined(engine), f"14/09 11:00 ha {REASSIGN} binh", "cân việc")
    assert (hs.holder, hs.moves[-1].note, hs.state.sender) == ("binh", "cân việc", "ha")
    assert go(engine, examined(engine), f"14/09 11:00 an {REASSIGN} binh").holder == "binh"


def test_forced_by_a_leader_in_writing() -> None:
    """R121: blocked unless a leader insists, with his reason; then the receiver may act, and it is no misroute."""
    engine = office()
    hs = path(engine, received(engine), "14/09 09:00 lan chuyen ha")
    with pytest.raises(Incomplete):
        go(engine, hs, "14/09 10:00 ha chuyen chi", force=True)
    with pytest.raises(Misrouted):
        go(engine, hs, "14/09 10:00 ha chuyen khong-co", "lý do", force=True)
    hs = go(engine, hs, "14/09 10:00 ha chuyen chi", "phòng một quá tải", force=True)
    assert hs.moves[-1].record == {"forced": "DOS203"}
    hs = go(engine, hs, "15/09 08:00 chi chuyen quang")
    (life,) = [life for _, life in engine.lives(at("30/09 08:00"))]
    assert life.misroutes == ()
    assert [visit.holder for visit in life.visits] == ["lan", "ha", "chi", "quang"]


def test_only_a_leader_insists() -> None:
    """R121: an officer can't, whatever he writes."""
    engine = office()
    with pytest.raises(NotAllowed, match="trái quy định"):
        go(engine, examined(engine), f"14/09 11:00 an {REASSIGN} chi", "lý do", force=True)
    hs = go(engine, examined(engine), f"14/09 11:00 ha {REASSIGN} chi", "lý do", force=True)
    assert go(engine, hs, "15/09 08:00 chi chuyen quang").holder == "quang"
    hs = go(engine, examined(engine), f"14/09 11:00 ha {REASSIGN} binh", "lý do", force=True)
    assert hs.moves[-1].record is None


def test_a_correction_given_by_force() -> None:
    """R53, R121: the wrong result goes to somebody who may not hold the step, by a leader's word; he may act."""
    engine = office()
    with pytest.raises(Misrouted):
        go(engine, ready(engine), f"20/09 08:00 ha {CORRECT} chi", "sai tên", step="thu-ly")
    hs = go(engine, ready(engine), f"20/09 08:00 ha {CORRECT} chi", "sai tên", force=True, step="thu-ly")
    assert go(engine, hs, "20/09 09:00 chi chuyen quang").holder == "quang"


# --- many at once (R128)


def test_handed_over_in_bulk() -> None:
    """R128: one line for each dossier, its old owner in the log; what may not go stays and is told, all in one transaction."""
    engine = office()
    mine = [examined(engine, officer="binh") for _ in range(2)]
    theirs, signing = examined(engine), go(engine, examined(engine, officer="an"), "14/09 11:00 an chuyen kiem")
    would = engine.would_hand_over("binh", by="ha", to="an", at=at("15/09 08:00"))
    assert all(engine.dossier(hs.number).holder == "binh" for hs in would.moved)
    done = engine.hand_over("binh", by="ha", to="an", note="nghỉ thai sản", at=at("15/09 08:00"))
    assert ([hs.number for hs in done.moved], done.refused) == ([hs.number for hs in would.moved], would.refused)
    assert [hs.number for hs in done.moved] == [hs.number for hs in mine]
    assert done.refused == ()
    assert {(hs.holder, hs.moves[-1].action, hs.moves[-1].note) for hs in done.moved} == {
        ("an", REASSIGN, "nghỉ thai sản")
    }
    assert [engine.dossier(hs.number) for hs in mine] == list(done.moved)
    assert engine.dossier(theirs.number) == theirs
    other = engine.hand_over("kiem", by="quang", to="an", note="lý do", at=at("15/09 08:00"))
    ((number, error),) = other.refused
    assert (number, other.moved, type(error)) == (signing.number, (), Misrouted)
    assert engine.hand_over("binh", by="ha", to="an", note="lý do", at=at("15/09 09:00")) == ((), ())


def test_handed_over_in_bulk_while_recording_another_system() -> None:
    """R121, R128: on_misroute="record" puts down what another system has done, to whomever."""
    engine = office(strict=False)
    hs = go(engine, examined(engine, officer="an"), "14/09 11:00 an chuyen kiem")
    done = engine.hand_over("kiem", by="quang", to="an", note="lý do", at=at("15/09 08:00"))
    assert ([one.number for one in done.moved], done.refused) == ([hs.number], ())


def test_handed_over_by_numbers() -> None:
    """R128: of those named the ones he holds, each once; a number nobody knows, or no list, writes nothing."""
    engine = office()
    one, two, theirs = examined(engine, officer="binh"), examined(engine, officer="binh"), examined(engine)
    done = engine.hand_over(
        "binh", by="ha", to="an", note="lý do", at=at("15/09 08:00"), numbers=[one.number, theirs.number, one.number]
    )
    assert ([hs.number for hs in done.moved], [number for number, _ in done.refused]) == ([one.number], [theirs.number])
    assert engine.dossier(two.number) == two
    for numbers in (two.number, 5, [5]):
        with pytest.raises(BadValue):
            engine.hand_over("binh", by="ha", to="an", note="lý do", at=at("15/09 08:00"), numbers=numbers)  # type: ignore[arg-type]
    assert engine.dossier(two.number) == two


def test_nobody_hands_over() -> None:
    """R128: an account that is neither in _org.yaml nor in any log is a slip; one that only the logs know still hands over."""
    engine = office()
    examined(engine)
    with pytest.raises(BadValue, match="có phải 'binh'"):
        engine.hand_over("bnh", by="ha", to="an", note="lý do", at=at("15/09 08:00"))
    with pytest.raises(BadValue, match="xem lại tên"):
        engine.hand_over("khong-co", by="ha", to="an", note="lý do", at=at("15/09 08:00"), numbers=[])
    left = ORG._replace(accounts={name: one for name, one in ORG.accounts.items() if name != "an"})
    gone = Engine(Office(flow(), org=left), engine.store)
    assert [hs.holder for hs in gone.hand_over("an", by="ha", to="binh", note="x", at=at("15/09 08:00")).moved] == [
        "binh"
    ]


def test_handed_over_all_or_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """R128: somebody moved one of them meanwhile; nothing is written."""
    engine = office()
    hs, other = examined(engine, officer="binh"), examined(engine, officer="binh")
    held = engine._held("binh")
    stale = list(held)
    go(engine, other, "14/09 11:00 binh chuyen quang")
    monkeypatch.setattr(engine, "_held", lambda account: stale)
    with pytest.raises(Conflict):
        engine.hand_over("binh", by="ha", to="an", note="lý do", at=at("15/09 08:00"))
    assert engine.dossier(hs.number) == hs


# --- two duties in one person (R140)


def test_nobody_examines_and_signs_the_same() -> None:
    """R140: refused at the hand-over, not offered, not found by the engine; on another dossier the same person may sign."""
    engine = office()
    hs = examined(engine, officer="kiem")
    with pytest.raises(Misrouted) as wrong:
        go(engine, hs, "14/09 11:00 kiem chuyen kiem")
    assert wrong.value.finding.code == "DOS206"
    hs = path(engine, hs, "14/09 11:00 kiem chuyen quang", "14/09 14:00 quang tra-lai kiem")
    hs = go(engine, hs, f"14/09 15:00 kiem {REASSIGN} an")
    offered = {one.name: [account.id for account in one.accounts] for one in engine.actions(hs, at=at("14/09 15:00"))}
    assert offered["chuyen"] == ["quang"]
    with pytest.raises(Misrouted) as wrong:
        go(engine, hs, "14/09 16:00 an chuyen kiem")
    assert (wrong.value.finding.code, [one.id for one in wrong.value.fitting]) == ("DOS212", ["quang"])
    assert go(engine, examined(engine), "14/09 16:00 an chuyen kiem").holder == "kiem"


def test_nobody_is_left_to_sign() -> None:
    """R121, R140: where only the examiner himself could sign, the remedy is told, not an empty list."""
    engine = office(org=ORG._replace(accounts={name: one for name, one in ORG.accounts.items() if name != "quang"}))
    with pytest.raises(NotAllowed, match="không ai khác giữ được bước 'ky'; hãy xem lại vai trò"):
        go(engine, examined(engine, officer="kiem"), "14/09 11:00 kiem chuyen")


def test_one_person_may_where_the_flow_says_so() -> None:
    """R18, R140: with `one_stop_full` and its basis."""
    engine = office(head="one_stop_full: Luật 1 điều 3")
    hs = path(
        engine, examined(engine, officer="kiem"), "14/09 11:00 kiem chuyen quang", "14/09 14:00 quang tra-lai kiem"
    )
    hs = path(engine, hs, f"14/09 15:00 kiem {REASSIGN} an", "14/09 16:00 an chuyen kiem")
    assert hs.holder == "kiem"


def test_a_deputy_does_not_sign_what_he_examined() -> None:
    """R127, R140: standing in for the director he may sign, but not his own examination; handed to the director it waits."""
    engine = office(org=lent(delegated("quang", "an")))
    hs = go(engine, examined(engine), "14/09 11:00 an chuyen quang")
    with pytest.raises(Misrouted) as wrong:
        go(engine, hs, "14/09 14:00 an chuyen hanh")
    assert wrong.value.finding.code == "DOS212"
    assert go(engine, hs, "14/09 14:00 quang chuyen hanh").holder == "hanh"
    other = go(engine, examined(engine, officer="binh"), "14/09 11:00 binh chuyen quang")
    assert go(engine, other, "14/09 14:00 an chuyen hanh").moves[-1].record == {"behalf": "quang"}


def test_a_principal_does_not_sign_what_was_examined_in_his_name() -> None:
    """R127, R140: a deputy's examination is his principal's own; on another dossier the principal signs."""
    engine = office(org=lent(delegated("kiem", "chi")))
    hs = examined(engine, officer="chi")
    hs = path(engine, hs, "14/09 11:00 chi chuyen quang", "14/09 14:00 quang tra-lai an")
    assert [move.record for move in hs.moves if move.actor == "chi"] == [{"behalf": "kiem"}] * 2
    with pytest.raises(Misrouted) as wrong:
        go(engine, hs, "14/09 15:00 an chuyen kiem")
    assert (wrong.value.finding.code, [one.id for one in wrong.value.fitting]) == ("DOS212", ["quang"])
    assert go(engine, examined(engine), "14/09 16:00 an chuyen kiem").holder == "kiem"


def test_separation_on_the_way_back() -> None:
    """R53, R140: a wrong result isn't given to its signer to be examined again; reassigning is judged as well."""
    engine = office()
    hs = path(
        engine,
        examined(engine),
        "14/09 11:00 an chuyen kiem",
        "14/09 14:00 kiem chuyen hanh",
        "14/09 15:00 hanh chuyen lan",
    )
    for line, step in ((f"20/09 08:00 lan {CORRECT} kiem", "thu-ly"), (f"20/09 08:00 lan {CORRECT} kiem", "vao-so")):
        with pytest.raises(Misrouted) as wrong:
            go(engine, hs, line, "sai tên", step=step)
        assert wrong.value.finding.code in ("DOS212", "DOS203")
    back = go(engine, hs, f"20/09 08:00 lan {CORRECT} an", "sai tên", step="thu-ly")
    with pytest.raises(Misrouted) as wrong:
        go(engine, back, f"20/09 09:00 an {REASSIGN} kiem")
    assert wrong.value.finding.code == "DOS212"
    assert path(engine, back, "20/09 09:00 an chuyen kiem", "20/09 10:00 kiem chuyen hanh").holder == "hanh"


def test_who_records_for_another_has_done_no_duty() -> None:
    """R120, R140: kiem writes the ministry's answer down; that is no examination of his."""
    engine = office()
    hs = go(engine, examined(engine), "15/09 08:00 an hoi-bo bo", "ý kiến")
    hs = path(engine, hs, "15/09 09:00 kiem tra-loi an", "15/09 10:00 an chuyen kiem")
    assert hs.holder == "kiem"


def test_separation_while_recording_another_system() -> None:
    """R140: on_misroute="record" lets it through, to be found in the log."""
    engine = office(strict=False)
    hs = path(engine, examined(engine, officer="kiem"), "14/09 11:00 kiem chuyen quang", "14/09 14:00 quang tra-lai an")
    assert go(engine, hs, "14/09 15:00 an chuyen kiem").holder == "kiem"


# --- who may take back


def test_recall_is_the_senders_alone() -> None:
    """R120: before it is confirmed; a receiver who has confirmed bounces it."""
    engine = office()
    hs = examined(engine)
    with pytest.raises(NotAllowed, match="không thu hồi được"):
        go(engine, hs, f"14/09 11:00 lan {RECALL}")
    assert go(engine, hs, f"14/09 11:00 ha {RECALL}").holder == "ha"
    with pytest.raises(NotAllowed, match="không thu hồi được"):
        path(engine, examined(engine), f"14/09 11:00 an {CONFIRM}", f"14/09 12:00 ha {RECALL}")


def test_confirmed_once_by_who_has_it() -> None:
    """R122: nobody else, not twice, and nobody bounces what no officer gave him."""
    engine = office()
    hs = examined(engine)
    with pytest.raises(NotAllowed, match="không có bàn giao"):
        go(engine, hs, f"14/09 11:00 binh {CONFIRM}")
    hs = go(engine, hs, f"14/09 11:00 an {CONFIRM}")
    with pytest.raises(NotAllowed, match="không có bàn giao"):
        go(engine, hs, f"14/09 12:00 an {CONFIRM}")
    with pytest.raises(NotAllowed, match="không trả lại được"):
        go(engine, received(engine), f"14/09 11:00 lan {BOUNCE}")


def test_applicant_is_no_leader() -> None:
    """R59: the applicant can't stop his own dossier."""
    engine = office()
    with pytest.raises(NotAllowed):
        go(engine, examined(engine), f"15/09 08:00 {APPLICANT} {PAUSE}", "lý do", ground="Luật")
    assert shown(examined(engine).due) == "21/09 17:00"


def test_places_that_stand_for_roles() -> None:
    """R62: a division or a partner named instead of a role lets everybody there hold it; what nobody knows nobody holds."""
    role, partner = ORG.role("vp"), ORG.role("bo")
    assert role is not None
    assert partner is not None
    assert (role.party, partner.party, ORG.role("khong-co")) == ("agency", "partner", None)
    assert sorted(ORG.holders("vp", flow())) == ["cu", "hanh", "lan", "thao"]
    assert ORG.holders("khong-co", flow()) == {}
    sample = flow()
    nobody = sample._replace(steps=(*sample.steps[:-1], sample.steps[-1]._replace(by="khong-co")))
    assert compile_flow(nobody, ORG).rows["tra-tu-choi"].fits == {}
    assert sample.provenance("steps") is not None
    assert sample.provenance("fee") is None


# --- in the file

ORG_FILE = """
  doi.qltm:
    name: Đỗ Văn Đổi
    roles: [chuyen-vien]
    division: qltm
    since: 2021-09-16
    earlier:
      - {roles: [chuyen-vien], division: ktnl, since: 2021-01-01, until: 2021-09-16}
delegations:
  - {of: ha.qltm, to: vinh.qltm, since: 2021-09-13, until: 2021-09-25, paper: GUQ 1, procedures: [LTHH-13], steps: [phan-cong]}
"""


def org_file(tmp_path: Path, text: str) -> Path:
    """The shipped agency's file with something more at its end."""
    folder = tmp_path / "flows"
    agency_alone(folder)
    file = folder / "_org.yaml"
    file.write_text(file.read_text(encoding="utf-8") + text, encoding="utf-8")
    return folder


def test_read_from_the_file(tmp_path: Path) -> None:
    """R127, R128: `earlier` posts and `delegations` of _org.yaml."""
    org = load(org_file(tmp_path, ORG_FILE)).org
    assert [post.division for post in org.accounts["doi.qltm"].posts] == ["ktnl", "qltm"]
    (given,) = org.delegations
    assert (
        given.principal,
        given.delegate,
        given.covers("LTHH-13", "phan-cong"),
        given.covers("LTHH-13", "ky-duyet"),
    ) == (
        "ha.qltm",
        "vinh.qltm",
        True,
        False,
    )


@pytest.mark.parametrize(
    ("wrong", "right", "said"),
    [
        ("until: 2021-09-16}", "}", "until"),
        ("until: 2021-09-16}", "until: 2021-09-17}", "nối tiếp nhau"),
        ("division: ktnl,", "division: khong-co,", "'khong-co' chưa được khai báo"),
        ("    since: 2021-09-16\n", "", "nối tiếp nhau"),
        ("to: vinh.qltm", "to: ha.qltm", "'ha.qltm' không thể ủy quyền cho chính mình; hãy ghi người làm thay ở 'to'"),
        ("to: vinh.qltm", "to: ai-do", "'ai-do' chưa được khai báo"),
        ("until: 2021-09-25", "until: 2021-09-13", "phải sau 'since' (13/09/2021)"),
        ("paper: GUQ 1, ", "", "paper"),
    ],
)
def test_wrong_in_the_file(tmp_path: Path, wrong: str, right: str, said: str) -> None:
    """R127, R128: posts follow each other; a delegation is to somebody else known, on some days, by a paper."""
    folder = org_file(tmp_path, ORG_FILE.replace(wrong, right))
    findings = [finding.message.vi for finding in load(folder).findings if (finding.file or "").endswith("_org.yaml")]
    assert findings
    assert all(said in message for message in findings)


@pytest.mark.parametrize("spoilt", ["to: ha.qltm", "until: 2021-09-13"])
def test_an_empty_delegation_is_told_where_it_is_mended(tmp_path: Path, spoilt: str) -> None:
    """R127: at the line of the word that makes it one."""
    rows = {"of": "ha.qltm", "to": "vinh.qltm", "since": "2021-09-13", "until": "2021-09-25", "paper": "GUQ 1"}
    rows |= [spoilt.split(": ")]
    written = [f"{key}: {value}" for key, value in rows.items()]
    folder = org_file(tmp_path, "delegations:\n  - " + "\n    ".join(written) + "\n")
    lines = (folder / "_org.yaml").read_text(encoding="utf-8").splitlines()
    line = len(lines) - len(written) + written.index(spoilt) + 1
    assert [(finding.code, finding.line) for finding in load(folder).findings] == [("FLW004", line)]
