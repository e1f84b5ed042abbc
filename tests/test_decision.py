"""The pure core: what is refused and why, who confirms, what moves the clocks, and that a log always tells the same."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import pytest
from cases import ORG, Log, account, at, flow, table
from hypothesis import given, settings
from hypothesis import strategies as st
from walks import CODES, TOLD, Walk, agency, walk

from flowiso.calendar import Calendar
from flowiso.decision import _weighed, actions, decide, open_case, system_move, taken, usual_seq
from flowiso.errors import FlowISOError, Misrouted, NotAllowed
from flowiso.machine import Table, compile_flow
from flowiso.model import (
    APPLICANT,
    BOUNCE,
    CONFIRM,
    PAUSE,
    REASSIGN,
    RECALL,
    RECEIVE,
    RESUME,
    SUBMIT,
    SYSTEM,
    VERBS,
    Move,
    Post,
)
from flowiso.state import State, advance, begin, fold, follow, ripe
from flowiso.term import Term
from flowiso.verbs import take
from flowiso.wish import Wish as Asked
from flowiso.worktime import day_of

HOUR = 3600


class Dossier:
    """A dossier of a shipped flow, moved by decisions alone."""

    def __init__(self, code: str, when: str, submitted: bool = False) -> None:
        self.table: Table = agency().table(code, 1, 2021)
        self.calendar: Calendar = agency().calendar
        verb = SUBMIT if submitted else RECEIVE
        self.moves: list[Move] = [open_case(self.table, verb, "lan.vp", "lan.vp", at(when))]
        self.state: State = begin(self.table, self.calendar, self.moves[0])

    def go(self, when: str, actor: str, action: str, to: str = "") -> Dossier:
        """One decision, taken."""
        moves = decide(self.state, action, actor, to, at(when), said=TOLD)
        self.state = follow(self.calendar, self.state, moves)
        self.moves += moves
        return self

    def wait(self, when: str, to: str = "") -> Dossier:
        """What the system does until then."""
        while timer := ripe(self.state, at(when)):
            self.moves.append(system_move(self.state, timer, to))
            self.state = advance(self.calendar, self.state, self.moves[-1])
        return self

    def refused(self, when: str, actor: str, action: str, to: str = "") -> FlowISOError:
        """The refusal of a wish."""
        with pytest.raises((NotAllowed, Misrouted)) as found:
            decide(self.state, action, actor, to, at(when), said=TOLD)
        return found.value


def at_examiner(code: str = "LTHH-13", when: str = "01/03") -> Dossier:
    """Received at 08:00, handed to the head at 09:00 and to officer mai at 10:00."""
    found = Dossier(code, f"{when} 08:00").go(f"{when} 09:00", "lan.vp", "chuyen", "ha.qltm")
    return found.go(f"{when} 10:00", "ha.qltm", "chuyen", "mai.qltm")


# --- what is refused (U9) ---

SUBMITTED = partial(Dossier, "LTHH-13", "01/03 08:00", True)
RECEIVED = partial(Dossier, "LTHH-13", "01/03 08:00")
EXAMINED = at_examiner


def in_wrong_hands() -> Dossier:
    """Let through to an officer of another division, as a replay would."""
    found = Dossier("LTHH-13", "01/03 08:00").go("01/03 09:00", "lan.vp", "chuyen", "ha.qltm")
    moves = decide(found.state, "chuyen", "ha.qltm", "hung.ktnl", at("01/03 10:00"), strict=False)
    found.state = follow(found.calendar, found.state, moves)
    return found


def bounced() -> Dossier:
    """Back with the head, who may not examine."""
    return at_examiner().go("01/03 11:00", "mai.qltm", BOUNCE)


def asked_once() -> Dossier:
    """A supplement was asked and has come."""
    found = at_examiner().go("02/03 08:00", "mai.qltm", "yeu-cau-bo-sung", "lan.vp")
    found.go("02/03 09:00", "lan.vp", "gui", APPLICANT)
    return found.go("04/03 09:00", "lan.vp", "da-bo-sung", "mai.qltm")


def asked() -> Dossier:
    """The applicant has been asked for a supplement."""
    found = at_examiner().go("02/03 08:00", "mai.qltm", "yeu-cau-bo-sung", "lan.vp")
    return found.go("02/03 09:00", "lan.vp", "gui", APPLICANT)


def ended() -> Dossier:
    """Withdrawn."""
    return at_examiner().go("02/03 08:00", "lan.vp", "rut-ho-so")


def silent() -> Dossier:
    """QLCT-04, received Monday 01/03: silence is consent from Monday 08/03 17:00."""
    return Dossier("QLCT-04", "01/03 08:00").go("01/03 09:00", "lan.vp", "chuyen", "ha.qltm")


Wish = tuple[str, str, str, str]
REFUSED: dict[str, tuple[Callable[[], Dossier], Wish, str, str, tuple[str, ...]]] = {
    "not yet received": (
        SUBMITTED,
        ("01/03 09:00", "lan.vp", "chuyen", "ha.qltm"),
        "chưa được tiếp nhận",
        "tiếp nhận",
        (RECEIVE,),
    ),
    "intake is over (R48)": (
        RECEIVED,
        ("01/03 09:00", "lan.vp", "thieu-giay-to", ""),
        "đã tiếp nhận",
        "từ chối giải quyết",
        ("chuyen", "rut-ho-so"),
    ),
    "not the holder": (
        EXAMINED,
        ("01/03 11:00", "hung.qltm", "chuyen", "ha.qltm"),
        "không giữ hồ sơ",
        "'mai.qltm'",
        (),
    ),
    "wrong holder": (
        in_wrong_hands,
        ("01/03 11:00", "hung.ktnl", "chuyen", "ha.qltm"),
        "không được xử lý",
        "trả lại",
        (BOUNCE, REASSIGN),
    ),
    "bounced to the head": (
        bounced,
        ("01/03 12:00", "ha.qltm", "chuyen", "vinh.qltm"),
        "không được xử lý",
        "giao lại",
        (REASSIGN,),
    ),
    "twice (R14)": (
        asked_once,
        ("05/03 08:00", "mai.qltm", "yeu-cau-bo-sung", "lan.vp"),
        "đủ 1 lần",
        "hành động khác",
        ("chuyen", "can-nop-phi"),
    ),
    "not his to record": (
        asked,
        ("03/03 08:00", "mai.qltm", "da-bo-sung", "mai.qltm"),
        "không giữ hồ sơ",
        "'nguoi-nop'",
        (),
    ),
    "arrow of another role": (
        asked,
        ("03/03 08:00", "nguoi-nop", "khong-bo-sung", ""),
        "không phải 'nguoi-nop'",
        "lan.vp",
        (),
    ),
    "time goes back (I8)": (
        EXAMINED,
        ("01/03 09:59", "mai.qltm", "chuyen", "ha.qltm"),
        "trước lượt chuyển cuối",
        "muộn hơn",
        (),
    ),
    "confirmation goes back (I8)": (
        EXAMINED,
        ("01/03 09:59", "mai.qltm", CONFIRM, ""),
        "trước lượt chuyển cuối",
        "muộn hơn",
        (),
    ),
    "the system's arrow": (
        silent,
        ("02/03 09:00", "ha.qltm", "het-han", ""),
        "hệ thống",
        "hành động khác",
        ("chuyen",),
    ),
    "silence has come": (
        silent,
        ("09/03 00:00", "ha.qltm", "chuyen", "mai.qltm"),
        "hết hạn lúc 08/03/2021 17:00",
        "xem lại",
        (),
    ),
    "verb after silence": (
        silent,
        ("09/03 00:00", "ha.qltm", CONFIRM, ""),
        "hết hạn lúc 08/03/2021 17:00",
        "xem lại",
        (),
    ),
    "no such action": (
        EXAMINED,
        ("01/03 11:00", "mai.qltm", "bay", ""),
        "không có hành động 'bay'",
        "có thể: chuyen",
        ("chuyen", "rut-ho-so"),
    ),
    "ended": (
        ended,
        ("03/03 08:00", "mai.qltm", "chuyen", "ha.qltm"),
        "không có hành động",
        "không còn hành động nào",
        (),
    ),
    "ended, verb": (ended, ("03/03 08:00", "", CONFIRM, ""), "không có hành động", "không còn hành động nào", ()),
    "submitted twice": (
        EXAMINED,
        ("01/03 11:00", "mai.qltm", SUBMIT, "lan.vp"),
        "không có hành động",
        "có thể: chuyen",
        (),
    ),
    "nothing to confirm": (RECEIVED, ("01/03 09:00", "lan.vp", CONFIRM, ""), "không có bàn giao", "ai đang giữ", ()),
    "somebody else's to confirm": (
        EXAMINED,
        ("01/03 11:00", "hung.qltm", CONFIRM, ""),
        "không có bàn giao",
        "ai đang giữ",
        (),
    ),
    "received already": (
        RECEIVED,
        ("01/03 09:00", "thao.vp", RECEIVE, ""),
        "không tiếp nhận được",
        "xem lại hồ sơ",
        (),
    ),
    "not of the one-stop unit": (
        SUBMITTED,
        ("01/03 09:00", "mai.qltm", RECEIVE, ""),
        "Bộ phận Một cửa",
        "xem lại hồ sơ",
        (),
    ),
    "recall by another": (
        EXAMINED,
        ("01/03 11:00", "vinh.qltm", RECALL, ""),
        "không thu hồi được",
        "trả lại",
        (BOUNCE,),
    ),
    "bounce by another": (
        EXAMINED,
        ("01/03 11:00", "hung.qltm", BOUNCE, ""),
        "không trả lại được",
        "reassign",
        (REASSIGN,),
    ),
    "nobody to bounce to": (
        RECEIVED,
        ("01/03 11:00", "lan.vp", BOUNCE, ""),
        "không trả lại được",
        "reassign",
        (REASSIGN,),
    ),
    "reassign by another": (
        EXAMINED,
        ("01/03 11:00", "nam.ktnl", REASSIGN, "hung.qltm"),
        "không giao lại được",
        "'mai.qltm'",
        (),
    ),
    "withdrawn before receipt": (
        SUBMITTED,
        ("01/03 11:00", APPLICANT, "rut-ho-so", ""),
        "chưa được tiếp nhận",
        "tiếp nhận",
        (RECEIVE,),
    ),
}


def reads_well(refusal: FlowISOError) -> bool:
    """U9: Vietnamese with its marks, three sentences at most; English beside it."""
    sentences = [part for part in re.split(r"[.;!?](?:\s|$)", refusal.text.vi) if part.strip()]
    return (
        len(sentences) <= 3
        and bool(re.search("[ăâđêôơưạảấầậắặẹếềệịọốồộớờợụứừựỷ]", str(refusal)))
        and bool(refusal.text.en)
    )


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(name: str) -> None:
    """U9: each says what is wrong and what to do instead; `actions` names what may be done (R11, R14, R48, R120, I3, I8)."""
    make, wish, why, instead, ways = REFUSED[name]
    refusal = make().refused(*wish)
    assert isinstance(refusal, NotAllowed)
    assert why in str(refusal)
    assert instead in str(refusal)
    assert reads_well(refusal)
    assert set(ways) <= set(refusal.actions)


@pytest.mark.parametrize(
    ("when", "to", "code"),
    [
        ("01/03 10:00", "khong.ai", "DOS200"),
        ("01/03 10:00", "", "DOS200"),
        ("01/03 10:00", "quang.lds", "DOS202"),
        ("01/03 10:00", "hung.ktnl", "DOS203"),
        ("20/07 10:00", "binh.qltm", "DOS207"),
    ],
)
def test_misrouted_before_the_move(when: str, to: str, code: str) -> None:
    """R121: unknown, another role, another division's namesake, on leave; the fitting accounts are named, the absent left out."""
    found = Dossier("LTHH-13", "01/03 08:00").go("01/03 09:00", "lan.vp", "chuyen", "ha.qltm")
    refusal = found.refused(when, "ha.qltm", "chuyen", to)
    assert isinstance(refusal, Misrouted)
    assert refusal.finding.code == code
    assert reads_well(refusal)
    names = [account.id for account in refusal.fitting]
    assert {"mai.qltm", "hung.qltm"} <= set(names)
    assert ("binh.qltm" in names) is (code != "DOS207")
    assert f"được giao cho: {', '.join(names)}" in str(refusal)


def test_wrong_hand_over_let_through(calendar: Calendar) -> None:
    """With strict=False a wrong account is kept to be found (DOS201-207); one nobody knows is not (DOS200)."""
    one = Log(table(), calendar, "14/09 08:00").move("14/09 09:00", "lan", "chuyen", "sep")
    codes = {"chi": "DOS203", "lan": "DOS202", "cu": "DOS201", "nghi": "DOS207", "sep": "DOS202"}
    for wrong, code in codes.items():
        assert decide(one.state, "chuyen", "sep", wrong, at("14/09 10:00"), strict=False)[-1].holder == wrong
        with pytest.raises(Misrouted) as refused:
            decide(one.state, "chuyen", "sep", wrong, at("14/09 10:00"))
        assert refused.value.finding.code == code
        assert [account.id for account in refused.value.fitting] == ["an", "binh"]
    with pytest.raises(Misrouted):
        decide(one.state, "chuyen", "sep", "khong.ai", at("14/09 10:00"), strict=False)


def test_to_oneself_only_within_the_same_role(calendar: Calendar) -> None:
    """DOS206: who is head and one-stop officer may not hand it to himself; an officer goes on with the next step himself."""
    log = Log(table(), calendar, "14/09 08:00", by="kiem")
    with pytest.raises(Misrouted) as refused:
        decide(log.state, "chuyen", "kiem", "kiem", at("14/09 09:00"))
    assert refused.value.finding.code == "DOS206"
    assert [account.id for account in refused.value.fitting] == ["sep"]
    log.move("14/09 09:00", "kiem", "chuyen", "sep").move("14/09 10:00", "sep", "chuyen", "an")
    assert decide(log.state, "lam-tiep", "an", "an", at("14/09 11:00"))[-1].holder == "an"


def test_going_on_oneself_with_dates(calendar: Calendar) -> None:
    """DOS206: an officer who was on leave once may go on himself as well as one who never was; not while on leave."""
    log = Log(table(), calendar, "01/10 08:00").move("01/10 09:00", "lan", "chuyen", "sep")
    log.move("01/10 10:00", "sep", "chuyen", "nghi")
    assert decide(log.state, "lam-tiep", "nghi", "nghi", at("01/10 11:00"))[-1].holder == "nghi"


def test_reassigning_to_oneself_is_no_correction(calendar: Calendar) -> None:
    """R124, R129: else a wrong holder, or one it came back to, could give the step a fresh clock and keep it."""
    wrong = Log(table(), calendar, "14/09 08:00").move("14/09 09:00", "lan", "chuyen", "sep")
    wrong.move("14/09 10:00", "sep", "chuyen", "chi")
    for actor, state in (("chi", wrong.state), ("sep", wrong.move("14/09 11:00", "chi", BOUNCE).state)):
        with pytest.raises(Misrouted):
            decide(state, REASSIGN, actor, actor, at("14/09 12:00"))


def test_closed_accounts_do_nothing(calendar: Calendar) -> None:
    """I3, R128: a move is made by a working account; neither before `since` nor from the day of `until` on."""
    with pytest.raises(NotAllowed, match="không có hiệu lực"):
        open_case(agency().table("LTHH-13", 1, 2021), RECEIVE, "nhi.vp", "", at("26/02 09:00"))
    assert open_case(agency().table("LTHH-13", 1, 2021), RECEIVE, "nhi.vp", "", at("01/03 09:00")).holder == "nhi.vp"
    with pytest.raises(NotAllowed, match="không có hiệu lực"):
        Dossier("LTHH-13", "25/02 08:00", submitted=True).go("26/02 09:00", "nhi.vp", RECEIVE)
    log = Log(table(), calendar, "30/08 08:00").move("30/08 09:00", "lan", "chuyen", "sep")
    log.move("30/08 10:00", "sep", "chuyen", "cu")
    assert decide(log.state, "chuyen", "cu", "sep", at("31/08 16:00"))
    with pytest.raises(NotAllowed, match="'cu' không có hiệu lực"):
        decide(log.state, "chuyen", "cu", "sep", at("01/09 08:00"))
    found = asked()
    assert found.refused("03/03 08:00", "khong.ai", "da-bo-sung", "mai.qltm")


NEW = {
    "moi": account("moi", "chuyen-vien", "phong", since=date(2021, 9, 1)),
    "vang": account(
        "vang", "chuyen-vien", "phong", since=date(2021, 1, 1), leave=((date(2021, 9, 1), date(2021, 9, 1)),)
    ),
    "qua": account(
        "qua",
        "chuyen-vien",
        "phong",
        since=date(2021, 9, 1),
        earlier=(Post(frozenset({"chuyen-vien"}), "phong", date(2021, 1, 1), date(2021, 9, 1)),),
    ),
}


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize(
    ("name", "before", "after"),
    [("cu", True, False), ("moi", False, True), ("vang", False, False), ("qua", False, True)],
)
def test_dated_posts_go_the_direct_way(calendar: Calendar, name: str, before: bool, after: bool, strict: bool) -> None:
    """R128: who has a post up to 31 August, or from then on, is granted on its days, to the second, what the rules grant when
    they are weighed one by one; who has dates and a leave is weighed every time, who came to a second such post during the
    first."""
    here = compile_flow(flow(), ORG._replace(accounts={**ORG.accounts, **NEW}))
    first, source, work = here.first, here.rows["phan-cong"], here.rows["thu-ly"]
    dawn = at("01/09 00:00")
    for second, direct in ((dawn - 1, before), (dawn, after)):
        came = begin(here, calendar, Move(0, second - HOUR, "lan", RECEIVE, first.id, "lan"))
        held = came._replace(row=work, holder=name, sender="sep", confirmed=False)
        sent = came._replace(row=source, holder="sep", sender="lan")
        for state, arc, actor, to in (
            (held, work.arcs["lam-tiep"], name, "an"),
            (sent, source.arcs["chuyen"], "sep", name),
        ):
            said = (actor, to, second, strict)
            assert bool(usual_seq(state, arc, *said, second)) is direct
            weighed = answered(_weighed, state, arc, *said, TOLD, None)
            assert answered(decide, state, arc.action, *said, TOLD) == weighed
        asked = came._replace(holder=name, received=None, row=work), CONFIRM, name, "", second, strict, TOLD
        assert answered(taken, *asked) == answered(take, Asked(*asked))


def answered(ask: Callable[..., object], *of: Any) -> object:
    """What a decision says, granted or refused."""
    try:
        return ask(*of)
    except FlowISOError as error:
        return type(error), str(error)


@pytest.mark.parametrize("actor", ["lan", "moi.vp"])
def test_what_is_paused_isnt_received(calendar: Calendar, actor: str) -> None:
    """R59: where another system's log paused it before the receipt, nobody receives it, the direct way either."""
    new = account(actor, "mot-cua", "vp", since=None if actor == "lan" else date(2021, 9, 1))
    here = compile_flow(flow(), ORG._replace(accounts={**ORG.accounts, actor: new}))
    when = at("14/09 08:00")
    state = begin(here, calendar, Move(0, when, APPLICANT, SUBMIT, here.first.id, "lan"))
    state = advance(calendar, state, Move(1, when, "sep", PAUSE, here.first.id, "lan"))
    with pytest.raises(NotAllowed, match="đang tạm dừng"):
        taken(state, RECEIVE, actor, "", when + HOUR)


def test_only_one_stop_accounts_receive() -> None:
    """R11: and the refusal names them, as they are on that day: nobody who is to come or has left (R128)."""
    for day, new in (("26/02", False), ("01/03", True)):
        for verb, actor, to in ((RECEIVE, "mai.qltm", ""), (SUBMIT, APPLICANT, "mai.qltm"), (RECEIVE, "khong.ai", "")):
            with pytest.raises(NotAllowed, match=r"lan\.vp") as refused:
                open_case(agency().table("LTHH-13", 1, 2021), verb, actor, to, at(f"{day} 08:00"))
            assert reads_well(refused.value)
            assert ("nhi.vp" in str(refused.value)) == new


# --- who confirms, who records ---


def test_confirmation_is_put_before_the_first_action() -> None:
    """At the same instant, by the receiver; once only, and not when he confirmed himself."""
    found = at_examiner()
    first, second = decide(found.state, "chuyen", "mai.qltm", "ha.qltm", at("01/03 11:00"))
    assert first == Move(found.state.seq + 1, at("01/03 11:00"), "mai.qltm", CONFIRM, "thu-ly", "mai.qltm")
    assert second == Move(found.state.seq + 2, at("01/03 11:00"), "mai.qltm", "chuyen", "tham-dinh", "ha.qltm")
    found.go("01/03 10:30", "mai.qltm", CONFIRM)
    assert len(decide(found.state, "chuyen", "mai.qltm", "ha.qltm", at("01/03 11:00"))) == 1
    received = Dossier("LTHH-13", "01/03 08:00")
    assert len(decide(received.state, "chuyen", "lan.vp", "ha.qltm", at("01/03 09:00"))) == 1


def test_a_confirmation_may_be_told_with_the_action() -> None:
    """R122: taken up at 11:00, passed on at 15:00 is the same as confirming at 11:00 and passing on at 15:00."""
    found = at_examiner()
    together = decide(found.state, "chuyen", "mai.qltm", "ha.qltm", at("01/03 15:00"), taken_up=at("01/03 11:00"))
    (first,) = decide(found.state, CONFIRM, "mai.qltm", "", at("01/03 11:00"))
    confirmed = advance(found.calendar, found.state, first)
    (second,) = decide(confirmed, "chuyen", "mai.qltm", "ha.qltm", at("01/03 15:00"))
    assert together == (first, second)
    assert follow(found.calendar, found.state, together) == advance(found.calendar, confirmed, second)


@pytest.mark.parametrize("taken_up", ["01/03 09:59", "01/03 15:01"])
def test_nothing_is_taken_up_before_it_came_or_after_it_left(taken_up: str) -> None:
    """I2: lines stand in the order of time. It came at 10:00."""
    with pytest.raises(NotAllowed, match=r"thời điểm (sớm|muộn) hơn"):
        decide(at_examiner().state, "chuyen", "mai.qltm", "ha.qltm", at("01/03 15:00"), taken_up=at(taken_up))


def test_what_was_taken_up_already_isnt_again() -> None:
    """Only the first action of a receiver confirms."""
    found = at_examiner().go("01/03 11:00", "mai.qltm", CONFIRM)
    moves = decide(found.state, "chuyen", "mai.qltm", "ha.qltm", at("01/03 15:00"), taken_up=at("01/03 14:00"))
    assert [move.action for move in moves] == ["chuyen"]


def test_nobody_confirms_for_somebody_else() -> None:
    """A withdrawal recorded by the one-stop unit says nothing about whether the officer had it."""
    found = at_examiner()
    (only,) = decide(found.state, "rut-ho-so", "lan.vp", "", at("01/03 11:00"))
    assert (only.actor, only.action, only.step, only.holder) == ("lan.vp", "rut-ho-so", "da-rut", "")


def test_recorded_for_those_without_account() -> None:
    """R15: any one-stop officer records the applicant's acts, he may also act himself; closing is the one-stop unit's alone."""
    found = asked()
    assert found.state.confirmed
    for actor in ("lan.vp", "khoa.vp", APPLICANT):
        (only,) = decide(found.state, "da-bo-sung", actor, "mai.qltm", at("04/03 09:00"))
        assert (only.actor, only.holder) == (actor, "mai.qltm")
    assert found.go("05/04 09:00", "khoa.vp", "khong-bo-sung").state.row.kind == "stopped"


def test_recorder_of_the_holder_records_the_holder_only() -> None:
    """R15: the officer who writes for the council may not write down that the applicant withdrew."""
    found = Dossier("TMQT-14", "01/03 08:00").go("01/03 09:00", "lan.vp", "chuyen", "ha.qltm")
    found.go("01/03 10:00", "ha.qltm", "chuyen", "mai.qltm").go("02/03 08:00", "mai.qltm", "chuyen", "quang.lds")
    found.go("03/03 08:00", "quang.lds", "chuyen", "thinh.ubnd").go("04/03 08:00", "thinh.ubnd", "chuyen", "hoi-dong")
    assert decide(found.state, "chuyen", "hung.qltm", "mai.qltm", at("10/03 08:00"))
    assert "không phải 'mai.qltm'" in str(found.refused("10/03 08:00", "mai.qltm", "rut-ho-so"))
    assert decide(found.state, "rut-ho-so", "lan.vp", "", at("10/03 08:00"))


def test_withdrawal_from_every_step_but_not_after_the_result() -> None:
    """R57; edges of the national codes: 9 leads to 10 only."""
    found = at_examiner()
    assert "rut-ho-so" in actions(found.state)
    assert found.refused("01/03 11:00", "mai.qltm", "rut-ho-so").args
    found.go("01/03 14:00", "mai.qltm", "chuyen", "ha.qltm").go("01/03 15:00", "ha.qltm", "chuyen", "quang.lds")
    found.go("02/03 08:00", "quang.lds", "chuyen", "hanh.vp").go("02/03 09:00", "hanh.vp", "chuyen", "lan.vp")
    assert found.state.resolved == at("02/03 09:00")
    assert actions(found.state) == ("tra",)
    assert isinstance(found.refused("02/03 10:00", APPLICANT, "rut-ho-so"), NotAllowed)
    found.go("30/03 10:00", "lan.vp", "tra")
    assert (found.state.row.kind, found.state.resolved) == ("granted", at("02/03 09:00"))


def test_refused_at_intake() -> None:
    """R11: submitted, answered with a refusal: no dossier comes into being."""
    found = Dossier("LTHH-13", "01/03 08:00", submitted=True)
    assert set(actions(found.state)) == {"thieu-giay-to", "khong-tham-quyen"}
    assert (found.state.received, found.state.due) == (None, None)
    found.go("01/03 09:00", "lan.vp", "thieu-giay-to")
    assert (found.state.row.kind, found.state.received, found.state.due) == ("refused-intake", None, None)


def test_submitted_then_received() -> None:
    """R13, R83: answered within 8 working hours; whoever receives it holds it and the term runs from then."""
    found = Dossier("LTHH-13", "26/02 15:00", submitted=True)
    assert found.state.step_due == at("01/03 15:00")
    found.go("01/03 09:00", "thao.vp", RECEIVE)
    assert (found.state.holder, found.state.received, found.state.due) == (
        "thao.vp",
        at("01/03 09:00"),
        at("15/03 17:00"),
    )
    assert found.state.step_due == at("01/03 14:30")
    assert isinstance(found.refused("01/03 10:00", "thao.vp", BOUNCE), NotAllowed)


def test_answer_to_a_submission_is_not_put_off(calendar: Calendar) -> None:
    """R13, R122: neither a bounce nor a correction gives the one-stop unit a new answering time."""
    log = Log(table(), calendar, "14/09 08:00", submitted=True).move("14/09 09:00", "lan", REASSIGN, "thao")
    due = log.state.step_due
    log.move("14/09 16:00", "thao", BOUNCE).move("15/09 08:00", "lan", REASSIGN, "thao")
    assert log.state.step_due == due == at("15/09 08:00")


# --- bounce, recall, reassign (R120, R122) ---


def test_bounce_and_correction() -> None:
    """R120, R124: back to the sender with the step clock running; the right receiver starts afresh."""
    found = at_examiner()
    due = found.state.step_due
    found.go("02/03 10:00", "mai.qltm", BOUNCE)
    assert (found.state.holder, found.state.sender, found.state.confirmed) == ("ha.qltm", "", True)
    assert (found.state.row.id, found.state.step_due) == ("thu-ly", due)
    found.go("02/03 14:00", "ha.qltm", REASSIGN, "hung.qltm")
    assert (found.state.holder, found.state.confirmed) == ("hung.qltm", False)
    assert found.state.step_due == found.calendar.plus(at("02/03 14:00"), 54 * HOUR)
    assert found.moves[-1].step == "thu-ly"


def test_recall_until_it_is_confirmed() -> None:
    """R120: the sender takes it back, hands it to the right one, whose clock is fresh."""
    found = at_examiner().go("01/03 11:00", "ha.qltm", RECALL)
    assert (found.state.holder, found.state.sender) == ("ha.qltm", "")
    found.go("01/03 14:00", "ha.qltm", REASSIGN, "loan.qltm")
    assert found.state.step_due == found.calendar.plus(at("01/03 14:00"), 54 * HOUR)
    found.go("01/03 15:00", "loan.qltm", CONFIRM)
    assert isinstance(found.refused("01/03 16:00", "ha.qltm", RECALL), NotAllowed)


def test_reassigned_among_colleagues_the_clock_goes_on() -> None:
    """R129: a fitting holder who hands it on gives nobody new time; the new holder may bounce it to him."""
    found = at_examiner()
    due = found.state.step_due
    found.go("03/03 10:00", "mai.qltm", REASSIGN, "hung.qltm")
    assert (found.state.step_due, found.state.sender, found.state.confirmed) == (due, "mai.qltm", False)
    found.go("03/03 11:00", "hung.qltm", BOUNCE)
    assert found.state.holder == "mai.qltm"
    found.go("03/03 14:00", "mai.qltm", "chuyen", "ha.qltm")
    assert found.state.row.id == "tham-dinh"


def test_leave_that_was_over_is_no_excuse(calendar: Calendar) -> None:
    """R129: whether he was there is asked for the day he got it, not the day the step began."""
    log = Log(table(), calendar, "29/09 08:00").move("29/09 09:00", "lan", "chuyen", "sep")
    log.move("29/09 10:00", "sep", "chuyen", "an")
    due = log.state.step_due
    log.move("01/10 08:00", "an", REASSIGN, "nghi").move("01/10 09:00", "nghi", REASSIGN, "binh")
    assert log.state.step_due == due


# --- the clocks ---


def test_restart_gives_full_terms() -> None:
    """R43: asked, waited, handed in: the dossier and the step it comes back to have their whole time again."""
    found = asked()
    assert found.state.stopped_since == at("02/03 09:00")
    assert found.state.step_due is None
    found.go("22/03 09:00", "lan.vp", "da-bo-sung", "mai.qltm")
    assert found.state.stopped_since is None
    assert found.state.due == at("05/04 17:00")
    assert found.state.step_due == found.calendar.plus(at("22/03 09:00"), 54 * HOUR)
    assert found.state.received == at("01/03 08:00")


def test_pause_gives_back_what_was_left(calendar: Calendar) -> None:
    """R75: Tuesday 14/09, 5 wd, due 21/09; paused from Wednesday 09:00 to Friday 10:00, 17 working hours."""
    log = Log(table(policy="pause"), calendar, "14/09 08:00").move("14/09 09:00", "lan", "chuyen", "sep")
    log.move("14/09 10:00", "sep", "chuyen", "an").move("14/09 15:00", "an", "bo-sung", "thao")
    log.move("15/09 09:00", "thao", "gui", APPLICANT).move("17/09 10:00", "lan", "da-bo-sung", "an")
    assert log.state.due == at("24/09 17:00")
    left = 8 * HOUR - calendar.worked(at("14/09 10:00"), at("14/09 15:00"))
    assert log.state.step_due == calendar.plus(at("17/09 10:00"), left)


def test_pause_of_the_specification() -> None:
    """R75 worked example: received Fri 05/02/2021 15:00, 5 wd, asked Mon 08/02 10:00, back Wed 17/02 14:00: due Wed 24/02."""
    log = Log(table(policy="pause"), agency().calendar, "05/02 15:00").move("05/02 15:30", "lan", "chuyen", "sep")
    log.move("05/02 16:00", "sep", "chuyen", "an").move("08/02 09:00", "an", "bo-sung", "thao")
    log.move("08/02 10:00", "thao", "gui", APPLICANT).move("17/02 14:00", "lan", "da-bo-sung", "an")
    assert log.state.due == at("24/02 17:00")


def test_no_policy_moves_nothing(calendar: Calendar) -> None:
    """R44: `none`: the supplement doesn't touch the due date; the step begins afresh."""
    log = Log(table(policy="none"), calendar, "14/09 08:00").move("14/09 09:00", "lan", "chuyen", "sep")
    log.move("14/09 10:00", "sep", "chuyen", "an").move("14/09 15:00", "an", "bo-sung", "thao")
    log.move("15/09 09:00", "thao", "gui", APPLICANT).move("17/09 10:00", "lan", "da-bo-sung", "an")
    assert log.state.due == at("21/09 17:00")


def test_fee_pauses_in_a_flow_that_restarts() -> None:
    """R54: LTHH-13, due Mon 15/03; paused from Tue 02/03 10:00 to Thu 04/03 10:00, two days."""
    found = at_examiner().go("02/03 08:00", "mai.qltm", "can-nop-phi", "lan.vp")
    left = found.calendar.worked(at("02/03 08:00"), found.calendar.plus(at("01/03 10:00"), 54 * HOUR))
    found.go("02/03 10:00", "lan.vp", "gui", APPLICANT).go("04/03 10:00", "lan.vp", "da-nop-phi", "mai.qltm")
    assert found.state.due == at("17/03 17:00")
    assert found.state.step_due == found.calendar.plus(at("04/03 10:00"), left)
    assert "can-nop-phi" not in actions(found.state)
    assert "yeu-cau-bo-sung" in actions(found.state)


def inspected(code: str, division: str) -> Dossier:
    """At the inspection since Thursday 04/03 08:00."""
    head, officer, team = {
        "qltm": ("ha.qltm", "mai.qltm", "thang.qltm"),
        "qlcn": ("long.qlcn", "tuan.qlcn", "hai.qlcn"),
    }[division]
    found = Dossier(code, "01/03 08:00").go("01/03 09:00", "lan.vp", "chuyen", head)
    found.go("01/03 10:00", head, "chuyen", officer).go("03/03 08:00", officer, "chuyen", "quang.lds")
    return found.go("04/03 08:00", "quang.lds", "chuyen", team)


def test_repair_pauses_and_the_inspection_goes_on() -> None:
    """R54: LTHH-07, 20 wd, due Mon 29/03; ten working days of repair."""
    found = inspected("LTHH-07", "qltm").go("05/03 08:00", "thang.qltm", "khac-phuc", APPLICANT)
    assert found.state.stopped_since == at("05/03 08:00")
    found.go("19/03 08:00", "lan.vp", "da-khac-phuc", "huong.qltm")
    assert found.state.due == at("12/04 17:00")
    assert found.state.step_due == found.calendar.plus(at("19/03 08:00"), 32 * HOUR)
    found.go("19/03 10:00", "huong.qltm", "khac-phuc", APPLICANT)
    found.go("22/03 10:00", "thang.qltm", "khong-khac-phuc", "mai.qltm")
    assert found.state.step_due == found.calendar.plus(at("22/03 10:00"), 36 * HOUR)


def test_repair_runs_out() -> None:
    """ATTP-01: 60 calendar days to put it right; then the system goes on, stamped with that moment, and the clock runs again."""
    found = inspected("ATTP-01", "qlcn").go("05/03 08:00", "hai.qlcn", "khac-phuc", APPLICANT)
    limit = found.state.step_due
    assert limit is not None
    assert day_of(limit).isoformat() == "2021-05-04"
    assert ripe(found.state, limit) is None
    found.wait("10/05 08:00", "tuan.qlcn")
    assert (found.moves[-1].at, found.moves[-1].actor, found.moves[-1].action) == (limit, SYSTEM, "het-han-khac-phuc")
    assert (found.state.holder, found.state.stopped_since, found.state.row.id) == ("tuan.qlcn", None, "du-thao-tu-choi")
    assert found.state.due is not None
    assert found.state.due > limit


def asking_the_ministry(when: str) -> Dossier:
    """TMQT-01 at the examiner since 01/03 10:00; the ministry must be asked, and the letter leaves at once."""
    return ask_the_ministry(at_examiner("TMQT-01"), when)


def ask_the_ministry(found: Dossier, when: str) -> Dossier:
    """Drafted by the officer, passed by the head, signed and sent by the leadership, all at one moment."""
    found.go(when, "mai.qltm", "can-y-kien-bo", "ha.qltm").go(when, "ha.qltm", "chuyen", "quang.lds")
    return found.go(when, "quang.lds", "chuyen", "bo.y-kien")


def test_arrow_that_sets_the_deadline() -> None:
    """TMQT-01, R45: 7 wd until 10/03; 13 wd from the start, until 18/03, once the letter has left, not before."""
    drafted = at_examiner("TMQT-01").go("03/03 08:00", "mai.qltm", "can-y-kien-bo", "ha.qltm")
    assert drafted.state.due == at("10/03 17:00")
    assert asking_the_ministry("03/03 08:00").state.due == at("18/03 17:00")


def test_deadline_set_after_a_restart_counts_from_the_hand_in() -> None:
    """R43, R45: the clock's start is the hand-in then."""
    found = at_examiner("TMQT-01").go("02/03 08:00", "mai.qltm", "yeu-cau-bo-sung", "lan.vp")
    found.go("02/03 09:00", "lan.vp", "gui", APPLICANT).go("08/03 09:00", "lan.vp", "da-bo-sung", "mai.qltm")
    assert found.state.due == at("17/03 17:00")
    assert ask_the_ministry(found, "09/03 09:00").state.due == at("25/03 17:00")


def test_deadline_set_too_late_heals_nothing() -> None:
    """R129: on the due date it holds, from the next day on the dossier is late and stays so."""
    assert asking_the_ministry("10/03 18:00").state.due == at("18/03 17:00")
    assert asking_the_ministry("11/03 00:00").state.due == at("10/03 17:00")


def test_opinion_runs_out() -> None:
    """R45: silence of the ministry is no consent, the flow goes on; 5 wd to the minute, stamped with it."""
    found = asking_the_ministry("02/03 10:00")
    assert found.state.step_due == at("09/03 10:00")
    assert isinstance(found.refused("09/03 10:01", "hanh.vp", "da-tra-loi", "mai.qltm"), NotAllowed)
    assert decide(found.state, "da-tra-loi", "hanh.vp", "mai.qltm", at("09/03 10:00"))
    found.wait("12/03 08:00", "mai.qltm")
    assert found.moves[-1] == Move(found.state.seq, at("09/03 10:00"), SYSTEM, "het-han-y-kien", "tong-hop", "mai.qltm")
    assert found.state.sender == SYSTEM
    assert isinstance(found.refused("12/03 09:00", "mai.qltm", BOUNCE), NotAllowed)


def test_silence_is_consent() -> None:
    """QLCT-04: closed by the system at the due moment, in time; an action at that moment still counts."""
    found = silent()
    assert ripe(found.state, at("08/03 17:00")) is None
    assert decide(found.state, "chuyen", "ha.qltm", "mai.qltm", at("08/03 17:00"))
    found.wait("15/03 09:00")
    assert found.moves[-1] == Move(2, at("08/03 17:00"), SYSTEM, "het-han", "dong-y-im-lang", "")
    assert (found.state.row.kind, found.state.resolved) == ("silence", at("08/03 17:00"))


def test_silence_waits_while_the_clock_stands() -> None:
    """R43: asked for an explanation there is no silence until the new term is over."""
    found = silent().go("01/03 10:00", "ha.qltm", "chuyen", "mai.qltm")
    found.go("02/03 10:00", "mai.qltm", "co-y-kien", "ha.qltm").go("02/03 11:00", "ha.qltm", "chuyen", "quang.lds")
    found.go("03/03 11:00", "quang.lds", "ky", "hanh.vp").go("03/03 13:00", "hanh.vp", "chuyen", "lan.vp")
    found.go("03/03 14:00", "lan.vp", "gui", APPLICANT)
    assert ripe(found.state, at("17/03 08:00")) is None
    found.go("15/03 09:00", "lan.vp", "da-giai-trinh", "mai.qltm").wait("31/03 09:00")
    assert found.moves[-1].at == at("22/03 17:00")


def test_silence_that_leads_to_a_step_happens_once(calendar: Calendar) -> None:
    """The step at-due leads to runs as well; it is not left again at the same moment for ever."""
    base = flow(silence=True)
    assert base.at_due is not None
    one = compile_flow(base._replace(at_due=base.at_due._replace(target="ky")), ORG)
    log = Log(one, calendar, "14/09 08:00").settle("30/09 08:00")
    assert [(move.action, move.step) for move in log.moves] == [(RECEIVE, "tiep-nhan"), ("het-han", "ky")]
    assert log.state.at == at("21/09 17:00")


def test_time_run_out_is_never_before_the_last_move() -> None:
    """I8: a log in which somebody acted past a limit still gets its system move after that."""
    found = asking_the_ministry("02/03 10:00")
    late = advance(
        found.calendar,
        found.state,
        Move(found.state.seq + 1, at("10/03 08:00"), "bo.y-kien", CONFIRM, "", ""),
    )
    timer = ripe(late, at("11/03 08:00"))
    assert timer is not None
    assert timer[0] == at("10/03 08:00")


def test_milestones_of_the_yearly_plan() -> None:
    """CNDP-01, R61: a step is due at the end of its day in the plan; no legal term; received until the closing day."""
    found = Dossier("CNDP-01", "31/05 16:30")
    assert (found.state.step_due, found.state.due) == (at("31/05 17:00"), None)
    found.go("31/05 16:45", "lan.vp", "chuyen", "tuan.qlcn")
    assert found.state.step_due == at("15/06 17:00")
    found.go("01/06 08:00", "tuan.qlcn", "yeu-cau-bo-sung", "lan.vp").go("01/06 09:00", "lan.vp", "gui", APPLICANT)
    assert found.state.step_due is None
    assert found.go("10/06 09:00", "lan.vp", "da-bo-sung", "tuan.qlcn").state.step_due == at("15/06 17:00")


def test_intake_closes_with_the_plan() -> None:
    """CNDP-01, R83: not a second after the closing day; what was handed in before it may be accepted after it."""
    one = agency().table("CNDP-01", 1, 2021)
    assert open_case(one, RECEIVE, "lan.vp", "", at("31/05 17:00"))
    with pytest.raises(NotAllowed, match="đã đóng nhận hồ sơ lúc 31/05/2021 17:00; hãy từ chối") as refused:
        open_case(one, RECEIVE, "lan.vp", "", at("31/05 17:00") + 1)
    assert reads_well(refused.value)
    assert Dossier("CNDP-01", "31/05 16:00", submitted=True).go("01/06 08:00", "lan.vp", RECEIVE).state.received
    found = Dossier("CNDP-01", "31/05 17:01", submitted=True)
    assert isinstance(found.refused("01/06 08:00", "lan.vp", RECEIVE), NotAllowed)
    assert found.go("01/06 08:00", "lan.vp", "qua-ngay-chot").state.row.kind == "refused-intake"
    with pytest.raises(NotAllowed, match="chưa có mốc"):
        open_case(agency().table("CNDP-01", 1, 2022), RECEIVE, "lan.vp", "", at("01/03/2022 08:00"))


def test_pause_moves_no_milestone(calendar: Calendar) -> None:
    """A day of the plan stays that day even where a flow pauses."""
    base = agency().library.find("CNDP-01")
    one = compile_flow(base._replace(clock_policy="pause"), agency().org, dict(agency().table("CNDP-01", 1, 2021).plan))
    found = Dossier("CNDP-01", "03/05 08:00")
    found.table, found.state = one, begin(one, calendar, found.moves[0])
    found.go("04/05 08:00", "lan.vp", "chuyen", "tuan.qlcn").go("05/05 08:00", "tuan.qlcn", "yeu-cau-bo-sung", "lan.vp")
    found.go("05/05 09:00", "lan.vp", "gui", APPLICANT).go("10/05 09:00", "lan.vp", "da-bo-sung", "tuan.qlcn")
    assert found.state.step_due == at("15/06 17:00")


@pytest.mark.parametrize(("paused_at", "due"), [("15/06 16:00", "30/06 17:00"), ("16/06 08:00", "15/06 17:00")])
def test_a_later_milestone_heals_no_step_that_was_late(calendar: Calendar, paused_at: str, due: str) -> None:
    """R129: paused in time, the step goes by the milestone as it stands when it goes on; paused late, it stays late."""
    found = Dossier("CNDP-01", "03/05 08:00").go("04/05 08:00", "lan.vp", "chuyen", "tuan.qlcn")
    paused = advance(calendar, found.state, found.moves[-1]._replace(at=at(paused_at), action=PAUSE, holder=""))
    one = agency().table("CNDP-01", 1, 2021)
    later = compile_flow(one.flow, agency().org, dict.fromkeys(one.plan, at("30/06 17:00")))
    moved = paused._replace(row=later.rows[paused.row.id])
    resumed = advance(calendar, moved, found.moves[-1]._replace(at=at("17/06 08:00"), action=RESUME, holder=""))
    assert resumed.step_due == at(due)


@pytest.mark.parametrize("policy", ["restart", "pause"])
def test_supplement_asked_when_it_is_late_already(calendar: Calendar, policy: str) -> None:
    """R129: due Tue 21/09; asked that evening it still counts, asked on 22/09 it moves nothing."""
    for asked_at, moves in (("21/09 18:00", True), ("22/09 07:30", False)):
        log = Log(table(policy=policy), calendar, "14/09 08:00").move("14/09 09:00", "lan", "chuyen", "sep")
        log.move("14/09 10:00", "sep", "chuyen", "an").move("21/09 15:00", "an", "bo-sung", "thao")
        log.move(asked_at, "thao", "gui", APPLICANT).move("28/09 08:00", "lan", "da-bo-sung", "an")
        assert (log.state.due != at("21/09 17:00")) is moves


def test_limits_are_counted_by_step_and_action() -> None:
    """R14: thi-lai once at sat-hach; the times of one arrow say nothing about another."""
    found = Dossier("DIEN-09", "01/03 08:00").go("01/03 09:00", "lan.vp", "chuyen", "nam.ktnl")
    found.go("01/03 10:00", "nam.ktnl", "chuyen", "dat.ktnl").go("01/03 14:00", "dat.ktnl", "chuyen", "kien.ktnl")
    found.go("02/03 14:00", "kien.ktnl", "thi-lai", "kien.ktnl")
    assert found.state.times_taken("sat-hach", "thi-lai") == 1
    assert found.state.times_taken("sat-hach", "chuyen") == found.state.times_taken("thu-ly", "thi-lai") == 0
    assert "thi-lai" not in actions(found.state)


def test_guarded_arrow_before_receipt_gives_the_right_reason(calendar: Calendar) -> None:
    """R11: a refusal speaks of the receipt, not of times (R14), when nothing was taken yet."""
    base = flow()
    onward = next(arrow for arrow in base.steps[0].arrows if arrow.action == "chuyen")
    rest = tuple(arrow for arrow in base.steps[0].arrows if arrow is not onward)
    first = base.steps[0]._replace(arrows=(*rest, onward._replace(times=1)))
    one = compile_flow(base._replace(steps=(first, *base.steps[1:])), ORG)
    state = begin(one, calendar, open_case(one, SUBMIT, APPLICANT, "lan", at("14/09 08:00")))
    with pytest.raises(NotAllowed, match="chưa được tiếp nhận"):
        decide(state, "chuyen", "lan", "sep", at("14/09 09:00"))


# --- any dossier (I2, I3, I4, I6, I8, R129) ---

WALKS = st.builds(walk, st.sampled_from(CODES), st.integers(0, 2**32))
LAX = st.builds(partial(walk, strict=False), st.sampled_from(CODES), st.integers(0, 2**32))


def recomputed_due(found: Walk) -> int | None:
    """The due moment from log and flow alone: the stops read anew, the calendar asked once."""
    flow_, rows = found.table.flow, found.table.rows
    term: Term | None = flow_.deadline
    start: int | None = None
    stops: list[tuple[int, int, str]] = []
    asked_at, policy, here = None, "pause", found.table.first

    def due() -> int | None:
        return None if term is None or start is None else found.calendar.due_instant(start, term, stops)

    for move in found.moves:
        if move.action == RECEIVE:
            start = move.at
        arc = here.arcs.get(move.action)
        if arc is None:
            continue
        if arc.kind in ("supplement", "fee", "repair"):
            usual = flow_.clock_policy if arc.kind == "supplement" else "pause"
            policy = arc.arrow.policy or usual
        if asked_at is not None:
            before = due()
            if before is None or day_of(asked_at) <= day_of(before):  # asked too late it gains nothing (R129)
                start, stops = (move.at, []) if policy == "restart" else (start, [*stops, (asked_at, move.at, policy)])
            asked_at = None
        before = due()
        if arc.arrow.deadline is not None and (before is None or day_of(move.at) <= day_of(before)):
            term = arc.arrow.deadline
        here = rows[move.step]
        if here.stopped:
            asked_at = move.at
    return due()


@given(WALKS | LAX)
@settings(max_examples=1500, deadline=None)
def test_any_log(found: Walk) -> None:
    """I2 no gap, I3 every move an arrow or verb of its holder, I4 fold, I6 the due date again from the log, I8 time."""
    table_, calendar = found.table, found.calendar
    assert [move.seq for move in found.moves] == list(range(len(found.moves)))
    assert all(one.at <= two.at for one, two in zip(found.moves, found.moves[1:], strict=False))
    for state, move in zip(found.states, found.moves[1:], strict=False):
        arc = state.row.arcs.get(move.action)
        assert move.step == (state.row.id if arc is None else arc.row.id)
        assert arc is not None or move.action in VERBS
        assert (move.holder == "") is (table_.rows[move.step].step is None)
        if arc is not None and arc.timer:
            assert move.actor == SYSTEM
        elif arc is not None:
            assert move.actor in arc.takers or move.actor in state.row.recorders or move.actor == state.holder
    for cut in range(1, len(found.moves) + 1):
        assert fold(table_, calendar, found.moves[:cut]) == found.states[cut - 1]
    for state, moves in found.decisions:
        one_by_one = state
        for move in moves:
            one_by_one = advance(calendar, one_by_one, move)
        assert follow(calendar, state, moves) == one_by_one
    assert found.state.due == recomputed_due(found)


@given(WALKS)
@settings(max_examples=600, deadline=None)
def test_strict_walks_reach_only_right_hands(found: Walk) -> None:
    """I3, R15, R121: every receiver fits, every supplement goes out by the one-stop unit."""
    org = agency().org
    for state, move in zip(found.states, found.moves[1:], strict=False):
        arc = state.row.arcs.get(move.action)
        if arc is not None and arc.row.step is not None:
            assert move.holder in arc.row.fits
            if arc.row.stopped and arc.kind != "repair":
                assert "mot-cua" in org.accounts[move.actor].roles
        if state.resolved is not None:
            assert table_kind(found, move) in (None, "granted", "refused")


def table_kind(found: Walk, move: Move) -> str | None:
    """The kind of end a move led to; None for a step."""
    return found.table.rows[move.step].kind


def late(state: State, now: int) -> bool:
    """R72 for an open dossier whose clock runs."""
    running = state.received is not None and state.resolved is None and state.stopped_since is None
    return running and state.due is not None and day_of(now) > day_of(state.due)


@given(WALKS | LAX)
@settings(max_examples=1500, deadline=None)
def test_late_stays_late(found: Walk) -> None:
    """R129: once the day after the due date has come with the clock running, nothing done later makes it in time."""
    first_late = None
    for state in found.states:
        if first_late is None and late(state, state.at):
            first_late = state.at
        if first_late is not None and state.due is not None:
            assert day_of(first_late) > day_of(state.due)
        if first_late is not None and state.resolved is not None:
            assert state.due is not None
            assert day_of(state.resolved) > day_of(state.due)


def test_walks_go_everywhere() -> None:
    """The walks aren't idle: every flow is walked to an end, and stops, timers, bounces and refusals happen."""
    found = [walk(code, seed) for code in CODES for seed in range(25)]
    moves = {move.action for one in found for move in one.moves}
    assert {RECEIVE, SUBMIT, CONFIRM, RECALL, BOUNCE, REASSIGN, "het-han", "gui", "da-bo-sung", "rut-ho-so"} <= moves
    assert {one.table.flow.code for one in found if one.state.resolved} == set(CODES)
    assert sum(len(one.moves) for one in found) > 10 * len(found)
    assert any(late(state, state.at) for one in found for state in one.states)
    assert any(one.refused for one in found)
