"""The words of the field as frozen values: procedure flows, accounts, dossiers, moves and findings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal, NamedTuple

from .term import Term
from .text import Text
from .worktime import local

Level = Literal["error", "warning", "info"]
Channel = Literal["counter", "online", "postal"]
Clock = Literal["run", "stopped", "none"]
ClockPolicy = Literal["restart", "pause", "none"]
ArrowKind = Literal["forward", "supplement", "send-back", "refuse", "fee", "repair", "consult", "withdraw", "timer"]
EndKind = Literal["granted", "refused", "refused-intake", "withdrawn", "silence", "recorded", "stopped"]
Party = Literal["agency", "partner", "applicant", "system"]
Duty = Literal["receive", "examine", "review", "approve", "issue"]
FlowKind = Literal["procedure", "internal"]
Outcome = Literal["early", "on_time", "late", "no_term", "withdrawn", "stopped"]

ASKING: frozenset[ArrowKind] = frozenset({"supplement", "fee", "repair"})
"""Kinds of arrows that begin a way to the applicant, who must do something before the case goes on; the clock stops there."""

CHANNELS: tuple[Channel, ...] = ("counter", "online", "postal")

APPLICANT = "nguoi-nop"
SYSTEM = "he-thong"
FORWARD = "chuyen"

# The engine's own verbs; no arrow of a flow may take these names.
SUBMIT, RECEIVE, CONFIRM = "submit", "receive", "confirm"
RECALL, BOUNCE, REASSIGN = "recall", "bounce", "reassign"
VERBS = frozenset({SUBMIT, RECEIVE, CONFIRM, RECALL, BOUNCE, REASSIGN})

DOSSIER_CODES: Mapping[str, str] = {
    "DOS101": "late",
    "DOS102": "slow-step",
    "DOS103": "due-soon",
    "DOS105": "supplement-late",
    "DOS106": "supplement-again",
    "DOS200": "unknown-account",
    "DOS201": "closed-account",
    "DOS202": "wrong-role",
    "DOS203": "wrong-division",
    "DOS205": "unconfirmed",
    "DOS206": "to-sender",
    "DOS207": "absent-account",
    "DOS208": "misrouted",
}
"""The codes of findings about dossiers, with their names."""


class Finding(NamedTuple):
    """One thing that is wrong, with code and place: in a flow file (file, line, column) or in a dossier.

    `holder` is the account concerned, `at` the moment (epoch seconds) since which it is so.
    """

    code: str
    name: str
    level: Level
    message: Text
    file: str | None = None
    line: int | None = None
    column: int | None = None
    dossier: str | None = None
    holder: str | None = None
    at: int | None = None


class Place(NamedTuple):
    """A line and column of a flow file, both from 1."""

    line: int
    column: int


class Ignore(NamedTuple):
    """A rule that a flow silences, and why it may."""

    code: str
    reason: str
    place: Place


class Fact(NamedTuple):
    """Where facts of a flow come from: `read` in a source, or `assumed` for a reason. `of` are fact names (docs/flow-file.md)."""

    of: tuple[str, ...]
    status: Literal["read", "assumed"]
    source: str
    place: Place


class Transition(NamedTuple):
    """An arrow: taken by `action` from the step it is written on to `target`, a step or an end.

    `by` is the role that takes it when that is not the step's own; `times` limits how often one dossier may take it;
    `policy` is what the stop it begins does to the due date, where the flow's `clock_policy` doesn't say it;
    `deadline` is the legal term that holds from the clock's start once it was taken; `refer_to` is the code of the procedure
    the applicant is pointed to instead.
    """

    action: str
    target: str
    kind: ArrowKind
    title: Text
    place: Place
    by: str | None = None
    times: int | None = None
    policy: ClockPolicy | None = None
    deadline: Term | None = None
    refer_to: str | None = None
    forms: tuple[str, ...] = ()


class Step(NamedTuple):
    """A row of the flowchart: role `by` holds the dossier for `within`.

    `clock` is "stopped" while the time isn't the agency's and "none" where no time is counted; `ready` means that entering
    it makes the result available at the one-stop unit (`resolved_at`); `until` names a milestone of the yearly plan.
    """

    id: str
    title: Text
    by: str
    within: Term | None
    clock: Clock
    arrows: tuple[Transition, ...]
    place: Place
    main: bool = True
    ready: bool = False
    until: str | None = None
    charged_to: Party | None = None
    forms: tuple[str, ...] = ()
    at_limit: Transition | None = None


class End(NamedTuple):
    """Where dossiers come to rest. Engine and statistics read the kind, never the id."""

    id: str
    kind: EndKind
    title: Text
    place: Place


class Flow(NamedTuple):
    """One version of one procedure's flowchart. `deadline` is None where the law sets no term (`no_deadline_reason`).

    `clock_basis` is the specialised law behind a `clock_policy` other than restart (R44); `one_stop_full` the basis on
    which one person may examine and decide (R18, R140); `confidential` flows may not be loaded (R68). `digest` is the
    SHA-256 of a published file.
    """

    code: str
    version: int
    status: Literal["draft", "published"]
    title: str
    field: str
    division: str
    decided_by: str
    online_level: int
    interconnected: bool
    deadline: Term | None
    clock_policy: ClockPolicy
    effective: date
    issued_by: str
    steps: tuple[Step, ...]
    ends: tuple[End, ...]
    facts: tuple[Fact, ...]
    file: str
    kind: FlowKind = "procedure"
    effective_to: date | None = None
    rule_set: str | None = None
    no_deadline_reason: str | None = None
    clock_basis: str | None = None
    one_stop_full: str | None = None
    confidential: bool = False
    national_code: str | None = None
    archetype: str | None = None
    confidence: str | None = None
    result: str | None = None
    fee: int | None = None
    fee_cases: tuple[tuple[str, int], ...] = ()
    supplement_window: Term | None = None
    legal_basis: tuple[str, ...] = ()
    submitted: tuple[str, ...] = ()
    anywhere: tuple[Transition, ...] = ()
    at_due: Transition | None = None
    ignore: tuple[Ignore, ...] = ()
    digest: str | None = None
    places: Mapping[str, Place] = {}
    unread: frozenset[str] = frozenset()  # written in the file, but not understood: already reported

    def step(self, step_id: str) -> Step | None:
        """The step with this id, or None."""
        return next((step for step in self.steps if step.id == step_id), None)

    def end(self, end_id: str) -> End | None:
        """The end with this id, or None."""
        return next((end for end in self.ends if end.id == end_id), None)

    def arrows(self, step: Step) -> tuple[Transition, ...]:
        """Every arrow that can leave `step`; once there is a result, neither the due moment's nor those from anywhere."""
        arrows = (*step.arrows, step.at_limit) if step.at_limit else step.arrows
        if step.ready:
            return arrows
        return (*arrows, self.at_due, *self.anywhere) if self.at_due and step.clock == "run" else arrows + self.anywhere

    def stop_policy(self, arrow: Transition) -> ClockPolicy:
        """What the stop that `arrow` begins does to the due date: its own word, else the kind's (R43, R44, R54)."""
        return arrow.policy or (self.clock_policy if arrow.kind == "supplement" else "pause")

    def place(self, key: str) -> Place:
        """Where `key` of the file's head stands; the first line when it isn't there."""
        return self.places.get(key, Place(1, 1))

    def provenance(self, fact: str) -> Fact | None:
        """Where a fact comes from, by its name in docs/flow-file.md; None when the file doesn't say."""
        return next((entry for entry in self.facts if fact in entry.of), None)


class Role(NamedTuple):
    """What a step asks for. `sits` is a division, a partner, or "own": the flow's own division.

    `recorded_by` are roles whose accounts may record the acts of a holder who has no account of his own; `duty` is what
    the role does with a dossier: nobody examines and approves the same one (R140).
    """

    id: str
    title: Text
    sits: str
    party: Party
    recorded_by: tuple[str, ...] = ()
    duty: Duty | None = None


class Account(NamedTuple):
    """Who a person is in the software. Valid on `since` <= day < `until`; absent on the days of `leave` (both included)."""

    id: str
    name: str
    roles: frozenset[str]
    division: str
    since: date | None = None
    until: date | None = None
    leave: tuple[tuple[date, date], ...] = ()


class Move(NamedTuple):
    """One line of a log: at `at` (epoch seconds UTC) account `actor` took `action`, whereupon `holder` has it at `step`.

    `seq` counts from 0 without a gap. `action` is an arrow of the flow or one of the engine's verbs; `note` is a reason.
    """

    seq: int
    at: int
    actor: str
    action: str
    step: str
    holder: str
    note: str | None = None

    @property
    def time(self) -> datetime:
        """The moment as an aware datetime in Asia/Ho_Chi_Minh."""
        return local(self.at)


class Case(NamedTuple):
    """What never changes of a dossier: agency, number, the flow version it keeps for life, and how it came in."""

    agency: str
    number: str
    code: str
    version: int
    channel: Channel
