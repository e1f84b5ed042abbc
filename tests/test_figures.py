"""The figures of any period and of several agencies: identities, ratios, cut-offs, merging, and how each is printed."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest
from cases import at
from hypothesis import given, settings
from hypothesis import strategies as st
from offices import ORG, Office, calendar, flow, office, roam
from test_stats import as_text, run

import flowiso
from flowiso.cells import csv_table
from flowiso.chain import seal
from flowiso.drill import drill
from flowiso.errors import BadValue
from flowiso.figures import FIGURES, FORM, RATIOS, Counts, Group, definitions, faults_of, summed
from flowiso.life import Life
from flowiso.machine import compile_flow
from flowiso.model import CHANNELS, REAPPOINT, REASSIGN, Case, Move
from flowiso.period import RULES, Period, Rule
from flowiso.render.report_csv import COLUMNS, as_csv, totals_csv
from flowiso.reports import text as as_lines
from flowiso.reports.figures import totals_document
from flowiso.stats import CAUSES, GROUPINGS, Officer, Report, handler, identities, tally
from flowiso.text import Text, percent_shown
from flowiso.totals import Share, Span, Totals
from flowiso.totals import identities as total_faults
from flowiso.tracing import trace
from flowiso.worktime import local


def test_days_at_the_edge_of_the_years_have_no_name() -> None:
    """A week that ends in a year nobody may report on, and a year before all of them, are days like others (R94)."""
    assert Period(date(2999, 12, 30), date(2999, 12, 31)).rule == "calendar"
    assert Period(date(1899, 1, 1), date(1899, 12, 31)).rule == "calendar"


def test_who_answers_for_a_dossier_that_nobody_has_examined() -> None:
    """R140: who is to accept it; one that the agency itself never had is its holder's."""
    engine = flowiso.open(allow_draft=True)
    sent = engine.submit("LTHH-13", to="lan.vp", at=local(at("14/09 08:00")))
    life = trace(sent.table, engine.flows.calendar, sent.case, sent.moves)
    assert handler(life) == "lan.vp"
    elsewhere = [visit._replace(charged="partner", holder="ai") for visit in life.visits]
    assert handler(life._replace(visits=tuple(elsewhere))) == "lan.vp"


MAY = Period.month(2021, 5)

# -- periods -------------------------------------------------------------------------------------------------------------


@settings(max_examples=200, deadline=None)
@given(st.integers(1901, 2998), st.sampled_from(RULES))
def test_periods_chain(year: int, rule: Rule) -> None:
    """R90, R94: the one before a year, quarter, month or week is the last of its kind; 6 and 9 months have one as long before."""
    quarters = [Period.quarter(year - 1, 4, rule), *(Period.quarter(year, number, rule) for number in range(1, 5))]
    months = [Period.month(year - 1, 12), *(Period.month(year, number) for number in range(1, 13))]
    years = [Period.year(year - 1, rule), Period.year(year, rule)]
    last = date(year - 1, 12, 28).isocalendar().week
    weeks = [Period.week(year - 1, last), *(Period.week(year, number) for number in range(1, 53))]
    for before, after in (*pairwise(quarters), *pairwise(months), *pairwise(years), *pairwise(weeks)):
        assert after.before == before
        assert before.end + 1 == after.start
    for period in (Period.six_months(year, rule), Period.nine_months(year, rule)):
        assert period.first == quarters[1].first
        assert period.before.end + 1 == period.start
    assert [Period.six_months(year, rule).last, Period.nine_months(year, rule).last] == [
        one.last for one in quarters[2:4]
    ]
    assert (years[1].first, years[1].last) == (quarters[1].first, quarters[4].last)


@pytest.mark.parametrize(
    ("period", "first", "last", "title", "rule"),
    [
        (Period.year(2021, "nd09"), "2020-12-15", "2021-12-14", "năm 2021", "nd09"),
        (Period.six_months(2021, "nd09"), "2020-12-15", "2021-06-14", "6 tháng năm 2021", "nd09"),
        (Period.nine_months(2021, "nd09"), "2020-12-15", "2021-09-14", "9 tháng năm 2021", "nd09"),
        (Period.quarter(2021, 1, "nd09"), "2020-12-15", "2021-03-14", "quý I năm 2021", "nd09"),
        (Period.quarter(2021, 4), "2021-10-01", "2021-12-31", "quý IV năm 2021", "calendar"),
        (Period.month(2020, 2), "2020-02-01", "2020-02-29", "tháng 02/2020", "calendar"),
        (Period.week(2020, 53), "2020-12-28", "2021-01-03", "tuần 53 năm 2020", "calendar"),
        (Period(date(2021, 1, 2), date(2021, 1, 5)), "2021-01-02", "2021-01-05", "từ 02/01/2021 đến 05/01/2021", "calendar"),
    ],
)  # fmt: skip
def test_periods_by_name(period: Period, first: str, last: str, title: str, rule: Rule) -> None:
    """R94: what the rules say, day by day."""
    assert (period.first.isoformat(), period.last.isoformat(), str(period.title), period.rule) == (
        first,
        last,
        title,
        rule,
    )


@pytest.mark.parametrize(
    ("make", "number"),
    [(Period.quarter, 0), (Period.quarter, 5), (Period.month, 13), (Period.week, 53), (Period.month, True), (Period.week, "1")],
)  # fmt: skip
def test_no_such_period(make, number) -> None:  # type: ignore[no-untyped-def]
    """R94: 2021 has 52 weeks."""
    with pytest.raises(BadValue, match="hãy cho một số từ 1 đến"):
        make(2021, number)


# -- ratios and definitions ------------------------------------------------------------------------------------------------


def test_the_three_ratios() -> None:
    """R93, R111: each has its own name and parts; (c) applies only where all that was received is resolved."""
    year = Counts(received=13_641, resolved=13_641, early=13_000, on_time=637, late=4)
    assert [(one.name, one.numerator, one.denominator, one.rate) for one in year.ratios] == [
        ("of_resolved", 13_637, 13_641, "99.97"),
        ("of_all_qd766", 13_637, 13_641, "99.97"),
        ("of_received_closed", 13_637, 13_641, "99.97"),
    ]
    month = Counts(received=10, carried_over=2, resolved=6, on_time=5, late=1, open=6, open_in_time=4, open_overdue=2)
    assert [(one.numerator, one.denominator, one.applies, one.rate) for one in month.ratios] == [
        (5, 6, True, "83.33"), (9, 12, True, "75.00"), (5, 10, False, None),
    ]  # fmt: skip
    assert {percent_shown(one.rate) for one in Counts().ratios} == {"không phát sinh"}
    assert Counts(received=99_999, resolved=99_999, early=99_998, late=1).ratios[0].rate == "99.999"


def test_every_count_has_one_definition() -> None:
    """R110: columns 3 to 13 in the form's order; every field of a line that isn't a rate's part has a title in both languages."""
    assert [one.column for one in FORM] == [str(number) for number in range(3, 14)]
    shown = {one.name for one in FIGURES}
    parts = {"merits", "merits_in_time", "early_by_law", "late_by_law", "overdue_by_law"}
    assert shown == {*Counts._fields, "total", "not_online"} - parts
    assert all(one.title.vi and one.title.en and one.meaning.vi and one.meaning.en for one in FIGURES)
    assert all(one.short.vi and one.short.en for one in FORM)
    assert definitions("en")["open_overdue"] == {
        "column": "13", "title": "overdue", "meaning": "past the due date at b, the clock running"
    }  # fmt: skip


@pytest.mark.parametrize(
    "broken",
    [
        {"online": 3}, {"online": -1}, {"merits_in_time": 2}, {"closed_overdue": 1}, {"early": 0}, {"received": 3},
        {"open_in_time": 0}, {"suspected": -1}, {"reappointed": 3}, {"reappointed_in_time": 1},
        {"early_by_law": 2}, {"late_by_law": 1}, {"overdue_by_law": -1}, {"overdue_by_law": 2},
    ],
)  # fmt: skip
def test_a_broken_line_is_found(broken: dict[str, int]) -> None:
    """R90."""
    good = Counts(
        received=2,
        resolved=1,
        open=1,
        early=1,
        open_in_time=1,
        merits=1,
        merits_in_time=1,
        early_by_law=1,
        misrouted=-1,
    )
    assert not [*faults_of(good)]
    assert [*faults_of(good._replace(**broken))]


# -- a thousand years ------------------------------------------------------------------------------------------------------


class Told(NamedTuple):
    """A dossier that has lived: its case and its whole log."""

    case: Case
    moves: tuple[Move, ...]


OTHER = flow()._replace(code="MAU-02", field="khi", division="phong-2")
BOTH = ORG._replace(fields={**ORG.fields, "khi": Text("Khí", "Gas")})
OFFICE = Office(flow(), flow(version=2))
TABLES = {"MAU-01": OFFICE.tables[1], "MAU-02": compile_flow(OTHER, ORG)}
FLOWS = (*OFFICE.flows, OTHER)


@cache
def pool() -> tuple[Told, ...]:
    """400 dossiers that lived from March to the autumn of 2021, as `roam` moves them, by every channel."""
    random = Random(7)
    found = []
    for seed in range(400):
        code, channel = random.choice(("MAU-01", "MAU-01", "MAU-02")), random.choice(CHANNELS)
        moves = tuple(roam(TABLES[code], seed)[0])
        found.append(Told(Case(ORG.agency, str(seed), code, 1, channel), moves))
    return tuple(found)


@cache
def returned(number: str) -> bool:
    """Whether a result of a dossier of the pool came back (R129)."""
    one = pool()[int(number)]
    return bool(trace(TABLES[one.case.code], calendar(), one.case, one.moves).returned)


def report(dossiers: list[Told], period: Period, as_of: int | None = None) -> Report:
    """The figures of these dossiers, their logs cut at the cut-off, with every identity held (R90, R92)."""
    end = period.end if as_of is None else min(period.end, as_of)
    found = tally(lives(dossiers, end), period, calendar(), BOTH, FLOWS, until=end)
    assert identities(found) == ()
    return found


def lives(dossiers: list[Told], end: int) -> list[Life]:
    """Their lives, their logs cut at `end`."""
    logs = ((case, [move for move in moves if move.at <= end]) for case, moves in dossiers)
    return [trace(TABLES[case.code], calendar(), case, known) for case, known in logs if known]


def some_period(random: Random) -> Period:
    """A period of 2021 that is not over before dossiers come in."""
    rule = random.choice(RULES)
    first = date(2021, 3, 1) + timedelta(random.randrange(120))
    return random.choice(
        (
            *(Period.quarter(2021, random.choice((2, 3)), rule), Period.month(2021, random.randrange(4, 8))),
            *(Period.week(2021, random.randrange(12, 30)), Period.six_months(2021, rule)),
            Period(first, first + timedelta(random.randrange(90))),
        )
    )


def test_a_thousand_random_years() -> None:
    """R90 on every line of every grouping, and column 6 of a period is column 11 of the one before, agency, field, procedure,
    division and channel; carried-over, withdrawn, stopped and re-appointed dossiers among them."""
    seen: Counter[str] = Counter()
    for seed in range(1_000):
        random = Random(seed)
        period = some_period(random)
        dossiers = [one for one in random.sample(pool(), 8) if seed % 4 == 0 or not returned(one.case.number)]
        before, after = report(dossiers, period.before), report(dossiers, period)
        seen.update({name: count for name, count in after.counts._asdict().items() if count > 0})
        seen[REAPPOINT] += any(move.action == REAPPOINT for one in dossiers for move in one.moves)
        if any(returned(one.case.number) for one in dossiers):
            assert after.carried_over >= before.open
            continue
        seen["chained"] += 1
        assert after.carried_over == before.open
        for name in ("by_field", "by_procedure", "by_division", "by_channel"):
            left = {key: group.counts.open for key, group in before.groupings[name].items() if group.counts.open}
            came = {key: group.counts.carried_over for key, group in after.groupings[name].items()}
            assert left == {key: count for key, count in came.items() if count}, (seed, name)
    wanted = ("carried_over", "withdrawn", "stopped", "late", "open_overdue", "refused_intake", "misrouted", "online")
    assert all(seen[name] > 20 for name in (*wanted, "reappointed", REAPPOINT)), seen
    assert seen["chained"] >= 750


def test_as_of_within_a_period() -> None:
    """R92: at every moment of a period the report is that of the log as it stood then, and ends with the period."""
    dossiers = list(pool()[:40])
    for day in (3, 12, 25):
        moment = at(f"{day:02d}/05 10:00")
        found = report(dossiers, MAY, moment)
        known = [
            one._replace(moves=kept) for one in dossiers if (kept := tuple(m for m in one.moves if m.at <= moment))
        ]
        assert found == report(known, MAY, moment)
        assert (found.until, found.period) == (moment, MAY)
        assert found != report(dossiers, MAY)
    assert report(dossiers, MAY, MAY.end + 5) == report(dossiers, MAY)
    with pytest.raises(BadValue, match="kỳ báo cáo chưa bắt đầu"):
        tally([], MAY, calendar(), until=MAY.start - 1)


def test_run_again_after_new_events() -> None:
    """R92: text, JSON and CSV are the same byte for byte whatever happens later, to the period's end and to a moment in it."""
    engine = office()
    hs = engine.receive("MAU-01", by="lan", at=local(at("03/05 08:00")))
    hs = engine.move(hs, "chuyen", by="lan", to="ha", at=local(at("03/05 09:00")))

    def printed() -> list[str]:
        found = [engine.stats(MAY), engine.stats(MAY, local(at("10/05 08:00")))]
        return [text for one in found for text in (as_text(one), json.dumps(one.to_json()), as_csv(one))]

    before = printed()
    assert "Chốt số liệu: lúc 08:00:00 ngày 10/05/2021" in before[3]
    engine.move(hs, "chuyen", by="ha", to="an", at=local(at("01/06 09:00")))
    engine.receive("MAU-01", by="lan", at=local(at("02/06 08:00")))
    assert printed() == before


def test_who_answers_for_a_dossier() -> None:
    """R140: who examined it last; before that who has it for the agency; a leader who only signs it is never the one."""
    engine = office()
    hs = engine.receive("MAU-01", by="lan", at=local(at("03/05 08:00")))
    found = []
    for by, action, to in (
        ("lan", "chuyen", "ha"),
        ("ha", "chuyen", "an"),
        ("ha", REASSIGN, "binh"),
        ("binh", "chuyen", "quang"),
    ):
        hs = engine.move(hs, action, by=by, to=to, at=hs.moves[-1].time + timedelta(hours=1), note="lý do")
        (life,) = (life for _, life in engine.lives())
        found.append(handler(life))
    assert found == ["ha", "an", "binh", "binh"]
    assert list(engine.stats(MAY).by_handler) == ["binh"]


def drillable(found: Report) -> Iterator[tuple[str, int]]:
    """The cells that may be drilled, with their figures."""
    for name in (*(figure.name for figure in FIGURES), "merits", "merits_in_time", "in_time"):
        yield f"agency/{name}", getattr(found.counts, name)
        for part, groups in found.groupings.items():
            for key, group in groups.items():
                yield f"{part.removeprefix('by_')}/{key}/{name}", getattr(group.counts, name)
    for ratio in found.counts.ratios:
        yield from ((f"agency/{ratio.name}_{name}", getattr(ratio, name)) for name in ("numerator", "denominator"))
    for account, officer in found.by_officer.items():
        for name in Officer._fields[2:]:
            yield f"officer/{account}/{name}", getattr(officer, name)
    yield from ((f"cause/{cause}", count) for cause, count in found.late_by_cause.items())


def test_a_cell_is_what_its_dossiers_add() -> None:
    """R110: of 300 cells of random periods each is the sum over the dossiers behind it, and no dossier is behind it twice."""
    dossiers, opened = list(pool()), 0
    for seed in range(12):
        random = Random(seed)
        period = some_period(random)
        traced, found = lives(dossiers, period.end), report(dossiers, period)
        cells = [(cell, figure) for cell, figure in drillable(found) if figure or random.random() < 0.02]
        for cell, figure in random.sample(cells, 25):
            parts = drill(cell, traced, period, calendar(), BOTH, FLOWS)
            assert sum(part.adds for part in parts) == figure, cell
            assert len({part.number for part in parts}) == len(parts)
            assert [part.number for part in parts] == sorted(part.number for part in parts)
            opened += len(parts)
    assert opened > 1_000


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("agency/in_time_rate", "là tỷ lệ"), ("field/x/late_rate", "là tỷ lệ"), ("agency", "không có ô"), ("", "không có ô"),
        ("agency/x/late", "không có ô"), ("field/late", "không có ô"), ("agency/lateness", "không có ô"),
        ("officer/lan/name", "không có ô"), ("officer/steps", "không có ô"), ("cause/bad", "không có ô"),
        ("catalogue/procedures", "không có ô"), ("cause/x/overload", "không có ô"), ("agency/of_resolved", "là tỷ lệ"),
        ("field/khong-co/late", "không có lĩnh vực 'khong-co'"), ("procedure/MAU-99/late", "thủ tục 'MAU-99'.* ví dụ MAU-0"),
        ("division/x/late", "phòng 'x'"), ("channel/email/late", "kênh 'email'"), ("handler/ai/late", "tài khoản 'ai'"),
        ("officer/ai/steps", "tài khoản 'ai'"),
    ],
)  # fmt: skip
def test_cells_that_hold_no_dossiers(cell: str, told: str) -> None:
    """R110: rates are made of two figures; what is no cell is told, with good ones: a slip is no figure of 0."""
    with pytest.raises(BadValue, match=told):
        drill(cell, [], MAY, calendar(), BOTH, FLOWS)


def test_a_cell_of_an_account_that_is_gone() -> None:
    """R110: whom the organisation has no more still has done what the logs say; who is in no log either is nobody."""
    traced, found = lives(list(pool())[:40], MAY.end), report(list(pool())[:40], MAY)
    name, did = max(found.by_officer.items(), key=lambda one: one[1].steps)
    without = BOTH._replace(accounts={key: one for key, one in BOTH.accounts.items() if key != name})
    parts = drill(f"officer/{name}/steps", traced, MAY, calendar(), without, FLOWS)
    assert sum(part.adds for part in parts) == did.steps > 0
    with pytest.raises(BadValue, match="tài khoản 'ai'"):
        drill("officer/ai/steps", traced, MAY, calendar(), without, FLOWS)


def test_the_dossiers_of_an_engine() -> None:
    """R110, R92: the same as of the same moment, whatever came after; internal processes are behind no cell."""
    engine = office()
    for day in ("03", "04", "05"):
        engine.receive("MAU-01", by="lan", channel="online", at=local(at(f"{day}/05 08:00")))
    parts = engine.drill("channel/online/received", MAY, local(at("04/05 09:00")))
    assert [(part.received, part.handler, part.adds) for part in parts] == [
        (date(2021, 5, day), "lan", 1) for day in (3, 4)
    ]
    assert len(engine.drill("agency/received", MAY)) == 3
    assert engine.drill("channel/postal/received", MAY) == ()
    assert parts[0].to_json()["received"] == "2021-05-03"
    assert parts[0].to_json()["resolved"] is None


def test_the_digest_of_the_log() -> None:
    """R110, T11: of the logs as they stood at the cut-off: later lines don't change it, any other log does."""
    engine = office()
    engine.receive("MAU-01", by="lan", at=local(at("03/05 08:00")))
    before = engine.stats(MAY, local(at("10/05 08:00"))).digest
    engine.receive("MAU-01", by="lan", at=local(at("11/05 08:00")))
    assert engine.stats(MAY, local(at("10/05 08:00"))).digest == before
    assert len({before, engine.stats(MAY).digest, office().stats(MAY).digest}) == 3
    tips = sorted((number, seq, tip.hex()) for number, seq, tip in engine.store.tips(engine.agency))
    assert engine.stats(MAY).digest == seal("", tips)


# -- several agencies ------------------------------------------------------------------------------------------------------


def random_counts(random: Random) -> Counts:
    """A line that satisfies every identity (R90)."""
    few = lambda: random.choice((0, random.randrange(5), random.randrange(3_000)))  # noqa: E731
    early, in_time, late, no_term, withdrawn, stopped, open_in_time, overdue = (few() for _ in range(8))
    kept, left_kept = (
        random.randint(0, most) for most in (in_time, open_in_time)
    )  # by the new date and not by law (R50)
    resolved, left = early + in_time + no_term + withdrawn + stopped + late, open_in_time + overdue
    received = random.randint(0, resolved + left)
    return Counts(
        received=received, carried_over=resolved + left - received, resolved=resolved, open=left,
        open_in_time=open_in_time, open_overdue=overdue, early=early, on_time=in_time + no_term + withdrawn + stopped,
        late=late, no_term=no_term, withdrawn=withdrawn, stopped=stopped,
        closed_overdue=random.randint(0, withdrawn + stopped), merits=early + in_time + late,
        merits_in_time=early + in_time - kept, early_by_law=random.randint(0, min(early, early + in_time - kept)),
        late_by_law=late + kept, overdue_by_law=overdue + left_kept,
        reappointed=kept + left_kept, reappointed_in_time=kept + left_kept,
        refused_intake=few(), misrouted=few() - few(), misrouted_dossiers=few(), suspected=few(),
    )  # fmt: skip


def random_share(number: int, random: Random) -> Share:
    """What an agency might report."""
    channels = {key: random_counts(random) for key in CHANNELS}
    channels["online"] = channels["online"]._replace(online=channels["online"].received)
    whole = summed(channels.values())
    causes = dict.fromkeys(CAUSES, 0)
    causes["misrouted_account"] = random.randint(0, whole.late_by_law + whole.overdue_by_law)
    causes["other"] = whole.late_by_law + whole.overdue_by_law - causes["misrouted_account"]
    return Share(Text(f"Cơ quan {number}", f"Agency {number}"), False, whole, channels, causes)


SPAN = Span(MAY, MAY.end)


@cache
def agencies() -> tuple[Totals, ...]:
    """277 agencies, as many as one province had."""
    random = Random(277)
    return tuple(Totals(SPAN, {f"H32.{number}": random_share(number, random)}) for number in range(277))


def tree(parts: list[Totals], random: Random) -> Totals:
    """All merged, two at a time, in any order and shape; some with nothing."""
    while len(parts) > 1:
        one, other = parts.pop(random.randrange(len(parts))), parts.pop(random.randrange(len(parts)))
        parts.append(one.merged(other) if random.random() < 0.5 else other.merged(one))
    return parts[0]


def test_merged_is_direct_in_a_thousand_trees() -> None:
    """R90, R103: 277 agencies, merged in 1,000 random trees, are what they are when counted directly."""
    leaves = agencies()
    direct = summed(share.counts for one in leaves for share in one.agencies.values())
    whole = Totals.all(leaves)
    assert (whole.whole.counts, len(whole.agencies), total_faults(whole)) == (direct, 277, ())
    for seed in range(1_000):
        random = Random(seed)
        parts = [*leaves, *[Totals()] * random.randrange(3)]
        assert tree(parts, random) == whole


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10**6))
def test_the_algebra_of_totals(seed: int) -> None:
    """R90: associative, commutative, nothing changes nothing; also where agencies are in both."""
    random = Random(seed)
    one, two, three = (
        Totals(
            SPAN,
            {f"H{number}": random_share(number, random) for number in random.sample(range(4), random.randrange(1, 4))},
        )
        for _ in range(3)
    )
    assert one.merged(two).merged(three) == one.merged(two.merged(three))
    assert one.merged(two) == two.merged(one)
    assert one.merged(Totals()) == Totals().merged(one) == one
    assert Totals().merged(Totals()) == Totals()
    merged = one.merged(two)
    assert merged.whole.counts == summed((one.whole.counts, two.whole.counts))
    assert Totals.of_json(json.loads(json.dumps(merged.to_json())), "x").whole == merged.whole
    assert total_faults(merged) == ()


def test_merged_reports_are_one_count_of_all_dossiers() -> None:
    """I10: dossiers dealt out to agencies, each counted from its logs, add up to one count of all of them."""
    dossiers = list(pool()[:120])
    for seed in range(15):
        random = Random(seed)
        period = some_period(random)
        dealt: list[list[Told]] = [[] for _ in range(random.randrange(1, 8))]
        for one in dossiers:
            random.choice(dealt).append(one)
        parts = [named(report(hand, period), f"H{number}") for number, hand in enumerate(dealt)]
        whole, direct = tree(parts, random).whole, report(dossiers, period)
        assert whole.counts == direct.counts
        assert whole.late_by_cause == direct.late_by_cause
        assert whole.by_channel == {key: group.counts for key, group in direct.by_channel.items()}


def named(found: Report, agency: str) -> Totals:
    """The totals of a report under another agency's id."""
    (share,) = Totals.of(found).agencies.values()
    return Totals(Span(found.period, found.until), {agency: share})


def test_different_periods_and_cut_offs_do_not_add_up() -> None:
    """R92, R94."""
    one = agencies()[0]
    for span in (Span(Period.month(2021, 6), MAY.end), Span(MAY, MAY.end - 1)):
        with pytest.raises(BadValue, match="không cộng được"):
            one.merged(Totals(span, one.agencies))
    with pytest.raises(ValueError, match="no agency"):
        Totals().to_json()


@pytest.mark.parametrize(
    "change",
    [
        {"received": 1_000_000}, {"late": None}, {"late": True}, {"from": "x"}, {"from": "2021-06-01"}, {"cut_off": 1},
        {"late_by_cause": {}}, {"by_channel": []}, {"agencies": 3}, {"resolved": "1"}, {"agencies": [1]}, {"agency": None},
        {"title": {"vi": "Sở"}}, {"simulated": "no"}, {"total": 7}, {"in_time_rate": "12.00"}, {"objective_met": 1},
        {"from": "0001-01-01", "to": "0001-12-31"},
    ],
)  # fmt: skip
def test_totals_that_are_none(change: dict[str, object]) -> None:
    """R90: what was edited by hand, or never was a report, is refused with the file's name."""
    told = report(list(pool()[:40]), MAY).to_json()
    assert Totals.of_json(told, "x.json").whole.counts == report(list(pool()[:40]), MAY).counts
    for bad in (told | change, [], None, "x"):
        with pytest.raises(BadValue, match=r"x\.json") as refused:
            Totals.of_json(bad, "x.json")
        assert not re.search("attribute|indices|subscriptable", str(refused.value))  # nothing in the words of Python


def test_sums_of_totals_that_were_edited() -> None:
    """R90: those of several agencies too, of the whole, of an agency, and of a channel."""
    told = Totals.all(agencies()[:3]).to_json()
    assert len(Totals.of_json(told, "x.json").agencies) == 3
    for path in ((), ("agencies", "H32.1"), ("agencies", "H32.2", "by_channel", "online")):
        bad = json.loads(json.dumps(told))
        part = bad
        for name in path:
            part = part[name]
        part["late_rate"] = "0.01"
        with pytest.raises(BadValue, match="late_rate"):
            Totals.of_json(bad, "x.json")


# -- text, JSON, CSV -------------------------------------------------------------------------------------------------------


def lines_of(found: Report) -> Iterator[tuple[str, str, Group]]:
    """Every line of a report: part, key and counts."""
    yield "agency", found.agency, Group(found.agency_title, found.counts)
    for name in GROUPINGS:
        yield from ((name.removeprefix("by_"), key, group) for key, group in found.groupings[name].items())


def test_every_cell_is_the_same_in_json_and_csv() -> None:
    """R110: line by line, count by count, each ratio with its numerator and denominator."""
    found = report(list(pool()[:120]), Period.quarter(2021, 2, "nd09"))
    told = found.to_json()
    rows = {(row["part"], row["key"]): row for row in csv.DictReader(io.StringIO(as_csv(found).removeprefix("\ufeff")))}
    assert len(rows) == len([*lines_of(found)])
    for part, key, group in lines_of(found):
        row, plain = rows[part, key], told if part == "agency" else told[f"by_{part}"][key]
        assert row["title"] == plain["title"] == group.title.vi
        for figure in FIGURES:
            assert row[figure.name] == str(plain[figure.name])
        for rule in RATIOS:
            ratio = plain["on_time_ratios"][rule.name]
            for name in ("numerator", "denominator"):
                assert row[f"{rule.name}_{name}"] == str(ratio[name])
            assert row[f"{rule.name}_rate"] == (ratio["rate"] or "")
    assert (told["period"], told["period_rule"], told["year"]) == ("quý II năm 2021", "nd09", None)
    assert told["cut_off"] == "2021-06-14T23:59:59+07:00"
    text = as_text(found)
    assert "NĐ 09/2019 điều 12 (căn cứ cần kiểm tra lại)" in text
    assert "NĐ 09/2019" not in as_text(report([], MAY))


def test_no_cell_is_a_formula() -> None:
    """A title that looks like one, as `=1+1`, is text in a spreadsheet; numbers stay numbers."""
    assert csv_table(("a", "b"), [["=1+1", -3], [None, "@x"]]) == "\ufeffa,b\r\n'=1+1,-3\r\n,'@x\r\n"
    evil = Totals(SPAN, {"=H1": random_share(1, Random(1))._replace(title=Text("=cmd", "=cmd"))})
    row = next(
        line
        for line in csv.DictReader(io.StringIO(totals_csv(evil, ()).removeprefix("\ufeff")))
        if line["part"] == "agency"
    )
    assert (row["agency"], row["key"], row["title"]) == ("'=H1", "'=H1", "'=cmd")
    assert tuple(row) == COLUMNS


def test_several_agencies_are_shown() -> None:
    """R103: each agency's line and the whole; the number of agencies is no rate of coverage, and none is printed."""
    whole = Totals.all(agencies())
    text, english = (as_lines.write(totals_document(whole, lang)) for lang in ("vi", "en"))
    assert text.startswith("277 cơ quan - Số liệu của nhiều cơ quan\ntháng 05/2021\n")
    assert "Số cơ quan không phải số hệ thống chất lượng" in text
    assert "The number of agencies is no number of quality systems" in english
    assert not any(cell.value in (277, 182) for cell in totals_document(whole, "vi").cells() if "rate" in cell.id)
    assert sum(line.strip().startswith("H32.") for line in text.splitlines()) == 277
    rows = list(csv.DictReader(io.StringIO(totals_csv(whole, ()).removeprefix("\ufeff"))))
    parts = Counter(row["part"] for row in rows)
    assert parts == {"all": 1, "agency": 277, "channel": 278 * 3}
    for figure in FIGURES:
        assert int(rows[0][figure.name]) == sum(int(row[figure.name]) for row in rows if row["part"] == "agency")


# -- the command -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A store with a dossier of May and one of June 2021."""
    url = f"sqlite:///{tmp_path_factory.mktemp('kho')}/mot-cua.db"
    with flowiso.open(Path(__file__).parent.parent / "flows", url, allow_draft=True) as engine:
        for day in ("14/05 08:00", "14/06 08:00"):
            engine.receive("XTTM-01", by="lan.vp", at=local(at(day)))
    return url


@pytest.mark.parametrize(
    ("asked", "first", "last", "received"),
    [
        ("--year 2021", "2021-01-01", "2021-12-31", 2),
        ("--quarter 2021-2", "2021-04-01", "2021-06-30", 2),
        ("--quarter 2021-Q2 --period-rule nd09", "2021-03-15", "2021-06-14", 2),
        ("--six-months 2021", "2021-01-01", "2021-06-30", 2),
        ("--nine-months 2021 --period-rule nd09", "2020-12-15", "2021-09-14", 2),
        ("--month 2021-05", "2021-05-01", "2021-05-31", 1),
        ("--week 2021-W19", "2021-05-10", "2021-05-16", 1),
        ("--from 2021-05-14 --to 14/06/2021", "2021-05-14", "2021-06-14", 2),
        ("--year 2021 --as-of 2021-06-01", "2021-01-01", "2021-12-31", 1),
    ],
)
def test_the_command_takes_any_period(
    asked: str, first: str, last: str, received: int, store: str,
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """R92, R94."""
    code, out, _ = run(capsys, monkeypatch, *asked.split(), "--store", store, "--format", "json")
    told = json.loads(out)
    assert (code, told["from"], told["to"], told["received"]) == (0, first, last, received)
    assert told["cut_off"] == ("2021-06-01T00:00:00+07:00" if "--as-of" in asked else f"{last}T23:59:59+07:00")


@pytest.mark.parametrize(
    "asked",
    [
        "", "--year 2021 --month 2021-05", "--from 2021-05-01", "--to 2021-05-01", "--quarter 2021-5", "--week 2021-W60",
        "--month 2021-13", "--from 2021-05-02 --to 2021-05-01", "--year 2021 --as-of 2020-12-31", "--week x",
        "--year 2021 --totals khong-co.json", "--year 2021 --flows flows --flows flows --store x --store y --store z",
        "--year 2999",
    ],
)  # fmt: skip
def test_what_the_command_refuses(
    asked: str, store: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 2, one line that says why, nothing on standard output; a year that hasn't begun has no real figures."""
    code, out, err = run(capsys, monkeypatch, *asked.split(), "--store", store)
    assert (code, out) == (2, "")
    assert err.startswith("flowiso: ")


def test_the_command_adds_up_agencies(
    store: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """R103: a store and a file of another agency; the same agency twice would count double and is refused."""
    asked = ("--month", "2021-05", "--store", store)
    _, out, _ = run(capsys, monkeypatch, *asked, "--format", "json")
    own, other, again = json.loads(out), tmp_path / "khac.json", tmp_path / "minh.json"
    other.write_text(json.dumps(own | {"agency": "H19.99", "title": "Sở Khác"}), encoding="utf-8")
    again.write_text(out, encoding="utf-8")
    code, out, _ = run(capsys, monkeypatch, *asked, "--totals", str(other), "--format", "json")
    told = json.loads(out)
    assert (code, told["received"], sorted(told["agencies"])) == (0, 2, ["000.00.19.H19", "H19.99"])
    both = tmp_path / "hai.json"
    both.write_text(out, encoding="utf-8")
    _, out, _ = run(capsys, monkeypatch, "--month", "2021-05", "--totals", str(both), "--format", "json")
    assert json.loads(out) == told
    _, out, _ = run(capsys, monkeypatch, *asked, "--totals", str(other))
    assert out.startswith("2 cơ quan - Số liệu của nhiều cơ quan\ntháng 05/2021\n")
    _, out, _ = run(capsys, monkeypatch, *asked, "--totals", str(other), "--format", "csv")
    parts = Counter(row["part"] for row in csv.DictReader(io.StringIO(out.removeprefix("\ufeff"))))
    assert (parts["all"], parts["agency"], parts["procedure"]) == (1, 2, 1)
    for bad in (("--totals", str(again)), ("--store", store)):
        assert run(capsys, monkeypatch, *asked, *bad)[0] == 2
    assert run(capsys, monkeypatch, "--month", "2021-06", "--totals", str(other))[0] == 2
