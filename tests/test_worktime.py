"""Working time: the worked examples of the domain document, then properties over any calendar (R70-R83)."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate
from math import ceil

import holidays
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from flowiso.calendar import Calendar, Sessions, SpecialDay
from flowiso.duedate import legs, step_verdict, verdict
from flowiso.errors import BadValue, CalendarUnknown
from flowiso.term import Term
from flowiso.text import Text
from flowiso.worktime import TZ, day_of, instant, local

HOURS = ((450, 690), (780, 1020))
OFFICE = dict.fromkeys(range(5), HOURS)


def at(text: str) -> datetime:
    """Vietnam's time from "05/02/2021 15:00"."""
    return datetime.strptime(text, "%d/%m/%Y %H:%M").replace(tzinfo=TZ)


def small(
    *days: SpecialDay, sessions: tuple[Sessions, ...] = (), year: int = 2021, known: date | None = None
) -> Calendar:
    """A calendar of one year, office hours unless told otherwise."""
    announced = {year: date(year - 1, 11, 30)}
    return Calendar(announced, days, sessions or [Sessions(date(year, 1, 1), OFFICE)], known)


def due(
    calendar: Calendar, received: str, term: str, mode: str = "legal", policy: str = "restart", *supplements: str
) -> str:
    """The due moment as text; a supplement is "asked/handed in"."""
    waits = [tuple(map(at, wait.split("/ "))) for wait in supplements]
    found = calendar.due(at(received), Term.parse(term), waits, policy, mode)  # type: ignore[arg-type]
    intervals = [(instant(asked), instant(back), policy) for asked, back in waits]
    assert calendar.due_instant(instant(at(received)), Term.parse(term), intervals, mode) == instant(found.at)
    return f"{found.at:%d/%m/%Y %H:%M}"


EXAMPLES = [
    ("28/12/2018 10:00", "2wd", "03/01/2019", "10:00"),
    ("26/04/2019 10:00", "5wd", "07/05/2019", "10:00"),
    ("21/01/2020 08:00", "7wd", "06/02/2020", "08:00"),
    ("08/02/2021 09:00", "5wd", "22/02/2021", "09:00"),
    ("28/04/2021 09:00", "3wd", "05/05/2021", "09:00"),
    ("01/09/2021 16:30", "2wd", "07/09/2021", "16:30"),
    ("30/08/2022 14:00", "3wd", "06/09/2022", "14:00"),
    ("27/04/2023 15:30", "3wd", "05/05/2023", "15:30"),
    ("26/04/2024 10:00", "3wd", "04/05/2024", "10:00"),
    ("24/04/2025 15:30", "3wd", "28/04/2025", "15:30"),
    ("08/01/2026 09:00", "2wd", "10/01/2026", "09:00"),
    ("20/08/2026 09:00", "3wd", "24/08/2026", "09:00"),
    ("20/11/2026 14:00", "2wd", "25/11/2026", "14:00"),
    ("30/12/2021 17:30", "1wd", "31/12/2021", "17:00"),
]


@pytest.mark.parametrize(("received", "term", "day", "clock"), EXAMPLES, ids=[f"R73 {e[0]}" for e in EXAMPLES])
def test_worked_examples_in_both_modes(calendar: Calendar, received: str, term: str, day: str, clock: str) -> None:
    assert due(calendar, received, term) == f"{day} 17:00"
    assert due(calendar, received, term, "minutes") == f"{day} {clock}"


@pytest.mark.parametrize("mode", ["legal", "minutes"])
@pytest.mark.parametrize(
    ("received", "term", "expected"),
    [
        ("15/10/2021 16:30", "4wh", "18/10/2021 11:00"),
        ("15/10/2021 11:00", "2wh", "15/10/2021 14:30"),
        ("29/04/2021 15:00", "8wh", "04/05/2021 15:00"),
        ("15/10/2021 16:30", "48h", "17/10/2021 16:30"),
        ("16/10/2021 16:30", "immediate", "16/10/2021 16:30"),
        ("15/10/2021 11:00", "0.25wh", "15/10/2021 11:15"),
    ],
)
def test_r76_hours_are_moments_in_both_modes(
    calendar: Calendar, received: str, term: str, expected: str, mode: str
) -> None:
    assert due(calendar, received, term, mode) == expected


@pytest.mark.parametrize(
    ("received", "term", "mode", "expected"),
    [
        ("05/02/2021 10:00", "0.5wd", "minutes", "05/02/2021 15:30"),
        ("05/02/2021 07:30", "0.5wd", "minutes", "05/02/2021 11:30"),
        ("05/02/2021 15:00", "1.5wd", "minutes", "09/02/2021 09:30"),
        ("05/02/2021 07:00", "1wd", "minutes", "05/02/2021 17:00"),
        ("05/02/2021 12:00", "1wd", "minutes", "08/02/2021 11:30"),
        ("30/08/2021 09:00", "3d", "legal", "06/09/2021 17:00"),
        ("30/08/2021 09:00", "3d", "minutes", "06/09/2021 17:00"),
        ("30/08/2021 09:00", "2d", "legal", "01/09/2021 17:00"),
        ("30/08/2021 09:00", "2d", "minutes", "01/09/2021 09:00"),
        ("30/08/2021 06:00", "2d", "minutes", "01/09/2021 07:30"),
        ("30/08/2021 20:00", "2d", "minutes", "01/09/2021 17:00"),
        ("30/08/2021 12:15", "2d", "minutes", "01/09/2021 12:15"),
    ],
)
def test_r70_r76_days_and_their_parts(calendar: Calendar, received: str, term: str, mode: str, expected: str) -> None:
    assert due(calendar, received, term, mode) == expected


@pytest.mark.parametrize(
    ("mode", "policy", "expected"),
    [
        ("legal", "pause", "24/02/2021 17:00"),
        ("minutes", "pause", "24/02/2021 08:00"),
        ("legal", "restart", "24/02/2021 17:00"),
        ("minutes", "restart", "24/02/2021 14:00"),
        ("legal", "none", "19/02/2021 17:00"),
        ("minutes", "none", "19/02/2021 15:00"),
    ],
    ids=["R75", "R75", "R43", "R43", "R44", "R44"],
)
def test_supplement_over_tet(calendar: Calendar, mode: str, policy: str, expected: str) -> None:
    assert due(calendar, "05/02/2021 15:00", "5wd", mode, policy, "08/02/2021 10:00/ 17/02/2021 14:00") == expected


def test_r75_pauses_add_up_and_a_restart_discards_them(calendar: Calendar) -> None:
    waits = "01/03/2021 10:00/ 01/03/2021 14:00", "02/03/2021 08:00/ 03/03/2021 08:00"
    assert due(calendar, "01/03/2021 09:00", "2wd", "minutes", "pause", *waits) == "04/03/2021 11:30"
    assert due(calendar, "01/03/2021 09:00", "2wd", "legal", "pause", *waits) == "05/03/2021 17:00"
    mixed = [
        (*map(instant, map(at, wait.split("/ "))), policy)
        for wait, policy in zip(waits, ("pause", "restart"), strict=True)
    ]
    restarted = calendar.due_instant(instant(at("01/03/2021 09:00")), Term.parse("2wd"), mixed, "minutes")
    assert local(restarted) == at("05/03/2021 08:00")


@pytest.mark.parametrize(
    ("term", "mode", "expected"),
    [
        ("4wh", "legal", "02/03/2021 10:30"),
        ("4h", "minutes", "02/03/2021 10:00"),
        ("3d", "legal", "05/03/2021 17:00"),
        ("4d", "legal", "08/03/2021 17:00"),
        ("4d", "minutes", "08/03/2021 17:00"),
        ("3d", "minutes", "05/03/2021 09:00"),
    ],
)
def test_r75_a_pause_by_unit(calendar: Calendar, term: str, mode: str, expected: str) -> None:
    """wd and wh get working time back, d calendar days (then rolled), h clock hours."""
    wait = "01/03/2021 10:00/ 02/03/2021 07:00"
    assert due(calendar, "01/03/2021 09:00", term, mode, "pause", wait) == expected


def test_immediate_moves_only_when_asked_at_once(calendar: Calendar) -> None:
    wait = "01/03/2021 09:00/ 02/03/2021 08:00"
    assert due(calendar, "01/03/2021 09:00", "immediate", "minutes", "pause", wait) == "02/03/2021 08:00"
    assert due(calendar, "01/03/2021 08:59", "immediate", "minutes", "pause", wait) == "01/03/2021 08:59"


@pytest.mark.parametrize("policy", ["pause", "restart"])
def test_r129_asking_after_the_due_date_moves_nothing(calendar: Calendar, policy: str) -> None:
    late = "04/03/2021 08:00/ 10/03/2021 08:00"
    assert due(calendar, "01/03/2021 09:00", "2wd", "legal", policy, late) == "03/03/2021 17:00"
    assert (
        due(calendar, "01/03/2021 09:00", "2wd", "minutes", policy, "03/03/2021 09:01/ 10/03/2021 08:00")
        == "03/03/2021 09:00"
    )
    found = calendar.due(at("01/03/2021 09:00"), Term.parse("2wd"), [(at("04/03/2021 08:00"), at("10/03/2021 08:00"))])
    assert any("không đổi ngày hẹn" in line.text.vi for line in found.explanation)


def test_r72_asking_in_the_evening_of_the_due_date_still_counts(calendar: Calendar) -> None:
    wait = "03/03/2021 18:00/ 04/03/2021 10:00"
    assert due(calendar, "01/03/2021 09:00", "2wd", "legal", "pause", wait) == "04/03/2021 17:00"
    assert due(calendar, "01/03/2021 09:00", "2wd", "legal", "restart", wait) == "08/03/2021 17:00"


def test_r83_submission_is_not_receipt(calendar: Calendar) -> None:
    assert due(calendar, "04/10/2021 08:00", "1wd") == "05/10/2021 17:00"
    assert due(calendar, "02/10/2021 10:00", "1wd") == "04/10/2021 17:00"


def test_r78_an_opening_saturday_never_counts() -> None:
    sessions = (Sessions(date(2021, 1, 1), OFFICE, {5: ((450, 690),)}),)
    holiday = SpecialDay(date(2021, 10, 9), "holiday", "Lễ", date(2020, 11, 30))
    open_saturday = small(holiday, sessions=sessions)
    saturday = at("02/10/2021 09:00")
    assert not open_saturday.is_working_day(saturday.date())
    assert open_saturday.remark(saturday.date()) == Text("có tiếp nhận nhưng không tính", "open, but doesn't count")
    assert due(open_saturday, "02/10/2021 09:00", "1wd") == "04/10/2021 17:00"
    assert due(open_saturday, "01/10/2021 09:00", "1wd") == "04/10/2021 17:00"
    assert due(open_saturday, "01/10/2021 09:00", "1d") == "04/10/2021 17:00"
    said = open_saturday.due(saturday - timedelta(days=1), Term.parse("1wd")).explanation
    assert any("có tiếp nhận nhưng không tính" in line.text.vi for line in said)


def test_r72_verdicts() -> None:
    promised = instant(at("05/10/2021 17:00"))
    evening, next_day, before = (instant(at(t)) for t in ("05/10/2021 18:00", "06/10/2021 00:00", "04/10/2021 23:59"))
    assert [verdict(moment, promised) for moment in (before, evening, next_day)] == ["early", "on_time", "late"]
    assert [step_verdict(moment, promised) for moment in (before, evening, next_day)] == ["early", "late", "late"]
    assert step_verdict(promised + 59, promised) == "on_time"
    assert step_verdict(promised + 60, promised) == "late"


@pytest.mark.parametrize(
    ("known", "expected"), [("2024-04-11", "29/04/2024 17:00"), ("2024-04-12", "02/05/2024 17:00")]
)
def test_r80_what_was_known(calendar: Calendar, known: str, expected: str) -> None:
    view = calendar.known(date.fromisoformat(known))
    assert due(view, "10/04/2024 09:00", "12wd") == expected
    assert calendar.known(date.fromisoformat(known)) is view


def test_r80_a_year_not_announced_is_refused(calendar: Calendar) -> None:
    view = calendar.known(date(2021, 2, 5))
    assert view.last_known == date(2021, 12, 31)
    assert view.known_at == date(2020, 11, 30)
    with pytest.raises(CalendarUnknown, match=r"2022.*31/12/2021.*30/11/2020.*_calendar/2022.yaml"):
        view.due(at("30/12/2021 09:00"), Term.parse("2wd"))
    with pytest.raises(CalendarUnknown, match="01/01/2010"):
        calendar.known(date(2010, 1, 1))


def test_r80_statutory_days_are_always_known() -> None:
    late = date(2021, 6, 1)
    rows = [SpecialDay(date(2021, 9, 2), "holiday", "Quốc khánh", late, statutory=True)]
    rows.append(SpecialDay(date(2021, 9, 3), "holiday", "Quốc khánh (liền kề)", late, assumed=True))
    calendar = small(*rows)
    assert not calendar.is_working_day(date(2021, 9, 3))
    early = calendar.known(date(2021, 5, 31))
    assert not early.is_working_day(date(2021, 9, 2))
    assert early.is_working_day(date(2021, 9, 3))
    said = [line.text.vi for line in early.due(at("01/09/2021 09:00"), Term.parse("1wd")).explanation]
    assert "Ngày công bố chỉ là giả định: 03/09/2021." in said
    assert not any(
        "giả định" in line.text.vi for line in calendar.due(at("01/09/2021 09:00"), Term.parse("1wd")).explanation
    )


def test_working_days_a_year(calendar: Calendar) -> None:
    days = (date(2018, 1, 1) + timedelta(n) for n in range(3287))
    counted = Counter(day.year for day in days if calendar.is_working_day(day))
    assert list(counted.values()) == [250, 252, 252, 250, 249, 249, 251, 250, 249]


def test_r82_agrees_with_the_package_holidays(calendar: Calendar) -> None:
    vietnam = holidays.country_holidays("VN", years=range(2018, 2027))
    days = [date(2018, 1, 1) + timedelta(n) for n in range(3287)]
    differ = {day for day in days if vietnam.is_working_day(day) != calendar.is_working_day(day)}
    assert differ == {date(2026, 1, 2), date(2026, 1, 10)}


def test_a_worked_saturday_takes_the_hours_of_the_day_it_replaces() -> None:
    hours = (Sessions(date(2021, 1, 1), {0: HOURS, 1: ((480, 540),)}),)
    swap = SpecialDay(date(2021, 3, 6), "swap_work", "Làm bù", date(2020, 11, 30), replaces=date(2021, 3, 2))
    calendar = small(swap, sessions=hours)
    assert calendar.closing(date(2021, 3, 6)) == at("06/03/2021 09:00")
    own = small(swap, sessions=(Sessions(date(2021, 1, 1), {1: HOURS, 5: ((480, 600),)}),))
    assert own.closing(date(2021, 3, 6)) == at("06/03/2021 10:00")


def test_r77_hours_change_on_their_day_and_days_may_be_unequal() -> None:
    """A working day is 1 whatever its hours: half of a long day becomes half of a short one."""
    short = dict.fromkeys(range(5), ((480, 720),))
    calendar = small(sessions=(Sessions(date(2021, 7, 1), short), Sessions(date(2021, 1, 1), OFFICE)))
    assert calendar.closing(date(2021, 6, 30)) == at("30/06/2021 17:00")
    assert calendar.closing(date(2021, 7, 1)) == at("01/07/2021 12:00")
    assert due(calendar, "30/06/2021 13:00", "1wd", "minutes") == "01/07/2021 10:00"
    assert due(calendar, "30/06/2021 13:00", "8wh", "minutes") == "01/07/2021 12:00"
    assert due(calendar, "30/06/2021 13:00", "1wd") == "01/07/2021 12:00"


def test_explanation_day_by_day(calendar: Calendar) -> None:
    said = [line.text for line in calendar.due(at("26/04/2024 10:00"), Term.parse("3wd")).explanation]
    assert [text.vi for text in said] == [
        "Nhận 26/04/2024 10:00, thời hạn 3 ngày làm việc.",
        "Thứ Sáu 26/04/2024: ngày bắt đầu, không tính (Bộ luật Dân sự 2015, Điều 145-148)",
        "Thứ Bảy 27/04/2024: nghỉ cuối tuần",
        "Chủ nhật 28/04/2024: nghỉ cuối tuần",
        "Thứ Hai 29/04/2024: nghỉ hoán đổi dịp 30/4",
        "Thứ Ba 30/04/2024: nghỉ - Ngày Chiến thắng",
        "Thứ Tư 01/05/2024: nghỉ - Quốc tế Lao động",
        "Thứ Năm 02/05/2024: ngày làm việc thứ 1",
        "Thứ Sáu 03/05/2024: ngày làm việc thứ 2",
        "Thứ Bảy 04/05/2024: làm bù thay ngày 29/04/2024 - ngày làm việc thứ 3",
        "Đến hạn: Thứ Bảy 04/05/2024 17:00.",
    ]
    assert said[-2].en == "Saturday 04/05/2024: worked for 29/04/2024 - working day 3"


def test_explanation_of_a_pause_and_of_rolling(calendar: Calendar) -> None:
    wait = [(at("08/02/2021 10:00"), at("17/02/2021 14:00"))]
    said = [line.text.vi for line in calendar.due(at("05/02/2021 15:00"), Term.parse("5wd"), wait, "pause").explanation]
    assert said[1] == "Yêu cầu 08/02/2021 10:00, nộp lại 17/02/2021 14:00: tạm dừng 18 giờ 30 phút làm việc."
    assert "Bù thời gian đã tạm dừng:" in said
    assert said[-2:] == ["Thứ Tư 24/02/2021: 2 giờ 30 phút làm việc", "Đến hạn: Thứ Tư 24/02/2021 17:00."]
    rolled = [line.text.vi for line in calendar.due(at("30/08/2021 09:00"), Term.parse("3d")).explanation]
    assert rolled[-6:-1] == [
        "Thứ Năm 02/09/2021: nghỉ - Quốc khánh - ngày thứ 3",
        "Thứ Sáu 03/09/2021: nghỉ - Quốc khánh (ngày liền kề sau)",
        "Thứ Bảy 04/09/2021: nghỉ cuối tuần",
        "Chủ nhật 05/09/2021: nghỉ cuối tuần",
        "Thứ Hai 06/09/2021: ngày làm việc kế tiếp",
    ]


@pytest.mark.parametrize("policy", ["restart", "none"])
def test_explanation_of_policies(calendar: Calendar, policy: str) -> None:
    wait = [(at("01/03/2021 10:00"), at("02/03/2021 10:00"))]
    said = calendar.due(at("01/03/2021 09:00"), Term.parse("2wd"), wait, policy).explanation  # type: ignore[arg-type]
    assert said[1].text.en.endswith({"restart": "a new full term.", "none": "no effect on the term."}[policy])


@pytest.mark.parametrize(
    "text", ["5wd", "0.5wd", "30d", "4wh", "48h", "immediate", "1.25wh", "0.000001h", "999999999d"]
)
def test_terms_come_back_as_written(text: str) -> None:
    assert str(Term.parse(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5",
        "wd",
        "0wd",
        "0.0wd",
        "-1wd",
        "+1wd",
        "1.5d",
        "05wd",
        "1.50wh",
        "1e3h",
        "5 wd",
        "5WD",
        "1.wd",
        ".5wd",
        "٥wd",
        "1234567890d",
        "5w",
        "5wd\n",
        "immediately",
    ],
)
def test_bad_terms(text: str) -> None:
    with pytest.raises(BadValue, match=r"0\.5wd"):
        Term.parse(text)


def test_a_comma_gets_a_hint() -> None:
    with pytest.raises(BadValue, match="dấu chấm") as refused:
        Term.parse("0,5wd")
    assert "point" in refused.value.text.en


@pytest.mark.parametrize(
    ("amount", "unit"), [(1, "immediate"), (0, "wd"), (-1, "h"), (1, "weeks"), (Decimal("0.5"), "d")]
)
def test_terms_made_by_hand_are_checked_too(amount: Decimal, unit: str) -> None:
    with pytest.raises(BadValue):
        Term(Decimal(amount), unit)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("5wd", Text("5 ngày làm việc", "5 working days")),
        ("1wd", Text("1 ngày làm việc", "1 working day")),
        ("0.5wd", Text("0,5 ngày làm việc", "0.5 working days")),
        ("4wh", Text("4 giờ làm việc", "4 working hours")),
        ("30d", Text("30 ngày", "30 days")),
        ("48h", Text("48 giờ", "48 hours")),
        ("immediate", Text("giải quyết ngay", "at once")),
    ],
)
def test_terms_shown(text: str, shown: Text) -> None:
    assert (Term.parse(text).shown(), Term.parse(text).shown("en")) == shown


def test_naive_moments_are_refused(calendar: Calendar) -> None:
    naive = datetime(2021, 2, 5, 15, 0)
    for refused in (
        lambda: instant(naive),
        lambda: calendar.add(naive, timedelta(1)),
        lambda: calendar.between(naive, naive),
        lambda: calendar.due(naive, Term.parse("5wd")),
    ):
        with pytest.raises(BadValue, match="múi giờ") as found:
            refused()
        assert found.value.text.en == "The moment 2021-02-05 15:00:00 has no time zone."


def test_another_zone_is_understood_and_fractions_dropped(calendar: Calendar) -> None:
    """R82: whatever zone is told, the answer is Vietnam's time."""
    utc = datetime(2021, 2, 5, 8, 0, 0, 999999, timezone.utc)  # noqa: UP017
    assert calendar.add(utc, timedelta(hours=1, microseconds=5)) == at("05/02/2021 16:00")
    for told in (utc, utc.replace(microsecond=0)):
        for work in (timedelta(0), timedelta(hours=1), timedelta(hours=1, microseconds=5)):
            assert calendar.add(told, work).tzinfo is TZ
    assert day_of(instant(datetime(2021, 2, 5, 18, tzinfo=timezone.utc))) == date(2021, 2, 6)  # noqa: UP017


@pytest.mark.parametrize("term", ["1wd", "1d", "8wh", "24h", "999999999h", "999999999d", "999999999wd", "999999999wh"])
@pytest.mark.parametrize("mode", ["legal", "minutes"])
def test_r80_leaving_the_known_years_is_refused(calendar: Calendar, term: str, mode: str) -> None:
    with pytest.raises(CalendarUnknown, match=r"2027.*01/01/2018.*31/12/2026"):
        calendar.due(at("31/12/2026 16:00"), Term.parse(term), mode=mode)  # type: ignore[arg-type]
    with pytest.raises(CalendarUnknown, match="2017"):
        calendar.due(at("31/12/2017 16:00"), Term.parse(term), mode=mode)  # type: ignore[arg-type]


def test_r80_working_seconds_beyond_the_known_years_are_refused(calendar: Calendar) -> None:
    """The last one is reached, the one after it isn't known."""
    every = calendar.elapsed(instant(at("31/12/2026 23:59")))
    assert calendar.reached(every) == instant(at("31/12/2026 17:00"))
    assert all(calendar.elapsed(calendar.reached(second)) == second for second in range(1, every, 9_973))
    with pytest.raises(CalendarUnknown, match="2027"):
        calendar.reached(every + 1)


@pytest.mark.parametrize("fraction", [timedelta(0), timedelta(microseconds=1)], ids=["ordinary", "with a fraction"])
def test_r80_the_known_days_are_counted_to_their_very_end(fraction: timedelta) -> None:
    """To the last closing and the midnight after it, and from the first midnight on; not a second further."""
    calendar = small()
    afternoon, midnight = at("31/12/2021 16:00"), at("01/01/2022 00:00")
    assert calendar.add(afternoon, timedelta(hours=1) + fraction) == at("31/12/2021 17:00")
    assert calendar.add(midnight, fraction) == midnight
    assert calendar.between(afternoon, midnight) == timedelta(hours=1)
    assert calendar.add(at("01/01/2021 00:00"), timedelta(hours=1) + fraction) == at("01/01/2021 08:30")
    for start, work in (
        (afternoon, timedelta(hours=1, seconds=1)),
        (midnight, timedelta(seconds=1)),
        (midnight + timedelta(seconds=1), timedelta(0)),
        (at("31/12/2020 23:59"), timedelta(0)),
    ):
        with pytest.raises(CalendarUnknown):
            calendar.add(start, work + fraction)


@pytest.mark.parametrize(
    ("known", "vi", "en"),
    [
        (None, "", ""),
        ("2020-12-31", ", theo các thông báo đến 30/11/2020", ", by the notices up to 30/11/2020"),
    ],
)
def test_r80_the_refusal_tells_the_known_years_and_the_remedy(known: str | None, vi: str, en: str) -> None:
    calendar = small() if known is None else small().known(date.fromisoformat(known))
    with pytest.raises(CalendarUnknown) as refused:
        calendar.add(at("31/12/2021 16:00"), timedelta(hours=2))
    assert refused.value.text == Text(
        f"Chưa biết ngày nghỉ năm 2022: lịch biết từ 01/01/2021 đến 31/12/2021{vi}."
        " Hãy thêm _calendar/2022.yaml khi có thông báo.",
        f"The days off of 2022 aren't known: the calendar knows 01/01/2021 to 31/12/2021{en}."
        " Add _calendar/2022.yaml once they are announced.",
    )


def test_r80_no_question_outside_the_known_years_is_answered(calendar: Calendar) -> None:
    outside, inside = at("01/01/2027 00:01"), at("31/12/2026 16:00")
    for refused in (
        lambda: calendar.add(inside, timedelta(hours=2)),
        lambda: calendar.add(outside, timedelta(0)),
        lambda: calendar.between(inside, outside),
        lambda: calendar.is_working_day(outside.date()),
        lambda: calendar.closing(outside.date()),
    ):
        with pytest.raises(CalendarUnknown):
            refused()


@pytest.mark.parametrize(
    ("term", "waits", "policy", "mode"),
    [
        ("0.5wd", [], "restart", "legal"),
        ("5wd", [], "restart", "half-day"),
        ("5wd", [("02/03/2021 09:00", "03/03/2021 09:00")], "stop", "legal"),
        ("5wd", [("01/03/2021 08:59", "03/03/2021 09:00")], "pause", "legal"),
        ("5wd", [("03/03/2021 09:00", "02/03/2021 09:00")], "pause", "legal"),
        ("5wd", [("02/03/2021 09:00", "04/03/2021 09:00"), ("03/03/2021 09:00", "05/03/2021 09:00")], "none", "legal"),
    ],
)
def test_bad_questions(calendar: Calendar, term: str, waits: list[tuple[str, str]], policy: str, mode: str) -> None:
    supplements = [(at(asked), at(back)) for asked, back in waits]
    with pytest.raises(BadValue):
        calendar.due(at("01/03/2021 09:00"), Term.parse(term), supplements, policy, mode)  # type: ignore[arg-type]


def test_negative_work_and_the_closing_of_a_day_off_are_refused(calendar: Calendar) -> None:
    with pytest.raises(BadValue) as refused:
        calendar.add(at("01/03/2021 09:00"), timedelta(hours=-1))
    assert refused.value.text == Text("Không cộng thời gian âm.", "Working time to add can't be negative.")
    with pytest.raises(BadValue) as refused:
        calendar.closing(date(2021, 2, 28))
    assert refused.value.text == Text("Chủ nhật 28/02/2021 không làm việc.", "Sunday 28/02/2021 isn't a working day.")


@pytest.mark.parametrize(("tuesday", "friday"), [("02/01/1951", "05/01/1951"), ("01/01/2097", "04/01/2097")])
def test_r77_a_calendar_of_any_year(tuesday: str, friday: str) -> None:
    """Moments are counted on both sides of 1970."""
    calendar = small(year=int(tuesday[-4:]))
    assert due(calendar, f"{tuesday} 09:00", "3wd") == f"{friday} 17:00"
    assert due(calendar, f"{tuesday} 06:00", "3d", "minutes") == f"{friday} 07:30"


def test_bad_calendars() -> None:
    announced, hours = date(2020, 11, 30), Sessions(date(2021, 1, 1), OFFICE)
    row = SpecialDay(date(2021, 9, 2), "holiday", "Quốc khánh", announced)
    stray = SpecialDay(date(2023, 9, 2), "holiday", "Quốc khánh", announced)
    nothing = SpecialDay(date(2021, 9, 5), "swap_work", "Làm bù", announced)
    for years, days, sessions in (
        ({2021: announced}, [row, row], [hours]),
        ({2021: announced}, [stray], [hours]),
        ({2021: announced}, [nothing], [hours]),
        ({2021: announced, 2023: announced}, [], [hours]),
        ({2021: announced}, [], []),
        ({2021: announced}, [], [Sessions(date(2021, 1, 2), OFFICE)]),
    ):
        with pytest.raises(BadValue):
            Calendar(years, days, sessions)
    with pytest.raises(CalendarUnknown):
        Calendar({}, [], [hours])


@pytest.mark.parametrize("minutes", [((450, 450),), ((690, 450),), ((450, 690), (600, 700)), ((450, 1440),)])
def test_bad_sessions(minutes: tuple[tuple[int, int], ...]) -> None:
    with pytest.raises(BadValue):
        Sessions(date(2021, 1, 1), {0: minutes})


# Properties over any calendar. `Plain` is a second, slow implementation: no table, one day after another.

FIRST, DAYS = date(2020, 1, 1), 731
KNOWN = date(2019, 11, 30)


@st.composite
def hours(draw: st.DrawFn) -> tuple[tuple[int, int], ...]:
    edges = sorted(draw(st.sets(st.integers(0, 1439), min_size=2, max_size=6)))
    return tuple(zip(edges[::2], edges[1::2], strict=False))


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    weeks = st.dictionaries(st.integers(0, 6), hours(), min_size=1)
    sessions = [Sessions(FIRST, draw(weeks), draw(weeks))]
    sessions += [Sessions(FIRST + timedelta(n), draw(weeks)) for n in draw(st.sets(st.integers(1, DAYS), max_size=2))]
    rows = []
    for number in draw(st.sets(st.integers(0, DAYS - 1), max_size=40)):
        day = FIRST + timedelta(number)
        force = max((s for s in sessions if s.since <= day), key=lambda s: s.since)
        kind = draw(st.sampled_from(["holiday", "swap_off", "swap_work"]))
        weekday = draw(st.sampled_from(sorted(force.weekdays)))
        replaces = FIRST + timedelta((weekday - FIRST.weekday()) % 7)
        rows.append(SpecialDay(day, kind, "x", KNOWN, replaces=replaces if kind == "swap_work" else None))
    return Calendar({2020: KNOWN, 2021: KNOWN}, rows, sessions)


@st.composite
def moments(draw: st.DrawFn, last: int = 300) -> datetime:
    seconds = draw(st.integers(0, 24 * 60)) * 60 + draw(st.sampled_from([0, 0, 0, 1, 59]))
    return datetime(2020, 1, 1, tzinfo=TZ) + timedelta(days=draw(st.integers(0, last)), seconds=seconds)


class Plain:
    """The same questions answered day by day, with exact fractions."""

    def __init__(self, calendar: Calendar) -> None:
        self.rows = {row.day: row for row in calendar.days}
        self.sessions = calendar.sessions

    def hours(self, day: date) -> list[tuple[datetime, datetime]]:
        if day.year > 2021:
            raise CalendarUnknown(Text("", ""))
        force = [s for s in self.sessions if s.since <= day][-1].weekdays
        row = self.rows.get(day)
        found = force.get(day.weekday(), ())
        if row:
            found = (found or force[row.replaces.weekday()]) if row.replaces else ()
        midnight = datetime(day.year, day.month, day.day, tzinfo=TZ)
        return [(midnight + timedelta(minutes=a), midnight + timedelta(minutes=b)) for a, b in found]

    def spent(self, day: date, until: datetime) -> int:
        return sum(
            (min(b, until) - a).days * 86400 + (min(b, until) - a).seconds for a, b in self.hours(day) if a < until
        )

    def after(self, day: date, seconds: int) -> datetime:
        for opens, closes in self.hours(day):
            length = (closes - opens).seconds
            if seconds <= length:
                return opens + timedelta(seconds=seconds)
            seconds -= length
        raise AssertionError

    def legal(self, start: datetime, count: int, unit: str) -> datetime:
        day = start.date()
        while count or not self.hours(day):
            day += timedelta(1)
            if count and (unit == "d" or self.hours(day)):
                count -= 1
        return self.hours(day)[-1][1]

    def minutes(self, start: datetime, amount: Fraction) -> datetime:
        day = start.date()
        while True:
            if hours := self.hours(day):
                whole = self.spent(day, hours[-1][1])
                gone = self.spent(day, start)
                if amount <= Fraction(whole - gone, whole):
                    return self.after(day, ceil(gone + amount * whole))
                amount -= Fraction(whole - gone, whole)
            day += timedelta(1)

    def days(self, start: datetime, count: int) -> datetime:
        same = start + timedelta(count)
        if hours := self.hours(same.date()):
            return max(hours[0][0], min(same, hours[-1][1]))
        return self.legal(start, count, "d")


def answer(ask: object, *args: object) -> datetime | None:
    try:
        return ask(*args)  # type: ignore[operator, no-any-return]
    except CalendarUnknown:
        return None


@given(calendars(), moments(), st.integers(1, 60), st.sampled_from(["wd", "d"]))
def test_any_calendar_legal_agrees_with_counting_by_hand(
    calendar: Calendar, start: datetime, count: int, unit: str
) -> None:
    term = Term.parse(f"{count}{unit}")
    found = answer(lambda: calendar.due(start, term).at)
    assert found == answer(Plain(calendar).legal, start, count, unit)


@given(calendars(), moments(), st.integers(1, 240), st.sampled_from(["wd", "d"]))
def test_any_calendar_minutes_agrees_with_counting(
    calendar: Calendar, start: datetime, quarters: int, unit: str
) -> None:
    amount = Decimal(quarters) / 4 if unit == "wd" else Decimal(quarters)
    term, plain = Term(amount, unit), Plain(calendar)  # type: ignore[arg-type]
    found = answer(lambda: calendar.due(start, term, mode="minutes").at)
    expected = answer(plain.minutes, start, Fraction(amount)) if unit == "wd" else answer(plain.days, start, quarters)
    assert found == expected


@given(calendars(), moments(), st.integers(0, 200 * 3600))
def test_any_calendar_add_and_between_undo_each_other(calendar: Calendar, start: datetime, seconds: int) -> None:
    work = timedelta(seconds=seconds)
    end = answer(calendar.add, start, work)
    assert end == answer(lambda: local(calendar.plus(instant(start), seconds)))
    if end is not None:
        assert end >= start
        assert calendar.between(start, end) == work
        assert calendar.between(end, start) == -work
        assert calendar.add(start, calendar.between(start, end)) == end


@given(calendars(), st.floats(0, 1))
def test_any_calendar_a_working_second_lies_in_one_session(calendar: Calendar, share: float) -> None:
    """Where it is reached as many are gone, and not before; what leads there holds for the session's seconds alone."""
    every = calendar.elapsed(calendar.until)
    if not every:
        return
    second = max(1, int(share * every))
    reached = calendar.reached(second)
    offset, after, last = calendar.session(second)
    assert calendar.elapsed(reached) == second > calendar.elapsed(reached - 1)
    assert after < second <= last
    assert calendar.reached(last) - last == reached - second == offset
    assert after < 0 or calendar.reached(after + 1) == after + 1 + offset
    for past in (calendar.reached, calendar.session):  # R80: what comes after the last known day isn't known
        with pytest.raises(CalendarUnknown):
            past(every + 1)


class Direct(Calendar):
    """A calendar that may not fall back on seconds."""

    __slots__ = ()

    def plus(self, at: int, seconds: int) -> int:
        raise AssertionError(at, seconds)


@given(calendars(), moments(DAYS), st.integers(0, 200 * 3600))
@example(small(year=2020), datetime(2020, 1, 1, 0, 0, tzinfo=TZ), 0)
@example(small(year=2020), datetime(2020, 1, 1, 7, 0, tzinfo=TZ), 60)
@example(small(year=2020), datetime(2021, 1, 1, 0, 0, tzinfo=TZ), 0)
def test_any_calendar_an_ordinary_addition_is_counted_on_datetimes(
    calendar: Calendar, start: datetime, seconds: int
) -> None:
    """The costly way over seconds is for fractions and refusals only, and both ways give the same."""
    reached = answer(lambda: local(calendar.plus(instant(start), seconds)))
    if reached is not None:
        direct = Direct(calendar.years, calendar.days, calendar.sessions)
        assert direct.add(start, timedelta(seconds=seconds)) == reached


@given(calendars())
def test_any_calendar_totals_are_the_working_time_of_the_days_so_far(calendar: Calendar) -> None:
    plain = Plain(calendar)
    days = [FIRST + timedelta(number) for number in range(DAYS)]
    worked = (sum((b - a).seconds for a, b in plain.hours(day)) for day in days)
    assert list(calendar.totals()) == list(accumulate(worked))


@given(calendars(), moments(600), moments(600))
def test_any_calendar_add_reaches_a_worked_end(calendar: Calendar, a: datetime, b: datetime) -> None:
    start, end = sorted((a, b))
    reached = calendar.add(start, calendar.between(start, end))
    assert reached <= end
    if any(opens < end <= closes for opens, closes in Plain(calendar).hours(end.date())):
        assert reached == end


@given(calendars(), moments(), moments(), st.integers(0, 10**5), st.integers(0, 10**5))
def test_any_calendar_is_monotone(calendar: Calendar, a: datetime, b: datetime, one: int, other: int) -> None:
    (first, last), (less, more) = sorted((a, b)), sorted((one, other))
    later = answer(calendar.add, last, timedelta(seconds=more))
    assert later is None or calendar.add(first, timedelta(seconds=less)) <= later
    term = Term.parse("3wd")
    for mode in ("legal", "minutes"):
        due_last = answer(lambda mode=mode: calendar.due(last, term, mode=mode).at)
        assert due_last is None or calendar.due(first, term, mode=mode).at <= due_last  # type: ignore[arg-type]


TERMS = ["1wd", "5wd", "12wd", "1d", "30d", "4wh", "0.5wh", "48h", "immediate"]


@given(
    calendars(), moments(200), st.sampled_from(TERMS), st.lists(st.integers(0, 10**6), max_size=6),
    st.sampled_from(["restart", "pause", "none"]), st.sampled_from(["legal", "minutes"]),
)  # fmt: skip
@settings(max_examples=200)
def test_any_calendar_the_explanation_leads_to_the_due_date(
    calendar: Calendar, start: datetime, text: str, gaps: list[int], policy: str, mode: str
) -> None:
    """Numbered days go 1..N, timed ones add up to the term, and the last dated line before the end is the due date."""
    term, edge, edges = Term.parse(text), start, []
    for gap in gaps:
        edge += timedelta(seconds=gap)
        edges.append(edge)
    waits = list(zip(edges[::2], edges[1::2], strict=False))
    try:
        found = calendar.due(start, term, waits, policy, mode)  # type: ignore[arg-type]
    except CalendarUnknown:
        return
    intervals = [(instant(a), instant(b), policy) for a, b in waits]
    assert calendar.due_instant(instant(start), term, intervals, mode) == instant(found.at)
    *lines, last = found.explanation
    assert last.day == found.at.date()
    days = [line for line in lines if line.day]
    if days:
        assert days[-1].day == last.day
    numbers = [line.number for line in lines if line.number]
    assert numbers == list(range(1, len(numbers) + 1))
    leg = list(legs(calendar, instant(start), term, intervals, mode))[-1]
    seconds = sum(line.seconds for line in lines)
    if term.unit == "d":
        assert len(numbers) == int(term.amount) + leg.paused
    elif term.unit == "wh":
        assert seconds == int(term.amount * 3600) + leg.paused
    elif term.unit == "wd" and mode == "legal":
        assert (len(numbers), seconds) == (int(term.amount), leg.paused)
    elif term.unit == "wd" and not leg.paused:
        plain = Plain(calendar)
        whole = {line.day: sum((b - a).seconds for a, b in plain.hours(line.day)) for line in days if line.seconds}
        shares = sum(Fraction(line.seconds, whole[line.day]) for line in days if line.seconds)
        assert 0 <= shares - int(term.amount) < Fraction(1, whole[last.day])


@settings(max_examples=50)
@given(st.integers(0, 1_500 * 3_600))
@example(0)
@example(1)
def test_the_session_of_a_working_second(elapsed: int) -> None:
    """What is to be added holds from after the one second up to the other, and no further."""
    calendar = small()
    shift, after, upto = calendar.session(elapsed)
    assert after < elapsed <= upto
    assert {calendar.reached(one) - one for one in (after + 1, elapsed, upto)} == {shift}
    assert calendar.reached(upto + 1) - (upto + 1) > shift
    if elapsed:
        assert calendar.session(after)[2] == after
    else:
        assert (after, upto) == (-1, 0)
