"""`flowiso simulate`: a year of dossiers through the real engine, and its report."""

from __future__ import annotations

import sys
from collections.abc import Callable

import click

from ..app import Agency
from ..errors import BadValue
from ..ports import Store
from ..simulate import Progress, Scenario, Year
from ..store import open_store
from ..text import Text, number
from .options import command, flows_folder, flows_option, format_option, lang_of, option
from .report import write_report


@command(
    "simulate",
    text=Text(
        "Mô phỏng một năm hồ sơ qua chính bộ máy xử lý, rồi in số liệu của năm. Cùng tham số thì cùng kết quả.",
        "Simulate a year of dossiers through the engine itself and print the year's figures. Same arguments, same result.",
    ),
    example="flowiso simulate --year 2021 --dossiers 1000 --seed 1",
)
@option("--year", type=click.IntRange(1900, 2999), required=True, text=Text("Năm.", "The year."))
@option(
    "--dossiers", type=click.IntRange(max=10_000_000), default=13_641, show_default=True,
    text=Text("Số hồ sơ được tiếp nhận.", "How many dossiers are accepted."),
)  # fmt: skip
@option("--seed", type=click.IntRange(0, 2**20), default=1, show_default=True, text=Text("Hạt ngẫu nhiên.", "Seed."))
@option(
    "--store", default=None,
    text=Text("Kho để giữ nhật ký, ví dụ sqlite:///nam-2021.db (phải mới).", "Store to keep the log in (a new one)."),
)  # fmt: skip
@format_option("text", "json")
@flows_option
def simulate(year: int, dossiers: int, seed: int, store: str | None, form: str, flows: str | None) -> None:
    """Run `flowiso simulate`."""
    agency = Agency.load(flows_folder(flows))
    coming = Year(agency, Scenario(), year, dossiers, seed)  # what can't be run is refused before a store is made
    kept = new_store(store, agency.org.agency) if store is not None else open_store("memory:", "simulated")
    with click.progressbar(length=dossiers, file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        logs = coming.run(_progress(bar.update))
    kept.create_many(logs)
    write_report(agency, kept, year, form)
    if form == "text":
        _write_assumptions(seed, store)
    kept.close()


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


def _progress(update: Callable[[int], None]) -> Progress:
    done = 0

    def show(count: int, total: int) -> None:
        nonlocal done
        update(count - done)
        done = count

    return show


def _write_assumptions(seed: int, store: str | None) -> None:
    lang = lang_of()
    head = Text(
        f"Mô phỏng (hạt giống {number(seed, lang)}), các giả định, không phải số đo của cơ quan:",
        f"Simulation (seed {seed}); these are assumptions, not measured at the agency:",
    )
    click.echo("\n" + head.to(lang))
    for line in Scenario().assumptions():
        click.echo(f"  - {line.to(lang)}")
    if store:
        click.echo(Text(f"Nhật ký ở {store}", f"The log is in {store}").to(lang))
