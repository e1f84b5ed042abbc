"""A new simulated store: what stands in its way is told before the years are run, and it is there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import BadValue
from ..setting import Setting
from ..store import open_store
from ..store.making import Missing, without_password
from ..text import Text
from .output import check_writable

if TYPE_CHECKING:
    from ..model import Case, Move
    from ..ports import Store

    Logs = Iterable[tuple[Case, Sequence[Move]]]

_SQLITE = "sqlite:///"


def check_new(url: str, agency: str, setting: Setting) -> None:
    """Raise BadValue where a simulation of an agency by a setting can't be kept at `url`; nothing is made there.

    The store may be there: of a simulation by the same setting, and without dossiers of the agency.
    """
    try:
        with closing(_opened(url, setting, create=False)) as store:
            _check(store, url, agency, setting)
    except Missing:
        file = _missing(url)
        if file is not None:
            check_writable(str(file))


def kept_new(url: str, agency: str, setting: Setting, logs: Logs) -> Store:
    """The open store at `url` with these logs, made now where there is none.

    A file is there with all of them or not at all, whatever stops this. Raises as `check_new`, which has looked at the address.
    """
    with _place(url) as address:
        store = _opened(address, setting)
        try:
            _check(store, url, agency, setting)
            store.create_many(logs)
        except BaseException:
            store.close()
            raise
        if address == url:
            return store
        store.close()
    return open_store(url, create=False)


def _opened(url: str, setting: Setting, create: bool = True) -> Store:
    return open_store(url, "simulated", create, setting=setting.text(), read_only=not create)


def _missing(url: str) -> Path | None:
    """The file that a store at `url` would be made as; None where it is there, or would be no file."""
    file = Path(url.removeprefix(_SQLITE))
    if not url.startswith(_SQLITE) or file.exists():
        return None
    return file.resolve() if file.is_symlink() else file


@contextmanager
def _place(url: str) -> Iterator[str]:
    """The address to write to: for a file that isn't there one beside it, which takes its name when all went well."""
    file = _missing(url)
    if file is None:
        yield url
        return
    half = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        yield f"{_SQLITE}{half}"
        _name(half, file, url)
    finally:
        for end in ("", "-wal", "-shm"):
            with suppress(OSError):
                Path(f"{half}{end}").unlink(missing_ok=True)


def _name(half: Path, file: Path, url: str) -> None:
    """Give a finished file its name, unless somebody has just made another of that name."""
    try:
        os.link(half, file)
    except FileExistsError:
        raise _taken(url) from None
    except OSError:  # a file system without second names
        half.rename(file)


def _check(store: Store, url: str, agency: str, setting: Setting) -> None:
    if store.kind != "simulated" or next(iter(store.logs(agency)), None) is not None:
        raise _taken(url)
    if Setting.read(store.setting) != setting:
        shown = without_password(url)
        raise BadValue(
            Text(
                f"kho '{shown}' là của một mô phỏng với cán bộ, thời hạn khác; hãy dùng một kho mới cho kịch bản"
                f" '{setting.scenario}'",
                f"store '{shown}' is of a simulation by other staff or terms; use a new one for scenario '{setting.scenario}'",
            )
        )


def _taken(url: str) -> BadValue:
    shown = without_password(url)
    return BadValue(
        Text(
            f"kho '{shown}' đã có hồ sơ; hãy dùng một kho mới cho mô phỏng",
            f"store '{shown}' holds dossiers already; use a new one for a simulation",
        )
    )
