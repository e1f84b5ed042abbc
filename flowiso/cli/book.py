"""`flowiso book`: every flowchart on one page that needs no network."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import click

from ..text import Text
from .options import command, format_option, json_text, lang_of, on_option, sound_library
from .output import out_option, write

if TYPE_CHECKING:
    from datetime import date

    from ..library import Library
    from ..model import Flow


@command(
    "book",
    text=Text(
        "Sổ lưu đồ: mọi lưu đồ trong một trang HTML tự đủ, có mục lục, tìm không dấu, và dữ kiện nào đã đọc, nào giả định.",
        "The book of flowcharts: one self-contained HTML page with index, search without accents, and what is read or assumed.",
    ),
    example="flowiso book flows -o so-luu-do.html",
)
@click.argument("flows", required=False, type=click.Path(file_okay=False))
@on_option
@format_option("html", "json")
@out_option
def book(flows: str | None, on: str | None, form: str, output: str | None) -> None:
    """Run `flowiso book`."""
    from ..render.book import as_book, as_index
    from .due import day as read_day

    day = read_day(on) if on else None
    library = sound_library(flows)
    found = _flows(library, day)
    if form == "json":
        write(json_text(as_index(found, library.org, lang_of())), output)
    else:
        write(as_book(found, library.org, library.words, lang_of(), day), output)


def _flows(library: Library, on: date | None) -> list[Flow]:
    """Of each procedure the version in force on a day, the newest when no day is given; UnknownFlow when there is none."""
    from ..errors import UnknownFlow
    from ..text import day

    found = []
    for code in dict.fromkeys(flow.code for flow in library.flows):
        with suppress(UnknownFlow):
            found.append(library.find(code, on))
    if found:
        return found
    if on is None:
        option, vi, en = (
            "--flows",
            f"'{library.folder}' chưa có lưu đồ nào",
            f"'{library.folder}' holds no flowchart yet",
        )
    else:
        option, vi, en = (
            "--on",
            f"{day(on)} không có lưu đồ nào có hiệu lực",
            f"no flowchart is in force on {day(on, 'en')}",
        )
    raise UnknownFlow(Text(f"{vi} để in thành sổ; hãy xem lại {option}", f"{en} to put into the book; check {option}"))
