"""The agency's calendar, `_calendar/<year>.yaml` and `_calendar/_sessions.yaml`, read by closed schemas with lines."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from .calendar import Sessions, SpecialDay
from .errors import BadValue
from .model import Finding, Place
from .schema import Key, Reading, day, many, node, one_of, text, whole, yes_no
from .text import Text
from .text import day as day_shown
from .yamlfile import Map, Node, Scalar

CODE = "FLW704"
NAME = "calendar-fault"
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_ANNOUNCED: Mapping[str, Key] = {"on": Key(day, needed=True), "assumed": Key(text)}
_YEAR: Mapping[str, Key] = {
    "year": Key(whole(1900, 2999), needed=True),
    "announced": Key(lambda reading, value: reading.table(value, _ANNOUNCED) or None, needed=True),
    "days": Key(node, needed=True),
}
_DAY: Mapping[str, Key] = {
    "date": Key(day, needed=True),
    "kind": Key(one_of("holiday", "swap_off", "swap_work"), needed=True),
    "name": Key(text, needed=True),
    "statutory": Key(yes_no),
    "announced": Key(day),
    "replaces": Key(day),
    "source": Key(text, needed=True),
    "status": Key(one_of("read", "read-secondary", "derived", "memory"), needed=True),
}


class Year(NamedTuple):
    """What a file of the calendar says: the year, since when its holidays are known, its special days, and where they stand."""

    number: int
    announced: date
    days: tuple[SpecialDay, ...]
    places: tuple[Place, ...]
    file: str
    place: Place


def read_year(reading: Reading, root: Map) -> Year | None:
    """`_calendar/<year>.yaml`: the year, when its holidays were announced, and its special days (R79, R80)."""
    values = reading.table(root, _YEAR)
    announced = values.get("announced", {})
    if "year" not in values or "on" not in announced:
        return None
    seen: dict[date, int] = {}

    def special(reading: Reading, value: Node) -> tuple[SpecialDay, Place] | None:
        row = reading.table(value, _DAY)
        if not {"date", "kind", "name"} <= row.keys() or not _alone(reading, value, row["date"], values["year"], seen):
            return None
        read = SpecialDay(
            day=row["date"],
            kind=row["kind"],
            name=row["name"],
            announced=row.get("announced", announced["on"]),
            assumed="announced" not in row and "assumed" in announced,
            statutory=row.get("statutory", False),
            replaces=row.get("replaces"),
        )
        return read, Place(value.line, value.column)

    rows = many(special)(reading, values["days"]) or () if "days" in values else ()
    at = root.get("year") or root
    return Year(
        number=values["year"],
        announced=announced["on"],
        days=tuple(row for row, _ in rows),
        places=tuple(place for _, place in rows),
        file=reading.source.file,
        place=Place(at.line, at.column),
    )


def _alone(reading: Reading, value: Node, day: date, year: int, seen: dict[date, int]) -> bool:
    """Whether the day lies in the year and stands in the file once; reported."""
    if day.year != year:
        reading.source.bad(value, f"ngày không thuộc năm {year}", f"the day is not in {year}")
    elif seen.setdefault(day, value.line) != value.line:
        text = Text(
            f"ngày {day_shown(day)} đã có ở dòng {seen[day]}; hãy xóa một dòng",
            f"{day} is in line {seen[day]} already; remove one",
        )
        reading.source.report(CODE, NAME, value, text)
        return False
    return day.year == year


def _session(reading: Reading, value: Node) -> tuple[int, int] | None:
    found = re.fullmatch(r"(\d\d):(\d\d)-(\d\d):(\d\d)", value.text) if isinstance(value, Scalar) else None
    if found:
        hour, minute, hour_end, minute_end = map(int, found.groups())
        start, end = 60 * hour + minute, 60 * hour_end + minute_end
        if minute < 60 and minute_end < 60 and start < end <= 24 * 60:
            return start, end
    reading.source.bad(value, "cần một buổi như 07:30-11:30", "a session such as 07:30-11:30 is needed")
    return None


_HOURS: Mapping[str, Key] = {name: Key(many(_session)) for name in WEEKDAYS}
_SESSIONS: Mapping[str, Key] = {
    "since": Key(day, needed=True),
    "weekdays": Key(node, needed=True),
    "opening": Key(node),
    "assumed": Key(text),
}
_SESSION_FILE: Mapping[str, Key] = {"sessions": Key(node, needed=True)}


def read_sessions(reading: Reading, root: Map) -> tuple[Sessions, ...]:
    """`_calendar/_sessions.yaml`: working sessions by date and weekday (R77), opening hours that don't count (R78)."""
    values = reading.table(root, _SESSION_FILE)
    return (many(_sessions)(reading, values["sessions"]) or ()) if "sessions" in values else ()


def _sessions(reading: Reading, value: Node) -> Sessions | None:
    row = reading.table(value, _SESSIONS)
    if "since" not in row:
        return None

    def hours(node: Node | None) -> dict[int, tuple[tuple[int, int], ...]]:
        return {WEEKDAYS.index(name): found for name, found in reading.table(node, _HOURS).items()}

    try:
        return Sessions(row["since"], hours(row.get("weekdays")), hours(row.get("opening")))
    except BadValue as error:
        reading.source.bad(value, error.text.vi, error.text.en)
        return None


def calendar_faults(years: Sequence[Year], sessions: Sequence[Sessions], sessions_file: str) -> Iterator[Finding]:
    """What the files of a calendar show only together: a year twice, a hole between years, days without hours (FLW704)."""
    inner = sorted(years, key=lambda year: (year.number, year.file))
    for earlier, year in pairwise(inner):
        gap = year.number - earlier.number
        if gap == 0:
            vi, en = f"năm {year.number} đã có trong {earlier.file}", f"{year.number} is in {earlier.file} already"
            yield _fault(year.file, year.place, f"{vi}; hãy gộp hai tệp", f"{en}; make them one file")
        elif gap > 1:
            lost = year.number - 1
            vi, en = f"thiếu lịch năm {lost}", f"the calendar of {lost} is missing"
            yield _fault(
                year.file, year.place, f"{vi}; hãy thêm _calendar/{lost}.yaml", f"{en}; add _calendar/{lost}.yaml"
            )
    begins = date(inner[0].number, 1, 1)
    if min((hours.since for hours in sessions), default=date.max) > begins:
        vi, en = f"chưa có giờ làm việc từ {day_shown(begins)}", f"no hours are given from {begins} on"
        yield _fault(sessions_file, Place(1, 1), f"{vi}; hãy sửa 'since' đầu tiên", f"{en}; correct the first 'since'")
        return
    for year in inner:
        yield from _worked_without_hours(year, sorted(sessions, key=lambda hours: hours.since))


def _worked_without_hours(year: Year, sessions: Sequence[Sessions]) -> Iterator[Finding]:
    for row, place in zip(year.days, year.places, strict=True):
        hours = sessions[bisect_right(sessions, row.day, key=lambda hours: hours.since) - 1].weekdays
        taken = (row.day, row.replaces or row.day)
        if row.kind == "swap_work" and not any(hours.get(day.weekday()) for day in taken):
            vi, en = f"ngày làm bù {day_shown(row.day)} không có giờ làm việc", f"the worked day {row.day} has no hours"
            remedy = "hãy ghi 'replaces' là ngày nghỉ được làm bù", "write the day off it makes up for as 'replaces'"
            yield _fault(year.file, place, f"{vi}; {remedy[0]}", f"{en}; {remedy[1]}")


def _fault(file: str, place: Place, vi: str, en: str) -> Finding:
    return Finding(CODE, NAME, "error", Text(vi, en), file, *place)
