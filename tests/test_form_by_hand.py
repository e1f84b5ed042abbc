"""Form II.06a counted the long way, from raw lines: what the report is held against (R72, R90-R94, R129).

Where a dossier stood comes from the naive calculator (`naive`), which shares no code with states, lives or figures; which column
that makes is said here once more, by the form's own definitions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

import naive
from histories import History, history
from walks import agency

from flowiso.errors import CalendarUnknown
from flowiso.machine import Table
from flowiso.model import REAPPOINT, Case, Channel, Move
from flowiso.period import Period
from flowiso.stats import Report, identities, tally
from flowiso.tracing import trace

COLUMNS = (
    *("received", "online", "carried_over", "resolved", "early", "on_time", "late", "no_term", "withdrawn", "stopped"),
    *("closed_overdue", "merits", "merits_in_time", "open", "open_in_time", "open_overdue", "refused_intake"),
    *("early_by_law", "late_by_law", "overdue_by_law", "reappointed", "reappointed_in_time"),
)
CHANNELS: tuple[Channel, ...] = ("counter", "online", "postal")


class Stood:
    """How a dossier stood at a moment, from its lines up to then; there must be one. `promised` is the day an apology set."""

    def __init__(self, table: Table, moves: Sequence[Move], at: int) -> None:
        log = naive._Log(naive.Reader(table.flow, agency().org), at)
        self.promised: date | None = None
        for move in moves:
            if move.at <= at:
                log.add(move)
                if move.action == REAPPOINT and move.record:
                    self.promised = naive.next_working(date.fromisoformat(move.record["until"]))
        self.asked = log.asked if log.asked is not None else log.paused
        self.kind, self.ended = log.reader.ends.get(log.step), log.ended
        told = log.account()
        self.received, self.resolved, self.due, self.verdict = told.received, told.resolved, told.due, told.verdict

    def overdue(self, at: int) -> bool:
        """Past its day, the clock running; one that was late when the clock was stopped stays overdue (R129)."""
        if self.due is None or naive.day_of(at) <= self.due:
            return False
        return self.asked is None or naive.day_of(self.asked) > self.due

    def kept_until(self, day: date) -> bool:
        """Whether a day past the law's is not past the promised one (R50)."""
        return self.promised is not None and day <= self.promised


def columns(told: History, channel: Channel, period: Period, until: int) -> Counter[str] | None:
    """What one dossier adds to each column of a period as of a moment; None where an earlier period had told its result."""
    if told.moves[0].at > until:
        return Counter()
    now = Stood(told.table, told.moves, until)
    if now.received is None:
        ended = now.ended is not None and period.start <= now.ended
        return Counter(["refused_intake"] if ended and now.kind == "refused-intake" else [])
    if told.moves[0].at < period.start and Stood(told.table, told.moves, period.start - 1).resolved is not None:
        return None
    found = Counter(["received" if now.received >= period.start else "carried_over"])
    found["online"] += channel == "online" and now.received >= period.start
    found["reappointed"] += now.promised is not None
    if now.resolved is None:
        found.update(["open", *standing(now, until)])
        return found
    found.update(["resolved", *outcome(now, naive.day_of(now.resolved))])
    return found


def standing(now: Stood, until: int) -> list[str]:
    """The columns of an open one, by the promised day and by the law's (R50)."""
    if not now.overdue(until):
        return ["open_in_time"]
    kept = now.kept_until(naive.day_of(until))
    return ["overdue_by_law", *(["open_in_time", "reappointed_in_time"] if kept else ["open_overdue"])]


def outcome(now: Stood, day: date) -> list[str]:
    """The columns of a result: what has no verdict by its date is on time on the form, and on a line of its own."""
    assert now.verdict is not None
    if now.verdict in ("early", "on_time", "late"):
        law = {"early": ["merits_in_time", "early_by_law"], "on_time": ["merits_in_time"], "late": ["late_by_law"]}
        return ["merits", *law[now.verdict], *promised(now, day)]
    overdue = now.verdict != "no_term" and now.due is not None and day > now.due
    return ["on_time", now.verdict, *(["closed_overdue"] if overdue else [])]


def promised(now: Stood, day: date) -> list[str]:
    """The column by the day promised last (R50)."""
    assert now.verdict is not None
    if now.promised is None or now.due is None or now.promised <= now.due:
        return [now.verdict]
    if day > now.promised:
        return ["late"]
    column = "early" if day < now.promised else "on_time"
    return [column, "reappointed_in_time"] if now.verdict == "late" else [column]


def some_period(told: History, random: Random) -> tuple[Period, int]:
    """Days that begin before, within or after its life, cut somewhere within or at their end."""
    first, last = naive.day_of(told.moves[0].at), naive.day_of(told.moves[-1].at)
    begin = first + timedelta(random.randrange(-20, (last - first).days + 20))
    period = Period(begin, begin + timedelta(random.choice((0, 6, 30, 90, 364))))
    as_of = random.randrange(period.start, period.end + 1) if random.random() < 0.3 else period.end
    return period, as_of


def reported(told: History, channel: Channel, period: Period, until: int) -> Report:
    """The report on that dossier alone."""
    case = Case(agency().org.agency, "1", told.table.flow.code, told.table.flow.version, channel)
    lines = [move for move in told.moves if move.at <= until]
    lives = [trace(told.table, agency().calendar, case, lines)] if lines else []
    return tally(lives, period, agency().calendar, agency().org, agency().flows, until=until)


def test_every_column_of_random_dossiers() -> None:
    """600 histories of any shape over swaps and Tết, each seen by four periods: the same in every column, all identities kept."""
    seen: Counter[str] = Counter()
    for seed in range(600):
        told, random = history(seed, promises=seed % 2 == 1), Random(seed)
        if told.table.flow.kind == "internal":
            continue
        channel = random.choice(CHANNELS)
        for _ in range(4):
            period, until = some_period(told, random)
            try:
                expected = columns(told, channel, period, until)
                found = reported(told, channel, period, until)
            except CalendarUnknown:
                continue
            assert identities(found) == (), (seed, period)
            if expected is None:
                seen["told"] += 1
                late = found.late_by_law or found.overdue_by_law or found.closed_overdue
                assert late or not (found.resolved or found.open), (seed, period, until)
                continue
            shown = {name: getattr(found.counts, name) for name in COLUMNS}
            assert shown == {name: expected[name] for name in COLUMNS}, (seed, period, until)
            seen.update(expected)
    wanted = ("received", "carried_over", "resolved", "late", "withdrawn", "open_in_time", "open_overdue", "told")
    assert all(seen[name] for name in wanted), seen
    assert seen["reappointed_in_time"] > 20, seen
