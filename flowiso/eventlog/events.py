"""What an event log tells of a dossier and of each line of its log, and under which names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from ..life import Life
from ..model import BOUNCE, CONFIRM, PAUSE, REASSIGN, RECALL, RESUME, SUBMIT, VERBS, Move
from ..text import Text
from ..wish import TITLES
from ..worktime import day_of

Kind = Literal["string", "int", "date"]
"""Types of XES attributes; a date is a moment, here in epoch seconds."""

Value = str | int | None

CASE: Mapping[str, Kind] = {
    "concept:name": "string",
    "code": "string",
    "version": "int",
    "channel": "string",
    "due": "date",
    "verdict": "string",
}
"""Attributes of a case, in the order of `Trace`; in a table each has `case:` before its name."""

EVENT: Mapping[str, Kind] = {
    "concept:name": "string",
    "lifecycle:transition": "string",
    "time:timestamp": "date",
    "org:resource": "string",
    "org:role": "string",
    "org:group": "string",
    "title": "string",
    "action": "string",
    "next": "string",
    "holder": "string",
    "line": "int",
}
"""Attributes of an event, in the order of `Event`."""

_TRANSITIONS: Mapping[str, str] = {
    CONFIRM: "start",
    REASSIGN: "reassign",
    RECALL: "reassign",
    BOUNCE: "reassign",
    PAUSE: "suspend",
    RESUME: "resume",
}
"""The verbs that say something about the work on a step, as the standard lifecycle of XES calls it."""

_TITLES: Mapping[str, Text] = {**TITLES, SUBMIT: Text("Nộp hồ sơ", "Submit")}


class About(NamedTuple):
    """Whose log it is, whether of a simulation, and the language of titles, "vi" or "en"."""

    agency: str
    title: Text
    simulated: bool
    lang: str = "vi"


class Event(NamedTuple):
    """One line of a log.

    An arrow completes the step it leaves; a confirmation starts the step; other verbs that say who works on a step, or that
    nobody may, are transitions of that step, and what remains (`submit`, `receive`, `correct`...) is an activity of its own.
    `role` is the role whose work it is and `group` where the account sits that day, None where there is none; `next` is the step
    afterwards and `holder` the account that has it then, None after the end.
    """

    activity: str
    transition: str
    at: int
    resource: str
    role: str | None
    group: str | None
    title: str
    action: str
    next: str
    holder: str | None
    line: int


class Trace(NamedTuple):
    """One dossier: the legal due moment, None without a term, how it counts (`model.Outcome`), None while open, its events."""

    name: str
    code: str
    version: int
    channel: str
    due: int | None
    verdict: str | None
    events: tuple[Event, ...]


def traced(life: Life, lang: str) -> Trace:
    """What the log of a dossier is as a trace."""
    case = life.case
    events = tuple(_events(life, lang))
    return Trace(case.number, case.code, case.version, case.channel, life.due, life.outcome, events)


def _events(life: Life, lang: str) -> Iterator[Event]:
    org, before = life.tables[0][1].org, ""
    for move in life.log:
        activity, transition, role, title = _about(life, move, before)
        group = org.division(move.actor, day_of(move.at))
        yield Event(
            *(activity, transition, move.at, move.actor, role, group or None),
            *(title.to(lang), move.action, move.step, move.holder or None, move.seq),
        )
        before = move.step


def _about(life: Life, move: Move, before: str) -> tuple[str, str, str | None, Text]:
    """Activity, transition, role and title of a line that found the dossier at step `before`."""
    if move.action in VERBS and move.action not in _TRANSITIONS:
        return move.action, "complete", None, _TITLES[move.action]
    row = life.row(before, move.at)
    role = row.step.by if row.step else None
    if move.action in _TRANSITIONS:
        return before, _TRANSITIONS[move.action], role if move.action == CONFIRM else None, row.title
    arc = row.arcs.get(move.action)
    return before, "complete", (arc.arrow.by if arc else None) or role, row.title
