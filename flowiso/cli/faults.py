"""`flowiso faults`: the nonconformities that the logs tell of, and what has to be done about each."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import TYPE_CHECKING

import click

from ..text import Text
from .case import at_option, moment_of, opened, store_option
from .options import command, flows_option, format_option, lang_of, option, write_json

if TYPE_CHECKING:
    from ..engine import Engine
    from ..render.faults import By


@command(
    "faults",
    text=Text(
        "Sự không phù hợp do nhật ký tự mở: trễ hạn, chuyển nhầm, kết quả sai, mất hồ sơ, phản ánh đúng; nguyên nhân, hành"
        " động khắc phục, kiểm tra hiệu lực; cùng nguyên nhân 3 lần trong 90 ngày là lỗi hệ thống.",
        "The nonconformities that the logs open by themselves: late, misrouted, wrong result, lost, justified complaint;"
        " cause, corrective action, check of its effect; the same cause 3 times in 90 days is systemic.",
    ),
    example='flowiso faults --store sqlite:///mot-cua.db --at "2021-01-04 08:00"',
)
@store_option
@at_option
@option(
    "--year",
    type=click.IntRange(1900, 2999),
    text=Text("Chỉ những gì mở trong năm này.", "Only what this year opened."),
)
@option("--open", "only_open", is_flag=True, text=Text("Chỉ những gì chưa đóng.", "Only what isn't closed."))
@option(
    "--by", type=click.Choice(["cause", "division", "kind"]),
    text=Text("Xếp theo nguyên nhân, phòng, hay loại.", "Group by cause, division or kind."),
)  # fmt: skip
@format_option("text", "json", "csv")
@flows_option
def faults(
    store: str, at: str | None, year: int | None, only_open: bool, by: By | None, form: str, flows: str | None
) -> None:
    """Print the register: exit 1 when something in it is systemic and not closed, or overdue."""
    from ..worktime import TZ

    when = moment_of(at) or datetime.now(TZ)
    with opened(store, flows) as engine:
        sys.exit(_show(engine, when, year, only_open, by, form))


def _show(engine: Engine, when: datetime, year: int | None, only_open: bool, by: By | None, form: str) -> int:
    from ..render.faults import as_csv, as_json, as_text, shown
    from ..worktime import instant

    at, org, lang = instant(when), engine.flows.org, lang_of()
    simulated = engine.store.kind == "simulated"
    found = engine.faults(when, year)
    rows = shown(found, at, only_open)
    if form == "json":
        write_json(as_json(found, rows, org, at, year, lang, simulated))
    elif form == "csv":
        click.echo(as_csv(rows, org, at, lang), nl=False)
    else:
        click.echo(as_text(found, rows, org, at, by, lang, simulated), nl=False)
    return 1 if found.alarming(at) else 0
