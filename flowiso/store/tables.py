"""The tables of a store, and the statements over them, compiled once per database.

The log is append-only (R58, R129): there is no UPDATE or DELETE of it here, and the database refuses both. Beside the moment a
move happened (`at`) stands the database's own clock when it was written (`recorded`), so that back-dating shows (I8).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Column,
    ColumnElement,
    Dialect,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    extract,
    func,
    insert,
    literal_column,
    select,
)
from sqlalchemy.sql import ClauseElement

SCHEMA = 1
ONE: ColumnElement[int] = literal_column("1")
NONE: ColumnElement[int] = literal_column("0")

metadata = MetaData()

meta = Table(
    "meta",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

counters = Table(
    "counters",
    metadata,
    Column("agency", Text, primary_key=True),
    Column("day", Text, primary_key=True),
    Column("last", Integer, nullable=False),
    sqlite_with_rowid=False,
)

dossiers = Table(
    "dossiers",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("agency", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("channel", Text, nullable=False),
    UniqueConstraint("agency", "number"),
    UniqueConstraint("agency", "id"),
)

moves = Table(
    "moves",
    metadata,
    Column("agency", Text, primary_key=True),
    Column("dossier", Integer, primary_key=True, autoincrement=False),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("holder", Text, nullable=False),
    Column("note", Text),
    Column("recorded", BigInteger, nullable=False, server_default=extract("epoch", func.current_timestamp())),
    ForeignKeyConstraint(["agency", "dossier"], ["dossiers.agency", "dossiers.id"]),
    sqlite_with_rowid=False,
)

_MOVE = [moves.c[name] for name in ("seq", "at", "actor", "action", "step", "holder", "note")]
_CASE = [dossiers.c[name] for name in ("number", "code", "version", "channel")]
_ITS_LOG = (moves.c.agency == dossiers.c.agency) & (moves.c.dossier == dossiers.c.id)


class Upsert(Protocol):
    """The `insert` of a dialect that knows ON CONFLICT DO UPDATE."""

    def __call__(self, table: Table) -> Any: ...


@dataclass(frozen=True, slots=True)
class Statements:
    """SQL text with positional parameters, in the order of the columns, then of the conditions."""

    put_meta: str
    get_meta: str
    reserve: str
    put_case: str
    put_move: str
    last: str
    read: str
    logs: str


def compiled(dialect: Dialect, upsert: Upsert) -> Statements:
    """Every statement of a store in the words of one database."""

    def sql(statement: ClauseElement, columns: list[str] | None = None) -> str:
        return str(statement.compile(dialect=dialect, column_keys=columns))

    agency: BindParameter[str] = bindparam("agency")
    number: BindParameter[str] = bindparam("number")
    this = (dossiers.c.agency == agency) & (dossiers.c.number == number)
    count = upsert(counters).values(agency=agency, day=bindparam("day"), last=ONE)
    counted = count.on_conflict_do_update(index_elements=["agency", "day"], set_={"last": counters.c.last + ONE})
    log = select(*_MOVE, *_CASE, moves.c.dossier).join_from(moves, dossiers, _ITS_LOG)
    with_last = select(dossiers.c.id, *_MOVE).join_from(dossiers, moves, _ITS_LOG)
    return Statements(
        put_meta=sql(insert(meta)),
        get_meta=sql(select(meta.c.key, meta.c.value)),
        reserve=sql(counted.returning(counters.c.last)),
        put_case=sql(insert(dossiers).returning(dossiers.c.id), ["agency", *(column.name for column in _CASE)]),
        put_move=sql(insert(moves), ["agency", "dossier", *(column.name for column in _MOVE)]),
        last=sql(with_last.where(this).order_by(moves.c.seq.desc()).limit(ONE).offset(NONE)),
        read=sql(log.where(this).order_by(moves.c.seq)),
        logs=sql(
            log.where(moves.c.agency == agency, moves.c.at <= bindparam("until")).order_by(moves.c.dossier, moves.c.seq)
        ),
    )
