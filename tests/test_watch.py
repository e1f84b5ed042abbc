"""Findings about dossiers: what is wrong, with whom, since when, and what to do."""

from __future__ import annotations

from datetime import date

import pytest
from cases import IN_TIME, ORG, Log, account, at, flow, plain, table
from hypothesis import given, settings
from hypothesis import strategies as st
from test_life import asked, sent_to
from walks import agency

from flowiso.board import board, piles
from flowiso.calendar import Calendar
from flowiso.decision import decide
from flowiso.hindsight import made_absent
from flowiso.lights import Thresholds, apology_day, ignored, sight, working
from flowiso.machine import Table, compile_flow
from flowiso.model import (
    APPLICANT,
    BOUNCE,
    CORRECT,
    DOSSIER_CODES,
    PAUSE,
    REAPPOINT,
    REASSIGN,
    RECALL,
    RECEIVE,
    RESUME,
    WITHDRAW,
    Delegation,
    Finding,
    Move,
)
from flowiso.refusals import Said
from flowiso.remaining import allowed, needed, remaining, rest
from flowiso.state import begin
from flowiso.text import nfc
from flowiso.watch import findings, standing

HOUR = 3600


def found(log: Log, when: str, within: int = 0) -> list[Finding]:
    """What is found in the log as it stood at a moment, seen at that moment."""
    log = log.until(when)
    result = findings(log.life, log.table, log.calendar, at(when), within)
    for finding in result:
        assert finding.name == DOSSIER_CODES[finding.code]
        assert finding.dossier == "1"
        assert finding.message.vi == nfc(finding.message.vi) != ""
        assert finding.message.vi != finding.message.en
    return list(result)


def codes(log: Log, when: str, within: int = 0) -> list[str]:
    """The codes alone."""
    return [finding.code for finding in found(log, when, within)]


def test_nothing_wrong(calendar: Calendar) -> None:
    log = plain(table(), calendar, IN_TIME)
    assert codes(log, "14/09 09:00") == codes(log, "15/09 10:00") == []


def test_late_when_open(calendar: Calendar) -> None:
    """R72: from 00:00 of the day after the due date."""
    log = Log(table(), calendar, "14/09 08:00")
    assert "DOS101" not in codes(log, "21/09 23:59")
    late = found(log, "22/09 00:00")[0]
    assert (late.code, late.level, late.holder, late.at) == ("DOS101", "error", "lan", at("22/09 00:00"))
    assert "Thứ Ba 21/09/2021" in late.message.vi
    assert "Tuesday 21/09/2021" in late.message.en


def test_late_when_resolved(calendar: Calendar) -> None:
    log = plain(table(), calendar, (*IN_TIME[:4], "22/09 08:00"))
    late = found(log, "30/09 08:00")[0]
    assert (late.code, late.holder, late.at) == ("DOS101", "thao", at("22/09 00:00"))
    assert "22/09/2021 08:00" in late.message.vi
    on_time = plain(table(), calendar, (*IN_TIME[:4], "21/09 18:00"))
    assert "DOS101" not in codes(on_time, "30/09 08:00")


def test_withdrawn_when_overdue_stays_found(calendar: Calendar) -> None:
    """R57, R129: column 9 on the form, yet the lateness that was recorded stays a finding."""
    log = Log(table(), calendar, "14/09 08:00").move("24/09 08:00", APPLICANT, "rut")
    assert codes(log, "24/09 07:00")[0] == "DOS101"
    assert "DOS101" in codes(log, "24/09 08:00")
    early = Log(table(), calendar, "14/09 08:00").move("15/09 08:00", APPLICANT, "rut")
    assert "DOS101" not in codes(early, "24/09 08:00")


def test_slow_steps(calendar: Calendar) -> None:
    """The agency's and partners' visits past the due minute (R72), finished or not; never the applicant's."""
    log = Log(table(), calendar, "14/09 08:00").move("14/09 14:31", "lan", "chuyen", "sep")
    first, second = found(log, "14/09 16:32")
    assert (first.code, first.holder, first.at, first.level) == ("DOS102", "lan", at("14/09 10:00"), "warning")
    assert "3 giờ 01 phút" in first.message.vi
    assert (second.holder, second.at) == ("sep", at("14/09 16:31"))
    assert "1 phút" in second.message.vi
    waiting = asked(calendar, "restart")
    assert "nguoi-nop" not in [finding.holder for finding in found(waiting, "15/12 08:00")]


def test_due_soon(calendar: Calendar) -> None:
    """Open, the clock running, the due moment within so much working time; also in the evening of the due date."""
    log = Log(table(), calendar, "14/09 08:00")
    assert "DOS103" not in codes(log, "20/09 16:59", 8 * HOUR)
    soon = found(log, "20/09 17:00", 8 * HOUR)[1]
    assert (soon.code, soon.holder, soon.at) == ("DOS103", "lan", at("21/09 17:00"))
    assert "DOS103" in codes(log, "21/09 20:00", 8 * HOUR)
    assert "DOS103" not in codes(log, "20/09 17:00")
    assert "DOS103" not in codes(log, "22/09 08:00", 8 * HOUR)
    assert "DOS103" not in codes(asked(calendar, "restart"), "21/09 16:00", 8 * HOUR)
    assert "DOS103" not in codes(plain(table(), calendar, IN_TIME), "21/09 16:00", 8 * HOUR)


def test_wrong_account(calendar: Calendar) -> None:
    """R121, with the reason; it stays in the record after it was put right."""
    for name, code in (("chi", "DOS203"), ("lan", "DOS202"), ("cu", "DOS201"), ("nghi", "DOS207")):
        wrong = found(sent_to(calendar, name), "14/09 10:30")[0]
        assert (wrong.code, wrong.holder, wrong.at) == (code, name, at("14/09 10:00"))
        assert "thu hồi" in wrong.message.vi
    log = sent_to(calendar, "chi").move("14/09 14:00", "chi", REASSIGN, "an")
    assert codes(log, "14/09 14:00") == ["DOS102", "DOS203"]
    assert "nhắc người giao" in found(log, "14/09 14:00")[1].message.vi


def test_handed_to_oneself(calendar: Calendar) -> None:
    log = Log(table(), calendar, "14/09 08:00", by="kiem").move("14/09 09:00", "kiem", "chuyen", "kiem")
    assert codes(log, "14/09 09:00") == ["DOS206"]


def test_account_that_is_none(calendar: Calendar) -> None:
    log = Log(table(), calendar, "14/09 08:00").raw("14/09 09:00", "lan", "chuyen", "phan-cong", "ai-do")
    assert codes(log, "14/09 09:00") == ["DOS200"]


def test_unconfirmed(calendar: Calendar) -> None:
    """R122: over four working hours."""
    log = Log(table(), calendar, "14/09 08:00").move("14/09 09:00", "lan", "chuyen", "sep")
    assert "DOS205" not in codes(log, "14/09 14:30")
    waits = found(log, "14/09 14:31")[-1]
    assert (waits.code, waits.holder, waits.at) == ("DOS205", "sep", at("14/09 09:00"))
    assert "4 giờ làm việc" in waits.message.vi


def test_misrouted(calendar: Calendar) -> None:
    """R123: bounced or recalled, with the minutes lost and whether that made it late."""
    log = sent_to(calendar, "binh").move("14/09 10:20", "binh", BOUNCE).move("14/09 10:45", "sep", REASSIGN, "an")
    pending = found(log, "14/09 10:20")[-1]
    assert (pending.code, pending.holder, pending.at) == ("DOS208", "binh", at("14/09 10:00"))
    assert "giao lại đúng người" in pending.message.vi
    assert "20 phút" in pending.message.vi
    over = found(log, "14/09 10:45")[-1]
    assert "45 phút" in over.message.vi
    assert "trễ hạn" not in over.message.vi
    recalled = sent_to(calendar, "binh").move("14/09 10:20", "sep", RECALL)
    assert "thu hồi" in found(recalled, "14/09 10:20")[-1].message.vi


def test_misrouted_and_late_because_of_it(calendar: Calendar) -> None:
    log = sent_to(calendar, "chi").move("17/09 10:00", "chi", BOUNCE).move("17/09 10:00", "sep", REASSIGN, "an")
    log.move("21/09 16:00", "an", "chuyen", "sep").move("22/09 08:00", "sep", "chuyen", "thao")
    late, slow, examiner, unapologised, structural, back = found(log, "22/09 08:00")
    assert [one.code for one in (late, slow, structural, back)] == ["DOS101", "DOS102", "DOS203", "DOS208"]
    assert unapologised.code == "DOS104"
    assert (slow.holder, examiner.holder) == ("sep", "an")
    assert "kể cả 24 giờ do chuyển nhầm" in slow.message.vi
    assert "làm hồ sơ trễ hạn" in back.message.vi
    assert "made the dossier late" in back.message.en


def test_supplements_late_and_repeated(calendar: Calendar) -> None:
    """R43, R14: asked after three working days, and asked a second time."""
    log = Log(table(), calendar, "14/09 08:00").move("14/09 09:00", "lan", "chuyen", "sep")
    log = log.move("14/09 10:00", "sep", "chuyen", "an").move("14/09 11:00", "an", "bo-sung", "lan")
    log = log.move("14/09 14:00", "lan", "gui", APPLICANT).move("15/09 08:00", "lan", "da-bo-sung", "an")
    assert not {"DOS105", "DOS106"} & set(codes(log, "15/09 08:00"))
    log = log.move("21/09 11:00", "an", "bo-sung", "lan").move("21/09 14:00", "lan", "gui", APPLICANT)
    assert {"DOS105", "DOS106"} <= set(codes(log, "21/09 14:00"))


DUTIES = {"mot-cua": "receive", "lanh-dao": "review", "chuyen-vien": "examine"}
WITH_DUTIES = ORG._replace(
    roles={name: role._replace(duty=DUTIES.get(name)) for name, role in ORG.roles.items()},
    accounts=ORG.accounts
    | {
        one.id: one
        for one in (
            account("di", "chuyen-vien", "phong", until=date(2021, 9, 20)),
            account("phep", "chuyen-vien", "phong", leave=((date(2021, 9, 16), date(2021, 9, 17)),)),
        )
    },
)


def with_duties(*delegations: Delegation, deadline: str = "5wd") -> Table:
    """The sample flow in an agency that says what its roles do, where people come and go."""
    return compile_flow(flow(deadline=deadline), WITH_DUTIES._replace(delegations=delegations))


def said(log: Log, when: str, actor: str, action: str, to: str = "", note: str = "vì sao", **record: str) -> Log:
    """One move with its words, decided as strictly as in life."""
    force = record.pop("force", "") == "yes"
    return log.add(decide(log.state, action, actor, to, at(when), True, Said(note, record or None, force)))


def examined(log: Log, to: str = "an") -> Log:
    """With the examiner since 14/09 10:00."""
    return log.move("14/09 09:00", "lan", "chuyen", "sep").move("14/09 10:00", "sep", "chuyen", to)


def test_late_without_an_apology(calendar: Calendar) -> None:
    """R49: late, open or resolved, and nobody apologised in time; one that was re-appointed isn't."""
    log = Log(with_duties(), calendar, "14/09 08:00")
    assert "DOS104" not in codes(log, "21/09 23:59")
    (late,) = (one for one in found(log, "22/09 00:00") if one.code == "DOS104")
    assert (late.at, late.holder) == (at("22/09 00:00"), "lan")
    resolved = plain(with_duties(), calendar, (*IN_TIME[:4], "22/09 08:00"))
    assert "DOS104" in codes(resolved, "30/09 08:00")
    assert "DOS104" in codes(resolved.move("30/09 08:00", "thao", "xong"), "01/10 08:00")
    said(log, "20/09 08:00", "sep", REAPPOINT, until="2021-09-28")
    assert "DOS104" not in codes(log, "22/09 08:00")


def test_the_second_promise_is_said(calendar: Calendar) -> None:
    """R50: the legal date decides; soon due and overdue, the message says the new date, and that it was broken too."""
    log = Log(with_duties(), calendar, "14/09 08:00")
    said(log, "20/09 08:00", "sep", REAPPOINT, until="2021-09-28")
    soon = next(one for one in found(log, "21/09 08:00", 8 * HOUR) if one.code == "DOS103")
    assert "Thứ Ba 21/09/2021" in soon.message.vi
    assert "đã hẹn lại Thứ Ba 28/09/2021" in soon.message.vi
    late = found(log, "22/09 08:00")[0]
    assert (late.code, late.at) == ("DOS101", at("22/09 00:00"))
    assert "hẹn lại Thứ Ba 28/09/2021; hãy giải quyết trước ngày đó" in late.message.vi
    assert "mà cũng quá" in found(log, "29/09 08:00")[0].message.vi


def test_the_last_day_for_an_apology(calendar: Calendar) -> None:
    """R49: due Tuesday 04/05/2021 after four days off, so the last working day to apologise is Thursday 29/04."""
    log = Log(with_duties(), calendar, "23/04 08:00")
    assert log.state.due == at("04/05 17:00")
    assert apology_day(log.life, calendar) == date(2021, 4, 29)
    assert "DOS107" not in codes(log, "28/04 17:00")
    (warned,) = (one for one in found(log, "29/04 16:00") if one.code == "DOS107")
    assert warned.at == at("29/04 00:00")
    assert "hôm nay (Thứ Năm 29/04/2021) là ngày làm việc cuối" in warned.message.vi
    holiday, expiring = (next(one for one in found(log, when) if one.code == "DOS107") for when in DAYS_AFTER)
    assert "đã qua; hãy gửi ngay" in holiday.message.vi
    assert "giải quyết trong hôm nay" in expiring.message.vi
    assert "DOS107" not in codes(log, "05/05 08:00")
    said(log, "29/04 16:00", "sep", REAPPOINT, until="2021-05-10")
    assert "DOS107" not in codes(log, "29/04 16:30")


DAYS_AFTER = ("30/04 08:00", "04/05 08:00")


def test_no_apology_for_what_can_be_kept(calendar: Calendar) -> None:
    """R49: signed at noon with four hours allowed, there is time enough; the same at 16:00 is too late to be kept."""
    log = examined(Log(with_duties(), calendar, "14/09 08:00")).move("21/09 10:00", "an", "chuyen", "sep")
    assert "DOS107" not in codes(log, "21/09 10:30")
    late = examined(Log(with_duties(), calendar, "14/09 08:00")).move("21/09 15:00", "an", "chuyen", "sep")
    assert "DOS107" in codes(late, "21/09 15:00")


def test_just_enough_time_is_enough(calendar: Calendar) -> None:
    """R49: sixteen hours of work and sixteen hours left; a minute of delay later it is too much."""
    log = Log(with_duties(deadline="2wd"), calendar, "10/09 17:00")
    assert needed(log.state, calendar, at("13/09 07:30")) == calendar.worked(at("13/09 07:30"), at("14/09 17:00"))
    assert not sight(log.life, calendar, at("13/09 07:30")).late_ahead
    assert sight(log.life, calendar, at("13/09 09:31")).late_ahead


def test_no_working_day_left_to_apologise(calendar: Calendar) -> None:
    """R49: received on Saturday for Monday's working day: there is no day before the due date, so nothing is asked for."""
    log = Log(with_duties(deadline="1wd"), calendar, "11/09 08:00")
    assert log.state.due == at("13/09 17:00")
    assert apology_day(log.life, calendar) is None
    assert sight(log.life, calendar, at("11/09 09:00")).late_ahead
    assert "DOS107" not in codes(log, "11/09 09:00")


def test_a_result_nobody_collects(calendar: Calendar) -> None:
    """R56: never late, but after thirty days somebody should remind the applicant; it ends when it is handed out."""
    log = plain(table(), calendar, IN_TIME).confirm("15/09 11:00", "thao")
    assert codes(log, "14/10 23:59") == []
    (waits,) = found(log, "15/10 00:00")
    assert (waits.code, waits.level, waits.holder, waits.at) == ("DOS108", "info", "thao", at("15/10 00:00"))
    sooner = findings(log.life, log.table, calendar, at("22/09 08:00"), 0, Thresholds(uncollected=7))
    assert [one.code for one in sooner] == ["DOS108"]
    assert codes(log.move("16/10 08:00", "thao", "xong"), "17/10 08:00") == []


def test_a_partner_is_silent(calendar: Calendar) -> None:
    """R45: while it lasts the head of the one-stop unit is to be told; once answered it is a slow step on record."""
    log = examined(Log(table(), calendar, "14/09 08:00")).move("14/09 11:00", "an", "hoi-y-kien", "bo")
    assert log.state.step_due == at("15/09 11:00")
    assert "DOS109" not in codes(log, "15/09 11:00")
    asked_for = found(log, "15/09 14:00")
    assert [(one.code, one.holder) for one in asked_for] == [("DOS109", "bo"), ("DOS205", "bo")]
    assert "người đứng đầu Bộ phận Một cửa" in asked_for[0].message.vi
    log.move("16/09 09:00", "bo", "da-tra-loi", "sep")
    assert codes(log, "16/09 09:00") == ["DOS102"]


def test_a_stopped_dossier_is_grey(calendar: Calendar) -> None:
    """R59, R126: nothing is slow or soon due while a leader has stopped the clock; what was late before stays red (R129)."""
    log = examined(Log(with_duties(), calendar, "14/09 08:00"))
    said(log, "14/09 11:00", "sep", PAUSE, ground="Điều 1")
    seen = sight(log.life, calendar, at("21/09 16:00"))
    assert (seen.light, seen.step_light, seen.left, seen.late_ahead) == ("grey", "grey", None, False)
    assert not {"DOS101", "DOS102", "DOS103", "DOS107"} & set(codes(log, "30/09 08:00", 8 * HOUR))
    said(log, "30/09 08:00", "sep", RESUME)
    assert sight(log.life, calendar, at("30/09 08:00")).light == "green"
    late = examined(Log(with_duties(), calendar, "14/09 08:00"))
    said(late, "22/09 08:00", "sep", PAUSE, ground="Điều 1")
    assert sight(late.life, calendar, at("23/09 08:00")).light == "red"
    assert "DOS102" not in [one.code for one in standing(late.life, late.table, calendar, at("23/09 08:00"))]


def test_the_holder_is_gone(calendar: Calendar) -> None:
    """R128: from the day his account ends; to whom it was given wrongly in the first place is another finding."""
    log = examined(Log(with_duties(), calendar, "14/09 08:00"), "di")
    assert "DOS209" not in codes(log, "19/09 23:59")
    (gone,) = (one for one in found(log, "21/09 08:00") if one.code == "DOS209")
    assert (gone.level, gone.holder, gone.at) == ("error", "di", at("20/09 00:00"))
    log.move("21/09 09:00", "sep", REASSIGN, "an")
    assert "DOS209" not in codes(log, "21/09 09:00")
    assert "DOS209" not in codes(sent_to(calendar, "cu"), "15/09 08:00")


def test_the_holder_is_away(calendar: Calendar) -> None:
    """R127, R128: on leave with a dossier and nobody stands in; a delegate ends it, and so does coming back."""
    log = examined(Log(with_duties(), calendar, "14/09 08:00"), "phep")
    assert "DOS210" not in codes(log, "15/09 23:59")
    (away,) = (one for one in found(log, "17/09 08:00") if one.code == "DOS210")
    assert (away.holder, away.at) == ("phep", at("16/09 00:00"))
    assert "hết Thứ Sáu 17/09/2021" in away.message.vi
    assert "DOS210" not in codes(log, "18/09 08:00")
    given_to = Delegation("phep", "an", date(2021, 9, 1), date(2021, 10, 1), "QĐ 1")
    assert "DOS210" not in codes(examined(Log(with_duties(given_to), calendar, "14/09 08:00"), "phep"), "17/09 08:00")


def test_forced_by_a_leader(calendar: Calendar) -> None:
    """R121: a leader hands it to another division in writing; that stays on record with the reason, and is no misroute."""
    log = Log(with_duties(), calendar, "14/09 08:00").move("14/09 09:00", "lan", "chuyen", "sep")
    said(log, "14/09 10:00", "sep", "chuyen", "chi", "phòng thiếu người", force="yes")
    (note,) = found(log, "14/09 10:30")
    assert (note.code, note.level, note.holder, note.at) == ("DOS211", "info", "chi", at("14/09 10:00"))
    assert "phòng thiếu người" in note.message.vi
    assert "DOS203" in note.message.vi
    log.move("14/09 15:00", "chi", "chuyen", "sep")
    assert codes(log, "14/09 15:00") == ["DOS211"]


def test_acts_while_on_leave(calendar: Calendar) -> None:
    """R127: somebody used the account of who is on leave; once a day, and not what a delegate does on his behalf."""
    log = examined(Log(with_duties(), calendar, "14/09 08:00"), "phep")
    log.move("16/09 08:00", "phep", "lam-tiep", "phep").move("16/09 09:00", "phep", "xong", "sep")
    (absent,) = (one for one in found(log, "16/09 09:00") if one.code == "DOS213")
    assert (absent.holder, absent.at) == ("phep", at("16/09 08:00"))
    given_to = Delegation("phep", "an", date(2021, 9, 1), date(2021, 10, 1), "QĐ 1")
    stood_in = examined(Log(with_duties(given_to), calendar, "14/09 08:00"), "phep")
    stood_in.move("16/09 08:00", "an", "chuyen", "sep")
    assert stood_in.moves[-1].record == {"behalf": "phep"}
    assert "DOS213" not in codes(stood_in, "16/09 09:00")


def test_what_an_applicant_submits_is_no_act_of_the_desk(calendar: Calendar) -> None:
    """R83: submitted online while the officer at the desk is on leave; received by somebody who is there."""
    accounts = {**ORG.accounts, "lan": ORG.accounts["lan"]._replace(leave=((date(2021, 9, 14), date(2021, 9, 14)),))}
    away = compile_flow(flow(), ORG._replace(accounts=accounts))
    log = Log(away, calendar, "14/09 08:00", submitted=True).move("15/09 08:00", "lan", RECEIVE)
    assert list(made_absent(log.life, away)) == []


def test_an_alert_ignored(calendar: Calendar) -> None:
    """R124: the head was due to be warned on 21/09 at 11:30, nothing happened, and it was late on 22/09."""
    log = examined(Log(with_duties(), calendar, "14/09 08:00")).confirm("14/09 11:00", "an")
    assert "DOS214" not in codes(log, "21/09 23:59")
    (charged,) = (one for one in found(log, "22/09 00:00") if one.code == "DOS214")
    assert (charged.holder, charged.at) == ("sep", at("22/09 00:00"))
    reached = ignored(log.life, calendar, at("22/09 00:00"))
    assert reached is not None
    assert reached[:3] == ("division", at("21/09 11:30"), at("22/09 00:00"))
    assert (reached.step, reached.holder) == ("thu-ly", "an")
    done = examined(Log(with_duties(), calendar, "14/09 08:00")).move("21/09 15:00", "an", "chuyen", "sep")
    assert "DOS214" not in codes(done, "30/09 08:00")
    assert "DOS101" in codes(done, "30/09 08:00")


def test_work_in_the_evening_of_the_due_day_heeds_the_alert(calendar: Calendar) -> None:
    """R72, R124: until midnight it isn't late, so what is done at 20:00 is something done about it."""
    log = examined(Log(with_duties(), calendar, "14/09 08:00")).move("21/09 20:00", "an", "chuyen", "sep")
    assert {"DOS101"} <= set(codes(log, "22/09 08:00"))
    assert "DOS214" not in codes(log, "22/09 08:00")


def test_an_alert_ignored_stays_on_record(calendar: Calendar) -> None:
    """R124, R129: resolving it afterwards changes nothing about it."""
    log = examined(Log(with_duties(), calendar, "14/09 08:00")).confirm("14/09 11:00", "an")
    log.move("23/09 08:00", "an", "chuyen", "sep").move("23/09 09:00", "sep", "chuyen", "thao")
    assert "DOS214" in codes(log, "30/09 08:00")


@pytest.mark.parametrize(
    ("when", "light", "step"),
    [
        ("14/09 08:00", "green", "green"),
        ("14/09 09:29", "green", "green"),
        ("14/09 09:30", "green", "yellow"),
        ("14/09 10:00", "green", "yellow"),
        ("14/09 10:01", "green", "red"),
        ("20/09 16:59", "green", "red"),
        ("20/09 17:00", "yellow", "red"),
        ("21/09 23:59", "yellow", "red"),
        ("22/09 00:00", "red", "red"),
    ],
)
def test_lights(calendar: Calendar, when: str, light: str, step: str) -> None:
    """R126: yellow with a working day left of the dossier, or a quarter of the step; red when overdue (R72)."""
    log = Log(table(), calendar, "14/09 08:00")
    seen = sight(log.life, calendar, at(when))
    assert (seen.light, seen.step_light) == (light, step)


def test_lights_before_the_receipt(calendar: Calendar) -> None:
    """R13, R126: submitted online, the desk has eight working hours to answer, the last quarter of them yellow."""
    log = Log(table(), calendar, "14/09 08:00", submitted=True)
    lights = [sight(log.life, calendar, at(when))[:2] for when in ("14/09 14:59", "14/09 15:30", "15/09 08:01")]
    assert lights == [("green", "green"), ("green", "yellow"), ("green", "red")]


def test_lights_can_be_set(calendar: Calendar) -> None:
    """R126: thresholds are the agency's own."""
    log = Log(table(), calendar, "14/09 08:00")
    wide = Thresholds(dossier=16 * HOUR, step=100)
    seen = sight(log.life, calendar, at("17/09 17:00"), wide)
    assert (seen.light, sight(log.life, calendar, at("17/09 16:59"), wide).light) == ("yellow", "green")
    assert sight(log.life, calendar, at("14/09 08:00"), wide).step_light == "yellow"
    assert (working("8wh"), working("2wd")) == (8 * HOUR, 16 * HOUR)


def test_green_without_a_term_and_after_the_result(calendar: Calendar) -> None:
    """R61, R72: what has no term is never late; nor is what has its result."""
    endless = Log(table(deadline="none"), calendar, "14/09 08:00")
    assert sight(endless.life, calendar, at("30/12 08:00"))[:3] == ("green", "red", None)
    done = plain(table(), calendar, (*IN_TIME[:4], "22/09 08:00"))
    assert sight(done.life, calendar, at("30/12 08:00"))[:2] == ("green", "green")


def test_remaining_work(calendar: Calendar) -> None:
    """The shortest way by the times of the flow: 2 + 2 + 8 + 4 hours, sideways 8 + 4, none from where it is ready."""
    made = table()
    assert remaining(made) == remaining(made.first) == 16 * HOUR
    assert [remaining(made.rows[step]) for step in ("thu-ly", "lam-tiep", "y-kien", "ky", "tra")] == [
        12 * HOUR, 12 * HOUR, 12 * HOUR, 4 * HOUR, 0,
    ]  # fmt: skip
    assert remaining(made.rows["cho-bo-sung"]) == 12 * HOUR  # the applicant's own time isn't counted
    assert (remaining(made.rows["im-lang"]), remaining(made.rows["da-rut"])) == (None, None)
    assert (allowed(made.rows["ky"]), allowed(made.rows["tra"])) == (4 * HOUR, 0)


def test_remaining_follows_the_case_as_it_should_go() -> None:
    """A refusal would be quicker; whether a dossier will be late is asked of its way to being granted."""
    shipped = agency().table("ATD-01", 1, 2021)
    assert remaining(shipped) == 240 * HOUR
    silent = agency().table("LTHH-16", 1, 2021)
    assert remaining(silent) is None  # nothing but silence ends it


def test_needed_falls_with_the_step_until_its_time_is_up(calendar: Calendar) -> None:
    """What the step has left, then nothing: who is behind is not given his time again."""
    log = examined(Log(table(), calendar, "14/09 08:00"))
    state = log.state
    assert [needed(state, calendar, at(f"14/09 {when}")) for when in ("10:00", "11:00")] == [12 * HOUR, 11 * HOUR]
    assert needed(state, calendar, at("20/09 10:00")) == 4 * HOUR
    assert rest(state, calendar, at("20/09 10:00")) == 0
    assert needed(plain(table(), calendar, IN_TIME).state, calendar, at("20/09 10:00")) == 0
    submitted = Log(table(), calendar, "14/09 08:00", submitted=True)
    assert needed(submitted.state, calendar, at("14/09 09:00")) == 16 * HOUR


MOMENTS = st.integers(at("14/09 08:00") // 60, at("30/10 08:00") // 60).map(lambda minute: 60 * minute)


@settings(deadline=None)
@given(MOMENTS)
def test_a_pure_function_of_log_and_time(calendar: Calendar, moment: int) -> None:
    """R92: asked twice it says the same, and nobody's asking changes anything; what stands is found, in order."""
    log = examined(Log(with_duties(), calendar, "14/09 08:00"), "phep")
    once = findings(log.life, log.table, calendar, moment, 8 * HOUR)
    again = findings(log.life, log.table, calendar, moment, 8 * HOUR)
    stands = standing(log.life, log.table, calendar, moment, 8 * HOUR)
    assert once == again
    assert set(stands) <= set(once)
    assert list(once) == sorted(once, key=lambda one: (one.code, one.at or 0))


@settings(deadline=None)
@given(st.lists(MOMENTS, min_size=2, max_size=2).map(sorted))
def test_lights_never_get_better_by_waiting(calendar: Calendar, moments: list[int]) -> None:
    """R126: untouched, a dossier goes from green over yellow to red, and what is foreseen late stays so or is late."""
    log = examined(Log(with_duties(), calendar, "14/09 08:00"))
    order = ("green", "yellow", "red")
    before, after = (sight(log.life, calendar, moment) for moment in moments)
    assert order.index(before.light) <= order.index(after.light)
    assert order.index(before.step_light) <= order.index(after.step_light)
    assert not before.late_ahead or after.late_ahead or after.light == "red"


def test_the_board(calendar: Calendar) -> None:
    """R126: only what isn't at its end; the worst first; each officer's pile; counts of all, shown or not."""
    made = with_duties()
    logs = [
        Log(made, calendar, "14/09 08:00", "late"),
        examined(Log(made, calendar, "14/09 08:00", "begun")).confirm("21/09 10:00", "an"),
        plain(made, calendar, IN_TIME, "ready").confirm("15/09 11:00", "thao"),
        plain(made, calendar, IN_TIME, "out").move("16/09 08:00", "thao", "xong"),
    ]
    lives = [(made, log.life) for log in logs]
    seen = board(lives, calendar, at("22/09 08:00"))
    assert [(line.number, line.mark) for line in seen.lines] == [("begun", "late"), ("late", "late")]
    assert (seen.counts["late"], seen.counts["waiting"], seen.open, seen.calm) == (2, 1, 2, False)
    assert [pile.key for pile in piles(seen.lines, "officer")] == ["an", "lan"]
    assert [pile.key for pile in piles(seen.lines, "division")] == ["phong", "vp"]
    assert len(board(lives, calendar, at("22/09 08:00"), "all").lines) == 3
    again = plain(made, calendar, IN_TIME, "wrong").confirm("15/09 11:00", "thao")
    said(again, "15/09 14:00", "thao", CORRECT, "an", step="thu-ly")
    (line,) = board([(made, again.life)], calendar, at("15/09 14:30"), "all").lines
    assert line.mark == "fine"  # R53: a result that is being corrected waits for nobody to collect it
    slow = [
        Log(made, calendar, "21/09 08:00", f"slow {n}").move("21/09 08:30", "lan", "chuyen", "sep") for n in range(3)
    ]
    both = board([*lives, *((made, log.life) for log in slow)], calendar, at("22/09 08:00"))
    assert [pile.key for pile in piles(both.lines, "officer")] == [
        "an",
        "lan",
        "sep",
    ]  # one late dossier before three slow steps
    early = board(lives, calendar, at("14/09 08:00"), "red")
    assert (early.lines, early.calm) == ((), True)


def test_late_by_seconds_or_after_closing_is_not_late_by_nothing(calendar: Calendar) -> None:
    """R72: late by the minute of the clock; the working time lost may be less than a minute, and is never called none."""
    log = Log(table(), calendar, "14/09 08:00").move(at("14/09 10:00") + 59, "lan", "chuyen", "sep")
    assert codes(log, "14/09 10:01") == []
    for late_by in (60, 61):
        slow = Log(table(), calendar, "14/09 08:00").move(at("14/09 10:00") + late_by, "lan", "chuyen", "sep")
        (one,) = found(slow, "14/09 10:30")
        assert one.code == "DOS102"
        assert "chậm bước 'tiep-nhan' 1 phút làm việc" in one.message.vi
    seconds = Log(table(), calendar, "14/09 08:00")
    seconds.moves[0] = seconds.moves[0]._replace(at=at("14/09 08:00") + 30)
    seconds.state = begin(seconds.table, calendar, seconds.moves[0])
    (one,) = found(seconds.move("14/09 10:01", "lan", "chuyen", "sep"), "14/09 10:30")
    assert "chậm bước 'tiep-nhan' chưa đến 1 phút làm việc" in one.message.vi
    assert "by less than a minute of work" in one.message.en
    evening = Log(table(), calendar, "14/09 15:00").move("14/09 18:00", "lan", "chuyen", "sep")
    assert evening.life.visits[0].verdict == "late"
    (one,) = (x for x in found(evening, "14/09 18:30") if x.holder == "lan")
    assert "chưa đến 1 phút làm việc" in one.message.vi
    for message in (one.message.vi, one.message.en):
        assert " 0 " not in message


def paused(log: Log, when: str, until: str, actor: str = "sep") -> Log:
    """Paused by a leader for a while."""
    for moment, verb in ((when, PAUSE), (until, RESUME)):
        log.add([Move(log.state.seq + 1, at(moment), actor, verb, log.state.row.id, log.state.holder, "chờ")])
    return log


@pytest.mark.parametrize("ended", [False, True])
def test_short_pauses_on_the_board(calendar: Calendar, ended: bool) -> None:
    """R59, R75, R129: named for five working days, also when the dossier has come to its end, which it isn't counted for."""
    log = paused(Log(table(), calendar, "14/09 08:00"), "15/09 10:00", "15/09 10:01")
    if ended:
        log.raw("15/09 11:00", "lan", WITHDRAW, WITHDRAW, "")
    assert log.state.ended is ended
    lives = [(log.table, log.life)]
    for when, count in (("15/09 11:00", 1), ("22/09 10:00", 1), ("22/09 10:02", 0)):
        seen = board(lives, calendar, at(when))
        assert [(one.code, one.dossier) for one in seen.pauses] == [("DOS217", "1")] * count
        assert not (seen.calm and count)
        assert sum(seen.counts.values()) == (0 if ended else 1)
    assert board(lives, calendar, at("15/09 11:00"), "red").pauses == ()


def test_a_clock_that_stands_on_the_board(calendar: Calendar) -> None:
    """R59: that is no stop (dừng giải quyết), which is an end: the mark has a name of its own."""
    log = paused(Log(table(), calendar, "14/09 08:00"), "14/09 09:00", "14/09 17:00").until("14/09 10:00")
    (line,) = board([(log.table, log.life)], calendar, at("14/09 10:00"), "all").lines
    assert (line.mark, line.light) == ("clock-stands", "grey")


def test_a_short_pause_that_moves_the_due_date(calendar: Calendar) -> None:
    """R59, R75, R129: R75 takes the end of the day reached, so one minute gains a day; that is so, and is told."""
    log = paused(Log(table(), calendar, "14/09 08:00"), "15/09 10:00", "15/09 10:01")
    assert log.state.due == at("22/09 17:00")
    (one,) = (x for x in found(log, "15/09 10:01") if x.code == "DOS217")
    assert (one.name, one.level, one.holder, one.at) == ("short-pause", "warning", "sep", at("15/09 10:01"))
    assert "'sep' tạm dừng từ" in one.message.vi
    assert "chỉ 1 phút làm việc, mà hạn trả lùi từ Thứ Ba 21/09/2021 sang Thứ Tư 22/09/2021" in one.message.vi
    twice = paused(log, "16/09 10:00", "16/09 10:30", "kiem")
    assert twice.state.due == at("22/09 17:00")  # the minutes are added up, not rounded one by one
    assert codes(twice, "16/09 10:30").count("DOS217") == 1


@pytest.mark.parametrize(("until", "told"), [("15/09 15:29", 1), ("15/09 15:30", 0), ("17/09 10:00", 0)])
def test_only_a_short_pause_is_told(calendar: Calendar, until: str, told: int) -> None:
    """R59: under half a working day; what paused longer, or moved nothing, is an ordinary stop."""
    log = paused(Log(table(), calendar, "14/09 08:00"), "15/09 10:00", until)
    assert codes(log, "30/09 08:00").count("DOS217") == told
    evening = paused(Log(table(), calendar, "14/09 08:00"), "15/09 18:00", "15/09 19:00")
    assert "DOS217" not in codes(evening, "30/09 08:00")
    untimed = paused(Log(table(deadline="none"), calendar, "14/09 08:00"), "15/09 10:00", "15/09 10:01")
    assert "DOS217" not in codes(untimed, "30/09 08:00")
