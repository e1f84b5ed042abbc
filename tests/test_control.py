"""The control sheet and the register are the log itself, line by line (R20, R22, R72, R124, R151, R158)."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from datetime import date
from hashlib import sha256
from itertools import pairwise

import pytest
from cases import IN_TIME, ORG, Log, at, plain, table
from walks import CODES, walk

from flowiso.calendar import Calendar
from flowiso.control import ControlSheet, control_sheet
from flowiso.duedate import step_verdict
from flowiso.life import stays_at
from flowiso.model import BOUNCE, CONFIRM, CORRECT, PAUSE, REAPPOINT, REASSIGN, RESUME, Case, Move
from flowiso.period import Period
from flowiso.register import register
from flowiso.render.control import _Words, as_text, to_json
from flowiso.render.register import as_csv, as_paper
from flowiso.render.register import as_text as register_text

SEPTEMBER = Period(date(2021, 9, 1), date(2021, 9, 30))


def said(log: Log, when: str, actor: str, action: str, to: str, note: str, **record: str) -> Log:
    """A line with words, as another system may have written it."""
    return log.add([Move(log.state.seq + 1, at(when), actor, action, log.state.row.id, to, note, record or None)])


def astray(calendar: Calendar) -> Log:
    """Sent to a wrong division, put right, supplemented, paused, re-appointed, signed late and handed out."""
    log = Log(table(), calendar, "14/09 08:00").move("14/09 09:00", "lan", "chuyen", "sep")
    log.move("14/09 10:00", "sep", "chuyen", "chi").confirm("14/09 14:00", "chi")
    said(log, "15/09 08:00", "sep", REASSIGN, "an", "giao nhầm phòng", of="misroute")
    log.move("15/09 10:00", "an", "bo-sung", "lan").move("15/09 11:00", "lan", "gui", "nguoi-nop")
    log.move("17/09 08:00", "lan", "da-bo-sung", "an")
    said(log, "20/09 08:00", "sep", PAUSE, "an", "chờ kết luận", ground="điều 5")
    said(log, "21/09 08:00", "sep", RESUME, "an", "đã có")
    said(log, "22/09 08:00", "sep", REAPPOINT, "an", "quá tải", until="2021-10-01")
    log.move("30/09 10:00", "an", "chuyen", "sep").move("30/09 14:00", "sep", "chuyen", "thao")
    return log.move("01/10 08:00", "thao", "xong")


def sheet(log: Log, when: str = "02/10 08:00") -> ControlSheet:
    """The control sheet of a log at a moment."""
    known = [move for move in log.moves if move.at <= at(when)]
    return control_sheet(log.table, log.calendar, log.case, known, at(when))


def chain(case: Case, moves: list[Move]) -> list[str]:
    """The hashes as docs/log.md has them, worked out anew."""

    def encoded(value: object) -> bytes:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()

    found, last = [], sha256(encoded(list(case))).digest()
    for move in moves:
        last = sha256(last + encoded(list(move))).digest()
        found.append(last.hex())
    return found


def test_a_misrouted_and_extended_dossier(calendar: Calendar) -> None:
    """R124, R158: every hand-over with both signatures, its due moment, its result, and what happened beside it."""
    found = sheet(astray(calendar))
    assert [(row.giver, row.receiver, row.step, row.result) for row in found.rows] == [
        ("nguoi-nop", "lan", "tiep-nhan", "on_time"),
        ("lan", "sep", "phan-cong", "late"),
        ("sep", "chi", "thu-ly", "misrouted"),
        ("sep", "an", "thu-ly", "early"),
        ("an", "lan", "gui-bo-sung", "on_time"),
        ("lan", "nguoi-nop", "cho-bo-sung", "stopped"),
        ("nguoi-nop", "an", "thu-ly", "late"),
        ("an", "sep", "ky", "on_time"),
        ("sep", "thao", "tra", "untimed"),
        ("thao", "", "da-cap", "ended"),
    ]
    kinds = [[one.kind for one in row.beside] for row in found.rows]
    assert kinds[1:3] == [["charged"], ["misroute"]]
    assert kinds[3] == ["reassign"]
    assert kinds[5:7] == [["clock"], ["pause", "resume", "reappoint"]]


def test_both_signatures_are_lines_of_the_chain(calendar: Calendar) -> None:
    """Each stands for its line: moment, account, and the hash that docs/log.md describes."""
    log = astray(calendar)
    hashes, found = chain(log.case, log.moves), sheet(log)
    for row in found.rows:
        assert row.taken is not None
        for sign in (row.given, row.taken):
            line = log.moves[sign.line]
            assert (sign.at, sign.by, sign.digest) == (line.at, line.actor, hashes[line.seq])
        assert row.taken == row.given or log.moves[row.taken.line].action == CONFIRM
    assert found.digest == hashes[-1]


def test_no_row_and_no_cell_is_blank(calendar: Calendar) -> None:
    """Also where nobody confirmed, no time is set, nothing happened beside: that is said."""
    found = sheet(astray(calendar))
    for lang in ("vi", "en"):
        for row in _Words(found, ORG, None, lang).table().rows:
            assert all(words.strip() for cell in row for words, _ in cell)
            assert all(row)
    waiting = sheet(Log(table(), calendar, "14/09 08:00").move("14/09 09:00", "lan", "chuyen", "sep"), "14/09 10:00")
    text = as_text(waiting, ORG, None, "vi")
    assert "chưa ký nhận" in text
    assert "đang làm, trong hạn" in text
    assert "xem lúc 14/09/2021 10:00" in text


def test_what_was_said_stands_in_the_notes(calendar: Calendar) -> None:
    """R49, R59: re-appointment with its day, pause with its ground, the time lost by a misroute."""
    text = as_text(sheet(astray(calendar)), ORG, None, "vi")
    for words in (
        "ngày hẹn lại: 01/10/2021",
        "căn cứ pháp lý: điều 5",
        "mất 2 giờ 30 phút làm việc",
        "hẹn lại Thứ Sáu 01/10/2021",
    ):
        assert words in text, words


def test_open_rows_are_told_as_of_the_moment(calendar: Calendar) -> None:
    """R92: in time, then overdue; the lines after it aren't known yet."""
    log = astray(calendar)
    assert sheet(log, "15/09 09:00").rows[-1].result == "running"
    assert sheet(log, "29/09 09:00").rows[-1].result == "overdue"
    assert sheet(log, "20/09 12:00").rows[-1].result == "stopped"
    assert len(sheet(log, "14/09 09:30").rows) == 2


def test_time_charged_for_a_misroute_stands_by_the_line_that_gave_it_wrongly(calendar: Calendar) -> None:
    """R124: who handed it wrongly, when and by which line; not the line by which he himself had got it."""
    found = sheet(astray(calendar))
    (charged,) = found.rows[1].beside
    line = found.rows[2].given
    assert (charged.kind, charged.line, charged.at, charged.by) == ("charged", line.line, line.at, "sep")


def test_a_misroute_that_lasts_is_told_up_to_now(calendar: Calendar) -> None:
    """R124: both rows tell the same time, as of the moment the sheet is of, while it isn't put right."""
    log = Log(table(), calendar, "14/09 08:00").move("14/09 09:00", "lan", "chuyen", "sep")
    log.move("14/09 10:00", "sep", "chuyen", "chi").move("14/09 11:00", "chi", BOUNCE)
    for when, vi, en in (("14/09 13:30", "2 giờ", "2 h"), ("14/09 16:00", "4 giờ 30 phút", "4 h 30 min")):
        text = as_text(sheet(log, when), ORG, None, "vi")
        assert f"Tính thêm {vi} làm việc" in text
        assert f"mất {vi} làm việc đến nay" in text
        assert f"{en} of work lost so far" in as_text(sheet(log, when), ORG, None, "en")


def test_words_of_a_record_are_said_in_both_languages(calendar: Calendar) -> None:
    """No word that only a program reads stands on paper; time in a wrong account isn't called done."""
    found = sheet(astray(calendar))
    vi, en = (as_text(found, ORG, None, lang) for lang in ("vi", "en"))
    assert "nói về việc gì: chuyển nhầm tài khoản" in vi
    assert "what it is about: misrouted" in en
    assert "given: Applicant (nguoi-nop)" in en
    assert "misroute;" not in vi
    assert "chuyển nhầm, tính cho người giao, đến 15/09/2021 08:00" in vi
    assert "misrouted, charged to the giver, until 15/09/2021 08:00" in en


def test_what_was_not_received_has_no_appointment_yet(calendar: Calendar) -> None:
    """R83: that is not the same as a procedure without a term (R61)."""
    log = Log(table(), calendar, "14/09 08:00", submitted=True)
    assert "Hẹn trả kết quả: chưa tiếp nhận" in as_text(sheet(log), ORG, None, "vi")
    assert "Due: not received yet" in as_text(sheet(log), ORG, None, "en")
    endless = Log(table(deadline="none"), calendar, "14/09 08:00")
    assert "Hẹn trả kết quả: không có thời hạn" in as_text(sheet(endless), ORG, None, "vi")


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("code", CODES)
def test_random_dossiers(code: str, strict: bool) -> None:
    """Every line stands on the sheet once, rows follow each other, and verdicts are those of the dossier's life (R72)."""
    for seed in range(12):
        found = walk(code, seed, strict=strict)
        case = Case("H19.1", "1", code, 1, "counter")
        made = control_sheet(found.table, found.calendar, case, found.moves, found.state.at)
        rows, life = made.rows, made.life
        given = [row.given.line for row in rows]
        beside = [one.line for row in rows for one in row.beside if one.kind not in ("clock", "misroute", "charged")]
        lines = {move.seq for move in found.moves if move.action != CONFIRM}
        assert given == sorted(set(given))
        assert lines == {*given, *beside}
        assert all(one.until == two.given.at for one, two in pairwise(rows))
        assert [row.receiver for row in rows] == [found.moves[line].holder for line in given]
        told = Counter(row.result for row in rows)
        closed = Counter(visit.verdict for visit in stays_at(life, found.calendar, made.at) if visit.verdict)
        assert {key: told[key] for key in closed} == closed
        for row in rows:
            if not life.misroutes and row.until is not None and row.result in ("early", "on_time", "late"):
                assert row.due is not None
                assert row.result == step_verdict(row.until, row.due)


def test_the_sheet_as_json(calendar: Calendar) -> None:
    """Whole hashes, moments in ISO 8601."""
    found = to_json(sheet(astray(calendar)), ORG, "vi")
    assert found["verdict"] == "late"
    assert found["rows"][2]["taken"]["at"] == "2021-09-14T14:00:00+07:00"
    assert len(found["rows"][2]["given"]["digest"]) == 64


# --- the register


def lives(calendar: Calendar) -> list[Log]:
    """One resolved in time, one that went astray, one still open, one of the year before, one only submitted."""
    before = Log(table(), calendar, "14/12/2020 08:00", "4")
    asked = Log(table(), calendar, "15/09 08:00", "5", submitted=True)
    return [
        astray(calendar),
        plain(table(), calendar, IN_TIME, "2", "online"),
        before,
        Log(table(), calendar, "10/08 08:00", "3"),
        asked,
    ]


def test_the_register_is_numbered_from_01_each_year(calendar: Calendar) -> None:
    """R22: one line a dossier in the order of receipt; the book of a month goes on where the last one ended."""
    every = [log.life for log in lives(calendar)]
    moment = at("04/10 08:00")
    found = register(every, SEPTEMBER, moment)
    assert [(line.no, line.number, line.channel) for line in found.lines] == [(2, "1", "counter"), (3, "2", "online")]
    whole = register(every, Period(date(2020, 1, 1), date(2021, 12, 31)), moment)
    assert [(line.no, line.number) for line in whole.lines] == [(1, "4"), (1, "3"), (2, "1"), (3, "2")]


def test_a_line_of_the_register(calendar: Calendar) -> None:
    """R50, R56: due and re-appointed, sent on, result and return apart; the return is signed by its line's hash."""
    log = astray(calendar)
    (line,) = register([log.life], SEPTEMBER, at("04/10 08:00")).lines
    moments = (line.received, line.sent_on, line.resolved, line.returned)
    assert moments == tuple(map(at, ("14/09 08:00", "14/09 09:00", "30/09 14:00", "01/10 08:00")))
    assert line.digest == chain(log.case, log.moves)[-1]
    assert (line.outcome, line.due, line.appointed) == ("late", log.life.due, log.life.state.due_current)
    assert [text.vi for text in line.remarks] == [
        "bổ sung 1 lần",
        "tạm dừng 1 lần",
        "đã xin lỗi, hẹn lại",
        "chuyển nhầm 1 lần",
    ]
    (running,) = register([Log(table(), calendar, "01/09 08:00").life], SEPTEMBER, at("29/09 08:00")).lines
    assert (running.overdue, running.outcome, running.returned, running.digest) == (True, None, None, "")


def test_a_result_that_is_corrected_was_handed_out_nevertheless(calendar: Calendar) -> None:
    """R53, R129: the day and the signature stay in the book until a new result is handed out, and a remark tells of it."""
    log, moment = astray(calendar), at("31/12 08:00")
    (before,) = register([log.life], SEPTEMBER, moment).lines
    line = (log.state.seq + 1, at("05/10 08:00"), "sep", CORRECT, "thu-ly", "an", "sai tên", {"step": "thu-ly"})
    log.add([Move(*line)])
    (during,) = register([log.life], SEPTEMBER, moment).lines
    assert (during.returned, during.digest) == (at("01/10 08:00"), before.digest)
    assert "đính chính 1 lần" in [text.vi for text in during.remarks]
    assert "corrected 1 time" in [text.en for text in during.remarks]
    log.move("06/10 08:00", "an", "chuyen", "sep").move("06/10 09:00", "sep", "chuyen", "thao")
    log.move("07/10 08:00", "thao", "xong")
    (after,) = register([log.life], SEPTEMBER, moment).lines
    assert (after.returned, after.digest) == (at("07/10 08:00"), chain(log.case, log.moves)[-1])
    assert (after.resolved, after.outcome) == (before.resolved, "late")


def test_what_was_not_handed_out_has_no_signature(calendar: Calendar) -> None:
    """An empty cell is empty, and on paper says so with a dash."""
    found = register([Log(table(), calendar, "14/09 08:00").life], SEPTEMBER, at("15/09 08:00"))
    (row,) = csv.DictReader(io.StringIO(as_csv(found, ORG, {}, "vi").removeprefix("\ufeff")))
    assert row["Ký nhận (băm)"] == ""
    page = as_paper(found, ORG, {}, None, "vi")
    assert page.table is not None
    assert all(words.strip() for cells in page.table.rows for cell in cells for words, _ in cell)


def test_the_register_in_a_spreadsheet_runs_nothing(calendar: Calendar) -> None:
    """A name that looks like a formula is no formula; moments are ISO 8601."""
    found = register([astray(calendar).life], SEPTEMBER, at("04/10 08:00"))
    text = as_csv(found, ORG, {"1": {"owner": "=1+1", "address": "+84", "phone": "***678"}}, "vi")
    assert text.startswith("\ufeff")
    (row,) = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    assert (row["Chủ hồ sơ"], row["Nhận hồ sơ"]) == ("'=1+1", "2021-09-14T08:00:00+07:00")
    assert row["Địa chỉ, số điện thoại"] == "'+84, ***678"


def test_a_simulated_register_says_so_in_every_form(calendar: Calendar) -> None:
    """A line that is copied out of a spreadsheet says it too."""
    found = register([astray(calendar).life], SEPTEMBER, at("04/10 08:00"))
    for made in (as_csv(found, ORG, {}, "vi", True), register_text(found, ORG, {}, "vi", True)):
        assert made.count("DỮ LIỆU MÔ PHỎNG") == 1
    assert as_paper(found, ORG, {}, None, "vi", True).simulated
    assert "MÔ PHỎNG" not in as_csv(found, ORG, {}, "vi")


def test_remarks_tell_how_it_ended(calendar: Calendar) -> None:
    """R48, R45: refused on its merits, or decided by silence."""
    silent = Log(table(silence=True), calendar, "14/09 08:00").settle("25/09 08:00")
    (line,) = register([silent.life], SEPTEMBER, at("04/10 08:00")).lines
    assert [text.en for text in line.remarks] == ["decided by silence"]
    assert line.returned is None


def test_an_empty_register_says_so(calendar: Calendar) -> None:
    """Nothing received is said, in both languages."""
    found = register([], SEPTEMBER, at("04/10 08:00"))
    assert "Không tiếp nhận hồ sơ nào" in register_text(found, ORG, {}, "vi")
    assert "No dossier was received" in register_text(found, ORG, {}, "en")
