"""The public look-up: where a dossier is and when its result is due, to whoever has its number; no key, no personal data.

A number nobody has, one of another agency and one that is none are answered alike, with the same bytes after the same work.
The numbers themselves can be guessed, so each address may ask only so often (docs/http.md).
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from html import escape
from ipaddress import IPv6Address, ip_address
from time import monotonic
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qs

from starlette.responses import Response

from ..asked import NUMBER, moment_of
from ..engine import Engine
from ..errors import FlowFileError, FlowISOError, UnknownDossier, UnknownFlow
from ..handover import settled
from ..national import STATUSES
from ..text import Text, day
from .desk import Desk, busy
from .guard import App, Receive, Scope, Send
from .limits import Buckets
from .logs import tell, told_error
from .metrics import Metrics
from .problems import STATUS, Problem, answer, chosen, members, problem_of

PATH: Final = "/public"
_ROUTE: Final = "/public/{number}"
_NOBODY: Final = "-"
"""Asked of the store in the place of what can be no number, so that it costs the same."""
_LONGEST = 200
_SAFE: Final = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Vary": "Accept, Accept-Language",
}


class Limits(NamedTuple):
    """How often an address may look up: `rate` a second on average, `burst` at once; `at_once` look-ups are done at a time.

    So many may be `waiting`, so that officers always find a thread; more are answered 503.

    `header` names the header in which one's own proxy writes the caller's address; only its last word is believed.
    """

    rate: float = 0.5
    burst: int = 20
    at_once: int = 4
    waiting: int = 64
    header: str | None = None


def with_lookup(app: App, desk: Desk, metrics: Metrics, limits: Limits = Limits()) -> App:  # noqa: B008
    """`app` with the public look-up before it, over the same desk."""
    lookup = Lookup(desk, metrics, limits)

    async def either(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "").removeprefix(scope.get("root_path", ""))
        ours = scope["type"] == "http" and (path == PATH or path.startswith(f"{PATH}/"))
        await (lookup if ours else app)(scope, receive, send)

    return either


class Lookup:
    """The look-up over the agencies of a desk."""

    def __init__(self, desk: Desk, metrics: Metrics, limits: Limits) -> None:
        self._desk, self._metrics, self._limits = desk, metrics, limits
        self._buckets, self._in_flight = Buckets(limits.rate, limits.burst, monotonic), 0
        self._turns = asyncio.Semaphore(limits.at_once)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and note that somebody asked: neither who nor about what."""
        began, headers = monotonic(), dict(scope["headers"])
        lang = chosen(headers.get(b"accept-language", b"").decode("latin-1"))
        page = b"text/html" in headers.get(b"accept", b"")
        found = await self._answered(scope, headers, lang, page)
        for name, value in _SAFE.items():
            found.headers[name] = value
        seconds = monotonic() - began
        method = scope["method"] if scope["method"] in ("GET", "HEAD") else "OTHER"
        self._metrics.answered(method, _ROUTE, found.status_code, seconds)
        tell("public", self._desk.clock(), method=method, status=found.status_code, ms=round(seconds * 1000, 1))
        await found(scope, receive, send)

    async def _answered(self, scope: Scope, headers: Mapping[bytes, bytes], lang: str, page: bool) -> Response:
        try:
            if scope["method"] not in ("GET", "HEAD"):
                raise Problem("method-not-allowed", STATUS["method-not-allowed"][1], {"Allow": "GET, HEAD"})
            asked = _asked(scope)
            if asked is None:
                return _page(scope, lang, "")
            self._check_rate(_address(scope, headers, self._limits.header))
            told = await self._found(asked, lang)
            if not page:
                return _as_json(told, lang)
            return _page(scope, lang, "".join(_lines(one, lang) for one in (told, *told.get("also", ()))))
        except Problem as problem:
            return _refused(scope, problem, lang, page)
        except FlowISOError as error:
            return _refused(scope, problem_of(error, lang), lang, page)
        except Exception as error:
            tell("fault", self._desk.clock(), logging.ERROR, **told_error(error))
            return _refused(scope, Problem("internal", STATUS["internal"][1]), lang, page)

    def _check_rate(self, address: str) -> None:
        seconds = self._buckets.wait(address)
        if seconds:
            whole = int(seconds) + 1
            text = Text(
                f"tra cứu quá nhanh; hãy thử lại sau {whole} giây", f"too many look-ups; try again in {whole} s"
            )
            raise Problem("rate-limited", text, {"Retry-After": str(whole)})

    async def _found(self, asked: str, lang: str) -> dict[str, Any]:
        if self._in_flight >= self._limits.at_once + self._limits.waiting:
            raise busy()
        self._in_flight += 1
        try:
            async with self._turns:
                found = await self._desk.do(self._look, asked, lang)
        finally:
            self._in_flight -= 1
        if found is None:
            raise Problem("unknown-dossier", _UNKNOWN)
        return found

    def _look(self, asked: str, lang: str) -> dict[str, Any] | None:
        """What the agencies of this door say of it: all are asked, whichever has it.

        A number may be given elsewhere (R31), so several may have it: first comes the one whose number it is by its form.
        """
        number = asked if NUMBER.fullmatch(asked) else _NOBODY
        answers = {name: _told(engine, number, self._desk, lang) for name, engine in self._desk.engines.items()}
        found = [(name, told) for name, told in answers.items() if told is not None]
        found.sort(key=lambda one: not number.startswith(f"{one[0]}-"))
        if len(found) > 1:
            return {**found[0][1], "also": [told for _, told in found[1:]]}
        return found[0][1] if found else None


_UNKNOWN = Text(
    "không có hồ sơ nào mang mã này; hãy xem lại mã trên giấy tiếp nhận, hoặc hỏi Bộ phận Một cửa",
    "no dossier has this number; look at the receipt again, or ask the one-stop unit",
)


def _told(engine: Engine, number: str, desk: Desk, lang: str) -> dict[str, Any] | None:
    """What anybody may know of a dossier: its status, in words and by the national code, and its dates."""
    with suppress(UnknownDossier, UnknownFlow, FlowFileError):
        found = settled(engine.dossier(number), engine.flows.calendar, moment_of(desk.clock()))
        return {
            "number": number,
            "agency": engine.flows.org.title.to(lang),
            "status": found.status,
            "status_title": STATUSES[found.status].to(lang),
            "received": found.received.isoformat() if found.received else None,
            "due": found.due_current.isoformat() if found.due_current else None,
            "simulated": engine.store.kind == "simulated",
        }
    return None


def _asked(scope: Scope) -> str | None:
    """The number in the path, or in the query as the form sends it: the first word, as in a paper's QR (R23); None for none."""
    path = scope["path"].removeprefix(scope.get("root_path", "")).removeprefix(PATH).removeprefix("/")
    if not path:
        query = parse_qs(scope.get("query_string", b"").decode("latin-1")[:_LONGEST])
        path = query.get("number", [""])[0]
    words = path[:_LONGEST].split()
    return words[0] if words else None


def _address(scope: Scope, headers: Mapping[bytes, bytes], header: str | None) -> str:
    """Whose look-ups are counted together: an address, of IPv6 its network of 64 bits."""
    told = (scope.get("client") or ("",))[0]
    if header is not None:
        told = headers.get(header.lower().encode(), b"").decode("latin-1").rpartition(",")[2].strip()
    try:
        address = ip_address(told)
    except ValueError:
        return ""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return str(int(address) >> 64)
    return str(getattr(address, "ipv4_mapped", None) or address)


def _as_json(told: Mapping[str, Any], lang: str) -> Response:
    body = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(body, headers={"Content-Language": lang}, media_type="application/json")


def _refused(scope: Scope, problem: Problem, lang: str, page: bool) -> Response:
    if not page:
        return answer(problem, lang)
    detail = escape(members(problem, lang)["detail"])
    found = _page(scope, lang, f'<p class="refused" role="alert">{detail}</p>', problem.status_code)
    for name, value in (problem.headers or {}).items():
        found.headers[name] = value
    return found


def _lines(told: Mapping[str, Any], lang: str) -> str:
    """A dossier in three lines."""
    due = told["due"] and day(datetime.fromisoformat(told["due"]), lang)
    lines = (
        (Text("Mã hồ sơ", "Dossier"), f"{told['number']} ({told['agency']})"),
        (Text("Tình trạng", "Status"), f"{told['status_title']} ({told['status']})"),
        (Text("Ngày hẹn trả", "Result due"), due or Text("không có", "none").to(lang)),
    )
    rows = "".join(f"<dt>{title.to(lang)}</dt><dd>{escape(value)}</dd>" for title, value in lines)
    note = Text("SỐ LIỆU MÔ PHỎNG", "SIMULATED").to(lang)
    return f"<dl>{rows}</dl>" + (f"<p><strong>{note}</strong></p>" if told["simulated"] else "")


def _page(scope: Scope, lang: str, body: str, status: int = 200) -> Response:
    """The small page: a form, and what was found; without script, and good for printing."""
    base = escape(scope.get("root_path", ""))
    title = Text("Tra cứu hồ sơ", "Look up a dossier").to(lang)
    label = Text(
        "Mã hồ sơ trên giấy tiếp nhận, hoặc nội dung mã QR", "The number on the receipt, or what its QR code says"
    )
    html = (
        f'<!DOCTYPE html><html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="stylesheet" href="{base}/static/screens.css"></head><body><main><h1>{title}</h1>'
        f'<form action="{base}{PATH}" class="act"><p class="field"><label for="number">{label.to(lang)}</label>'
        f'<input id="number" name="number" required maxlength="{_LONGEST}" autocomplete="off" spellcheck="false"></p>'
        f'<p><button class="main">{title}</button></p></form><div aria-live="polite">{body}</div></main></body></html>'
    )
    return Response(html, status, {"Content-Language": lang}, "text/html")
