"""The figures of a period as a table for a spreadsheet: a line of the form on each row, under the names JSON uses (R90, R93)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ..cells import csv_table
from ..figures import FIGURES, RATIOS, Counts, Group
from ..period import Period
from ..stats import GROUPINGS, Report
from ..text import Text
from ..totals import Totals
from ..worktime import local

COLUMNS = (
    *("agency", "from", "to", "cut_off", "simulated", "part", "key", "title"),
    *(figure.name for figure in FIGURES),
    *(f"{rule.name}_{part}" for rule in RATIOS for part in ("numerator", "denominator", "rate")),
    *("merits_in_time", "merits", "objective_rate"),
)

Row = list[object]


def as_csv(report: Report, lang: str = "vi") -> str:
    """The agency's line, then every line of every grouping: part "agency", "field", "procedure", "division", "channel",
    "handler"."""
    return csv_table(COLUMNS, _rows(report, lang))


def totals_csv(totals: Totals, reports: Iterable[Report], lang: str = "vi") -> str:
    """The line of all agencies together, part "all", and its channels; each agency's, with its groupings where they are known."""
    known = {report.agency: report for report in reports}
    return csv_table(COLUMNS, _all_rows(totals, known, lang))


def _all_rows(totals: Totals, known: Mapping[str, Report], lang: str) -> Iterator[Row]:
    assert totals.span is not None
    period, cut_off = totals.span
    whole = totals.whole
    line = _Lines("", period, cut_off, whole.simulated, lang)
    yield line.row("all", "", whole.title, whole.counts)
    yield from line.rows("channel", whole.channels)
    for key, share in sorted(totals.agencies.items()):
        line = _Lines(key, period, cut_off, share.simulated, lang)
        if key in known:
            yield from _rows(known[key], lang)
        else:
            yield line.row("agency", key, share.title, share.counts)
            yield from line.rows("channel", share.channels)


def _rows(report: Report, lang: str) -> Iterator[Row]:
    line = _Lines(report.agency, report.period, report.until, report.simulated, lang)
    yield line.row("agency", report.agency, report.agency_title, report.counts)
    for name in GROUPINGS:
        yield from line.rows(name.removeprefix("by_"), report.groupings[name])


class _Lines:
    """Makes rows of one agency."""

    def __init__(self, agency: str, period: Period, cut_off: int, simulated: bool, lang: str) -> None:
        self.lang = lang
        self.head: Row = [agency, period.first, period.last, local(cut_off).isoformat(), str(simulated).lower()]

    def row(self, part: str, key: str, title: Text, counts: Counts) -> Row:
        """One line; a rate that didn't arise, or doesn't apply, is an empty cell."""
        figures = (getattr(counts, figure.name) for figure in FIGURES)
        ratios = (cell for one in counts.ratios for cell in (one.numerator, one.denominator, one.rate))
        objective = (counts.merits_in_time, counts.merits, counts.objective_rate)
        return [*self.head, part, key, title.to(self.lang), *figures, *ratios, *objective]

    def rows(self, part: str, groups: Mapping[str, Group]) -> Iterator[Row]:
        """The lines of a grouping."""
        return (self.row(part, key, group.title, group.counts) for key, group in groups.items())
