"""Who gets in, and out: the sign-in, what was typed before a session ended, and a person's own sessions."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

from starlette.responses import Response

from ...errors import FlowISOError
from ...text import Text
from ..keys import ANYONE, Caller, Refused
from ..logs import tell
from ..problems import STATUS, Problem
from . import routes
from .sessions import Session
from .visit import Visit, own

KEPT = "kept."
"""What the names of fields begin with that were typed into another form, before the session ended."""
_TO = "kept-to"


async def sign_in(visit: Visit) -> Response:
    """The form to sign in with, once; who is signed in goes on."""
    if visit.session:
        return visit.go(visit.to("inbox"))
    return _form(visit, 200, {}, None)


def over(visit: Visit) -> Response:
    """A form of somebody who isn't signed in any more: nothing of it is done, and nothing of it is lost."""
    path = visit.request.scope["path"]
    if not routes.holds_words(visit, path):
        return visit.go(visit.to("sign-in"))
    if not visit.is_own_form and visit.request.headers.get("sec-fetch-site") != "same-origin":
        return _form(visit, 401, {}, _UNSENT)
    typed = {KEPT + name: value for name, value in visit.form.items() if name != "csrf"}
    return _form(visit, 401, {_TO: path, **typed}, None)


_AGAIN = Text(
    "Biểu mẫu chưa được gửi vì phiên trước đã hết; nội dung đã gõ còn ở dưới, hãy xem lại rồi gửi.",
    "The form was not sent, since the session before was over; what you typed is below: look at it again, then send it.",
)
_UNSENT = Text(
    "phiên đã hết và biểu mẫu chưa được gửi; hãy lùi lại một trang để lấy nội dung đã gõ, rồi đăng nhập",
    "the session is over and the form was not sent; go back one page for what you typed, then sign in",
)


def _form(visit: Visit, status: int, kept: Mapping[str, str], wrong: Text | None) -> Response:
    back = visit.query("next") or visit.form.get("next", "")
    here = visit.to("sign-in", next=back)  # never the address with a code of the sign-on
    values = {"next": back, "here": here, "wrong": wrong, "kept": kept, "sign_on": visit.screens.sign_in is not None}
    return visit.show("sign-in.html", status, **values)


async def signed_in(visit: Visit) -> Response:
    """Begin a session by a key that is bound to one account."""
    token = visit.form.get("key", "")
    kept = {name: value for name, value in visit.form.items() if name == _TO or name.startswith(KEPT)}
    caller = visit.screens.keys.identify(token, visit.at)
    wrong = _unfit(visit, caller)
    if wrong is not None:
        tell("sign-in-refused", visit.at, logging.WARNING, key=caller.id if caller else None)
        return _form(visit, 401, kept, wrong)
    assert caller is not None
    assert caller.only is not None
    entered = _begun(visit, token, caller)
    answer = await _on(entered, kept, visit.form.get("next", ""))
    visit.screens.give(answer, entered.visitor, visit.request)
    return answer


def _begun(visit: Visit, token: str, caller: Caller) -> Visit:
    """The same in a session of the caller's one account."""
    assert caller.only is not None
    sessions = visit.screens.sessions
    sessions.end(visit.visitor)
    tell("sign-in", visit.at, key=caller.id)
    began = sessions.begin(token, caller.only, visit.at, visit.request.headers.get("user-agent", ""))
    visit.screens.warm(caller.agency)
    return visit._replace(visitor=began, session=sessions.find(began, visit.at), caller=caller, form={})


async def sign_on(visit: Visit) -> Response:
    """On to the province's sign-on, for who pressed the button here; another site sends nobody there."""
    sign_in = visit.screens.sign_in
    if sign_in is None:
        raise Problem("not-found", STATUS["not-found"][1])
    if visit.session or visit.request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return visit.go(visit.to("sign-in"))
    address, binding = sign_in.begin(own(visit.query("next"), visit.base), visit.at)
    answer = visit.go(address)
    visit.screens.bind(answer, binding, visit.request)
    return answer


async def signed_on(visit: Visit) -> Response:
    """Back from there: begin a session, on a page that leads on by itself, since the cookie is Strict."""
    sign_in, screens, pairs = visit.screens.sign_in, visit.screens, visit.request.query_params.multi_items()
    if sign_in is None:
        raise Problem("not-found", STATUS["not-found"][1])
    query = dict(pairs) if len({name for name, _ in pairs}) == len(pairs) else {}
    work = partial(sign_in.finish, query, screens.bound(visit.request), visit.at)
    try:
        token, caller, back = await screens.desk.pool("sign-on", 2).do(work)
    except FlowISOError as error:
        tell("sign-in-refused", visit.at, logging.WARNING, key=None, why="away", failed=error.text.en)
        answer = _form(visit, 503, {}, _AWAY)
    except Refused as error:
        tell("sign-in-refused", visit.at, logging.WARNING, key=None, why=error.why)
        answer = _form(visit, 401, {}, _NOT_SIGNED_ON)
    else:
        entered = _begun(visit, token, caller)
        answer = entered.show("signed-on.html", back=back, here=back)
        screens.give(answer, entered.visitor, visit.request)
    screens.bind(answer, "", visit.request)
    return answer


_AWAY = Text(
    "nơi đăng nhập của tỉnh không trả lời; hãy thử lại sau ít phút, hoặc dùng khóa",
    "the province's sign-on doesn't answer; try again in a few minutes, or use a key",
)
_NOT_SIGNED_ON = Text(
    "không đăng nhập được bằng tài khoản của tỉnh; hãy thử lại, hoặc hỏi người quản trị",
    "signing in with the province's account did not work; try again, or ask the administrator",
)


async def _on(visit: Visit, kept: Mapping[str, str], back: str) -> Response:
    """The form that was being filled in, or the page that was asked for."""
    if _TO in kept:
        typed = {name.removeprefix(KEPT): value for name, value in kept.items() if name != _TO}
        filled = visit._replace(form=typed, notice=_AGAIN)
        if routes.holds_words(filled, kept[_TO]):
            return await visit.screens.told(routes.again(filled, kept[_TO]), filled)
    return visit.go(own(back, visit.base))


def _unfit(visit: Visit, caller: Caller | None) -> Text | None:
    """Why a key opens no screen."""
    engine = visit.screens.desk.engines.get(caller.agency) if caller else None
    if caller is None or engine is None:
        return Text(
            "khóa sai, đã hết hạn hoặc đã bị thu hồi; hãy dán lại cả khóa, hoặc xin khóa khác",
            "the key is wrong, over or revoked; paste the whole key again, or ask for another one",
        )
    if caller.only is None or caller.only == ANYONE or not caller.may("read"):
        return Text(
            "khóa này không gắn với đúng một tài khoản có quyền đọc; hãy xin: flowiso key new … --as tài-khoản"
            " --scope read --scope act",
            "this key isn't bound to one account that may read; ask for one: flowiso key new … --as account"
            " --scope read --scope act",
        )
    if caller.only not in engine.flows.org.accounts:
        return Text(
            f"cơ quan không có tài khoản '{caller.only}'; hãy xin khóa cho tài khoản của mình",
            f"the agency has no account '{caller.only}'; ask for a key for your own",
        )
    return None


async def sign_out(visit: Visit) -> Response:
    """End the session; the next form belongs to somebody else. Who came by the sign-on goes on to sign out there too, by a page:
    a form may lead to no other host."""
    assert visit.session is not None
    screens, sign_in = visit.screens, visit.screens.sign_in
    screens.sessions.end(visit.visitor)
    tell("sign-out", visit.at, key=visit.caller.id if visit.caller else None)
    away = sign_in and sign_in.leaving(visit.session.token)
    out = visit._replace(visitor=screens.sessions.visitor(), session=None, caller=None)
    answer = out.show("signed-out.html", away=away, here=visit.to("sign-in")) if away else out.go(out.to("sign-in"))
    screens.give(answer, out.visitor, visit.request)
    return answer


async def language(visit: Visit) -> Response:
    """Another language from now on."""
    answer = visit.go(own(visit.form.get("back", ""), visit.base))
    visit.screens.speak(answer, "en" if visit.form.get("lang") == "en" else "vi", visit.request)
    return answer


class Seat(NamedTuple):
    """A session as its owner sees it: its name, the browser it was begun with, and whether it is this very one."""

    session: Session
    browser: Text
    here: bool


async def sessions(visit: Visit) -> Response:
    """Where else one is signed in with the same key (ASVS 7.5.2)."""
    assert visit.session is not None
    seats = [
        Seat(one, browser(one.agent), one.name == visit.session.name)
        for one in visit.screens.sessions.of(visit.session.token, visit.at)
    ]
    return visit.show("sessions.html", seats=seats)


async def end_sessions(visit: Visit) -> Response:
    """End one of one's own sessions, or all but this one."""
    assert visit.session is not None
    here, wanted = visit.session, visit.form.get("session", "")
    for one in visit.screens.sessions.of(here.token, visit.at):
        if one.name != here.name and wanted in ("others", one.name):
            visit.screens.sessions.end_named(one.name)
            tell("session-ended", visit.at, key=visit.caller.id if visit.caller else None)
    return visit.go(visit.to("sessions"))


def browser(agent: str) -> Text:
    """What a browser calls itself, in two words; whoever sends it may write what he likes."""
    name = next((title for sign, title in _BROWSERS if sign in agent), "")
    system = next((title for sign, title in _SYSTEMS if sign in agent), "")
    told = ", ".join(part for part in (name, system) if part)
    return Text(told, told) if told else Text("trình duyệt lạ", "an unknown browser")


_BROWSERS = (
    ("Edg/", "Edge"),
    ("coc_coc_browser", "Cốc Cốc"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)
