"""`flowiso rule`: the catalogue of rules, or one rule's page."""

from __future__ import annotations

import click

from ..text import Text
from .options import command, format_option, json_text, lang_of
from .output import out_option, write


@command(
    "rule",
    text=Text(
        "Các quy tắc của 'flowiso check' theo nhóm, hoặc trang của một quy tắc: sai ở đâu, vì sao, ví dụ sai và đúng. Mã của hồ"
        " sơ (DOS), bảng (TAB), kịch bản (SCN), tệp khai số liệu năm (RPT) và báo cáo đã công bố (REP) được giải thích ngắn.",
        "The rules of 'flowiso check' by family, or the page of one: what is wrong, why, a bad and a good example. Codes of"
        " dossiers (DOS), tables (TAB), scenarios (SCN), declared years (RPT) and published reports (REP) have a sentence each.",
    ),
    example="flowiso rule FLW402",
)
@click.argument("code", required=False)
@format_option("text", "json", "markdown")
@out_option
def rule(code: str | None, form: str, output: str | None) -> None:
    """Run `flowiso rule`."""
    from ..render.codebook import meant_by, notes_markdown, notes_rows, notes_text
    from ..render.rulebook import book_markdown, catalogue_text, find, page_text, rows
    from ..rules import PAGES

    if code is not None and (notes := meant_by(code)):
        forms = {"json": lambda: json_text(notes_rows(notes, lang_of())), "markdown": lambda: notes_markdown(notes)}
        write(forms.get(form, lambda: notes_text(notes, lang_of()))(), output)
        return
    pages = PAGES if code is None else find(code)
    if form == "json":
        write(json_text(rows(pages, lang_of())), output)
    elif form == "markdown":
        write(book_markdown(pages), output)
    else:
        write(page_text(pages[0], lang_of()) if len(pages) == 1 else catalogue_text(pages, lang_of()), output)
