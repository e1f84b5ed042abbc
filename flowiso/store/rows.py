"""What the rows that a database gives stand for: heads and lines of dossiers, seals, events. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from flowiso.errors import StoreError
from flowiso.model import Case, Move
from flowiso.ports import Chained, Head, Outgoing
from flowiso.text import Text

from .lines import lines, mapping
from .link import Tip
from .tables import FOUND, LINE

Found = Sequence[Any]
"""A row. Those of a log are `tables.FOUND`."""

HASH, DOSSIER, _RECORDED = map(FOUND.index, ("hash", "dossier", "recorded"))
# By tuple.__new__ on the hot path, here as elsewhere: half the cost of calling the class.
_tip: Any = tuple.__new__
_CASE = slice(len(LINE), DOSSIER)


class Altered(StoreError, ValueError):
    """What stands there was never written so."""


def by_dossier(found: Iterable[Found]) -> Iterator[list[Found]]:
    """The rows of each dossier, one after the other."""
    return (list(group) for _, group in groupby(found, itemgetter(DOSSIER)))


def case_of(agency: str, rows: Sequence[Found]) -> Case:
    """Whose rows they are; where the dossier is gone, its row stands for it."""
    number, code, version, channel = rows[0][_CASE]
    if number is None:
        return Case(agency, f"#{rows[0][DOSSIER]}", "", 0, "counter")
    return Case(agency, number, code, version, channel)


def stored(agency: str, rows: Sequence[Found]) -> Chained:
    """A dossier as it is stored."""
    hashes = tuple(bytes(row[HASH]) for row in rows)
    return Chained(case_of(agency, rows), tuple(lines(rows)), hashes, tuple(row[_RECORDED] for row in rows))


def end_of(dossier: int, moves: Sequence[Move], rows: Sequence[Found], mark: int = 0) -> Tip:
    """Where a log ends whose last lines these are."""
    last = moves[-1]
    return _tip(Tip, (dossier, last[0], rows[-1][HASH], last, mark))  # type: ignore[no-any-return]


def goes_on(rows: Sequence[Found], tip: Tip) -> bool:
    """Whether rows are what we know the end of. A database that lost its last writes, restored or promoted behind its primary,
    may hold less, or another dossier in that row."""
    return len(rows) > tip.seq and bool(rows[tip.seq][HASH] == tip.hash)


def outgoing(row: Found) -> Outgoing:
    """A row of the outbox."""
    return Outgoing._make((*row[:5], mapping(row[5])))


def head_of(row: Found) -> Head:
    """A seal. Raises Altered."""
    try:
        return Head._make((*row[:4], tuple([(number, seq, tip) for number, seq, tip in json.loads(row[4])])))
    except (ValueError, TypeError, RecursionError) as error:
        raise Altered(
            Text(
                f"không đọc được niêm phong {row[0]} trong kho, đã bị sửa: chạy flowiso verify và đối chiếu bản giữ bên ngoài",
                f"seal {row[0]} of the store can't be read, it was altered: run flowiso verify, compare it with the one kept",
            )
        ) from error
