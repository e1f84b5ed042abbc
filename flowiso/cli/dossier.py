"""`flowiso dossier`: one dossier, where it is, what can be done, and its log."""

from __future__ import annotations

from datetime import datetime

import click

from ..text import Text
from .case import at_option, moment_of, opened, store_option, write_dossier
from .options import command, flows_option, format_option


@command(
    "dossier",
    text=Text(
        "Một hồ sơ: bước, người giữ, hẹn trả, làm tiếp được gì và giao cho ai, nhật ký; với --at là như lúc đó. Dữ liệu cá"
        " nhân được che.",
        "One dossier: its step, holder and due date, what can be done and by whom, and its log; with --at as it stood then."
        " Personal data is masked.",
    ),
    example="flowiso dossier 000.00.19.H19-210914-0001 --store sqlite:///mot-cua.db",
)
@click.argument("number")
@store_option
@at_option
@format_option("text", "json")
@flows_option
def dossier(number: str, store: str, at: str | None, form: str, flows: str | None) -> None:
    """Print it; exit 0, or 2 when there is none, or was none then."""
    from ..asked import moment_of as seconds
    from ..handover import as_of
    from ..worktime import TZ

    when = moment_of(at)
    with opened(store, flows) as engine:
        found = engine.dossier(number)
        then = max(seconds(datetime.now(TZ)), found.state.at) if when is None else seconds(when)
        write_dossier(engine, as_of(found, engine.flows.calendar, then), form, when, full=True)
