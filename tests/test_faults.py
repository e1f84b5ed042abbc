"""What follows from a fault (R130): nonconformities opened by the log alone, their handling, what is systemic; ratings (R142)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, get_args

import pytest
from histories import history
from hypothesis import example, given, settings
from hypothesis import strategies as st
from offices import PHONG, PHONG_2, at, examined, go, office, path, ready
from walks import agency

from flowiso import causes, misroutes
from flowiso.dossier import Dossier
from flowiso.engine import Engine
from flowiso.errors import BadValue, Incomplete, NotAllowed
from flowiso.faults import CAUSES, nonconformities, systemic, todo
from flowiso.feedback import FEWEST, discreet
from flowiso.handling import KINDS, Nonconformity
from flowiso.model import (
    ANSWER,
    APPLICANT,
    BOUNCE,
    CHOICES,
    COMPLAIN,
    CORRECT,
    FAULT,
    LOSE,
    PAUSE,
    RATE,
    REASSIGN,
    STOP,
    Case,
    LateCause,
)
from flowiso.replay import replay
from flowiso.text import Text
from flowiso.tracing import trace
from flowiso.worktime import instant, local, midnight

PLAN = {"action": "tập huấn", "owner": "an", "due": "2021-10-20"}


def opened(engine: Engine, when: str = "28/09 08:00", year: int | None = None) -> tuple[Nonconformity, ...]:
    """The register's nonconformities at a moment."""
    return engine.faults(at(when), year).found


def told(one: Nonconformity) -> tuple[Any, ...]:
    """The facts of one."""
    return one.kind, one.line, f"{local(one.opened_at):%d/%m %H:%M}", one.division, one.suggested, one.status


def returned(engine: Engine, hs: Dossier | None = None) -> Dossier:
    """Handed to an, who bounced it; handed to binh the next day."""
    return path(engine, hs or examined(engine), f"14/09 11:00 an {BOUNCE}", f"15/09 08:00 ha {REASSIGN} binh")


def warned(engine: Engine, hs: Dossier) -> list[tuple[str, int | None]]:
    """What a replay of its log says, code and line."""
    return [(one.code, one.line) for one in replay(hs.table, engine.flows.calendar, hs.case, hs.moves).findings]


# --- what opens one


def test_the_words_are_the_ones_a_record_may_hold() -> None:
    """R95, R123, R130: one list of kinds and one of causes, whoever asks."""
    assert CHOICES["of"] == tuple(KINDS)
    assert CHOICES["cause"] == tuple(CAUSES)
    assert len(CAUSES) == len(causes.TITLES) + len(misroutes.CAUSES)
    assert set(causes.TITLES) == set(get_args(LateCause))


def test_a_dossier_in_time_opens_none() -> None:
    """R72: until the day is over."""
    engine = office()
    path(engine, ready(engine), "17/09 08:00 thao xong")
    assert opened(engine, "31/12 08:00") == ()
    examined(engine)
    assert opened(engine, "21/09 23:59") == ()


def test_late() -> None:
    """R72: opened when the due day is over; the log says what it can of the cause (R95)."""
    engine = office()
    hs = examined(engine)
    (found,) = opened(engine, "22/09 00:00")
    assert told(found) == ("late", None, "22/09 00:00", PHONG, "overload", "open")
    assert "chưa có kết quả" in found.what.vi
    path(engine, hs, "23/09 08:00 an chuyen quang", "23/09 09:00 quang chuyen hanh", "23/09 10:00 hanh chuyen thao")
    (found,) = opened(engine, "24/09 00:00")
    assert (found.kind, found.line, f"{local(found.opened_at):%d/%m}") == ("late", None, "22/09")
    assert "xong 23/09/2021 10:00" in found.what.vi


@pytest.mark.parametrize("line", [f"ha {STOP}", f"{APPLICANT} rut"])
def test_late_though_it_counts_on_time(line: str) -> None:
    """R57, R129: withdrawn or stopped after the due date."""
    engine = office()
    path(engine, examined(engine), f"23/09 08:00 {line}", ground="Luật 1")
    assert [one.kind for one in opened(engine)] == ["late"]


def test_misrouted() -> None:
    """R123: when it was found and is over; the line is the one that found it, the division the sender's."""
    engine = office()
    hs = go(engine, examined(engine), f"14/09 11:00 an {BOUNCE}")
    assert opened(engine, "14/09 12:00") == ()  # until somebody has it, that it was no mistake may still turn out
    go(engine, hs, f"15/09 08:00 ha {REASSIGN} binh")
    (found,) = opened(engine, "15/09 08:00")
    assert told(found) == ("misroute", 4, "15/09 08:00", PHONG, "wrong_person", "open")
    assert "'ha' giao bước" in found.what.vi
    assert "'an'" in found.what.vi


def test_bounced_in_error() -> None:
    """R124: it came back to the one who bounced it, so nobody misrouted it."""
    engine = office()
    path(engine, examined(engine), f"14/09 11:00 an {BOUNCE}", f"15/09 08:00 ha {REASSIGN} an")
    assert opened(engine, "16/09 08:00") == ()


@pytest.mark.parametrize(
    ("wrong", "cause"),
    [("long", "wrong_person"), ("chi", "wrong_division"), ("nghi", "delegation_missing"), ("thoi", "stale_account")],
)
def test_why_it_was_misrouted(wrong: str, cause: str) -> None:
    """R121, R123: what the account lacked tells the cause, as far as a log can."""
    engine = office(strict=False)
    day = 16 if wrong == "thoi" else 14
    hs = path(engine, engine.receive("MAU-01", by="lan", at=at(f"{day}/09 08:00")), f"{day}/09 09:00 lan chuyen ha")
    hs = path(engine, hs, f"{day}/09 10:00 ha chuyen {wrong}", f"{day}/09 14:00 ha {REASSIGN} an")
    (found,) = opened(engine, f"{day}/09 15:00")
    assert (found.kind, found.suggested) == ("misroute", cause)


def test_wrong_result_lost_and_justified_complaint() -> None:
    """R53, TT 01/2018 index 7: each correction, each loss, and a complaint once it is found justified."""
    engine = office()
    hs = path(engine, ready(engine), "17/09 08:00 thao xong")
    hs = go(engine, hs, f"20/09 08:00 lan {CORRECT} an", "sai tên", step="thu-ly")
    hs = go(engine, hs, f"20/09 09:00 lan {LOSE}", "mất bản gốc", owner="chi")
    hs = go(engine, hs, f"20/09 10:00 {APPLICANT} {COMPLAIN}", "cán bộ gắt")
    hs = go(engine, hs, f"20/09 11:00 {APPLICANT} {COMPLAIN}", "đòi thêm giấy")
    assert [told(one)[:4] for one in opened(engine, "20/09 12:00")] == [
        ("wrong-result", 12, "20/09 08:00", PHONG),
        ("lost", 13, "20/09 09:00", PHONG_2),
    ]
    with pytest.raises(NotAllowed, match="line\\); đang chờ: 14, 15"):
        go(engine, hs, f"21/09 08:00 lan {ANSWER}", "đúng", founded="yes")
    hs = go(engine, hs, f"21/09 08:00 lan {ANSWER}", "đúng", founded="yes", line="15")
    hs = go(engine, hs, f"21/09 09:00 lan {ANSWER}", "không đúng", founded="no")
    *_, found = opened(engine, "21/09 09:00")
    assert told(found) == ("complaint", 15, "21/09 08:00", PHONG, None, "open")
    assert [one.founded for one in engine.faults(at("22/09 08:00")).complaints] == [False, True]
    with pytest.raises(NotAllowed, match="đang chờ: không có"):
        go(engine, hs, f"22/09 08:00 lan {ANSWER}", "xét lại: không đúng", founded="no", line="15")


def test_answered_at_once() -> None:
    """A complaint by telephone that nobody put down is one, too; as of an earlier moment it wasn't there (R92)."""
    engine = office()
    go(engine, examined(engine), f"15/09 08:00 lan {ANSWER}", "đúng, đã xin lỗi", founded="yes")
    assert [told(one)[:3] for one in opened(engine)] == [
        ("complaint", 4, "15/09 08:00"),
        ("late", None, "22/09 00:00"),
    ]
    (heard,) = engine.faults(at("16/09 08:00")).complaints
    assert (heard.line, heard.founded, heard.answered_at) == (4, True, heard.at)
    assert engine.faults(at("15/09 07:59")).complaints == ()


# --- how it is handled


def test_from_cause_to_closed() -> None:
    """R130, ISO 9001 10.2: cause, action, check; who put down what, and what has to be done next."""
    engine = office()
    hs = returned(engine)
    said = []
    for line, words in (
        ("16/09 08:00 ha", {}),
        ("16/09 09:00 ha", {"cause": "wrong_person"}),
        ("17/09 08:00 quang", PLAN),
        ("21/10 08:00 ha", {"effect": "yes"}),
    ):
        (found, *_) = opened(engine, "16/09 07:59" if not said else said[-1][1])
        hs = go(engine, hs, f"{line} {FAULT}", "ghi", of="misroute", **words)
        (found, *_) = opened(engine, " ".join(line.split()[:2]))
        said.append((found.status, " ".join(line.split()[:2])))
        assert todo(found, found.opened_at).vi
    assert [status for status, _ in said] == ["open", "cause", "action", "closed"]
    done = found.handling
    assert (done.cause, done.action, done.owner, done.due, done.effect) == (
        "wrong_person", "tập huấn", "an", date(2021, 10, 20), True,
    )  # fmt: skip
    assert [(move.actor, move.seq) for move in done.lines] == [("ha", 6), ("ha", 7), ("quang", 8), ("ha", 9)]
    with pytest.raises(NotAllowed, match=r"đang mở: late$"):
        go(engine, hs, f"22/10 08:00 ha {FAULT}", "thêm", of="misroute", cause="other")


def test_what_did_not_work_opens_it_again() -> None:
    """R130: ineffective, then a new round; the failed action is on record."""
    engine = office()
    hs = go(engine, returned(engine), f"16/09 08:00 ha {FAULT}", "họp", of="misroute", cause="wrong_person", **PLAN)
    hs = go(engine, hs, f"17/09 08:00 ha {FAULT}", "lặp lại", of="misroute", effect="no")
    (found,) = opened(engine, "17/09 08:00")
    assert (found.status, found.closed, found.handling.failed) == ("ineffective", False, 0)
    assert "hành động khác" in todo(found, found.opened_at).vi
    with pytest.raises(NotAllowed, match="effect"):
        go(engine, hs, f"17/09 09:00 ha {FAULT}", "lần nữa", of="misroute", effect="yes")
    hs = go(engine, hs, f"17/09 09:00 ha {FAULT}", "tìm lại", of="misroute", cause="flow_definition_error")
    (found,) = opened(engine, "17/09 09:00")
    assert (found.status, found.cause, found.handling.action, found.handling.failed) == (
        "cause", "flow_definition_error", None, 1,
    )  # fmt: skip
    go(engine, hs, f"17/09 10:00 ha {FAULT}", "sửa lưu đồ", of="misroute", **PLAN)
    assert opened(engine, "17/09 10:00")[0].status == "action"


def test_overdue_after_the_day_it_was_due() -> None:
    """R130: nobody checked the effect by the end of that day."""
    engine = office()
    hs = go(engine, returned(engine), f"16/09 08:00 ha {FAULT}", "họp", of="misroute", cause="wrong_person",
            action="nhắc", owner="an", due="2021-09-17")  # fmt: skip
    for when, late in (("17/09 23:59", False), ("18/09 00:00", True)):
        register = engine.faults(at(when))
        assert register.alarming(instant(at(when))) is register.found[0].overdue(instant(at(when))) is late
        assert ("quá hạn" in todo(register.found[0], instant(at(when))).vi) is late
    go(engine, hs, f"20/09 08:00 ha {FAULT}", "đạt", of="misroute", effect="yes")
    assert not engine.faults(at("20/09 08:00")).alarming(instant(at("20/09 08:00")))


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ({"of": "late"}, "đang mở: misroute line=4"),
        ({"of": "misroute", "line": "5"}, "đang mở: misroute line=4"),
        ({"of": "misroute", **PLAN}, "nguyên nhân"),
        ({"of": "misroute", "effect": "yes"}, "effect"),
        ({"of": "misroute", "cause": "overload", **PLAN, "effect": "yes"}, "effect"),
        ({"of": "misroute", "cause": "overload", **PLAN, "owner": "ai-do"}, "ai-do"),
        ({"of": "misroute", "cause": "overload", **PLAN, "owner": "cu"}, "'cu'"),
        ({"of": "misroute", "cause": "overload", **PLAN, "owner": APPLICANT}, APPLICANT),
        ({"of": "misroute", "cause": "overload", **PLAN, "due": "2021-09-16"}, "sau Thứ Năm 16/09/2021"),
    ],
)
def test_what_is_refused(words: dict[str, str], why: str) -> None:
    """R130: about nothing, out of order, by nobody, or by a day that is over; nothing is put down."""
    engine = office()
    hs = returned(engine)
    with pytest.raises(NotAllowed, match=why):
        go(engine, hs, f"16/09 08:00 ha {FAULT}", "lý do", **words)
    assert engine.dossier(hs.number) == hs


@pytest.mark.parametrize(
    "words", [{"of": "theft"}, {"of": "late", "cause": "bad-luck"}, {"of": "late", "effect": "maybe"}]
)
def test_words_nobody_knows(words: dict[str, str]) -> None:
    """R95, R123: causes are from the list."""
    engine = office()
    with pytest.raises(BadValue):
        go(engine, examined(engine), f"28/09 08:00 ha {FAULT}", "lý do", **words)


def test_an_action_is_somebodys_by_a_day() -> None:
    """R130: owner and due day belong to it."""
    engine = office()
    with pytest.raises(Incomplete) as lacks:
        go(engine, returned(engine), f"16/09 08:00 ha {FAULT}", "họp", of="misroute", cause="overload", action="nhắc")
    assert lacks.value.missing == ("owner", "due")


def test_two_of_one_dossier() -> None:
    """R130: two of a kind are told apart by the line, two kinds by what they are."""
    engine = office()
    hs = go(engine, returned(engine), f"15/09 09:00 binh {BOUNCE}")
    hs = go(engine, hs, f"15/09 10:00 ha {REASSIGN} an")
    assert [told(one)[:2] for one in opened(engine)] == [("misroute", 4), ("misroute", 6), ("late", None)]
    with pytest.raises(NotAllowed, match="misroute line=4, misroute line=6"):
        go(engine, hs, f"16/09 08:00 ha {FAULT}", "xem", of="misroute", cause="overload")
    hs = go(engine, hs, f"16/09 08:00 ha {FAULT}", "xem", of="misroute", line="6", cause="overload", **PLAN)
    hs = go(engine, hs, f"17/09 08:00 ha {FAULT}", "đạt", of="misroute", line="6", effect="yes")
    hs = go(engine, hs, f"17/09 09:00 ha {FAULT}", "xem", of="misroute", cause="other")  # only one is open now
    go(engine, hs, f"28/09 08:00 ha {FAULT}", "xem", of="late", cause="overload")
    assert [(one.line, one.status, one.cause) for one in opened(engine)] == [
        (4, "cause", "other"), (6, "closed", "overload"), (None, "cause", "overload"),
    ]  # fmt: skip


def test_while_stopped_and_after_the_end() -> None:
    """R58, R59: handled whenever that happens, in the same log, which stays verifiable (I3)."""
    engine = office()
    hs = go(engine, returned(engine), f"15/09 09:00 ha {PAUSE}", "chờ tòa", ground="Luật 1")
    hs = go(engine, hs, f"16/09 08:00 ha {FAULT}", "xem", of="misroute", cause="overload")
    hs = go(engine, hs, f"16/09 09:00 ha {STOP}", "dừng", ground="Luật 1")
    hs = go(engine, hs, f"17/09 08:00 ha {FAULT}", "họp", of="misroute", **PLAN)
    assert opened(engine)[0].status == "action"
    assert warned(engine, hs) == []


def test_another_systems_words() -> None:
    """on_misroute="record": what is about nothing is on record, changes nothing, and is told by the verifier (I3)."""
    engine = office(strict=False)
    hs = go(engine, returned(engine), f"16/09 08:00 ha {FAULT}", "xong", of="late", effect="yes")
    hs = go(engine, hs, f"16/09 09:00 ha {FAULT}", "xong", of="misroute", effect="yes")
    (found,) = opened(engine, "16/09 09:00")
    assert (found.status, len(found.handling.lines)) == ("open", 1)
    assert warned(engine, hs) == [("DOS303", 6), ("DOS303", 7)]


# --- it can't be taken back


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 100_000))
@example(21537)
def test_none_ever_disappears(seed: int) -> None:
    """R129: as a log grows and time goes by, what was opened stays, under the same key and moment."""
    told = history(seed)
    calendar = agency().calendar
    case = Case("H", "1", told.table.flow.code, 1, "counter")
    before: dict[Any, int] = {}
    for length in range(1, len(told.moves) + 1):
        moves = told.moves[:length]
        life = trace(told.table, calendar, case, moves)
        until = told.moves[length].at if length < len(told.moves) else told.at
        for moment in sorted({moves[-1].at, max(moves[-1].at, until - 1)}):
            now = {one.key: one.opened_at for one in nonconformities(life, calendar, moment)}
            assert before.items() <= now.items()
            before = now


# --- systemic


def one(day: int, cause: str | None = "overload", division: str = PHONG, number: int = 0) -> Nonconformity:
    """Opened at noon so many days after 1 January 2021."""
    opened_at = midnight((date(2021, 1, 1) + timedelta(day)).toordinal()) + 12 * 3600
    return Nonconformity(f"{day}-{number}", "MAU-01", "late", None, opened_at, division, cause, Text("", ""))


@pytest.mark.parametrize(("last", "found"), [(89, 1), (90, 0)])
def test_three_times_within_ninety_days(last: int, found: int) -> None:
    """R130: the first day counts, so day 90 is within and day 91 isn't; moments within a day don't matter."""
    assert len(systemic([one(0), one(40), one(last)])) == found


def test_not_systemic() -> None:
    """Twice is not three times; "other" and no cause at all are no common cause; each cause is counted alone."""
    assert systemic([one(0), one(1)]) == ()
    assert systemic([one(0, "other"), one(1, "other"), one(2, "other")]) == ()
    assert systemic([one(0, None), one(1, None), one(2, None)]) == ()
    assert systemic([one(0), one(1), one(2, "misrouted_account")]) == ()


def test_windows_that_share_a_member_are_one() -> None:
    """R130: 0, 60, 80 and 60, 80, 140 are one spell; 400 to 420 is another."""
    told = systemic([one(day) for day in (420, 0, 140, 60, 410, 80, 400)])
    assert [[member.number for member in spell.members] for spell in told] == [
        ["0-0", "60-0", "80-0", "140-0"], ["400-0", "410-0", "420-0"],
    ]  # fmt: skip


def test_by_cause_and_by_division() -> None:
    """R130: of one division it is told once, with it; of several once for the whole and for each that has three."""
    assert [spell.division for spell in systemic([one(0), one(1), one(2)])] == [PHONG]
    mixed = [one(0), one(1), one(2), one(3, division=PHONG_2)]
    assert [(spell.division, len(spell.members)) for spell in systemic(mixed)] == [("", 4), (PHONG, 3)]
    assert [spell.division for spell in systemic([one(0), one(1), one(2, division=PHONG_2)])] == [""]


def test_closed_once_every_member_is() -> None:
    """R130: the corrective actions worked."""
    members = [one(day) for day in range(3)]
    closed = [each._replace(handling=each.handling._replace(action="x", effect=True)) for each in members]
    assert not systemic([*closed[:2], members[2]])[0].closed
    assert systemic(closed)[0].closed


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 400), st.sampled_from(["overload", "system_fault"])), max_size=14))
def test_systemic_by_another_way(days: list[tuple[int, str]]) -> None:
    """R130: a nonconformity is in a spell exactly when it and two others of its cause lie within 90 days."""
    found = [one(day, cause, number=index) for index, (day, cause) in enumerate(days)]
    inside = {member.key for spell in systemic(found) for member in spell.members}
    for each, (day, cause) in zip(found, days, strict=True):
        same = [other for other, why in days if why == cause]
        within = any(
            sum(first <= other < first + 90 for other in same) >= 3 and first <= day < first + 90 for first in same
        )
        assert (each.key in inside) is within


def test_from_the_log() -> None:
    """R130: three misroutes of a month, from the log alone; the cause a leader puts down is the one that counts."""
    engine = office()
    held = [returned(engine) for _ in range(3)]
    (spell,) = engine.faults(at("16/09 08:00")).systemic
    assert (spell.cause, spell.division, {member.number for member in spell.members}) == (
        "wrong_person", PHONG, {hs.number for hs in held},
    )  # fmt: skip
    assert engine.faults(at("16/09 08:00")).alarming(instant(at("16/09 08:00")))
    go(engine, held[0], f"16/09 09:00 ha {FAULT}", "xem", of="misroute", cause="flow_definition_error")
    assert engine.faults(at("16/09 09:00")).systemic == ()
    assert len(engine.faults(at("16/09 08:00")).systemic) == 1  # as it stood (R92)


def test_of_a_year() -> None:
    """--year: what it opened; a spell that began in it is told with all its members."""
    engine = office()
    for _ in range(3):
        returned(engine)
    examined(engine, "14/09 08:00")
    assert (len(opened(engine, "20/09 08:00", 2021)), opened(engine, "20/09 08:00", 2020)) == (3, ())
    assert engine.faults(at("20/09 08:00"), 2020).systemic == ()
    assert len(engine.faults(at("20/09 08:00"), 2021).systemic) == 1


# --- ratings


def rated(engine: Engine, *lines: tuple[str, str]) -> Dossier:
    """Handed out and rated by these, each with a score."""
    hs = path(engine, ready(engine), "17/09 08:00 thao xong")
    for minute, (by, score) in enumerate(lines):
        hs = go(engine, hs, f"20/09 08:{minute:02} {by} {RATE}", "nhận xét riêng", score=score)
    return hs


def test_ratings_only_together() -> None:
    """R142: nothing but the count until there are enough, then the mean, ROUND_HALF_UP."""
    engine = office()
    for count, score in enumerate((5, 5, 4, 5, 4), 1):
        rated(engine, (APPLICANT, str(score)))
        told = engine.faults(at("21/09 08:00")).ratings
        assert told == (count, None if count < FEWEST else "4.60")
    assert engine.faults(at("21/09 08:00"), 2020).ratings == (0, None)


@pytest.mark.parametrize(
    ("given", "score"),
    [
        ([("lan", "1"), ("lan", "5")], "1.00"),
        ([("lan", "1"), (APPLICANT, "3"), ("lan", "5")], "3.00"),
        ([(APPLICANT, "3"), (APPLICANT, "4")], "4.00"),
    ],
)
def test_one_rating_for_each_dossier(given: list[tuple[str, str]], score: str) -> None:
    """R129: the desk can't better one by another; the applicant may change his mind."""
    engine = office()
    for _ in range(FEWEST):
        rated(engine, *given)
    assert engine.faults(at("21/09 08:00")).ratings == (FEWEST, score)


def test_a_rating_in_the_log_is_discreet() -> None:
    """R142: the line stays, the score and the words don't; other lines are left alone."""
    hs = rated(office(), (APPLICANT, "2"))
    assert (discreet(hs.moves[-1]).note, discreet(hs.moves[-1]).record) == (None, None)
    assert [discreet(move) for move in hs.moves[:-1]] == list(hs.moves[:-1])
