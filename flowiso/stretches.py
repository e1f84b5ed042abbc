"""The ways a dossier may go through a flow within an allowance, cut into stretches at each start of the legal clock.

A stretch begins at the receipt, or when a supplement that restarts the clock was handed in (R43); it ends where a result is
ready, at silence, or at the next such supplement. Every holder is taken to use all of his time, so work is the sum of
the steps' `within` in working seconds. A pause cuts a stretch's time but not its sum: the step that asked goes on with what
was left to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from .model import ClockPolicy, Flow, Step, Transition
from .org import Org
from .term import Term

MOST = 2_000
"""A flow with more stretches is not walked to the end; nobody could read it either."""

Opens = Literal["receipt", "hand-in"]
GateKind = Literal["asked", "taken", "result"]

ASKING = ("supplement", "fee", "repair")
_UNCOUNTED = ("refused-intake", "withdrawn")
_BACK = ("", "send-back")


class Hop(NamedTuple):
    """An arrow taken from a step; `rest`: the step had been interrupted and went on with what was left of its time.

    `handed`: the arrow hands the dossier over to somebody else of the agency or a partner.
    """

    step: Step
    arrow: Transition
    rest: bool = False
    handed: bool = False


class Stop(NamedTuple):
    """A pause of the clock: the work done by then at most, and how much sooner, in work, it may have been asked for.

    `sends`: somebody else's step lies between asking and the stop, so the clock stops within his working time.
    """

    work: int
    flex: int = 0
    sends: bool = False


class Gate(NamedTuple):
    """A moment of a stretch, after `hops` arrows and `work` seconds, that must come by the due date of `term`.

    "result": the result is ready. "asked": the clock is stopped, which gains a dossier that is late already nothing
    (R129). "taken": an arrow sets another term, under the same condition. `stops` are the pauses before it.
    """

    kind: GateKind
    term: Term
    work: int
    stops: tuple[Stop, ...]
    hops: int
    handovers: int


class Stretch(NamedTuple):
    """One way from a start of the clock, and the gates it must pass in time; by silence it is in time of itself."""

    opens: Opens
    hops: tuple[Hop, ...]
    gates: tuple[Gate, ...]
    closes: Literal["result", "asked", "silence"]


class Allowance(NamedTuple):
    """What the ways may hold: `send_backs` in all, `wait` working seconds at every hand-over; `day` seconds are 1wd."""

    day: int = 8 * 3600
    send_backs: int = 0
    wait: int = 0


class Unprovable(Exception):
    """The ways of a flow can't be summed up.

    `step` counts no time, or calendar time while its clock runs; `term` is of hours of the clock, which a pause moves by
    hours of the night; without either there are too many ways.
    """

    def __init__(self, step: Step | None = None, term: Term | None = None) -> None:
        super().__init__(step.id if step else str(term or ""))
        self.step = step
        self.term = term


class _At(NamedTuple):
    """Where a walk stands: in `step`, with what its stretch holds so far.

    `used` are the limited arrows taken; `origin` is the step that asked last and `policy` what its stop means; `rest`:
    the step goes on with what was left, so its time is counted already; `since`: the steps since a limited arrow.
    """

    step: Step
    used: tuple[tuple[str, str], ...]
    term: Term | None
    opens: Opens
    since: frozenset[str]
    work: int = 0
    stops: tuple[Stop, ...] = ()
    hops: tuple[Hop, ...] = ()
    gates: tuple[Gate, ...] = ()
    handovers: int = 0
    origin: Step | None = None
    policy: ClockPolicy = "pause"
    rest: bool = False


def stretches(flow: Flow, org: Org, allowance: Allowance) -> list[Stretch]:
    """Every stretch within the allowance: each supplement, fee and repair at most once, an arrow with `times` that often.

    Raises Unprovable for a running step that counts calendar time, and when there are more than `MOST`.
    """
    return list(walk(flow, org, allowance))


def walk(flow: Flow, org: Org, allowance: Allowance, *, every: bool = True) -> Iterator[Stretch]:
    """The same, one by one; unless `every` is asked for, without stretches that another one surely outlasts."""
    walking, count = _Walk(flow, org, allowance, every), 0
    if flow.steps:
        first = flow.steps[0]
        walking.roots.append(_At(first, (), flow.deadline, "receipt", frozenset({first.id})))
    while at := walking.more():
        for stretch in walking.onward(at):
            count += 1
            if count > MOST:
                raise Unprovable
            yield stretch


def seconds_of(step: Step, day: int) -> int:
    """The working seconds a step may take, a working day being `day` of them; none where the clock stands.

    Raises Unprovable where no time is counted, and for calendar days and hours: what they hold of working time depends
    on when they begin.
    """
    within = step.within
    if step.clock == "stopped":
        return 0
    if within is None or step.clock == "none" or within.unit not in ("wh", "wd"):
        raise Unprovable(step)
    return -int(-within.amount * (3600 if within.unit == "wh" else day) // 1)


class _Walk:
    """The walk through one flow; `roots` are the starts of the clock still to be followed.

    A restart that leads back to a step of its own stretch begins a shorter one: from there the same ways are open with
    less work done. That is sure as long as no arrow was passed over because it closes a circle (`circles`).
    """

    def __init__(self, flow: Flow, org: Org, allowance: Allowance, every: bool) -> None:
        self.flow = flow
        self.every = every
        self.circles = False
        self.allowance = allowance
        self.steps = {step.id: step for step in flow.steps}
        self.ends = {end.id: end for end in flow.ends}
        self.waits = {name for name, role in org.roles.items() if role.party in ("agency", "partner")}
        self.roots: list[_At] = []
        self._shorter: list[_At] = []
        self._seen: set[tuple[str, tuple[tuple[str, str], ...], Term | None]] = set()

    def more(self) -> _At | None:
        """The next start of the clock to follow."""
        if not self.roots and self.circles:
            self.roots, self._shorter = self._shorter, []
        return self.roots.pop() if self.roots else None

    def _root(self, at: _At, step: Step) -> None:
        """Remember a start of the clock at a step, once."""
        key = step.id, tuple(sorted(at.used)), at.term
        if key not in self._seen:
            self._seen.add(key)
            shorter = at.term == self.flow.deadline and any(hop.step is step and not hop.rest for hop in at.hops)
            roots = self._shorter if shorter and not self.every else self.roots
            roots.append(_At(step, at.used, at.term, "hand-in", frozenset({step.id})))

    def onward(self, at: _At) -> Iterator[Stretch]:
        """The stretches that go on from here, once the step's time is used."""
        step = at.step
        if step.clock != "stopped":
            if not at.rest:
                at = at._replace(work=at.work + seconds_of(step, self.allowance.day))
            if self.flow.at_due:
                yield Stretch(at.opens, (*at.hops, Hop(step, self.flow.at_due, at.rest)), at.gates, "silence")
        arrows = (*step.arrows, step.at_limit) if step.at_limit else step.arrows
        for arrow in arrows:
            used = self._used(at, arrow)
            if used is not None:
                yield from self._take(at, arrow, used)

    def _used(self, at: _At, arrow: Transition) -> tuple[tuple[str, str], ...] | None:
        """What has been used up once the arrow is taken; None when it may not be taken here (any more)."""
        end = self.ends.get(arrow.target)
        if arrow.kind == "withdraw" or (end and end.kind in _UNCOUNTED):
            return None
        key = at.step.id, arrow.action
        if arrow.kind == "send-back":
            backs = self.allowance.send_backs
            if at.used.count(_BACK) >= backs or at.used.count(key) >= (arrow.times or backs):
                return None
            return (*at.used, key, _BACK)
        limit = 1 if arrow.kind in ASKING else arrow.times
        if limit is not None:
            return (*at.used, key) if at.used.count(key) < limit else None
        if arrow.target in at.since:
            self.circles = True
            return None
        return at.used

    def _take(self, at: _At, arrow: Transition, used: tuple[tuple[str, str], ...]) -> Iterator[Stretch]:
        since = frozenset({arrow.target}) if used != at.used else at.since | {arrow.target}
        stopped = at.step.clock == "stopped"
        target = self.steps.get(arrow.target)
        handed = target is not None and target.by != at.step.by and target.by in self.waits
        at = at._replace(hops=(*at.hops, Hop(at.step, arrow, at.rest, handed)), used=used, since=since)
        if arrow.deadline is not None:
            at = _through(at, "taken")._replace(term=arrow.deadline)
        if arrow.kind in ASKING:
            at = at._replace(origin=at.step, policy=self.flow.stop_policy(arrow))
        if arrow.target in self.ends or (target and target.ready):
            gates = at.gates if stopped else _through(at, "result").gates
            yield Stretch(at.opens, at.hops, gates, "result")
        elif target:
            yield from self._stop(at, target) if target.clock == "stopped" else self._enter(at, target, stopped)

    def _stop(self, at: _At, target: Step) -> Iterator[Stretch]:
        """The clock is stopped: by a restart the stretch is over, otherwise it goes on after a wait."""
        at = _through(at, "asked")
        if at.policy == "restart":
            yield Stretch(at.opens, at.hops, at.gates, "asked")
            for arrow in (*target.arrows, *((target.at_limit,) if target.at_limit else ())):
                step = self.steps.get(arrow.target)
                if step and not step.ready and step.clock != "stopped" and arrow.kind != "withdraw":
                    self._root(at, step)
            return
        sends = at.hops[-1].arrow.kind not in ASKING
        stops = (*at.stops, Stop(at.work, 0, sends)) if at.policy == "pause" else at.stops
        yield from self.onward(at._replace(step=target, stops=stops))

    def _enter(self, at: _At, target: Step, stopped: bool) -> Iterator[Stretch]:
        rest = stopped and at.policy == "pause" and target == at.origin and target.within is not None
        if rest:
            flex = seconds_of(target, self.allowance.day)
            at = at._replace(stops=(*at.stops[:-1], at.stops[-1]._replace(flex=flex)))
        if at.hops[-1].handed and not stopped:
            at = at._replace(work=at.work + self.allowance.wait, handovers=at.handovers + 1)
        yield from self.onward(at._replace(step=target, rest=rest))


def _through(at: _At, kind: GateKind) -> _At:
    """The walk with one more gate; without a term, or at once, there is nothing to sum up."""
    if at.term is None or at.term.unit == "immediate":
        return at
    return at._replace(gates=(*at.gates, Gate(kind, at.term, at.work, at.stops, len(at.hops), at.handovers)))
