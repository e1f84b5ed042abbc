"""Stories run through the engine itself: a receipt, moves, and what must be so at a moment; where it came out otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

from .app import Agency
from .calendar import Calendar
from .clocks import counted, termed
from .dossier import Dossier
from .duedate import legs
from .engine import Engine
from .errors import FlowISOError, Misrouted
from .explanation import Line, explained
from .library import agencies, contents, flow_files, walk
from .life import Life
from .machine import Table
from .model import SUBMIT, VERBS, Finding, Flow
from .org import Org
from .store import open_store
from .storyfile import NONE, TIMES, Act, Expectation, Story, Wanted, listed, read_stories, shown
from .text import Text
from .tracing import trace
from .watch import findings
from .worktime import instant, local

TOLD = "tình huống mẫu"
"""What is written down in a story where something must be: stories don't tell the words of letters."""


class Miss(NamedTuple):
    """Where a story came out otherwise: the line, what is said about it, and why the due date is what it is."""

    line: int
    text: Text
    key: str | None = None
    expected: str | None = None
    came: str | None = None
    why: tuple[Line, ...] = ()


class Result(NamedTuple):
    """A story that was run: the flow version it ran on, None when there is none, and what came out otherwise."""

    story: Story
    flow: Flow | None
    misses: tuple[Miss, ...]


def story_files(path: Path) -> list[Path]:
    """The story files at a path: the file itself, those in `_stories` of the agencies there, or those of a folder."""
    if (path / "_stories").is_dir():
        return flow_files([path / "_stories"])
    if not path.is_dir() or not walk(path)[1]:
        return flow_files([path])
    folders = [place.agency / "_stories" for place in agencies([path])]
    return flow_files(folder for folder in folders if folder.is_dir())


def load_stories(files: Iterable[Path]) -> tuple[list[Story], list[Finding]]:
    """The stories of files, and what is wrong with their text. Raises BadValue when a file can't be opened."""
    stories: list[Story] = []
    faults: list[Finding] = []
    for file in files:
        told, found = read_stories(contents(file), str(file))
        stories += told
        faults += found
    return stories, faults


def run(story: Story, agency: Agency) -> Result:
    """Run a story on an engine of its own, drafts allowed, and say where it came out otherwise.

    The first line that can't be done as told ends it; expectations are all compared.
    """
    opening = story.course[0]
    try:
        flow = _flow(story, agency, opening.at)
    except FlowISOError as error:
        return Result(story, None, (Miss(story.flow_line, error.text),))
    told = _Telling(story, agency, flow)
    for line in story.course:
        if not told.done(line):
            break
    return Result(story, flow, tuple(told.misses))


def _flow(story: Story, agency: Agency, at: datetime) -> Flow:
    if story.version is None:
        return agency.find(story.code, at.date())
    agency.library.find(story.code)  # an unknown code is told with the one that was meant
    return agency.library.version(story.code, story.version)


class _Pinned:
    """The agency's files with one version of the flow in force, whatever the day."""

    def __init__(self, agency: Agency, flow: Flow) -> None:
        self._agency = agency
        self._flow = flow
        self.flows = (flow,)

    @property
    def org(self) -> Org:
        return self._agency.org

    @property
    def calendar(self) -> Calendar:
        return self._agency.calendar

    def find(self, code: str, on: date) -> Flow:
        return self._flow

    def table(self, code: str, version: int, year: int) -> Table:
        return self._agency.table(code, version, year)


class _Telling:
    """One story being run: the engine, the dossier once there is one, and what came out otherwise so far."""

    def __init__(self, story: Story, agency: Agency, flow: Flow) -> None:
        self.story = story
        self.calendar = agency.calendar
        self.engine = Engine(_Pinned(agency, flow), open_store("memory:"), allow_draft=True)
        self.number = ""
        self.misses: list[Miss] = []

    def done(self, line: Act | Expectation) -> bool:
        """Whether the line went as told, so that the next one means something."""
        if line is not self.story.course[0] and not self.number:
            self._miss(line.line, "chưa có hồ sơ để đi tiếp", "there is no dossier to go on with")
            return False
        try:
            return self._act(line) if isinstance(line, Act) else self._look(line)
        except FlowISOError as error:
            self.misses.append(Miss(line.line, error.text))
            return False

    def _miss(self, line: int, vi: str, en: str) -> None:
        self.misses.append(Miss(line, Text(vi, en)))

    def _act(self, act: Act) -> bool:
        try:
            self.number = self._do(act).number
        except FlowISOError as error:
            if act.refused is None:
                raise
            if act.refused in _error_codes(error):
                return True
            said = f"{error.code}: {error.text.vi}", f"{error.code}: {error.text.en}"
            self._miss(
                act.line,
                f"phải bị từ chối với lỗi '{act.refused}' nhưng lỗi là {said[0]}",
                f"must be refused as '{act.refused}', but the error was {said[1]}",
            )
            return False
        if act.refused is None:
            return True
        self._miss(
            act.line,
            f"phải bị từ chối với lỗi '{act.refused}' nhưng đã được chấp nhận",
            f"must be refused as '{act.refused}', but it was accepted",
        )
        return False

    def _do(self, act: Act) -> Dossier:
        engine, story = self.engine, self.story
        if self.number:
            return engine.move(
                self.number, act.action, by=act.actor, to=act.to, at=act.at, note=TOLD, record={"fault": "applicant"}
            )
        if act.action == SUBMIT:
            return engine.submit(story.code, to=act.actor, channel=story.channel, at=act.at)
        return engine.receive(story.code, by=act.actor, channel=story.channel, at=act.at)

    def _look(self, expected: Expectation) -> bool:
        dossier = self.engine.settle(self.number, expected.at)
        life = trace(dossier.table, self.calendar, dossier.case, dossier.moves)
        found = findings(life, dossier.table, self.calendar, instant(expected.at))
        for wanted in expected.wanted:
            came = _OBSERVED[wanted.key](dossier, life, found)
            if not _fits(wanted, came):
                text = Text(
                    f"'{wanted.key}' phải là {wanted.value} nhưng thực tế là {came}",
                    f"'{wanted.key}' must be {wanted.value}, but is {came}",
                )
                why = why_due(dossier, self.calendar) if wanted.key == "due" else ()
                self.misses.append(Miss(wanted.line, text, wanted.key, wanted.value, came, why))
        return True


def _error_codes(error: FlowISOError) -> set[str]:
    return {error.code, error.finding.code} if isinstance(error, Misrouted) else {error.code}


def why_due(dossier: Dossier, calendar: Calendar) -> tuple[Line, ...]:
    """Why a dossier is due when it is, day by day; nothing when it has no due date."""
    state, detour = dossier.state, dossier.state.detour
    term = termed(detour, dossier.flow.deadline)
    if state.received is None or state.due is None or term is None:
        return ()
    start, stops = counted(state.received, detour)
    run = list(legs(calendar, start, term, stops, "legal"))
    return tuple(explained(calendar, term, run, "legal"))


def _fits(wanted: Wanted, came: str) -> bool:
    """Whether it came as wanted; of a date alone the hour doesn't matter, and `ended: yes` is any end."""
    if wanted.key == "ended" and wanted.value == "yes":
        return came != "no"
    if wanted.key in TIMES and len(wanted.value) == len("2021-09-14"):
        return came[:10] == wanted.value
    return came == wanted.value


_OBSERVED: Mapping[str, Callable[[Dossier, Life, tuple[Finding, ...]], str]] = {
    "step": lambda dossier, life, found: dossier.step.id,
    "holder": lambda dossier, life, found: dossier.holder or NONE,
    "due": lambda dossier, life, found: shown(dossier.due),
    "step_due": lambda dossier, life, found: shown(dossier.step_due),
    "received": lambda dossier, life, found: shown(dossier.received),
    "resolved": lambda dossier, life, found: NONE if life.resolved is None else shown(local(life.resolved)),
    "ended": lambda dossier, life, found: life.kind or "no",
    "verdict": lambda dossier, life, found: life.outcome or NONE,
    "stopped": lambda dossier, life, found: "yes" if dossier.state.stopped_since is not None else "no",
    "findings": lambda dossier, life, found: listed(sorted({finding.code for finding in found})),
    "path": lambda dossier, life, found: listed(
        move.step for move in dossier.moves if move.seq == 0 or move.action not in VERBS
    ),
}
