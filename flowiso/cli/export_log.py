"""`flowiso export-log`: every log with its hashes as JSON lines, for a verifier that isn't ours."""

from __future__ import annotations

from contextlib import closing

from ..library import load_agency
from ..logexport import export
from ..store import open_store
from ..text import Text
from .case import store_option
from .options import command, flows_folder, flows_option, format_option
from .output import out_option, tell_written, write_lines


@command(
    "export-log",
    text=Text(
        "Xuất mọi nhật ký cùng chuỗi băm và niêm phong, mỗi hồ sơ một dòng JSON (docs/log.md), không có dữ liệu cá nhân, để"
        " kiểm chứng bằng chương trình khác: docs/verify_log.py.",
        "Export every log with its hashes and the seals, a JSON line for each dossier (docs/log.md), without personal data,"
        " to be verified by another program: docs/verify_log.py.",
    ),
    example="flowiso export-log --store sqlite:///mot-cua.db -o nhat-ky.jsonl",
)
@store_option
@out_option
@format_option("jsonl")
@flows_option
def export_log(store: str, output: str | None, form: str, flows: str | None) -> None:
    """Write them all; exit 0, or 2 when it can't be done."""
    agency = load_agency(flows_folder(flows)).org.agency
    with closing(open_store(store, create=False, read_only=True)) as opened:
        write_lines(export(opened, agency), output)
    tell_written(output)
