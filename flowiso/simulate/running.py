"""A dossier on its way through a simulated year."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, cast

from ..decision import usual_lines
from ..machine import Arc
from ..model import Case, Move
from ..state import State
from ..worktime import ordinal

JOIN, DONE, KIND = 1, 2, 26
"""Of an event on the agenda: two kinds, and the bit at which the kind begins."""
_JOINS, _DONES = JOIN << KIND, DONE << KIND

if TYPE_CHECKING:
    from .arrivals import Coming
    from .behaviour import Behaviour
    from .hands import Hand


Act = tuple[int, State, Arc, str, str, int, int]
"""A usual arrow that was taken, as `usual_lines` has it: the number of its line, in which state, which arrow, by whom, to whom,
when, and when the dossier had been taken up."""


class Running:
    """A dossier, its log so far, and its present visit of a step.

    The lines of usual arrows are written when somebody reads them (`written`); of most dossiers whose log is dropped nobody does.

    It was `submitted` at an instant, as number `place` of that day. `number` is its number on the agenda, `join` and `done` are
    the ends of its events there. `luck` is what the visit draws from, `base` the dossier's own; `seen` are the bits of the steps
    it came to, `again` how often it came back to one, `held` who had it last by the number of the role. At the present step,
    worked as `behaviour`, it is with `hand` since `entered`, taken up at `start`, -1 before, which is the instant `taken`;
    `effort` are the working seconds of the work (of who has no queue, as many as he takes). `right` is who should have it,
    while it is with a wrong account, `by_head` whether a head will find that out. `apart` is None as long as each of its
    stays was counted when it was over, else how many were. A head was `warned` first at that working second, 0 for never, and
    `acted` on a warning or not. `forgotten`: somebody laid it aside and forgot it.
    """

    __slots__ = (
        "acted",
        "again",
        "apart",
        "arrival",
        "base",
        "behaviour",
        "by_head",
        "done",
        "effort",
        "entered",
        "forgotten",
        "hand",
        "held",
        "join",
        "log",
        "luck",
        "number",
        "place",
        "right",
        "seen",
        "start",
        "state",
        "submitted",
        "taken",
        "warned",
    )

    hand: Hand
    behaviour: Behaviour
    luck: int
    entered: int
    number: int
    join: int
    done: int
    taken: int
    by_head: bool

    def __init__(
        self, arrival: Coming, submitted: int, place: int, state: State, log: list[Move | Act], held: list[Hand | None]
    ) -> None:
        self.arrival = arrival
        self.submitted = submitted
        self.name(arrival.serial)
        self.place = place
        self.base = arrival.luck
        self.state = state
        self.log = log
        self.effort = self.warned = self.seen = 0
        self.start = -1
        self.again: dict[int, int] | None = None
        self.right: Hand | None = None
        self.apart: int | None = None
        self.acted = self.forgotten = False
        self.held = held

    @property
    def case(self) -> Case:
        """What it is called (R33), made whenever asked for: of most dossiers whose log is dropped nobody asks."""
        flow, agency = self.arrival.table.flow, self.arrival.table.org.agency
        number = f"{agency}-{_day(ordinal(self.submitted))}-{self.place:04d}"
        return Case(agency, number, flow.code, flow.version, self.arrival.channel)

    def name(self, number: int) -> None:
        """Give it a number on the agenda."""
        self.number = number
        self.join, self.done = _JOINS | number, _DONES | number

    def nth(self, bit: int) -> int:
        """How often it had come to a step before, now that it comes again."""
        if self.again is None:
            self.again = {}
        self.again[bit] = times = self.again.get(bit, 0) + 1
        return times

    def written(self) -> list[Move]:
        """Its log, all lines of which are written by now; the same list each time."""
        lines: list[Move] = []
        for entry in self.log:
            lines += (entry,) if isinstance(entry, Move) else usual_lines(*entry)
        self.log[:] = lines
        return cast("list[Move]", self.log)


@lru_cache(maxsize=8)
def _day(number: int) -> str:
    """A numbered day as it stands in numbers of dossiers."""
    return f"{date.fromordinal(number):%y%m%d}"
