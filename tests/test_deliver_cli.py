"""`flowiso deliver`, a real process with real files; the example's receiver on the other side."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic, sleep
from urllib.parse import urlsplit

import pytest
from hooks import OTHER, SECRET, listening

EXAMPLE = Path(__file__).parent.parent / "examples" / "webhook_receiver" / "receiver.py"
AGENCY = "000.00.19.H19"
Call = Callable[..., tuple[int, str, str]]


def file_of(folder: Path, url: str, more: str = "") -> Path:
    """The receivers' file of the shipped agency, with the secret."""
    (folder / "bi-mat").mkdir(exist_ok=True)
    (folder / "bi-mat" / "cong").write_text(f"{SECRET}\n")
    (folder / "bi-mat" / "cong").chmod(0o600)
    file = folder / "noi-nhan.yaml"
    row = f"{{id: cong, url: '{url}', agency: {AGENCY}, secret: cong, networks: [127.0.0.0/8]}}"
    file.write_text(f"secrets: bi-mat\nreceivers:\n  - {row}\n{more}")
    return file


@pytest.fixture
def words(tmp_path: Path, one_flow: Path, call: Call) -> tuple[object, ...]:
    """Options of `deliver` for a store with one dossier, received and handed on."""
    store = ("--store", f"sqlite:///{tmp_path / 'mot-cua.db'}", "--flows", one_flow)
    code, _, err = call(
        "receive", "LTHH-13", "--by", "lan.vp", "--at", "2021-09-14 08:00", "--new-store", "--allow-draft", *store
    )
    assert code == 0, err
    number = f"{AGENCY}-210914-0001"
    at = ("--at", "2021-09-14 09:00")
    assert call("move", number, "chuyen", "--by", "lan.vp", "--to", "ha.qltm", *at, *store)[0] == 0
    return (*store, "--to", tmp_path / "noi-nhan.yaml")


@pytest.fixture
def example(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The example's receiver as a process, which knows a new and an old secret: its address and its file."""
    kept = tmp_path / "nhan-duoc.jsonl"
    line = [sys.executable, str(EXAMPLE), "0", str(kept)]
    with subprocess.Popen(
        line, stdout=subprocess.PIPE, text=True, env=os.environ | {"SECRET": f"{OTHER} {SECRET}"}
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip(), kept
        process.kill()


def test_to_the_receiver_of_the_example(
    tmp_path: Path, call: Call, words: tuple[object, ...], example: tuple[str, Path]
) -> None:
    """Delivered once, replayed, applied once: the example keeps each event by its id."""
    url, kept = example
    file_of(tmp_path, url)
    assert call("deliver", *words, "--once")[:2] == (
        0,
        "lấy 2 sự kiện từ hộp thư đi; được nhận 2, chưa được 0, trong đó chết 0\n",
    )
    code, out, _ = call("deliver", *words, "--replay", "2021-09-14..2021-09-14", "--format", "json")
    assert (code, json.loads(out)) == (0, {"replayed": 2})
    code, out, err = call("deliver", *words, "--once", "--format", "json")
    assert (code, json.loads(out)) == (0, {"taken": 0, "acknowledged": 2, "failed": 0, "dead": 0})
    assert [json.loads(line)["answer"] for line in err.splitlines()] == ["acknowledged"] * 2
    events = [json.loads(line) for line in kept.read_text().splitlines()]
    assert [event["type"] for event in events] == ["vn.flowiso.dossier.received", "vn.flowiso.dossier.moved"]
    assert call("deliver", *words, "--show", "--lang", "en")[:2] == (0, "nothing is owed\n")


def test_the_example_believes_nobody_else(
    tmp_path: Path, call: Call, words: tuple[object, ...], example: tuple[str, Path]
) -> None:
    """Signed by who doesn't know its secrets: 401, and the letter stays owed."""
    url, kept = example
    file_of(tmp_path, url)
    (tmp_path / "bi-mat" / "cong").write_text("whsec_" + "C" * 44)
    code, out, err = call("deliver", *words, "--once", "--lang", "en")
    assert (code, out) == (1, "taken from the outbox: 2; acknowledged: 0, failed: 1, of these dead: 0\n")
    assert json.loads(err.splitlines()[-1])["answer"] == "http-401"
    assert kept.read_text() == ""


def test_the_example_stands_up_to_strangers(example: tuple[str, Path]) -> None:
    """What nobody could have signed is refused with a status, before anything of it is believed or waited for."""
    at = urlsplit(example[0])
    signed = {"webhook-id": "a", "webhook-signature": "v1,a"}
    for headers, status in (
        ({"Content-Length": "-1"}, 411),
        ({"Content-Length": "x"}, 411),
        ({"Content-Length": "9" * 9}, 413),
        ({"Content-Length": "0", "webhook-timestamp": "9" * 5_000, **signed}, 401),
    ):
        connection = HTTPConnection(at.hostname or "", at.port, timeout=5)
        with closing(connection):
            connection.putrequest("POST", "/")
            for name, value in headers.items():
                connection.putheader(name, value)
            connection.endheaders()
            assert connection.getresponse().status == status, headers


def test_dead_letters_at_the_command_line(tmp_path: Path, call: Call, words: tuple[object, ...]) -> None:
    """Listed with why, exit 1; replayed, given up by name."""
    with listening() as server:
        server.answer = lambda got: 500
        file_of(tmp_path, server.url, "tries: 1\n")
        assert call("deliver", *words, "--once")[0] == 1
        code, out, _ = call("deliver", *words, "--show", "--format", "json")
        owed = json.loads(out)["owed"]
        number = f"{AGENCY}-210914-0001"
        assert [(one["event"], one["dead"], one["failure"], one["tries"]) for one in owed] == [
            (f"{AGENCY}/{number}/0", True, "http-500", 1),
            (f"{AGENCY}/{number}/1", False, "", 0),
        ]
        assert code == 1
        assert "chết  cong" in call("deliver", *words, "--show", "--receiver", "cong")[1]
        assert call("deliver", *words, "--show", "--receiver", "khac")[:2] == (0, "không còn nợ thư nào\n")
        assert json.loads(call("deliver", *words, "--replay", "dead", "--format", "json")[1]) == {"replayed": 1}
        server.answer = lambda got: 204
        assert call("deliver", *words, "--give-up", "all")[0] == 2
        told = call("deliver", *words, "--give-up", f"{AGENCY}/{number}/0", "--receiver", "cong", "--format", "json")[1]
        assert json.loads(told) == {"given_up": 1}
        assert call("deliver", *words, "--replay", "dead", "--receiver", "khac")[0] == 2
        assert call("deliver", *words, "--once")[0] == 0
        assert [got.event["data"]["seq"] for got in server.got if got.status == 204] == [1]
        assert call("deliver", *words, "--give-up", "all", "--receiver", "cong")[:2] == (0, "bỏ hẳn 0 thư nợ 'cong'\n")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("--show", "--replay", "dead"), "chỉ chọn một trong"),
        (("--replay", "dead", "--give-up", "all", "--receiver", "cong"), "chỉ chọn một trong"),
        (("--once", "--receiver", "cong"), "--receiver chỉ đi với"),
        (("--receiver", "cong"), "--receiver chỉ đi với"),
        (("--to", "https://cong.vidu.vn/nhan"), "không phải địa chỉ 'https://cong.vidu.vn/nhan'"),
    ],
)
def test_what_does_not_go_together(call: Call, words: tuple[object, ...], asked: tuple[str, ...], said: str) -> None:
    """Nothing that was asked for is passed over in silence: letters would go to receivers nobody meant."""
    code, out, err = call("deliver", *words, *asked)
    assert (code, out, said in err) == (2, "", True)


def test_what_it_cannot_do(tmp_path: Path, call: Call, words: tuple[object, ...], one_flow: Path) -> None:
    """Exit 2 with a sentence: no file, a file with faults, a simulated store."""
    code, _, err = call("deliver", *words, "--once")
    assert (code, "noi-nhan.yaml" in err) == (2, True)
    file_of(tmp_path, "http://vi-du.vn/")
    code, _, err = call("deliver", *words, "--once")
    assert (code, "noi-nhan.yaml:3: FLW004" in err) == (2, True)
    file_of(tmp_path, "http://127.0.0.1:9/")
    store = f"sqlite:///{tmp_path / 'nam.db'}"
    assert call("simulate", "--year", "2021", "--dossiers", "3", "--store", store, "--flows", one_flow)[0] == 0
    code, _, err = call("deliver", "--store", store, "--to", tmp_path / "noi-nhan.yaml", "--once", "--flows", one_flow)
    assert (code, "kho mô phỏng" in err) == (2, True)


def test_it_runs_until_it_is_told_to_stop(tmp_path: Path, words: tuple[object, ...]) -> None:
    """As a service: it delivers by itself, and SIGTERM ends it with 0."""
    with listening() as server:
        file_of(tmp_path, server.url)
        line = [sys.executable, "-m", "flowiso", "deliver", *map(str, words), "--every", "1"]
        with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            until = monotonic() + 20
            while len(server.got) < 2 and monotonic() < until and process.poll() is None:
                sleep(0.02)
            process.send_signal(signal.SIGTERM)
            out, _ = process.communicate(timeout=10)
    assert (process.returncode, len(server.got)) == (0, 2)
    assert out == "lấy 2 sự kiện từ hộp thư đi; được nhận 2, chưa được 0, trong đó chết 0\n"
