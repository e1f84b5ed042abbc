"""Warnings that climb (R126), each told once, and what leaves the house: CloudEvents without personal data (R151)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import get_args

import pytest
from cases import ORG, Log, account, at, flow
from hypothesis import given, settings
from hypothesis import strategies as st
from offices import at as when
from walks import agency

from flowiso.calendar import Calendar
from flowiso.engine import Engine
from flowiso.lights import Rung
from flowiso.machine import Table, compile_flow
from flowiso.model import APPLICANT, DOSSIER_CODES, PAUSE, REAPPOINT, REASSIGN, RESUME, WITHDRAW, Move, Role
from flowiso.notices import due
from flowiso.ports import Notice
from flowiso.store import open_store
from flowiso.store.memory import MemoryStore
from flowiso.text import Text, nfc
from flowiso.watch import findings
from flowiso.worktime import instant

DUTIES = {"mot-cua": "receive", "lanh-dao": "review", "chuyen-vien": "examine"}
DEPARTMENT = ORG._replace(
    leadership={"bgd": Text("Ban Giám đốc", "Directorate")},
    roles={
        **{name: role._replace(duty=DUTIES.get(name)) for name, role in ORG.roles.items()},
        "mot-cua": ORG.roles["mot-cua"]._replace(sits="vp", duty="receive"),
        "giam-doc": Role("giam-doc", Text("Giám đốc", "Director"), "bgd", "agency", duty="approve"),
    },
    accounts=ORG.accounts
    | {
        one.id: one
        for one in (
            account("pho", "lanh-dao", "phong"),
            account("chanh", "lanh-dao", "vp"),
            account("giam", "giam-doc", "bgd"),
        )
    },
)


@pytest.fixture(scope="module")
def made() -> Table:
    """The sample flow in a department with a director, heads of divisions and of the one-stop unit."""
    return compile_flow(flow(), DEPARTMENT)


def told(log: Log, when: str) -> dict[tuple[str, str], set[str]]:
    """Who is told at a moment, by code and rung, each with a sound message."""
    found: dict[tuple[str, str], set[str]] = {}
    log = log.until(when)
    for notice in due(log.life, log.table, log.calendar, at(when)):
        data = notice.data
        assert notice.number == notice.key.split("/")[0] == "1"
        assert data["message"] == nfc(data["message"]) != data["message_en"]
        assert instant(datetime.fromisoformat(data["since"])) <= at(when)
        assert data["code"].split(".")[0] in DOSSIER_CODES
        found.setdefault((data["code"], data["level"]), set()).add(data["to"])
    return found


def with_examiner(made: Table, calendar: Calendar) -> Log:
    """An examiner has it and has confirmed."""
    log = Log(made, calendar, "14/09 08:00").move("14/09 09:00", "lan", "chuyen", "sep")
    return log.move("14/09 10:00", "sep", "chuyen", "an").confirm("14/09 11:00", "an")


def test_the_ladder_of_a_dossier(made: Table, calendar: Calendar) -> None:
    """R126: the officer a working day before, the head at half of that, department and one-stop head when it is overdue."""
    log = with_examiner(made, calendar)
    assert ("DOS103", "officer") not in told(log, "20/09 16:59")
    soon = told(log, "20/09 17:00")
    assert soon["DOS103", "officer"] == {"an"}
    assert ("DOS103", "division") not in told(log, "21/09 11:29")
    assert told(log, "21/09 11:30")["DOS103", "division"] == {"sep", "pho", "kiem"}
    late = told(log, "22/09 00:00")
    assert late["DOS101", "department"] == {"an", "sep", "pho", "kiem", "giam", "chanh"}
    assert not {key for key in late if key[0] == "DOS103"}


def test_the_ladder_of_a_step(made: Table, calendar: Calendar) -> None:
    """R126: the officer in the last quarter of the step, his head once it is over; no higher, the dossier isn't late."""
    log = with_examiner(made, calendar)
    assert told(log, "15/09 07:59") == {}
    assert told(log, "15/09 08:30") == {("DOS102.thu-ly", "officer"): {"an"}}
    assert told(log, "15/09 14:00") == {("DOS102", "division"): {"an", "sep", "pho", "kiem"}}


def test_the_apology_deadline(made: Table, calendar: Calendar) -> None:
    """R49, R126: on the last day on which an apology can be sent everybody who can send it knows; re-appointed, nobody more."""
    log = Log(made, calendar, "23/04 08:00")
    assert ("DOS107", "department") not in told(log, "28/04 17:00")
    assert told(log, "29/04 16:00")["DOS107", "department"] == {"lan", "chanh", "giam"}
    again = log.raw("29/04 16:05", "chanh", REAPPOINT, "tiep-nhan", "lan")
    assert ("DOS107", "department") not in told(again, "29/04 16:30")


def test_a_second_promise_that_is_broken(made: Table, calendar: Calendar) -> None:
    """R50: overdue is told once for the legal date and once for the new one."""
    log = with_examiner(made, calendar)
    line = log.moves[-1]._replace(
        seq=log.state.seq + 1, at=at("17/09 08:00"), actor="sep", action=REAPPOINT, note="vì sao"
    )
    log.add([line._replace(record={"until": "2021-09-28"})])
    keys = {notice.key for notice in due(log.life, made, calendar, at("23/09 08:00")) if notice.type == "late"}
    more = {notice.key for notice in due(log.life, made, calendar, at("29/09 08:00")) if notice.type == "late"}
    assert keys < more
    assert len(more) == 2 * len(keys)


def test_an_unconfirmed_hand_over(made: Table, calendar: Calendar) -> None:
    """R122: sender and receiver after four working hours, the head of the receiver's division after four more."""
    log = Log(made, calendar, "14/09 08:00").move("14/09 08:30", "lan", "chuyen", "sep")
    assert ("DOS205", "officer") not in told(log, "14/09 13:30")
    assert told(log, "14/09 14:01")["DOS205", "officer"] == {"lan", "sep"}
    assert ("DOS205", "division") not in told(log, "15/09 08:30")
    assert told(log, "15/09 08:31")["DOS205", "division"] == {"sep", "pho", "kiem"}


def test_a_holder_who_is_gone(calendar: Calendar) -> None:
    """R128: the head of the division is told from the day on, and no more once it was handed on."""
    leaving = DEPARTMENT.accounts["an"]._replace(until=date(2021, 9, 15))
    made = compile_flow(flow(), DEPARTMENT._replace(accounts={**DEPARTMENT.accounts, "an": leaving}))
    log = with_examiner(made, calendar)
    assert ("DOS209", "division") not in told(log, "14/09 23:59")
    assert told(log, "15/09 00:00")["DOS209", "division"] == {"sep", "pho", "kiem"}
    log.move("15/09 08:00", "sep", REASSIGN, "binh")
    assert ("DOS209", "division") not in told(log, "15/09 08:00")


def test_a_silent_partner(made: Table, calendar: Calendar) -> None:
    """R45: the division that leads the case and the head of the one-stop unit, not the partner itself."""
    log = with_examiner(made, calendar).move("14/09 14:00", "an", "hoi-y-kien", "bo").confirm("14/09 15:00", "bo")
    assert ("DOS109", "department") not in told(log, "15/09 14:00")
    assert told(log, "15/09 14:01")["DOS109", "department"] == {"sep", "pho", "kiem", "chanh"}


def test_nobody_is_told_of_what_waits_or_is_over(made: Table, calendar: Calendar) -> None:
    """R43, R59: while the applicant has it nobody is warned, and nobody after the end; he himself never is."""
    log = (
        with_examiner(made, calendar)
        .move("14/09 14:00", "an", "bo-sung", "lan")
        .move("14/09 15:00", "lan", "gui", APPLICANT)
    )
    assert told(log, "30/11 08:00") == {}
    log.move("30/11 08:00", APPLICANT, "rut")
    assert told(log, "30/12 08:00") == {}


def lazy(made: Table, calendar: Calendar) -> list[Log]:
    """Dossiers left lying at several places."""
    submitted = Log(made, calendar, "14/09 08:00", "4", submitted=True)
    partner = with_examiner(made, calendar).move("14/09 14:00", "an", "hoi-y-kien", "bo")
    partner.case = partner.case._replace(number="3")
    sent = Log(made, calendar, "14/09 08:00", "2").move("14/09 08:30", "lan", "chuyen", "sep")
    return [with_examiner(made, calendar), sent, partner, submitted]


MOMENTS = st.integers(at("14/09 16:00") // 60, at("15/10 08:00") // 60).map(lambda minute: 60 * minute)


@settings(deadline=None)
@given(st.integers(0, 3), st.lists(MOMENTS, min_size=2, max_size=2).map(sorted))
def test_warnings_only_climb(made: Table, calendar: Calendar, which: int, moments: Sequence[int]) -> None:
    """R126: untouched, whoever was told before is told of it later too, and the highest rung never falls."""
    log = lazy(made, calendar)[which]
    before, after = (due(log.life, made, calendar, moment) for moment in moments)
    assert {one.data["to"] for one in before} <= {one.data["to"] for one in after}
    assert max(map(_rung, before), default=0) <= max(map(_rung, after), default=0)
    assert due(log.life, made, calendar, moments[1]) == after


def _rung(notice: Notice) -> int:
    return get_args(Rung).index(notice.data["level"])


@settings(deadline=None, max_examples=30)
@given(st.lists(MOMENTS, min_size=1, max_size=12))
def test_each_notice_once(made: Table, calendar: Calendar, moments: list[int]) -> None:
    """R126: over any sequence of moments, in whatever order, asked as often as one likes, nobody gets the same twice."""
    logs = lazy(made, calendar)
    store = MemoryStore()
    store.create_many((log.case, log.moves) for log in logs)
    seen: list[str] = []
    for moment in [*moments, *moments]:
        notices = [one for log in logs for one in due(log.life, made, calendar, moment)]
        assert len({one.key for one in notices}) == len(notices)
        seen += [one.key for one in store.notify(ORG.agency, notices)]
    assert len(set(seen)) == len(seen)
    wanted = {one.key for moment in moments for log in logs for one in due(log.life, made, calendar, moment)}
    assert set(seen) == wanted


@pytest.fixture(params=["memory", "sqlite"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """The shipped agency over both stores."""
    url = "memory:" if request.param == "memory" else f"sqlite:///{tmp_path / 'mot-cua.db'}"
    store = open_store(url)
    yield Engine(agency(), store, allow_draft=True)
    store.close()


def test_the_engine_tells_each_once_and_delivers_it(engine: Engine) -> None:
    """R126, R151: notices and events leave as CloudEvents with the same id until they are delivered; no applicant in them."""
    hs = engine.receive(
        "LTHH-13", by="lan.vp", at=when("14/09 08:00"), people={"owner": "Nguyễn Văn A", "phone": "0901234567"}
    )
    engine.move(hs, "chuyen", by="lan.vp", to="ha.qltm", at=when("14/09 09:00"))
    first = engine.notify(when("15/09 09:00"))
    assert {(one.type, one.data["to"]) for one in first} >= {("unconfirmed", "lan.vp"), ("unconfirmed", "ha.qltm")}
    assert engine.notify(when("15/09 09:00")) == ()
    later = engine.notify(when("29/09 08:00"))
    assert {one.data["to"] for one in later if one.type == "late"} >= {"quang.lds", "dao.vp", "ha.qltm"}
    letters = engine.outbox()
    assert [one.envelope["id"] for one in engine.outbox()] == [one.envelope["id"] for one in letters]
    events, notices = letters[:2], letters[2:]
    assert len(notices) == len(first) + len(later)
    assert [one.envelope["type"] for one in events] == ["vn.flowiso.dossier.received", "vn.flowiso.dossier.moved"]
    assert events[1].envelope["data"] == {
        "seq": 1,
        "action": "chuyen",
        "step": "phan-cong",
        "holder": "ha.qltm",
        "status": 4,
        "due": "2021-09-28T17:00:00+07:00",
        "due_current": "2021-09-28T17:00:00+07:00",
    }
    assert events[0].envelope["time"] == "2021-09-14T01:00:00Z"
    assert notices[0].envelope["type"].startswith("vn.flowiso.notice.")
    assert all(one.envelope["specversion"] == "1.0" and one.envelope["subject"] == hs.number for one in letters)
    assert not any(word in repr(letters) for word in ("Nguyễn Văn A", "0901234567"))
    engine.delivered(letters[:3], when("29/09 08:00"))
    assert engine.outbox() == letters[3:]
    engine.delivered(letters, when("29/09 08:00"))
    assert engine.outbox() == ()


def test_the_outbox_gives_the_oldest_first(engine: Engine) -> None:
    """Asked for a few, it gives those that have waited longest; events of the same dossier keep the order of its log."""
    hs = engine.receive("LTHH-13", by="lan.vp", at=when("14/09 08:00"))
    other = engine.receive("LTHH-13", by="lan.vp", at=when("14/09 08:10"))
    engine.move(hs, "chuyen", by="lan.vp", to="ha.qltm", at=when("14/09 09:00"))
    found = [(one.envelope["subject"], one.envelope["data"]["seq"]) for one in engine.outbox()]
    assert found == [(hs.number, 0), (other.number, 0), (hs.number, 1)]
    assert engine.outbox(2) == engine.outbox()[:2]


def test_notify_looks_at_the_log_up_to_the_moment_only(engine: Engine) -> None:
    """R92: told of yesterday, it knows nothing of today's move."""
    hs = engine.receive("LTHH-13", by="lan.vp", at=when("14/09 08:00"))
    engine.move(hs, "chuyen", by="lan.vp", to="ha.qltm", at=when("15/09 09:00"))
    found = engine.notify(when("14/09 16:00"))
    assert {one.data["holder"] for one in found} == {"lan.vp"}


def test_no_warning_climbs_down(calendar: Calendar) -> None:
    """R125, R126: with a leader it climbs to the other leaders, never to heads of divisions, who are under him."""
    accounts = DEPARTMENT.accounts | {"pho-giam": account("pho-giam", "giam-doc", "bgd")}
    org = DEPARTMENT._replace(accounts=accounts)
    signing = tuple(row._replace(by="giam-doc") if row.id == "ky" else row for row in flow().steps)
    made = compile_flow(flow()._replace(steps=signing), org)
    log = with_examiner(made, calendar).move("15/09 08:00", "an", "chuyen", "giam")
    below = {"sep", "pho", "kiem"}
    unread = told(log, "16/09 17:00")
    assert unread["DOS205", "officer"] == {"an", "giam"}
    assert unread["DOS205", "division"] == {"pho-giam"}
    late = told(log, "22/09 00:00")
    assert late["DOS101", "department"] == {"giam", "pho-giam", "chanh"}
    assert not any(names & below for names in late.values())
    (alert,) = (x for x in findings(log.life, made, calendar, at("22/09 00:00")) if x.code == "DOS214")
    assert alert.holder == "pho-giam"
    alone = compile_flow(flow()._replace(steps=signing), DEPARTMENT)
    log = with_examiner(alone, calendar).move("15/09 08:00", "an", "chuyen", "giam")
    assert told(log, "22/09 00:00")["DOS101", "department"] == {"giam", "chanh"}
    assert "DOS214" not in [x.code for x in findings(log.life, alone, calendar, at("22/09 00:00"))]


@pytest.mark.parametrize(("away", "told_to"), [("giam", {"chanh"}), ("sep", {"sep", "pho", "kiem", "giam"})])
def test_who_hands_on_what_a_leader_or_head_left(calendar: Calendar, away: str, told_to: set[str]) -> None:
    """R125, R128: of a head away also who is over him; of the only leader the head of the one-stop unit, who urges."""
    leave = ((date(2021, 9, 15), date(2021, 9, 30)),)
    accounts = DEPARTMENT.accounts | {away: DEPARTMENT.accounts[away]._replace(leave=leave)}
    org = DEPARTMENT._replace(accounts=accounts)
    signing = tuple(row._replace(by="giam-doc") if row.id == "ky" else row for row in flow().steps)
    made = compile_flow(flow()._replace(steps=signing), org)
    if away == "giam":
        log = with_examiner(made, calendar).move("14/09 13:30", "an", "chuyen", "giam").confirm("14/09 14:00", "giam")
    else:
        log = (
            Log(made, calendar, "14/09 08:00").move("14/09 09:00", "lan", "chuyen", "sep").confirm("14/09 09:30", "sep")
        )
    assert told(log, "15/09 08:00")["DOS210", "division"] == told_to


def test_leaders_are_told_of_a_short_pause(calendar: Calendar) -> None:
    """R59, R75, R129: who paused it for minutes, and what that moved, goes to the leadership once it has run out."""
    org = DEPARTMENT
    log = with_examiner(compile_flow(flow(), org), calendar)
    for told_at, verb in (("15/09 10:00", PAUSE), ("15/09 10:01", RESUME)):
        line = Move(log.state.seq + 1, at(told_at), "sep", verb, log.state.row.id, log.state.holder, "chờ")
        assert ("DOS217", "department") not in told(log, told_at)
        log.add([line])
    assert told(log, "15/09 10:01")["DOS217", "department"] == {"giam", "chanh"}
    log.raw("15/09 10:05", "lan", WITHDRAW, WITHDRAW, "")
    assert log.state.ended
    for told_at in ("15/09 11:00", "22/09 10:00"):
        assert told(log, told_at) == {("DOS217", "department"): {"giam", "chanh"}}
    assert told(log, "22/09 10:02") == {}  # five working days later it is too late to tell


def test_a_short_pause_of_a_dossier_that_ended_before_the_next_look(calendar: Calendar, tmp_path: Path) -> None:
    """R59, R126: the outbox has it once, whenever somebody looks within five working days."""
    ground = {"ground": "Điều 1"}
    with closing(open_store(f"sqlite:///{tmp_path / 'mot-cua.db'}")) as store:
        engine = Engine(agency(), store, allow_draft=True)
        hs = engine.receive("LTHH-13", by="lan.vp", at=when("14/09 08:00"))
        hs = engine.move(hs, "chuyen", by="lan.vp", to="ha.qltm", at=when("14/09 09:00"))
        hs = engine.move(hs, PAUSE, by="ha.qltm", note="chờ", record=ground, at=when("15/09 10:00"))
        hs = engine.move(hs, RESUME, by="ha.qltm", note="xong", at=when("15/09 10:01"))
        engine.move(hs, "rut-ho-so", by=APPLICANT, at=when("15/09 10:05"))
        found = [one.data["code"] for one in engine.notify(when("17/09 08:00"))]
        assert found
        assert set(found) == {"DOS217"}
        assert engine.notify(when("17/09 08:15")) == ()
        assert any(one.envelope["type"] == "vn.flowiso.notice.short-pause" for one in engine.outbox())
