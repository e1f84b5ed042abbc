"""What the long tests of .ci/soak stand on: their checker finds every broken promise, and their disk loses what disks lose."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from flowiso.chain import begin, link
from flowiso.model import Case, Move
from flowiso.ports import Beside, Event, Lines
from flowiso.store import MemoryStore, open_store

SOAK = Path(__file__).parent / "soak"
CASE = Case("H19.1", "H19.1-210914-0001", "LTHH-13", 1, "counter")
MOVES = tuple(
    Move(
        seq,
        1_631_581_200 + seq,
        "an",
        "confirm" if seq == 1 else "chuyen",
        "thu-ly",
        "sep",
        "ý kiến",
        {"ground": "Luật"},
    )
    for seq in range(4)
)


@pytest.fixture(autouse=True)
def soak(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their modules can be imported."""
    monkeypatch.syspath_prepend(str(SOAK))


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A store of one dossier with four lines, the last two of one command, and two seals."""
    url = f"sqlite:///{tmp_path / 'store.db'}"
    with closing(open_store(url)) as store:
        store.create(CASE, MOVES[:1], Beside("k0", "r", (Event(0, "received"),)))
        store.seal(CASE.agency, 1)
        store.append(CASE.agency, CASE.number, MOVES[1:2], Beside("k1", "r"))
        store.append(CASE.agency, CASE.number, MOVES[2:], Beside("k3", "r", (Event(2, "moved"), Event(3, "moved"))))
        store.seal(CASE.agency, 2)
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        for (trigger,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {trigger}")
        connection.commit()
    return url


def change(url: str, sql: str, *more: object) -> None:
    """What somebody with plain SQL does."""
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        connection.execute(sql, more)
        connection.commit()


def test_a_sound_store(url: str) -> None:
    """I1, I2, I5, I8, I9 hold; the checker hashes as docs/log.md says, without chain.py."""
    import checker

    told = [checker.Told("k0", CASE.number, 0), checker.Told("k3", CASE.number, 3)]
    assert checker.check(url, told) == checker.Found(1, 4, 3, 3)
    checker.check_nothing_beside(url)


@pytest.mark.parametrize(
    ("invariant", "sql"),
    [
        ("I1: an acknowledged", "DELETE FROM keys WHERE key = 'k1'"),
        ("I1: an acknowledged", "UPDATE keys SET seq = 2 WHERE key = 'k1'"),
        (
            "I1: two commands",
            "INSERT INTO keys (agency, key, dossier, seq, request) SELECT agency, 'x', dossier, seq, '' FROM keys LIMIT 1",
        ),
        ("I1: a key leads", "UPDATE keys SET seq = 9 WHERE key = 'k3'"),
        ("I2: a gap", "DELETE FROM moves WHERE seq = 2"),
        ("I2: a gap", "UPDATE moves SET seq = seq + 1 WHERE seq = 3"),
        ("I2: dossiers without", "DELETE FROM moves"),
        ("I5: events", "DELETE FROM outbox WHERE seq = 2"),
        ("I5: events", "INSERT INTO outbox (dossier, seq, type) SELECT 1, 1, max(type) FROM outbox"),
        ("I5: events", "INSERT INTO outbox (dossier, seq, type) SELECT 1, 3, max(type) FROM outbox"),
        ("I5: events", "UPDATE outbox SET seq = 5 - seq WHERE seq >= 2"),
        ("I8: time goes back in 'at'", "UPDATE moves SET at = at - 100 WHERE seq = 2"),
        ("I8: time goes back in 'recorded'", "UPDATE moves SET recorded = recorded - 100 WHERE seq = 2"),
        ("I9: the chain", "UPDATE moves SET note = 'khác' WHERE seq = 2"),
        ("I9: the chain", "UPDATE moves SET record = '{}' WHERE seq = 2"),
        ("I9: the chain", "UPDATE words SET word = 'x' WHERE id = (SELECT max(actor) FROM moves)"),
        ("I9: the chain", "DELETE FROM words WHERE id = (SELECT max(step) FROM moves)"),
        ("I9: the chain", "UPDATE dossiers SET channel = 'online'"),
        ("I9: a seal is missing", "DELETE FROM heads WHERE position = 0"),
        ("I9: a seal is broken", "UPDATE heads SET digest = 'x' WHERE position = 1"),
        ("I9: a log is not", "UPDATE heads SET tips = replace(tips, ',3,', ',4,') WHERE position = 1"),
    ],
)
def test_every_broken_promise_is_found(invariant: str, sql: str, url: str) -> None:
    """One thing is changed with plain SQL, and the checker names what no longer holds."""
    import checker

    change(url, sql)
    with pytest.raises(checker.BrokenPromise, match=invariant):
        checker.check(url, [checker.Told("k1", CASE.number, 1)])


def test_a_log_cut_off_and_a_log_rewritten(url: str) -> None:
    """I9: what the chain alone can't tell, the seals do."""
    import checker

    change(url, "DELETE FROM moves WHERE seq = 3")
    change(url, "DELETE FROM keys WHERE seq = 3")
    change(url, "DELETE FROM outbox WHERE seq = 3")
    with pytest.raises(checker.BrokenPromise, match="I9: a log is not as it was sealed"):
        checker.check(url)
    last = begin(CASE)
    for move in MOVES[:3]:
        last = link(last, move._replace(note="khác"))
        change(url, "UPDATE moves SET note = 'khác', hash = ? WHERE seq = ?", last, move.seq)
    with pytest.raises(checker.BrokenPromise, match="I9: a log is not as it was sealed"):
        checker.check(url)


def test_lines_that_no_command_wrote(url: str) -> None:
    """I1 the other way round, also for what a client was refused."""
    import checker

    with pytest.raises(checker.BrokenPromise, match="a refused command was written"):
        checker.check_nothing_beside(url, ["k1"])
    with closing(open_store(url)) as store:
        store.append(CASE.agency, CASE.number, (MOVES[3]._replace(seq=4),))
    with pytest.raises(checker.BrokenPromise, match="lines that no command wrote"):
        checker.check_nothing_beside(url)


def left(ops: list[tuple[str, str, int, bytes, bool]], files: dict[str, bytes]) -> list[dict[str, bytes]]:
    """What a hundred power cuts after these things leave, each once."""
    from disk import Op
    from platter import Platter

    found = []
    for chance in range(100):
        platter = Platter(files)
        for op in ops:
            platter.do(Op(*op))
        one = platter.left(Random(chance))
        found += [one] if one not in found else []
    return found


def test_what_was_synced_is_there() -> None:
    """T2: after a sync of the file, and with it of its folder, nothing is lost."""
    ops = [
        ("wal", "create", 0, b"", False),
        ("wal", "write", 0, b"a" * 2_000, False),
        ("db", "write", 100, b"b" * 50, False),
        ("db", "truncate", 120, b"", False),
        ("wal", "sync", 0, b"", True),
        ("db", "sync", 0, b"", False),
    ]
    assert left(ops, {"db": b"old"}) == [{"db": b"old".ljust(100, b"\0") + b"b" * 20, "wal": b"a" * 2_000}]


def test_what_was_not_synced_is_lost_by_sectors() -> None:
    """T2: each sector is as it was before, or after some of the writes to it; files appear or not."""
    ops = [
        ("db", "write", 0, b"1" * 1_024, False),
        ("db", "write", 512, b"2" * 512, False),
        ("wal", "create", 0, b"", False),
    ]
    images = left(ops, {"db": b"0" * 1_024})
    found = {(one["db"][:512], one["db"][512:]) for one in images}
    whole = {bytes([digit]) * 512 for digit in b"012"}
    assert found == {(first, second) for first in whole - {b"2" * 512} for second in whole}
    assert {"wal" in one for one in images} == {True, False}


def test_a_deletion_may_be_undone() -> None:
    """T2: until the folder is synced; then it is gone."""
    gone = [("journal", "delete", 0, b"", False)]
    assert {"journal" in one for one in left(gone, {"journal": b"x"})} == {True, False}
    assert left([("journal", "delete", 0, b"", True)], {"journal": b"x"}) == [{}]


def test_power_cuts_in_short(tmp_path: Path) -> None:
    """T2: lives of a store on a disk that loses power, ten cuts each; a careless store loses what it acknowledged."""
    import cuts

    generations = cuts.Generations(tmp_path, Random(1))
    for life in range(3):
        generations.live(str(life), 10)
    assert generations.counted.cuts == 30
    assert generations.counted.sure > 30
    assert cuts.careless_losses(tmp_path, Random(1), 4) >= 2


def test_a_migration_by_half_is_found(tmp_path: Path) -> None:
    """T12: what is as planned passes; a dossier left out, a broken chunk, one that doesn't fit and one that went on don't."""
    import migrations

    from flowiso import migrating

    whole = migrations.drawn(f"sqlite:///{tmp_path / 'whole.db'}", Random(1))
    fits, others = list(whole.fits), sorted(whole.before.keys() - whole.fits.keys())

    def after(moved: list[str], complaints: list[str]) -> migrations.Scene:
        shutil.copy(tmp_path / "whole.db", tmp_path / "part.db")
        scene = whole._replace(url=f"sqlite:///{tmp_path / 'part.db'}")
        plan = scene.plan._replace(landings=tuple(scene.fits[number] for number in moved))
        with closing(open_store(scene.url)) as store:
            running = migrating.dossiers(scene.flows, store, plan.code)
            list(migrating.apply(scene.flows, store, plan, running, by=scene.leader, note="QĐ"))
        for number in complaints:
            migrations.go_on(scene, number)
        return scene

    assert migrations.reached(after(fits, fits[:1]), set(fits[:1]), "old", "there") == set(fits)
    assert migrations.reached(after(fits[:6], []), set(), "old", "there") == set(fits[:6])
    for moved, complaints, promise in (
        (fits[1:], [], "not the first ones"),
        (fits[:4], [], "no whole chunks"),
        (fits, others[:1], "doesn't fit, and was moved"),
        (fits, fits[:1], "neither"),
    ):
        with pytest.raises(AssertionError, match=promise):
            migrations.reached(after(moved, complaints), set(), "old", "there")


class Lossy(MemoryStore):
    """Acknowledges what it doesn't write, one time in a hundred."""

    asked = 0

    def append_many(self, agency: str, logs: Iterable[Lines]) -> None:
        """Unless it is the hundredth time."""
        self.asked += 1
        if self.asked % 100:
            super().append_many(agency, logs)


class Forgetful(MemoryStore):
    """Doesn't keep the keys of requests."""

    def append_many(self, agency: str, logs: Iterable[Lines]) -> None:
        """Without them."""
        super().append_many(agency, [one._replace(beside=one.beside._replace(key="")) for one in logs])


class Silent(MemoryStore):
    """Puts nothing about hand-overs into the outbox."""

    def append_many(self, agency: str, logs: Iterable[Lines]) -> None:
        """Without it."""
        super().append_many(agency, [one._replace(beside=one.beside._replace(events=())) for one in logs])


class Overwriting(MemoryStore):
    """Lets a line take the place of another."""

    def append_many(self, agency: str, logs: Iterable[Lines]) -> None:
        """Whatever stands there."""
        for one in logs:
            log = self._logs[agency, one.number]
            self._logs[agency, one.number] = replace(
                log, moves=log.moves[: one.moves[0].seq], recorded=log.recorded[: one.moves[0].seq]
            )
            super().append_many(agency, [one._replace(after=None)])


@pytest.mark.parametrize(
    ("kind", "promise"),
    [(Lossy, "I1|I2|lawful"), (Forgetful, "I1|lawful"), (Silent, "DOS308|I5"), (Overwriting, "I1|I2|lawful")],
)
def test_a_year_on_a_store_that_breaks_a_promise(kind: type[MemoryStore], promise: str) -> None:
    """T16: what a store keeps back, forgets or overwrites is found."""
    import whole

    store = kind()
    year = whole.Year(2, 120, lambda: store)
    with pytest.raises(AssertionError, match=promise):
        whole.looked_at(year, store)


def test_years_that_repeat() -> None:
    """T16: one seed decides everything; the whole year is the same again, line by line, failure by failure."""
    import whole

    def lived(seed: int) -> tuple[object, ...]:
        store = MemoryStore()
        year = whole.Year(seed, 60, lambda: store)
        year.live()
        return [one.told for one in year.running], year.keys, year.refused, year.heard, year.counts, year.faults

    first = lived(1)
    assert first == lived(1)
    assert first != lived(2)


@pytest.mark.parametrize("seed", [4, 5])
def test_a_year_in_short(seed: int) -> None:
    """T16: in memory and in a file; failures come, and the invariants hold."""
    import whole

    counts = whole.lived(seed, 250)
    assert counts["doubts"] > 20
    assert counts["steady"] > counts["dossiers"] // 2


PROBLEM = b'HTTP/1.1 %d X\r\nContent-Type: application/problem+json\r\n%s\r\n{"code": "%s"}'


@pytest.mark.parametrize(
    ("status", "headers", "code"),
    [
        (500, b"", b"internal"),
        (503, b"", b"overloaded"),
        (503, b"Retry-After: 1\r\n", b"flow-file"),
        (502, b"", b"store"),
    ],
)
def test_what_a_server_may_not_answer(status: int, headers: bytes, code: bytes) -> None:
    """T3, T6, T18 over HTTP: whoever can't be served is told when to come back; anything else above 499 is found."""
    import house
    import wire

    fine = wire.Answer.of(PROBLEM % (503, b"Retry-After: 5\r\n", b"store"))
    assert (house.checked(fine), fine.code, fine.headers["retry-after"]) == (fine, "store", "5")
    with pytest.raises((AssertionError, KeyError)):
        house.checked(wire.Answer.of(PROBLEM % (status, headers, code)))


def test_an_answer_that_is_cut_off() -> None:
    """T6: a caller whose answer got lost knows that it did."""
    import asyncio

    import wire

    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await wire.message(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{")
        writer.close()

    async def ask() -> None:
        async with await asyncio.start_server(cut, "127.0.0.1", 0) as server:
            await wire.Line(server.sockets[0].getsockname()[1]).ask(wire.request("POST", "/", "x", {"a": "ă"}))

    with pytest.raises(wire.Lost):
        asyncio.run(ask())


def test_a_dossier_that_is_seen(tmp_path: Path) -> None:
    """T10: whoever is told more than about a number nobody has is found."""
    import agencies
    from doors import Door

    with Door(tmp_path).opened() as door:
        number = door.receive()
        for chance in range(5):
            with pytest.raises(AssertionError):
                agencies._tried(door, Random(chance), door.token, "H19.1", number)


def test_a_signature_too_few(tmp_path: Path) -> None:
    """T17: while two secrets hold each letter is signed by both; one alone, or another, is found."""
    import deliveries
    from hooks import OTHER, SECRET, Office, listening, settings

    with listening() as server:
        office = Office(settings(tmp_path, server.url, secret=f"{SECRET}\n{OTHER}\n"))
        office.receive()
        office.once()
    (got,) = server.got
    assert deliveries.signed(got, (SECRET, OTHER))
    assert not deliveries.signed(got, (SECRET,))
    assert not deliveries.signed(got._replace(body=got.body + b" "), (SECRET, OTHER))
