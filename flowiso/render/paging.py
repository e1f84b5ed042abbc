"""Which rows stand on which page, and which lines are drawn through there rather than cut by a connector."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from ..model import Flow
from ..org import Org
from .geometry import SIDES
from .lanes import MARGIN, MOST, PAGE_HEIGHT, Lanes, lanes, page_roles
from .layout import Arc, Layout, Plan
from .rows import Row, Sheet

FLOOR: Final = PAGE_HEIGHT - MARGIN
"""The lowest point of a page's content."""

_SPAN: Final = 5
"""An arc over more rows than this is harder to follow than a connector."""


_LOOSE: Final = 12.0
"""The most that a gap is widened by on a page that isn't full."""


class Page(NamedTuple):
    """One page: where its lanes begin, the lanes, and everything in them."""

    top: float
    lanes: Lanes
    layout: Layout


def pages(sheet: Sheet, flow: Flow, org: Org, lang: str, tops: tuple[float, float], foot: float = 0.0) -> list[Page]:
    """The rows of a sheet on as many pages as they need.

    `tops` is where the lanes begin on the first and on later pages; when a foot of the height `foot` has no room below
    the last rows, some of these go with it to the next page.
    """
    found: list[Page] = []
    first = 0
    while first < len(sheet.rows):
        top = tops[bool(found)]
        plans = _plans(sheet, flow, org, lang, first, top)
        plan = plans[_together(sheet.rows, first, _before_foot(plans, foot)) - 1]
        found.append(Page(top, plan.lanes, _with_arcs(plan)))
        first += len(plan.rows)
    return found


def _plans(sheet: Sheet, flow: Flow, org: Org, lang: str, first: int, top: float) -> list[Plan]:
    """A page with one row, with two, and so on as long as they fit."""
    plans: list[Plan] = []
    for last in range(first + 1, len(sheet.rows) + 1):
        rows = sheet.rows[first:last]
        roles = page_roles(sheet.rows, rows)
        if len(roles) > MOST:
            break
        columns = lanes(roles, sheet.rows, flow, org, lang)
        before = sheet.rows[first - 1] if first else None
        following = sheet.rows[last] if last < len(sheet.rows) else None
        plan = Plan(rows, columns, top + columns.height, before, following, sheet.letters)
        if plans and _plain(plan).bottom > FLOOR:
            break
        plans.append(plan)
    return plans


def _before_foot(plans: Sequence[Plan], foot: float) -> int:
    """How many of the rows that fit are taken: all, or two thirds when they are the last ones and the foot doesn't fit."""
    count = len(plans)
    crowded = plans[-1].following is None and _plain(plans[-1]).bottom + foot > FLOOR
    return count * 2 // 3 if crowded and count > 2 else count


def _plain(plan: Plan) -> Layout:
    layout = plan.layout()
    assert layout is not None
    return layout


def _together(rows: Sequence[Row], first: int, count: int) -> int:
    """How many of the `count` rows that fit stay on the page: the main path's end isn't parted from its last step."""
    following = rows[first + count] if first + count < len(rows) else None
    return count - 1 if following and following.kind == "end" and count > 1 else count


def _with_arcs(plan: Plan) -> Layout:
    """The page with as many lines drawn through as can be had without a crossing, the shortest first."""
    places = {row.id: place for place, row in enumerate(plan.rows)}
    wanted = [
        (abs(places[line.target] - tail), tail, line)
        for tail, row in enumerate(plan.rows)
        for line in row.exits
        if line.target in places and not line.home and abs(places[line.target] - tail) <= _SPAN
    ]
    accepted: list[Arc] = []
    layout = _plain(plan)
    for _, tail, line in sorted(wanted, key=lambda one: one[:2]):
        choices = []
        for side in SIDES:
            arc = Arc(line, tail, places[line.target], side)
            tried = plan.layout([*accepted, arc]) if _nested(arc, accepted) else None
            if tried and tried.bottom <= FLOOR:
                choices.append((_cost(arc, tried), arc, tried))
        if choices:
            _, arc, layout = min(choices, key=lambda choice: choice[0])
            accepted.append(arc)
    loose = min(_LOOSE, (FLOOR - layout.bottom) / len(plan.rows)) if plan.following else 0.0
    return plan.layout(accepted, loose) or layout if loose > 0 else layout


def _nested(arc: Arc, others: Sequence[Arc]) -> bool:
    """Whether no arc of the same side begins inside `arc` and ends outside of it, or the other way round."""
    return not any(
        one.side == arc.side
        and (arc.top < one.top < arc.bottom < one.bottom or one.top < arc.top < one.bottom < arc.bottom)
        for one in others
    )


def _cost(arc: Arc, layout: Layout) -> tuple[float, float]:
    drawn = next(line for line in layout.lines if line.line is arc.line)
    ends = [point[0] for point in drawn.strokes[-1]]
    return layout.bottom, max(ends) - min(ends)
