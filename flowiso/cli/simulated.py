"""What commands that simulate write beside what they print: the HTML page of a result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from ..text import Text
from .options import lang_of, option
from .output import tell_written, write

if TYPE_CHECKING:
    from ..render.scene import Result

page_option = option(
    "--html", "page", metavar="FILE", type=click.Path(dir_okay=False), default=None,
    text=Text("Ghi thêm trang HTML có biểu đồ, tự đủ, không cần mạng.", "Write an HTML page with charts too, self-contained."),
)  # fmt: skip


def write_page(page: str | None, result: Result, others: Sequence[Result] = ()) -> None:
    """Write the page of a result to the file `page`, whole or not at all, where one is wanted, and say so."""
    if page is not None:
        from ..render.simulation_page import as_html

        write(as_html(result, others, lang_of()), page)
        tell_written(page)
