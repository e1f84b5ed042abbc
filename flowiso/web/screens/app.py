"""The screens beside the REST door, in one ASGI app: what every request for a page passes, and the answers all pages share."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from contextlib import suppress
from secrets import token_hex
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from ...engine import Engine
from ...errors import FlowISOError
from ...model import Flow
from ...render.sheet import sheets
from ...text import Text
from ..asking import need
from ..desk import Desk
from ..guard import App, Message, Receive, Scope, Send
from ..keys import Caller, Identify
from ..limits import Buckets
from ..logs import tell, told_error
from ..metrics import Metrics
from ..problems import STATUS, Problem, problem_of
from . import entering, handing, prints, routes
from .memory import Memory
from .pulse import Pulse
from .sessions import Session, Sessions
from .visit import Visit, local_path, own, read_form
from .yearly import words_of

if TYPE_CHECKING:
    from ..oidcsignin import SignIn

T = TypeVar("T")
Handler = Callable[[Visit], Awaitable[Response]]

COOKIE, SPEAKS, AWAY = "flowiso", "flowiso-lang", "flowiso-away"
_AWAY_SECONDS = 600
_SAFE: Final = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self';"
        " base-uri 'none'; frame-ancestors 'none'"
    ),
}
_YEAR = 366 * 86400
_REMEMBERED = 100
_HTTPS_ONLY: Final = b"strict-transport-security", f"max-age={_YEAR}; includeSubDomains".encode()

_OPEN: Final[tuple[tuple[str, str, Handler], ...]] = (
    ("GET", "/static/{name}", routes.static),
    ("GET", "/sign-in", entering.sign_in),
    ("POST", "/sign-in", entering.signed_in),
    ("GET", "/sign-in/on", entering.sign_on),
    ("GET", "/sign-in/back", entering.signed_on),
    ("POST", "/language", entering.language),
)
"""What nobody needs to be signed in for."""
_OWN: Final[tuple[tuple[str, str, Handler], ...]] = (
    ("GET", "/", routes.first),
    ("POST", "/sign-out", entering.sign_out),
    ("GET", "/sessions", entering.sessions),
    ("POST", "/sessions", entering.end_sessions),
    ("GET", "/inbox", routes.inbox),
    ("GET", "/board", routes.board),
    ("GET", "/receive", routes.receive),
    ("POST", "/receive", routes.received),
    ("GET", "/hand-over", handing.hand_over),
    ("POST", "/hand-over", handing.handed_over),
    ("GET", "/find", routes.find),
    ("GET", "/procedures", routes.procedures),
    ("GET", "/procedures/{code}", routes.procedure),
    ("GET", "/year", routes.year),
    ("GET", "/year/cell", routes.behind),
    ("GET", "/register", prints.register_page),
    ("GET", "/register/pdf", prints.register_pdf),
    ("GET", "/events", routes.events),
    ("GET", "/dossiers/{number}", routes.dossier),
    ("POST", "/dossiers/{number}/move", routes.moved),
    ("GET", "/dossiers/{number}/sheet", prints.sheet),
    ("GET", "/dossiers/{number}/papers/{line}", prints.form),
    ("GET", "/{rest:path}", routes.nowhere),
)
PLACES = frozenset(path.split("/")[1] for _, path, _ in (*_OPEN, *_OWN)) - {"{rest:path}"}
"""The first parts of the paths of the screens; all others are the REST door's, but for what a browser mistypes."""
_DOORS: Final = frozenset({"v1", "health", "metrics", "openapi.json"})


def with_screens(api: Any, keys: Identify, *, secure: bool = False, sign_in: SignIn | None = None) -> Both:
    """`api`, an app of `create_app`, with the screens before it. `secure`: the cookies go over HTTPS alone, whoever ends it.

    With `sign_in` one may sign in at the province's sign-on as well; `keys` must know it too (`Either`).
    """
    return Both(api, Screens(api.state.desk, keys, api.state.metrics, secure, sign_in))


def _by_path(many: Iterable[tuple[str, str, Handler]]) -> Iterable[tuple[str, Mapping[str, Handler]]]:
    """What answers each method of a path: with a route for each a 405 would name only those of the first (RFC 9110, 15.5.6)."""
    found: dict[str, dict[str, Handler]] = {}
    for method, path, handler in many:
        found.setdefault(path, {})[method] = handler
    return found.items()


def _is_ours(scope: Scope, place: str) -> bool:
    """Whether the screens answer: under their own places, and a browser that asks for a page where there is nothing."""
    if place in PLACES:
        return True
    if place in _DOORS or scope["method"] not in ("GET", "HEAD"):
        return False
    return any(name == b"accept" and b"text/html" in value for name, value in scope["headers"])


class Both:
    """The screens and the REST door, each with the paths that are its own."""

    def __init__(self, api: App, screens: Screens) -> None:
        self.api, self.screens = api, screens

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; over HTTPS every answer says that this host is never to be asked otherwise."""
        if scope["type"] == "lifespan":
            self.screens.begin()
        path = scope.get("path", "").removeprefix(scope.get("root_path", ""))
        ours = scope["type"] == "http" and _is_ours(scope, path.lstrip("/").partition("/")[0])

        async def https_only(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], _HTTPS_ONLY]
            await send(message)

        secure = scope["type"] == "http" and self.screens.is_secure(scope)
        await (self.screens if ours else self.api)(scope, receive, https_only if secure else send)

    def stop(self) -> None:
        """Let go of the streams of live updates, before a server waits for what is still answered."""
        self.screens.pulse.stopping = True


class Screens:
    """The pages over a desk, to who signs in with a key of `keys`."""

    def __init__(
        self, desk: Desk, keys: Identify, metrics: Metrics, secure: bool, sign_in: SignIn | None = None
    ) -> None:
        self.sign_in = sign_in
        self.desk, self.keys, self._metrics, self._secure = desk, keys, metrics, secure
        self.sessions, self.pulse = Sessions(), Pulse(desk)
        self.memories = {agency: Memory(engine) for agency, engine in desk.engines.items()}
        settings = desk.settings
        self._buckets, self._in_flight = Buckets(settings.rate, settings.burst, monotonic), 0
        self._sheets: dict[tuple[str, str, int, str], tuple[str, ...]] = {}
        self._warmed: dict[str, asyncio.Future[None]] = {}
        self._once: dict[tuple[str, frozenset[tuple[str, str]]], asyncio.Future[Any]] = {}
        pages = (self._route(*one, signed) for many, signed in ((_OPEN, False), (_OWN, True)) for one in _by_path(many))
        self._router = Router(list(pages), redirect_slashes=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with a page, and note it; whatever is answered is guarded by its headers."""

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                for name, value in _SAFE.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._router(scope, receive, guarded)

    def is_secure(self, scope: Scope) -> bool:
        """Whether a browser asks over HTTPS, whoever ends it."""
        return self._secure or scope.get("scheme") == "https"

    def _route(self, path: str, handlers: Mapping[str, Handler], signed: bool) -> Route:
        async def endpoint(request: Request) -> Response:
            method = "GET" if request.method == "HEAD" else request.method
            return await self._noted(request, path, handlers[method], signed)

        return Route(path, endpoint, methods=list(handlers))

    async def _noted(self, request: Request, path: str, handler: Handler, signed: bool) -> Response:
        began, at = monotonic(), self.desk.clock()
        visit = self._visit(request, at)
        answer = await self.told(self._passed(visit, handler, signed), visit)
        if handler is not routes.static and COOKIE not in answer.headers.get("set-cookie", ""):
            self._kept(answer, visit)
        seconds = monotonic() - began
        self._metrics.answered(request.method, path, answer.status_code, seconds)
        key, status = visit.caller.id if visit.caller else None, answer.status_code
        tell("page", at, key=key, method=request.method, route=path, status=status, ms=round(seconds * 1000, 1))
        return answer

    def _kept(self, answer: Response, visit: Visit) -> None:
        """Give a visitor his id who came without one."""
        if self.sessions.read(self._sent(visit.request, COOKIE)) != visit.visitor:
            self.give(answer, visit.visitor, visit.request)

    async def told(self, page: Awaitable[Response], visit: Visit) -> Response:
        """A page, or another one that tells what can't be done."""
        try:
            return await page
        except Problem as problem:
            return self._refused(visit, problem)
        except FlowISOError as error:
            return self._refused(visit, problem_of(error, visit.lang))
        except Exception as error:
            name = token_hex(4)
            tell("fault", visit.at, logging.ERROR, id=name, **told_error(error))
            text = Text(
                f"máy chủ gặp lỗi; hãy báo người quản trị mã {name}",
                f"the server failed; tell its administrator {name}",
            )
            return self._refused(visit, Problem("internal", text))

    def _refused(self, visit: Visit, problem: Problem) -> Response:
        """What can't be done, as a page."""
        self._metrics.refused(problem.code)
        status, title = STATUS[problem.code]
        answer = visit.show("error.html", status, title=title, text=problem.text)
        for name, value in (problem.headers or {}).items():
            answer.headers[name] = value
        return answer

    async def _passed(self, visit: Visit, handler: Handler, signed: bool) -> Response:
        """The limits and the form first, then who is signed in, then the page."""
        self._check_rate(visit)
        if visit.request.method == "POST":
            form = await read_form(visit.request, self.desk.settings.body_seconds)
            visit = visit._replace(form=form)
            if signed and visit.session is None:
                return entering.over(visit)
            self._check_form(visit)
        if signed:
            if visit.caller is None:
                return self._to_sign_in(visit)
            need(visit.caller, "read")
        return await self._in_turn(visit, handler)

    async def _in_turn(self, visit: Visit, handler: Handler) -> Response:
        if self._in_flight >= self.desk.settings.in_flight:
            raise Problem("overloaded", Text("máy chủ đang bận; hãy thử lại", "the server is busy; try again"))
        self._in_flight += 1
        try:
            return await handler(visit)
        finally:
            self._in_flight -= 1

    def _to_sign_in(self, visit: Visit) -> Response:
        if visit.request.url.path.endswith("/events"):
            raise Problem("unauthenticated", STATUS["unauthenticated"][1])
        here = local_path(visit.request) if visit.request.method != "POST" else ""
        back = "" if own(here, visit.base) == f"{visit.base}/" else here
        return visit.go(visit.to("sign-in", next=back))

    def _check_rate(self, visit: Visit) -> None:
        client = visit.request.client
        seconds = self._buckets.wait(visit.caller.id if visit.caller else f"at {client.host if client else ''}")
        if seconds:
            whole = int(seconds) + 1
            text = Text(f"gửi quá nhanh; hãy thử lại sau {whole} giây", f"too fast; try again in {whole} s")
            raise Problem("rate-limited", text, {"Retry-After": str(whole)})

    def _check_form(self, visit: Visit) -> None:
        """Refuse a form that another site sent, or an old page."""
        if not visit.is_own_form:
            raise Problem(
                "forbidden",
                Text(
                    "biểu mẫu này không phải của phiên đang mở; hãy mở lại trang rồi gửi",
                    "this form isn't of the session that is open; open the page again and send it",
                ),
            )

    def _visit(self, request: Request, at: Any) -> Visit:
        lang = "en" if self._sent(request, SPEAKS) == "en" else "vi"
        visitor = self.sessions.read(self._sent(request, COOKIE))
        by_itself = "x-live" in request.headers or request.url.path.endswith("/events")
        session = self.sessions.find(visitor, at, touch=not by_itself) if visitor else None
        try:
            caller = self._caller(session, at) if session else None
            if visitor and caller is None:
                self.sessions.end(visitor)
        except FlowISOError:  # the keys can't be read just now: nobody is let in, and nobody's session is over
            caller = None
        held = session if caller else None
        return Visit(self, request, visitor or self.sessions.visitor(), lang, at, held, caller, {})

    def _caller(self, session: Session, at: Any) -> Caller | None:
        """Who holds the session's key, while it holds and is for that account alone. Raises FlowISOError."""
        caller = self.keys.identify(session.token, at)
        fits = caller is not None and caller.only == session.account and caller.agency in self.desk.engines
        return caller if fits else None

    def is_in(self, visit: Visit) -> bool:
        """Whether a visit's session still holds; asking doesn't prolong it."""
        at = self.desk.clock()
        session = self.sessions.find(visit.visitor, at, touch=False)
        with suppress(FlowISOError):
            return session is not None and self._caller(session, at) is not None
        return False

    def give(self, answer: Response, visitor: str, request: Request) -> None:
        """Put a visitor's id into his cookie."""
        self._cookie(answer, COOKIE, self.sessions.cookie(visitor), None, request)

    def speak(self, answer: Response, lang: str, request: Request) -> None:
        """Remember a language."""
        self._cookie(answer, SPEAKS, lang, _YEAR, request)

    def bind(self, answer: Response, binding: str, request: Request) -> None:
        """Know a browser again that comes back from the sign-on: another site sends it, so that this cookie isn't Strict."""
        self._cookie(answer, AWAY, binding, _AWAY_SECONDS if binding else 0, request, "lax")

    def bound(self, request: Request) -> str:
        """What `bind` gave."""
        return self._sent(request, AWAY)

    def _cookie(
        self,
        answer: Response,
        name: str,
        value: str,
        age: int | None,
        request: Request,
        site: Literal["strict", "lax"] = "strict",
    ) -> None:
        path, secure = f"{request.scope.get('root_path', '')}/", self.is_secure(request.scope)
        full = self._named(request, name)
        answer.set_cookie(full, value, age, path=path, secure=secure, httponly=True, samesite=site)

    def _named(self, request: Request, name: str) -> str:
        """A cookie's name: by its prefix a browser takes it over HTTPS from this very host alone (RFC 6265bis, 4.1.3)."""
        if not self.is_secure(request.scope):
            return name
        return f"__Secure-{name}" if request.scope.get("root_path") else f"__Host-{name}"

    def _sent(self, request: Request, name: str) -> str:
        return request.cookies.get(self._named(request, name), "")

    def begin(self) -> None:
        """Read the dossiers of the one agency that is served while nobody waits; of several each when its first visitor comes."""
        if len(self.memories) == 1:
            self.warm(*self.memories)

    def warm(self, agency: str) -> None:
        """Begin to read the dossiers of an agency when its first visitor comes, so that no page has to wait for all of them."""
        if agency not in self._warmed:
            self._warmed[agency] = asyncio.ensure_future(self._read(agency))

    async def _read(self, agency: str) -> None:
        with suppress(Exception):  # who asks for a page is told what is the matter
            await self.desk.look(self.memories[agency].fill)

    async def once(self, visit: Visit, act: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """What a form leads to; sent again as it was by the same visitor, what it has led to."""
        which = visit.visitor, frozenset(visit.form.items())
        if which not in self._once:
            self._once[which] = asyncio.ensure_future(act())
            if len(self._once) > _REMEMBERED:
                del self._once[next(iter(self._once))]
        return await asyncio.shield(self._once[which])

    def sheets(self, engine: Engine, flow: Flow, lang: str) -> tuple[str, ...]:
        """The printed sheets of a flow version, drawn once."""
        key = engine.agency, flow.code, flow.version, lang
        if key not in self._sheets:
            self._sheets[key] = sheets(flow, engine.flows.org, words_of(engine), lang)
        return self._sheets[key]
