"""Who watches over whom: heads of divisions, the department's leaders, the head of the one-stop unit (R125, R126). Pure.

People are found by what their roles do (`duty`), never by name. Those on leave are told too: who stands in is their affair.
"""

from __future__ import annotations

from datetime import date

from .machine import Table
from .model import Duty
from .org import Org

Names = tuple[str, ...]
"""Accounts by id."""


def heads(table: Table, holder: str, on: date) -> Names:
    """The heads of the holder's division; of the flow's where his has none, as with a partner or the applicant."""
    account = table.org.accounts.get(holder)
    post = account.post(on) if account else None
    found = _with_duty(table.org, "review", on, {post.division}) if post else ()
    return found or _with_duty(table.org, "review", on, {table.flow.division})


def leaders(org: Org, on: date) -> Names:
    """The leaders of the department."""
    return _with_duty(org, "approve", on, None)


def desk_heads(table: Table, on: date) -> Names:
    """The head of the one-stop unit: who leads the division it belongs to (NĐ 61/2018 đ.10 k.2 b)."""
    org, first = table.org, table.first
    assert first.step is not None
    seat = org.seat(first.step.by, table.flow)
    divisions = {seat} if seat else {org.accounts[name].division for name in first.fits}
    return _with_duty(org, "review", on, divisions)


def _with_duty(org: Org, duty: Duty, on: date, divisions: set[str] | None) -> Names:
    """The accounts with an agency role of this duty on a day, in these divisions or anywhere."""
    roles = {role.id for role in org.roles.values() if role.duty == duty and role.party == "agency"}
    found = ((account.id, account.post(on)) for account in org.accounts.values())
    return tuple(
        name
        for name, post in found
        if post is not None and post.roles & roles and (divisions is None or post.division in divisions)
    )
