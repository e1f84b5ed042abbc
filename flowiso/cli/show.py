"""`flowiso show`: one flowchart, with where every fact comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..errors import BadValue
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
    "--as", "--format", "form", type=click.Choice(["text", "json", "svg", "html", "mermaid", "dot", "csv", "xlsx", "docx"]),
    default="text", show_default=True,
    text=Text("Dạng hiển thị; csv, xlsx, docx: bảng của quyết định.", "How to show it; csv, xlsx, docx: a decision's table."),
)  # fmt: skip
@on_option
@out_option
@flows_option
def show(code: str, form: str, on: str | None, output: str | None, flows: str | None) -> None:
    """Run `flowiso show`."""
    from .due import day
    from .places import flow_named, home

    library, flow = flow_named(code, flows, home(flows), day(on) if on else None)
    write(_table(library, flow, form, output) if form in _TABLES else _shown(library, flow, form), output)


_TABLES = ("csv", "xlsx", "docx")


def _table(library: Library, flow: Flow, form: str, output: str | None) -> bytes:
    """The flow as the table of a decision, which `flowiso import-table` reads back."""
    from ..tables import as_sheet
    from ..tables.files import WRITERS

    if output is None and form != "csv":
        text = Text(f"--as {form} không in ra màn hình được; hãy thêm -o", f"--as {form} can't be shown; add -o")
        name = f"{flow.code.lower()}.{form}"
        raise BadValue(Text(f"{text.vi} {name}", f"{text.en} {name}"))
    return WRITERS[form](as_sheet(flow, library.org, library.words, lang_of()))


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
