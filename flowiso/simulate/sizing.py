"""How many officers are enough: the staff of a scenario varied, and the smallest that holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ..errors import BadValue
from ..org import Org
from ..setting import Extra
from ..text import Text
from .scenario import Scenario


def seat_of(org: Org, role: str, division: str | None) -> str:
    """Where the officers of a role sit: its own division, or for a role that every division has the one named.

    BadValue for an unknown role or division, a role of others than the agency, a division missing or not its own.
    """
    known = org.roles.get(role)
    if known is None or known.party != "agency":
        names = ", ".join(name for name, one in org.roles.items() if one.party == "agency")
        raise BadValue(
            Text(f"không có vai trò '{role}'; hiện có: {names}", f"there is no role '{role}'; there are: {names}")
        )
    seats = {account.division for account in org.accounts.values() if role in account.roles}
    if division is None and len(seats) == 1:
        return seats.pop()
    if division is None or division not in seats:
        names = ", ".join(sorted(seats))
        raise BadValue(
            Text(
                f"vai trò '{role}' có ở các đơn vị {names}; hãy ghi một trong số đó sau --division",
                f"the role '{role}' sits in {names}; give one of these to --division",
            )
        )
    return division


def officers(org: Org, scenario: Scenario, role: str, seat: str) -> tuple[list[str], int]:
    """The accounts that have a role at a seat in a scenario, in the order of `_org.yaml`, and how many new ones beside."""
    holders = (account for account in org.accounts.values() if role in account.roles and account.division == seat)
    present = [account.id for account in holders if account.id not in scenario.staff.missing]
    return present, sum(more.count for more in scenario.staff.more if _same(org, more, role, seat))


def check_sizable(org: Org, scenario: Scenario) -> None:
    """BadValue where a scenario says something of officers whom it adds: with another size their names are other people's."""
    named = (*scenario.work.pace, *scenario.staff.leave)
    added = sorted(name for name in named if name not in org.accounts)
    if added:
        names = ", ".join(added)
        raise BadValue(
            Text(
                f"kịch bản nói riêng về {names}, mà mỗi số người lại gọi tên một khác; hãy bỏ các tên ấy khỏi 'pace', 'leave'",
                f"the scenario speaks of {names}, and each size calls others so; take these out of 'pace' and 'leave'",
            )
        )


def of_size(org: Org, scenario: Scenario, role: str, seat: str, size: int) -> Scenario:
    """The scenario with so many officers of a role at a seat: new ones come, or the last of `_org.yaml` are missing."""
    present, _ = officers(org, scenario, role, seat)
    staff = scenario.staff
    others = tuple(more for more in staff.more if not _same(org, more, role, seat))
    named = None if org.roles[role].sits == seat else seat
    extra = (Extra(role, named, size - len(present)),) if size > len(present) else ()
    return replace(scenario, staff=replace(staff, missing=(*staff.missing, *present[size:]), more=(*others, *extra)))


def _same(org: Org, more: Extra, role: str, seat: str) -> bool:
    return more.role == role and (more.division or org.roles[role].sits) == seat


def smallest(holds: Callable[[int], bool], least: int, most: int) -> int | None:
    """The smallest number from `least` to `most` that holds, by bisection, so taking it that more never do worse; None when
    not even `most` do."""
    if not holds(most):
        return None
    while least < most:
        middle = (least + most) // 2
        least, most = (least, middle) if holds(middle) else (middle + 1, most)
    return most
