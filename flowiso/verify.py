"""A store verified: every log intact, and every line one that the application could have written (I2 to I9; T11). Pure.

found = verify_store(agency, store, kept=read_seals(...))
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from .calendar import Calendar
from .dossier import first_table
from .errors import FlowISOError
from .integrity import Kept, Seals, broken, found, unreadable
from .machine import Table
from .model import SYSTEM, Finding, Move
from .ports import Chained, Event, Flows, Head, Store
from .replay import LATEST, replay
from .text import Text, moment
from .worktime import local

AHEAD, BACK = 300, 86_400
"""Seconds by which a line may be ahead of the database's clock, and behind it, before it is told."""


@dataclass
class Verified:
    """How much was looked at - `seals` in the store, `kept` ones outside - and what was found, in the order of the store."""

    dossiers: int = 0
    lines: int = 0
    seals: int = 0
    kept: int = 0
    findings: list[Finding] = field(default_factory=list)


class _Judged(NamedTuple):
    """What is wrong with a log, and the events it owes; None when it isn't sound enough to tell."""

    findings: tuple[Finding, ...]
    owed: tuple[Event, ...] | None


def verify(
    stored: Chained, table: Table, calendar: Calendar, events: Iterable[Event] | None = None, live: bool = True
) -> tuple[Finding, ...]:
    """What is wrong with a dossier: its chain, its lines one by one, its times, its events.

    `events` are those of its rows in the outbox; None where a store has none, as a simulation. Behind the first line that
    is broken or wrong nothing is looked at: it stands on sand. Never raises, whatever is in the store.
    """
    judged = _judge(stored, table, calendar, live)
    if events is None or judged.owed is None:
        return judged.findings
    return *judged.findings, *outbox_faults(stored.case.number, judged.owed, events)


def _judge(stored: Chained, table: Table, calendar: Calendar, live: bool) -> _Judged:
    fault = broken(stored)
    told = replay(table, calendar, stored.case, stored.moves if fault is None else stored.moves[: fault.line])
    errors = [one for one in (fault, *told.findings) if one is not None and one.level == "error"]
    right = stored.moves[: min((one.line or 0 for one in errors), default=len(stored.moves))]
    times = _times(stored._replace(moves=right)) if live else ()
    findings = (*((fault,) if fault else ()), *told.findings, *times)
    return _Judged(findings, None if errors else told.owed)


def outbox_faults(number: str, owed: Sequence[Event], events: Iterable[Event]) -> Iterator[Finding]:
    """The first line whose events in the outbox aren't the one it owes (I5)."""
    have: dict[int, list[str]] = defaultdict(list)
    for seq, what in events:
        have[seq].append(what)
    wanted = {event.seq: [event.type] for event in owed}
    for seq in sorted(have.keys() | wanted.keys()):
        has, owes = have.get(seq, []), wanted.get(seq, [])
        if has != owes:
            shown = ", ".join(has) or "-", ", ".join(owes) or "-"
            yield found(
                "DOS308", number, seq,
                f"sự kiện của dòng {seq} trong hộp gửi là {shown[0]}, lẽ ra {shown[1]}: hộp gửi hoặc nhật ký bị sửa",
                f"the outbox has {shown[0]} for line {seq}, which owes {shown[1]}: the outbox or the log was changed",
            )  # fmt: skip
            return


_GOES_BACK = Text("ghi vào kho trước dòng trước", "recorded before the line before it")
_AHEAD = Text("ghi giờ sau lúc vào kho", "it tells a moment after it was recorded")
_BACK_DATED = Text("ghi lùi ngày", "it is back-dated")
_UNDATED = Text("không có thời điểm ghi vào kho; hãy đối chiếu bản sao lưu", "no moment of its recording; see a backup")


def _times(stored: Chained) -> Iterator[Finding]:
    """I8: the database's clock doesn't go back, and what a line tells isn't far from it. Mere warnings: clocks err."""
    number, last = stored.case.number, 0
    for move, recorded in zip(stored.moves, stored.recorded, strict=False):
        if not isinstance(recorded, int) or not 0 < recorded < LATEST:
            vi, en = f"dòng {move.seq} {_UNDATED.vi}", f"line {move.seq}: {_UNDATED.en}"
            yield found("DOS311", number, move.seq, vi, en)
            return
        if recorded < last:
            yield _off("DOS302", number, move, recorded, last, _GOES_BACK)
        elif move.at > recorded + AHEAD:
            yield _off("DOS309", number, move, move.at, recorded, _AHEAD)
        elif move.at < recorded - BACK and move.actor != SYSTEM:
            yield _off("DOS309", number, move, move.at, recorded, _BACK_DATED)
        last = recorded


def _off(code: str, number: str, move: Move, at: int, other: int, what: Text) -> Finding:
    shown = moment(local(at)), moment(local(other))
    vi = f"dòng {move.seq} {what.vi}: {shown[0]}, so với {shown[1]}"
    en = f"line {move.seq}: {what.en}: {shown[0]} against {shown[1]}"
    return found(code, number, move.seq, vi, en, "warning")._replace(holder=move.actor, at=at)


def verify_store(
    flows: Flows,
    store: Store,
    kept: Sequence[Kept] = (),
    only: str | None = None,
    logs: Iterable[Chained] | None = None,
) -> Verified:
    """Verify every dossier of an agency, or `only` one, and the seals, those `kept` outside too.

    `logs` are what `store.chained` gives, for who wants to watch them go by; they must not have been begun. Writers may go on
    meanwhile. Raises StoreError when the store can't be read.
    """
    agency, live = flows.org.agency, store.kind == "live"
    heads, faults = _heads(store, agency)
    seals = Seals(heads, kept, only)
    done = Verified(0, 0, len(heads), len(kept), [*faults, *seals.faults()])
    outbox = _outbox(store, agency, only) if live else {}
    suspects: list[_Suspect] = []
    for stored in store.chained(agency) if logs is None else logs:
        number = stored.case.number
        if only not in (None, number):
            continue
        done.dossiers += 1
        done.lines += len(stored.moves)
        judged = _judged(flows, stored, live)
        done.findings += (*judged.findings, *seals.check(stored))
        events = outbox.pop(number, ())
        if live and judged.owed is not None and any(outbox_faults(number, judged.owed, events)):
            suspects.append(_Suspect(number, judged.owed, events))
    done.findings += (*seals.gone(), *_orphans(outbox), *_convicted(store, agency, suspects))
    return done


def _heads(store: Store, agency: str) -> tuple[tuple[Head, ...], tuple[Finding, ...]]:
    try:
        return store.heads(agency), ()
    except (ValueError, TypeError, RecursionError):  # somebody wrote into them
        vi = "không đọc được bảng niêm phong trong kho: bảng bị sửa; hãy đối chiếu bản niêm phong giữ bên ngoài"
        en = "the seals in the store can't be read: they were altered; compare them with those kept outside"
        return (), (found("DOS307", None, None, vi, en),)


def _judged(flows: Flows, stored: Chained, live: bool) -> _Judged:
    """The same with the table of its flow version, where there is one."""
    case = stored.case
    try:
        table = first_table(flows, case, stored.moves)
        on = local(stored.moves[0].at).date()
        in_force = flows.find(case.code, on).version
    except (FlowISOError, ValueError, TypeError, OverflowError, OSError) as error:
        fault = broken(stored)
        return _Judged((*((fault,) if fault else ()), unreadable(case, error)), None)
    judged = _judge(stored, table, flows.calendar, live)
    if in_force == case.version:
        return judged
    vi = f"theo lần ban hành {case.version}, trong khi ngày {on:%d/%m/%Y} lần {in_force} có hiệu lực"
    en = f"it goes by version {case.version}, while on {on} version {in_force} was in force"
    return judged._replace(findings=(found("DOS310", case.number, 0, vi, en, "warning"), *judged.findings))


class _Suspect(NamedTuple):
    """A log that somebody may have written to between the look at the outbox and the look at the log."""

    number: str
    owed: tuple[Event, ...]
    events: Collection[Event]


def _outbox(store: Store, agency: str, only: str | None = None) -> dict[str, list[Event]]:
    """The events in the outbox, by dossier."""
    grouped: dict[str, list[Event]] = defaultdict(list)
    for row in store.events(agency):
        if row.seq is not None and only in (None, row.number):
            grouped[row.number].append(Event(row.seq, row.type))
    return grouped


def _convicted(store: Store, agency: str, suspects: Sequence[_Suspect]) -> Iterator[Finding]:
    """What is still wrong at a second look at the outbox, which comes after that at the logs."""
    outbox = _outbox(store, agency) if suspects else {}
    for number, owed, before in suspects:
        last = max((event.seq for event in owed), default=-1)
        events = [event for event in outbox.get(number, ()) if event.seq <= last or event in before]
        yield from outbox_faults(number, owed, events)


def _orphans(outbox: Mapping[str, Sequence[Event]]) -> Iterator[Finding]:
    """Events of dossiers that have no line any more."""
    for number, events in sorted(outbox.items()):
        yield from outbox_faults(number, (), events)
