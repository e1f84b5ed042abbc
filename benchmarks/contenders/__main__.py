"""One process of a contender: `python -m contenders NAME PLAN PLACE THREADS SHARE OF DOSSIERS SIZED`.

It opens, prints "ready", waits for a line, does its share, checks what is written, and prints its figures as JSON.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from threading import Thread

from contenders import RECEIVE, Act, Contender, Plan, contender


def queued() -> float:
    """Seconds this process's first thread has waited for a core."""
    return int(Path(f"/proc/self/task/{os.getpid()}/schedstat").read_text().split()[1]) / 1e9


def at_once(chosen: Contender, shares: Sequence[list[Act]]) -> list[list[float]]:
    """Every share in a thread of its own."""
    took: list[list[float]] = [[] for _ in shares]

    def work(number: int) -> None:
        took[number] = chosen.run(shares[number])

    threads = [Thread(target=work, args=(number,)) for number in range(len(shares))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return took


def main() -> None:
    """See above."""
    name, plan_file, place, *numbers = sys.argv[1:]
    threads, share, of, dossiers, sized = map(int, numbers)
    plan = Plan.read(Path(plan_file))
    chosen = contender(name)(plan, place)
    shares = [plan.share(share * threads + thread, of * threads, dossiers) for thread in range(threads)]
    gc.collect()
    gc.freeze()
    print("ready", flush=True)
    sys.stdin.readline()
    waited, cpu, start = queued(), time.process_time(), time.monotonic()
    took = at_once(chosen, shares) if threads > 1 else [chosen.run(shares[0])]
    end, cpu, waited = time.monotonic(), time.process_time() - cpu, queued() - waited
    for acts in shares:
        chosen.check(acts)
    pairs = [pair for acts, times in zip(shares, took, strict=True) for pair in zip(acts, times, strict=True)]
    figures = {
        "start": start,
        "end": end,
        "cpu": cpu,
        "queued": waited,
        "moves": [seconds for act, seconds in pairs if act.action != RECEIVE],
        "receipts": [seconds for act, seconds in pairs if act.action == RECEIVE],
        "lines": sum(len(act.lines) for act, _ in pairs),
        "bytes": chosen.size() if sized else 0,
    }
    print(json.dumps(figures), flush=True)
    os._exit(0)  # some leave threads behind


if __name__ == "__main__":
    main()
