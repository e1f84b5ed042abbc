"""The HTTP door of a small office, its keys, and a client: what the tests of the door share."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal
from offices import ORG, Office, at, flow

from flowiso.engine import Engine
from flowiso.org import Org
from flowiso.ports import Store
from flowiso.store import open_store
from flowiso.web import KeyFile, Settings, create_app
from flowiso.web.keys import SCOPES, Scope

MORNING = at("14/09 08:00")
CODE = "MAU-01"


class Clock:
    """A clock that is set."""

    def __init__(self, now: datetime = MORNING) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def set(self, text: str) -> None:
        """ "14/09 08:00" of 2021."""
        self.now = at(text)

    def forward(self, **span: float) -> None:
        """So much later."""
        self.now += timedelta(**span)


def engine_of(store: Store | None = None, agency: str = "H19.1") -> Engine:
    """An engine of the small office under an agency's id."""
    org: Org = ORG._replace(agency=agency)
    return Engine(Office(flow(), flow(version=2), org=org), store or open_store("memory:"))  # type: ignore[arg-type]


class Door:
    """A door and its keys. A request goes with the key of every scope that may act as anybody, unless told otherwise."""

    def __init__(self, folder: Path, *engines: Engine, settings: Settings | None = None, app: Any = None) -> None:
        self.clock, self.keys = Clock(), KeyFile(folder / "khoa.json")
        self.engines = engines or (engine_of(),)
        self.app = create_app(
            self.engines, self.keys, clock=self.clock, settings=settings or Settings(rate=1e6, burst=10**6)
        )
        self.token = self.key()
        self._portal: BlockingPortal | None = None
        self._served = app(self.app) if app else self.app

    @property
    def engine(self) -> Engine:
        """The first engine."""
        return self.engines[0]

    def key(
        self,
        *scopes: Scope,
        accounts: Iterable[str] = ("*",),
        agency: str = "H19.1",
        until: date | None = None,
    ) -> str:
        """A new key's token."""
        return self.keys.add("kiểm thử", agency, scopes or SCOPES, accounts, self.clock(), until)[1]

    def __call__(
        self, method: str, path: str, /, token: str | None = "", headers: Mapping[str, str] = {}, **more: Any
    ) -> httpx.Response:
        """A request; with `token` None it goes without a key."""
        sent = dict(headers)
        if token is not None:
            sent["Authorization"] = f"Bearer {token or self.token}"
        assert self._portal is not None
        found: httpx.Response = self._portal.call(partial(self._client.request, method, path, headers=sent, **more))
        return found

    def all_at_once(self, posts: Iterable[tuple[str, object]]) -> list[httpx.Response]:
        """What requests are answered that come in the same moment."""

        async def post() -> list[httpx.Response]:
            sent = {"Authorization": f"Bearer {self.token}"}
            asked = (self._client.post(path, headers=sent, json=body) for path, body in posts)
            return await asyncio.gather(*asked)

        assert self._portal is not None
        return self._portal.call(post)

    def get(self, path: str, /, **query: Any) -> Any:
        """What a question is answered; it must be."""
        found = self("GET", path, params=query)
        assert found.status_code == 200, found.text
        return found.json()

    def receive(self, by: str = "lan", **more: Any) -> str:
        """The number of a new dossier."""
        found = self("POST", "/v1/dossiers", json={"procedure": CODE, "by": by, **more})
        assert found.status_code == 201, found.text
        return str(found.json()["number"])

    def move(self, number: str, line: str, /, **more: Any) -> httpx.Response:
        """A move told as "an bo-sung lan": account, action and, where one is named, receiver."""
        by, action, *to = line.split()
        body = {"action": action, "by": by, **({"to": to[0]} if to else {}), **more}
        return self("POST", f"/v1/dossiers/{number}/moves", json=body)

    def go(self, number: str, *lines: str, **more: Any) -> dict[str, Any]:
        """Some moves, an hour after each other, each with a note; the dossier after them."""
        for line in lines:
            self.clock.forward(hours=1)
            found = self.move(number, line, **{"note": "lý do", **more})
            assert found.status_code == 200, (line, found.text)
        told: dict[str, Any] = found.json()
        return told

    @contextmanager
    def opened(self) -> Iterator[Door]:
        """The door while it is open."""
        with start_blocking_portal() as portal:
            transport = httpx.ASGITransport(self._served)
            self._client = httpx.AsyncClient(transport=transport, base_url="http://mot-cua")
            self._portal = portal
            yield self
            portal.call(self._client.aclose)
