"""Whether a log is as it was written: its chain of hashes (I2, I9), and the seals over it, in the store and outside. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from . import chain
from .errors import FlowISOError, UnknownFlow
from .model import DOSSIER_CODES, Case, Finding, Level
from .ports import Chained, Head
from .text import Text, many


def found(code: str, number: str | None, line: int | None, vi: str, en: str, level: Level = "error") -> Finding:
    """A finding of `flowiso verify` about a line of a dossier."""
    return Finding(code, DOSSIER_CODES[code], level, Text(vi, en), line=line, dossier=number)


def unreadable(case: Case, error: Exception) -> Finding:
    """DOS311: a dossier goes by a flow version that can't be had, for the reason that the error tells."""
    said = error.text if isinstance(error, FlowISOError) else Text(repr(error), repr(error))
    vi = f"hồ sơ theo {case.code} lần {case.version} nên không đọc được: {said.vi}"
    en = f"it goes by {case.code} version {case.version} and can't be read: {said.en}"
    return found("DOS311", case.number, 0, vi, en)


_NAMED, _NOTHING = 20, Text("", "")


def incomplete(gone: Sequence[Finding]) -> UnknownFlow:
    """What is counted can't be told without the dossiers of these findings (DOS311)."""
    named = ", ".join(str(one.dossier) for one in gone[:_NAMED])
    more = (
        Text(f" và {len(gone) - _NAMED} hồ sơ khác", f" and {len(gone) - _NAMED} more") if gone[_NAMED:] else _NOTHING
    )
    first, count = gone[0].message, len(gone)
    return UnknownFlow(
        Text(
            f"{count} hồ sơ không đọc được nên số liệu sẽ thiếu: {named}{more.vi}; {first.vi}",
            f"{many(count, 'dossier')} can't be read and would be missing in the figures: {named}{more.en}; {first.en}",
        )
    )


def broken(stored: Chained) -> Finding | None:
    """The first line of a log that doesn't stand on the one before it; None when the chain holds.

    A line that was changed is named itself, unless its own hash was computed anew: then the one after it. Lines cut off at
    the end, and a chain computed anew from some line to the end, only show against a seal.
    """
    number, seq = stored.case.number, 0
    try:
        previous = chain.begin(stored.case)
        for seq, (move, kept) in enumerate(zip(stored.moves, stored.hashes, strict=True)):
            if move.seq != seq:
                return _out_of_order(number, seq, move.seq)
            previous = chain.link(previous, move)
            if previous != kept:
                break
        else:
            return None
    except (ValueError, TypeError, RecursionError):  # no line that was ever written: it has no bytes
        pass
    return found(
        "DOS305", number, seq,
        f"chuỗi băm đứt ở dòng {seq}: dòng này, dòng trước nó hoặc đầu hồ sơ không còn như lúc ghi; hãy đối chiếu bản sao lưu",
        f"the chain breaks at line {seq}: it, the one before it or the dossier's head isn't as it was written; see a backup",
    )  # fmt: skip


def _out_of_order(number: str, expected: int, seq: int) -> Finding:
    if seq < expected:
        return found(
            "DOS305", number, expected,
            f"sau dòng {expected - 1} lại có dòng {seq}: nhật ký bị chèn hoặc rẽ nhánh; hãy đối chiếu bản sao lưu",
            f"line {seq} comes after line {expected - 1}: something was put in; see a backup",
        )  # fmt: skip
    return found(
        "DOS306", number, expected,
        f"thiếu dòng {expected}, tiếp theo là dòng {seq}: nhật ký bị xóa bớt; hãy đối chiếu bản sao lưu",
        f"line {expected} is missing, line {seq} comes next: the log was cut; see a backup",
    )  # fmt: skip


class Kept(NamedTuple):
    """A seal kept outside the store, and the place it was read from ("" for the store's own)."""

    head: Head
    file: str = ""
    line: int | None = None


class _Tip(NamedTuple):
    seq: int
    hash: str
    seal: Kept


class Seals:
    """The seals over a store, its own and those kept outside, held against its logs one by one."""

    def __init__(self, heads: Sequence[Head], kept: Sequence[Kept] = (), only: str | None = None) -> None:
        """With `only`, of the dossiers that one alone is looked for."""
        self._heads = heads
        self._kept = kept
        self._tips: defaultdict[str, list[_Tip]] = defaultdict(list)
        for seal in filter(_holds, (*map(Kept, heads), *kept)):
            for number, seq, tip in seal.head.tips:
                if only in (None, number):
                    self._tips[number].append(_Tip(seq, tip, seal))

    def faults(self) -> Iterator[Finding]:
        """What is wrong with the seals themselves: one missing, altered, or not the one that was kept."""
        previous = ""
        for position, head in enumerate(self._heads):
            if head.position != position or head.previous != previous or not _holds(Kept(head)):
                yield found(
                    "DOS307", None, None,
                    f"niêm phong {position} trong kho bị mất hoặc bị sửa; hãy đối chiếu bản niêm phong giữ bên ngoài",
                    f"seal {position} in the store is missing or altered; compare it with the one kept outside",
                )  # fmt: skip
                break
            previous = head.digest
        for seal in self._kept:
            yield from self._outside(seal)

    def _outside(self, seal: Kept) -> Iterator[Finding]:
        position = seal.head.position
        if not _holds(seal):
            vi = f"niêm phong {position} trong tệp này bị sửa; hãy lấy lại tệp gốc"
            en = f"seal {position} in this file is altered; take the original file"
        elif not 0 <= position < len(self._heads):
            vi = f"kho không có niêm phong {position} của tệp này: kho bị cắt bớt hoặc bị thay; hãy đối chiếu bản sao lưu"
            en = f"the store lacks seal {position} of this file: it was cut or exchanged; see a backup"
        elif self._heads[position] != seal.head:
            vi = f"niêm phong {position} trong kho khác với tệp này: kho bị viết lại; hãy đối chiếu bản sao lưu"
            en = f"seal {position} in the store isn't that of this file: the store was rewritten; see a backup"
        else:
            return
        yield found("DOS307", None, seal.line, vi, en)._replace(file=seal.file)

    def check(self, stored: Chained) -> Iterator[Finding]:
        """The first line of a log that isn't as it was sealed."""
        number = stored.case.number
        tips = self._tips.pop(number, None)
        if tips is None:
            return
        hashes = {move.seq: kept for move, kept in zip(stored.moves, stored.hashes, strict=False)}
        for tip in sorted(tips, key=lambda tip: tip.seq):
            kept = hashes.get(tip.seq)
            if kept is None:
                yield _cut(number, max(hashes, default=-1) + 1, tip)
                return
            if kept.hex() != tip.hash:
                yield found(
                    "DOS307", number, tip.seq,
                    f"dòng {tip.seq} không phải dòng đã {_sealed(tip).vi}: nhật ký bị viết lại; hãy đối chiếu bản sao lưu",
                    f"line {tip.seq} isn't the one that was {_sealed(tip).en}: the log was rewritten; see a backup",
                )  # fmt: skip
                return

    def gone(self) -> Iterator[Finding]:
        """The dossiers that were sealed and never came to `check`."""
        for number, tips in sorted(self._tips.items()):
            yield _cut(number, 0, min(tips, key=lambda tip: tip.seq))


def _cut(number: str, line: int, tip: _Tip) -> Finding:
    return found(
        "DOS307", number, line,
        f"thiếu dòng {line} đến {tip.seq} đã {_sealed(tip).vi}: nhật ký bị cắt đuôi; hãy đối chiếu bản sao lưu",
        f"lines {line} to {tip.seq} are missing that were {_sealed(tip).en}: the log was cut off; see a backup",
    )  # fmt: skip


def _sealed(tip: _Tip) -> Text:
    position, file = tip.seal.head.position, tip.seal.file
    if file:
        return Text(f"niêm phong ({file}, số {position})", f"sealed ({file}, number {position})")
    return Text(f"niêm phong (số {position})", f"sealed (number {position})")


def _holds(seal: Kept) -> bool:
    """Whether nothing of it was altered; what was tells nothing about logs."""
    try:
        return chain.seal(seal.head.previous, seal.head.tips) == seal.head.digest
    except (ValueError, TypeError):
        return False
