"""`flowiso paper`: a form that a dossier's log has issued, from the very line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..text import Text
from .case import opened, store_option
from .options import command, flows_option, json_text, lang_of, option
from .output import out_option
from .printing import font_option, form_of, form_option, printed, shared_form, unmasked_option, written

if TYPE_CHECKING:
    from ..engine import Engine
    from ..render.forms import Print


@command(
    "paper",
    text=Text(
        "In một giấy tờ mà nhật ký đã phát hành (mẫu 01 đến 04, thông báo dừng) từ chính dòng ấy, có mã QR tra cứu; in lại thì"
        " giống từng byte. Dữ liệu cá nhân được che.",
        "Print a form that the log has issued (01 to 04, notice of stopping) from that very line, with a QR code to look it up;"
        " a reprint is the same bytes. Personal data is masked.",
    ),
    example="flowiso paper 000.00.19.H19-210914-0001 --store sqlite:///mot-cua.db -o giay.pdf",
)
@click.argument("number")
@store_option
@option(
    "--line", type=click.IntRange(0),
    text=Text(
        "Dòng nhật ký đã phát hành (mặc định: giấy tờ mới nhất; 'flowiso dossier' liệt kê).",
        "The line that issued it (default: the latest form; 'flowiso dossier' lists them).",
    ),
)  # fmt: skip
@out_option
@form_option("text", "json", "pdf")
@unmasked_option
@font_option
@flows_option
def paper(
    number: str,
    store: str,
    line: int | None,
    output: str | None,
    form: str | None,
    unmasked: bool,
    font: str | None,
    flows: str | None,
) -> None:
    """Write it; exit 0, or 2 when the log has issued no such form, or it can't be printed."""
    from ..render.forms import as_paper, as_text, to_json

    with opened(store, flows) as engine:
        found = _print(engine, number, line, unmasked)
    wanted = form_of(form, output, "json", "pdf")
    if wanted == "json":
        written(json_text(to_json(found, lang_of())), output)
    elif wanted == "pdf":
        written(printed(as_paper(found, lang_of()), font), output)
    else:
        written(as_text(found, lang_of()), output)


def _print(engine: Engine, number: str, line: int | None, unmasked: bool) -> Print:
    """The form that a line issued, or the latest one. Raises UnknownDossier, BadValue."""
    from ..errors import BadValue
    from ..papers import issued
    from ..render.forms import print_of

    dossier = engine.dossier(number)
    papers = issued(dossier.table, dossier.moves)
    chosen = [one for one in papers if line in (None, one.seq)]
    if not chosen:
        lines = ", ".join(str(one.seq) for one in papers)
        if lines:
            text = Text(
                f"dòng {line} không phát hành giấy tờ nào; có ở dòng {lines}",
                f"line {line} issued no form; these did: {lines}",
            )
        else:
            text = Text(f"hồ sơ {number} chưa phát hành giấy tờ nào", f"{number} has issued no form yet")
        raise BadValue(text)
    one, simulated = chosen[-1], engine.store.kind == "simulated"
    people = engine.person(number, unmasked)
    return print_of(dossier, engine.flows.calendar, one, shared_form(engine, one.form), people, simulated)
