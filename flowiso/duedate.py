"""Due dates: where a term ends, what supplements make of it, and whether it was kept (R70-R76)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from .errors import BadValue
from .text import Text, moment
from .worktime import DAY, local, ordinal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .term import Term
    from .worktime import WorkingTime

Mode = Literal["legal", "minutes"]
Policy = Literal["restart", "pause", "none"]
Verdict = Literal["early", "on_time", "late"]
Interval = tuple[int, int, str]
"""A supplement or fee wait as the core sees it: asked, handed in (instants), policy."""

_MODES, _POLICIES = get_args(Mode), get_args(Policy)


def verdict(resolved: int, due: int) -> Verdict:
    """Dossier: early, on time or late by Vietnamese dates alone; 18:00 on the due date is on time (R72)."""
    ahead = ordinal(due) - ordinal(resolved)
    return "early" if ahead > 0 else "on_time" if ahead == 0 else "late"


def step_verdict(done: int, due: int) -> Verdict:
    """Step: late after its due minute, on time on the due date up to it, early on an earlier date (R72)."""
    return "late" if done // 60 > due // 60 else verdict(done, due)


class Leg(NamedTuple):
    """The due instant after one interval: counted from `anchor`, with `paused` (seconds, or days of a d term) added."""

    effect: Literal["received", "restart", "pause", "none", "passed"]
    asked: int
    back: int
    gained: int
    anchor: int
    paused: int
    due: int


def legs(time: WorkingTime, received: int, term: Term, intervals: Sequence[Interval], mode: str) -> Iterator[Leg]:
    """The due instant at the receipt and after each interval."""
    leg = Leg("received", received, received, 0, received, 0, reach(time, received, term, mode))
    yield leg
    for asked, back, policy in intervals:
        if not leg.back <= asked <= back:
            what = f"{moment(local(asked))} - {moment(local(back))}"
            raise BadValue(Text(f"Lần bổ sung {what} sai thứ tự.", f"The supplement {what} is out of order."))
        leg = _next(time, leg, (asked, back, policy), term, mode)
        yield leg


def _next(time: WorkingTime, leg: Leg, interval: Interval, term: Term, mode: str) -> Leg:
    asked, back, policy = interval
    if policy not in _POLICIES:
        raise BadValue(Text(f'Không có cách tính "{policy}".', f'There is no policy "{policy}".'))
    if policy == "none":
        return leg._replace(effect="none", asked=asked, back=back, gained=0)
    if verdict(asked, leg.due) == "late" or (mode == "minutes" and asked > leg.due):
        return leg._replace(effect="passed", asked=asked, back=back, gained=0)
    if policy == "restart":
        return Leg("restart", asked, back, 0, back, 0, reach(time, back, term, mode))
    gained = _gained(time, asked, back, term)
    paused = leg.paused + gained
    return Leg("pause", asked, back, gained, leg.anchor, paused, reach(time, leg.anchor, term, mode, paused))


def _gained(time: WorkingTime, asked: int, back: int, term: Term) -> int:
    """What a pause adds: working seconds for wd and wh, calendar days for d, seconds for h and immediate (R75)."""
    if term.unit in ("wd", "wh"):
        return time.worked(asked, back)
    return ordinal(back) - ordinal(asked) if term.unit == "d" else back - asked


def reach(time: WorkingTime, at: int, term: Term, mode: str, paused: int = 0) -> int:
    """The one algorithm: the end of a term from `at` with `paused` added."""
    if not time.first <= at < time.until:
        raise time.outside(at)
    if mode not in _MODES:
        raise BadValue(Text(f'Không có cách tính hạn "{mode}".', f'There is no mode "{mode}".'))
    unit, (amount, parts) = term.unit, term.amount.as_integer_ratio()
    if unit == "wh":
        return time.plus(at, -(-3600 * amount // parts) + paused)
    if unit == "d":
        return _calendar_day(time, at + (amount + paused) * DAY, mode)
    if unit != "wd":
        return _clock(time, at - (-3600 * amount // parts) + paused)
    if mode == "minutes":
        return time.plus(time.plus_days(at, amount, parts), paused)
    if parts != 1:
        text = Text("Hạn theo ngày cần số ngày nguyên.", "A term counted by dates needs a whole number of days.")
        raise BadValue(text)
    closing = time.closing_after(at, amount)
    return time.hours_from(time.plus(closing, paused))[1] if paused else closing


def _clock(time: WorkingTime, end: int) -> int:
    if end >= time.until:
        raise time.outside(time.until)
    return end


def _calendar_day(time: WorkingTime, end: int, mode: str) -> int:
    """`end` moved into the hours of its day, or to the closing of the next working day (R70)."""
    opening, closing = time.hours_from(end)
    if mode == "legal" or ordinal(closing) > ordinal(end):
        return closing
    return max(opening, min(end, closing))
