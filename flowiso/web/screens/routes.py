"""The pages and what their forms do. Every verb goes through `acts`, so the REST door and the screens refuse the same."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable, Mapping
from pathlib import Path
from secrets import token_urlsafe
from typing import Any, Final

from starlette.responses import FileResponse, Response, StreamingResponse

from ...engine import Engine
from ...errors import FlowISOError, Misrouted, UnknownDossier
from ...facts import tally
from ...model import CHANNELS, DAYS, RECORD, Channel
from ...people import FIELDS
from ...text import Text
from ...versions import in_force
from ...worktime import TZ
from .. import acts
from ..asking import need, unmask
from ..problems import STATUS, Problem, problem_of
from ..searching import Page, Wanted
from ..searching import page as searched
from . import handing, looking, prints, yearly
from .doing import Doing
from .path import counted, drawn
from .pulse import MOST, Topic, mark
from .visit import Visit, day_typed

_STATIC = Path(__file__).with_name("static")
_KINDS: Final = {"screens.css": "text/css", "screens.js": "text/javascript", "icon.svg": "image/svg+xml"}


async def static(visit: Visit) -> Response:
    """The style sheet, the script and the icon."""
    name = visit.request.path_params["name"]
    if name not in _KINDS:
        raise Problem("not-found", STATUS["not-found"][1])
    return FileResponse(_STATIC / name, media_type=_KINDS[name], headers={"Cache-Control": "max-age=300"})


async def first(visit: Visit) -> Response:
    """Nobody's page: on to the inbox."""
    return visit.go(visit.to("inbox"))


async def inbox(visit: Visit) -> Response:
    """What the account holds, by the time left."""
    asked, desk = visit.asked, visit.screens.desk
    seen = await desk.do(mark, asked.engine, Topic("inbox", visit.account))
    found = await desk.do(looking.inbox, asked, visit.account)
    done = await _done(visit, visit.query("done"))
    return visit.show("inbox.html", **found, live="inbox", seen=seen, done=done, key=token_urlsafe(12))


async def _done(visit: Visit, number: str) -> looking.Done | None:
    """What was just done with a dossier, to be told once."""
    if not number:
        return None
    try:
        return await visit.screens.desk.do(looking.last_done, visit.asked, visit.account, number)
    except FlowISOError:
        return None


async def board(visit: Visit) -> Response:
    """The morning's board."""
    asked, desk = visit.asked, visit.screens.desk
    seen = await desk.look(mark, asked.engine, Topic("board"))
    found = await desk.look(looking.morning, asked, visit.query("division"))
    org = asked.engine.flows.org
    own = org.division(visit.account, visit.at.astimezone(TZ).date())
    return visit.show("board.html", **found, mine=own if own in org.divisions else "", live="board", seen=seen)


async def dossier(visit: Visit) -> Response:
    """One dossier."""
    number = visit.request.path_params["number"]
    done = await _done(visit, number if visit.query("done") else "")
    return await _dossier(visit, number, done=done)


def holds_words(visit: Visit, path: str) -> bool:
    """Whether a path takes a form that somebody types into (`again`)."""
    return _TYPED.fullmatch(path.removeprefix(visit.base)) is not None


_TYPED = re.compile(r"/(?:receive|hand-over|dossiers/([^/]+)/move)")


async def again(visit: Visit, path: str) -> Response:
    """The form that was sent to such a path, as it was filled in; nothing of it is done."""
    typed = _TYPED.fullmatch(path.removeprefix(visit.base))
    assert typed is not None
    if typed[1]:
        return await _dossier(visit, typed[1], filled=visit.form, act=visit.form.get("action", ""))
    return await (_receive if path.endswith("receive") else handing.page)(visit)


async def _dossier(visit: Visit, number: str, status: int = 200, **more: Any) -> Response:
    asked, desk = visit.asked, visit.screens.desk
    seen = await desk.do(mark, asked.engine, Topic("dossier", number))
    full = visit.request.method != "POST" and bool(visit.query("people"))
    if full:
        unmask(asked, number)
    found = await desk.do(looking.dossier, asked, visit.account, number, full)
    pictures = await desk.do(_pictures, visit, found)
    values: dict[str, Any] = {
        "act": visit.query("act"),
        "filled": {},
        "refused": None,
        "done": None,
        "key": token_urlsafe(12),
        "pictures": pictures,
        "live": f"dossier:{number}" if visit.request.method != "POST" and not full else "",
        "printing": prints.is_ready(),
        "absent": prints.ABSENT,
        "papers": prints.issued_by(asked.engine, found["found"]),
        "full": full,
        "seen": seen,
    }
    values.update(more)
    lost = _lost(values["filled"], found["doings"])
    return visit.show("dossier.html", status, **found, **values, lost=lost)


def _pictures(visit: Visit, found: Mapping[str, Any]) -> Any:
    dossier = found["found"]
    return drawn(visit.screens.sheets(visit.asked.engine, dossier.flow, visit.lang), found["gone"])


async def moved(visit: Visit) -> Response:
    """Do what a form asks; what is refused is told on the dossier's page, with the form as it was filled in."""
    need(visit.asked.caller, "act")
    number, form = visit.request.path_params["number"], visit.form
    try:
        await acts.done(visit.asked, acts.move, number, _wish(form))
    except UnknownDossier:
        raise
    except FlowISOError as error:
        return await _refused(visit, number, problem_of(error, visit.lang), error)
    except Problem as problem:
        return await _refused(visit, number, problem, None)
    if form.get("back") == "inbox":
        return visit.go(visit.to("inbox", done=number))
    return visit.go(visit.to("dossiers", number, done="1"))


def _wish(form: Mapping[str, str]) -> acts.Wished:
    after = form.get("after", "")
    record = {key: value for key in RECORD if (value := form.get(f"r-{key}"))}
    record.update({key: day_typed(record[key]).isoformat() for key in DAYS & record.keys()})
    return acts.Wished(
        form.get("action", ""),
        None,
        form.get("other") or form.get("to") or None,
        form.get("note") or None,
        record or None,
        form.get("force") == "yes",
        after=frozenset({int(after)}) if after.isdecimal() and after.isascii() and len(after) < 10 else None,
        key=form.get("key") or None,
    )


async def _refused(visit: Visit, number: str, problem: Problem, error: FlowISOError | None) -> Response:
    status, title = STATUS[problem.code]
    refused = {
        "title": title,
        "text": problem.text,
        "fitting": error.fitting if isinstance(error, Misrouted) else (),
        "action": visit.form.get("action", ""),
        "stale": problem.code in ("conflict", "stale"),
    }
    return await _dossier(visit, number, status, refused=refused, filled=visit.form, act=visit.form.get("action", ""))


def _lost(form: Mapping[str, str], doings: Iterable[Doing]) -> list[str]:
    """What was typed into a form that isn't on the page any more."""
    if any(doing.name == form.get("action") for doing in doings):
        return []
    return [
        value for name, value in form.items() if value and (name in ("note", "to", "other") or name.startswith("r-"))
    ]


async def receive(visit: Visit) -> Response:
    """The form to receive a new dossier with."""
    return await _receive(visit)


async def _receive(visit: Visit, status: int = 200, refused: Text | None = None) -> Response:
    need(visit.asked.caller, "act")
    groups = await visit.screens.desk.do(_procedures, visit)
    values = {"groups": groups, "fields": FIELDS, "channels": _CHANNELS, "refused": refused, "filled": visit.form}
    return visit.show("receive.html", status, **values, key=visit.form.get("key") or token_urlsafe(12))


_CHANNELS = tuple(
    zip(
        CHANNELS,
        (Text("Trực tiếp", "At the counter"), Text("Trực tuyến", "Online"), Text("Bưu chính", "By post")),
        strict=True,
    )
)


def _procedures(visit: Visit) -> list[tuple[Text, list[Any]]]:
    """What can be received today, by field."""
    engine = visit.asked.engine
    groups: dict[str, list[Any]] = {}
    for flow in in_force(engine.flows.flows, visit.at.astimezone(TZ).date()).values():
        groups.setdefault(flow.field, []).append(flow)
    fields = engine.flows.org.fields
    return [
        (fields.get(field, Text(field, field)), sorted(inside, key=_code)) for field, inside in sorted(groups.items())
    ]


def _code(flow: Any) -> str:
    code: str = flow.code
    return code


async def received(visit: Visit) -> Response:
    """Accept a new dossier."""
    need(visit.asked.caller, "act")
    form = visit.form
    channel: Channel = next((name for name in CHANNELS if name == form.get("channel")), "counter")
    people = {field: form[f"p-{field}"] for field in FIELDS if form.get(f"p-{field}")}
    procedure, number, key = form.get("procedure", ""), form.get("number") or None, form.get("key") or None
    try:
        told = await acts.done(visit.asked, acts.receive, procedure, None, number, channel, people or None, key)
    except FlowISOError as error:
        return await _receive(visit, STATUS[problem_of(error, visit.lang).code][0], error.text)
    return visit.go(visit.to("dossiers", told["number"], done="1"))


async def find(visit: Visit) -> Response:
    """A dossier by its number, or those whose words are looked for, typed with or without accents."""
    asked, desk = visit.asked, visit.screens.desk
    wanted = visit.query("q").strip()[:200]
    known = await desk.do(_has, asked.engine, wanted) if wanted else False
    if known:
        return visit.go(visit.to("dossiers", wanted))
    cursor = visit.query("cursor")
    found = await desk.look(_found, visit, wanted, cursor or None) if wanted else None
    return visit.show("find.html", wanted=wanted, found=found, later=bool(cursor))


def _found(visit: Visit, words: str, cursor: str | None) -> Page:
    wanted = Wanted("all", "pressing", q=words, limit=50, cursor=cursor)
    return searched(visit.asked.engine, wanted, visit.lang, visit.memory.dossiers([]))


def _has(engine: Engine, text: str) -> bool:
    try:
        engine.store.read(engine.agency, text)
    except FlowISOError:
        return False
    return True


async def procedures(visit: Visit) -> Response:
    """Every procedure in force."""
    return visit.show("procedures.html", **await visit.screens.desk.look(yearly.procedures, visit.asked))


async def procedure(visit: Visit) -> Response:
    """One flowchart, with what stands at each step now."""
    desk, code = visit.screens.desk, visit.request.path_params["code"]
    found = await desk.look(yearly.procedure, visit.asked, code)
    pictures = await desk.do(_heated, visit, found)
    words = await desk.do(yearly.in_words, visit.asked, found["flow"])
    heats, facts = _heats(visit.lang), _facts(visit, found)
    return visit.show("procedure.html", **found, pictures=pictures, heats=heats, facts=facts, words=words)


def _heated(visit: Visit, found: Mapping[str, Any]) -> Any:
    sheets = visit.screens.sheets(visit.asked.engine, found["flow"], visit.lang)
    return counted(sheets, found["counts"], found["hot"])


def _heats(lang: str) -> dict[str, str]:
    return {light: words.to(lang) for light, words in _HEATS.items()}


_HEATS: Final = {
    "green": Text("trong giờ", "within"),
    "yellow": Text("sắp hết", "nearly over"),
    "red": Text("quá", "over"),
    "grey": Text("đồng hồ dừng", "the clock stands"),
}


def _facts(visit: Visit, found: Mapping[str, Any]) -> str:
    """How many facts of the flow are read, and how many assumed."""
    told = tally([found["flow"]])
    words = Text(
        f"Dữ kiện: {told.read} đã đọc nguồn, {told.assumed} giả định.",
        f"Facts: {told.read} read, {told.assumed} assumed.",
    )
    return words.to(visit.lang)


async def year(visit: Visit) -> Response:
    """A year's figures."""
    found = await visit.screens.desk.look(yearly.year, visit.asked, visit.memory, visit.query("year"))
    return visit.show("year.html", **found)


async def behind(visit: Visit) -> Response:
    """The dossiers behind a figure."""
    asked, desk, query = visit.asked, visit.screens.desk, visit.query
    found = await desk.look(yearly.behind, asked, visit.memory, query("year"), query("cell"))
    return visit.show("cell.html", **found, most=_MOST)


_MOST = 500


async def events(visit: Visit) -> Response:
    """That something has changed, as server-sent events."""
    screens, seen = visit.screens, visit.request.headers.get("last-event-id") or visit.query("seen")
    topic = Topic.parse(visit.query("topic"), visit.account)
    if screens.pulse.streams >= MOST:
        raise Problem("overloaded", Text("quá nhiều trang đang theo dõi", "too many pages watch already"))
    stream = screens.pulse.stream(visit.asked.engine, topic, seen, lambda: screens.is_in(visit))
    told: AsyncIterator[str] | tuple[()] = () if visit.request.method == "HEAD" else stream  # nobody waits for its end
    return StreamingResponse(told, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


async def nowhere(_: Visit) -> Response:
    """An address that isn't there."""
    raise Problem("not-found", STATUS["not-found"][1])
