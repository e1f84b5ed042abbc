"""May this account hold this step? The finding when it may not (R121), and the accounts that may."""

from __future__ import annotations

from .machine import Row
from .model import Account, Finding, Flow
from .org import Org, active, present
from .text import Text, day
from .worktime import local


def misroute(org: Org, flow: Flow, row: Row, account_id: str, sender: str, at: int) -> Finding | None:
    """Why `account_id` should not be handed this step at `at` by `sender`; None when it is a right hand-over."""
    on = local(at).date()
    dated = row.fits.get(account_id)
    if dated is not None and account_id != sender and present(dated, on):
        return None
    account = org.accounts.get(account_id)
    if account is None:
        return _finding(
            "DOS200", "unknown-account", account_id, at, "không có trong danh sách tài khoản", "is no account"
        )
    assert row.step is not None
    role = org.role(row.step.by)
    assert role is not None
    if not active(account, on):
        return _finding(
            "DOS201",
            "closed-account",
            account_id,
            at,
            f"không còn hiệu lực ngày {day(on)}",
            f"is not valid on {on}",
        )
    if not org.fills(account, role.id):
        return _finding(
            "DOS202",
            "wrong-role",
            account_id,
            at,
            f"không có vai trò '{role.title.vi}' mà bước '{row.title.vi}' cần",
            f"lacks the role '{role.title.en}' that step '{row.title.en}' asks for",
        )
    seat = org.seat(role.id, flow)
    if seat and account.division != seat:
        return _finding(
            "DOS203",
            "wrong-division",
            account_id,
            at,
            f"thuộc '{account.division}', còn bước này thuộc '{seat}'",
            f"sits in '{account.division}', the step belongs to '{seat}'",
        )
    if not present(account, on):
        return _finding(
            "DOS207",
            "absent-account",
            account_id,
            at,
            f"nghỉ phép ngày {day(on)}",
            f"is on leave on {on}",
        )
    if account_id == sender:
        return _finding("DOS206", "to-sender", account_id, at, "chính là người giao", "is the sender itself")
    return None


def may_keep(row: Row, target: Row) -> bool:
    """Whether who holds `row` may go on with `target` himself: both are steps of the same role, so it is no DOS206."""
    return row.step is not None and target.step is not None and row.step.by == target.step.by


def fitting(org: Org, row: Row, sender: str, at: int) -> tuple[Account, ...]:
    """The accounts that may be handed this step at `at`, without the sender, those present only."""
    on = local(at).date()
    names = (name for name in row.fits if name != sender)
    return tuple(account for name in names if present(account := org.accounts[name], on))


def _finding(code: str, name: str, account: str, at: int, vi: str, en: str) -> Finding:
    message = Text(f"tài khoản '{account}' {vi}", f"account '{account}' {en}")
    return Finding(code, name, "error", message, holder=account, at=at)
