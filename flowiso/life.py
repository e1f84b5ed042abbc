"""A dossier's life as its log tells it (`tracing.trace`): who had it when, what went to a wrong account, whether it is late.

Moments are epoch seconds, lengths of time are working seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any, NamedTuple

from .astray import Misroute, Pause, Stranger
from .calendar import Calendar
from .duedate import Verdict, step_verdict, verdict
from .machine import Row, Table
from .model import REAPPOINT, Case, EndKind, Move, Outcome, Party
from .state import State
from .worktime import TZ, instant, local

OFFICIAL: frozenset[Party] = frozenset({"agency", "partner"})
"""The parties whose time is measured (R95)."""

_visit: Any = tuple.__new__


class Visit(NamedTuple):
    """One stay of a dossier with the account whose work it was; a stay in a wrong account is none (R124).

    `holder` had it at `step` from `since`, handed over by `sender` and confirmed at `confirmed_at`, to `until`, None
    while he has it. `due` is the step's due moment, `charged` whose lateness it would be. `lost` is the working time
    that his hand-over to a wrong account cost, or that it lay with him again before it went back there, and `done` the
    moment it counts as finished: `until`, later by `lost`; for who never had it himself `since`, later by `lost`.
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

    It was `submitted`, `received` and `resolved` at these moments. `due` is the legal due moment, None without a term or
    before receipt; `kind` the kind of its end, None while it has none; `state` where it is now. `stops` are the times for which
    the clock stood (asked, back or None, policy), `supplements` those of them asked as a supplement (asked, back or None);
    `pauses` the times for which a leader had paused it (R59), those after the result too, which are no stops.
    `acts` are the lines of verbs that say more than who has it: re-appointments, pauses, corrections, stops, withdrawals,
    migrations, remarks. Hand-overs that a leader forced against R121 are among them.
    `tables` are the flow versions it went by, each with the moment since which; `strangers` the steps finished by who may not;
    `ends` are the moments at which it came to an end, several when a result was corrected. `returned` are the
    times for which a result was there that came back (there, back) and so was none (R129), `log` the lines it was read from.
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
    pauses: tuple[Pause, ...] = ()
    tables: tuple[tuple[int, Table], ...] = ()
    strangers: tuple[Stranger, ...] = ()
    ends: tuple[int, ...] = ()
    returned: tuple[tuple[int, int], ...] = ()
    log: tuple[Move, ...] = ()

    def row(self, step: str, at: int) -> Row:
        """The row of one of its steps in the flow version it went by at `at`, or in another of its versions."""
        if len(self.tables) == 1 and (only := self.tables[0][1].rows.get(step)) is not None:
            return only
        earlier_first = [table for _, table in self.tables] or [self.state.row.table]
        then = [table for since, table in self.tables if since <= at]
        return next(table.rows[step] for table in (*reversed(then), *reversed(earlier_first)) if step in table.rows)

    @property
    def outcome(self) -> Outcome | None:
        """How a resolved dossier counts: by dates (R72), or as what it is when it has no verdict (R57, R59, R61).

        A result that was there before it was withdrawn or stopped counts by its date, and once late is late for ever (R129).
        None while it is open, before it is received, and when its intake was refused (R91).
        """
        if self.resolved is None or self.received is None:
            return None
        if self.state.detour is not None and self.state.detour.was_late:
            return "late"
        if (self.kind == "withdrawn" or self.kind == "stopped") and self.resolved == self.state.since:
            return self.kind
        return "no_term" if self.due is None else verdict(self.resolved, self.due)

    @property
    def apology(self) -> Move | None:
        """The line that apologised and re-appointed (form 04, R49); None when none did."""
        return next((move for move in self.acts if move.action == REAPPOINT), None)

    @property
    def outcome_current(self) -> Outcome | None:
        """`outcome` by the date promised last: where a date decides, a re-appointed one that is later than the law's (R50)."""
        law, again = self.outcome, self.state.due_current
        if self.resolved is None or again is None or again == self.due or law in ("withdrawn", "stopped"):
            return law
        return verdict(self.resolved, again)

    @property
    def closed_overdue(self) -> bool:
        """Whether it was withdrawn or stopped after its due date: on time on the form, late all the same (R57, R129)."""
        if self.outcome not in ("withdrawn", "stopped") or self.resolved is None or self.due is None:
            return False
        return verdict(self.resolved, self.due) == "late"

    @property
    def clock_stands(self) -> bool:
        """Whether the clock stands now; one that came to a stand when the dossier was late already doesn't count (R129)."""
        since = self.state.stopped_since
        return since is not None and (self.due is None or verdict(since, self.due) != "late")

    def overdue(self, at: int) -> bool:
        """Whether it is received, open, past its due date at `at` and the clock runs (R72, II.06a column 13)."""
        if self.due is None or self.resolved is not None or self.received is None:
            return False
        return verdict(at, self.due) == "late" and not self.clock_stands

    def overdue_current(self, at: int) -> bool:
        """`overdue`, and past the date promised last too (R50)."""
        again = self.state.due_current
        return again is not None and self.overdue(at) and verdict(at, again) == "late"

    def is_late(self, at: int) -> bool:
        """Whether it was resolved late or is overdue at `at`."""
        return self.outcome == "late" or self.overdue(at)

    @property
    def late_since(self) -> int | None:
        """00:00 of the day after the due date (R72); None without a term."""
        return None if self.due is None else day_after(self.due)


def charged(visit: Visit, calendar: Calendar, lost: int) -> Visit:
    """A visit with more working time lost by a hand-over of its holder (R124)."""
    assert visit.until is not None
    total = visit.lost + lost
    return visit._replace(lost=total, done=calendar.plus(visit.until, total))


def visits_at(life: Life, calendar: Calendar, at: int) -> tuple[Visit, ...]:
    """The stays to be judged as they stand at `at`: those of `stays_at`, and what has no stay to be charged to.

    Who hands on a dossier that he never had, a leader, and to a wrong account, answers for the step as if he had it since,
    where the time lost is more than the step had left (R124, R129).
    """
    if not life.misroutes:
        return life.visits
    late = (stay for stay in _sent(life, calendar, at) if stay.late(at))
    return (*stays_at(life, calendar, at), *late)


def stays_at(life: Life, calendar: Calendar, at: int) -> tuple[Visit, ...]:
    """The stays as they stand at `at`, with the time lost so far in an account that still has it wrongly (R124).

    After them those in a wrong account that opened it and kept it past the step's due minute: no word undoes that (R129).
    """
    if not life.misroutes:
        return life.visits
    visits, last = list(life.visits), life.misroutes[-1]
    if last.until is None and last.visit is not None:
        visits[last.visit] = charged(visits[last.visit], calendar, last.lost_at(calendar, at, life.pauses))
    return (*visits, *(_kept(wrong) for wrong in life.misroutes if wrong.kept_late))


def _kept(wrong: Misroute) -> Visit:
    since, until = wrong.opened_at, wrong.kept_until
    fields = (wrong.step, wrong.wrong, wrong.sender, since, since, until, wrong.due, wrong.charged, 0, until)
    return _visit(Visit, fields)  # type: ignore[no-any-return]


def _sent(life: Life, calendar: Calendar, at: int) -> Iterator[Visit]:
    """The steps that went to wrong accounts from who never had the dossier; to several in a row they are one."""
    found: dict[tuple[str, str, int | None], Visit] = {}
    for wrong in life.misroutes:
        step, sender, since, due = wrong.step, wrong.sender, wrong.sent_at, wrong.allowed
        lost = wrong.lost_at(calendar, at, life.pauses) if wrong.visit is None else 0
        if not lost:
            continue
        before = found.pop((step, sender, since), None)
        if before is not None:
            since, due, lost = before.since, before.due, before.lost + lost
        done = calendar.plus(since, lost)
        fields = (step, sender, sender, since, since, wrong.until, due, wrong.charged, lost, done)
        found[step, sender, wrong.until] = _visit(Visit, fields)
    return iter(found.values())


def day_after(at: int) -> int:
    """00:00 of the next day."""
    return instant(datetime.combine(local(at).date() + timedelta(1), time(), TZ))
