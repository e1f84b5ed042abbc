"""Handing on all that an account holds, when somebody goes on leave or is transferred (R128): what may go, what not, and why."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from secrets import token_urlsafe
from typing import Any, NamedTuple

from starlette.responses import Response

from ...asked import moment_of
from ...dossier import Dossier, folded
from ...errors import FlowFileError, FlowISOError, UnknownFlow
from ...handover import candidates, settled
from ...model import APPLICANT, SYSTEM, Account
from ...org import active
from ...text import Text
from ...worktime import local
from .. import acts
from ..asking import need
from ..desk import Asked
from ..problems import STATUS, problem_of
from .pages import who
from .visit import Visit


class Stays(NamedTuple):
    """A dossier that may not go, and why."""

    number: str
    why: Text


async def hand_over(visit: Visit) -> Response:
    """Whose dossiers go to whom, and what of them may."""
    return await page(visit)


async def handed_over(visit: Visit) -> Response:
    """Hand over what the page showed, each by a line of its own; the same form sent twice is done once."""
    need(visit.asked.caller, "act")
    form = visit.form
    numbers = form.get("numbers", "").split()

    async def act() -> Any:
        to, note = form.get("to", ""), form.get("note", "")
        return await visit.screens.desk.look(
            acts.hand_over, visit.asked, form.get("account", ""), None, to, note, numbers
        )

    try:
        done = await visit.screens.once(visit, act)
    except FlowISOError as error:
        problem = problem_of(error, visit.lang)
        return await page(visit, STATUS[problem.code][0], error.text)
    return await page(visit, done=done)


async def page(visit: Visit, status: int = 200, refused: Text | None = None, done: Any = None) -> Response:
    """The page, with the form as it was filled in."""
    need(visit.asked.caller, "act")
    chosen = visit.form if visit.request.method == "POST" else visit.request.query_params
    account, to = chosen.get("account", ""), chosen.get("to", "")
    found = await visit.screens.desk.look(shown, visit.asked, visit.account, account, to if done is None else "")
    found["refused"] = refused or found["refused"]
    more = {"done": done, "done_to": who(to, visit.asked.engine.flows.org, visit.lang), "key": token_urlsafe(12)}
    return visit.show(
        "hand-over.html", status, **found, **more, note=visit.form.get("note", "") if done is None else ""
    )


def shown(asked: Asked, by: str, account: str, to: str) -> dict[str, Any]:
    """Who holds how many, who may get them, and what would happen. Nothing is written."""
    engine, org = asked.engine, asked.engine.flows.org
    held = Counter(moves[-1].holder for _, moves in engine.store.running(asked.engine.agency, engine.ends))
    on = local(moment_of(asked.at)).date()
    holders = [(name, who(name, org, asked.lang), held[name]) for name in held if name not in ("", APPLICANT, SYSTEM)]
    others: list[Account] = [
        one for one in org.accounts.values() if one.id not in (APPLICANT, SYSTEM, account) and active(one, on)
    ]
    fits = _fits(asked, account)
    goes: tuple[Dossier, ...] = ()
    stays: list[Stays] = []
    refused: Text | None = None
    if account and to:
        try:
            would = engine.would_hand_over(account, by=by, to=to, at=asked.at)
            goes, stays = would.moved, [Stays(number, error.text) for number, error in would.refused]
        except FlowISOError as error:
            refused = error.text
    return {
        "holders": sorted(holders, key=lambda one: one[1]),
        "others": [
            (one.id, who(one.id, org, asked.lang), fits[one.id])
            for one in sorted(others, key=lambda one: (-fits[one.id], one.name))
        ],
        "account_": account,
        "to_": to,
        "from_name": who(account, org, asked.lang),
        "to_name": who(to, org, asked.lang),
        "goes": goes[:_MOST],
        "more": len(goes) - len(goes[:_MOST]),
        "stays": stays,
        "refused": refused,
    }


def _fits(asked: Asked, account: str) -> Counter[str]:
    """For how many of an account's dossiers each other account fits (R121)."""
    engine, at = asked.engine, moment_of(asked.at)
    found: Counter[str] = Counter()
    for case, moves in engine.store.held(engine.agency, account) if account else ():
        with suppress(UnknownFlow, FlowFileError):
            one = settled(folded(engine.flows, case, moves), engine.flows.calendar, at)
            found.update(fitting.id for fitting in candidates(one, one.state.row, one.holder, at))
    return found


_MOST = 500
"""So many go at a time."""
