"""Random walks: dossiers of the shipped flows that move as people might move them, allowed moves and refused ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from random import Random

from archetypes import one_of_each

from flowiso import decision
from flowiso.app import Agency
from flowiso.calendar import Calendar
from flowiso.errors import Misrouted, NotAllowed
from flowiso.handover import last_holder
from flowiso.library import bundled, load
from flowiso.machine import Row, Table
from flowiso.model import APPLICANT, BOUNCE, CONFIRM, REASSIGN, RECALL, RECEIVE, SUBMIT, Move
from flowiso.refusals import Said
from flowiso.state import State, advance, begin, ripe

TOLD = Said("lý do", {"fault": "applicant"})
HOUR, DAY = 3600, 86400
START_OF_2021 = 1_609_434_000  # 01/01/2021 00:00 in Vietnam
VERBS = (CONFIRM, RECALL, BOUNCE, REASSIGN, RECEIVE)
PAUSES = (0, 1, 60, HOUR, 4 * HOUR, 9 * HOUR, DAY, 3 * DAY, 9 * DAY, 40 * DAY)


@cache
def agency() -> Agency:
    """The shipped flows, loaded once."""
    return Agency.load()


CODES = [flow.code for flow in one_of_each(load(bundled()).flows) if flow.kind == "procedure"]


@dataclass
class Walk:
    """A log with the state after every line, and what every decision said."""

    table: Table
    calendar: Calendar
    moves: list[Move]
    states: list[State]
    decisions: list[tuple[State, tuple[Move, ...]]] = field(default_factory=list)
    refused: int = 0

    @property
    def state(self) -> State:
        """Where it stands."""
        return self.states[-1]

    def add(self, moves: Sequence[Move]) -> None:
        """What a decision said, folded line by line."""
        self.decisions.append((self.state, tuple(moves)))
        for move in moves:
            self.moves.append(move)
            self.states.append(advance(self.calendar, self.state, move))


def set_out(code: str, seed: int) -> tuple[Walk, Random]:
    """A dossier handed in at any minute up to April 2021, received at the counter or submitted."""
    random = Random(f"{code} {seed}")
    table, calendar = agency().table(code, 1, 2021), agency().calendar
    at = START_OF_2021 + random.randrange(120 * DAY)
    verb = random.choice((RECEIVE, RECEIVE, SUBMIT))
    first = decision.open_case(table, verb, "lan.vp", "lan.vp", at)
    return Walk(table, calendar, [first], [begin(table, calendar, first)]), random


def walk(code: str, seed: int, length: int = 40, strict: bool = True) -> Walk:
    """At most so many tries, as an engine makes them: what time has done is put down first."""
    found, random = set_out(code, seed)
    for _ in range(length):
        if found.state.ended:
            break
        at = found.state.at + random.choice(PAUSES) + random.randrange(120)
        settle(found, at)
        try_something(found, random, at, strict)
    return found


def settle(found: Walk, at: int) -> None:
    """The moves of the system up to a moment."""
    while timer := ripe(found.state, at):
        row = timer[1].row
        to = "" if row.step is None else last_holder(found.table, found.moves, row) or next(iter(row.fits))
        found.add([decision.system_move(found.state, timer, to)])


def try_something(found: Walk, random: Random, at: int, strict: bool = True) -> None:
    """One wish of somebody; refusals are counted."""
    state = found.state
    actions = decision.actions(state)
    roll = random.random()
    if state.received is None and roll < 0.6:
        action, actor, to = RECEIVE, random.choice(list(state.row.fits)), ""
    elif actions and roll < 0.85:
        ends = [name for name in actions if state.row.arcs[name].row.kind is not None]
        onward = [name for name in actions if name not in ends]
        action = random.choice(ends if ends and (not onward or random.random() < 0.04) else onward)
        actor, to = who(state, action, random), receiver(state.row.arcs[action].row, state, random, strict)
    else:
        action = random.choice(VERBS)
        actor = random.choice((state.holder, state.sender))
        to = receiver(state.row, state, random, strict) if not state.ended else ""
    try:
        found.add(decision.decide(state, action, actor, to, at, strict, TOLD))
    except (NotAllowed, Misrouted):
        found.refused += 1


def who(state: State, action: str, random: Random) -> str:
    """Who may well take it: the holder, or whoever records for him."""
    arc = state.row.arcs[action]
    others = sorted(arc.takers or state.row.recorders)
    if others and (arc.takers or state.holder == APPLICANT or random.random() < 0.5):
        return random.choice(others)
    return state.holder


def receiver(row: Row, state: State, random: Random, strict: bool) -> str:
    """Mostly somebody fitting; sometimes, where wrong hand-overs are let through, anybody."""
    if row.step is None:
        return ""
    if not strict and random.random() < 0.25:
        return random.choice(sorted(agency().org.accounts))
    return random.choice(list(row.fits))
