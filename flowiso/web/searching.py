"""Lists of dossiers: filtered, searched without accents, and page by page."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cached_property
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
Order = Literal["number", "due"]
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
        due = found.state.due
        first = f"{due if due is not None else _NEVER:012d}" if wanted.order == "due" else ""
        self.place: Place = (first, found.number)

    @cached_property
    def people(self) -> Mapping[str, str] | None:
        """Personal data, only where it is asked for."""
        return self._engine.person(self.dossier.number, True) if self._unmasked else None

    @property
    def words(self) -> str:
        """All that is searched."""
        found, org = self.dossier, self._engine.flows.org
        shown = (found.number, found.flow.code, found.flow.title, found.step.title.vi, found.step.title.en)
        whose = (found.holder, name_of(found.holder, org) or "")
        return " ".join((*shown, *whose, *(self.people or {}).values()))


_NEVER = 10**11


def page(engine: Engine, wanted: Wanted, lang: str) -> Page:
    """The page that is asked for. Raises BadValue for a cursor that is none."""
    after = _opened(wanted)
    unread: list[str] = []
    matches = _matcher(wanted.q)
    rows = (
        row
        for row in _rows(engine, wanted, unread)
        if (after is None or row.place > after) and (matches is None or matches(row.words))
    )
    found = nsmallest(wanted.limit + 1, rows, key=lambda row: row.place)
    shown = found[: wanted.limit]
    more = _cursor(wanted, shown[-1].place) if len(found) > wanted.limit else None
    org = engine.flows.org
    return Page([summary(row.dossier, org, lang, row.people) for row in shown], more, unread)


def _rows(engine: Engine, wanted: Wanted, unread: list[str]) -> Iterator[_Row]:
    calendar, moment = engine.flows.calendar, None if wanted.at is None else instant(wanted.at)
    for case, moves in _logs(engine, wanted):
        if wanted.procedure not in (None, case.code):
            continue
        try:
            found = folded(engine.flows, case, moves)
        except (UnknownFlow, FlowFileError):
            unread.append(case.number)
            continue
        if moment is not None:
            found = settled(found, calendar, moment)
        if _matches(found, wanted):
            yield _Row(engine, found, wanted)


def _matches(found: Dossier, wanted: Wanted) -> bool:
    return (
        (wanted.state == "all" or found.ended is (wanted.state == "closed"))
        and wanted.status in (None, found.status)
        and wanted.holder in (None, found.holder)
    )


def _logs(engine: Engine, wanted: Wanted) -> Iterator[tuple[Case, list[Move]]]:
    """The logs that may match; no more are read than must be."""
    if wanted.state == "open" or wanted.holder:  # what has ended has no holder
        return engine.store.running(engine.agency, engine.ends)
    return engine.store.logs(engine.agency)


def _matcher(q: str | None) -> Callable[[str], bool] | None:
    """Whether a text holds every word that is looked for: one typed without accents is found with any."""
    words = nfc(q or "").lower().split()
    if not words:
        return None
    plain = [word for word in words if fold(word) == word]
    exact = [word for word in words if fold(word) != word]

    def matches(text: str) -> bool:
        lower = nfc(text).lower()
        bare = fold(lower) if plain else ""
        return all(word in bare for word in plain) and all(word in lower for word in exact)

    return matches


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
