"""The verbs of dossiers over any store that keeps logs: submit, receive, move, settle, hand over; notices and deliveries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal, NamedTuple, Self

from . import decision, envelopes, notices
from .asked import (
    KEYLESS,
    Ask,
    are_plain,
    check_absent,
    check_live,
    check_opening,
    check_prose,
    check_texts,
    ids_of,
    numbers_of,
    people_of,
    said,
)
from .dossier import Dossier, folded
from .errors import BadValue, Conflict, FlowFileError, FlowISOError, KeyReused, Misrouted, NotAllowed, UnknownFlow
from .events import owed
from .granting import added, grant
from .handover import check_held, check_known
from .kept import Keeper
from .model import APPLICANT, REASSIGN, RECEIVE, SUBMIT, Case, Channel, Finding, Flow, Move
from .ports import Beside, Flows, Join, Lines, Notice, Store
from .questions import Questions
from .recent import Recent
from .refusals import Said
from .state import begin
from .text import Text
from .worktime import DAY, local

_AHEAD = 366 * DAY
"""So long after the calendar's end an act may be dated: the files of next year may come late."""


class Handover(NamedTuple):
    """What a bulk reassignment did: the dossiers handed on, and for each that was not, why."""

    moved: tuple[Dossier, ...]
    refused: tuple[tuple[str, FlowISOError], ...]


class Engine(Questions):
    """Moves dossiers of one agency. Every verb takes `at`, an aware datetime; without it the given clock is asked.

    An engine without a clock must be told every moment (BadValue otherwise). Threads may share one; `with` closes it.

    A moment before the dossier's last move counts as that last moment (a clock may jump back, time in a log may not); the
    line then says which moment was `told`. A verb with a `key` that was used before does nothing more: it gives the dossier
    as the first call left it, or raises KeyReused when something else was asked for.
    """

    def __init__(
        self,
        flows: Flows,
        store: Store,
        clock: Callable[[], datetime] | None = None,
        *,
        allow_draft: bool = False,
        on_misroute: Literal["refuse", "record"] = "refuse",
        join: Join | None = None,
        remember: int = 1_024,
    ) -> None:
        """`join` makes a store of a host's connection; `remember` is how many dossiers are kept in mind between moves."""
        super().__init__(flows, store, clock)
        self._allow_draft = allow_draft
        self._recent = Recent(remember)
        store.count_by(self.agency, Keeper(flows))
        self._strict = on_misroute == "refuse"
        self._join = join

    def on(self, store: Store, remember: int = 1_024) -> Engine:
        """The same engine over another store."""
        return Engine(
            self.flows,
            store,
            self._clock,
            allow_draft=self._allow_draft,
            on_misroute="refuse" if self._strict else "record",
            join=self._join,
            remember=remember,
        )

    def within(self, connection: Any, create: bool = False) -> Engine:
        """The same engine in the transaction of a host's own connection, of sqlite3 or psycopg 3 or what wraps one.

        Nothing is ever committed: dossier, outbox and keys stand or fall with what the host writes. `create` makes the
        tables, in that transaction too. Raises StoreError: no store there, or at the first write no transaction.
        """
        if self._join is None:
            raise BadValue(
                Text("máy này không được mở bằng flowiso.open()", "this engine wasn't opened by flowiso.open()")
            )
        return self.on(self._join(connection, create), remember=0)  # the host may roll back what it wrote

    def close(self) -> None:
        """Let go of the store's files and connections; a host's connection stays open."""
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def receive(
        self,
        code: str | Dossier,
        *,
        by: str,
        number: str | None = None,
        channel: Channel = "counter",
        at: datetime | None = None,
        people: Mapping[str, str] | None = None,
        key: str | None = None,
    ) -> Dossier:
        """Accept a dossier at the one-stop unit: the clock starts (R11). Give a code for a new one, or a submitted dossier.

        `people` is personal data by the fields of `people.FIELDS`, kept apart from the log (R151). Raises UnknownFlow,
        DraftFlow, NotAllowed (`by` may not receive, intake closed, simulated store), Conflict, KeyReused.
        """
        if isinstance(code, Dossier):
            check_absent(number=number, people=people)
            return self.move(code, RECEIVE, by=by, at=at, key=key)
        return self._open(code, RECEIVE, by, by, number, channel, at, people, key)

    def submit(
        self,
        code: str,
        *,
        to: str,
        number: str | None = None,
        channel: Channel = "online",
        at: datetime | None = None,
        people: Mapping[str, str] | None = None,
        key: str | None = None,
    ) -> Dossier:
        """Put down an online submission that one-stop account `to` has to answer within the intake limit (R13).

        Raises what `receive` raises.
        """
        return self._open(code, SUBMIT, APPLICANT, to, number, channel, at, people, key)

    def _open(
        self,
        code: str,
        verb: str,
        by: str,
        to: str,
        number: str | None,
        channel: Channel,
        at: datetime | None,
        people: Mapping[str, str] | None,
        key: str | None,
    ) -> Dossier:
        check_texts({"code": code, "by": by, "to": to})
        check_opening(number, channel)
        kept = people_of(people)
        ask = Ask.of(key, code, verb, by, to, number, channel, kept and sorted(kept), people=kept)
        moment = self._when(at)

        def begun() -> Dossier:
            on = local(moment).date()
            flow = self.flows.find(code, on)
            self._check_live(flow)
            table = self.flows.table(flow.code, flow.version, on.year)
            first = decision.open_case(table, verb, by, to, moment)
            state = begin(table, self.flows.calendar, first)
            event = owed(None, state, first)
            assert event is not None
            beside = Beside(ask.key, ask.request, (event,), kept)
            case = self._created(Case(self.agency, number or "", flow.code, flow.version, channel), first, on, beside)
            opened = Dossier(case, table, state, (first,))
            self._recent.keep(opened)
            return opened

        return self._once(ask, begun)

    def _created(self, case: Case, first: Move, on: date, beside: Beside) -> Case:
        """The case as it was stored; without a number it gets the next one that the host hasn't given away."""
        if not case.number:
            return self.store.create_next(case, f"{on:%y%m%d}", (first,), beside)
        self.store.create(case, (first,), beside)
        return case

    def _once(self, ask: Ask, act: Callable[[], Dossier]) -> Dossier:
        """Do it, unless its key was used before: then what that call led to."""
        try:
            return act()
        except FlowISOError:
            answer = self.store.answered(self.agency, ask.key) if ask.key else None
            if answer is None:
                raise
        if answer.request != ask.request or not ask.is_about(self.store.person(self.agency, answer.number)):
            raise KeyReused(
                Text(
                    f"khóa '{ask.key}' đã dùng cho một yêu cầu khác (hồ sơ {answer.number}); hãy dùng khóa mới",
                    f"key '{ask.key}' was used for another request (dossier {answer.number}); use a new one",
                )
            )
        case, moves = self.store.read(self.agency, answer.number)
        return folded(self.flows, case, moves[: answer.seq + 1])

    def _check_live(self, flow: Flow) -> None:
        check_live(flow, simulated=self.store.kind == "simulated", allow_draft=self._allow_draft)

    def move(
        self,
        dossier: Dossier | str,
        action: str,
        *,
        by: str,
        to: str | None = None,
        at: datetime | None = None,
        note: str | None = None,
        record: Mapping[str, str] | None = None,
        force: bool = False,
        key: str | None = None,
    ) -> Dossier:
        """Take an arrow of the flow, or one of the engine's verbs (`verbs.TITLES`); `to` is the account it is handed to.

        Without `to` it goes to the one who held a step of that role in this dossier last, or to the only one who may.
        `note` is the written reason or content, `record` what a form adds (`model.RECORD`); with `force` a leader hands it
        to an account that R121 forbids, in writing. What time has done by itself since (a limit run out, silence at the due
        moment) is put down first. Raises NotAllowed, Incomplete, Misrouted, BadValue, UnknownDossier, KeyReused, Conflict
        (someone else moved it first: read it again).
        """
        number = dossier.number if isinstance(dossier, Dossier) else dossier
        if not are_plain(number, action, by, "" if to is None else to):
            check_texts({"dossier": number, "action": action, "by": by}, {"to": to})
        words = said(note, record, force)
        ask = KEYLESS
        if key is not None:
            ask = Ask.of(key, number, action, by, to, words.note, sorted((words.record or {}).items()), words.force)
        wanted = self._when(at)
        known = None if number is not dossier else self._recent.take(number)
        if known is not None:
            try:
                return self._moved(known, action, by, to, wanted, words, ask)
            except (Conflict, NotAllowed, Misrouted):  # it may be out of date: then read it, and judge again
                pass
        return self._once(ask, lambda: self._moved(self._read(dossier), action, by, to, wanted, words, ask))

    def _moved(
        self, read: Dossier, action: str, by: str, to: str | None, wanted: int, words: Said, ask: Ask
    ) -> Dossier:
        try:
            if action == RECEIVE:
                self._check_live(read.flow)
            done, lines = grant(read, self.flows.calendar, action, by, to, wanted, words, strict=self._strict, ask=ask)
        except (NotAllowed, Misrouted):
            self._settle(read, wanted)  # what time has done is so, whatever is refused
            raise
        self.store.append(read.case.agency, *lines)
        self._recent.keep(done)
        return done

    def settle(self, dossier: Dossier | str, at: datetime | None = None) -> Dossier:
        """Put down what time has done by itself: moves of the account he-thong, stamped with the moment they fell due."""
        return self._settle(self._read(dossier), self._when(at))

    def _when(self, at: datetime | None) -> int:
        """The moment of an act. One that is given may not lie far ahead: nothing could be put down until it is there (R158)."""
        moment = self._moment(at)
        if at is not None and moment > self.flows.calendar.until + _AHEAD:
            raise self.flows.calendar.outside(moment)
        return moment

    def _settle(self, read: Dossier, moment: int) -> Dossier:
        found = self._settled(read, moment)
        if found is not read:
            self.store.append(read.case.agency, *added(read, found, self.flows.calendar, KEYLESS))
        return found

    def hand_over(
        self,
        account: str,
        *,
        by: str,
        to: str,
        note: str,
        at: datetime | None = None,
        numbers: Sequence[str] | None = None,
    ) -> Handover:
        """Reassign the open dossiers an account holds, or those of them in `numbers`, one line each, in one transaction (R128).

        Each is judged alone: what may not go to `to`, or can't be read, stays and is told with the reason. Raises BadValue for
        an account nobody knows, Conflict when one of them was moved meanwhile; nothing is written then.
        """
        done, refused = self._judged(account, by, to, note, at, numbers)
        self.store.append_many(self.agency, [lines for _, lines in done])
        return Handover(tuple(found for found, _ in done), refused)

    def would_hand_over(self, account: str, *, by: str, to: str, at: datetime | None = None) -> Handover:
        """What `hand_over` would do with all that an account holds, given a reason; nothing is written."""
        done, refused = self._judged(account, by, to, "…", at, None)
        return Handover(tuple(found for found, _ in done), refused)

    def _judged(
        self, account: str, by: str, to: str, note: str, at: datetime | None, numbers: Sequence[str] | None
    ) -> tuple[list[tuple[Dossier, Lines]], tuple[tuple[str, FlowISOError], ...]]:
        """What may be handed over, with the lines that do it, and what may not."""
        check_texts({"account": account, "by": by, "to": to})
        check_prose("note", note)
        check_known(account, self.flows.org, (moves for _, moves in self.store.logs(self.agency)))
        wanted, words = self._when(at), said(note, None, False)
        done: list[tuple[Dossier, Lines]] = []
        refused: list[tuple[str, FlowISOError]] = []
        for case, moves in self._held(account) if numbers is None else map(self._log, numbers_of(numbers)):
            try:
                read = folded(self.flows, case, moves)
                check_held(read, account)
                strict, calendar = self._strict, self.flows.calendar
                moved = grant(read, calendar, REASSIGN, by, to, wanted, words, strict=strict, ask=KEYLESS)
            except (NotAllowed, Misrouted, UnknownFlow, FlowFileError) as error:
                refused.append((case.number, error))
            else:
                done.append(moved)
        return done, tuple(refused)

    def _held(self, account: str) -> list[tuple[Case, list[Move]]]:
        return list(self.store.held(self.agency, account))

    def _log(self, number: str) -> tuple[Case, list[Move]]:
        return self.store.read(self.agency, number)

    def notify(self, at: datetime | None = None) -> tuple[Notice, ...]:
        """Put the warnings due at `at` into the outbox, each once for ever (R126); gives those that are new."""
        moment, calendar = self._moment(at), self.flows.calendar
        unread: list[Finding] = []
        lives = self.lives(local(moment), unread, running=True)
        due = [notice for table, life in lives for notice in notices.due(life, table, calendar, moment)]
        due += notices.unread(unread, self.flows.org, moment)
        return self.store.notify(self.agency, due)

    def keep(self, on: bool = True) -> bool:
        """Have the store keep totals of this agency from now on (`Questions.kept`), or no longer; whether that is news.

        They are made of the logs there are, while other writers wait; done again they are made anew. Raises UnknownFlow when
        there is a dossier that can't be read.
        """
        return self.store.keep(self.agency, on)

    def delivered(self, letters: Iterable[envelopes.Letter], at: datetime | None = None) -> None:
        """Mark letters as delivered; the others are handed out again, each under the `id` it always had."""
        self.store.delivered(self.agency, ids_of(letters), self._moment(at))
