"""Who does many runs: this process, several of this machine, or a cluster. Each gives the same results in the same order.

A run is a function of its task, so one that was lost with the process that did it is simply done again.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from itertools import islice
from multiprocessing import get_context
from multiprocessing.connection import Connection
from threading import Thread
from types import TracebackType
from typing import Protocol, Self, TypeVar

from ..errors import BadValue, FlowISOError
from ..text import Text

T = TypeVar("T")
R = TypeVar("R")

TRIES = 3
"""So often in a row may workers die without a single run done; then it isn't chance."""


class Crew(Protocol):
    """Does one thing many times; a context manager. Left by whatever way, it leaves no process behind."""

    def each(self, function: Callable[[T], R], tasks: Sequence[T], on_done: Callable[[int, R], None]) -> list[R]:
        """`function` of every task, in their order; `on_done` hears of each, with its place, as soon as it is done.

        What `function` raises is raised. KeyboardInterrupt ends it; what is done by then, `on_done` has heard of.
        """
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def crew(jobs: int | None = None, cluster: str = "") -> Crew:
    """The crew for so many `jobs` at once on this machine, by default one a processor, or for the Dask cluster at an address."""
    if cluster:
        from .cluster import Cluster

        return Cluster(cluster)
    jobs = processors() if jobs is None else jobs
    if jobs < 1:
        raise BadValue(Text("'--jobs' phải từ 1 trở lên", "'--jobs' must be 1 or more"))
    return Processes(jobs) if jobs > 1 else Alone()


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Alone:
    """This process, one task after the other."""

    def each(self, function: Callable[[T], R], tasks: Sequence[T], on_done: Callable[[int, R], None]) -> list[R]:
        """See `Crew.each`."""
        results = []
        for place, task in enumerate(tasks):
            results.append(function(task))
            on_done(place, results[-1])
        return results

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...


class Processes:
    """Several processes, started when first needed. The function and its tasks must be such as pickle can carry.

    They hold one end of a pipe and leave when the other end closes: with this process, however it ends, or before.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._context = get_context("spawn")
        self._start()

    def _start(self) -> None:
        self._held, self._lease = self._context.Pipe(duplex=False)
        self._pool = ProcessPoolExecutor(self._count, self._context, _serve, (self._held,))

    def _stop(self, wait: bool) -> None:
        if not wait:
            self._lease.close()
        self._pool.shutdown(cancel_futures=True)
        self._lease.close()
        self._held.close()

    def _start_afresh(self) -> None:
        """With other processes, without waiting for what these are doing."""
        self._stop(wait=False)
        self._start()

    def each(self, function: Callable[[T], R], tasks: Sequence[T], on_done: Callable[[int, R], None]) -> list[R]:
        """See `Crew.each`. FlowISOError when workers die again and again."""
        done: dict[int, R] = {}
        in_vain = 0
        while len(done) < len(tasks):
            before = len(done)
            try:
                self._round(function, tasks, done, on_done)
            except BrokenProcessPool as error:
                in_vain = 0 if len(done) > before else in_vain + 1
                if in_vain == TRIES:
                    raise FlowISOError(_DYING) from error
                self._start_afresh()
            except KeyboardInterrupt:
                self._start_afresh()
                raise
        return [done[place] for place in range(len(tasks))]

    def _round(
        self, function: Callable[[T], R], tasks: Sequence[T], done: dict[int, R], on_done: Callable[[int, R], None]
    ) -> None:
        missing = (place for place in range(len(tasks)) if place not in done)
        places: dict[Future[R], int] = {}

        def hand_out(count: int) -> None:
            for place in islice(missing, count):
                places[self._pool.submit(function, tasks[place])] = place

        with _undisturbed():  # the processes are started here
            hand_out(2 * self._count)
        while places:
            for future in wait(places, return_when=FIRST_COMPLETED).done:
                place = places.pop(future)
                done[place] = future.result()
                on_done(place, done[place])  # first: to hand out fails when a worker has died since
                hand_out(1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._stop(wait=kind is None)


_DYING = Text(
    "các tiến trình chạy mô phỏng cứ bị hệ điều hành dừng; hãy xem bộ nhớ còn lại, hoặc chạy với --jobs 1",
    "the processes that run the simulation keep being stopped by the system; look at the free memory, or use --jobs 1",
)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Processes started in here never hear Ctrl-C, which a terminal sends to all: it is this process that acts upon it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(held: Connection) -> None:
    """Begin to work for the process at the other end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_leave_with, args=(held,), daemon=True).start()


def _leave_with(held: Connection) -> None:
    with suppress(EOFError, OSError):
        held.recv_bytes()
    os._exit(1)
