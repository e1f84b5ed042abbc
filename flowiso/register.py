"""The register of dossiers (sổ theo dõi hồ sơ, form 06, since 15/09/2025 form 07), filled from their logs (R20, R22). Pure.

One line a dossier, in the order of receipt, numbered from 01 each year as the paper book was; what was not received stands
in no register. Moments are epoch seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from .chain import hashes
from .life import Life
from .machine import Row
from .model import CONFIRM, CORRECT, REMARKS, Channel, Move, Outcome
from .national import hands_out
from .period import Period
from .text import Text, many, number
from .versions import rows_of
from .worktime import local

_SAYS_NOTHING = REMARKS | {CONFIRM}


class Line(NamedTuple):
    """One dossier: `no` is its number in the book of its year.

    `due` is the legal due moment and `appointed` the re-appointed one, None where there is none (R50). It was `sent_on` by the
    one-stop unit for the first time, `resolved`, and `returned`, for the last time where the result was corrected, by the line
    of the log whose hash is `digest`. `outcome` is None while it is open; `overdue`: it is open past its due date. `remarks`
    tell what else there was.
    """

    no: int
    number: str
    code: str
    title: str
    decided_by: str
    channel: Channel
    received: int
    due: int | None
    appointed: int | None
    sent_on: int | None
    resolved: int | None
    returned: int | None
    digest: str
    outcome: Outcome | None
    overdue: bool
    remarks: tuple[Text, ...]


class Register(NamedTuple):
    """The dossiers received in a period, with what the logs told of them at `at`."""

    period: Period
    at: int
    lines: tuple[Line, ...]


def register(lives: Iterable[Life], period: Period, at: int) -> Register:
    """The register of a period; `lives` are all dossiers as their logs up to `at` tell them."""
    received = sorted(
        (life.received, life.case.number, life)
        for life in lives
        if life.received is not None and local(life.received).year <= period.last.year
    )
    return Register(period, at, tuple(_lines(received, period, at)))


def _lines(received: Iterable[tuple[int, str, Life]], period: Period, at: int) -> Iterator[Line]:
    year, count = 0, 0
    for moment, _, life in received:
        if local(moment).year != year:
            year, count = local(moment).year, 0
        count += 1
        if period.start <= moment <= period.end:
            yield _line(count, moment, life, at)


def _line(no: int, received: int, life: Life, at: int) -> Line:
    flow, case, state = life.state.row.table.flow, life.case, life.state
    out = _handed_out(life)
    return Line(
        no,
        case.number,
        case.code,
        flow.title,
        flow.decided_by,
        case.channel,
        received,
        life.due,
        None if state.due_current == life.due else state.due_current,
        _sent_on(life, received),
        life.resolved,
        out.at if out else None,
        hashes(case, life.log[: out.seq + 1])[-1].hex() if out else "",
        life.outcome,
        life.overdue(at),
        tuple(_remarks(life)),
    )


def _sent_on(life: Life, received: int) -> int | None:
    """When it first left the step at which it was received."""
    since = [move for move in life.log if move.at >= received]
    return next((move.at for move in since if move.step != since[0].step), None)


def _handed_out(life: Life) -> Move | None:
    """The line by which a result was handed over last, be it corrected since (R53); None where none was."""
    _, table = life.tables[0]
    rows = rows_of(table, life.log)
    handed = (move for move, row in zip(life.log, rows, strict=True) if row is not None and _hands_out(move, row))
    return next(reversed(tuple(handed)), None)


def _hands_out(move: Move, row: Row) -> bool:
    return row.kind is not None and hands_out(row.kind) and move.action not in _SAYS_NOTHING


def _remarks(life: Life) -> Iterator[Text]:
    """What the last column tells, without anybody's words (R151)."""
    asked, astray = len(life.supplements), sum(one.confirmed for one in life.misroutes)
    if asked:
        yield Text(f"bổ sung {number(asked)} lần", f"supplemented {many(asked, 'time')}")
    if life.pauses:
        yield Text(f"tạm dừng {number(len(life.pauses))} lần", f"paused {many(len(life.pauses), 'time')}")
    if corrected := sum(move.action == CORRECT for move in life.acts):
        yield Text(f"đính chính {number(corrected)} lần", f"corrected {many(corrected, 'time')}")
    if life.apology is not None:
        yield Text("đã xin lỗi, hẹn lại", "re-appointed with an apology")
    if astray:
        yield Text(f"chuyển nhầm {number(astray)} lần", f"misrouted {many(astray, 'time')}")
    if life.kind == "refused":
        yield Text("từ chối giải quyết", "refused")
    if life.kind == "silence":
        yield Text("hết hạn, không có ý kiến", "decided by silence")
