"""The pages of dossiers that were read lately, as bytes, given again as long as they are true.

A page hangs on the log, on personal data, on the day (who is at work), on what time alone does, and on the lights, which
move with every minute. The store is asked for the first two at each request, where it can tell without waiting; the lights
are worked out anew each time. Only masked pages are kept.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import Final, NamedTuple

from ..asked import moment_of
from ..calendar import Calendar
from ..engine import Engine
from ..handover import settled
from ..life import Life
from ..people import masked
from ..ports import Mark
from ..state import ripe
from ..worktime import ordinal
from .asking import json_bytes
from .seen import choices, facts, life_of, lights

_HEAD: Final = {
    lang: (
        (b"content-language", lang.encode()),
        (b"vary", b"Accept-Language"),
        (b"content-type", b"application/json"),
    )
    for lang in ("vi", "en")
}

Answer = tuple[list[tuple[bytes, bytes]], bytes]
"""The headers of an answer, and its body."""
_Sign = tuple[int, object, bytes]
"""What a page was made of: the last line's seq and what no other line has, and a digest of personal data."""


def _sign(mark: Mark) -> _Sign:
    people = repr(sorted(mark.people.items())).encode() if mark.people else b""
    return mark.seq, mark.tip, people and sha256(people).digest()


class Page(NamedTuple):
    """A dossier's page of the moment `since`, without its lights: they stand between `head` and `tail`.

    Without a `sign` nobody can tell how long it is true. The two are JSON, cut open where the lights go in.
    """

    sign: _Sign | None
    since: int
    life: Life
    head: bytes
    tail: bytes
    lang: str

    def holds(self, mark: Mark, at: int) -> bool:
        """Whether it is still true at a moment, when the store says so much of the dossier."""
        return (
            self.since <= at
            and ordinal(self.since) == ordinal(at)
            and self.sign == _sign(mark)
            and ripe(self.life.state, at) is None
        )

    def answer(self, calendar: Calendar, at: int) -> Answer:
        """The page as it is at a moment. Raises CalendarUnknown."""
        now = json_bytes(lights(self.life, calendar, at))
        body = b"%b,%b,%b" % (self.head, now[1:-1], self.tail)
        return [
            *_HEAD[self.lang],
            (b"etag", b'"%d"' % self.life.state.seq),
            (b"content-length", b"%d" % len(body)),
        ], body


def page(engine: Engine, number: str, at: datetime, lang: str) -> Page:
    """The page of a dossier as it stands at a moment, personal data masked. Raises UnknownDossier, UnknownFlow."""
    read, calendar = engine.dossier(number), engine.flows.calendar
    mark = engine.store.glance(engine.agency, number)
    people = engine.person(number) if mark is None else masked(mark.people)
    moment = max(moment_of(at), read.state.at)
    found = settled(read, calendar, moment)
    sure = mark is not None and mark.seq == read.state.seq
    return Page(
        _sign(mark) if mark is not None and sure else None,
        moment,
        life_of(found, calendar),
        json_bytes(facts(engine, found, people, lang))[:-1],
        json_bytes(choices(engine, found, moment, lang))[1:],
        lang,
    )


class Pages:
    """The pages read last, by agency, number and language; used by one thread, the event loop's."""

    def __init__(self, most: int, longest: int) -> None:
        """`most` pages are kept, each of at most `longest` bytes."""
        self._most, self._longest = most, longest
        self._pages: dict[tuple[str, str, str], Page] = {}

    def get(self, agency: str, number: str, lang: str) -> Page | None:
        """What is kept; whether it is still true, the page says."""
        return self._pages.get((agency, number, lang))

    def keep(self, agency: str, number: str, made: Page) -> None:
        """Keep a page, and let go of the one that was made first."""
        key, pages = (agency, number, made.lang), self._pages
        pages.pop(key, None)
        if made.sign is None or len(made.head) + len(made.tail) > self._longest:
            return
        pages[key] = made
        if len(pages) > self._most:
            del pages[next(iter(pages))]
