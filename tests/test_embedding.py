"""The door for an embedder: what `flowiso.open` takes, a host's own transaction, threads and asyncio."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from walks import agency

import flowiso
from flowiso import errors
from flowiso.app import Agency
from flowiso.engine import Engine
from flowiso.errors import BadValue, Conflict, FlowISOError, Misrouted, StoreError
from flowiso.store import MemoryStore, open_store
from flowiso.text import Text
from flowiso.worktime import TZ

PAGE = (Path(__file__).parent.parent / "docs" / "embedding.md").read_text(encoding="utf-8")


def clock() -> datetime:
    """Tuesday 14/09/2021, 08:30."""
    return datetime(2021, 9, 14, 8, 30, tzinfo=TZ)


@pytest.fixture(autouse=True)
def loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The shipped flows, read once for all tests."""
    once = agency()
    monkeypatch.setattr("flowiso.app.Agency.load", lambda folder=None: once)


def opened(**more: Any) -> Engine:
    return flowiso.open(**{"allow_draft": True, "clock": clock} | more)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A host's database with a table of its own."""
    with closing(sqlite3.connect(tmp_path / "host.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE fees (dossier)")
        yield connection


def test_all_is_there_and_nothing_else_is_promised() -> None:
    assert len(flowiso.__all__) == len(set(flowiso.__all__))
    assert all(getattr(flowiso, name) is not None for name in flowiso.__all__)
    with pytest.raises(AttributeError):
        flowiso.anything_else  # noqa: B018 - the access is the test


def test_a_store_may_be_given(tmp_path: Path) -> None:
    """An address, or a Store."""
    store = MemoryStore()
    number = opened(store=store).receive("LTHH-13", by="lan.vp").number
    assert store.read("000.00.19.H19", number)
    with closing(open_store(f"sqlite:///{tmp_path / 'kho.db'}")) as kept:
        assert opened(store=kept).receive("LTHH-13", by="lan.vp").number == number


def test_with_closes_the_store(tmp_path: Path) -> None:
    """The file can be moved away: no connection is left behind (a warning would fail the test)."""
    with opened(store=f"sqlite:///{tmp_path / 'kho.db'}") as engine:
        engine.receive("LTHH-13", by="lan.vp")
    assert [path.name for path in tmp_path.iterdir()] == ["kho.db"]


def test_the_hosts_transaction_keeps_or_loses_all(connection: sqlite3.Connection) -> None:
    """Pull the plug after move(): neither the host's row nor dossier, log, outbox, key or number; then both."""
    engine = opened()
    connection.execute("BEGIN")
    engine.within(connection, create=True)
    connection.execute("COMMIT")
    before = list(connection.iterdump())
    connection.execute("BEGIN")
    assert work(engine, connection) == "000.00.19.H19-210914-0001"
    connection.execute("ROLLBACK")
    assert list(connection.iterdump()) == before
    connection.execute("BEGIN")
    number = work(engine, connection)
    connection.execute("COMMIT")
    assert number == "000.00.19.H19-210914-0001"
    joined = engine.within(connection)
    assert [move.action for move in joined.dossier(number).moves] == ["receive", "chuyen"]
    assert [letter.envelope["type"] for letter in joined.outbox()] == [
        "vn.flowiso.dossier.received",
        "vn.flowiso.dossier.moved",
    ]
    assert connection.execute("SELECT dossier FROM fees").fetchall() == [(number,)]


def work(engine: Engine, connection: sqlite3.Connection) -> str:
    """What a request of the host does."""
    joined = engine.within(connection)
    dossier = joined.receive("LTHH-13", by="lan.vp", key="k", people={"owner": "Nguyễn Văn A"})
    connection.execute("INSERT INTO fees VALUES (?)", (dossier.number,))
    return joined.move(dossier, "chuyen", by="lan.vp", to="ha.qltm").number


def test_a_dossier_that_was_rolled_back_moves_no_other(tmp_path: Path) -> None:
    """I2: another procedure's dossier got its number since, in the same minute; what somebody still holds is refused."""
    path = tmp_path / "kho.db"
    with opened(store=f"sqlite:///{path}") as engine, closing(sqlite3.connect(path)) as connection:
        gone = engine.within(connection).receive("XTTM-01", by="lan.vp")
        connection.rollback()
        kept = engine.receive("LTHH-13", by="lan.vp")
        assert (kept.number, kept.moves[0].at) == (gone.number, gone.moves[0].at)
        with opened(store=f"sqlite:///{path}") as other:
            for one in (engine, other):
                with pytest.raises(Conflict, match="không còn như lúc đọc"):
                    one.move(gone, "chuyen", by="lan.vp", to="ha.qltm")
                assert one.dossier(kept.number).moves == kept.moves


def test_a_refusal_leaves_the_hosts_transaction_usable(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN")
    joined = opened().within(connection, create=True)
    dossier = joined.receive("LTHH-13", by="lan.vp")
    with pytest.raises(Misrouted):
        joined.move(dossier, "chuyen", by="lan.vp", to="lan.vp")
    moved = joined.move(dossier, "chuyen", by="lan.vp", to="ha.qltm")
    with pytest.raises(Conflict):
        joined.move(dossier, "chuyen", by="lan.vp", to="ha.qltm")
    connection.execute("COMMIT")
    assert joined.dossier(dossier.number).moves == moved.moves


def test_open_within_a_connection(connection: sqlite3.Connection) -> None:
    """For a script with only one; where there is no store, or no transaction, it is said."""
    with pytest.raises(StoreError, match="chưa có kho"):
        opened(connection=connection)
    connection.execute("BEGIN")
    opened().within(connection, create=True)
    connection.execute("COMMIT")
    with opened(connection=connection) as engine:
        with pytest.raises(StoreError, match="giao dịch"):
            engine.receive("LTHH-13", by="lan.vp")
        connection.execute("BEGIN")
        number = engine.receive("LTHH-13", by="lan.vp").number
        connection.execute("COMMIT")
    assert connection.execute("SELECT number FROM dossiers").fetchall() == [(number,)]


def test_two_stores_are_one_too_many(connection: sqlite3.Connection) -> None:
    with pytest.raises(BadValue):
        opened(store="sqlite:///kho.db", connection=connection)


def test_an_engine_that_was_not_opened_says_so(connection: sqlite3.Connection) -> None:
    with pytest.raises(BadValue) as refused:
        Engine(agency(), MemoryStore(), clock).within(connection)
    assert refused.value.text == Text(
        "máy này không được mở bằng flowiso.open()", "this engine wasn't opened by flowiso.open()"
    )


def test_an_engine_refuses_misroutes_unless_told_otherwise() -> None:
    """R121: whether it was opened or made."""
    for engine in (opened(), Engine(agency(), MemoryStore(), clock, allow_draft=True)):
        dossier = engine.receive("LTHH-13", by="lan.vp")
        with pytest.raises(Misrouted):
            engine.move(dossier, "chuyen", by="lan.vp", to="lan.vp")


@pytest.mark.parametrize("misroutes", ["refuse", "record"])
def test_an_engine_over_another_store_is_the_same_engine(misroutes: str, connection: sqlite3.Connection) -> None:
    """Its clock, its leave to use drafts, its way with misroutes, and its door into a host's transaction."""
    other = opened(on_misroute=misroutes).on(MemoryStore())
    dossier = other.receive("LTHH-13", by="lan.vp")
    if misroutes == "record":
        assert other.move(dossier, "chuyen", by="lan.vp", to="lan.vp").holder == "lan.vp"
    else:
        with pytest.raises(Misrouted):
            other.move(dossier, "chuyen", by="lan.vp", to="lan.vp")
    connection.execute("BEGIN")
    assert other.within(connection, create=True).receive("LTHH-13", by="lan.vp").received == clock()


def test_threads_share_an_engine(tmp_path: Path) -> None:
    """Sixteen at once on flows nobody has compiled yet: every receipt has a number of its own, every log its own lines."""
    fresh = Agency(agency().library, agency().calendar, {})
    start, codes = Barrier(16), ["LTHH-13", "LTHH-14", "DIEN-03", "ATTP-01"]
    with closing(open_store(f"sqlite:///{tmp_path / 'kho.db'}")) as store:
        engine = Engine(fresh, store, clock, allow_draft=True)

        def officer(turn: int) -> list[str]:
            start.wait(30)
            numbers = []
            for _ in range(5):
                dossier = engine.receive(codes[turn % 4], by="lan.vp")
                action = next(one for one in engine.actions(dossier) if one.accounts)
                moved = engine.move(dossier, action.name, by="lan.vp", to=action.accounts[0].id, note="x")
                assert engine.dossier(dossier.number).moves == moved.moves
                numbers.append(dossier.number)
            return numbers

        with ThreadPoolExecutor(16) as pool:
            numbers = [number for some in pool.map(officer, range(16)) for number in some]
        assert len(set(numbers)) == len(list(store.logs(engine.agency))) == 80


def test_one_of_many_threads_wins(tmp_path: Path) -> None:
    """All move the same dossier as they saw it: one does, the others are told of a conflict."""
    start = Barrier(8)
    with opened(store=f"sqlite:///{tmp_path / 'kho.db'}") as engine:
        dossier = engine.receive("LTHH-13", by="lan.vp")

        def officer(_: int) -> str:
            start.wait(30)
            try:
                engine.move(dossier, "chuyen", by="lan.vp", to="ha.qltm")
            except Conflict:
                return "conflict"
            return "moved"

        with ThreadPoolExecutor(8) as pool:
            assert sorted(pool.map(officer, range(8))) == ["conflict"] * 7 + ["moved"]
        assert len(engine.dossier(dossier.number).moves) == 2


def test_asyncio_goes_to_threads(tmp_path: Path) -> None:
    """The loop goes on meanwhile, and each coroutine gets its own answer or error."""

    async def everything(engine: Engine) -> list[object]:
        tasks = [asyncio.to_thread(engine.receive, code, by="lan.vp") for code in ("LTHH-13", "LTHH-99", "LTHH-14")]
        return await asyncio.gather(*tasks, return_exceptions=True)

    with opened(store=f"sqlite:///{tmp_path / 'kho.db'}") as engine:
        one, none, other = asyncio.run(everything(engine))
        assert isinstance(one, flowiso.Dossier)
        assert isinstance(none, flowiso.UnknownFlow)
        assert isinstance(other, flowiso.Dossier)
        assert (one.flow.code, other.flow.code) == ("LTHH-13", "LTHH-14")


def test_the_page_tells_of_every_error() -> None:
    """Each with its code; all but the one that the engine answers itself can be imported from flowiso."""
    kinds = {one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, FlowISOError)}
    for kind in kinds - {FlowISOError, errors.Repeated}:
        assert f"| `{kind.__name__}` | `{kind.code}` |" in PAGE
        assert kind.__name__ in flowiso.__all__


def test_the_page_tells_of_every_verb_of_the_engine() -> None:
    for name in vars(Engine):
        if not name.startswith("_") and name not in ("on", "agency", "lives"):
            assert f"engine.{name}(" in PAGE, name
