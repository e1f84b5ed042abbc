"""What the simulator is held against: queueing theory, a plain loop over given draws, and Ciw with shifts of its own.

Nothing of FlowISO runs here. The calendar is that of `naive`: days off from a table, sessions added up one by one. Time is in
working seconds since the first of January; the first second of a day is the last of the one before.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from heapq import heappop, heappush
from math import inf, sqrt
from statistics import NormalDist, fmean, stdev
from typing import Any, NamedTuple

import naive

# --- queueing theory


def erlang_c(servers: int, load: float) -> float:
    """The probability to wait in M/M/c, `load` being arrival rate times service time (Erlang 1917)."""
    blocked = 1.0
    for number in range(1, servers + 1):
        blocked = load * blocked / (number + load * blocked)
    return blocked / (1 - load / servers * (1 - blocked))


def mean_wait(servers: int, rate: float, service: float) -> float:
    """The mean wait in the queue of M/M/c."""
    return erlang_c(servers, rate * service) / (servers / service - rate)


class Interval(NamedTuple):
    """An interval that holds a mean with some probability."""

    low: float
    mean: float
    high: float

    @classmethod
    def of(cls, means: Sequence[float], sure: float = 0.95) -> Interval:
        """By Student's t over independent means, at least ten (the Cornish-Fisher expansion: right to three digits there)."""
        z, free = NormalDist().inv_cdf((1 + sure) / 2), len(means) - 1
        assert free >= 9
        more = ((z**3 + z) / 4, (5 * z**5 + 16 * z**3 + 3 * z) / 96, (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384)
        quantile = z + sum(term / free**power for power, term in enumerate(more, 1))
        half = quantile * stdev(means) / sqrt(len(means))
        return cls(fmean(means) - half, fmean(means), fmean(means) + half)

    def holds(self, value: float) -> bool:
        """Whether a value lies inside."""
        return self.low < value < self.high


# --- working time


def midnight(day: date) -> int:
    """The instant a day begins at."""
    return int(datetime.combine(day, time.min, naive.VIETNAM).timestamp())


class Axis:
    """The working seconds of a year, from its sessions."""

    def __init__(self, year: int) -> None:
        first, length = date(year, 1, 1), date(year + 1, 1, 1) - date(year, 1, 1)
        self.start = midnight(first)
        self.sessions = [
            session for count in range(length.days) for session in naive.sessions(first + timedelta(count))
        ]
        self._opens = [opens for opens, _ in self.sessions]
        self._before, self._after, done = [], [], 0
        for opens, closes in self.sessions:
            self._before.append(done)
            done += closes - opens
            self._after.append(done)
        self.length = done

    def elapsed(self, at: int) -> int:
        """The working seconds gone at an instant."""
        index = bisect_right(self._opens, at) - 1
        return 0 if index < 0 else self._before[index] + min(at, self.sessions[index][1]) - self._opens[index]

    def reached(self, second: int) -> int:
        """The earliest instant of the year at which so many have gone."""
        if not second:
            return self.start
        index = bisect_left(self._after, second)
        return self._opens[index] + second - self._before[index]

    def begins(self, day: date) -> int:
        """The working second at which a day begins."""
        return self.elapsed(midnight(day))


# --- a plain loop


class Visit(NamedTuple):
    """What was drawn for a visit: the role, who may have it in the order of the agency's file, the dwell and the work."""

    role: str
    seats: tuple[str, ...]
    dwell: int
    effort: int


class Course(NamedTuple):
    """A dossier: when it comes, by what it is ranked where the earliest due comes first, and its visits."""

    came: int
    due: int
    visits: tuple[Visit, ...]


class Stay(NamedTuple):
    """What became of a visit: with whom, taken up and done when; None for what the year's end came before."""

    holder: str
    taken_up: int | None = None
    done: int | None = None


Leave = Mapping[str, Sequence[tuple[date, date]]]
JOIN, DONE, BACK, LEAVE = range(4)


class _Officer:
    def __init__(self, number: int, name: str) -> None:
        self.number, self.name = number, name
        self.away: list[tuple[int, int]] = []
        self.queue: list[tuple[int, int, int]] = []
        self.planned = -1
        self.busy = False

    def is_away(self, now: int) -> bool:
        return any(begins <= now <= ends for begins, ends in self.away)

    def finishes(self, now: int, effort: int) -> int:
        """Work rests while he is away."""
        end = now + effort
        for begins, ends in self.away:
            if now <= begins < end:
                end += ends - begins
        return end


class Loop:
    """Dossiers in the order in which they come, through officers with a queue each; see the discipline in `simulate/year.py`."""

    def __init__(self, axis: Axis, courses: Sequence[Course], names: Iterable[str], leave: Leave, by_due: bool) -> None:
        self.axis, self.courses, self.by_due = axis, courses, by_due
        self.officers = {name: _Officer(number, name) for number, name in enumerate(names)}
        self.stays: list[list[Stay]] = [[] for _ in courses]
        self._held: list[dict[str, str]] = [{} for _ in courses]
        self._events: list[tuple[int, int, int, int]] = []
        self._order = list(range(len(courses)))
        self._ends: dict[int, int] = {}
        self._joined = self._taken_away = 0
        for name, spells in leave.items():
            self._plan_leave(self.officers[name], spells)

    def _plan_leave(self, officer: _Officer, spells: Sequence[tuple[date, date]]) -> None:
        for first, last in sorted(spells):
            begins, ends = self.axis.begins(first), self.axis.begins(last + timedelta(1))
            if officer.away and begins <= officer.away[-1][1]:
                officer.away[-1] = officer.away[-1][0], max(officer.away[-1][1], ends)
            elif begins < ends:
                officer.away.append((begins, ends))
        for begins, ends in officer.away:
            if ends > self._closes(begins + 1):
                heappush(self._events, (begins, LEAVE, 0, officer.number))

    def _closes(self, second: int) -> int:
        """The last working second of a second's day."""
        day = datetime.fromtimestamp(self.axis.reached(second), naive.VIETNAM).date()
        return self.axis.begins(day + timedelta(1))

    def run(self) -> list[list[Stay]]:
        """What became of every visit of every dossier by the year's end."""
        for serial, course in enumerate(self.courses):
            self._pass(course.came)
            self._enter(serial, self._choose(course.visits[0], course.came, None), course.came)
        self._pass(self.axis.length + 1)
        return self.stays

    def _pass(self, until: int) -> None:
        by_number = list(self.officers.values())
        while self._events and self._events[0][0] < until:
            now, kind, _, number = heappop(self._events)
            if kind == JOIN:
                self._join(number, now)
            elif kind == DONE:
                if self._ends.get(number) == now:
                    self._done(number, now)
            elif kind == BACK:
                self._next(by_number[number], now)
            else:
                self._leave(by_number[number], now)

    def _visit(self, serial: int) -> Visit:
        return self.courses[serial].visits[len(self.stays[serial]) - 1]

    def _holder(self, serial: int) -> _Officer:
        return self.officers[self.stays[serial][-1].holder]

    def _choose(self, visit: Visit, now: int, giver: _Officer | None) -> _Officer:
        """Whose planned work ends first: of who is there, but the giver; else of who is there; else of all."""
        every = [self.officers[name] for name in visit.seats]
        there = [one for one in every if not one.is_away(now)]
        others = [one for one in there if one is not giver]
        return min(others or there or every, key=lambda one: one.planned)

    def _receiver(self, serial: int, visit: Visit, giver: _Officer, role: str, now: int) -> _Officer:
        same = role == visit.role
        held = self._held[serial].get(visit.role)
        if held is not None and (held != giver.name or same) and not self.officers[held].is_away(now):
            return self.officers[held]
        return self._choose(visit, now, None if same else giver)

    def _enter(self, serial: int, officer: _Officer, now: int) -> None:
        self.stays[serial].append(Stay(officer.name))
        visit = self._visit(serial)
        self._held[serial][visit.role] = officer.name
        officer.planned = max(now, officer.planned) + visit.effort
        heappush(self._events, (now + visit.dwell, JOIN, self._order[serial], serial))

    def _join(self, serial: int, now: int) -> None:
        officer = self._holder(serial)
        if officer.busy or self._is_off(officer, now):
            self._joined += 1
            heappush(officer.queue, (self.courses[serial].due if self.by_due else 0, self._joined, serial))
        else:
            self._begin(serial, officer, now)

    def _is_off(self, officer: _Officer, now: int) -> bool:
        if not officer.is_away(now):
            return False
        officer.busy = True
        back = next(ends for begins, ends in officer.away if begins <= now <= ends) + 1
        heappush(self._events, (back, BACK, 0, officer.number))
        return True

    def _begin(self, serial: int, officer: _Officer, now: int) -> None:
        officer.busy = True
        self.stays[serial][-1] = Stay(officer.name, now)
        self._ends[serial] = end = officer.finishes(now, self._visit(serial).effort)
        heappush(self._events, (end, DONE, self._order[serial], serial))

    def _done(self, serial: int, now: int) -> None:
        del self._ends[serial]
        giver, role, stays = self._holder(serial), self._visit(serial).role, self.stays[serial]
        stays[-1] = stays[-1]._replace(done=now)
        visits = self.courses[serial].visits
        if len(stays) < len(visits):
            following = visits[len(stays)]
            self._enter(serial, self._receiver(serial, following, giver, role, now), now)
        self._next(giver, now)

    def _next(self, officer: _Officer, now: int) -> None:
        officer.busy = False
        if officer.queue and not self._is_off(officer, now):
            self._begin(heappop(officer.queue)[2], officer, now)

    def _leave(self, officer: _Officer, now: int) -> None:
        """What he has, in work, in his queue or still lying, goes to a colleague, if one is there."""
        for serial, stays in enumerate(self.stays):
            if stays and stays[-1].holder == officer.name and stays[-1].done is None:
                visit = self._visit(serial)
                colleagues = [
                    name for name in visit.seats if name != officer.name and not self.officers[name].is_away(now)
                ]
                if colleagues:
                    self._pass_on(serial, officer, self._choose(visit, now, officer), now)
        if not officer.busy:
            self._next(officer, now)

    def _pass_on(self, serial: int, officer: _Officer, colleague: _Officer, now: int) -> None:
        """Work that was begun begins anew; what happens to it comes after what others of the same second do."""
        visit, begun = self._visit(serial), self.stays[serial][-1].taken_up is not None
        self.stays[serial][-1] = Stay(colleague.name)
        officer.planned = max(now, officer.planned - visit.effort)
        self._held[serial][visit.role] = colleague.name
        colleague.planned = max(now, colleague.planned) + visit.effort
        queued = [entry for entry in officer.queue if entry[2] == serial]
        if queued:
            officer.queue.remove(queued[0])
            officer.queue.sort()
        if begun:
            del self._ends[serial]
            officer.busy = False
            self._taken_away += 1
            self._order[serial] = len(self.courses) + self._taken_away
        if queued or begun:
            self._join(serial, now)


# --- Ciw


def ciw_ends(
    axis: Axis, arrivals: Sequence[int], works: Sequence[Sequence[int]], officers: Sequence[int]
) -> list[list[float]]:
    """When each of some dossiers is done at each of some desks in a row, in minutes since the first of January, by Ciw.

    `arrivals` are instants, `works` the seconds of each dossier at each desk, `officers` how many sit there. Night, noon,
    weekends and days off are shifts without anybody, over which work is interrupted and then resumed.
    """
    import ciw

    edges = [(moment - axis.start) / 60 for session in axis.sessions for moment in session]

    class Given(ciw.dists.Distribution):  # type: ignore[misc]
        """The work of each dossier, whatever the order."""

        def __init__(self, desk: int) -> None:
            self.desk = desk

        def sample(self, t: float | None = None, ind: Any = None) -> float:
            return works[ind.id_number - 1][self.desk] / 60

    def shifts(count: int) -> Any:
        numbers = [0, count] * len(axis.sessions) + [0]
        return ciw.Schedule(numbers_of_servers=numbers, shift_end_dates=[*edges, edges[-1] + 1e6], preemption="resume")

    came = [(at - axis.start) / 60 for at in arrivals]
    gaps = [later - earlier for earlier, later in zip([0.0, *came], came, strict=False)]
    desks = len(officers)
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Sequential([*gaps, inf]), *[None] * (desks - 1)],
        service_distributions=[Given(desk) for desk in range(desks)],
        number_of_servers=[shifts(count) for count in officers],
        routing=[[float(to == desk + 1) for to in range(desks)] for desk in range(desks)],
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(edges[-1])
    ends: list[list[float]] = [[inf] * desks for _ in arrivals]
    for record in simulation.get_all_records(only=["service"]):
        ends[record.id_number - 1][record.node - 1] = record.exit_date
    return ends
