"""What may be done with a dossier: `decide` turns a wish into moves or a refusal. A pure function; moments are epoch seconds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .errors import Misrouted, NotAllowed
from .machine import Arc, Row, Table
from .model import (
    APPLICANT,
    BOUNCE,
    CONFIRM,
    REASSIGN,
    RECALL,
    RECEIVE,
    SUBMIT,
    SYSTEM,
    Account,
    Move,
)
from .org import active
from .routing import fitting, may_keep, misroute
from .state import State, ripe
from .text import Text, day, moment
from .worktime import local

# Named tuples are built by tuple.__new__ on the hot path: half the cost of calling the class.
_move: Any = tuple.__new__

_ABSENT = Account("", "", frozenset(), "")


def open_case(table: Table, action: str, actor: str, to: str, at: int) -> Move:
    """The first line of a log: SUBMIT by the applicant into the hands of `to`, or RECEIVE by a one-stop account.

    Raises NotAllowed when `actor` may not receive, or after the closing day of a yearly plan.
    """
    first = table.first
    holder = to if action == SUBMIT else actor
    if holder not in first.fits:
        _refuse(
            f"'{holder}' không được tiếp nhận hồ sơ {table.flow.code}; hãy chọn một trong {', '.join(first.fits)}",
            f"'{holder}' may not receive dossiers of {table.flow.code}; choose one of {', '.join(first.fits)}",
        )
    if first.fits[holder] is not None:
        _check_active(table, holder, at)
    if action == RECEIVE:
        _check_closing(table, at)
    return Move(0, at, APPLICANT if action == SUBMIT else actor, action, first.id, holder)


def _check_closing(table: Table, at: int) -> None:
    assert table.first.step is not None
    until = table.first.step.until
    if until is None:
        return
    closing = table.plan.get(until)
    if closing is None:
        _refuse(
            f"{table.flow.code}: chưa có mốc '{until}' trong kế hoạch năm; hãy thêm vào flows/_plans",
            f"{table.flow.code}: the yearly plan has no milestone '{until}'; add it to flows/_plans",
        )
    elif at > closing:
        shown = moment(local(closing))
        _refuse(
            f"{table.flow.code} đã đóng nhận hồ sơ lúc {shown}; hãy từ chối tiếp nhận và hướng dẫn nộp đợt sau",
            f"{table.flow.code} closed for intake at {shown}; refuse the intake and point to the next round",
        )


def decide(
    table: Table, state: State, action: str, actor: str, to: str, at: int, strict: bool = True
) -> tuple[Move, ...]:
    """The moves that follow when `actor` takes `action` at `at`, handing the dossier to `to` ("" for an end).

    A confirmation is put before the first action of a receiver who hasn't confirmed yet. Raises NotAllowed, and
    Misrouted when `to` may not hold the next step; with `strict=False` such a hand-over, and an act of an account that is
    no longer valid, is let through, to be found in the log afterwards.
    """
    last, last_at, row, holder, _, confirmed, _, _, received, _, _, _ = state
    arc = row.arcs.get(action)
    if arc is None:
        if action == CONFIRM and actor == holder and not confirmed and at >= last_at and not row.timed:
            return (_move(Move, (last + 1, at, actor, CONFIRM, row.id, actor, None)),)
        return (_verb(table, state, action, actor, to, at, strict),)
    if arc.special or actor != holder or row.fits.get(actor, _ABSENT) is not None:
        if strict:
            _check_active(table, actor, at)
        _check_actor(state, arc, actor)
    if (received is None) is not arc.intake:
        _refuse_before_receipt(state, arc)
    if at < last_at or row.timed:
        _check_time(state, at)
    target = arc.row
    if target.kind is not None:
        to = ""
    elif (to == holder and not may_keep(row, target)) or target.fits.get(to, _ABSENT) is not None:
        _check_route(table, target, to, "" if may_keep(row, target) else holder, at, strict)
    if confirmed or actor != holder:
        return (_move(Move, (last + 1, at, actor, action, target.id, to, None)),)
    confirm = _move(Move, (last + 1, at, actor, CONFIRM, row.id, actor, None))
    return confirm, _move(Move, (last + 2, at, actor, action, target.id, to, None))


def _refuse(vi: str, en: str, actions: Iterable[str] = ()) -> None:
    raise NotAllowed(Text(vi, en), tuple(actions))


def _check_active(table: Table, actor: str, at: int) -> None:
    account, on = table.org.accounts.get(actor), local(at).date()
    if account is not None and not active(account, on):
        _refuse(
            f"tài khoản '{actor}' không có hiệu lực ngày {day(on)}; hãy dùng tài khoản khác",
            f"account '{actor}' is not valid on {on}; use another account",
        )


def _check_actor(state: State, arc: Arc, actor: str) -> None:
    row = state.row
    name = arc.arrow.title
    if arc.timer:
        _refuse(
            f"'{name.vi}' chỉ do hệ thống thực hiện khi hết hạn; hãy chọn hành động khác",
            f"'{name.en}' is taken by the system only; choose another action",
            actions(state),
        )
    if arc.guard and state.times_taken(row.id, arc.arrow.action) >= (arc.arrow.times or 0):
        _refuse(
            f"'{name.vi}' đã thực hiện đủ {arc.arrow.times} lần, lưu đồ không cho lặp lại; hãy chọn hành động khác",
            f"'{name.en}' was taken {arc.arrow.times} times already and the flow allows no more; choose another action",
            actions(state),
        )
    if actor in arc.takers or (actor in row.recorders and not arc.takers):
        return
    if arc.takers:
        who = ", ".join(sorted(arc.takers))
        _refuse(f"'{name.vi}' do {who} thực hiện, không phải '{actor}'", f"'{name.en}' is for {who}, not '{actor}'")
    if actor != state.holder:
        _refuse(
            f"'{actor}' không giữ hồ sơ; hãy để người đang giữ '{state.holder}' thực hiện",
            f"'{actor}' doesn't hold the dossier; '{state.holder}' does and must do it",
        )
    if actor not in row.fits:
        ways = (BOUNCE, REASSIGN) if _may_return(state, actor) else (REASSIGN,)
        listed = Text(f"trả lại ({BOUNCE}) hoặc ", f"{BOUNCE} or ") if len(ways) == 2 else Text("", "")
        _refuse(
            f"'{actor}' giữ hồ sơ nhưng không được xử lý bước '{row.title.vi}'; hãy {listed.vi}giao lại ({REASSIGN})",
            f"'{actor}' has the dossier but may not work on step '{row.title.en}'; {listed.en}{REASSIGN} it",
            ways,
        )


def _refuse_before_receipt(state: State, arc: Arc) -> None:
    name = arc.arrow.title
    if state.received is None:
        _refuse(
            f"hồ sơ chưa được tiếp nhận nên chưa '{name.vi}' được; hãy tiếp nhận ({RECEIVE}) trước",
            f"the dossier isn't received yet; {RECEIVE} it before '{name.en}'",
            (RECEIVE,),
        )
    _refuse(
        f"hồ sơ đã tiếp nhận nên không thể '{name.vi}'; hãy từ chối giải quyết theo đường của lưu đồ (R48)",
        f"the dossier is received, so '{name.en}' is too late; refuse it on its merits (R48)",
        actions(state),
    )


def _check_time(state: State, at: int) -> None:
    if at < state.at:
        _refuse(
            f"thời điểm {moment(local(at))} trước lượt chuyển cuối {moment(local(state.at))}; hãy ghi thời điểm muộn hơn",
            f"{moment(local(at))} is before the last move at {moment(local(state.at))}; give a later moment",
        )
    timer = ripe(state, at)
    if timer:
        _refuse(
            f"hết hạn lúc {moment(local(timer[0]))}: '{timer[1].arrow.title.vi}' đã có hiệu lực; hãy xem lại hồ sơ",
            f"time ran out at {moment(local(timer[0]))}: '{timer[1].arrow.title.en}' has taken effect; read the dossier again",
        )


def _check_route(table: Table, target: Row, to: str, sender: str, at: int, strict: bool) -> None:
    finding = misroute(table.org, table.flow, target, to, sender, at)
    if finding is None or (not strict and finding.code != "DOS200"):
        return
    fits = fitting(table.org, target, sender, at)
    names = ", ".join(account.id for account in fits) or "không ai / nobody"
    text = Text(f"{finding.message.vi}; được giao cho: {names}", f"{finding.message.en}; hand it to: {names}")
    raise Misrouted(text, finding, fits)


def _verb(table: Table, state: State, action: str, actor: str, to: str, at: int, strict: bool) -> Move:
    if at < state.at or state.row.timed:
        _check_time(state, at)
    check = _VERBS.get(action)
    if check is None or state.ended:
        names = actions(state)
        listed = ", ".join(names) or "không còn hành động nào"
        _refuse(
            f"bước '{state.row.title.vi}' không có hành động '{action}'; có thể: {listed}",
            f"step '{state.row.title.en}' has no action '{action}'; there are: {', '.join(names) or 'none'}",
            names,
        )
    else:
        check(state, actor)
    if action in (RECALL, BOUNCE):
        to = state.sender
    elif action in (CONFIRM, RECEIVE):
        to = actor
    else:
        _check_route(table, state.row, to, actor, at, strict)
    if action == RECEIVE:
        if state.row.fits[actor] is not None:
            _check_active(table, actor, at)
        _check_closing(table, state.since)  # handed in before the closing day is in time (R83)
    return Move(state.seq + 1, at, actor, action, state.row.id, to)


def _may_confirm(state: State, actor: str) -> None:
    if actor != state.holder or state.confirmed:
        _refuse(
            f"không có bàn giao nào chờ '{actor}' nhận; hãy xem ai đang giữ hồ sơ",
            f"no hand-over waits for '{actor}' to confirm; see who holds the dossier",
            actions(state),
        )


def _may_receive(state: State, actor: str) -> None:
    if state.received is not None or actor not in state.row.fits:
        _refuse(
            f"'{actor}' không tiếp nhận được: hồ sơ đã tiếp nhận, hoặc tài khoản không thuộc Bộ phận Một cửa; hãy xem lại hồ sơ",
            f"'{actor}' can't receive: it is received already, or the account is not of the one-stop unit; read it again",
            actions(state),
        )


def _may_recall(state: State, actor: str) -> None:
    if actor != state.sender or state.confirmed:
        _refuse(
            f"'{actor}' không thu hồi được: chỉ người giao, khi bên nhận chưa nhận; hãy đề nghị bên nhận trả lại ({BOUNCE})",
            f"'{actor}' can't recall: only the sender can, and only before it is confirmed; ask the receiver to {BOUNCE} it",
            (BOUNCE,),
        )


def _may_return(state: State, actor: str) -> bool:
    return actor == state.holder and state.sender not in ("", actor, SYSTEM, APPLICANT)


def _may_bounce(state: State, actor: str) -> None:
    if not _may_return(state, actor):
        _refuse(
            f"'{actor}' không trả lại được: không giữ hồ sơ hoặc không có cán bộ đã giao; hãy dùng {REASSIGN}",
            f"'{actor}' can't bounce: it isn't the holder or no officer handed it over; use {REASSIGN}",
            (REASSIGN,),
        )


def _may_reassign(state: State, actor: str) -> None:
    if actor != state.holder:
        _refuse(
            f"'{actor}' không giao lại được; hãy để người đang giữ '{state.holder}' giao lại",
            f"'{actor}' can't hand it on; '{state.holder}' holds it and must do it",
        )


_VERBS = {
    CONFIRM: _may_confirm,
    RECEIVE: _may_receive,
    RECALL: _may_recall,
    BOUNCE: _may_bounce,
    REASSIGN: _may_reassign,
}


def actions(state: State) -> tuple[str, ...]:
    """The arrows that can be taken now, by whoever may take them."""
    return tuple(
        name
        for name, arc in state.row.arcs.items()
        if not arc.timer and (state.received is None) is arc.intake and (arc.guard is None or arc.guard.allows(state))
    )


def system_move(state: State, timer: tuple[int, Arc], to: str) -> Move:
    """The move of a ripe timer; `to` is who holds the next step ("" for an end)."""
    moment_, arc = timer
    return Move(state.seq + 1, moment_, SYSTEM, arc.arrow.action, arc.row.id, "" if arc.row.step is None else to)
