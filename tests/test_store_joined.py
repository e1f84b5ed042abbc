"""A host's own connection and transaction: what FlowISO writes in it stands or falls with the host's writes."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row
from sqlalchemy import create_engine, text
from stores import HERE, NUMBER, Schemas, case, everything, log, move, moved, url_of
from walks import agency

from flowiso.engine import Engine
from flowiso.errors import BadValue, Conflict, Repeated, StoreError, UnknownDossier
from flowiso.model import COMPLAIN
from flowiso.ports import Beside, Lines, Notice
from flowiso.store import join_store, open_store
from flowiso.store.sql import SqlStore
from flowiso.worktime import TZ

KINDS = ("sqlite", "wheel", "debian")
AT = datetime(2021, 9, 14, 8, 30, tzinfo=TZ)


class Host:
    """A program with a table of its own beside the store's, and how it connects."""

    def __init__(self, url: str) -> None:
        self.url = url

    @property
    def sqlite(self) -> bool:
        return self.url.startswith("sqlite:")

    def connect(self) -> Any:
        if self.sqlite:
            return sqlite3.connect(self.url.removeprefix("sqlite:///"))
        return psycopg.connect(self.url)

    def rows(self) -> int:
        with closing(self.connect()) as connection:
            return int(connection.execute("SELECT count(*) FROM invoices").fetchone()[0])

    def log(self) -> list[Any]:
        """What others see of the store."""
        with closing(open_store(self.url, create=False)) as store:
            return everything(store)


@pytest.fixture(params=KINDS)
def host(request: pytest.FixtureRequest, tmp_path: Path) -> Host:
    if request.param == "sqlite":
        found = Host(url_of(tmp_path / "host.db"))
    else:
        schemas: Callable[[str], Schemas] = request.getfixturevalue("schemas")
        found = Host(schemas(request.param).fresh())
    with closing(found.connect()) as connection:
        if found.sqlite:
            connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE invoices (id integer)")
        SqlStore.make(connection).create(case("first"), log(0), Beside("k"))
        connection.commit()
    return found


@pytest.fixture
def connection(host: Host) -> Iterator[Any]:
    with closing(host.connect()) as connection:
        yield connection


def test_what_the_host_commits_is_there(host: Host, connection: Any) -> None:
    store = SqlStore.joined(connection)
    connection.execute("INSERT INTO invoices VALUES (1)")
    number = f"{HERE}-210914-{store.reserve(HERE, '210914'):04d}"
    store.create(case(number), log(0), Beside("a", "", moved(0), {"name": "Lan"}))
    store.append(HERE, number, log(1, 2), Beside("b", "", moved(1, 2), {"name": "Mai"}))
    store.append(HERE, number, log(3))
    store.append_many(HERE, [Lines(number, log(4)), Lines("first", log(1))])
    store.create_many([(case("x"), log(0)), (case("y"), log(0, 1))])
    store.notify(HERE, [Notice(number, "late", "n", {})])
    store.delivered(HERE, [row.id for row in store.outbox(HERE, 1)], 5)
    store.keep_person(HERE, "x", {"a": "b"})
    head = store.seal(HERE, 7)
    seen = everything(store)
    assert host.log() == [(case("first"), log(0))]
    assert host.rows() == 0
    connection.commit()
    assert host.rows() == 1
    assert host.log() == seen
    assert [len(moves) for _, moves in seen] == [2, 5, 1, 2]
    with closing(open_store(host.url, create=False)) as other:
        assert other.answered(HERE, "b") is not None
        assert [row.type for row in other.outbox(HERE)] == ["moved", "moved", "late"]
        assert other.person(HERE, number) == {"name": "Mai"}
        assert other.heads(HERE) == (head,)
        assert len(list(other.chained(HERE))) == 4


def test_what_the_host_rolls_back_never_was(host: Host, connection: Any) -> None:
    """Its outbox rows and keys too; what we remember of it does no harm afterwards."""
    store = SqlStore.joined(connection)
    connection.execute("INSERT INTO invoices VALUES (1)")
    store.create(case(), log(0), Beside("a", "", moved(0)))
    store.append(HERE, NUMBER, log(1), Beside("b", "", moved(1)))
    connection.rollback()
    assert (host.rows(), host.log()) == (0, [(case("first"), log(0))])
    connection.execute("INSERT INTO invoices VALUES (2)")
    with pytest.raises(UnknownDossier):
        store.append(HERE, NUMBER, log(2), Beside("b"))
    store.create(case("another"), log(0, 1))
    with pytest.raises(UnknownDossier):
        store.append(HERE, NUMBER, log(2), Beside("b"))
    assert list(store.events(HERE)) == []
    connection.commit()
    assert host.log() == [(case("first"), log(0)), (case("another"), log(0, 1))]


def test_a_refusal_leaves_the_hosts_transaction_alone(host: Host, connection: Any) -> None:
    store = SqlStore.joined(connection)
    connection.execute("INSERT INTO invoices VALUES (1)")
    store.append(HERE, "first", log(1))
    for refusal, verb in [
        (Conflict, lambda: store.create(case("first"), log(0))),
        (Conflict, lambda: store.append(HERE, "first", log(1))),
        (Conflict, lambda: store.append(HERE, "first", log(3))),
        (Repeated, lambda: store.append(HERE, "first", log(2), Beside("k"))),
        (Repeated, lambda: store.create(case("new"), log(0), Beside("k"))),
        (Conflict, lambda: store.create_many([(case("p"), log(0)), (case("p"), log(0))])),
        (UnknownDossier, lambda: store.append_many(HERE, [Lines("first", log(2)), Lines("no", log(1))])),
    ]:
        with pytest.raises(refusal):
            verb()
    store.append(HERE, "first", log(2))
    connection.commit()
    assert (host.rows(), host.log()) == (1, [(case("first"), log(0, 1, 2))])


def test_a_line_that_was_rolled_back_is_nothing_to_go_on(host: Host, connection: Any) -> None:
    """Another line has taken its place meanwhile: who still holds it is told, in the host's transaction and outside."""
    store = SqlStore.joined(connection)
    store.append(HERE, "first", [move(1, note="rolled back")])
    held = store.read(HERE, "first")[1]
    connection.rollback()
    with closing(open_store(host.url)) as other:
        other.append(HERE, "first", log(1), after=log(0))
        for one in (other, store):
            with pytest.raises(Conflict, match="không còn như lúc đọc"):
                one.append(HERE, "first", log(2), Beside("new", "", moved(2)), held)
            connection.rollback()
        assert (everything(other), other.answered(HERE, "new")) == ([(case("first"), log(0, 1))], None)
        assert list(other.events(HERE)) == []


def test_a_dossier_that_was_rolled_back_moves_no_further(host: Host, connection: Any) -> None:
    """The same through the engine: neither the dossier that the host held nor one that is remembered writes over another's."""
    with Engine(agency(), open_store(host.url), allow_draft=True, join=join_store) as engine:
        number = engine.receive("LTHH-13", by="lan.vp", at=AT).number
        within = engine.within(connection)
        held = within.move(number, COMPLAIN, by="lan.vp", note="một", at=AT)
        connection.rollback()
        engine.move(number, COMPLAIN, by="lan.vp", note="hai", at=AT)
        for one in (within, engine):
            with pytest.raises(Conflict):
                one.move(held, COMPLAIN, by="lan.vp", note="ba", at=AT)
        connection.rollback()
        assert [line.note for line in engine.dossier(number).moves] == [None, "hai"]


def test_making_is_the_hosts_to_commit(host: Host, connection: Any) -> None:
    """A second making finds the first; rolled back, there are no tables."""
    connection.execute("DELETE FROM invoices")
    assert SqlStore.make(connection, "simulated").kind == "live"
    connection.rollback()
    if not host.sqlite:
        connection.execute("CREATE SCHEMA elsewhere")
        connection.execute("SET LOCAL search_path = elsewhere")
        assert SqlStore.make(connection, "simulated").kind == "simulated"
        connection.rollback()
    assert host.log() == [(case("first"), log(0))]


def test_where_there_is_no_store(host: Host, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other.db")) as connection, pytest.raises(StoreError, match="chưa có kho"):
        SqlStore.joined(connection)


def test_without_a_transaction_nothing_is_written(host: Host) -> None:
    """There would be nothing to stand or fall with; reading needs none."""
    if host.sqlite:
        connection = sqlite3.connect(host.url.removeprefix("sqlite:///"), isolation_level=None)
    else:
        connection = psycopg.connect(host.url, autocommit=True)
    with closing(connection):
        store = SqlStore.joined(connection)
        assert store.read(HERE, "first")[1] == log(0)
        with pytest.raises(StoreError, match="không ở trong giao dịch nào"):
            store.append(HERE, "first", log(1))
        connection.execute("BEGIN")
        store.append(HERE, "first", log(1))
        connection.execute("COMMIT")
        if not host.sqlite:
            with connection.transaction():
                store.append(HERE, "first", log(2))
    assert [len(moves) for _, moves in host.log()] == [2 if host.sqlite else 3]


def test_sqlite3_begins_for_us_as_for_the_host(tmp_path: Path) -> None:
    """In its default mode the driver begins a transaction before an INSERT, not before a SAVEPOINT, whose end would commit."""
    host = Host(url_of(tmp_path / "host.db"))
    with closing(host.connect()) as connection:
        store = SqlStore.make(connection)
        connection.commit()
        assert not connection.in_transaction
        store.create(case(), log(0))
        assert connection.in_transaction
        connection.rollback()
        store.create(case(), log(0))
        connection.commit()
    assert host.log() == [(case(), log(0))]


def test_what_the_host_likes_of_rows_is_not_ours(host: Host, connection: Any) -> None:
    for factory in (sqlite3.Row, as_dict) if host.sqlite else (dict_row,):
        connection.row_factory = factory
        store = SqlStore.joined(connection)
        store.append(HERE, "first", log(1))
        assert everything(store) == [(case("first"), log(0, 1))]
        connection.rollback()


@pytest.mark.parametrize("factory", [bytes, bytearray])
def test_texts_that_are_no_texts_are_said(tmp_path: Path, factory: Any) -> None:
    """Every word of a log would come as bytes: that is told, not that there is no store."""
    path = tmp_path / "host.db"
    with closing(open_store(url_of(path))) as store:
        store.create(case(), log(0))
    with closing(sqlite3.connect(path)) as connection:
        connection.text_factory = factory
        for verb in (SqlStore.joined, SqlStore.make):
            with pytest.raises(StoreError, match="text_factory"):
                verb(connection)
        for harmless in (str, lambda raw: raw.decode(errors="replace")):
            connection.text_factory = harmless
            assert everything(SqlStore.joined(connection)) == [(case(), log(0))]


def as_dict(cursor: sqlite3.Cursor, row: tuple[Any, ...]) -> dict[str, Any]:
    return {column[0]: value for column, value in zip(cursor.description, row, strict=True)}


@pytest.mark.parametrize("mode", ["", "IMMEDIATE"])
def test_what_keeps_a_host_from_writing_is_said(tmp_path: Path, mode: str) -> None:
    """I1: whether the driver begins for us or the host's first line does, and when the connection is closed."""
    path = tmp_path / "host.db"
    with closing(open_store(url_of(path))) as store:
        store.create(case(), log(0))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with closing(sqlite3.connect(path, timeout=0, isolation_level=mode)) as connection:
            joined = SqlStore.joined(connection)
            with pytest.raises(StoreError, match="đang bị chương trình khác giữ"):
                joined.append(HERE, NUMBER, log(1))
        for verb in (lambda: SqlStore.joined(connection), lambda: joined.append(HERE, NUMBER, log(1))):
            with pytest.raises(StoreError, match="không dùng được kho"):
                verb()


def test_sqlalchemys_connection(host: Host) -> None:
    engine = create_engine(host.url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as connection:
        connection.execute(text("INSERT INTO invoices VALUES (1)"))
        SqlStore.joined(connection).append(HERE, "first", log(1))
        connection.rollback()
        connection.execute(text("INSERT INTO invoices VALUES (2)"))
        SqlStore.joined(connection).create(case(), log(0))
        connection.commit()
    engine.dispose()
    assert (host.rows(), host.log()) == (1, [(case("first"), log(0)), (case(), log(0))])


def test_a_failed_transaction_says_so(host: Host, connection: Any) -> None:
    """PostgreSQL takes nothing more in a transaction that has failed."""
    if host.sqlite:
        return
    store = SqlStore.joined(connection)
    with pytest.raises(psycopg.Error):
        connection.execute("SELECT * FROM nowhere")
    with pytest.raises(StoreError, match="ROLLBACK"):
        store.append(HERE, "first", log(1))


def test_a_word_younger_than_the_hosts_snapshot(host: Host, connection: Any) -> None:
    """Only the host can begin its REPEATABLE READ transaction again: it is told so, and not that somebody holds the store."""
    if host.sqlite:
        return
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    store = SqlStore.joined(connection)
    news = move(1)._replace(actor="moi.vp")
    with closing(open_store(host.url, create=False)) as other:
        other.create(case("other"), [move(0)._replace(actor="moi.vp")])
    with pytest.raises(StoreError) as caught:
        store.append(HERE, "first", [news])
    assert "READ COMMITTED" in caught.value.text.vi
    assert "begin it again (READ COMMITTED" in caught.value.text.en
    assert "giây" not in caught.value.text.vi
    connection.rollback()
    SqlStore.joined(connection).append(HERE, "first", [news])
    connection.commit()
    assert dict(host.log())[case("first")] == [*log(0), news]


def test_only_a_word_is_ever_learnt(host: Host, connection: Any) -> None:
    """What else may not be empty is refused as a value that can't be kept, not as a line that lacks somebody's name."""
    store = SqlStore.joined(connection)
    for verb in (
        lambda: store.create(case("x")._replace(code=None), log(0)),  # type: ignore[arg-type]
        lambda: store.append(HERE, "first", [move(1)._replace(at=None)]),  # type: ignore[arg-type]
    ):
        with pytest.raises(BadValue, match="không lưu được"):
            verb()
    with pytest.raises(StoreError, match="thiếu người làm"):
        store.append(HERE, "first", [move(1)._replace(actor=None)])  # type: ignore[arg-type]
    store.append(HERE, "first", [move(1)._replace(actor="moi.vp")])


@pytest.mark.parametrize("what", [None, object(), "kho.db"])
def test_no_connection_at_all(what: object) -> None:
    with pytest.raises(StoreError, match="psycopg 3"):
        SqlStore.joined(what)


def test_closing_leaves_the_connection_open(host: Host, connection: Any) -> None:
    SqlStore.joined(connection).close()
    assert connection.execute("SELECT count(*) FROM invoices").fetchone() == (0,)
