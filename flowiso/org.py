"""Who works where: divisions, partners, roles and accounts of one agency, and which accounts may hold a step."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from .model import Account, Flow, Place, Role
from .term import Term
from .text import Text

OWN = "own"
_INTAKE = Term(Decimal(8), "wh")
_UNCONFIRMED = Term(Decimal(4), "wh")
_SUPPLEMENT = Term(Decimal(3), "wd")


class Limits(NamedTuple):
    """Legal and customary limits an agency may change in `_org.yaml`.

    `intake`: an online submission is answered within it (R13). `unconfirmed`: a hand-over not confirmed within it is a
    suspected misroute (R122). `supplement`: a supplement is asked within it, unless the flow names its own (R43).
    """

    intake: Term = _INTAKE
    unconfirmed: Term = _UNCONFIRMED
    supplement: Term = _SUPPLEMENT


class Org(NamedTuple):
    """One agency. Mappings go from id to title, role or account; `places` says where `roles.<id>`, `accounts.<id>` stand.

    `as_of` is the day a folder speaks of that isn't kept any longer, such as a year that is shown: its flows are held
    against the law of that day.
    """

    agency: str
    title: Text
    limits: Limits
    authorities: Mapping[str, Text] = {}
    fields: Mapping[str, Text] = {}
    divisions: Mapping[str, Text] = {}
    leadership: Mapping[str, Text] = {}
    partners: Mapping[str, Text] = {}
    roles: Mapping[str, Role] = {}
    accounts: Mapping[str, Account] = {}
    places: Mapping[str, Place] = {}
    file: str = ""
    as_of: date | None = None

    def role(self, by: str) -> Role | None:
        """The role that `by` of a row or an arrow names, or one made of a division or partner named instead (R62)."""
        if by in self.roles:
            return self.roles[by]
        title = self.seat_title(by)
        return Role(by, title, by, "partner" if by in self.partners else "agency") if title else None

    def seat(self, by: str, flow: Flow) -> str:
        """Where a role sits when it works on `flow`: a division, the leadership, a partner, or "" for no place."""
        sits = self.roles[by].sits if by in self.roles else by
        return flow.division if sits == OWN else sits

    def seat_title(self, seat: str) -> Text | None:
        """The name of a division, the leadership or a partner."""
        return self.divisions.get(seat) or self.leadership.get(seat) or self.partners.get(seat)

    def fills(self, account: Account, by: str) -> bool:
        """Whether the account has the role; where a place stands for one, everybody who sits there has it."""
        return by in account.roles or by not in self.roles

    def holders(self, by: str, flow: Flow) -> dict[str, Account]:
        """The accounts that may hold a step of a role, or of a place, in `flow`, by id, whatever the day."""
        if self.role(by) is None:
            return {}
        seat = self.seat(by, flow)
        return {
            account.id: account
            for account in self.accounts.values()
            if self.fills(account, by) and (not seat or account.division == seat)
        }


def present(account: Account, on: date) -> bool:
    """Whether the account is valid and not on leave on this day."""
    return active(account, on) and not any(first <= on <= last for first, last in account.leave)


def active(account: Account, on: date) -> bool:
    """Whether the account exists on this day: `since` <= day < `until`."""
    return (account.since is None or account.since <= on) and (account.until is None or on < account.until)
