"""A disk under SQLite that can lose power or run full, below the very library that Python's own `sqlite3` uses.

`Disk` puts itself over SQLite's file system (its "VFS", https://www.sqlite.org/vfs.html) by ctypes and makes itself the default,
so that a store runs unchanged: its driver, pragmas, statements and transactions, the write-ahead log, recovery. Files lie in a
real folder; what is done to them passes through here and is recorded, for a `Platter` to tell what a power cut would have left.
"""

from __future__ import annotations

import _sqlite3
import ctypes
from ctypes import (
    CFUNCTYPE,
    POINTER,
    Structure,
    addressof,
    c_char_p,
    c_int,
    c_int64,
    c_void_p,
    memmove,
    sizeof,
    string_at,
)
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

OK, FULL = 0, 13
CREATE, LOGS = 0x4, 0x800 | 0x4000 | 0x80000
"""SQLITE_OPEN_CREATE; SQLITE_OPEN_MAIN_JOURNAL, _SUPER_JOURNAL or _WAL."""

_CloseCall = CFUNCTYPE(c_int, c_void_p)
_WriteCall = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, c_int64)
_TruncateCall = CFUNCTYPE(c_int, c_void_p, c_int64)
_SyncCall = CFUNCTYPE(c_int, c_void_p, c_int)
_OpenCall = CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p, c_int, POINTER(c_int))
_DeleteCall = CFUNCTYPE(c_int, c_void_p, c_char_p, c_int)


class _Methods(Structure):
    """sqlite3_io_methods, version 3."""

    _fields_ = [
        ("version", c_int),
        ("close", _CloseCall),
        ("read", c_void_p),
        ("write", _WriteCall),
        ("truncate", _TruncateCall),
        ("sync", _SyncCall),
        *((name, c_void_p) for name in ("size", "lock", "unlock", "check", "control", "sector", "traits")),
        *((name, c_void_p) for name in ("shm_map", "shm_lock", "shm_barrier", "shm_unmap", "fetch", "unfetch")),
    ]


class _Vfs(Structure):
    """sqlite3_vfs, version 3."""

    _fields_ = [
        ("version", c_int),
        ("file_size", c_int),
        ("longest", c_int),
        ("next", c_void_p),
        ("name", c_char_p),
        ("data", c_void_p),
        ("open", _OpenCall),
        ("delete", _DeleteCall),
        *((name, c_void_p) for name in ("access", "full", "dlopen", "dlerror", "dlsym", "dlclose", "random", "sleep")),
        *((name, c_void_p) for name in ("time", "error", "time64", "set_call", "get_call", "next_call")),
    ]


def _library() -> ctypes.CDLL:
    """The SQLite that `sqlite3` runs on, by whatever name."""
    try:
        library = ctypes.CDLL(_sqlite3.__file__)
        library.sqlite3_vfs_find.restype = c_void_p
    except (AttributeError, OSError) as error:
        raise RuntimeError(f"this Python hides its SQLite, so no disk can be put under it: {error}") from error
    library.sqlite3_vfs_find.argtypes = [c_char_p]
    library.sqlite3_vfs_register.argtypes = [c_void_p, c_int]
    return library


class Op(NamedTuple):
    """Something done to a file: "create", "write" of `data` at `offset`, "truncate" to `offset`, "sync" or "delete".

    `folder` tells that its folder was synced with it.
    """

    file: str
    what: str
    offset: int = 0
    data: bytes = b""
    folder: bool = False


class Disk:
    """The disk under every SQLite file that is opened `with` it; one at a time."""

    def __init__(self) -> None:
        self.ops: list[Op] = []
        """What has been done, when `recording`."""
        self.recording = True
        self.budget: int | None = None
        """How many more bytes it takes; None for a disk without end."""

    def __enter__(self) -> Disk:
        layer().disk = self
        return self

    def __exit__(self, *_: object) -> None:
        layer().disk = None

    def do(self, op: Op) -> None:
        """Something is done to it."""
        if self.recording:
            self.ops.append(op)

    def takes(self, size: int) -> bool:
        """Whether so many bytes more can be written; they are, then."""
        if self.budget is None:
            return True
        if size > self.budget:
            return False
        self.budget -= size
        return True


class _Open(NamedTuple):
    """An open file; `new` while its folder has still to be synced."""

    disk: Disk
    path: str
    new: bool


class _Layer:
    """What lies over SQLite's file system. It stays there, since a connection may outlive its disk."""

    def __init__(self) -> None:
        library = _library()
        found = library.sqlite3_vfs_find(None)
        self.disk: Disk | None = None
        self._files: dict[int, _Open] = {}
        self._methods: dict[int, tuple[_Methods, _Methods]] = {}
        self._below = _Vfs.from_address(found)
        self._vfs = _Vfs()
        memmove(addressof(self._vfs), found, sizeof(_Vfs))
        self._vfs.name = b"a disk of the tests"
        self._vfs.open, self._vfs.delete = _OpenCall(self._open), _DeleteCall(self._delete)
        library.sqlite3_vfs_register(addressof(self._vfs), 1)

    def _open(self, _: int, name: int | None, file: int, flags: int, got: Any) -> int:
        path = string_at(name).decode() if name else ""
        fresh = bool(path) and not Path(path).exists()
        result = int(self._below.open(addressof(self._below), name, file, flags, got))
        methods = c_void_p.from_address(file)
        if result == OK and methods.value and path and self.disk:
            # SQLite syncs the folder with the first sync of a file of these kinds
            self._files[file] = _Open(self.disk, path, bool(flags & CREATE and flags & LOGS))
            methods.value = addressof(self._over(methods.value))
            if fresh:
                self.disk.do(Op(path, "create"))
        return result

    def _delete(self, _: int, name: bytes, synced: int) -> int:
        result = int(self._below.delete(addressof(self._below), name, synced))
        if result == OK and self.disk:
            self.disk.do(Op(name.decode(), "delete", folder=bool(synced)))
        return result

    def _over(self, below: int) -> _Methods:
        """The methods of a file with ours in the place of those that change it."""
        if below not in self._methods:
            old, new = _Methods.from_address(below), _Methods()
            memmove(addressof(new), below, sizeof(_Methods))
            self._methods[below] = old, new
            self._put_over(old, new)
        return self._methods[below][1]

    def _put_over(self, old: _Methods, new: _Methods) -> None:
        files = self._files

        def close(file: int) -> int:
            del files[file]
            return int(old.close(file))

        def write(file: int, data: int, size: int, offset: int) -> int:
            disk, path, _ = files[file]
            if not disk.takes(size):
                return FULL
            disk.do(Op(path, "write", offset, string_at(data, size)))
            return int(old.write(file, data, size, offset))

        def truncate(file: int, size: int) -> int:
            disk, path, _ = files[file]
            disk.do(Op(path, "truncate", size))
            return int(old.truncate(file, size))

        def sync(file: int, flags: int) -> int:
            disk, path, folder = files[file]
            disk.do(Op(path, "sync", folder=folder))
            files[file] = _Open(disk, path, False)
            return int(old.sync(file, flags))

        new.close, new.write = _CloseCall(close), _WriteCall(write)
        new.truncate, new.sync = _TruncateCall(truncate), _SyncCall(sync)


@cache
def layer() -> _Layer:
    """The one there is."""
    return _Layer()
