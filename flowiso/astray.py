"""A hand-over to a wrong account, as the walk through a log finds it, and the working time it cost (R121-R124).

Moments are epoch seconds, lengths of time are working seconds.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from .calendar import Calendar
from .model import Move, Party

Pause = tuple[int, int | None]
"""From when to when a leader had paused a dossier (R59); None while it lasts."""

BOUNCED, RECALLED = "bounced", "recalled"
RETURNED = "returned"
"""Sent back by an arrow of the flow that says "wrong place"."""
CORRECTED = "corrected"
"""Reassigned by somebody who says that it was misrouted."""


class Misroute(NamedTuple):
    """A hand-over to a wrong account (R123): `sender` gave `step` to `wrong` at `sent_at`.

    `why` is the code of the structural finding (DOS200..), or what people did: "bounced", "recalled", "returned",
    "corrected". `detected_at` is when somebody acted on it by the verb or arrow `found`, himself being `finder`; None while
    it is only suspected. `right` got it at `corrected_at`. `until` is when it was over, by correction or otherwise; None
    while it lasts. `lost` is the working time from sending to that moment, less the time after the wrong account had opened
    it at `opened_at` and kept it, 0 when that account did the work itself; a leader's pauses are no part of it (R59). `visit`
    indexes the sender's visit it is charged to (R124), None where he never had the dossier. `counts` is False where the clock
    stands: nobody loses time there, it is that of `charged`, the step's party. `line` is the seq of the line that `found` is
    on; `due` is the step's due moment that stood when it was found out, or else when the wrong account's step was left, and
    `allowed` the one that stood when it was sent.
    """

    step: str
    sender: str
    wrong: str
    right: str | None
    sent_at: int
    detected_at: int | None
    corrected_at: int | None
    until: int | None
    lost: int
    why: str
    found: str
    visit: int | None
    opened_at: int | None = None
    counts: bool = True
    charged: Party = "agency"
    finder: str = ""
    line: int | None = None
    due: int | None = None
    allowed: int | None = None

    @property
    def kept_late(self) -> bool:
        """Whether who got it opened it and kept it past the step's due minute: that lateness is his (R124, R129)."""
        if self.opened_at is None or self.kept_until is None or self.due is None or not self.counts:
            return False
        return self.opened_at < self.kept_until and self.kept_until // 60 > self.due // 60

    @property
    def kept_until(self) -> int | None:
        """When somebody acted on it, or it was over in silence; None while it lasts."""
        return self.until if self.detected_at is None else self.detected_at

    @property
    def confirmed(self) -> bool:
        """Bounced, recalled or put right; else only suspected."""
        return self.detected_at is not None

    @property
    def structural(self) -> bool:
        """Whether the account could not have held the step at all (R121)."""
        return self.why.startswith("DOS")

    def lost_at(self, calendar: Calendar, at: int, pauses: Collection[Pause]) -> int:
        """`lost`, counted up to `at` while it lasts; `pauses` are the dossier's."""
        return self.lost if self.until is not None else self._cost(calendar, at, pauses)

    def told(self, move: Move) -> Misroute:
        """The misroute once somebody acted on it by a line of the log."""
        return self._replace(detected_at=move.at, found=move.action, finder=move.actor, line=move.seq)

    def settled(self, calendar: Calendar, pauses: Collection[Pause]) -> Misroute:
        """The misroute when it is over: `lost` is booked."""
        assert self.until is not None
        return self._replace(lost=self._cost(calendar, self.until, pauses))

    def _cost(self, calendar: Calendar, until: int, pauses: Collection[Pause]) -> int:
        """The working time from sending to `until` without what the wrong account kept knowingly, as it was known then."""
        if not self.counts:
            return 0
        found = until if self.detected_at is None else min(self.detected_at, until)
        opened = found if self.opened_at is None else min(self.opened_at, found)
        return sum(worked(calendar, *span, pauses) for span in ((self.sent_at, opened), (found, until)))


class Stranger(NamedTuple):
    """A step finished by an account that may not hold it on that day (R122): `actor` did at `at` what `holder` had since `since`.

    They are the same where the holder has left his post since; `sender` had handed it to the holder, `code` says what is wrong.
    """

    step: str
    sender: str
    holder: str
    actor: str
    since: int
    at: int
    code: str


def worked(calendar: Calendar, since: int, until: int, pauses: Collection[Pause]) -> int:
    """Working seconds without those of a leader's pauses, which are nobody's (R59); 0 when `until` is before `since`."""
    spans = ((max(begin, since), until if end is None else min(end, until)) for begin, end in pauses)
    rest = sum(calendar.worked(begin, end) for begin, end in spans if begin < end)
    return max(0, calendar.worked(since, until) - rest)
