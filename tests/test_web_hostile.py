"""Hostile input through the HTTP door beside bodies (reliability.md, section 4): names, paths, headers, framing, long words."""

from __future__ import annotations

import json
import socket
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from time import monotonic

import pytest
from doors import CODE, Door
from test_web_refusals import is_problem
from test_web_serve import served

TRAVERSALS = [
    "../../etc/passwd",
    "..",
    "/etc/passwd",
    "MAU-01/../KHAC-01",
    "C:\\x",
    "MAU-01\x00",
    "file:///etc/passwd",
    "MAU‐01",
]
INVISIBLE = ["a\u202eb", "a\u0007b", "a\u2066b", "a\u0085b", "a\x1b[31mb"]


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    """A door with one dossier."""
    with Door(tmp_path).opened() as opened:
        opened.receive(number="H19-210914-0001")
        yield opened


@pytest.mark.parametrize("code", TRAVERSALS)
def test_codes_and_numbers_that_are_paths(door: Door, code: str) -> None:
    """Nothing is opened by them: they are names nobody has."""
    by_body = door("POST", "/v1/dossiers", json={"procedure": code, "by": "lan"})
    assert by_body.status_code in (404, 422), by_body.text
    number = door("POST", "/v1/dossiers", json={"procedure": CODE, "by": "lan", "number": code})
    assert number.status_code in (400, 422), number.text
    quoted = "".join(f"%{byte:02x}" for byte in code.encode())
    for path in (f"/v1/flows/{quoted}", f"/v1/dossiers/{quoted}", f"/v1/dossiers/{quoted}/log"):
        found = door("GET", path)
        assert found.status_code in (404, 422), (path, found.text)
        assert "passwd" not in found.text.replace(code, "")


@pytest.mark.parametrize("word", INVISIBLE)
def test_letters_that_nobody_sees(door: Door, word: str) -> None:
    """Control characters and those that turn the direction of writing are refused in words, accounts, numbers and people."""
    said = (
        ("POST", "/v1/dossiers/H19-210914-0001/moves", {"action": "complain", "by": "nguoi-nop", "note": word}),
        ("POST", "/v1/dossiers/H19-210914-0001/moves", {"action": "complain", "by": word, "note": "x"}),
        ("POST", "/v1/dossiers", {"procedure": CODE, "by": "lan", "number": word}),
        ("POST", "/v1/dossiers", {"procedure": CODE, "by": "lan", "people": {"owner": word}}),
        ("PUT", "/v1/dossiers/H19-210914-0001/people", {"owner": word}),
    )
    for method, path, body in said:
        found = door(method, path, json=body)
        assert found.status_code in (400, 422), (path, body, found.text)
    assert len(door.get("/v1/dossiers/H19-210914-0001/log")["lines"]) == 1


def test_an_account_that_looks_like_another(door: Door) -> None:
    """A Cyrillic letter makes it somebody nobody knows."""
    found = door.move("H19-210914-0001", "l\u0430n chuyen ha")
    is_problem(found, 422, "invalid")


def test_letters_written_in_two_ways(door: Door) -> None:
    """NFD from outside is NFC in the log, and the same request written either way is one request (T6)."""
    path, word = "/v1/dossiers/H19-210914-0001/moves", "thiếu giấy tờ"
    told = set()
    for form in ("NFC", "NFD"):
        body = {"action": "complain", "by": "nguoi-nop", "note": unicodedata.normalize(form, word)}
        found = door("POST", path, json=body, headers={"Idempotency-Key": "k"})
        told.add((found.status_code, found.text))
    assert {status for status, _ in told} == {200}
    assert len(told) == 1
    assert [line["note"] for line in door.get("/v1/dossiers/H19-210914-0001/log")["lines"]][1:] == [word]


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/v1/dossiers?q=" + "a" * 60_000, {}),
        ("GET", "/v1/dossiers?cursor=" + "e30" * 20_000, {}),
        ("GET", "/v1/dossiers/" + "9" * 60_000, {}),
        ("GET", "/v1/flows/" + "A-" * 30_000, {}),
        ("GET", "/v1/flows", {"Accept-Language": "en;q=" + "0" * 100_000}),
        ("GET", "/v1/flows", {"Accept-Language": "a," * 50_000}),
        ("GET", "/v1/flows", {"X-Request-Id": "x" * 100_000}),
        ("POST", "/v1/dossiers", {"Idempotency-Key": "k" * 100_000}),
        ("POST", "/v1/dossiers/H19-210914-0001/moves", {"If-Match": '"0", ' * 20_000}),
        ("POST", "/v1/dossiers", {"Content-Type": "application/json" + " ;" * 50_000}),
    ],
)
def test_words_without_end(door: Door, method: str, path: str, headers: dict[str, str]) -> None:
    """A hundred thousand letters where a few belong cost no time, and are no fault of the server's."""
    body = {"content": b'{"procedure": "MAU-01", "by": "lan"}'} if method == "POST" else {}
    began = monotonic()
    found = door(method, path, headers={"Content-Type": "application/json", **headers}, **body)
    assert found.status_code < 500, found.text
    assert len(found.headers["x-request-id"]) <= 64
    assert monotonic() - began < 1


HEAD = b"POST /v1/dossiers HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
RAW = {
    "a giant header": b"GET /v1/flows HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 2_000_000 + b"\r\n\r\n",
    "headers without end": b"GET /v1/flows HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 300_000 + b"\r\n",
    "two lengths": HEAD + b"Content-Length: 2\r\nContent-Length: 40\r\n\r\n{}",
    "a length and chunks": HEAD
    + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n",
    "a length that is none": HEAD + b"Content-Length: -1\r\n\r\n{}",
    "broken chunks": HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 500,
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\x00" * 9,
    "a path that is none": b"GET \xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
    "a method that is none": b"G\x00T / HTTP/1.1\r\nHost: x\r\n\r\n",
}

BODY = b'{"procedure": "LTHH-13", "by": "lan.vp"}'
BOTH = HEAD + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)
"""The chunks count, and nothing more is read on that connection (RFC 9112, 6.3)."""


def test_framing_that_is_none(tmp_path: Path, one_flow: Path) -> None:
    """What a real server can't read is refused or hung up on: no second answer, no fault, and the next request goes on."""
    with served(tmp_path, one_flow, f"sqlite:///{tmp_path / 'mot-cua.db'}") as (client, process):
        token = client.headers["Authorization"].encode()
        for name, raw in RAW.items():
            sent = raw.replace(b"Host: x\r\n", b"Host: x\r\nAuthorization: " + token + b"\r\n")
            answers = _answers(client.base_url.port or 0, sent)
            assert answers.count(b"HTTP/1.") <= 1, (name, answers)
            assert not answers or b" 4" in answers.split(b"\r\n")[0], (name, answers)
            assert client.get("/v1/dossiers").json()["items"] == [], name
        answer = _answers(
            client.base_url.port or 0, BOTH.replace(b"\r\n", b"\r\nAuthorization: " + token + b"\r\n", 1), ends=False
        )
        head = answer.partition(b"\r\n\r\n")[0].lower()
        assert (head[:12], b"\r\nconnection: close" in head) == (b"http/1.1 201", True)
        process.terminate()
        _, err = process.communicate(timeout=30)
    events = [json.loads(line)["event"] for line in err.splitlines()[1:]]
    assert "fault" not in events


def _answers(port: int, sent: bytes, ends: bool = True) -> bytes:
    """All that comes back until the server hangs up, or has said nothing for two seconds."""
    found = b""
    with socket.create_connection(("127.0.0.1", port), timeout=2) as line, suppress(OSError):
        with suppress(OSError):
            line.sendall(sent)
            if ends:
                line.shutdown(socket.SHUT_WR)
        while part := line.recv(65_536):
            found += part
    return found
