"""`flowiso serve` in a process of its own: the house whose door the long tests knock at."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from itertools import cycle
from pathlib import Path
from typing import Any, Self

import psutil
from wire import Answer, Line, Lost, request

from flowiso.app import Agency
from flowiso.web.keys import SCOPES, KeyFile
from flowiso.worktime import TZ

FLOW = "LTHH-13"
PATIENCE = 0.02
"""Seconds between two tries of what the server couldn't do."""
LATER = frozenset({"overloaded", "store", "repeated", "conflict"})
"""The codes of what may be sent again under the same key, and be done then."""


class House:
    """A server over a store, as the shipped agency, with so many keys: each may send 100 requests a second."""

    def __init__(self, store: str, folder: Path, keys: int = 40) -> None:
        self.agency = Agency.load()
        self.desk = sorted(self.agency.table(FLOW, 1, datetime.now(TZ).year).first.fits)
        """The accounts that receive a dossier of FLOW, who may hand it to each other."""
        self._store, self._log, file = store, folder / "serve.log", KeyFile(folder / "khoa.json")
        ours, now = self.agency.org.agency, datetime.now(TZ)
        self._tokens = [file.add("dài hơi", ours, SCOPES, ["*"], now)[1] for _ in range(keys)]
        self._turns = cycle(self._tokens)
        self._keys = file.path
        self.port = _free_port()

    @property
    def token(self) -> str:
        """A key; each of them in turn."""
        return next(self._turns)

    def __enter__(self) -> Self:
        words = [
            "serve",
            "--store",
            self._store,
            "--new-store",
            "--keys",
            self._keys,
            "--port",
            self.port,
            "--allow-draft",
        ]
        with self._log.open("wb") as log:
            line = [sys.executable, "-m", "flowiso", *map(str, words)]
            self._process = subprocess.Popen(line, stdout=log, stderr=log)
        try:
            asyncio.run(self._ready())
        except BaseException:
            self._process.kill()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()

    async def _ready(self) -> None:
        end = time.monotonic() + 60
        while time.monotonic() < end and self._process.poll() is None:
            try:
                line = Line(self.port)
                if (await line.ask(request("GET", "/health/ready", ""))).status == 200:
                    return
            except Lost:
                await asyncio.sleep(PATIENCE)
            finally:
                line.close()
        raise RuntimeError(f"it doesn't serve:\n{self._tail()}")

    def _tail(self) -> str:
        return self._log.read_text(errors="replace")[-2000:]

    def stop(self) -> None:
        """Tell it to finish what it does and go, as the system does."""
        self._process.send_signal(signal.SIGTERM)
        ended = self._process.wait(30)
        assert ended == 0, f"it ended with {ended}:\n{self._tail()}"

    @property
    def memory(self) -> int:
        """The bytes of memory that it has for itself now."""
        return int(psutil.Process(self._process.pid).memory_full_info().uss)

    @property
    def processor(self) -> float:
        """The seconds of processor time that it has used."""
        spent = psutil.Process(self._process.pid).cpu_times()
        return float(spent.user + spent.system)

    def logged(self) -> Iterator[dict[str, Any]]:
        """The lines of its log."""
        with self._log.open(encoding="utf-8") as log:
            yield from (json.loads(line) for line in log if line.startswith("{"))

    def faults(self) -> Counter[str]:
        """What went wrong inside, by its error."""
        return Counter(line["error"] for line in self.logged() if line["event"] == "fault")


def checked(answer: Answer) -> Answer:
    """An answer that may be: a 503 says when to come back, and nothing else above 499 is one."""
    if answer.status >= 500:
        assert (answer.status, answer.code in LATER) == (503, True), answer.raw
        assert int(answer.headers["retry-after"]) >= 1, answer.raw
    return answer


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])
