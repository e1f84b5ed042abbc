"""The columns of a sheet: a lane for every role between the number of the step, its time and its papers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import sqrt
from typing import Final

from ..model import Flow
from ..org import Org
from .rows import Row
from .widths import SIZE, width, wrap

PAGE_WIDTH: Final = 841.89
PAGE_HEIGHT: Final = 595.28
MARGIN: Final = 30.0
"""A4 landscape in points; the margin is a little over 10 mm."""

LINE: Final = 11.5
"""From line to line at the smallest size: Vietnamese letters carry two marks."""

NUMBERS: Final = 30.0
TIMES: Final = 70.0
PAPERS: Final = 136.0
"""The widths of the columns beside the lanes."""

LEFT: Final = MARGIN + NUMBERS
RIGHT: Final = PAGE_WIDTH - MARGIN - TIMES - PAPERS
"""Where the lanes begin and end."""

MANY: Final = 6
"""Up to so many roles, every page has all lanes; with more of them, a page has those of its own steps."""

MOST: Final = 12
"""The most lanes that fit on one page."""

PAD: Final = 7.0
"""Between a box and the edge of its lane."""

_HEAD_LINES: Final = 5
_WORDS = 2 * (PAD + 5)


@dataclass(frozen=True, slots=True)
class Lane:
    """A column of one role, with the words over it."""

    role: str
    x: float
    wide: float
    head: tuple[str, ...]

    @property
    def middle(self) -> float:
        """Where its boxes are centred."""
        return self.x + self.wide / 2

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.x + self.wide


@dataclass(frozen=True, slots=True)
class Seat:
    """The division, leadership or partner over neighbouring lanes."""

    x: float
    wide: float
    head: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lanes:
    """All lanes of a page, from left to right, and the height of the two rows of words over them."""

    lanes: tuple[Lane, ...]
    seats: tuple[Seat, ...]
    seat_height: float
    role_height: float

    def __getitem__(self, role: str) -> Lane:
        return next(lane for lane in self.lanes if lane.role == role)

    @property
    def height(self) -> float:
        """The height of their heads."""
        return self.seat_height + self.role_height


def page_roles(every: Sequence[Row], page: Sequence[Row]) -> tuple[str, ...]:
    """The roles that have a lane on a page with these rows: all of the flow's, or the page's own when there are many.

    Their order is the same on all pages.
    """
    roles = tuple(dict.fromkeys(row.lane for row in every))
    own = {row.lane for row in page}
    return roles if len(roles) <= MANY else tuple(role for role in roles if role in own)


def lanes(roles: Sequence[str], every: Sequence[Row], flow: Flow, org: Org, lang: str) -> Lanes:
    """The lanes of `roles`, wide according to the words of their boxes on all pages."""
    names = {role: org.roles[role].title.to(lang) if role in org.roles else role for role in roles}
    widths = _widths(roles, names, every)
    placed = []
    x = LEFT
    for role in roles:
        placed.append(Lane(role, x, widths[role], wrap(names[role], widths[role] - 6, SIZE, True, _HEAD_LINES)))
        x += widths[role]
    seats = tuple(_seats(placed, flow, org, lang))
    return Lanes(tuple(placed), seats, _height([seat.head for seat in seats]), _height([lane.head for lane in placed]))


def _height(heads: Sequence[tuple[str, ...]]) -> float:
    tallest = max(len(head) for head in heads)
    return tallest * LINE + 5 if tallest else 0.0


def _widths(roles: Sequence[str], names: Mapping[str, str], every: Sequence[Row]) -> dict[str, float]:
    """Each lane holds its longest word, as far as there is room; the rest is shared out by how much its boxes say."""
    least, share = {}, {}
    for role in roles:
        titles = [row.title for row in every if row.lane == role]
        words = [*(width(word) + _WORDS for title in titles for word in title.split())]
        heads = [width(word, SIZE, True) + 6 for word in names[role].split()]
        least[role] = min(max((*words, *heads, 40.0)), 110.0)
        share[role] = sqrt(max((width(title) for title in titles), default=0.0) + 40)
    room = RIGHT - LEFT
    even = room / len(roles)
    if sum(least.values()) > room:
        least = dict.fromkeys(roles, even)
    spare = (room - sum(least.values())) / sum(share.values())
    return {role: least[role] + spare * share[role] for role in roles}


def _seats(placed: Sequence[Lane], flow: Flow, org: Org, lang: str) -> list[Seat]:
    seats = []
    for title, group in groupby(placed, lambda lane: _seat(lane.role, flow, org, lang)):
        together = list(group)
        wide = together[-1].right - together[0].x
        seats.append(Seat(together[0].x, wide, wrap(title, wide - 6, SIZE, False, _HEAD_LINES)))
    return seats


def _seat(role: str, flow: Flow, org: Org, lang: str) -> str:
    if role not in org.roles:
        return ""
    title = org.seat_title(org.seat(role, flow))
    return title.to(lang) if title else ""
