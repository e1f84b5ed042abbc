"""T7: the disk runs full. Nothing acknowledged is lost, the error says so, reading goes on, and with room again so does writing.

SQLite is given a disk that takes so many bytes and no more, at any byte (`disk`), and then, as PostgreSQL, a real file system of
some megabytes. To mount one needs no root, but Linux's namespaces: this test runs itself once more inside of one.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import tempfile
import time
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random

import pytest
from checker import check, check_nothing_beside
from cuts import AGENCY, Life, stored
from disk import Disk
from servers import KINDS, Kind, Server
from size import MEMORY, Size, Sizes
from work import Crew, History

from flowiso.errors import StoreError
from flowiso.ports import Store
from flowiso.store import open_store

TITLE = "a disk that runs full"
FILLS = Sizes(100, 1_000, 100_000)
RECOVERED = 30
"""Seconds after there is room again within which clients are served."""
MEGABYTE = 2**20


def run(size: Size, seed: int) -> str:
    """Disks of random size, then real ones."""
    fills = FILLS.at(size)
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        acknowledged = sum(
            _filled(Path(folder) / f"{number}.db", Random(f"{seed}/{number}")) for number in range(fills)
        )
    return f"SQLite: {fills} disks, {acknowledged} commands acknowledged = stored; {_in_namespace(seed)}"


def _filled(path: Path, random: Random) -> int:
    """A store on a disk that fills while it works; how many commands were acknowledged."""
    with Disk() as disk, closing(open_store(f"sqlite:///{path}")) as store:
        disk.recording = False
        life = Life(disk, store, random, "a", {})
        life.work(random.randint(1, 5))
        disk.budget = random.randint(0, 200_000)
        _fill(life, store)
        disk.budget = None
        _goes_on(life, path)
    return len(life.asked)


def _fill(life: Life, store: Store) -> None:
    """Work until the disk is full; the store says so, and can still be read."""
    with pytest.raises(StoreError, match=r"hết chỗ trên đĩa .* \(còn [0-9.]+ MB\)"):
        life.work(10**6)
    for one in life.asked[-3:]:
        assert len(store.read(AGENCY, one.told.number)[1]) > one.told.seq
        assert store.answered(AGENCY, one.told.key)


def _goes_on(life: Life, path: Path) -> None:
    """With room again, writing goes on, and what is stored is what was acknowledged, neither less nor more."""
    life.work(10)
    found = stored(path)
    assert found.keys == {one.told.key: one.told[1:] for one in life.asked}


def _in_namespace(seed: int) -> str:
    """This module, run where it may mount."""
    allowed = ("-m",) if os.geteuid() == 0 else ("-m", "-U", "--map-current-user", "--keep-caps")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = ["unshare", *allowed, sys.executable, __file__, str(seed)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(
            f"on small disks (which takes root, or namespaces for everybody):\n{done.stdout}{done.stderr}"
        )
    return done.stdout.strip()


@contextmanager
def _small_disk(megabytes: int) -> Iterator[Path]:
    """A file system of its own, in memory, gone with its namespace at the latest."""
    library = ctypes.CDLL(None, use_errno=True)
    with tempfile.TemporaryDirectory() as folder:
        if library.mount(b"tmpfs", folder.encode(), b"tmpfs", 0, f"size={megabytes}m".encode()):
            raise OSError(ctypes.get_errno(), f"can't mount: {os.strerror(ctypes.get_errno())}")
        try:
            yield Path(folder)
        finally:
            library.umount2(folder.encode(), 2)


def _ballast(disk: Path, room: int) -> Path:
    """A file that leaves so many bytes of room."""
    free = os.statvfs(disk)
    path = disk / "ballast"
    with path.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, free.f_bavail * free.f_frsize - room)
    return path


def _sqlite(seed: int) -> str:
    with _small_disk(8) as disk, closing(open_store(f"sqlite:///{disk / 'full.db'}")) as store:
        life = Life(Disk(), store, Random(seed), "a", {})
        ballast = _ballast(disk, 2 * MEGABYTE)
        _fill(life, store)
        acknowledged = len(life.asked)
        ballast.unlink()
        _goes_on(life, disk / "full.db")
    return f"a disk of 8 MB full after {acknowledged} commands, all there"


def _postgres(kind: Kind, seed: int) -> str:
    """Segments of its log, of 16 MB each, are asked for until there is no room for the next."""
    with tempfile.TemporaryDirectory() as folder, _small_disk(160) as disk, Server(kind, True, disk) as server:
        url = server.database()
        open_store(url).close()
        with Crew(url, Path(folder), hands=2, hot=40, seed=seed) as crew:
            ballast = _ballast(disk, 24 * MEGABYTE)
            _wear_out(server)
            time.sleep(1)
            ballast.unlink()
            room = time.monotonic()
            if not server.running:
                server.start()
            time.sleep(3)
        crew.resolve()
        history = History.of(crew)
        found = check(url, history.told)
        check_nothing_beside(url, history.refused)
    assert found.keys == len(history.told)
    served = history.times[bisect_left(history.times, room)] - room
    assert served < RECOVERED
    return (
        f"{kind}: a disk of 160 MB full, {len(history.told)} commands acknowledged = stored, {history.doubts} in doubt "
        f"of which {history.known} were stored, served {served:.1f} s after there was room again"
    )


def _wear_out(server: Server) -> None:
    end = time.monotonic() + 60
    while "No space left on device" not in server.log:
        assert time.monotonic() < end, "the disk didn't run full"
        time.sleep(0.3)
        try:
            server.execute("SELECT pg_switch_wal()")
        except Exception as error:
            print(error, file=sys.stderr)


if __name__ == "__main__":
    chance = int(sys.argv[1])
    print("; ".join([_sqlite(chance), *(_postgres(kind, chance) for kind in KINDS)]))
