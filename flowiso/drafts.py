"""Files that are to be written: judged with all the others before anything is written, then written whole or not at all."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import NamedTuple

from .errors import BadValue, reason
from .flowfile import read_flow
from .library import Library, agency_folder, contents, read_calendar
from .model import Finding
from .plans import Plan
from .rules import check_library
from .text import Text

SCRATCH = ".flowiso-"
"""What isn't finished lies in a folder of such a name, which is hidden from `flowiso check`."""
LONG_AGO = 3600
"""A scratch folder that is older, in seconds, was left behind by a machine that died: writing takes no second."""


class Draft(NamedTuple):
    """A file to be written: where, what, and what it was made from where it stands there already."""

    path: Path
    text: str
    before: bytes | None = None

    @property
    def there(self) -> bool:
        """Whether the file stands there already in another form."""
        return self.before is not None

    @property
    def data(self) -> bytes:
        """What the file will hold."""
        return self.text.encode("utf-8", "surrogateescape")

    def diff(self) -> str:
        """What changes in the file, line by line, as `diff -u` shows it."""
        from difflib import unified_diff

        before = (self.before or b"").decode("utf-8", "replace").splitlines(keepends=True)
        name = str(self.path)
        return "".join(unified_diff(before, self.text.splitlines(keepends=True), name, name))


def drafted(library: Library, *drafts: Draft) -> Library:
    """The library as it would be with these flow files."""
    files = {str(draft.path) for draft in drafts}
    flows = [flow for flow in library.flows if flow.file not in files]
    findings = [finding for finding in library.findings if finding.file not in files]
    for draft in drafts:
        flow, found = read_flow(draft.data, str(draft.path), library.words)
        findings += found
        flows += [flow] if flow else []
    flows.sort(key=lambda flow: (flow.code, flow.version))
    return replace(library, flows=tuple(flows), findings=tuple(findings))


def faults(
    library: Library, files: Collection[str], plans: tuple[Plan, ...] | None = None, today: date | None = None
) -> list[Finding]:
    """What `flowiso check` finds in some files; without `plans` a yearly plan still to be made (FLW701) is no fault."""
    calendar, _ = read_calendar(library.folder)
    return check_library(library, calendar, today, plans, only=frozenset(files))


def errors(
    library: Library, files: Collection[str], plans: tuple[Plan, ...] | None = None, today: date | None = None
) -> list[Finding]:
    """Those of the `faults` that are errors."""
    return [finding for finding in faults(library, files, plans, today) if finding.level == "error"]


def new_errors(
    now: Library, then: Library, plans: tuple[Plan, ...] | None = None, today: date | None = None
) -> list[Finding]:
    """The errors of a library as it would be, of the kinds that a file has more of than now."""
    found = errors(then, {flow.file for flow in then.flows} | {one.file or "" for one in then.findings}, plans, today)
    if not found:
        return []
    old = errors(now, {flow.file for flow in now.flows} | {one.file or "" for one in now.findings}, plans, today)
    grown = Counter((one.file, one.code) for one in found) - Counter((one.file, one.code) for one in old)
    return [one for one in found if (one.file, one.code) in grown]


def write(drafts: tuple[Draft, ...]) -> None:
    """Write drafts in their order: each beside its place first, then all put into place.

    Raises BadValue, and leaves everything as it was, when that can't be done or when somebody else has put a file there
    or changed one meanwhile. Should the machine die between two files, the first ones are written; what it leaves behind
    is swept away an hour later.
    """
    near = nearest_folder(drafts[0].path)
    home = agency_folder(near) or near
    with _alone(home), folder_beside(near) as beside:
        _sweep(home, beside)
        made = [beside / str(number) for number, _ in enumerate(drafts)]
        for file, draft in zip(made, drafts, strict=True):
            file.write_bytes(draft.data)
        placed: list[Draft] = []
        try:
            for file, draft in zip(made, drafts, strict=True):
                _place(file, draft)
                placed.append(draft)
        except BaseException:
            for draft in placed:
                _take_back(draft, beside / "back")
            raise


def _place(made: Path, draft: Draft) -> None:
    """Give a finished file its place."""
    draft.path.parent.mkdir(exist_ok=True)
    if draft.before is None:
        try:
            put(made, draft.path)
        except FileExistsError as error:
            raise _overtaken(draft.path, "ghi", "written") from error
        return
    if contents(draft.path) != draft.before:
        raise _overtaken(draft.path, "sửa", "changed")
    shutil.copymode(draft.path, made)
    os.replace(made, draft.path.resolve())


def _overtaken(path: Path, vi: str, en: str) -> BadValue:
    return BadValue(
        Text(
            f"'{path}' vừa có người khác {vi}; hãy chạy lại",
            f"'{path}' was {en} by somebody else just now; run this again",
        )
    )


def _take_back(draft: Draft, back: Path) -> None:
    """Undo `_place`."""
    if draft.before is None:
        draft.path.unlink()
    else:
        back.write_bytes(draft.before)
        shutil.copymode(draft.path, back)
        os.replace(back, draft.path.resolve())


def put(made: Path, path: Path) -> None:
    """Give a finished file its place; FileExistsError when something stands there."""
    try:
        os.link(made, path)
    except OSError as error:
        if isinstance(error, FileExistsError):
            raise
        path.open("x").close()  # no links on this disk, as on a memory stick: the name is taken first
        try:
            os.replace(made, path)
        except OSError:
            path.unlink()
            raise


@contextmanager
def folder_beside(folder: Path) -> Iterator[Path]:
    """A folder for what isn't finished, inside `folder`; it is gone afterwards."""
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix=SCRATCH) as beside:
            yield Path(beside)
    except OSError as error:
        vi, en = reason(error)
        raise BadValue(Text(f"không ghi được vào '{folder}': {vi}", f"can't write to '{folder}': {en}")) from error


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let others who write to this folder wait meanwhile, so that nobody writes between comparing and replacing a file.

    The folder itself is locked, so no lock file is left. Windows and some network drives know no such lock; there only
    the comparison guards, and two who write within the same millisecond may overwrite each other.
    """
    if sys.platform == "win32":
        yield
        return
    import fcntl

    locked = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            fcntl.flock(locked, fcntl.LOCK_EX)
        yield
    finally:
        os.close(locked)


def _sweep(home: Path, beside: Path) -> None:
    """Remove what earlier writers who were killed left in an agency's folder; ages are told by the disk's own clock."""
    now = beside.stat().st_mtime
    for old in (*home.glob(f"{SCRATCH}*"), *home.glob(f"*/{SCRATCH}*")):
        with suppress(OSError):  # another one has swept it
            if old.stat().st_mtime < now - LONG_AGO:
                shutil.rmtree(old)


def nearest_folder(path: Path) -> Path:
    """The folder a file goes into, or the nearest one above that is there."""
    return next(folder for folder in path.absolute().parents if folder.is_dir())
