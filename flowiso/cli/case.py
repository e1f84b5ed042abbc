"""What the commands about single dossiers share: the store, the moment, who does it, and how a dossier is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..text import Text
from .options import lang_of, option, write_json

if TYPE_CHECKING:
    from pathlib import Path

    from ..dossier import Dossier
    from ..engine import Engine

F = TypeVar("F", bound=Callable[..., Any])

store_option = option(
    "--store",
    required=True,
    metavar="URL",
    text=Text(
        "Kho hồ sơ: sqlite:///mot-cua.db hoặc postgresql://...", "The store: sqlite:///mot-cua.db or postgresql://..."
    ),
)
at_option = option(
    "--at",
    metavar="TIME",
    text=Text("Thời điểm, 2021-09-14 08:30 (mặc định: bây giờ).", "The moment, 2021-09-14 08:30 (default: now)."),
)
by_option = option(
    "--by", required=True, metavar="ACCOUNT", text=Text("Tài khoản thực hiện: lan.vp.", "Who does it: lan.vp.")
)
key_option = option(
    "--key",
    text=Text(
        "Khóa chống làm hai lần: chạy lại với cùng khóa thì không làm thêm gì.",
        "Idempotency key: running it again with the same key does nothing more.",
    ),
)
number_option = option("--number", text=Text("Mã số do nơi khác cấp (R31).", "A number given elsewhere (R31)."))
draft_option = option(
    "--allow-draft",
    is_flag=True,
    text=Text("Cho nhận trên lưu đồ còn dữ kiện giả định.", "Let flows receive that rest on assumed facts."),
)
new_store_option = option(
    "--new-store",
    is_flag=True,
    text=Text("Tạo kho nếu chưa có.", "Make the store if there is none."),
)
person_option = option(
    "--person",
    "people",
    multiple=True,
    metavar="FIELD=VALUE",
    text=Text(
        "Dữ liệu cá nhân, lưu riêng và che khi hiển thị: owner=Nguyễn Văn A.",
        "Personal data, kept apart and masked on screen: owner=Nguyễn Văn A.",
    ),
)


@contextmanager
def opened(store: str, flows: str | None, allow_draft: bool = False, create: bool = False) -> Iterator[Engine]:
    """An engine over a store and the flows to work with, on the real clock."""
    from ..engine import Engine
    from ..worktime import TZ
    from .sourced import sourced

    with sourced(store, flows, create=create) as source:
        yield Engine(*source, lambda: datetime.now(TZ), allow_draft=allow_draft)


def file_bytes(file: str | Path) -> bytes:
    """What a file holds that was named in the command; BadValue names it when it can't be opened."""
    from pathlib import Path

    from ..errors import BadValue, reason

    try:
        return Path(file).read_bytes()
    except OSError as error:
        vi, en = reason(error)
        raise BadValue(Text(f"không mở được '{file}': {vi}", f"can't open '{file}': {en}")) from error


def moment_of(at: str | None) -> datetime | None:
    """The moment given, None for now. Raises BadValue."""
    from .due import moment

    return None if at is None else moment(at)


def named_values(given: Sequence[str], option: str) -> dict[str, str] | None:
    """`key=value` words as a mapping; None when there are none. Raises BadValue."""
    from ..errors import BadValue

    found: dict[str, str] = {}
    for word in given:
        key, equals, value = word.partition("=")
        if not equals or key in found:
            raise BadValue(
                Text(
                    f"{option} cần dạng TÊN=GIÁ-TRỊ, mỗi tên một lần: '{word}'",
                    f"{option} takes NAME=VALUE, each name once: '{word}'",
                )
            )
        found[key] = value
    return found or None


def write_dossier(engine: Engine, dossier: Dossier, form: str, at: datetime | None, full: bool = False) -> None:
    """Print a dossier; with `full` its log, personal data (masked) and what can be done as well."""
    from ..app import Agency
    from ..render.dossier import Page, as_text, to_json

    assert isinstance(engine.flows, Agency)
    actions = () if dossier.ended else engine.actions(dossier, at)
    forms = engine.flows.library.words.forms
    page = Page(dossier, actions, engine.person(dossier.number), engine.flows.org, forms)
    if form == "json":
        write_json(to_json(page, lang_of()))
    else:
        click.echo(as_text(page, lang_of(), full))
