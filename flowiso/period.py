"""The days that a report speaks of (R94), and those that the one before it spoke of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal, get_args

from .asked import YEARS, year_of
from .errors import BadValue
from .text import Text
from .worktime import TZ, instant

Rule = Literal["calendar", "nd09"]
"""Where a year, a quarter, 6 and 9 months begin: on the 1st of their first month, or on the 15th of the month before it and
so end on the 14th (R94: Decree 09/2019, article 12, from memory, still to be verified)."""

RULES: tuple[Rule, ...] = get_args(Rule)

ND09 = Text(
    "kỳ từ ngày 15 đến ngày 14 theo NĐ 09/2019 điều 12 (căn cứ cần kiểm tra lại)",
    "a period from the 15th to the 14th by Decree 09/2019, article 12 (a source still to be verified)",
)

_IN_EVERY_MONTH = 28
_CUT = 15


@dataclass(frozen=True, slots=True)
class Period:
    """The days a report speaks of, both included (R94), of the years of `asked.YEARS` and what a period by rule adds to them.

    Raises BadValue for days that run backwards, and for days of other years.
    """

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise BadValue(
                Text(
                    f"Kỳ báo cáo {self.first:%d/%m/%Y} - {self.last:%d/%m/%Y} ngược thứ tự.",
                    f"The period {self.first} to {self.last} runs backwards.",
                )
            )
        if self.first.year < YEARS[0] - 1 or self.last.year > YEARS[-1] + 1:
            raise BadValue(
                Text(
                    f"Kỳ báo cáo phải trong các năm {YEARS[0]} đến {YEARS[-1]}; hãy xem lại năm.",
                    f"A period is of the years {YEARS[0]} to {YEARS[-1]}; check the year.",
                )
            )

    @classmethod
    def year(cls, year: int, rule: Rule = "calendar") -> Period:
        """1 January to 31 December; raises BadValue for what is no year of `asked.YEARS`."""
        return _months(year, 1, 12, rule)

    @classmethod
    def six_months(cls, year: int, rule: Rule = "calendar") -> Period:
        """The first six months of a year; raises BadValue."""
        return _months(year, 1, 6, rule)

    @classmethod
    def nine_months(cls, year: int, rule: Rule = "calendar") -> Period:
        """The first nine months of a year; raises BadValue."""
        return _months(year, 1, 9, rule)

    @classmethod
    def quarter(cls, year: int, quarter: int, rule: Rule = "calendar") -> Period:
        """A quarter, 1 to 4; raises BadValue."""
        _check("quý", "quarter", quarter, 4)
        return _months(year, 3 * quarter - 2, 3, rule)

    @classmethod
    def month(cls, year: int, month: int) -> Period:
        """A month, 1 to 12, by the calendar under every rule; raises BadValue."""
        _check("tháng", "month", month, 12)
        return _months(year, month, 1, "calendar")

    @classmethod
    def week(cls, year: int, week: int) -> Period:
        """A week, Monday to Sunday, as ISO 8601 counts them: a year has 52 or 53; raises BadValue."""
        last = date(year_of(year), 12, 28).isocalendar().week
        _check("tuần", "week", week, last)
        first = date.fromisocalendar(year, week, 1)
        return cls(first, first + timedelta(6))

    @property
    def start(self) -> int:
        """The first local midnight, an instant."""
        return instant(datetime.combine(self.first, time(), TZ))

    @property
    def end(self) -> int:
        """The last second of the last day, an instant: the cut-off of the logs."""
        return instant(datetime.combine(self.last + timedelta(1), time(), TZ)) - 1

    @property
    def before(self) -> Period:
        """The one before it, as long: so many months, from the same day of the month on, or else so many days."""
        after = self.last + timedelta(1)
        if after.day != self.first.day or after.day > _IN_EVERY_MONTH:
            return Period(self.first - (after - self.first), self.first - timedelta(1))
        months = 12 * (2 * self.first.year - after.year) + 2 * self.first.month - after.month - 1
        year, month = divmod(months, 12)
        return Period(date(year, month + 1, self.first.day), self.first - timedelta(1))

    @property
    def title(self) -> Text:
        """What it is called: "năm 2021", "quý III năm 2021", else its first and last day."""
        for period, _, title in _named(self):
            if period == self:
                return title
        first, last = f"{self.first:%d/%m/%Y}", f"{self.last:%d/%m/%Y}"
        return Text(f"từ {first} đến {last}", f"{first} to {last}")

    @property
    def rule(self) -> Rule:
        """The rule by which these days are a year, a quarter, 6 or 9 months; "calendar" for all other days."""
        return next((rule for period, rule, _ in _named(self) if period == self), "calendar")


def _named(of: Period) -> Iterator[tuple[Period, Rule, Text]]:
    """The periods with a name that end, or begin, where this one does."""
    year, month = of.last.year, of.last.month
    if year not in YEARS or of.first.year not in YEARS:
        return
    quarter = (month + 2) // 3
    for rule in RULES:
        yield Period.year(year, rule), rule, Text(f"năm {year}", f"year {year}")
        yield Period.six_months(year, rule), rule, Text(f"6 tháng năm {year}", f"6 months of {year}")
        yield Period.nine_months(year, rule), rule, Text(f"9 tháng năm {year}", f"9 months of {year}")
        roman = ("I", "II", "III", "IV")[quarter - 1]
        yield Period.quarter(year, quarter, rule), rule, Text(f"quý {roman} năm {year}", f"quarter {quarter} of {year}")
    yield Period.month(year, month), "calendar", Text(f"tháng {month:02d}/{year}", f"month {month:02d}/{year}")
    monday = of.first.isocalendar()
    week = Text(f"tuần {monday.week:02d} năm {monday.year}", f"week {monday.week:02d} of {monday.year}")
    if monday.year in YEARS:
        yield Period.week(monday.year, monday.week), "calendar", week


def _months(year: int, first: int, months: int, rule: Rule) -> Period:
    """So many months of a year from the month `first` on."""
    year = year_of(year)
    after = first + months
    start, end = date(year, first, 1), date(year + after // 13, (after - 1) % 12 + 1, 1) - timedelta(1)
    if rule == "calendar":
        return Period(start, end)
    return Period((start - timedelta(1)).replace(day=_CUT), end.replace(day=_CUT - 1))


def _check(vi: str, en: str, given: object, most: int) -> None:
    if not isinstance(given, int) or isinstance(given, bool) or not 1 <= given <= most:
        raise BadValue(
            Text(f"không có {vi} '{given}'; hãy cho một số từ 1 đến {most}", f"no {en} '{given}'; give 1 to {most}")
        )
