"""From the outbox to the receivers: in the order of each dossier's log, again until it is acknowledged, each under its one id.

A letter's life: taken from the outbox into the journal; posted; owed no longer once the receiver has answered 2xx; marked as
delivered in the store when nobody is owed it. Killed between any two of these, it is sent again and never lost.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import random
from threading import Event
from time import time
from typing import Any, NamedTuple

from .. import __version__
from ..dossier import Dossier
from ..engine import Engine
from ..envelopes import letters as enveloped
from ..errors import BadValue, FlowFileError, StoreError, UnknownFlow, cause_of
from ..events import event_id
from ..ports import Outgoing
from ..text import Text
from ..worktime import TZ
from .journal import Journal, Letter, Owed
from .receivers import Receiver, Receivers
from .sending import Answer, Post, post
from .signing import message_id, signature

CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"
"""CloudEvents over HTTP, structured mode: the whole envelope is the body."""

FIRST, MOST = 5, 86_400
"""Seconds to wait after the first failure, four times as long after each more, and the longest."""

PATIENCE = 5
"""After so many failures in a row a receiver is left alone until the next round: it is down, not the letter bad."""

_EVERYTHING = 2**31 - 1
_AT_ONCE = 500


class Tally(NamedTuple):
    """What a round came to: letters taken from the outbox, acknowledgements, failures, and those of them that died."""

    taken: int = 0
    acknowledged: int = 0
    failed: int = 0
    dead: int = 0

    def __add__(self, other: object) -> Tally:
        """Both together."""
        assert isinstance(other, Tally)
        return Tally(*map(sum, zip(self, other, strict=True)))


def wait(tries: int, draw: float) -> int:
    """Seconds to wait after so many failures: longer each time, and never alike for all; `draw` is from 0 up to 1."""
    longest = min(MOST, FIRST << min(2 * (tries - 1), 40))
    return max(1, round(longest * (0.5 + draw / 2)))


class Deliverer:
    """Delivers the events of an engine's agency to its receivers.

    `clock` gives the epoch seconds that are signed, `draw` the luck of the waits; `tell` gets a line for the log of each try,
    without a dossier's number and without anybody's data.
    """

    def __init__(
        self,
        engine: Engine,
        receivers: Receivers,
        journal: Journal,
        *,
        clock: Callable[[], float] = time,
        draw: Callable[[], float] = random,
        post: Post = post,
        tell: Callable[[dict[str, Any]], None] = lambda line: None,
    ) -> None:
        """Raises BadValue where no receiver is this agency's, or one is owed letters that isn't in the file any more."""
        self._engine, self._journal = engine, journal
        self._clock, self._draw, self._post, self._tell = clock, draw, post, tell
        self._tries, self._timeout = receivers.tries, receivers.timeout
        self.receivers = tuple(one for one in receivers.listed if one.agency == engine.agency)
        self._stop = Event()
        _check(self.receivers, journal, engine.agency, receivers.file)

    def stop(self) -> None:
        """Finish what is being sent, and no more."""
        self._stop.set()

    def once(self) -> Tally:
        """Take what the outbox owes, try everything that may be tried now, and mark what nobody is owed any more."""
        taken = Tally(self.take())
        with ThreadPoolExecutor(len(self.receivers)) as pool:
            tallies = list(pool.map(self.round, self.receivers))
        self.settle()
        return sum(tallies, taken)

    def every(self, seconds: float) -> Tally:
        """The same again and again until `stop`; a slow receiver holds up no other. What it came to in all.

        While store or journal can't be used it waits for them.
        """
        done, busy = Tally(), dict[str, Future[Tally]]()
        with ThreadPoolExecutor(len(self.receivers)) as pool:
            while not self._stop.is_set():
                with self._patient():
                    done += Tally(self.take())
                for one in self.receivers:
                    if one.id not in busy or busy[one.id].done():
                        done += self._result(busy.pop(one.id, None))
                        busy[one.id] = pool.submit(self.round, one)
                self._stop.wait(seconds)
                with self._patient():
                    self.settle()
        done = sum(map(self._result, busy.values()), done)
        with self._patient():
            self.settle()
        return done

    def _result(self, round_: Future[Tally] | None) -> Tally:
        with self._patient():
            return round_.result() if round_ else Tally()
        return Tally()

    @contextmanager
    def _patient(self) -> Iterator[None]:
        try:
            yield
        except StoreError as error:
            at, cause = _iso(int(self._clock())), cause_of(error)
            self._tell({"at": at, "event": "fault", "error": "store", **({"cause": cause} if cause else {})})

    def take(self) -> int:
        """Note in the journal what the outbox has that isn't there yet; how many letters that were.

        Known are ids one by one, not up to the highest: what is committed later may have a lower one.
        """
        known = self._journal.known()
        rows = self._engine.store.outbox(self._engine.agency, _EVERYTHING)
        return self._note((row for row in rows if row.id not in known), self._wanting)

    def replay(self, asked: str, receivers: Iterable[Receiver]) -> int:
        """Owe the receivers once more what has this id, or happened in this span (`FROM..TO`, days or moments); how many.

        "dead" is every dead letter. Raises BadValue for what is neither.
        """
        chosen = tuple(receivers)
        if asked == "dead":
            return self._journal.revive(one.id for one in chosen)
        rows, fits = self._asked(asked)

        def wanting(kind: str) -> tuple[str, ...]:
            return tuple(one.id for one in chosen if one.wants(kind))

        return self._note(rows, wanting, lambda envelope: fits(envelope) and bool(wanting(envelope["type"])))

    def settle(self) -> int:
        """Mark in the store what nobody is owed any more; how many letters."""
        done = self._journal.settled()
        if done:
            self._engine.store.delivered(self._engine.agency, done, int(self._clock()))
            self._journal.forget(done)
        return len(done)

    def round(self, receiver: Receiver) -> Tally:
        """Everything that a receiver may be sent now, dossier by dossier, each in the order of its log.

        Nothing is sent while the journal can't be written: what came of it couldn't be noted, and it would be sent each round.
        """
        tally, in_a_row = Tally(), 0
        numbers = self._journal.heads(receiver.id, self._due)
        if numbers:
            self._journal.check_writable()
        for number in numbers:
            for answer, dead in self._sent(receiver, number):
                tally += Tally(0, answer.acknowledged, not answer.acknowledged, dead)
                in_a_row = 0 if answer.acknowledged else in_a_row + 1
            if in_a_row >= PATIENCE or self._stop.is_set():
                break
        return tally

    def _sent(self, receiver: Receiver, number: str) -> Iterator[tuple[Answer, bool]]:
        """What became of the letters of one dossier, up to the first that isn't acknowledged."""
        while not self._stop.is_set():
            owed = self._journal.first(receiver.id, number)
            if owed is None or owed.dead or not self._due(owed.next):
                return
            answer = self._try(receiver, owed)
            if not answer.acknowledged:
                yield answer, self._failed(receiver, number, owed, answer)
                return
            self._journal.acknowledged(receiver.id, number, owed.letter)
            yield answer, False

    def _due(self, at: int) -> bool:
        """Whether a letter may be sent; what is further off than any wait was put there by a clock that was wrong (T8)."""
        now = self._clock()
        return not now < at <= now + MOST + 1

    def _try(self, receiver: Receiver, owed: Owed) -> Answer:
        name, at = message_id(owed.event), int(self._clock())
        headers = {
            "Content-Type": CONTENT_TYPE,
            "User-Agent": f"FlowISO/{__version__}",
            "webhook-id": name,
            "webhook-timestamp": str(at),
            "webhook-signature": signature(receiver.secrets, name, at, owed.body),
        }
        answer = self._post(receiver.target, receiver.networks, headers, owed.body, self._timeout)
        line = {"at": _iso(at), "event": "webhook", "receiver": receiver.id, "id": name, "try": owed.tries + 1}
        self._tell({**line, "answer": answer.failure or "acknowledged"})
        return answer

    def _failed(self, receiver: Receiver, number: str, owed: Owed, answer: Answer) -> bool:
        """Note a failure; whether the letter is dead by it."""
        tries = owed.tries + 1
        again = int(self._clock()) + max(wait(tries, self._draw()), answer.wait)
        dead = tries >= self._tries
        self._journal.failed(receiver.id, number, owed.letter, answer.failure, again, dead)
        return dead

    def _wanting(self, kind: str) -> tuple[str, ...]:
        return tuple(one.id for one in self.receivers if one.wants(kind))

    def _note(
        self,
        rows: Iterable[Outgoing],
        wanting: Callable[[str], tuple[str, ...]],
        fits: Callable[[dict[str, Any]], bool] = lambda envelope: True,
    ) -> int:
        """Put rows into the journal, some hundred at a time; those of a dossier that can't be read wait (DOS311)."""
        count, agency, rows = 0, self._engine.agency, iter(rows)
        while some := tuple(islice(rows, _AT_ONCE)):
            ready = enveloped(agency, some, self._engine.flows.calendar, self._readable)
            made = [(_letter(one.id, dict(one.envelope)), one.envelope) for one in ready if fits(dict(one.envelope))]
            self._journal.take([(letter, wanting(letter.type)) for letter, _ in made])
            count += len(made)
        return count

    def _readable(self, number: str) -> Dossier | None:
        with suppress(UnknownFlow, FlowFileError):
            return self._engine.dossier(number)
        return None

    def _asked(self, asked: str) -> tuple[Iterator[Outgoing], Callable[[dict[str, Any]], bool]]:
        """The rows that may be meant, and whether an envelope is."""
        agency, (first, dots, last) = self._engine.agency, asked.partition("..")
        rows = self._engine.store.events(agency)
        if not dots:
            found = [row for row in rows if event_id(agency, row) == asked]
            if not found:
                raise BadValue(Text(f"không có sự kiện '{asked}'", f"there is no event '{asked}'"))
            return iter(found), lambda envelope: True
        since, until = _span(first, last)
        return iter(rows), lambda envelope: since <= datetime.fromisoformat(envelope["time"]) < until


def _letter(row: int, envelope: dict[str, Any]) -> Letter:
    body = json.dumps(envelope, ensure_ascii=False, separators=(",", ":")).encode()
    return Letter(row, envelope["id"], envelope["subject"], envelope["type"], body)


def _span(first: str, last: str) -> tuple[datetime, datetime]:
    """From the beginning of the one to the end of the other, in Việt Nam's time unless it is told otherwise."""
    try:
        since, until = (
            one if one.tzinfo else one.replace(tzinfo=TZ) for one in map(datetime.fromisoformat, (first, last))
        )
        until += timedelta(days=_is_day(last))
    except (ValueError, OverflowError) as error:
        raise BadValue(
            Text(
                "khoảng gửi lại cần dạng 2021-09-01..2021-09-30, có thể kèm giờ",
                "a span to replay is written 2021-09-01..2021-09-30, with times if need be",
            )
        ) from error
    if until <= since:
        raise BadValue(
            Text(
                f"khoảng gửi lại {first}..{last} kết thúc trước khi bắt đầu",
                f"the span {first}..{last} ends before it begins",
            )
        )
    return since, until


def _is_day(text: str) -> bool:
    with suppress(ValueError):
        return bool(date.fromisoformat(text))
    return False


def _iso(at: int) -> str:
    return datetime.fromtimestamp(at, TZ).isoformat()


def _check(receivers: tuple[Receiver, ...], journal: Journal, agency: str, file: Path) -> None:
    if not receivers:
        raise BadValue(
            Text(f"'{file}' không có nơi nhận nào của cơ quan {agency}", f"'{file}' has no receiver of agency {agency}")
        )
    gone = sorted(journal.receivers() - {one.id for one in receivers})
    if gone:
        raise BadValue(
            Text(
                f"còn thư chưa gửi cho '{gone[0]}' mà '{file}' không còn nơi nhận ấy; hãy ghi lại, hoặc bỏ hẳn bằng"
                f" --give-up all --receiver {gone[0]}",
                f"'{gone[0]}' is still owed letters but is not in '{file}' any more; put it back, or have them given up:"
                f" --give-up all --receiver {gone[0]}",
            )
        )
