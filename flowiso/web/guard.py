"""What every request passes first: who calls, how often, how many at once, how large a body; and what is noted of it.

Plain ASGI, in this order: the key, its rate, a place among those in flight, the body under its limits. So whoever has no
key costs nothing but reading a header, and a slow sender holds no thread.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from functools import lru_cache
from itertools import count
from secrets import token_hex
from time import monotonic
from typing import Any, NamedTuple

from starlette.responses import Response

from ..errors import FlowISOError
from ..text import Text
from .desk import Desk, busy
from .keys import Caller, Identify, Later
from .limits import Buckets
from .logs import tell, tell_request, told_error
from .metrics import Metrics
from .patience import Patience
from .problems import Problem, answer, chosen, problem_of

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_JSON = re.compile(rb"application/json\s*(;\s*charset\s*=\s*\"?utf-8\"?\s*)?", re.IGNORECASE)
_SAFE = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
_ROUTELESS = "(none)"
_PROCESS, _COUNT = token_hex(4), count()
"""Request ids only have to differ: random bits for each would be a call to the system."""


class Request(NamedTuple):
    """A request as the guard sees it."""

    scope: Scope
    headers: dict[bytes, bytes]
    id: str
    lang: str

    @classmethod
    def of(cls, scope: Scope) -> Request:
        """Its headers and who it says it is; an id of its own is kept, when it is a plain one."""
        headers = dict(scope["headers"])
        told = headers.get(b"x-request-id", b"")
        known = told.decode("ascii") if _ID.fullmatch(told) else f"{_PROCESS}{next(_COUNT) & 0xFFFFFFFF:08x}"
        return cls(scope, headers, known, _lang(headers.get(b"accept-language", b"")))


@lru_cache(256)
def _lang(accept: bytes) -> str:
    return chosen(accept.decode("latin-1"))


class Guard:
    """An ASGI app around another one. `public` are the paths that need no key and are never busy."""

    def __init__(self, app: App, desk: Desk, keys: Identify, metrics: Metrics, public: frozenset[str]) -> None:
        self._app, self._desk, self._keys, self._metrics, self._public = app, desk, keys, metrics, public
        settings = desk.settings
        self._settings, self._buckets = settings, Buckets(settings.rate, settings.burst, monotonic)
        self._patience, self._in_flight = Patience(settings.body_seconds), 0
        metrics.in_flight(lambda: self._in_flight)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let it through, or answer a problem; note it either way."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request, began, status = Request.of(scope), monotonic(), 0

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*_with_safe(message.get("headers", ())), (b"x-request-id", request.id.encode())]
            await send(message)

        scope.setdefault("state", {}).update(id=request.id, lang=request.lang, caller=None, problem=None)
        try:
            await self._passed(request, receive, sent)
        except Exception as error:
            problem = error if isinstance(error, Problem) else self._fault(error, request)
            if not status:
                scope["state"]["problem"] = problem.code
                await _closing(answer(problem, request.lang), scope)(scope, receive, sent)
        finally:
            self._note(request, status, monotonic() - began)

    def _fault(self, error: Exception, request: Request) -> Problem:
        """What no caller is to blame for: told in the log, without its words."""
        tell("fault", self._desk.clock(), logging.ERROR, id=request.id, **told_error(error))
        if isinstance(error, FlowISOError):
            return problem_of(error, request.lang)
        return Problem(
            "internal",
            Text(
                f"máy chủ gặp lỗi; hãy báo người quản trị mã yêu cầu {request.id}",
                f"the server failed; tell its administrator the request's id, {request.id}",
            ),
        )

    async def _passed(self, request: Request, receive: Receive, send: Send) -> None:
        scope = request.scope
        if self._is_public(scope):
            await self._app(scope, receive, send)
            return
        caller = await self._caller(request)
        scope["state"]["caller"] = caller
        self._check_rate(caller)
        self._check_room()
        self._in_flight += 1
        try:
            if scope["method"] not in _BODILESS:
                receive = replayed(await self._body(request, receive), receive)
            await self._app(scope, receive, send)
        finally:
            self._in_flight -= 1

    def _is_public(self, scope: Scope) -> bool:
        path: str = scope["path"].removeprefix(scope.get("root_path", ""))
        return path in self._public and scope["method"] in ("GET", "HEAD")

    async def _caller(self, request: Request) -> Caller:
        kind, _, token = request.headers.get(b"authorization", b"").decode("latin-1").partition(" ")
        bearer = kind.lower() == "bearer"
        caller = await self._holder(token.strip()) if bearer else None
        if caller is None or caller.agency not in self._desk.engines:
            raise Problem(
                "unauthenticated",
                Text(
                    "hãy gửi khóa còn hiệu lực: Authorization: Bearer flowiso_…",
                    "send a key that is valid: Authorization: Bearer flowiso_…",
                ),
                {"WWW-Authenticate": _WRONG if bearer else _ASKED},
            )
        return caller

    async def _holder(self, token: str) -> Caller | None:
        now = self._desk.clock()
        try:
            return self._keys.identify(token, now)
        except Later as later:
            await asyncio.wait([asyncio.wrap_future(later.ready)], timeout=self._settings.body_seconds)
            return self._keys.identify(token, now)

    def _check_rate(self, caller: Caller) -> None:
        seconds = self._buckets.wait(caller.id)
        if seconds:
            whole = int(seconds) + 1
            raise Problem(
                "rate-limited",
                Text(
                    f"khóa này gửi nhanh hơn {self._settings.rate:g} yêu cầu mỗi giây; hãy gửi lại sau {whole} giây",
                    f"this key sends more than {self._settings.rate:g} requests a second; try again in {whole} s",
                ),
                {"Retry-After": str(whole)},
            )

    def _check_room(self) -> None:
        if self._in_flight >= self._settings.in_flight:
            raise busy()

    async def _body(self, request: Request, receive: Receive) -> bytes:
        """The whole body, when it is small, quick and JSON."""
        most = self._settings.body_bytes
        length = request.headers.get(b"content-length", b"")
        declared = int(length) if length.isdigit() else None
        if declared is not None and declared > most:
            raise _too_large(most)
        try:
            body = await self._patience.within(_read(receive, most, declared))
        except TimeoutError as error:
            raise Problem(
                "too-slow", Text("nội dung đến quá chậm; hãy gửi lại", "the body came too slowly; send it again")
            ) from error
        plain = request.headers.get(b"content-encoding", b"identity").strip().lower() == b"identity"
        if body and not (plain and _JSON.fullmatch(request.headers.get(b"content-type", b"").strip())):
            raise Problem(
                "unsupported-media-type",
                Text(
                    "hãy gửi Content-Type: application/json (UTF-8), không nén",
                    "send Content-Type: application/json (UTF-8), not compressed",
                ),
            )
        return body

    def _note(self, request: Request, status: int, seconds: float) -> None:
        """One line in the log, and the figures."""
        scope = request.scope
        route = getattr(scope.get("route"), "path", _ROUTELESS)
        state, caller = scope["state"], scope["state"]["caller"]
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        self._metrics.answered(method, route, status, seconds)
        if state["problem"]:
            self._metrics.refused(state["problem"])
        key, ms = caller.id if caller else None, round(seconds * 1000, 1)
        tell_request(self._desk.clock(), request.id, key, method, route, status, state["problem"], ms)


_ASKED = 'Bearer realm="flowiso"'
_WRONG = f'{_ASKED}, error="invalid_token"'  # RFC 6750, 3
_BODILESS = frozenset({"GET", "HEAD"})
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"})


def _closing(response: Response, scope: Scope) -> Response:
    """An answer to a request whose body may be unread: no other request follows on that connection."""
    if scope["method"] not in _BODILESS and scope.get("http_version", "").startswith("1"):
        response.headers["Connection"] = "close"
    return response


def _with_safe(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    given = list(headers)
    return [*given, *_lacking(tuple([name for name, _ in given]))]


@lru_cache(256)
def _lacking(names: tuple[bytes, ...]) -> tuple[tuple[bytes, bytes], ...]:
    told = {name.lower() for name in names}
    return tuple(header for header in _SAFE if header[0] not in told)


async def _read(receive: Receive, most: int, declared: int | None) -> bytes:
    """The body; one of a `declared` length is whole then, and that nothing more comes isn't waited for."""
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Problem("bad-request", Text("kết nối đã ngắt giữa chừng", "the connection was cut off"))
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > most:
            raise _too_large(most)
        if not message.get("more_body", False) or size == declared:
            return b"".join(parts)


def replayed(body: bytes, receive: Receive) -> Receive:
    """A body that was read, once more."""
    left = [body]

    async def again() -> Message:
        if left:
            return {"type": "http.request", "body": left.pop(), "more_body": False}
        return await receive()

    return again


def _too_large(most: int) -> Problem:
    return Problem(
        "too-large",
        Text(f"nội dung quá {most} byte; hãy chia nhỏ", f"the body has more than {most} bytes; send less at a time"),
    )
