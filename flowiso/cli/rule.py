"""`flowiso rule`: the catalogue of rules, or one rule's page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from ..text import Text
from .options import command, format_option, json_text, lang_of
from .output import out_option, write

T = TypeVar("T")


@command(
    "rule",
    text=Text(
        "Các quy tắc của 'flowiso check' theo nhóm, hoặc trang của một quy tắc: sai ở đâu, vì sao, ví dụ sai và đúng. Mã của hồ"
        " sơ (DOS), bảng (TAB), kịch bản (SCN), tệp khai số liệu năm (RPT) và báo cáo đã công bố (REP) được giải thích ngắn. Số R"
        " được viện dẫn ở khắp nơi, ví dụ R43, là quy định của pháp luật hoặc quy ước của FlowISO, có nguồn; 'flowiso rule R' in"
        " tất cả.",
        "The rules of 'flowiso check' by family, or the page of one: what is wrong, why, a bad and a good example. Codes of"
        " dossiers (DOS), tables (TAB), scenarios (SCN), declared years (RPT) and published reports (REP) have a sentence each."
        " An R-number that is cited anywhere, such as R43, is what the law says or FlowISO decided, with its source;"
        " 'flowiso rule R' prints all.",
    ),
    example="flowiso rule FLW402",
)
@click.argument("code", required=False)
@format_option("text", "json", "markdown")
@out_option
def rule(code: str | None, form: str, output: str | None) -> None:
    """Run `flowiso rule`."""
    from ..render.codebook import meant_by, notes_markdown, notes_rows, notes_text
    from ..render.lawbook import cited, law_markdown, law_rows, law_text
    from ..render.rulebook import book_markdown, find, rows, rules_text
    from ..rules import PAGES

    if code is not None and (law := cited(code)):
        shown = _shown(law, form, law_rows, law_markdown, law_text)
    elif code is not None and (notes := meant_by(code)):
        shown = _shown(notes, form, notes_rows, notes_markdown, notes_text)
    else:
        shown = _shown(PAGES if code is None else find(code), form, rows, book_markdown, rules_text)
    write(shown, output)


def _shown(
    told: T, form: str, rows: Callable[[T, str], Any], markdown: Callable[[T], str], text: Callable[[T, str], str]
) -> str:
    if form == "json":
        return json_text(rows(told, lang_of()))
    return markdown(told) if form == "markdown" else text(told, lang_of())
