"""`flowiso demo`: a simulated year up to a moment of it, served to who signs in with a key that was printed; nothing stays."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx
import pytest
from test_web_serve import free_port

from flowiso.cli.demo import running_from
from flowiso.store import open_store
from flowiso.worktime import TZ, instant

AGENCY = "000.00.19.H19"
THEN = datetime(2021, 11, 17, 9, tzinfo=TZ)

Call = Callable[..., tuple[int, str, str]]


@contextmanager
def shown(folder: Path, *more: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The command as a process, whose temporary folder lies in `folder`, once it serves."""
    port = free_port()
    line = [
        sys.executable,
        "-m",
        "flowiso",
        "demo",
        "--port",
        str(port),
        "--dossiers",
        "600",
        "--at",
        "2021-11-17 09:00",
        *more,
    ]
    environment = {"TMPDIR": str(folder), "PATH": "/usr/bin:/bin", "PYTHONUTF8": "1"}
    process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    try:
        _wait(port, process)
        yield process, port
    finally:
        process.kill()
        process.communicate()


def _wait(port: int, process: subprocess.Popen[str]) -> None:
    until = monotonic() + 60
    while monotonic() < until and process.poll() is None:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/health/ready").status_code == 200:
                return
        except httpx.TransportError:
            sleep(0.1)
    pytest.fail("it doesn't serve")


@contextmanager
def _signed_in(base: str, token: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=base, timeout=30, follow_redirects=True) as client:
        csrf = re.search(r'name="csrf" value="([^"]+)"', client.get("/sign-in").text)
        assert csrf is not None
        answer = client.post("/sign-in", data={"csrf": csrf[1], "key": token})
        assert answer.url.path == "/inbox", answer.text
        yield client


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_year_that_is_served_and_gone(tmp_path: Path, stop: signal.Signals) -> None:
    """A head signs in and sees a board that isn't empty, marked as simulated, in 2021; stopped, it leaves nothing behind."""
    with shown(tmp_path, "--format", "json") as (process, port):
        assert list(tmp_path.iterdir())
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as nobody:
            assert nobody.get("/v1/dossiers").status_code == 401
            assert 'name="number"' in nobody.get("/public", headers={"Accept": "text/html"}).text
        told: dict[str, Any] = _first_json(process)
        officer, head, desk = told["keys"]
        assert told["address"] == f"http://127.0.0.1:{port}"
        found = httpx.get(told["look_up"]).json()
        assert told["look_up"].endswith(found["number"])
        assert found["simulated"]
        with _signed_in(told["address"], head["token"]) as client:
            page = client.get("/board").text
            assert "Kho hồ sơ mô phỏng" in page
            assert "17/11/2021" in page
            assert "/dossiers/" in page
            assert client.get("/year").status_code == 200
        with _signed_in(told["address"], officer["token"]) as client:
            assert "/dossiers/" in client.get("/inbox").text
        with _signed_in(told["address"], desk["token"]) as client:
            assert client.get("/receive").status_code == 200
        process.send_signal(stop)
        process.communicate(timeout=30)
        assert process.returncode == 0
    assert list(tmp_path.iterdir()) == []


def _first_json(process: subprocess.Popen[str]) -> dict[str, Any]:
    """What it printed before it served; the pipe stays open."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line == "}\n":
            break
    found: dict[str, Any] = json.loads("".join(lines))
    return found


def test_stopped_before_it_serves(tmp_path: Path) -> None:
    """Told to stop while the year is being simulated: nothing stays either, and the exit code says that nothing began."""
    line = [sys.executable, "-m", "flowiso", "demo", "--port", str(free_port()), "--dossiers", "200000"]
    environment = {"TMPDIR": str(tmp_path), "PATH": "/usr/bin:/bin"}
    process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    assert process.stderr is not None
    assert "200000" in process.stderr.readline()
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, "Traceback" in err) == (2, "", False)
    assert list(tmp_path.iterdir()) == []


def test_kept(tmp_path: Path, call: Call) -> None:
    """`--keep` leaves a simulated store that ends at the moment, and keys as hashes only; a folder that is there is refused."""
    folder = tmp_path / "thu"
    words = ("demo", "--dossiers", "300", "--check", "--keep", folder)
    code, out, _ = call(*words, "--lang", "en", "--at", "2021-05-12 08:00")
    assert code == 0
    assert "SIMULATED" in out
    tokens = re.findall(r"flowiso_\w{12}_\S+", out)
    kept = (folder / "khoa.json").read_text(encoding="utf-8")
    assert len(tokens) == 3
    assert not any(token in kept for token in tokens)
    store = open_store(f"sqlite:///{folder / 'mot-cua.db'}", create=False)
    logs = list(store.logs(AGENCY))
    store.close()
    assert store.kind == "simulated"
    latest = max(move.at for _, moves in logs for move in moves)
    assert 0 < len(logs) < 300
    assert latest <= instant(datetime(2021, 5, 12, 8, tzinfo=TZ)) < latest + 4 * 86400
    code, _, err = call(*words)
    assert (code, "đã có" in err) == (2, True)


def test_before_the_first_dossier(call: Call) -> None:
    """A morning on which nothing has come in yet: nobody's number can be looked up, the page is there all the same."""
    code, out, err = call("demo", "--dossiers", "1", "--check", "--at", "2021-01-01 00:00", "--format", "json")
    assert code == 0, err
    told = json.loads(out)
    assert (told["dossiers"], told["look_up"]) == (0, f"{told['address']}/public")


def test_what_is_no_moment_of_the_year(call: Call) -> None:
    """A moment of another year, or none, is refused with what would do."""
    for at, said in (("2022-01-05 08:00", "trong năm 2021"), ("hôm qua", "Không hiểu thời điểm")):
        code, out, err = call("demo", "--dossiers", "10", "--check", "--at", at)
        assert (code, out, said in err) == (2, "", True)


def test_the_clock_runs_on() -> None:
    """From the moment it is given, at the pace of the real one."""
    clock = running_from(THEN)
    first = clock()
    assert timedelta(0) <= first - THEN < timedelta(seconds=1)
    sleep(0.02)
    assert timedelta(seconds=0.02) <= clock() - first < timedelta(seconds=5)
