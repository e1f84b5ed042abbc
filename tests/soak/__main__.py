"""The long tests of reliability, each a module here: `python tests/soak [--size ci] [--only T1,T5] [--seed N]`.

A test is a module with TITLE and run(size, seed), which returns a line of figures and raises what went wrong.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import time
import traceback
from pathlib import Path
from random import SystemRandom

TESTS = {
    "T1": "kills",
    "T2": "cuts",
    "T3": "restarts",
    "T3-http": "outages",
    "T4": "failover",
    "T5": "races",
    "T6": "repeats",
    "T6-http": "resent",
    "T7": "full",
    "T8": "clocks",
    "T10": "agencies",
    "T11": "tampering",
    "T12": "migrations",
    "T13": "backups",
    "T16": "whole",
    "T17": "deliveries",
    "T18": "overload",
    "ledger": "ledgers",
    "misroutes": "plants",
    "theory": "queueing",
}


def main() -> int:
    """Run them, each told with its figures; 1 when one failed, with the command that repeats it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=("tenth", "ci", "full"), default="tenth")
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(TESTS), metavar="T1,T5")
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(2**32))
    given = parser.parse_args()
    failed = [name for name in given.only if not _passes(name, given.size, given.seed)]
    for name in failed:
        print(f"{name} failed; again: python tests/soak --size {given.size} --only {name} --seed {given.seed}")
    return 1 if failed else 0


def _passes(name: str, size: str, seed: int) -> bool:
    test = importlib.import_module(TESTS[name])
    print(f"{name} {test.TITLE} ...", flush=True)
    begun = time.monotonic()
    try:
        figures = test.run(size, seed)
    except Exception:
        traceback.print_exc(file=sys.stdout)
        return False
    print(f"{name} {figures} ({time.monotonic() - begun:.1f} s)", flush=True)
    return True


if __name__ == "__main__":
    sys.path.append(str(Path(__file__).parent.parent))
    sys.exit(main())
