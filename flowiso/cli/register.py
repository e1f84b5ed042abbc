"""`flowiso register`: the register of the dossiers received in a period."""

from __future__ import annotations

from ..text import Text
from .case import at_option, moment_of, opened, store_option
from .options import command, flows_option, json_text, lang_of, option
from .output import out_option
from .printing import font_option, form_of, form_option, printed, shared_form, unmasked_option, written


@command(
    "register",
    text=Text(
        "Sổ theo dõi hồ sơ của một kỳ, điền từ nhật ký: mỗi hồ sơ đã tiếp nhận một dòng, đánh số từ 01 mỗi năm. Dữ liệu cá"
        " nhân được che.",
        "The register of the dossiers received in a period, filled from their logs: a line each, numbered from 01 every year."
        " Personal data is masked.",
    ),
    example="flowiso register --store sqlite:///mot-cua.db --from 2021-01-01 --to 2021-03-31 -o so.pdf",
)
@store_option
@option("--from", "first", required=True, metavar="DATE", text=Text("Ngày đầu: 2021-01-01.", "First day: 2021-01-01."))
@option("--to", "last", required=True, metavar="DATE", text=Text("Ngày cuối: 2021-03-31.", "Last day: 2021-03-31."))
@at_option
@out_option
@form_option("text", "json", "csv", "pdf")
@unmasked_option
@font_option
@flows_option
def register(
    store: str,
    first: str,
    last: str,
    at: str | None,
    output: str | None,
    form: str | None,
    unmasked: bool,
    font: str | None,
    flows: str | None,
) -> None:
    """Write it; exit 0, or 2 when it can't be done."""
    from ..period import Period
    from ..render.register import FORM, as_csv, as_paper, as_text, to_json
    from .due import day

    period, lang = Period(day(first), day(last)), lang_of()
    with opened(store, flows) as engine:
        found = engine.register(period, moment_of(at))
        people = {one.number: engine.person(one.number, unmasked) for one in found.lines}
        org, title, simulated = engine.flows.org, shared_form(engine, FORM), engine.store.kind == "simulated"
    wanted = form_of(form, output, "json", "csv", "pdf")
    if wanted == "json":
        written(json_text(to_json(found, org, people, lang, simulated)), output)
    elif wanted == "csv":
        written(as_csv(found, org, people, lang, simulated), output)
    elif wanted == "pdf":
        written(printed(as_paper(found, org, people, title, lang, simulated), font), output)
    else:
        written(as_text(found, org, people, lang, simulated), output)
