"""A full step in memory (guard, lateness, next due, move) three ways in one run, and what a live dossier costs.

Run: python benchmarks/engine.py [ROUNDS]. The same hand-overs, the same calendar, the same log rows (the
receiver's confirmation and the hand-over) for all three, the same resulting moves, asserted:

- flowiso: `decide` and `follow`, as the engine and the simulator call them;
- a shared stock `transitions` Machine of the same flow, with the guard as condition and the rest in `after`;
- a hand-written dictionary table, everything in one function.

CPU time, interleaved, median of the rounds.
"""

from __future__ import annotations

import gc
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable
from datetime import datetime
from typing import Any

from transitions import Machine

from flowiso.app import Agency
from flowiso.calendar import Calendar
from flowiso.decision import decide, open_case
from flowiso.machine import Table
from flowiso.model import CONFIRM, RECEIVE, Move
from flowiso.state import State, advance, begin, follow
from flowiso.worktime import TZ, instant

CODE = "LTHH-13"
DOSSIERS = 4_000
START = instant(datetime(2021, 3, 1, 8, tzinfo=TZ))

Wish = tuple[str, str, str, int]


def script(table: Table) -> list[Wish]:
    """The main path up to the result: action, actor, receiver, seconds after the receipt."""
    wishes, holder, at = [], "lan.vp", 0
    for step in [step for step in table.flow.steps if step.main][:-1]:
        at += 5_400
        target = table.rows[table.rows[step.id].arcs["chuyen"].row.id]
        receiver = next(name for name in target.fits if name != holder)
        wishes.append(("chuyen", holder, receiver, at))
        holder = receiver
    return wishes


def received(table: Table, calendar: Calendar, base: int) -> State:
    """A dossier just received; making it isn't timed."""
    return begin(table, calendar, open_case(table, RECEIVE, "lan.vp", "", base))


def ours(table: Table, calendar: Calendar, wishes: list[Wish], state: State) -> tuple[list[Move], int]:
    """The engine's own two functions."""
    base, late = state.at, 0
    log: list[Move] = []
    for action, actor, to, after in wishes:
        at = base + after
        if state.step_due is not None and at > state.step_due:
            late += 1
        moves = decide(state, action, actor, to, at)
        log += moves
        state = follow(calendar, state, moves)
    return log, late


class Stock:
    """The same steps on one shared stock Machine; a cursor goes from dossier to dossier."""

    def __init__(self, table: Table, calendar: Calendar) -> None:
        self.rows = table.rows
        self.calendar = calendar
        flow = table.flow
        transitions = [
            {"trigger": a.action, "source": s.id, "dest": a.target, "conditions": [self.guard], "after": [self.done]}
            for s in flow.steps
            for a in flow.arrows(s)
        ]
        states = [*(step.id for step in flow.steps), *(end.id for end in flow.ends)]
        self.machine = Machine(
            model=None,
            states=states,
            transitions=transitions,
            initial=states[0],
            auto_transitions=False,
            send_event=True,
        )
        self.state: Any = states[0]

    def guard(self, event: Any) -> bool:
        actor, to, at = event.args
        return bool(actor == self.holder and at >= self.at and to in self.rows[event.transition.dest].fits)

    def done(self, event: Any) -> None:
        actor, to, at = event.args
        if self.step_due is not None and at > self.step_due:
            self.late += 1
        source = event.transition.source
        if not self.confirmed:
            self.log.append(Move(len(self.log) + 1, at, actor, CONFIRM, source, actor))
        target = self.rows[event.transition.dest]
        self.log.append(Move(len(self.log) + 1, at, actor, event.event.name, target.id, to))
        self.holder, self.at, self.confirmed = to, at, not target.confirms
        self.step_due = self.calendar.plus(at, target.seconds) if target.seconds else None

    def run(self, wishes: list[Wish], state: State) -> tuple[list[Move], int]:
        base = state.at
        self.state, self.holder, self.at, self.confirmed, self.late = state.row.id, state.holder, base, True, 0
        self.log: list[Move] = []
        self.step_due = state.step_due
        for action, actor, to, after in wishes:
            if not self.machine.events[action].trigger(self, actor, to, base + after):
                raise AssertionError(action)
        return self.log, self.late


Rows = dict[tuple[str, str], tuple[str, int, Any, bool]]


class Slot:
    """A dossier of the hand-written table."""

    __slots__ = ("at", "confirmed", "holder", "seq", "state", "step_due")


def by_hand(rows: Rows, calendar: Calendar, wishes: list[Wish], state: State) -> tuple[list[Move], int]:
    """A dictionary, one function, a slots object: what one would write without an engine."""
    dossier, base = Slot(), state.at
    dossier.state, dossier.holder, dossier.at, dossier.confirmed, dossier.seq = (
        state.row.id,
        state.holder,
        base,
        True,
        0,
    )
    dossier.step_due = state.step_due
    log: list[Move] = []
    late = 0
    for action, actor, to, after in wishes:
        at = base + after
        dest, seconds, fits, confirms = rows[dossier.state, action]
        if actor != dossier.holder or at < dossier.at or to not in fits:
            raise AssertionError(action)
        if dossier.step_due is not None and at > dossier.step_due:
            late += 1
        if not dossier.confirmed:
            dossier.seq += 1
            log.append(Move(dossier.seq, at, actor, CONFIRM, dossier.state, actor))
        dossier.seq += 1
        log.append(Move(dossier.seq, at, actor, action, dest, to))
        dossier.state, dossier.holder, dossier.at, dossier.confirmed = dest, to, at, not confirms
        dossier.step_due = calendar.plus(at, seconds) if seconds else None
    return log, late


def timed(work: Callable[[State], Any], dossiers: list[State], steps: int) -> float:
    """CPU microseconds a step over the script of every dossier."""
    gc.collect()
    start = time.process_time()
    for dossier in dossiers:
        work(dossier)
    return (time.process_time() - start) / len(dossiers) / steps * 1e6


def bytes_per_dossier(table: Table, calendar: Calendar, wishes: list[Wish], dossiers: int) -> float:
    """What a live dossier's state holds beyond its log, by tracemalloc."""
    firsts = [open_case(table, RECEIVE, "lan.vp", "", START + index) for index in range(dossiers)]
    logs = [[first, *ours(table, calendar, wishes[:4], begin(table, calendar, first))[0]] for first in firsts]
    gc.collect()
    tracemalloc.start()
    states: list[State] = []
    for log in logs:
        state = begin(table, calendar, log[0])
        for move in log[1:]:
            state = advance(calendar, state, move)
        states.append(state)
    gc.collect()
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return held / len(states)


def growth(table: Table, calendar: Calendar, wishes: list[Wish], steps: int) -> tuple[float, float]:
    """Microseconds a step with 1,000 and with 100,000 dossiers alive beside."""
    alive: list[State] = []
    found = []
    for count in (1_000, 100_000):
        while len(alive) < count:
            alive.append(received(table, calendar, START + len(alive)))
        gc.freeze()
        found.append(
            min(timed(lambda state: ours(table, calendar, wishes, state), alive[:1_000], steps) for _ in range(9))
        )
        gc.unfreeze()
    return found[0], found[1]


def main() -> None:
    """Print the ratios and the memory."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    agency = Agency.load()
    table, calendar = agency.table(CODE, 1, 2021), agency.calendar
    wishes = script(table)
    stock = Stock(table, calendar)
    rows = {
        (row.id, action): (arc.row.id, arc.row.seconds or 0, arc.row.fits, arc.row.confirms)
        for row in table.rows.values()
        for action, arc in row.arcs.items()
    }
    contenders: list[Callable[[State], Any]] = [
        lambda state: ours(table, calendar, wishes, state),
        lambda state: stock.run(wishes, state),
        lambda state: by_hand(rows, calendar, wishes, state),
    ]
    dossiers = [received(table, calendar, START + index) for index in range(DOSSIERS)]
    for state in dossiers[::100]:
        answers = [work(state) for work in contenders]
        assert answers[0] == answers[1] == answers[2]
    times = [[timed(work, dossiers, len(wishes)) for work in contenders] for _ in range(rounds)]
    mine, theirs, hand = (statistics.median(column) for column in zip(*times, strict=True))
    print(f"us a full step (confirmation and hand-over): flowiso {mine:.2f}, stock {theirs:.2f}, by hand {hand:.2f}")
    print(
        f"against the shared stock Machine: {statistics.median(b / a for a, b, _ in times):.1f} times as fast (goal >= 5)"
    )
    print(f"against the dictionary by hand: {statistics.median(c / a for a, _, c in times):.2f} (goal >= 0.25)")
    print(
        f"bytes a live dossier beyond its log: {bytes_per_dossier(table, calendar, wishes, 20_000):.0f} (goal <= 250)"
    )
    few, many = growth(table, calendar, wishes, len(wishes))
    print(f"us a step with 1,000 alive {few:.2f}, with 100,000 alive {many:.2f}")


if __name__ == "__main__":
    main()
