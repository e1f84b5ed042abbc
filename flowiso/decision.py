"""The dossier engine as pure functions: `decide` turns a wish into moves or a refusal, `advance` folds a move into the state.

A dossier is its log. `fold` is the only way from a log to a state; the live engine, the simulator and the statistics all
go through `advance`. Moments are epoch seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from .calendar import Calendar
from .duedate import verdict
from .errors import Misrouted, NotAllowed
from .machine import SETS_CLOCK, Arc, Row, Table
from .model import (
    APPLICANT,
    BOUNCE,
    CONFIRM,
    REASSIGN,
    RECALL,
    RECEIVE,
    SUBMIT,
    SYSTEM,
    VERB_TITLES,
    Account,
    ClockPolicy,
    Move,
)
from .org import Org, active, present
from .routing import fitting, may_keep, misroute
from .term import Term
from .text import Text, day, moment
from .worktime import local


class Detour(NamedTuple):
    """What only dossiers need that left the plain path.

    `intervals` are the stops so far (asked, back, policy); `asked` since when the clock stands; `policy`, `origin` and
    `left`: what the present stop means, the step that asked, its working seconds left. `taken` lists arrows with limited
    `times`; `term` is the legal term set by an arrow.
    """

    intervals: tuple[tuple[int, int, ClockPolicy], ...] = ()
    asked: int | None = None
    policy: ClockPolicy = "pause"
    origin: str = ""
    left: int = 0
    taken: tuple[tuple[str, str], ...] = ()
    term: Term | None = None


class State(NamedTuple):
    """Where a dossier is after its last move `seq` at `at`.

    `holder` has it at `row` since `since`, handed over by `sender` ("" while it waits to be handed on again), `confirmed`
    or not. `step_due` and `due` are the moments of the step's and the legal deadline; None where there is none.
    """

    seq: int
    at: int
    row: Row
    holder: str
    sender: str
    confirmed: bool
    since: int
    step_due: int | None
    received: int | None
    due: int | None
    resolved: int | None
    detour: Detour | None

    @property
    def ended(self) -> bool:
        """Whether the dossier has come to rest at an end."""
        return self.row.step is None

    @property
    def stopped_since(self) -> int | None:
        """Since when the clock stands; None while it runs."""
        return self.detour.asked if self.detour else None

    def times_taken(self, step: str, action: str) -> int:
        """How often an arrow with limited `times` was taken."""
        return self.detour.taken.count((step, action)) if self.detour else 0


# Named tuples are built by tuple.__new__ on the hot path: half the cost of calling the class.
_state: Any = tuple.__new__
_move: Any = tuple.__new__

_PLAIN = Detour()
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
            f"'{name.vi}' đã thực hiện đủ {arc.arrow.times} lần, không được lặp lại (R14); hãy chọn hành động khác",
            f"'{name.en}' was taken {arc.arrow.times} times already and may not be taken again (R14); choose another action",
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
        _check_active(table, actor, at)
        _check_closing(table, at)
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


def action_title(row: Row, action: str) -> Text:
    """What an officer reads for an action of `row` or a verb of the engine."""
    arc = row.arcs.get(action)
    return arc.arrow.title if arc else VERB_TITLES.get(action, Text(action, action))


def ripe(state: State, at: int) -> tuple[int, Arc] | None:
    """The arrow that the system must have taken before `at`, with its moment: a limit run out, or silence at the due moment."""
    row = state.row
    found: list[tuple[int, Arc]] = []
    if row.at_limit and state.step_due is not None and state.step_due < at:
        found.append((max(state.step_due, state.at), row.at_limit))
    if row.at_due and row.at_due.row is not row and state.due is not None and state.due < at:
        found.append((max(state.due, state.at), row.at_due))
    return min(found, key=lambda timer: timer[0]) if found else None


def system_move(state: State, timer: tuple[int, Arc], to: str) -> Move:
    """The move of a ripe timer; `to` is who holds the next step ("" for an end)."""
    moment_, arc = timer
    return Move(state.seq + 1, moment_, SYSTEM, arc.arrow.action, arc.row.id, "" if arc.row.step is None else to)


def fold(table: Table, calendar: Calendar, moves: Iterable[Move]) -> State:
    """The state a log leads to. The log must have at least one move."""
    log = iter(moves)
    state = begin(table, calendar, next(log))
    for move in log:
        state = advance(table, calendar, state, move)
    return state


def begin(table: Table, calendar: Calendar, move: Move) -> State:
    """The state after the first line of a log."""
    first = table.first
    if move.action == RECEIVE:
        due = _due(calendar, table.flow.deadline, move.at, _PLAIN)
        step_due = _step_due(table, calendar, first, move.at)
        return State(
            move.seq, move.at, first, move.holder, move.holder, True, move.at, step_due, move.at, due, None, None
        )
    intake = _seconds_of(table.org)
    answer = calendar.plus(move.at, intake)
    return State(move.seq, move.at, first, move.holder, move.holder, True, move.at, answer, None, None, None, None)


def _seconds_of(org: Org) -> int:
    return int(org.limits.intake.amount * 3600)


def follow(table: Table, calendar: Calendar, state: State, moves: Sequence[Move]) -> State:
    """The state after the moves of one decision, the same as advancing move by move.

    A confirmation just before an arrow leaves nothing behind that the arrow doesn't replace, so it is passed over.
    """
    if len(moves) == 2 and moves[0][3] == CONFIRM:
        return advance(table, calendar, state, moves[1])
    for move in moves:
        state = advance(table, calendar, state, move)
    return state


def advance(table: Table, calendar: Calendar, state: State, move: Move) -> State:
    """The state after one more move of the log. It doesn't judge: what was wrong in a log stays visible."""
    _, _, row, _, _, _, _, _, received, due, resolved, detour = state
    seq, at, actor, action, _, holder, _ = move
    arc = row.arcs.get(action)
    if arc is None:
        return _advance_verb(table, calendar, state, move)
    if not arc.plain:
        return _advance_detour(table, calendar, state, arc, move)
    row = arc.row
    if row.resolves and resolved is None:
        resolved = at
    step_due = calendar.plus(at, row.seconds) if row.seconds else None
    fields = (seq, at, row, holder, actor, not row.confirms, at, step_due, received, due, resolved, detour)
    return _state(State, fields)  # type: ignore[no-any-return]


def _advance_verb(table: Table, calendar: Calendar, state: State, move: Move) -> State:
    if move.action == CONFIRM:
        return _state(State, (move.seq, move.at, *state[2:5], True, *state[6:]))  # type: ignore[no-any-return]
    state = state._replace(seq=move.seq, at=move.at)
    if move.action in (RECALL, BOUNCE):
        return state._replace(holder=move.holder, sender="", confirmed=True, since=move.at)
    if move.action == REASSIGN:
        fresh = state.received is not None and is_correction(state)
        step_due = _step_due(table, calendar, state.row, move.at) if fresh else state.step_due
        confirmed = not state.row.confirms
        return state._replace(
            holder=move.holder, sender=move.actor, confirmed=confirmed, since=move.at, step_due=step_due
        )
    if move.action == RECEIVE and state.received is None:
        due = _due(calendar, table.flow.deadline, move.at, _PLAIN)
        step_due = _step_due(table, calendar, state.row, move.at)
        return state._replace(
            holder=move.holder,
            sender=move.holder,
            confirmed=True,
            since=move.at,
            step_due=step_due,
            received=move.at,
            due=due,
        )
    return state


def is_correction(state: State) -> bool:
    """Whether handing the dossier on now puts right a misroute.

    It was recalled or bounced, or the holder doesn't fit, or wasn't there when it was handed to him.
    """
    account = state.row.fits.get(state.holder, _ABSENT)
    if account is not None and account is not _ABSENT:
        return not state.sender or not present(account, local(state.since).date())
    return not state.sender or account is _ABSENT


def _advance_detour(table: Table, calendar: Calendar, state: State, arc: Arc, move: Move) -> State:
    row = arc.row
    detour, due = _turn(table, calendar, state, arc, move.at)
    back = state.row.stopped and detour.policy == "pause" and row.id == detour.origin and row.within is not None
    step_due = calendar.plus(move.at, detour.left) if back else _step_due(table, calendar, row, move.at)
    resolved = state.resolved
    if resolved is None and row.resolves:
        resolved = move.at
    if row.stopped:
        detour = detour._replace(asked=move.at)
    return State(
        move.seq,
        move.at,
        row,
        move.holder,
        move.actor,
        not row.confirms,
        move.at,
        step_due,
        state.received,
        due,
        resolved,
        None if detour == _PLAIN else detour,
    )


def _turn(table: Table, calendar: Calendar, state: State, arc: Arc, at: int) -> tuple[Detour, int | None]:
    """What taking `arc` does to the clocks: the detour and the due moment after it."""
    detour = state.detour or _PLAIN
    due = state.due
    arrow = arc.arrow
    if arrow.times is not None:
        detour = detour._replace(taken=(*detour.taken, (state.row.id, arrow.action)))
    if arc.kind in SETS_CLOCK:
        policy = table.flow.clock_policy if arc.kind == "supplement" else "pause"
        left = calendar.worked(at, state.step_due) if state.step_due is not None and state.step_due > at else 0
        detour = detour._replace(policy=policy, origin=state.row.id, left=left)
    if detour.asked is not None:
        detour = detour._replace(intervals=(*detour.intervals, (detour.asked, at, detour.policy)), asked=None)
    if state.row.stopped and state.received is not None:
        due = _due(calendar, detour.term or table.flow.deadline, state.received, detour)
    late = due is not None and verdict(at, due) == "late"  # a new term doesn't heal what is late already (R129)
    if arrow.deadline is not None and state.received is not None and not late:
        detour = detour._replace(term=arrow.deadline)
        due = _due(calendar, arrow.deadline, state.received, detour)
    return detour, due


def _due(calendar: Calendar, term: Term | None, received: int, detour: Detour) -> int | None:
    return None if term is None else calendar.due_instant(received, term, detour.intervals, "legal")


def _step_due(table: Table, calendar: Calendar, row: Row, at: int) -> int | None:
    if row.seconds:
        return calendar.plus(at, row.seconds)
    if row.step is None:
        return None
    if row.step.until is not None:
        return table.plan.get(row.step.until)
    return None if row.within is None else calendar.due_instant(at, row.within, (), "minutes")
