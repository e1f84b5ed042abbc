"""`flowiso seal`: the seal over what was written since the last one, to be kept outside the store."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from typing import Any

import click

from ..errors import BadValue
from ..library import load_agency
from ..ports import Head
from ..sealfile import as_text
from ..store import open_store
from ..text import Text
from ..worktime import TZ, instant, local
from .case import store_option
from .options import command, flows_folder, flows_option, format_option, json_text, lang_of
from .output import check_writable, out_option, tell_written, write


@command(
    "seal",
    text=Text(
        "Niêm phong những dòng nhật ký mới từ lần trước và in ra niêm phong, để giữ bên ngoài kho: in vào sổ, gửi cơ quan"
        " cấp trên. Sau này `flowiso verify --heads` đối chiếu với nó. Làm mỗi ngày một lần.",
        "Seal what was written to the logs since the last time and print the seal, to be kept outside the store: in the"
        " register, at the superior agency. `flowiso verify --heads` later compares with it. Do it once a day.",
    ),
    example="flowiso seal --store sqlite:///mot-cua.db -o niem-phong.txt",
)
@store_option
@out_option
@format_option("text", "json")
@flows_option
def seal(store: str, output: str | None, form: str, flows: str | None) -> None:
    """Seal, and print the seal; the last one again when there is nothing new."""
    check_writable(output)
    agency = load_agency(flows_folder(flows)).org.agency
    with closing(open_store(store, create=False)) as opened:
        head = opened.seal(agency, instant(datetime.now(TZ)))
        last = head or next(reversed(opened.heads(agency)), None)
    if last is None:
        raise BadValue(
            Text(
                "kho chưa có hồ sơ nào để niêm phong; hãy xem lại --store và --flows",
                "the store holds no dossier to seal yet; check --store and --flows",
            )
        )
    if head is None:
        click.echo(
            Text(
                f"không có dòng mới; in lại niêm phong {last.position}", f"nothing new; seal {last.position} once more"
            ).to(lang_of()),
            err=True,
        )
    write(as_text(agency, last) if form == "text" else json_text(_as_json(agency, last)), output)
    tell_written(output)


def _as_json(agency: str, head: Head) -> dict[str, Any]:
    return {
        "agency": agency,
        "position": head.position,
        "time": local(head.at).isoformat(),
        "previous": head.previous,
        "digest": head.digest,
        "tips": [{"dossier": number, "line": seq, "hash": tip} for number, seq, tip in head.tips],
    }
