"""T13: a store is copied while writers run; the copy is the store as it was at one moment, and can be restored and verified."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest
from tampers import HERE, in_sql, lived, opened_up, tampering
from walks import agency

from flowiso.errors import StoreError
from flowiso.ports import Store
from flowiso.store import open_store
from flowiso.store.backup import back_up, restored
from flowiso.store.sql import SqlStore
from flowiso.verify import verify_store

if TYPE_CHECKING:
    from stores import Schemas

Call = Callable[..., tuple[int, str, str]]


def logs(store: Store) -> dict[str, Any]:
    """Lines and hashes of every dossier."""
    return {log.case.number: (log.moves, log.hashes) for log in store.chained(HERE)}


def copied_while_written(url: str, target: Path, times: int) -> None:
    """Two writers go on while a store is copied: each copy is a prefix of what there is in the end (I1 to I9)."""
    done = Event()

    def write(seed: int) -> int:
        with closing(open_store(url)) as store:
            count = 0
            while not done.is_set():
                lived(store, 1, seed + count, tries=10)
                count += 1
        return count

    with closing(open_store(url)) as store, ThreadPoolExecutor(2) as pool:
        lived(store, 2, 1)
        least = sum(len(moves) for moves, _ in logs(store).values())
        writers = [pool.submit(write, seed) for seed in (1_000, 2_000)]
        try:
            copies = []
            for _ in range(times):
                back_up(url, target)
                with restored(url, target) as copy:
                    found = verify_store(agency(), copy)
                    assert [one for one in found.findings if one.level == "error"] == []
                    copies.append(logs(copy))
        finally:
            done.set()
        assert all(writer.result() for writer in writers)
        now = logs(store)
    for kept in copies:
        assert sum(len(moves) for moves, _ in kept.values()) >= least
        assert all(
            (moves, hashes) == tuple(part[: len(moves)] for part in now[name]) for name, (moves, hashes) in kept.items()
        )
    assert copies[0] != now


def test_sqlite_while_written(tmp_path: Path) -> None:
    copied_while_written(f"sqlite:///{tmp_path / 'kho.db'}", tmp_path / "kho.bak", times=3)
    assert (tmp_path / "kho.bak").stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []


@pytest.mark.parametrize("kind", ["wheel", "debian"])
def test_postgresql_while_written(schemas: Callable[[Any], Schemas], kind: str, tmp_path: Path) -> None:
    """pg_dump as new as the server is found beside it, and the store restored into a database that is gone afterwards."""
    place = schemas(kind)
    copied_while_written(place.fresh(), tmp_path / "kho.dump", times=1)
    import psycopg

    with psycopg.connect(place.url) as connection:
        left = connection.execute("SELECT count(*) FROM pg_database WHERE datname LIKE 'flowiso_restored%'").fetchone()
    assert left == (0,)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A small store's file."""
    path = tmp_path / "kho.db"
    with closing(open_store(f"sqlite:///{path}")) as opened:
        lived(opened, 2, 1)
    return path


class TestCommand:
    def test_copies_and_verifies(self, store: Path, tmp_path: Path, call: Call) -> None:
        code, out, _ = call("backup", "--store", f"sqlite:///{store}", "-o", tmp_path / "kho.bak", "--verify")
        assert code == 0
        assert "khôi phục thử: 2 hồ sơ, " in out
        code, out, _ = call("verify", "--store", f"sqlite:///{tmp_path / 'kho.bak'}", "--level", "error")
        assert code == 0

    def test_json(self, store: Path, tmp_path: Path, call: Call) -> None:
        target = tmp_path / "kho.bak"
        told = json.loads(call("backup", "--store", f"sqlite:///{store}", "-o", target, "--format", "json")[1])
        assert told == {"file": str(target), "bytes": target.stat().st_size, "verified": None}

    def test_bent_store_is_told(self, store: Path, tmp_path: Path, call: Call) -> None:
        """What was tampered with is copied as it is, and the copy found to be wrong."""
        from random import Random

        with closing(opened_up(store)) as connection:
            log = next(SqlStore.joined(connection).chained(HERE))
            in_sql(connection, 1, tampering(Random(1), log))
        code, out, _ = call("backup", "--store", f"sqlite:///{store}", "-o", tmp_path / "kho.bak", "--verify")
        assert (code, "1 lỗi" in out) == (1, True)

    @pytest.mark.parametrize(
        ("url", "target", "said"),
        [
            ("sqlite:///{}/kho.db", "{}/kho.db", "không sao lưu kho lên chính nó"),
            ("sqlite:///{}/khong-co.db", "{}/kho.bak", "chưa có kho"),
            ("memory:", "{}/kho.bak", "không nằm trên đĩa"),
            ("sqlite:///{}/kho.db", "{}/khong-co/kho.bak", "không ghi được"),
            ("sqlite:///{}/kho.db", "{}", "không"),
            ("sqlite:///{}/kho.db", ".", "không phải là tệp thường"),
        ],
    )
    def test_what_cannot_be_done(
        self, store: Path, tmp_path: Path, call: Call, url: str, target: str, said: str
    ) -> None:
        """Exit 2, and the store as it was."""
        before = store.read_bytes()
        code, _, err = call("backup", "--store", url.format(tmp_path), "-o", target.format(tmp_path))
        assert code == 2
        assert said in err
        assert store.read_bytes() == before


def test_damaged_copy_is_refused(store: Path, tmp_path: Path) -> None:
    """A page overwritten by the disk: it says so before anybody relies on it."""
    target, url = tmp_path / "kho.bak", f"sqlite:///{store}"
    back_up(url, target)
    content = bytearray(target.read_bytes())
    with closing(sqlite3.connect(target)) as connection:
        root = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'moves'").fetchone()[0]
    content[4096 * (root - 1) : 4096 * root] = bytes(4096)
    target.write_bytes(bytes(content))
    with pytest.raises(StoreError, match="bị hỏng"), restored(url, target):
        pass


def test_a_backup_takes_the_place_of_older_copies_of_its_store_alone(store: Path, tmp_path: Path, call: Call) -> None:
    """R58: another store, the store's own later state, one in use or what is no store isn't lost to a slip in `-o`."""
    url, bak, other = f"sqlite:///{store}", tmp_path / "kho.bak", tmp_path / "khac.db"
    bak.touch()
    for _ in range(2):  # onto an empty file, and onto the copy before
        assert call("backup", "--store", url, "-o", bak)[0] == 0
    with closing(open_store(url)) as opened:
        lived(opened, 1, 7)
    assert call("backup", "--store", url, "-o", bak)[0] == 0
    with closing(open_store(f"sqlite:///{other}")) as opened:
        lived(opened, 1, 99)
    with closing(sqlite3.connect(tmp_path / "la.db")) as connection:
        connection.execute("CREATE TABLE la (x)")
    in_use = tmp_path / "dang-dung.db"
    in_use.write_bytes(bak.read_bytes())
    in_use.with_name(f"{in_use.name}-wal").write_bytes(b"x")
    for source, target in ((url, other), (url, tmp_path / "la.db"), (url, in_use), (f"sqlite:///{other}", bak)):
        before = target.read_bytes()
        code, _, err = call("backup", "--store", source, "-o", target)
        assert (code, f"'{target}' là kho đang dùng, hoặc có dòng mà kho {source} không có" in err) == (2, True)
        assert target.read_bytes() == before


def test_a_backup_holds_what_somebody_took_out_of_the_store(store: Path, tmp_path: Path) -> None:
    """R58, T11: a log that was changed since doesn't take the place of the copy that still tells the truth."""
    url, bak = f"sqlite:///{store}", tmp_path / "kho.bak"
    back_up(url, bak)
    with closing(opened_up(store)) as connection:
        connection.execute("UPDATE moves SET at = at - 60 WHERE seq = 1")
    with pytest.raises(StoreError, match="không ghi đè"):
        back_up(url, bak)
