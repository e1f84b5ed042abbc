"""What a log tells: visits, stops, misroutes and why a dossier is late."""

from __future__ import annotations

from cases import IN_TIME, Log, at, plain, table
from offices import Office, flow, roam
from offices import calendar as office_calendar

from flowiso.calendar import Calendar
from flowiso.causes import late_cause, saved_by_right_routing, unconfirmed_since
from flowiso.decision import decide
from flowiso.life import Life, visits_at
from flowiso.model import APPLICANT, BOUNCE, CONFIRM, PAUSE, REASSIGN, RECALL, RECEIVE, RESUME, Case
from flowiso.state import is_correction
from flowiso.tracing import outline, trace

HOUR = 3600


def held(life: Life) -> list[tuple[str, str]]:
    """Who had it at which step."""
    return [(visit.step, visit.holder) for visit in life.visits]


def resolved_at(calendar: Calendar, when: str) -> Life:
    """The life of a dossier received Tuesday 14/09 with due date Tuesday 21/09, resolved at a moment."""
    return plain(table(), calendar, (*IN_TIME[:3], "14/09 14:00", when)).life


def test_visits_of_a_plain_dossier(calendar: Calendar) -> None:
    log = plain(table(), calendar, IN_TIME)
    life = log.life
    assert held(life) == [
        ("tiep-nhan", "lan"),
        ("phan-cong", "sep"),
        ("thu-ly", "an"),
        ("ky", "sep"),
        ("tra", "thao"),
    ]
    examined = life.visits[2]
    assert (examined.sender, examined.charged, examined.lost) == ("sep", "agency", 0)
    assert (examined.since, examined.until) == (at("14/09 10:00"), at("15/09 08:30"))
    assert (examined.confirmed_at, examined.due) == (at("15/09 08:30"), at("15/09 10:00"))
    assert life.visits[-1].until is None
    assert (life.received, life.resolved, life.kind) == (at("14/09 08:00"), at("15/09 10:00"), None)
    assert life.misroutes == life.stops == ()
    assert log.move("15/09 11:00", "thao", "xong").life.kind == "granted"


def test_confirmed_when_somebody_confirms(calendar: Calendar) -> None:
    log = Log(table(), calendar, "14/09 08:00").move("14/09 09:00", "lan", "chuyen", "sep")
    assert log.life.visits[-1].confirmed_at is None
    assert log.confirm("14/09 09:30", "sep").life.visits[-1].confirmed_at == at("14/09 09:30")


def test_verdict_of_a_dossier_compares_dates(calendar: Calendar) -> None:
    """R72: early, on time until midnight of the due date - 18:00 too - and late from 00:00 of the next day."""
    assert resolved_at(calendar, "20/09 17:00").outcome == "early"
    assert resolved_at(calendar, "21/09 10:00").outcome == "on_time"
    assert resolved_at(calendar, "21/09 18:00").outcome == "on_time"
    assert resolved_at(calendar, "21/09 23:59").outcome == "on_time"
    assert resolved_at(calendar, "22/09 00:00").outcome == "late"
    assert resolved_at(calendar, "22/09 00:00").late_since == at("22/09 00:00")


def test_open_dossier_is_overdue_from_midnight(calendar: Calendar) -> None:
    """R72."""
    life = Log(table(), calendar, "14/09 08:00").life
    assert not life.overdue(at("21/09 23:59"))
    assert life.overdue(at("22/09 00:00"))
    assert life.is_late(at("22/09 00:00"))
    assert life.outcome is None


def test_verdict_of_a_step_goes_by_the_minute(calendar: Calendar) -> None:
    """R72: late after the due minute, early on an earlier date."""
    first = Log(table(), calendar, "14/09 08:00")
    assert first.move(at("14/09 10:00") + 59, "lan", "chuyen", "sep").life.visits[0].verdict == "on_time"
    second = Log(table(), calendar, "14/09 08:00")
    assert second.move("14/09 10:01", "lan", "chuyen", "sep").life.visits[0].verdict == "late"
    third = Log(table(), calendar, "14/09 16:00").move("14/09 16:30", "lan", "chuyen", "sep")
    assert third.life.visits[0].verdict == "early"
    assert third.life.visits[1].verdict is None
    assert third.life.visits[1].late(at("15/09 10:01"))
    assert third.life.visits[1].overrun(calendar, at("15/09 13:00")) == 2.5 * HOUR


def test_dossier_without_term_is_never_late(calendar: Calendar) -> None:
    """R61."""
    log = plain(table(deadline="none"), calendar, (*IN_TIME[:4], "15/12 10:00"))
    assert (log.life.outcome, log.life.due, log.life.late_since) == ("no_term", None, None)
    assert not log.until("01/12 00:00").life.overdue(at("01/12 00:00"))
    assert not saved_by_right_routing(log.life, calendar, at("31/12 00:00"))


def asked(calendar: Calendar, policy: str, when: str = "16/09 10:00") -> Log:
    """A dossier with a request for a supplement under way since a moment; thu-ly had 8 hours and used 1.5."""
    log = Log(table(policy=policy), calendar, "14/09 08:00").move("14/09 09:00", "lan", "chuyen", "sep")
    log.move("16/09 08:30", "sep", "chuyen", "an").move("16/09 10:00", "an", "bo-sung", "thao")
    return log.move(when, "thao", "gui", APPLICANT)


def test_restart_gives_a_new_full_term(calendar: Calendar) -> None:
    """R43: the term begins afresh when the dossier is complete, and so does the step."""
    log = asked(calendar, "restart")
    waiting = log.life
    assert waiting.stops == ((at("16/09 10:00"), None, "restart"),)
    assert waiting.clock_stands
    assert not waiting.overdue(at("30/09 10:00"))
    assert waiting.visits[-1].charged == "applicant"
    life = log.move("30/09 10:00", "lan", "da-bo-sung", "an").life
    assert life.due == at("07/10 17:00")
    assert life.visits[-1].due == at("01/10 10:00")
    assert not life.clock_stands


def test_pause_gives_back_the_time_waited(calendar: Calendar) -> None:
    """R75: 80 working hours paused move Tuesday 21/09 by ten working days; the step goes on with what it had left."""
    life = asked(calendar, "pause").move("30/09 10:00", "lan", "da-bo-sung", "an").life
    assert life.due == at("05/10 17:00")
    assert life.visits[-1].due == at("01/10 08:30")


def test_supplement_that_moves_nothing(calendar: Calendar) -> None:
    log = asked(calendar, "none").move("30/09 10:00", "lan", "da-bo-sung", "an")
    assert log.life.due == at("21/09 17:00")
    assert log.life.overdue(at("30/09 10:00"))


def test_late_stays_late(calendar: Calendar) -> None:
    """R129: a supplement asked after the due date neither moves it nor hides the lateness while it waits."""
    log = asked(calendar, "restart", "22/09 08:00")
    assert not log.life.clock_stands
    assert log.life.overdue(at("22/09 08:00"))
    log.move("30/09 10:00", "lan", "da-bo-sung", "an")
    assert log.life.due == at("21/09 17:00")
    assert log.life.overdue(at("30/09 10:00"))
    log.move("30/09 11:00", "an", "chuyen", "sep").move("30/09 14:00", "sep", "chuyen", "lan")
    assert log.life.outcome == "late"
    log.raw("30/09 15:00", "lan", RECEIVE, "tra", "lan")
    assert (log.life.outcome, log.life.received) == ("late", at("14/09 08:00"))


def test_withdrawn_stopped_refused(calendar: Calendar) -> None:
    """R57, R59, R91."""
    withdrawn = Log(table(), calendar, "14/09 08:00").move("24/09 08:00", APPLICANT, "rut").life
    assert (withdrawn.outcome, withdrawn.kind, withdrawn.resolved) == ("withdrawn", "withdrawn", at("24/09 08:00"))
    stopped = asked(calendar, "restart").move("30/09 10:00", "lan", "dong").life
    assert (stopped.outcome, stopped.stops) == ("stopped", ((at("16/09 10:00"), at("30/09 10:00"), "restart"),))
    refused = Log(table(), calendar, "14/09 08:00", submitted=True).move("14/09 09:00", "lan", "thieu").life
    assert (refused.outcome, refused.kind, refused.received, refused.resolved) == (None, "refused-intake", None, None)


def test_submitted_then_received(calendar: Calendar) -> None:
    """R13, R83: the answer is due in eight working hours; the legal clock starts with the receipt."""
    log = Log(table(), calendar, "14/09 08:00", submitted=True)
    waiting = log.life
    assert (waiting.received, waiting.due, waiting.outcome) == (None, None, None)
    assert not waiting.overdue(at("30/09 08:00"))
    life = log.move("15/09 09:00", "thao", RECEIVE).life
    assert (life.submitted, life.received) == (at("14/09 08:00"), at("15/09 09:00"))
    assert life.due == at("22/09 17:00")
    assert held(life) == [("tiep-nhan", "lan"), ("tiep-nhan", "thao")]
    assert life.visits[0].verdict == "late"
    assert life.visits[1].since == at("15/09 09:00")


def test_silence_is_in_time(calendar: Calendar) -> None:
    log = Log(table(silence=True), calendar, "14/09 08:00").settle("25/09 08:00")
    life = log.life
    assert (life.kind, life.resolved, life.outcome) == ("silence", at("21/09 17:00"), "on_time")


def sent_to(calendar: Calendar, wrong: str, sent: str = "14/09 10:00") -> Log:
    """A dossier that sep hands to a wrong account; sep had it from 09:00 and 2 hours for it."""
    log = Log(table(), calendar, "14/09 08:00").move("14/09 09:00", "lan", "chuyen", "sep")
    return log.move(sent, "sep", "chuyen", wrong)


def test_bounced_hand_over_is_charged_to_the_sender(calendar: Calendar) -> None:
    """R123, R124: the wrong receiver has no visit, the sender's step bears the time, the right one starts afresh."""
    log = sent_to(calendar, "chi").move("16/09 10:00", "chi", BOUNCE)
    back = log.life
    assert held(back) == [("tiep-nhan", "lan"), ("phan-cong", "sep")]
    assert back.misroutes[0].lost_at(calendar, at("16/09 11:00"), ()) == 17 * HOUR
    assert visits_at(back, calendar, at("16/09 11:00"))[1].verdict == "late"
    assert back.visits[1].verdict == "on_time"
    assert is_correction(log.state)
    log.move("17/09 10:00", "sep", REASSIGN, "an")
    life = log.life
    (wrong,) = life.misroutes
    assert (wrong.step, wrong.sender, wrong.wrong, wrong.right, wrong.why) == ("thu-ly", "sep", "chi", "an", "DOS203")
    assert (wrong.detected_at, wrong.corrected_at) == (at("16/09 10:00"), at("17/09 10:00"))
    assert (wrong.lost, wrong.found, wrong.confirmed, wrong.visit) == (24 * HOUR, BOUNCE, True, 1)
    assert held(life) == [("tiep-nhan", "lan"), ("phan-cong", "sep"), ("thu-ly", "an")]
    assert (life.visits[1].lost, life.visits[1].verdict) == (24 * HOUR, "late")
    assert (life.visits[2].since, life.visits[2].due) == (at("17/09 10:00"), at("20/09 10:00"))


def test_sender_with_time_to_spare_is_not_late(calendar: Calendar) -> None:
    """R124: his own time and the time lost together are what counts against what he was allowed."""
    log = sent_to(calendar, "binh").move("14/09 10:30", "binh", BOUNCE).move("14/09 11:00", "sep", REASSIGN, "an")
    assert (log.life.visits[1].lost, log.life.visits[1].verdict) == (HOUR, "on_time")
    late = sent_to(calendar, "binh").move("14/09 10:30", "binh", BOUNCE).move("14/09 11:01", "sep", REASSIGN, "an")
    assert late.life.visits[1].verdict == "late"
    assert late.life.misroutes[0].why == "bounced"


def test_recalled(calendar: Calendar) -> None:
    log = sent_to(calendar, "binh").move("14/09 11:00", "sep", RECALL).move("14/09 13:30", "sep", REASSIGN, "an")
    (wrong,) = log.life.misroutes
    assert (wrong.why, wrong.found, wrong.lost, wrong.right) == ("recalled", RECALL, 2 * HOUR, "an")


def test_structural_reasons(calendar: Calendar) -> None:
    """R121: another division, another role, no longer valid, on leave."""
    for account, code in (("chi", "DOS203"), ("lan", "DOS202"), ("cu", "DOS201"), ("nghi", "DOS207")):
        (wrong,) = sent_to(calendar, account).life.misroutes
        assert (wrong.why, wrong.confirmed, wrong.until) == (code, False, None)
        assert held(sent_to(calendar, account).life)[-1] == ("phan-cong", "sep")


def test_handed_to_oneself(calendar: Calendar) -> None:
    """DOS206 is suspected only: the work is done where it should be."""
    log = Log(table(), calendar, "14/09 08:00", by="kiem").move("14/09 09:00", "kiem", "chuyen", "kiem")
    (wrong,) = log.life.misroutes
    assert (wrong.why, wrong.lost, wrong.confirmed) == ("DOS206", 0, False)
    assert held(log.life)[-1] == ("phan-cong", "kiem")


def test_same_role_goes_on_with_its_own_dossier(calendar: Calendar) -> None:
    """binh finishes a step and goes on with the step of his own role: no hand-over to himself (DOS206)."""
    log = Log(table(), calendar, "14/09 08:00").move("14/09 09:00", "lan", "chuyen", "sep")
    log.move("14/09 10:00", "sep", "chuyen", "binh").add(
        decide(log.state, "lam-tiep", "binh", "binh", at("14/09 11:00"))
    )
    assert log.life.misroutes == ()
    assert held(log.life)[-2:] == [("thu-ly", "binh"), ("lam-tiep", "binh")]


def test_wrong_account_hands_it_on_itself(calendar: Calendar) -> None:
    """Corrected without a bounce; the absent account's time is given back to the right one."""
    log = sent_to(calendar, "nghi").move("15/09 10:00", "nghi", REASSIGN, "an")
    (wrong,) = log.life.misroutes
    assert (wrong.right, wrong.found, wrong.lost, wrong.confirmed) == ("an", REASSIGN, 8 * HOUR, True)
    assert log.life.visits[-1].due == at("16/09 10:00")


def test_suspected_account_that_did_the_work(calendar: Calendar) -> None:
    """Back from leave it worked on the step: the visit is its own and nobody lost time."""
    log = sent_to(calendar, "nghi").move("01/10 09:00", "nghi", "chuyen", "sep")
    (wrong,) = log.life.misroutes
    assert (wrong.lost, wrong.confirmed, wrong.until) == (0, False, at("01/10 09:00"))
    assert held(log.life)[-2:] == [("thu-ly", "nghi"), ("ky", "sep")]


def test_withdrawn_from_a_wrong_account(calendar: Calendar) -> None:
    log = sent_to(calendar, "chi").move("14/09 15:00", APPLICANT, "rut")
    (wrong,) = log.life.misroutes
    assert (wrong.right, wrong.lost, wrong.confirmed) == (None, 3.5 * HOUR, False)
    assert held(log.life)[-1] == ("phan-cong", "sep")


def test_sender_takes_it_up_himself_after_a_bounce(calendar: Calendar) -> None:
    """binh gives his own step to an, who bounces it; binh goes on. His stays are visits, the time between is lost."""
    log = sent_to(calendar, "binh").move("14/09 13:00", "binh", REASSIGN, "an")
    assert held(log.life)[-2:] == [("thu-ly", "binh"), ("thu-ly", "an")]
    log.move("14/09 15:00", "an", BOUNCE).move("14/09 16:00", "binh", "chuyen", "sep")
    life = log.life
    assert held(life)[-3:] == [("thu-ly", "binh"), ("thu-ly", "binh"), ("ky", "sep")]
    (wrong,) = life.misroutes
    assert (wrong.sender, wrong.wrong, wrong.right, wrong.lost) == ("binh", "an", "binh", 2 * HOUR)
    assert (life.visits[2].lost, life.visits[3].since) == (2 * HOUR, at("14/09 15:00"))


def test_passed_on_from_one_wrong_account_to_another(calendar: Calendar) -> None:
    """Two hand-overs went wrong; the second sender has no visit that its time could be charged to."""
    log = sent_to(calendar, "chi").move("14/09 11:00", "chi", REASSIGN, "lan")
    log.move("14/09 14:00", "lan", REASSIGN, "an")
    first, second = log.life.misroutes
    assert (first.sender, first.right, first.lost) == ("sep", "lan", HOUR)
    assert (second.sender, second.right, second.lost, second.visit) == ("chi", "an", 1.5 * HOUR, None)
    assert log.life.visits[1].lost == HOUR


def finish(log: Log, when: str) -> Life:
    """an examines it in an hour, sep signs at a moment."""
    log.move(calendar_hour(when), "an", "chuyen", "sep")
    return log.move(when, "sep", "chuyen", "thao").life


def calendar_hour(when: str) -> int:
    """One hour before."""
    return at(when) - HOUR


def test_late_because_of_a_wrong_account(calendar: Calendar) -> None:
    """R95, R123: 24 hours lost between 14/09 and 17/09, resolved on 22/09, two hours past the due date."""
    log = sent_to(calendar, "chi").move("16/09 10:00", "chi", BOUNCE).move("17/09 10:00", "sep", REASSIGN, "an")
    life = finish(log, "22/09 09:30")
    assert life.outcome == "late"
    assert saved_by_right_routing(life, calendar, at("31/12 00:00"))
    assert late_cause(life, calendar, at("31/12 00:00")) == "misrouted_account"
    later = finish(
        sent_to(calendar, "chi").move("14/09 10:30", "chi", BOUNCE).move("14/09 11:00", "sep", REASSIGN, "an"),
        "22/09 09:30",
    )
    assert late_cause(later, calendar, at("31/12 00:00")) == "officer_fault"


def test_still_in_a_wrong_account_when_overdue(calendar: Calendar) -> None:
    """R123: the time lost so far explains it until somebody has made it later still."""
    life = sent_to(calendar, "chi").life
    assert late_cause(life, calendar, at("22/09 10:00")) == "misrouted_account"


def test_time_lost_before_a_restart_made_nothing_late(calendar: Calendar) -> None:
    """R43: the new term wasn't touched by it."""
    log = sent_to(calendar, "chi").move("15/09 10:00", "chi", BOUNCE).move("15/09 11:00", "sep", REASSIGN, "an")
    log.move("16/09 08:00", "an", "bo-sung", "thao").move("16/09 09:00", "thao", "gui", APPLICANT)
    log.move("20/09 08:00", "lan", "da-bo-sung", "an").confirm("20/09 08:30", "an")
    life = finish(log, "28/09 09:00")
    assert life.due == at("27/09 17:00")
    assert late_cause(life, calendar, at("31/12 00:00")) == "officer_fault"


def test_cause_by_the_largest_overrun(calendar: Calendar) -> None:
    """R95: a partner's overrun is coordination; an agency's is overload while it waited, else the officer's."""
    end = at("31/12 00:00")
    log = Log(table(), calendar, "14/09 08:00").move("14/09 09:00", "lan", "chuyen", "sep")
    log.move("14/09 10:00", "sep", "chuyen", "an").move("15/09 08:00", "an", "hoi-y-kien", "bo")
    late = log.move("29/09 08:00", "bo", "da-tra-loi", "sep").move("29/09 14:00", "sep", "chuyen", "lan").life
    assert (late.outcome, late_cause(late, calendar, end)) == ("late", "coordination_delay")

    working = Log(table(), calendar, "14/09 08:00").move("14/09 09:00", "lan", "chuyen", "sep")
    working.move("14/09 10:00", "sep", "chuyen", "an").confirm("14/09 11:00", "an")
    assert late_cause(working.life, calendar, end) == "officer_fault"

    waiting = Log(table(), calendar, "14/09 08:00").move("14/09 09:00", "lan", "chuyen", "sep")
    assert late_cause(waiting.life, calendar, end) == "overload"


def test_cause_unknown_when_no_step_was_overrun(calendar: Calendar) -> None:
    """The term was shorter than the steps."""
    log = plain(
        table(deadline="1wd"), calendar, ("14/09 15:00", "14/09 16:30", "15/09 08:00", "15/09 17:00", "16/09 08:00")
    )
    assert (log.life.outcome, late_cause(log.life, calendar, at("31/12 00:00"))) == ("late", "other")


def test_unconfirmed(calendar: Calendar) -> None:
    """R122: more than four working hours; not while it is confirmed, back with the sender or at an end."""
    log = Log(table(), calendar, "14/09 08:00")
    one = table()
    assert unconfirmed_since(log.life, one.org, calendar, at("30/09 08:00")) is None
    log.move("14/09 09:00", "lan", "chuyen", "sep")
    assert unconfirmed_since(log.life, one.org, calendar, at("14/09 14:30")) is None
    assert unconfirmed_since(log.life, one.org, calendar, at("14/09 14:31")) == at("14/09 09:00")
    assert unconfirmed_since(log.confirm("14/09 15:00", "sep").life, one.org, calendar, at("30/09 08:00")) is None
    wrong = sent_to(calendar, "chi")
    assert unconfirmed_since(wrong.life, one.org, calendar, at("15/09 08:00")) == at("14/09 10:00")
    wrong.move("15/09 09:00", "chi", BOUNCE)
    assert unconfirmed_since(wrong.life, one.org, calendar, at("30/09 08:00")) is None


def test_unknown_lines_change_nothing(calendar: Calendar) -> None:
    log = Log(table(), calendar, "14/09 08:00").raw("14/09 09:00", "lan", "la-lung", "tiep-nhan", "lan")
    assert held(log.life) == [("tiep-nhan", "lan")]


def test_handed_on_again_before_anybody_took_it(calendar: Calendar) -> None:
    """R123: structurally wrong and bounced is one misroute; one that comes back to a leader who leaves it stays open."""
    log = sent_to(calendar, "chi").move("14/09 11:00", "chi", BOUNCE).move("14/09 13:00", "sep", REASSIGN, "lan")
    first, second = log.life.misroutes
    assert (first.right, second.sender, second.wrong, second.until) == ("lan", "sep", "lan", None)
    assert visits_at(log.life, calendar, at("14/09 14:00"))[1].lost == first.lost + HOUR


def test_charged_to_the_partner_by_the_flow(calendar: Calendar) -> None:
    """A step of our own officer may be charged to the partner (charged-to)."""
    log = Log(table(), calendar, "14/09 08:00").move("14/09 09:00", "lan", "chuyen", "sep")
    log.move("14/09 10:00", "sep", "chuyen", "an").move("14/09 11:00", "an", "hoi-y-kien", "bo")
    assert log.move("14/09 14:00", "bo", "xac-minh", "an").life.visits[-1].charged == "partner"


def test_account_with_dates_that_was_there(calendar: Calendar) -> None:
    log = Log(table(), calendar, "16/08 08:00").move("16/08 09:00", "lan", "chuyen", "sep")
    assert log.move("16/08 10:00", "sep", "chuyen", "nghi").life.misroutes == ()


def test_no_working_time_is_lost_while_the_clock_stands(calendar: Calendar) -> None:
    """The applicant's waiting is no officer's, even when it was booked on a wrong account."""
    log = Log(table(), calendar, "14/09 08:00").move("14/09 09:00", "lan", "chuyen", "sep")
    log.move("14/09 10:00", "sep", "chuyen", "an").move("14/09 11:00", "an", "bo-sung", "thao")
    log.move("14/09 13:00", "thao", "gui", "chi").move("30/09 10:00", "lan", "da-bo-sung", "an")
    (wrong,) = log.life.misroutes
    assert (wrong.why, wrong.lost) == ("DOS202", 0)


def test_lines_that_make_no_sense_do_no_harm(calendar: Calendar) -> None:
    """Bounced twice it was wrong once; after its end a dossier can't be misrouted any more."""
    log = sent_to(calendar, "chi").move("14/09 11:00", "chi", BOUNCE).raw("14/09 13:00", "sep", BOUNCE, "thu-ly", "sep")
    (wrong,) = log.life.misroutes
    assert wrong.detected_at == at("14/09 11:00")
    ended = Log(table(), calendar, "14/09 08:00").move("14/09 09:00", APPLICANT, "rut")
    before = ended.life
    after = ended.raw("14/09 10:00", "lan", RECALL, "da-rut", "lan").raw("14/09 11:00", "lan", REASSIGN, "da-rut", "an")
    assert (after.life.visits, after.life.misroutes) == (before.visits, ())


def test_overload_needs_a_confirmation_that_says_so(calendar: Calendar) -> None:
    """R95: whoever confirmed only by acting had it all the time; whoever confirmed late had it waiting."""
    kept = Log(table(), calendar, "14/09 08:00").move("14/09 09:00", "lan", "chuyen", "sep")
    late = kept.move("30/09 09:00", "sep", "chuyen", "an")
    assert late_cause(late.life, calendar, at("30/09 09:00")) == "officer_fault"


def test_a_result_that_comes_back_was_not_available(calendar: Calendar) -> None:
    """R129: a recalled or bounced hand-over to the desk doesn't date the result; the one that stands does."""
    one = table()
    ready = next(row for row in one.rows.values() if row.ready and row.id != "tra-tu-choi")
    before = plain(one, calendar, IN_TIME)
    handed = next(index for index, move in enumerate(before.moves) if move.step == ready.id)
    moves = before.moves[: handed + 1]
    last = moves[-1]
    recalled = last._replace(seq=last.seq + 1, at=last.at + 60, actor=last.actor, action=RECALL, holder=last.actor)
    again = recalled._replace(seq=recalled.seq + 1, at=at("20/10 09:00"), action=REASSIGN, holder=last.holder)
    assert trace(one, calendar, before.case, moves).resolved == last.at
    assert trace(one, calendar, before.case, [*moves, recalled]).resolved is None
    assert trace(one, calendar, before.case, [*moves, recalled, again]).resolved == again.at


def test_who_opened_it_and_kept_it_is_not_the_senders_fault(calendar: Calendar) -> None:
    """R124: minutes after the wrong receiver opened it and kept it aren't charged to the sender's step."""
    sent = sent_to(calendar, "chi").move("14/09 10:00", "chi", CONFIRM).move("16/09 10:00", "chi", BOUNCE)
    (wrong,) = sent.move("16/09 11:00", "sep", REASSIGN, "an").life.misroutes
    unopened = sent_to(calendar, "chi").move("16/09 10:00", "chi", BOUNCE).move("16/09 11:00", "sep", REASSIGN, "an")
    assert wrong.lost < unopened.life.misroutes[0].lost
    assert wrong.lost == calendar.worked(wrong.sent_at, at("14/09 10:00")) + 3_600


def test_bounced_by_the_right_account_is_no_misroute(calendar: Calendar) -> None:
    """R123: it came back to the one who had returned it; the stay was his."""
    sent = sent_to(calendar, "an").move("16/09 10:00", "an", BOUNCE).move("16/09 11:00", "sep", REASSIGN, "an")
    assert sent.life.misroutes == ()
    assert [visit.holder for visit in sent.life.visits[-2:]] == ["an", "an"]


def paused(log: Log, since: str, until: str) -> Log:
    """A leader pauses it and resumes it (R59)."""
    step, holder = log.state.row.id, log.state.holder
    return log.raw(since, "sep", PAUSE, step, holder).raw(until, "sep", RESUME, step, holder)


def test_a_pause_is_nobodys_time(calendar: Calendar) -> None:
    """R59, R75, R124: a month's pause while it lies in a wrong account is no time lost by who sent it there."""
    log = paused(sent_to(calendar, "binh"), "14/09 10:30", "14/10 10:30").move("14/10 10:31", "binh", BOUNCE)
    stay = visits_at(log.life, calendar, at("14/10 10:31"))[1]
    assert (stay.lost, stay.done, stay.verdict) == (31 * 60, at("14/09 10:31"), "on_time")
    life = log.move("14/10 10:32", "sep", REASSIGN, "an").life
    assert (life.misroutes[0].lost, life.visits[1].lost, life.visits[1].verdict) == (32 * 60, 32 * 60, "on_time")
    still = sent_to(calendar, "chi").raw("14/09 10:30", "sep", PAUSE, "thu-ly", "chi").life
    assert visits_at(still, calendar, at("14/10 10:00"))[1].lost == HOUR / 2


def test_a_pause_before_it_goes_back_is_nobodys_time(calendar: Calendar) -> None:
    """R59, R124: it lay with the sender for 20 minutes and a pause, and went to the same account again."""
    log = paused(sent_to(calendar, "an").move("14/09 10:30", "an", BOUNCE), "14/09 10:40", "14/10 10:40")
    log.move("14/10 10:50", "sep", REASSIGN, "an")
    assert (log.life.misroutes, log.life.visits[1].lost) == ((), HOUR / 3)


def test_a_pause_makes_no_cause(calendar: Calendar) -> None:
    """R59, R95: half an hour lost and a month's pause make no dossier late by a wrong account, and nobody busy elsewhere."""
    astray = paused(sent_to(calendar, "binh"), "14/09 10:30", "14/10 10:30").move("14/10 10:30", "binh", BOUNCE)
    life = astray.move("14/10 10:30", "sep", REASSIGN, "an").confirm("14/10 10:31", "an").life
    assert life.overdue(at("29/10 10:00"))
    assert late_cause(life, calendar, at("29/10 10:00")) == "officer_fault"
    his = paused(sent_to(calendar, "an"), "14/09 10:30", "14/10 10:30").confirm("14/10 10:31", "an").life
    assert late_cause(his, calendar, at("29/10 10:00")) == "officer_fault"


def test_the_outline_of_a_life() -> None:
    """What the state alone tells is what the whole log tells, at every line of random lives: moments, outcome, lateness."""
    table, calendar = Office(flow()).tables[1], office_calendar()
    for seed in range(40):
        moves, states = roam(table, seed)
        case = Case("H19.1", str(seed), "MAU-01", 1, "counter")
        for nth, state in enumerate(states, 1):
            whole, short = trace(table, calendar, case, moves[:nth]), outline(case, moves[0].at, state)
            now = state.at + 86_400
            for name in (
                "submitted",
                "received",
                "resolved",
                "due",
                "kind",
                "stops",
                "outcome",
                "outcome_current",
                "clock_stands",
            ):
                assert getattr(short, name) == getattr(whole, name), (seed, nth, name)
            assert (short.overdue(now), short.is_late(now)) == (whole.overdue(now), whole.is_late(now))
