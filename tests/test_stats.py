"""The year's figures: the columns of II.06a, their identities, and what stands beside them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import pytest
from cases import IN_TIME, LATE, ORG, OVERDUE, Log, at, flow, plain, table
from hypothesis import given, settings
from hypothesis import strategies as st
from test_life import asked, sent_to

import flowiso
from flowiso import cli
from flowiso.calendar import Calendar
from flowiso.decision import actions, system_move
from flowiso.errors import BadValue, FlowISOError
from flowiso.figures import Counts, Group
from flowiso.library import load_calendar
from flowiso.model import APPLICANT, BOUNCE, CONFIRM, REAPPOINT, REASSIGN, RECALL, RECEIVE, Move
from flowiso.period import Period
from flowiso.reports import text as as_lines
from flowiso.reports.figures import figures_document
from flowiso.state import ripe
from flowiso.stats import CAUSES, Report, identities, tally
from flowiso.text import Text, many, percent, percent_shown
from flowiso.worktime import local

SHIPPED = Path(__file__).parent.parent / "flows"
FLOWS = (flow(), flow("MAU-02", "khi", "1wd", level=3, linked=True), flow("MAU-03", "khi", "none"))
SEPTEMBER = Period(date(2021, 9, 1), date(2021, 9, 30))
OCTOBER = Period(date(2021, 10, 1), date(2021, 10, 31))
YEAR = Period.year(2021)


def report(logs: Iterable[Log], calendar: Calendar, period: Period = YEAR, simulated: bool = False) -> Report:
    """The figures of the logs, each cut at the period's end (R92), with the identities checked (R90)."""
    cut = (log.until(f"{local(period.end):%d/%m/%Y %H:%M:%S}") for log in logs)
    result = tally((log.life for log in cut if log.moves), period, calendar, ORG, FLOWS, simulated)
    assert identities(result) == ()
    return result


def as_text(found: Report, lang: str = "vi") -> str:
    """The figures as lines of text."""
    return as_lines.write(figures_document(found, lang))


def some(counts: Counts) -> dict[str, int]:
    """The counts that are not 0."""
    return {name: count for name, count in counts._asdict().items() if count}


def of(log: Log, calendar: Calendar, period: Period = YEAR) -> dict[str, int]:
    """Where one dossier stands."""
    return some(report([log], calendar, period).counts)


def test_period(calendar: Calendar) -> None:
    """R94: explicit dates, local midnight to the last second."""
    assert (YEAR.start, YEAR.end) == (at("01/01 00:00"), at("01/01/2022 00:00") - 1)
    assert (YEAR.first, YEAR.last) == (date(2021, 1, 1), date(2021, 12, 31))
    with pytest.raises(BadValue):
        Period(date(2021, 2, 1), date(2021, 1, 31))
    for year in (0, 1899, 3000):
        with pytest.raises(BadValue, match="1900 đến 2999"):
            Period.year(year)


def test_each_verdict(calendar: Calendar) -> None:
    """R72: early, on time (18:00 on the due date too), late."""
    merits = {"received": 1, "resolved": 1, "merits": 1}
    for when, column in (("20/09 08:00", "early"), ("21/09 18:00", "on_time")):
        log = plain(table(), calendar, (*IN_TIME[:3], "14/09 14:00", when))
        early = {"early_by_law": 1} if column == "early" else {}
        assert of(log, calendar) == merits | {column: 1, "merits_in_time": 1} | early
    assert of(plain(table(), calendar, (*IN_TIME[:4], "22/09 00:00")), calendar) == merits | LATE


def test_open(calendar: Calendar) -> None:
    """Columns 12 and 13, measured at the period's end."""
    log = Log(table(), calendar, "24/09 08:00")
    base = {"received": 1, "open": 1}
    assert of(log, calendar, Period(date(2021, 9, 1), date(2021, 10, 1))) == base | {"open_in_time": 1}
    assert of(log, calendar, Period(date(2021, 9, 1), date(2021, 10, 2))) == base | OVERDUE
    assert of(asked(calendar, "restart"), calendar) == base | {"open_in_time": 1}
    assert of(asked(calendar, "restart", "22/09 08:00"), calendar) == base | OVERDUE
    assert of(Log(table("MAU-03", "khi", "none"), calendar, "24/09 08:00"), calendar) == base | {"open_in_time": 1}


def test_withdrawn_stopped_without_term(calendar: Calendar) -> None:
    """R57, R59, R61: column 9 and a line of their own, never in the objective."""
    base = {"received": 1, "resolved": 1, "on_time": 1}
    log = Log(table(), calendar, "14/09 08:00")
    assert of(log.move("15/09 08:00", APPLICANT, "rut"), calendar) == base | {"withdrawn": 1}
    overdue = Log(table(), calendar, "14/09 08:00").move("22/09 08:00", APPLICANT, "rut")
    assert of(overdue, calendar) == base | {"withdrawn": 1, "closed_overdue": 1}
    assert of(asked(calendar, "restart").move("30/09 10:00", "lan", "dong"), calendar) == base | {"stopped": 1}
    free = plain(table("MAU-03", "khi", "none"), calendar, (*IN_TIME[:4], "15/12 08:00"))
    assert of(free, calendar) == base | {"no_term": 1}
    found = report([log, overdue, free], calendar)
    assert (found.in_time_rate, found.late_rate, found.objective_rate) == ("100.00", "0.00", None)
    assert found.objective_met is None


@pytest.mark.parametrize(
    ("resolved", "until", "counted"),
    [
        ("", "2021-09-21", {"open": 1, "open_in_time": 1}),
        ("", "2021-09-24", {"open": 1, "open_in_time": 1, "overdue_by_law": 1, "reappointed_in_time": 1}),
        ("", "2021-09-25", {"open": 1, "open_overdue": 1, "overdue_by_law": 1}),
        ("21/09 10:00", "2021-09-30", {"early": 1, "merits_in_time": 1}),
        ("24/09 18:00", "2021-09-30", {"on_time": 1, "late_by_law": 1, "reappointed_in_time": 1}),
        ("27/09 08:00", "2021-09-30", {"late": 1, "late_by_law": 1}),
    ],
)
def test_reappointed(resolved: str, until: str, counted: dict[str, int], calendar: Calendar) -> None:
    """R49, R50: due Tuesday 21/09, re-appointed to 24/09: columns go by the new day, the law's stands beside."""
    log = Log(table(), calendar, "14/09 08:00").move("14/09 09:00", "lan", "chuyen", "sep")
    log.move("15/09 08:00", "sep", "chuyen", "an").confirm("15/09 09:00", "an")
    line = (log.state.seq + 1, at("17/09 08:00"), "sep", REAPPOINT, "thu-ly", "an", "quá tải", {"until": "2021-09-24"})
    log.add([Move(*line)])
    base = {"received": 1, "reappointed": 1}
    if resolved:
        log.move("20/09 08:00", "an", "chuyen", "sep").move(resolved, "sep", "chuyen", "lan")
        base |= {"resolved": 1, "merits": 1}
    found = report([log], calendar, Period(date(2021, 9, 1), date.fromisoformat(until)))
    assert some(found.counts) == base | counted
    law = found.by_law
    assert identities(law) == ()
    assert (law.late, law.open_overdue) == (counted.get("late_by_law", 0), counted.get("overdue_by_law", 0))
    assert (law.on_time, law.open_in_time) == (int("21/09" in resolved), int(until == "2021-09-21"))
    assert law.by_procedure["MAU-01"].counts == law.counts


def test_refused_intake_and_not_yet_received(calendar: Calendar) -> None:
    """R91: outside the table."""
    log = Log(table(), calendar, "30/09 08:00", channel="online", submitted=True)
    assert of(log, calendar) == {}
    log.move("01/10 09:00", "lan", "thieu")
    assert of(log, calendar, SEPTEMBER) == {}
    assert of(log, calendar, OCTOBER) == {"refused_intake": 1}


def test_silence(calendar: Calendar) -> None:
    log = Log(table(silence=True), calendar, "14/09 08:00").settle("25/09 08:00")
    assert of(log, calendar)["on_time"] == 1
    assert report([log], calendar).objective_rate == "100.00"


def test_carried_over_and_adjacent_periods(calendar: Calendar) -> None:
    """R90: column 6 of a period is column 11 of the one before."""
    logs = [
        plain(table(), calendar, IN_TIME),
        plain(table(), calendar, ("28/09 08:00", "28/09 09:00", "28/09 10:00", "01/10 08:00", "01/10 09:00")),
        Log(table(), calendar, "14/09 08:00", channel="online"),
        asked(calendar, "pause"),
        Log(table(), calendar, "30/09 16:00", submitted=True).move("01/10 08:00", "lan", RECEIVE),
    ]
    first, second = report(logs, calendar, SEPTEMBER), report(logs, calendar, OCTOBER)
    assert (first.received, first.resolved, first.open) == (4, 1, 3)
    assert second.carried_over == first.open
    assert (second.received, second.total, second.resolved, second.open) == (1, 4, 1, 3)
    assert (first.online, first.online_rate, second.online_rate) == (1, "25.00", "0.00")


@pytest.mark.parametrize(
    ("count", "words", "told"),
    [
        (0, ("dossier",), "0 dossiers"),
        (1, ("dossier",), "1 dossier"),
        (1234, ("dossier",), "1,234 dossiers"),
        (1, ("stays", "stay"), "1 stays"),
        (2, ("stays", "stay"), "2 stay"),
    ],
)
def test_how_many(count: int, words: tuple[str, ...], told: str) -> None:
    """One dossier is not "1 dossiers"."""
    assert many(count, *words) == told


def test_as_of(calendar: Calendar) -> None:
    """R92: what happens afterwards doesn't change last month's report; logs that were not cut are refused."""
    log = asked(calendar, "restart")
    wrong = sent_to(calendar, "chi")
    before = report([log, wrong], calendar, SEPTEMBER).to_json()
    log.move("04/10 10:00", "lan", "da-bo-sung", "an")
    wrong.move("05/10 08:00", "chi", BOUNCE).move("05/10 09:00", "sep", REASSIGN, "an")
    assert report([log, wrong], calendar, SEPTEMBER).to_json() == before
    with pytest.raises(BadValue):
        tally([log.life], SEPTEMBER, calendar)


def test_late_stays_late(calendar: Calendar) -> None:
    """R129: a supplement asked when it was late doesn't take it off the list, nor does its end."""
    log = asked(calendar, "restart", "22/09 08:00")
    assert of(log, calendar, SEPTEMBER)["open_overdue"] == 1
    log.move("01/10 10:00", "lan", "da-bo-sung", "an").move("01/10 11:00", "an", "chuyen", "sep")
    log.move("01/10 14:00", "sep", "chuyen", "lan")
    assert of(log, calendar, OCTOBER)["late"] == 1


def test_misrouted_dossier_is_late_and_the_sender_charged(calendar: Calendar) -> None:
    """R95, R123, R124: the published cause, counted."""
    log = sent_to(calendar, "chi").move("17/09 10:00", "chi", BOUNCE).move("17/09 10:00", "sep", REASSIGN, "an")
    log.confirm("17/09 10:00", "an").move("20/09 10:00", "an", "chuyen", "sep").move(
        "22/09 08:00", "sep", "chuyen", "thao"
    )
    found = report([log, plain(table(), calendar, IN_TIME, "2")], calendar)
    assert (found.late, found.misrouted, found.misrouted_dossiers) == (1, 1, 1)
    assert found.late_by_cause == dict.fromkeys(CAUSES, 0) | {"misrouted_account": 1}
    assert tuple(found.late_by_cause) == CAUSES
    assert len(CAUSES) == 9
    sender, receiver = found.by_officer["sep"], found.by_officer["an"]
    assert (sender.name, sender.division, sender.misrouted, sender.lost_minutes) == ("Sep", "phong", 1, 24 * 60)
    assert (sender.steps, sender.late_steps) == (4, 2)
    assert (receiver.steps, receiver.late_steps) == (2, 0)
    assert "chi" not in found.by_officer
    assert list(found.by_officer) == sorted(found.by_officer)


def test_time_in_a_wrong_account_counts_while_it_lasts(calendar: Calendar) -> None:
    log = sent_to(calendar, "chi")
    sender = report([log], calendar, SEPTEMBER).by_officer["sep"]
    assert (sender.late_steps, sender.misrouted) == (1, 1)
    assert report([log], calendar, OCTOBER).misrouted == 0
    assert of(log, calendar, SEPTEMBER)["suspected"] == 1


def test_groups(calendar: Calendar) -> None:
    """By field - those without dossiers too - and by procedure with dossiers."""
    logs = [
        plain(table(), calendar, IN_TIME),
        Log(table("MAU-02", "khi", "1wd"), calendar, "14/09 08:00", channel="online"),
        Log(table("MAU-02", "khi", "1wd"), calendar, "14/09 08:00", submitted=True).move("14/09 09:00", "lan", "thieu"),
    ]
    found = report(logs, calendar)
    assert {key: some(group.counts).get("received") for key, group in found.by_field.items()} == {"dien": 1, "khi": 1}
    assert found.by_field["khi"].title == Text("Khí", "Gas")
    assert list(found.by_procedure) == ["MAU-01", "MAU-02"]
    assert found.by_procedure["MAU-02"].counts.refused_intake == 1
    assert found.by_procedure["MAU-02"].counts.late_rate is None
    assert found.catalogue.to_json() == {
        "total": 3,
        "fields": 2,
        "level_1": 0,
        "level_2": 0,
        "level_3": 1,
        "level_4": 2,
        "interconnected": 1,
        "with_dossiers": 2,
    }


def test_the_catalogue_is_that_of_the_last_day(calendar: Calendar) -> None:
    """R92: a procedure whose flow came into force later, or had ended by then, isn't in it; of versions the one in force is."""
    period = YEAR
    after, day = date(period.last.year + 1, 1, 1), period.last
    flows = (
        flow("MAU-01")._replace(effective_to=day),
        flow("MAU-01")._replace(version=2, effective=day, online_level=3),
        flow("MAU-02")._replace(effective=after),
        flow("MAU-03")._replace(effective_to=day),
        flow("MAU-04")._replace(effective_to=after),
    )
    found = tally([], period, calendar, ORG, flows).catalogue.to_json()
    assert [found[key] for key in ("total", "level_3", "level_4")] == [2, 1, 1]


def test_internal_processes_are_counted_nowhere(calendar: Calendar) -> None:
    """The 16 internal processes run on the same engine and are never among the procedures, their fields, their figures."""
    internal = flow("MAU-02", "khi")._replace(kind="internal")
    logs = [plain(table(), calendar, IN_TIME), plain(table("MAU-02", "khi"), calendar, IN_TIME)]
    lives = [log.until("31/12/2021 23:59:59").life for log in logs]
    found = tally(lives, YEAR, calendar, ORG, (flow(), internal))
    assert found.to_json() == tally(lives[:1], YEAR, calendar, ORG._replace(fields=dien_only()), (flow(),)).to_json()
    assert (found.received, found.catalogue.total, list(found.by_field)) == (1, 1, ["dien"])
    assert identities(found) == ()
    both = tally(lives, YEAR, calendar, ORG, (flow(), internal, flow("MAU-03", "khi")))
    assert (both.received, both.catalogue.fields, list(both.by_field)) == (1, 2, ["dien", "khi"])


def dien_only() -> dict[str, Text]:
    """The agency's fields without the one that holds the internal process."""
    return {"dien": ORG.fields["dien"]}


def test_without_org_and_flows(calendar: Calendar) -> None:
    found = tally([plain(table(), calendar, IN_TIME).life], YEAR, calendar)
    assert (found.received, found.by_field, found.by_procedure["MAU-01"].title.vi) == (1, {}, "MAU-01")
    assert found.by_officer["an"].name == "an"
    assert identities(found) == ()


def test_json_contract(calendar: Calendar) -> None:
    """Keys other programs rely on."""
    found = report([plain(table(), calendar, IN_TIME, channel="online")], calendar, simulated=True)
    content = found.to_json("en")
    assert json.loads(json.dumps(content)) == content
    counts = {
        "received", "carried_over", "resolved", "open", "open_in_time", "open_overdue", "early", "on_time", "late",
        "in_time", "no_term", "withdrawn", "stopped", "refused_intake", "in_time_rate", "late_rate", "objective_rate",
        "online", "online_rate", "misrouted", "total",
    }  # fmt: skip
    assert counts | {"late_by_cause", "by_field", "by_procedure", "by_officer"} <= content.keys()
    assert (content["year"], content["from"], content["to"]) == (2021, "2021-01-01", "2021-12-31")
    assert (content["simulated"], content["agency"], content["title"]) == (True, "H19.1", "Sample Department")
    assert (content["in_time_rate"], content["online_rate"], content["late_rate"]) == ("100.00", "100.00", "0.00")
    for group in (content["by_field"]["dien"], content["by_procedure"]["MAU-01"]):
        assert counts | {"title"} <= group.keys()
    assert {"name", "division", "steps", "late_steps", "misrouted"} <= content["by_officer"]["an"].keys()
    assert report([], calendar, SEPTEMBER).to_json()["year"] is None
    assert report([], calendar).to_json()["in_time_rate"] is None


def test_percent() -> None:
    """R111: half up on exact decimals, never all or nothing when it isn't."""
    assert percent(13_637, 13_641) == "99.97"
    assert percent(4, 13_641) == "0.03"
    assert percent(99_997, 100_000) == "99.997"
    assert percent(3, 100_000) == "0.003"
    assert percent(0, 0) is None
    assert percent(1, 800) == "0.13"
    assert percent(12_345, 1_000_000) == "1.23"
    assert percent(1, 32) == "3.13"
    assert (percent(0, 7), percent(7, 7)) == ("0.00", "100.00")
    assert percent_shown(percent(13_637, 13_641)) == "99,97%"
    assert percent_shown(None) == "không phát sinh"


@pytest.mark.parametrize(("late", "met"), [(136, True), (137, False), (0, True)])
def test_objective_of_the_2021_report(late: int, met: bool) -> None:
    """More than 99 % of 13,641: at most 136 late."""
    assert Counts(merits=13_641, merits_in_time=13_641 - late).objective_met is met
    assert Counts(merits=100, merits_in_time=99).objective_met is False


def test_identities_are_found_broken() -> None:
    """R90."""
    good = Counts(received=2, resolved=1, open=1, early=1, open_in_time=1, merits=1, merits_in_time=1, early_by_law=1)
    assert identities(Report(YEAR, good)) == ()
    for fault in (
        Report(YEAR, good._replace(received=3)),
        Report(YEAR, good._replace(early=2)),
        Report(YEAR, good._replace(open_overdue=1)),
        Report(YEAR, good._replace(merits=0)),
        Report(YEAR, good._replace(late_by_law=1)),
        Report(YEAR, good._replace(early_by_law=2)),
        Report(YEAR, good._replace(overdue_by_law=1)),
        Report(YEAR, good._replace(online=3)),
        Report(YEAR, good, by_field={"dien": Group(Text("Điện", "Electricity"), Counts())}),
        Report(YEAR, good, late_by_cause={"other": 1}),
    ):
        assert identities(fault)


def test_unknown_attribute() -> None:
    with pytest.raises(AttributeError):
        _ = Report(YEAR, Counts()).nothing


def test_text(calendar: Calendar) -> None:
    """R93, R110: figures with their denominators, period and cut-off, in both languages."""
    logs = [
        plain(table(), calendar, IN_TIME, channel="online"),
        plain(table(), calendar, (*IN_TIME[:4], "22/09 08:00")),
        sent_to(calendar, "chi"),
    ]
    text = as_text(report(logs, calendar))
    head = text.splitlines()
    assert head[:2] == ["Sở Mẫu - Số liệu giải quyết thủ tục hành chính", "năm 2021"]
    assert "Thủ tục đang có hiệu lực: 3; Lĩnh vực: 2; Mức độ 3: 1; Mức độ 4: 2; Liên thông: 1; Có phát sinh" in text
    assert (
        "tiếp nhận 3; đúng hạn 1 (50,00%); trễ hạn 1 (50,00%); trực tuyến 1 (33,33%); mục tiêu > 99%: không đạt (50,00%)"
        in " ".join(text.split())
    )
    assert "Kỳ: 01/01/2021 - 31/12/2021" in text
    assert "chuyển nhầm tài khoản" in text
    assert "MÔ PHỎNG" not in text
    english = as_text(report(logs, calendar, simulated=True), "en")
    assert "received 3; in time 1 (50.00%)" in english
    assert "SIMULATED DATA" in english
    assert not any(line != line.rstrip() for line in (text + english).splitlines())
    empty = as_text(report([], calendar, OCTOBER))
    assert "đúng hạn 0 (không phát sinh)" in empty
    assert empty.splitlines()[1] == "tháng 10/2021"
    assert "Kỳ: 01/10/2021 - 31/10/2021\nChốt số liệu: lúc 23:59:59 ngày 31/10/2021" in empty
    assert "mục tiêu > 99%: không phát sinh" in " ".join(empty.split())


def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: str) -> tuple[int, str, str]:
    """`flowiso report ARGUMENTS` in this process: exit code, standard output, standard error."""
    monkeypatch.setattr("sys.argv", ["flowiso", "report", "--flows", str(SHIPPED), *arguments])
    code = cli.run()
    out, err = capsys.readouterr()
    return code, out, err


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line and the library say the same of one store; a store that isn't there is no empty year."""
    url = f"sqlite:///{tmp_path}/mot-cua.db"
    engine = flowiso.open(SHIPPED, url, allow_draft=True)
    engine.receive("XTTM-01", by="lan.vp", channel="online", at=local(at("14/09 08:00")))
    engine.receive("XTTM-01", by="lan.vp", at=local(at("03/01/2022 08:00")))
    expected = engine.stats(2021).to_json()
    engine.store.close()
    code, out, _ = run(capsys, monkeypatch, "--year", "2021", "--store", url, "--format", "json")
    assert (code, json.loads(out)) == (0, expected)
    assert (expected["received"], expected["online"], expected["simulated"]) == (1, 1, False)
    code, out, _ = run(capsys, monkeypatch, "--year", "2021", "--store", url, "--lang", "en")
    assert code == 0
    assert "received 1; in time 0 (none arose)" in out
    code, out, err = run(capsys, monkeypatch, "--year", "2021", "--store", f"sqlite:///{tmp_path}/khac.db")
    assert (code, out, bool(err)) == (2, "", True)


def test_text_is_aligned(calendar: Calendar) -> None:
    """Vietnamese letters are one cell wide in NFC."""
    lines = as_text(report([plain(table(), calendar, IN_TIME)], calendar)).splitlines()
    start = next(at for at, line in enumerate(lines) if line.strip().startswith("lĩnh vực"))
    title, rule, row = lines[start : start + 3]
    assert len(title) == len(rule) == len(row)
    assert set(rule) == {" ", "-"}
    assert row.strip().startswith("Điện")


@lru_cache
def _calendar() -> Calendar:
    return load_calendar(SHIPPED)


_TABLES = (table(), table("MAU-02", "khi", "1wd", "pause", silence=True), table("MAU-03", "khi", "none", "none"))
_DRAWS = st.lists(st.tuples(st.integers(0, 99), st.integers(0, 40 * 3600)), max_size=12)


def _random_log(number: int, draws: list[tuple[int, int]], start: int, submitted: bool) -> Log:
    """A log of moves drawn at random, wrong hand-overs, bounces and silence among them."""
    log = Log(_TABLES[number % 3], _calendar(), f"{start:02d}/09 08:00", str(number), submitted=submitted)
    moment = log.moves[0].at
    accounts = [name for name in ORG.accounts if name != "he-thong"]
    for draw, wait in draws:
        moment += wait
        while timer := ripe(log.state, moment):
            log.add([system_move(log.state, timer, "")])
        verbs = (CONFIRM, RECALL, BOUNCE, REASSIGN, RECEIVE)
        choices = (*actions(log.state) * 3, *verbs)
        action = choices[draw % len(choices)]
        for actor in (log.state.holder, log.state.sender, "lan", APPLICANT):
            if actor and _take(log, moment, actor, action, accounts[draw % len(accounts)]):
                break
    return log


def _take(log: Log, moment: int, actor: str, action: str, to: str) -> bool:
    arc = log.state.row.arcs.get(action)
    fits = list(arc.row.fits) if arc else []
    receivers = (to, *fits) if moment % 3 else (*fits, to)
    for receiver in receivers or ("",):
        try:
            log.move(moment, actor, action, receiver)
        except FlowISOError:
            continue
        return True
    return False


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(_DRAWS, st.integers(1, 30), st.booleans()), max_size=6))
def test_identities_hold_on_random_logs(drawn: list[tuple[list[tuple[int, int]], int, bool]]) -> None:
    """R90 for every period, and column 6 of each is column 11 of the one before; lateness never goes away (R129)."""
    calendar = _calendar()
    logs = [_random_log(number, *draw) for number, draw in enumerate(drawn)]
    periods = [SEPTEMBER, OCTOBER, Period(date(2021, 11, 1), date(2021, 12, 31))]
    reports = [report(logs, calendar, period) for period in periods]
    for before, after in pairwise(reports):
        assert after.carried_over == before.open
    for log in logs:
        overdue = False
        for period in periods:
            when = f"{local(period.end):%d/%m/%Y %H:%M:%S}"
            life = log.until(when).life
            late = life.is_late(period.end)
            assert late or not overdue or life.outcome in ("withdrawn", "stopped")
            overdue = late
            assert all(visit.until is not None for visit in life.visits[:-1])
            assert all(wrong.until is not None for wrong in life.misroutes[:-1])
