"""`flowiso schema`: the JSON Schema of the flow file, for editors."""

from __future__ import annotations

from ..text import Text
from .options import command, format_option, json_text, lang_of
from .output import out_option, write


@command(
    "schema",
    text=Text(
        "JSON Schema 2020-12 của tệp lưu đồ: trình soạn thảo gợi ý khóa, giải thích và báo lỗi ngay khi gõ (docs/flow-file.md).",
        "JSON Schema 2020-12 of the flow file: editors complete keys, explain them and mark slips (docs/flow-file.md).",
    ),
    example="flowiso schema -o flow.schema.json",
)
@format_option("json")
@out_option
def schema(form: str, output: str | None) -> None:
    """Run `flowiso schema`."""
    from ..render.flowschema import flow_schema

    write(json_text(flow_schema(lang_of())), output)
