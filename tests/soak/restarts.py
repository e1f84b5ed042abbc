"""T3: PostgreSQL stopped and crashed under eight clients in processes of their own, who want forty dossiers."""

from __future__ import annotations

import tempfile
import time
from bisect import bisect_left
from pathlib import Path
from random import Random

from checker import check, check_nothing_beside
from servers import KINDS, Kind, Server
from size import Size, Sizes
from work import Crew, History

TITLE = "PostgreSQL restarted under load"
RESTARTS = Sizes(4, 16, 500)
"""Of all servers together, half of them fast and half immediate."""
BACK = 2.0
"""Seconds after a server answers within which clients are served again."""


def run(size: Size, seed: int) -> str:
    """Half of the restarts with each server."""
    restarts = RESTARTS.at(size) // len(KINDS)
    return "; ".join(_restarted(kind, restarts, Random(f"{seed}/{kind}"), seed) for kind in KINDS)


def _restarted(kind: Kind, restarts: int, random: Random, seed: int) -> str:
    with tempfile.TemporaryDirectory() as folder, Server(kind, durable=True) as server:
        url = server.database()
        back = []
        with Crew(url, Path(folder), hands=8, hot=40, seed=seed) as crew:
            for number in range(restarts):
                time.sleep(random.uniform(2, 3))
                server.restart("immediate" if number % 2 == 0 else "fast")
                back.append(time.monotonic())
            time.sleep(2)
        crew.resolve()
        history = History.of(crew)
        found = check(url, history.told)
        check_nothing_beside(url, history.refused)
    waits = [history.times[bisect_left(history.times, moment)] - moment for moment in back]
    assert max(waits) <= BACK, f"no client was served within {BACK} s of a restart: {waits}"
    assert found.keys == len(history.told)
    return (
        f"{kind}: {restarts} restarts, {len(history.told)} commands acknowledged = stored in {found.lines} lines, "
        f"{history.conflicts} conflicts, {history.doubts} in doubt of which {history.known} were stored, "
        f"served again within {max(waits):.2f} s; 0 lost, 0 doubled, 0 gaps"
    )
