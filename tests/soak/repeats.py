"""T6: requests that are sent again, because the answer got lost, or twice at once: what is done depends on their keys alone.

Through the engine, two of them over one SQLite file, as two processes of a host would be. An answer that got lost is asked for
again some requests later. A key that comes with another request is refused.
"""

from __future__ import annotations

import tempfile
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from random import Random

import pytest
from checker import Told, check, check_nothing_beside
from size import MEMORY, Size, Sizes
from work import DAY, Command, obey

from flowiso.app import Agency
from flowiso.engine import Engine
from flowiso.errors import KeyReused
from flowiso.model import APPLICANT, COMPLAIN, REASSIGN
from flowiso.store import open_store

TITLE = "requests sent again"
REQUESTS = Sizes(10_000, 100_000, 1_000_000)
DROPPED, DOUBLED, OTHER = 0.10, 0.05, 0.02
"""Parts of the requests whose answer gets lost, that come twice, and whose key somebody uses again for something else."""
LENGTH = 20
"""Requests for one dossier."""
FLOW = "LTHH-13"


class Host:
    """Sends requests, and looks whether answers are what they should be."""

    def __init__(self, engines: tuple[Engine, Engine], pool: ThreadPoolExecutor, random: Random) -> None:
        self._engines, self._pool, self._random = engines, pool, random
        table = engines[0].flows.table(FLOW, 1, DAY.year)
        self._desk = sorted(table.first.fits)
        self.told: dict[str, Told] = {}
        self.lost: deque[Command] = deque()
        self.sent = 0

    def request(self, count: int) -> Command:
        """The next wish: a new dossier, a complaint, or another desk."""
        key, number = f"k{count}", f"{self._engines[0].agency}-210914-{count // LENGTH:06d}"
        if count % LENGTH == 0:
            return Command(key, number, "", self._random.choice(self._desk), FLOW)
        if self._random.random() < 0.5:
            return Command(key, number, COMPLAIN, APPLICANT, None)
        holder = self._engines[0].dossier(number).holder
        return Command(key, number, REASSIGN, holder, self._random.choice([one for one in self._desk if one != holder]))

    def send(self, command: Command) -> None:
        """Send it once or twice; its answer may get lost, and one that got lost before is asked for again."""
        chance = self._random.random()
        if chance < DOUBLED:
            self._answers(command, *self._pool.map(lambda engine: self._ask(engine, command), self._engines))
        elif chance < DOUBLED + DROPPED:
            self._answers(command, self._ask(self._engine(), command))
            self.lost.append(command)
        else:
            self._answers(command, self._ask(self._engine(), command))
        if chance > 1 - OTHER:
            self._use_again(command)
        while len(self.lost) > 30 * self._random.random():
            self.again()

    def again(self) -> None:
        """Ask for a lost answer, not always in the order they were lost."""
        self.lost.rotate(self._random.randrange(len(self.lost)))
        command = self.lost.popleft()
        self._answers(command, self._ask(self._engine(), command))

    def _engine(self) -> Engine:
        return self._random.choice(self._engines)

    def _ask(self, engine: Engine, command: Command) -> Told:
        done = obey(engine, command)
        return Told(command.key, done.number, done.state.seq)

    def _answers(self, command: Command, *answers: Told) -> None:
        self.sent += len(answers)
        first = self.told.setdefault(command.key, answers[0])
        assert set(answers) == {first}, f"{command} was answered {first}, then {answers}"

    def _use_again(self, command: Command) -> None:
        other = (
            command._replace(number=f"{command.number}9") if command.action == "" else command._replace(action="rate")
        )
        with pytest.raises(KeyReused):
            obey(self._engine(), other)


def run(size: Size, seed: int) -> str:
    """So many requests; what is in the store then is what distinct keys asked for."""
    requests, agency = REQUESTS.at(size), Agency.load()
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder, ThreadPoolExecutor(2) as pool:
        url = f"sqlite:///{Path(folder) / 'repeats.db'}"
        with closing(open_store(url)) as one, closing(open_store(url)) as other:
            engines = tuple(Engine(agency, store, lambda: DAY, allow_draft=True) for store in (one, other))
            host = Host((engines[0], engines[1]), pool, Random(seed))
            for count in range(requests):
                host.send(host.request(count))
            while host.lost:
                host.again()
        found = check(url, host.told.values())
        check_nothing_beside(url)
    assert found.keys == requests
    return f"{host.sent} requests with {requests} keys had {found.keys} effects in {found.lines} lines; keys used again refused"
