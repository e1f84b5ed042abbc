"""The words of the field as frozen values: procedure flows, accounts, dossiers, moves and findings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal, NamedTuple, get_args

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
FaultKind = Literal["late", "misroute", "wrong-result", "lost", "complaint"]
"""What opens a nonconformity (R130)."""
LateCause = Literal[
    "legal_unclear",
    "coordination_delay",
    "officer_fault",
    "system_fault",
    "applicant_late",
    "overload",
    "force_majeure",
    "misrouted_account",
    "other",
]
"""Why a dossier is late (R95)."""
MisrouteCause = Literal[
    "wrong_person", "wrong_division", "stale_account", "delegation_missing", "flow_definition_error", "system"
]
"""Why a dossier was handed to a wrong account (R123)."""

ASKING: frozenset[ArrowKind] = frozenset({"supplement", "fee", "repair"})
"""Kinds of arrows that begin a way to the applicant, who must do something before the case goes on; the clock stops there."""

CHANNELS: tuple[Channel, ...] = get_args(Channel)

APPLICANT = "nguoi-nop"
SYSTEM = "he-thong"
FORWARD = "chuyen"

# The engine's own verbs; no arrow of a flow may take these names.
SUBMIT, RECEIVE, CONFIRM = "submit", "receive", "confirm"
RECALL, BOUNCE, REASSIGN = "recall", "bounce", "reassign"
REAPPOINT, PAUSE, RESUME, STOP, WITHDRAW, CORRECT = "reappoint", "pause", "resume", "stop", "withdraw", "correct"
MIGRATE = "migrate"
RATE, COMPLAIN, ANSWER, LOSE, FAULT = "rate", "complain", "answer", "lose", "fault"
REMARKS = frozenset({RATE, COMPLAIN, ANSWER, LOSE, FAULT})
"""Verbs that only put something down: they move nothing, and may be taken after the end."""
VERBS = REMARKS | {
    *(SUBMIT, RECEIVE, CONFIRM, RECALL, BOUNCE, REASSIGN),
    *(REAPPOINT, PAUSE, RESUME, STOP, WITHDRAW, CORRECT, MIGRATE),
}

RECORD: Mapping[str, Text] = {
    "behalf": Text("thay mặt tài khoản (ủy quyền)", "on behalf of this account (delegation)"),
    "told": Text("thời điểm đồng hồ báo, khi đồng hồ lùi", "the moment a clock told that had jumped back"),
    "forced": Text("lỗi giao việc mà lãnh đạo cho phép bỏ qua", "the finding that a leader overrode"),
    "fault": Text("lỗi của ai: applicant hoặc agency", "whose fault it was: applicant or agency"),
    "until": Text("ngày hẹn lại, hoặc hạn lấy ý kiến", "the new appointment, or a consultation's deadline"),
    "ground": Text("căn cứ pháp lý", "the legal ground"),
    "step": Text("bước được đưa về", "the step it goes back to"),
    "version": Text("lần ban hành chuyển sang", "the flow version it moves to"),
    "renamed": Text("bước có mã khác ở lần ban hành ấy: cũ=mới", "steps with another id there: old=new"),
    "of": Text("nói về việc gì: late, misroute, wrong-result, lost, complaint", "what it is about"),
    "line": Text(
        "dòng nhật ký nói đến, khi có nhiều việc cùng loại", "the line of the log it is about, where several are"
    ),
    "cause": Text("nguyên nhân", "the cause"),
    "action": Text("hành động khắc phục", "the corrective action"),
    "owner": Text("người chịu trách nhiệm", "who is responsible for it"),
    "due": Text("hạn thực hiện", "by when"),
    "effect": Text("kết quả kiểm tra hiệu lực: yes hoặc no", "whether it worked: yes or no"),
    "score": Text("điểm đánh giá từ 1 đến 5", "a rating from 1 to 5"),
    "founded": Text("phản ánh đúng hay không: yes hoặc no", "whether a complaint was justified: yes or no"),
}
"""What `Move.record` may hold, each with its meaning; every value is text."""

_YES_OR_NO = ("yes", "no")
CHOICES: Mapping[str, tuple[str, ...]] = {
    "fault": ("applicant", "agency"),
    "of": get_args(FaultKind),
    "cause": get_args(LateCause) + get_args(MisrouteCause),
    "effect": _YES_OR_NO,
    "score": ("1", "2", "3", "4", "5"),
    "founded": _YES_OR_NO,
}
"""The values that some keys of `RECORD` may have."""

DAYS = frozenset({"until", "due"})
"""The keys of `RECORD` whose value is a day, 2021-09-30."""

DOSSIER_CODES: Mapping[str, str] = {
    "DOS101": "late",
    "DOS102": "slow-step",
    "DOS103": "due-soon",
    "DOS104": "late-without-apology",
    "DOS105": "supplement-late",
    "DOS106": "supplement-again",
    "DOS107": "apology-due",
    "DOS108": "not-collected",
    "DOS109": "opinion-overdue",
    "DOS200": "unknown-account",
    "DOS201": "closed-account",
    "DOS202": "wrong-role",
    "DOS203": "wrong-division",
    "DOS204": "unusual-account",
    "DOS205": "unconfirmed",
    "DOS206": "to-sender",
    "DOS207": "absent-account",
    "DOS208": "misrouted",
    "DOS209": "orphaned",
    "DOS210": "holder-away",
    "DOS211": "forced",
    "DOS212": "own-examination",
    "DOS213": "absent-act",
    "DOS214": "alert-ignored",
    "DOS215": "ping-pong",
    "DOS216": "worked-by-stranger",
    "DOS217": "short-pause",
    "DOS301": "no-such-arrow",
    "DOS302": "time-goes-back",
    "DOS303": "not-entitled",
    "DOS304": "incomplete",
    "DOS305": "broken-chain",
    "DOS306": "missing-line",
    "DOS307": "head-mismatch",
    "DOS308": "outbox-mismatch",
    "DOS309": "back-dated",
    "DOS310": "other-line",
    "DOS311": "unreadable",
    "DOS312": "inconsistent",
}
"""The codes of findings about dossiers, with their names."""


class Finding(NamedTuple):
    """One thing that is wrong, with code and place: in a flow file (file, line, column) or in a dossier.

    Where a line of a log is meant, `line` is its seq. `holder` is the account concerned, `at` the moment (epoch seconds)
    since which it is so.
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
    the applicant is pointed to instead. A `misroute` says that it had come to the wrong place: it goes back unworked (R122).
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
    misroute: bool = False


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


class Post(NamedTuple):
    """What an account does, and where it sits, on `since` <= day < `until`."""

    roles: frozenset[str]
    division: str
    since: date | None = None
    until: date | None = None

    def holds(self, on: date) -> bool:
        """Whether it is held on this day."""
        return (self.since is None or self.since <= on) and (self.until is None or on < self.until)


class Account(NamedTuple):
    """Who a person is in the software. Valid on `since` <= day < `until`; absent on the days of `leave` (both included).

    `roles` and `division` are those of the latest post; `earlier` are the posts before it, for who was transferred (R128).
    """

    id: str
    name: str
    roles: frozenset[str]
    division: str
    since: date | None = None
    until: date | None = None
    leave: tuple[tuple[date, date], ...] = ()
    earlier: tuple[Post, ...] = ()

    @property
    def posts(self) -> tuple[Post, ...]:
        """Every post, the latest last."""
        return (*self.earlier, Post(self.roles, self.division, self.since, self.until))

    def post(self, on: date) -> Post | None:
        """The post it holds on a day; None when the account is not valid then."""
        return next((post for post in reversed(self.posts) if post.holds(on)), None)


class Delegation(NamedTuple):
    """`delegate` acts for `principal` on `since` <= day < `until`, in these procedures and steps, in all when none is named.

    Its acts are recorded as "B on behalf of A"; `paper` is the document it rests on (R127).
    """

    principal: str
    delegate: str
    since: date
    until: date
    paper: str
    procedures: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()

    def covers(self, code: str, step: str) -> bool:
        """Whether a step of a procedure is within its scope."""
        return (not self.procedures or code in self.procedures) and (not self.steps or step in self.steps)

    def holds(self, on: date) -> bool:
        """Whether it holds on this day."""
        return self.since <= on < self.until


class Move(NamedTuple):
    """One line of a log: at `at` (epoch seconds UTC) account `actor` took `action`, whereupon `holder` has it at `step`.

    `seq` counts from 0 without a gap. `action` is an arrow of the flow or one of the engine's verbs; `note` is what was
    written with it, such as a reason, and `record` what a form or a paper adds, by the keys of `RECORD`.
    """

    seq: int
    at: int
    actor: str
    action: str
    step: str
    holder: str
    note: str | None = None
    record: Mapping[str, str] | None = None

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
