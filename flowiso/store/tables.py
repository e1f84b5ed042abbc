"""The tables of a store, schema 2, and the view `log` over them.

The log is append-only (R58, R129): there is no UPDATE or DELETE of `moves`, `words`, `dossiers` and `heads`, and the database
refuses both. Accounts, actions and steps come again and again, so that a line holds their numbers in `words`. `log` spells them
out (a number without a word as "#7", a line of no dossier without an agency); it is what the store itself reads. Beside the
moment a line tells (`at`) stands the database's own clock when it was written (`recorded`), so that back-dating shows (I8).
`keys`, `outbox`, `people` and `counters` are no logs. Moments are epoch seconds. `kept_totals` is there only where an agency's
totals are kept (`keeping`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Dialect,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Select,
    Table,
    Text,
    UniqueConstraint,
    cast,
    column,
    func,
    literal_column,
    select,
    table,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlalchemy.sql.functions import FunctionElement

from .keeping import KEY, NAME, SUMS

SCHEMA = 2
LOG = ("words", "moves", "dossiers", "heads")
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

words = _table(
    "words",
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("word", Text, nullable=False),
    UniqueConstraint("word"),
    rowid=True,
)

# No foreign keys where every step writes: dossiers never go away, and the statement that writes has found its own. In PostgreSQL
# each would cost a step a twentieth of its time.
moves = _table(
    "moves",
    Column("dossier", Integer, primary_key=True, autoincrement=False),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("actor", Integer, nullable=False),
    Column("action", Integer, nullable=False),
    Column("step", Integer, nullable=False),
    Column("holder", Integer, nullable=False),
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
    Column("type", Integer, nullable=False),
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

kept_totals = Table(
    NAME,
    MetaData(),  # of its own: it is there only while totals are kept
    *(Column(name, Integer if name == "part" else Text, primary_key=True, autoincrement=False) for name in KEY),
    *(Column(name, Moment if name == "minutes" else Integer, nullable=False) for name in SUMS),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

CASE = ("agency", "number", "code", "version", "channel")
"""The columns of a case, in the order of `model.Case`."""
WORDS = ("actor", "action", "step", "holder")
"""The columns of a line that are words."""
LINE = ("seq", "at", *WORDS, "note", "record", "hash")
"""The columns of a line, in the order of `lines.Row`."""
BARE = tuple(name for name in LINE if name not in ("note", "record"))
"""The columns of a line that has neither note nor record."""
FOUND = (*LINE, *CASE[1:], "dossier", "recorded")
"""The columns of `log` as they are read for an agency; `recorded` only for verification."""
VIEW = "log"
NAMES = frozenset({*metadata.tables, VIEW})
"""Every name that a store takes in a database."""

log = table(VIEW, *map(column, ("dossier", *CASE, *LINE, "recorded")))


def spelled(number: ColumnElement[int], its: Any) -> ColumnElement[str]:
    """The word of a number; `its` is `words`, outer-joined on it."""
    mark: ColumnElement[str] = literal_column("'#'")
    return func.coalesce(its.c.word, mark.concat(cast(number, Text)))


def view(dialect: Dialect) -> str:
    """The statement that makes the view."""
    its = {name: words.alias(name) for name in WORDS}
    lines = moves.outerjoin(dossiers, dossiers.c.id == moves.c.dossier)
    spelt: Select[Any] = select(
        moves.c.dossier,
        *(dossiers.c[name] for name in CASE),
        *(spelled(moves.c[name], its[name]).label(name) if name in its else moves.c[name] for name in LINE),
        moves.c.recorded,
    )
    for name, one in its.items():
        lines = lines.outerjoin(one, one.c.id == moves.c[name])
    return f"CREATE VIEW {VIEW} AS {spelt.select_from(lines).compile(dialect=dialect)}"


def kept_table(dialect: Dialect) -> str:
    """The statement that makes the table of kept totals."""
    return str(CreateTable(kept_totals).compile(dialect=dialect))


def _name(index: Index) -> str:
    return str(index.name)


def definitions(dialect: Dialect) -> Iterator[str]:
    """The statements that make tables, indexes and the view."""
    for one in metadata.sorted_tables:
        yield str(CreateTable(one).compile(dialect=dialect))
        yield from (str(CreateIndex(index).compile(dialect=dialect)) for index in sorted(one.indexes, key=_name))
    yield view(dialect)
