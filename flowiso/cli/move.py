"""`flowiso move`: take an arrow of the flowchart, or one of the engine's verbs, with one dossier."""

from __future__ import annotations

import click

from ..text import Text
from .case import (
    at_option,
    by_option,
    draft_option,
    key_option,
    moment_of,
    named_values,
    opened,
    store_option,
    write_dossier,
)
from .options import command, flows_option, format_option, option


@command(
    "move",
    text=Text(
        "Chuyển một hồ sơ: HÀNH ĐỘNG là mũi tên của lưu đồ, hoặc động từ chung như confirm, bounce, recall, reassign,"
        " reappoint, pause, resume, stop, correct (docs/dossier.md). Chuyển nhầm tài khoản thì bị từ chối, kèm người được giao.",
        "Move a dossier: ACTION is an arrow of its flowchart, or a common verb such as confirm, bounce, recall, reassign,"
        " reappoint, pause, resume, stop, correct (docs/dossier.md). A wrong account is refused, with the accounts that fit.",
    ),
    example="flowiso move 000.00.19.H19-210914-0001 chuyen --by lan.vp --to ha.qltm --store sqlite:///mot-cua.db",
)
@click.argument("number")
@click.argument("action")
@store_option
@by_option
@option("--to", metavar="ACCOUNT", text=Text("Giao cho tài khoản này.", "Hand it to this account."))
@option("--note", text=Text("Lý do, nội dung bằng lời.", "The reason or content in words."))
@option(
    "--record",
    "records",
    multiple=True,
    metavar="NAME=VALUE",
    text=Text("Điều mẫu đơn ghi thêm: until=2021-09-30.", "What a form adds: until=2021-09-30."),
)
@option(
    "--force",
    is_flag=True,
    text=Text(
        "Lãnh đạo quyết định giao trái quy định, có lý do.", "A leader hands it over against the rules, in writing."
    ),
)
@at_option
@key_option
@draft_option
@format_option("text", "json")
@flows_option
def move(
    number: str,
    action: str,
    store: str,
    by: str,
    to: str | None,
    note: str | None,
    records: tuple[str, ...],
    force: bool,
    at: str | None,
    key: str | None,
    allow_draft: bool,
    form: str,
    flows: str | None,
) -> None:
    """Move it and print it; exit 0, or 2 when it isn't allowed."""
    when, record = moment_of(at), named_values(records, "--record")
    with opened(store, flows, allow_draft) as engine:
        done = engine.move(number, action, by=by, to=to, at=when, note=note, record=record, force=force, key=key)
        write_dossier(engine, done, form, when)
