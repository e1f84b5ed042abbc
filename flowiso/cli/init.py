"""`flowiso init`: the folder of an agency, ready for its first flowchart."""

from __future__ import annotations

from pathlib import Path

import click

from ..text import Text
from .options import command, format_option, lang_of, option, write_json


@command(
    "init",
    text=Text(
        "Tạo thư mục lưu đồ của một cơ quan: đơn vị, vai trò, tài khoản mẫu, từ dùng chung, lịch nghỉ 2018-2026."
        " Thư mục phải mới hoặc trống; kiểm tra ngay bằng 'flowiso check' là sạch.",
        "Set up the folder of an agency: divisions, roles, sample accounts, shared words, holidays of 2018-2026."
        " The folder must be new or empty; 'flowiso check' finds nothing wrong in it.",
    ),
    example='flowiso init so-xay-dung --name "Sở Xây dựng" --id H19.17',
)
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@option("--name", text=Text("Tên cơ quan.", "The agency's name."))
@option(
    "--id", "agency", text=Text("Mã định danh của cơ quan, ví dụ H19.17 (R32).", "The agency's id, such as H19.17.")
)
@option(
    "--example",
    is_flag=True,
    text=Text("Thêm một lưu đồ mẫu và tình huống của nó.", "Add a sample flow and its stories."),
)
@format_option("text", "json")
def init(directory: Path, name: str | None, agency: str | None, example: bool, form: str) -> None:
    """Set up an agency's folder; exit 2 and nothing written when it can't be done."""
    from ..scaffold import init as set_up

    files = set_up(directory, name, agency, example)
    if form == "json":
        write_json({"folder": str(directory), "files": files})
        return
    lang = lang_of()
    click.echo(
        Text(f"Đã tạo '{directory}' gồm {len(files)} tệp.", f"Made '{directory}' with {len(files)} files.").to(lang)
    )
    for line in _next_steps(directory, example):
        click.echo(f"  {line.to(lang)}")


def _next_steps(folder: Path, example: bool) -> tuple[Text, ...]:
    shown = f'"{folder}"' if " " in str(folder) else str(folder)
    edit = Text(
        "Sửa _org.yaml: thay lĩnh vực, phòng và tài khoản mẫu bằng của cơ quan",
        "Edit _org.yaml: put your fields, divisions and accounts in place of the samples",
    )
    check = Text(f"Kiểm tra: flowiso check {shown}", f"Check: flowiso check {shown}")
    story = Text(f"Chạy tình huống mẫu: flowiso story {shown}", f"Run the sample stories: flowiso story {shown}")
    return (edit, check, story) if example else (edit, check)
