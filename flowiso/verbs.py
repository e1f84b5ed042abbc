"""The engine's own verbs: who may take each, when, and the line it puts down. Pure; arrows of flows are in `decision`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NoReturn

from .clocks import told_day
from .landing import NO_VERSION, cannot_land, unfit
from .machine import Table
from .model import (
    ANSWER,
    APPLICANT,
    BOUNCE,
    COMPLAIN,
    CONFIRM,
    CORRECT,
    FAULT,
    LOSE,
    MIGRATE,
    PAUSE,
    RATE,
    REAPPOINT,
    REASSIGN,
    RECALL,
    RECEIVE,
    REMARKS,
    RESUME,
    STOP,
    SYSTEM,
    VERBS,
    WITHDRAW,
    Move,
)
from .org import active
from .refusals import (
    actions,
    check_active,
    check_route,
    check_seat,
    check_time,
    is_correcting,
    lack,
    refuse,
    stood_in_for,
)
from .schema import meant, nearest
from .state import State
from .text import Text, day, moment
from .versions import destination
from .wish import TITLES, Wish, need_desk, need_leader, need_note, need_running
from .worktime import local


def take(wish: Wish) -> Move:
    """The line that a verb puts down. Raises NotAllowed, Incomplete, Misrouted."""
    state = wish.state
    if wish.at < state.at or (state.row.timed and wish.action not in REMARKS):
        check_time(state, wish.at)
    verb = _VERBS.get(wish.action)
    if verb is None or (state.ended and wish.action not in AFTER_THE_END):
        refuse_unknown(state, wish.action)
    if state.paused and wish.action not in WHILE_PAUSED:
        refuse_paused(state)
    if wish.strict:
        check_active(wish.table, wish.actor, wish.at)
    return verb(wish)


AFTER_THE_END = REMARKS | {CORRECT}
WHILE_PAUSED = REMARKS | {CONFIRM, RECALL, BOUNCE, REASSIGN, RESUME, STOP, WITHDRAW, MIGRATE}


def open_verbs(state: State) -> tuple[str, ...]:
    """The verbs that somebody may take as the dossier stands, in the order of docs/dossier.md."""
    if state.ended:
        found = AFTER_THE_END
    elif state.paused:
        found = WHILE_PAUSED
    elif state.received is None:
        found = _ANY_TIME | {RECEIVE}
    elif state.resolved is None and not state.row.ready:
        found = _ANY_TIME | {REAPPOINT, PAUSE, STOP, WITHDRAW}
    else:
        found = _ANY_TIME | {CORRECT, RATE}
    by_arrow = any(arc.kind == "withdraw" for arc in state.row.arcs.values())
    shut = {WITHDRAW: by_arrow, CORRECT: not _has_result_to_correct(state)}
    return tuple(verb for verb in _VERBS if verb in found and not shut.get(verb))


_ANY_TIME = REMARKS - {RATE} | {CONFIRM, RECALL, BOUNCE, REASSIGN, MIGRATE}


def refuse_unknown(state: State, action: str) -> NoReturn:
    """Refuse an action that there isn't now: with the one that is meant, perhaps, and all there are."""
    names, verbs = actions(state), open_verbs(state)
    known = (*names, *verbs)
    guess = _OTHER_WORDS.get(action) or nearest(action, known)
    guessed = meant(guess if guess in known and action not in VERBS else None)
    refuse(
        f"bước '{state.row.title.vi}' không có hành động '{action}'{guessed.vi};"
        f" có thể: {', '.join(names) or 'không còn hành động nào'}; động từ chung: {', '.join(verbs)}",
        f"step '{state.row.title.en}' has no action '{action}'{guessed.en};"
        f" there are: {', '.join(names) or 'none'}; common verbs: {', '.join(verbs)}",
        names,
    )


_OTHER_WORDS = {
    "suspend": PAUSE,
    "hold": PAUSE,
    "continue": RESUME,
    "close": STOP,
    "cancel": WITHDRAW,
    "accept": RECEIVE,
}
"""What the verbs are called elsewhere, where the spelling doesn't tell."""


def refuse_paused(state: State) -> None:
    """Nothing goes on while a dossier is paused (R59)."""
    since = moment(local(state.stopped_since or state.at))
    refuse(
        f"hồ sơ đang tạm dừng từ {since}; hãy để lãnh đạo cho tiếp tục ({RESUME}) trước",
        f"the dossier is paused since {since}; a leader must {RESUME} it first",
        (RESUME,),
    )


def _confirm(wish: Wish) -> Move:
    state, actor = wish.state, wish.actor
    if not wish.holds or state.confirmed:
        refuse(
            f"không có bàn giao nào chờ '{actor}' nhận; hãy xem ai đang giữ hồ sơ",
            f"no hand-over waits for '{actor}' to confirm; see who holds the dossier",
            actions(state),
        )
    return wish.line(behalf=wish.behalf)


def _receive(wish: Wish) -> Move:
    state, actor = wish.state, wish.actor
    if state.received is not None or actor not in state.row.fits:
        refuse(
            f"'{actor}' không tiếp nhận được: hồ sơ đã tiếp nhận, hoặc tài khoản không thuộc Bộ phận Một cửa; hãy xem lại hồ sơ",
            f"'{actor}' can't receive: it is received already, or the account is not of the one-stop unit; read it again",
            actions(state),
        )
    check_seat(state.row, actor, wish.at)
    check_closing(wish.table, state.since)  # handed in before the closing day is in time (R83)
    return wish.line(holder=actor, behalf=stood_in_for(state.row, actor, actor, wish.at))


def check_closing(table: Table, at: int) -> None:
    """Refuse intake after the closing day of a yearly plan."""
    assert table.first.step is not None
    until = table.first.step.until
    if until is None:
        return
    closing = table.plan.get(until)
    if closing is None:
        refuse(
            f"{table.flow.code}: chưa có mốc '{until}' trong kế hoạch năm; hãy thêm vào flows/_plans",
            f"{table.flow.code}: the yearly plan has no milestone '{until}'; add it to flows/_plans",
        )
    elif at > closing:
        shown = moment(local(closing))
        refuse(
            f"{table.flow.code} đã đóng nhận hồ sơ lúc {shown}; hãy từ chối tiếp nhận và hướng dẫn nộp đợt sau",
            f"{table.flow.code} closed for intake at {shown}; refuse the intake and point to the next round",
        )


def _recall(wish: Wish) -> Move:
    state, actor = wish.state, wish.actor
    if actor != state.sender or state.confirmed:
        refuse(
            f"'{actor}' không thu hồi được: chỉ người giao, khi bên nhận chưa nhận; hãy đề nghị bên nhận trả lại ({BOUNCE})",
            f"'{actor}' can't recall: only the sender can, and only before it is confirmed; ask the receiver to {BOUNCE} it",
            (BOUNCE,),
        )
    return wish.line(holder=state.sender)


def may_return(state: State, actor: str) -> bool:
    """Whether the holder can give it back to an officer who handed it over."""
    return actor == state.holder and state.sender not in ("", actor, SYSTEM, APPLICANT)


def _bounce(wish: Wish) -> Move:
    if not (wish.holds and may_return(wish.state, wish.state.holder)):
        refuse(
            f"'{wish.actor}' không trả lại được: không giữ hồ sơ hoặc không có cán bộ đã giao; hãy dùng {REASSIGN}",
            f"'{wish.actor}' can't bounce: it isn't the holder or no officer handed it over; use {REASSIGN}",
            (REASSIGN,),
        )
    return wish.line(holder=wish.state.sender, behalf=wish.behalf)


def _reassign(wish: Wish) -> Move:
    """By the holder, or by a leader, who writes down why (R41, R128)."""
    state, said = wish.state, wish.said
    if not wish.holds:
        if not wish.leads:
            refuse(
                f"'{wish.actor}' không giao lại được; hãy để người đang giữ '{state.holder}' hoặc lãnh đạo giao lại",
                f"'{wish.actor}' can't hand it on; '{state.holder}' holds it and must do it, or a leader",
            )
        need_note(wish)
    forced = check_route(wish.table, state.row, wish.to, wish.actor, state.holder, wish.at, said, wish.strict)
    return wish.line(holder=wish.to, behalf=wish.behalf, forced=forced)


def _reappoint(wish: Wish) -> Move:
    """Form 04: at most once, written with its reason, no later than the day before expiry, to a later day (R49)."""
    state, title = wish.state, TITLES[REAPPOINT]
    need_desk(wish)
    need_running(wish)
    need_note(wish, "until")
    until, due, on = told_day(wish.said.record), state.due, local(wish.at).date()
    if due is None:
        refuse(
            "hồ sơ không có thời hạn nên không hẹn lại; hãy báo người nộp bằng cách khác",
            "the dossier has no term, so there is nothing to re-appoint; tell the applicant another way",
        )
    if until is None:
        refuse(f"'{title.vi}' cần ngày hẹn mới (until) dạng 2021-09-30", "give the new day (until) as 2021-09-30")
    if state.detour is not None and state.detour.appointed is not None:
        refuse(
            f"đã hẹn lại một lần đến {day(local(state.detour.appointed).date())}; luật chỉ cho một lần (R49), hãy giải quyết sớm",
            "the dossier was re-appointed once already, and the law allows once only (R49); finish it soon and tell a leader",
        )
    if on >= local(due).date():
        refuse(
            f"hạn trả là {day(local(due).date())}; phải hẹn lại chậm nhất một ngày trước đó (R49); hãy giải quyết sớm",
            f"it is due on {local(due).date()}; an apology must be sent a day before that (R49); finish it soon",
        )
    if until <= local(due).date() or (until - on).days > _FARTHEST:
        refuse(
            f"ngày hẹn lại {day(until)} phải sau hạn trả {day(local(due).date())} và trong vòng một năm",
            f"the new day {until} must be after the due day {local(due).date()} and within a year",
        )
    return wish.line()


_FARTHEST = 366


def _pause(wish: Wish) -> Move:
    """For the time being, by a leader with reason and legal ground; the clock stands (R59)."""
    need_leader(wish)
    need_running(wish)
    need_note(wish, "ground")
    if wish.state.stopped_since is not None:
        refuse(
            "đồng hồ của hồ sơ đang dừng sẵn; hãy chờ người nộp, hoặc dừng giải quyết (stop)",
            "the clock stands already; wait for the applicant, or stop it for good (stop)",
            (STOP,),
        )
    return wish.line()


def _resume(wish: Wish) -> Move:
    need_leader(wish)
    need_note(wish)
    if not wish.state.paused:
        refuse(
            "hồ sơ không bị tạm dừng; hãy xem lại hồ sơ", "the dossier isn't paused; read it again", actions(wish.state)
        )
    return wish.line()


def _stop(wish: Wish) -> Move:
    """For good, with the notice of stopping and its legal ground (R59)."""
    need_leader(wish)
    need_running(wish)
    need_note(wish, "ground")
    return wish.line(step=wish.table.stopped.id, holder="")


def _withdraw(wish: Wish) -> Move:
    """Where the flow has no arrow for it; at the applicant's written wish, put down by the one-stop unit."""
    state = wish.state
    if state.received is None:
        refuse(
            f"hồ sơ chưa được tiếp nhận nên chưa có gì để rút; hãy từ chối tiếp nhận hoặc tiếp nhận ({RECEIVE}) trước",
            f"the dossier isn't received yet, there is nothing to withdraw; refuse the intake, or {RECEIVE} it first",
            (*actions(state), RECEIVE),
        )
    arrow = next((name for name, arc in state.row.arcs.items() if arc.kind == "withdraw"), None)
    if arrow is not None:
        refuse(
            f"lưu đồ có hành động '{arrow}' để rút hồ sơ; hãy dùng nó",
            f"the flow has '{arrow}' for it; use that",
            (arrow,),
        )
    if wish.actor != APPLICANT:
        need_desk(wish)
    if state.resolved is not None or state.row.ready:
        refuse(
            f"hồ sơ đã có kết quả nên không rút được; hãy trả kết quả, hoặc đính chính ({CORRECT})",
            f"there is a result already, too late to withdraw; hand it out, or {CORRECT} it",
            (CORRECT,),
        )
    return wish.line(step=wish.table.withdrawn.id, holder="")


def _correct(wish: Wish) -> Move:
    """A result that the agency got wrong goes back to a step of its making (R53); one that was bounced, too."""
    state, step = wish.state, wish.told("step")
    need_desk(wish)
    need_note(wish, "step")
    if not _has_result_to_correct(state):
        refuse(
            "hồ sơ chưa có kết quả để đính chính; hãy chọn hành động khác",
            "there is no result to correct; choose another action",
            actions(state),
        )
    row = wish.table.rows.get(step)
    if row is None or row.step is None or row.resolves or row.stopped:
        refuse(
            f"không đưa về bước '{step}' được; hãy chọn một bước thẩm định hoặc phát hành",
            f"it can't go back to step '{step}'; choose a step of examining or issuing",
        )
    forced = check_route(wish.table, row, wish.to, wish.actor, "", wish.at, wish.said, wish.strict)
    return wish.line(step=row.id, holder=wish.to, forced=forced)


def _has_result_to_correct(state: State) -> bool:
    made = state.received is not None and (state.resolved is not None or state.row.ready)
    return made and state.row.kind not in ("withdrawn", "stopped") and not is_correcting(state)


def _migrate(wish: Wish) -> Move:
    """To another version of the flow, by a leader: same holder, at the step of the record, where he may hold it (R65)."""
    need_leader(wish)
    need_note(wish, "version", "step")
    state, said, record = wish.state, wish.said, wish.said.record or {}
    table = destination(wish.table, record)
    row = None if table is None else table.rows.get(record.get("step", ""))
    wrong = NO_VERSION if table is None else cannot_land(state, row)
    if row is None or wrong is not None:
        text = wrong or Text("", "")
        named = f"'{record.get('step', '')}'", f"'{record.get('version', '')}'"
        refuse(
            f"không chuyển sang bước {named[0]} của lần ban hành {named[1]} được: {text.vi}",
            f"it can't go over to step {named[0]} of version {named[1]}: {text.en}",
        )
    forced = ""
    if unfit(state, row, wish.at) is not None:
        forced = check_route(row.table, row, state.holder, wish.actor, "", wish.at, said, wish.strict)
    return wish.line(step=row.id, forced=forced)


def _rate(wish: Wish) -> Move:
    """By the applicant, or put down for him by the one-stop unit: 1 to 5 (R142 keeps it confidential)."""
    _need_ended(wish)
    if wish.told("score") not in ("1", "2", "3", "4", "5"):
        lack(("score",), TITLES[RATE])
    return _remark(wish)


def _need_ended(wish: Wish) -> None:
    if wish.state.resolved is None and not wish.state.ended:
        refuse(
            "hồ sơ chưa có kết quả để đánh giá; hãy đánh giá sau khi có kết quả",
            "there is no result to rate yet; rate it once there is one",
        )


def _complain(wish: Wish) -> Move:
    need_note(wish)
    return _remark(wish)


def _remark(wish: Wish) -> Move:
    if wish.actor != APPLICANT:
        need_desk(wish)
    return wish.line()


def _answer(wish: Wish) -> Move:
    """An answer to a complaint says whether it was justified (index 7 and 8 of TT 01/2018)."""
    need_desk(wish)
    need_note(wish, "founded")
    return wish.line()


def _lose(wish: Wish) -> Move:
    """A dossier lost or damaged: who is responsible is put down (R53)."""
    need_desk(wish)
    need_note(wish, "owner")
    return wish.line()


def _fault(wish: Wish) -> Move:
    """A step in handling a nonconformity: its cause, the corrective action with owner and due date, whether it worked (R130).

    That there is one, and how far its handling has come, the log alone can tell (`faults.check`).
    """
    need_leader(wish)
    planned = any(wish.told(key) for key in _PLAN)
    need_note(wish, "of", *(_PLAN if planned else ()))
    if planned:
        _check_plan(wish)
    return wish.line()


_PLAN = ("action", "owner", "due")


def _check_plan(wish: Wish) -> None:
    """A corrective action is somebody's, by a day to come."""
    owner, due, on = wish.told("owner"), told_day(wish.said.record, "due"), local(wish.at).date()
    account = wish.table.org.accounts.get(owner)
    if account is None or owner in (APPLICANT, SYSTEM) or not active(account, on):
        refuse(
            f"'{owner}' không phải tài khoản có hiệu lực ngày {day(on)}; hãy ghi người chịu trách nhiệm (owner) khác",
            f"'{owner}' is no account that is valid on {on}; name somebody else as responsible (owner)",
        )
    if due is None or due <= on:
        refuse(
            f"hạn thực hiện (due) phải là một ngày sau {day(on)}, dạng 2021-09-30",
            f"the action is due (due) on a day after {on}, written 2021-09-30",
        )


_VERBS: Mapping[str, Callable[[Wish], Move]] = {
    CONFIRM: _confirm,
    RECEIVE: _receive,
    RECALL: _recall,
    BOUNCE: _bounce,
    REASSIGN: _reassign,
    REAPPOINT: _reappoint,
    PAUSE: _pause,
    RESUME: _resume,
    STOP: _stop,
    WITHDRAW: _withdraw,
    CORRECT: _correct,
    MIGRATE: _migrate,
    RATE: _rate,
    COMPLAIN: _complain,
    ANSWER: _answer,
    LOSE: _lose,
    FAULT: _fault,
}
