"""What may be set of the HTTP door: limits, threads and rates, with what is usual."""

from __future__ import annotations

from typing import NamedTuple


class Settings(NamedTuple):
    """Limits of one process. `threads` do the engine's work, of which `slow_threads` what looks at all dossiers.

    `waiting` requests may wait for a thread beside those that have one, `slow_waiting` of them for a slow one; more are
    answered 503 at once. `rate` is how many requests a second a key may send on average, `burst` how many at once. A body has
    at most `body_bytes`, must be here within `body_seconds`, and nests `depth` deep. `batch` is the most steps that
    are written in one transaction, `bulk` the most items of a bulk request, `page` of a page. The pages of `kept` dossiers are
    kept to be given again, none longer than `kept_bytes`.
    """

    threads: int = 8
    slow_threads: int = 2
    waiting: int = 64
    slow_waiting: int = 16
    rate: float = 100.0
    burst: int = 200
    body_bytes: int = 1 << 20
    body_seconds: float = 10.0
    depth: int = 16
    batch: int = 64
    bulk: int = 1_000
    page: int = 200
    kept: int = 1_024
    kept_bytes: int = 32 << 10

    @property
    def in_flight(self) -> int:
        """The most requests that are worked on, or wait, at one time."""
        return self.threads + self.slow_threads + self.waiting


USUAL = Settings()
