"""`flowiso simulate`: years of dossiers through the real engine; the report of one, or what many say together."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from ..engine import Engine
from ..errors import BadValue
from ..render.simulation import as_text
from ..render.simulation_csv import as_csv
from ..simulate import Progress, Run, Year
from ..simulate.exact import as_lived, reproduced
from ..simulate.runs import tasks_of
from ..simulate.staffing import setting_of, staffed
from ..store.making import without_password
from ..text import Text
from .event_log import log_form, write_log
from .new_store import check_new, kept_new
from .options import command, lang_of, option, write_json
from .output import check_writable, tell_written, telling
from .replicating import (
    SHIPPED,
    Study,
    dossiers_option,
    given,
    grounded,
    leave,
    of_year,
    result_of,
    run_tasks,
    study_options,
)
from .report import write_report
from .simulated import page_option, write_page

if TYPE_CHECKING:
    from ..app import Agency
    from ..ports import Store
    from ..render.scene import Result
    from ..simulate import Scenario

_FORMS = {"text": as_text, "csv": as_csv}


@command(
    "simulate",
    text=Text(
        "Mô phỏng một năm hồ sơ qua chính bộ máy xử lý, rồi in số liệu của năm; hoặc nhiều năm với --replications, rồi in"
        " trung bình và khoảng tin cậy. Cùng tham số thì cùng kết quả.",
        "Simulate a year of dossiers through the engine itself and print the year's figures; or many with --replications, and"
        " print means and intervals. Same arguments, same result.",
    ),
    example="flowiso simulate --year 2021 --dossiers 1000 --seed 1",
)
@option(
    "--scenario", metavar="NAME|FILE", default=None,
    text=Text(f"Kịch bản: tên trong _scenarios hoặc tệp (mặc định: {SHIPPED}).",
              f"The scenario: a name of _scenarios, or a file (default: {SHIPPED})."),
)  # fmt: skip
@option(
    "--year", type=click.IntRange(1900, 2999), default=None,
    text=Text("Năm (mặc định: theo kịch bản).", "The year (default: the scenario's)."),
)  # fmt: skip
@dossiers_option
@option(
    "--store", default=None,
    text=Text("Kho để giữ nhật ký, ví dụ sqlite:///nam-2021.db (phải mới).", "Store to keep the log in (a new one)."),
)  # fmt: skip
@option(
    "--log", metavar="FILE", type=click.Path(), default=None,
    text=Text("Ghi nhật ký sự kiện: .csv, .xes, .xes.gz, .parquet.", "Write the event log: .csv, .xes, .xes.gz, .parquet."),
)  # fmt: skip
@option(
    "--exact", is_flag=True,
    text=Text("Dựng lại đúng từng số đã công bố, ghi ở 'exact' của kịch bản; không được thì không ghi gì.",
              "Bring about exactly the published figures in the scenario's 'exact', or write nothing."),
)  # fmt: skip
@page_option
@study_options(1, "text", "json", "csv")
def simulate(
    scenario: str | None,
    year: int | None,
    dossiers: int | None,
    store: str | None,
    log: str | None,
    exact: bool,
    page: str | None,
    study: Study,
) -> None:
    """Run `flowiso simulate`; exit 1 for a faulty scenario, 2 when stopped."""
    for file in (page, log):
        check_writable(file)
    _check_asked(study, store is not None or log is not None, exact, dossiers is not None or year is not None)
    agency = study.agency()
    told = _of_year(agency, study.scenario(agency, scenario, dossiers), year)
    if study.replications == 1:
        write_page(page, _one(agency, told, study, exact, store, log))
        return
    with study.crew() as by:  # until all is told: to stop while the crew goes home takes nothing away
        ran = run_tasks(by, [tasks_of(agency.library.folder, told, study.seeds)])
        result = result_of(agency, told, ran.outcomes[0], study.replications)
        if study.form == "json":
            write_json(_as_json(result))
        else:
            click.echo(_FORMS[study.form](result, lang_of()), nl=False)
        write_page(page, result)
    leave(ran.stopped)


def _of_year(agency: Agency, scenario: Scenario, year: int | None) -> Scenario:
    if year is None or year == scenario.year:
        return scenario
    told = replace(scenario, name=f"{scenario.name} --year {year}")
    return grounded(of_year(agency, told, year), given("year", str(year)))


def _check_asked(study: Study, kept: bool, exact: bool, changed: bool) -> None:
    if study.replications > 1 and kept:
        raise BadValue(
            Text("--store và --log chỉ giữ một năm; hãy bỏ --replications", "--store and --log keep one year only")
        )
    if study.replications == 1 and study.cluster:
        raise BadValue(
            Text(
                "một năm chạy ngay ở đây; --cluster dành cho nhiều năm: hãy cho --replications, hoặc bỏ --cluster",
                "one year is run here; --cluster is for many: give --replications, or drop --cluster",
            )
        )
    if exact and (study.replications > 1 or changed):
        raise BadValue(
            Text(
                "--exact dựng lại một năm đã công bố; hãy bỏ --replications, --dossiers và --year",
                "--exact brings about one published year; drop --replications, --dossiers and --year",
            )
        )


def _one(agency: Agency, scenario: Scenario, study: Study, exact: bool, url: str | None, log: str | None) -> Result:
    """One year: its report as from a store of real dossiers, and what only a simulation knows."""
    written = log and log_form(log)
    lived = as_lived(scenario) if exact else scenario
    ours, name, setting = staffed(agency, lived), agency.org.agency, setting_of(lived)
    if url:
        check_new(url, name, setting)
    run = reproduced(agency, scenario, study.seed, _run) if exact else _run(Year(agency, lived, study.seed))
    result = result_of(agency, lived, [run.outcome], 1)
    shown = url and without_password(url)
    done = Text(f"Nhật ký ở {shown}", f"The log is in {shown}") if shown else None
    with closing(kept_new(url or "memory:", name, setting, run.logs)) as kept, telling(done):
        _write_one(ours, kept, result, study.form)
        if log and written:
            write_log((life for _, life in Engine(ours, kept).lives()), ours.org, True, written, log)
            tell_written(log)
    if done and study.form == "text":
        click.echo(done.to(lang_of()))
    return result


def _write_one(agency: Agency, kept: Store, result: Result, form: str) -> None:
    if form != "csv":
        write_report(agency, kept, result.scene.year, form, {"simulation": _as_json(result)})
    if form != "json":
        click.echo(("\n" if form == "text" else "") + _FORMS[form](result, lang_of()), nl=False)


def _run(year: Year) -> Run:
    with click.progressbar(length=len(year.arrivals), file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        return year.run(_progress(bar.update))


def _progress(update: Callable[[int], None]) -> Progress:
    done = 0

    def show(count: int, total: int) -> None:
        nonlocal done
        update(count - done)
        done = count

    return show


def _as_json(result: Result) -> dict[str, Any]:
    scene, lang = result.scene, lang_of()
    grounds = [
        {
            "path": one.path,
            "title": one.title.to(lang),
            "value": one.value,
            "basis": one.basis,
            "why": one.why.to(lang),
        }
        for one in scene.grounds
    ]
    head = {
        "scenario": scene.name,
        "title": scene.title.to(lang),
        "year": scene.year,
        "published_late": scene.published,
    }
    return {**head, **result.summary.to_json(), "assumptions": grounds}
