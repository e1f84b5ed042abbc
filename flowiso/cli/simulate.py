"""`flowiso simulate`: years of dossiers through the real engine; the report of one, or what many say together."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from ..app import Agency
from ..engine import Engine
from ..errors import BadValue
from ..render.simulation import as_text
from ..render.simulation_csv import as_csv
from ..simulate import Progress, Run, Year
from ..simulate.crew import crew
from ..simulate.runs import tasks_of
from ..simulate.staffing import staffed
from ..store import open_store
from ..text import Text
from .event_log import log_form, write_log
from .options import command, flows_folder, flows_option, format_option, lang_of, option, write_json
from .output import check_writable, tell_written
from .replicating import (
    SHIPPED,
    cluster_option,
    dossiers_option,
    grounded,
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
from .report import write_report
from .simulated import page_option, write_page

if TYPE_CHECKING:
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
@seed_option
@replications_option(1)
@jobs_option
@cluster_option
@option(
    "--store", default=None,
    text=Text("Kho để giữ nhật ký, ví dụ sqlite:///nam-2021.db (phải mới).", "Store to keep the log in (a new one)."),
)  # fmt: skip
@option(
    "--log", metavar="FILE", type=click.Path(), default=None,
    text=Text("Ghi nhật ký sự kiện: .csv, .xes, .xes.gz, .parquet.", "Write the event log: .csv, .xes, .xes.gz, .parquet."),
)  # fmt: skip
@page_option
@format_option("text", "json", "csv")
@flows_option
def simulate(
    scenario: str | None,
    year: int | None,
    dossiers: int | None,
    seed: int,
    replications: int,
    jobs: int | None,
    cluster: str,
    store: str | None,
    log: str | None,
    page: str | None,
    form: str,
    flows: str | None,
) -> None:
    """Run `flowiso simulate`; exit 1 for a faulty scenario, 2 when stopped."""
    for file in (page, log):
        check_writable(file)
    agency = Agency.load(flows_folder(flows))
    told = with_dossiers(_of_year(scenario_of(agency, scenario, form), year), dossiers)
    if replications == 1:
        write_page(page, _one(agency, told, seed, store, log, form))
        return
    if store is not None or log is not None:
        raise BadValue(
            Text("--store và --log chỉ giữ một năm; hãy bỏ --replications", "--store and --log keep one year only")
        )
    with crew(jobs, cluster) as by:
        ran = run_tasks(by, [tasks_of(agency.library.folder, told, seeds_of(seed, replications))])
    result = result_of(agency, told, ran.outcomes[0], replications)
    if form == "json":
        write_json(_as_json(result))
    else:
        click.echo(_FORMS[form](result, lang_of()), nl=False)
    write_page(page, result)
    leave(ran.stopped)


def _of_year(scenario: Scenario, year: int | None) -> Scenario:
    if year is None or year == scenario.year:
        return scenario
    return grounded(replace(scenario, name=f"{scenario.name} --year {year}", year=year), "year", str(year))


def _one(agency: Agency, scenario: Scenario, seed: int, url: str | None, log: str | None, form: str) -> Result:
    """One year: its report as from a store of real dossiers, and what only a simulation knows."""
    coming = Year(agency, scenario, seed)  # what can't be run is refused before a store is made
    written = log and log_form(log)
    ours = staffed(agency, scenario)
    with _kept(url, agency.org.agency) as kept:
        run = _run(coming, scenario.arrivals.dossiers)
        kept.create_many(run.logs)
        result = result_of(agency, scenario, [run.outcome], 1)
        _write_one(ours, kept, result, form)
        if log and written:
            write_log((life for _, life in Engine(ours, kept).lives()), ours.org, True, written, log)
            tell_written(log)
    if url and form == "text":
        click.echo(_kept_in(url, ours is not agency).to(lang_of()))
    return result


def _write_one(agency: Agency, kept: Store, result: Result, form: str) -> None:
    if form != "csv":
        write_report(agency, kept, result.scene.year, form, {"simulation": _as_json(result)})
    if form != "json":
        click.echo(("\n" if form == "text" else "") + _FORMS[form](result, lang_of()), nl=False)


def _kept_in(url: str, altered: bool) -> Text:
    vi, en = f"Nhật ký ở {url}", f"The log is in {url}"
    if not altered:
        return Text(vi, en)
    return Text(
        f"{vi}; kịch bản đổi thời hạn hoặc cán bộ, nên xem lại số liệu bằng 'flowiso report' với cùng --scenario",
        f"{en}; the scenario changes terms or staff, so give 'flowiso report' the same --scenario",
    )


def _run(year: Year, dossiers: int) -> Run:
    with click.progressbar(length=dossiers, file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        return year.run(_progress(bar.update))


def _progress(update: Callable[[int], None]) -> Progress:
    done = 0

    def show(count: int, total: int) -> None:
        nonlocal done
        update(count - done)
        done = count

    return show


@contextmanager
def _kept(url: str | None, agency: str) -> Iterator[Store]:
    store = new_store(url, agency) if url is not None else open_store("memory:", "simulated")
    try:
        yield store
    finally:
        store.close()


def new_store(url: str, agency: str) -> Store:
    """A store marked as simulated and empty; one that holds dossiers already is refused."""
    store = open_store(url, "simulated")
    if store.kind != "simulated" or next(iter(store.logs(agency)), None) is not None:
        text = Text(
            f"kho '{url}' đã có hồ sơ; hãy dùng một kho mới cho mô phỏng",
            f"store '{url}' holds dossiers already; use a new one for a simulation",
        )
        raise BadValue(text)
    return store


def _as_json(result: Result) -> dict[str, Any]:
    scene, lang = result.scene, lang_of()
    grounds = [
        {"path": one.path, "value": one.value, "basis": one.basis, "why": one.why.to(lang)} for one in scene.grounds
    ]
    head = {
        "scenario": scene.name,
        "title": scene.title.to(lang),
        "year": scene.year,
        "published_late": scene.published,
    }
    return {**head, **result.summary.to_json(), "assumptions": grounds}
