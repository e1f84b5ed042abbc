"""Live updates: a page is told when what it shows has changed, by server-sent events. Nothing is told but that.

Whoever else writes into the store may be another process, so the store is asked again and again; however many watch the same
thing, it is asked once. A page tells the mark it was made from, so nothing is missed in between.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import date
from hashlib import sha256
from itertools import chain
from time import monotonic
from typing import NamedTuple

from ...engine import Engine
from ...errors import BadValue, FlowISOError
from ...model import Case, Move
from ...org import Org
from ...text import Text
from ..desk import Desk

PAUSE = 0.4
"""Seconds between two looks at the store, or more where a look costs more."""
_SHARE = 3
"""A look may take so much of the time: one part in this and one."""
_BEAT = 15.0
"""Seconds after which a silent stream says that it lives."""
_LONGEST = 60.0
"""Seconds after which a stream ends; the browser asks again."""
MOST = 200
"""So many streams at one time; further pages are without live updates."""


class Topic(NamedTuple):
    """What is watched: "inbox" of an account, the "board", or a "dossier" by its number."""

    kind: str
    of: str = ""

    @classmethod
    def parse(cls, text: str, account: str) -> Topic:
        """The topic a page names. Raises BadValue."""
        kind, _, of = text.partition(":")
        if kind == "board":
            return cls(kind)
        if kind == "inbox":
            return cls(kind, account)
        if kind == "dossier" and of:
            return cls(kind, of)
        raise BadValue(Text("không có gì để theo dõi ở đây", "there is nothing to watch here"))


def mark(engine: Engine, topic: Topic) -> str:
    """What is another one as soon as what is watched has changed."""
    store, agency = engine.store, engine.agency
    if topic.kind == "dossier":
        return str(len(store.read(agency, topic.of)[1]))
    if topic.kind == "board":
        return _digest(store.running(agency, engine.ends))
    return _digest(chain.from_iterable(store.held(agency, one) for one in desks(engine.flows.org, topic.of)))


def desks(org: Org, account: str, on: date | None = None) -> tuple[str, ...]:
    """An account, and those it stands in for on a day (R127), or ever."""
    powers = (one for one in org.delegations if one.delegate == account and (on is None or one.holds(on)))
    return tuple(dict.fromkeys((account, *(one.principal for one in powers))))


def _digest(logs: Iterable[tuple[Case, list[Move]]]) -> str:
    made = sha256()
    for number, lines in sorted((case.number, len(moves)) for case, moves in logs):
        made.update(f"{number} {lines}\n".encode())
    return made.hexdigest()[:16]


class _Look:
    """The last look at a topic."""

    def __init__(self) -> None:
        self.lock, self.mark, self.at, self.cost = asyncio.Lock(), "", -1e9, 0.0


class Pulse:
    """The looks of one process, shared by all who watch the same."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._looks: dict[tuple[str, Topic], _Look] = {}
        self.streams, self.stopping = 0, False

    async def _mark(self, engine: Engine, topic: Topic, look: _Look) -> str:
        async with look.lock:
            if monotonic() - look.at >= PAUSE / 2:
                began, do = monotonic(), self._desk.look if topic.kind == "board" else self._desk.do
                look.mark = await do(mark, engine, topic)
                look.at = monotonic()
                look.cost = look.at - began
            return look.mark

    async def stream(self, engine: Engine, topic: Topic, seen: str, holds: Callable[[], bool]) -> AsyncIterator[str]:
        """Events for one page, as long as its session holds."""
        self.streams += 1
        try:
            async for said in self._told(engine, topic, seen, holds):
                yield said
        finally:
            self.streams -= 1
            if not self.streams:
                self._looks.clear()

    async def _told(self, engine: Engine, topic: Topic, seen: str, holds: Callable[[], bool]) -> AsyncIterator[str]:
        look = self._looks.setdefault((engine.agency, topic), _Look())
        yield "retry: 500\n\n"
        began = said = monotonic()
        while not self.stopping and holds() and monotonic() - began < _LONGEST:
            try:
                found = await self._mark(engine, topic, look)
            except FlowISOError:  # the store is away for a while
                return
            if found != seen:
                seen, said = found, monotonic()
                yield f"id: {found}\nevent: changed\ndata: {found}\n\n"
            elif monotonic() - said > _BEAT:
                said = monotonic()
                yield ": \n\n"
            await asyncio.sleep(max(PAUSE, _SHARE * look.cost))
