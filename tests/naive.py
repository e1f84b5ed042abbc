"""A dossier's time counted the long way, from its lines, the flow and the domain's rules: what the ledger is held against.

Nothing here comes from the working time, due dates, states or lives of the engine. Days off are read from a table of their own
(`data/vn_holidays.csv`), days are counted one by one, and who had a dossier is read off its lines.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import Any, NamedTuple

from flowiso.model import Flow, Move, Step, Transition
from flowiso.org import Org
from flowiso.term import Term

VIETNAM = timezone(timedelta(hours=7))
EPOCH = date(1970, 1, 1).toordinal()
SESSIONS = ((time(7, 30), time(11, 30)), (time(13), time(17)))  # R77
HAND_OVERS = ("recall", "bounce", "reassign", "receive")
ASKING = ("supplement", "fee", "repair")


# --- time (R70-R72, R75, R79-R81)


@cache
def special_days() -> dict[date, str]:
    """Days off and worked Saturdays."""
    with (Path(__file__).parent / "data" / "vn_holidays.csv").open(encoding="utf-8") as file:
        return {date.fromisoformat(row["date"]): row["kind"] for row in csv.DictReader(file)}


@cache
def works(day: date) -> bool:
    """R71: neither a weekend nor a day off, unless it is a worked Saturday."""
    kind = special_days().get(day)
    return kind == "swap_work" if kind else day.weekday() < 5


def day_of(at: int) -> date:
    """The day in Vietnam."""
    return date.fromordinal(EPOCH + (at + 7 * 3600) // 86400)


@cache
def sessions(day: date) -> tuple[tuple[int, int], ...]:
    """The working sessions of a day as moments."""
    if not works(day):
        return ()
    return tuple(
        tuple(int(datetime.combine(day, edge, VIETNAM).timestamp()) for edge in edges)  # type: ignore[misc]
        for edges in SESSIONS
    )


@cache
def whole_day(number: int) -> int:
    """The working seconds of a day, by its number."""
    return sum(closes - opens for opens, closes in sessions(date.fromordinal(number)))


def worked(since: int, until: int) -> int:
    """Working seconds, day by day."""
    first, last = day_of(since), day_of(until)
    edges = {first, last}
    total = sum(max(0, min(closes, until) - max(opens, since)) for day in edges for opens, closes in sessions(day))
    return total + sum(whole_day(number) for number in range(first.toordinal() + 1, last.toordinal()))


def next_working(day: date) -> date:
    """The day itself, or the next one that is worked."""
    while not works(day):
        day += timedelta(1)
    return day


def last_day(start: int, term: Term, paused: int) -> date:
    """The day a term ends on (R70), with `paused` added: working seconds, of a `d` term calendar days (R75)."""
    day, amount = day_of(start), int(term.amount)
    if term.unit == "d":
        return next_working(day + timedelta(amount + paused))
    assert term.unit == "wd", term
    for _ in range(amount):
        day = next_working(day + timedelta(1))
    while paused > 0:
        day = next_working(day + timedelta(1))
        paused -= sum(closes - opens for opens, closes in sessions(day))
    return day


@dataclass
class Clock:
    """The legal clock of a dossier: the day it is due, what every stop and every new term makes of it."""

    start: int
    term: Term | None
    stops: list[tuple[int, int]]

    @property
    def due(self) -> date | None:
        """The day it is due, recomputed from the stops (R75); one asked after it moves nothing (R129)."""
        if self.term is None:
            return None
        paused, due = 0, last_day(self.start, self.term, 0)
        for asked, back in self.stops:
            if day_of(asked) <= due:
                days = (day_of(back) - day_of(asked)).days
                paused += days if self.term.unit == "d" else worked(asked, back)
                due = last_day(self.start, self.term, paused)
        return due

    def late(self, at: int) -> bool:
        """Whether the due day is over (R72)."""
        due = self.due
        return due is not None and day_of(at) > due

    def stopped(self, asked: int, back: int, policy: str) -> None:
        """What a stop does: nothing, a new full term (R43), or the time waited is given back (R75)."""
        if policy == "none" or self.late(asked):
            return
        if policy == "restart":
            self.start, self.stops = back, []
        else:
            self.stops.append((asked, back))

    def extended(self, at: int, term: Term) -> None:
        """A new term from the clock's start; it doesn't heal what is late (R129)."""
        if not self.late(at):
            self.term = term


# --- who had it


@dataclass
class Stay:
    """From one hand-over to the next: who had it where, who gave it, when it was opened, how and by whom it ended."""

    step: str
    holder: str
    sender: str
    since: int
    begun: str
    forced: bool = False
    until: int = 0
    opened: int | None = None
    ending: str = ""
    by: str = ""
    blamed: bool = False


Stretch = tuple[int, int, str, str, str, str]
"""Since, until, kind, account, and the account and step it is charged to."""


class Account(NamedTuple):
    """What came out; `due` is the day it is due, `last` the moment it ended or was looked at."""

    received: int | None
    resolved: int | None
    last: int
    stretches: list[Stretch]
    due: date | None
    verdict: str | None


class Reader:
    """One flow of one agency, ready to read logs."""

    def __init__(self, flow: Flow, org: Org) -> None:
        self.flow, self.org = flow, org
        self.steps = {step.id: step for step in flow.steps}
        self.arrows = {(step.id, arrow.action): arrow for step in flow.steps for arrow in flow.arrows(step)}
        self.ends: dict[str, str] = {end.id: end.kind for end in flow.ends}
        self.ends = {"stop": "stopped", "withdraw": "withdrawn"} | self.ends

    def party(self, step: str) -> str:
        """Whose time a step's is."""
        found = self.steps[step]
        return found.charged_to or self.org.roles[found.by].party

    def signed_for(self, step: str) -> bool:
        """Whether its holders confirm hand-overs themselves."""
        role = self.org.roles[self.steps[step].by]
        return role.party in ("agency", "partner") and not role.recorded_by

    def may_hold(self, account_id: str, step: Step, at: int) -> bool:
        """R121: the right role, the right division, there on the day."""
        account, on = self.org.accounts[account_id], day_of(at)
        sits = self.org.roles[step.by].sits
        seat = self.flow.division if sits == "own" else sits
        there = (account.since is None or account.since <= on) and (account.until is None or on < account.until)
        away = any(first <= on <= last for first, last in account.leave)
        return step.by in account.roles and seat in ("", account.division) and there and not away

    def read(self, moves: Sequence[Move], at: int) -> Account:
        """A dossier's account from its lines, at a moment."""
        log = _Log(self, at)
        for move in moves:
            log.add(move)
        return log.account()


class _Log:
    """The lines read so far."""

    def __init__(self, reader: Reader, at: int) -> None:
        self.reader, self.at = reader, at
        self.stays: list[Stay] = []
        self.rests: list[tuple[int, int]] = []
        self.pauses: list[tuple[int, int]] = []
        self.step = ""
        self.received: int | None = None
        self.resolved: int | None = None
        self.ended: int | None = None
        self.clock = Clock(0, None, [])
        self.policy = "pause"
        self.asked: int | None = None
        self.paused: int | None = None
        self.corrected = self.was_late = False

    def add(self, move: Move) -> None:
        """One more line."""
        arrow = self.reader.arrows.get((self.step, move.action))
        if move.action in ("submit", "receive") and not self.stays:
            self.begin(move)
        elif arrow is not None:
            self.take(arrow, move)
        elif self.ended is None:
            self.verb(move)
        elif move.action == "correct":
            self.rests.append((self.ended, move.at))
            self.ended, self.corrected = None, True
            self.arrive(move)

    def begin(self, move: Move) -> None:
        self.arrive(move)
        self.stays[-1].opened = move.at
        if move.action == "receive":
            self.receive(move)

    def arrive(self, move: Move) -> None:
        """Somebody has it now."""
        self.step = move.step
        forced = "forced" in (move.record or {})
        self.stays.append(Stay(move.step, move.holder, move.actor, move.at, move.action, forced))

    def leave(self, move: Move) -> None:
        """Who had it hasn't any longer; whoever moves it may say that it had come to the wrong place (R122)."""
        stay = self.stays[-1]
        stay.until, stay.ending, stay.by = move.at, move.action, move.actor
        arrow = self.reader.arrows.get((stay.step, move.action))
        says = arrow.misroute if arrow else move.action == "reassign" and (move.record or {}).get("of") == "misroute"
        stay.blamed = (
            says and stay.sender not in ("", stay.holder, "nguoi-nop") and stay.begun not in ("submit", "receive")
        )

    def receive(self, move: Move) -> None:
        self.received = move.at
        self.clock = Clock(move.at, self.reader.flow.deadline, [])

    def take(self, arrow: Transition, move: Move) -> None:
        flow = self.reader.flow
        self.leave(move)
        self.run(move.at)
        if arrow.kind in ASKING:
            self.policy = arrow.policy or (flow.clock_policy if arrow.kind == "supplement" else "pause")
        if arrow.deadline is not None and self.received is not None and self.resolved is None:
            self.clock.extended(move.at, arrow.deadline)
        self.come_to(move)
        step = self.reader.steps.get(move.step)
        if step is not None and step.clock == "stopped":
            self.asked = move.at

    def come_to(self, move: Move) -> None:
        """At a step, or at an end."""
        if move.step in self.reader.ends:
            self.step, self.ended = move.step, move.at
        else:
            self.arrive(move)
        if self.resolved is None and (self.ended is not None or self.reader.steps[move.step].ready):
            self.resolved = move.at

    def run(self, at: int) -> None:
        """The clock runs again; once there was a result nothing moves the due day any more (R53, R129).

        What was asked is answered with that: a stop that no arrow asked for then is a pause, as from a correction on.
        """
        if self.asked is not None:
            if self.resolved is None:
                self.clock.stopped(self.asked, at, self.policy)
            self.policy = "pause"
        if self.paused is not None:
            self.clock.stopped(self.paused, at, "pause")
            self.pauses.append((self.paused, at))
        self.asked = self.paused = None

    def verb(self, move: Move) -> None:
        if move.action == "confirm":
            self.stays[-1].opened = move.at
        elif move.action in HAND_OVERS:
            self.hand_over(move)
        elif move.action == "pause":
            self.paused = move.at
        elif move.action == "resume":
            self.run(move.at)
        elif move.action in ("stop", "withdraw"):
            self.leave(move)
            self.run(move.at)
            self.come_to(move)
        elif move.action == "correct":
            self.leave(move)
            self.arrive(move)
        self.corrected = self.corrected or (move.action == "correct" and self.resolved is not None)

    def hand_over(self, move: Move) -> None:
        self.leave(move)
        self.arrive(move)
        ready = self.reader.steps[move.step].ready
        if move.action == "receive":
            self.receive(move)
        elif move.action == "reassign" and ready and self.resolved is None:
            self.resolved = move.at
        elif move.action in ("recall", "bounce"):
            self.stays[-1].sender = ""
            if ready and not self.corrected:
                due, had = self.clock.due, self.resolved
                self.was_late = self.was_late or (due is not None and had is not None and day_of(had) > due)
                self.resolved = None

    # --- the reckoning

    def account(self) -> Account:
        last = self.at if self.ended is None else self.ended
        if self.ended is None:
            self.stays[-1].until = last
        if self.paused is not None:
            self.pauses.append((self.paused, last))
        if self.received is None:
            return Account(None, None, last, [], None, None)
        stretches = [(*rest, "result", "", "", "") for rest in self.rests]
        stretches += _Blame(self).stretches()
        cut = [piece for stretch in sorted(stretches) for piece in self.pausing(stretch)]
        kept = [(max(since, self.received), *rest) for since, *rest in cut]
        whole = [stretch for stretch in kept if stretch[0] < stretch[1]]
        return Account(self.received, self.resolved, last, joined(whole), self.clock.due, self.verdict())  # type: ignore[arg-type]

    def pausing(self, stretch: Any) -> list[Any]:
        """R59: a pause is nobody's time; where the clock stands already there is none."""
        since, until, kind, account, charged, step = stretch
        found, at = [], since
        for stopped, resumed in self.pauses:
            begin, end = max(stopped, at), min(resumed, until)
            if begin < end:
                found += [(at, begin, kind, account, charged, step), (begin, end, "paused", account, "", "")]
                at = end
        return [*found, (at, until, kind, account, charged, step)]

    def verdict(self) -> str | None:
        kind = self.reader.ends.get(self.step)
        if self.resolved is None:
            return None
        if self.was_late:
            return "late"
        if kind in ("withdrawn", "stopped") and self.resolved == self.ended:
            return kind
        due, done = self.clock.due, day_of(self.resolved)
        if due is None:
            return "no_term"
        return "early" if done < due else "on_time" if done == due else "late"


class _Blame:
    """Whose each stay was (R124)."""

    def __init__(self, log: _Log) -> None:
        self.log, self.reader = log, log.reader
        self.own: list[tuple[str, str]] = []  # who did a step's work, and at which, so far

    def stretches(self) -> list[Stretch]:
        found: list[Stretch] = []
        stays, index = self.log.stays, 0
        while index < len(stays):
            stay = stays[index]
            if stay.ending in ("recall", "bounce"):
                found += self.pair(stay, *stays[index + 1 : index + 3])
                index += 2
            else:
                found += self.alone(stay)
                index += 1
        return found

    def faulty(self, stay: Stay) -> bool:
        """Handed to an account that may not hold the step, though no leader insisted (R121)."""
        step = self.reader.steps[stay.step]
        handed = stay.begun not in ("submit", "receive", "correct") and not stay.forced
        return handed and not self.reader.may_hold(stay.holder, step, stay.since)

    def alone(self, stay: Stay) -> list[Stretch]:
        """A stay that ended by going on, or lasts; one that came to him again after he had sent it back was his.

        Not when that was for a correction: what a result's making was blamed for stays (R129).
        """
        later = takewhile(lambda one: one.begun != "correct", self.log.stays[self.log.stays.index(stay) + 1 :])
        again = next((one.holder for one in later if one.step == stay.step), "")
        kept = stay.ending != "reassign" and again == stay.holder
        if (not stay.blamed or kept) and (not self.faulty(stay) or self.did_the_work(stay)):
            self.own.append((stay.holder, stay.step))
            return [self.his(stay, stay.since, stay.until, stay.holder)]
        return self.astray(stay, self.sent_from(stay))

    def pair(self, stay: Stay, back: Stay, after: Stay | None = None) -> list[Stretch]:
        """A stay that ended recalled or bounced, with the one of who got it back, and the next."""
        resent = back.ending == "reassign" and after is not None and after.holder == stay.holder
        if not self.faulty(stay) and resent:
            self.own.append((stay.holder, stay.step))
            return [self.his(one, one.since, one.until, one.holder) for one in (stay, back)]
        blame = self.sent_from(stay)
        found = self.astray(stay, blame)
        if self.did_the_work(back):
            self.own.append((back.holder, back.step))
            return [*found, self.his(back, back.since, back.until, back.holder)]
        return [*found, self.lost(back, back.since, back.until, blame)]

    def did_the_work(self, stay: Stay) -> bool:
        """Whether who had it took it further himself."""
        return bool(stay.ending) and stay.by == stay.holder and stay.ending not in HAND_OVERS

    def sent_from(self, stay: Stay) -> tuple[str, str]:
        """The sender's step: the last one whose work he did."""
        steps = [step for account, step in self.own if account == stay.sender]
        return stay.sender, steps[-1] if steps else stay.step

    def astray(self, stay: Stay, blame: tuple[str, str]) -> list[Stretch]:
        """The sender's until it was opened, then of who kept it."""
        opened = stay.opened if stay.opened is not None and self.reader.signed_for(stay.step) else stay.until
        if self.reader.steps[stay.step].clock == "stopped":
            return [self.lost(stay, stay.since, stay.until, blame)]
        kept = opened, stay.until, self.kind(stay.step), stay.holder, stay.holder, stay.step
        return [self.lost(stay, stay.since, opened, blame), kept]

    def lost(self, stay: Stay, since: int, until: int, blame: tuple[str, str]) -> Stretch:
        if self.reader.steps[stay.step].clock == "stopped":
            return since, until, self.kind(stay.step), stay.holder, "", ""
        return since, until, "misroute", stay.holder, *blame

    def his(self, stay: Stay, since: int, until: int, holder: str) -> Stretch:
        done = self.log.resolved
        if self.reader.steps[stay.step].ready and done is not None and stay.since >= done:
            return since, until, "result", holder, "", ""
        return since, until, self.kind(stay.step), holder, holder, stay.step

    def kind(self, step: str) -> str:
        party = self.reader.party(step)
        return "holder" if party == "agency" else party


def joined(stretches: Sequence[Stretch]) -> list[Stretch]:
    """Neighbours of the same kind as one."""
    found: list[Stretch] = []
    for stretch in stretches:
        if found and found[-1][1] == stretch[0] and found[-1][2:] == stretch[2:]:
            found[-1] = (found[-1][0], *stretch[1:])
        else:
            found.append(stretch)
    return found
