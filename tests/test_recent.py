"""What an engine remembers of the dossiers it moved last: bounded, shared by threads, and never a reason to do things twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from offices import at, examined, go, office, path
from walks import agency

from flowiso.dossier import Dossier
from flowiso.engine import Engine
from flowiso.errors import Conflict, StoreError
from flowiso.model import COMPLAIN, REASSIGN, Case, Move
from flowiso.ports import NOTHING, Beside, Store
from flowiso.recent import Recent
from flowiso.store import MemoryStore
from flowiso.text import Text
from flowiso.worktime import TZ

AT = datetime(2021, 9, 14, 8, 30, tzinfo=TZ)


class InDoubt(MemoryStore):
    """A store that writes, and then loses its connection before it can say so."""

    lost = False

    def append(
        self,
        agency: str,
        number: str,
        moves: Sequence[Move],
        beside: Beside = NOTHING,
        after: Sequence[Move] | None = None,
        case: Case | None = None,
    ) -> None:
        super().append(agency, number, moves, beside, after, case)
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


class Behind(MemoryStore):
    """A store that shows what another one holds: what stood in its own logs before somebody rolled that back."""

    def __init__(self, before: Store) -> None:
        super().__init__()
        self.before = before

    def held(self, agency: str, account: str) -> Iterator[tuple[Case, list[Move]]]:
        return self.before.held(agency, account)


@pytest.mark.parametrize(
    ("waits", "verb"),
    [
        (False, lambda engine, held: go(engine, held, "14/09 14:00 an chuyen quang")),
        (True, lambda engine, held: engine.settle(held, at("30/09 08:00"))),
        (False, lambda engine, held: engine.hand_over("an", by="ha", to="binh", note="nghỉ", at=at("14/09 14:00"))),
    ],
    ids=["move", "settle", "hand_over"],
)
def test_a_line_that_was_rolled_back_is_nothing_to_go_on(
    waits: bool, verb: Callable[[Engine, Dossier], object]
) -> None:
    """I1: another line, as long a log and the same number: a conflict, whichever verb; nothing is written."""
    first = office()
    engine = Engine(first.flows, Behind(first.store))
    for one, note in ((first, "rolled back"), (engine, "written since")):
        hs = path(one, examined(one, officer="an"), "14/09 11:00 an hoi-bo bo", "14/09 12:00 bo tra-loi an", note=note)
        if waits:
            path(one, hs, "14/09 13:00 an hoi-bo bo", note=note)
    (held,) = (first.dossier(case.number) for case, _ in first.store.logs(first.agency))
    stands = engine.dossier(held.number)
    assert (len(held.moves), held.state) == (len(stands.moves), stands.state)
    with pytest.raises(Conflict):
        verb(engine, held)
    assert engine.dossier(held.number) == stands


def test_a_misroute_of_yesterday_is_judged_anew() -> None:
    """R121: what was wrong as the engine remembers the dossier may be right as it stands now."""
    one = office()
    other = Engine(one.flows, one.store)
    number = examined(one, officer="an").number
    go(other, number, f"14/09 11:00 ha {REASSIGN} binh", "cân việc")
    assert go(one, number, f"14/09 12:00 ha {REASSIGN} an", "cân lại").holder == "an"


def test_a_remembered_dossier_goes_to_the_one_who_is_named() -> None:
    """R121: not to the one who held that step last, who gets it when nobody is named."""
    for named, holder in ((" binh", "binh"), ("", "an")):
        engine = office()
        number = path(engine, examined(engine), "14/09 11:00 an chuyen quang").number
        assert path(engine, number, f"14/09 12:00 quang tra-lai{named}").holder == holder


class Counted(MemoryStore):
    """A store that counts how often a log is read."""

    reads = 0

    def read(self, agency: str, number: str) -> tuple[Case, list[Move]]:
        self.reads += 1
        return super().read(agency, number)


@pytest.mark.parametrize("elsewhere", [False, True], ids=["engine", "the engine over another store"])
@pytest.mark.parametrize(("told", "most"), [({}, 1_024), ({"remember": 3}, 3), ({"remember": 0}, 0)])
def test_the_last_dossiers_are_moved_without_reading_them(told: dict[str, int], most: int, elsewhere: bool) -> None:
    """As many as it was told to remember, 1,024 if it wasn't; the one before them is read again."""
    store = Counted()
    plain = Engine(agency(), MemoryStore(), allow_draft=True)
    engine = plain.on(store, **told) if elsewhere else Engine(agency(), store, allow_draft=True, **told)
    numbers = [engine.receive("LTHH-13", by="lan.vp", at=AT).number for _ in range(most + 1)]
    for number in reversed(numbers):
        engine.move(number, COMPLAIN, by="lan.vp", note="chậm", at=AT)
    assert store.reads == 1


def test_nothing_is_remembered_within_a_hosts_transaction() -> None:
    """The host may roll back what it wrote: each move reads the log as it is in that transaction."""
    store = Counted()
    engine = Engine(agency(), MemoryStore(), allow_draft=True, join=lambda connection, create: store)
    within = engine.within("connection")
    number = within.receive("LTHH-13", by="lan.vp", at=AT).number
    within.move(number, COMPLAIN, by="lan.vp", note="chậm", at=AT)
    within.move(number, COMPLAIN, by="lan.vp", note="chậm nữa", at=AT)
    assert store.reads == 2


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
