"""A folder of flow files: load everything, find a flow by code and day."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TypeVar

from .agencyfile import read_org, read_plan, read_sessions, read_words, read_year
from .calendar import Calendar, Sessions, SpecialDay
from .errors import BadValue, CalendarUnknown, FlowFileError, UnknownFlow
from .flowfile import read_flow
from .laws import Laws
from .model import Finding, Flow
from .org import Limits, Org
from .schema import Reading, meant, nearest
from .text import Text
from .text import day as day_shown
from .words import Words
from .yamlfile import Map, Source, parse

T = TypeVar("T")


def bundled() -> Path:
    """The flows that came with FlowISO: inside the installed package, or beside it in a checkout."""
    inside = Path(__file__).parent / "flows"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "flows"


@dataclass(frozen=True, slots=True)
class Agency:
    """What the files beside the flows say: organisation, shared words, and what was wrong in them."""

    folder: Path
    org: Org
    words: Words
    laws: Laws
    published: Mapping[str, str]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Library:
    """An agency folder, read whole. `flows` are sorted by code and version; `findings` are faults of the files' text."""

    agency: Agency
    flows: tuple[Flow, ...]
    findings: tuple[Finding, ...]
    files: int
    _by_key: Mapping[tuple[str, int], Flow] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """The agency's folder."""
        return self.agency.folder

    @property
    def org(self) -> Org:
        """The agency's organisation."""
        return self.agency.org

    @property
    def words(self) -> Words:
        """The words its flows share."""
        return self.agency.words

    @property
    def laws(self) -> Laws:
        """The legal texts its flows rest on."""
        return self.agency.laws

    @property
    def published(self) -> Mapping[str, str]:
        """The digest every published file was frozen with, by the file's name in the folder."""
        return self.agency.published

    def version(self, code: str, version: int) -> Flow:
        """One version of a flow; UnknownFlow when there is none."""
        flow = self._by_key.get((code, version))
        if flow is None:
            raise UnknownFlow(
                Text(f"không có lưu đồ {code} lần {version}", f"there is no flow {code} version {version}")
            )
        return flow

    def find(self, code: str, on: date | None = None) -> Flow:
        """The version of `code` in force on a day, the newest when no day is given; UnknownFlow when there is none."""
        versions = [flow for flow in self.flows if flow.code == code.upper()]
        if not versions:
            guess = meant(nearest(code.upper(), {flow.code for flow in self.flows}))
            raise UnknownFlow(Text(f"không có lưu đồ {code}{guess.vi}", f"there is no flow {code}{guess.en}"))
        for flow in reversed(versions):
            if on is None or (flow.effective <= on and (flow.effective_to is None or on < flow.effective_to)):
                return flow
        raise UnknownFlow(
            Text(
                f"{code}: không lần ban hành nào có hiệu lực ngày {day_shown(on or date.max)}",
                f"{code}: no version is in force on {on}",
            )
        )


def flow_files(paths: Iterable[Path]) -> list[Path]:
    """The flow files among paths: a file itself, and of a folder every YAML file below it that doesn't begin with `_`."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = (file for file in sorted(path.rglob("*")) if file.suffix.lower() in (".yaml", ".yml"))
            found += (file for file in inside if not file.is_dir() and not _agency_file(file.relative_to(path)))
        else:
            found.append(path)
    return found


def _agency_file(path: Path) -> bool:
    return any(part.startswith("_") for part in path.parts)


def agency_folder(path: Path) -> Path | None:
    """The nearest folder at or above `path` that holds `_org.yaml`."""
    here = path.resolve()
    return next((folder for folder in (here, *here.parents) if (folder / "_org.yaml").is_file()), None)


def load_agency(folder: Path) -> Agency:
    """`_org.yaml` and `_steps.yaml` of a folder."""
    findings: list[Finding] = []
    org = _read(folder / "_org.yaml", read_org, findings) or Org("", Text("", ""), Limits())
    words = _read(folder / "_steps.yaml", read_words, findings) or Words()
    return Agency(folder, org, words, Laws(), {}, tuple(findings))


def load(folder: Path, paths: Iterable[Path] | None = None) -> Library:
    """The agency in `folder` with its flows, or with those among `paths` only.

    Nothing is raised for faults of the files; FlowFileError when the folder holds no `_org.yaml`, BadValue when a file
    can't be opened.
    """
    if not (folder / "_org.yaml").is_file():
        text = Text(f"'{folder}' không có _org.yaml", f"'{folder}' holds no _org.yaml")
        raise FlowFileError(text)
    agency = load_agency(folder)
    findings = list(agency.findings)
    flows: list[Flow] = []
    files = flow_files([folder] if paths is None else paths)
    for file in files:
        flow, faults = read_flow(_bytes(file), str(file), agency.words)
        findings += faults
        if flow is not None:
            flows.append(flow)
    flows.sort(key=lambda flow: (flow.code, flow.version))
    by_key = {(flow.code, flow.version): flow for flow in flows}
    return Library(agency, tuple(flows), tuple(findings), len(files), by_key)


def load_calendar(folder: Path, known_at: date | None = None) -> Calendar:
    """The calendar in `folder/_calendar`, as it was known on a day when `known_at` is given (R80).

    Raises FlowFileError with the findings when a file has faults, CalendarUnknown when there is none.
    """
    findings: list[Finding] = []
    years: dict[int, date] = {}
    days: list[SpecialDay] = []
    for file in sorted((folder / "_calendar").glob("[0-9]*.yaml")):
        year = _read(file, read_year, findings)
        if year is not None:
            years[year[0]] = year[1]
            days += year[2]
    sessions: tuple[Sessions, ...] = _read(folder / "_calendar" / "_sessions.yaml", read_sessions, findings) or ()
    if findings:
        raise FlowFileError(Text("tệp lịch có lỗi", "the calendar files have faults"), findings)
    if not years or not sessions:
        text = Text(f"'{folder}/_calendar' không có lịch", f"'{folder}/_calendar' holds no calendar")
        raise CalendarUnknown(text)
    calendar = Calendar(years, days, sessions)
    return calendar if known_at is None else calendar.known(known_at)


def load_plans(folder: Path) -> dict[tuple[str, int], dict[str, date]]:
    """Milestones by (procedure code, year). Raises FlowFileError when a plan file has faults."""
    findings: list[Finding] = []
    plans: dict[tuple[str, int], dict[str, date]] = {}
    for file in sorted((folder / "_plans").glob("[0-9]*.yaml")):
        read = _read(file, read_plan, findings)
        if read is not None:
            plans |= {(code, read[0]): milestones for code, milestones in read[1].items()}
    if findings:
        raise FlowFileError(Text("tệp kế hoạch có lỗi", "the plan files have faults"), findings)
    return plans


def _read(file: Path, reader: Callable[[Reading, Map], T], findings: list[Finding]) -> T | None:
    source = Source(str(file))
    root = parse(source, _bytes(file))
    value = None if root is None else reader(Reading(source), root)
    findings += source.findings
    return value


def _bytes(file: Path) -> bytes:
    try:
        if file.exists() and not file.is_file():
            raise BadValue(Text(f"'{file}' không phải là tệp thường", f"'{file}' is no regular file"))
        return file.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise BadValue(Text(f"không mở được '{file}': {reason}", f"can't open '{file}': {reason}")) from error
