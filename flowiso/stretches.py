"""The ways a dossier may go through a flow within an allowance, cut into stretches at each start of the legal clock.

A stretch begins at the receipt, or when a supplement that restarts the clock was handed in (R43); it ends where a result is
ready, at silence, or at the next such supplement. Every holder is taken to use all of his time, so work is the sum of
the steps' `within` in working seconds. A pause cuts a stretch's time but not its sum: the step that asked goes on with what
was left to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from .model import ASKING, ClockPolicy, Flow, Step, Transition
from .org import Org
from .term import Term
from .text import Text

MOST = 2_000
"""A flow with more stretches is not walked to the end; nobody could read it either."""

MOST_VISITED = 30_000
"""Nor one where so many places were come to."""

Opens = Literal["receipt", "hand-in"]
GateKind = Literal["asked", "taken", "result"]

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

    `sends`: somebody else's step lies between asking and the stop, so the clock stops within his working time;
    `handovers`: how many there were by then; `again`: the step that asks had asked before and has only what was left.
    """

    work: int
    flex: int = 0
    sends: bool = False
    handovers: int = 0
    again: bool = False


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

    def waiting(self, seconds: int) -> Gate:
        """The gate if every hand-over waited so many working seconds more."""
        stops = tuple(stop._replace(work=stop.work + seconds * stop.handovers) for stop in self.stops)
        return self._replace(work=self.work + seconds * self.handovers, stops=stops)


class Stretch(NamedTuple):
    """One way from a start of the clock, and the gates it must pass in time; by silence it is in time of itself."""

    opens: Opens
    hops: tuple[Hop, ...]
    gates: tuple[Gate, ...]
    closes: Literal["result", "asked", "silence"]


class Allowance(NamedTuple):
    """What the ways may hold: `send_backs` in all, `wait` working seconds at every hand-over; `day` seconds are 1wd.

    `untimed`: a step that counts no time, or time of the calendar, is passed over, so that what is late is surely late.
    """

    day: int = 8 * 3600
    send_backs: int = 0
    wait: int = 0
    untimed: bool = False


class Unprovable(Exception):
    """The ways of a flow can't be summed up, for the reason in `text`; `many`: there are too many of them."""

    def __init__(self, text: Text, *, many: bool = False) -> None:
        super().__init__(text.vi)
        self.text = text
        self.many = many


_TOO_MANY = Text("có quá nhiều đường đi để chứng minh", "there are too many ways to prove")
_NO_SILENCE = Text("'at-due' không dẫn tới một kết cục", "'at-due' doesn't lead to an end")


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
    again: bool = False


def walk(flow: Flow, org: Org, allowance: Allowance, *, every: bool = True) -> Iterator[Stretch]:
    """Every stretch within the allowance: each supplement, fee and repair at most once, an arrow with `times` that often.

    Unless `every` is asked for, those are left out that another one surely outlasts. Raises Unprovable where a step's time
    can't be summed up, and when there are more than `MOST`.
    """
    walking, count, visited = _Walk(flow, org, allowance, every), 0, 0
    while at := walking.next():
        visited += 1
        ahead: list[_At] = []
        for found in walking.onward(at):
            if isinstance(found, _At):
                ahead.append(found)
            else:
                count += 1
                yield found
        if count > MOST or visited > MOST_VISITED:
            raise Unprovable(_TOO_MANY, many=True)
        walking.stack += reversed(ahead)


def seconds_of(step: Step, allowance: Allowance) -> int:
    """The working seconds a step may take; none where the clock stands.

    Raises Unprovable where no time is counted, and for calendar days and hours: what they hold of working time depends
    on when they begin; unless `untimed` steps are passed over.
    """
    return 0 if step.clock == "stopped" else _waited(step, allowance)


def _waited(step: Step, allowance: Allowance) -> int:
    within = None if step.clock == "none" else step.within
    if within is not None and within.unit in ("wh", "wd"):
        return -int(-within.amount * (3600 if within.unit == "wh" else allowance.day) // 1)
    if allowance.untimed:
        return 0
    if within is None:
        raise Unprovable(
            Text(
                f"bước '{step.id}' không có thời gian; hãy thêm 'within' thì mới chứng minh được",
                f"step '{step.id}' has no time; add 'within', then it can be proved",
            )
        )
    raise Unprovable(
        Text(
            f"bước '{step.id}' đang tính giờ mà ghi {within}; hãy ghi bằng wh hoặc wd thì mới chứng minh được",
            f"step '{step.id}' runs and says {within}; write wh or wd, which can be proved",
        )
    )


class _Walk:
    """The walk through one flow: a `stack` of places to go on from, and `_roots`, the starts of the clock still to come.

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
        first = flow.steps[0] if flow.steps else None
        self.stack = [_At(first, (), flow.deadline, "receipt", frozenset({first.id}))] if first else []
        self._roots: list[_At] = []
        self._shorter: list[_At] = []
        self._seen: set[tuple[str, tuple[tuple[str, str], ...], Term | None]] = set()

    def next(self) -> _At | None:
        """Where to go on: here, else at the next start of the clock."""
        if not self.stack and not self._roots and self.circles:
            self._roots, self._shorter = self._shorter, []
        ahead = self.stack or self._roots
        return ahead.pop() if ahead else None

    def onward(self, at: _At) -> Iterator[Stretch | _At]:
        """Where the arrows lead from here, once the step's time is used, and the stretches that end with them."""
        step = at.step
        if step.clock != "stopped":
            if not at.rest:
                at = at._replace(work=at.work + seconds_of(step, self.allowance))
            if self.flow.at_due:
                yield self._silence(at, self.flow.at_due)
        for arrow in self._arrows(step):
            used = self._used(at, arrow)
            if used is not None:
                yield from self._take(at, arrow, used)

    def _arrows(self, step: Step) -> tuple[Transition, ...]:
        """The arrows that people take here, and the limit's."""
        limit = (step.at_limit,) if step.at_limit else ()
        return (*step.arrows, *limit, *self.flow.anywhere)

    def _silence(self, at: _At, at_due: Transition) -> Stretch:
        if at_due.target not in self.ends:
            raise Unprovable(_NO_SILENCE)
        return Stretch(at.opens, (*at.hops, Hop(at.step, at_due, at.rest)), at.gates, "silence")

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

    def _take(self, at: _At, arrow: Transition, used: tuple[tuple[str, str], ...]) -> Iterator[Stretch | _At]:
        since = frozenset({arrow.target}) if used != at.used else at.since | {arrow.target}
        target = self.steps.get(arrow.target)
        handed = target is not None and target.by != at.step.by and target.by in self.waits
        at = at._replace(hops=(*at.hops, Hop(at.step, arrow, at.rest, handed)), used=used, since=since)
        if arrow.deadline is not None:
            at = _through(at, "taken")._replace(term=arrow.deadline)
        if arrow.kind in ASKING:
            at = at._replace(origin=at.step, again=at.rest, policy=self.flow.stop_policy(arrow))
        if arrow.target in self.ends or (target and target.ready):
            yield Stretch(at.opens, at.hops, _through(at, "result").gates, "result")
        elif target:
            yield from self._stop(at, target) if target.clock == "stopped" else (self._enter(at, target),)

    def _stop(self, at: _At, target: Step) -> Iterator[Stretch | _At]:
        """The applicant is waited for: by a restart the stretch is over, otherwise it goes on after the wait."""
        if at.policy == "none":
            yield at._replace(step=target, work=at.work + _waited(target, self.allowance))
            return
        at = _through(at, "asked")
        if at.policy == "restart":
            yield Stretch(at.opens, at.hops, at.gates, "asked")
            self._restart(at, target)
            return
        sends = at.hops[-1].arrow.kind not in ASKING
        yield at._replace(step=target, stops=(*at.stops, Stop(at.work, 0, sends, at.handovers, at.again)))

    def _restart(self, at: _At, stop: Step) -> None:
        """Remember where the clock starts again once the applicant has handed in, perhaps over further waits."""
        seen, ahead = {stop.id}, [stop]
        while ahead:
            step = ahead.pop()
            for arrow in self._arrows(step):
                target = self.steps.get(arrow.target)
                used = self._used(at._replace(step=step, since=frozenset()), arrow)
                if target is None or target.ready or used is None:
                    continue
                if target.clock != "stopped":
                    self._root(at._replace(used=used, term=arrow.deadline or at.term), target)
                elif target.id not in seen:
                    seen.add(target.id)
                    ahead.append(target)

    def _root(self, at: _At, step: Step) -> None:
        """Remember a start of the clock at a step, once."""
        key = step.id, tuple(sorted(at.used)), at.term
        if key not in self._seen:
            self._seen.add(key)
            shorter = at.term == self.flow.deadline and any(hop.step is step and not hop.rest for hop in at.hops)
            roots = self._shorter if shorter and not self.every else self._roots
            roots.append(_At(step, at.used, at.term, "hand-in", frozenset({step.id})))

    def _enter(self, at: _At, target: Step) -> _At:
        stopped = at.step.clock == "stopped"
        rest = stopped and at.policy == "pause" and target == at.origin and target.within is not None
        if rest:
            flex = seconds_of(target, self.allowance)
            at = at._replace(stops=(*at.stops[:-1], at.stops[-1]._replace(flex=flex)))
        if at.hops[-1].handed and not stopped:
            at = at._replace(work=at.work + self.allowance.wait, handovers=at.handovers + 1)
        return at._replace(step=target, rest=rest)


def _through(at: _At, kind: GateKind) -> _At:
    """The walk with one more gate; without a term there is nothing to be late for."""
    if at.term is None:
        return at
    return at._replace(gates=(*at.gates, Gate(kind, at.term, at.work, at.stops, len(at.hops), at.handovers)))
