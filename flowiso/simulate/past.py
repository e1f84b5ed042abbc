"""The real arrivals of a year, out of a store's logs, to be lived again under another scenario."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ..app import Agency
from ..errors import BadValue
from ..model import RECEIVE, Case, Channel, Move
from ..period import Period
from ..text import Text
from ..worktime import day_of
from .arrivals import Arrival


class Past(NamedTuple):
    """One dossier as it came in: handed in at `submitted`, accepted or refused at `received` (epoch seconds)."""

    code: str
    channel: Channel
    submitted: int
    received: int
    accepted: bool


def past_of(agency: Agency, logs: Iterable[tuple[Case, Sequence[Move]]], year: int) -> tuple[Past, ...]:
    """Whatever was both handed in and accepted or refused in a year, in the order of the logs; internal processes are left out.

    BadValue when there is nothing.
    """
    period = Period.year(year)
    found = (_past(agency, case, moves, year) for case, moves in logs)
    past = tuple(one for one in found if one and period.start <= one.submitted and one.received <= period.end)
    if not past:
        raise BadValue(
            Text(
                f"kho không có hồ sơ nào nộp và tiếp nhận trong năm {year}; hãy xem lại --store và --year",
                f"the store holds no dossier handed in and accepted in {year}; look at --store and --year again",
            )
        )
    return past


def _past(agency: Agency, case: Case, moves: Sequence[Move], year: int) -> Past | None:
    """How one dossier came in; None while nobody has answered it, and for an internal process."""
    table = agency.table(case.code, case.version, year)
    answers = {RECEIVE, *(name for name, arc in table.first.arcs.items() if arc.intake)}
    answer = next((move for move in moves if move.action in answers), None)
    if answer is None or table.flow.kind == "internal":
        return None
    return Past(case.code, case.channel, moves[0].at, answer.at, answer.action == RECEIVE)


def arrivals_of(agency: Agency, past: Iterable[Past]) -> list[Arrival]:
    """The same arrivals at an agency, by the flow versions in force there on the day of receipt.

    A refusal that its flow doesn't know is left out. Raises UnknownFlow for a code that isn't in force there.
    """
    return list(_arrivals(agency, past))


def _arrivals(agency: Agency, past: Iterable[Past]) -> Iterator[Arrival]:
    for serial, one in enumerate(past):
        on = day_of(one.received)
        flow = agency.find(one.code, on)
        table = agency.table(flow.code, flow.version, on.year)
        if one.accepted or any(arc.intake for arc in table.first.arcs.values()):
            yield Arrival(serial, table, one.channel, one.submitted, one.received, one.accepted)
