"""What many want written at the same time, done by one thread in one transaction.

Threads that write at the same time take the interpreter's lock from one another, and from the event loop, at each statement; to
get it back takes longer than the statement. So where a store has one writer anyway, those who come while others are being written
wait together, and are written together, with one wait for the disk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from ..ports import Store

T = TypeVar("T")
V = TypeVar("V")


class _Wanted(NamedTuple, Generic[T, V]):
    """Who waits, what is to be written, and what he is told of it."""

    future: asyncio.Future[V]
    write: Callable[[], T]
    tell: Callable[[T], V]


class Do(Protocol):
    """Does something in a thread."""

    def __call__(self, work: Callable[[], T], /) -> Awaitable[T]: ...


class Batches:
    """The writers of a store, in event loops."""

    def __init__(self, store: Store, do: Do, most: int) -> None:
        """At most so many are written together."""
        self._store, self._do, self._most = store, do, most
        self._lines: dict[asyncio.AbstractEventLoop, _Line] = {}

    async def act(self, write: Callable[[], T], tell: Callable[[T], V]) -> V:
        """What `tell` makes of what `write` gave, once it is on disk. Raises what either raises.

        `write` may be done again before; neither is begun any more when nobody waits.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[V] = loop.create_future()
        line = self._lines.get(loop)
        if line is None:
            line = self._lines[loop] = _Line(loop)
            line.task = loop.create_task(self._work(line))
        line.join(_Wanted(future, write, tell))
        return await future

    async def _work(self, line: _Line) -> None:
        """Batch by batch, as long as anybody waits."""
        batch: list[_Wanted[Any, Any]] = []
        try:
            while line.wanted:
                await line.gathered()
                began = line.loop.time()
                batch = line.take(self._most)
                for one, found in zip(batch, await self._written(batch), strict=True):
                    _settle(one.future, found)
                line.expect(len(batch), line.loop.time() - began)
        finally:
            del self._lines[line.loop]
            for one in (*batch, *line.wanted):  # where the loop ends meanwhile
                one.future.cancel()

    async def _written(self, batch: Sequence[_Wanted[Any, Any]]) -> Sequence[Any]:
        try:
            return await self._do(partial(self._write, batch)) if batch else ()
        except Exception as error:
            return [error] * len(batch)

    def _write(self, batch: Sequence[_Wanted[Any, Any]]) -> list[Any]:
        found = self._store.together([one.write for one in batch])
        return [_told(one, given) for one, given in zip(batch, found, strict=True)]


class _Line:
    """Those who wait in an event loop. One batch is under way, and the next one gathers.

    Who was answered mostly comes again at once. So as many are waited for as wrote last or waited meanwhile, no longer than that
    took: otherwise half of them write while the other half is read, and each has the lock taken by the other.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop, self.wanted = loop, list[_Wanted[Any, Any]]()
        self.task: asyncio.Task[None] | None = None
        self._expected, self._patience = 1, 0.0
        self._enough: asyncio.Future[None] | None = None

    def join(self, one: _Wanted[Any, Any]) -> None:
        """Wait with the others."""
        self.wanted.append(one)
        if self._enough is not None and len(self.wanted) >= self._expected:
            _settle(self._enough, None)

    async def gathered(self) -> None:
        """Wait for those who are expected."""
        if len(self.wanted) < self._expected:
            self._enough = self.loop.create_future()
            timer = self.loop.call_later(self._patience, _settle, self._enough, None)
            await self._enough
            timer.cancel()
            self._enough = None

    def take(self, most: int) -> list[_Wanted[Any, Any]]:
        """The next batch: those who have waited longest, but for those who wait no more."""
        found = [one for one in self.wanted[:most] if not one.future.done()]
        del self.wanted[:most]
        return found

    def expect(self, written: int, seconds: float) -> None:
        """What there is to expect after so many were written, which took so long."""
        self._expected, self._patience = written + len(self.wanted), min(seconds, _LONGEST)


_LONGEST = 0.001
"""Seconds to wait for others at most."""


def _told(one: _Wanted[T, V], given: T | Exception) -> V | Exception:
    if isinstance(given, Exception):
        return given
    try:
        return one.tell(given)
    except Exception as error:
        return error


def _settle(future: asyncio.Future[Any], found: Any) -> None:
    if future.done():
        return
    if isinstance(found, Exception):
        future.set_exception(found)
    else:
        future.set_result(found)
