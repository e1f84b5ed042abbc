"""The statements over the tables, compiled once for each database."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Dialect,
    Select,
    Table,
    Text,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.sql import ClauseElement

from .keeping import COLUMNS, KEY, SUMS
from .tables import (
    BARE,
    CASE,
    FOUND,
    LINE,
    WORDS,
    Stamp,
    counters,
    dossiers,
    heads,
    kept_totals,
    keys,
    log,
    meta,
    moves,
    outbox,
    people,
    spelled,
    words,
)

ONE: ColumnElement[int] = literal_column("1")
NONE: ColumnElement[int] = literal_column("0")
EMPTY: ColumnElement[str] = literal_column("''")

LETTERS: Mapping[str, str] = {"sqlite": "BINARY", "postgresql": "C"}
"""The order of text letter by letter, as Python has it, whatever the database's own is."""
_ITS_LOG = moves.c.dossier == dossiers.c.id


OF_WORDS: Mapping[str, Collection[str]] = {"moves": WORDS, "outbox": ("type",)}
"""The columns that hold numbers of words, by table."""


def its_word(name: str) -> Any:
    """The number of the word that is given for a column; NULL, which no such column takes, when nobody has put it down yet."""
    return select(words.c.id).where(words.c.word == bindparam(name)).scalar_subquery()


def unindexed(name: ColumnElement[str]) -> ColumnElement[str]:
    """A column said so that no index serves it: SQLite would take the one by number, and sort the whole log after it."""
    return name.concat(EMPTY)


def _plus(adding: Any) -> dict[str, Any]:
    """What becomes of sums that are there: what they were, and what is added."""
    return {name: kept_totals.c[name] + adding.excluded[name] for name in SUMS}


class Insert(Protocol):
    """The `insert` of a dialect that knows ON CONFLICT."""

    def __call__(self, table: Table) -> Any: ...


@dataclass(frozen=True, slots=True)
class Statements:
    """SQL text with positional parameters, which are the columns or the conditions in the order they are named here."""

    get_meta: str
    put_meta: str  # key, value
    reserve: str  # agency, day
    put_word: str  # word, the same: unless it is there
    put_case: str  # agency, number, code, version, channel
    next_case: str
    put_case_at: str  # row, agency, number, code, version, channel
    number_of: str  # word
    put_line: str  # dossier, line
    put_numbered: str  # dossier, line with the numbers of its words
    put_bare: str  # the same of a line without note and record
    put_stamped: str  # the same, and the database's clock
    stamp: str
    ends: str  # dossier, seq, hash: a row if that line is there
    find: str  # agency, number
    last: str  # agency, number
    read: str  # agency, number
    read_known: str  # dossier
    logs: str  # agency, until
    running: str  # agency, until, agency, ends between blanks, since, until
    held: str  # agency, agency, account
    following: str  # agency, number, code or "", the same, limit
    chained: str  # agency
    put_key: str  # agency, key, dossier, seq, request
    answered: str  # agency, key
    forget_keys: str  # before
    person: str  # agency, number
    mark: str  # agency, number
    put_person: str  # dossier, field, value
    drop_person: str  # dossier
    put_event: str  # dossier, seq, type
    put_numbered_event: str  # dossier, seq, number of the type
    put_notice: str  # dossier, type, agency, key, data
    undelivered: str  # agency, limit
    delivered: str  # at, id, agency
    events: str  # agency
    tips: str  # agency, until
    heads: str  # agency
    put_head: str  # agency, position, at, previous, digest, tips
    set_meta: str  # key, value
    add_kept: str  # agency, part, kind, name, detail, counted, late, minutes
    kept: str  # agency, first part, last part
    kept_apart: str  # agency, last day, first day
    kept_all: str  # agency
    drop_kept: str  # agency


def compiled(dialect: Dialect, insert_or: Insert) -> Statements:
    """Every statement in the words of one database."""

    def sql(statement: ClauseElement, columns: list[str] | None = None) -> str:
        return str(statement.compile(dialect=dialect, column_keys=columns))

    def put(table: Table, *columns: str, into: Any = None, spelled: bool = True) -> str:
        of_words = {name: its_word(name) for name in columns if spelled and name in OF_WORDS.get(table.name, ())}
        given = {name: of_words.get(name, bindparam(name)) for name in columns}
        return sql((insert(table) if into is None else into).values(given).inline())

    agency: BindParameter[str] = bindparam("agency")
    number: BindParameter[str] = bindparam("number")
    this = (dossiers.c.agency == agency) & (dossiers.c.number == number)
    its: ColumnElement[bool] = unindexed(dossiers.c.agency) == agency
    count = insert_or(counters).values(agency=agency, day=bindparam("day"), last=ONE)
    counted = count.on_conflict_do_update(index_elements=["agency", "day"], set_={"last": counters.c.last + ONE})
    line = [log.c[name] for name in LINE]
    *whole, recorded = (log.c[name] for name in FOUND)
    of_one = select(*whole).where(log.c.agency == agency, log.c.number == number)
    of_all = unindexed(log.c.agency) == agency
    in_turn = log.c.dossier, log.c.seq
    other = moves.alias()
    until: BindParameter[int] = bindparam("until")
    last = select(func.max(other.c.seq)).where(other.c.dossier == dossiers.c.id, other.c.at <= until).scalar_subquery()
    newest_seq = select(func.max(other.c.seq)).where(other.c.dossier == dossiers.c.id).scalar_subquery()
    told = select(*whole).where(of_all, log.c.at <= until)
    held_by, step = words.alias(), words.alias()
    with_whom, where = spelled(other.c.holder, held_by), spelled(other.c.step, step)
    lines = other.outerjoin(held_by, held_by.c.id == other.c.holder).outerjoin(step, step.c.id == other.c.step)
    its_name = literal_column("'% '", Text).concat(where).concat(literal_column("' %'"))
    ended = (with_whom == EMPTY) & bindparam("ends", type_=Text).like(its_name) & (other.c.at < bindparam("since"))

    def left(so: ColumnElement[bool], *known: ColumnElement[bool]) -> ColumnElement[bool]:
        """The logs whose last line leaves a dossier so; once for each dossier, not for each of its lines."""
        end = select(so).select_from(lines).where(other.c.dossier == dossiers.c.id, *known)
        newest = end.order_by(other.c.seq.desc()).limit(ONE).offset(NONE).correlate(dossiers).scalar_subquery()
        return log.c.dossier.in_(select(dossiers.c.id).where(dossiers.c.agency == agency, newest))

    by_letters = dossiers.c.number.collate(LETTERS[dialect.name])
    of_code = (bindparam("any_code", type_=Text) == EMPTY) | (dossiers.c.code == bindparam("code"))
    next_ones = select(dossiers.c.id).where(dossiers.c.agency == agency, by_letters > bindparam("after"), of_code)
    turn = next_ones.order_by(by_letters).limit(bindparam("limit")).offset(NONE)
    kind = spelled(outbox.c.type, words)
    out = select(outbox.c.id, dossiers.c.number, outbox.c.seq, kind, outbox.c.key, outbox.c.data)
    known = out.join_from(outbox, dossiers, outbox.c.dossier == dossiers.c.id)
    owed = known.outerjoin(words, words.c.id == outbox.c.type).where(its).order_by(outbox.c.id)
    whose = exists().where(dossiers.c.id == outbox.c.dossier, dossiers.c.agency == agency)
    told_of = insert_or(meta).values(key=bindparam("key"), value=bindparam("value"))
    summed = insert_or(kept_totals).values({name: bindparam(name) for name in COLUMNS})
    of, sums = kept_totals.c, [kept_totals.c[name] for name in COLUMNS[1:]]
    new_word: Select[Any] = select(bindparam("word")).where(~exists().where(words.c.word == bindparam("same")))
    return Statements(
        get_meta=sql(select(meta.c.key, meta.c.value)),
        put_meta=put(meta, "key", "value"),
        reserve=sql(counted.returning(counters.c.last)),
        put_word=sql(insert(words).from_select(["word"], new_word)),
        put_case=sql(insert(dossiers).returning(dossiers.c.id), [*CASE]),
        next_case=sql(select(func.coalesce(func.max(dossiers.c.id), NONE) + ONE)),
        put_case_at=put(dossiers, "id", *CASE),
        number_of=sql(select(words.c.id).where(words.c.word == bindparam("word"))),
        put_line=put(moves, "dossier", *LINE),
        put_numbered=put(moves, "dossier", *LINE, spelled=False),
        put_bare=put(moves, "dossier", *BARE, spelled=False),
        put_stamped=put(moves, "dossier", *LINE, "recorded", spelled=False),
        stamp=sql(select(Stamp())),
        ends=sql(
            select(ONE).where(
                moves.c.dossier == bindparam("its"), moves.c.seq == bindparam("last"), moves.c.hash == bindparam("tip")
            )
        ),
        find=sql(select(dossiers.c.id).where(this)),
        last=sql(of_one.order_by(log.c.seq.desc()).limit(ONE).offset(NONE)),
        read=sql(of_one.order_by(log.c.seq)),
        read_known=sql(select(*line).where(log.c.dossier == bindparam("its")).order_by(log.c.seq)),
        logs=sql(told.order_by(*in_turn)),
        running=sql(told.where(left(~ended, other.c.at <= until)).order_by(*in_turn)),
        held=sql(select(*whole).where(of_all, left(with_whom == bindparam("account"))).order_by(*in_turn)),
        following=sql(select(*whole).where(log.c.dossier.in_(turn)).order_by(*in_turn)),
        chained=sql(select(*whole, recorded).where(of_all | log.c.agency.is_(None)).order_by(*in_turn)),
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
        mark=sql(
            select(moves.c.seq, moves.c.hash, people.c.field, people.c.value)
            .join_from(dossiers, moves, _ITS_LOG)
            .outerjoin(people, people.c.dossier == dossiers.c.id)
            .where(this, moves.c.seq == newest_seq)
            .order_by(people.c.field)
        ),
        put_person=put(people, "dossier", "field", "value"),
        drop_person=sql(delete(people).where(people.c.dossier == bindparam("dossier"))),
        put_event=put(outbox, "dossier", "seq", "type"),
        put_numbered_event=put(outbox, "dossier", "seq", "type", spelled=False),
        put_notice=put(
            outbox, "dossier", "type", "agency", "key", "data", into=insert_or(outbox).on_conflict_do_nothing()
        ),
        undelivered=sql(owed.where(outbox.c.delivered.is_(None)).limit(bindparam("limit")).offset(NONE)),
        delivered=sql(
            update(outbox)
            .values(delivered=bindparam("at"))
            .where(outbox.c.id == bindparam("this"), outbox.c.delivered.is_(None), whose)
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
        set_meta=sql(told_of.on_conflict_do_update(index_elements=["key"], set_={"value": told_of.excluded.value})),
        add_kept=sql(summed.on_conflict_do_update(index_elements=[*KEY], set_=_plus(summed))),
        kept=sql(
            select(of.kind, of.name, of.detail, *(func.sum(of[name]) for name in SUMS))
            .where(of.agency == agency, of.part.between(bindparam("first"), bindparam("last")))
            .group_by(of.kind, of.name, of.detail)
        ),
        kept_apart=sql(
            select(*sums)
            .where(of.agency == agency, of.part == NONE, of.counted != NONE)
            .where(of.late <= bindparam("until"), of.minutes >= bindparam("since"))
        ),
        kept_all=sql(select(*sums).where(of.agency == agency, or_(*(of[name] != NONE for name in SUMS)))),
        drop_kept=sql(delete(kept_totals).where(of.agency == agency)),
    )
