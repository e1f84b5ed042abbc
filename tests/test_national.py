"""The national codes 1 to 10: each is reached, each allowed edge is taken, and no other (domain section 4)."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from histories import history
from offices import Office, at, examined, flow, go, office, path, ready, received, roam
from walks import agency

from flowiso.dossier import Dossier
from flowiso.engine import Engine
from flowiso.model import CORRECT, MIGRATE, PAUSE, REAPPOINT, REASSIGN, RECALL, RECEIVE, RESUME
from flowiso.national import EDGES, STATUSES, Status, status, steps
from flowiso.state import State, advance, begin
from flowiso.store import open_store

DOMAIN: dict[int, set[int]] = {
    1: {2, 3, 5},
    2: {4, 7, 9},
    4: {5, 6, 7, 8, 9},
    5: {2, 4, 7, 8, 3},
    6: {4, 7, 8, 9},
    8: {4},
    9: {10, 4},
}
"""The edges as the domain's section 4 has them."""

NOT_HERE = {(1, 5), (5, 3)}
"""A supplement at intake is an end of its own here: the notice with its guidance, once (R12)."""

BEYOND = {(10, 4)}
"""A wrong result is mostly found after it was handed out; the domain's R53 knows no difference."""


def edges(states: list[State]) -> Counter[tuple[Status, Status]]:
    """The edges that the codes of a life report, with what goes between; how often each."""
    found: Counter[tuple[Status, Status]] = Counter()
    for before, after in pairwise(map(status, states)):
        found.update(pairwise((before, *steps(before, after))))
    return found


def test_the_table_is_the_domains() -> None:
    """Domain section 4."""
    written = {(before, after) for before, afters in EDGES.items() for after in afters}
    assert written == {(before, after) for before, afters in DOMAIN.items() for after in afters} | BEYOND
    assert STATUSES.keys() == set(range(1, 11))


def test_every_edge_and_no_other() -> None:
    """Over thousands of random lives with every verb: all edges but those of a supplement at intake, and none besides."""
    allowed = {(before, after) for before, afters in EDGES.items() for after in afters}
    found: Counter[tuple[Status, Status]] = Counter()
    codes: set[Status] = set()
    offices = [
        Office(flow(), flow(version=2)),
        Office(flow(policy="pause", silence=True), flow(version=2)),
        Office(flow(arrows=False, policy="none"), flow(version=2, arrows=False)),
    ]
    for number in range(1_800):
        _, states = roam(offices[number % 3].tables[1], number)
        found += edges(states)
        codes |= set(map(status, states))
    assert codes == STATUSES.keys()
    assert found.keys() <= allowed
    assert allowed - found.keys() == NOT_HERE


def test_shipped_flows_take_allowed_edges_only() -> None:
    """The same over random histories of every shipped shape, wrong hand-overs and old hours included."""
    allowed = {(before, after) for before, afters in EDGES.items() for after in afters}
    calendar = agency().calendar
    for seed in range(300):
        told = history(seed)
        states = [begin(told.table, calendar, told.moves[0])]
        for move in told.moves[1:]:
            states.append(advance(calendar, states[-1], move))
        assert edges(states).keys() <= allowed, seed


def test_sent_back_to_the_desk_is_processed_still() -> None:
    """From 4 nothing leads back to 2: the wrong division sends it to the first step, on every shipped flow that can."""
    engine = Engine(agency(), open_store("memory:"), allow_draft=True)
    hs = engine.receive("LTHH-13", by="lan.vp", at=at("14/09 08:00"))
    assert hs.status == 2
    hs = engine.move(hs, "chuyen", by="lan.vp", to="ha.qltm", at=at("14/09 09:00"))
    hs = engine.move(hs, "nham-phong", by="ha.qltm", note="thuộc phòng khác", at=at("14/09 10:00"))
    assert (hs.step.id, hs.status) == ("tiep-nhan", 4)


def stopped(hs: Dossier, engine: Engine) -> Dossier:
    """Stopped at once."""
    return path(engine, hs, f"14/09 16:00 ha {PAUSE}", ground="Luật 1")


@pytest.mark.parametrize(
    ("lines", "codes"),
    [
        (["14/09 09:00 lan xong-ngay lan", "14/09 10:00 lan xong"], [9, 10]),
        ([f"14/09 09:00 lan {REASSIGN} thao"], [4]),
        ([f"14/09 09:00 lan {REAPPOINT}"], [4]),
        ([f"14/09 16:00 ha {PAUSE}", f"15/09 08:00 ha {RESUME}"], [8, 4]),
        ([f"14/09 16:00 ha {MIGRATE}"], [2]),
        ([f"14/09 15:00 lan {REAPPOINT}", f"14/09 16:00 ha {MIGRATE}"], [4, 4]),
        ([f"14/09 15:00 ha {PAUSE}", f"14/09 16:00 ha {RESUME}", f"14/09 16:30 ha {MIGRATE}"], [8, 4, 4]),
    ],
)
@pytest.mark.parametrize("deadline", ["5wd", "7wd", "none"])
def test_codes_of_a_dossier_just_received(lines: list[str], codes: list[int], deadline: str) -> None:
    """2 until it goes on: same visit, another officer, an apology, a stop; another version of another term is none (R65)."""
    engine = office(flow(), flow(version=2, deadline=deadline))
    hs = received(engine)
    found = []
    for line in lines:
        hs = path(engine, hs, line, ground="Luật 1", until="2021-09-30", version="2", step="tiep-nhan")
        found.append(hs.status)
    assert found == codes


def test_received_after_it_came_back() -> None:
    """R13, R114: a submission handed to a colleague and recalled is received like any other."""
    engine = office()
    hs = engine.submit("MAU-01", to="lan", at=at("14/09 08:00"))
    hs = path(engine, hs, f"14/09 09:00 lan {REASSIGN} thao", f"14/09 10:00 lan {RECALL}", f"14/09 11:00 lan {RECEIVE}")
    assert hs.status == 2


def test_a_repair_that_restarts_is_received_again() -> None:
    """R43: only what waits for papers, 5, goes back to 2; the fee, 6, never does, whatever its policy."""
    engine = office(fee="policy: restart")
    hs = path(
        engine,
        examined(engine),
        "15/09 08:00 an nop-phi lan",
        "15/09 09:00 lan gui nguoi-nop",
        "16/09 08:00 lan da-nop an",
    )
    assert hs.status == 4


@pytest.mark.parametrize(
    ("before", "after", "reported"),
    [(4, 4, ()), (2, 4, (4,)), (2, 8, (4, 8)), (2, 10, (9, 10)), (8, 7, (4, 7)), (5, 10, (4, 9, 10)), (6, 10, (9, 10))],
)
def test_what_is_reported_in_between(before: Status, after: Status, reported: tuple[Status, ...]) -> None:
    """A stop at the first step, a withdrawal while it is stopped, an end without a desk: by allowed edges."""
    assert steps(before, after) == reported


def test_corrected_from_the_desk_and_from_the_end() -> None:
    """R53: 9 or 10 to 4, and 9, 10 again; a bounced result stays 9, which only a correction leaves."""
    engine = office()
    hs = ready(engine)
    assert go(engine, hs, "16/09 15:00 thao bounce").status == 9
    hs = go(
        engine, go(engine, ready(engine), "17/09 08:00 thao xong"), f"20/09 08:00 lan {CORRECT} quang", "sai", step="ky"
    )
    assert hs.status == 4
    assert stopped(examined(engine), engine).status == 8
