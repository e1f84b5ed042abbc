"""`flowiso shapes`: which flows have the same shape, and why they may."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import click

from ..graph import shapes as group
from ..model import Flow
from ..text import Text
from .options import command, flows_option, format_option, lang_of, sound_library, write_json

MANY = 10
"""A group with more flows needs a reason in `_shapes.yaml`: a hundred copies of one flowchart are rarely meant."""


@command(
    "shapes",
    text=Text(
        "Nhóm các lưu đồ cùng hình dạng: cùng vai trò, cùng mũi tên, không kể tên bước và số giờ. Nhóm quá 10 lưu đồ phải có lý"
        " do trong _shapes.yaml.",
        "Group the flows by shape: same roles, same arrows, whatever their words and hours. A group of more than 10 needs a"
        " reason in _shapes.yaml.",
    ),
    example="flowiso shapes",
)
@format_option("text", "json")
@flows_option
@click.pass_context
def shapes(ctx: click.Context, form: str, flows: str | None) -> None:
    """Run `flowiso shapes`; leave with 1 when a large group has no reason."""
    from ..errors import BadValue, FlowFileError
    from ..library import load_reasons

    library = sound_library(flows)
    reasons, findings = load_reasons(library.folder)
    if findings:
        raise FlowFileError(
            Text("_shapes.yaml có lỗi; hãy sửa trước", "_shapes.yaml has errors; mend them first"), findings
        )
    if strange := sorted(reasons.keys() - {flow.code for flow in library.flows}):
        codes = ", ".join(strange)
        raise BadValue(
            Text(
                f"_shapes.yaml: không có lưu đồ {codes}; hãy sửa mã",
                f"_shapes.yaml: there is no flow {codes}; correct it",
            )
        )
    groups = [(name, found, _reason(found, reasons)) for name, found in group(library.flows)]
    if form == "json":
        rows = ({"shape": name, "flows": [flow.code for flow in found], "reason": why} for name, found, why in groups)
        write_json(list(rows))
    else:
        click.echo("\n".join(line for name, found, why in groups for line in _lines(name, found, why)))
    ctx.exit(1 if any(len(found) > MANY and why is None for _, found, why in groups) else 0)


def _reason(flows: Sequence[Flow], reasons: Mapping[str, str]) -> str | None:
    """The reason given for any of the flows."""
    return next((reasons[flow.code] for flow in flows if flow.code in reasons), None)


def _lines(name: str, flows: Sequence[Flow], why: str | None) -> list[str]:
    lang = lang_of()
    count = Text(f"{len(flows)} lưu đồ", f"{len(flows)} flow(s)").to(lang)
    head = f"{name}  {count}: {', '.join(flow.code for flow in flows)}"
    if why is not None:
        return [head, f"  {Text('vì', 'because').to(lang)}: {why}"]
    missing = Text(
        f"  chưa có lý do: hãy ghi vào _shapes.yaml, ví dụ 'reasons: {{{flows[0].code}: ...}}'",
        f"  no reason given: write one in _shapes.yaml, such as 'reasons: {{{flows[0].code}: ...}}'",
    )
    return [head, missing.to(lang)] if len(flows) > MANY else [head]
