"""T3 over HTTP: PostgreSQL stopped and crashed under a server that eight callers ask; the server itself is left alone.

What can't be done meanwhile is a 503 that says when to come back; no connection breaks, and nothing has to be started again.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from bisect import bisect_left
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from threading import Event
from typing import Any

from checker import Told, check, check_nothing_beside
from house import FLOW, LATER, PATIENCE, House, checked
from restarts import BACK
from servers import KINDS, Kind, Server
from size import Size, Sizes
from wire import Answer, Line, request

from flowiso.model import APPLICANT, COMPLAIN

TITLE = "PostgreSQL restarted under HTTP load"
RESTARTS = Sizes(2, 16, 500)
"""Of all servers together, half of them fast and half immediate."""
CALLERS, HOT = 8, 40
"""Callers, and how many dossiers they want."""
REFUSED = frozenset({"not-allowed", "misrouted"})
"""What somebody who comes second may be told."""


class Caller:
    """One of them; what it was told stays with it."""

    def __init__(self, house: House, name: int, random: Random) -> None:
        self._house, self._name, self._random, self._line = house, name, random, Line(house.port)
        self.told: list[Told] = []
        self.refused: list[str] = []
        self.times: list[float] = []
        """When it was told (monotonic seconds)."""
        self.counts: Counter[str] = Counter()

    async def work(self, stop: Event) -> None:
        """Ask until told to stop."""
        while not stop.is_set():
            number = f"{self._house.agency.org.agency}-210914-{self._random.randrange(HOT):06d}"
            key = f"{self._name}/{len(self.times)}/{number}"
            found = await self._insist("GET", f"/v1/dossiers/{number}")
            if found.status == 404:
                body = {"procedure": FLOW, "by": self._random.choice(self._house.desk), "number": number}
                await self._do(key, "/v1/dossiers", body)
            else:
                await self._do(key, f"/v1/dossiers/{number}/moves", self._wish(found.told))
        self._line.close()

    def _wish(self, dossier: dict[str, Any]) -> dict[str, Any]:
        """A complaint, or what its holder can do, by the line that was seen."""
        words = {"note": "theo hồ sơ", "record": {"ground": "Luật", "fault": "applicant"}, "after": dossier["seq"]}
        actions = [one for one in dossier["actions"] if not one["ends"]]
        if not actions or self._random.random() < 0.3:
            return {**words, "action": COMPLAIN, "by": APPLICANT}
        one = self._random.choice(actions)
        to = {"to": self._random.choice(one["accounts"])["id"]} if one["accounts"] else {}
        return {**words, "action": one["action"], "by": dossier["holder"], **to}

    async def _do(self, key: str, path: str, body: dict[str, Any]) -> None:
        answer = await self._insist("POST", path, body, Idempotency_Key=key)
        self.times.append(time.monotonic())
        if answer.status < 300:
            self.told.append(Told(key, answer.told["number"], answer.told["seq"]))
        else:
            assert answer.code in REFUSED | {"conflict"}, answer.raw
            self.refused.append(key)

    async def _insist(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        """Ask until there is an answer; a conflict is one."""
        while True:
            asked = request(method, path, self._house.token, body, **headers)
            answer = checked(await self._line.ask(asked))
            if answer.code not in LATER - {"conflict"}:
                return answer
            self.counts[answer.code] += 1
            await asyncio.sleep(PATIENCE)


def run(size: Size, seed: int) -> str:
    """Half of the restarts with each server."""
    restarts = RESTARTS.at(size) // len(KINDS)
    return "; ".join(_restarted(kind, restarts, first, Random(f"{seed}/{kind}")) for first, kind in enumerate(KINDS))


def _restarted(kind: Kind, restarts: int, first: int, random: Random) -> str:
    with tempfile.TemporaryDirectory() as folder, Server(kind, durable=True) as server:
        url = server.database()
        with House(url, Path(folder)) as house:
            callers = [Caller(house, name, Random(random.random())) for name in range(CALLERS)]
            back = _work(callers, server, range(first, first + restarts), random)
            house.stop()
            faults = house.faults()
        told = [one for caller in callers for one in caller.told]
        found = check(url, told)
        check_nothing_beside(url, [key for caller in callers for key in caller.refused])
    times = sorted(moment for caller in callers for moment in caller.times)
    waits = [times[bisect_left(times, moment)] - moment for moment in back]
    assert max(waits) <= BACK, f"nobody was served within {BACK} s of a restart: {waits}"
    assert found.keys == len(told)
    assert faults.keys() <= {"StoreError", "_Lost"}, faults
    counts = sum((caller.counts for caller in callers), Counter[str]())
    assert counts["store"] >= restarts, counts
    return (
        f"{kind}: {restarts} restarts, {len(told)} steps acknowledged = stored in {found.lines} lines, "
        f"{counts['store']} answers 503, served again within {max(waits):.2f} s; 0 lost, 0 doubled, 0 gaps"
    )


def _work(callers: list[Caller], server: Server, restarts: range, random: Random) -> list[float]:
    """When the server was back, each time. It lives as long as the thread that starts it: the callers have another one."""
    stop, back = Event(), []
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(asyncio.run, _ask(callers, stop))
        try:
            for number in restarts:
                time.sleep(random.uniform(2, 3))
                server.restart("immediate" if number % 2 == 0 else "fast")
                back.append(time.monotonic())
            time.sleep(2)
        finally:
            stop.set()
        asking.result()
    return back


async def _ask(callers: list[Caller], stop: Event) -> None:
    await asyncio.gather(*(caller.work(stop) for caller in callers))
