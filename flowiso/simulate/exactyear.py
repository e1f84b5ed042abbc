"""One round of a year that is to come out to the dossier: who comes, who goes astray, and what ended otherwise."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence

from ..app import Agency
from ..causes import late_cause
from ..errors import BadValue
from ..machine import Arc
from ..text import Text
from ..tracing import trace
from ..worktime import midnight, ordinal
from .arrivals import Arrival, Drawing, dated
from .behaviour import Behaviour
from .draws import ARROWS, ASTRAY, FINE, LOST, afresh, dossier
from .figures import bare_life
from .hands import Hand
from .running import Running
from .scenario import Exact, Scenario
from .year import Progress, Run, Year

EARLY = 0.85
"""The late dossiers go astray in this part of the year's arrivals, so that they are over before it ends."""
_NO_RESULT = frozenset({"refused", "refused-intake", "withdrawn", "stopped"})


def apportioned(total: int, weights: Sequence[float]) -> list[int]:
    """Whole numbers that come to a total, one at least for each weight, what is above that in proportion to the weights, by the
    largest remainders (Hamilton). The total is not below the number of weights."""
    above, whole = total - len(weights), sum(weights)
    shares = [above * weight / whole for weight in weights]
    counts = [int(share) for share in shares]
    by_rest = sorted(range(len(shares)), key=lambda place: counts[place] - shares[place])
    for place in by_rest[: above - sum(counts)]:
        counts[place] += 1
    return [count + 1 for count in counts]


def exact_arrivals(
    agency: Agency, scenario: Scenario, seed: int, wanted: Exact, tried: Mapping[int, int]
) -> Iterator[Arrival]:
    """As many dossiers as are wanted, of so many procedures, so many of them online, by the luck they have in any year.

    One that was `tried` before comes in the first half of the year's weight, the first quarter, and so on. Raises BadValue when
    fewer procedures take dossiers in the year.
    """
    drawing = Drawing(agency, scenario, seed)
    if len(drawing.choices) < wanted.with_dossiers:
        there = len(drawing.choices)
        raise BadValue(
            Text(
                f"'exact' cần {wanted.with_dossiers} thủ tục có hồ sơ, mà năm {scenario.year} chỉ {there} thủ tục nhận hồ sơ",
                f"'exact' wants {wanted.with_dossiers} procedures with dossiers; only {there} take any in {scenario.year}",
            )
        )
    luck = [dossier(seed, serial) for serial in range(wanted.received)]
    ranked = iter(sorted(range(wanted.received), key=lambda serial: luck[serial] & 0xFFFFF))
    online = set(sorted(range(wanted.received), key=lambda serial: luck[serial] >> 20 & 0xFFFF)[: wanted.online])
    for choice, count in zip(drawing.choices, apportioned(wanted.received, drawing.weights), strict=True):
        for _ in range(count):
            serial = next(ranked)
            bits = luck[serial]
            share = (bits >> 36) / (1 << 28 + tried.get(serial, 0))
            yield dated(agency.calendar, drawing.of(serial, bits, choice, share, serial not in online))


class ExactYear(Year):
    """A year of `wanted` dossiers. Those `tried` before, by serial, go the straight way, and so does what was `lost`.

    As many go astray as are wanted late, each as the first that can after a moment drawn from the seed; every `short` round
    before halves these moments. After the run `wrong` are the serials of those that ended otherwise than wanted.
    """

    def __init__(
        self, agency: Agency, scenario: Scenario, seed: int, wanted: Exact, tried: Mapping[int, int], short: int
    ) -> None:
        super().__init__(agency, scenario, seed, given=[*exact_arrivals(agency, scenario, seed, wanted, tried)])
        self._misroutes = FINE << ASTRAY  # of every hand-over it is asked whether it goes astray
        self._tried = tried
        came, scale = [one.came for one in self.arrivals], EARLY * wanted.received / (1 << 64 + short)
        self._moments = deque(sorted(came[int(afresh(dossier(seed, nth), LOST) * scale)] for nth in range(wanted.late)))
        self.lost: set[int] = set()
        self.wrong: set[int] = set()

    def run(self, progress: Progress | None = None, keep: bool = True) -> Run:
        """The same as of any year."""
        found = super().run(progress, keep)
        self.wrong.update(one.arrival.serial for one in self._runs.values() if not self._fits(one))
        return found

    def _close(self, running: Running) -> None:
        if not self._fits(running):
            self.wrong.add(running.arrival.serial)
        super()._close(running)

    def _fits(self, running: Running) -> bool:
        """Whether a dossier has a result, late if it was lost, and for no other reason."""
        state = running.state
        if state.resolved is None or state.row.kind in _NO_RESULT:
            return False
        late, lost = bare_life(running, state).outcome == "late", running.arrival.serial in self.lost
        return late is lost and (not late or self._is_misrouted(running))

    def _is_misrouted(self, running: Running) -> bool:
        life = trace(running.arrival.table, self.calendar, running.case, running.written())
        return late_cause(life, self.calendar, self.end) == "misrouted_account"

    def _enter(self, running: Running, behaviour: Behaviour, hand: Hand, now: int) -> None:
        super()._enter(running, behaviour, hand, now)
        if running.arrival.serial in self._tried or running.arrival.serial in self.lost:
            running.luck |= ARROWS  # leaves by its usual arrow

    def _goes_astray(self, running: Running, arc: Arc, target: Behaviour, right: Hand, now: int) -> bool:
        if not self._moments or now < self._moments[0] or not self._may_go_astray(running, target, right, now):
            return False
        wrong = self._slips.wrong(running.luck, target, right, running.hand, now)
        if wrong is None or wrong not in target.pool.at(now):
            return False
        self._moments.popleft()
        self.lost.add(running.arrival.serial)
        self._misroute(running, arc, right, wrong, now)
        return True

    def _may_go_astray(self, running: Running, target: Behaviour, right: Hand, now: int) -> bool:
        """Whether a dossier, on its plain way so far, can be late for it and yet be done within the year."""
        state, row = running.state, target.row
        if state.due is None or state.detour is not None or running.arrival.serial in self.lost:
            return False
        if right is running.hand or not target.queued or row.timed or row.resolves:
            return False
        found = self._unseen_until(running)
        return now < found and found + (found - running.entered) < self.last

    def _unseen_until(self, running: Running) -> int:
        """The end of the due day."""
        due = running.state.due
        return 0 if due is None else self._elapsed(midnight(ordinal(due) + 1))
