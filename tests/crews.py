"""What the crews of test_runs.py are given to do: in a module of its own, so that other processes find it."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from flowiso.errors import BadValue
from flowiso.text import Text


def slow_square(number: int) -> int:
    """The square, after a while."""
    time.sleep(0.02)
    return number * number


def linger(number: int) -> int:
    """Nothing for 0; the others take a minute."""
    time.sleep(60 if number else 0)
    return number


def die_once(task: tuple[int, str]) -> int:
    """The square; but whoever is the first to be given 3 is killed."""
    number, mark = task
    if number == 3:
        try:
            Path(mark).touch(exist_ok=False)
        except FileExistsError:
            return number * number
        os.kill(os.getpid(), signal.SIGKILL)
    return slow_square(number)


def die(number: int) -> int:
    """Nobody survives this."""
    os.kill(os.getpid(), signal.SIGKILL)
    return number


def refuse(number: int) -> int:
    """Every number but 2 is fine."""
    if number == 2:
        raise BadValue(Text("không phải 2", "not 2"))
    return number
