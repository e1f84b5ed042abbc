"""sqlite3 by hand on the very tables of our store: WAL, synchronous FULL, each act one transaction; words are kept in mind."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy.dialects import sqlite

from contenders import RECEIVE, Act, Contender, Plan, bare
from flowiso.store import open_store
from flowiso.store.tables import definitions

_READ = """SELECT d.id, m.seq, m.holder FROM dossiers d JOIN moves m ON m.dossier = d.id
WHERE d.agency = ? AND d.number = ? ORDER BY m.seq DESC LIMIT 1"""
_COUNT = """INSERT INTO counters (agency, day, last) VALUES (?, ?, 1)
ON CONFLICT (agency, day) DO UPDATE SET last = last + 1 RETURNING last"""
_BEGIN = "INSERT INTO dossiers (agency, number, code, version, channel) VALUES (?, ?, ?, ?, ?) RETURNING id"
_LINE = """INSERT INTO moves (dossier, seq, at, actor, action, step, holder, note, record, hash)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_WORD = "INSERT INTO words (word) SELECT ? WHERE NOT EXISTS (SELECT 1 FROM words WHERE word = ?)"
_OWED = "INSERT INTO outbox (dossier, seq, type) VALUES (?, ?, ?)"


class Raw(Contender):
    """Read the last line, check, insert the lines and what is owed, commit."""

    def __init__(self, plan: Plan, place: str) -> None:
        self.plan = plan
        self.file = Path(place) / "raw.db"
        if not self.file.exists():
            self.make()
        self.connection = sqlite3.connect(self.file, isolation_level=None, timeout=60)
        self.connection.execute("PRAGMA synchronous = FULL")
        self.words: dict[str, int] = {}
        self.fresh = self._bytes()

    def make(self) -> None:
        """The tables, and nothing besides."""
        connection = sqlite3.connect(self.file)
        connection.execute("PRAGMA journal_mode = WAL")
        for statement in definitions(sqlite.dialect()):
            connection.execute(statement)
        connection.close()

    def step(self, act: Act) -> None:
        """One transaction."""
        execute = self.connection.execute
        agency, number, *_ = case = self.plan.cases[act.dossier]
        execute("BEGIN IMMEDIATE")
        if act.action == RECEIVE:
            execute(_COUNT, (agency, number[-11:-5])).fetchone()
            (dossier,) = execute(_BEGIN, case).fetchone()
        else:
            dossier, seq, holder = execute(_READ, (agency, number)).fetchone()
            if seq + 1 != act.lines[0][0] or holder not in (self.word(act.by), self.word("nguoi-nop")):
                raise AssertionError(act)
        word = self.word
        for line, digest in zip(act.lines, self.digests(act), strict=True):
            seq, at, actor, action, step, holder, note, record = line
            words = word(actor), word(action), word(step), word(holder)
            execute(_LINE, (dossier, seq, at, *words, note, record, digest))
        for seq, kind in act.events:
            execute(_OWED, (dossier, seq, word(kind)))
        execute("COMMIT")

    def word(self, word: str) -> int:
        """The number of a word, put down when it is new."""
        found = self.words.get(word)
        if found is None:
            self.connection.execute(_WORD, (word, word))
            (found,) = self.connection.execute("SELECT id FROM words WHERE word = ?", (word,)).fetchone()
            self.words[word] = found
        return found

    def digests(self, act: Act) -> list[bytes]:
        """The hashes of the lines, worked out before."""
        return [bytes.fromhex(digest) for digest in act.hashes]

    def found(self, dossier: int) -> list[tuple[Any, ...]]:
        """The log, without confirmations."""
        sql = "SELECT seq, at, actor, action, step, holder FROM log WHERE agency = ? AND number = ? ORDER BY seq"
        return bare(self.connection.execute(sql, self.plan.cases[dossier][:2]))

    def size(self) -> int:
        """What the file grew by."""
        return self._bytes() - self.fresh

    def _bytes(self) -> int:
        self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return self.file.stat().st_size


class WithTriggers(Raw):
    """The same on a file that our store has made, with its triggers."""

    def make(self) -> None:
        """The store's own way."""
        open_store(f"sqlite:///{self.file}").close()


class WithoutHash(Raw):
    """The same with empty hashes: what the chain costs on disk."""

    def digests(self, act: Act) -> list[bytes]:
        """Nothing."""
        return [b""] * len(act.hashes)
