"""Clients of the engine for the long tests: they do what officers do, at random, and write down what they were told.

A client writes "ask" with an idempotency key before it asks, and "told" or "refused" after the answer. Whatever happens in
between, a killed client or a lost server, leaves the command in doubt; it asks again with the same key until it is answered.
"""

from __future__ import annotations

import json
import os
import signal
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, NamedTuple, TypeVar

from checker import Told

from flowiso.app import Agency
from flowiso.dossier import Dossier
from flowiso.engine import Engine
from flowiso.errors import Conflict, DraftFlow, Misrouted, NotAllowed, StoreError, UnknownDossier
from flowiso.model import APPLICANT, COMPLAIN, Flow
from flowiso.store import open_store
from flowiso.worktime import TZ

DAY = datetime(2021, 9, 14, 8, 0, tzinfo=TZ)
PATIENCE = 0.02
"""Seconds between two tries of what the store couldn't take."""
AWAY = 60
"""Seconds a store may be away."""


class Command(NamedTuple):
    """What is asked of the engine; `action` "" is to receive a new dossier of the flow `to`."""

    key: str
    number: str
    action: str
    by: str
    to: str | None


def wish(random: Random, engine: Engine, dossier: Dossier) -> tuple[str, str, str | None]:
    """An action, who takes it, and whom the dossier is handed to. It may well be refused."""
    actions = engine.actions(dossier)
    if not actions or random.random() < 0.3:
        return COMPLAIN, APPLICANT, None
    action = random.choice(actions)
    return action.name, dossier.holder, random.choice(action.accounts).id if action.accounts else None


def obey(engine: Engine, command: Command) -> Dossier:
    """Do it. Raises what the engine raises."""
    key, number, action, by, to = command
    if not action:
        return engine.receive(to or "", by=by, number=number, key=key)
    record = {"ground": "Luật", "fault": "applicant"}
    return engine.move(number, action, by=by, to=to, note="theo hồ sơ", record=record, key=key)


class Client:
    """One client, over as many lives as it takes; what it knows of the last ones is in its journal."""

    def __init__(
        self, journal: Path, agency: Agency, flows: Sequence[Flow], clock: Callable[[], datetime], hot: int
    ) -> None:
        """Of an agency's flows it uses `flows`; `hot` is how many dossiers it goes for."""
        self.journal = journal
        self._agency = agency
        self._flows = flows
        self._clock = clock
        self._hot = hot

    def work(self, url: str, seed: str, until: Callable[[], bool] = lambda: False) -> None:
        """Ask until told to stop, first again what was in doubt when the last life ended."""
        random = Random(seed)
        doubt = in_doubt(self.journal)
        with self.journal.open("ab", buffering=0) as self._file, closing(patiently(lambda: open_store(url))) as store:
            self._file.write(b"\n")  # the last life may have been cut off within a line
            engine = Engine(self._agency, store, self._clock, allow_draft=True)
            if doubt:
                self._doubt(engine, doubt)
                self._insist(engine, doubt)
            for number in count():
                if until():
                    return
                command = self._next(engine, random, f"{seed}/{number}")
                self._say(ask=command)
                self._insist(engine, command)

    def _next(self, engine: Engine, random: Random, key: str) -> Command:
        """A wish for one of the hot dossiers; when that has ended, for the one that came after it."""
        slot = random.randrange(self._hot)
        for number in count(slot, self._hot):
            named = f"{engine.agency}-210914-{number:04d}"
            try:
                dossier = patiently(lambda named=named: engine.dossier(named))
            except UnknownDossier:
                flow = self._flows[number % len(self._flows)]
                first = self._agency.table(flow.code, flow.version, DAY.year).first
                return Command(key, named, "", random.choice(sorted(first.fits)), flow.code)
            if not dossier.ended:
                return Command(key, named, *wish(random, engine, dossier))
        raise AssertionError

    def _insist(self, engine: Engine, command: Command) -> None:
        """Ask until there is an answer."""
        while True:
            try:
                done = obey(engine, command)
            except (NotAllowed, Misrouted, DraftFlow, UnknownDossier) as error:
                return self._say(refused=command.key, why=type(error).__name__)
            except Conflict:
                if not command.action:
                    return self._say(refused=command.key, why="Conflict")
                self._say(conflict=command.key)
            except StoreError as error:
                self._say(lost=command.key, why=error.text.en)
                time.sleep(PATIENCE)
                self._doubt(engine, command)
            else:
                return self._say(told=Told(command.key, done.number, done.state.seq), at=time.monotonic())

    def _doubt(self, engine: Engine, command: Command) -> None:
        answer = patiently(lambda: engine.store.answered(engine.agency, command.key))
        self._say(doubt=command.key, known=answer is not None)

    def _say(self, **words: Any) -> None:
        self._file.write(json.dumps(words, ensure_ascii=False).encode() + b"\n")


T = TypeVar("T")


def patiently(act: Callable[[], T]) -> T:
    """Do it as soon as the store can be used. Raises what the store says when that takes too long."""
    end = time.monotonic() + AWAY
    while True:
        try:
            return act()
        except StoreError:
            if time.monotonic() > end:
                raise
            time.sleep(PATIENCE)


def said(journal: Path) -> Iterator[dict[str, Any]]:
    """The lines of a journal; one that was cut off by the client's death is none."""
    for line in journal.read_bytes().split(b"\n") if journal.exists() else ():
        try:
            yield json.loads(line)
        except ValueError:
            continue


def in_doubt(journal: Path) -> Command | None:
    """The command that was asked last and never answered."""
    asked = None
    for words in said(journal):
        if "ask" in words:
            asked = Command(*words["ask"])
        elif "told" in words or "refused" in words:
            asked = None
    return asked


class Crew:
    """Clients in processes of their own, forked from here: `hands` of them, each life with a seed of its own."""

    def __init__(self, url: str, folder: Path, hands: int, hot: int, seed: int) -> None:
        loaded = Agency.load()
        flows = Random(seed).sample(loaded.flows, 12)
        for flow in flows:
            loaded.table(flow.code, flow.version, DAY.year)  # compiled once for all lives
        begun = time.monotonic()

        def clock() -> datetime:
            return DAY + timedelta(seconds=time.monotonic() - begun)

        self._url, self._seed = url, seed
        self.clients = [Client(folder / f"{hand}.jsonl", loaded, flows, clock, hot) for hand in range(hands)]
        self._lives = [0] * hands
        self._pids = [0] * hands

    def start(self, hand: int) -> None:
        """Give a client its next life."""
        self._lives[hand] += 1
        seed = f"{self._seed}/{hand}/{self._lives[hand]}"
        parent = os.getpid()
        self._pids[hand] = os.fork()
        if self._pids[hand] == 0:
            try:
                self.clients[hand].work(self._url, seed, until=lambda: os.getppid() != parent)
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(1)  # a client ends by being killed; one that ends by itself has failed

    def kill(self, hand: int) -> None:
        """SIGKILL. Raises RuntimeError when the client had ended by itself."""
        pid, self._pids[hand] = self._pids[hand], 0
        if not pid:
            return
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            raise RuntimeError(f"client {hand} ended by itself with {status}")
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)

    def __enter__(self) -> Crew:
        for hand in range(len(self.clients)):
            self.start(hand)
        return self

    def __exit__(self, *_: object) -> None:
        for hand in range(len(self.clients)):
            self.kill(hand)

    def resolve(self) -> None:
        """Have what is still in doubt answered."""
        for client in self.clients:
            client.work(self._url, "", until=lambda: True)


class History(NamedTuple):
    """What all clients have written down: answers, keys of refusals, conflicts, doubts and those that were in the store
    all the same, what the store said when it was lost, and when answers came (monotonic seconds)."""

    told: tuple[Told, ...]
    refused: frozenset[str]
    conflicts: int
    doubts: int
    known: int
    lost: tuple[str, ...]
    times: tuple[float, ...]

    @classmethod
    def of(cls, crew: Crew) -> History:
        """The journals of a crew, read together."""
        words = [words for client in crew.clients for words in said(client.journal)]
        return cls(
            tuple(Told(*one["told"]) for one in words if "told" in one),
            frozenset(one["refused"] for one in words if "refused" in one),
            sum("conflict" in one for one in words),
            sum("doubt" in one for one in words),
            sum(one.get("known", False) for one in words),
            tuple(one["why"] for one in words if "lost" in one),
            tuple(sorted(one["at"] for one in words if "told" in one)),
        )
