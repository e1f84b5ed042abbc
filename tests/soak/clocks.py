"""T8: a clock that jumps. No move is refused for it, time in a log never goes back, and what is due when is the same everywhere.

Two engines are asked the same. One has a clock that jumps back and forth by seconds to years, also to the moments that are
special: the turn of the year, Tết, midnight, a swapped Saturday. The other is told the later of that clock and the dossier's last
line. They must give the same lines, but that the first says which moment its clock told. Leap seconds can't be told to an engine:
Python has none.
"""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from random import Random

from size import Size, Sizes
from work import DAY, Command, obey, wish

from flowiso.app import Agency
from flowiso.dossier import Dossier
from flowiso.engine import Engine
from flowiso.errors import FlowISOError
from flowiso.ledger import ledger
from flowiso.model import Flow
from flowiso.store import MemoryStore
from flowiso.tracing import trace
from flowiso.worktime import TZ, local

TITLE = "a clock that jumps"
JUMPS = Sizes(1_000, 10_000, 200_000)
ABROAD = Sizes(300, 1_000, 10_000)
"""Jumps that are also made on hosts in other time zones."""
FIRST, LAST = datetime(2019, 1, 2, tzinfo=TZ), datetime(2026, 3, 31, tzinfo=TZ)
SPECIAL = (
    datetime(2020, 12, 31, 23, 59, 59, tzinfo=TZ),
    datetime(2021, 1, 1, tzinfo=TZ),
    datetime(2021, 2, 10, 16, 59, 59, tzinfo=TZ),
    datetime(2021, 2, 12, 0, 0, tzinfo=TZ),
    datetime(2020, 2, 29, 12, 0, tzinfo=TZ),
    datetime(2024, 5, 4, 9, 0, tzinfo=TZ),
    datetime(2021, 9, 14, 0, 0, tzinfo=TZ),
)
SPANS = tuple(map(float, (1, 60, 3_600, 86_400, 30 * 86_400, 400 * 86_400)))
TOGETHER = 8
"""Dossiers that are open at the same time."""


class JumpingClock:
    """A clock that somebody plays with."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.now = DAY

    def __call__(self) -> datetime:
        return self.now

    def jump(self) -> None:
        """Anywhere, mostly not far."""
        if self._random.random() < 0.05:
            self.now = self._random.choice(SPECIAL)
        else:
            span = self._random.choice(SPANS)
            self.now = min(LAST, max(FIRST, self.now + timedelta(seconds=self._random.uniform(-span, span))))


class Pair:
    """The two engines."""

    def __init__(self, seed: str) -> None:
        self.random = Random(seed)
        self.clock = JumpingClock(self.random)
        agency = Agency.load()
        self.jumping = Engine(agency, MemoryStore(), self.clock, allow_draft=True)
        self.steady = Engine(agency, MemoryStore(), self._later, allow_draft=True)
        self._last = DAY
        self.flows = [flow for flow in agency.flows if not any(step.until for step in flow.steps)]
        self.open: dict[int, str] = {}
        self.back = self.done = self.refused = 0

    def _later(self) -> datetime:
        return max(self.clock.now, self._last)

    def step(self, count: int) -> None:
        """The next jump, and a command after it."""
        self.clock.jump()
        slot = self.random.randrange(TOGETHER)
        if slot not in self.open:
            self._receive(slot, count)
            return
        before = self.jumping.dossier(self.open[slot])
        self._last = before.moves[-1].time
        command = Command(f"k{count}", before.number, *wish(self.random, self.jumping, before))
        after = self._both(command)
        if after is None:
            return
        self.check(before, after)
        if after.ended:
            del self.open[slot]

    def _receive(self, slot: int, count: int) -> None:
        flow = self.random.choice(self.flows)
        number = f"{self.jumping.agency}-210914-{count + 1:04d}"
        self._last = FIRST
        if self._both(Command(f"k{count}", number, "", self._receiver(flow), flow.code)):
            self.open[slot] = number

    def _receiver(self, flow: Flow) -> str:
        return self.random.choice(
            sorted(self.jumping.flows.table(flow.code, flow.version, self.clock.now.year).first.fits)
        )

    def _both(self, command: Command) -> Dossier | None:
        """What both engines make of a command: the same."""
        found, expected = (_outcome(engine, command) for engine in (self.jumping, self.steady))
        if isinstance(found, Dossier) and isinstance(expected, Dossier):
            told = [move._replace(record=_plain(move.record)) for move in found.moves]
            assert told == list(expected.moves), (told[-2:], expected.moves[-2:])
            assert found.due == expected.due
            self.done += 1
            return found
        assert found == expected, f"{command} at {self.clock.now}: {found}; with a steady clock {expected}"
        self.refused += 1
        return None

    def check(self, before: Dossier, after: Dossier) -> None:
        """I6, I7 and I8 after a move."""
        calendar = self.jumping.flows.calendar
        times = [move.at for move in after.moves]
        assert times == sorted(times), "I8"
        jumped_back = self.clock.now < local(before.state.at)
        told = (after.moves[-1].record or {}).get("told")
        assert told == (self.clock.now.replace(microsecond=0).isoformat() if jumped_back else None)
        self.back += jumped_back
        assert self.jumping.dossier(after.number).state == after.state, (
            "I6: what was told move by move isn't what the log tells"
        )
        found = ledger(trace(after.table, calendar, after.case, after.moves), calendar, after.state.at)
        if found is not None:
            assert sum(found.by_kind().values()) == found.end - found.received, "I7"


def _outcome(engine: Engine, command: Command) -> Dossier | tuple[str, str]:
    try:
        return obey(engine, command)
    except FlowISOError as error:
        return type(error).__name__, error.text.en


def _plain(record: object) -> object:
    """A record without what the clock told."""
    if not isinstance(record, dict):
        return record
    return {key: value for key, value in record.items() if key != "told"} or None


def digest(seed: str, jumps: int) -> str:
    """The logs and due moments that come of these jumps, in short."""
    pair = Pair(seed)
    for count in range(jumps):
        pair.step(count)
    engine = pair.jumping
    logs = [(case, moves, str(engine.dossier(case.number).due)) for case, moves in engine.store.logs(engine.agency)]
    return sha256(repr(logs).encode()).hexdigest()


def run(size: Size, seed: int) -> str:
    """The jumps here, then some of them on hosts in three time zones."""
    pair = Pair(str(seed))
    jumps = JUMPS.at(size)
    for count in range(jumps):
        pair.step(count)
    assert pair.back > jumps // 20, f"the clock hardly jumped back: {pair.back} times"
    zones = "UTC", "Asia/Ho_Chi_Minh", "America/Bogota"
    found = {zone: _abroad(zone, seed, ABROAD.at(size)) for zone in zones}
    assert len(set(found.values())) == 1, f"other time zone, other answer: {found}"
    return (
        f"{jumps} jumps, {pair.done} moves of which {pair.back} after a jump back, 0 refused for it "
        f"({pair.refused} as with a steady clock), the same on hosts in {', '.join(zones)}"
    )


def _abroad(zone: str, seed: int, jumps: int) -> str:
    path = os.pathsep.join(map(str, (Path(__file__).parent, Path(__file__).parent.parent)))
    command = [sys.executable, "-c", f"import clocks; print(clocks.digest({str(seed)!r}, {jumps}))"]
    environment = os.environ | {"TZ": zone, "PYTHONPATH": path, "PYTHONHASHSEED": str(seed % 1_000)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.strip()
