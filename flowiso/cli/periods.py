"""The options that name a period: exactly one of a year, a quarter, 6 or 9 months, a month, a week, two days (R94)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..text import Text
from .options import option

if TYPE_CHECKING:
    from ..period import Period

F = TypeVar("F", bound=Callable[..., Any])

_YEAR = click.IntRange(1900, 2999)
_OPTIONS = (
    option("--year", type=_YEAR, text=Text("Năm, 2021.", "A year, 2021.")),
    option("--quarter", metavar="YEAR-Q", text=Text("Quý, 2021-3.", "A quarter, 2021-3.")),
    option("--six-months", type=_YEAR, text=Text("6 tháng đầu năm, 2021.", "The first six months of a year, 2021.")),
    option("--nine-months", type=_YEAR, text=Text("9 tháng đầu năm, 2021.", "The first nine months of a year, 2021.")),
    option("--month", metavar="YEAR-MM", text=Text("Tháng, 2021-09.", "A month, 2021-09.")),
    option("--week", metavar="YEAR-Www", text=Text("Tuần theo ISO 8601, 2021-W37.", "A week of ISO 8601, 2021-W37.")),
    option("--from", "first", metavar="DATE", text=Text("Ngày đầu kỳ, cùng với --to.", "The first day, with --to.")),
    option("--to", "last", metavar="DATE", text=Text("Ngày cuối kỳ, kể cả ngày ấy.", "The last day, included.")),
    option(
        "--period-rule", "rule", type=click.Choice(("calendar", "nd09")), default="calendar", show_default=True,
        text=Text(
            "Năm, quý, 6 và 9 tháng theo lịch, hay từ ngày 15 đến ngày 14 theo NĐ 09/2019 điều 12 (căn cứ cần kiểm tra lại).",
            "Years, quarters, 6 and 9 months by the calendar, or from the 15th to the 14th by Decree 09/2019, article 12"
            " (still to be verified).",
        ),
    ),
)  # fmt: skip
NAMES = ("year", "quarter", "six_months", "nine_months", "month", "week", "first", "last", "rule")
"""The parameters that `period_options` adds to a command, for `period_of`."""


def period_options(function: F) -> F:
    """The options of a period; the command gets them under `NAMES`."""
    for one in reversed(_OPTIONS):
        function = one(function)
    return function


def period_of(given: dict[str, Any]) -> Period:
    """The one period that the options name. Raises BadValue for none, for several, and for one there isn't."""
    from ..errors import BadValue
    from ..period import Period
    from .due import day

    rule, first, last = given["rule"], given["first"], given["last"]
    named = [name for name in NAMES[:6] if given[name] is not None]
    if (first is None) != (last is None) or len(named) + (first is not None) != 1:
        raise BadValue(
            Text(
                "hãy cho đúng một kỳ: --year, --quarter, --six-months, --nine-months, --month, --week, hoặc --from cùng --to",
                "give exactly one period: --year, --quarter, --six-months, --nine-months, --month, --week, or --from with --to",
            )
        )
    if not named:
        return Period(day(first), day(last))
    kind = named[0]
    value = given[kind]
    if kind == "quarter":
        return Period.quarter(*_pair("--quarter", value, r"(\d{4})-Q?([1-4])", "2021-3"), rule)
    if kind == "month":
        return Period.month(*_pair("--month", value, r"(\d{4})-(\d\d?)", "2021-09"))
    if kind == "week":
        return Period.week(*_pair("--week", value, r"(\d{4})-W?(\d\d?)", "2021-W37"))
    return {"year": Period.year, "six_months": Period.six_months, "nine_months": Period.nine_months}[kind](value, rule)


def _pair(name: str, value: str, form: str, good: str) -> tuple[int, int]:
    from ..errors import BadValue

    found = re.fullmatch(form, value.strip(), re.ASCII | re.IGNORECASE)
    if found is None:
        raise BadValue(
            Text(f"không hiểu {name} '{value}'; ví dụ đúng: {good}", f"can't read {name} '{value}'; a good one: {good}")
        )
    return int(found[1]), int(found[2])
