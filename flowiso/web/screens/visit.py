"""A request for a screen, its form, and the answers to it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl, quote, urlencode

from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from ...errors import BadValue
from ...text import Text
from ...worktime import TZ
from ..desk import Asked
from ..keys import Caller
from ..problems import Problem
from .memory import Memory
from .pages import page
from .sessions import Session

if TYPE_CHECKING:
    from .app import Screens

_FORM_BYTES = 1 << 17
_FIELDS = 64


class Visit(NamedTuple):
    """A request, who is signed in, and the fields of the form that was sent."""

    screens: Screens
    request: Request
    visitor: str
    lang: str
    at: datetime
    session: Session | None
    caller: Caller | None
    form: Mapping[str, str]
    notice: Text | None = None

    @property
    def asked(self) -> Asked:
        """The same as the REST door knows it; only where somebody is signed in."""
        assert self.caller is not None
        desk = self.screens.desk
        return Asked(desk, desk.engines[self.caller.agency], self.caller, self.lang, self.at)

    @property
    def memory(self) -> Memory:
        """What is remembered of the agency's dossiers; only where somebody is signed in."""
        return self.screens.memories[self.asked.engine.agency]

    @property
    def is_own_form(self) -> bool:
        """Whether the form came from a page of ours: it has the visitor's token, and no other site sent it."""
        elsewhere = self.request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")
        return not elsewhere and self.screens.sessions.is_form_of(self.visitor, self.form.get("csrf", ""))

    @property
    def account(self) -> str:
        """Whose screen it is; only where somebody is signed in."""
        assert self.session is not None
        return self.session.account

    @property
    def base(self) -> str:
        """Where the app is mounted."""
        found: str = self.request.scope.get("root_path", "")
        return found

    def query(self, name: str) -> str:
        """A parameter of the address, "" where it isn't there."""
        return self.request.query_params.get(name, "")

    def show(self, template: str, status: int = 200, **values: Any) -> Response:
        """A page."""
        return HTMLResponse(page(template, self.lang, {**self._frame(), **values}), status)

    def _frame(self) -> dict[str, Any]:
        engine = self.asked.engine if self.caller else None
        account = engine.flows.org.accounts.get(self.account) if engine else None
        return {
            "base": self.base,
            "csrf": self.screens.sessions.csrf(self.visitor),
            "account": account,
            "account_id": self.account if self.session else "",
            "agency": engine.flows.org.title if engine else None,
            "simulated": engine is not None and engine.store.kind == "simulated",
            "here": local_path(self.request),
            "path": self.request.scope["path"].removeprefix(self.base),
            "now": self.at,
            "today": f"{self.at.astimezone(TZ):%d/%m/%Y}",
            "acts": self.caller is not None and self.caller.may("act"),
            "notice": self.notice,
            "may_unmask": self.caller is not None and self.caller.may("people"),
            "live": "",
            "seen": "",
            "to": self.to,
        }

    def to(self, *parts: str, **query: str) -> str:
        """The address of a page of ours."""
        path = "/".join(quote(part, safe="") for part in parts)
        asked = urlencode({key: value for key, value in query.items() if value})
        return f"{self.base}/{path}{f'?{asked}' if asked else ''}"

    def go(self, address: str) -> Response:
        """Go on to another page."""
        return RedirectResponse(address, 303)


def local_path(request: Request) -> str:
    """The path and query of a request, to come back to."""
    query = request.scope.get("query_string", b"").decode("latin-1")
    path = quote(request.scope["path"])
    return f"{path}?{query}" if query else path


def own(address: str, base: str) -> str:
    """An address to come back to, when it is one of ours, else the first page."""
    plain = address.startswith(f"{base}/") and not address.startswith("//") and "\\" not in address
    return address if plain and address.isascii() and address.isprintable() else f"{base}/"


def day_typed(text: str) -> date:
    """A day as people write it, 30/09/2021, or as machines do. Raises BadValue.

    Browsers show a date field of their own in their own language's order, so that 04/05 is another day to some (WCAG 3.3.2):
    days are typed as every page of ours shows them.
    """
    written = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text, re.ASCII)
    try:
        return date(int(written[3]), int(written[2]), int(written[1])) if written else date.fromisoformat(text)
    except ValueError as error:
        raise BadValue(
            Text(
                f"'{text}' không phải một ngày; hãy ghi ngày/tháng/năm, như 30/09/2021",
                f"'{text}' is no day; write day/month/year, such as 30/09/2021",
            )
        ) from error


async def read_form(request: Request, seconds: float) -> dict[str, str]:
    """The fields of a form, the last of a name. Raises Problem."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise Problem("unsupported-media-type", Text("hãy gửi bằng biểu mẫu của trang", "send the page's own form"))
    try:
        async with asyncio.timeout(seconds):
            body = await _body(request)
    except TimeoutError as error:
        raise Problem("too-slow", Text("biểu mẫu đến quá chậm; hãy gửi lại", "the form came too slowly")) from error
    except ClientDisconnect as error:
        raise _unreadable() from error
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_FIELDS)
    except ValueError as error:
        raise _unreadable() from error
    return {name: value.replace("\r\n", "\n").strip() for name, value in pairs}


async def _body(request: Request) -> bytes:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _FORM_BYTES:
            raise Problem("too-large", Text("biểu mẫu quá lớn; hãy rút gọn", "the form is too large; make it shorter"))
    return body


def _unreadable() -> Problem:
    return Problem("bad-request", Text("không đọc được biểu mẫu; hãy gửi lại", "the form can't be read; send it again"))
