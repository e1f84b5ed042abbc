"""The figures of a simulated year, counted while it passes: the same as the year's report says of the same logs.

What goes its plain way is counted stay by stay. A dossier that left it (handed to a wrong account or on to a colleague) is read
from its log when it is over, and so is a late one, whose cause only its whole life tells.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..calendar import Calendar
from ..causes import blamed, saved_by_right_routing
from ..life import OFFICIAL, Life, Visit, visits_at
from ..outcome import Desk, Late, Outcome, Step
from ..state import State
from ..tracing import trace
from .arrivals import Coming
from .behaviour import HOUR, Behaviours
from .hands import at_hand
from .running import Running


class Figures:
    """What a year comes to, by its last second `end` (an instant)."""

    def __init__(self, calendar: Calendar, behaviours: Behaviours, end: int, warned_before: float) -> None:
        self.calendar = calendar
        self.end = end
        self._behaviours = behaviours
        self._warned_before = int(warned_before * HOUR)
        self._open = self._unanswered = self._misroutes = self._minutes_lost = 0
        self._lates: list[tuple[int, Late, bool]] = []
        self.queue: list[int] = []

    def leave_plain(self, running: Running) -> None:
        """From now on its stays are read from its log."""
        if running.apart is None:
            running.apart = sum(visit.until is not None for visit in self._life(running).visits)

    def stay(self, running: Running, at: int, now: int) -> None:
        """Count a stay that is over at an instant, `now` on the working axis."""
        behaviour, start = running.behaviour, running.start
        tally = behaviour.tallies[running.hand]
        if start >= 0:
            worked, effort = now - start, running.effort
            tally.worked += effort if effort < worked else worked  # it lay, or its hand was away
            tally.waited += start - running.entered
        else:  # not even taken up
            tally.waited += now - running.entered
        if running.apart is None:
            tally.visits += 1
            due = running.state[7]
            if due is not None and at > due and at // 60 > due // 60 and behaviour.official:
                tally.late += 1

    def unfinished(self, running: Running, last: int, end: int) -> None:
        """Count a dossier that the year's end finds on its way, and what was done for it already."""
        state = running.state
        if running.start >= 0:
            self.begun(running, last)
        if state.received is None:
            self._unanswered += 1
        elif state.resolved is None:
            self._open += 1
        self.over(running)

    def begun(self, running: Running, now: int) -> None:
        """Count work that its hand doesn't finish."""
        running.behaviour.tallies[running.hand].begun += max(0, min(now - running.start, running.effort))

    def over(self, running: Running) -> None:
        """Count a dossier that has come to an end, or to the end of the year, if there is more to it than that it came."""
        state = running.state
        due, resolved = state[9], state[10]
        if running.apart is None and state[11] is None and (due is None or due >= (resolved or self.end)):
            return
        life = None
        if running.apart is not None:
            life = self._life(running)
            self._add_apart(running, life)
        if state.received is not None and bare_life(running, state).is_late(self.end):
            self._add_late(running, life or self._life(running))

    def _life(self, running: Running) -> Life:
        return trace(running.arrival.table, self.calendar, running.case, running.written())

    def _add_late(self, running: Running, life: Life) -> None:
        cause, account = blamed(life, self.calendar, self.end)
        misrouted = saved_by_right_routing(life, self.calendar, self.end)
        warned = not running.acted and self._was_warned(running, life)
        late = Late(life.case.number, life.case.code, cause, account, misrouted, warned, running.forgotten)
        self._lates.append((running.arrival.serial, late, life.resolved is None))

    def _was_warned(self, running: Running, life: Life) -> bool:
        """Whether a head had been told in time of a hand-over not confirmed or of a step that was late (R122, R126)."""
        since = life.late_since
        if since is None:
            return False
        elapsed = self.calendar.elapsed
        steps = (visit for visit in visits_at(life, self.calendar, self.end) if visit.charged in OFFICIAL)
        warned = [
            max(elapsed(v.due) - self._warned_before, elapsed(v.since)) for v in steps if v.due and v.late(self.end)
        ]
        return any(0 < moment < elapsed(since) for moment in (running.warned, *warned))

    def _add_apart(self, running: Running, life: Life) -> None:
        """The stays not counted yet, and what the wrong hand-overs cost."""
        for wrong in life.misroutes:
            self._misroutes += 1
            self._minutes_lost += wrong.lost_at(self.calendar, self.end, life.pauses) // 60
        counted = running.apart or 0
        for index, visit in enumerate(visits_at(life, self.calendar, self.end)):
            tally = self._behaviours[life.row(visit.step, visit.since)].tallies[self._behaviours.hands[visit.holder]]
            if index >= counted and visit.until is not None:
                tally.visits += 1
                tally.late += _late(visit, visit.done)
            elif index < counted and visit.lost:  # late by what was lost since it was counted (R124)
                tally.late += _late(visit, visit.done) and not _late(visit, visit.until)

    def outcome(self, seed: int, arrivals: Sequence[Coming], begin: int, end: int) -> Outcome:
        """All figures of the year between two working seconds."""
        accepted = [arrival for arrival in arrivals if arrival.accepted]
        open_, waiting = self._open, self._unanswered
        received = len(accepted) - waiting
        return Outcome(
            seed=seed,
            received=received,
            online=[arrival.channel for arrival in accepted].count("online") - waiting,
            resolved=received - open_,
            open=open_,
            refused=len(arrivals) - len(accepted),
            procedures=len({table.flow.code for table in {arrival.table for arrival in accepted}}),
            misroutes=self._misroutes,
            minutes_lost=self._minutes_lost,
            resolved_late=sum(not is_open for _, _, is_open in self._lates),
            open_overdue=sum(is_open for _, _, is_open in self._lates),
            lates=tuple(late for _, late, _ in sorted(self._lates)),
            steps=self._steps(),
            desks=self._desks(begin, end),
            queue=tuple(self.queue),
        )

    def _steps(self) -> dict[tuple[str, str], Step]:
        found: dict[tuple[str, str], list[int]] = {}
        for row, behaviour in self._behaviours.items():
            sums = found.setdefault((row.table.flow.code, row.id), [0] * len(Step._fields))
            for one in behaviour.tallies.values():
                sums[0] += one.visits
                sums[1] += one.late
                sums[2] += one.waited
                sums[3] += one.worked
        return {key: Step(*found[key]) for key in sorted(found) if found[key][0]}

    def _desks(self, begin: int, end: int) -> dict[str, Desk]:
        """What every officer of the agency did who was there at all. A stay that is nobody's lateness (R95) is no visit."""
        found = {hand: [0, 0, 0] for hand in self._behaviours.staff}
        for behaviour in self._behaviours.values():
            for hand, tally in behaviour.tallies.items():
                told = found.get(hand, [0, 0, 0])  # a partner's is nobody's desk
                told[0] += tally.visits * behaviour.official
                told[1] += tally.late
                told[2] += (tally.worked + tally.begun) * behaviour.queued
        there = {hand: at_hand(hand.spells, begin, end) for hand in found}
        return {
            hand.name: Desk(told[0], told[1], told[2], there[hand])
            for hand, told in found.items()
            if there[hand] or told[0]
        }


def _late(visit: Visit, done: int | None) -> bool:
    """Whether a stay of those whose time is measured was over after its due minute, had it been done then."""
    due = visit.due
    return visit.charged in OFFICIAL and done is not None and due is not None and done // 60 > due // 60


def bare_life(running: Running, state: State) -> Life:
    """As much of a life as the verdict needs."""
    kind, none = state.row.kind, ()
    times = running.submitted, state.received, state.resolved, state.due
    return Life(running.case, *times, kind, none, none, none, state)
