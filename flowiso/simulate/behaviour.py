"""How each step is worked in a simulated year: which arrow, how long it waits, how long it takes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import NamedTuple

from ..app import Agency
from ..machine import Arc, Row
from ..worktime import TZ, instant
from .draws import FINE, lognormal, share
from .scenario import Scenario

HOUR = 3600


class Behaviour(NamedTuple):
    """A step's `role` and `candidates`, its `usual` arrow (None: its holder leaves it until time runs out) and the others.

    Others are drawn when sixteen bits of luck fall below `bound`, each below its own. `dwell` and `effort` are median
    working seconds, `spread` the law of the dwell about its median; `queued`: its accounts do one thing at a time;
    `dated`: some of them have leave or dates, and `duty` keeps who is at work, by day.
    """

    role: str
    usual: Arc | None
    others: tuple[tuple[int, Arc], ...]
    bound: int
    dwell: float
    spread: list[float]
    effort: float
    queued: bool
    candidates: tuple[str, ...]
    dated: bool
    duty: dict[int, tuple[str, ...]]


class Behaviours(dict[Row, Behaviour]):
    """The behaviour of every step met so far.

    `staff` are the accounts of the agency's own people; `leave` the spells of leave by account, as instants.
    """

    def __init__(self, agency: Agency, scenario: Scenario) -> None:
        super().__init__()
        self._agency = agency
        self._scenario = scenario
        self._duties: dict[tuple[str, ...], dict[int, tuple[str, ...]]] = {}
        self._spreads: Mapping[str, list[float]] = {
            "agency": share(1.0, scenario.dwell_most / scenario.dwell, scenario.dwell_sigma),
            "partner": lognormal(1.0, scenario.outside_sigma),
            "applicant": lognormal(1.0, scenario.applicant_sigma),
            "system": [0.0] * 4096,
        }
        roles, accounts = agency.org.roles, agency.org.accounts.values()
        self.staff = [
            account.id for account in accounts if any(roles[name].party == "agency" for name in account.roles)
        ]

        self.leave = {a.id: tuple(_spell(*spell) for spell in a.leave) for a in accounts if a.leave}

    def __missing__(self, row: Row) -> Behaviour:
        self[row] = self._of(row)
        return self[row]

    def _of(self, row: Row) -> Behaviour:
        assert row.step is not None
        role = self._agency.org.role(row.step.by)
        assert role is not None
        arcs = [arc for arc in row.arcs.values() if not arc.timer and not arc.intake]
        usual = next((arc for arc in arcs if arc.kind == "forward"), None)
        if usual is None and not (row.at_due or row.at_limit):
            usual = next(arc for arc in arcs if arc.kind != "withdraw")
        others = _bounds(self._scenario, [arc for arc in arcs if arc is not usual])
        return Behaviour(
            role=role.id,
            usual=usual,
            others=others,
            bound=others[-1][0] if others else 0,
            dwell=_dwell(self._scenario, row, role.party),
            spread=self._spreads[role.party],
            effort=60 * self._scenario.effort.get(role.id, self._scenario.effort_other),
            queued=role.party == "agency" and role.id in self._scenario.effort,
            candidates=tuple(row.fits),
            dated=any(account is not None for account in row.fits.values()),
            duty=self._duties.setdefault(tuple(row.fits), {}),
        )


def _bounds(scenario: Scenario, arcs: list[Arc]) -> tuple[tuple[int, Arc], ...]:
    found, bound = [], 0.0
    for arc in arcs:
        bound += scenario.arrows.get(arc.kind, 0.0) * FINE
        found.append((int(bound), arc))
    return tuple(found)


def _dwell(scenario: Scenario, row: Row, party: str) -> float:
    """The median working seconds before a step is begun."""
    if party == "applicant":
        return scenario.applicant * HOUR
    if not row.seconds:
        return scenario.untimed * HOUR
    return (scenario.outside if party == "partner" else scenario.dwell) * row.seconds


def _spell(first: date, last: date) -> tuple[int, int]:
    """The first and the last instant of days of leave."""
    return instant(datetime.combine(first, time.min, TZ)), instant(datetime.combine(last, time.max, TZ))
