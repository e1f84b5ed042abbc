"""`flowiso whatif`: what other scenarios change, by years that share their chances."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from ..render.scene import Result, differences
from ..render.simulation import whatif_text
from ..render.simulation_csv import whatif_csv
from ..simulate.runs import tasks_of
from ..text import Text
from .options import command, lang_of, write_json
from .output import check_writable
from .replicating import Study, dossiers_option, leave, result_of, run_tasks, study_options
from .simulated import page_option, write_page

if TYPE_CHECKING:
    from ..app import Agency
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
@click.argument("others", metavar="SCENARIO...", nargs=-1, required=True)
@dossiers_option
@page_option
@study_options(30, "text", "json", "csv")
def whatif(base: str, others: tuple[str, ...], dossiers: int | None, page: str | None, study: Study) -> None:
    """Run every scenario and print what differs; exit 1 for a faulty scenario, 2 when stopped."""
    agency = study.agency()
    scenarios = [study.scenario(agency, name, dossiers) for name in (base, *others)]
    lists = [tasks_of(agency.library.folder, scenario, study.seeds) for scenario in scenarios]
    compare(study, [agency] * len(scenarios), scenarios, lists, page)


def compare(
    study: Study,
    agencies: Sequence[Agency],
    scenarios: Sequence[Scenario],
    lists: Sequence[Sequence[Task]],
    page: str | None,
) -> None:
    """Run the lists of tasks, one for each scenario, and print how the first differs from the others."""
    check_writable(page)
    with study.crew() as by:  # until all is told, as in `simulate`
        ran = run_tasks(by, lists)
        each = zip(agencies, scenarios, ran.outcomes, strict=True)
        base, *others = [
            result_of(agency, scenario, outcomes, study.replications) for agency, scenario, outcomes in each
        ]
        if study.form == "json":
            write_json(_as_json(base, others))
        else:
            click.echo(_FORMS[study.form](base, others, lang_of()), nl=False)
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
