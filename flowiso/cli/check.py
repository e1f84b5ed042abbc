"""`flowiso check`: everything that is wrong in flow files, each with file and line."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from functools import partial
from itertools import chain
from os.path import realpath
from pathlib import Path
from typing import NamedTuple

import click

from flowiso.calendar import Calendar
from flowiso.errors import BadValue
from flowiso.library import (
    Library,
    agencies,
    bundled,
    flow_files,
    flows_of,
    load,
    load_reasons,
    read_calendar,
    read_plans,
    read_text,
)
from flowiso.model import Finding, Level
from flowiso.render.findings import LEVELS, as_github, as_json, as_text, summary
from flowiso.rules import check_library
from flowiso.rules import place as by_place
from flowiso.text import Text
from flowiso.worktime import TZ

from .kinds import kind_of
from .options import command, flows_folder, format_option, json_text, lang_of, option, own_folder
from .output import out_option, write
from .places import places


class Wanted(NamedTuple):
    """Which findings are shown: codes chosen (None: all), codes left out, and the mildest level."""

    select: frozenset[str] | None
    ignore: frozenset[str]
    level: Level

    def shows(self, finding: Finding) -> bool:
        """Whether the finding was asked for."""
        chosen = self.select is None or finding.code in self.select
        levels = list(LEVELS)
        bad_enough = levels.index(finding.level) <= levels.index(self.level)
        return chosen and finding.code not in self.ignore and bad_enough


@command(
    "check",
    text=Text(
        "Kiểm tra tệp lưu đồ, hoặc cả thư mục cùng tệp cơ quan, lịch và kế hoạch. Mã thoát: 0 sạch, 1 có phát hiện, 2 lỗi.",
        "Check flow files, or a folder with its agency files, calendar and plans. Exit: 0 clean, 1 findings, 2 failed.",
    ),
    example="flowiso check flows/dien/dien-09.v1.yaml",
)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@format_option("text", "json", "sarif", "github")
@option(
    "--select", multiple=True, metavar="CODES",
    text=Text("Chỉ hiện các quy tắc này: FLW4,FLW203.", "Show only these rules: FLW4,FLW203."),
)  # fmt: skip
@option(
    "--ignore", multiple=True, metavar="CODES",
    text=Text("Không hiện các quy tắc này.", "Don't show these rules."),
)  # fmt: skip
@option(
    "--level", type=click.Choice(list(LEVELS)), default="info", show_default=True,
    text=Text("Chỉ hiện từ mức này trở lên.", "Show this level and worse."),
)  # fmt: skip
@option(
    "--watch", is_flag=True,
    text=Text("Kiểm tra lại mỗi khi tệp thay đổi; dừng bằng Ctrl-C.", "Check again on every change; stop with Ctrl-C."),
)  # fmt: skip
@option(
    "--as-of", metavar="DATE",
    text=Text(
        "Kiểm tra như vào ngày này: 2021-09-14 hoặc 14/09/2021 (mặc định: ngày 'as_of' của _org.yaml, không có thì hôm nay).",
        "Check as on this day, 2021-09-14 or 14/09/2021 (default: 'as_of' of _org.yaml, else today).",
    ),
)  # fmt: skip
@out_option
@click.pass_context
def check(
    ctx: click.Context,
    paths: tuple[Path, ...],
    form: str,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    level: Level,
    watch: bool,
    as_of: str | None,
    output: str | None,
) -> None:
    """Check flow files and leave with 1 when something is wrong."""
    gc.disable()  # a check makes many values and hardly a cycle: looking for some took a tenth of its time
    paths = paths or (flows_folder(None),)
    wanted = Wanted(_codes(select) if select else None, _codes(ignore), level)
    once = partial(_once, paths, wanted, form, output, _day(as_of))
    if not watch:
        ctx.exit(once())
    from .polling import again_on_change

    homes = [place.agency for place in agencies(paths, lambda file: own_folder() or bundled())]
    ctx.exit(again_on_change(once, dict.fromkeys([*homes, *paths])))


def _codes(words: Sequence[str]) -> frozenset[str]:
    """The codes meant by words such as `FLW4,no-holder`; BadValue for what is no rule, and for what no check reports."""
    if not words:
        return frozenset()
    from flowiso.render.codebook import meant_by
    from flowiso.render.rulebook import find

    parts = [part for word in words for part in word.split(",")]
    others = {part: meant_by(part) for part in parts}
    for part, notes in others.items():
        if notes and not notes[0].code.startswith(_BESIDE_FLOWS):
            raise _told_elsewhere(part, [note.code for note in notes])
    found = {note.code for notes in others.values() for note in notes}
    return frozenset(found | {page.CODE for part in parts if not others[part] for page in find(part)})


_BESIDE_FLOWS = ("RPT", "SCN")
"""The codes a check reports beside those of rules: of declared years and of scenarios."""


def _told_elsewhere(word: str, codes: Iterable[str]) -> BadValue:
    """Whoever chose such a code would read that nothing is wrong."""
    from flowiso.render.codebook import FAMILIES

    about = [family.title for prefix, family in FAMILIES.items() if any(code.startswith(prefix) for code in codes)]
    return BadValue(
        Text(
            f"'flowiso check' không bao giờ báo {word}; mã ấy thuộc: {'; '.join(title.vi for title in about)}",
            f"'flowiso check' never reports {word}; it belongs to: {'; '.join(title.en for title in about)}",
        )
    )


def _day(given: str | None) -> date | None:
    """The day of the check, where one is given."""
    if given is None:
        return None
    from .due import day

    return day(given)


def _once(paths: Sequence[Path], wanted: Wanted, form: str, output: str | None, given: date | None) -> int:
    """Check, write what is wanted, and give the exit code."""
    count, findings = check_paths(paths, given, datetime.now(TZ).date())
    gc.freeze()  # nor need the interpreter look when it ends
    shown = [finding for finding in findings if wanted.shows(finding)]
    hidden = len(findings) - len(shown)
    write(_rendered(form, count, shown, hidden, plain=output is not None), output)
    if output is not None:
        click.echo(summary(count, shown, hidden).to(lang_of()), err=True)
    return 1 if shown else 0


def _rendered(form: str, count: int, findings: Sequence[Finding], hidden: int, plain: bool) -> str:
    lang = lang_of()
    if form == "json":
        return json_text(as_json(count, findings, lang))
    if form == "sarif":
        from flowiso.render.sarif import as_sarif

        return json_text(as_sarif(findings, Path.cwd(), lang))
    if form == "github":
        return as_github(count, findings, lang, hidden)
    if plain or os.environ.get("NO_COLOR") or not sys.stdout.isatty():
        return as_text(count, findings, lang, hidden)
    return as_text(count, findings, lang, hidden, paint=_paint)


def _paint(level: Level, code: str) -> str:
    return click.style(code, fg={"error": "red", "warning": "yellow", "info": "cyan"}[level], bold=True)


def check_paths(
    paths: Iterable[Path], given: date | None = None, today: date | None = None
) -> tuple[int, list[Finding]]:
    """How many flow files lie at the paths, and what is wrong there; each is judged by its own agency.

    The agency's other flows are read to be compared with. Where a folder or one of the agency's own files is asked for,
    its calendar, plans, stories and declared years are looked at too; scenarios where they are named themselves, as one of
    either kind that lies elsewhere. The day is the one `given`, else the agency's own `as_of`, else `today`; without any no
    flow is too old.
    """
    count, findings = 0, []
    paths = tuple(paths)
    named = frozenset(map(realpath, paths))
    for place in places(paths):
        asked = {realpath(file): file for file in place.files}
        others = {real: kind for real, file in asked.items() if real in named and (kind := kind_of(file))}
        strays = [(asked.pop(real), kind) for real, kind in others.items()]
        beside = {} if place.whole else {realpath(file): file for file in flows_of(place.agency)}
        library = load(place.agency, [file for real, file in (beside | asked).items() if real not in others])
        calendar, faults = read_calendar(place.agency)
        plans, more = read_plans(place.agency)
        only = {*map(str, asked.values()), *(_own_files(place.agency) if place.own else ())}
        findings += check_library(library, calendar, given or library.org.as_of or today, plans, only)
        beside_flows = (
            *faults,
            *more,
            *load_reasons(place.agency)[1],
            *_story_faults(place.agency),
            *_year_faults(library),
        )
        findings += beside_flows if place.own else ()
        scenarios = [file for file, kind in strays if kind == "scenario"]
        findings += _scenario_faults(paths, scenarios, library, calendar)
        findings += chain.from_iterable(_faults_of_year(file, library) for file, kind in strays if kind == "year")
        count += len(asked)
    return count, sorted(findings, key=by_place)


def _own_files(agency: Path) -> Iterator[str]:
    """The agency's own files beside the flows, by the names they have in findings."""
    for pattern in ("_*", "_*/*"):
        yield from map(str, agency.glob(pattern))


def _story_faults(agency: Path) -> Iterator[Finding]:
    """What is wrong with the text of the agency's stories."""
    folder = agency / "_stories"
    for file in flow_files([folder]) if folder.is_dir() else ():
        from flowiso.storyfile import read_stories

        yield from read_text(file, read_stories)


def _year_faults(library: Library) -> Iterator[Finding]:
    """What is wrong with what the agency declares of its years."""
    folder = library.folder / "_reports"
    for file in flow_files([folder]) if folder.is_dir() else ():
        yield from _faults_of_year(file, library)


def _faults_of_year(file: Path, library: Library) -> list[Finding]:
    from flowiso.declaredfile import read_year

    return read_text(file, partial(read_year, divisions=library.org.divisions.keys() or None))


def _scenario_faults(
    paths: Iterable[Path], others: Sequence[Path], library: Library, calendar: Calendar | None
) -> list[Finding]:
    """What is wrong with the agency's scenarios among the paths, and `others`; reading all takes a third of a check again."""
    folder = realpath(library.folder / "_scenarios")
    named = [path for path in paths if folder in (real := realpath(path), os.path.dirname(real))]
    if not named and not others:
        return []
    from flowiso.simulate.scenariofile import faults

    return faults([*(flow_files(named) if named else ()), *others], library, calendar)
