"""`flowiso show`: one flowchart, with where every fact comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..text import Text
from .options import command, flows_folder, flows_option, json_text, lang_of, on_option, option
from .output import out_option, write

if TYPE_CHECKING:
    from ..library import Library
    from ..model import Flow


def _complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Procedure codes for the shell, from the file names alone."""
    from ..library import flow_files

    files = flow_files([flows_folder(ctx.params.get("flows"))])
    codes = sorted({file.name.split(".")[0].upper() for file in files})
    return [code for code in codes if code.startswith(incomplete.upper())]


@command(
    "show",
    text=Text(
        "Xem một lưu đồ: các bước, người giữ, thời gian, biểu mẫu, mũi tên, và nguồn của từng dữ kiện (đã đọc hay giả định).",
        "Show a flowchart: steps, holders, times, forms, arrows, and where each fact comes from (read or assumed).",
    ),
    example="flowiso show LTHH-13",
)
@click.argument("code", shell_complete=_complete)
@option(
    "--as", "--format", "form", type=click.Choice(["text", "json", "svg", "html", "mermaid", "dot"]), default="text",
    show_default=True, text=Text("Dạng hiển thị.", "How to show it."),
)  # fmt: skip
@on_option
@out_option
@flows_option
def show(code: str, form: str, on: str | None, output: str | None, flows: str | None) -> None:
    """Run `flowiso show`."""
    from ..errors import FlowFileError, UnknownFlow
    from ..library import load
    from .due import moment

    library = load(flows_folder(flows))
    try:
        flow = library.find(code, moment(on).date() if on else None)
    except UnknownFlow as error:
        if library.findings:  # it may be among the files that can't be read
            raise FlowFileError(error.text, library.findings) from error
        raise
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
        "mermaid": lambda: mermaid.as_mermaid(flow, org, lang),
        "dot": lambda: dot.as_dot(flow, org, lang),
    }[form]()
