"""A store in plain dicts, and what every store refuses: the smallest implementation that keeps the whole contract."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from threading import Lock
from typing import TYPE_CHECKING

from flowiso.errors import BadValue, Conflict, UnknownDossier
from flowiso.model import Case, Move
from flowiso.text import Text

if TYPE_CHECKING:
    from flowiso.engine import StoreKind

Dossiers = list[tuple[Case, tuple[Move, ...]]]


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
            f"mã số hồ sơ {case.number} của cơ quan {case.agency} đã được dùng: lấy số khác rồi tiếp nhận lại",
            f"dossier number {case.number} of agency {case.agency} is taken: reserve another number and receive again",
        )
    )


def follow(number: str, last: Move | None, moves: Sequence[Move]) -> None:
    """Raise Conflict unless `moves` are the next lines of a log that ends with `last`, without a gap (I2)."""
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


def _came_second(number: str, last: Move, seq: int) -> Conflict:
    return Conflict(
        Text(
            f"hồ sơ {number} đã có dòng {seq} (mới nhất: {last.actor}, {last.action}): đọc lại hồ sơ rồi làm lại",
            f"dossier {number} already has line {seq} (latest: {last.actor}, {last.action}): read it and try again",
        )
    )


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


class MemoryStore:
    """Logs in dicts, gone with the process; safe to share between threads."""

    def __init__(self, kind: StoreKind = "live") -> None:
        self._kind: StoreKind = kind
        self._lock = Lock()
        self._counters: dict[tuple[str, str], int] = {}
        self._dossiers: dict[tuple[str, str], tuple[Case, tuple[Move, ...]]] = {}

    @property
    def kind(self) -> StoreKind:
        """Whether the store holds real dossiers or a simulation."""
        return self._kind

    def reserve(self, agency: str, day: str) -> int:
        """The next running number of an agency on a day, from 1 (R33)."""
        with self._lock:
            number = self._counters[agency, day] = self._counters.get((agency, day), 0) + 1
        return number

    def create(self, case: Case, moves: Sequence[Move]) -> None:
        """Begin a dossier with the first lines of its log."""
        self.create_many([(case, moves)])

    def create_many(self, dossiers: Iterable[tuple[Case, Sequence[Move]]]) -> None:
        """Begin many dossiers, all or none."""
        fresh: dict[tuple[str, str], tuple[Case, tuple[Move, ...]]] = {}
        collected = begun(dossiers)
        with self._lock:
            for case, moves in collected:
                key = case.agency, case.number
                if key in self._dossiers or key in fresh:
                    raise taken(case)
                fresh[key] = case, moves
            self._dossiers |= fresh

    def append(self, agency: str, number: str, moves: Sequence[Move]) -> None:
        """Add lines to a log, all or none."""
        with self._lock:
            case, log = self._find(agency, number)
            follow(number, log[-1], moves)
            self._dossiers[agency, number] = case, log + tuple(moves)

    def read(self, agency: str, number: str) -> tuple[Case, list[Move]]:
        """A dossier and its whole log."""
        case, log = self._find(agency, number)
        return case, list(log)

    def logs(self, agency: str, until: int | None = None) -> Iterator[tuple[Case, list[Move]]]:
        """Every dossier of an agency with its log as it stood when the reading began, those that began first."""
        with self._lock:
            everything = list(self._dossiers.values())
        for case, log in everything:
            moves = [move for move in log if until is None or move.at <= until]
            if case.agency == agency and moves:
                yield case, moves

    def close(self) -> None:
        """Nothing to let go of."""

    def _find(self, agency: str, number: str) -> tuple[Case, tuple[Move, ...]]:
        found = self._dossiers.get((agency, number))
        if found is None:
            raise unknown(agency, number)
        return found
