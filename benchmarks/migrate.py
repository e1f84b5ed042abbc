"""`flowiso migrate` of 10,000 running dossiers: the plan, carrying it out, taking it back; whole processes, CPU seconds.

Run: python benchmarks/migrate.py [DOSSIERS] [RUNS]. The shipped folder with a second version of LTHH-13: one step renamed, one
dropped, one held by another role. The median of the runs of the plan is held against the goal.
"""

from __future__ import annotations

import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from random import Random

from flowiso.app import Agency
from flowiso.decision import decide, open_case
from flowiso.library import bundled
from flowiso.machine import Table
from flowiso.model import FORWARD, RECEIVE, Case, Move
from flowiso.refusals import Said
from flowiso.state import advance, begin
from flowiso.store import open_store
from flowiso.worktime import TZ, instant

GOAL = 10.0
CODE = "LTHH-13"
AT = "2021-10-18 09:00"


def main(count: int, runs: int) -> int:
    """Print the medians; 1 when the plan takes longer than the goal."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        flows, url = agency(folder), f"sqlite:///{folder / 'mot-cua.db'}"
        fill(flows, url, count)
        plan, roll = folder / "plan.json", folder / "back.json"
        migrate = [sys.executable, "-m", "flowiso", "migrate", "--store", url, "--at", AT, "--flows", str(flows)]
        signed = ["--by", "quang.lds", "--note", "QĐ 1", "--allow-draft"]
        planned = [
            timed(*migrate, CODE, "--to", "2", "--plan", "--map", "thu-ly=tham-tra", "-o", str(plan))
            for _ in range(runs)
        ]
        counts = json.loads(plan.read_text(encoding="utf-8"))["counts"]
        applied = timed(*migrate, "--apply", str(plan), "--rollback", str(roll), *signed)
        undone = timed(*migrate, "--undo", str(roll), *signed)
    median = statistics.median(planned)
    print(f"{sum(counts.values()):,} running dossiers: {counts}")
    print(f"plan: {median:.1f} s (goal <= {GOAL:.0f}); apply: {applied:.1f} s; undo: {undone:.1f} s")
    return int(median > GOAL)


def timed(*words: str) -> float:
    """The CPU seconds a command takes; it may find something, but not fail."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    code = subprocess.run(words, stdout=subprocess.DEVNULL, check=False).returncode
    assert code in (0, 1), words
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def agency(folder: Path) -> Path:
    """The shipped folder, with a second version of the procedure."""
    flows = folder / "flows"
    shutil.copytree(bundled(), flows)
    first = flows / "lthh" / "lthh-13.v1.yaml"
    text = first.read_text(encoding="utf-8")
    begins = "effective: {from: 2020-10-21}"
    first.write_text(text.replace(begins, "effective: {from: 2020-10-21, to: 2021-10-01}"), encoding="utf-8")
    second = text.replace("version: 1\n", "version: 2\n").replace(begins, "effective: {from: 2021-10-01}")
    second = second.replace("thu-ly", "tham-tra").replace("gui-thong-bao-phi", "gui-phi")
    second = second.replace("duyet-tu-choi:     {by: lanh-dao-phong,", "duyet-tu-choi:     {by: lanh-dao-so,")
    (flows / "lthh" / "lthh-13.v2.yaml").write_text(second, encoding="utf-8")
    return flows


def fill(flows: Path, url: str, count: int) -> None:
    """So many dossiers on version 1, at random steps of the main path and beside it."""
    found, random = Agency.load(flows), Random(1)
    table = found.table(CODE, 1, 2021)
    with closing(open_store(url)) as store:
        store.create_many(
            (Case(found.org.agency, f"{found.org.agency}-2109{n % 30 + 1:02}-{n:05}", CODE, 1, "counter"), moves)
            for n, moves in enumerate(logs(table, found, random, count))
        )


def logs(table: Table, found: Agency, random: Random, count: int) -> Iterator[list[Move]]:
    """Dossiers received from the end of September on, each so far on its way as it came."""
    for _ in range(count):
        at = instant(datetime(2021, 10, random.randrange(4, 16), random.randrange(8, 11), tzinfo=TZ))
        first = open_case(table, RECEIVE, "lan.vp", "lan.vp", at)
        moves, state = [first], begin(table, found.calendar, first)
        for _ in range(random.randrange(9)):
            if state.row.ready:
                break
            at = found.calendar.plus(at, random.randrange(600, 4 * 3600))
            action = random.choice(
                [FORWARD, FORWARD, FORWARD, *(name for name in state.row.arcs if name != "rut-ho-so")]
            )
            arc = state.row.arcs.get(action)
            if arc is None or arc.row.step is None or arc.intake or (arc.guard and not arc.guard.allows(state)):
                continue
            to = random.choice(sorted(arc.row.fits))
            actor = random.choice(sorted(arc.takers)) if arc.takers else state.holder
            for move in decide(state, action, actor, to, at, False, Said("lý do")):
                moves.append(move)
                state = advance(found.calendar, state, move)
        yield moves


if __name__ == "__main__":
    sys.exit(main(*(int(word) for word in (sys.argv[1:] + ["10000", "3"][len(sys.argv) - 1 :]))))
