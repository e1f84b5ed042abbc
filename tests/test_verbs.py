"""Ugly cases of the engine's verbs: at the wrong moment, by the wrong account, with the wrong words; and the remarks."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from offices import ORG, Office, at, examined, flow, go, office, path, ready, received, shown
from walks import agency

from flowiso.asked import OURS
from flowiso.clocks import told_day
from flowiso.decision import decide
from flowiso.dossier import Dossier
from flowiso.engine import Engine
from flowiso.errors import Incomplete, Misrouted, NotAllowed
from flowiso.events import TYPES
from flowiso.machine import compile_flow
from flowiso.model import (
    ANSWER,
    APPLICANT,
    BOUNCE,
    CHOICES,
    COMPLAIN,
    CONFIRM,
    CORRECT,
    DAYS,
    FAULT,
    LOSE,
    MIGRATE,
    PAUSE,
    RATE,
    REAPPOINT,
    REASSIGN,
    RECALL,
    RECEIVE,
    RECORD,
    REMARKS,
    RESUME,
    STOP,
    SUBMIT,
    VERBS,
    WITHDRAW,
    Move,
)
from flowiso.national import EDGES, STATUSES
from flowiso.refusals import Said
from flowiso.state import advance
from flowiso.store import open_store
from flowiso.verbs import AFTER_THE_END, WHILE_PAUSED, open_verbs
from flowiso.wish import TITLES

SAID = {"ground": "Luật 1", "until": "2021-09-30", "step": "thu-ly", "version": "2", "score": "5", "founded": "yes",
        "owner": "lan", "of": "late"}  # fmt: skip
ENDED = ("24/09 08:00 thao xong",)


def said(verb: str) -> dict[str, str]:
    """The words that verb may need; a nonconformity is told without a plan."""
    return {"of": "late"} if verb == FAULT else SAID


def ended(engine: Engine) -> Dossier:
    """Handed out."""
    return path(engine, ready(engine), *ENDED)


def stopped(engine: Engine) -> Dossier:
    """Stopped for the time being."""
    return path(engine, examined(engine), f"15/09 08:00 ha {PAUSE}", ground="Luật 1")


def complained(engine: Engine) -> Dossier:
    """With the officer, and complained about."""
    return path(engine, examined(engine), f"14/09 14:00 lan {COMPLAIN}")


def test_every_verb_has_a_title_and_a_doer() -> None:
    """The lists belong together: each verb but `submit` can be taken, each has its name on screen."""
    assert TITLES.keys() == VERBS - {SUBMIT}
    assert REMARKS | {CORRECT} == AFTER_THE_END
    assert TITLES.keys() >= WHILE_PAUSED


@pytest.mark.parametrize("verb", sorted(VERBS - AFTER_THE_END))
def test_after_the_end_nothing_moves(verb: str) -> None:
    """R58: only a correction and remarks come after the end."""
    engine = office()
    hs = ended(engine)
    with pytest.raises(NotAllowed, match=f"không có hành động '{verb}'"):
        go(engine, hs, f"27/09 08:00 quang {verb} an", "lý do", **SAID)
    assert engine.dossier(hs.number) == hs


@pytest.mark.parametrize("verb", sorted(VERBS - WHILE_PAUSED - {SUBMIT}))
def test_while_stopped_little_goes_on(verb: str) -> None:
    """R59: hand-overs, remarks and what ends the stop; nothing else."""
    engine = office()
    with pytest.raises(NotAllowed, match="đang tạm dừng"):
        go(engine, stopped(engine), f"16/09 08:00 quang {verb} an", "lý do", **SAID)


@pytest.mark.parametrize("line", [f"an {CONFIRM}", f"an {BOUNCE}", f"ha {RECALL}", f"an {REASSIGN} binh", f"ha {RESUME}",
                                  f"ha {STOP}", f"lan {COMPLAIN}", f"lan {LOSE}"])  # fmt: skip
def test_while_stopped_this_goes_on(line: str) -> None:
    """R59: who has it can still be settled, and the stop ended."""
    engine = office()
    hs = stopped(engine)
    assert len(go(engine, hs, f"16/09 08:00 {line}", "lý do", **SAID).moves) == len(hs.moves) + 1


@pytest.mark.parametrize("verb", sorted(VERBS - {SUBMIT}))
def test_a_verb_that_is_not_open_is_for_nobody(verb: str) -> None:
    """R58, R59: what a screen doesn't offer, whoever asks is refused."""
    engine = office()
    submitted = engine.submit("MAU-01", to="lan", at=at("13/09 08:00"))
    for hs in (submitted, examined(engine), ready(engine), stopped(engine), ended(engine)):
        if verb not in open_verbs(hs.state):
            for by in ORG.accounts:
                with pytest.raises((NotAllowed, Misrouted)):
                    go(engine, hs, f"27/09 08:00 {by} {verb} an", "lý do", **said(verb))


@pytest.mark.parametrize("verb", sorted(VERBS | {"khong-co"}))
def test_an_unknown_account_takes_nothing(verb: str) -> None:
    """R121: no verb is for somebody nobody knows."""
    engine = office()
    for hs in (examined(engine), stopped(engine), ended(engine)):
        with pytest.raises(NotAllowed):
            go(engine, hs, f"27/09 08:00 ai-do {verb} an", "lý do", **SAID)


def test_submit_is_no_move() -> None:
    """A dossier is submitted once, by `submit`."""
    engine = office()
    with pytest.raises(NotAllowed, match="không có hành động 'submit'"):
        go(engine, examined(engine), f"15/09 08:00 {APPLICANT} {SUBMIT} lan")


# --- where a wish is judged without the engine


def wish(hs: Dossier, verb: str, by: str, to: str = "", strict: bool = True, **record: str) -> tuple[Move, ...]:
    """Decided on the 16th, with words."""
    moment = int(at("16/09 08:00").timestamp())
    return decide(hs.state, verb, by, to, moment, strict, Said("lý do", record or None))


def test_words_that_are_no_day() -> None:
    """R45, R49: told to the decision itself, without the engine's gate."""
    engine = office()
    for verb, by, to in ((REAPPOINT, "lan", ""), ("hoi-bo", "an", "bo")):
        with pytest.raises(NotAllowed, match="until"):
            wish(examined(engine), verb, by, to, until="mai")
    assert told_day(None) is None
    assert told_day({"until": "2021-13-01"}) is None


def test_before_the_last_line() -> None:
    """T8: the decision refuses what the engine stamps."""
    engine = office()
    hs = path(engine, examined(engine), f"17/09 08:00 an {CONFIRM}")
    with pytest.raises(NotAllowed, match="trước lượt chuyển cuối"):
        wish(hs, COMPLAIN, APPLICANT)


def test_another_systems_verbs_are_let_through() -> None:
    """on_misroute="record": missing words and powers are found in the log afterwards."""
    engine = office(strict=False)
    hs = go(engine, examined(engine), f"15/09 08:00 an {PAUSE}")
    assert hs.state.paused
    hs = go(engine, hs, f"16/09 08:00 an {RESUME}")
    assert go(engine, hs, f"16/09 09:00 an {STOP}").status == 8


def test_rubbish_in_a_log_changes_nothing() -> None:
    """`advance` doesn't judge: lines that mean nothing leave the state as it was, but for their moment."""
    engine = office()
    hs = examined(engine)
    rubbish = (
        Move(3, hs.state.at, "x", RESUME, "thu-ly", "an"),
        Move(3, hs.state.at, "x", RECEIVE, "thu-ly", "lan"),
        Move(3, hs.state.at, "x", CORRECT, "khong-co", "an"),
        Move(3, hs.state.at, "x", CORRECT, "da-cap", "an"),
        Move(3, hs.state.at, "x", MIGRATE, "thu-ly", "an"),
        Move(3, hs.state.at, "x", MIGRATE, "thu-ly", "an", None, {"version": "9"}),
        Move(3, hs.state.at, "x", REAPPOINT, "thu-ly", "an", None, {"until": "mai"}),
        Move(3, hs.state.at, "x", "khong-co", "thu-ly", "an"),
    )
    for move in rubbish:
        assert advance(engine.flows.calendar, hs.state, move) == hs.state._replace(seq=3), move


# --- hand-overs that come back


def test_reassigned_where_it_was_received() -> None:
    """R128: before the receipt the desk hands a submission on; its clock goes on."""
    engine = office()
    hs = engine.submit("MAU-01", to="lan", at=at("13/09 08:00"))
    hs = go(engine, hs, f"13/09 09:00 lan {REASSIGN} thao")
    assert (hs.status, hs.holder, shown(hs.step_due)) == (1, "thao", "14/09 08:00")


def test_to_nobody() -> None:
    """R121: reassigned or corrected to no account."""
    engine = office()
    with pytest.raises(Misrouted) as wrong:
        go(engine, examined(engine), f"14/09 11:00 an {REASSIGN}")
    assert wrong.value.finding.code == "DOS200"
    with pytest.raises(Misrouted):
        go(engine, ready(engine), f"20/09 08:00 lan {CORRECT}", "sai tên", step="thu-ly")


# --- versions (R65)


def test_to_another_version() -> None:
    """R1, R65: by a leader in writing; due moments that were given stay, and so does the term it was received under."""
    two = flow(version=2, deadline="10wd")
    engine = office(flow(), two)
    hs = examined(engine)
    with pytest.raises(NotAllowed, match="lãnh đạo"):
        go(engine, hs, f"15/09 08:00 an {MIGRATE}", "lý do", version="2", step="thu-ly")
    with pytest.raises(Incomplete) as lacks:
        go(engine, hs, f"15/09 08:00 ha {MIGRATE}", "lý do")
    assert lacks.value.missing == ("version", "step")
    hs = go(engine, hs, f"15/09 08:00 ha {MIGRATE}", "lý do", version="2", step="thu-ly")
    assert (hs.flow.version, hs.holder, shown(hs.due), shown(hs.step_due)) == (2, "an", "21/09 17:00", "16/09 10:00")
    hs = path(
        engine, hs, "15/09 09:00 an bo-sung lan", "15/09 10:00 lan gui nguoi-nop", "20/09 09:00 lan da-bo-sung an"
    )
    assert shown(hs.due) == "27/09 17:00"
    assert engine.dossier(hs.number) == hs


@pytest.mark.parametrize(
    ("version", "step", "why"),
    [
        ("2", "khong-co", "không có bước này"),
        ("2", "da-cap", "không có bước này"),
        ("2", "tra", "đã có kết quả"),
        ("2", "cho-phi", "đồng hồ đang dừng"),
        ("1", "ky", "đang theo chính lần ban hành ấy"),
        ("9", "ky", "không có lần ban hành ấy"),
        ("hai", "ky", "không có lần ban hành ấy"),
    ],
)
def test_no_landing(version: str, step: str, why: str) -> None:
    """R65: a version or a step there isn't, one with the result or a standing clock, or the version it goes by already."""
    engine = office(flow(), flow(version=2))
    with pytest.raises(NotAllowed, match=f"không chuyển sang bước .*{why}"):
        go(engine, examined(engine), f"15/09 08:00 ha {MIGRATE}", "lý do", version=version, step=step)


def test_the_holder_must_fit_where_it_lands() -> None:
    """R65, R121: the same holder; unless a leader insists, who then may act."""
    engine = office(flow(), flow(version=2))
    with pytest.raises(Misrouted):
        go(engine, examined(engine), f"15/09 08:00 ha {MIGRATE}", "lý do", version="2", step="ky")
    hs = go(engine, examined(engine), f"15/09 08:00 ha {MIGRATE}", "lý do", force=True, version="2", step="ky")
    assert hs.moves[-1].record == {"version": "2", "step": "ky", "forced": "DOS202"}
    assert go(engine, hs, "15/09 09:00 an chuyen hanh").holder == "hanh"


def test_a_submission_lands_at_the_first_step() -> None:
    """R1, R65: before the receipt; its intake clock goes on."""
    engine = office(flow(), flow(version=2))
    hs = engine.submit("MAU-01", to="lan", at=at("13/09 08:00"))
    with pytest.raises(NotAllowed):
        go(engine, hs, f"13/09 09:00 quang {MIGRATE}", "lý do", version="2", step="thu-ly")
    hs = go(engine, hs, f"13/09 09:00 quang {MIGRATE}", "lý do", version="2", step="tiep-nhan")
    assert (hs.status, shown(hs.step_due), hs.flow.version) == (1, "14/09 08:00", 2)


def test_stopped_goes_over_and_on() -> None:
    """R59, R65: the stop and the rest of the step's time go with it."""
    engine = office(flow(), flow(version=2))
    hs = go(engine, stopped(engine), f"15/09 09:00 ha {MIGRATE}", "lý do", version="2", step="thu-ly")
    assert (hs.status, hs.state.paused, hs.step_due) == (8, True, None)
    hs = go(engine, hs, f"20/09 08:00 ha {RESUME}", "tiếp")
    assert shown(hs.step_due) == "21/09 10:00"


# --- remarks


@pytest.mark.parametrize("verb", sorted(REMARKS))
def test_a_remark_moves_nothing(verb: str) -> None:
    """R58: after the end, or while it runs: the line is there, and nothing else has changed."""
    engine = office()
    started = {RATE: (ended,), FAULT: (examined,), ANSWER: (complained,)}.get(verb, (ended, examined))
    for start in started:
        hs = start(engine)
        after = go(engine, hs, f"27/09 08:00 quang {verb}", "nội dung", **said(verb))
        assert after.state == hs.state._replace(seq=hs.state.seq + 1, at=after.state.at)
        assert after.moves[-1].record == said(verb)


@pytest.mark.parametrize("by", [APPLICANT, "lan", "quang"])
def test_rated_after_the_result(by: str) -> None:
    """R142: by the applicant or the desk, 1 to 5, once there is a result."""
    engine = office()
    with pytest.raises(NotAllowed, match="chưa có kết quả"):
        go(engine, examined(engine), f"15/09 08:00 {by} {RATE}", score="5")
    with pytest.raises(Incomplete) as lacks:
        go(engine, ended(engine), f"27/09 08:00 {by} {RATE}")
    assert lacks.value.missing == ("score",)
    assert go(engine, ended(engine), f"27/09 08:00 {by} {RATE}", score="4").moves[-1].record == {"score": "4"}
    refused = engine.submit("MAU-01", to="lan", at=at("27/09 08:00"))
    refused = go(engine, refused, "27/09 09:00 lan thieu", "thiếu")
    assert go(engine, refused, f"27/09 10:00 {by} {RATE}", score="1").moves[-1].actor == by


@pytest.mark.parametrize(
    ("verb", "missing", "others"),
    [
        (COMPLAIN, ("note",), ("an", "hanh")),
        (ANSWER, ("note", "founded"), ("an", APPLICANT)),
        (LOSE, ("note", "owner"), ("an", APPLICANT)),
        (FAULT, ("note", "of"), ("an", "lan", APPLICANT)),
    ],
)
def test_remarks_in_writing_by_whom_they_are_for(verb: str, missing: tuple[str, ...], others: tuple[str, ...]) -> None:
    """R53, R130, index 7 of TT 01/2018: what has to be written, and who may."""
    engine = office()
    hs = complained(engine)
    with pytest.raises(Incomplete) as lacks:
        go(engine, hs, f"27/09 08:00 quang {verb}")
    assert lacks.value.missing == missing
    for other in others:
        with pytest.raises(NotAllowed, match=f"không phải '{other}'"):
            go(engine, hs, f"27/09 08:00 {other} {verb}", "lý do", **said(verb))


def test_the_desk_is_who_sits_there_now() -> None:
    """R15: somebody of the first step's role, without a duty in the file, on that day."""
    roles = ORG.roles | {"mot-cua": ORG.roles["mot-cua"]._replace(duty=None)}
    engine = office(org=ORG._replace(roles=roles))
    assert go(engine, examined(engine), f"15/09 08:00 lan {COMPLAIN}", "chậm").moves[-1].actor == "lan"
    with pytest.raises(NotAllowed):
        go(engine, examined(engine), f"15/09 08:00 cu {COMPLAIN}", "chậm")


def test_a_verb_names_its_end() -> None:
    """R57, R59: a flow without ends of these kinds gets the engine's, with a title and a place."""
    table = compile_flow(flow(arrows=False), ORG)
    assert [(row.id, row.kind, row.table is table) for row in (table.stopped, table.withdrawn)] == [
        (STOP, "stopped", True),
        (WITHDRAW, "withdrawn", True),
    ]
    assert (table.stopped.title.vi, repr(table.stopped)) == ("Dừng giải quyết", "Row('stop')")
    assert received(office()).status == 2


def test_a_stop_before_the_receipt_ends_as_well() -> None:
    """A line of a log that shouldn't be there: the stop and its end leave no due day behind."""
    engine = office()
    state = engine.submit("MAU-01", to="lan", at=at("13/09 08:00")).state
    for action, seq in ((PAUSE, 1), (RESUME, 2)):
        state = advance(engine.flows.calendar, state, Move(seq, state.at + 60, "ha", action, "tiep-nhan", "lan"))
    assert (state.paused, state.due, state.received) == (False, None, None)


def test_stopped_at_a_step_with_a_milestone() -> None:
    """R59: a step due at a milestone of the yearly plan is due then, however long it was stopped."""
    engine = Engine(agency(), open_store("memory:"), allow_draft=True)
    hs = engine.receive("CNDP-01", by="lan.vp", at=at("03/05 08:00"))
    due = hs.step_due
    hs = engine.move(hs, PAUSE, by="quang.lds", note="lý do", record={"ground": "Luật 1"}, at=at("04/05 08:00"))
    assert due is not None
    assert hs.step_due is None
    assert engine.move(hs, RESUME, by="quang.lds", note="tiếp", at=at("10/05 08:00")).step_due == due


def test_no_term_until_an_arrow_sets_one() -> None:
    """R43, R61: without a term of its own, the one an arrow sets counts from the last hand-in that restarts the clock."""
    engine = office(deadline="none")
    hs = path(
        engine,
        examined(engine),
        "15/09 08:00 an bo-sung lan",
        "15/09 09:00 lan gui nguoi-nop",
        "20/09 08:00 lan da-bo-sung an",
    )
    assert hs.due is None
    assert shown(go(engine, hs, "20/09 09:00 an gap an").due) == "22/09 17:00"


def test_receivers_by_the_version_it_went_by_then() -> None:
    """R65: who held a step of the role before it went over to a version where the step is called otherwise gets it again."""
    two = flow(version=2)
    renamed = two._replace(
        steps=tuple(step._replace(id="tham-dinh") if step.id == "thu-ly" else step for step in two.steps)
    )
    steps = tuple(
        step._replace(arrows=tuple(one._replace(target="tham-dinh") if one.target == "thu-ly" else one for one in step.arrows),
                      at_limit=step.at_limit and step.at_limit._replace(target="tham-dinh"))
        for step in renamed.steps
    )  # fmt: skip
    engine = office(flow(policy="pause"), renamed._replace(steps=steps))
    hs = path(engine, examined(engine), "15/09 08:00 an bo-sung lan", "15/09 09:00 lan gui nguoi-nop")
    words = {"version": "2", "step": "cho-bo-sung", "renamed": "thu-ly=tham-dinh"}
    hs = go(engine, hs, f"15/09 10:00 ha {MIGRATE}", "lý do", **words)
    hs = go(engine, hs, "16/09 09:00 lan da-bo-sung")
    assert (hs.step.id, hs.holder, shown(hs.step_due)) == ("tham-dinh", "an", "17/09 11:00")


def test_forced_and_handed_on_keeps_the_time_of_the_step() -> None:
    """R121, R124: a leader's word is no misroute, so nobody's time begins afresh when it is handed on."""
    engine = office()
    hs = go(engine, examined(engine), f"14/09 11:00 ha {REASSIGN} chi", "lý do", force=True)
    due = hs.step_due
    assert go(engine, hs, f"15/09 11:00 chi {REASSIGN} an").step_due == due


@pytest.mark.parametrize(("leave", "holder"), [((), "an"), (((date(2021, 9, 13), date(2021, 9, 30)),), "binh")])
def test_silence_hands_it_to_somebody_who_is_there(leave: tuple[tuple[date, date], ...], holder: str) -> None:
    """R45, R128: the officer who asked, unless he is away by then."""
    engine = office()
    hs = go(engine, examined(engine), "15/09 08:30 an hoi-bo bo", "xin ý kiến")
    away = ORG._replace(accounts=ORG.accounts | {"an": ORG.accounts["an"]._replace(leave=leave)})
    assert Engine(Office(flow(), org=away), engine.store).settle(hs.number, at=at("20/09 08:00")).holder == holder


# --- docs/dossier.md tells all this to people

PAGE = (Path(__file__).parent.parent / "docs" / "dossier.md").read_text(encoding="utf-8")


def table_of(heading: str) -> dict[str, list[str]]:
    """The rows of the table under a heading, by their first cell."""
    section = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = [
        [cell.strip() for cell in line.strip("|").split(" | ")] for line in section.splitlines() if line.startswith("|")
    ]
    return {row[0].strip("`| "): row[1:] for row in rows[2:]}


def test_the_page_has_every_verb_key_code_and_event() -> None:
    """The tables say what the program says, word for word."""
    assert {verb: row[0] for verb, row in table_of("The verbs").items()} == {
        verb: f"{title.vi} · {title.en}" for verb, title in TITLES.items()
    }
    keys = table_of("What a line may record")
    assert {key: tuple(row[:2]) for key, row in keys.items()} == {key: tuple(text) for key, text in RECORD.items()}
    assert {key: tuple(re.findall(r"`(\w[\w-]*)`", row[2])) for key, row in keys.items() if key in CHOICES} == dict(
        CHOICES
    )
    assert {key for key, row in keys.items() if "engine only" in row[2]} == OURS
    assert {key for key, row in keys.items() if row[2].startswith("a day")} == DAYS
    codes = table_of("The national codes")
    assert {int(code): tuple(row[:2]) for code, row in codes.items()} == {
        code: tuple(text) for code, text in STATUSES.items()
    }
    followed = {int(code): set(map(int, re.findall(r"\d+", row[2]))) for code, row in codes.items()}
    assert {code: after for code, after in followed.items() if after} == EDGES
    assert {name: tuple(row) for name, row in table_of("The events").items()} == {
        name: tuple(text) for name, text in TYPES.items()
    }


AT: dict[str, Callable[[Engine], Dossier]] = {
    RECEIVE: lambda engine: engine.submit("MAU-01", to="lan", at=at("14/09 08:00")),
    RESUME: stopped,
    CORRECT: ready,
    RATE: ended,
    ANSWER: complained,
}
DAY = {RATE: 27, FAULT: 27}
"""When it is tried: after the end, and when it is late."""
PEOPLE = {"holder": "an", "handed it over": "ha", "leader": "ha", "one-stop": "lan", "applicant": APPLICANT}


@pytest.mark.parametrize("verb", sorted(TITLES))
def test_who_may_as_the_page_says(verb: str) -> None:
    """The column "who": the holder, who gave it to him, a leader, the desk, the applicant; another officer never may."""
    told, allowed = table_of("The verbs")[verb][1], set()
    for by in ("an", "ha", "lan", APPLICANT, "binh", "chi"):
        engine = office(flow(arrows=False), flow(version=2, arrows=False))
        hs, to = AT.get(verb, examined)(engine), {REASSIGN: "doi", CORRECT: "an"}.get(verb)
        with suppress(NotAllowed):
            engine.move(hs, verb, by=by, to=to, note="lý do", record=said(verb), at=at(f"{DAY.get(verb, 20)}/09 08:00"))
            allowed.add(by)
    assert allowed == {by for words, by in PEOPLE.items() if words in told}


@pytest.mark.parametrize("verb", sorted(TITLES))
def test_what_must_be_written_as_the_page_says(verb: str) -> None:
    """The column "must be written" is what `Incomplete.missing` names."""
    engine = office(flow(), flow(version=2))
    hs, missing = AT.get(verb, examined)(engine), ()
    try:
        go(engine, hs, f"{DAY.get(verb, 20)}/09 08:00 ha {verb} binh")
    except Incomplete as lacks:
        missing = lacks.missing
    except NotAllowed:
        pass
    assert missing == tuple(re.findall(r"`(\w+)`", table_of("The verbs")[verb][2]))
