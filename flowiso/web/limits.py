"""How often a key may ask: a token bucket for each, over a clock that is given."""

from __future__ import annotations

from collections.abc import Callable

_MOST = 10_000


class Buckets:
    """A bucket of `burst` tokens for each key that fills up by `rate` a second; used by one thread, the event loop's."""

    def __init__(self, rate: float, burst: int, clock: Callable[[], float]) -> None:
        self._rate, self._burst, self._clock = rate, float(burst), clock
        self._left: dict[str, tuple[float, float]] = {}
        self._many = _MOST

    def wait(self, key: str) -> float:
        """Take a token: 0.0, or the seconds until there is one; none is taken then."""
        now = self._clock()
        left, before = self._left.get(key, (self._burst, now))
        left = min(self._burst, left + max(0.0, now - before) * self._rate)
        short = 1.0 - left
        self._left[key] = (left if short > 0 else left - 1.0), now
        if len(self._left) > self._many:
            self._forget(now)
        return max(0.0, short / self._rate)

    def _forget(self, now: float) -> None:
        """Let go of the buckets that are full again, and not again before there are twice as many as are left."""
        full = self._burst / self._rate
        self._left = {key: kept for key, kept in self._left.items() if now - kept[1] < full}
        self._many = max(_MOST, 2 * len(self._left))
