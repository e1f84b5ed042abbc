"""The public look-up: anybody with a number learns status and due date; nobody learns whether another number exists."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event, Semaphore
from time import sleep
from typing import Any

import httpx
import pytest
from doors import Door, engine_of
from test_web_serve import served

from flowiso.web.public import Limits, with_lookup

NOTHING = (
    "H19.1-210914-9999",
    "H19.2-210914-0001",
    "x",
    "%00",
    "H19.1-210914-0001'--",
    "a" * 150,
    "..%2f..",
    "%ff%fe",
    "Ð-1",
)


def opened(folder: Path, *agencies: str, limits: Limits | None = None) -> Door:
    """A door with the look-up; without a limit, unless one is given."""
    engines = [engine_of(agency=name) for name in agencies or ("H19.1",)]
    given = limits or Limits(rate=1e6, burst=10**6)
    return Door(folder, *engines, app=lambda app: with_lookup(app, app.state.desk, app.state.metrics, given))


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    """One of two agencies."""
    with opened(tmp_path, "H19.1", "H19.2").opened() as found:
        yield found


def asked(door: Door, number: str, **headers: str) -> httpx.Response:
    """The answer to somebody without a key."""
    return door("GET", f"/public/{number}", token=None, headers=headers)


def test_status_and_due_date_in_words(door: Door) -> None:
    """What the applicant asks: where is it, and when; by the national code, in both languages."""
    number = door.receive(people={"owner": "Nguyễn Văn Kín"})
    door.go(number, "lan chuyen ha", "ha chuyen an")
    told = asked(door, number).json()
    assert told == {
        "number": number,
        "agency": "Sở Mẫu",
        "status": 4,
        "status_title": "Đang xử lý",
        "received": "2021-09-14T08:00:00+07:00",
        "due": door.engine.dossier(number).due_current.isoformat(),  # type: ignore[union-attr]
        "simulated": False,
    }
    assert asked(door, number, **{"Accept-Language": "en"}).json()["status_title"] == "Processing"


def test_nothing_personal(door: Door) -> None:
    """R151: no person, no officer, no note, in JSON or on the page."""
    number = door.receive(people={"owner": "Nguyễn Văn Kín", "phone": "0912345678"})
    door.go(number, "lan chuyen ha", "ha chuyen an")
    for accept in ("application/json", "text/html"):
        shown = asked(door, number, Accept=accept).text
        assert not any(word in shown for word in ("Kín", "0912", "lý do", "chuyen", '"an"', "phong"))


def test_no_existence_oracle(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unknown, another agency's without this door, malformed: the same bytes, after the same reads of the same stores."""
    reads: list[str] = []
    for engine in door.engines:
        real = engine.store.read

        def read(agency: str, number: str, real: Any = real) -> Any:
            reads.append(agency)
            return real(agency, number)

        monkeypatch.setattr(engine.store, "read", read)
    for accept in ("application/json", "text/html"):
        seen = set()
        for number in NOTHING:
            reads.clear()
            found = asked(door, number, Accept=accept)
            length = found.headers["content-length"]
            seen.add((found.status_code, found.content, length, tuple(reads), *sorted(found.headers)))
        assert len(seen) == 1
        assert next(iter(seen))[0] == 404
    reads.clear()
    number = door.receive()
    reads.clear()
    assert asked(door, number).status_code == 200
    assert reads == ["H19.1", "H19.2"]


def test_of_every_agency_of_the_door(door: Door) -> None:
    """A number of the second agency is found as well."""
    number = door.engines[1].receive("MAU-01", by="lan", at=door.clock()).number
    assert asked(door, number).json()["number"] == number


def test_a_number_that_two_agencies_have(door: Door) -> None:
    """A number may be given elsewhere (R31): neither agency hides the other's dossier, and first comes whose number it is."""
    number = "H19.2-210914-0007"
    door.receive(number=number)
    other = door.engines[1].receive("MAU-01", by="lan", number=number, at=door.clock())
    door.engines[1].move(other, "chuyen", by="lan", to="ha", at=door.clock())
    told = asked(door, number).json()
    (also,) = told.pop("also")
    assert (told["status"], also["status"]) == (4, 2)
    assert told.keys() == also.keys()
    page = asked(door, number, Accept="text/html").text
    assert page.index("Đang xử lý (4)") < page.index("Được tiếp nhận (2)")


def test_the_number_as_the_qr_of_a_form_tells_it(door: Door) -> None:
    """R23: what a phone reads off the receipt can be pasted as it is."""
    from flowiso.papers import issued
    from flowiso.render.forms import as_paper, print_of

    number = door.receive()
    dossier = door.engine.dossier(number)
    (receipt, *_) = issued(dossier.table, dossier.moves)
    code = as_paper(print_of(dossier, door.engine.flows.calendar, receipt, None, {}), "vi").code
    assert code.split()[0] == number
    found = door("GET", "/public", token=None, params={"number": code}, headers={"Accept": "text/html"})
    assert (found.status_code, number in found.text, "Được tiếp nhận (2)" in found.text) == (200, True, True)


def test_the_page(door: Door) -> None:
    """A form without a script, escaped, in both languages; an unknown number is said on it."""
    page = door("GET", "/public", token=None, headers={"Accept": "text/html"})
    assert (page.status_code, '<html lang="vi">' in page.text, "<script" in page.text) == (200, True, False)
    assert "script-src" not in page.headers["content-security-policy"]
    wrong = asked(door, "%3Cscript%3Ealert(1)%3C/script%3E", Accept="text/html", **{"Accept-Language": "en"})
    assert (wrong.status_code, "no dossier has this number" in wrong.text, "<script" in wrong.text) == (
        404,
        True,
        False,
    )
    assert door("POST", "/public/x", token=None).status_code == 405
    assert door("GET", "/publicity", token=None).status_code == 401
    assert door("GET", "/v1/dossiers", token=None).status_code == 401


def test_an_address_may_ask_only_so_often(tmp_path: Path) -> None:
    """The burst, then 429 with Retry-After, before any work; a header is believed by nobody unless it was configured."""
    with opened(tmp_path, limits=Limits(rate=0.01, burst=3)).opened() as door:
        number = door.receive()
        codes = [asked(door, number, **{"X-Forwarded-For": f"8.8.8.{count}"}).status_code for count in range(5)]
        assert codes == [200, 200, 200, 429, 429]
        last = asked(door, "x")
        assert (last.status_code, last.json()["code"], int(last.headers["retry-after"]) > 1) == (
            429,
            "rate-limited",
            True,
        )


def test_behind_a_proxy_of_ones_own(tmp_path: Path) -> None:
    """The last word of the header is the proxy's; those before it are whatever the caller says. IPv6 counts by network."""
    with opened(tmp_path, limits=Limits(rate=0.01, burst=1, header="X-Forwarded-For")).opened() as door:

        def code(header: str) -> int:
            return asked(door, "x", **{"X-Forwarded-For": header}).status_code

        assert [code("1.1.1.1, 8.8.8.8"), code("2.2.2.2, 8.8.8.8"), code("8.8.4.4"), code("::ffff:8.8.4.4")] == [
            404,
            429,
            404,
            429,
        ]
        assert [code("2a00::1"), code("2a00::2"), code("2a00:0:0:1::1")] == [404, 429, 404]
        assert [code("nobody"), code("")] == [404, 429]


def test_the_result_is_there_and_time_alone_counts(door: Door) -> None:
    """R56: 9 once the result waits at the desk, 10 once it was handed out."""
    number = door.receive()
    lines = ("lan chuyen ha", "ha chuyen an", "an chuyen quang", "quang chuyen hanh", "hanh chuyen lan")
    door.go(number, *lines)
    assert asked(door, number).json()["status"] == 9
    door.go(number, "lan xong")
    assert asked(door, number).json()["status"] == 10


def test_a_store_that_is_away(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """503 to everybody, without a word of the driver; a fault of ours is 500 without its words."""
    from flowiso.errors import StoreError
    from flowiso.text import Text

    def away(*_: Any) -> None:
        raise StoreError(Text("mật khẩu sai", "bad password"))

    def broken(*_: Any) -> None:
        raise RuntimeError("mật khẩu sai")

    for read, status in ((away, 503), (broken, 500)):
        monkeypatch.setattr(door.engine.store, "read", read)
        for number in ("H19.1-210914-0001", "x"):
            found = asked(door, number)
            assert (found.status_code, "mật khẩu" in found.text) == (status, False)


def test_many_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One is done at a time here and one may wait; the third is told 503, and the first two are answered."""
    limits = Limits(rate=1e6, burst=10**6, at_once=1, waiting=1)
    with opened(tmp_path, limits=limits).opened() as door, ThreadPoolExecutor(2) as pool:
        number, begun, free = door.receive(), Semaphore(0), Event()
        real = door.engine.store.read

        def read(*words: str) -> Any:
            begun.release()
            free.wait(10)
            return real(*words)

        monkeypatch.setattr(door.engine.store, "read", read)
        two = [pool.submit(asked, door, number) for _ in range(2)]
        begun.acquire(timeout=10)
        sleep(0.2)
        third = asked(door, number)
        free.set()
        assert (third.status_code, third.json()["code"], third.headers["retry-after"]) == (503, "overloaded", "1")
        assert [one.result().status_code for one in two] == [200, 200]


def test_over_flowiso_serve(tmp_path: Path, one_flow: Path) -> None:
    """`--public` opens it beside screens and REST door; the log tells neither the number nor the address."""
    store = f"sqlite:///{tmp_path / 'mot-cua.db'}"
    with served(tmp_path, one_flow, store, "--public") as (client, process):
        number = client.post("/v1/dossiers", json={"procedure": "LTHH-13", "by": "lan.vp"}).json()["number"]
        told = httpx.get(f"{client.base_url}/public/{number}")
        assert (told.status_code, told.json()["status"]) == (200, 2)
        assert httpx.get(f"{client.base_url}/public/{number[:-1]}9").status_code == 404
        process.terminate()
        _, err = process.communicate(timeout=20)
    lines = [json.loads(line) for line in err.splitlines()[1:]]
    asked_for = [line for line in lines if line["event"] == "public"]
    assert [set(line) for line in asked_for] == [{"at", "event", "method", "status", "ms"}] * 2
    assert number not in json.dumps(asked_for)


def test_without_the_option_there_is_none(tmp_path: Path) -> None:
    """The door alone asks for a key there too."""
    with Door(tmp_path).opened() as door:
        assert asked(door, "x").status_code == 401
