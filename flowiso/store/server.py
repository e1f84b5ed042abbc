"""A PostgreSQL server: its connections, its transactions, and what to do when it goes away."""

from __future__ import annotations

import select
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

import psycopg
from psycopg import errors
from psycopg.pq import TransactionStatus

from flowiso.errors import StoreError
from flowiso.text import Text

from .connections import Cursors, put_away
from .lines import one_by_one
from .link import Cursor, T, Work
from .postgres import Postgres, asked_wait

Connection = psycopg.Connection[tuple[Any, ...]]
_CHUNK = 2_000
_TRIES = 3
_AGAIN = (errors.SerializationFailure, errors.DeadlockDetected)


class _Lost(StoreError):
    """The connection broke off."""


class PostgresServer:
    """A PostgreSQL server. Single statements run by themselves, without a transaction around them."""

    one_writer = False

    def __init__(self, url: str, patience: float, read_only: bool = False) -> None:
        """`patience` is how many seconds to wait for a connection, and for rows that others have locked."""
        self.tongue = Postgres(url, patience)
        self._address = url.replace("postgresql+psycopg:", "postgresql:", 1)
        self._patience = patience
        self._read_only = read_only
        self._cursors = Cursors(self._connect, _usable)

    def exists(self) -> bool:
        """Whether there is a database to look into: the first look will tell."""
        return True

    def prepare(self) -> None:
        """Nothing stays with the database."""

    def patiently(self, work: Callable[[], T]) -> T:
        """Open it; who makes the same store waits for us."""
        return work()

    def read(self, work: Work[T], brief: bool = False) -> T:
        """Do what only reads; once more when the connection breaks off, since a server that was restarted is there again."""
        try:
            return self._read(work)
        except _Lost:
            return self._read(work)

    def _read(self, work: Work[T]) -> T:
        cursor = self._take()
        try:
            answer = work(cursor)
        except BaseException as error:
            self._give_up(cursor, error, self._lost)
            raise
        self._cursors.give(cursor)
        return answer

    def at_once(self, statement: str, parameters: Sequence[object]) -> list[Sequence[Any]] | None:
        """Nothing: a server has to be waited for."""
        return None

    def commits(self) -> object | None:
        """Nothing: a server has to be waited for."""
        return None

    def snapshot(self, work: Work[T]) -> T:
        """Do what only reads, all of it as it stood at one moment."""

        def within(cursor: Cursor) -> T:
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            answer = work(cursor)
            cursor.execute("ROLLBACK")
            return answer

        return self.read(within)

    def stream(self, statement: str, parameters: Sequence[object]) -> Iterator[Sequence[Any]]:
        """The rows of a query, fetched as they are asked for."""
        cursor = self._take()
        try:
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            with psycopg.ServerCursor(cursor.connection, "flowiso") as rows:
                rows.execute(statement, parameters)
                while some := rows.fetchmany(_CHUNK):
                    yield from some
            cursor.execute("ROLLBACK")
        except BaseException as error:
            self._give_up(cursor, error, self._lost)
            raise
        self._cursors.give(cursor)

    def write(self, work: Work[T], single: bool = False) -> T:
        """Do all or nothing, on disk when it returns.

        What the server has undone because of others is done again. What is in doubt because the connection broke off is not.
        """
        do = self._write_single if single else self._write_many
        for _ in range(_TRIES - 1):
            try:
                return do(work)
            except StoreError as error:
                if not isinstance(error.__cause__, _AGAIN):
                    raise
        return do(work)

    def together(self, works: Sequence[Callable[[], T]]) -> list[T | Exception]:
        """One after the other, each by itself: those who wait for one another here are few."""
        return one_by_one(works)

    def _write_single(self, work: Work[T]) -> T:
        cursor = self._take()
        try:
            answer = work(cursor)
        except BaseException as error:
            self._give_up(cursor, error, self._in_doubt)
            raise
        self._cursors.give(cursor)
        return answer

    def _write_many(self, work: Work[T]) -> T:
        cursor = self._take()
        lost: Callable[[], StoreError] = self._lost
        try:
            cursor.execute("BEGIN")
            answer = work(cursor)
            lost = self._in_doubt
            cursor.execute("COMMIT")
        except BaseException as error:
            self._give_up(cursor, error, lost)
            raise
        self._cursors.give(cursor)
        return answer

    def forget(self) -> None:
        """Leave everything open to the process we are a fork of, and begin anew."""
        self._cursors.forget()

    def close(self) -> None:
        """Let go of the connections."""
        self._cursors.close()

    def _take(self) -> Cursor:
        try:
            return self._cursors.take()
        except psycopg.Error as error:
            raise self.tongue.translated(error) from error

    def _give_up(self, cursor: Cursor, error: BaseException, lost: Callable[[], StoreError]) -> None:
        """Undo whatever was begun, and raise what the driver's error says to us; `lost` is for a connection that broke off."""
        connection = cursor.connection
        broken = _broken(connection)
        with suppress(psycopg.Error):
            if connection.pgconn.transaction_status != TransactionStatus.IDLE:
                cursor.execute("ROLLBACK")
        if connection.pgconn.transaction_status == TransactionStatus.IDLE:
            self._cursors.give(cursor)
        else:
            put_away(cursor)
        if broken and isinstance(error, psycopg.Error):
            raise lost() from error
        if isinstance(error, self.tongue.fails):
            raise self.tongue.translated(error) from error

    def _connect(self) -> Cursor:
        """A cursor of a connection in which every statement stands for itself and is on disk when it returns."""
        wait = asked_wait(self._address) or max(2, round(self._patience))
        connection = psycopg.connect(self._address, autocommit=True, prepare_threshold=0, connect_timeout=wait)
        connection.execute(
            f"SET lock_timeout = {round(self._patience * 1000)}; SET default_transaction_isolation = 'read committed';"
            f"SET default_transaction_read_only = {'on' if self._read_only else 'off'};"
            "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
            prepare=False,
        )
        return connection.cursor()

    def _lost(self) -> _Lost:
        place = self.tongue.place
        return _Lost(
            Text(
                f"mất kết nối với kho {place}; chưa ghi gì: đợi máy chủ chạy lại rồi làm lại",
                f"the connection to store {place} broke off; nothing was written: wait for the server and try again",
            )
        )

    def _in_doubt(self) -> StoreError:
        place = self.tongue.place
        return StoreError(
            Text(
                f"mất kết nối với kho {place} khi đang ghi, chưa biết đã ghi hay chưa: "
                "gửi lại đúng yêu cầu đó với cùng khóa, hoặc đọc lại hồ sơ, để biết",
                f"the connection to store {place} broke off while writing, so it may be written or not: "
                "send the same request with the same key again, or read the dossier, to find out",
            )
        )


def _broken(connection: Connection) -> bool:
    return connection.closed or connection.pgconn.transaction_status == TransactionStatus.UNKNOWN


def _usable(cursor: Cursor) -> bool:
    """Whether the server has neither closed it nor said anything since: on a connection at rest that is a farewell."""
    connection: Connection = cursor.connection
    if connection.closed:
        return False
    if not hasattr(select, "poll"):  # Windows
        return not select.select([connection.pgconn.socket], [], [], 0)[0]
    poll = select.poll()
    poll.register(connection.pgconn.socket, select.POLLIN)
    return not poll.poll(0)
