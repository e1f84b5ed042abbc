"""The next seal over a store, out of the seals before it and the tips of its logs (T11). Pure."""

from __future__ import annotations

from collections.abc import Iterable

from flowiso.chain import seal
from flowiso.ports import Head


def next_head(heads: Iterable[Head], tips: Iterable[tuple[str, int, bytes]], at: int) -> Head | None:
    """The head over the dossiers that grew since the last one, by number; None when none did.

    `heads` are the earlier ones, oldest first; `tips` the last line of every dossier: number, seq, hash.
    """
    sealed: dict[str, int] = {}
    position, previous = 0, ""
    for head in heads:
        sealed.update((number, seq) for number, seq, _ in head.tips)
        position, previous = head.position + 1, head.digest
    grown = sorted((number, seq, digest.hex()) for number, seq, digest in tips if seq > sealed.get(number, -1))
    return Head(position, at, previous, seal(previous, grown), tuple(grown)) if grown else None
