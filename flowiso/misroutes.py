"""The record of every misroute, with all that its log can tell (R122-R124). Pure: lives and a moment in, records out.

A hand-over that was refused (R121) leaves no line in a log, so there is no record of it; neither of one that a leader
insisted on in writing, which is finding DOS211. What was suspected and then worked on by who had it was none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, NamedTuple

from .astray import RETURNED, Misroute, worked
from .calendar import Calendar
from .causes import made_late_by, unconfirmed_since
from .handling import Handling, Nonconformity, handled
from .life import Life, Visit
from .lights import USUAL, Thresholds, ignored
from .machine import Row
from .model import CORRECT, FAULT, SYSTEM, MisrouteCause
from .org import Org
from .routing import fitting, misroute
from .supervisors import over
from .text import Text
from .worktime import day_of

Status = Literal["suspected", "confirmed"]
CAUSES: Mapping[MisrouteCause, Text] = {
    "wrong_person": Text("nhầm người", "wrong person"),
    "wrong_division": Text("nhầm phòng", "wrong division"),
    "stale_account": Text("tài khoản đã đóng hoặc đã chuyển công tác", "account closed or transferred"),
    "delegation_missing": Text("nghỉ mà chưa ủy quyền", "on leave without a stand-in"),
    "flow_definition_error": Text("lưu đồ không có người khác để giao", "the flow leaves nobody else"),
    "system": Text("hệ thống giao", "handed on by the system"),
}
"""Why it went wrong, as far as a log can tell."""

STATUSES: Mapping[Status, Text] = {
    "suspected": Text("nghi nhầm", "suspected"),
    "confirmed": Text("đã xác nhận", "confirmed"),
}
UNCONFIRMED, PING_PONG, STRANGER = "DOS205", "DOS215", "DOS216"


class Record(NamedTuple):
    """One misroute (R123): `sender` handed `step` of a dossier to `wrong` at `sent_at`. Lengths are working seconds.

    `detected_at` is the first moment at which it could be known, `detected_by` the code of the rule that told, or the
    account that acted on it. `confirmed_by` bounced, recalled, sent back or reassigned it at `confirmed_at` by the verb or
    arrow `verb`, on that `line` of the log; None while it is only suspected. `right` got it at `corrected_at`, the end of the
    chain when it went on to further wrong accounts. `over_at` is when it left `wrong`, None while it is there. `lost` is charged
    to the sender (R124), `kept` is what `wrong` had it knowingly; of what is suspected by behaviour alone nothing is charged, and
    `waited` tells how long it lay unopened; none of them counts a leader's pause (R59). `supervisor` heads the sender's
    `division`; `alert_ignored`: the warning about the dossier was not acted on while it lay there (DOS214). `action_line` is
    the line with the corrective action (`fault`, R130).
    """

    dossier: str
    code: str
    step: str
    title: Text
    sender: str
    wrong: str
    sent_at: int
    cause: MisrouteCause
    division: str
    supervisor: str
    detected_at: int
    detected_by: str
    confirmed_at: int | None = None
    confirmed_by: str = ""
    verb: str = ""
    line: int | None = None
    right: str | None = None
    corrected_at: int | None = None
    over_at: int | None = None
    lost: int = 0
    kept: int = 0
    waited: int = 0
    made_late: bool = False
    status: Status = "suspected"
    alert_ignored: bool = False
    action_line: int | None = None

    @property
    def known_at(self) -> int:
        """The moment that puts it into a period: when it was confirmed, unless a rule told at once (R121)."""
        by_rule = self.detected_by.startswith("DOS") and self.detected_at == self.sent_at
        return self.detected_at if by_rule or self.confirmed_at is None else self.confirmed_at


def records(life: Life, calendar: Calendar, at: int, thresholds: Thresholds = USUAL) -> tuple[Record, ...]:
    """The misroutes of a dossier as they stand at `at`, not before its last line, in the order in which they were sent."""
    if not life.misroutes and not life.strangers and _calm(life):
        return ()
    book = _Book(life, calendar, at, thresholds)
    found = [*book.handed_wrongly(), *book.strangers(), *book.ping_pongs(), *book.unopened(), *book.waiting()]
    return tuple(sorted(found, key=lambda one: (one.sent_at, one.detected_at)))


def _calm(life: Life) -> bool:
    """Whether nothing can be suspected: nobody has it unconfirmed, and no step was had by two in a row."""
    told = all(one.step != two.step for one, two in zip(life.visits, life.visits[1:], strict=False))
    return told and (life.state.ended or life.state.confirmed)


class _Book:
    """Writes the records of one life."""

    def __init__(self, life: Life, calendar: Calendar, at: int, thresholds: Thresholds) -> None:
        self.life, self.calendar, self.at = life, calendar, at
        self.table = life.state.row.table
        self.org: Org = self.table.org
        self.ignored = ignored(life, calendar, at, thresholds)
        self.handling = _handlings(life)

    def handed_wrongly(self) -> Iterator[Record]:
        """What the life tells as misroutes: of accounts that may not hold the step, and what people said (R121, R122)."""
        for index, wrong in enumerate(self.life.misroutes):
            right, corrected = self._righted(index)
            told_at, told_by = self._first_told(wrong)
            until = self.at if wrong.until is None else wrong.until
            found = until if wrong.detected_at is None else wrong.detected_at
            opened = found if wrong.opened_at is None else min(wrong.opened_at, found)
            lost = wrong.lost_at(self.calendar, self.at, self.life.pauses)
            done = self.handling.get(wrong, _UNTOUCHED)
            suspected = self._suspicion(wrong.step, wrong.sender, wrong.wrong, wrong.sent_at, told_at, told_by)
            yield suspected._replace(
                confirmed_at=wrong.detected_at,
                confirmed_by=wrong.finder,
                verb=wrong.found,
                line=wrong.line,
                right=right,
                corrected_at=corrected,
                over_at=wrong.until,
                lost=lost,
                kept=self._worked(opened, found) if wrong.counts else 0,
                waited=self._worked(wrong.sent_at, opened),
                made_late=made_late_by(wrong, self.life, self.calendar, self.at),
                cause=_said_cause(done) or self._cause(wrong, right),
                action_line=done.lines[-1].seq if done.lines else None,
                status="confirmed" if wrong.confirmed else "suspected",
            )

    def _righted(self, index: int) -> tuple[str | None, int | None]:
        """Who got it in the end, and when: of a chain of wrong accounts the one at its end."""
        wrong = self.life.misroutes[index]
        for later in self.life.misroutes[index + 1 :]:
            if later.sent_at == wrong.corrected_at and later.step == wrong.step and later.wrong == wrong.right:
                wrong = later
        if wrong.why == RETURNED and wrong.detected_at is not None:
            since = wrong.detected_at
            again = next((one for one in self.life.visits if one.step == wrong.step and one.since >= since), None)
            return (again.holder, again.since) if again else (None, None)
        return wrong.right, wrong.corrected_at

    def _first_told(self, wrong: Misroute) -> tuple[int, str]:
        """The first moment at which it could be known, and the rule or the account that told."""
        if wrong.structural:
            return wrong.sent_at, wrong.why
        assert wrong.detected_at is not None
        limit = self._limit(wrong.sent_at)
        opened = wrong.detected_at if wrong.opened_at is None else wrong.opened_at
        if min(opened, wrong.detected_at) > limit:
            return limit, UNCONFIRMED
        return wrong.detected_at, wrong.finder

    def strangers(self) -> Iterator[Record]:
        """Steps finished by who may not hold them (R122)."""
        for one in self.life.strangers:
            gone = one.actor == one.holder
            sender = one.sender if gone else one.holder
            row = self.life.row(one.step, one.since)
            found = self._suspicion(one.step, sender, one.actor, one.since, one.at, STRANGER)
            cause = _structural_cause(self.org, row, one.actor, one.code)
            yield found._replace(right=None if gone else one.holder, over_at=one.at, cause=cause)

    def ping_pongs(self) -> Iterator[Record]:
        """A gives it to B, and B back to A, without work (R122)."""
        visits = self.life.visits
        for first, middle, last in zip(visits, visits[1:], visits[2:], strict=False):
            apart = middle.holder != first.holder == last.holder == middle.sender
            if apart and self._passed_on(first, middle) and self._passed_on(middle, last):
                waited = self._worked(middle.since, middle.confirmed_at or last.since)
                yield self._passed(middle, last, last.since, PING_PONG, waited)

    def unopened(self) -> Iterator[Record]:
        """Not confirmed within the limit, and then given to somebody else, though who had it was there (R122)."""
        for one, after in zip(self.life.visits, self.life.visits[1:], strict=False):
            if one.confirmed_at is not None or one.holder == after.holder or not self._passed_on(one, after):
                continue
            limit, row = self._limit(one.since), self.life.row(one.step, one.since)
            there = misroute(self.org, row.table.flow, row, one.holder, "", after.since) is None  # else R128
            if there and after.since > limit:
                yield self._passed(one, after, limit, UNCONFIRMED, self._worked(one.since, after.since))

    def _passed(self, one: Visit, after: Visit, told_at: int, rule: str, waited: int) -> Record:
        found = self._suspicion(one.step, one.sender, one.holder, one.since, told_at, rule)
        return found._replace(right=after.holder, corrected_at=after.since, over_at=after.since, waited=waited)

    def _passed_on(self, one: Visit, after: Visit) -> bool:
        """Whether the next stay is at the same step, and no arrow of the flow lies between."""
        if one.step != after.step or one.until != after.since:
            return False
        row = self.life.row(one.step, one.since)
        return all(arc.row is not row for arc in row.arcs.values())

    def waiting(self) -> Iterator[Record]:
        """A hand-over that waits unconfirmed for too long now (R122)."""
        state = self.life.state
        since = unconfirmed_since(self.life, self.org, self.calendar, self.at)
        lasting = self.life.misroutes and self.life.misroutes[-1].until is None
        if since is not None and not lasting:
            args = state.row.id, state.sender, state.holder, since, self._limit(since), UNCONFIRMED
            yield self._suspicion(*args)._replace(waited=self._worked(since, self.at))

    def _suspicion(self, step: str, sender: str, wrong: str, sent_at: int, told_at: int, rule: str) -> Record:
        """A record as it stands when nothing more is known: nothing is charged to anybody."""
        row = self.life.row(step, sent_at)
        return Record(
            dossier=self.life.case.number,
            code=self.life.case.code,
            step=step,
            title=row.title,
            sender=sender,
            wrong=wrong,
            sent_at=sent_at,
            cause=_people_cause(self.org, row, sender, wrong, sent_at),
            division=self.org.division(sender, day_of(sent_at)),
            supervisor=self._supervisor(sender, sent_at),
            detected_at=told_at,
            detected_by=rule,
            alert_ignored=self.ignored is not None and self.ignored.holder == wrong and sent_at <= self.ignored.warned,
        )

    def _supervisor(self, sender: str, at: int) -> str:
        """The head of the sender's division on that day; of a head's or leader's own a leader, "" where nobody is over him."""
        return next(iter(over(self.table, sender, day_of(at))), "")

    def _cause(self, wrong: Misroute, right: str | None) -> MisrouteCause:
        row = self.life.row(wrong.step, wrong.sent_at)
        if wrong.structural:
            return _structural_cause(self.org, row, wrong.wrong, wrong.why)
        if wrong.why == RETURNED:
            return "wrong_person" if right not in (None, wrong.wrong) else "wrong_division"
        return _people_cause(self.org, row, wrong.sender, wrong.wrong, wrong.sent_at)

    def _limit(self, sent_at: int) -> int:
        return self.calendar.due_instant(sent_at, self.org.limits.unconfirmed, (), "minutes")

    def _worked(self, since: int, until: int) -> int:
        return worked(self.calendar, since, until, self.life.pauses)


def certain(life: Life) -> Iterator[tuple[Misroute, int]]:
    """The misroutes that open a nonconformity, each with the moment at which it was over and couldn't prove right any more."""
    for wrong in life.misroutes:
        since = _certain_since(life, wrong) if wrong.confirmed else None
        if since is not None:
            yield wrong, since


def _certain_since(life: Life, wrong: Misroute) -> int | None:
    """When it was over; of what an arrow sent back, when somebody else got it, or nobody could any more (R53, R123)."""
    over = wrong.until
    if wrong.why != RETURNED or over is None:
        return over
    told = [one.since for one in life.visits if one.step == wrong.step and one.since >= over]
    told += [one.sent_at for one in life.misroutes if one.step == wrong.step and one.sent_at >= over]
    told += [act.at for act in life.acts if act.action == CORRECT and act.seq > (wrong.line or 0)]
    told += [end for end in life.ends if end >= over]
    return min(told, default=None)


_UNTOUCHED = Handling()


def _handlings(life: Life) -> dict[Misroute, Handling]:
    """What was done about each of them (R130)."""
    if not any(act.action == FAULT for act in life.acts):
        return {}
    blank = Nonconformity(life.case.number, life.case.code, "misroute", None, 0, "", None, Text("", ""))
    found = sorted(certain(life), key=lambda one: (one[1], one[0].line or 0))
    opened = (blank._replace(line=wrong.line, opened_at=since) for wrong, since in found)
    return {wrong: one.handling for (wrong, _), one in zip(found, handled(opened, life.acts), strict=True)}


def _said_cause(done: Handling) -> MisrouteCause | None:
    """The cause that people found, where it is one of these words."""
    return next((cause for cause in CAUSES if cause == done.cause), None)


def _structural_cause(org: Org, row: Row, account: str, code: str) -> MisrouteCause:
    """Why an account may not hold a step: another post of its owner's that would do makes it a stale account."""
    if code == "DOS200":
        return "system"
    if code == "DOS207":
        return "delegation_missing"
    if code == "DOS201" or (code in ("DOS202", "DOS203") and row.fits.get(account) is not None):
        return "stale_account"
    return "wrong_division" if code == "DOS203" else "wrong_person"


def _people_cause(org: Org, row: Row, sender: str, wrong: str, at: int) -> MisrouteCause:
    """Why an account that may hold a step got it wrongly: the system chose it, nobody else could be chosen, or a slip."""
    if sender == SYSTEM:
        return "system"
    others = [one.id for one in fitting(org, row, "", at) if one.id != wrong]
    return "wrong_person" if others else "flow_definition_error"


def every(lives: Iterable[Life], calendar: Calendar, at: int) -> tuple[Record, ...]:
    """The records of many dossiers, the latest first."""
    found = [one for life in lives for one in records(life, calendar, at)]
    return tuple(sorted(found, key=lambda one: (-one.sent_at, one.dossier)))


By = Literal["sender", "division", "cause"]


class Pile(NamedTuple):
    """The records of one sender, division or cause: how many are confirmed and suspected, what they cost, whom they made late."""

    key: str
    records: tuple[Record, ...]

    @property
    def confirmed(self) -> int:
        """How many are confirmed."""
        return sum(one.status == "confirmed" for one in self.records)

    @property
    def suspected(self) -> int:
        """How many are only suspected."""
        return len(self.records) - self.confirmed

    @property
    def lost(self) -> int:
        """Working seconds charged to their senders, the whole minutes of each as reports add them up (R124)."""
        return sum(one.lost // 60 for one in self.records) * 60

    @property
    def made_late(self) -> int:
        """How many dossiers are late, and would not be without them."""
        return len({one.dossier for one in self.records if one.made_late})


def piles(found: Iterable[Record], by: By) -> tuple[Pile, ...]:
    """Records by sender, division of the sender or cause, the dearest first."""
    groups: dict[str, list[Record]] = {}
    for one in found:
        groups.setdefault({"sender": one.sender, "division": one.division, "cause": one.cause}[by], []).append(one)
    made = (Pile(key, tuple(inside)) for key, inside in groups.items())
    return tuple(sorted(made, key=lambda pile: (-pile.lost, -len(pile.records), pile.key)))


def within(found: Iterable[Record], start: int, end: int) -> tuple[Record, ...]:
    """The records that belong to a period, by the moment at which they were known (R92)."""
    return tuple(one for one in found if start <= one.known_at <= end)
