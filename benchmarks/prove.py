"""`flowiso prove` of the whole shipped folder for nine years of receipts.

Run: python benchmarks/prove.py [RUNS]. Whole processes with warm byte code; CPU seconds, the median of the runs.
"""

from __future__ import annotations

import statistics
import sys

from check import cpu

from flowiso.library import bundled, flow_files

GOAL = 2.0


def main(runs: int) -> int:
    """Print the median; 1 when it is longer than the goal."""
    folder = bundled()
    seconds = statistics.median(cpu("-m", "flowiso", "prove", "--flows", str(folder)) for _ in range(runs + 1))
    print(f"prove, {len(flow_files([folder]))} flows, 2018-2026: {seconds:.2f} s CPU (goal <= {GOAL:.0f})")
    return int(seconds > GOAL)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 5))
