"""A flow declared as one `transitions.Machine`, and the table compiled from it: the only module that imports transitions.

The engine steps through the table. The Machine stays reachable for a host that wants its callbacks or diagrams; a test
proves that both agree for every state and action of every flow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, Protocol

from transitions import Machine

from .errors import FlowFileError
from .model import (
    ASKING,
    STOP,
    WITHDRAW,
    Account,
    ArrowKind,
    Delegation,
    Duty,
    EndKind,
    Flow,
    Party,
    Post,
    Step,
    Transition,
)
from .org import Org, in_posts, standing
from .term import Term
from .text import Text
from .worktime import midnight

WORDED: frozenset[ArrowKind] = frozenset({"supplement", "refuse", "send-back", "repair", "consult"})
"""Kinds of arrows that nobody may take without writing down why, or what is asked for."""


Seats = dict[str, Account | None]
"""The accounts that may do something, each with None when it always may, or with itself when its posts or leave tell when."""


ABSENT = Account("", "", frozenset(), "")
"""What to ask `Seats` to give for an account that isn't among them, None having a meaning of its own."""
_NO_TENURE = 0, 0


class Cursor(Protocol):
    """What a guard looks at: a dossier's state, or any object standing in for it in the stock Machine."""

    @property
    def received(self) -> int | None: ...
    def times_taken(self, step: str, action: str) -> int: ...


class Guard:
    """A condition on an arrow, understood by the stock Machine (as a callback) and by the table alike.

    `intake`: True for an arrow that may be taken only before the dossier is received, False for one only after it.
    `times`: how often one dossier may take the arrow.
    """

    __slots__ = ("action", "intake", "step", "times")

    def __init__(self, step: str, action: str, intake: bool, times: int | None) -> None:
        self.step = step
        self.action = action
        self.intake = intake
        self.times = times

    def allows(self, cursor: Cursor) -> bool:
        """Whether the dossier at `cursor` may take the arrow."""
        if (cursor.received is None) is not self.intake:
            return False
        return self.times is None or cursor.times_taken(self.step, self.action) < self.times

    def __call__(self, event: Any) -> bool:
        return self.allows(event.model)


class Row:
    """A compiled step or end. `arcs` are its arrows by action, `fits` the accounts that may hold it.

    In `fits` and `recorders` an account that is always there stands with None, one with dates or leave with itself. `always` are
    those in `fits` that may hold it on every day in their own right, on leave or not, `steady` those that are there besides,
    `tenures` those of the others without leave, with the instants from and up to which they have their latest post.
    `deputies` are the delegations to each account that may stand in for somebody in `fits`, on the days on which both hold
    their posts (R127). `duty` is what its role does with a dossier (R140), `party` whose time it is (R95). `seconds` is the
    time allowed in working seconds when it needs no calendar days to tell; `timed`: time may move it on; `resolves`:
    entering it makes the result available; `table` is the table it is a row of.
    """

    __slots__ = (
        "always",
        "arcs",
        "at_due",
        "at_limit",
        "confirms",
        "deputies",
        "duty",
        "fits",
        "id",
        "kind",
        "party",
        "ready",
        "recorders",
        "resolves",
        "seconds",
        "steady",
        "step",
        "stopped",
        "table",
        "tenures",
        "timed",
        "title",
        "within",
    )

    def __init__(self, row_id: str, title: Text, step: Step | None, kind: EndKind | None) -> None:
        self.id = row_id
        self.title = title
        self.step = step
        self.kind = kind
        self.within: Term | None = step.within if step else None
        self.seconds = None if step and step.until else _working_seconds(self.within)
        self.stopped = step is not None and step.clock == "stopped"
        self.ready = step is not None and step.ready
        self.resolves = self.ready or kind is not None
        self.confirms = False
        self.arcs: dict[str, Arc] = {}
        self.fits: Seats = {}
        self.always: frozenset[str] = frozenset()
        self.steady: frozenset[str] = frozenset()
        self.tenures: dict[str, tuple[int, int]] = {}
        self.deputies: dict[str, tuple[Delegation, ...]] = {}
        self.recorders: Seats = {}
        self.duty: Duty | None = None
        self.party: Party = "agency"
        self.table: Table
        self.at_limit: Arc | None = None
        self.at_due: Arc | None = None
        self.timed = False

    def __repr__(self) -> str:
        return f"Row({self.id!r})"

    def serves(self, name: str, at: int) -> bool:
        """Whether an account may hold it at an instant by its one of the `tenures`; others may, too."""
        since, until = self.tenures.get(name, _NO_TENURE)
        return since <= at < until


class Arc:
    """A compiled arrow to `row`. `takers` may take it instead of the holder.

    `plain` arrows leave the legal clock as it is; `special` ones not every holder may take at any time; who takes one that
    is `worded` writes down why or what for (forms 02 and 03, R11, R45, R48; a send-back, R120). One that is `misroute` says that
    the dossier had come to the wrong place (R122). The `usual` ones are those the
    holder of a received dossier may take at any time without a word.
    """

    __slots__ = (
        "action",
        "arrow",
        "guard",
        "intake",
        "kind",
        "misroute",
        "plain",
        "row",
        "special",
        "takers",
        "timer",
        "usual",
        "worded",
    )

    def __init__(self, row: Row, arrow: Transition, guard: Guard, takers: Seats, source: Row) -> None:
        self.row = row
        self.arrow = arrow
        self.action = arrow.action
        self.kind = arrow.kind
        self.misroute = arrow.misroute
        self.guard = guard if guard.times is not None else None
        self.intake = guard.intake
        self.takers = takers
        self.timer = arrow.kind == "timer"
        self.worded = arrow.kind in WORDED or row.kind == "refused-intake"
        self.special = self.timer or self.worded or self.guard is not None or bool(takers)
        self.usual = False
        turns = arrow.kind in ASKING or arrow.times is not None or arrow.deadline is not None
        self.plain = not (turns or source.stopped or row.stopped or row.seconds is None)


def partner_after(row: Row) -> Row | None:
    """The next step of a partner on the way on from a row, that one included; None where no arrow leads to one."""
    seen, next_ = {row.id}, [row]
    while next_:
        if found := next((one for one in next_ if one.party == "partner"), None):
            return found
        ahead = [arc.row for one in next_ for arc in one.arcs.values() if arc.kind in ("forward", "consult")]
        next_ = [one for one in dict.fromkeys(ahead) if one.id not in seen]
        seen.update(one.id for one in next_)
    return None


class Table:
    """One flow version, ready to step through: rows by id, the first row, and the Machine it was read from.

    `stopped` and `withdrawn` are the ends that the verbs `stop` and `withdraw` lead to: the flow's own of that kind, else one
    the engine adds. `sibling` finds the table of another version of the flow. `twofold` are the accounts that could do two
    duties which nobody does on one dossier (R140).
    """

    __slots__ = (
        "first",
        "flow",
        "intake",
        "machine",
        "org",
        "plan",
        "rows",
        "sibling",
        "stopped",
        "twofold",
        "withdrawn",
    )

    def __init__(self, flow: Flow, org: Org, machine: Machine, rows: dict[str, Row], plan: Mapping[str, int]) -> None:
        self.flow = flow
        self.org = org
        self.machine = machine
        self.rows = rows
        self.first = rows[flow.steps[0].id]
        self.plan = plan
        self.intake = int(org.limits.intake.amount * 3600)
        self.stopped = _end(rows, "stopped", STOP, Text("Dừng giải quyết", "Stopped"))
        self.withdrawn = _end(rows, "withdrawn", WITHDRAW, Text("Rút hồ sơ", "Withdrawn"))
        self.sibling: Callable[[int], Table | None] = lambda version: None
        for row in (*rows.values(), self.stopped, self.withdrawn):
            row.table = self
        self.twofold = frozenset() if flow.one_stop_full else _twofold(rows.values())


def _end(rows: dict[str, Row], kind: EndKind, verb: str, title: Text) -> Row:
    """The flow's end of a kind; where it has none, one by the name of the engine's verb that leads there."""
    found = next((row for row in rows.values() if row.kind == kind), None)
    return found or Row(verb, title, None, kind)


SEPARATE: frozenset[Duty | None] = frozenset({"examine", "approve", "issue"})
"""Duties of which nobody does two on one dossier (R140)."""


def _twofold(rows: Iterable[Row]) -> frozenset[str]:
    duties: dict[str, set[Duty | None]] = {}
    for row in rows:
        for name in row.fits if row.duty in SEPARATE else ():
            duties.setdefault(name, set()).add(row.duty)
    return frozenset(name for name, done in duties.items() if len(done) > 1)


def declare(flow: Flow) -> Machine:
    """The flow as a stock Machine without models: states are step and end ids, triggers are actions."""
    ends = {end.id: end for end in flow.ends}
    transitions = [
        {
            "trigger": arrow.action,
            "source": step.id,
            "dest": arrow.target,
            "conditions": [Guard(step.id, arrow.action, _intake(arrow, ends), arrow.times)],
        }
        for step in flow.steps
        for arrow in flow.arrows(step)
    ]
    return Machine(
        model=None,
        states=[*(step.id for step in flow.steps), *ends],
        transitions=transitions,
        initial=flow.steps[0].id,
        auto_transitions=False,
        send_event=True,
    )


def compile_flow(flow: Flow, org: Org, plan: Mapping[str, int] | None = None) -> Table:
    """The table of a flow, read from its Machine.

    `plan` gives the moment (epoch seconds) of each milestone. Raises FlowFileError when the Machine uses what a table
    can't carry.
    """
    machine = declare(flow)
    _check_plain(flow, machine)
    rows = {step.id: Row(step.id, step.title, step, None) for step in flow.steps}
    rows |= {end.id: Row(end.id, end.title, None, end.kind) for end in flow.ends}
    for step in flow.steps:
        _seat(rows[step.id], org, flow)
    arrows = {(step.id, arrow.action): arrow for step in flow.steps for arrow in flow.arrows(step)}
    for action, event in machine.events.items():
        for source, found in event.transitions.items():
            _connect(rows, org, flow, arrows[source, action], source, found)
    for row in rows.values():
        for arc in row.arcs.values():
            arc.usual = not (row.timed or arc.special or arc.intake)
    return Table(flow, org, machine, rows, plan or {})


def _connect(rows: dict[str, Row], org: Org, flow: Flow, arrow: Transition, source: str, found: list[Any]) -> None:
    guard = _carried(flow, source, arrow.action, found)
    takers = _takers(org, flow, arrow.by) if arrow.by else {}
    arc = Arc(rows[found[0].dest], arrow, guard, takers, rows[source])
    rows[source].arcs[arrow.action] = arc
    step = rows[source].step
    rows[source].timed = rows[source].timed or arc.timer
    if arc.timer and step is not None:
        if arrow is step.at_limit:
            rows[source].at_limit = arc
        else:
            rows[source].at_due = arc


def _carried(flow: Flow, source: str, action: str, found: list[Any]) -> Guard:
    """The guard of the one arrow found; whatever else the Machine knows of it can't be carried and is refused."""
    conditions = [condition.func for condition in found[0].conditions if condition.target is True]
    plain = len(found) == 1 and not (found[0].prepare or found[0].before or found[0].after)
    alone = len(conditions) == len(found[0].conditions) == 1
    if plain and found[0].dest is not None and alone and isinstance(conditions[0], Guard):
        return conditions[0]
    text = Text(
        f"{flow.code}: mũi tên '{action}' của bước '{source}' được khai báo hai lần hoặc theo cách bảng không chứa được",
        f"{flow.code}: arrow '{action}' of step '{source}' is declared twice or in a way the table can't carry",
    )
    raise FlowFileError(text)


def _check_plain(flow: Flow, machine: Machine) -> None:
    """Refuse callbacks of the Machine or its states: the table wouldn't call them."""
    callbacks = (
        *(machine.prepare_event, machine.before_state_change, machine.after_state_change, machine.finalize_event),
        *(calls for state in machine.states.values() for calls in (state.on_enter, state.on_exit)),
    )
    if any(callbacks):
        text = Text(
            f"{flow.code}: Machine có hàm gọi lại mà bảng không chứa được",
            f"{flow.code}: the Machine has callbacks that the table can't carry",
        )
        raise FlowFileError(text)


def _seat(row: Row, org: Org, flow: Flow) -> None:
    assert row.step is not None
    role = org.role(row.step.by)
    own = org.holders(row.step.by, flow)
    row.fits = _seats(own)
    if role is not None:
        row.recorders = _seats({name: one for by in role.recorded_by for name, one in org.holders(by, flow).items()})
        row.confirms = role.party in ("agency", "partner") and not role.recorded_by
        row.duty = role.duty
        row.party = row.step.charged_to or role.party
    _deputise(row, org, flow, own)
    row.steady = frozenset(name for name, one in row.fits.items() if one is None)
    own_right = {name: one for name, one in row.fits.items() if one and name not in row.deputies}
    row.always = row.steady | {name for name, one in own_right.items() if not (one.since or one.until)}
    row.tenures = {name: _tenure(one) for name, one in own_right.items() if not (name in row.always or one.leave)}


def _tenure(account: Account) -> tuple[int, int]:
    """From which instant up to which an account has its latest post (R128)."""
    since, until = account.since or date.min, account.until or date.max
    return midnight(since.toordinal()), midnight(until.toordinal())


def _seats(accounts: Mapping[str, Account]) -> Seats:
    return {name: one if one.since or one.until or one.leave or one.earlier else None for name, one in accounts.items()}


def _deputise(row: Row, org: Org, flow: Flow, own: Mapping[str, Account]) -> None:
    """Let delegates hold the step as long as their delegation runs, beside those who may in their own right."""
    assert row.step is not None
    for given in org.delegations:
        principal, delegate = own.get(given.principal), org.accounts.get(given.delegate)
        if principal and delegate and given.covers(flow.code, row.step.id):
            for one in standing(given, principal, delegate):
                row.deputies[one.delegate] = (*row.deputies.get(one.delegate, ()), one)
    for name, delegations in row.deputies.items():
        if name not in own or row.fits[name] is not None:
            posts = own[name].posts if name in own else ()
            stands = tuple(Post(frozenset(), "", one.since, one.until) for one in delegations)
            row.fits[name] = in_posts(org.accounts[name], (*posts, *stands))


def _takers(org: Org, flow: Flow, by: str) -> Seats:
    role = org.role(by)
    also = role.recorded_by if role else ()
    return _seats({name: one for taker in (by, *also) for name, one in org.holders(taker, flow).items()})


def _intake(arrow: Transition, ends: Mapping[str, Any]) -> bool:
    end = ends.get(arrow.target)
    return end is not None and end.kind == "refused-intake"


def _working_seconds(within: Term | None) -> int | None:
    """The term in working seconds; 0 when there is none; None when only a calendar can tell."""
    if within is None:
        return 0
    return int(within.amount * 3600) if within.unit == "wh" else None
