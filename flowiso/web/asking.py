"""What the routes share: the request as `Asked`, the scope it needs, JSON answers, and how refusals stand in /openapi.json."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Header, Request, Security
from fastapi.openapi.models import HTTPBearer as HTTPBearerModel
from fastapi.routing import APIRoute
from fastapi.security.base import SecurityBase
from pydantic_core import to_json
from starlette.datastructures import Headers, QueryParams
from starlette.responses import Response

from ..errors import BadValue
from ..text import Text
from ..worktime import instant
from .desk import Asked, Desk
from .keys import Caller, Scope
from .logs import tell
from .problems import MEDIA_TYPE, STATUS, Problem, invalid
from .settings import USUAL
from .strictjson import loads


class _Asking(SecurityBase):
    """The request of a caller whose key has a scope; in /openapi.json the key itself. One callable, since each costs time."""

    def __init__(self, scope: Scope) -> None:
        self.scope, self.scheme_name = scope, "key"
        self.model = HTTPBearerModel(
            bearerFormat="flowiso_<id>_<secret>",
            description="An API key of `flowiso key new`, or a token of the sign-on where such are taken."
            " The scopes named at an operation are those it needs.",
        )

    async def __call__(self, request: Request) -> Asked:
        """Raises Problem."""
        state = request.scope["state"]
        caller: Caller = state["caller"]
        need(caller, self.scope)
        desk = desk_of(request)
        return Asked(desk, desk.engines[caller.agency], caller, state["lang"], desk.clock())


def desk_of(request: Request) -> Desk:
    """The desk behind the app."""
    desk = request.app.state.desk
    assert isinstance(desk, Desk)
    return desk


def need(caller: Caller, scope: str) -> None:
    """Refuse a caller without a scope. Raises Problem."""
    if not caller.may(scope):
        raise Problem(
            "forbidden",
            Text(f"khóa này không có quyền '{scope}'", f"this key lacks the scope '{scope}'"),
            scope=scope,
        )


def then(asked: Asked, at: datetime | None) -> datetime:
    """The moment that is asked about, now where none is. Raises BadValue for one of a year without a calendar."""
    if at is None:
        return asked.at
    calendar = asked.engine.flows.calendar
    if not calendar.first <= instant(at) < calendar.until:
        first, last = calendar.first_known, calendar.last_known
        raise BadValue(
            Text(
                f"lịch làm việc chỉ biết từ {first:%d/%m/%Y} đến {last:%d/%m/%Y}; hãy hỏi một lúc trong đó",
                f"the calendar is known from {first} to {last}; ask about a moment in between",
            )
        )
    return at


def unmask(asked: Asked, number: str | None) -> None:
    """Let a caller see personal data as it is, of one dossier or of a list, and note who did (R151, R152). Raises Problem."""
    need(asked.caller, "people")
    tell("people", asked.at, key=asked.caller.id, number=number)


Reading = Annotated[Asked, Security(_Asking("read"), scopes=["read"])]
Acting = Annotated[Asked, Security(_Asking("act"), scopes=["act"])]
Personal = Annotated[Asked, Security(_Asking("people"), scopes=["people"])]
Administering = Annotated[Asked, Security(_Asking("admin"), scopes=["admin"])]
TheDesk = Annotated[Desk, Depends(desk_of)]
KEY = r"^[\x21-\x7e]+$"
IF_MATCH = r'^(\*|(W/)?"[!#-~]*"([ \t]*,[ \t]*(W/)?"[!#-~]*")*)$'
"""What these headers look like, up to 200 characters."""
_LONGEST = 200
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=_LONGEST,
        pattern=KEY,
        description="The same request sent again under the same key is done once, and answered alike.",
    ),
]
ManyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=_LONGEST - len(f"#{USUAL.bulk}"),
        pattern=KEY,
        description="Gives each move without a `key` of its own the key `KEY#1`, `KEY#2` …, by its place.",
    ),
]
IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        pattern=IF_MATCH,
        max_length=_LONGEST,
        description="The `ETag` of the dossier as it was read: where it has moved on since, 412.",
    ),
]


class StrictRoute(APIRoute):
    """A route whose JSON is read by `strictjson`, that takes nothing twice, and ignores no condition it is sent."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, over a request that reads strictly."""
        handler, reads = super().get_route_handler(), "GET" in (self.methods or ())
        conditional = any(field.alias == "If-Match" for field in self.dependant.header_params)

        async def handle(request: Request) -> Response:
            if not reads:
                _check_conditions(request.headers, conditional)
            elif request.scope["query_string"]:
                _check_query(request.query_params)
            return await handler(_StrictRequest(request.scope, request.receive))

        return handle


def _check_conditions(headers: Headers, conditional: bool) -> None:
    """Refuse conditions that would go unheard: one that is sent twice, `If-None-Match`, and another `If-Match` than `*` where
    nothing has an ETag.

    Raises Problem.
    """
    for name in ("Idempotency-Key", "If-Match"):
        if len(headers.getlist(name)) > 1:
            raise Problem("bad-request", Text(f"chỉ gửi {name} một lần", f"send {name} once only"))
    if "If-None-Match" in headers:
        said = Text("hãy bỏ If-None-Match: không xét được ở đây", "leave out If-None-Match: nothing here holds to it")
        raise Problem("bad-request", said)
    if not conditional and headers.get("If-Match", "*") != "*":
        raise Problem(
            "bad-request",
            Text(
                "địa chỉ này không có ETag nên không xét If-Match được; hãy bỏ đi, hoặc gửi khi chuyển một hồ sơ",
                "this address has no ETag, so If-Match can't be held to; leave it out, or send it with a dossier's move",
            ),
        )


def _check_query(query: QueryParams) -> None:
    """Refuse a parameter that is there twice: who looks at it before us may believe the other one. Raises Problem."""
    twice = [name for name, count in Counter(name for name, _ in query.multi_items()).items() if count > 1]
    if twice:
        raise invalid([{"loc": ("query", name), "type": "repeated"} for name in twice])


class _StrictRequest(Request):
    async def json(self) -> Any:
        return loads(await self.body(), desk_of(self).settings.depth)


def answered(
    value: Mapping[str, Any], lang: str, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """A value as an answer."""
    return sent(json_bytes(value), lang, status, headers)


def json_bytes(value: Mapping[str, Any]) -> bytes:
    """A value as JSON, in a quarter of the time that the `json` of Python takes."""
    return to_json(value)


def sent(body: bytes, lang: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """What is JSON already, as an answer."""
    said = {"Content-Language": lang, "Vary": "Accept-Language", **(headers or {})}
    return Response(body, status, said, "application/json")


def etag(value: Mapping[str, Any]) -> dict[str, str]:
    """The line a dossier is at, as an entity tag."""
    return {"ETag": f'"{value["seq"]}"'}


def refusals(*codes: str) -> dict[int | str, dict[str, Any]]:
    """What an operation may refuse beside what every one may, for /openapi.json."""
    found: dict[int, list[str]] = {}
    for code in (*_EVERYWHERE, *codes):
        found.setdefault(STATUS[code][0], []).append(code)
    return {status: _response(names) for status, names in sorted(found.items())}


_EVERYWHERE = (
    *("bad-request", "bad-value", "unauthenticated", "forbidden", "invalid", "rate-limited", "internal", "store"),
    *("overloaded", "calendar-unknown", "flow-file"),
)
BODY = ("bad-json", "too-slow", "too-large", "unsupported-media-type")
"""What every operation with a body may refuse."""
VERB = (*BODY, "conflict", "not-allowed", "incomplete", "misrouted", "key-reused")
"""What every verb may refuse."""


def _response(codes: list[str]) -> dict[str, Any]:
    said = "; ".join(f"`{code}`: {STATUS[code][1].en}" for code in dict.fromkeys(codes))
    return {
        "description": said,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemTold"}}},
    }
