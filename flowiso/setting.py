"""What a simulation had otherwise than the agency's folder: other people, other leave, other terms. Its store tells it.

{"deadlines":{"XTTM-01":"3wd"},"scenario":"dong-nai-2021","staff":{"leave":{},"missing":[],"more":[]},"terms":1.0,"version":1}
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from itertools import count
from typing import Any

from .errors import BadValue, StoreError
from .model import Account, Fact, Flow, Place, Step, Transition
from .org import Org
from .term import Term
from .text import Text

VERSION = 1
_TERMS, _COUNT = (0.01, 10.0), 1_000
"""How much terms may be multiplied by, and how many of a role may be added, in a scenario."""
_LEAST = Decimal("0.01")
_HOURS = {"wd": 8, "wh": 1}
_TERM_FACTS = ("deadline", "times")
_WHY = "kịch bản mô phỏng đặt, không phải luật"
_ACCOUNT = Text("tài khoản", "the account")


@dataclass(frozen=True, slots=True)
class Extra:
    """So many more officers of a role in a division, None for a role that sits in no division of its own."""

    role: str
    division: str | None
    count: int


@dataclass(frozen=True, slots=True)
class Staff:
    """How the staff differs from `_org.yaml`: accounts `missing`, officers `more`, further spells of `leave` by account."""

    missing: tuple[str, ...] = ()
    more: tuple[Extra, ...] = ()
    leave: Mapping[str, tuple[tuple[date, date], ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Setting:
    """What a scenario changes of an agency; two that change the same are equal, whatever their `scenario` is called.

    `deadlines` are terms for procedures to which the law gives none; `terms` multiplies the deadlines and step times of all
    flows, these too.
    """

    scenario: str = field(default="", compare=False)
    staff: Staff = Staff()
    deadlines: Mapping[str, Term] = field(default_factory=dict)
    terms: float = 1.0

    @classmethod
    def read(cls, text: str) -> Setting:
        """What `text()` has written, and nothing else; "" changes nothing. Raises StoreError."""
        if not text:
            return cls()
        try:
            told = json.loads(text)
            if told["version"] > VERSION:
                raise _newer()
            found = _read(told)
            if found.text() != text:
                raise ValueError(text)
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError, BadValue) as error:
            raise _damaged() from error
        return found

    def text(self) -> str:
        """Canonical JSON: equal settings of a scenario have equal texts. "" where it changes nothing."""
        if self == Setting():
            return ""
        leave = {name: [[str(day) for day in spell] for spell in spells] for name, spells in self.staff.leave.items()}
        more = [{"count": one.count, "division": one.division, "role": one.role} for one in self.staff.more]
        told = {
            "deadlines": {code: str(term) for code, term in self.deadlines.items()},
            "scenario": self.scenario,
            "staff": {"leave": leave, "missing": list(self.staff.missing), "more": more},
            "terms": float(self.terms),
            "version": VERSION,
        }
        return json.dumps(told, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))

    def org(self, org: Org) -> Org:
        """The organisation under it: accounts `missing` are gone, and what was delegated by or to them; new ones are called
        them1.qltm, them2.qltm, ...

        Raises BadValue for an account, a role or a division that isn't there.
        """
        staff = self.staff
        self._check(staff.missing, org.accounts, _ACCOUNT)
        self._check((one.role for one in staff.more), org.roles, Text("vai trò", "the role"))
        seats = (*org.divisions, *org.leadership)
        self._check((one.division for one in staff.more if one.division), seats, Text("phòng", "the division"))
        new = {account.id: account for account in _more(org, staff)}
        self._check(staff.leave, org.accounts.keys() | new.keys(), _ACCOUNT)
        there = (account for name, account in org.accounts.items() if name not in staff.missing)
        accounts = {account.id: _on_leave(account, staff) for account in (*there, *new.values())}
        kept = (one for one in org.delegations if one.principal in accounts and one.delegate in accounts)
        return org._replace(accounts=accounts, delegations=tuple(kept))

    def flows(self, flows: Iterable[Flow]) -> tuple[Flow, ...]:
        """The flows under it. Terms in days stay whole days, of at least one, halves rounded up; the others are rounded to
        hundredths. Raises BadValue for a procedure that isn't there."""
        before = tuple(flows)
        self._check(self.deadlines, {flow.code for flow in before}, Text("thủ tục", "the procedure"))
        return tuple(self._termed(flow) for flow in before)

    def _check(self, named: Iterable[str], known: Iterable[str], what: Text) -> None:
        lacks = next((name for name in named if name not in set(known)), None)
        if lacks is not None:
            raise BadValue(
                Text(
                    f"kịch bản '{self.scenario}' nói đến {what.vi} {lacks}, mà lưu đồ đang dùng không có; hãy chọn --flows là"
                    " thư mục đã dùng khi mô phỏng",
                    f"scenario '{self.scenario}' speaks of {what.en} {lacks}, which these flows don't have; let --flows be"
                    " the folder that was simulated",
                )
            )

    def _termed(self, flow: Flow) -> Flow:
        """A flow with these terms: those given where the law sets none, then all of them multiplied."""
        if flow.deadline is None and flow.code in self.deadlines:
            flow = _assuming(_given(flow, self.deadlines[flow.code]))
        if self.terms == 1.0:
            return flow
        by, flow = Decimal(str(self.terms)), _assuming(flow)
        steps = tuple(_timed(step, by) for step in flow.steps)
        at_due = flow.at_due and _arrow(flow.at_due, by)
        anywhere = tuple(_arrow(arrow, by) for arrow in flow.anywhere)
        return flow._replace(deadline=_times(flow.deadline, by), steps=steps, at_due=at_due, anywhere=anywhere)


def _read(told: Any) -> Setting:
    """A setting of JSON; what isn't just as it would be written, the caller finds."""
    staff, terms = told["staff"], float(told["terms"])
    more = tuple(_extra(**one) for one in staff["more"])
    if not _TERMS[0] <= terms <= _TERMS[1] or not all(1 <= one.count <= _COUNT for one in more):
        raise ValueError(told)
    leave = {name: tuple(_spell(*spell) for spell in spells) for name, spells in staff["leave"].items()}
    deadlines = {code: Term.parse(term) for code, term in told["deadlines"].items()}
    return Setting(_word(told["scenario"]), Staff(tuple(map(_word, staff["missing"])), more, leave), deadlines, terms)


def _extra(role: str, division: str | None, count: int) -> Extra:
    return Extra(_word(role), division and _word(division), int(count))


def _word(told: object) -> str:
    if not isinstance(told, str):
        raise TypeError(told)
    return told


def _spell(first: str, last: str) -> tuple[date, date]:
    return date.fromisoformat(first), date.fromisoformat(last)


def _more(org: Org, staff: Staff) -> Iterator[Account]:
    number = count(1)
    for extra in staff.more:
        division = extra.division or org.roles[extra.role].sits
        for _ in range(extra.count):
            nth = next(number)
            yield Account(f"them{nth}.{division}", f"Cán bộ thêm {nth}", frozenset({extra.role}), division)


def _on_leave(account: Account, staff: Staff) -> Account:
    more = staff.leave.get(account.id, ())
    return account._replace(leave=tuple(sorted({*account.leave, *more}))) if more else account


def _given(flow: Flow, deadline: Term) -> Flow:
    """A flow with a term the law doesn't set, and no more a reason for none; the rows of its main path that count no time share
    it alike."""
    flow = flow._replace(no_deadline_reason=None)
    mine = [step.id for step in flow.steps if step.main and step.clock == "none" and not step.ready and not step.until]
    hours = _HOURS.get(deadline.unit)
    if hours is None or not mine:
        return flow._replace(deadline=deadline)
    within = Term(_short((deadline.amount * hours / len(mine)).quantize(_LEAST, ROUND_DOWN)), "wh")
    steps = (step._replace(within=within, clock="run") if step.id in mine else step for step in flow.steps)
    return flow._replace(deadline=deadline, steps=tuple(steps))


def _assuming(flow: Flow) -> Flow:
    """A flow whose terms are a scenario's: none of them is said to be read in a source."""
    kept = (entry._replace(of=tuple(name for name in entry.of if not _is_term(name))) for entry in flow.facts)
    facts = (*(entry for entry in kept if entry.of), Fact(_TERM_FACTS, "assumed", _WHY, Place(1, 1)))
    return flow._replace(facts=facts)


def _is_term(fact: str) -> bool:
    return fact in (*_TERM_FACTS, "no_deadline_reason") or fact.startswith("time.")


def _timed(step: Step, by: Decimal) -> Step:
    arrows = tuple(_arrow(arrow, by) for arrow in step.arrows)
    at_limit = step.at_limit and _arrow(step.at_limit, by)
    return step._replace(within=_times(step.within, by), arrows=arrows, at_limit=at_limit)


def _arrow(arrow: Transition, by: Decimal) -> Transition:
    return arrow if arrow.deadline is None else arrow._replace(deadline=_times(arrow.deadline, by))


def _times(term: Term | None, by: Decimal) -> Term | None:
    if term is None or term.unit == "immediate":
        return term
    amount = term.amount * by
    if term.unit == "d" or (term.unit == "wd" and term.amount % 1 == 0):
        return replace(term, amount=max(Decimal(1), amount.quantize(Decimal(1), ROUND_HALF_UP)))
    return replace(term, amount=_short(max(_LEAST, amount.quantize(_LEAST, ROUND_HALF_UP))))


def _short(amount: Decimal) -> Decimal:
    """The same without zeros behind the point."""
    whole = amount.to_integral_value()
    return whole if amount == whole else amount.normalize()


def _newer() -> StoreError:
    return StoreError(
        Text(
            "kho mô phỏng này do bản FlowISO mới hơn tạo, theo kịch bản mà bản này không đọc được: hãy nâng cấp FlowISO",
            "this simulated store was made by a newer FlowISO, by a scenario that this one can't read: upgrade FlowISO",
        )
    )


def _damaged() -> StoreError:
    return StoreError(
        Text(
            "kho mô phỏng hỏng: không đọc được kịch bản đã ghi trong nó; hãy khôi phục bản sao lưu hoặc mô phỏng lại",
            "the simulated store is damaged: the scenario written in it can't be read; restore a backup, or simulate anew",
        )
    )
