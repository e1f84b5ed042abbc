"""`flowiso demo`: a simulated year, as it stood at a moment of it, served with its screens until Ctrl-C (docs/http.md)."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

import click

from ..board import board
from ..dossier import folded
from ..engine import Engine
from ..errors import BadValue
from ..handover import as_of
from ..simulate import Year
from ..simulate.staffing import setting_of, staffed
from ..store import open_store
from ..text import Text, moment
from ..worktime import instant
from . import due
from .options import command, flows_option, format_option, lang_of, option, write_json
from .replicating import Study

if TYPE_CHECKING:
    from ..app import Agency
    from ..model import Case, Duty, Move
    from ..org import Org
    from ..simulate import Scenario
    from ..web.keys import KeyFile

HOST = "127.0.0.1"
_WHO: tuple[tuple[Duty, Text], ...] = (
    ("examine", Text("chuyên viên", "officer")),
    ("review", Text("lãnh đạo phòng", "head of division")),
    ("receive", Text("cán bộ một cửa", "one-stop officer")),
)
"""Who gets a key, by what they do with dossiers."""


class Guest(NamedTuple):
    """Somebody who may sign in: an account, what it is for, and its key."""

    account: str
    name: str
    does: Text
    token: str


@command(
    "demo",
    text=Text(
        "Dùng thử: mô phỏng năm 2021 đến một lúc trong năm, cấp khóa cho chuyên viên, lãnh đạo phòng và cán bộ một cửa, rồi mở"
        " màn hình và API trên máy này. Đồng hồ chạy tiếp từ lúc ấy. Ctrl-C thì dừng và xóa hết.",
        "Try it: a simulated 2021 up to a moment of it, keys for an officer, a head of division and the one-stop unit, screens"
        " and API on this machine. The clock runs on from that moment. Ctrl-C stops it and removes everything.",
    ),
    example="flowiso demo --dossiers 200 --check",
)
@option(
    "--dossiers", type=click.IntRange(1, 1_000_000), default=13_641, show_default=True,
    text=Text("Số hồ sơ của cả năm.", "Dossiers of the whole year."),
)  # fmt: skip
@option(
    "--at", metavar="TIME", default="2021-12-07 09:00", show_default=True,
    text=Text("Lúc bắt đầu, trong năm mô phỏng.", "The moment it begins at, of the simulated year."),
)  # fmt: skip
@option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, text=Text("Cổng.", "The port."))
@option(
    "--keep", metavar="FOLDER", type=click.Path(path_type=Path),
    text=Text("Giữ kho và tệp khóa trong thư mục mới này.", "Keep the store and the file of keys in this new folder."),
)  # fmt: skip
@option("--check", is_flag=True, text=Text("Dựng xong thì thôi, không phục vụ.", "Make it and leave; serve nothing."))
@format_option("text", "json")
@flows_option
def demo(dossiers: int, at: str, port: int, keep: Path | None, check: bool, form: str, flows: str | None) -> None:
    """Serve a simulated year; exit 0 when it was stopped, 2 when it couldn't begin."""
    from ..web import missing

    try:
        from ..web.keys import KeyFile
        from ..web.public import Limits
        from ..web.serving import check_address, serve
    except ModuleNotFoundError as error:
        raise missing(error) from error
    if not check:
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # whatever stops it, the folder goes
        check_address(HOST, port)
    then = due.moment(at)
    study = Study(1, 1, None, "", "text", flows)
    agency = study.agency()
    click.echo(Text(f"đang mô phỏng {dossiers} hồ sơ …", f"simulating {dossiers} dossiers …").to(lang_of()), err=True)
    scenario = study.scenario(agency, None, dossiers)
    lived = _lived(agency, scenario, then)
    with _folder(keep) as folder:
        url = f"sqlite:///{folder / 'mot-cua.db'}"
        with closing(open_store(url, "simulated", setting=setting_of(scenario).text())) as store:
            store.create_many(lived.logs)
            clock = running_from(then)
            engine = Engine(lived.agency, store, clock, allow_draft=True)
            keys = KeyFile(folder / "khoa.json")
            shown = Shown(
                f"http://{HOST}:{port}", url, then, len(lived.logs), lived.logs[-1][0].number if lived.logs else ""
            )
            _show(shown, _guests(engine, keys, then), form)
            if not check:
                serve(engine, keys, HOST, port, Limits(), clock)


class Lived(NamedTuple):
    """The agency of a scenario, and its logs up to a moment."""

    agency: Agency
    logs: list[tuple[Case, tuple[Move, ...]]]


def _lived(agency: Agency, scenario: Scenario, then: datetime) -> Lived:
    """The year, as far as it had come at a moment. Raises BadValue for one of another year."""
    if then.year != scenario.year:
        raise BadValue(
            Text(
                f"--at phải là một lúc trong năm {scenario.year}, là năm được mô phỏng",
                f"--at has to be a moment of {scenario.year}, the year that is simulated",
            )
        )
    ours, second = staffed(agency, scenario), instant(then)
    year = Year(agency, scenario, 1).run()
    logs = [
        (case, as_of(folded(ours, case, moves), ours.calendar, second).moves)
        for case, moves in year.logs
        if moves[0].at <= second
    ]
    return Lived(ours, logs)


def running_from(then: datetime) -> Callable[[], datetime]:
    """A clock that shows a moment now, and runs on."""
    began = monotonic()
    return lambda: then + timedelta(seconds=monotonic() - began)


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    """A folder that is gone afterwards, or a new one that stays. Raises BadValue for one that is there."""
    if keep is None:
        with TemporaryDirectory(prefix="flowiso-demo-") as made:
            yield Path(made)
        return
    try:
        keep.mkdir(parents=True)
    except FileExistsError as error:
        raise BadValue(
            Text(f"'{keep}' đã có; hãy cho một thư mục mới", f"'{keep}' is there already; name a new folder")
        ) from error
    yield keep


def _guests(engine: Engine, keys: KeyFile, then: datetime) -> list[Guest]:
    """The officer who has most to do, the head over him, and the one-stop unit, each with a key."""
    org, lives = engine.flows.org, engine.lives(then, running=True)
    held = Counter(line.holder for line in board(lives, engine.flows.calendar, instant(then), "all").lines)
    found, division = [], ""
    for duty, does in _WHO:
        account = _chosen(org, duty, then, held, division)
        if account:
            division = division or org.division(account, then.date())
            _, token = keys.add(f"demo {account}", org.agency, ("read", "act"), (account,), then)
            found.append(Guest(account, org.accounts[account].name, does, token))
    return found


def _chosen(org: Org, duty: Duty, then: datetime, held: Counter[str], division: str) -> str | None:
    """Of those with a duty, one of the division before others, then who holds most; the first of the agency's file."""
    able = [name for name in org.accounts if _does(org, name, duty, then)]
    return max(able, key=lambda name: (org.division(name, then.date()) == division, held[name]), default=None)


def _does(org: Org, account: str, duty: Duty, then: datetime) -> bool:
    post = org.post(account, then.date())
    return post is not None and any(org.roles[name].duty == duty for name in post.roles if name in org.roles)


class Shown(NamedTuple):
    """What is served: where, out of which store, since which moment, how many dossiers, the newest's number, "" for none."""

    address: str
    store: str
    at: datetime
    dossiers: int
    newest: str

    @property
    def look_up(self) -> str:
        """Where anybody sees how the newest dossier stands: what the QR code of its receipt tells is its number."""
        return f"{self.address}/public/{self.newest}".rstrip("/")


def _show(shown: Shown, guests: list[Guest], form: str) -> None:
    """What to open, and with which key."""
    lang, address = lang_of(), shown.address
    if form == "json":
        rows = [
            {"account": one.account, "name": one.name, "does": one.does.to(lang), "token": one.token} for one in guests
        ]
        write_json(
            {
                "address": address,
                "simulated": True,
                "look_up": shown.look_up,
                "at": shown.at.isoformat(),
                "dossiers": shown.dossiers,
                "store": shown.store,
                "keys": rows,
            }
        )
        return
    count, then = shown.dossiers, moment(shown.at)
    head = Text(
        f"MÔ PHỎNG: {count} hồ sơ đến lúc {then}; đồng hồ chạy tiếp từ lúc ấy.\nMở {address}/ và dán một khóa:",
        f"SIMULATED: {count} dossiers up to {then}; the clock runs on from there.\nOpen {address}/ and paste a key:",
    )
    click.echo(head.to(lang))
    for one in guests:
        click.echo(f"  {one.does.to(lang)}, {one.name} ({one.account}):\n    {one.token}")
    told = Text(
        "Ai cũng tra cứu được, không cần khóa, bằng mã hồ sơ hay mã QR trên giấy tiếp nhận",
        "Anybody may look up, without a key, by the number or the QR code of a receipt",
    )
    more = Text(
        f"API: {address}/openapi.json\nKho: {shown.store}\nDừng bằng Ctrl-C.",
        f"API: {address}/openapi.json\nStore: {shown.store}\nStop with Ctrl-C.",
    )
    click.echo(f"{told.to(lang)}:\n  {shown.look_up}")
    click.echo(more.to(lang))
