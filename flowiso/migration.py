"""What moving the running dossiers of a procedure to another version of its flow would come to (R65). Pure.

A dossier keeps the version in force at its receipt until a leader moves it, one line of its log each. Its due moments stay
as they were announced (R1). Moments are epoch seconds, lengths of time are working seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Literal, NamedTuple

from .calendar import Calendar
from .clocks import counted, termed
from .diff import renamed_steps
from .dossier import Dossier
from .duedate import verdict
from .errors import BadValue, CalendarUnknown
from .handover import candidates, settled
from .landing import cannot_land, not_in_force, unfit
from .machine import Row
from .model import MIGRATE, Account, EndKind, Flow, Move
from .ports import Flows
from .remaining import allowed, needed, remaining
from .routing import fitting
from .state import State, advance, ripe
from .text import Text, number
from .versions import destination

Verdict = Literal["fits", "tight", "doomed", "needs-holder", "stranded"]
VERDICTS: Mapping[Verdict, Text] = {
    "stranded": Text("mắc kẹt", "stranded"),
    "needs-holder": Text("cần người giữ khác", "needs another holder"),
    "tight": Text("sẽ trễ hạn ở lần mới", "late on the new version"),
    "doomed": Text("đằng nào cũng trễ hạn", "late anyway"),
    "fits": Text("chuyển được", "fits"),
}
"""What a plan says of a dossier, the worst first; only what fits is moved."""

BLOCKING: frozenset[Verdict] = frozenset({"stranded", "needs-holder", "tight"})
"""The verdicts that the other version is to blame for."""

_ENDS: Mapping[EndKind | None, int] = {"granted": 2, "refused": 2, "recorded": 2, "silence": 2, "stopped": 1}


class Landing(NamedTuple):
    """Where a dossier would land, and whether it should.

    It is at `step` of `version`, its log ends with line `seq`, and line `line` would move it to step `to`, None where it has
    none. `left` is the working time to its due moment, `need` the least that its way to the result takes, `need_before` the
    same on its own version; None where there is no due moment or no way. `renamed` lists other steps it remembers, by
    their ids before and after ("a=b c=d").
    """

    number: str
    seq: int
    line: int
    version: int
    step: str
    to: str | None
    holder: str
    verdict: Verdict
    due: int | None
    due_after: int | None
    step_due: int | None
    step_due_after: int | None
    left: int | None
    need_before: int | None
    need: int | None
    reason: Text
    remedy: Text
    renamed: str = ""

    @property
    def same(self) -> tuple[object, ...]:
        """What must not have changed between the plan and carrying it out."""
        return (*self[:8], self.due_after, self.renamed)


class Plan(NamedTuple):
    """What moving the dossiers of procedure `code` to version `to` at `at` would come to.

    `names` says where the dossiers of a step land that has no step of the same id there. `arrived` are the lines that moved
    dossiers there before, by number: (seq, step).
    """

    agency: str
    code: str
    to: int
    at: int
    names: Mapping[str, str]
    landings: tuple[Landing, ...]
    arrived: Mapping[str, frozenset[tuple[int, str]]]

    @property
    def counts(self) -> dict[Verdict, int]:
        """How many dossiers got each verdict."""
        found = dict.fromkeys(VERDICTS, 0)
        for one in self.landings:
            found[one.verdict] += 1
        return found

    @property
    def blocked(self) -> bool:
        """Whether a dossier is stranded, needs another holder or would become late."""
        return any(one.verdict in BLOCKING for one in self.landings)


def plan(flows: Flows, flow: Flow, running: Iterable[Dossier], at: int, names: Mapping[str, str] | None = None) -> Plan:
    """Where each of these dossiers of a procedure lands on `flow`, another of its versions. Ended ones are left out.

    Raises BadValue when `flow` isn't in force at `at`, or `names` speaks of a step that there isn't.
    """
    if why := not_in_force(flow, at):
        raise BadValue(
            Text(f"{why.vi}; hãy chọn lần khác hoặc ghi --at", f"{why.en}; choose another version or give --at")
        )
    _check_names(flows, flow, names or {})
    landings, arrived = [], {}
    for dossier in running:
        found = settled(dossier, flows.calendar, at)
        if found.flow.version != flow.version and not found.ended:
            landings.append(_landing(dossier, found, flows.calendar, flow, at, names or {}))
        elif found.flow.version == flow.version:
            arrived[dossier.number] = frozenset(arrivals(dossier.moves, flow.version))
    return Plan(flows.org.agency, flow.code, flow.version, at, names or {}, tuple(landings), arrived)


def arrivals(moves: Iterable[Move], version: int) -> Iterator[tuple[int, str]]:
    """The lines that moved a dossier to a version, each with the step: (seq, step)."""
    wanted = str(version)
    for move in moves:
        if move.action == MIGRATE and (move.record or {}).get("version") == wanted:
            yield move.seq, move.step


def _check_names(flows: Flows, flow: Flow, names: Mapping[str, str]) -> None:
    before = {step.id for one in flows.flows if one.code == flow.code for step in one.steps if one is not flow}
    there = ", ".join(step.id for step in flow.steps)
    for was, now in names.items():
        if was not in before:
            raise BadValue(
                Text(
                    f"không lần nào khác của {flow.code} có bước '{was}'; hãy sửa '{was}={now}'",
                    f"no other version of {flow.code} has a step '{was}'; mend '{was}={now}'",
                )
            )
        if flow.step(now) is None:
            raise BadValue(
                Text(
                    f"{flow.code} lần {flow.version} không có bước '{now}'; có: {there}",
                    f"{flow.code} version {flow.version} has no step '{now}'; there are: {there}",
                )
            )


# --- one dossier


class _Said(NamedTuple):
    """What is said of a dossier."""

    verdict: Verdict
    reason: Text
    remedy: Text


def _landing(
    read: Dossier, found: Dossier, calendar: Calendar, flow: Flow, at: int, names: Mapping[str, str]
) -> Landing:
    state, at = found.state, max(at, found.state.at)
    table = destination(state.row.table, {"version": str(flow.version)})
    row = None if table is None else table.rows.get(names.get(state.row.id, state.row.id))
    here = _here(read, found, calendar, at)
    wrong = cannot_land(state, row)
    if row is None or wrong is not None:
        return here._replace(**_no_landing(found, flow, row, wrong or _NOTHING)._asdict())
    line = _line(state, row, at, names)
    reached = advance(calendar, state, line)
    there = here._replace(
        to=row.id,
        due_after=reached.due,
        step_due_after=reached.step_due,
        need=_needed(reached, calendar, at),
        renamed=(line.record or {}).get("renamed", ""),
    )
    return there._replace(**_judged(found, reached, there, at)._asdict())


def _here(read: Dossier, found: Dossier, calendar: Calendar, at: int) -> Landing:
    """Where a dossier is, before anything is said of it."""
    state = found.state
    return Landing(
        number=found.number,
        seq=read.state.seq,
        line=state.seq + 1,
        version=found.flow.version,
        step=state.row.id,
        to=None,
        holder=state.holder,
        verdict="stranded",
        due=state.due,
        due_after=None,
        step_due=state.step_due,
        step_due_after=None,
        left=_left(state, calendar, at),
        need_before=_needed(state, calendar, at),
        need=None,
        reason=_NOTHING,
        remedy=_NOTHING,
    )


def _line(state: State, row: Row, at: int, names: Mapping[str, str]) -> Move:
    """The line that would move a dossier to a row of another version."""
    renamed = " ".join(f"{was}={now}" for was, now in _remembered(state, row, names))
    record = migration_record(row.table.flow.version, row.id, renamed)
    return Move(state.seq + 1, at, "", MIGRATE, row.id, state.holder, None, record)


def migration_record(version: int, step: str, renamed: str) -> dict[str, str]:
    """What the line of a migration records."""
    found = {"step": step, "version": str(version)}
    return {**found, "renamed": renamed} if renamed else found


def _remembered(state: State, row: Row, names: Mapping[str, str]) -> list[tuple[str, str]]:
    """The steps beside the present one that the dossier remembers and that are called otherwise on the other version."""
    detour = state.detour
    if detour is None:
        return []
    asked = detour.answer_by[:1] if detour.answer_by else ()
    steps = {detour.origin, *asked, *(step for step, _ in detour.taken)} - {state.row.id}
    return sorted((step, names[step]) for step in steps if step in names and step not in row.table.rows)


def _judged(found: Dossier, reached: State, there: Landing, at: int) -> _Said:
    """What is to be said of a dossier once it is on the other version."""
    timer = ripe(reached, at + 1)
    if timer is not None:
        title = timer[1].arrow.title
        return _Said(
            "stranded",
            Text(f"sẽ bị hệ thống tự '{title.vi}' ngay khi chuyển", f"the system would at once take '{title.en}'"),
            _STAY,
        )
    if _shut(found.state, reached):
        title = reached.row.title
        return _Said(
            "stranded",
            Text(
                f"từ bước '{title.vi}' không còn đường nào tới kết quả, kể cả mũi tên có giới hạn đã dùng hết",
                f"from step '{title.en}' no way leads to a result any more, arrows being used up",
            ),
            _STAY,
        )
    return _held(found, reached, at) or _timely(found.state, there, at)


def _held(found: Dossier, reached: State, at: int) -> _Said | None:
    """What is to be said when the holder may not hold it there."""
    row = reached.row
    wrong = _wrong_hands(found, row, at)
    if wrong is None:
        return None
    fits = [one.id for one in candidates(found, row, "", at)]
    both = [name for name in fits if name in found.state.row.fits]
    if both:
        names = ", ".join(both)
        remedy = Text(
            f"hãy giao lại (reassign) cho {names} trước, rồi lập lại kế hoạch",
            f"reassign it to {names} first, then plan again",
        )
    else:
        names = ", ".join(fits) or "-"
        remedy = Text(
            f"lãnh đạo chuyển riêng hồ sơ này (move ... migrate --force), rồi giao lại ngay cho {names}",
            f"a leader moves this one alone (move ... migrate --force) and reassigns it at once to {names}",
        )
    return _Said("needs-holder", wrong, remedy)


def _wrong_hands(found: Dossier, row: Row, at: int) -> Text | None:
    """Why the holder can't go on with a dossier at a step: R121, or another duty done on it (R140)."""
    finding = unfit(found.state, row, at)
    if finding is not None:
        return finding.message
    if found.holder not in row.table.twofold or found.holder not in _ids(fitting(row.table.org, row, "", at)):
        return None
    return None if found.holder in _ids(candidates(found, row, "", at)) else _EXAMINED


def _ids(accounts: Iterable[Account]) -> set[str]:
    return {one.id for one in accounts}


_EXAMINED = Text(
    "người giữ đã làm việc khác của chính hồ sơ này nên không làm tiếp bước ấy",
    "the holder did another duty on this very dossier and can't do that step as well",
)


def _timely(state: State, there: Landing, at: int) -> _Said:
    """What is to be said of the time a dossier has left."""
    left, need, before = there.left, there.need, there.need_before
    if left is None or need is None or state.resolved is not None:
        return _Said("fits", Text("không còn thời hạn nào phải giữ", "there is no term left to keep"), _NOTHING)
    told = Text(
        f"còn {_hours(left).vi} giờ làm việc, đường ngắn nhất cần {_hours(need).vi}",
        f"{_hours(left).en} working hours left, the shortest way needs {_hours(need).en}",
    )
    if not _late(state, at, left, need):
        return _Said("fits", told, _NOTHING)
    if before is None or _late(state, at, left, before):
        return _Said("doomed", told, _APOLOGISE)
    more = _hours(before)
    told = Text(f"{told.vi} (ở lần cũ {more.vi})", f"{told.en} ({more.en} on its own version)")
    return _Said("tight", told, _STAY)


_NOTHING = Text("", "")
_STAY = Text(
    "hãy giải quyết tiếp ở lần cũ, hoặc ghi bước khác bằng --map",
    "go on with it on its own version, or map it to another step",
)
_APOLOGISE = Text(
    "hãy đôn đốc; nếu không kịp thì xin lỗi, hẹn lại chậm nhất một ngày trước hạn",
    "urge the holder; failing that apologise and re-appoint it, one day before it is due at the latest",
)


def _late(state: State, at: int, left: int, need: int) -> bool:
    """Whether so much work can't be done in the time left."""
    overdue = state.due is not None and state.stopped_since is None and verdict(at, state.due) == "late"
    return overdue or need > left


def _left(state: State, calendar: Calendar, at: int) -> int | None:
    """The working time to the due moment, as if a clock that stands went on at `at`; None without one."""
    due, detour = state.due, state.detour
    if due is None or state.received is None or state.resolved is not None:
        return None
    try:
        if detour is not None and detour.asked is not None:
            term = termed(detour, state.row.table.flow.deadline)
            start, stops = counted(state.received, detour)
            stop = (detour.asked, at, "pause" if detour.paused else detour.policy)
            due = due if term is None else calendar.due_instant(start, term, (*stops, stop), "legal")
        return calendar.worked(at, due)
    except CalendarUnknown:
        return None  # later than any known day: not what makes it late


def _needed(state: State, calendar: Calendar, at: int) -> int | None:
    """`remaining.needed`, with a step that goes on after a pause taking only what was left of its time."""
    need, detour = needed(state, calendar, at), state.detour
    if need is None or detour is None or not state.row.stopped or detour.policy != "pause":
        return need
    origin = state.row.table.rows.get(detour.origin)
    if origin is None or detour.left is None or remaining(origin) != remaining(state.row):
        return need
    return need - allowed(origin) + min(detour.left, allowed(origin))


def _shut(state: State, reached: State) -> bool:
    """Whether the other version leaves no way to a result: arrows are used up, or its own version had one."""
    done = state.resolved is not None and state.row.ready
    way = _way(reached.row, _spent(reached), done)
    return way == 0 or way < max(_way(reached.row, frozenset(), done), _way(state.row, _spent(state), done))


def _spent(state: State) -> frozenset[tuple[str, str]]:
    """The arrows of limited `times` that a dossier has used up, by step and action."""
    taken, rows = state.detour.taken if state.detour else (), state.row.table.rows
    guards = {
        (step, name): rows[step].arcs[name].guard for step, name in taken if step in rows and name in rows[step].arcs
    }
    return frozenset(key for key, guard in guards.items() if guard and taken.count(key) >= (guard.times or 0))


@lru_cache(maxsize=4096)
def _way(row: Row, spent: frozenset[tuple[str, str]], done: bool) -> int:
    """Where the arrows that aren't `spent` lead: 2 to a result, to an end if it is `done`; 1 to being stopped only, 0 nowhere."""
    seen, ahead, best = {row.id}, [row], 0
    while ahead:
        here = ahead.pop()
        best = max(best, 2 if done and here.kind else _ENDS.get(here.kind, 0))
        for name, arc in here.arcs.items():
            if arc.row.id not in seen and (here.id, name) not in spent:
                seen.add(arc.row.id)
                ahead.append(arc.row)
    return best


def _no_landing(found: Dossier, flow: Flow, row: Row | None, why: Text) -> _Said:
    """A dossier without a step to land on: what to map its step to."""
    step, here = found.state.row.step, found.state.row.id
    guess = renamed_steps(found.flow, flow).get(here)
    alike = [
        one.id
        for one in flow.steps
        if step is not None and (one.clock == "stopped", one.ready) == (step.clock == "stopped", step.ready)
    ]
    if guess is not None and row is None:
        remedy = Text(
            f"có lẽ nay là '{guess}': ghi --map {here}={guess}", f"perhaps it is '{guess}' now: --map {here}={guess}"
        )
    elif found.state.received is None:
        first = flow.steps[0].id
        remedy = Text(f"ghi --map {here}={first}", f"give --map {here}={first}")
    elif alike:
        remedy = Text(
            f"ghi --map {here}=BƯỚC với một trong {', '.join(alike)}, hoặc giải quyết tiếp ở lần cũ",
            f"give --map {here}=STEP with one of {', '.join(alike)}, or go on with it on its own version",
        )
    else:
        remedy = _STAY
    named = Text(
        f"không có chỗ cho bước '{found.state.row.title.vi}' ({here}): {why.vi}",
        f"no place for step '{found.state.row.title.en}' ({here}): {why.en}",
    )
    return _Said("stranded", named, remedy)


def _hours(seconds: int) -> Text:
    hours = Decimal(seconds // 360) / 10
    return Text(number(hours), number(hours, "en"))
