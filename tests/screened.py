"""The screens of the small office: in this process for what they do, and in a server of their own for a browser.

python tests/screened.py FOLDER PORT    # serves the store in FOLDER at 127.0.0.1:PORT
"""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from functools import partial
from html import unescape
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal
from doors import Clock, engine_of
from offices import at

from flowiso.engine import Engine
from flowiso.ports import Store
from flowiso.store import open_store
from flowiso.web import KeyFile, Settings, create_app
from flowiso.web.keys import Scope
from flowiso.web.screens import with_screens

AGENCY = "H19.1"
MORNING = at("15/09 08:00")
WORKS: tuple[Scope, ...] = ("read", "act")
BASE = "http://mot-cua"


class Site:
    """The screens over engines, each agency's accounts with a key of their own, and visitors to them."""

    def __init__(self, folder: Path, *engines: Engine, settings: Settings | None = None, secure: bool = False) -> None:
        self.clock, self.keys = Clock(MORNING), KeyFile(folder / "khoa.json")
        self.key("thu-quy")  # so that there is a file
        self.engines = engines or (engine_of(),)
        more = {"settings": settings} if settings else {}
        api = create_app(self.engines, self.keys, clock=self.clock, **more)
        self.door = with_screens(api, self.keys, secure=secure)
        self.app: Any = self.door
        self._portal: BlockingPortal | None = None

    @property
    def engine(self) -> Engine:
        """The first engine."""
        return self.engines[0]

    def key(
        self, *accounts: str, scopes: tuple[Scope, ...] = WORKS, agency: str = AGENCY, until: date | None = None
    ) -> str:
        """A new key's token."""
        return self.keys.add("kiểm thử", agency, scopes, accounts, self.clock(), until)[1]

    def visitor(self) -> Visitor:
        """Somebody with a browser that nobody has signed in with."""
        assert self._portal is not None
        return Visitor(self, self._portal)

    def signed_in(self, account: str, **more: Any) -> Visitor:
        """An account's screen."""
        visitor = self.visitor()
        answer = visitor.sign_in(self.key(account, **more))
        assert answer.status_code == 303, answer.text
        return visitor

    @contextmanager
    def opened(self) -> Iterator[Site]:
        """The site while it is open."""
        with start_blocking_portal() as portal:
            self._portal = portal
            yield self


class Visitor:
    """A browser without scripts: it keeps cookies, reads pages and sends their forms."""

    def __init__(self, site: Site, portal: BlockingPortal) -> None:
        self.site, self._portal = site, portal
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(site.app), base_url=BASE)
        self.page = ""

    def __call__(self, method: str, path: str, /, **more: Any) -> httpx.Response:
        """A request; the page that came is remembered."""
        answer: httpx.Response = self._portal.call(partial(self.client.request, method, path, **more))
        self.page = answer.text
        return answer

    def get(self, path: str) -> str:
        """A page that must be there, redirections followed."""
        answer = self("GET", path, follow_redirects=True)
        assert answer.status_code == 200, answer.text
        return answer.text

    def csrf(self) -> str:
        """What the forms of the page that is open carry."""
        found = re.search(r'name="csrf" value="(\w+)"', self.page)
        assert found is not None, self.page
        return found[1]

    def post(self, path: str, **fields: str) -> httpx.Response:
        """A form of the page that is open."""
        return self("POST", path, data={"csrf": self.csrf(), **fields})

    def sign_in(self, token: str) -> httpx.Response:
        """Paste a key."""
        self.get("/sign-in")
        return self.post("/sign-in", key=token)

    def receive(self, **fields: str) -> str:
        """The number of a dossier received on the form."""
        self.get("/receive")
        answer = self.post("/receive", procedure="MAU-01", **fields)
        assert answer.status_code == 303, answer.text
        return answer.headers["location"].split("/")[2].partition("?")[0]

    def form(self, number: str, action: str) -> dict[str, str]:
        """The hidden fields of an action's form on the dossier's page; empty where there is no such form."""
        self.get(f"/dossiers/{number}")
        found = re.search(rf'<details id="act-{action}".*?</form>', self.page, re.DOTALL)
        return dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', found[0])) if found else {}

    def act(self, number: str, action: str, **fields: str) -> httpx.Response:
        """Fill in an action's form and send it."""
        form = self.form(number, action)
        assert form, f"no form for {action}"
        return self("POST", f"/dossiers/{number}/move", data={**form, **fields})

    def said(self) -> str:
        """The words of the page that is open, without its tags."""
        main = self.page[self.page.index("<main") :]
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


def store_in(folder: Path) -> Store:
    """The store of a served office, which another process may open as well."""
    return open_store(f"sqlite:///{folder / 'mot-cua.db'}")


def _serve(folder: Path, port: int) -> None:
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    server = Granian("screened", "127.0.0.1", port, interface=Interfaces.ASGI, log_level=LogLevels.warning)
    server.serve(target_loader=partial(_app, folder), wrap_loader=False)


def _app(folder: Path) -> Any:
    keys, began = KeyFile(folder / "khoa.json"), monotonic()
    api = create_app(
        engine_of(store_in(folder)), keys, clock=lambda: MORNING + timedelta(seconds=monotonic() - began), close=True
    )
    return with_screens(api, keys)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of the office's screens, served by a process of their own; the clock begins at `MORNING`."""
    store_in(folder).close()
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = int(found.getsockname()[1])
    process = subprocess.Popen([sys.executable, __file__, str(folder), str(port)])
    try:
        _wait(f"http://127.0.0.1:{port}", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(address: str, process: subprocess.Popen[bytes]) -> None:
    late = monotonic() + 30
    while monotonic() < late and process.poll() is None:
        try:
            if httpx.get(f"{address}/health/ready").status_code == 200:
                return
        except httpx.TransportError:
            sleep(0.05)
    raise AssertionError("it doesn't serve")


def key_in(folder: Path, account: str) -> str:
    """A key for an account of the served office."""
    return KeyFile(folder / "khoa.json").add(
        account, AGENCY, WORKS, [account], datetime(2021, 9, 1, tzinfo=MORNING.tzinfo)
    )[1]


if __name__ == "__main__":
    _serve(Path(sys.argv[1]), int(sys.argv[2]))
