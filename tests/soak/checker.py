"""Whether a store kept its promises, read from its tables with plain SQL: nothing of FlowISO is used to judge FlowISO.

Checked are the invariants that a store answers for: I1 every acknowledged command is in the log once; I2 each log is 0..n
without gap or fork; I5 the outbox has one event for each line that owes one; I8 time never goes back in a log; I9 the chain of
hashes and the seals hold. What was acknowledged is what clients wrote down themselves (`Told`).
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from typing import Any, NamedTuple

import psycopg

Query = Callable[[str], list[tuple[Any, ...]]]


class Told(NamedTuple):
    """What a client was answered: by `key`, line `seq` of dossier `number` was the last it wrote."""

    key: str
    number: str
    seq: int


class Line(NamedTuple):
    """A row of `moves`."""

    seq: int
    at: int
    actor: str
    action: str
    step: str
    holder: str
    note: str | None
    record: str | None
    hash: bytes
    recorded: int


class Found(NamedTuple):
    """What is in the store, after it was found to be right."""

    dossiers: int
    lines: int
    keys: int
    events: int


class BrokenPromise(AssertionError):
    """An invariant that doesn't hold, with what shows it."""


@contextmanager
def opened(url: str) -> Iterator[Query]:
    """A way to ask a database, sqlite:///file or postgresql://..., everything as of one moment."""
    if url.startswith("sqlite:///"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as connection:
            connection.execute("BEGIN")
            yield lambda sql: connection.execute(sql).fetchall()
    else:
        with psycopg.connect(url) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            yield lambda sql: connection.execute(sql.encode()).fetchall()


def check(url: str, told: Iterable[Told] = ()) -> Found:
    """Look at a whole store. Raises BrokenPromise at the first invariant that doesn't hold."""
    with opened(url) as ask:
        if url.startswith("sqlite:"):
            check_file(ask)
        return check_tables(ask, told)


def check_file(ask: Query) -> None:
    """Whether an SQLite file is sound."""
    verdict = ask("PRAGMA integrity_check")
    _hold(verdict == [("ok",)], "the database is damaged", verdict[:3])


def check_tables(ask: Query, told: Iterable[Told] = ()) -> Found:
    """The invariants, over the rows that `ask` gives."""
    dossiers = {row[0]: row[1:] for row in ask("SELECT id, agency, number, code, version, channel FROM dossiers")}
    logs = _logs(ask, dossiers)
    tips = {}
    for dossier, log in logs.items():
        case = dossiers[dossier]
        _check_order(case[1], log)
        tips[case[:2]] = _chain(case, log)
    keys = _check_keys(ask, logs, dossiers, told)
    events = _check_outbox(ask, logs, dossiers)
    _check_seals(ask, tips)
    return Found(len(dossiers), sum(map(len, logs.values())), keys, events)


def _hold(holds: bool, invariant: str, *shown: object) -> None:
    if not holds:
        raise BrokenPromise(f"{invariant}: {', '.join(map(str, shown))}")


_LINES = """SELECT dossier, seq, at, a.word, b.word, c.word, d.word, note, record, hash, recorded FROM moves
LEFT JOIN words a ON a.id = actor LEFT JOIN words b ON b.id = action LEFT JOIN words c ON c.id = step
LEFT JOIN words d ON d.id = holder ORDER BY dossier, seq"""
"""The lines with their words, as SQL spells them: what stands in the fields of `Line`."""


def _logs(ask: Query, dossiers: dict[int, tuple[Any, ...]]) -> dict[int, list[Line]]:
    logs: dict[int, list[Line]] = defaultdict(list)
    for dossier, *row in ask(_LINES):
        row[8] = bytes(row[8])
        logs[dossier].append(Line(*row))
    _hold(
        logs.keys() == dossiers.keys(), "I2: dossiers without lines, or lines without a dossier", logs.keys() ^ dossiers
    )
    return logs


def _check_order(number: str, log: list[Line]) -> None:
    _hold(
        [line.seq for line in log] == list(range(len(log))), "I2: a gap or a fork", number, [line.seq for line in log]
    )
    for name in ("at", "recorded"):
        times = [getattr(line, name) for line in log]
        _hold(times == sorted(times), f"I8: time goes back in '{name}'", number, times)


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode


def _text(value: object) -> bytes:
    return _encode(value).encode()


def _chain(case: tuple[Any, ...], log: list[Line]) -> list[str]:
    """The hashes of a log, in hexadecimal, after they were computed again."""
    last = sha256(_text(case)).digest()
    for line in log:
        record = None if line.record is None else json.loads(line.record)
        last = sha256(last + _text([*line[:7], record])).digest()
        _hold(line.hash == last, "I9: the chain breaks", case[1], line.seq)
    return [line.hash.hex() for line in log]


def _check_keys(
    ask: Query, logs: dict[int, list[Line]], dossiers: dict[int, tuple[Any, ...]], told: Iterable[Told]
) -> int:
    """I1; where every command has a key, also that no line is there beside those of commands."""
    rows = ask("SELECT key, dossier, seq FROM keys")
    stored = {key: (dossiers[dossier][1], seq) for key, dossier, seq in rows}
    written = Counter((dossier, seq) for _, dossier, seq in rows)
    _hold(all(count == 1 for count in written.values()), "I1: two commands claim one line", written.most_common(3))
    for dossier, seq in written:
        _hold(seq < len(logs[dossier]), "I1: a key leads to a line that isn't there", dossiers[dossier][1], seq)
    for answer in told:
        _hold(
            stored.get(answer.key) == answer[1:],
            "I1: an acknowledged command is lost or changed",
            answer,
            stored.get(answer.key),
        )
    return len(rows)


def check_nothing_beside(url: str, refused: Iterable[str] = ()) -> None:
    """I1 the other way round: what was refused is not there, and every log ends with a line that a command with a key wrote."""
    with opened(url) as ask:
        keys = {key for (key,) in ask("SELECT key FROM keys")}
        tips, written = (
            set(ask(f"SELECT dossier, max(seq) FROM {table} GROUP BY dossier")) for table in ("moves", "keys")
        )
    _hold(keys.isdisjoint(refused), "I1: a refused command was written", keys.intersection(refused))
    _hold(tips == written, "I1: lines that no command wrote", tips ^ written)


def _check_outbox(ask: Query, logs: dict[int, list[Line]], dossiers: dict[int, tuple[Any, ...]]) -> int:
    """I5: every line but a mere confirmation owes one event, and those of a dossier stand in order."""
    events: dict[int, list[int]] = defaultdict(list)
    for dossier, seq in ask("SELECT dossier, seq FROM outbox WHERE seq IS NOT NULL ORDER BY id"):
        events[dossier].append(seq)
    for dossier, log in logs.items():
        owed = [line.seq for line in log if line.action != "confirm"]
        _hold(events[dossier] == owed, "I5: events don't match the log", dossiers[dossier][1], events[dossier], owed)
    return sum(map(len, events.values()))


def _check_seals(ask: Query, tips: dict[tuple[str, str], list[str]]) -> None:
    previous: dict[str, str] = {}
    rows = ask("SELECT agency, position, previous, digest, tips FROM heads ORDER BY agency, position")
    counted = Counter[str]()
    for agency, position, before, digest, text in rows:
        _hold(
            position == counted[agency] and before == previous.get(agency, ""),
            "I9: a seal is missing",
            agency,
            position,
        )
        lines = []
        for number, seq, tip in json.loads(text):
            log = tips.get((agency, number), [])
            _hold(seq < len(log) and log[seq] == tip, "I9: a log is not as it was sealed", number, seq)
            lines.append(f"{number} {seq} {tip}\n")
        _hold(
            sha256(f"{before}\n{''.join(lines)}".encode()).hexdigest() == digest,
            "I9: a seal is broken",
            agency,
            position,
        )
        previous[agency] = digest
        counted[agency] += 1
