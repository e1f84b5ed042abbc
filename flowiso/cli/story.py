"""`flowiso story`: run the quality officer's test cases."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..text import Text
from .options import command, flows_folder, flows_option, format_option, lang_of, write_json

if TYPE_CHECKING:
    from ..app import Agency
    from ..model import Finding
    from ..story import Miss, Result


@command(
    "story",
    text=Text(
        "Chạy các tình huống mẫu: hồ sơ đi qua chính bộ máy xử lý, chỗ nào khác điều chờ đợi thì nêu tệp, dòng và vì sao."
        " Không ghi tệp nào thì chạy cả thư mục _stories.",
        "Run the stories: dossiers go through the engine itself; what differs from what is expected is told with file,"
        " line and why. Without a path, the whole folder _stories.",
    ),
    example="flowiso story flows/_stories",
)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@format_option("text", "json")
@flows_option
@click.pass_context
def story(ctx: click.Context, paths: tuple[Path, ...], form: str, flows: str | None) -> None:
    """Run stories; leave with 1 when one came out otherwise, with 2 when one can't be read."""
    from ..story import load_stories, run

    files = _files(paths or (flows_folder(flows),))
    stories, faults = load_stories(files)
    agencies = _agencies(files, paths, flows)
    results = [run(one, agencies[one.file]) for one in stories]
    if form == "json":
        write_json(_as_json(results, faults))
    else:
        click.echo("\n".join(_as_text(results, faults)))
    ctx.exit(2 if faults else int(any(result.misses for result in results)))


def _files(paths: Sequence[Path]) -> list[Path]:
    """The story files at the paths, each once; to find none is a mistake of the caller."""
    from ..errors import BadValue
    from ..story import story_files

    for path in paths:
        if not path.exists():
            raise BadValue(
                Text(
                    f"không có tệp hay thư mục '{path}'; hãy xem lại tên",
                    f"there is no file or folder '{path}'; check its name",
                )
            )
    found = {file.resolve(): file for path in reversed(paths) for file in reversed(story_files(path))}
    if not found:
        named = ", ".join(f"'{path}'" for path in paths)
        raise BadValue(
            Text(
                f"{named} không có tình huống nào; hãy viết tệp .yaml vào thư mục _stories",
                f"{named} holds no stories; write a .yaml file into the folder _stories",
            )
        )
    return list(reversed(found.values()))


def _agencies(files: Sequence[Path], named: Sequence[Path], flows: str | None) -> dict[str, Agency]:
    """The agency each story file is run with: the one given, else the one it lies in, else for a file named that of `desk`."""
    from ..app import Agency
    from ..library import by_agency, nowhere
    from .places import desk

    if flows is not None:
        return dict.fromkeys(map(str, files), Agency.load(flows))
    groups = by_agency(files, lambda file: desk(file) if file in named else nowhere(file))
    loaded = {folder: Agency.load(folder) for folder in groups}
    return {str(file): loaded[folder] for folder, found in groups.items() for file in found}


def _as_text(results: Sequence[Result], faults: Sequence[Finding]) -> list[str]:
    lang = lang_of()
    lines = [f"{one.file}:{one.line}: {one.code} {one.name}: {one.message.to(lang)}" for one in faults]
    passed, failed = Text("đạt ", "ok  ").to(lang), Text("SAI ", "FAIL").to(lang)
    for result in results:
        version = f" v{result.flow.version}" if result.flow else ""
        lines.append(f"{failed if result.misses else passed}  {result.story.code}{version}: {result.story.title}")
        for miss in result.misses:
            lines.append(f"      {result.story.file}:{miss.line}: {miss.text.to(lang)}")
            lines += [f"        {line.text.to(lang)}" for line in miss.why]
    return [*lines, _summary(results, faults).to(lang)]


def _summary(results: Sequence[Result], faults: Sequence[Finding]) -> Text:
    failed = sum(bool(result.misses) for result in results)
    vi, en = f"{len(results)} tình huống đã chạy", f"{len(results)} stor{'y' if len(results) == 1 else 'ies'} run"
    if results:
        vi, en = (f"{vi}, {failed} sai", f"{en}, {failed} failed") if failed else (f"{vi}, đều đạt", f"{en}, all ok")
    unread = len({fault.file for fault in faults})
    if not unread:
        return Text(vi, en)
    return Text(f"{vi}; {unread} tệp có lỗi viết", f"{en}; {unread} file{'s' if unread > 1 else ''} with faults")


def _as_json(results: Sequence[Result], faults: Sequence[Finding]) -> dict[str, Any]:
    from ..render.findings import finding_row

    return {
        "stories": len(results),
        "failed": sum(bool(result.misses) for result in results),
        "results": [
            {
                "story": result.story.title,
                "file": result.story.file,
                "line": result.story.line,
                "flow": result.story.code,
                "version": result.flow.version if result.flow else None,
                "passed": not result.misses,
                "misses": [_miss_row(miss) for miss in result.misses],
            }
            for result in results
        ],
        "findings": [finding_row(fault, lang_of()) for fault in faults],
    }


def _miss_row(miss: Miss) -> dict[str, Any]:
    return {
        "line": miss.line,
        "message": miss.text.to(lang_of()),
        "key": miss.key,
        "expected": miss.expected,
        "came": miss.came,
        "explanation": [line.text.to(lang_of()) for line in miss.why],
    }
