"""DBOS: a workflow for each dossier, each act one of its steps, in sqlite or PostgreSQL as it comes."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from dbos import DBOS, DBOSConfig

from contenders import Act, Contender, Plan

Row = tuple[str, str, str, str, int]


@DBOS.step()
def act_on(place: str, holder: str, row: Row, arrow: tuple[str, str, str]) -> Row:
    """Check who acts and where the arrow leads; what it returns is what DBOS writes down."""
    action, by, step, _, _ = row
    if holder not in (by, "nguoi-nop", "") or arrow != (place, action, step):
        raise AssertionError(row)
    return row


@DBOS.workflow()
def life(rows: list[Row], arrows: list[tuple[str, str, str]]) -> list[float]:
    """A dossier from receipt to end; seconds each step took."""
    took, place, holder = [], "", ""
    for row, arrow in zip(rows, arrows, strict=True):
        start = time.perf_counter()
        _, _, place, holder, _ = act_on(place, holder, row, arrow)
        took.append(time.perf_counter() - start)
    return took


class Steps(Contender):
    """The dossiers one after the other: a workflow runs through, so its acts can't wait for others."""

    def __init__(self, plan: Plan, place: str) -> None:
        self.plan = plan
        self.leads = {arrow[:2]: arrow for arrow in plan.arrows}
        self.file = Path(place) / "dbos.db"
        self.server = place if "://" in place else ""
        config: DBOSConfig = {
            "name": "bench",
            "system_database_url": self.server or f"sqlite:///{self.file}",
            "log_level": "ERROR",
            "console_log_level": "ERROR",
        }
        DBOS(config=config)
        DBOS.launch()
        self.fresh = self.size()

    def step(self, act: Act) -> None:
        """Not alone: see `run`."""
        raise NotImplementedError

    def run(self, acts: Iterable[Act]) -> list[float]:
        """A workflow for each dossier. What its beginning and end take is added to the receipt."""
        took = {}
        for dossier, its in groupby(sorted(acts, key=lambda act: act.dossier), lambda act: act.dossier):
            theirs = list(its)
            start = time.perf_counter()
            each = self._live(dossier, theirs)
            each[0] += time.perf_counter() - start - sum(each)
            took.update(zip(((dossier, number) for number in range(len(each))), each, strict=True))
        seen: dict[int, int] = {}
        return [took[act.dossier, _next(seen, act.dossier)] for act in acts]

    def _live(self, dossier: int, acts: Sequence[Act]) -> list[float]:
        from dbos import SetWorkflowID

        places = ["", *(act.step for act in acts)]
        arrows = [
            self.leads.get((place, act.action), (place, act.action, act.step))
            for place, act in zip(places, acts, strict=False)
        ]
        with SetWorkflowID(self.plan.cases[dossier][1]):
            return list(life([act.row for act in acts], arrows))

    def found(self, dossier: int) -> list[tuple[Any, ...]]:
        """What its steps have returned."""
        return [tuple(step["output"]) for step in DBOS.list_workflow_steps(self.plan.cases[dossier][1])]

    def size(self) -> int:
        """What the database grew by."""
        if self.server:
            from contenders.psycopg3 import size

            return size(f"{self.server}") - getattr(self, "fresh", 0)
        return self.file.stat().st_size - getattr(self, "fresh", 0)


def _next(seen: dict[int, int], dossier: int) -> int:
    seen[dossier] = seen.get(dossier, -1) + 1
    return seen[dossier]
