"""What was read of an agency's dossiers, remembered by the server's process: figures and searches read only what is new.

A dossier whose log ends with the same line tells the same, so each is known by its last line's number and hash
(`Store.tips`); what time alone does to it is worked out anew each time. Every question is the engine's own: only where the
lives come from is another matter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from heapq import nlargest
from threading import Lock
from typing import NamedTuple

from ...asked import moment_of
from ...dossier import Dossier
from ...engine import Engine
from ...integrity import incomplete
from ...life import Life
from ...machine import Table
from ...model import Case, Finding, Move
from ...questions import Questions
from ...state import ripe

MOST = 40_000
"""So many dossiers are remembered of an agency, those that moved last; about 6 kB each."""
_EACH = 500
"""Up to so many dossiers are read one by one, more of them in one reading of all logs."""


class _Known(NamedTuple):
    """A life as its log alone tells it, and the line it ends with."""

    tip: tuple[int, bytes]
    table: Table
    life: Life


class Memory(Questions):
    """An agency's questions over what is remembered of it. Threads may share one."""

    def __init__(self, engine: Engine, most: int = MOST) -> None:
        super().__init__(engine.flows, engine.store)
        self._most = most
        self._lock, self._known = Lock(), dict[str, _Known]()

    def lives(
        self, until: datetime | None = None, unread: list[Finding] | None = None, running: bool = False
    ) -> Iterator[tuple[Table, Life]]:
        """As the engine's; the few that are `running` the store knows as fast."""
        if running:
            yield from super().lives(until, unread, running)
            return
        moment = None if until is None else moment_of(until)
        gone: list[Finding] = [] if unread is None else unread
        with self._lock:
            known = self._all(moment, gone)
        for table, life in known:
            settles = moment is not None and ripe(life.state, moment + 1) is not None
            yield table, self._life(table, life.case, life.log, moment) if settles else life
        if unread is None and gone:
            raise incomplete(gone)

    def fill(self) -> None:
        """Read what isn't remembered yet."""
        with self._lock:
            self._all(None, [])

    def dossiers(self, unread: list[Finding]) -> Iterator[Dossier]:
        """Every dossier as its log tells it; of each that can't be read its finding is put into `unread`."""
        for table, life in self.lives(None, unread):
            yield Dossier(life.case, table, life.state, life.log)

    def _all(self, until: int | None, gone: list[Finding]) -> list[tuple[Table, Life]]:
        """Every life as its log up to a moment alone tells it; what has grown is read and remembered."""
        tips = {number: (seq, tip) for number, seq, tip in self.store.tips(self.agency, until)}
        found = {number: one for number, tip in tips.items() if (one := self._known.get(number)) and one.tip == tip}
        missing = {number: tip for number, tip in tips.items() if number not in found}
        for table, life in self._traced(self._logs(missing, until), None, gone):
            found[life.case.number] = _Known(missing[life.case.number], table, life)
        self._keep(found, missing)
        return [(one.table, one.life) for one in found.values()]

    def _logs(self, wanted: Mapping[str, tuple[int, bytes]], until: int | None) -> Iterator[tuple[Case, list[Move]]]:
        """The logs of some dossiers, each up to the line that is wanted: others may have written since."""
        few = len(wanted) <= _EACH
        logs = (self.store.read(self.agency, one) for one in wanted) if few else self.store.logs(self.agency, until)
        for case, moves in logs:
            if case.number in wanted:
                yield case, moves[: wanted[case.number][0] + 1]

    def _keep(self, found: Mapping[str, _Known], fresh: Mapping[str, object]) -> None:
        self._known.update((number, found[number]) for number in fresh if number in found)
        if len(self._known) > self._most:
            latest = nlargest(self._most, self._known.items(), key=lambda one: one[1].life.state.at)
            self._known = dict(latest)
