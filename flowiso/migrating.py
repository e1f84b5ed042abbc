"""Carrying a migration out, and taking it back: every line decided by the engine's own verb, chunk by chunk (R65).

Each chunk is one transaction, so that a dossier is on one version or the other, whenever the power goes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from .asked import Ask, said
from .dossier import Dossier, folded
from .granting import grant, takes_past
from .handover import settled
from .landing import cannot_land, unfit
from .migration import Landing, Plan, arrivals, migration_record
from .model import MIGRATE, Move
from .ports import Flows, Store
from .text import Text
from .versions import destination

CHUNK = 500
"""So many dossiers are moved in one transaction."""


class Difference(NamedTuple):
    """A dossier that isn't any longer as it was planned; `now` is None when it ended, or went to that version otherwise."""

    number: str
    was: Landing | None
    now: Landing | None


def dossiers(flows: Flows, store: Store, code: str) -> list[Dossier]:
    """Every dossier of a procedure as its log has it, those that began first.

    Raises UnknownFlow when a version that one goes or went by is gone: where it is then can't be told.
    """
    return [folded(flows, case, moves) for case, moves in store.logs(flows.org.agency) if case.code == code]


def differences(planned: Iterable[Landing], now: Plan) -> tuple[Difference, ...]:
    """The dossiers that are not as they were planned, new ones among them; those moved by this very plan are as planned."""
    fresh = {one.number: one for one in now.landings}
    found = []
    for was in planned:
        one = fresh.pop(was.number, None)
        done = one is None and (was.line, was.to) in now.arrived.get(was.number, ())
        if not done and (one is None or one.same != was.same):
            found.append(Difference(was.number, was, one))
    return (*found, *(Difference(name, None, one) for name, one in fresh.items()))


def apply(
    flows: Flows, store: Store, now: Plan, running: Iterable[Dossier], *, by: str, note: str, chunk: int = CHUNK
) -> Iterator[tuple[str, ...]]:
    """Move what fits, `chunk` dossiers in one transaction; yields the numbers after each.

    Raises what the verb raises (`by` is no leader, no `note`) before anything is written, and Conflict when a dossier of a
    transaction was moved meanwhile, which is then not written. Doing it again goes on where it stopped.
    """
    fitting_ = {one.number: one for one in now.landings if one.verdict == "fits"}
    asked = [
        (dossier, migration_record(now.to, one.to or "", one.renamed), now.at)
        for dossier in running
        if (one := fitting_.get(dossier.number)) is not None
    ]
    yield from _put(flows, store, asked, by, note, chunk)


def _put(
    flows: Flows,
    store: Store,
    asked: Iterable[tuple[Dossier, Mapping[str, str], int]],
    by: str,
    note: str,
    chunk: int,
) -> Iterator[tuple[str, ...]]:
    """Decide every line first, then write them chunk by chunk."""
    lines = [
        grant(dossier, flows.calendar, MIGRATE, by, "", at, said(note, record, False), ask=Ask())[1]
        for dossier, record, at in asked
    ]
    for first in range(0, len(lines), chunk):
        some = lines[first : first + chunk]
        store.append_many(flows.org.agency, some)
        yield tuple(one.number for one in some)


# --- taking it back


class Back(NamedTuple):
    """How to take one move back: line `line` brought the dossier from `step` of `version` to `to`; `renamed` as there."""

    number: str
    line: int
    version: int
    step: str
    to: str
    renamed: str = ""


class Undone(NamedTuple):
    """What taking a migration back came to: the dossiers moved back, those back or never moved before, and why others stay."""

    back: tuple[str, ...]
    untouched: tuple[str, ...]
    kept: tuple[tuple[str, Text], ...]


def backs(planned: Iterable[Landing]) -> tuple[Back, ...]:
    """How to take back what a plan moves."""
    return tuple(
        Back(one.number, one.line, one.version, one.step, one.to, _turned(one.renamed))
        for one in planned
        if one.verdict == "fits" and one.to is not None
    )


def _turned(renamed: str) -> str:
    return " ".join("=".join(reversed(word.split("="))) for word in renamed.split())


def undo(
    flows: Flows,
    store: Store,
    entries: Iterable[Back],
    running: Iterable[Dossier],
    to: int,
    *,
    by: str,
    note: str,
    at: int,
    chunk: int = CHUNK,
) -> Undone:
    """Move back, by lines of their own, the dossiers that haven't moved since they went to version `to`.

    Raises what the verb raises when `by` may not; what one dossier alone forbids is told in `kept`.
    """
    by_number = {dossier.number: dossier for dossier in running}
    asked, untouched, kept = [], [], []
    for one in entries:
        dossier = by_number.get(one.number)
        if dossier is None:
            kept.append((one.number, _NOT_HERE))
            continue
        if _stands(dossier.moves, one, to):
            untouched.append(one.number)
            continue
        record = migration_record(one.version, one.step, one.renamed)
        if why := _stays(flows, dossier, one, record, by, at):
            kept.append((one.number, why))
        else:
            asked.append((dossier, record, at))
    done = [name for names in _put(flows, store, asked, by, note, chunk) for name in names]
    return Undone(tuple(done), tuple(untouched), tuple(kept))


_NOT_HERE = Text("không có trong kho này; hãy xem lại --store", "isn't in this store; check --store")


def _stands(moves: Sequence[Move], one: Back, to: int) -> bool:
    """Whether it was never moved there, or is back already."""
    if (one.line, one.to) not in arrivals(moves, to):
        return True
    return len(moves) > one.line + 1 and (one.line + 1, one.step) in arrivals(moves, one.version)


def _stays(flows: Flows, dossier: Dossier, one: Back, record: Mapping[str, str], by: str, at: int) -> Text | None:
    """Why a dossier can't be moved back by an account; None when it can."""
    found = settled(dossier, flows.calendar, at)
    if found.state.seq != one.line:
        last, step = found.moves[-1].action, found.state.row.title
        return Text(
            f"từ lúc đó đã có '{last}', nay ở bước '{step.vi}', nên giữ nguyên",
            f"was acted on since ('{last}'), is at step '{step.en}', and stays",
        )
    table = destination(found.state.row.table, {"version": str(one.version)})
    row = None if table is None else table.rows.get(one.step)
    if (wrong := cannot_land(found.state, row)) is not None:
        return wrong
    assert row is not None
    finding = unfit(found.state, row, at)
    return takes_past(found.state, row, record, by, at) if finding is None else finding.message
