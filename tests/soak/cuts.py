"""T2: the power fails at any moment of what the store does with its SQLite file, and it is opened again.

The store itself runs: its driver, pragmas, statements, transactions, group commit and recovery, over a disk that records
(`disk`). A life is some work on a store; then the power is cut at several moments of it, which leaves a disk where random parts
of what was not synced are lost, torn and reordered (`platter`); on one of those the next life begins. After each cut every
acknowledged command must be there whole, of one in doubt all or nothing, and every invariant must hold (`checker`). Some lives
write by three threads. With synchronous=NORMAL acknowledged commands must get lost, or the disk doesn't bite.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from functools import partial
from itertools import accumulate, count
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from checker import BrokenPromise, Told, check_file, check_tables, opened
from disk import Disk, Op
from platter import Platter
from size import MEMORY, Size, Sizes

from flowiso.model import Case, Move
from flowiso.ports import Beside, Event, Lines, Notice, Store
from flowiso.store import open_store

TITLE = "power cuts under SQLite"
CUTS = Sizes(1_000, 10_000, 1_000_000)
PER_LIFE = 10
LIVES = 4
"""How many lives follow each other before a new store is begun; one store in ten lives five times as long."""
CARELESS = 20
"""Lives of a store with synchronous=NORMAL."""
AGENCY, DAY, FILE = "H19.1", "210914", "cuts.db"
WORDS = ("confirm", "chuyen", "xong", "tra-lai")


class Asked(NamedTuple):
    """A command: how many things had been done to the disk when it was asked, and when it was answered."""

    told: Told
    before: int
    after: int


class Life:
    """Random work on a store, and what was acknowledged when. `tips` are the logs there are, with their last line."""

    def __init__(self, disk: Disk, store: Store, random: Random, name: str, tips: dict[str, int]) -> None:
        self._disk, self._store, self._random, self._name = disk, store, random, name
        self._tips = tips
        self._count = count()
        self.asked: list[Asked] = []
        self.reserved: list[tuple[int, int]] = []

    def work(self, commands: int) -> None:
        """So many commands, and other writing between them."""
        for _ in range(commands):
            self._random.choice((self._create, self._append, self._append, self._append_many, self._others))()

    def _moves(self, first: int) -> list[Move]:
        random = self._random
        seqs = range(first, first + random.randint(1, 3))
        words = [(random.choice(WORDS), random.choice((None, "lý do" * 20))) for _ in seqs]
        return [
            Move(seq, 1_631_581_200 + seq, "an", action, "thu-ly", "sep", note)
            for seq, (action, note) in zip(seqs, words, strict=True)
        ]

    def _beside(self, number: str, moves: list[Move]) -> Beside:
        events = tuple(Event(move.seq, "moved") for move in moves if move.action != "confirm")
        people = {"owner": f"Nguyễn Văn {number}"} if self._random.random() < 0.3 else None
        return Beside(f"{self._name}/{next(self._count)}", "digest", events, people)

    def _create(self) -> None:
        number = f"{AGENCY}-{DAY}-{self._name}.{next(self._count)}"
        moves = self._moves(0)
        beside = self._beside(number, moves)
        case = Case(AGENCY, number, "LTHH-13", 1, "counter")
        self._ask([Lines(number, moves, beside)], lambda: self._store.create(case, moves, beside))

    def _append(self) -> None:
        if not self._tips:
            return self._create()
        number = self._random.choice(sorted(self._tips))
        moves = self._moves(self._tips[number] + 1)
        beside = self._beside(number, moves)
        return self._ask([Lines(number, moves, beside)], lambda: self._store.append(AGENCY, number, moves, beside))

    def _append_many(self) -> None:
        numbers = self._random.sample(sorted(self._tips), min(3, len(self._tips)))
        moves = [self._moves(self._tips[number] + 1) for number in numbers]
        besides = map(self._beside, numbers, moves)
        logs = list(map(Lines, numbers, moves, besides))
        self._ask(logs, lambda: self._store.append_many(AGENCY, logs))

    def _ask(self, logs: Sequence[Lines], act: Callable[[], None]) -> None:
        before = len(self._disk.ops)
        act()
        after = len(self._disk.ops)
        for number, moves, beside, *_ in logs:
            self._tips[number] = moves[-1].seq
            self.asked.append(Asked(Told(beside.key, number, moves[-1].seq), before, after))

    def _others(self) -> None:
        """What has no key: running numbers, notices, deliveries, personal data, seals."""
        store = self._store
        number = store.reserve(AGENCY, DAY)
        self.reserved.append((number, len(self._disk.ops)))
        if self._tips:
            known = self._random.choice(sorted(self._tips))
            store.notify(AGENCY, [Notice(known, "late", f"{self._name}/{number}", {"day": DAY})])
            store.keep_person(AGENCY, known, {"phone": str(number)})
            store.delivered(AGENCY, [row.id for row in store.outbox(AGENCY, 3)], 1_631_581_200)
        if self._random.random() < 0.3:
            store.seal(AGENCY, 1_631_581_200 + number)


class Stored(NamedTuple):
    """What is there after a cut: keys with the dossier and line they lead to, the last line of every log, the last number."""

    keys: dict[str, tuple[str, int]]
    tips: dict[str, int]
    reserved: int


NOTHING_STORED = Stored({}, {}, 0)


def stored(path: Path) -> Stored:
    """What is in a store that may not have been made yet; the invariants are checked."""
    with opened(f"sqlite:///{path}") as ask:
        if not ask("SELECT 1 FROM sqlite_master"):
            return NOTHING_STORED
        keys = ask("SELECT key, number, seq FROM keys JOIN dossiers ON dossiers.id = dossier")
        tips, written = (
            dict(ask(f"SELECT number, max(seq) FROM {table} JOIN dossiers ON dossiers.id = dossier GROUP BY number"))
            for table in ("moves", "keys")
        )
        reserved = ask("SELECT coalesce(max(last), 0) FROM counters")[0][0]
        check_file(ask)
        check_tables(ask)
    if tips != written:
        raise BrokenPromise(f"I1: lines that no command wrote: {tips.items() ^ written.items()}")
    return Stored({key: (number, seq) for key, number, seq in keys}, tips, reserved)


class Cut(NamedTuple):
    """Figures: cuts, acknowledged commands that were looked for after each, and commands that were in doubt."""

    cuts: int
    sure: int
    doubts: int


class Generations:
    """Lives that follow each other on one disk."""

    def __init__(self, folder: Path, random: Random) -> None:
        """In a folder of the machine's own disk, with chance of their own."""
        self._live, self._dead = folder / "live", folder / "dead"
        self._random = random
        self._files: Mapping[str, bytes] = {}
        self._stored = NOTHING_STORED
        self.counted = Cut(0, 0, 0)

    def live(self, name: str, cuts: int) -> None:
        """A life, and the cuts of it."""
        random = self._random
        _put(self._live, self._files)
        with Disk() as disk:
            lives = self._lived(disk, name, 3 if random.random() < 0.2 else 1)
        moments = sorted(random.randint(0, len(disk.ops)) for _ in range(cuts))
        afterwards = list(self._cut(disk.ops, moments, lives))
        self._files, self._stored = random.choice(afterwards)

    def _lived(self, disk: Disk, name: str, threads: int) -> list[Life]:
        """What each thread has done with a store that was opened, worked on and closed."""
        random = self._random
        shares: list[dict[str, int]] = [{} for _ in range(threads)]
        for place, (number, tip) in enumerate(sorted(self._stored.tips.items())):
            shares[place % threads][number] = tip
        with closing(open_store(f"sqlite:///{self._live / FILE}")) as store, ThreadPoolExecutor(threads) as pool:
            lives = [
                Life(disk, store, Random(random.random()), f"{name}.{thread}", share)
                for thread, share in enumerate(shares)
            ]
            for done in [pool.submit(life.work, random.randint(2, 25)) for life in lives]:
                done.result()
        return lives

    def _cut(
        self, ops: list[Op], moments: list[int], lives: list[Life]
    ) -> Iterator[tuple[Mapping[str, bytes], Stored]]:
        """What each cut leaves, found to be right."""
        platter = Platter(self._files)
        done = 0
        for moment in moments:
            for op in ops[done:moment]:
                platter.do(op._replace(file=Path(op.file).name))
            done = moment
            left = platter.left(self._random)
            _put(self._dead, left)
            found = stored(self._dead / FILE)
            self._judge(found, lives, moment)
            yield left, found

    def _judge(self, found: Stored, lives: list[Life], moment: int) -> None:
        asked = [one for life in lives for one in life.asked if one.before < moment]
        sure = {one.told.key for one in asked if one.after <= moment} | self._stored.keys.keys()
        perhaps = {one.told.key: one.told[1:] for one in asked} | self._stored.keys
        lost, made_up = sure - found.keys.keys(), found.keys.keys() - perhaps.keys()
        if lost or made_up:
            raise BrokenPromise(f"I1 after a cut at {moment}: lost {sorted(lost)}, made up {sorted(made_up)}")
        if any(perhaps[key] != where for key, where in found.keys.items()):
            raise BrokenPromise(f"I1 after a cut at {moment}: a key leads elsewhere")
        given = max((number for life in lives for number, after in life.reserved if after <= moment), default=0)
        if found.reserved < given:
            raise BrokenPromise(f"R33 after a cut at {moment}: number {given} is lost and will be given again")
        cuts, looked_for, doubts = self.counted
        self.counted = Cut(cuts + 1, looked_for + len(sure), doubts + len(perhaps) - len(sure))


def _put(folder: Path, files: Mapping[str, bytes]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)


@contextmanager
def _careless() -> Iterator[None]:
    """Every connection with synchronous=NORMAL."""
    connect = sqlite3.connect

    class Careless(sqlite3.Connection):
        def execute(self, sql: str, *more: Any) -> sqlite3.Cursor:
            return super().execute(sql.replace("synchronous = FULL", "synchronous = NORMAL"), *more)

    sqlite3.connect = partial(connect, factory=Careless)
    try:
        yield
    finally:
        sqlite3.connect = connect


def _generations(task: tuple[int, int, str]) -> Cut:
    """A store that lives so many lives, in a folder of its own."""
    seed, name, folder = task
    own = Path(folder) / str(name)
    own.mkdir()
    generations = Generations(own, Random(f"{seed}/{name}"))
    try:
        for life in range(_lives(name)):
            generations.live(f"{life}", PER_LIFE)
    except Exception as error:  # as text, which every error can be sent home as
        raise AssertionError(f"store {name}: {traceback.format_exc()}") from error
    shutil.rmtree(own)
    return generations.counted


def _lives(name: int) -> int:
    return LIVES if (name + 1) % 10 else 5 * LIVES


def run(size: Size, seed: int) -> str:
    """The cuts, on every processor, then some lives of a careless store."""
    stores = next(
        name for name, cuts in enumerate(accumulate(PER_LIFE * _lives(one) for one in count())) if cuts >= CUTS.at(size)
    )
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder, get_context("fork").Pool() as pool:
        tasks = [(seed, name, folder) for name in range(stores + 1)]
        total = Cut(*map(sum, zip(*pool.imap_unordered(_generations, tasks), strict=True)))
        lost = careless_losses(Path(folder), Random(seed), CARELESS)
    assert lost > CARELESS // 2, (
        f"with synchronous=NORMAL only {lost} of {CARELESS} lost something: the disk doesn't bite"
    )
    return (
        f"{total.cuts} cuts, {total.sure} acknowledged commands looked for, {total.doubts} in doubt all or nothing; 0 lost, "
        f"0 torn (with synchronous=NORMAL {lost} of {CARELESS} stores lost acknowledged commands)"
    )


def careless_losses(folder: Path, random: Random, lives: int) -> int:
    """How many of so many lives with synchronous=NORMAL lose something that was acknowledged."""
    lost = 0
    for _ in range(lives):
        try:
            with _careless():
                Generations(folder, random).live("0", PER_LIFE)
        except BrokenPromise as error:
            if "lost" not in str(error):
                raise
            lost += 1
    return lost
