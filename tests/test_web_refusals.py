"""What the HTTP door refuses: every problem's status and words, hostile bodies, too much and too often; and what it logs."""

from __future__ import annotations

import errno
import json
import logging
from collections.abc import Iterator, Mapping, MutableMapping
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

import httpx
import pytest
from doors import CODE, Door, engine_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowiso import errors
from flowiso.errors import FlowISOError, StoreError
from flowiso.store.memory import MemoryStore
from flowiso.text import Text
from flowiso.web import Settings
from flowiso.web.limits import Buckets
from flowiso.web.problems import MEDIA_TYPE, STATUS, Problem, chosen, problem_of
from flowiso.web.strictjson import loads

NAMES = ("Nguyễn Văn Bí Mật", "0912345678")


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    """A door over an empty store."""
    with Door(tmp_path).opened() as opened:
        yield opened


def is_problem(found: httpx.Response, status: int, code: str) -> Mapping[str, Any]:
    """The members of a problem as RFC 9457 wants them."""
    assert (found.status_code, found.headers["content-type"]) == (status, MEDIA_TYPE), found.text
    told: dict[str, Any] = found.json()
    assert (told["status"], told["code"], told["type"]) == (status, code, f"urn:flowiso:problem:{code}")
    assert told["title"]
    assert told["detail"]
    assert "Traceback" not in found.text
    assert ".py" not in found.text
    return told


def test_every_error_of_the_engine_has_a_status() -> None:
    """The one table knows the code of every error there is, and says each title in both languages."""
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, FlowISOError)]
    assert {kind.code for kind in kinds} <= STATUS.keys()
    assert all(title.vi != title.en for _, title in STATUS.values())
    assert all(400 <= status < 600 for status, _ in STATUS.values())


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "/v1/dossiers/H19.1-210914-0009", None, 404, "unknown-dossier"),
        ("GET", "/v1/flows/KHAC-01", None, 404, "unknown-flow"),
        ("POST", "/v1/dossiers", {"procedure": "KHAC-01", "by": "lan"}, 404, "unknown-flow"),
        ("POST", "/v1/dossiers", {"procedure": CODE, "by": "an"}, 422, "not-allowed"),
        ("POST", "/v1/dossiers", {"procedure": CODE}, 400, "bad-value"),
        ("POST", "/v1/dossiers", {"procedure": CODE, "by": "lan", "number": "7"}, 400, "bad-value"),
        ("POST", "/v1/dossiers", {"procedure": CODE, "by": "he-thong"}, 403, "forbidden"),
        ("POST", "/v1/dossiers", {"procedure": CODE, "by": "lan", "channel": "fax"}, 422, "invalid"),
        ("POST", "/v1/dossiers", {"procedure": CODE, "by": 7}, 422, "invalid"),
        ("POST", "/v1/dossiers", {"procedure": CODE, "by": "lan", "at": "2020-01-01T00:00:00Z"}, 422, "invalid"),
        ("POST", "/v1/dossiers", {"procedure": CODE, "by": "lan", "people": {"name": "x"}}, 422, "invalid"),
        ("POST", "/v1/dossiers", [], 422, "invalid"),
        ("POST", "/v1/dossiers", None, 422, "invalid"),
        ("GET", "/v1/dossiers?limit=0", None, 422, "invalid"),
        ("GET", "/v1/dossiers?colour=red", None, 422, "invalid"),
        ("GET", "/v1/dossiers?state=open&state=all", None, 422, "invalid"),
        ("GET", "/v1/flows?q=a&q=a", None, 422, "invalid"),
        ("GET", "/v1/report?year=20x1", None, 422, "invalid"),
        ("GET", "/v1/watch?at=2021-09-14", None, 422, "invalid"),
        ("GET", "/v1/watch?at=2021-02-30T00:00:00Z", None, 422, "invalid"),
        ("GET", "/v1/flows/MAU-01?on=2021-02-30", None, 422, "invalid"),
        ("GET", "/v1/nothing", None, 404, "not-found"),
        ("GET", "/v1/dossiers/", None, 404, "not-found"),
        ("DELETE", "/v1/dossiers/H19.1-210914-0001", None, 405, "method-not-allowed"),
        ("PATCH", "/v1/flows", None, 405, "method-not-allowed"),
    ],
)
def test_refusals(door: Door, method: str, path: str, body: object, status: int, code: str) -> None:
    """The status and the code of each, in both languages; nothing is written."""
    more: dict[str, Any] = {} if body is None else {"json": body}
    vi = is_problem(door(method, path, **more), status, code)
    en = is_problem(door(method, path, headers={"Accept-Language": "en"}, **more), status, code)
    assert vi["title"] != en["title"]
    assert list(door.engine.store.logs("H19.1")) == []


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/v1/dossiers", "GET, HEAD, POST"),
        ("/v1/dossiers/x", "GET, HEAD"),
        ("/v1/dossiers/x/people", "GET, HEAD, PUT"),
        ("/v1/moves", "POST"),
        ("/health/live", "GET, HEAD"),
        ("/openapi.json", "GET, HEAD"),
    ],
)
def test_the_methods_there_are(door: Door, path: str, methods: str) -> None:
    """A 405 names every method of its address, though each has a route of its own (RFC 9110, 15.5.6)."""
    assert door("DELETE", path).headers["allow"] == methods


def test_refused_moves(door: Door) -> None:
    """What the engine refuses carries what it knows: the actions there are, the words that lack, the accounts that fit."""
    number = door.receive()
    found = is_problem(door.move(number, "lan bay-len"), 422, "not-allowed")
    assert "chuyen" in found["actions"]
    assert is_problem(door.move(number, "quang pause"), 422, "incomplete")["missing"] == ["note", "ground"]
    found = is_problem(door.move(number, "lan chuyen chi"), 422, "misrouted")
    assert (found["finding"]["code"], found["fitting"][0]) == ("DOS202", {"id": "ha", "name": "Ha"})
    twice = {"procedure": CODE, "by": "lan", "number": number}
    is_problem(door("POST", "/v1/dossiers", json=twice), 409, "conflict")
    bad = {"action": "quang", "by": "quang", "record": {"score": "9"}}
    is_problem(door("POST", f"/v1/dossiers/{number}/moves", json=bad), 400, "bad-value")
    invisible = {"action": "confirm", "by": "lan", "note": "a\u202eb"}
    is_problem(door("POST", f"/v1/dossiers/{number}/moves", json=invisible), 400, "bad-value")


DEEP = b'{"procedure":' * 40 + b"1" + b"}" * 40


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "bad-json"),
        (b'{"procedure": "MAU-01", "by": "lan"', 400, "bad-json"),
        (b'{"procedure": "MAU-01", "by": "lan", "by": "an"}', 400, "bad-json"),
        (b'{"procedure": NaN}', 400, "bad-json"),
        (b'{"procedure": -Infinity}', 400, "bad-json"),
        (b'{"procedure": 1e400}', 400, "bad-json"),
        (b'{"procedure": ' + b"9" * 300_000 + b"}", 400, "bad-json"),
        (b'{"procedure": "\xff\xfe"}', 400, "bad-json"),
        (b'{"procedure": "\\ud800"}', 400, "bad-json"),
        (b'{"procedure": ["\xe1\xba\xa1", "\\udfff"]}', 400, "bad-json"),
        (b"\x00\x01\x02", 400, "bad-json"),
        (b"\xef\xbb\xbf{}", 400, "bad-json"),
        (DEEP, 400, "bad-json"),
        (b"[" * 500_000 + b"]" * 500_000, 400, "bad-json"),
        (b"[]," * 300_000, 400, "bad-json"),
        (b'{"procedure": "' + b"x" * 1_100_000 + b'"}', 413, "too-large"),
        (b'{"procedure": "' + b"x" * 900_000 + b'"}', 422, "invalid"),
        (b'{"procedure": "MAU-01\\u0000", "by": "lan"}', 422, "invalid"),
        (b'"MAU-01"', 422, "invalid"),
        (b"null", 422, "invalid"),
    ],
)
def test_hostile_bodies(door: Door, body: bytes, status: int, code: str) -> None:
    """What no honest client sends is a 4xx with a problem (reliability, section 4), and the next request goes on."""
    sent = door("POST", "/v1/dossiers", content=body, headers={"Content-Type": "application/json"})
    is_problem(sent, status, code)
    assert door("GET", "/v1/dossiers").json()["items"] == []


@pytest.mark.parametrize(
    "kind",
    ["", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin-1", "application/xml"],
)
def test_another_content_type(door: Door, kind: str) -> None:
    """A body is JSON in UTF-8 and says so."""
    body = json.dumps({"procedure": CODE, "by": "lan"}).encode()
    is_problem(
        door("POST", "/v1/dossiers", content=body, headers={"Content-Type": kind}), 415, "unsupported-media-type"
    )
    plain = {"Content-Type": 'application/json; charset="UTF-8"'}
    for how in (
        "gzip",
        "br",
        "identity, gzip",
    ):  # a proxy or a filter may have taken it for what it says (RFC 9110, 8.4)
        packed = door("POST", "/v1/dossiers", content=body, headers=plain | {"Content-Encoding": how})
        is_problem(packed, 415, "unsupported-media-type")
    fine = door("POST", "/v1/dossiers", content=body, headers=plain | {"Content-Encoding": "Identity"})
    assert fine.status_code == 201


def _read(body: bytes) -> str:
    try:
        value = loads(body, 16)
    except Problem as problem:
        return problem.code
    json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    return "read"


@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
@settings(max_examples=300, deadline=None)
def test_strict_json_reads_or_refuses(body: bytes) -> None:
    """Any bytes at all: a value that can be written again, or bad-json."""
    assert _read(body) in ("read", "bad-json")


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(10**14), 10**14)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=8,
    )
)
@settings(max_examples=200, deadline=None)
def test_strict_json_reads_what_json_reads(value: object) -> None:
    """Proper JSON within the limits is read as the standard library reads it."""
    assert loads(json.dumps(value).encode(), 16) == value


def test_a_request_without_a_key(door: Door) -> None:
    """No key, a wrong one, another scheme: 401, the same for every path, its body unread."""
    for headers in (
        {},
        {"Authorization": "Bearer x"},
        {"Authorization": f"Basic {door.token}"},
        {"Authorization": door.token},
    ):
        for method, path in (
            ("GET", "/v1/dossiers"),
            ("POST", "/v1/dossiers"),
            ("GET", "/v1/nothing"),
            ("GET", "/metrics"),
        ):
            found = door(method, path, token=None, headers=headers)
            is_problem(found, 401, "unauthenticated")
            bearer = headers.get("Authorization", "").startswith("Bearer ")
            wrong = ', error="invalid_token"' if bearer else ""  # RFC 6750, 3
            assert found.headers["www-authenticate"] == f'Bearer realm="flowiso"{wrong}'
    assert door("GET", "/v1/dossiers", token=None, headers={"authorization": f"bearer {door.token}"}).status_code == 200


def test_too_often(tmp_path: Path) -> None:
    """A key that asks too often is a 429 with Retry-After; other keys go on."""
    with Door(tmp_path, settings=Settings(rate=0.5, burst=3)).opened() as door:
        assert [door("GET", "/v1/flows").status_code for _ in range(4)] == [200, 200, 200, 429]
        found = door("GET", "/v1/flows")
        is_problem(found, 429, "rate-limited")
        assert found.headers["retry-after"] in ("2", "3")
        assert door("GET", "/v1/flows", token=door.key("read")).status_code == 200


def test_buckets_fill_up_again() -> None:
    """By the rate, up to the burst, and never for a clock that jumps back."""
    now = [100.0]
    buckets = Buckets(2.0, 4, lambda: now[0])
    assert [buckets.wait("a") for _ in range(4)] == [0.0] * 4
    assert buckets.wait("a") == 0.5
    now[0] += 0.5
    assert (buckets.wait("a"), buckets.wait("a"), buckets.wait("b")) == (0.0, 0.5, 0.0)
    now[0] -= 50
    assert buckets.wait("a") == 0.5
    now[0] += 1_000
    assert [buckets.wait("a") for _ in range(5)] == [0.0] * 4 + [0.5]


def test_buckets_are_forgotten() -> None:
    """Keys that have been silent take no memory."""
    now = [0.0]
    buckets = Buckets(1.0, 1, lambda: now[0])
    for number in range(25_000):
        now[0] += 0.01
        buckets.wait(str(number))
    assert len(buckets._left) <= 10_001


def test_many_keys_at_once_are_looked_through_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look goes through all of them: of 100,000 that are all in use there are four looks, not 90,000."""
    looks: list[int] = []
    forget = Buckets._forget
    monkeypatch.setattr(Buckets, "_forget", lambda *one: looks.append(1) or forget(*one))
    buckets = Buckets(0.001, 1, lambda: 0.0)
    for number in range(100_000):
        buckets.wait(str(number))
    assert len(looks) == 4
    assert len(buckets._left) == 100_000


def test_too_many_at_once(tmp_path: Path) -> None:
    """Whoever finds no room is told at once to come back; those who wait are served; health goes on."""
    with Door(tmp_path, settings=Settings(threads=1, slow_threads=1, waiting=1)).opened() as door:
        go_on, busy = Event(), door.app.state.desk.pool("quick", 1)
        busy.submit(go_on.wait)
        portal = door._portal
        assert portal is not None
        waiting = [portal.start_task_soon(partial(_ask, door)) for _ in range(3)]
        while (
            door("GET", "/health/live", token=None).status_code == 200
            and door.app.state.metrics.text().find(b"flowiso_http_in_flight 3.0") < 0
        ):
            pass
        refused = door("GET", "/v1/flows")
        is_problem(refused, 503, "overloaded")
        assert refused.headers["retry-after"] == "1"
        go_on.set()
        assert [one.result().status_code for one in waiting] == [200, 200, 200]
        assert door("GET", "/v1/flows").status_code == 200


def test_too_many_slow_questions(tmp_path: Path) -> None:
    """What looks at all dossiers fills no more than its own places: single dossiers go on."""
    with Door(tmp_path, settings=Settings(slow_threads=1, slow_waiting=1)).opened() as door:
        go_on = Event()
        door.app.state.desk.pool("slow", 1).submit(go_on.wait)
        portal = door._portal
        assert portal is not None
        waiting = [portal.start_task_soon(partial(_ask, door, "/v1/watch")) for _ in range(2)]
        while door.app.state.desk._looking < 2:
            pass
        is_problem(door("GET", "/v1/watch"), 503, "overloaded")
        assert door("GET", "/v1/flows").status_code == 200
        go_on.set()
        assert [one.result().status_code for one in waiting] == [200, 200]
        assert door("GET", "/v1/watch").status_code == 200


async def _ask(door: Door, path: str = "/v1/flows") -> httpx.Response:
    return await door._client.get(path, headers={"Authorization": f"Bearer {door.token}"})


def test_a_slow_body_and_one_cut_off(tmp_path: Path) -> None:
    """A sender that dawdles is a 408, and holds no thread; one who leaves is no fault of the server."""
    with Door(tmp_path, settings=Settings(body_seconds=0.05)).opened() as door:
        portal = door._portal
        assert portal is not None
        slow = portal.call(partial(_raw, door, [{"type": "http.request", "body": b"{", "more_body": True}]))
        assert slow == (408, "too-slow")
        gone = portal.call(partial(_raw, door, [{"type": "http.disconnect"}]))
        assert gone == (400, "bad-request")
        large = [{"type": "http.request", "body": b"x" * 600_000, "more_body": True}] * 2
        assert portal.call(partial(_raw, door, large)) == (413, "too-large")


async def _raw(door: Door, messages: list[dict[str, Any]]) -> tuple[int, str]:
    """A request told message by message; after the last nothing more comes."""
    from anyio import sleep_forever

    left, sent = list(messages), []

    async def receive() -> MutableMapping[str, Any]:
        if not left:
            await sleep_forever()
        return left.pop(0)

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    headers = [(b"authorization", f"Bearer {door.token}".encode()), (b"content-type", b"application/json")]
    scope = {
        "type": "http", "method": "POST", "path": "/v1/dossiers", "raw_path": b"/v1/dossiers", "root_path": "",
        "query_string": b"", "headers": headers, "http_version": "1.1", "scheme": "http", "server": ("x", 80),
    }  # fmt: skip
    await door.app(scope, receive, send)
    return sent[0]["status"], json.loads(sent[1]["body"])["code"]


class _Broken(MemoryStore):
    """A store that fails with words that nobody should read."""

    def read(self, agency: str, number: str) -> Any:
        """Fail."""
        raise RuntimeError(f"{NAMES[0]} {NAMES[1]}")


def test_a_fault_of_our_own(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A 500 that says nothing but the request's id; the log says where it was, without the words of the error."""
    caplog.set_level(logging.INFO, "flowiso.web")
    with Door(tmp_path, engine_of(_Broken())).opened() as door:
        found = door("GET", "/v1/dossiers/H19.1-210914-0001", headers={"X-Request-Id": "abc-1"})
        told = is_problem(found, 500, "internal")
        assert "abc-1" in told["detail"]
        assert found.headers["x-request-id"] == "abc-1"
    lines = [json.loads(record.message) for record in caplog.records]
    fault = next(line for line in lines if line["event"] == "fault")
    assert (fault["error"], fault["id"]) == ("RuntimeError", "abc-1")
    assert any("test_web_refusals.py" in place for place in fault["places"])
    assert NAMES[0] not in caplog.text
    assert NAMES[1] not in caplog.text


class _Leaving(MemoryStore):
    """A store that is away from the third line on."""

    tried = 0

    def append(self, *one: Any, **more: Any) -> None:
        """Fail, or not."""
        self.tried += 1
        if self.tried > 2:
            raise StoreError(Text("mat-khau", "mat-khau"))
        super().append(*one, **more)


def test_a_store_that_leaves_in_the_middle(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Of many moves those before stand, the others are told so; after the first of them nobody waits for the store again."""
    caplog.set_level(logging.INFO, "flowiso.web")
    store = _Leaving()
    with Door(tmp_path, engine_of(store)).opened() as door:
        numbers = [door.receive() for _ in range(6)]
        moves = [{"number": number, "action": "chuyen", "by": "lan", "to": "ha"} for number in numbers]
        found = door("POST", "/v1/moves", json={"moves": moves})
        assert (found.status_code, found.json()["moved"], found.json()["refused"]) == (200, 2, 4)
        assert [item["problem"]["code"] for item in found.json()["items"][2:]] == ["store"] * 4
        assert (store.tried, "mat-khau" in found.text) == (3, False)
    assert sum(json.loads(record.message)["event"] == "fault" for record in caplog.records) == 1


class _Away(MemoryStore):
    """A store that is away, and says so with what nobody outside should read."""

    def read(self, agency: str, number: str) -> Any:
        """Fail."""
        said = "postgresql://mat-khau@may-1"
        raise StoreError(Text(said, said)) from OSError(errno.ENOSPC, said)

    answered = read


def test_a_store_that_is_away(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A 503 with Retry-After that names no address; the log tells the administrator."""
    caplog.set_level(logging.INFO, "flowiso.web")
    with Door(tmp_path, engine_of(_Away())).opened() as door:
        found = door("GET", "/v1/dossiers/H19.1-210914-0001")
        is_problem(found, 503, "store")
        assert found.headers["retry-after"] == "5"
        assert "mat-khau" not in found.text
        assert door("GET", "/health/live", token=None).status_code == 200
        ready = door("GET", "/health/ready", token=None)
        is_problem(ready, 503, "store")
        assert "mat-khau" not in ready.text
    faults = [line for line in (json.loads(record.message) for record in caplog.records) if line["event"] == "fault"]
    assert {line["cause"] for line in faults} == {"OSError ENOSPC"}
    assert "mat-khau" not in caplog.text


def test_the_log_holds_no_personal_data(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    """A line for each request with its key's id, route and status; no body, no query, no token. Unmasked reads are told of."""
    caplog.set_level(logging.INFO, "flowiso.web")
    number = door.receive(people={"owner": NAMES[0], "phone": NAMES[1]})
    door.get("/v1/dossiers", q=NAMES[0], unmasked=True)
    door.get(f"/v1/dossiers/{number}", unmasked=True)
    door("GET", f"/v1/dossiers/{NAMES[1]}")
    door("POST", "/v1/dossiers", json={"procedure": CODE, "by": "lan", "owner": NAMES[0]})
    lines = [json.loads(record.message) for record in caplog.records]
    requests = [line for line in lines if line["event"] == "request"]
    assert [line["status"] for line in requests] == [201, 200, 200, 404, 422]
    assert {line["key"] for line in requests} == {door.token.split("_")[1]}
    assert requests[2]["route"] == "/v1/dossiers/{number}"
    seen = [(line["key"], line["number"]) for line in lines if line["event"] == "people"]
    assert [number for _, number in seen] == [None, number]
    for secret in (*NAMES, door.token, door.token.split("_", 2)[2]):
        assert secret not in caplog.text


@pytest.mark.parametrize(
    ("accept", "lang"),
    [
        (None, "vi"), ("", "vi"), ("en", "en"), ("en-US,en;q=0.9", "en"), ("vi,en;q=0.5", "vi"), ("en;q=0.1,vi;q=0.0", "en"),
        ("fr", "vi"), ("EN", "en"), ("en;q=x", "vi"), ("en;q=9", "vi"), ("en;level=1", "en"), (";;;,,q=", "vi"),
        ("vi-VN, en", "vi"),
    ],
)  # fmt: skip
def test_languages(accept: str | None, lang: str) -> None:
    """Vietnamese unless English is liked better."""
    assert chosen(accept) == lang


@given(st.text(max_size=300))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_language_header(accept: str) -> None:
    """Whatever it says."""
    assert chosen(accept) in ("vi", "en")


def test_a_code_nobody_foresaw() -> None:
    """An error of a host's own, with a code that isn't in the table, is a 500."""

    class Own(FlowISOError):
        code = "own"

    assert problem_of(Own(Text("a", "b")), "vi").status_code == 500
