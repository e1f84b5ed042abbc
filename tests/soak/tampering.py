"""T11: lines changed, deleted, swapped, put in and cut off, words exchanged, behind the application's back, in memory and by SQL.

Every one must be found, at its line, by our verifier and by the stand-alone one of docs/ alike; what the chain can't show - a log
cut off, or written anew with right hashes - against a seal kept outside.
"""

from __future__ import annotations

import tempfile
import time
from contextlib import closing
from pathlib import Path
from random import Random

from size import Size, Sizes
from tampers import HERE, Tampering, bad, in_rows, in_sql, lived, opened_up, rehashed, stranger, tampering

from flowiso.integrity import Kept, Seals, broken
from flowiso.ports import Chained, Head
from flowiso.store import MemoryStore, open_store
from flowiso.store.sql import SqlStore

TITLE = "tampering with logs"
TAMPERINGS = Sizes(1_000, 10_000, 1_000_000)
WITH_SQL = Sizes(300, 3_000, 30_000)
FORGERIES = Sizes(300, 3_000, 100_000)


def run(size: Size, seed: int) -> str:
    """Tamper, look, and undo."""
    random = Random(seed)
    store = MemoryStore()
    lived(store, 60, seed)
    logs = [log for log in store.chained(HERE) if len(log.moves) > 1]
    head = store.seal(HERE, 1_800_000_000)
    assert head is not None
    begun = time.monotonic()
    for _ in range(TAMPERINGS.at(size)):
        _found_in_rows(random, logs)
    spent = time.monotonic() - begun
    for _ in range(FORGERIES.at(size)):
        _found_by_seal(random, random.choice(logs), head)
    with tempfile.TemporaryDirectory() as folder:
        _with_sql(random, Path(folder) / "kho.db", WITH_SQL.at(size), seed)
    return (
        f"{TAMPERINGS.at(size)} tamperings in memory ({1e6 * spent / TAMPERINGS.at(size):.0f} us each, two verifiers), "
        f"{WITH_SQL.at(size)} with SQL, {FORGERIES.at(size)} cut or written anew under a seal: all found, first bad line named"
    )


def _found_in_rows(random: Random, logs: list[Chained]) -> None:
    log = random.choice(logs)
    wish = tampering(random, log)
    _check(in_rows(log, wish), wish.first_bad, wish)


def _check(bent: Chained, line: int | None, wish: Tampering) -> None:
    """Both verifiers name that line, or find nothing."""
    fault = broken(bent)
    assert (fault and fault.line) == line, (wish, fault)
    lines = [[*move, digest.hex(), 0] for move, digest in zip(bent.moves, bent.hashes, strict=True)]
    assert stranger().chain_fault(bent.case, lines) == (fault and (fault.line, fault.name)), wish


def _found_by_seal(random: Random, log: Chained, head: Head) -> None:
    """Cut off anywhere, or a line changed and every hash after it computed anew."""
    number, seq = log.case.number, random.randrange(len(log.moves))
    if random.random() < 0.5 and seq:
        bent, line = in_rows(log, Tampering("cut", seq)), seq
    else:
        moves = [move._replace(at=move.at + 1) if move.seq >= seq else move for move in log.moves]
        bent, line = rehashed(log, moves), len(moves) - 1
    assert broken(bent) is None
    (fault,) = Seals((), [Kept(head)], number).check(bent)
    assert fault.line == line
    tips = [(at, tip) for name, at, tip in head.tips if name == number]
    lines = [[*move, digest.hex(), 0] for move, digest in zip(bent.moves, bent.hashes, strict=True)]
    assert stranger().tip_fault(tips, lines) == line


def _with_sql(random: Random, path: Path, count: int, seed: int) -> None:
    with closing(open_store(f"sqlite:///{path}")) as store:
        lived(store, 6, seed)
    with closing(opened_up(path)) as connection:
        store = SqlStore.joined(connection)
        logs = list(store.chained(HERE))
        ids = dict(connection.execute("SELECT number, id FROM dossiers").fetchall())
        for _ in range(count):
            log = random.choice(logs)
            wish = tampering(random, log)
            connection.execute("BEGIN")
            in_sql(connection, ids[log.case.number], wish)
            lines = dict(bad(logs, log, wish))
            for bent in store.chained(HERE):
                _check(bent, lines.get(bent.case.number), wish)
            connection.execute("ROLLBACK")
