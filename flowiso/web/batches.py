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
    """The writers of a store, in event loops. For each loop one batch is under way, and another one gathers."""

    def __init__(self, store: Store, do: Do, most: int) -> None:
        """At most so many are written together."""
        self._store, self._do, self._most = store, do, most
        self._waiting: dict[asyncio.AbstractEventLoop, tuple[list[_Wanted[Any, Any]], asyncio.Task[None]]] = {}

    async def act(self, write: Callable[[], T], tell: Callable[[T], V]) -> V:
        """What `tell` makes of what `write` gave, once it is on disk. Raises what either raises.

        `write` may be done again before; neither is begun any more when nobody waits.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[V] = loop.create_future()
        if loop not in self._waiting:
            wanted: list[_Wanted[Any, Any]] = []
            self._waiting[loop] = wanted, loop.create_task(self._work(loop, wanted))
        self._waiting[loop][0].append(_Wanted(future, write, tell))
        return await future

    async def _work(self, loop: asyncio.AbstractEventLoop, wanted: list[_Wanted[Any, Any]]) -> None:
        """Batch by batch, as long as anybody waits."""
        batch: list[_Wanted[Any, Any]] = []
        try:
            while wanted:
                batch = [one for one in wanted[: self._most] if not one.future.done()]
                del wanted[: self._most]
                for one, found in zip(batch, await self._written(batch), strict=True):
                    _settle(one.future, found)
        finally:
            del self._waiting[loop]
            for one in (*batch, *wanted):  # where the loop ends meanwhile
                one.future.cancel()

    async def _written(self, batch: Sequence[_Wanted[Any, Any]]) -> Sequence[Any]:
        try:
            return await self._do(partial(self._write, batch)) if batch else ()
        except Exception as error:
            return [error] * len(batch)

    def _write(self, batch: Sequence[_Wanted[Any, Any]]) -> list[Any]:
        found = self._store.together([one.write for one in batch])
        return [_told(one, given) for one, given in zip(batch, found, strict=True)]


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
