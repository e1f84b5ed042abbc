"""How long the long tests take: at a tenth in .ci/run, as in CI, or in full before a release."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, NamedTuple

MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""A folder in memory, for what need not wait for a disk; None where there is none, which is the usual temporary folder."""
Size = Literal["tenth", "ci", "full"]


class Sizes(NamedTuple):
    """A figure at each size."""

    tenth: int
    ci: int
    full: int

    def at(self, size: Size) -> int:
        """The figure at one size."""
        return int(getattr(self, size))
