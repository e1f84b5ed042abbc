"""The two yearly questions over exported facts: ours, by Ibis on DuckDB, against hand-written DuckDB SQL over the same files.

Run: python benchmarks/nation.py [ROUNDS [STAYS...]] (default 9 rounds of 140,000 and 1,000,000 stays; 10000000 by argument).
Year, field, procedure and verdict of every resolved dossier; and of every account and year the steps, late steps and minutes
late. Each side asks its own connection, one after the other in turn; the answers are compared. CPU seconds of all threads; the
median of the paired ratios counts. "anew" is a question that was not asked before on its connection: Ibis compiles it first.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from flowiso.nation import answers
from flowiso.nation.columns import TABLES
from flowiso.nation.engines import opened
from flowiso.nation.files import exports, pattern, write_facts
from flowiso.text import Text

GOAL = 1.5
SIZES = (140_000, 1_000_000)
A_YEAR = 140_000
"""Stays of one department in a year; 13,641 dossiers, 60 accounts, 116 procedures in 15 fields."""

VERDICTS = """
SELECT year(resolved) AS year, field, code, outcome, sum(weight) AS dossiers
FROM read_parquet('{dossiers}', hive_partitioning = false)
WHERE outcome IS NOT NULL
GROUP BY ALL HAVING sum(weight) <> 0 ORDER BY ALL
"""
OFFICERS = """
SELECT year(told) AS year, agency, officer, division, sum(weight) AS steps,
    coalesce(sum(weight) FILTER (late), 0) AS late_steps,
    coalesce(sum(weight * late_minutes) FILTER (late), 0) AS late_minutes
FROM read_parquet('{stays}', hive_partitioning = false)
GROUP BY ALL HAVING sum(weight) <> 0 OR late_steps <> 0 OR late_minutes <> 0 ORDER BY ALL
"""


def filled(folder: Path, stays: int) -> None:
    """A folder of facts with so many stays: departments of `A_YEAR` each, one year or part of one a department, ten years."""
    random = np.random.default_rng(1)
    for serial, start in enumerate(range(0, stays, A_YEAR)):
        size = min(A_YEAR, stays - start)
        agency, year = f"H{serial // 10:03d}", 2015 + serial % 10
        place = folder / f"agency={agency}"
        if not place.exists():
            write_facts(folder, agency, Text(agency, agency), True, 1_767_200_399, ())
        within = place / f"year={year}"
        within.mkdir(exist_ok=True)
        for table, columns in (("stays", _stays(random, size)), ("dossiers", _dossiers(random, size * 13 // 20))):
            _written(
                place,
                within / f"{table}.parquet",
                table,
                columns | {"agency": np.full(len(columns["weight"]), agency)},
                year,
            )


def _written(place: Path, file: Path, table: str, columns: dict[str, Any], year: int) -> None:
    """The columns as our own writer lays them out: its schema, its row groups, its compression."""
    told = (np.datetime64(f"{year}-01-01") + np.sort(columns["day"])).astype("datetime64[D]")
    schema = pq.read_schema(next(place.glob(f"year=*/{table}.parquet")))
    found = columns | {"told": told, "received": told, "due": told, "resolved": told, "since": told, "until": told}
    size, resolved = len(told), columns.get("outcome")
    arrays = []
    for name in TABLES[table]:
        values = found.get(name)
        field = schema.field(name)
        if values is None:
            arrays.append(pa.nulls(size, field.type))
        elif name == "resolved":
            arrays.append(pa.array(values, mask=resolved == None, type=field.type))  # noqa: E711
        elif field.type == pa.timestamp("ms", tz="+07:00"):
            arrays.append(pa.array(values.astype("datetime64[ms]")).cast(field.type))
        else:
            arrays.append(pa.array(values, type=field.type))
    pq.write_table(pa.Table.from_arrays(arrays, schema=schema), file, compression="zstd", row_group_size=50_000)


def _stays(random: np.random.Generator, size: int) -> dict[str, Any]:
    officers, late = random.integers(0, 60, size), random.random(size) < 0.02
    return {
        "number": np.char.add("210901-", np.arange(size).astype(str)),
        "code": _codes(random, size)[0],
        "step": np.array([f"buoc-{one}" for one in range(12)])[random.integers(0, 12, size)],
        "officer": np.array([f"account-{one}" for one in range(60)])[officers],
        "division": np.array([f"division-{one % 9}" for one in range(60)])[officers],
        "party": np.full(size, "agency"),
        "minutes": random.integers(1, 5_000, size),
        "late": late,
        "late_minutes": np.where(late, random.integers(1, 3_000, size), 0),
        "weight": np.where(random.random(size) < 0.003, -1, 1),
        "day": random.integers(0, 365, size),
    }


def _dossiers(random: np.random.Generator, size: int) -> dict[str, Any]:
    code, field = _codes(random, size)
    told = np.array([None, None, None, None, "early", "on_time", "late", "withdrawn", "no_term"], dtype=object)
    no = np.zeros(size, dtype=bool)
    return {
        "number": np.char.add("210901-", np.arange(size).astype(str)),
        "code": code,
        "field": field,
        "version": np.ones(size, dtype=np.int64),
        "division": np.array([f"division-{one}" for one in range(9)])[random.integers(0, 9, size)],
        "channel": np.array(["counter", "online", "postal"])[random.integers(0, 3, size)],
        "handler": np.array([f"account-{one}" for one in range(60)])[random.integers(0, 60, size)],
        "outcome": told[random.integers(0, len(told), size)],
        "closed_overdue": no,
        "clock_stands": no,
        "weight": np.where(random.random(size) < 0.4, -1, 1),
        "day": random.integers(0, 365, size),
    }


def _codes(random: np.random.Generator, size: int) -> tuple[Any, Any]:
    drawn = random.integers(0, 116, size)
    codes = np.array([f"CODE-{one:03d}" for one in range(116)])
    fields = np.array([f"field-{one % 15}" for one in range(116)])
    return codes[drawn], fields[drawn]


def took(work: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds of all threads, and the answer."""
    started = time.process_time()
    answer = work()
    return time.process_time() - started, answer


def measure(folder: Path, rounds: int) -> float:
    """Print both questions' medians; the worse of the two ratios."""
    bare = duckdb.connect()
    files = {table: pattern(folder, table) for table in TABLES}
    worst = 0.0
    for name, ask, sql in (
        ("year, field, procedure, verdict", answers.yearly_verdicts, VERDICTS),
        ("per account", answers.yearly_officers, OFFICERS),
    ):
        with opened(folder, "duckdb") as engine:
            anew, ours = took(lambda: ask(engine))  # noqa: B023
            _, theirs = took(lambda: bare.execute(sql.format(**files)).fetchall())  # noqa: B023
            assert [tuple(row) for row in ours] == [tuple(map(_plain, row)) for row in theirs]
            pairs = [
                (took(lambda: ask(engine))[0], took(lambda: bare.execute(sql.format(**files)).fetchall())[0])  # noqa: B023
                for _ in range(rounds)
            ]
        one, other = (1000 * statistics.median(side) for side in zip(*pairs, strict=True))
        ratios = sorted(mine / hand for mine, hand in pairs)
        ratio = statistics.median(ratios)
        worst = max(worst, ratio)
        print(
            f"  {name}: {one:.1f} ms against {other:.1f} ms CPU: {ratio:.2f} ({ratios[0]:.2f}-{ratios[-1]:.2f});"
            f" anew {1000 * anew:.0f} ms; {len(ours):,} rows; goal <= {GOAL}"
        )
    return worst


def _plain(value: Any) -> Any:
    return value if isinstance(value, str) else int(value)


def main(rounds: int, sizes: list[int]) -> int:
    """1 when a ratio is above the goal."""
    worst = 0.0
    for size in sizes:
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            filled(folder, size)
            used = sum(file.stat().st_size for file in folder.rglob("*.parquet"))
            print(f"{size:,} stays, {len(exports(folder))} agencies, {used / 1e6:.1f} MB of Parquet")
            worst = max(worst, measure(folder, rounds))
    return int(worst > GOAL)


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    sys.exit(main(given[0] if given else 9, given[1:] or list(SIZES)))
