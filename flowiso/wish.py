"""A wish to take one of the engine's verbs, and what verbs ask of it: words, a leader, the one-stop unit, a running case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .machine import Table
from .model import (
    ANSWER,
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
    RESUME,
    STOP,
    WITHDRAW,
    Duty,
    Move,
)
from .refusals import Said, actions, is_seated, lack, refuse, stood_in_for, with_record
from .state import State
from .text import Text
from .worktime import local

TITLES: Mapping[str, Text] = {
    CONFIRM: Text("Nhận bàn giao", "Confirm the hand-over"),
    RECEIVE: Text("Tiếp nhận", "Receive"),
    RECALL: Text("Thu hồi", "Recall"),
    BOUNCE: Text("Trả lại người giao", "Bounce"),
    REASSIGN: Text("Giao lại", "Reassign"),
    REAPPOINT: Text("Xin lỗi và hẹn lại", "Apologise and re-appoint"),
    PAUSE: Text("Tạm dừng", "Pause"),
    RESUME: Text("Tiếp tục giải quyết", "Resume"),
    STOP: Text("Dừng giải quyết", "Stop"),
    WITHDRAW: Text("Rút hồ sơ", "Withdraw"),
    CORRECT: Text("Đính chính kết quả", "Correct the result"),
    MIGRATE: Text("Chuyển lần ban hành", "Move to another version"),
    RATE: Text("Đánh giá", "Rate"),
    COMPLAIN: Text("Phản ánh, kiến nghị", "Complain"),
    ANSWER: Text("Trả lời phản ánh", "Answer the complaint"),
    LOSE: Text("Ghi nhận mất, hỏng hồ sơ", "Record a lost or damaged dossier"),
    FAULT: Text("Xử lý sự không phù hợp", "Handle the nonconformity"),
}
"""How the verbs are called on screen."""


class Wish(NamedTuple):
    """What somebody wants: `actor` to take `action` at `at`, handing the dossier to `to`."""

    state: State
    action: str
    actor: str
    to: str
    at: int
    strict: bool
    said: Said

    @property
    def table(self) -> Table:
        """The flow version it goes by now."""
        return self.state.row.table

    def line(self, forced: str = "", behalf: str = "", **more: Any) -> Move:
        """The line of the log that grants it: as things stand now, but for what is given."""
        state, said = self.state, self.said
        record = with_record(said.record, behalf=behalf, forced=forced)
        line = Move(state.seq + 1, self.at, self.actor, self.action, state.row.id, state.holder, said.note, record)
        return line._replace(**more)

    def told(self, key: str) -> str:
        """What the record says under a key; "" when nothing."""
        return (self.said.record or {}).get(key, "").strip()

    @property
    def behalf(self) -> str:
        """On whose behalf the actor acts as a holder (R127); "" when it acts in its own right, or isn't one."""
        return stood_in_for(self.state.row, self.state.holder, self.actor, self.at)

    @property
    def holds(self) -> bool:
        """Whether the actor is the holder, or stands in for him."""
        return self.actor == self.state.holder or bool(self.behalf)

    @property
    def leads(self) -> bool:
        """Whether the actor leads the division or the department."""
        return self.table.org.leads(self.actor, self.table.flow, self.state.holder, local(self.at).date())

    def has_duty(self, duty: Duty) -> bool:
        """Whether the actor has a role of that duty on the day."""
        org = self.table.org
        post = org.post(self.actor, local(self.at).date())
        return post is not None and any(org.roles[name].duty == duty for name in post.roles)


def need_note(wish: Wish, *keys: str) -> None:
    """Refuse a wish without its reason in words, or without one of these keys of its record."""
    said = wish.said
    missing = [] if said.note and said.note.strip() else ["note"]
    missing += [key for key in keys if not wish.told(key)]
    if wish.strict and missing:
        lack(missing, TITLES[wish.action])


def need_leader(wish: Wish) -> None:
    """Refuse who leads neither the division nor the department."""
    if wish.strict and not wish.leads:
        title = TITLES[wish.action]
        refuse(
            f"'{title.vi}' do lãnh đạo phòng hoặc lãnh đạo Sở quyết định, không phải '{wish.actor}'; hãy trình lãnh đạo",
            f"'{title.en}' is for a head of division or the department's leaders, not '{wish.actor}'; ask one of them",
        )


def need_desk(wish: Wish) -> None:
    """The one-stop unit, or a leader, speaks to the applicant (R15, R49)."""
    if wish.strict and not (
        wish.leads or wish.has_duty("receive") or is_seated(wish.table.first.fits, wish.actor, wish.at)
    ):
        title = TITLES[wish.action]
        refuse(
            f"'{title.vi}' do Bộ phận Một cửa hoặc lãnh đạo thực hiện, không phải '{wish.actor}'; hãy chuyển Bộ phận Một cửa",
            f"'{title.en}' is for the one-stop unit or a leader, not '{wish.actor}'; pass it to the one-stop unit",
        )


def need_running(wish: Wish) -> None:
    """Refuse what is for a dossier that is received and has no result yet."""
    state = wish.state
    if state.received is None or state.resolved is not None or state.row.ready:
        title = TITLES[wish.action]
        refuse(
            f"chỉ '{title.vi}' được khi hồ sơ đã tiếp nhận và chưa có kết quả; hãy xem lại hồ sơ",
            f"'{title.en}' is for a dossier that is received and has no result yet; read it again",
            actions(state),
        )
