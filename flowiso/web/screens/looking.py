"""What the pages show, asked of the engine: an inbox, a dossier, the morning's board. Plain values for the templates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import Any, NamedTuple

from ...asked import moment_of
from ...board import MARKS, Board, Line, board, piles
from ...clocks import counted, termed
from ...control import called
from ...dossier import Dossier, folded
from ...duedate import legs
from ...engine import Engine
from ...errors import BadValue, FlowFileError, UnknownFlow
from ...explanation import Line as Told
from ...explanation import explained
from ...feedback import discreet
from ...handover import settled
from ...ledger import Ledger
from ...life import Life
from ...machine import Table
from ...model import APPLICANT, CHOICES, DAYS, RECORD, SYSTEM, Duty, Finding
from ...national import STATUSES, has_result
from ...org import Org, active, present
from ...people import FIELDS
from ...render.ledger import KINDS, VERDICTS
from ...render.watch import brief, why
from ...saying import hours
from ...text import Text, day
from ...tracing import trace
from ...versions import rows_of
from ...wish import TITLES
from ...worktime import local
from ..desk import Asked
from .doing import CHOSEN, LABELS, Doing, doings, leads
from .pages import who
from .path import Way, way
from .pulse import desks

WORDS: Mapping[str, Text] = {mark: words for mark, (_, words) in MARKS.items()}
"""What is said of how a dossier stands, by the mark of its line."""


class Standing(NamedTuple):
    """A dossier as it stands, and its line on a board; None once it has ended."""

    found: Dossier
    life: Life
    line: Line | None


def standing(engine: Engine, read: Dossier, at: int) -> Standing:
    """A dossier that was read, as time alone has moved it up to a moment."""
    calendar = engine.flows.calendar
    found = settled(read, calendar, at)
    life = trace(found.table, calendar, found.case, found.moves)
    lines = board([(found.table, life)], calendar, at, "all").lines
    return Standing(found, life, lines[0] if lines else None)


class Task(NamedTuple):
    """A dossier in an inbox: its line, what may be done with it, and the working seconds left, None where none are counted."""

    line: Line
    title: str
    received: bool
    confirmed: bool
    sender: str
    seq: int
    left: int | None
    doings: tuple[Doing, ...]
    left_text: Text


def inbox(asked: Asked, account: str) -> dict[str, Any]:
    """What an account holds, or may do for somebody on leave (R127), the least working time left first."""
    engine, at = asked.engine, moment_of(asked.at)
    tasks, unread = [], []
    for owner in desks(engine.flows.org, account, local(at).date()):
        for case, moves in engine.store.held(engine.agency, owner):
            try:
                found = standing(engine, folded(engine.flows, case, moves), at)
            except (UnknownFlow, FlowFileError):
                unread.append(case.number)
                continue
            if found.line is not None and found.line.holder == owner:
                tasks.append(_task(asked, account, found, found.line, at))
    mine = [task for task in tasks if task.line.holder == account or task.doings]
    mine.sort(key=lambda task: (task.left is None, task.left or 0, task.line.number))
    receives = has_duty(engine.flows.org, account, "receive", at)
    away = absence(engine.flows.org, account, local(at).date())
    return {"tasks": mine, "unread": unread, "receives": receives, "words": WORDS, "mine": account, "away": away}


def absence(org: Org, account: str, on: date) -> Text | None:
    """Why an account may do nothing, or gets nothing, on a day: it isn't valid, or on leave, and who stands in (R127, R128)."""
    found = org.accounts.get(account)
    if found is None or not active(found, on):
        return Text(
            "Tài khoản này không còn hiệu lực hôm nay: chỉ xem được; hồ sơ còn giữ thì lãnh đạo giao lại cho người khác.",
            "This account isn't valid today: it may only look; a leader hands on what it still holds.",
        )
    until = next((last for first, last in found.leave if first <= on <= last), None)
    if until is None:
        return None
    deputies = ", ".join(
        f"{org.accounts[one.delegate].name} ({one.delegate})"
        for one in org.delegations
        if one.principal == account and one.holds(on) and present(org.accounts[one.delegate], on)
    )
    return Text(
        f"Bạn đang nghỉ đến hết {day(until, 'vi')}; người làm thay: {deputies or 'chưa có'}.",
        f"You are on leave until the end of {day(until, 'en')}; who stands in: {deputies or 'nobody yet'}.",
    )


def _task(asked: Asked, account: str, stands: Standing, line: Line, at: int) -> Task:
    found, org = stands.found, asked.engine.flows.org
    state = found.state
    left = least(line)
    can = doings(found, account, at) if asked.caller.may("act") else ()
    sender = who(state.sender, org, asked.lang) if state.sender not in ("", account) else ""
    received, title = state.received is not None, found.flow.title
    return Task(line, title, received, state.confirmed, sender, state.seq, left, can, left_text(left))


def least(line: Line) -> int | None:
    """The working seconds that are left of the step or of the dossier, whichever are fewer."""
    known = [left for left in (line.sight.left, line.sight.step_left) if left is not None]
    return min(known) if known else None


def left_text(left: int | None) -> Text:
    """How much working time is left, in words."""
    if left is None:
        return Text("không tính giờ", "no time counted")
    told = hours(abs(left))
    return Text(f"còn {told.vi}", f"{told.en} left") if left >= 0 else Text(f"quá {told.vi}", f"{told.en} over")


def has_duty(org: Org, account: str, duty: Duty, at: int) -> bool:
    """Whether an account has a role of that duty on a day."""
    post = org.post(account, local(at).date())
    return post is not None and any(org.roles[name].duty == duty for name in post.roles if name in org.roles)


def dossier(asked: Asked, account: str, number: str, full: bool = False) -> dict[str, Any]:
    """All that the page of a dossier shows, personal data in `full` or masked (R151)."""
    engine, lang = asked.engine, asked.lang
    read = engine.dossier(number)
    at = max(moment_of(asked.at), read.state.at)
    stands = standing(engine, read, at)
    found, org = stands.found, engine.flows.org
    gone = way(found)
    return {
        "stands": stands,
        "found": found,
        "number_": found.number,
        "seq": found.state.seq,
        "stage": STATUSES[found.status],
        "mark": _mark(stands),
        "reasons": reasons(stands.line, lang) if stands.line else [],
        "holder": who(found.holder, org, lang) if found.holder else "",
        "people": [(FIELDS[field], value) for field, value in engine.person(found.number, full).items()],
        "due": due_told(engine, found),
        "has_result": has_result(found.state),
        "gone": gone,
        "walked": _walked(found, gone),
        "log": _log(found, org, lang),
        "ledger": _ledger(asked, number, at, org),
        "doings": doings(found, account, at) if asked.caller.may("act") else (),
        "insists": leads(found, account, at),
        "others": _others(org, at),
        "left_text": left_text,
    }


def _mark(stands: Standing) -> tuple[str, Text]:
    """The light and its words; of a dossier that has ended its outcome."""
    if stands.line is not None:
        return MARKS[stands.line.mark]
    outcome = stands.life.outcome
    if outcome is None:
        return "grey", Text("đã kết thúc", "ended")
    return "red" if outcome == "late" else "green", VERDICTS[outcome]


def reasons(line: Line, lang: str, codes: frozenset[str] | None = None) -> list[str]:
    """Why a light is as it is and what to do, the findings of some codes alone where they are named."""
    chosen = [one for one in line.findings if codes is None or one.code in codes]
    told = [brief(one, line, lang) for one in chosen]
    meaning = why(line) if codes is None or not told else None
    return told if meaning is None else [*told, meaning.to(lang)]


def due_told(engine: Engine, found: Dossier) -> tuple[Told, ...]:
    """The legal clock day by day (R70 to R75); nothing without a term or before the receipt."""
    state, calendar = found.state, engine.flows.calendar
    term = termed(state.detour, found.flow.deadline)
    if state.received is None or term is None or state.due is None:
        return ()
    start, stops = counted(state.received, state.detour)
    return tuple(explained(calendar, term, list(legs(calendar, start, term, stops, "legal")), "legal"))


def _walked(found: Dossier, gone: Way) -> list[tuple[int, Text, bool]]:
    """The way in words: the turn, the step, whether it is there now."""
    titles = {
        move.step: row.title for move, row in zip(found.moves, rows_of(found.table, found.moves), strict=True) if row
    }
    last = len(gone.steps)
    return [(turn, titles.get(step, Text(step, step)), turn == last) for turn, step in enumerate(gone.steps, 1)]


class Done(NamedTuple):
    """What somebody did last with a dossier: the line, and whom it was handed to."""

    number: str
    seq: int
    did: Text
    to: str


def last_done(asked: Asked, account: str, number: str) -> Done | None:
    """The last line of a dossier, when this account wrote it."""
    found = asked.engine.dossier(number)
    entry = _log(found, asked.engine.flows.org, asked.lang)[0]
    return Done(number, entry.seq, entry.did, entry.to) if found.moves[-1].actor == account else None


class Entry(NamedTuple):
    """A line of the log as it is shown."""

    seq: int
    at: int
    by: str
    did: Text
    to: str
    note: str
    record: tuple[tuple[Text, str], ...]


def _log(found: Dossier, org: Org, lang: str) -> list[Entry]:
    """The log, the newest line first; what a rating said stays confidential (R142)."""
    entries, row = [], None
    for move, reached in zip(found.moves, rows_of(found.table, found.moves), strict=True):
        did, shown = called(row, move), discreet(move)
        to = who(move.holder, org, lang) if move.holder and move.holder != move.actor else ""
        record = tuple(_told(key, value, lang) for key, value in (shown.record or {}).items())
        entries.append(Entry(move.seq, move.at, who(move.actor, org, lang), did, to, shown.note or "", record))
        row = reached
    return entries[::-1]


def _told(key: str, value: str, lang: str) -> tuple[Text, str]:
    """A key of a record and its value, as they are called."""
    label, words = LABELS.get(key, RECORD[key]), CHOSEN.get(value) if key in CHOICES else None
    if key in DAYS:
        with suppress(ValueError):  # a log that was tampered with is shown as it is
            return label, day(date.fromisoformat(value), lang)
    return label, words.to(lang) if words else value


class Spent(NamedTuple):
    """A stretch of the time ledger as it is shown."""

    since: int
    until: int
    who: str
    step: Text
    kind: Text
    charged: str
    worked: int
    closed: int
    late: bool


def _ledger(asked: Asked, number: str, at: int, org: Org) -> dict[str, Any] | None:
    """Whose each second was (R124); None before the receipt."""
    try:
        found: Ledger = asked.engine.ledger(number, local(at))
    except BadValue:
        return None
    life, lang = found.life, asked.lang
    spent = [
        Spent(
            entry.since,
            entry.until,
            who(entry.account, org, lang),
            life.row(entry.step, entry.until).title,
            KINDS[entry.kind],
            who(entry.charged_to, org, lang) if entry.charged_to not in ("", entry.account) else "",
            entry.worked,
            entry.closed,
            entry.verdict == "late",
        )
        for entry in found.entries
    ]
    sums = sorted(found.by_account().items(), key=lambda one: -one[1])
    by = [(who(account, org, lang), worked) for account, worked in sums if worked]
    return {"spent": spent, "by": by, "worked": found.worked, "closed": found.closed, "exact": found.exact}


def _others(org: Org, at: int) -> list[str]:
    """The ids of the agency's accounts, to be typed by hand."""
    on = local(at).date()
    return sorted(one.id for one in org.accounts.values() if one.id not in (APPLICANT, SYSTEM) and active(one, on))


class Section(NamedTuple):
    """A part of the morning's board: the dossiers, each with its reasons, and the form that puts it right, "" for any."""

    id: str
    title: Text
    act: str
    rows: tuple[tuple[Line, list[str]], ...]


_SECTIONS: Sequence[tuple[str, Text, str, frozenset[str], frozenset[str]]] = (
    ("late", Text("Quá hạn", "Overdue"), "", frozenset({"late"}), frozenset({"DOS101", "DOS104"})),
    (
        "soon",
        Text("Sắp quá hạn", "About to be late"),
        "",
        frozenset({"late-ahead", "soon"}),
        frozenset({"DOS103", "DOS107"}),
    ),
    (
        "apology",
        Text("Đến ngày cuối gửi thư xin lỗi", "Last day to apologise is near"),
        "reappoint",
        frozenset(),
        frozenset({"DOS107"}),
    ),
    (
        "unconfirmed",
        Text("Đã giao mà chưa nhận", "Handed over, not confirmed"),
        "reassign",
        frozenset(),
        frozenset({"DOS205"}),
    ),
    (
        "misrouted",
        Text("Nghi chuyển nhầm tài khoản", "Suspected misroutes"),
        "reassign",
        frozenset(),
        frozenset({"DOS200", "DOS201", "DOS202", "DOS203", "DOS206", "DOS207", "DOS208"}),
    ),
    ("orphaned", Text("Không còn người xử lý", "Orphaned"), "reassign", frozenset(), frozenset({"DOS209", "DOS210"})),
    (
        "slow",
        Text("Chậm ở một bước", "Behind at a step"),
        "",
        frozenset({"step-late", "step-soon"}),
        frozenset({"DOS102", "DOS109"}),
    ),
    ("uncollected", Text("Kết quả chưa ai nhận", "Results not collected"), "", frozenset(), frozenset({"DOS108"})),
)
"""Of each section: id, title, the form that puts it right, and the marks and codes that belong to it."""


def morning(asked: Asked, division: str) -> dict[str, Any]:
    """The board of an agency or of a division: by what is wrong, and by officer, the worst first. Raises BadValue."""
    engine, at = asked.engine, moment_of(asked.at)
    if division and division not in engine.flows.org.divisions:
        raise BadValue(
            Text(f"không có phòng '{division}'; hãy chọn lại", f"there is no division '{division}'; choose another")
        )
    unread: list[Finding] = []
    lives: Iterable[tuple[Table, Life]] = engine.lives(asked.at, unread, running=True)
    found = board(lives, engine.flows.calendar, at, unread=unread)
    lines = [line for line in found.lines if division in ("", line.division)]
    return {
        "board": found,
        "lines": lines,
        "sections": [section for section in _sections(lines, asked.lang) if section.rows],
        "worst": lines[0] if lines and lines[0].mark == "late" else None,
        "officers": _officers(lines, engine.flows.org),
        "marks": _counts(found, lines, division),
        "division": division,
        "divisions": engine.flows.org.divisions,
        "words": WORDS,
        "titles": TITLES,
    }


def _counts(found: Board, lines: Sequence[Line], division: str) -> list[tuple[str, str, Text, int]]:
    """How many stand how; in a division only those that are listed can be told apart."""
    counts: Mapping[Any, int] = found.counts
    if division:
        counts = {
            mark: sum(line.mark == mark for line in lines) for mark in MARKS if MARKS[mark][0] in ("red", "yellow")
        }
    return [(mark, MARKS[mark][0], MARKS[mark][1], count) for mark, count in counts.items()]


def _sections(lines: Sequence[Line], lang: str) -> Iterable[Section]:
    """Each with what concerns it; what is overdue with all that is wrong with it, since one of that is why."""
    for name, title, act, marks, codes in _SECTIONS:
        rows = tuple(
            (line, reasons(line, lang, None if name == "late" else codes))
            for line in lines
            if line.mark in marks or any(one.code in codes for one in line.findings)
        )
        yield Section(name, title, act, rows)


class Officer(NamedTuple):
    """An officer's pile: his name and division, how many stand how, and the worst of them."""

    account: str
    name: str
    division: Text | None
    counts: tuple[tuple[str, Text, int], ...]
    worst: Line


def _officers(lines: Sequence[Line], org: Org) -> list[Officer]:
    return [
        Officer(
            pile.key,
            pile.lines[0].holder_name or pile.key,
            org.seat_title(pile.lines[0].division),
            tuple((light, words, pile.count(mark)) for mark, (light, words) in MARKS.items() if pile.count(mark)),
            pile.lines[0],
        )
        for pile in piles(lines, "officer")
    ]
