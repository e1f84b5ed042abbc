"""Who works where: divisions, partners, roles and accounts of one agency, and which accounts may hold a step."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from decimal import Decimal
from itertools import product
from typing import NamedTuple

from .model import Account, Delegation, Flow, Place, Post, Role
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
    """One agency. Mappings go from id to title, role or account; `places` says where `roles.<id>`, `accounts.<id>` and
    what a delegation names, `delegations.<number from 0>.procedures.<code>` and `.steps.<id>`, stand.

    `as_of` is the day a folder speaks of that isn't kept any longer, such as a year that is shown: its flows are held
    against the law of that day. `superior` and `town` are printed at the head of its papers: whose agency it is, and where.
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
    delegations: tuple[Delegation, ...] = ()
    places: Mapping[str, Place] = {}
    file: str = ""
    as_of: date | None = None
    superior: Text | None = None
    town: str = ""

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

    def fills(self, post: Post | Account, by: str) -> bool:
        """Whether who holds a post has the role; where a place stands for one, everybody who sits there has it."""
        return by in post.roles or by not in self.roles

    def holders(self, by: str, flow: Flow) -> dict[str, Account]:
        """The accounts that may hold a step of a role, or of a place, in `flow`, by id, whatever the day.

        Who was transferred comes with those posts alone in which he may hold it.
        """
        if self.role(by) is None:
            return {}
        seat = self.seat(by, flow)
        found = {}
        for account in self.accounts.values():
            posts = account.posts
            right = tuple(post for post in posts if self.fills(post, by) and (not seat or post.division == seat))
            if right:
                found[account.id] = account if right == posts else in_posts(account, right)
        return found

    def post(self, name: str, on: date) -> Post | None:
        """The post an account holds on a day; None when it holds none, or isn't known."""
        account = self.accounts.get(name)
        return account.post(on) if account else None

    def division(self, name: str, on: date) -> str:
        """Where an account sits on a day; "" when it holds no post."""
        post = self.post(name, on)
        return post.division if post else ""

    def leads(self, actor: str, flow: Flow, holder: str, on: date) -> bool:
        """Whether an account leads the division of `flow` or of `holder`, or the department, on a day (R121, R125).

        A leader is who has a role that reviews, in that division, or one that approves.
        """
        post = self.post(actor, on)
        if post is None:
            return False
        duties = {self.roles[name].duty for name in post.roles if self.roles[name].party == "agency"}
        near = post.division in (flow.division, self.division(holder, on) or flow.division)
        return "approve" in duties or ("review" in duties and near)


def in_posts(account: Account, posts: tuple[Post, ...]) -> Account:
    """The account as a holder of these posts alone."""
    last = posts[-1]
    return account._replace(
        roles=last.roles, division=last.division, since=last.since, until=last.until, earlier=posts[:-1]
    )


def standing(given: Delegation, principal: Account, delegate: Account) -> Iterator[Delegation]:
    """A delegation cut down to the days on which both hold their posts (R127)."""
    for his, own in product(principal.posts, delegate.posts):
        since = max(given.since, his.since or given.since, own.since or given.since)
        until = min(given.until, his.until or given.until, own.until or given.until)
        if since < until:
            yield given._replace(since=since, until=until)


def stand_ins(org: Org, holders: Mapping[str, Account], steps: Collection[tuple[str, str]]) -> Iterator[Account]:
    """Who stands in for one of these at all of the steps (procedure, step), as there on those days alone (R127)."""
    for given in org.delegations:
        principal, delegate = holders.get(given.principal), org.accounts.get(given.delegate)
        if principal and delegate and all(given.covers(*step) for step in steps):
            for one in standing(given, principal, delegate):
                yield in_posts(delegate, (Post(frozenset(), "", one.since, one.until),))


def present(account: Account, on: date) -> bool:
    """Whether the account is valid and not on leave on this day."""
    return active(account, on) and not any(first <= on <= last for first, last in account.leave)


def active(account: Account, on: date) -> bool:
    """Whether the account holds a post on this day: `since` <= day < `until` of one."""
    if account.earlier:
        return account.post(on) is not None
    return (account.since is None or account.since <= on) and (account.until is None or on < account.until)
