"""A look into an SQLite file that waits for nobody: for a thread that may not stand still, such as an event loop's."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any

from flowiso.errors import StoreError

from .connections import Cursor, leave, put_away


class Glance:
    """A connection of its own that gives up at once where it would have to wait, for the file or for another thread.

    In WAL nobody who writes keeps a reader waiting; whoever restores a backup into the file, or mends it, does.
    """

    def __init__(self, connect: Callable[[], Cursor]) -> None:
        """`connect` opens a connection."""
        self._connect = connect
        self._lock = Lock()
        self._cursor: Cursor | None = None
        self._opened = 0

    def rows(self, statement: str, parameters: Sequence[object]) -> list[Sequence[Any]] | None:
        """The rows of a query as they are now; None where they can't be had at once."""
        found = self._look(statement, parameters)
        return None if found is None else found[1]

    def commits(self) -> tuple[int, int] | None:
        """What is another once any other connection has committed; None where it can't be had at once."""
        found = self._look("PRAGMA data_version", ())
        return None if found is None else (found[0], found[1][0][0])

    def _look(self, statement: str, parameters: Sequence[object]) -> tuple[int, list[Sequence[Any]]] | None:
        """The number of the connection that was asked, and the rows it gave."""
        if not self._lock.acquire(blocking=False):
            return None
        try:
            if self._cursor is None:
                self._cursor = self._connect()
                self._opened += 1
                self._cursor.execute("PRAGMA busy_timeout = 0").fetchall()
            found: list[Sequence[Any]] = self._cursor.execute(statement, parameters).fetchall()
        except (sqlite3.Error, UnicodeEncodeError, StoreError):
            self._put_away()
            return None
        else:
            return self._opened, found
        finally:
            self._lock.release()

    def forget(self) -> None:
        """Leave the connection to the process we are a fork of."""
        if self._cursor is not None:
            leave(self._cursor)
        self._cursor, self._lock = None, Lock()

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._put_away()

    def _put_away(self) -> None:
        if self._cursor is not None:
            put_away(self._cursor)
            self._cursor = None
