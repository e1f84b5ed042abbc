"""FlowISO through its public interface: every act by the dossier's number, without anything kept in between."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import flowiso
from contenders import RECEIVE, Act, Contender, Plan, bare

PEOPLE = {
    "owner": "Công ty trách nhiệm hữu hạn Bình Minh",
    "submitter": "Nguyễn Thị Ánh",
    "id_no": "075090001234",
    "phone": "0903123456",
    "email": "binh.minh@example.vn",
    "address": "12 Nguyễn Ái Quốc, phường Quang Vinh, Biên Hòa",
}


class Ours(Contender):
    """`flowiso.open(...).receive` and `.move(number, ...)`."""

    def __init__(self, plan: Plan, place: str) -> None:
        self.server = "://" in place
        self.file = Path(place) / "flowiso.db"
        self.url = place if self.server else f"sqlite:///{self.file}"
        self.engine = flowiso.open(store=self.url, allow_draft=True)
        self.code = plan.cases[0][2]
        self.numbers: dict[int, str] = {}
        self.fresh = self._bytes()

    def step(self, act: Act) -> None:
        """One verb."""
        if act.action == RECEIVE:
            self.receive(act)
        else:
            number, to = self.numbers[act.dossier], act.to or None
            self.engine.move(number, act.action, by=act.by, to=to, at=act.moment, note=act.note)

    def receive(self, act: Act) -> None:
        """A number from the counter, and the first line."""
        self.numbers[act.dossier] = self.engine.receive(self.code, by=act.by, at=act.moment).number

    def found(self, dossier: int) -> list[tuple[Any, ...]]:
        """The log, without confirmations."""
        return bare(self.engine.dossier(self.numbers[dossier]).moves)

    def size(self) -> int:
        """What the database grew by."""
        return self._bytes() - self.fresh

    def _bytes(self) -> int:
        if self.server:
            from contenders.psycopg3 import size

            return size(self.url)
        with sqlite3.connect(self.file) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        return self.file.stat().st_size


class WithPeople(Ours):
    """With the applicant's name, number, telephone and address beside each dossier."""

    def receive(self, act: Act) -> None:
        """The same, and the table of personal data."""
        found = self.engine.receive(self.code, by=act.by, at=act.moment, people=PEOPLE)
        self.numbers[act.dossier] = found.number
