"""What a server remembers of dossiers: figures and searches are those of the engine, whatever happened since they were read."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from html import unescape
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any
from urllib.parse import parse_qs

import pytest
from doors import engine_of
from offices import at, examined, go, path, ready, received
from screened import Site

from flowiso.cli.replicating import Study
from flowiso.engine import Engine
from flowiso.errors import FlowISOError, UnknownFlow
from flowiso.ports import Store
from flowiso.store import open_store
from flowiso.text import Text
from flowiso.web.screens.memory import Memory
from flowiso.web.screens.yearly import COLUMNS
from flowiso.worktime import TZ

Call = Callable[..., tuple[int, str, str]]


def test_what_is_remembered_is_what_is_there() -> None:
    """R110: after each random step the years and cells of memory and engine are the same, whichever moment is asked about."""
    engine, random = engine_of(), Random(20210915)
    memory, small = Memory(engine), Memory(engine, most=3)
    numbers = [examined(engine, f"{day:02}/09 08:00").number for day in (1, 2, 6, 7, 8, 9, 10)]
    ready(engine)
    lines = (
        *("an chuyen quang", "an bo-sung lan", "lan gui nguoi-nop", "an bounce", "ha reassign binh"),
        *(
            "quang tra-lai an",
            "quang chuyen hanh",
            "nguoi-nop rut",
            "binh chuyen quang",
            "ha fault",
            "hanh chuyen thao",
            "an confirm",
        ),
    )
    moved = 0
    for hour in range(120):
        when = f"{17 + hour // 10}/09 {8 + hour % 10:02}:00"
        try:
            go(engine, random.choice(numbers), f"{when} {random.choice(lines)}", "lý do")
        except FlowISOError:
            continue
        moved += 1
        for asked in (when, "14/09 12:00", "30/12 08:00"):
            real = engine.stats(2021, at(asked))
            assert memory.stats(2021, at(asked)) == real
            assert small.stats(2021, at(asked)) == real
        cell = random.choice(("agency/open_overdue", "officer/an/steps", "agency/late", "agency/misrouted"))
        assert memory.drill(cell, 2021, at(when)) == engine.drill(cell, 2021, at(when))
    assert moved > 15
    assert len(small._known) <= 3


class Counted:
    """A store that counts the logs that are read of it."""

    def __init__(self, store: Store) -> None:
        self._store, self.read_, self.all_ = store, 0, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def read(self, agency: str, number: str) -> Any:
        """One log."""
        self.read_ += 1
        return self._store.read(agency, number)

    def logs(self, agency: str, until: int | None = None) -> Any:
        """All logs."""
        self.all_ += 1
        return self._store.logs(agency, until)


def test_only_what_has_grown_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second look reads no log, one after a line was written reads one; many at a time are read in one go."""
    engine = engine_of()
    hs = [received(engine) for _ in range(4)]
    engine.store = counted = Counted(engine.store)  # type: ignore[assignment]
    memory = Memory(engine)
    memory.stats(2021, at("15/09 08:00"))
    assert (counted.read_, counted.all_) == (4, 0)
    memory.stats(2021, at("16/09 08:00"))
    list(memory.dossiers([]))
    assert counted.read_ == 4
    path(engine, hs[0], "15/09 09:00 lan chuyen ha")
    memory.stats(2021, at("16/09 08:00"))
    assert counted.read_ == 5
    monkeypatch.setattr("flowiso.web.screens.memory._EACH", 2)
    again = Memory(engine)
    again.fill()
    assert (counted.read_, counted.all_) == (5, 1)
    assert again.stats(2021, at("16/09 08:00")) == engine.stats(2021, at("16/09 08:00"))


def test_what_can_not_be_read_is_told_each_time() -> None:
    """DOS311: a dossier whose flow version is gone is in no figure without a word, remembered or not."""
    engine = engine_of()
    received(engine)
    memory = Memory(engine)
    memory.fill()
    received(engine)
    engine.flows.table = _gone  # type: ignore[method-assign]
    for _ in range(2):
        with pytest.raises(UnknownFlow, match="1 hồ sơ không đọc được"):
            memory.stats(2021, at("16/09 08:00"))
    unread: list[Any] = []
    assert len(list(memory.dossiers(unread))) == 1
    assert [one.code for one in unread] == ["DOS311"]


def _gone(*_: object) -> None:
    raise UnknownFlow(Text("không có", "there is none"))


def test_many_ask_while_others_write(tmp_path: Path) -> None:
    """Threads that count while lines are written: every answer is that of some moment in between, the last one that of now."""
    engine = engine_of(open_store(f"sqlite:///{tmp_path / 'mot-cua.db'}"))
    memory, stop = Memory(engine), threading.Event()
    counts: list[list[int]] = [[], [], []]

    def count(mine: list[int]) -> None:
        while not stop.is_set():
            mine.append(memory.stats(2021, at("15/09 08:00")).counts.received)

    askers = [threading.Thread(target=count, args=(mine,)) for mine in counts]
    for asker in askers:
        asker.start()
    for _ in range(30):
        received(engine)
    stop.set()
    for asker in askers:
        asker.join()
    assert all(mine == sorted(mine) and mine[-1] <= 30 for mine in counts)
    assert memory.stats(2021, at("15/09 08:00")) == engine.stats(2021, at("15/09 08:00"))
    engine.close()


def test_the_dashboard_is_the_report_cell_by_cell(tmp_path: Path, call: Call) -> None:
    """R110: over a simulated year each figure on the page is that of `flowiso report`, and each of its figures is on the page."""
    folder = tmp_path / "thu"
    assert call("demo", "--dossiers", "600", "--check", "--keep", folder)[0] == 0
    url, when = f"sqlite:///{folder / 'mot-cua.db'}", datetime(2021, 11, 17, 9, tzinfo=TZ)
    code, out, err = call("report", "--store", url, "--year", "2021", "--as-of", when.isoformat(), "--format", "json")
    assert code == 0, err
    store = open_store(url, create=False)
    engine = Engine(Study(1, 1, None, "", "text", None).agency().of_store(store), store)
    with Site(tmp_path, engine).opened() as site:
        site.clock.now = when
        vinh = site.signed_in("vinh.qltm", agency=engine.agency)
        for _ in range(2):  # read, and remembered
            assert shown(vinh.get("/year?year=2021")) == dict(told(json.loads(out)))
        assert "chỉ để xem" in vinh.get("/receive")  # such a store takes no dossier, so nothing is asked for in vain
        assert '<button class="main">Tiếp nhận' not in vinh.page
    engine.close()


def shown(page: str) -> dict[str, int]:
    """The figures of the dashboard, by their cells."""
    links = re.findall(r'href="/year/cell\?([^"]+)">([\d.]+)</a>', page)
    return {parse_qs(unescape(query))["cell"][0]: int(value.replace(".", "")) for query, value in links}


def told(report: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """The figures of a report that a dashboard shows: those that aren't 0."""
    cells: dict[str, int] = {f"agency/{figure.name}": report[figure.name] for figure in COLUMNS}
    for part in ("field", "division", "channel", "procedure"):
        for key, group in report[f"by_{part}"].items():
            cells |= {f"{part}/{key}/{figure.name}": group[figure.name] for figure in COLUMNS}
    cells |= {f"cause/{cause}": count for cause, count in report["late_by_cause"].items()}
    for name, officer in report["by_officer"].items():
        cells |= {f"officer/{name}/{what}": officer[what] for what in ("late_steps", "misrouted")}
    assert len([cell for cell, count in cells.items() if count]) > 100
    return ((cell, count) for cell, count in cells.items() if count)


def test_an_agency_is_read_when_its_first_visitor_comes(site: Site) -> None:
    """So the first figures needn't wait for a year's logs; a store that is away then is no reason to keep anybody out."""
    number = received(site.engine).number
    lan = site.signed_in("lan")
    memory, until = site.door.screens.memories[site.engine.agency], monotonic() + 10
    while not memory._known and monotonic() < until:
        lan.get("/inbox")
    assert set(memory._known) == {number}


def test_a_lone_agency_is_read_as_soon_as_it_is_served(tmp_path: Path) -> None:
    """Nobody need have signed in; of several agencies each waits for its first visitor."""
    one, theirs = engine_of(), engine_of(agency="H19.2")
    number = received(one).number
    assert _served((one,), tmp_path / "one") == {number}
    assert _served((one, theirs), tmp_path / "two") == set()


def _served(engines: tuple[Engine, ...], folder: Path) -> set[str]:
    """Of the first engine's dossiers those that are known when its server has begun and ended."""
    folder.mkdir()
    told = iter(({"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}))

    async def receive() -> dict[str, str]:
        return next(told)

    async def send(_: Any) -> None:
        await asyncio.sleep(0)  # so that the reading is begun

    with Site(folder, *engines).opened() as site:
        assert site._portal is not None
        site._portal.call(site.app, {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, receive, send)
        return set(site.door.screens.memories[engines[0].agency]._known)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """The small office."""
    with Site(tmp_path).opened() as site:
        yield site
