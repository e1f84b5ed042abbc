"""Every store keeps totals in the transaction of the lines they count, whoever writes them, or refuses the lines (R90, I1)."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from servers import KINDS as SERVERS
from servers import Kind, binaries
from stores import HERE, KINDS, NUMBER, THERE, Schemas, case, log, move, url_of

from flowiso.errors import Conflict, FlowISOError, StoreError
from flowiso.ports import Beside, Change, Lines, Sums
from flowiso.store import MemoryStore, open_store
from flowiso.store.backup import back_up, restored
from flowiso.store.link import Unkept
from flowiso.store.postgres import grant
from flowiso.store.sql import SqlStore

if TYPE_CHECKING:
    from flowiso.model import Case, Move
    from flowiso.ports import KeptTotals, Store


def count(case: Case, before: Sequence[Move], moves: Sequence[Move]) -> list[Change]:
    """Each line counts for its moment, and a dossier once it has more than two."""
    found = [Change(20210915, "line", str(one.seq), "", Sums(1, one.seq > 1, one.seq)) for one in moves]
    if len(before) <= 2 < len(before) + len(moves):
        found.append(Change(0, "apart", case.number, "", Sums(1, 20210901, 20210915)))
    return sorted([*found, *(one._replace(part=2021) for one in found if one.part)])


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty store of each kind."""
    if request.param == "memory":
        return "memory:"
    if request.param == "sqlite":
        return url_of(tmp_path / "kho một cửa.db")
    schemas: Callable[[str], Schemas] = request.getfixturevalue("schemas")
    return schemas(request.param).fresh()


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with closing(opened(url)) as found:
        yield found


@pytest.fixture
def other(url: str, store: Store) -> Iterator[Store]:
    """Another process's view of the same store, as far as there is one."""
    if isinstance(store, MemoryStore):
        yield store
        return
    with closing(opened(url)) as found:
        yield found


def opened(url: str) -> Store:
    """A store whose lines are counted."""
    found = open_store(url)
    for agency in (HERE, THERE):
        found.count_by(agency, count)
    return found


def lines_of(store: Store, agency: str = HERE) -> int:
    """How many lines the kept totals tell of, once that is what the logs add up to."""
    found = store.recounted(agency)
    assert found is not None
    kept, logs = found
    assert kept == logs
    return sum(sums.counted for key, sums in kept.items() if key[0] == 2021)


def write_all_ways(store: Store) -> int:
    """Every way to write lines; how many."""
    number = store.create_next(case(), "210914", log(0), Beside("a")).number
    store.create(case("x"), log(0, 1, 2), Beside("b", people={"name": "Lan"}))
    store.create_many([(case("y"), log(0)), (case("z"), log(0, 1)), (case("z", THERE), log(0))])
    store.append(HERE, number, log(1), Beside("c"))
    store.append(HERE, number, log(2, 3), after=log(0, 1))
    store.append(HERE, "y", log(1), after=log(0), case=case("y"))
    store.append_many(
        HERE, [Lines("x", log(3)), Lines("z", log(2, 3), Beside("d"), log(0, 1)), Lines("y", [], Beside("e"))]
    )
    return 14


def test_off(store: Store) -> None:
    """A store that keeps nothing says so."""
    write_all_ways(store)
    assert store.kept(HERE, 2021, 2021) is None
    assert store.recounted(HERE) is None
    assert store.keep(HERE, on=False) is False


def test_every_way_to_write(store: Store) -> None:
    """Each write changes the totals along with the log; an agency whose totals are not kept has none."""
    assert store.keep(HERE)
    assert lines_of(store) == 0
    assert write_all_ways(store) == lines_of(store)
    assert store.kept(THERE, 2021, 2021) is None
    with pytest.raises(Conflict):
        store.append(HERE, "x", log(9))
    with pytest.raises(FlowISOError):
        store.append_many(HERE, [Lines("x", log(4)), Lines("không có", log(1))])
    with pytest.raises(Conflict):
        store.create_many([(case("p"), log(0)), (case("p"), log(0))])
    assert lines_of(store) == 14


def test_with_logs_in_it(store: Store, other: Store) -> None:
    """Switched on they are made of the logs there are; on again made anew; off and on as well, by whoever."""
    written = write_all_ways(store)
    assert other.keep(HERE)
    assert other.keep(HERE) is False
    assert (lines_of(store), lines_of(other)) == (written, written)
    store.append(HERE, "x", log(4))
    assert lines_of(other) == written + 1
    assert store.keep(HERE, on=False)
    other.append(HERE, "x", log(5))
    assert other.kept(HERE, 2021, 2021) is None
    assert other.keep(HERE)
    store.append(HERE, "x", log(6))
    assert lines_of(store) == written + 3


def test_what_is_asked_for(store: Store) -> None:
    """The parts asked for, under the first of them, and of the dossiers apart those of these days."""
    store.keep(HERE)
    store.create(case(), log(0, 1, 2))
    apart = {(0, "apart", NUMBER, ""): Sums(1, 20210901, 20210915)}

    def lines(part: int) -> KeptTotals:
        return {(part, "line", str(seq), ""): Sums(1, seq > 1, seq) for seq in range(3)}

    assert store.kept(HERE, 2021, 2021) == lines(2021) | apart
    assert store.kept(HERE, 20210901, 20210930) == lines(20210901) | apart
    assert store.kept(HERE, 20210901, 20210914) == apart
    assert store.kept(HERE, 20210916, 20211231) == {}
    assert store.kept(HERE, 20210101, 20210831) == {}
    assert store.kept(HERE, 2020, 2020) == {}


def test_two_agencies(store: Store, other: Store) -> None:
    """Each has its own, switched on and off alone; who wrote for one before it was kept learns of it."""
    other.create(case(agency=THERE), log(0))
    assert store.keep(HERE)
    other.append(THERE, NUMBER, log(1))
    assert store.keep(THERE)
    other.append(THERE, NUMBER, log(2))
    other.create(case(), log(0))
    assert (lines_of(store, THERE), lines_of(store)) == (3, 1)
    assert store.keep(HERE, on=False)
    other.append(HERE, NUMBER, log(1))
    other.append(THERE, NUMBER, log(3))
    assert lines_of(other, THERE) == 4
    assert other.recounted(HERE) is None


def test_nobody_counts(url: str, store: Store) -> None:
    """Who doesn't know how lines count writes none: the totals would be wrong."""
    store.keep(HERE)
    stranger = MemoryStore() if isinstance(store, MemoryStore) else open_store(url)
    with closing(stranger):
        if not isinstance(store, MemoryStore):
            with pytest.raises(StoreError, match=r"flowiso\.open"):
                stranger.create(case(), log(0))
        with pytest.raises(StoreError, match=r"flowiso\.open"):
            stranger.keep(HERE)
    assert lines_of(store) == 0


def test_writers_at_once(store: Store, other: Store) -> None:
    """Whoever writes at the same time adds to the same totals, while they are switched on and off besides."""
    stores = (store, other)
    for number in range(4):
        store.create(case(str(number)), log(0))

    def officer(number: int) -> None:
        for seq in range(1, 25):
            stores[seq % 2].append(HERE, str(number), [move(seq)], after=[move(one) for one in range(seq)])

    with ThreadPoolExecutor(5) as pool:
        done = [pool.submit(officer, number) for number in range(4)]
        for on in (True, False, True, True, False, True):
            other.keep(HERE, on)
            sleep(0.02)
        for one in done:
            one.result()
    assert lines_of(store) == 100


def test_a_change_is_seen(store: Store, url: str) -> None:
    """What somebody does to the totals, or to the logs behind our back, shows against the logs."""
    store.keep(HERE)
    store.create(case(), log(0, 1))
    if isinstance(store, MemoryStore):
        return
    with closing(outside(url)) as connection:
        connection.execute("UPDATE kept_totals SET counted = counted + 1 WHERE name = '1'")
        connection.commit()
    found = store.recounted(HERE)
    assert found is not None
    assert found[0] != found[1]
    store.keep(HERE)
    assert lines_of(store) == 2


def outside(url: str) -> Any:
    """A connection of somebody else."""
    return sqlite3.connect(url.removeprefix("sqlite:///")) if url.startswith("sqlite") else psycopg.connect(url)


def test_a_stranger_may_not_add_lines(store: Store, url: str) -> None:
    """A program that knows nothing of kept totals, be it an older FlowISO, is refused."""
    if isinstance(store, MemoryStore):
        return
    store.keep(HERE)
    store.create(case(), log(0))
    statement = (
        "INSERT INTO moves (dossier, seq, at, actor, action, step, holder, hash) VALUES (1, 1, 1, 1, 1, 1, 1, '')"
    )
    with (
        closing(outside(url)) as connection,
        pytest.raises((sqlite3.Error, psycopg.Error), match=r"kept_totals|flowiso_keeps"),
    ):
        connection.execute(statement.replace("''", "x''" if url.startswith("sqlite") else "''"))
    assert lines_of(store) == 1


def test_in_a_hosts_transaction(store: Store, url: str) -> None:
    """What the host rolls back is taken back from the totals too; engines in one transaction each say what they know."""
    if isinstance(store, MemoryStore):
        return
    store.create(case(), log(0))
    with closing(outside(url)) as connection:
        knows = joined(connection)
        connection.rollback()
        store.keep(HERE)
        knows.append(HERE, NUMBER, log(1))
        joined(connection).append(HERE, NUMBER, log(2, 3))
        stale = SqlStore.joined(connection)
        stale._keeping.learn({})
        with pytest.raises(StoreError, match=r"flowiso\.open"):
            stale.append(HERE, NUMBER, log(4))
        assert lines_of(knows) == 4
        connection.rollback()
        assert lines_of(store) == 1
        assert joined(connection).create_next(case(), "210914", log(0, 1)).number != NUMBER
        connection.commit()
    assert lines_of(store) == 3


def joined(connection: Any) -> SqlStore:
    found = SqlStore.joined(connection)
    found.count_by(HERE, count)
    return found


def test_a_write_that_fails_changes_nothing(store: Store) -> None:
    """I1: the totals stand or fall with the lines (crash in between: it is one transaction)."""
    store.keep(HERE)
    store.create(case(), log(0), Beside("k"))
    with pytest.raises(FlowISOError):
        store.append_many(HERE, [Lines(NUMBER, log(1)), Lines(NUMBER, log(2), Beside("k"))])
    with pytest.raises(FlowISOError):
        store.create(case(), log(0, 1), Beside("new"))
    assert lines_of(store) == 1


def test_backup(store: Store, url: str, tmp_path: Path) -> None:
    """T13: a copy has the totals of its logs."""
    if isinstance(store, MemoryStore) or (url.startswith("postgresql") and binaries("debian") is None):
        return
    store.keep(HERE)
    store.create(case(), log(0, 1, 2))
    back_up(url, tmp_path / "bản sao")
    with restored(url, tmp_path / "bản sao") as copy:
        copy.count_by(HERE, count)
        assert lines_of(copy) == 3


def test_a_table_of_that_name(url: str, store: Store) -> None:
    """Another program's table is left alone, and nothing is half switched on."""
    if isinstance(store, MemoryStore):
        return
    with closing(outside(url)) as connection:
        connection.execute("CREATE TABLE kept_totals (x integer)")
        connection.commit()
    with pytest.raises(StoreError):
        store.keep(HERE)
    store.create(case(), log(0))
    assert store.kept(HERE, 2021, 2021) is None
    assert Unkept().text.en


@pytest.mark.parametrize("kind", SERVERS)
def test_rights(kind: Kind, schemas: Callable[[Kind], Schemas]) -> None:
    """T11: roles that may add lines may add to the totals, whether they were given their rights before or after."""
    place = schemas(kind)
    url = place.fresh()
    roles = [f"{when}_{url.rpartition('%3D')[2]}" for when in ("before", "after")]
    with closing(opened(url)) as store:
        for role in roles:
            place.server.execute(f"CREATE ROLE {role} LOGIN")
        grant(url, roles[0])
        store.keep(HERE)
        grant(url, roles[1])
        for seq, role in enumerate(roles):
            with closing(opened(url.replace("postgres@", f"{role}@"))) as app:
                write = app.append if seq else app.create
                write(*((HERE, NUMBER) if seq else (case(),)), log(seq))
                with pytest.raises(StoreError):
                    app.keep(HERE, on=False)
        assert lines_of(store) == 2
