"""What follows from a fault (R130, ISO 9001:2015 10.2): nonconformities, how each is handled, and those that keep coming back.

Nothing is kept apart: a log opens its nonconformities by itself and its `fault` lines handle them, so none can be left out or
taken back (R129). Pure. Moments are epoch seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from . import causes, misroutes
from .calendar import Calendar
from .feedback import Complaint, Rating, Ratings, check_answer, complaints, rating, ratings
from .handling import Nonconformity, Status, age, handled, meant, open_before
from .life import Life
from .machine import Table
from .model import ANSWER, CORRECT, FAULT, LOSE, Move
from .refusals import refuse
from .text import Text, day, moment
from .worktime import day_of, local

CAUSES: Mapping[str, Text] = dict([*causes.TITLES.items(), *misroutes.CAUSES.items()])
"""What `cause` of a `fault` line may be, in words: why it was late (R95), or misrouted (R123)."""

TIMES, DAYS = 3, 90
"""So often within so many days, both ends counted, and a cause is a fault of the system (R130)."""

JUDGED = frozenset({FAULT, ANSWER})
"""The verbs whose lines only the whole log can judge (`check`)."""


class Systemic(NamedTuple):
    """Nonconformities of one cause, at least `TIMES` within `DAYS` days: a matter for the management review (R130).

    Windows that share a member are one. `division` is "" where the members are of several.
    """

    cause: str
    division: str
    members: tuple[Nonconformity, ...]

    @property
    def closed(self) -> bool:
        """Whether every one of its members is."""
        return all(member.closed for member in self.members)


class Register(NamedTuple):
    """The nonconformities of an agency as its logs tell them, oldest first, and what applicants said."""

    found: tuple[Nonconformity, ...]
    systemic: tuple[Systemic, ...]
    complaints: tuple[Complaint, ...]
    ratings: Ratings

    def alarming(self, at: int) -> bool:
        """Whether something is systemic and not closed, or waits for the check of an action whose day is over."""
        return any(not one.closed for one in self.systemic) or any(one.overdue(at) for one in self.found)


def register(lives: Iterable[tuple[Table, Life]], calendar: Calendar, at: int, year: int | None = None) -> Register:
    """All that lives traced up to `at` tell; with a year, what was opened, complained of or rated in it.

    What is systemic is looked for in all years, and told where one of its members is of the year.
    """
    book = Book(calendar, at)
    for _, life in lives:
        book.add(life)
    return book.register(lambda moment: _in_year(moment, year))


class Book:
    """Gathers what lives traced up to `at` tell, one by one; `found` are all their nonconformities so far."""

    def __init__(self, calendar: Calendar, at: int) -> None:
        self.calendar, self.at = calendar, at
        self.found: list[Nonconformity] = []
        self._complaints: list[Complaint] = []
        self._rated: list[Rating] = []

    def add(self, life: Life) -> None:
        """Note what one dossier tells."""
        self.found += nonconformities(life, self.calendar, self.at)
        self._complaints += complaints(life)
        score = rating(life)
        self._rated += [score] if score else []

    def register(self, within: Callable[[int], bool]) -> Register:
        """All of it that was opened, complained of or rated at a moment `within`."""
        found = sorted(self.found, key=age)
        return Register(
            tuple(one for one in found if within(one.opened_at)),
            tuple(one for one in systemic(found) if any(within(member.opened_at) for member in one.members)),
            tuple(one for one in self._complaints if within(one.at)),
            ratings(one for one in self._rated if within(one.at)),
        )


def _in_year(at: int, year: int | None) -> bool:
    return year is None or local(at).year == year


def nonconformities(life: Life, calendar: Calendar, at: int) -> tuple[Nonconformity, ...]:
    """The nonconformities of a dossier, oldest first, from its life up to `at`; one that was opened never goes away (R129).

    A late dossier, also one withdrawn or stopped after its due date (R57); a hand-over to a wrong account once it was found
    and is over; a result that had to be corrected (R53); a loss; a complaint that was found justified.
    """
    return handled(_opened(life, calendar, at), life.acts)


def _opened(life: Life, calendar: Calendar, at: int) -> Iterator[Nonconformity]:
    number, org = life.case.number, life.state.row.table.org
    blank = Nonconformity(number, life.case.code, "late", None, at, life.state.row.table.flow.division, None, _NOTHING)
    if life.due is not None and life.late_since is not None and (life.is_late(at) or life.closed_overdue):
        text = _lateness(life, life.due)
        yield blank._replace(opened_at=life.late_since, suggested=causes.late_cause(life, calendar, at), what=text)
    yield from _misrouted(blank, life, calendar, at)
    for act in life.acts:
        if act.action == CORRECT:
            yield blank._replace(kind="wrong-result", line=act.seq, opened_at=act.at, what=_quoted(act))
        elif act.action == LOSE:
            owner = (act.record or {}).get("owner", "")
            division = org.division(owner, day_of(act.at)) or blank.division
            yield blank._replace(kind="lost", line=act.seq, opened_at=act.at, division=division, what=_quoted(act))
    for told in complaints(life):
        if told.founded and told.answered_at is not None:
            text = Text(
                f"phản ánh ngày {day(local(told.at))}, trả lời là đúng",
                f"complained of on {day(local(told.at), 'en')}, answered as justified",
            )
            yield blank._replace(kind="complaint", line=told.line, opened_at=told.answered_at, what=text)


_NOTHING = Text("", "")


def _lateness(life: Life, due: int) -> Text:
    vi, en = f"hẹn trả {day(local(due))}", f"due {day(local(due), 'en')}"
    if life.resolved is None:
        return Text(f"{vi}, chưa có kết quả", f"{en}, no result yet")
    return Text(f"{vi}, xong {moment(local(life.resolved))}", f"{en}, done {moment(local(life.resolved))}")


def _misrouted(blank: Nonconformity, life: Life, calendar: Calendar, at: int) -> Iterator[Nonconformity]:
    """The hand-overs to a wrong account that are over, and can't turn out to have been right."""
    if not life.misroutes:
        return
    told = {_mark(one): one for one in misroutes.records(life, calendar, at)}
    for wrong, opened_at in misroutes.certain(life):
        record = told[wrong.sent_at, wrong.wrong, wrong.detected_at]
        text = Text(
            f"'{wrong.sender}' giao bước '{record.title.vi}' nhầm cho '{wrong.wrong}'",
            f"'{wrong.sender}' handed step '{record.title.en}' to '{wrong.wrong}' by mistake",
        )
        yield blank._replace(
            kind="misroute",
            line=wrong.line,
            opened_at=opened_at,
            division=record.division or blank.division,
            suggested=record.cause,
            what=text,
        )


def _mark(record: misroutes.Record) -> tuple[int, str, int | None]:
    return record.sent_at, record.wrong, record.confirmed_at


def _quoted(act: Move) -> Text:
    return Text(act.note or "không ghi lý do", act.note or "no reason given")


def check(life: Life, calendar: Calendar, line: Move) -> None:
    """Refuse a line of a verb that is `JUDGED` about something that isn't there, or out of order. Raises NotAllowed.

    `life` is the dossier's before the line. The cause comes before the action, and the check of its effect after it, in a
    line of its own.
    """
    if line.action == ANSWER:
        check_answer(life, line)
    else:
        _check_order(_subject(nonconformities(life, calendar, line.at), line), line.record or {})


def _subject(found: Sequence[Nonconformity], line: Move) -> Nonconformity:
    """The one nonconformity that a line is about."""
    about = meant(found, line)
    listed = ", ".join(_named(one) for one in open_before(found, line))
    of = (line.record or {}).get("of", "")
    if not about:
        refuse(
            f"hồ sơ không có sự không phù hợp '{of}' nào đang mở như vậy; đang mở: {listed or 'không có'}",
            f"there is no such open nonconformity '{of}' in this dossier; open are: {listed or 'none'}",
        )
    if len(about) > 1:
        refuse(
            f"hãy nói về dòng nào (line): {listed}",
            f"say which line it is about (line): {listed}",
        )
    return about[0]


def _named(one: Nonconformity) -> str:
    return one.kind if one.line is None else f"{one.kind} line={one.line}"


def _check_order(one: Nonconformity, record: Mapping[str, str]) -> None:
    if "action" in record and not (one.handling.cause or "cause" in record):
        refuse(
            "chưa có nguyên nhân; hãy ghi nguyên nhân (cause) trước hoặc cùng lúc với hành động",
            "there is no cause yet; put it down (cause) before the action, or with it",
        )
    if "effect" in record and (one.status != "action" or "action" in record or "cause" in record):
        refuse(
            "chỉ kiểm tra hiệu lực (effect) của một hành động đã ghi trước đó, ở một dòng riêng",
            "what is checked (effect) is an action put down before, in a line of its own",
        )


def systemic(found: Iterable[Nonconformity]) -> tuple[Systemic, ...]:
    """What came `TIMES` times within `DAYS` days: by cause, and by cause and division where several have it, oldest first.

    Where nobody put a cause down the one that the log suggests counts. "other" is no common cause.
    """
    groups: dict[tuple[str, str], list[Nonconformity]] = {}
    for one in sorted(found, key=age):
        if one.cause is not None and one.cause != "other":
            groups.setdefault((one.cause, ""), []).append(one)
            groups.setdefault((one.cause, one.division), []).append(one)
    told = {
        (cause, *(member.key for member in spell)): Systemic(cause, division, spell)
        for (cause, division), members in groups.items()
        for spell in _spells(tuple(members))
    }
    return tuple(sorted(told.values(), key=lambda one: (age(one.members[0]), one.cause, one.division)))


def _spells(members: tuple[Nonconformity, ...]) -> list[tuple[Nonconformity, ...]]:
    """The stretches of `members`, oldest first, in which `TIMES` of them come within the window."""
    spans: list[tuple[int, int]] = []
    for first in range(len(members) - TIMES + 1):
        last = first + TIMES - 1
        if (day_of(members[last].opened_at) - day_of(members[first].opened_at)).days >= DAYS:
            continue
        if spans and first <= spans[-1][1]:
            spans[-1] = spans[-1][0], last
        else:
            spans.append((first, last))
    return [members[first : last + 1] for first, last in spans]


def todo(one: Nonconformity, at: int) -> Text:
    """What has to be done next about a nonconformity."""
    done = one.handling
    if one.status == "action" and done.due is not None:
        return _due_text(one, done.due, at)
    return _NEXT[one.status]


_NEXT: Mapping[Status, Text] = {
    "ineffective": Text(
        "hãy tìm lại nguyên nhân và ghi hành động khác (fault: cause, action, owner, due)",
        "look for the cause again and put down another action (fault: cause, action, owner, due)",
    ),
    "open": Text("hãy tìm nguyên nhân và ghi lại (fault: cause)", "find the cause and put it down (fault: cause)"),
    "cause": Text(
        "hãy ghi hành động khắc phục, người làm và hạn (fault: action, owner, due)",
        "put down the corrective action, whose it is and by when (fault: action, owner, due)",
    ),
    "action": Text("hãy kiểm tra hiệu lực (fault: effect)", "check whether it worked (fault: effect)"),
    "closed": Text("đã xong", "done"),
}


def _due_text(one: Nonconformity, due: date, at: int) -> Text:
    owner = one.handling.owner or "?"
    if one.overdue(at):
        return Text(
            f"hành động của '{owner}' quá hạn {day(due)} mà chưa ai kiểm tra; hãy kiểm tra hiệu lực (fault: effect)",
            f"the action of '{owner}' was due {day(due, 'en')} and nobody checked it; check whether it worked (fault: effect)",
        )
    return Text(
        f"'{owner}' thực hiện đến hết {day(due)}, sau đó kiểm tra hiệu lực (fault: effect)",
        f"'{owner}' has until {day(due, 'en')}, then check whether it worked (fault: effect)",
    )
