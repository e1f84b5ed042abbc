"""Kept totals: what a log adds to them, that they answer as the report does (R90, R92, R129), and that every store keeps them."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import date, datetime
from functools import cache
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest
from histories import History, history
from hypothesis import given, settings
from hypothesis import strategies as st
from walks import agency

from flowiso.app import Agency
from flowiso.engine import Engine
from flowiso.errors import BadValue, FlowISOError, StoreError
from flowiso.kept import Keeper, changes, counted
from flowiso.keptreport import RESOLVED, Kept, answer, numbers_apart, parts_of
from flowiso.life import Life
from flowiso.model import BOUNCE, REASSIGN, Case, Move
from flowiso.period import Period
from flowiso.simulate import simulate
from flowiso.simulate.scenario import Arrivals, Scenario
from flowiso.stats import Report, tally
from flowiso.store import open_store
from flowiso.store.keeping import added, days
from flowiso.tracing import trace
from flowiso.worktime import instant, local

if TYPE_CHECKING:
    from flowiso.ports import KeptTotals, StoreKind

Call = Callable[..., tuple[int, str, str]]
Log = tuple[Case, tuple[Move, ...]]

HERE = "000.00.19.H19"


def case_of(found: History, number: int) -> Case:
    flow = found.table.flow
    return Case(HERE, f"{HERE}-210101-{number:04d}", flow.code, flow.version, "counter")


def life_of(case: Case, found: History) -> Life:
    return trace(found.table, agency().calendar, case, found.moves)


def asked_of(totals: KeptTotals, first: int, last: int) -> KeptTotals:
    """What a store answers."""
    since, until = days(first, last)
    apart = {key: sums for key, sums in totals.items() if not key[0] and sums.late <= until and sums.minutes >= since}
    return apart | added({}, [one._replace(part=first) for one in changes(totals, {}) if first <= one.part <= last])


@cache
def told(seed: int) -> tuple[Case, History]:
    found = history(seed, promises=seed % 2 == 1)
    return case_of(found, seed), found


def both(seeds: Sequence[int], period: Period) -> tuple[Kept, Report]:
    """The answer of kept totals and the report of the same logs, both without what time alone has done since the last lines."""
    logs, calendar = [told(seed) for seed in seeds], agency().calendar
    logs = [(case, found) for case, found in logs if found.table.flow.kind != "internal"]
    totals = added(
        {}, (change for case, found in logs for change in changes(counted(life_of(case, found), calendar), {}))
    )
    cut = [
        (case, found._replace(moves=[move for move in found.moves if move.at <= period.end])) for case, found in logs
    ]
    lives = {case.number: life_of(case, found) for case, found in cut if found.moves}
    found = asked_of(totals, *parts_of(period))
    apart = [lives[number] for number in numbers_apart(found) if number in lives]
    kept = answer(found, apart, agency(), period, period.end)
    return kept, tally(lives.values(), period, calendar, agency().org, agency().flows)


def assert_same(kept: Kept, report: Report) -> None:
    """Every figure that both tell is the same."""
    for name in RESOLVED:
        assert getattr(kept.counts, name) == getattr(report.counts, name), name
        for mine, theirs in ((kept.by_field, report.by_field), (kept.by_procedure, report.by_procedure)):
            some = {key: getattr(group.counts, name) for key, group in theirs.items() if getattr(group.counts, name)}
            assert {key: getattr(one.counts, name) for key, one in mine.items() if getattr(one.counts, name)} == some
    steps = {
        name: (one.steps, one.late_steps) for name, one in report.by_officer.items() if one.steps or one.late_steps
    }
    assert {
        name: (one.steps, one.late_steps) for name, one in kept.by_officer.items() if one.steps or one.late_steps
    } == steps


PERIODS = st.one_of(
    st.builds(Period.year, st.integers(2018, 2024)),
    st.builds(Period.month, st.integers(2018, 2024), st.integers(1, 12)),
    st.builds(Period.quarter, st.integers(2018, 2024), st.integers(1, 4), st.sampled_from(("calendar", "nd09"))),
    st.builds(Period.nine_months, st.integers(2018, 2024), st.sampled_from(("calendar", "nd09"))),
    st.builds(Period.year, st.integers(2019, 2024), st.just("nd09")),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(0, 3_000), min_size=1, max_size=8, unique=True), PERIODS)
def test_as_the_report(seeds: list[int], period: Period) -> None:
    """R90, R92: whatever happened, kept totals answer what the report of the period says."""
    assert_same(*both(seeds, period))


CORRECTED = 1541
"""A history with a late result that was corrected in a later half of a month, so that it is resolved no more."""


@pytest.mark.parametrize("month", [2, 3])
def test_a_result_that_was_corrected(month: int) -> None:
    """R129, R92: what its first part told isn't so any more, so the dossier stands apart and is traced for a report."""
    case, found = told(CORRECTED)
    assert [key[1:3] for key in counted(life_of(case, found), agency().calendar)] == [("apart", case.number)]
    kept, report = both([CORRECTED, 1, 2, 3], Period.month(2020, month))
    assert_same(kept, report)
    assert report.counts.late == (month == 2)


def test_periods() -> None:
    """R94: every period by either rule that is made of parts; a week is not."""
    assert parts_of(Period.year(2021)) == (2021, 2021)
    assert parts_of(Period.year(2021, "nd09")) == (20201215, 20211214)
    assert parts_of(Period.quarter(2021, 3)) == (20210701, 20210930)
    assert parts_of(Period.month(2021, 2)) == (20210201, 20210228)
    for period in (Period.week(2021, 37), Period(date(2021, 1, 1), date(2021, 1, 13))):
        with pytest.raises(BadValue, match="--kept"):
            parts_of(period)


@given(st.integers(0, 3_000), st.integers(0, 1_000))
@settings(max_examples=60, deadline=None)
def test_a_dossier_is_its_log(seed: int, cut: int) -> None:
    """In whatever bits a log was written, its changes add up to what the whole log adds (R90)."""
    case, found = told(seed)
    random, keeper, whole = Random(cut), Keeper(agency()), Keeper(agency(), remember=0)
    at, totals = 0, {}
    while at < len(found.moves):
        end = at + random.choice((1, 1, 2, 5))
        before: Sequence[Move] = found.moves[:at] if random.random() < 0.5 else list(found.moves[:at])
        totals = added(totals, keeper(case, before, found.moves[at:end]))
        at = end
    assert totals == added({}, whole(case, (), found.moves))
    assert keeper(case, found.moves, ()) == ()


@pytest.fixture(scope="module")
def year() -> list[Log]:
    """A simulated year, lived once."""
    _, logs = simulate(agency(), Scenario(arrivals=Arrivals(dossiers=400)), 3)
    return [(case, tuple(moves)) for case, moves in logs]


def opened(path: Path, kind: StoreKind = "live") -> Engine:
    return Engine(agency(), open_store(f"sqlite:///{path}", kind), allow_draft=True)


PARTS_OF_2021 = (
    Period.year(2021),
    Period.six_months(2021, "nd09"),
    *(Period.quarter(2021, quarter) for quarter in (1, 2, 3, 4)),
    *(Period.month(2021, month) for month in (2, 12)),
)


def test_a_year_in_a_store(year: list[Log], tmp_path: Path) -> None:
    """The store's answers are the report's (R90); those of one year do not change by what happens in the next (R92)."""
    with opened(tmp_path / "a.db", "simulated") as engine:
        engine.store.create_many(year[:200])
        assert engine.recount() is None
        assert engine.kept(2021) is None
        assert engine.keep()
        engine.store.create_many(year[200:])
        assert engine.recount() == ()
        for period in PARTS_OF_2021:
            kept = engine.kept(period)
            assert kept is not None
            assert_same(kept, engine.stats(period))
            assert kept.simulated
        assert kept.to_json()["kept"] is True


def test_minutes_late(tmp_path: Path) -> None:
    """The working minutes past the step's due minute, of the visits that ended late (R72)."""
    with opened(tmp_path / "a.db") as engine:
        engine.keep()
        hs = engine.receive("LTHH-13", by="lan.vp", at=at("14/09 08:00"))
        due = hs.step_due
        assert due is not None
        late = engine.flows.calendar.plus(instant(due), 90 * 60)
        engine.move(hs, "chuyen", by="lan.vp", to="ha.qltm", at=local(late))
        kept = engine.kept(2021)
        assert kept is not None
        assert kept.by_officer["lan.vp"][2:] == (1, 1, 90)
        assert kept.by_procedure == {}
        assert engine.recount() == ()


def at(when: str) -> datetime:
    return datetime.strptime(f"{when} 2021 +0700", "%d/%m %H:%M %Y %z")


def test_verbs_of_the_engine(tmp_path: Path) -> None:
    """Every verb keeps the totals: wrong hand-overs, bulk reassignment, what time does by itself, a withdrawal."""
    with opened(tmp_path / "a.db") as engine:
        engine.keep()
        hs = engine.receive("LTHH-13", by="lan.vp", at=at("14/09 08:00"), key="k")
        again = engine.receive("LTHH-13", by="lan.vp", at=at("14/09 08:00"), key="k")
        assert again.number == hs.number
        hs = engine.move(hs, "chuyen", by="lan.vp", to="ha.qltm", at=at("14/09 09:00"))
        hs = engine.move(hs, "chuyen", by="ha.qltm", to="mai.qltm", at=at("14/09 10:00"))
        hs = engine.move(hs, BOUNCE, by="mai.qltm", at=at("14/09 11:00"), note="không phải hồ sơ của tôi")
        assert engine.recount() == ()
        engine.move(hs, REASSIGN, by="ha.qltm", to="hung.qltm", at=at("17/09 13:00"))
        other = engine.submit("LTHH-13", to="lan.vp", at=at("14/09 08:30"))
        engine.settle(other, at("30/09 08:00"))
        third = engine.receive("LTHH-13", by="lan.vp", at=at("14/09 14:00"))
        engine.move(third, "chuyen", by="lan.vp", to="ha.qltm", at=at("14/09 15:00"))
        assert (
            engine.hand_over("ha.qltm", by="quang.lds", to="phuong.lds", note="nghỉ", at=at("20/09 09:00")) is not None
        )
        engine.move(engine.dossier(hs.number), "rut-ho-so", by="lan.vp", at=at("21/09 09:00"), note="đơn xin rút")
        with pytest.raises(FlowISOError):
            engine.move(hs, "chuyen", by="ha.qltm", to="không ai", at=at("21/09 10:00"))
        assert engine.recount() == ()
        kept = engine.kept(2021)
        assert kept is not None
        assert kept.counts.withdrawn == 1
        assert_same(kept, engine.stats(2021))


def test_without_its_table_nothing_is_written(tmp_path: Path) -> None:
    """I1: where the totals can't be changed, no line is written either; anew, and all is well."""
    with opened(tmp_path / "a.db") as engine:
        engine.keep()
        hs = engine.receive("LTHH-13", by="lan.vp", at=at("14/09 08:00"))
        hs = engine.move(hs, "chuyen", by="lan.vp", to="ha.qltm", at=at("14/09 09:00"))
        with closing(sqlite3.connect(tmp_path / "a.db")) as connection:
            (table,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'kept_totals'").fetchone()
            connection.execute("DROP TABLE kept_totals")
            with pytest.raises(StoreError, match="số tổng"):
                engine.move(hs, "chuyen", by="ha.qltm", to="mai.qltm", at=at("14/09 10:00"))
            connection.execute(table)
        assert len(engine.dossier(hs.number).moves) == len(hs.moves)
        assert engine.recount() != ()
        assert engine.keep() is False
        engine.move(hs, "chuyen", by="ha.qltm", to="mai.qltm", at=at("14/09 10:00"))
        assert engine.recount() == ()


def test_commands(call: Call, tmp_path: Path, one_flow: Path) -> None:
    """`flowiso keep`, `report --kept`, `--recount`: exit codes, words, forms; a difference is told, and put right by keep."""
    url = f"sqlite:///{tmp_path / 'a.db'}"
    with Engine(Agency.load(one_flow), open_store(url), allow_draft=True) as engine:
        hs = engine.receive("LTHH-13", by="lan.vp", at=at("14/09 08:00"))
        engine.move(hs, "chuyen", by="lan.vp", to="ha.qltm", at=at("14/09 09:00"))
        engine.move(hs.number, "rut-ho-so", by="lan.vp", at=at("15/09 09:00"), note="đơn xin rút")
    its = ("--store", url, "--flows", one_flow)
    for asked in (("--year", 2021, "--kept"), ("--recount",)):
        code, out, err = call("report", *asked, *its)
        assert (code, out, "flowiso keep" in err) == (2, "", True)
    assert call("keep", "--off", *its)[:2] == (0, "kho vốn không giữ số tổng của 000.00.19.H19\n")
    assert "từ nay giữ" in call("keep", *its)[1]
    assert "made anew" in call("keep", *its, "--lang", "en")[1]
    code, out, _ = call("report", "--year", 2021, "--kept", *its)
    assert code == 0
    assert "đã giải quyết 1" in out
    assert re.search(r"lan\.vp +\S.* 1 +0 +0\n", out)
    assert json.loads(call("report", "--year", 2021, "--kept", *its, "--format", "json")[1])["withdrawn"] == 1
    assert call("report", "--year", 2021, "--kept", *its, "--format", "csv")[1].count("\n") == 6
    assert call("report", "--year", 2021, "--kept", *its, "--format", "xlsx")[0] == 2
    assert call("report", "--week", "2021-W37", "--kept", *its)[0] == 2
    assert call("report", "--recount", "--kept", *its)[0] == 2
    assert call("report", "--recount", *its)[:2] == (0, "số tổng giữ sẵn khớp với nhật ký\n")
    with closing(sqlite3.connect(tmp_path / "a.db")) as connection:
        connection.execute("UPDATE kept_totals SET late = 1 WHERE name = 'lan.vp' AND part = 20210901")
        connection.commit()
    code, out, _ = call("report", "--recount", *its)
    assert (code, "1/1/0" in out, "2021-09-01" in out) == (1, True, True)
    found = json.loads(call("report", "--recount", *its, "--format", "json")[1])
    assert (found["equal"], [one["name"] for one in found["differences"]]) == (False, ["lan.vp"])
    assert call("keep", *its)[0] == call("report", "--recount", *its)[0] == 0
    assert json.loads(call("keep", "--off", *its, "--format", "json")[1])["news"] is True
