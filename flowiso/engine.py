"""The verbs of a dossier over any store that keeps logs: receive, move, confirm, bounce, watch, count."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple, Protocol

from . import decision, stats, watch
from .calendar import Calendar
from .errors import BadValue, Conflict, DraftFlow, NotAllowed
from .life import Life, trace
from .machine import Row, Table
from .model import APPLICANT, CHANNELS, RECEIVE, SUBMIT, VERBS, Account, Case, Channel, End, Finding, Flow, Move, Step
from .org import Org, present
from .routing import fitting, may_keep
from .state import State, begin, fold, follow, ripe
from .term import Term
from .text import Text
from .worktime import instant, local

StoreKind = Literal["live", "simulated"]

NUMBER = re.compile(r"(?:\d{3}\.\d{2}\.\d{2}\.[A-Y]\d{2}|[A-Y]\d{2}(?:\.[0-9A-Z]+)*)-\d{6}-\d{4,}", re.ASCII)
"""A dossier number of the old or the new structure (R33)."""


class Store(Protocol):
    """What the engine needs of a store: an append-only log per dossier. Moments are epoch seconds UTC.

    Every row carries the agency's id; several agencies may share one store.
    """

    @property
    def kind(self) -> StoreKind:
        """Whether the store holds real dossiers or a simulation; set once, when the store is made."""
        ...

    def reserve(self, agency: str, day: str) -> int:
        """The next running number, from 1, of an agency on a local day "YYMMDD"; never given twice, gaps allowed (R33)."""
        ...

    def create(self, case: Case, moves: Sequence[Move]) -> None:
        """Begin a dossier with the first lines of its log, at least one, from seq 0 without a gap; all or nothing.

        Raises Conflict when the number is taken or the lines don't follow each other, BadValue when there is none.
        """
        ...

    def create_many(self, dossiers: Iterable[tuple[Case, Sequence[Move]]]) -> None:
        """`create` for many in one transaction: all or nothing."""
        ...

    def append(self, agency: str, number: str, moves: Sequence[Move]) -> None:
        """Add lines to a log, all or nothing. Raises Conflict unless they follow its last line, UnknownDossier."""
        ...

    def read(self, agency: str, number: str) -> tuple[Case, list[Move]]:
        """A dossier and its whole log, in order of seq. Raises UnknownDossier."""
        ...

    def logs(self, agency: str, until: int | None = None) -> Iterator[tuple[Case, list[Move]]]:
        """Every dossier of an agency with its log, those that began first; with `until` only moves at or before that moment.

        Dossiers without a move by then are left out.
        """
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...


class Flows(Protocol):
    """What the engine needs of the agency's files."""

    @property
    def org(self) -> Org:
        """The agency's organisation."""
        ...

    @property
    def calendar(self) -> Calendar:
        """The agency's working time."""
        ...

    @property
    def flows(self) -> Sequence[Flow]:
        """Every version of every flow."""
        ...

    def find(self, code: str, on: date) -> Flow:
        """The version in force on a day; raises UnknownFlow."""
        ...

    def table(self, code: str, version: int, year: int) -> Table:
        """The compiled flow, with the yearly plan of the year of receipt; raises UnknownFlow."""
        ...


class Action(NamedTuple):
    """A button on an officer's screen: an arrow, where it leads, and the accounts that may be handed the dossier."""

    name: str
    title: Text
    target: Step | End
    accounts: tuple[Account, ...]


@dataclass(frozen=True, slots=True)
class Dossier:
    """A dossier as its log has it. Moments are aware datetimes in Asia/Ho_Chi_Minh."""

    case: Case
    table: Table
    state: State
    moves: tuple[Move, ...]

    @property
    def number(self) -> str:
        """The number printed on the receipt (R30)."""
        return self.case.number

    @property
    def flow(self) -> Flow:
        """The flow version it keeps for life."""
        return self.table.flow

    @property
    def step(self) -> Step | End:
        """The step it is at, or the end it came to."""
        return _place(self.table, self.state.row)

    @property
    def holder(self) -> str:
        """The account that holds it; "" after the end."""
        return self.state.holder

    @property
    def ended(self) -> bool:
        """Whether it has come to an end."""
        return self.state.ended

    @property
    def received(self) -> datetime | None:
        """When it was accepted; None while it is only submitted."""
        return _time(self.state.received)

    @property
    def due(self) -> datetime | None:
        """The legal due moment; None without a term or before it is received."""
        return _time(self.state.due)

    @property
    def step_due(self) -> datetime | None:
        """When the step's time runs out; None where none is counted."""
        return _time(self.state.step_due)

    @property
    def resolved(self) -> datetime | None:
        """When the result was available; None before."""
        return _time(self.state.resolved)


class Engine:
    """Moves dossiers of one agency. Every verb takes `at`, an aware datetime; without it the given clock is asked.

    An engine without a clock must be told every moment (BadValue otherwise).

    A moment before the dossier's last move counts as that last moment (a clock may jump back, time in a log may not).
    """

    def __init__(
        self,
        flows: Flows,
        store: Store,
        clock: Callable[[], datetime] | None = None,
        *,
        allow_draft: bool = False,
        on_misroute: Literal["refuse", "record"] = "refuse",
    ) -> None:
        self.flows = flows
        self.store = store
        self._clock = clock
        self._allow_draft = allow_draft
        self._strict = on_misroute == "refuse"

    @property
    def agency(self) -> str:
        """The agency's id, part of every number and row."""
        return self.flows.org.agency

    def receive(
        self,
        code: str | Dossier,
        *,
        by: str,
        number: str | None = None,
        channel: Channel = "counter",
        at: datetime | None = None,
    ) -> Dossier:
        """Accept a dossier at the one-stop unit: the clock starts (R11). Give a code for a new one, or a submitted dossier.

        Raises UnknownFlow, DraftFlow, NotAllowed (`by` may not receive, intake closed, simulated store), Conflict.
        """
        if isinstance(code, Dossier):
            return self.move(code, RECEIVE, by=by, at=at)
        return self._open(code, RECEIVE, by, by, number, channel, at)

    def submit(
        self,
        code: str,
        *,
        to: str,
        number: str | None = None,
        channel: Channel = "online",
        at: datetime | None = None,
    ) -> Dossier:
        """Put down an online submission that one-stop account `to` has to answer within the intake limit (R13).

        Raises what `receive` raises.
        """
        return self._open(code, SUBMIT, APPLICANT, to, number, channel, at)

    def _open(
        self, code: str, verb: str, by: str, to: str, number: str | None, channel: Channel, at: datetime | None
    ) -> Dossier:
        if channel not in CHANNELS:
            names = ", ".join(CHANNELS)
            raise BadValue(Text(f"không có kênh '{channel}'; hãy dùng {names}", f"no channel '{channel}'; use {names}"))
        moment = self._moment(at)
        on = local(moment).date()
        flow = self.flows.find(code, on)
        self._check_live(flow)
        table = self.flows.table(flow.code, flow.version, on.year)
        first = decision.open_case(table, verb, by, to, moment)
        state = begin(table, self.flows.calendar, first)
        while True:
            case = Case(self.agency, self._number(on, number), flow.code, flow.version, channel)
            try:
                self.store.create(case, (first,))
            except Conflict:
                if number is not None:
                    raise
                continue  # the host gave that number away; take the next one
            return Dossier(case, table, state, (first,))

    def _check_live(self, flow: Flow) -> None:
        if self.store.kind == "simulated":
            raise NotAllowed(
                Text(
                    "kho này chứa dữ liệu mô phỏng nên không nhận hồ sơ thật; hãy mở một kho khác",
                    "this store holds a simulation and takes no real dossiers; open another store",
                )
            )
        if flow.status == "draft" and not self._allow_draft:
            raise DraftFlow(
                Text(
                    f"{flow.code} còn dữ kiện giả định (bản thảo); xem 'flowiso show {flow.code}', hoặc mở với allow_draft=True",
                    f"{flow.code} rests on assumed facts (draft); see 'flowiso show {flow.code}', or open with allow_draft=True",
                )
            )

    def _number(self, on: date, given: str | None) -> str:
        if given is not None and not NUMBER.fullmatch(given):
            raise BadValue(
                Text(
                    f"mã hồ sơ '{given}' không đúng cấu trúc; ví dụ đúng: {self.agency}-{on:%y%m%d}-0001 (R31, R33)",
                    f"dossier number '{given}' is not well formed; a good one: {self.agency}-{on:%y%m%d}-0001 (R31, R33)",
                )
            )
        if given is not None:
            return given
        day = f"{on:%y%m%d}"
        return f"{self.agency}-{day}-{self.store.reserve(self.agency, day):04d}"

    def dossier(self, number: str) -> Dossier:
        """The dossier with this number; raises UnknownDossier."""
        case, moves = self.store.read(self.agency, number)
        table = self._table(case, moves)
        return Dossier(case, table, fold(table, self.flows.calendar, moves), tuple(moves))

    def _table(self, case: Case, moves: Sequence[Move]) -> Table:
        return self.flows.table(case.code, case.version, local(moves[0].at).year)

    def actions(self, dossier: Dossier | str, at: datetime | None = None) -> tuple[Action, ...]:
        """What can be done now, each with the accounts it may lead to; absent and wrong accounts are left out."""
        wanted = self._moment(at)
        found = self._settled(self._read(dossier), wanted)
        moment = max(wanted, found.state.at)
        return tuple(self._action(found, name, moment) for name in decision.actions(found.state))

    def _action(self, dossier: Dossier, name: str, at: int) -> Action:
        arc = dossier.state.row.arcs[name]
        sender = "" if may_keep(dossier.state.row, arc.row) else dossier.holder
        accounts = fitting(self.flows.org, arc.row, sender, at) if arc.row.step else ()
        return Action(name, arc.arrow.title, _place(dossier.table, arc.row), accounts)

    def move(
        self,
        dossier: Dossier | str,
        action: str,
        *,
        by: str,
        to: str | None = None,
        at: datetime | None = None,
        note: str | None = None,
    ) -> Dossier:
        """Take an arrow, or one of the verbs confirm, bounce, recall, reassign; `to` is the account it is handed to.

        Without `to` it goes to the one who held a step of that role in this dossier last, or to the only one who may.
        What time has done by itself since (a limit run out, silence at the due moment) is put down first.
        Raises NotAllowed, Misrouted, UnknownDossier, Conflict (someone else moved it first: read it again).
        """
        wanted = self._moment(at)
        found = self._settle(self._read(dossier), wanted)
        if action == RECEIVE:
            self._check_live(found.flow)
        moment = max(wanted, found.state.at)
        receiver = self._receiver(found, action, to, by, moment)
        moves = decision.decide(found.table, found.state, action, by, receiver, moment, self._strict)
        if note is not None:
            moves = (*moves[:-1], moves[-1]._replace(note=note))
        return self._append(found, moves)

    def settle(self, dossier: Dossier | str, at: datetime | None = None) -> Dossier:
        """Put down what time has done by itself: moves of the account he-thong, stamped with the moment they fell due."""
        return self._settle(self._read(dossier), self._moment(at))

    def _settle(self, dossier: Dossier, moment: int) -> Dossier:
        found = self._settled(dossier, moment)
        if found is not dossier:
            self.store.append(found.case.agency, found.number, found.moves[len(dossier.moves) :])
        return found

    def _settled(self, dossier: Dossier, moment: int) -> Dossier:
        """The dossier as time alone has moved it up to a moment; nothing is put down."""
        while timer := ripe(dossier.state, moment):
            receiver = "" if timer[1].row.step is None else self._earlier(dossier, timer[1].row, timer[0])
            dossier = self._after(dossier, (decision.system_move(dossier.state, timer, receiver),))
        return dossier

    def _receiver(self, dossier: Dossier, action: str, to: str | None, by: str, at: int) -> str:
        arc = dossier.state.row.arcs.get(action)
        if to is not None or action in VERBS or arc is None or arc.row.step is None:
            return to or ""
        held = self._held(dossier, arc.row, at)
        if held is not None:
            return held
        fits = fitting(self.flows.org, arc.row, dossier.holder, at)
        if len(fits) == 1:
            return fits[0].id
        names = ", ".join(account.id for account in fits)
        raise NotAllowed(
            Text(f"hãy chọn người nhận (to=): {names}", f"name the account to hand it to (to=): {names}"), (action,)
        )

    def _earlier(self, dossier: Dossier, row: Row, at: int) -> str:
        """Who gets what the system hands on: the last holder of that role, else the first who fits."""
        held = self._held(dossier, row, at)
        if held is not None:
            return held
        fits = fitting(self.flows.org, row, "", at)
        return fits[0].id if fits else next(iter(row.fits), "")

    def _held(self, dossier: Dossier, row: Row, at: int) -> str | None:
        held = last_holder(dossier.table, dossier.moves, row)
        return held if held is not None and present(self.flows.org.accounts[held], local(at).date()) else None

    def _append(self, dossier: Dossier, moves: tuple[Move, ...]) -> Dossier:
        self.store.append(dossier.case.agency, dossier.number, moves)
        return self._after(dossier, moves)

    def _after(self, dossier: Dossier, moves: tuple[Move, ...]) -> Dossier:
        state = follow(dossier.table, self.flows.calendar, dossier.state, moves)
        return Dossier(dossier.case, dossier.table, state, (*dossier.moves, *moves))

    def _read(self, dossier: Dossier | str) -> Dossier:
        return dossier if isinstance(dossier, Dossier) else self.dossier(dossier)

    def _moment(self, at: datetime | None) -> int:
        if at is not None:
            return instant(at)
        if self._clock is None:
            raise BadValue(
                Text("thiếu thời điểm: hãy cho 'at' hoặc mở với 'clock'", "no moment: give 'at' or a 'clock'")
            )
        return instant(self._clock())

    def lives(self, until: datetime | None = None) -> Iterator[tuple[Table, Life]]:
        """Every dossier as its log up to a moment tells it, with what time alone has done by then."""
        for case, moves in self.store.logs(self.agency, None if until is None else instant(until)):
            table = self._table(case, moves)
            life = trace(table, self.flows.calendar, case, moves)
            if until is not None and ripe(life.state, instant(until) + 1):
                settled = self._settled(Dossier(case, table, life.state, tuple(moves)), instant(until) + 1)
                life = trace(table, self.flows.calendar, case, settled.moves)
            yield table, life

    def watch(self, due_within: str | timedelta = "8wh", at: datetime | None = None) -> tuple[Finding, ...]:
        """What is late, about to be late or in the wrong hands at `at`; `due_within` is in working hours ("8wh")."""
        moment = self._moment(at)
        seconds = due_within if isinstance(due_within, timedelta) else _working(due_within)
        return tuple(
            finding
            for table, life in self.lives(local(moment))
            for finding in watch.findings(life, table, self.flows.calendar, moment, int(seconds.total_seconds()))
        )

    def stats(self, year: int) -> stats.Report:
        """The year's figures from the log as it stood at the year's end (R92)."""
        period = stats.Period.year(year)
        lives = (life for _, life in self.lives(local(period.end)))
        simulated = self.store.kind == "simulated"
        return stats.tally(lives, period, self.flows.calendar, self.flows.org, self.flows.flows, simulated)


def last_holder(table: Table, moves: Sequence[Move], row: Row) -> str | None:
    """The account that last held a step of the role of `row` in this log and still fits it."""
    assert row.step is not None
    for move in reversed(moves):
        step = table.rows[move.step].step
        if step is not None and step.by == row.step.by and move.holder in row.fits:
            return move.holder
    return None


def _place(table: Table, row: Row) -> Step | End:
    if row.step is not None:
        return row.step
    end = table.flow.end(row.id)
    assert end is not None
    return end


def _time(at: int | None) -> datetime | None:
    return None if at is None else local(at)


def _working(text: str) -> timedelta:
    term = Term.parse(text)
    if term.unit not in ("wh", "wd"):
        raise BadValue(
            Text(f"'{text}' không phải giờ hay ngày làm việc; ví dụ đúng: 8wh, 1wd", f"'{text}': give 8wh or 1wd")
        )
    return timedelta(hours=float(term.amount) * (8 if term.unit == "wd" else 1))
