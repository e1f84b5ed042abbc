"""May this account hold this step? The finding when it may not (R121), and the accounts that may."""

from __future__ import annotations

from datetime import date

from .machine import Row
from .model import Account, Finding, Flow, Post
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
    post = account.post(on)
    assert role is not None
    if post is None:
        return _finding(
            "DOS201",
            "closed-account",
            account_id,
            at,
            f"không còn hiệu lực ngày {day(on)}",
            f"is not valid on {on}",
        )
    if dated is None or not active(dated, on):
        found = _wrong_post(org, flow, row, post, account_id, at)
        if found is not None:
            return found
    if not present(account, on) and not _has_deputy(row, account_id, on):
        return _finding(
            "DOS207",
            "absent-account",
            account_id,
            at,
            f"nghỉ phép ngày {day(on)} mà chưa có ai làm thay",
            f"is on leave on {on} and nobody stands in",
        )
    if account_id == sender:
        return _finding("DOS206", "to-sender", account_id, at, "chính là người giao", "is the sender itself")
    return None


def _wrong_post(org: Org, flow: Flow, row: Row, post: Post, account_id: str, at: int) -> Finding | None:
    """Whether somebody in this post lacks the role of a step, or sits elsewhere."""
    assert row.step is not None
    role = org.role(row.step.by)
    assert role is not None
    if not org.fills(post, role.id):
        return _finding(
            "DOS202",
            "wrong-role",
            account_id,
            at,
            f"không có vai trò '{role.title.vi}' mà bước '{row.title.vi}' cần",
            f"lacks the role '{role.title.en}' that step '{row.title.en}' asks for",
        )
    seat = org.seat(role.id, flow)
    if seat and post.division != seat:
        return _finding(
            "DOS203",
            "wrong-division",
            account_id,
            at,
            f"thuộc '{post.division}', còn bước này thuộc '{seat}'",
            f"sits in '{post.division}', the step belongs to '{seat}'",
        )
    return None


def _has_deputy(row: Row, account: str, on: date) -> bool:
    """Whether somebody who isn't on leave himself stands in for an account on a day (R121, R127)."""
    return any(
        one.principal == account and one.holds(on) and ((deputy := row.fits[name]) is None or present(deputy, on))
        for name, given in row.deputies.items()
        for one in given
    )


def may_keep(row: Row, target: Row) -> bool:
    """Whether who holds `row` may go on with `target` himself: both are steps of the same role, so it is no DOS206."""
    return row.step is not None and target.step is not None and row.step.by == target.step.by


def fitting(org: Org, row: Row, sender: str, at: int) -> tuple[Account, ...]:
    """The accounts that may be handed this step at `at`, without the sender, those present only."""
    on = local(at).date()
    return tuple(
        org.accounts[name]
        for name, dated in row.fits.items()
        if name != sender and (dated is None or present(dated, on) or _stands(row, dated, on))
    )


def _stands(row: Row, dated: Account, on: date) -> bool:
    """Whether somebody on leave may be handed a dossier, since somebody stands in."""
    return active(dated, on) and _has_deputy(row, dated.id, on)


_NOBODY = Text("chưa chọn người nhận (to, --to)", "no account is named to hand it to (to, --to)")


def _finding(code: str, name: str, account: str, at: int, vi: str, en: str) -> Finding:
    message = Text(f"tài khoản '{account}' {vi}", f"account '{account}' {en}") if account else _NOBODY
    return Finding(code, name, "error", message, holder=account, at=at)
