"""How long one waits for what others send, in an event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


class Patience:
    """A limit of so many seconds for each of many waits, by one timer: whoever began first is late first.

    `asyncio.timeout` puts up a timer for each. For one event loop at a time.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._until: dict[asyncio.Task[object], float] = {}
        self._late: set[asyncio.Task[object]] = set()
        self._watched: asyncio.AbstractEventLoop | None = None

    async def within(self, work: Awaitable[T]) -> T:
        """What `work` gives or raises. Raises TimeoutError when it takes too long; it is broken off then."""
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None
        self._until[task] = loop.time() + self._seconds
        if self._watched is not loop:
            self._watched = loop
            loop.call_later(self._seconds, self._look, loop)
        try:
            return await work
        except asyncio.CancelledError:
            if task in self._late and not task.uncancel():
                raise TimeoutError from None
            raise
        finally:
            self._until.pop(task, None)
            self._late.discard(task)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """Break off what is late, and look again when the next one would be."""
        for task, until in list(self._until.items()):
            if until > loop.time():
                loop.call_at(until, self._look, loop)
                return
            del self._until[task]
            self._late.add(task)
            task.cancel()
        self._watched = None
