"""`flowiso watch`: which dossiers are late, about to be, or in the wrong hands, and what to do about each."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import TYPE_CHECKING, get_args

import click

from ..board import By, Least
from ..text import Text, number
from .options import command, flows_option, format_option, lang_of, option, write_json

if TYPE_CHECKING:
    from ..engine import Engine
    from ..model import Finding


@command(
    "watch",
    text=Text(
        "Theo dõi hồ sơ chưa xong: quá hạn, sắp đến hạn, sẽ trễ, nằm ở người không đúng; vì sao và cần làm gì."
        " Lãnh đạo phòng xem mỗi sáng; --notify ghi các thông báo đến hạn để gửi đi, mỗi thông báo một lần.",
        "Watch the dossiers that aren't done: overdue, due soon, late ahead, in the wrong hands; why, and what to do."
        " For the head of division every morning; --notify puts the warnings due into the outbox, each once.",
    ),
    example='flowiso watch --store sqlite:///mot-cua.db --at "2021-05-12 08:00" --light red',
)
@option("--store", required=True, text=Text("Kho hồ sơ: sqlite:///mot-cua.db.", "The store: sqlite:///mot-cua.db."))
@option(
    "--at",
    text=Text(
        "Xem như lúc này: 2021-09-15 08:00 hoặc 15/09/2021 08:00 (mặc định: bây giờ).",
        "As things stood then: 2021-09-15 08:00 or 15/09/2021 08:00 (default: now).",
    ),
)
@option(
    "--due-within", default="8wh", show_default=True,
    text=Text("Sắp đến hạn là còn chừng này giờ, ngày làm việc.", "Due soon: so much working time left."),
)  # fmt: skip
@option(
    "--by", type=click.Choice(get_args(By)), default="officer", show_default=True,
    text=Text("Xếp theo cán bộ, theo phòng, hay từng hồ sơ.", "Group by officer or division, or list the dossiers."),
)  # fmt: skip
@option(
    "--light", "least", type=click.Choice(get_args(Least)), default="yellow", show_default=True,
    text=Text("Chỉ quá hạn, cả những gì cần nhắc, hay tất cả.", "Overdue only, all that needs attention, or everything."),
)  # fmt: skip
@option(
    "--notify", is_flag=True,
    text=Text("Ghi thông báo đến hạn vào hộp thư đi (R126).", "Put the warnings that are due into the outbox (R126)."),
)  # fmt: skip
@format_option("text", "json", "csv")
@flows_option
def watch(
    store: str, at: str | None, due_within: str, by: By, least: Least, notify: bool, form: str, flows: str | None
) -> None:
    """Print the board: exit 1 when it shows something that needs attention."""
    from ..engine import Engine
    from ..worktime import TZ
    from .due import moment
    from .sourced import sourced

    when = datetime.now(TZ) if at is None else moment(at)
    with sourced(store, flows) as source:
        sys.exit(_show(Engine(*source), when, due_within, by, least, notify, form))


def _show(engine: Engine, when: datetime, due_within: str, by: By, least: Least, notify: bool, form: str) -> int:
    from ..board import board
    from ..lights import USUAL, working
    from ..render.watch import as_csv, as_json, as_text
    from ..worktime import instant

    at, thresholds = instant(when), USUAL._replace(dossier=working(due_within))
    simulated = engine.store.kind == "simulated"
    unread: list[Finding] = []
    found = board(engine.lives(when, unread, running=True), engine.flows.calendar, at, least, thresholds, unread)
    new = len(engine.notify(when)) if notify else None
    org, lang = engine.flows.org, lang_of()
    if form == "json":
        write_json(as_json(found, org, at, lang, simulated) | ({} if new is None else {"notified": new}))
    elif form == "csv":
        click.echo(as_csv(found, org, lang), nl=False)
    else:
        click.echo(as_text(found, org, at, by, lang, simulated), nl=False)
    if new is not None and form != "json":
        said = Text(f"{number(new)} thông báo mới trong hộp thư đi", f"{number(new, 'en')} new in the outbox")
        click.echo(said.to(lang), err=True)
    return 0 if found.calm else 1
