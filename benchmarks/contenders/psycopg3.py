"""psycopg 3 by hand on the very tables of our store: a read, and one statement that writes everything; prepared, autocommit."""

from __future__ import annotations

from typing import Any

import psycopg
from sqlalchemy.dialects import postgresql

from contenders import RECEIVE, Act, Contender, Plan, bare
from flowiso.store.tables import definitions

_READ = """SELECT d.id, m.seq, m.holder FROM dossiers d JOIN moves m ON m.dossier = d.id
WHERE d.agency = %s AND d.number = %s ORDER BY m.seq DESC LIMIT 1"""
_COUNT = """INSERT INTO counters (agency, day, last) VALUES (%s, %s, 1)
ON CONFLICT (agency, day) DO UPDATE SET last = counters.last + 1 RETURNING last"""
_BEGIN = """WITH d AS (INSERT INTO dossiers (agency, number, code, version, channel) VALUES (%s, %s, %s, %s, %s) RETURNING id),
o AS (INSERT INTO outbox (dossier, seq, type) SELECT id, %s, %s FROM d)
INSERT INTO moves (dossier, seq, at, actor, action, step, holder, note, record, hash)
SELECT id, %s, %s, %s, %s, %s, %s, %s, %s, %s FROM d"""
_WORD = "INSERT INTO words (word) VALUES (%s) ON CONFLICT DO NOTHING"
_OWED = "WITH o AS (INSERT INTO outbox (dossier, seq, type) VALUES (%s, %s, %s))"
_ROW = "(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
_LINES = f"{_OWED} INSERT INTO moves (dossier, seq, at, actor, action, step, holder, note, record, hash) VALUES "


def size(url: str) -> int:
    """Bytes of a database."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        found = connection.execute("SELECT pg_database_size(current_database())").fetchone()
        assert found is not None
        return int(found[0])


class OneStatement(Contender):
    """Two trips to the server for each act."""

    def __init__(self, plan: Plan, place: str) -> None:
        self.plan, self.url = plan, place
        self.connection = psycopg.connect(place, autocommit=True, prepare_threshold=1)
        if self.connection.execute("SELECT to_regclass('moves')").fetchone() == (None,):
            for statement in definitions(postgresql.dialect()):
                self.connection.execute(statement.encode())
        self.words: dict[str, int] = {}
        self.fresh = size(place)

    def step(self, act: Act) -> None:
        """Read, check, write."""
        execute = self.connection.execute
        agency, number, *_ = case = self.plan.cases[act.dossier]
        lines = [self.row(line, bytes.fromhex(digest)) for line, digest in zip(act.lines, act.hashes, strict=True)]
        ((event_seq, kind),) = act.events
        event = event_seq, self.word(kind)
        if act.action == RECEIVE:
            execute(_COUNT, (agency, number[-11:-5])).fetchone()
            execute(_BEGIN, (*case, *event, *lines[0]))
            return
        found = execute(_READ, (agency, number)).fetchone()
        assert found is not None
        dossier, seq, holder = found
        if seq + 1 != lines[0][0] or holder not in (self.word(act.by), self.word("nguoi-nop")):
            raise AssertionError(act)
        rows = [value for line in lines for value in (dossier, *line)]
        execute(_LINES + ", ".join([_ROW] * len(lines)), (dossier, *event, *rows))

    def row(self, line: tuple[Any, ...], digest: bytes) -> tuple[Any, ...]:
        """A line as it is stored."""
        seq, at, actor, action, step, holder, note, record = line
        word = self.word
        return seq, at, word(actor), word(action), word(step), word(holder), note, record, digest

    def word(self, word: str) -> int:
        """The number of a word, put down when it is new."""
        found = self.words.get(word)
        if found is None:
            self.connection.execute(_WORD, (word,))
            row = self.connection.execute("SELECT id FROM words WHERE word = %s", (word,)).fetchone()
            assert row is not None
            found = self.words[word] = row[0]
        return found

    def found(self, dossier: int) -> list[tuple[Any, ...]]:
        """The log, without confirmations."""
        sql = "SELECT seq, at, actor, action, step, holder FROM log WHERE agency = %s AND number = %s ORDER BY seq"
        return bare(self.connection.execute(sql, self.plan.cases[dossier][:2]).fetchall())

    def size(self) -> int:
        """What the database grew by."""
        return size(self.url) - self.fresh
