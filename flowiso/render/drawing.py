"""What any picture of a flowchart consists of: boxes and lines with their words. Mermaid and dot only spell them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from ..model import Flow, Step, Transition
from ..org import Org
from ..text import Text
from ..words import Words
from .flow import ANYWHERE, AT_DUE, holder, limits, time_allowed

Shape = Literal["step", "choice", "end", "always"]


class Box(NamedTuple):
    """A step, the choice below it, an end, or the place that stands for every step. `lane` is a role, "" for no one's."""

    id: str
    shape: Shape
    lines: tuple[str, ...]
    lane: str = ""
    stopped: bool = False


class Line(NamedTuple):
    """A line between two boxes; `words` is "" where there is nothing to say; `faint` is a way seldom or never chosen."""

    tail: str
    head: str
    words: str = ""
    faint: bool = False


class Drawing(NamedTuple):
    """A flowchart as boxes, in the order of its rows, and lines."""

    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]


def drawing(flow: Flow, org: Org, words: Words, lang: str = "vi") -> Drawing:
    """The flow as boxes and lines. A step with several ways out has a choice below it; ids are s1, c1, e1, always, due."""
    ids = _ids(flow)
    boxes: list[Box] = []
    lines: list[Line] = []
    for number, step in enumerate(flow.steps, 1):
        box, choice = (
            _step(flow, org, words, step, number, lang),
            Box(f"c{number}", "choice", _question(number, lang), step.by),
        )
        ways = step.arrows + ((step.at_limit,) if step.at_limit else ())
        several = len(ways) > 1
        boxes += [box, choice] if several else [box]
        lines += [Line(box.id, choice.id)] if several else []
        lines += [_line(choice.id if several else box.id, arrow, ids, lang) for arrow in ways]
    boxes += _ends(flow, ids, lang)
    for box, arrows in _everywhere(flow, lang):
        boxes.append(box)
        lines += [_line(box.id, arrow, ids, lang, faint=True) for arrow in arrows]
    return Drawing(tuple(boxes), tuple(lines))


def _ids(flow: Flow) -> dict[str, str]:
    """Box ids by step and end; a target that the flow doesn't have gets one too, so that its arrow is seen."""
    ids = {step.id: f"s{number}" for number, step in enumerate(flow.steps, 1)}
    targets = (arrow.target for step in flow.steps for arrow in flow.arrows(step))
    ends = dict.fromkeys((*(end.id for end in flow.ends), *(target for target in targets if target not in ids)))
    return ids | {end: f"e{number}" for number, end in enumerate(ends, 1)}


def _step(flow: Flow, org: Org, words: Words, step: Step, number: int, lang: str) -> Box:
    lines = (f"({number}) {step.title.to(lang)}", holder(flow, org, step, lang), time_allowed(step, words, lang))
    return Box(f"s{number}", "step", lines, step.by, step.clock == "stopped")


def _question(number: int, lang: str) -> tuple[str, ...]:
    return (Text(f"Kết quả bước {number}?", f"Outcome of step {number}?").to(lang),)


def _line(tail: str, arrow: Transition, ids: dict[str, str], lang: str, faint: bool = False) -> Line:
    words = " ".join((arrow.title.to(lang) + limits(arrow, lang)).split())
    return Line(tail, ids[arrow.target], words, faint or arrow.kind == "timer")


def _ends(flow: Flow, ids: dict[str, str], lang: str) -> Iterator[Box]:
    steps = {step.id for step in flow.steps}
    for name, box in ids.items():
        if name not in steps:
            end = flow.end(name)
            yield Box(box, "end", (end.title.to(lang) if end else f"{name}?",))


def _everywhere(flow: Flow, lang: str) -> Iterator[tuple[Box, tuple[Transition, ...]]]:
    if flow.at_due:
        yield Box("due", "always", (AT_DUE.to(lang),)), (flow.at_due,)
    if flow.anywhere:
        yield Box("always", "always", (ANYWHERE.to(lang),)), flow.anywhere
