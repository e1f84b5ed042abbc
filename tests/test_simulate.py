"""The simulated year: through the engine's own rules, reproducible, and its lateness has causes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Any

import pytest

from flowiso import decision, stats
from flowiso.app import Agency
from flowiso.engine import Engine
from flowiso.errors import BadValue, CalendarUnknown, UnknownFlow
from flowiso.model import BOUNCE, CONFIRM, REASSIGN, RECEIVE, SUBMIT, SYSTEM, VERBS, Move
from flowiso.outcome import Outcome
from flowiso.refusals import Said
from flowiso.setting import Extra, Staff
from flowiso.simulate import Log, Run, Scenario, Year, simulate
from flowiso.simulate.arrivals import Arrival, Drawing, arrivals
from flowiso.simulate.draws import dossier, exponential, lognormal, mix, share, step, visit
from flowiso.simulate.hands import ByDue, Queue, after, back, spells_of
from flowiso.simulate.scenario import Arrivals, Misrouting, Outside, Supervision, Work
from flowiso.simulate.staffing import staffed
from flowiso.state import advance, begin, fold, ripe
from flowiso.store import open_store
from flowiso.supervisors import heads, leaders
from flowiso.term import Term
from flowiso.tracing import trace
from flowiso.verify import verify_store
from flowiso.worktime import day_of, instant, local, midnight, ordinal

ARROWS = {
    "supplement": 0.06,
    "send-back": 0.02,
    "refuse": 0.015,
    "fee": 0.5,
    "repair": 0.1,
    "consult": 0.15,
    "withdraw": 0.01,
}
SHARES = {"XTTM-01": 0.67, "XTTM-03": 0.146, "QLCT-04": 0.06}
EFFORT = {"mot-cua": 8.0, "lanh-dao-phong": 5.0, "chuyen-vien": 25.0, "lanh-dao-so": 4.0, "van-thu-so": 4.0}


def scenario(dossiers: int, **parts: Any) -> Scenario:
    """A year like that of 2021, small."""
    told = Scenario(arrivals=Arrivals(dossiers=dossiers, shares=SHARES), arrows=ARROWS, work=Work(effort=EFFORT))
    return replace(told, **parts)


TROUBLED = scenario(
    700,
    arrivals=Arrivals(dossiers=700, shares={}, tail=0.5),
    misrouting=Misrouting(rate=0.03),
    work=Work(effort=EFFORT, forgotten=0.02, recalled=200.0),
    outside=Outside(partner_slow=0.5, slow_times=6.0),
    staff=Staff(leave={"hung.qltm": ((date(2021, 3, 1), date(2021, 3, 19)),)}),
)
"""A year in which much goes wrong, in all procedures."""


@pytest.fixture(scope="module")
def agency() -> Agency:
    """The shipped agency."""
    return Agency.load()


@pytest.fixture(scope="module")
def run(agency: Agency) -> Run:
    """A year of 1,500 dossiers."""
    return simulate(agency, scenario(1_500), 1)


@pytest.fixture(scope="module")
def troubled(agency: Agency) -> Run:
    """A year in which much goes wrong."""
    return simulate(agency, TROUBLED, 5)


def report_of(agency: Agency, logs: Sequence[Log], of: int = 2021) -> stats.Report:
    """The figures of some logs."""
    store = open_store("memory:", "simulated")
    store.create_many(logs)
    return Engine(agency, store).stats(of)


class TestCalls:
    def test_accepted_dossiers_are_as_many_as_asked(self, agency: Agency, run: Run) -> None:
        """R91: so many accepted ones; those refused at intake come on top."""
        found = report_of(agency, run.logs)
        assert (found.received, found.refused_intake, len(run.logs)) == (1_500, 15, 1_515)
        assert not stats.identities(found)

    def test_same_seed_same_year_and_another_seed_another(self, agency: Agency) -> None:
        """A run is a function of its arguments."""
        first = simulate(agency, scenario(60), 5)
        assert first == simulate(agency, scenario(60), 5)
        assert first != simulate(agency, scenario(60), 6)

    @pytest.mark.parametrize("what", [scenario(300), TROUBLED], ids=["usual", "troubled"])
    def test_dropping_the_logs_changes_no_figure(self, agency: Agency, what: Scenario) -> None:
        """Replications keep no log."""
        kept, dropped = (simulate(agency, what, 4, keep=keep) for keep in (True, False))
        assert kept.outcome == dropped.outcome
        assert kept.logs
        assert not dropped.logs

    def test_progress_is_told(self, agency: Agency) -> None:
        """Of arrivals, and that all is done."""
        told: list[tuple[int, int]] = []
        Year(agency, scenario(300), 1).run(lambda done, total: told.append((done, total)))
        assert told == [(0, 303), (256, 303), (303, 303)]

    @pytest.mark.parametrize(
        ("of", "dossiers", "error"),
        [(2021, 0, BadValue), (2017, 3, UnknownFlow), (2026, 400, CalendarUnknown), (2040, 3, CalendarUnknown)],
    )
    def test_what_cant_be_run_is_refused(self, agency: Agency, of: int, dossiers: int, error: type[Exception]) -> None:
        """R80: a year whose days off aren't announced can't be simulated; nor can one without flows."""
        with pytest.raises(error):
            simulate(agency, Scenario(year=of, arrivals=Arrivals(dossiers=dossiers)), 1)

    @pytest.mark.parametrize("of", [2022, 2023, 2024, 2025])
    def test_other_years_run_too(self, agency: Agency, of: int) -> None:
        """Tết, swapped Saturdays and all; the contest is left out of years without a plan."""
        logs = simulate(agency, scenario(80, year=of), 2).logs
        assert report_of(agency, logs, of).received == 80
        assert not any(case.code == "CNDP-01" for case, _ in logs)

    def test_the_default_scenario_runs(self, agency: Agency) -> None:
        """Without any file."""
        told = simulate(agency, Scenario(arrivals=Arrivals(dossiers=200)), 1).outcome
        assert (told.received, told.resolved + told.open) == (200, 200)


class TestThroughTheEngine:
    @pytest.mark.parametrize("which", ["run", "troubled"])
    def test_every_move_is_what_the_engine_allows(
        self, agency: Agency, which: str, request: pytest.FixtureRequest
    ) -> None:
        """I2, I3, I8: each log replays through `decide` with the same moves, in time order and without a gap."""
        told: Run = request.getfixturevalue(which)
        for case, moves in told.logs:
            table = agency.table(case.code, case.version, 2021)
            state = begin(table, agency.calendar, moves[0])
            for move in moves[1:]:
                assert move.seq == state.seq + 1
                assert move.at >= state.at
                if move.actor == SYSTEM:
                    timer = ripe(state, move.at + 86_400)
                    assert timer is not None
                    assert decision.system_move(state, timer, move.holder) == move
                else:
                    said = Said(move.note, move.record)
                    again = decision.decide(state, move.action, move.actor, move.holder, move.at, False, said)
                    assert again[-1]._replace(seq=0) == move._replace(seq=0)
                    arc = state.row.arcs.get(move.action)
                    if arc is not None:  # the direct path passes what every rule passes, and nothing else
                        asked = (state, arc, move.actor, move.holder, move.at, False, said, None)
                        assert decision._weighed(*asked) == again
                state = advance(agency.calendar, state, move)

    def test_a_store_of_a_year_is_verified(self, agency: Agency, troubled: Run) -> None:
        """R123: a year written to a store is as good as a lived one; hand-overs to wrong accounts are warnings."""
        store = open_store("memory:", "simulated")
        store.create_many(troubled.logs)
        assert {finding.level for finding in verify_store(agency, store).findings} <= {"warning"}

    def test_all_moves_are_within_the_year(self, agency: Agency, run: Run) -> None:
        """What is unfinished on 31 December stays open."""
        period = stats.Period.year(2021)
        stamps = [move.at for _, moves in run.logs for move in moves]
        assert period.start <= min(stamps) <= max(stamps) <= period.end
        assert run.outcome.open > 0

    def test_people_act_in_working_time(self, agency: Agency, troubled: Run) -> None:
        """Sessions, holidays: nobody does anything at another moment (R77); but time does."""
        calendar = agency.calendar
        for _, moves in troubled.logs:
            for move in moves:
                assert move.actor == SYSTEM or calendar.reached(calendar.elapsed(move.at)) == move.at

    def test_silence_closes_by_itself(self, agency: Agency, run: Run) -> None:
        """QLCT-04, R70, R74: he-thong takes the arrow, stamped with the due moment."""
        silence = agency.library.find("QLCT-04").at_due
        assert silence is not None
        closed = [one for one in run.logs if one[0].code == "QLCT-04" and one[1][-1].action == silence.action]
        assert closed
        for case, moves in closed:
            state = fold(agency.table(case.code, case.version, 2021), agency.calendar, moves)
            assert (state.row.kind, moves[-1].actor, moves[-1].at) == ("silence", SYSTEM, state.due)

    def test_every_received_dossier_has_its_receipt(self, run: Run) -> None:
        """Online dossiers are submitted first and accepted by a one-stop account (R83)."""
        for case, moves in run.logs:
            receipts = [move for move in moves if move.action == RECEIVE]
            refused = moves[-1].action not in VERBS and len(moves) == 2 and case.channel == "online"
            assert len(receipts) == (0 if refused else 1)


def figures(report: stats.Report) -> dict[str, int]:
    """What a report and an outcome both tell."""
    told = {name: getattr(report, name) for name in ("received", "online", "resolved", "open", "open_overdue")}
    told |= {"refused": report.refused_intake, "misroutes": report.misrouted, "resolved_late": report.late}
    told["minutes_lost"] = sum(officer.lost_minutes for officer in report.by_officer.values())
    return told | {"procedures": report.catalogue.with_dossiers}


class TestOutcome:
    @pytest.mark.parametrize("which", ["run", "troubled"])
    def test_the_figures_are_those_of_the_report(
        self, agency: Agency, which: str, request: pytest.FixtureRequest
    ) -> None:
        """R90, R95, R124: counted while the year passes or read from its logs, it comes to the same."""
        told: Run = request.getfixturevalue(which)
        report = report_of(agency, told.logs)
        outcome = told.outcome
        expected = figures(report)
        assert {name: getattr(outcome, name) for name in expected} == expected
        causes = dict.fromkeys(stats.CAUSES, 0)
        for late in outcome.lates:
            causes[late.cause] += 1
        assert causes == report.late_by_cause
        officers = {
            name: (one.steps, one.late_steps) for name, one in report.by_officer.items() if name in outcome.desks
        }
        assert {name: desk[:2] for name, desk in outcome.desks.items() if name in officers or desk.visits} == officers

    def test_much_going_wrong_shows(self, troubled: Run) -> None:
        """The year that the tests above rest on has all of it."""
        outcome = troubled.outcome
        assert outcome.misroutes > 50
        assert outcome.late == len(outcome.lates) > 20
        assert {late.cause for late in outcome.lates} >= {"misrouted_account", "coordination_delay", "overload"}
        assert {late.warned for late in outcome.lates} == {True, False}

    def test_steps_and_desks_hold_together(self, run: Run) -> None:
        """Nobody is busy for longer than he is there; the queue is told for every day."""
        outcome = run.outcome
        assert all(0 <= desk.busy <= desk.at_hand for desk in outcome.desks.values())
        assert sum(desk.busy for desk in outcome.desks.values()) > 0
        assert len(outcome.queue) == 365
        assert all(one.visits >= one.late >= 0 for one in outcome.steps.values())

    def test_leave_is_no_time_at_hand(self, run: Run) -> None:
        """thao.vp is away for ten working days, eight hours each."""
        desks = run.outcome.desks
        assert desks["khoa.vp"].at_hand - desks["thao.vp"].at_hand == 10 * 8 * 3600


def flow_of(agency: Agency, **changes: dict[str, Any]) -> Agency:
    """The shipped agency with other heads in some flows, named by code with _ for -."""
    return agency.altered(
        agency.org, [flow._replace(**changes.get(flow.code.replace("-", "_"), {})) for flow in agency.flows]
    )


class TestArrivals:
    def test_shares_are_kept(self, run: Run) -> None:
        """Domain section 8: one to three procedures bring about nine in ten dossiers."""
        codes = [case.code for case, _ in run.logs]
        assert all(abs(codes.count(code) / len(codes) - part) < 0.04 for code, part in SHARES.items())

    def test_only_active_procedures_have_dossiers(self, agency: Agency) -> None:
        """46 of 116 had some in 2021."""
        few = scenario(800, arrivals=Arrivals(dossiers=800, active=5, tail=0.5))
        assert simulate(agency, few, 1, keep=False).outcome.procedures == 5

    def test_weekdays_and_months_weigh(self, agency: Agency) -> None:
        """No hour of a Monday or of July, twice as many in an hour of May as in another."""
        weekdays, months = (0.0, *(1.0,) * 6), (*(1.0,) * 4, 2.0, 1.0, 0.0, *(1.0,) * 5)
        told = Scenario(arrivals=Arrivals(dossiers=6_000, refused=0.0, weekdays=weekdays, months=months))
        days = [local(arrival.received).date() for arrival in arrivals(agency, told, 1)]
        assert not any(day.weekday() == 0 or day.month == 7 for day in days)
        in_month = {month: sum(day.month == month for day in days) for month in (4, 5)}
        hours = {month: _days_in(agency, month) for month in (4, 5)}
        assert 1.7 < in_month[5] / hours[5] / (in_month[4] / hours[4]) < 2.3

    def test_no_hour_before_intake_closes(self, agency: Agency) -> None:
        """A procedure that takes dossiers until 31 May by its plan has none in a year that brings nobody before June."""
        late = Arrivals(dossiers=400, refused=0.0, shares={"CNDP-01": 0.5}, months=(*(0.0,) * 5, *(1.0,) * 7))
        found = arrivals(agency, Scenario(arrivals=late), 1)
        assert len(found) == 400
        assert "CNDP-01" not in {arrival.table.flow.code for arrival in found}

    def test_a_share_of_nothing_is_no_active_procedure(self, agency: Agency) -> None:
        """The one procedure that has dossiers is another than the one that has none."""
        none = Arrivals(dossiers=40, active=1, shares={"XTTM-01": 0.0})
        codes = {arrival.table.flow.code for arrival in arrivals(agency, Scenario(arrivals=none), 1)}
        assert len(codes) == 1
        assert "XTTM-01" not in codes

    def test_channels(self, run: Run) -> None:
        """98.73 % online; the others at the counter or by post."""
        channels = [case.channel for case, _ in run.logs]
        assert 0.975 < channels.count("online") / len(channels) < 0.995
        assert {"counter", "online"} <= set(channels)

    def test_internal_processes_have_no_applicants(self, agency: Agency) -> None:
        """Dossiers come for procedures only; the figures hold without the others (R90)."""
        other = flow_of(agency, XTTM_01={"kind": "internal"})
        logs = simulate(other, scenario(300), 1).logs
        assert "XTTM-01" not in {case.code for case, _ in logs}
        found = report_of(other, logs)
        assert (found.received, stats.identities(found)) == (300, ())
        assert found.catalogue.total == sum(flow.kind == "procedure" for flow in agency.flows) - 1

    def test_procedures_not_in_force_yet_have_no_dossiers(self, agency: Agency) -> None:
        """A procedure issued in July takes nothing away from a year that begins without it."""
        later = flow_of(agency, XTTM_01={"effective": date(2021, 7, 1)})
        told = simulate(later, scenario(300), 1)
        assert "XTTM-01" not in {case.code for case, _ in told.logs}
        assert told.outcome.received == 300

    def test_flows_that_accept_everything(self, agency: Agency) -> None:
        """Nobody is turned away where the flow has no arrow for it; the accepted ones stay as many as asked."""
        ends = agency.library.find("XTTM-01").ends
        open_door = tuple(end._replace(kind="stopped") if end.kind == "refused-intake" else end for end in ends)
        told = simulate(flow_of(agency, XTTM_01={"ends": open_door}), scenario(1_500), 1)
        found = report_of(agency, told.logs)
        assert (found.received, told.outcome.received) == (1_500, 1_500)
        assert found.refused_intake == told.outcome.refused < 15
        assert found.by_procedure["XTTM-01"].counts.refused_intake == 0

    def test_numbers_count_by_day(self, agency: Agency, run: Run) -> None:
        """R33: the day on which it came in, and which one of that day it was."""
        came = [local(moves[0].at).date() for _, moves in run.logs]
        numbers = [f"{agency.org.agency}-{day:%y%m%d}-{came[: nth + 1].count(day):04d}" for nth, day in enumerate(came)]
        assert [case.number for case, _ in run.logs] == numbers

    def test_who_is_refused_waits_for_it(self, agency: Agency) -> None:
        """R11: even one who comes in the year's first second, and is answered then."""
        drawing = Drawing(agency, scenario(1), 1)
        first = drawing.of(0, 0, drawing.choices[0], 0.0, offline=False, accepted=False)
        assert (first.came, first.waits) == (first.answered, True)

    def test_given_arrivals_are_lived(self, agency: Agency) -> None:
        """At night, too, and in any order."""
        table = agency.table("XTTM-03", 1, 2021)
        night = instant(local(0).replace(year=2021, month=3, day=6, hour=22))
        given = [Arrival(n, table, "online", night + 60 * n, night + 3600 + 60 * n, n != 2) for n in (3, 1, 2, 0)]
        told = Year(agency, scenario(1), 1, given=given).run()
        assert (told.outcome.received, told.outcome.refused) == (3, 1)
        assert [[move.at for move in moves[:2]] for _, moves in told.logs] == [
            [night + 60 * n, night + 3600 + 60 * n] for n in range(4)
        ]
        assert {moves[0].action for _, moves in told.logs} == {SUBMIT}
        assert figures(report_of(agency, told.logs))["resolved"] == told.outcome.resolved == 3


def _days_in(agency: Agency, month: int) -> int:
    days = (date(2021, month, day) for day in range(1, 31))
    return sum(agency.calendar.is_working_day(day) and day.weekday() != 0 for day in days)


def misrouted(outcome: Outcome) -> int:
    """Late dossiers that were handed to a wrong account."""
    return sum(late.misrouted for late in outcome.lates)


class TestMisroutes:
    def test_without_misroutes_nobody_is_misrouted(self, agency: Agency) -> None:
        """Misroutes come from the scenario's rate; without it none is found, so the detector raises no false alarm."""
        told = simulate(agency, scenario(400, misrouting=Misrouting(rate=0.0)), 1)
        assert not any(move.action == BOUNCE for _, moves in told.logs for move in moves)
        assert report_of(agency, told.logs).misrouted == told.outcome.misroutes == 0

    def test_more_misroutes_make_more_late_dossiers(self, agency: Agency) -> None:
        """R124: lateness arises from hand-overs to wrong accounts; it isn't drawn."""
        few, many = (
            simulate(agency, scenario(600, misrouting=Misrouting(rate=rate)), 1, keep=False).outcome
            for rate in (0.0, 0.2)
        )
        assert many.late > few.late
        assert misrouted(many) > misrouted(few) == 0

    def test_who_notices_sooner_is_late_less(self, agency: Agency) -> None:
        """Half a day instead of four."""
        soon, late = (
            simulate(agency, scenario(600, misrouting=Misrouting(rate=0.2, noticed=hours)), 1, keep=False).outcome
            for hours in (4.0, 32.0)
        )
        assert soon.minutes_lost < late.minutes_lost
        assert misrouted(soon) < misrouted(late)

    def test_heads_who_react_put_it_right(self, agency: Agency) -> None:
        """R122: a head is warned of what nobody confirms, and hands it on as misrouted; heads who don't react never do."""
        always, never = (
            simulate(agency, scenario(400, misrouting=Misrouting(rate=0.1, noticed=80.0), supervision=told), 1)
            for told in (Supervision(reacts=1.0), Supervision(reacts=0.0))
        )
        by_heads = [
            (agency.table(case.code, case.version, 2021), before, move)
            for case, moves in always.logs
            for before, move in pairwise(moves)
            if move.action == REASSIGN and move.record == {"of": "misroute"}
        ]
        assert len(by_heads) > 50
        assert all(
            move.actor in (*heads(table, before.holder, day_of(move.at)), *leaders(agency.org, day_of(move.at)))
            for table, before, move in by_heads
        )
        assert always.outcome.minutes_lost < never.outcome.minutes_lost / 2
        assert all(late.warned for late in never.outcome.lates if late.misrouted)

    def test_a_lawful_looking_account_may_be_wrong(self, agency: Agency) -> None:
        """R121: only who may not hold the step shows at once."""
        for lawful, structural in ((1.0, 0), (0.0, 1)):
            told = simulate(agency, scenario(200, misrouting=Misrouting(rate=0.1, lawful=lawful)), 1)
            wrong = [
                one
                for case, moves in told.logs
                if case.code == "XTTM-01"
                for one in trace(agency.table(case.code, case.version, 2021), agency.calendar, case, moves).misroutes
            ]
            assert wrong
            assert sum(one.why in ("DOS202", "DOS203") for one in wrong) == structural * len(wrong)


class TestForgotten:
    def test_forgotten_dossiers_come_to_mind(self, agency: Agency) -> None:
        """Later than they would have been; sooner where heads react to warnings (R126)."""
        told = {
            reacts: simulate(
                agency,
                scenario(
                    300,
                    arrivals=Arrivals(dossiers=300, shares={"XTTM-03": 1.0}),
                    work=Work(effort=EFFORT, forgotten=0.1, recalled=300.0),
                    supervision=Supervision(reacts=reacts),
                ),
                1,
                keep=False,
            ).outcome
            for reacts in (0.0, 1.0)
        }
        usual = simulate(agency, scenario(300, arrivals=Arrivals(dossiers=300, shares={"XTTM-03": 1.0})), 1).outcome
        assert usual.late <= told[1.0].late < told[0.0].late / 4
        assert all(late.warned for late in told[0.0].lates)
        assert all(
            late.forgotten for late in told[0.0].lates if late.cause == "overload"
        )  # R95: the log can't tell them
        assert {late.cause for late in told[0.0].lates if late.forgotten} >= {"overload"}
        assert not any(late.forgotten for late in usual.lates)
        assert all(step.visits for step in usual.steps.values())

    def test_less_than_one_in_256_is_forgotten_too(self, agency: Agency) -> None:
        """The highest eight bits of luck tell what may be, others the rest."""
        rare = Work(effort=EFFORT, forgotten=1 / 400, recalled=1_500.0)
        told = simulate(agency, scenario(1_500, work=rare, supervision=Supervision(reacts=0.0)), 1, keep=False).outcome
        assert any(late.forgotten for late in told.lates)

    def test_warnings_are_repeated(self, agency: Agency) -> None:
        """A warning that isn't acted upon may come again."""
        once, again = (
            simulate(
                agency,
                scenario(
                    200,
                    misrouting=Misrouting(rate=0.1, noticed=200.0),
                    supervision=Supervision(reacts=0.2, repeated=repeated),
                ),
                1,
                keep=False,
            ).outcome
            for repeated in (None, 4.0)
        )
        assert again.minutes_lost < once.minutes_lost


def online(agency: Agency, code: str, moments: Sequence[int]) -> list[Arrival]:
    """Dossiers at the counter, at these working seconds after New Year."""
    start = agency.calendar.elapsed(instant(local(0).replace(year=2021, month=1, day=1, hour=0)))
    table = agency.table(code, 1, 2021)
    stamps = [agency.calendar.reached(start + moment) for moment in moments]
    return [Arrival(serial, table, "counter", at, at, True) for serial, at in enumerate(stamps)]


STILL = Work(dwell=0.0, untimed=0.0, effort=dict.fromkeys(EFFORT, 60.0), effort_sigma=0.0)
"""Officers who begin at once and take an hour for everything."""


def first_stays(told: Run) -> list[tuple[int, str]]:
    """When each dossier left its first step, and whose work that was."""
    return [(moves[1].at, moves[0].holder) for _, moves in told.logs]


class TestQueues:
    def test_one_thing_at_a_time(self, agency: Agency) -> None:
        """Four officers at the desk, of whom nhi.vp comes in March: six at once take two hours."""
        given = online(agency, "XTTM-03", [1] * 6)
        left = first_stays(Year(agency, scenario(1, work=STILL, misrouting=Misrouting(rate=0.0)), 1, given=given).run())
        elapsed = agency.calendar.elapsed
        assert [elapsed(at) - elapsed(given[0].received) for at, _ in left] == [3600] * 3 + [7200] * 3
        assert [name for _, name in left] == ["lan.vp", "thao.vp", "khoa.vp"] * 2

    @pytest.mark.parametrize(("queue", "first"), [("arrival", "XTTM-03"), ("due", "XTTM-04")])
    def test_order_of_the_queue(self, agency: Agency, queue: Any, first: str) -> None:
        """The head has two waiting while he works: the first that came, or the one that is due first."""
        short = staffed(agency, scenario(1, staff=Staff(missing=("vinh.qltm",))))
        short = flow_of(short, XTTM_04={"deadline": Term.parse("2wd")})
        table = {code: short.table(code, 1, 2021) for code in ("XTTM-03", "XTTM-04")}
        at = short.calendar.reached(short.calendar.elapsed(instant(local(0).replace(year=2021, month=1, day=5))) + 1)
        codes = ["XTTM-03", "XTTM-03", "XTTM-04"]
        given = [Arrival(n, table[code], "counter", at + n, at + n, True) for n, code in enumerate(codes)]
        told = Year(
            short, scenario(1, work=replace(STILL, queue=queue), misrouting=Misrouting(rate=0.0)), 1, given=given
        )
        taken = sorted(
            (next(move.at for move in moves if move.action == CONFIRM), case.code) for case, moves in told.run().logs
        )
        assert taken[1][1] == first

    def test_queues_by_hand(self) -> None:
        """By arrival or by due moment, those without one last; removing one leaves the order of the rest."""
        dues = [5, None, 3, 5, 4]
        made = [_Waiting(due) for due in dues]
        for queue, order in ((Queue(), [0, 1, 3, 4]), (ByDue(), [4, 0, 3, 1])):
            for one in made:
                queue.append(one)  # type: ignore[arg-type]
            queue.remove(made[2])  # type: ignore[arg-type]
            assert [made.index(one) for one in queue] == order  # type: ignore[arg-type]
            assert [made.index(queue.popleft()) for _ in range(len(queue))] == order  # type: ignore[arg-type]

    def test_who_is_slower_takes_longer(self, agency: Agency) -> None:
        """`pace` multiplies the effort of one account."""
        given = online(agency, "XTTM-03", [1] * 3)
        work = replace(STILL, pace={"thao.vp": 2.5})
        left = first_stays(Year(agency, scenario(1, work=work, misrouting=Misrouting(rate=0.0)), 1, given=given).run())
        elapsed = agency.calendar.elapsed
        assert {name: elapsed(at) - elapsed(given[0].received) for at, name in left} == {
            "lan.vp": 3600,
            "thao.vp": 9000,
            "khoa.vp": 3600,
        }

    def test_who_dawdles_beyond_the_calendar(self, agency: Agency) -> None:
        """R80: nobody asks for a calendar two years ahead, for what an applicant does when the year is long over."""
        dawdling = Outside(applicant=10_000.0)
        told = simulate(agency, scenario(40, arrows={"supplement": 1.0}, outside=dawdling, year=2025), 1).outcome
        assert max(agency.calendar.years) == 2026
        assert told.open > 0


class _Waiting:
    """As much of a dossier as a queue looks at."""

    def __init__(self, due: int | None) -> None:
        self.state = self
        self.due = due


class TestLeave:
    def test_nobody_acts_on_leave(self, agency: Agency, troubled: Run) -> None:
        """R128: not even to bounce what came to him wrongly."""
        accounts = staffed(agency, TROUBLED).org.accounts
        away = {
            (name, ordinal_)
            for name, account in accounts.items()
            for first, last in account.leave
            for ordinal_ in range(first.toordinal(), last.toordinal() + 1)
        }
        assert not [move for _, moves in troubled.logs for move in moves if (move.actor, ordinal(move.at)) in away]

    def test_what_waits_goes_to_a_colleague(self, agency: Agency, troubled: Run) -> None:
        """By a head's word, on the eve; nothing of it is late because it lay with somebody who was away (R128)."""
        passed = [
            (before.holder, move)
            for _, moves in troubled.logs
            for before, move in pairwise(moves)
            if move.action == REASSIGN and move.note == "người giữ nghỉ phép"
        ]
        assert {holder for holder, _ in passed} >= {"hung.qltm"}
        assert all(move.actor != holder for holder, move in passed)

    def test_a_desk_on_leave_is_not_taken_by_who_has_no_post_yet(self, agency: Agency) -> None:
        """R128: nhi.vp begins in March; in January dossiers come to colleagues on leave, not to her."""
        week = ((date(2021, 1, 11), date(2021, 1, 15)),)
        all_away = Staff(leave=dict.fromkeys(("lan.vp", "thao.vp", "khoa.vp"), week))
        logs = simulate(agency, scenario(600, staff=all_away), 1).logs
        january = [moves for _, moves in logs if date(2021, 1, 11) <= local(moves[0].at).date() <= date(2021, 1, 15)]
        assert january
        assert "nhi.vp" not in {move.holder for moves in january for move in moves[:2]}

    def test_work_rests_over_leave(self, agency: Agency) -> None:
        """Three hours of work with two done on the eve: one more after it."""
        account = agency.org.accounts["thao.vp"]
        calendar = agency.calendar
        ((begins, ends),) = spells_of(account, calendar)
        assert ends - begins == 10 * 8 * 3600
        assert after(((begins, ends),), begins - 7200, 10_800) == ends + 3600
        assert after(((begins, ends),), begins - 7200, 7200) == begins
        assert back(((begins, ends),), begins) == ends + 1

    @pytest.mark.parametrize("misrouted", [0.0, 0.05])
    def test_nothing_stays_with_who_has_left(self, agency: Agency, misrouted: float) -> None:
        """R128: what somebody whose post is over had begun, or got by mistake, goes on with others; nothing new comes to him."""
        left = agency.org.accounts["hung.qltm"]._replace(until=date(2021, 6, 1))
        org = agency.org._replace(accounts={**agency.org.accounts, "hung.qltm": left})
        told = scenario(
            3_000,
            arrivals=Arrivals(dossiers=3_000, active=1, shares={"XTTM-01": 1.0}),
            misrouting=Misrouting(rate=misrouted),
            work=Work(effort={"chuyen-vien": 200.0}),
        )
        logs = simulate(agency.altered(org, agency.flows), told, 1).logs
        notes = {move.note for _, moves in logs for move in moves if move.action == REASSIGN}
        assert "người giữ đã thôi nhiệm vụ" in notes
        assert not [case.number for case, moves in logs if moves[-1].holder == "hung.qltm"]
        came = [move.at for _, moves in logs for move in moves if move.holder == "hung.qltm" and move.action != CONFIRM]
        assert max(came) < midnight(date(2021, 6, 1).toordinal())

    def test_what_is_begun_begins_anew_with_a_colleague(self, agency: Agency) -> None:
        """Who goes on leave in the middle of some work has confirmed it; it is handed on, and his work on it counts as his."""
        away = Staff(leave={"hung.qltm": ((date(2021, 6, 7), date(2021, 6, 18)),)})
        told = scenario(
            9_000,
            arrivals=Arrivals(dossiers=9_000, active=1, shares={"XTTM-01": 1.0}),
            work=Work(effort={"chuyen-vien": 200.0}),
            staff=away,
        )
        found = simulate(agency, told, 1)
        begun = [
            moves
            for _, moves in found.logs
            for move, following in pairwise(moves)
            if move.action == CONFIRM and move.actor == "hung.qltm" and following.action == REASSIGN
        ]
        assert begun
        assert all(move.at <= following.at for moves in begun for move, following in pairwise(moves))

    def test_time_goes_on_for_what_is_taken_off_a_desk(self, agency: Agency) -> None:
        """R70: what was in work when its holder went on leave is still closed by silence; no dossier lies past that moment."""
        weeks = ((date(2021, month, 5), date(2021, month, 16)) for month in range(1, 13))
        staff = Staff(leave={"dung.qltm": tuple(weeks)})
        told = scenario(2_000, arrivals=Arrivals(dossiers=2_000, active=1, shares={"QLCT-04": 1.0}), staff=staff)
        year_end = Year(agency, told, 1).end
        logs = simulate(agency, told, 1).logs
        assert any(move.note == "người giữ nghỉ phép" for _, moves in logs for move in moves)
        states = [fold(agency.table(case.code, case.version, 2021), agency.calendar, moves) for case, moves in logs]
        assert not [state for state in states if ripe(state, year_end)]

    def test_days_off_in_a_row_are_a_leave(self, agency: Agency) -> None:
        """Two one-day leaves side by side: what waits is handed over as before a leave of two days."""
        days = tuple((date(2021, 6, day), date(2021, 6, day)) for day in (8, 9))
        one, two = (
            simulate(agency, scenario(900, staff=Staff(leave={"hung.qltm": spells})), 1).logs
            for spells in (days, ((days[0][0], days[1][1]),))
        )
        assert one == two

    def test_work_without_its_visit_is_no_mean_of_visits(self, agency: Agency) -> None:
        """`Step` is of visits that ended: work on what the year's end finds unfinished is its officer's, not the step's."""
        told = scenario(
            200,
            arrivals=Arrivals(dossiers=200, active=1, shares={"XTTM-01": 1.0}),
            misrouting=Misrouting(rate=0.0),
            work=Work(effort={"chuyen-vien": 30_000.0}, effort_sigma=0.0),
        )
        outcome = simulate(agency, told, 1).outcome
        done = outcome.steps["XTTM-01", "ket-thuc"].visits
        assert outcome.steps["XTTM-01", "luu-theo-doi"].worked <= done * 30_000 * 60
        assert sum(desk.busy for desk in outcome.desks.values()) > sum(step.worked for step in outcome.steps.values())

    def test_spells_between_posts(self, agency: Agency) -> None:
        """Before the first day of a post and after its last nobody is there (R128)."""
        calendar = agency.calendar
        ((begins, ends),) = spells_of(agency.org.accounts["nhi.vp"], calendar)
        assert begins < 0
        assert local(calendar.reached(ends + 1)).date() == date(2021, 3, 1)


class TestStaff:
    def test_staff_may_differ(self, agency: Agency) -> None:
        """One fewer, two more, more leave; the agency itself stays as it is."""
        leave = ((date(2021, 5, 3), date(2021, 5, 7)),)
        staff = Staff(missing=("mai.qltm",), more=(Extra("chuyen-vien", "qltm", 2),), leave={"loan.qltm": leave})
        other = staffed(agency, scenario(1, staff=staff))
        assert other is staffed(agency, scenario(99, staff=staff))
        names = other.org.accounts.keys() ^ agency.org.accounts.keys()
        assert names == {"mai.qltm", "them1.qltm", "them2.qltm"}
        assert other.org.accounts["them2.qltm"].name == "Cán bộ thêm 2"
        assert other.org.accounts["loan.qltm"].leave == leave
        told = simulate(agency, scenario(400, staff=staff), 1).outcome
        assert told.desks["them1.qltm"].visits > 0
        assert "mai.qltm" not in told.desks

    def test_nothing_changed_is_the_same_agency(self, agency: Agency) -> None:
        """No copy, so its compiled tables serve."""
        assert staffed(agency, scenario(1)) is agency

    def test_terms_are_multiplied(self, agency: Agency) -> None:
        """Whole days stay whole, at least one; the others are told to hundredths."""
        other = staffed(agency, scenario(1, terms=0.7))
        flow, was = other.library.find("XTTM-03"), agency.library.find("XTTM-03")
        assert flow.deadline is not None
        assert was.deadline is not None
        assert flow.deadline.amount == round(float(was.deadline.amount) * 0.7)
        for new, old in zip(flow.steps, was.steps, strict=True):
            if old.within is not None and new.within is not None:
                assert float(new.within.amount) == pytest.approx(float(old.within.amount) * 0.7, abs=0.005)

    def test_a_step_without_anybody_is_refused(self, agency: Agency) -> None:
        """The message names the step and the remedy."""
        heads_of = ("ha.qltm", "vinh.qltm")
        with pytest.raises(BadValue, match=r"không ai giữ được bước 'Phân công.*hãy thêm người"):
            simulate(agency, scenario(20, staff=Staff(missing=heads_of)), 1)


class TestLuck:
    def test_scenarios_share_luck(self, agency: Agency) -> None:
        """The same dossiers come at the same moments, and one that nothing happens to goes on as it did."""
        few, many = (
            simulate(agency, scenario(200, work=replace(STILL, untimed=0.5), misrouting=Misrouting(rate=rate)), 1).logs
            for rate in (0.0, 0.05)
        )
        assert [(case, moves[0].at) for case, moves in few] == [(case, moves[0].at) for case, moves in many]
        same = sum(_times(one) == _times(other) for (_, one), (_, other) in zip(few, many, strict=True))
        assert 100 < same < 203

    def test_another_visit_takes_no_luck_from_the_rest(self) -> None:
        """By step and by how often it was visited, not by order: so the draws of other steps stay."""
        base = dossier(1, 77)
        drawn = {(name, nth): visit(base, step(name, nth)) for name in ("thu-ly", "ky-duyet") for nth in range(3)}
        assert len(set(drawn.values())) == 6
        assert drawn["ky-duyet", 0] == visit(base, step("ky-duyet"))

    @pytest.mark.parametrize("bits", [0, 12, 24, 40, 56])
    def test_draws_are_even(self, bits: int) -> None:
        """The bits that each purpose reads: 64 cells, 64,000 draws, chi-square below its 99.9 % point of 103."""
        cells = [0] * 64
        for serial in range(16_000):
            base = dossier(1, serial)
            for name in ("tiep-nhan", "phan-cong", "thu-ly", "ky-duyet"):
                cells[visit(base, step(name)) >> bits & 63] += 1
        assert sum((count - 1_000) ** 2 / 1_000 for count in cells) < 103

    def test_steps_are_drawn_apart(self) -> None:
        """The same dossiers at two steps: 64 pairs of cells, 64,000 draws, chi-square below its 99.9 % point."""
        cells = [0] * 64
        one, other = step("thu-ly"), step("ky-duyet")
        for serial in range(64_000):
            base = dossier(2, serial)
            cells[(visit(base, one) & 4095) >> 9 | (visit(base, other) & 4095) >> 9 << 3] += 1
        assert sum((count - 1_000) ** 2 / 1_000 for count in cells) < 103

    def test_mixed_bits_are_even(self) -> None:
        """Serial numbers next to each other have nothing in common."""
        cells = [0] * 64
        for serial in range(64_000):
            cells[mix(serial) & 63] += 1
        assert sum((count - 1_000) ** 2 / 1_000 for count in cells) < 103

    def test_laws(self) -> None:
        """Half of the values lie below a median, shares below their most; a mean is a mean."""
        values = lognormal(10.0, 0.7)
        assert sum(value < 10.0 for value in values) == len(values) // 2
        shares = share(0.22, 0.85, 0.65)
        assert sum(value < 0.22 for value in shares) == len(shares) // 2
        assert max(shares) < 0.85
        assert sum(exponential(5.0)) / 4096 == pytest.approx(5.0, rel=3e-4)
        assert [*values.times(2.0)[:3]] == [int(2.0 * value) for value in values[:3]]


def _times(moves: Sequence[Move]) -> list[tuple[int, str]]:
    return [(move.at, move.action) for move in moves]
