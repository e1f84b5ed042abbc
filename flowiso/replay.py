"""A log replayed: whether the application could have written each of its lines (I3), and what they add up to (I4, I6, I7). Pure.

Hashes show that a log wasn't changed after it was written; this shows that what was written is right. Every line goes through
`decide` again, as its actor wished it. What a strict engine refuses and a lenient one (on_misroute="record", the simulator) lets
through is a warning; what no engine writes is an error, and the first one ends the replay of a log.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any, NamedTuple

from .calendar import Calendar
from .clocks import Detour, legal_due, termed
from .decision import open_case
from .dossier import Dossier
from .duedate import verdict
from .errors import FlowISOError, Incomplete, Misrouted, NotAllowed
from .events import owed
from .granting import judge
from .handover import settled
from .integrity import found
from .ledger import Ledger, ledger
from .life import Life, day_after
from .machine import Table
from .model import CONFIRM, RECEIVE, RECORD, SUBMIT, SYSTEM, VERBS, Case, Finding, Level, Move
from .ports import Event
from .refusals import Said, open_now
from .state import State, walk
from .text import Text, moment
from .tracing import trace
from .worktime import instant, local

OURS = frozenset({"behalf", "forced"})
"""What `decide` itself puts into a record."""
LATEST = 2**35
"""A moment in the year 3058: no line is later."""


class Replayed(NamedTuple):
    """What a replay told: the findings, and the events that the lines up to the first error owe."""

    findings: tuple[Finding, ...]
    owed: tuple[Event, ...]
    state: State | None


class _Wrong(Exception):
    """A line that no engine writes: why, and under which code."""

    def __init__(self, code: str, vi: str, en: str) -> None:
        super().__init__(vi)
        self.code = code
        self.text = Text(vi, en)


def replay(table: Table, calendar: Calendar, case: Case, moves: Sequence[Move]) -> Replayed:
    """Replay a log, which begins at seq 0 without a gap. Never raises, whatever was put into the store."""
    told = _Replay(table, calendar, case, moves)
    try:
        told.run()
    except _Wrong as wrong:
        told.fault(wrong.code, wrong.text)
    except Exception as error:  # somebody may have written anything: whatever it breaks, it is found
        said = error.text if isinstance(error, FlowISOError) else Text(repr(error), repr(error))
        told.fault("DOS311", Text(f"không hiểu được dòng này: {said.vi}", f"can't make sense of it: {said.en}"))
    return Replayed(tuple(told.findings), tuple(told.owed), told.state)


class _Replay:
    """How far a replay has come: the line it is at, and the state before it."""

    def __init__(self, table: Table, calendar: Calendar, case: Case, moves: Sequence[Move]) -> None:
        self.table = table
        self.calendar = calendar
        self.case = case
        self.moves = moves
        self.seq = 0
        self.state: State | None = None
        self.findings: list[Finding] = []
        self.owed: list[Event] = []

    def fault(self, code: str, text: Text, level: Level = "error") -> None:
        """Put down what is wrong with the present line."""
        line = f"dòng {self.seq}: ", f"line {self.seq}: "
        self.findings.append(found(code, self.case.number, self.seq, line[0] + text.vi, line[1] + text.en, level))

    def run(self) -> None:
        """Every line, then the whole."""
        for before, move, after in walk(self.table, self.calendar, self._checked()):
            if after.row.id != move.step or after.holder != move.holder:
                raise _Wrong(
                    "DOS312", "bước, người giữ không khớp trạng thái (I4)", "step or holder isn't the state's (I4)"
                )
            event = owed(before, after, move)
            if event is not None:
                self.owed.append(event)
            self.state = after
        if self.state is not None:
            self._check_whole(self.state)

    def _checked(self) -> Iterator[Move]:
        """Each line once it is checked against the state before it, and so before anything is made of it."""
        for seq, move in enumerate(self.moves):
            self.seq = seq
            _check_form(move)
            if self.state is None:
                self._check_first(move)
            else:
                self._check_next(self.state, move)
            yield move

    def _check_first(self, move: Move) -> None:
        if move.action not in (SUBMIT, RECEIVE):
            raise _Wrong(
                "DOS301", f"hồ sơ không thể bắt đầu bằng '{move.action}'", f"no dossier begins with '{move.action}'"
            )
        try:
            expected = open_case(self.table, move.action, move.actor, move.holder, move.at, _said(move))
        except NotAllowed as error:
            raise _Wrong("DOS303", error.text.vi, error.text.en) from error
        _check_same(move, (expected,))

    def _check_next(self, state: State, move: Move) -> None:
        if move.at < state.at:
            back = moment(local(move.at)), moment(local(state.at))
            raise _Wrong(
                "DOS302", f"ghi lúc {back[0]}, trước dòng trước ({back[1]})", f"at {back[0]}, before the line before it"
            )
        arc = state.row.arcs.get(move.action)
        if move.actor == SYSTEM and arc is not None and arc.timer:
            self._check_timer(state, move)
            return
        said = _said(move)
        try:
            decided = self._decided(state, move, said, True)
        except (NotAllowed, Misrouted) as refused:
            decided = self._leniently(state, move, said)
            self.fault(_code(state, move, refused), refused.text, "warning")
        _check_same(move, decided)
        _check_told(state, move)

    def _decided(self, state: State, move: Move, said: Said, strict: bool) -> tuple[Move, ...]:
        before = self._before(state)
        return judge(before, self.calendar, move.action, move.actor, move.holder, move.at, said, strict)

    def _leniently(self, state: State, move: Move, said: Said) -> tuple[Move, ...]:
        try:
            return self._decided(state, move, said, False)
        except (NotAllowed, Misrouted) as error:
            raise _Wrong(_code(state, move, error), error.text.vi, error.text.en) from error

    def _before(self, state: State) -> Dossier:
        return Dossier(self.case, self.table, state, tuple(self.moves[: self.seq]))

    def _check_timer(self, state: State, move: Move) -> None:
        """What time has done: a limit shows just after it has run out, silence from the day after (R74)."""
        before = self._before(state)
        could = [self._settled(before, at) for at in (move.at + 1, day_after(move.at))]
        if move in could:
            return
        if any(one is not None and one._replace(holder=move.holder) == move for one in could):
            names = sorted({one.holder for one in could if one is not None})
            self.fault(
                "DOS310",
                Text(
                    f"hệ thống lẽ ra giao cho {', '.join(names)}",
                    f"the system would have handed it to {', '.join(names)}",
                ),
                "warning",
            )
            return
        raise _Wrong("DOS301", "hệ thống không thực hiện việc này lúc ấy", "the system doesn't do this at that moment")

    def _settled(self, before: Dossier, at: int) -> Move | None:
        after = settled(before, self.calendar, at)
        return after.moves[self.seq] if len(after.moves) > self.seq else None

    def _check_whole(self, state: State) -> None:
        """I6 and I7: the same state, due moment and verdict by another way, and a ledger that sums to the whole."""
        life = trace(self.table, self.calendar, self.case, self.moves)
        if life.state != state:
            raise _Wrong("DOS312", "trạng thái tính hai cách khác nhau (I4)", "two ways to the state differ (I4)")
        if _due(state, self.calendar) != state.due or not _same_verdict(life):
            raise _Wrong(
                "DOS312", "ngày hẹn, kết luận tính hai cách khác nhau (I6)", "two ways to the due date differ (I6)"
            )
        sums = ledger(life, self.calendar, state.at)
        if sums is not None and not _whole(sums):
            raise _Wrong("DOS312", "sổ thời gian không cộng đủ (I7)", "the ledger doesn't sum to the whole (I7)")


def _check_form(move: Move) -> None:
    """Only what a line can be: words where words belong, a moment within reason, known keys."""
    record: Any = move.record
    words = (move.actor, move.action, move.step, move.holder, move.note or "")
    texts = all(isinstance(word, str) for word in words) and (record is None or _is_flat(record))
    if not texts or not isinstance(move.at, int) or not 0 <= move.at < LATEST:
        raise _Wrong("DOS311", "có giá trị mà không dòng nào có được", "it holds a value that no line can hold")
    unknown = sorted((record or {}).keys() - RECORD.keys())
    if unknown:
        raise _Wrong("DOS310", f"có mục lạ '{unknown[0]}' (record)", f"there is no '{unknown[0]}' in a record")


def _is_flat(record: object) -> bool:
    return isinstance(record, Mapping) and all(
        isinstance(key, str) and isinstance(value, str) for key, value in record.items()
    )


def _said(move: Move) -> Said:
    """What the actor said, without what `decide` puts down by itself."""
    record = move.record
    if record is None:
        return Said(move.note)
    own = {key: value for key, value in record.items() if key not in OURS}
    return Said(move.note, own or None, "forced" in record)


def _check_same(move: Move, decided: tuple[Move, ...]) -> None:
    if decided == (move,):
        return
    if decided[0].action == CONFIRM and len(decided) == 2:
        raise _Wrong("DOS310", "thiếu dòng xác nhận nhận hồ sơ trước dòng này", "a confirmation is missing before it")
    names = [name for name, ours, theirs in zip(Move._fields, decided[0], move, strict=True) if ours != theirs]
    listed = ", ".join(f"{name} = {getattr(decided[0], name)!r}" for name in names)
    raise _Wrong("DOS310", f"phần mềm lẽ ra ghi {listed}", f"the engine would have written {listed}")


def _check_told(state: State, move: Move) -> None:
    """A clock that jumped back told an earlier moment than the last line's, which then counts."""
    told = (move.record or {}).get("told")
    if told is None:
        return
    try:
        right = move.at == state.at and instant(datetime.fromisoformat(told)) < move.at
    except (ValueError, FlowISOError):
        right = False
    if not right:
        raise _Wrong("DOS310", f"thời điểm đồng hồ báo (told) '{told}' không thể có", f"told '{told}' can't be")


def _code(state: State, move: Move, error: NotAllowed | Misrouted) -> str:
    if isinstance(error, Misrouted):
        return error.finding.code
    if isinstance(error, Incomplete):
        return "DOS304"
    arc = state.row.arcs.get(move.action)
    can = move.action in VERBS if arc is None else open_now(state, arc)
    return "DOS303" if can else "DOS301"


def _due(state: State, calendar: Calendar) -> int | None:
    """The due moment computed at once from the receipt, the term and all stops."""
    if state.received is None:
        return None
    detour = state.detour or Detour()
    return legal_due(calendar, termed(detour, state.row.table.flow.deadline), state.received, detour)


def _same_verdict(life: Life) -> bool:
    state = life.state
    if life.received != state.received or life.due != state.due:
        return False
    judged = state.received is not None and state.resolved is not None and state.due is not None
    if not judged or (life.kind in ("withdrawn", "stopped") and state.resolved == state.since):
        return life.outcome != "late" or (state.detour is not None and state.detour.was_late)
    assert state.resolved is not None
    assert state.due is not None
    return life.outcome == verdict(state.resolved, state.due)


def _whole(sums: Ledger) -> bool:
    return sums.exact and all(before[1] == after[0] for before, after in pairwise(_edges(sums)))


def _edges(sums: Ledger) -> Iterator[tuple[int, int]]:
    yield sums.received, sums.received
    for entry in (*sums.entries, *sums.after):
        yield entry.since, entry.until
