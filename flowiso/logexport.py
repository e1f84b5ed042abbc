"""The export of a store's logs as JSON lines, with every hash: what a verifier in any language reads (docs/log.md).

No personal data: what is kept apart from the log stays apart (R151).
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from .ports import Chained, Head, Store

FORMAT, VERSION = "flowiso-log", 1


def export(store: Store, agency: str) -> Iterator[str]:
    """The lines of an export: what it is, the seals, the dossiers, and how many there were. Raises what the store raises."""
    yield _line({"format": FORMAT, "version": VERSION, "agency": agency, "kind": store.kind})
    heads = store.heads(agency)
    yield from (_line({"seal": _seal(head)}) for head in heads)
    dossiers = lines = 0
    for stored in store.chained(agency):
        dossiers += 1
        lines += len(stored.moves)
        yield _line({"dossier": stored.case, "lines": _lines(stored)})
    yield _line({"end": {"seals": len(heads), "dossiers": dossiers, "lines": lines}})


def _seal(head: Head) -> dict[str, object]:
    return head._asdict()


def _lines(stored: Chained) -> list[list[object]]:
    rows = zip(stored.moves, stored.hashes, stored.recorded, strict=True)
    return [[*move, digest.hex(), recorded] for move, digest, recorded in rows]


_line = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
