"""Small agencies in which dossiers only queue, and what the simulator makes of them, ready to be held against `theory`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from random import Random
from statistics import fmean
from typing import Any

import naive
from offices import ORG
from theory import Axis, Course, Leave, Stay, Visit, mean_wait

from flowiso.app import Agency
from flowiso.flowfile import read_flow
from flowiso.model import CONFIRM, REASSIGN, SYSTEM, Account, Flow, Move, Role
from flowiso.simulate import draws
from flowiso.simulate.arrivals import Arrival
from flowiso.simulate.behaviour import Laws, laws_of
from flowiso.simulate.scenario import Arrivals, Misrouting, Scenario, Work
from flowiso.simulate.year import Year
from flowiso.text import Text
from flowiso.words import Words

FLOW = """
code: {code}
version: 1
status: published
title: Thủ tục {code}
field: dien
division: phong
decided_by: so
online_level: 4
interconnected: no
deadline: {deadline}
clock_policy: pause
{reason}
effective: {{from: 2018-01-01}}
issued_by: QĐ 1
legal_basis: [Luật 1]
steps:
{steps}
ends: {{da-cap: granted}}
facts:
  - of: [code, version, status, title, field, division, decided_by, online_level, interconnected, deadline, effective,
      issued_by, legal_basis, steps, times, arrows, forms, no_deadline_reason]
    read: một nguồn
"""
SEATS = {"mot-cua": "vp", "chuyen-vien": "phong", "kiem-tra": "phong", "giam-doc": "lanh-dao"}
"""The roles that work on dossiers, and where they sit; the director only hands on what waits with who goes on leave."""
Steps = Sequence[tuple[str, str]]
"""The steps of a flow: by which role, within what term."""


@cache
def shipped() -> Agency:
    """The agency that lends its calendar."""
    return Agency.load()


def office(seats: Mapping[str, int], flows: Mapping[str, tuple[str, Steps]], leave: Leave | None = None) -> Agency:
    """An agency with so many officers of each role, one director, and flows, each with a deadline and its steps."""
    away = leave or {}
    roles = dict(ORG.roles) | {
        "kiem-tra": Role("kiem-tra", Text("Kiểm tra", "Inspector"), "own", "agency", duty="examine")
    }
    people = [
        Account(name, name, frozenset({role}), SEATS[role], leave=tuple(away.get(name, ())))
        for role, count in {**seats, "giam-doc": 1}.items()
        for name in officers(role, count)
    ]
    system = Account(SYSTEM, SYSTEM, frozenset({SYSTEM}), "")
    org = ORG._replace(roles=roles, accounts={one.id: one for one in (*people, system)})
    return shipped().altered(org, [_flow(code, *told) for code, told in flows.items()])


def _flow(code: str, deadline: str, steps: Steps) -> Flow:
    told = [f"  b{number}: {{by: {role}, within: {term}}}" for number, (role, term) in enumerate(steps)]
    told[-1] = told[-1].replace("}", ", then: {xong: da-cap}}")
    reason = "no_deadline_reason: luật không quy định" if deadline == "none" else ""
    text = FLOW.format(code=code, deadline=deadline, steps="\n".join(told), reason=reason)
    found, findings = read_flow(text.encode(), f"{code}.yaml", Words())
    assert found is not None, findings
    assert not findings, findings
    return found


def officers(role: str, count: int) -> list[str]:
    """Their names, in the order of the file."""
    return [f"{role}-{number:02}" for number in range(1, count + 1)]


def scenario(year: int, efforts: Mapping[str, float], **work: Any) -> Scenario:
    """A year in which nothing goes wrong; efforts in median minutes by role."""
    return Scenario(
        year=year,
        arrivals=Arrivals(refused=0.0),
        work=Work(effort=dict(efforts), **work),
        misrouting=Misrouting(rate=0.0),
    )


def arrivals(agency: Agency, moments: Sequence[tuple[int, str]], year: int) -> list[Arrival]:
    """Dossiers at the counter: when and of which flow."""
    return [
        Arrival(serial, agency.table(code, 1, year), "counter", at, at, True)
        for serial, (at, code) in enumerate(sorted(moments))
    ]


def course(agency: Agency, told: Scenario, laws: Laws, seed: int, arrival: Arrival, axis: Axis) -> Course:
    """What the simulator draws for a dossier: the chances of each step's first visit, under the laws of the scenario."""
    flow, base = arrival.table.flow, draws.dossier(seed, arrival.serial)
    visits = []
    for step in flow.steps:
        luck = draws.visit(base, draws.step(step.id))
        seconds = arrival.table.rows[step.id].seconds
        dwell = int(
            (told.work.dwell * seconds if seconds else told.work.untimed * 3600) * laws.agency[luck & draws.TIME]
        )
        effort = int(60 * told.work.effort[step.by] * laws.effort[luck >> 12 & draws.TIME])
        visits.append(Visit(step.by, tuple(arrival.table.rows[step.id].fits), dwell, effort))
    due = naive.last_day(arrival.submitted, flow.deadline, 0).toordinal() if flow.deadline else 10**7
    return Course(axis.elapsed(arrival.submitted), due, tuple(visits))


def stays_of(moves: Sequence[Move]) -> list[Stay]:
    """What a log says of each visit, in instants. Who receives a dossier himself doesn't say when he takes it up."""
    stays = [Stay(moves[0].holder)]
    for move in moves[1:]:
        if move.action == CONFIRM:
            stays[-1] = stays[-1]._replace(taken_up=move.at)
        elif move.action == REASSIGN:
            stays[-1] = Stay(move.holder)
        else:
            stays[-1] = stays[-1]._replace(done=move.at)
            stays += [Stay(move.holder)] if move.holder else []
    return stays


def in_instants(axis: Axis, came: int, stays: Sequence[Stay], logged: Sequence[Stay]) -> list[Stay]:
    """What the plain loop says of them in instants, without the taking up that the log leaves out.

    What happens to a dossier that came at night before anybody has worked is put down at the moment at which it came.
    """
    found: list[Stay] = []
    for stay, other in zip(stays, [*logged, *[Stay("")] * len(stays)], strict=False):
        silent = stay.taken_up is None or (not found and other.taken_up is None)
        up = None if silent else max(came, axis.reached(stay.taken_up or 0))
        found.append(Stay(stay.holder, up, None if stay.done is None else max(came, axis.reached(stay.done))))
    return found


QUEUES = {
    "M/M/1": (1, 0.8, 20_000),
    "M/M/5": (5, 0.8, 20_000),
    "M/M/10": (10, 0.9, 40_000),
    "M/M/60": (60, 0.95, 80_000),
}
"""Queues of theory: officers, the part of their time that is used, and dossiers of a year; more would bring the work of one near
the second, in which the simulator counts."""


def waits(name: str, runs: int, part: int = 1) -> tuple[list[float], float]:
    """The mean wait in one of `QUEUES` in each of some simulated years of a `part` of its dossiers, and by Erlang C, in seconds.

    The queue is the second step's; whoever receives takes no time. Dossiers come by a Poisson process in working time; those
    of the first tenth of the year, which begins with nothing to do, aren't counted.
    """
    servers, used, dossiers = QUEUES[name]
    year, role = 2023, "chuyen-vien"
    axis = Axis(year)
    rate = dossiers / part / axis.length
    minutes = servers * used / rate / 60
    agency = office({"mot-cua": 1, role: servers}, {"MAU-01": ("none", (("mot-cua", "1wh"), (role, "1wh")))})
    told = scenario(year, {"mot-cua": 0.0, role: minutes}, dwell=0.0)
    laws = laws_of(told)._replace(effort=draws.exponential(1.0))
    service = fmean(int(60 * minutes * share) for share in laws.effort)
    means = [_mean_wait(agency, told, laws, seed, rate, axis) for seed in range(runs)]
    return means, mean_wait(servers, rate, service)


def _mean_wait(agency: Agency, told: Scenario, laws: Laws, seed: int, rate: float, axis: Axis) -> float:
    random, now, moments = Random(f"{seed} {rate}"), 0.0, []
    while (now := now + random.expovariate(rate)) < axis.length:
        moments.append(axis.reached(int(now) + 1))
    came = arrivals(agency, [(at, "MAU-01") for at in moments], told.year)
    logs = Year(agency, told, seed, given=came, laws=laws).run().logs
    second = [(moves[1].at, moves[2].at) for _, moves in logs if len(moves) > 2]
    spans = [(axis.elapsed(since), axis.elapsed(until)) for since, until in second]
    return fmean(until - since for since, until in spans if since > axis.length // 10)
