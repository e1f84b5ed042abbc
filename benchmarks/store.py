"""A durable step of the whole engine, by the dossier's number, beside raw SQL and what one would take instead, in one run.

Run: pip install -e ".[dev,bench]"; python benchmarks/store.py [--rounds N] [--dossiers N] [--only NAME ...] [--json FILE]

Every contender does the same acts with the same dossiers of a real flow (`contenders/plan.py`), each act on disk when it
returns, and its result is checked. Each runs in processes of its own on one core, its PostgreSQL server on the same one, with
real-time priority where that is allowed. Times are wall time, for single callers less what was spent waiting for the core. In
every round each has its turn, so that the ratios are those of neighbours; figures are medians of the rounds.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from contenders import contender
from contenders.plan import make

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent / "tests"))


@dataclass(frozen=True)
class Entry:
    """A line of the table: a contender with so many callers, on sqlite or one of the servers.

    A `slow` one does a twentieth of the work. Callers are threads of one process (`threads`) or processes (`processes`).
    """

    key: str
    title: str
    name: str
    on: str = "sqlite"
    threads: int = 1
    processes: int = 1
    slow: bool = False

    @property
    def callers(self) -> int:
        """How many steps may be under way at once."""
        return self.threads * self.processes


ENTRIES = (
    Entry("raw", "raw sqlite3, our tables", "raw"),
    Entry("flowiso", "**FlowISO, sqlite**", "flowiso"),
    Entry("triggers", "raw sqlite3, our tables and triggers", "raw+triggers"),
    Entry("raw-hash", "raw sqlite3, our tables without the hash", "raw-hash"),
    Entry("people", "FlowISO, sqlite, with personal data", "flowiso+people"),
    Entry("raw4", "raw sqlite3, 4 processes", "raw", processes=4),
    Entry("flowiso4", "**FlowISO, sqlite, 4 threads**", "flowiso", threads=4),
    Entry("flowiso16", "**FlowISO, sqlite, 16 threads**", "flowiso", threads=16),
    Entry("psycopg-wheel", "psycopg 3, read + one statement", "psycopg", "wheel"),
    Entry("flowiso-wheel", "**FlowISO**", "flowiso", "wheel"),
    Entry("psycopg4-wheel", "psycopg 3, 4 processes", "psycopg", "wheel", processes=4),
    Entry("flowiso4-wheel", "**FlowISO, 4 threads**", "flowiso", "wheel", threads=4),
    Entry("psycopg-debian", "psycopg 3, read + one statement", "psycopg", "debian"),
    Entry("flowiso-debian", "**FlowISO**", "flowiso", "debian"),
    Entry("orm", "transitions Machine + ORM as in tutorials, sqlite", "orm", slow=True),
    Entry("spiff", "SpiffWorkflow + its serializer in sqlite", "spiff", slow=True),
    Entry("dbos", "DBOS step, sqlite", "dbos", slow=True),
    Entry("dbos-wheel", "DBOS step", "dbos", "wheel", slow=True),
)


@dataclass(frozen=True)
class Figures:
    """What one turn of a contender gave. Seconds, and steps a second; `bytes` and `cpu` are for a step."""

    rate: float
    p50: float
    p99: float
    longest: float
    receipt: float
    cpu: float
    bytes: float
    line: float
    queued: float

    @classmethod
    def of(cls, parts: Sequence[dict[str, Any]], alone: bool) -> Figures:
        """Out of what the processes of one turn have printed."""
        moves = sorted(seconds for part in parts for seconds in part["moves"])
        receipts = [seconds for part in parts for seconds in part["receipts"]]
        count = len(moves) + len(receipts)
        wall = max(part["end"] for part in parts) - min(part["start"] for part in parts)
        queued = sum(part["queued"] for part in parts)
        spent = sum(moves) * (1 - queued / (sum(moves) + sum(receipts)))
        size = sum(part["bytes"] for part in parts)
        return cls(
            len(moves) / spent if alone else count / wall,
            median(moves),
            moves[len(moves) * 99 // 100],
            max(moves[-1], *receipts),
            median(receipts),
            sum(part["cpu"] for part in parts) / count,
            size / count,
            size / sum(part["lines"] for part in parts),
            queued / wall,
        )


class Turns:
    """Runs contenders, one at a time, each on fresh files or a fresh database."""

    def __init__(self, folder: Path, plan: Path, dossiers: int, servers: dict[str, Any]) -> None:
        self.folder, self.plan, self.dossiers, self.servers = folder, plan, dossiers, servers

    def run(self, entry: Entry) -> Figures:
        """One turn."""
        with self._place(entry.on) as place:
            count = self.dossiers // 20 if entry.slow else self.dossiers
            children = [self._start(entry, place, share, count) for share in range(entry.processes)]
            for child in children:
                child.stdin.write("go\n")
                child.stdin.flush()
            return Figures.of([json.loads(_line(child)) for child in children], entry.callers == 1)

    def _start(self, entry: Entry, place: str, share: int, dossiers: int) -> Any:
        numbers = entry.threads, share, entry.processes, dossiers, int(entry.processes == 1)
        command = [sys.executable, "-m", "contenders", entry.name, str(self.plan), place, *map(str, numbers)]
        child = subprocess.Popen(command, cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert _line(child) == "ready\n"
        return child

    @contextmanager
    def _place(self, on: str) -> Iterator[str]:
        if on in self.servers:
            yield self.servers[on].database()
            return
        folder = tempfile.mkdtemp(dir=self.folder)
        try:
            yield folder
        finally:
            shutil.rmtree(folder)


def _line(child: Any) -> str:
    line: str = child.stdout.readline()
    if not line:
        raise SystemExit(f"{' '.join(child.args[2:5])} ended with code {child.wait()}")
    return line


def missing(entry: Entry, servers: dict[str, Any]) -> str:
    """Why a contender can't run here; "" when it can."""
    if entry.on not in ("sqlite", *servers):
        return f"no server of the {entry.on}"
    try:
        contender(entry.name)
    except ImportError as error:
        return f"{error.name} is not installed"
    return ""


def start_servers(stack: ExitStack, folder: Path, wanted: set[str]) -> dict[str, Any]:
    """The PostgreSQL servers there are, with fsync on."""
    from servers import KINDS, Server, binaries

    there = [kind for kind in KINDS if kind in wanted and binaries(kind) is not None]
    for kind in there:
        (folder / kind).mkdir()
    return {kind: stack.enter_context(Server(kind, True, folder / kind)) for kind in there}


def alone_on(core: int, urgent: bool) -> bool:
    """Pin this process, and all it starts, to a core; whether it got the real-time priority it was to have."""
    os.sched_setaffinity(0, {core})
    if not urgent:
        return False
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    except PermissionError:
        return False
    return True


Found = dict[str, list[Figures]]
Measure = Callable[[Figures], float]


def paired(found: Found, mine: str, theirs: str, measure: Measure) -> float | None:
    """The median over the rounds of the ratio of two contenders; None when one of them is not there."""
    if mine not in found or theirs not in found:
        return None
    return median(measure(a) / measure(b) for a, b in zip(found[mine], found[theirs], strict=True))


def goals(found: Found) -> Iterator[tuple[str, float | None, str]]:
    """What was aimed at: words, figure, goal."""

    def rate(figures: Figures) -> float:
        return figures.rate

    def speed(figures: Figures) -> float:
        return 1 / figures.p50

    def longest(figures: Figures) -> float:
        return figures.longest

    yield "one caller against raw sqlite3", paired(found, "flowiso", "raw", rate), ">= 0.80"
    yield "the same, by the median step", paired(found, "flowiso", "raw", speed), ">= 0.80"
    yield "4 threads against 4 processes of raw sqlite3", paired(found, "flowiso4", "raw4", rate), ">= 1.8"
    yield "its longest wait against theirs", paired(found, "flowiso4", "raw4", longest), "<= 0.02"
    yield "16 threads against 4 processes of raw sqlite3", paired(found, "flowiso16", "raw4", rate), ">= 3"
    for kind in ("wheel", "debian"):
        name = f"PostgreSQL ({kind}) against psycopg 3"
        yield name, paired(found, f"flowiso-{kind}", f"psycopg-{kind}", rate), ">= 0.75"
        yield "the same, by the median step", paired(found, f"flowiso-{kind}", f"psycopg-{kind}", speed), ">= 0.75"
    for key, name in (("raw-hash", "without the hash"), ("flowiso", "with it"), ("people", "with personal data")):
        yield f"bytes a step, {name}", median(one.bytes for one in found[key]) if key in found else None, "<= 110"


def table(entries: Sequence[Entry], found: Found, versions: dict[str, str]) -> Iterator[str]:
    """The figures as a table in Markdown."""
    yield "| contender | steps/s | p50 us | p99 us | longest ms | receipt us | CPU us | bytes | x raw |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    for entry in entries:
        if entry.key not in found:
            continue
        mid = {name: median(getattr(one, name) for one in found[entry.key]) for name in Figures.__annotations__}
        times = " | ".join(f"{mid[name] * 1e6:,.0f}" for name in ("p50", "p99"))
        rest = " | ".join(f"{mid[name] * 1e6:,.0f}" for name in ("receipt", "cpu"))
        size = f"{mid['bytes']:,.0f}" if mid["bytes"] else "-"
        ratio = paired(found, entry.key, "raw", lambda figures: figures.rate)
        where = "" if entry.on == "sqlite" else f", PostgreSQL {versions[entry.on]}"
        yield (
            f"| {entry.title}{where} | {mid['rate']:,.0f} | {times} | {mid['longest'] * 1e3:,.1f} | {rest} | "
            f"{size} | {'-' if ratio is None else f'{ratio:.2f}'} |"
        )


def _version(server: Any) -> str:
    import psycopg

    with psycopg.connect(server.url) as connection:
        return str(connection.info.server_version // 10_000)


def options() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--dossiers", type=int, default=1_000, help="8.4 steps each; the slow do a twentieth")
    parser.add_argument("--only", nargs="*", default=[], metavar="NAME", help=", ".join(one.key for one in ENTRIES))
    parser.add_argument("--core", type=int, default=max(os.sched_getaffinity(0)))
    parser.add_argument("--plain", action="store_true", help="no real-time priority")
    parser.add_argument("--folder", type=Path, help="on the disk to be measured (the temporary folder)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="every figure of every round, as JSON")
    return parser.parse_args()


def main() -> None:
    """Run the rounds, print the table and the goals."""
    asked = options()
    entries = [entry for entry in ENTRIES if not asked.only or entry.key in asked.only]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=asked.folder)))
        folder.chmod(0o755)
        make(asked.dossiers).write(folder / "plan.json")
        urgent = alone_on(asked.core, not asked.plain)
        servers = start_servers(stack, folder, {entry.on for entry in entries})
        for entry in entries:
            if why := missing(entry, servers):
                print(f"left out: {entry.key} ({why})", file=sys.stderr)
        entries = [entry for entry in entries if not missing(entry, servers)]
        versions = {kind: _version(server) for kind, server in servers.items()}
        turns = Turns(folder, folder / "plan.json", asked.dossiers, servers)
        found: Found = {entry.key: [] for entry in entries}
        for number in range(asked.rounds):
            for entry in entries:
                print(f"round {number + 1}: {entry.key}", end="\033[K\r", file=sys.stderr)
                found[entry.key].append(turns.run(entry))
    print(
        f"{asked.rounds} rounds, {asked.dossiers} dossiers, one core, {'real-time' if urgent else 'plain'} priority\n"
    )
    print(*table(entries, found, versions), sep="\n")
    print()
    for name, figure, goal in goals(found):
        if figure is not None:
            print(f"{name}: {figure:.2f} (goal {goal})")
    if asked.json:
        asked.json.write_text(json.dumps({key: [vars(one) for one in each] for key, each in found.items()}, indent=1))


if __name__ == "__main__":
    main()
