"""`flowiso export-log`: every log with its hashes, for a verifier that isn't ours; or as an event log, for process miners."""

from __future__ import annotations

from contextlib import closing

import click

from ..library import load_agency
from ..logexport import export
from ..store import open_store
from ..text import Text
from .case import store_option
from .options import command, flows_folder, flows_option, option
from .output import out_option, tell_written, write_lines


@command(
    "export-log",
    text=Text(
        "Xuất mọi nhật ký, không có dữ liệu cá nhân. JSONL có chuỗi băm và niêm phong, mỗi hồ sơ một dòng (docs/log.md), để"
        " kiểm chứng bằng chương trình khác: docs/verify_log.py. CSV, XES, Parquet là nhật ký sự kiện để phân tích.",
        "Export every log, without personal data. JSON lines have the hashes and the seals, one line a dossier (docs/log.md),"
        " to be verified by another program: docs/verify_log.py. CSV, XES and Parquet are event logs to analyse.",
    ),
    example="flowiso export-log --store sqlite:///mot-cua.db -o nhat-ky.jsonl",
)
@store_option
@out_option
@option(
    "--format", "form", type=click.Choice(("jsonl", "csv", "xes", "xes.gz", "parquet")),
    text=Text("Dạng kết quả (mặc định: theo đuôi tệp của -o, không rõ thì jsonl).", "Form (default: as -o ends, else jsonl)."),
)  # fmt: skip
@flows_option
def export_log(store: str, output: str | None, form: str | None, flows: str | None) -> None:
    """Write them all; exit 0, or 2 when it can't be done."""
    from ..eventlog import form_of

    form = form or form_of(output or "") or "jsonl"
    if form == "jsonl":
        with closing(open_store(store, create=False, read_only=True)) as opened:
            write_lines(export(opened, load_agency(flows_folder(flows)).org.agency), output)
    else:
        _events(store, flows, form, output)
    tell_written(output)


def _events(url: str, flows: str | None, form: str, output: str | None) -> None:
    from ..engine import Engine
    from .event_log import write_log
    from .sourced import sourced

    with sourced(url, flows, read_only=True) as (agency, store):
        lives = (life for _, life in Engine(agency, store).lives())
        write_log(lives, agency.org, store.kind == "simulated", form, output)
