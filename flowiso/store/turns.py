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

    __slots__ = ("answer", "done", "error", "latch", "turn", "work")

    def __init__(self, work: Work[Any]) -> None:
        self.work = work
        self.answer: Any = None
        self.error: BaseException | None = None
        self.done = False
        self.turn = False
        self.latch = Lock()
        self.latch.acquire()


class Turns:
    """Threads take turns to write: whose turn it is writes for all who wait, and who waits longest has the next turn.

    Alone, a thread so pays for no other; nobody is overtaken, since those who wait are served in the order they came. As many
    are waited for as wrote last time, no longer than that took: otherwise batches of one and of all the others alternate. The
    last of them takes the turn over: he is awake, and who waited for him needn't wake up before it is done.
    """

    def __init__(self, commit: Callable[[Sequence[Job]], None], most: int = 64) -> None:
        """`commit` does jobs in one transaction and notes what came of each; at most so many at once."""
        self._commit = commit
        self._most = most
        self._turn = Lock()
        self._lock = Lock()
        self._waiting: deque[Job] = deque()
        self._gathering: Job | None = None
        self._expected = 1
        self._patience = 0.0

    def alone(self) -> bool:
        """Whether nobody is writing and nobody is expected. Then it is the caller's turn, and he has to `pass_on` when done."""
        return self._expected == 1 and self._turn.acquire(False)

    def idle(self) -> bool:
        """Whether nobody is writing. Then it is the caller's turn, and he has to `pass_on` when he is done."""
        return self._turn.acquire(False)

    def pass_on(self, wrote: bool = False) -> None:
        """End the turn that `alone` or `idle` has given."""
        if wrote and self._waiting:
            self._expected = min(1 + len(self._waiting), self._most)
        self._turn.release()
        if self._waiting:  # who came before this has found it taken
            with self._lock:
                self._appoint(None)

    def take(self, work: Work[Any]) -> Job:
        """Have it done: `answer` or `error` of what is returned say what came of it, after the commit."""
        job = Job(work)
        try:
            self._join(job)
            while not job.done:
                if not job.turn:
                    job.latch.acquire()
                elif self._gathered(job):
                    self._lead()
        except BaseException:  # an interrupt: somebody else must go on
            self._leave(job)
            raise
        return job

    def _join(self, job: Job) -> None:
        with self._lock:
            self._waiting.append(job)
            if self._gathering is None:
                self._appoint(job)
            elif len(self._waiting) >= self._expected:
                self._gathering.turn, self._gathering, job.turn = False, None, True

    def _appoint(self, awake: Job | None) -> None:
        """Where nobody has the turn, give it to who has waited longest; one of the jobs may be `awake`."""
        if self._waiting and self._turn.acquire(False):
            self._hand_on(awake)

    def _hand_on(self, awake: Job | None = None) -> None:
        first = self._waiting[0]
        first.turn = True
        if first is not awake:
            first.latch.release()

    def _gathered(self, job: Job) -> bool:
        """Wait for those who are expected; a single thread expects nobody but itself. False: another has taken the turn over."""
        with self._lock:
            if len(self._waiting) >= self._expected:
                return True
            self._gathering = job
        if job.latch.acquire(timeout=self._patience):
            return False
        with self._lock:
            if job.turn:
                self._gathering = None
        return job.turn

    def _lead(self) -> None:
        with self._lock:
            batch = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
        begun = monotonic()
        try:
            self._commit(batch)
        finally:
            with self._lock:
                self._patience = min(monotonic() - begun, _LONGEST)
                self._expected = min(len(batch) + len(self._waiting), self._most)
                for job in batch:
                    job.done = True
                self._end()
            for job in batch:
                job.latch.release()

    def _end(self) -> None:
        """End a turn; there is another while anybody waits."""
        if self._waiting:
            self._hand_on()
        else:
            self._turn.release()

    def _leave(self, job: Job) -> None:
        with self._lock:
            if job in self._waiting:
                self._waiting.remove(job)
                if self._gathering is job:
                    self._gathering = None
                if job.turn:
                    self._end()
