"""`flowiso due`, as a person or a script runs it."""

from __future__ import annotations

import csv
import io
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from flowiso import cli

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., tuple[int, str, str]]

FLOWS = str(Path(__file__).parent.parent / "flows")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """`flowiso due ARGUMENTS` in this process: exit code, standard output, standard error."""

    def go(*arguments: str, stdin: bytes = b"") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["flowiso", "due", "--flows", FLOWS, *arguments])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        code = cli.run()
        out, err = capsys.readouterr()
        return code, out, err

    return go


QUESTION = "--received", "2021-02-05 15:00", "--term", "5wd"
WAIT = "--supplement", "2021-02-08 10:00/2021-02-17 14:00", "--policy", "pause"


@pytest.mark.parametrize("received", ["2021-02-05 15:00", "05/02/2021 15:00:00", "5/2/2021 15:00", "2021-02-05T08:00Z"])
def test_one_line(run: Run, received: str) -> None:
    assert run("--received", received, "--term", "5wd") == (0, "Đến hạn: Thứ Sáu 19/02/2021 17:00.\n", "")


def test_explained_in_english(run: Run) -> None:
    code, out, err = run(*QUESTION, *WAIT, "--explain", "--lang", "en")
    assert (code, err) == (0, "")
    assert "Wednesday 10/02/2021: off - Tết Nguyên đán (29 tháng Chạp)\n" in out
    assert out.endswith("Due: Wednesday 24/02/2021 17:00.\n")


def test_json(run: Run) -> None:
    code, out, _ = run(*QUESTION, *WAIT, "--mode", "minutes", "--format", "json")
    found = json.loads(out)
    assert (code, found["due"], found["mode"]) == (0, "2021-02-24T08:00:00+07:00", "minutes")
    assert found["explanation"][-1]["date"] == "2021-02-24"


def test_dates_with_slashes_in_a_supplement(run: Run) -> None:
    out = run(*QUESTION, "--supplement", "08/02/2021 10:00/17/02/2021 14:00", "--policy", "pause")[1]
    assert out == "Đến hạn: Thứ Tư 24/02/2021 17:00.\n"


@pytest.mark.parametrize(("known", "day"), [("2024-04-11", "29/04/2024"), ("12/04/2024", "02/05/2024")])
def test_r80_known_at(run: Run, known: str, day: str) -> None:
    assert day in run("--received", "2024-04-10 09:00", "--term", "12wd", "--known-at", known)[1]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--received", "2021-02-05"],
        ["--received", "2021-02-30 15:00", "--term", "5wd"],
        ["--received", "5 Feb", "--term", "5wd"],
        ["--received", "2021-02-05 15:00", "--term", "0,5wd"],
        ["--received", "2027-02-05 15:00", "--term", "5wd"],
        [*QUESTION, "--supplement", "2021-02-08"],
        [*QUESTION, "--supplement", "2021-02-04/2021-02-08"],
        [*QUESTION, "--input", "-"],
        ["--input", "no-such-file.csv"],
        [*QUESTION, "--mode", "half-day"],
    ],
)
def test_what_cannot_be_done_ends_with_2(run: Run, arguments: list[str]) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert err


def test_a_file_with_bad_rows(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "in.csv"
    file.write_text(
        "note,received,term,supplement,policy,mode\n"
        "=1+1,2021-02-05 15:00,5wd,,,\n"
        "-x,05/02/2021 15:00,5wd,2021-02-08 10:00/2021-02-17 14:00,pause,minutes\n"
        "\n"
        "bad,2021-02-05 15:00,5 ngày,,,\n"
        '"two\nlines",2021-02-05 15:00,1wd,"2021-02-08 10:00/2021-02-08 11:00; 2021-02-09 08:00/2021-02-17 08:00",,\n'
        "short,2021-02-05\n",
        encoding="utf-8-sig",
    )
    code, out, err = run("--input", str(file))
    rows = list(csv.DictReader(io.StringIO(out)))
    assert code == 1
    assert [row["note"] for row in rows] == ["'=1+1", "'-x", "bad", "two\nlines", "short"]
    assert [row["due"][:16] for row in rows] == ["2021-02-19T17:00", "2021-02-24T08:00", "", "2021-02-18T17:00", ""]
    assert "dòng 5:" in err
    assert "dòng 8:" in err
    assert len(err.splitlines()) == 2


def test_standard_input(run: Run) -> None:
    code, out, err = run("--input", "-", "--mode", "minutes", stdin=b"received,term\n2021-02-05 15:00,5wd\n")
    assert (code, err) == (0, "")
    assert out == "received,term,due\n2021-02-05 15:00,5wd,2021-02-19T15:00:00+07:00\n"


@pytest.mark.parametrize("content", [b"", b"received\n2021-02-05\n", b"\xff\xfe", b'received,term\n"2021'])
def test_a_file_that_is_none(run: Run, content: bytes) -> None:
    code, _, err = run("--input", "-", stdin=content)
    assert code in (1, 2)
    assert err
