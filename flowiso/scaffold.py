"""First drafts: the folder of an agency, a flow like another one, the next version of a flow.

Everything is made and checked before anything is written; what is written appears whole or not at all.
"""

from __future__ import annotations

import errno
import json
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from os.path import lexists
from pathlib import Path

from .drafts import Draft, drafted, errors, folder_beside, nearest_folder, put
from .errors import BadValue, FlowFileError
from .facts import period
from .flowfile import HEAD
from .flowtext import Entry, FlowText, quoted
from .laws import RuleSet
from .library import ORG, Library, bundled, contents, load, load_calendar
from .model import Flow
from .published import again
from .rules import check_library
from .schema import meant, nearest
from .text import Text, nfc

TEMPLATES = Path(__file__).parent / "templates"
CODE = re.compile(r"[A-Z0-9-]{1,40}", re.ASCII)
AGENCY_ID = re.compile(r"\d{3}\.\d{2}\.\d{2}\.[A-Y]\d{2}|[A-Y]\d{2}(?:\.[0-9A-Z]+)*", re.ASCII)
SAMPLE_ID, SAMPLE_NAME = "H00", "Cơ quan mẫu (thay bằng tên cơ quan)"

_OWN = frozenset({"code", "version", "status"})
_ISSUE = frozenset({"effective", "issued_by"})


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
    text.put("effective", period(source.effective, None))
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
        anew = again(code)
        raise BadValue(
            Text(
                f"{code} đã có ({taken.file}); hãy chọn mã khác, hoặc soạn lần ban hành sau: {anew.vi}",
                f"{code} is there already ({taken.file}); take another code, or draft its next version: {anew.en}",
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
        raise BadValue(Text("thiếu ngày có hiệu lực: hãy thêm --from NGÀY", "give the day it begins: --from DATE"))
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
    text.put("effective", period(begins, None))
    text.put("issued_by", f"Chưa ban hành (bản thảo lần {number})")
    issue = {*_ISSUE, *_pinned(text, last, library.laws.rule_set(begins))}
    issue |= {"status"} if last.status == "published" else set()
    names = tuple(sorted(issue - {"status"}))
    expected = Entry(names, "assumed", f"dự kiến, lần {number} chưa được ban hành")
    status = [Entry(("status",), "read", "đặt khi lập tệp này")] if "status" in issue else []
    text.facts(lambda entry: entry.without(issue), [*status, expected])
    draft = Draft(_home(library, last.field, last.code, number), text.text)
    drafts = (draft,) if last.effective_to == begins else (draft, _ended(last, begins))
    _check(library, library, last, *drafts)
    return drafts


def _pinned(text: FlowText, last: Flow, rule_set: RuleSet | None) -> set[str]:
    """Name the rule set in force when the next version begins, where that is another one; the fact that changes."""
    if rule_set is None or rule_set.code == last.rule_set:
        return set()
    text.put("rule_set", rule_set.code, tuple(HEAD))
    return {"rule_set"}


def _ended(flow: Flow, end: date) -> Draft:
    ends = period(flow.effective, end)
    if flow.status == "published":
        raise BadValue(
            Text(
                f"{flow.code} v{flow.version} đã ban hành nên không tự sửa; hãy ghi 'effective: {ends}'"
                f" vào {flow.file} rồi chạy lại",
                f"{flow.code} v{flow.version} is published and not edited for you; write 'effective: {ends}'"
                f" in {flow.file} and run this again",
            )
        )
    data = contents(Path(flow.file))
    text = FlowText(data, flow.file)
    text.put("effective", ends)
    return Draft(Path(flow.file), text.text, data)


def _home(library: Library, field: str, code: str, version: int) -> Path:
    path = library.folder / field / f"{code.lower()}.v{version}.yaml"
    if lexists(path):
        raise BadValue(
            Text(f"tệp {path} đã có; hãy đổi tên nó trước", f"the file {path} is there already; rename it first")
        )
    return path


def _check(library: Library, home: Library, source: Flow, *drafts: Draft) -> None:
    """Refuse drafts that `flowiso check` would find errors in; where `source`, out of `home`, has some, with those."""
    files = {str(draft.path) for draft in drafts}
    if not (faults := errors(drafted(library, *drafts), files)):
        return
    name = f"{source.code} v{source.version}"
    if own := errors(home, {source.file}):
        vi, en = f"{name} có lỗi nên bản chép cũng có lỗi", f"{name} has errors and so would its copy"
        raise FlowFileError(Text(f"{vi}; hãy sửa trước", f"{en}; mend them first"), own)
    text = Text(
        f"không soạn được: bản thảo từ {name} sẽ có lỗi trong cơ quan này; hãy sửa điều đã ghi, _org.yaml hay _steps.yaml",
        f"not drafted: the draft from {name} would have errors here; mend what you gave, _org.yaml or _steps.yaml",
    )
    raise FlowFileError(text, faults)


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
    with folder_beside(folder if there else nearest_folder(folder)) as beside:
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
        put(made / ORG, folder / ORG)  # who comes second stops here
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
