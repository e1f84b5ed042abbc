"""The way past the framework for what is asked most: a dossier as it is now, and a move.

What a request must be like is said where the routes stand: by the same models, patterns and scopes. Whatever doesn't fit them,
isn't allowed or can't be found is passed on, and refused there; only what a move itself is refused with is answered here.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Final, NamedTuple

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from ..asked import moment_of
from ..dossier import Dossier
from ..errors import FlowISOError
from ..ports import Mark
from . import acts, schemas
from .asking import IF_MATCH, KEY
from .desk import Asked, Desk
from .dossiers import wish_of
from .guard import App, Receive, Scope, Send, replayed
from .pages import Answer, Pages, lit
from .problems import Problem
from .strictjson import loads
from .turn import Once

_PATH: Final = "/v1/dossiers/"
_MOVES: Final = "/moves"
_ID: Final = re.compile(r"[!-.0-~]{1,200}")
_CONDITIONS: Final = frozenset({b"idempotency-key", b"if-match", b"if-none-match"})
_KEY, _MATCH = re.compile(KEY), re.compile(IF_MATCH)


class _Route(NamedTuple):
    """What the guard notes of a request."""

    path: str


_READ, _MOVE = _Route(_PATH + "{number}"), _Route(_PATH + "{number}" + _MOVES)


class Quick:
    """An ASGI app before another one, behind the guard."""

    def __init__(self, app: App, desk: Desk, refuse: Callable[[Request, Exception], Awaitable[Response]]) -> None:
        """`refuse` makes an answer of what a move is refused with."""
        self._app, self._desk, self._refuse = app, desk, refuse
        self._commits = {agency: Once(engine.store.commits) for agency, engine in desk.engines.items()}
        self.pages = Pages(desk.settings.kept, desk.settings.kept_bytes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass it on."""
        path = _asked(scope)
        if path is not None and scope["method"] == "GET" and _ID.fullmatch(path):
            await self._read(path, scope, receive, send)
        elif path is not None and scope["method"] == "POST" and path.endswith(_MOVES):
            await self._move(path.removesuffix(_MOVES), scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _of(self, scope: Scope, right: str) -> Asked | None:
        """The request of a caller with this scope."""
        desk, state = self._desk, scope["state"]
        caller = state["caller"]
        if caller is None or not caller.may(right):
            return None
        return Asked(desk, desk.engines[caller.agency], caller, state["lang"], desk.clock())

    async def _read(self, number: str, scope: Scope, receive: Receive, send: Send) -> None:
        asked = self._of(scope, "read")
        answer = None
        if asked is not None:
            with suppress(FlowISOError):  # the long way says why
                answer = await self._page(asked, number)
        if answer is None:
            await self._app(scope, receive, send)
            return
        scope["route"] = _READ
        await _give(answer, send)

    async def _page(self, asked: Asked, number: str) -> Answer:
        """Raises FlowISOError."""
        engine, pages = asked.engine, self.pages
        commits = self._commits[engine.agency].told()
        kept = pages.get(engine.agency, number, asked.lang)
        if kept is None or commits is None or kept.commits != commits:
            mark = engine.store.glance(engine.agency, number)
            kept = pages.still(engine.agency, number, kept, mark, commits)
        if kept is not None:
            moment = max(moment_of(asked.at), kept.life.state.at)
            if kept.holds(moment):
                return pages.answer(engine, number, kept, moment)
            mark = engine.store.glance(engine.agency, number)
        made = await asked.desk.do(pages.read, engine, number, asked.at, asked.lang, mark)
        pages.keep(engine.agency, number, made._replace(commits=commits))
        return pages.answer(engine, number, made, made.since)

    async def _move(self, number: str, scope: Scope, receive: Receive, send: Send) -> None:
        asked = self._of(scope, "act")
        body: bytes = (await receive())["body"]  # the guard has read it whole
        wish = _wish(scope, body, self._desk.settings.depth) if asked and _ID.fullmatch(number) else None
        if wish is None or asked is None:
            await self._app(scope, replayed(body, receive), send)
            return
        scope["route"] = _MOVE
        try:
            mark = asked.engine.store.glance(asked.engine.agency, number)
            write, tell = partial(acts.move, asked, number, wish), partial(self._told, asked, mark)
            answer = await asked.desk.act(asked.engine, write, tell)
        except (FlowISOError, Problem) as error:
            await (await self._refuse(Request(scope), error))(scope, receive, send)
        else:
            await _give(answer, send)

    def _told(self, asked: Asked, mark: Mark | None, done: Dossier) -> Answer:
        """The page of a dossier as a move left it, told of the moment of its last line (`acts.done` says the same)."""
        made = self.pages.made(asked.engine, done, done.state.at, asked.lang, mark)
        return made.answer(lit(made.life, asked.engine.flows.calendar, made.since))


async def _give(answer: Answer, send: Send) -> None:
    head, body = answer
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": body})


def _asked(scope: Scope) -> str | None:
    """What comes after the path of the dossiers; None for other paths, and where there is a query."""
    if scope["type"] != "http" or scope["query_string"]:
        return None
    path: str = scope["path"].removeprefix(scope.get("root_path", ""))
    return path[len(_PATH) :] if path.startswith(_PATH) else None


def _wish(scope: Scope, body: bytes, depth: int) -> acts.Wished | None:
    """What a move asks for; None unless all of it is as it should be."""
    given = [(name, value) for name, value in scope["headers"] if name in _CONDITIONS]
    told = {name: value.decode("latin-1") for name, value in given}
    key, match = told.get(b"idempotency-key"), told.get(b"if-match")
    plain = len(told) == len(given) and b"if-none-match" not in told
    plain = plain and (key is None or _is(_KEY, key)) and (match is None or _is(_MATCH, match))
    with suppress(Problem, ValidationError):
        return wish_of(schemas.ToMove.model_validate(loads(body, depth)), key, match) if plain else None
    return None


def _is(pattern: re.Pattern[str], text: str) -> bool:
    return len(text) <= 200 and pattern.fullmatch(text) is not None
