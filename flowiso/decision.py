"""What may be done with a dossier: `decide` turns a wish into moves or a refusal. A pure function; moments are epoch seconds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .machine import Arc, Table
from .model import APPLICANT, BOUNCE, CONFIRM, REASSIGN, RECEIVE, SUBMIT, SYSTEM, Move
from .refusals import (
    SILENT,
    Said,
    actions,
    check_active,
    check_route,
    check_seat,
    check_time,
    check_words,
    is_correcting,
    is_seated,
    refuse,
    stood_in_for,
    with_record,
)
from .routing import may_keep
from .state import State
from .text import Text, moment
from .verbs import check_closing, may_return, refuse_paused, take
from .wish import Wish
from .worktime import local

# Named tuples are built by tuple.__new__ on the hot path: half the cost of calling the class.
_new: Any = tuple.__new__


def open_case(table: Table, action: str, actor: str, to: str, at: int, said: Said = SILENT) -> Move:
    """The first line of a log: SUBMIT by the applicant into the hands of `to`, or RECEIVE by a one-stop account.

    Raises NotAllowed when `actor` may not receive, or after the closing day of a yearly plan.
    """
    first = table.first
    holder = to if action == SUBMIT else actor
    if holder not in first.always and not first.serves(holder, at):
        _check_desk(table, holder, at)
    if action == SUBMIT:
        return _new(Move, (0, at, APPLICANT, action, first.id, holder, said[0], said[1]))  # type: ignore[no-any-return]
    check_closing(table, at)
    record = with_record(said.record, behalf=stood_in_for(first, actor, actor, at))
    return Move(0, at, actor, action, first.id, actor, said.note, record)


def _check_desk(table: Table, holder: str, at: int) -> None:
    """Refuse who may not receive a dossier."""
    first = table.first
    if holder not in first.fits:
        names = ", ".join(name for name in first.fits if is_seated(first.fits, name, at))
        refuse(
            f"'{holder}' không được tiếp nhận hồ sơ {table.flow.code}; hãy chọn một trong {names}",
            f"'{holder}' may not receive dossiers of {table.flow.code}; choose one of {names}",
        )
    check_seat(first, holder, at)


def decide(
    state: State,
    action: str,
    actor: str,
    to: str,
    at: int,
    strict: bool = True,
    said: Said = SILENT,
    taken_up: int | None = None,
) -> tuple[Move, ...]:
    """The moves that follow when `actor` takes `action` at `at`, handing the dossier to `to` ("" for an end).

    A confirmation is put before the first action of a receiver who hasn't confirmed yet: at the moment he had `taken_up` the
    dossier, where that is told, by the rules that hold for it then. Raises NotAllowed, Incomplete when words are missing, and
    Misrouted when `to` may not hold the next step; with `strict=False` such a hand-over, missing words, and an act of an
    account that is no longer valid are let through, to be found in the log afterwards.
    """
    arc = state[2].arcs.get(action)
    if arc is None:
        return (taken(state, action, actor, to, at, strict, said),)
    if arc.row.kind is not None:
        to = ""
    since = at if taken_up is None else taken_up
    if said[1] is None and (seq := usual_seq(state, arc, actor, to, at, strict, since)):
        return usual_lines(seq, state, arc, actor, to, at, since, said[0])
    return _weighed(state, arc, actor, to, at, strict, said, taken_up)


def usual_seq(state: State, arc: Arc, actor: str, to: str, at: int, strict: bool, taken: int) -> int:
    """The number of the line of an arrow taken without a record, where no rule needs to be weighed; 0 where one does.

    None does when the holder, who may act both at `at` and when he had `taken` it up, passes it on to who may hold the next
    step in his own right (`strict`: and is there). Then `usual_lines` are its lines.
    """
    last, last_at, row, holder, _, confirmed, _, _, received, _, _, detour = state
    target = arc.row
    usual = (
        arc.usual
        and actor == holder
        and (actor in row.always or (row.serves(actor, taken) and row.serves(actor, at)))
        and (
            target.kind is not None
            or (to != actor and (to in (target.steady if strict else target.always) or target.serves(to, at)))
        )
        and last_at <= taken <= at
        and received is not None
        and detour is None
    )
    return last + (1 if confirmed else 2) if usual else 0


def usual_lines(
    seq: int, state: State, arc: Arc, holder: str, to: str, at: int, taken: int, note: str | None = None
) -> tuple[Move, ...]:
    """The lines of an arrow whose `usual_seq` is `seq`: the holder confirms first, unless he has."""
    line = _new(Move, (seq, at, holder, arc.action, arc.row.id, to, note, None))
    if state[5]:
        return (line,)
    return _new(Move, (seq - 1, taken, holder, CONFIRM, state[2].id, holder, None, None)), line


def _weighed(
    state: State, arc: Arc, actor: str, to: str, at: int, strict: bool, said: Said, taken_up: int | None
) -> tuple[Move, ...]:
    """The moves of an arrow, each rule asked in turn."""
    last, last_at, row, holder, _, confirmed, _, _, received, _, _, detour = state
    note, record, _ = said
    if arc.special or actor != holder or actor not in row.always:
        record = _entitled(state, arc, actor, at, strict, record)
    if (received is None) is not arc.intake or detour is not None or at < last_at or row.timed:
        _check_case(state, arc, at)
    target = arc.row
    if target.kind is None and ((to == holder and not may_keep(row, target)) or to not in target.steady):
        sender = "" if may_keep(row, target) else holder
        if forced := check_route(row.table, target, to, actor, sender, at, said, strict):
            record = with_record(record, forced=forced)
    if arc.worded and strict:
        check_words(arc, state, said, at)
    behalf = None if record is None else record.get("behalf")
    if confirmed or (actor != holder and behalf != holder):
        return (_new(Move, (last + 1, at, actor, arc.action, target.id, to, note, record)),)
    if taken_up is None:
        confirm = _new(Move, (last + 1, at, actor, CONFIRM, row.id, holder, None, behalf and {"behalf": behalf}))
    else:
        confirm = _taken_up(state, actor, taken_up, at, strict)
    return confirm, _new(Move, (last + 2, at, actor, arc.action, target.id, to, note, record))


def taken(state: State, action: str, actor: str, to: str, at: int, strict: bool = True, said: Said = SILENT) -> Move:
    """The line of a verb, as of `decide`. The two that every dossier needs are granted here where nothing speaks against them."""
    last, last_at, row, holder, _, confirmed, since, _, received, _, _, detour = state
    if at >= last_at and not row.timed and (actor in row.always or row.serves(actor, at)):
        if action == CONFIRM and actor == holder and not confirmed:
            return _new(Move, (last + 1, at, actor, CONFIRM, row.id, actor, said[0], said[1]))  # type: ignore[no-any-return]
        if action == RECEIVE and received is None and detour is None and row.step is not None:
            check_closing(row.table, since)
            return _new(Move, (last + 1, at, actor, RECEIVE, row.id, actor, said[0], said[1]))  # type: ignore[no-any-return]
    return take(Wish(state, action, actor, to, at, strict, said))


def _taken_up(state: State, actor: str, taken_up: int, at: int, strict: bool) -> Move:
    """The confirmation of who has taken a dossier up before he acts at `at`."""
    if taken_up > at:
        refuse(
            f"nhận lúc {moment(local(taken_up))} là sau khi thực hiện lúc {moment(local(at))}; hãy ghi thời điểm sớm hơn",
            f"taken up at {moment(local(taken_up))}, after the action at {moment(local(at))}; give an earlier moment",
        )
    return taken(state, CONFIRM, actor, "", taken_up, strict, SILENT)


def _entitled(
    state: State, arc: Arc, actor: str, at: int, strict: bool, record: Mapping[str, str] | None
) -> Mapping[str, str] | None:
    """Refuse who may not take an arrow; the record, with on whose behalf it is taken (R127)."""
    if strict:
        check_active(state.row.table, actor, at)
    _check_open(state, arc)
    if _is_taker(state, arc, actor, at, strict):
        return record
    behalf = stood_in_for(state.row, state.holder, actor, at)
    if arc.takers or not behalf:
        _check_holder(state, arc, actor, at, strict)
    return with_record(record, behalf=behalf)


def _check_case(state: State, arc: Arc, at: int) -> None:
    """Refuse an arrow that this dossier can't take at this moment, whoever wants it.

    A paused dossier can only be withdrawn; one that is being corrected can't be (R53, R59).
    """
    if (state.received is None) is not arc.intake:
        _refuse_before_receipt(state, arc)
    if state.paused and arc.kind != "withdraw":
        refuse_paused(state)
    if is_correcting(state) and arc.kind == "withdraw":
        refuse(
            "hồ sơ đã có kết quả, đang đính chính, nên không rút được; hãy hoàn thành việc đính chính",
            "there was a result, which is being corrected: too late to withdraw; finish the correction",
            actions(state),
        )
    check_time(state, at)


def _check_open(state: State, arc: Arc) -> None:
    """Refuse the system's own arrows, and one that this dossier has used up."""
    row = state.row
    name = arc.arrow.title
    if arc.timer:
        refuse(
            f"'{name.vi}' chỉ do hệ thống thực hiện khi hết hạn; hãy chọn hành động khác",
            f"'{name.en}' is taken by the system only; choose another action",
            actions(state),
        )
    if arc.guard and state.times_taken(row.id, arc.arrow.action) >= (arc.arrow.times or 0):
        refuse(
            f"'{name.vi}' đã thực hiện đủ {arc.arrow.times} lần, lưu đồ không cho lặp lại; hãy chọn hành động khác",
            f"'{name.en}' was taken {arc.arrow.times} times already and the flow allows no more; choose another action",
            actions(state),
        )


def _is_taker(state: State, arc: Arc, actor: str, at: int, strict: bool) -> bool:
    """Whether somebody may take the arrow, or records what the holder does, without holding the dossier."""
    seats = arc.takers or state.row.recorders
    return is_seated(seats, actor, at) if strict else actor in seats


def _check_holder(state: State, arc: Arc, actor: str, at: int, strict: bool) -> None:
    """Refuse who is not the one to take an arrow: it is for others, or he doesn't hold the dossier, or may not hold it."""
    row = state.row
    if arc.takers:
        name, who = arc.arrow.title, ", ".join(sorted(arc.takers))
        refuse(
            f"'{name.vi}' do {who} thực hiện, không phải '{actor}'; hãy để họ thực hiện",
            f"'{name.en}' is for {who}, not '{actor}'; let them do it",
        )
    if actor != state.holder:
        refuse(
            f"'{actor}' không giữ hồ sơ; hãy để người đang giữ '{state.holder}' thực hiện",
            f"'{actor}' doesn't hold the dossier; '{state.holder}' does and must do it",
        )
    fits = is_seated(row.fits, actor, at) if strict else actor in row.fits
    if not fits and not state.forced:
        ways = (BOUNCE, REASSIGN) if may_return(state, actor) else (REASSIGN,)
        listed = Text(f"trả lại ({BOUNCE}) hoặc ", f"{BOUNCE} or ") if len(ways) == 2 else Text("", "")
        refuse(
            f"'{actor}' giữ hồ sơ nhưng không được xử lý bước '{row.title.vi}'; hãy {listed.vi}giao lại ({REASSIGN})",
            f"'{actor}' has the dossier but may not work on step '{row.title.en}'; {listed.en}{REASSIGN} it",
            ways,
        )


def _refuse_before_receipt(state: State, arc: Arc) -> None:
    name = arc.arrow.title
    if state.received is None:
        refuse(
            f"hồ sơ chưa được tiếp nhận nên chưa '{name.vi}' được; hãy tiếp nhận ({RECEIVE}) trước",
            f"the dossier isn't received yet; {RECEIVE} it before '{name.en}'",
            (RECEIVE,),
        )
    refuse(
        f"hồ sơ đã tiếp nhận nên không thể '{name.vi}'; hãy từ chối giải quyết theo đường của lưu đồ",
        f"the dossier is received, so '{name.en}' is too late; refuse it on its merits",
        actions(state),
    )


def system_move(state: State, timer: tuple[int, Arc], to: str) -> Move:
    """The move of a ripe timer; `to` is who holds the next step ("" for an end)."""
    moment_, arc = timer
    return Move(state.seq + 1, moment_, SYSTEM, arc.arrow.action, arc.row.id, "" if arc.row.step is None else to)
