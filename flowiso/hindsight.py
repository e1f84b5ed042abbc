"""Findings on record for good about what people did: supplements, short pauses, forced hand-overs, acts on leave, alerts."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from .calendar import Calendar
from .clocks import counted, termed
from .duedate import Leg, legs
from .life import Life
from .lights import Thresholds, ignored
from .machine import Table
from .model import DOSSIER_CODES, PAUSE, Finding
from .org import active, present
from .remaining import WORKING_DAY
from .saying import about, hours
from .supervisors import heads, leaders
from .text import Text, day, moment
from .worktime import day_of, local


def supplements(life: Life, table: Table, calendar: Calendar) -> Iterator[Finding]:
    """DOS105: asked after the window (R43). DOS106: asked again (R14)."""
    if life.received is None:
        return
    window = table.flow.supplement_window or table.org.limits.supplement
    since = life.received
    for count, (asked, back) in enumerate(life.supplements):
        if asked > calendar.due_instant(since, window, (), "legal"):
            text = Text(
                f"yêu cầu bổ sung sau {window.shown()} kể từ khi nhận đủ hồ sơ; hãy nêu lý do",
                f"a supplement was asked later than {window.shown('en')} after the dossier was complete; state the reason",
            )
            yield about(life, "DOS105", "warning", None, asked, text)
        if count:
            text = Text(
                f"yêu cầu bổ sung lần thứ {count + 1}, luật chỉ cho một lần trừ khi lỗi của người nộp; hãy nêu lỗi của ai",
                f"supplement number {count + 1}, the law allows one unless the applicant is at fault; say whose fault it is",
            )
            yield about(life, "DOS106", "warning", None, asked, text)
        since = since if back is None else back


SHORT_PAUSE = WORKING_DAY // 2
"""A pause of fewer working seconds is short: it is told when it moved the due date (the number is FlowISO's own)."""


def short_pauses(life: Life, calendar: Calendar) -> Iterator[Finding]:
    """DOS217: paused by a leader for less than half a working day, which moved the due date (R59, R75, R129).

    R75 adds the minutes of all pauses to the end of the term and takes the end of the day reached: the first minute gains a day.
    """
    detour = life.state.detour
    term = termed(detour, life.state.row.table.flow.deadline)
    if not life.pauses or term is None or life.received is None:
        return
    start, stops = counted(life.received, detour)
    for before, after in pairwise(legs(calendar, start, term, stops, "legal")):
        length = calendar.worked(after.asked, after.back)
        if (after.asked, after.back) in life.pauses and after.due > before.due and length < SHORT_PAUSE:
            yield _short_pause(life, after, length, before.due)


RECENT = 5 * WORKING_DAY
"""A short pause is told for so many working seconds after it, also of a dossier that has come to its end meanwhile."""


def recently(calendar: Calendar, at: int) -> int:
    """`RECENT` before `at`."""
    return calendar.plus(calendar.first, max(0, calendar.worked(calendar.first, at) - RECENT))


def recent_pauses(life: Life, calendar: Calendar, at: int) -> Iterator[Finding]:
    """Those of the `short_pauses` that ended in the last five working days."""
    return (one for one in short_pauses(life, calendar) if (one.at or 0) >= recently(calendar, at))


def _short_pause(life: Life, leg: Leg, length: int, due: int) -> Finding:
    actor = next((act.actor for act in life.acts if act.action == PAUSE and act.at == leg.asked), "")
    since, until = moment(local(leg.asked)), moment(local(leg.back))
    paused, was, now = hours(length), local(due), local(leg.due)
    text = Text(
        f"'{actor}' tạm dừng từ {since} đến {until}, chỉ {paused.vi} làm việc, mà hạn trả lùi từ {day(was)} sang {day(now)};"
        " hãy xem lại lý do tạm dừng",
        f"'{actor}' paused it from {since} to {until}, {paused.en} of work, and the due date moved from {day(was, 'en')}"
        f" to {day(now, 'en')}; look into the reason",
    )
    return about(life, "DOS217", "warning", actor, leg.back, text)


def forced(life: Life) -> Iterator[Finding]:
    """DOS211: a leader handed it on against the rules of routing, and said why (R121)."""
    for act in life.acts:
        code = (act.record or {}).get("forced")
        if code is None:
            continue
        title, name = life.row(act.step, act.at).title, DOSSIER_CODES.get(code, "")
        text = Text(
            f"'{act.actor}' quyết định giao bước '{title.vi}' cho '{act.holder}' trái quy định ({code} {name}),"
            f" lý do: {act.note or 'không ghi'}; hãy xem lại khi đánh giá nội bộ",
            f"'{act.actor}' had step '{title.en}' handed to '{act.holder}' against the rules ({code} {name}),"
            f" reason: {act.note or 'none given'}; look at it in the internal audit",
        )
        yield about(life, "DOS211", "info", act.holder, act.at, text)


def made_absent(life: Life, table: Table) -> Iterator[Finding]:
    """DOS213: an account handed it on while its owner was on leave or had no post; one finding a day and account."""
    dated = _dated(table)
    seen = set()
    for actor, at in _acts(life):
        if actor not in dated:
            continue
        account, on = table.org.accounts[actor], day_of(at)
        if present(account, on) or (actor, on) in seen:
            continue
        seen.add((actor, on))
        why = (
            Text("đang nghỉ phép", "was on leave")
            if active(account, on)
            else Text("không có hiệu lực", "was not valid")
        )
        text = Text(
            f"tài khoản '{actor}' {why.vi} mà vẫn xử lý lúc {moment(local(at))}; hãy kiểm tra ai đã dùng, nhắc ủy quyền",
            f"account '{actor}' {why.en} and acted at {moment(local(at))}; find out who used it, ask for a delegation",
        )
        yield about(life, "DOS213", "warning", actor, at, text)


def _acts(life: Life) -> Iterator[tuple[str, int]]:
    """Who did something with the dossier, and when, as far as a life keeps it."""
    online = life.received != life.submitted
    for visit in life.visits[online:]:  # what an applicant submits lies with the desk by no act of its own
        yield visit.sender, visit.since
    for wrong in life.misroutes:
        yield wrong.sender, wrong.sent_at
    for act in life.acts:
        yield act.actor, act.at
    if life.state.ended:
        yield life.state.sender, life.state.since


@lru_cache(maxsize=1024)
def _dated(table: Table) -> frozenset[str]:
    """The accounts that aren't always there."""
    accounts = table.org.accounts.values()
    return frozenset(one.id for one in accounts if one.leave or one.since or one.until or one.earlier)


def ignored_alerts(life: Life, table: Table, calendar: Calendar, at: int, thresholds: Thresholds) -> Iterator[Finding]:
    """DOS214: the head of the division, of a leader the others, was warned, and nothing happened until it was late (R124)."""
    found = ignored(life, calendar, at, thresholds)
    if found is None:
        return
    on = day_of(found.warned)
    names = heads(table, found.holder, on)
    if not names and found.holder in leaders(table.org, on):
        return  # nobody is over him who could have been warned
    names = names or ("?",)
    title, listed = life.row(found.step, found.warned).title, ", ".join(names)
    text = Text(
        f"lúc {moment(local(found.warned))} đã đến mức báo lãnh đạo ({listed}), mà bước '{title.vi}' của"
        f" '{found.holder}' vẫn để yên đến quá hạn {day(local(found.until - 1))}; hãy xem lại việc đôn đốc",
        f"at {moment(local(found.warned))} the supervisor ({listed}) was due to be warned, yet step '{title.en}'"
        f" lay with '{found.holder}' untouched until it was overdue on {day(local(found.until - 1), 'en')};"
        " look into the supervision",
    )
    yield about(life, "DOS214", "warning", names[0], found.until, text)
