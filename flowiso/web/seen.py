"""A dossier as it is told over HTTP: what `flowiso dossier --format json` prints, its lights, and what may be done with it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..asked import moment_of
from ..calendar import Calendar
from ..dossier import Action, Dossier
from ..engine import Engine
from ..handover import as_of, settled
from ..life import Life
from ..lights import sight
from ..model import End
from ..national import STATUSES
from ..org import Org
from ..people import masked
from ..render.dossier import Page, head_json, line_json
from ..render.findings import finding_row
from ..tracing import outline
from ..verbs import open_verbs
from ..wish import TITLES
from ..worktime import local


def dossier(engine: Engine, number: str, at: datetime, lang: str, past: bool, unmasked: bool = False) -> dict[str, Any]:
    """A dossier as it stands at a moment, which is `past` where it was asked for: then lines after it aren't told."""
    found = engine.dossier(number)
    moment = moment_of(at)
    if past:
        found = as_of(found, engine.flows.calendar, moment)
    return told(engine, found, max(moment, found.state.at), lang, unmasked)


def told(engine: Engine, read: Dossier, moment: int, lang: str, unmasked: bool = False) -> dict[str, Any]:
    """A dossier that was read, as time alone has moved it up to a moment, with what can be done then."""
    calendar = engine.flows.calendar
    found = settled(read, calendar, moment)
    return {
        **facts(engine, found, _people(engine, found.number, unmasked), lang),
        **lights(life_of(found), calendar, moment),
        **choices(engine, found, moment, lang),
    }


def _people(engine: Engine, number: str, unmasked: bool) -> Mapping[str, str]:
    """Personal data, by a glance where that is enough: it takes no writer's turn."""
    mark = None if unmasked else engine.store.glance(engine.agency, number)
    return engine.person(number, unmasked) if mark is None else masked(mark.people)


def facts(engine: Engine, found: Dossier, people: Mapping[str, str], lang: str) -> dict[str, Any]:
    """What its log and its personal data say, whatever the moment."""
    log = [line_json(move) for move in found.moves]
    return {**head(engine, found, people, lang), "log": log, **tail(engine, found)}


def head(engine: Engine, found: Dossier, people: Mapping[str, str], lang: str) -> dict[str, Any]:
    """What stands before its log."""
    return head_json(Page(found, (), people, engine.flows.org, {}), lang)


def tail(engine: Engine, found: Dossier) -> dict[str, Any]:
    """What stands behind its log."""
    return {"seq": found.state.seq, "holder_name": name_of(found.holder, engine.flows.org)}


def choices(engine: Engine, found: Dossier, moment: int, lang: str) -> dict[str, Any]:
    """What can be done with it on the day of a moment."""
    actions = () if found.ended else engine.actions(found, local(moment))
    return {
        "actions": [_action(action, lang) for action in actions],
        "verbs": [{"verb": verb, "title": TITLES[verb].to(lang)} for verb in open_verbs(found.state)],
    }


def life_of(found: Dossier) -> Life:
    """What its lights are worked out of."""
    return outline(found.case, found.moves[0].at, found.state)


def lights(life: Life, calendar: Calendar, moment: int) -> dict[str, Any]:
    """How near it and its step are to being late (R126)."""
    seen = sight(life, calendar, moment)
    return {
        "light": seen.light,
        "step_light": seen.step_light,
        "left_minutes": _minutes(seen.left),
        "step_left_minutes": _minutes(seen.step_left),
        "needed_minutes": _minutes(seen.needed),
        "late_ahead": seen.late_ahead,
    }


def _minutes(seconds: int | None) -> int | None:
    return None if seconds is None else seconds // 60


def _action(action: Action, lang: str) -> dict[str, Any]:
    """A button: where it leads, whether that ends the case, and the accounts that fit."""
    return {
        "action": action.name,
        "title": action.title.to(lang),
        "target": action.target.id,
        "target_title": action.target.title.to(lang),
        "ends": isinstance(action.target, End),
        "accounts": [{"id": account.id, "name": account.name} for account in action.accounts],
    }


def summary(found: Dossier, org: Org, lang: str, people: Mapping[str, str] | None = None) -> dict[str, Any]:
    """A dossier on a line of a list; with `people`, these too."""
    step, status = found.step, found.status
    line = {
        "number": found.number,
        "seq": found.state.seq,
        "procedure": found.flow.code,
        "version": found.flow.version,
        "title": found.flow.title,
        "channel": found.case.channel,
        "status": status,
        "status_title": STATUSES[status].to(lang),
        "step": step.id,
        "step_title": step.title.to(lang),
        "holder": found.holder or None,
        "holder_name": name_of(found.holder, org),
        "confirmed": found.state.confirmed,
        "ended": found.ended,
        "received": iso(found.received),
        "due": iso(found.due),
        "due_current": iso(found.due_current),
        "step_due": iso(found.step_due),
        "resolved": iso(found.resolved),
    }
    return line if people is None else line | {"people": dict(people)}


def name_of(account: str, org: Org) -> str | None:
    """What an account is called; None when the agency doesn't know it."""
    found = org.accounts.get(account)
    return found.name if found else None


def iso(at: datetime | None) -> str | None:
    """A moment in ISO 8601."""
    return None if at is None else at.isoformat()


def log(engine: Engine, number: str) -> dict[str, Any]:
    """The log of a dossier; what a rating said stays confidential (R142)."""
    found = engine.dossier(number)
    return {"number": found.number, "lines": [line_json(move) for move in found.moves]}


def check(engine: Engine, number: str, action: str, to: str, at: datetime, lang: str) -> dict[str, Any]:
    """What speaks against a hand-over."""
    found = engine.check(number, action, to, at)
    row = None if found is None else finding_row(found, lang)
    return {"finding": row and {name: row[name] for name in ("code", "name", "level", "message")}}


def people(engine: Engine, number: str, unmasked: bool) -> dict[str, Any]:
    """The personal data of a dossier."""
    return {"number": number, "masked": not unmasked, "people": dict(engine.person(number, unmasked))}
