"""The routes of dossiers: received, moved, handed over, and read."""

from __future__ import annotations

import re
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from . import acts, figures, schemas, seen
from .asking import (
    BODY,
    VERB,
    Acting,
    IdempotencyKey,
    IfMatch,
    ManyKey,
    Personal,
    Reading,
    StrictRoute,
    answered,
    etag,
    refusals,
    then,
    unmask,
)
from .desk import Asked
from .searching import Wanted, is_quick, page

router = APIRouter(prefix="/v1", tags=["dossiers"], route_class=StrictRoute)
Number = Annotated[schemas.Id, Path(description="The dossier's number.")]
_TOLD: dict[str, Any] = {
    "description": "The dossier as it stands now.",
    "headers": {"ETag": {"description": "The line the dossier is at.", "schema": {"type": "string"}}},
}
_UNKNOWN = ("unknown-dossier", "unknown-flow")


def _made(asked: Asked, told: dict[str, Any]) -> Response:
    where = f"dossiers/{quote(told['number'], safe='')}"  # relative: wherever the app is mounted
    headers = {**etag(told), "Location": where}
    return answered(told, asked.lang, 201, headers)


@router.post(
    "/dossiers",
    status_code=201,
    response_model=schemas.DossierTold,
    responses={**refusals(*VERB, "unknown-flow", "draft-flow"), 201: _TOLD},
)
async def receive(asked: Acting, body: schemas.ToReceive, key: IdempotencyKey = None) -> Response:
    """Accept a new dossier at the one-stop unit: the clock starts (R11)."""
    people = body.people.given() if body.people else None
    told = await acts.done(asked, acts.receive, body.procedure, body.by, body.number, body.channel, people, key)
    return _made(asked, told)


@router.post(
    "/submissions",
    status_code=201,
    response_model=schemas.DossierTold,
    responses={**refusals(*VERB, "unknown-flow", "draft-flow"), 201: _TOLD},
)
async def submit(asked: Acting, body: schemas.ToSubmit, key: IdempotencyKey = None) -> Response:
    """Put down an online submission that account `to` answers within the intake limit (R13); by a key for `nguoi-nop`."""
    people = body.people.given() if body.people else None
    told = await acts.done(asked, acts.submit, body.procedure, body.to, body.number, body.channel, people, key)
    return _made(asked, told)


@router.post(
    "/dossiers/{number}/moves",
    response_model=schemas.DossierTold,
    responses={**refusals(*VERB, *_UNKNOWN, "draft-flow", "stale"), 200: _TOLD},
)
async def move(
    asked: Acting, number: Number, body: schemas.ToMove, key: IdempotencyKey = None, match: IfMatch = None
) -> Response:
    """Take an arrow of the flow or a verb: confirm, receive, bounce, reassign, pause, rate, complain … (docs/dossier.md)."""
    wish = wish_of(body, key, match)
    told = await acts.done(asked, acts.move, number, wish)
    return answered(told, asked.lang, headers=etag(told))


def wish_of(body: schemas.ToMove, key: str | None, match: str | None = None) -> acts.Wished:
    """The move that a body asks for, with the headers Idempotency-Key and If-Match."""
    strict = match is not None and match != "*"
    after = _lines(match or "") if strict else None if body.after is None else frozenset({body.after})
    return acts.Wished(
        body.action, body.by, body.to, body.note, body.record, body.force, after=after, strict=strict, key=key
    )


def _lines(match: str) -> frozenset[int]:
    """The lines it names. A weak tag names none, nor does one that we never gave: they match nothing (RFC 9110, 13.1.1)."""
    return frozenset(int(tag) for weak, tag in _TAG.findall(match) if not weak and _LINE.fullmatch(tag))


_TAG, _LINE = re.compile(r'(W/)?"([^"]*)"'), re.compile(r"0|[1-9][0-9]{0,8}")


@router.post(
    "/moves",
    response_model=schemas.BulkTold,
    responses=refusals(*BODY),
)
async def moves(asked: Acting, body: schemas.ToMoveMany, key: ManyKey = None) -> Response:
    """Moves of several dossiers, each judged and done alone, each with its answer."""
    keys = (one.key or (key and f"{key}#{place}") for place, one in enumerate(body.moves, 1))
    wishes = [(one.number, wish_of(one, its)) for one, its in zip(body.moves, keys, strict=True)]
    return answered(await asked.desk.look(acts.moves, asked, wishes), asked.lang)


@router.post(
    "/hand-overs",
    response_model=schemas.BulkTold,
    responses=refusals(*BODY, "conflict", "not-allowed"),
)
async def hand_over(asked: Acting, body: schemas.ToHandOver) -> Response:
    """Reassign what an account holds, in one transaction: what may not go stays, and says why (R128)."""
    told = await asked.desk.look(acts.hand_over, asked, body.account, body.by, body.to, body.note, body.numbers)
    return answered(told, asked.lang)


@router.get("/dossiers", response_model=schemas.PageTold, responses=refusals())
async def listed(asked: Reading, query: Annotated[schemas.ListAsked, Query()]) -> Response:
    """Dossiers, filtered, searched without accents, a page at a time."""
    if query.unmasked:
        unmask(asked, None)
    wanted = Wanted(**dict(query), at=asked.at)
    read = asked.desk.do if is_quick(wanted) else asked.desk.look
    found = await read(page, asked.engine, wanted, asked.lang)
    return answered(found._asdict(), asked.lang)


@router.get(
    "/dossiers/{number}",
    response_model=schemas.DossierTold,
    responses={**refusals(*_UNKNOWN), 200: _TOLD},
)
async def dossier(asked: Reading, number: Number, query: Annotated[schemas.OneAsked, Query()]) -> Response:
    """A dossier: where it is, how near to being late, what can be done and by whom, its papers and its log."""
    if query.unmasked:
        unmask(asked, number)
    at, past = then(asked, query.at), query.at is not None
    told = await asked.desk.do(seen.dossier, asked.engine, number, at, asked.lang, past, query.unmasked)
    return answered(told, asked.lang, headers={} if past else etag(told))


@router.get("/dossiers/{number}/log", response_model=schemas.LogTold, responses=refusals(*_UNKNOWN))
async def log(asked: Reading, number: Number) -> Response:
    """The log as it is kept, line by line."""
    return answered(await asked.desk.do(seen.log, asked.engine, number), asked.lang)


@router.get("/dossiers/{number}/ledger", response_model=schemas.FiguresTold, responses=refusals(*_UNKNOWN))
async def ledger(asked: Reading, number: Number, query: Annotated[schemas.ThenAsked, Query()]) -> Response:
    """Whose each second of it was (R124)."""
    at, past = then(asked, query.at), query.at is not None
    told = await asked.desk.do(figures.ledger_of, asked.engine, number, at, asked.lang, past)
    return answered(told, asked.lang)


@router.get("/dossiers/{number}/check", response_model=schemas.CheckTold, responses=refusals(*_UNKNOWN, "not-allowed"))
async def check(asked: Reading, number: Number, query: Annotated[schemas.CheckAsked, Query()]) -> Response:
    """What speaks against handing it to an account, before anybody clicks (R121)."""
    told = await asked.desk.do(seen.check, asked.engine, number, query.action, query.to, asked.at, asked.lang)
    return answered(told, asked.lang)


@router.get("/dossiers/{number}/people", response_model=schemas.PeopleTold, responses=refusals(*_UNKNOWN))
async def people(asked: Reading, number: Number, query: Annotated[schemas.UnmaskedAsked, Query()]) -> Response:
    """Personal data, masked unless the key has the scope `people` and it is asked for (R151)."""
    if query.unmasked:
        unmask(asked, number)
    return answered(await asked.desk.do(seen.people, asked.engine, number, query.unmasked), asked.lang)


@router.put("/dossiers/{number}/people", response_model=schemas.PeopleTold, responses=refusals(*BODY, *_UNKNOWN))
async def keep_people(asked: Personal, number: Number, body: schemas.People) -> Response:
    """Put personal data in place of what there was; none at all takes it away. The log isn't touched."""
    await asked.desk.do(acts.keep_people, asked.engine, number, body.given() or {})
    return answered(await asked.desk.do(seen.people, asked.engine, number, False), asked.lang)
