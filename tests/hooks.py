"""A receiver that does as it is told, and an office whose events go to it: what the tests of webhooks share."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from time import sleep
from typing import Any, NamedTuple

from doors import engine_of

from flowiso.engine import Engine
from flowiso.store import open_store
from flowiso.webhooks import Deliverer, Receivers, load_receivers
from flowiso.webhooks.journal import Journal

SECRET = "whsec_" + "A" * 44
OTHER = "whsec_" + "B" * 44


class Got(NamedTuple):
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes
    status: int

    @property
    def event(self) -> dict[str, Any]:
        """Its envelope."""
        found: dict[str, Any] = json.loads(self.body)
        return found


class Listening(ThreadingHTTPServer):
    """A receiver. `answer` says what to do with a request: a status, or a word of `_Handler`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.got: list[Got] = []
        self.answer: Callable[[Got], int | str] = lambda got: 204

    def handle_error(self, *_: Any) -> None:
        """Whoever asked is gone: that is what is tried here."""

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}/flowiso?x=1"

    @property
    def applied(self) -> list[str]:
        """The ids of the events it acknowledged, each once, in their order."""
        return list(dict.fromkeys(got.event["id"] for got in self.got if got.status == 204))


class _Handler(BaseHTTPRequestHandler):
    server: Listening

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        got = Got(self.path, dict(self.headers.items()), body, 0)
        said = self.server.answer(got)
        self.server.got.append(got._replace(status=said if isinstance(said, int) else 0))
        if isinstance(said, int):
            self.send_response(said)
            self.send_header("Location", self.server.url)
            self.send_header("Retry-After", "7")
            self.end_headers()
        elif said == "hang":
            sleep(5)
        elif said == "late":
            sleep(2)
            self.send_response(204)
            self.end_headers()
        elif said == "drip":
            for mark in b"HTTP/1.1 200 OK\r\nX: " + b"x" * 40:
                self.wfile.write(bytes([mark]))
                sleep(0.1)
        elif said == "garbage":
            self.wfile.write(b"SSH-2.0-no\r\n\r\n")

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def listening() -> Iterator[Listening]:
    """A receiver on a free port of this machine."""
    with Listening() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def settings(folder: Path, *urls: str, more: str = "", secret: str = SECRET, of_all: str = "") -> Path:
    """A file of receivers r1, r2 ... that may be on this machine."""
    (folder / "secrets").mkdir(exist_ok=True)
    kept = folder / "secrets" / "bi-mat"
    kept.write_text(secret)
    kept.chmod(0o600)
    rows = "".join(
        f"  - {{id: r{count}, url: '{url}', agency: H19.1, secret: bi-mat, networks: [127.0.0.0/8]{more}}}\n"
        for count, url in enumerate(urls, 1)
    )
    file = folder / "noi-nhan.yaml"
    file.write_text(f"receivers:\n{rows}{of_all}", encoding="utf-8")
    return file


class Office:
    """An engine whose deliverer is opened anew each time; its clock is set, its luck the longest wait."""

    def __init__(self, file: Path, engine: Engine | None = None) -> None:
        self.engine = engine or engine_of(open_store("memory:"))
        self.file, self.now, self.lines = file, 1_631_580_000.0, list[dict[str, Any]]()

    @property
    def receivers(self) -> Receivers:
        """As the file says now."""
        return load_receivers(self.file)

    @contextmanager
    def deliverer(self, **more: Any) -> Iterator[Deliverer]:
        """A deliverer, with the journal open."""
        journal = Journal(self.file.with_suffix(".journal"), {"agency": self.engine.agency, "store": "x"})
        try:
            given = {"clock": lambda: self.now, "draw": lambda: 1.0, "tell": self.lines.append, **more}
            yield Deliverer(self.engine, self.receivers, journal, **given)
        finally:
            journal.close()

    def once(self) -> tuple[int, ...]:
        """One round: taken, acknowledged, failed, dead."""
        with self.deliverer() as one:
            return tuple(one.once())

    def receive(self, *lines: str) -> str:
        """A dossier received by lan, with hand-overs as "ha phan-cong an"."""
        from offices import at

        number = self.engine.receive("MAU-01", by="lan", at=at("14/09 08:00")).number
        for hour, line in enumerate(lines, 9):
            by, action, to = line.split()
            self.engine.move(number, action, by=by, to=to, at=at(f"14/09 {hour:02}:00"))
        return number

    @property
    def undelivered(self) -> int:
        """How many rows the outbox still owes."""
        return len(self.engine.store.outbox(self.engine.agency, 10_000))
