"""Old stores come to the schema of today: every version, both databases, all or nothing (T14)."""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from psycopg import errors
from sqlalchemy import text
from walks import agency

from flowiso.dossier import Dossier, first_table
from flowiso.engine import Engine
from flowiso.errors import StoreError
from flowiso.events import of_log
from flowiso.model import Case, Move
from flowiso.ports import Event
from flowiso.store import open_store
from flowiso.store.tables import SCHEMA, metadata
from flowiso.store.upgrade import _engine, run, schema, upgrade
from flowiso.verify import verify_store

if TYPE_CHECKING:
    from stores import Schemas

STORES = Path(__file__).parent / "data" / "stores"
HERE = "000.00.19.H19"
TOLD = json.loads((STORES / "schema1.json").read_text(encoding="utf-8"))
Call = Callable[..., tuple[int, str, str]]


def owed(case: Case, moves: Sequence[Move]) -> tuple[Event, ...]:
    """What a log owes, by another way than the command's."""
    table = first_table(agency(), case, moves)
    return tuple(of_log(table, agency().calendar, moves))


def nothing(case: Case, moves: Sequence[Move]) -> tuple[Event, ...]:
    return ()


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A live store as FlowISO wrote it under schema 1: 40 dossiers, 606 lines (tests/data/stores/make_1.py)."""
    return Path(shutil.copy(STORES / "schema1.sqlite", tmp_path / "kho.db"))


@pytest.fixture(params=["sqlite", "wheel", "debian"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The same store in either database; PostgreSQL gets its rows in the tables that the first migration makes."""
    if request.param == "sqlite":
        return url_of(Path(shutil.copy(STORES / "schema1.sqlite", tmp_path / "kho.db")))
    schemas: Callable[[str], Schemas] = request.getfixturevalue("schemas")
    found = schemas(request.param).fresh()
    with _engine(found, "").begin() as connection, closing(sqlite3.connect(STORES / "schema1.sqlite")) as source:
        run(connection, "base", "1", nothing)
        for name in ("counters", "dossiers", "moves"):
            rows = source.execute(f"SELECT * FROM {name}")
            columns = [column[0] for column in rows.description]
            into = text(f"INSERT INTO {name} VALUES ({', '.join(':' + column for column in columns)})")
            connection.execute(into, [dict(zip(columns, row, strict=True)) for row in rows])
    return found


def url_of(path: Path) -> str:
    return f"sqlite:///{path}"


def seen(dossier: Dossier) -> dict[str, Any]:
    """What make_1.py wrote down of each dossier."""
    moments = {name: getattr(dossier, name) for name in ("received", "due", "step_due", "resolved")}
    shown = {name: None if moment is None else moment.isoformat() for name, moment in moments.items()}
    return shown | {"step": dossier.state.row.id, "holder": dossier.holder, "ended": dossier.ended}


def assert_upgraded(url: str) -> None:
    """0 differences in replay: the same dossiers, lines, states and due dates as the FlowISO of that time saw."""
    with closing(open_store(url, create=False)) as store:
        engine = Engine(agency(), store)
        logs = list(store.logs(HERE))
        assert [[list(case), [list(move[:7]) for move in moves]] for case, moves in logs] == [
            [one["case"], one["moves"]] for one in TOLD
        ]
        assert all(move.record is None for _, moves in logs for move in moves)
        assert [seen(engine.dossier(case.number)) for case, _ in logs] == [one["state"] for one in TOLD]


def assert_old(path: Path) -> None:
    """Nothing was changed, nor left behind."""
    with closing(sqlite3.connect(path)) as now, closing(sqlite3.connect(STORES / "schema1.sqlite")) as then:
        assert list(now.iterdump()) == list(then.iterdump())


def test_the_log_comes_through_as_it_was(url: str) -> None:
    assert schema(url) == 1
    upgrade(url, owed)
    assert schema(url) is None
    assert_upgraded(url)


def test_an_upgraded_store_verifies(url: str) -> None:
    """The chain holds, the outbox is what the logs owe (no DOS308), and each line keeps the moment it was recorded."""
    upgrade(url, owed)
    with closing(open_store(url, create=False)) as store:
        done = verify_store(agency(), store)
        assert (done.dossiers, done.lines) == (40, 606)
        wrong = [one for one in done.findings if one.level == "error" or one.code in ("DOS302", "DOS309")]
        assert wrong == []
        assert store.outbox(HERE) == ()
        assert len(list(store.events(HERE))) == sum(len(owed(*log)) for log in store.logs(HERE)) > 300


def test_work_goes_on_in_an_upgraded_store(url: str) -> None:
    """New lines stand on the old ones, new dossiers come after them, numbers aren't given twice, and the log is guarded."""
    upgrade(url, owed)
    with closing(open_store(url, create=False)) as store:
        engine = Engine(agency(), store, allow_draft=True)
        first = next(case for case, _ in store.logs(HERE))
        counted = max(int(one["case"][1][-4:]) for one in TOLD if one["case"][1][14:20] == first.number[14:20])
        at = datetime.fromisoformat(TOLD[0]["state"]["received"] or "2021-03-01T08:00:00+07:00")
        fresh = engine.receive("LTHH-13", by="lan.vp", at=at)
        assert int(fresh.number[-4:]) == counted + 1
        running = next(case.number for case, _ in store.logs(HERE) if not engine.dossier(case.number).ended)
        moves = store.read(HERE, running)[1]
        store.append(HERE, running, [moves[-1]._replace(seq=len(moves))])
        assert [case.number for case, _ in store.logs(HERE)][-1] == fresh.number
        assert [one.code for one in verify_store(agency(), store, only=fresh.number).findings] == ["DOS309"]
        chains = [chain for chain in store.chained(HERE) if chain.case.number == running]
        assert len(chains[0].hashes) == len(moves) + 1
    with pytest.raises((sqlite3.IntegrityError, errors.RestrictViolation), match="append-only"):
        execute(url, "UPDATE moves SET actor = step")


def execute(url: str, statement: str) -> Any:
    """One statement of somebody else's, and the first row it gives."""
    if url.startswith("sqlite:"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=0)) as connection:
            return connection.execute(statement).fetchone()
    with psycopg.connect(url, autocommit=True) as server:
        server.execute("SET lock_timeout = 200")
        cursor = server.execute(statement.encode())
        return cursor.fetchone() if cursor.description else None


def test_readers_stay_up_and_writers_wait(url: str) -> None:
    """While old lines are hashed; nobody may write a line that would be lost."""
    asked = []

    def looked(case: Case, moves: Sequence[Move]) -> Iterable[Event]:
        if not asked:
            asked.append(execute(url, "SELECT count(*) FROM moves"))
            with pytest.raises((sqlite3.OperationalError, errors.LockNotAvailable), match="lock"):
                execute(url, "UPDATE counters SET last = last + 1")
        return owed(case, moves)

    upgrade(url, looked)  # type: ignore[arg-type]
    assert asked == [(606,)]
    assert_upgraded(url)


class Broken(Exception):
    """The upgrade is broken off."""


def test_what_breaks_off_leaves_the_old_store(url: str) -> None:
    """An error half way; then the upgrade does all of it."""
    calls = []

    def fail(case: Case, moves: Sequence[Move]) -> tuple[Event, ...]:
        calls.append(case)
        if len(calls) == 20:
            raise Broken
        return owed(case, moves)

    with pytest.raises(Broken):
        upgrade(url, fail)
    assert schema(url) == 1
    assert execute(url, "SELECT count(*) FROM moves") == (606,)
    if url.startswith("sqlite:"):
        assert_old(Path(url.removeprefix("sqlite:///")))
    upgrade(url, owed)
    assert_upgraded(url)


KILLED = """
import os, signal, sys
from sqlalchemy import event
from flowiso.store import upgrade
statements = int(sys.argv[2])
made = upgrade._engine
def engine(url, begin):
    found = made(url, begin)
    @event.listens_for(found, "before_cursor_execute")
    def count(*_):
        global statements
        statements -= begin == "BEGIN IMMEDIATE"
        if statements == 0:
            os.kill(os.getpid(), signal.SIGKILL)
    return found
upgrade._engine = engine
upgrade.upgrade(sys.argv[1], lambda case, moves: ())
"""


@pytest.mark.parametrize("statements", [14, 25, 36])
def test_kill_9_leaves_the_old_store_or_the_new(statements: int, old: Path) -> None:
    """At some statement of the one transaction; afterwards the store is wholly old, and the upgrade can be done again."""
    done = subprocess.run([sys.executable, "-c", KILLED, url_of(old), str(statements)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert schema(url_of(old)) == 1
    assert_old(old)
    upgrade(url_of(old), owed)
    assert_upgraded(url_of(old))


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_the_migrations_lead_to_todays_tables(database: str, tmp_path: Path, schemas: Callable[[str], Schemas]) -> None:
    """From nothing to the newest by alembic, and made at once: the same tables, indexes and triggers."""
    if database == "sqlite":
        upgraded, made = tmp_path / "upgraded.db", tmp_path / "made.db"
        sqlite3.connect(upgraded).close()
        address, fresh = url_of(upgraded), url_of(made)
    else:
        address, fresh = schemas("wheel").fresh(), schemas("wheel").fresh()
    open_store(fresh).close()
    with _engine(address, "BEGIN").begin() as connection:
        run(connection, "base", "head", nothing)
    assert definitions(address) == definitions(fresh)
    with _engine(address, "BEGIN").connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def definitions(url: str) -> set[tuple[Any, ...]]:
    """What a database says of its tables, indexes, constraints and triggers."""
    if url.startswith("sqlite:"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            rows = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master").fetchall()
        return {(*row[:3], " ".join((row[3] or "").split())) for row in rows}
    queries = (
        "SELECT table_name, column_name, data_type, is_nullable, column_default, is_identity, ordinal_position"
        " FROM information_schema.columns WHERE table_schema = current_schema()",
        "SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema()",
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = current_schema()::regnamespace",
        "SELECT tgname, tgenabled::text, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal"
        " AND tgrelid IN (SELECT oid FROM pg_class WHERE relnamespace = current_schema()::regnamespace)",
        "SELECT prosrc FROM pg_proc WHERE pronamespace = current_schema()::regnamespace",
    )
    with psycopg.connect(url) as server:
        (here,) = server.execute("SELECT current_schema()").fetchall()[0]
        rows = [row for query in queries for row in server.execute(query.encode()).fetchall()]
    return {tuple(" ".join(str(word).split()).replace(f"{here}.", "") for word in row) for row in rows}


def test_an_old_store_says_what_to_do(old: Path) -> None:
    with pytest.raises(StoreError, match=f"flowiso upgrade --store sqlite:///{old}"):
        open_store(url_of(old))


def test_a_newer_store_is_refused(old: Path, call: Call) -> None:
    upgrade(url_of(old), owed)
    with closing(sqlite3.connect(old)) as connection:
        connection.execute(f"UPDATE meta SET value = '{SCHEMA + 1}' WHERE key = 'schema'")
        connection.commit()
    code, out, err = call("upgrade", "--store", url_of(old))
    assert (code, out) == (2, "")
    assert f"do bản FlowISO mới hơn tạo (cấu trúc {SCHEMA + 1}" in err


@pytest.mark.parametrize("content", [None, b"", b"no database at all, but long enough to be looked at" * 40])
def test_what_is_no_store_is_refused(content: bytes | None, tmp_path: Path, call: Call) -> None:
    path = tmp_path / "la.db"
    if content is not None:
        path.write_bytes(content)
    code, out, err = call("upgrade", "--store", url_of(path))
    assert (code, out) == (2, "")
    assert str(path) in err
    assert (path.read_bytes() if path.exists() else None) == content


@pytest.mark.parametrize("url", ["kho.db", "mysql://x/y", "sqlite:///:memory:", "postgresql://nobody@127.0.0.1:1/none"])
def test_an_address_of_no_store_is_refused(url: str, call: Call) -> None:
    code, out, err = call("upgrade", "--store", url)
    assert (code, out) == (2, "")
    assert "kho" in err


def test_a_store_that_others_hold_is_left_alone(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flowiso.store.upgrade._PATIENCE", 0.1)
    with closing(sqlite3.connect(old, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="chưa ghi gì"):
            upgrade(url_of(old), owed)
    assert_old(old)


def test_without_alembic_it_says_what_to_install(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "alembic", None)
    with pytest.raises(StoreError, match=r"flowiso\[upgrade\]"):
        upgrade(url_of(old), owed)
    assert_old(old)


def test_the_command_backs_up_first(old: Path, call: Call) -> None:
    """The old store lies beside the new one; a second run has nothing to do."""
    code, out, _ = call("upgrade", "--store", url_of(old))
    assert code == 0
    assert "từ cấu trúc 1 lên 2" in out
    assert_old(old.with_name("kho.db.schema-1"))
    assert_upgraded(url_of(old))
    with closing(open_store(url_of(old), create=False)) as store:
        assert [one for one in verify_store(agency(), store).findings if one.level == "error"] == []
    code, out, _ = call("upgrade", "--store", url_of(old), "--format", "json")
    assert (code, json.loads(out)) == (0, {"before": SCHEMA, "after": SCHEMA, "backup": None})


def test_the_backup_goes_where_it_is_asked_to(old: Path, tmp_path: Path, call: Call) -> None:
    code, out, _ = call("upgrade", "--store", url_of(old), "--backup", tmp_path / "truoc.bak", "--format", "json")
    assert (code, json.loads(out)) == (0, {"before": 1, "after": 2, "backup": str(tmp_path / "truoc.bak")})
    assert_old(tmp_path / "truoc.bak")


def test_no_backup_onto_the_store_itself(old: Path, call: Call) -> None:
    code, _, err = call("upgrade", "--store", url_of(old), "--backup", old)
    assert code == 2
    assert "chính nó" in err
    assert_old(old)


def test_every_agency_in_the_store_is_asked_for(old: Path, call: Call) -> None:
    """Without its flows nobody knows what its dossiers owe to the outbox; nothing is changed."""
    with closing(sqlite3.connect(old)) as connection:
        connection.execute("INSERT INTO dossiers VALUES (99, 'H01.2', 'H01.2-210914-0001', 'X', 1, 'online')")
        connection.execute(
            "INSERT INTO moves VALUES ('H01.2', 99, 0, 1631581200, 'a', 'receive', 's', 'a', NULL, 1631581200)"
        )
        connection.commit()
    code, _, err = call("upgrade", "--store", url_of(old))
    assert code == 2
    assert "H01.2" in err
    assert "--flows" in err
    assert schema(url_of(old)) == 1


def test_a_simulation_owes_nothing(old: Path) -> None:
    with closing(sqlite3.connect(old)) as connection:
        connection.execute("UPDATE meta SET value = 'simulated' WHERE key = 'kind'")
        connection.commit()
    upgrade(url_of(old), owed)
    with closing(open_store(url_of(old), create=False)) as store:
        assert store.kind == "simulated"
        assert list(store.events(HERE)) == []
