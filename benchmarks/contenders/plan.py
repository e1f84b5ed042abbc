"""The work of `benchmarks/store.py`, made by our own engine on a store in memory."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from contenders import RECEIVE, Act, Plan
from flowiso import open as open_engine
from flowiso.chain import begin, link
from flowiso.dossier import Dossier
from flowiso.engine import Engine
from flowiso.model import APPLICANT, FORWARD
from flowiso.worktime import TZ, instant

CODE = "LTHH-13"
START = datetime(2021, 3, 1, 8, tzinfo=TZ)
STRIDE = timedelta(minutes=90)
TOGETHER = 100
"""So many dossiers take their steps in turn, before the next so many come in."""

_MAIN = [*([FORWARD] * 6), "tra"]
_ASKED = ["yeu-cau-bo-sung", "gui", "da-bo-sung"]
_SENT_BACK = ["tra-lai", FORWARD]
_NOTES = {
    "yeu-cau-bo-sung": "Thiếu bản sao Giấy chứng nhận đăng ký doanh nghiệp",
    "tra-lai": "Dự thảo chưa ghi đủ địa bàn kinh doanh",
}


def way(index: int) -> list[str]:
    """What is done with a dossier after its receipt: every tenth is supplemented, every twentieth sent back at review."""
    asked, back = _ASKED if index % 10 == 3 else [], _SENT_BACK if index % 20 == 7 else []
    return [*_MAIN[:2], *asked, _MAIN[2], *back, *_MAIN[3:]]


def make(dossiers: int) -> Plan:
    """The acts with so many dossiers, 8.4 each on average."""
    engine = open_engine(allow_draft=True)
    table = engine.flows.table(CODE, 1, START.year)
    acts: list[Act] = []
    cases: list[tuple[str, str, str, int, str]] = []
    for first in range(0, dossiers, TOGETHER):
        group = [_Life(engine, index) for index in range(first, min(first + TOGETHER, dossiers))]
        for turn in range(max(len(life.way) for life in group) + 1):
            acts += (life.act(turn) for life in group if turn <= len(life.way))
        cases += [tuple(life.dossier.case) for life in group]
        assert all(life.dossier.ended for life in group)
    arrows = [(row.id, action, arc.row.id) for row in table.rows.values() for action, arc in row.arcs.items()]
    return Plan(table.first.id, tuple(cases), tuple(arrows), tuple(_owed(engine, cases, acts)))


def _owed(engine: Engine, cases: list[tuple[str, str, str, int, str]], acts: list[Act]) -> Iterator[Act]:
    """The acts with what each put into the outbox."""
    owed: dict[tuple[str, int | None], list[tuple[int, str]]] = {}
    for row in engine.store.events(engine.agency):
        owed.setdefault((row.number, row.seq), []).append((row.seq or 0, row.type))
    for act in acts:
        number = cases[act.dossier][1]
        yield act._replace(events=tuple(event for line in act.lines for event in owed.get((number, line[0]), ())))


class _Life:
    """A dossier on its way."""

    dossier: Dossier
    hash: bytes

    def __init__(self, engine: Engine, index: int) -> None:
        self.engine, self.index, self.way = engine, index, way(index)

    def act(self, turn: int) -> Act:
        """Its next act, done and described."""
        moment = START + timedelta(seconds=self.index) + turn * STRIDE
        before = 0
        note = None
        if turn == 0:
            action, by, to = RECEIVE, "lan.vp", "lan.vp"
            self.dossier = self.engine.receive(CODE, by=by, at=moment)
            self.hash = begin(self.dossier.case)
        else:
            before, action = len(self.dossier.moves), self.way[turn - 1]
            by, to = self._people(action, moment)
            note = _NOTES.get(action)
            self.dossier = self.engine.move(self.dossier.number, action, by=by, to=to or None, at=moment, note=note)
        lines = self.dossier.moves[before:]
        hashes = [digest.hex() for digest in self._chain(before)]
        step = self.dossier.state.row.id
        assert self.dossier.holder == to
        rows = tuple(map(tuple, lines)), tuple(hashes), ()
        return Act(self.index, action, by, to, instant(moment), step, note, *rows, moment)

    def _people(self, action: str, moment: datetime) -> tuple[str, str]:
        """Who acts, and who gets it: the holder, his clerk for the applicant; the first who fits."""
        accounts = {one.name: one.accounts for one in self.engine.actions(self.dossier, moment)}[action]
        held = self.dossier.holder
        return "lan.vp" if held in ("", APPLICANT) else held, accounts[0].id if accounts else ""

    def _chain(self, before: int) -> Iterator[bytes]:
        for move in self.dossier.moves[before:]:
            self.hash = link(self.hash, move)
            yield self.hash
