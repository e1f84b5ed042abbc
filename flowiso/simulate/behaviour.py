"""How each step is worked in a simulated year: which arrow, how long it waits, how long it takes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from math import exp
from typing import NamedTuple

from ..app import Agency
from ..errors import BadValue
from ..life import OFFICIAL
from ..machine import Arc, Row, Seats
from ..model import Account, Party
from ..state import State
from ..text import Text
from .draws import ARROW, ARROWS, FINE, TIME, Law, always, exponential, lognormal, share, step
from .hands import ByDue, Hand, Pool, Queue, Spells, spells_of
from .scenario import Scenario

HOUR = 3600


class Laws(NamedTuple):
    """How times are spread: `agency`, `partner`, `applicant` and `effort` about a median of 1, `noticed`, `recalled` and
    `within` about a mean of 1."""

    agency: Law
    partner: Law
    applicant: Law
    effort: Law
    noticed: Law = lognormal(exp(-0.5), 1.0)
    recalled: Law = exponential(1.0)
    within: Law = exponential(1.0)


def laws_of(scenario: Scenario) -> Laws:
    """The laws a scenario describes."""
    work, outside = scenario.work, scenario.outside
    waits = share(1.0, work.dwell_most / work.dwell, work.dwell_sigma) if work.dwell else always(1.0)
    return Laws(
        agency=waits,
        partner=lognormal(1.0, outside.partner_sigma),
        applicant=lognormal(1.0, outside.applicant_sigma),
        effort=lognormal(1.0, work.effort_sigma),
    )


class Tally:
    """What one hand did at one step: visits, how many of them late, working seconds until taken up and of work.

    `begun` are those of work that he didn't finish: the year was over, or he handed it over.
    """

    __slots__ = ("begun", "late", "visits", "waited", "worked")

    def __init__(self) -> None:
        self.visits = self.late = self.waited = self.worked = self.begun = 0


class Behaviour:
    """How a step is worked, by the hands of a `pool`.

    `usual` is its usual arrow (None: its holder leaves it until time runs out); one of the `others` is drawn when the bits of
    luck for it fall below `bound`, each below its own. `dwells` is the law of the time before it is begun, in working
    seconds; with `shared` it is `share` as `law` spreads it, in shares of what the step's due moment leaves. `efforts` is the
    law of the work. `queued`: its accounts do one thing at a time; `plain`: so they do, and neither time nor the calendar has
    a say in it; `recorded`: others put down what is done. `key` and `bit` tell it from the others of its flow, in draws and
    in what a dossier has seen. `tallies` are what was counted of it, by hand.
    """

    __slots__ = (
        "bit",
        "bound",
        "dwells",
        "efforts",
        "key",
        "law",
        "official",
        "others",
        "party",
        "plain",
        "pool",
        "queued",
        "recorded",
        "role",
        "row",
        "share",
        "shared",
        "tallies",
        "usual",
    )

    def __init__(self, row: Row, role: int, party: Party, pool: Pool, law: Law) -> None:
        self.row = row
        self.role = role
        self.party = party
        self.pool = pool
        self.law = law
        self.key = step(row.id)
        self.bit = 1 << [*row.table.rows].index(row.id)
        self.queued = party == "agency"
        self.official = row.party in OFFICIAL
        self.recorded = bool(row.recorders)
        self.usual: Arc | None = None
        self.others: tuple[tuple[int, Arc], ...] = ()
        self.bound = 0
        self.dwells: Sequence[int] = ()
        self.efforts: Sequence[int] = ()
        self.share = 0.0
        self.shared = self.plain = False
        self.tallies: dict[Hand, Tally] = defaultdict(Tally)

    def arc(self, luck: int, state: State) -> Arc | None:
        """The arrow that is taken by a visit's luck; None when the dossier is left until time runs out."""
        bits = luck & ARROWS
        if bits < self.bound:
            arc = next(arc for bound, arc in self.others if bits < bound)
            if arc.guard is None or arc.guard.allows(state):
                return arc
        return self.usual

    def effort(self, luck: int, hand: Hand) -> int:
        """The working seconds that a hand needs for a visit."""
        return int(self.efforts[luck >> 12 & TIME] * hand.pace)


class Behaviours(dict[Row, Behaviour]):
    """The behaviour of every step met so far, and the `hands` of the agency, by account; `staff` are its own.

    `nobody` stands for every role's hand, by the role's number, where none had a dossier yet.
    """

    def __init__(self, agency: Agency, scenario: Scenario, laws: Laws) -> None:
        super().__init__()
        self._agency = agency
        self._scenario = scenario
        self._laws: dict[Party, Law] = {
            "agency": laws.agency,
            "partner": laws.partner,
            "applicant": laws.applicant,
            "system": always(0.0),
        }
        self._effort_law = laws.effort
        self._roles = {role: number for number, role in enumerate(agency.org.roles)}
        self.nobody: list[Hand | None] = [None] * len(self._roles)
        self._pools: dict[tuple[tuple[str, Spells], ...], Pool] = {}
        self.hands = {name: self._hand(index, name) for index, name in enumerate(agency.org.accounts)}
        self.staff = [hand for name, hand in self.hands.items() if self._is_staff(name)]

    def _hand(self, index: int, name: str) -> Hand:
        work = self._scenario.work
        spells = spells_of(self._agency.org.accounts[name], self._agency.calendar)
        queue = Queue() if work.queue == "arrival" else ByDue()
        gone = self._unseated(name, None)
        return Hand(index, name, spells, gone, work.pace.get(name, 1.0), queue)

    def _is_staff(self, name: str) -> bool:
        roles = self._agency.org.roles
        return any(roles[role].party == "agency" for role in self._agency.org.accounts[name].roles)

    def pool(self, seats: Seats) -> Pool:
        """The hands that may do something."""
        seated = tuple((name, self._away(name, dated)) for name, dated in seats.items())
        found = self._pools.get(seated)
        if found is None:
            placed = [(self.hands[name], away, self._unseated(name, seats[name])) for name, away in seated]
            found = self._pools[seated] = Pool(placed)
        return found

    def _away(self, name: str, dated: Account | None) -> Spells:
        if dated is None or dated is self._agency.org.accounts[name]:
            return self.hands[name].spells
        return spells_of(dated, self._agency.calendar)

    def _unseated(self, name: str, dated: Account | None) -> Spells:
        """When an account may not do it, on leave or not."""
        account = dated or self._agency.org.accounts[name]
        return spells_of(account._replace(leave=()), self._agency.calendar)

    def __missing__(self, row: Row) -> Behaviour:
        self[row] = self._of(row)
        return self[row]

    def _of(self, row: Row) -> Behaviour:
        assert row.step is not None
        role = self._agency.org.role(row.step.by)
        assert role is not None
        if not row.fits:
            raise BadValue(
                Text(
                    f"{row.table.flow.code}: không ai giữ được bước '{row.title.vi}' trong kịch bản này; hãy thêm người",
                    f"{row.table.flow.code}: nobody may hold step '{row.title.en}' in this scenario; add somebody",
                )
            )
        made = Behaviour(row, self._roles[role.id], role.party, self.pool(row.fits), self._laws[role.party])
        arcs = [arc for arc in row.arcs.values() if not arc.timer and not arc.intake]
        made.usual = _usual(row, arcs)
        made.others = _bounds(self._scenario, [arc for arc in arcs if arc is not made.usual and not arc.misroute])
        made.bound = made.others[-1][0] if made.others else 0
        made.share, made.shared = _dwell(self._scenario, row, role.party)
        made.dwells = made.law.times(made.share)
        made.efforts = self._effort_law.times(60 * self._effort(row, role.id))
        made.plain = made.queued and not (made.shared or row.timed)
        return made

    def _effort(self, row: Row, role: str) -> float:
        """The median minutes of work on a visit: those of the step, else of the role."""
        work = self._scenario.work
        named = work.effort.get(f"{row.table.flow.code}/{row.id}")
        return work.effort.get(role, work.effort_other) if named is None else named


def _usual(row: Row, arcs: list[Arc]) -> Arc | None:
    usual = next((arc for arc in arcs if arc.kind == "forward"), None)
    if usual is None and not (row.at_due or row.at_limit):
        usual = next(arc for arc in arcs if arc.kind != "withdraw")
    return usual


def _bounds(scenario: Scenario, arcs: list[Arc]) -> tuple[tuple[int, Arc], ...]:
    found, bound = [], 0.0
    for arc in arcs:
        bound += scenario.arrows.get(arc.kind, 0.0) * FINE
        found.append((int(bound) << ARROW, arc))
    return tuple(found)


def _dwell(scenario: Scenario, row: Row, party: Party) -> tuple[float, bool]:
    """The median time before a step is begun in working seconds; True with shares of its time, where a calendar must tell it."""
    if party == "applicant":
        return scenario.outside.applicant * HOUR, False
    share = scenario.outside.partner if party == "partner" else scenario.work.dwell
    if row.seconds is None:
        return share, True
    return (share * row.seconds, False) if row.seconds else (scenario.work.untimed * HOUR, False)
