"""Misroutes: what is asked before a hand-over, the record of each after it, and what is found of planted ones (R120-R124)."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from cases import ORG, Log, account, agency_alone, at, flow, table
from detection import Detection
from offices import ORG as OFFICE
from offices import at as on
from offices import examined, go, office, path, received
from planted import plant, town
from test_life import paused

from flowiso.calendar import Calendar
from flowiso.causes import saved_by_right_routing
from flowiso.errors import Misrouted, NotAllowed
from flowiso.ledger import ledger
from flowiso.machine import compile_flow
from flowiso.misroutes import Record, piles, records, within
from flowiso.model import BOUNCE, CONFIRM, FAULT, REASSIGN, RECALL, SYSTEM, MisrouteCause, Move
from flowiso.period import Period
from flowiso.render.misroutes import as_text
from flowiso.saying import hours
from flowiso.stats import tally
from flowiso.watch import findings

HOUR = 3600
DOSSIERS = int(os.environ.get("FLOWISO_PLANTED", "500"))
WRONG = {"of": "misroute"}


def told(log: Log, when: str) -> tuple[Record, ...]:
    """The records of a log at a moment."""
    cut = log.until(when)
    return records(cut.life, log.calendar, at(when))


def sent_to(calendar: Calendar, name: str) -> Log:
    """Received on Tuesday 14/09 at 08:00; sep hands it to this account at 10:00."""
    log = Log(table(), calendar, "14/09 08:00").move("14/09 09:00", "lan", "chuyen", "sep")
    return log.move("14/09 10:00", "sep", "chuyen", name)


def blamed(log: Log, when: str, actor: str, to: str) -> Log:
    """Reassigned by somebody who says that it was misrouted."""
    return log.add([Move(log.state.seq + 1, at(when), actor, REASSIGN, log.state.row.id, to, "nhầm", WRONG)])


# --- planted by a generator written apart


@cache
def planted() -> Detection:
    """About two years of dossiers."""
    return Detection(plant(DOSSIERS, 7))


def test_what_may_not_be_is_blocked_and_nothing_else() -> None:
    """R121: every kind is refused before the hand-over, no right hand-over is; two in five misroutes at least are lawful ones."""
    found = planted().found
    assert found.blocked.total() > 50
    assert len(found.blocked) >= 6
    assert found.passed.total() == 0
    assert found.refused_right == 0
    assert len(planted().wrong) >= 0.4 * (len(planted().wrong) + found.blocked.total())


def test_lawful_looking_ones_are_suspected_in_time() -> None:
    """R122: nine in ten within eight working hours, and a suspicion says five times as much as none."""
    print(*planted().lines(), sep="\n")
    assert planted().recall >= 0.9
    assert planted().precision >= 5 * planted().base_rate


def test_every_record_is_true() -> None:
    """R123: who, to whom, when, found by whom, corrected when, minutes lost: as the generator did it, none more, none less."""
    assert planted().confirmed() == set(planted().found.confirmed)
    assert len(planted().found.confirmed) > 50


def test_records_ledgers_and_figures_of_three_years_add_up() -> None:
    """R124: what records charge, what ledgers call lost, and what the officers' figures of each year say is the same."""
    by_records, by_ledgers = planted().charged()
    assert by_records == by_ledgers > 0
    flows = planted().found.engine.flows
    years = [Period.year(year) for year in (2021, 2022, 2023)]
    reports = [
        tally(
            (planted().life(number, year.end) for number in planted().begun(year.end)), year, flows.calendar, flows.org
        )
        for year in years
    ]
    officers = [officer for report in reports for officer in report.by_officer.values()]
    confirmed = [one for one in planted().records if one.status == "confirmed"]
    assert sum(officer.misrouted for officer in officers) == len(confirmed)
    assert sum(officer.lost_minutes for officer in officers) == sum(one.lost // 60 for one in confirmed)


def test_a_blocked_attempt_makes_nothing_late() -> None:
    """R121: with attempts refused and without any, every dossier has the same lines, so the same due date and verdict."""
    alone = plant(150, 7, attempts=False).engine
    tried = plant(150, 7)
    assert tried.blocked.total() > 10
    logs, bare = (dict(one.store.logs(one.agency)) for one in (tried.engine, alone))
    assert list(logs.values()) == list(bare.values())
    assert alone.misroutes(on("31/12 00:00")) == tried.engine.misroutes(on("31/12 00:00"))


def test_watching_says_so_too() -> None:
    """R126: at the moment just after the limit, `watch` tells of a planted one what its record tells."""
    late = [one.handed for one in planted().wrong if one.handed.behaviour == "recalled"][:20]
    seen = 0
    for one in late:
        moment = town().calendar.plus(one.sent_at, 4 * HOUR + 60)
        life = planted().life(one.number, moment)
        codes = {finding.code for finding in findings(life, life.state.row.table, town().calendar, moment)}
        assert bool(codes & {"DOS205", "DOS208"}) is planted().told(one, moment)
        seen += "DOS205" in codes
    assert seen > 5


# --- examples worked by hand


def test_a_bounce(calendar: Calendar) -> None:
    """R123: all there is to say of a hand-over that came back after two hours and went to the right one after three."""
    log = sent_to(calendar, "binh").move("14/09 13:30", "binh", BOUNCE).move("14/09 14:30", "sep", REASSIGN, "an")
    (one,) = told(log, "14/09 15:00")
    assert (one.dossier, one.code, one.step) == ("1", "MAU-01", "thu-ly")
    assert (one.sender, one.wrong, one.right) == ("sep", "binh", "an")
    assert (one.sent_at, one.detected_at, one.detected_by) == (at("14/09 10:00"), at("14/09 13:30"), "binh")
    assert (one.confirmed_at, one.confirmed_by, one.verb) == (at("14/09 13:30"), "binh", BOUNCE)
    assert log.moves[one.line or 0].action == BOUNCE
    assert (one.corrected_at, one.over_at, one.status) == (at("14/09 14:30"), at("14/09 14:30"), "confirmed")
    assert (one.lost, one.kept, one.made_late, one.cause) == (3 * HOUR, 0, False, "wrong_person")
    (open_one,) = told(log, "14/09 14:00")
    assert (open_one.right, open_one.over_at, open_one.lost) == (None, None, 2.5 * HOUR)


def test_kept_knowingly_is_the_receivers(calendar: Calendar) -> None:
    """R124: opened at 11:00 and kept until 16:00: the sender answers for the hour before and the half after."""
    log = sent_to(calendar, "binh").confirm("14/09 11:00", "binh").move("14/09 16:00", "binh", BOUNCE)
    (one,) = told(log.move("14/09 16:30", "sep", REASSIGN, "an"), "14/09 17:00")
    assert (one.lost, one.kept, one.waited) == (1.5 * HOUR, 3.5 * HOUR, HOUR)


def test_suspected_while_it_waits_and_cleared_by_work(calendar: Calendar) -> None:
    """R122: over four working hours unopened; nobody is charged, and once it is worked on there is no record."""
    log = sent_to(calendar, "an")
    assert told(log, "14/09 15:30") == ()
    (one,) = told(log, "14/09 15:31")
    assert (one.status, one.detected_by, one.detected_at) == ("suspected", "DOS205", at("14/09 15:30"))
    assert (one.sender, one.wrong, one.lost, one.waited) == ("sep", "an", 0, 4 * HOUR + 60)
    assert told(log.move("15/09 09:00", "an", "chuyen", "sep"), "15/09 09:00") == ()


def test_a_rule_told_before_people_did(calendar: Calendar) -> None:
    """R123: detected by the rule when the limit was over, confirmed by whoever recalled it."""
    log = sent_to(calendar, "binh").move("15/09 09:00", "sep", RECALL).move("15/09 10:00", "sep", REASSIGN, "an")
    (one,) = told(log, "15/09 10:00")
    assert (one.detected_by, one.detected_at) == ("DOS205", at("14/09 15:30"))
    assert (one.confirmed_by, one.confirmed_at, one.verb) == ("sep", at("15/09 09:00"), RECALL)


def test_reassigned_and_said_so(calendar: Calendar) -> None:
    """R122: a reassignment that says "misrouted" is a correction; the step's time begins afresh, the sender is charged."""
    log = blamed(sent_to(calendar, "binh"), "15/09 10:00", "sep", "an")
    (one,) = told(log, "15/09 10:00")
    assert (one.status, one.verb, one.right, one.lost) == ("confirmed", REASSIGN, "an", 8 * HOUR)
    assert log.state.step_due == at("16/09 10:00")
    assert log.life.visits[1].lost == 8 * HOUR
    (found,) = (x for x in findings(log.life, log.table, calendar, at("15/09 10:00")) if x.code == "DOS208")
    assert "đã giao lại đúng người" in found.message.vi


def test_reassigned_without_a_word_is_only_suspected(calendar: Calendar) -> None:
    """R122: after the limit, unopened; a log can't tell a correction from a division of labour, so nobody is charged."""
    quick = sent_to(calendar, "binh").move("14/09 11:00", "binh", REASSIGN, "an")
    assert told(quick, "14/09 11:00") == ()
    log = sent_to(calendar, "binh").move("15/09 10:00", "binh", REASSIGN, "an")
    (one,) = told(log, "15/09 10:00")
    assert (one.status, one.detected_by, one.right, one.lost) == ("suspected", "DOS205", "an", 0)
    assert one.waited == 8 * HOUR


def test_orphans_are_no_misroutes(calendar: Calendar) -> None:
    """R128: given to somebody else since its holder left is a transfer."""
    org = ORG._replace(accounts=ORG.accounts | {"di": account("di", "chuyen-vien", "phong", until=date(2021, 9, 15))})
    log = Log(compile_flow(flow(), org), calendar, "14/09 08:00").move("14/09 09:00", "lan", "chuyen", "sep")
    log.move("14/09 10:00", "sep", "chuyen", "di")
    log.add([Move(log.state.seq + 1, at("15/09 10:00"), "sep", REASSIGN, "thu-ly", "an")])
    assert told(log, "15/09 10:00") == ()


def test_to_and_fro(calendar: Calendar) -> None:
    """R122: A gives it to B, B back to A, and nobody worked; with work between it is none."""
    log = (
        sent_to(calendar, "binh")
        .move("14/09 11:00", "binh", REASSIGN, "an")
        .move("14/09 13:00", "an", REASSIGN, "binh")
    )
    (one,) = told(log, "14/09 13:00")
    assert (one.sender, one.wrong, one.right) == ("binh", "an", "binh")
    assert (one.detected_by, one.status, one.lost, one.waited) == ("DOS215", "suspected", 0, HOUR / 2)
    (found,) = (x for x in findings(log.life, log.table, calendar, at("14/09 13:00")) if x.code == "DOS215")
    assert found.holder == "an"
    apart = (
        sent_to(calendar, "binh")
        .move("14/09 11:00", "binh", "lam-tiep", "an")
        .move("14/09 13:00", "an", REASSIGN, "binh")
    )
    assert told(apart, "14/09 13:00") == ()


def test_finished_by_who_may_not(calendar: Calendar) -> None:
    """R122: by somebody who is no candidate, and by who sits in another division since."""
    stranger = sent_to(calendar, "an").raw("14/09 11:00", "chi", "chuyen", "ky", "sep")
    (one,) = told(stranger, "14/09 11:00")
    assert (one.sender, one.wrong, one.right, one.cause) == ("an", "chi", "an", "wrong_division")
    assert (one.detected_by, one.detected_at, one.status) == ("DOS216", at("14/09 11:00"), "suspected")
    org = ORG._replace(accounts=ORG.accounts | {"di": account("di", "chuyen-vien", "phong", until=date(2021, 9, 15))})
    log = Log(compile_flow(flow(), org), calendar, "14/09 08:00").move("14/09 09:00", "lan", "chuyen", "sep")
    log.move("14/09 10:00", "sep", "chuyen", "di").move("15/09 10:00", "di", "chuyen", "sep")
    (gone,) = told(log, "15/09 10:00")
    assert (gone.sender, gone.wrong, gone.right, gone.cause) == ("sep", "di", None, "stale_account")
    assert "DOS216" in [x.code for x in findings(log.life, log.table, calendar, at("15/09 10:00"))]


def test_two_wrong_accounts_in_a_row(calendar: Calendar) -> None:
    """R123: both records name who got it in the end, and when; what they cost adds up to what the ledger calls lost."""
    log = (
        sent_to(calendar, "chi").move("14/09 11:00", "chi", REASSIGN, "lan").move("14/09 14:00", "lan", REASSIGN, "an")
    )
    first, second = told(log, "14/09 15:00")
    assert (first.sender, first.wrong, first.right, first.corrected_at) == ("sep", "chi", "an", at("14/09 14:00"))
    assert (second.sender, second.wrong, second.right, second.corrected_at) == ("chi", "lan", "an", at("14/09 14:00"))
    assert (first.lost, second.lost) == (HOUR, 1.5 * HOUR)
    book = ledger(log.until("14/09 15:00").life, calendar, at("14/09 15:00"))
    assert book is not None
    assert book.by_kind()["misroute"] == first.lost + second.lost


def test_over_new_year(calendar: Calendar) -> None:
    """R92, R124: what two years' figures charge the sender with is what the record does; his step is late in one of them."""
    log = Log(table(), calendar, "30/12/2021 13:00").move("30/12/2021 14:00", "lan", "chuyen", "sep")
    log.move("30/12/2021 15:00", "sep", "chuyen", "chi").move("05/01/2022 09:30", "chi", BOUNCE)
    log.move("05/01/2022 10:00", "sep", REASSIGN, "an").confirm("05/01/2022 11:00", "an")
    (one,) = told(log, "31/12/2022 12:00")
    years = [Period.year(2021), Period.year(2022)]
    lives = [[log.until(f"31/12/{year.first.year} 23:59").life] for year in years]
    figures = [
        tally(life, year, calendar, log.table.org).by_officer["sep"] for life, year in zip(lives, years, strict=True)
    ]
    assert "sep" not in tally([log.life], Period.year(2023), calendar, log.table.org).by_officer
    assert [one.lost_minutes for one in figures] == [10 * 60, one.lost // 60 - 10 * 60]
    assert sum(one.misrouted for one in figures) == 1
    assert [one.late_steps for one in figures] == [1, 0]
    assert within([one], years[0].start, years[0].end) == (one,)


def test_late_in_the_year_in_which_it_became_late(calendar: Calendar) -> None:
    """R124: the sender's step ended in time in December; what a lawful-looking misroute cost is known in January."""
    log = Log(table(), calendar, "31/12/2021 13:00").move("31/12/2021 14:00", "lan", "chuyen", "sep")
    log.move("31/12/2021 15:00", "sep", "chuyen", "binh").move("05/01/2022 09:30", "binh", BOUNCE)
    log.move("05/01/2022 10:00", "sep", REASSIGN, "an").confirm("05/01/2022 11:00", "an")
    years = [Period.year(2021), Period.year(2022)]
    lives = [[log.until(f"31/12/{year.first.year} 23:59").life] for year in years]
    figures = [
        tally(life, year, calendar, log.table.org).by_officer["sep"] for life, year in zip(lives, years, strict=True)
    ]
    assert [(one.misrouted, one.late_steps, one.steps) for one in figures] == [(0, 0, 1), (1, 1, 0)]
    (one,) = told(log, "31/12/2022 12:00")
    assert within([one], years[1].start, years[1].end) == (one,)


@pytest.mark.parametrize(
    ("name", "cause"),
    [("chi", "wrong_division"), ("lan", "wrong_person"), ("cu", "stale_account"), ("nghi", "delegation_missing")],
)
def test_cause_by_structure(calendar: Calendar, name: str, cause: MisrouteCause) -> None:
    """R123: what the account lacked; the rule told at once."""
    (one,) = told(sent_to(calendar, name), "14/09 10:30")
    assert (one.cause, one.status, one.detected_at) == (cause, "suspected", at("14/09 10:00"))
    assert (one.lost, one.over_at) == (HOUR / 2, None)


def test_cause_system_and_flow(calendar: Calendar) -> None:
    """R123: an account there isn't; what the system handed on; a step that nobody else could have been given."""
    unknown = sent_to(calendar, "an").raw("14/09 11:00", "an", "chuyen", "ky", "ai-do")
    assert [one.cause for one in told(unknown, "14/09 11:00")] == ["system"]
    alone = (
        Log(table(), calendar, "14/09 08:00")
        .move("14/09 09:00", "lan", "chuyen", "kiem")
        .move("14/09 10:00", "lan", RECALL)
    )
    assert [one.cause for one in told(alone, "14/09 10:00")] == ["wrong_person"]
    org = ORG._replace(accounts={name: one for name, one in ORG.accounts.items() if name not in ("binh", "nghi", "cu")})
    only = Log(compile_flow(flow(), org), calendar, "14/09 08:00").move("14/09 09:00", "lan", "chuyen", "sep")
    only.move("14/09 10:00", "sep", "chuyen", "an").move("14/09 11:00", "an", BOUNCE)
    assert [one.cause for one in told(only, "14/09 11:00")] == ["flow_definition_error"]
    timer = sent_to(calendar, "an").raw("14/09 11:00", SYSTEM, "chuyen", "ky", "sep")
    assert [one.cause for one in told(timer, "15/09 08:00")] == ["system"]


def test_the_right_one_may_be_the_sender(calendar: Calendar) -> None:
    """R123: of the step's two candidates one gave it to the other, who gave it back: a slip, and no fault of the flow's."""
    org = ORG._replace(accounts={name: one for name, one in ORG.accounts.items() if name not in ("nghi", "cu")})
    log = Log(compile_flow(flow(), org), calendar, "14/09 08:00").move("14/09 09:00", "lan", "chuyen", "sep")
    log.move("14/09 10:00", "sep", "chuyen", "an").confirm("14/09 10:30", "an").move(
        "14/09 11:00", "an", REASSIGN, "binh"
    )
    assert [one.cause for one in told(log.move("14/09 13:30", "binh", BOUNCE), "14/09 13:30")] == ["wrong_person"]


def test_a_pause_is_no_work(calendar: Calendar) -> None:
    """R59: neither lost, nor kept, nor waited: record, ledger and figures tell the same minutes (R123, R124)."""
    log = paused(sent_to(calendar, "chi"), "14/09 10:30", "14/10 10:30").confirm("14/10 10:40", "chi")
    log = paused(log, "14/10 11:00", "15/11/2021 11:00").move("15/11/2021 11:10", "chi", BOUNCE)
    (one,) = told(log.move("15/11/2021 11:20", "sep", REASSIGN, "an"), "15/11/2021 11:20")
    assert (one.lost, one.kept, one.waited) == (50 * 60, 30 * 60, 40 * 60)
    book = ledger(log.life, calendar, at("15/11/2021 11:20"))
    assert book is not None
    assert (book.by_kind()["misroute"], book.by_account()["chi"]) == (one.lost, one.kept)
    figures = tally([log.life], Period.year(2021), calendar).by_officer["sep"]
    assert (figures.lost_minutes, figures.late_steps) == (50, 0)


def test_who_supervises_and_what_was_done(calendar: Calendar) -> None:
    """R123, R125, R130: the head of the sender's division, over a head the department's leaders; the corrective action's line."""
    engine = office()
    hs = path(engine, examined(engine), "14/09 11:00 ha recall")
    (own,) = engine.misroutes(on("14/09 12:00"))
    assert (own.sender, own.supervisor, own.division) == ("ha", "kiem", "phong")
    hs = go(engine, hs, "14/09 13:00 ha reassign binh")
    hs = go(engine, hs, "14/09 15:00 quang fault", "chuyển nhầm", of="misroute", cause="system")
    (told_of,) = engine.misroutes(on("14/09 16:00"))
    assert told_of.cause == "system"
    assert hs.moves[told_of.action_line or 0].action == FAULT
    back = office()
    path(back, examined(back), "14/09 11:00 an chuyen quang", "14/09 13:00 quang bounce")
    (officers,) = back.misroutes(on("14/09 14:00"))
    assert (officers.sender, officers.supervisor) == ("an", "ha")


@pytest.mark.parametrize(("alone", "supervisor"), [(False, "kiem"), (True, "")])
def test_nobody_supervises_a_leader_from_below(alone: bool, supervisor: str) -> None:
    """R123, R125: over a leader of the department is another leader, or nobody; never a head of a division, who is under him."""
    accounts = {name: one for name, one in OFFICE.accounts.items() if not (alone and name == "kiem")}
    engine = office(org=OFFICE._replace(accounts=accounts))
    lines = ("14/09 11:00 an chuyen quang", "14/09 13:00 quang chuyen hanh", "14/09 14:00 hanh bounce")
    path(engine, examined(engine), *lines)
    (one,) = engine.misroutes(on("14/09 15:00"))
    assert (one.sender, one.wrong, one.supervisor) == ("quang", "hanh", supervisor)


def test_a_word_about_one_says_nothing_of_another() -> None:
    """R130: with two in a dossier, `line` says which one a `fault` is about; its cause and line stand in that record alone."""
    engine = office()
    hs = path(engine, examined(engine), "14/09 11:00 an bounce", "14/09 13:00 ha reassign binh")
    hs = path(engine, hs, "14/09 14:00 binh bounce", "14/09 15:00 ha reassign kiem")
    first, second = sorted(engine.misroutes(on("14/09 16:00")), key=lambda one: one.sent_at)
    hs = go(engine, hs, "15/09 08:00 quang fault", "một", of="misroute", cause="system", line=str(first.line))
    hs = go(engine, hs, "15/09 09:00 quang fault", "hai", of="misroute", cause="stale_account", line=str(second.line))
    plan = {"of": "misroute", "action": "sửa danh sách", "owner": "an", "due": "2021-09-24", "line": str(first.line)}
    hs = go(engine, hs, "15/09 10:00 quang fault", "một", **plan)
    first, second, _ = sorted(engine.misroutes(on("15/09 16:00")), key=lambda one: one.sent_at)
    assert [one.cause for one in (first, second)] == ["system", "stale_account"]
    last = len(hs.moves) - 1
    assert [one.action_line for one in (first, second)] == [last, last - 1]
    told = {one.line: one.handling for one in engine.faults(on("15/09 16:00")).found if one.kind == "misroute"}
    for one in (first, second):
        assert told[one.line].cause == one.cause
        assert told[one.line].lines[-1].seq == one.action_line


def test_a_word_without_a_line_is_about_the_only_one_open() -> None:
    """R130: what was said of the first, when there was no other, says nothing of one that was found later."""
    engine = office()
    hs = path(engine, examined(engine), "14/09 11:00 an bounce", "14/09 13:00 ha reassign binh")
    hs = go(engine, hs, "14/09 14:00 quang fault", "nhầm", of="misroute", cause="system")
    path(engine, hs, "14/09 15:00 binh bounce", "14/09 16:00 ha reassign kiem")
    first, second = sorted(engine.misroutes(on("14/09 16:30")), key=lambda one: one.sent_at)
    assert (first.cause, first.action_line) == ("system", len(hs.moves) - 1)
    assert (second.cause, second.action_line) == ("wrong_person", None)


def test_record_and_warning_tell_the_same(calendar: Calendar) -> None:
    """R123, R124: what the sender lost, without what the wrong account kept knowingly; and nothing where nothing was lost."""
    kept = sent_to(calendar, "binh").confirm("14/09 11:00", "binh").move("14/09 16:00", "binh", BOUNCE)
    for log, when in ((kept, "14/09 16:30"), (kept.move("14/09 16:30", "sep", REASSIGN, "an"), "14/09 17:00")):
        (one,) = told(log, when)
        cut = log.until(when)
        (found,) = (x for x in findings(cut.life, log.table, calendar, at(when)) if x.code == "DOS208")
        assert f"mất {hours(one.lost).vi} làm việc" in found.message.vi
        assert f"{hours(one.lost).en} of work lost" in found.message.en
    assert one.lost == 1.5 * HOUR
    free = sent_to(calendar, "binh").confirm("14/09 10:00", "binh").move("14/09 16:00", "binh", BOUNCE)
    (one,) = told(free, "14/09 16:00")
    (found,) = (x for x in findings(free.life, free.table, calendar, at("14/09 16:00")) if x.code == "DOS208")
    assert one.lost == 0
    assert "không mất giờ làm việc" in found.message.vi


def test_the_warning_about_it_was_ignored(calendar: Calendar) -> None:
    """R124: it lay in a wrong account from the head's warning to the due date, and nobody did anything."""
    log = sent_to(calendar, "chi").move("23/09 10:00", "chi", BOUNCE).move("23/09 11:00", "sep", REASSIGN, "an")
    log.confirm("23/09 13:30", "an")
    (one,) = told(log, "24/09 08:00")
    assert one.alert_ignored
    assert one.made_late
    assert saved_by_right_routing(log.life, calendar, at("24/09 08:00"))
    quick = sent_to(calendar, "chi").move("14/09 11:00", "chi", BOUNCE).move("14/09 13:00", "sep", REASSIGN, "an")
    (other, *_) = told(quick, "24/09 08:00")
    assert (other.wrong, other.alert_ignored, other.made_late) == ("chi", False, False)


def test_no_time_is_lost_while_the_clock_stands(calendar: Calendar) -> None:
    """R124: the applicant's waiting is nobody's fault."""
    log = sent_to(calendar, "an").move("14/09 11:00", "an", "bo-sung", "thao").move("14/09 13:00", "thao", "gui", "chi")
    (one,) = told(log.move("30/09 10:00", "lan", "da-bo-sung", "an"), "30/09 10:00")
    assert (one.lost, one.kept, one.made_late) == (0, 0, False)


# --- arrows that say "wrong place"


def marked(calendar: Calendar, to: str) -> Log:
    """Thirty minutes unopened with sep, half an hour opened, then "wrong division"; after that to another head."""
    one = flow()
    steps = tuple(
        step._replace(arrows=(*step.arrows, arrow._replace(action="nham-phong", target="tiep-nhan", misroute=True)))
        if step.id == "phan-cong"
        else step
        for step in one.steps
        for arrow in [next(x for row in one.steps for x in row.arrows if x.kind == "send-back")]
    )
    log = Log(compile_flow(one._replace(steps=steps), ORG), calendar, "14/09 08:00")
    log.move("14/09 09:00", "lan", "chuyen", "sep").confirm("14/09 09:30", "sep")
    log.move("14/09 10:00", "sep", "nham-phong", "lan")
    return log.move("14/09 11:00", "lan", "chuyen", to) if to else log


def test_the_flow_says_wrong_division(calendar: Calendar) -> None:
    """R122: a send-back that says so is a misroute of the sender's; the right one is who gets that step next."""
    (one,) = told(marked(calendar, ""), "14/09 10:30")
    assert (one.status, one.verb, one.right, one.cause) == ("confirmed", "nham-phong", None, "wrong_division")
    log = marked(calendar, "kiem")
    (one,) = told(log, "14/09 11:00")
    assert (one.right, one.corrected_at, one.cause) == ("kiem", at("14/09 11:00"), "wrong_person")
    assert (one.lost, one.kept, one.over_at) == (HOUR / 2, HOUR / 2, at("14/09 10:00"))
    assert [(visit.step, visit.holder) for visit in log.life.visits[:2]] == [("tiep-nhan", "lan"), ("tiep-nhan", "lan")]
    (found,) = (x for x in findings(log.life, log.table, calendar, at("14/09 11:00")) if x.code == "DOS208")
    assert "nhầm nơi nhận" in found.message.vi


def test_sent_back_and_then_to_the_same_one_was_his(calendar: Calendar) -> None:
    """As with a bounce: it came to him again, so it was no misroute."""
    log = marked(calendar, "sep")
    assert told(log, "14/09 11:00") == ()
    assert [visit.holder for visit in log.life.visits] == ["lan", "sep", "lan", "sep"]


def test_only_a_send_back_can_say_so(tmp_path: Path, call: Callable[..., tuple[int, str, str]]) -> None:
    """`misroute` in `_steps.yaml` on another kind of action is a finding with its line."""
    folder = agency_alone(tmp_path / "flows")
    shared = folder / "_steps.yaml"
    good = shared.read_text(encoding="utf-8")
    assert call("check", folder)[0] == 0
    line = next(number for number, row in enumerate(good.splitlines(), 1) if "nham-phong:" in row)
    shared.write_text(
        good.replace("kind: send-back, misroute: yes", "kind: forward, misroute: yes", 1), encoding="utf-8"
    )
    code, out, _ = call("check", folder)
    assert code == 1
    assert f"_steps.yaml:{line}:" in out
    assert "'misroute' chỉ đi với 'kind: send-back'" in out


# --- before the hand-over


def test_asked_before_it_is_blocked() -> None:
    """R121: the very finding a hand-over would be refused with, or nothing."""
    engine = office()
    hs = path(engine, received(engine), "14/09 09:00 lan chuyen ha")
    for name, code in (
        ("chi", "DOS203"),
        ("thoi", None),
        ("cu", "DOS201"),
        ("nghi", "DOS207"),
        ("lan", "DOS202"),
        ("x", "DOS200"),
    ):
        found = engine.check(hs, "chuyen", name, on("14/09 10:00"))
        assert (found and found.code) == code
        assert found is None or (found.dossier, found.level) == (hs.number, "error")
        if code is not None:
            with pytest.raises(Misrouted) as refused:
                engine.move(hs, "chuyen", by="ha", to=name, at=on("14/09 10:00"))
            assert refused.value.finding.code == code


def test_asked_before_it_goes_to_another_than_before() -> None:
    """R121: binh may examine, but an did in this dossier and is there; he isn't warned of himself."""
    engine = office()
    hs = path(engine, examined(engine), "14/09 11:00 an chuyen quang")
    found = engine.check(hs, "tra-lai", "binh", on("14/09 13:00"))
    assert found is not None
    assert (found.code, found.level, found.holder) == ("DOS204", "warning", "binh")
    assert engine.check(hs, "tra-lai", "an", on("14/09 13:00")) is None
    assert engine.check(hs, REASSIGN, "quang", on("14/09 13:00")) is not None
    assert engine.check(hs, CONFIRM, "binh", on("14/09 13:00")) is None
    with pytest.raises(NotAllowed):
        engine.check(hs, "la-lung", "an", on("14/09 13:00"))


def test_asked_before_one_would_sign_what_he_examined() -> None:
    """R140: kiem examined it, so he can't sign it."""
    engine = office()
    hs = examined(engine, officer="kiem")
    found = engine.check(hs, "chuyen", "kiem", on("14/09 11:00"))
    assert found is not None
    assert found.code in ("DOS206", "DOS212")


# --- the command


@pytest.fixture
def store(tmp_path: Path, call: Callable[..., tuple[int, str, str]]) -> str:
    """A simulated year in a file."""
    url = f"sqlite:///{tmp_path / 'nam.db'}"
    assert call("simulate", "--year", 2021, "--dossiers", 300, "--store", url)[0] == 0
    return url


def test_command(store: str, call: Callable[..., tuple[int, str, str]]) -> None:
    """Text in both languages, JSON whose sums are those of the report, CSV with a row a record."""
    code, out, _ = call("misroutes", "--store", store, "--year", 2021)
    assert code == 0
    assert "MÔ PHỎNG" in out
    assert "không để lại dòng nào" in out
    english = call("misroutes", "--store", store, "--year", 2021, "--by", "cause", "--lang", "en")[1]
    assert "wrong person: " in english
    found = json.loads(call("misroutes", "--store", store, "--year", 2021, "--by", "division", "--format", "json")[1])
    figures = json.loads(call("report", "--store", store, "--year", 2021, "--format", "json")[1])
    assert found["confirmed"] == figures["misrouted"] == len(found["misroutes"]) - found["suspected"] > 0
    assert sum(group["confirmed"] for group in found["groups"]) == found["confirmed"]
    rows = list(
        csv.DictReader(io.StringIO(call("misroutes", "--store", store, "--year", 2021, "--format", "csv")[1][1:]))
    )
    assert [row["dossier"] for row in rows] == [one["dossier"] for one in found["misroutes"]]


def test_in_words(calendar: Calendar) -> None:
    """What each record says, in both languages: who pays, what the receiver kept, what was ignored, what is only suspected."""
    log = sent_to(calendar, "chi").confirm("16/09 08:00", "chi").move("23/09 10:00", "chi", BOUNCE)
    log.move("23/09 11:00", "sep", REASSIGN, "an")
    found = told(log, "24/09 08:00")
    vi = as_text(found, ORG, "division", at("24/09 08:00"), "vi")
    for words in (
        "Phòng: 1 đã xác nhận, 1 nghi nhầm", "Chi (chi) → An (an)", "chi trả lại người giao 23/09/2021 10:00",
        "đúng người 23/09/2021 11:00", "tính cho người giao", "sau khi mở", "làm hồ sơ trễ hạn", "cảnh báo bị bỏ qua",
        "chưa mở, chưa tính cho ai",
    ):  # fmt: skip
        assert words in vi, words
    en = as_text(found, ORG, "sender", at("24/09 08:00"), "en")
    for words in ("Sep (sep): 1 confirmed, 1 suspected", "1 dossier made late", "bounce by chi", "charged to the sender",
                  "charged to nobody"):  # fmt: skip
        assert words in en, words
    system = told(sent_to(calendar, "an").raw("14/09 11:00", SYSTEM, "chuyen", "ky", "sep"), "15/09 08:00")
    assert "Không thuộc phòng nào: " in as_text(system, ORG, "division", at("15/09 08:00"), "vi")


def test_command_before_anything(store: str, call: Callable[..., tuple[int, str, str]]) -> None:
    """Nothing yet is said in words; a store that isn't there is told."""
    code, out, _ = call("misroutes", "--store", store, "--at", "2021-01-01 00:00")
    assert (code, "không có lần chuyển nhầm nào" in out) == (0, True)
    assert call("misroutes", "--store", "sqlite:///khong-co.db")[0] == 2


def test_piles_put_the_dearest_first(calendar: Calendar) -> None:
    """By sender, division and cause."""
    end = "15/09 13:00"
    cheap = sent_to(calendar, "binh").move("14/09 10:30", "binh", BOUNCE).move("14/09 11:00", "sep", REASSIGN, "an")
    cheap.confirm("14/09 13:00", "an")
    dear = sent_to(calendar, "chi").move("15/09 10:00", "chi", BOUNCE).move("15/09 11:00", "sep", REASSIGN, "an")
    found = [*told(cheap, end), *told(dear, end)]
    assert [pile.key for pile in piles(found, "cause")] == ["wrong_division", "wrong_person"]
    (pile,) = piles(found, "sender")
    assert (pile.confirmed, pile.suspected, pile.lost, pile.made_late) == (2, 0, 10 * HOUR, 0)
    assert [one.key for one in piles(found, "division")] == ["phong"]
    odd = pile._replace(records=tuple(one._replace(lost=one.lost + 59) for one in found))
    assert odd.lost == pile.lost  # whole minutes of each, as reports add them up (R124)
