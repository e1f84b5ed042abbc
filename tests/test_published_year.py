"""The published year of the domain's section 8, lived to the dossier by `--exact` and reproduced figure by figure."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from flowiso.app import Agency
from flowiso.cli import group
from flowiso.engine import Engine
from flowiso.errors import BadValue
from flowiso.simulate import Run, Scenario
from flowiso.simulate.exact import as_lived, prove, reproduced
from flowiso.simulate.exactyear import apportioned
from flowiso.simulate.scenario import Arrivals, Exact, Work
from flowiso.simulate.scenariofile import load
from flowiso.store import open_store

ROOT = Path(__file__).parent.parent
REPORT = ROOT / "tests/data/report_dong_nai_2021.txt"
NAME = "dong-nai-2021"


class Told(NamedTuple):
    """The store of the published year, what the simulation printed of it, and what a report and a comparison say."""

    store: str
    simulated: dict[str, Any]
    report: dict[str, Any]
    against: dict[str, Any]


def run(*words: str, flows: Path = ROOT / "flows") -> Result:
    return CliRunner().invoke(group, [*words, "--flows", str(flows)], catch_exceptions=False)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """The commands of docs/simulate.md and docs/against.md."""
    store = f"sqlite:///{tmp_path_factory.mktemp('dung') / 'dung-2021.db'}"
    simulated = run("simulate", "--scenario", NAME, "--exact", "--store", store, "--format", "json")
    asked = ("report", "--year", "2021", "--store", store, "--format", "json")
    report, against = run(*asked), run(*asked, "--against", str(REPORT))
    assert [one.exit_code for one in (simulated, report, against)] == [0, 0, 1]
    return Told(store, *(json.loads(one.stdout) for one in (simulated, report, against)))


def test_report_has_the_minimal_data_set(told: Told) -> None:
    """116 procedures (23 of level 3, 93 of level 4), 15 fields, 4 interconnected; 46 with dossiers; 13,641 received, 13,468 of
    them online, all resolved, 4 late and each for a wrong hand-over; nothing carried over, open, refused or withdrawn."""
    procedures = {"total": 116, "fields": 15, "level_3": 23, "level_4": 93, "interconnected": 4, "with_dossiers": 46}
    assert told.report["procedures"].items() >= procedures.items()
    counts = {"total": 13_641, "received": 13_641, "resolved": 13_641, "online": 13_468, "in_time": 13_637, "late": 4}
    nothing = ("carried_over", "open", "refused_intake", "withdrawn", "stopped", "closed_overdue", "suspected")
    assert told.report.items() >= (counts | dict.fromkeys(nothing, 0)).items()
    assert {cause for cause, count in told.report["late_by_cause"].items() if count} == {"misrouted_account"}
    assert told.report["late_by_cause"]["misrouted_account"] == told.report["misrouted"] == 4
    assert told.report["simulated"] is True


def test_store_says_what_the_simulation_said(told: Told) -> None:
    """The report printed by the simulation is that of the store; of every late dossier a head had been warned."""
    figures = told.report.keys() - {"digest"}
    assert {name: told.simulated[name] for name in figures} == {name: told.report[name] for name in figures}
    simulation = told.simulated["simulation"]
    assert simulation["scenario"] == f"{NAME} --exact"
    assert simulation["published_late"] == 4


@pytest.mark.parametrize(
    ("line", "theirs", "ours", "basis"),
    [
        (21, "116", "116", "computed"),
        (21, "15", "15", "computed"),
        (23, "6/6", "6/6", "declared"),
        (51, "116", "116", "computed"),
        (63, "100%", "100,00%", "declared"),
        (63, "6/6", "6/6", "declared"),
        (91, "116", "116", "computed"),
        (91, "23/116", "23/116", "computed"),
        (91, "93/116", "93/116", "computed"),
        (93, "04/116", "4/116", "computed"),
        (95, "13.468 hồ sơ/13.641", "13.468/13.641", "computed"),
        (95, "98,73%", "98,73%", "computed"),
        (97, "42/46", "42/46", "declared"),
        (97, "91,3%", "91,30%", "declared"),
        (99, "13.641", "13.641", "computed"),
        (101, "13.637", "13.637", "computed"),
        (103, "99.97 %", "99,97%", "computed"),
        (105, "04", "4", "computed"),
        (107, "0,03%", "0,03%", "computed"),
        (107, "04", "4", "computed"),
    ],
)
def test_published_figure_is_reproduced(told: Told, line: int, theirs: str, ours: str, basis: str) -> None:
    """Each figure of the report as it stands there, ours as it should be written (R111), computed or declared."""
    (row,) = [one for one in told.against["figures"] if (one["line"], one["theirs"]) == (line, theirs)]
    assert (row["verdict"], row["ours"], row["basis"]) == ("reproduced", ours, basis)


def test_nothing_is_contradicted(told: Told) -> None:
    """What isn't reproduced, no log and no declaration tells: an aim, and two numbers that count no dossiers; the odd 91,3 is
    told how it should be written."""
    verdicts = [(one["line"], one["verdict"]) for one in told.against["figures"]]
    assert [line for line, verdict in verdicts if verdict != "reproduced"] == [39, 117, 117]
    assert {verdict for _, verdict in verdicts} == {"reproduced", "not_derivable"}
    remarks = [one["remark"] for one in told.against["figures"] if one["remark"]]
    assert remarks == ["nên ghi 91,30% (R111)"]


@pytest.mark.parametrize(
    ("oddity", "line", "code"),
    [
        (7, 107, "REP108"),
        (8, 99, "REP301"),
        (10, 97, "REP106"),
        (10, 97, "REP203"),
        (12, 111, "REP201"),
        (13, 103, "REP204"),
        (14, 89, "REP302"),
        (15, 109, "REP303"),
    ],
)
def test_oddity_is_found(told: Told, oddity: int, line: int, code: str) -> None:
    """The oddities of section 8 by number: 0,03 only by rounding; nothing open; one decimal, of 46 procedures; 100 % of nothing;
    dot and comma; early not given; a cause without a count."""
    assert (line, code) in [(one["line"], one["code"]) for one in told.against["findings"]], oddity


def test_log_is_one_the_engine_wrote(told: Told) -> None:
    """Nothing to be found in the whole store, not even as information: who got a dossier by mistake might have held it (R121)."""
    result = run("verify", "--store", told.store, "--level", "info", "--format", "json")
    assert result.exit_code == 0, result.output


def test_assumptions_are_those_of_the_exact_year(told: Told) -> None:
    """Published numbers are said to be read, with their words, and nobody is told of refusals there were none of."""
    rows = {one["path"]: one for one in told.simulated["simulation"]["assumptions"]}
    published = {
        "arrivals.dossiers": "13641", "arrivals.online": "13468", "arrivals.active": "46", "misrouting.rate": "4",
    }  # fmt: skip
    assert {path: rows[path]["value"] for path in published} == published
    assert {rows[path]["basis"] for path in published} == {"read"}
    assert all(rows[path]["title"].startswith("công bố: ") for path in published)
    assert {rows[path]["value"] for path in ("arrivals.refused", "work.forgotten", "arrows.withdraw")} == {"0%"}
    lived = as_lived(load(NAME, Agency.load()))
    assert (lived.arrivals.refused, lived.work.forgotten, lived.supervision.reacts) == (0, 0, 0)
    assert "withdraw" not in lived.arrows


# --- other figures, of another agency


@pytest.fixture(scope="module")
def office(one_flow: Path) -> Agency:
    """An agency of one procedure."""
    return Agency.load(one_flow)


def lived(office: Agency, exact: Exact, seed: int = 1, **parts: Any) -> Run:
    arrows = {"supplement": 0.2, "withdraw": 0.2, "refuse": 0.2, "fee": 0.5}
    return reproduced(office, Scenario(name="thu", exact=exact, arrows=arrows, **parts), seed)


FIGURES = (
    Exact(1, 0, 0, 1),
    Exact(1, 1, 1, 1),
    Exact(5, 2, 5, 1),
    Exact(60, 60, 0, 1),
    Exact(60, 31, 7, 1),
    Exact(200, 1, 60, 1),
)


@pytest.mark.parametrize("exact", FIGURES, ids=lambda exact: "-".join(map(str, exact_of(exact))))
def test_any_figures_come_out(office: Agency, exact: Exact) -> None:
    """Any agency's own figures, small and odd ones too; in a store, the report and the notes say so; dossiers come one by one."""
    logs = lived(office, exact).logs
    kept = open_store("memory:", "simulated")
    kept.create_many(logs)
    report = Engine(office, kept).stats(2021)
    assert (report.counts.received, report.counts.online, report.counts.late) == exact_of(exact)[:3]
    assert (report.counts.resolved, report.counts.withdrawn, report.counts.misrouted) == (exact.received, 0, exact.late)
    assert report.catalogue.with_dossiers == exact.with_dossiers
    assert all(one[1][0].at <= other[1][0].at for one, other in pairwise(logs))
    assert all(before.at <= after.at for _, moves in logs for before, after in pairwise(moves))


def exact_of(exact: Exact) -> tuple[int, int, int, int]:
    return exact.received, exact.online, exact.late, exact.with_dossiers


def test_same_seed_same_log(office: Agency) -> None:
    """And another seed another one."""
    exact = Exact(60, 40, 5, 1)
    one, same, other = (lived(office, exact, seed).logs for seed in (1, 1, 2))
    assert repr(one) == repr(same)
    assert repr(one) != repr(other)


@pytest.mark.parametrize(
    ("exact", "parts", "said"),
    [
        (None, {}, "không có mục 'exact'"),
        (Exact(60, 30, 5, 2), {}, "chỉ 1 thủ tục nhận hồ sơ"),
        (Exact(60, 60, 60, 1), {}, "hồ sơ trễ hạn còn thiếu"),
        (Exact(60, 30, 0, 1), {"work": Work(effort_other=50_000.0)}, "LTHH-13"),
    ],
    ids=["nothing published", "too many procedures", "too many late", "too much work"],
)
def test_what_is_out_of_reach_is_said(office: Agency, exact: Exact, parts: dict[str, Any], said: str) -> None:
    """Figures are reached or refused, with what is in the way, and never bent."""
    with pytest.raises(BadValue, match=said):
        lived(office, exact, arrivals=Arrivals(), **parts)


def test_logs_are_counted_once_more(office: Agency) -> None:
    """What the logs come to by the report's own rules is held against the figures, each that differs being named."""
    exact = Exact(60, 40, 5, 1)
    scenario, run = Scenario(name="thu", exact=exact), lived(office, exact)
    prove(office, scenario, exact, run)
    with pytest.raises(BadValue, match="late 5 ≠ 4, misrouted_account 5 ≠ 4; chưa ghi gì"):
        prove(office, scenario, Exact(60, 40, 4, 1), run)
    with pytest.raises(BadValue, match=r"received 59 ≠ 60, online .*, resolved 59 ≠ 60"):
        prove(office, scenario, exact, run._replace(logs=run.logs[1:]))


@pytest.fixture
def told_by_file(tmp_path: Path) -> Path:
    """A scenario that can't be reached: more procedures than take dossiers."""
    file = tmp_path / "thu.yaml"
    file.write_text(
        "title: Thử\narrivals: {shares: {LTHH-13: 0}}\nexact: {received: 9, online: 9, late: 0, with_dossiers: 1}\n",
        encoding="utf-8",
    )
    return file


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "không có lưu đồ nào"),
        (("--dossiers", "5"), "--dossiers"),
        (("--year", "2022"), "--year"),
        (("--replications", "2"), "--replications"),
    ],
)
def test_command_writes_nothing_it_can_not_reach(
    one_flow: Path, told_by_file: Path, words: tuple[str, ...], said: str
) -> None:
    """One year, as published, or none: no store is left behind."""
    kept = told_by_file.parent / "x.db"
    asked = ("simulate", "--scenario", str(told_by_file), "--exact", *words)
    store = () if "--replications" in words else ("--store", f"sqlite:///{kept}")
    with pytest.raises(BadValue, match=said):
        run(*asked, *store, flows=one_flow)
    assert not kept.exists()


@settings(max_examples=200)
@given(st.lists(st.floats(0.001, 1000), min_size=1, max_size=50), st.integers(0, 5000))
def test_shares_are_whole_and_come_to_the_total(weights: list[float], more: int) -> None:
    """Hamilton's method: one each, above that nobody is a whole dossier away from his share (quota rule)."""
    total = len(weights) + more
    counts = apportioned(total, weights)
    assert sum(counts) == total
    whole = sum(weights)
    for weight, count in zip(weights, counts, strict=True):
        assert count >= 1
        assert abs(count - 1 - more * weight / whole) < 1 + 1e-6
