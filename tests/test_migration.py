"""Migration to another flow version (R1, R65, T12): plan = what happens, nobody stranded, due dates stay, all or nothing."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from random import Random

import pytest
from cases import at
from versions import (
    LEADER,
    Versions,
    again,
    agency_of_two,
    changed,
    edited,
    go_on,
    kept,
    plain_flows,
    renamed,
    without,
)
from walks import Walk, agency

from flowiso import migrating, migration
from flowiso.app import Agency
from flowiso.dossier import Dossier
from flowiso.engine import Engine
from flowiso.errors import BadValue, Conflict, Incomplete, Misrouted, NotAllowed
from flowiso.ledger import ledger
from flowiso.migration import Landing, Plan
from flowiso.migrationfile import plan_json, read_plan, read_rollback, rollback_json
from flowiso.model import MIGRATE, PAUSE, Flow, Move, Role
from flowiso.org import Org
from flowiso.period import Period
from flowiso.replay import replay
from flowiso.state import State, advance, begin, fold
from flowiso.stats import identities, tally
from flowiso.store import open_store
from flowiso.store.memory import MemoryStore
from flowiso.term import Term
from flowiso.text import Text
from flowiso.tracing import trace
from flowiso.verify import verify_store
from flowiso.versions import rows_of
from flowiso.watch import findings
from flowiso.worktime import TZ, instant, local

CODE = "LTHH-13"
SEEDS = range(30)
EARLY = 1_600_000_000


def liquor() -> Flow:
    """Wholesale liquor, ten working days, as version 1."""
    return agency().library.version(CODE, 1)


def wd(days: int) -> Term:
    return Term(Decimal(days), "wd")


class Desk:
    """An engine over two versions of one flow."""

    def __init__(self, new: Flow, old: Flow | None = None, org: Org | None = None) -> None:
        self.new = new
        self.flows = Versions([old or liquor(), new], org)
        self.store = MemoryStore()
        self.engine = Engine(self.flows, self.store, allow_draft=True)

    def dossier(self, *acts: tuple[str, str, str, str | None], received: str = "04/10 08:00") -> str:
        """A dossier received by lan.vp, and what was done with it: (moment, who, action, to)."""
        found = self.engine.receive(CODE, by="lan.vp", at=moment(received))
        for when, by, action, to in acts:
            found = self.engine.move(found, action, by=by, to=to, at=moment(when), note="lý do", record=_ground(action))
        return found.number

    def examined(self, received: str = "04/10 08:00") -> str:
        """One that lies with an officer for examination."""
        day = received.split()[0]
        heads, officers = self.fits("phan-cong"), self.fits("thu-ly")
        return self.dossier(
            (f"{day} 09:00", "lan.vp", "chuyen", heads[0]),
            (f"{day} 10:00", heads[0], "chuyen", officers[0]),
            received=received,
        )

    def fits(self, step: str) -> list[str]:
        return sorted(self.flows.table(CODE, 1, 2021).rows[step].fits)

    def plan(self, when: str = "05/10 09:00", **names: str) -> Plan:
        mapped = {was.replace("_", "-"): now for was, now in names.items()}
        return migration.plan(self.flows, self.new, self.all(), at(when), mapped)

    def all(self) -> list[Dossier]:
        return migrating.dossiers(self.flows, self.store, CODE)

    def apply(self, plan: Plan, chunk: int = 500) -> list[str]:
        done = migrating.apply(self.flows, self.store, plan, self.all(), by=LEADER, note="QĐ 12", chunk=chunk)
        return [number for numbers in done for number in numbers]

    def undo(self, plan: Plan, when: str = "06/10 09:00", by: str = LEADER) -> migrating.Undone:
        entries = migrating.backs(plan.landings)
        return migrating.undo(self.flows, self.store, entries, self.all(), plan.to, by=by, note="QĐ 13", at=at(when))

    def state(self, number: str) -> State:
        return self.engine.dossier(number).state


def moment(text: str) -> datetime:
    return local(at(text))


def _ground(action: str) -> dict[str, str] | None:
    return {"ground": "Luật 1"} if action in ("pause", "stop") else None


def only(plan: Plan) -> Landing:
    (one,) = plan.landings
    return one


# --- what a plan says of one dossier


def test_a_step_of_the_same_id_is_where_it_lands_and_due_moments_stay() -> None:
    """R1, R65: the new version's shorter term and times don't touch what was announced."""
    desk = Desk(changed(again(liquor())._replace(deadline=wd(2)), "thu-ly", within=wd(1)))
    number = desk.examined()
    before = desk.state(number)
    one = only(desk.plan())
    assert (one.verdict, one.step, one.to, one.holder) == ("fits", "thu-ly", "thu-ly", before.holder)
    assert (one.due, one.due_after, one.step_due, one.step_due_after) == (before.due, before.due) + (
        before.step_due,
    ) * 2
    assert desk.apply(desk.plan()) == [number]
    after = desk.state(number)
    assert after.row.table.flow.version == 2
    assert (after.due, after.step_due, after.holder, after.since) == (
        before.due,
        before.step_due,
        before.holder,
        before.since,
    )


def test_a_dropped_step_strands_unless_it_is_mapped() -> None:
    """Nothing is moved to a step that isn't there."""
    desk = Desk(without(again(liquor()), "thu-ly"))
    desk.examined()
    one = only(desk.plan())
    assert (one.verdict, one.to) == ("stranded", None)
    assert "--map thu-ly=" in one.remedy.vi
    assert desk.plan().blocked
    assert only(desk.plan(thu_ly="phan-cong")).verdict == "needs-holder"
    assert desk.apply(desk.plan()) == []


def test_a_renamed_step_is_guessed_and_lands_when_mapped() -> None:
    desk = Desk(renamed(again(liquor()), "thu-ly", "tham-tra"))
    desk.examined()
    assert "--map thu-ly=tham-tra" in only(desk.plan()).remedy.en
    one = only(desk.plan(thu_ly="tham-tra"))
    assert (one.verdict, one.to) == ("fits", "tham-tra")


@pytest.mark.parametrize(
    ("new", "says"),
    [
        (changed(again(liquor()), "thu-ly", clock="stopped"), "đồng hồ"),
        (changed(again(liquor()), "thu-ly", ready=True), "kết quả"),
    ],
)
def test_clock_and_result_must_be_alike(new: Flow, says: str) -> None:
    """A running dossier isn't put where the clock stands, nor where there is a result that it hasn't (R129)."""
    desk = Desk(new)
    desk.examined()
    one = only(desk.plan())
    assert one.verdict == "stranded"
    assert says in one.reason.vi


def test_a_role_its_holder_lacks_needs_another_holder() -> None:
    """The remedy names who may have it there; a leader may force it, nobody else."""
    desk = Desk(changed(again(liquor()), "thu-ly", by="van-thu-so"))
    number = desk.examined()
    one = only(desk.plan())
    assert one.verdict == "needs-holder"
    clerks = desk.flows.table(CODE, 2, 2021).rows["thu-ly"].fits
    assert any(name in one.remedy.vi for name in clerks)
    assert desk.apply(desk.plan()) == []
    record = {"version": "2", "step": "thu-ly"}
    with pytest.raises(Misrouted):
        desk.engine.move(number, MIGRATE, by=LEADER, at=moment("05/10 09:00"), note="QĐ 1", record=record)
    forced = desk.engine.move(
        number, MIGRATE, by=LEADER, at=moment("05/10 09:00"), note="QĐ 1", record=record, force=True
    )
    assert forced.moves[-1].record == {**record, "forced": "DOS202"}
    given = desk.engine.move(
        forced, "reassign", by=LEADER, to=min(clerks), at=moment("05/10 09:05"), note="đúng vai trò"
    )
    assert given.holder == min(clerks)


def test_who_may_hold_both_is_offered_first() -> None:
    """Reassign first, then plan again, where somebody may hold the step on either version."""
    accounts = dict(agency().org.accounts)
    accounts["ha.qltm"] = accounts["ha.qltm"]._replace(roles=frozenset({"lanh-dao-phong", "chuyen-vien"}))
    reviewed_by_officers = changed(again(liquor()), "tham-dinh", by="chuyen-vien")
    for org, both in ((agency().org, False), (agency().org._replace(accounts=accounts), True)):
        desk = Desk(reviewed_by_officers, org=org)
        desk.dossier(
            ("04/10 09:00", "lan.vp", "chuyen", "vinh.qltm"),
            ("04/10 10:00", "vinh.qltm", "chuyen", "mai.qltm"),
            ("04/10 11:00", "mai.qltm", "chuyen", "vinh.qltm"),
        )
        one = only(desk.plan())
        assert one.verdict == "needs-holder"
        assert ("giao lại (reassign) cho ha.qltm trước" in one.remedy.vi) is both
        assert ("reassign it to ha.qltm first" in one.remedy.en) is both


def test_late_on_the_new_version_alone_is_tight_late_on_both_is_doomed() -> None:
    """Working time to the due moment against the shortest way there, on either version."""
    desk = Desk(changed(again(liquor()), "ky-duyet", within=wd(9)))
    desk.examined()
    one = only(desk.plan())
    assert one.verdict == "tight"
    assert one.left is not None
    assert one.need_before is not None
    assert one.need is not None
    assert one.need_before <= one.left < one.need
    assert desk.plan().blocked
    assert only(desk.plan("15/10 16:00")).verdict == "doomed"
    assert not desk.plan("15/10 16:00").blocked
    assert only(desk.plan("19/10 09:00")).verdict == "doomed"


def test_a_pause_is_not_held_against_it() -> None:
    """While it waits for a fee the clock stands, and the step that asked keeps what was left of its time (R54, R75)."""
    desk = Desk(again(liquor()))
    number = desk.examined()
    officer, clerk = desk.state(number).holder, "lan.vp"
    for when, by, action, to in (
        ("12/10 10:00", officer, "can-nop-phi", clerk),
        ("12/10 10:30", clerk, "gui", "nguoi-nop"),
    ):
        desk.engine.move(number, action, by=by, to=to, at=moment(when), note="nộp phí")
    assert desk.state(number).row.stopped
    late = only(desk.plan("01/11 09:00"))
    assert late.verdict == "fits"
    assert late.left is not None
    assert late.need is not None
    assert late.left == only(desk.plan("25/10 09:00")).left >= late.need


def test_what_is_needed_after_a_pause() -> None:
    """R75: the step that asked keeps what was left of its time; where it is gone, the steps behind it are what is needed."""
    whole, shorter = Desk(again(liquor())), Desk(without(again(liquor()), "thu-ly"))
    needs = []
    for desk in (whole, shorter):
        number = desk.examined()
        for when, by, action, to in (
            ("12/10 10:00", desk.state(number).holder, "can-nop-phi", "lan.vp"),
            ("12/10 10:30", "lan.vp", "gui", "nguoi-nop"),
        ):
            desk.engine.move(number, action, by=by, to=to, at=moment(when), note="nộp phí")
        needs.append(only(desk.plan("25/10 09:00")).need)
    assert needs == [(6 + 16) * 3600, 16 * 3600], "48 of the 54 hours were used; 16 are those of the steps behind it"


def test_a_due_moment_beyond_the_calendar_makes_nobody_late() -> None:
    """R80: what is handed in on the last day that is known is due on none that is."""
    desk = Desk(again(liquor()))
    when = datetime(2026, 12, 14, 8, tzinfo=TZ)
    hs = desk.engine.receive(CODE, by="lan.vp", at=when)
    heads, officers = desk.fits("phan-cong"), desk.fits("thu-ly")
    for hour, by, action, to in (
        (9, "lan.vp", "chuyen", heads[0]),
        (10, heads[0], "chuyen", officers[0]),
        (11, officers[0], "can-nop-phi", "lan.vp"),
        (14, "lan.vp", "gui", "nguoi-nop"),
    ):
        hs = desk.engine.move(hs, action, by=by, to=to, at=when.replace(hour=hour), note="nộp phí")
    one = only(migration.plan(desk.flows, desk.new, desk.all(), instant(when.replace(day=31)), {}))
    assert (one.verdict, one.left) == ("fits", None)


def test_a_timer_that_would_go_off_at_once_strands() -> None:
    """Nobody gets a licence by silence because his dossier changed its version (R70)."""
    silent = next(one for one in agency().flows if one.at_due and one.deadline)
    old = silent._replace(at_due=None, version=1)
    flows = Versions([old, again(silent)])
    store = MemoryStore()
    engine = Engine(flows, store, allow_draft=True)
    desk = sorted(flows.table(old.code, 1, 2021).first.fits)[0]
    engine.receive(old.code, by=desk, at=moment("04/01 08:00"))
    plan = migration.plan(flows, again(silent), migrating.dossiers(flows, store, old.code), at("04/06 08:00"))
    assert only(plan).verdict == "stranded"
    assert "tự" in only(plan).reason.vi


def test_limits_used_up_that_close_the_only_way_strand() -> None:
    """`times` goes on counting under the step's new name."""
    old = changed(liquor(), "thu-ly", arrows=tuple(one._replace(times=9) for one in _arrows(liquor(), "thu-ly")))
    new = changed(again(liquor()), "thu-ly", arrows=tuple(one._replace(times=1) for one in _arrows(liquor(), "thu-ly")))
    desk = Desk(renamed(new, "thu-ly", "tham-tra"), old)
    number = desk.examined()
    officer, head = desk.state(number).holder, desk.fits("tham-dinh")[0]
    for when, by, action, to in (
        ("05/10 08:00", officer, "khong-du-dieu-kien", head),
        ("05/10 09:00", head, "tra-lai", officer),
    ):
        desk.engine.move(number, action, by=by, to=to, at=moment(when), note="lý do")
    assert only(desk.plan(thu_ly="tham-tra")).verdict == "fits"
    for when, by, action, to in (
        ("05/10 10:00", officer, "chuyen", head),
        ("05/10 11:00", head, "tra-lai", officer),
    ):
        desk.engine.move(number, action, by=by, to=to, at=moment(when), note="lý do")
    assert only(desk.plan("06/10 09:00", thu_ly="tham-tra")).verdict == "stranded"


def _arrows(flow: Flow, name: str) -> tuple[object, ...]:
    step = flow.step(name)
    assert step is not None
    return step.arrows


def test_what_was_taken_and_who_asked_keep_their_meaning_under_new_names() -> None:
    """R14: one supplement, whatever the step is called meanwhile; the map goes into the line."""
    desk = Desk(renamed(again(liquor()), "thu-ly", "tham-tra"))
    number = desk.examined()
    officer = desk.state(number).holder
    for when, by, action, to in (
        ("04/10 14:00", officer, "yeu-cau-bo-sung", "lan.vp"),
        ("04/10 15:00", "lan.vp", "gui", "nguoi-nop"),
    ):
        desk.engine.move(number, action, by=by, to=to, at=moment(when), note="thiếu bản sao")
    plan = desk.plan(thu_ly="tham-tra")
    assert only(plan).renamed == "thu-ly=tham-tra"
    desk.apply(plan)
    line = desk.engine.dossier(number).moves[-1]
    assert line.record == {"step": "cho-bo-sung", "version": "2", "renamed": "thu-ly=tham-tra"}
    back = desk.engine.move(number, "da-bo-sung", by="lan.vp", to=officer, at=moment("07/10 08:00"))
    assert back.step.id == "tham-tra"
    with pytest.raises(NotAllowed):
        desk.engine.move(
            number, "yeu-cau-bo-sung", by=officer, to="lan.vp", at=moment("07/10 09:00"), note="lần hai",
            record={"fault": "applicant"},
        )  # fmt: skip


@pytest.mark.parametrize(("before", "after"), [(wd(10), wd(5)), (wd(10), None), (None, wd(5)), (None, None)])
def test_the_term_of_the_receipt_counts_after_every_later_stop(before: Term | None, after: Term | None) -> None:
    """R1: what recomputes a due date, such as a pause, does it by the term it was received under."""
    desk = Desk(again(liquor())._replace(deadline=after), liquor()._replace(deadline=before))
    moved, twin = desk.examined(), desk.examined()
    plan = desk.plan()
    desk.apply(plan._replace(landings=tuple(one for one in plan.landings if one.number == moved)))
    assert (desk.engine.dossier(moved).flow.version, desk.engine.dossier(twin).flow.version) == (2, 1)
    for number in (moved, twin):
        for when, action in (("06/10 08:00", "pause"), ("08/10 08:00", "resume")):
            desk.engine.move(number, action, by=LEADER, at=moment(when), note="lý do", record=_ground(action))
    assert desk.state(moved).due == desk.state(twin).due
    assert (desk.state(moved).due is None) is (before is None)


UNTIMED: dict[str, object] = {"within": None, "clock": "none"}
BY_PLAN: dict[str, object] = {"within": None, "until": "hop"}
TIMED: dict[str, object] = {"within": wd(2)}


def stopped_between(old: dict[str, object], new: dict[str, object], stop: str, back: bool = False) -> datetime | None:
    """When its step is due after a stop in which the dossier went over, and `back` again; 10 hours were left of `TIMED`."""
    first, second = (one._replace(deadline=None) for one in (liquor(), again(liquor())))
    desk = Desk(changed(second, "thu-ly", **new), changed(first, "thu-ly", **old))
    for version in (1, 2):
        desk.flows.table(CODE, version, 0).plan = {"hop": at("20/10 17:00")}
    number = desk.examined()
    officer = desk.state(number).holder
    stops = {
        "pause": [(LEADER, "pause", None), (LEADER, "resume", None)],
        "fee": [(officer, "can-nop-phi", "lan.vp"), ("lan.vp", "gui", "nguoi-nop"), ("lan.vp", "da-nop-phi", officer)],
    }[stop]
    for by, action, to in stops[:-1]:
        desk.engine.move(number, action, by=by, to=to, at=moment("05/10 08:00"), note="lý do", record=_ground(action))
    plan = desk.plan("06/10 08:00")
    assert desk.apply(plan) == [number]
    if back:
        assert desk.undo(plan, "06/10 08:30").back == (number,)
    by, action, to = stops[-1]
    return desk.engine.move(number, action, by=by, to=to, at=moment("07/10 08:00"), note="lý do").step_due


@pytest.mark.parametrize("stop", ["pause", "fee"])
@pytest.mark.parametrize(
    ("old", "new", "due"),
    [
        (UNTIMED, TIMED, "11/10 08:00"),  # all of the time it has there, from when the clock runs again
        (UNTIMED, BY_PLAN, "20/10 17:00"),
        (UNTIMED, UNTIMED, None),
        (TIMED, UNTIMED, "08/10 10:00"),  # the ten hours that were left of it
        (TIMED, BY_PLAN, "08/10 10:00"),  # no milestone heals a step that has little time left
        (BY_PLAN, TIMED, "22/10 17:00"),
        (BY_PLAN, BY_PLAN, "20/10 17:00"),
    ],
)
def test_a_step_that_is_stopped_goes_on_over_there_with_what_it_had(
    old: dict[str, object], new: dict[str, object], due: str | None, stop: str
) -> None:
    """R75, R129: what was left of its time when it was stopped; where it counted none, the time of the step it is now."""
    assert stopped_between(old, new, stop) == (due and moment(due))


@pytest.mark.parametrize("stop", ["pause", "fee"])
@pytest.mark.parametrize("new", [UNTIMED, BY_PLAN, TIMED])
@pytest.mark.parametrize(("old", "due"), [(UNTIMED, None), (TIMED, "08/10 10:00"), (BY_PLAN, "20/10 17:00")])
def test_there_and_back_while_it_is_stopped_gains_nothing(
    old: dict[str, object], new: dict[str, object], due: str | None, stop: str
) -> None:
    """R65, R129: `--undo` before the clock runs again leaves the step as if it hadn't been moved."""
    assert stopped_between(old, new, stop, back=True) == (due and moment(due))


def test_a_pause_heals_no_late_step_over_there() -> None:
    """R129: what was late when it was paused is late on the other version, whatever its step counts there."""
    for new in (UNTIMED, BY_PLAN, TIMED):
        desk = Desk(changed(again(liquor()), "thu-ly", **new), changed(liquor(), "thu-ly", **TIMED))
        desk.flows.table(CODE, 2, 0).plan = {"hop": at("20/10 17:00")}
        number = desk.examined()
        late = moment("06/10 10:00")
        for when, action, version in (("06/10 14:00", "pause", "2"), ("07/10 08:00", "resume", "1")):
            desk.engine.move(number, action, by=LEADER, at=moment(when), note="lý do", record=_ground(action))
            record = {"version": version, "step": "thu-ly"}
            desk.engine.move(number, MIGRATE, by=LEADER, at=moment(when), note="QĐ", record=record)
            assert desk.engine.dossier(number).step_due == late


def test_the_plan_reckons_with_the_time_a_paused_step_will_have() -> None:
    """A paused step that counted no time will need that of the new version: too long a way is told (tight)."""
    desk = Desk(changed(again(liquor()), "thu-ly", within=wd(9)), changed(liquor(), "thu-ly", **UNTIMED))
    number = desk.examined()
    ground = {"ground": "Luật 1"}
    desk.engine.move(number, PAUSE, by=LEADER, at=moment("05/10 08:00"), note="chờ", record=ground)
    one = only(desk.plan("06/10 08:00"))
    assert (one.verdict, one.need_before, one.need) == ("tight", 16 * 3600, (72 + 16) * 3600)


def test_who_had_it_when_no_time_was_counted_has_the_steps_own_after_a_misroute() -> None:
    """R124: nothing was left of a time that wasn't counted; on a version that counts one it begins for him as for anybody."""
    desk = Desk(changed(again(liquor()), "thu-ly", **TIMED), changed(liquor(), "thu-ly", **UNTIMED))
    number = desk.examined()
    first = desk.state(number).holder
    other = next(name for name in desk.fits("thu-ly") if name != first)
    desk.engine.move(number, "reassign", by=first, to=other, at=moment("04/10 14:00"))
    desk.apply(desk.plan())
    record = {"of": "misroute"}
    found = desk.engine.move(number, "reassign", by=other, to=first, at=moment("06/10 08:00"), record=record)
    assert found.step_due == moment("08/10 08:00")


def test_the_deadline_a_request_states_is_kept_under_the_steps_new_name() -> None:
    """R45: signed on the other version, the request binds who is asked there to the day it states; taken back it does too."""
    old = agency().library.version("ATD-02", 1)
    flows = Versions([old, renamed(again(old), "cho-y-kien", "cho-tra-loi")])
    engine = Engine(flows, MemoryStore(), allow_draft=True)
    hs = engine.receive("ATD-02", by="lan.vp", at=moment("14/09 08:00"))
    onward = ("chuyen", "chuyen", "chuyen", "ha-du-lien-tinh", "chuyen")
    for action in onward:
        to = next(one for one in engine.actions(hs, moment("14/09 09:00")) if one.name == action).accounts[0].id
        record = {"until": "2021-09-30"} if action == "ha-du-lien-tinh" else None
        hs = engine.move(hs, action, by=hs.holder, to=to, at=moment("14/09 09:00"), note="xin ý kiến", record=record)
    running = migrating.dossiers(flows, engine.store, "ATD-02")
    plan = migration.plan(flows, flows.flows[1], running, at("14/09 10:00"), {"cho-y-kien": "cho-tra-loi"})
    assert only(plan).renamed == "cho-y-kien=cho-tra-loi"
    list(migrating.apply(flows, engine.store, plan, running, by=LEADER, note="QĐ 12"))
    hs = engine.dossier(hs.number)
    to = next(one for one in engine.actions(hs, moment("14/09 11:00")) if one.name == "ky").accounts[0].id
    hs = engine.move(hs, "ky", by=hs.holder, to=to, at=moment("14/09 11:00"))
    assert (hs.step.id, hs.step_due) == ("cho-tra-loi", moment("30/09 17:00"))


def test_a_submission_whose_step_is_gone_is_mapped_to_the_first() -> None:
    """R13: what hasn't been received yet stands at the first step, whatever that is called."""
    first = liquor().steps[0].id
    desk = Desk(without(again(liquor()), first))
    desk.engine.submit(CODE, to="lan.vp", at=moment("04/10 08:00"))
    one = only(desk.plan())
    begins = desk.new.steps[0].id
    assert begins != first
    assert (one.verdict, one.to) == ("stranded", None)
    assert one.remedy == Text(f"ghi --map {first}={begins}", f"give --map {first}={begins}")


def test_a_dossier_not_received_yet_goes_to_the_first_step_and_is_received_under_the_new_term() -> None:
    """R1: its slice is that of the receipt; the limit of the intake stays (R13)."""
    new = renamed(again(liquor())._replace(deadline=wd(4)), "tiep-nhan", "nhan-ho-so")
    desk = Desk(new)
    number = desk.engine.submit(CODE, to="lan.vp", at=moment("04/10 08:00")).number
    limit = desk.state(number).step_due
    assert only(desk.plan("04/10 09:00")).verdict == "stranded"
    plan = desk.plan("04/10 09:00", tiep_nhan="nhan-ho-so")
    desk.apply(plan)
    assert desk.state(number).step_due == limit
    received = desk.engine.receive(desk.engine.dossier(number), by="lan.vp", at=moment("04/10 10:00"))
    assert received.due == moment("08/10 17:00")
    assert desk.state(number).detour is None


def test_only_a_leader_in_writing_and_onto_another_version() -> None:
    """R65, R129: one line each, with its reason."""
    desk = Desk(again(liquor()))
    number = desk.examined()
    when, record = moment("05/10 09:00"), {"version": "2", "step": "thu-ly"}
    for by, note, given, error in (
        (desk.state(number).holder, "QĐ", record, NotAllowed),
        (LEADER, None, record, Incomplete),
        (LEADER, "QĐ", {"version": "2"}, Incomplete),
        (LEADER, "QĐ", {**record, "version": "1"}, NotAllowed),
        (LEADER, "QĐ", {**record, "version": "3"}, NotAllowed),
        (LEADER, "QĐ", {**record, "version": "9" * 3999}, NotAllowed),
        (LEADER, "QĐ", {**record, "step": "da-cap"}, NotAllowed),
    ):
        with pytest.raises(error):
            desk.engine.move(number, MIGRATE, by=by, at=when, note=note, record=given)
    with pytest.raises(NotAllowed):
        list(migrating.apply(desk.flows, desk.store, desk.plan(), desk.all(), by="lan.vp", note="QĐ"))
    assert desk.engine.dossier(number).flow.version == 1


def test_names_and_versions_that_are_not_there_are_refused() -> None:
    desk = Desk(again(liquor())._replace(effective=datetime(2021, 11, 1).date()))
    with pytest.raises(BadValue, match="có hiệu lực từ Thứ Hai 01/11/2021"):
        desk.plan()
    desk = Desk(again(liquor()))
    with pytest.raises(BadValue, match="không lần nào khác"):
        desk.plan(la_gi="thu-ly")
    with pytest.raises(BadValue, match="không có bước 'la-gi'"):
        desk.plan(thu_ly="la-gi")


def test_only_onto_a_version_in_force_or_back() -> None:
    """R65: what the plan refuses, the verb refuses too; a dossier may always go back to a version it went by."""
    since = datetime(2021, 11, 1).date()
    old, new = liquor()._replace(effective_to=since), again(liquor())._replace(effective=since)
    desk = Desk(new, old)
    number = desk.examined()
    act = partial(desk.engine.move, number, MIGRATE, by=LEADER, note="QĐ")
    there, back = ({"version": version, "step": "thu-ly"} for version in "21")
    with pytest.raises(NotAllowed, match="có hiệu lực từ Thứ Hai 01/11/2021, không có hiệu lực ngày Thứ Ba 05/10/2021"):
        act(at=moment("05/10 09:00"), record=there)
    act(at=moment("01/11 09:00"), record=there)
    act(at=moment("02/11 09:00"), record=back)
    assert act(at=moment("02/11 10:00"), record=there).flow.version == 2
    found = desk.engine.dossier(number)
    first = next(move for move in found.moves if move.action == MIGRATE)
    early = [*found.moves[: first.seq], first._replace(at=at("05/10 09:00"))]
    told = [replay(found.table, agency().calendar, found.case, moves).findings for moves in (found.moves, early)]
    assert (told[0], [one.code for one in told[1]]) == ((), ["DOS303"])


def test_a_holder_does_not_take_his_dossier_past_its_step() -> None:
    """R140: nobody moves what he holds past the examination; another leader may, or he in writing, which DOS211 tells."""
    desk = Desk(again(liquor()))
    head = desk.fits("phan-cong")[0]
    numbers = [desk.dossier(("04/10 09:00", "lan.vp", "chuyen", head)) for _ in range(4)]
    past, same = ({"version": "2", "step": step} for step in ("tham-dinh", "phan-cong"))

    def moved(number: str, record: dict[str, str], by: str = head, force: bool = False) -> Dossier:
        when = moment("05/10 09:00")
        return desk.engine.move(number, MIGRATE, by=by, at=when, note="QĐ", record=record, force=force)

    for record in (past, past | {"renamed": "thu-ly=phan-cong"}):
        with pytest.raises(NotAllowed, match="qua bước '"):
            moved(numbers[0], record)
    found = [moved(numbers[0], same), moved(numbers[1], past, LEADER), moved(numbers[2], past, force=True)]
    assert [(one.moves[-1].record or {}).get("forced") for one in found] == [None, None, "DOS212"]
    (one,) = [one for one in desk.engine.watch(at=moment("05/10 10:00")) if one.code == "DOS211"]
    assert (one.dossier, one.holder) == (numbers[2], head)
    plan = desk.plan("05/10 11:00", phan_cong="tham-dinh")
    with pytest.raises(NotAllowed):
        list(migrating.apply(desk.flows, desk.store, plan, desk.all(), by=head, note="QĐ"))
    assert desk.apply(plan) == [numbers[3]]
    for number in numbers:
        dossier = desk.engine.dossier(number)
        assert replay(dossier.table, agency().calendar, dossier.case, dossier.moves).findings == ()


def test_nobody_signs_what_he_examined_under_another_version() -> None:
    """R140: the duties done before the migration count, though the step is called otherwise now."""
    org = agency().org
    role = Role("ky-thay", Text("Ký thay", "Signs instead"), "own", "agency", (), "approve")
    twice = sorted(agency().table(CODE, 1, 2021).rows["thu-ly"].fits)[:2]
    accounts = {name: one._replace(roles=one.roles | {role.id}) for name, one in org.accounts.items() if name in twice}
    org = org._replace(roles={**org.roles, role.id: role}, accounts={**org.accounts, **accounts})
    new = changed(renamed(again(liquor()), "thu-ly", "tham-tra"), "ky-duyet", by="ky-thay")
    desk = Desk(new, org=org)
    number = desk.examined()
    officer, head = desk.state(number).holder, desk.fits("tham-dinh")[0]
    assert officer in twice
    desk.engine.move(number, "chuyen", by=officer, to=head, at=moment("05/10 08:00"))
    desk.apply(desk.plan("05/10 09:00", thu_ly="tham-tra"))
    found = desk.engine.dossier(number)
    assert found.flow.version == 2
    assert [row and row.id for row in rows_of(found.table, found.moves)][-3:] == ["thu-ly", "tham-dinh", "tham-dinh"]
    with pytest.raises(Misrouted) as refused:
        desk.engine.move(number, "chuyen", by=head, to=officer, at=moment("05/10 10:00"))
    assert refused.value.finding.code == "DOS212"
    (other,) = set(twice) - {officer}
    assert desk.engine.move(number, "chuyen", by=head, to=other, at=moment("05/10 10:00")).holder == other


def test_nobody_lands_where_he_would_sign_what_he_examined() -> None:
    """R140: mapped to a step of approving, it needs another holder, though he has that role too."""
    org = agency().org
    officer = min(agency().table(CODE, 1, 2021).rows["thu-ly"].fits)
    role = Role("ky-thay", Text("Ký thay", "Signs instead"), "own", "agency", (), "approve")
    both = org.accounts[officer]._replace(roles=org.accounts[officer].roles | {role.id})
    org = org._replace(roles={**org.roles, role.id: role}, accounts={**org.accounts, officer: both})
    desk = Desk(changed(again(liquor()), "ky-duyet", by="ky-thay"), org=org)
    number = desk.examined()
    head = desk.fits("tham-dinh")[0]
    for when, by, action, to in (
        ("05/10 08:00", officer, "chuyen", head),
        ("05/10 09:00", head, "tra-lai", officer),
    ):
        desk.engine.move(number, action, by=by, to=to, at=moment(when), note="lý do")
    one = only(desk.plan("05/10 10:00", thu_ly="ky-duyet"))
    assert one.verdict == "needs-holder"
    assert "đã làm việc khác của chính hồ sơ này" in one.reason.vi


def test_every_planted_stranded_and_doomed_dossier_is_listed() -> None:
    """Must show: of dossiers planted by their step and the day they came in, each gets its verdict, and no other does."""
    desk = Desk(without(again(liquor()), "phan-cong"))
    planted: dict[str, str] = {}
    for day in range(4, 9):
        for _ in range(6):
            planted[desk.dossier((f"{day:02}/10 09:00", "lan.vp", "chuyen", desk.fits("phan-cong")[0]),
                                 received=f"{day:02}/10 08:00")] = "stranded"  # fmt: skip
            planted[desk.examined(f"{day:02}/10 08:00")] = "fits"
            planted[desk.examined(f"{day + 9:02}/09 08:00")] = "doomed"
    found = {one.number: one.verdict for one in desk.plan("08/10 14:00").landings}
    assert found == planted


# --- random flows and dossiers (T12)


def scene(seed: int, count: int = 30) -> tuple[Versions, MemoryStore, Plan, Random]:
    """Random edits of a random shipped flow, dossiers at random steps, and the plan."""
    random = Random(seed)
    old = random.choice(plain_flows())._replace(version=1)
    new, names = edited(old, random)
    flows = Versions([old, new])
    store = kept(flows, old.code, random, count)
    when = random.choice((EARLY, 1_620_000_000, max(moves[-1].at for _, moves in store.logs(flows.org.agency))))
    return flows, store, migration.plan(flows, new, migrating.dossiers(flows, store, old.code), when, names), random


def everything(flows: Versions, store: MemoryStore, plan: Plan) -> dict[str, Dossier]:
    return {one.number: one for one in migrating.dossiers(flows, store, plan.code)}


def carried(flows: Versions, store: MemoryStore, plan: Plan, chunk: int = 7) -> None:
    running = migrating.dossiers(flows, store, plan.code)
    for _ in migrating.apply(flows, store, plan, running, by=LEADER, note="QĐ 12", chunk=chunk):
        pass


@pytest.mark.parametrize("seed", SEEDS)
def test_the_plan_is_what_happens(seed: int) -> None:
    """T12: dry run = real run; nobody at a missing step; due moments stay; what doesn't fit isn't touched."""
    flows, store, plan, _ = scene(seed)
    before = everything(flows, store, plan)
    carried(flows, store, plan)
    for number, now in everything(flows, store, plan).items():
        one = next((each for each in plan.landings if each.number == number), None)
        if one is None or one.verdict != "fits":
            assert now.moves == before[number].moves
            continue
        state = now.state
        assert (now.flow.version, state.row.id, state.seq, state.holder) == (2, one.to, one.line, one.holder)
        assert (state.due, state.step_due) == (one.due_after, one.step_due_after)
        assert state.due == one.due
        assert state.row.table.rows[state.row.id] is state.row
        assert now.moves[: len(before[number].moves)] == before[number].moves


@pytest.mark.parametrize("seed", SEEDS)
def test_onto_the_same_flow_everything_that_is_not_late_fits(seed: int) -> None:
    """A version that changes nothing strands nobody and makes nobody late."""
    random = Random(seed)
    old = random.choice(plain_flows())._replace(version=1)
    flows = Versions([old, again(old)])
    store = kept(flows, old.code, random, 25)
    plan = migration.plan(flows, again(old), migrating.dossiers(flows, store, old.code), 1_620_000_000)
    assert {one.verdict for one in plan.landings} <= {"fits", "doomed"}
    assert all(one.need == one.need_before for one in plan.landings)


@pytest.mark.parametrize("seed", SEEDS)
def test_everything_downstream_works_over_migrated_logs(seed: int) -> None:
    """Fold, trace, ledger, watch, figures and the verifier over dossiers that went on after their migration, and came back."""
    flows, store, plan, random = scene(seed)
    carried(flows, store, plan)
    lives = []
    for case, moves in list(store.logs(flows.org.agency)):
        walk = wandered(flows, case.code, moves, random)
        table = flows.table(case.code, 1, 2021)
        state = fold(table, flows.calendar, walk.moves)
        life = trace(table, flows.calendar, case, walk.moves)
        assert life.state == state == walk.state
        end = max(state.at, EARLY) + 9 * 3600
        sums = ledger(life, flows.calendar, end)
        if sums is not None:
            assert sums.worked + sums.closed == sums.end - sums.received
            assert sum(sums.by_kind().values()) == sums.end - sums.received
        assert all(life.row(visit.step, visit.since) for visit in life.visits)
        findings(life, table, flows.calendar, end, 8 * 3600)
        replayed = replay(table, flows.calendar, case, walk.moves)
        assert not [one for one in replayed.findings if one.level == "error"]
        lives.append(life)
    period = Period.year(2021)
    counted = [life for life in lives if life.state.at <= period.end]
    report = tally(counted, period, flows.calendar, flows.org, flows.flows)
    assert identities(report) == ()


def wandered(flows: Versions, code: str, moves: Iterable[Move], random: Random) -> Walk:
    """The dossier, some moves on from where it is."""
    table, calendar, log = flows.table(code, 1, 2021), flows.calendar, list(moves)
    states = [begin(table, calendar, log[0])]
    for move in log[1:]:
        states.append(advance(calendar, states[-1], move))
    walk = Walk(table, calendar, log, states)
    go_on(walk, random, 6)
    return walk


@pytest.mark.parametrize("seed", SEEDS)
def test_undo_brings_back_what_was(seed: int) -> None:
    """Lines of their own, nothing erased, every one of which the verifier accepts; a second undo does nothing more."""
    flows, store, plan, _ = scene(seed)
    before = everything(flows, store, plan)
    carried(flows, store, plan)
    entries = migrating.backs(plan.landings)
    for turn in range(2):
        running = migrating.dossiers(flows, store, plan.code)
        done = migrating.undo(flows, store, entries, running, 2, by=LEADER, note="QĐ 13", at=plan.at)
        assert (done.kept, len(done.back if turn == 0 else done.untouched)) == ((), len(entries))
    for number, now in everything(flows, store, plan).items():
        old = before[number].state
        faults = replay(now.table, flows.calendar, now.case, now.moves).findings
        assert not [one for one in faults if one.level == "error"]
        if number not in {one.number for one in entries}:
            assert now.state == old
            continue
        assert len(now.moves) >= len(before[number].moves) + 2
        assert now.flow.version == 1
        found = next(one for one in plan.landings if one.number == number)
        assert (now.state.row.id, now.state.holder, now.state.due) == (found.step, found.holder, found.due)
        assert found.step_due is None or now.state.step_due == found.step_due
        was, kept_ = old.detour, now.state.detour
        if was is not None and kept_ is not None and len(before[number].moves) == found.seq + 1 == found.line:
            assert (kept_.taken, kept_.origin, kept_.intervals) == (was.taken, was.origin, was.intervals)


# --- carrying it out, taking it back, and being broken off


def test_what_moved_meanwhile_is_shown_and_nothing_is_written() -> None:
    """Apply = the plan under the same validator: a dossier that moved, ended or came new is a difference."""
    desk = Desk(again(liquor()))
    moved, ended, still = desk.examined(), desk.examined(), desk.examined()
    plan = desk.plan("04/10 16:00")
    assert migrating.differences(plan.landings, desk.plan("05/10 09:00")) == ()
    officer = desk.state(moved).holder
    desk.engine.move(moved, "chuyen", by=officer, to=desk.fits("tham-dinh")[0], at=moment("05/10 08:00"))
    desk.engine.move(ended, "rut-ho-so", by="lan.vp", at=moment("05/10 08:00"), note="đơn xin rút")
    fresh = desk.examined("05/10 08:00")
    found = {one.number: one for one in migrating.differences(plan.landings, desk.plan("05/10 11:00"))}
    assert set(found) == {moved, ended, fresh}
    assert still not in found
    assert found[moved].now is not None
    assert found[moved].now.step == "tham-dinh"
    assert (found[ended].now, found[fresh].was) == (None, None)


def test_a_dossier_moved_in_the_last_moment_undoes_its_chunk_alone() -> None:
    """All or nothing a chunk: what is in the transaction of a conflict isn't written, and a new run finishes."""
    desk = Desk(again(liquor()))
    numbers = [desk.examined() for _ in range(5)]
    plan, running = desk.plan(), desk.all()
    officer = desk.state(numbers[3]).holder
    desk.engine.move(numbers[3], "chuyen", by=officer, to=desk.fits("tham-dinh")[0], at=moment("05/10 08:00"))
    work = migrating.apply(desk.flows, desk.store, plan, running, by=LEADER, note="QĐ", chunk=2)
    assert next(work) == tuple(numbers[:2])
    with pytest.raises(Conflict):
        next(work)
    versions = [desk.engine.dossier(number).flow.version for number in numbers]
    assert versions == [2, 2, 1, 1, 1]
    assert desk.apply(desk.plan("05/10 10:00")) == numbers[2:]


def test_undo_leaves_what_went_on() -> None:
    desk = Desk(again(liquor()))
    stays, goes = desk.examined(), desk.examined()
    plan = desk.plan()
    desk.apply(plan)
    officer = desk.state(goes).holder
    desk.engine.move(goes, "chuyen", by=officer, to=desk.fits("tham-dinh")[0], at=moment("05/10 15:00"))
    done = desk.undo(plan)
    assert (done.back, [number for number, _ in done.kept]) == ((stays,), [goes])
    assert [desk.engine.dossier(number).flow.version for number in (stays, goes)] == [1, 2]
    assert desk.undo(plan).untouched == (stays,)


def test_undo_by_who_holds_one_leaves_that_one() -> None:
    """R140: its holder doesn't himself take it past a step that both versions have; the others go back, it by another leader."""
    desk = Desk(without(again(liquor()), "ky-duyet"))
    other, heads = desk.examined(), desk.fits("tham-dinh")
    held = desk.examined()
    desk.engine.move(held, "chuyen", by=desk.state(held).holder, to=heads[0], at=moment("04/10 11:00"))
    desk.engine.move(held, "chuyen", by=heads[0], to=LEADER, at=moment("04/10 14:00"))
    plan = desk.plan(ky_duyet="ky-tu-choi")
    assert sorted(migrating.apply(desk.flows, desk.store, plan, desk.all(), by="son.lds", note="QĐ 12"))
    done = desk.undo(plan)
    assert (done.back, [number for number, _ in done.kept]) == ((other,), [held])
    assert "'quang.lds' holds it and can't take it past step" in done.kept[0][1].en
    assert desk.undo(plan, by="son.lds").back == (held,)
    assert desk.state(held).row.id == "ky-duyet"


def test_undo_says_what_is_not_in_the_store() -> None:
    """A rollback file of another store moves nothing, and isn't said to have nothing to move."""
    desk, other = Desk(again(liquor())), Desk(again(liquor()))
    number = desk.examined()
    plan = desk.plan()
    desk.apply(plan)
    entries = migrating.backs(plan.landings)
    done = migrating.undo(other.flows, other.store, entries, [], 2, by=LEADER, note="QĐ 13", at=at("06/10 09:00"))
    assert done == (
        (),
        (),
        ((number, Text("không có trong kho này; hãy xem lại --store", "isn't in this store; check --store")),),
    )


def test_undo_says_what_was_done_since() -> None:
    """A dossier that was only paused has gone nowhere."""
    desk = Desk(again(liquor()))
    number = desk.examined()
    plan = desk.plan()
    desk.apply(plan)
    desk.engine.move(number, PAUSE, by=LEADER, at=moment("05/10 15:00"), note="chờ", record={"ground": "Luật 1"})
    ((_, why),) = desk.undo(plan).kept
    assert "was acted on since ('pause'), is at step" in why.en
    assert "từ lúc đó đã có 'pause'" in why.vi


def test_a_second_run_of_the_same_plan_does_nothing_more() -> None:
    """Idempotent: what this plan moved is as planned, even after it went on."""
    desk = Desk(again(liquor()))
    number = desk.examined()
    plan = desk.plan()
    desk.apply(plan)
    officer = desk.state(number).holder
    desk.engine.move(number, "chuyen", by=officer, to=desk.fits("tham-dinh")[0], at=moment("05/10 15:00"))
    now = desk.plan("05/10 16:00")
    assert migrating.differences(plan.landings, now) == ()
    assert desk.apply(now) == []


KILLED = """
import sys
from flowiso import migrating, migration
from flowiso.app import Agency
from flowiso.store import open_store
url, folder, at, most = sys.argv[1:]
flows, store = Agency.load(folder), open_store(url)
running = migrating.dossiers(flows, store, "LTHH-13")
plan = migration.plan(flows, flows.library.version("LTHH-13", 2), running, int(at), {"thu-ly": "tham-tra"})
for count, numbers in enumerate(migrating.apply(flows, store, plan, running, by="quang.lds", note="QĐ", chunk=3)):
    print(len(numbers), flush=True)
    if count == int(most):
        sys.stdin.read()
"""


@pytest.fixture(scope="module")
def two_versions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped agency with two versions of one procedure: `thu-ly` is called `tham-tra` from 1 October 2021 on."""
    return agency_of_two(tmp_path_factory.mktemp("co-quan") / "flows")


def filled(folder: Path, url: str, count: int) -> Engine:
    """So many dossiers on version 1 with an officer."""
    engine = Engine(Agency.load(folder), open_store(url), allow_draft=True)
    table = engine.flows.table(CODE, 1, 2021)
    head, officer = min(table.rows["phan-cong"].fits), min(table.rows["thu-ly"].fits)
    for _ in range(count):
        found = engine.receive(CODE, by="lan.vp", at=moment("27/09 08:00"))
        found = engine.move(found, "chuyen", by="lan.vp", to=head, at=moment("27/09 09:00"))
        engine.move(found, "chuyen", by=head, to=officer, at=moment("27/09 10:00"))
    return engine


@pytest.mark.parametrize("after", [1, 4])
def test_killed_in_the_middle_each_dossier_is_wholly_old_or_new(two_versions: Path, tmp_path: Path, after: int) -> None:
    """T12: kill -9 between chunks or within one; a second run goes on where the first stopped."""
    url = f"sqlite:///{tmp_path / 'mot-cua.db'}"
    engine = filled(two_versions, url, 30)
    when = at("01/10 08:00")
    words = [sys.executable, "-c", KILLED, url, str(two_versions), str(when)]
    with subprocess.Popen([*words, "8"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        for _ in range(after):
            assert running.stdout.readline() == "3\n"
        os.kill(running.pid, signal.SIGKILL)
    every = migrating.dossiers(engine.flows, engine.store, CODE)
    there = [one for one in every if one.flow.version == 2]
    assert 3 * after <= len(there) < 30
    assert len(there) % 3 == 0
    for one in every:
        moved = one.flow.version == 2
        assert (one.step.id, one.state.seq, one.moves[-1].action == MIGRATE) == (
            ("tham-tra", 4, True) if moved else ("thu-ly", 3, False)
        )
    ran = subprocess.run([*words, "-1"], capture_output=True, text=True, check=True)
    assert sum(map(int, ran.stdout.split())) == 30 - len(there)
    found = migrating.dossiers(engine.flows, engine.store, CODE)
    assert {(one.flow.version, one.state.seq) for one in found} == {(2, 4)}
    assert {one.code for one in verify_store(engine.flows, engine.store).findings} <= {"DOS309"}  # told of 2021


# --- the files and the command


def test_plan_and_rollback_files_are_read_as_they_were_written() -> None:
    flows, _, plan, _ = scene(3)
    read = read_plan(json.dumps(plan_json(plan)).encode(), "ke-hoach.json")
    assert [one.same for one in read.landings] == [one.same for one in plan.landings]
    assert (read.agency, read.code, read.to, read.at, dict(read.names)) == (
        flows.org.agency,
        plan.code,
        2,
        plan.at,
        dict(plan.names),
    )
    entries = migrating.backs(plan.landings)
    written = json.dumps(rollback_json(plan, entries)).encode()
    assert read_rollback(written, "lui.json") == (flows.org.agency, plan.code, 2, entries)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b'{"a": ', "không đọc được JSON ở dòng 1 cột 7; hãy chọn đúng tệp ấy"),
        (b"\xff", "ghi ra: không đọc được JSON; hãy"),
        (b"{}", "thiếu mục 'format'; hãy"),
        (b'{"format": "khac/1"}', "có giá trị lạ 'khac/1'; hãy"),
        (b"[" + b"1, " * 10_000 + b"1]", "có giá trị lạ [1, 1, 1,"),
    ],
)
def test_why_a_file_is_no_plan_is_said_in_words(data: bytes, said: str) -> None:
    for read in (read_plan, read_rollback):
        with pytest.raises(BadValue) as refused:
            read(data, "ke-hoach.json")
        assert said in refused.value.text.vi
        assert "Error" not in refused.value.text.en
        assert len(refused.value.text.vi) < 300


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"\xff",
        b"{}",
        b'{"format": "flowiso-migration-plan/2"}',
        b'{"format": "flowiso-migration-plan/1"}',
        b'{"format": "flowiso-migration-plan/1", "agency": "a", "code": "b", "to": true, "at": "x", "map": {}, "dossiers": []}',
        b'{"format": "flowiso-migration-plan/1", "agency": "a", "code": "b", "to": 2, "at": "x", "map": {}, "dossiers": []}',
        b"[" * 100_000,
    ],
)
def test_a_file_that_is_no_plan_is_refused(data: bytes) -> None:
    for read in (read_plan, read_rollback):
        with pytest.raises(BadValue, match="ke-hoach"):
            read(data, "ke-hoach.json")


Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def desk(call: Call, two_versions: Path, tmp_path: Path) -> Callable[..., tuple[int, str]]:
    """`flowiso migrate` on a store of four dossiers, at 01/10/2021 08:00."""
    url = f"sqlite:///{tmp_path / 'mot-cua.db'}"
    filled(two_versions, url, 4).store.close()

    def run(*words: object, when: str = "2021-10-01 08:00") -> tuple[int, str]:
        code, out, err = call("migrate", *words, "--store", url, "--at", when, "--flows", two_versions)
        return code, out or err

    return run


SIGNED = ("--by", LEADER, "--note", "Quyết định 12/QĐ-SCT", "--allow-draft")


def test_plan_apply_and_undo_at_the_command_line(desk: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    """Exit 1 while somebody is stranded, 0 when all fit; a rollback file is written first; twice is once."""
    plan, back = tmp_path / "ke-hoach.json", tmp_path / "ke-hoach.json.rollback.json"
    code, out = desk(CODE, "--to", 2, "--plan")
    assert (code, out.count("mắc kẹt  "), "mắc kẹt: 4" in out) == (1, 4, True)
    code, out = desk(CODE.lower(), "--to", 2, "--plan", "--map", "thu-ly=tham-tra", "-o", plan)
    assert (code, "chuyển được: 4" in out, "11/10/2021 17:00" in out) == (0, True, True)
    assert desk("--apply", plan, *SIGNED)[0] == 0
    entries = json.loads(back.read_text(encoding="utf-8"))["dossiers"]
    assert [(one["version"], one["step"], one["to"]) for one in entries] == [(1, "thu-ly", "tham-tra")] * 4
    code, out = desk("--apply", plan, *SIGNED, "--lang", "en")
    assert (code, "0 dossiers moved to version 2 (4 before)" in out) == (0, True)
    assert "đã chuyển lại 4" in desk("--undo", back, *SIGNED)[1]
    assert json.loads(desk("--undo", back, *SIGNED, "--format", "json")[1])["back"] == []


def test_a_map_file_and_json_say_the_same(desk: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    names = tmp_path / "buoc.txt"
    names.write_text("# bước đổi tên\nthu-ly = tham-tra\n\n", encoding="utf-8")
    code, out = desk(CODE, "--to", 2, "--plan", "--map", names, "--format", "json", "--lang", "en")
    told = json.loads(out)
    assert (code, told["map"], told["counts"]["fits"]) == (0, {"thu-ly": "tham-tra"}, 4)
    assert told["dossiers"][0]["need_minutes"] <= told["dossiers"][0]["left_minutes"]


def test_a_plan_that_no_longer_holds_is_not_carried_out(
    desk: Callable[..., tuple[int, str]], tmp_path: Path, call: Call, two_versions: Path
) -> None:
    plan, fresh = tmp_path / "ke-hoach.json", tmp_path / "moi.json"
    desk(CODE, "--to", 2, "--plan", "--map", "thu-ly=tham-tra", "-o", plan)
    code, out = desk("--apply", plan, *SIGNED, "-o", fresh, when="2021-10-20 08:00")
    assert (code, "chưa chuyển gì" in out, out.count(" → [đằng nào cũng trễ hạn")) == (1, True, 4)
    assert json.loads(fresh.read_text(encoding="utf-8"))["counts"]["doomed"] == 4
    assert not (tmp_path / "ke-hoach.json.rollback.json").exists()
    code, out = desk("--apply", plan, *SIGNED, "--format", "json", when="2021-10-20 08:00")
    assert (code, len(json.loads(out)["differences"])) == (1, 4)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((CODE, "--to", 2), "đúng một"),
        ((CODE, "--to", 2, "--plan", "--apply", "x.json"), "đúng một"),
        ((CODE, "--plan"), "--to"),
        ((CODE, "--to", 3, "--plan"), "lần 3"),
        ((CODE, "--to", 2, "--plan", "--map", "thu-ly="), "--map"),
        ((CODE, "--to", 2, "--plan", "--map", "khong-co.txt"), "khong-co.txt"),
        ((CODE, "--to", 1, "--plan"), "01/10/2021"),
        (("--apply", "khong-co.json", *SIGNED), "khong-co.json"),
        (("--apply", "khong-co.json"), "--by"),
        (("--undo", "khong-co.json", "--by", LEADER), "--note"),
    ],
)
def test_what_cannot_be_done_is_said(
    desk: Callable[..., tuple[int, str]], words: tuple[object, ...], says: str
) -> None:
    code, out = desk(*words)
    assert code == 2
    assert says in out


def test_a_line_of_a_map_file_that_is_no_pair_is_named(desk: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    names = tmp_path / "buoc.txt"
    names.write_text("thu-ly = tham-tra\nthu-ly\x1b[2J\n", encoding="utf-8")
    code, out = desk(CODE, "--to", 2, "--plan", "--map", names)
    assert (code, f"mỗi bước cũ một lần; hãy sửa {names}:2" in out, "\x1b" in out) == (2, True, False)


def test_a_draft_another_agency_and_a_foreign_rollback_file_are_refused(
    desk: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    plan, other = tmp_path / "ke-hoach.json", tmp_path / "khac.json"
    desk(CODE, "--to", 2, "--plan", "--map", "thu-ly=tham-tra", "-o", plan)
    assert "bản thảo" in desk("--apply", plan, *SIGNED[:-1])[1]
    shutil.copy(plan, other)
    other.write_text(other.read_text(encoding="utf-8").replace('000.00.19.H19"', '000.00.19.H20"'), encoding="utf-8")
    assert "000.00.19.H20" in desk("--apply", other, *SIGNED)[1]
    assert "kế hoạch khác" in desk("--apply", plan, *SIGNED, "--rollback", other)[1]
