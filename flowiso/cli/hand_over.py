"""`flowiso hand-over`: reassign what an account holds, when somebody leaves or is transferred."""

from __future__ import annotations

import click

from ..text import Text
from .case import at_option, by_option, moment_of, opened, store_option
from .options import command, flows_option, format_option, lang_of, option, write_json


@command(
    "hand-over",
    text=Text(
        "Giao lại mọi hồ sơ mà TÀI KHOẢN đang giữ cho người khác, mỗi hồ sơ một dòng nhật ký (R128). Hồ sơ mà người"
        " nhận không được giữ thì để nguyên và nêu lý do.",
        "Reassign every dossier that ACCOUNT holds to somebody else, one line of the log each (R128). What the receiver may"
        " not hold stays, with the reason.",
    ),
    example='flowiso hand-over mai.qltm --to hung.qltm --by ha.qltm --note "chuyển công tác" --store sqlite:///mot-cua.db',
)
@click.argument("account")
@store_option
@by_option
@option("--to", required=True, metavar="ACCOUNT", text=Text("Giao cho tài khoản này.", "Hand them to this account."))
@option("--note", required=True, text=Text("Lý do bằng lời.", "The reason in words."))
@at_option
@format_option("text", "json")
@flows_option
def hand_over(
    account: str, store: str, by: str, to: str, note: str, at: str | None, form: str, flows: str | None
) -> int:
    """Reassign them; exit 0, 1 when some had to stay, 2 when it can't be done."""
    lang = lang_of()
    with opened(store, flows) as engine:
        done = engine.hand_over(account, by=by, to=to, note=note, at=moment_of(at))
    if form == "json":
        refused = [
            {"number": number, "code": error.code, "message": error.text.to(lang)} for number, error in done.refused
        ]
        write_json({"moved": [dossier.number for dossier in done.moved], "refused": refused})
    else:
        for dossier in done.moved:
            click.echo(f"{dossier.number}  {dossier.step.title.to(lang)} → {dossier.holder}")
        for number, error in done.refused:
            click.echo(f"{number}  {error.text.to(lang)}")
        vi, en = (
            f"đã giao {len(done.moved)}, để lại {len(done.refused)}",
            f"{len(done.moved)} moved, {len(done.refused)} left",
        )
        click.echo(Text(vi, en).to(lang))
    return 1 if done.refused else 0
