"""Lists of all dossiers, page by page: whole, in order, at the cost of a page, in every store and while others write."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from doors import CODE, MORNING, engine_of
from offices import at
from stores import HERE, KINDS, THERE, case, log, url_of

from flowiso.dossier import folded
from flowiso.engine import Engine
from flowiso.errors import UnknownFlow
from flowiso.model import Case, Move
from flowiso.store import open_store
from flowiso.text import Text
from flowiso.web import searching
from flowiso.web.searching import Page, Wanted, page

if TYPE_CHECKING:
    from pathlib import Path

    from stores import Schemas

    from flowiso.ports import Store

LATER = at("20/09 08:00")


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store of each kind."""
    schemas: Callable[[str], Schemas] = request.getfixturevalue("schemas")
    kind = request.param
    url = {"memory": "memory:", "sqlite": url_of(tmp_path / "kho.db")}.get(kind) or schemas(kind).fresh()
    opened = open_store(url)
    yield opened
    opened.close()


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """So few dossiers are read for a page that this matters in a small office."""
    monkeypatch.setattr(searching, "SCAN", 7)
    monkeypatch.setattr(searching, "_HANDFUL", 3)


def test_what_follows_a_number(store: Store) -> None:
    """Letter by letter, whatever order the database has of its own; of one agency, and of a procedure where it is asked for."""
    numbers = [
        "10",
        "9",
        "a",
        "B",
        "b",
        "A-1",
        "A.1",
        "A 1",
        "A1",
        "Đ",
        "đ",
        "é",
        "z",
        "H19-210914-0002",
        "H19-210914-00010",
    ]
    cases = [case(number)._replace(code="DIEN-03" if place % 3 else "LTHH-13") for place, number in enumerate(numbers)]
    store.create_many([*((one, log(0, 1)) for one in cases), *((case(one, THERE), log(0)) for one in ("C", "0"))])
    for code in (None, "DIEN-03", "LTHH-13", "KHAC-01"):
        whole = sorted(one.number for one in cases if code in (None, one.code))
        for after in ("", "A-1", "B", "e", "zz"):
            for limit in (1, 2, 5, 50):
                found = store.following(HERE, after, limit, code)
                assert [one.number for one, _ in found] == [number for number in whole if number > after][:limit]
                assert all(moves == log(0, 1) and one in cases for one, moves in found)


def filled(store: Store, seed: int, count: int = 40) -> Engine:
    """An engine over dossiers of its own, some moved on and some at an end, and one of another agency."""
    random, engine = Random(seed), engine_of(store)
    engine_of(store, "H19.2").receive(CODE, by="lan", at=MORNING)
    for place in range(count):
        number = numbered(random, place) if random.random() < 0.3 else None
        when = MORNING + timedelta(minutes=place)
        made = engine.receive(CODE, by=random.choice(["lan", "thao"]), number=number, at=when).number
        go(engine, random, made)
    return engine


def numbered(random: Random, place: int) -> str:
    """A number of somebody's own, before or behind those that are given."""
    return f"{random.choice(PREFIXES)}-2109{random.randrange(1, 31):02d}-{place:04d}"


PREFIXES = ("H19", "H19.1", "H19.10", "H19.2", "H20")


def go(engine: Engine, random: Random, number: str) -> None:
    """Move a dossier on a little, or not."""
    holder, when = engine.dossier(number).holder, LATER - timedelta(days=1)
    for by, action, to in ((holder, "chuyen", "ha"), ("ha", "chuyen", "an"), ("nguoi-nop", "rut", None))[
        : random.randrange(4)
    ]:
        engine.move(number, action, by=by, to=to, note="lý do", at=when)


def naive(engine: Engine, wanted: Wanted) -> list[str]:
    """Which numbers there should be, out of all logs."""
    found = (folded(engine.flows, *one) for one in engine.store.logs(engine.agency))
    return sorted(
        one.number
        for one in found
        if (wanted.state == "all" or one.ended)
        and wanted.status in (None, one.status)
        and wanted.procedure in (None, one.flow.code)
        and (wanted.q is None or wanted.q in f"{one.step.title.vi} {one.number}".lower())
    )


def chained(engine: Engine, wanted: Wanted, between: Callable[[Page], object] = lambda _: None) -> list[Page]:
    """Every page, one after another."""
    found = [page(engine, wanted, "vi")]
    while found[-1].next:
        between(found[-1])
        found.append(page(engine, wanted._replace(cursor=found[-1].next), "vi"))
    return found


def listed(pages: list[Page]) -> list[str]:
    """The numbers on some pages."""
    return [item["number"] for one in pages for item in one.items]


ASKED = (
    Wanted("all"),
    Wanted("closed"),
    Wanted("all", status=4),
    Wanted("closed", status=4),
    Wanted("all", procedure=CODE),
    Wanted("all", procedure="KHAC-01"),
    Wanted("all", q="h19.1-"),
    Wanted("closed", q="h19.1"),
    Wanted("all", q="zzz"),
)


@pytest.mark.usefixtures("narrow")
def test_pages_give_the_whole_list(store: Store) -> None:
    """Chained they are the list, in order, nothing twice, for any filter and length; only what is read on is limited."""
    engine = filled(store, 1)
    for wanted in ASKED:
        for limit in (1, 2, 3, 7, 50):
            pages = chained(engine, wanted._replace(limit=limit))
            assert listed(pages) == naive(engine, wanted), (wanted, limit)
            assert all(len(one.items) <= limit for one in pages)
    assert len(naive(engine, Wanted("closed"))) > 3
    assert any(not one.items and one.next for one in chained(engine, Wanted("all", q="zzz")))


def test_the_usual_lengths(store: Store) -> None:
    """A page that has room for all has no next one, one that is just full neither, and one less has."""
    engine = filled(store, 2, 12)
    for limit, more in ((50, False), (12, False), (11, True)):
        found = page(engine, Wanted("all", limit=limit), "vi")
        assert (len(found.items), found.next is not None) == (min(limit, 12), more)
    assert page(engine, Wanted("all", limit=12), "vi").items == page(engine, Wanted("all"), "vi").items


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize("seed", range(6))
def test_pages_while_others_write(store: Store, seed: int) -> None:
    """What was there all the time is listed once, in order; what comes behind the page is listed too, what comes before isn't."""
    random, engine = Random(seed), filled(store, seed)
    for wanted in (Wanted("all", limit=4), Wanted("closed", limit=3), Wanted("all", q="h19.10", limit=2)):
        before, came = naive(engine, wanted), set[str]()

        def write(shown: Page, came: set[str] = came) -> None:
            for _ in range(random.randrange(3)):
                number = numbered(random, random.randrange(1_000, 10**6))
                came.add(engine.receive(CODE, by="lan", number=number, at=MORNING).number)
            for item in random.sample(shown.items, min(1, len(shown.items))):
                if not item["ended"] and item["holder"] in ("lan", "thao"):
                    engine.move(item["number"], "chuyen", by=item["holder"], to="ha", note="lý do", at=LATER)

        found = listed(chained(engine, wanted, write))
        assert found == sorted(set(found))
        assert [number for number in found if number in before] == before
        assert set(found) <= set(before) | came


class Counting:
    """A store that counts the logs that are read in it."""

    def __init__(self, store: Store) -> None:
        self._store, self.logs_read = store, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def following(self, *asked: Any) -> Any:
        found = self._store.following(*asked)
        self.logs_read += len(found)
        return found

    def logs(self, *_: Any) -> Any:
        raise AssertionError("all logs are read")


def test_a_page_costs_by_its_length(monkeypatch: pytest.MonkeyPatch) -> None:
    """One dossier more than the page is read; where little matches at most `SCAN`, and the next page goes on behind them."""
    monkeypatch.setattr(searching, "SCAN", 60)
    store = Counting(open_store("memory:"))
    engine = filled(store, 3, 150)  # type: ignore[arg-type]

    def cost(wanted: Wanted) -> tuple[Page, int]:
        store.logs_read = 0
        return page(engine, wanted, "vi"), store.logs_read

    for limit in (1, 10, 49):
        first, read = cost(Wanted("all", limit=limit))
        assert read == limit + 1
        assert cost(Wanted("all", limit=limit, cursor=first.next))[1] == limit + 1
    found, read = cost(Wanted("all", q="khong co dau"))
    assert (read, found.items) == (60, [])
    assert found.next is not None
    assert len(chained(engine, Wanted("all", q="khong co dau"))) == 3
    found, read = cost(Wanted("all", procedure="KHAC-01"))
    assert (read, found.items, found.next) == (0, [], None)


def test_dossiers_whose_flow_is_gone_are_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each on the page where it would stand (DOS311), whatever is read ahead."""
    engine = filled(open_store("memory:"), 4, 20)
    gone = {f"H19-x{place}" for place in range(5)} | {f"H20-x{place}" for place in range(5)}
    read, moves = engine.store.read(engine.agency, naive(engine, Wanted("all"))[0])
    engine.store.create_many([(read._replace(number=number, version=9), moves) for number in sorted(gone)])

    def fold(flows: Any, one: Case, its: list[Move]) -> Any:
        if one.version == 9:
            raise UnknownFlow(Text("mất", "gone"))
        return folded(flows, one, its)

    monkeypatch.setattr(searching, "folded", fold)
    for limit in (1, 3, 50):
        pages = chained(engine, Wanted("all", limit=limit))
        assert sorted(number for one in pages for number in one.unread) == sorted(gone)
        assert len(listed(pages)) == 20
