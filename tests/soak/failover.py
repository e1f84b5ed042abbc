"""T4: the primary of two PostgreSQL servers is lost under load, its standby is promoted, and clients go on there by themselves.

Eight clients in processes of their own are given both servers in one address. The primary and all of its processes are killed,
in half of the failovers after the line to the standby broke. A synchronous standby has everything that was acknowledged. Of an
asynchronous one the loss is counted: it must be the last that was acknowledged, and what is left a whole store all the same.
"""

from __future__ import annotations

import tempfile
import time
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple

from checker import Told, check, check_nothing_beside, opened
from servers import KINDS, Kind, Server, Standby
from size import Size, Sizes
from work import Crew, History, said

TITLE = "the primary PostgreSQL lost, its standby promoted"
FAILOVERS = Sizes(1, 6, 40)
"""From each server, in turn with a synchronous and an asynchronous standby."""
APART = 0.3
"""Seconds between the break of the line and the loss of the primary."""
LAG = 0.5
"""Seconds by which an asynchronous standby may be behind while the line holds."""
ANSWERS = 200
"""Commands that clients are to have done before the loss, and again after the promotion."""
BACK = 5.0
"""Seconds after the promotion begins within which clients are served again."""


class Moments(NamedTuple):
    """When the line broke, the primary was killed and the promotion began, in monotonic seconds."""

    broke: float
    killed: float
    promoted: float


class Outcome(NamedTuple):
    """Of one failover, or of several: commands acknowledged, those of them that were lost, the longest time before the loss of
    the primary in which such a one was acknowledged, commands in doubt, those that were stored, and the longest wait for the
    first answer after the promotion began. Times are seconds."""

    told: int
    lost: int
    window: float
    doubts: int
    known: int
    wait: float

    @classmethod
    def of(cls, outcomes: Sequence[Outcome]) -> Outcome:
        """All of them together."""
        told, lost, window, doubts, known, wait = zip(*outcomes, strict=True)
        return cls(sum(told), sum(lost), max(window), sum(doubts), sum(known), max(wait))


def run(size: Size, seed: int) -> str:
    """Fail over from each server, at a tenth from one with a synchronous standby and from the other without."""
    told = []
    for kind in KINDS:
        outcomes: dict[bool, list[Outcome]] = {}
        for number in range(FAILOVERS.at(size)):
            synchronous = (number + KINDS.index(kind)) % 2 == 1
            outcome = _failover(kind, synchronous, number // 2 % 2 == 0, Random(f"{seed}/{kind}/{number}"))
            outcomes.setdefault(synchronous, []).append(outcome)
        told += [_line(kind, *one) for one in outcomes.items()]
    return "; ".join(told)


def _line(kind: Kind, synchronous: bool, outcomes: Sequence[Outcome]) -> str:
    told, lost, window, doubts, known, wait = Outcome.of(outcomes)
    loss = f"{lost} lost, all of the last {window:.2f} s" if lost else "0 lost"
    return (
        f"{kind}, {'synchronous' if synchronous else 'asynchronous'}: {len(outcomes)} failovers, {told} commands acknowledged, "
        f"{loss}, {doubts} in doubt of which {known} were stored, first write within {wait:.2f} s of the promotion; 0 gaps"
    )


def _failover(kind: Kind, synchronous: bool, broken: bool, random: Random) -> Outcome:
    with (
        tempfile.TemporaryDirectory() as folder,
        Server(kind, durable=True) as primary,
        Standby(primary) as standby,
    ):
        url = f"{primary.database()},{standby.host}&target_session_attrs=read-write"
        standby.follow(synchronous)
        with Crew(url, Path(folder), hands=8, hot=40, seed=random.randrange(2**32)) as crew:
            _await_answers(crew)
            time.sleep(random.random())
            moments = _lose(primary, standby, broken)
            _await_answers(crew, moments.promoted)
        crew.resolve()
        return _judged(url, crew, moments, synchronous, broken)


def _await_answers(crew: Crew, since: float = 0, patience: float = 60) -> None:
    """Wait until clients were answered often enough since a moment. Raises TimeoutError."""
    end = time.monotonic() + patience
    while sum(moment > since for moment in History.of(crew).times) < ANSWERS:
        if time.monotonic() > end:
            raise TimeoutError(f"fewer than {ANSWERS} answers within {patience} s")
        time.sleep(0.1)


def _lose(primary: Server, standby: Standby, broken: bool) -> Moments:
    broke = time.monotonic()
    if broken:
        standby.cut_off()
        time.sleep(APART)
    killed = time.monotonic()
    primary.kill()
    promoted = time.monotonic()
    standby.promote()
    return Moments(broke if broken else killed, killed, promoted)


def _judged(url: str, crew: Crew, moments: Moments, synchronous: bool, broken: bool) -> Outcome:
    history = History.of(crew)
    lost = () if synchronous else _missing(url, history.told)
    kept = set(history.told).difference(lost)
    found = check(url, kept)
    check_nothing_beside(url, history.refused)
    assert found.keys == len(kept)
    assert lost or synchronous or not broken, "nothing was lost, so the line wasn't broken"
    when = {Told(*one["told"]): one["at"] for client in crew.clients for one in said(client.journal) if "told" in one}
    window = _window(lost, kept, when, moments)
    wait = history.times[bisect_left(history.times, moments.promoted)] - moments.promoted
    assert wait <= BACK, f"no client was served within {BACK} s of the promotion, but after {wait} s"
    return Outcome(len(history.told), len(lost), window, history.doubts, history.known, wait)


def _missing(url: str, told: Iterable[Told]) -> tuple[Told, ...]:
    with opened(url) as ask:
        stored = {key for (key,) in ask("SELECT key FROM keys")}
    return tuple(answer for answer in told if answer.key not in stored)


def _window(lost: Iterable[Told], kept: Iterable[Told], when: Mapping[Told, float], moments: Moments) -> float:
    """How long before the loss of the primary the first lost command was acknowledged; they must be the last of each log."""
    earlier = {answer.number: 0 for answer in lost}
    for answer in kept:
        if when[answer] < moments.killed and answer.number in earlier:
            earlier[answer.number] = max(earlier[answer.number], answer.seq)
    for answer in lost:
        assert moments.broke - LAG <= when[answer] <= moments.promoted, f"lost, though the standby was level: {answer}"
        assert earlier[answer.number] < answer.seq or not answer.seq, f"lost, but not what came after it: {answer}"
    return max((moments.killed - when[answer] for answer in lost), default=0.0)
