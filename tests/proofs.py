"""Random flows, and their deadlines tried by living every path through the engine's own state: the proof's oracle.

Nothing here is shared with `flowiso.proof` or `flowiso.stretches`: paths are walked on the compiled table, times are the
step dues the engine sets, verdicts are its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from random import Random
from typing import NamedTuple

from flowiso.calendar import Calendar
from flowiso.duedate import verdict
from flowiso.flowfile import read_flow
from flowiso.library import bundled, load_calendar
from flowiso.machine import Arc, Table, compile_flow
from flowiso.model import RECEIVE, Account, Flow, Move, Role
from flowiso.org import Limits, Org
from flowiso.state import State, advance, begin
from flowiso.text import Text
from flowiso.words import Words
from flowiso.worktime import midnight, ordinal

DAY = 86400
ASKING = ("supplement", "fee", "repair")
HAND_INS = (0, 1, 3, 6, 9, 14)
ENDLESS = 1 << 60
ROLES = ("mot-cua", "truong-phong", "chuyen-vien", "giam-doc", "van-thu")


def _role(name: str, party: str = "agency") -> Role:
    return Role(name, Text(name, name), "", party)  # type: ignore[arg-type]


ORG = Org(
    agency="H19.1",
    title=Text("Sở Mẫu", "Sample"),
    limits=Limits(),
    roles={name: _role(name) for name in ROLES} | {"nguoi-nop": _role("nguoi-nop", "applicant")},
    accounts={f"{name}.1": Account(f"{name}.1", name, frozenset({name}), "") for name in (*ROLES, "nguoi-nop")},
)


@cache
def calendar() -> Calendar:
    """The shipped calendar."""
    return load_calendar(bundled())


HEAD = """
code: A-1
version: 1
status: draft
title: x
field: f
division: d
decided_by: so
online_level: 4
interconnected: no
deadline: {deadline}
clock_policy: {policy}
effective: {{from: 2018-01-01}}
issued_by: x"""


class Late(NamedTuple):
    """A dossier received at `received` that was late: with its moves."""

    received: int
    moves: tuple[Move, ...]


class Tried(NamedTuple):
    """What living every path gave: the first late dossier, and the least working time left over."""

    late: Late | None
    slack: int | None


def random_flow(seed: int) -> Flow:
    """A flow with a main path and, by chance, loops to the applicant, side paths, limits and terms set by arrows."""
    draw = Random(seed)
    count = draw.randint(2, 4)
    rows = [_row(draw, f"b{n}") for n in range(count)]
    needed = sum(hours for _, hours in rows)
    then: dict[int, list[str]] = {n: [] for n in range(count)}
    aside: list[str] = []
    policy = draw.choice(("restart", "pause", "none"))
    for kind in ASKING:
        if draw.random() < 0.4:
            _loop(draw, kind, count, then, aside)
    if draw.random() < 0.5:
        _branch(draw, count, then, aside)
    if draw.random() < 0.3:
        n = draw.randrange(count)
        then[n].append(f"lam-lai: {{to: b{n}, times: 1}}")
    deadline = _deadline(draw, needed)
    steps = "\n".join(f"  b{n}: {{{row}{_then(then[n], n == count - 1)}}}" for n, (row, _) in enumerate(rows))
    text = f"""{HEAD.format(deadline=deadline, policy=policy)}
steps:
{steps}
aside:
{chr(10).join(aside) or "  thua: {by: van-thu, within: 1wh, then: {xong: xong}}"}
ends: {{xong: granted, bo: refused, khong: refused-intake}}
facts: [{{of: [steps], read: x}}]
"""
    flow, findings = read_flow(text.encode(), "a-1.yaml", Words())
    assert flow is not None, text
    assert not findings, (findings, text)
    return flow


def _row(draw: Random, name: str) -> tuple[str, float]:
    unit, amount = draw.choice(
        (("wh", draw.randint(1, 24) / 2), ("wh", draw.randint(1, 24) / 2), ("wd", draw.choice((0.5, 1, 2))))
    )
    hours = amount * (8 if unit == "wd" else 1)
    return f"by: {draw.choice(ROLES)}, within: {amount:g}{unit}", hours


def _then(arrows: list[str], last: bool) -> str:
    arrows = [*arrows, *(["xong: xong"] if last else [])]
    return f", then: {{{', '.join(arrows)}}}" if arrows else ""


def _loop(draw: Random, kind: str, count: int, then: dict[int, list[str]], aside: list[str]) -> None:
    """A way to the applicant and back: over a sending step or not, back to the asking step or another."""
    at = draw.randrange(count)
    policy = draw.choice(("", "", ", policy: restart", ", policy: pause"))
    sends = draw.random() < 0.7
    then[at].append(f"hoi-{kind}: {{to: {'gui' if sends else 'cho'}-{kind}, kind: {kind}{policy}}}")
    if sends:
        aside.append(f"  gui-{kind}: {{by: mot-cua, within: {draw.choice((1, 2, 4))}wh, then: {{gui: cho-{kind}}}}}")
    back = at if draw.random() < 0.7 else draw.randrange(at + 1)
    limit = f", within: 10d, at-limit: {{het-han: b{back}}}" if draw.random() < 0.2 else ""
    aside.append(f"  cho-{kind}: {{by: nguoi-nop, clock: stopped, then: {{da-nop: b{back}}}{limit}}}")


def _branch(draw: Random, count: int, then: dict[int, list[str]], aside: list[str]) -> None:
    """A side path that ends in a refusal or rejoins the main path, perhaps with another term."""
    at = draw.randrange(count)
    term = f", deadline: {draw.randint(1, 15)}wd" if draw.random() < 0.3 else ""
    then[at].append(f"re: {{to: phu, kind: refuse{term}}}")
    aside.append(
        f"  phu: {{by: giam-doc, within: {draw.randint(1, 20)}wh, then: {{{draw.choice(('ve: bo', 'ky: bo'))}}}}}"
    )


def _deadline(draw: Random, needed: float) -> str:
    days = max(1, round(needed / 8))
    unit = draw.choice(("wd", "wd", "d", "d", "wh", "h"))
    return {
        "wd": f"{max(1, days + draw.randint(-1, 2))}wd",
        "d": f"{max(1, 2 * days + draw.randint(0, 14))}d",
        "wh": f"{max(1, round(needed) + draw.randint(-4, 8))}wh",
        "h": f"{24 * max(1, 2 * days + draw.randint(0, 14))}h",
    }[unit]


def receipts(first: int, last: int) -> Iterator[int]:
    """Every working day from one to another (ordinals), at every edge of its sessions and a minute after closing."""
    time = calendar()
    for day in range(first, last + 1):
        if time.worked(midnight(day), midnight(day + 1)):
            for minute in (450, 690, 780, 1020, 1021):
                yield midnight(day) + 60 * minute


def live(flow: Flow, first: int, last: int) -> Tried:
    """Live every obliged path for every receipt."""
    table = compile_flow(flow, ORG)
    late: Late | None = None
    slack: int | None = None
    for at in receipts(first, last):
        move = Move(0, at, "mot-cua.1", RECEIVE, table.first.id, "mot-cua.1")
        for moves, left in _paths(table, begin(table, calendar(), move), move):
            if left < 0 and late is None:
                late = Late(at, moves)
            slack = left if slack is None else min(slack, left)
    return Tried(late, slack)


class Trail(NamedTuple):
    """A path so far: its moves, the limited arrows used, the steps since one, the least time left at a gate."""

    moves: tuple[Move, ...]
    used: tuple[tuple[str, str], ...] = ()
    seen: frozenset[str] = frozenset()
    left: int = ENDLESS


def _paths(table: Table, state: State, receipt: Move) -> Iterator[tuple[tuple[Move, ...], int]]:
    """Every path to an end; one that is late at a gate is over."""
    unfinished = [(state, Trail((receipt,)))]
    while unfinished:
        state, trail = unfinished.pop()
        for arc, used, seen in _ways(state, trail):
            for at in _moments(table, state, arc):
                move = Move(state.seq + 1, at, state.holder, arc.arrow.action, arc.row.id, "")
                moves, left = (*trail.moves, move), min(_left(state, arc, at), trail.left)
                if arc.row.kind or left < 0:
                    yield moves, left
                else:
                    unfinished.append((advance(calendar(), state, move), Trail(moves, used, seen, left)))


def _ways(state: State, trail: Trail) -> Iterator[tuple[Arc, tuple[tuple[str, str], ...], frozenset[str]]]:
    """Every way on: each asking arrow once, one with `times` that often, no step twice without either."""
    for arc in state.row.arcs.values():
        key = state.row.id, arc.arrow.action
        limit = 1 if arc.kind in ASKING else arc.arrow.times
        if arc.kind == "send-back" or (limit is not None and trail.used.count(key) >= limit):
            continue
        if limit is None and arc.row.id in trail.seen:
            continue
        used = (*trail.used, key) if limit is not None else trail.used
        seen = frozenset({arc.row.id}) if limit is not None else trail.seen | {arc.row.id}
        yield arc, used, seen


def _moments(table: Table, state: State, arc: Arc) -> Iterator[int]:
    """When an arrow is taken: at the step's due moment; asking where days are counted also sooner; a hand-in ever later."""
    if state.row.stopped:
        assert state.detour is not None
        term = state.detour.term or table.flow.deadline
        days = state.detour.policy == "pause" and term is not None and term.unit == "d"
        waits = HAND_INS if days else (0,)
        yield from _hand_ins(state.at, () if state.detour.policy == "none" else waits)
    elif state.step_due is None:
        yield state.at
    else:
        yield state.step_due
        if arc.kind in ASKING and table.flow.deadline and table.flow.deadline.unit == "d":
            yield from (midnight(day) for day in range(ordinal(state.at) + 1, ordinal(state.step_due) + 1))


def _hand_ins(asked: int, days: tuple[int, ...]) -> Iterator[int]:
    """At once, and on the evenings of some days after."""
    yield asked
    evenings = (midnight(ordinal(asked) + n) + 64_800 for n in days)
    yield from (evening for evening in evenings if evening > asked)


def _left(state: State, arc: Arc, at: int) -> int:
    """The working time left when an arrow is taken, negative when it is late; without end where it is no gate."""
    gate = arc.row.stopped or arc.arrow.deadline or arc.row.kind
    if not gate or state.row.stopped or state.due is None:
        return ENDLESS
    left = calendar().worked(at, midnight(ordinal(state.due) + 1))
    return left if verdict(at, state.due) != "late" else min(left, -1)
