"""`flowiso serve`: a process of its own on a free port, driven from outside; and what it refuses before it begins."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx
import pytest

from flowiso import cli
from flowiso.store import open_store
from flowiso.web.keys import SCOPES, KeyFile
from flowiso.worktime import TZ

AGENCY = "000.00.19.H19"
CODE = "LTHH-13"


def free_port() -> int:
    """A port nobody has."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@contextmanager
def served(folder: Path, flows: Path, store: str, *more: str) -> Iterator[tuple[httpx.Client, subprocess.Popen[str]]]:
    """A client with a key of every scope, and the process."""
    keys, port = KeyFile(folder / "khoa.json"), free_port()
    _, token = keys.add("kiểm thử", AGENCY, SCOPES, ["*"], datetime.now(TZ))
    words = (
        "serve",
        "--store",
        store,
        "--new-store",
        "--keys",
        keys.path,
        "--port",
        port,
        "--flows",
        flows,
        "--allow-draft",
        *more,
    )
    line = [sys.executable, "-m", "flowiso", *map(str, words)]
    process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        base = f"http://127.0.0.1:{port}"
        with httpx.Client(base_url=base, headers={"Authorization": f"Bearer {token}"}, timeout=20) as client:
            _wait(client, process)
            yield client, process
    finally:
        process.kill()
        process.communicate()


def _wait(client: httpx.Client, process: subprocess.Popen[str]) -> None:
    until = monotonic() + 30
    while monotonic() < until and process.poll() is None:
        try:
            if client.get("/health/ready").status_code == 200:
                return
        except httpx.TransportError:
            sleep(0.05)
    pytest.fail("it doesn't serve")


def test_a_process_that_serves(tmp_path: Path, one_flow: Path) -> None:
    """Received, moved by four at once, read; told to stop it finishes, and what was answered is in the store."""
    store = f"sqlite:///{tmp_path / 'mot-cua.db'}"
    with served(tmp_path, one_flow, store) as (client, process):
        made = client.post(
            "/v1/dossiers", json={"procedure": CODE, "by": "lan.vp", "people": {"owner": "Nguyễn Văn An"}}
        )
        assert made.status_code == 201, made.text
        number = made.json()["number"]
        path = f"/v1/dossiers/{number}/moves"
        moved = client.post(
            path, json={"action": "chuyen", "by": "lan.vp", "to": "ha.qltm"}, headers={"If-Match": '"0"'}
        )
        assert (moved.status_code, moved.json()["holder"]) == (200, "ha.qltm")
        answers: list[httpx.Response] = []

        def receive(worker: int) -> None:
            with httpx.Client(base_url=client.base_url, headers=client.headers, timeout=20) as own:
                for count in range(10):
                    key = {"Idempotency-Key": f"{worker}-{count}"}
                    body = {"procedure": CODE, "by": "lan.vp"}
                    answers.extend(own.post("/v1/dossiers", json=body, headers=key) for _ in range(2))

        workers = [threading.Thread(target=receive, args=(worker,)) for worker in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        numbers = {answer.json()["number"] for answer in answers}
        assert ({answer.status_code for answer in answers}, len(answers), len(numbers)) == ({201}, 80, 40)
        huge = client.post("/v1/dossiers", content=b"x" * 1_500_000, headers={"Content-Type": "application/json"})
        assert (huge.status_code, huge.json()["code"]) == (413, "too-large")
        for path in (f"/v1/dossiers/{number}", "/sign-in", "/v1/nothing"):  # a body would be read as the next answer
            assert client.head(path).status_code == client.get(path).status_code, path
        assert client.get("/v1/dossiers/%ff%fe").json()["code"] == "invalid"
        assert client.get("/v1/dossiers", headers={"Authorization": "Bearer x"}).status_code == 401
        assert "flowiso_http_requests_total" in client.get("/metrics").text
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=20)
    assert process.returncode == 0
    assert out == ""
    said, *lines = err.splitlines()
    assert said.startswith("đang phục vụ tại http://127.0.0.1:")
    requests = [json.loads(line) for line in lines]
    assert sum(line["status"] == 201 for line in requests) == 81
    assert "Nguyễn" not in err
    assert {case.number for case, _ in open_store(store, create=False).logs(AGENCY)} == numbers | {number}


@pytest.mark.skipif(
    shutil.which("curl") is None and "FLOWISO_CI" not in os.environ, reason="curl isn't here (apt-get install curl)"
)
def test_the_page_s_shell(tmp_path: Path, one_flow: Path) -> None:
    """The lines of docs/http.md for curl do as they stand what stands behind them; those before them serve."""
    page = (Path(__file__).parent.parent / "docs" / "http.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```sh\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    assert " --new-store --allow-draft " in page.split("```sh")[0]  # `served` gives the same
    with served(tmp_path, one_flow, f"sqlite:///{tmp_path / 'mot-cua.db'}") as (client, _):
        environment = os.environ | {"KEY": client.headers["Authorization"].removeprefix("Bearer ")}
        lines = block.replace("http://127.0.0.1:8000", str(client.base_url).rstrip("/"))
        words = ["bash", "-eu", "-c", lines]
        told = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=60, check=True)
    moved, refused, listed, one = map(json.loads, told.stdout.splitlines())
    assert (moved["holder"], moved["seq"]) == ("ha.qltm", 1)
    assert (refused["code"], "fitting" in refused) == ("misrouted", True)
    assert [item["number"] for item in listed["items"]] == [one["number"]] == [moved["number"]]
    assert (one["people"], bool(one["actions"])) == ({"owner": "Ng*** V** An"}, True)


def test_what_it_would_serve(tmp_path: Path, call: Callable[..., tuple[int, str, str]], one_flow: Path) -> None:
    """`--check` opens everything and leaves; what can't be opened is exit 2 before any process begins."""
    keys = KeyFile(tmp_path / "khoa.json")
    keys.add("a", AGENCY, ["read"], [], datetime.now(TZ))
    keys.add("b", "H19.99", ["read"], [], datetime.now(TZ))
    store = f"sqlite:///{tmp_path / 'a.db'}"
    words = ("serve", "--store", store, "--keys", keys.path, "--flows", one_flow)
    code, _, err = call(*words, "--check")
    assert (code, "flowiso serve ... --new-store" in err) == (2, True)
    code, out, _ = call(*words, "--check", "--new-store", "--format", "json")
    told = json.loads(out)
    assert (code, told["agency"], told["flows"], told["keys"], told["simulated"]) == (0, AGENCY, 1, 1, False)
    code, out, _ = call(*words, "--check", "--lang", "en")
    assert (code, "keys: 1;" in out) == (0, True)
    keys.revoke(keys.listed()[0].id, datetime.now(TZ))
    code, out, _ = call(*words, "--check", "--host", "::1", "--format", "json")
    assert (json.loads(out)["keys"], json.loads(out)["address"]) == (0, "http://[::1]:8000")
    assert call(*words, "--check", "--client-header", "X-Forwarded-For")[0] == 2
    assert call("serve", "--store", store, "--keys", tmp_path / "khac.json", "--flows", one_flow, "--check")[0] == 2
    with socket.create_server(("127.0.0.1", 0)) as taken:
        code, out, err = call(*words, "--port", taken.getsockname()[1])
    assert (code, out, "không mở được địa chỉ" in err, "đang phục vụ" in err) == (2, "", True, False)


def test_told_to_stop_while_somebody_dawdles(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever never ends holds the server up for the grace it gives, and no longer."""
    from flowiso.web import serving

    monkeypatch.setattr(serving, "_GRACE", 0.3)
    port, stopped = free_port(), threading.Event()

    async def endless(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.Event().wait()

    def ask() -> None:
        while not stopped.wait(0.05):
            with suppress(httpx.TransportError):
                httpx.get(f"http://127.0.0.1:{port}/", timeout=20)

    asking, began = threading.Thread(target=ask), monotonic()
    asking.start()
    asyncio.run(serving._serving(endless, stopped.set, "127.0.0.1", port))
    assert stopped.is_set()
    assert monotonic() - began < 15
    asking.join()


def test_a_process_that_served_ends_at_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The interpreter isn't taken down under the server's own threads; what was printed is there all the same."""
    left: list[int] = []
    monkeypatch.setattr("sys.argv", ["flowiso", "--version"])
    monkeypatch.setattr("os._exit", left.append)
    monkeypatch.setitem(sys.modules, "granian", sys)
    cli.main()
    assert (left, capsys.readouterr().out.startswith("flowiso ")) == ([0], True)
    with monkeypatch.context() as closed:
        closed.setattr("sys.stderr", None)  # 2>&-
        cli.main()
    assert left == [0, 0]
    monkeypatch.delitem(sys.modules, "granian")
    with pytest.raises(SystemExit):
        cli.main()


def test_without_the_extra(call: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Where FastAPI or Granian isn't installed it says what to install."""
    for name in list(sys.modules):
        if name.startswith("flowiso.web."):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "granian", None)
    monkeypatch.delitem(sys.modules, "granian.constants", raising=False)
    code, _, err = call("serve", "--store", "memory:", "--keys", "khoa.json", "--check")
    assert (code, "pip install 'flowiso[http]'" in err) == (2, True)
