"""`flowiso whatif`: what other scenarios change, by years that share their chances."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from ..app import Agency
from ..render.scene import Result, differences
from ..render.simulation import whatif_text
from ..render.simulation_csv import whatif_csv
from ..simulate.crew import crew
from ..simulate.runs import tasks_of
from ..text import Text
from .options import command, flows_folder, flows_option, format_option, lang_of, write_json
from .output import check_writable
from .replicating import (
    cluster_option,
    dossiers_option,
    jobs_option,
    leave,
    replications_option,
    result_of,
    run_tasks,
    scenario_of,
    seed_option,
    seeds_of,
    with_dossiers,
)
from .simulated import page_option, write_page

if TYPE_CHECKING:
    from ..simulate import Scenario
    from ..simulate.runs import Task

_FORMS = {"text": whatif_text, "csv": whatif_csv}


@command(
    "whatif",
    text=Text(
        "So các kịch bản với một kịch bản gốc, tên trong _scenarios hoặc tệp: mỗi năm mô phỏng của mọi kịch bản chung may rủi"
        " của từng hồ sơ, nên hiệu số có khoảng tin cậy hẹp.",
        "Compare scenarios with a base, names of _scenarios or files: each simulated year shares the chances of every dossier"
        " between all of them, which makes the interval of a difference narrow.",
    ),
    example="flowiso whatif dong-nai-2021 khong-chuyen-nham --replications 3 --dossiers 300",
)
@click.argument("base")
@click.argument("others", metavar="OTHER...", nargs=-1, required=True)
@dossiers_option
@seed_option
@replications_option(30)
@jobs_option
@cluster_option
@page_option
@format_option("text", "json", "csv")
@flows_option
def whatif(
    base: str,
    others: tuple[str, ...],
    dossiers: int | None,
    seed: int,
    replications: int,
    jobs: int | None,
    cluster: str,
    page: str | None,
    form: str,
    flows: str | None,
) -> None:
    """Run every scenario and print what differs; exit 1 for a faulty scenario, 2 when stopped."""
    agency = Agency.load(flows_folder(flows))
    scenarios = [with_dossiers(scenario_of(agency, name, form), dossiers) for name in (base, *others)]
    seeds = seeds_of(seed, replications)
    lists = [tasks_of(agency.library.folder, scenario, seeds) for scenario in scenarios]
    compare([agency] * len(scenarios), scenarios, lists, jobs, cluster, page, form)


def compare(
    agencies: Sequence[Agency],
    scenarios: Sequence[Scenario],
    lists: Sequence[Sequence[Task]],
    jobs: int | None,
    cluster: str,
    page: str | None,
    form: str,
) -> None:
    """Run the lists of tasks, one for each scenario, and print how the first differs from the others."""
    check_writable(page)
    asked = len(lists[0])
    with crew(jobs, cluster) as by:
        ran = run_tasks(by, lists)
    each = zip(agencies, scenarios, ran.outcomes, strict=True)
    base, *others = [result_of(agency, scenario, outcomes, asked) for agency, scenario, outcomes in each]
    if form == "json":
        write_json(_as_json(base, others))
    else:
        click.echo(_FORMS[form](base, others, lang_of()), nl=False)
    write_page(page, base, others)
    leave(ran.stopped)


def _as_json(base: Result, others: Sequence[Result]) -> dict[str, Any]:
    return {
        "base": _scenario_json(base),
        "others": [
            _scenario_json(other)
            | {"differences": {name: one.to_json() for name, one in differences(base, other).items()}}
            for other in others
        ],
    }


def _scenario_json(result: Result) -> dict[str, Any]:
    scene = result.scene
    return {"scenario": scene.name, "title": scene.title.to(lang_of()), **result.summary.to_json()}
