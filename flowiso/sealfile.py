"""The text of a seal that is kept outside the store: printed, sent to the superior agency, copied to another disk (T11).

    flowiso-seal 1
    agency 000.00.19.H19
    position 1
    time 2026-11-22T17:00:00+07:00
    previous 5f0c...
    digest 9b1d...
    tip 000.00.19.H19-210914-0001 7 c3e2...

A file may hold several, one after the other; empty lines are passed over. `previous` of the first is "-".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from .errors import BadValue
from .integrity import Kept
from .ports import Head
from .text import Text
from .worktime import instant, local

FIRST = "flowiso-seal 1"
_HASH = re.compile("[0-9a-f]{64}")
_DIGITS = re.compile("[0-9]{1,9}")


def as_text(agency: str, head: Head) -> str:
    """A seal as text, to be kept outside."""
    lines = [
        FIRST,
        f"agency {agency}",
        f"position {head.position}",
        f"time {local(head.at).isoformat()}",
        f"previous {head.previous or '-'}",
        f"digest {head.digest}",
        *(f"tip {number} {seq} {tip}" for number, seq, tip in head.tips),
    ]
    return "\n".join(lines) + "\n"


def read_seals(text: str, file: str, agency: str) -> tuple[Kept, ...]:
    """The seals of a file. Raises BadValue, with the line, for what is none and for one of another agency."""
    lines = [(number, line.rstrip()) for number, line in enumerate(text.lstrip("\ufeff").splitlines(), 1)]
    starts = [index for index, (_, line) in enumerate(lines) if line == FIRST]
    if not starts or any(line for _, line in lines[: starts[0]]):
        raise _no_seal(file, 1)
    parts = (lines[start:end] for start, end in zip(starts, [*starts[1:], len(lines)], strict=True))
    return tuple(_seal([(number, line) for number, line in part if line], file, agency) for part in parts)


def _seal(lines: list[tuple[int, str]], file: str, agency: str) -> Kept:
    last = lines[-1][0]
    rest = iter(lines[1:])

    def value(key: str) -> tuple[int, str]:
        number, line = next(rest, (last, ""))
        name, _, found = line.partition(" ")
        if name != key or not found:
            raise _no_seal(file, number)
        return number, found

    number, whose = value("agency")
    if whose != agency:
        raise BadValue(
            Text(
                f"{file}:{number}: niêm phong của cơ quan {whose}, không phải {agency}; hãy chọn đúng tệp hoặc --flows",
                f"{file}:{number}: a seal of agency {whose}, not of {agency}; choose the right file, or --flows",
            )
        )
    position = _number(value("position"), file)
    at = _moment(value("time"), file)
    previous, digest = (_hash(value(key), file) for key in ("previous", "digest"))
    return Kept(Head(position, at, previous, digest, tuple(_tips(rest, file))), file, lines[0][0])


def _tips(rest: Iterator[tuple[int, str]], file: str) -> Iterator[tuple[str, int, str]]:
    for number, line in rest:
        words = line.removeprefix("tip ").rsplit(" ", 2)
        if not line.startswith("tip ") or len(words) != 3:
            raise _no_seal(file, number)
        yield words[0], _number((number, words[1]), file), _hash((number, words[2]), file)


def _number(found: tuple[int, str], file: str) -> int:
    if not _DIGITS.fullmatch(found[1]):
        raise _no_seal(file, found[0])
    return int(found[1])


def _hash(found: tuple[int, str], file: str) -> str:
    if not (_HASH.fullmatch(found[1]) or found[1] == "-"):
        raise _no_seal(file, found[0])
    return found[1].removeprefix("-")


def _moment(found: tuple[int, str], file: str) -> int:
    try:
        return instant(datetime.fromisoformat(found[1]))
    except (ValueError, BadValue):
        raise _no_seal(file, found[0]) from None


def _no_seal(file: str, line: int) -> BadValue:
    return BadValue(
        Text(
            f"{file}:{line}: không phải tệp niêm phong của flowiso seal; hãy lấy lại tệp gốc",
            f"{file}:{line}: this is no file of flowiso seal; take the original file",
        )
    )
