"""What an SQLite store takes for granted between two writes, and what takes it away: others, a restored copy, a rollback."""

from __future__ import annotations

import sqlite3
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stores import HERE, NUMBER, case, everything, log, move, moved, url_of

from flowiso.errors import Conflict, StoreError
from flowiso.model import Move
from flowiso.ports import Beside
from flowiso.store.sql import SqlStore

_moments = count(1_631_600_000)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "kho.db"


@pytest.fixture
def sql(path: Path) -> Iterator[SqlStore]:
    opened = SqlStore.open(url_of(path))
    yield opened
    opened.close()


def worded(seq: int, word: str) -> Move:
    """A line with a word of its own."""
    return move(seq)._replace(actor=f"{word}.qltm", action=f"{word}-xong")


def test_the_end_is_looked_for_again_once_somebody_else_has_written(path: Path, sql: SqlStore) -> None:
    """R58: another process has gone on with the log meanwhile, under a word that we don't know."""
    sql.create(case(), log(0))
    sql.append(HERE, NUMBER, log(1))
    with closing(SqlStore.open(url_of(path))) as other:
        other.append(HERE, NUMBER, [worded(2, "mai")])
        with pytest.raises(Conflict):
            sql.append(HERE, NUMBER, log(2))
        sql.append(HERE, NUMBER, log(3))
        other.append(HERE, NUMBER, [worded(4, "hung")])
    assert everything(sql) == [(case(), [*log(0, 1), worded(2, "mai"), *log(3), worded(4, "hung")])]


def test_numbers_of_words_in_a_restored_copy(path: Path, sql: SqlStore) -> None:
    """T13: an older copy is put back into the file under us, and others give the numbers we knew to other words."""
    sql.create(case(), log(0))
    with closing(sqlite3.connect(path)) as file, closing(sqlite3.connect(":memory:")) as earlier:
        file.backup(earlier)
        sql.append(HERE, NUMBER, [worded(1, "lan")])
        sql.append(HERE, NUMBER, [worded(2, "lan")])
        earlier.backup(file)
    with closing(SqlStore.open(url_of(path))) as other:
        other.append(HERE, NUMBER, [worded(1, "mai")])
    sql.append(HERE, NUMBER, [worded(2, "lan")])
    sql.append(HERE, NUMBER, [worded(3, "lan")])
    assert everything(sql) == [(case(), [*log(0), worded(1, "mai"), worded(2, "lan"), worded(3, "lan")])]


class FailingCommit:
    """A cursor whose next COMMIT fails, and what was done is undone."""

    def __init__(self, cursor: sqlite3.Cursor) -> None:
        self.cursor = cursor
        self.fails = 0

    def execute(self, statement: str, *parameters: Any) -> Any:
        if statement == "COMMIT" and self.fails:
            self.fails -= 1
            raise sqlite3.OperationalError("disk I/O error")
        return self.cursor.execute(statement, *parameters)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.cursor, name)


def test_what_was_rolled_back_is_not_known(sql: SqlStore) -> None:
    """A word, and the end of a log, of a transaction that could not be committed."""
    sql.create(case(), log(0))
    sql.append(HERE, NUMBER, log(1))
    link: Any = sql._link
    link._writer = failing = FailingCommit(link._writer)
    for failures in range(1, 4):
        failing.fails = failures
        for _ in range(failures):
            with pytest.raises(StoreError):
                sql.append(HERE, NUMBER, [worded(1 + failures, f"moi{failures}")], Beside(events=moved(1 + failures)))
        sql.append(HERE, NUMBER, [worded(1 + failures, f"khac{failures}")], Beside(events=moved(1 + failures)))
    lines = [worded(1 + failures, f"khac{failures}") for failures in range(1, 4)]
    assert everything(sql) == [(case(), [*log(0, 1), *lines])]
    assert [one.seq for one in sql.outbox(HERE)] == [2, 3, 4]


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.sampled_from("abcdef")), min_size=1, max_size=40))
def test_stores_that_take_turns_write_one_log(acts: list[tuple[int, int, str]]) -> None:
    """R58: three open stores of a file, three dossiers, new words at any time: what stands there is what was acknowledged."""
    numbers = [f"{NUMBER[:-1]}{last}" for last in range(3)]
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:
        stores = [SqlStore.open(url_of(Path(folder) / "kho.db")) for _ in range(3)]
        written: dict[str, list[Move]] = {number: log(0) for number in numbers}
        stores[0].create_many((case(number), log(0)) for number in numbers)
        for store, which, word in acts:
            lines = written[numbers[which]]
            line = worded(len(lines), word)._replace(at=next(_moments))
            stores[store].append(HERE, numbers[which], [line], Beside(events=moved(line.seq)), after=tuple(lines))
            lines.append(line)
        for store in stores:
            assert everything(store) == [(case(number), written[number]) for number in numbers]
            store.close()


def test_what_could_not_be_committed_together(sql: SqlStore) -> None:
    """Nothing of it was written, whatever each was told meanwhile; afterwards the same is done as if for the first time."""
    sql.create(case(), log(0))
    sql.append(HERE, NUMBER, log(1))
    link: Any = sql._link
    link._writer = failing = FailingCommit(link._writer)
    works = [lambda: sql.append(HERE, NUMBER, [worded(2, "moi")]), lambda: sql.append(HERE, NUMBER, [worded(3, "moi")])]
    for _ in range(2):
        failing.fails = 1
        with pytest.raises(StoreError, match="disk I/O error"):
            sql.together(works)
        assert everything(sql) == [(case(), log(0, 1))]
    assert sql.together(works) == [None, None]
    assert everything(sql) == [(case(), [*log(0, 1), worded(2, "moi"), worded(3, "moi")])]


class Full:
    """A cursor for which the disk is full at the next line, whereupon SQLite undoes the whole transaction."""

    def __init__(self, cursor: sqlite3.Cursor) -> None:
        self.cursor = cursor
        self.left = 1

    def executemany(self, statement: str, lines: Any) -> Any:
        self.left -= 1
        if self.left:
            return self.cursor.executemany(statement, lines)
        self.cursor.execute("ROLLBACK")
        raise sqlite3.OperationalError("database or disk is full")

    def __getattr__(self, name: str) -> Any:
        return getattr(self.cursor, name)


def test_a_disk_that_is_full_undoes_all_that_is_done_together(sql: SqlStore) -> None:
    """T7: what comes after it in the batch isn't written either, by a transaction of its own that nobody was to begin."""
    sql.create(case(), log(0))
    sql.append(HERE, NUMBER, log(1))
    told: list[object] = []

    def add(seq: int) -> None:
        try:
            sql.append(HERE, NUMBER, log(seq))
        except StoreError as error:
            told.append(str(error))
            raise

    link: Any = sql._link
    writer, link._writer = link._writer, Full(link._writer)
    link._writer.left = 2
    with pytest.raises(StoreError):
        sql.together([partial(add, seq) for seq in (2, 3, 4)])
    link._writer = writer
    assert len(told) == 2
    assert everything(sql) == [(case(), log(0, 1))]
    assert sql.together([partial(add, seq) for seq in (2, 3, 4)]) == [None] * 3
    assert everything(sql) == [(case(), log(0, 1, 2, 3, 4))]


def test_together_and_beside_others(sql: SqlStore) -> None:
    """In a transaction shared with threads, one of whom fails: all is undone and done again, each as if it were the first."""
    sql.create(case(), log(0))
    done: list[int] = []

    def add(seq: int) -> int:
        done.append(seq)
        sql.append(HERE, NUMBER, log(seq))
        return seq

    def refused() -> None:
        sql._link.write(lambda cursor: cursor.execute("INSERT INTO moves VALUES (NULL)"))

    turns: Any = sql._link._turns  # type: ignore[attr-defined]
    with ThreadPoolExecutor(2) as pool:
        assert turns.idle()
        both = pool.submit(sql.together, [partial(add, 1), partial(add, 3), partial(add, 2)])
        bad = pool.submit(refused)
        while len(turns._waiting) < 2:
            time.sleep(0.001)
        turns.pass_on()
        found = both.result()
        assert isinstance(bad.exception(), StoreError)
    assert (found[0], type(found[1]), found[2]) == (1, Conflict, 2)
    assert done == [1, 3, 2] * 2
    assert everything(sql) == [(case(), log(0, 1, 2))]
