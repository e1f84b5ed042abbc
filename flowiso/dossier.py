"""A dossier as its log has it, how it is read, and the buttons on an officer's screen: the values the engine hands out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from .machine import Row, Table
from .model import MIGRATE, Account, Case, End, Flow, Move, Step
from .national import Status, status
from .ports import Flows
from .state import State, fold
from .text import Text
from .versions import destination
from .worktime import local


class Action(NamedTuple):
    """A button on an officer's screen: an arrow, where it leads, and the accounts that may be handed the dossier."""

    name: str
    title: Text
    target: Step | End
    accounts: tuple[Account, ...]


class Dossier(NamedTuple):
    """A dossier as its log has it. Moments are aware datetimes in Asia/Ho_Chi_Minh."""

    case: Case
    table: Table
    state: State
    moves: tuple[Move, ...]

    @property
    def number(self) -> str:
        """The number printed on the receipt (R30)."""
        return self.case.number

    @property
    def flow(self) -> Flow:
        """The flow version it goes by: that of its receipt, or the one it was moved to."""
        return self.state.row.table.flow

    @property
    def step(self) -> Step | End:
        """The step it is at, or the end it came to."""
        return place(self.state.row)

    @property
    def holder(self) -> str:
        """The account that holds it; "" after the end."""
        return self.state.holder

    @property
    def ended(self) -> bool:
        """Whether it has come to an end."""
        return self.state.ended

    @property
    def received(self) -> datetime | None:
        """When it was accepted; None while it is only submitted."""
        return _time(self.state.received)

    @property
    def due(self) -> datetime | None:
        """The legal due moment; None without a term or before it is received."""
        return _time(self.state.due)

    @property
    def due_current(self) -> datetime | None:
        """The moment promised last: the re-appointed one where there is one (R50)."""
        return _time(self.state.due_current)

    @property
    def status(self) -> Status:
        """The national status code, 1 to 10 (docs/dossier.md)."""
        return status(self.state)

    @property
    def step_due(self) -> datetime | None:
        """When the step's time runs out; None where none is counted."""
        return _time(self.state.step_due)

    @property
    def resolved(self) -> datetime | None:
        """When the result was available; None before."""
        return _time(self.state.resolved)


def first_table(flows: Flows, case: Case, moves: Sequence[Move]) -> Table:
    """The flow version of a dossier's receipt, with that year's plan: what its log is folded from.

    Raises UnknownFlow when that version is gone, FlowFileError when the plan has gaps.
    """
    return flows.table(case.code, case.version, local(moves[0].at).year)


def table_of(flows: Flows, case: Case, moves: Sequence[Move]) -> Table:
    """`first_table`, where every version the log moved to is there as well; else raises UnknownFlow, FlowFileError."""
    table = first_table(flows, case, moves)
    for move in moves:
        version = (move.record or {}).get("version", "") if move.action == MIGRATE else ""
        if version.isdecimal() and destination(table, move.record) is None:
            flows.table(case.code, int(version), local(moves[0].at).year)
    return table


def folded(flows: Flows, case: Case, moves: Sequence[Move]) -> Dossier:
    """The dossier that a log tells of. Raises what `table_of` raises."""
    table = table_of(flows, case, moves)
    return Dossier(case, table, fold(table, flows.calendar, moves), tuple(moves))


def place(row: Row) -> Step | End:
    """The step of a row; of an end's row the end, the engine's own ends too."""
    if row.step is not None:
        return row.step
    found = row.table.flow.end(row.id)
    return found or End(row.id, row.kind or "stopped", row.title, row.table.flow.place("ends"))


def _time(at: int | None) -> datetime | None:
    return None if at is None else local(at)
