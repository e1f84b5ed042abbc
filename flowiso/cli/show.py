"""`flowiso show`: one flowchart, with where every fact comes from."""

from __future__ import annotations

import click

from ..text import Text
from .options import command, flows_folder, flows_option, lang_of, option, write_json


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
    "--as", "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True,
    text=Text("Dạng hiển thị.", "How to show it."),
)  # fmt: skip
@flows_option
def show(code: str, form: str, flows: str | None) -> None:
    """Run `flowiso show`."""
    from ..errors import FlowFileError, UnknownFlow
    from ..library import load
    from ..render.flow import as_json, as_text

    library = load(flows_folder(flows))
    try:
        flow = library.find(code)
    except UnknownFlow as error:
        if library.findings:  # it may be among the files that can't be read
            raise FlowFileError(error.text, library.findings) from error
        raise
    if form == "json":
        write_json(as_json(flow, library.org, lang_of()))
    else:
        click.echo(as_text(flow, library.org, library.agency.words, lang_of()))
