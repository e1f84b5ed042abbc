"""Small flows, one small agency, and logs made by deciding: what the tests of lives, findings and figures share."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from flowiso.calendar import Calendar
from flowiso.decision import decide, open_case, system_move
from flowiso.flowfile import read_flow
from flowiso.library import bundled
from flowiso.life import Life
from flowiso.machine import Table, compile_flow
from flowiso.model import APPLICANT, CONFIRM, RECEIVE, SUBMIT, Account, Case, Channel, Flow, Move, Role
from flowiso.org import Limits, Org
from flowiso.state import State, advance, begin, ripe
from flowiso.text import Text
from flowiso.tracing import trace
from flowiso.words import Words
from flowiso.worktime import TZ, instant

LATE = {"late": 1, "late_by_law": 1}
OVERDUE = {"open_overdue": 1, "overdue_by_law": 1}
"""The counts of a late and of an overdue dossier that wasn't re-appointed (R50)."""

HEAD = """
code: {code}
version: 1
status: published
title: {title}
field: {field}
division: phong
decided_by: so
online_level: {level}
interconnected: {linked}
deadline: {deadline}
{reason}
clock_policy: {policy}
effective: {{from: 2018-01-01}}
issued_by: QĐ 1
legal_basis: [Luật 1]
steps:
  tiep-nhan: {{by: mot-cua, within: 2wh, then: {{thieu: khong-nhan}}}}
  phan-cong: {{by: lanh-dao, within: 2wh}}
  thu-ly:    {{by: chuyen-vien, within: 8wh, then: {{
    lam-tiep: lam-tiep, bo-sung: {{to: gui-bo-sung, kind: supplement, times: 2}}, hoi-y-kien: {{to: y-kien, kind: consult}}}}}}
  ky:        {{by: lanh-dao, within: 4wh, then: {{tra-lai: {{to: thu-ly, kind: send-back}}}}}}
  tra:       {{by: mot-cua, clock: none, ready: yes, then: {{xong: da-cap}}}}
aside:
  lam-tiep:    {{by: chuyen-vien, within: 8wh, then: {{xong: ky}}}}
  gui-bo-sung: {{by: mot-cua, within: 2wh, then: {{gui: cho-bo-sung}}}}
  cho-bo-sung: {{by: nguoi-nop, clock: stopped, then: {{da-bo-sung: thu-ly, dong: {{to: da-dung, by: mot-cua}}}}}}
  y-kien:      {{by: ban, within: 8wh, then: {{da-tra-loi: {{to: ky}}, xac-minh: xac-minh}}}}
  xac-minh:    {{by: chuyen-vien, within: 8wh, charged-to: partner, then: {{xong: ky}}}}
anywhere: {{rut: {{to: da-rut, kind: withdraw, by: nguoi-nop}}}}
{due}
ends: {{da-cap: granted, khong-nhan: refused-intake, da-rut: withdrawn, da-dung: stopped, im-lang: silence}}
facts:
  - of: [code, version, status, title, field, division, decided_by, online_level, interconnected, deadline,
      clock_policy, effective, issued_by, legal_basis, steps, times, arrows, forms, at-due, no_deadline_reason]
    read: một nguồn
"""


def account(name: str, role: str, division: str, **more: Any) -> Account:
    """An account with one role."""
    return Account(name, name.title(), frozenset({role}), division, **more)


ORG = Org(
    agency="H19.1",
    title=Text("Sở Mẫu", "Sample Department"),
    limits=Limits(),
    fields={"dien": Text("Điện", "Electricity"), "khi": Text("Khí", "Gas")},
    divisions={
        "phong": Text("Phòng", "Division"),
        "phong-2": Text("Phòng hai", "Division two"),
        "vp": Text("VP", "Office"),
    },
    partners={"bo": Text("Bộ", "Ministry")},
    roles={
        "mot-cua": Role("mot-cua", Text("Một cửa", "One-stop"), "", "agency"),
        "lanh-dao": Role("lanh-dao", Text("Lãnh đạo", "Head"), "own", "agency"),
        "chuyen-vien": Role("chuyen-vien", Text("Chuyên viên", "Officer"), "own", "agency"),
        "ban": Role("ban", Text("Ban", "Board"), "bo", "partner"),
        "nguoi-nop": Role("nguoi-nop", Text("Người nộp", "Applicant"), "", "applicant", ("mot-cua",)),
        "he-thong": Role("he-thong", Text("Hệ thống", "System"), "", "system"),
    },
    accounts={
        one.id: one
        for one in (
            account("lan", "mot-cua", "vp"),
            account("thao", "mot-cua", "vp"),
            account("sep", "lanh-dao", "phong"),
            Account("kiem", "Kiêm", frozenset({"mot-cua", "lanh-dao"}), "phong"),
            account("an", "chuyen-vien", "phong"),
            account("binh", "chuyen-vien", "phong"),
            account("chi", "chuyen-vien", "phong-2"),
            account("nghi", "chuyen-vien", "phong", leave=((date(2021, 9, 1), date(2021, 9, 30)),)),
            account("cu", "chuyen-vien", "phong", until=date(2021, 9, 1)),
            account("bo", "ban", "bo"),
            account(APPLICANT, "nguoi-nop", ""),
            account("he-thong", "he-thong", ""),
        )
    },
)


def flow(
    code: str = "MAU-01",
    field: str = "dien",
    deadline: str = "5wd",
    policy: str = "restart",
    silence: bool = False,
    level: int = 4,
    linked: bool = False,
) -> Flow:
    """The sample flow, with the deadline and clock policy asked for."""
    text = HEAD.format(
        code=code,
        title=f"Thủ tục {code}",
        field=field,
        deadline=deadline,
        reason="no_deadline_reason: luật không quy định" if deadline == "none" else "",
        policy=policy,
        due="at-due: {het-han: im-lang}" if silence else "",
        level=level,
        linked="yes" if linked else "no",
    )
    found, findings = read_flow(text.encode(), f"{code}.yaml", Words())
    assert found is not None, findings
    assert not findings, findings
    return found


def table(*args: Any, **more: Any) -> Table:
    """The sample flow, compiled."""
    return compile_flow(flow(*args, **more), ORG)


def at(text: str) -> int:
    """ "14/09 08:00" of 2021, or "04/01/2022 08:00", as an instant."""
    day, clock = text.split()
    year = day[6:] or "2021"
    return instant(datetime.fromisoformat(f"{year}-{day[3:5]}-{day[:2]} {clock}").replace(tzinfo=TZ))


class Log:
    """A dossier's log, grown move by move through `decide`; wrong hand-overs are let through."""

    def __init__(
        self,
        table: Table,
        calendar: Calendar,
        when: str,
        number: str = "1",
        channel: Channel = "counter",
        submitted: bool = False,
        by: str = "lan",
    ) -> None:
        self.table = table
        self.calendar = calendar
        self.case = Case(ORG.agency, number, table.flow.code, 1, channel)
        actor, verb = (APPLICANT, SUBMIT) if submitted else (by, RECEIVE)
        self.moves: list[Move] = [open_case(table, verb, actor, by, at(when))]
        self.state: State = begin(table, calendar, self.moves[0])

    def move(self, when: str | int, actor: str, action: str, to: str = "") -> Log:
        """One move; a confirmation is put before the first action of whoever got it."""
        moment = at(when) if isinstance(when, str) else when
        return self.add(decide(self.state, action, actor, to, moment, strict=False))

    def raw(self, when: str, actor: str, action: str, step: str, to: str) -> Log:
        """A line as another system may have written it, not asked for leave."""
        return self.add([Move(self.state.seq + 1, at(when), actor, action, step, to)])

    def add(self, moves: Iterable[Move]) -> Log:
        """Lines as they are."""
        for move in moves:
            self.moves.append(move)
            self.state = advance(self.calendar, self.state, move)
        return self

    def confirm(self, when: str, actor: str) -> Log:
        """Confirm a hand-over."""
        return self.move(when, actor, CONFIRM)

    def settle(self, when: str) -> Log:
        """Put down what time has done by itself until then."""
        while timer := ripe(self.state, at(when)):
            self.add([system_move(self.state, timer, "")])
        return self

    def until(self, when: str) -> Log:
        """The log as it stood at a moment (R92)."""
        cut = Log.__new__(Log)
        cut.table, cut.calendar, cut.case = self.table, self.calendar, self.case
        cut.moves = [move for move in self.moves if move.at <= at(when)]
        return cut

    @property
    def life(self) -> Life:
        """The life this log tells."""
        return trace(self.table, self.calendar, self.case, self.moves)


def plain(
    table: Table, calendar: Calendar, days: Sequence[str], number: str = "1", channel: Channel = "counter"
) -> Log:
    """Received, assigned, examined, signed and ready at five moments, by lan, sep, an and sep; thao has the result."""
    log = Log(table, calendar, days[0], number, channel)
    steps = (("lan", "sep"), ("sep", "an"), ("an", "sep"), ("sep", "thao"))
    for when, (actor, to) in zip(days[1:], steps, strict=True):
        log.move(when, actor, "chuyen", to)
    return log


IN_TIME = ("14/09 08:00", "14/09 09:00", "14/09 10:00", "15/09 08:30", "15/09 10:00")
"""Five working days from Tuesday 14/09/2021 end on Tuesday 21/09/2021: resolved six days before."""


def agency_alone(folder: Path) -> Path:
    """The shipped agency's own files copied to a folder, without plans, shapes, rule sets and flows; it speaks of today."""
    kept = "_", "2"
    shutil.copytree(bundled(), folder, ignore=lambda at, names: [name for name in names if not name.startswith(kept)])
    for file in (*(folder / "_plans").iterdir(), folder / "_shapes.yaml"):
        file.unlink()
    for name, end in (("_laws.yaml", r"rule_sets:[\s\S]*"), ("_org.yaml", r"  as_of: .*\n")):
        text = (folder / name).read_text(encoding="utf-8")
        (folder / name).write_text(re.sub(end, "", text), encoding="utf-8")
    return folder
