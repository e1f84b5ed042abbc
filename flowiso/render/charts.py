"""Charts as SVG, each drawn for a wide and for a narrow screen, with its title and its gist in words.

Nothing is told by colour alone: bars have outlines, figures stand beside them, lines differ in dash. Letters keep their size,
since each drawing is shown at about its own width.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from html import escape
from itertools import pairwise
from math import floor, log10
from typing import Final, NamedTuple

from ..text import number
from .markup import Markup, tag
from .svg import element, words
from .widths import balanced, width

WIDE: Final = 860.0
NARROW: Final = 328.0
SIZE: Final = 13.0
"""The size of all letters, in pixels."""

INK: Final = "#1a1a1a"
SOFT: Final = "#595959"
GRID: Final = "#d9d9d9"
FILL: Final = "#b5cfec"
EDGE: Final = "#1f4e85"
MARK: Final = "#8a1c00"

_ZERO = Decimal(0)
_LINE = 17.0
_GAP = 8.0
_AXIS = 42.0

Draw = Callable[[float], tuple[float, str]]
"""Gives height and content of a drawing of a width."""


class Row(NamedTuple):
    """One line of a chart of rows: its name, the value, its interval if there is one, and the figure in words."""

    name: str
    value: Decimal
    low: Decimal
    high: Decimal
    told: str


class Scale(NamedTuple):
    """From figures to pixels: `first` to `last`, ends of whole ticks, stand at `left` and `right`."""

    ticks: tuple[Decimal, ...]
    left: float
    right: float

    def __call__(self, value: Decimal | int) -> float:
        """Where a figure stands."""
        first, last = self.ticks[0], self.ticks[-1]
        return self.left + float((Decimal(value) - first) / (last - first)) * (self.right - self.left)


def figure(name: str, title: str, gist: str, draw: Draw, *below: Markup) -> Markup:
    """A chart under its title, once for each width; what stands `below` is part of the figure."""
    drawings = (
        _drawing(f"{name}-{kind}", kind, wide, title, gist, draw) for kind, wide in (("wide", WIDE), ("narrow", NARROW))
    )
    return tag("figure", tag("figcaption", title), *drawings, *below, id=name)


def _drawing(name: str, kind: str, wide: float, title: str, gist: str, draw: Draw) -> Markup:
    high, content = draw(wide)
    heads = element("title", escape(title), id=f"{name}-t"), element("desc", escape(gist), id=f"{name}-d")
    return Markup(
        element(
            "svg",
            *heads,
            content,
            viewBox=f"0 0 {wide:.0f} {high:.0f}",
            class_=f"chart at-{kind}",
            role="img",
            aria_labelledby=f"{name}-t {name}-d",
        )
    )


def ticks(least: Decimal, most: Decimal, about: int, whole: bool = False) -> tuple[Decimal, ...]:
    """Round figures from at most `least` to at least `most`, about so many apart; `whole` ones where only these mean anything."""
    most = most if most > least else least + 1
    rough = (most - least) / about
    power = Decimal(10) ** floor(log10(rough))
    step = next(power * times for times in (1, 2, 5, 10) if power * times >= rough)
    step = max(step, Decimal(1)) if whole else step
    first, last = least // step, -(-most // step)
    first -= first * step > least
    last += last * step < most
    return tuple(step * at for at in range(int(first), int(last) + 1))


def bars(rows: Sequence[Row], axis: str, lang: str, whole: bool = False) -> Draw:
    """A bar a row from 0, with its interval and its figure; `axis` is what they count, `whole` things or parts of them too."""
    return _in_rows(rows, axis, lang, _bar, whole)


def intervals(rows: Sequence[Row], axis: str, lang: str) -> Draw:
    """A point a row with its interval, and a line where nothing differs; what is far `beyond` the others ends in an arrow."""
    return _in_rows(rows, axis, lang, _point, most=_frame(rows))


_FAR = 5
"""So many times as far as the next row's end is outside the frame, where the others could no longer be told apart."""


def beyond(rows: Sequence[Row]) -> tuple[Row, ...]:
    """The rows of `intervals` that reach out of its frame: fewer than half of them."""
    frame = _frame(rows)
    return tuple(row for row in rows if _reach(row) > frame)


def _reach(row: Row) -> Decimal:
    return max(abs(row.low), abs(row.high))


def _frame(rows: Sequence[Row]) -> Decimal:
    """How far from 0 the frame goes."""
    far = sorted(map(_reach, rows), reverse=True)
    gaps = [inner for outer, inner in pairwise(far[: (len(far) + 1) // 2]) if 0 < inner * _FAR < outer]
    return gaps[-1] if gaps else far[0]


def _tick(value: Decimal, lang: str) -> str:
    """A figure at an axis, without needless zeros."""
    return number(f"{value.normalize():f}", lang).replace("-", "\N{MINUS SIGN}")


_Shape = Callable[[Row, Scale, float], Iterator[str]]


def _in_rows(
    rows: Sequence[Row], axis: str, lang: str, shape: _Shape, whole: bool = False, most: Decimal = Decimal("inf")
) -> Draw:
    least = max(-most, min(_ZERO, *(row.low for row in rows)))
    most = min(most, max(_ZERO, *(row.high for row in rows)))

    def draw(wide: float) -> tuple[float, str]:
        narrow = wide < WIDE / 2
        figures = max(width(row.told, SIZE, True) for row in rows) + _GAP
        names = 0.0 if narrow else min(wide * 0.42, max(width(row.name, SIZE) for row in rows) + _GAP)
        room = wide - figures - 2 * _GAP if narrow else names - _GAP
        named = [balanced(row.name, room, SIZE, most=2) for row in rows]
        found = ticks(least, most, 4 if narrow else 6, whole)
        before, after = (max(6.0, width(_tick(one, lang), SIZE) / 2) for one in (found[0], found[-1]))
        scale = Scale(found, names + before, wide - after - (0 if narrow else figures))
        heights = [len(lines) * _LINE + (14 if narrow else 0) + 9 for lines in named]
        bottom = sum(heights) + 4
        parts = [*_grid(scale, bottom, axis, lang)]
        top = 4.0
        for row, lines, high in zip(rows, named, heights, strict=True):
            parts += _row(row, lines, top, scale, names, wide)
            parts += shape(row, scale, top + len(lines) * _LINE * (1 if narrow else 0.5) + (7 if narrow else 0))
            top += high
        return bottom + _AXIS, "".join(parts)

    return draw


def _row(row: Row, lines: tuple[str, ...], top: float, scale: Scale, names: float, wide: float) -> Iterator[str]:
    """The name before the row and the figure behind it; without room for `names` both stand over it."""
    middle = top + (len(lines) - 1) * _LINE / 2 if names else top
    at, anchor = (names - _GAP, "end") if names else (scale.left + 5, "start")
    yield words(lines, at, top, size=SIZE, anchor=anchor, leading=_LINE)
    yield words((row.told,), wide, middle, size=SIZE, anchor="end", bold=True, leading=_LINE)


def _bar(row: Row, scale: Scale, y: float) -> Iterator[str]:
    start, end = scale(0), scale(row.value)
    yield element("rect", x=start, y=y - 6, width=max(end - start, 0.5), height=12.0, fill=FILL, stroke=EDGE)
    yield from _whisker(row, scale, y)


def _point(row: Row, scale: Scale, y: float) -> Iterator[str]:
    first, last = scale.ticks[0], scale.ticks[-1]
    if row.high < first or row.low > last:
        yield from _arrow(scale, y, -1 if row.high < first else 1)
        return
    yield from _whisker(row, scale, y)
    if first <= row.value <= last:
        yield element("circle", cx=scale(row.value), cy=y, r=4.5, fill=FILL, stroke=EDGE, stroke_width=2.0)


def _arrow(scale: Scale, y: float, way: int) -> Iterator[str]:
    """Where a whole interval is out of the frame: at its edge, since a line from 0 would be an interval that holds 0."""
    x = scale.right if way > 0 else scale.left
    yield _stroke((x - 24 * way, y), (x, y), INK, 1.5)
    yield _polyline(((x - 6 * way, y - 4), (x, y), (x - 6 * way, y + 4)), INK, 1.5)


def _whisker(row: Row, scale: Scale, y: float) -> Iterator[str]:
    """An interval; where it goes out of the frame an arrow ends it."""
    if row.high > row.low:
        first, last = scale.ticks[0], scale.ticks[-1]
        low, high = scale(max(row.low, first)), scale(min(row.high, last))
        yield _stroke((low, y), (high, y), INK, 1.5)
        for x, back in ((low, 6 * (row.low < first)), (high, -6 * (row.high > last))):
            yield _polyline(((x + back, y - 4), (x, y), (x + back, y + 4)), INK, 1.5)


def _grid(scale: Scale, bottom: float, axis: str, lang: str) -> Iterator[str]:
    """Upright lines at the ticks with their figures, and what they count."""
    for tick in scale.ticks:
        yield _stroke((scale(tick), 0), (scale(tick), bottom), GRID, 1)
        yield words((_tick(tick, lang),), scale(tick), bottom + 3, size=SIZE, leading=_LINE)
    yield _stroke((scale(0), 0), (scale(0), bottom), INK, 1.5)
    yield _stroke((scale.left, bottom), (scale.right, bottom), SOFT, 1)
    yield words((axis,), scale.right, bottom + 3 + _LINE, size=SIZE, anchor="end", leading=_LINE)


class Axes(NamedTuple):
    """What an upright chart counts, upwards and along, in words of a language."""

    up: str
    along: str
    lang: str


_HIGH = 300.0


def _upright(most: Decimal, axes: Axes, top: float = _LINE + 14) -> tuple[Scale, float, str]:
    """The scale upwards in whole figures, how much room these take on the left, and what they count."""
    found = ticks(_ZERO, most, 5, whole=True)
    scale = Scale(found, _HIGH, top)
    left = max(width(_tick(tick, axes.lang), SIZE) for tick in found) + _GAP
    return scale, left, words((axes.up,), 0, 0, size=SIZE, anchor="start", leading=_LINE)


def _levels(scale: Scale, left: float, right: float, axes: Axes) -> Iterator[str]:
    for tick in scale.ticks:
        y = scale(tick)
        yield _stroke((left, y), (right, y), SOFT if tick == 0 else GRID, 1)
        yield words((_tick(tick, axes.lang),), left - _GAP / 2, y - _LINE / 2, size=SIZE, anchor="end", leading=_LINE)


def curve(
    mean: Sequence[Decimal],
    p90: Sequence[Decimal],
    starts: Sequence[tuple[int, str]],
    axes: Axes,
    keys: tuple[str, str],
) -> Draw:
    """A figure a day: its mean as a line and up to its 90th percentile as a band; `starts` are names of months at their first
    day from 0. Where both are the same there is the line alone."""
    band = list(mean) != list(p90)
    most = max((*mean, *p90), default=_ZERO)

    def draw(wide: float) -> tuple[float, str]:
        upward, left, label = _upright(most, axes)
        along = Scale((_ZERO, Decimal(max(len(mean) - 1, 1))), left, wide - 4)
        parts = [label, *_levels(upward, left, wide - 4, axes)]
        upper = [(along(at), upward(value)) for at, value in enumerate(p90)]
        lower = [(along(at), upward(value)) for at, value in enumerate(mean)]
        if band:
            parts.append(element("polygon", points=_points([*upper, *reversed(lower)]), fill=FILL))
            parts.append(_polyline(upper, EDGE, 1.2, "4 3"))
        parts.append(_polyline(lower, EDGE, 2))
        parts += _months(starts, along, wide, len(mean))
        parts.append(words((axes.along,), wide - 4, _HIGH + 5 + _LINE, size=SIZE, anchor="end", leading=_LINE))
        parts += _keys(keys if band else keys[:1], left, _HIGH + 8 + 2 * _LINE)
        return _HIGH + 12 + (4 if band else 3) * _LINE, "".join(parts)

    return draw


def _months(starts: Sequence[tuple[int, str]], along: Scale, wide: float, days: int) -> Iterator[str]:
    for place, (day, name) in enumerate(starts):
        after = starts[place + 1][0] if place + 1 < len(starts) else days
        yield _stroke((along(day), _HIGH), (along(day), _HIGH + 5), SOFT, 1)
        middle = (along(day) + min(along(after), wide)) / 2
        yield words((name,), middle, _HIGH + 4, size=SIZE, leading=_LINE)


def _keys(keys: Sequence[str], left: float, top: float) -> Iterator[str]:
    """What the lines mean, one under the other: whole the mean, dashed the percentile."""
    x = left
    for text, dash, wide in zip(keys, (None, "4 3"), (2.0, 1.2), strict=False):
        if dash:
            yield element("rect", x=x, y=top + _LINE / 2, width=26.0, height=6.0, fill=FILL)
        yield _polyline([(x, top + _LINE / 2), (x + 26, top + _LINE / 2)], EDGE, wide, dash)
        yield words((text,), x + 32, top, size=SIZE, anchor="start", leading=_LINE)
        top += _LINE


class Bin(NamedTuple):
    """So many years with a figure of `first` to `last`."""

    first: int
    last: int
    years: int


def binned(values: Sequence[int], most: int = 24) -> tuple[Bin, ...]:
    """Whole figures in at most so many bins of the same round size, from 0 or the lowest bin that has one."""
    least, top = min(values), max(values)
    size = max(1, int(ticks(_ZERO, Decimal(max(top - least + 1, 1)), most - 1, whole=True)[1]))
    first = 0 if top < most * size and least < most * size // 2 else least // size * size
    starts = range(first, top + 1, size)
    return tuple(Bin(at, at + size - 1, sum(at <= value < at + size for value in values)) for at in starts)


def histogram(bins: Sequence[Bin], axes: Axes, mark: tuple[int, str] | None = None) -> Draw:
    """How many years had which figure, and where a known one lies among them."""
    most = Decimal(max(one.years for one in bins))
    size = bins[0].last - bins[0].first + 1
    first, last = bins[0].first, bins[-1].last + 1
    if mark:
        first, last = min(first, mark[0] // size * size), max(last, mark[0] + 1)

    def draw(wide: float) -> tuple[float, str]:
        upward, left, label = _upright(most, axes, (3 if mark else 2) * _LINE)
        along = Scale((Decimal(first), Decimal(last)), left + 4, wide - 4)
        parts = [label, *_levels(upward, left, wide - 4, axes)]
        every = _every((one.first for one in bins), along, size, axes)
        for one in bins:
            x, end, y = along(one.first), along(one.last + 1), upward(one.years)
            if one.years:
                parts.append(element("rect", x=x + 1, y=y, width=end - x - 2, height=_HIGH - y, fill=FILL, stroke=EDGE))
            if (one.first - bins[0].first) // size % every == 0:
                named = _tick(Decimal(one.first), axes.lang)
                parts.append(words((named,), (x + end) / 2 if size == 1 else x, _HIGH + 4, size=SIZE, leading=_LINE))
        parts += _marked(mark, along, size, wide) if mark else ()
        parts.append(words((axes.along,), wide - 4, _HIGH + 5 + _LINE, size=SIZE, anchor="end", leading=_LINE))
        return _HIGH + 10 + 2 * _LINE, "".join(parts)

    return draw


def _every(firsts: Iterator[int], along: Scale, size: int, axes: Axes) -> int:
    """Of the names under the bins only each such one fits."""
    widest = max(width(_tick(Decimal(one), axes.lang), SIZE) for one in firsts) + _GAP
    return max(1, -int(-widest // (along(size) - along(0))))


def _marked(mark: tuple[int, str], along: Scale, size: int, wide: float) -> Iterator[str]:
    value, text = mark
    x = along(value) + (along(1) - along(0)) / 2 if size == 1 else along(value)
    yield _polyline([(x, 1.3 * _LINE), (x, _HIGH)], MARK, 2, "7 4")
    over = x + width(text, SIZE, True) + 6 > wide
    anchor, at = ("end", x - 6) if over else ("start", x + 6)
    yield words((text,), at, 1.2 * _LINE, size=SIZE, bold=True, anchor=anchor, kind="mark", leading=_LINE)


def _stroke(start: tuple[float, float], end: tuple[float, float], colour: str, wide: float) -> str:
    return element("line", x1=start[0], y1=start[1], x2=end[0], y2=end[1], stroke=colour, stroke_width=wide)


def _polyline(points: Sequence[tuple[float, float]], colour: str, wide: float, dash: str | None = None) -> str:
    return element(
        "polyline", points=_points(points), fill="none", stroke=colour, stroke_width=wide, stroke_dasharray=dash
    )


def _points(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
