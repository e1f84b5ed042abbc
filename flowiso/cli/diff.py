"""`flowiso diff`: what differs between two flowcharts, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ..errors import BadValue, FlowFileError
from ..text import Text
from .options import command, flows_option, format_option, lang_of, write_json
from .places import flow_coded, flow_named, home, is_file

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..diff import Change
    from ..library import Library
    from ..model import Flow


@command(
    "diff",
    text=Text(
        "Nêu bằng lời những chỗ khác nhau giữa hai lưu đồ: mã, mã kèm lần ban hành (LTHH-13@1) hoặc tệp. Chỉ ghi một mã thì so"
        " hai lần ban hành mới nhất. Mã thoát: 0 không khác, 1 có khác, 2 không so được.",
        "Say in words what differs between two flowcharts: codes, codes with a version (LTHH-13@1) or files. One code alone"
        " compares its two newest versions. Exit: 0 no difference, 1 differences, 2 couldn't be compared.",
    ),
    example="flowiso diff LTHH-13@1 flows/lthh/lthh-13.v1.yaml",
)
@click.argument("a", metavar="CODE|FILE")
@click.argument("b", metavar="[CODE|FILE]", required=False)
@format_option("text", "json")
@flows_option
@click.pass_context
def diff(ctx: click.Context, a: str, b: str | None, form: str, flows: str | None) -> None:
    """Compare two flows; leave with 1 when they differ."""
    from ..diff import diff as compared

    if b is None and (is_file(a) or "@" in a):
        raise BadValue(
            Text(f"so '{a}' với gì? hãy ghi thêm một mã hoặc tệp", f"compare '{a}' with what? name a second one")
        )
    library = home(flows)
    one, other = _two_newest(a, library()) if b is None else (_flow(a, flows, library), _flow(b, flows, library))
    changes = compared(one, other)
    if form == "json":
        write_json({"from": _named(one), "to": _named(other), "changes": [_row(change) for change in changes]})
    else:
        click.echo("\n".join(_as_text(one, other, changes)))
    ctx.exit(1 if changes else 0)


def _flow(name: str, flows: str | None, library: Callable[[], Library]) -> Flow:
    """The flow meant by a word, read without faults."""
    there, flow = flow_named(name, flows, library)
    _refuse_faults(name, there, flow)
    return flow


def _two_newest(name: str, library: Library) -> tuple[Flow, Flow]:
    newest = flow_coded(library, name)
    versions = [flow for flow in library.flows if flow.code == newest.code]
    if len(versions) < 2:
        raise BadValue(
            Text(
                f"{newest.code} chỉ có lần {newest.version}; hãy ghi thêm lưu đồ để so, ví dụ một tệp",
                f"{newest.code} has version {newest.version} only; name what to compare it with, a file for instance",
            )
        )
    for flow in versions[-2:]:
        _refuse_faults(name, library, flow)
    return versions[-2], versions[-1]


def _refuse_faults(name: str, library: Library, flow: Flow) -> None:
    if findings := [finding for finding in library.findings if finding.file == flow.file]:
        raise FlowFileError(
            Text(f"'{name}' có lỗi nên không so được; hãy sửa trước", f"'{name}' has faults; mend them first"), findings
        )


def _as_text(old: Flow, new: Flow, changes: Sequence[Change]) -> list[str]:
    lang = lang_of()
    if not changes:
        same = Text(f"{old.code} v{old.version}: không khác gì", f"{old.code} v{old.version}: no difference")
        return [same.to(lang)]
    lines = [f"{old.code} v{old.version} → {new.code} v{new.version}"]
    lines += [f"  - {change.text.to(lang)}" for change in changes]
    count = len(changes)
    counted = Text(f"{count} chỗ khác", f"{count} difference{'s' if count > 1 else ''}")
    return [*lines, counted.to(lang)]


def _named(flow: Flow) -> dict[str, Any]:
    return {"code": flow.code, "version": flow.version, "file": flow.file}


def _row(change: Change) -> dict[str, Any]:
    return {
        "what": change.what,
        "message": change.text.to(lang_of()),
        "before": change.before,
        "after": change.after,
    }
