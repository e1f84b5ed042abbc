"""The explanation of a due date: day by day, in both languages, with the law a day follows from where its article was read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from .duedate import Leg, Mode, reach
from .term import UNITS, Term
from .text import Text, moment
from .text import day as day_shown
from .worktime import DAY, day_of, local, midnight, ordinal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .calendar import Calendar


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an explanation; a line about one day has it."""

    text: Text
    day: date | None = None
    number: int | None = None
    """Which day of the term this is; None when it doesn't count."""
    seconds: int = 0
    """Working time this day gives, where time and not days is counted."""


@dataclass(frozen=True, slots=True)
class Due:
    """When a term ends, and why, day by day."""

    at: datetime
    mode: Mode
    explanation: tuple[Line, ...]


def explained(calendar: Calendar, term: Term, legs: Sequence[Leg], mode: str) -> Iterator[Line]:
    """The receipt, what each supplement did, the days counted, and the due date."""
    due, received = local(legs[-1].due), moment(local(legs[0].anchor))
    vi, en = f"Nhận {received}, thời hạn {term.shown()}.", f"Received {received}, term {term.shown('en')}."
    yield Line(Text(vi, en))
    yield from (Line(_told(leg, term)) for leg in legs[1:])
    lines = tuple(_counted(calendar, term, legs[-1], mode))
    yield from lines
    yield from _assumptions(calendar, lines)
    vi, en = f"Đến hạn: {day_shown(due)} {due:%H:%M}.", f"Due: {day_shown(due, 'en')} {due:%H:%M}."
    yield Line(Text(vi, en), due.date())


def _told(leg: Leg, term: Term) -> Text:
    """What one interval did to the due date."""
    asked, back = moment(local(leg.asked)), moment(local(leg.back))
    vi, en = f"Yêu cầu {asked}, nộp lại {back}", f"Asked {asked}, handed in {back}"
    if leg.effect == "restart":
        return Text(f"{vi}: tính lại từ đầu.", f"{en}: a new full term.")  # R43
    if leg.effect == "none":
        return Text(f"{vi}: không ảnh hưởng thời hạn.", f"{en}: no effect on the term.")
    if leg.effect == "passed":
        return Text(f"{vi}: đã quá hạn, không đổi ngày hẹn.", f"{en}: already late, nothing moves.")  # R129
    span = Text(f"{leg.gained} ngày", f"{leg.gained} days") if term.unit == "d" else _span(leg.gained)
    work = Text(" làm việc", " of work") if term.unit in ("wd", "wh") else Text("", "")
    return Text(f"{vi}: tạm dừng {span.vi}{work.vi}.", f"{en}: paused for {span.en}{work.en}.")  # R75


def _counted(calendar: Calendar, term: Term, leg: Leg, mode: str) -> Iterator[Line]:
    """The days a term runs over: numbered where days count, with their working time where time does."""
    if term.unit == "d":
        yield from _numbered(calendar, leg.anchor, int(term.amount) + leg.paused, every=True)
    elif term.unit in ("wd", "wh"):
        end = reach(calendar, leg.anchor, term, mode)
        if term.unit == "wd" and mode == "legal":
            yield from _numbered(calendar, leg.anchor, int(term.amount), every=False)
        else:
            yield from _timed(calendar, leg.anchor, end)
        if leg.paused:
            yield Line(Text("Bù thời gian đã tạm dừng:", "Making up for the time paused:"))
        yield from _timed(calendar, end, calendar.plus(end, leg.paused))


def _numbered(calendar: Calendar, anchor: int, count: int, *, every: bool) -> Iterator[Line]:
    """Day by day after the anchor's, until `count` days are counted and the last one reached is worked (R70)."""
    day, number = day_of(anchor), 0
    yield _about(day, _FIRST_DAY)
    while number < count or not calendar.is_working_day(day):
        day = date.fromordinal(day.toordinal() + 1)
        counts = number < count and (every or calendar.is_working_day(day))
        number += counts
        remark = calendar.remark(day)
        if counts:
            yield _about(day, _count(remark, number, UNITS["d" if every else "wd"]), number)
        else:
            yield _about(day, remark or Text("ngày làm việc kế tiếp", "the next working day"))


_FIRST_DAY = Text(
    "ngày bắt đầu, không tính (Bộ luật Dân sự 2015, Điều 145-148)",
    "the first day doesn't count (Civil Code 2015, articles 145-148)",
)


def _count(remark: Text | None, number: int, unit: Text) -> Text:
    vi, en = (f"{remark.vi} - ", f"{remark.en} - ") if remark else ("", "")
    return Text(f"{vi}{unit.vi} thứ {number}", f"{en}{unit.en} {number}")


def _timed(calendar: Calendar, start: int, end: int) -> Iterator[Line]:
    """The working time each day from `start` to `end` gives; days off with their reason."""
    for number in range(ordinal(start), ordinal(end) + 1) if end > start else ():
        opens, day = midnight(number), date.fromordinal(number)
        seconds = calendar.worked(max(start, opens), min(end, opens + DAY))
        remark = calendar.remark(day)
        if seconds:
            span = _span(seconds)
            vi, en = (f"{remark.vi} - ", f"{remark.en} - ") if remark else ("", "")
            yield _about(day, Text(f"{vi}{span.vi} làm việc", f"{en}{span.en} of work"), seconds=seconds)
        elif remark and not calendar.is_working_day(day):
            yield _about(day, remark)


def _assumptions(calendar: Calendar, lines: Iterable[Line]) -> Iterator[Line]:
    """Under `known_at`, the days whose announcement date is itself assumed."""
    assumed = {row.day for row in calendar.days if row.assumed and not row.statutory}
    if met := [line.day for line in lines if line.day in assumed] if calendar.known_at else []:
        days = ", ".join(f"{day:%d/%m/%Y}" for day in met if day)
        yield Line(Text(f"Ngày công bố chỉ là giả định: {days}.", f"Announced on an assumed date: {days}."))


def _about(day: date, said: Text, number: int | None = None, seconds: int = 0) -> Line:
    return Line(Text(f"{day_shown(day)}: {said.vi}", f"{day_shown(day, 'en')}: {said.en}"), day, number, seconds)


def _span(seconds: int) -> Text:
    """A length of time as a person reads it: 2 giờ 30 phút."""
    hours, rest = divmod(seconds, 3600)
    parts = [(hours, "giờ", "h"), (rest // 60, "phút", "min"), (rest % 60, "giây", "s")]
    shown = [part for part in parts if part[0]] or [(0, "phút", "min")]
    return Text(" ".join(f"{n} {vi}" for n, vi, _ in shown), " ".join(f"{n} {en}" for n, _, en in shown))
