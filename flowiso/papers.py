"""The papers a dossier's log has issued: which line made which form, with what content (R11, R20, R43, R48, R49, R59).

A form is a view of the move that required it. A request or refusal is drafted by the arrow that needed words for it, and issued
by the line that lets it reach the applicant: out of a step that names the form, into a wait for the applicant, or to an end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from .machine import Arc, Row, Table
from .model import REAPPOINT, RECEIVE, STOP, Move
from .versions import rows_of

RECEIPT, APOLOGY, STOPPING = "giay-tiep-nhan", "phieu-xin-loi", "thong-bao-dung"
"""The forms of the engine's own verbs, by their ids in `_steps.yaml`: 01, 04, and 05 since 15/09/2025 (R20)."""

_OF_VERBS: Mapping[str, str] = {RECEIVE: RECEIPT, REAPPOINT: APOLOGY, STOP: STOPPING}


class Paper(NamedTuple):
    """A form as it was issued by line `seq` at `at` (epoch seconds) by account `by`.

    `form` is its id in `_steps.yaml`; `content` what is said in it, and `drafted` the line that said it.
    """

    form: str
    seq: int
    at: int
    by: str
    content: str
    drafted: int


def issued(table: Table, moves: Sequence[Move]) -> tuple[Paper, ...]:
    """Every paper of a log, in the order they were issued; `table` is that of its receipt."""
    drafts: dict[str, Move] = {}
    found: list[Paper] = []
    before: Row | None = None
    for move, row in zip(moves, rows_of(table, moves), strict=True):
        if move.action in _OF_VERBS:
            found.append(_paper(_OF_VERBS[move.action], move, move))
        arc = before.arcs.get(move.action) if before else None
        if before is not None and arc is not None:
            if arc.worded or arc.kind in ("withdraw", "timer"):  # a send-back or withdrawal leaves no draft behind
                drafts = dict.fromkeys(arc.arrow.forms, move)
            if drafts:
                found += _out(drafts, before, arc, move)
        before = row or before
    return tuple(found)


def _out(drafts: dict[str, Move], left: Row, arc: Arc, move: Move) -> Iterator[Paper]:
    """What of the drafts this line lets out."""
    reached = arc.row.stopped or arc.row.kind is not None
    named = left.step.forms if left.step else ()
    for form in [form for form in drafts if reached or form in named]:
        yield _paper(form, move, drafts.pop(form))


def _paper(form: str, move: Move, draft: Move) -> Paper:
    return Paper(form, move.seq, move.at, move.actor, draft.note or "", draft.seq)
