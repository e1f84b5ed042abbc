"""A year of arrivals: which procedure, when, over which channel."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime
from itertools import accumulate
from typing import NamedTuple

from ..app import Agency
from ..errors import BadValue, UnknownFlow
from ..machine import Table
from ..model import Channel, Flow
from ..text import Text
from ..worktime import TZ, instant
from .draws import FINE, mix
from .scenario import Scenario


class Arrival(NamedTuple):
    """One applicant's case to come: submitted at `submitted`, accepted or refused at `received` (epoch seconds)."""

    serial: int
    table: Table
    channel: Channel
    submitted: int
    received: int
    accepted: bool


def arrivals(agency: Agency, scenario: Scenario, year: int, dossiers: int, seed: int) -> list[Arrival]:
    """`dossiers` accepted cases spread over the year's working time, and beside them those refused at intake.

    Raises BadValue for a number below 1, UnknownFlow or CalendarUnknown when the year can't be run.
    """
    if dossiers < 1:
        raise BadValue(Text("cần ít nhất 1 hồ sơ", "at least 1 dossier is needed"))
    tables = _tables(agency, scenario, year)
    if not tables:
        folder = agency.library.folder
        raise BadValue(Text(f"'{folder}' không có lưu đồ nào để mô phỏng", f"'{folder}' holds no flow to simulate"))
    sums = list(accumulate((rank + 1) ** -scenario.tail for rank in range(len(tables))))
    opening = instant(datetime(year, 1, 1, tzinfo=TZ))
    length = agency.calendar.worked(opening, instant(datetime(year, 12, 31, 23, 59, tzinfo=TZ)))
    refused = round(dossiers * scenario.refused_at_intake)
    spans = [_window(agency, table, (opening, length)) for table in tables]
    found = [
        _arrival(agency, scenario, tables, sums, spans, seed, index, index < dossiers)
        for index in range(dossiers + refused)
    ]
    possible = (arrival for arrival in found if arrival.accepted or _refuses(arrival.table))
    return sorted(possible, key=lambda arrival: (arrival.submitted, arrival.serial))


def _tables(agency: Agency, scenario: Scenario, year: int) -> list[Table]:
    """The procedures in force on 1 January, the busiest first; one that runs by a plan only in a year that has its plan."""
    on = datetime(year, 1, 1, tzinfo=TZ).date()
    codes = {flow.code for flow in agency.library.flows if flow.kind == "procedure"}
    first = [code for code in scenario.dominant if code in codes]
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


def _arrival(
    agency: Agency,
    scenario: Scenario,
    tables: Sequence[Table],
    sums: Sequence[float],
    spans: Sequence[tuple[int, int]],
    seed: int,
    index: int,
    accepted: bool,
) -> Arrival:
    bits = mix(((seed << 40) ^ (index << 12)) + 0xA5A5)
    choice = bisect(sums, (bits & 0xFFFFF) / (1 << 20) * sums[-1])
    table, (opening, length) = tables[choice], spans[choice]
    online = (bits >> 20 & 0xFFFF) < scenario.online * FINE
    offset = 1 + (bits >> 36) * (length - 1) // (1 << 28)
    received = agency.calendar.plus(opening, offset)
    if not online and accepted:
        return Arrival(index, table, "postal" if bits & 7 == 0 else "counter", received, received, True)
    waited = min(offset - 1, 600 + (bits >> 40 & 0x3FFF))
    submitted = agency.calendar.plus(opening, offset - waited)
    return Arrival(index, table, "online", submitted, received, accepted)


def _window(agency: Agency, table: Table, span: tuple[int, int]) -> tuple[int, int]:
    """The working time in which the procedure takes dossiers: the year, or until its plan closes intake."""
    opening, length = span
    until = _until(table)
    if until is None:
        return span
    return opening, min(length, agency.calendar.worked(opening, table.plan[until]))
