"""The time ledger: examples worked by hand, random histories against a naive calculator, and `flowiso ledger`."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from agreement import Agreement
from cases import ORG, Log, at, plain, table

import flowiso
from flowiso.calendar import Calendar
from flowiso.errors import BadValue, UnknownDossier
from flowiso.ledger import Entry, Ledger, ledger, not_received
from flowiso.life import visits_at
from flowiso.model import APPLICANT, BOUNCE, CORRECT, PAUSE, REASSIGN, RECALL, RECEIVE, RESUME, Move
from flowiso.render.ledger import as_text
from flowiso.worktime import TZ

HOUR = 3600
HISTORIES = int(os.environ.get("FLOWISO_HISTORIES", "1000"))


def told(log: Log, when: str) -> Ledger:
    """The ledger of a log at a moment."""
    found = ledger(log.life, log.calendar, at(when))
    assert found is not None
    assert found.exact
    return found


def spent(found: Ledger) -> list[tuple[str, str, float]]:
    """Kind, account and working hours of each entry up to the end."""
    return [(entry.kind, entry.account, entry.worked / HOUR) for entry in found.entries]


def blamed(entry: Entry) -> tuple[str, str]:
    """Whom an entry is charged to, and at which step."""
    return entry.charged_to, entry.charged_step


def examined(calendar: Calendar, **flow: str) -> Log:
    """Received on Tuesday 14/09 at 08:00, with officer an since 10:00."""
    log = Log(table(**flow), calendar, "14/09 08:00").move("14/09 09:00", "lan", "chuyen", "sep")
    return log.move("14/09 10:00", "sep", "chuyen", "an")


def sent_to(calendar: Calendar, account: str) -> Log:
    """The same, but sep hands it to this account."""
    log = Log(table(), calendar, "14/09 08:00").move("14/09 09:00", "lan", "chuyen", "sep")
    return log.move("14/09 10:00", "sep", "chuyen", account)


# --- worked by hand


def test_pause_over_tet(calendar: Calendar) -> None:
    """R75's own example: asked Mon 08/02/2021 10:00, handed in Wed 17/02 14:00, 18.5 working hours; due Wed 24/02."""
    log = Log(table(policy="pause"), calendar, "05/02/2021 15:00").move("05/02/2021 15:30", "lan", "chuyen", "sep")
    log.move("05/02/2021 16:00", "sep", "chuyen", "an").move("08/02/2021 09:00", "an", "bo-sung", "thao")
    log.move("08/02/2021 10:00", "thao", "gui", APPLICANT).move("17/02/2021 14:00", "lan", "da-bo-sung", "an")
    found = told(log, "17/02/2021 17:00")
    assert spent(found) == [
        ("holder", "lan", 0.5),
        ("holder", "sep", 0.5),
        ("holder", "an", 2.5),
        ("holder", "thao", 1),
        ("applicant", APPLICANT, 18.5),
        ("holder", "an", 3),
    ]
    assert found.worked == 26 * HOUR
    assert found.closed == (12 * 24 + 2 - 26) * HOUR
    assert log.life.due == at("24/02/2021 17:00")
    assert found.by_kind() == {"holder": 7.5 * HOUR, "applicant": 18.5 * HOUR, "closure": found.closed}


def test_worked_saturday(calendar: Calendar) -> None:
    """R80: Saturday 04/05/2024 is worked for Monday 29/04, so it counts eight hours."""
    log = Log(table(), calendar, "03/05/2024 16:00").move("06/05/2024 08:00", "lan", "chuyen", "sep")
    assert spent(told(log, "06/05/2024 08:00")) == [("holder", "lan", 9.5)]


def test_received_in_the_lunch_break(calendar: Calendar) -> None:
    """Closure until 13:00, then work; both within one entry."""
    log = Log(table(), calendar, "14/09 12:15").move("14/09 13:30", "lan", "chuyen", "sep")
    (entry,) = told(log, "14/09 13:30").entries
    assert (entry.worked, entry.closed) == (0.5 * HOUR, 0.75 * HOUR)


def test_bounced_after_it_was_kept(calendar: Calendar) -> None:
    """R124: unopened and back with the sender it is charged to the sender's step; what was kept knowingly to who kept it."""
    log = sent_to(calendar, "chi").confirm("14/09 11:00", "chi").move("14/09 15:00", "chi", BOUNCE)
    found = told(log.move("14/09 16:00", "sep", REASSIGN, "an"), "14/09 17:00")
    assert spent(found)[2:] == [
        ("misroute", "chi", 1),
        ("holder", "chi", 2.5),
        ("misroute", "sep", 1),
        ("holder", "an", 1),
    ]
    assert [blamed(entry) for entry in found.entries[2:]] == [
        ("sep", "phan-cong"),
        ("chi", "thu-ly"),
        ("sep", "phan-cong"),
        ("an", "thu-ly"),
    ]
    assert found.by_account() == {"lan": HOUR, "sep": 3 * HOUR, "chi": 2.5 * HOUR, "an": HOUR}
    assert found.by_step() == {"tiep-nhan": HOUR, "phan-cong": 3 * HOUR, "thu-ly": 3.5 * HOUR}
    assert found.by_kind()["misroute"] == log.life.misroutes[0].lost


def test_recalled(calendar: Calendar) -> None:
    """R124: the minutes between giao and nhận are the sender's when the hand-over is recalled and another account gets it."""
    log = sent_to(calendar, "binh").move("14/09 11:00", "sep", RECALL).move("14/09 13:30", "sep", REASSIGN, "an")
    found = told(log, "14/09 13:30")
    assert spent(found)[2:] == [("misroute", "binh", 1), ("misroute", "sep", 1)]
    assert found.entries[2].waited == HOUR


def test_bounced_and_given_back_to_the_same(calendar: Calendar) -> None:
    """R123: no misroute; in between it lay with the sender, whoever handed it on for him."""
    log = examined(calendar).move("14/09 11:00", "an", BOUNCE)
    log.add([Move(log.state.seq + 1, at("14/09 14:00"), "kiem", REASSIGN, "thu-ly", "an")])
    assert spent(told(log, "14/09 15:00"))[2:] == [("holder", "an", 1), ("holder", "sep", 1.5), ("holder", "an", 1)]


def test_not_confirmed_yet(calendar: Calendar) -> None:
    """The minutes between giao and nhận are the receiver's, told apart, while nothing says that it went wrong."""
    log = examined(calendar)
    assert told(log, "14/09 13:30").entries[-1].waited == 2 * HOUR
    log.confirm("14/09 11:00", "an")
    entry = told(log, "14/09 13:30").entries[-1]
    assert (entry.worked, entry.waited) == (2 * HOUR, HOUR)


def test_verdict_of_the_step(calendar: Calendar) -> None:
    """R72: told where a stay ends; of an open one only that it is late."""
    log = examined(calendar)
    assert [entry.verdict for entry in told(log, "15/09 10:00").entries] == ["on_time", "on_time", None]
    assert told(log, "15/09 10:01").entries[-1].verdict == "late"
    assert told(log, "15/09 10:01").entries[-1].due == at("15/09 10:00")


def test_restart(calendar: Calendar) -> None:
    """R43: the term begins afresh, the time waited is the applicant's all the same."""
    log = examined(calendar).move("14/09 13:30", "an", "bo-sung", "thao").move("14/09 14:00", "thao", "gui", APPLICANT)
    log.move("16/09 14:00", "lan", "da-bo-sung", "an")
    found = told(log, "16/09 15:00")
    assert spent(found)[-2:] == [("applicant", APPLICANT, 16), ("holder", "an", 1)]
    assert log.life.due == at("23/09 17:00")


def test_partner(calendar: Calendar) -> None:
    """A partner's own step, and one of ours that the flow charges to him."""
    log = examined(calendar).move("14/09 11:00", "an", "hoi-y-kien", "bo").move("14/09 14:00", "bo", "xac-minh", "an")
    assert spent(told(log, "14/09 15:00"))[3:] == [("partner", "bo", 1.5), ("partner", "an", 1)]


def test_result_waits_to_be_collected(calendar: Calendar) -> None:
    """R56: after the result the time is nobody's, and a part of its own."""
    days = ("14/09 08:00", "14/09 09:00", "14/09 10:00", "15/09 08:30", "15/09 10:00")
    log = plain(table(), calendar, days).move("16/09 10:00", "thao", "xong")
    found = told(log, "30/09 10:00")
    assert (found.end, found.last) == (at("15/09 10:00"), at("16/09 10:00"))
    assert found.worked == 10 * HOUR
    (waiting,) = found.after
    assert (waiting.kind, waiting.account, waiting.worked, blamed(waiting)) == ("result", "thao", 8 * HOUR, ("", "tra"))


def test_result_called_back(calendar: Calendar) -> None:
    """R53: correcting comes after the end, so it makes nothing later; between hand-out and call it lay with the applicant."""
    days = ("14/09 08:00", "14/09 09:00", "14/09 10:00", "15/09 08:30", "15/09 10:00")
    log = plain(table(), calendar, days).move("15/09 11:00", "thao", "xong")
    log.add([Move(log.state.seq + 1, at("16/09 09:00"), "lan", CORRECT, "ky", "sep", "sai tên", {"step": "ky"})])
    found = told(log, "16/09 10:00")
    assert found.end == at("15/09 10:00")
    assert [(entry.kind, entry.account, entry.worked / HOUR) for entry in found.after] == [
        ("result", "thao", 1),
        ("result", "", 6),
        ("holder", "sep", 1),
    ]


def test_called_back_and_bounced_in_the_same_second(calendar: Calendar) -> None:
    """R53: an empty stay ends the time with the applicant as well."""
    days = ("14/09 08:00", "14/09 09:00", "14/09 10:00", "15/09 08:30", "15/09 10:00")
    log = plain(table(), calendar, days).move("15/09 11:00", "thao", "xong")
    log.add([Move(log.state.seq + 1, at("16/09 09:00"), "lan", CORRECT, "ky", "sep", "sai tên", {"step": "ky"})])
    found = told(log.move("16/09 09:00", "sep", BOUNCE), "16/09 09:00")
    assert found.last == at("16/09 09:00")
    assert [(entry.kind, entry.account) for entry in found.after] == [("result", "thao"), ("result", "")]


def test_stopped_for_the_time_being(calendar: Calendar) -> None:
    """R59: what a leader stopped is charged to nobody, on whosever desk it lies."""
    log = examined(calendar).move("14/09 13:00", "sep", PAUSE)
    assert spent(told(log, "14/09 14:00"))[2:] == [("holder", "an", 1.5), ("paused", "an", 1)]
    log.move("14/09 15:00", "sep", RESUME).move("14/09 16:00", "an", "chuyen", "sep")
    found = told(log, "14/09 16:00")
    assert spent(found)[2:] == [("holder", "an", 1.5), ("paused", "an", 2), ("holder", "an", 1)]
    assert [entry.verdict for entry in found.entries[2:]] == [None, None, "early"]
    assert found.by_account() == {"lan": HOUR, "sep": HOUR, "an": 2.5 * HOUR, "": 2 * HOUR}


def test_stopped_in_a_wrong_account(calendar: Calendar) -> None:
    """A stop is nobody's fault, the sender's neither."""
    found = told(
        sent_to(calendar, "chi").move("14/09 11:00", "sep", PAUSE).move("14/09 14:00", "sep", RESUME), "14/09 15:00"
    )
    assert spent(found)[2:] == [("misroute", "chi", 1), ("paused", "chi", 1.5), ("misroute", "chi", 1)]


def test_handed_in_but_not_received(calendar: Calendar) -> None:
    """R13: before the receipt only the intake's clock runs, so there is no ledger; after it nothing of that time is told."""
    log = Log(table(), calendar, "14/09 08:00", submitted=True)
    assert ledger(log.life, calendar, at("14/09 10:00")) is None
    assert spent(told(log.move("14/09 10:00", "thao", RECEIVE), "14/09 11:00")) == [("holder", "thao", 1)]


# --- what a life must tell for it


def test_receipt_ends_a_misroute_of_the_intake(calendar: Calendar) -> None:
    """R123: handed on, bounced, then received by a third account: it is nobody's mistake any longer."""
    log = Log(table(), calendar, "14/09 08:00", submitted=True).move("14/09 08:30", "lan", REASSIGN, "thao")
    log.move("14/09 09:00", "thao", BOUNCE).move("14/09 10:00", "kiem", RECEIVE)
    assert spent(told(log, "14/09 11:00")) == [("holder", "kiem", 1)]
    (wrong,) = log.life.misroutes
    assert (wrong.right, wrong.until, wrong.lost) == ("kiem", at("14/09 10:00"), 1.5 * HOUR)


def test_kept_knowingly_and_handed_on(calendar: Calendar) -> None:
    """R124: what a wrong account kept after opening isn't the sender's, however it ended and while it lasts."""
    log = sent_to(calendar, "chi").confirm("14/09 10:30", "chi")
    assert visits_at(log.life, calendar, at("14/09 16:00"))[1].lost == 0.5 * HOUR
    log.move("14/09 16:00", "chi", REASSIGN, "an")
    assert spent(told(log, "14/09 16:00"))[2:] == [("misroute", "chi", 0.5), ("holder", "chi", 4)]
    assert log.life.misroutes[0].lost == 0.5 * HOUR


def test_waiting_for_the_applicant_in_a_wrong_account(calendar: Calendar) -> None:
    """The clock stands, so nobody loses time, neither while it lasts nor afterwards; it is the applicant's."""
    log = examined(calendar).move("14/09 11:00", "an", "bo-sung", "thao").move("14/09 13:00", "thao", "gui", "chi")
    found = told(log, "16/09 13:00")
    assert (spent(found)[-1], blamed(found.entries[-1])) == (("applicant", "chi", 16), ("", "cho-bo-sung"))
    assert all(visit.lost == 0 for visit in visits_at(log.life, calendar, at("16/09 13:00")))


def test_wrong_account_hands_it_to_itself(calendar: Calendar) -> None:
    """R121: it is no more right than it was."""
    log = sent_to(calendar, "chi")
    log.add([Move(log.state.seq + 1, at("14/09 11:00"), "chi", REASSIGN, "thu-ly", "chi")])
    assert spent(told(log, "14/09 13:30"))[2:] == [("misroute", "chi", 1), ("misroute", "chi", 1)]


def test_suspected_account_did_the_work(calendar: Calendar) -> None:
    """R122: suspected only; the time is its own."""
    log = sent_to(calendar, "chi").confirm("14/09 10:30", "chi")
    log.add([Move(log.state.seq + 1, at("14/09 13:30"), "chi", "chuyen", "ky", "sep")])
    assert spent(told(log, "14/09 13:30"))[2:] == [("holder", "chi", 2)]


def test_stop_between_asking_and_waiting_keeps_the_restart(calendar: Calendar) -> None:
    """R43, R59: a leader's stop is a pause of its own; the supplement asked before it restarts the term all the same."""
    log = examined(calendar).move("14/09 13:30", "an", "bo-sung", "thao")
    log.move("14/09 14:00", "sep", PAUSE).move("14/09 15:00", "sep", RESUME)
    log.move("14/09 15:30", "thao", "gui", APPLICANT).move("16/09 14:00", "lan", "da-bo-sung", "an")
    assert [policy for _, _, policy in log.life.stops] == ["pause", "restart"]
    assert log.life.due == at("23/09 17:00")


def test_waiting_that_nobody_asked_for_is_a_pause(calendar: Calendar) -> None:
    """R43, R75: corrected to the step that sends a request: what was asked before has been answered, no second full term."""
    log = examined(calendar).move("14/09 13:30", "an", "bo-sung", "thao").move("14/09 14:00", "thao", "gui", APPLICANT)
    log.move("15/09 08:00", "lan", "da-bo-sung", "an").move("15/09 09:00", "an", "chuyen", "sep")
    log.add(
        [Move(log.state.seq + 1, at("15/09 10:00"), "sep", CORRECT, "gui-bo-sung", "thao", "thiếu", {"step": "ky"})]
    )
    log.move("15/09 14:00", "thao", "gui", APPLICANT).move("16/09 14:00", "lan", "da-bo-sung", "an")
    assert [policy for _, _, policy in log.life.stops] == ["restart", "pause"]
    assert log.life.due == at("23/09 17:00")


# --- random histories


def test_random_histories() -> None:
    """Sums exact; holder of each interval, due day and verdict as a calculator written apart from the engine has them."""
    agreement = Agreement()
    for number in range(HISTORIES):
        agreement.check(number)
    met = agreement.counts
    kinds = ("misroutes", "pauses", "restarts", "stops", "extensions", "corrections", "swaps", "late")
    assert all(met[kind] for kind in kinds), met


# --- the command


@pytest.fixture
def store(tmp_path: Path) -> str:
    """A store with one dossier: bounced once, asked for a supplement, open."""
    url = f"sqlite:///{tmp_path / 'mot-cua.db'}"
    engine = flowiso.open(store=url, allow_draft=True)
    lines = (
        ("2021-09-14 09:00", "lan.vp", "chuyen", "ha.qltm"),
        ("2021-09-14 10:00", "ha.qltm", "chuyen", "hung.qltm"),
        ("2021-09-14 11:00", "hung.qltm", "bounce", None),
        ("2021-09-14 13:30", "ha.qltm", "reassign", "mai.qltm"),
        ("2021-09-15 09:00", "mai.qltm", "yeu-cau-bo-sung", "lan.vp"),
        ("2021-09-15 10:00", "lan.vp", "gui", "nguoi-nop"),
    )
    dossier = engine.receive("LTHH-13", by="lan.vp", at=datetime(2021, 9, 14, 8, tzinfo=TZ))
    for when, by, action, to in lines:
        moment = datetime.fromisoformat(when).replace(tzinfo=TZ)
        dossier = engine.move(dossier, action, by=by, to=to, at=moment, note="Thiếu giấy tờ")
    engine.store.close()
    return url


NUMBER = "000.00.19.H19-210914-0001"


def test_command_for_people(call: Callable[..., tuple[int, str, str]], store: str) -> None:
    """One row a line, who is to blame, the totals and the check; Vietnamese first."""
    code, out, _ = call("ledger", NUMBER, "--store", store, "--at", "2021-09-15 14:00")
    assert code == 0
    assert "do Ngô Thị Hà (ha.qltm) chuyển nhầm" in out
    assert "chờ người nộp" in out
    assert "Cộng 12:30 giờ làm việc + 17:30 ngoài giờ = 30:00 từ khi tiếp nhận: đúng" in out
    code, out, _ = call("ledger", NUMBER, "--store", store, "--at", "2021-09-15 14:00", "--lang", "en")
    assert "Together 12:30 working + 17:30 closed = 30:00 since the receipt: right" in out


def test_command_looks_back(call: Callable[..., tuple[int, str, str]], store: str) -> None:
    """R92: as it stood then, lines that came later left out; nothing is put down."""
    found = json.loads(call("ledger", NUMBER, "--store", store, "--at", "2021-09-14 10:30", "--format", "json")[1])
    assert [(entry["account"], entry["worked"]) for entry in found["entries"]] == [
        ("lan.vp", HOUR),
        ("ha.qltm", HOUR),
        ("hung.qltm", 0.5 * HOUR),
    ]
    assert (found["exact"], found["worked"], found["by_kind"]) == (
        True,
        2.5 * HOUR,
        {"holder": 2.5 * HOUR, "closure": 0},
    )


def test_command_as_table(call: Callable[..., tuple[int, str, str]], store: str) -> None:
    """A spreadsheet adds up to the same."""
    out = call("ledger", NUMBER, "--store", store, "--at", "2021-09-15 14:00", "--format", "csv")[1]
    rows = list(csv.DictReader(io.StringIO(out.removeprefix("\ufeff"))))
    assert sum(int(row["worked"]) for row in rows) == 12.5 * HOUR
    assert {row["kind"] for row in rows} == {"holder", "misroute", "applicant"}


@pytest.mark.parametrize(
    ("number", "when", "said"),
    [
        (NUMBER, "2021-09-14 07:59", "chưa được tiếp nhận"),
        ("000.00.19.H19-210914-0009", "2021-09-15", "không có hồ sơ"),
    ],
)
def test_command_refuses(
    call: Callable[..., tuple[int, str, str]], store: str, number: str, when: str, said: str
) -> None:
    """Exit 2 with what is the matter."""
    code, out, err = call("ledger", number, "--store", store, "--at", when)
    assert (code, out) == (2, "")
    assert said in err


def test_result_waiting_is_shown_apart(calendar: Calendar) -> None:
    """After the result a block of its own; the check is of the time up to it."""
    days = ("14/09 08:00", "14/09 09:00", "14/09 10:00", "15/09 08:30", "15/09 10:00")
    log = plain(table(), calendar, days).move("16/09 10:00:30", "thao", "xong")
    shown = as_text(told(log, "30/09 10:00"), ORG, "vi")
    before, after = shown.split("Sau khi có kết quả")
    assert "có kết quả 15/09/2021 10:00, hẹn trả Thứ Ba 21/09/2021: trước hạn" in before
    assert "8:00:30" in after
    assert "chờ trả kết quả" in after
    assert "Cộng 10:00 giờ làm việc + 16:00 ngoài giờ = 26:00 từ khi tiếp nhận: đúng" in after
    assert "paused" not in as_text(told(log, "30/09 10:00"), ORG, "en")


def test_errors_of_the_engine(store: str) -> None:
    """For embedders: what the command says, as errors."""
    engine = flowiso.open(store=store)
    with pytest.raises(UnknownDossier):
        engine.ledger("000.00.19.H19-210914-0009", datetime(2021, 9, 15, tzinfo=TZ))
    with pytest.raises(BadValue, match="chưa được tiếp nhận"):
        engine.ledger(NUMBER, datetime(2021, 9, 14, tzinfo=TZ))
    engine.store.close()


def test_never_received() -> None:
    """What was handed in alone has no time yet, and is told what comes first."""
    assert "hãy tiếp nhận trước" in str(not_received(NUMBER, 0, None))


def test_a_clock_behind_the_log(store: str) -> None:
    """T8: what another machine's clock has stamped ahead of this one's is told all the same where no moment is asked for."""
    with flowiso.open(store=store, clock=lambda: datetime(2021, 9, 1, tzinfo=TZ)) as engine:
        assert engine.ledger(NUMBER).last == engine.dossier(NUMBER).state.at
