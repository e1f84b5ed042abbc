"""The yearly questions answered from kept totals (`kept`): results by procedure and field, and what each account did."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any, NamedTuple, cast

from .errors import BadValue
from .figures import Counts, Group, columns_of
from .kept import APART, OFFICER, RESULT, plus, worked_in
from .life import Life
from .model import Outcome
from .org import Org
from .period import Period
from .ports import Flows, KeptTotals, Sums
from .stats import span_json, tally
from .text import Text


class Worked(NamedTuple):
    """What one account did in the period: visits that ended, those past their due minute, and the working minutes past it.

    As in the report (`stats.Officer`) each is what was told by the period's end less what was told before it.
    """

    name: str
    division: str
    steps: int = 0
    late_steps: int = 0
    late_minutes: int = 0


@dataclass(frozen=True, slots=True)
class Kept:
    """Both questions of a period, answered from kept totals. Of the counts only those of `RESOLVED` are told.

    Mappings are sorted by key: field id, procedure code, account id; groups without a resolved dossier are left out.
    """

    period: Period
    until: int
    agency: str
    title: Text
    simulated: bool
    counts: Counts
    by_field: Mapping[str, Group]
    by_procedure: Mapping[str, Group]
    by_officer: Mapping[str, Worked]

    def to_json(self, lang: str = "vi") -> dict[str, Any]:
        """The answer as JSON values: the keys are stable; titles are in `lang`, "vi" or "en"."""
        groups = {"by_field": self.by_field, "by_procedure": self.by_procedure}
        return {
            "agency": self.agency,
            "title": self.title.to(lang),
            **span_json(self.period, self.until, lang),
            "simulated": self.simulated,
            "kept": True,
            **_told_of(self.counts),
            **{
                name: {key: {"title": group.title.to(lang), **_told_of(group.counts)} for key, group in one.items()}
                for name, one in groups.items()
            },
            "by_officer": {key: officer._asdict() for key, officer in self.by_officer.items()},
        }


RESOLVED = (
    *("resolved", "early", "on_time", "late", "no_term", "withdrawn", "stopped", "closed_overdue"),
    *("merits", "merits_in_time", "early_by_law", "late_by_law"),
)
"""The counts of `figures.Counts` that results tell."""
_OVERDUE = RESOLVED.index("closed_overdue")


def parts_of(period: Period) -> tuple[int, int]:
    """The first and the last part of a period, to ask a store for. Raises BadValue for one that isn't made of whole parts."""
    first, last, after = period.first, period.last, period.last + timedelta(1)
    if (first, last) == (date(first.year, 1, 1), date(first.year, 12, 31)):
        return first.year, first.year
    if first.day not in (1, 15) or after.day not in (1, 15):
        raise BadValue(
            Text(
                "số tổng giữ sẵn chỉ có theo năm, quý, 6 và 9 tháng, tháng; kỳ khác thì bỏ --kept",
                "kept totals are of years, quarters, 6 and 9 months and months; for another period leave --kept out",
            )
        )
    return tuple(day.year * 10_000 + day.month * 100 + day.day for day in (first, last))  # type: ignore[return-value]


def numbers_apart(totals: KeptTotals) -> list[str]:
    """The dossiers that no sum tells of, to be read."""
    return [name for _, kind, name, _ in totals if kind == APART]


def answer(
    totals: KeptTotals, apart: Sequence[Life], flows: Flows, period: Period, until: int, simulated: bool = False
) -> Kept:
    """The answer of a period as of `until` in it, from its totals and the lives of the dossiers apart, cut there."""
    lines: defaultdict[tuple[str, int], list[int]] = defaultdict(_nothing)
    work: dict[str, Sums] = {}
    for (_, kind, name, detail), sums in totals.items():
        if kind == RESULT:
            version, *outcomes = detail.split(" ")
            _add(lines[name, int(version)], cast(list[Outcome], outcomes), sums)
        elif kind == OFFICER:
            work[name] = sums
    for life in apart:
        report = tally((life,), period, flows.calendar, until=until)
        key = life.case.code, life.case.version
        lines[key] = _summed((lines[key], [getattr(report.counts, name) for name in RESOLVED]))
        for name, sums in worked_in(life, flows.calendar, period, until).items():
            work[name] = plus(work.get(name, Sums()), sums)
    org, its = flows.org, {(flow.code, flow.version): flow for flow in flows.flows}
    titles = {flow.code: flow.title for flow in sorted(flows.flows, key=lambda flow: flow.version)}
    fields = ((its[key].field, counted) for key, counted in lines.items() if key in its)
    return Kept(
        period=period,
        until=until,
        agency=org.agency,
        title=org.title,
        simulated=simulated,
        counts=_counts(_summed(lines.values())),
        by_field=_grouped(fields, lambda key: org.fields.get(key) or Text(key, key)),
        by_procedure=_grouped(
            ((code, counted) for (code, _), counted in lines.items()),
            lambda key: Text(titles.get(key, key), titles.get(key, key)),
        ),
        by_officer={name: _named(org, name, work[name]) for name in sorted(work) if any(work[name])},
    )


def _named(org: Org, name: str, sums: Sums) -> Worked:
    account = org.accounts.get(name)
    return Worked(account.name if account else name, account.division if account else "", *sums)


def _grouped(lines: Iterable[tuple[str, list[int]]], title: Callable[[str], Text]) -> dict[str, Group]:
    found: defaultdict[str, list[list[int]]] = defaultdict(list)
    for key, counted in lines:
        found[key].append(counted)
    groups = ((key, _summed(found[key])) for key in sorted(found))
    return {key: Group(title(key), _counts(counted)) for key, counted in groups if any(counted)}


def _nothing() -> list[int]:
    """Counts in the order of `RESOLVED`."""
    return [0] * len(RESOLVED)


def _summed(lines: Iterable[list[int]]) -> list[int]:
    return [sum(column) for column in zip(*lines, strict=True)] or _nothing()


def _counts(counted: Iterable[int]) -> Counts:
    return Counts(**dict(zip(RESOLVED, counted, strict=True)))


def _add(counted: list[int], outcomes: Sequence[Outcome], sums: Sums) -> None:
    """Put so many results into the columns that they stand in, by the first outcome in law and the last that was promised."""
    law = outcomes[0]
    for place in _places(law, outcomes[-1]):
        counted[place] += sums.counted
    if law in ("withdrawn", "stopped"):
        counted[_OVERDUE] += sums.late


@cache
def _places(law: Outcome, current: Outcome) -> tuple[int, ...]:
    return tuple(RESOLVED.index(name) for name in columns_of(law, current) if name in RESOLVED)


def _told_of(counts: Counts) -> dict[str, int]:
    return {name: getattr(counts, name) for name in RESOLVED}
