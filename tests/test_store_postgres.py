"""PostgreSQL: its rights and triggers, servers that go away, and what a step costs in round trips."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from typing import Any

import psycopg
import pytest
from servers import KINDS, Kind, Server, require
from stores import HERE, NUMBER, THERE, Schemas, assert_one_winner, case, everything, log, move, moved, outside

from flowiso.errors import BadValue, Conflict, StoreError
from flowiso.ports import Beside, Lines
from flowiso.store import open_store
from flowiso.store.making import without_password
from flowiso.store.postgres import asked_wait, grant
from flowiso.store.sql import SqlStore


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, schemas: Callable[[Kind], Schemas]) -> Schemas:
    return schemas(request.param)


@pytest.fixture
def url(place: Schemas) -> str:
    return place.fresh()


@pytest.fixture
def sql(url: str) -> Iterator[SqlStore]:
    opened = SqlStore.open(url)
    yield opened
    opened.close()


REWRITINGS = [
    "UPDATE moves SET at = at - 86400",
    "UPDATE moves SET at = 0 WHERE false",
    "DELETE FROM moves",
    "TRUNCATE moves",
    "TRUNCATE moves, dossiers, keys, outbox, people",
    "INSERT INTO moves SELECT * FROM moves ON CONFLICT (dossier, seq) DO UPDATE SET at = 0",
    "UPDATE dossiers SET version = 1",
    "DELETE FROM dossiers",
    "UPDATE words SET word = 'x'",
    "DELETE FROM words",
    "TRUNCATE words",
    "INSERT INTO words (word) SELECT word FROM words ON CONFLICT (word) DO UPDATE SET word = 'x'",
    "UPDATE heads SET tips = '[]'",
    "DELETE FROM heads",
    "TRUNCATE heads",
    "INSERT INTO heads SELECT agency, 2, at, previous, digest, tips FROM heads",
]
BY_OWNERS_ONLY = [
    "ALTER TABLE moves DISABLE TRIGGER ALL",
    "ALTER TABLE moves DISABLE TRIGGER moves_append_only",
    "DROP TRIGGER moves_append_only ON moves",
    "DROP TABLE moves",
    "SET session_replication_role = replica",
    "CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END'",
    "UPDATE meta SET value = 'live'",
]


class TestAppendOnly:
    """R58, R129: the log can't be rewritten by who goes round FlowISO."""

    @pytest.mark.parametrize("statement", REWRITINGS)
    def test_even_the_owner_is_refused(self, sql: SqlStore, url: str, statement: str) -> None:
        """Also where replication would go without triggers."""
        sql.create(case(), log(0, 1))
        head = sql.seal(HERE, 5)
        with outside(url) as other:
            for role in ("origin", "replica"):
                other.execute(f"SET session_replication_role = {role}".encode())
                with pytest.raises(psycopg.errors.RestrictViolation, match="append-only"):
                    other.execute(statement.encode())
        assert (sql.read(HERE, NUMBER), sql.heads(HERE)) == ((case(), log(0, 1)), (head,))

    def test_a_role_that_may_only_insert(self, place: Schemas, url: str, sql: SqlStore) -> None:
        """T11: with the rights that `grant` gives a program can do everything of ours, and nothing to the log but insert."""
        role = f"app_{url.rpartition('%3D')[2]}"
        place.server.execute(f"CREATE ROLE {role} LOGIN")
        sql.create(case("before"), log(0))
        grant(url, role)
        as_role = url.replace("postgres@", f"{role}@")
        store = SqlStore.open(as_role, create=False)
        store.create(case(), log(0), Beside("k", "r", moved(0), {"a": "b"}))
        store.append(HERE, NUMBER, log(1), Beside("m", "r", moved(1), {"c": "d"}))
        store.append_many(HERE, [Lines("before", log(1))])
        store.create_many([(case("x"), log(0))])
        store.keep_person(HERE, NUMBER, {})
        store.delivered(HERE, [row.id for row in store.outbox(HERE)], 5)
        assert (store.reserve(HERE, "210914"), store.reserve(HERE, "210914"), store.forget_keys(2**40)) == (1, 2, 2)
        head = store.seal(HERE, 5)
        store.close()
        with outside(as_role) as app:
            for statement in REWRITINGS + BY_OWNERS_ONLY:
                refused = psycopg.errors.InsufficientPrivilege, psycopg.errors.RestrictViolation
                with pytest.raises(refused):
                    app.execute(statement.encode())
        assert sql.heads(HERE) == (head,)
        assert everything(sql) == [(case("before"), log(0, 1)), (case(), log(0, 1)), (case("x"), log(0))]

    def test_without_rights(self, place: Schemas, url: str, sql: SqlStore) -> None:
        role = f"none_{url.rpartition('%3D')[2]}"
        place.server.execute(f"CREATE ROLE {role} LOGIN")
        with pytest.raises(StoreError, match="search_path"):
            SqlStore.open(url.replace("postgres@", f"{role}@"))
        with outside(url) as owner:
            owner.execute(f"GRANT USAGE ON SCHEMA {url.rpartition('%3D')[2]} TO {role}".encode())
        with pytest.raises(StoreError, match="grant"):
            SqlStore.open(url.replace("postgres@", f"{role}@"))
        with pytest.raises(StoreError, match="nobody_of_this_name"):
            grant(url, "nobody_of_this_name")


class TestPlace:
    """What may be there already."""

    def test_another_programs_tables(self, url: str) -> None:
        with outside(url) as other:
            other.execute("CREATE TABLE users (id int)")
        with pytest.raises(StoreError, match="chương trình khác"):
            open_store(url)
        open_store(url, "simulated", beside=True).close()
        with closing(open_store(url, create=False)) as store:
            assert store.kind == "simulated"

    def test_a_name_that_is_taken(self, url: str) -> None:
        with outside(url) as other:
            other.execute("CREATE TABLE people (id int)")
        with pytest.raises(StoreError, match="people"):
            open_store(url, beside=True)

    def test_a_missing_store_is_not_made_unasked(self, url: str) -> None:
        with pytest.raises(StoreError, match="--new-store --store"):
            open_store(url, create=False)

    def test_no_schema(self, place: Schemas) -> None:
        with pytest.raises(StoreError, match="search_path"):
            open_store(f"{place.url}&options=-csearch_path%3Dnowhere")

    @pytest.mark.parametrize(("schema", "says"), [("1", "flowiso upgrade --store"), ("3", "newer"), ("x", "another")])
    def test_another_schema(self, sql: SqlStore, url: str, schema: str, says: str) -> None:
        """T14."""
        with outside(url) as other:
            other.execute("UPDATE meta SET value = %s WHERE key = 'schema'", (schema,))
        with pytest.raises(StoreError) as caught:
            open_store(url)
        assert says in caught.value.text.en

    def test_many_make_the_same_store_at_once(self, place: Schemas) -> None:
        with ThreadPoolExecutor(6) as pool:
            for _ in range(3):
                stores = list(pool.map(open_store, [place.fresh()] * 6))
                assert sorted(store.reserve(HERE, "210914") for store in stores) == [1, 2, 3, 4, 5, 6]
                for store in stores:
                    store.close()

    def test_read_only(self, sql: SqlStore, url: str) -> None:
        sql.create(case(), log(0))
        with closing(open_store(url, read_only=True)) as reader:
            assert everything(reader) == [(case(), log(0))]
            for verb in (
                lambda: reader.append(HERE, NUMBER, log(1)),
                lambda: reader.keep_person(HERE, NUMBER, {"a": "b"}),
            ):
                with pytest.raises(StoreError, match="chỉ cho đọc"):
                    verb()

    def test_both_ways_to_write_the_address(self, sql: SqlStore, url: str) -> None:
        sql.create(case(), log(0))
        with closing(open_store(url.replace("postgresql:", "postgresql+psycopg:"))) as store:
            assert everything(store) == [(case(), log(0))]


@pytest.mark.parametrize(
    "url", ["postgresql://nobody@127.0.0.1:1/x", "postgresql://x@/x?host=/nowhere", "postgresql://a?b", "postgresql:x"]
)
def test_no_server(url: str) -> None:
    with pytest.raises(StoreError) as caught:
        open_store(url)
    assert isinstance(caught.value.__cause__, psycopg.Error)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://lan:s3cret@db/x?sslmode=require", "postgresql://lan@db/x?sslmode=require"),
        ("postgresql://lan@db/x?password=s3cret&sslmode=require", "postgresql://lan@db/x?sslmode=require"),
        ("postgresql://db/x?sslmode=require&password=s3cret", "postgresql://db/x?sslmode=require"),
        ("postgresql://db/x?sslpassword=s3cret&sslkey=k", "postgresql://db/x?sslkey=k"),
        ("postgresql://lan:s3%40cret@db:5433/x", "postgresql://lan@db:5433/x"),
    ],
)
def test_passwords_are_not_shown(url: str, shown: str) -> None:
    assert without_password(url) == shown


@pytest.mark.parametrize(("more", "wait"), [("", 0), ("&connect_timeout=3", 3), ("&connect_timeout=0", 0)])
def test_what_an_address_says_of_waiting_counts(more: str, wait: int) -> None:
    """Ours is for who says nothing."""
    assert asked_wait(f"postgresql://may/kho?sslmode=prefer{more}") == wait


class TestSteps:
    """What a step is on the wire, and against others."""

    def test_a_step_is_two_round_trips(self, sql: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
        """One to read, one that writes all or nothing; no BEGIN, no COMMIT, no check of the connection. The words are known."""
        sql.create(case(), log(0), Beside(events=moved(0)))
        seen: list[Any] = []
        plain = psycopg.Cursor.execute
        monkeypatch.setattr(
            psycopg.Cursor, "execute", lambda self, *args, **more: seen.append(args) or plain(self, *args, **more)
        )
        _, moves = sql.read(HERE, NUMBER)
        sql.append(HERE, NUMBER, log(len(moves)), Beside("k", "r", moved(1)))
        assert len(seen) == 2
        sql.create(case("x"), log(0, 1), Beside("l", "r", moved(0, 1), {"a": "b"}))
        assert len(seen) == 3

    @pytest.mark.parametrize(("theirs", "ours"), [("off", "on"), ("on", "on"), ("remote_apply", "remote_apply")])
    def test_an_acknowledged_line_is_on_disk(self, url: str, theirs: str, ours: str) -> None:
        """T2: a database that is set not to wait for the disk is told to, by us; one that waits for more goes on so."""
        with closing(SqlStore.open(f"{url}%20-csynchronous_commit%3D{theirs}")) as store:
            found = store._link.read(lambda cursor: cursor.execute("SHOW synchronous_commit").fetchall())
        assert found == [(ours,)]

    def test_a_locked_row_is_waited_for_but_not_for_ever(self, url: str) -> None:
        """A host's transaction that stays open holds nobody up longer than our patience."""
        with closing(SqlStore.open(url, patience=0.2)) as store, closing(psycopg.connect(url)) as host:
            store.create(case(), log(0))
            SqlStore.joined(host).append(HERE, NUMBER, log(1))
            with pytest.raises(StoreError, match="giao dịch khác giữ"):
                store.append(HERE, NUMBER, log(1))
            host.rollback()
            store.append(HERE, NUMBER, log(1))

    def test_batches_never_deadlock(self, sql: SqlStore) -> None:
        """Two that take each other's dossiers in the opposite order: one is first, each line is there once."""
        numbers = [str(number) for number in range(10)]
        sql.create_many((case(number), log(0)) for number in numbers)
        won: list[int] = []

        def officer(order: list[str]) -> None:
            for _ in range(30):
                batch = [Lines(number, log(len(sql.read(HERE, number)[1]))) for number in order]
                with suppress(Conflict):
                    sql.append_many(HERE, batch)
                    won.append(1)

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(officer, (numbers, numbers[::-1])))
        assert {tuple(line.seq for line in moves) for _, moves in everything(sql)} == {tuple(range(len(won) + 1))}

    @pytest.mark.parametrize(("code", "said"), [("40P01", "giao dịch khác giữ"), ("40001", "làm lại giao dịch")])
    def test_what_the_server_undoes_because_of_others_is_done_again(self, sql: SqlStore, code: str, said: str) -> None:
        """A deadlock with a host's transaction, say; but not for ever."""
        calls: list[int] = []

        def work(cursor: Any, failures: int) -> int:
            calls.append(1)
            if len(calls) <= failures:
                cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{code}'; END $$".encode())
            return len(calls)

        assert sql._link.write(lambda cursor: work(cursor, 2)) == 3
        calls.clear()
        with pytest.raises(StoreError, match=said):
            sql._link.write(lambda cursor: work(cursor, 99))
        assert len(calls) == 3

    @pytest.mark.parametrize("bad", [move(1, note="\0"), move(1, note="\udcff"), move(1, at=2**64)])
    def test_what_no_database_can_keep(self, sql: SqlStore, bad: Any) -> None:
        sql.create(case(), log(0))
        with pytest.raises(BadValue):
            sql.append(HERE, NUMBER, [bad])
        sql.append(HERE, NUMBER, log(1))

    def test_agencies_share_a_server(self, sql: SqlStore) -> None:
        sql.create_many([(case(agency=agency), log(0)) for agency in (HERE, THERE)])
        assert everything(sql, THERE) == [(case(agency=THERE), log(0))]

    def test_an_interrupted_read_gives_its_connection_up(self, sql: SqlStore) -> None:
        """A generator left half-way, an error in the reader: no transaction stays open on the server."""
        sql.create_many((case(str(number)), log(0)) for number in range(3000))
        reading = sql.logs(HERE)
        next(reading)
        reading.close()
        with pytest.raises(ZeroDivisionError):
            sql._link.read(lambda _: 1 // 0)
        found = sql._link.read(
            lambda cursor: cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in%' AND datname = current_database()"
            ).fetchall()
        )
        assert found == [(0,)]


@pytest.fixture(scope="module", params=KINDS)
def own(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server that tests may stop."""
    require(request.param)
    with Server(request.param) as server:
        yield server


class TestServerGone:
    """T3: servers are restarted; what was answered is there, what is in doubt is said to be."""

    @pytest.mark.parametrize("mode", ["fast", "immediate"])
    def test_the_next_call_works(self, own: Server, mode: Any) -> None:
        """Reading and writing, on connections that lay idle while the server went."""
        with closing(SqlStore.open(own.database())) as store:
            store.create(case(), log(0))
            with ThreadPoolExecutor(4) as pool:
                list(pool.map(lambda _: store.read(HERE, NUMBER), range(8)))
            own.restart(mode)
            store.append(HERE, NUMBER, log(1))
            own.restart(mode)
            assert store.read(HERE, NUMBER)[1] == log(0, 1)
            own.restart(mode)
            assert everything(store) == [(case(), log(0, 1))]
            own.stop(mode)
            for verb in (lambda: store.read(HERE, NUMBER), lambda: store.append(HERE, NUMBER, log(2))):
                with pytest.raises(StoreError):
                    verb()
            own.start()
            store.append(HERE, NUMBER, log(2))

    def test_a_read_that_breaks_off_is_done_again(self, own: Server) -> None:
        with closing(SqlStore.open(own.database())) as store:
            store.create(case(), log(0))
            calls: list[int] = []

            def work(cursor: Any) -> Any:
                calls.append(1)
                return kill_self(cursor) if len(calls) == 1 else cursor.execute("SELECT 7").fetchall()

            assert store._link.read(work) == [(7,)]

    @pytest.mark.parametrize("single", [True, False])
    def test_a_write_in_doubt_is_not_done_again(self, own: Server, single: bool) -> None:
        """The connection breaks off in the statement, or in the commit: only the key can tell."""
        with closing(SqlStore.open(own.database())) as store:
            store.create(case(), log(0))
            calls: list[int] = []

            def work(cursor: Any) -> None:
                calls.append(1)
                if single:
                    kill_self(cursor)
                else:
                    terminate(store, cursor)

            with pytest.raises(StoreError, match="cùng khóa"):
                store._link.write(work, single)
            assert calls == [1]
            store.append(HERE, NUMBER, log(1))

    def test_a_write_that_breaks_off_before_its_commit_is_none(self, own: Server) -> None:
        with closing(SqlStore.open(own.database())) as store:
            store.create(case(), log(0))
            with pytest.raises(StoreError, match="chưa ghi gì"):
                store._link.write(kill_self)
            assert store.read(HERE, NUMBER)[1] == log(0)

    def test_restarts_under_load(self, own: Server) -> None:
        """T3 in small: 4 writers, 3 restarts; acknowledged = stored, what was in doubt is answered by its key."""
        with closing(SqlStore.open(own.database())) as store:
            numbers = [str(number) for number in range(4)]
            store.create_many((case(number), log(0)) for number in numbers)
            stop = threading.Event()
            done: dict[str, int] = {}

            def writer(number: str) -> None:
                seq = 1
                while not stop.is_set():
                    key = f"{number}/{seq}"
                    try:
                        store.append(HERE, number, log(seq), Beside(key, "", moved(seq)))
                    except StoreError:
                        if not settled(store, key, stop):
                            continue
                    done[number] = seq
                    seq += 1

            with ThreadPoolExecutor(4) as pool:
                writers = [pool.submit(writer, number) for number in numbers]
                for mode in ("fast", "immediate", "fast"):
                    stop.wait(0.3)
                    own.restart(mode)  # type: ignore[arg-type]
                stop.wait(0.3)
                stop.set()
                for one in writers:
                    one.result(60)
            for found, moves in everything(store):
                assert len(moves) - 1 - done[found.number] in (0, 1)
                assert moves == log(*range(len(moves)))
            assert len(list(store.events(HERE))) == sum(len(moves) - 1 for _, moves in everything(store))
            assert sum(done.values()) > 50


def settled(store: SqlStore, key: str, stop: threading.Event) -> bool:
    """Whether a write in doubt was done; asked until the server is there again."""
    while not stop.wait(0.02):
        with suppress(StoreError):
            return store.answered(HERE, key) is not None
    return False


def kill_self(cursor: Any) -> None:
    cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")


def terminate(store: SqlStore, cursor: Any) -> None:
    """End the connection of a cursor from another one, and wait until it has."""
    pid = cursor.execute("SELECT pg_backend_pid()").fetchone()[0]
    store._link.read(lambda other: other.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,)).fetchall())


def test_two_pools_race(sql: SqlStore, url: str) -> None:
    """T5: with what one remembers put away, so that every loser meets the key itself."""
    with closing(SqlStore.open(url)) as other:
        assert_one_winner(sql, other, 50)
