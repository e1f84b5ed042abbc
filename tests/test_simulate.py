"""The simulated year: through the engine's own rules, reproducible, and its lateness has causes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from flowiso import decision, stats
from flowiso.app import Agency
from flowiso.engine import Engine
from flowiso.errors import BadValue, CalendarUnknown, UnknownFlow
from flowiso.library import load_plans
from flowiso.model import BOUNCE, RECEIVE, SYSTEM, VERBS
from flowiso.refusals import Said
from flowiso.simulate import Log, Scenario, simulate
from flowiso.simulate.draws import lognormal, mix
from flowiso.state import advance, begin, fold, ripe
from flowiso.store import open_store


@pytest.fixture(scope="module")
def agency() -> Agency:
    """The shipped agency."""
    return Agency.load()


@pytest.fixture(scope="module")
def year(agency: Agency) -> list[Log]:
    """A year of 1,500 dossiers."""
    return simulate(agency, 2021, 1_500, 1)


def report_of(agency: Agency, logs: list[Log], of: int = 2021) -> stats.Report:
    """The figures of some logs."""
    store = open_store("memory:", "simulated")
    store.create_many(logs)
    return Engine(agency, store).stats(of)


def test_accepted_dossiers_are_as_many_as_asked(agency: Agency, year: list[Log]) -> None:
    """R91: `--dossiers N` counts accepted ones; those refused at intake come on top."""
    found = report_of(agency, year)
    assert found.received == 1_500
    assert found.refused_intake == 15
    assert len(year) == 1_515
    assert not stats.identities(found)


def test_every_move_is_what_the_engine_allows(agency: Agency, year: list[Log]) -> None:
    """I2, I3, I8: each log replays through `decide` with the same moves, in time order and without a gap."""
    for case, moves in year:
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
            state = advance(agency.calendar, state, move)


def test_same_seed_same_logs_and_another_seed_others(agency: Agency) -> None:
    """A run is a function of its arguments."""
    first = simulate(agency, 2021, 60, 5)
    assert first == simulate(agency, 2021, 60, 5)
    assert first != simulate(agency, 2021, 60, 6)


def test_all_moves_are_within_the_year_or_before_it(agency: Agency, year: list[Log]) -> None:
    """What is unfinished on 31 December stays open."""
    end = stats.Period.year(2021).end
    assert max(move.at for _, moves in year for move in moves) <= end
    assert report_of(agency, year).open > 0


def test_the_tail_is_heavy(year: list[Log]) -> None:
    """Domain section 8: one to three procedures bring about nine in ten dossiers."""
    first = sum(case.code in Scenario().dominant for case, _ in year)
    assert 0.8 < first / len(year) < 0.95


def test_without_misroutes_nobody_is_misrouted(agency: Agency) -> None:
    """Misroutes come from the scenario's rate; without it none is found, so the detector raises no false alarm."""
    logs = simulate(agency, 2021, 400, 1, Scenario(misroute=0.0))
    assert not any(move.action == BOUNCE for _, moves in logs for move in moves)
    assert report_of(agency, logs).misrouted == 0


def test_more_misroutes_make_more_late_dossiers(agency: Agency) -> None:
    """R124: lateness arises from hand-overs to wrong accounts; it isn't drawn."""
    few, many = (report_of(agency, simulate(agency, 2021, 600, 1, Scenario(misroute=rate))) for rate in (0.0, 0.2))
    assert many.late > few.late
    assert many.late_by_cause["misrouted_account"] > few.late_by_cause["misrouted_account"]


def test_silence_closes_by_itself(agency: Agency, year: list[Log]) -> None:
    """QLCT-04: he-thong takes the arrow, stamped with the due moment."""
    silence = agency.library.find("QLCT-04").at_due
    assert silence is not None
    closed = [(case, moves) for case, moves in year if case.code == "QLCT-04" and moves[-1].action == silence.action]
    assert closed
    for case, moves in closed:
        state = fold(agency.table(case.code, case.version, 2021), agency.calendar, moves)
        assert (state.row.kind, moves[-1].actor) == ("silence", SYSTEM)
        assert moves[-1].at == state.due


def test_every_received_dossier_has_its_receipt(year: list[Log]) -> None:
    """Online dossiers are submitted first and accepted by a one-stop account (R83)."""
    for case, moves in year:
        receipts = [move for move in moves if move.action == RECEIVE]
        assert len(receipts) == (
            0 if moves[-1].action not in VERBS and len(moves) == 2 and case.channel == "online" else 1
        )


@pytest.mark.parametrize(
    ("of", "dossiers", "error"),
    [(2021, 0, BadValue), (2017, 3, UnknownFlow), (2026, 400, CalendarUnknown), (2040, 3, CalendarUnknown)],
)
def test_what_cant_be_run_is_refused(agency: Agency, of: int, dossiers: int, error: type[Exception]) -> None:
    """R80: a year whose days off aren't announced can't be simulated; nor can one without flows or a plan."""
    with pytest.raises(error):
        simulate(agency, of, dossiers, 1)


@pytest.mark.parametrize("of", [2022, 2023, 2024, 2025])
def test_other_years_run_too(agency: Agency, of: int) -> None:
    """Tết, swapped Saturdays and all; the contest is left out of years without a plan."""
    logs = simulate(agency, of, 80, 2)
    assert report_of(agency, logs, of).received == 80
    assert not any(case.code == "CNDP-01" for case, _ in logs)


def changed(agency: Agency, **heads: dict[str, Any]) -> Agency:
    """The shipped agency with other heads in some flows, named by code with _ for -."""
    library = agency.library
    flows = tuple(flow._replace(**heads.get(flow.code.replace("-", "_"), {})) for flow in library.flows)
    by_key = {(flow.code, flow.version): flow for flow in flows}
    return Agency(replace(library, flows=flows, _by_key=by_key), agency.calendar, load_plans(library.folder))


def test_internal_processes_have_no_applicants(agency: Agency) -> None:
    """Dossiers come for procedures only; the figures hold without the others (R90)."""
    other = changed(agency, XTTM_01={"kind": "internal"})
    logs = simulate(other, 2021, 300, 1)
    assert "XTTM-01" not in {case.code for case, _ in logs}
    assert "XTTM-01" in {case.code for case, _ in simulate(agency, 2021, 300, 1)}
    found = report_of(other, logs)
    assert (found.received, stats.identities(found)) == (300, ())
    assert found.catalogue.total == sum(flow.kind == "procedure" for flow in agency.flows) - 1


def test_procedures_not_in_force_yet_have_no_dossiers(agency: Agency) -> None:
    """A procedure issued in July takes nothing away from a year that begins without it."""
    later = changed(agency, XTTM_01={"effective": date(2021, 7, 1)})
    logs = simulate(later, 2021, 300, 1)
    assert "XTTM-01" not in {case.code for case, _ in logs}
    assert report_of(later, logs).received == 300


def test_flows_that_accept_everything(agency: Agency) -> None:
    """Nobody is turned away where the flow has no arrow for it; the accepted ones stay as many as asked."""
    kind = [end._replace(kind="stopped") for end in agency.library.find("XTTM-01").ends if end.kind == "refused-intake"]
    ends = tuple(end for end in agency.library.find("XTTM-01").ends if end.kind != "refused-intake")
    open_door = changed(agency, XTTM_01={"ends": (*ends, *kind)})
    logs = simulate(open_door, 2021, 1_500, 1)
    found = report_of(open_door, logs)
    assert found.received == 1_500
    assert found.refused_intake < 15
    assert "XTTM-01" in found.by_procedure
    assert found.by_procedure["XTTM-01"].counts.refused_intake == 0


def test_draws_are_even() -> None:
    """The mixed bits are spread evenly: 64 cells, 64,000 draws, chi-square below its 99.9 % point of 103."""
    cells = [0] * 64
    for serial in range(64_000):
        cells[mix((1 << 40) ^ (serial << 12) ^ 3) & 63] += 1
    assert sum((count - 1_000) ** 2 / 1_000 for count in cells) < 103


def test_lognormal_has_its_median() -> None:
    """Half of the values lie below the median."""
    values = lognormal(10.0, 0.7)
    assert sum(value < 10.0 for value in values) == len(values) // 2
