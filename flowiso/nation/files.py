"""Facts as files: FOLDER/agency=ID/year=YYYY/TABLE.parquet by the year in which a row was told, and agency=ID/export.json.

The same facts give the same bytes. What was told in a year that is over is never written otherwise later (R92): an export with
a later cut-off adds years and leaves the files of those before it as they are.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import quote

from ..errors import BadValue, reason
from ..eventlog.parquet import Table
from ..text import Text
from ..worktime import day_of, instant, local
from .columns import FORMAT, TABLES
from .facts import Row, Told

ABOUT = "export.json"
_WILD = re.compile(r"[*?\[\]{}]")
_BATCH = 50_000
"""Rows in a row group."""


class Export(NamedTuple):
    """Whose facts a folder holds, as of which moment (an instant), whether of a simulation, and how many rows of each table."""

    agency: str
    title: Text
    cut_off: int
    simulated: bool
    rows: Mapping[str, int]

    def to_json(self) -> dict[str, Any]:
        """What `export.json` says."""
        return {
            "format": FORMAT,
            "agency": self.agency,
            "title": {"vi": self.title.vi, "en": self.title.en},
            "simulated": self.simulated,
            "cut_off": local(self.cut_off).isoformat(),
            "rows": dict(self.rows),
        }


def write_facts(folder: Path, agency: str, title: Text, simulated: bool, until: int, told: Iterable[Told]) -> Export:
    """Write an agency's facts as of `until` into a folder of several agencies, whole or not at all, in place of its earlier ones.

    Raises BadValue where that can't be written, or pyarrow isn't there.
    """
    with _in_place_of(folder / _part("agency", agency)) as place:
        with _Files(place, {"agency": agency, "simulated": str(simulated).lower(), "format": str(FORMAT)}) as files:
            files.add_all(told, day_of(until).year)
        export = Export(agency, title, until, simulated, files.rows)
        text = json.dumps(export.to_json(), ensure_ascii=False, indent=2)
        (place / ABOUT).write_text(text + "\n", encoding="utf-8")
    return export


def exports(folder: Path) -> tuple[Export, ...]:
    """The agencies whose facts a folder holds, by id. Raises BadValue for a folder without any, or with what can't be read."""
    found = tuple(_export(file) for file in sorted(folder.glob(f"agency=*/{ABOUT}")))
    if not found:
        raise BadValue(
            Text(
                f"'{folder}' không có dữ kiện thống kê; hãy ghi trước bằng 'flowiso export-figures --to {folder}'",
                f"'{folder}' holds no facts; write them first by 'flowiso export-figures --to {folder}'",
            )
        )
    return found


def pattern(folder: Path, table: str) -> str:
    """The files of a table of every agency, as DuckDB and Spark take them. Raises BadValue for a folder named like a pattern."""
    place = str(folder.resolve())
    if _WILD.search(place):
        raise BadValue(
            Text(
                f"tên thư mục '{place}' có ký tự * ? [ ] {{ }}; hãy đổi tên",
                f"'{place}' has one of * ? [ ] {{ }}; rename it",
            )
        )
    return f"{place}/agency=*/year=*/{table}.parquet"


def _export(file: Path) -> Export:
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        if told["format"] != FORMAT:
            raise BadValue(
                Text(
                    f"'{file}' là dạng {told['format']}, bản này đọc dạng {FORMAT}; hãy xuất lại",
                    f"'{file}' is of format {told['format']}, this FlowISO reads {FORMAT}; export it again",
                )
            )
        title, cut_off = Text(**told["title"]), instant(datetime.fromisoformat(told["cut_off"]))
        return Export(str(told["agency"]), title, cut_off, bool(told["simulated"]), dict(told["rows"]))
    except (KeyError, TypeError, ValueError) as error:
        raise BadValue(
            Text(f"'{file}' không đọc được; hãy xuất lại", f"'{file}' can't be read; export it again")
        ) from error


def _part(name: str, value: object) -> str:
    return f"{name}={quote(str(value), safe='')}"


@contextmanager
def _in_place_of(place: Path) -> Iterator[Path]:
    """A new folder beside `place` that takes its place once it is whole."""
    half, old = (place.with_name(f".{place.name}.{os.getpid()}.{end}") for end in ("new", "old"))
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        half.mkdir()
        yield half
        if place.exists():
            place.rename(old)
        half.rename(place)
    except OSError as error:
        vi, en = reason(error)
        raise BadValue(Text(f"không ghi được '{place}': {vi}", f"can't write '{place}': {en}")) from error
    finally:
        if old.exists() and not place.exists():
            with suppress(OSError):
                old.rename(place)
        for left in (half, old):
            shutil.rmtree(left, ignore_errors=True)


@dataclass
class _Files:
    """The files of an agency in the making; rows are kept until there are enough for a row group."""

    place: Path
    metadata: Mapping[str, str]
    rows: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TABLES, 0))
    _kept: dict[tuple[str, int], list[Row]] = field(default_factory=dict)
    _open: dict[tuple[str, int], Table] = field(default_factory=dict)
    _stack: ExitStack = field(default_factory=ExitStack)

    def add_all(self, told: Iterable[Told], year: int) -> None:
        """Write all rows, and of every table a file of `year`, an empty one where it has no rows."""
        for table in TABLES:
            self._of(table, year)
        for table, row in told:
            self.rows[table] += 1
            day = row[-2]
            assert isinstance(day, int)
            key = table, date.fromordinal(day).year
            kept = self._kept.setdefault(key, [])
            kept.append(row)
            if len(kept) == _BATCH:
                self._write(key)
        for key in list(self._kept):
            self._write(key)

    def _write(self, key: tuple[str, int]) -> None:
        if rows := self._kept.pop(key):
            self._of(*key).add(rows)

    def _of(self, table: str, year: int) -> Table:
        key = table, year
        if key not in self._open:
            folder = self.place / _part("year", year)
            folder.mkdir(exist_ok=True)
            file = self._stack.enter_context((folder / f"{table}.parquet").open("wb"))
            kinds = {name: column.kind for name, column in TABLES[table].items()}
            self._open[key] = self._stack.enter_context(Table(file, kinds, self.metadata))
        return self._open[key]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)
