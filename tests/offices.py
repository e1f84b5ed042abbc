"""A small office with heads, deputies, transfers and every kind of arrow, and its engine: what the tests of verbs share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import cache
from random import Random
from typing import Any

from cases import account

from flowiso import decision
from flowiso.calendar import Calendar
from flowiso.dossier import Dossier
from flowiso.engine import Engine
from flowiso.errors import Misrouted, NotAllowed, UnknownFlow
from flowiso.flowfile import read_flow
from flowiso.library import bundled, load_calendar
from flowiso.machine import Table, compile_flow
from flowiso.model import (
    APPLICANT,
    CORRECT,
    RECEIVE,
    RESUME,
    STOP,
    SUBMIT,
    WITHDRAW,
    Account,
    Delegation,
    Flow,
    Move,
    Post,
    Role,
)
from flowiso.org import Limits, Org
from flowiso.refusals import Said
from flowiso.state import State, advance, begin, ripe
from flowiso.store import open_store
from flowiso.text import Text
from flowiso.wish import TITLES
from flowiso.words import Words
from flowiso.worktime import TZ

PHONG, PHONG_2 = "phong", "phong-2"
MOVED_ON = date(2021, 9, 16)
"""The day doi moves from the second division to the first."""

ROLES = (
    Role("mot-cua", Text("Một cửa", "One-stop"), "vp", "agency", duty="receive"),
    Role("truong-phong", Text("Trưởng phòng", "Head"), "own", "agency", duty="review"),
    Role("chuyen-vien", Text("Chuyên viên", "Officer"), "own", "agency", duty="examine"),
    Role("giam-doc", Text("Giám đốc", "Director"), "", "agency", duty="approve"),
    Role("van-thu", Text("Văn thư", "Clerk"), "vp", "agency", duty="issue"),
    Role("ban", Text("Bộ", "Ministry"), "bo", "partner", ("chuyen-vien",)),
    Role("nguoi-nop", Text("Người nộp", "Applicant"), "", "applicant", ("mot-cua",)),
    Role("he-thong", Text("Hệ thống", "System"), "", "system"),
)
ACCOUNTS = (
    account("lan", "mot-cua", "vp"),
    account("thao", "mot-cua", "vp"),
    account("cu", "mot-cua", "vp", until=date(2021, 9, 1)),
    account("ha", "truong-phong", PHONG),
    account("vinh", "truong-phong", PHONG),
    account("long", "truong-phong", PHONG_2),
    account("an", "chuyen-vien", PHONG),
    account("binh", "chuyen-vien", PHONG),
    account("nghi", "chuyen-vien", PHONG, leave=((date(2021, 9, 13), date(2021, 9, 17)),)),
    account("chi", "chuyen-vien", PHONG_2),
    account("doi", "chuyen-vien", PHONG, since=MOVED_ON, earlier=(
        Post(frozenset({"chuyen-vien"}), PHONG_2, date(2021, 1, 1), MOVED_ON),)),
    account("thoi", "chuyen-vien", PHONG, until=date(2021, 9, 16)),
    Account("kiem", "Kiêm", frozenset({"chuyen-vien", "giam-doc", "van-thu"}), PHONG),
    account("quang", "giam-doc", "lanh-dao"),
    account("hanh", "van-thu", "vp"),
    account("bo", "ban", "bo"),
    account(APPLICANT, "nguoi-nop", ""),
    account("he-thong", "he-thong", ""),
)  # fmt: skip
ORG = Org(
    agency="H19.1",
    title=Text("Sở Mẫu", "Sample Department"),
    limits=Limits(),
    fields={"dien": Text("Điện", "Electricity")},
    divisions={name: Text(name, name) for name in (PHONG, PHONG_2, "vp")},
    leadership={"lanh-dao": Text("Ban Giám đốc", "Directorate")},
    partners={"bo": Text("Bộ", "Ministry")},
    roles={role.id: role for role in ROLES},
    accounts={one.id: one for one in ACCOUNTS},
)
FLOW = """
code: MAU-01
version: {version}
status: published
title: Thủ tục mẫu
field: dien
division: phong
decided_by: so
online_level: 4
interconnected: no
deadline: {deadline}
{head}
clock_policy: {policy}
effective: {{from: 2018-01-01}}
issued_by: QĐ 1
legal_basis: [Luật 1]
steps:
  tiep-nhan: {{by: mot-cua, within: 4wh, then: {{thieu: khong-nhan, xong-ngay: tra, {intake}}}}}
  phan-cong: {{by: truong-phong, within: 4wh, then: {{nham-phong: {{to: tiep-nhan, kind: send-back}}}}}}
  thu-ly:
    by: chuyen-vien
    within: 16wh
    then:
      bo-sung: {{to: gui-bo-sung, kind: supplement}}
      nop-phi: {{to: gui-phi, kind: fee, {fee}}}
      hoi-bo: {{to: y-kien, kind: consult}}
      cho-bo: {{to: cho-y-kien, kind: consult}}
      tu-choi: {{to: ky-tu-choi, kind: refuse}}
      gap: {{to: thu-ly, deadline: 2wd}}
  ky:        {{by: giam-doc, within: 4wh, then: {{tra-lai: {{to: thu-ly, kind: send-back}}}}}}
  vao-so:    {{by: van-thu, within: 2wh}}
  tra:       {{by: mot-cua, clock: none, ready: yes, then: {{xong: da-cap}}}}
aside:
  gui-bo-sung: {{by: mot-cua, within: 2wh, then: {{gui: cho-bo-sung, khong-gui: {{to: thu-ly, kind: send-back}}}}}}
  cho-bo-sung: {{by: nguoi-nop, clock: stopped, then: {{da-bo-sung: thu-ly, thoi: {{to: da-dung, by: mot-cua}}}}}}
  gui-phi:     {{by: mot-cua, within: 2wh, then: {{gui: cho-phi}}}}
  cho-phi:     {{by: nguoi-nop, clock: stopped, then: {{da-nop: thu-ly, da-nop-du: tra, thoi: {{to: da-dung, by: mot-cua}}}}}}
  y-kien:      {{by: ban, within: 16wh, charged-to: partner, then: {{tra-loi: thu-ly}}, at-limit: {{im: thu-ly}}}}
  cho-y-kien:  {{by: ban, clock: stopped, then: {{tra-loi: thu-ly}}}}
  ky-tu-choi:  {{by: giam-doc, within: 4wh, then: {{ky: tra-tu-choi}}}}
  tra-tu-choi: {{by: mot-cua, clock: none, ready: yes, then: {{xong: tu-choi}}}}
{anywhere}
{due}
ends: {{da-cap: granted, tu-choi: refused, khong-nhan: refused-intake, {ends}, im-lang: silence, ghi-nhan: recorded}}
facts:
  - of: [code, version, status, title, field, division, decided_by, online_level, interconnected, deadline, clock_policy,
      effective, issued_by, legal_basis, steps, times, arrows, forms, at-due, no_deadline_reason, one_stop_full]
    read: một nguồn
"""


def flow(
    deadline: str = "5wd",
    policy: str = "restart",
    version: int = 1,
    arrows: bool = True,
    silence: bool = False,
    head: str = "",
    intake: str = "",
    fee: str = "",
) -> Flow:
    """The flow; without `arrows` it has neither a withdrawal nor a stopped end of its own."""
    text = FLOW.format(
        deadline=deadline,
        policy=policy,
        version=version,
        head=head or ("no_deadline_reason: luật không quy định" if deadline == "none" else ""),
        intake=intake,
        fee=fee,
        anywhere="anywhere: {rut: {to: da-rut, kind: withdraw, by: nguoi-nop}}" if arrows else "",
        ends="da-rut: withdrawn, da-dung: stopped" if arrows else "da-dung: recorded",
        due="at-due: {het-han: im-lang}" if silence else "",
    )
    found, findings = read_flow(text.encode(), "mau-01.yaml", Words())
    assert found is not None, findings
    assert not findings, findings
    return found


@cache
def calendar() -> Calendar:
    """The shipped calendar."""
    return load_calendar(bundled())


class Office:
    """The agency's files as the engine needs them: one flow in some versions."""

    def __init__(self, *flows: Flow, org: Org = ORG) -> None:
        self.org, self.flows, self.calendar = org, flows, calendar()
        self.tables = {one.version: compile_flow(one, org) for one in flows}
        for table in self.tables.values():
            table.sibling = self.tables.get

    def find(self, code: str, on: date) -> Flow:
        """The first version."""
        if code != self.flows[0].code:
            raise UnknownFlow(Text("không có", "there is none"))
        return self.flows[0]

    def table(self, code: str, version: int, year: int) -> Table:
        """The compiled version."""
        return self.tables[version]


def office(*flows: Flow, org: Org = ORG, strict: bool = True, **more: Any) -> Engine:
    """An engine over an empty store in memory."""
    policy = "refuse" if strict else "record"
    return Engine(Office(*(flows or (flow(**more),)), org=org), open_store("memory:"), on_misroute=policy)  # type: ignore[arg-type]


def delegated(principal: str, delegate: str, since: str = "13/09", until: str = "25/09", **more: Any) -> Delegation:
    """A delegation on some days of 2021."""
    return Delegation(principal, delegate, at(f"{since} 00:00").date(), at(f"{until} 00:00").date(), "GUQ 1", **more)


def at(text: str) -> datetime:
    """ "14/09 08:00" of 2021."""
    return datetime.strptime(f"2021 {text}", "%Y %d/%m %H:%M").replace(tzinfo=TZ)


def go(
    engine: Engine, hs: Dossier | str, line: str, /, note: str | None = None, force: bool = False, **record: str
) -> Dossier:
    """A move told as "14/09 08:00 an bo-sung lan": day, hour, account, action and, where one is named, receiver."""
    day, hour, by, action, *to = line.split()
    said: Mapping[str, str] | None = record or None
    return engine.move(
        hs, action, by=by, to=to[0] if to else None, at=at(f"{day} {hour}"), note=note, record=said, force=force
    )


def path(engine: Engine, hs: Dossier, *lines: str, note: str = "lý do", **record: str) -> Dossier:
    """Some moves, each with a note."""
    for line in lines:
        hs = go(engine, hs, line, note, **record)
    return hs


def received(engine: Engine, when: str = "14/09 08:00") -> Dossier:
    """Received at the counter by lan; due on Tuesday 21/09/2021 by five working days."""
    return engine.receive("MAU-01", by="lan", at=at(when))


def examined(engine: Engine, when: str = "14/09 08:00", officer: str = "an") -> Dossier:
    """With the officer on the same day at 10:00."""
    day = when.split()[0]
    lines = (f"{day} 09:00 lan chuyen ha", f"{day} 10:00 ha chuyen {officer}")
    return path(engine, received(engine, when), *lines)


def ready(engine: Engine, day: str = "16/09") -> Dossier:
    """Examined, signed, numbered, and available at thao's at 14:00 of a day."""
    lines = ("08:00 an chuyen quang", "09:00 quang chuyen hanh", "14:00 hanh chuyen thao")
    return path(engine, examined(engine), *(f"{day} {line}" for line in lines))


def shown(moment: datetime | None) -> str | None:
    """ "21/09 17:00"."""
    return moment and f"{moment:%d/%m %H:%M}"


def roam(table: Table, seed: int, length: int = 40) -> tuple[list[Move], list[State]]:
    """A dossier's random life: any arrow and any verb, by whoever may well take it, at any time; also within one second."""
    random = Random(seed)
    moment = int(at("01/03 08:00").timestamp()) + random.randrange(100 * 86400)
    verb = random.choice((RECEIVE, RECEIVE, SUBMIT))
    moves = [decision.open_case(table, verb, "lan", "lan", moment)]
    states = [begin(table, calendar(), moves[0])]
    for _ in range(length):
        moment += random.choice((0, 0, 60, 3600, 3600, 4 * 3600, 86400, 4 * 86400))
        try:
            _settle(moves, states, moment)
            _add(moves, states, _wished(random, states[-1], moment))
        except (NotAllowed, Misrouted):
            continue
    return moves, states


def _add(moves: list[Move], states: list[State], more: Iterable[Move]) -> None:
    for move in more:
        states.append(advance(calendar(), states[-1], move))
        moves.append(move)


def _settle(moves: list[Move], states: list[State], moment: int) -> None:
    while timer := ripe(states[-1], moment):
        _add(moves, states, [decision.system_move(states[-1], timer, next(iter(timer[1].row.fits), ""))])


def _picked(random: Random, state: State) -> str:
    """An arrow, mostly one that goes on, or a verb."""
    arrows, roll = decision.actions(state), random.random()
    if state.paused and roll < 0.5:
        return RESUME
    if state.received is None and roll < 0.6:
        return RECEIVE
    if arrows and roll < 0.75:
        onward = [state.row.stopped or not state.row.arcs[name].row.resolves for name in arrows]
        return random.choices(arrows, [9 if on else 1 for on in onward])[0]
    return random.choice(sorted(TITLES.keys() - {STOP, WITHDRAW} if roll < 0.97 else TITLES))


def _wished(random: Random, state: State, moment: int) -> tuple[Move, ...]:
    table, action = state.row.table, _picked(random, state)
    arc = state.row.arcs.get(action)
    step = random.choice([row for row in table.rows.values() if row.step is not None])
    target = arc.row if arc else step if action == CORRECT else state.row
    actor = random.choice((state.holder, state.holder, state.sender, "quang", "ha", "lan", APPLICANT))
    if arc and (seats := arc.takers or state.row.recorders):
        actor = random.choice(sorted(seats))
    to = random.choice(sorted(target.fits)) if target.step is not None else ""
    version = str(3 - table.flow.version)
    record = {
        "ground": "Luật",
        "step": step.id,
        "until": "2021-09-30",
        "version": version,
        "fault": "agency",
        "of": "late",
    }
    said = Said("lý do", record | {"owner": "an", "score": "3", "founded": "no", "action": "nhắc", "due": "2021-12-30"})
    return decision.decide(state, action, actor, to, moment, said=said)
