"""Who watches over whom: heads of divisions, the department's leaders, the head of the one-stop unit (R125, R126). Pure.

People are found by what their roles do (`duty`), never by name. Those on leave are told too: who stands in is their affair.
"""

from __future__ import annotations

from datetime import date

from .machine import Table
from .model import Account, Duty, Post
from .org import Org

Names = tuple[str, ...]
"""Accounts by id."""


def heads(table: Table, holder: str, on: date) -> Names:
    """The heads of the holder's division; of the flow's where his has none, as with a partner or the applicant.

    Whoever heads a division is under a leader of the department: of a leader it is the other leaders, and nobody where he is
    alone. Who is gone counts as what he was last.
    """
    org = table.org
    account = org.accounts.get(holder)
    post = _last_post(account, on) if account else None
    if post is not None and post.roles & _roles(org, "approve"):
        return tuple(name for name in leaders(org, on) if name != holder)
    found = _with_duty(org, "review", on, {post.division}) if post else ()
    return found or _with_duty(org, "review", on, {table.flow.division})


def over(table: Table, account: str, on: date) -> Names:
    """Who answers for what an account does: its heads, and for a head the department's leaders; never who is under it (R125)."""
    own = heads(table, account, on)
    return own if own and account not in own else tuple(name for name in leaders(table.org, on) if name != account)


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
    roles = _roles(org, duty)
    found = ((account.id, account.post(on)) for account in org.accounts.values())
    return tuple(
        name
        for name, post in found
        if post is not None and post.roles & roles and (divisions is None or post.division in divisions)
    )


def _roles(org: Org, duty: Duty) -> set[str]:
    return {role.id for role in org.roles.values() if role.duty == duty and role.party == "agency"}


def _last_post(account: Account, on: date) -> Post | None:
    """The post on a day, else the last one that had begun by then."""
    begun = (post for post in reversed(account.posts) if post.since is None or post.since <= on)
    return account.post(on) or next(begun, None)
