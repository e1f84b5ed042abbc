"""Live stores to tamper with, and random tamperings as an administrator with SQL would do them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any, NamedTuple

from walks import agency

from flowiso import chain
from flowiso.dossier import Dossier
from flowiso.engine import Engine
from flowiso.errors import FlowISOError
from flowiso.model import (
    ANSWER,
    APPLICANT,
    BOUNCE,
    COMPLAIN,
    CONFIRM,
    CORRECT,
    PAUSE,
    REAPPOINT,
    REASSIGN,
    RECALL,
    RESUME,
    STOP,
    WITHDRAW,
    Move,
)
from flowiso.ports import Chained, Store
from flowiso.worktime import TZ

HERE = "000.00.19.H19"
CODES = ("LTHH-13", "DIEN-09", "HC-01", "XTTM-01")
RARE = (CONFIRM, RECALL, BOUNCE, REASSIGN, PAUSE, RESUME, STOP, WITHDRAW, REAPPOINT, CORRECT, COMPLAIN, ANSWER)
FIRST = datetime(2021, 9, 14, 8, 30, tzinfo=TZ)


class Clock:
    """A clock that jumps, back too."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.now = FIRST

    def __call__(self) -> datetime:
        return self.now

    def tick(self) -> None:
        """On by seconds to days; now and then back."""
        seconds = self.random.choice((0, 1, 60, 600, 3_600, 4 * 3_600, 86_400, 3 * 86_400))
        self.now += timedelta(seconds=seconds if self.random.random() < 0.9 else -seconds)


def lived(store: Store, dossiers: int, seed: int, tries: int = 25) -> Engine:
    """A live store with dossiers on their ways, everything done through the engine."""
    random = Random(seed)
    clock = Clock(random)
    engine = Engine(agency(), store, clock, allow_draft=True)
    for _ in range(dossiers):
        code = random.choice(CODES)
        dossier = engine.submit(code, to="lan.vp") if random.random() < 0.3 else engine.receive(code, by="lan.vp")
        for _ in range(tries):
            clock.tick()
            with suppress(FlowISOError):
                dossier = _try(engine, dossier, random)
    return engine


def _try(engine: Engine, dossier: Dossier, random: Random) -> Dossier:
    actions = engine.actions(dossier)
    if not actions or random.random() < 0.3:
        action, to = random.choice(RARE), random.choice((None, "ha.qltm", "hung.ktnl"))
        by = random.choice((dossier.holder, dossier.holder, "quang.lds", "lan.vp", APPLICANT))
    else:
        onward = [one for one in actions if one.accounts] if random.random() < 0.95 else []
        chosen = random.choice(onward or actions)
        action, by = chosen.name, "lan.vp" if dossier.holder == APPLICANT else dossier.holder
        to = random.choice(chosen.accounts).id if chosen.accounts else None
    record = {"ground": "Luật", "fault": "applicant", "until": "2021-12-30", "founded": "no", "step": "tham-dinh"}
    if random.random() < 0.05:
        action, by, to = REASSIGN, "quang.lds", "hung.ktnl"
    return engine.move(dossier, action, by=by, to=to, note="theo hồ sơ", record=record, force=action == REASSIGN)


class Tampering(NamedTuple):
    """What is done to a log at line `seq`: "change" a `column` to `value`, "delete", "swap" with line `other`, "insert" a copy
    of line `other` before it, or "cut" it off together with what comes after.

    "word" lets the word `column` and the word `value` change places, wherever they stand; `seq` is the first line with one.
    """

    kind: str
    seq: int
    other: int = 0
    column: str = ""
    value: Any = None

    @property
    def first_bad(self) -> int:
        """The first line that isn't as it was."""
        return min(self.seq, self.other) if self.kind == "swap" else self.seq


def bad(logs: Sequence[Chained], log: Chained, wish: Tampering) -> set[tuple[str, int]]:
    """The first bad line of each log after one was tampered with in a store: words are everybody's."""
    if wish.kind != "word":
        return {(log.case.number, wish.first_bad)}
    firsts = ((one.case.number, _first_with(one, wish)) for one in logs)
    return {(number, line) for number, line in firsts if line is not None}


def _first_with(stored: Chained, wish: Tampering) -> int | None:
    return next((move.seq for move in stored.moves if {wish.column, wish.value} & set(move[2:6])), None)


def tampering(random: Random, stored: Chained) -> Tampering:
    """A random one that the chain alone has to find."""
    count = len(stored.moves)
    kinds = ["change", "change", "word"] + ["delete", "swap", "insert"] * (count > 1)
    kind, seq = random.choice(kinds), random.randrange(count)
    if kind == "change":
        return _change(random, stored, seq)
    if kind == "word":
        wish = Tampering(kind, 0, 0, random.choice(stored.moves[seq][2:6]), random.choice(("x", "quang.lds", "chuyen")))
        first = _first_with(stored, wish)
        assert first is not None
        return wish._replace(seq=first) if wish.column != wish.value else tampering(random, stored)
    if kind == "delete":
        return Tampering(kind, random.randrange(count - 1))
    if kind == "insert":
        seq = random.randrange(count + 1)
    return Tampering(kind, seq, random.choice([other for other in range(count) if other != seq]))


def _change(random: Random, stored: Chained, seq: int) -> Tampering:
    move = stored.moves[seq]
    column = random.choice((*Move._fields[1:], "hash"))
    if column == "at":
        return Tampering("change", seq, 0, column, move.at + random.choice((-86_400, -3_600, -1, 1, 60)))
    if column == "hash":
        at = random.randrange(32)
        old = stored.hashes[seq]
        return Tampering(
            "change", seq, 0, column, old[:at] + bytes([old[at] ^ (1 << random.randrange(8))]) + old[at + 1 :]
        )
    if column == "record":
        choices: list[Any] = [
            {**(move.record or {}), "forced": "DOS202"},
            {**(move.record or {}), "until": "2030-01-01"},
        ]
        choices = [one for one in (*choices, None) if one != move.record]
        return Tampering("change", seq, 0, column, random.choice(choices))
    others = ["", "x", "quang.lds", "chuyen", "thu-ly"] + [getattr(one, column) for one in stored.moves]
    return Tampering("change", seq, 0, column, random.choice([one for one in others if one != getattr(move, column)]))


def in_rows(stored: Chained, wish: Tampering) -> Chained:
    """A log after a tampering, in memory."""
    rows: list[list[Any]] = [list(row) for row in zip(stored.moves, stored.hashes, stored.recorded, strict=True)]
    at, other = wish.seq, wish.other
    if wish.kind == "change" and wish.column == "hash":
        rows[at][1] = wish.value
    elif wish.kind == "word":
        turned = {wish.column: wish.value, wish.value: wish.column}
        for row in rows:
            row[0] = Move._make((*row[0][:2], *(turned.get(word, word) for word in row[0][2:6]), *row[0][6:]))
    elif wish.kind == "change":
        rows[at][0] = rows[at][0]._replace(**{wish.column: wish.value})
    elif wish.kind == "delete":
        del rows[at]
    elif wish.kind == "cut":
        del rows[at:]
    elif wish.kind == "swap":
        rows[at], rows[other] = rows[other], rows[at]
    else:
        rows.insert(at, list(rows[other]))
    if wish.kind in ("swap", "insert"):
        for seq, row in enumerate(rows):
            row[0] = row[0]._replace(seq=seq)
    return stored._replace(**dict(zip(("moves", "hashes", "recorded"), zip(*rows, strict=True), strict=True)))


def in_sql(connection: Any, dossier: int, wish: Tampering, sign: str = "?") -> None:
    """The same with plain SQL, the triggers being gone; `sign` stands for a parameter."""

    def run(sql: str, *parameters: object) -> None:
        connection.execute(sql.replace("?", sign), parameters)

    at, other = wish.seq, wish.other
    if wish.kind == "change":
        _set_column(run, dossier, wish)
    elif wish.kind == "word":
        _swap_words(run, wish.column, wish.value)
    elif wish.kind == "delete":
        run("DELETE FROM moves WHERE dossier = ? AND seq = ?", dossier, at)
    elif wish.kind == "cut":
        run("DELETE FROM moves WHERE dossier = ? AND seq >= ?", dossier, at)
    elif wish.kind == "swap":
        for before, after in ((at, -1), (other, at), (-1, other)):
            run("UPDATE moves SET seq = ? WHERE dossier = ? AND seq = ?", after, dossier, before)
    else:
        columns = "at, actor, action, step, holder, note, record, hash, recorded"
        run(f"INSERT INTO moves SELECT dossier, -1, {columns} FROM moves WHERE dossier = ? AND seq = ?", dossier, other)
        run("UPDATE moves SET seq = -seq - 10 WHERE dossier = ? AND seq >= ?", dossier, at)
        run("UPDATE moves SET seq = -seq - 9 WHERE dossier = ? AND seq <= -10", dossier)
        run("UPDATE moves SET seq = ? WHERE dossier = ? AND seq = -1", at, dossier)


def _set_column(run: Callable[..., None], dossier: int, wish: Tampering) -> None:
    from flowiso.store.lines import words
    from flowiso.store.tables import WORDS

    value, its = words(wish.value) if wish.column == "record" else wish.value, "?"
    if wish.column in WORDS:
        _learn(run, value)
        its = "(SELECT id FROM words WHERE word = ?)"
    run(f"UPDATE moves SET {wish.column} = {its} WHERE dossier = ? AND seq = ?", value, dossier, wish.seq)


def _swap_words(run: Callable[..., None], one: str, other: str) -> None:
    """Lines hold numbers: who exchanges two words changes every line that has one of them."""
    _learn(run, one)
    _learn(run, other)
    for before, after in ((one, "\n"), (other, one), ("\n", other)):
        run("UPDATE words SET word = ? WHERE word = ?", after, before)


def _learn(run: Callable[..., None], word: str) -> None:
    run(
        "INSERT INTO words (word) SELECT CAST(? AS TEXT) WHERE NOT EXISTS (SELECT 1 FROM words WHERE word = ?)",
        word,
        word,
    )


def rehashed(stored: Chained, moves: Sequence[Move]) -> Chained:
    """A log written anew from its beginning, every hash computed as it should be."""
    last, hashes = chain.begin(stored.case), []
    for move in moves:
        last = chain.link(last, move)
        hashes.append(last)
    recorded = (*stored.recorded, *stored.recorded[-1:] * len(moves))[: len(moves)]
    return Chained(stored.case, tuple(moves), tuple(hashes), recorded)


def opened_up(path: Path) -> sqlite3.Connection:
    """A connection to a store's file without its triggers, as an administrator makes it; nothing begins a transaction for us."""
    connection = sqlite3.connect(path, isolation_level=None)
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    return connection


@cache
def stranger() -> ModuleType:
    """The stand-alone verifier of docs/."""
    path = Path(__file__).parent.parent / "docs" / "verify_log.py"
    spec = spec_from_file_location("verify_log", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
