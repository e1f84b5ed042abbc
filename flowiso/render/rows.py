"""A flow as the rows of a sheet: one step a row in file order, and for each row the lines that leave it.

Nothing here has a place on paper yet. A line to the next row is the row's `spine`; an end stands beside the first step
that leads to it, the main path's own end below its last step. What a picture can't hold is told in words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import accumulate
from string import ascii_uppercase
from typing import Final, Literal

from ..model import FORWARD, Flow, Step, Transition
from ..org import Org
from ..text import Text
from ..words import Words
from .flow import ANYWHERE, AT_DUE, form_title, limits, target_title, time_allowed

Style = Literal["main", "forward", "back", "timer"]
START: Final = "start"
MARK: Final = "▲"
"""The mark of what is assumed and was read nowhere."""

MOST_ARROWS: Final = 9
"""So many arrows beside one box can still be read, and fit on one page; further ones are told in words."""

_TOGETHER: Final = 3


@dataclass(frozen=True, slots=True)
class Exit:
    """A line that leaves a row: one arrow, or several that lead to the same place. `labels` has one text for each arrow.

    `sign` is what the connector shows when the line isn't drawn through: a step's number, or an end's letter.
    `home` is the title of the end that is drawn at the end of this line.
    """

    source: str
    target: str
    arrows: tuple[Transition, ...]
    labels: tuple[str, ...]
    style: Style
    sign: str
    home: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """The start, a step, or the end of the main path. `lane` is a role; `times` and `papers` are cells of the table.

    `mark` says that the row rests on an assumption; `letter` is an end's sign.
    """

    id: str
    kind: Literal["start", "step", "end"]
    title: str
    lane: str
    number: int = 0
    main: bool = True
    step: Step | None = None
    times: str = ""
    papers: tuple[str, ...] = ()
    mark: str = ""
    spine: Exit | None = None
    exits: tuple[Exit, ...] = ()
    letter: str = ""

    @property
    def waits(self) -> bool:
        """Whether the clock stands at this step."""
        return self.step is not None and self.step.clock == "stopped"

    @property
    def ready(self) -> bool:
        """Whether the result is there once the dossier has come here."""
        return self.step is not None and self.step.ready

    @property
    def chooses(self) -> bool:
        """Whether a person picks one of several arrows here."""
        lines = (*((self.spine,) if self.spine else ()), *self.exits)
        return len([arrow for line in lines for arrow in line.arrows if arrow.kind != "timer"]) > 1


@dataclass(frozen=True, slots=True)
class Told:
    """Something said in words below the picture; `arrows` are those that it tells, from `source` or from every step."""

    text: str
    source: str = ""
    arrows: tuple[Transition, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything a sheet shows of a flow, in order; `letters` are the signs of ends that several lines lead to."""

    rows: tuple[Row, ...]
    told: tuple[Told, ...]
    letters: Mapping[str, str]


def rows(flow: Flow, org: Org, words: Words, lang: str) -> Sheet:
    """The rows of `flow`, and what is told in words because no line can show it."""
    plan = [_start(flow, lang), *_plan(flow, words, lang)]
    linked: list[Row] = []
    told: list[Told] = []
    homes: set[str] = {row.id for row in plan if row.kind == "end"}
    numbers = {row.id: row.number for row in plan if row.step}
    letters = _letters(flow, plan)
    for row, following in zip(plan, [*plan[1:], None], strict=True):
        lines = _lines(flow, org, row, numbers, letters, lang)
        if row.kind == "start":
            linked.append(replace(row, spine=_opening(row, plan[1])))
            continue
        spine = next((line for line in lines if following and line.target == following.id), None)
        beside = [line for line in lines if line is not spine]
        drawn = [line for line, count in zip(beside, _counts(beside), strict=True) if count <= MOST_ARROWS]
        told += [_told_exit(flow, row, line, lang) for line in beside[len(drawn) :]]
        exits, spine = _settle(drawn, flow, homes, lang), _unnamed(row, following, spine)
        linked.append(replace(row, spine=spine, exits=exits, letter=letters.get(row.id, "")))
    return Sheet(tuple(linked), (*told, *_everywhere(flow, lang)), letters)


_AVAILABLE: Mapping[str, Text] = {
    "procedure": Text("có kết quả tại Một cửa", "result at the one-stop unit"),
    "internal": Text("đã có kết quả", "the result is there"),
}


def _start(flow: Flow, lang: str) -> Row:
    title = Text("Bắt đầu", "Start") if flow.kind == "internal" else Text("Nộp hồ sơ", "Dossier handed in")
    return Row(START, "start", title.to(lang), flow.steps[0].by)


def _opening(start: Row, first: Row) -> Exit:
    return Exit(start.id, first.id, (), (), "main", str(first.number))


def _plan(flow: Flow, words: Words, lang: str) -> Iterator[Row]:
    last = [step for step in flow.steps if step.main][-1:]
    for number, step in enumerate(flow.steps, 1):
        yield _row(flow, words, step, number, lang)
        end = next((end for arrow in step.arrows if (end := flow.end(arrow.target))), None) if step in last else None
        if end:
            yield Row(end.id, "end", end.title.to(lang), step.by)


def _row(flow: Flow, words: Words, step: Step, number: int, lang: str) -> Row:
    marked = mark(flow, f"time.{step.id}", "times") if step.within else ""
    notes = [time_allowed(step, words, lang) + marked]
    if step.ready:
        notes.append(_AVAILABLE[flow.kind].to(lang))
    if step.charged_to:
        notes.append(Text("nếu chậm thì tính cho cơ quan khác", "lateness is another agency's").to(lang))
    arrows = (*step.arrows, *((step.at_limit,) if step.at_limit else ()))
    forms = dict.fromkeys((*step.forms, *(form for arrow in arrows for form in arrow.forms)))
    return Row(
        step.id,
        "step",
        step.title.to(lang),
        step.by,
        number,
        step.main,
        step,
        times="; ".join(notes),
        papers=tuple(form_title(words, form, lang) for form in forms),
        mark=MARK if assumed(flow, f"step.{step.id}", "steps") else "",
    )


def assumed(flow: Flow, *facts: str) -> bool:
    """Whether the first of these facts of which the file says where it comes from is assumed."""
    entry = next((entry for fact in facts if (entry := flow.provenance(fact))), None)
    return entry is not None and entry.status == "assumed"


def mark(flow: Flow, *facts: str) -> str:
    """What is put behind words that rest on an assumption."""
    return f" {MARK}" if assumed(flow, *facts) else ""


def _lines(
    flow: Flow, org: Org, row: Row, numbers: Mapping[str, int], letters: Mapping[str, str], lang: str
) -> list[Exit]:
    """The lines that leave a row, arrows to one place joined."""
    if row.step is None:
        return []
    lines = []
    for (target, timer), arrows in _joined(_drawn(flow, row.step)):
        number = numbers.get(target)
        back = number is not None and number <= row.number
        style: Style = "timer" if timer else "back" if back else "forward"
        labels = tuple(_label(flow, org, row.step, arrow, lang) for arrow in arrows)
        lines.append(Exit(row.id, target, arrows, labels, style, str(number or letters.get(target, "?"))))
    return lines


def _drawn(flow: Flow, step: Step) -> tuple[Transition, ...]:
    """The arrows drawn from a step: its own, and where the main path ends by waiting for it, the due moment's."""
    last = [main for main in flow.steps if main.main][-1]
    at_due = flow.at_due if step is last and step.clock == "run" and not step.ready else None
    return (*step.arrows, *(timer for timer in (step.at_limit, at_due) if timer))


def _joined(arrows: Iterable[Transition]) -> Iterator[tuple[tuple[str, bool], tuple[Transition, ...]]]:
    """The arrows of a step by target and by who takes them, a person or time; at most `_TOGETHER` in one line."""
    joined: dict[tuple[str, bool], list[Transition]] = {}
    for arrow in arrows:
        joined.setdefault((arrow.target, arrow.kind == "timer"), []).append(arrow)
    for place, arrows in joined.items():
        for first in range(0, len(arrows), _TOGETHER):
            yield place, tuple(arrows[first : first + _TOGETHER])


def _label(flow: Flow, org: Org, step: Step, arrow: Transition, lang: str) -> str:
    words = " ".join((arrow.title.to(lang) + limits(arrow, lang)).split())
    if arrow.by and arrow.by != step.by:
        role = org.roles.get(arrow.by)
        words += f" ({role.title.to(lang) if role else arrow.by})"
    return words + mark(flow, f"arrow.{step.id}.{arrow.action}")


def _unnamed(row: Row, following: Row | None, line: Exit | None) -> Exit | None:
    """A row's line to the next one: thick on the main path, and without the words "pass on", which every line says."""
    if line is None or following is None:
        return None
    plain = [arrow.action == FORWARD and arrow.times is None and arrow.deadline is None for arrow in line.arrows]
    labels = () if all(plain) else line.labels
    return replace(line, labels=labels, style="main" if row.main and following.main else line.style)


def _counts(lines: list[Exit]) -> Iterator[int]:
    """How many arrows there are up to each line."""
    return accumulate(len(line.arrows) for line in lines)


def _settle(lines: list[Exit], flow: Flow, homes: set[str], lang: str) -> tuple[Exit, ...]:
    """The first line to an end carries it; `homes` are the ends that have their place already."""
    settled = []
    for line in lines:
        end = None if line.target in homes else flow.end(line.target)
        homes.add(line.target)
        settled.append(replace(line, home=end.title.to(lang)) if end else line)
    return tuple(settled)


def _letters(flow: Flow, plan: list[Row]) -> dict[str, str]:
    """Signs for the ends that lines from several steps lead to: A, B, ..."""
    seen: dict[str, int] = {}
    for row in plan:
        if row.step:
            for (target, _), _ in _joined(_drawn(flow, row.step)):
                seen[target] = seen.get(target, 0) + 1
    shared = [end.id for end in flow.ends if seen.get(end.id, 0) > 1]
    return {end: _letter(place) for place, end in enumerate(shared)}


def _letter(place: int) -> str:
    return ascii_uppercase[place % 26] + (str(place // 26) if place >= 26 else "")


def _told_exit(flow: Flow, row: Row, line: Exit, lang: str) -> Told:
    target = target_title(flow, line.arrows[0], lang)
    place = f"{line.sign}. {target}" if line.sign.isdigit() else target
    words = Text(f"Từ bước {row.number} còn", f"From step {row.number} also").to(lang)
    return Told(f"{words}: {'; '.join(line.labels)}. {_leads(lang)}: {place}.", row.id, line.arrows)


def _leads(lang: str) -> str:
    return Text("Chuyển tới", "It leads to").to(lang)


def _everywhere(flow: Flow, lang: str) -> Iterator[Told]:
    if flow.at_due:
        yield _told(flow, AT_DUE.to(lang), flow.at_due, lang)
    for arrow in flow.anywhere:
        yield _told(flow, ANYWHERE.to(lang), arrow, lang)


def _told(flow: Flow, words: str, arrow: Transition, lang: str) -> Told:
    label = " ".join((arrow.title.to(lang) + limits(arrow, lang)).split())
    return Told(f"{words}: {label}. {_leads(lang)}: {target_title(flow, arrow, lang)}.", "*", (arrow,))
