"""A published report held against our own figures, figure by figure: reproduced, contradicted, or not derivable."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Literal, NamedTuple

from ..text import Text, number, percent, percent_shown
from .phrases import TITLES
from .published import Figure, Published

if TYPE_CHECKING:
    from ..measures.declared import Year
    from ..stats import Report

Verdict = Literal["reproduced", "contradicted", "not_derivable"]

_OF_RESOLVED = ("in_time", "early", "on_time", "late", "withdrawn", "stopped")
_BARE = (
    "total",
    "received",
    "carried_over",
    "resolved",
    "open",
    "open_in_time",
    "open_overdue",
    "refused_intake",
    "misrouted",
)
_NOTHING = Text("", "")
_FINEST = Decimal("0.000001")


class Ours(NamedTuple):
    """A figure of our own: what it is called and its number. A share has both `numerator` and `denominator`; `value` is its
    count, or, as a Decimal, a percentage where only that is known. `declared` is what no log tells but the agency's file."""

    id: str
    title: Text
    value: Decimal | int
    numerator: int | None = None
    denominator: int | None = None
    declared: bool = False


class Compared(NamedTuple):
    """A published figure and what ours says. `ours` is how we write it, `difference` theirs less ours; "" where there is none.

    `declared` marks what ours was not computed but declared by the agency.
    """

    figure: Figure
    verdict: Verdict
    ours: Text = _NOTHING
    difference: Text = _NOTHING
    remark: Text = _NOTHING
    declared: bool = False

    @property
    def title(self) -> Text:
        """What the figure counts, as far as that is known."""
        if self.figure.target:
            return Text("mục tiêu đề ra", "what is aimed at")
        return TITLES.get(self.figure.id or "", Text("không rõ đếm gì", "not known what it counts"))


def of_report(report: Report) -> dict[str, Ours]:
    """Our own figures of a period, by the ids of `TITLES`: dossiers, and procedures where the report knows any."""
    counts, catalogue = report.counts, report.catalogue
    values: dict[str, tuple[int, int | None]] = {name: (getattr(counts, name), None) for name in _BARE}
    values |= {name: (getattr(counts, name), counts.resolved) for name in _OF_RESOLVED}
    values["online"] = (counts.online, counts.received)
    values["not_online"] = (counts.received - counts.online, counts.received)
    if catalogue.total:
        total = catalogue.total
        values |= {"procedures": (total, None), "fields": (catalogue.fields, None)}
        values |= {f"level_{level}": (count, total) for level, count in enumerate(catalogue.by_level, 1)}
        values |= {name: (getattr(catalogue, name), total) for name in ("interconnected", "with_dossiers")}
    return {name: ours(name, *pair) for name, pair in values.items()}


def of_year(year: Year, divisions: int) -> dict[str, Ours]:
    """What an agency of so many divisions declares of a year, by the ids of `TITLES`: no log tells it."""
    found: dict[str, tuple[Decimal | int | None, int | None]] = {"divisions": (divisions, None)}
    if year.scope:
        found["divisions_applying"] = (len(year.scope.divisions), divisions)
    if year.objectives:
        found["divisions_with_objectives"] = (len(year.objectives.divisions), divisions)
    if year.documents:
        found["internal"] = (year.documents.processes, None)
    if year.training:
        found["trained"] = (year.training.people, None)
    if year.payment:
        found["payment"] = (year.payment.procedures, year.payment.of)
    if told := year.satisfaction:
        rate = Decimal(told.rate.rstrip("%")) if told.rate else None
        found["satisfied"] = (rate, None) if told.surveyed is None else (told.satisfied, told.surveyed)
    return {
        name: ours(name, value, whole)._replace(declared=True)
        for name, (value, whole) in found.items()
        if value is not None
    }


def ours(name: str, value: Decimal | int, whole: int | None = None) -> Ours:
    """A figure of our own under its title; `whole` makes it a share."""
    return Ours(name, TITLES[name], value, None if whole is None else int(value), whole)


def compare(published: Published, own: Mapping[str, Ours]) -> tuple[Compared, ...]:
    """Every figure of a report, in its order, against our own by id."""
    return tuple(_compared(figure, own) for figure in published.figures)


def _compared(figure: Figure, own: Mapping[str, Ours]) -> Compared:
    mine = own.get(figure.id or "")
    if mine is None or figure.target:
        return Compared(figure, "not_derivable")
    return _held(figure, mine, own)._replace(declared=mine.declared)


def _held(figure: Figure, mine: Ours, own: Mapping[str, Ours]) -> Compared:
    if figure.quantity.percent:
        return _percentage(figure, mine)
    if figure.fraction:
        return _fraction(figure, mine, own)
    return _judged(figure, _number(mine.value), figure.value - mine.value)


def _judged(figure: Figure, shown: Text, difference: Decimal, remark: Text = _NOTHING, unit: str = "") -> Compared:
    if not difference:
        return Compared(figure, "reproduced", shown, _NOTHING, remark)
    sign = "+" if difference > 0 else ""
    apart = Text(*(f"{sign}{words}{unit}" for words in _number(difference)))
    return Compared(figure, "contradicted", shown, apart, remark)


def _number(value: Decimal | int) -> Text:
    return Text(number(value), number(value, "en"))


def _percent(plain: str | None) -> Text:
    return Text(percent_shown(plain), percent_shown(plain, "en"))


def _fraction(figure: Figure, mine: Ours, own: Mapping[str, Ours]) -> Compared:
    """Numerator against numerator, denominator against what it counts; the difference is of the first that differs."""
    assert figure.fraction is not None
    part, whole = figure.fraction
    counted = own.get(figure.whole_id or "")
    right = counted.value if counted else mine.denominator
    shown = _number(mine.value)
    if right is not None:
        shown = Text(*map("/".join, zip(shown, _number(right), strict=True)))
    return _judged(figure, shown, (part - mine.value) or (whole - (whole if right is None else right)))


def _percentage(figure: Figure, mine: Ours) -> Compared:
    """Against our numerator and denominator, or against a percentage where only that is known."""
    if mine.numerator is None or mine.denominator is None:
        if isinstance(mine.value, Decimal):
            return _judged(figure, _percent(str(mine.value)), figure.value - mine.value, unit="%")
        return Compared(figure, "not_derivable")
    shown = _percent(percent(mine.numerator, mine.denominator))
    if not mine.denominator:
        return Compared(figure, "contradicted", shown)
    exact = Decimal(100 * mine.numerator) / mine.denominator
    if figure.quantity.bound:
        return Compared(figure, "reproduced" if _keeps(figure, exact) else "contradicted", shown)
    return _rounded(figure, exact, shown)


def _rounded(figure: Figure, exact: Decimal, shown: Text) -> Compared:
    """Rounded half up to the decimals they give (R111); 100 and 0 are only what is all and nothing."""
    places = figure.quantity.number.places
    half, cut = (exact.quantize(Decimal(1).scaleb(-places), how) for how in (ROUND_HALF_UP, ROUND_DOWN))
    if figure.value == exact:
        return _judged(figure, shown, Decimal(0))
    if figure.value == half and figure.value not in (0, 100):
        remark = Text(f"nên ghi {shown.vi} (R111)", f"should be written {shown.en} (R111)") if places < 2 else _NOTHING
        return _judged(figure, shown, Decimal(0), remark)
    remark = (
        Text("bị cắt bớt, chưa làm tròn (R111)", "cut off, not rounded (R111)") if figure.value == cut else _NOTHING
    )
    return _judged(figure, shown, (figure.value - half) or (figure.value - exact).quantize(_FINEST), remark, "%")


def _keeps(figure: Figure, exact: Decimal) -> bool:
    """Whether ours is within "more than 90 %" or "at most 5 %"."""
    words = f" {figure.label}"
    if words.endswith((" dưới", " không quá", " tối đa")):
        return exact < figure.value or (exact == figure.value and not words.endswith(" dưới"))
    return exact > figure.value or (exact == figure.value and words.endswith((" ít nhất", " tối thiểu")))
