"""What the `fault` lines of a log say of its nonconformities, and which of them each is about (R130). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Literal, NamedTuple

from .clocks import told_day
from .model import FAULT, FaultKind, Move
from .text import Text
from .worktime import day_of

Status = Literal["open", "cause", "action", "ineffective", "closed"]

KINDS: Mapping[FaultKind, Text] = {
    "late": Text("trễ hạn", "late"),
    "misroute": Text("chuyển nhầm tài khoản", "misrouted"),
    "wrong-result": Text("kết quả sai", "wrong result"),
    "lost": Text("mất, hỏng hồ sơ", "lost or damaged"),
    "complaint": Text("phản ánh đúng", "justified complaint"),
}
"""What opens a nonconformity, in words; the keys are what `of` of a `fault` line may be."""

STATUSES: Mapping[Status, Text] = {
    "ineffective": Text("hành động không hiệu lực", "the action didn't work"),
    "open": Text("chưa rõ nguyên nhân", "no cause yet"),
    "cause": Text("chưa có hành động khắc phục", "no corrective action yet"),
    "action": Text("đang khắc phục", "being corrected"),
    "closed": Text("đã đóng", "closed"),
}
"""How far the handling has come, in words."""


class Handling(NamedTuple):
    """What the `fault` lines say of a nonconformity: the latest word counts, and `lines` are all of them.

    `cause` is a key of `faults.CAUSES`; `owner` an account; `action` is due by the end of the day `due`; `effect` whether
    it worked, None while nobody checked; `failed` how many actions before it didn't.
    """

    cause: str | None = None
    action: str | None = None
    owner: str | None = None
    due: date | None = None
    effect: bool | None = None
    failed: int = 0
    lines: tuple[Move, ...] = ()


class Nonconformity(NamedTuple):
    """Something that went wrong with dossier `number` of procedure `code`, opened by its log at `opened_at`.

    `line` is the seq of the line it is about: the one that found a misroute, that of a correction, a loss or a complaint;
    None for lateness. `division` is the sender's, or the one of who is responsible for a loss, else the flow's.
    `suggested` is the cause as far as the log can tell, None where it can't; `what` says what happened.
    """

    number: str
    code: str
    kind: FaultKind
    line: int | None
    opened_at: int
    division: str
    suggested: str | None
    what: Text
    handling: Handling = Handling()

    @property
    def key(self) -> tuple[str, FaultKind, int | None]:
        """What tells it from every other one."""
        return self.number, self.kind, self.line

    @property
    def cause(self) -> str | None:
        """The cause a leader put down, else the one the log suggests."""
        return self.handling.cause or self.suggested

    @property
    def status(self) -> Status:
        """How far the handling has come. An action that worked closes it, one that didn't opens it again."""
        done = self.handling
        if done.effect is not None:
            return "closed" if done.effect else "ineffective"
        return "action" if done.action else "cause" if done.cause else "open"

    @property
    def closed(self) -> bool:
        """Whether its corrective action was found to work."""
        return self.status == "closed"

    def overdue(self, at: int) -> bool:
        """Whether the day by which the action was due is over and nobody checked whether it worked."""
        due = self.handling.due
        return self.status == "action" and due is not None and day_of(at) > due


def handled(opened: Iterable[Nonconformity], acts: Iterable[Move]) -> tuple[Nonconformity, ...]:
    """The nonconformities of one dossier, oldest first, as the `fault` lines among its acts left them."""
    found = sorted(opened, key=age)
    for line in acts:
        about = meant(found, line) if line.action == FAULT else []
        if about:
            one = about[0]
            found[found.index(one)] = one._replace(handling=_handled(one.handling, line))
    return tuple(found)


def age(one: Nonconformity) -> tuple[int, str, int]:
    """The order of nonconformities: the oldest first."""
    return one.opened_at, one.number, one.line or 0


def meant(found: Sequence[Nonconformity], line: Move) -> list[Nonconformity]:
    """The nonconformities that a `fault` line may be about: of its kind, open before it, at the line it names."""
    record = line.record or {}
    return [
        one
        for one in open_before(found, line)
        if one.kind == record.get("of") and record.get("line") in (None, str(one.line))
    ]


def open_before(found: Iterable[Nonconformity], line: Move) -> list[Nonconformity]:
    """The nonconformities that were open when a line was written."""
    return [one for one in found if not one.closed and one.opened_at <= line.at and (one.line or 0) < line.seq]


def _handled(before: Handling, line: Move) -> Handling:
    """The handling after one more line. After an action that didn't work, a new cause or action begins afresh."""
    record, after = line.record or {}, before._replace(lines=(*before.lines, line))
    if before.effect is False and ("cause" in record or "action" in record):
        after = Handling(cause=before.cause, failed=before.failed + 1, lines=after.lines)
    if "cause" in record:
        after = after._replace(cause=record["cause"])
    if "action" in record:
        after = after._replace(action=record["action"], owner=record.get("owner"), due=told_day(record, "due"))
    checked = "effect" in record and before.action is not None and before.effect is None
    return after._replace(effect=record["effect"] == "yes") if checked else after
