"""What a rule may know besides the flow: the agency with its words, calendar, plans and laws, and the day of the check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from operator import attrgetter
from typing import Any

from flowiso.calendar import Calendar
from flowiso.errors import BadValue, CalendarUnknown
from flowiso.laws import Laws
from flowiso.model import Account, Flow, Role, Step
from flowiso.org import Org
from flowiso.plans import Plan
from flowiso.proof import Nominal, Proof, Unprovable, Windows, notices, prove, windows_of
from flowiso.published import Published
from flowiso.stretches import Hop
from flowiso.term import Term
from flowiso.words import Words

from .ways import Ways

ONE_STOP = "mot-cua"


@dataclass(frozen=True, slots=True)
class Context:
    """The agency a flow is checked for. `calendar` is None where the agency has none; `today` is the day of the check.

    `published` is the list of frozen files; `plans` is None where nobody looked; `unread` are the flow files that can't
    be read at all, as such a list names them.
    """

    org: Org
    words: Words
    calendar: Calendar | None = None
    laws: Laws = field(default_factory=Laws)
    published: Published = field(default_factory=Published)
    today: date | None = None
    plans: tuple[Plan, ...] | None = None
    unread: frozenset[str] = frozenset()
    _holders: dict[tuple[str, str], Mapping[str, Account]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _duties: dict[str, str] = field(default_factory=dict, init=False, repr=False, compare=False)
    _ways: dict[int, Ways] = field(default_factory=dict, init=False, repr=False, compare=False)
    _proofs: dict[int, Proof | Unprovable | None] = field(default_factory=dict, init=False, repr=False, compare=False)
    _noticed: dict[tuple[int, Term], list[tuple[Hop, int]]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _kept: dict[tuple[Any, ...], Proof] = field(default_factory=dict, init=False, repr=False, compare=False)

    def ways(self, flow: Flow) -> Ways:
        """Where the flow's arrows lead, worked out once for all rules; the `Ways` keep the flow, so its id stays its own."""
        found = self._ways.get(id(flow))
        if found is None:
            found = self._ways[id(flow)] = Ways(flow)
        return found

    def duty(self, by: str) -> str:
        """What the role does with a dossier; "" when surely nothing, "unknown" when nobody said."""
        if by not in self._duties:
            self._duties[by] = _duty(self.org.role(by))
        return self._duties[by]

    def holders(self, by: str, flow: Flow) -> Mapping[str, Account]:
        """The accounts that may hold a step of `by` in the flow, worked out once for all flows of its division."""
        key = by, flow.division
        if key not in self._holders:
            self._holders[key] = self.org.holders(by, flow)
        return self._holders[key]

    @property
    def windows(self) -> Windows | Nominal:
        """What terms hold at least, or at most where there is no calendar."""
        return windows_of(self.calendar) if self.calendar else Nominal()

    def proof(self, flow: Flow) -> Proof | Unprovable | None:
        """Whether the flow keeps its deadline, worked out once; None where there is nothing to prove or to prove it with.

        The ways are kept by `ways`, so the flow's id stays its own.
        """
        if id(flow) not in self._proofs:
            self.ways(flow)
            self._proofs[id(flow)] = self._prove(flow) if self._provable(flow) else None
        return self._proofs[id(flow)]

    def notices(self, proof: Proof, window: Term) -> list[tuple[Hop, int]]:
        """What is left to find what is missing (`proof.notices`), worked out once for all flows that share the proof."""
        key = id(proof), window
        if key not in self._noticed:
            self._noticed[key] = notices(proof, self.windows, window)
        return self._noticed[key]

    def _provable(self, flow: Flow) -> bool:
        misread = flow.unread & {"deadline", "steps", "aside", "clock_policy"} or _misread(flow)
        return flow.deadline is not None and not misread and not any(self._idle(step) for step in flow.steps)

    def _prove(self, flow: Flow) -> Proof | Unprovable | None:
        """The proof; of a flow whose rows and term are those of one that was proved, that one's.

        A hundred procedures have a few dozen shapes. Only a proof that holds is shared: a finding needs the flow's own lines.
        """
        alike = _alike(flow)
        if alike in self._kept:
            return self._kept[alike]
        proof = self._tried(flow)
        if isinstance(proof, Proof) and proof.holds:
            self._kept[alike] = proof
        return proof

    def _tried(self, flow: Flow) -> Proof | Unprovable | None:
        try:
            return prove(flow, self.org, self.windows, every=False)
        except Unprovable as unprovable:
            return unprovable
        except (BadValue, CalendarUnknown):
            return None

    def _idle(self, step: Step) -> bool:
        """Whether the clock runs at somebody's who has no time to keep: that is FLW312, and no proof."""
        role = self.org.role(step.by)
        return step.clock == "run" and role is not None and role.party in ("applicant", "system")


def _duty(role: Role | None) -> str:
    if role is None or (role.duty is None and role.party in ("agency", "partner")):
        return "unknown"
    return role.duty or ""


def _alike(flow: Flow) -> tuple[Any, ...]:
    """All that a proof depends on: term, rows, and arrows, but neither titles nor lines."""
    arrows = [(*step.arrows, step.at_limit) if step.at_limit else step.arrows for step in flow.steps]
    rows = tuple((_ROW(step), *map(_ARROW, leaving)) for step, leaving in zip(flow.steps, arrows, strict=True))
    shared = (*flow.anywhere, flow.at_due) if flow.at_due else flow.anywhere
    return flow.deadline, flow.clock_policy, rows, tuple(map(_ARROW, shared)), tuple(map(_END, flow.ends))


_ROW = attrgetter("id", "by", "within", "clock", "ready")
_ARROW = attrgetter("action", "target", "kind", "times", "policy", "deadline")
_END = attrgetter("id", "kind")


def _misread(flow: Flow) -> bool:
    """Whether it isn't known which clocks run: what follows from that would be a second finding."""
    return any(path.startswith("step.") and path.endswith((".clock", ".ready", ".until")) for path in flow.unread)


def convened(role: Role | None) -> bool:
    """Whether the role is a council or jury: it has a duty on the dossier, but its acts are recorded by the agency's own.

    An agency that is only asked for its opinion has no duty; one that decides has accounts of its own.
    """
    return role is not None and role.party == "partner" and bool(role.recorded_by) and role.duty is not None
