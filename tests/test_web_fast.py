"""What is answered past the framework: the same as the long way says, of this very moment, to nobody else."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from doors import Door, engine_of
from hypothesis import given, settings
from hypothesis import strategies as st
from offices import ORG, Office, flow

from flowiso.engine import Engine
from flowiso.store import open_store
from flowiso.store.connections import _PARENTS, put_away
from flowiso.store.glance import Glance
from flowiso.store.sql import SqlStore
from flowiso.web import Settings
from flowiso.web.pages import Pages, page
from flowiso.web.quick import Quick

LONG = {"unmasked": "false"}
"""A query that changes nothing, but goes the long way."""
WAY = ("lan chuyen ha", "ha chuyen an", "an hoi-bo bo", "bo tra-loi an", "an bo-sung lan", "lan gui")
OWNER = "Nguyễn Văn An"


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    """A door over an SQLite store."""
    with Door(tmp_path, engine_of(open_store(f"sqlite:///{tmp_path / 'kho.db'}"))).opened() as opened:
        yield opened
    opened.engine.close()


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The numbers whose pages were made anew."""
    numbers: list[str] = []

    def noted(engine: Engine, number: str, *rest: Any) -> Any:
        numbers.append(number)
        return page(engine, number, *rest)

    monkeypatch.setattr("flowiso.web.quick.page", noted)
    return numbers


def same(door: Door, number: str, lang: str = "vi") -> Any:
    """What a read says, which the long way must say too, headers and all."""
    path, said = f"/v1/dossiers/{number}", {"Accept-Language": lang, "X-Request-Id": "a"}
    quick, long = door("GET", path, headers=said), door("GET", path, headers=said, params=LONG)
    assert quick.status_code == long.status_code == 200
    assert quick.json() == long.json()
    assert dict(quick.headers) == dict(long.headers) | {"content-length": quick.headers["content-length"]}
    return quick.json()


@settings(max_examples=15, deadline=None)
@given(
    spans=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 5 * 86_400)), max_size=12),
    lang=st.sampled_from(["vi", "en"]),
)
def test_a_page_says_at_every_moment_what_the_long_way_says(
    spans: list[tuple[int, int]], lang: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Lights by the minute, actions by the day, what time alone does, every line (R70, R126)."""
    office = Office(flow(silence=True), flow(version=2), org=ORG._replace(agency="H19.1"))  # type: ignore[arg-type]
    with Door(tmp_path_factory.mktemp("d"), Engine(office, open_store("memory:"))).opened() as door:
        number, way = door.receive(people={"owner": OWNER}), list(WAY)
        for moves, seconds in spans:
            for _ in range(min(moves, len(way), 1)):
                record = {"until": "2021-09-17"} if "hoi-bo" in way[0] else None
                door.move(number, way.pop(0), note="lý do", **({"record": record} if record else {}))
            same(door, number, lang)
            door.clock.forward(seconds=seconds % 90 if seconds % 3 else seconds)
            same(door, number, lang)


def test_a_page_is_made_once_while_nothing_happens(door: Door, made: list[str]) -> None:
    """Minutes go by without it being read anew; the next day, and a line, have it read."""
    number = door.receive(people={"owner": OWNER})
    left = [same(door, number)["left_minutes"]]
    for _ in range(3):
        door.clock.forward(minutes=7)
        left.append(same(door, number)["left_minutes"])
    assert (made, left) == ([number], [left[0] - 7 * turn for turn in range(4)])
    door.clock.forward(days=1)
    same(door, number)
    door.go(number, "lan chuyen ha")
    assert same(door, number)["seq"] == 1
    assert made == [number] * 3


def test_time_alone_outdates_a_page(door: Door) -> None:
    """A limit that has run out is on the next page, though nobody has written a line."""
    number = door.receive()
    door.go(number, "lan chuyen ha", "ha chuyen an", "an hoi-bo bo", record={"until": "2021-09-14"})
    door.clock.set("14/09 16:00")
    assert same(door, number)["step"] == "y-kien"
    door.clock.set("14/09 23:00")
    assert same(door, number)["step"] == "thu-ly"
    door.clock.set("14/09 15:00")  # a clock may jump back
    assert same(door, number)["step"] == "y-kien"


def test_what_another_process_commits_is_in_the_next_answer(door: Door, tmp_path: Path) -> None:
    """A line, and personal data without a line."""
    number = door.receive(people={"owner": OWNER})
    before = same(door, number)
    there = f"""
import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})
from doors import engine_of
from flowiso.store import open_store
from offices import at
with engine_of(open_store("sqlite:///{tmp_path / "kho.db"}")) as engine:
    engine.move({number!r}, "chuyen", by="lan", to="ha", at=at("14/09 08:30"))
"""
    subprocess.run([sys.executable, "-c", there], check=True)
    after = same(door, number)
    assert (before["holder"], after["holder"], after["people"]) == ("lan", "ha", {"owner": "Ng*** V** An"})
    other = open_store(f"sqlite:///{tmp_path / 'kho.db'}")
    other.keep_person("H19.1", number, {"owner": "Trần Thị Bé"})
    assert same(door, number)["people"] == {"owner": "Tr*** T** Bé"}
    other.keep_person("H19.1", number, {})
    assert same(door, number)["people"] == {}
    other.close()


def test_a_kept_page_is_nobody_else_s(tmp_path: Path) -> None:
    """Not another agency's, not one's without the scope, not a revoked key's; unmasked pages aren't kept."""
    store = open_store("memory:")
    with Door(tmp_path, engine_of(store), engine_of(store, "H19.2")).opened() as door:
        number = door.receive(people={"owner": OWNER})
        path = f"/v1/dossiers/{number}"
        assert door.get(path, unmasked="true")["people"] == {"owner": OWNER}
        for _ in range(2):
            assert OWNER not in door("GET", path).text
        assert door("GET", path, token=door.key(agency="H19.2")).json()["code"] == "unknown-dossier"
        assert door("GET", path, token=door.key("act")).json()["code"] == "forbidden"
        assert door("POST", f"{path}/moves", token=door.key("read"), json={"action": "chuyen"}).status_code == 403
        reader = door.key("read")
        assert door("GET", path, token=reader).status_code == 200
        door.keys.revoke(reader.split("_")[1], door.clock())
        assert door("GET", path, token=reader).status_code == 401
        assert door("GET", path, token=None).status_code == 401
        counted = door("GET", "/metrics").text
        assert 'route="/v1/dossiers/{number}",status="200"' in counted
        assert number not in counted


REFUSED: list[dict[str, Any]] = [
    {"json": {"action": "chuyen", "by": "ha", "to": "chi"}},
    {"json": {"action": "bay", "by": "ha"}},
    {"json": {"action": "chuyen", "by": "quang"}},
    {"json": {"action": "chuyen", "by": "ha", "to": "an", "after": 7}},
    {"json": {"action": "chuyen", "by": "ha", "to": "an"}, "headers": {"If-Match": '"7"'}},
    {"json": {"action": "chuyen", "by": "ha", "to": "an"}, "headers": {"If-Match": "7"}},
    {"json": {"action": "chuyen", "by": "ha", "to": "an"}, "headers": {"Idempotency-Key": "x" * 201}},
    {"json": {"action": "chuyen", "by": "ha", "to": "an"}, "headers": {"Idempotency-Key": ""}},
    {"json": {"action": "chuyen", "more": 1}},
    {"json": {"action": 7}},
    {"json": {"action": "chuyen", "by": "ha", "record": {"nothing": "x"}}},
    {"json": []},
    {"content": b'{"action": "chuyen", "action": "x"}', "headers": {"Content-Type": "application/json"}},
    {"content": b"\xff", "headers": {"Content-Type": "application/json"}},
    {"content": b""},
]


@pytest.mark.parametrize("asked", REFUSED)
def test_a_move_is_refused_as_on_the_long_way(door: Door, asked: dict[str, Any]) -> None:
    """Word for word, and nothing is done; so are reads of what isn't there."""
    number = door.receive()
    door.go(number, "lan chuyen ha")
    headers = {**asked.get("headers", {}), "X-Request-Id": "a"}
    path = f"/v1/dossiers/{number}/moves"
    quick, long = (
        door("POST", path, params=query, **{**asked, "headers": headers}) for query in (None, {"x": "1"})
    )  # what doesn't belong into a query is passed over
    assert quick.status_code == long.status_code >= 400
    assert quick.json() == long.json()
    assert dict(quick.headers) == dict(long.headers)
    assert same(door, number)["seq"] == 1


@pytest.mark.parametrize("number", ["H19.1-210914-9999", "%ff", "a%20b", "x" * 201, "%C3%A9", "a%2Fb", "", "x/y"])
def test_a_read_of_nothing_is_refused_as_on_the_long_way(door: Door, number: str) -> None:
    """Numbers that nobody has, and what is no number."""
    quick, long = (door("GET", f"/v1/dossiers/{number}", params=query) for query in (None, LONG))
    if number:
        assert (quick.status_code, quick.json()) == (long.status_code, long.json())
        assert quick.status_code in (404, 422)


def test_a_move_under_a_key_is_done_once(door: Door) -> None:
    """The headers reach the move: doubled it is done once, outdated it isn't."""
    number = door.receive()
    path, body = f"/v1/dossiers/{number}/moves", {"action": "chuyen", "by": "lan", "to": "ha"}
    one, two = (door("POST", path, json=body, headers={"Idempotency-Key": "m-1", "If-Match": '"0"'}) for _ in range(2))
    assert (one.status_code, one.json(), one.headers["etag"]) == (200, two.json(), '"1"')
    assert door("POST", path, json=body, headers={"If-Match": '"0"'}).json()["code"] == "stale"
    twice = [("If-Match", '"0"'), ("If-Match", '"1"'), ("Authorization", f"Bearer {door.token}")]
    assert door._portal is not None
    found = door._portal.call(lambda: door._client.request("POST", path, json=body, headers=twice))
    assert found.status_code >= 400


def test_pages_are_bounded(tmp_path: Path) -> None:
    """The one made first goes; a long one, or one whose store can't tell, isn't kept."""
    store = open_store("memory:")
    engine = engine_of(store)
    with Door(tmp_path, engine, settings=Settings(rate=1e6, burst=10**6, kept=2)).opened() as door:
        numbers = [door.receive() for _ in range(3)]
        found = [page(engine, number, door.clock(), "vi") for number in numbers]
    pages = Pages(2, 1 << 20)
    for number, one in zip(numbers, found, strict=True):
        pages.keep("H19.1", number, one)
    assert [pages.get("H19.1", number, "vi") is not None for number in numbers] == [False, True, True]
    pages.keep("H19.1", numbers[1], found[1]._replace(sign=None))
    assert pages.get("H19.1", numbers[1], "vi") is None
    small = Pages(2, 100)
    small.keep("H19.1", numbers[0], found[0])
    assert small.get("H19.1", numbers[0], "vi") is None


def test_a_glance_is_what_is_stored(tmp_path: Path) -> None:
    """Its end and personal data, of the agency's dossier alone; nothing within a host's transaction, and once it is closed."""
    path = tmp_path / "kho.db"
    for store in (open_store("memory:"), open_store(f"sqlite:///{path}")):
        engine = engine_of(store)
        number = engine.receive("MAU-01", by="lan", at=_at(), people={"owner": OWNER}).number
        mark = store.glance("H19.1", number)
        assert mark is not None
        assert (mark.seq, mark.people) == (0, {"owner": OWNER})
        assert store.glance("H19.1", "x") is store.glance("H19.2", number) is None
        engine.move(number, "chuyen", by="lan", to="ha", at=_at())
        after = store.glance("H19.1", number)
        assert after is not None
        assert (after.seq, after.tip != mark.tip) == (1, True)
        if isinstance(store, SqlStore):
            with sqlite3.connect(path) as host:
                assert SqlStore.joined(host).glance("H19.1", number) is None
            host.close()
        engine.close()
    assert isinstance(store, SqlStore)
    assert store.glance("H19.1", number) is None


def _at() -> Any:
    from doors import MORNING

    return MORNING


def test_a_glance_waits_for_nobody(tmp_path: Path) -> None:
    """A file that somebody keeps for himself, or another thread that looks: None at once, and later it is there."""
    path = tmp_path / "x.db"
    host = sqlite3.connect(path, isolation_level=None)
    host.execute("CREATE TABLE t(x)")

    def connect() -> sqlite3.Cursor:
        return sqlite3.connect(path, timeout=10, isolation_level=None).cursor()

    glance = Glance(connect)
    assert glance.rows("SELECT * FROM t", ()) == []
    host.execute("BEGIN EXCLUSIVE")
    began = monotonic()
    assert glance.rows("SELECT * FROM t", ()) is None
    assert monotonic() - began < 1
    host.execute("ROLLBACK")
    with glance._lock:
        assert glance.rows("SELECT * FROM t", ()) is None
    assert glance.rows("SELECT * FROM t", ()) == []
    glance.forget()  # a fork leaves its parent's connection alone
    put_away(_PARENTS.pop())
    assert glance.rows("SELECT * FROM t", ()) == []
    glance.close()
    put_away(host.cursor())


def test_it_stands_before_everything_else(door: Door) -> None:
    """What isn't asked of it is passed on as it is."""
    assert isinstance(_quick(door), Quick)
    assert door("GET", "/health/live", token=None).status_code == 200
    assert door("DELETE", "/v1/dossiers/x").status_code == 405


def _quick(door: Door) -> Any:
    found = door.app.build_middleware_stack()
    while not isinstance(found, Quick):
        found = getattr(found, "app", None) or found._app
    return found
