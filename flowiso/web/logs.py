"""The server's own log: a JSON object on a line for each request. It never holds personal data, a body, a query or a token."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import lru_cache
from threading import Lock
from traceback import walk_tb
from typing import Any, TextIO

from ..errors import cause_of

LOGGER = logging.getLogger("flowiso.web")
"""Where the lines go; a host that mounts the app gives it a handler of its own."""


def tell(event: str, at: datetime, level: int = logging.INFO, **more: Any) -> None:
    """A line, written when this returns."""
    _put(json.dumps({"at": _iso(at), "event": event, **more}), level, soon=False)


def tell_request(
    at: datetime, request: str, key: str | None, method: str, route: str, status: int, problem: str | None, ms: float
) -> None:
    """The line of a request, whose id is plain; `gathered` writes those of a moment together."""
    what = _kind(key, method, route, status, problem)
    _put(f'{{"at": "{_iso(at)}", "event": "request", "id": "{request}", {what}, "ms": {ms}}}', logging.INFO, soon=True)


@lru_cache(4_096)
def _kind(key: str | None, method: str, route: str, status: int, problem: str | None) -> str:
    """What many requests' lines have in common."""
    return json.dumps({"key": key, "method": method, "route": route, "status": status, "problem": problem})[1:-1]


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds")


class Gathered:
    """Lines on their way to a stream. To write each alone takes longer than to make it, and lets other threads in between.

    One that may come `soon` waits `_SOON` seconds at most; another one is written at once, and before it those that wait.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream, self._lock = stream, Lock()
        self._waiting: list[str] = []

    def add(self, line: str, soon: bool) -> None:
        """Take a line; in the event loop, where it may come soon."""
        with self._lock:
            self._waiting.append(line)
            first = len(self._waiting) == 1
        if not soon:
            self.flush()
        elif first:
            asyncio.get_running_loop().call_later(_SOON, self.flush)

    def flush(self) -> None:
        """Write what waits; a stream that nobody reads any more holds up no request."""
        with self._lock, suppress(OSError, ValueError):
            waiting, self._waiting = self._waiting, []
            if waiting:
                self._stream.write("\n".join(waiting) + "\n")
                self._stream.flush()


_SOON = 0.05
_open: list[Gathered] = []


@contextmanager
def gathered(stream: TextIO) -> Iterator[None]:
    """Write the lines to a stream, past the logger, as long as this is open: for a process that only serves."""
    _open.append(Gathered(stream))
    try:
        yield
    finally:
        _open.pop().flush()


def _put(line: str, level: int, soon: bool) -> None:
    if _open:
        _open[-1].add(line, soon)
    elif LOGGER.isEnabledFor(level):
        record = LOGGER.makeRecord(LOGGER.name, level, __file__, 0, line, (), None)  # nobody asks which line of ours
        LOGGER.handle(record)


def told_error(error: BaseException) -> dict[str, Any]:
    """What went wrong and where, without the words of the error, in which a person may be named."""
    places = [
        f"{frame.f_code.co_filename}:{line} {frame.f_code.co_name}" for frame, line in walk_tb(error.__traceback__)
    ]
    cause = cause_of(error)
    return {"error": type(error).__name__, "places": places[-_MOST:], **({"cause": cause} if cause else {})}


_MOST = 12
