"""A dossier's way drawn on its flowchart: the sheet that is printed, with the steps it was at and the arrows it took.

The sheet's SVG says of each symbol what it is (`render.draw`), so it is read again and marked; nothing is laid out anew. What
is marked shows by a sign and a number besides the colour, and all of it stands in a table below the picture.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple
from xml.etree import ElementTree as ET

from markupsafe import Markup

from ...dossier import Dossier
from ...machine import Row
from ...versions import rows_of

_SVG = "http://www.w3.org/2000/svg"
ET.register_namespace("", _SVG)
_RADIUS = 9.0


class Way(NamedTuple):
    """The steps a dossier came to, in order, `here` where it is now; and the arrows it took, as (step, action)."""

    steps: tuple[str, ...]
    here: str
    taken: frozenset[tuple[str, str]]

    def turns(self) -> Mapping[str, list[int]]:
        """For each step the places in the order in which it was come to."""
        found: dict[str, list[int]] = {}
        for turn, step in enumerate(self.steps, 1):
            found.setdefault(step, []).append(turn)
        return found


def way(found: Dossier) -> Way:
    """The way a dossier has gone; a line that leaves it where it is doesn't count."""
    steps: list[str] = []
    taken: set[tuple[str, str]] = set()
    before: Row | None = None
    for move, row in zip(found.moves, rows_of(found.table, found.moves), strict=True):
        arc = before.arcs.get(move.action) if before else None
        if before is not None and arc is not None:
            taken.add((before.id, move.action))
        if not steps or arc is not None or steps[-1] != move.step:
            steps.append(move.step)
        before = row
    return Way(tuple(steps), found.state.row.id, frozenset(taken))


def drawn(sheets: Iterable[str], gone: Way) -> tuple[Markup, ...]:
    """The sheets with the way marked on them."""
    return tuple(Markup(_marked(sheet, gone)) for sheet in sheets)


def counted(sheets: Iterable[str], counts: Mapping[str, str], hot: Mapping[str, int]) -> tuple[Markup, ...]:
    """The sheets with a number at each step of `counts`, and the heat of those in `hot`, 1 to 3."""
    found = []
    for sheet in sheets:
        root = _root(sheet)
        for group in _boxes(root):
            step = group.get("data-id", "")
            if step in hot:
                _class(group, f"heat-{hot[step]}")
            if step in counts:
                group.append(_badge(group, counts[step]))
        found.append(Markup(_text(root)))
    return tuple(found)


def _marked(sheet: str, gone: Way) -> str:
    root, turns = _root(sheet), gone.turns()
    for group in _boxes(root):
        step = group.get("data-id", "")
        if step in turns:
            _class(group, "here" if step == gone.here else "been")
            sign = "▶ " if step == gone.here else "✓ "
            group.append(_badge(group, sign + _listed(turns[step])))
    for group in root.iter(f"{{{_SVG}}}g"):
        if _is_taken(group, gone):
            _class(group, "walked")
    return _text(root)


def _is_taken(group: ET.Element, gone: Way) -> bool:
    actions: Sequence[str] = group.get("data-actions", "").split()
    return any((group.get("data-from", ""), action) in gone.taken for action in actions)


def _boxes(root: ET.Element) -> Iterator[ET.Element]:
    return (group for group in root.iter(f"{{{_SVG}}}g") if "box" in group.get("class", "").split())


def _listed(turns: Sequence[int]) -> str:
    shown = ", ".join(map(str, turns[-_MOST:]))
    return shown if len(turns) <= _MOST else f"…{shown}"


_MOST = 3


def _badge(group: ET.Element, words: str) -> ET.Element:
    """A small sign at the upper left corner of a symbol."""
    x, y, *_ = map(float, group.get("data-box", "0 0 0 0").split())
    wide = 5.5 * len(words) + 8
    badge = ET.Element(f"{{{_SVG}}}g", {"class": "badge"})
    left = x - 4
    ET.SubElement(
        badge,
        f"{{{_SVG}}}rect",
        {
            "x": f"{left:.1f}",
            "y": f"{y - _RADIUS:.1f}",
            "width": f"{wide:.1f}",
            "height": f"{2 * _RADIUS - 4:.1f}",
            "rx": "4",
        },
    )
    text = ET.SubElement(
        badge,
        f"{{{_SVG}}}text",
        {"x": f"{left + wide / 2:.1f}", "y": f"{y + 2:.1f}", "text-anchor": "middle", "font-size": "9"},
    )
    text.text = words
    return badge


def _class(group: ET.Element, name: str) -> None:
    group.set("class", f"{group.get('class', '')} {name}".strip())


def _root(sheet: str) -> ET.Element:
    """A sheet; its one style attribute, which the pages' policy refuses, stands in their style sheet."""
    root = ET.fromstring(sheet)
    root.attrib.pop("style", None)
    _crop(root)
    return root


def _crop(root: ET.Element) -> None:
    """End a sheet below its lanes: what a printed one has under them, or leaves empty, only takes room on screen."""
    _, _, wide, high = map(float, root.get("viewBox", "0 0 0 0").split())
    lanes = [lane for lane in root.iter(f"{{{_SVG}}}rect") if lane.get("class") == "lane"]
    if lanes:
        high = min(high, max(float(lane.get("y", "0")) + float(lane.get("height", "0")) for lane in lanes) + _MARGIN)
    root.set("viewBox", f"0 0 {wide:g} {high:g}")
    for name in ("width", "height"):
        root.attrib.pop(name, None)


_MARGIN = 2.5


def _text(root: ET.Element) -> str:
    return ET.tostring(root, encoding="unicode")
