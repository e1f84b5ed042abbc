"""The nation's figures from a folder of facts: of a period as II.06a has them, and by year.

What can be told: any period of whole days that has begun by the cut-off of every agency's export, as it stood at the period's
end, or at the cut-off where that is earlier and the same for all (R92, R103). Nothing is told of moments within a day, nor of
the catalogue of procedures, which stands in no log.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, NoReturn

from ..errors import BadValue
from ..figures import Counts, summed
from ..model import LateCause
from ..period import Period
from ..stats import CAUSES
from ..text import Text, moment
from ..worktime import day_of, local
from . import statistics as told
from .engines import Engine
from .files import Export
from .statistics import Expression, Span


class Officer(NamedTuple):
    """What one account did in a period, as `stats.Officer` counts it, with the minutes its late steps were late by."""

    agency: str
    officer: str
    division: str
    steps: int
    late_steps: int
    late_minutes: int
    misrouted: int
    lost_minutes: int


class Verdicts(NamedTuple):
    """Dossiers of a procedure that were resolved in a year, and how they count."""

    year: int
    field: str
    code: str
    outcome: str
    dossiers: int


class Work(NamedTuple):
    """The steps an account finished in a year, those that were late, and by how many working minutes."""

    year: int
    agency: str
    officer: str
    division: str
    steps: int
    late_steps: int
    late_minutes: int


@dataclass(frozen=True, slots=True)
class National:
    """The figures of a period over all exports, as of `until`: the whole, its groups by their keys, why late ones are late."""

    period: Period
    until: int
    exports: tuple[Export, ...]
    by: tuple[str, ...]
    groups: Mapping[tuple[str, ...], Counts]
    late_by_cause: Mapping[LateCause, int]

    @property
    def counts(self) -> Counts:
        """All groups together."""
        return summed(self.groups.values())

    @property
    def simulated(self) -> bool:
        """Whether a simulation is among them."""
        return any(export.simulated for export in self.exports)


def national(engine: Engine, exports: Sequence[Export], period: Period, by: Sequence[str] = ("agency",)) -> National:
    """The columns of II.06a of a period, grouped by names of `statistics.KEYS`.

    Raises BadValue for a period that an export can't tell of.
    """
    until = until_of(exports, period)
    span = Span(period.first, day_of(until))
    before = _told_before(engine, period)
    rows = engine.ask(("lines", period, span, *by), lambda: told.lines(engine.facts, span, by, before))
    keys = told.columns_of(by)
    groups = {tuple(row[: len(keys)]): _counts(row[len(keys) :]) for row in rows}
    causes: dict[str, int] = dict(engine.ask(("causes", period, span), lambda: told.causes(engine.facts, span, before)))
    return National(
        period,
        until,
        tuple(exports),
        tuple(by),
        {key: counts for key, counts in groups.items() if any(counts)},
        {cause: causes.get(cause, 0) for cause in CAUSES},
    )


def officers(engine: Engine, exports: Sequence[Export], period: Period) -> tuple[Officer, ...]:
    """What each account did in a period, by agency and account. Raises as `national`."""
    span = Span(period.first, day_of(until_of(exports, period)))
    return tuple(map(Officer._make, engine.ask(("officers", span), lambda: told.officers(engine.facts, span))))


def yearly_verdicts(engine: Engine) -> tuple[Verdicts, ...]:
    """Year, field, procedure and verdict of all resolved dossiers, as it stands at the cut-offs."""
    return tuple(map(Verdicts._make, engine.ask("yearly verdicts", lambda: told.yearly_verdicts(engine.facts))))


def yearly_officers(engine: Engine) -> tuple[Work, ...]:
    """The steps of each account in each year, late ones and their minutes."""
    return tuple(map(Work._make, engine.ask("yearly officers", lambda: told.yearly_officers(engine.facts))))


def until_of(exports: Sequence[Export], period: Period) -> int:
    """The moment as of which a period is told: its end, or the cut-off of all exports where that is earlier.

    Raises BadValue for a period that hadn't begun, or for cut-offs within it that differ.
    """
    for export in exports:
        if export.cut_off < period.start:
            _refuse_later(export, period)
    untils = {min(export.cut_off, period.end) for export in exports}
    if len(untils) > 1:
        _refuse_apart(exports, period)
    return untils.pop()


def _told_before(engine: Engine, period: Period) -> Expression | None:
    ((since,),) = engine.ask("returned", lambda: told.returned_since(engine.facts))
    ends = told.ends_before(period, since) if since is not None else ()
    return told.told_before(engine.facts, ends) if ends else None


def _counts(row: Sequence[int]) -> Counts:
    """A line from its sums: what has no verdict of its own is on time (R57, R59, R61), what isn't overdue is in time."""
    found = dict(zip(told.COUNTED, row, strict=True))
    merits = found["resolved"] - found["no_term"] - found["withdrawn"] - found["stopped"]
    return Counts(
        **found,
        on_time=found["resolved"] - found["early"] - found["late"],
        open_in_time=found["open"] - found["open_overdue"],
        merits=merits,
        merits_in_time=merits - found["late_by_law"],
    )


def _refuse_later(export: Export, period: Period) -> NoReturn:
    when, first = moment(local(export.cut_off)), f"{period.first:%d/%m/%Y}"
    raise BadValue(
        Text(
            f"dữ kiện của {export.agency} chốt lúc {when}, khi kỳ báo cáo chưa bắt đầu (ngày {first}); hãy xuất lại",
            f"the facts of {export.agency} are as of {when}, before the period begins ({first}); export them again",
        )
    )


def _refuse_apart(exports: Sequence[Export], period: Period) -> NoReturn:
    cut = sorted((export.cut_off, export.agency) for export in exports)
    shown = ", ".join(f"{agency} {moment(local(at))}" for at, agency in (cut[0], cut[-1]))
    raise BadValue(
        Text(
            f"không cộng được: {period.title.vi} chưa hết ở mọi cơ quan và lúc chốt khác nhau ({shown});"
            " hãy xuất lại cùng một --as-of, hoặc chọn kỳ đã hết",
            f"can't be added up: {period.title.en} isn't over for all agencies, and their cut-offs differ ({shown});"
            " export them again with the same --as-of, or choose a period that is over",
        )
    )
