"""The pages of dossiers that were read or moved lately, as bytes, given again as long as they are true.

A page hangs on the log, on personal data, on the day (who is at work), on what time alone does, and on the lights, which
move with every minute. The store is asked for the first two at each request, where it can tell without waiting; the lights
are worked out anew each time. Only masked pages are kept. Of a page that is no longer true the lines of the log still are,
and what can be done at a step is what another dossier's page has said there: a new page is put together of these.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from typing import Final, Generic, NamedTuple, TypeVar

from ..asked import moment_of
from ..calendar import Calendar
from ..dossier import Dossier
from ..engine import Engine
from ..handover import settled
from ..life import Life
from ..model import Move
from ..people import masked
from ..ports import Mark
from ..render.dossier import line_json
from ..state import ripe
from ..worktime import ordinal
from .asking import json_bytes
from .seen import choices, head, life_of, lights, tail

_HEAD: Final = {
    lang: (
        (b"content-language", lang.encode()),
        (b"vary", b"Accept-Language"),
        (b"content-type", b"application/json"),
    )
    for lang in ("vi", "en")
}

K = TypeVar("K")
V = TypeVar("V")
Answer = tuple[list[tuple[bytes, bytes]], bytes]
"""The headers of an answer, and its body."""
_Sign = tuple[int, object, bytes]
"""What a page was made of: the last line's seq and what no other line has, and a digest of personal data."""


def _sign(mark: Mark) -> _Sign:
    people = repr(sorted(mark.people.items())).encode() if mark.people else b""
    return mark.seq, mark.tip, people and sha256(people).digest()


def lit(life: Life, calendar: Calendar, at: int) -> bytes:
    """The lights of a moment as JSON, without the braces. Raises CalendarUnknown."""
    return json_bytes(lights(life, calendar, at))[1:-1]


class Page(NamedTuple):
    """A dossier's page of the moment `since`, without its lights: they stand between `head` and `tail`.

    Without a `sign` nobody can tell how long it is true. The two are JSON, cut open where the lights go in. `commits` is what
    the store said of all that is in it (`Store.commits`) before that sign.
    """

    sign: _Sign | None
    since: int
    life: Life
    head: bytes
    tail: bytes
    lang: str
    commits: object | None = None

    def holds(self, at: int) -> bool:
        """Whether it is still true at a moment, as long as the store says the same."""
        return self.since <= at and ordinal(self.since) == ordinal(at) and ripe(self.life.state, at) is None

    def answer(self, now: bytes) -> Answer:
        """The page with the lights of a moment, as `lit` gives them."""
        body = b"%b,%b,%b" % (self.head, now, self.tail)
        return [
            *_HEAD[self.lang],
            (b"etag", b'"%d"' % self.life.state.seq),
            (b"content-length", b"%d" % len(body)),
        ], body


class Kept(Generic[K, V]):
    """What was made last, by its key; what was put in first goes when there is too much. Threads may share it."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._made: dict[K, V] = {}

    def get(self, key: K) -> V | None:
        """What is kept under a key."""
        return self._made.get(key)

    def drop(self, key: K) -> None:
        """Forget what is kept under a key."""
        self._made.pop(key, None)

    def put(self, key: K, value: V) -> None:
        """Keep it as the newest."""
        made = self._made
        made.pop(key, None)
        made[key] = value
        if len(made) > self._most:
            with suppress(KeyError, RuntimeError, StopIteration):  # others put and drop meanwhile
                del made[next(iter(made))]


class Pages:
    """The pages made last, by agency, number and language. Threads make them, one alone keeps them, the event loop's."""

    def __init__(self, most: int, longest: int) -> None:
        """`most` pages are kept, each of at most `longest` bytes."""
        self._longest = longest
        self._pages: Kept[tuple[str, str, str], Page] = Kept(most)
        self._logs: Kept[tuple[str, str], tuple[tuple[Move, ...], bytes]] = Kept(most)
        self._choices: Kept[tuple[object, ...], bytes] = Kept(most)
        self._lights: Kept[tuple[str, str], tuple[Life, int, bytes]] = Kept(most)

    def read(self, engine: Engine, number: str, at: datetime, lang: str, mark: Mark | None) -> Page:
        """The page of a dossier as it stands at a moment, personal data masked. Raises UnknownDossier, UnknownFlow."""
        read = engine.dossier(number)
        return self.made(engine, read, max(moment_of(at), read.state.at), lang, mark)

    def made(self, engine: Engine, read: Dossier, moment: int, lang: str, mark: Mark | None) -> Page:
        """The page of a dossier that was read, or left so by a move, at a moment not before its last line.

        `mark` is what the store said at a glance before that; the glance is the event loop's alone, or it would have to wait.
        """
        people = engine.person(read.number) if mark is None else masked(mark.people)
        found = settled(read, engine.flows.calendar, moment)
        sure = mark is not None and mark.seq == read.state.seq
        before, behind = json_bytes(head(engine, found, people, lang)), json_bytes(tail(engine, found))
        return Page(
            _sign(mark) if mark is not None and sure else None,
            moment,
            life_of(found),
            b'%b,"log":[%b],%b' % (before[:-1], self._lines(found), behind[1:-1]),
            self._open(engine, found, moment, lang)[1:],
            lang,
        )

    def _lines(self, found: Dossier) -> bytes:
        """The lines of a log, with commas between them."""
        key, moves = (found.case.agency, found.number), found.moves
        known, lines = self._logs.get(key) or ((), b"")
        if known != moves[: len(known)]:  # a call that is repeated is told of the log as it was
            known, lines = (), b""
        more = [json_bytes(line_json(move)) for move in moves[len(known) :]]
        lines = b",".join([lines, *more] if known else more)
        if len(lines) <= self._longest:
            self._logs.put(key, (moves, lines))
        return lines

    def _open(self, engine: Engine, found: Dossier, moment: int, lang: str) -> bytes:
        """What can be done. As long as a dossier never left the plain path, and nobody in its flow could do two duties that
        are apart (R140), that hangs on the step, the holder, the day, and whether it is received and has its result."""
        state = found.state
        if state.detour is not None or state.row.table.twofold:
            return json_bytes(choices(engine, found, moment, lang))
        plain = state.row, state.holder, state.received is None, state.resolved is None, ordinal(moment), lang
        said = self._choices.get(plain)
        if said is None:
            said = json_bytes(choices(engine, found, moment, lang))
            self._choices.put(plain, said)
        return said

    def answer(self, engine: Engine, number: str, page: Page, at: int) -> Answer:
        """The page as it is at a moment; its lights are worked out once in a second. Raises CalendarUnknown."""
        key = engine.agency, number
        life, second, now = self._lights.get(key) or (None, at, b"")
        if life is not page.life or second != at:
            now = lit(page.life, engine.flows.calendar, at)
            self._lights.put(key, (page.life, at, now))
        return page.answer(now)

    def get(self, agency: str, number: str, lang: str) -> Page | None:
        """What is kept; whether it is still true, the page says."""
        return self._pages.get((agency, number, lang))

    def still(
        self, agency: str, number: str, page: Page | None, mark: Mark | None, commits: object | None
    ) -> Page | None:
        """A page of which the store says the same as when it was made, vouched for up to these commits; else None."""
        if page is None or mark is None or page.sign != _sign(mark):
            return None
        if commits is None:
            return page
        vouched = page._replace(commits=commits)
        self.keep(agency, number, vouched)
        return vouched

    def keep(self, agency: str, number: str, made: Page) -> None:
        """Keep a page, and let go of the one that was made first."""
        key = agency, number, made.lang
        if made.sign is None or len(made.head) + len(made.tail) > self._longest:
            self._pages.drop(key)
        else:
            self._pages.put(key, made)
