"""An event log as Parquet: the columns of the CSV with their types. The only module that imports pyarrow, and only when asked."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from importlib import import_module
from itertools import islice
from typing import Any

from ..errors import BadValue
from ..text import Text
from .csvlog import COLUMNS, rows
from .events import About, Kind, Trace, Value

_BATCH = 50_000
"""Events in a row group: what is held in memory at a time."""


def as_parquet(traces: Iterable[Trace], about: About) -> Iterator[bytes]:
    """The table in row groups of 50,000 events, moments at UTC+7; whether it is a simulation stands in the schema's metadata.

    Raises BadValue when pyarrow isn't there.
    """
    arrow, parquet = _package("pyarrow"), _package("pyarrow.parquet")
    types = {"string": arrow.string(), "int": arrow.int64(), "date": arrow.timestamp("ms", tz="+07:00")}
    told = {"agency": about.agency, "simulated": str(about.simulated).lower()}
    schema = arrow.schema([(name, types[kind]) for name, kind in COLUMNS.items()], metadata=told)
    sink, found = _Sink(), rows(traces)
    with parquet.ParquetWriter(sink, schema, compression="zstd") as writer:
        while batch := list(islice(found, _BATCH)):
            columns = zip(*batch, strict=True)
            values = (_values(kind, column) for kind, column in zip(COLUMNS.values(), columns, strict=True))
            arrays = [arrow.array(column, field.type) for field, column in zip(schema, values, strict=True)]
            writer.write_table(arrow.Table.from_arrays(arrays, schema=schema))
            yield sink.drained()
    yield sink.drained()


def _values(kind: Kind, column: Iterable[Value]) -> list[Value]:
    """The values as Arrow takes them: moments in milliseconds."""
    if kind != "date":
        return list(column)
    return [None if value is None else int(value) * 1000 for value in column]


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
