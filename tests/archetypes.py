"""The shipped flows, one of each archetype: for tests too dear to run on every flow. What all flows must hold is tried on all."""

from __future__ import annotations

from collections.abc import Iterable

from flowiso.model import Flow


def one_of_each(flows: Iterable[Flow]) -> tuple[Flow, ...]:
    """The first flow of each archetype, and the first internal process."""
    first: dict[str | None, Flow] = {}
    for flow in flows:
        first.setdefault(flow.archetype, flow)
    return tuple(first.values())
