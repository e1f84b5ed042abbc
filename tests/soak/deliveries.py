"""T17: receivers that refuse, redirect, hang, answer late and answer rubbish, and a deliverer that is killed at any moment.

The deliverer is a process of its own over an SQLite file, whose clock runs an hour in a second, so that it goes back to who was
down within a day of its own. Meanwhile dossiers are moved, and the secret that signs is exchanged for another.
"""

from __future__ import annotations

import os
import signal
import tempfile
import time
import traceback
from base64 import b64decode, b64encode
from collections import Counter
from contextlib import closing
from hmac import digest
from pathlib import Path
from random import Random

from doors import engine_of
from hooks import OTHER, SECRET, Got, Listening, Office, listening, settings
from size import MEMORY, Size, Sizes

from flowiso.store import open_store

TITLE = "events out, the deliverer killed"
DOSSIERS = Sizes(24, 1_000, 10_000)
STEPS = ("lan chuyen ha", "ha chuyen an")
LIFE, FASTER = 0.7, 3_600
"""Seconds a deliverer lives on average, and how much faster its clock runs."""
ANSWERS: dict[int | str, int] = {
    204: 50,
    200: 12,
    500: 12,
    404: 4,
    302: 4,
    429: 4,
    503: 4,
    "garbage": 3,
    "nothing": 3,
    "late": 2,
    "hang": 1,
}
"""What receivers answer, and how often."""
PATIENCE = 120
"""Seconds until everything is delivered after the last event."""


class Deliverers:
    """A deliverer, killed and started again, and what must hold at each of its deaths."""

    def __init__(self, file: Path, url: str, office: Office, servers: tuple[Listening, ...], random: Random) -> None:
        self._file, self._url, self._office, self._servers, self._random = file, url, office, servers, random
        self._begun, self._pid = time.monotonic(), 0
        self.secrets, self._seen = (SECRET,), [0 for _ in servers]
        self.kills = 0

    def start(self) -> None:
        """Its next life."""
        seed, parent = self._random.random(), os.getpid()
        self._pid = os.fork()
        if self._pid == 0:
            try:
                self._deliver(Random(seed), parent)
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(1)  # a deliverer ends by being killed; one that ends by itself has failed

    def _deliver(self, random: Random, parent: int) -> None:
        office = Office(self._file, engine_of(open_store(self._url, create=False)))
        with office.deliverer(
            clock=lambda: office.now + (time.monotonic() - self._begun) * FASTER, draw=random.random
        ) as one:
            while os.getppid() == parent:
                one.once()
                time.sleep(0.01)

    def kill(self) -> None:
        """SIGKILL: what is no longer owed is with everybody, and each letter was signed by every secret of the time."""
        ended, status = os.waitpid(self._pid, os.WNOHANG)
        assert not ended, f"the deliverer ended by itself with {status}"
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        self.kills += 1
        agency, store = self._office.engine.agency, self._office.engine.store
        waiting = {f"{agency}/{row.number}/{row.seq}" for row in store.outbox(agency, 2**31 - 1)}
        everything = [f"{agency}/{row.number}/{row.seq}" for row in store.events(agency)]
        for place, server in enumerate(self._servers):
            assert set(everything) - waiting <= set(acknowledged(server)), "marked before everybody had it"
            fresh, self._seen[place] = server.got[self._seen[place] :], len(server.got)
            for got in fresh:
                assert signed(got, self.secrets), (got.headers, self.secrets)

    def live(self) -> None:
        """One life, and its end."""
        self.start()
        time.sleep(self._random.expovariate(1 / LIFE))
        self.kill()


def acknowledged(server: Listening) -> list[str]:
    """The ids of the events that a receiver took, each once, in their order."""
    return list(dict.fromkeys(got.event["id"] for got in list(server.got) if got.status in (200, 204)))


def signed(got: Got, secrets: tuple[str, ...]) -> bool:
    """Whether there is one signature by each secret, as Standard Webhooks has it."""
    name, at = got.headers["webhook-id"], got.headers["webhook-timestamp"]
    words = f"{name}.{at}.".encode() + got.body
    keys = [b64decode(secret.removeprefix("whsec_")) for secret in secrets]
    made = {"v1," + b64encode(digest(key, words, "sha256")).decode() for key in keys}
    return made == set(got.headers["webhook-signature"].split())


def run(size: Size, seed: int) -> str:
    """Dossiers moved while deliverers die; in the end everybody has everything, once by its id, each dossier's in order."""
    random, dossiers = Random(seed), DOSSIERS.at(size)
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder, listening() as one, listening() as two:
        file, servers = settings(Path(folder), one.url, two.url, of_all="tries: 8\ntimeout: 1\n"), (one, two)
        url = f"sqlite:///{Path(folder) / 'mot-cua.db'}"
        with closing(engine_of(open_store(url))) as engine:
            office = Office(file, engine)
            poison = _trouble(office, servers, random)
            deliverers = Deliverers(file, url, office, servers, random)
            for secrets in ((SECRET,), (SECRET, OTHER), (OTHER,)):
                (file.parent / "secrets" / "bi-mat").write_text("\n".join(secrets))
                deliverers.secrets = secrets
                for count in range(dossiers // 3):
                    office.receive(*STEPS)
                    if count % 5 == 0:
                        deliverers.live()
            dead = _until_dead(office, deliverers, poison)
            replayed = _until_delivered(office, deliverers, servers)
            events = [f"{engine.agency}/{row.number}/{row.seq}" for row in engine.store.events(engine.agency)]
    for server in servers:
        order = acknowledged(server)
        assert sorted(order) == sorted(events)
        for number, seqs in _by_dossier(order).items():
            assert seqs == sorted(seqs), (number, seqs)
    sent, doubled = sum(len(server.got) for server in servers), Counter[str]()
    for server in servers:
        doubled.update(got.event["id"] for got in server.got if got.status in (200, 204))
    return (
        f"{len(events)} events to 2 receivers in {sent} tries, {deliverers.kills} deliverers killed, "
        f"{sum(doubled.values()) - 2 * len(events)} sent again though they had been taken, {dead} dead letters listed and "
        f"{replayed} sent again; 0 lost, 0 out of order, 0 marked before, each signed by every secret of its time"
    )


def _trouble(office: Office, servers: tuple[Listening, ...], random: Random) -> str:
    """Let the receivers be as bad as they are; the first one never takes the letters of one dossier, whose number this is."""
    poison = office.receive(*STEPS)
    kinds, weights = list(ANSWERS), list(ANSWERS.values())

    def answer(got: Got) -> int | str:
        return random.choices(kinds, weights)[0]

    servers[0].answer = lambda got: 500 if got.event["subject"] == poison else answer(got)
    servers[1].answer = answer
    return poison


def _until_dead(office: Office, deliverers: Deliverers, poison: str) -> int:
    """Live until the letter that is never taken is given up; how many such letters there are."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        deliverers.live()
        with office.deliverer() as one:
            dead = [row for row in one._journal.shown() if row.dead]
        if any(poison in row.event and row.tries == 8 for row in dead):
            return len(dead)
    raise AssertionError("a letter that is never taken was never given up")


def _until_delivered(office: Office, deliverers: Deliverers, servers: tuple[Listening, ...]) -> int:
    """All is well again: what was given up is sent again; how many letters that were."""
    for server in servers:
        server.answer = lambda got: 204
    replayed, end = 0, time.monotonic() + PATIENCE
    while office.undelivered:
        assert time.monotonic() < end, f"{office.undelivered} events are still owed"
        with office.deliverer() as one:
            replayed += one.replay("dead", one.receivers)
        deliverers.live()
    return replayed


def _by_dossier(order: list[str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for name in order:
        number, _, seq = name.rpartition("/")
        found.setdefault(number, []).append(int(seq))
    return found
