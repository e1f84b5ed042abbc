"""Findings about dossiers: late, slow, due soon, and handed to a wrong account, with what to do about it.

Pure: a life and a moment in, findings out; nothing is remembered between two calls.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from .astray import CORRECTED, RETURNED, Misroute
from .calendar import Calendar
from .causes import made_late_by, unconfirmed_since
from .duedate import verdict
from .hindsight import forced, ignored_alerts, made_absent, short_pauses, supplements
from .life import OFFICIAL, Life, Visit, visits_at
from .lights import USUAL, Thresholds, apology_day, late_ahead
from .machine import Table
from .misroutes import PING_PONG, STRANGER, records
from .model import BOUNCE, RECALL, Finding
from .remaining import needed
from .routing import misroute
from .saying import about, hours
from .state import State
from .text import Text, day, moment
from .worktime import day_of, local, midnight


def findings(
    life: Life,
    table: Table,
    calendar: Calendar,
    at: int,
    due_within_seconds: int = 0,
    thresholds: Thresholds = USUAL,
) -> tuple[Finding, ...]:
    """What is wrong with a dossier at `at`, by code and then by time.

    DOS101 late (R72), DOS104 without an apology (R49), DOS102 a visit past its due minute, DOS109 one of a partner who
    still has it (R45), DOS103 due within so much working time, DOS107 the last day to apologise has come (R49), DOS108 a
    result nobody collects (R56). DOS105 a supplement asked after its window (R43), DOS106 a second one (R14).
    DOS200-203, 206, 207 handed to an account that may not hold the step (R121), DOS205 not confirmed within the limit
    (R122), DOS208 a hand-over that came back (R123), DOS209 the holder is gone (R128), DOS210 he is on leave, DOS211 a
    leader forced it (R121), DOS213 somebody acted while on leave or without a post, DOS214 a warning was ignored (R124),
    DOS215 it went to and fro without work, DOS216 finished by who may not hold the step (R122), DOS217 a short pause moved the
    due date (R75). A dossier withdrawn or stopped after its due date stays DOS101, though the form counts it on time (R57, R129).
    """
    found = [
        *standing(life, table, calendar, at, due_within_seconds, thresholds),
        *_past(life, table, calendar, at),
        *supplements(life, table, calendar),
        *short_pauses(life, calendar),
        *forced(life),
        *made_absent(life, table),
        *ignored_alerts(life, table, calendar, at, thresholds),
        *_behaved(life, calendar, at),
    ]
    return tuple(_sorted(found))


def standing(
    life: Life,
    table: Table,
    calendar: Calendar,
    at: int,
    due_within_seconds: int = 0,
    thresholds: Thresholds = USUAL,
) -> tuple[Finding, ...]:
    """Those of the findings about which somebody can still do something: the dossier hasn't come to an end."""
    if life.state.ended:
        return ()
    found = [
        *(_late(life, at) if life.resolved is None else ()),
        *_unapologised(life, at),
        *_slow(life, calendar, at, now=True),
        *_due_soon(life, calendar, at, due_within_seconds),
        *_apology_due(life, calendar, at),
        *_uncollected(life, at, thresholds),
        *_wrong_accounts(life, table, now=True),
        *_unconfirmed(life, table, calendar, at),
        *_misrouted(life, calendar, at, now=True),
        *_left_alone(life, at),
    ]
    return tuple(_sorted(found))


def _past(life: Life, table: Table, calendar: Calendar, at: int) -> Iterator[Finding]:
    """What is over, and stays on record."""
    if life.resolved is not None:
        yield from _late(life, at)
    if life.state.ended:
        yield from _unapologised(life, at)
    yield from _slow(life, calendar, at, now=False)
    yield from _wrong_accounts(life, table, now=False)
    yield from _misrouted(life, calendar, at, now=False)


def _sorted(found: list[Finding]) -> list[Finding]:
    return sorted(found, key=lambda one: (one.code, one.at or 0)) if len(found) > 1 else found


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
        todo = _to_be_done(life.state, at)
        text = Text(
            f"hồ sơ đã quá hạn trả {day(due)}, đang ở bước '{at_step.vi}'; {todo.vi}",
            f"was due {day(due, 'en')}, now at step '{at_step.en}'; {todo.en}",
        )
    yield about(life, "DOS101", "error", life.state.holder, life.late_since, text)


def _to_be_done(state: State, at: int) -> Text:
    """What is to be done about an overdue dossier: the second promise, where there is one, counts (R50)."""
    promised = state.due_current
    if promised is None or promised == state.due:
        return Text("hãy giải quyết ngay và xin lỗi người nộp", "deal with it now and apologise to the applicant")
    on = local(promised)
    if verdict(at, promised) == "late":
        return Text(
            f"đã hẹn lại {day(on)} mà cũng quá; hãy giải quyết ngay và báo lãnh đạo Sở",
            f"re-appointed for {day(on, 'en')} and late again; deal with it now and tell the department's leaders",
        )
    return Text(
        f"đã xin lỗi, hẹn lại {day(on)}; hãy giải quyết trước ngày đó",
        f"re-appointed with an apology for {day(on, 'en')}; deal with it before that",
    )


def _unapologised(life: Life, at: int) -> Iterator[Finding]:
    """Late, and nobody apologised and re-appointed it while that could be done (R49)."""
    if life.due is None or life.apology is not None or not (life.is_late(at) or life.closed_overdue):
        return
    due = local(life.due)
    text = Text(
        f"trễ hạn {day(due)} mà trước đó không có thư xin lỗi, hẹn lại; hãy gửi thư xin lỗi nêu rõ lý do, báo Bộ phận Một cửa",
        f"late since {day(due, 'en')} without an apology before that; send one with the reason and tell the one-stop unit",
    )
    yield about(life, "DOS104", "warning", life.state.holder, life.late_since, text)


def _slow(life: Life, calendar: Calendar, at: int, now: bool) -> Iterator[Finding]:
    """Visits past their due minute: those over, or (`now`) the one that lasts, unless the clock stands."""
    if now and life.state.paused:
        return
    for visit in visits_at(life, calendar, at):
        if (visit.until is None) is now and visit.charged in OFFICIAL and visit.late(at):
            over = hours(max(1, visit.overrun(calendar, at)))  # late by the clock, be it after closing (R72)
            if now and visit.charged == "partner":
                text = _opinion_text(visit, life, over)
                yield about(life, "DOS109", "warning", visit.holder, visit.due, text)
            else:
                text = _slow_text(visit, life, over)
                yield about(life, "DOS102", "warning", visit.holder, visit.due, text)


def _slow_text(visit: Visit, life: Life, over: Text) -> Text:
    title = life.row(visit.step, visit.since).title
    lost = hours(visit.lost)
    vi, en = "", ""
    if visit.lost:
        vi, en = f", kể cả {lost.vi} do chuyển nhầm", f", counting {lost.en} lost by a wrong hand-over"
    if visit.until is None:
        vi, en = f"{vi}; hãy xử lý hoặc giao lại người khác", f"{en}; deal with it or hand it to somebody else"
    else:
        vi, en = f"{vi}; hãy xem lại nguyên nhân", f"{en}; look into the cause"
    return Text(
        f"'{visit.holder}' chậm bước '{title.vi}' {over.vi} làm việc{vi}",
        f"'{visit.holder}' is behind at step '{title.en}' by {over.en} of work{en}",
    )


def _opinion_text(visit: Visit, life: Life, over: Text) -> Text:
    """A partner is silent past its deadline: that is no consent, and the head of the one-stop unit is told (R45)."""
    title = life.row(visit.step, visit.since).title
    return Text(
        f"cơ quan phối hợp '{visit.holder}' quá hạn bước '{title.vi}' {over.vi} làm việc;"
        " hãy đôn đốc và báo người đứng đầu Bộ phận Một cửa",
        f"partner '{visit.holder}' is past its deadline at step '{title.en}' by {over.en} of work;"
        " urge it and tell the head of the one-stop unit",
    )


def _due_soon(life: Life, calendar: Calendar, at: int, within: int) -> Iterator[Finding]:
    if not within or life.due is None or life.resolved is not None or life.clock_stands or life.overdue(at):
        return
    left = calendar.worked(at, life.due)
    if life.received is not None and left <= within:
        due, time_left = local(life.due), hours(max(0, left))
        promised = life.state.due_current
        vi, en = "", ""
        if promised is not None and promised != life.due:
            vi = f" (đã hẹn lại {day(local(promised))})"
            en = f" (re-appointed for {day(local(promised), 'en')})"
        text = Text(
            f"hồ sơ sắp đến hạn {day(due)} {due:%H:%M}{vi}, còn {time_left.vi} làm việc; hãy đôn đốc",
            f"due soon, {day(due, 'en')} {due:%H:%M}{en}, {time_left.en} of work left; urge the holder",
        )
        yield about(life, "DOS103", "warning", life.state.holder, life.due, text)


def _apology_due(life: Life, calendar: Calendar, at: int) -> Iterator[Finding]:
    """It will be late, and the last working day to say so has come (R49)."""
    if life.due is None or life.apology is not None or day_of(at) < day_of(life.due) - _FARTHEST:
        return
    if not late_ahead(life, calendar, at):
        return
    last = apology_day(life, calendar)
    if last is None or day_of(at) < last:
        return
    due = local(life.due)
    work, left = hours(needed(life.state, calendar, at) or 0), hours(max(0, calendar.worked(at, life.due)))
    todo = _apologise(day_of(at) == last, day_of(at) == due.date(), Text(day(last), day(last, "en")))
    text = Text(
        f"sẽ trễ hạn {day(due)}: các bước còn lại cần {work.vi} làm việc, chỉ còn {left.vi}; {todo.vi}",
        f"will be late on {day(due, 'en')}: the steps left take {work.en} of work, {left.en} are left; {todo.en}",
    )
    since = midnight(last.toordinal())
    yield about(life, "DOS107", "warning", life.state.holder, since, text)


_FARTHEST = timedelta(30)
"""Nobody's days off are longer: before that the last day to apologise can't have come."""


def _apologise(today: bool, expiring: bool, last: Text) -> Text:
    if today:
        return Text(
            f"hôm nay ({last.vi}) là ngày làm việc cuối để gửi thư xin lỗi, hẹn lại",
            f"today ({last.en}) is the last working day to apologise and re-appoint",
        )
    if expiring:
        return Text(
            f"ngày cuối để gửi thư xin lỗi ({last.vi}) đã qua; hãy dồn sức giải quyết trong hôm nay",
            f"the last day to apologise ({last.en}) is past; get it done today",
        )
    return Text(
        f"ngày làm việc cuối để gửi thư xin lỗi ({last.vi}) đã qua; hãy gửi ngay thư xin lỗi, hẹn lại",
        f"the last working day to apologise ({last.en}) is past; apologise and re-appoint at once",
    )


def _uncollected(life: Life, at: int, thresholds: Thresholds) -> Iterator[Finding]:
    """The result waits at the desk: never late, but somebody should remind the applicant (R56)."""
    state = life.state
    if life.resolved is None or not state.row.ready:
        return
    corrected = state.detour is not None and state.detour.corrected
    ready = local(state.since if corrected else life.resolved)
    limit = midnight((ready.date() + timedelta(thresholds.uncollected)).toordinal())
    if at >= limit:
        text = Text(
            f"kết quả có từ {day(ready)}, quá {thresholds.uncollected} ngày chưa ai đến nhận; hãy nhắc người nộp",
            f"the result is there since {day(ready, 'en')}, uncollected for {thresholds.uncollected} days; remind the applicant",
        )
        yield about(life, "DOS108", "info", state.holder, limit, text)


def _wrong_accounts(life: Life, table: Table, now: bool) -> Iterator[Finding]:
    for wrong in life.misroutes:
        if not wrong.why.startswith("DOS") or (wrong.until is None) is not now:
            continue
        row = life.row(wrong.step, wrong.sent_at)
        giver = wrong.wrong if wrong.why == "DOS206" else ""
        found = misroute(table.org, row.table.flow, row, wrong.wrong, giver, wrong.sent_at)
        said = found.message if found else Text("", "")
        vi = f"bước '{row.title.vi}' do '{wrong.sender}' chuyển nhầm"
        en = f"step '{row.title.en}' was misdirected by '{wrong.sender}'"
        todo = (
            Text("; hãy thu hồi hoặc giao lại đúng người", "; recall it or hand it to the right account")
            if now
            else Text("; hãy nhắc người giao", "; remind the sender")
        )
        text = Text(f"{vi}: {said.vi}{todo.vi}", f"{en}: {said.en}{todo.en}")
        yield about(life, wrong.why, "error", wrong.wrong, wrong.sent_at, text)


def _unconfirmed(life: Life, table: Table, calendar: Calendar, at: int) -> Iterator[Finding]:
    since = unconfirmed_since(life, table.org, calendar, at)
    if since is None:
        return
    holder, given, limit = life.state.holder, moment(local(since)), table.org.limits.unconfirmed
    text = Text(
        f"giao '{holder}' từ {given}, quá {limit.shown()} chưa nhận, nghi nhầm tài khoản; hãy hỏi lại hoặc thu hồi",
        f"'{holder}' got it at {given}, unconfirmed for over {limit.shown('en')}: wrong account? ask, or recall it",
    )
    yield about(life, "DOS205", "warning", holder, since, text)


def _misrouted(life: Life, calendar: Calendar, at: int, now: bool) -> Iterator[Finding]:
    for wrong in life.misroutes:
        acted = wrong.found in (BOUNCE, RECALL) or wrong.why in (RETURNED, CORRECTED)
        if acted and (wrong.until is None) is now:
            lost, made_late = wrong.lost_at(calendar, at, life.pauses), made_late_by(wrong, life, calendar, at)
            text = _misrouted_text(wrong, life.row(wrong.step, wrong.sent_at).title, lost, made_late)
            yield about(life, "DOS208", "warning", wrong.wrong, wrong.sent_at, text)


def _misrouted_text(wrong: Misroute, title: Text, lost: int, made_late: bool) -> Text:
    back = _BACK[wrong.found if wrong.found in (BOUNCE, RECALL) else wrong.why]
    late = Text(", làm hồ sơ trễ hạn", ", which made the dossier late") if made_late else Text("", "")
    todo = (
        Text("; hãy giao lại đúng người", "; hand it to the right account")
        if wrong.until is None
        else Text("; hãy rút kinh nghiệm với người giao", "; go over it with the sender")
    )
    cost = Text("không mất giờ làm việc", "no work lost")
    if lost:
        cost = Text(f"mất {hours(lost).vi} làm việc", f"{hours(lost).en} of work lost")
    vi = f"'{wrong.sender}' giao bước '{title.vi}' nhầm cho '{wrong.wrong}', {back.vi}, {cost.vi}"
    en = f"'{wrong.sender}' handed step '{title.en}' to '{wrong.wrong}' by mistake, {back.en}, {cost.en}"
    return Text(vi + late.vi + todo.vi, en + late.en + todo.en)


def _behaved(life: Life, calendar: Calendar, at: int) -> Iterator[Finding]:
    """DOS215, DOS216: misrouted, as far as what people did tells (R122)."""
    for one in records(life, calendar, at):
        title = one.title
        if one.detected_by == PING_PONG:
            text = Text(
                f"'{one.sender}' giao lại bước '{title.vi}' cho '{one.wrong}', rồi lại nhận về, không ai xử lý; hãy hỏi vì sao",
                f"'{one.sender}' passed step '{title.en}' to '{one.wrong}' and got it back unworked; ask why",
            )
            yield about(life, PING_PONG, "warning", one.wrong, one.detected_at, text)
        elif one.detected_by == STRANGER:
            text = Text(
                f"'{one.wrong}' hoàn thành bước '{title.vi}' mà không giữ vị trí làm bước này; hãy kiểm tra lại kết quả",
                f"'{one.wrong}' finished step '{title.en}' without a post for it; look at the result again",
            )
            yield about(life, STRANGER, "warning", one.wrong, one.detected_at, text)


_BACK: Mapping[str, Text] = {
    BOUNCE: Text("bị trả lại", "it was bounced"),
    RECALL: Text("đã thu hồi", "it was recalled"),
    RETURNED: Text("bị trả lại vì nhầm nơi nhận", "it came back as misdirected"),
    CORRECTED: Text("đã giao lại đúng người", "it was handed to the right account"),
}


def _left_alone(life: Life, at: int) -> Iterator[Finding]:
    """Handed over rightly, but the holder has no such post any more, or is on leave and nobody stands in (R128)."""
    state = life.state
    wrongly = bool(life.misroutes) and life.misroutes[-1].until is None
    if wrongly or state.forced or state.row.fits.get(state.holder, ...) is None:
        return
    org, holder, row = state.row.table.org, state.holder, state.row
    found = misroute(org, row.table.flow, row, holder, "", at)
    if found is None:
        return
    if found.code == "DOS207":
        away = next(spell for spell in org.accounts[holder].leave if spell[0] <= day_of(at) <= spell[1])
        text = Text(
            f"'{holder}' nghỉ phép đến hết {day(away[1])}, chưa có ai làm thay, đang giữ bước '{row.title.vi}';"
            " hãy ủy quyền hoặc giao lại người khác",
            f"'{holder}' is on leave until {day(away[1], 'en')} with step '{row.title.en}' and nobody stands in;"
            " delegate it or hand it to somebody else",
        )
        yield about(life, "DOS210", "warning", holder, max(state.since, midnight(away[0].toordinal())), text)
    else:
        text = Text(
            f"{found.message.vi}, đang giữ bước '{row.title.vi}'; hãy giao lại người khác",
            f"{found.message.en} and holds step '{row.title.en}'; hand it to somebody else",
        )
        yield about(life, "DOS209", "error", holder, _gone_since(state, at), text)


def _gone_since(state: State, at: int) -> int:
    """Since when the holder has no post in which he may hold the step: the end of the last one, or the hand-over."""
    account = state.row.fits.get(state.holder)
    ends = [post.until for post in account.posts if post.until and post.until <= day_of(at)] if account else []
    return max([state.since, *(midnight(end.toordinal()) for end in ends)])
