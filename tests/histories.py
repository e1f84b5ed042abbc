"""Random histories of dossiers: any shipped shape, any hour of the year, wrong hand-overs, stops, corrections, days swapped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from random import Random
from typing import NamedTuple

from walks import DAY, HOUR, Walk, agency, receiver, settle, who

from flowiso import decision
from flowiso.errors import CalendarUnknown, FlowISOError
from flowiso.machine import Table
from flowiso.model import (
    ASKING,
    BOUNCE,
    CONFIRM,
    CORRECT,
    PAUSE,
    REAPPOINT,
    REASSIGN,
    RECALL,
    RECEIVE,
    RESUME,
    STOP,
    SUBMIT,
    WITHDRAW,
    Flow,
    Move,
)
from flowiso.refusals import Said
from flowiso.state import State, begin
from flowiso.worktime import local, midnight

PAUSES = (0, 0, 1, 60, 600, HOUR, HOUR, 4 * HOUR, 9 * HOUR, DAY, 3 * DAY, 9 * DAY, 40 * DAY)
FIRST, LAST = 1_514_739_600, 1_735_664_400  # 01/01/2018 and 01/01/2025, 00:00 in Vietnam
HAND_OVERS = (CONFIRM, CONFIRM, RECALL, BOUNCE, BOUNCE, REASSIGN, REASSIGN)
RARE = (PAUSE, RESUME, RESUME, STOP, WITHDRAW, CORRECT)


class History(NamedTuple):
    """A dossier's lines, the flow they belong to, and a moment to look at them, at or after the last one."""

    table: Table
    moves: tuple[Move, ...]
    at: int


@cache
def flows() -> tuple[Flow, ...]:
    """One flow of each archetype, clock policy, kind of term and set of unusual arrows."""
    found: dict[object, Flow] = {}
    for flow in agency().flows:
        unusual = {(one.kind, one.deadline, one.policy) for step in flow.steps for one in step.arrows if rare(one)}
        unit = flow.deadline.unit if flow.deadline else None
        if not any(step.until for step in flow.steps):
            found.setdefault((flow.archetype, flow.clock_policy, unit, frozenset(unusual)), flow)
    return tuple(found.values())


def rare(arrow: object) -> bool:
    """Whether an arrow sets a term or stops the clock in a way of its own."""
    return bool(getattr(arrow, "deadline", None) or getattr(arrow, "policy", None))


@cache
def special_midnights() -> tuple[int, ...]:
    """When the days off and the worked Saturdays begin."""
    found = (midnight(row.day.toordinal()) for row in agency().calendar.days)
    return tuple(at for at in found if FIRST < at < LAST)


def history(seed: int, promises: bool = False) -> History:
    """The history of a number; the same number tells the same. Some are re-appointed where `promises` are made (R49)."""
    random = Random(seed)
    walk, strict = set_out(random), random.random() < 0.4
    for _ in range(random.choice((6, 20, 60))):
        at = walk.state.at + random.choice(PAUSES) + random.randrange(120)
        try:
            settle(walk, at)
            if promises and random.random() < 0.2:
                promise(walk, random, at)
            else:
                try_something(walk, random, at, strict)
        except CalendarUnknown:
            break
        except FlowISOError:
            walk.refused += 1
    return cut(walk, random)


def promise(walk: Walk, random: Random, at: int) -> None:
    """An apology that promises a later day, which may be refused."""
    until = local(walk.state.due or at).date() + timedelta(random.randrange(1, 25))
    said = Said("quá tải", {"until": until.isoformat()})
    walk.add(decision.decide(walk.state, REAPPOINT, leader(random), "", at, False, said))


def set_out(random: Random) -> Walk:
    """A dossier handed in at any second, often near a day off or a worked Saturday."""
    table, calendar = agency().table(random.choice(flows()).code, 1, 2021), agency().calendar
    at = random.randrange(FIRST, LAST)
    if random.random() < 0.6:
        at = random.choice(special_midnights()) + random.randrange(-6 * DAY, 3 * DAY)
    verb, desk = random.choice((RECEIVE, RECEIVE, SUBMIT)), random.choice(sorted(table.first.fits))
    try:
        first = decision.open_case(table, verb, desk, desk, at)
    except FlowISOError:
        return set_out(random)
    return Walk(table, calendar, [first], [begin(table, calendar, first)])


def try_something(walk: Walk, random: Random, at: int, strict: bool) -> None:
    """One wish of somebody, which may be refused."""
    state, roll = walk.state, random.random()
    actions = decision.actions(state)
    if state.received is None and not state.ended and roll < 0.6:
        action, actor, to = RECEIVE, random.choice(list(state.row.fits)), ""
    elif state.paused and roll < 0.5:
        action, actor, to = RESUME, leader(random), ""
    elif actions and roll < 0.72 and not state.ended:
        action = arrow(state, actions, random)
        actor, to = who(state, action, random), receiver(state.row.arcs[action].row, state, random, strict)
    elif not state.ended and roll < 0.93:
        action, actor = (
            random.choice(HAND_OVERS),
            random.choice((state.holder, state.holder, state.sender, leader(random))),
        )
        to = receiver(state.row, state, random, strict)
    else:
        action, actor, to = random.choice(RARE), random.choice((leader(random), "lan.vp")), ""
    steps = [row for row in walk.table.rows.values() if row.step is not None and not row.resolves and not row.stopped]
    back = random.choice(steps)
    if action == CORRECT:
        to = receiver(back, state, random, strict)
    of = random.choice(("misroute", "late"))
    said = Said("có lý do", {"ground": "Luật 1", "step": back.id, "of": of}, force=random.random() < 0.1)
    walk.add(decision.decide(state, action, actor, to, at, strict, said))


def leader(random: Random) -> str:
    """One of the department's leaders."""
    return random.choice(("quang.lds", "phuong.lds", "son.lds"))


def arrow(state: State, actions: Sequence[str], random: Random) -> str:
    """An arrow, more often one that turns the legal clock, seldom one to an end."""
    ends = [name for name in actions if state.row.arcs[name].row.kind is not None]
    onward = [name for name in actions if name not in ends]
    telling = [name for name in onward if turns(state, name)]
    if telling and random.random() < 0.3:
        return random.choice(telling)
    return random.choice(ends if ends and (not onward or random.random() < 0.04) else onward)


def turns(state: State, name: str) -> bool:
    """Whether an arrow leads to a stopped clock or sets a term."""
    found = state.row.arcs[name]
    return found.kind in ASKING or found.row.stopped or found.arrow.deadline is not None


def cut(walk: Walk, random: Random) -> History:
    """As it stood at some moment: at its last line, after it, or at an earlier one (R92)."""
    lines = tuple(walk.moves[: len(walk.states)])  # without one that leads beyond the calendar
    if random.random() < 0.3:
        last = random.choice(lines).at
        return History(walk.table, tuple(move for move in lines if move.at <= last), last)
    return History(walk.table, lines, walk.state.at + random.choice((0, 0, 60, 9 * HOUR, 4 * DAY)))
