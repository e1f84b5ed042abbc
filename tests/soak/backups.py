"""T13: stores are copied while clients write to them, and what is restored is the store of one moment.

An SQLite copy is opened as it is, one of PostgreSQL restored on another server. Everything that was acknowledged before the
copy was begun must be in it, nothing that wasn't asked before it was done, and each of its logs be the beginning of the
store's. The command that does it all, `flowiso backup --verify`, runs beside, and with a simulated year it is timed.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from checker import check, check_nothing_beside, opened
from servers import KINDS, Server
from size import MEMORY, Size, Sizes
from work import Crew, History, said

from flowiso.store.backup import back_up
from flowiso.store.pgdump import restored

TITLE = "stores copied while they are written, and restored"
COPIES = Sizes(1, 5, 100)
"""Of each of three stores."""
YEAR = Sizes(1_364, 13_641, 13_641)
"""Dossiers of the simulated year; 13,641 is the department's."""
RESTORED = 60
"""Seconds of processor time within which the year is copied, restored and verified."""
PAUSE = 0.5
"""Seconds of writing between two copies."""


def run(size: Size, seed: int) -> str:
    """Each kind of store under load, then the year."""
    copies = COPIES.at(size)
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        told = [f"SQLite: {_copied(f'sqlite:///{folder}/kho.db', None, copies, seed)}"]
        for kind in KINDS:
            with Server(kind) as server, Server(kind) as other:
                told.append(f"{kind}: {_copied(server.database(), other, copies, seed)}")
        told.append(_year(Path(folder), YEAR.at(size), seed))
    return "; ".join(told)


def _copied(url: str, other: Server | None, copies: int, seed: int) -> str:
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        file = Path(folder) / "kho.bak"
        with Crew(url, Path(folder), hands=2, hot=40, seed=seed) as crew:
            kept = [_copy(url, other, file, crew) for _ in range(copies)]
            _flowiso("backup", "--store", url, "-o", str(file), "--verify")
        crew.resolve()
        found = check(url, History.of(crew).told)
        check_nothing_beside(url)
        now = _lines(url)
    assert all(one.items() <= now.items() for one in kept), "a line of a copy is none of the store"
    least = max(map(len, kept))
    assert 0 < least < found.lines, "nobody wrote while it was copied"
    return f"{copies} copies of up to {least} lines, {found.lines} in the end; 0 acknowledged lost, 0 lines beside the store's"


def _copy(url: str, other: Server | None, file: Path, crew: Crew) -> dict[tuple[str, int], bytes]:
    """The lines of a copy that was made while the crew works, with their hashes; the invariants hold in it."""
    time.sleep(PAUSE)
    told = History.of(crew).told
    back_up(url, file)
    asked = {words["ask"][0] for client in crew.clients for words in said(client.journal) if "ask" in words}
    with _restored(file, other) as copy:
        check(copy, told)
        check_nothing_beside(copy)
        with opened(copy) as ask:
            assert {key for (key,) in ask("SELECT key FROM keys")} <= asked, "what nobody had asked for is in the copy"
        return _lines(copy)


@contextmanager
def _restored(file: Path, other: Server | None) -> Iterator[str]:
    """The address of what was copied, for PostgreSQL on another server."""
    if other is None:
        yield f"sqlite:///{file}"
        return
    with restored(other.url, file) as address:
        yield address


def _lines(url: str) -> dict[tuple[str, int], bytes]:
    with opened(url) as ask:
        rows = ask("SELECT number, seq, hash FROM moves JOIN dossiers ON dossiers.id = dossier")
        return {(number, seq): bytes(digest) for number, seq, digest in rows}


def _year(folder: Path, dossiers: int, seed: int) -> str:
    url = f"sqlite:///{folder}/nam.db"
    _flowiso("simulate", "--year", "2021", "--dossiers", str(dossiers), "--seed", str(seed % 2**20), "--store", url)
    told, seconds = _flowiso("backup", "--store", url, "-o", f"{folder}/nam.bak", "--verify")
    assert told["verified"] is not None
    assert seconds <= RESTORED, f"it took {seconds:.0f} s to copy, restore and verify {dossiers} dossiers"
    return f"a year of {dossiers} dossiers copied, restored and verified in {seconds:.1f} s of processor time"


def _flowiso(*words: str) -> tuple[Any, float]:
    """What a command answers, and its processor time in seconds. Raises RuntimeError when it finds anything wrong."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "flowiso", *words, "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)}: {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return json.loads(done.stdout), after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
