"""`flowiso submit`: put down an online submission that the one-stop unit has to answer."""

from __future__ import annotations

import click

from ..text import Text
from .case import (
    at_option,
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
    "submit",
    text=Text(
        "Ghi một hồ sơ nộp trực tuyến, chờ Bộ phận Một cửa trả lời trong hạn tiếp nhận (R13).",
        "Put down an online submission that the one-stop unit has to answer within the intake limit (R13).",
    ),
    example="flowiso submit LTHH-13 --to lan.vp --store sqlite:///mot-cua.db --new-store --allow-draft",
)
@click.argument("code")
@store_option
@option("--to", required=True, metavar="ACCOUNT", text=Text("Cán bộ Một cửa phải trả lời.", "Who has to answer it."))
@number_option
@person_option
@at_option
@key_option
@new_store_option
@draft_option
@format_option("text", "json")
@flows_option
def submit(
    code: str,
    store: str,
    to: str,
    number: str | None,
    people: tuple[str, ...],
    at: str | None,
    key: str | None,
    new_store: bool,
    allow_draft: bool,
    form: str,
    flows: str | None,
) -> None:
    """Put it down and print it; exit 0, or 2 when it can't be done."""
    when = moment_of(at)
    with opened(store, flows, allow_draft, new_store) as engine:
        told = named_values(people, "--person")
        done = engine.submit(code, to=to, number=number, at=when, people=told, key=key)
        write_dossier(engine, done, form, when)
