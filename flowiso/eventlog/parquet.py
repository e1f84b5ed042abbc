"""An event log as Parquet: the columns of the CSV with their types. The only module that imports pyarrow, and only when asked;
other tables are written by its `Table`.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from importlib import import_module
from itertools import islice
from typing import Any, Self

from ..errors import BadValue
from ..text import Text
from .csvlog import COLUMNS, rows
from .events import About, Trace, Value

_BATCH = 50_000
"""Rows in a row group: what is held in memory at a time."""


def as_parquet(traces: Iterable[Trace], about: About) -> Iterator[bytes]:
    """The table in row groups of 50,000 events, moments at UTC+7; whether it is a simulation stands in the schema's metadata.

    Raises BadValue when pyarrow isn't there.
    """
    told = {"agency": about.agency, "simulated": str(about.simulated).lower()}
    sink, found = _Sink(), rows(traces)
    with Table(sink, COLUMNS, told) as table:
        while batch := list(islice(found, _BATCH)):
            table.add(batch)
            yield sink.drained()
    yield sink.drained()


class Table:
    """A Parquet file in the making, in a file opened to be written: `add` appends a row group, leaving `with` ends the file.

    `columns` gives each column its kind: "string", "int", "bool", "date" (a moment in epoch seconds, at UTC+7) or "day" (an
    ordinal of `date.toordinal`). The same rows in the same groups give the same bytes. Raises BadValue when pyarrow isn't there.
    """

    def __init__(self, file: Any, columns: Mapping[str, str], metadata: Mapping[str, str]) -> None:
        arrow, parquet = _package("pyarrow"), _package("pyarrow.parquet")
        types = {
            "string": arrow.string(),
            "int": arrow.int64(),
            "bool": arrow.bool_(),
            "date": arrow.timestamp("ms", tz="+07:00"),
            "day": arrow.date32(),
        }
        self._arrow, self._kinds = arrow, tuple(columns.values())
        self._schema = arrow.schema([(name, types[kind]) for name, kind in columns.items()], metadata=metadata)
        self._writer = parquet.ParquetWriter(file, self._schema, compression="zstd")

    def add(self, batch: Iterable[Sequence[Value]]) -> None:
        """Append a row group."""
        columns = zip(*batch, strict=True)
        values = (_values(kind, column) for kind, column in zip(self._kinds, columns, strict=True))
        arrays = [self._arrow.array(column, field.type) for field, column in zip(self._schema, values, strict=True)]
        self._writer.write_table(self._arrow.Table.from_arrays(arrays, schema=self._schema))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.close()


_EPOCH_DAY = date(1970, 1, 1).toordinal()


def _values(kind: str, column: Iterable[Value]) -> list[Value]:
    """The values as Arrow takes them: moments in milliseconds, days counted from 1970."""
    if kind == "date":
        return [None if value is None else int(value) * 1000 for value in column]
    if kind == "day":
        return [None if value is None else int(value) - _EPOCH_DAY for value in column]
    return list(column)


def _package(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        vi, en = "để ghi Parquet hãy cài thêm", "to write Parquet, install"
        raise BadValue(
            Text(f"{vi}: pip install 'flowiso[parquet]'", f"{en}: pip install 'flowiso[parquet]'")
        ) from error


class _Sink(io.RawIOBase):
    """A file that is handed on piece by piece and not kept."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._length = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        part = bytes(data)
        self._parts.append(part)
        self._length += len(part)
        return len(part)

    def tell(self) -> int:
        return self._length

    def drained(self) -> bytes:
        """What was written since it was asked last."""
        parts, self._parts = self._parts, []
        return b"".join(parts)
