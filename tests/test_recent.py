"""What an engine remembers of the dossiers it moved last: bounded, shared by threads, and never a reason to do things twice."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from walks import agency

from flowiso.engine import Engine
from flowiso.errors import StoreError
from flowiso.model import COMPLAIN, Move
from flowiso.ports import NOTHING, Beside
from flowiso.recent import Recent
from flowiso.store import MemoryStore
from flowiso.text import Text
from flowiso.worktime import TZ

AT = datetime(2021, 9, 14, 8, 30, tzinfo=TZ)


class InDoubt(MemoryStore):
    """A store that writes, and then loses its connection before it can say so."""

    lost = False

    def append(self, agency: str, number: str, moves: Sequence[Move], beside: Beside = NOTHING) -> None:
        super().append(agency, number, moves, beside)
        if self.lost:
            raise StoreError(Text("mất kết nối", "connection lost"))


def test_a_write_in_doubt_is_not_done_again() -> None:
    """T6: what became of it only a key can tell; nothing is doubled."""
    store = InDoubt()
    engine = Engine(agency(), store, allow_draft=True)
    number = engine.receive("LTHH-13", by="lan.vp", at=AT).number
    store.lost = True
    with pytest.raises(StoreError):
        engine.move(number, COMPLAIN, by="lan.vp", note="chậm", at=AT)
    assert [move.action for move in engine.dossier(number).moves] == ["receive", COMPLAIN]


def test_somebody_elses_move_is_seen() -> None:
    """A remembered dossier that another engine has moved since is read again, and the wish judged anew."""
    store = MemoryStore()
    one, other = (Engine(agency(), store, allow_draft=True) for _ in range(2))
    number = one.receive("LTHH-13", by="lan.vp", at=AT).number
    other.move(number, COMPLAIN, by="lan.vp", note="chậm", at=AT)
    moved = one.move(number, "chuyen", by="lan.vp", to="ha.qltm", at=AT)
    assert [move.action for move in moved.moves] == ["receive", COMPLAIN, "chuyen"]


def test_threads_share_it_and_it_stays_small() -> None:
    """No more than it may keep, whatever eight threads do."""
    dossier = Engine(agency(), MemoryStore(), allow_draft=True).receive("LTHH-13", by="lan.vp", at=AT)
    recent = Recent(16)

    def keep(start: int) -> int:
        found = 0
        for number in range(start, start + 3_000):
            recent.keep(type(dossier)(dossier.case._replace(number=str(number)), dossier.table, dossier.state, ()))
            found += recent.take(str(number - 8)) is not None
        return found

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(keep, range(0, 80_000, 10_000))) > 0
    assert sum(recent.take(str(number)) is not None for number in range(80_000)) <= 16
    assert Recent(0).take("1") is None
