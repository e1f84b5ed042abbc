"""The days that a report speaks of (R94), and those that the one before it spoke of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from .asked import year_of
from .errors import BadValue
from .text import Text
from .worktime import TZ, instant

_IN_EVERY_MONTH = 28


@dataclass(frozen=True, slots=True)
class Period:
    """The days a report speaks of, both included (R94)."""

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

    @classmethod
    def year(cls, year: int) -> Period:
        """1 January to 31 December; raises BadValue for what is no year of `asked.YEARS`."""
        year = year_of(year)
        return cls(date(year, 1, 1), date(year, 12, 31))

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
