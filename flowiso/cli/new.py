"""`flowiso new`: the first draft of a flowchart, or of its next version."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import BadValue
from ..text import Text
from .options import command, flows_option, format_option, lang_of, option, write_json
from .output import telling

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from ..drafts import Draft
    from ..library import Library
    from ..model import Flow


@command(
    "new",
    text=Text(
        "Soạn bản thảo đầu tiên của một lưu đồ bằng cách chép một lưu đồ giống nó (--like), hoặc lần ban hành sau của một lưu đồ"
        " đã có (--version). Dữ kiện chép sang đều ghi là giả định, chưa đối chiếu.",
        "Draft a new flowchart as a copy of one like it (--like), or the next version of one that is there (--version)."
        " What is copied is marked as assumed until it is checked.",
    ),
    example="flowiso new LTHH-20 --like LTHH-13 --dry-run",
)
@click.argument("code")
@option(
    "--like",
    "model",
    metavar="CODE|FILE",
    text=Text(
        "Lưu đồ để chép: mã, mã kèm lần (LTHH-13@1) hoặc tệp; cơ quan chưa có thì lấy bản đi kèm FlowISO.",
        "The flow to copy: a code, LTHH-13@1 or a file; one the agency doesn't have is taken from those shipped.",
    ),
)
@option(
    "--version", "again", is_flag=True, text=Text("Soạn lần ban hành sau của MÃ.", "Draft the next version of CODE.")
)
@option("--from", "since", metavar="DATE", text=Text("Ngày lần sau có hiệu lực: 2026-01-01.", "The day it begins."))
@option("--title", text=Text("Tên thủ tục.", "Title of the procedure."))
@option("--field", text=Text("Lĩnh vực, mã trong _org.yaml.", "Field, an id in _org.yaml."))
@option("--division", text=Text("Phòng, mã trong _org.yaml.", "Division, an id in _org.yaml."))
@option("--dry-run", is_flag=True, text=Text("Chỉ in ra, không ghi tệp nào.", "Print it and write nothing."))
@format_option("text", "json")
@flows_option
def new(code: str, model: str | None, again: bool, since: str | None, dry_run: bool, form: str, flows: str | None,
        **head: str | None) -> None:  # fmt: skip
    """Write a first draft and print where it is; exit 2 and nothing written when it can't be done."""
    from ..drafts import write
    from ..library import load
    from ..scaffold import like, next_version
    from .places import to_write_in

    _check_options(model, again, since, head)
    library = load(to_write_in(flows))
    drafts = (
        next_version(library, code, _day(since)) if again else (like(library, code, *model_flow(library, model), head),)
    )
    if not dry_run:
        write(drafts)
    with telling(None if dry_run else Text("đã ghi xong, chỉ không in được ra", "all is written, only not printed")):
        _tell(drafts, dry_run, form)


def _tell(drafts: Sequence[Draft], dry_run: bool, form: str) -> None:
    if form == "json":
        write_json([_row(draft, dry_run) for draft in drafts])
        return
    for draft in drafts:
        click.echo(_told(draft, dry_run).to(lang_of()))
        if dry_run:
            click.echo(draft.text.rstrip("\n"))


def _check_options(model: str | None, again: bool, since: str | None, head: dict[str, str | None]) -> None:
    if (model is None) is not again:
        raise BadValue(Text("cần đúng một trong --like MÃ và --version", "give either --like CODE or --version"))
    if again and any(head.values()):
        names = ", ".join(f"--{name}" for name, value in head.items() if value)
        raise BadValue(Text(f"{names} chỉ đi cùng --like", f"{names} goes with --like only"))
    if since is not None and not again:
        raise BadValue(Text("--from chỉ đi cùng --version", "--from goes with --version only"))


def model_flow(library: Library, name: str | None) -> tuple[Library, Flow]:
    """The flow to copy and the library it is in: a file, a code, or where the agency has none, a shipped flow's code."""
    from ..errors import UnknownFlow
    from ..library import bundled, load
    from .places import flow_coded, flow_in, is_file

    name = name or ""
    if is_file(name):
        return flow_in(Path(name))
    try:
        return library, flow_coded(library, name)
    except UnknownFlow:
        shipped = load(bundled())
        if name.upper().partition("@")[0] not in {flow.code for flow in shipped.flows}:
            raise
        return shipped, flow_coded(shipped, name)


def _day(text: str | None) -> date | None:
    from .due import day

    return None if text is None else day(text)


def _told(draft: Draft, dry_run: bool) -> Text:
    if dry_run:
        return Text(f"Sẽ ghi {draft.path}:", f"Would write {draft.path}:")
    if draft.there:
        return Text(f"Đã ghi ngày hết hiệu lực vào {draft.path}", f"Its end is written in {draft.path}")
    return Text(f"Đã ghi {draft.path}", f"Wrote {draft.path}")


def _row(draft: Draft, dry_run: bool) -> dict[str, Any]:
    row = {"path": str(draft.path), "changed": draft.there, "written": not dry_run}
    return {**row, "text": draft.text} if dry_run else row
