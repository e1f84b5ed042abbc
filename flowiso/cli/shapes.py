"""`flowiso shapes`: which flows have the same shape."""

from __future__ import annotations

import click

from ..graph import shapes as group
from ..text import Text
from .options import command, flows_option, format_option, lang_of, sound_library, write_json


@command(
    "shapes",
    text=Text(
        "Nhóm các lưu đồ cùng hình dạng: cùng vai trò, cùng mũi tên, không kể tên bước và số giờ.",
        "Group the flows by shape: same roles, same arrows, whatever their words and hours.",
    ),
    example="flowiso shapes",
)
@format_option("text", "json")
@flows_option
def shapes(form: str, flows: str | None) -> None:
    """Run `flowiso shapes`."""
    groups = group(sound_library(flows).flows)
    if form == "json":
        write_json([{"shape": name, "flows": [flow.code for flow in found]} for name, found in groups])
        return
    for name, found in groups:
        count = Text(f"{len(found)} lưu đồ", f"{len(found)} flow(s)").to(lang_of())
        click.echo(f"{name}  {count}: {', '.join(flow.code for flow in found)}")
