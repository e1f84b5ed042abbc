"""`flowiso export-figures`: the facts that statistics are made of as Parquet, for the nation's figures and for analysts."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from ..text import Text, many, number
from .case import moment_of, store_option
from .options import command, flows_option, format_option, lang_of, option, write_json
from .sourced import check_come, sourced


@command(
    "export-figures",
    text=Text(
        "Xuất dữ kiện thống kê của một cơ quan thành Parquet, không có dữ liệu cá nhân: mỗi hồ sơ từng ngày ra sao, mỗi bước ai"
        " giữ bao lâu, mỗi lượt chuyển nhầm (docs/nation.md). Nhiều cơ quan xuất vào cùng một thư mục thì 'flowiso nation' cộng"
        " lại.",
        "Export an agency's facts for statistics as Parquet, without personal data: how each dossier stood day by day, who had"
        " each step for how long, each wrong hand-over (docs/nation.md). What agencies export into one folder 'flowiso nation'"
        " adds up.",
    ),
    example="flowiso export-figures --store sqlite:///mot-cua.db --to so-lieu --as-of '2021-12-31 23:59:59'",
)
@store_option
@option(
    "--to", "folder", required=True, type=click.Path(file_okay=False), metavar="FOLDER",
    text=Text(
        "Thư mục chung; phần cũ của cơ quan này được thay.", "The common folder; this agency's earlier part is replaced."
    ),
)  # fmt: skip
@option(
    "--as-of", metavar="TIME",
    text=Text("Chốt số liệu lúc này (mặc định: bây giờ).", "The cut-off of the figures (default: now)."),
)  # fmt: skip
@format_option("text", "json")
@flows_option
def export_figures(store: str, folder: str, as_of: str | None, form: str, flows: str | None) -> None:
    """Write the files; exit 0, or 2 when it can't be done; nothing is changed then."""
    from ..engine import Engine
    from ..nation.facts import facts
    from ..nation.files import write_facts
    from ..worktime import TZ, instant

    asked = moment_of(as_of)
    at = asked or datetime.now(TZ).replace(microsecond=0)
    until = instant(at)
    with sourced(store, flows, read_only=True) as (agency, opened):
        check_come(opened, asked)
        org = agency.org
        lives = (life for _, life in Engine(agency, opened).lives(at))
        told = facts(lives, org, agency.calendar, agency.flows, until)
        export = write_facts(Path(folder), org.agency, org.title, opened.kind == "simulated", until, told)
    if form == "json":
        write_json(export.to_json())
        return
    count = sum(export.rows.values())
    said = Text(f"đã ghi {number(count)} dòng dữ kiện vào {folder}", f"wrote {many(count, 'row')} of facts to {folder}")
    click.echo(said.to(lang_of()))
