"""`flowiso sheet`: the control sheet of a dossier, filled from its log."""

from __future__ import annotations

import click

from ..text import Text
from .case import at_option, moment_of, opened, store_option
from .options import command, flows_option, json_text, lang_of
from .output import out_option
from .printing import font_option, form_of, form_option, printed, shared_form, written


@command(
    "sheet",
    text=Text(
        "Phiếu kiểm soát quá trình giải quyết hồ sơ, điền từ nhật ký: mỗi lần bàn giao ai giao, ai nhận, ký giao và ký nhận"
        " (thời điểm, mã băm), hạn của bước, kết quả, chuyển nhầm, bổ sung, tạm dừng, hẹn lại.",
        "The control sheet of a dossier, filled from its log: every hand-over with giver and receiver, both signatures (moment"
        " and hash), the step's due moment, the result, misroutes, supplements, pauses, re-appointment.",
    ),
    example="flowiso sheet 000.00.19.H19-210914-0001 --store sqlite:///mot-cua.db -o phieu.pdf",
)
@click.argument("number")
@store_option
@at_option
@out_option
@form_option("text", "json", "pdf")
@font_option
@flows_option
def sheet(
    number: str, store: str, at: str | None, output: str | None, form: str | None, font: str | None, flows: str | None
) -> None:
    """Write it; exit 0, or 2 when there is no such dossier, or it can't be printed."""
    from ..render.control import FORM, as_paper, as_text, to_json

    when, lang = moment_of(at), lang_of()
    with opened(store, flows) as engine:
        found, org = engine.sheet(number, when), engine.flows.org
        title, simulated = shared_form(engine, FORM), engine.store.kind == "simulated"
    wanted = form_of(form, output, "json", "pdf")
    if wanted == "json":
        written(json_text(to_json(found, org, lang)), output)
    elif wanted == "pdf":
        written(printed(as_paper(found, org, title, lang, simulated), font), output)
    else:
        written(as_text(found, org, title, lang, simulated), output)
