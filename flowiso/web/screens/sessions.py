"""Who is signed in: a cookie that says nothing but a signed random id, and what this process knows of that id.

Sessions live in the memory of one process: signing out ends one at once, a restart ends them all. The API key itself never
leaves the server again; it is asked at every request whether it still holds, so that a revoked one is out at once.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from hmac import new as hmac
from typing import NamedTuple

IDLE = timedelta(hours=1)
"""A session ends when nothing was asked for so long."""
LONGEST = timedelta(hours=12)
"""And at the latest so long after the sign-in."""
_MOST = 10_000
_AGENT = 300


class Session(NamedTuple):
    """A person's session: the token it was begun with, and the account it is for.

    `name` is what its owner sees of it, no cookie; `agent` what the browser called itself that it was begun with.
    """

    token: str
    account: str
    began: datetime
    seen: datetime
    name: str
    agent: str

    def holds(self, at: datetime) -> bool:
        """Whether it hasn't run out; a clock that is set back by so much prolongs none."""
        return abs(at - self.seen) < IDLE and at - self.began < LONGEST


class Sessions:
    """The sessions of one process. A visitor has an id before he signs in, and another one afterwards."""

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(32)
        self._found: dict[str, Session] = {}

    def visitor(self) -> str:
        """A fresh id."""
        return secrets.token_urlsafe(32)

    def cookie(self, visitor: str) -> str:
        """What stands in the cookie: the id and its signature."""
        return f"{visitor}.{self._sign('cookie', visitor)}"

    def read(self, cookie: str) -> str | None:
        """The id in a cookie; None for one that wasn't signed here."""
        visitor, _, signature = cookie.partition(".")
        return visitor if compare_digest(signature.encode(), self._sign("cookie", visitor).encode()) else None

    def csrf(self, visitor: str) -> str:
        """What every form of a visitor carries, so that no other site can send one for him."""
        return self._sign("form", visitor)

    def is_form_of(self, visitor: str, csrf: str) -> bool:
        """Whether a form came from a page that this visitor was given."""
        return compare_digest(csrf.encode(), self.csrf(visitor).encode())

    def begin(self, token: str, account: str, at: datetime, agent: str = "") -> str:
        """A new session's visitor."""
        if len(self._found) >= _MOST:
            self._found = {visitor: session for visitor, session in self._found.items() if session.holds(at)}
        visitor = self.visitor()
        self._found[visitor] = Session(token, account, at, at, secrets.token_urlsafe(9), agent[:_AGENT])
        return visitor

    def find(self, visitor: str, at: datetime, touch: bool = True) -> Session | None:
        """A visitor's session; None without one, or when it has run out. What a person does (`touch`) prolongs it."""
        session = self._found.get(visitor)
        if session is None or not session.holds(at):
            self.end(visitor)
            return None
        if touch:
            self._found[visitor] = session._replace(seen=max(session.seen, at))
        return session

    def end(self, visitor: str) -> None:
        """Sign out."""
        self._found.pop(visitor, None)

    def of(self, token: str, at: datetime) -> list[Session]:
        """The sessions that were begun with a token and hold, the one used last first."""
        mine = [one for one in self._found.values() if one.token == token and one.holds(at)]
        return sorted(mine, key=lambda one: one.seen, reverse=True)

    def end_named(self, name: str) -> None:
        """End the session of a name."""
        for visitor in [visitor for visitor, one in self._found.items() if one.name == name]:
            self.end(visitor)

    def _sign(self, what: str, visitor: str) -> str:
        return hmac(self._secret, f"{what}:{visitor}".encode("utf-8", "surrogatepass"), sha256).hexdigest()
