"""A store that a simulation has filled tells by which staff and terms, and whoever reads it goes by these (R61, R92, R129)."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner
from stores import KINDS, Schemas, url_of
from walks import agency

import flowiso
from flowiso.app import Agency
from flowiso.board import board
from flowiso.cli import group
from flowiso.cli.new_store import check_new, kept_new
from flowiso.engine import Engine
from flowiso.errors import BadValue, StoreError
from flowiso.render.flow import head_facts
from flowiso.render.rows import mark
from flowiso.render.watch import as_json
from flowiso.setting import Extra, Setting, Staff
from flowiso.simulate.scenariofile import load
from flowiso.simulate.staffing import setting_of, staffed
from flowiso.store import open_store
from flowiso.store.backup import back_up, restored
from flowiso.term import Term
from flowiso.verify import verify_store
from flowiso.worktime import TZ, instant

ROOT = Path(__file__).parent.parent
FLOWS = ("--flows", str(ROOT / "flows"))
MORNING = datetime(2021, 5, 12, 8, tzinfo=TZ)
WEEK = (date(2021, 3, 1), date(2021, 3, 5))
SETTING = Setting(
    "thử",
    Staff(("mai.qltm",), (Extra("chuyen-vien", "qltm", 2), Extra("mot-cua", None, 1)), {"hung.qltm": (WEEK,)}),
    {"XTTM-01": Term(Decimal("3.5"), "wd")},
    0.7,
)
OTHER = """
base: dong-nai-2021
title: Vội
title_en: In a hurry
terms: 50%
misrouting: {rate: 10%}
supervision: {reacts: 0%}
staff:
  missing: [mai.qltm]
  more: [{role: chuyen-vien, division: qltm, count: 2}]
  leave:
    hung.qltm: [[2021-03-01, 2021-03-19]]
facts:
  - of: [terms, misrouting.rate, supervision.reacts, staff.missing, staff.more, staff.leave]
    assumed: giả thiết
    en: supposed
"""


class Lived(NamedTuple):
    """A year of a scenario in a store, with what was printed of it, and the agency that lived it."""

    url: str
    printed: dict[str, Any]
    agency: Agency

    def told(self, *words: str, code: int = 0) -> Any:
        """What a command prints of it as JSON."""
        return json.loads(run(*words, "--store", self.url, "--format", "json", code=code))


def run(*words: str, code: int = 0) -> str:
    result = CliRunner().invoke(group, [*words, *FLOWS], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result.stdout


@pytest.fixture(scope="module", params=["dong-nai-2021", "voi"])
def lived(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Lived:
    """A year of the default scenario, which sets terms, and of one that changes everything a scenario may."""
    folder = tmp_path_factory.mktemp("nam")
    (folder / "voi.yaml").write_text(OTHER, encoding="utf-8")
    name = request.param if request.param != "voi" else str(folder / "voi.yaml")
    url = url_of(folder / "nam.db")
    words = ("simulate", "--scenario", name, "--dossiers", "300", "--seed", "3", "--format", "json", "--store", url)
    return Lived(url, json.loads(run(*words)), staffed(agency(), load(name, agency())))


def test_report_is_the_simulations_own(lived: Lived) -> None:
    """R61, R92: the report of the store is what was printed of the year, and not what the folder's terms would give."""
    printed = {name: value for name, value in lived.printed.items() if name != "simulation"}
    assert printed == lived.told("report", "--year", "2021")
    with closing(open_store(lived.url, create=False)) as store:
        plain = Engine(agency(), store).stats(2021)
    assert plain.counts.no_term > printed["no_term"]


def test_verify_goes_by_the_same(lived: Lived) -> None:
    """R58: what the simulation's own agency finds is found, misroutes let through, and no error; a backup is judged alike."""
    with closing(open_store(lived.url, create=False)) as store:
        found = verify_store(lived.agency, store).findings
    assert {one.level for one in found} <= {"warning"}
    told = lived.told("verify", code=1 if found else 0)["findings"]
    assert [(one["dossier"], one["code"]) for one in told] == [(one.dossier, one.code) for one in found]
    target = lived.url.removeprefix("sqlite:///") + ".bak"
    assert lived.told("backup", "-o", target, "--verify")["verified"]["findings"] == []


def test_kept_totals_and_figures_agree(lived: Lived, tmp_path: Path) -> None:
    """R90, R110: kept totals, their recount, the dossiers behind a figure and the exported facts tell what the report tells."""
    lived.told("keep")
    figures, kept = lived.told("report", "--year", "2021"), lived.told("report", "--year", "2021", "--kept")
    names = ("early", "on_time", "late", "no_term", "resolved")
    want = {name: figures[name] for name in names}
    assert {name: kept[name] for name in names} == want
    run("report", "--recount", "--store", lived.url)
    assert lived.told("report", "--year", "2021", "--drill", "agency/late")["figure"] == figures["late"]
    lived.told("export-figures", "--to", str(tmp_path), "--as-of", "2021-12-31 23:59:59")
    nation = CliRunner().invoke(group, ["nation", str(tmp_path), "--year", "2021", "--format", "json"])
    assert {name: json.loads(nation.stdout)[name] for name in names} == want
    lived.told("keep", "--off")


def test_the_hurried_year_has_late_ones(lived: Lived) -> None:
    """What is compared above is not all noughts: under the hurried scenario dossiers are late."""
    assert lived.printed["late"] > 0 or "voi" not in lived.printed["simulation"]["scenario"]


def test_watch_goes_by_the_same(lived: Lived) -> None:
    """R92, R126: the board of a morning is that of the simulation's own agency."""
    with closing(open_store(lived.url, create=False)) as store:
        lives = Engine(lived.agency, store).lives(MORNING, running=True)
        found = board(lives, lived.agency.calendar, instant(MORNING), "all")
    words = ("watch", "--at", f"{MORNING:%Y-%m-%d %H:%M}", "--light", "all")
    told = lived.told(*words, code=0 if found.calm else 1)
    assert told == as_json(found, lived.agency.org, instant(MORNING), "vi", True)
    assert told["open"] > 0


def test_library_users_get_the_same(lived: Lived) -> None:
    """`flowiso.open` gives that agency too, by address, by store and in a host's connection; no other engine takes it over."""
    with flowiso.open(store=lived.url) as engine:
        assert engine.stats(2021).counts.late == lived.printed["late"]
        assert engine.flows.org == lived.agency.org
    with closing(open_store(lived.url, create=False)) as store:
        assert flowiso.open(store=store).flows.flows == lived.agency.flows
    with closing(sqlite3.connect(lived.url.removeprefix("sqlite:///"))) as connection:
        joined = flowiso.open(connection=connection)
        assert joined.stats(2021).counts.late == joined.within(connection).stats(2021).counts.late
        assert joined.flows.org == lived.agency.org
        with flowiso.open() as plain, pytest.raises(BadValue, match=r"flowiso\.open"):
            plain.within(connection)


def test_backups_and_exports_go_along(lived: Lived, tmp_path: Path) -> None:
    """A restored backup says the same; the exported logs satisfy the verifier that knows no FlowISO."""
    back_up(lived.url, tmp_path / "nam.bak")
    with closing(open_store(lived.url)) as store, restored(lived.url, tmp_path / "nam.bak") as copy:
        assert store.setting == copy.setting != ""
    run("export-log", "--store", lived.url, "-o", str(tmp_path / "nam.jsonl"))
    words = (sys.executable, str(ROOT / "docs" / "verify_log.py"), str(tmp_path / "nam.jsonl"))
    assert subprocess.run(words, capture_output=True, check=False).returncode == 0


def test_another_folder_is_refused(lived: Lived, tmp_path: Path) -> None:
    """Where the folder isn't the one that was simulated, it is told what it lacks."""
    folder = str(tmp_path / "khac")
    assert CliRunner().invoke(group, ["init", folder, "--example"]).exit_code == 0
    for words in (("report", "--year", "2021"), ("verify",), ("watch",), ("keep",), ("faults",)):
        result = CliRunner().invoke(group, [*words, "--store", lived.url, "--flows", folder])
        assert isinstance(result.exception, BadValue), result.output
    with pytest.raises(BadValue, match=r"XTTM-01|mai\.qltm"):
        flowiso.open(folder, lived.url)


def test_a_run_by_another_setting_is_refused(lived: Lived) -> None:
    """A second agency may be simulated into the store by the same setting, whatever its scenario is called, and by no other."""
    told = Setting.read(_setting(lived.url))
    same = Setting("tên khác", told.staff, told.deadlines, told.terms)
    check_new(lived.url, "000.00.20.H19", same)
    kept_new(lived.url, "000.00.20.H19", same, ()).close()
    for other in (Setting(), Setting("khác", told.staff, told.deadlines, 0.9)):
        with pytest.raises(BadValue, match="kho mới"):
            check_new(lived.url, "000.00.20.H19", other)
        with pytest.raises(BadValue, match="kho mới"):
            kept_new(lived.url, "000.00.20.H19", other, ())


def _setting(url: str) -> str:
    with closing(open_store(url, create=False)) as store:
        return store.setting


# --- the setting itself


def test_a_setting_is_read_as_it_was_written() -> None:
    assert Setting.read(SETTING.text()) == SETTING
    assert Setting.read(SETTING.text()).scenario == "thử"
    assert json.loads(SETTING.text())["version"] == 1
    assert Setting.read("") == Setting("chỉ tên")
    assert Setting("chỉ tên").text() == ""


def test_who_is_added_may_be_on_leave() -> None:
    """R128: new officers have names in the order in which they are added; a leave of one there isn't is refused."""
    more = (Extra("chuyen-vien", "qltm", 2), Extra("mot-cua", None, 1))
    org = Setting("thêm", Staff(more=more, leave={"them3.vp": (WEEK,)})).org(agency().org)
    assert org.accounts["them3.vp"].leave == (WEEK,)
    assert org.accounts["them2.qltm"].leave == ()
    with pytest.raises(BadValue, match=r"tài khoản them3\.qltm"):
        Setting("thêm", Staff(more=more, leave={"them3.qltm": (WEEK,)})).org(agency().org)


def test_every_shipped_scenario_can_be_told() -> None:
    """What any of them changes comes back as it was."""
    for file in sorted((ROOT / "flows" / "_scenarios").glob("*.yaml")):
        setting = setting_of(load(file.stem, agency()))
        assert Setting.read(setting.text()) == setting


def _with(*path: str | int, value: object) -> str:
    """The text of the setting, canonical, with one value otherwise."""
    told = json.loads(SETTING.text())
    place = told
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "[]",
        "{}",
        "null",
        "[" * 100_000,
        SETTING.text() + " ",
        SETTING.text().replace('"version":1', '"version":1,"version":1'),
        _with("more", value=1),
        _with("staff", "x", value=[]),
        _with("version", value=0),
        _with("version", value=True),
        _with("version", value="1"),
        _with("terms", value=1e9),
        _with("terms", value=0),
        _with("terms", value=True),
        _with("terms", value="0.7"),
        _with("terms", value=float("nan")),
        _with("scenario", value=7),
        _with("deadlines", "XTTM-01", value="3 ngày"),
        _with("deadlines", "XTTM-01", value="3.50wd"),
        _with("deadlines", value=[]),
        _with("staff", "missing", value="mai.qltm"),
        _with("staff", "missing", value=[None]),
        _with("staff", "more", 0, "count", value=10**9),
        _with("staff", "more", 0, "count", value=1.5),
        _with("staff", "more", 0, "role", value=[]),
        _with("staff", "more", 0, "division", value=7),
        _with("staff", "leave", "hung.qltm", value=[["2021-03-01"]]),
        _with("staff", "leave", "hung.qltm", value=[["20210301", "20210305"]]),
    ],
)
def test_what_nobody_wrote_is_no_setting(text: str) -> None:
    """Its schema is closed: whatever isn't just as it is written is told as damage."""
    with pytest.raises(StoreError, match="hỏng"):
        Setting.read(text)


def test_a_newer_setting_asks_for_an_upgrade() -> None:
    with pytest.raises(StoreError, match="mới hơn"):
        Setting.read(_with("version", value=2))


@pytest.mark.parametrize(
    ("setting", "lacks"),
    [
        (Setting("thử", deadlines={"XTTM-99": Term(Decimal(3), "wd")}), "thủ tục XTTM-99"),
        (Setting("thử", Staff(missing=("ai.do",))), "tài khoản ai.do"),
        (Setting("thử", Staff(leave={"ai.do": (WEEK,)})), "tài khoản ai.do"),
        (Setting("thử", Staff(more=(Extra("vua", None, 1),))), "vai trò vua"),
        (Setting("thử", Staff(more=(Extra("chuyen-vien", "xa", 1),))), "phòng xa"),
    ],
)
def test_what_the_agency_lacks_is_named(setting: Setting, lacks: str) -> None:
    with pytest.raises(BadValue, match=f"kịch bản 'thử' nói đến {lacks}"):
        agency().under(setting)


def test_a_term_of_a_scenario_is_no_law() -> None:
    """R61: a procedure that was given a term has no more a reason for none; whatever the scenario sets is marked as assumed."""
    ours = agency()
    given = {flow.code: flow for flow in Setting("thử", deadlines=SETTING.deadlines).flows(ours.flows)}
    assert given["XTTM-01"].no_deadline_reason is None
    assert next(flow for flow in ours.flows if flow.code == "XTTM-01").no_deadline_reason
    said = {
        fact: (value, mark(given["XTTM-01"], fact)) for _, value, fact in head_facts(given["XTTM-01"], ours.org, "vi")
    }
    assert said["deadline"] == ("3,5 ngày làm việc", " ▲")
    assert "no_deadline_reason" not in said
    assert str(given["XTTM-01"].steps[0].within) == "7wh"
    read = next(flow for flow in ours.flows if flow.deadline and not mark(flow, "deadline"))
    assert given[read.code] == read
    faster = next(flow for flow in SETTING.flows(ours.flows) if flow.code == read.code)
    assert [fact for fact in ("deadline", f"time.{faster.steps[0].id}") if not mark(faster, fact, "times")] == []


# --- in every kind of store


@pytest.fixture(params=KINDS[1:])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty store of each kind that stays."""
    if request.param == "sqlite":
        return url_of(tmp_path / "kho một cửa.db")
    schemas: Callable[[str], Schemas] = request.getfixturevalue("schemas")
    return schemas(request.param).fresh()


def test_every_store_keeps_its_setting(url: str) -> None:
    """It is set once, with the kind: who opens the store with another finds the first."""
    for given in (SETTING.text(), Setting("khác", terms=0.5).text(), ""):
        with closing(open_store(url, "simulated", setting=given)) as store:
            assert (store.kind, store.setting) == ("simulated", SETTING.text())
    with closing(open_store(url, create=False, read_only=True)) as store:
        assert agency().of_store(store) is agency().under(SETTING)


def test_real_dossiers_have_none(url: str) -> None:
    """R129: a store that is both is damaged, and nobody counts real dossiers by assumed terms."""
    with closing(open_store(url)) as store:
        assert (store.kind, store.setting) == ("live", "")
        assert agency().of_store(store) is agency()
        store._link.write(lambda cursor: cursor.execute(store._sql.put_meta, ("setting", SETTING.text())))  # type: ignore[attr-defined]
    with pytest.raises(StoreError, match="hỏng: giữ hồ sơ thật"):
        open_store(url)


def test_a_store_in_memory_has_one_too() -> None:
    with closing(open_store("memory:", "simulated", setting=SETTING.text())) as store:
        assert flowiso.open(store=store).flows.org == SETTING.org(agency().org)
