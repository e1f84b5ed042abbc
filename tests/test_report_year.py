"""The report of a whole year through the command: every cell in every format, a figure back to its dossiers, what is refused."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from readback import FORMATS, differences
from test_report_formats import written

from flowiso.app import Agency
from flowiso.declaredfile import load_year
from flowiso.engine import Engine
from flowiso.reports.annual import annual, year_of
from flowiso.reports.document import Document
from flowiso.reports.drilled import drilled_document
from flowiso.reports.figures import figure_sections, figures_document
from flowiso.store import open_store

Call = Callable[..., tuple[int, str, str]]
FLOWS = Path(__file__).parent.parent / "flows"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A simulated year of 300 dossiers."""
    url = f"sqlite:///{tmp_path_factory.mktemp('nam')}/nam.db"
    asked = ("simulate", "--year", "2021", "--dossiers", "300", "--seed", "3", "--store", url, "--flows", str(FLOWS))
    subprocess.run([sys.executable, "-m", "flowiso", *asked], check=True, stdout=subprocess.DEVNULL)
    return url


@pytest.fixture(scope="module")
def documents(store: str) -> dict[str, Document]:
    """What the command writes of that year, by language and kind."""
    found = {}
    with closing(open_store(store, create=False, read_only=True)) as opened:
        agency = Agency.load(FLOWS).of_store(opened)
        engine = Engine(agency, opened)
        year = year_of(engine, 2021, load_year(FLOWS, 2021))
        for lang in ("vi", "en"):
            found[f"iso-{lang}"] = annual(year, lang, annexes=figure_sections(year.report, lang))
            found[f"figures-{lang}"] = figures_document(year.report, lang, agency.org)
    return found


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("kind", ["iso", "figures"])
@pytest.mark.parametrize("name", FORMATS)
def test_every_cell_of_the_year_is_the_same(name: str, kind: str, lang: str, documents: dict[str, Document]) -> None:
    """R110: text, JSON, CSV, XLSX, DOCX, PDF and HTML, each read back by another program's reader: 0 differences."""
    document = documents[f"{kind}-{lang}"]
    assert len(list(document.cells())) > 500
    assert differences(document, name, written(document, name)) == []


def test_every_figure_of_the_year_is_defined(documents: dict[str, Document]) -> None:
    """R110: each number has a definition, and a rate names two figures that stand on its line or are defined."""
    for document in documents.values():
        cells = {cell.id for cell in document.cells()}
        numbers = [cell for cell in document.cells() if cell.value is not None]
        assert {cell.figure for cell in numbers} <= set(document.sources)
        for cell in numbers:
            source = document.sources[cell.figure]
            line = cell.id.rpartition("/")[0]
            for part in filter(None, (source.numerator, source.denominator)):
                assert part in document.sources or f"{line}/{part}" in cells, (cell.id, part)


def test_one_id_says_one_thing(documents: dict[str, Document]) -> None:
    """A figure that is told twice is shown alike, in prose as in a table."""
    for document in documents.values():
        shown: dict[str, str] = {}
        for cell in document.cells():
            assert shown.setdefault(cell.id, cell.shown) == cell.shown, cell.id


@pytest.mark.parametrize("form", ["json", "csv", "xlsx", "docx", "pdf", "html", "text"])
def test_the_command_writes_each_format(form: str, store: str, call: Call, tmp_path: Path) -> None:
    """By `--format` or by the file's ending, the same bytes; nothing on standard output then."""
    also = {"xlsx": ("--drill", "channel/online/received"), "pdf": ("--iso",), "docx": ("--iso",), "csv": ("--iso",)}
    asked = ("report", "--year", 2021, "--store", store, "--flows", FLOWS, *also.get(form, ()))
    ending = "txt" if form == "text" else form
    one, other = tmp_path / f"mot.{ending}", tmp_path / "hai"
    assert call(*asked, "-o", one)[:2] == (0, "")
    assert call(*asked, "-o", other, "--format", form)[:2] == (0, "")
    assert one.read_bytes() == other.read_bytes()
    assert one.stat().st_size > 500


def test_a_figure_leads_to_its_dossiers(store: str, call: Call) -> None:
    """R110: what the listed dossiers add is the figure of the report, in JSON as in CSV."""
    asked = ("report", "--year", 2021, "--store", store, "--flows", FLOWS)
    figures = json.loads(call(*asked, "--format", "json")[1])
    for cell in ("channel/online/received", "officer/lan.vp/steps"):
        told = json.loads(call(*asked, "--drill", cell, "--format", "json")[1])
        assert {name: told[name] for name in _SPAN} == {name: figures[name] for name in _SPAN}
        assert told["figure"] == sum(one["adds"] for one in told["dossiers"]) == _figure(figures, cell)
        out = call(*asked, "--drill", cell, "--format", "csv")[1]
        rows = list(csv.DictReader(io.StringIO(out.removeprefix("\ufeff"))))
        assert [row["number"] for row in rows] == [one["number"] for one in told["dossiers"]]
        text = call(*asked, "--drill", cell)[1]
        assert all(one["number"] in text for one in told["dossiers"])
    assert figures["digest"] in call(*asked)[1]


_SPAN = ("agency", "period", "period_rule", "from", "to", "cut_off", "simulated")


def _figure(figures: dict[str, Any], cell: str) -> int:
    part, *path, name = cell.split("/")
    line = figures if part == "agency" else figures[f"by_{part}"]["/".join(path)]
    return int(line[name])


@pytest.mark.parametrize(
    ("also", "told"),
    [
        (("--drill", "agency/late_rate"), "tỷ lệ"),
        (("--drill", "x"), "không có ô 'x'"),
        (("--drill", "field/xtm/late"), "không có lĩnh vực 'xtm' trong lưu đồ, tổ chức hay hồ sơ của kỳ"),
        (("--recount",), "hãy bỏ kỳ và --as-of"),
        (("--drill", "agency/late", "--iso"), "một trong --drill, --iso"),
        (("--iso", "--against", "x"), "một trong --against, --iso"),
        (("--iso", "--totals", "x.json"), "--iso cần đúng một --store"),
        (("--against", FLOWS / "_reports" / "2021.yaml", "--format", "pdf"), "chỉ có text và json"),
        (("-o", "/khong-co/tep.pdf"), "không ghi được"),
    ],
)
def test_what_is_refused(also: tuple[object, ...], told: str, store: str, call: Call) -> None:
    """Exit 2, one line that says why, nothing half-written."""
    code, out, err = call("report", "--year", 2021, "--store", store, "--flows", FLOWS, *also)
    assert (code, out) == (2, "")
    assert told in err


def test_a_year_of_the_iso_report(store: str, call: Call) -> None:
    """R100: it is of a year, by either rule of periods; of less it is refused."""
    asked = ("report", "--store", store, "--flows", FLOWS, "--iso")
    assert call(*asked, "--month", "2021-05")[0] == 2
    assert call(*asked, "--from", "2021-01-01", "--to", "2022-12-31")[0] == 2
    code, out, _ = call(*asked, "--year", 2021, "--period-rule", "nd09")
    assert code == 0
    assert "NĐ 09/2019" in out


def test_no_dossiers_behind_a_cell(store: str) -> None:
    """An empty list is a table with its sum alone."""
    with closing(open_store(store, create=False, read_only=True)) as opened:
        agency = Agency.load(FLOWS).of_store(opened)
        engine = Engine(agency, opened)
        report = engine.stats(2021)
        parts = engine.drill("procedure/LTHH-02/late", 2021)
    from flowiso.totals import Span

    made = drilled_document("procedure/LTHH-02/late", parts, agency.org, Span(report.period, report.until), "vi")
    assert [cell.value for cell in made.cells()] == [0]


# --- figures added up


def test_what_is_added_up_is_of_the_period_and_moment_asked(store: str, call: Call, tmp_path: Path) -> None:
    """R92, R94: a year by another rule has other days, which are told; another cut-off can't be had of figures made before."""
    file = tmp_path / "so.json"
    asked = ("--store", store, "--flows", FLOWS)
    assert call("report", "--year", 2021, *asked, "-o", file)[0] == 0
    code, out, err = call("report", "--year", 2021, "--period-rule", "nd09", "--totals", file)
    assert (code, out) == (2, "")
    assert "năm 2021 (01/01/2021 - 31/12/2021), không phải năm 2021 (15/12/2020 - 14/12/2021)" in err
    code, out, err = call("report", "--year", 2021, "--totals", file, "--as-of", "2021-10-10 08:00")
    assert (code, out) == (2, "")
    assert "--as-of" in err


def test_no_figures_of_what_has_not_come(call: Call, tmp_path: Path) -> None:
    """R92: the log as it will stand nobody knows, so time alone is let make nothing overdue; a simulated year may lie ahead."""
    store, asked = f"sqlite:///{tmp_path / 'that.db'}", ("--flows", FLOWS, "--store")
    receipt = ("receive", "LTHH-13", "--by", "lan.vp", "--at", "2021-09-14 08:00", "--new-store", "--allow-draft")
    assert call(*receipt, *asked, store)[0] == 0
    for command in (
        ("report", "--from", "2021-01-01", "--to", "2999-12-31"),
        ("export-figures", "--to", tmp_path / "s"),
    ):
        code, out, err = call(*command, *asked, store, "--as-of", "2999-12-31 08:00")
        assert (code, out) == (2, "")
        assert "lúc 31/12/2999 08:00 chưa tới" in err
    assert not (tmp_path / "s").exists()
