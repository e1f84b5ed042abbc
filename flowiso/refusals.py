"""Why a wish is refused: what verbs and arrows alike ask of an account, a moment and a receiver. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple, NoReturn

from .clocks import told_day
from .errors import Incomplete, Misrouted, NotAllowed
from .machine import Arc, Row, Seats, Table
from .model import RECORD
from .org import active, present
from .routing import fitting, misroute
from .state import State, ripe
from .text import Text, day, moment
from .worktime import day_of, local


class Said(NamedTuple):
    """What goes with a wish: the written reason, what a form adds (keys of `model.RECORD`), and whether a leader insists."""

    note: str | None = None
    record: Mapping[str, str] | None = None
    force: bool = False


SILENT = Said()


def refuse(vi: str, en: str, actions: Iterable[str] = ()) -> NoReturn:
    """Raise NotAllowed with what is wrong and what to do."""
    raise NotAllowed(Text(vi, en), tuple(actions))


def actions(state: State) -> tuple[str, ...]:
    """The arrows that can be taken now, by whoever may take them."""
    return tuple(name for name, arc in state.row.arcs.items() if not arc.timer and open_now(state, arc))


def open_now(state: State, arc: Arc) -> bool:
    """Whether an arrow is open: before or after the receipt, not used up, and the dossier neither stopped nor done."""
    if (state.received is None) is not arc.intake or not (arc.guard is None or arc.guard.allows(state)):
        return False
    return arc.kind == "withdraw" if state.paused else not (arc.kind == "withdraw" and is_correcting(state))


def is_correcting(state: State) -> bool:
    """Whether a result that was available is being corrected (R53)."""
    return state.detour is not None and state.detour.corrected > 0 and not state.row.resolves


def check_active(table: Table, actor: str, at: int) -> None:
    """Refuse an account that is not valid on that day."""
    account, on = table.org.accounts.get(actor), day_of(at)
    if account is not None and not active(account, on):
        refuse(
            f"tài khoản '{actor}' không có hiệu lực ngày {day(on)}; hãy dùng tài khoản khác",
            f"account '{actor}' is not valid on {on}; use another account",
        )


def check_time(state: State, at: int) -> None:
    """Refuse a moment before the last move, or after time has moved the dossier on by itself."""
    if at < state.at:
        refuse(
            f"thời điểm {moment(local(at))} trước lượt chuyển cuối {moment(local(state.at))}; hãy ghi thời điểm muộn hơn",
            f"{moment(local(at))} is before the last move at {moment(local(state.at))}; give a later moment",
        )
    timer = ripe(state, at)
    if timer:
        refuse(
            f"hết hạn lúc {moment(local(timer[0]))}: '{timer[1].arrow.title.vi}' đã có hiệu lực; hãy xem lại hồ sơ",
            f"time ran out at {moment(local(timer[0]))}: '{timer[1].arrow.title.en}' has taken effect; read the dossier again",
        )


def check_words(arc: Arc, state: State, said: Said, at: int) -> None:
    """An arrow of a letter or a send-back needs its words; a second supplement also says whose fault it is (R14).

    A consultation has a deadline: the step's own, or the day told (R45).
    """
    missing = [] if said.note and said.note.strip() else ["note"]
    again = arc.kind == "supplement" and state.received is not None and state.detour and state.detour.supplements
    if again and (said.record or {}).get("fault") not in ("applicant", "agency"):
        missing.append("fault")
    if arc.kind == "consult" and not _bounded(arc.row) and "until" not in (said.record or {}):
        missing.append("until")
    if missing:
        lack(missing, arc.arrow.title)
    if arc.kind == "consult" and "until" in (said.record or {}):
        _check_deadline(told_day(said.record), day_of(at))


def _bounded(row: Row) -> bool:
    """Whether a step has a time of its own, or ends by a milestone of the yearly plan."""
    return row.within is not None or (row.step is not None and row.step.until is not None)


def _check_deadline(until: date | None, on: date) -> None:
    """A consultation's own deadline is a day to come (R45)."""
    if until is None or until < on:
        refuse(
            f"hạn lấy ý kiến (until) phải là một ngày từ {day(on)} trở đi, dạng {on}",
            f"a consultation's deadline (until) is a day from {on} on, written like that",
        )


def lack(missing: Iterable[str], title: Text) -> NoReturn:
    """Raise Incomplete with what has to be given."""
    names = tuple(missing)
    words = [_WRITTEN if name == "note" else RECORD[name] for name in names]
    raise Incomplete(
        Text(
            f"'{title.vi}' còn thiếu: {'; '.join(word.vi for word in words)}; hãy ghi thêm ({', '.join(names)})",
            f"'{title.en}' lacks: {'; '.join(word.en for word in words)}; give it ({', '.join(names)})",
        ),
        names,
    )


_WRITTEN = Text("nội dung, lý do bằng lời", "the reason or content in words")


def check_route(table: Table, target: Row, to: str, actor: str, sender: str, at: int, said: Said, strict: bool) -> str:
    """Refuse a wrong hand-over (R121); the code of what is wrong when a leader insists in writing, else "".

    `sender` is who may not get it back, "" where anybody may; `actor` hands it on.
    """
    if not strict and to in table.org.accounts:  # all but an unknown account is let through
        return ""
    finding = misroute(table.org, table.flow, target, to, sender, at)
    if finding is None:
        return ""
    if said.force and finding.code != "DOS200":
        _check_force(table, actor, to, at, said)
        return finding.code
    fits = fitting(table.org, target, sender, at)
    names = ", ".join(account.id for account in fits) or "không ai / nobody"
    text = Text(f"{finding.message.vi}; được giao cho: {names}", f"{finding.message.en}; hand it to: {names}")
    raise Misrouted(text, finding, fits)


def _check_force(table: Table, actor: str, to: str, at: int, said: Said) -> None:
    if not table.org.leads(actor, table.flow, to, day_of(at)):
        refuse(
            f"'{actor}' không phải lãnh đạo phòng hay lãnh đạo Sở nên không được giao trái quy định; hãy trình lãnh đạo",
            f"'{actor}' leads neither the division nor the department and can't force a hand-over; ask a leader",
        )
    if not (said.note and said.note.strip()):
        lack(("note",), Text("giao trái quy định", "a forced hand-over"))


def stood_in_for(row: Row, holder: str, actor: str, at: int) -> str:
    """On whose behalf an account acts at a step (R127): the holder's, or, where it holds the dossier itself, that of who gave
    it the power; "" when it acts in its own right, or may not act."""
    if actor not in row.deputies:
        return ""
    on = day_of(at)
    principals = [one.principal for one in row.deputies.get(actor, ()) if one.holds(on)]
    if holder in principals:
        return holder
    return principals[0] if principals and holder == actor and not _by_right(row, actor, on) else ""


def _by_right(row: Row, actor: str, on: date) -> bool:
    assert row.step is not None
    own = row.table.org.holders(row.step.by, row.table.flow).get(actor)
    return own is not None and active(own, on)


def with_record(record: Mapping[str, str] | None, **more: str) -> Mapping[str, str] | None:
    """A record with what the engine adds to it; None when nothing is in it."""
    added = {key: value for key, value in more.items() if value}
    return {**(record or {}), **added} if added else record


def is_present(row: Row, name: str, at: int) -> bool:
    """Whether an account may hold a step on that day and is at work."""
    account = row.fits.get(name)
    return name in row.fits and (account is None or present(account, day_of(at)))


def is_seated(seats: Seats, name: str, at: int) -> bool:
    """Whether an account may do something on that day, at work or on leave."""
    account = seats.get(name)
    return name in seats and (account is None or active(account, day_of(at)))


def check_seat(row: Row, actor: str, at: int) -> None:
    """Refuse an account that doesn't hold a post, or a delegation, for a step on that day."""
    if actor in row.always:
        return
    check_active(row.table, actor, at)
    if not is_seated(row.fits, actor, at):
        on = day_of(at)
        refuse(
            f"ngày {day(on)} '{actor}' không giữ vị trí làm bước '{row.title.vi}'; hãy dùng tài khoản khác",
            f"on {on} '{actor}' holds no post for step '{row.title.en}'; use another account",
        )
