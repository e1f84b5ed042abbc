"""The statements over the tables, compiled once for each database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Dialect,
    Table,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy.sql import ClauseElement

from .tables import counters, dossiers, heads, keys, meta, moves, outbox, people

ONE: ColumnElement[int] = literal_column("1")
NONE: ColumnElement[int] = literal_column("0")
EMPTY: ColumnElement[str] = literal_column("''")

LINE = [moves.c[name] for name in ("seq", "at", "actor", "action", "step", "holder", "note", "record", "hash")]
_MOVE = LINE[:-1]
_CASE = [dossiers.c[name] for name in ("number", "code", "version", "channel")]
_ITS_LOG = moves.c.dossier == dossiers.c.id


class Insert(Protocol):
    """The `insert` of a dialect that knows ON CONFLICT."""

    def __call__(self, table: Table) -> Any: ...


@dataclass(frozen=True, slots=True)
class Statements:
    """SQL text with positional parameters, which are the columns or the conditions in the order they are named here."""

    get_meta: str
    put_meta: str  # key, value
    reserve: str  # agency, day
    put_case: str  # agency, number, code, version, channel
    put_line: str  # dossier, line
    ends: str  # dossier, seq, hash: a row if that line is there
    find: str  # agency, number
    last: str  # agency, number
    read: str  # agency, number
    read_known: str  # dossier
    logs: str  # agency, until
    chained: str  # agency
    put_key: str  # agency, key, dossier, seq, request
    answered: str  # agency, key
    forget_keys: str  # before
    person: str  # agency, number
    put_person: str  # dossier, field, value
    drop_person: str  # dossier
    put_event: str  # dossier, seq, type
    put_notice: str  # dossier, type, agency, key, data
    undelivered: str  # agency, limit
    delivered: str  # at, id, agency
    events: str  # agency
    tips: str  # agency
    heads: str  # agency
    put_head: str  # agency, position, at, previous, digest, tips


def compiled(dialect: Dialect, insert_or: Insert) -> Statements:
    """Every statement in the words of one database."""

    def sql(statement: ClauseElement, columns: list[str] | None = None) -> str:
        return str(statement.compile(dialect=dialect, column_keys=columns))

    def put(table: Table, *columns: str) -> str:
        return sql(insert(table).inline(), list(columns))

    agency: BindParameter[str] = bindparam("agency")
    number: BindParameter[str] = bindparam("number")
    this = (dossiers.c.agency == agency) & (dossiers.c.number == number)
    # Said so, no index by agency serves it: SQLite would take the one by number, and sort the whole log after it.
    its: ColumnElement[bool] = dossiers.c.agency.concat(EMPTY) == agency
    line = [column.name for column in LINE]
    count = insert_or(counters).values(agency=agency, day=bindparam("day"), last=ONE)
    counted = count.on_conflict_do_update(index_elements=["agency", "day"], set_={"last": counters.c.last + ONE})
    log = select(*_MOVE, moves.c.hash, *_CASE, moves.c.dossier).join_from(dossiers, moves, _ITS_LOG)
    whole = select(*_MOVE, moves.c.hash, *_CASE, moves.c.dossier, moves.c.recorded).join_from(dossiers, moves, _ITS_LOG)
    in_turn = moves.c.dossier, moves.c.seq
    other = moves.alias()
    last = select(func.max(other.c.seq)).where(other.c.dossier == dossiers.c.id).scalar_subquery()
    out = select(outbox.c.id, dossiers.c.number, outbox.c.seq, outbox.c.type, outbox.c.key, outbox.c.data)
    owed = out.join_from(outbox, dossiers, outbox.c.dossier == dossiers.c.id).where(its).order_by(outbox.c.id)
    whose = select(dossiers.c.id).where(dossiers.c.agency == agency)
    known = insert_or(outbox).on_conflict_do_nothing().inline()
    return Statements(
        get_meta=sql(select(meta.c.key, meta.c.value)),
        put_meta=put(meta, "key", "value"),
        reserve=sql(counted.returning(counters.c.last)),
        put_case=sql(insert(dossiers).returning(dossiers.c.id), ["agency", *(column.name for column in _CASE)]),
        put_line=put(moves, "dossier", *line),
        ends=sql(
            select(ONE).where(
                moves.c.dossier == bindparam("its"), moves.c.seq == bindparam("last"), moves.c.hash == bindparam("tip")
            )
        ),
        find=sql(select(dossiers.c.id).where(this)),
        last=sql(log.where(this).order_by(moves.c.seq.desc()).limit(ONE).offset(NONE)),
        read=sql(log.where(this).order_by(moves.c.seq)),
        read_known=sql(select(*_MOVE, moves.c.hash).where(moves.c.dossier == bindparam("its")).order_by(moves.c.seq)),
        logs=sql(log.where(its, moves.c.at <= bindparam("until")).order_by(*in_turn)),
        chained=sql(whole.where(its).order_by(*in_turn)),
        put_key=put(keys, "agency", "key", "dossier", "seq", "request"),
        answered=sql(
            select(dossiers.c.number, keys.c.seq, keys.c.request)
            .join_from(keys, dossiers, keys.c.dossier == dossiers.c.id)
            .where(keys.c.agency == agency, keys.c.key == bindparam("key"))
        ),
        forget_keys=sql(delete(keys).where(keys.c.at < bindparam("before"))),
        person=sql(
            select(dossiers.c.id, people.c.field, people.c.value)
            .outerjoin_from(dossiers, people, people.c.dossier == dossiers.c.id)
            .where(this)
        ),
        put_person=put(people, "dossier", "field", "value"),
        drop_person=sql(delete(people).where(people.c.dossier == bindparam("dossier"))),
        put_event=put(outbox, "dossier", "seq", "type"),
        put_notice=sql(known, ["dossier", "type", "agency", "key", "data"]),
        undelivered=sql(owed.where(outbox.c.delivered.is_(None)).limit(bindparam("limit")).offset(NONE)),
        delivered=sql(
            update(outbox)
            .values(delivered=bindparam("at"))
            .where(outbox.c.id == bindparam("this"), outbox.c.delivered.is_(None), outbox.c.dossier.in_(whose))
        ),
        events=sql(owed),
        tips=sql(
            select(dossiers.c.number, moves.c.seq, moves.c.hash)
            .join_from(dossiers, moves, _ITS_LOG)
            .where(its, moves.c.seq == last)
        ),
        heads=sql(
            select(heads.c.position, heads.c.at, heads.c.previous, heads.c.digest, heads.c.tips)
            .where(heads.c.agency == agency)
            .order_by(heads.c.position)
        ),
        put_head=put(heads, "agency", "position", "at", "previous", "digest", "tips"),
    )
