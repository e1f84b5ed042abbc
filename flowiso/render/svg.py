"""The few SVG elements a sheet is made of, as text. Only `element` makes markup, so every word is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from math import hypot
from typing import Final

from .geometry import Point
from .lanes import LINE
from .widths import SIZE

INK: Final = "#000"
SOFT: Final = "#595959"
STRIPE: Final = "#f4f4f4"
MAIN: Final = "#e6ecf5"
"""Colours that stay apart in black and white; none of them alone says anything."""

_ASCENT = 0.8
_HEAD = 7.0


def number(value: float) -> str:
    """A coordinate with at most two decimals."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def element(name: str, *inside: str, **attributes: str | float | None) -> str:
    """An element around markup that is ready; attributes are escaped, `_` in their names is `-`, None is left out."""
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value if isinstance(value, str) else number(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    content = "".join(inside)
    return f"<{name}{given}>{content}</{name}>" if content else f"<{name}{given}/>"


def words(
    lines: Sequence[str],
    x: float,
    top: float,
    *,
    size: float = SIZE,
    bold: bool = False,
    anchor: str = "middle",
    kind: str | None = None,
    leading: float = LINE,
) -> str:
    """Lines of text under each other, the first in a line that begins at `top`."""
    first = top + leading / 2 + size * (_ASCENT - 0.5) + 0.5
    spans = [element("tspan", escape(line), x=x, y=first + place * leading) for place, line in enumerate(lines)]
    weight = "bold" if bold else None
    where = None if anchor == "start" else anchor
    return element("text", *spans, class_=kind, font_size=size, font_weight=weight, text_anchor=where) if lines else ""


def path(data: str, *, fill: str = "none", wide: float = 1.0, dash: str | None = None) -> str:
    """A path with a black outline."""
    return element("path", d=data, fill=fill, stroke=INK, stroke_width=wide, stroke_dasharray=dash)


def line(points: Iterable[Point], wide: float, dash: str | None = None) -> str:
    """A line through points."""
    spelled = " L".join(f"{number(x)} {number(y)}" for x, y in points)
    return path(f"M{spelled}", wide=wide, dash=dash)


def arrow_head(before: Point, tip: Point, wide: float) -> str:
    """A filled triangle at the end of a line."""
    length = hypot(tip[0] - before[0], tip[1] - before[1]) or 1.0
    along = (tip[0] - before[0]) / length, (tip[1] - before[1]) / length
    half = 2.2 + wide / 2
    base = tip[0] - _HEAD * along[0], tip[1] - _HEAD * along[1]
    across = half * along[1], half * along[0]
    corners = (tip, (base[0] - across[0], base[1] + across[1]), (base[0] + across[0], base[1] - across[1]))
    return element("polygon", points=" ".join(f"{number(x)},{number(y)}" for x, y in corners), fill=INK)


def shortened(points: Sequence[Point], by: float = 4.0) -> list[Point]:
    """A line that ends a little earlier, so that it doesn't show beside the tip of its arrow head."""
    (x1, y1), (x2, y2) = points[-2:]
    length = hypot(x2 - x1, y2 - y1)
    part = max(0.0, 1 - by / length) if length else 1.0
    return [*points[:-1], (x1 + (x2 - x1) * part, y1 + (y2 - y1) * part)]
