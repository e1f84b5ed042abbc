"""What can be asked about dossiers: one and its buttons, its ledger; all of them, what is wrong, the year's figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from . import envelopes, faults, ledger, misroutes, stats, watch
from .asked import check_texts, limit_of, moment_of, span_of, year_of
from .dossier import Action, Dossier, folded, place, table_of
from .errors import BadValue, FlowFileError, UnknownFlow
from .handover import candidates, doubt, settled
from .hindsight import recently
from .integrity import incomplete, unreadable
from .life import Life
from .lights import working
from .machine import Table
from .model import STOP, WITHDRAW, Case, Finding, Move
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
        for case, moves in logs:
            try:
                table = table_of(self.flows, case, moves)
            except (UnknownFlow, FlowFileError) as error:
                gone.append(unreadable(case, error)._replace(holder=moves[-1].holder or None, at=moves[-1].at))
            else:
                yield table, self._life(table, case, moves, moment)
        if unread is None and gone:
            raise incomplete(gone)

    def _running(self, moment: int | None) -> Iterator[tuple[Case, list[Move]]]:
        since = None if moment is None else recently(self.flows.calendar, moment)
        return self.store.running(self.agency, self._ends, moment, since)

    @property
    def _ends(self) -> frozenset[str]:
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

        Raises UnknownDossier, BadValue when it wasn't received by then, CalendarUnknown.
        """
        check_texts({"number": number})
        moment = self._moment(at)
        case, moves = self.store.read(self.agency, number)
        known = [move for move in moves if move.at <= moment]
        life = self._life(table_of(self.flows, case, known), case, known, moment) if known else None
        found = ledger.ledger(life, self.flows.calendar, moment) if life else None
        if found is None:
            raise ledger.not_received(number, moment)
        return found

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

    def stats(self, year: int) -> stats.Report:
        """The year's figures from the log as it stood at the year's end (R92).

        Raises UnknownFlow, which names them, when there are dossiers that can't be read: figures without them would be wrong.
        """
        period = Period.year(year)
        lives = (life for _, life in self.lives(local(period.end)))
        simulated = self.store.kind == "simulated"
        return stats.tally(lives, period, self.flows.calendar, self.flows.org, self.flows.flows, simulated)
