"""Findings about dossiers: late, slow, due soon, and handed to a wrong account, with what to do about it.

Pure: a life and a moment in, findings out; nothing is remembered between two calls.
"""

from __future__ import annotations

from collections.abc import Iterator

from .calendar import Calendar
from .life import OFFICIAL, Life, Misroute, Visit, saved_by_right_routing, unconfirmed_since, visits_at
from .machine import Table
from .model import DOSSIER_CODES, Finding, Level
from .routing import misroute
from .text import Text, day, moment, number
from .worktime import local


def findings(life: Life, table: Table, calendar: Calendar, at: int, due_within_seconds: int = 0) -> tuple[Finding, ...]:
    """What is wrong with a dossier at `at`, by code and then by time.

    DOS101 late (R72), DOS102 a visit of the agency or a partner past its due minute, DOS103 due within so much working
    time, DOS200-203, 206, 207 handed to an account that may not hold the step (R121), DOS205 not confirmed within the
    limit (R122), DOS208 a hand-over that came back (R123). DOS105 a supplement asked after its window (R43), DOS106 a second
    one (R14). A dossier withdrawn or stopped after its due date stays DOS101, though the form counts it on time (R57, R129).
    """
    return (
        *_late(life, at),
        *_slow(life, table, calendar, at),
        *_due_soon(life, calendar, at, due_within_seconds),
        *_supplements(life, table, calendar),
        *_wrong_accounts(life, table),
        *_unconfirmed(life, table, calendar, at),
        *_misrouted(life, table, calendar, at),
    )


def _finding(life: Life, code: str, level: Level, holder: str | None, at: int | None, text: Text) -> Finding:
    return Finding(code, DOSSIER_CODES[code], level, text, dossier=life.case.number, holder=holder or None, at=at)


def _late(life: Life, at: int) -> Iterator[Finding]:
    if life.due is None or not (life.is_late(at) or life.closed_overdue):
        return
    due, at_step = local(life.due), life.state.row.title
    if life.resolved is not None:
        done = moment(local(life.resolved))
        text = Text(
            f"hồ sơ hẹn trả {day(due)}, đến {done} mới có kết quả; hãy nêu lý do và xin lỗi người nộp",
            f"due {day(due, 'en')}, the result came at {done}; state the reason and apologise to the applicant",
        )
    else:
        text = Text(
            f"hồ sơ đã quá hạn trả {day(due)}, đang ở bước '{at_step.vi}'; hãy giải quyết ngay và xin lỗi người nộp",
            f"was due {day(due, 'en')}, now at step '{at_step.en}'; deal with it now and apologise to the applicant",
        )
    yield _finding(life, "DOS101", "error", life.state.holder, life.late_since, text)


def _slow(life: Life, table: Table, calendar: Calendar, at: int) -> Iterator[Finding]:
    for visit in visits_at(life, calendar, at):
        if visit.charged in OFFICIAL and visit.late(at):
            over = _hours(visit.overrun(calendar, at))
            yield _finding(life, "DOS102", "warning", visit.holder, visit.due, _slow_text(visit, table, over))


def _slow_text(visit: Visit, table: Table, over: Text) -> Text:
    title = table.rows[visit.step].title
    lost = _hours(visit.lost)
    vi, en = "", ""
    if visit.lost:
        vi, en = f", kể cả {lost.vi} do giao nhầm", f", counting {lost.en} lost by a wrong hand-over"
    if visit.until is None:
        vi, en = f"{vi}; hãy xử lý hoặc giao lại người khác", f"{en}; deal with it or hand it to somebody else"
    else:
        vi, en = f"{vi}; hãy xem lại nguyên nhân", f"{en}; look into the cause"
    return Text(
        f"'{visit.holder}' chậm bước '{title.vi}' {over.vi} làm việc{vi}",
        f"'{visit.holder}' is behind at step '{title.en}' by {over.en} of work{en}",
    )


def _due_soon(life: Life, calendar: Calendar, at: int, within: int) -> Iterator[Finding]:
    if not within or life.due is None or life.resolved is not None or life.paused or life.overdue(at):
        return
    left = calendar.worked(at, life.due)
    if life.received is not None and left <= within:
        due, hours = local(life.due), _hours(max(0, left))
        text = Text(
            f"hồ sơ sắp đến hạn {day(due)} {due:%H:%M}, còn {hours.vi} làm việc; hãy đôn đốc",
            f"due soon, {day(due, 'en')} {due:%H:%M}, {hours.en} of work left; urge the holder",
        )
        yield _finding(life, "DOS103", "warning", life.state.holder, life.due, text)


def _supplements(life: Life, table: Table, calendar: Calendar) -> Iterator[Finding]:
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
            yield _finding(life, "DOS105", "warning", None, asked, text)
        if count:
            text = Text(
                f"yêu cầu bổ sung lần thứ {count + 1}, luật chỉ cho một lần trừ khi lỗi của người nộp; hãy nêu lỗi của ai",
                f"supplement number {count + 1}, the law allows one unless the applicant is at fault; say whose fault it is",
            )
            yield _finding(life, "DOS106", "warning", None, asked, text)
        since = since if back is None else back


def _wrong_accounts(life: Life, table: Table) -> Iterator[Finding]:
    for wrong in life.misroutes:
        if not wrong.why.startswith("DOS"):
            continue
        row = table.rows[wrong.step]
        giver = wrong.wrong if wrong.why == "DOS206" else ""
        found = misroute(table.org, table.flow, row, wrong.wrong, giver, wrong.sent_at)
        said = found.message if found else Text("", "")
        vi = f"bước '{row.title.vi}' do '{wrong.sender}' giao nhầm"
        en = f"step '{row.title.en}' was misdirected by '{wrong.sender}'"
        todo = (
            Text("; hãy thu hồi hoặc giao lại đúng người", "; recall it or hand it to the right account")
            if wrong.until is None
            else Text("; hãy nhắc người giao", "; remind the sender")
        )
        text = Text(f"{vi}: {said.vi}{todo.vi}", f"{en}: {said.en}{todo.en}")
        yield _finding(life, wrong.why, "error", wrong.wrong, wrong.sent_at, text)


def _unconfirmed(life: Life, table: Table, calendar: Calendar, at: int) -> Iterator[Finding]:
    since = unconfirmed_since(life, table.org, calendar, at)
    if since is None:
        return
    holder, given, limit = life.state.holder, moment(local(since)), table.org.limits.unconfirmed
    text = Text(
        f"giao '{holder}' từ {given}, quá {limit.shown()} chưa nhận, nghi nhầm tài khoản; hãy hỏi lại hoặc thu hồi",
        f"'{holder}' got it at {given}, unconfirmed for over {limit.shown('en')}: wrong account? ask, or recall it",
    )
    yield _finding(life, "DOS205", "warning", holder, since, text)


def _misrouted(life: Life, table: Table, calendar: Calendar, at: int) -> Iterator[Finding]:
    for wrong in life.misroutes:
        if wrong.found in ("bounce", "recall"):
            made_late = life.is_late(at) and saved_by_right_routing(life, calendar, at)
            text = _misrouted_text(wrong, table, _hours(wrong.away(calendar, at)), made_late)
            yield _finding(life, "DOS208", "warning", wrong.wrong, wrong.sent_at, text)


def _misrouted_text(wrong: Misroute, table: Table, lost: Text, made_late: bool) -> Text:
    title = table.rows[wrong.step].title
    back = Text("bị trả lại", "it was bounced") if wrong.found == "bounce" else Text("đã thu hồi", "it was recalled")
    late = Text(", làm hồ sơ trễ hạn", ", which made the dossier late") if made_late else Text("", "")
    todo = (
        Text("; hãy giao lại đúng người", "; hand it to the right account")
        if wrong.until is None
        else Text("; hãy rút kinh nghiệm với người giao", "; go over it with the sender")
    )
    vi = f"'{wrong.sender}' giao bước '{title.vi}' nhầm cho '{wrong.wrong}', {back.vi}, mất {lost.vi} làm việc"
    en = f"'{wrong.sender}' handed step '{title.en}' to '{wrong.wrong}' by mistake, {back.en}, {lost.en} of work lost"
    return Text(vi + late.vi + todo.vi, en + late.en + todo.en)


def _hours(seconds: int) -> Text:
    """A length of working time: 2 giờ 05 phút."""
    hours, minutes = divmod(seconds // 60, 60)
    vi, en = f"{number(hours)} giờ", f"{number(hours, 'en')} h"
    if minutes and hours:
        return Text(f"{vi} {minutes:02d} phút", f"{en} {minutes:02d} min")
    return Text(f"{minutes} phút", f"{minutes} min") if not hours else Text(vi, en)
