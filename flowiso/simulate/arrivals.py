"""A year of arrivals: which procedure, when, over which channel."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from itertools import accumulate, islice
from math import ceil
from operator import attrgetter
from typing import Any, NamedTuple

from ..app import Agency
from ..calendar import Calendar
from ..errors import BadValue, UnknownFlow
from ..machine import Table
from ..model import Channel, Flow
from ..text import Text
from ..worktime import TZ, instant
from .draws import FINE, dossier, mix, step
from .scenario import Arrivals, Scenario


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


class Coming(NamedTuple):
    """An arrival by working time, with the luck of its dossier: it comes at the working second `came`, and is `answered` by the
    one-stop unit at a second of its own if it `waits` for that, else at once.

    `told` is the one that was given, whose moments may lie outside working time; None for one that was drawn.
    """

    serial: int
    table: Table
    channel: Channel
    accepted: bool
    luck: int
    came: int
    answered: int
    waits: bool
    told: Arrival | None = None


_CAME = step("")
"""How a dossier comes in is drawn like a visit, of a step that no flow has."""
_new: Any = tuple.__new__  # half the cost of calling the class


class Days(NamedTuple):
    """The working days in which a procedure takes dossiers: the working seconds gone when each begins, how long it is, and
    the sum of the weights up to its end: a share of their sum is a moment."""

    opens: Sequence[int]
    lengths: Sequence[int]
    sums: Sequence[float]


Choice = tuple[Table, Days]
"""A procedure, and when it takes dossiers."""


def arrivals(agency: Agency, scenario: Scenario, seed: int) -> list[Arrival]:
    """The arrivals of `drawn`, with their moments."""
    return [dated(agency.calendar, one) for one in drawn(agency, scenario, seed)]


def dated(calendar: Calendar, one: Coming) -> Arrival:
    """One that was drawn, with its moments."""
    came, answered = calendar.reached(one.came), calendar.reached(one.answered)
    return Arrival(one.serial, one.table, one.channel, came, answered, one.accepted)


def worked_out(calendar: Calendar, given: Sequence[Arrival], seed: int) -> list[Coming]:
    """The arrivals of a real year, in order, with luck of their own."""
    ordered = sorted(given, key=lambda arrival: (arrival.submitted, arrival.serial))
    return [_worked_out(calendar, one, dossier(seed, one.serial)) for one in ordered]


def _worked_out(calendar: Calendar, told: Arrival, luck: int) -> Coming:
    serial, table, channel, submitted, received, accepted = told
    came, answered = calendar.elapsed(submitted), calendar.elapsed(received)
    waits = received > submitted or not accepted
    return Coming(serial, table, channel, accepted, luck, came, answered, waits, told)


def drawn(agency: Agency, scenario: Scenario, seed: int) -> list[Coming]:
    """The accepted cases of the scenario spread over the year's working time, and beside them those refused at intake.

    In the order in which they come. Raises BadValue for a number below 1, UnknownFlow or CalendarUnknown when the year can't
    be run.
    """
    given = scenario.arrivals
    if given.dossiers < 1:
        raise BadValue(Text("cần ít nhất 1 hồ sơ", "at least 1 dossier is needed"))
    drawing = Drawing(agency, scenario, seed)
    refused = round(given.dossiers * given.refused)
    found = [drawing.coming(serial, serial < given.dossiers) for serial in range(given.dossiers + refused)]
    possible = [one for one in found if one.accepted or _refuses(one.table)]
    possible.sort(key=attrgetter("came"))  # those of one second stay in the order of their serials
    return possible


class Drawing:
    """What arrivals are drawn from: `choices` are the procedures that may come, with the days on which each does, the busiest
    first, `weights` how often each comes."""

    def __init__(self, agency: Agency, scenario: Scenario, seed: int) -> None:
        self.seed = seed
        self.given = scenario.arrivals
        self._online, self._postal = ceil(self.given.online * FINE), ceil(self.given.postal * FINE)
        tables, days = _tables(agency, scenario), _days(agency, scenario)
        possible = ((table, _open_days(agency, table, days)) for table in tables)
        open_ = ((table, taken) for table, taken in possible if taken)
        self.choices = list(islice(open_, self.given.active))
        if not self.choices:
            folder = agency.library.folder
            raise BadValue(Text(f"'{folder}' không có lưu đồ nào để mô phỏng", f"'{folder}' holds no flow to simulate"))
        self.weights = _weights(self.given, [table.flow.code for table, _ in self.choices])
        self.sums = list(accumulate(self.weights))

    def coming(self, serial: int, accepted: bool) -> Coming:
        """The case of a serial number."""
        bits = dossier(self.seed, serial)
        choice = self.choices[bisect(self.sums, (bits & 0xFFFFF) / (1 << 20) * self.sums[-1])]
        offline = accepted and (bits >> 20 & 0xFFFF) >= self._online
        return self.of(serial, bits, choice, (bits >> 36) / (1 << 28), offline, accepted)

    def of(self, serial: int, bits: int, choice: Choice, share: float, offline: bool, accepted: bool = True) -> Coming:
        """The case of a procedure, after a share of the weights of its days; `offline` is brought or comes by post."""
        table, (opens, lengths, sums) = choice
        aim = share * sums[-1]
        day = bisect(sums, aim)
        before = sums[day - 1] if day else 0.0
        inside = (aim - before) / (sums[day] - before)
        moment = opens[day] + 1 + int(inside * (lengths[day] - 1))
        more = bits * _CAME >> 64  # `visit`, in line, but for its highest bits
        if offline:
            channel: Channel = "postal" if more & 0xFFFF < self._postal else "counter"
            return Coming(serial, table, channel, True, bits, moment, moment, False)
        came, first = moment - 600 - (more >> 16 & 0x3FFF), opens[0] + 1
        if came < first:
            came = first
        waits = came < moment or not accepted
        return _new(Coming, (serial, table, "online", accepted, bits, came, moment, waits, None))  # type: ignore[no-any-return]


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


def _open_days(agency: Agency, table: Table, days: Sequence[tuple[int, int, float]]) -> Days | None:
    """The days in which the procedure takes dossiers: the year's, or those until its plan closes intake; None when all of them
    weigh nothing."""
    until = _until(table)
    if until is not None:
        closing = agency.calendar.elapsed(table.plan[until])
        days = [day for day in days if day[0] < closing]
    if not any(weight for _, _, weight in days):
        return None
    opens, lengths, weights = zip(*days, strict=True)
    return Days(opens, lengths, list(accumulate(weights)))
