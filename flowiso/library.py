"""A folder of flow files: load everything, find a flow by code and day."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from os.path import lexists
from pathlib import Path
from stat import S_ISREG
from typing import TypeVar

from .agencyfile import read_org, read_plan, read_words
from .calendar import Calendar
from .calendarfile import calendar_faults, read_sessions, read_year
from .errors import BadValue, CalendarUnknown, FlowFileError, UnknownFlow
from .flowfile import read_flow
from .lawfile import read_laws
from .laws import Laws
from .model import Finding, Flow
from .org import Limits, Org
from .plans import Plan
from .published import Published, read_published
from .schema import Reading, meant, nearest
from .text import Text
from .text import day as day_shown
from .words import Words
from .yamlfile import MAX_BYTES, Map, Source, parse

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
    published: Published
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
    def published(self) -> Published:
        """The list of frozen files, each with the digest it was frozen with."""
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
    """The flow files among paths: a file itself, and of a folder every YAML file below it that doesn't begin with `_`.

    What is named like a file counts as one, even when it turns out to be a folder or a pipe.
    """
    found: list[Path] = []
    for path in paths:
        if not _named_yaml(path) and path.is_dir():
            inside = (file for file in sorted(path.rglob("*")) if _named_yaml(file))
            found += (file for file in inside if not _agency_file(file.relative_to(path)))
        else:
            found.append(path)
    return found


def _named_yaml(path: Path) -> bool:
    return path.suffix.lower() in (".yaml", ".yml")


def _agency_file(path: Path) -> bool:
    return any(part.startswith("_") for part in path.parts)


def agency_folder(path: Path) -> Path | None:
    """The nearest folder at or above `path` that holds `_org.yaml`."""
    here = path.resolve()
    return next((folder for folder in (here, *here.parents) if lexists(folder / "_org.yaml")), None)


def load_agency(folder: Path) -> Agency:
    """`_org.yaml` and `_steps.yaml` of a folder, its register of laws and its list of frozen files where there are any."""
    findings: list[Finding] = []
    org = _read(folder / "_org.yaml", read_org, findings) or Org("", Text("", ""), Limits())
    words = _read(folder / "_steps.yaml", read_words, findings) or Words()
    laws = _read(folder / "_laws.yaml", read_laws, findings) if (folder / "_laws.yaml").exists() else None
    file = folder / "_published.txt"
    listed = _opened(file, findings) if lexists(file) else None
    published, faults = (Published(), []) if listed is None else read_published(listed, str(file))
    return Agency(folder, org, words, laws or Laws(), published, (*findings, *faults))


def load(folder: Path, paths: Iterable[Path] | None = None) -> Library:
    """The agency in `folder` with its flows, or with those among `paths` only.

    Nothing is raised for faults of the files; FlowFileError when the folder holds no `_org.yaml`.
    """
    if not lexists(folder / "_org.yaml"):
        text = Text(f"'{folder}' không có _org.yaml", f"'{folder}' holds no _org.yaml")
        raise FlowFileError(text)
    agency = load_agency(folder)
    findings = list(agency.findings)
    flows: list[Flow] = []
    files = flow_files([folder] if paths is None else paths)
    for file in files:
        data = _opened(file, findings)
        flow, faults = (None, []) if data is None else read_flow(data, str(file), agency.words)
        findings += faults
        if flow is not None:
            flows.append(flow)
    flows.sort(key=lambda flow: (flow.code, flow.version))
    by_key = {(flow.code, flow.version): flow for flow in flows}
    return Library(agency, tuple(flows), tuple(findings), len(files), by_key)


def read_calendar(folder: Path) -> tuple[Calendar | None, tuple[Finding, ...]]:
    """The calendar in `folder/_calendar` and what is wrong in its files; None when there is none, or a wrong one."""
    findings: list[Finding] = []
    read = (_read(file, read_year, findings) for file in sorted((folder / "_calendar").glob("[0-9]*.yaml")))
    years = [year for year in read if year is not None]
    file = folder / "_calendar" / "_sessions.yaml"
    sessions = (_read(file, read_sessions, findings) if file.exists() else None) or ()
    if years and not findings:
        findings += calendar_faults(years, sessions, str(file))
    if findings or not years or not sessions:
        return None, tuple(findings)
    days = (day for year in years for day in year.days)
    return Calendar({year.number: year.announced for year in years}, days, sessions), ()


def load_calendar(folder: Path, known_at: date | None = None) -> Calendar:
    """The calendar in `folder/_calendar`, as it was known on a day when `known_at` is given (R80).

    Raises FlowFileError with the findings when a file has faults, CalendarUnknown when there is none.
    """
    calendar, findings = read_calendar(folder)
    if findings:
        raise FlowFileError(Text("tệp lịch có lỗi", "the calendar files have faults"), findings)
    if calendar is None:
        text = Text(f"'{folder}/_calendar' không có lịch", f"'{folder}/_calendar' holds no calendar")
        raise CalendarUnknown(text)
    return calendar if known_at is None else calendar.known(known_at)


def read_plans(folder: Path) -> tuple[tuple[Plan, ...], tuple[Finding, ...]]:
    """The yearly plans in `folder/_plans` and what is wrong in their files."""
    findings: list[Finding] = []
    read = (_read(file, read_plan, findings) for file in sorted((folder / "_plans").glob("[0-9]*.yaml")))
    plans = tuple(plan for plans in read for plan in plans or ())
    return plans, tuple(findings)


def load_plans(folder: Path) -> dict[tuple[str, int], dict[str, date]]:
    """Milestones by (procedure code, year). Raises FlowFileError when a plan file has faults."""
    plans, findings = read_plans(folder)
    if findings:
        raise FlowFileError(Text("tệp kế hoạch có lỗi", "the plan files have faults"), findings)
    return {(plan.code, plan.year): plan.days for plan in plans}


def _read(file: Path, reader: Callable[[Reading, Map], T], findings: list[Finding]) -> T | None:
    data = _opened(file, findings)
    if data is None:
        return None
    source = Source(str(file))
    root = parse(source, data)
    value = None if root is None else reader(Reading(source), root)
    findings += source.findings
    return value


def _opened(file: Path, findings: list[Finding]) -> bytes | None:
    """What a file holds; None, with a finding FLW001, when it can't be opened."""
    try:
        return contents(file)
    except BadValue as error:
        findings.append(Finding("FLW001", "unreadable", "error", error.text, str(file), 1, 1))
        return None


def contents(file: Path) -> bytes:
    """The bytes of a regular file, as many as a reader looks at; BadValue when it can't be opened."""
    try:
        found = file.stat()
        if not S_ISREG(found.st_mode):
            vi, en = f"'{file}' không phải là tệp thường", f"'{file}' is no regular file"
            raise BadValue(Text(f"{vi}; hãy thay bằng tệp hoặc xóa đi", f"{en}; put a file there or remove it"))
        with open(file, "rb", buffering=0) as opened:
            return opened.read(MAX_BYTES + 1 if found.st_size > MAX_BYTES else -1)
    except OSError as error:
        known = _REASONS.get(error.errno or 0)
        vi, en = known or Text(str(error), error.strerror or str(error))
        raise BadValue(Text(f"không mở được '{file}': {vi}", f"can't open '{file}': {en}")) from error


_REASONS: Mapping[int, Text] = {
    errno.ENOENT: Text("không có tệp này", "there is no such file"),
    errno.EACCES: Text(
        "không có quyền đọc; hãy hỏi người quản trị máy", "no permission to read it; ask who runs the machine"
    ),
    errno.ELOOP: Text("liên kết chạy vòng; hãy thay bằng tệp thật", "its links run in a circle; put a real file there"),
    errno.ENAMETOOLONG: Text("tên tệp quá dài; hãy đặt tên ngắn hơn", "its name is too long; make it shorter"),
    errno.EIO: Text(
        "ổ đĩa báo lỗi; hãy chép lại tệp từ bản lưu", "the disk reports an error; take the file from a copy"
    ),
}
