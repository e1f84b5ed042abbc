"""A copy of a store while others write to it, and the copy restored somewhere else to see that it can be (T13).

SQLite is copied by its own online backup, PostgreSQL by pg_dump (custom format, the schema the store is in): both are the store
as it was at one moment, and nobody has to wait.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from flowiso.errors import StoreError, reason
from flowiso.text import Text

from . import open_store
from .making import without_password

if TYPE_CHECKING:
    from flowiso.ports import Store


def back_up(url: str, target: Path) -> None:
    """Copy the store at `url` into a file, which is there whole or not at all. Raises StoreError.

    Of databases it takes the place of older copies of that store alone (R58).
    """
    open_store(url, create=False, read_only=True).close()
    copy(url, target)


def copy(url: str, target: Path) -> None:
    """`back_up` of a store of whatever schema."""
    if not url.startswith(("sqlite:", "postgresql")):
        raise StoreError(
            Text(
                f"kho {url} không nằm trên đĩa nên không sao lưu được; hãy chỉ kho trên đĩa",
                f"store {url} has nothing to copy; name one on disk",
            )
        )
    with _whole(target) as half:
        _check_replaced(url, target)
        if url.startswith("sqlite:"):
            _copy_sqlite(url, half)
        else:
            from . import pgdump

            pgdump.dump(url, half)


@contextmanager
def restored(url: str, file: Path) -> Iterator[Store]:
    """The store that a backup of `url` gives, read-only, in a place of its own that is gone afterwards. Raises StoreError."""
    with tempfile.TemporaryDirectory(prefix="flowiso-") as folder:
        if url.startswith("sqlite:"):
            copy = Path(folder) / "store.db"
            shutil.copyfile(file, copy)
            _check_sqlite(copy, file)
            with closing(open_store(f"sqlite:///{copy}", create=False, read_only=True)) as store:
                yield store
        else:
            from . import pgdump

            with (
                pgdump.restored(url, file) as address,
                closing(open_store(address, create=False, read_only=True)) as store,
            ):
                yield store


@contextmanager
def _whole(target: Path) -> Iterator[Path]:
    """A file beside the target, for its owner's eyes only, that takes its place when all went well."""
    if target.exists() and not target.is_file():
        raise StoreError(
            Text(
                f"'{target}' không phải là tệp thường; hãy chọn tên khác",
                f"'{target}' is no regular file; choose another",
            )
        )
    half = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        os.close(os.open(half, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        yield half
        with half.open("rb+") as file:
            os.fsync(file.fileno())
        half.replace(target)
    except OSError as error:
        vi, en = reason(error)
        raise StoreError(Text(f"không ghi được '{target}': {vi}", f"can't write '{target}': {en}")) from error
    finally:
        with suppress(OSError):
            half.unlink(missing_ok=True)


def _check_replaced(url: str, target: Path) -> None:
    """No log is lost to a slip of the hand (R58): refuse a database that this store isn't a later state of."""
    if not (target.exists() and is_sqlite(target)) or (url.startswith("sqlite:") and _is_older(target, _path(url))):
        return
    shown = without_password(url)
    raise StoreError(
        Text(
            f"'{target}' là kho đang dùng, hoặc có dòng mà kho {shown} không có, nên không ghi đè; hãy chọn tệp khác sau -o",
            f"'{target}' is a store in use, or holds lines that store {shown} lacks, and isn't written over; give another file"
            " to -o",
        )
    )


def is_sqlite(file: Path) -> bool:
    """Whether a file is an SQLite database."""
    with file.open("rb") as opened:
        return opened.read(len(_SQLITE)) == _SQLITE


_SQLITE = b"SQLite format 3\0"
"""How every SQLite file begins (https://sqlite.org/fileformat.html, 1.3.1)."""


def _is_older(file: Path, path: Path) -> bool:
    """Whether a database at rest holds no dossier and no line that the store at `path` lacks."""
    log = file.with_name(f"{file.name}-wal")
    if log.exists() and log.stat().st_size:
        return False
    try:
        with closing(sqlite3.connect(path.resolve().as_uri(), uri=True)) as connection:
            connection.execute("ATTACH ? AS old", (f"{file.resolve().as_uri()}?immutable=1",))
            more = " UNION ALL ".join(
                f"SELECT 1 FROM (SELECT * FROM old.{name} EXCEPT SELECT * FROM main.{name})"
                for name in ("dossiers", "moves")
            )
            return connection.execute(f"{more} LIMIT 1").fetchone() is None
    except sqlite3.Error:
        return False


def _copy_sqlite(url: str, half: Path) -> None:
    """The online backup in one go: a reader that keeps no writer waiting (WAL)."""
    path = _path(url)
    try:
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(half)) as copy:
            source.execute("PRAGMA query_only = ON")
            source.backup(copy)
    except sqlite3.Error as error:
        vi = f"không sao lưu được kho {path} ({error}): xem nguyên nhân trong ngoặc rồi thử lại"
        en = f"store {path} can't be copied ({error}): see the reason in brackets and try again"
        raise StoreError(Text(vi, en)) from error


def _path(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def _check_sqlite(copy: Path, file: Path) -> None:
    try:
        with closing(sqlite3.connect(copy)) as connection:
            said = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    except sqlite3.Error as error:
        said = str(error)
    if said != "ok":
        raise StoreError(
            Text(
                f"bản sao lưu '{file}' bị hỏng: {said}; hãy sao lưu lại",
                f"backup '{file}' is damaged: {said}; make another backup",
            )
        )
