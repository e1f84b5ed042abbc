"""What follows from a fault (R130, ISO 9001:2015 10.2): nonconformities, how each is handled, and those that keep coming back.

Nothing is kept apart: a log opens its nonconformities by itself and its `fault` lines handle them, so none can be left out or
taken back (R129). Pure. Moments are epoch seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Literal, NamedTuple

from . import causes, misroutes
from .astray import Misroute
from .calendar import Calendar
from .clocks import told_day
from .feedback import Complaint, Ratings, check_answer, complaints, rating, ratings
from .life import Life
from .machine import Table
from .model import ANSWER, CORRECT, FAULT, LOSE, Move
from .org import Org
from .refusals import refuse
from .text import Text, day, moment
from .worktime import day_of, local

Kind = Literal["late", "misroute", "wrong-result", "lost", "complaint"]
Status = Literal["open", "cause", "action", "ineffective", "closed"]

KINDS: Mapping[Kind, Text] = {
    "late": Text("trễ hạn", "late"),
    "misroute": Text("giao nhầm tài khoản", "misrouted"),
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

CAUSES: Mapping[str, Text] = dict([*causes.TITLES.items(), *misroutes.CAUSES.items()])
"""What `cause` of a `fault` line may be, in words: why it was late (R95), or misrouted (R123)."""

TIMES, DAYS = 3, 90
"""So often within so many days, both ends counted, and a cause is a fault of the system (R130)."""

JUDGED = frozenset({FAULT, ANSWER})
"""The verbs whose lines only the whole log can judge (`check`)."""


class Handling(NamedTuple):
    """What the `fault` lines say of a nonconformity: the latest word counts, and `lines` are all of them.

    `cause` is a key of `CAUSES`; `owner` an account; `action` is due by the end of the day `due`; `effect` whether
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
    kind: Kind
    line: int | None
    opened_at: int
    division: str
    suggested: str | None
    what: Text
    handling: Handling = Handling()

    @property
    def key(self) -> tuple[str, Kind, int | None]:
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
    found: list[Nonconformity] = []
    told: list[Complaint] = []
    rated = []
    for _, life in lives:
        found += nonconformities(life, calendar, at)
        told += complaints(life)
        score = rating(life)
        rated += [score] if score else []
    found.sort(key=_age)
    chosen = [one for one in found if _in_year(one.opened_at, year)]
    return Register(
        tuple(chosen),
        tuple(one for one in systemic(found) if any(_in_year(member.opened_at, year) for member in one.members)),
        tuple(one for one in told if _in_year(one.at, year)),
        ratings(one for one in rated if _in_year(one.at, year)),
    )


def _in_year(at: int, year: int | None) -> bool:
    return year is None or local(at).year == year


def _age(one: Nonconformity) -> tuple[int, str, int]:
    return one.opened_at, one.number, one.line or 0


def nonconformities(life: Life, calendar: Calendar, at: int) -> tuple[Nonconformity, ...]:
    """The nonconformities of a dossier, oldest first, from its life up to `at`; one that was opened never goes away (R129).

    A late dossier, also one withdrawn or stopped after its due date (R57); a hand-over to a wrong account once it was found
    and is over; a result that had to be corrected (R53); a loss; a complaint that was found justified.
    """
    found = sorted(_opened(life, calendar, at), key=_age)
    for line in life.acts:
        meant = _meant(found, line) if line.action == FAULT else []
        if meant:
            one = meant[0]
            found[found.index(one)] = one._replace(handling=_handled(one.handling, line))
    return tuple(found)


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
            division = _division(org, owner, act.at) or blank.division
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
    found = [wrong for wrong in life.misroutes if wrong.confirmed and wrong.until is not None and _certain(life, wrong)]
    told = {_mark(one): one for one in misroutes.records(life, calendar, at)} if found else {}
    for wrong in found:
        record = told[wrong.sent_at, wrong.wrong, wrong.detected_at]
        assert wrong.until is not None
        text = Text(
            f"'{wrong.sender}' giao bước '{record.title.vi}' nhầm cho '{wrong.wrong}'",
            f"'{wrong.sender}' handed step '{record.title.en}' to '{wrong.wrong}' by mistake",
        )
        yield blank._replace(
            kind="misroute",
            line=wrong.line,
            opened_at=wrong.until,
            division=record.division or blank.division,
            suggested=record.cause,
            what=text,
        )


def _mark(record: misroutes.Record) -> tuple[int, str, int | None]:
    return record.sent_at, record.wrong, record.confirmed_at


def _certain(life: Life, wrong: Misroute) -> bool:
    """Whether it can't come to the same account again, which had sent it back: somebody else has it, or it is at its end."""
    corrected = any(act.action == CORRECT and act.seq > (wrong.line or 0) for act in life.acts)
    return not wrong.doubtful or life.state.ended or corrected


def _division(org: Org, account: str, at: int) -> str:
    """Where an account sat; "" for none."""
    found = org.accounts.get(account)
    post = found.post(day_of(at)) if found else None
    return post.division if post else ""


def _quoted(act: Move) -> Text:
    return Text(act.note or "không ghi lý do", act.note or "no reason given")


def _meant(found: Sequence[Nonconformity], line: Move) -> list[Nonconformity]:
    """The nonconformities that a `fault` line may be about: of its kind, open before it, at the line it names."""
    record = line.record or {}
    return [
        one
        for one in _open_before(found, line)
        if one.kind == record.get("of") and record.get("line") in (None, str(one.line))
    ]


def _open_before(found: Iterable[Nonconformity], line: Move) -> list[Nonconformity]:
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
    meant = _meant(found, line)
    listed = ", ".join(_named(one) for one in _open_before(found, line))
    of = (line.record or {}).get("of", "")
    if not meant:
        refuse(
            f"hồ sơ không có sự không phù hợp '{of}' nào đang mở như vậy; đang mở: {listed or 'không có'}",
            f"there is no such open nonconformity '{of}' in this dossier; open are: {listed or 'none'}",
        )
    if len(meant) > 1:
        refuse(
            f"hãy nói về dòng nào (line): {listed}",
            f"say which line it is about (line): {listed}",
        )
    return meant[0]


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
    for one in sorted(found, key=_age):
        if one.cause is not None and one.cause != "other":
            groups.setdefault((one.cause, ""), []).append(one)
            groups.setdefault((one.cause, one.division), []).append(one)
    told = {
        (cause, *(member.key for member in spell)): Systemic(cause, division, spell)
        for (cause, division), members in groups.items()
        for spell in _spells(tuple(members))
    }
    return tuple(sorted(told.values(), key=lambda one: (_age(one.members[0]), one.cause, one.division)))


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
