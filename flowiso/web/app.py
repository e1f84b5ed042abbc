"""The ASGI app over one engine or several: routes, what they refuse, and the guard before them."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import datetime

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .. import __version__
from ..engine import Engine
from ..errors import FlowISOError
from ..worktime import TZ
from . import dossiers, questions, system
from .asking import desk_of
from .describing import describe
from .desk import Desk
from .guard import App, Guard, Receive, Scope, Send
from .keys import Identify
from .logs import tell, told_error
from .metrics import Metrics
from .problems import Problem, answer, invalid, of_http, problem_of
from .quick import Quick
from .settings import USUAL, Settings

_ABOUT = """
The engine's verbs and questions as REST. Every body and answer is JSON in UTF-8; titles and messages are in Vietnamese, or in
English with `Accept-Language: en`. What can't be done is an RFC 9457 problem whose `code` never changes. Moments are ISO 8601
with their offset. The words are explained in docs/http.md.
"""

_ROUTERS = dossiers.router, questions.router, system.router


def create_app(
    engines: Engine | Iterable[Engine],
    keys: Identify,
    *,
    settings: Settings = USUAL,
    clock: Callable[[], datetime] = lambda: datetime.now(TZ),
    close: bool = False,
) -> FastAPI:
    """An ASGI app that serves the dossiers of one agency or of several, to who holds a key of `keys`.

    It can be mounted in another app. With `close` it lets go of the engines' stores when it is shut down. `clock` stamps what is
    done: nobody can give a moment of his own to a verb. Raises BadValue for two engines of one agency.
    """
    desk = Desk([engines] if isinstance(engines, Engine) else engines, settings, clock)
    metrics = Metrics()

    @asynccontextmanager
    async def alive(_: FastAPI) -> AsyncIterator[None]:
        yield
        desk.close(close)

    app = FastAPI(
        title="FlowISO",
        version=__version__,
        description=_ABOUT,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        openapi_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # they may tell of persons (R151)
        lifespan=alive,
        separate_input_output_schemas=False,
    )
    app.state.desk, app.state.metrics = desk, metrics
    for router in _ROUTERS:
        app.include_router(router)
    app.add_middleware(Quick, desk=desk, refuse=_refused)
    app.add_middleware(_Heads)
    app.add_middleware(Guard, desk=desk, keys=keys, metrics=metrics, public=system.PUBLIC)
    app.add_exception_handler(FlowISOError, _refused)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _refused)
    describe(app)
    return app


class _Heads:
    """HEAD at every address that has GET, answered as that is; the server leaves the body out (RFC 9110, 9.1 and 9.3.2)."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Have it answered; in the log and the figures it stays what it was."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        scope["method"] = "GET"
        try:
            await self._app(scope, receive, send)
        finally:
            scope["method"] = "HEAD"


async def _refused(request: Request, error: Exception) -> Response:
    """Whatever can't be done, as a problem."""
    state = request.scope["state"]
    problem = _problem(error, state["lang"])
    if problem.code == "method-not-allowed":
        problem.headers = {"Allow": _methods(request, problem)}
    state["problem"] = problem.code
    if problem.status_code >= _OURS:
        tell("fault", desk_of(request).clock(), logging.ERROR, id=state["id"], **told_error(error))
    return answer(problem, state["lang"])


def _methods(request: Request, problem: Problem) -> str:
    """Every method of the address (RFC 9110, 15.5.6): of several routes with one path the framework names those of one."""
    path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
    routes = (route for router in _ROUTERS for route in router.routes if isinstance(route, Route))
    found = {method for route in routes if route.path_regex.match(path) for method in route.methods or ()}
    found.update((problem.headers or {})["Allow"].split(", "))
    return ", ".join(sorted(found | {"HEAD"} if "GET" in found else found))


_OURS = 500
"""From this status on the fault is the server's."""


def _problem(error: Exception, lang: str) -> Problem:
    if isinstance(error, FlowISOError):
        return problem_of(error, lang)
    if isinstance(error, RequestValidationError):
        return invalid(error.errors())
    assert isinstance(error, HTTPException)
    return of_http(error)
