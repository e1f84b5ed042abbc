"""`flowiso dossier`: one dossier, where it is, what can be done, and its log."""

from __future__ import annotations

import click

from ..text import Text
from .case import at_option, moment_of, opened, store_option, write_dossier
from .options import command, flows_option, format_option


@command(
    "dossier",
    text=Text(
        "Một hồ sơ: bước, người giữ, hẹn trả, làm tiếp được gì và giao cho ai, nhật ký. Dữ liệu cá nhân được che.",
        "One dossier: its step, holder and due date, what can be done and by whom, and its log. Personal data is masked.",
    ),
    example="flowiso dossier 000.00.19.H19-210914-0001 --store sqlite:///mot-cua.db",
)
@click.argument("number")
@store_option
@at_option
@format_option("text", "json")
@flows_option
def dossier(number: str, store: str, at: str | None, form: str, flows: str | None) -> None:
    """Print it; exit 0, or 2 when there is none."""
    when = moment_of(at)
    with opened(store, flows) as engine:
        write_dossier(engine, engine.dossier(number), form, when, full=True)
