"""Why a dossier is late, as far as its log can tell (R95): what wrong hand-overs cost, who was behind, who had it waiting."""

from __future__ import annotations

from collections.abc import Mapping

from .astray import Misroute, worked
from .calendar import Calendar
from .duedate import verdict
from .life import OFFICIAL, Life, Visit, day_after, visits_at
from .model import LateCause
from .org import Org
from .text import Text

TITLES: Mapping[LateCause, Text] = {
    "legal_unclear": Text("quy định chưa rõ, chồng chéo", "unclear or conflicting law"),
    "coordination_delay": Text("cơ quan phối hợp chậm", "coordination delay"),
    "officer_fault": Text("cán bộ xử lý chậm, sai sót", "officer's fault"),
    "system_fault": Text("lỗi hệ thống", "system fault"),
    "applicant_late": Text("người nộp bổ sung chậm", "late supplement of the applicant"),
    "overload": Text("quá tải, thiếu người", "overload, lack of staff"),
    "force_majeure": Text("bất khả kháng", "force majeure"),
    "misrouted_account": Text("chuyển nhầm tài khoản", "handed to a wrong account"),
    "other": Text("lý do khác", "other"),
}
"""Why a dossier is late, in words (R95)."""


def unconfirmed_since(life: Life, org: Org, calendar: Calendar, at: int) -> int | None:
    """Since when a hand-over waits unconfirmed for longer than the agency's limit (R122); None when none does."""
    limit = unconfirmed_limit(life, org, calendar)
    return None if limit is None or at <= limit else _given(life)


def unconfirmed_limit(life: Life, org: Org, calendar: Calendar) -> int | None:
    """Until when the hand-over that waits unconfirmed may wait (R122); None when none waits."""
    state = life.state
    if state.ended or state.confirmed:
        return None
    return calendar.due_instant(_given(life), org.limits.unconfirmed, (), "minutes")


def _given(life: Life) -> int:
    """When it was handed to who has it."""
    last = life.misroutes[-1] if life.misroutes else None
    return life.visits[-1].since if last is None or last.until is not None else last.sent_at


def saved_by_right_routing(life: Life, calendar: Calendar, at: int) -> bool:
    """Whether a late dossier would be in time without the working time it lost in wrong accounts."""
    if life.due is None:
        return False
    end = at if life.resolved is None else life.resolved
    lost = _lost_since(life, calendar, _clock_start(life), end)
    return lost > 0 and calendar.worked(day_after(life.due), end) <= lost


def made_late_by(wrong: Misroute, life: Life, calendar: Calendar, at: int) -> bool:
    """Whether a dossier is late, would be in time without what it lost in wrong accounts, and lost some of it in this one."""
    cost = wrong.counts and (wrong.until is None or wrong.lost > 0)
    return cost and life.is_late(at) and saved_by_right_routing(life, calendar, at)


def late_cause(life: Life, calendar: Calendar, at: int) -> LateCause:
    """Why a late dossier is late, as far as its log can tell (R95); see `blamed`."""
    return blamed(life, calendar, at)[0]


def blamed(life: Life, calendar: Calendar, at: int) -> tuple[LateCause, str]:
    """Why a late dossier is late, as far as its log can tell (R95), and whose time it was, "" for nobody's.

    misrouted_account: in time but for the time lost in wrong accounts. Else the visit with the largest overrun tells:
    coordination_delay when a partner's, overload when an agency officer's who had it waiting for half the time or more
    before he took it up, else officer_fault; other when no step was overrun. An unclear law, a fault of the system, an
    applicant's delay or force majeure leave no trace in a log: a person would have to say so, and they stay 0.
    """
    if saved_by_right_routing(life, calendar, at):
        return "misrouted_account", max(
            life.misroutes, key=lambda wrong: wrong.lost_at(calendar, at, life.pauses)
        ).sender
    end = at if life.resolved is None else life.resolved
    start = _clock_start(life)
    worst, most = None, 0
    for visit in visits_at(life, calendar, end):
        if visit.charged in OFFICIAL and start <= visit.since < end:
            overrun = visit.overrun(calendar, end)
            worst, most = (visit, overrun) if overrun > most else (worst, most)
    if worst is None:
        return "other", ""
    if worst.charged == "partner":
        return "coordination_delay", worst.holder
    return ("overload" if _waited(worst, life, calendar, end) else "officer_fault"), worst.holder


def _waited(visit: Visit, life: Life, calendar: Calendar, at: int) -> bool:
    """Whether half of a visit's time or more went by before it was taken up, as far as a confirmation tells."""
    if visit.confirmed_at is not None and visit.confirmed_at == visit.until:
        return False
    until = at if visit.until is None else visit.until
    taken = until if visit.confirmed_at is None else visit.confirmed_at
    waited, whole = (worked(calendar, visit.since, edge, life.pauses) for edge in (taken, until))
    return 2 * waited >= whole


def _clock_start(life: Life) -> int:
    """Since when the term runs: receipt, or the last hand-in that began it afresh (R43), asked in time (R129)."""
    start = life.submitted if life.received is None else life.received
    for asked, back, policy in life.stops:
        if policy == "restart" and back is not None and life.due is not None and verdict(asked, life.due) != "late":
            start = back
    return start


def _lost_since(life: Life, calendar: Calendar, start: int, end: int) -> int:
    lost = 0
    for wrong in life.misroutes:
        if wrong.counts and (wrong.until is None or (wrong.lost and wrong.until > start)):
            until = end if wrong.until is None else min(wrong.until, end)
            lost += worked(calendar, max(wrong.sent_at, start), until, life.pauses)
    return lost
