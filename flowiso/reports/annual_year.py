"""What the annual ISO report is made of: what the logs of a period tell, gathered while each dossier is traced once (R110)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal, NamedTuple

from ..asked import moment_of
from ..faults import Book, Register
from ..figures import Counts
from ..handling import Nonconformity
from ..life import Life
from ..measures.declared import Figure, Year, marked, plain
from ..measures.points import Points, unit_points
from ..measures.scores import Scores, Scoring
from ..measures.told import Telling, Told
from ..model import Flow
from ..org import Org
from ..period import Period
from ..questions import Questions
from ..stats import Report, cut_off
from ..worktime import day_of

ONE_FOR_ALL = ("published_forms",)
"""Declared figures of the agency that hold for each of its divisions too."""


class Yearly(NamedTuple):
    """The figures of a period, as of one cut-off. `before` are the nonconformities of earlier periods that aren't closed yet;
    `declared` what the agency declares of the year, None where it declares nothing."""

    report: Report
    scores: Scores
    told: Told
    register: Register
    before: tuple[Nonconformity, ...]
    org: Org
    flows: tuple[Flow, ...]
    declared: Year | None = None

    @property
    def day(self) -> date:
        """The day of the cut-off."""
        return day_of(self.report.until)

    @property
    def figures(self) -> dict[str, Figure]:
        """The agency's figures by id, each marked computed or declared."""
        return marked({**_counted(self.report.counts), **self.told.agency}, self.declared)

    @property
    def divisions(self) -> dict[str, dict[str, int]]:
        """The figures of each division by id, of the procedures that it owns."""
        groups = self.report.by_division
        shared = {name: figure.value for name, figure in self.figures.items() if name in ONE_FOR_ALL}
        return {
            division: {
                **shared,
                **_counted(groups[division].counts if division in groups else Counts()),
                **self.told.divisions.get(division, {}),
            }
            for division in self.org.divisions
        }

    def basis(self, *names: str) -> Literal["computed", "declared"]:
        """Whether what is made of these figures is computed, or declared in part."""
        figures = self.figures
        told = any(figures[name].basis == "declared" for name in names if name in figures)
        return "declared" if told else "computed"

    @property
    def unit(self) -> Points:
        """The points that the agency has as a unit (TT 01/2018, article 14)."""
        return unit_points(plain(self.figures))


def _counted(counts: Counts) -> Mapping[str, int]:
    return {**counts._asdict(), "in_time": counts.in_time, "total": counts.total}


def year_of(source: Questions, of: int | Period, declared: Year | None = None, as_of: datetime | None = None) -> Yearly:
    """The figures of a year, or of any period, from the logs as they stood at its end, or at `as_of` before that (R92).

    `declared` is what the agency declares of the year (`declaredfile.load_year`). Each dossier is traced once.
    Raises as `Questions.stats`.
    """
    period = of if isinstance(of, Period) else Period.year(of)
    end = cut_off(period, None if as_of is None else moment_of(as_of))
    flows = source.flows
    scoring = Scoring(period, flows.calendar, flows.org, end)
    telling = Telling(flows.flows, flows.calendar, period, end, declared.answer_within if declared else None)
    book = Book(flows.calendar, end)
    internal = {flow.code for flow in flows.flows if flow.kind == "internal"}

    def score(life: Life) -> None:
        if life.case.code not in internal:
            scoring.add(life)

    report = source.stats(period, as_of, (score, telling.add, book.add)).by_law
    register = book.register(lambda at: period.start <= at <= end)
    before = tuple(one for one in book.found if one.opened_at < period.start and not one.closed)
    return Yearly(report, scoring.scores(), telling.told(), register, before, flows.org, tuple(flows.flows), declared)
