"""`flowiso verify`: every log intact, and every line one that the application could have written."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ..app import Agency
from ..errors import UnknownDossier
from ..integrity import Kept
from ..model import Level
from ..ports import Store
from ..render.findings import LEVELS
from ..render.verified import as_json, as_text
from ..sealfile import read_seals
from ..text import Text
from ..verify import Verified, verify_store
from .case import file_bytes, store_option
from .options import command, flows_option, format_option, lang_of, option, write_json
from .sourced import sourced


@command(
    "verify",
    text=Text(
        "Kiểm chứng cả kho: chuỗi băm và niêm phong còn nguyên, mỗi dòng nhật ký đúng lưu đồ, đúng người, đúng lời, trạng"
        " thái và ngày hẹn tính lại khớp, hộp gửi khớp nhật ký. Với --heads còn đối chiếu niêm phong giữ bên ngoài: cắt đuôi"
        " hay viết lại nhật ký đều lộ ra.",
        "Verify a whole store: hash chains and seals are intact, each line keeps to the flow, by who may, with its words,"
        " states and due dates come out the same, the outbox is that of the log. With --heads also against seals kept"
        " outside: a log cut off or written anew shows.",
    ),
    example="flowiso verify --store sqlite:///mot-cua.db --level error",
)
@store_option
@option(
    "--heads", "files", multiple=True, metavar="FILE", type=click.Path(path_type=Path),
    text=Text(
        "Niêm phong giữ bên ngoài (flowiso seal -o); dùng nhiều lần được.",
        "Seals kept outside (flowiso seal -o); may be given several times.",
    ),
)  # fmt: skip
@option("--dossier", "only", metavar="NUMBER", text=Text("Chỉ hồ sơ này.", "This dossier only."))
@option(
    "--level", type=click.Choice(list(LEVELS)), default="warning", show_default=True,
    text=Text(
        "Chỉ hiện từ mức này trở lên; cảnh báo là lỗi đã biết mà phần mềm cho qua.",
        "Show this level and worse; a warning is a known fault that was let through.",
    ),
)  # fmt: skip
@format_option("text", "json")
@flows_option
@click.pass_context
def verify(
    ctx: click.Context,
    store: str,
    files: tuple[Path, ...],
    only: str | None,
    level: Level,
    form: str,
    flows: str | None,
) -> None:
    """Verify and leave with 1 when something is shown."""
    with sourced(store, flows, read_only=True) as (agency, opened):
        kept = [
            seal
            for file in files
            for seal in read_seals(file_bytes(file).decode("utf-8", "replace"), str(file), agency.org.agency)
        ]
        done = _watched(agency, opened, kept, only)
        simulated = opened.kind == "simulated"
    levels = list(LEVELS)
    shown = [one for one in done.findings if levels.index(one.level) <= levels.index(level)]
    if form == "json":
        write_json(as_json(done, shown, simulated, lang_of()))
    else:
        click.echo(as_text(done, shown, lang_of()))
    ctx.exit(1 if shown else 0)


def _watched(agency: Agency, store: Store, kept: list[Kept], only: str | None) -> Verified:
    """Verify, and show on a terminal how far it has come."""
    chained = store.chained(agency.org.agency)
    label = Text("hồ sơ", "dossiers").to(lang_of())
    with click.progressbar(
        chained, label=label, show_pos=True, file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as logs:
        done = verify_store(agency, store, kept, only, logs)
    if only is not None and not done.dossiers and not done.findings:
        raise UnknownDossier(
            Text(f"kho không có hồ sơ {only}; xem lại mã số", f"no dossier {only} here; check the number")
        )
    return done
