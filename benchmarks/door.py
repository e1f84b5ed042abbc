"""The HTTP door beside FastAPI giving ready bytes, and a step through it beside the library's own, in one run.

Run: python benchmarks/door.py [--rounds N] [--year STORE]. `flowiso serve` and a bare FastAPI app behind the same server have a
process each; one client drives both in turns over the same number of connections, with keys enough that no rate is reached.

Floor: the least a step over HTTP can cost here, the same server and threads, the body read as JSON, the library's step, and
2,000 bytes that are ready; no key, rate, log, schema or page. With real-time priority (`chrt -r 5`) what else runs counts less.

Read again: 300 open dossiers at random, so that their pages are kept. Read once: the dossiers of a year one after the other,
more than pages are kept. Steps: the way of `contenders/plan.py`, four callers over HTTP, one caller of the library. Look-up: at
100 requests a second whatever the answers take, dossiers of the year at random. Times are wall time and, since the machine is
shared, CPU time of the serving process; every ratio is of one round, and their median counts.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime
from pathlib import Path
from random import Random
from statistics import median
from typing import Any, NamedTuple

from contenders.plan import CODE
from contenders.plan import make as plan_of

import flowiso
from flowiso.engine import Engine
from flowiso.model import RECEIVE
from flowiso.store import open_store
from flowiso.web.keys import SCOPES, KeyFile
from flowiso.worktime import TZ

AGENCY = "000.00.19.H19"
CALLERS = 4
READS, ONCE, OPEN, TRACED = 3_000, 1_500, 300, 120
RATE, SECONDS = 100, 10
KEYS = 64
BARE = """
import asyncio, sys
from fastapi import FastAPI
from granian.constants import Interfaces
from granian.server.embed import Server
from starlette.responses import Response
app, ready = FastAPI(), b"x" * int(sys.argv[2])
@app.get("/v1/dossiers/{number}")
async def read(number: str) -> Response:
    return Response(ready, media_type="application/json")
asyncio.run(Server(app, "127.0.0.1", int(sys.argv[1]), interface=Interfaces.ASGI, backlog=1024, websockets=False).serve())
"""
FLOOR = """
import asyncio, json, sys
from concurrent.futures import ThreadPoolExecutor
from granian.constants import Interfaces
from granian.server.embed import Server
import flowiso
engine, pool, ready = flowiso.open(store=sys.argv[2], allow_draft=True), ThreadPoolExecutor(8), b"x" * 2000
def step(number, told):
    engine.move(number, told["action"], by=told["by"], to=told.get("to"), note=told.get("note"))
async def app(scope, receive, send):
    if scope["type"] == "http":
        told = json.loads((await receive())["body"])
        await asyncio.get_running_loop().run_in_executor(pool, step, scope["path"].split("/")[3], told)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2000")]})
        await send({"type": "http.response.body", "body": ready})
asyncio.run(Server(app, "127.0.0.1", int(sys.argv[1]), interface=Interfaces.ASGI, backlog=1024, websockets=False).serve())
"""


class Turn(NamedTuple):
    """What a number of requests, or of steps, took: seconds of wall time and of the process's CPU."""

    count: int
    wall: float
    cpu: float

    @property
    def rate(self) -> float:
        """So many a second."""
        return self.count / self.wall

    @property
    def each(self) -> float:
        """CPU seconds of one."""
        return self.cpu / self.count


class Caller(asyncio.Protocol):
    """A connection that sends its requests one after the other; each must be answered well."""

    def __init__(self, requests: Sequence[bytes]) -> None:
        self._left, self._got, self._want = iter(requests), b"", 0
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        """Begin."""
        self._transport = transport
        self._next()

    def connection_lost(self, error: Exception | None) -> None:
        """That nothing more comes."""
        if not self.done.done():
            self.done.set_exception(error or ConnectionError("closed"))

    def data_received(self, data: bytes) -> None:
        """Look whether an answer is whole."""
        self._got += data
        if not self._want:
            head, found, _ = self._got.partition(b"\r\n\r\n")
            if not found:
                return
            if b" 200 " not in head[:16]:
                self.done.set_exception(AssertionError(self._got.decode()))
                return
            length = head.lower().partition(b"content-length:")[2].partition(b"\r")[0]
            self._want = len(head) + 4 + int(length)
        if len(self._got) >= self._want:
            self._got, self._want = b"", 0
            self._next()

    def _next(self) -> None:
        request = next(self._left, None)
        if request is not None:
            self._transport.write(request)
        elif not self.done.done():
            self.done.set_result(None)


class Server:
    """A process that serves on a port."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process, self.port = process, port

    def cpu(self) -> float:
        """CPU seconds so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def turn(self, shares: Sequence[Sequence[bytes]]) -> Turn:
        """Each share sent over a connection of its own."""
        before, began = self.cpu(), time.perf_counter()
        asyncio.run(self._all(shares))
        return Turn(sum(map(len, shares)), time.perf_counter() - began, self.cpu() - before)

    async def _all(self, shares: Sequence[Sequence[bytes]]) -> None:
        callers = [await self._connected(share) for share in shares]
        await asyncio.gather(*(caller.done for caller in callers))
        for caller in callers:
            caller._transport.close()

    async def _connected(self, share: Sequence[bytes]) -> Caller:
        loop = asyncio.get_running_loop()
        return (await loop.create_connection(lambda: Caller(share), "127.0.0.1", self.port))[1]

    async def paced(self, requests: Sequence[bytes]) -> list[float]:
        """Requests at a fixed rate, each on a connection of its own; the seconds from when it was due to its answer."""
        began = time.perf_counter()

        async def one(index: int, request: bytes) -> float:
            due = began + index / RATE
            await asyncio.sleep(due - time.perf_counter())
            caller = await self._connected([request])
            await caller.done
            caller._transport.close()
            return time.perf_counter() - due

        return await asyncio.gather(*(one(index, request) for index, request in enumerate(requests)))


@contextmanager
def serving(log: Path, port: int, *command: str) -> Iterator[Server]:
    """A process that serves, once it does."""
    with log.open("wb") as file:
        process = subprocess.Popen([sys.executable, *command], stderr=file, stdout=file)
        try:
            until = time.monotonic() + 60
            while socket.socket().connect_ex(("127.0.0.1", port)):
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < until
                time.sleep(0.05)
            yield Server(process, port)
        finally:
            process.terminate()
            process.wait()


def free_port() -> int:
    """A port nobody has."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


class Work:
    """What is asked: requests with the keys in turn."""

    def __init__(self, folder: Path) -> None:
        keys, now = KeyFile(folder / "khoa.json"), datetime.now(TZ)
        self._tokens = [keys.add(f"đo {number}", AGENCY, SCOPES, ["*"], now)[1] for number in range(KEYS)]
        self._count = 0

    def _head(self, method: str, path: str) -> str:
        self._count += 1
        token = self._tokens[self._count % KEYS]
        return f"{method} {path} HTTP/1.1\r\nHost: mot-cua\r\nAuthorization: Bearer {token}\r\n"

    def read(self, number: str) -> bytes:
        """The request for a dossier."""
        return (self._head("GET", f"/v1/dossiers/{number}") + "\r\n").encode()

    def move(self, number: str, act: Any) -> bytes:
        """The request for a step."""
        told = {"action": act.action, "by": act.by, **({"to": act.to} if act.to else {})}
        body = json.dumps(told | ({"note": act.note} if act.note else {})).encode()
        head = self._head("POST", f"/v1/dossiers/{number}/moves") + "Content-Type: application/json\r\n"
        return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body

    def shares(self, requests: Sequence[bytes]) -> list[Sequence[bytes]]:
        """The same number for every connection."""
        return [requests[caller::CALLERS] for caller in range(CALLERS)]


def received(engine: Engine, count: int) -> list[str]:
    """The numbers of new dossiers."""
    return [engine.receive(CODE, by="lan.vp").number for _ in range(count)]


def steps_of_library(engine: Engine, acts: Sequence[Any]) -> Turn:
    """The acts by one caller, each on disk when it returns."""
    numbers = received(engine, TRACED)
    cpu, began = time.process_time(), time.perf_counter()
    for act in acts:
        engine.move(numbers[act.dossier], act.action, by=act.by, to=act.to or None, note=act.note)
    return Turn(len(acts), time.perf_counter() - began, time.process_time() - cpu)


def steps_over_http(server: Server, engine: Engine, acts: Sequence[Any], work: Work) -> Turn:
    """The same acts by four callers, each with his own dossiers."""
    numbers = received(engine, TRACED)
    shares = [[act for act in acts if act.dossier % CALLERS == caller] for caller in range(CALLERS)]
    return server.turn([[work.move(numbers[act.dossier], act) for act in share] for share in shares])


def size_of(server: Server, request: bytes) -> int:
    """The bytes of an answer's body."""
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        return len(b"".join(iter(lambda: client.recv(65536), b"")).partition(b"\r\n\r\n")[2])


def year_store(given: str | None, folder: Path) -> str:
    """A copy of a year that is there, or one made now."""
    made = folder / "nam.db"
    if given:
        shutil.copy(given, made)
    else:
        command = "simulate", "--year", "2021", "--store", f"sqlite:///{made}"
        subprocess.run([sys.executable, "-m", "flowiso", *command], check=True, stdout=subprocess.DEVNULL)
    return f"sqlite:///{made}"


def engine_on(store: Path) -> Engine:
    """An engine of the shipped flows over a new store."""
    return flowiso.open(store=f"sqlite:///{store}", allow_draft=True)


def main() -> int:
    """Print the figures; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--year", help="a store of a simulated year, to be copied; made now without it")
    given = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        return measured(given.rounds, year_store(given.year, folder), folder, stack)


def measured(rounds: int, year: str, folder: Path, stack: ExitStack) -> int:
    """All of it."""
    work, random = Work(folder), Random(1)
    names = "thu-vien.db", "mot-cua.db", "san.db"
    alone, shared, least = (stack.enter_context(engine_on(folder / name)) for name in names)
    acts = [act for act in plan_of(TRACED).acts if act.action != RECEIVE]
    numbers = received(shared, OPEN)

    def ours(store: str, name: str) -> Server:
        port = free_port()
        words = "serve", "--store", store, "--keys", folder / "khoa.json", "--port", port, "--allow-draft"
        return stack.enter_context(serving(folder / name, port, "-m", "flowiso", *map(str, words)))

    door, of_year = ours(f"sqlite:///{folder / 'mot-cua.db'}", "cua.log"), ours(year, "nam.log")
    size = size_of(door, work.read(numbers[0]))
    port = free_port()
    bare = stack.enter_context(serving(folder / "fastapi.log", port, "-c", BARE, str(port), str(size)))
    port = free_port()
    command = "-c", FLOOR, str(port), f"sqlite:///{folder / 'san.db'}"
    floor = stack.enter_context(serving(folder / "san.log", port, *command))
    with closing(open_store(year, create=False)) as kept:
        every = [case.number for case, _ in kept.logs(AGENCY)]

    def again() -> list[Sequence[bytes]]:
        return work.shares([work.read(random.choice(numbers)) for _ in range(READS)])

    def once(turn: int) -> list[Sequence[bytes]]:
        which = [every[index % len(every)] for index in range(turn * ONCE, (turn + 1) * ONCE)]
        return work.shares([work.read(number) for number in which])

    found: list[tuple[Turn, ...]] = []
    for turn in range(rounds + 1):  # the first warms up
        reads = bare.turn(again()), door.turn(again()), of_year.turn(once(turn))
        over = steps_over_http(door, shared, acts, work), steps_over_http(floor, least, acts, work)
        found.append((*reads, steps_of_library(alone, acts), *over))
    looked = sorted(asyncio.run(of_year.paced([work.read(random.choice(every)) for _ in range(RATE * SECONDS)])))
    return told(found[1:], looked, size)


def told(found: Sequence[tuple[Turn, ...]], looked: Sequence[float], size: int) -> int:
    """Print it."""
    names = (
        "bare FastAPI, ready bytes",
        "read again",
        "read once",
        "library's step",
        "step over HTTP",
        "floor of a step",
    )
    print(f"{len(found)} rounds, {CALLERS} callers, a page of {size} bytes")
    for name, turns in zip(names, zip(*found, strict=True), strict=True):
        rate, each = median(turn.rate for turn in turns), median(turn.each for turn in turns)
        print(f"{name:26} {rate:7,.0f}/s {1e6 * each:7.0f} us CPU")
    missed = 0
    pairs = ("read again", 1, 0, 0.6), ("read once", 2, 0, None), ("step", 4, 3, 0.35), ("floor", 5, 3, None)
    for name, one, other, goal in pairs:
        walls = sorted(turns[one].rate / turns[other].rate for turns in found)
        cpu = median(turns[other].each / turns[one].each for turns in found)
        aim = f"; goal >= {goal}" if goal else ""
        print(f"{name}: {median(walls):.2f} ({walls[0]:.2f}-{walls[-1]:.2f}), by CPU {cpu:.2f}{aim}")
        missed += goal is not None and median(walls) < goal
    p50, p95, p99 = (1000 * looked[len(looked) * share // 100] for share in (50, 95, 99))
    print(f"look-up at {RATE}/s: p50 {p50:.1f}, p95 {p95:.1f}, p99 {p99:.1f} ms; goal p95 <= 50 ms")
    return int(missed > 0 or p95 > 50)


if __name__ == "__main__":
    sys.exit(main())
