"""Event logs for process miners: CSV, Parquet and XES tell the same of every line, whole or not at all, and of no person."""

from __future__ import annotations

import csv
import gzip
import io
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import pyarrow.parquet
import pytest

from flowiso.app import Agency
from flowiso.engine import Engine
from flowiso.eventlog import FORMS, About, encoded, form_of
from flowiso.eventlog.csvlog import COLUMNS
from flowiso.eventlog.events import CASE, EVENT, traced
from flowiso.life import Life
from flowiso.store import open_store
from flowiso.text import Text
from flowiso.worktime import TZ

Call = Callable[..., tuple[int, str, str]]

XES = "{http://www.xes-standard.org/}"
SECRET = "Nguyễn Văn Bí Mật"
ABOUT = About("000.00.19.H19", Text('Sở "Công Thương" & <bạn>', "Department"), False)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of September 2021."""
    return datetime(2021, 9, day, hour, minute, tzinfo=TZ)


@pytest.fixture(scope="module")
def engine(one_flow: Path) -> Iterator[Engine]:
    """A store with one dossier that was misrouted, paused and handed on, and one that was only submitted."""
    agency = Agency.load(one_flow)
    with closing(open_store("memory:")) as store:
        engine = Engine(agency, store, allow_draft=True, on_misroute="record")
        people = {"owner": SECRET, "phone": "0901234567"}
        first = engine.receive("LTHH-13", by="lan.vp", at=at(14, 8), people=people).number
        engine.move(first, "chuyen", by="lan.vp", to="ha.qltm", at=at(14, 9))
        engine.move(first, "bounce", by="ha.qltm", at=at(14, 10), note=f"nhầm; gọi {SECRET}")
        engine.move(first, "reassign", by="lan.vp", to="ha.qltm", at=at(14, 11), note="đúng người")
        engine.move(first, "confirm", by="ha.qltm", at=at(14, 13, 30))
        record = {"ground": "Luật 1"}
        engine.move(first, "pause", by="ha.qltm", at=at(14, 14), note="chờ toà án", record=record)
        engine.move(first, "resume", by="ha.qltm", at=at(15, 8), note="đã xong")
        engine.move(first, "chuyen", by="ha.qltm", at=at(15, 9), to="mai.qltm")
        engine.submit("LTHH-13", to="lan.vp", at=at(16, 8))
        yield engine


def lives(engine: Engine) -> list[Life]:
    """Every dossier of the store."""
    return [life for _, life in engine.lives()]


def written(engine: Engine, form: str, about: About = ABOUT) -> bytes:
    """The whole file."""
    return b"".join(encoded(lives(engine), form, about))


def table(engine: Engine) -> list[dict[str, str]]:
    """The CSV, read by the standard library."""
    return list(csv.DictReader(io.StringIO(written(engine, "csv").decode("utf-8-sig"))))


def test_every_line_is_an_event(engine: Engine) -> None:
    """R58: nothing is left out; an arrow completes the step it leaves, a confirmation starts it, a reassignment is one."""
    told = [(row["concept:name"], row["lifecycle:transition"], row["action"], row["next"]) for row in table(engine)]
    first, second = "tiep-nhan", "phan-cong"
    assert told == [
        ("receive", "complete", "receive", first),
        (first, "complete", "chuyen", second),
        (second, "reassign", "bounce", second),
        (second, "reassign", "reassign", second),
        (second, "start", "confirm", second),
        (second, "suspend", "pause", second),
        (second, "resume", "resume", second),
        (second, "complete", "chuyen", "thu-ly"),
        ("submit", "complete", "submit", first),
    ]


def test_who_when_and_what_it_is_about(engine: Engine) -> None:
    """Moments have their offset; a role stands where a role's work is done; the case says what it is and how it counts."""
    row = next(row for row in table(engine) if row["lifecycle:transition"] == "start")
    assert row["time:timestamp"] == "2021-09-14T13:30:00+07:00"
    assert (row["org:resource"], row["org:role"], row["org:group"]) == ("ha.qltm", "lanh-dao-phong", "qltm")
    assert (row["holder"], row["line"], row["title"]) == ("ha.qltm", "4", "Phân công chuyên viên thụ lý")
    assert (row["case:code"], row["case:version"], row["case:channel"]) == ("LTHH-13", "1", "counter")
    assert (row["case:due"], row["case:verdict"]) == ("2021-09-29T17:00:00+07:00", "")
    submitted = table(engine)[-1]
    assert (submitted["org:resource"], submitted["org:role"], submitted["case:due"]) == ("nguoi-nop", "", "")
    assert submitted["title"] == "Nộp hồ sơ"


def test_an_ended_dossier_has_its_verdict_and_nobody(one_flow: Path) -> None:
    """R72: how it counts stands at the case; after the end the last event has no holder."""
    agency = Agency.load(one_flow)
    with closing(open_store("memory:")) as store:
        engine = Engine(agency, store, allow_draft=True)
        number = engine.receive("LTHH-13", by="lan.vp", at=at(14, 8)).number
        engine.move(number, "rut-ho-so", by="lan.vp", at=at(15, 8))
        (trace,) = (traced(life, "en") for _, life in engine.lives())
    assert (trace.verdict, trace.events[-1].holder, trace.events[-1].activity) == ("withdrawn", None, "tiep-nhan")


@pytest.mark.parametrize("form", FORMS)
def test_no_person_and_no_free_text(engine: Engine, form: str) -> None:
    """R151: neither what is kept apart from the log, nor what somebody wrote into a note."""
    data = written(engine, form)
    text = gzip.decompress(data) if form == "xes.gz" else data
    for secret in ("Bí Mật", "0901234567", "toà án", "Luật 1"):
        assert secret.encode() not in text, secret
    assert form == "parquet" or b"lan.vp" in text


@pytest.mark.parametrize("form", FORMS)
def test_the_same_log_gives_the_same_bytes(engine: Engine, form: str) -> None:
    """A file can be compared with the one written before."""
    assert written(engine, form) == written(engine, form)


def test_parquet_says_what_csv_says(engine: Engine) -> None:
    """Read back by pyarrow: typed columns, moments at UTC+7, nothing where the CSV has nothing."""
    found = pyarrow.parquet.read_table(io.BytesIO(written(engine, "parquet")))
    assert found.column_names == list(COLUMNS)
    types = {"string": "string", "int": "int64", "date": "timestamp[ms, tz=+07:00]"}
    assert [str(field.type) for field in found.schema] == [types[kind] for kind in COLUMNS.values()]
    assert found.schema.metadata[b"simulated"] == b"false"

    def shown(value: Any) -> str:
        return "" if value is None else value.isoformat() if isinstance(value, datetime) else str(value)

    assert [{name: shown(value) for name, value in row.items()} for row in found.to_pylist()] == table(engine)


def test_parquet_in_row_groups(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """No more than a row group is held at a time: the file comes in parts, and is one file."""
    monkeypatch.setattr("flowiso.eventlog.parquet._BATCH", 4)
    parts = list(encoded(lives(engine), "parquet", ABOUT))
    found = pyarrow.parquet.ParquetFile(io.BytesIO(b"".join(parts)))
    assert (found.num_row_groups, found.metadata.num_rows, len(parts)) == (3, 9, 4)


def test_parquet_of_nothing(engine: Engine) -> None:
    """An empty store gives an empty table with its columns, and the other forms as well."""
    found = pyarrow.parquet.read_table(io.BytesIO(b"".join(encoded((), "parquet", ABOUT))))
    assert (found.num_rows, found.column_names) == (0, list(COLUMNS))
    assert len(b"".join(encoded((), "csv", ABOUT)).splitlines()) == 1
    assert fromstring(b"".join(encoded((), "xes", ABOUT))).findall(f"{XES}trace") == []


def test_parquet_without_pyarrow(engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, call: Call) -> None:
    """It says what to install; the others need nothing, and no half of a file is left."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert written(engine, "xes")
    url, target = f"sqlite:///{tmp_path / 'kho.db'}", tmp_path / "nhat-ky.parquet"
    open_store(url).close()
    code, _, err = call("export-log", "--store", url, "-o", target)
    assert (code, "pip install 'flowiso[parquet]'" in err) == (2, True)
    assert [file.name for file in tmp_path.iterdir() if file.name.endswith("parquet") or ".parquet." in file.name] == []


def xes(engine: Engine, form: str = "xes") -> Element:
    """The XES, read by a plain parser."""
    data = written(engine, form)
    return fromstring(gzip.decompress(data) if form == "xes.gz" else data)


def values(component: Element) -> dict[str, tuple[str, str]]:
    """The attributes of a log, trace or event: key to type and value; no key comes twice (IEEE 1849-2016)."""
    found = [one for one in component if "key" in one.attrib]
    assert len({one.attrib["key"] for one in found}) == len(found)
    return {one.attrib["key"]: (one.tag.removeprefix(XES), one.attrib["value"]) for one in found}


def test_xes_is_as_the_standard_wants_it(engine: Engine) -> None:
    """IEEE 1849-2016: parts in their order, prefixes declared, global attributes everywhere, classifiers made of these alone."""
    log = xes(engine)
    assert (log.tag, log.attrib["xes.version"]) == (f"{XES}log", "1849.2016")
    order = ["extension", "global", "classifier", "string", "boolean", "trace"]
    ranks = [order.index(one.tag.removeprefix(XES)) for one in log]
    assert ranks == sorted(ranks)
    declared = {one.attrib["prefix"] for one in log.findall(f"{XES}extension")}
    traces = log.findall(f"{XES}trace")
    events = [event for trace in traces for event in trace.findall(f"{XES}event")]
    assert (len(traces), len(events)) == (2, 9)
    scopes = {one.attrib["scope"]: values(one).keys() for one in log.findall(f"{XES}global")}
    for scope, parts, known in (("trace", traces, CASE), ("event", events, EVENT)):
        for part in parts:
            told = values(part)
            assert scopes[scope] <= told.keys() <= known.keys()
            assert all(kind == known[key] for key, (kind, _) in told.items())
            assert {key.partition(":")[0] for key in told if ":" in key} <= declared
    for classifier in log.findall(f"{XES}classifier"):
        assert set(classifier.attrib["keys"].split()) <= scopes["event"]
    assert values(log)["title"] == ("string", 'Sở "Công Thương" & <bạn>')
    assert values(log)["lifecycle:model"] == ("string", "standard")
    lifecycle = {"start", "complete", "reassign", "suspend", "resume"}
    assert {values(event)["lifecycle:transition"][1] for event in events} == lifecycle


def test_xes_says_what_csv_says(engine: Engine) -> None:
    """Event by event and attribute by attribute, with what the case says in front; moments have their offset."""
    told = []
    for trace in xes(engine).findall(f"{XES}trace"):
        case = {f"case:{key}": value for key, (_, value) in values(trace).items()}
        events = map(values, trace.findall(f"{XES}event"))
        told += [case | {key: value for key, (_, value) in event.items()} for event in events]
    assert told == [{name: value for name, value in row.items() if value} for row in table(engine)]
    assert all(datetime.fromisoformat(row["time:timestamp"]).utcoffset() for row in told)


def test_xes_gz_is_the_same_packed(engine: Engine) -> None:
    assert gzip.decompress(written(engine, "xes.gz")) == written(engine, "xes")


def test_it_says_whether_it_is_a_simulation(engine: Engine) -> None:
    """Nobody takes a simulated log for a lived one."""
    simulated = ABOUT._replace(simulated=True)
    log = fromstring(written(engine, "xes", simulated))
    assert values(log)["simulated"] == ("boolean", "true")
    found = pyarrow.parquet.read_schema(io.BytesIO(written(engine, "parquet", simulated)))
    assert found.metadata[b"simulated"] == b"true"


def test_no_cell_is_a_formula(engine: Engine) -> None:
    """A spreadsheet that opens the table runs nothing."""
    life = lives(engine)[0]
    evil = life._replace(case=life.case._replace(number="=1+1"))
    lines = b"".join(encoded([evil], "csv", ABOUT)).decode("utf-8-sig").splitlines()
    assert all(line.startswith("'=1+1,") for line in lines[1:])


@pytest.mark.parametrize(
    ("file", "form"),
    [("a.csv", "csv"), ("A.XES.GZ", "xes.gz"), ("x/b.xes", "xes"), ("c.parquet", "parquet"), ("d.gz", None), ("csv", None)],
)  # fmt: skip
def test_form_of_a_file(file: str, form: str | None) -> None:
    assert form_of(file) == form


class TestCommand:
    """`flowiso export-log` into every form."""

    @pytest.fixture
    def url(self, one_flow: Path, tmp_path: Path) -> str:
        """A store with one dossier."""
        url = f"sqlite:///{tmp_path / 'kho.db'}"
        with closing(open_store(url)) as store:
            Engine(Agency.load(one_flow), store, allow_draft=True).receive("LTHH-13", by="lan.vp", at=at(14, 8))
        return url

    @pytest.mark.parametrize("form", FORMS)
    def test_the_ending_tells_the_form(self, form: str, url: str, one_flow: Path, tmp_path: Path, call: Call) -> None:
        target = tmp_path / f"nhat-ky.{form}"
        words = ("export-log", "--store", url, "--flows", one_flow, "--lang", "en")
        assert call(*words, "-o", target)[0] == 0
        whole = target.read_bytes()
        assert whole.startswith(
            {"csv": b"\xef\xbb\xbfcase", "xes": b"<?xml", "xes.gz": b"\x1f\x8b", "parquet": b"PAR1"}[form]
        )
        other = tmp_path / "khac"
        assert call(*words, "-o", other, "--format", form)[0] == 0
        assert other.read_bytes() == whole
        if form in ("csv", "xes"):
            assert call(*words, "--format", form)[1].encode() == whole

    @pytest.mark.parametrize("form", FORMS)
    def test_of_a_simulated_year_it_is_the_same(self, form: str, one_flow: Path, tmp_path: Path, call: Call) -> None:
        """`simulate --log` writes what `export-log` writes of its store."""
        log, again = tmp_path / f"nam.{form}", tmp_path / f"lai.{form}"
        url = ("--store", f"sqlite:///{tmp_path / 'nam.db'}", "--flows", one_flow)
        assert call("simulate", "--year", 2021, "--dossiers", 20, *url, "--log", log)[0] == 0
        assert call("export-log", *url, "-o", again)[0] == 0
        assert log.read_bytes() == again.read_bytes()
        assert len(log.read_bytes()) > 1_000

    def test_an_unknown_ending_is_refused_before_the_year(self, one_flow: Path, tmp_path: Path, call: Call) -> None:
        code, _, err = call("simulate", "--dossiers", 20, "--flows", one_flow, "--log", tmp_path / "nam.txt")
        assert (code, "hãy đặt đuôi .csv, .xes, .xes.gz, .parquet" in err) == (2, True)

    def test_the_other_endings_are_the_log_with_its_hashes(
        self, url: str, one_flow: Path, tmp_path: Path, call: Call
    ) -> None:
        target = tmp_path / "nhat-ky.txt"
        assert call("export-log", "--store", url, "--flows", one_flow, "-o", target)[0] == 0
        assert target.read_text(encoding="utf-8").startswith('{"format":"flowiso-log"')

    def test_a_store_is_not_written_over(self, url: str, one_flow: Path, tmp_path: Path, call: Call) -> None:
        """R58, for files made of bytes too."""
        store = tmp_path / "kho.db"
        before = store.read_bytes()
        code, _, err = call("export-log", "--store", url, "--flows", one_flow, "-o", store, "--format", "xes")
        assert (code, "không ghi đè" in err, store.read_bytes() == before) == (2, True, True)
