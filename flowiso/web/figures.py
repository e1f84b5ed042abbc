"""Questions about all dossiers and about the flows: what the commands of the same names print with `--format json`."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from ..board import Least, board
from ..engine import Engine
from ..errors import BadValue
from ..lights import USUAL, working
from ..misroutes import By, within
from ..model import Finding
from ..period import Period, Rule
from ..render import catalogue, faults, flow, ledger, misroutes, watch
from ..tables.grid import fold
from ..text import Text
from ..worktime import instant, local


def watched(engine: Engine, at: datetime, lang: str, due_within: str, least: Least) -> dict[str, Any]:
    """The morning's board."""
    thresholds = USUAL._replace(dossier=working(due_within))
    unread: list[Finding] = []
    lives = engine.lives(at, unread, running=True)
    found = board(lives, engine.flows.calendar, instant(at), least, thresholds, unread)
    return watch.as_json(found, engine.flows.org, instant(at), lang, _simulated(engine))


def misrouted(engine: Engine, at: datetime, lang: str, year: int | None, by: By) -> dict[str, Any]:
    """The record of misroutes."""
    until = instant(at)
    period = None if year is None else Period.year(year)
    until = until if period is None else min(until, period.end)
    found = engine.misroutes(local(until))
    if period is not None:
        found = within(found, period.start, period.end)
    return misroutes.as_json(found, engine.flows.org, by, until, lang, _simulated(engine))


def faulty(engine: Engine, at: datetime, lang: str, year: int | None, closed: bool) -> dict[str, Any]:
    """The register of nonconformities, the closed ones too if they are asked for."""
    moment, found = instant(at), engine.faults(at, year)
    rows = faults.shown(found, moment, not closed)
    return faults.as_json(found, rows, engine.flows.org, moment, year, lang, _simulated(engine))


def ledger_of(engine: Engine, number: str, at: datetime, lang: str, past: bool) -> dict[str, Any]:
    """Whose each second of a dossier was up to a moment; unless that was asked for (`past`) not before its last line."""
    moment = at if past else max(at, local(engine.dossier(number).state.at))
    return ledger.to_json(engine.ledger(number, moment), engine.flows.org, lang)


def reported(engine: Engine, period: Period, as_of: datetime | None, lang: str) -> dict[str, Any]:
    """The figures of a period."""
    return engine.stats(period, as_of).to_json(lang)


def period_of(
    year: int | None,
    quarter: int | None,
    month: int | None,
    week: int | None,
    months: str | None,
    first: date | None,
    last: date | None,
    rule: Rule,
) -> Period:
    """The one period that is named. Raises BadValue for none and for several."""
    if year is None and first and last and not (quarter or month or week or months):
        return Period(first, last)
    if year is None or first or last or sum(map(bool, (quarter, month, week, months))) > 1:
        raise BadValue(
            Text(
                "hãy cho đúng một kỳ: year, cùng tối đa một trong quarter, month, week, months; hoặc from cùng to",
                "give exactly one period: year, with at most one of quarter, month, week, months; or from with to",
            )
        )
    if quarter:
        return Period.quarter(year, quarter, rule)
    if month:
        return Period.month(year, month)
    if week:
        return Period.week(year, week)
    named = {None: Period.year, "6": Period.six_months, "9": Period.nine_months}[months]
    return named(year, rule)


def flows(engine: Engine, lang: str, field: str | None, division: str | None, q: str | None) -> dict[str, Any]:
    """The newest version of each flow of a field or division, whose code or title holds some words."""
    words = fold(q or "").split()
    procedures, internal = catalogue.newest(engine.flows.flows)
    return {
        "flows": [
            {
                "code": one.code,
                "version": one.version,
                "kind": one.kind,
                "status": one.status,
                "title": one.title,
                "field": one.field,
                "division": one.division,
                "online_level": one.online_level or None,
                "deadline": str(one.deadline) if one.deadline else None,
                "term": catalogue.term(one, lang),
            }
            for one in (*procedures, *internal)
            if field in (None, one.field)
            and division in (None, one.division)
            and all(word in fold(f"{one.code} {one.title}") for word in words)
        ]
    }


def flow_of(engine: Engine, code: str, on: date, lang: str) -> dict[str, Any]:
    """One flowchart, the version in force on a day; where its file lies is nobody's business."""
    found = flow.as_json(engine.flows.find(code, on), engine.flows.org, lang)
    return {key: value for key, value in found.items() if key != "file"}


def catalogued(engine: Engine, lang: str) -> dict[str, Any]:
    """The procedures counted by field, division and all else."""
    return catalogue.as_json(engine.flows.flows, engine.flows.org, lang)


def _simulated(engine: Engine) -> bool:
    return engine.store.kind == "simulated"
