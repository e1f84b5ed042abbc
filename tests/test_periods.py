"""Years and other periods: what one counted stays as it was, and is counted once (R92, R124, R129)."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest
from cases import Log, at, table
from hypothesis import given, settings
from hypothesis import strategies as st
from offices import ORG, Office, calendar, flow, office, roam

from flowiso.dossier import Dossier
from flowiso.engine import Engine
from flowiso.errors import BadValue, FlowISOError
from flowiso.figures import Counts
from flowiso.life import Life
from flowiso.misroutes import within
from flowiso.model import BOUNCE, COMPLAIN, CORRECT, PAUSE, RECALL, RESUME, STOP, Case, Move
from flowiso.period import Period
from flowiso.stats import Officer, Report, tally
from flowiso.tracing import trace
from flowiso.worktime import TZ, day_of, local

YEARS = (Period.year(2021), Period.year(2022))
TABLE = Office(flow(), flow(version=2)).tables[1]
WORK = ("steps", "late_steps", "misrouted", "lost_minutes")


def when(text: str) -> datetime:
    """ "30/12 08:00" of 2021, or "05/01/2022 08:00"."""
    return local(at(text))


def moved(engine: Engine, hs: Dossier, *lines: str, **record: str) -> Dossier:
    """Moves told as "05/01/2022 09:30 an bounce ha"."""
    for line in lines:
        day, hour, by, action, *to = line.split()
        hs = engine.move(
            hs, action, by=by, to=to[0] if to else None, at=when(f"{day} {hour}"), note="lý do", record=record or None
        )
    return hs


def known(engine: Engine, year: Period) -> list[tuple[str, int]]:
    """The misroutes that belong to a year, as `flowiso misroutes --year` reads them."""
    found = engine.misroutes(local(year.end))
    return [(one.sender, one.lost) for one in within(found, year.start, year.end) if one.status == "confirmed"]


def told(engine: Engine, year: int) -> tuple[Report, list[tuple[str, int]], list[tuple[str, int | None, int]]]:
    """What a year's figures, misroutes and nonconformities are."""
    opened = engine.faults(datetime(2023, 6, 1, 8, tzinfo=TZ), year).found
    return (
        engine.stats(year),
        known(engine, Period.year(year)),
        [(one.kind, one.line, one.opened_at) for one in opened],
    )


AT_NEW_YEAR = {
    "corrected": ("05/01/2022 09:30 an bounce", "05/01/2022 10:00 ha reassign binh", "06/01/2022 08:00 binh chuyen quang"),
    "worked on after all": ("05/01/2022 10:00 an chuyen quang", "05/01/2022 11:00 quang chuyen hanh"),
}  # fmt: skip


@pytest.mark.parametrize("lines", AT_NEW_YEAR.values(), ids=AT_NEW_YEAR)
def test_last_years_figures_stay(lines: tuple[str, ...]) -> None:
    """R92: sent 30/12, put right 5/1: at every later moment 2021 says what it said on New Year's Eve, and 2022 adds the rest."""
    engine = office()
    hs = engine.receive("MAU-01", by="lan", at=when("29/12 08:00"))
    hs = moved(engine, hs, "30/12 09:00 lan chuyen ha", "30/12 14:00 ha chuyen an")
    eve = told(engine, 2021)
    for line in lines:
        hs = moved(engine, hs, line)
        assert told(engine, 2021) == eve
    reports = [engine.stats(year.first.year) for year in YEARS]
    records = [one for one in engine.misroutes(when("31/12/2022 08:00")) if one.status == "confirmed"]
    assert sum(one.counts.misrouted for one in reports) == len(records) == (lines[0].split()[3] == BOUNCE)
    officers = [one.by_officer.get("ha", Officer("", "")) for one in reports]
    assert sum(one.lost_minutes for one in officers) == sum(one.lost // 60 for one in records)
    assert sum(len(known(engine, year)) for year in YEARS) == len(records)
    kinds = [one.kind for year in (2021, 2022) for one in engine.faults(when("31/12/2022 08:00"), year).found]
    assert kinds.count("misroute") == len(records)


def test_a_step_late_over_new_year() -> None:
    """R92: taken 30/12, due 3/1 or earlier, done 10/1: a late step of the year in which it was done, and of no other."""
    engine = office()
    hs = engine.receive("MAU-01", by="lan", at=when("29/12 08:00"))
    hs = moved(engine, hs, "29/12 09:00 lan chuyen ha", "29/12 10:00 ha chuyen an")
    eve = told(engine, 2021)
    assert "an" not in eve[0].by_officer
    hs = moved(engine, hs, "10/01/2022 09:00 an chuyen quang")
    reports = [engine.stats(year) for year in (2021, 2022)]
    assert told(engine, 2021) == eve
    assert [(one.by_officer["an"].steps, one.by_officer["an"].late_steps) for one in reports[1:]] == [(1, 1)]
    moved(engine, hs, "20/01/2022 09:00 quang chuyen hanh")
    assert engine.stats(2022).by_officer["an"].late_steps == 1
    assert engine.stats(2023).by_officer == {}


def test_bounced_and_given_back_over_new_year() -> None:
    """R123, R124: what 2021 told as a misroute was none; 2022 takes it back, and counts the work that 2021 didn't."""
    engine = office()
    hs = engine.receive("MAU-01", by="lan", at=when("29/12 08:00"))
    hs = moved(engine, hs, "29/12 09:00 lan chuyen ha", "29/12 10:00 ha chuyen an", "30/12 10:00 an bounce")
    eve = told(engine, 2021)
    assert (eve[0].counts.misrouted, eve[0].by_officer["ha"].misrouted) == (1, 1)
    assert eve[0].by_officer["ha"].lost_minutes > 0
    moved(engine, hs, "05/01/2022 08:00 ha reassign an", "05/01/2022 11:00 an chuyen quang")
    assert told(engine, 2021)[:2] == eve[:2]
    first, second = (engine.stats(year) for year in (2021, 2022))
    assert [known(engine, year) for year in YEARS] == [[("ha", eve[1][0][1])], []]
    assert first.counts.misrouted + second.counts.misrouted == 0
    assert first.by_officer["ha"].lost_minutes + second.by_officer["ha"].lost_minutes == 0
    assert (second.by_officer["an"].steps, first.by_officer.get("an")) == (2, None)


def test_a_nonconformity_is_opened_when_it_is_certain() -> None:
    """R92, R123, R130: sent back as "wrong place" on 30/12, it might have been his until somebody else got it on 5/1."""
    steps = tuple(
        step._replace(arrows=tuple(arrow._replace(misroute=arrow.action == "nham-phong") for arrow in step.arrows))
        for step in flow().steps
    )
    engine = office(flow()._replace(steps=steps))
    hs = engine.receive("MAU-01", by="lan", at=when("29/12 08:00"))
    hs = moved(engine, hs, "30/12 09:00 lan chuyen ha", "30/12 10:00 ha nham-phong lan")
    eve = engine.faults(when("31/12 17:00"), 2021).found
    assert eve == ()
    moved(engine, hs, "05/01/2022 08:00 lan chuyen vinh")
    assert engine.faults(when("06/01/2022 08:00"), 2021).found == eve
    (one,) = engine.faults(when("06/01/2022 08:00"), 2022).found
    assert (one.kind, one.opened_at) == ("misroute", at("05/01/2022 08:00"))


def test_a_result_that_came_back_over_new_year() -> None:
    """R129: late in 2021, at the desk; bounced and there again in 2022, where it is not late a second time."""
    engine = office()
    hs = engine.receive("MAU-01", by="lan", at=when("15/12 08:00"))
    hs = moved(engine, hs, "15/12 09:00 lan chuyen ha", "15/12 10:00 ha chuyen an", "16/12 08:00 an chuyen quang")
    hs = moved(engine, hs, "16/12 09:00 quang chuyen hanh", "30/12 14:00 hanh chuyen thao")
    eve = told(engine, 2021)
    moved(engine, hs, "05/01/2022 08:00 thao bounce", "06/01/2022 08:00 hanh reassign lan")
    assert told(engine, 2021)[0] == eve[0]
    assert (eve[0].counts.resolved, eve[0].counts.late) == (1, 1)
    second = engine.stats(2022).counts
    assert (second.total, second.resolved, second.late) == (0, 0, 0)


RESULT = (
    "29/12 09:00 lan chuyen ha", "29/12 10:00 ha chuyen an", "30/12 08:00 an chuyen quang",
    "30/12 09:00 quang chuyen hanh", "30/12 14:00 hanh chuyen thao",
)  # fmt: skip
COLUMNS = (
    "received",
    "carried_over",
    "resolved",
    "early",
    "late",
    "withdrawn",
    "closed_overdue",
    "open",
    "open_overdue",
)


@pytest.mark.parametrize(
    ("lines", "later"),
    {
        "there again in time": (("20/01/2022 08:00 quang resume", "20/01/2022 09:00 hanh chuyen lan"), [{}, {}]),
        "there again after a year": (("20/01/2023 08:00 quang resume", "20/01/2023 09:00 hanh chuyen lan"), [{}, {}]),
        "withdrawn overdue": (
            ("20/01/2022 08:00 quang resume", "20/03/2022 09:00 nguoi-nop rut"),
            [{"carried_over": 1, "resolved": 1, "withdrawn": 1, "closed_overdue": 1}, {}],
        ),
        "withdrawn overdue after a year": (
            ("20/01/2023 08:00 quang resume", "20/03/2023 09:00 nguoi-nop rut"),
            [{}, {"carried_over": 1, "resolved": 1, "withdrawn": 1, "closed_overdue": 1}],
        ),
        "overdue, then late": (
            ("20/01/2022 08:00 quang resume", "20/03/2023 09:00 hanh chuyen lan"),
            [{"carried_over": 1, "open": 1, "open_overdue": 1}, {"carried_over": 1, "resolved": 1, "late": 1}],
        ),
    }.values(),
)
def test_told_in_time_and_back(lines: tuple[str, ...], later: list[dict[str, int]]) -> None:
    """R92, R57, R129: told in time in 2021, back and paused in 2022; counted again once it is late, withdrawn too, else never."""
    engine = office()
    hs = engine.receive("MAU-01", by="lan", at=when("29/12 08:00"))
    hs = moved(engine, hs, *RESULT)
    hs = moved(engine, hs, "04/01/2022 08:00 thao bounce")
    hs = moved(engine, hs, "04/01/2022 08:00 thao correct hanh", step="vao-so")
    hs = moved(engine, hs, "04/01/2022 09:00 quang pause", ground="Luật 1")
    for line in lines:
        hs = moved(engine, hs, line)
    counts = [engine.stats(year).counts for year in (2021, 2022, 2023)]
    found = [{name: number for name in COLUMNS if (number := getattr(one, name))} for one in counts]
    assert found == [{"received": 1, "resolved": 1, "early": 1}, *later]


@pytest.mark.parametrize(
    ("period", "before"),
    [
        (Period.year(2021), Period.year(2020)),
        (Period(date(2021, 1, 1), date(2021, 1, 31)), Period(date(2020, 12, 1), date(2020, 12, 31))),
        (Period(date(2021, 3, 1), date(2021, 3, 31)), Period(date(2021, 2, 1), date(2021, 2, 28))),
        (Period(date(2020, 12, 15), date(2021, 3, 14)), Period(date(2020, 9, 15), date(2020, 12, 14))),
        (Period(date(2021, 1, 31), date(2021, 3, 30)), Period(date(2020, 12, 3), date(2021, 1, 30))),
        (Period(date(2021, 9, 13), date(2021, 9, 19)), Period(date(2021, 9, 6), date(2021, 9, 12))),
    ],
)
def test_the_period_before(period: Period, before: Period) -> None:
    """R92, R94: years, months, the reporting months from the 15th on, weeks."""
    assert period.before == before
    assert before.end + 1 == period.start


@pytest.mark.parametrize(
    ("first", "last"), [(date(1, 1, 1), date(2021, 1, 1)), (date(2021, 1, 1), date(9999, 12, 31)), (date.max, date.max)]
)
def test_no_period_reaches_beyond_the_years_there_are(first: date, last: date) -> None:
    """R94: told, not an overflow of the machine's time; the first and the last year themselves are periods."""
    with pytest.raises(BadValue, match="1900 đến 2999"):
        Period(first, last)
    for period in (Period.year(1900, "nd09"), Period.year(2999), Period.week(2999, 52)):
        assert period.start < period.end


def test_a_refusal_at_the_desk_counts_once() -> None:
    """R91: in the year in which it was refused, whatever is put down about it later."""
    log = Log(table(), calendar(), "30/12 08:00", submitted=True).move("30/12 09:00", "lan", "thieu")
    log.raw("05/01/2022 08:00", "lan", COMPLAIN, log.state.row.id, "")
    counts = [tally([log.until(f"31/12/{y.first.year} 23:59").life], y, calendar()).counts for y in YEARS]
    assert [one.refused_intake for one in counts] == [1, 0]


def figures(moves: list[Move], period: Period) -> dict[tuple[str, str], int]:
    """What people did by the figures of a period, from the log as it stood at its end."""
    report = tally([life_of([move for move in moves if move.at <= period.end])], period, calendar(), ORG)
    work = {(name, of): getattr(one, of) for name, one in report.by_officer.items() for of in WORK}
    return {key: count for key, count in (work | {("", "misrouted"): report.counts.misrouted}).items() if count}


def life_of(moves: list[Move]) -> Life:
    return trace(TABLE, calendar(), Case(ORG.agency, "1", "MAU-01", 1, "counter"), moves)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**6))
def test_two_periods_tell_what_one_over_both_tells(seed: int) -> None:
    """R92, R124: cut anywhere, steps, late steps, misroutes and minutes lost add up, whatever turned out otherwise later."""
    moves = roam(TABLE, seed)[0]
    first, last = day_of(moves[0].at), day_of(moves[-1].at)
    if first == last:
        return
    cut = first + timedelta(Random(seed).randrange((last - first).days))
    parts = [figures(moves, Period(first, cut)), figures(moves, Period(cut + timedelta(1), last))]
    summed = {key: sum(part.get(key, 0) for part in parts) for part in parts for key in part}
    assert {key: count for key, count in summed.items() if count} == figures(moves, Period(first, last))


TOLD = ("received", "resolved", "late", "withdrawn", "stopped")


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 20))
def test_three_periods_tell_what_one_over_all_tells(seed: int, more: int) -> None:
    """R92: what is received, resolved, late, withdrawn, stopped adds up, as long as no result came back that a period had told.

    Then it stays told as it was, and is resolved once more, at most, where it is late or was withdrawn or stopped overdue.
    """
    moves = came_and_went(seed)
    first, last = day_of(moves[0].at), day_of(moves[-1].at)
    third = Period(last - (last - first) / 3 - timedelta(more), last)
    periods = [third.before.before, third.before, third]
    lives = [life_of(lines) for one in periods if (lines := [move for move in moves if move.at <= one.end])]
    parts, whole = [counted(moves, one) for one in periods], counted(moves, Period(periods[0].first, last))
    summed = {name: sum(getattr(part, name) for part in parts) for name in TOLD}
    told = [life for life in lives if life.received is not None and life.resolved is not None]
    assert summed["received"] == whole.received
    if all(life.resolved == lives[-1].resolved for life in told):
        assert summed == {name: getattr(whole, name) for name in TOLD}
        return
    overdue = [life.outcome == "late" or life.closed_overdue for life in told]
    assert summed["resolved"] == 1 + (any(overdue) and not overdue[0])
    assert summed["late"] == any(life.outcome == "late" for life in told)
    assert summed["withdrawn"] + summed["stopped"] == told[-1].closed_overdue
    for before, after in pairwise(parts):
        assert after.carried_over >= before.open
        assert after.carried_over == before.open or after.open_overdue or after.late or after.closed_overdue


def came_and_went(seed: int) -> list[Move]:
    """The log of a result that comes back at random, is corrected, paused, there again, withdrawn, stopped."""
    random, engine, moment = Random(seed), office(), when("29/12 08:00")
    hs = moved(engine, engine.receive("MAU-01", by="lan", at=moment), *RESULT[: random.choice((3, 5, 5))])
    moment = hs.moves[-1].time
    for _ in range(random.randrange(3, 15)):
        paused = hs.state.paused
        moment += timedelta(days=random.choice((9, 30, 60) if paused else (0, 0, 0, 1, 3)), hours=1)
        onward = (BOUNCE, BOUNCE, RECALL, CORRECT, PAUSE, PAUSE, *["chuyen"] * 4, "xong", "rut", STOP)
        action = RESUME if paused and random.random() < 0.9 else random.choice(onward)
        record = {"ground": "Luật 1", "step": random.choice(("thu-ly", "vao-so"))}
        to = random.choice(sorted(TABLE.rows[record["step"]].fits)) if action == CORRECT else None
        for by in (hs.holder, "hanh", "quang", "nguoi-nop"):
            for receiver in (to,) if to or action != "chuyen" else ("thao", "hanh", "quang"):
                with suppress(FlowISOError):
                    hs = engine.move(hs, action, by=by, to=receiver, at=moment, note="lý do", record=record)
                    break
    return list(hs.moves)


def counted(moves: list[Move], period: Period) -> Counts:
    """The columns of one dossier, from its log as it stood at the period's end."""
    lines = [move for move in moves if move.at <= period.end]
    return tally([life_of(lines)] if lines else [], period, calendar(), ORG).counts


@pytest.mark.parametrize("seed", [56, 229, 368, 1122, 1130])
def test_where_they_once_did_not(seed: int) -> None:
    """R92, R124: bounced, and given back to the same account in the next period."""
    test_two_periods_tell_what_one_over_both_tells.hypothesis.inner_test(seed)  # type: ignore[attr-defined]
