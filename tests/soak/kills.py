"""T1: clients in three processes on one SQLite file, each killed with SIGKILL at any moment and started again."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from random import Random

from checker import check, check_nothing_beside
from size import MEMORY, Size, Sizes
from work import Crew, History

TITLE = "kill -9 of clients that share an SQLite file"
KILLS = Sizes(15, 150, 2_000)
INTERVAL = 0.39
"""Seconds between two kills."""


def run(size: Size, seed: int) -> str:
    """Kill, then look whether every acknowledged command is there once, and what was in doubt resolved by its key."""
    random = Random(seed)
    kills = KILLS.at(size)
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        url = f"sqlite:///{folder}/kills.db"
        with Crew(url, Path(folder), hands=3, hot=40, seed=seed) as crew:
            for _ in range(kills):
                time.sleep(random.uniform(0, 2 * INTERVAL))
                hand = random.randrange(3)
                crew.kill(hand)
                crew.start(hand)
        crew.resolve()
        history = History.of(crew)
        found = check(url, history.told)
        check_nothing_beside(url, history.refused)
    assert len(history.told) > 2 * kills, f"the clients hardly worked: {len(history.told)} answers"
    assert found.keys == len(history.told)
    return (
        f"{kills} kills, {len(history.told)} commands acknowledged = stored in {found.lines} lines, "
        f"{history.conflicts} conflicts, {history.doubts} in doubt of which {history.known} were stored; "
        "0 lost, 0 doubled, 0 gaps"
    )
