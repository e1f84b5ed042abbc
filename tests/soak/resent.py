"""T6 over HTTP: a proxy loses answers after they were given, sends requests twice and holds some back; the keys alone count.

`flowiso serve` in a process of its own over an SQLite file, behind the proxy 16 callers who work on the same dossiers. A request
whose answer got lost is sent again after others. A key that comes with another body is refused.
"""

from __future__ import annotations

import asyncio
import tempfile
from asyncio import StreamReader, StreamWriter
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from random import Random
from typing import NamedTuple

from checker import Told, check, check_nothing_beside
from house import FLOW, LATER, PATIENCE, House, checked
from size import MEMORY, Size, Sizes
from wire import Answer, Lines, Lost, message, request

from flowiso.model import APPLICANT, COMPLAIN, RATE, REASSIGN

TITLE = "requests sent again over HTTP"
REQUESTS = Sizes(2_000, 30_000, 100_000)
DROPPED, DOUBLED, HELD, OTHER = 0.10, 0.05, 0.20, 0.02
"""Parts of the requests whose answer gets lost, that come twice, that come late, and whose key is used for something else."""
CALLERS, DOSSIERS, LENGTH = 16, 40, 20
"""Callers at once, how many dossiers they work on at a time, and requests for each."""


class Wish(NamedTuple):
    """What is asked for under a key."""

    key: str
    number: str
    path: str
    body: dict[str, str]


class Proxy:
    """Between the callers and the house; it knows what was answered under each key."""

    def __init__(self, house: House, random: Random) -> None:
        self._lines, self._random = Lines(house.port), random
        self._tasks: list[asyncio.Task[None]] = []
        self.answers: dict[bytes, set[bytes]] = defaultdict(set)
        self.counts: Counter[str] = Counter()

    def serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        """One caller's connection."""
        self._tasks.append(asyncio.create_task(self._serve(reader, writer)))

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, OSError), closing(writer):
            while (answer := await self._pass(await message(reader))) is not None:
                writer.write(answer)

    async def _pass(self, asked: bytes) -> bytes | None:
        """What the caller gets of it; None when he gets nothing."""
        chance = self._random.random()
        if self._random.random() < HELD:
            self.counts["held"] += 1
            await asyncio.sleep(self._random.random() * 0.03)
        if chance < DOUBLED / 2:
            self.counts["doubled"] += 1
            return (await asyncio.gather(self._ask(asked), self._ask(asked)))[0]
        answer = await self._ask(asked)
        if chance < DOUBLED:
            self.counts["doubled"] += 1
            self._tasks.append(asyncio.create_task(self._again(asked)))
        elif chance < DOUBLED + DROPPED:
            self.counts["dropped"] += 1
            return None
        return answer

    async def _again(self, asked: bytes) -> None:
        await asyncio.sleep(self._random.random() * 0.5)
        await self._ask(asked)

    async def _ask(self, asked: bytes) -> bytes:
        answer = await self._lines.ask(asked)
        self.counts["sent"] += 1
        if answer.status < 300:
            key = asked.partition(b"Idempotency-Key: ")[2].partition(b"\r\n")[0]
            self.answers[key].add(b"%d " % answer.status + answer.body)
        return answer.raw

    async def finish(self) -> None:
        """Wait for what still comes twice, and let go. Raises what went wrong meanwhile."""
        await asyncio.gather(*self._tasks)
        self._lines.close()


class Callers:
    """They ask through the proxy, and write down what they were told."""

    def __init__(self, house: House, random: Random, lines: Lines) -> None:
        self._house, self._random, self._lines = house, random, lines
        self._holders: dict[str, str] = {}
        """Of the dossiers that nobody is handing on just now."""
        self._lost: deque[Wish] = deque()
        self.told: dict[str, Told] = {}
        self.reused = 0

    async def work(self, numbers: list[str]) -> None:
        """Every dossier received, then all that is wished of them, by all callers at once."""
        await self._share(iter([self._receipt(number) for number in numbers]))
        turns = [number for number in numbers for _ in range(LENGTH - 1)]
        self._random.shuffle(turns)
        await self._share(self._wish(count, number) for count, number in enumerate(turns))
        while self._lost:
            await self._share(iter([self._lost.popleft() for _ in range(len(self._lost))]))

    async def _share(self, wishes: Iterator[Wish]) -> None:
        async def call() -> None:
            for wish in wishes:
                await self._send(wish)
                while len(self._lost) > 30 * self._random.random():
                    self._lost.rotate(self._random.randrange(len(self._lost)))
                    await self._send(self._lost.popleft())

        await asyncio.gather(*(call() for _ in range(CALLERS)))

    def _receipt(self, number: str) -> Wish:
        body = {"procedure": FLOW, "by": self._random.choice(self._house.desk), "number": number}
        return Wish(f"{number}/receipt", number, "/v1/dossiers", body)

    def _wish(self, count: int, number: str) -> Wish:
        """A complaint, or another desk where it is known whose it is."""
        key, path = f"{number}/{count}", f"/v1/dossiers/{number}/moves"
        holder = self._holders.pop(number, None) if self._random.random() < 0.5 else None
        if holder is None:
            return Wish(key, number, path, {"action": COMPLAIN, "by": APPLICANT, "note": "theo hồ sơ"})
        to = self._random.choice([one for one in self._house.desk if one != holder])
        return Wish(key, number, path, {"action": REASSIGN, "by": holder, "to": to, "note": "theo hồ sơ"})

    async def _send(self, wish: Wish) -> None:
        """Until it is done, or its answer is lost: then it is asked again some time later."""
        answer = await self._answer(wish)
        if answer is None:
            self._lost.append(wish)
            return
        assert answer.status in (200, 201), (wish, answer.raw)
        found = answer.told
        told = Told(wish.key, found["number"], found["seq"])
        assert self.told.setdefault(wish.key, told) == told, (wish, told)
        if wish.body.get("action") != COMPLAIN:
            self._holders[wish.number] = found["holder"]
        if self._random.random() < OTHER:
            await self._use_again(wish)

    async def _answer(self, wish: Wish) -> Answer | None:
        """What it is answered at last; None when that is lost."""
        while True:
            asked = request("POST", wish.path, self._house.token, wish.body, Idempotency_Key=wish.key)
            try:
                answer = checked(await self._lines.ask(asked))
            except Lost:
                return None
            if answer.code not in LATER:
                return answer
            await asyncio.sleep(PATIENCE)

    async def _use_again(self, wish: Wish) -> None:
        other = {"number": f"{wish.number}9"} if wish.path == "/v1/dossiers" else {"action": RATE}
        answer = None
        while answer is None:
            answer = await self._answer(wish._replace(body=wish.body | other))
        assert (answer.status, answer.code) == (422, "key-reused"), answer.raw
        self.reused += 1


def run(size: Size, seed: int) -> str:
    """So many requests; what is in the store then is what distinct keys asked for."""
    requests, random = REQUESTS.at(size), Random(seed)
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        url = f"sqlite:///{Path(folder) / 'resent.db'}"
        with House(url, Path(folder)) as house:
            proxy, callers = asyncio.run(_work(house, random, requests))
            house.stop()
            faults = house.faults()
        found = check(url, callers.told.values())
        check_nothing_beside(url)
    assert found.keys == len(callers.told) == requests, (found, len(callers.told))
    twice = [key for key, bodies in proxy.answers.items() if len(bodies) > 1]
    assert not twice, f"answered differently when asked again: {twice[:3]}"
    assert not faults, faults
    counts = proxy.counts
    return (
        f"{counts['sent']} requests with {requests} keys had {found.keys} effects in {found.lines} lines; "
        f"{counts['dropped']} answers lost, {counts['doubled']} requests doubled, {counts['held']} held back; "
        f"{callers.reused} keys used again refused"
    )


async def _work(house: House, random: Random, requests: int) -> tuple[Proxy, Callers]:
    proxy = Proxy(house, random)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    lines = Lines(server.sockets[0].getsockname()[1])
    callers = Callers(house, random, lines)
    numbers = [f"{house.agency.org.agency}-210914-{count:06d}" for count in range(requests // LENGTH)]
    for first in range(0, len(numbers), DOSSIERS):
        await callers.work(numbers[first : first + DOSSIERS])
    lines.close()
    await proxy.finish()
    server.close()
    return proxy, callers
