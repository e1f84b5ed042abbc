"""T12: running dossiers are moved to another version of their flow, and back, by processes that are killed in the middle.

A flow is edited at random, its dossiers stand at random steps, in SQLite and both PostgreSQL. A process plans again, finds what
was planned, and writes chunk by chunk until SIGKILL; then the next one does the same. After each death every dossier must be
wholly old or wholly as the plan said, and the chunks whole as well. With some that were moved people go on meanwhile.
"""

from __future__ import annotations

import os
import signal
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from itertools import count
from pathlib import Path
from random import Random
from typing import NamedTuple

from checker import check, opened
from servers import Server
from size import MEMORY, Size, Sizes
from stores import Schemas
from versions import LEADER, NEW, Versions, edited, plain_flows, walked

from flowiso import migrating, migration
from flowiso.dossier import Dossier
from flowiso.engine import Engine
from flowiso.events import of_log
from flowiso.migration import Landing, Plan
from flowiso.model import APPLICANT, COMPLAIN, Case
from flowiso.ports import NOTHING
from flowiso.replay import replay
from flowiso.store import open_store
from flowiso.worktime import local

LEADERS = (LEADER, "phuong.lds", "son.lds")
TITLE = "migration to another version of the flow, killed in the middle"
DOSSIERS = Sizes(1_364, 13_641, 136_410)
"""Of all flows together; 13,641 are a year of the department's."""
EACH, LEAST = 200, 80
"""Dossiers of a flow, and how many of them fit its other version at the least."""
CHUNK = 3
"""Dossiers of one transaction."""
DEATHS = 3
"""Processes killed on the way there, and as many on the way back."""
PATIENCE = 60
"""Seconds that a process may take."""


class Outcome(NamedTuple):
    """Figures of one flow, or of all: dossiers, those that were moved, processes killed, how many of these left some dossiers
    moved and others not, dossiers that were moved though nobody was told, and those people went on with meanwhile."""

    dossiers: int
    moved: int
    deaths: int
    midway: int
    untold: int
    went_on: int


def run(size: Size, seed: int) -> str:
    """One flow after the other, each in another kind of store than the one before."""
    flows = -(-DOSSIERS.at(size) // EACH)
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder, Server("wheel") as wheel, Server("debian") as debian:
        names = (f"sqlite:///{Path(folder) / f'{number}.db'}" for number in count())
        places: Sequence[Callable[[], str]] = (lambda: next(names), Schemas(wheel).fresh, Schemas(debian).fresh)
        outcomes = [_moved(places[flow % 3](), Random(f"{seed}/{flow}")) for flow in range(flows)]
    total = Outcome(*map(sum, zip(*outcomes, strict=True)))
    assert total.midway >= total.deaths / 3, f"hardly a process was killed in the middle: {total}"
    return (
        f"{flows} flows edited, {total.dossiers} dossiers planned, {total.moved} moved there and back as planned, "
        f"{total.deaths} processes killed, {total.midway} of them between the first dossier and the last, with {total.untold} "
        f"dossiers moved untold; {total.went_on} went on meanwhile and stayed; 0 by half, 0 stranded, 0 due dates changed"
    )


class Scene(NamedTuple):
    """Dossiers in a store, by number, and the plan for another version of their flow."""

    url: str
    flows: Versions
    plan: Plan
    before: dict[str, Dossier]
    leader: str

    @property
    def fits(self) -> dict[str, Landing]:
        """What is to be moved, by number, in the order it is."""
        return {one.number: one for one in self.plan.landings if one.verdict == "fits"}

    def now(self) -> dict[str, Dossier]:
        """The dossiers as they are in the store."""
        with closing(open_store(self.url)) as store:
            return {one.number: one for one in migrating.dossiers(self.flows, store, self.plan.code)}

    def apply(self, told: Path) -> None:
        """Carry the plan out, as `flowiso migrate --apply` does; a file is told who was moved."""
        plan = self.plan
        with closing(open_store(self.url)) as store, told.open("ab", buffering=0) as file:
            running = migrating.dossiers(self.flows, store, plan.code)
            now = migration.plan(self.flows, self.flows.table(plan.code, NEW, 0).flow, running, plan.at, plan.names)
            assert migrating.differences(plan.landings, now) == ()
            for numbers in migrating.apply(self.flows, store, now, running, by=self.leader, note="QĐ 12", chunk=CHUNK):
                file.write("".join(f"{number}\n" for number in numbers).encode())

    def undo(self, told: Path) -> None:
        """Take it back, as `flowiso migrate --undo` does; a file is told who stays."""
        plan, entries = self.plan, migrating.backs(self.plan.landings)
        with closing(open_store(self.url)) as store:
            running = migrating.dossiers(self.flows, store, plan.code)
            done = migrating.undo(
                self.flows, store, entries, running, NEW, by=self.leader, note="QĐ 13", at=plan.at, chunk=CHUNK
            )
        told.write_text("".join(f"{number}\n" for number, _ in done.kept))


def _moved(url: str, random: Random) -> Outcome:
    """Move the dossiers of a flow there and back, over several deaths each way, and look after every one."""
    scene, midway = drawn(url, random), 0
    went_on: set[str] = set()

    def some() -> float:
        return random.uniform(0, len(scene.fits) / DEATHS)

    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        told = Path(folder) / "told"
        for _ in range(DEATHS):
            _die(lambda: scene.apply(told), url, some())
            there = reached(scene, went_on, "old", "there")
            assert _read(told) <= there, "moved, as was told, and yet not"
            midway += 0 < len(there) < len(scene.fits)
            for number in random.sample(sorted(there - went_on), bool(there - went_on)):
                go_on(scene, number)
                went_on.add(number)
        for _ in range(2):  # the second finds nothing left to do
            _live(lambda: scene.apply(told))
            assert reached(scene, went_on, "old", "there") == scene.fits.keys() >= _read(told)
        untold = len(scene.fits.keys() - _read(told))
        for _ in range(DEATHS):
            _die(lambda: scene.undo(told), url, some())
            midway += 0 < len(reached(scene, went_on, "there", "back")) < len(scene.fits) - len(went_on)
        for _ in range(2):
            _live(lambda: scene.undo(told))
            assert reached(scene, went_on, "there", "back") == scene.fits.keys() - went_on
            assert _read(told) == went_on
    _check_accepted(scene)
    return Outcome(len(scene.before), len(scene.fits), 2 * DEATHS, midway, untold, len(went_on))


def _read(told: Path) -> set[str]:
    return set(told.read_text().split()) if told.exists() else set()


def drawn(url: str, random: Random) -> Scene:
    """Another flow is drawn until enough of its dossiers fit."""
    while True:
        old = random.choice(plain_flows())._replace(version=1)
        new, names = edited(old, random)
        flows = Versions([old, new])
        running = list(_dossiers(flows, old.code, random))
        plan = migration.plan(flows, new, running, random.choice((1_600_000_000, 1_620_000_000)), names)
        leader = _leader(flows, plan)
        if plan.counts["fits"] >= LEAST and leader:
            break
    with closing(open_store(url)) as store:
        for one in running:
            events = tuple(of_log(one.table, flows.calendar, one.moves))
            store.create(one.case, one.moves, NOTHING._replace(events=events))
    return Scene(url, flows, plan, {one.number: one for one in running}, leader)


def _leader(flows: Versions, plan: Plan) -> str:
    """Who may move them all there and back: nobody who holds one does so past a step that both versions have (R140)."""
    old, new = (flows.table(plan.code, version, 2021).rows for version in (1, NEW))
    past = [one for one in plan.landings if one.step != one.to and (one.to in old or one.step in new)]
    return next((name for name in LEADERS if name not in {one.holder for one in past}), "")


def _dossiers(flows: Versions, code: str, random: Random) -> Iterator[Dossier]:
    table, agency = flows.table(code, 1, 2021), flows.org.agency
    for number in range(EACH):
        walk = walked(table, flows.calendar, random, random.randrange(14))
        yield Dossier(
            Case(agency, f"{agency}-210101-{number:04d}", code, 1, "counter"), table, walk.state, tuple(walk.moves)
        )


def _live(work: Callable[[], None]) -> None:
    """Have it done by a process of its own, to the end."""
    assert os.waitstatus_to_exitcode(os.waitpid(_forked(work), 0)[1]) == 0, "the process failed; see above"


def _die(work: Callable[[], None], url: str, lines: float) -> None:
    """Have it done by a process of its own that is killed after so many lines that it has written, unless it has ended."""
    enough = _lines(url) + lines
    process, end = _forked(work), time.monotonic() + PATIENCE
    while _lines(url) < enough and not _has_ended(process):
        assert time.monotonic() < end, "the process takes too long"
        time.sleep(0.0002)
    time.sleep(lines % 1 / 1000)  # not always right after a commit
    if not _has_ended(process):
        os.kill(process, signal.SIGKILL)
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) in (0, -signal.SIGKILL), "the process failed; see above"
    _wait_for_server(url)


def _forked(work: Callable[[], None]) -> int:
    process = os.fork()
    if process:
        return process
    try:
        work()
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def _has_ended(process: int) -> bool:
    return os.waitid(os.P_PID, process, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _lines(url: str) -> int:
    with opened(url) as ask:
        return int(ask("SELECT count(*) FROM moves")[0][0])


def _wait_for_server(url: str) -> None:
    """PostgreSQL may still be about what the dead asked for last."""
    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    while not url.startswith("sqlite:"):
        with opened(url) as ask:
            if ask(others) == [(0,)]:
                return
        time.sleep(0.005)


def go_on(scene: Scene, number: str) -> None:
    """Somebody does something about a dossier."""
    with closing(open_store(scene.url)) as store:
        engine = Engine(scene.flows, store, allow_draft=True)
        at = max(scene.plan.at, engine.dossier(number).state.at)
        engine.move(number, COMPLAIN, by=APPLICANT, note="chậm", at=local(at))


def reached(scene: Scene, went_on: set[str], before: str, after: str) -> set[str]:
    """The dossiers whose place is `after`. Those to be moved were at `before`, and went in whole chunks, in their order."""
    check(scene.url)
    now = scene.now()
    assert now.keys() == scene.before.keys()
    fits = scene.fits
    places = {
        number: _place(was, now[number], fits.get(number), number in went_on) for number, was in scene.before.items()
    }
    order = [number for number in fits if after == "there" or number not in went_on]
    done = [number for number in order if places[number] == after]
    assert all(places[number] == before for number in order[len(done) :]), "not the first ones"
    assert len(done) % CHUNK == 0 or done == order, f"{len(done)} are no whole chunks"
    return set(done)


def _place(was: Dossier, now: Dossier, landing: Landing | None, went_on: bool) -> str:
    """Whether it is as it was ("old"), as planned ("there"), or "back". Raises AssertionError when it is neither."""
    if now.moves == was.moves:
        return "old"
    assert landing is not None, f"{now.number} doesn't fit, and was moved"
    assert now.moves[: len(was.moves)] == was.moves, f"{now.number}: what was there is another now"
    state = now.state
    assert state.row.table.rows.get(state.row.id) is state.row, f"{now.number} is at no step"
    assert state.due == was.state.due, f"{now.number}: another due date"
    seen = now.flow.version, state.row.id, state.seq, state.holder, state.step_due
    if seen == (NEW, landing.to, landing.line + went_on, landing.holder, landing.step_due_after):
        return "there"
    step_due = state.step_due if landing.step_due is None else landing.step_due
    back = seen == (1, landing.step, landing.line + 1, landing.holder, step_due) and not went_on
    assert back, f"{now.number} is neither old nor as planned: {seen}, {landing}"
    return "back"


def _check_accepted(scene: Scene) -> None:
    """Every line, those of the migration among them, was one that the engine would let pass (I3)."""
    for one in scene.now().values():
        faults = replay(one.table, scene.flows.calendar, one.case, one.moves).findings
        assert not [fault for fault in faults if fault.level == "error"], faults
