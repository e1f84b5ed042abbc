"""`flowiso report`: a year's figures, computed from the log."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from typing import Any

import click

from ..app import Agency
from ..engine import Engine
from ..ports import Store
from ..render.report import as_text
from ..stats import identities
from ..store import open_store
from ..text import Text
from .options import command, flows_folder, flows_option, format_option, lang_of, option, write_json


@command(
    "report",
    text=Text(
        "Số liệu một năm, tính từ nhật ký đến hết ngày 31/12: tiếp nhận, đúng hạn, trễ hạn và vì sao, theo lĩnh vực,"
        " thủ tục và cán bộ.",
        "A year's figures, computed from the log up to 31 December: received, in time, late and why, by field,"
        " procedure and officer.",
    ),
    example="flowiso report --year 2021 --store sqlite:///mot-cua.db",
)
@option(
    "--year",
    type=click.IntRange(1900, 2999),
    required=True,
    text=Text("Năm báo cáo, 2021.", "Year of the report, 2021."),
)
@option(
    "--store",
    required=True,
    text=Text("Kho hồ sơ: sqlite:///mot-cua.db.", "The store: sqlite:///mot-cua.db."),
)
@option(
    "--scenario",
    metavar="NAME|FILE",
    default=None,
    text=Text(
        "Của kho mô phỏng: kịch bản đã chạy, nếu nó đổi thời hạn hay cán bộ.",
        "Of a simulated store: the scenario it was run by, where that changes terms or staff.",
    ),
)
@format_option("text", "json")
@flows_option
def report(year: int, store: str, scenario: str | None, form: str, flows: str | None) -> None:
    """Print the year's figures; exit 0, 1 for a faulty scenario, or 2 when it can't be done."""
    agency = Agency.load(flows_folder(flows))
    if scenario is not None:
        from ..simulate.staffing import staffed
        from .replicating import scenario_of

        agency = staffed(agency, scenario_of(agency, scenario, form))
    with closing(open_store(store, create=False, read_only=True)) as opened:
        write_report(agency, opened, year, form)


def write_report(agency: Agency, store: Store, year: int, form: str, also: Mapping[str, Any] | None = None) -> None:
    """Print the year's figures from a store as "text" or "json", there with what is told `also`; the identities of the form
    are asserted (R90)."""
    found = Engine(agency, store).stats(year)
    faults = identities(found)
    assert not faults, faults
    if form == "json":
        write_json(found.to_json(lang_of()) | dict(also or {}))
    else:
        click.echo(as_text(found, lang_of()), nl=False)
