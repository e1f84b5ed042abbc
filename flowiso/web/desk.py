"""The engines behind the door, and the threads that work with them: the engine waits for the disk, the event loop may not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from functools import partial
from threading import Lock
from time import monotonic
from typing import Any, NamedTuple, ParamSpec, TypeVar

from ..engine import Engine
from ..errors import BadValue
from ..text import Text
from .batches import Batches
from .keys import Caller
from .problems import Problem
from .settings import Settings

P = ParamSpec("P")
T = TypeVar("T")
V = TypeVar("V")


class Asked(NamedTuple):
    """A request that may be answered: at which desk, of which agency, by whom, in which language, and when it came."""

    desk: Desk
    engine: Engine
    caller: Caller
    lang: str
    at: datetime


class Hands(ThreadPoolExecutor):
    """A pool of threads for event loops. What several have done meanwhile a loop is told at once: to wake it costs the most."""

    def __init__(self, threads: int, name: str) -> None:
        super().__init__(threads, name)
        self._lock = Lock()
        self._done: dict[asyncio.AbstractEventLoop, list[_Done]] = {}

    async def do(self, work: Callable[[], T]) -> T:
        """What `work` gives or raises; it isn't begun any more when nobody waits for it."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self.submit(self._work, loop, future, work)
        return await future

    def _work(self, loop: asyncio.AbstractEventLoop, future: asyncio.Future[Any], work: Callable[[], Any]) -> None:
        if future.cancelled():
            return
        found = future, *_tried(work)
        with self._lock:
            first = loop not in self._done
            self._done.setdefault(loop, []).append(found)
        if first:
            with suppress(RuntimeError):  # it is closed: nobody waits any more
                loop.call_soon_threadsafe(self._tell, loop)

    def _tell(self, loop: asyncio.AbstractEventLoop) -> None:
        with self._lock:
            done = self._done.pop(loop)
        for found in done:
            _settle(*found)


_Done = tuple["asyncio.Future[Any]", Any, BaseException | None]


def _tried(work: Callable[[], T]) -> tuple[T | None, BaseException | None]:
    try:
        return work(), None
    except BaseException as error:
        return None, error


def _settle(future: asyncio.Future[Any], found: Any, error: BaseException | None) -> None:
    if future.cancelled():
        return
    if error is None:
        future.set_result(found)
    else:
        future.set_exception(error)


class Desk:
    """Engines by agency, with a bounded pool of threads for single dossiers and a smaller one for what looks at all."""

    def __init__(self, engines: Iterable[Engine], settings: Settings, clock: Callable[[], datetime]) -> None:
        listed = list(engines)
        self.engines: Mapping[str, Engine] = {engine.agency: engine for engine in listed}
        if len(self.engines) < len(listed):
            raise BadValue(
                Text(
                    "hai thư mục lưu đồ có cùng mã cơ quan; mỗi cơ quan chỉ một lần",
                    "two folders of flows have the same agency; give each agency once",
                )
            )
        self.settings, self.clock = settings, clock
        self._pools: dict[str, Hands] = {}
        self._batches = {
            engine.agency: Batches(engine.store, self.do, settings.batch)
            for engine in listed
            if engine.store.one_writer
        }
        self._looking = 0
        self._checked: tuple[float, asyncio.Future[None]] | None = None

    async def do(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `work` gives, done in a thread."""
        return await self.pool("quick", self.settings.threads).do(partial(work, *args, **kwargs))

    async def act(self, engine: Engine, write: Callable[[], T], tell: Callable[[T], V]) -> V:
        """What `tell` makes of what `write` gave, once that is on disk: in a thread, with what others want to write."""
        batches = self._batches.get(engine.agency)
        if batches is None:
            return await self.do(lambda: tell(write()))
        return await batches.act(write, tell)

    async def look(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The same for work that reads all dossiers of an agency: few at a time, so that single dossiers go on."""
        settings = self.settings
        if self._looking >= settings.slow_threads + settings.slow_waiting:
            raise busy()
        self._looking += 1
        try:
            return await self.pool("slow", settings.slow_threads).do(partial(work, *args, **kwargs))
        finally:
            self._looking -= 1

    async def check(self) -> None:
        """Read every store, once a second at most however many ask. Raises what they raise."""
        if self._checked is None or monotonic() - self._checked[0] >= 1.0:
            self._checked = monotonic(), asyncio.ensure_future(self.do(self._read_all))
        await asyncio.shield(self._checked[1])

    def _read_all(self) -> None:
        for engine in self.engines.values():
            engine.store.answered(engine.agency, "flowiso-ready")

    def pool(self, name: str, threads: int) -> Hands:
        """The threads of a kind, made when they are first wanted: an app that was shut down may be started again."""
        if name not in self._pools:
            self._pools[name] = Hands(threads, f"flowiso-{name}")
        return self._pools[name]

    def close(self, stores: bool) -> None:
        """Wait for what is being done, and let go of the threads, and of the `stores` if they are ours."""
        while self._pools:
            self._pools.popitem()[1].shutdown()
        for engine in self.engines.values() if stores else ():
            engine.close()


def busy() -> Problem:
    """That there is too much to do."""
    return Problem(
        "overloaded",
        Text(
            "máy chủ đang xử lý quá nhiều yêu cầu; hãy gửi lại với cùng khóa chống lặp",
            "the server has too much to do; send it again with the same idempotency key",
        ),
    )
