"""A year of arrivals: which procedure, when, over which channel."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from itertools import accumulate, islice
from typing import Any, NamedTuple

from ..app import Agency
from ..errors import BadValue, UnknownFlow
from ..machine import Table
from ..model import Channel, Flow
from ..text import Text
from ..worktime import TZ, instant
from .draws import FINE, dossier, mix
from .scenario import Arrivals, Scenario

_arrival: Any = tuple.__new__  # half the cost of calling the class


class Arrival(NamedTuple):
    """One applicant's case to come: submitted at `submitted`, accepted or refused at `received` (epoch seconds).

    `serial` (0 and more, below 2**25) tells it from the others and is what its luck is drawn by.
    """

    serial: int
    table: Table
    channel: Channel
    submitted: int
    received: int
    accepted: bool


class _Days(NamedTuple):
    """The working days in which a procedure takes dossiers: the working seconds gone when each begins, how long it is, and
    the sum of the weights up to its end."""

    opens: Sequence[int]
    lengths: Sequence[int]
    sums: Sequence[float]

    def moment(self, luck: float) -> int:
        """The working second that a share of the weights leads to."""
        aim = luck * self.sums[-1]
        day = bisect(self.sums, aim)
        before = self.sums[day - 1] if day else 0.0
        inside = (aim - before) / (self.sums[day] - before)
        return self.opens[day] + 1 + int(inside * (self.lengths[day] - 1))


def arrivals(agency: Agency, scenario: Scenario, seed: int) -> list[Arrival]:
    """The accepted cases of the scenario spread over the year's working time, and beside them those refused at intake.

    Raises BadValue for a number below 1, UnknownFlow or CalendarUnknown when the year can't be run.
    """
    given = scenario.arrivals
    if given.dossiers < 1:
        raise BadValue(Text("cần ít nhất 1 hồ sơ", "at least 1 dossier is needed"))
    drawing = _Drawing(agency, scenario, seed)
    refused = round(given.dossiers * given.refused)
    found = [drawing.arrival(serial, serial < given.dossiers) for serial in range(given.dossiers + refused)]
    possible = (arrival for arrival in found if arrival.accepted or _refuses(arrival.table))
    return sorted(possible, key=lambda arrival: (arrival.submitted, arrival.serial))


class _Drawing:
    """What arrivals are drawn from."""

    def __init__(self, agency: Agency, scenario: Scenario, seed: int) -> None:
        self.seed = seed
        self.calendar = agency.calendar
        self.given = scenario.arrivals
        tables, days = _tables(agency, scenario), _days(agency, scenario)
        possible = ((table, _open_days(agency, table, days)) for table in tables)
        open_ = ((table, taken) for table, taken in possible if taken)
        self.choices = list(islice(open_, self.given.active))
        if not self.choices:
            folder = agency.library.folder
            raise BadValue(Text(f"'{folder}' không có lưu đồ nào để mô phỏng", f"'{folder}' holds no flow to simulate"))
        self.sums = list(accumulate(_weights(self.given, [table.flow.code for table, _ in self.choices])))

    def arrival(self, serial: int, accepted: bool) -> Arrival:
        """The case of a serial number."""
        bits = dossier(self.seed, serial)
        table, days = self.choices[bisect(self.sums, (bits & 0xFFFFF) / (1 << 20) * self.sums[-1])]
        moment = days.moment((bits >> 36) / (1 << 28))
        received, more = self.calendar.reached(moment), mix(bits)
        if accepted and (bits >> 20 & 0xFFFF) >= self.given.online * FINE:
            postal = more & 0xFFFF < self.given.postal * FINE
            channel = "postal" if postal else "counter"
            return _arrival(Arrival, (serial, table, channel, received, received, True))  # type: ignore[no-any-return]
        waited = min(moment - days.opens[0] - 1, 600 + (more >> 16 & 0x3FFF))
        submitted = self.calendar.reached(moment - waited)
        return _arrival(Arrival, (serial, table, "online", submitted, received, accepted))  # type: ignore[no-any-return]


def _weights(given: Arrivals, codes: Sequence[str]) -> list[float]:
    """How often each procedure comes: the shares given, and what they leave of 1 to the others, falling by rank."""
    tail = {code: (rank + 1) ** -given.tail for rank, code in enumerate(codes) if code not in given.shares}
    left = max(0.0, 1.0 - sum(given.shares.get(code, 0.0) for code in codes))
    whole = sum(tail.values()) or 1.0
    return [given.shares[code] if code in given.shares else left * tail[code] / whole for code in codes]


def _tables(agency: Agency, scenario: Scenario) -> list[Table]:
    """The procedures in force on 1 January, the busiest first, but those whose share is 0; one that runs by a plan only in a
    year that has its plan."""
    year, shares = scenario.year, scenario.arrivals.shares
    on = date(year, 1, 1)
    codes = {flow.code for flow in agency.library.flows if flow.kind == "procedure" and shares.get(flow.code, 1)}
    first = sorted((code for code in shares if code in codes), key=lambda code: -shares[code])
    ordered = first + sorted(codes.difference(first), key=lambda code: mix(int.from_bytes(code.encode())))
    flows = [flow for code in ordered for flow in _in_force(agency, code, on)]
    if ordered and not flows:
        agency.find(ordered[0], on)  # tells why
    tables = [agency.table(flow.code, flow.version, year) for flow in flows]
    return [table for table in tables if _until(table) is None or _until(table) in table.plan]


def _in_force(agency: Agency, code: str, on: date) -> list[Flow]:
    with suppress(UnknownFlow):
        return [agency.find(code, on)]
    return []


def _refuses(table: Table) -> bool:
    """Whether the flow has a way not to accept a dossier."""
    return any(arc.intake for arc in table.first.arcs.values())


def _until(table: Table) -> str | None:
    return table.first.step.until if table.first.step else None


def _days(agency: Agency, scenario: Scenario) -> list[tuple[int, int, float]]:
    """The working days of the year: when each begins, its length (in working seconds), its weight."""
    given, elapsed = scenario.arrivals, agency.calendar.elapsed
    day, found = date(scenario.year, 1, 1), []
    opens = elapsed(instant(datetime(day.year, 1, 1, tzinfo=TZ)))
    while day.year == scenario.year:
        tomorrow = day + timedelta(1)
        closes = elapsed(instant(datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=TZ)))
        if closes > opens:
            weight = (closes - opens) * given.weekdays[day.weekday()] * given.months[day.month - 1]
            found.append((opens, closes - opens, weight))
        day, opens = tomorrow, closes
    return found


def _open_days(agency: Agency, table: Table, days: Sequence[tuple[int, int, float]]) -> _Days | None:
    """The days in which the procedure takes dossiers: the year's, or those until its plan closes intake; None when all of them
    weigh nothing."""
    until = _until(table)
    if until is not None:
        closing = agency.calendar.elapsed(table.plan[until])
        days = [day for day in days if day[0] < closing]
    if not any(weight for _, _, weight in days):
        return None
    opens, lengths, weights = zip(*days, strict=True)
    return _Days(opens, lengths, list(accumulate(weights)))
