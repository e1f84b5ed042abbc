"""Totals that a store keeps beside its logs, so that the yearly questions are answered without reading them.

Two questions: how many dossiers of each procedure were resolved, and were they in time; how many visits of each account ended,
how many of them late, by how many minutes. The figures are those of the report (`stats`), worked out by the same code from the
same lives: a dossier is its log, and what it adds to the totals is a function of that log (`counted`). A line changes them by
what the log adds with it less what it added before, so that a result that came back takes back what it gave, and all dossiers
together are the totals, whatever happened in between (R90).

A year is two dozen parts, from the 1st and from the 15th of each month, named by their first day (20210915), so that periods by
either rule (R94) are made of whole parts; a calendar year has sums of its own besides (2021). An account's figures are put into
the part of the line that told them, as the report puts them into the period; a dossier's into the part of its result.

What can't be told by sums stands apart by number, and is read when it is asked for: a dossier whose result came back, or
changed, after a part had ended that had seen it (R129), and one that lies in a wrong account, where time costs somebody (R124).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple, TypeVar

from .calendar import Calendar
from .dossier import table_of
from .life import OFFICIAL, Life, visits_at
from .model import Case, Move
from .period import Period
from .ports import Change, Flows, KeptTotals, Key, Sums
from .tracing import told_by, trace
from .worktime import midnight, ordinal

RESULT, OFFICER, APART = "result", "officer", "apart"
"""The kinds of totals. Of a result the name is the procedure's code, the detail "version outcome", with the outcome by the date
promised last as a third word where that is another one (R50), `late` those withdrawn or stopped late too; of an officer the
name is the account. Apart from all parts (0) a dossier stands by its number, and `late` and `minutes` are the first and the
last part of its log."""

_NOTHING, _IN_TIME, _LATE = Sums(), Sums(1), Sums(1, 1)
_FOR_EVER = 99_999_999
_CUT = 15
_Work = Mapping[str, Sums]
K = TypeVar("K", str, Key)


def counted(life: Life, calendar: Calendar) -> dict[Key, Sums]:
    """What a dossier adds to the totals, by key."""
    if _astray(life):
        return _apart(life, _FOR_EVER)
    found: dict[Key, Sums] = {}
    result = _result(life)
    work: _Work = {}
    for part, told, at in _told(life, calendar):
        if _result(told) not in (None, result):
            return _apart(life, _part(ordinal(life.state.at))[0])
        before, work = work, worked(told, calendar, at)
        for name, sums in _less(work, before):
            _put(found, part, OFFICER, name, "", sums)
    if result is not None:
        at, outcome = result
        late = life.outcome == "late" or life.closed_overdue
        _put(found, _part(ordinal(at))[0], RESULT, life.case.code, f"{life.case.version} {outcome}", Sums(1, int(late)))
    return found


def _told(life: Life, calendar: Calendar) -> Iterator[tuple[int, Life, int]]:
    """The life as it stood at the end of each part that told anything of it, and that moment; of the last at the last line."""
    moments = [move.at for move in life.log]
    lines, told = 0, life
    day, last = ordinal(life.submitted), ordinal(life.state.at)
    while day <= last:
        part, following = _part(day)
        at = min(midnight(following) - 1, life.state.at)
        before, lines = lines, bisect_right(moments, at)
        if lines > before:
            told = told_by(life, calendar, at)
        if lines > before or _astray(told):
            yield part, told, at
        day = following


@lru_cache(4_096)
def _part(day: int) -> tuple[int, int]:
    """The part that a numbered day is in, by the date of its first day (20210915), and the day after its last one."""
    found = date.fromordinal(day)
    first = found.replace(day=_CUT if found.day >= _CUT else 1)
    after = first.replace(day=_CUT) if first.day == 1 else (first + timedelta(_CUT + 3)).replace(day=1)
    return first.year * 10_000 + first.month * 100 + first.day, after.toordinal()


def _astray(life: Life) -> bool:
    """Whether it lies in a wrong account, where the mere passing of time costs its sender."""
    return bool(life.misroutes) and life.misroutes[-1].until is None


def worked(life: Life, calendar: Calendar, at: int) -> dict[str, Sums]:
    """By account the visits that ended, those of them past their due minute, and by how many working minutes, as told at `at`."""
    found: dict[str, Sums] = {}
    for visit in visits_at(life, calendar, at):
        if visit.until is None or visit.charged not in OFFICIAL:
            continue
        one = _LATE._replace(minutes=visit.overrun(calendar, at) // 60) if visit.late(at) else _IN_TIME
        found[visit.holder] = plus(found[visit.holder], one) if visit.holder in found else one
    return found


def worked_in(life: Life, calendar: Calendar, period: Period, at: int) -> dict[str, Sums]:
    """`worked` of a period, up to `at` within it: what was told then, less what was told before it."""
    earlier = period.start - 1
    began = life.submitted <= earlier
    before = worked(told_by(life, calendar, earlier), calendar, earlier) if began else {}
    return dict(_less(worked(told_by(life, calendar, at), calendar, at), before))


def plus(one: Sums, other: Sums) -> Sums:
    """Both added up."""
    return Sums(one[0] + other[0], one[1] + other[1], one[2] + other[2])


def _less(after: Mapping[K, Sums], before: Mapping[K, Sums]) -> Iterator[tuple[K, Sums]]:
    """By key what there is more after than before; nothing where that is the same."""
    for key in {**before, **after} if before else after:
        was, now = before.get(key, _NOTHING), after.get(key, _NOTHING)
        if was != now:
            yield key, Sums(now[0] - was[0], now[1] - was[1], now[2] - was[2])


def _result(life: Life) -> tuple[int, str] | None:
    """When it was resolved and how it counts; both ways where they differ."""
    law, current = life.outcome, life.outcome_current
    if law is None or life.resolved is None:
        return None
    return life.resolved, law if law == current else f"{law} {current}"


def _apart(life: Life, until: int) -> dict[Key, Sums]:
    return {(0, APART, life.case.number, ""): Sums(1, _part(ordinal(life.submitted))[0], until)}


def _put(found: dict[Key, Sums], part: int, kind: str, name: str, detail: str, sums: Sums) -> None:
    for when in (part, part // 10_000):
        key = when, kind, name, detail
        found[key] = plus(found[key], sums) if key in found else sums


class Keeper:
    """Counts what lines add, for a store (`ports.Count`); remembers what the logs counted last add, so that the next line of one
    needs one walk and not two. Threads may share it."""

    def __init__(self, flows: Flows, remember: int = 1_024) -> None:
        """By the flows and the working time of an agency."""
        self._flows = flows
        self._most = remember
        self._known: dict[str, tuple[Move, Mapping[Key, Sums]]] = {}

    def __call__(self, case: Case, before: Sequence[Move], moves: Sequence[Move]) -> Sequence[Change]:
        """What lines add after those before them. Raises UnknownFlow, FlowFileError, CalendarUnknown."""
        if not moves:
            return ()
        was = self._before(case, before) if before else {}
        now = self._of(case, (*before, *moves))
        self._remember(case.number, moves[-1], now)
        return changes(now, was)

    def _before(self, case: Case, log: Sequence[Move]) -> Mapping[Key, Sums]:
        known = self._known.pop(case.number, None)
        # A line is made once: who holds this very one holds the log that was counted.
        return known[1] if known is not None and known[0] is log[-1] else self._of(case, log)

    def _of(self, case: Case, log: Sequence[Move]) -> Mapping[Key, Sums]:
        table = table_of(self._flows, case, log)
        if table.flow.kind == "internal":  # no procedure: counted nowhere
            return {}
        return counted(trace(table, self._flows.calendar, case, log), self._flows.calendar)

    def _remember(self, number: str, last: Move, totals: Mapping[Key, Sums]) -> None:
        known = self._known
        known[number] = last, totals
        if len(known) > self._most:
            with suppress(KeyError, RuntimeError):  # others count meanwhile
                del known[next(iter(known))]


def changes(after: Mapping[Key, Sums], before: Mapping[Key, Sums]) -> list[Change]:
    """What leads from one to the other, in order of keys: who writes at the same time waits for each other one way only."""
    return [Change(*key, sums) for key, sums in sorted(_less(after, before))]


class Difference(NamedTuple):
    """A total that isn't what the logs add up to."""

    key: Key
    kept: Sums
    counted: Sums


def differences(kept: KeptTotals, logs: KeptTotals) -> tuple[Difference, ...]:
    """Every total that isn't what the logs add up to, in order of keys; () when all is well."""
    found = ((key, kept.get(key, _NOTHING), logs.get(key, _NOTHING)) for key in sorted({*kept, *logs}))
    return tuple(Difference(*one) for one in found if one[1] != one[2])
