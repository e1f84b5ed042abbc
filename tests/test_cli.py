"""The command line as a person and a script meet it: languages, exit codes, JSON contracts, quick start."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from flowiso.cli import COMMANDS, group, main

ROOT = Path(__file__).parent.parent
REPORT_KEYS = {
    "received", "carried_over", "resolved", "open", "open_in_time", "open_overdue", "early", "on_time", "late", "in_time",
    "no_term", "withdrawn", "stopped", "refused_intake", "in_time_rate", "late_rate", "objective_rate", "online",
    "online_rate", "misrouted", "late_by_cause", "by_field", "by_procedure", "by_officer",
}  # fmt: skip


def run(*words: str) -> Result:
    """A command that must not raise."""
    return CliRunner().invoke(group, list(words), catch_exceptions=False)


def as_json(*words: str) -> Any:
    """The JSON a command prints."""
    result = run(*words)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def process(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    """The installed command as a process of its own."""
    command = [sys.executable, str(ROOT / "cli.py"), *words]
    return subprocess.run(command, capture_output=True, text=True, env=os.environ | env, check=False, timeout=120)


def test_help_in_both_languages() -> None:
    """Vietnamese by default, English by option; every command with its line."""
    vi, en = run("--help").output, run("--lang", "en", "--help").output
    assert "Cách dùng" in vi
    assert "Usage" in en
    for name, text in COMMANDS.items():
        assert f"{name} " in vi
        assert text.vi in vi
        assert text.en in en


def test_help_imports_neither_sqlalchemy_nor_networkx_nor_transitions() -> None:
    """`--help` loads click and little else."""
    code = (
        "import sys; sys.argv = ['flowiso', '--help']\n"
        "from flowiso.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'sqlalchemy', 'networkx', 'transitions', 'yaml', 'flowiso.model'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0


def test_version() -> None:
    """`--version` says what runs."""
    from flowiso import __version__

    assert run("--version").output == f"flowiso {__version__}\n"


def test_due_as_the_issue_writes_it() -> None:
    """R75, R79: received before Tết 2021, five working days."""
    found = as_json("due", "--received", "2021-02-05 15:00", "--term", "5wd", "--format", "json")
    assert found["due"] == "2021-02-19T17:00:00+07:00"
    assert found["mode"] == "legal"
    assert isinstance(found["explanation"], list)


def test_catalogue_json() -> None:
    """The counts a report begins with."""
    found = as_json("catalogue", "--format", "json")
    assert (found["procedures"], found["fields"], found["level_3"], found["level_4"], found["interconnected"]) == (
        12,
        9,
        5,
        7,
        2,
    )
    assert sum(field["procedures"] for field in found["by_field"].values()) == 12


def test_show_prints_provenance() -> None:
    """Every fact says whether it was read or assumed, and from where."""
    shown = run("show", "LTHH-13").output
    assert "GIẢ ĐỊNH" in shown
    assert "Nghị định 105/2017/NĐ-CP" in shown
    found = as_json("show", "lthh-13", "--as", "json")
    assert found["deadline"] == "10wd"
    assert {fact["status"] for fact in found["facts"]} == {"read", "assumed"}


@pytest.mark.parametrize(
    "code", [flow.stem.split(".")[0].upper() for flow in sorted((ROOT / "flows").glob("[a-z]*/*.yaml"))]
)
def test_show_every_flow_in_both_languages(code: str) -> None:
    """No flow breaks the table; English titles are English."""
    assert code in run("show", code).output
    assert "Where each fact comes from" in run("--lang", "en", "show", code).output


def test_simulate_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    """Same arguments, same bytes, in processes with different hash seeds."""
    words = ("simulate", "--year", "2021", "--dossiers", "300", "--seed", "7", "--format", "json")
    first, second = process(*words, PYTHONHASHSEED="1"), process(*words, PYTHONHASHSEED="2")
    assert first.returncode == 0, first.stderr
    assert first.stdout == second.stdout
    assert first.stderr == ""
    assert json.loads(first.stdout)["received"] == 300


def test_report_from_the_store_equals_what_was_printed(tmp_path: Path) -> None:
    """R92: with `--store` and then `report`, the same figures as printed without."""
    words = ("simulate", "--year", "2021", "--dossiers", "400", "--seed", "3", "--format", "json")
    store = f"sqlite:///{tmp_path / 'nam.db'}"
    printed, kept = as_json(*words), as_json(*words, "--store", store)
    assert printed == kept == as_json("report", "--year", "2021", "--store", store, "--format", "json")
    assert printed.keys() >= REPORT_KEYS
    assert run("report", "--year", "2021", "--store", store).exit_code == 0


def test_simulate_refuses_a_store_in_use(tmp_path: Path) -> None:
    """A simulation is never mixed into other dossiers."""
    words = ("simulate", "--year", "2021", "--dossiers", "5", "--store", f"sqlite:///{tmp_path / 'nam.db'}")
    assert process(*words).returncode == 0
    again = process(*words)
    assert again.returncode == 2
    assert "đã có hồ sơ" in again.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("show", "LTHH-99"), "không có lưu đồ LTHH-99"),
        (("report", "--year", "2021", "--store", "sqlite:///khong-co.db"), "khong-co.db"),
        (("report", "--year", "2021", "--store", "mysql://x"), "sqlite:///"),
        (("simulate", "--year", "2035"), "2035"),
        (("simulate", "--year", "2021", "--dossiers", "0"), "ít nhất 1"),
        (("simulate", "--year", "2017", "--dossiers", "3"), "XTTM-01"),
        (("due", "--received", "hom qua", "--term", "5wd"), "hom qua"),
        (("due", "--received", "2021-02-05", "--term", "5 ngày"), "5 ngày"),
        (("due", "--received", "2027-02-05", "--term", "5wd"), "2027"),
        (("check", "khong-co"), "khong-co"),
        (("--flows",), ""),
        (("catalogue", "--flows", "tests"), "_org.yaml"),
    ],
)
def test_what_could_not_be_done_leaves_with_2(words: tuple[str, ...], said: str) -> None:
    """Exit 2, one message on standard error, no traceback."""
    result = process(*words)
    assert result.returncode == 2
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


def test_english_messages() -> None:
    """The same refusal in English."""
    assert "there is no flow LTHH-14; did you mean 'LTHH-13'?" in process("--lang", "en", "show", "LTHH-14").stderr


def test_main_is_the_installed_command() -> None:
    """`cli.py` and the console script are the same door."""
    assert main.__module__ == "flowiso.cli"


def test_without_a_command_the_help_is_shown() -> None:
    """Nobody gets a traceback for typing only the name, nor for `python -m flowiso`."""
    assert "Cách dùng" in process().stdout + process().stderr
    module = subprocess.run([sys.executable, "-m", "flowiso", "--version"], capture_output=True, text=True, check=False)
    assert module.stdout.startswith("flowiso ")


@pytest.mark.parametrize(
    ("words", "vi"),
    [
        (("bay",), "không có lệnh 'bay'"),
        (("due", "--bay"), "không có tùy chọn '--bay'"),
        (("report", "--year", "2021"), "thiếu '--store'"),
        (("simulate", "--year", "0"), "giá trị của '--year' không hợp lệ"),
        (("simulate", "--year", "nam"), "'--year' không hợp lệ: cần số nguyên từ 1900 đến 2999"),
        (("simulate", "--year"), "tùy chọn '--year' cần một giá trị"),
        (("due", "--policy", "foo"), "cần một trong restart, pause, none"),
        (("report", "--year", "2021", "--store", ""), "sqlite:///"),
    ],
)
def test_wrong_usage_is_said_in_vietnamese(words: tuple[str, ...], vi: str) -> None:
    """Exit 2 and where to read on."""
    result = process(*words)
    assert result.returncode == 2
    assert vi in result.stderr
    assert "Traceback" not in result.stderr


def test_odd_places(tmp_path: Path) -> None:
    """A loop of links, a pipe, a folder named like a file, an agency without flows, a full disk, a closed pipe."""
    import shutil

    agency = tmp_path / "flows"
    shutil.copytree(ROOT / "flows", agency, ignore=lambda at, names: [name for name in names if name[0] not in "_2"])
    shutil.rmtree(agency / "_plans")
    assert process("check", str(agency)).returncode == 0
    empty = process("simulate", "--year", "2021", "--flows", str(agency), "--store", f"sqlite:///{tmp_path / 'x.db'}")
    assert (empty.returncode, (tmp_path / "x.db").exists()) == (2, False)
    assert "không có lưu đồ nào" in empty.stderr
    (agency / "thu-muc.yaml").mkdir()
    (agency / "vong.yaml").symlink_to(agency / "vong.yaml")
    os.mkfifo(agency / "ong.yaml")
    found = process("check", str(agency))
    assert (found.returncode, found.stderr) == (1, "")
    for name in ("thu-muc", "vong", "ong"):
        assert f"{name}.yaml:1: FLW001" in found.stdout
    with Path("/dev/full").open("w") as full:
        broken = subprocess.run(
            [sys.executable, str(ROOT / "cli.py"), "catalogue"], stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert broken.returncode == 2
    assert b"Traceback" not in broken.stderr
    piped = subprocess.run(
        f"{sys.executable} {ROOT / 'cli.py'} show LTHH-13 | head -1", shell=True, capture_output=True, check=False
    )
    assert piped.stderr == b""


def test_a_flow_with_errors_is_not_grouped(tmp_path: Path) -> None:
    """`shapes` and `catalogue` refuse a folder with errors and say where they are."""
    import shutil

    shutil.copytree(ROOT / "flows", tmp_path / "flows")
    file = tmp_path / "flows" / "kdk" / "kdk-11.v1.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("tra-lai: thu-ly", "tra-lai: thu-li"), encoding="utf-8")
    for command in ("shapes", "catalogue"):
        result = process(command, "--flows", str(tmp_path / "flows"))
        assert result.returncode == 2
        assert "FLW201" in result.stderr
