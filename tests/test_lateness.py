"""Nothing lowers a recorded lateness (R129): a late result that comes back, a step kept too long and then given away."""

from __future__ import annotations

import pytest
from cases import Log, at, table
from histories import history
from hypothesis import example, given, settings
from hypothesis import strategies as st
from offices import go, office, path, ready
from test_life import paused, sent_to
from walks import agency

from flowiso.calendar import Calendar
from flowiso.ledger import ledger
from flowiso.life import Life, Visit, stays_at, visits_at
from flowiso.model import APPLICANT, BOUNCE, CORRECT, PAUSE, REASSIGN, RECALL, RESUME, STOP, WITHDRAW, Case, Move
from flowiso.period import Period
from flowiso.stats import tally
from flowiso.tracing import trace
from flowiso.watch import findings

HOUR = 3600


@pytest.mark.parametrize(("line", "record"), [(f"lan {WITHDRAW}", {}), (f"ha {STOP}", {"ground": "Luật 1"})])
@pytest.mark.parametrize("back", ["thao bounce", "hanh recall"])
def test_a_late_result_stays_late(line: str, record: dict[str, str], back: str) -> None:
    """A late result comes back from the desk, goes to be made again, and the case is withdrawn or stopped: it was late."""
    engine = office(arrows=False)
    hs = ready(engine, day="28/09")
    (life,) = [life for _, life in engine.lives(hs.moves[-1].time)]
    assert life.outcome == "late"
    hs = path(engine, hs, f"28/09 16:30 {back}")
    hs = go(engine, hs, f"29/09 08:00 lan {CORRECT} an", "làm lại", step="thu-ly")
    hs = path(engine, hs, f"29/09 09:00 {line}", **record)
    (life,) = [life for _, life in engine.lives(hs.moves[-1].time)]
    assert (hs.ended, life.outcome, life.closed_overdue) == (True, "late", False)
    report = engine.stats(2021)
    assert (report.late, report.withdrawn, report.stopped) == (1, 0, 0)


def test_a_result_before_the_end_counts_by_its_date(calendar: Calendar) -> None:
    """R72: once there was a result, an end that says "stopped" or "withdrawn" is not how the case was resolved."""
    log = Log(table(), calendar, "14/09 08:00").move("14/09 09:00", "lan", "chuyen", "sep")
    log.move("14/09 10:00", "sep", "chuyen", "an").move("30/09 10:00", "an", "chuyen", "sep")
    log.move("30/09 11:00", "sep", "chuyen", "thao")
    assert log.life.outcome == "late"
    log.raw("30/09 14:00", "sep", STOP, "stop", "")
    assert (log.life.kind, log.life.outcome) == ("stopped", "late")


def opened(calendar: Calendar) -> Log:
    """an has thu-ly since Tuesday 14/09 10:00, confirmed at 10:30, due on Wednesday 15/09 at 10:00."""
    log = sent_to(calendar, "an")
    assert log.state.step_due == at("15/09 10:00")
    return log.confirm("14/09 10:30", "an")


def late_stays(log: Log, when: str) -> list[tuple[str, str]]:
    """The stays that are late at a moment."""
    return [(visit.step, visit.holder) for visit in visits_at(log.life, log.calendar, at(when)) if visit.late(at(when))]


def said_misrouted(log: Log, when: str, to: str) -> Log:
    """The holder hands it on, saying that it had been misrouted."""
    line = Move(log.state.seq + 1, at(when), log.state.holder, REASSIGN, log.state.row.id, to, None, {"of": "misroute"})
    return log.add([line])


def test_who_kept_it_too_long_was_late(calendar: Calendar) -> None:
    """R124: he opened it and kept it past the step's due minute; to bounce it, or to call it misrouted, doesn't undo that."""
    kept = opened(calendar)
    assert late_stays(kept, "16/09 10:00") == [("thu-ly", "an")]
    back = opened(calendar).move("16/09 10:00", "an", BOUNCE)
    assert late_stays(back, "16/09 10:01") == [("thu-ly", "an")]
    back.move("16/09 10:10", "sep", REASSIGN, "binh")
    assert late_stays(back, "16/09 10:11") == [("thu-ly", "an")]
    given = said_misrouted(opened(calendar), "16/09 10:00", "binh")
    assert late_stays(given, "16/09 10:01") == [("thu-ly", "an")]
    assert (given.life.misroutes[0].opened_at, given.life.misroutes[0].due) == (at("14/09 10:30"), at("15/09 10:00"))


def test_who_gave_it_back_in_time_was_not(calendar: Calendar) -> None:
    """R124: nor who had never opened it; the time is the sender's then."""
    assert late_stays(opened(calendar).move("15/09 10:00", "an", BOUNCE), "15/09 10:01") == []
    unopened = sent_to(calendar, "an").move("16/09 10:00", "an", BOUNCE)
    assert late_stays(unopened, "16/09 10:01") == [("phan-cong", "sep")]


def test_away_and_back_wins_no_time(calendar: Calendar) -> None:
    """R129: who had it before gets what he had left, not the whole time of the step; somebody else begins afresh."""
    back = opened(calendar).move("14/09 15:00", "an", BOUNCE)  # 3.5 of the eight hours are used
    assert back.move("16/09 10:00", "sep", REASSIGN, "an").state.step_due == at("16/09 16:00")
    other = opened(calendar).move("14/09 15:00", "an", BOUNCE).move("16/09 10:00", "sep", REASSIGN, "binh")
    assert other.state.step_due == at("17/09 10:00")
    late = opened(calendar).move("15/09 15:00", "an", BOUNCE).move("15/09 15:10", "sep", REASSIGN, "an")
    assert late.state.step_due == at("15/09 10:00")
    assert late_stays(late, "15/09 15:11") == [("thu-ly", "an"), ("thu-ly", "an")]


def test_to_and_fro_wins_no_time(calendar: Calendar) -> None:
    """R129: given to a colleague and back five times, called misrouted each time, an's step is due when it was, but for the
    time it lay with the other (a minute each time)."""
    log = opened(calendar)
    for hour in ("10:40", "10:50", "11:00", "11:10", "11:20"):
        log.move(f"14/09 {hour}", "an", REASSIGN, "binh")
        said_misrouted(log, f"14/09 {hour[:-1]}1", "an")
    assert log.state.step_due == at("15/09 10:05")


def test_round_a_ring_wins_no_time(calendar: Calendar) -> None:
    """R129: to a second, who calls it misrouted and gives it to a third, who hands it on to the first: he has what he had."""
    log = opened(calendar).move("14/09 11:00", "an", REASSIGN, "binh")  # seven of the eight hours are left
    said_misrouted(log, "14/09 11:00", "nghi")
    assert log.state.step_due == at("15/09 11:00")
    log.move("14/09 11:00", "nghi", REASSIGN, "an")
    assert log.state.step_due == at("15/09 10:00")
    late = opened(calendar).move("16/09 11:00", "an", REASSIGN, "binh")
    assert said_misrouted(late, "16/09 11:00", "an").state.step_due == at("15/09 10:00")


def test_another_round_of_the_step_is_another_time(calendar: Calendar) -> None:
    """R40: who had the step before it was left gets its whole time when it comes back to it."""
    log = opened(calendar).move("14/09 11:00", "an", BOUNCE).move("14/09 11:00", "sep", REASSIGN, "an")
    log.move("14/09 13:30", "an", "chuyen", "sep").move("14/09 14:00", "sep", "tra-lai", "an")
    assert log.state.step_due == at("15/09 14:00")
    assert log.state.detour is None


def test_a_correction_is_another_step(calendar: Calendar) -> None:
    """R53, R129: who had the result at the desk, where no time is counted, has the whole time of the step it goes back to."""
    engine = office()
    hs = go(engine, ready(engine), f"20/09 08:00 ha {REASSIGN} lan", "nghỉ")
    hs = go(engine, hs, f"20/09 09:00 lan {CORRECT} an", "sai tên", step="thu-ly")
    hs = go(engine, hs, f"20/09 10:00 ha {REASSIGN} thao", "nhầm", force=True, of="misroute")
    assert hs.state.step_due == calendar.plus(at("20/09 10:00"), 16 * 3600)


def test_who_recalls_it_and_sits_on_it_is_charged(calendar: Calendar) -> None:
    """R124: sep took it back, kept it for 23.5 hours and gave it to the same officer: sep's time, and the officer loses none."""
    log = sent_to(calendar, "an").move("14/09 10:30", "sep", RECALL).move("17/09 10:00", "sep", REASSIGN, "an")
    assert log.state.step_due == at("20/09 09:30")  # 7.5 of the 8 hours were left
    assert [visit.lost for visit in log.life.visits if visit.holder == "sep"] == [23.5 * HOUR]
    assert late_stays(log, "17/09 10:01") == [("phan-cong", "sep")]
    assert log.life.misroutes == ()


def meddled(calendar: Calendar, wrong: str) -> Log:
    """kiem, a leader who never had it, takes thu-ly, due on 15/09 at 10:00, from an and gives it to a wrong account."""
    return opened(calendar).raw("14/09 11:00", "kiem", REASSIGN, "thu-ly", wrong)


def back_to_kiem(log: Log, when: str) -> Log:
    """kiem recalls it."""
    return log.raw(when, "kiem", RECALL, "thu-ly", "kiem")


def test_a_leader_who_never_had_it_answers_for_the_step(calendar: Calendar) -> None:
    """R124, R129: the step was late with binh, who never opened it; recalled and given to another, that is the leader's."""
    log = meddled(calendar, "binh")
    assert late_stays(log, "16/09 10:00") == [("thu-ly", "binh")]
    back_to_kiem(log, "16/09 10:00")
    assert log.life.misroutes[0].visit is None
    (*_, stay) = visits_at(log.life, calendar, at("16/09 10:01"))
    assert (stay.holder, stay.since, stay.until, stay.due) == ("kiem", at("14/09 11:00"), None, at("15/09 10:00"))
    said = findings(log.life, log.table, calendar, at("16/09 10:01"))
    assert [one.holder for one in said if one.code == "DOS102"] == ["kiem"]
    life = log.move("17/09 10:00", "kiem", REASSIGN, "an").life
    assert late_stays(log, "17/09 10:01") == [("thu-ly", "kiem")]
    book = ledger(life, calendar, at("17/09 10:00"))
    assert book is not None
    assert (book.exact, book.by_kind()["misroute"]) == (True, 23 * HOUR)
    told = tally([life], Period.year(2021), calendar).by_officer["kiem"]
    assert (told.steps, told.late_steps, told.misrouted, told.lost_minutes) == (1, 1, 1, 23 * 60)


def test_a_leader_who_put_it_right_in_time_does_not(calendar: Calendar) -> None:
    """R124: in time by his own doing; who opened and kept it is late himself."""
    in_time = back_to_kiem(meddled(calendar, "binh"), "15/09 09:00").move("15/09 10:00", "kiem", REASSIGN, "an")
    assert late_stays(in_time, "15/09 10:01") == []
    kept = back_to_kiem(meddled(calendar, "binh").confirm("14/09 11:30", "binh"), "16/09 10:00")
    assert late_stays(kept, "16/09 10:01") == [("thu-ly", "binh")]
    worked = meddled(calendar, "chi").raw("16/09 10:00", "chi", "chuyen", "ky", "sep")
    assert late_stays(worked, "16/09 10:00") == [("thu-ly", "chi")]


def test_a_leader_answers_while_it_lies_with_who_may_not_have_it(calendar: Calendar) -> None:
    """R121, R129: nobody has a stay there."""
    log = meddled(calendar, "chi")
    assert late_stays(log, "15/09 10:00") == []
    assert late_stays(log, "15/09 10:01") == [("thu-ly", "kiem")]


def test_a_leader_wins_no_time_by_several_wrong_accounts(calendar: Calendar) -> None:
    """R129: seven hours were left of the step; binh had it for five and a half of them, nghi for the rest."""
    log = back_to_kiem(meddled(calendar, "binh"), "15/09 08:30").raw("15/09 08:30", "kiem", REASSIGN, "thu-ly", "nghi")
    assert late_stays(log, "15/09 10:00") == []
    assert late_stays(log, "15/09 10:01") == [("thu-ly", "kiem")]


def test_a_leader_is_not_charged_with_a_pause(calendar: Calendar) -> None:
    """R59: neither with one that came after he had given it away, nor with the rest of the one in which he did."""
    after = paused(meddled(calendar, "binh"), "14/09 11:30", "14/10 11:30")  # 6.5 of seven hours are left
    assert late_stays(back_to_kiem(after, "14/10 13:30"), "15/10 10:00") == []
    assert late_stays(after, "15/10 10:01") == [("thu-ly", "kiem")]
    amid = opened(calendar).raw("14/09 11:00", "sep", PAUSE, "thu-ly", "an")  # seven hours are left
    amid.raw("14/09 11:30", "kiem", REASSIGN, "thu-ly", "binh").raw("14/10 11:00", "sep", RESUME, "thu-ly", "binh")
    assert late_stays(back_to_kiem(amid, "14/10 13:30"), "15/10 10:00") == []
    assert late_stays(amid, "15/10 10:01") == [("thu-ly", "kiem")]


def test_while_the_clock_stands_nobody_is_charged_for_sitting_on_it(calendar: Calendar) -> None:
    """R124: taken back from the applicant's desk and handed out again; the applicant's time was running, no one's else."""
    log = sent_to(calendar, "an").move("14/09 11:00", "an", "bo-sung", "thao")
    log.move("14/09 13:30", "thao", "gui", APPLICANT).raw("14/09 14:00", "thao", RECALL, "cho-bo-sung", "thao")
    log.raw("17/09 14:00", "thao", REASSIGN, "cho-bo-sung", APPLICANT)
    assert [visit.lost for visit in log.life.visits] == [0] * len(log.life.visits)
    assert log.life.visits[-1].holder == APPLICANT


def test_a_lateness_of_last_year_is_counted_once(calendar: Calendar) -> None:
    """R92: what lay with the sender before New Year was his lateness then, and isn't again in the new year's figures."""
    log = Log(table(), calendar, "27/12/2021 08:00").move("27/12/2021 09:00", "lan", "chuyen", "sep")
    log.move("27/12/2021 10:00", "sep", "chuyen", "an").move("27/12/2021 10:30", "sep", RECALL)
    log.move("30/12/2021 10:00", "sep", REASSIGN, "an").move("04/01/2022 09:00", "an", "chuyen", "sep")
    late = []
    for year in (2021, 2022):
        period = Period.year(year)
        cut = [move for move in log.moves if move.at <= period.end]
        life = trace(log.table, calendar, log.case, cut)
        report = tally([life], period, calendar, log.table.org, (log.table.flow,), False)
        late.append(report.by_officer["sep"].late_steps if "sep" in report.by_officer else 0)
    assert late == [1, 0]


Stays = dict[tuple[str, str, int], int]


def kept_late(life: Life, calendar: Calendar, moment: int) -> Stays:
    """When each opened stay that is late by its holder's own doing was due."""
    stays = stays_at(life, calendar, moment)
    return {
        (one.step, one.holder, one.confirmed_at): one.due
        for one in stays
        if one.due is not None and one.confirmed_at is not None and own(one, moment)
    }


def own(visit: Visit, moment: int) -> bool:
    """Whether a stay is late without what hand-overs to wrong accounts cost."""
    return visit._replace(done=visit.until, lost=0).late(moment) and visit.confirmed_at != (visit.until or moment)


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 200_000))
@example(16)
def test_nothing_lowers_a_lateness(seed: int) -> None:
    """R129: as a log grows no dossier's and no opened step's lateness goes away, and no due date of a late one moves."""
    told = history(seed)
    calendar, case = agency().calendar, Case("H", "1", told.table.flow.code, 1, "counter")
    late: int | None = None
    before: Stays = {}
    for length in range(1, len(told.moves) + 1):
        moves = told.moves[:length]
        moment = moves[-1].at
        life = trace(told.table, calendar, case, moves)
        if late is not None:
            assert life.is_late(moment) or life.closed_overdue
            assert life.due is not None
            assert life.due <= late
        late = life.due if life.is_late(moment) else late
        now = kept_late(life, calendar, moment)
        assert before.keys() <= now.keys()
        before = now
