"""Open connections that nobody uses just now."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from flowiso.errors import StoreError
from flowiso.text import Text

Cursor = Any
"""A cursor of the driver, the only one of its connection."""

_PARENTS: list[Cursor] = []
"""What a parent process has open. Nobody uses it here, but it must not be taken apart either."""


class Cursors:
    """Hands out cursors of open connections, those first that were used last; each to one thread at a time."""

    def __init__(
        self, connect: Callable[[], Cursor], usable: Callable[[Cursor], bool] | None = None, idle: int = 32
    ) -> None:
        """`connect` opens a connection; `usable` says whether one that lay idle still is; so many `idle` are kept."""
        self._connect = connect
        self._usable = usable
        self._idle: deque[Cursor] = deque()
        self._most = idle
        self._closed = False

    def take(self) -> Cursor:
        """A cursor, to be given back or put away. Raises StoreError once they are closed."""
        while True:
            try:
                cursor = self._idle.pop()
            except IndexError:
                return self.connect()
            if self._usable is None or self._usable(cursor):
                return cursor
            put_away(cursor)

    def connect(self) -> Cursor:
        """A cursor of a new connection."""
        if self._closed:
            raise StoreError(
                Text(
                    "kho đã đóng: hãy mở lại bằng flowiso.open", "the store is closed: open it again with flowiso.open"
                )
            )
        return self._connect()

    def give(self, cursor: Cursor) -> None:
        """Take a cursor back, in no transaction and with nothing left to fetch."""
        if len(self._idle) < self._most and not self._closed:
            self._idle.append(cursor)
        else:
            put_away(cursor)

    def forget(self) -> None:
        """Leave them to the process we are a fork of: closing them here would disturb it."""
        while self._idle:
            leave(self._idle.pop())

    def close(self) -> None:
        """Put away all that are not in use, and hand out no more."""
        self._closed = True
        while self._idle:
            put_away(self._idle.pop())


def leave(cursor: Cursor) -> None:
    """Leave a cursor to the process we are a fork of."""
    _PARENTS.append(cursor)


def put_away(cursor: Cursor) -> None:
    """Close a cursor and its connection."""
    connection = cursor.connection
    cursor.close()
    connection.close()
