"""`flowiso deliver`: the outbox over webhooks, to the receivers of a file (docs/webhooks.md)."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..text import Text, number
from .case import opened, store_option
from .options import command, flows_option, format_option, lang_of, option, write_json

if TYPE_CHECKING:
    from ..engine import Engine
    from ..webhooks import Deliverer, Receiver, Receivers, Tally
    from ..webhooks.journal import Journal, Shown


@command(
    "deliver",
    text=Text(
        "Gửi các sự kiện trong hộp thư đi đến các nơi nhận, có ký (webhook), gửi lại đến khi được nhận; chạy đến khi bị dừng,"
        " --once chỉ một lượt. --show xem thư còn nợ và thư chết, --replay gửi lại, --give-up bỏ hẳn.",
        "Deliver the events of the outbox to the receivers of a file as signed webhooks, again until each is acknowledged; it"
        " runs until it is stopped, --once does one round. --show lists what is owed and what is dead, --replay sends again,"
        " --give-up gives up.",
    ),
    example="flowiso deliver --store sqlite:///mot-cua.db --to noi-nhan.yaml --show",
)
@store_option
@option(
    "--to", "file", required=True, type=click.Path(dir_okay=False), text=Text("Tệp nơi nhận.", "The receivers' file.")
)
@option("--once", is_flag=True, text=Text("Một lượt rồi thôi.", "One round, and leave."))
@option(
    "--every", type=click.IntRange(1, 3600), default=2, show_default=True,
    text=Text("Bao nhiêu giây lại xem hộp thư đi.", "How many seconds between two looks at the outbox."),
)  # fmt: skip
@option("--show", is_flag=True, text=Text("Chỉ xem thư còn nợ, thư chết.", "Only list what is owed, and what is dead."))
@option(
    "--replay", metavar="ASKED",
    text=Text(
        "Ghi nợ lại: mã sự kiện, khoảng 2021-09-01..2021-09-30, hoặc dead (mọi thư chết).",
        "Owe again: an event's id, a span 2021-09-01..2021-09-30, or dead (every dead letter).",
    ),
)  # fmt: skip
@option(
    "--give-up", metavar="ASKED",
    text=Text("Không gửi sự kiện này nữa (all: mọi thư còn nợ).", "Send this event no more (all: nothing that is owed)."),
)  # fmt: skip
@option(
    "--receiver", metavar="NAME",
    text=Text("Chỉ nơi nhận này; cho --show, --replay, --give-up.", "This receiver only; for --show, --replay, --give-up."),
)  # fmt: skip
@format_option("text", "json")
@flows_option
def deliver(
    store: str,
    file: str,
    once: bool,
    every: int,
    show: bool,
    replay: str | None,
    give_up: str | None,
    receiver: str | None,
    form: str,
    flows: str | None,
) -> None:
    """Deliver; exit 0 when nothing failed and no letter is dead, 1 otherwise, 2 when it couldn't be done."""
    from ..webhooks import load_receivers

    _check_asked((once, show, replay is not None, give_up is not None), receiver)
    _check_file(file)
    receivers = load_receivers(Path(file))
    with opened(store, flows) as engine, _journal(engine, store, receivers, exclusive=not show) as journal:
        if show:
            sys.exit(_show([one for one in journal.shown() if receiver in (None, one.receiver)], form))
        if give_up is not None:
            _give_up(journal, give_up, receiver, form)
            return
        deliverer = _deliverer(engine, receivers, journal)
        if replay is not None:
            _replay(deliverer, replay, receiver, form)
            return
        _work(deliverer, once, every, form)
        sys.exit(_left(journal.shown()))


def _check_asked(asked: tuple[bool, bool, bool, bool], receiver: str | None) -> None:
    """One thing at a time; letters go to every receiver of the file."""
    from ..errors import BadValue

    if sum(asked) > 1:
        raise BadValue(
            Text(
                "chỉ chọn một trong --once, --show, --replay, --give-up",
                "give only one of --once, --show, --replay, --give-up",
            )
        )
    if receiver is not None and not any(asked[1:]):
        raise BadValue(
            Text(
                "--receiver chỉ đi với --show, --replay, --give-up; gửi thì gửi cho mọi nơi nhận trong tệp",
                "--receiver goes with --show, --replay or --give-up; what is sent goes to every receiver of the file",
            )
        )


def _check_file(file: str) -> None:
    """Addresses stand in the file, each with its secret."""
    from ..errors import BadValue

    if "://" in file:
        raise BadValue(
            Text(
                f"--to là tệp nơi nhận, không phải địa chỉ '{file}'; hãy ghi địa chỉ và mã bí mật vào tệp (docs/webhooks.md)",
                f"--to is the receivers' file, not an address like '{file}'; put address and secret into it (docs/webhooks.md)",
            )
        )


@contextmanager
def _journal(engine: Engine, store: str, receivers: Receivers, exclusive: bool) -> Iterator[Journal]:
    from urllib.parse import urlsplit

    from ..errors import BadValue
    from ..webhooks.journal import Journal

    if engine.store.kind == "simulated":
        raise BadValue(
            Text(
                "kho mô phỏng không gửi gì ra ngoài; hãy dùng kho thật",
                "a simulated store sends nothing; use a real one",
            )
        )
    parts = urlsplit(store)
    where = f"{parts.scheme.partition('+')[0]}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    found = Journal(receivers.file.with_suffix(".journal"), {"agency": engine.agency, "store": where}, exclusive)
    try:
        yield found
    finally:
        found.close()


def _deliverer(engine: Engine, receivers: Receivers, journal: Journal) -> Deliverer:
    from ..webhooks import Deliverer

    def tell(line: dict[str, Any]) -> None:
        click.echo(json.dumps(line, ensure_ascii=False), err=True)

    return Deliverer(engine, receivers, journal, tell=tell)


def _work(deliverer: Deliverer, once: bool, every: int, form: str) -> None:
    for told in (signal.SIGINT, signal.SIGTERM):
        signal.signal(told, lambda *_: deliverer.stop())
    tally = deliverer.once() if once else deliverer.every(every)
    _say(tally, form)


def _say(tally: Tally, form: str) -> None:
    if form == "json":
        write_json(tally._asdict())
        return
    taken, done, failed, dead = map(number, tally)
    said = Text(
        f"lấy {taken} sự kiện từ hộp thư đi; được nhận {done}, chưa được {failed}, trong đó chết {dead}",
        f"taken from the outbox: {taken}; acknowledged: {done}, failed: {failed}, of these dead: {dead}",
    )
    click.echo(said.to(lang_of()))


def _chosen(deliverer: Deliverer, receiver: str | None) -> list[Receiver]:
    from ..errors import BadValue

    found = [one for one in deliverer.receivers if receiver in (None, one.id)]
    if not found:
        names = ", ".join(one.id for one in deliverer.receivers)
        raise BadValue(
            Text(f"không có nơi nhận '{receiver}'; có: {names}", f"no receiver '{receiver}'; there are: {names}")
        )
    return found


def _replay(deliverer: Deliverer, asked: str, receiver: str | None, form: str) -> None:
    count = deliverer.replay(asked, _chosen(deliverer, receiver))
    if form == "json":
        write_json({"replayed": count})
        return
    said = Text(f"sẽ gửi lại {number(count)} thư ở lượt tới", f"to be sent again at the next round: {number(count)}")
    click.echo(said.to(lang_of()))


def _give_up(journal: Journal, asked: str, receiver: str | None, form: str) -> None:
    from ..errors import BadValue

    if receiver is None:
        raise BadValue(Text("--give-up cần --receiver", "--give-up needs --receiver"))
    count = journal.give_up(receiver, None if asked == "all" else asked)
    if form == "json":
        write_json({"given_up": count})
        return
    said = Text(f"bỏ hẳn {number(count)} thư nợ '{receiver}'", f"given up: {number(count)} owed to '{receiver}'")
    click.echo(said.to(lang_of()))


def _left(owed: Sequence[Shown]) -> int:
    return 1 if any(one.dead or one.failure for one in owed) else 0


def _show(owed: Sequence[Shown], form: str) -> int:
    from ..worktime import TZ

    if form == "json":
        rows = [
            one._asdict() | {"next": datetime.fromtimestamp(one.next, TZ).isoformat() if one.next else None}
            for one in owed
        ]
        write_json({"owed": rows})
        return _left(owed)
    lang = lang_of()
    for one in owed:
        state = Text("chết", "dead") if one.dead else Text("chờ", "waiting")
        at = f"{datetime.fromtimestamp(one.next, TZ):%d/%m/%Y %H:%M:%S}" if one.next and not one.dead else "-"
        tries = Text(f"{one.tries} lần", f"tries: {one.tries}").to(lang)
        click.echo(f"{state.to(lang)}  {one.receiver}  {one.event}  {one.type}  {tries}  {one.failure or '-'}  {at}")
    if not owed:
        click.echo(Text("không còn nợ thư nào", "nothing is owed").to(lang))
    return _left(owed)
