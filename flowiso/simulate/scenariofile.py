"""Scenario files, `_scenarios/<name>.yaml`, read by a closed schema with lines; one builds on another by `base`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from itertools import chain, islice
from os.path import realpath
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import BadValue, FlowFileError
from ..library import Library, bundled, contents
from ..model import Finding
from ..schema import Reading, meant, nearest
from ..text import Text
from ..yamlfile import MAX_FINDINGS, Scalar, Source, brief, parse
from .scenariochecks import Entry, check, told
from .scenariokeys import (
    ALL,
    HEAD,
    MONTHS,
    NAME,
    NEVER,
    PATHS,
    PUBLISHED,
    SECTIONS,
    TITLES,
    WEEKDAYS,
    Fact,
    as_written,
    entries,
)

if TYPE_CHECKING:
    from ..app import Agency
    from ..calendar import Calendar
    from .scenario import Ground, Scenario

FOLDER = "_scenarios"
NO_GROUND = Text("tệp không ghi căn cứ", "the file gives no ground")
_SERIES: Mapping[str, tuple[str, ...]] = {"weekdays": WEEKDAYS, "months": MONTHS}


class Sheet(NamedTuple):
    """One file as read: what it says by path ("misrouting.rate"), where that comes from, and what it builds on.

    `unread` are the paths written there but not understood.
    """

    file: str
    title: Text
    base: Scalar | None
    entries: dict[str, Entry]
    facts: tuple[Fact, ...]
    unread: Set[str]


def read(path_or_name: str, agency: Agency) -> tuple[Scenario, list[Finding]]:
    """A scenario and all that is wrong with it and with what it builds on.

    A name is looked for in `_scenarios` of the agency's folder, then among the shipped ones; anything else is a path.
    Raises BadValue when there is none, or when the file can't be opened.
    """
    file = _file(path_or_name, agency.library.folder)
    sheets, findings = _sheets(file, agency.library.folder)
    values = _merged(sheets)
    findings += _wrong(sheets, values, agency.library, agency.calendar)
    return _scenario(file.stem, sheets, values), findings


def load(path_or_name: str, agency: Agency) -> Scenario:
    """The scenario of a name or path. Raises FlowFileError with the findings when it has faults, BadValue when there is none."""
    scenario, findings = read(path_or_name, agency)
    if findings:
        text = Text(
            f"kịch bản '{path_or_name}' có {len(findings)} lỗi; hãy sửa trước",
            f"the scenario '{path_or_name}' has {len(findings)} faults; mend them first",
        )
        raise FlowFileError(text, findings)
    return scenario


def names(folder: Path) -> list[str]:
    """The names of the scenarios there are for an agency's folder, the shipped ones among them."""
    return sorted({file.stem for place in _places(folder) for file in place.glob("*.yaml")})


def faults(files: Iterable[Path], library: Library, calendar: Calendar | None) -> list[Finding]:
    """What is wrong in scenarios and in what they build on, each finding once."""
    found: dict[Finding, None] = {}
    for file in files:
        try:
            sheets, findings = _sheets(file, library.folder)
        except BadValue as error:
            findings = [Finding("FLW001", "unreadable", "error", error.text, str(file), 1, 1)]
        else:
            findings += _wrong(sheets, _merged(sheets), library, calendar)
        found |= dict.fromkeys(findings)
    return list(found)


def _places(folder: Path) -> tuple[Path, ...]:
    return folder / FOLDER, bundled() / FOLDER


def _file(path_or_name: str, folder: Path) -> Path:
    if not NAME.fullmatch(path_or_name):
        return Path(path_or_name)
    found = _named(path_or_name, _places(folder))
    if found is None:
        raise BadValue(_unknown(path_or_name, names(folder)))
    return found


def _named(name: str, places: Iterable[Path]) -> Path | None:
    return next((file for place in places if (file := place / f"{name}.yaml").exists()), None)


def _unknown(name: str, known: Sequence[str]) -> Text:
    guess, there = meant(nearest(name, known)), ", ".join(known) or "-"
    return Text(
        f"không có kịch bản '{name}'{guess.vi}; các kịch bản đang có: {there}",
        f"there is no scenario '{name}'{guess.en}; there are: {there}",
    )


def _sheets(file: Path, folder: Path) -> tuple[list[Sheet], list[Finding]]:
    """A file and what it builds on, from the variant down to the base, and what is wrong in them."""
    sheets: list[Sheet] = []
    findings: list[Finding] = []
    seen = {realpath(file)}
    while True:
        sheet, found = read_sheet(contents(file), str(file))
        findings += found
        if sheet is None:
            return sheets, findings
        sheets.append(sheet)
        if sheet.base is None:
            return sheets, findings
        base = _base(sheet, sheet.base, (file.parent, *_places(folder)), seen)
        if isinstance(base, Finding):
            return sheets, [*findings, base]
        file = base


def _base(sheet: Sheet, name: Scalar, places: Sequence[Path], seen: set[str]) -> Path | Finding:
    """The file a scenario builds on, or why there is none; remembered in `seen`."""
    found = _named(name.text, places)
    if found is None:
        known = sorted({file.stem for place in places for file in place.glob("*.yaml")} - {Path(sheet.file).stem})
        return told("SCN001", sheet.file, name, _unknown(name.text, known))
    if realpath(found) in seen:
        text = Text(
            f"các kịch bản lấy nhau làm gốc thành vòng ở '{name.text}'; hãy bỏ 'base' ở một tệp",
            f"the scenarios build on one another in a circle at '{name.text}'; take 'base' out of one file",
        )
        return told("SCN002", sheet.file, name, text)
    seen.add(realpath(found))
    return found


def read_sheet(data: bytes, file: str) -> tuple[Sheet | None, list[Finding]]:
    """One file by itself, and what is wrong with its text; None when it can't be read at all."""
    source = Source(file)
    root = parse(source, data)
    if root is None:
        return None, source.findings
    reading = Reading(source)
    values = reading.table(root, HEAD)
    head = {name: values.pop(name, None) for name in ("base", "title", "title_en", "facts")}
    written = {
        ".".join((name.text, *path)): Entry((name.text, *path), found, place, node, file)
        for name, value in root.items
        if name.text in values
        for path, found, place, node in entries(values[name.text], name, value)
    }
    base = root.get("base") if head["base"] else None
    title = head["title"] or ""
    return Sheet(
        file,
        Text(title, head["title_en"] or title),
        base if isinstance(base, Scalar) else None,
        written,
        head["facts"] or (),
        reading.unread,
    ), source.findings


def _merged(sheets: Sequence[Sheet]) -> dict[str, Entry]:
    """What holds in the end, by path: what a variant says goes before what its base says. What was published of the base's year
    is nothing of the variant's."""
    values: dict[str, Entry] = {}
    for depth, sheet in enumerate(reversed(sheets)):
        values = {path: entry for path, entry in values.items() if entry.path[0] != PUBLISHED}
        values |= {path: entry._replace(depth=depth) for path, entry in sheet.entries.items()}
    return values


def _wrong(
    sheets: Sequence[Sheet], values: Mapping[str, Entry], library: Library, calendar: Calendar | None
) -> list[Finding]:
    """What is wrong with a scenario that its words alone don't show; no more than a reader wants at once."""
    found = chain(_idle(sheets), check(values, library, calendar)) if sheets else ()
    return list(islice(found, MAX_FINDINGS))


def _idle(sheets: Sequence[Sheet]) -> Iterator[Finding]:
    """SCN003: a fact about what the scenario doesn't say; what couldn't be read is told already."""
    said = {part for sheet in sheets for path in sheet.entries for part in _parts(path)}
    unread = {path for sheet in sheets for path in sheet.unread}
    for sheet in sheets:
        for fact in sheet.facts:
            for name in fact.of:
                if name.text not in said and unread.isdisjoint(_parts(name.text)):
                    yield told("SCN003", sheet.file, name, _not_said(name.text, said))


def _parts(path: str) -> list[str]:
    """A path and its beginnings, the longest first: staff.leave.lan.vp, staff.leave.lan, staff.leave, staff."""
    dots = [at for at, mark in enumerate(path) if mark == "."]
    return [path, *(path[:at] for at in reversed(dots))]


def _not_said(name: str, said: Set[str]) -> Text:
    guess = meant(nearest(name, [path for path in PATHS if path in said]))
    return Text(
        f"'of' nói về '{brief(name)}' mà kịch bản không ghi số nào như vậy{guess.vi}",
        f"'of' is about '{brief(name)}', but the scenario says no such number{guess.en}",
    )


def _grounds(sheets: Sequence[Sheet], values: Mapping[str, Entry]) -> Iterator[Ground]:
    """Where each number comes from: as its own file says, or one that builds on it; the fact that names the most of it."""
    from .scenario import Ground

    depth = {sheet.file: at for at, sheet in enumerate(sheets)}
    facts = [{name.text: fact for fact in sheet.facts for name in fact.of} for sheet in sheets]
    for path, entry in values.items():
        over, parts = facts[: depth[entry.file] + 1], _parts(path)
        near = next((by_name[part] for by_name in over for part in parts if part in by_name), None)
        basis, why = (near.basis, near.why) if near else ("assumed", NO_GROUND)
        number = next(part for part in parts if part in TITLES)
        yield Ground(path, basis, why, as_written(entry.node), TITLES[number], path[len(number) + 1 :])


def _scenario(name: str, sheets: Sequence[Sheet], values: Mapping[str, Entry]) -> Scenario:
    from . import scenario

    parts: dict[str, Any] = {}
    for entry in values.values():
        *above, last = entry.path
        part = parts
        for one in above:
            part = part.setdefault(one, {})
        part[last] = entry.value
    for head in SECTIONS.keys() & parts.keys():
        parts[head] = getattr(scenario, head.capitalize())(**{k: _field(k, v) for k, v in parts[head].items()})
    title = sheets[0].title if sheets else Text("", "")
    grounds = tuple(_grounds(sheets, values))
    if PUBLISHED in parts:
        mine = tuple(ground for ground in grounds if ground.path.startswith(f"{PUBLISHED}."))
        parts[PUBLISHED] = replace(parts[PUBLISHED], grounds=mine)
        grounds = tuple(ground for ground in grounds if ground not in mine)
    return scenario.Scenario(name=name, title=title, grounds=grounds, **parts)


def _field(key: str, value: Any) -> Any:
    """A value as the field of the scenario has it."""
    if key in _SERIES:
        return tuple(value.get(one, 1.0) for one in _SERIES[key])
    if key == "more":
        from ..setting import Extra

        return tuple(Extra(one["role"], one.get("division"), one["count"]) for one in value)
    return None if value in (ALL, NEVER) else value
