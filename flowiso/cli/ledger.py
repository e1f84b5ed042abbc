"""`flowiso ledger`: whose each minute of a dossier was, from receipt to result."""

from __future__ import annotations

import click

from ..text import Text
from .case import at_option, moment_of, opened, store_option
from .options import command, flows_option, format_option, lang_of, write_json


@command(
    "ledger",
    text=Text(
        "Sổ thời gian của một hồ sơ: từ lúc tiếp nhận đến khi có kết quả, mỗi phút thuộc về ai - người giữ, người nộp,"
        " cơ quan phối hợp, chuyển nhầm, tạm dừng - và có phải giờ làm việc không. Cộng lại luôn đúng bằng cả quá trình.",
        "A dossier's time ledger: from receipt to result, whose each minute was - a holder's, the applicant's, another"
        " agency's, a misroute's, a pause's - and whether it was working time. The parts sum to the whole, always.",
    ),
    example="flowiso ledger 000.00.19.H19-210914-0001 --store sqlite:///mot-cua.db --at '2021-09-20 08:00'",
)
@click.argument("number")
@store_option
@at_option
@format_option("text", "json", "csv")
@flows_option
def ledger(number: str, store: str, at: str | None, form: str, flows: str | None) -> None:
    """Print it; exit 0, or 2 when the dossier isn't there or isn't received."""
    from ..render.ledger import as_csv, as_text, to_json

    when = moment_of(at)
    with opened(store, flows) as engine:
        found, org = engine.ledger(number, when), engine.flows.org
    if form == "json":
        write_json(to_json(found, org, lang_of()))
    else:
        click.echo((as_csv if form == "csv" else as_text)(found, org, lang_of()), nl=False)
