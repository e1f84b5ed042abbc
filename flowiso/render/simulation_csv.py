"""Simulated years as tables for a spreadsheet: UTF-8 with BOM, no cell a formula, numbers plain, as `spread.rounded` rounds."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from ..causes import TITLES as CAUSES
from ..cells import harmless
from ..spread import Spread, rounded
from .scene import TITLES, Result, differences

COLUMNS = ("part", "name", "title", "figure", "runs", "mean", "half", "least", "p10", "p50", "p90", "most")
DIFFERENCES = ("scenario", "title", "figure", "name", "runs", "mean", "half", "unpaired", "narrower", "certain")


def as_csv(result: Result, lang: str = "vi") -> str:
    """Every figure of the summary, one a line: of the year, by cause, by officer, by step, and the queue of each day."""
    return _table(COLUMNS, (*_year(result, lang), *_officers(result), *_steps(result, lang), *_queue(result)))


def whatif_csv(base: Result, others: Sequence[Result], lang: str = "vi") -> str:
    """How every figure of every other scenario differs from the base, one a line."""
    return _table(
        DIFFERENCES,
        (
            [other.scene.name, other.scene.title.to(lang), name, TITLES[name].to(lang), *found.to_json().values()]
            for other in others
            for name, found in differences(base, other).items()
        ),
    )


def _table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows(["" if cell is None else harmless(str(cell)) for cell in row] for row in rows)
    return out.getvalue()


def _line(part: str, name: str, title: str, figure: str, spread: Spread | None) -> Iterator[list[object]]:
    """One spread; a figure that never arose has no line."""
    if spread is not None:
        told = spread.to_json()
        yield [part, name, title, figure, *(told[column] for column in COLUMNS[4:])]


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
