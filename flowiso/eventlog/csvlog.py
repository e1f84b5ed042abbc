"""An event log as one table, a line an event, under the names that pm4py reads."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator

from ..cells import harmless
from ..worktime import local
from .events import CASE, EVENT, About, Kind, Trace, Value

COLUMNS: dict[str, Kind] = {**{f"case:{name}": kind for name, kind in CASE.items()}, **EVENT}
"""The columns of the table in their order: the attributes of the case, then those of the event."""

_TELL: dict[Kind, Callable[[Value], str]] = {
    "string": lambda value: harmless(str(value)),
    "int": str,
    "date": lambda value: local(int(value or 0)).isoformat(),
}


def rows(traces: Iterable[Trace]) -> Iterator[tuple[Value, ...]]:
    """The lines of the table, with values as `Trace` and `Event` hold them."""
    for trace in traces:
        case = trace[:-1]
        for event in trace.events:
            yield (*case, *event)


def as_csv(traces: Iterable[Trace], about: About) -> Iterator[bytes]:
    """The table for spreadsheets and miners: UTF-8 with BOM, commas, no cell a formula, moments in ISO 8601 with offset."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    tell = [_TELL[kind] for kind in COLUMNS.values()]
    yield b"\xef\xbb\xbf"
    for row in rows(traces):
        writer.writerow(["" if value is None else one(value) for one, value in zip(tell, row, strict=True)])
        if out.tell() > _CHUNK:
            yield _drained(out)
    yield _drained(out)


_CHUNK = 1 << 16


def _drained(out: io.StringIO) -> bytes:
    text = out.getvalue()
    out.seek(0)
    out.truncate()
    return text.encode()
