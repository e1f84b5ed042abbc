"""What one simulated year came to, and what many of them say together: plain figures, whoever ran them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from .model import LateCause


class Late(NamedTuple):
    """A late dossier: why (R95), whose time it was (an account, "" for nobody's), and what was behind it.

    `misrouted`: it would be in time but for hand-overs to wrong accounts. `warned`: a head had been warned of it before it was
    late, and nobody acted upon that: supervision was missing. `forgotten`: it was laid aside and forgotten on its way, which no
    log shows and the run alone knows.
    """

    number: str
    code: str
    cause: LateCause
    account: str
    misrouted: bool
    warned: bool
    forgotten: bool = False


class Step(NamedTuple):
    """The visits of one step of one procedure that ended in the year, in working seconds: waiting until taken up, and work."""

    visits: int = 0
    late: int = 0
    waited: int = 0
    worked: int = 0


class Desk(NamedTuple):
    """What one account did, in working seconds: busy, of so much at hand (its working time of the year less leave)."""

    visits: int = 0
    late: int = 0
    busy: int = 0
    at_hand: int = 0


class Outcome(NamedTuple):
    """One year. Counts are of dossiers accepted in the year; `late` of them with a verdict late at its end, resolved or overdue.

    `resolved_late` is the late of the year's report (R90). `steps` by (code, step id), `desks` by account, `queue` the number of
    dossiers waiting for an officer at the end of each day of the year, in all.
    """

    seed: int
    received: int
    online: int
    resolved: int
    open: int
    refused: int
    procedures: int
    misroutes: int
    minutes_lost: int
    resolved_late: int
    open_overdue: int
    lates: tuple[Late, ...]
    steps: Mapping[tuple[str, str], Step]
    desks: Mapping[str, Desk]
    queue: tuple[int, ...]

    @property
    def late(self) -> int:
        """Late in all: resolved late, or open and overdue."""
        return self.resolved_late + self.open_overdue
