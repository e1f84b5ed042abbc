#!/usr/bin/env python3
"""Verify an export of FlowISO's logs without FlowISO: `python verify_log.py EXPORT.jsonl [SEALS.txt ...]`.

Python 3.8 or newer and nothing else; the format is in docs/log.md, short enough to write this again in another language. Each
fault is printed as "dossier:line: what"; the exit code is 0 when there is none, 1 for faults, 2 when a file can't be read.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple, TextIO


class Seal(NamedTuple):
    """A seal of the export, or one kept outside; `at` in epoch seconds, a tip is (number, seq, hash)."""

    position: int
    at: int
    previous: str
    digest: str
    tips: list[Any]


def text(value: Any) -> bytes:
    """The JSON that is hashed: no spaces, keys in order, letters as they are, UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def chain_fault(dossier: list[Any], lines: list[Any]) -> tuple[int, str] | None:
    """The first line that doesn't stand on the one before it."""
    seq = 0
    try:
        last = sha256(text(dossier)).digest()
        for seq, line in enumerate(lines):
            if line[0] != seq:
                return seq, "missing-line" if line[0] > seq else "broken-chain"
            last = sha256(last + text(line[:8])).digest()
            if last.hex() != line[8]:
                return seq, "broken-chain"
    except (ValueError, TypeError, RecursionError):
        return seq, "broken-chain"
    return None


def holds(seal: Seal) -> bool:
    """Whether the digest of a seal is that of what it says."""
    try:
        tips = "".join(f"{number} {seq} {tip}\n" for number, seq, tip in seal.tips)
        return sha256(f"{seal.previous}\n{tips}".encode()).hexdigest() == seal.digest
    except (ValueError, TypeError):
        return False


def seal_faults(seals: list[Seal], kept: list[Seal]) -> Iterator[str]:
    """What is wrong with the seals themselves."""
    previous = ""
    for position, seal in enumerate(seals):
        if seal.position != position or seal.previous != previous or not holds(seal):
            yield "head-mismatch"
            break
        previous = seal.digest
    for seal in kept:
        if not holds(seal) or seals[seal.position : seal.position + 1] != [seal]:
            yield "head-mismatch"


def tip_fault(tips: list[tuple[int, str]], lines: list[Any]) -> int | None:
    """The first line that isn't as some seal says, or the first that is missing."""
    hashes = {line[0]: line[8] for line in lines}
    for seq, tip in sorted(tips):
        if seq not in hashes:
            return max(hashes, default=-1) + 1
        if hashes[seq] != tip:
            return seq
    return None


def tips_of(seals: list[Seal]) -> dict[str, list[tuple[int, str]]]:
    """The sealed lines of each dossier; a seal that was altered tells nothing."""
    sealed: dict[str, list[tuple[int, str]]] = {}
    for seal in filter(holds, seals):
        for number, seq, tip in seal.tips:
            sealed.setdefault(number, []).append((seq, tip))
    return sealed


def faults(export: Iterable[str], kept: list[Seal]) -> Iterator[tuple[str | None, int | None, str]]:
    """Everything wrong in an export: dossier, line, what. Raises ValueError for what is no export, or not a whole one."""
    rows = (json.loads(line) for line in export)
    row: dict[str, Any] = next(rows, {})
    if (row.get("format"), row.get("version")) != ("flowiso-log", 1):
        raise ValueError("this is no export of flowiso export-log, version 1")
    seals: list[Seal] = []
    while "seal" in (row := next(rows, {})):
        seals.append(Seal(**row["seal"]))
    yield from ((None, None, what) for what in seal_faults(seals, kept))
    sealed, dossiers, count = tips_of(seals + kept), 0, 0
    while "dossier" in row:
        number, lines = row["dossier"][1], row["lines"]
        dossiers, count = dossiers + 1, count + len(lines)
        if (broken := chain_fault(row["dossier"], lines)) is not None:
            yield (number, *broken)
        if (wrong := tip_fault(sealed.pop(number, []), lines)) is not None:
            yield number, wrong, "head-mismatch"
        row = next(rows, {})
    if row.get("end") != {"seals": len(seals), "dossiers": dossiers, "lines": count}:
        raise ValueError("the export is cut off")
    yield from ((number, 0, "head-mismatch") for number in sorted(sealed))


def read_seals(file: TextIO) -> Iterator[Seal]:
    """The seals of a file of `flowiso seal`."""
    parts = f"\n{file.read()}".split("\nflowiso-seal 1\n")
    for part in parts[1:] or [""]:
        pairs = [line.split(" ", 1) for line in part.splitlines() if line.strip()]
        head = {key: value for key, value in pairs if key != "tip"}
        tips = [value.rsplit(" ", 2) for key, value in pairs if key == "tip"]
        at = int(datetime.fromisoformat(head["time"]).timestamp())
        previous = "" if head["previous"] == "-" else head["previous"]
        yield Seal(
            int(head["position"]), at, previous, head["digest"], [[name, int(seq), tip] for name, seq, tip in tips]
        )


def main(words: list[str]) -> int:
    """Print the faults of an export; the exit code."""
    code = 0
    kept: list[Seal] = []
    try:
        for name in words[1:]:
            with open(name, encoding="utf-8") as file:
                kept += read_seals(file)
        with open(words[0], encoding="utf-8") as file:
            for number, seq, what in faults(file, kept):
                place = "seals" if number is None else f"{ascii(number)[1:-1]}:{seq}"
                print(f"{place}: {what}")
                code = 1
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        print(f"verify_log: {error!r}" if words else __doc__, file=sys.stderr)
        return 2
    print("faults were found" if code else "nothing wrong")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
