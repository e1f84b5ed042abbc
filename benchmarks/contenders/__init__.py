"""Ways to keep dossiers durably, each doing the same work: what `benchmarks/store.py` measures one beside the other.

The work is a `Plan`: dossiers of a real flow that are received and handed from step to step, some of them round the way to
the applicant and back. Our engine made the plan on a store in memory, so every contender has the same acts to do, and whoever
uses our tables has the same rows to write.
"""

from __future__ import annotations

import json
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from flowiso.worktime import local

RECEIVE = "receive"
CONFIRM = "confirm"
CONTENDERS = {
    "flowiso": "ours:Ours",
    "flowiso+people": "ours:WithPeople",
    "raw": "raw:Raw",
    "raw+triggers": "raw:WithTriggers",
    "raw-hash": "raw:WithoutHash",
    "psycopg": "psycopg3:OneStatement",
    "orm": "tutorial:Tutorial",
    "spiff": "spiff:Spiff",
    "dbos": "dbos_steps:Steps",
}


class Act(NamedTuple):
    """One durable step: `by` takes `action` with a dossier (its index in the plan), which leads it to `step` and `to`.

    `note` is the reason given. `lines` are the rows of the log it leaves (seq, at, actor, action, step, holder, note, record),
    `hashes` the hash of each in hexadecimal, `events` what is owed to listeners (seq, type); `moment` is `at` as a datetime.
    """

    dossier: int
    action: str
    by: str
    to: str
    at: int
    step: str
    note: str | None
    lines: tuple[tuple[Any, ...], ...]
    hashes: tuple[str, ...]
    events: tuple[tuple[int, str], ...]
    moment: datetime

    @property
    def row(self) -> tuple[str, str, str, str, int]:
        """What every contender has to have in its log of this act."""
        return self.action, self.by, self.step, self.to, self.at


@dataclass(frozen=True, slots=True)
class Plan:
    """The work: dossiers (agency, number, code, version, channel), the arrows of their flow (step, action, target), acts."""

    first: str
    cases: tuple[tuple[str, str, str, int, str], ...]
    arrows: tuple[tuple[str, str, str], ...]
    acts: tuple[Act, ...]

    @classmethod
    def read(cls, path: Path) -> Plan:
        """A plan that was written to a file."""
        raw = json.loads(path.read_bytes())
        acts = (Act(*fields[:7], *map(_tuples, fields[7:]), local(fields[4])) for fields in raw["acts"])
        return cls(raw["first"], _tuples(raw["cases"]), _tuples(raw["arrows"]), tuple(acts))

    def write(self, path: Path) -> None:
        """Put it into a file for the contenders' processes."""
        acts = [act[:-1] for act in self.acts]
        content = {"first": self.first, "cases": self.cases, "arrows": self.arrows, "acts": acts}
        path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")

    def share(self, caller: int, callers: int, dossiers: int) -> list[Act]:
        """What one of several callers has to do of the first so many dossiers."""
        return [act for act in self.acts if act.dossier < dossiers and act.dossier % callers == caller]


class Contender(ABC):
    """Something that keeps dossiers at `place`: a folder, or the address of a PostgreSQL database."""

    @abstractmethod
    def __init__(self, plan: Plan, place: str) -> None:
        """Open it, making what isn't there yet; not timed."""

    @abstractmethod
    def step(self, act: Act) -> None:
        """Do one act: read where the dossier is, check, write; on disk when it returns."""

    @abstractmethod
    def found(self, dossier: int) -> list[tuple[Any, ...]]:
        """What it has written down of a dossier: `Act.row` of each act, in order."""

    @abstractmethod
    def size(self) -> int:
        """Bytes on disk, everything flushed."""

    def run(self, acts: Iterable[Act]) -> list[float]:
        """Do the acts one after the other; seconds each took."""
        took, step, clock = [], self.step, time.perf_counter
        for act in acts:
            start = clock()
            step(act)
            took.append(clock() - start)
        return took

    def check(self, acts: Sequence[Act]) -> None:
        """AssertionError unless these acts, and nothing else, are written down."""
        wanted: dict[int, list[tuple[Any, ...]]] = {}
        for act in acts:
            wanted.setdefault(act.dossier, []).append(act.row)
        for dossier, rows in wanted.items():
            found = self.found(dossier)
            assert found == rows, (dossier, found, rows)


def contender(name: str) -> type[Contender]:
    """The class of a contender; ImportError when its packages aren't installed."""
    module, _, kind = CONTENDERS[name].partition(":")
    found: type[Contender] = getattr(import_module(f"contenders.{module}"), kind)
    return found


def bare(lines: Iterable[Sequence[Any]]) -> list[tuple[Any, ...]]:
    """`Act.row` of the rows of a log of ours (seq, at, actor, action, step, holder, ...): confirmations are left out."""
    return [(action, actor, step, holder, at) for _, at, actor, action, step, holder, *_ in lines if action != CONFIRM]


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
