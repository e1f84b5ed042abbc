"""Simulated years with misroutes planted in them, by a generator that knows the truth and nothing of how they are found.

It stands apart from `life`, `watch` and `misroutes`: who may hold a step is read off `_org.yaml` here again, working time that
was lost is counted by the naive calculator, and all goes through the strict engine over a store in memory, as in an office.

What it assumes of people, on which every figure about detection rests:

- Who gets a dossier rightly confirms after a log-normal wait, median 1 working hour, 10 % beyond 4. Whoever has the same role
  goes on with his own dossier at once.
- Of a hundred hand-overs to a wrong account half go to one that may lawfully hold the step, if there is one (`LAWFUL`).
- Of those about three in four are never opened; their sender recalls them, a leader or the wrong receiver passes them on, most
  after some hours, every tenth after days. The others open them as fast as a right receiver would: most of them give them back
  within the hour (`bounced`, or by the flow's own "wrong place"), 5 % keep them for a day or so (`kept`). Nobody can tell the
  last from right ones before they come back, whatever is watched.
- Every twentieth is passed on by a leader who doesn't say why (`silent`): the log can't tell it from other work, so it is never
  a confirmed misroute.

`python tests/detection.py [DOSSIERS] [SEED]` prints what is found of them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from itertools import pairwise
from math import exp, log
from random import Random
from typing import TYPE_CHECKING, NamedTuple

import naive

from flowiso.engine import Engine
from flowiso.errors import Misrouted
from flowiso.library import bundled, load, load_calendar
from flowiso.machine import Table, compile_flow
from flowiso.model import BOUNCE, CONFIRM, REASSIGN, RECALL, Account, Flow, Post
from flowiso.org import Org
from flowiso.store import open_store
from flowiso.worktime import TZ, instant, local

if TYPE_CHECKING:
    from flowiso.dossier import Dossier

HOUR = 3600
SPREAD = log(4) / 1.2816
"""Of a log-normal law whose median is 1 and of which 10 % lie beyond 4."""
PLANTED = 0.06
LAWFUL = 0.5
FIRST = instant(datetime(2021, 1, 4, tzinfo=TZ))
DAYS = 700
BEHAVIOURS = {
    "recalled": 0.33,
    "corrected": 0.3,
    "unread": 0.12,
    "bounced": 0.1,
    "returned": 0.05,
    "kept": 0.05,
    "silent": 0.05,
}
"""What becomes of a dossier in a wrong account that may hold it; `unread`: bounced without being opened."""
TWICE = 0.1
"""How often whoever got it back sends it to a second wrong account."""


class HandOver(NamedTuple):
    """A hand-over that was let through, and whether it was right."""

    number: str
    step: str
    sender: str
    holder: str
    sent_at: int
    behaviour: str = ""

    @property
    def right(self) -> bool:
        """Whether it went to the right account."""
        return not self.behaviour


class Truth(NamedTuple):
    """A misroute that somebody confirmed, as it was: `lost` are the working seconds its sender has to answer for."""

    number: str
    step: str
    sender: str
    wrong: str
    right: str
    sent_at: int
    confirmed_at: int
    verb: str
    finder: str
    corrected_at: int
    lost: int


@dataclass
class Slip:
    """A hand-over to a wrong account while it lasts: `ended` is when its sender handed it on again, where it came back to him."""

    step: str
    sender: str
    wrong: str
    sent_at: int
    opened: int | None = None
    verb: str = ""
    finder: str = ""
    found_at: int = 0
    ended: int = 0

    def found(self, verb: str, finder: str, at: int) -> None:
        """Somebody acts on it."""
        self.verb, self.finder, self.found_at = verb, finder, at
        self.ended = at

    def truth(self, number: str, right: str, corrected_at: int) -> Truth:
        """What is so now that the right account has it (R124: what who opened it kept is his)."""
        lost = naive.worked(self.sent_at, self.opened or self.found_at) + naive.worked(self.found_at, self.ended)
        return Truth(
            number, self.step, self.sender, self.wrong, right, self.sent_at, self.found_at, self.verb, self.finder,
            corrected_at, lost,
        )  # fmt: skip


@dataclass
class Planted:
    """What happened: hand-overs let through, confirmed misroutes, and attempts by kind, refused or not."""

    engine: Engine
    handed: list[HandOver] = field(default_factory=list)
    confirmed: list[Truth] = field(default_factory=list)
    blocked: Counter[str] = field(default_factory=Counter)
    passed: Counter[str] = field(default_factory=Counter)
    refused_right: int = 0


def more_people(org: Org) -> Org:
    """The shipped agency with people who left, moved to another division, or are away for long."""
    officer, moved = frozenset({"chuyen-vien"}), date(2021, 1, 1)
    long = ((date(2021, 3, 1), date(2021, 9, 30)), (date(2022, 2, 7), date(2022, 6, 30)))
    accounts = dict(org.accounts)
    for here, there in (("qltm", "ktnl"), ("ktnl", "qlcn"), ("qlcn", "qltm")):
        before = (Post(officer, here, date(2020, 1, 1), moved),)
        people = (
            Account(f"cu.{here}", "Cũ", officer, here, until=moved),
            Account(f"doi.{here}", "Đổi", officer, there, since=moved, earlier=before),
            Account(f"nghi.{here}", "Nghỉ", officer, here, leave=long),
        )
        accounts |= {one.id: one for one in people}
    return org._replace(accounts=accounts)


class Town:
    """The procedures whose main path is the agency's own work all the way, in that agency."""

    def __init__(self) -> None:
        library = load(bundled())
        self.org = more_people(library.org)
        self.calendar = load_calendar(bundled())
        self.flows = tuple(flow for flow in library.flows if self._plain(flow))
        self.tables = {flow.code: compile_flow(flow, self.org) for flow in self.flows}

    def _plain(self, flow: Flow) -> bool:
        main = [step for step in flow.steps if step.main]
        ours = all(self.org.roles[step.by].party == "agency" for step in main)
        waits = any(step.until or step.at_limit or step.clock == "stopped" for step in main)
        return flow.kind == "procedure" and ours and not waits and flow.at_due is None

    def find(self, code: str, on: date) -> Flow:
        """The flow of this code."""
        return self.tables[code].flow

    def table(self, code: str, version: int, year: int) -> Table:
        """The compiled flow."""
        return self.tables[code]


@cache
def town() -> Town:
    """The same for all who ask."""
    return Town()


class Desk:
    """Who may hold what, read off the agency's people once more."""

    def __init__(self, org: Org) -> None:
        self.org = org

    def fits(self, flow: Flow, role: str, on: date) -> list[str]:
        """R121: a post with the role in the right place on that day, and at work."""
        sits = self.org.roles[role].sits
        seat = flow.division if sits == "own" else sits
        held = (name for name, one in self.org.accounts.items() if self._in_post(one, role, seat, on))
        return [name for name in held if not self.away(name, on)]

    def _in_post(self, account: Account, role: str, seat: str, on: date) -> bool:
        posts = (*account.earlier, Post(account.roles, account.division, account.since, account.until))
        there = [post for post in posts if (post.since or on) <= on and (post.until is None or on < post.until)]
        return any(role in post.roles and seat in ("", post.division) for post in there)

    def away(self, name: str, on: date) -> bool:
        """Whether somebody is on leave."""
        return any(first <= on <= last for first, last in self.org.accounts[name].leave)

    def wrong(self, flow: Flow, role: str, sender: str, on: date, random: Random) -> tuple[str, str] | None:
        """One of R121's kinds, and an account of it; None when there is none."""
        accounts = self.org.accounts
        posts = {name: one.division for name, one in accounts.items() if role in one.roles and not one.earlier}
        seat = {"own": flow.division}.get(self.org.roles[role].sits, self.org.roles[role].sits)
        kinds = {
            "no-role": [name for name, one in accounts.items() if role not in one.roles and not one.earlier],
            "wrong-division": [name for name, division in posts.items() if seat and division != seat],
            "closed": [name for name, one in accounts.items() if role in one.roles and one.until and one.until <= on],
            "transferred": [name for name, one in accounts.items() if one.earlier and one.since and one.since <= on
                            and one.earlier[0].division == seat != one.division],
            "absent": [name for name in posts if posts[name] == seat and self.away(name, on)],
            "outside": [name for name in ("nguoi-nop", "hoi-dong", "bo.y-kien") if role not in accounts[name].roles],
            "itself": [sender] if role not in accounts[sender].roles else [],
            "unknown": ["nguyen.van.a"],
        }  # fmt: skip
        kind = random.choice(list(kinds))
        return (kind, random.choice(kinds[kind])) if kinds[kind] else None


def plant(dossiers: int, seed: int, attempts: bool = True) -> Planted:
    """So many dossiers of about two years; without `attempts` nobody even tries what R121 forbids, and all else is the same."""
    engine = Engine(town(), open_store("memory:"), allow_draft=True)
    found = Planted(engine)
    for index in range(dossiers):
        _Case(found, Random(f"{seed} {index}"), attempts).run()
    return found


class _Case:
    """One dossier on its way, alone in the world."""

    def __init__(self, found: Planted, random: Random, attempts: bool) -> None:
        self.found, self.random, self.attempts = found, random, attempts
        self.engine, self.town = found.engine, town()
        self.desk = Desk(self.town.org)
        self.flow = random.choice(self.town.flows)
        self.usual: dict[str, str] = {}
        self.at = self.town.calendar.plus(FIRST + random.randrange(DAYS * 86_400), 1)

    def run(self) -> None:
        """From the receipt to the end of the main path."""
        first = self.flow.steps[0]
        desk = self.somebody(first.by, "")
        self.usual[first.by] = desk
        self.hs: Dossier = self.engine.receive(self.flow.code, by=desk, at=local(self.at))
        main = [step for step in self.flow.steps if step.main]
        for step, after in pairwise(main):
            self.work(step.within.amount if step.within else 1)
            self.hand_on(step.by, after.id, after.by)
        self.work(1)
        ends = {end.id for end in self.flow.ends if end.kind in ("granted", "recorded")}
        last = next((one for one in main[-1].arrows if one.target in ends), None)
        if last is not None:
            self.do(last.action, self.hs.holder)

    def pass_time(self, median: float, spread: float = 1.0) -> None:
        """A log-normal stretch of working time, in hours."""
        self.at = self.town.calendar.plus(self.at, 60 + int(HOUR * median * exp(self.random.gauss(0, spread))))

    def work(self, hours: object) -> None:
        """Work at a step: mostly less than it may take."""
        self.pass_time(0.3 * float(str(hours)), 0.6)

    def do(self, action: str, by: str, to: str | None = None, blame: bool = False) -> None:
        """One act, as the strict engine takes it."""
        record = {"of": "misroute"} if blame else None
        at = local(self.at)
        self.hs = self.engine.move(self.hs, action, by=by, to=to, at=at, note="vì sao", record=record)

    def somebody(self, role: str, other: str) -> str:
        """Who did this role's work before in this dossier, if there; else anybody who may."""
        fits = self.desk.fits(self.flow, role, local(self.at).date())
        if self.usual.get(role) in fits:
            return self.usual[role]
        return self.random.choice([name for name in fits if name != other])

    def hand_on(self, role: str, step: str, to_role: str) -> None:
        """Hand it to the next step, rightly or not; then whoever is right confirms."""
        sender, right = self.hs.holder, self.somebody(to_role, self.hs.holder if role != to_role else "")
        self.usual[to_role] = right
        roll, lawful = self.random.random(), self.random.random() < LAWFUL
        if roll < PLANTED and not lawful:
            self.try_wrongly(sender, to_role)
        if roll < PLANTED and lawful and right != sender and (wrong := self.another(to_role, sender, right)):
            self.go_astray(sender, wrong, step)
        else:
            self.give("chuyen", sender, right, step)
        if right == sender:
            self.at += 60
        else:
            self.pass_time(1, SPREAD)
        self.do(CONFIRM, self.hs.holder)

    def another(self, role: str, sender: str, *right: str) -> str:
        """Somebody else who may hold it too; "" when nobody is."""
        fits = self.desk.fits(self.flow, role, local(self.at).date())
        return self.random.choice([name for name in fits if name not in (sender, *right)] or [""])

    def give(self, action: str, by: str, to: str, step: str, behaviour: str = "", blame: bool = False) -> None:
        """A hand-over that must be let through: counted where it is refused."""
        try:
            self.do(action, by, to, blame)
        except Misrouted:
            self.found.refused_right += 1
            raise
        self.found.handed.append(HandOver(self.hs.number, step, by, to, self.at, behaviour))

    def try_wrongly(self, sender: str, role: str) -> None:
        """What R121 forbids, tried by mistake."""
        chosen = self.desk.wrong(self.flow, role, sender, local(self.at).date(), self.random)
        if chosen is None or not self.attempts:
            return
        try:
            self.engine.move(self.hs, "chuyen", by=sender, to=chosen[1], at=local(self.at))
        except Misrouted:
            self.found.blocked[chosen[0]] += 1
        else:
            self.found.passed[chosen[0]] += 1

    def go_astray(self, sender: str, wrong: str, step: str) -> None:
        """To a wrong account that may hold it, perhaps to a second one, and in the end to the right one."""
        drawn = self.random.choices(list(BEHAVIOURS), list(BEHAVIOURS.values()))[0]
        behaviour = "bounced" if drawn == "returned" and not self.says_wrong(step) else drawn
        self.give("chuyen", sender, wrong, step, behaviour)
        slips = [Slip(step, sender, wrong, self.at)]
        if behaviour in ("bounced", "returned", "kept"):
            self.pass_time(1, SPREAD)
            self.do(CONFIRM, wrong)
            slips[0].opened = self.at
            self.pass_time(10 if behaviour == "kept" else 0.3, 0.7)
        else:
            self.pass_time(50 if self.random.random() < 0.1 else 5)
        if behaviour == "returned":
            self.send_back(slips[0])
        elif behaviour in ("corrected", "silent"):
            self.pass_on(slips[0], silent=behaviour == "silent")
        else:
            self.take_back(slips, RECALL if behaviour == "recalled" else BOUNCE)
        if behaviour != "silent":
            self.found.confirmed += (slip.truth(self.hs.number, self.hs.holder, self.at) for slip in slips)

    def says_wrong(self, step: str) -> str:
        """The flow's own arrow for "wrong place", back to the step before."""
        main = [one for one in self.flow.steps if one.main]
        before = next((one.id for one, after in pairwise(main) if after.id == step), "")
        arrows = next(one for one in main if one.id == step).arrows
        return next((one.action for one in arrows if one.misroute and one.target == before), "")

    def send_back(self, slip: Slip) -> None:
        """By the flow's own arrow, whereupon the sender has the step before again, and hands it on rightly."""
        slip.found(self.says_wrong(slip.step), slip.wrong, self.at)
        self.do(slip.verb, slip.wrong, slip.sender)
        self.found.handed.append(HandOver(self.hs.number, self.hs.step.id, slip.wrong, slip.sender, self.at))
        self.pass_time(0.2, 0.3)
        self.do(CONFIRM, slip.sender)
        self.give("chuyen", slip.sender, self.right_one(slip), slip.step)

    def pass_on(self, slip: Slip, silent: bool) -> None:
        """To the right account at once, by a leader or the wrong receiver."""
        by = self.leader(slip.wrong) if silent or self.random.random() < 0.7 else slip.wrong
        right = self.right_one(slip)
        slip.found(REASSIGN, by, self.at)
        self.give(REASSIGN, by, right, slip.step, blame=not silent)

    def take_back(self, slips: list[Slip], verb: str) -> None:
        """Recalled or bounced, and sent again; perhaps to a second wrong account first, who never opens it."""
        slip = slips[-1]
        slip.found(verb, slip.sender if verb == RECALL else slip.wrong, self.at)
        self.do(verb, slip.finder)
        self.pass_time(0.5)
        right = self.right_one(slip)
        slip.ended = self.at
        role = self.role(slip.step)
        second = self.another(role, slip.sender, self.usual[role], slip.wrong) if self.random.random() < TWICE else ""
        if not second or len(slips) > 1:
            self.give(REASSIGN, slip.sender, right, slip.step)
            return
        self.give(REASSIGN, slip.sender, second, slip.step, "recalled")
        slips.append(Slip(slip.step, slip.sender, second, self.at))
        self.pass_time(5)
        self.take_back(slips, RECALL)

    def role(self, step: str) -> str:
        """The role of a step."""
        return next(one.by for one in self.flow.steps if one.id == step)

    def right_one(self, slip: Slip) -> str:
        """Whom it was meant for, or somebody else when he is away by now; where nobody is there, it waits for one."""
        role = self.role(slip.step)
        while self.usual[role] not in self.desk.fits(self.flow, role, local(self.at).date()):
            self.usual[role] = self.another(role, slip.sender, slip.wrong)
            if not self.usual[role]:
                self.at = self.town.calendar.plus(self.at, 8 * HOUR)
        return self.usual[role]

    def leader(self, other: str) -> str:
        """A leader of the department who is there."""
        fits = self.desk.fits(self.flow, "lanh-dao-so", local(self.at).date())
        return self.random.choice([name for name in fits if name != other])
