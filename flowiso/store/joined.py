"""A host's own connection and transaction: what we write in it stands or falls with what the host writes."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from flowiso.errors import StoreError
from flowiso.text import Text

from .guards import KNOWS
from .lines import one_by_one
from .link import Cursor, T, Tongue, Work
from .sqlite import Sqlite


class Joined:
    """A link over a connection that is not ours."""

    one_writer = False

    def __init__(self, connection: Any) -> None:
        """Raises StoreError when there is no connection of sqlite3 or psycopg 3 in it, or its texts don't come as str."""
        self._host = _host(connection)
        self.tongue: Tongue = self._host.tongue

    def read(self, work: Work[T], brief: bool = False) -> T:
        """Do what only reads."""
        try:
            cursor = self._host.cursor()
            try:
                return work(cursor)
            finally:
                cursor.close()
        except self.tongue.fails as error:
            raise self.tongue.translated(error) from error

    def at_once(self, statement: str, parameters: Sequence[object]) -> list[Sequence[Any]] | None:
        """Nothing: the connection is the host's."""
        return None

    def commits(self) -> object | None:
        """Nothing: the connection is the host's."""
        return None

    def snapshot(self, work: Work[T]) -> T:
        """Do what only reads; of how many moments it is, the host's transaction says."""
        return self.read(work)

    def stream(self, statement: str, parameters: Sequence[object]) -> Iterator[Sequence[Any]]:
        """The rows of a query, all fetched: what the host writes later in its transaction must not show in them."""

        def fetched(cursor: Cursor) -> list[Sequence[Any]]:
            cursor.execute(statement, parameters)
            return list(cursor.fetchall())

        yield from self.read(fetched)

    def write(self, work: Work[T], single: bool = False) -> T:
        """Do all or nothing of it, whatever becomes of the host's transaction."""

        def apart(cursor: Cursor) -> T:
            self._host.enter()
            cursor.execute("SAVEPOINT flowiso")
            try:
                answer = self._knowing(cursor, work)
            except BaseException:
                with suppress(*self.tongue.fails):
                    cursor.execute("ROLLBACK TO SAVEPOINT flowiso")
                    cursor.execute("RELEASE SAVEPOINT flowiso")
                raise
            cursor.execute("RELEASE SAVEPOINT flowiso")
            return answer

        return self.read(apart)

    def together(self, works: Sequence[Callable[[], T]]) -> list[T | Exception]:
        """One after the other: all of it is in the host's transaction anyway."""
        return one_by_one(works)

    def _knowing(self, cursor: Cursor, work: Work[T]) -> T:
        """Do it, saying which generation of kept totals we know; another engine in the same transaction may know none."""
        if not self.tongue.keeping.generation:
            return work(cursor)
        self._host.say(cursor, self.tongue.keeping.generation)
        try:
            return work(cursor)
        finally:
            with suppress(*self.tongue.fails):
                self._host.say(cursor, 0)

    def forget(self) -> None:
        """Nothing: the connection is the host's."""

    def close(self) -> None:
        """Nothing: the connection is the host's."""


class _SqliteHost:
    """A host's connection of sqlite3."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.tongue = Sqlite(Path(":memory:"), 0)
        try:
            found = self.cursor().execute("PRAGMA database_list").fetchall()
        except sqlite3.Error as error:
            raise self.tongue.translated(error) from error
        if not all(isinstance(name, str) for _, name, _ in found):
            raise _no_text()
        self.tongue = Sqlite(Path(next((file for _, name, file in found if name == "main"), "") or ":memory:"), 0)

    def cursor(self) -> sqlite3.Cursor:
        """A cursor that gives plain tuples, whatever the host likes."""
        cursor = self._connection.cursor()
        cursor.row_factory = None
        return cursor

    def enter(self) -> None:
        """Be in the host's transaction. In its default mode sqlite3 begins one before an INSERT, but not before a SAVEPOINT."""
        connection = self._connection
        if connection.in_transaction:
            return
        if connection.isolation_level is None or getattr(connection, "autocommit", -1) != -1:
            raise no_transaction("connection.execute('BEGIN')")
        connection.execute(f"BEGIN {connection.isolation_level}")

    def say(self, cursor: Cursor, generation: int) -> None:
        """Have the trigger be told a generation of kept totals; the connection is given the function for it once."""
        with suppress(sqlite3.OperationalError):
            cursor.execute(f"SELECT {KNOWS}(?)", (generation,)).fetchall()
            return
        said = [generation]

        def knows(*given: int) -> int:
            said[:] = given or said
            return said[0]

        self._connection.create_function(KNOWS, -1, knows)


class _PostgresHost:
    """A host's connection of psycopg 3."""

    def __init__(self, connection: Any) -> None:
        from .postgres import SAY, Postgres

        self._say = SAY
        self._connection = connection
        self.tongue = Postgres.of(connection)

    def cursor(self) -> Any:
        """A cursor that gives plain tuples and sends parameters apart from the statement, whatever the host likes."""
        from psycopg import Cursor
        from psycopg.rows import tuple_row

        return Cursor(self._connection, row_factory=tuple_row)

    def enter(self) -> None:
        """Be in the host's transaction; without autocommit psycopg begins one by itself."""
        from psycopg.pq import TransactionStatus

        connection = self._connection
        if connection.autocommit and connection.info.transaction_status == TransactionStatus.IDLE:
            raise no_transaction("with connection.transaction(): ...")

    def say(self, cursor: Cursor, generation: int) -> None:
        """Have the trigger be told a generation of kept totals."""
        cursor.execute(self._say, (str(generation),))


def no_transaction(how: str) -> StoreError:
    """The host has begun none."""
    return StoreError(
        Text(
            f"kết nối này không ở trong giao dịch nào, nên không thể ghi chung: hãy bắt đầu giao dịch trước ({how})",
            f"this connection is in no transaction, so nothing can be written along with it: begin one first ({how})",
        )
    )


def _no_text() -> StoreError:
    """The host has its texts as bytes, or as something else that isn't ours to read."""
    return StoreError(
        Text(
            "kết nối này không trả văn bản ở dạng str (text_factory đã đổi): hãy đặt connection.text_factory = str, hoặc dùng"
            " một kết nối khác",
            "this connection doesn't give texts as str (its text_factory was changed): set connection.text_factory = str, or"
            " give another connection",
        )
    )


def _host(connection: Any) -> _SqliteHost | _PostgresHost:
    """What is in it: SQLAlchemy and Django wrap the driver's connection, some of them twice."""
    inner = connection
    while inner is not None:
        if isinstance(inner, sqlite3.Connection):
            return _SqliteHost(inner)
        if type(inner).__module__.partition(".")[0] == "psycopg":
            return _PostgresHost(inner)
        inner = getattr(inner, "driver_connection", None) or getattr(inner, "connection", None)
    kind = f"{type(connection).__module__}.{type(connection).__qualname__}"
    raise StoreError(
        Text(
            f"không dùng chung được kết nối loại {kind}: cần kết nối của sqlite3 hoặc psycopg 3",
            f"can't join a connection of type {kind}: give one of sqlite3 or psycopg 3",
        )
    )
