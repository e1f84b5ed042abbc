"""`flowiso keep`: have a store keep totals beside its logs, or no longer."""

from __future__ import annotations

import click

from ..text import Text
from .case import opened, store_option
from .options import command, flows_option, format_option, lang_of, option, write_json


@command(
    "keep",
    text=Text(
        "Giữ sẵn số tổng của cơ quan trong kho (kết quả theo thủ tục, lượt xử lý theo cán bộ): lập từ nhật ký đang có, rồi mỗi"
        " bước cộng thêm trong cùng giao dịch, để `flowiso report --kept` trả lời ngay. Chạy lại là lập lại; --off là thôi."
        " Trong lúc lập, việc ghi phải đợi. Kho PostgreSQL: dùng tài khoản là chủ các bảng.",
        "Keep totals of the agency in the store (results by procedure, steps by officer): made of the logs there are, and added"
        " to by each step in its own transaction, so that `flowiso report --kept` answers at once. Once more makes them anew;"
        " --off ends it. Others wait to write meanwhile. On PostgreSQL use the role that owns the tables.",
    ),
    example="flowiso keep --store sqlite:///mot-cua.db",
)
@store_option
@option("--off", is_flag=True, text=Text("Thôi giữ, và xóa số tổng đã có.", "Keep them no longer, and drop them."))
@format_option("text", "json")
@flows_option
def keep(store: str, off: bool, form: str, flows: str | None) -> None:
    """Switch it on or off and say so; exit 0, or 2 when it can't be done."""
    with opened(store, flows) as engine:
        news = engine.keep(not off)
        name = engine.agency
    if form == "json":
        write_json({"agency": name, "keeps": not off, "news": news})
    else:
        click.echo(_told(name, off, news).to(lang_of()))


def _told(agency: str, off: bool, news: bool) -> Text:
    if off:
        return Text(
            f"kho {'thôi' if news else 'vốn không'} giữ số tổng của {agency}",
            f"the store keeps {'no more totals' if news else 'no totals anyway'} of {agency}",
        )
    return Text(
        f"kho {'từ nay giữ' if news else 'đã lập lại'} số tổng của {agency}; xem: flowiso report --year ... --kept",
        f"the store {'from now on keeps' if news else 'has made anew the'} totals of {agency};"
        " see: flowiso report --year ... --kept",
    )
