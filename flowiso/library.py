"""A folder of flow files: load everything, find a flow by code and day."""

from __future__ import annotations

import os
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from operator import attrgetter
from os.path import lexists, realpath
from pathlib import Path
from stat import S_ISREG
from typing import NamedTuple, NoReturn, TypeVar

from .agencyfile import read_org, read_plan, read_reasons, read_words
from .calendar import Calendar
from .calendarfile import CODE, NAME, calendar_faults, read_sessions, read_year
from .errors import BadValue, FlowFileError, UnknownFlow, reason
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

ORG = "_org.yaml"
MOST_STRANGE = 10_000
"""So many entries outside any agency are looked through in search of one."""


def bundled() -> Path:
    """The flows that came with FlowISO: inside the installed package, or beside it in a checkout."""
    inside = Path(__file__).parent / "flows"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "flows"


class Agency(NamedTuple):
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

    def altered(self, org: Org, flows: tuple[Flow, ...]) -> Library:
        """A copy with another organisation and other flows."""
        by_key = {(flow.code, flow.version): flow for flow in flows}
        return replace(self, agency=self.agency._replace(org=org), flows=flows, _by_key=by_key)

    def version(self, code: str, version: int) -> Flow:
        """One version of a flow; UnknownFlow when there is none."""
        flow = self._by_key.get((code, version))
        if flow is None:
            there = ", ".join(str(one.version) for one in self.flows if one.code == code)
            vi, en = f"khôi phục tệp lưu đồ của lần {version}", f"restore the flow file of version {version}"
            if there:
                vi, en = f"chọn lần đã có ({there}) hoặc {vi}", f"take one there is ({there}), or {en}"
            raise UnknownFlow(
                Text(
                    f"không có lưu đồ {code} lần {version}; hãy {vi}",
                    f"there is no flow {code} version {version}; {en}",
                )
            )
        return flow

    def find(self, code: str, on: date | None = None) -> Flow:
        """The version of `code` in force on a day, the newest when no day is given; UnknownFlow when there is none."""
        by_code = attrgetter("code")
        first = bisect_left(self.flows, code.upper(), key=by_code)
        versions = self.flows[first : bisect_right(self.flows, code.upper(), first, key=by_code)]
        if not versions:
            near = nearest(code.upper(), {flow.code for flow in self.flows})
            what = meant(near)
            if near is None:
                what = Text("; hãy xem các mã trong 'flowiso catalogue'", "; see the codes in 'flowiso catalogue'")
            raise UnknownFlow(Text(f"không có lưu đồ {code}{what.vi}", f"there is no flow {code}{what.en}"))
        for flow in reversed(versions):
            if on is None or (flow.effective <= on and (flow.effective_to is None or on < flow.effective_to)):
                return flow
        raise UnknownFlow(
            Text(
                f"{code}: không lần ban hành nào có hiệu lực ngày {day_shown(on or date.max)}; hãy xem lại ngày, hoặc"
                " 'effective' của các lần ban hành",
                f"{code}: no version is in force on {on}; look at the day again, or at 'effective' of its versions",
            )
        )


class Place(NamedTuple):
    """What paths name of one agency: flow files, whether its own files are asked for too, and whether all of it is."""

    agency: Path
    files: tuple[Path, ...]
    own: bool = False
    whole: bool = False


def agency_folder(path: Path) -> Path | None:
    """The nearest folder at or above `path` that holds `_org.yaml`, named as in `path` where it is a part of it."""
    named = () if ".." in path.parts else (path, *path.parents)
    found = next((folder for folder in named if lexists(folder / ORG)), None)
    if found is None:
        real = path.resolve()
        found = next((folder for folder in (real, *real.parents) if lexists(folder / ORG)), None)
    return found


def nowhere(file: Path) -> NoReturn:
    """BadValue for a file that lies in no agency."""
    raise BadValue(
        Text(
            f"'{file}' không thuộc cơ quan nào: thư mục chứa nó và các thư mục trên đều không có _org.yaml;"
            " hãy đặt nó vào thư mục của cơ quan (tạo bằng 'flowiso init')",
            f"'{file}' belongs to no agency: neither its folder nor one above holds _org.yaml;"
            " put it into an agency's folder ('flowiso init' makes one)",
        )
    )


def by_agency(files: Iterable[Path], desk: Callable[[Path], Path] = nowhere) -> dict[Path, list[Path]]:
    """Files by the agency they belong to: the nearest folder above them that holds `_org.yaml`.

    `desk` says by which agency a file is judged that lies in none; without it that is BadValue.
    """
    nearest: dict[Path, Path | None] = {}
    found: dict[Path, list[Path]] = {}
    for file in files:
        if file.parent not in nearest:
            nearest[file.parent] = agency_folder(file.parent)
        found.setdefault(nearest[file.parent] or desk(file), []).append(file)
    return found


def agencies(paths: Iterable[Path], desk: Callable[[Path], Path] = nowhere) -> list[Place]:
    """What the paths name, by agency; each agency once, under the name it is met by first.

    A file that is named itself and lies in no agency is judged by the one `desk` gives; what a folder holds must lie in
    one. Raises BadValue for that, for a path that isn't there, and for a folder with neither flow file nor agency.
    """
    found: dict[str, Place] = {}
    for path in paths:
        for place in _named(path, desk):
            key = realpath(place.agency)
            found[key] = _both(found[key], place) if key in found else place
    return list(found.values())


def _both(one: Place, other: Place) -> Place:
    files = {realpath(file): file for file in (*other.files, *one.files)}
    return Place(one.agency, tuple(files.values()), one.own or other.own, one.whole or other.whole)


def _named(path: Path, desk: Callable[[Path], Path]) -> list[Place]:
    """What one path names, by agency."""
    if not path.exists():
        raise BadValue(
            Text(
                f"không có tệp hay thư mục '{path}'; hãy xem lại tên",
                f"there is no file or folder '{path}'; check its name",
            )
        )
    agency = agency_folder(path)
    if agency is not None and _beside_flows(path, agency):
        return [Place(agency, (), own=True)]
    if not path.is_dir() or (_named_yaml(path.name) and path != agency):
        return [Place(agency, tuple(files)) for agency, files in by_agency([path], desk).items()]
    files, inside = walk(path)
    if not files and not inside:
        raise BadValue(Text(f"'{path}' không có tệp lưu đồ *.yaml nào", f"'{path}' holds no flow file *.yaml"))
    groups = by_agency(files)
    whole = [Place(agency, tuple(groups.pop(agency, ())), own=True, whole=True) for agency in inside]
    return whole + [Place(agency, tuple(files), own=True) for agency, files in groups.items()]


def _beside_flows(path: Path, agency: Path) -> bool:
    """Whether the path is one of the agency's own files or folders (`_org.yaml`, `_calendar`)."""
    inside, folder = path.resolve(), agency.resolve()
    return inside.is_relative_to(folder) and any(part.startswith("_") for part in inside.relative_to(folder).parts)


def flow_files(paths: Iterable[Path]) -> list[Path]:
    """The flow files among paths: a file itself, and of a folder every YAML file below it.

    Not those that begin with `_` (an agency's own) or `.` (hidden), nor what lies in folders of such names. What is named
    like a file counts as one, even when it turns out to be a folder or a pipe.
    """
    found: list[Path] = []
    for path in paths:
        found += walk(path)[0] if not _named_yaml(path.name) and path.is_dir() else [path]
    return found


def walk(folder: Path) -> tuple[list[Path], list[Path]]:
    """The flow files below a folder, sorted, and the folders with an `_org.yaml`, the outer one first; links are followed.

    Raises BadValue for a folder that can't be listed, and where there is too much outside any agency.
    """
    files: list[Path] = []
    found: list[Path] = []
    inside, strange = {os.path.dirname(folder)} if agency_folder(folder) else set(), 0
    seen: set[str] = set()
    for at, folders, names in os.walk(folder, onerror=_unlisted, followlinks=True):
        if (real := realpath(at)) in seen:  # a link back to where one is already
            folders.clear()
            continue
        seen.add(real)
        if ORG in names or ORG in folders:
            found.append(Path(at))
        if Path(at) in found[-1:] or os.path.dirname(at) in inside:
            inside.add(at)
        else:
            strange += len(folders) + len(names)
        if strange > MOST_STRANGE:
            raise BadValue(
                Text(
                    f"'{folder}' chứa quá nhiều thứ ngoài thư mục cơ quan; hãy ghi đúng thư mục có _org.yaml",
                    f"'{folder}' holds too much outside any agency; name the folder with _org.yaml",
                )
            )
        files += (Path(at, name) for name in (*names, *folders) if _named_yaml(name) and name[0] not in "_.")
        folders[:] = sorted(name for name in folders if name[0] not in "_." and not _named_yaml(name))
    return sorted(files), found


def _unlisted(error: OSError) -> NoReturn:
    vi, en = reason(error)
    text = Text(f"không xem được thư mục '{error.filename}': {vi}", f"can't list the folder '{error.filename}': {en}")
    raise BadValue(text) from error


def _named_yaml(name: str) -> bool:
    return name.lower().endswith((".yaml", ".yml"))


def load_agency(folder: Path) -> Agency:
    """`_org.yaml` and `_steps.yaml` of a folder, its register of laws and its list of frozen files where there are any."""
    findings: list[Finding] = []
    org = _read(folder / ORG, read_org, findings) or Org("", Text("", ""), Limits())
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
    if not lexists(folder / ORG):
        text = Text(
            f"'{folder}' không có _org.yaml nên không phải thư mục của cơ quan; hãy xem lại --flows, hoặc chạy 'flowiso init'",
            f"'{folder}' holds no _org.yaml, so it is no agency's folder; check --flows, or run 'flowiso init'",
        )
        raise FlowFileError(text)
    agency = load_agency(folder)
    findings = list(agency.findings)
    flows: list[Flow] = []
    files = flows_of(folder) if paths is None else flow_files(paths)
    for file in files:
        data = _opened(file, findings)
        flow, faults = (None, []) if data is None else read_flow(data, str(file), agency.words)
        findings += faults
        if flow is not None:
            flows.append(flow)
    flows.sort(key=lambda flow: (flow.code, flow.version))
    by_key = {(flow.code, flow.version): flow for flow in flows}
    return Library(agency, tuple(flows), tuple(findings), len(files), by_key)


def flows_of(agency: Path) -> tuple[Path, ...]:
    """The flow files of an agency's folder, without those of agencies inside it."""
    return agencies([agency])[0].files


def read_calendar(folder: Path) -> tuple[Calendar | None, tuple[Finding, ...]]:
    """The calendar in `folder/_calendar` and what is wrong in its files; None, with findings, when it can't be used."""
    findings: list[Finding] = []
    read = (_read(file, read_year, findings) for file in sorted((folder / "_calendar").glob("[0-9]*.yaml")))
    years = [year for year in read if year is not None]
    file = folder / "_calendar" / "_sessions.yaml"
    sessions = (_read(file, read_sessions, findings) if file.exists() else None) or ()
    if years and not findings:
        findings += calendar_faults(years, sessions, str(file))
    if not (years or findings):
        findings.append(_no_calendar(folder / "_calendar"))
    if findings:
        return None, tuple(findings)
    days = (day for year in years for day in year.days)
    return Calendar({year.number: year.announced for year in years}, days, sessions), ()


def _no_calendar(folder: Path) -> Finding:
    text = Text(
        "thiếu lịch làm việc nên không tính được hạn nào; hãy thêm tệp của từng năm, như 2026.yaml, và _sessions.yaml",
        "the working calendar is missing, no due date can be told; add a file for each year, 2026.yaml, and _sessions.yaml",
    )
    return Finding(CODE, NAME, "error", text, str(folder), 1, 1)


def load_calendar(folder: Path, known_at: date | None = None) -> Calendar:
    """The calendar in `folder/_calendar`, as it was known on a day when `known_at` is given (R80).

    Raises FlowFileError with the findings when a file has faults or there is none.
    """
    calendar, findings = read_calendar(folder)
    if calendar is None:
        text = Text(f"lịch của '{folder}' có lỗi hoặc thiếu", f"the calendar of '{folder}' is faulty or missing")
        raise FlowFileError(text, findings)
    return calendar if known_at is None else calendar.known(known_at)


def read_plans(folder: Path) -> tuple[tuple[Plan, ...], tuple[Finding, ...]]:
    """The yearly plans in `folder/_plans` and what is wrong in their files."""
    findings: list[Finding] = []
    read = (_read(file, read_plan, findings) for file in sorted((folder / "_plans").glob("[0-9]*.yaml")))
    plans = tuple(plan for plans in read for plan in plans or ())
    return plans, tuple(findings)


def load_reasons(folder: Path) -> tuple[dict[str, str], tuple[Finding, ...]]:
    """Why flows share a shape, by the code of one of them, and what is wrong in `_shapes.yaml`; nothing where it isn't there."""
    findings: list[Finding] = []
    file = folder / "_shapes.yaml"
    reasons = _read(file, read_reasons, findings) if lexists(file) else None
    return reasons or {}, tuple(findings)


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


def read_text(file: Path, reader: Callable[[bytes, str], tuple[object, list[Finding]]]) -> list[Finding]:
    """What a reader finds wrong with a file, or FLW001 when it can't be opened."""
    findings: list[Finding] = []
    data = _opened(file, findings)
    return findings if data is None else reader(data, str(file))[1]


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
        vi, en = reason(error)
        raise BadValue(Text(f"không mở được '{file}': {vi}", f"can't open '{file}': {en}")) from error
