"""The agency as a scenario has it: other people, other leave, other terms. A copy; the agency that was read stays as it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from itertools import count
from weakref import WeakKeyDictionary

from ..app import Agency
from ..model import Account, Flow, Step, Transition
from ..org import Org
from ..term import Term
from .scenario import Scenario, Staff

_LEAST = Decimal("0.01")
_HOURS = {"wd": 8, "wh": 1}
_copies: WeakKeyDictionary[Agency, dict[str, Agency]] = WeakKeyDictionary()


def staffed(agency: Agency, scenario: Scenario) -> Agency:
    """The agency with the scenario's staff and terms; the same one where it changes neither.

    Accounts `missing` are gone, and what was delegated by or to them; new ones are called them1.qltm, them2.qltm, ... Terms
    in days stay whole days, of at least one, halves rounded up; the others are rounded to hundredths.
    """
    if scenario.staff == Staff() and scenario.terms == 1.0 and not scenario.deadlines:
        return agency
    key = repr((scenario.staff, scenario.terms, sorted(scenario.deadlines.items())))
    copies = _copies.setdefault(agency, {})
    if key not in copies:
        flows = tuple(_termed(flow, scenario) for flow in agency.flows)
        copies[key] = agency.altered(_manned(agency.org, scenario.staff), flows)
    return copies[key]


def _manned(org: Org, staff: Staff) -> Org:
    there = [account for name, account in org.accounts.items() if name not in staff.missing]
    accounts = {account.id: _on_leave(account, staff) for account in (*there, *_more(org, staff))}
    kept = (one for one in org.delegations if one.principal in accounts and one.delegate in accounts)
    return org._replace(accounts=accounts, delegations=tuple(kept))


def _more(org: Org, staff: Staff) -> Iterable[Account]:
    number = count(1)
    for extra in staff.more:
        division = extra.division or org.roles[extra.role].sits
        for _ in range(extra.count):
            nth = next(number)
            yield Account(f"them{nth}.{division}", f"Cán bộ thêm {nth}", frozenset({extra.role}), division)


def _on_leave(account: Account, staff: Staff) -> Account:
    more = staff.leave.get(account.id, ())
    return account._replace(leave=tuple(sorted({*account.leave, *more}))) if more else account


def _termed(flow: Flow, scenario: Scenario) -> Flow:
    """A flow with the terms of the scenario: those it gives itself where the law sets none, then all of them multiplied."""
    if flow.deadline is None and flow.code in scenario.deadlines:
        flow = _given(flow, scenario.deadlines[flow.code])
    if scenario.terms == 1.0:
        return flow
    by = Decimal(str(scenario.terms))
    steps = tuple(_timed(step, by) for step in flow.steps)
    at_due = flow.at_due and _arrow(flow.at_due, by)
    anywhere = tuple(_arrow(arrow, by) for arrow in flow.anywhere)
    return flow._replace(deadline=_times(flow.deadline, by), steps=steps, at_due=at_due, anywhere=anywhere)


def _given(flow: Flow, deadline: Term) -> Flow:
    """A flow with a term the law doesn't set; the rows of its main path that count no time share it alike."""
    mine = [step.id for step in flow.steps if step.main and step.clock == "none" and not step.ready and not step.until]
    hours = _HOURS.get(deadline.unit)
    if hours is None or not mine:
        return flow._replace(deadline=deadline)
    within = Term((deadline.amount * hours / len(mine)).quantize(_LEAST, ROUND_DOWN), "wh")
    steps = (step._replace(within=within, clock="run") if step.id in mine else step for step in flow.steps)
    return flow._replace(deadline=deadline, steps=tuple(steps))


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
    return replace(term, amount=max(_LEAST, amount.quantize(_LEAST, ROUND_HALF_UP)))
