"""A flowchart for Graphviz: one rank per row, a group per lane."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from ..model import Flow
from ..org import Org
from ..words import Words
from .drawing import Box, Line, drawing
from .flow import name

_SHAPES = {"step": "box", "choice": "diamond", "end": "box", "always": "note"}


def as_dot(flow: Flow, org: Org, words: Words, lang: str = "vi") -> str:
    """The flow as a `digraph`: rows keep their order down the page, the boxes of a lane stand below each other."""
    boxes, lines = drawing(flow, org, words, lang)
    rows = [box.id for box in boxes if box.shape in ("step", "choice")]
    ends = [box.id for box in boxes if box.shape == "end"]
    return "\n".join(
        (
            f"digraph {_quoted(f'{flow.code} v{flow.version}')} {{",
            f"  graph [label={_quoted(f'{name(flow, lang)}: {flow.title}')}, labelloc=t, rankdir=TB, splines=spline]",
            '  node [fontname="Liberation Sans", fontsize=11, margin="0.15,0.08"]',
            '  edge [fontname="Liberation Sans", fontsize=9]',
            *(f"  {_box(box)}" for box in boxes),
            *(f"  {above} -> {below} [style=invis, weight=0]" for above, below in pairwise(rows)),
            *(
                f"  {above} -> {below} [style=invis, weight=9]"
                for lane in _lanes(boxes)
                for above, below in pairwise(lane)
            ),
            f"  {{ rank=sink; {'; '.join(ends)} }}",
            *(f"  {_line(line)}" for line in lines),
            "}",
        )
    )


def _box(box: Box) -> str:
    style = [*(["rounded"] if box.shape == "end" else []), *(["dashed"] if box.stopped else [])]
    parts = {"shape": _SHAPES[box.shape], "label": _quoted("\n".join(box.lines))}
    parts |= {"group": _quoted(box.lane)} if box.lane else {}
    parts |= {"style": _quoted(",".join(style))} if style else {}
    return f"{box.id} [{', '.join(f'{key}={value}' for key, value in parts.items())}]"


def _lanes(boxes: tuple[Box, ...]) -> Iterator[list[str]]:
    for lane in dict.fromkeys(box.lane for box in boxes if box.lane):
        yield [box.id for box in boxes if box.lane == lane]


def _line(line: Line) -> str:
    parts = (["style=dashed"] if line.faint else []) + ([f"label={_quoted(line.words)}"] if line.words else [])
    return f"{line.tail} -> {line.head} [{', '.join(['constraint=false', *parts])}]"


def _quoted(text: str) -> str:
    """A dot string: `&` would begin an entity, a backslash an escape."""
    for plain, safe in (("&", "&amp;"), ("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n")):
        text = text.replace(plain, safe)
    return f'"{text}"'
