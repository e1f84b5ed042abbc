"""`flowiso serve`: the app behind Granian, a server written in Rust, in this very process."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server.embed import Server

from ..engine import Engine
from ..errors import BadValue, reason
from ..text import Text
from ..worktime import TZ
from .app import create_app
from .keys import Either, Identify, KeyFile
from .logs import gathered
from .public import Limits, with_lookup
from .screens import with_screens

if TYPE_CHECKING:
    from .oidcsignin import SignIn


def serve(
    engine: Engine,
    keys: KeyFile,
    host: str,
    port: int,
    public: Limits | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(TZ),
    secure: bool = False,
    sign_on: Identify | None = None,
    sign_in: SignIn | None = None,
) -> None:
    """Serve until it is told to stop (SIGINT, SIGTERM), with the `public` look-up where it is wanted, by a `clock`;
    `secure` where a proxy in front ends HTTPS. `sign_on` knows callers of the REST door beside `keys`, and by
    `sign_in` the screens are signed in to.

    Raises BadValue where the address is taken.
    """
    check_address(host, port)
    api = create_app(engine, Either(keys, sign_on) if sign_on else keys, clock=clock)
    screens = with_screens(api, Either(keys, sign_in) if sign_in else keys, secure=secure, sign_in=sign_in)
    app = screens if public is None else with_lookup(screens, api.state.desk, api.state.metrics, public)
    with gathered(sys.stderr):
        asyncio.run(_serving(app, screens.stop, host, port))


async def _serving(app: Any, stop: Callable[[], object], host: str, port: int) -> None:
    server = Server(
        app,
        host,
        port,
        interface=Interfaces.ASGI,
        backlog=1024,
        websockets=False,
        http=HTTPModes.http1,
        log_level=LogLevels.error,
        log_dictconfig=_LOGGING,
    )
    loop = asyncio.get_running_loop()
    serving = loop.create_task(server.serve())

    ends: tuple[Callable[[], object], ...] = stop, server.stop

    def end() -> None:
        for one in ends:
            one()
        loop.call_later(_GRACE, serving.cancel)

    for told in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows
            loop.add_signal_handler(told, end)
    with suppress(asyncio.CancelledError):
        await serving


_GRACE = 15.0
"""Seconds for what is under way when it is told to stop: whoever sends his body slowly has 10 of them. What is being written
then is still finished."""


def check_address(host: str, port: int) -> None:
    """Find out now that an address can't be had, rather than in Granian."""
    try:
        with socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET):
            pass
    except OSError as error:
        why = reason(error)
        raise BadValue(
            Text(
                f"không mở được địa chỉ {host}:{port}: {why.vi}; hãy chọn --host, --port khác",
                f"can't listen on {host}:{port}: {why.en}; give another --host or --port",
            )
        ) from error


_HANDLER = {"class": "logging.StreamHandler", "stream": "ext://sys.stderr"}
_LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": _HANDLER, "access": _HANDLER},
}
