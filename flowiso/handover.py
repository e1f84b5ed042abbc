"""Who gets a dossier: the receiver where nobody is named, whom time hands it to, and who may not have it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from . import decision
from .calendar import Calendar
from .dossier import Dossier
from .errors import BadValue, Misrouted, NotAllowed
from .machine import SEPARATE, Row, Table
from .model import CORRECT, DOSSIER_CODES, REASSIGN, SYSTEM, VERBS, Account, Finding, Move
from .org import Org
from .refusals import Said, is_present
from .routing import fitting, may_keep, misroute
from .schema import meant, nearest
from .state import fold, follow, ripe
from .text import Text, moment
from .verbs import refuse_unknown
from .versions import rows_of
from .worktime import local

_dossier: Any = partial(tuple.__new__, Dossier)  # half the cost of calling the class


def after(dossier: Dossier, calendar: Calendar, moves: tuple[Move, ...]) -> Dossier:
    """The dossier with these lines more."""
    case, table, state, log = dossier
    return _dossier((case, table, follow(calendar, state, moves), log + moves))  # type: ignore[no-any-return]


def settled(dossier: Dossier, calendar: Calendar, at: int) -> Dossier:
    """The dossier as time alone has moved it up to a moment: limits run out, silence at the due moment."""
    while dossier.state.row.timed and (timer := ripe(dossier.state, at)):
        receiver = "" if timer[1].row.step is None else _anybody(dossier, timer[1].row, timer[0])
        dossier = after(dossier, calendar, (decision.system_move(dossier.state, timer, receiver),))
    return dossier


def as_of(dossier: Dossier, calendar: Calendar, at: int) -> Dossier:
    """The dossier as it stood at a moment: its lines up to then, and what time alone had done, nothing of which is put down.

    Silence, though stamped with the due moment, had done nothing before that day was over (R70, R74). Raises BadValue for a
    moment before the first line.
    """
    lines = [move for move in dossier.moves if move.at <= at]
    if not lines:
        then, first = moment(local(at)), moment(dossier.moves[0].time)
        raise BadValue(
            Text(
                f"lúc {then} chưa có hồ sơ {dossier.number}: dòng đầu tiên ghi lúc {first}; hãy cho thời điểm từ lúc đó",
                f"at {then} there was no dossier {dossier.number}: its first line is of {first}; give a moment from then on",
            )
        )
    while len(lines) > 1 and lines[-1].actor == SYSTEM and not ripe(fold(dossier.table, calendar, lines[:-1]), at + 1):
        lines.pop()
    state = fold(dossier.table, calendar, lines)
    return settled(Dossier(dossier.case, dossier.table, state, tuple(lines)), calendar, at + 1)


def receiver(dossier: Dossier, action: str, to: str | None, at: int) -> str:
    """Whom an action hands it to: `to`, else the last holder of that role, or the only one who may.

    Raises NotAllowed when somebody has to be named, or nobody may hold it.
    """
    arc = dossier.state.row.arcs.get(action)
    if to is not None or action in VERBS or arc is None or arc.row.step is None:
        return to or ""
    held = _held(dossier, arc.row, at)
    if held is not None:
        return held
    fits = candidates(dossier, arc.row, dossier.holder, at)
    if len(fits) == 1:
        return fits[0].id
    if not fits:
        raise NotAllowed(_nobody_fits(arc.row), (action,))
    names = ", ".join(account.id for account in fits)
    raise NotAllowed(
        Text(f"hãy chọn người nhận (to, --to): {names}", f"name the account to hand it to (to, --to): {names}"),
        (action,),
    )


def _nobody_fits(row: Row) -> Text:
    return Text(
        f"hôm nay không ai khác giữ được bước '{row.title.vi}'; hãy xem lại vai trò, ngày nghỉ và ủy quyền trong _org.yaml",
        f"nobody else may hold step '{row.title.en}' today; look at roles, leave and delegations in _org.yaml",
    )


def _anybody(dossier: Dossier, row: Row, at: int) -> str:
    """Who gets what the system hands on: the last holder of that role, else the first who fits."""
    held = _held(dossier, row, at)
    if held is not None:
        return held
    fits = candidates(dossier, row, "", at)
    return fits[0].id if fits else next(iter(row.fits), "")


def _held(dossier: Dossier, row: Row, at: int) -> str | None:
    held = last_holder(dossier.table, dossier.moves, row)
    if held is None or not is_present(row, held, at) or _examined_it(dossier, row, held):
        return None
    return held


def candidates(dossier: Dossier, row: Row, sender: str, at: int) -> tuple[Account, ...]:
    """The accounts that may be handed a dossier at a step, without the sender and who did another duty on it (R121, R140)."""
    return tuple(one for one in fitting(row.table.org, row, sender, at) if not _examined_it(dossier, row, one.id))


def last_holder(table: Table, moves: Sequence[Move], row: Row) -> str | None:
    """The account that last held a step of the role of `row` in this log and still fits it."""
    assert row.step is not None
    for move, found in reversed(list(zip(moves, rows_of(table, moves), strict=True))):
        step = found.step if found else None
        if step is not None and step.by == row.step.by and move.holder in row.fits:
            return move.holder
    return None


def _examined_it(dossier: Dossier, row: Row, account: str) -> bool:
    """Whether an account did another of the duties that nobody joins on one dossier (R140) before it comes to `row`."""
    if row.duty not in SEPARATE or account not in row.table.twofold:
        return False
    at: Row | None = None
    for move, reached in zip(dossier.moves, rows_of(dossier.table, dossier.moves), strict=True):
        if at is not None and at.duty in SEPARATE and at.duty != row.duty and _worked(move, at, account):
            return True
        at = reached
    return False


def _worked(move: Move, at: Row, account: str) -> bool:
    """Whether a line is the work of an account at a step: its own, or done in its name by who stood in for it (R127)."""
    own = move.actor == account and account not in at.recorders
    return move.action not in VERBS and (own or (move.record or {}).get("behalf") == account)


def check_known(account: str, org: Org, logs: Iterable[Sequence[Move]]) -> None:
    """Refuse an account that neither the agency's file nor any log knows. Raises BadValue."""
    if account in org.accounts or any(account in (move.actor, move.holder) for moves in logs for move in moves):
        return
    guess = meant(nearest(account, org.accounts))
    raise BadValue(
        Text(
            f"không có tài khoản '{account}' trong _org.yaml hay trong nhật ký{guess.vi}; hãy xem lại tên",
            f"there is no account '{account}' in _org.yaml or in any log{guess.en}; check its name",
        )
    )


def check_held(dossier: Dossier, account: str) -> None:
    """Refuse a dossier that somebody else holds. Raises NotAllowed."""
    if dossier.holder != account:
        raise NotAllowed(
            Text(
                f"'{dossier.holder}' đang giữ hồ sơ, không phải '{account}'; hãy đọc lại",
                f"'{dossier.holder}' holds it, not '{account}'; read it again",
            )
        )


def check_separation(dossier: Dossier, action: str, by: str, to: str, at: int, said: Said) -> None:
    """Refuse who would do two duties on one dossier (R140): who acts at a step, and who is handed the next. Raises Misrouted."""
    row, table = dossier.state.row, dossier.state.row.table
    arc = row.arcs.get(action)
    if arc is not None and by not in (arc.takers or row.recorders):
        _check_duty(dossier, row, by, at)
    target = row if arc is None else arc.row
    if action == CORRECT:
        target = table.rows.get((said.record or {}).get("step", ""), row)
    if arc is not None or action in (REASSIGN, CORRECT):
        _check_duty(dossier, target, to, at)


def doubt(dossier: Dossier, action: str, to: str, at: int) -> Finding | None:
    """What speaks against handing it to an account, before that is done (R121): the error it would be refused with.

    Or the warning DOS204: it may, but another one held that role in this dossier last and is there. None when all is well, and
    for an action that hands nothing over. Raises NotAllowed when there is no such action now.
    """
    row = dossier.state.row
    arc = row.arcs.get(action)
    if arc is None and action not in VERBS:
        refuse_unknown(dossier.state, action)
    target = arc.row if arc else row
    if target.step is None or (arc is None and action != REASSIGN):
        return None
    table = target.table
    found = misroute(table.org, table.flow, target, to, "" if may_keep(row, target) and arc else dossier.holder, at)
    found = found or _duty(dossier, target, to, at) or _unusual(dossier, target, to, at)
    return found and found._replace(dossier=dossier.number)


def _unusual(dossier: Dossier, row: Row, to: str, at: int) -> Finding | None:
    """DOS204: not the one who held this role in the dossier last, though he is there."""
    held = last_holder(dossier.table, dossier.moves, row)
    if held in (None, to, dossier.holder) or not is_present(row, held, at):
        return None
    text = Text(
        f"trong hồ sơ này '{held}' đã làm việc của bước '{row.title.vi}' và đang có mặt; có đúng là giao '{to}'?",
        f"'{held}' did the work of step '{row.title.en}' in this dossier and is there; is '{to}' meant?",
    )
    return Finding("DOS204", DOSSIER_CODES["DOS204"], "warning", text, holder=to, at=at)


def _check_duty(dossier: Dossier, row: Row, account: str, at: int) -> None:
    finding = _duty(dossier, row, account, at)
    if finding is not None:
        raise Misrouted(finding.message, finding, candidates(dossier, row, "", at))


def _duty(dossier: Dossier, row: Row, account: str, at: int) -> Finding | None:
    """DOS212: the account did another duty on this dossier (R140)."""
    if not _examined_it(dossier, row, account):
        return None
    fits = candidates(dossier, row, "", at)
    names = ", ".join(one.id for one in fits) or "không ai / nobody"
    text = Text(
        f"'{account}' đã thẩm định, ký hoặc vào số chính hồ sơ này nên không làm tiếp bước '{row.title.vi}';"
        f" được giao cho: {names}",
        f"'{account}' examined, signed or numbered this very dossier and can't do step '{row.title.en}' as well;"
        f" hand it to: {names}",
    )
    return Finding("DOS212", DOSSIER_CODES["DOS212"], "error", text, dossier=dossier.number, holder=account, at=at)
