"""Where the arrows of a flow lead, with mistyped targets read as what was meant, and what can be reached."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from flowiso.model import Flow, Step, Transition
from flowiso.schema import nearest
from flowiso.text import Text

WANTED = frozenset({"granted", "silence", "recorded"})
"""Kinds of ends that are what the applicant wanted."""

_GUESSES = 20
_NOWHERE: frozenset[str] = frozenset()
_WHOLE = {"steps", "aside", "ends", "anywhere", "at-due"}


class Ways:
    """`leaving`: each step's arrows, `arrows` with where they lead; `leads`: only where; `blind`: steps with one not understood.

    Arrows from `anywhere` are left out unless asked for: they are no way on for the agency. An `at-due` that leads to a
    step counts as not understood: it is FLW216, and what follows from it isn't told again.
    """

    def __init__(self, flow: Flow, *, anywhere: bool = False) -> None:
        self.flow = flow
        steps = {step.id for step in flow.steps}
        self.ids = steps | {end.id for end in flow.ends}
        self._guessed: dict[str, str | None] = {}
        self._asking: dict[str, Asking] = {}
        self._after: dict[str, frozenset[str]] = {}
        self._onward: dict[str, frozenset[str]] = {}
        self._going: frozenset[str] | None = None
        self._before: dict[str, list[str]] | None = None
        self.leaving = {step.id: flow.arrows(step) for step in flow.steps}
        self.arrows: dict[str, tuple[tuple[Transition, str], ...]] = {}
        self.leads: dict[str, frozenset[str]] = {}
        blind: set[str] = set()
        too_late = flow.at_due if flow.at_due and self.meant(flow.at_due.target) in steps else None
        left_out = set() if anywhere else {id(arrow) for arrow in flow.anywhere}
        for step in flow.steps:
            arrows = [arrow for arrow in self.leaving[step.id] if id(arrow) not in left_out]
            known = tuple((arrow, to) for arrow in arrows if (to := self.meant(arrow.target)) and arrow is not too_late)
            self.arrows[step.id] = known
            self.leads[step.id] = frozenset(target for _, target in known)
            if len(known) < len(arrows) or _hidden(flow, step):
                blind.add(step.id)
        self.blind = frozenset(blind)

    def meant(self, target: str) -> str | None:
        """The step or end itself, else the one it was probably meant to be; only a few guesses are made."""
        if target in self.ids:
            return target
        if target not in self._guessed:
            self._guessed[target] = nearest(target, self.ids) if len(self._guessed) < _GUESSES else None
        return self._guessed[target]

    def after(self, start: str) -> frozenset[str]:
        """All that can be reached from a step, itself only over a loop."""
        if start not in self._after:
            self._after[start] = _reached(start, self.leads)
        return self._after[start]

    def leading_to(self, targets: Iterable[str]) -> set[str]:
        """The targets, and every step from which one of them can be reached."""
        if self._before is None:
            self._before = _turned(self.leads)
        return _back_from(targets, self._before)

    @cached_property
    def written(self) -> tuple[Transition, ...]:
        """Every arrow as the file writes it, each once."""
        return tuple(all_arrows(self.flow))

    @cached_property
    def roles(self) -> frozenset[str]:
        """Every role that a row or an arrow names."""
        return frozenset(by for by, _ in named(self.flow))

    @cached_property
    def open(self) -> frozenset[str]:
        """The steps a dossier may be at before there is a result, as far as arrows are understood; ready ones aren't."""
        ready = {step.id for step in self.flow.steps if step.ready}
        found: set[str] = set()
        ahead = [step.id for step in self.flow.steps[:1]]
        while ahead:
            here = ahead.pop()
            if here not in found and here not in ready and here in self.leads:
                found.add(here)
                ahead += self.leads[here]
        return frozenset(found)

    def onward(self, start: str) -> frozenset[str]:
        """All that can be reached from a step without being sent back."""
        if start not in self._onward:
            self._onward[start] = _reached(start, self._leads_on)
        return self._onward[start]

    def goes_on(self, start: str) -> bool:
        """Whether a case that stands here may come to what was asked for (`WANTED`) without being sent back."""
        if self._going is None:
            before = _turned(self._leads_on)
            self._going = frozenset(_back_from((end.id for end in self.flow.ends if end.kind in WANTED), before))
        return start in self._going

    @cached_property
    def _leads_on(self) -> dict[str, frozenset[str]]:
        """Where each step leads without being sent back."""
        return {
            name: frozenset(target for arrow, target in arrows if arrow.kind != "send-back")
            for name, arrows in self.arrows.items()
        }

    def asking(self, arrow: Transition) -> Asking:
        """The way that `arrow`, which asks the applicant for something, begins: on by forward arrows until the clock stops."""
        if arrow.target not in self._asking:
            self._asking[arrow.target] = _asking(arrow.target, self._aside)
        return self._asking[arrow.target]

    @cached_property
    def _aside(self) -> dict[str, Step]:
        return {step.id: step for step in self.flow.steps if not step.main}

    @cached_property
    def going_out(self) -> frozenset[str]:
        """The ends, and every step from which one of them can be reached."""
        return frozenset(self.leading_to(end.id for end in self.flow.ends))


def _reached(start: str, leads: Mapping[str, frozenset[str]]) -> frozenset[str]:
    found: set[str] = set()
    ahead = [start]
    while ahead:
        new = leads.get(ahead.pop(), _NOWHERE) - found
        found |= new
        ahead += new
    return frozenset(found)


def _turned(leads: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """Where one comes from, by where one gets to."""
    before: dict[str, list[str]] = {}
    for source, targets in leads.items():
        for target in targets:
            before.setdefault(target, []).append(source)
    return before


def _back_from(targets: Iterable[str], before: dict[str, list[str]]) -> set[str]:
    found = set(targets)
    ahead = list(found)
    while ahead:
        for source in before.get(ahead.pop(), ()):
            if source not in found:
                found.add(source)
                ahead.append(source)
    return found


class Asking(NamedTuple):
    """The way from an arrow to the applicant: the steps off the main path it leads over, and those where it waits."""

    steps: tuple[Step, ...]
    waits: tuple[Step, ...]


def _asking(start: str, aside: Mapping[str, Step]) -> Asking:
    steps: dict[str, Step] = {}
    waits: dict[str, Step] = {}
    ahead = [start]
    while ahead:
        step = aside.get(ahead.pop())
        if step is None or step.id in steps:
            continue
        if step.clock == "stopped":
            waits[step.id] = step
            continue
        steps[step.id] = step
        ahead += [arrow.target for arrow in step.arrows if arrow.kind == "forward"]
    return Asking(tuple(steps.values()), tuple(waits.values()))


def all_arrows(flow: Flow) -> Iterator[Transition]:
    """Every arrow as the file writes it, each once."""
    for step in flow.steps:
        yield from step.arrows
        if step.at_limit:
            yield step.at_limit
    yield from flow.anywhere
    if flow.at_due:
        yield flow.at_due


def named(flow: Flow) -> Iterator[tuple[str, Step | Transition]]:
    """Every role that a row or an arrow names, with what names it."""
    for step in flow.steps:
        if step.by:
            yield step.by, step
    for arrow in all_arrows(flow):
        if arrow.by:
            yield arrow.by, arrow


def whose(thing: Step | Transition) -> Text:
    """A row or an arrow as a message names it."""
    if isinstance(thing, Step):
        return Text(f"bước '{thing.id}'", f"step '{thing.id}'")
    return Text(f"mũi tên '{thing.action}'", f"arrow '{thing.action}'")


def _hidden(flow: Flow, step: Step) -> bool:
    """Whether an arrow of the step was written but not understood."""
    own = {f"step.{step.id}.then", f"step.{step.id}.at-limit"} if flow.unread else _NOWHERE
    return not flow.unread.isdisjoint(own | _WHOLE)
