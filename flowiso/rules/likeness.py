"""Which flows are compared with which, and what of a flow is compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import TypeAlias

from flowiso.model import Flow, Step, Transition

Row: TypeAlias = tuple[object, ...]


def coexist(a: Flow, b: Flow) -> bool:
    """Whether there is a day on which both are in force, as far as their periods could be read."""
    begins = [flow.effective or date.min for flow in (a, b)]
    return begins[0] < (b.effective_to or date.max) and begins[1] < (a.effective_to or date.max)


def by_code(flows: Iterable[Flow]) -> Iterator[tuple[str, list[Flow]]]:
    """The flows of each code that could be read, sorted by version and then by file."""
    known = sorted((flow for flow in flows if flow.code and flow.version), key=attrgetter("code", "version", "file"))
    for code, versions in groupby(known, key=attrgetter("code")):
        yield code, list(versions)


def row(step: Step) -> Row:
    """A row without its arrows and words: who holds the dossier, how long, on which clock."""
    return step.id, step.by, step.within, step.clock, step.until, step.ready, step.charged_to, step.main


def rows(flow: Flow) -> tuple[Row, ...]:
    """The rows of a flow in their order."""
    return tuple(row(step) for step in flow.steps)


def arrows(step: Step) -> dict[str, Transition]:
    """The arrows written on a step, by action; the one at the limit among them."""
    written = (*step.arrows, step.at_limit) if step.at_limit else step.arrows
    return {arrow.action: arrow for arrow in written}
