"""The nation's figures from exported facts: cell for cell those of the report, whatever the period; of several agencies; kept."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pyarrow.parquet
import pytest
from offices import ORG, Office, calendar, flow, roam
from test_periods import came_and_went

from flowiso.app import Agency
from flowiso.engine import Engine as Verbs
from flowiso.errors import BadValue, FlowISOError
from flowiso.figures import Counts, summed
from flowiso.life import OFFICIAL, Life, visits_at
from flowiso.model import CHANNELS, Case, Move
from flowiso.nation import answers
from flowiso.nation.columns import TABLES
from flowiso.nation.engines import Engine, opened
from flowiso.nation.facts import facts
from flowiso.nation.files import ABOUT, exports, write_facts
from flowiso.nation.statistics import KEYS, columns_of
from flowiso.org import Org
from flowiso.period import Period
from flowiso.stats import Report, tally
from flowiso.store import open_store
from flowiso.text import Text
from flowiso.totals import Totals
from flowiso.tracing import trace
from flowiso.worktime import TZ, day_of, instant, local

Call = Callable[..., tuple[int, str, str]]
Log = tuple[Case, tuple[Move, ...]]

OFFICE = Office(flow(), flow(version=2))
OTHER = ORG._replace(agency="H19.2", title=Text("Sở Khác", "Other Department"))
BY = {
    "by_procedure": "code",
    "by_channel": "channel",
    "by_handler": "handler",
    "by_field": "field",
    "by_division": "division",
}
END = instant(datetime(2022, 6, 1, tzinfo=TZ)) - 1
"""A cut-off after the last line of every log."""


@cache
def logs(seed: int, many: int, agency: str = ORG.agency) -> tuple[Log, ...]:
    """Random dossiers: any arrow and verb at any time; results that come back over New Year; by every channel."""

    def log(serial: int) -> Log:
        moves = came_and_went(serial) if serial % 3 == 0 else roam(OFFICE.tables[1], serial)[0]
        return Case(agency, f"{serial:05d}", "MAU-01", 1, CHANNELS[serial % len(CHANNELS)]), tuple(moves)

    return tuple(map(log, range(seed, seed + many)))


def lives(found: tuple[Log, ...], until: int) -> Iterator[Life]:
    """The dossiers as their logs told them by a moment."""
    for case, moves in found:
        if lines := [move for move in moves if move.at <= until]:
            yield trace(OFFICE.tables[1], calendar(), case, lines)


def export(folder: Path, found: tuple[Log, ...], until: int = END, org: Org = ORG, simulated: bool = False) -> Path:
    """The folder with the facts of these dossiers."""
    told = facts(lives(found, until), org, calendar(), OFFICE.flows, until)
    write_facts(folder, org.agency, org.title, simulated, until, told)
    return folder


def report(found: tuple[Log, ...], period: Period, until: int = END, org: Org = ORG) -> Report:
    """What the report says of the same logs."""
    until = min(until, period.end)
    return tally(lives(found, until), period, calendar(), org, OFFICE.flows, until=until)


def periods(seed: int, many: int, until: int = END) -> list[Period]:
    """Days, weeks, months, quarters, years and any other days, begun before a moment and after the first log."""
    random = Random(seed)
    first, last = date(2021, 3, 1), day_of(until)
    found = []
    for _ in range(many):
        day = first + timedelta(random.randrange((last - first).days + 1))
        shapes = (
            Period(day, day),
            Period(day, day + timedelta(random.randrange(200))),
            Period.week(*day.isocalendar()[:2]),
            Period.month(day.year, day.month),
            Period.quarter(day.year, (day.month + 2) // 3),
            Period.year(day.year),
        )
        found.append(random.choice([shape for shape in shapes if shape.start <= until]))
    return found


def regrouped(found: answers.National, column: str) -> dict[str, Counts]:
    """The finest groups added up by one of their keys."""
    keys, parts = columns_of(found.by), {}
    for key, counts in found.groups.items():
        parts.setdefault(dict(zip(keys, key, strict=True))[column], []).append(counts)
    return {key: counts for key, lines in parts.items() if any(counts := summed(lines))}


def differing(engine: Engine, folder: Path, period: Period, want: Report) -> Iterator[tuple[str, object, object]]:
    """Every figure that isn't the report's: of each grouping, of the causes, of the officers."""
    told = exports(folder)
    got = answers.national(engine, told, period, ("procedure", "channel", "handler", "field", "division"))
    pairs: dict[str, tuple[Mapping[Any, Any], Mapping[Any, Any]]] = {
        name: (
            regrouped(got, column),
            {key: one.counts for key, one in want.groupings[name].items() if any(one.counts)},
        )
        for name, column in BY.items()
    }
    pairs["causes"] = got.late_by_cause, want.late_by_cause
    did = answers.officers(engine, told, period)
    pairs["officers"] = (
        {one.officer: told for one in did if any(told := (one.steps, one.late_steps, one.misrouted, one.lost_minutes))},
        {key: (one.steps, one.late_steps, one.misrouted, one.lost_minutes) for key, one in want.by_officer.items()},
    )
    for name, (ours, theirs) in pairs.items():
        for key in ours.keys() | theirs.keys():
            if ours.get(key) != theirs.get(key):
                yield f"{period} {name} {key}", ours.get(key), theirs.get(key)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The facts of 240 dossiers with everything that turns out otherwise later."""
    return export(tmp_path_factory.mktemp("so-lieu"), logs(0, 240))


@pytest.fixture(scope="module")
def engine(folder: Path) -> Iterator[Engine]:
    """Those facts in DuckDB."""
    with opened(folder, "duckdb") as found:
        yield found


# --- R90-R95: the same cells


@pytest.mark.parametrize("period", periods(1, 22), ids=lambda one: one.title.en)
def test_every_cell_is_the_reports(period: Period, engine: Engine, folder: Path) -> None:
    """R90, R92, R95, R124: every column by procedure, channel, handler, field and division, causes, officers; for any period."""
    assert list(differing(engine, folder, period, report(logs(0, 240), period))) == []


def test_the_logs_are_worth_it(folder: Path) -> None:
    """What was compared has results that came back and are told but once (R129), causes, misroutes, and steps taken back."""
    found = [report(logs(0, 240), Period.quarter(*which)) for which in ((2021, 2), (2021, 3), (2021, 4), (2022, 1))]
    told = summed(one.counts for one in found)
    assert [name for name, count in told._asdict().items() if not count] == ["no_term"]
    assert sum(bool(count) for count in found[-1].late_by_cause.values()) >= 3
    assert len(rows(folder, "returns")) >= 10
    assert {row["weight"] for row in rows(folder, "stays")} == {1, -1}


def test_a_result_that_came_back_twice(tmp_path: Path) -> None:
    """R129: the last period that told it says whether it was late already, not an earlier one that told it in time."""
    found = logs(249, 1) + logs(1929, 1) + logs(2676, 1)
    export(tmp_path, found)
    days = [Period(date(2022, 1, day), date(2022, 1, day + more)) for day, more in ((10, 0), (12, 0), (13, 9), (21, 0))]
    with opened(tmp_path, "duckdb") as engine:
        for period in days:
            assert list(differing(engine, tmp_path, period, report(found, period))) == []


@pytest.mark.parametrize("at", ["2021-12-31 09:30:00", "2022-01-04 23:59:59", "2021-05-20 16:00:01"])
def test_as_of_the_cut_off(at: str, tmp_path: Path) -> None:
    """R92: a period that isn't over is told as of the cut-off, to the second."""
    until = instant(datetime.fromisoformat(at).replace(tzinfo=TZ))
    export(tmp_path, logs(0, 120), until)
    with opened(tmp_path, "duckdb") as engine:
        for period in (Period.year(local(until).year), Period.month(local(until).year, local(until).month)):
            assert list(differing(engine, tmp_path, period, report(logs(0, 120), period, until))) == []


def test_several_agencies(tmp_path: Path) -> None:
    """R103: what two agencies exported into one folder adds up to the merged totals, by agency and by channel."""
    ours, theirs = logs(0, 60), logs(300, 60, OTHER.agency)
    export(export(tmp_path, ours), theirs, org=OTHER)
    for period in (Period.year(2021), Period.quarter(2022, 1)):
        parts = [Totals.of(report(ours, period)), Totals.of(report(theirs, period, org=OTHER))]
        want = Totals.all(parts)
        with opened(tmp_path, "duckdb") as engine:
            by_agency = answers.national(engine, exports(tmp_path), period)
            by_channel = answers.national(engine, exports(tmp_path), period, ("channel",))
            whole = answers.national(engine, exports(tmp_path), period, ())
        assert by_agency.groups == {(key,): share.counts for key, share in want.agencies.items()}
        assert by_channel.groups == {(key,): counts for key, counts in want.whole.by_channel.items() if any(counts)}
        assert whole.counts == by_agency.counts == by_channel.counts == want.whole.counts
        assert whole.late_by_cause == want.whole.late_by_cause


@pytest.mark.parametrize("name", KEYS)
def test_each_grouping_alone(name: str, engine: Engine, folder: Path) -> None:
    """One grouping tells what the finest one tells added up, under its own keys."""
    found = answers.national(engine, exports(folder), Period.year(2021), (name,))
    finest = answers.national(engine, exports(folder), Period.year(2021), tuple(KEYS))
    keys = columns_of(found.by)
    places = [columns_of(finest.by).index(key) for key in keys]
    parts: dict[tuple[str, ...], list[Counts]] = {}
    for key, counts in finest.groups.items():
        parts.setdefault(tuple(key[place] for place in places), []).append(counts)
    assert found.groups == {key: summed(lines) for key, lines in parts.items()}
    assert list(found.groups) == sorted(found.groups)


# --- the yearly questions


def test_year_field_procedure_verdict(engine: Engine) -> None:
    """Every resolved dossier as it stands at the cut-off, by the year of its result."""
    want = Counter(
        (day_of(life.resolved).year, "dien", "MAU-01", life.outcome)
        for life in lives(logs(0, 240), END)
        if life.resolved is not None and life.outcome is not None
    )
    assert {row[:-1]: row.dossiers for row in answers.yearly_verdicts(engine)} == want


def test_year_officer_minutes(engine: Engine, folder: Path) -> None:
    """Per account: steps, late steps and minutes late of a year are what its end told less what the year before's did."""
    ends = [Period.year(year).end for year in (2020, 2021)] + [END]

    def told(until: int) -> dict[str, tuple[int, int, int]]:
        found: dict[str, list[int]] = {}
        for life in lives(logs(0, 240), until):
            for visit in visits_at(life, calendar(), until):
                if visit.until is not None and visit.charged in OFFICIAL:
                    did = found.setdefault(visit.holder, [0, 0, 0])
                    for place, more in enumerate((1, visit.late(until), visit.overrun(calendar(), until) // 60)):
                        did[place] += more
        return {name: (did[0], did[1], did[2]) for name, did in found.items()}

    stood = [told(until) for until in ends]
    want = {}
    for year, before, after in zip((2021, 2022), stood, stood[1:], strict=False):
        for name, did in after.items():
            less = before.get(name, (0, 0, 0))
            if any(rest := tuple(one - other for one, other in zip(did, less, strict=True))):
                want[year, name] = rest
    assert {(row.year, row.officer): row[-3:] for row in answers.yearly_officers(engine)} == want
    for period in (Period.year(2021), Period.year(2022)):
        did = {one.officer: one.late_minutes for one in answers.officers(engine, exports(folder), period)}
        assert {name: minutes for name, minutes in did.items() if minutes} == {
            name: row[-1] for (year, name), row in want.items() if year == period.first.year and row[-1]
        }


# --- the files


def rows(folder: Path, table: str) -> list[dict[str, Any]]:
    """Every row of a table."""
    files = folder.glob(f"agency=*/year=*/{table}.parquet")
    return [row for file in sorted(files) for row in pyarrow.parquet.ParquetFile(file).read().to_pylist()]


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder by its path."""
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


def test_the_same_store_gives_the_same_bytes(tmp_path: Path) -> None:
    """An export can be compared with another; one made again takes the place of the first."""
    first = contents(export(tmp_path / "mot", logs(0, 30)))
    assert contents(export(tmp_path / "hai", logs(0, 30))) == first
    export(tmp_path / "mot", logs(5, 3), END - 5)
    assert contents(export(tmp_path / "mot", logs(0, 30))) == first


def test_a_year_that_is_over_is_never_written_otherwise(tmp_path: Path) -> None:
    """R92: with a later cut-off the files of earlier years stay as they are, byte for byte."""
    year = Period.year(2021)
    then, now = (
        contents(export(tmp_path / "2021", logs(0, 90), year.end)),
        contents(export(tmp_path / "2022", logs(0, 90))),
    )
    told = {name: data for name, data in then.items() if "year=2021" in name and "returns" not in name}
    assert {name: now[name] for name in told} == told
    assert len(now) > len(then)
    for folder in ("2021", "2022"):
        with opened(tmp_path / folder, "duckdb") as engine:
            assert list(differing(engine, tmp_path / folder, year, report(logs(0, 90), year))) == []


def test_the_columns_are_those_described(folder: Path) -> None:
    """The schema is closed: names and types of every table, in every file; whose it is stands in it too."""
    types = {
        "string": "string",
        "int": "int64",
        "bool": "bool",
        "day": "date32[day]",
        "date": "timestamp[ms, tz=+07:00]",
    }
    files = list(folder.rglob("*.parquet"))
    assert {file.stem for file in files} == set(TABLES)
    for file in files:
        schema = pyarrow.parquet.read_schema(file)
        assert {field.name: str(field.type) for field in schema} == {
            name: types[column.kind] for name, column in TABLES[file.stem].items()
        }
        assert schema.metadata == {b"agency": b"H19.1", b"simulated": b"false", b"format": b"1"}
        years = {day.year for day in pyarrow.parquet.read_table(file)["told"].to_pylist()}
        assert years <= {int(file.parent.name.removeprefix("year="))}


def test_the_query_of_the_page(folder: Path) -> None:
    """The SQL of docs/nation.md tells an officer's steps as the command does."""
    page = (Path(__file__).parent.parent / "docs" / "nation.md").read_text(encoding="utf-8")
    query = page.split("```sql\n")[1].split("```")[0].replace("so-lieu", str(folder))
    with opened(folder, "duckdb") as engine:
        did = answers.officers(engine, exports(folder), Period.year(2021))
    told = [(name, steps, late or 0) for name, steps, late in duckdb.sql(query).fetchall()]
    assert sorted(told) == [(one.officer, one.steps, one.late_steps) for one in did if one.steps]


def test_the_page_describes_every_column() -> None:
    """docs/nation.md has each column of each table under its name, with its meaning."""
    page = (Path(__file__).parent.parent / "docs" / "nation.md").read_text(encoding="utf-8")
    for table, columns in TABLES.items():
        assert f"### `{table}`" in page
        part = page.split(f"### `{table}`")[1].split("###")[0]
        for name, column in columns.items():
            assert f"| `{name}` | {column.kind} | {column.meaning.en} |" in part, (table, name)


def test_no_person_and_nothing_anybody_wrote(one_flow: Path, tmp_path: Path) -> None:
    """R151: neither personal data nor a note goes into the facts."""
    agency, secret = Agency.load(one_flow), "Nguyễn Văn Bí Mật"
    with closing(open_store("memory:")) as store:
        engine = Verbs(agency, store, allow_draft=True, on_misroute="record")
        moment = datetime(2021, 9, 14, 8, tzinfo=TZ)
        people = {"owner": secret, "phone": "0901234567"}
        number = engine.receive("LTHH-13", by="lan.vp", at=moment, people=people).number
        engine.move(number, "chuyen", by="lan.vp", to="ha.qltm", at=moment)
        engine.move(number, "bounce", by="ha.qltm", at=moment + timedelta(hours=1), note=f"nhầm; gọi {secret}")
        found = [life for _, life in engine.lives()]
    write_facts(
        tmp_path,
        agency.org.agency,
        agency.org.title,
        False,
        END,
        facts(found, agency.org, agency.calendar, agency.flows, END),
    )
    told = [row for table in TABLES for row in rows(tmp_path, table)]
    assert number in {row["number"] for row in told}
    for text in (secret, "Bí Mật", "0901234567", "nhầm"):
        assert text not in str(told)
        assert all(text.encode() not in data for data in contents(tmp_path).values())


def test_what_cannot_be_written_leaves_the_earlier_export(tmp_path: Path) -> None:
    """Whole or not at all, whatever goes wrong on the way; nothing half-made is left."""
    before = contents(export(tmp_path, logs(0, 20)))

    def told() -> Iterator[Any]:
        yield from facts(lives(logs(0, 5), END), ORG, calendar(), OFFICE.flows, END)
        raise RuntimeError("broke off")

    with pytest.raises(RuntimeError, match="broke off"):
        write_facts(tmp_path, ORG.agency, ORG.title, False, END, told())
    assert contents(tmp_path) == before
    (tmp_path / "tep").write_text("")
    with pytest.raises(BadValue, match="không ghi được"):
        export(tmp_path / "tep", logs(0, 5))
    assert [file.name for file in tmp_path.iterdir()] in (
        [f"agency={ORG.agency}", "tep"],
        ["tep", f"agency={ORG.agency}"],
    )


# --- what can't be told


def test_what_the_facts_cannot_tell_is_refused(tmp_path: Path) -> None:
    """R92, R103: periods after a cut-off, and periods that aren't over where the cut-offs differ; what is over is told."""
    export(tmp_path, logs(0, 10), Period.year(2021).end)
    export(tmp_path, logs(0, 10, OTHER.agency), Period.year(2021).end + 86_400, OTHER)
    told = exports(tmp_path)
    with opened(tmp_path, "duckdb") as engine:
        with pytest.raises(BadValue, match=r"H19\.1 chốt lúc 31/12/2021 23:59, khi kỳ báo cáo chưa bắt đầu"):
            answers.national(engine, told, Period.year(2022))
        with pytest.raises(BadValue, match=r"lúc chốt khác nhau \(H19\.1 31/12/2021 23:59, H19\.2 01/01/2022 23:59\)"):
            answers.officers(engine, told, Period(date(2021, 12, 1), date(2022, 1, 5)))
        assert answers.national(engine, told, Period.year(2021)).counts.received


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    """No facts, facts of another format, a broken description, a broken file, other columns, a name like a pattern."""
    with pytest.raises(BadValue, match="không có dữ kiện thống kê"):
        exports(tmp_path)
    export(tmp_path / "ok", logs(0, 3))
    about = next((tmp_path / "ok").glob(f"*/{ABOUT}"))
    for told, said in (
        ('{"format": 2}', "là dạng 2, bản này đọc dạng 1"),
        ("[1]", "không đọc được"),
        ("{", "không đọc được"),
    ):
        about.write_text(told)
        with pytest.raises(BadValue, match=said):
            exports(tmp_path / "ok")
    for file in (tmp_path / "ok").rglob("stays.parquet"):
        file.write_bytes(b"PAR1")
    with pytest.raises(FlowISOError, match="không tính được trên các tệp dữ kiện"), opened(tmp_path / "ok", "duckdb"):
        pass
    for file in (tmp_path / "ok").rglob("stays.parquet"):
        file.write_bytes(file.with_name("dossiers.parquet").read_bytes())
    with pytest.raises(BadValue, match=r"stays\.parquet không có đúng các cột"), opened(tmp_path / "ok", "duckdb"):
        pass
    with pytest.raises(BadValue, match="hãy đổi tên"), opened(tmp_path / "nam[2021]", "duckdb"):
        pass


@pytest.mark.parametrize(
    ("engine", "missing", "extra"), [("duckdb", "ibis", "nation"), ("spark", "pyspark.sql", "spark")]
)
def test_without_the_extra(
    engine: Any, missing: str, extra: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What to install is said."""
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(BadValue, match=rf"pip install 'flowiso\[{extra}\]'"), opened(folder, engine):
        pass


# --- the commands


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A simulated year in a store."""
    from click.testing import CliRunner

    from flowiso.cli import group

    url = f"sqlite:///{tmp_path_factory.mktemp('kho') / 'nam.db'}"
    line = ["simulate", "--year", "2021", "--dossiers", "150", "--seed", "4", "--store", url, "--flows", "flows"]
    result = CliRunner().invoke(group, line, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return url


def test_commands(store: str, tmp_path: Path, call: Call) -> None:
    """A simulated year is exported and told as `flowiso report` tells it, in every form; marked as simulated."""
    code, out, _ = call(
        "export-figures", "--store", store, "--to", tmp_path, "--as-of", "2022-01-31 23:59:59", "--format", "json"
    )
    assert (code, json.loads(out)["simulated"], json.loads(out)["format"]) == (0, True, 1)
    with closing(open_store(store, create=False, read_only=True)) as kept:
        found = Verbs(Agency.load(Path("flows")).of_store(kept), kept)
        for words, period in (
            (("--year", "2021"), Period.year(2021)),
            (("--month", "2021-12"), Period.month(2021, 12)),
            (("--quarter", "2021-2", "--period-rule", "nd09"), Period.quarter(2021, 2, "nd09")),
        ):
            want = found.stats(period)
            told = json.loads(call("nation", tmp_path, *words, "--by", "procedure", "--format", "json")[1])
            assert {name: told[name] for name in Counts._fields} == want.counts._asdict()
            assert {row["code"]: row["received"] for row in told["groups"]} == {
                key: one.counts.received for key, one in want.by_procedure.items() if any(one.counts)
            }
            assert told["late_by_cause"] == want.late_by_cause
            assert told["simulated"] is True
    _, text, _ = call("nation", tmp_path, "--year", "2021", "--by", "field")
    assert text.startswith("1 cơ quan - năm 2021\nDỮ LIỆU MÔ PHỎNG")
    assert "Số liệu chốt lúc 31/12/2021 23:59" in text
    _, table, _ = call("nation", tmp_path, "--year", "2021", "--by", "agency", "--by", "channel", "--format", "csv")
    assert table.splitlines()[0].lstrip("\ufeff").startswith("from,to,cut_off,simulated,agency,channel,total,received")
    assert all(",true," in line for line in table.splitlines()[1:])


@pytest.mark.parametrize(
    ("words", "head"),
    [
        (
            ("--year", "2021", "--by", "officer"),
            "agency,officer,division,steps,late_steps,late_minutes,misrouted,lost_minutes",
        ),
        (("--yearly", "officer"), "year,agency,officer,division,steps,late_steps,late_minutes"),
        (("--yearly", "verdict"), "year,field,code,outcome,dossiers"),
    ],
)
def test_rows_in_every_form(words: tuple[str, ...], head: str, folder: Path, call: Call) -> None:
    """Text, JSON and CSV have the same rows."""
    told = json.loads(call("nation", folder, *words, "--format", "json")[1])
    table = call("nation", folder, *words, "--format", "csv")[1].lstrip("\ufeff").splitlines()
    assert table[0] == f"simulated,{head}"
    assert [line.split(",")[1:] for line in table[1:]] == [
        [str(value) for value in row.values()] for row in told["rows"]
    ]
    text = call("nation", folder, *words)[1]
    assert sum(line.startswith("  ") for line in text.splitlines()) == len(table)
    assert "MÔ PHỎNG" not in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "hãy cho đúng một kỳ"),
        (("--year", "2021", "--yearly", "officer"), "không đi cùng một kỳ"),
        (("--yearly", "officer", "--by", "field"), "không đi cùng một kỳ"),
        (("--year", "2021", "--by", "officer", "--by", "field"), "phải đứng một mình"),
        (("--year", "2021", "--master", "spark://a:7077"), "chỉ dùng với --engine spark"),
        (("--year", "2024"), "khi kỳ báo cáo chưa bắt đầu"),
    ],
)
def test_refusals(words: tuple[str, ...], said: str, folder: Path, call: Call) -> None:
    """What doesn't go together, and what the facts can't tell: exit 2 and why."""
    code, out, err = call("nation", folder, *words)
    assert (code, out) == (2, "")
    assert said in err
