"""Findings on record for good about what people did: supplements, forced hand-overs, acts on leave, ignored alerts."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from .calendar import Calendar
from .life import Life
from .lights import Thresholds, ignored
from .machine import Table
from .model import DOSSIER_CODES, Finding
from .org import active, present
from .saying import about
from .supervisors import heads
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
    """DOS214: the head of the division was warned, and nothing happened until it was late (R124)."""
    found = ignored(life, calendar, at, thresholds)
    if found is None:
        return
    names = heads(table, found.holder, day_of(found.warned)) or ("?",)
    title, listed = life.row(found.step, found.warned).title, ", ".join(names)
    text = Text(
        f"lúc {moment(local(found.warned))} đã đến mức báo lãnh đạo phòng ({listed}), mà bước '{title.vi}' của"
        f" '{found.holder}' vẫn để yên đến quá hạn {day(local(found.until - 1))}; hãy xem lại việc đôn đốc",
        f"at {moment(local(found.warned))} the head of the division ({listed}) was due to be warned, yet step '{title.en}'"
        f" lay with '{found.holder}' untouched until it was overdue on {day(local(found.until - 1), 'en')};"
        " look into the supervision",
    )
    yield about(life, "DOS214", "warning", names[0], found.until, text)
