"""What a power cut leaves of what was done to a disk (`disk`).

What was synced is there; of what was not, half of the 512-byte sectors, each as it was at some moment since. A file is in its
folder, or gone from it, once the folder was synced; until then perhaps. Not in the game: misdirected writes, bits that rot, a
disk that lies when it says it has synced.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from random import Random

from disk import Op

SECTOR = 512


class _File:
    """What a file was when it was last synced, and what came after."""

    def __init__(self, content: bytes = b"") -> None:
        self.synced = bytearray(content)
        self.since: list[Op] = []

    def sync(self) -> None:
        for op in self.since:
            if op.what == "write":
                _put(self.synced, op.offset, op.data)
            else:
                del self.synced[op.offset :]
        self.since.clear()

    def left(self, random: Random) -> bytes:
        """What a power cut leaves: of each sector the state after some of the writes to it, half of the time the oldest."""
        if not self.since:
            return bytes(self.synced)
        pieces = [(op, list(_sectors(op))) for op in self.since]
        counts = Counter(start // SECTOR for _, cuts in pieces for start, _ in cuts)
        kept = {sector: random.randint(1, count) if random.random() < 0.5 else 0 for sector, count in counts.items()}
        content = bytearray(self.synced)
        for op, cuts in pieces:
            if op.what == "truncate" and random.random() < 0.5:
                del content[op.offset :]
            for start, end in cuts:
                kept[start // SECTOR] -= 1
                if kept[start // SECTOR] >= 0:
                    _put(content, start, op.data[start - op.offset : end - op.offset])
        return bytes(content)


class Platter:
    """What is on a disk that may lose power at any moment. `files` are there to begin with, synced."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = {name: _File(content) for name, content in files.items()}
        self._folder = dict(self._files)
        self._changes: list[tuple[str, _File | None]] = []

    def do(self, op: Op) -> None:
        """The next thing that is done to it."""
        if op.what == "create":
            self._files[op.file] = _File()
            self._changes.append((op.file, self._files[op.file]))
        elif op.what == "delete":
            del self._files[op.file]
            self._changes.append((op.file, None))
        elif op.what == "sync":
            self._files[op.file].sync()
        else:
            self._files[op.file].since.append(op)
        if op.folder:
            self._enter(len(self._changes))

    def left(self, random: Random) -> dict[str, bytes]:
        """What a power cut leaves now, by file; of what was done to the folder since it was synced, the first so many."""
        entered = dict(self._folder)
        for name, file in self._changes[: random.randint(0, len(self._changes))]:
            _enter(entered, name, file)
        return {name: file.left(random) for name, file in entered.items()}

    def _enter(self, count: int) -> None:
        for name, file in self._changes[:count]:
            _enter(self._folder, name, file)
        del self._changes[:count]


def _enter(folder: dict[str, _File], name: str, file: _File | None) -> None:
    if file is None:
        folder.pop(name, None)
    else:
        folder[name] = file


def _put(content: bytearray, at: int, data: bytes) -> None:
    if len(content) < at:
        content.extend(bytes(at - len(content)))
    content[at : at + len(data)] = data


def _sectors(op: Op) -> Iterator[tuple[int, int]]:
    """The pieces of a write, none of which goes over the edge of a sector."""
    start, end = op.offset, op.offset + len(op.data)
    while start < end:
        edge = min(end, start - start % SECTOR + SECTOR)
        yield start, edge
        start = edge
