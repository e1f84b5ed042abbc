"""`flowiso compare-years`: the real arrivals of a year, lived again under other scenarios, flows, calendar or staff."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from ..app import Agency
from ..errors import BadValue
from ..simulate.past import past_of
from ..simulate.runs import tasks_of
from ..simulate.scenario import Ground
from ..store import open_store
from ..text import Text, many, number
from .options import command, lang_of, option
from .replicating import Study, given, grounded, of_year, scenario_of, study_options
from .simulated import page_option
from .whatif import compare

if TYPE_CHECKING:
    from ..simulate import Scenario
    from ..simulate.past import Past


@command(
    "compare-years",
    text=Text(
        "Cho các hồ sơ thật của một năm trong kho đến lại đúng lúc, đúng kênh như đã đến, rồi so kịch bản gốc với kịch bản khác,"
        " hoặc với lưu đồ, lịch, cán bộ của một thư mục khác.",
        "Let the real dossiers of a year in a store come in again when and as they did, and compare the base scenario with"
        " others, or with the flows, calendar and staff of another folder.",
    ),
    example="flowiso compare-years --store sqlite:///mot-cua.db --year 2021 --replications 2 --scenario bot-hai-can-bo",
)
@option("--store", required=True, text=Text("Kho hồ sơ: sqlite:///mot-cua.db.", "The store: sqlite:///mot-cua.db."))
@option("--year", type=click.IntRange(1900, 2999), required=True, text=Text("Năm, 2021.", "The year, 2021."))
@option(
    "--base", metavar="NAME|FILE", default=None,
    text=Text("Kịch bản gốc (mặc định: dong-nai-2021).", "The base scenario (default: dong-nai-2021)."),
)  # fmt: skip
@option(
    "--scenario", "others", metavar="NAME|FILE", multiple=True, text=Text("Kịch bản để so.", "A scenario to compare.")
)
@option(
    "--flows-other", type=click.Path(file_okay=False), default=None,
    text=Text(
        "Thư mục khác để so: lưu đồ, lịch, cán bộ; chạy theo kịch bản gốc.",
        "Another folder to compare, with its flows, calendar and staff, under the base scenario.",
    ),
)  # fmt: skip
@page_option
@study_options(30, "text", "json", "csv")
def compare_years(
    store: str,
    year: int,
    base: str | None,
    others: tuple[str, ...],
    flows_other: str | None,
    page: str | None,
    study: Study,
) -> None:
    """Read the arrivals, run every scenario on them and print what differs; exit 2 when it can't be done or is stopped."""
    if not others and flows_other is None:
        raise BadValue(
            Text("hãy cho ít nhất một --scenario, hoặc --flows-other", "give a --scenario, or --flows-other")
        )
    agency = study.agency()
    past = _arrivals(agency, store, year)
    wanted = [(agency, name, "") for name in (base, *others)]
    if flows_other is not None:
        wanted.append((Agency.load(flows_other), base, f" --flows {flows_other}"))
    agencies = [one for one, _, _ in wanted]
    scenarios = [_lived(_scenario(one, name, study.form, year, said), past) for one, name, said in wanted]
    lists = [
        tasks_of(one.library.folder, told, study.seeds, past) for one, told in zip(agencies, scenarios, strict=True)
    ]
    compare(study, agencies, scenarios, lists, page)


def _scenario(agency: Agency, name: str | None, form: str, year: int, said: str) -> Scenario:
    found = scenario_of(agency, name, form)
    return of_year(agency, replace(found, name=found.name + said), year)


def _lived(scenario: Scenario, past: tuple[Past, ...]) -> Scenario:
    """The scenario with the grounds of what it took from the store and the command line; of another number of dossiers than its
    own nothing was published."""
    came = Ground("arrivals", "read", _STORED, str(len(past)), Text("hồ sơ đến", "arrivals"))
    told = grounded(grounded(scenario, came), given("year", str(scenario.year)))
    same = sum(one.accepted for one in past) == scenario.arrivals.dossiers
    return told if same else replace(told, exact=None)


_STORED = Text("hồ sơ đã đến trong năm, lấy từ kho", "the dossiers that came in that year, taken from the store")


def _arrivals(agency: Agency, url: str, year: int) -> tuple[Past, ...]:
    """The arrivals of the year; how many there are is said on standard error."""
    with closing(open_store(url, create=False, read_only=True)) as store:
        past = past_of(agency.of_store(store), store.logs(agency.org.agency), year)
    refused = sum(not one.accepted for one in past)
    said = Text(
        f"{number(len(past))} hồ sơ nộp và được trả lời trong năm {year}, {number(refused)} không tiếp nhận;"
        " hồ sơ năm trước chuyển sang không có trong phép so",
        f"{many(len(past), 'dossier')} handed in and answered in {year}, {number(refused, 'en')} of them not accepted;"
        " what was carried over from the year before is left out",
    )
    click.echo(said.to(lang_of()), err=True)
    return past
