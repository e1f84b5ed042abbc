"""A dossier's life read from its log: who had it when, what was handed to a wrong account, whether and why it is late.

One walk through `begin` and `advance`; states, due moments and stops are theirs, nothing here interprets a move again.
Moments are epoch seconds, lengths of time are working seconds.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from itertools import takewhile
from typing import Any, NamedTuple

from .astray import BOUNCED, CORRECTED, RECALLED, RETURNED, Misroute, Stranger
from .calendar import Calendar
from .duedate import Verdict, step_verdict, verdict
from .machine import Arc, Row, Table
from .model import (
    APPLICANT,
    ASKING,
    BOUNCE,
    CONFIRM,
    CORRECT,
    MIGRATE,
    REAPPOINT,
    REASSIGN,
    RECALL,
    RECEIVE,
    SUBMIT,
    SYSTEM,
    Account,
    Case,
    EndKind,
    Move,
    Outcome,
    Party,
)
from .org import Org
from .routing import may_keep, misroute
from .state import State, advance, begin, blames
from .worktime import TZ, instant, local

OFFICIAL: frozenset[Party] = frozenset({"agency", "partner"})
"""The parties whose time is measured (R95)."""

_ABSENT = Account("", "", frozenset(), "")
_visit: Any = tuple.__new__


ROUTINE = frozenset({SUBMIT, RECEIVE, CONFIRM, RECALL, BOUNCE, REASSIGN})
"""The verbs that only say who has a dossier."""


class Visit(NamedTuple):
    """One stay of a dossier with the account whose work it was; a stay in a wrong account is none (R124).

    `holder` had it at `step` from `since`, handed over by `sender` and confirmed at `confirmed_at`, to `until`, None
    while he has it. `due` is the step's due moment, `charged` whose lateness it would be. `lost` is the working time
    that his hand-over to a wrong account cost, and `done` the moment it counts as finished: `until`, later by `lost`.
    """

    step: str
    holder: str
    sender: str
    since: int
    confirmed_at: int | None
    until: int | None
    due: int | None
    charged: Party
    lost: int
    done: int | None

    @property
    def verdict(self) -> Verdict | None:
        """Early, on time or late against the step's due minute (R72); None while open or where no time is set."""
        return None if self.done is None or self.due is None else step_verdict(self.done, self.due)

    def late(self, at: int) -> bool:
        """Whether it was finished late, or is open at `at` past its due minute (R72, R124)."""
        done = at if self.done is None else self.done
        return self.due is not None and done // 60 > self.due // 60

    def overrun(self, calendar: Calendar, at: int) -> int:
        """Working seconds past its due minute, up to `at` while open; 0 when not late."""
        if self.due is None or not self.late(at):
            return 0
        return calendar.worked(self.due, at if self.done is None else self.done)


class Life(NamedTuple):
    """What a log tells of a dossier.

    `due` is the legal due moment, None without a term or before receipt; `kind` the kind of its end, None while it has
    none; `stops` the intervals in which the clock stood (asked, back or None, policy); `supplements` those of them asked
    as a supplement (asked, back or None), `pauses` those in which a leader had paused it (R59); `state` where it is now.
    `acts` are the lines of verbs that say more than who has it: re-appointment, stops, corrections, migrations, remarks.
    Hand-overs that a leader forced against R121 are among them.
    `tables` are the flow versions it went by, each with the moment since which; `strangers` the steps finished by who may not.
    """

    case: Case
    submitted: int
    received: int | None
    resolved: int | None
    due: int | None
    kind: EndKind | None
    visits: tuple[Visit, ...]
    misroutes: tuple[Misroute, ...]
    stops: tuple[tuple[int, int | None, str], ...]
    state: State
    supplements: tuple[tuple[int, int | None], ...] = ()
    acts: tuple[Move, ...] = ()
    pauses: tuple[tuple[int, int | None], ...] = ()
    tables: tuple[tuple[int, Table], ...] = ()
    strangers: tuple[Stranger, ...] = ()

    def row(self, step: str, at: int) -> Row:
        """The row of one of its steps in the flow version it went by at `at`, or in another of its versions."""
        earlier_first = [table for _, table in self.tables] or [self.state.row.table]
        then = [table for since, table in self.tables if since <= at]
        return next(table.rows[step] for table in (*reversed(then), *reversed(earlier_first)) if step in table.rows)

    @property
    def outcome(self) -> Outcome | None:
        """How a resolved dossier counts: by dates (R72), or as what it is when it has no verdict (R57, R59, R61).

        None while it is open, before it is received, and when its intake was refused (R91).
        """
        if self.resolved is None or self.received is None:
            return None
        if self.kind == "withdrawn" or self.kind == "stopped":
            return self.kind
        return "no_term" if self.due is None else verdict(self.resolved, self.due)

    @property
    def apology(self) -> Move | None:
        """The line that apologised and re-appointed (form 04, R49); None when none did."""
        return next((move for move in self.acts if move.action == REAPPOINT), None)

    @property
    def closed_overdue(self) -> bool:
        """Whether it was withdrawn or stopped after its due date: on time on the form, late all the same (R57, R129)."""
        if self.outcome not in ("withdrawn", "stopped") or self.resolved is None or self.due is None:
            return False
        return verdict(self.resolved, self.due) == "late"

    @property
    def clock_stands(self) -> bool:
        """Whether the clock stands now: stopped, and not first stopped when it was late already (R129)."""
        since = self.state.stopped_since
        return since is not None and (self.due is None or verdict(since, self.due) != "late")

    def overdue(self, at: int) -> bool:
        """Whether it is received, open, past its due date at `at` and the clock runs (R72, II.06a column 13)."""
        if self.due is None or self.resolved is not None or self.received is None:
            return False
        return verdict(at, self.due) == "late" and not self.clock_stands

    def is_late(self, at: int) -> bool:
        """Whether it was resolved late or is overdue at `at`."""
        return self.outcome == "late" or self.overdue(at)

    @property
    def late_since(self) -> int | None:
        """00:00 of the day after the due date (R72); None without a term."""
        return None if self.due is None else day_after(self.due)


def trace(table: Table, calendar: Calendar, case: Case, moves: Iterable[Move]) -> Life:
    """The life that a log tells; the log must have at least one move."""
    log = tuple(moves)
    first = log[0]
    state = begin(table, calendar, first)
    walk = _Walk(table, calendar, first.at)
    for index, move in enumerate(log[1:], 1):
        after = advance(table, calendar, state, move)
        arc = state.row.arcs.get(move.action)
        if arc is not None:
            walk.left(state, after, move, arc, _again(log[index:], state.row.id) if arc.misroute else "")
        elif move.action == CONFIRM:
            walk.opened(move.at)
        else:
            walk.turned(state, after, move)
        state = after
    return walk.life(case, first.at, state)


def _again(log: Iterable[Move], step: str) -> str:
    """Who has a step next; "" for nobody. A correction begins anew: who had it before tells nothing of it (R53, R129)."""
    before = takewhile(lambda line: line.action != CORRECT, log)
    return next((line.holder for line in before if line.step == step), "")


class _Walk:
    """What a walk remembers beside the state: since when the holder has it, and the hand-over not yet put right."""

    __slots__ = (
        "acts",
        "asked",
        "asking",
        "calendar",
        "confirmed",
        "misroutes",
        "org",
        "pauses",
        "since",
        "strangers",
        "tables",
        "visits",
        "wrong",
    )

    def __init__(self, table: Table, calendar: Calendar, at: int) -> None:
        self.org: Org = table.org
        self.tables = [(at, table)]
        self.calendar = calendar
        self.visits: list[Visit] = []
        self.misroutes: list[Misroute] = []
        self.strangers: list[Stranger] = []
        self.wrong: Misroute | None = None
        self.asking = ""
        self.asked: list[int] = []
        self.acts: list[Move] = []
        self.pauses: list[tuple[int, int | None]] = []
        self.since = at
        self.confirmed: int | None = at

    def left(self, state: State, after: State, move: Move, arc: Arc, again: str) -> None:
        """An arrow was taken: the stay at `state` is over; `again` has the step next, where it says "wrong place"."""
        if self.wrong is None and state.row.fits.get(move.actor, _ABSENT) is not None:
            self._look_at(state, arc, move)
        if arc.misroute and again != state.holder and self._returned(state, move, not again):
            self.wrong = None
        elif self.wrong is None or self._did_the_work(self.wrong, state, move):
            self._stayed(state, move.at)
        row = after.row
        if arc.kind in ASKING:
            self.asking = arc.kind
        if row.stopped and self.asking == "supplement":
            self.asked.append(move.at)
        self.since = move.at
        self.confirmed = move.at if after.confirmed else None
        self._resumed(state, move.at)
        if row.kind is None and (move.holder == state[3] or row.fits.get(move.holder, _ABSENT) is not None):
            self._suspect(row, "" if may_keep(state.row, row) else state.holder, move)

    def opened(self, at: int) -> None:
        """The holder confirmed the hand-over: from now on he keeps it knowingly (R124)."""
        self.confirmed = at
        if self.wrong is not None:
            self.wrong = self.wrong._replace(opened_at=at)

    def turned(self, state: State, after: State, move: Move) -> None:
        """One of the engine's verbs: the dossier stays at its step. After its end it means nothing."""
        if move.action not in ROUTINE:
            self._acted(state, after, move)
        elif state.row.kind is not None:
            return
        elif move.action in (RECALL, BOUNCE):
            why = RECALLED if move.action == RECALL else BOUNCED
            self.wrong = self._found(state, why, move)
            self.since = self.confirmed = move.at
        elif move.action == REASSIGN:
            self._handed_on(state, after, move)
        elif move.action == RECEIVE and state.received is None:
            if self.wrong is None:
                self._stayed(state, move.at)
            else:
                self._put_right(self.wrong, move)
            self.since = self.confirmed = move.at

    def _found(self, state: State, why: str, move: Move) -> Misroute:
        """The misroute of who has it, told by a move; one that was told before stays as it was."""
        wrong = self.wrong or self._misroute(state.row, state.sender, state.holder, self.since, why)
        if wrong.detected_at is not None:
            return wrong
        opened = self.confirmed if state.row.confirms else None
        return wrong.told(move)._replace(opened_at=opened)

    def _returned(self, state: State, move: Move, doubtful: bool) -> bool:
        """Whether who got it sends it back as misrouted: his stay is no visit then, and over with the arrow (R122).

        Not where it comes to him again after that: as with a bounce, it was his.
        """
        told = self.wrong is not None and self.wrong.detected_at is not None
        if told or state.sender in ("", state.holder, APPLICANT):
            return False
        self._settle(self._found(state, RETURNED, move)._replace(until=move.at, doubtful=doubtful))
        return True

    def _look_at(self, state: State, arc: Arc, move: Move) -> None:
        """Note who finishes a step that he may not hold on that day: no candidate, of another division, gone (R122)."""
        row, actor = state.row, move.actor
        if actor == SYSTEM or state.forced or actor in arc.takers or actor in row.recorders:
            return
        found = misroute(self.org, row.table.flow, row, actor, "", move.at)
        if found is not None and found.code != "DOS207":
            by = Stranger(row.id, state.sender, state.holder, actor, self.since, move.at, found.code)
            self.strangers.append(by)

    def _acted(self, state: State, after: State, move: Move) -> None:
        """A verb that says more than who has it; some of them end the stay."""
        self.acts.append(move)
        if after.row.table is not state.row.table:
            self.tables.append((move.at, after.row.table))
        if after.paused and not state.paused:
            self.pauses.append((move.at, None))
        elif not after.paused:
            self._resumed(state, move.at)
        if after.row is not state.row and move.action != MIGRATE:
            if state.row.kind is None and (self.wrong is None or self._did_the_work(self.wrong, state, move)):
                self._stayed(state, move.at)
            self.since = move.at
            self.confirmed = move.at if after.confirmed else None

    def _resumed(self, state: State, at: int) -> None:
        if state.paused:
            self.pauses[-1] = (self.pauses[-1][0], at)

    def _stayed(self, state: State, until: int | None) -> None:
        row, party = state.row, self._party(state.row)
        fields = (row.id, state[3], state[4], self.since, self.confirmed, until, state[7], party, 0, until)
        self.visits.append(_visit(Visit, fields))

    def _party(self, row: Row) -> Party:
        assert row.step is not None
        role = self.org.role(row.step.by)
        return row.step.charged_to or (role.party if role else "agency")

    def _did_the_work(self, wrong: Misroute, state: State, move: Move) -> bool:
        """Whether who left a step with a misroute on it had done the step's work: the stay is then a visit."""
        self.wrong = None
        if move.actor != state.holder and (move.record or {}).get("behalf") != state.holder:
            self._settle(wrong._replace(until=move.at))
            return False
        if wrong.detected_at is None:
            self.misroutes.append(wrong._replace(until=move.at))
        else:
            back = wrong.detected_at
            self._settle(wrong._replace(right=state.holder, corrected_at=back, until=back))
        return True

    def _handed_on(self, state: State, after: State, move: Move) -> None:
        wrong = self._found(state, CORRECTED, move) if self.wrong is None and blames(state, move) else self.wrong
        if wrong is None:
            self._stayed(state, move.at)
        elif wrong.why in (BOUNCED, RECALLED) and wrong.wrong == move.holder:
            self._kept(wrong, state)
        else:
            self._put_right(wrong, move)
        self.since = move.at
        self.confirmed = move.at if after.confirmed else None
        if after.row.fits.get(move.holder, _ABSENT) is not None:
            self._suspect(after.row, "", move)

    def _put_right(self, wrong: Misroute, move: Move) -> None:
        """Somebody else has it now: the misroute is over."""
        self.wrong = None
        found = wrong if wrong.detected_at is not None else wrong.told(move)
        self._settle(found._replace(right=move.holder, corrected_at=move.at, until=move.at))

    def _kept(self, wrong: Misroute, state: State) -> None:
        """It came back to the one who had returned it: no misroute, but a stay of his until he did."""
        assert wrong.detected_at is not None
        self.wrong = None
        self.since, self.confirmed = wrong.sent_at, wrong.opened_at if state.row.confirms else wrong.sent_at
        self._stayed(state._replace(holder=wrong.wrong, sender=wrong.sender), wrong.detected_at)

    def _suspect(self, row: Row, giver: str, move: Move) -> None:
        if move.record is not None and "forced" in move.record:
            self.acts.append(move)
            return
        finding = misroute(self.org, row.table.flow, row, move.holder, giver, move.at)
        if finding is None:
            return
        found = self._misroute(row, move.actor, move.holder, move.at, finding.code)
        if finding.code == "DOS206":
            self.misroutes.append(found._replace(until=move.at))
        else:
            self.wrong = found

    def _misroute(self, row: Row, sender: str, wrong: str, at: int, why: str) -> Misroute:
        visits = self.visits
        charged = next((index for index in reversed(range(len(visits))) if visits[index].holder == sender), None)
        counts, party = not row.stopped, self._party(row)
        return Misroute(row.id, sender, wrong, None, at, None, None, None, 0, why, "", charged, None, counts, party)

    def _settle(self, wrong: Misroute) -> None:
        """Book a misroute that is over: the time it cost goes to the sender's visit."""
        wrong = wrong.settled(self.calendar)
        self.misroutes.append(wrong)
        if wrong.visit is not None:
            self.visits[wrong.visit] = _charged(self.visits[wrong.visit], self.calendar, wrong.lost)

    def life(self, case: Case, submitted: int, state: State) -> Life:
        """The finished trace; an account that has the dossier wrongly has no open visit."""
        if self.wrong is not None:
            self.misroutes.append(self.wrong)
        elif state.row.kind is None:
            self._stayed(state, None)
        detour = state.detour
        stops: tuple[tuple[int, int | None, str], ...] = ()
        if detour:
            stops = detour.intervals
            if detour.asked is not None:
                stops = (*stops, (detour.asked, None, detour.policy))
        resolved = None if state.received is None else state.resolved
        visits, misroutes = tuple(self.visits), tuple(self.misroutes)
        kind = state.row.kind
        asked = set(self.asked)
        supplements = tuple((since, back) for since, back, _ in stops if since in asked)
        return Life(
            case,
            submitted,
            state.received,
            resolved,
            state.due,
            kind,
            visits,
            misroutes,
            stops,
            state,
            supplements,
            tuple(self.acts),
            tuple(self.pauses),
            tuple(self.tables),
            tuple(self.strangers),
        )


def _charged(visit: Visit, calendar: Calendar, lost: int) -> Visit:
    assert visit.until is not None
    total = visit.lost + lost
    return visit._replace(lost=total, done=calendar.plus(visit.until, total))


def visits_at(life: Life, calendar: Calendar, at: int) -> tuple[Visit, ...]:
    """The visits as they stand at `at`, with the time lost so far in an account that still has it wrongly (R124)."""
    last = life.misroutes[-1] if life.misroutes else None
    if last is None or last.until is not None or last.visit is None:
        return life.visits
    visits = list(life.visits)
    visits[last.visit] = _charged(visits[last.visit], calendar, last.lost_at(calendar, at))
    return tuple(visits)


def day_after(at: int) -> int:
    """00:00 of the next day."""
    return instant(datetime.combine(local(at).date() + timedelta(1), time(), TZ))
