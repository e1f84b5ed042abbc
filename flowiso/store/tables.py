"""The tables of a store, schema 2.

The log is append-only (R58, R129): there is no UPDATE or DELETE of `moves`, `dossiers` and `heads`, and the database refuses
both. Beside the moment a line tells (`at`) stands the database's own clock when it was written (`recorded`), so that back-dating
shows (I8). `keys`, `outbox`, `people` and `counters` are no logs. Moments are epoch seconds.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

SCHEMA = 2
LOG = ("moves", "dossiers", "heads")
"""What is never changed once it is written."""

Moment = Integer().with_variant(BigInteger(), "postgresql")

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    }
)


class Stamp(FunctionElement[int]):
    """The clock of the database, in epoch seconds."""

    inherit_cache = True
    type = Moment


@compiles(Stamp, "sqlite")
def _stamp_sqlite(*_: Any, **__: Any) -> str:
    return "(CAST(strftime('%s', 'now') AS INTEGER))"


@compiles(Stamp, "postgresql")
def _stamp_postgresql(*_: Any, **__: Any) -> str:
    return "CAST(floor(extract(epoch FROM clock_timestamp())) AS bigint)"


def _table(name: str, *items: Any, rowid: bool = False) -> Table:
    return Table(name, metadata, *items, sqlite_with_rowid=rowid, sqlite_strict=True)


meta = _table(
    "meta",
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

counters = _table(
    "counters",
    Column("agency", Text, primary_key=True),
    Column("day", Text, primary_key=True),
    Column("last", Integer, nullable=False),
)

dossiers = _table(
    "dossiers",
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("agency", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("channel", Text, nullable=False),
    UniqueConstraint("agency", "number"),
    rowid=True,
)

# No foreign keys where every step writes: dossiers never go away, and the statement that writes has found its own. In PostgreSQL
# each would cost a step a twentieth of its time.
moves = _table(
    "moves",
    Column("dossier", Integer, primary_key=True, autoincrement=False),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("holder", Text, nullable=False),
    Column("note", Text),
    Column("record", Text),
    Column("hash", LargeBinary, nullable=False),
    Column("recorded", Moment, nullable=False, server_default=Stamp()),
)

keys = _table(
    "keys",
    Column("agency", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("dossier", Integer, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("request", Text, nullable=False),
    Column("at", Moment, nullable=False, server_default=Stamp()),
)

outbox = _table(
    "outbox",
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("dossier", Integer, nullable=False),
    Column("seq", Integer),
    Column("type", Text, nullable=False),
    Column("agency", Text),  # only beside a key: it makes the key the agency's own
    Column("key", Text),
    Column("data", Text),
    Column("delivered", Moment),
    rowid=True,
)
Index(
    None,
    outbox.c.agency,
    outbox.c.key,
    unique=True,
    sqlite_where=outbox.c.key.is_not(None),
    postgresql_where=outbox.c.key.is_not(None),
)
Index(
    "outbox_undelivered_idx",
    outbox.c.id,
    sqlite_where=outbox.c.delivered.is_(None),
    postgresql_where=outbox.c.delivered.is_(None),
)

people = _table(
    "people",
    Column("dossier", Integer, ForeignKey("dossiers.id"), primary_key=True, autoincrement=False),
    Column("field", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

heads = _table(
    "heads",
    Column("agency", Text, primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("previous", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("tips", Text, nullable=False),  # JSON: [[number, seq, hash], ...]
)
