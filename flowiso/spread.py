"""What many simulated years say together: means with their 95 % intervals, percentiles, and differences between scenarios.

All arithmetic is on integers and Decimals in the order of the seeds, so the same outcomes give the same digits anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from .model import LateCause
from .outcome import Desk, Outcome, Step
from .stats import CAUSES

Figure = Callable[[Outcome], "Decimal | int"]
"""One number of a year."""

_T975 = ("12.7062", "4.3027", "3.1824", "2.7764", "2.5706", "2.4469", "2.3646", "2.3060", "2.2622")
"""Student's t at 97.5 % for 1 to 9 degrees of freedom."""
_Z975 = Decimal("1.959963984540054")
ZERO = Decimal(0)
_NOISE = Decimal("1e-18")
"""A half-width that is no more is what 28 digits leave of none: shares are rounded at the last of them."""


class Spread(NamedTuple):
    """A figure over runs. `mean` plus or minus `half` is the 95 % interval of the mean (Student's t); `half` is None for a
    single run, which tells of no spread. `p10`, `p50`, `p90` are nearest-rank percentiles: values that did come up.

    `runs` are those in which the figure arose: a wait per visit arises only where there was a visit.
    """

    runs: int
    mean: Decimal
    half: Decimal | None
    least: Decimal
    p10: Decimal
    p50: Decimal
    p90: Decimal
    most: Decimal

    @property
    def upper(self) -> Decimal | None:
        """The upper end of the interval of the mean; None for a single run."""
        return None if self.half is None else self.mean + self.half

    def to_json(self) -> dict[str, Any]:
        """The figures under their names, numbers as strings rounded as `rounded` does."""
        return {name: _plain(value) for name, value in self._asdict().items()}


class Difference(NamedTuple):
    """By how much a figure differs between two scenarios, run by run of the same seeds: `mean` plus or minus `half`.

    `unpaired` is what the half-width would be had the two scenarios not shared their chances (pooled variances), and `narrower`
    how many times narrower the paired interval is; None where the paired one has no width.
    """

    runs: int
    mean: Decimal
    half: Decimal | None
    unpaired: Decimal | None
    narrower: Decimal | None

    @property
    def certain(self) -> bool:
        """Whether the interval leaves out 0: the scenarios do differ, as far as 95 % tell."""
        return self.half is not None and abs(self.mean) > self.half

    def to_json(self) -> dict[str, Any]:
        """The figures under their names, numbers as strings rounded as `rounded` does."""
        return {name: _plain(value) for name, value in self._asdict().items()} | {"certain": self.certain}


class AccountSpread(NamedTuple):
    """One account: late dossiers whose time was his, visits, visits past their due minute, and its utilisation in percent."""

    late: Spread
    visits: Spread
    steps_late: Spread
    utilisation: Spread | None


class StepSpread(NamedTuple):
    """One step of one procedure: visits and late visits a year; working minutes waited and worked per visit, None without any."""

    visits: Spread
    late: Spread
    waited: Spread | None
    worked: Spread | None


class QueueDay(NamedTuple):
    """How many dossiers waited for an officer at the end of one day: mean and 90th percentile over the runs."""

    mean: Decimal
    p90: Decimal


class Summary(NamedTuple):
    """What the years of one scenario come to. Counts are dossiers a year, as in `Outcome`.

    `asked` runs were wanted; when fewer are there the figures are partial. `late_share` is late of received, in percent.
    `misrouted` and `warned` count the late dossiers that would be in time but for a wrong account, and those a head had been
    warned of in vain, `forgotten` those that were laid aside and forgotten on their way; one may be all of these. `by_cause` has
    every cause of R95, in its order; `accounts` is by account, `steps` by (code, step id), both sorted; `queue` has one entry a
    day.
    """

    seeds: tuple[int, ...]
    asked: int
    received: Spread
    online: Spread
    resolved: Spread
    open: Spread
    refused: Spread
    procedures: Spread
    late: Spread
    late_share: Spread
    resolved_late: Spread
    open_overdue: Spread
    misroutes: Spread
    minutes_lost: Spread
    busiest: Spread
    misrouted: Spread
    warned: Spread
    forgotten: Spread
    by_cause: Mapping[LateCause, Spread]
    accounts: Mapping[str, AccountSpread]
    steps: Mapping[tuple[str, str], StepSpread]
    queue: tuple[QueueDay, ...]

    @property
    def late_share_upper(self) -> Decimal | None:
        """The upper end of the 95 % interval of `late_share`; None for a single year.

        Where no dossier was late in any year that interval has no width, which says too much: then it is 3 of all received
        (rule of three, Hanley and Lippman-Hand 1983).
        """
        if self.late.most or self.late_share.half is None:
            return self.late_share.upper
        received = self.received.mean * self.received.runs
        return 300 / received if received else None

    @property
    def partial(self) -> bool:
        """Whether the run was stopped before all years were done."""
        return len(self.seeds) < self.asked

    def to_json(self) -> dict[str, Any]:
        """The summary as JSON values; steps are a list, since their key has two parts."""
        plain = {name: value.to_json() for name, value in self._asdict().items() if isinstance(value, Spread)}
        return {
            "runs": len(self.seeds),
            "asked": self.asked,
            "partial": self.partial,
            "seeds": list(self.seeds),
            **plain,
            "late_by_cause": {cause: spread.to_json() for cause, spread in self.by_cause.items()},
            "by_officer": {name: _parts_json(parts) for name, parts in self.accounts.items()},
            "steps": [{"code": code, "step": step, **_parts_json(parts)} for (code, step), parts in self.steps.items()],
            "queue": [{"mean": _plain(day.mean), "p90": _plain(day.p90)} for day in self.queue],
        }


def spread(values: Iterable[Decimal | int]) -> Spread:
    """The spread of one value a run, at least one."""
    found = [Decimal(value) for value in values]
    count, ranked = len(found), sorted(found)
    low, middle, high = (percentile(ranked, share) for share in (10, 50, 90))
    return Spread(count, _mean(found), _half(found), ranked[0], low, middle, high, ranked[-1])


def percentile(ranked: Sequence[Decimal], share: int) -> Decimal:
    """The nearest-rank percentile: the smallest of the ascending values with at least `share` % of all at or below it."""
    return ranked[max(0, -(-share * len(ranked) // 100) - 1)]


def student(freedom: int) -> Decimal:
    """Student's t at 97.5 % (a two-sided 95 % interval) for so many degrees of freedom, right to 4 decimals.

    From 10 degrees by the expansion about the normal quantile (Abramowitz & Stegun 26.7.5).
    """
    if freedom <= len(_T975):
        return Decimal(_T975[freedom - 1])
    z = _Z975
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92_160,
    )
    return sum((term / freedom**power for power, term in enumerate(terms, 1)), z)


def paired(base: Sequence[Decimal | int], other: Sequence[Decimal | int]) -> Difference:
    """`other` less `base`, run by run: the values at the same place are of the same seed."""
    differences = [Decimal(b) - Decimal(a) for a, b in zip(base, other, strict=True)]
    half, loose = _half(differences), _unpaired(base, other)
    narrower = loose / half if half and loose is not None else None
    return Difference(len(differences), _mean(differences), half, loose, narrower)


def rounded(value: Decimal) -> Decimal:
    """Two decimals, half up; more as long as rounding would make 0 of what is not 0 (R111)."""
    for places in range(2, 13):
        shown = value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
        if shown:
            return shown
    return Decimal("0.00")


def merged(outcomes: Sequence[Outcome], asked: int | None = None) -> Summary:
    """What these years, at least one, say together; `asked` is how many were wanted."""
    ordered = sorted(outcomes, key=lambda outcome: outcome.seed)
    return Summary(
        seeds=tuple(outcome.seed for outcome in ordered),
        asked=len(ordered) if asked is None else asked,
        **{name: spread(map(figure, ordered)) for name, figure in FIGURES.items()},
        by_cause={cause: spread(_count(one, cause) for one in ordered) for cause in CAUSES},
        accounts={name: _account(name, ordered) for name in _names(ordered)},
        steps={key: _step(key, ordered) for key in sorted({key for one in ordered for key in one.steps})},
        queue=tuple(map(_queue_day, zip(*(one.queue for one in ordered), strict=True))),
    )


def busiest(outcome: Outcome) -> Decimal:
    """The utilisation of the busiest account, in percent."""
    return max(filter(None, map(_utilisation, outcome.desks.values())), default=ZERO)


def late_share(outcome: Outcome) -> Decimal:
    """Late of received, in percent; 0 when nothing was received."""
    return _ratio(100 * outcome.late, outcome.received) or ZERO


FIGURES: Mapping[str, Figure] = {
    "received": lambda one: one.received,
    "online": lambda one: one.online,
    "resolved": lambda one: one.resolved,
    "open": lambda one: one.open,
    "refused": lambda one: one.refused,
    "procedures": lambda one: one.procedures,
    "late": lambda one: one.late,
    "late_share": late_share,
    "resolved_late": lambda one: one.resolved_late,
    "open_overdue": lambda one: one.open_overdue,
    "misroutes": lambda one: one.misroutes,
    "minutes_lost": lambda one: one.minutes_lost,
    "busiest": busiest,
    "misrouted": lambda one: sum(late.misrouted for late in one.lates),
    "warned": lambda one: sum(late.warned for late in one.lates),
    "forgotten": lambda one: sum(late.forgotten for late in one.lates),
}
"""The figures of a year that a summary and a comparison tell, by name."""


def _mean(values: Sequence[Decimal]) -> Decimal:
    return sum(values, ZERO) / len(values)


def _variance(values: Sequence[Decimal]) -> Decimal:
    mean = _mean(values)
    return sum(((value - mean) ** 2 for value in values), ZERO) / (len(values) - 1)


def _half(values: Sequence[Decimal]) -> Decimal | None:
    count = len(values)
    if count < 2:
        return None
    half = student(count - 1) * (_variance(values) / count).sqrt()
    return half if half > _NOISE else ZERO


def _unpaired(base: Sequence[Decimal | int], other: Sequence[Decimal | int]) -> Decimal | None:
    count = len(base)
    if count < 2:
        return None
    variance = sum((_variance([*map(Decimal, values)]) for values in (base, other)), ZERO)
    return student(2 * count - 2) * (variance / count).sqrt()


def _ratio(part: int, whole: int) -> Decimal | None:
    return Decimal(part) / whole if whole else None


def _arisen(values: Iterable[Decimal | None]) -> Spread | None:
    found = [value for value in values if value is not None]
    return spread(found) if found else None


def _count(outcome: Outcome, cause: LateCause) -> int:
    return sum(late.cause == cause for late in outcome.lates)


def _names(outcomes: Iterable[Outcome]) -> list[str]:
    return sorted({name for one in outcomes for name in (*one.desks, *(late.account for late in one.lates))})


def _account(name: str, outcomes: Sequence[Outcome]) -> AccountSpread:
    desks = [one.desks.get(name, Desk()) for one in outcomes]
    return AccountSpread(
        late=spread(sum(late.account == name for late in one.lates) for one in outcomes),
        visits=spread(desk.visits for desk in desks),
        steps_late=spread(desk.late for desk in desks),
        utilisation=_arisen(map(_utilisation, desks)),
    )


def _utilisation(desk: Desk) -> Decimal | None:
    return _ratio(100 * desk.busy, desk.at_hand)


def _step(key: tuple[str, str], outcomes: Sequence[Outcome]) -> StepSpread:
    steps = [one.steps.get(key, Step()) for one in outcomes]
    return StepSpread(
        visits=spread(step.visits for step in steps),
        late=spread(step.late for step in steps),
        waited=_arisen(_ratio(step.waited, 60 * step.visits) for step in steps),
        worked=_arisen(_ratio(step.worked, 60 * step.visits) for step in steps),
    )


def _queue_day(lengths: Sequence[int]) -> QueueDay:
    ranked = sorted(map(Decimal, lengths))
    return QueueDay(_mean(ranked), percentile(ranked, 90))


def _parts_json(parts: AccountSpread | StepSpread) -> dict[str, Any]:
    return {name: value and value.to_json() for name, value in parts._asdict().items()}


def _plain(value: Decimal | int | None) -> str | int | None:
    return str(rounded(value)) if isinstance(value, Decimal) else value
