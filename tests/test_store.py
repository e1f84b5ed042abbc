"""One contract for every store (I1, I2), races (T5), kills (T1), and what only SQLite can do wrong."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier, Timer
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import event

from flowiso.errors import BadValue, Conflict, FlowISOError, StoreError, UnknownDossier
from flowiso.model import Case, Move
from flowiso.store import MemoryStore, open_store
from flowiso.store.sql import SqlStore

if TYPE_CHECKING:
    from flowiso.engine import Store

HERE, THERE = "000.00.19.H19", "000.00.20.H19"
NUMBER = "000.00.19.H19-210914-0007"


def case(number: str = NUMBER, agency: str = HERE) -> Case:
    return Case(agency, number, "DIEN-03", 2, "online")


def move(seq: int, at: int = 1_631_581_200, note: str | None = None) -> Move:
    return Move(seq, at, "hung.ktnl", "chuyen", "tham-dinh", "binh.ktnl", note)


def log(*seqs: int) -> list[Move]:
    return [move(seq) for seq in seqs]


def url_of(path: Path) -> str:
    return f"sqlite:///{path}"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "kho một cửa.db"


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, path: Path) -> Iterator[Store]:
    opened = open_store("memory:" if request.param == "memory" else url_of(path))
    yield opened
    opened.close()


@pytest.fixture
def sql(path: Path) -> Iterator[SqlStore]:
    opened = SqlStore(url_of(path), "live")
    yield opened
    opened.close()


def everything(store: Store, agency: str = HERE, until: int | None = None) -> list[tuple[Case, list[Move]]]:
    return list(store.logs(agency, until))


class TestContract:
    """What the engine may expect of any store."""

    def test_what_was_written_comes_back(self, store: Store) -> None:
        """I1: every line once, equal to what was written, types too."""
        written = [move(0), move(1, 2**40, "thiếu giấy tờ: Đơn đề nghị – “bản sao” 🏛"), move(2, -5, ""), move(3)]
        store.create(case(), written[:2])
        store.append(HERE, NUMBER, written[2:])
        found, moves = store.read(HERE, NUMBER)
        assert (found, moves) == (case(), written)
        assert [[type(value) for value in line] for line in moves] == [
            [type(value) for value in line] for line in written
        ]
        assert {type(line) for line in moves} == {Move}
        assert everything(store) == [(case(), written)]

    def test_what_is_read_is_the_readers_own(self, store: Store) -> None:
        """R58: a list handed out is no door into the log."""
        store.create(case(), log(0))
        store.read(HERE, NUMBER)[1].clear()
        everything(store)[0][1].clear()
        assert store.read(HERE, NUMBER) == (case(), log(0))

    def test_logs_come_in_the_order_they_began(self, store: Store) -> None:
        numbers = ["c", "a", "b", "ă", "B"]
        for number in numbers:
            store.create(case(number), log(0))
        store.append(HERE, "c", log(1))
        assert [found.number for found, _ in store.logs(HERE)] == numbers

    def test_until_leaves_out_later_moves_and_dossiers(self, store: Store) -> None:
        store.create(case("a"), [move(0, 10), move(1, 20)])
        store.create(case("b"), [move(0, 21)])
        assert everything(store, until=9) == []
        assert everything(store, until=10) == [(case("a"), [move(0, 10)])]
        assert everything(store, until=20) == [(case("a"), [move(0, 10), move(1, 20)])]
        assert len(everything(store, until=21)) == 2

    def test_logs_are_as_they_stood_when_reading_began(self, store: Store) -> None:
        """The store may be written while its logs are read."""
        store.create_many((case(str(number)), log(0)) for number in range(3000))
        reading = store.logs(HERE)
        next(reading)
        store.append(HERE, "2999", log(1))
        store.create(case("new"), log(0))
        assert [len(moves) for _, moves in reading] == [1] * 2999
        assert len(everything(store)) == 3001

    def test_logs_left_half_read_hold_nothing(self, store: Store) -> None:
        store.create_many((case(str(number)), log(0)) for number in range(3000))
        for _ in range(20):
            next(store.logs(HERE))
        store.append(HERE, "0", log(1))

    def test_a_number_is_given_once(self, store: Store) -> None:
        """R33."""
        store.create(case(), log(0))
        with pytest.raises(Conflict, match=NUMBER):
            store.create(case(), log(0, 1))
        assert everything(store) == [(case(), log(0))]

    @pytest.mark.parametrize("seqs", [(0,), (1,), (3,), (2, 2), (2, 4), (3, 2), (1, 2), (-1,)])
    def test_a_line_that_does_not_follow_is_a_conflict(self, store: Store, seqs: tuple[int, ...]) -> None:
        """I2: neither twice nor with a gap, and nothing of the rest is kept."""
        store.create(case(), log(0, 1))
        with pytest.raises(Conflict, match=NUMBER):
            store.append(HERE, NUMBER, log(*seqs))
        assert store.read(HERE, NUMBER)[1] == log(0, 1)

    def test_who_comes_second_reads_who_was_first(self, store: Store) -> None:
        """T5: the loser hears who won."""
        store.create(case(), log(0, 1))
        with pytest.raises(Conflict, match=r"hung\.ktnl, chuyen") as caught:
            store.append(HERE, NUMBER, log(1))
        assert "hung.ktnl, chuyen" in caught.value.text.en

    @pytest.mark.parametrize("seqs", [(1,), (0, 2), (0, 0)])
    def test_a_log_begins_at_0_without_a_gap(self, store: Store, seqs: tuple[int, ...]) -> None:
        """I2."""
        with pytest.raises(Conflict):
            store.create(case(), log(*seqs))
        assert everything(store) == []

    def test_no_dossier_without_a_log(self, store: Store) -> None:
        with pytest.raises(BadValue):
            store.create(case(), [])

    def test_appending_nothing_changes_nothing(self, store: Store) -> None:
        store.create(case(), log(0))
        store.append(HERE, NUMBER, [])
        assert store.read(HERE, NUMBER)[1] == log(0)

    def test_unknown_dossier(self, store: Store) -> None:
        store.create(case(agency=THERE), log(0))
        for verb in (
            lambda: store.read(HERE, NUMBER),
            lambda: store.append(HERE, NUMBER, log(1)),
            lambda: store.append(HERE, NUMBER, []),
        ):
            with pytest.raises(UnknownDossier, match=NUMBER):
                verb()

    @pytest.mark.parametrize("bad", [(case("7"), log(0)), (case("taken"), log(0)), (case("x"), log(0, 2))])
    def test_create_many_is_all_or_nothing(self, store: Store, bad: tuple[Case, list[Move]]) -> None:
        """One bad dossier among many - twice in the batch, taken before, or with a gap - leaves nothing behind."""
        store.create(case("taken"), log(0))
        batch = [(case(str(number)), log(0, 1)) for number in range(100)]
        with pytest.raises(Conflict, match=bad[0].number):
            store.create_many([*batch, bad])
        assert everything(store) == [(case("taken"), log(0))]
        store.create_many(batch)
        assert len(everything(store)) == 101

    def test_create_many_takes_a_generator_that_uses_the_store(self, store: Store) -> None:
        store.create_many((case(str(store.reserve(HERE, "210914"))), log(0)) for _ in range(5))
        store.create_many([])
        assert [found.number for found, _ in store.logs(HERE)] == list("12345")

    def test_agencies_never_see_each_other(self, store: Store) -> None:
        store.create(case(agency=HERE), log(0))
        store.create_many([(case("x", THERE), log(0)), (case(agency=THERE), log(0, 1))])
        store.append(THERE, NUMBER, log(2))
        assert everything(store, HERE) == [(case(), log(0))]
        assert everything(store, THERE) == [(case("x", THERE), log(0)), (case(agency=THERE), log(0, 1, 2))]
        assert everything(store, "nobody") == []
        assert store.read(HERE, NUMBER) == (case(), log(0))

    def test_numbers_run_per_agency_and_day(self, store: Store) -> None:
        """R33: from 1, by agency and day."""
        assert [store.reserve(HERE, "210914") for _ in range(3)] == [1, 2, 3]
        assert (store.reserve(HERE, "210915"), store.reserve(THERE, "210914")) == (1, 1)
        assert store.reserve(HERE, "210914") == 4

    def test_a_number_is_never_reserved_twice(self, store: Store) -> None:
        """R33: 8 threads."""
        with ThreadPoolExecutor(8) as pool:
            numbers = list(pool.map(lambda _: store.reserve(HERE, "210914"), range(400)))
        assert sorted(numbers) == list(range(1, 401))

    def test_one_winner_per_line(self, store: Store) -> None:
        """T5: 200 races of 2 threads for the same line."""
        assert_one_winner(store, store)

    def test_threads_read_while_others_write(self, store: Store) -> None:
        """I2 at every moment: a reader sees a beginning of the log, never a half-written append."""
        store.create(case(), log(0))

        def write() -> None:
            for seq in range(1, 200, 2):
                store.append(HERE, NUMBER, log(seq, seq + 1))

        with ThreadPoolExecutor(4) as pool:
            writing = pool.submit(write)
            while not writing.done():
                moves = list(pool.map(lambda _: store.read(HERE, NUMBER)[1], range(3)))
                assert all(seen == log(*range(len(seen))) and len(seen) % 2 for seen in moves)
            writing.result()
        assert len(store.read(HERE, NUMBER)[1]) == 201

    def test_close_may_be_said_twice(self, store: Store) -> None:
        store.close()
        store.close()


def assert_one_winner(one: Store, other: Store, races: int = 200) -> None:
    one.create(case(), log(0))
    start = Barrier(2)

    def officer(store: Store, name: str) -> list[int]:
        won = []
        for seq in range(1, races + 1):
            start.wait(30)
            try:
                store.append(HERE, NUMBER, [move(seq, note=name)])
                won.append(seq)
            except Conflict:
                pass
        return won

    with ThreadPoolExecutor(2) as pool:
        lan, mai = pool.map(officer, (one, other), ("lan", "mai"))
    assert sorted(lan + mai) == list(range(1, races + 1))
    moves = one.read(HERE, NUMBER)[1]
    assert [line.seq for line in moves] == list(range(races + 1))
    assert all(line.seq in (lan if line.note == "lan" else mai) for line in moves[1:])


def test_kinds() -> None:
    assert open_store("memory:").kind == "live"
    assert open_store("memory:", "simulated").kind == "simulated"


@pytest.mark.parametrize("url", ["postgresql://x", "mysql:", "kho.db", "", "memory", "Memory:"])
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(StoreError, match="sqlite:///") as caught:
        open_store(url)
    assert url in caught.value.text.vi
    assert "memory:" in caught.value.text.en


@pytest.mark.parametrize(
    "url", ["sqlite:", "sqlite://kho.db", "sqlite:///", "sqlite:///:memory:", "sqlite:///a?mode=ro"]
)
def test_sqlite_addresses_name_a_file(url: str) -> None:
    with pytest.raises(StoreError, match="sqlite:///"):
        open_store(url)


def test_the_memory_store_needs_no_sqlalchemy() -> None:
    program = (
        "import sys, flowiso.store as s; s.open_store('memory:').reserve('a', 'd'); print('sqlalchemy' in sys.modules)"
    )
    assert run(program).communicate()[0].strip() == "False"


LINES = st.integers(1, 3)
NUMBERS = st.sampled_from(["1", "2", "3", "ă"])
AGENCIES = st.sampled_from([HERE, THERE])
WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
MOMENTS = st.integers(-(2**40), 2**40)


class SameAsMemory(RuleBasedStateMachine):
    """SqlStore against MemoryStore: any operations, the same answers and the same refusals, word for word."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.mkdtemp()
        self.url = url_of(Path(self.folder) / "kho.db")
        self.plain: Store = MemoryStore("simulated")
        self.sql = open_store(self.url, "simulated")

    def both(self, verb: Callable[[Store], Any]) -> None:
        answers = []
        for store in (self.plain, self.sql):
            try:
                answers.append(verb(store))
            except FlowISOError as error:
                answers.append((type(error), error.text))
        assert answers[0] == answers[1]

    def lines(self, draw: st.DataObject, first: int, count: int) -> list[Move]:
        actor, action, step, holder = (draw.draw(WORDS) for _ in range(4))
        moment, note = draw.draw(MOMENTS), draw.draw(st.none() | WORDS)
        return [Move(first + line, moment + line, actor, action, step, holder, note) for line in range(count)]

    @rule(agency=AGENCIES, number=NUMBERS, first=st.sampled_from([0, 0, 0, 1]), count=st.integers(0, 3), draw=st.data())
    def create(self, agency: str, number: str, first: int, count: int, draw: st.DataObject) -> None:
        moves = self.lines(draw, first, count)
        self.both(lambda store: store.create(case(number, agency), moves))

    @rule(keys=st.lists(st.tuples(AGENCIES, NUMBERS), max_size=3), draw=st.data())
    def create_many(self, keys: list[tuple[str, str]], draw: st.DataObject) -> None:
        batch = [(case(number, agency), self.lines(draw, 0, 2)) for agency, number in keys]
        self.both(lambda store: store.create_many(batch))

    @rule(agency=AGENCIES, number=NUMBERS, shift=st.sampled_from([0, 0, 0, -1, 1]), count=LINES, draw=st.data())
    def append(self, agency: str, number: str, shift: int, count: int, draw: st.DataObject) -> None:
        try:
            following = len(self.plain.read(agency, number)[1])
        except UnknownDossier:
            following = 0
        moves = self.lines(draw, following + shift, count)
        self.both(lambda store: store.append(agency, number, moves))

    @rule(agency=AGENCIES, day=st.sampled_from(["210914", "210915"]))
    def reserve(self, agency: str, day: str) -> None:
        self.both(lambda store: store.reserve(agency, day))

    @rule(agency=AGENCIES, until=MOMENTS)
    def until(self, agency: str, until: int) -> None:
        self.both(lambda store: everything(store, agency, until))

    @rule(agency=AGENCIES, number=NUMBERS)
    def read(self, agency: str, number: str) -> None:
        self.both(lambda store: store.read(agency, number))

    @rule()
    def reopen(self) -> None:
        self.sql.close()
        self.sql = open_store(self.url, "live", create=False)

    @invariant()
    def same(self) -> None:
        self.both(lambda store: (store.kind, everything(store, HERE), everything(store, THERE)))

    def teardown(self) -> None:
        self.sql.close()
        shutil.rmtree(self.folder)


TestSameAsMemory = SameAsMemory.TestCase
TestSameAsMemory.settings = settings(
    max_examples=40, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


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

    def test_a_missing_store_is_not_made_unasked(self, path: Path) -> None:
        with pytest.raises(StoreError, match="simulate --store") as caught:
            open_store(url_of(path), create=False)
        assert str(path) in caught.value.text.en
        assert not path.exists()

    def test_every_connection_is_durable(self, sql: SqlStore) -> None:
        """T2: with synchronous=NORMAL acknowledged lines are lost in a power cut."""
        for _ in range(2):
            for pragma, value in [
                ("journal_mode", "wal"),
                ("synchronous", 2),
                ("foreign_keys", 1),
                ("busy_timeout", 10_000),
            ]:
                connections = [sql._engine.raw_connection() for _ in range(3)]
                answers = [one.cursor().execute(f"PRAGMA {pragma}").fetchone()[0] for one in connections]
                for connection in connections:
                    connection.close()
                assert answers == [value] * 3
            sql._engine.dispose()

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE moves SET at = at - 86400",
            "UPDATE moves SET note = 'x' WHERE seq = 1",
            "DELETE FROM moves",
            "DELETE FROM moves WHERE seq = 1",
            "INSERT OR REPLACE INTO moves SELECT agency, dossier, seq, 0, actor, action, step, holder, note, 0 FROM moves",
            "INSERT OR IGNORE INTO moves SELECT agency, dossier, 9, at, actor, action, step, holder, note, 0 FROM moves",
            "INSERT INTO moves SELECT * FROM moves WHERE true ON CONFLICT DO UPDATE SET at = 0",
            "UPDATE dossiers SET version = 1",
            "DELETE FROM dossiers",
        ],
    )
    def test_plain_sql_cannot_rewrite_the_log(self, sql: SqlStore, path: Path, statement: str) -> None:
        """R58, R129: append-only also for who goes round FlowISO, in a connection with SQLite's own settings."""
        sql.create(case(), log(0, 1))
        outside = sqlite3.connect(path)
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            outside.execute(statement)
        outside.close()
        assert sql.read(HERE, NUMBER) == (case(), log(0, 1))

    def test_a_line_belongs_to_a_dossier_of_its_agency(self, sql: SqlStore, path: Path) -> None:
        sql.create(case(), log(0))
        outside = sqlite3.connect(path)
        outside.execute("PRAGMA foreign_keys = ON")
        with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
            outside.execute("INSERT INTO moves VALUES (?, 1, 0, 0, '', '', '', '', NULL, 0)", (THERE,))
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
        with pytest.raises(StoreError, match="simulate --store"):
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

    @pytest.mark.parametrize(("schema", "says"), [("2", "newer"), ("99", "newer"), ("0", "another"), ("x", "another")])
    def test_another_schema(self, path: Path, schema: str, says: str) -> None:
        """T14: old code refuses a newer schema."""
        open_store(url_of(path)).close()
        outside = sqlite3.connect(path)
        with outside:
            outside.execute("UPDATE meta SET value = ? WHERE key = 'schema'", (schema,))
        outside.close()
        assert says in refused(path, cause=False).text.en

    def test_held_by_another_program(self, path: Path) -> None:
        """Reading goes on; writing says so, and works again afterwards."""
        store = SqlStore(url_of(path), patience=0.1)
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
            SqlStore(url_of(path), patience=0.05)
        release = Timer(0.1, other.close)
        release.start()
        store = SqlStore(url_of(path))
        release.join()
        assert mode_of(store) == "wal"
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
        connection = sql._engine.raw_connection()
        assert connection.driver_connection.isolation_level is None  # type: ignore[union-attr]
        connection.close()

    def test_disk_full(self, path: Path) -> None:
        """T7: a clear error, every acknowledged line there, reading goes on, writing too once there is room."""
        pages = [60]
        store = SqlStore(url_of(path))
        event.listen(store._engine, "checkout", lambda one, *_: one.execute(f"PRAGMA max_page_count = {pages[0]}"))
        store.create(case(), log(0))
        written: list[int] = []
        with pytest.raises(StoreError, match="MB") as caught:
            write_until_refused(store, written)
        assert caught.value.__cause__.sqlite_errorname == "SQLITE_FULL"  # type: ignore[union-attr]
        assert len(written) > 20
        assert [line.seq for line in store.read(HERE, NUMBER)[1]] == [0, *written]
        pages[0] = 1000
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

    @pytest.mark.parametrize("missing", [(case(), [move(0)._replace(actor=None)]), (case(None), log(0))])  # type: ignore[arg-type]
    def test_a_missing_word_is_no_conflict(self, sql: SqlStore, missing: tuple[Case, list[Move]]) -> None:
        with pytest.raises(StoreError) as caught:
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

    def test_an_interrupted_write_leaves_nothing(self, sql: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
        def interrupt(*_: object) -> None:
            raise KeyboardInterrupt

        sql.create(case(), log(0))
        with monkeypatch.context() as patched:
            patched.setattr("flowiso.store.sql.follow", interrupt)
            with pytest.raises(KeyboardInterrupt):
                sql.append(HERE, NUMBER, log(1))
        sql.append(HERE, NUMBER, log(1))

    def test_no_n_plus_1(self, sql: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
        """`logs` is one statement, in the order of the key: nothing is sorted."""
        sql.create_many((case(str(number)), log(0, 1)) for number in range(50))
        connection = sql._engine.raw_connection()
        plan = connection.cursor()
        plan.execute(f"EXPLAIN QUERY PLAN {sql._sql.logs}", (HERE, 0))
        assert "TEMP B-TREE" not in str(plan.fetchall())
        seen: list[str] = []
        connection.driver_connection.set_trace_callback(seen.append)  # type: ignore[union-attr]
        connection.close()
        assert len(everything(sql)) == 50
        assert len([statement for statement in seen if "SELECT" in statement]) == 1

    def test_bulk(self, sql: SqlStore) -> None:
        """50,000 lines, with room for a slow machine: 0.3 s and 0.2 s when measured."""
        batch = [(case(str(number)), log(*range(20))) for number in range(2500)]
        start = time.perf_counter()
        sql.create_many(batch)
        written = time.perf_counter()
        assert everything(sql) == batch
        read = time.perf_counter()
        assert (written - start, read - written) < (5, 5)


def mode_of(store: SqlStore) -> str:
    connection = store._engine.raw_connection()
    mode: str = connection.cursor().execute("PRAGMA journal_mode").fetchone()[0]
    connection.close()
    return mode


def write_until_refused(store: Store, written: list[int]) -> None:
    for seq in range(1, 1000):
        store.append(HERE, NUMBER, [move(seq, note="x" * 1000)])
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
    gaps = "SELECT dossier FROM moves GROUP BY agency, dossier HAVING min(seq) != 0 OR max(seq) != count(*) - 1"
    gapless = not outside.execute(gaps).fetchall() and not outside.execute("PRAGMA foreign_key_check").fetchall()
    outside.close()
    return sound and gapless


def run(program: str, *args: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", program, *args]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")


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

    def test_two_stores_on_one_file(self, sql: SqlStore, path: Path) -> None:
        """T5: 200 races of two connection pools."""
        other = open_store(url_of(path))
        assert_one_winner(sql, other)
        other.close()

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
        """T1, I1, I2: kill -9 of 3 writers at random points; what was acknowledged is there once, without gap."""
        chance = random.Random(20210914)
        papers, tokens = tmp_path / "papers", iter(range(1000))
        papers.mkdir()

        def start() -> tuple[subprocess.Popen[str], Path]:
            token = f"w{next(tokens)}"
            return run(WRITE, url_of(path), str(papers / token), token), papers / token

        writers = [start() for _ in range(3)]
        for kill in range(15):
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
        assert len(stored) - len(acknowledged) <= 3 * 18  # at most one append of three lines in doubt per kill
        assert whole(path)


def complete_lines(paper: Path) -> list[str]:
    return paper.read_text(encoding="utf-8").split("\n")[:-1]


def wait_for_lines(paper: Path, patience: float = 30) -> None:
    end = time.monotonic() + patience
    while not (paper.exists() and paper.stat().st_size):
        assert time.monotonic() < end
        time.sleep(0.005)


def test_the_database_stamps_when_a_line_was_written(tmp_path: Path) -> None:
    """I8, R158: beside the moment told stands the database's own clock, so back-dating shows."""
    file = tmp_path / "kho.db"
    store = open_store(f"sqlite:///{file}")
    store.create(
        Case("H19", "H19-210105-0001", "LTHH-13", 1, "counter"), [Move(0, 1_600_000_000, "lan", "receive", "a", "lan")]
    )
    store.close()
    with closing(sqlite3.connect(file)) as outside:
        ((at, recorded),) = outside.execute("SELECT at, recorded FROM moves")
    assert at == 1_600_000_000
    assert recorded > 1_700_000_000
