"""`flowiso simulate`: years of dossiers through the real engine; the report of one, or what many say together."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from ..engine import Engine
from ..errors import BadValue, FlowISOError
from ..render.simulation import as_text
from ..render.simulation_csv import as_csv
from ..setting import Setting
from ..simulate import Progress, Run, Year
from ..simulate.exact import as_lived, reproduced
from ..simulate.runs import tasks_of
from ..simulate.staffing import setting_of, staffed
from ..store import open_store
from ..text import Text
from .event_log import log_form, write_log
from .options import command, lang_of, option, write_json
from .output import check_writable, tell_written
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
        live = (_reproduced if exact else _lived)(agency, told, study.seed)
        write_page(page, _one(agency, as_lived(told) if exact else told, live, store, log, study.form))
        return
    with study.crew() as by:
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
    if exact and (study.replications > 1 or changed):
        raise BadValue(
            Text(
                "--exact dựng lại một năm đã công bố; hãy bỏ --replications, --dossiers và --year",
                "--exact brings about one published year; drop --replications, --dossiers and --year",
            )
        )


def _lived(agency: Agency, scenario: Scenario, seed: int) -> Callable[[], Run]:
    """A year to be run; what can't be is refused at once, before a store is made."""
    year = Year(agency, scenario, seed)
    return lambda: _run(year)


def _reproduced(agency: Agency, scenario: Scenario, seed: int) -> Callable[[], Run]:
    """The published year, run already: where it can't be brought about, no store is made."""
    run = reproduced(agency, scenario, seed, _run)
    return lambda: run


def _one(
    agency: Agency, scenario: Scenario, live: Callable[[], Run], url: str | None, log: str | None, form: str
) -> Result:
    """One year: its report as from a store of real dossiers, and what only a simulation knows."""
    written = log and log_form(log)
    ours = staffed(agency, scenario)
    with _kept(url, agency.org.agency, setting_of(scenario)) as kept:
        run = live()
        kept.create_many(run.logs)
        result = result_of(agency, scenario, [run.outcome], 1)
        _write_one(ours, kept, result, form)
        if log and written:
            write_log((life for _, life in Engine(ours, kept).lives()), ours.org, True, written, log)
            tell_written(log)
    if url and form == "text":
        click.echo(Text(f"Nhật ký ở {url}", f"The log is in {url}").to(lang_of()))
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


@contextmanager
def _kept(url: str | None, agency: str, setting: Setting) -> Iterator[Store]:
    store = new_store(url or "memory:", agency, setting)
    try:
        yield store
    finally:
        store.close()


def new_store(url: str, agency: str, setting: Setting) -> Store:
    """A store marked as simulated by a setting and without dossiers of the agency.

    Raises BadValue for one that has some, or is by another setting.
    """
    store = open_store(url, "simulated", setting=setting.text())
    try:
        _check_new(store, url, agency, setting)
    except FlowISOError:
        store.close()
        raise
    return store


def _check_new(store: Store, url: str, agency: str, setting: Setting) -> None:
    if store.kind != "simulated" or next(iter(store.logs(agency)), None) is not None:
        raise BadValue(
            Text(
                f"kho '{url}' đã có hồ sơ; hãy dùng một kho mới cho mô phỏng",
                f"store '{url}' holds dossiers already; use a new one for a simulation",
            )
        )
    if Setting.read(store.setting) != setting:
        raise BadValue(
            Text(
                f"kho '{url}' là của một mô phỏng với cán bộ, thời hạn khác; hãy dùng một kho mới cho kịch bản"
                f" '{setting.scenario}'",
                f"store '{url}' is of a simulation by other staff or terms; use a new one for scenario '{setting.scenario}'",
            )
        )


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
