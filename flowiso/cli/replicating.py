"""What the commands share that run many years: their options, the scenario they read, the runs with progress and Ctrl-C."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from ..text import Text
from .options import lang_of, option, write_json

if TYPE_CHECKING:
    from ..app import Agency
    from ..model import Finding
    from ..outcome import Outcome
    from ..render.scene import Result
    from ..simulate import Scenario
    from ..simulate.crew import Crew
    from ..simulate.runs import Task
    from ..simulate.scenario import Basis

F = TypeVar("F", bound=Callable[..., Any])

SHIPPED = "dong-nai-2021"
"""The scenario that is taken where none is named."""

PUBLISHED = {2021: 4}
"""The late dossiers of the year that it speaks of, as the agency published them."""

_ASKED = Text("ghi ở dòng lệnh", "given on the command line")

seed_option = option(
    "--seed", type=click.IntRange(0, 2**20), default=1, show_default=True,
    text=Text("Hạt ngẫu nhiên của lần chạy đầu.", "Seed of the first run."),
)  # fmt: skip
jobs_option = option(
    "--jobs", type=click.IntRange(1, 1024), default=None,
    text=Text("Số tiến trình cùng chạy (mặc định: mỗi bộ xử lý một).", "Processes at once (default: one a processor)."),
)  # fmt: skip
cluster_option = option(
    "--cluster", metavar="ADDRESS", default="",
    text=Text("Chạy trên cụm Dask, ví dụ tcp://may:8786.", "Run on a Dask cluster, such as tcp://host:8786."),
)  # fmt: skip

dossiers_option = option(
    "--dossiers", type=click.IntRange(max=10_000_000), default=None,
    text=Text("Số hồ sơ được tiếp nhận (mặc định: theo kịch bản).", "Dossiers accepted (default: the scenario's)."),
)  # fmt: skip


def replications_option(default: int) -> Callable[[F], F]:
    """`--replications`."""
    text = Text("Số năm chạy, mỗi năm một hạt giống kế tiếp.", "How many years to run, each of the next seed.")
    return option("--replications", type=click.IntRange(1, 100_000), default=default, show_default=True, text=text)


def seeds_of(seed: int, replications: int) -> range:
    """One seed a run, counting up."""
    return range(seed, seed + replications)


def scenario_of(agency: Agency, name: str | None, form: str) -> Scenario:
    """The scenario of a name or file; what is wrong with it is printed as `flowiso check` does, and the exit code is 1.

    Without a name the shipped one, or where the agency's flows aren't those it speaks of, the plain defaults.
    """
    from ..simulate import Scenario
    from ..simulate.scenariofile import read

    scenario, findings = read(name or SHIPPED, agency)
    if not findings:
        return scenario
    if name is None:
        return Scenario(name=Text("mặc định", "default").to(lang_of()))
    _tell(findings, form)
    raise click.exceptions.Exit(1)


def with_dossiers(scenario: Scenario, dossiers: int | None) -> Scenario:
    """The scenario with another number of dossiers where one is given; its name says so."""
    if dossiers is None or dossiers == scenario.arrivals.dossiers:
        return scenario
    arrivals = replace(scenario.arrivals, dossiers=dossiers)
    told = replace(scenario, name=f"{scenario.name} --dossiers {dossiers}", arrivals=arrivals)
    return grounded(told, "arrivals.dossiers", str(dossiers))


def grounded(scenario: Scenario, path: str, value: str, basis: Basis = "assumed", why: Text = _ASKED) -> Scenario:
    """The scenario with the ground of a number, or of all below `path`, that isn't its file's any more; first of all. Plain
    defaults have no grounds."""
    from ..simulate.scenario import Ground

    if not scenario.grounds:
        return scenario
    others = (one for one in scenario.grounds if not f"{one.path}.".startswith(f"{path}."))
    return replace(scenario, grounds=(Ground(path, basis, why, value), *others))


def result_of(agency: Agency, scenario: Scenario, outcomes: Sequence[Outcome], asked: int) -> Result:
    """The years of a scenario with all that is needed to show them."""
    from ..render.scene import Result, Scene
    from ..simulate.staffing import staffed

    ours = staffed(agency, scenario)
    published = PUBLISHED.get(scenario.year) if scenario.name == SHIPPED else None
    scene = Scene(ours.org, ours.flows, scenario.name, scenario.title, scenario.year, scenario.grounds, published)
    return Result.of(scene, outcomes, asked)


def _tell(findings: Sequence[Finding], form: str) -> None:
    from ..render.findings import counted, finding_row, lines

    lang = lang_of()
    if form == "json":
        write_json({"findings": [finding_row(finding, lang) for finding in findings]})
    else:
        click.echo("\n".join([*lines(findings, lang), counted(findings).to(lang)]))


class Ran(NamedTuple):
    """The outcomes there are, a list for each list of tasks, and whether Ctrl-C ended it before all were done."""

    outcomes: list[list[Outcome]]
    stopped: bool


def run_tasks(by: Crew, lists: Sequence[Sequence[Task]]) -> Ran:
    """Run lists of tasks, one of each in turn, so that what is done when it is stopped is about the same of each.

    Stopped before there is anything to tell of each list, it raises Abort.
    """
    from ..simulate.runs import run_all

    tasks = [(which, task) for row in zip(*lists, strict=True) for which, task in enumerate(row)]
    found: dict[int, Outcome] = {}
    stopped = False
    with click.progressbar(length=len(tasks), file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:

        def done(place: int, outcome: Outcome) -> None:
            found[place] = outcome
            bar.update(1)

        try:
            run_all(by, [task for _, task in tasks], done)
        except KeyboardInterrupt:
            stopped = True
    outcomes = [[found[n] for n in sorted(found) if tasks[n][0] == which] for which in range(len(lists))]
    if stopped and not _told_of_each(outcomes):
        raise click.Abort
    return Ran(outcomes, stopped)


def _told_of_each(outcomes: Sequence[Sequence[Outcome]]) -> bool:
    """Whether there is a seed that every list has."""
    return bool(set.intersection(*({one.seed for one in each} for each in outcomes)))


def leave(stopped: bool) -> None:
    """End the command: with 2 and a line on standard error when Ctrl-C ended the runs, as what was asked for isn't done."""
    if stopped:
        click.echo(Text("flowiso: đã dừng theo yêu cầu", "flowiso: stopped on request").to(lang_of()), err=True)
        raise click.exceptions.Exit(2)
