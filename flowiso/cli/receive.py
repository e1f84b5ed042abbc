"""`flowiso receive`: accept a dossier at the one-stop unit."""

from __future__ import annotations

import click

from ..model import CHANNELS
from ..text import Text
from .case import (
    at_option,
    by_option,
    draft_option,
    key_option,
    moment_of,
    named_values,
    new_store_option,
    number_option,
    opened,
    person_option,
    store_option,
    write_dossier,
)
from .options import command, flows_option, format_option, option


@command(
    "receive",
    text=Text(
        "Tiếp nhận hồ sơ tại Bộ phận Một cửa: cấp mã số, tính ngày hẹn trả. Cho mã thủ tục, hoặc mã số của hồ sơ đã nộp"
        " trực tuyến.",
        "Receive a dossier at the one-stop unit: it gets its number and its due date. Give a procedure's code, or the"
        " number of a dossier submitted online.",
    ),
    example="flowiso receive LTHH-13 --by lan.vp --store sqlite:///mot-cua.db --new-store --allow-draft",
)
@click.argument("asked", metavar="CODE|NUMBER")
@store_option
@by_option
@number_option
@option(
    "--channel",
    type=click.Choice(CHANNELS),
    default="counter",
    show_default=True,
    text=Text("Nộp trực tiếp, trực tuyến hay qua bưu chính (R10).", "At the counter, online or by post (R10)."),
)
@person_option
@at_option
@key_option
@new_store_option
@draft_option
@format_option("text", "json")
@flows_option
def receive(
    asked: str,
    store: str,
    by: str,
    number: str | None,
    channel: str,
    people: tuple[str, ...],
    at: str | None,
    key: str | None,
    new_store: bool,
    allow_draft: bool,
    form: str,
    flows: str | None,
) -> None:
    """Accept it and print it; exit 0, or 2 when it can't be done."""
    from ..asked import NUMBER

    when = moment_of(at)
    with opened(store, flows, allow_draft, new_store) as engine:
        if NUMBER.fullmatch(asked):
            done = engine.receive(engine.dossier(asked), by=by, at=when, key=key)
        else:
            done = engine.receive(
                asked,
                by=by,
                number=number,
                channel=channel,  # type: ignore[arg-type]
                at=when,
                people=named_values(people, "--person"),
                key=key,
            )
        write_dossier(engine, done, form, when)
