"""The transition tour: dossiers driven through the real engine until every arrow of a flow was taken at least once.

The ways are planned (`ways`), the moves are the engine's: whatever it refuses, or does by itself instead, shows. An arrow
counts as taken when it stands in a log.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime, time
from types import MappingProxyType
from typing import Any, NamedTuple

from ..app import Agency
from ..dossier import Dossier
from ..engine import Engine
from ..errors import BadValue, FlowISOError, UnknownFlow
from ..handover import last_holder
from ..machine import Arc, Row, Table
from ..model import VERBS, Flow, Step, Transition
from ..org import active
from ..routing import fitting, may_keep
from ..state import State
from ..store.memory import MemoryStore
from ..text import Text
from ..worktime import TZ, instant, local, midnight, ordinal
from .ways import Key, Leg, way

PACE = 300
"""Working seconds that every holder takes."""
OPENING = 1800
"""The working second of the day at which dossiers come in."""

NO_WAY = Text(
    "không đường nào từ lúc tiếp nhận dẫn đến mũi tên này trong giới hạn số lần",
    "no way from the receipt leads to it within the limits on how often arrows are taken",
)


class Missed(NamedTuple):
    """An arrow that no dossier could take, the step it leaves, and why."""

    step: Step
    arrow: Transition
    why: Text


class Toured(NamedTuple):
    """What came of a flow: how often each arrow was taken, by which dossiers, and the arrows nobody could take."""

    flow: Flow
    taken: Mapping[Key, int]
    dossiers: tuple[Dossier, ...]
    missed: tuple[Missed, ...]

    @property
    def arrows(self) -> int:
        """How many arrows the flow has, one that leaves every step counting at each."""
        return len(self.taken) + len(self.missed)

    @property
    def moves(self) -> int:
        """How many lines their logs have together."""
        return sum(len(dossier.moves) for dossier in self.dossiers)


def tour(agency: Agency, flows: Iterable[Flow]) -> Iterator[Toured]:
    """Drive each flow through each of its arrows: few dossiers, all in one store, the same for the same files."""
    engine = Engine(agency, MemoryStore(), allow_draft=True)
    for flow in flows:
        yield _Drive(agency, engine, flow).run()


class _Drive:
    """One flow on tour: the arrows not taken yet, those given up, and the reason of the last failure."""

    def __init__(self, agency: Agency, engine: Engine, flow: Flow) -> None:
        self.agency = agency
        self.engine = engine
        self.flow = flow
        self.left = {(step.id, arrow.action): (step, arrow) for step in flow.steps for arrow in flow.arrows(step)}
        self.ending = {key for key, (_, arrow) in self.left.items() if flow.end(arrow.target)}
        self.taken: dict[Key, int] = {}
        self.missed: dict[Key, Text] = {}
        self.dossiers: list[Dossier] = []
        self.why = NO_WAY

    def run(self) -> Toured:
        """Refusals at intake one by one, then dossiers as long as there is an arrow to go for."""
        try:
            self._run(*_setting_out(self.agency, self.flow))
        except FlowISOError as error:
            self.missed = dict.fromkeys(self.left, error.text)
        missed = tuple(Missed(*arrow, self.missed.get(key, NO_WAY)) for key, arrow in self.left.items())
        return Toured(self.flow, MappingProxyType(self.taken), tuple(self.dossiers), missed)

    def _run(self, first: Row, desk: str, start: datetime) -> None:
        for arc in first.arcs.values():
            if arc.intake:
                self._live(self.engine.submit(self.flow.code, to=desk, at=start), (Leg(first, arc),))
        while legs := self._nearest(first, (), set()):
            self._live(self.engine.receive(self.flow.code, by=desk, at=start), legs)

    def _nearest(self, row: Row, used: Sequence[Key], shut: set[Key]) -> tuple[Leg, ...]:
        """The way to the nearest arrow not taken yet; those that end the dossier come last."""
        wanted = self.left.keys() - self.missed.keys() - shut
        return way(row, used, wanted - self.ending, shut) or way(row, used, wanted & self.ending, shut)

    def _live(self, dossier: Dossier, legs: tuple[Leg, ...]) -> None:
        """Take a dossier along the way it was made for, on to what else is left, and to an end."""
        goal, shut = legs[-1].key, set[Key]()
        while legs:
            dossier = self._go(dossier, legs, shut)
            legs = () if dossier.ended else self._further(dossier.state, goal, shut)
        self.dossiers.append(dossier)
        if goal in self.left:
            self.missed[goal] = self.why

    def _further(self, state: State, goal: Key, shut: set[Key]) -> tuple[Leg, ...]:
        used = state.detour.taken if state.detour else ()
        if goal in self.left:
            return way(state.row, used, {goal}, shut)
        return self._nearest(state.row, used, shut) or way(state.row, used, self.ending, shut)

    def _go(self, dossier: Dossier, legs: tuple[Leg, ...], shut: set[Key]) -> Dossier:
        """Take the arrows of a way, up to the first that comes out otherwise; that one is not tried again here."""
        slow = _lingering(legs)
        for number, leg in enumerate(legs):
            at = dossier.state.due if number >= slow else None
            try:
                after = self._take(dossier, leg, at)
            except FlowISOError as error:
                self.why, after = error.text, self.engine.dossier(dossier.number)
            lived = self._note(after, len(dossier.moves), leg.row)
            dossier = after
            if leg.key not in lived:
                shut.add(leg.key)
            if dossier.state.row is not leg.arc.row:
                break
        return dossier

    def _note(self, dossier: Dossier, known: int, row: Row) -> list[Key]:
        """The arrows that the log shows beyond its first `known` lines, which led to `row`; they are taken now."""
        lived: list[Key] = []
        for move in dossier.moves[known:]:
            if move.action not in VERBS:
                lived.append((row.id, move.action))
                row = dossier.table.rows[move.step]
        for key in lived:
            self.left.pop(key, None)
            self.taken[key] = self.taken.get(key, 0) + 1
        return lived

    def _take(self, dossier: Dossier, leg: Leg, at: int | None) -> Dossier:
        """Let an account of the agency take the arrow at its pace, or at `at`; let time run out where it is a timer."""
        state, arc = dossier.state, leg.arc
        if arc.timer:
            self.why = _before(arc)
            return self.engine.settle(dossier, local(_ripening(leg, state)))
        moment = max(at, state.at) if at is not None else self.agency.calendar.plus(state.at, PACE)
        settled = self.engine.settle(dossier, local(moment))
        if settled.state.row is not leg.row:
            self.why = _before(arc)
            return settled
        actor, to = self._actor(settled, leg, moment), self._receiver(settled, leg, moment)
        words: dict[str, Any] = {"note": arc.arrow.title.vi, "record": {"fault": "applicant"}} if arc.worded else {}
        return self.engine.move(settled, arc.arrow.action, by=actor, to=to, at=local(moment), **words)

    def _actor(self, dossier: Dossier, leg: Leg, at: int) -> str:
        """The holder; where the arrow isn't his, or he has no account of his own, the desk of this dossier if it may."""
        takers, desk, on = leg.arc.takers or leg.row.recorders, dossier.moves[0].holder, local(at).date()
        accounts = self.agency.org.accounts
        usual = sorted(takers, key=lambda name: (not active(accounts[name], on), name != desk, name))
        return usual[0] if usual else dossier.holder

    def _receiver(self, dossier: Dossier, leg: Leg, at: int) -> str | None:
        """Whoever held that role in this dossier last, if he may now; else the first who may."""
        target = leg.arc.row
        if target.step is None:
            return None
        sender = "" if may_keep(leg.row, target) else dossier.holder
        names = [account.id for account in fitting(self.agency.org, target, sender, at)]
        held = last_holder(dossier.table, dossier.moves, target)
        return held if held in names else next(iter(names), None)


def _setting_out(agency: Agency, flow: Flow) -> tuple[Row, str, datetime]:
    """The first row of a flow, who takes dossiers in there, and the first moment they can come in.

    It is the first working day on which this version is in force; where milestones must be kept, in a year that has its
    plan and before the first of them.
    """
    first, last = agency.calendar.first_known, agency.calendar.last_known
    opening = max(flow.effective, first)
    for day in (opening, *(date(year, 1, 1) for year in range(opening.year + 1, last.year + 1))):
        at = agency.calendar.plus(instant(datetime.combine(day, time(), TZ)), OPENING)
        on = local(at).date()
        table = agency.table(flow.code, flow.version, on.year)
        if _in_force(agency, flow, on) and _planned(table, at):
            desks = fitting(agency.org, table.first, "", at)
            if desks:
                return table.first, desks[0].id, local(at)
    raise BadValue(
        Text(
            "lịch và kế hoạch đã biết không có ngày nào mà lần ban hành này có hiệu lực và có người tiếp nhận;"
            " hãy thêm kế hoạch năm vào _plans, hoặc xem lại hiệu lực và tài khoản",
            "on no day that calendar and plans know is this version in force and somebody there to receive;"
            " add the year's plan to _plans, or see to its period and the accounts",
        )
    )


def _in_force(agency: Agency, flow: Flow, on: date) -> bool:
    with suppress(UnknownFlow):
        return agency.find(flow.code, on) is flow
    return False


def _planned(table: Table, at: int) -> bool:
    """Whether every milestone of the flow is known and still to come."""
    wanted = {step.until for step in table.flow.steps if step.until}
    return wanted <= table.plan.keys() and all(at < table.plan[name] for name in wanted)


def _ripening(leg: Leg, state: State) -> int:
    """A moment at which the timer must have been taken; BadValue where its time never runs out."""
    if leg.arc is leg.row.at_due and state.due is not None and leg.arc.row is not leg.row:
        return midnight(ordinal(max(state.due, state.at)) + 1)
    if leg.arc is leg.row.at_limit and state.step_due is not None:
        return max(state.step_due, state.at) + 1
    raise BadValue(
        Text("không có thời hạn nào để hết ở đây", "there is no term here that could run out"),
    )


def _before(arc: Arc) -> Text:
    title = arc.arrow.title
    return Text(f"lần nào cũng có việc khác đến trước '{title.vi}'", f"something else always comes before '{title.en}'")


def _lingering(legs: tuple[Leg, ...]) -> int:
    """From which leg of the way on the due moment is waited for: for a silence that a step's own limit would forestall.

    The number of legs where there is nothing to wait for, or nowhere to wait.
    """
    last = legs[-1]
    if last.arc is last.row.at_due and last.row.at_limit:
        for number in range(len(legs) - 2, -1, -1):
            row = legs[number].row
            if row.at_limit is None and not row.stopped:
                return number
    return len(legs)
