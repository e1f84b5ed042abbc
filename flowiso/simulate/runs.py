"""Many years of a scenario, each a function of its seed, done by a crew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from .. import __version__
from ..app import Agency
from ..errors import BadValue
from ..library import bundled
from ..outcome import Outcome
from ..text import Text
from .crew import Crew, crew
from .past import Past, arrivals_of
from .scenario import Scenario
from .staffing import staffed
from .year import Year

Done = Callable[[int, Outcome], None]


class Task(NamedTuple):
    """One year to run: flows folder (None for the shipped one), scenario, seed, and real arrivals in place of drawn.

    `stamp` tells the folder as it was when the task was made (`stamp_of`).
    """

    folder: Path | None
    stamp: str
    scenario: Scenario
    seed: int
    past: tuple[Past, ...] | None = None


def outcome_of(task: Task) -> Outcome:
    """Run one year and keep only what it came to."""
    agency = agency_in(task.folder, task.stamp)
    given = None if task.past is None else arrivals_of(staffed(agency, task.scenario), task.past)
    return Year(agency, task.scenario, task.seed, given=given).run(keep=False).outcome


@lru_cache(maxsize=4)
def agency_in(folder: Path | None, stamp: str) -> Agency:
    """The agency of a folder, read once a process; BadValue where it isn't what the stamp tells."""
    if stamp_of(folder) != stamp:
        place = folder or "FlowISO"
        raise BadValue(
            Text(
                f"lưu đồ ở '{place}' vừa bị sửa, hoặc ở máy làm việc khác với ở đây; hãy chép cho giống rồi chạy lại",
                f"the flows in '{place}' were just changed, or differ on the worker; make them the same and run again",
            )
        )
    return Agency.load(folder)


def stamp_of(folder: Path | None) -> str:
    """A digest of this FlowISO's version and of all that a folder says."""
    place = folder or bundled()
    digest = sha256(__version__.encode())
    for file in sorted(file for file in place.rglob("*") if file.suffix in (".yaml", ".yml", ".txt")):
        digest.update(str(file.relative_to(place)).encode() + b"\0")
        with suppress(OSError):  # what can't be read is told by who reads the folder
            digest.update(file.read_bytes())
    return digest.hexdigest()


def tasks_of(
    folder: Path | None, scenario: Scenario, seeds: Sequence[int], past: tuple[Past, ...] | None = None
) -> list[Task]:
    """One task a seed. What only explains the scenario stays here."""
    place = None if folder is None or folder.samefile(bundled()) else folder.resolve()
    stamp, bare = stamp_of(place), replace(scenario, grounds=())
    return [Task(place, stamp, bare, seed, past) for seed in seeds]


def run_all(by: Crew, tasks: Sequence[Task], on_done: Done = lambda place, outcome: None) -> list[Outcome]:
    """The outcomes of the tasks, in their order."""
    return by.each(outcome_of, tasks, on_done)


def replicate(
    folder: Path | None,
    scenario: Scenario,
    seeds: Sequence[int],
    *,
    jobs: int | None = None,
    cluster: str = "",
    on_done: Done = lambda place, outcome: None,
) -> list[Outcome]:
    """One outcome a seed, in the order of the seeds: the same for the same arguments, whoever does them.

    `jobs` processes, by default one a processor, or the Dask cluster at an address. `on_done` is called with place and outcome
    as they are done, in any order; on KeyboardInterrupt it has heard of all that is done. Raises what `Year` raises, and
    FlowISOError when no worker survives.
    """
    with crew(jobs, cluster) as by:
        return run_all(by, tasks_of(folder, scenario, seeds), on_done)
