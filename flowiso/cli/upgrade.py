"""`flowiso upgrade`: an old store brought to the schema of today, in one transaction, after a backup."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import BadValue, FlowISOError, StoreError
from ..text import Text
from .case import store_option
from .options import command, flows_folder, format_option, lang_of, option, write_json

if TYPE_CHECKING:
    from ..model import Case, Move
    from ..ports import Event


@command(
    "upgrade",
    text=Text(
        "Nâng cấu trúc kho cũ lên bản này, trong một giao dịch: mất điện giữa chừng thì kho vẫn như cũ. Kho SQLite được sao"
        " lưu trước; kho PostgreSQL thì khi có --backup. Cần lưu đồ của mọi cơ quan có hồ sơ trong kho, và gói"
        " flowiso[upgrade].",
        "Bring an old store to this FlowISO's schema, in one transaction: after a power cut the store is as it was. An SQLite"
        " store is backed up first, a PostgreSQL one with --backup. Needs the flows of every agency in the store, and the"
        " package flowiso[upgrade].",
    ),
    example="flowiso upgrade --store sqlite:///mot-cua.db",
)
@store_option
@option(
    "--backup", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path),
    text=Text(
        "Sao lưu vào tệp này trước (mặc định với SQLite: tệp kho thêm .schema-1).",
        "Back up into this file first (default for SQLite: the store's file with .schema-1).",
    ),
)  # fmt: skip
@option(
    "--flows", "folders", multiple=True, type=click.Path(file_okay=False),
    text=Text(
        "Thư mục lưu đồ của cơ quan; dùng nhiều lần nếu kho có nhiều cơ quan.",
        "Folder of an agency's flows; several times for a store of several agencies.",
    ),
)  # fmt: skip
@format_option("text", "json")
def upgrade(store: str, backup: Path | None, folders: tuple[str, ...], form: str) -> None:
    """Upgrade and say so; exit 0, or 2 when it can't be done."""
    from ..store.tables import SCHEMA
    from ..store.upgrade import schema
    from ..store.upgrade import upgrade as run

    before = schema(store)
    saved = None if before is None else _back_up(store, backup, before)
    run(store, _owed(folders or (None,)) if before is not None else _nothing)
    if form == "json":
        write_json({"before": before or SCHEMA, "after": SCHEMA, "backup": None if saved is None else str(saved)})
    else:
        click.echo(_told(before, SCHEMA, saved).to(lang_of()))


def _back_up(store: str, backup: Path | None, before: int) -> Path | None:
    """Copy the store; the file, or None for a server without one."""
    from ..store.backup import copy

    path = Path(store.removeprefix("sqlite:///")) if store.startswith("sqlite:///") else None
    target = backup or (path and path.with_name(f"{path.name}.schema-{before}"))
    if target is None:
        return None
    if path is not None and path.resolve() == target.resolve():
        raise BadValue(
            Text("không sao lưu kho lên chính nó; hãy chọn tệp khác", "not onto itself; choose another file")
        )
    copy(store, target)
    return target


def _nothing(case: Case, moves: Sequence[Move]) -> Sequence[Event]:
    return ()


def _owed(folders: Sequence[str | None]) -> Callable[[Case, Sequence[Move]], Sequence[Event]]:
    """What the logs of these agencies owe, as `flowiso verify` will compute it; nothing where there is no flow any more."""
    from ..app import Agency
    from ..dossier import first_table
    from ..replay import replay

    agencies = {one.org.agency: one for one in map(Agency.load, map(flows_folder, folders))}

    def owed(case: Case, moves: Sequence[Move]) -> Sequence[Event]:
        agency = agencies.get(case.agency)
        if agency is None:
            raise _unknown_agency(case.agency)
        try:
            table = first_table(agency, case, moves)
        except FlowISOError:
            return ()
        return replay(table, agency.calendar, case, moves).owed

    return owed


def _unknown_agency(agency: str) -> StoreError:
    return StoreError(
        Text(
            f"kho có hồ sơ của cơ quan {agency}; chưa đổi gì: hãy cho thêm --flows THƯ-MỤC của cơ quan ấy",
            f"the store has dossiers of agency {agency}; nothing was changed: give --flows FOLDER of that agency too",
        )
    )


def _told(before: int | None, after: int, saved: Path | None) -> Text:
    if before is None:
        return Text(f"kho đã có cấu trúc {after}, không cần nâng cấp", f"the store has schema {after} already")
    vi, en = f"đã nâng cấp kho từ cấu trúc {before} lên {after}", f"upgraded from schema {before} to {after}"
    if saved is not None:
        vi, en = f"{vi}; bản trước khi nâng cấp: {saved}", f"{en}; the store as it was before: {saved}"
    return Text(
        f"{vi}\nhãy chạy flowiso verify, rồi flowiso seal: từ nay chuỗi băm cho thấy mọi sửa đổi",
        f"{en}\nrun flowiso verify, then flowiso seal: from now on the chain shows whatever is changed",
    )
