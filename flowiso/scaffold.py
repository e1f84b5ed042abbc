"""First drafts: the folder of an agency, a flow like another one, the next version of a flow.

Everything is made and checked before anything is written; what is written appears whole or not at all.
"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import NamedTuple

from .errors import BadValue, FlowFileError, reason
from .flowfile import read_flow
from .flowtext import Entry, FlowText, quoted
from .library import ORG, Library, bundled, contents, load, load_calendar, read_calendar
from .model import Finding, Flow
from .rules import check_library
from .schema import meant, nearest
from .text import Text, nfc

TEMPLATES = Path(__file__).parent / "templates"
CODE = re.compile(r"[A-Z0-9-]{1,40}", re.ASCII)
AGENCY_ID = re.compile(r"\d{3}\.\d{2}\.\d{2}\.[A-Y]\d{2}|[A-Y]\d{2}(?:\.[0-9A-Z]+)*", re.ASCII)
SAMPLE_ID, SAMPLE_NAME = "H00", "Cơ quan mẫu (thay bằng tên cơ quan)"

_OWN = frozenset({"code", "version", "status"})
_ISSUE = frozenset({"effective", "issued_by"})


class Draft(NamedTuple):
    """A flow file to be written: where, what, and whether it stands there already in another form."""

    path: Path
    text: str
    there: bool = False


# --- a flow like another one


def like(library: Library, code: str, home: Library, source: Flow, head: Mapping[str, str | None]) -> Draft:
    """The first draft of flow `code` as a copy of `source` out of `home`; `head` may give title, field and division.

    Every fact becomes an assumption, the national code is left out, the title is to be confirmed. Raises BadValue for a
    code that is taken or a place that isn't in `_org.yaml`, FlowFileError when the copy would have errors.
    """
    code = _new_code(library, code)
    given = {key: nfc(" ".join(value.split())) for key, value in head.items() if value is not None}
    if given.get("title") == "":
        raise BadValue(Text("--title: cần một tên không trống", "--title: a title is needed"))
    _check_place("--field", Text("lĩnh vực", "field"), given.get("field", source.field), library.org.fields)
    _check_place("--division", Text("phòng", "division"), given.get("division", source.division), library.org.divisions)
    text = FlowText(contents(Path(source.file)), source.file)
    text.top(
        f"# Bản thảo chép từ {source.code} v{source.version}: đối chiếu từng dữ kiện với văn bản trước khi ban hành."
    )
    values = {"title": f"(cần xác nhận tên) {source.title}", **given, "code": code, "version": "1", "status": "draft"}
    for key, value in values.items():
        text.put(key, quoted(value))
    text.put("effective", _period(source.effective, None))
    text.drop("national_code")
    text.facts(lambda entry: _unread(entry, source.code))
    draft = Draft(_home(library, given.get("field", source.field), code, 1), text.text)
    _check(library, home, source, draft)
    return draft


def _unread(entry: Entry, source: str) -> Entry | None:
    """What is left of a fact in a copy: nobody has read it for this procedure."""
    names = tuple(name for name in entry.names if name != "national_code")
    if _OWN.issuperset(names):
        return Entry(names, "read", "đặt khi lập tệp này") if names else None
    return Entry(names, "assumed", f"chép từ {source}, chưa đối chiếu")


def _new_code(library: Library, code: str) -> str:
    code = code.upper()
    if not CODE.fullmatch(code):
        raise BadValue(
            Text(
                f"mã '{code}' không hợp lệ: chỉ dùng chữ không dấu, số và '-', tối đa 40, ví dụ DIEN-04",
                f"code '{code}' is not valid: letters, digits and '-', at most 40, such as DIEN-04",
            )
        )
    taken = next((flow for flow in library.flows if flow.code == code), None)
    if taken is not None:
        again = f"flowiso new {code} --version --from 2026-01-01"
        raise BadValue(
            Text(
                f"{code} đã có ({taken.file}); hãy chọn mã khác, hoặc soạn lần ban hành sau: {again}",
                f"{code} is there already ({taken.file}); take another code, or draft its next version: {again}",
            )
        )
    return code


def _check_place(option: str, kind: Text, value: str | None, known: Mapping[str, Text]) -> None:
    if value is not None and value not in known:
        guess, there = meant(nearest(value, known)), ", ".join(known)
        raise BadValue(
            Text(
                f"{kind.vi} '{value}' không có trong _org.yaml{guess.vi}; hiện có: {there} (chọn bằng {option})",
                f"{kind.en} '{value}' is not in _org.yaml{guess.en}; there are: {there} (choose with {option})",
            )
        )


# --- the next version of a flow


def next_version(library: Library, code: str, since: date | None) -> tuple[Draft, ...]:
    """The next version of a flow, in force from `since`, and the version before with its end where that is a draft.

    Without `since` it follows the end that the version before has. A published version is never written to: its end must
    stand there already. Raises UnknownFlow, BadValue, FlowFileError when the result would have errors.
    """
    last = library.find(code)
    begins = since or last.effective_to
    if begins is None:
        raise BadValue(
            Text("thiếu ngày có hiệu lực: hãy thêm --from 2026-01-01", "give the day it begins: --from 2026-01-01")
        )
    if begins <= last.effective:
        raise BadValue(
            Text(
                f"--from {begins} phải sau ngày {last.effective} là ngày {last.code} v{last.version} có hiệu lực",
                f"--from {begins} must be after {last.effective}, the day {last.code} v{last.version} begins",
            )
        )
    number = last.version + 1
    text = FlowText(contents(Path(last.file)), last.file)
    text.put("version", str(number))
    text.put("status", "draft")
    text.put("effective", _period(begins, None))
    text.put("issued_by", f"Chưa ban hành (bản thảo lần {number})")
    text.facts(
        _without_issue, [Entry(("effective", "issued_by"), "assumed", f"dự kiến, lần {number} chưa được ban hành")]
    )
    draft = Draft(_home(library, last.field, last.code, number), text.text)
    drafts = (draft,) if last.effective_to == begins else (draft, _ended(last, begins))
    _check(library, library, last, *drafts)
    return drafts


def _without_issue(entry: Entry) -> Entry | None:
    names = tuple(name for name in entry.names if name not in _ISSUE)
    return entry._replace(names=names) if names else None


def _ended(flow: Flow, end: date) -> Draft:
    period = _period(flow.effective, end)
    if flow.status == "published":
        raise BadValue(
            Text(
                f"{flow.code} v{flow.version} đã ban hành nên không tự sửa; hãy ghi 'effective: {period}'"
                f" vào {flow.file} rồi chạy lại",
                f"{flow.code} v{flow.version} is published and not edited for you; write 'effective: {period}'"
                f" in {flow.file} and run this again",
            )
        )
    text = FlowText(contents(Path(flow.file)), flow.file)
    text.put("effective", period)
    return Draft(Path(flow.file), text.text, there=True)


def _period(begins: date, ends: date | None) -> str:
    return f"{{from: {begins}, to: {ends}}}" if ends else f"{{from: {begins}}}"


def _home(library: Library, field: str, code: str, version: int) -> Path:
    path = library.folder / field / f"{code.lower()}.v{version}.yaml"
    if path.exists():
        raise _taken(path)
    return path


def _taken(path: Path) -> BadValue:
    return BadValue(
        Text(f"tệp {path} đã có; hãy đổi tên nó trước", f"the file {path} is there already; rename it first")
    )


def _check(library: Library, home: Library, source: Flow, *drafts: Draft) -> None:
    """Refuse drafts that `flowiso check` would find errors in; where `source`, out of `home`, has some, with those."""
    files = {str(draft.path) for draft in drafts}
    flows = [flow for flow in library.flows if flow.file not in files]
    faults = [finding for finding in library.findings if finding.file not in files]
    for draft in drafts:
        flow, found = read_flow(draft.text.encode(), str(draft.path), library.words)
        faults += found
        flows += [flow] if flow else []
    flows.sort(key=lambda flow: (flow.code, flow.version))
    whole = replace(library, flows=tuple(flows), findings=tuple(faults))
    if not (errors := _errors(whole, files)):
        return
    name = f"{source.code} v{source.version}"
    if own := _errors(home, {source.file}):
        vi, en = f"{name} có lỗi nên bản chép cũng có lỗi", f"{name} has errors and so would its copy"
        raise FlowFileError(Text(f"{vi}; hãy sửa trước", f"{en}; mend them first"), own)
    text = Text(
        f"không soạn được: bản thảo từ {name} sẽ có lỗi trong cơ quan này; hãy sửa điều đã ghi, _org.yaml hay _steps.yaml",
        f"not drafted: the draft from {name} would have errors here; mend what you gave, _org.yaml or _steps.yaml",
    )
    raise FlowFileError(text, errors)


def _errors(library: Library, files: set[str]) -> list[Finding]:
    """Errors in some files; that a yearly plan is still to be made (FLW701) is none of a draft."""
    calendar, _ = read_calendar(library.folder)
    return [one for one in check_library(library, calendar, only=files) if one.level == "error"]


def write(drafts: tuple[Draft, ...]) -> None:
    """Write drafts: each beside its place first, then all put into place, the new ones first.

    Raises BadValue when that can't be done, or when somebody else has put a file there meanwhile.
    """
    with _folder_beside(_nearest_folder(drafts[0].path)) as beside:
        made = [beside / str(number) for number, _ in enumerate(drafts)]
        for file, draft in zip(made, drafts, strict=True):
            file.write_text(draft.text, encoding="utf-8", newline="")
        for file, draft in zip(made, drafts, strict=True):
            draft.path.parent.mkdir(exist_ok=True)
            try:
                (os.replace if draft.there else _put)(file, draft.path)
            except FileExistsError as error:
                raise _taken(draft.path) from error


def _put(made: Path, path: Path) -> None:
    """Give a finished file its place; FileExistsError when something stands there."""
    try:
        os.link(made, path)
    except OSError as error:
        if isinstance(error, FileExistsError):
            raise
        path.open("x").close()  # no links on this disk, as on a memory stick: the name is taken first
        os.replace(made, path)


@contextmanager
def _folder_beside(folder: Path) -> Iterator[Path]:
    """A folder for what isn't finished, inside `folder`; it is gone afterwards."""
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix=".flowiso-") as beside:
            yield Path(beside)
    except OSError as error:
        vi, en = reason(error)
        raise BadValue(Text(f"không ghi được vào '{folder}': {vi}", f"can't write to '{folder}': {en}")) from error


def _nearest_folder(path: Path) -> Path:
    return next(folder for folder in path.absolute().parents if folder.is_dir())


# --- the folder of an agency


def init(folder: Path, name: str | None, agency: str | None, example: bool) -> list[str]:
    """Set up an agency's folder, with one example flow if asked for; the names of the files written.

    Raises BadValue when the folder isn't empty, when the agency's id isn't well formed (R32), or when it can't be written.
    """
    if agency is not None and not AGENCY_ID.fullmatch(agency):
        raise BadValue(
            Text(
                f"mã cơ quan '{agency}' không đúng cấu trúc; ví dụ đúng: H19.17 hoặc 000.00.17.H19 (R32)",
                f"agency id '{agency}' is not well formed; good ones: H19.17 or 000.00.17.H19 (R32)",
            )
        )
    named, folder = folder, folder.resolve()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadValue(
            Text(
                f"'{named}' đã có và không trống; hãy chọn thư mục mới",
                f"'{named}' is there and not empty; name another",
            )
        )
    with _made_beside(folder) as made:
        shutil.copytree(TEMPLATES / "agency", made, dirs_exist_ok=True)
        if example:
            shutil.copytree(TEMPLATES / "example", made, dirs_exist_ok=True)
        for shared in ("_steps.yaml", "_laws.yaml"):
            shutil.copy(bundled() / shared, made)
        for year in (bundled() / "_calendar").glob("[0-9]*.yaml"):
            shutil.copy(year, made / "_calendar")
        org = made / ORG
        org.write_text(_filled(org.read_text(encoding="utf-8"), name, agency), encoding="utf-8", newline="")
        _check_folder(made)
        return sorted(str(file.relative_to(made)) for file in made.rglob("*") if file.is_file())


def _filled(text: str, name: str | None, agency: str | None) -> str:
    assumed = '  assumed: "tên hoặc mã mẫu, chưa phải của cơ quan"\n' if name is None or agency is None else ""
    title = json.dumps(nfc(" ".join((name or SAMPLE_NAME).split())), ensure_ascii=False)
    return text.replace("@ID@", agency or SAMPLE_ID).replace("@ASSUMED@\n", assumed + "\n").replace("@NAME@", title)


@contextmanager
def _made_beside(folder: Path) -> Iterator[Path]:
    """A new folder that takes the place of `folder` (or fills it, when it is there) if nothing goes wrong."""
    there = folder.is_dir()
    with _folder_beside(folder if there else _nearest_folder(folder)) as beside:
        made = beside / "made"
        made.mkdir()
        yield made
        try:
            _settle(made, folder, there)
        except OSError as error:
            if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
                raise
            raise BadValue(
                Text(
                    f"'{folder}' vừa có người khác tạo; hãy xem trong đó, hoặc chọn thư mục khác",
                    f"'{folder}' was made by somebody else just now; look into it, or name another",
                )
            ) from error


def _settle(made: Path, folder: Path, there: bool) -> None:
    """Move what was made to its place; OSError where something stands there."""
    if there:
        _put(made / ORG, folder / ORG)  # who comes second stops here
        for item in made.iterdir():
            item.rename(folder / item.name)
    else:
        folder.parent.mkdir(parents=True, exist_ok=True)
        made.rename(folder)


def _check_folder(folder: Path) -> None:
    if findings := check_library(load(folder), load_calendar(folder)):
        raise FlowFileError(
            Text("tên hay mã cơ quan không dùng được", "the agency's name or id can't be used"), findings
        )
