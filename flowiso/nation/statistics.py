"""The statistics over the facts, each one Ibis expression, for whatever engine the tables came from (R90, R91, R95, R103).

They tell for a period [a, b] what `stats.tally` tells of the same logs as they stood when b ended. A sum over `weight` of the
rows told up to b is what stood then; one over the rows told within [a, b] is what that period told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import reduce
from operator import or_
from typing import Any, NamedTuple

from ..period import Period
from ..stats import ONLINE

Expression = Any
"""A table or a column of Ibis."""

KEYS: Mapping[str, tuple[str, ...]] = {
    "agency": ("agency",),
    "field": ("field",),
    "procedure": ("code",),
    "division": ("agency", "division"),
    "channel": ("channel",),
    "handler": ("agency", "handler"),
}
"""By what the form's lines may be grouped, and the columns that name such a group; divisions and accounts are an agency's own."""

_OFFICER = ("agency", "officer", "division")
_DOSSIER = ("agency", "number")

COUNTED = (
    *("received", "carried_over", "online", "resolved", "early", "late", "no_term", "withdrawn", "stopped"),
    *("closed_overdue", "open", "open_overdue", "suspected", "refused_intake", "misrouted", "misrouted_dossiers"),
    *("early_by_law", "late_by_law", "overdue_by_law", "reappointed", "reappointed_in_time"),
)
"""What `lines` counts, in its order, under the names of `Counts`."""


class Facts(NamedTuple):
    """The tables of facts, and what makes a table of one column of days."""

    dossiers: Expression
    stays: Expression
    misroutes: Expression
    returns: Expression
    days: Callable[[Iterable[date]], Expression]


class Span(NamedTuple):
    """The days of a period that are told of: from its first to its last, or to that of the cut-off before it."""

    first: date
    last: date


def columns_of(by: Sequence[str]) -> tuple[str, ...]:
    """The columns that groupings of `KEYS` stand for together, each once."""
    return tuple(dict.fromkeys(column for name in by for column in KEYS[name]))


def lines(facts: Facts, span: Span, by: Sequence[str], told: Expression | None = None) -> Expression:
    """What is `COUNTED`, for each group; `told` are the results told before, by `told_before`."""
    keys = columns_of(by)
    found = _merged(keys, _counted(facts.dossiers, span, keys, told), _misrouted(facts, span, keys))
    found = found.select(*keys, *COUNTED)
    return found.order_by(keys) if keys else found


def causes(facts: Facts, span: Span, told: Expression | None = None) -> Expression:
    """How many late and overdue dossiers have each cause (R95)."""
    rows = _rows(facts.dossiers, span, told)
    behind = rows.filter(rows.came & (rows.is_late | rows.is_overdue))
    found = behind.aggregate(by=["cause"], dossiers=behind.weight.sum())
    return found.filter(found.dossiers != 0).order_by("cause")


def officers(facts: Facts, span: Span) -> Expression:
    """What each account did, as `stats.Officer` tells it, and the minutes by which its late steps were late."""
    stays, wrong = (table.filter(table.told.between(*span)) for table in (facts.stays, facts.misroutes))
    lost = (wrong.lost_minutes * wrong.weight).sum()
    found = _merged(
        _OFFICER,
        _steps(stays, _OFFICER),
        wrong.aggregate(by=_OFFICER, misrouted=wrong.weight.sum(), lost_minutes=lost),
    )
    return _without_nothing(found, _OFFICER)


def yearly_verdicts(facts: Facts) -> Expression:
    """How many dossiers were resolved in each year, by field, procedure and how they count, as it stands at the cut-off."""
    rows = facts.dossiers.filter(facts.dossiers.outcome.notnull())
    keys = (rows.resolved.year().name("year"), rows.field, rows.code, rows.outcome)
    found = rows.aggregate(by=keys, dossiers=rows.weight.sum())
    return found.filter(found.dossiers != 0).order_by("year", "field", "code", "outcome")


def yearly_officers(facts: Facts) -> Expression:
    """The steps each account finished, those of them that were late, and by how many minutes, by the year that told it."""
    rows = facts.stays
    keys = (rows.told.year().name("year"), rows.agency, rows.officer, rows.division)
    return _without_nothing(_steps(rows, keys), ("year", *_OFFICER))


def returned_since(facts: Facts) -> Expression:
    """The first day on which there was a result that came back: how far back `told_before` has to look."""
    return facts.returns.aggregate(since=facts.returns.since.min())


def ends_before(period: Period, since: date) -> tuple[date, ...]:
    """The last days of the periods before one, back to the day `since`: when results were told that came back later."""
    ends = []
    while (period := period.before).last >= since:
        ends.append(period.last)
    return tuple(ends)


def told_before(facts: Facts, ends: Iterable[date]) -> Expression:
    """The dossiers whose result an earlier period, that ended on one of `ends`, told though it came back since (R129), and
    whether it was late as the last of these periods told it."""
    known, days = facts.returns, facts.days(ends)
    met = known.join(days, (days.day >= known.since) & (days.day < known.until))
    return met.aggregate(by=_DOSSIER, told_late=met.late.argmax(met.day))


def _rows(dossiers: Expression, span: Span, told: Expression | None) -> Expression:
    """The rows that stood when the span ended and may be counted in it, each with whether it is received and to be counted
    (`came`), late, overdue."""
    first, last = span
    open_or_new = dossiers.resolved.isnull() | (dossiers.resolved >= first)
    going_on = dossiers.ended.isnull() | (dossiers.ended >= first)
    rows = dossiers.filter((dossiers.told <= last) & open_or_new & going_on)
    came = rows.received.notnull()
    late = (rows.outcome == "late").fill_null(False)
    runs = rows.received.notnull() & rows.resolved.isnull() & ~rows.clock_stands
    overdue = (runs & (rows.due < last)).fill_null(False)
    if told is not None:
        rows = rows.mutate(is_late=late, is_overdue=overdue).left_join(told, _DOSSIER)
        late, overdue = rows.is_late, rows.is_overdue
        told_late, told_at_all = rows.told_late.fill_null(False), rows.told_late.notnull()
        came = rows.received.notnull() & ~(told_at_all & (told_late | ~(late | overdue | rows.closed_overdue)))
    return rows.mutate(came=came, is_late=late, is_overdue=overdue)


def _counted(dossiers: Expression, span: Span, keys: Sequence[str], told: Expression | None) -> Expression:
    """Every column of the form but those of misroutes."""
    first, last = span
    rows = _rows(dossiers, span, told)
    came, new = rows.came, rows.came & (rows.received >= first)
    done, going = came & rows.resolved.notnull(), came & rows.resolved.isnull()
    again = came & rows.appointed.notnull()
    early, late, overdue = done & (rows.outcome == "early"), done & (rows.outcome == "late"), going & rows.is_overdue
    promised = (rows.appointed > rows.due).fill_null(False)
    ahead = promised & rows.outcome.isin(("early", "on_time", "late")) & (rows.resolved < rows.appointed)
    kept_late = late & promised & (rows.resolved <= rows.appointed)
    kept_overdue = overdue & promised & (rows.appointed >= last)
    marks = {
        "received": new,
        "carried_over": came & (rows.received < first),
        "online": new & (rows.channel == ONLINE),
        "resolved": done,
        "early": done & ((early & ~promised) | ahead.fill_null(False)),
        "late": late & ~kept_late.fill_null(False),
        **{name: done & (rows.outcome == name) for name in ("no_term", "withdrawn", "stopped")},
        "closed_overdue": done & rows.closed_overdue,
        "open": going,
        "open_overdue": overdue & ~kept_overdue.fill_null(False),
        "suspected": going & (rows.suspected <= last),
        "early_by_law": early,
        "late_by_law": late,
        "overdue_by_law": overdue,
        "reappointed": again,
        "reappointed_in_time": kept_late.fill_null(False) | kept_overdue.fill_null(False),
        "refused_intake": rows.received.isnull() & (rows.refused >= first),
    }
    return rows.aggregate(by=keys, **{name: rows.weight.sum(where=mark) for name, mark in marks.items()})


def _misrouted(facts: Facts, span: Span, keys: Sequence[str]) -> Expression:
    """The hand-overs to a wrong account that the span told, on the line on which each dossier stood when it ended."""
    told, dossiers = facts.misroutes, facts.dossiers
    told = told.filter(told.told.between(*span))
    new = told.aggregate(by=_DOSSIER, new=told.weight.sum())
    new = new.filter(new.new != 0)
    stood = dossiers.filter(dossiers.told <= span.last).semi_join(new, _DOSSIER)
    each = stood.aggregate(by=tuple(dict.fromkeys((*_DOSSIER, *keys))), stands=stood.weight.sum())
    each = each.filter(each.stands != 0).join(new, _DOSSIER)
    return each.aggregate(by=keys, misrouted=each.new.sum(), misrouted_dossiers=(each.new > 0).cast("int64").sum())


def _steps(stays: Expression, keys: Sequence[Any]) -> Expression:
    """Steps, late ones, and the minutes they were late by."""
    return stays.aggregate(
        by=keys,
        steps=stays.weight.sum(),
        late_steps=stays.weight.sum(where=stays.late).fill_null(0),
        late_minutes=(stays.late_minutes * stays.weight).sum(where=stays.late).fill_null(0),
    )


def _merged(keys: Sequence[str], *tables: Expression) -> Expression:
    """Several counts of the same groups in one table; what one of them doesn't count is 0."""
    names = [name for table in tables for name in table.columns if name not in keys]
    filled = [
        table.select(
            *keys, **{name: (table[name].fill_null(0) if name in table.columns else 0) for name in names}
        ).cast(dict.fromkeys(names, "int64"))
        for table in tables
    ]
    every = reduce(lambda one, other: one.union(other), filled)
    return every.aggregate(by=keys, **{name: every[name].sum() for name in names})


def _without_nothing(table: Expression, keys: Sequence[str]) -> Expression:
    """The groups of which anything is left, in the order of their keys."""
    return table.filter(reduce(or_, (table[name] != 0 for name in table.columns if name not in keys))).order_by(keys)
