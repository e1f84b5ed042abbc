"""What can be asked about dossiers: one and its buttons, its ledger; all of them, what is wrong, the year's figures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from . import control, drill, envelopes, faults, ledger, misroutes, register, stats, watch
from .asked import check_texts, limit_of, moment_of, span_of, year_of
from .chain import seal
from .dossier import Action, Dossier, folded, place, table_of
from .errors import BadValue, FlowFileError, UnknownFlow
from .handover import as_of, candidates, doubt, settled
from .hindsight import recently
from .integrity import incomplete, unreadable
from .kept import Difference, differences
from .keptreport import Kept, answer, numbers_apart, parts_of
from .life import Life
from .lights import working
from .machine import Table
from .model import RECEIVE, STOP, WITHDRAW, Case, Finding, Move
from .people import masked
from .period import Period
from .ports import Flows, Store
from .refusals import actions
from .routing import may_keep
from .state import ripe
from .text import Text
from .tracing import trace
from .worktime import local


class Questions:
    """The dossiers of one agency, to be asked about. Every question takes `at`; without it the given clock is asked."""

    def __init__(self, flows: Flows, store: Store, clock: Callable[[], datetime] | None = None) -> None:
        self.flows = flows
        self.store = store
        self._clock = clock

    @property
    def agency(self) -> str:
        """The agency's id, part of every number and row."""
        return self.flows.org.agency

    def dossier(self, number: str) -> Dossier:
        """The dossier with this number; raises UnknownDossier."""
        check_texts({"number": number})
        return folded(self.flows, *self.store.read(self.agency, number))

    def person(self, number: str, unmasked: bool = False) -> Mapping[str, str]:
        """The personal data of a dossier by field, masked unless asked otherwise (R151). Raises UnknownDossier."""
        check_texts({"number": number})
        found = self.store.person(self.agency, number)
        return dict(found) if unmasked else masked(found)

    def actions(self, dossier: Dossier | str, at: datetime | None = None) -> tuple[Action, ...]:
        """What can be done now, each with the accounts it may lead to; absent and wrong accounts are left out."""
        wanted = self._moment(at)
        found = self._settled(self._read(dossier), wanted)
        moment = max(wanted, found.state.at)
        return tuple(self._action(found, name, moment) for name in actions(found.state))

    def _action(self, dossier: Dossier, name: str, at: int) -> Action:
        arc = dossier.state.row.arcs[name]
        sender = "" if may_keep(dossier.state.row, arc.row) else dossier.holder
        accounts = candidates(dossier, arc.row, sender, at) if arc.row.step else ()
        return Action(name, arc.arrow.title, place(arc.row), accounts)

    def check(self, dossier: Dossier | str, action: str, to: str, at: datetime | None = None) -> Finding | None:
        """What speaks against handing it to `to` by `action`, for a screen to say before anybody clicks (R121).

        An error: it would be refused, and why. A warning (DOS204): it may go there, but another account, who is there, did
        this role's work in this dossier. None when all is well. Raises NotAllowed when there is no such action now.
        """
        check_texts({"action": action, "to": to})
        wanted = self._moment(at)
        found = self._settled(self._read(dossier), wanted)
        return doubt(found, action, to, max(wanted, found.state.at))

    def _settled(self, dossier: Dossier, moment: int) -> Dossier:
        """The dossier as time alone has moved it up to a moment; nothing is put down."""
        return settled(dossier, self.flows.calendar, moment)

    def _read(self, dossier: Dossier | str) -> Dossier:
        return dossier if isinstance(dossier, Dossier) else self.dossier(dossier)

    def _moment(self, at: datetime | None) -> int:
        if at is not None:
            return moment_of(at)
        if self._clock is None:
            raise BadValue(
                Text("thiếu thời điểm: hãy cho 'at' hoặc mở với 'clock'", "no moment: give 'at' or a 'clock'")
            )
        return moment_of(self._clock())

    def lives(
        self, until: datetime | None = None, unread: list[Finding] | None = None, running: bool = False
    ) -> Iterator[tuple[Table, Life]]:
        """Every dossier as its log up to a moment tells it, with what time alone has done by then.

        One whose flow version is gone is passed over: of each its finding (DOS311) is put into `unread`. Without that list
        UnknownFlow is raised behind the last one, and names them: a count that silently misses a dossier would be wrong.
        Where `running` is set only those that hadn't come to an end by then, or so lately that something is still told of them
        (`hindsight.RECENT`); it reads no more than these.
        """
        moment = None if until is None else moment_of(until)
        gone: list[Finding] = [] if unread is None else unread
        logs = self._running(moment) if running else self.store.logs(self.agency, moment)
        yield from self._traced(logs, moment, gone)
        if unread is None and gone:
            raise incomplete(gone)

    def _traced(
        self, logs: Iterable[tuple[Case, list[Move]]], until: int | None, gone: list[Finding]
    ) -> Iterator[tuple[Table, Life]]:
        """The lives that logs tell; what can't be read is put into `gone`."""
        for case, moves in logs:
            try:
                table = table_of(self.flows, case, moves)
            except (UnknownFlow, FlowFileError) as error:
                gone.append(unreadable(case, error)._replace(holder=moves[-1].holder or None, at=moves[-1].at))
            else:
                yield table, self._life(table, case, moves, until)

    def _running(self, moment: int | None) -> Iterator[tuple[Case, list[Move]]]:
        since = None if moment is None else recently(self.flows.calendar, moment)
        return self.store.running(self.agency, self.ends, moment, since)

    @property
    def ends(self) -> frozenset[str]:
        """The ids that mean an end in every flow that has them; the engine's own ends are named like their verbs."""
        flows = self.flows.flows
        ends = {STOP, WITHDRAW, *(end.id for flow in flows for end in flow.ends)}
        return frozenset(ends - {step.id for flow in flows for step in flow.steps})

    def _life(self, table: Table, case: Case, moves: Sequence[Move], until: int | None) -> Life:
        life = trace(table, self.flows.calendar, case, moves)
        if until is not None and ripe(life.state, until + 1):
            settled = self._settled(Dossier(case, table, life.state, tuple(moves)), until + 1)
            life = trace(table, self.flows.calendar, case, settled.moves)
        return life

    def ledger(self, number: str, at: datetime | None = None) -> ledger.Ledger:
        """Whose each second of a dossier was up to a moment, with what time alone has done by then; nothing is put down.

        Without `at` all lines there are, also those that a clock ahead of this one has stamped. Raises UnknownDossier, BadValue
        when it wasn't received by then, CalendarUnknown.
        """
        check_texts({"number": number})
        wanted = self._moment(at)
        case, moves = self.store.read(self.agency, number)
        moment = max(wanted, moves[-1].at) if at is None else wanted
        known = [move for move in moves if move.at <= moment]
        life = self._life(table_of(self.flows, case, known), case, known, moment) if known else None
        found = ledger.ledger(life, self.flows.calendar, moment) if life else None
        if found is None:
            raise ledger.not_received(number, moment, next((one.at for one in moves if one.action == RECEIVE), None))
        return found

    def sheet(self, number: str, at: datetime | None = None) -> control.ControlSheet:
        """The control sheet of a dossier: every hand-over with both signatures (R20, R158), as the lines up to `at` tell them.

        Without `at` all lines there are. Raises UnknownDossier, BadValue for a moment before the first line.
        """
        found, wanted = self.dossier(number), self._moment(at)
        moment = max(wanted, found.state.at) if at is None else wanted
        known = as_of(found, self.flows.calendar, moment).moves
        lines = [move for move, then in zip(found.moves, known, strict=False) if move == then]
        return control.control_sheet(found.table, self.flows.calendar, found.case, lines, moment)

    def register(self, of: int | Period, at: datetime | None = None) -> register.Register:
        """The register of the dossiers received in a year, or in any period, as the logs up to `at` tell them (R20, R22).

        Raises BadValue for what is no year; UnknownFlow, which names them, when there are dossiers that can't be read.
        """
        period, moment = of if isinstance(of, Period) else Period.year(of), self._moment(at)
        return register.register((life for _, life in self.lives(local(moment))), period, moment)

    def watch(self, due_within: str | timedelta = "8wh", at: datetime | None = None) -> tuple[Finding, ...]:
        """What is late, about to be late or in the wrong hands at `at`; `due_within` is a working time ("8wh", "1wd").

        First comes what can't be read, since its flow version is gone (DOS311).
        """
        moment, seconds, calendar = self._moment(at), working(span_of(due_within)), self.flows.calendar
        unread: list[Finding] = []
        lives = self.lives(local(moment), unread)
        found = [one for table, life in lives for one in watch.findings(life, table, calendar, moment, seconds)]
        return *unread, *found

    def misroutes(self, at: datetime | None = None) -> tuple[misroutes.Record, ...]:
        """Every misroute the logs tell of up to `at`, suspected or confirmed, the latest first (R123); raises as `lives`."""
        moment = self._moment(at)
        lives = (life for _, life in self.lives(local(moment)))
        return misroutes.every(lives, self.flows.calendar, moment)

    def outbox(self, limit: int = 100) -> tuple[envelopes.Letter, ...]:
        """What hasn't been delivered yet, oldest first, in CloudEvents envelopes; deliver it, then call `delivered`.

        The events of a dossier whose flow version is gone wait until it is there again (DOS311), and hold up no others.
        """
        wanted = asked = limit_of(limit)
        while True:
            rows = self.store.outbox(self.agency, asked)
            found = envelopes.letters(self.agency, rows, self.flows.calendar, self._readable)
            if len(found) >= wanted or len(rows) < asked:
                return found[:wanted]
            asked *= 2

    def _readable(self, number: str) -> Dossier | None:
        with suppress(UnknownFlow, FlowFileError):
            return self.dossier(number)
        return None

    def faults(self, at: datetime | None = None, year: int | None = None) -> faults.Register:
        """The nonconformities the logs tell of at `at` and how each is handled (R130); with `year` those opened in it.

        Raises UnknownFlow, which names them, when there are dossiers that can't be read.
        """
        moment = self._moment(at)
        of = None if year is None else year_of(year)
        return faults.register(self.lives(local(moment)), self.flows.calendar, moment, of)

    def stats(
        self, of: int | Period, as_of: datetime | None = None, also: Iterable[Callable[[Life], None]] = ()
    ) -> stats.Report:
        """The figures of a year, or of any period, from the log as it stood at its end, or at `as_of` before that (R92).

        Each life is given to `also` as well, as it is counted: who needs more than these figures need not trace them again.
        Raises BadValue for what is no year, or a moment before the period; UnknownFlow, which names them, when there are
        dossiers that can't be read: figures without them would be wrong.
        """
        period, until, lives = self._of(of, as_of)
        flows, simulated = self.flows, self.store.kind == "simulated"
        digest = seal(
            "", ((number, seq, tip.hex()) for number, seq, tip in sorted(self.store.tips(self.agency, until)))
        )
        found = stats.tally(_shown(lives, also), period, flows.calendar, flows.org, flows.flows, simulated, until)
        return replace(found, digest=digest)

    def kept(self, of: int | Period, at: datetime | None = None) -> Kept | None:
        """Results and officers' figures of a period from the totals the store keeps, no log read; None where it keeps none.

        They are those of `stats`, but for what time alone has done since the last lines (a limit run out): that is counted
        once it is put down. A dossier that lies in a wrong account is looked at as of `at`. Raises BadValue for a period that
        isn't made of whole parts (`keptreport.parts_of`).
        """
        period = of if isinstance(of, Period) else Period.year(of)
        until = stats.cut_off(period, None if at is None else moment_of(at))
        totals = self.store.kept(self.agency, *parts_of(period))
        if totals is None:
            return None
        lives = (self._as_told(number, until) for number in numbers_apart(totals))
        apart = [life for life in lives if life is not None]
        return answer(totals, apart, self.flows, period, until, self.store.kind == "simulated")

    def _as_told(self, number: str, until: int) -> Life | None:
        """The life as the lines up to a moment tell it; None where there are none."""
        case, moves = self.store.read(self.agency, number)
        known = [move for move in moves if move.at <= until]
        return trace(table_of(self.flows, case, known), self.flows.calendar, case, known) if known else None

    def recount(self) -> tuple[Difference, ...] | None:
        """Every kept total that isn't what the logs add up to now; () when all are, None where none are kept.

        Raises UnknownFlow when there is a dossier that can't be read.
        """
        found = self.store.recounted(self.agency)
        return None if found is None else differences(*found)

    def drill(self, cell: str, of: int | Period, as_of: datetime | None = None) -> tuple[drill.Part, ...]:
        """The dossiers behind a cell of `stats` by the same arguments: "field/xttm/late", "officer/lan.vp/steps" (R110).

        Raises as `stats`, and BadValue for a cell there isn't.
        """
        check_texts({"cell": cell})
        period, until, lives = self._of(of, as_of)
        flows = self.flows
        return drill.drill(cell, lives, period, flows.calendar, flows.org, flows.flows, until)

    def _of(self, of: int | Period, as_of: datetime | None) -> tuple[Period, int, Iterator[Life]]:
        """A period, its cut-off, and the lives as the logs told them by then."""
        period = of if isinstance(of, Period) else Period.year(of)
        until = stats.cut_off(period, None if as_of is None else moment_of(as_of))
        return period, until, (life for _, life in self.lives(local(until)))


def _shown(lives: Iterable[Life], to: Iterable[Callable[[Life], None]]) -> Iterator[Life]:
    """The lives, each shown to others on its way."""
    others = tuple(to)
    for life in lives:
        for other in others:
            other(life)
        yield life
