"""The deadline proof against living every path, on random flows; and the cases the law makes hard (R63, R70-R75)."""

from __future__ import annotations

import os
from datetime import date, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest
from proofs import HEAD, ORG, calendar, live, random_flow

from flowiso.calendar import Calendar, Sessions
from flowiso.duedate import verdict
from flowiso.errors import BadValue, CalendarUnknown
from flowiso.flowfile import read_flow
from flowiso.library import bundled, load
from flowiso.machine import compile_flow
from flowiso.margins import MOST_BACK, judge
from flowiso.model import RECEIVE, Flow, Move
from flowiso.proof import Proof, Unprovable, Windows, prove
from flowiso.state import State, advance, begin, fold
from flowiso.term import Term
from flowiso.timetable import timetable
from flowiso.words import Words
from flowiso.worktime import TZ, instant, local

DAYS = int(os.environ.get("FLOWISO_RANDOM_DAYS", "0"))
"""Days of receipt for each flow; 0 for a week or two."""

FOUND_WRONG = (543, 863)
"""Flows whose counterexample the engine didn't find late once: nothing left after a pause, two pauses of one step."""

FLOWS = int(os.environ.get("FLOWISO_RANDOM_FLOWS", "100"))


def replay(flow: Flow, proof: Proof) -> tuple[State, State]:
    """The engine's states before and after the gate of the worst way, moved at the moments of its timetable."""
    way = proof.worst
    assert way is not None
    assert way.gate is not None
    assert way.case is not None
    table, time = compile_flow(flow, ORG), calendar()
    stays = timetable(flow, way.stretch, way.gate, way.case, time, proof.allowance)
    state = begin(table, time, Move(0, way.case.at, "mot-cua.1", RECEIVE, table.first.id, "mot-cua.1"))
    before = state
    for n, stay in enumerate(stays, 1):
        assert stay.hop.step.id == state.row.id
        assert state.row.stopped or state.step_due is None or stay.ends <= state.step_due, "nobody takes longer"
        before = state
        row = state.row.arcs[stay.hop.arrow.action].row
        state = advance(time, state, Move(n, stay.ends, state.holder, stay.hop.arrow.action, row.id, ""))
    return before, state


@pytest.mark.no_cover
@pytest.mark.parametrize("seed", range(FLOWS))
def test_proof_agrees_with_living_every_path(seed: int) -> None:
    """R63: a certificate means that nobody is late, a counterexample that the engine finds that dossier late.

    Where no days are paused, both agree on the working time left over to the second.
    """
    flow = random_flow(seed)
    first, last = period(seed)
    if refused(flow):
        with pytest.raises(Unprovable):
            prove(flow, ORG, Windows(calendar(), first, last))
        return
    proof = prove(flow, ORG, Windows(calendar(), first, last))
    tried = live(flow, first.toordinal(), last.toordinal())
    assert not (proof.holds and tried.late), (tried, proof.worst)
    worst = proof.worst
    if worst is None or worst.gate is None or worst.case is None or worst.stretch.opens == "hand-in":
        return
    if not proof.holds:
        before, after = replay(flow, proof)
        assert before.due is not None
        assert verdict(after.at, before.due) == "late"
    elif worst.gate.term.unit == "wd" or (worst.gate.term.unit == "d" and not worst.gate.stops):
        idle = (
            bool(worst.gate.stops) and worst.gate.stops[-1].work == worst.gate.work
        )  # a minute, see proof._after_hours
        assert tried.slack == worst.case.slack + (60 if idle and worst.gate.kind == "result" else 0)


@pytest.mark.parametrize("seed", FOUND_WRONG)
def test_counterexamples_that_were_wrong_once(seed: int) -> None:
    """R75: the engine finds the dossier of the counterexample late (living every path of these takes minutes)."""
    flow = random_flow(seed)
    proof = prove(flow, ORG, Windows(calendar(), *period(seed)))
    assert not proof.holds
    before, after = replay(flow, proof)
    assert before.due is not None
    assert verdict(after.at, before.due) == "late"


def refused(flow: Flow) -> bool:
    """Whether the flow pauses a term in hours of the clock, or waits with the clock running: refused, not guessed."""
    asking = [arrow for step in flow.steps for arrow in step.arrows if arrow.kind in ("supplement", "fee", "repair")]
    policies = {flow.stop_policy(arrow) for arrow in asking}
    hours = flow.deadline is not None and flow.deadline.unit == "h"
    return "none" in policies or (hours and "pause" in policies)


def period(seed: int) -> tuple[date, date]:
    """Some weeks of receipts, by turns around Tết, around 30 April and anywhere in 2018-2025."""
    draw = Random(seed)
    year, (month, days) = draw.randint(2018, 2025), draw.choice(((1, 20), (4, 20), (draw.randint(1, 12), 1)))
    first = date(year, month, days)
    while not calendar().is_working_day(first):
        first += timedelta(days=1)
    days = DAYS if not days_are_paused(random_flow(seed)) else 0
    return first, first + timedelta(days=days or draw.randint(7, 14))


def days_are_paused(flow: Flow) -> bool:
    """Whether days of asking and handing in are tried too, which takes a hundred times as long."""
    return bool(flow.deadline and flow.deadline.unit == "d" and any(step.clock == "stopped" for step in flow.steps))


SIMPLE = (
    HEAD
    + """
steps:
  nhan:  {{by: mot-cua, within: {first}, then: {{khong: khong}}}}
  xu-ly: {{by: chuyen-vien, within: {second}{then}}}
  ky:    {{by: giam-doc, within: {third}, then: {{tra-lai: {{to: xu-ly, kind: send-back}}, xong: xong}}}}
aside:
  gui:   {{by: mot-cua, within: 2wh, then: {{gui: cho}}}}
  cho:   {{by: nguoi-nop, clock: stopped, then: {{da-nop: xu-ly}}}}
ends: {{xong: granted, khong: refused-intake}}
facts: [{{of: [steps], read: x}}]
"""
)
ASKS = ", then: {hoi: {to: gui, kind: supplement}}"


def simple(deadline: str, first: str, second: str, third: str, then: str = ASKS, policy: str = "restart") -> Flow:
    """Three steps, with a loop to the applicant."""
    words = {"deadline": deadline, "first": first, "second": second, "third": third, "then": then, "policy": policy}
    flow, findings = read_flow(SIMPLE.format(**words).encode(), "a-1.yaml", Words())
    assert flow is not None
    assert not findings
    return flow


def year(first: int, last: int | None = None) -> Windows:
    """The windows of receipts in some years."""
    return Windows(calendar(), date(first, 1, 1), date(last or first, 12, 31))


def worst(proof: Proof) -> tuple[int, str]:
    """The slack of the worst way in working minutes, and the day of receipt."""
    assert proof.worst is not None
    assert proof.worst.case is not None
    return proof.worst.case.slack // 60, f"{local(proof.worst.case.at):%d/%m/%Y}"


def test_five_calendar_days_before_tet() -> None:
    """R63, R70, R79: received on the last day before Tết 2021, 5 calendar days hold one working day (17/02)."""
    proof = prove(simple("5d", "4wh", "8wh", "4wh", then=""), ORG, year(2021))
    assert not proof.holds
    assert worst(proof) == (-8 * 60, "09/02/2021")
    _, state = replay(simple("5d", "4wh", "8wh", "4wh", then=""), proof)
    assert f"{local(state.at):%d/%m/%Y %H:%M}" == "18/02/2021 17:00"
    assert state.due is not None
    assert f"{local(state.due):%d/%m/%Y}" == "17/02/2021"
    assert prove(simple("5d", "2wh", "4wh", "2wh", then=""), ORG, year(2021)).holds


@pytest.mark.parametrize(
    ("term", "hours"), [("20d", 72), ("30d", 120), ("1wd", 8), ("15wd", 120), ("7d", 8), ("8wh", 8), ("24h", 0)]
)
def test_leanest_windows(term: str, hours: int) -> None:
    """R63, R70: what a term holds at least in 2018-2026; 20 and 30 calendar days hold 9 and 15 working days."""
    assert Windows(calendar()).lean(Term.parse(term)).slack == hours * 3600


@pytest.mark.parametrize("days", range(1, 45))
def test_windows_of_calendar_days_counted_by_hand(days: int) -> None:
    """R63, R70: the leanest window of 2021's receipts equals counting working days one by one."""
    time, leanest = calendar(), 10**9
    for number in range(date(2021, 1, 1).toordinal(), date(2021, 12, 31).toordinal() + 1):
        due = date.fromordinal(number + days)
        while not time.is_working_day(due):
            due += timedelta(days=1)
        held = sum(time.is_working_day(date.fromordinal(n)) for n in range(number + 1, due.toordinal() + 1))
        leanest = min(leanest, 8 * 3600 * held)
    assert year(2021).lean(Term.parse(f"{days}d")).slack == leanest


def test_pause_costs_only_its_own_steps() -> None:
    """R75: after a pause the step goes on with what was left, so a loop costs what sending the request takes."""
    flow = simple("3wd", "4wh", "12wh", "6wh", policy="pause")
    assert worst(prove(flow, ORG, year(2021)))[0] == 0
    assert worst(prove(simple("3wd", "4wh", "12wh", "6.5wh", policy="pause"), ORG, year(2021)))[0] == -30


def test_restart_begins_afresh() -> None:
    """R43: the term and the re-entered step begin again, so the way after it is short; asking late gains nothing (R129)."""
    proof = prove(simple("3wd", "4wh", "12wh", "8wh"), ORG, year(2021))
    assert proof.holds
    assert {(way.stretch.opens, way.stretch.closes) for way in proof.ways} == {
        ("receipt", "result"), ("receipt", "asked"), ("hand-in", "result"),
    }  # fmt: skip
    late = prove(simple("3wd", "4wh", "19wh", "0.5wh"), ORG, year(2021))
    assert late.worst is not None
    assert late.worst.gate is not None
    assert (late.worst.gate.kind, worst(late)[0]) == ("asked", -60)


def test_calendar_days_left_by_a_pause_may_fall_on_tet() -> None:
    """R75, R79: 20 calendar days hold 9 working days at least, but what a pause leaves of them may hold almost none."""
    assert prove(simple("20d", "8wh", "40wh", "16wh"), ORG, Windows(calendar())).holds
    flow = simple("20d", "8wh", "40wh", "16wh", policy="pause")
    proof = prove(flow, ORG, Windows(calendar()))
    assert not proof.holds
    before, after = replay(flow, proof)
    assert before.due is not None
    assert verdict(after.at, before.due) == "late"


def test_the_law_of_a_term_set_on_the_way() -> None:
    """R129: an arrow that sets a longer term must be taken before the first one runs out."""

    def proved(first: str) -> Proof:
        longer = ", then: {hoi: {to: phu, deadline: 10wd}}"
        text = SIMPLE.replace("aside:", "aside:\n  phu: {{by: giam-doc, within: 40wh, then: {{ve: ky}}}}")
        text = text.format(deadline="3wd", first=first, second="8wh", third="4wh", then=longer, policy="restart")
        flow, _ = read_flow(text.encode(), "a-1.yaml", Words())
        assert flow is not None
        return prove(flow, ORG, year(2021))

    assert proved("4wh").holds
    refused = proved("17wh")
    gates = {way.gate.kind for way in refused.ways if way.gate and way.case and way.case.slack < 0}
    assert gates == {"taken", "result"}


def test_silence_is_in_time() -> None:
    """Archetype notify/silence: the due moment itself grants; only the objection must come before it."""
    library = load(bundled())
    proof = prove(library.find("QLCT-04"), library.org, year(2021))
    assert proof.holds
    assert [way.gate.kind for way in proof.ways if way.gate] == ["asked"]


SHIPPED = load(bundled())
EVERY_YEAR = Windows(calendar())


@pytest.mark.parametrize("flow", SHIPPED.flows, ids=lambda flow: f"{flow.code}@{flow.version}")
def test_shipped_flows(flow: Flow) -> None:
    """R63: every shipped flow keeps its term for every receipt of 2018-2026; its stretches are the engine's own."""
    verdict_ = judge(flow, SHIPPED.org, EVERY_YEAR)
    assert not verdict_.failed, verdict_
    assert flow.deadline is None or verdict_.proof is not None


@pytest.mark.parametrize("seed", range(0, 120, 2))
def test_margins_are_the_greatest_that_fit(seed: int) -> None:
    """The margin of waits and send-backs holds as an obligation, and a minute or a send-back more doesn't."""
    flow, windows = random_flow(seed), year(2021)
    found = judge(flow, ORG, windows)
    if found.proof is None or found.margin is None or not found.proof.holds:
        return
    wait, backs = found.margin.wait, found.margin.send_backs
    if wait is not None:
        assert prove(flow, ORG, windows, wait=60 * wait).holds
        assert not prove(flow, ORG, windows, wait=60 * (wait + 1)).holds
    assert backs is not None
    assert backs == MOST_BACK or not any_back(flow) or not prove(flow, ORG, windows, backs + 1).holds


def any_back(flow: Flow) -> bool:
    """Whether the flow can send back."""
    return any(arrow.kind == "send-back" for step in flow.steps for arrow in step.arrows)


def test_send_backs_that_fit() -> None:
    """A send-back costs the steps it walks again: 12 of 40 working hours, so that two fit and three don't."""
    flow = simple("5wd", "4wh", "8wh", "4wh", then="")
    found = judge(flow, ORG, year(2021))
    assert found.margin is not None
    assert found.margin.send_backs == 2
    assert prove(flow, ORG, year(2021), send_backs=2).holds
    assert worst(prove(flow, ORG, year(2021), send_backs=3))[0] == -12 * 60


def test_waits_that_fit() -> None:
    """Three holders hand over twice: 8 spare hours are 4 at each; a wait is an obligation when asked for."""
    flow = simple("3wd", "4wh", "8wh", "4wh", then="")
    found = judge(flow, ORG, year(2021))
    assert found.margin is not None
    assert found.margin.wait == 240
    assert prove(flow, ORG, year(2021), wait=240 * 60).holds
    assert not prove(flow, ORG, year(2021), wait=241 * 60).holds


@pytest.mark.parametrize("policy", ["restart", "pause"])
def test_waits_that_fit_beside_a_pause_of_days(policy: str) -> None:
    """R75: where days are paused, the greatest wait at every hand-over is tried, and one minute more is too long."""
    flow, windows = simple("9d", "2wh", "4wh", "2wh", policy=policy), year(2021)
    found = judge(flow, ORG, windows)
    assert found.margin is not None
    assert found.margin.wait is not None
    assert prove(flow, ORG, windows, wait=60 * found.margin.wait).holds
    assert not prove(flow, ORG, windows, wait=60 * (found.margin.wait + 1)).holds


def test_waits_of_who_hands_nothing_over() -> None:
    """One holder alone waits for nobody, so there is no greatest wait."""
    found = judge(made("  nhan: {by: mot-cua, within: 2wh, then: {xong: xong}}\n", "1wd"), ORG, year(2021))
    assert found.margin is not None
    assert (found.margin.wait, found.margin.send_backs) == (None, 0)


def test_the_timetable_shows_the_waits() -> None:
    """A wait asked for lies between the end of one stay and the beginning of the next."""
    flow, time = simple("3wd", "4wh", "8wh", "4wh", then=""), calendar()
    way = prove(flow, ORG, year(2021), wait=5 * 3600).worst
    assert way is not None
    assert way.gate is not None
    assert way.case is not None
    allowance = prove(flow, ORG, year(2021), wait=5 * 3600).allowance
    stays = timetable(flow, way.stretch, way.gate, way.case, time, allowance)
    assert [time.worked(one.ends, other.begins) for one, other in pairwise(stays)] == [5 * 3600] * 2


def test_send_backs_too_many_to_walk() -> None:
    """Honesty: where one more makes more ways than can be walked, nothing is said of how many fit."""
    found = judge(simple("30wd", "1wh", "1wh", "1wh", then=TANGLE), ORG, year(2021))
    assert found.proof is not None
    assert found.margin is not None
    assert found.margin.send_backs is None


def test_terms_beyond_the_calendar() -> None:
    """R80: no due date is known, so nothing is proved; half a working day is no term that is counted by dates (R70)."""
    found = judge(simple("3000wd", "1wh", "1wh", "1wh"), ORG, year(2021))
    assert found.failed
    assert found.why is not None
    assert "2027" in found.why.vi
    windows = Windows(calendar())
    with pytest.raises(CalendarUnknown):
        windows.lean(Term.parse("3000wd"))
    with pytest.raises(BadValue, match=r"0\.5wd phải là số ngày nguyên"):
        windows.lean(Term.parse("0.5wd"))


def test_time_to_find_what_is_missing() -> None:
    """R43: the request must be out within 3 working days: 4 hours of intake and 2 of sending leave 18 to look."""
    found = judge(simple("10wd", "4wh", "40wh", "4wh"), ORG, year(2021))
    assert found.margin is not None
    assert [(hop.arrow.action, left) for hop, left in found.margin.notices] == [("hoi", 18 * 3600)]


@pytest.mark.parametrize(("term", "hours"), [("3wd", 16), ("1wd", 0), ("5d", 0), ("20d", 64), ("8wh", None)])
def test_last_day_for_an_apology(term: str, hours: int | None) -> None:
    """R49: the last working day that is a day before the due date; 1wd leaves only the day of receipt."""
    assert Windows(calendar()).apology(Term.parse(term)) == (None if hours is None else hours * 3600)


def test_what_cannot_be_proved_says_so() -> None:
    """Honesty: running steps in calendar time and flows with endless many ways are not called proved."""
    for flow, word in (
        (simple("5wd", "4wh", "1d", "4wh"), "xu-ly"),
        (simple("48h", "1wh", "1wh", "1wh", policy="pause"), "48h"),
        (simple("9wd", "1wh", "1wh", "1wh", then=LOOPS), "quá nhiều"),
    ):
        found = judge(flow, ORG, year(2021))
        assert found.failed
        assert found.proof is None
        assert found.why is not None
        assert word in found.why.vi


TANGLE = "".join(f", lai-{n}: {{to: xu-ly, kind: send-back}}" for n in range(12)).join((", then: {xong: ky", "}"))
LOOPS = ", then: {a: {to: xu-ly, times: 9}, b: {to: xu-ly, times: 9}, xong: ky}"


def made(steps: str, deadline: str = "7wd", policy: str = "restart", more: str = "") -> Flow:
    """A flow of these rows."""
    head = HEAD.format(deadline=deadline, policy=policy)
    ends = "ends: {xong: granted, khong: refused-intake, rut: withdrawn}\nfacts: [{of: [steps], read: x}]\n"
    flow, findings = read_flow(f"{head}\n{more}steps:\n{steps}{ends}".encode(), "a-1.yaml", Words())
    assert flow is not None
    assert not findings, findings
    return flow


LONG = "  lai: {by: van-thu, within: 80wh, then: {ve: ky}}\n"
LOOP = """  nhan: {by: mot-cua, within: 4wh}
  xu-ly: {by: chuyen-vien, within: 8wh, then: {hoi: {to: cho, kind: supplement}}}
  ky: {by: giam-doc, within: 4wh, then: {xong: xong}}
aside:
  cho: {by: nguoi-nop, clock: stopped, then: {da-nop: BACK}}
"""


@pytest.mark.parametrize(
    ("back", "rest"),
    [
        ("lai", LONG),
        (
            "cho-2",
            "  cho-2: {by: nguoi-nop, clock: stopped, then: {di: lai}}\n  lai: {by: van-thu, within: 80wh, then: {ve: ky}}\n",
        ),
        (
            "cho-2",
            "  cho-2: {by: nguoi-nop, clock: stopped, then: {lui: cho, di: lai}}\n"
            "  lai: {by: van-thu, within: 80wh, then: {ve: ky}}\n",
        ),
        ("{to: xu-ly, deadline: 1wd}", ""),
    ],
    ids=["to another step", "over a second wait", "over waits in a circle", "with a term of its own"],
)
def test_every_new_start_of_the_clock_is_followed(back: str, rest: str) -> None:
    """R43: wherever a supplement comes back to, with whatever term: the way from there is too long and is found."""
    flow = made(LOOP.replace("BACK", back) + rest)
    proof = prove(flow, ORG, year(2021))
    assert not proof.holds
    assert proof.worst is not None
    assert proof.worst.stretch.opens == "hand-in"


@pytest.mark.parametrize(("hours", "holds"), [(8, True), (9, False)])
def test_a_term_that_only_an_arrow_sets(hours: int, holds: bool) -> None:
    """R40: without a term nothing is late; what an arrow sets is kept or missed from the receipt on."""
    steps = f"""  nhan: {{by: mot-cua, within: 4wh, then: {{gap: {{to: nhanh, deadline: 1wd}}}}}}
  ky: {{by: giam-doc, within: 80wh, then: {{xong: xong}}}}
aside:
  nhanh: {{by: giam-doc, within: {hours - 4}wh, then: {{xong: xong}}}}
"""
    proof = prove(made(steps, "none", more="no_deadline_reason: luật không quy định\n"), ORG, year(2021))
    assert proof.holds is holds
    assert [way.gate for way in proof.ways if way.stretch.hops[-1].step.id == "ky"] == [None]


def test_a_pause_at_the_end_of_the_calendar() -> None:
    """R80: a request so late that no day of handing in has a due date that is known is no reason to call a flow late."""
    flow = simple("20d", "2wh", "4wh", "2wh", policy="pause")
    proof = prove(flow, ORG, Windows(calendar(), date(2026, 12, 1), date(2026, 12, 31)))
    assert proof.holds
    (gate,) = {way.gate for way in proof.ways if way.gate and way.gate.stops}
    with pytest.raises(CalendarUnknown):
        Windows(calendar(), date(2026, 12, 20), date(2026, 12, 31)).case(gate)


def test_arrows_from_anywhere_are_ways_too() -> None:
    """R63: an arrow that leaves every step may be taken once at each, and leads to work; withdrawing doesn't."""
    steps = "  nhan: {by: mot-cua, within: 4wh}\n  ky: {by: giam-doc, within: 4wh, then: {xong: xong}}\n"
    more = "anywhere: {rut: {to: rut, kind: withdraw}, giai-trinh: {to: giai-trinh, times: 1}}\n"
    aside = "aside:\n  giai-trinh: {by: chuyen-vien, within: HOURS, then: {ve: ky}}\n"
    assert prove(made(steps + aside.replace("HOURS", "8wh"), "4wd", more=more), ORG, year(2021)).holds is False
    assert prove(made(steps + aside.replace("HOURS", "4wh"), "4wd", more=more), ORG, year(2021)).holds


@pytest.mark.parametrize(
    "row",
    [
        "  giua: {by: chuyen-vien, clock: none}\n",
        "  giua: {by: chuyen-vien, until: moc}\n",
        "  giua: {by: chuyen-vien, within: 1wh, then: {hoi: {to: cho, kind: supplement, policy: none}}}\n",
    ],
    ids=["no time", "milestone", "the applicant waited for while the clock runs"],
)
def test_time_that_nobody_knows_is_no_proof(row: str) -> None:
    """Honesty: a step without a time, or a wait that counts and has no limit, is never called proved."""
    aside = "aside:\n  cho: {by: nguoi-nop, clock: stopped, then: {da-nop: giua}}\n" if "cho" in row else ""
    steps = (
        f"  nhan: {{by: mot-cua, within: 1wh}}\n{row}  ky: {{by: giam-doc, within: 1wh, then: {{xong: xong}}}}\n{aside}"
    )
    found = judge(made(steps), ORG, year(2021))
    assert found.failed
    assert found.why is not None


def test_a_wait_that_counts_and_has_a_limit_is_work() -> None:
    """R44: where the clock runs on, the applicant may use all of his limit."""
    steps = """  nhan: {by: mot-cua, within: 4wh, then: {hoi: {to: cho, kind: supplement, policy: none}}}
  ky: {by: giam-doc, within: 4wh, then: {xong: xong}}
aside:
  cho: {by: nguoi-nop, clock: stopped, within: 8wh, then: {da-nop: ky}, at-limit: {het: ky}}
"""
    assert worst(prove(made(steps, "2wd"), ORG, year(2021)))[0] == 0


def test_at_once_is_neither_kept_nor_missed() -> None:
    """R17, R76: a promise of the same visit can't be summed up; what takes more than a day can't be at once."""
    steps = "  nhan: {by: mot-cua, within: HOURS, then: {xong: xong}}\n"
    found = judge(made(steps.replace("HOURS", "2wh"), "immediate"), ORG, year(2021))
    assert (found.failed, found.termed, found.proof) == (False, False, None)
    assert prove(made(steps.replace("HOURS", "9wh"), "immediate"), ORG, year(2021)).holds is False


def test_nothing_left_to_do_after_a_pause() -> None:
    """R72, R75: asked at closing, handed in on Saturday: late with no working time lost, so no slack is no proof."""
    steps = """  nhan: {by: mot-cua, within: 8wh, then: {phi: {to: cho, kind: fee}}}
aside:
  cho: {by: nguoi-nop, clock: stopped, then: {da-nop: xong}}
"""
    flow, table, time = made(steps, "1wd"), compile_flow(made(steps, "1wd"), ORG), calendar()
    proof = prove(flow, ORG, year(2021))
    assert not proof.holds
    closing = instant(datetime(2021, 3, 5, 17, tzinfo=TZ))
    state = begin(
        table, time, Move(0, instant(datetime(2021, 3, 4, 17, tzinfo=TZ)), "mot-cua.1", RECEIVE, "nhan", "mot-cua.1")
    )
    state = advance(time, state, Move(1, closing, "mot-cua.1", "phi", "cho", "nguoi-nop.1"))
    state = advance(time, state, Move(2, closing + 16 * 3600, "nguoi-nop.1", "da-nop", "xong", ""))
    assert state.due is not None
    assert state.resolved is not None
    assert verdict(state.resolved, state.due) == "late"


def test_a_term_set_after_a_restart_counts_from_there() -> None:
    """R43: another term takes over the clock as it stands, restarted; it doesn't fall back to the receipt."""
    steps = """  nhan: {by: mot-cua, within: 8wh, then: {hoi: {to: cho, kind: supplement}}}
  ky: {by: giam-doc, within: 4wh, then: {gap: {to: nhanh, deadline: 5wd}, xong: xong}}
aside:
  nhanh: {by: giam-doc, within: 4wh, then: {xong: xong}}
  cho: {by: nguoi-nop, clock: stopped, then: {da-nop: nhan}}
"""
    table, time = compile_flow(made(steps, "10wd"), ORG), calendar()
    days = (
        (1, "receive", "nhan"),
        (10, "hoi", "cho"),
        (11, "da-nop", "nhan"),
        (12, "chuyen", "ky"),
        (12, "gap", "nhanh"),
    )
    moves = [
        Move(n, instant(datetime(2021, 3, day, 9 + n, tzinfo=TZ)), "x", act, to, "x")
        for n, (day, act, to) in enumerate(days)
    ]
    state = fold(table, time, moves)
    assert state.due is not None
    assert f"{local(state.due):%d/%m/%Y}" == "18/03/2021"  # five working days from Thursday 11/03, the hand-in


def test_five_hundred_rows_and_a_tangle() -> None:
    """T9: the longest legal main path is walked; where everything leads everywhere the proof gives up within a second."""
    rows = "".join(f"  b{n}: {{by: van-thu, within: 0.01wh}}\n" for n in range(499))
    assert prove(made(f"{rows}  ky: {{by: giam-doc, within: 1wh, then: {{xong: xong}}}}\n"), ORG, year(2021)).holds
    tangle = "".join(
        f"  b{n}: {{by: van-thu, within: 1wh, then: {{{', '.join(f'toi-{m}: b{m}' for m in range(14) if m != n)}}}}}\n"
        for n in range(14)
    )
    found = judge(made(f"{tangle}  ky: {{by: giam-doc, within: 1wh, then: {{xong: xong}}}}\n"), ORG, year(2021))
    assert found.failed


def test_days_of_different_length() -> None:
    """R76: where Fridays are short, five steps of a day fit five days, although no day may count as long as the longest."""
    hours = dict.fromkeys(range(4), ((450, 690), (780, 1020))) | {4: ((450, 690), (780, 900))}
    time = Calendar({2021: date(2020, 11, 30), 2022: date(2021, 11, 30)}, [], [Sessions(date(2021, 1, 1), hours)])
    rows = "".join(f"  b{n}: {{by: van-thu, within: 1wd}}\n" for n in range(4))
    flow = made(f"{rows}  ky: {{by: giam-doc, within: 1wd, then: {{xong: xong}}}}\n", "5wd")
    assert prove(flow, ORG, Windows(time, date(2021, 1, 1), date(2021, 12, 31))).holds
    milestone = "  giua: {by: chuyen-vien, until: moc}\n"
    waiting = made(f"{rows}{milestone}  ky: {{by: giam-doc, within: 1wd, then: {{xong: xong}}}}\n", "5wd")
    assert prove(waiting, ORG, Windows(time, date(2021, 1, 1), date(2021, 12, 31)), every=False).holds, "but for it"
    whole = Windows(time)  # receipts of the last days have no due date that is known
    assert prove(flow, ORG, whole).holds
    found = judge(flow, ORG, whole)
    assert found.margin is not None
    assert found.margin.wait is None, "what a wait costs depends on the day"
    longer = made(f"{rows}  ky: {{by: giam-doc, within: 1.5wd, then: {{xong: xong}}}}\n", "5wd")
    assert not prove(longer, ORG, Windows(time, date(2021, 1, 1), date(2021, 12, 31))).holds
