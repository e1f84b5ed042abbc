"""Flows in two versions: a flow edited as an agency might, dossiers of it at random steps, and the agency that keeps both."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from random import Random

import histories
from cases import agency_alone
from walks import Walk, agency, settle

from flowiso import decision
from flowiso.calendar import Calendar
from flowiso.errors import FlowISOError, UnknownFlow
from flowiso.library import bundled
from flowiso.machine import Table, compile_flow
from flowiso.model import Case, Flow, Step, Transition
from flowiso.org import Org
from flowiso.state import begin
from flowiso.store.memory import MemoryStore
from flowiso.term import Term

NEW = 2
SINCE = date(2018, 1, 1)
LEADER = "quang.lds"


class Versions:
    """What the engine needs of an agency, with these versions of flows and no others."""

    def __init__(self, flows: Iterable[Flow], org: Org | None = None) -> None:
        self._org = org or agency().org
        self.flows: tuple[Flow, ...] = tuple(flows)
        self._tables: dict[tuple[str, int], Table] = {}

    @property
    def org(self) -> Org:
        return self._org

    @property
    def calendar(self) -> Calendar:
        return agency().calendar

    def find(self, code: str, on: date) -> Flow:
        return next(flow for flow in self.flows if flow.code == code)

    def table(self, code: str, version: int, year: int) -> Table:
        flow = next((one for one in self.flows if (one.code, one.version) == (code, version)), None)
        if flow is None:
            raise UnknownFlow(text=None)  # type: ignore[arg-type]
        key = code, version
        if key not in self._tables:
            made = compile_flow(flow, self.org)
            made.sibling = lambda other: self._sibling(code, other)
            self._tables[key] = made
        return self._tables[key]

    def _sibling(self, code: str, version: int) -> Table | None:
        there = any((one.code, one.version) == (code, version) for one in self.flows)
        return self.table(code, version, 0) if there else None


def agency_of_two(folder: Path) -> Path:
    """The shipped agency with LTHH-13 alone, in two versions: `thu-ly` is called `tham-tra` from 1 October 2021 on."""
    agency_alone(folder)
    (folder / "lthh").mkdir()
    text = (bundled() / "lthh" / "lthh-13.v1.yaml").read_text(encoding="utf-8")
    since = "effective: {from: 2020-10-21}"
    first = text.replace(since, "effective: {from: 2020-10-21, to: 2021-10-01}")
    second = text.replace("version: 1\n", "version: 2\n").replace(since, "effective: {from: 2021-10-01}")
    (folder / "lthh" / "lthh-13.v1.yaml").write_text(first, encoding="utf-8")
    (folder / "lthh" / "lthh-13.v2.yaml").write_text(second.replace("thu-ly", "tham-tra"), encoding="utf-8")
    return folder


def again(flow: Flow, version: int = NEW) -> Flow:
    """The same flow as another version."""
    return flow._replace(version=version, effective=SINCE, effective_to=None)


def changed(flow: Flow, name: str, **more: object) -> Flow:
    """The flow with another value in one step."""
    return flow._replace(steps=tuple(one._replace(**more) if one.id == name else one for one in flow.steps))


def renamed(flow: Flow, was: str, now: str) -> Flow:
    """The flow with another id for a step."""
    return _retargeted(flow, was, now)._replace(
        steps=tuple(one._replace(id=now) if one.id == was else one for one in _retargeted(flow, was, now).steps)
    )


def without(flow: Flow, name: str) -> Flow:
    """The flow without a step: what led there leads to where its first arrow led."""
    step = flow.step(name)
    assert step is not None
    onward = next(arrow.target for arrow in step.arrows if arrow.target != name)
    left = flow._replace(steps=tuple(one for one in flow.steps if one.id != name))
    return _retargeted(left, name, onward)


def _retargeted(flow: Flow, was: str, now: str) -> Flow:
    def aim(arrow: Transition | None) -> Transition | None:
        return arrow if arrow is None or arrow.target != was else arrow._replace(target=now)

    def step(one: Step) -> Step:
        return one._replace(arrows=tuple(map(aim, one.arrows)), at_limit=aim(one.at_limit))  # type: ignore[arg-type]

    return flow._replace(
        steps=tuple(map(step, flow.steps)),
        anywhere=tuple(map(aim, flow.anywhere)),  # type: ignore[arg-type]
        at_due=aim(flow.at_due),
    )


def edited(flow: Flow, random: Random) -> tuple[Flow, dict[str, str]]:
    """Version 2 of a flow after some random edits, and the map of what was renamed or, sometimes, dropped."""
    found, names = again(flow), dict[str, str]()
    for _ in range(random.randrange(5)):
        found = random.choice(_EDITS)(found, random, names)
    return found, {was: now for was, now in names.items() if flow.step(was) and found.step(now)}


def _drop(flow: Flow, random: Random, names: dict[str, str]) -> Flow:
    some = [one for one in flow.steps[1:] if not one.ready and one.arrows]
    if not some:
        return flow
    step = random.choice(some)
    left = without(flow, step.id)
    if random.random() < 0.6:
        names[step.id] = random.choice(left.steps).id
    return left


def _rename(flow: Flow, random: Random, names: dict[str, str]) -> Flow:
    step = random.choice(flow.steps)
    now = f"{step.id}-moi"
    if flow.step(now) is not None:
        return flow
    for was, aim in list(names.items()):
        if aim == step.id:
            names[was] = now
    if random.random() < 0.8 and not step.id.endswith("-moi"):
        names[step.id] = now
    return renamed(flow, step.id, now)


def _retime(flow: Flow, random: Random, names: dict[str, str]) -> Flow:
    step = random.choice(flow.steps)
    within = random.choice((None, Term(Decimal(1), "wh"), Term(Decimal(3), "wd"), Term(Decimal(60), "wh")))
    return changed(flow, step.id, within=within)


def _rerole(flow: Flow, random: Random, names: dict[str, str]) -> Flow:
    step, other = random.choice(flow.steps), random.choice(flow.steps)
    return flow if step.clock == "stopped" or other.clock == "stopped" else changed(flow, step.id, by=other.by)


def _reterm(flow: Flow, random: Random, names: dict[str, str]) -> Flow:
    return flow._replace(deadline=random.choice((None, Term(Decimal(5), "wd"), Term(Decimal(40), "wd"))))


def _limit(flow: Flow, random: Random, names: dict[str, str]) -> Flow:
    step = random.choice(flow.steps)
    return changed(flow, step.id, arrows=tuple(one._replace(times=1) for one in step.arrows))


def _swap_clock(flow: Flow, random: Random, names: dict[str, str]) -> Flow:
    step = random.choice(flow.steps[1:])
    return changed(flow, step.id, clock="run" if step.clock == "stopped" else step.clock)


_EDITS: Sequence[Callable[[Flow, Random, dict[str, str]], Flow]] = (
    _drop,
    _rename,
    _rename,
    _retime,
    _rerole,
    _reterm,
    _limit,
    _swap_clock,
)


@cache
def plain_flows() -> tuple[Flow, ...]:
    """The shipped flows the histories walk through, as version 1."""
    return histories.flows()


def walked(table: Table, calendar: Calendar, random: Random, length: int, strict: bool = True) -> Walk:
    """A dossier of a table at a random step."""
    start = random.randrange(1_600_000_000, 1_640_000_000)
    desk = random.choice(sorted(table.first.fits))
    try:
        first = decision.open_case(table, random.choice(("receive", "receive", "submit")), desk, desk, start)
    except FlowISOError:
        return walked(table, calendar, random, length, strict)
    walk = Walk(table, calendar, [first], [begin(table, calendar, first)])
    go_on(walk, random, length, strict)
    return walk


def go_on(walk: Walk, random: Random, length: int, strict: bool = True) -> None:
    """So many tries more; what is refused changes nothing."""
    for _ in range(length):
        if walk.state.ended:
            return
        at = walk.state.at + random.choice(histories.PAUSES) + random.randrange(120)
        try:
            settle(walk, at)
            walk.table = walk.state.row.table
            histories.try_something(walk, random, at, strict)
        except FlowISOError:
            walk.refused += 1


def kept(flows: Versions, code: str, random: Random, count: int, length: int = 14) -> MemoryStore:
    """A store with so many dossiers of version 1 at random steps."""
    store = MemoryStore()
    table = flows.table(code, 1, 2021)
    for number in range(count):
        walk = walked(table, flows.calendar, random, random.randrange(length))
        case = Case(flows.org.agency, f"{flows.org.agency}-210101-{number:04d}", code, 1, "counter")
        store.create(case, walk.moves)
    return store
