"""`flowiso diff`: what differs between two flowcharts, in words."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import BadValue, FlowFileError, UnknownFlow
from ..text import Text
from .options import command, flows_folder, flows_option, format_option, lang_of, write_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..diff import Change
    from ..model import Finding, Flow


@command(
    "diff",
    text=Text(
        "Nói bằng lời hai lưu đồ khác nhau ở đâu: mã, mã kèm lần ban hành (LTHH-13@1) hoặc tệp. Chỉ ghi một mã thì so hai"
        " lần ban hành mới nhất. Mã thoát: 0 không khác, 1 có khác, 2 không so được.",
        "Say in words what differs between two flowcharts: codes, codes with a version (LTHH-13@1) or files. One code alone"
        " compares its two newest versions. Exit: 0 no difference, 1 differences, 2 couldn't be compared.",
    ),
    example="flowiso diff LTHH-13@1 flows/lthh/lthh-13.v1.yaml",
)
@click.argument("a")
@click.argument("b", required=False)
@format_option("text", "json")
@flows_option
@click.pass_context
def diff(ctx: click.Context, a: str, b: str | None, form: str, flows: str | None) -> None:
    """Compare two flows; leave with 1 when they differ."""
    from ..diff import diff as compared

    folder = flows_folder(flows)
    one, other = _two_newest(folder, a) if b is None else (_flow(folder, a), _flow(folder, b))
    changes = compared(one, other)
    if form == "json":
        write_json({"from": _named(one), "to": _named(other), "changes": [_row(change) for change in changes]})
    else:
        click.echo("\n".join(_as_text(one, other, changes)))
    ctx.exit(1 if changes else 0)


def _flow(folder: Path, name: str) -> Flow:
    """The flow meant by a file name, a code, or a code with a version."""
    if name.lower().endswith((".yaml", ".yml")) or os.sep in name:
        return _in_file(folder, Path(name))
    code, at, version = name.partition("@")
    if at and not (version.isascii() and version.isdecimal()):
        raise BadValue(Text(f"'{name}': sau @ là lần ban hành, ví dụ {code}@2", f"'{name}': write {code}@2"))
    versions = _versions(folder, code)
    if not version:
        return versions[-1]
    for flow in versions:
        if flow.version == int(version):
            return flow
    there = ", ".join(str(flow.version) for flow in versions)
    raise UnknownFlow(
        Text(
            f"không có lưu đồ {code.upper()} lần {version}; hiện có: {there}",
            f"there is no flow {code.upper()} version {version}; there are: {there}",
        )
    )


def _two_newest(folder: Path, name: str) -> tuple[Flow, Flow]:
    if name.lower().endswith((".yaml", ".yml")) or os.sep in name or "@" in name:
        raise BadValue(Text(f"so '{name}' với gì? hãy ghi thêm B", f"compare '{name}' with what? name B as well"))
    versions = _versions(folder, name)
    if len(versions) < 2:
        only = versions[0]
        raise BadValue(
            Text(
                f"{only.code} chỉ có lần {only.version}; hãy ghi thêm lưu đồ để so, ví dụ một tệp",
                f"{only.code} has version {only.version} only; name what to compare it with, a file for instance",
            )
        )
    return versions[-2], versions[-1]


def _versions(folder: Path, code: str) -> list[Flow]:
    """Every version of a procedure, oldest first, read without faults."""
    from ..library import load

    library = load(folder)
    try:
        newest = library.find(code)
    except UnknownFlow as error:
        if library.findings:  # it may be among the files that can't be read
            raise FlowFileError(error.text, library.findings) from error
        raise
    versions = [flow for flow in library.flows if flow.code == newest.code]
    files = {flow.file for flow in versions}
    _refuse_faults(newest.code, [finding for finding in library.findings if finding.file in files])
    return versions


def _in_file(folder: Path, file: Path) -> Flow:
    from ..flowfile import read_flow
    from ..library import agency_folder, contents, load_agency

    data = contents(file)
    flow, findings = read_flow(data, str(file), load_agency(agency_folder(file) or folder).words)
    _refuse_faults(str(file), findings)
    assert flow is not None
    return flow


def _refuse_faults(name: str, findings: Sequence[Finding]) -> None:
    if findings:
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
