"""A store that fails as stores, networks and machines do, by the chances of one seed, and else does what another one does."""

from __future__ import annotations

from collections import Counter
from functools import partial
from random import Random
from typing import Any

from flowiso.errors import Conflict, StoreError
from flowiso.ports import Store
from flowiso.text import Text

RATE = 0.003
"""The part of all calls at which something happens."""
LONGEST = 30
"""The most calls that an outage lasts."""
WRITES = frozenset({"create", "create_next", "append", "append_many", "notify", "delivered", "seal"})
READS = frozenset({"read", "answered", "person", "logs", "running", "held", "outbox"})
READING = "raised before", "killed before", "outage"
KINDS = (*READING, "raised after", "killed after", "arrived twice")
"""What happens: an error before anything was written or after it (nobody can tell which), the same for a kill of the whole host,
an error for a while, and a request that arrives twice."""


class Killed(BaseException):
    """The process is gone. Nothing in it may notice, so it is no Exception."""


class Failing:
    """A store over another one; what happened is counted in `faults`."""

    def __init__(self, store: Store, random: Random, faults: Counter[str]) -> None:
        self._store, self._random, self._faults = store, random, faults
        self._down = 0

    def __getattr__(self, name: str) -> Any:
        act = getattr(self._store, name)
        return partial(self._call, name, act) if name in WRITES | READS else act

    def _call(self, name: str, act: Any, *asked: Any) -> Any:
        if self._down:
            self._down -= 1
            raise _gone()
        if self._random.random() >= RATE:
            return act(*asked)
        kind = self._random.choice(KINDS if name in WRITES else READING)
        self._faults[kind] += 1
        return self._fail(kind, name, partial(act, *asked))

    def _fail(self, kind: str, name: str, act: Any) -> Any:
        if kind == "outage":
            self._down = self._random.randrange(LONGEST)
        if kind in ("outage", "raised before"):
            raise _gone()
        if kind == "killed before":
            raise Killed
        done = act()
        if kind == "killed after":
            raise Killed
        if kind == "raised after":
            raise _gone()
        _arrive_again(name, act)
        return done


def _arrive_again(name: str, act: Any) -> None:
    """The same request once more: lines are refused, the others have no effect."""
    try:
        again = act()
    except Conflict:
        return
    assert name in ("notify", "delivered", "seal"), f"I1: {name} was done twice"
    assert not again, f"{name} has put out the same again: {again}"


def _gone() -> StoreError:
    return StoreError(Text("kho không trả lời; thử lại sau", "the store doesn't answer; try again later"))
