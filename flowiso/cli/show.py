"""`flowiso show`: one flowchart, with where every fact comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..text import Text
from .options import command, flows_option, json_text, lang_of, on_option, option, own_folder
from .output import out_option, write

if TYPE_CHECKING:
    from ..library import Library
    from ..model import Flow


def _complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Procedure codes for the shell, from the file names alone."""
    from pathlib import Path

    from ..library import bundled, flow_files

    given = ctx.params.get("flows")
    files = flow_files([Path(given) if given else own_folder() or bundled()])
    codes = sorted({file.name.split(".")[0].upper() for file in files})
    return [code for code in codes if code.startswith(incomplete.upper())]


@command(
    "show",
    text=Text(
        "Xem một lưu đồ (mã, mã kèm lần ban hành LTHH-13@1, hoặc tệp): các bước, người giữ, thời gian, biểu mẫu, mũi tên,"
        " và nguồn của từng dữ kiện (đã đọc hay giả định).",
        "Show a flowchart (a code, a code with its version LTHH-13@1, or a file): steps, holders, times, forms, arrows, and"
        " where each fact comes from (read or assumed).",
    ),
    example="flowiso show LTHH-13",
)
@click.argument("code", metavar="CODE|FILE", shell_complete=_complete)
@option(
    "--as", "--format", "form", type=click.Choice(["text", "json", "svg", "html", "mermaid", "dot"]), default="text",
    show_default=True, text=Text("Dạng hiển thị.", "How to show it."),
)  # fmt: skip
@on_option
@out_option
@flows_option
def show(code: str, form: str, on: str | None, output: str | None, flows: str | None) -> None:
    """Run `flowiso show`."""
    from .due import day
    from .places import flow_named, home

    library, flow = flow_named(code, flows, home(flows), day(on) if on else None)
    write(_shown(library, flow, form), output)


def _shown(library: Library, flow: Flow, form: str) -> str:
    from ..render import dot, mermaid, page, sheet
    from ..render.flow import as_json, as_text

    org, words, lang = library.org, library.words, lang_of()
    return {
        "text": lambda: as_text(flow, org, words, lang),
        "json": lambda: json_text(as_json(flow, org, lang)),
        "svg": lambda: sheet.sheet(flow, org, words, lang),
        "html": lambda: page.as_html(flow, org, words, lang),
        "mermaid": lambda: mermaid.as_mermaid(flow, org, words, lang),
        "dot": lambda: dot.as_dot(flow, org, words, lang),
    }[form]()
