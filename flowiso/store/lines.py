"""What every store does before it keeps lines: sees that they follow, hashes them, and says why it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from flowiso.chain import link
from flowiso.chain import text as encoded
from flowiso.errors import BadValue, Conflict, Repeated, UnknownDossier
from flowiso.model import Case, Move
from flowiso.ports import Beside
from flowiso.text import Text

Dossiers = list[tuple[Case, tuple[Move, ...]]]
Row = tuple[Any, ...]
"""A line as it is written: seq, at, actor, action, step, holder, note, record, hash."""
Told = tuple[Sequence[Move], Beside]
"""Lines, and what goes with them."""
T = TypeVar("T")


def one_by_one(works: Iterable[Callable[[], T]]) -> list[T | Exception]:
    """What each gives, or the error it raised."""
    return [_tried(work) for work in works]


def _tried(work: Callable[[], T]) -> T | Exception:
    try:
        return work()
    except Exception as error:
        return error


def written(previous: bytes, moves: Iterable[Move]) -> list[Row]:
    """Lines as rows, each with its hash; `previous` is the hash before them. Raises BadValue for what has no bytes."""
    rows = []
    try:
        for move in moves:
            previous = link(previous, move)
            seq, at, actor, action, step, holder, note, record = move
            told = None if record is None else encoded(record)
            rows.append((seq, at, actor, action, step, holder, note, told, previous))
    except UnicodeEncodeError as error:
        raise unstorable(error) from error
    return rows


def vocabulary(told: Iterable[Told]) -> list[str]:
    """Every word of lines and of what goes with them."""
    found: set[str] = set()
    for moves, beside in told:
        found.update(*(move[2:6] for move in moves), (event.type for event in beside.events))
    return sorted(word for word in found if isinstance(word, str))


def words(mapping: Mapping[str, str] | None) -> str | None:
    """A mapping as JSON, sorted by key, the same text for the same mapping."""
    return None if mapping is None else encoded(mapping)


def mapping(text: str | None) -> dict[str, str] | None:
    """What `words` was given. What isn't JSON, because somebody has changed it, stands under "": its line's hash shows it."""
    if text is None:
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    return found if isinstance(found, dict) else {"": text}


def lines(rows: Iterable[Sequence[Any]]) -> list[Move]:
    """Lines out of the first columns of rows (seq to record)."""
    return [Move(*row[:8]) if row[7] is None else Move._make((*row[:7], mapping(row[7]))) for row in rows]


def in_order(moves: Sequence[Move], first: int) -> bool:
    """Whether these are lines, the first of which is number `first`, and each follows the one before it."""
    count = len(moves)
    if not count or moves[0][0] != first or moves[-1][0] != first + count - 1:
        return False
    return count < 3 or all(move.seq == seq for seq, move in enumerate(moves, first))


def follow(number: str, last: Move | None, moves: Sequence[Move], same: bool = True) -> None:
    """Raise Conflict unless `moves` are the next lines of a log that ends with `last`, without a gap (I2).

    `same` says whether that log is the one they were decided upon.
    """
    following = 0 if last is None else last.seq + 1
    for seq, move in enumerate(moves, following):
        if move.seq == seq:
            continue
        if move.seq < following and last is not None:
            raise _came_second(number, last, move.seq)
        raise Conflict(
            Text(
                f"nhật ký hồ sơ {number} phải tiếp tục ở dòng {seq}, không phải {move.seq}: đọc lại hồ sơ rồi làm lại",
                f"the log of dossier {number} must go on with line {seq}, not {move.seq}: read it and try again",
            )
        )
    if not same and last is not None:
        raise _another(number, last)


def begun(dossiers: Iterable[tuple[Case, Sequence[Move]]]) -> Dossiers:
    """New dossiers, every log checked to begin at 0 without a gap.

    They are collected first, so that a generator may itself use the store (reserve numbers) while it runs.
    """
    collected = [(case, tuple(moves)) for case, moves in dossiers]
    for case, moves in collected:
        if not moves:
            raise BadValue(
                Text(
                    f"hồ sơ {case.number} chưa có dòng nhật ký nào: hãy ghi ít nhất lượt nộp hoặc tiếp nhận",
                    f"dossier {case.number} has no line of a log yet: write at least its submission or receipt",
                )
            )
        follow(case.number, None, moves)
    return collected


def numbered(case: Case, day: str, count: int) -> Case:
    """A case under a running number of a day "YYMMDD": four digits, more when there are more (R33)."""
    return case._replace(number=f"{case.agency}-{day}-{count:04d}")


def unknown(agency: str, number: str) -> UnknownDossier:
    """There is no dossier of this number."""
    return UnknownDossier(
        Text(
            f"cơ quan {agency} không có hồ sơ {number} trong kho: xem lại mã số hồ sơ",
            f"agency {agency} has no dossier {number} in this store: check the number",
        )
    )


def taken(case: Case) -> Conflict:
    """The number of a new dossier is in use."""
    return Conflict(
        Text(
            f"mã số hồ sơ {case.number} của cơ quan {case.agency} đã được dùng: "
            "đừng cho số (number) để được số kế tiếp, hoặc cho số khác",
            f"dossier number {case.number} of agency {case.agency} is taken: give no number to get the next one, or give another",
        )
    )


def repeated(key: str) -> Repeated:
    """An idempotency key is known already."""
    return Repeated(
        Text(
            f"yêu cầu mang khóa '{key}' đã được ghi rồi, không ghi lần nữa: dùng kết quả của lần trước",
            f"the request with key '{key}' was written before and is not written again: use what it led to",
        )
    )


def _came_second(number: str, last: Move, seq: int) -> Conflict:
    return Conflict(
        Text(
            f"hồ sơ {number} đã có dòng {seq} (mới nhất: {last.actor}, {last.action}): đọc lại hồ sơ rồi làm lại",
            f"dossier {number} already has line {seq} (latest: {last.actor}, {last.action}): read it and try again",
        )
    )


def _another(number: str, last: Move) -> Conflict:
    return Conflict(
        Text(
            f"nhật ký hồ sơ {number} không còn như lúc đọc (mới nhất: {last.actor}, {last.action}): đọc lại hồ sơ rồi làm lại",
            f"the log of dossier {number} isn't what was read (latest: {last.actor}, {last.action}): read it and try again",
        )
    )


def unstorable(error: Exception) -> BadValue:
    """No database can keep such a value."""
    return BadValue(
        Text(
            f"không lưu được giá trị này ({error}): bỏ ký tự hỏng hoặc số quá lớn rồi làm lại",
            f"this value can't be kept ({error}): take out the broken character or the huge number and try again",
        )
    )
