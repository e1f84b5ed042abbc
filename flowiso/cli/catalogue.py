"""`flowiso catalogue`: the procedures, counted and grouped."""

from __future__ import annotations

import click

from ..render.catalogue import KEYS, as_json, as_text
from ..text import Text
from .options import command, flows_option, format_option, lang_of, option, sound_library, write_json


@command(
    "catalogue",
    text=Text(
        "Danh mục thủ tục theo lĩnh vực, phòng, mức độ trực tuyến, dạng lưu đồ, hình dạng, cơ quan quyết định hay độ tin cậy;"
        " quy trình nội bộ kể riêng.",
        "The procedures by field, division, online level, archetype, shape, deciding authority or confidence; internal"
        " processes apart.",
    ),
    example="flowiso catalogue --by division",
)
@option(
    "--by", type=click.Choice(list(KEYS)), default="field", show_default=True,
    text=Text(
        "Xếp theo: lĩnh vực, phòng, mức độ, dạng lưu đồ, hình dạng, cơ quan quyết định, độ tin cậy (dạng json có đủ mọi cách).",
        "Group by: field, division, level, archetype, shape, authority, confidence; json has every grouping.",
    ),
)  # fmt: skip
@format_option("text", "json")
@flows_option
def catalogue(by: str, form: str, flows: str | None) -> None:
    """Run `flowiso catalogue`."""
    library = sound_library(flows)
    if form == "json":
        write_json(as_json(library.flows, library.org, lang_of()))
    else:
        click.echo(as_text(library.flows, library.org, by, lang_of()))
