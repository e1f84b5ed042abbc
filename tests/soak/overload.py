"""T18: three times as many requests as the server can do, beside clients who dawdle, and some who say nothing at all.

Capacity is what as many callers as the server has places (`Settings.in_flight`) get done, each asking again when it is answered;
none of them is refused. Then requests come three times as fast, whatever becomes of those before. Half of them are steps. Who is
refused is told when to come back, and nothing was done for him; who isn't waits not much longer than at capacity. Callers and
server share the processors of one machine.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections import Counter
from contextlib import suppress
from itertools import count
from pathlib import Path
from random import Random
from typing import NamedTuple

from checker import Told, check, check_nothing_beside
from house import FLOW, House, checked
from size import MEMORY, Size, Sizes
from wire import Lines, request

from flowiso.model import APPLICANT, COMPLAIN
from flowiso.web.settings import USUAL

TITLE = "overload"
CALM, STORM = Sizes(2, 20, 60), Sizes(5, 300, 1_800)
"""Seconds at capacity, and of overload."""
TIMES = 3
"""So many times the capacity."""
SLOWER, ENOUGH = 3.0, 2.0
"""How much longer the 99th of a hundred may wait; two seconds are always soon enough."""
GROWTH = Sizes(20, 5, 5)
"""By so many hundredths memory may grow after a third of the time; in a tenth of it the caches still fill."""
FIRST = Sizes(1_000, 5_000, 5_000)
"""Dossiers before anything is measured: at ci and in full more than a server remembers anything of."""
DOSSIERS, LENGTH = 1_000, 10
"""Dossiers at a time, and about how many steps of each."""
HEADERS, BODIES, SILENT = 40, 16, 300
"""Clients who send a byte of their headers, or of their body, now and then, and who say nothing."""
MOST = 600
"""Requests that wait for an answer at one time: more callers there aren't."""
_FEW = 8


class Load:
    """Requests of all callers, and what became of them."""

    def __init__(self, house: House, random: Random) -> None:
        self._house, self._random, self._lines = house, random, Lines(house.port)
        self._numbers, self._count = list[str](), count()
        self.told, self.refused = list[Told](), list[str]()
        self.waits, self.counts = list[float](), Counter[str]()

    async def ready(self, dossiers: int) -> None:
        """Receive the first dossiers."""

        async def call() -> None:
            while len(self.told) < dossiers:
                await self._receive()

        await asyncio.gather(*(call() for _ in range(_FEW)))

    async def calm(self, seconds: float) -> float:
        """As many callers as there are places, without a pause: requests a second."""
        end = time.monotonic() + seconds
        self.waits.clear()

        async def call() -> None:
            while time.monotonic() < end:
                await self._any()

        await asyncio.gather(*(call() for _ in range(USUAL.in_flight)))
        return len(self.waits) / seconds

    async def storm(self, seconds: float, rate: float) -> None:
        """So many requests a second, whether those before were answered or not."""
        begun, sent, asking = time.monotonic(), 0, set[asyncio.Task[None]]()
        self.waits.clear()
        while (now := time.monotonic() - begun) < seconds:
            due = int(now * rate) - sent
            room = min(due, MOST - len(asking))
            self.counts["given up"] += due - room
            sent += due
            for _ in range(room):
                task = asyncio.create_task(self._any())
                asking.add(task)
                task.add_done_callback(asking.discard)
            await asyncio.sleep(0.005)
            for task in [one for one in asking if one.done()]:
                task.result()
        await asyncio.gather(*asking)

    def close(self) -> None:
        """Let go of the connections."""
        self._lines.close()

    async def _any(self) -> None:
        """A step or a look."""
        chance, number = self._random.random(), self._random.choice(self._numbers)
        if chance < 0.5:
            await self._ask("GET", f"/v1/dossiers/{number}")
        elif chance < 0.5 + 0.5 / LENGTH:
            await self._receive()
        else:
            words = {"action": COMPLAIN, "by": APPLICANT, "note": "theo hồ sơ"}
            await self._ask("POST", f"/v1/dossiers/{number}/moves", words)

    async def _receive(self) -> None:
        """A new dossier in the place of one."""
        body = {"procedure": FLOW, "by": self._random.choice(self._house.desk)}
        number = await self._ask("POST", "/v1/dossiers", body)
        if number and len(self._numbers) < DOSSIERS:
            self._numbers.append(number)
        elif number:
            self._numbers[self._random.randrange(DOSSIERS)] = number

    async def _ask(self, method: str, path: str, body: object = None) -> str:
        """The number of the dossier that was received or moved; "" where none was."""
        key, began = f"k{next(self._count)}", time.monotonic()
        answer = checked(await self._lines.ask(request(method, path, self._house.token, body, Idempotency_Key=key)))
        self.counts[answer.code or method] += 1
        if answer.status >= 300:
            assert answer.code in ("overloaded", "conflict"), answer.raw
            self.refused.append(key)
        if answer.code != "overloaded":
            self.waits.append(time.monotonic() - began)
        if answer.status >= 300 or method == "GET":
            return ""
        self.told.append(Told(key, answer.told["number"], answer.told["seq"]))
        return str(answer.told["number"])


class Slow:
    """Clients who dawdle, for as long as it is open."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._tasks = list[asyncio.Task[None]]()

    async def __aenter__(self) -> None:
        path = "/v1/dossiers"
        whole = request("POST", path, self._house.token, {"procedure": FLOW, "by": self._house.desk[0]})
        head, _, body = whole.partition(b"\r\n\r\n")
        given = [(b"", whole)] * HEADERS + [(head + b"\r\n\r\n", body)] * BODIES + [(b"", b"")] * SILENT
        self._tasks = [asyncio.create_task(self._dawdle(*one)) for one in given]

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _dawdle(self, first: bytes, rest: bytes) -> None:
        """Again and again: the one at once, the other byte by byte, one short of the whole."""
        while True:
            with suppress(OSError):
                reader, writer = await asyncio.open_connection("127.0.0.1", self._house.port)
                writer.write(first)
                for place in range(len(rest) - 1):
                    writer.write(rest[place : place + 1])
                    if await _hung_up(reader, 1.0):
                        break
                while not await _hung_up(reader, 1.0):
                    pass
                writer.close()


async def _hung_up(reader: asyncio.StreamReader, seconds: float) -> bool:
    with suppress(TimeoutError):
        return not await asyncio.wait_for(reader.read(1_000), seconds)
    return False


class Seen(NamedTuple):
    """What was seen: requests a second at capacity, the 99th of a hundred waits there and under overload, in seconds; requests
    a second that were served under overload, and how much memory grew."""

    capacity: float
    calm: float
    storm: float
    served: float
    growth: float


def run(size: Size, seed: int) -> str:
    """Calm, then three times as much."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        url = f"sqlite:///{Path(folder) / 'overload.db'}"
        with House(url, Path(folder), keys=120) as house:
            load = Load(house, Random(seed))
            seen = asyncio.run(_work(house, load, size))
            house.stop()
            faults = house.faults()
        found = check(url, load.told)
        check_nothing_beside(url, load.refused)
    assert found.keys == len(load.told)
    assert not faults, faults
    counts = load.counts
    line = (
        f"capacity {seen.capacity:.0f} requests a second, p99 {seen.calm * 1000:.0f} ms; at {TIMES} times that {seen.served:.0f} "
        f"served, p99 {seen.storm * 1000:.0f} ms, {counts['overloaded']} answers 503, {counts['given up']} not even sent; "
        f"memory {seen.growth:+.1%}; {len(load.told)} steps acknowledged = stored"
    )
    assert counts["overloaded"] > 0, line
    assert seen.storm <= max(SLOWER * seen.calm, ENOUGH), line
    assert seen.growth <= GROWTH.at(size) / 100, line
    return line


async def _work(house: House, load: Load, size: Size) -> Seen:
    calm, storm = CALM.at(size), STORM.at(size)
    await load.ready(FIRST.at(size))
    await load.calm(calm / 3)
    capacity = await load.calm(calm)
    assert not load.counts["overloaded"], "somebody was refused at capacity"
    wait = _p99(load.waits)
    async with Slow(house):
        await load.storm(storm / 3, TIMES * capacity)
        before = house.memory
        await load.storm(storm, TIMES * capacity)
        growth = house.memory / before - 1
    load.close()
    return Seen(capacity, wait, _p99(load.waits), len(load.waits) / storm, growth)


def _p99(waits: list[float]) -> float:
    return sorted(waits)[len(waits) * 99 // 100]
