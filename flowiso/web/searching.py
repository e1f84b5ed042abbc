"""Lists of dossiers: filtered, searched without accents, and page by page."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import cached_property, lru_cache
from heapq import nsmallest
from typing import Any, Literal, NamedTuple

from ..dossier import Dossier, folded
from ..engine import Engine
from ..errors import BadValue, FlowFileError, UnknownFlow
from ..handover import settled
from ..model import Case, Move
from ..tables.grid import fold
from ..text import Text, nfc
from ..worktime import instant
from .seen import name_of, summary

State = Literal["open", "closed", "all"]
Order = Literal["number", "due", "pressing"]
"""`pressing`: what is under way first, by due moment, then what has ended, the latest first."""
Place = tuple[str, str]
"""Where a dossier stands in a list: by this, then by its number."""


class Wanted(NamedTuple):
    """Which dossiers: those of a procedure, holder or status whose words all stand somewhere in what a line shows.

    Each as time alone has moved it up to `at`, where that is given.
    """

    state: State = "open"
    order: Order = "number"
    procedure: str | None = None
    holder: str | None = None
    status: int | None = None
    q: str | None = None
    unmasked: bool = False
    limit: int = 50
    cursor: str | None = None
    at: datetime | None = None


class Page(NamedTuple):
    """A page of a list, where the next one begins, and the numbers of dossiers whose flow version is gone (DOS311)."""

    items: list[dict[str, Any]]
    next: str | None
    unread: list[str]


class _Row:
    """A dossier that may be listed; what isn't asked for isn't read."""

    def __init__(self, engine: Engine, found: Dossier, wanted: Wanted) -> None:
        self._engine, self.dossier, self._unmasked = engine, found, wanted.unmasked
        self.place: Place = (_first(found, wanted.order), found.number)

    @cached_property
    def people(self) -> Mapping[str, str] | None:
        """Personal data, only where it is asked for."""
        return self._engine.person(self.dossier.number, True) if self._unmasked else None

    @property
    def words(self) -> tuple[str, str]:
        """All that is searched: what no other dossier has, and what it shares with others."""
        found, org = self.dossier, self._engine.flows.org
        flow, step, holder = found.flow, found.step, found.holder
        shared = (flow.code, flow.title, step.title.vi, step.title.en, holder, name_of(holder, org) or "")
        return " ".join((found.number, *(self.people or {}).values())), " ".join(shared)


def _first(found: Dossier, order: Order) -> str:
    """What a list is sorted by before the number."""
    if order == "number":
        return ""
    due = _NEVER if found.state.due is None else found.state.due
    if order == "due":
        return f"{due:012d}"
    return f"1{_NEVER - found.state.at:012d}" if found.ended else f"0{due:012d}"


_NEVER = 10**11


SCAN = 2_000
"""So many dossiers are read for one page, even if fewer than it has room for match: the next one goes on behind them."""
_HANDFUL = 500


def is_quick(wanted: Wanted) -> bool:
    """Whether a page is as soon there as single dossiers are: nothing has to be looked for among all."""
    return _few(wanted) or (wanted.order == "number" and wanted.status is None and not wanted.q)


def _few(wanted: Wanted) -> bool:
    """Whether only what is under way can match: what has ended has no holder."""
    return wanted.state == "open" or wanted.holder is not None


def page(engine: Engine, wanted: Wanted, lang: str, among: Iterable[Dossier] | None = None) -> Page:
    """The page that is asked for, `among` dossiers that were read already where they are given. Raises BadValue for a cursor
    that is none.

    By number a page of all costs in proportion to its length, and may have room left where little matches (`SCAN`); by due moment
    all are read, since the store doesn't know what is due when.
    """
    after, unread = _opened(wanted), list[str]()
    if among is None and wanted.order == "number" and not _few(wanted):
        shown, more = _following(engine, wanted, after[1] if after else "", unread)
    else:
        read = _read(engine, wanted, unread) if among is None else among
        rows = (row for row in map(_chooser(engine, wanted), read) if row and (after is None or row.place > after))
        found = nsmallest(wanted.limit + 1, rows, key=lambda row: row.place)
        shown = found[: wanted.limit]
        more = shown[-1].place if len(found) > wanted.limit else None
    org = engine.flows.org
    items = [summary(row.dossier, org, lang, row.people) for row in shown]
    return Page(items, more and _cursor(wanted, more), unread)


def _following(engine: Engine, wanted: Wanted, after: str, unread: list[str]) -> tuple[list[_Row], Place | None]:
    """What matches behind a number, and where the next page begins: before what has no room any more, or where `SCAN` ends."""
    chosen, shown, read = _chooser(engine, wanted), list[_Row](), 0
    for case, moves in _handfuls(engine, wanted, after):
        gone: list[str] = []
        row = next(map(chosen, _folded(engine, [(case, moves)], gone)), None)
        if row and len(shown) == wanted.limit:
            return shown, ("", after)
        after, read = case.number, read + 1
        unread += gone
        if row:
            shown.append(row)
    return shown, ("", after) if read == SCAN else None


def _handfuls(engine: Engine, wanted: Wanted, after: str) -> Iterator[tuple[Case, list[Move]]]:
    """The logs behind a number, at most `SCAN`: as many as a page needs at first, then more at a time."""
    left, size = SCAN, wanted.limit + 1
    while left and (logs := engine.store.following(engine.agency, after, min(size, left), wanted.procedure)):
        yield from logs
        after, left, size = logs[-1][0].number, left - len(logs), min(2 * size, _HANDFUL)


def _chooser(engine: Engine, wanted: Wanted) -> Callable[[Dossier], _Row | None]:
    """Makes a row of a dossier, as time alone has moved it; None of one that isn't wanted."""
    calendar, moment = engine.flows.calendar, None if wanted.at is None else instant(wanted.at)
    matches = _matcher(wanted.q)

    def chosen(read: Dossier) -> _Row | None:
        found = read if moment is None else settled(read, calendar, moment)
        row = _Row(engine, found, wanted) if _matches(found, wanted) else None
        return row if row is None or matches is None or matches(*row.words) else None

    return chosen


def _read(engine: Engine, wanted: Wanted, unread: list[str]) -> Iterator[Dossier]:
    """All that may match; no more logs are read than must be."""
    agency, few = engine.agency, _few(wanted)
    logs = engine.store.running(agency, engine.ends) if few else engine.store.logs(agency)
    return _folded(engine, (log for log in logs if wanted.procedure in (None, log[0].code)), unread)


def _folded(engine: Engine, logs: Iterable[tuple[Case, list[Move]]], unread: list[str]) -> Iterator[Dossier]:
    for case, moves in logs:
        try:
            yield folded(engine.flows, case, moves)
        except (UnknownFlow, FlowFileError):
            unread.append(case.number)


def _matches(found: Dossier, wanted: Wanted) -> bool:
    return (
        wanted.procedure in (None, found.case.code)
        and (wanted.state == "all" or found.ended is (wanted.state == "closed"))
        and wanted.status in (None, found.status)
        and wanted.holder in (None, found.holder)
    )


def _matcher(q: str | None) -> Callable[[str, str], bool] | None:
    """Whether two texts hold every word that is looked for: one typed without accents is found with any."""
    words = nfc(q or "").lower().split()
    if not words:
        return None
    plain = [word for word in words if fold(word) == word]
    exact = [word for word in words if fold(word) != word]

    def matches(own: str, shared: str) -> bool:
        (lower, bare), (lower_shared, bare_shared) = _lowered(own), _shared(shared)
        return all(word in bare or word in bare_shared for word in plain) and all(
            word in lower or word in lower_shared for word in exact
        )

    return matches


def _lowered(text: str) -> tuple[str, str]:
    """A text as it is compared: with its accents and without them."""
    lower = nfc(text).lower()
    return lower, fold(lower)


_shared = lru_cache(4_096)(_lowered)
"""The same for words that many dossiers share: without accents they cost most of a search."""


def _cursor(wanted: Wanted, place: Place) -> str:
    return urlsafe_b64encode(json.dumps([wanted.order, *place]).encode()).decode().rstrip("=")


def _opened(wanted: Wanted) -> Place | None:
    if wanted.cursor is None:
        return None
    try:
        padded = wanted.cursor.encode("ascii") + b"=" * (-len(wanted.cursor) % 4)
        order, first, number = json.loads(urlsafe_b64decode(padded))
        if order == wanted.order and isinstance(first, str) and isinstance(number, str):
            return first, number
    except (ValueError, TypeError):
        pass
    raise BadValue(
        Text(
            "'cursor' không phải của danh sách này; hãy đọc lại từ trang đầu",
            "'cursor' is not of this list; begin again at the first page",
        )
    )
