"""The whole life of a dossier through the engine: intake, supplement, fee, opinion, apology, stops, withdrawal, correction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from offices import at, examined, go, office, path, ready, received, shown
from walks import agency

from flowiso.dossier import Dossier
from flowiso.engine import Engine
from flowiso.errors import BadValue, CalendarUnknown, Incomplete, NotAllowed
from flowiso.life import Life
from flowiso.model import (
    APPLICANT,
    BOUNCE,
    CORRECT,
    PAUSE,
    REAPPOINT,
    REASSIGN,
    RECALL,
    RECEIVE,
    RESUME,
    STOP,
    SYSTEM,
    WITHDRAW,
)
from flowiso.store import open_store
from flowiso.worktime import TZ


def life(engine: Engine, hs: Dossier, until: str = "31/12 17:00") -> Life:
    """What the log of the only dossier tells."""
    (found,) = [found for _, found in engine.lives(at(until)) if found.case.number == hs.number]
    return found


# --- intake (R11-R14)


def test_intake_has_its_own_clock() -> None:
    """R13, R83: eight working hours to answer a submission; the legal term begins with the receipt."""
    engine = office()
    hs = engine.submit("MAU-01", to="lan", at=at("11/09 20:00"))
    assert (hs.status, hs.received, hs.due, shown(hs.step_due)) == (1, None, None, "13/09 17:00")
    hs = engine.receive(hs, by="thao", at=at("13/09 09:00"))
    assert (hs.status, shown(hs.received), shown(hs.due), shown(hs.step_due)) == (
        2,
        "13/09 09:00",
        "20/09 17:00",
        "13/09 14:30",
    )


def test_intake_limit_runs_out_for_a_submission_only() -> None:
    """R13: an arrow that time takes at intake refuses what nobody answered, and never what was received."""
    engine = office(intake="cham: tra}, at-limit: {qua-han: khong-nhan")
    hs = engine.submit("MAU-01", to="lan", at=at("13/09 08:00"))
    assert engine.settle(hs, at=at("14/09 08:01")).status == 3
    hs = engine.receive("MAU-01", by="lan", at=at("13/09 08:00"))
    assert engine.settle(hs, at=at("20/09 08:00")) == hs


def test_refusal_at_intake_is_written_and_makes_no_dossier() -> None:
    """R11, R12, R91: with its reason, before the receipt only; it counts nowhere."""
    engine = office()
    hs = engine.submit("MAU-01", to="lan", at=at("13/09 08:00"))
    with pytest.raises(Incomplete) as lacks:
        go(engine, hs, "13/09 09:00 lan thieu")
    assert lacks.value.missing == ("note",)
    refused = go(engine, hs, "13/09 09:00 lan thieu", "thiếu bản sao giấy phép")
    assert (refused.status, refused.ended, refused.received) == (3, True, None)
    assert life(engine, refused).outcome is None
    with pytest.raises(NotAllowed, match="từ chối giải quyết"):
        go(engine, received(engine), "14/09 09:00 lan thieu", "thiếu")


@pytest.mark.parametrize("verb", [WITHDRAW, PAUSE, STOP, REAPPOINT, CORRECT, RESUME])
def test_nothing_to_stop_or_take_back_before_the_receipt(verb: str) -> None:
    """Domain section 4: from 1 a submission goes to 2 or 3 only; no verb leads elsewhere."""
    engine = office()
    hs = engine.submit("MAU-01", to="lan", at=at("13/09 08:00"))
    actor = {WITHDRAW: "lan", CORRECT: "lan"}.get(verb, "quang")
    with pytest.raises(NotAllowed):
        go(engine, hs, f"13/09 09:00 {actor} {verb} an", "lý do", ground="Luật 1", until="2021-09-30", step="thu-ly")
    assert engine.dossier(hs.number) == hs


# --- supplements (R14, R43, R44, R75)

ASKED = ("08/02 09:00 an bo-sung lan", "08/02 10:00 lan gui nguoi-nop")


@pytest.mark.parametrize(
    ("policy", "due", "step_due", "status"),
    [
        ("restart", "24/02 17:00", "19/02 14:00", 2),
        ("pause", "24/02 17:00", "19/02 11:30", 4),
        ("none", "19/02 17:00", "19/02 14:00", 4),
    ],
)
def test_supplement_over_tet(policy: str, due: str, step_due: str, status: int) -> None:
    """R43, R44, R75's worked example: asked Mon 08/02 10:00, handed in Wed 17/02 14:00, five working days from Fri 05/02."""
    engine = office(policy=policy)
    hs = received(engine, "05/02 15:00")
    hs = path(engine, hs, "05/02 15:30 lan chuyen ha", "08/02 08:00 ha chuyen an", *ASKED)
    assert (hs.status, hs.holder, hs.step_due) == (5, APPLICANT, None)
    hs = go(engine, hs, "17/02 14:00 nguoi-nop da-bo-sung an")
    assert (shown(hs.due), shown(hs.step_due), hs.status) == (due, step_due, status)
    assert go(engine, hs, "18/02 08:00 an chuyen quang").status == 4


def test_supplement_asked_late_heals_nothing() -> None:
    """R129: a restart asked after the due day moves neither the due day nor the verdict."""
    engine = office()
    hs = path(engine, examined(engine), "22/09 09:00 an bo-sung lan", "22/09 10:00 lan gui nguoi-nop")
    hs = go(engine, hs, "23/09 09:00 lan da-bo-sung an")
    assert shown(hs.due) == "21/09 17:00"


def test_guidance_is_given_once() -> None:
    """R14, R15: the second supplement says whose fault it is; the reason of each is on the line that asks."""
    engine = office()
    hs = path(engine, examined(engine), "14/09 11:00 an bo-sung lan", "14/09 14:00 lan gui nguoi-nop")
    hs = go(engine, hs, "15/09 08:00 lan da-bo-sung an")
    with pytest.raises(Incomplete) as lacks:
        go(engine, hs, "15/09 09:00 an bo-sung lan")
    assert lacks.value.missing == ("note", "fault")
    with pytest.raises(BadValue, match="applicant, agency"):
        go(engine, hs, "15/09 09:00 an bo-sung lan", "còn thiếu", fault="nobody")
    hs = go(engine, hs, "15/09 09:00 an bo-sung lan", "còn thiếu", fault="agency")
    assert (hs.moves[-1].note, hs.moves[-1].record) == ("còn thiếu", {"fault": "agency"})
    assert hs.state.detour is not None
    assert hs.state.detour.supplements == 2


def test_a_question_sent_back_unasked_means_nothing() -> None:
    """R44: the desk didn't send the request; the next stop is not taken for a supplement and only pauses the clock."""
    engine = office()
    hs = path(engine, examined(engine), "14/09 11:00 an bo-sung lan", "14/09 14:00 lan khong-gui an")
    hs = go(engine, hs, "15/09 08:00 an cho-bo bo", "xin ý kiến", until="2021-09-17")
    assert hs.status == 4
    hs = go(engine, hs, "17/09 08:00 an tra-loi an")
    assert (shown(hs.due), shown(hs.step_due)) == ("23/09 17:00", "21/09 08:00")
    assert hs.status == 4


# --- fees (R54), refusal (R48), opinions (R45), other agencies (R46, R47)


@pytest.mark.parametrize(("fee", "due"), [("times: 2", "23/09 17:00"), ("policy: none", "21/09 17:00")])
def test_waiting_for_the_fee(fee: str, due: str) -> None:
    """R54: the clock stands unless the arrow says it runs."""
    engine = office(fee=fee)
    hs = path(engine, examined(engine), "15/09 08:00 an nop-phi lan", "15/09 09:00 lan gui nguoi-nop")
    assert hs.status == 6
    assert shown(go(engine, hs, "17/09 09:00 lan da-nop an").due) == due


def test_refusal_on_the_merits_is_a_result() -> None:
    """R48: form 03 with its reason, through the desk, resolved in time."""
    engine = office()
    hs = examined(engine)
    with pytest.raises(Incomplete):
        go(engine, hs, "15/09 08:00 an tu-choi quang")
    hs = path(engine, hs, "15/09 08:00 an tu-choi quang", "16/09 08:00 quang ky lan", "24/09 09:00 lan xong")
    assert (hs.status, shown(hs.resolved), life(engine, hs).outcome) == (10, "16/09 08:00", "early")


@pytest.mark.parametrize(
    ("until", "step_due"), [(None, "17/09 08:30"), ("2021-09-20", "20/09 17:00"), ("2021-09-18", "20/09 17:00")]
)
def test_opinion_with_its_own_deadline(until: str | None, step_due: str) -> None:
    """R45: the request says by when, a day off becomes the next working day; silence hands it back, the legal term runs on."""
    engine = office()
    told = {"until": until} if until else {}
    hs = go(engine, examined(engine), "15/09 08:30 an hoi-bo bo", "xin ý kiến về quy hoạch", **told)
    assert (shown(hs.step_due), shown(hs.due), hs.status) == (step_due, "21/09 17:00", 4)
    back = engine.settle(hs, at=at("30/09 08:00"))
    assert (back.holder, back.moves[-1].actor, shown(back.moves[-1].time)) == ("an", SYSTEM, step_due)


@pytest.mark.parametrize(("until", "error"), [("2021-09-14", NotAllowed), ("mai", BadValue), ("20210920", BadValue)])
def test_opinion_by_a_day_that_is_none(until: str, error: type[Exception]) -> None:
    """R45: a deadline is a day to come."""
    engine = office()
    hs = examined(engine)
    with pytest.raises(error):
        go(engine, hs, "15/09 08:00 an hoi-bo bo", "xin ý kiến", until=until)


def test_an_opinion_needs_a_deadline() -> None:
    """R45: where the step of who is asked has no time of its own, the request must say by when."""
    engine = office()
    hs = examined(engine)
    with pytest.raises(Incomplete) as lacks:
        go(engine, hs, "15/09 08:00 an cho-bo bo", "xin ý kiến")
    assert lacks.value.missing == ("until",)
    asked = go(engine, hs, "15/09 08:00 an cho-bo bo", "xin ý kiến", until="2021-09-17")
    assert shown(asked.step_due) == "17/09 17:00"


@pytest.mark.parametrize(
    ("until", "signed", "step_due"),
    [
        ("2021-09-15", "16/09 09:00", "17/09 14:30"),  # over before it was signed: the step's own 12 working hours
        ("2023-01-01", "16/09 09:00", "{due}"),  # within the main term
        ("2021-09-20", "16/09 09:00", "20/09 17:00"),
    ],
)
def test_the_deadline_stated_is_one_that_can_be_kept(until: str, signed: str, step_due: str) -> None:
    """R45: the opinion is asked for within the main term, and nobody is late for what was over before he was asked."""
    engine = Engine(agency(), open_store("memory:"), allow_draft=True)
    hs = drafted(engine, until)
    hs = onward(engine, hs, "ky", signed)
    assert hs.due is not None
    assert shown(hs.step_due) == step_due.format(due=shown(hs.due))


def test_a_deadline_binds_no_other_agency() -> None:
    """R45: the draft is sent back and not asked; the province that decides later has the time of its own step."""
    engine = Engine(agency(), open_store("memory:"), allow_draft=True)
    hs = onward(engine, drafted(engine, "2022-09-01"), "tra-lai", "16/09 08:00")
    hs = onward(engine, hs, "tra-lai", "16/09 08:00")
    for _ in range(12):
        hs = onward(engine, hs, "chuyen" if "chuyen" in hs.state.row.arcs else "ky", "16/09 09:00")
        if hs.state.row.party == "partner":
            break
    assert hs.state.row.within is not None
    assert hs.state.step_due == agency().calendar.plus(hs.state.at, hs.state.row.seconds or 0)


def drafted(engine: Engine, until: str) -> Dossier:
    """A dossier of ATD-02 with a request for an opinion before the signer."""
    hs = engine.receive("ATD-02", by="lan.vp", at=at("14/09 08:00"))
    for action in ("chuyen", "chuyen", "chuyen"):
        hs = onward(engine, hs, action, "14/09 09:00")
    hs = onward(engine, hs, "ha-du-lien-tinh", "14/09 09:00", note="xin ý kiến", record={"until": until})
    return onward(engine, hs, "chuyen", "14/09 09:00")


def onward(engine: Engine, hs: Dossier, action: str, when: str, **said: Any) -> Dossier:
    """An arrow taken by its holder, to the first account that may have it."""
    accounts = next(one for one in engine.actions(hs, at(when)) if one.name == action).accounts
    said = said or {"note": "lý do"}
    return engine.move(hs, action, by=hs.holder, to=accounts[0].id if accounts else None, at=at(when), **said)


def test_a_drafted_request_states_the_deadline_of_who_is_asked() -> None:
    """R45: in ATD-02 the request is drafted and signed before it leaves; its deadline is that of the agency which gets it."""
    engine = Engine(agency(), open_store("memory:"), allow_draft=True)
    hs = engine.receive("ATD-02", by="lan.vp", at=at("14/09 08:00"))
    dues = {}
    for action in ("chuyen", "chuyen", "chuyen", "ha-du-lien-tinh", "chuyen", "ky"):
        asked = {"note": "xin ý kiến", "record": {"until": "2021-09-30"}} if action == "ha-du-lien-tinh" else {}
        to = next(one for one in engine.actions(hs, at("14/09 09:00")) if one.name == action).accounts[0].id
        hs = engine.move(hs, action, by=hs.holder, to=to, at=at("14/09 09:00"), **asked)
        dues[hs.step.id] = shown(hs.step_due)
    assert [dues[step] for step in ("trinh-y-kien", "ky-y-kien", "cho-y-kien")] == [
        "14/09 11:00",
        "14/09 11:00",
        "30/09 17:00",
    ]
    assert hs.state.detour is not None
    assert hs.state.detour.answer_by is None


@pytest.mark.parametrize("code", [flow.code for flow in agency().flows if flow.interconnected])
def test_interconnected_flow_goes_out_and_comes_back(code: str) -> None:
    """R46, R47: handed to the province or a ministry and back to the desk that received it, on the original appointment."""
    engine = Engine(agency(), open_store("memory:"), allow_draft=True)
    hs = engine.receive(code, by="lan.vp", at=at("15/02 08:00") if code.startswith("CNDP") else at("14/09 08:00"))
    due, places = hs.due, []
    while not hs.state.row.ready:
        (onward,) = [action for action in engine.actions(hs, at=hs.moves[-1].time) if action.name == "chuyen"]
        by = (
            hs.holder
            if hs.holder in hs.state.row.fits and not hs.state.row.recorders
            else sorted(hs.state.row.recorders)[0]
        )
        hs = engine.move(hs, "chuyen", by=by, to=onward.accounts[0].id, at=hs.moves[-1].time, note="lý do")
        places.append(hs.holder.rpartition(".")[2])
    assert {"ubnd", "bo"} & set(places)
    assert places[-1] == "vp"
    assert hs.due == due


# --- apology and re-appointment (R49, R50)


def appointed(engine: Engine, when: str, until: str = "2021-05-10") -> Dossier:
    """Received Friday 23/04, due Tuesday 04/05 after two days off, re-appointed."""
    return go(engine, examined(engine, "23/04 08:00"), f"{when} lan {REAPPOINT}", "chờ ý kiến", until=until)


def test_apology_in_time() -> None:
    """R49's example: due Tue 04/05/2021, the latest day is Monday 03/05, a day off; R50: `late` stays against due_original."""
    engine = office()
    hs = appointed(engine, "03/05 22:00")
    assert (shown(hs.due), shown(hs.due_current)) == ("04/05 17:00", "10/05 17:00")
    hs = path(engine, hs, "06/05 08:00 an chuyen quang", "06/05 09:00 quang chuyen hanh", "06/05 10:00 hanh chuyen lan")
    found = life(engine, hs)
    assert (found.outcome, found.apology) == ("late", hs.moves[4])
    with pytest.raises(NotAllowed, match="một ngày trước"):
        appointed(office(), "04/05 07:00")


@pytest.mark.parametrize(("until", "current"), [("2021-05-08", "10/05 17:00"), ("2021-05-05", "05/05 17:00")])
def test_new_day(until: str, current: str) -> None:
    """R49, R70: a day off becomes the next working day."""
    assert shown(appointed(office(), "29/04 08:00", until).due_current) == current


@pytest.mark.parametrize("until", ["2021-05-04", "2021-04-29", "2022-05-10"])
def test_new_day_is_later_and_within_a_year(until: str) -> None:
    """R49: not before the due day, and no day nobody will see."""
    with pytest.raises(NotAllowed, match="trong vòng một năm"):
        appointed(office(), "29/04 08:00", until)


def test_apology_once_only_written_and_with_its_day() -> None:
    """R49: at most once; with reason and day; nothing to re-appoint without a term, before receipt or after the result."""
    engine = office()
    hs = appointed(engine, "29/04 08:00")
    with pytest.raises(NotAllowed, match="một lần"):
        go(engine, hs, f"29/04 09:00 lan {REAPPOINT}", "nữa", until="2021-05-12")
    with pytest.raises(Incomplete) as lacks:
        go(engine, examined(engine), f"15/09 09:00 lan {REAPPOINT}")
    assert lacks.value.missing == ("note", "until")
    free = office(deadline="none")
    with pytest.raises(NotAllowed, match="không có thời hạn"):
        go(free, received(free), f"15/09 09:00 lan {REAPPOINT}", "lý do", until="2021-09-30")
    with pytest.raises(NotAllowed, match="chưa có kết quả"):
        go(engine, ready(engine), f"17/09 09:00 thao {REAPPOINT}", "lý do", until="2021-09-30")


def test_apology_beyond_the_known_calendar_writes_nothing() -> None:
    """R80: no day is made up, and no line stands for it."""
    engine = office()
    when = datetime(2026, 12, 21, 8, tzinfo=TZ)
    hs = engine.receive("MAU-01", by="lan", at=when)
    with pytest.raises(CalendarUnknown):
        engine.move(hs, REAPPOINT, by="lan", note="lý do", record={"until": "2027-01-20"}, at=when)
    assert engine.dossier(hs.number) == hs


def test_appointment_before_a_later_legal_day_counts_no_more() -> None:
    """R50: a restart moved the legal day beyond the one that was promised."""
    engine = office()
    hs = go(engine, examined(engine), f"15/09 08:00 lan {REAPPOINT}", "lý do", until="2021-09-22")
    hs = path(
        engine, hs, "15/09 09:00 an bo-sung lan", "15/09 10:00 lan gui nguoi-nop", "20/09 09:00 lan da-bo-sung an"
    )
    assert shown(hs.due_current) == shown(hs.due) == "27/09 17:00"


# --- stops (R59)

GROUND = {"note": "chờ kết luận thanh tra", "ground": "Luật 1 điều 2"}


def test_stop_for_the_time_being() -> None:
    """R59: the clock stands, nothing goes on, and on resuming the step has the rest of its time and the term its days."""
    engine = office()
    hs = path(engine, examined(engine), f"15/09 10:00 ha {PAUSE}", **GROUND)
    assert (hs.status, hs.step_due, hs.holder) == (8, None, "an")
    for line in ("16/09 08:00 an chuyen quang", f"16/09 08:00 ha {PAUSE}", f"16/09 08:00 lan {REAPPOINT}"):
        with pytest.raises(NotAllowed, match="đang tạm dừng"):
            go(engine, hs, line, **GROUND)
    assert [action.name for action in engine.actions(hs, at=at("16/09 08:00"))] == ["rut"]
    assert life(engine, hs).overdue(int(at("30/09 08:00").timestamp())) is False
    hs = go(engine, hs, f"20/09 10:00 quang {RESUME}", "có kết luận")
    assert (hs.status, shown(hs.due), shown(hs.step_due)) == (4, "24/09 17:00", "21/09 10:00")


@pytest.mark.parametrize(
    ("stopped", "step_due"),
    [("16/09 14:00", "16/09 10:00"), ("16/09 10:00", "20/09 10:00"), ("16/09 09:59", "20/09 10:01")],
)
def test_stop_heals_no_late_step(stopped: str, step_due: str) -> None:
    """R59, R129: due 16/09 10:00; stopped late it stays late, stopped at its due minute it is due when it goes on."""
    engine = office()
    hs = path(engine, examined(engine), f"{stopped} ha {PAUSE}", **GROUND)
    assert shown(go(engine, hs, f"20/09 10:00 ha {RESUME}", "tiếp tục").step_due) == step_due


def test_stop_between_asking_and_waiting_keeps_the_supplement() -> None:
    """R43, R59: the stop pauses, the supplement after it restarts the clock all the same."""
    engine = office()
    hs = path(engine, examined(engine), "14/09 11:00 an bo-sung lan", f"14/09 13:30 ha {PAUSE}", **GROUND)
    hs = path(engine, hs, f"15/09 08:00 ha {RESUME}", "15/09 09:00 lan gui nguoi-nop")
    assert (hs.status, shown(hs.due)) == (5, "22/09 17:00")
    hs = go(engine, hs, "20/09 09:00 lan da-bo-sung an")
    assert (hs.status, shown(hs.due)) == (2, "27/09 17:00")


def test_no_stop_where_the_clock_stands() -> None:
    """R59: the applicant's waiting is a stop already."""
    engine = office()
    hs = path(engine, examined(engine), "14/09 11:00 an bo-sung lan", "14/09 14:00 lan gui nguoi-nop")
    with pytest.raises(NotAllowed, match="đang dừng sẵn") as refused:
        path(engine, hs, f"15/09 08:00 ha {PAUSE}", **GROUND)
    assert refused.value.actions == (STOP,)
    with pytest.raises(NotAllowed, match="không bị tạm dừng"):
        go(engine, hs, f"15/09 08:00 ha {RESUME}", "tiếp")


@pytest.mark.parametrize("verb", [PAUSE, RESUME, STOP])
def test_leaders_alone_stop_and_resume(verb: str) -> None:
    """R59, domain section 4: from 8 back to 4 by a leader's reasoned decision only."""
    engine = office()
    hs = examined(engine)
    if verb == RESUME:
        hs = path(engine, hs, f"15/09 08:00 ha {PAUSE}", **GROUND)
    for actor in ("an", "lan", "long", "khong-co"):
        with pytest.raises(NotAllowed, match="lãnh đạo"):
            go(engine, hs, f"15/09 09:00 {actor} {verb}", **GROUND)
    with pytest.raises(Incomplete):
        go(engine, hs, f"15/09 09:00 ha {verb}")


def test_time_stands_while_stopped() -> None:
    """R59: neither silence nor a limit comes while it is stopped; afterwards both come later."""
    engine = office(silence=True)
    hs = path(engine, examined(engine), f"15/09 10:00 ha {PAUSE}", **GROUND)
    assert engine.settle(hs, at=at("30/09 08:00")) == hs
    hs = go(engine, hs, f"20/09 10:00 ha {RESUME}", "tiếp")
    assert engine.settle(hs, at=at("24/09 18:00")) == hs
    silent = engine.settle(hs, at=at("25/09 00:00"))
    assert (silent.step.id, shown(silent.moves[-1].time), silent.status) == ("im-lang", "24/09 17:00", 9)
    asked = go(engine, examined(engine), "15/09 08:30 an hoi-bo bo", "ý kiến")
    asked = path(engine, asked, f"15/09 10:00 ha {PAUSE}", **GROUND)
    assert engine.settle(asked, at=at("20/09 08:00")) == asked


def test_put_right_while_stopped() -> None:
    """R59, R124: who gets it after a misroute has the whole time of the step, when the stop is over."""
    engine = office()
    hs = path(engine, examined(engine), f"16/09 14:00 ha {PAUSE}", **GROUND)
    hs = path(engine, hs, f"16/09 15:00 an {BOUNCE}", f"16/09 16:00 ha {REASSIGN} binh")
    assert hs.step_due is None
    assert shown(go(engine, hs, f"20/09 07:30 ha {RESUME}", "tiếp").step_due) == "21/09 17:00"


@pytest.mark.parametrize(("arrows", "end"), [(True, "da-dung"), (False, STOP)])
def test_stopped_for_good(arrows: bool, end: str) -> None:
    """R59: resolved, on its own line, at the flow's own end of that kind or at the engine's; late is late (R129)."""
    engine = office(arrows=arrows)
    hs = path(engine, examined(engine), f"22/09 10:00 ha {STOP}", **GROUND)
    found = life(engine, hs)
    assert (hs.ended, hs.status, hs.step.id, hs.holder, hs.step.kind) == (True, 8, end, "", "stopped")  # type: ignore[union-attr]
    assert (found.outcome, found.closed_overdue, found.kind) == ("stopped", True, "stopped")
    with pytest.raises(NotAllowed):
        go(engine, hs, f"23/09 08:00 lan {CORRECT} an", "sai", step="thu-ly")


def test_stopped_for_good_while_stopped_or_waiting() -> None:
    """R59, R75: closing ends the stop it stands in, whose time is not the agency's."""
    engine = office()
    stopped = path(engine, examined(engine), f"15/09 10:00 ha {PAUSE}", f"24/09 10:00 ha {STOP}", **GROUND)
    assert (shown(stopped.due), life(engine, stopped).closed_overdue) == ("30/09 17:00", False)
    asked = path(engine, examined(engine), "15/09 09:00 an bo-sung lan", "15/09 10:00 lan gui nguoi-nop")
    asked = path(engine, asked, f"24/09 10:00 ha {STOP}", **GROUND)
    assert (asked.status, life(engine, asked).closed_overdue) == (8, False)


# --- withdrawal (R57)


def test_withdrawn_by_arrow_or_by_verb() -> None:
    """R57: by the flow's arrow where it has one; else by the verb, which the desk takes for the applicant."""
    engine = office()
    with pytest.raises(NotAllowed, match="'rut'") as refused:
        go(engine, examined(engine), f"15/09 08:00 lan {WITHDRAW}")
    assert refused.value.actions == ("rut",)
    hs = go(engine, examined(engine), "15/09 08:00 lan rut")
    assert (hs.status, life(engine, hs).outcome) == (7, "withdrawn")
    bare = office(arrows=False)
    with pytest.raises(NotAllowed, match="Bộ phận Một cửa"):
        go(bare, examined(bare), f"15/09 08:00 an {WITHDRAW}")
    for by in ("lan", APPLICANT):
        hs = go(bare, examined(bare), f"15/09 08:00 {by} {WITHDRAW}")
        assert (hs.status, hs.step.id, hs.holder, life(bare, hs).outcome) == (7, WITHDRAW, "", "withdrawn")
    with pytest.raises(NotAllowed, match="đã có kết quả"):
        go(bare, ready(bare), f"17/09 08:00 lan {WITHDRAW}")


@pytest.mark.parametrize(("arrows", "verb"), [(True, "rut"), (False, WITHDRAW)])
def test_withdrawn_while_stopped(arrows: bool, verb: str) -> None:
    """R57, R59: the applicant need not wait for a leader; the stop ends with it."""
    engine = office(arrows=arrows)
    hs = path(engine, examined(engine), f"15/09 10:00 ha {PAUSE}", **GROUND)
    hs = go(engine, hs, f"20/09 10:00 lan {verb}")
    assert (hs.status, hs.state.paused, shown(hs.due)) == (7, False, "24/09 17:00")
    assert life(engine, hs).pauses == ((int(at("15/09 10:00").timestamp()), int(at("20/09 10:00").timestamp())),)


# --- correction (R53), not collected (R56)


@pytest.mark.parametrize("handed_out", [False, True])
def test_wrong_result_is_corrected(handed_out: bool) -> None:
    """R53, R129: back to a step of its making, from the desk or after the end; when it was first there, and the verdict, stay."""
    engine = office()
    hs = ready(engine)
    if handed_out:
        hs = go(engine, hs, "17/09 08:00 thao xong")
    hs = go(engine, hs, f"20/09 08:00 lan {CORRECT} quang", "sai tên", step="ky")
    assert (hs.status, hs.ended, hs.step.id, hs.holder, shown(hs.step_due)) == (4, False, "ky", "quang", "20/09 13:30")
    assert shown(hs.resolved) == "16/09 14:00"
    hs = path(engine, hs, "24/09 08:00 quang chuyen hanh", "24/09 09:00 hanh chuyen thao")
    assert (hs.status, shown(hs.resolved)) == (9, "16/09 14:00")
    hs = path(engine, hs, f"24/09 10:00 thao {BOUNCE}")
    assert shown(hs.resolved) == "16/09 14:00"
    hs = path(engine, hs, f"24/09 11:00 hanh {REASSIGN} lan", "27/09 08:00 lan xong")
    assert (hs.status, life(engine, hs).outcome) == (10, "early")


def test_meanwhile_nothing_else() -> None:
    """R53: a result being corrected is neither withdrawn, nor stopped, nor re-appointed, nor called back once more."""
    for arrows, away in ((True, "rut"), (False, WITHDRAW)):
        engine = office(arrows=arrows)
        hs = go(engine, ready(engine), f"20/09 08:00 lan {CORRECT} an", "sai tên", step="thu-ly")
        assert "rut" not in [action.name for action in engine.actions(hs, at=at("20/09 09:00"))]
        for line in (f"lan {away}", f"ha {PAUSE}", f"ha {STOP}", f"lan {REAPPOINT}", f"lan {CORRECT} an"):
            with pytest.raises(NotAllowed):
                go(engine, hs, f"20/09 09:00 {line}", "lý do", ground="Luật 1", until="2021-09-30", step="ky")


def test_a_stop_after_the_result_moves_no_due_day() -> None:
    """R129: once the result was there the term had come to its end, whatever is asked or set while it is corrected."""
    engine = office()
    hs = go(engine, ready(engine), f"16/09 15:00 lan {CORRECT} an", "sai tên", step="thu-ly")
    hs = path(
        engine, hs, "16/09 15:30 an bo-sung lan", "16/09 16:00 lan gui nguoi-nop", "24/09 08:00 lan da-bo-sung an"
    )
    assert shown(hs.due) == "21/09 17:00"
    assert shown(go(engine, hs, "24/09 09:00 an gap an").due) == "21/09 17:00"
    assert life(engine, hs).outcome == "early"


def test_silence_does_not_come_while_a_result_is_corrected() -> None:
    """R53: there was a result; the due moment has nothing to say any more."""
    engine = office(silence=True)
    hs = go(engine, ready(engine), f"17/09 15:00 lan {CORRECT} an", "sai tên", step="thu-ly")
    assert engine.settle(hs, at=at("30/09 08:00")) == hs


@pytest.mark.parametrize("step", ["tra", "cho-bo-sung", "da-cap", "khong-co"])
def test_corrected_only_where_work_is_done(step: str) -> None:
    """R53: not at a step where the result is there or the clock stands, nor at an end."""
    engine = office()
    with pytest.raises(NotAllowed, match=f"'{step}'"):
        go(engine, ready(engine), f"20/09 08:00 lan {CORRECT} an", "sai tên", step=step)


def test_a_result_bounced_was_not_there() -> None:
    """R129: recalled or bounced at the desk before it was ever corrected, it is available when it comes again."""
    engine = office()
    again: dict[str, Callable[[Dossier], Dossier]] = {
        BOUNCE: lambda hs: go(engine, hs, f"16/09 15:00 thao {BOUNCE}"),
        RECALL: lambda hs: go(engine, hs, f"16/09 15:00 hanh {RECALL}"),
    }
    for back in again.values():
        hs = back(ready(engine))
        assert (hs.status, hs.resolved) == (9, None)
        hs = go(engine, hs, f"22/09 08:00 hanh {REASSIGN} lan")
        assert (shown(hs.resolved), life(engine, hs).outcome) == ("22/09 08:00", "late")


def test_not_collected_is_never_late() -> None:
    """R56: 9 stays; neither overdue nor late, however long it lies."""
    engine = office()
    hs = ready(engine)
    found = life(engine, hs)
    assert (hs.status, found.outcome, found.overdue(int(at("30/12 08:00").timestamp()))) == (9, "early", False)


# --- the clock of the machine (T8), terms


def test_clock_that_jumped_back_is_told() -> None:
    """T8, I8: the line is stamped with the last moment there was and says which moment was told."""
    engine = office()
    hs = examined(engine)
    hs = go(engine, hs, "14/09 09:15 an bo-sung lan", "thiếu bản đồ")
    assert [shown(move.time) for move in hs.moves[-2:]] == ["14/09 10:00", "14/09 10:00"]
    assert hs.moves[-1].record == {"told": "2021-09-14T09:15:00+07:00"}
    assert engine.dossier(hs.number) == hs


def test_a_shorter_term_counts_from_the_receipt() -> None:
    """An arrow with a deadline of its own: two working days from the receipt."""
    engine = office()
    assert shown(go(engine, examined(engine), "14/09 11:00 an gap an").due) == "16/09 17:00"
    assert date(2021, 9, 16).weekday() == 3


def test_received_from_a_submission_by_the_verb() -> None:
    """R11: the same verb by the name `receive` of a move; twice is refused."""
    engine = office()
    hs = engine.submit("MAU-01", to="lan", at=at("13/09 08:00"))
    hs = go(engine, hs, f"13/09 09:00 lan {RECEIVE}")
    with pytest.raises(NotAllowed, match="đã tiếp nhận"):
        go(engine, hs, f"13/09 10:00 lan {RECEIVE}")


def test_a_bounced_result_is_made_anew_or_handed_on_nothing_else() -> None:
    """R53, R129: it was never there, so what it takes to make it anew is time before the result; nobody stops or withdraws it."""
    for arrows in (True, False):
        engine = office(arrows=arrows)
        hs = go(engine, ready(engine), f"16/09 15:00 thao {BOUNCE}")
        for line in (f"lan {WITHDRAW}", f"ha {PAUSE}", f"ha {STOP}", f"lan {REAPPOINT}"):
            with pytest.raises(NotAllowed):
                go(engine, hs, f"16/09 16:00 {line}", "lý do", ground="Luật 1", until="2021-09-30")
    hs = go(engine, hs, f"16/09 16:00 lan {CORRECT} quang", "sai tên", step="ky")
    assert (hs.status, hs.resolved) == (4, None)
    hs = path(engine, hs, "22/09 08:00 quang chuyen hanh", "22/09 09:00 hanh chuyen thao")
    assert (shown(hs.resolved), life(engine, hs).outcome) == ("22/09 09:00", "late")
