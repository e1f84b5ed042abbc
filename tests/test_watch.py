"""Findings about dossiers: what is wrong, with whom, since when, and what to do."""

from __future__ import annotations

from cases import IN_TIME, Log, at, plain, table
from test_life import asked, sent_to

from flowiso.calendar import Calendar
from flowiso.model import APPLICANT, BOUNCE, DOSSIER_CODES, REASSIGN, RECALL, Finding
from flowiso.text import nfc
from flowiso.watch import findings

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
    assert codes(log, "21/09 20:00", 8 * HOUR)[-1] == "DOS103"
    assert "DOS103" not in codes(log, "20/09 17:00")
    assert "DOS103" not in codes(log, "22/09 08:00", 8 * HOUR)
    assert "DOS103" not in codes(asked(calendar, "restart"), "21/09 16:00", 8 * HOUR)
    assert "DOS103" not in codes(plain(table(), calendar, IN_TIME), "21/09 16:00", 8 * HOUR)


def test_wrong_account(calendar: Calendar) -> None:
    """R121, with the reason; it stays in the record after it was put right."""
    for account, code in (("chi", "DOS203"), ("lan", "DOS202"), ("cu", "DOS201"), ("nghi", "DOS207")):
        wrong = found(sent_to(calendar, account), "14/09 10:30")[0]
        assert (wrong.code, wrong.holder, wrong.at) == (code, account, at("14/09 10:00"))
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
    late, slow, examiner, structural, back = found(log, "22/09 08:00")
    assert [one.code for one in (late, slow, structural, back)] == ["DOS101", "DOS102", "DOS203", "DOS208"]
    assert (slow.holder, examiner.holder) == ("sep", "an")
    assert "kể cả 24 giờ do giao nhầm" in slow.message.vi
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
