"""Schema 2: lines have a record and a hash; keys, an outbox, personal data and seals stand beside the log.

Every line is moved as it is, its words as numbers, with the moment the database wrote it, and hashed: from here on the chain
shows what is changed.
The tables stand in `schema_2.*.sql` as they were when this was the newest schema.

The outbox is filled with what the old lines owe, so that it is that of the log (I5), marked as delivered at this moment:
nobody gets years of events at once. A simulation owes nobody anything. Until the tables change places, readers stay up.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from alembic import op
from sqlalchemy import Connection, text

from flowiso.chain import begin, link
from flowiso.model import Case, Move

revision = "2"
down_revision = "1"

_OLD = ("meta", "counters", "dossiers", "moves")
_DOSSIERS_AT_ONCE = 500
_GUARD = ("CREATE TRIGGER", "CREATE FUNCTION", "ALTER TABLE")

_CASES = text(
    "SELECT id, agency, number, code, version, channel FROM old_dossiers WHERE id > :last ORDER BY id LIMIT :most"
)
_LINES = text(
    "SELECT dossier, seq, at, actor, action, step, holder, note FROM old_moves"
    " WHERE dossier BETWEEN :first AND :last ORDER BY dossier, seq"
)
_HASH = text("INSERT INTO old_hashes (dossier, seq, hash) VALUES (:dossier, :seq, :hash)")
_EVENT = text("INSERT INTO old_events (dossier, seq, type) VALUES (:dossier, :seq, :type)")
_BYTES = {"sqlite": "BLOB", "postgresql": "bytea"}
_OURS = {"sqlite": "", "postgresql": "OVERRIDING SYSTEM VALUE"}
_MOVED = (
    "INSERT INTO meta (key, value) SELECT key, value FROM old_meta WHERE key <> 'schema'",
    "INSERT INTO meta (key, value) VALUES ('schema', '2')",
    "INSERT INTO counters (agency, day, last) SELECT agency, day, last FROM old_counters",
    "INSERT INTO dossiers (id, agency, number, code, version, channel) {ours}"
    " SELECT id, agency, number, code, version, channel FROM old_dossiers ORDER BY id",
    "INSERT INTO words (word) SELECT actor FROM old_moves UNION SELECT action FROM old_moves UNION SELECT step FROM old_moves"
    " UNION SELECT holder FROM old_moves UNION SELECT type FROM old_events ORDER BY 1",
    "INSERT INTO moves (dossier, seq, at, actor, action, step, holder, note, hash, recorded)"
    " SELECT dossier, seq, at, a.id, b.id, c.id, d.id, note, hash, recorded"
    " FROM old_moves JOIN old_hashes USING (dossier, seq) JOIN words a ON a.word = actor JOIN words b ON b.word = action"
    " JOIN words c ON c.word = step JOIN words d ON d.word = holder ORDER BY dossier, seq",
    "INSERT INTO outbox (dossier, seq, type, delivered)"
    " SELECT dossier, seq, id, {now} FROM old_events JOIN words ON word = type ORDER BY dossier, seq",
)
_COUNTED = """SELECT setval(pg_get_serial_sequence('dossiers', 'id'), coalesce(max(id), 1), max(id) IS NOT NULL)
FROM dossiers"""


def upgrade() -> None:
    """Hash what there is, then let new tables take the place of the old."""
    bind = op.get_bind()
    database = bind.dialect.name
    if database == "postgresql":
        op.execute(f"LOCK TABLE {', '.join(_OLD)} IN SHARE MODE")
    _set_aside(bind)
    live = bind.execute(text("SELECT value FROM old_meta WHERE key = 'kind'")).scalar() == "live"
    _hash(bind, live)
    tables, guards = _definitions(bind)
    for name in reversed(_OLD):
        op.execute(f"DROP TABLE {name}")
    _run(bind, tables)
    for statement in _MOVED:
        op.execute(statement.format(ours=_OURS[database], now=int(time.time())))
    if database == "postgresql":
        op.execute(_COUNTED)
    _run(bind, guards)
    for name in ("hashes", "events", *_OLD):
        op.execute(f"DROP TABLE old_{name}")


def _set_aside(bind: Connection) -> None:
    for name in _OLD:
        op.execute(f"CREATE TEMPORARY TABLE old_{name} AS SELECT * FROM {name}")
    op.execute("CREATE INDEX old_moves_idx ON old_moves (dossier, seq)")
    kind = _BYTES[bind.dialect.name]
    op.execute(
        f"CREATE TEMPORARY TABLE old_hashes (dossier integer, seq integer, hash {kind}, PRIMARY KEY (dossier, seq))"
    )
    op.execute("CREATE TEMPORARY TABLE old_events (dossier integer, seq integer, type text)")


def _hash(bind: Connection, live: bool) -> None:
    owed = op.get_context().config.attributes["owed"]  # type: ignore[union-attr]
    for dossiers in _logs(bind):
        hashes, events = [], []
        for dossier, case, moves in dossiers:
            previous = begin(case)
            for move in moves:
                previous = link(previous, move)
                hashes.append({"dossier": dossier, "seq": move.seq, "hash": previous})
            found = owed(case, moves) if live else ()
            events += [{"dossier": dossier, "seq": event.seq, "type": event.type} for event in found]
        if hashes:
            bind.execute(_HASH, hashes)
        if events:
            bind.execute(_EVENT, events)


def _logs(bind: Connection) -> Iterator[list[tuple[int, Case, Sequence[Move]]]]:
    """Every dossier with its log, so many at a time."""
    last = -1
    while cases := bind.execute(_CASES, {"last": last, "most": _DOSSIERS_AT_ONCE}).all():
        first, last = cases[0][0], cases[-1][0]
        lines = groupby(bind.execute(_LINES, {"first": first, "last": last}), itemgetter(0))
        moves = {dossier: [Move(*row[1:]) for row in rows] for dossier, rows in lines}
        yield [(dossier, Case(*case), moves.get(dossier, [])) for dossier, *case in cases]


def _definitions(bind: Connection) -> tuple[list[str], list[str]]:
    """The statements that make the tables, and those that guard them."""
    file = Path(__file__).with_name(f"schema_2.{bind.dialect.name}.sql")
    definitions = file.read_text(encoding="utf-8").split("\n--\n")
    if bind.dialect.name == "postgresql":
        schema = str(bind.execute(text("SELECT quote_ident(current_schema())")).scalar())
        definitions = [definition.replace("{schema}", schema) for definition in definitions]
    tables = [one for one in definitions if not one.startswith(_GUARD)]
    return tables, [one for one in definitions if one.startswith(_GUARD)]


def _run(bind: Connection, definitions: Sequence[str]) -> None:
    """Through the driver's own cursor, to which a % or : in them means nothing."""
    cursor: Any = bind.connection.cursor()
    for definition in definitions:
        cursor.execute(definition)
    cursor.close()
