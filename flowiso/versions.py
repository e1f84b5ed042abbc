"""The flow versions: those in force on a day, and those that a dossier goes by, that of its receipt and where it was moved to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from .machine import Row, Table
from .model import MIGRATE, Case, Flow, Move


def in_force(flows: Iterable[Flow], on: date) -> dict[str, Flow]:
    """The version of each flow that is in force on a day, by code; the latest where several are."""
    by_version = sorted(flows, key=lambda flow: flow.version)
    return {
        flow.code: flow
        for flow in by_version
        if flow.effective <= on and (flow.effective_to is None or on < flow.effective_to)
    }


def destination(table: Table, record: Mapping[str, str] | None) -> Table | None:
    """The table of the flow version that a migration names; None when there is none."""
    version = (record or {}).get("version", "")
    return table.sibling(int(version)) if version.isdecimal() and len(version) < 10 else None


def gone_by(case: Case, moves: Iterable[Move]) -> frozenset[str]:
    """The versions that a dossier has gone by: that of its receipt, and those it was moved to."""
    moved = (str((move.record or {}).get("version")) for move in moves if move.action == MIGRATE)
    return frozenset((str(case.version), *moved))


def rows_of(table: Table, moves: Iterable[Move]) -> Iterator[Row | None]:
    """The step each line of a log leads to, in the flow version that it went by then; None for an end the engine added."""
    for move in moves:
        if move.action == MIGRATE:
            table = destination(table, move.record) or table
        yield table.rows.get(move.step)


def called_otherwise(record: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The steps that `renamed` of a record says are called otherwise, each with its new id."""
    for word in record.get("renamed", "").split():
        was, _, now = word.partition("=")
        yield was, now
