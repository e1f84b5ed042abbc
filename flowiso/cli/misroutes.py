"""`flowiso misroutes`: every dossier that went to a wrong account, who sent it, what it cost, and why (R123)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..text import Text
from .case import at_option, moment_of, opened, store_option
from .options import command, flows_option, format_option, lang_of, option, write_json

if TYPE_CHECKING:
    from datetime import datetime

    from ..engine import Engine
    from ..misroutes import By


@command(
    "misroutes",
    text=Text(
        "Sổ chuyển nhầm: hồ sơ nào, ai chuyển nhầm cho ai, phát hiện thế nào, khi nào, mất bao nhiêu giờ, có làm trễ hạn không."
        " Thời gian mất tính cho người giao; điều mới chỉ nghi ngờ thì chưa tính cho ai.",
        "The record of misroutes: which dossier, who sent it wrongly to whom, found how and when, what it cost, whether it"
        " made it late. The time lost is the sender's; what is only suspected is charged to nobody.",
    ),
    example="flowiso misroutes --store sqlite:///mot-cua.db --year 2021 --by division",
)
@store_option
@at_option
@option(
    "--year", type=click.IntRange(1900, 2999),
    text=Text("Chỉ những lần biết được trong năm này, theo nhật ký đến hết năm.", "Only those known in this year, by its end."),
)  # fmt: skip
@option(
    "--by", type=click.Choice(("sender", "division", "cause")), default="sender", show_default=True,
    text=Text("Xếp theo người giao, phòng của người giao, hay nguyên nhân.", "Group by sender, the sender's division or cause."),
)  # fmt: skip
@format_option("text", "json", "csv")
@flows_option
def misroutes(store: str, at: str | None, year: int | None, by: By, form: str, flows: str | None) -> None:
    """Print it; exit 0, or 2 when the store can't be read."""
    with opened(store, flows) as engine:
        _show(engine, moment_of(at), year, by, form)


def _show(engine: Engine, at: datetime | None, year: int | None, by: By, form: str) -> None:
    from datetime import datetime

    from ..misroutes import within
    from ..period import Period
    from ..render.misroutes import as_csv, as_json, as_text
    from ..worktime import TZ, instant, local

    until = instant(at or datetime.now(TZ))
    period = None if year is None else Period.year(year)
    until = until if period is None else min(until, period.end)
    found = engine.misroutes(local(until))
    if period is not None:
        found = within(found, period.start, period.end)
    org, lang, simulated = engine.flows.org, lang_of(), engine.store.kind == "simulated"
    if form == "json":
        write_json(as_json(found, org, by, until, lang, simulated))
    elif form == "csv":
        click.echo(as_csv(found, org, lang), nl=False)
    else:
        click.echo(as_text(found, org, by, until, lang, simulated), nl=False)
