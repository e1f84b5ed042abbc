"""What the commands share that simulate years: their options, the scenarios they read, the runs with progress and Ctrl-C."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from ..text import Text
from .options import flows_folder, flows_option, format_option, lang_of, option, write_json

if TYPE_CHECKING:
    from ..app import Agency
    from ..model import Finding
    from ..outcome import Outcome
    from ..render.scene import Result
    from ..simulate import Scenario
    from ..simulate.crew import Crew
    from ..simulate.runs import Task
    from ..simulate.scenario import Ground

SHIPPED = "dong-nai-2021"
"""The scenario that is taken where none is named."""

_ASKED = Text("ghi ở dòng lệnh", "given on the command line")

dossiers_option = option(
    "--dossiers", type=click.IntRange(max=10_000_000), default=None,
    text=Text("Số hồ sơ được tiếp nhận (mặc định: theo kịch bản).", "Dossiers accepted (default: the scenario's)."),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Study:
    """What every command that simulates is told: how many years, of which seeds, run where, by which flows, and the form of the
    answer."""

    seed: int
    replications: int
    jobs: int | None
    cluster: str
    form: str
    flows: str | None

    @property
    def seeds(self) -> range:
        """One seed a year, counting up."""
        return range(self.seed, self.seed + self.replications)

    def agency(self) -> Agency:
        """The agency that is simulated."""
        from ..app import Agency

        return Agency.load(flows_folder(self.flows))

    def scenario(self, agency: Agency, name: str | None, dossiers: int | None) -> Scenario:
        """`scenario_of`, with another number of dossiers where one is given; its name says so."""
        found = scenario_of(agency, name, self.form)
        if dossiers is None or dossiers == found.arrivals.dossiers:
            return found
        arrivals = replace(found.arrivals, dossiers=dossiers)
        told = replace(found, name=f"{found.name} --dossiers {dossiers}", arrivals=arrivals, exact=None)
        return grounded(told, given("arrivals.dossiers", str(dossiers)))

    def crew(self) -> AbstractContextManager[Crew]:
        """Who runs the years. BadValue where both `--jobs` and `--cluster` say so."""
        from ..errors import BadValue
        from ..simulate.crew import crew

        if self.cluster and self.jobs is not None:
            raise BadValue(
                Text(
                    "trên cụm, chạy bao nhiêu tiến trình là do cụm; hãy bỏ --jobs hoặc --cluster",
                    "how many processes a cluster runs is its own affair; drop --jobs or --cluster",
                )
            )

        return crew(self.jobs, self.cluster)


def study_options(replications: int, *forms: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The options of a `Study`, which the command gets as `study`; `replications` and the first of the `forms` are defaults."""
    options = (
        option(
            "--seed", type=click.IntRange(0, 2**20), default=1, show_default=True,
            text=Text("Hạt giống của năm đầu.", "Seed of the first year."),
        ),
        option(
            "--replications", type=click.IntRange(1, 100_000), default=replications, show_default=True,
            text=Text("Số năm chạy, mỗi năm một hạt giống kế tiếp.", "How many years to run, each of the next seed."),
        ),
        option(
            "--jobs", type=click.IntRange(1, 1024), default=None,
            text=Text("Số tiến trình cùng chạy (mặc định: mỗi bộ xử lý một).", "Processes at once (default: one a processor)."),
        ),
        option(
            "--cluster", metavar="ADDRESS", default="",
            text=Text("Chạy trên cụm Dask, ví dụ tcp://may:8786.", "Run on a Dask cluster, such as tcp://host:8786."),
        ),
        format_option(*forms),
        flows_option,
    )  # fmt: skip

    def make(function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def called(
            *, seed: int, replications: int, jobs: int | None, cluster: str, form: str, flows: str | None, **rest: Any
        ) -> Any:
            return function(study=Study(seed, replications, jobs, cluster, form, flows), **rest)

        for one in reversed(options):
            called = one(called)
        return called

    return make


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
        plain = Scenario(name=Text("mặc định", "default").to(lang_of()))
        return of_year(agency, plain, plain.year)
    _tell(findings, form)
    raise click.exceptions.Exit(1)


def of_year(agency: Agency, scenario: Scenario, year: int) -> Scenario:
    """The scenario in a year; of another than its file's own nothing was published. Raises BadValue for a year that the calendar
    doesn't cover."""
    from ..errors import BadValue
    from ..simulate.scenariochecks import unknown_year

    if lacks := unknown_year(agency.calendar, year):
        raise BadValue(lacks[1])
    return replace(scenario, year=year, exact=scenario.exact if year == scenario.year else None)


def given(path: str, value: str) -> Ground:
    """The ground of a number of the command line."""
    from ..simulate.scenario import Ground
    from ..simulate.scenariokeys import TITLES

    return Ground(path, "assumed", _ASKED, value, TITLES[path])


def grounded(scenario: Scenario, ground: Ground) -> Scenario:
    """The scenario with the ground of a number, or of all below its path, that isn't its file's any more; first of all. Plain
    defaults have no grounds."""
    if not scenario.grounds:
        return scenario
    others = (one for one in scenario.grounds if not f"{one.path}.".startswith(f"{ground.path}."))
    return replace(scenario, grounds=(ground, *others))


def result_of(agency: Agency, scenario: Scenario, outcomes: Sequence[Outcome], asked: int) -> Result:
    """The years of a scenario with all that is needed to show them."""
    from ..render.scene import Result, Scene
    from ..simulate.staffing import staffed

    ours = staffed(agency, scenario)
    published = None if scenario.exact is None else scenario.exact.late
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
