"""What is answered past the framework: the same as the long way says, of this very moment, to nobody else."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from io import StringIO
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any

import pytest
from doors import Door, engine_of
from hypothesis import given, settings
from hypothesis import strategies as st
from offices import ORG, Office, flow

from flowiso.asked import moment_of
from flowiso.engine import Engine
from flowiso.errors import StoreError
from flowiso.handover import settled
from flowiso.store import MemoryStore, open_store
from flowiso.store.connections import _PARENTS, put_away
from flowiso.store.glance import Glance
from flowiso.store.sql import SqlStore
from flowiso.text import Text
from flowiso.tracing import trace
from flowiso.web import Settings
from flowiso.web.batches import Batches, _Line, _Wanted
from flowiso.web.desk import Hands
from flowiso.web.keys import KeyFile
from flowiso.web.logs import gathered, tell, tell_request
from flowiso.web.pages import Kept, Pages
from flowiso.web.patience import Patience
from flowiso.web.quick import Quick
from flowiso.web.seen import lights
from flowiso.web.turn import Once

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
    read = Pages.read

    def noted(pages: Pages, engine: Engine, number: str, *rest: Any) -> Any:
        numbers.append(number)
        return read(pages, engine, number, *rest)

    monkeypatch.setattr(Pages, "read", noted)
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
            _has_the_lights_of_its_whole_life(door, same(door, number, lang))


def _has_the_lights_of_its_whole_life(door: Door, told: dict[str, Any]) -> None:
    """The lights are told by the state alone; a walk through the log says the same."""
    calendar, now = door.engine.flows.calendar, moment_of(door.clock())
    found = settled(door.engine.dossier(told["number"]), calendar, now)
    seen = lights(trace(found.table, calendar, found.case, found.moves), calendar, max(now, found.state.at))
    assert seen == {name: told[name] for name in seen}


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


MOVES = (
    *WAY,
    "bo tra-loi an",
    "an rut-ho-so",
    "ha chuyen chi",
    "quang chuyen an",
    "an bounce",
    "ha reassign an",
    "ha confirm",
)
"""Moves that mostly are refused, beside those of the way."""


@settings(max_examples=25, deadline=None)
@given(
    told=st.lists(
        st.tuples(
            st.sampled_from(MOVES),
            st.integers(0, 2 * 86_400),
            st.sampled_from([None, "m-1", "m-2"]),
            st.sampled_from([None, "*", '"0"', '"1","2"']),
            st.booleans(),
        ),
        max_size=10,
    ),
    lang=st.sampled_from(["vi", "en"]),
)
def test_a_move_is_answered_as_on_the_long_way(
    told: list[tuple[str, int, str | None, str | None, bool]], lang: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Two offices, the same calls: every answer byte for byte, what is done and what is refused (R121, R129)."""
    queries: tuple[dict[str, str], ...] = ({}, {"x": "1"})  # what doesn't belong into a query is passed over
    answers: list[list[Any]] = []
    for query in queries:
        office = Office(flow(silence=True), flow(version=2), org=ORG._replace(agency="H19.1"))  # type: ignore[arg-type]
        with Door(tmp_path_factory.mktemp("d"), Engine(office, open_store("memory:"))).opened() as door:
            numbers, found = [door.receive(people={"owner": OWNER}) for _ in range(2)], []
            way = list(WAY)
            for line, seconds, key, match, other in told:
                door.clock.forward(seconds=seconds)
                by, action, *to = (way.pop(0) if way and line in WAY else line).split()
                body = {"action": action, "by": by, "note": "lý do"} | ({"to": to[0]} if to else {})
                sent = {"Accept-Language": lang, "X-Request-Id": "a"}
                sent |= {"Idempotency-Key": key} if key else {}
                sent |= {"If-Match": match} if match else {}
                path = f"/v1/dossiers/{numbers[other]}/moves"
                answer = door("POST", path, headers=sent, params=query, json=body)
                found.append((answer.status_code, answer.content, sorted(answer.headers.items())))
            answers.append(found)
    assert answers[0] == answers[1]


def test_lines_that_are_known_are_not_made_again(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each line of a log becomes JSON once; a repeated call is told of the shorter log, which is no other dossier's."""
    from flowiso.web import pages

    lines: list[int] = []
    made = pages.line_json
    monkeypatch.setattr(pages, "line_json", lambda move: lines.append(move.seq) or made(move))
    one, two = door.receive(), door.receive()
    path, body = f"/v1/dossiers/{one}/moves", {"action": "chuyen", "by": "lan", "to": "ha"}
    first = door("POST", path, json=body, headers={"Idempotency-Key": "m-1"})
    door.go(one, "ha chuyen an")
    before = list(lines)
    assert before == list(range(len(before)))
    again = door("POST", path, json=body, headers={"Idempotency-Key": "m-1"})
    assert (again.content, again.headers["etag"]) == (first.content, first.headers["etag"])
    assert [line["holder"] for line in same(door, one)["log"]][:2] == ["lan", "ha"]
    assert [line["holder"] for line in same(door, two)["log"]] == ["lan"]


def test_what_can_be_done_is_told_anew_for_each_account_and_day(tmp_path: Path) -> None:
    """The buttons that pages share: not another holder's, not another day's, not a paused dossier's (R59, R121)."""
    with Door(tmp_path, engine_of(open_store("memory:"))).opened() as door:
        for holder in ("ha", "an"):
            number = door.receive()
            door.go(number, "lan chuyen ha", *(["ha chuyen an"] if holder == "an" else []))
            for _ in range(2):
                assert same(door, number)["holder"] == holder
                door.clock.forward(days=1)
        door.go(number, "quang pause", record={"ground": "Điều 1"})
        assert "resume" in [one["verb"] for one in same(door, number)["verbs"]]


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
        pages = Pages(2, 1 << 20)
        marks = [engine.store.glance("H19.1", number) for number in numbers]
        found = [
            pages.read(engine, number, door.clock(), "vi", mark) for number, mark in zip(numbers, marks, strict=True)
        ]
    assert pages.read(engine, numbers[0], door.clock(), "vi", None).sign is None
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


def test_who_comes_after_the_question_finds_no_answer() -> None:
    """Those of one turn share an answer, and a failure with nobody; what is put down once it was asked has it asked anew."""
    asked: list[int] = []

    def ask() -> int:
        asked.append(len(asked))
        if asked[-1] == 3:
            raise OSError("gone")
        return asked[-1]

    async def turns() -> None:
        loop, told = asyncio.get_running_loop(), []

        def come() -> None:
            told.append(once.told())
            if len(told) == 1:
                loop.call_soon_threadsafe(come)  # comes in the very turn, but after the question

        loop.call_soon(come)
        loop.call_soon(come)
        for _ in range(5):
            await asyncio.sleep(0)
        assert (told, asked) == ([0, 0, 1], [0, 1])
        assert once.told() == once.told() == 2
        await asyncio.sleep(0)
        with pytest.raises(OSError, match="gone"):
            once.told()
        assert once.told() == 4

    once = Once(ask)
    asyncio.run(turns())
    assert (once.told(), once.told()) == (5, 6)  # no loop, no turn


def test_each_wait_has_its_own_end() -> None:
    """One timer for all: what comes late is broken off, what is there in time isn't, whoever else breaks it off is told so."""
    patience = Patience(0.2)

    async def wait(seconds: float) -> str:
        try:
            return await patience.within(asyncio.sleep(seconds, "there"))
        except TimeoutError:
            return "late"

    async def waits() -> list[Any]:
        one, two = asyncio.ensure_future(wait(9)), asyncio.ensure_future(wait(0))
        await asyncio.sleep(0.1)
        three, four, five = (asyncio.ensure_future(wait(seconds)) for seconds in (9, 0.15, 9))
        await asyncio.sleep(0)
        five.cancel()
        began = monotonic()
        found = await asyncio.gather(one, two, four, five, return_exceptions=True)
        assert (await three, three.cancelling()) == ("late", 0)
        assert monotonic() - began > 0.15
        return found

    for _ in range(2):  # in a second loop it begins anew
        one, two, four, five = asyncio.run(waits())
        assert (one, two, four, type(five)) == ("late", "there", "there", asyncio.CancelledError)
    asyncio.run(wait(0))
    assert asyncio.run(wait(9)) == "late"  # though the loop before has gone with its timer


def test_requests_of_a_turn_share_the_questions_and_later_ones_do_not(
    door: Door, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What others commit, and a key they revoke, while a turn lasts: the next request knows it, however soon it comes."""
    number, keys = door.receive(), KeyFile(door.keys.path)
    token = keys.add("một cửa", "H19.1", ("read",), ["*"], door.clock())[1]
    other = engine_of(open_store(f"sqlite:///{tmp_path / 'kho.db'}"))
    asked: list[str] = []
    for owner, name in ((Glance, "commits"), (KeyFile, "_known")):
        real = getattr(owner, name)
        monkeypatch.setattr(owner, name, lambda self, real=real, name=name: asked.append(name) or real(self))
    monkeypatch.setattr(door.keys, "_once", Once(door.keys._known))

    async def nothing() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def read() -> Any:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        headers = [(b"authorization", f"Bearer {token}".encode())]
        path = f"/v1/dossiers/{number}"
        scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": headers}
        await door.app(scope, nothing, send)
        return sent[0]["status"], json.loads(sent[1]["body"]).get("seq")

    async def turns() -> None:
        assert await read() == (200, 0)
        await asyncio.sleep(0)
        asked.clear()
        first = [asyncio.ensure_future(read()) for _ in range(3)]
        await asyncio.sleep(0)
        assert [one.done() and one.result() for one in first] == [(200, 0)] * 3
        assert sorted(asked) == ["_known", "commits"]
        other.move(number, "chuyen", by="lan", to="ha", at=_at())  # in that very turn
        assert await asyncio.ensure_future(read()) == (200, 1)
        before = asyncio.ensure_future(read())
        await asyncio.sleep(0)
        keys.revoke(token.split("_")[1], door.clock())
        assert (await asyncio.ensure_future(read()))[0] == 401
        assert await before == (200, 1)

    assert door._portal is not None
    door._portal.call(turns)
    other.close()


def test_commits_are_told_from_each_other(tmp_path: Path) -> None:
    """Another one's commit, our own, a connection opened anew; nothing while somebody keeps the file for himself."""
    path = tmp_path / "kho.db"
    store = open_store(f"sqlite:///{path}")
    engine = engine_of(store)
    number = engine.receive("MAU-01", by="lan", at=_at()).number
    seen = [store.commits()]
    assert store.commits() == seen[0] is not None
    engine.move(number, "chuyen", by="lan", to="ha", at=_at())
    seen.append(store.commits())
    other = open_store(f"sqlite:///{path}")
    other.keep_person("H19.1", number, {"owner": OWNER})
    other.close()
    seen.append(store.commits())
    assert isinstance(store, SqlStore)
    link: Any = store._link
    with link._glance._lock:
        assert store.commits() is None
    link._glance.close()
    seen.append(store.commits())
    assert len(set(seen)) == 4
    engine.close()
    memory = open_store("memory:")
    assert memory.commits() is None
    memory.close()


def test_what_was_put_in_first_goes_first() -> None:
    """What is asked for again under its key is the newest."""
    kept: Kept[int, str] = Kept(2)
    for key in (1, 2, 1, 3):
        kept.put(key, str(key))
    assert [kept.get(key) for key in (1, 2, 3)] == ["1", None, "3"]
    kept.drop(1)
    kept.drop(1)
    assert kept.get(1) is None


def test_threads_tell_the_loop_that_waits() -> None:
    """What work gives or raises, of many at once; one that nobody waits for any more isn't begun; a loop may be gone."""
    hands, started, gate, begun = Hands(1, "t"), Event(), Event(), []

    def held() -> None:
        started.set()
        gate.wait(10)
        begun.append("held")

    async def many() -> list[Any]:
        return await asyncio.gather(*(hands.do(partial(divmod, 7, by)) for by in (2, 0, 3)), return_exceptions=True)

    async def left() -> None:
        first = asyncio.ensure_future(hands.do(held))
        second = asyncio.ensure_future(hands.do(lambda: begun.append("never")))
        while not started.is_set():
            await asyncio.sleep(0.001)
        second.cancel()
        first.cancel()

    two, error, three = asyncio.run(many())
    assert (two, type(error), three) == ((3, 1), ZeroDivisionError, (2, 1))
    asyncio.run(left())
    gate.set()
    assert asyncio.run(hands.do(lambda: list(begun))) == ["held"]
    hands.shutdown()


class Slow(MemoryStore):
    """A store with one writer, who waits at a gate; the sizes of what was written together are noted."""

    one_writer = True

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[int] = []
        self.at_it, self.gate, self.fails = Event(), Event(), False

    def together(self, works: Any) -> Any:
        """Wait, and do them."""
        self.at_it.set()
        self.gate.wait(10)
        self.sizes.append(len(works))
        if self.fails:
            raise StoreError(Text("đĩa đầy", "the disk is full"))
        return super().together(works)


def test_who_comes_meanwhile_is_written_together() -> None:
    """One thread at a time; each is told his own, whoever else is refused; who waits no longer isn't begun; only so many."""
    store, hands, begun = Slow(), Hands(2, "t"), list[str]()
    batches = Batches(store, hands.do, 3)

    def write(name: str) -> str:
        begun.append(name)
        return {"refused": ""}.get(name, name) or str(1 // 0)

    def ask(name: str, tell: Any = str.upper) -> asyncio.Task[str]:
        return asyncio.ensure_future(batches.act(partial(write, name), tell))

    async def many() -> list[Any]:
        first = [ask("a")]
        while not store.at_it.is_set():
            await asyncio.sleep(0.001)
        later = [ask(name) for name in ("b", "refused", "left", "c", "d", "e")]
        await asyncio.sleep(0)
        later[2].cancel()
        later += [ask("f", int)]
        store.gate.set()
        return await asyncio.gather(*first, *later, return_exceptions=True)

    found = asyncio.run(many())
    assert [one if isinstance(one, str) else type(one) for one in found] == [
        "A", "B", ZeroDivisionError, asyncio.CancelledError, "C", "D", "E", ValueError
    ]  # fmt: skip
    assert (begun, store.sizes) == (["a", "b", "refused", "c", "d", "e", "f"], [1, 2, 3, 1])
    store.fails = True

    async def fails() -> list[Any]:
        return await asyncio.gather(ask("g"), ask("h"), return_exceptions=True)

    assert [type(one) for one in asyncio.run(fails())] == [StoreError] * 2
    hands.shutdown()


@pytest.mark.parametrize("seconds", [0.0, 0.001])
def test_those_who_come_again_are_waited_for(seconds: float) -> None:
    """As many as wrote last or wait already, no longer than that took, a thousandth of a second at the most."""

    async def waits() -> None:
        loop = asyncio.get_running_loop()
        line, one = _Line(loop), _Wanted(loop.create_future(), str, str)
        line.join(one)
        await line.gathered()  # nobody else is expected at first
        line.expect(2, 9.0 if seconds else 0.0)
        assert line._patience == seconds
        began = monotonic()
        await line.gathered()  # two more are, and don't come
        assert seconds <= monotonic() - began < 5
        line._patience = 60.0
        waiting = asyncio.ensure_future(line.gathered())
        await asyncio.sleep(0)
        line.join(one)
        await asyncio.sleep(0)
        assert not waiting.done()
        line.join(one)
        await waiting
        assert len(line.take(2)) == 2
        one.future.cancel()
        assert (line.take(2), line.wanted) == ([], [])

    asyncio.run(waits())


def test_a_loop_that_ends_leaves_nobody_waiting() -> None:
    """Who is being written, and who waits for the next batch, are broken off; another loop begins anew."""
    store, hands = Slow(), Hands(1, "t")
    batches, left = Batches(store, hands.do, 1), list[asyncio.Task[int]]()

    async def leaves() -> None:
        left.extend(asyncio.ensure_future(batches.act(lambda: 1, str)) for _ in range(2))  # type: ignore[arg-type]
        while not store.at_it.is_set():
            await asyncio.sleep(0.001)

    asyncio.run(leaves())
    assert all(one.cancelled() for one in left)
    store.gate.set()
    assert asyncio.run(batches.act(lambda: 2, str)) == "2"
    hands.shutdown()


def test_many_at_once_are_one_transaction_each_for_itself(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """I1: eight callers, half of them for the same dossier: one of those wins, the others are told; all in fewer transactions."""
    numbers = [door.receive(), *(door.receive() for _ in range(4))]
    sizes: list[int] = []
    together = SqlStore.together
    monkeypatch.setattr(SqlStore, "together", lambda store, works: sizes.append(len(works)) or together(store, works))
    wanted = [*[numbers[0]] * 4, *numbers[1:]]
    found = door.all_at_once([(f"/v1/dossiers/{number}/moves", MOVE | {"after": 0}) for number in wanted])
    codes = [one.status_code for one in found]
    assert (sorted(codes[:4]), codes[4:]) == ([200, 409, 409, 409], [200] * 4)
    assert len(sizes) < sum(sizes) == 8
    for number in numbers:
        assert same(door, number)["seq"] == 1


MOVE = {"action": "chuyen", "by": "lan", "to": "ha"}


def test_lines_of_requests_are_written_together() -> None:
    """They wait for others a moment, in their order, and for nobody who says something else; each is JSON (R151)."""
    out = StringIO()

    async def served() -> list[int]:
        seen = []
        for number in range(3):
            tell_request(_at(), f"r{number}", None if number else "k-1", "GET", "/v1/x", 200, None, 1.5)
            seen.append(out.getvalue().count("\n"))
        tell("people", _at(), key="k-1", number="x")
        seen.append(out.getvalue().count("\n"))
        tell_request(_at(), "r3", None, "GET", "/v1/x", 404, "not-found", 0.1)
        await asyncio.sleep(0.3)
        seen.append(out.getvalue().count("\n"))
        tell_request(_at(), "r4", None, "GET", "/v1/x", 200, None, 0.1)
        return seen

    with gathered(out):
        assert asyncio.run(served()) == [0, 0, 0, 4, 5]
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [line.get("id", line["event"]) for line in lines] == ["r0", "r1", "r2", "people", "r3", "r4"]
    kind = {"key": "k-1", "method": "GET", "route": "/v1/x", "status": 200, "problem": None}
    assert lines[0] == {"at": "2021-09-14T08:00:00.000+07:00", "event": "request", "id": "r0", **kind, "ms": 1.5}
    with gathered(out):
        out.close()
        tell("people", _at(), key="k-1", number="x")  # nobody reads any more


def test_a_body_of_its_declared_length_is_whole(door: Door) -> None:
    """A server that tells the end in a message of its own is not waited for; without a length it is."""
    number = door.receive()
    body = b'{"action": "chuyen", "by": "lan", "to": "ha"}'
    for declared, asked in ((True, 1), (False, 2)):
        got: list[str] = []
        sent: list[Any] = []

        async def receive(got: list[str] = got) -> dict[str, Any]:
            got.append("part")
            return {"type": "http.request", "body": body if len(got) == 1 else b"", "more_body": len(got) == 1}

        async def send(message: Any, sent: list[Any] = sent) -> None:
            sent.append(message)

        headers = [(b"authorization", f"Bearer {door.token}".encode()), (b"content-type", b"application/json")]
        headers += [(b"content-length", str(len(body)).encode())] if declared else []
        path = f"/v1/dossiers/{number}/moves"
        scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": headers}
        assert door._portal is not None
        door._portal.call(door.app, scope, receive, send)
        assert (len(got), sent[0]["status"]) == (asked, 200 if declared else 422)


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
