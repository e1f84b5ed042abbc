"""A file of SQLite: its connections, its transactions, and threads that share them."""

from __future__ import annotations

import errno
import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from threading import get_ident
from typing import Any, cast

from flowiso.errors import StoreError
from flowiso.text import Text

from .connections import Cursors, leave, put_away
from .glance import Glance
from .guards import KNOWS
from .lines import one_by_one
from .link import Cursor, T, Work
from .sqlite import CHUNK, FAILS, Sqlite
from .turns import Job, Turns


def _held(error: BaseException | None) -> bool:
    """Whether others kept the file from us."""
    return getattr(error, "sqlite_errorname", "").startswith("SQLITE_BUSY")


class SqliteFile:
    """A file of SQLite: readers have a connection each, all writers of the process share one and its commits."""

    one_writer = True

    def __init__(self, path: Path, patience: float, read_only: bool = False) -> None:
        """`patience` is how many seconds to wait for writers of other processes."""
        self.path = path
        self.tongue = Sqlite(path, patience)
        self._standing = self.tongue.standing
        self._patience = patience
        self._read_only = read_only
        self._cursors = Cursors(self._connect)
        self._glance = Glance(self._cursors.connect)
        self._turns = Turns(self._commit)
        self._writer: sqlite3.Cursor | None = None
        self._place, self._opened = path.absolute(), (0, 0)
        self._inside: tuple[int, sqlite3.Cursor] | None = None

    @classmethod
    def at(cls, url: str, patience: float, read_only: bool) -> SqliteFile:
        """The file that an address names."""
        path = url.removeprefix("sqlite:///")
        if path == url or path in ("", ":memory:") or path.startswith("file:") or "?" in path:
            raise StoreError(
                Text(
                    f"không hiểu địa chỉ kho {url}: hãy viết sqlite:///tên-tệp.db, hoặc memory: cho kho tạm",
                    f"can't understand store address {url}: write sqlite:///file.db, or memory: for a passing store",
                )
            )
        return cls(Path(path), patience, read_only)

    def exists(self) -> bool:
        """Whether the file is there at all."""
        return self.path.exists()

    def patiently(self, work: Callable[[], T]) -> T:
        """Open it, again while others make the same store: in the change to WAL SQLite turns away without waiting."""
        end = time.monotonic() + self._patience
        while True:
            try:
                return work()
            except StoreError as error:
                if not _held(error.__cause__) or time.monotonic() > end:
                    raise
                time.sleep(0.01)

    def prepare(self) -> None:
        """Turn on WAL, which stays with the file."""
        if not self._read_only:
            self.read(lambda cursor: cursor.execute("PRAGMA journal_mode = WAL").fetchall())

    def read(self, work: Work[T], brief: bool = False) -> T:
        """Do what only reads. What is brief is done where the last writer was, if nobody is: what he wrote is at hand there."""
        if (inside := self._own()) is not None:
            return self._read_by(inside, work)
        if brief and self._turns.idle():
            try:
                return self._read_by(None, work)
            finally:
                self._turns.pass_on()
        cursor = self._take()
        try:
            answer = work(cursor)
        except BaseException as error:
            put_away(cursor)
            self._check(error)
            raise
        self._cursors.give(cursor)
        return answer

    def _read_by(self, cursor: sqlite3.Cursor | None, work: Work[T]) -> T:
        """Read by a cursor, without one by the writer's, whose turn it is."""
        try:
            return work(self._writing() if cursor is None else cursor)
        except FAILS as error:
            raise self.tongue.translated(error) from error

    def _own(self) -> sqlite3.Cursor | None:
        """The cursor of the transaction that this very thread is in by `together`."""
        inside = self._inside
        return inside[1] if inside is not None and inside[0] == get_ident() else None

    def at_once(self, statement: str, parameters: Sequence[object]) -> list[Sequence[Any]] | None:
        """The rows of a query, where nothing has to be waited for."""
        return self._glance.rows(statement, parameters)

    def commits(self) -> object | None:
        """What is another once anybody has committed: the glance's own connection never does."""
        return self._glance.commits()

    def snapshot(self, work: Work[T]) -> T:
        """Do what only reads, all of it as it stood at one moment."""

        def within(cursor: Cursor) -> T:
            cursor.execute("BEGIN")
            answer = work(cursor)
            cursor.execute("ROLLBACK")
            return answer

        return self.read(within if self._own() is None else work)

    def stream(self, statement: str, parameters: Sequence[object]) -> Iterator[Sequence[Any]]:
        """The rows of a query as they stood when it began."""
        if (inside := self._own()) is not None:
            yield from self._read_by(inside, lambda cursor: cursor.execute(statement, parameters).fetchall())
            return
        cursor = self._take()
        try:
            cursor.execute(statement, parameters)
            while rows := cursor.fetchmany(CHUNK):
                yield from rows
        except BaseException as error:
            put_away(cursor)
            self._check(error)
            raise
        self._cursors.give(cursor)

    def _take(self) -> Cursor:
        try:
            return self._cursors.take()
        except FAILS as error:
            raise self.tongue.translated(error) from error

    def _check(self, error: BaseException) -> None:
        if isinstance(error, FAILS):
            raise self.tongue.translated(error) from error

    def write(self, work: Work[T], single: bool = False) -> T:
        """Do all or nothing, on disk when it returns, together with what others write at this moment."""
        if (inside := self._own()) is not None:
            return self._read_by(inside, lambda cursor: self._apart(cursor, work))
        turns = self._turns
        if not turns.alone():
            return self._write_together(work)
        try:
            cursor = self._begun()
            answer = work(cursor)
            cursor.execute("COMMIT")
        except BaseException as error:
            self._roll_back()
            self._check(error)
            raise
        finally:
            turns.pass_on(wrote=True)
        return answer

    def together(self, works: Sequence[Callable[[], T]]) -> list[T | Exception]:
        """What each gives, or the error it raised; what they write is one transaction, none of which stands where this raises.

        Each write within is apart from the others, and sees them, as does what is read.
        """

        def all_of_them(cursor: Cursor) -> list[T | Exception]:
            self._inside = get_ident(), cursor
            try:
                return one_by_one(works)
            finally:
                self._inside = None

        return self.write(all_of_them)

    def _write_together(self, work: Work[T]) -> T:
        job = self._turns.take(work)
        error = job.error
        if error is None:
            return cast("T", job.answer)
        try:
            self._check(error)
            raise error
        finally:
            del job, error  # otherwise they are in each other's traceback for good

    def forget(self) -> None:
        """Leave everything open to the process we are a fork of, and begin anew."""
        self._cursors.forget()
        self._glance.forget()
        if self._writer is not None:
            leave(self._writer)
        self._writer, self._opened, self._turns = None, (0, 0), Turns(self._commit)
        self._standing.forget()

    def close(self) -> None:
        """Let go of the file."""
        if self._writer is not None:
            put_away(self._writer)
            self._writer = None
        self._glance.close()
        self._cursors.close()

    def _connect(self) -> sqlite3.Cursor:
        """A cursor of a connection in which the driver begins no transaction behind our back."""
        options: dict[str, Any] = {"timeout": self._patience, "isolation_level": None, "check_same_thread": False}
        if self._read_only:
            return self._connect_read_only(options)
        connection = sqlite3.connect(self.path, **options)
        tongue = self.tongue
        connection.create_function(KNOWS, 0, lambda: tongue.said)
        return _set(connection, "PRAGMA synchronous = FULL", "PRAGMA foreign_keys = ON")

    def _connect_read_only(self, options: dict[str, Any]) -> sqlite3.Cursor:
        """Where WAL's own files can't be made, as on a CD, nobody writes either: the file can be read as it is."""
        uri = self.path.absolute().as_uri()
        try:
            connection = sqlite3.connect(f"{uri}?mode=ro", uri=True, **options)
            return _set(connection, "PRAGMA query_only = ON", "SELECT 1 FROM sqlite_master")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname not in ("SQLITE_CANTOPEN", "SQLITE_READONLY_DIRECTORY") or not self.exists():
                raise
        connection = sqlite3.connect(f"{uri}?mode=ro&immutable=1", uri=True, **options)
        return _set(connection, "PRAGMA query_only = ON")

    def _commit(self, batch: Sequence[Job]) -> None:
        """Do jobs in one transaction; if it can't be committed all of them have failed.

        Only when one of several fails are they done again, each apart from the others: that is rare, and savepoints take time.
        """
        try:
            cursor = self._begun()
            try:
                for job in batch:
                    job.answer = job.work(cursor)
            except Exception:
                if len(batch) == 1:
                    raise
                self._roll_back()
                cursor = self._begun()
                for job in batch:
                    self._do_apart(cursor, job)
            cursor.execute("COMMIT")
        except BaseException as error:
            self._roll_back()
            for job in batch:
                job.error = error if isinstance(error, Exception) else self._broken_off()
            if not isinstance(error, Exception):
                raise

    def _do_apart(self, cursor: Cursor, job: Job) -> None:
        """Do a job so that its failure is undone without the others'."""
        try:
            job.answer = self._apart(cursor, job.work)
        except Exception as error:
            if not cursor.connection.in_transaction:  # a full disk, say, has undone all of it
                raise
            job.error = error

    def _apart(self, cursor: Cursor, work: Work[T]) -> T:
        """Do it in a savepoint, so that its failure is undone without what else there is in the transaction."""
        if (
            not cursor.connection.in_transaction
        ):  # undone as a whole: another savepoint would begin one that commits by itself
            raise self._broken_off()
        cursor.execute("SAVEPOINT one")
        try:
            answer = work(cursor)
        except BaseException:
            self._standing.forget()
            if cursor.connection.in_transaction:
                cursor.execute("ROLLBACK TO one")
                cursor.execute("RELEASE one")
            raise
        cursor.execute("RELEASE one")
        return answer

    def _begun(self) -> sqlite3.Cursor:
        """The writer's cursor in a new transaction.

        Cursors are kept: one that is left to the garbage collector may be taken apart by a thread that then waits for the
        connection, with the interpreter's lock in its hand, while whoever has the connection waits for that lock.
        """
        cursor = self._writing()
        cursor.execute("BEGIN IMMEDIATE")
        self._check_place()
        self._standing.look(cursor)
        return cursor

    def _check_place(self) -> None:
        """Refuse to write where a file was put in the place of the one that is open: it would be answered, and lost."""
        try:
            found = os.stat(self._place)
        except OSError as error:
            raise self._replaced() from error
        place = found.st_dev, found.st_ino
        if not any(self._opened):
            self._opened = place
        if place != self._opened:
            raise self._replaced() from OSError(errno.ESTALE, os.strerror(errno.ESTALE))

    def _replaced(self) -> StoreError:
        place = self.tongue.place
        return StoreError(
            Text(
                f"tệp của kho {place} đã bị thay hay dời đi khi đang mở, nên không ghi nữa: hãy dừng chương trình rồi chạy lại",
                f"the file of store {place} was replaced or moved while it was open, so nothing more is written:"
                " stop the program and start it again",
            )
        )

    def _writing(self) -> sqlite3.Cursor:
        """The writer's cursor, and its connection made now when it is missing."""
        if self._writer is None:
            self._writer = self._cursors.connect()
        return self._writer

    def _roll_back(self) -> None:
        self._standing.forget()
        with suppress(sqlite3.Error):
            if self._writer is not None and self._writer.connection.in_transaction:
                self._writer.execute("ROLLBACK")

    def _broken_off(self) -> StoreError:
        place = self.tongue.place
        return StoreError(
            Text(
                f"việc ghi vào kho {place} bị ngắt giữa chừng: đọc lại hồ sơ rồi làm lại",
                f"the writing to store {place} was broken off: read the dossier again and try again",
            )
        )


def _set(connection: sqlite3.Connection, *statements: str) -> sqlite3.Cursor:
    try:
        for statement in statements:
            connection.execute(statement).close()
    except BaseException:
        connection.close()
        raise
    return connection.cursor()
