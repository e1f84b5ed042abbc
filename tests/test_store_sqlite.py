"""SQLite: the file and what may be wrong with it, threads that share a commit, processes that share the file."""

from __future__ import annotations

import gc
import json
import os
import random
import signal
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from functools import partial
from itertools import groupby
from pathlib import Path
from threading import Barrier, Event, Thread, Timer, get_ident
from typing import TYPE_CHECKING, Any

import pytest
from stores import HERE, NUMBER, case, everything, log, move, moved, run, url_of

from flowiso.errors import BadValue, Conflict, Repeated, StoreError, UnknownDossier
from flowiso.model import Case, Move
from flowiso.ports import Beside, Lines
from flowiso.store import open_store
from flowiso.store.backup import back_up
from flowiso.store.link import Tip, Tips
from flowiso.store.sql import SqlStore
from flowiso.store.turns import Job, Turns

if TYPE_CHECKING:
    from flowiso.ports import Store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "kho một cửa.db"


@pytest.fixture
def sql(path: Path) -> Iterator[SqlStore]:
    opened = SqlStore.open(url_of(path))
    yield opened
    opened.close()


class TestFile:
    """SQLite: the file, its pragmas, and what may be wrong with it."""

    def test_a_store_keeps_its_kind(self, path: Path) -> None:
        store = open_store(url_of(path), "simulated")
        store.create(case(), log(0))
        store.close()
        again = open_store(url_of(path), "live", create=False)
        assert (again.kind, again.read(HERE, NUMBER)) == ("simulated", (case(), log(0)))
        again.close()

    def test_one_file_is_left_when_all_is_closed(self, path: Path) -> None:
        store = open_store(url_of(path))
        store.create(case(), log(0))
        store.close()
        assert [file.name for file in path.parent.iterdir()] == [path.name]

    def test_a_database_that_lost_its_last_writes(self, path: Path, sql: SqlStore) -> None:
        """T4, T13: put back under a running program, it may lack a dossier that is remembered, or hold another in that row."""
        with closing(sqlite3.connect(path)) as file, closing(sqlite3.connect(":memory:")) as earlier:
            file.backup(earlier)
            sql.create(case(), log(0, 1))
            earlier.backup(file)
        other = case(NUMBER[:-1] + "8")
        for _ in range(2):
            for verb in (lambda: sql.read(HERE, NUMBER), lambda: sql.append(HERE, NUMBER, log(2))):
                with pytest.raises(UnknownDossier):
                    verb()
            with closing(open_store(url_of(path))) as again, suppress(Conflict):
                again.create(other, log(0, 1))
        assert everything(sql) == [(other, log(0, 1))]

    def test_a_missing_store_is_not_made_unasked(self, path: Path) -> None:
        with pytest.raises(StoreError, match="--new-store --store") as caught:
            open_store(url_of(path), create=False)
        assert str(path) in caught.value.text.en
        assert not path.exists()

    def test_every_connection_is_durable(self, sql: SqlStore) -> None:
        """T2: with synchronous=NORMAL acknowledged lines are lost in a power cut."""
        sql.create(case(), log(0))
        for connection in (writer(sql), link(sql)._cursors.take().connection, link(sql)._connect().connection):
            for pragma, value in [
                ("journal_mode", "wal"),
                ("synchronous", 2),
                ("foreign_keys", 1),
                ("busy_timeout", 10_000),
            ]:
                assert connection.execute(f"PRAGMA {pragma}").fetchone() == (value,)
            connection.close()
        link(sql)._writer = None

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE moves SET at = at - 86400",
            "UPDATE moves SET note = 'x' WHERE seq = 1",
            "DELETE FROM moves",
            "DELETE FROM moves WHERE seq = 1",
            "INSERT OR REPLACE INTO moves SELECT dossier, seq, 0, actor, action, step, holder, note, NULL, hash, 0 FROM moves",
            "INSERT OR IGNORE INTO moves SELECT dossier, 9, at, actor, action, step, holder, note, NULL, hash, 0 FROM moves",
            "INSERT INTO moves SELECT * FROM moves WHERE true ON CONFLICT DO UPDATE SET at = 0",
            "INSERT INTO moves SELECT 7, 0, at, actor, action, step, holder, note, NULL, hash, 0 FROM moves LIMIT 1",
            "UPDATE dossiers SET version = 1",
            "DELETE FROM dossiers",
            "INSERT OR REPLACE INTO dossiers SELECT id, agency, number, code, 9, channel FROM dossiers",
            "INSERT OR REPLACE INTO dossiers SELECT 7, agency, number, code, 9, channel FROM dossiers",
            "UPDATE words SET word = 'x' WHERE id = 1",
            "DELETE FROM words",
            "INSERT OR REPLACE INTO words SELECT id, 'x' FROM words",
            "INSERT OR REPLACE INTO words SELECT id + 100, word FROM words",
            "UPDATE heads SET tips = '[]'",
            "DELETE FROM heads",
            "INSERT OR REPLACE INTO heads SELECT agency, position, at, previous, digest, '[]' FROM heads",
            "INSERT INTO heads SELECT agency, 2, at, previous, digest, tips FROM heads",
        ],
    )
    def test_plain_sql_cannot_rewrite_the_log(self, sql: SqlStore, path: Path, statement: str) -> None:
        """R58, R129: append-only also for who goes round FlowISO, in a connection with SQLite's own settings."""
        sql.create(case(), log(0, 1))
        head = sql.seal(HERE, 5)
        outside = sqlite3.connect(path)
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            outside.execute(statement)
        outside.close()
        assert sql.read(HERE, NUMBER) == (case(), log(0, 1))
        assert sql.heads(HERE) == (head,)

    def test_types_are_kept(self, sql: SqlStore, path: Path) -> None:
        """No text where a number belongs, not even from outside."""
        sql.create(case(), log(0))
        outside = sqlite3.connect(path)
        with pytest.raises(sqlite3.IntegrityError, match="cannot store TEXT"):
            outside.execute("INSERT INTO moves VALUES (1, 1, 'noon', 1, 1, 1, 1, NULL, NULL, x'00', 0)")
        outside.close()

    def test_no_database(self, path: Path) -> None:
        path.write_bytes(b"m\xc3\xa3 s\xe1\xbb\x91;ng\xc3\xa0y\n" * 1000)
        before = path.read_bytes()
        assert "SQLite" in refused(path).text.en
        assert path.read_bytes() == before

    def test_another_programs_database(self, path: Path) -> None:
        other = sqlite3.connect(path)
        other.execute("CREATE TABLE meta (x)")
        other.close()
        before = path.read_bytes()
        assert "another program" in refused(path, cause=False).text.en
        assert path.read_bytes() == before

    def test_an_empty_file_is_a_new_store_only_when_asked(self, path: Path) -> None:
        path.touch()
        with pytest.raises(StoreError, match="--new-store --store"):
            open_store(url_of(path), create=False)
        open_store(url_of(path)).close()
        open_store(url_of(path), create=False).close()

    @pytest.mark.parametrize("make", [lambda path: path.mkdir(), lambda path: path.parent.rmdir()])
    def test_no_place_for_a_file(self, path: Path, make: Callable[[Path], None]) -> None:
        make(path)
        assert "folder" in refused(path).text.en

    def test_a_damaged_file(self, path: Path) -> None:
        store = open_store(url_of(path))
        store.create_many((case(str(number)), log(0, 1, 2)) for number in range(500))
        store.close()
        content = path.read_bytes()
        path.write_bytes(content[:8192] + b"\xff" * (len(content) - 8192))
        with pytest.raises(StoreError) as caught:
            everything(open_store(url_of(path)))
        assert isinstance(caught.value.__cause__, sqlite3.DatabaseError)

    @pytest.mark.parametrize(("schema", "says"), [("3", "newer"), ("99", "newer"), ("0", "another"), ("x", "another")])
    def test_another_schema(self, path: Path, schema: str, says: str) -> None:
        """T14: old code refuses a newer schema."""
        open_store(url_of(path)).close()
        outside = sqlite3.connect(path)
        with outside:
            outside.execute("UPDATE meta SET value = ? WHERE key = 'schema'", (schema,))
        outside.close()
        assert says in refused(path, cause=False).text.en

    def test_an_old_schema(self, path: Path) -> None:
        """T14: a store of schema 1 is not touched, and the remedy is named."""
        old = sqlite3.connect(path)
        old.executescript(SCHEMA_1)
        old.close()
        before = path.read_bytes()
        assert f"flowiso upgrade --store {url_of(path)}" in refused(path, cause=False).text.en
        assert path.read_bytes() == before

    @pytest.mark.parametrize("lost", ["VIEW log", "TABLE words", "TABLE heads"])
    def test_a_store_that_lacks_something(self, path: Path, lost: str) -> None:
        """T14: its number says it is up to date, so that no upgrade helps; a backup is the remedy."""
        open_store(url_of(path)).close()
        with closing(sqlite3.connect(path)) as outside:
            outside.execute(f"DROP {lost}")
        error = refused(path, cause=False)
        assert f"lacks {lost.split()[1]}: " in error.text.en
        assert "backup" in error.text.en
        with closing(sqlite3.connect(path)) as host, pytest.raises(StoreError, match="thiếu"):
            SqlStore.joined(host)

    def test_held_by_another_program(self, path: Path) -> None:
        """Reading goes on; writing says so, and works again afterwards."""
        store = SqlStore.open(url_of(path), patience=0.1)
        store.create(case(), log(0))
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match=r"0\.1 giây") as caught:
            store.append(HERE, NUMBER, log(1))
        assert isinstance(caught.value.__cause__, sqlite3.OperationalError)
        assert store.read(HERE, NUMBER)[1] == log(0)
        other.close()
        store.append(HERE, NUMBER, log(1))
        store.close()

    def test_a_store_taken_out_of_wal_goes_back(self, path: Path) -> None:
        """Another tool may have changed the journal; changing back waits for its readers, but not for ever."""
        open_store(url_of(path)).close()
        other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for statement in ("PRAGMA journal_mode = DELETE", "BEGIN", "SELECT * FROM meta"):
            other.execute(statement).fetchall()
        with pytest.raises(StoreError, match=r"0\.05 giây"):
            SqlStore.open(url_of(path), patience=0.05)
        release = Timer(0.1, other.close)
        release.start()
        store = SqlStore.open(url_of(path))
        release.join()
        assert link(store)._connect().execute("PRAGMA journal_mode").fetchone() == ("wal",)
        store.close()

    def test_many_make_the_same_store_at_once(self, tmp_path: Path) -> None:
        """Whoever comes second finds the first one's store; 20 times 6 meet in the change to WAL."""
        start = Barrier(6)

        def make(url: str) -> int:
            start.wait(30)
            store = open_store(url)
            number = store.reserve(HERE, "210914")
            store.close()
            return number

        with ThreadPoolExecutor(6) as pool:
            for turn in range(20):
                assert sorted(pool.map(make, [url_of(tmp_path / f"{turn}.db")] * 6)) == [1, 2, 3, 4, 5, 6]

    def test_the_driver_begins_nothing_by_itself(self, sql: SqlStore) -> None:
        """The driver's own transactions begin late and end early; ours are written out."""
        assert writer(sql).isolation_level is None

    def test_disk_full(self, path: Path) -> None:
        """T7: a clear error, every acknowledged line there, reading goes on, writing too once there is room."""
        store = SqlStore.open(url_of(path))
        store.create(case(), log(0))
        writer(store).execute("PRAGMA max_page_count = 60")
        written: list[int] = []
        with pytest.raises(StoreError, match="MB") as caught:
            write_until_refused(store, written)
        assert caught.value.__cause__.sqlite_errorname == "SQLITE_FULL"  # type: ignore[union-attr]
        assert len(written) > 20
        assert [line.seq for line in store.read(HERE, NUMBER)[1]] == [0, *written]
        writer(store).execute("PRAGMA max_page_count = 1000")
        store.append(HERE, NUMBER, log(len(written) + 1))
        store.close()
        assert whole(path)

    @pytest.mark.parametrize("bad", [move(1, note="\udcff"), move(1, at=2**64)])
    def test_what_no_database_can_keep(self, sql: SqlStore, bad: Move) -> None:
        """A broken byte from a command line, an absurd moment: refused, nothing half written."""
        sql.create(case(), log(0))
        with pytest.raises(BadValue):
            sql.append(HERE, NUMBER, [bad])
        sql.append(HERE, NUMBER, log(1))

    @pytest.mark.parametrize(
        ("refused_as", "missing"),
        [(StoreError, (case(), [move(0)._replace(actor=None)])), (BadValue, (case(None), log(0)))],  # type: ignore[arg-type]
    )
    def test_what_is_missing_is_no_conflict(
        self, sql: SqlStore, refused_as: type[Exception], missing: tuple[Case, list[Move]]
    ) -> None:
        with pytest.raises(refused_as) as caught:
            sql.create(*missing)
        assert isinstance(caught.value.__cause__, sqlite3.IntegrityError)
        assert everything(sql) == []

    def test_the_keys_are_the_last_wall(self, sql: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
        """I2 doesn't rest on our check before it: the database itself turns a second line away."""
        sql.create(case(), log(0))
        monkeypatch.setattr("flowiso.store.sql.follow", lambda *_: None)
        for seqs in ((0,), (2,)):
            with pytest.raises(Conflict):
                sql.append(HERE, NUMBER, log(*seqs))
        assert sql.read(HERE, NUMBER)[1] == log(0)

    @pytest.mark.parametrize("tip", [Tip(1, 0, b"x" * 32), Tip(9, 0, b"x" * 32), Tip(1, 5, b"x" * 32)])
    def test_what_is_remembered_wrongly_does_no_harm(self, sql: SqlStore, tip: Tip) -> None:
        """A log in somebody else's place, a hash that is not there: it is looked up."""
        sql.create(case(), log(0))
        sql._tips.put(case(), tip)
        sql.append(HERE, NUMBER, log(1))
        (found,) = sql.chained(HERE)
        (plain,) = in_memory(log(0, 1)).chained(HERE)
        assert found[:3] == plain[:3]

    def test_only_so_many_logs_are_remembered(self, sql: SqlStore) -> None:
        """Those that were touched last."""
        sql._tips = Tips(3)
        for number in "abc":
            sql.create(case(number), log(0))
        sql.read(HERE, "a")
        sql.create(case("d"), log(0))
        assert list(sql._tips._tips) == [(HERE, "c"), (HERE, "a"), (HERE, "d")]

    def test_an_interrupted_write_leaves_nothing(self, sql: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
        def interrupt(*_: object) -> None:
            raise KeyboardInterrupt

        sql.create(case(), log(0))
        with monkeypatch.context() as patched:
            patched.setattr("flowiso.store.sql.follow", interrupt)
            with pytest.raises(KeyboardInterrupt):
                sql.append_many(HERE, [Lines(NUMBER, log(1))])
        sql.append(HERE, NUMBER, log(1))

    def test_no_n_plus_1(self, sql: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
        """`logs` is one statement, in the order of the key: nothing is sorted."""
        sql.create_many((case(str(number)), log(0, 1)) for number in range(50))
        cursor = link(sql)._cursors.take()
        connection = cursor.connection
        plan = connection.execute(f"EXPLAIN QUERY PLAN {sql._sql.logs}", (HERE, 0)).fetchall()
        assert "TEMP B-TREE" not in str(plan)
        seen: list[str] = []
        connection.set_trace_callback(seen.append)
        link(sql)._cursors.give(cursor)
        assert len(everything(sql)) == 50
        assert len([statement for statement in seen if "SELECT" in statement]) == 1

    def test_a_delivered_letter_looks_for_its_own_dossier(self, sql: SqlStore) -> None:
        """Not through all dossiers of the agency, for each letter."""
        with closing(writer(sql).cursor()) as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql._sql.delivered}", (5, 1, HERE))
            steps = [row[-1] for row in cursor.fetchall()]
        assert any(step.startswith("SEARCH outbox USING INTEGER PRIMARY KEY") for step in steps)
        assert any(step.startswith("SEARCH dossiers USING INTEGER PRIMARY KEY") for step in steps)

    def test_a_step_is_few_statements(self, sql: SqlStore) -> None:
        """No look-up where nobody else has written since we did: not for the end of the log, nor for the numbers of words."""
        sql.create(case(), log(0), Beside(events=moved(0)))
        sql.append(HERE, NUMBER, log(1), Beside(events=moved(1)))
        seen: list[str] = []
        writer(sql).set_trace_callback(seen.append)
        sql.append(HERE, NUMBER, log(2), Beside(events=moved(2)))
        words = [statement.split()[0] for statement in seen if not statement.startswith("--")]
        assert [word for word, _ in groupby(words)] == ["BEGIN", "PRAGMA", "INSERT", "COMMIT"]
        assert not any("SELECT" in statement for statement in seen if statement.startswith("INSERT"))


class TestReadOnly:
    """A report needs no right to write."""

    def test_a_store_in_use(self, sql: SqlStore, path: Path) -> None:
        """It shows what is there when it is asked, and nothing can be written."""
        sql.create(case(), log(0))
        reader = open_store(url_of(path), create=False, read_only=True)
        sql.append(HERE, NUMBER, log(1))
        assert everything(reader) == [(case(), log(0, 1))]
        for verb in (lambda: reader.append(HERE, NUMBER, log(2)), lambda: reader.reserve(HERE, "210914")):
            with pytest.raises(StoreError, match="chỉ cho đọc"):
                verb()
        reader.close()

    def test_nothing_is_made(self, path: Path) -> None:
        with pytest.raises(StoreError, match="chưa có kho"):
            open_store(url_of(path), read_only=True)
        assert not path.exists()

    @pytest.mark.skipif(os.name != "posix", reason="rights of POSIX")
    def test_a_file_that_nobody_may_write(self) -> None:
        """Where WAL can't put its own files, as on a CD."""
        with tempfile.TemporaryDirectory(dir="/tmp") as folder:
            path = Path(folder) / "kho 1%.db"
            store = open_store(url_of(path))
            store.create(case(), log(0, 1))
            store.close()
            path.chmod(0o444)
            path.parent.chmod(0o555)
            assert run(READ, url_of(path), HERE).communicate()[0] == "2\n"
            assert [file.name for file in path.parent.iterdir()] == [path.name]
            path.parent.chmod(0o755)


READ = """
import os, sys
import flowiso.store.sql, flowiso.store.sqlite
from flowiso.store import open_store
if os.geteuid() == 0:  # for root nothing is read-only
    os.setegid(65534)
    os.seteuid(65534)
store = open_store(sys.argv[1], create=False, read_only=True)
print(sum(len(moves) for _, moves in store.logs(sys.argv[2])))
store.close()
"""


class TestBeside:
    """Other tables in the same file."""

    def test_only_when_asked(self, path: Path) -> None:
        other = sqlite3.connect(path)
        other.execute("CREATE TABLE users (id)")
        other.close()
        refused(path, cause=False)
        store = open_store(url_of(path), beside=True)
        store.create(case(), log(0))
        store.close()
        store = open_store(url_of(path), create=False)
        assert everything(store) == [(case(), log(0))]
        store.close()

    def test_a_name_that_is_taken(self, path: Path) -> None:
        other = sqlite3.connect(path)
        other.executescript("CREATE TABLE people (id); CREATE TABLE users (id)")
        other.close()
        with pytest.raises(StoreError, match=r"bảng tên people "):
            open_store(url_of(path), beside=True)


class TestGroupCommit:
    """Threads share transactions, each in a savepoint of its own, and are answered after the commit."""

    def test_one_callers_conflict_does_not_hurt_another(self, sql: SqlStore) -> None:
        """8 threads in one another's transactions: good lines, conflicts, unknown dossiers, repeated and broken ones."""
        sql.create_many((case(str(number)), log(0)) for number in range(8))
        sql.append(HERE, "0", log(1), Beside("k"))
        start = Barrier(8)

        def officer(number: int) -> list[type[Exception]]:
            caught: list[type[Exception]] = []
            seq = 2 if number == 0 else 1
            for turn in range(60):
                start.wait(30)
                try:
                    if turn % 3 == 0 and number % 2:
                        [
                            partial(sql.append, HERE, str(number), log(seq + 1)),
                            partial(sql.append, HERE, "unknown", log(1)),
                            partial(sql.append, HERE, str(number), log(seq), Beside("k", events=moved(seq))),
                            partial(sql.append, HERE, str(number), [move(seq, at=2**64)]),
                        ][turn // 3 % 4]()
                    else:
                        sql.append(HERE, str(number), log(seq), Beside(f"{number}/{seq}", events=moved(seq)))
                        seq += 1
                except Exception as error:
                    caught.append(type(error))
            return caught

        with ThreadPoolExecutor(8) as pool:
            caught = list(pool.map(officer, range(8)))
        assert [len(each) for each in caught] == [0, 20] * 4
        assert set(caught[1]) == {Conflict, UnknownDossier, Repeated, BadValue}
        for number, (_, moves) in enumerate(everything(sql)):
            last = 61 if number == 0 else 60 if number % 2 == 0 else 40
            assert moves == log(*range(last + 1))
            assert all(sql.answered(HERE, f"{number}/{seq}") for seq in range(2, last + 1))
        owed = sorted((row.number, row.seq) for row in sql.events(HERE))
        assert owed == sorted(
            (found.number, line.seq)
            for found, moves in everything(sql)
            for line in moves[2 if found.number == "0" else 1 :]
        )

    def test_those_who_wait_are_written_together(self, sql: SqlStore) -> None:
        """While one transaction is held up, 20 callers gather; they are one more transaction."""
        sql.create_many((case(str(number)), log(0)) for number in range(21))
        seen: list[str] = []
        writer(sql).set_trace_callback(seen.append)
        held, go_on = Event(), Event()

        def hold(_: object) -> None:
            held.set()
            go_on.wait(30)

        with ThreadPoolExecutor(21) as pool:
            first = pool.submit(link(sql).write, hold)
            held.wait(30)
            rest = [pool.submit(sql.append, HERE, str(number), log(1)) for number in range(20)]
            wait_until(lambda: len(link(sql)._turns._waiting) == 20)
            assert not any(done.done() for done in rest)
            go_on.set()
            first.result()
            for done in rest:
                done.result()
        assert [word for word in seen if word in ("BEGIN IMMEDIATE", "COMMIT")] == ["BEGIN IMMEDIATE", "COMMIT"] * 2

    def test_a_commit_that_fails_is_everybodys(self, sql: SqlStore) -> None:
        """Also of those who had lost already: what they lost against is not there."""
        sql.create_many((case(str(number)), log(0)) for number in range(4))
        connection = FailsToCommit(writer(sql).cursor())
        link(sql)._writer = connection  # type: ignore[assignment]
        held, go_on = Event(), Event()

        def hold(_: object) -> None:
            held.set()
            go_on.wait(30)

        with ThreadPoolExecutor(6) as pool:
            first = pool.submit(link(sql).write, hold)
            held.wait(30)
            rest = [pool.submit(sql.append, HERE, number, log(1), Beside(events=moved(1))) for number in "01233"]
            wait_until(lambda: len(link(sql)._turns._waiting) == 5)
            connection.fails = True
            go_on.set()
            caught = [done.exception() for done in (first, *rest)]
        assert {type(error) for error in caught} == {StoreError}
        assert everything(sql) == [(case(str(number)), log(0)) for number in range(4)]
        assert list(sql.events(HERE)) == []
        connection.fails = False
        sql.append(HERE, "0", log(1))

    def test_a_full_disk_in_a_shared_transaction(self, path: Path) -> None:
        """T7: who was answered is there, who was refused is not, and writing goes on once there is room."""
        store = SqlStore.open(url_of(path))
        store.create_many((case(str(number)), log(0)) for number in range(8))
        writer(store).execute("PRAGMA max_page_count = 120")
        written: list[list[int]] = [[] for _ in range(8)]

        def officer(number: int) -> None:
            with pytest.raises(StoreError):
                write_until_refused(store, written[number], str(number))

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(officer, range(8)))
        assert sum(map(len, written)) > 40
        for number, seqs in enumerate(written):
            assert [line.seq for line in store.read(HERE, str(number))[1]] == [0, *seqs]
        writer(store).execute("PRAGMA max_page_count = 2000")
        store.append(HERE, "0", log(len(written[0]) + 1))
        store.close()
        assert whole(path)

    def test_garbage_is_not_taken_apart_by_others(self, path: Path, sql: SqlStore) -> None:
        """A cursor left to the garbage collector once made two stores of one file wait for each other until one gave up."""
        other = SqlStore.open(url_of(path), patience=5)
        sql.create(case(), log(0))
        for store in (sql, other):
            store.read(HERE, NUMBER)
        gc.collect()
        cursors = [one for one in gc.get_objects() if isinstance(one, sqlite3.Cursor)]
        assert {id(one) for one in cursors} <= {id(one) for one in kept(sql, other)}
        other.close()


def kept(*stores: SqlStore) -> list[object]:
    return [cursor for store in stores for cursor in (link(store)._writer, *link(store)._cursors._idle)]


class FailsToCommit:
    """A cursor whose COMMIT finds no disk."""

    def __init__(self, cursor: sqlite3.Cursor) -> None:
        self.cursor = cursor
        self.fails = False

    def execute(self, statement: str, *parameters: Any) -> Any:
        if self.fails and statement == "COMMIT":
            raise sqlite3.OperationalError("disk I/O error")
        return self.cursor.execute(statement, *parameters)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.cursor, name)


class TestTurns:
    """Leader and followers, without a database."""

    def test_everybody_is_served_in_turn(self) -> None:
        """16 threads, batches of at most 3: nobody is left out, nobody twice, and who comes first is served first."""
        done: list[object] = []

        def commit(batch: Any) -> None:
            assert len(batch) <= 3
            for job in batch:
                job.answer = job.work(None)

        turns = Turns(commit, 3)

        def caller(number: int) -> None:
            for turn in range(200):
                assert turns.take(lambda _: done.append((number, turn)) or (number, turn)).answer == (number, turn)  # noqa: B023

        with ThreadPoolExecutor(16) as pool:
            list(pool.map(caller, range(16)))
        assert sorted(done) == [(number, turn) for number in range(16) for turn in range(200)]
        for number in range(16):
            assert [one for one in done if one[0] == number] == [(number, turn) for turn in range(200)]  # type: ignore[index]

    def test_who_is_interrupted_while_waiting_holds_up_nobody(self) -> None:
        """Ctrl-C in the main thread, while it waits for another or has just been given the turn."""
        held, go_on = Event(), Event()
        order: list[int] = []

        def commit(batch: Any) -> None:
            for job in batch:
                job.work(None)

        def first(_: object) -> None:
            held.set()
            go_on.wait(30)

        turns = Turns(commit, 1)
        leader = Thread(target=turns.take, args=(first,))
        leader.start()
        held.wait(30)
        interrupted = Job(lambda _: order.append(1))
        turns._join(interrupted)
        other = Thread(target=turns.take, args=(lambda _: order.append(2),))
        other.start()
        wait_until(lambda: len(turns._waiting) == 2)
        go_on.set()
        leader.join(30)
        wait_until(lambda: interrupted.turn)
        turns._leave(interrupted)
        other.join(30)
        assert order == [2]
        assert turns.take(lambda _: order.append(3)).done

    def test_those_who_wrote_last_time_are_waited_for(self) -> None:
        """The last of them leads, and does what the first wanted too; nobody waits for others longer than a moment."""
        sizes: list[int] = []
        led: list[int] = []

        def commit(batch: Any) -> None:
            sizes.append(len(batch))
            led.append(get_ident())

        turns = Turns(commit)
        turns.take(lambda _: None)
        assert turns._expected == 1
        turns._expected, turns._patience = 2, 30.0
        first = Thread(target=turns.take, args=(lambda _: None,))
        first.start()
        wait_until(lambda: turns._gathering is not None)
        turns.take(lambda _: None)
        first.join(30)
        assert (sizes, turns._expected) == ([1, 2], 2)
        assert led == [get_ident()] * 2
        turns.take(lambda _: None)  # the other doesn't come: the patience was that of the last commit
        assert (sizes, turns._expected) == ([1, 2, 1], 1)

    def test_who_is_interrupted_while_others_are_expected_holds_up_nobody(self) -> None:
        turns = Turns(lambda batch: [job.work(None) for job in batch] and None)
        turns._expected, turns._patience = 2, 30.0

        def interrupt(*_: object) -> None:
            raise KeyboardInterrupt

        before = signal.signal(signal.SIGALRM, interrupt)
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.05)
            with pytest.raises(KeyboardInterrupt):
                turns.take(lambda _: None)
        finally:
            signal.signal(signal.SIGALRM, before)
        assert (turns._turn.locked(), turns._gathering, len(turns._waiting)) == (False, None, 0)
        turns._expected = 1
        assert turns.take(lambda _: 7).done

    def test_who_has_the_turn_taken_over_as_his_patience_ends_still_waits(self) -> None:
        """The last one expected comes just then: the first finds the turn gone, and is answered by him."""
        turns = Turns(lambda batch: [job.work(None) for job in batch] and None)
        first = Job(lambda _: None)
        turns._expected = 2
        turns._join(first)
        assert first.turn

        class Late:
            """A latch that is let go of too late."""

            def acquire(self, timeout: float) -> bool:
                turns._join(last)
                return False

        last = Job(lambda _: None)
        first.latch = Late()  # type: ignore[assignment]
        assert not turns._gathered(first)
        assert (first.turn, last.turn, turns._gathering) == (False, True, None)
        assert turns._gathered(last)

    def test_a_broken_off_commit_is_told_to_all(self) -> None:
        def commit(_: Any) -> None:
            raise KeyboardInterrupt

        turns = Turns(commit)
        for _ in range(2):
            with pytest.raises(KeyboardInterrupt):
                turns.take(lambda _: None)


def wait_until(there: Callable[[], bool], patience: float = 30) -> None:
    end = time.monotonic() + patience
    while not there():
        assert time.monotonic() < end
        time.sleep(0.001)


def link(store: SqlStore) -> Any:
    return store._link


def writer(store: SqlStore) -> sqlite3.Connection:
    """The one connection of all who write."""
    if link(store)._writer is None:
        link(store).write(lambda _: None)
    found: sqlite3.Connection = link(store)._writer.connection
    return found


def in_memory(moves: list[Move]) -> Store:
    store = open_store("memory:")
    store.create(case(), moves)
    return store


SCHEMA_1 = """
CREATE TABLE meta ("key" TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE counters (agency TEXT NOT NULL, day TEXT NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (agency, day)) WITHOUT ROWID;
CREATE TABLE dossiers (id INTEGER NOT NULL PRIMARY KEY, agency TEXT NOT NULL, number TEXT NOT NULL, code TEXT NOT NULL,
    version INTEGER NOT NULL, channel TEXT NOT NULL, UNIQUE (agency, number), UNIQUE (agency, id));
CREATE TABLE moves (agency TEXT NOT NULL, dossier INTEGER NOT NULL, seq INTEGER NOT NULL, at BIGINT NOT NULL, actor TEXT NOT NULL,
    action TEXT NOT NULL, step TEXT NOT NULL, holder TEXT NOT NULL, note TEXT, recorded BIGINT NOT NULL,
    PRIMARY KEY (agency, dossier, seq)) WITHOUT ROWID;
INSERT INTO meta VALUES ('schema', '1'), ('kind', 'live');
"""


def write_until_refused(store: Store, written: list[int], number: str = NUMBER) -> None:
    for seq in range(1, 1000):
        store.append(HERE, number, [move(seq, note="x" * 1000)])
        written.append(seq)


def refused(path: Path, cause: bool = True) -> StoreError:
    with pytest.raises(StoreError, match=path.name) as caught:
        open_store(url_of(path))
    assert isinstance(caught.value.__cause__, sqlite3.Error) is cause
    return caught.value


def whole(path: Path) -> bool:
    """SQLite's own opinion of the file, and that every log is 0..n (I2)."""
    outside = sqlite3.connect(path)
    sound = outside.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    gaps = "SELECT dossier FROM moves GROUP BY dossier HAVING min(seq) != 0 OR max(seq) != count(*) - 1"
    gapless = not outside.execute(gaps).fetchall() and not outside.execute("PRAGMA foreign_key_check").fetchall()
    outside.close()
    return sound and gapless


RESERVE = """
import sys
from flowiso.store import open_store
store = open_store(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
print([store.reserve("a", "210914") for _ in range(100)])
"""

RACE = """
import sys
from flowiso.errors import Conflict
from flowiso.model import Move
from flowiso.store import open_store
store = open_store(sys.argv[1])
print("ready", flush=True)
for line in sys.stdin:
    try:
        store.append(sys.argv[2], sys.argv[3], [Move(int(line), 0, sys.argv[4], "chuyen", "s", "h")])
        print("won", flush=True)
    except Conflict:
        print("lost", flush=True)
"""

WRITE = """
import random, sys
from flowiso.errors import Conflict
from flowiso.model import Case, Move
from flowiso.store import open_store
url, acknowledged, token = sys.argv[1:]
store = open_store(url)
numbers = [str(number) for number in range(6)]
chance = random.Random(token)
with open(acknowledged, "a", buffering=1) as paper:
    for number in numbers:
        try:
            store.create(Case("a", number, "X", 1, "counter"), [Move(0, 0, "-", "-", "-", "-", f"{token} {number}")])
            print(number, 0, f"{token} {number}", sep="\\t", file=paper)
        except Conflict:
            pass
    count = 0
    while True:
        number = chance.choice(numbers)
        first = len(store.read("a", number)[1])
        lines = []
        for seq in range(first, first + chance.randint(1, 3)):
            count += 1
            lines.append(Move(seq, 0, "lan.hcc", "chuyen", "tham-dinh", "hung.ktnl", f"{token} {number} {count}"))
        try:
            store.append("a", number, lines)
        except Conflict:
            continue
        for line in lines:
            print(number, line.seq, line.note, sep="\\t", file=paper)
"""


class TestProcesses:
    """SQLite: several processes share a file, and some of them die."""

    def test_processes_never_reserve_the_same_number(self, path: Path) -> None:
        """R33: 3 processes, which also meet in making the store."""
        processes = [run(RESERVE, url_of(path)) for _ in range(3)]
        assert [process.stdout.readline() for process in processes] == ["ready\n"] * 3  # type: ignore[union-attr]
        for process in processes:
            process.stdin.write("go\n")  # type: ignore[union-attr]
            process.stdin.flush()  # type: ignore[union-attr]
        numbers = [number for process in processes for number in json.loads(process.communicate()[0])]
        assert sorted(numbers) == list(range(1, 301))

    def test_one_winner_per_line_among_processes(self, sql: SqlStore, path: Path) -> None:
        """T5: 200 races of 2 processes for the same line."""
        sql.create(case(), log(0))
        officers = {name: run(RACE, url_of(path), HERE, NUMBER, name) for name in ("lan", "mai")}
        for process in officers.values():
            assert process.stdout.readline() == "ready\n"  # type: ignore[union-attr]
        winners = []
        for seq in range(1, 201):
            for process in officers.values():
                process.stdin.write(f"{seq}\n")  # type: ignore[union-attr]
                process.stdin.flush()  # type: ignore[union-attr]
            answers = {name: process.stdout.readline() for name, process in officers.items()}  # type: ignore[union-attr]
            assert sorted(answers.values()) == ["lost\n", "won\n"]
            winners.append(next(name for name, answer in answers.items() if answer == "won\n"))
        for process in officers.values():
            process.communicate()
        assert [line.actor for line in sql.read(HERE, NUMBER)[1][1:]] == winners

    def test_killed_writers_lose_nothing(self, tmp_path: Path, path: Path) -> None:
        """T1, I1, I2: kill -9 of 3 writers at random points; what was acknowledged is there once, without gap.

        A few, two of them while the store is being made; soak/kills.py kills many.
        """
        chance = random.Random(20210914)
        papers, tokens = tmp_path / "papers", iter(range(1000))
        papers.mkdir()

        def start() -> tuple[subprocess.Popen[str], Path]:
            token = f"w{next(tokens)}"
            return run(WRITE, url_of(path), str(papers / token), token), papers / token

        writers = [start() for _ in range(3)]
        for kill in range(6):
            victim = chance.randrange(3)
            process, paper = writers[victim]
            if kill > 1:  # the first two may die while the store is being made
                wait_for_lines(paper)
            time.sleep(chance.random() * 0.15)
            assert process.poll() is None
            process.kill()
            process.communicate()
            writers[victim] = start()
        for process, _ in writers:
            process.kill()
            process.communicate()
        self.compare(path, papers)

    @staticmethod
    def compare(path: Path, papers: Path) -> None:
        acknowledged = {
            (number, int(seq), note)
            for paper in papers.iterdir()
            for number, seq, note in (line.split("\t") for line in complete_lines(paper))
        }
        store = open_store(url_of(path), create=False)
        stored = [(found.number, line.seq, line.note) for found, moves in store.logs("a") for line in moves]
        store.close()
        assert len(acknowledged) > 300
        assert acknowledged <= set(stored)
        assert len({note for *_, note in stored}) == len(stored)
        assert len(stored) - len(acknowledged) <= 3 * 9  # at most one append of three lines in doubt per kill
        assert whole(path)


def complete_lines(paper: Path) -> list[str]:
    return paper.read_text(encoding="utf-8").split("\n")[:-1]


def wait_for_lines(paper: Path, patience: float = 30) -> None:
    end = time.monotonic() + patience
    while not (paper.exists() and paper.stat().st_size):
        assert time.monotonic() < end
        time.sleep(0.005)


def test_a_file_that_was_replaced_takes_no_more(tmp_path: Path) -> None:
    """I1: what is put in the place of an open store gets nothing that was answered, so nothing is answered any more."""
    file, copied = tmp_path / "mot-cua.db", tmp_path / "mot-cua.bak"
    with closing(open_store(url_of(file))) as store:
        store.create(case(), log(0))
        back_up(url_of(file), copied)
        for name in ("mot-cua.db", "mot-cua.db-wal", "mot-cua.db-shm"):
            (tmp_path / name).rename(tmp_path / f"cu-{name}")
        with pytest.raises(StoreError, match="bị thay hay dời đi"):
            store.append(HERE, NUMBER, log(1))
        copied.rename(file)
        with pytest.raises(StoreError, match="bị thay hay dời đi"):
            store.append(HERE, NUMBER, log(1))
    with closing(open_store(url_of(file))) as store:
        store.append(HERE, NUMBER, log(1))
        assert [len(moves) for _, moves in store.logs(HERE)] == [2]
