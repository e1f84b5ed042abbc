"""Simulated years as tables for a spreadsheet: UTF-8 with BOM, no cell a formula, numbers plain, as `spread.rounded` rounds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from ..causes import TITLES as CAUSES
from ..cells import csv_table
from ..spread import Spread, rounded
from .scene import TITLES, Result, differences, fewest

COLUMNS = (
    "part",
    "name",
    "title",
    "figure",
    "runs",
    "mean",
    "half",
    "least",
    "p10",
    "p50",
    "p90",
    "most",
    "asked",
    "partial",
)
DIFFERENCES = (
    "scenario",
    "title",
    "figure",
    "name",
    "runs",
    "mean",
    "half",
    "unpaired",
    "narrower",
    "certain",
    "asked",
    "partial",
)
_SPREAD = COLUMNS[4:-2]


def as_csv(result: Result, lang: str = "vi") -> str:
    """Every figure of the summary, one a line: of the year, by cause, by officer, by step, and the queue of each day."""
    lines = (*_year(result, lang), *_officers(result), *_steps(result, lang), *_queue(result))
    return csv_table(COLUMNS, ([*line, *_done([result])] for line in lines))


def whatif_csv(base: Result, others: Sequence[Result], lang: str = "vi") -> str:
    """How every figure of every other scenario differs from the base, one a line."""
    return csv_table(
        DIFFERENCES,
        (
            [
                *(other.scene.name, other.scene.title.to(lang), name, TITLES[name].to(lang)),
                *(*found.to_json().values(), *_done([base, other])),
            ]
            for other in others
            for name, found in differences(base, other).items()
        ),
    )


def _done(results: Sequence[Result]) -> tuple[int, bool]:
    """How many years were asked for, and whether there are fewer, as the runs were stopped: said on every line, so that no
    part of the table passes for the whole."""
    summary = fewest(results)
    return summary.asked, summary.partial


def _line(part: str, name: str, title: str, figure: str, spread: Spread | None) -> Iterator[list[object]]:
    """One spread; a figure that never arose has no line."""
    if spread is not None:
        told = spread.to_json()
        yield [part, name, title, figure, *(told[column] for column in _SPREAD)]


def _year(result: Result, lang: str) -> Iterator[list[object]]:
    found = result.summary._asdict()
    for name, title in TITLES.items():
        yield from _line("year", name, title.to(lang), name, found[name])
    for cause, spread in result.summary.by_cause.items():
        yield from _line("cause", cause, CAUSES[cause].to(lang), "late", spread)


def _officers(result: Result) -> Iterator[list[object]]:
    for account, one in result.summary.accounts.items():
        for figure, spread in one._asdict().items():
            yield from _line("officer", account, result.scene.named(account), figure, spread)


def _steps(result: Result, lang: str) -> Iterator[list[object]]:
    titles = result.scene.steps()
    for (code, step), one in result.summary.steps.items():
        title = titles[code, step].to(lang) if (code, step) in titles else ""
        for figure, spread in one._asdict().items():
            yield from _line("step", f"{code}/{step}", title, figure, spread)


def _queue(result: Result) -> Iterator[list[object]]:
    first = date(result.scene.year, 1, 1).toordinal()
    runs = len(result.outcomes)
    for place, one in enumerate(result.summary.queue):
        day = date.fromordinal(first + place).isoformat()
        yield ["queue", day, "", "waiting", runs, rounded(one.mean), "", "", "", "", rounded(one.p90), ""]
