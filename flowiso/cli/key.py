"""`flowiso key`: the API keys of `flowiso serve`: made, listed, revoked."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from ..errors import BadValue
from ..text import Text
from .options import command, flows_folder, flows_option, format_option, lang_of, option, write_json

if TYPE_CHECKING:
    from ..web.keys import Key

keys_option = option(
    "--keys",
    required=True,
    type=click.Path(dir_okay=False),
    text=Text("Tệp khóa API, chỉ giữ mã băm.", "The file of API keys, which holds hashes only."),
)


@command(
    "key",
    text=Text(
        "Khóa API cho cửa HTTP: new tạo khóa và in ra một lần duy nhất, list liệt kê, revoke MÃ SỐ thu hồi ngay; make để chính"
        " người dùng tự tạo khóa trên máy mình, chỉ đưa dấu của khóa cho người quản trị ghi bằng new --mark."
        " Khóa gắn với một cơ quan, với quyền (read xem, act làm, people xem dữ liệu cá nhân, admin quản trị máy chủ) và với các"
        " tài khoản được làm thay.",
        "API keys of the HTTP door: new makes one and prints it once, list lists them, revoke NUMBER takes one back at once;"
        " make is for its holder, who makes it himself and gives only its mark to the administrator, for new --mark."
        " A key is for one agency, for scopes (read, act, people: personal data, admin: the server), and for the accounts it"
        " may act as.",
    ),
    example="flowiso key new --keys khoa.json --name 'Một cửa điện tử' --scope read --scope act --as lan.vp",
)
@click.argument("action", type=click.Choice(["new", "list", "revoke", "make"]), metavar="ACTION")
@click.argument("number", required=False)
@option(
    "--keys", type=click.Path(dir_okay=False),
    text=Text("Tệp khóa API, chỉ giữ mã băm; make không cần.", "The file of API keys, which holds hashes only; not for make."),
)  # fmt: skip
@option("--name", metavar="NAME", text=Text("Phần mềm nào dùng, ai giữ.", "Which program uses it, who keeps it."))
@option(
    "--scope", "scopes", multiple=True, type=click.Choice(["read", "act", "people", "admin"]),
    text=Text("Quyền; cho nhiều lần được.", "A scope; may be given several times."),
)  # fmt: skip
@option(
    "--as", "accounts", multiple=True, metavar="ACCOUNT",
    text=Text("Tài khoản được làm thay; '*' là mọi tài khoản.", "An account it may act as; '*' for every one."),
)  # fmt: skip
@option(
    "--mark", metavar="MARK",
    text=Text("Dấu của khóa mà người dùng đã tự tạo bằng make.", "The mark of a key that its holder has made by make."),
)  # fmt: skip
@option("--until", metavar="DATE", text=Text("Hết hiệu lực từ ngày này.", "No longer valid from this day on."))
@format_option("text", "json")
@flows_option
def key(
    action: str,
    number: str | None,
    keys: str | None,
    name: str | None,
    scopes: tuple[Any, ...],
    accounts: tuple[str, ...],
    mark: str | None,
    until: str | None,
    form: str,
    flows: str | None,
) -> None:
    """Make, list or revoke keys; exit 0, or 2 when it couldn't be done."""
    from ..web.keys import KeyFile
    from ..worktime import TZ

    if action == "make":
        _show_made(form)
        return
    file, now = KeyFile(_given(keys)), datetime.now(TZ)
    if action == "new":
        its = (name or "", _agency(flows, accounts), scopes, accounts, now, _day(until))
        if mark is None:
            _show_new(*file.add(*its), form)
        else:
            _show([file.enter(mark, *its)], form, now)
    elif action == "revoke":
        _show([file.revoke(number or "", now)], form, now)
    else:
        _show(list(file.listed()), form, now)


def _given(keys: str | None) -> str:
    if keys is None:
        raise BadValue(Text("hãy cho --keys: tệp khóa API", "give --keys: the file of API keys"))
    return keys


def _day(text: str | None) -> Any:
    from .due import day

    return None if text is None else day(text)


def _agency(flows: str | None, accounts: tuple[str, ...]) -> str:
    """The id of the agency the key is for, which knows the accounts."""
    from ..handover import check_known
    from ..library import load_agency
    from ..web.keys import ANYONE

    org = load_agency(flows_folder(flows)).org
    for account in accounts:
        if account != ANYONE:
            check_known(account, org, ())
    return org.agency


def _show_new(made: Key, token: str, form: str) -> None:
    from ..web.keys import as_json

    if form == "json":
        write_json(as_json(made) | {"token": token})
        return
    click.echo(token)
    told = Text(
        f"khóa {made.id} của {made.agency}: chỉ in một lần này, hãy cất ngay vào nơi kín",
        f"key {made.id} of {made.agency}: printed this once, keep it in a safe place now",
    )
    click.echo(told.to(lang_of()), err=True)


def _show_made(form: str) -> None:
    from ..web.keys import mark_of, new_token

    token = new_token()
    if form == "json":
        write_json({"token": token, "mark": mark_of(token)})
        return
    click.echo(f"{token}\n{mark_of(token)}")
    told = Text(
        "dòng đầu là khóa: chỉ in một lần này, hãy cất, không đưa cho ai; dòng sau là dấu: đưa cho người quản trị, ghi bằng"
        " 'flowiso key new --mark'",
        "the first line is the key: printed this once, keep it, give it to nobody; the second is its mark: for the administrator,"
        " who enters it by 'flowiso key new --mark'",
    )
    click.echo(told.to(lang_of()), err=True)


def _show(keys: list[Key], form: str, now: datetime) -> None:
    from ..web.keys import as_json

    if form == "json":
        write_json([as_json(one) | {"valid": one.holds(now)} for one in keys])
        return
    for one in keys:
        click.echo(_line(one, now))


def _line(key: Key, now: datetime) -> str:
    valid = Text("còn hiệu lực", "valid") if key.holds(now) else Text("hết hiệu lực", "not valid")
    until = Text(f" đến {key.until}", f" until {key.until}").to(lang_of()) if key.until else ""
    acting = ",".join(key.accounts) or "-"
    return f"{key.id}  {valid.to(lang_of())}{until}  {key.agency}  {','.join(key.scopes)}  {acting}  {key.name}"
