"""The control sheet of a dossier, filled wholly from its log: every hand-over, by whom, to whom, signed by both (R20, R158).

A signature's stand-in is the line by which somebody gave or confirmed: its moment, and its hash in the chain (`chain.link`),
which holds everything before it as well. Pure; moments are epoch seconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from .astray import Misroute
from .calendar import Calendar
from .chain import hashes
from .duedate import Verdict
from .feedback import discreet
from .life import Life, Visit, stays_at
from .machine import Row, Table
from .model import APPLICANT, BOUNCE, CONFIRM, MIGRATE, REASSIGN, RECALL, RECEIVE, SUBMIT, Case, Move
from .saying import hours
from .state import State, walk
from .text import Text, moment
from .tracing import trace
from .wish import TITLES
from .worktime import local

Result = Verdict | Literal["running", "overdue", "stopped", "untimed", "misrouted", "returned", "ended"]
"""What became of a hand-over: the step's verdict (R72), or why there is none.

"running" and "overdue" while it lasts; "stopped" where the clock stands, "untimed" where the step has no time of its own;
"misrouted" in a wrong account, whose time is its sender's (R124); "returned" while it lay again with who had handed it over;
"ended" at the end.
"""

_NAMES: Mapping[str, Text] = {**TITLES, SUBMIT: Text("Nộp trực tuyến", "Submit online")}
"""What is no arrow of a flow: the engine's verbs, and the submission, which nobody takes by a button."""
_HANDS = frozenset({RECEIVE, RECALL, BOUNCE, REASSIGN})
"""The verbs that hand a dossier over, be it to who had it."""

_POLICIES: Mapping[str, Text] = {
    "restart": Text("thời hạn tính lại từ đầu", "the term begins afresh"),
    "pause": Text("thời gian này không tính vào thời hạn", "this time doesn't count"),
    "none": Text("thời hạn vẫn tính", "the term goes on"),
}


class Signature(NamedTuple):
    """A line of the log as a signature: account `by` at `at`, on `behalf` of another or "" (R127); its hash in hexadecimal."""

    line: int
    at: int
    by: str
    behalf: str
    digest: str


class Beside(NamedTuple):
    """Something that happened beside a hand-over, by a line of the log: an arrow with words, a verb, a stop, a misroute."""

    kind: str
    line: int
    at: int
    by: str
    said: Text
    note: str | None = None
    record: Mapping[str, str] | None = None


class Handover(NamedTuple):
    """A row: `giver` handed `step` to `receiver` ("" at the end) by `action`; line `given` says so, `taken` that he confirmed.

    `taken` is the same line where nobody has to confirm, None where nobody did. `due` is the step's due moment, `until` when
    he handed it on, None while he has it.
    """

    giver: str
    receiver: str
    step: str
    title: Text
    action: Text
    given: Signature
    taken: Signature | None
    due: int | None
    until: int | None
    result: Result
    beside: tuple[Beside, ...]


class ControlSheet(NamedTuple):
    """The sheet as it stood at `at`: `digest` is the hash of the log's last line, `life` what the log tells."""

    life: Life
    at: int
    rows: tuple[Handover, ...]
    digest: str


def control_sheet(table: Table, calendar: Calendar, case: Case, log: Sequence[Move], at: int) -> ControlSheet:
    """The sheet of a log, which has at least one line and none after `at`; `table` is that of its receipt."""
    life = trace(table, calendar, case, log)
    sheet = _Sheet(life, calendar, at, [one.hex() for one in hashes(case, log)])
    return ControlSheet(life, at, tuple(sheet.rows(_held(table, calendar, log))), sheet.digests[-1])


class _Held(NamedTuple):
    """A hand-over with the lines up to the next one."""

    before: State | None
    move: Move
    after: State
    lines: list[tuple[State, Move]]


def _held(table: Table, calendar: Calendar, log: Sequence[Move]) -> list[_Held]:
    found: list[_Held] = []
    for before, move, after in walk(table, calendar, log):
        if before is None or _hands_over(before, move, after):
            found.append(_Held(before, move, after, []))
        else:
            found[-1].lines.append((after, move))
    return found


def _hands_over(before: State, move: Move, after: State) -> bool:
    if move.action == MIGRATE:
        return before.holder != after.holder
    if move.action in _HANDS:
        return not before.ended and (move.action != RECEIVE or before.received is None)
    return before.holder != after.holder or before.row is not after.row or move.action in before.row.arcs


class _Sheet:
    """Fills the rows of one life."""

    def __init__(self, life: Life, calendar: Calendar, at: int, digests: list[str]) -> None:
        self.life, self.calendar, self.at, self.digests = life, calendar, at, digests
        self.visits = list(stays_at(life, calendar, at))
        self.misroutes = list(life.misroutes)

    def rows(self, held: Sequence[_Held]) -> Iterator[Handover]:
        for index, one in enumerate(held):
            yield self._row(one, held[index + 1].move if index + 1 < len(held) else None)

    def _row(self, one: _Held, onward: Move | None) -> Handover:
        before, move, after, _ = one
        wrong = self._misroute(move, after)
        visit = self._visit(move, after, wrong)
        given = self._signed(move)
        due = visit.due if visit else after.step_due
        until = onward.at if onward else None
        result = self._result(after, visit, wrong, until)
        beside = (*self._said(one), *self._stopped(one), *self._astray(wrong, move), *_lost(visit, onward))
        return Handover(
            _giver(before, move),
            after.holder,
            after.row.id,
            after.row.title,
            called(before and before.row, move),
            given,
            self._taken(one, given),
            due,
            until,
            result,
            tuple(sorted(beside, key=lambda said: said.at)),
        )

    def _signed(self, move: Move) -> Signature:
        return Signature(move.seq, move.at, move.actor, (move.record or {}).get("behalf", ""), self.digests[move.seq])

    def _taken(self, one: _Held, given: Signature) -> Signature | None:
        if one.after.confirmed or one.after.ended:
            return given
        return next((self._signed(move) for _, move in one.lines if move.action == CONFIRM), None)

    def _misroute(self, move: Move, after: State) -> Misroute | None:
        """The misroute that this line began; each is told once."""
        same = (
            one for one in self.misroutes if (one.sent_at, one.wrong, one.step) == (move.at, after.holder, after.row.id)
        )
        found = next(same, None)
        if found is not None:
            self.misroutes.remove(found)
        return found

    def _visit(self, move: Move, after: State, wrong: Misroute | None) -> Visit | None:
        """The stay that this line began, or what a wrong account kept knowingly past the step's time."""
        starts = {move.at, wrong.opened_at if wrong and wrong.kept_late else None}
        same = (one for one in self.visits if (one.holder, one.step) == (after.holder, after.row.id))
        found = next((one for one in same if one.since in starts), None)
        if found is not None:
            self.visits.remove(found)
        return found

    def _result(self, after: State, visit: Visit | None, wrong: Misroute | None, until: int | None) -> Result:
        if after.ended:
            return "ended"
        if visit is None:
            return "misrouted" if wrong else "returned"
        if visit.verdict is not None:
            return visit.verdict
        if after.row.stopped or (until is None and self.life.state.paused):
            return "stopped"
        if visit.due is None:
            return "untimed"
        return "overdue" if visit.late(self.at) else "running"

    def _said(self, one: _Held) -> Iterator[Beside]:
        """What was written with the hand-over, and the lines until the next one that are no confirmation."""
        move = discreet(one.move)
        record = {key: value for key, value in (move.record or {}).items() if key not in ("behalf", "told")}
        if move.note or record:
            arc = one.before.row.arcs.get(move.action) if one.before else None
            kind = arc.kind if arc else move.action
            said = called(one.before and one.before.row, move)
            yield Beside(kind, move.seq, move.at, move.actor, said, move.note, record or None)
        for seq, at, actor, action, _, _, note, written in (discreet(line) for _, line in one.lines):
            if action != CONFIRM:
                yield Beside(action, seq, at, actor, _NAMES.get(action, Text(action, action)), note, written)

    def _stopped(self, one: _Held) -> Iterator[Beside]:
        """The stop of the clock that the hand-over began (R43, R44)."""
        for since, back, policy in self.life.stops:
            if since == one.move.at and one.after.row.stopped:
                end = Text("đến nay", "until now") if back is None else _until(back)
                said = _POLICIES[policy]
                text = Text(f"Đồng hồ dừng {end.vi}: {said.vi}", f"Clock stopped {end.en}: {said.en}")
                yield Beside("clock", one.move.seq, since, one.move.actor, text)

    def _astray(self, wrong: Misroute | None, move: Move) -> Iterator[Beside]:
        if wrong is None:
            return
        line = move.seq if wrong.line is None else wrong.line
        at = wrong.sent_at if wrong.detected_at is None else wrong.detected_at
        if wrong.detected_at is None:
            text = Text(f"Giao cho tài khoản không đúng ({wrong.why})", f"Handed to a wrong account ({wrong.why})")
        else:
            lost = hours(wrong.lost_at(self.calendar, self.at, self.life.pauses))
            vi, en = (" đến nay", " so far") if wrong.until is None else ("", "")
            text = Text(
                f"Chuyển nhầm tài khoản; mất {lost.vi} làm việc{vi}, tính cho người giao",
                f"Misrouted; {lost.en} of work lost{en}, charged to the giver",
            )
        yield Beside("misroute", line, at, wrong.finder or wrong.sender, text)


def _lost(visit: Visit | None, onward: Move | None) -> Iterator[Beside]:
    """The time that a step is charged with because its holder handed the dossier to a wrong account, by line `onward` (R124)."""
    if visit is not None and visit.lost and onward is not None:
        lost = hours(visit.lost)
        text = Text(f"Tính thêm {lost.vi} làm việc vì giao nhầm", f"{lost.en} of work added for a misroute")
        yield Beside("charged", onward.seq, onward.at, onward.actor, text)


def _until(back: int) -> Text:
    shown = moment(local(back))
    return Text(f"đến {shown}", f"until {shown}")


def _giver(before: State | None, move: Move) -> str:
    """Who had it: at the receipt the applicant, at a recall or where somebody records for another, that one."""
    if before is None or move.action == RECEIVE:
        return APPLICANT
    recorded = before.row.party not in ("agency", "system")
    return before.holder if before.holder and (move.action == RECALL or recorded) else move.actor


def called(row: Row | None, move: Move) -> Text:
    """What a line did, as it is called on screen; `row` is where the dossier was."""
    arc = row.arcs.get(move.action) if row else None
    return arc.arrow.title if arc else _NAMES.get(move.action, Text(move.action, move.action))
