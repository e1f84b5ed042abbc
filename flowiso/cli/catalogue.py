"""`flowiso catalogue`: the procedures by field."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import click

from ..library import Library
from ..model import Flow
from ..text import Text, number
from .options import command, flows_option, format_option, lang_of, sound_library, write_json


@command(
    "catalogue",
    text=Text(
        "Danh mục thủ tục theo lĩnh vực, mức độ trực tuyến và liên thông.",
        "The procedures by field, online level, and interconnected or not.",
    ),
    example="flowiso catalogue --format json",
)
@format_option("text", "json")
@flows_option
def catalogue(form: str, flows: str | None) -> None:
    """Run `flowiso catalogue`."""
    library = sound_library(flows)
    newest = list({flow.code: flow for flow in library.flows}.values())
    if form == "json":
        write_json(_as_json(library, newest))
    else:
        click.echo(_as_text(library, newest))


def _by_field(flows: Sequence[Flow]) -> dict[str, list[Flow]]:
    return {key: [flow for flow in flows if flow.field == key] for key in sorted({flow.field for flow in flows})}


def _as_json(library: Library, flows: Sequence[Flow]) -> dict[str, Any]:
    return {
        **_counts(flows),
        "by_field": {
            key: {
                "title": _title(library, key),
                **_counts(found),
                "codes": [flow.code for flow in found],
            }
            for key, found in _by_field(flows).items()
        },
        "draft": sum(flow.status == "draft" for flow in flows),
    }


def _counts(flows: Sequence[Flow]) -> dict[str, int]:
    levels = Counter(flow.online_level for flow in flows)
    return {
        "procedures": len(flows),
        "fields": len({flow.field for flow in flows}),
        "level_3": levels[3],
        "level_4": levels[4],
        "interconnected": sum(flow.interconnected for flow in flows),
    }


def _title(library: Library, key: str) -> str:
    title = library.org.fields.get(key)
    return title.to(lang_of()) if title else key


def _as_text(library: Library, flows: Sequence[Flow]) -> str:
    lang, counts = lang_of(), _counts(flows)
    head = Text(
        f"{counts['procedures']} thủ tục, {counts['fields']} lĩnh vực, mức 3: {counts['level_3']},"
        f" mức 4: {counts['level_4']}, liên thông: {counts['interconnected']}",
        f"{counts['procedures']} procedures, {counts['fields']} fields, level 3: {counts['level_3']},"
        f" level 4: {counts['level_4']}, interconnected: {counts['interconnected']}",
    )
    lines = [f"{library.org.title.to(lang)}: {head.to(lang)}"]
    for key, found in _by_field(flows).items():
        lines += ["", f"{_title(library, key)} ({number(len(found), lang)})"]
        lines += [f"  {flow.code:<9} {_term(flow, lang):<18} {flow.title}" for flow in found]
    drafts = sum(flow.status == "draft" for flow in flows)
    if drafts:
        note = Text(
            f"{drafts} lưu đồ là bản thảo: còn dữ kiện giả định, xem bằng 'flowiso show MÃ'",
            f"{drafts} flows are drafts: they rest on assumed facts, see 'flowiso show CODE'",
        )
        lines += ["", note.to(lang)]
    return "\n".join(lines)


def _term(flow: Flow, lang: str) -> str:
    return flow.deadline.shown(lang) if flow.deadline else Text("không thời hạn", "no term").to(lang)
