"""A story file: a dossier's life written as a test by the quality officer, read by a closed schema with lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple, get_args

from .errors import CalendarUnknown, Misrouted, NotAllowed
from .model import CHANNELS, DOSSIER_CODES, RECEIVE, SUBMIT, Channel, EndKind, Finding, Outcome
from .schema import Key, Reader, Reading, day, ident, many, node, one_of, pattern, text, whole
from .text import moment
from .worktime import TZ
from .yamlfile import Map, Node, Scalar, Seq, Source, brief, parse_any

MAX_STORIES = 500
NONE = "none"
TIMES = frozenset({"due", "step_due", "received", "resolved"})
"""The keys of `expect` that are moments; a date alone leaves the hour open."""


class Act(NamedTuple):
    """Somebody does something: `actor` takes `action` at `at`, handing the dossier to `to`.

    `refused` is the code of the error that must refuse it (`misrouted`, or closer `DOS203`); None when it must go through.
    """

    line: int
    at: datetime
    actor: str
    action: str
    to: str | None
    refused: str | None


class Wanted(NamedTuple):
    """One thing that must be so: a key of `expect`, its line, and the value as the file has it."""

    key: str
    line: int
    value: str


class Expectation(NamedTuple):
    """What must be so at a moment, after all that was done above it."""

    line: int
    at: datetime
    wanted: tuple[Wanted, ...]


class Story(NamedTuple):
    """One story as read from a file. `version` None asks for the version in force on the day; the first act opens it."""

    file: str
    line: int
    title: str
    code: str
    version: int | None
    flow_line: int
    channel: Channel
    course: tuple[Act | Expectation, ...]


def read_stories(data: bytes, file: str) -> tuple[tuple[Story, ...], list[Finding]]:
    """The stories of a file, one or a list of them, and all that is wrong with its text; `file` names it in findings."""
    source = Source(file)
    root = parse_any(source, data)
    told = root.items[:MAX_STORIES] if isinstance(root, Seq) else [] if root is None else [root]
    if isinstance(root, Seq) and len(root.items) > MAX_STORIES:
        source.bad(
            root, f"quá {MAX_STORIES} tình huống; hãy tách tệp", f"more than {MAX_STORIES} stories; split the file"
        )
    stories = [_story(Reading(source), one) for one in told]
    return tuple(story for story in stories if story), source.findings


_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_AT = re.compile(_DAY.pattern + r" \d\d:\d\d(?::\d\d)?", re.ASCII)
_account = pattern(r"[a-z0-9]+(?:[.-][a-z0-9]+)*", "mã tài khoản như lan.vp", "an account id such as lan.vp")
_flow_name = pattern(r"[A-Za-z0-9-]{1,40}(?:@[1-9]\d{0,2})?", "mã như LTHH-13 hoặc LTHH-13@2", "LTHH-13 or LTHH-13@2")
_refusal = one_of(
    *(error.code for error in (NotAllowed, Misrouted, CalendarUnknown)),
    *("DOS200", "DOS201", "DOS202", "DOS203", "DOS206", "DOS207"),  # why it is a wrong hand-over
)


def _when(reading: Reading, value: Node) -> datetime | None:
    """A moment written 2021-09-14 08:00, in Vietnam's time."""
    at = _datetime(" ".join(value.text.split())) if isinstance(value, Scalar) else None
    if at is None:
        _unclear(reading, value, "thời điểm như 2021-09-14 08:00", "a moment such as 2021-09-14 08:00")
    return at


def _datetime(words: str) -> datetime | None:
    if not _AT.fullmatch(words):
        return None
    try:
        return datetime.fromisoformat(words).replace(tzinfo=TZ)
    except ValueError:
        return None


def _unclear(reading: Reading, value: Node, vi: str, en: str) -> None:
    shown = f"'{brief(value.text)}': " if isinstance(value, Scalar) else ""
    reading.source.bad(value, f"{shown}cần {vi}", f"{shown}{en} is needed")


def _or_none(read: Reader) -> Reader:
    """A reader that takes `none` too; values are kept as text."""

    def either(reading: Reading, value: Node) -> str | None:
        if isinstance(value, Scalar) and value.text == NONE:
            return NONE
        found: str | None = read(reading, value)
        return found

    return either


def _time(reading: Reading, value: Node) -> str | None:
    """A moment, or a date alone when the hour doesn't matter."""
    if isinstance(value, Scalar) and _DAY.fullmatch(value.text):
        on = day(reading, value)
        return None if on is None else on.isoformat()
    at = _when(reading, value)
    return None if at is None else shown(at)


def _codes(reading: Reading, value: Node) -> str | None:
    codes = [code for code in DOSSIER_CODES if code != "DOS103"]  # due soon: nothing is wrong yet
    if isinstance(value, Seq) and not value.items:
        return "[]"
    found = many(one_of(*codes))(reading, value)
    return None if found is None else listed(sorted(set(found)))


def _path(reading: Reading, value: Node) -> str | None:
    found = many(ident)(reading, value)
    return None if found is None else listed(found)


EXPECT: Mapping[str, Key] = {
    "at": Key(_when),
    "step": Key(ident),
    "holder": Key(_or_none(_account)),
    "due": Key(_or_none(_time)),
    "step_due": Key(_or_none(_time)),
    "received": Key(_or_none(_time)),
    "resolved": Key(_or_none(_time)),
    "ended": Key(one_of("no", "yes", *get_args(EndKind))),
    "verdict": Key(_or_none(one_of(*get_args(Outcome)))),
    "stopped": Key(one_of("yes", "no")),
    "findings": Key(_codes),
    "path": Key(_path),
}
STORY: Mapping[str, Key] = {
    "story": Key(text, needed=True),
    "flow": Key(_flow_name, needed=True),
    "version": Key(whole(1, 999)),
    "received": Key(node),
    "submitted": Key(node),
    "moves": Key(node),
    "expect": Key(node),
}
_DEED: Mapping[str, Key] = {"do": Key(node, needed=True), "refused": Key(_refusal, needed=True)}
_INNER: Mapping[str, Key] = {"expect": Key(node, needed=True)}


def _story(reading: Reading, root: Node) -> Story | None:
    known = len(reading.source.findings)
    if isinstance(root, Map) and root.get("code") is not None and root.get("story") is None:
        reading.source.bad(root, "đây là tệp lưu đồ, không phải tình huống", "this is a flow file, not a story")
        return None
    values = reading.table(root, STORY)
    if isinstance(root, Map) and ("received" in values) == ("submitted" in values):
        reading.source.bad(root, "cần đúng một trong 'received', 'submitted'", "give either 'received' or 'submitted'")
    course = _Course(reading)
    course.open(values)
    course.go_on(values.get("moves"))
    if "expect" in values:
        course.expect(values["expect"])
    elif len(reading.source.findings) == known and not any(_proves(line) for line in course.lines):
        reading.source.bad(
            root, "tình huống này chưa ghi kết quả mong đợi; hãy thêm 'expect'", "nothing is expected; add 'expect'"
        )
    if reading.source.full or len(reading.source.findings) > known or not isinstance(root, Map):
        return None
    code, _, version = values["flow"].partition("@")
    flow = root.get("flow")
    return Story(
        file=reading.source.file,
        line=root.line,
        title=values["story"],
        code=code.upper(),
        version=int(version) if version else values.get("version"),
        flow_line=flow.line if flow else root.line,
        channel=course.channel,
        course=tuple(course.lines),
    )


def _proves(line: Act | Expectation) -> bool:
    return isinstance(line, Expectation) or line.refused is not None


class _Course:
    """Reads what happens in a story, line by line; time may stand still but not go back."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.lines: list[Act | Expectation] = []
        self.channel: Channel = "counter"
        self.last: datetime | None = None

    def open(self, values: Mapping[str, Any]) -> None:
        """The receipt or the submission: `DATE TIME ACCOUNT [CHANNEL]`."""
        verb, key = (SUBMIT, "submitted") if "submitted" in values else (RECEIVE, "received")
        if key not in values:
            return
        self.channel = "online" if verb == SUBMIT else "counter"
        words, refused, place = self._deed(values[key])
        found = self._words(place, words, 1, 2, "2021-09-14 08:00 lan.vp online")
        if found is None:
            return
        at, (account, *channel) = found
        if channel and one_of(*CHANNELS)(self.reading, Scalar(channel[0], place.line, place.column)):
            self.channel = channel[0]  # type: ignore[assignment]
        self._add(place, Act(place.line, at, account, verb, None, refused))

    def go_on(self, value: Node | None) -> None:
        """The moves, with expectations between them."""
        if value is not None and not isinstance(value, Seq):
            _unclear(self.reading, value, "một danh sách các lượt chuyển", "a list of moves")
            return
        for item in value.items if value else ():
            if isinstance(item, Map) and item.get("do") is None:
                self.expect(self.reading.table(item, _INNER).get("expect"))
            else:
                self._move(item)

    def _move(self, item: Node) -> None:
        words, refused, place = self._deed(item)
        found = self._words(place, words, 2, 3, "2021-09-14 10:00 lan.vp chuyen ha.qltm")
        if found is not None:
            at, (actor, action, *to) = found
            self._add(place, Act(place.line, at, actor, action, to[0] if to else None, refused))

    def expect(self, value: Node | None) -> None:
        """What must be so at `at`, or at the moment of the last move above."""
        if value is None:
            return
        if isinstance(value, Scalar | Seq) or not value.items:
            _unclear(self.reading, value, "bảng như {step: thu-ly, due: 2021-09-28}", "{step: ..., due: 2021-09-28}")
            return
        values = self.reading.table(value, EXPECT)
        at = values.pop("at", self.last)
        lines = {name.text: name.line for name, _ in value.items}
        wanted = tuple(Wanted(key, lines[key], found) for key, found in values.items())
        if at is not None:
            self._add(value, Expectation(value.line, at, wanted))

    def _deed(self, value: Node) -> tuple[str, str | None, Node]:
        """The words of a line, the error it must be refused with, and its place."""
        if not isinstance(value, Map):
            return value.text if isinstance(value, Scalar) else "", None, value
        values = self.reading.table(value, _DEED)
        words = values.get("do", value)
        return words.text if isinstance(words, Scalar) else "", values.get("refused"), words

    def _words(self, place: Node, words: str, least: int, most: int, good: str) -> tuple[datetime, list[str]] | None:
        """The moment a line begins with, and the words behind it."""
        day_and_hour, others = words.split()[:2], words.split()[2:]
        at = _datetime(" ".join(day_and_hour))
        if at is None or not least <= len(others) <= most:
            if not isinstance(place, Map):  # a mapping's fault is told already
                _unclear(self.reading, place, f"một dòng như '{good}'", f"a line such as '{good}'")
            return None
        return at, others

    def _add(self, place: Node, line: Act | Expectation) -> None:
        if self.last is not None and line.at < self.last:
            before = moment(self.last)
            self.reading.source.bad(
                place,
                f"thời điểm {moment(line.at)} trước dòng trên ({before}); hãy viết theo thứ tự thời gian",
                f"{moment(line.at)} is before the line above ({before}); write the lines in order of time",
            )
        self.last = line.at
        self.lines.append(line)


def shown(at: datetime | None) -> str:
    """A moment as a story has it; seconds only where there are some."""
    return NONE if at is None else f"{at:%Y-%m-%d %H:%M:%S}".removesuffix(":00")


def listed(words: Iterable[str]) -> str:
    """A list of ids as a story has it."""
    return f"[{', '.join(words)}]"
