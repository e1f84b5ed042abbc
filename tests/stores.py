"""What tests of stores share: small dossiers, and an empty store of every kind."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from threading import Barrier
from typing import TYPE_CHECKING, Any

import psycopg

from flowiso.errors import Conflict
from flowiso.model import Case, Move
from flowiso.ports import Event

if TYPE_CHECKING:
    from servers import Server

    from flowiso.ports import Store

KINDS = ("memory", "sqlite", "wheel", "debian")
HERE, THERE = "000.00.19.H19", "000.00.20.H19"
NUMBER = "000.00.19.H19-210914-0007"


def case(number: str = NUMBER, agency: str = HERE) -> Case:
    return Case(agency, number, "DIEN-03", 2, "online")


def move(seq: int, at: int = 1_631_581_200, note: str | None = None, record: dict[str, str] | None = None) -> Move:
    return Move(seq, at, "hung.ktnl", "chuyen", "tham-dinh", "binh.ktnl", note, record)


def log(*seqs: int) -> list[Move]:
    return [move(seq) for seq in seqs]


def moved(*seqs: int) -> tuple[Event, ...]:
    return tuple(Event(seq, "moved") for seq in seqs)


def url_of(path: Path) -> str:
    return f"sqlite:///{path}"


def everything(store: Store, agency: str = HERE, until: int | None = None) -> list[tuple[Case, list[Move]]]:
    return list(store.logs(agency, until))


class Schemas:
    """Empty places in one PostgreSQL server: schemas of one database, which are made faster than databases."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.url = server.database()
        self._names = count(1)

    def fresh(self) -> str:
        """The address of a new one."""
        name = f"s{next(self._names)}"
        with outside(self.url) as connection:
            connection.execute(f"CREATE SCHEMA {name}".encode())
        return f"{self.url}&options=-csearch_path%3D{name}"


def outside(url: str) -> psycopg.Connection[tuple[Any, ...]]:
    """A connection of somebody else to the same place."""
    return psycopg.connect(url, autocommit=True)


def assert_one_winner(one: Store, other: Store, races: int = 200) -> None:
    one.create(case(), log(0))
    start = Barrier(2)

    def officer(store: Store, name: str) -> list[int]:
        won = []
        for seq in range(1, races + 1):
            start.wait(30)
            try:
                store.append(HERE, NUMBER, [move(seq, note=name)])
                won.append(seq)
            except Conflict:
                pass
        return won

    with ThreadPoolExecutor(2) as pool:
        lan, mai = pool.map(officer, (one, other), ("lan", "mai"))
    assert sorted(lan + mai) == list(range(1, races + 1))
    moves = one.read(HERE, NUMBER)[1]
    assert [line.seq for line in moves] == list(range(races + 1))
    assert all(line.seq in (lan if line.note == "lan" else mai) for line in moves[1:])


def run(program: str, *args: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", program, *args]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")
