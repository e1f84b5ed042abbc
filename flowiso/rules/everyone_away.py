"""On some working days nobody is there to hold a step: all who may are on leave, gone, or not there yet, and nobody stands in.

Why this is bad: the clock runs on while the dossier lies at a desk where nobody sits; whoever is handed it is the wrong
account (our design, R62, R121). The place is the account whose absence closes the gap; days before the check are over
and not told.

Bad:

    _org: {accounts: {van-thu-so.1: {leave: [[2022-07-04, 2022-07-08]]}}}

Good:

    _org: {accounts: {van-thu-so.1: {leave: [[2022-07-02, 2022-07-03]]}}}
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, timedelta

from flowiso.calendar import Calendar
from flowiso.errors import CalendarUnknown
from flowiso.model import Account, Finding, Flow, Level, Place
from flowiso.org import Org, present, stand_ins
from flowiso.text import Text

from .context import Context

CODE = "FLW702"
NAME = "everyone-away"
LEVEL: Level = "warning"
SUMMARY = Text(
    "Có ngày làm việc mà mọi người giữ được một bước đều nghỉ hoặc đã thôi việc.",
    "On some working days all who may hold a step are on leave or gone.",
)
WHY = (
    "Đồng hồ vẫn chạy trong khi hồ sơ nằm ở bàn không có người; giao cho ai lúc đó cũng là nhầm tài khoản (quy ước của "
    "FlowISO, R62, R121). Lỗi ghi ở tài khoản mà nếu người đó có mặt thì không còn ngày nào trống; những ngày trước "
    "ngày kiểm tra đã qua nên không báo."
)
_LONGEST_REST = 14
"""Days; no run of days off is as long."""
_DAY = timedelta(days=1)


def check(flows: Sequence[Flow], context: Context) -> Iterator[Finding]:
    """Report each role in each place it sits, once per spell without anybody; a role without accounts is FLW303."""
    org = context.org
    for (by, seat), users in _seats(flows, org).items():
        holders = org.holders(by, users[0])
        if not holders or any(_always(account) for account in holders.values()):
            continue
        steps = [(flow.code, step.id) for flow in users for step in flow.steps if step.by == by]
        there = [*holders.values(), *stand_ins(org, holders, steps)]
        begins = max(min(flow.effective for flow in users), context.today or date.min)
        ends = max(flow.effective_to or date.max for flow in users)
        for first, end in _spells(there, begins, ends):
            hit = [flow for flow in users if flow.effective < end and first < (flow.effective_to or date.max)]
            if hit and _working(first, end, context.calendar):
                yield _finding(org, (by, seat), hit, _closing(holders.values(), first), (first, end))


def _seats(flows: Iterable[Flow], org: Org) -> dict[tuple[str, str], list[Flow]]:
    """The flows by the roles that must hold their steps, and where those sit."""
    found: dict[tuple[str, str], list[Flow]] = {}
    for flow in flows:
        for by in {step.by: None for step in flow.steps} if flow.effective else ():
            role = org.role(by)
            if role and role.party in ("agency", "partner"):
                found.setdefault((by, org.seat(by, flow)), []).append(flow)
    return found


def _always(account: Account) -> bool:
    return not (account.since or account.until or account.leave)


def _spells(holders: Collection[Account], begins: date, ends: date) -> Iterator[tuple[date, date]]:
    """The spells [first, end) within [begins, ends) in which no holder is present; only edges of absences are looked at."""
    edges = {edge for account in holders for edge in _edges(account) if begins < edge < ends}
    first: date | None = None
    for day in [begins, *sorted(edges)] if begins < ends else []:
        if any(present(account, day) for account in holders):
            if first:
                yield first, day
            first = None
        else:
            first = first or day
    if first:
        yield first, ends


def _edges(account: Account) -> Iterator[date]:
    """The days on which the account may come or go."""
    yield from (day for post in account.posts for day in (post.since, post.until) if day)
    for first, last in account.leave:
        yield first
        if last < date.max:
            yield last + _DAY


def _working(first: date, end: date, calendar: Calendar | None) -> bool:
    """Whether there is a working day in [first, end); beyond what the calendar knows, Monday to Friday."""
    days = min((end - first).days, _LONGEST_REST)
    return any(_works(first + number * _DAY, calendar) for number in range(days))


def _works(day: date, calendar: Calendar | None) -> bool:
    try:
        return calendar.is_working_day(day) if calendar else day.weekday() < 5
    except CalendarUnknown:
        return day.weekday() < 5


def _closing(holders: Collection[Account], first: date) -> Account:
    """The holder who was the last to go by a day."""

    def gone(account: Account) -> date:
        left = (*(post.until for post in account.posts), *(start for start, _ in account.leave))
        return max((day for day in left if day and day <= first), default=date.min)

    return max(holders, key=gone)


def _finding(
    org: Org, chair: tuple[str, str], flows: Sequence[Flow], account: Account, spell: tuple[date, date]
) -> Finding:
    (by, seat), (first, end) = chair, spell
    title, at = (role.title if (role := org.role(by)) else Text(by, by)), org.seat_title(seat)
    steps = sum(step.by == by for flow in flows for step in flow.steps)
    where = Text(f" ({at.vi})", f" ({at.en})") if at else Text("", "")
    last = end - _DAY
    until = Text(f" đến {last:%d/%m/%Y}", f" to {last}") if end < date.max else Text(" trở đi", " on")
    text = Text(
        f"không còn ai có vai trò '{title.vi}'{where.vi} từ {first:%d/%m/%Y}{until.vi}, trong khi {len(flows)} lưu đồ"
        f" có {steps} bước cần; hãy giao thêm người vai trò này, ủy quyền, hoặc đổi ngày nghỉ",
        f"nobody is there as '{title.en}'{where.en} from {first}{until.en}, while {len(flows)} flows have {steps} steps"
        " that need one; give the role to somebody else, delegate, or change the dates",
    )
    return Finding(CODE, NAME, LEVEL, text, org.file, *org.places.get(f"accounts.{account.id}", Place(1, 1)))
