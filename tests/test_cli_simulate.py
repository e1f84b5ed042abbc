"""`flowiso simulate`, `whatif`, `size` and `compare-years` as people and scripts meet them."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from flowiso.cli.replicating import SHIPPED
from flowiso.simulate import Year
from flowiso.text import nfc

Call = Callable[..., tuple[int, str, str]]
ROOT = Path(__file__).parent.parent
SPREAD = {"runs", "mean", "half", "least", "p10", "p50", "p90", "most"}


@pytest.fixture
def here(tmp_path: Path, one_flow: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to stand in, with an agency of one flow, and scenarios: a base, hurried terms, a faulty one."""
    flows = tmp_path / "flows"
    shutil.copytree(one_flow, flows)
    (flows / "_scenarios").mkdir(exist_ok=True)
    for file in (flows / "_scenarios").glob("*"):
        file.unlink()
    told = {
        "goc": "title: Gốc\ntitle_en: Base\nyear: 2021\narrivals: {dossiers: 60}\nmisrouting: {rate: 20%, noticed: 60wh}\n",
        "gap": "base: goc\ntitle: Hạn ngắn\ntitle_en: Short terms\nterms: 40%\n",
        "hong": "title: Hỏng\ntitle_en: Broken\nmisrouting: {rate: -1}\nstaff: {missing: [ai.do]}\n",
    }
    for name, text in told.items():
        (flows / "_scenarios" / f"{name}.yaml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def found(result: tuple[int, str, str], code: int = 0) -> Any:
    """The JSON a command printed, having left with that code."""
    assert result[0] == code, result
    return json.loads(result[1])


def test_one_year(call: Call, here: Path) -> None:
    """The report first, as of real dossiers, then what only a simulation knows, with the assumptions."""
    code, out, err = call("simulate", "--scenario", "goc", "--store", "sqlite:///nam.db", "--log", "nam.csv")
    assert (code, out) == (0, nfc(out))
    assert (
        out.index("Biểu II.06a")
        < out.index("mô phỏng năm 2021, goc: Gốc")
        < out.index("tỷ lệ lượt chuyển nhầm tài khoản")
    )
    assert "nam.csv" in err
    assert len((here / "nam.csv").read_text(encoding="utf-8-sig").splitlines()) > 300
    assert out.endswith("Nhật ký ở sqlite:///nam.db\n")
    code, told, _ = call("report", "--year", 2021, "--store", "sqlite:///nam.db")
    assert (code, out.startswith(told)) == (0, True)


def test_one_year_as_json(call: Call, here: Path) -> None:
    """R92: the report's own keys, and beside them those of the simulation; its counts are those of the report."""
    told = found(call("simulate", "--scenario", "goc", "--format", "json"))
    simulated = told.pop("simulation")
    assert told["received"] == 60
    assert told["late"] == int(float(simulated["resolved_late"]["mean"]))
    assert (simulated["runs"], simulated["asked"], simulated["partial"], simulated["seeds"]) == (1, 1, False, [1])
    assert simulated["late"]["half"] is None
    assert {ground["basis"] for ground in simulated["assumptions"]} == {"assumed"}


def test_many_years(call: Call, here: Path) -> None:
    """Means, intervals and percentiles, the seeds they are of, and the causes of R95."""
    words = ("simulate", "--scenario", "goc", "--replications", 5, "--seed", 3, "--jobs", 1)
    told = found(call(*words, "--format", "json"))
    assert (told["runs"], told["seeds"], told["partial"], told["scenario"]) == (5, [3, 4, 5, 6, 7], False, "goc")
    assert told["late"].keys() == SPREAD
    assert sum(float(spread["mean"]) for spread in told["late_by_cause"].values()) == pytest.approx(
        float(told["late"]["mean"])
    )
    assert float(told["late"]["mean"]) > 0
    assert len(told["queue"]) == 365
    code, out, _ = call(*words)
    assert code == 0
    assert "5 lần mô phỏng cả năm, hạt giống 3-7" in out
    rows = list(csv.DictReader(io.StringIO(call(*words, "--format", "csv")[1].removeprefix("\ufeff"))))
    assert [row["mean"] for row in rows if (row["part"], row["name"]) == ("year", "late")] == [told["late"]["mean"]]
    assert "5 simulated years, seeds 3-7" in call("--lang", "en", *words)[1]


def test_overrides_are_said(call: Call, here: Path) -> None:
    """A number that isn't the scenario's own is told with its name, and no published figure stands beside it."""
    told = found(call("simulate", "--scenario", "goc", "--dossiers", 7, "--year", 2022, "--format", "json"))
    assert (told["received"], told["year"]) == (7, 2022)
    assert told["simulation"]["scenario"] == "goc --dossiers 7 --year 2022"


def test_the_shipped_scenario_is_the_default(call: Call, here: Path) -> None:
    """Without a name that of the shipped flows; in an agency it doesn't fit the plain defaults."""
    words = ("simulate", "--dossiers", 20, "--format", "json")
    assert found(call(*words, "--flows", ROOT / "flows"))["simulation"]["scenario"] == f"{SHIPPED} --dossiers 20"
    assert found(call(*words))["simulation"]["scenario"] == "mặc định --dossiers 20"


@pytest.mark.parametrize(
    "words",
    [
        ("simulate", "--scenario", "hong"),
        ("whatif", "goc", "hong"),
        ("whatif", "flows/_scenarios/hong.yaml", "goc"),
        ("size", "--scenario", "hong", "--role", "chuyen-vien", "--division", "qltm", "--late-below", "1%"),
    ],
)
def test_a_scenario_with_faults(words: tuple[str, ...], call: Call, here: Path) -> None:
    """Findings with file and line on standard output, as `flowiso check` prints them, exit 1, and nothing is run."""
    code, out, err = call(*words)
    assert (code, err) == (1, "")
    assert re.search(r"_scenarios/hong\.yaml:3: SCN201 ", out)
    assert re.search(r"_scenarios/hong\.yaml:4: SCN104 .*ai\.do", out)
    assert out.splitlines()[-1].startswith("2 phát hiện")
    told = found(call(*words, "--format", "json"), 1)
    assert [finding["line"] for finding in told["findings"]] == [3, 4]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("simulate", "--scenario", "khong-co"), "không có kịch bản 'khong-co'"),
        (("simulate", "--scenario", "goc", "--replications", "2", "--store", "sqlite:///x.db"), "một năm"),
        (("simulate", "--scenario", "goc", "--log", "nhat-ky.doc"), "nhat-ky.doc"),
        (("simulate", "--scenario", "goc", "--log", "khong-co/x.csv"), "khong-co/x.csv"),
        (("simulate", "--scenario", "goc", "--replications", "2", "--html", "khong-co/x.html"), "khong-co/x.html"),
        (("simulate", "--scenario", "goc", "--html", "flows/_org.yaml/x.html"), "_org.yaml/x.html"),
        (("whatif", "goc", "gap", "--html", "khong-co/x.html"), "khong-co/x.html"),
        (("simulate", "--scenario", "goc", "--dossiers", "0"), "ít nhất 1"),
        (("simulate", "--scenario", "goc", "--replications", "2", "--cluster", "tcp://127.0.0.1:1"), "không trả lời"),
        (("simulate", "--scenario", "goc", "--replications", "2", "--cluster", "o dau"), "không trả lời"),
        (("simulate", "--scenario", "goc", "--cluster", "tcp://127.0.0.1:1"), "--replications"),
        (("whatif", "goc", "gap", "--cluster", "tcp://127.0.0.1:1", "--jobs", "2"), "--jobs"),
        (("simulate", "--scenario", "goc", "--store", "sqlite:///khong-co/x.db"), "khong-co/x.db"),
        (("simulate", "--scenario", "goc", "--store", "sqlite:///:memory:"), ":memory:"),
        (("size", "--scenario", "goc", "--role", "vua", "--late-below", "1%"), "không có vai trò 'vua'"),
        (("size", "--scenario", "goc", "--role", "chuyen-vien", "--late-below", "1%"), "--division"),
        (("size", "--scenario", "goc", "--role", "mot-cua", "--division", "qltm", "--late-below", "1%"), "vp"),
        (("size", "--scenario", "goc", "--role", "mot-cua", "--late-below", "nhieu"), "0,1%"),
        (("size", "--scenario", "goc", "--role", "mot-cua", "--late-below", "101%"), "0,1%"),
        (("size", "--scenario", "goc", "--role", "mot-cua", "--late-below", "1%", "--from", "9", "--to", "3"), "--from 9"),
        (("size", "--scenario", "goc", "--role", "mot-cua", "--late-below", "1%", "--replications", "1"), "từ 2"),
        (("compare-years", "--store", "sqlite:///x.db", "--year", "2021"), "--flows-other"),
        (("compare-years", "--store", "sqlite:///x.db", "--year", "2021", "--scenario", "goc"), "x.db"),
        (("whatif", "goc"), "KỊCH BẢN"),
    ],
)  # fmt: skip
def test_what_could_not_be_done(words: tuple[str, ...], said: str, call: Call, here: Path) -> None:
    """Exit 2, what is wrong and what to do in one line, and nothing on standard output."""
    code, out, err = call(*words)
    assert (code, out) == (2, "")
    assert said in err
    assert not (here / "x.db").exists()


def test_a_year_whose_dossiers_are_due_in_one_the_calendar_lacks(call: Call, here: Path) -> None:
    """R80: of a file it is a finding with its line; of the command line it is said before a store is made."""
    last = max(int(file.stem) for file in Path("flows/_calendar").glob("2*.yaml"))
    Path("cuoi.yaml").write_text(f"base: goc\ntitle: Năm cuối của lịch\nyear: {last}\n", encoding="utf-8")
    for words in (("simulate", "--scenario", "cuoi.yaml"), ("whatif", "goc", "cuoi.yaml")):
        code, out, err = call(*words)
        assert (code, err) == (1, "")
        assert re.search(rf"^cuoi\.yaml:3: SCN304 .*hãy thêm _calendar/{last + 1}\.yaml", out, re.MULTILINE)
    code, out, err = call("simulate", "--scenario", "goc", "--year", last, "--store", "sqlite:///x.db")
    assert (code, out) == (2, "")
    assert f"_calendar/{last + 1}.yaml" in err
    assert not Path("x.db").exists()


def test_a_share_of_nothing_is_told_once(call: Call, here: Path) -> None:
    """R111: a year without dossiers has no objective to be met."""
    assert call("simulate", "--scenario", "goc", "--dossiers", 3, "--store", "sqlite:///nam.db")[0] == 0
    asked = "report", "--year", 2020, "--store", "sqlite:///nam.db"
    assert "mục tiêu > 99%: không phát sinh Biểu" in " ".join(call(*asked)[1].split())
    assert "objective > 99%: none arose Form" in " ".join(call("--lang", "en", *asked)[1].split())


@pytest.mark.parametrize("where", ["flowiso.simulate.Year.run", "flowiso.store.sql.SqlStore.create_many"])
def test_a_store_is_there_whole_or_not_at_all(
    where: str, call: Call, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R58: Ctrl-C while the year is lived or written leaves no store behind, nor half of one; one that was there, empty, has no
    dossiers."""
    words = ("simulate", "--scenario", "goc", "--dossiers", 5, "--store")
    (here / "rong.db").touch()
    before = sorted(here.iterdir())
    with monkeypatch.context() as patched:
        patched.setattr(where, _stop)
        for name in ("nam.db", "rong.db"):
            code, out, err = call(*words, f"sqlite:///{name}")
            assert (code, out) == (2, "")
            assert "đã dừng theo yêu cầu" in err
    assert sorted(here.iterdir()) == before
    for name in ("nam.db", "rong.db"):
        assert call(*words, f"sqlite:///{name}")[0] == 0
        code, out, err = call(*words, f"sqlite:///{name}")
        assert (code, out, "đã có hồ sơ" in err) == (2, "", True)


def _stop(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_a_store_made_meanwhile_stays(call: Call, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """R58: whoever made a file of that name while the year was lived keeps it; ours gets its name on any file system."""
    words = ("simulate", "--scenario", "goc", "--dossiers", 5, "--store", "sqlite:///nam.db")
    live = Year.run
    monkeypatch.setattr(Year, "run", lambda *given: (Path("nam.db").write_text("của ai đó"), live(*given))[1])
    assert call(*words)[0] == 2
    assert Path("nam.db").read_text(encoding="utf-8") == "của ai đó"
    monkeypatch.setattr(Year, "run", live)
    Path("nam.db").unlink()
    monkeypatch.setattr(os, "link", _no_links)
    assert call(*words)[0] == 0
    assert [one.name for one in here.glob("*nam*")] == ["nam.db"]


def _no_links(*_: object) -> None:
    raise PermissionError


def test_what_was_kept_is_said_where_printing_is_stopped(
    call: Call, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R58: the store is whole, whatever becomes of what is printed of it."""
    monkeypatch.setattr("flowiso.cli.simulate.write_report", _stop)
    code, out, err = call("simulate", "--scenario", "goc", "--dossiers", 5, "--store", "sqlite:///nam.db")
    assert (code, out) == (2, "")
    assert "Nhật ký ở sqlite:///nam.db" in err
    assert found(call("report", "--year", 2021, "--store", "sqlite:///nam.db", "--format", "json"))["received"] == 5


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("simulate", "--scenario", "goc"), "2 lần mô phỏng cả năm"),
        (("whatif", "goc", "gap"), "2 lần mô phỏng cả năm"),
        (
            ("size", "--scenario", "goc", "--role", "mot-cua", "--late-below", "100%", "--to", "1"),
            "cần ít nhất 1 người",
        ),
    ],
)
def test_ctrl_c_when_all_is_done_takes_nothing_away(
    words: tuple[str, ...], said: str, call: Call, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was run is told before the processes are sent home; exit 2, as the command was stopped."""
    monkeypatch.setattr("flowiso.simulate.crew.Alone.__exit__", _stop)
    code, out, err = call(*words, "--replications", 2, "--jobs", 1)
    assert (code, said in out, "đã dừng theo yêu cầu" in err) == (2, True, True), out


@pytest.mark.parametrize("name", ["simulate", "whatif", "size", "compare-years"])
def test_years_are_asked_for_alike(name: str, call: Call) -> None:
    """What one of the commands takes to run years, all take, said in the same words."""
    shared = ("--seed", "--replications", "--jobs", "--cluster", "--format", "--flows")
    told, simulate = call(name, "--help")[1], call("simulate", "--help")[1]
    for option in shared:
        words = [
            re.search(rf"^  {option} (.*?)(?=^  --|\n\n)", text, re.MULTILINE | re.DOTALL) for text in (told, simulate)
        ]
        texts = [re.sub(r"\[[^]]*\]|\s+", " ", found[1]).strip() for found in words if found]
        assert len(texts) == 2, option
        assert texts[0] == texts[1], option


def test_numbers_of_the_command_line_are_not_those_of_the_file(call: Call, here: Path) -> None:
    """What is printed of a scenario is what was simulated; a number that is the file's own all the same stays its own."""
    asked = found(call("simulate", "--scenario", "goc", "--dossiers", 7, "--year", 2022, "--format", "json"))[
        "simulation"
    ]
    told = {one["path"]: (one["value"], one["why"]) for one in asked["assumptions"]}
    assert told["arrivals.dossiers"] == ("7", "ghi ở dòng lệnh")
    assert told["year"] == ("2022", "ghi ở dòng lệnh")
    assert told["misrouting.rate"] == ("20%", "tệp không ghi căn cứ")
    assert {one["title"] for one in asked["assumptions"]} >= {"năm mô phỏng", "hồ sơ được tiếp nhận"}
    same = found(call("simulate", "--scenario", "goc", "--dossiers", 60, "--year", 2021, "--format", "json"))[
        "simulation"
    ]
    assert same["scenario"] == "goc"
    assert "ghi ở dòng lệnh" not in {one["why"] for one in same["assumptions"]}


def test_whatif(call: Call, here: Path) -> None:
    """Paired differences with both intervals; the same by whatever number of processes."""
    words = ("whatif", "goc", "gap", "flows/_scenarios/goc.yaml", "--replications", 4)
    alone = call(*words, "--format", "json", "--jobs", 1)
    told = found(alone)
    assert call(*words, "--format", "json", "--jobs", 2) == alone
    late = told["others"][0]["differences"]["late"]
    assert late.keys() >= {"mean", "half", "unpaired", "narrower", "certain"}
    means = [float(told["others"][0]["late"]["mean"]), float(told["base"]["late"]["mean"])]
    assert float(late["mean"]) == pytest.approx(means[0] - means[1], abs=0.01)
    assert means[0] > means[1]
    same = told["others"][1]["differences"]["late"]
    assert (same["mean"], same["half"], same["narrower"], same["certain"]) == ("0.00", "0.00", None, False)
    code, out, _ = call(*words, "--html", "so.html", "--jobs", 1)
    assert code == 0
    assert "gap: Hạn ngắn" in out
    assert "không ghép cặp" in out
    assert (here / "so.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_size(call: Call, here: Path) -> None:
    """Bisection: the largest first, then halves; each size once, and the smallest that holds."""
    role = (
        "size",
        "--scenario",
        "goc",
        "--role",
        "chuyen-vien",
        "--division",
        "qltm",
        "--replications",
        3,
        "--jobs",
        1,
    )
    code, out, err = call(*role, "--late-below", "100%", "--to", 5, "--format", "json")
    told = json.loads(out)
    assert (code, told["enough"], told["late_below"], told["division"]) == (0, 1, "100", "qltm")
    assert [one["officers"] for one in told["tried"]] == [1, 2, 3, 5]
    assert all(0 < float(one["upper"]) < 100 for one in told["tried"])
    assert [int(n) for n in re.findall(r"đã thử (\d+) người", err)] == [5, 3, 2, 1]
    code, out, _ = call(*role, "--late-below", "0,001%", "--to", 3)
    assert code == 1
    assert "Chưa đủ: thử đến 3 người" in out
    assert "cận trên" in err
    assert "không bao giờ làm trễ hơn" in out


def test_compare_years(call: Call, here: Path) -> None:
    """The arrivals of a store: the same number, channels and refusals in every scenario; under another folder too."""
    shutil.copytree("flows", "khac")
    org = here / "khac" / "_org.yaml"
    org.write_text(re.sub(r"(?m)^  ngoc\.qltm:.*\n", "", org.read_text(encoding="utf-8")), encoding="utf-8")
    assert call("simulate", "--scenario", "goc", "--seed", 9, "--store", "sqlite:///nam.db")[0] == 0
    report = found(call("report", "--year", 2021, "--store", "sqlite:///nam.db", "--format", "json"))
    words = ("--year", 2021, "--base", "goc", "--scenario", "gap", "--flows-other", "khac", "--replications", 3)
    result = call("compare-years", "--store", "sqlite:///nam.db", *words, "--format", "json")
    assert "hồ sơ nộp và được trả lời trong năm 2021" in result[2]
    told = found(result)
    assert [one["scenario"] for one in (told["base"], *told["others"])] == ["goc", "gap", "goc --flows khac"]
    for one in (told["base"], *told["others"]):
        for figure in ("received", "online", "refused"):
            assert float(one[figure]["least"]) == float(one[figure]["most"])
        assert float(one["received"]["mean"]) == report["received"]
        assert float(one["online"]["mean"]) == report["online"]
        assert float(one["refused"]["mean"]) == report["refused_intake"]
    assert "ngoc.qltm" in told["base"]["by_officer"]
    assert "ngoc.qltm" not in told["others"][1]["by_officer"]
    code, out, _ = call("compare-years", "--store", "sqlite:///nam.db", *words)
    assert (
        f"hồ sơ đã đến trong năm, lấy từ kho\n    hồ sơ đến  {report['received'] + report['refused_intake']}\n" in out
    )
    assert "hồ sơ được tiếp nhận" not in out
    code, _, err = call("compare-years", "--store", "sqlite:///nam.db", "--year", 2019, "--scenario", "gap")
    assert (code, "2019" in err) == (2, True)


@pytest.mark.parametrize(("dossiers", "told"), [(9, True), (10, False)])
def test_what_was_published_is_of_so_many_dossiers(dossiers: int, told: bool, call: Call, here: Path) -> None:
    """The arrivals of a store aren't the published year's where they are more or fewer."""
    text = f"base: goc\ntitle: Công bố\narrivals: {{dossiers: {dossiers}, refused: 0%}}\n"
    exact = f"exact: {{received: {dossiers}, online: {dossiers}, late: 1, with_dossiers: 1}}\n"
    (here / "flows" / "_scenarios" / "cong-bo.yaml").write_text(text + exact, encoding="utf-8")
    assert call("simulate", "--scenario", "goc", "--dossiers", 9, "--store", "sqlite:///chin.db")[0] == 0
    words = ("--base", "cong-bo", "--scenario", "goc", "--replications", 2, "--jobs", 1, "--html", "so.html")
    assert call("compare-years", "--store", "sqlite:///chin.db", "--year", 2021, *words)[0] == 0
    assert ("Số đã công bố" in (here / "so.html").read_text(encoding="utf-8")) == told


def test_without_dask(here: Path) -> None:
    """The extra is named."""
    code = (
        "import sys; sys.modules['distributed'] = None\n"
        "sys.argv = ['flowiso', 'simulate', '--scenario', 'goc', '--replications', '2', '--cluster', 'tcp://x:1']\n"
        "from flowiso.cli import main; main()"
    )
    left = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert (left.returncode, left.stdout) == (2, "")
    assert "pip install 'flowiso[cluster]'" in left.stderr


@pytest.mark.parametrize("form", ["text", "json", "csv"])
def test_ctrl_c_gives_what_is_there(form: str, here: Path) -> None:
    """The years done so far, said to be partial; exit 2; the bar on a terminal has the time left; no process stays."""
    words = ("simulate", "--scenario", "goc", "--replications", "50000", "--jobs", "2", "--format", form)
    terminal, child = pty.openpty()
    started = subprocess.Popen(
        [sys.executable, str(ROOT / "cli.py"), *words],
        stdout=subprocess.PIPE,
        stderr=child,
        text=True,
        start_new_session=True,
    )
    os.close(child)
    bar = ""
    while not re.search(r"%.* \d\d:\d\d:\d\d", bar) and started.poll() is None:
        bar += os.read(terminal, 4096).decode()
    workers = psutil.Process(started.pid).children(recursive=True)
    os.killpg(started.pid, signal.SIGINT)
    out, _ = started.communicate(timeout=60)
    os.close(terminal)
    assert started.returncode == 2
    assert len(workers) >= 2
    assert not psutil.wait_procs(workers, timeout=10)[1]
    if form == "json":
        told = json.loads(out)
        assert (told["partial"], told["asked"]) == (True, 50_000)
        assert 0 < told["runs"] == len(told["seeds"]) < 50_000
    elif form == "csv":
        rows = list(csv.DictReader(io.StringIO(out.removeprefix("\ufeff"))))
        assert {(row["asked"], row["partial"]) for row in rows} == {("50000", "True")}
    else:
        assert re.search(r"KẾT QUẢ CHƯA ĐỦ: .* trong 50\.000", out)
