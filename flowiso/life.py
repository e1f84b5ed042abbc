"""A dossier's life read from its log: who had it when, what was handed to a wrong account, whether and why it is late.

One walk through `begin` and `advance`; states, due moments and stops are theirs, nothing here interprets a move again.
Moments are epoch seconds, lengths of time are working seconds.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any, Literal, NamedTuple

from .calendar import Calendar
from .duedate import Verdict, step_verdict, verdict
from .machine import Row, Table
from .model import (
    ASKING,
    BOUNCE,
    CONFIRM,
    REASSIGN,
    RECALL,
    RECEIVE,
    Account,
    Case,
    EndKind,
    Move,
    Outcome,
    Party,
)
from .org import Org
from .routing import may_keep, misroute
from .state import State, advance, begin
from .worktime import TZ, instant, local

Cause = Literal[
    "legal_unclear",
    "coordination_delay",
    "officer_fault",
    "system_fault",
    "applicant_late",
    "overload",
    "force_majeure",
    "misrouted_account",
    "other",
]
OFFICIAL: frozenset[Party] = frozenset({"agency", "partner"})
"""The parties whose time is measured (R95)."""

_ABSENT = Account("", "", frozenset(), "")
_visit: Any = tuple.__new__


BOUNCED, RECALLED = "bounced", "recalled"


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


class Misroute(NamedTuple):
    """A hand-over to a wrong account (R123): `sender` gave `step` to `wrong` at `sent_at`.

    `why` is the code of the structural finding (DOS201..), or "bounced", "recalled". `detected_at` is when somebody
    acted on it by the verb `found`; None while it is only suspected. `right` got it at `corrected_at`. `until` is when
    it was over, by correction or otherwise; None while it lasts. `lost` is the working time from sending to that
    moment, less the time after the wrong account had opened it at `opened_at` and kept it, 0 when that account did the
    work itself. `visit` indexes the sender's visit it is charged to (R124).
    """

    step: str
    sender: str
    wrong: str
    right: str | None
    sent_at: int
    detected_at: int | None
    corrected_at: int | None
    until: int | None
    lost: int
    why: str
    found: str
    visit: int | None
    opened_at: int | None = None

    @property
    def confirmed(self) -> bool:
        """Bounced, recalled or put right; else only suspected."""
        return self.detected_at is not None

    @property
    def known_at(self) -> int:
        """Since when it can be known: at once by structure, else when it was bounced or recalled."""
        return self.detected_at if self.why in (BOUNCED, RECALLED) and self.detected_at is not None else self.sent_at

    def away(self, calendar: Calendar, at: int) -> int:
        """The working seconds the dossier was out of the right hands, whoever is to blame for them."""
        return max(0, calendar.worked(self.sent_at, at if self.until is None else self.until))

    def lost_at(self, calendar: Calendar, at: int) -> int:
        """`lost`, counted up to `at` while it lasts."""
        return self.lost if self.until is not None else self._cost(calendar, at)

    def _cost(self, calendar: Calendar, until: int) -> int:
        """The working time from sending to `until` without what the wrong account kept knowingly."""
        found = until if self.detected_at is None else self.detected_at
        opened = found if self.opened_at is None else min(self.opened_at, found)
        return max(0, calendar.worked(self.sent_at, opened) + calendar.worked(found, until))

    def settled(self, calendar: Calendar, counts: bool) -> Misroute:
        """The misroute when it is over: `lost` is booked, unless the clock stood."""
        assert self.until is not None
        return self._replace(lost=self._cost(calendar, self.until)) if counts else self


class Life(NamedTuple):
    """What a log tells of a dossier.

    `due` is the legal due moment, None without a term or before receipt; `kind` the kind of its end, None while it has
    none; `stops` the intervals in which the clock stood (asked, back or None, policy); `supplements` those of them asked
    as a supplement (asked, back or None); `state` where it is now.
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
    def closed_overdue(self) -> bool:
        """Whether it was withdrawn or stopped after its due date: on time on the form, late all the same (R57, R129)."""
        if self.outcome not in ("withdrawn", "stopped") or self.resolved is None or self.due is None:
            return False
        return verdict(self.resolved, self.due) == "late"

    @property
    def paused(self) -> bool:
        """Whether the clock stands now: stopped, and not first stopped when it was late already (R129)."""
        since = self.state.stopped_since
        return since is not None and (self.due is None or verdict(since, self.due) != "late")

    def overdue(self, at: int) -> bool:
        """Whether it is received, open, past its due date at `at` and the clock runs (R72, II.06a column 13)."""
        if self.due is None or self.resolved is not None or self.received is None:
            return False
        return verdict(at, self.due) == "late" and not self.paused

    def is_late(self, at: int) -> bool:
        """Whether it was resolved late or is overdue at `at`."""
        return self.outcome == "late" or self.overdue(at)

    @property
    def late_since(self) -> int | None:
        """00:00 of the day after the due date (R72); None without a term."""
        return None if self.due is None else _day_after(self.due)


def trace(table: Table, calendar: Calendar, case: Case, moves: Iterable[Move]) -> Life:
    """The life that a log tells; the log must have at least one move."""
    log = iter(moves)
    first = next(log)
    state = begin(table, calendar, first)
    walk = _Walk(table, calendar, first.at)
    for move in log:
        after = advance(table, calendar, state, move)
        if move.action in state.row.arcs:
            walk.left(state, after, move)
        elif move.action == CONFIRM:
            walk.confirmed = move.at
        else:
            walk.turned(state, after, move)
        state = after
    return walk.life(case, first.at, state)


class _Walk:
    """What a walk remembers beside the state: since when the holder has it, and the hand-over not yet put right."""

    __slots__ = ("asked", "asking", "calendar", "confirmed", "misroutes", "org", "since", "table", "visits", "wrong")

    def __init__(self, table: Table, calendar: Calendar, at: int) -> None:
        self.table = table
        self.org: Org = table.org
        self.calendar = calendar
        self.visits: list[Visit] = []
        self.misroutes: list[Misroute] = []
        self.wrong: Misroute | None = None
        self.asking = ""
        self.asked: list[int] = []
        self.since = at
        self.confirmed: int | None = at

    def left(self, state: State, after: State, move: Move) -> None:
        """An arrow was taken: the stay at `state` is over."""
        if self.wrong is None or self._did_the_work(self.wrong, state, move):
            self._stayed(state, move.at)
        row = after.row
        kind = state.row.arcs[move.action].kind
        if kind in ASKING:
            self.asking = kind
        if row.stopped and self.asking == "supplement":
            self.asked.append(move.at)
        self.since = move.at
        self.confirmed = move.at if after.confirmed else None
        if row.kind is None and (move.holder == state[3] or row.fits.get(move.holder, _ABSENT) is not None):
            self._suspect(row, "" if may_keep(state.row, row) else state.holder, move)

    def turned(self, state: State, after: State, move: Move) -> None:
        """One of the engine's verbs: the dossier stays at its step. After its end it means nothing."""
        if state.row.kind is not None:
            return
        if move.action in (RECALL, BOUNCE):
            why = RECALLED if move.action == RECALL else BOUNCED
            wrong = self.wrong or self._misroute(state.row.id, state.sender, state.holder, self.since, why)
            if wrong.detected_at is None:
                wrong = wrong._replace(detected_at=move.at, found=move.action, opened_at=self.confirmed)
            self.wrong = wrong
            self.since = self.confirmed = move.at
        elif move.action == REASSIGN:
            self._handed_on(state, after, move)
        elif move.action == RECEIVE and state.received is None:
            self._stayed(state, move.at)
            self.since = self.confirmed = move.at

    def _stayed(self, state: State, until: int | None) -> None:
        step = state.row.step
        assert step is not None
        party = step.charged_to
        if party is None:
            role = self.org.role(step.by)
            party = role.party if role else "agency"
        fields = (step.id, state[3], state[4], self.since, self.confirmed, until, state[7], party, 0, until)
        self.visits.append(_visit(Visit, fields))

    def _did_the_work(self, wrong: Misroute, state: State, move: Move) -> bool:
        """Whether who left a step with a misroute on it had done the step's work: the stay is then a visit."""
        self.wrong = None
        if move.actor != state.holder:
            self._settle(wrong._replace(until=move.at), state.row)
            return False
        if wrong.detected_at is None:
            self.misroutes.append(wrong._replace(until=move.at))
        else:
            back = wrong.detected_at
            self._settle(wrong._replace(right=state.holder, corrected_at=back, until=back), state.row)
        return True

    def _handed_on(self, state: State, after: State, move: Move) -> None:
        wrong, self.wrong = self.wrong, None
        if wrong is None:
            self._stayed(state, move.at)
        elif wrong.why in (BOUNCED, RECALLED) and wrong.wrong == move.holder:
            self._kept(wrong, state)
        else:
            found = wrong if wrong.detected_at is not None else wrong._replace(detected_at=move.at, found=REASSIGN)
            self._settle(found._replace(right=move.holder, corrected_at=move.at, until=move.at), state.row)
        self.since = move.at
        self.confirmed = move.at if after.confirmed else None
        if move.holder != state.holder and after.row.fits.get(move.holder, _ABSENT) is not None:
            self._suspect(after.row, move.actor, move)

    def _kept(self, wrong: Misroute, state: State) -> None:
        """It came back to the one who had returned it: no misroute, but a stay of his until he did."""
        assert wrong.detected_at is not None
        self.since, self.confirmed = wrong.sent_at, wrong.opened_at
        self._stayed(state._replace(holder=wrong.wrong, sender=wrong.sender), wrong.detected_at)

    def _suspect(self, row: Row, giver: str, move: Move) -> None:
        finding = misroute(self.org, self.table.flow, row, move.holder, giver, move.at)
        if finding is None:
            return
        found = self._misroute(row.id, move.actor, move.holder, move.at, finding.code)
        if finding.code == "DOS206":
            self.misroutes.append(found._replace(until=move.at))
        else:
            self.wrong = found

    def _misroute(self, step: str, sender: str, wrong: str, at: int, why: str) -> Misroute:
        visits = self.visits
        charged = next((index for index in reversed(range(len(visits))) if visits[index].holder == sender), None)
        return Misroute(step, sender, wrong, None, at, None, None, None, 0, why, "", charged)

    def _settle(self, wrong: Misroute, row: Row) -> None:
        """Book a misroute that is over: the time it cost goes to the sender's visit."""
        wrong = wrong.settled(self.calendar, not row.stopped)
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
            case, submitted, state.received, resolved, state.due, kind, visits, misroutes, stops, state, supplements
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


def unconfirmed_since(life: Life, org: Org, calendar: Calendar, at: int) -> int | None:
    """Since when a hand-over waits unconfirmed for longer than the agency's limit (R122); None when none does."""
    state = life.state
    if state.ended or state.confirmed:
        return None
    last = life.misroutes[-1] if life.misroutes else None
    given = life.visits[-1].since if last is None or last.until is not None else last.sent_at
    limit = calendar.due_instant(given, org.limits.unconfirmed, (), "minutes")
    return given if at > limit else None


def saved_by_right_routing(life: Life, calendar: Calendar, at: int) -> bool:
    """Whether a late dossier would be in time without the working time it lost in wrong accounts."""
    if life.due is None:
        return False
    end = at if life.resolved is None else life.resolved
    lost = _lost_since(life, calendar, _clock_start(life), end)
    return lost > 0 and calendar.worked(_day_after(life.due), end) <= lost


def late_cause(life: Life, calendar: Calendar, at: int) -> Cause:
    """Why a late dossier is late, as far as its log can tell (R95).

    misrouted_account: in time but for the time lost in wrong accounts. Else the visit with the largest overrun tells:
    coordination_delay when a partner's, overload when an agency officer's who had it waiting for half the time or more
    before he took it up, else officer_fault; other when no step was overrun. An unclear law, a fault of the system, an
    applicant's delay or force majeure leave no trace in a log: a person would have to say so, and they stay 0.
    """
    if saved_by_right_routing(life, calendar, at):
        return "misrouted_account"
    end = at if life.resolved is None else life.resolved
    start = _clock_start(life)
    worst, most = None, 0
    for visit in visits_at(life, calendar, end):
        if visit.charged in OFFICIAL and start <= visit.since < end:
            overrun = visit.overrun(calendar, end)
            worst, most = (visit, overrun) if overrun > most else (worst, most)
    if worst is None:
        return "other"
    if worst.charged == "partner":
        return "coordination_delay"
    return "overload" if _waited(worst, calendar, end) else "officer_fault"


def _waited(visit: Visit, calendar: Calendar, at: int) -> bool:
    """Whether half of a visit's time or more went by before it was taken up, as far as a confirmation tells."""
    if visit.confirmed_at is not None and visit.confirmed_at == visit.until:
        return False
    until = at if visit.until is None else visit.until
    taken = until if visit.confirmed_at is None else visit.confirmed_at
    return 2 * calendar.worked(visit.since, taken) >= calendar.worked(visit.since, until)


def _clock_start(life: Life) -> int:
    """Since when the term runs: receipt, or the last hand-in that began it afresh (R43), asked in time (R129)."""
    start = life.submitted if life.received is None else life.received
    for asked, back, policy in life.stops:
        if policy == "restart" and back is not None and life.due is not None and verdict(asked, life.due) != "late":
            start = back
    return start


def _lost_since(life: Life, calendar: Calendar, start: int, end: int) -> int:
    lost = 0
    for wrong in life.misroutes:
        if wrong.until is None or (wrong.lost and wrong.until > start):
            until = end if wrong.until is None else min(wrong.until, end)
            lost += max(0, calendar.worked(max(wrong.sent_at, start), until))
    return lost


def _day_after(at: int) -> int:
    return instant(datetime.combine(local(at).date() + timedelta(1), time(), TZ))
