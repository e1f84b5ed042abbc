"""`flowiso check`: exit codes 0, 1 and 2, both forms, both languages, files and folders."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cases import agency_alone
from test_rules import SOUND

from flowiso import cli
from flowiso.cli.options import _chosen
from flowiso.library import bundled, flow_files


@pytest.fixture
def agency(tmp_path: Path) -> Path:
    """The shipped agency's own files with the sound flow as its only one."""
    folder = agency_alone(tmp_path / "flows")
    (folder / "dien").mkdir()
    (folder / "dien" / "dien-01.v1.yaml").write_text(SOUND, encoding="utf-8")
    return folder


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Any:
    """Runs the command line and gives exit code, output and error output."""

    def run(*args: Any) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["flowiso", "check", *map(str, args)])
        monkeypatch.setitem(_chosen, "lang", "vi")
        code = cli.run()
        out, err = capfd.readouterr()
        assert "Traceback" not in err
        return code, out, err

    return run


def spoil(agency: Path, old: str, new: str) -> Path:
    file = agency / "dien" / "dien-01.v1.yaml"
    assert SOUND.count(old) == 1
    file.write_text(SOUND.replace(old, new), encoding="utf-8")
    return file


def test_clean_folder(run: Any, agency: Path) -> None:
    """Exit 0 and one line when nothing is wrong."""
    assert run(agency) == (0, "1 lưu đồ đã kiểm tra, không có lỗi\n", "")
    assert run("--lang", "en", agency) == (0, "1 flow checked, nothing wrong\n", "")


def test_shipped_flows_are_clean(run: Any) -> None:
    """Needs the data of flows/: what comes with FlowISO has no findings, flows, agency, calendar and plans (R60-R64)."""
    code, out, _ = run(bundled())
    assert (code, out) == (0, f"{len(flow_files([bundled()]))} lưu đồ đã kiểm tra, không có lỗi\n")


def test_findings_in_text(run: Any, agency: Path) -> None:
    """Exit 1; each finding on a line `file:line: CODE name: message`, sorted by line."""
    file = spoil(agency, "deadline: 15wd", "deadline: 12wd")
    file.write_text(file.read_text(encoding="utf-8").replace("by: chuyen-vien", "by: chuyen-vie"), encoding="utf-8")
    code, out, _ = run(agency)
    first, second, last = out.splitlines()
    assert code == 1
    assert first.startswith(f"{file}:11: FLW402 deadline-sum: đường chính cần 116wh, thời hạn ")
    assert second.startswith(f"{file}:21: FLW302 unknown-role: ")
    assert second.endswith("có phải 'chuyen-vien'?")
    assert last == "1 lưu đồ đã kiểm tra, 2 phát hiện: 2 lỗi"


def test_findings_in_json(run: Any, agency: Path) -> None:
    """The JSON form: a count of flow files and the findings with seven keys, in the chosen language."""
    file = spoil(agency, "deadline: 15wd", "deadline: 15")
    code, out, _ = run(file, "--format", "json", "--lang", "en")
    report = json.loads(out)
    assert code == 1
    assert report["flows"] == 1
    (one,) = report["findings"]
    assert list(one) == ["code", "name", "level", "message", "file", "line", "column"]
    assert one["message"].startswith("'deadline': Can't read the term \"15\".")
    assert (one["code"], one["file"], one["line"], one["column"]) == ("FLW004", str(file), 11, 11)
    spoil(agency, "deadline: 15wd", "deadline: 16wd")
    code, out, _ = run(file, "--format", "json")
    assert (code, json.loads(out)) == (0, {"flows": 1, "findings": []})


def test_language_from_the_environment(run: Any, agency: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """FLOWISO_LANG chooses the language as --lang does."""
    monkeypatch.setenv("FLOWISO_LANG", "en")
    assert run(agency)[1] == "1 flow checked, nothing wrong\n"


@pytest.mark.parametrize("form", ["text", "json"])
def test_missing_path(run: Any, agency: Path, form: str) -> None:
    """Exit 2 and a plain sentence when a path isn't there; nothing on standard output."""
    code, out, err = run(agency, agency / "nope.yaml", "--format", form)
    assert (code, out) == (2, "")
    assert err == f"flowiso: không có tệp hay thư mục '{agency / 'nope.yaml'}'; hãy xem lại tên\n"


def test_folder_without_flows(run: Any, tmp_path: Path) -> None:
    """Exit 2: to check nothing is no success."""
    assert run(tmp_path)[0] == 2


def test_file_alone(run: Any, agency: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file given alone, by any name, is judged by the agency it lies in."""
    file = spoil(agency, "decided_by: so", "decided_by: bo")
    assert run(file)[0] == 1
    monkeypatch.chdir(file.parent)
    code, out, _ = run(file.name)
    assert code == 1
    assert out.startswith(f"{file.name}:8: FLW106 unknown-field-or-division: ")


def test_file_outside_any_agency(run: Any, tmp_path: Path) -> None:
    """Without an _org.yaml above it, a file is judged by the agency worked with from here, which is said."""
    file = tmp_path / "dien" / "dien-01.v1.yaml"
    file.parent.mkdir()
    pinned = SOUND.replace("issued_by:", "rule_set: VN-2018\nissued_by:", 1)
    file.write_text(pinned.replace("\nfacts:\n", "\nfacts:\n  - {of: [rule_set], read: x}\n"), encoding="utf-8")
    code, out, err = run(file)
    assert (code, out) == (0, "1 lưu đồ đã kiểm tra, không có lỗi\n")
    assert err == f"'{file}' không nằm trong thư mục cơ quan nào; xét theo cơ quan ở 'flows'\n"


def test_same_file_twice(run: Any, agency: Path) -> None:
    """A file named twice, or with its folder, is looked at once."""
    assert run(agency, agency / "dien", agency / "dien" / "dien-01.v1.yaml")[1].startswith("1 lưu đồ")


@pytest.mark.parametrize("data", [b"\xff\xfe", b"a: [", b"", b"\0", "title: Cấp".encode("utf-16")])
def test_unreadable_flow_file(run: Any, agency: Path, data: bytes) -> None:
    """A flow file that isn't YAML or UTF-8 is a finding, exit 1, and still a file that was looked at."""
    (agency / "dien" / "dien-02.v1.yaml").write_bytes(data)
    code, out, _ = run(agency)
    assert code == 1
    assert f"{agency / 'dien' / 'dien-02.v1.yaml'}:1: FLW001 unreadable: " in out
    assert out.splitlines()[-1] == "2 lưu đồ đã kiểm tra, 1 phát hiện: 1 lỗi"


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("_org.yaml", "agency: ["),
        ("_steps.yaml", "steps: x"),
        ("_calendar/2021.yaml", "yaer: 2021"),
        ("_calendar/_sessions.yaml", "- 1"),
        ("_plans/2021.yaml", "a: b"),
    ],
)
def test_agency_files(run: Any, agency: Path, file: str, text: str) -> None:
    """A folder check looks at the agency's own files too, and blames no flow for what can't be read there."""
    (agency / file).write_text(text, encoding="utf-8")
    code, out, _ = run(agency)
    assert code == 1
    assert all(line.startswith(f"{agency / file}:") for line in out.splitlines()[:-1]), out
    alone, same, _ = run(agency / file)
    assert (alone, same.splitlines()[:-1]) == (1, out.splitlines()[:-1])


def test_two_copies(run: Any, agency: Path) -> None:
    """R65: one version in two files is found once, at the second file."""
    (agency / "dien" / "dien-01.v1 (copy).yaml").write_text(SOUND, encoding="utf-8")
    code, out, _ = run(agency)
    assert code == 1
    assert [line.split(" ")[2] for line in out.replace(" (copy)", "").splitlines()[:-1]] == ["duplicate-code:"]


def test_help(run: Any) -> None:
    """The help has an example and is in the chosen language."""
    assert "flowiso check flows" in run("--help")[1]
    assert "Check flow files" in run("--lang", "en", "--help")[1]


def test_a_draft_on_the_desk_has_no_place(tmp_path: Path, run: Any) -> None:
    """A file outside the agency's folder is checked with the shipped agency; FLW102 doesn't apply to it."""
    draft = tmp_path / "nhap.yaml"
    shutil.copy(bundled() / "lthh" / "lthh-13.v1.yaml", draft)
    assert run(draft)[0] == 0


def test_plan_that_does_not_fit_its_flow(tmp_path: Path, run: Any) -> None:
    """A milestone that no step waits for is found in the plan's file."""
    folder = tmp_path / "flows"
    shutil.copytree(bundled(), folder)
    plan = folder / "_plans" / "2021.yaml"
    plan.write_text(plan.read_text(encoding="utf-8").replace("cham-diem:", "chm-diem:"), encoding="utf-8")
    code, out, _ = run(folder)
    assert code == 1
    assert out.startswith(f"{plan}:11: FLW701 plan-mismatch: ")
    assert "'chm-diem'; có phải 'cham-diem'?" in out


TWO = ("deadline: 15wd", "deadline: 12wd\nignore: {FLW204: thừa}")
"""One error (FLW402) and one warning (FLW006)."""


def codes(out: str) -> list[str]:
    return [line.split(": ")[1].split(" ")[0] for line in out.splitlines()[:-1]]


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ([], ["FLW402", "FLW006"]),
        (["--select", "FLW4"], ["FLW402"]),
        (["--select", "flw4,FLW203", "--select", "idle-ignore"], ["FLW402", "FLW006"]),
        (["--select", "FLW203"], []),
        (["--ignore", "FLW0"], ["FLW402"]),
        (["--ignore", "FLW006", "--ignore", "FLW402,FLW203"], []),
        (["--select", "FLW4", "--ignore", "FLW402"], []),
        (["--level", "info"], ["FLW402", "FLW006"]),
        (["--level", "warning"], ["FLW402", "FLW006"]),
        (["--level", "error"], ["FLW402"]),
        (["--level", "error", "--ignore", "FLW4"], []),
    ],
)
def test_what_is_shown(run: Any, agency: Path, options: list[str], found: list[str]) -> None:
    """Codes, their beginnings and names choose; a level shows itself and worse; exit 1 only for what is shown."""
    spoil(agency, *TWO)
    code, out, err = run(agency, *options)
    assert (code, codes(out), err) == (int(bool(found)), found, "")
    hidden = 2 - len(found)
    assert out.splitlines()[-1].endswith(f" ({hidden} phát hiện không hiện)") == bool(hidden)


def test_levels_in_words(run: Any, agency: Path) -> None:
    """A warning says that it is one, and the summary counts by level."""
    spoil(agency, *TWO)
    _, out, _ = run(agency)
    assert ": FLW006 idle-ignore: cảnh báo: 'ignore: FLW204' " in out
    assert out.splitlines()[-1] == "1 lưu đồ đã kiểm tra, 2 phát hiện: 1 lỗi, 1 cảnh báo"


@pytest.mark.parametrize(
    "options", [["--select", "FLW4O2"], ["--ignore", "FLW402,deadline-sun"], ["--select", "FLW4,"]]
)
def test_unknown_code(run: Any, agency: Path, options: list[str]) -> None:
    """Exit 2 for what is no rule, with what was probably meant: a slip must not silence anything."""
    code, out, err = run(agency, *options)
    assert (code, out) == (2, "")
    assert err.startswith("flowiso: không có quy tắc '")
    assert options[1].endswith(",") or "; có phải '" in err


@pytest.mark.parametrize(
    ("options", "command"),
    [
        (["--select", "DOS104"], "flowiso watch"),
        (["--select", "FLW4,dos3"], "flowiso verify"),
        (["--select", "TAB"], "flowiso import-table"),
        (["--ignore", "REP105"], "flowiso report --against"),
    ],
)
def test_code_of_another_command(run: Any, agency: Path, options: list[str], command: str) -> None:
    """Exit 2 with the command that reports it: no check does, and would call everything clean."""
    code, out, err = run(agency, *options)
    assert (code, out) == (2, "")
    assert f"không bao giờ báo {options[1].split(',')[-1]}" in err
    assert f"'{command}'" in err


def test_codes_beside_flows(run: Any, agency: Path) -> None:
    """Codes of scenarios and of declared years may be chosen: a check reports them."""
    spoil(agency, *TWO)
    scenarios = agency / "_scenarios"
    scenarios.mkdir(exist_ok=True)
    (scenarios / "xa.yaml").write_text("year: 2019\n", encoding="utf-8")
    code, out, _ = run(scenarios / "xa.yaml", "--select", "SCN,RPT1")
    assert (code, codes(out)) == (1, ["SCN302"])


def test_unknown_level(run: Any, agency: Path) -> None:
    """Exit 2 with the levels there are."""
    code, out, err = run(agency, "--level", "fatal")
    assert (code, out) == (2, "")
    assert "cần một trong error, warning, info" in err


def test_output_file(run: Any, agency: Path, tmp_path: Path) -> None:
    """`-o` writes the file whole and says the counts on standard error; the exit code is the same."""
    spoil(agency, *TWO)
    report = tmp_path / "bao-cao.json"
    code, out, err = run(agency, "--format", "json", "-o", report)
    assert (code, out, err) == (1, "", "1 lưu đồ đã kiểm tra, 2 phát hiện: 1 lỗi, 1 cảnh báo\n")
    assert json.loads(report.read_text(encoding="utf-8")) == json.loads(run(agency, "--format", "json")[1])
    code, _, err = run(agency, "-o", tmp_path / "nope" / "x.txt")
    assert code == 2
    assert err.startswith("flowiso: ")


def test_sarif_and_github(run: Any, agency: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both name the files from where the command was called."""
    file = spoil(agency, *TWO)
    monkeypatch.chdir(agency.parent)
    code, out, _ = run("flows", "--format", "sarif", "--lang", "en")
    (log,) = json.loads(out)["runs"]
    places = [result["locations"][0]["physicalLocation"]["artifactLocation"] for result in log["results"]]
    assert (code, places) == (1, [{"uri": "flows/dien/dien-01.v1.yaml", "uriBaseId": "%SRCROOT%"}] * 2)
    code, out, _ = run(file.relative_to(agency.parent), "--format", "github")
    assert code == 1
    assert out.startswith("::error file=flows/dien/dien-01.v1.yaml,line=11,col=1,title=FLW402 deadline-sum::")
    assert "\n::warning file=flows/dien/dien-01.v1.yaml,line=12," in out


@pytest.mark.parametrize(("no_color", "painted"), [(None, True), ("", True), ("1", False)])
def test_colour_only_on_a_terminal(agency: Path, no_color: str | None, painted: bool) -> None:
    """A terminal that doesn't refuse it gets colour, nothing else does."""
    spoil(agency, *TWO)
    settings = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    settings |= {} if no_color is None else {"NO_COLOR": no_color}
    words = [sys.executable, "-m", "flowiso", "check", str(agency)]
    piped = subprocess.run(words, env=settings, capture_output=True, check=False).stdout
    assert b"\x1b" not in piped
    reader, writer = os.openpty()
    with subprocess.Popen(words, env=settings, stdout=writer) as process:
        process.wait(30)
    os.close(writer)
    shown = os.read(reader, 1 << 16)
    os.close(reader)
    assert (b"\x1b[31m\x1b[1mFLW402" in shown) == painted
    assert re.sub(rb"\x1b\[\d+m", b"", shown).replace(b"\r\n", b"\n") == piped


def test_watch(agency: Path) -> None:
    """Every change is checked again, what can't be checked is only said, and Ctrl-C ends with the last exit code."""
    words = [sys.executable, "-m", "flowiso", "check", str(agency / "dien"), "--watch"]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8")
    assert process.stdout
    assert process.stderr
    waiting = "--- chờ tệp thay đổi; dừng bằng Ctrl-C ---\n"
    try:
        assert process.stdout.readline() == "1 lưu đồ đã kiểm tra, không có lỗi\n"
        assert process.stderr.readline() == waiting
        flow = agency / "dien" / "dien-01.v1.yaml"
        away = flow.rename(agency / "away")
        assert process.stderr.readline() == f"flowiso: '{agency / 'dien'}' không có tệp lưu đồ *.yaml nào\n"
        assert process.stderr.readline() == waiting
        away.rename(flow)
        assert process.stdout.readline() == "1 lưu đồ đã kiểm tra, không có lỗi\n"
        assert process.stderr.readline() == waiting
        spoil(agency, "deadline: 15wd", "deadline: 12wd")
        assert "FLW402" in process.stdout.readline()
        assert process.stdout.readline() == "1 lưu đồ đã kiểm tra, 1 phát hiện: 1 lỗi\n"
        assert process.stderr.readline() == waiting
        process.send_signal(signal.SIGINT)
        rest = process.communicate(timeout=30)
    finally:
        process.kill()
        process.communicate()
    assert (process.returncode, *rest) == (1, "", "")


def test_imports() -> None:
    """`flowiso check` needs neither database nor graph library; a sound folder neither parser, guesses nor JSON."""
    code = (
        "import sys; from flowiso.cli import main\ntry: main()\nexcept SystemExit: print(*sys.modules, file=sys.stderr)"
    )
    words = [sys.executable, "-c", code, "check", str(bundled())]
    loaded = subprocess.run(words, capture_output=True, check=True, text=True).stderr.split()
    assert "flowiso.rules" in loaded
    unneeded = {"sqlalchemy", "networkx", "yaml", "difflib", "calendar", "json"}
    ours = {"explanation", "yamlparser", "render.sarif", "render.rulebook", "timetable"}
    assert not (unneeded | {f"flowiso.{name}" for name in ours}) & set(loaded)
