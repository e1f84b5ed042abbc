"""`flowiso prove` of a whole folder for nine years of receipts: the twelve shipped flows, and 116 made of them.

Run: python benchmarks/prove.py [RUNS]. Whole processes with warm byte code; CPU seconds, the median of the runs.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

from check import copies, cpu

from flowiso.library import bundled

GOAL = 2.0


def main(runs: int) -> int:
    """Print both medians; 1 when a folder takes longer than the goal."""
    with tempfile.TemporaryDirectory() as folder:
        copies(Path(folder))
        took = {}
        for name, flows in (("12 flows", bundled()), ("116 flows", Path(folder))):
            command = ("-m", "flowiso", "prove", "--flows", str(flows))
            took[name] = statistics.median(cpu(*command) for _ in range(runs + 1))
    for name, seconds in took.items():
        print(f"prove, {name}, 2018-2026: {seconds:.2f} s CPU (goal <= {GOAL:.0f})")
    return int(max(took.values()) > GOAL)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 5))
