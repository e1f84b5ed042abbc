"""Loading every shipped flow and compiling its table, against only composing the YAML of the same files.

Run: python benchmarks/load.py [PAIRS]. Ours reads the agency's own files and every flow into values, resolves words and
targets, declares each flow as a stock Machine and compiles its table (nothing is checked by rules, and nothing cached);
the other side is `yaml.compose` with the C parser on the same bytes, which yields nodes and understands nothing of them.
In one process, and as whole processes with warm byte code that import what they need (ours transitions, for one).
Interleaved; CPU seconds; the median of the paired ratios counts.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import yaml
from check import cpu

from flowiso.library import Library, bundled, load
from flowiso.machine import compile_flow

GOAL = 5.0
OWN = ("_org.yaml", "_steps.yaml", "_laws.yaml")
COMPOSE = """
import sys, yaml
for file in sys.argv[1:]:
    with open(file, "rb") as opened:
        yaml.compose(opened.read(), Loader=yaml.CSafeLoader)
"""
LOAD = """
from flowiso.library import bundled, load
from flowiso.machine import compile_flow
library = load(bundled())
tables = [compile_flow(flow, library.org) for flow in library.flows]
"""


def compiled() -> Library:
    """Everything read, every table compiled."""
    library = load(bundled())
    for flow in library.flows:
        compile_flow(flow, library.org)
    return library


def composed(files: list[Path]) -> None:
    """The nodes of every file."""
    for file in files:
        assert yaml.compose(file.read_bytes(), Loader=yaml.CSafeLoader) is not None


def took(work: Callable[[], object]) -> float:
    """CPU seconds of some work in this process."""
    started = time.process_time()
    work()
    return time.process_time() - started


def main(pairs: int) -> int:
    """Print the medians and the paired ratios; 1 when one is above the goal."""
    library = compiled()
    folder = bundled()
    files = [Path(flow.file) for flow in library.flows] + [file for name in OWN if (file := folder / name).exists()]
    inside = [(took(compiled), took(lambda: composed(files))) for _ in range(pairs + 1)][1:]
    commands = ("-c", LOAD), ("-c", COMPOSE, *map(str, files))
    whole = [(cpu(*commands[0]), cpu(*commands[1])) for _ in range(pairs + 1)][1:]
    size = sum(file.stat().st_size for file in files)
    print(f"{len(library.flows)} flows, {len(files)} files, {size / 1000:.0f} kB")
    worst = 0.0
    for name, times in (("in one process", inside), ("whole processes", whole)):
        ours, bare = (1000 * statistics.median(side) for side in zip(*times, strict=True))
        ratios = sorted(one / other for one, other in times)
        ratio = statistics.median(ratios)
        worst = max(worst, ratio)
        print(
            f"{name}: {ours:.0f} ms against {bare:.0f} ms CPU: {ratio:.2f} ({ratios[0]:.2f}-{ratios[-1]:.2f}); goal <= 5"
        )
    return int(worst > GOAL)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 25))
