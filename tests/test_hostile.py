"""Hostile files in every place a reader looks: a finding with its line, quickly, in little memory, never a traceback.

reliability.md 4 (row YAML, T9), libraries.md 3.1. Each check runs in a process of its own, forked from one that has
imported the command, so that its time (CPU seconds: the machine is shared) and memory are the check's alone.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from test_flowfile import HOSTILE
from test_rules import SOUND

from flowiso.yamlfile import MAX_BYTES, MAX_NODES, MAX_SCALAR, Source, parse_any

ROOT = Path(__file__).parent.parent
SECONDS = 1.0
MEGABYTES = 200

PLACES = {
    "flow": "dien/dien-01.v1.yaml",
    "org": "_org.yaml",
    "words": "_steps.yaml",
    "year": "_calendar/2021.yaml",
    "sessions": "_calendar/_sessions.yaml",
    "plan": "_plans/2021.yaml",
}

MORE: dict[str, str | bytes] = {
    "1,000,000 brackets": "[" * 1_000_000,
    "1,000,000 brackets in turns": "a: " + "[{" * 500_000,
    "500 nested maps": "".join(f"{' ' * n}a:\n" for n in range(500)),
    "deep sequence": "- " * 20_000 + "x",
    "deep keys": "? " * 20_000 + "x",
    "deep keys and sequences": "? - " * 10_000 + "x",
    "20,001 values": "a: [" + "x, " * MAX_NODES + "x]",
    "4,001 characters": "title: " + "a" * (MAX_SCALAR + 1),
    "a huge line": "title: '" + "a b " * 100_000 + "'",
    "wild indentation": "a: |9\n" + "".join(f"{' ' * (n * 7 % 40)}x\n" for n in range(2_000)),
    "a block that never ends": "title: >-\n" + "  x\n" * 100_000,
    "only comments": "# một\n" * 1_000,
    "only a document mark": "---\n",
    "a thousand documents": "---\na: 1\n" * 1_000,
    "tag directive": "%TAG ! tag:example.com,2000:\n---\n!x a: 1\n",
    "directives": "%YAML 1.1\n" * 2_000 + "---\na: 1\n",
    "unclosed double quote": SOUND.replace("title: ", 'title: "', 1),
    "unclosed brace": SOUND.replace("{from: ", "{from: {", 1),
    "NEL and line separators": SOUND.replace("\n", "\u2028"),
    "vertical tab": SOUND.replace("\n", "\v", 3),
    "tabs": SOUND.replace("  ", "\t"),
    "lone continuation byte": b"title: \x80\n",
    "overlong slash": b"title: \xc0\xaf\n",
    "UTF-16 without a mark": SOUND.encode("utf-16-le"),
    "two marks": b"\xef\xbb\xbf\xef\xbb\xbfcode: X\n",
    "everything NFD": "title: " + "a\u0302\u0301" * 1_000,
    "a thousand bidi controls": "title: '" + "\u202e\u2066" * 1_000 + "'",
    "homoglyph key": SOUND.replace("code:", "c\u043ede:", 1),
    "homoglyph id": SOUND.replace("field: dien", "field: di\u0435n", 1),
    "NFD id": SOUND.replace("  tham-dinh:", "  tham-di\u0323nh:", 1),
    "999999999wd": SOUND.replace("within: 80wh", "within: 999999999wd", 1),
    "a term of digits": SOUND.replace("within: 80wh", f"within: {'9' * 4_000}wd", 1),
    "float words": SOUND.replace("version: 1\n", "version: .inf\n", 1),
    "sexagesimal": SOUND.replace("version: 1\n", "version: 1:00\n", 1),
    "octal": SOUND.replace("version: 1\n", "version: 0o7\n", 1),
}
HARMLESS = {"carriage returns"}
"""A flow file may have these."""

FORKS = """
import json, os, resource, sys
from flowiso.cli import main
import flowiso.cli.check
for folder in sys.argv[1:]:
    child = os.fork()
    if not child:
        for number, name in ((1, "out"), (2, "err")):
            os.dup2(os.open(f"{folder}.{name}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
        sys.argv[1:] = ["check", folder]
        main()
    _, status, usage = os.wait4(child, 0)
    seconds = usage.ru_utime + usage.ru_stime
    print(json.dumps([os.waitstatus_to_exitcode(status), seconds, usage.ru_maxrss / 1024]), flush=True)
"""


@pytest.fixture(scope="module")
def agency(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small agency that checks clean: one flow, one year, one plan."""
    folder = tmp_path_factory.mktemp("agency") / "flows"
    shipped = ROOT / "flows"
    for name in ("_calendar", "_plans", "dien", "cndp"):
        (folder / name).mkdir(parents=True)
    for name in ("cndp/cndp-01.v1.yaml", *list(PLACES.values())[1:]):
        shutil.copy(shipped / name, folder / name)
    return folder


def checked(folders: list[Path]) -> list[dict[str, Any]]:
    """`flowiso check` on each folder: exit code, seconds, megabytes, and what it said."""
    command = [sys.executable, "-c", FORKS, *map(str, folders)]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60 + len(folders))
    results = []
    for folder, line in zip(folders, told.stdout.splitlines(), strict=True):
        code, seconds, megabytes = json.loads(line)
        out, err = (Path(f"{folder}.{name}").read_text(encoding="utf-8") for name in ("out", "err"))
        results.append({"code": code, "seconds": seconds, "megabytes": megabytes, "out": out, "err": err})
    return results


def without_fault(result: dict[str, Any], file: Path) -> list[str]:
    """What is wrong with the answer about one hostile file."""
    told = [line for line in result["out"].splitlines() if line.startswith(f"{file}:")]
    marks = [line.removeprefix(f"{file}:").split(": ", 1) for line in told]
    faults = {
        "no finding with code and line": any(line.isdecimal() and text.startswith("FLW") for line, text in marks),
        "exit code": result["code"] == 1,
        "something on stderr": not result["err"],
        "slow": result["seconds"] <= SECONDS,
        "memory": result["megabytes"] <= MEGABYTES,
    }
    return [fault for fault, held in faults.items() if not held]


def test_the_agency_is_sound(agency: Path) -> None:
    """Without a hostile file nothing is found, so what is found below is found in it."""
    (result,) = checked([agency])
    assert (result["code"], result["err"]) == (0, ""), result


def test_hostile_file_in_every_place(agency: Path, tmp_path: Path) -> None:
    """Every hostile file, as a flow and as each of the agency's own files at once: code and line, <= 1 s, <= 200 MB."""
    cases = HOSTILE | MORE
    folders = []
    for number, data in enumerate(cases.values()):
        folder = Path(shutil.copytree(agency, tmp_path / str(number)))
        for place in PLACES.values():
            (folder / place).write_bytes(data.encode() if isinstance(data, str) else data)
        folders.append(folder)
    wrong = {}
    for name, folder, result in zip(cases, folders, checked(folders), strict=True):
        for place, file in PLACES.items():
            faults = without_fault(result, folder / file)
            if faults and not (place == "flow" and name in HARMLESS):
                wrong[name, place] = faults, result["seconds"], result["out"][:300], result["err"][-300:]
    assert wrong == {}


def test_files_that_are_none(agency: Path, tmp_path: Path) -> None:
    """A pipe, a folder, a ring of links, a lost link and an endless device are findings, and the other files are checked.

    A file without leave to be read is one too, but root may read all, so only others see that here.
    """
    folder = Path(shutil.copytree(agency, tmp_path / "flows"))
    flows = folder / "dien"
    os.mkfifo(flows / "ong.yaml")
    (flows / "thu-muc.yaml").mkdir()
    (flows / "vong.yaml").symlink_to(flows / "vong.yaml")
    (flows / "mat.yaml").symlink_to(flows / "khong-co.yaml")
    (flows / "vo-tan.yaml").symlink_to("/dev/zero")
    (flows / "dien-01.v1.yaml").write_text("code: dien", encoding="utf-8")
    names = ["ong", "thu-muc", "vong", "mat", "vo-tan"]
    if os.geteuid() != 0:
        (flows / "kin.yaml").touch(mode=0o000)
        names.append("kin")
    (result,) = checked([folder])
    assert (result["code"], result["err"]) == (1, "")
    for name in names:
        assert f"{flows / name}.yaml:1: FLW001 " in result["out"], result["out"]
    assert f"{flows / 'dien-01.v1.yaml'}:1: FLW00" in result["out"]
    assert result["seconds"] <= SECONDS


@pytest.mark.parametrize("name", list(PLACES.values())[1:])
def test_own_files_that_are_none(name: str, agency: Path, tmp_path: Path) -> None:
    """The agency's own files may be pipes and folders too."""
    folders = [Path(shutil.copytree(agency, tmp_path / kind)) for kind in ("pipe", "folder")]
    for folder in folders:
        (folder / name).unlink()
    os.mkfifo(folders[0] / name)
    (folders[1] / name).mkdir()
    for folder, result in zip(folders, checked(folders), strict=True):
        assert without_fault(result, folder / name) == [], result


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    """What isn't there is no finding: nothing could be checked."""
    (result,) = checked([tmp_path / "khong-co"])
    assert (result["code"], result["out"]) == (2, "")
    assert "không có tệp hay thư mục" in result["err"]


def test_limits_are_sharp() -> None:
    """What the page names as the limit passes, one more doesn't."""
    fits = ("a: [" + "x, " * (MAX_NODES - 4) + "x]", "a: " + "x" * MAX_SCALAR, "# " + "-" * (MAX_BYTES - 7) + "\na: b")
    for text in fits:
        source = Source("f")
        assert parse_any(source, text.encode()) is not None
        assert source.findings == []
        parse_any(source, text.replace("x]", "x, x]").replace("x" * MAX_SCALAR, "x" * (MAX_SCALAR + 1)).encode() + b" ")
        assert [finding.code for finding in source.findings] == ["FLW001"]


def test_parser_problems_are_told_in_vietnamese() -> None:
    """No English word of the parser gets into a Vietnamese message."""
    faulty = ["a: b: c", "a: - b", "a: @x", "a: 'x", 'a: "\\q"', 'a: "\\xZZ"', "a: & x", "a: | x", "a: |0\n y", "a: !<x y",
              "%FOO\n---\na: b", "a: ]", "- a\nb: c", "a: [b", "a: {b", "a:\n  b: c\n d: e", "- a\n-b", "{a: b}}"]  # fmt: skip
    for text in faulty:
        source = Source("f")
        parse_any(source, text.encode())
        (finding,) = source.findings
        assert finding.message.en.startswith("can't be read as YAML: ")
        assert not {"not", "found", "expected", "find"} & set(finding.message.vi.split()), finding.message.vi
