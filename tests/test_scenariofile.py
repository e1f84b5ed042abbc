"""Scenario files: the shipped ones are clean, every fault is told with file and line, one builds on another, grounds are kept."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import fields
from datetime import date
from decimal import Decimal
from pathlib import Path
from time import process_time
from typing import Any, get_args

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from test_flowfile import HOSTILE
from test_hostile import MORE
from walks import agency

from flowiso.app import Agency
from flowiso.cli import group
from flowiso.errors import BadValue, FlowFileError
from flowiso.library import bundled
from flowiso.model import ArrowKind, Finding
from flowiso.setting import Extra, Staff
from flowiso.simulate import scenario as parts
from flowiso.simulate import simulate
from flowiso.simulate.scenario import Ground, Scenario
from flowiso.simulate.scenariochecks import KINDS, YEAR
from flowiso.simulate.scenariofile import NO_GROUND, faults, load, names, read
from flowiso.simulate.scenariokeys import CODES, HEAD, SECTIONS, TITLES
from flowiso.simulate.staffing import staffed
from flowiso.term import Term
from flowiso.yamlfile import MAX_FINDINGS

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/scenario.md").read_text(encoding="utf-8")
SHIPPED = sorted(file.stem for file in (bundled() / "_scenarios").glob("*.yaml"))
HEAD_LINE = "title: Thử\n"


def written(folder: Path, text: str | bytes, name: str = "thu") -> Path:
    """A scenario file."""
    file = folder / f"{name}.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def found(folder: Path, text: str | bytes) -> tuple[Scenario, list[Finding]]:
    return read(str(written(folder, text)), agency())


def sound(folder: Path, text: str) -> Scenario:
    """The scenario of a text that must be clean."""
    scenario, findings = found(folder, HEAD_LINE + text)
    assert not findings
    return scenario


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """The shipped agency with a folder of scenarios of its own, one of them wrong."""
    shutil.copytree(bundled(), tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("_scenarios", "_stories"))
    (tmp_path / "_scenarios").mkdir()
    written(tmp_path / "_scenarios", "title: Sai\nmisrouting: {rate: 2}\n", "sai")
    written(tmp_path / "_scenarios", "title: Đúng\nbase: dong-nai-2021\n", "dung")
    return tmp_path


# --- the shipped ones


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_scenario_reads_clean_and_says_where_each_number_comes_from(name: str) -> None:
    """Nobody has to guess where a number of a result comes from."""
    scenario, findings = read(name, agency())
    assert not findings
    assert scenario.name == name
    assert scenario.title.vi != scenario.title.en
    assert scenario.grounds
    for ground in (*scenario.grounds, *(scenario.exact.grounds if scenario.exact else ())):
        assert ground.why != NO_GROUND, ground.path
        assert ground.why.vi != ground.why.en, ground.path
        assert ground.value, ground.path


def test_base_scenario_is_the_published_year() -> None:
    """Section 8 of the domain: 13,641 dossiers of 46 procedures, 98.73 % online; every dossier has a verdict."""
    scenario = load("dong-nai-2021", agency())
    assert (scenario.year, scenario.arrivals.dossiers, scenario.arrivals.active) == (2021, 13_641, 46)
    assert scenario.arrivals.online == 0.9873
    assert 0.85 <= sum(scenario.arrivals.shares.values()) <= 0.95
    assert 1 <= len(scenario.arrivals.shares) <= 3
    undated = {flow.code for flow in agency().flows if flow.kind == "procedure" and flow.deadline is None}
    assert undated - {"CNDP-01"} == set(scenario.deadlines)  # that one runs by the milestones of a plan
    bases = {ground.path: ground.basis for ground in scenario.grounds}
    read_off = {"year", "arrivals.dossiers", "arrivals.active", "arrivals.online"}
    assert {path for path, basis in bases.items() if basis == "read"} == read_off
    assert "misrouting.rate" in {path for path, basis in bases.items() if basis == "calibrated"}


def test_base_scenario_says_every_number_itself() -> None:
    """A default nobody sees is an assumption nobody sees."""
    scenario = load("dong-nai-2021", agency())
    assert scenario.exact
    said = {ground.path for ground in (*scenario.grounds, *scenario.exact.grounds)}
    optional = {"work.pace", "staff.missing", "staff.more", "staff.leave"}
    wanted = {f"{section}.{key}" for section, keys in SECTIONS.items() for key in keys} - optional
    for path in wanted | {"year", "arrows", "deadlines", "terms"}:
        assert any(one == path or one.startswith(f"{path}.") for one in said), path


@pytest.mark.no_cover
@pytest.mark.parametrize("seed", [1, 2])
def test_year_of_the_base_is_like_the_published_one(seed: int) -> None:
    """13,641 of 46 procedures, few late and for the causes the report names; nobody overworked, nobody to blame for all."""
    outcome = simulate(agency(), load("dong-nai-2021", agency()), seed, keep=False).outcome
    assert (outcome.received, outcome.procedures) == (13_641, 46)
    assert outcome.online == pytest.approx(13_468, abs=60)  # 4.5 standard deviations
    assert outcome.late <= 12
    assert all(late.misrouted or late.warned for late in outcome.lates)
    assert max(desk.busy / desk.at_hand for desk in outcome.desks.values() if desk.at_hand) < 0.85
    late_steps = [desk.late for desk in outcome.desks.values()]
    assert max(late_steps) <= 0.4 * sum(late_steps)


@pytest.mark.parametrize("name", [name for name in SHIPPED if name != "dong-nai-2021"])
def test_variant_changes_one_thing(name: str) -> None:
    """What differs from the base is one part of it, and it is said to be supposed; nothing was published of it."""
    base, variant = load("dong-nai-2021", agency()), load(name, agency())
    assert variant.exact is None
    plain = {"name", "title", "exact", "grounds"}
    differ = [one.name for one in fields(Scenario) if getattr(base, one.name) != getattr(variant, one.name)]
    assert len(set(differ) - plain) == 1
    before = {ground.path: ground for ground in base.grounds}
    changed = [ground for ground in variant.grounds if before.get(ground.path) != ground]
    assert changed
    assert {ground.basis for ground in changed} == {"assumed"}


def test_variants_are_what_their_names_say() -> None:
    """The questions heads of division ask (users.md)."""
    base = load("dong-nai-2021", agency())
    of = {name: load(name, agency()) for name in SHIPPED}
    assert len(of["bot-mot-can-bo"].staff.missing) == 1
    assert len(of["bot-hai-can-bo"].staff.missing) == 2
    assert of["khong-chuyen-nham"].misrouting.rate == 0
    assert of["chuyen-nham-gap-ba"].misrouting.rate == pytest.approx(3 * base.misrouting.rate)
    assert of["phat-hien-nua-ngay"].misrouting.noticed == 4
    assert of["theo-han-tra"].work.queue == "due"
    assert of["lanh-dao-luon-xu-ly"].supervision.reacts == 1
    assert of["lanh-dao-khong-xu-ly"].supervision.reacts == 0
    assert of["rut-ngan-thoi-han"].terms == 0.7


def test_week_of_leave_leaves_somebody_in_every_role_that_has_two() -> None:
    """Everybody of the agency's own is away five days of July, and never all who share a role and a division (R127)."""
    leave = load("nghi-them-thang-bay", agency()).staff.leave
    org = agency().org
    own = [
        account for account in org.accounts.values() if any(org.roles[role].party == "agency" for role in account.roles)
    ]
    assert leave.keys() == {account.id for account in own}
    groups: dict[Any, list[str]] = {}
    for account in own:
        groups.setdefault((account.roles - {"don-vi"}, account.division), []).append(account.id)
    for group_ in groups.values():
        weeks = {leave[name] for name in group_}
        assert all(first.month == last.month == 7 and (last - first).days == 4 for ((first, last),) in weeks)
        assert len(weeks) > 1 or len(group_) == 1


# --- what a file says


def test_all_keys_arrive_where_they_belong(tmp_path: Path) -> None:
    """Each part as written, with its unit."""
    scenario = sound(
        tmp_path,
        "title_en: Trial\nyear: 2022\n"
        "arrivals: {dossiers: 900, active: 10, shares: {XTTM-03: 60%, DIEN-01: 0.1}, tail: 1.5, online: 90%, postal: 0,"
        " refused: 2%, weekdays: {mon: 2}, months: {12: 3}}\n"
        "work: {queue: due, dwell: 30%, dwell_most: 0.9, untimed: 2wh, effort: {mot-cua: 10min, DIEN-01/tiep-nhan: 7.5min},"
        " pace: {lan.vp: 150%}, forgotten: 0.1%, recalled: 16wh}\n"
        "outside: {partner: 1.2, partner_slow: 5%, slow_times: 4, applicant: 8wh}\n"
        "misrouting: {rate: 1%, lawful: 0%, noticed: 6wh}\n"
        "supervision: {reacts: 75%, within: 2wh, warned_before: 4wh, repeated: 8wh}\n"
        "staff: {missing: [dung.qltm], more: [{role: mot-cua, count: 2}, {role: chuyen-vien, division: ktnl, count: 1}],"
        " leave: {lan.vp: [[2022-07-04, 2022-07-08], [2022-08-01, 2022-08-01]]}}\n"
        "arrows: {supplement: 5%}\ndeadlines: {XTTM-01: 3wd}\nterms: 70%\n"
        "exact: {received: 90, online: 80, late: 3, with_dossiers: 9}\n",
    )
    assert scenario == Scenario(
        name="thu",
        title=scenario.title,
        year=2022,
        arrivals=parts.Arrivals(
            dossiers=900, active=10, shares={"XTTM-03": 0.6, "DIEN-01": 0.1}, tail=1.5, online=0.9, postal=0.0,
            refused=0.02, weekdays=(2.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0), months=(*[1.0] * 11, 3.0),
        ),
        work=parts.Work(
            queue="due", dwell=0.3, dwell_most=0.9, untimed=2.0, effort={"mot-cua": 10.0, "DIEN-01/tiep-nhan": 7.5},
            pace={"lan.vp": 1.5}, forgotten=0.001, recalled=16.0,
        ),
        outside=parts.Outside(partner=1.2, partner_slow=0.05, slow_times=4.0, applicant=8.0),
        misrouting=parts.Misrouting(rate=0.01, lawful=0.0, noticed=6.0),
        supervision=parts.Supervision(reacts=0.75, within=2.0, warned_before=4.0, repeated=8.0),
        staff=Staff(
            missing=("dung.qltm",),
            more=(Extra("mot-cua", None, 2), Extra("chuyen-vien", "ktnl", 1)),
            leave={"lan.vp": ((date(2022, 7, 4), date(2022, 7, 8)), (date(2022, 8, 1), date(2022, 8, 1)))},
        ),
        arrows={"supplement": 0.05},
        deadlines={"XTTM-01": Term(Decimal(3), "wd")},
        terms=0.7,
        exact=parts.Exact(90, 80, 3, 9, scenario.exact.grounds if scenario.exact else ()),
        grounds=scenario.grounds,
    )  # fmt: skip
    assert scenario.title == ("Thử", "Trial")


def test_keys_are_the_fields_of_the_scenario() -> None:
    """A part of a scenario that no file can say, or the other way round, would be a lie."""
    for section, keys in SECTIONS.items():
        names = [one.name for one in fields(getattr(parts, section.capitalize()))]
        assert list(keys) == [name for name in names if name != "grounds"]
    assert {one.name for one in fields(Scenario)} - {"name", "grounds"} == HEAD.keys() - {"base", "title_en", "facts"}
    assert set(KINDS) == set(get_args(ArrowKind)) - {"timer"}
    assert Scenario().year == YEAR


def test_every_number_has_a_title_of_its_own_in_both_languages() -> None:
    """What is printed of a scenario names its numbers, never the keys of its file."""
    paths = {f"{section}.{key}" for section, keys in SECTIONS.items() for key in keys}
    assert TITLES.keys() == paths | {"year", "arrows", "deadlines", "terms"}
    for lang in ("vi", "en"):
        assert len({title.to(lang) for title in TITLES.values()}) == len(TITLES)
    assert not [path for path, title in TITLES.items() if title.vi == title.en or "_" in title.vi + title.en]


def test_page_says_how_each_number_is_printed() -> None:
    """Who reads a title finds the key there."""
    for path, title in TITLES.items():
        assert re.search(rf"^\| `{path.rpartition('.')[2]}` \| .* \| {re.escape(title.vi)} \|$", PAGE, re.MULTILINE), (
            path
        )


def test_page_gives_the_defaults_as_a_file_would(tmp_path: Path) -> None:
    """docs/scenario.md has a row for every key, and its column of defaults, read as a file, is `Scenario()`."""
    text, headings = [], {"The head": HEAD, **SECTIONS}
    for part in PAGE.split("\n## "):
        name = part.partition("\n")[0].partition(":")[0].strip("`")
        keys = re.findall(r"^\| `(\w+)` \| (?:`([^`]*)` )?\|", part, re.MULTILINE) if name in headings else []
        assert {key for key, _ in keys} == {key for key in headings.pop(name, ()) if key not in SECTIONS}, name
        indent = "  " if name in SECTIONS else ""
        defaults = [f"{indent}{key}: {default}\n" for key, default in keys if default]
        text += [f"{name}:\n", *defaults] if indent and defaults else defaults
    assert not headings
    scenario = sound(tmp_path, "".join(text))
    assert scenario == Scenario(name="thu", title=scenario.title, grounds=scenario.grounds)


def test_page_names_every_code_and_shipped_scenario() -> None:
    """The table of findings and the table of scenarios are complete."""
    assert dict(re.findall(r"^\| (SCN\d+) \| ([\w-]+) \|", PAGE, re.MULTILINE)) == CODES
    shown = PAGE.partition("## The shipped scenarios")[2]
    assert sorted(re.findall(r"^\| `([\w-]+)` \|", shown, re.MULTILINE)) == SHIPPED


def test_page_shows_a_scenario_that_reads_clean(tmp_path: Path) -> None:
    """The example at its head."""
    (block,) = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    scenario, findings = found(tmp_path, block)
    assert not findings
    assert [extra.division for extra in scenario.staff.more] == ["qltm", "ktnl", "qlcn"]


# --- one builds on another


def test_variant_changes_single_values_and_keeps_the_rest(tmp_path: Path) -> None:
    """Also inside a mapping; a list is replaced; a chain of three holds."""
    base = (
        "title: Gốc\nwork: {effort: {mot-cua: 8min, van-thu-so: 4min}, untimed: 2wh}\nstaff: {missing: [dung.qltm]}\n"
    )
    written(tmp_path, base, "goc")
    written(tmp_path, "base: goc\ntitle: Giữa\nwork: {effort: {mot-cua: 9min}}\narrows: {fee: 10%}\n", "giua")
    scenario = sound(tmp_path, "base: giua\nstaff: {missing: []}\narrows: {fee: 20%}\n")
    assert scenario.work.effort == {"mot-cua": 9.0, "van-thu-so": 4.0}
    assert scenario.work.untimed == 2.0
    assert scenario.staff.missing == ()
    assert scenario.arrows == {"fee": 0.2}
    assert scenario.title.vi == "Thử"


def test_base_is_looked_for_beside_the_file_first_then_with_the_agency(tmp_path: Path) -> None:
    """A name of one's own hides a shipped one; a shipped one is there for everybody."""
    assert sound(tmp_path, "base: dong-nai-2021\n").arrivals.active == 46
    written(tmp_path, "title: Khác\narrivals: {active: 3}\n", "dong-nai-2021")
    assert sound(tmp_path, "base: dong-nai-2021\n").arrivals.active == 3


def test_fault_of_a_base_is_told_with_the_file_of_the_base(tmp_path: Path) -> None:
    """Where to mend it, and how the two differ."""
    written(tmp_path, "title: Gốc\nmisrouting: {rate: 2}\narrows: {nham: 1%}\n", "goc")
    _, findings = found(tmp_path, HEAD_LINE + "base: goc\n")
    assert [(Path(one.file or "").name, one.line, one.code) for one in findings] == [
        ("goc.yaml", 2, "SCN201"),
        ("goc.yaml", 3, "SCN106"),
    ]


@pytest.mark.parametrize(
    ("text", "code", "line", "said"),
    [
        ("arrivals: {shares: {CNDP-01: 50%}}\n", "SCN202", 3, "140%, quá 100%, kể cả phần của kịch bản gốc"),
        ("\n\narrows: {repair: 99%}\n", "SCN202", 5, "kể cả phần của kịch bản gốc"),
        ("work: {dwell_most: 20%}\n", "SCN206", 3, "dwell_most"),
        ("arrivals: {active: 2}\n", "SCN205", 3, "'shares' nêu 3"),
    ],
)
def test_what_does_not_go_with_the_base_is_told_where_it_can_be_mended(
    tmp_path: Path, text: str, code: str, line: int, said: str
) -> None:
    """In the file that builds on the shipped one, which stays as it is."""
    _, findings = found(tmp_path, HEAD_LINE + "base: dong-nai-2021\n" + text)
    assert [(Path(one.file or "").name, one.line, one.code) for one in findings] == [("thu.yaml", line, code)], findings
    assert said in findings[0].message.vi


# --- where the numbers come from


def test_ground_is_the_one_that_names_the_most_of_the_path(tmp_path: Path) -> None:
    """A whole section, a mapping, or one entry of it; in both languages, in Vietnamese alone where no English is given."""
    text = (
        "work: {untimed: 2wh, effort: {mot-cua: 8min, van-thu-so: 4min}}\nmisrouting: {rate: 1%}\n"
        "facts:\n"
        "  - {of: [work], assumed: chung}\n"
        "  - {of: [work.effort.mot-cua], read: sổ, en: the register}\n"
        "  - {of: [work.effort], calibrated: theo 2021}\n"
    )
    effort = TITLES["work.effort"]
    assert sound(tmp_path, text).grounds == (
        Ground("work.untimed", "assumed", parts.Text("chung", "chung"), "2wh", TITLES["work.untimed"]),
        Ground("work.effort.mot-cua", "read", parts.Text("sổ", "the register"), "8min", effort, "mot-cua"),
        Ground(
            "work.effort.van-thu-so", "calibrated", parts.Text("theo 2021", "theo 2021"), "4min", effort, "van-thu-so"
        ),
        Ground("misrouting.rate", "assumed", NO_GROUND, "1%", TITLES["misrouting.rate"]),
    )


def test_overridden_number_loses_the_ground_of_the_base(tmp_path: Path) -> None:
    """What was read about another value says nothing about this one; a variant may speak of what its base says."""
    facts = "facts:\n  - {of: [misrouting], read: báo cáo}\n"
    written(tmp_path, f"title: Gốc\nmisrouting: {{rate: 1%, lawful: 10%, noticed: 3wh}}\n{facts}", "goc")
    more = "facts:\n  - {of: [misrouting.lawful], assumed: nay nghĩ khác}\n"
    grounds = {one.path: one for one in sound(tmp_path, f"base: goc\nmisrouting: {{rate: 2%}}\n{more}").grounds}
    assert grounds["misrouting.rate"].why == NO_GROUND
    assert grounds["misrouting.noticed"].basis == "read"
    assert grounds["misrouting.lawful"].why.vi == "nay nghĩ khác"


# --- what is wrong

WRONG = {
    "unknown base": ("base: dong-nai-2012\n", "SCN001", 2, "có phải 'dong-nai-2021'?"),
    "base itself": ("base: thu\n", "SCN002", 2, "vòng"),
    "fact of nothing": ("misrouting: {rate: 1%}\nfacts:\n  - {of: [misrouting.rat], read: x}\n", "SCN003", 4, "misrouting.rate"),
    "unknown procedure": ("arrivals:\n  shares: {XTTM-91: 1%}\n", "SCN101", 3, "XTTM-01"),
    "internal process": ("arrivals:\n  shares: {NB-01: 1%}\n", "SCN101", 3, "NB-01"),
    "deadline of an unknown procedure": ("deadlines: {X-1: 3wd}\n", "SCN101", 2, "X-1"),
    "effort of an unknown procedure": ("work:\n  effort: {XTTM-91/tiep-nhan: 1min}\n", "SCN101", 3, "XTTM-91"),
    "unknown step": ("work:\n  effort: {XTTM-01/tiep-nhn: 1min}\n", "SCN102", 3, "có phải 'tiep-nhan'?"),
    "unknown role": ("work:\n  effort:\n    mot-cu: 1min\n", "SCN103", 4, "có phải 'mot-cua'?"),
    "role of others": ("work: {effort: {nguoi-nop: 1min}}\n", "SCN103", 2, "nguoi-nop"),
    "more of an unknown role": ("staff:\n  more:\n    - {role: mot-cu, count: 1}\n", "SCN103", 4, "mot-cua"),
    "missing account": ("staff:\n  missing:\n    - lan.vp\n    - lann.vp\n", "SCN104", 5, "có phải 'lan.vp'?"),
    "pace of nobody": ("work:\n  pace: {ai.do: 2}\n", "SCN104", 3, "ai.do"),
    "pace of one more than are added": (
        "staff: {more: [{role: chuyen-vien, division: qltm, count: 2}]}\nwork: {pace: {them3.qltm: 2}}\n", "SCN104", 3, "them3",
    ),
    "pace of one added elsewhere": (
        "staff: {more: [{role: chuyen-vien, division: qltm, count: 2}]}\nwork: {pace: {them1.ktnl: 2}}\n", "SCN104", 3, "them1",
    ),
    "leave of nobody": ("staff:\n  leave:\n    ai.do: [[2021-07-05, 2021-07-09]]\n", "SCN104", 4, "ai.do"),
    "unknown division": ("staff:\n  more:\n    - role: chuyen-vien\n      division: qltn\n      count: 1\n", "SCN105", 5, "qltm"),
    "division of a partner": ("staff: {more: [{role: chuyen-vien, division: ubnd, count: 1}]}\n", "SCN105", 2, "ubnd"),
    "another division than the role's": ("staff: {more: [{role: mot-cua, division: qltm, count: 1}]}\n", "SCN105", 2, "'vp'"),
    "no division for a role of any": ("staff: {more: [{role: don-vi, count: 1}]}\n", "SCN105", 2, "division"),
    "no division": ("staff:\n  more:\n    - {role: chuyen-vien, count: 1}\n", "SCN105", 4, "division"),
    "unknown arrow": ("arrows:\n  suplement: 1%\n", "SCN106", 3, "có phải 'supplement'?"),
    "arrow of time": ("arrows: {timer: 1%}\n", "SCN106", 2, "timer"),
    "negative rate": ("misrouting:\n  rate: -0.1%\n", "SCN201", 3, "-0.1%"),
    "rate above one": ("supervision:\n  reacts: 50\n", "SCN201", 3, "0% đến 100%"),
    "shares above one": ("arrivals:\n  shares:\n    XTTM-01: 70%\n    XTTM-02: 31%\n", "SCN202", 5, "101%"),
    "arrows above one": ("arrows:\n  repair: 60%\n  refuse: 50%\n", "SCN202", 4, "110%"),
    "no working weekday": ("arrivals:\n  weekdays: {mon: 0, tue: 0, wed: 0, thu: 0, fri: 0}\n", "SCN203", 3, "bằng 0"),
    "no month": ("arrivals:\n  months: {" + ", ".join(f"{n}: 0" for n in range(1, 13)) + "}\n", "SCN203", 3, "bằng 0"),
    "no effort": ("work:\n  effort:\n    mot-cua: 0min\n", "SCN204", 4, "lớn hơn 0"),
    "no other effort": ("work: {effort_other: 0min}\n", "SCN204", 2, "lớn hơn 0"),
    "no pace": ("work: {pace: {lan.vp: 0}}\n", "SCN204", 2, "lớn hơn 0"),
    "more active than there are": ("arrivals:\n  active: 117\n", "SCN205", 3, "116"),
    "fewer active than have shares": ("arrivals:\n  active: 1\n  shares: {XTTM-01: 1%, XTTM-02: 1%}\n", "SCN205", 3, "2"),
    "dwell": ("work:\n  dwell: 85%\n", "SCN206", 3, "dwell_most"),
    "dwell most": ("work: {dwell_most: 20%}\n", "SCN206", 2, "dwell_most"),
    "deadline that is there": ("deadlines:\n  DIEN-01: 3wd\n", "SCN207", 3, "đã có thời hạn"),
    "year without calendar": ("arrivals: {online: 1}\nyear: 2031\n", "SCN301", 3, "2031.yaml"),
    "year whose next has no calendar": ("arrivals: {online: 1}\nyear: 2026\n", "SCN304", 3, "2027.yaml"),
    "year before all flows": ("year: 2019\n", "SCN302", 2, "01/01/2019"),
    "published without the late": ("exact:\n  {received: 9, online: 8, with_dossiers: 3}\n", "FLW003", 3, "'late'"),
    "more online than came": (
        "exact:\n  received: 9\n  online: 10\n  late: 0\n  with_dossiers: 3\n", "SCN401", 4, "trực tuyến (10)",
    ),
    "more late than came": ("exact: {received: 9, online: 9, late: 10, with_dossiers: 3}\n", "SCN401", 2, "trễ hạn (10)"),
    "more procedures than dossiers": ("exact: {received: 9, online: 9, late: 0, with_dossiers: 10}\n", "SCN401", 2, "(9)"),
    "more procedures than flows": ("exact: {received: 900, online: 9, late: 0, with_dossiers: 117}\n", "SCN401", 2, "116"),
    "fewer procedures than have shares": (
        "arrivals: {shares: {XTTM-01: 1%, XTTM-02: 1%}}\nexact: {received: 9, online: 9, late: 0, with_dossiers: 1}\n",
        "SCN401", 3, "'shares' nêu 2",
    ),
    "a fact of what wasn't published": ("facts:\n  - {of: [exact], read: x}\n", "SCN003", 3, "exact"),
    "no head": ("staff:\n  missing: [ha.qltm, vinh.qltm]\n", "SCN303", 3, "Phòng Quản lý Thương mại"),
    "a head on leave all year": (
        "staff:\n  missing: [vinh.qltm]\n  leave:\n    ha.qltm: [[2021-01-01, 2021-12-31]]\n",
        "SCN303", 5, "cả năm không có ai đi làm giữ vai trò",
    ),
    "a new head on leave all year": (
        "staff:\n  missing: [ha.qltm, vinh.qltm]\n  more: [{role: lanh-dao-phong, division: qltm, count: 1}]\n"
        "  leave:\n    them1.qltm: [[2021-01-01, 2021-12-31]]\n",
        "SCN303", 6, "cả năm không có ai đi làm giữ vai trò",
    ),
    "no inspection team": ("staff: {missing: [hai.qlcn, xuan.qlcn]}\n", "SCN303", 2, "Đoàn kiểm tra"),
    "unknown key": ("misrouting:\n  rat: 1%\n", "FLW002", 3, "có phải 'rate'?"),
    "unknown section": ("misroutin: {rate: 1%}\n", "FLW002", 2, "có phải 'misrouting'?"),
    "no unit": ("misrouting: {noticed: 12}\n", "FLW004", 2, "12wh"),
    "too many minutes": ("work: {effort_other: 100001min}\n", "FLW004", 2, "nhiều nhất 100000min"),
    "another unit": ("work: {effort: {mot-cua: 1wh}}\n", "FLW004", 2, "25min"),
    "a word for a number": ("misrouting:\n  rate: nhiều\n", "FLW004", 3, "0.3%"),
    "a decimal comma": ("misrouting:\n  rate: 0,3%\n", "FLW004", 3, "0.3%"),
    "a number too large": ("arrivals: {tail: 1000000}\n", "FLW004", 2, "từ 0 đến 20"),
    "a list for a mapping": ("arrivals: [1, 2]\n", "FLW004", 2, "arrivals"),
    "a word for a mapping": ("arrows: nhiều\n", "FLW004", 2, "arrows"),
    "no such weekday": ("arrivals: {weekdays: {t2: 1}}\n", "FLW002", 2, "t2"),
    "a queue nobody knows": ("work: {queue: nhanh}\n", "FLW004", 2, "arrival, due"),
    "leave backwards": ("staff:\n  leave: {lan.vp: [[2021-07-09, 2021-07-05]]}\n", "FLW004", 3, "[từ, đến], ngày đầu không sau"),
    "leave of one spell": ("staff:\n  leave: {lan.vp: [2021-07-05, 2021-07-09]}\n", "FLW004", 3, "viết là [[từ, đến]]"),
    "fact with two grounds": ("year: 2021\nfacts:\n  - {of: [year], read: x, assumed: y}\n", "FLW004", 4, "đúng một"),
    "fact without ground": ("year: 2021\nfacts:\n  - {of: [year]}\n", "FLW004", 4, "đúng một"),
    "fact without of": ("year: 2021\nfacts:\n  - {read: x}\n", "FLW003", 4, "'of'"),
    "key twice": ("year: 2021\nyear: 2021\n", "FLW007", 3, "year"),
    "anchor": ("arrivals: &a {online: 1}\n", "FLW001", 2, "neo"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "code", "line", "said"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_told_once_with_its_line(tmp_path: Path, text: str, code: str, line: int, said: str) -> None:
    """One fault, one finding: code, name, file, line, both languages, and the remedy or what was meant."""
    _, findings = found(tmp_path, HEAD_LINE + text)
    assert [(one.code, one.line) for one in findings] == [(code, line)], findings
    (finding,) = findings
    assert finding.name == CODES.get(code, finding.name)
    assert finding.file == str(tmp_path / "thu.yaml")
    assert finding.level == "error"
    assert said in finding.message.vi
    assert finding.message.en
    assert finding.message.en != finding.message.vi


def test_every_code_is_tried() -> None:
    """No finding without a test."""
    assert {code for _, code, _, _ in WRONG.values()} >= CODES.keys()


def test_title_is_needed(tmp_path: Path) -> None:
    _, findings = found(tmp_path, "year: 2021\n")
    assert [(one.code, one.line) for one in findings] == [("FLW003", 1)]


def test_circle_of_three_is_told_where_it_closes(tmp_path: Path) -> None:
    written(tmp_path, "title: A\nbase: b\n", "a")
    written(tmp_path, "title: B\nbase: thu\n", "b")
    _, findings = found(tmp_path, HEAD_LINE + "base: a\n")
    assert [(Path(one.file or "").name, one.line, one.code) for one in findings] == [("b.yaml", 2, "SCN002")]


YEAR_OFF = "[[2021-01-01, 2021-06-30], [2021-07-01, 2021-12-31]]"
LENT = "delegations:\n  - {of: ha.qltm, to: hung.ktnl, since: 2021-06-01, until: 2021-06-05, paper: GUQ 1}\n"


@pytest.mark.parametrize(
    ("spells", "more", "told"),
    [
        (YEAR_OFF, "", True),
        ("[[2021-01-01, 2021-12-30]]", "", False),
        ("[[2021-01-02, 2021-12-31]]", "", True),  # 01/01 is a holiday
        (YEAR_OFF, LENT, False),
        (YEAR_OFF, LENT.replace("06-01", "06-05").replace("06-05, paper", "06-06, paper"), True),  # a Saturday
        (f"{YEAR_OFF}, until: 2021-06-01", LENT, True),  # who gave it has left
    ],
)
def test_a_role_whose_people_are_away_all_year(office: Path, spells: str, more: str, told: bool) -> None:
    """SCN303 at the leave in _org.yaml, unless somebody comes for a day or stands in (R127, R128); of partners never."""
    file = office / "_org.yaml"
    lines = file.read_text(encoding="utf-8").splitlines()
    for name in ("ha.qltm", "vinh.qltm", "bo.y-kien"):
        (at,) = (number for number, text in enumerate(lines) if text.strip().startswith(f"{name}:"))
        lines[at] = re.sub(r"}$", f", leave: {spells}}}", lines[at])
    file.write_text("\n".join(lines) + "\n" + more, encoding="utf-8")
    text = HEAD_LINE + "year: 2021\nstaff: {leave: {ha.qltm: [[2021-03-01, 2021-03-05]]}}\n"  # not what takes her away
    _, findings = read(str(written(office / "_scenarios", text)), Agency.load(office))
    (line,) = (number for number, text in enumerate(lines, 1) if text.strip().startswith("ha.qltm:"))
    assert [(one.code, one.file, one.line) for one in findings] == [("SCN303", str(file), line)] * told


def test_officer_who_is_added_takes_the_place_of_who_is_missing(tmp_path: Path) -> None:
    """SCN303 is about roles, not about names."""
    text = "staff:\n  missing: [ha.qltm, vinh.qltm]\n  more: [{role: lanh-dao-phong, division: qltm, count: 1}]\n"
    assert sound(tmp_path, text).staff.more


def test_officer_who_is_added_has_a_pace_and_leave_of_his_own(tmp_path: Path) -> None:
    """R128: them1.qltm and so on are accounts of the scenario; in a division of the role's own too."""
    more = "  more: [{role: chuyen-vien, division: qltm, count: 2}, {role: mot-cua, count: 1}]\n"
    text = f"work: {{pace: {{them2.qltm: 2, them3.vp: 3}}}}\nstaff:\n{more}  leave: {{them1.qltm: [[2021-03-01, 2021-03-31]]}}\n"
    told = sound(tmp_path, text)
    org = staffed(agency(), told).org
    assert told.work.pace.keys() | told.staff.leave.keys() <= org.accounts.keys()
    assert org.accounts["them1.qltm"].leave == ((date(2021, 3, 1), date(2021, 3, 31)),)


def test_officer_may_be_added_where_the_role_sits(tmp_path: Path) -> None:
    """R128: said or not; the leadership is a place too."""
    for division in ("", "division: lanh-dao, "):
        told = sound(tmp_path, f"staff: {{more: [{{role: lanh-dao-so, {division}count: 1}}]}}\n")
        assert "them1.lanh-dao" in staffed(agency(), told).org.accounts


@pytest.mark.parametrize("terms", ["0.01", "1%", "10"])
def test_the_ends_of_a_range_belong_to_it(terms: str, tmp_path: Path) -> None:
    """T9: what a finding says may be written may be written."""
    assert sound(tmp_path, f"terms: {terms}\n").terms == float(terms.replace("1%", "0.01"))


def test_procedure_that_begins_later_has_no_share(office: Path) -> None:
    """SCN302: it would be simulated nowhere, and its share go to others unseen."""
    file = office / "xttm" / "xttm-01.v1.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("from: 2020-10-21", "from: 2021-02-01"), encoding="utf-8")
    text = HEAD_LINE + "arrivals:\n  shares: {XTTM-02: 1%, XTTM-01: 1%}\n"
    _, findings = read(str(written(office / "_scenarios", text)), Agency.load(office))
    assert [(one.code, one.line, one.column) for one in findings] == [("SCN302", 3, 25)]


def test_unknown_name_lists_what_there_is() -> None:
    """A slip is answered with the scenario that was meant, and with all of them."""
    with pytest.raises(BadValue) as raised:
        read("dong-nai-2012", agency())
    assert "có phải 'dong-nai-2021'?" in raised.value.text.vi
    for name in SHIPPED:
        assert name in raised.value.text.en
    assert names(bundled()) == SHIPPED


def test_path_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(BadValue, match=re.escape("khong-co.yaml")):
        read(str(tmp_path / "khong-co.yaml"), agency())


def test_load_raises_with_the_findings(tmp_path: Path) -> None:
    with pytest.raises(FlowFileError) as raised:
        load(str(written(tmp_path, HEAD_LINE + "misrouting: {rate: 3}\n")), agency())
    assert [one.code for one in raised.value.findings] == ["SCN201"]


# --- hostile files


@pytest.mark.parametrize("text", [*HOSTILE.values(), *MORE.values()], ids=[*HOSTILE, *MORE])
def test_hostile_file_is_findings_in_good_time(tmp_path: Path, text: str | bytes) -> None:
    """T9: whatever stands in the file, it is told with a line, at most so many times, and soon."""
    started = process_time()
    _, findings = found(tmp_path, text)
    assert process_time() - started < 1.5
    assert findings or text == HOSTILE["Latin-1"]  # the letters that came out otherwise are a title like another
    assert len(findings) <= 2 * MAX_FINDINGS
    assert all(one.line and one.line >= 1 for one in findings)


MANY = {
    "procedures": "arrivals:\n  shares:\n" + "".join(f"    X-{n}: 0.00001\n" for n in range(4_000)),
    "efforts": "work:\n  effort:\n" + "".join(f"    XTTM-01/x{n}: 1min\n" for n in range(4_000)),
    "accounts": "staff:\n  missing:\n" + "".join(f"    - x{n}.qltm\n" for n in range(4_000)),
    "facts": "year: 2021\nfacts:\n  - of:\n" + "".join(f"      - arrivals.x{n}\n" for n in range(4_000)) + "    read: x\n",
    "grounds": "arrows:\n" + "".join(f"  x{n}: 0\n" for n in range(2_000)) + "facts:\n"
    + "".join(f"  - {{of: [arrows.x{n}], read: x}}\n" for n in range(2_000)),
    "empty names": "staff: {leave: {'': [[2021-07-05, 2021-07-09]], lan.vp: [[2021-07-05, 2021-07-09]]}}\narrows: {'': 0}\n",
    "dotted names": "arrows: {a.b: 0, a: 0, '.': 0, a.b.c: 0}\nwork: {pace: {.: 1, ..: 1}}\nfacts: [{of: ['.', ''], read: x}]\n",
    "dots": "staff:\n  leave: {" + "a" + ".a" * 1_500 + ": [[2021-07-05, 2021-07-09]]}\n",
}  # fmt: skip


@pytest.mark.parametrize("text", MANY.values(), ids=MANY)
def test_thousands_of_faults_are_told_by_the_hundred(tmp_path: Path, text: str) -> None:
    """Nobody reads the thousandth; looking for what was meant must not take minutes."""
    started = process_time()
    _, findings = found(tmp_path, HEAD_LINE + text)
    assert process_time() - started < 1.5
    assert 1 <= len(findings) <= 2 * MAX_FINDINGS


def test_what_is_no_file_is_said_so(tmp_path: Path) -> None:
    """A folder, a pipe, a ring of links: never a traceback, never a wait."""
    (tmp_path / "folder.yaml").mkdir()
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "ring.yaml").symlink_to("ring.yaml")
    for name in ("folder", "pipe", "ring"):
        with pytest.raises(BadValue):
            read(str(tmp_path / f"{name}.yaml"), agency())
        (finding,) = faults([tmp_path / f"{name}.yaml"], agency().library, agency().calendar)
        assert (finding.code, finding.line) == ("FLW001", 1)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_what_is_left_of_a_shipped_scenario_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Lines dropped, doubled or with a mark in them: a scenario or findings, nothing else."""
    lines = (bundled() / "_scenarios" / "dong-nai-2021.yaml").read_text(encoding="utf-8").splitlines()
    at = data.draw(st.integers(0, len(lines) - 1))
    mark = data.draw(st.sampled_from(["", "{", ": ", "%", "-", "\t", "0", "'", "x: y"]))
    lines[at] = data.draw(st.sampled_from([mark, lines[at] + mark, mark + lines[at], lines[at] + "\n" + lines[at]]))
    scenario, findings = found(tmp_path_factory.mktemp("s"), "\n".join(lines) + "\n")
    assert findings or isinstance(scenario, Scenario)


# --- flowiso check


def checked(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(group, ["check", *words], catch_exceptions=False)
    return result.exit_code, result.output


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
def test_check_tells_what_is_wrong_in_a_scenario_that_is_named(office: Path, form: str) -> None:
    """The folder in every format; exit 1, and each fault once."""
    code, said = checked(str(office / "_scenarios"), "--format", form)
    assert code == 1
    assert said.count("not-a-share") == 1 or form == "sarif"
    assert said.count("SCN201") == 1


def test_check_of_one_scenario_tells_of_that_one(office: Path) -> None:
    """A file that is clean is clean, whatever lies beside it."""
    assert checked(str(office / "_scenarios/dung.yaml"))[0] == 0
    assert checked(str(office / "_scenarios/sai.yaml"))[0] == 1


def test_check_knows_a_scenario_wherever_it_lies(office: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Outside any agency, and among the flows: checked as a scenario, by the agency it is judged by, and no flow is counted."""
    for file in (tmp_path_factory.mktemp("ban") / "nhap.yaml", office / "dien" / "nhap.yaml"):
        file.write_text("base: dong-nai-2021\ntitle: Nháp\nmisrouting: {rate: 2}\n", encoding="utf-8")
        code, said = checked(str(file))
        assert (code, said.count("SCN201"), said.count("FLW")) == (1, 1, 0)
        assert "là một kịch bản" in said
        assert "Đã kiểm tra (không có lưu đồ nào): 1 phát hiện" in said
        file.write_text("base: dong-nai-2021\ntitle: Nháp\n", encoding="utf-8")
        assert checked(str(file))[0] == 0
        file.unlink()


@pytest.mark.parametrize(("text", "code"), [("year: 2021\n", 1), ("title: Năm\nyear: 2021\n", 0)])
def test_check_knows_a_scenario_that_says_no_more_than_its_year(text: str, code: int, tmp_path: Path) -> None:
    """T9: what it lacks is told of it as a scenario; no flow and no declared year has just these keys."""
    left, said = checked(str(written(tmp_path, text)), "--lang", "en")
    assert (left, "is a scenario" in said, said.count("FLW")) == (code, True, code)
    assert ("key 'title' is missing" in said) == bool(code)


def test_check_knows_a_declared_year_wherever_it_lies(tmp_path: Path) -> None:
    """What `_reports` would hold; a file that is neither is read as a flow, as before."""
    file = tmp_path / "nhap.yaml"
    file.write_text("year: 2021\nfigures: {published: -1}\n", encoding="utf-8")
    code, said = checked(str(file), "--lang", "en")
    assert (code, "declares a year" in said, "RPT001" in said, "Checked (no flow among it)" in said) == (
        1,
        True,
        True,
        True,
    )
    file.write_text("title: x\nfoo: 1\n", encoding="utf-8")
    assert "FLW003" in checked(str(file), "--lang", "en")[1]
    file.unlink()
    file.mkdir()
    code, said = checked(str(file))
    assert (code, "FLW001" in said) == (1, True)


def test_a_flow_with_faults_does_not_keep_scenarios_from_being_checked(office: Path) -> None:
    """A file that couldn't be read whole has no day since which it holds."""
    (office / "dien" / "hong.yaml").write_text("code: X-1\ntitle: hỏng\n", encoding="utf-8")
    assert checked(str(office / "_scenarios/dung.yaml"))[0] == 0


def loaded(path: Path) -> set[str]:
    """The modules that are loaded when a path has been checked."""
    code = (
        "import sys; from flowiso.cli.check import check_paths; from pathlib import Path;"
        f"check_paths([Path({str(path)!r})]); print(*sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


def test_check_of_a_folder_leaves_its_scenarios_alone() -> None:
    """What `check` imports grows by nothing: neither the simulator nor what it stands on."""
    assert loaded(bundled()).isdisjoint({"flowiso.simulate", "networkx", "sqlalchemy"})


def test_check_of_scenarios_imports_no_heavy_library() -> None:
    """The contract of `check` holds there too."""
    assert {"flowiso.simulate", "networkx", "sqlalchemy"} & loaded(bundled() / "_scenarios") == {"flowiso.simulate"}
