"""`flowiso check`: everything that is wrong in flow files, each with file and line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from flowiso.errors import BadValue, CalendarUnknown, FlowFileError
from flowiso.library import agency_folder, bundled, flow_files, load, load_calendar, load_plans
from flowiso.model import Finding
from flowiso.rules import check_library, place
from flowiso.text import Text

from .options import command, flows_folder, format_option, lang_of, write_json


@command(
    "check",
    text=Text(
        "Kiểm tra tệp lưu đồ, hoặc cả thư mục cùng tệp cơ quan, lịch và kế hoạch. Mã thoát: 0 sạch, 1 có phát hiện, 2 lỗi.",
        "Check flow files, or a folder with its agency files, calendar and plans. Exit: 0 clean, 1 findings, 2 failed.",
    ),
    example="flowiso check flows/dien/dien-09.v1.yaml",
)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@format_option("text", "json")
@click.pass_context
def check(ctx: click.Context, paths: tuple[Path, ...], form: str) -> None:
    """Check flow files and leave with 1 when something is wrong."""
    count, findings = check_paths(paths or (flows_folder(None),))
    if form == "json":
        write_json({"flows": count, "findings": [_row(finding) for finding in findings]})
    else:
        _write_text(count, findings)
    ctx.exit(1 if findings else 0)


def check_paths(paths: Iterable[Path]) -> tuple[int, list[Finding]]:
    """How many flow files lie at the paths, and what is wrong there; every file is looked at once."""
    by_agency: dict[Path, list[Path]] = {}
    whole: dict[Path, None] = {}
    for path in paths:
        agency = _agency(path)
        by_agency.setdefault(agency, []).extend(_files(path, agency))
        if path.is_dir() or _beside_flows(path, agency):
            whole[agency] = None
    count, findings = 0, []
    for agency, files in by_agency.items():
        library = load(agency, {file.absolute(): file for file in files}.values())
        count += library.files
        findings += check_library(library)
    for agency in whole:
        findings += _timetables(agency)
        findings += _plans(agency)
    return count, sorted(findings, key=place)


def _agency(path: Path) -> Path:
    if not path.exists():
        raise BadValue(Text(f"không có tệp hay thư mục '{path}'", f"there is no file or folder '{path}'"))
    agency = agency_folder(path) or bundled()
    return path if path.resolve() == agency.resolve() else _near(agency)


def _near(folder: Path) -> Path:
    """The folder as one would name it from here."""
    here = Path.cwd()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder


def _files(path: Path, agency: Path) -> list[Path]:
    """The flow files at a path; to find none is a mistake of the caller, except where an agency's own files are."""
    if _beside_flows(path, agency):
        return []
    files = flow_files([path])
    if not files and path.resolve() != agency.resolve():
        raise BadValue(Text(f"'{path}' không có tệp lưu đồ *.yaml nào", f"'{path}' holds no flow file *.yaml"))
    return files


def _beside_flows(path: Path, agency: Path) -> bool:
    """Whether the path is one of the agency's own files or folders (`_org.yaml`, `_calendar`)."""
    inside, folder = path.resolve(), agency.resolve()
    return inside.is_relative_to(folder) and any(part.startswith("_") for part in inside.relative_to(folder).parts)


def _timetables(agency: Path) -> list[Finding]:
    """What is wrong in the calendar and the plans; an agency may lack both."""
    findings: list[Finding] = []
    for read in (load_calendar, load_plans):
        try:
            read(agency)
        except FlowFileError as error:
            findings += error.findings
        except CalendarUnknown:
            continue
        except BadValue as error:
            file = str(agency / "_calendar")
            findings.append(Finding("FLW004", "bad-value", "error", error.text, file, 1, 1))
    return findings


def _plans(agency: Path) -> Iterator[Finding]:
    """Milestones of the yearly plans that a flow lacks, or that it doesn't know."""
    try:
        plans = load_plans(agency)
    except (FlowFileError, BadValue):
        return  # said already
    flows = {flow.code: flow for flow in load(agency).flows}
    for (code, year), milestones in plans.items():
        wanted = {step.until for step in flows[code].steps if step.until} if code in flows else set(milestones)
        for name in sorted(wanted ^ milestones.keys()):
            vi, en = ("thiếu mốc", "lacks milestone") if name in wanted else ("không có mốc", "knows no milestone")
            text = Text(f"{code} {vi} '{name}'; hãy sửa kế hoạch", f"{code} {en} '{name}'; correct the plan")
            yield Finding("FLW004", "bad-value", "error", text, str(agency / "_plans" / f"{year}.yaml"), 1, 1)


def _row(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "name": finding.name,
        "level": finding.level,
        "message": finding.message.to(lang_of()),
        "file": finding.file,
        "line": finding.line,
        "column": finding.column,
    }


def _write_text(count: int, findings: list[Finding]) -> None:
    for finding in findings:
        message = " ".join(finding.message.to(lang_of()).split())
        click.echo(f"{finding.file}:{finding.line}: {finding.code} {finding.name}: {message}")
    click.echo(_summary(count, len(findings)).to(lang_of()))


def _summary(count: int, found: int) -> Text:
    flows = "flow" if count == 1 else "flows"
    if not found:
        return Text(f"{count} lưu đồ đã kiểm tra, không có lỗi", f"{count} {flows} checked, nothing wrong")
    findings = "finding" if found == 1 else "findings"
    return Text(f"{count} lưu đồ đã kiểm tra, {found} phát hiện", f"{count} {flows} checked, {found} {findings}")
