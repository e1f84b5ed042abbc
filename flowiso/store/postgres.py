"""PostgreSQL by psycopg 3: what it says its own way, and the rights of a role that may only insert into the log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import chain, islice
from typing import Any, Self
from urllib.parse import quote

import psycopg
from psycopg import errors, sql
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import tuple_row
from sqlalchemy import Dialect
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import psycopg as dialects

from flowiso.chain import begin
from flowiso.errors import FlowISOError, StoreError
from flowiso.model import Case
from flowiso.ports import NOTHING, Beside
from flowiso.text import Text

from .keeping import COLUMNS, KEY, NAME, SUMS, Keeping, Kept
from .keeping import rows as kept_rows
from .lines import Dossiers, Row, taken, unstorable, written
from .link import MANY, Clash, Cursor, Tip, Unkept, Unlearnt, put_people
from .making import without_password
from .standing import Standing
from .statements import OF_WORDS, Statements, compiled
from .tables import LINE, LOG, NAMES, definitions

_BATCH, _CHUNK = 10_000, 2_000
_MAKING, _BATCHES = 0x666C6F7769736F, 0x666C6F77697370
"""Advisory locks: of those who make a store ("flowiso"), and of those who write to many logs at once."""

_ROWS = {
    "moves": dict(zip(LINE, ("int", "bigint", *["word"] * 4, "text", "text", "bytea"), strict=True)),
    "keys": {"agency": "text", "key": "text", "seq": "int", "request": "text"},
    "outbox": {"seq": "int", "type": "word"},
    "people": {"field": "text", "value": "text"},
    NAME: dict(zip(COLUMNS, ("text", "int", "text", "text", "text", "int", "int", "bigint"), strict=True)),
}
"""The columns beside `dossier` that are written, and their types; a word is given as text and put down as its number."""
_WORD = "(SELECT id FROM words WHERE word = {})"
_LEARN = """INSERT INTO words (word) SELECT word FROM unnest(%s::text[]) AS new (word)
WHERE NOT EXISTS (SELECT FROM words WHERE words.word = new.word) ORDER BY word ON CONFLICT DO NOTHING"""
_BEGIN_MANY = """INSERT INTO dossiers (agency, number, code, version, channel)
SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::int[], %s::text[])
ON CONFLICT DO NOTHING RETURNING agency, number, id"""

_FOLLOW = """CREATE FUNCTION {schema}.heads_follow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF new.position > 0 THEN
        PERFORM 1 FROM {schema}.heads WHERE agency = new.agency AND position = new.position - 1;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'heads is append-only: position must follow' USING ERRCODE = 'restrict_violation', TABLE = 'heads';
        END IF;
    END IF;
    RETURN new;
END $$"""
_REFUSE = """CREATE FUNCTION {schema}.append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    RAISE EXCEPTION '% is append-only: no %', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$"""


_KNOWS, _UNKNOWN = "flowiso.keeps", "FK001"
SAY = f"SELECT set_config('{_KNOWS}', %s, true)"
"""Tells the trigger in this transaction which generation of kept totals the writer knows."""
_UNKEPT = f"""CREATE OR REPLACE FUNCTION {{schema}}.moves_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    RAISE EXCEPTION '{NAME} are kept beside the log: write by FlowISO' USING ERRCODE = '{_UNKNOWN}';
END $$"""
_ADDED = f"ON CONFLICT ({', '.join(KEY)}) DO UPDATE SET " + ", ".join(
    f"{name} = {NAME}.{name} + excluded.{name}" for name in SUMS
)
_WRITERS = """SELECT DISTINCT quote_ident(grantee) FROM information_schema.role_table_grants
WHERE table_schema = current_schema() AND table_name = 'moves' AND privilege_type = 'INSERT'"""


@cache
def _statements() -> Statements:
    dialect = dialects.dialect(paramstyle="format")  # type: ignore[no-untyped-call]
    return compiled(dialect, postgresql.insert)


# A step is one statement, all or nothing by itself: lines go in after the line they were hashed after, the rest beside them.
# Where totals are kept it also says which generation of them (a number) it knows, before a line is there for the trigger to see.
@lru_cache(256)
def _adding(generation: int, key: int, kept: int, events: int, lines: int) -> str:
    its = f"WITH its AS (SELECT dossier{_said(generation)} FROM moves WHERE dossier = %s AND seq = %s AND hash = %s)"
    return f"{its}{_parts(keys=key, kept_totals=kept, outbox=events)} {_insert('moves', lines)}"


@lru_cache(256)
def _beginning(generation: int, key: int, kept: int, events: int, lines: int, people: int) -> str:
    its = f"""WITH its AS (INSERT INTO dossiers (agency, number, code, version, channel)
        VALUES (%s, %s, %s, %s, %s) RETURNING id AS dossier{_said(generation)})"""
    rest = _parts(keys=key, kept_totals=kept, outbox=events, moves=lines, people=people)
    return f"{its}{rest} SELECT dossier FROM its"


def _said(generation: int) -> str:
    return f", set_config('{_KNOWS}', '{generation}', true) AS said" if generation else ""


def _parts(**counts: int) -> str:
    """What else a statement writes: so many rows into a table."""
    return "".join(f"\n, {table}_ AS ({_insert(table, count)})" for table, count in counts.items() if count)


def _insert(table: str, count: int) -> str:
    """Write rows for the dossier that `its` has found."""
    types = _ROWS[table]
    columns, given = ", ".join(types), [f"%s::{kind}".replace("::word", "::text") for kind in types.values()]
    if table == NAME:
        rows = ", ".join([f"({', '.join(given)})"] * count)
        return f"INSERT INTO {table} ({columns}) SELECT row.* FROM its, (VALUES {rows}) row {_ADDED}"
    into = f"INSERT INTO {table} (dossier, {columns}) SELECT its.dossier"
    if count == 1:  # a join with one row takes longer
        return f"{into}, {_spelled(types, given)} FROM its"
    rows = ", ".join([f"({', '.join(given)})"] * count)
    return f"{into}, {_spelled(types, [f'row.{name}' for name in types])} FROM its, (VALUES {rows}) row ({columns})"


def _spelled(types: Mapping[str, str], given: Sequence[str]) -> str:
    """The values of a row, numbers in place of words."""
    return ", ".join(
        _WORD.format(one) if kind == "word" else one for kind, one in zip(types.values(), given, strict=True)
    )


def _values(agency: str, rows: Sequence[Row], beside: Beside, kept: Kept) -> Iterator[object]:
    """The parameters of keys, kept totals, events and lines."""
    if beside.key:
        yield from (agency, beside.key, rows[-1][0], beside.request)
    yield from chain.from_iterable(kept_rows(agency, kept.changes))
    yield from chain.from_iterable(beside.events)
    yield from chain.from_iterable(rows)


class Postgres:
    """PostgreSQL's own words."""

    tables = """SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = current_schema()
UNION ALL SELECT viewname FROM pg_catalog.pg_views WHERE schemaname = current_schema()"""
    fails: tuple[type[Exception], ...] = (psycopg.Error, UnicodeEncodeError)
    dialect: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]

    def __init__(self, url: str, patience: float) -> None:
        self.url = self.place = without_password(url)
        self.sql = _statements()
        self.standing = Standing(self.sql)
        self.keeping = Keeping()
        self._patience = patience

    @classmethod
    def of(cls, connection: psycopg.Connection[Any]) -> Self:
        """The server of a connection."""
        info = connection.info
        return cls(f"postgresql://{quote(info.user)}@{quote(info.host, '')}:{info.port}/{quote(info.dbname)}", 0)

    def definitions(self, cursor: Cursor) -> Iterator[str]:
        """Tables, indexes, the view and triggers, in the first schema of the search path; whoever makes them too waits."""
        cursor.execute("SELECT pg_advisory_xact_lock(%s), quote_ident(current_schema())", (_MAKING,))
        schema = cursor.fetchall()[0][1]
        if schema is None:
            raise self._no_schema()
        yield from definitions(self.dialect)
        yield from _triggers(schema)

    def guard(self, cursor: Cursor, generation: int, first: bool) -> Iterator[str]:
        """Ask every writer which generation of kept totals he knows. Roles that may add lines may then add to the totals too."""
        if not first:  # as each step takes them: the totals, then the lines
            yield f"LOCK TABLE {NAME} IN ACCESS EXCLUSIVE MODE"
        yield "LOCK TABLE moves IN SHARE ROW EXCLUSIVE MODE"
        yield "DROP TRIGGER IF EXISTS moves_kept ON moves"
        cursor.execute("SELECT quote_ident(current_schema())")
        schema = cursor.fetchall()[0][0]
        if not generation:
            yield f"DROP FUNCTION IF EXISTS {schema}.moves_kept()"
            return
        yield _UNKEPT.format(schema=schema)
        yield (
            f"CREATE TRIGGER moves_kept BEFORE INSERT ON moves FOR EACH ROW"
            f" WHEN (current_setting('{_KNOWS}', true) IS DISTINCT FROM '{generation}')"
            f" EXECUTE FUNCTION {schema}.moves_kept()"
        )
        yield "ALTER TABLE moves ENABLE ALWAYS TRIGGER moves_kept"
        if first:
            cursor.execute(_WRITERS)
            for (role,) in cursor.fetchall():
                yield f"GRANT SELECT, INSERT, UPDATE ON {NAME} TO {role}"

    def rows(self, cursor: Cursor, statement: str, parameters: Sequence[object]) -> Iterator[Sequence[Any]]:
        """The rows of a query in the transaction of a cursor."""
        with psycopg.ServerCursor(cursor.connection, "flowiso_rows", row_factory=tuple_row) as other:
            other.execute(statement, parameters)
            while found := other.fetchmany(_CHUNK):
                yield from found

    def begin(self, cursor: Cursor, case: Case, rows: Sequence[Row], beside: Beside, kept: Kept) -> int:
        """Write a new dossier; its row."""
        first, rest = rows[:MANY], rows[MANY:]
        now, count = (NOTHING, Kept(kept.generation)) if rest else (beside, kept)
        people = (now.people or {}).items()
        counts = bool(now.key), len(count.changes), len(now.events), len(first), len(people)
        statement = _beginning(count.generation, *counts)
        cursor.execute(statement, (*case, *_values(case.agency, first, now, count), *chain.from_iterable(people)))
        dossier = int(cursor.fetchall()[0][0])
        if rest:
            self.add(cursor, case.agency, Tip(dossier, first[-1][0], first[-1][-1]), rest, beside, kept)
        return dossier

    def begin_many(self, cursor: Cursor, dossiers: Dossiers, generation: int) -> None:
        """Write many."""
        ids: dict[tuple[str, str], int] = {}
        seen: set[tuple[str, str]] = set()
        waiting = iter(dossiers)
        while some := [case for case, _ in islice(waiting, _BATCH)]:
            cursor.execute(_BEGIN_MANY, [list(column) for column in zip(*some, strict=True)])
            ids |= {(agency, number): dossier for agency, number, dossier in cursor.fetchall()}
            for case in some:
                if case[:2] in seen or case[:2] not in ids:
                    raise taken(case)
                seen.add(case[:2])
        if generation:
            cursor.execute(SAY, (str(generation),))
        word = self._numbers(cursor, sorted({word for _, moves in dossiers for move in moves for word in move[2:6]}))
        with cursor.copy(f"COPY moves (dossier, {', '.join(LINE)}) FROM STDIN") as copy:
            for case, moves in dossiers:
                for row in written(begin(case), moves):
                    copy.write_row((ids[case[:2]], *row[:2], *(word[one] for one in row[2:6]), *row[6:]))

    def _numbers(self, cursor: Cursor, words: Sequence[str]) -> dict[str, int]:
        self.learn(cursor, words)
        cursor.execute("SELECT word, id FROM words WHERE word = ANY(%s)", (words,))
        return dict(cursor.fetchall())

    def learn(self, cursor: Cursor, words: Sequence[str]) -> None:
        """Put down the words that aren't there yet; in order, so that two who do wait for each other one way only."""
        cursor.execute(_LEARN, (words,))

    def one_batch_at_a_time(self, cursor: Cursor) -> None:
        """Wait for others who write to many logs in one transaction: in another order they would wait for us for ever."""
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", (_BATCHES,))

    def add(self, cursor: Cursor, agency: str, tip: Tip, rows: Sequence[Row], beside: Beside, kept: Kept) -> bool:
        """Write lines after a tip; False, and nothing is written, unless that is still where the log ends."""
        first, rest = rows[:MANY], rows[MANY:]
        now, count = (NOTHING, Kept(kept.generation)) if rest else (beside, kept)
        statement = _adding(count.generation, bool(now.key), len(count.changes), len(now.events), len(first))
        cursor.execute(statement, (*tip[:3], *_values(agency, first, now, count)))
        if cursor.rowcount != len(first):
            return False
        if now.people is not None:
            put_people(cursor, self.sql, tip.dossier, now.people)
        return not rest or self.add(cursor, agency, Tip(tip.dossier, first[-1][0], first[-1][-1]), rest, beside, kept)

    def translated(self, error: Exception) -> FlowISOError:
        """What an error of the driver says to us."""
        if isinstance(error, UnicodeEncodeError | psycopg.DataError):
            return unstorable(error)
        if getattr(error, "sqlstate", None) == _UNKNOWN or (
            isinstance(error, errors.UndefinedTable) and NAME in str(error)
        ):
            return Unkept()
        diag = getattr(error, "diag", None)
        if isinstance(error, errors.UniqueViolation | errors.RestrictViolation) and diag is not None:
            return Clash(diag.table_name or "")
        if isinstance(error, errors.NotNullViolation):
            its_words = OF_WORDS.get(error.diag.table_name or "", ())
            return Unlearnt() if error.diag.column_name in its_words else unstorable(error)
        for kinds, text in self._explanations().items():
            if isinstance(error, kinds):
                return StoreError(text)
        return StoreError(self._failed(str(error).strip().partition("\n")[0]))

    def _explanations(self) -> Mapping[type[Exception] | tuple[type[Exception], ...], Text]:
        place, patience = self.place, self._patience
        return {
            (errors.LockNotAvailable, errors.QueryCanceled, errors.DeadlockDetected): Text(
                f"kho {place} đang bị giao dịch khác giữ (đã đợi đến {patience:g} giây); chưa ghi gì: thử lại sau",
                f"store {place} was held by another transaction (waited up to {patience:g} s); nothing was written: wait",
            ),
            errors.SerializationFailure: Text(
                f"kho {place} đã đổi từ khi giao dịch này bắt đầu; chưa ghi gì: ROLLBACK rồi làm lại giao dịch"
                " (ở mức READ COMMITTED thì không cần)",
                f"store {place} has changed since this transaction began; nothing was written: roll back and begin it again"
                " (READ COMMITTED needs no such thing)",
            ),
            (errors.DiskFull, errors.OutOfMemory): Text(
                f"máy chủ của kho {place} hết đĩa hoặc bộ nhớ; chưa ghi gì: báo người quản trị rồi làm lại",
                f"the server of store {place} is out of disk or memory; nothing was written: tell who administers it",
            ),
            errors.ReadOnlySqlTransaction: Text(
                f"kho {place} chỉ cho đọc: hãy mở để ghi, hoặc dùng máy chủ chính",
                f"store {place} is read-only: open it for writing, or use the primary server",
            ),
            errors.InsufficientPrivilege: Text(
                f"tài khoản cơ sở dữ liệu không có quyền làm việc này ở kho {place}: xem flowiso.store.postgres.grant",
                f"this database role may not do that in store {place}: see flowiso.store.postgres.grant",
            ),
            errors.UndefinedTable: Text(
                f"{place} không phải là kho FlowISO hoặc thiếu bảng: xem lại địa chỉ và search_path",
                f"{place} is no FlowISO store, or tables are missing: check the address and its search_path",
            ),
            errors.InFailedSqlTransaction: Text(
                "giao dịch của chương trình chủ đã hỏng từ trước: hãy ROLLBACK rồi làm lại",
                "the host's transaction had failed before: roll it back and try again",
            ),
        }

    def _failed(self, why: str) -> Text:
        return Text(
            f"không dùng được kho {self.place} ({why}): xem nguyên nhân trong ngoặc rồi thử lại",
            f"store {self.place} can't be used ({why}): see the reason in brackets and try again",
        )

    def _no_schema(self) -> StoreError:
        return StoreError(
            Text(
                f"search_path của {self.place} không trỏ tới schema nào dùng được: hãy tạo schema, hoặc cấp quyền dùng nó",
                f"the search_path of {self.place} leads to no schema of use: make it, or grant this role its usage",
            )
        )


def _triggers(schema: str) -> Iterator[str]:
    """Triggers that hold also for replication roles (ALWAYS), on functions that don't depend on anybody's search path.

    That lines follow each other is the business of the statements that write them: a trigger would cost each step a tenth more.
    """
    yield _REFUSE.format(schema=schema)
    yield _FOLLOW.format(schema=schema)
    for table in LOG:
        yield (
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {schema}.append_only()"
        )
        yield f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_append_only"
    yield f"CREATE TRIGGER heads_follow BEFORE INSERT ON heads FOR EACH ROW EXECUTE FUNCTION {schema}.heads_follow()"
    yield "ALTER TABLE heads ENABLE ALWAYS TRIGGER heads_follow"


def asked_wait(url: str) -> int:
    """The seconds an address itself gives a connection (`connect_timeout`); 0 when it says nothing."""
    return int(conninfo_to_dict(url).get("connect_timeout") or 0)


def grant(url: str, role: str) -> None:
    """Give a database role the rights of a program that runs FlowISO: into the log it may insert, nothing else.

    `url` is an address under which the tables' owner connects; the role is made beforehand. Raises StoreError.
    """
    tongue = Postgres(url, 0)
    who = sql.Identifier(role)
    every, log = _names(sorted(NAMES)), _names(LOG)
    free = _names(("keys", "outbox", "people", "counters"))
    try:
        with psycopg.connect(url.replace("+psycopg", "", 1)) as connection:
            schema = sql.Identifier(connection.execute("SELECT current_schema()").fetchall()[0][0])
            connection.execute(sql.SQL("REVOKE ALL ON {} FROM {}").format(every, who))
            connection.execute(sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(schema, who))
            connection.execute(sql.SQL("GRANT SELECT ON {} TO {}").format(every, who))
            connection.execute(sql.SQL("GRANT INSERT ON {} TO {}").format(log, who))
            connection.execute(sql.SQL("GRANT INSERT, UPDATE, DELETE ON {} TO {}").format(free, who))
            if connection.execute("SELECT to_regclass(%s)", (NAME,)).fetchall()[0][0] is not None:
                kept = sql.Identifier(NAME)
                connection.execute(sql.SQL("GRANT SELECT, INSERT, UPDATE ON {} TO {}").format(kept, who))
    except psycopg.Error as error:
        raise tongue.translated(error) from error


def _names(tables: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, tables))
