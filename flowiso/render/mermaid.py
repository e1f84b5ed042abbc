"""A flowchart for Mermaid: text that wikis and code forges draw."""

from __future__ import annotations

import json
import re

from ..model import Flow
from ..org import Org
from ..words import Words
from .drawing import Box, Line, drawing
from .flow import name

_OPEN_CLOSE = {"step": ("[", "]"), "choice": ("{", "}"), "end": ("([", "])"), "always": (">", "]")}
_UNSAFE = re.compile(r"[^\w ,()/.-]|_|[.-](?=\s|$)")
_LANES = ("#e8f1fb", "#fdf0e1", "#e9f6ec", "#f6e9f4", "#f4f1dc", "#e6f4f4", "#f1ecfa", "#f9e9e9")


def as_mermaid(flow: Flow, org: Org, words: Words, lang: str = "vi") -> str:
    """The flow as a Mermaid `flowchart TD`: a class per lane, ends rounded, choices as diamonds, stopped steps dashed."""
    boxes, lines = drawing(flow, org, words, lang)
    lanes = {
        lane: f"lane{number}" for number, lane in enumerate(dict.fromkeys(box.lane for box in boxes if box.lane), 1)
    }
    title = json.dumps(f"{name(flow, lang)}: {flow.title}", ensure_ascii=False)
    return "\n".join(
        (
            "---",
            "title: " + title.replace("<", "\\u003c"),
            "---",
            "flowchart TD",
            *(f"  {_box(box)}" for box in boxes),
            *(f"  {_line(line)}" for line in lines),
            *(f"  classDef {name} fill:{_fill(name)},stroke:#333,color:#111" for name in lanes.values()),
            *(
                f"  class {','.join(box.id for box in boxes if box.lane == lane)} {name}"
                for lane, name in lanes.items()
            ),
            *_stopped(boxes),
        )
    )


def _box(box: Box) -> str:
    opened, closed = _OPEN_CLOSE[box.shape]
    return f'{box.id}{opened}"{"<br/>".join(map(_safe, box.lines))}"{closed}'


def _line(line: Line) -> str:
    arrow = "-.->" if line.faint else "-->"
    words = f'|"{_safe(line.words)}"|' if line.words else ""
    return f"{line.tail} {arrow}{words} {line.head}"


def _stopped(boxes: tuple[Box, ...]) -> tuple[str, ...]:
    stopped = ",".join(box.id for box in boxes if box.stopped)
    return ("  classDef stopped stroke-dasharray:6 4", f"  class {stopped} stopped") if stopped else ()


def _fill(name: str) -> str:
    return _LANES[(int(name.removeprefix("lane")) - 1) % len(_LANES)]


def _safe(text: str) -> str:
    """Whatever Mermaid could take for syntax, comment, Markdown or HTML, as the entity `#NUMBER;`."""
    return _UNSAFE.sub(lambda found: f"#{ord(found[0])};", text)
