"""The compiled table says what the stock Machine says, refuses what it can't carry, and knows who may hold a step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import cases
import pytest
from transitions import Machine, MachineError

from flowiso import machine as compiling
from flowiso.app import Agency
from flowiso.errors import FlowFileError
from flowiso.library import bundled, flow_files
from flowiso.machine import Guard, Row, Table, compile_flow, declare, partner_after
from flowiso.model import Flow

RECEIVED = (None, 1_614_560_400)
TAKEN = (0, 1)
STRANGER = "khong-co-that"


@pytest.fixture(scope="module")
def agency() -> Agency:
    """The shipped flows."""
    return Agency.load()


@pytest.fixture(scope="module")
def tables(agency: Agency) -> list[Table]:
    """All of them, compiled."""
    return [agency.table(flow.code, flow.version, 2021) for flow in agency.flows]


class Cursor:
    """A dossier as a stock Machine sees it: nothing but its state, and what guards ask."""

    def __init__(self, state: str, received: int | None, taken: int) -> None:
        self.state = state
        self.received = received
        self.taken = taken

    def times_taken(self, step: str, action: str) -> int:
        """The same for every arrow."""
        return self.taken


def by_machine(machine: Machine, cursor: Cursor, action: str) -> str | None:
    """Where the stock Machine leads, None for "no" however it says so."""
    try:
        return cursor.state if machine.events[action].trigger(cursor) else None
    except (MachineError, AttributeError, KeyError):
        return None


def by_table(table: Table, cursor: Cursor, action: str) -> str | None:
    """Where the table leads, None for "no"."""
    arc = table.rows[cursor.state].arcs.get(action)
    if arc is None or (cursor.received is None) is not arc.intake:
        return None
    return arc.row.id if arc.guard is None or arc.guard.allows(cursor) else None


class Pair(NamedTuple):
    """One question put to both."""

    flow: str
    state: str
    action: str
    received: int | None
    taken: int


def test_table_and_machine_agree(tables: list[Table]) -> None:
    """Every flow x every state x every action x received or not x times taken 0, 1 and the limit (R11, R14)."""
    compared, allowed, disagreements = 0, 0, []
    for table in tables:
        limits = {arc.arrow.times for row in table.rows.values() for arc in row.arcs.values()} - {None}
        actions = {action for row in table.rows.values() for action in row.arcs} | {STRANGER}
        for state in table.rows:
            for action in sorted(actions):
                for received in RECEIVED:
                    for taken in {*TAKEN, *limits}:
                        stock = by_machine(table.machine, Cursor(state, received, taken), action)
                        ours = by_table(table, Cursor(state, received, taken), action)
                        compared += 1
                        allowed += ours is not None
                        if stock != ours:
                            disagreements.append((Pair(table.flow.code, state, action, received, taken), stock, ours))
    print(f"{len(tables)} flows, {compared} pairs compared, {allowed} allowed")
    assert disagreements == []
    assert len(tables) == len(flow_files([bundled()]))
    assert compared > 1_000 * len(tables)
    assert allowed > 50 * len(tables)


def test_table_holds_nothing_the_flow_does_not(tables: list[Table]) -> None:
    """The table's arrows are the flow's arrows, one to one; a flow's end has none."""
    for table in tables:
        written = {
            (step.id, arrow.action): arrow.target for step in table.flow.steps for arrow in table.flow.arrows(step)
        }
        compiled = {(row.id, name): arc.row.id for row in table.rows.values() for name, arc in row.arcs.items()}
        assert compiled == written
        assert set(table.rows) == {step.id for step in table.flow.steps} | {end.id for end in table.flow.ends}


def spoiled(flow: Flow, monkeypatch: pytest.MonkeyPatch, agency: Agency, spoil: Callable[[Machine], Any]) -> None:
    """Compile the flow from a Machine that somebody changed."""

    def changed(flow: Flow) -> Machine:
        machine = declare(flow)
        spoil(machine)
        return machine

    monkeypatch.setattr(compiling, "declare", changed)
    compile_flow(flow, agency.org)


def arrow_of(machine: Machine) -> Any:
    """The stock transition thu-ly -> tham-dinh."""
    return machine.events["chuyen"].transitions["thu-ly"][0]


def twice(machine: Machine) -> None:
    """A second arrow of the same name from the same step."""
    guard = Guard("thu-ly", "chuyen", False, None)
    machine.add_transition("chuyen", "thu-ly", "ky-duyet", conditions=[guard])


def internal(machine: Machine) -> None:
    """An arrow that stays where it is and runs callbacks only."""
    arrow_of(machine).dest = None


def turned_round(machine: Machine) -> None:
    """Our own guard under `unless`: the table would read the opposite."""
    arrow_of(machine).conditions[0].target = False


SPOILS: dict[str, Callable[[Machine], Any]] = {
    "before": lambda machine: arrow_of(machine).add_callback("before", print),
    "after": lambda machine: arrow_of(machine).add_callback("after", print),
    "prepare": lambda machine: arrow_of(machine).add_callback("prepare", print),
    "internal": internal,
    "twice": twice,
    "foreign condition": lambda machine: setattr(arrow_of(machine).conditions[0], "func", lambda event: True),
    "no condition": lambda machine: arrow_of(machine).conditions.clear(),
    "second condition": lambda machine: arrow_of(machine).conditions.append(arrow_of(machine).conditions[0]),
    "unless": turned_round,
    "state callback": lambda machine: machine.get_state("thu-ly").add_callback("enter", print),
    "machine callback": lambda machine: machine.before_state_change.append(print),
    "finalize": lambda machine: machine.finalize_event.append(print),
}


@pytest.mark.parametrize("how", SPOILS)
def test_what_a_table_cannot_carry_is_refused(how: str, agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Machine may do more than a table; compiling it anyway would change its meaning in silence."""
    flow = agency.library.find("LTHH-13")
    with pytest.raises(FlowFileError) as refused:
        spoiled(flow, monkeypatch, agency, SPOILS[how])
    assert "LTHH-13" in str(refused.value)


def test_untouched_machine_is_compiled(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    """The harness of the refusals refuses nothing by itself."""
    spoiled(agency.library.find("LTHH-13"), monkeypatch, agency, lambda machine: None)


def test_same_arrow_from_anywhere_and_from_a_step(agency: Agency) -> None:
    """An arrow written twice in a file becomes two stock transitions, of which only the first would ever be taken."""
    flow = agency.library.find("LTHH-13")
    step = flow.steps[2]
    clash = flow.anywhere[0]._replace(action=step.arrows[0].action)
    with pytest.raises(FlowFileError, match="hai lần"):
        compile_flow(flow._replace(anywhere=(clash,)), agency.org)


def row(agency: Agency, code: str, step: str) -> Row:
    """A compiled row of the shipped flow in force."""
    return agency.table(code, 1, 2021).rows[step]


@pytest.mark.parametrize(
    ("code", "end", "kind"),
    [
        ("LTHH-13", "da-cap", "granted"),
        ("LTHH-13", "tu-choi", "refused"),
        ("LTHH-13", "khong-nhan", "refused-intake"),
        ("LTHH-13", "da-rut", "withdrawn"),
        ("LTHH-13", "da-dung", "stopped"),
        ("QLCT-04", "dong-y-im-lang", "silence"),
        ("XTTM-01", "da-ghi-nhan", "recorded"),
    ],
)
def test_every_kind_of_end(agency: Agency, code: str, end: str, kind: str) -> None:
    """R48, R57, R59, R61: statistics read the kind, never the id; every end resolves, none has arrows or holders."""
    found = row(agency, code, end)
    assert (found.kind, found.resolves, found.ready, found.step) == (kind, True, False, None)
    assert (found.arcs, found.fits, found.confirms, found.timed, found.seconds) == ({}, {}, False, False, 0)


def test_flags_of_rows(agency: Agency) -> None:
    """Ready, stopped, timed, time allowed and who confirms, as docs/flow-file.md has it."""
    examine = row(agency, "LTHH-13", "thu-ly")
    assert (examine.seconds, examine.confirms, examine.ready, examine.resolves) == (54 * 3600, True, False, False)
    assert not examine.timed
    result = row(agency, "LTHH-13", "tra-ket-qua")
    assert (result.ready, result.resolves, result.seconds, result.stopped) == (True, True, 0, False)
    waits = row(agency, "LTHH-13", "cho-bo-sung")
    assert (waits.stopped, waits.confirms, waits.resolves) == (True, False, False)
    asked = row(agency, "TMQT-01", "cho-y-kien")
    assert (asked.seconds, asked.timed, asked.confirms) == (None, True, False)
    assert asked.at_limit is not None
    assert asked.at_due is None
    repair = row(agency, "ATTP-01", "cho-khac-phuc")
    assert (repair.stopped, repair.timed, repair.seconds) == (True, True, None)
    assert row(agency, "ATD-01", "tiep-nhan").seconds == 6 * 3600
    assert row(agency, "ATD-01", "xem-xet").seconds == 14.5 * 3600
    assert row(agency, "CNDP-01", "cham-diem").seconds is None
    assert row(agency, "ATD-01", "vp-tham-tra").confirms


def test_silence_reaches_every_running_step(agency: Agency) -> None:
    """At the due moment the system closes it wherever the clock runs (R64); not while it stands, not at an end."""
    table = agency.table("QLCT-04", 1, 2021)
    with_silence = {found.id for found in table.rows.values() if found.at_due}
    running = {step.id for step in table.flow.steps if step.clock == "run"}
    assert with_silence == running
    assert running == set(table.rows) - {"cho-giai-trinh", *(end.id for end in table.flow.ends)}


def test_intake_arrows(tables: list[Table]) -> None:
    """R11, R48: just the arrows to a refused-intake end may be taken only before the receipt; they leave the first row."""
    for table in tables:
        for found in table.rows.values():
            for arc in found.arcs.values():
                assert arc.intake is (arc.row.kind == "refused-intake")
                assert not arc.intake or found is table.first


def test_no_way_back_from_a_result(tables: list[Table]) -> None:
    """Edges of the national codes: 9 leads to 10 only - no withdrawal, no stop, nothing that runs out (R57)."""
    for table in tables:
        for found in table.rows.values():
            if found.ready:
                assert {arc.row.kind for arc in found.arcs.values()} <= {"granted", "refused"}
                assert not found.timed
            elif found.step is not None and table.flow.kind == "procedure":
                assert "rut-ho-so" in found.arcs


def test_supplements_reach_the_applicant_by_the_one_stop_unit(tables: list[Table]) -> None:
    """R15: whatever sends for papers or money and leads to the applicant starts at a one-stop row."""
    for table in tables:
        for found in table.rows.values():
            for arc in found.arcs.values():
                if arc.row.stopped and arc.kind != "repair":
                    assert found.step is not None
                    assert found.step.by == "mot-cua", (table.flow.code, found.id)


def test_own_division_roles_fit_by_the_flow(agency: Agency) -> None:
    """R121: an officer of the flow's own division, not his namesake of another."""
    trade, energy = row(agency, "LTHH-13", "thu-ly").fits, row(agency, "KDK-11", "thu-ly").fits
    assert {"mai.qltm", "hung.qltm"} <= set(trade)
    assert "hung.ktnl" not in trade
    assert {"hung.ktnl", "binh.ktnl"} <= set(energy)
    assert not set(trade) & set(energy)
    assert all(name.endswith(".qltm") for name in trade)


def test_partner_roles_fit_by_their_seat(agency: Agency) -> None:
    """Interconnected steps belong to the provincial committee (R47), opinions to the ministry; whatever the flow's division."""
    assert set(row(agency, "ATD-01", "vp-tham-tra").fits) == {"tri.ubnd", "oanh.ubnd"}
    assert set(row(agency, "ATD-01", "ubnd-ky").fits) == {"thinh.ubnd", "diep.ubnd"}
    opinion = row(agency, "TMQT-14", "cho-y-kien")
    assert set(opinion.fits) == {"bo.y-kien"}
    assert {"hanh.vp", "mai.qltm"} <= opinion.recorders.keys()
    assert "hung.ktnl" not in opinion.recorders
    assert "linh.khth" not in opinion.recorders


def test_dated_accounts_stand_with_themselves(agency: Agency) -> None:
    """R127, R128: who has dates or leave is looked at on the day; who is always there costs nothing."""
    fits = row(agency, "LTHH-13", "thu-ly").fits
    assert fits["mai.qltm"] is None
    assert fits["binh.qltm"] is agency.org.accounts["binh.qltm"]
    small = cases.table().rows["thu-ly"].fits
    assert small == {"an": None, "binh": None, "nghi": cases.ORG.accounts["nghi"], "cu": cases.ORG.accounts["cu"]}


def test_applicant_is_written_down_by_the_one_stop_unit(agency: Agency) -> None:
    """R15: acts of the applicant are recorded by mot-cua; closing an unanswered supplement is mot-cua's alone."""
    waits = row(agency, "LTHH-13", "cho-bo-sung")
    assert set(waits.fits) == {"nguoi-nop"}
    assert set(waits.recorders) == {"lan.vp", "thao.vp", "khoa.vp", "nhi.vp"}
    assert waits.arcs["khong-bo-sung"].takers == waits.recorders
    assert waits.arcs["rut-ho-so"].takers.keys() == {"nguoi-nop", *waits.recorders}
    assert waits.arcs["da-bo-sung"].takers == {}


def test_examiner_signer_and_clerk_are_different_people(tables: list[Table]) -> None:
    """R140: in the shipped files no account fits two of examining, reviewing, signing and giving the number."""
    parts = ("chuyen-vien", "lanh-dao-phong", "lanh-dao-so", "van-thu-so")
    for table in tables:
        fits = {part: set() for part in parts}  # type: dict[str, set[str]]
        for found in table.rows.values():
            if found.step is not None and found.step.by in fits:
                fits[found.step.by] |= set(found.fits)
        for part in parts:
            others = set().union(*(fits[other] for other in parts if other != part))
            assert not fits[part] & others, table.flow.code


def test_who_is_asked_is_the_next_partner_on_the_way(agency: Agency) -> None:
    """R45: past drafting and signing, the agency that is asked; nobody where no arrow leads to one."""
    rows = agency.table("ATD-02", 1, 2021).rows
    asked = partner_after(rows["trinh-y-kien"])
    assert asked is rows["cho-y-kien"]
    assert partner_after(asked) is asked
    assert all(partner_after(row) is None for row in rows.values() if row.kind is not None)
