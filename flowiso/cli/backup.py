"""`flowiso backup`: a copy of a store while it is in use, and the proof that it can be restored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ..app import Agency
from ..errors import BadValue
from ..render.verified import as_json, summary
from ..store.backup import back_up, restored
from ..text import Text
from ..verify import Verified, verify_store
from .case import store_option
from .options import command, flows_folder, flows_option, format_option, lang_of, option, write_json


@command(
    "backup",
    text=Text(
        "Sao lưu kho trong khi vẫn đang dùng: một tệp SQLite, hoặc tệp của pg_dump. Với --verify còn khôi phục thử vào chỗ"
        " tạm và kiểm chứng từng dòng nhật ký. Kho có sẵn ở đó chỉ bị thay khi là bản sao cũ của chính kho này. Tệp có cả dữ liệu"
        " cá nhân: hãy giữ kín.",
        "Copy a store while it is in use: an SQLite file, or one of pg_dump. With --verify it is restored in a passing place"
        " as well, and every line of the logs verified. Of stores that are there it replaces older copies of this one alone. It"
        " holds personal data too: keep it safe.",
    ),
    example="flowiso backup --store sqlite:///mot-cua.db -o mot-cua.bak --verify",
)
@store_option
@option(
    "-o", "--output", "output", required=True, metavar="FILE", type=click.Path(path_type=Path),
    text=Text("Tệp sao lưu.", "The file to write."),
)  # fmt: skip
@option("--verify", "check", is_flag=True, text=Text("Khôi phục thử và kiểm chứng.", "Restore it and verify."))
@format_option("text", "json")
@flows_option
@click.pass_context
def backup(ctx: click.Context, store: str, output: Path, check: bool, form: str, flows: str | None) -> None:
    """Copy; leave with 1 when the copy isn't in order."""
    if Path(store.removeprefix("sqlite:///")).resolve() == output.resolve():
        raise BadValue(
            Text("không sao lưu kho lên chính nó; hãy chọn tệp khác", "not onto itself; choose another file")
        )
    agency = Agency.load(flows_folder(flows)) if check else None
    back_up(store, output)
    done, simulated = None, False
    if agency is not None:
        with restored(store, output) as copy:
            done, simulated = verify_store(agency.of_store(copy), copy), copy.kind == "simulated"
    _show(output, done, simulated, form)
    ctx.exit(1 if done is not None and _errors(done) else 0)


def _errors(done: Verified) -> list[Any]:
    return [one for one in done.findings if one.level == "error"]


def _show(output: Path, done: Verified | None, simulated: bool, form: str) -> None:
    size = output.stat().st_size
    if form == "json":
        found = None if done is None else as_json(done, _errors(done), simulated, lang_of())
        write_json({"file": str(output), "bytes": size, "verified": found})
        return
    click.echo(
        Text(f"đã sao lưu vào {output} ({size / 1e6:.1f} MB)", f"copied to {output} ({size / 1e6:.1f} MB)").to(
            lang_of()
        )
    )
    if done is not None:
        said = summary(done, _errors(done))
        click.echo(Text(f"khôi phục thử: {said.vi}", f"restored: {said.en}").to(lang_of()))
