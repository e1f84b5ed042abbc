"""Where the arrows of a flow lead, with mistyped targets read as what was meant, and what can be reached."""

from __future__ import annotations

from collections.abc import Iterator

from flowiso.model import Flow, Step, Transition
from flowiso.schema import nearest

_GUESSES = 20
_WHOLE = {"steps", "aside", "ends", "anywhere", "at-due"}


class Ways:
    """`leads`: the steps and ends each step's arrows lead to; `blind`: steps of which an arrow isn't understood.

    Arrows from `anywhere` are left out unless asked for: they are no way on for the agency.
    """

    def __init__(self, flow: Flow, *, anywhere: bool = False) -> None:
        self.ids = {step.id for step in flow.steps} | {end.id for end in flow.ends}
        self._guessed: dict[str, str | None] = {}
        self.leads: dict[str, frozenset[str]] = {}
        blind: set[str] = set()
        shared = set(flow.anywhere)
        for step in flow.steps:
            arrows = [arrow for arrow in flow.arrows(step) if anywhere or arrow not in shared]
            targets = [self.meant(arrow.target) for arrow in arrows]
            self.leads[step.id] = frozenset(target for target in targets if target)
            if None in targets or _hidden(flow, step):
                blind.add(step.id)
        self.blind = frozenset(blind)

    def meant(self, target: str) -> str | None:
        """The step or end itself, else the one it was probably meant to be; only a few guesses are made."""
        if target in self.ids:
            return target
        if target not in self._guessed:
            self._guessed[target] = nearest(target, self.ids) if len(self._guessed) < _GUESSES else None
        return self._guessed[target]

    def after(self, start: str) -> set[str]:
        """All that can be reached from a step, itself only over a loop."""
        found: set[str] = set()
        ahead = [start]
        while ahead:
            new = self.leads.get(ahead.pop(), frozenset()) - found
            found |= new
            ahead += new
        return found


def all_arrows(flow: Flow) -> Iterator[Transition]:
    """Every arrow as the file writes it, each once."""
    for step in flow.steps:
        yield from step.arrows
        if step.at_limit:
            yield step.at_limit
    yield from flow.anywhere
    if flow.at_due:
        yield flow.at_due


def _hidden(flow: Flow, step: Step) -> bool:
    """Whether an arrow of the step was written but not understood."""
    own = {f"step.{step.id}.then", f"step.{step.id}.at-limit"}
    return not flow.unread.isdisjoint(own | _WHOLE)
