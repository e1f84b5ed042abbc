"""Group commit: threads that write at the same time share a transaction, and so the wait for the disk."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from threading import Lock
from time import monotonic
from typing import Any

from .link import Work

_LONGEST = 0.001
"""Seconds to wait for others at most."""


class Job:
    """What one thread wants done, and what came of it."""

    __slots__ = ("answer", "appointed", "done", "error", "latch", "work")

    def __init__(self, work: Work[Any]) -> None:
        self.work = work
        self.answer: Any = None
        self.error: BaseException | None = None
        self.done = False
        self.appointed = False
        self.latch: Lock | None = None

    def wait(self) -> None:
        """Until it is done, or its thread is to lead."""
        assert self.latch is not None
        self.latch.acquire()

    def wake(self) -> None:
        """Let its thread go on."""
        if self.latch is not None:
            self.latch.release()


class Turns:
    """Threads take turns to write: who finds nobody writing leads, and writes for all who came while the last one led.

    Alone, a thread so pays for no other; nobody is overtaken, since those who wait are served in the order they came. Who leads
    waits for as many as wrote last time, no longer than that took: otherwise batches of one and of all the others alternate.
    """

    def __init__(self, commit: Callable[[Sequence[Job]], None], most: int = 64) -> None:
        """`commit` does jobs in one transaction and notes what came of each; at most so many at once."""
        self._commit = commit
        self._most = most
        self._lock = Lock()
        self._waiting: deque[Job] = deque()
        self._led = False
        self._expected = 1
        self._patience = 0.0
        self._gathering = False
        self._gathered = Lock()
        self._gathered.acquire()

    def take(self, work: Work[Any]) -> Job:
        """Have it done: `answer` or `error` of what is returned say what came of it, after the commit."""
        job = Job(work)
        try:
            if not self._leads(job):
                job.wait()
            if not job.done:
                self._gather()
        except BaseException:  # an interrupt: somebody else must go on
            self._leave(job)
            raise
        if not job.done:
            self._lead(self._batch())
        return job

    def alone(self) -> bool:
        """Whether nobody is writing and nobody is expected. Then it is the caller's turn, and he has to `pass_on` when done."""
        if self._expected > 1:
            return False
        with self._lock:
            if self._led or self._expected > 1:
                return False
            self._led = True
            return True

    def idle(self) -> bool:
        """Whether nobody is writing. Then it is the caller's turn, and he has to `pass_on` when he is done."""
        with self._lock:
            found = not self._led
            self._led = True
        return found

    def pass_on(self, wrote: bool = False) -> None:
        """End the turn that `alone` or `idle` has given."""
        with self._lock:
            self._led = False
            if self._waiting:
                if wrote:
                    self._expected = min(1 + len(self._waiting), self._most)
                self._appoint()

    def _leads(self, job: Job) -> bool:
        with self._lock:
            self._waiting.append(job)
            if not self._led:
                self._led = job.appointed = True
                return True
            if self._gathering and len(self._waiting) >= self._expected:
                self._gathering = False
                self._gathered.release()
            job.latch = Lock()
            job.latch.acquire()
            return False

    def _batch(self) -> list[Job]:
        with self._lock:
            return [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]

    def _lead(self, batch: Sequence[Job]) -> None:
        begun = monotonic()
        try:
            self._commit(batch)
        finally:
            with self._lock:
                self._patience = min(monotonic() - begun, _LONGEST)
                self._expected = min(len(batch) + len(self._waiting), self._most)
                self._appoint()
                for job in batch:
                    job.done = True
            for job in batch:
                job.wake()

    def _gather(self) -> None:
        """Wait for those who are expected; a single thread expects nobody but itself."""
        with self._lock:
            if len(self._waiting) >= self._expected:
                return
            self._gathering = True
        try:
            self._gathered.acquire(timeout=self._patience)
        finally:
            with self._lock:
                self._gathering = False
                self._gathered.acquire(blocking=False)  # somebody may have come just now

    def _appoint(self) -> None:
        """Let the one who has waited longest lead."""
        self._led = bool(self._waiting)
        if self._waiting:
            self._waiting[0].appointed = True
            self._waiting[0].wake()

    def _leave(self, job: Job) -> None:
        with self._lock:
            if job in self._waiting:
                self._waiting.remove(job)
                if job.appointed:
                    self._appoint()
