"""Where the statistics are reckoned: DuckDB in this process, or Spark. The only module that imports Ibis, and only when asked."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, get_args

from ..errors import BadValue, FlowISOError
from ..text import Text
from .columns import TABLES
from .files import pattern
from .statistics import Expression, Facts

EngineName = Literal["duckdb", "spark"]
ENGINES: tuple[EngineName, ...] = get_args(EngineName)

Row = tuple[Any, ...]


class Engine:
    """The facts of a folder in an engine: `ask` gives the rows of an expression over them.

    What was asked before by the same key is not compiled anew, only reckoned.
    """

    def __init__(
        self, facts: Facts, compiled: Callable[[Expression], str], rows: Callable[[str], Iterable[Row]]
    ) -> None:
        self.facts = facts
        self._compiled = compiled
        self._rows = rows
        self._known: dict[Hashable, str] = {}

    def ask(self, key: Hashable, question: Callable[[], Expression]) -> Iterable[Row]:
        """The rows of the expression that `question` makes, their values in the order of its columns.

        `key` names the question, with whatever it was made from. Raises FlowISOError where the engine fails.
        """
        if key not in self._known:
            self._known[key] = self._compiled(question())
        with _told():
            return self._rows(self._known[key])


@contextmanager
def opened(folder: Path, engine: EngineName, master: str | None = None) -> Iterator[Engine]:
    """The facts of a folder in DuckDB, or in Spark at `master`; the connection is closed afterwards.

    Raises BadValue where the engine isn't installed or can't be begun, FlowISOError where it can't read the files.
    """
    files = {table: pattern(folder, table) for table in TABLES}
    with _duckdb(files) if engine == "duckdb" else _spark(files, master) as found:
        yield found


@contextmanager
def _duckdb(files: dict[str, str]) -> Iterator[Engine]:
    ibis = _ibis("duckdb", "nation")
    connection = ibis.duckdb.connect()
    try:
        with _told():
            tables = {
                table: connection.read_parquet(names, table_name=table, hive_partitioning=False)
                for table, names in files.items()
            }
        yield Engine(_facts(tables, ibis), connection.compile, lambda sql: connection.raw_sql(sql).fetchall())
    finally:
        connection.disconnect()


@contextmanager
def _spark(files: dict[str, str], master: str | None) -> Iterator[Engine]:
    from .spark import session

    ibis = _ibis("pyspark", "spark")
    with session(master) as spark:
        connection = ibis.pyspark.connect(spark)
        with _told():
            tables = {table: connection.read_parquet(names, table_name=table) for table, names in files.items()}
        yield Engine(_facts(tables, ibis), connection.compile, lambda sql: spark.sql(sql).collect())


@contextmanager
def _told() -> Iterator[None]:
    """What an engine can't do is told in its own first line."""
    try:
        yield
    except Exception as error:
        said = next(iter(str(error).splitlines()), type(error).__name__)
        raise FlowISOError(
            Text(f"không tính được trên các tệp dữ kiện: {said}", f"can't reckon over the files of facts: {said}")
        ) from error


def _facts(tables: dict[str, Expression], ibis: Any) -> Facts:
    """The tables, each with the columns that are described. Raises BadValue for files of other columns."""
    for name, table in tables.items():
        if tuple(table.columns) != tuple(TABLES[name]):
            raise BadValue(
                Text(
                    f"các tệp {name}.parquet không có đúng các cột của bản này; hãy xuất lại",
                    f"the files {name}.parquet haven't the columns of this FlowISO; export them again",
                )
            )
    return Facts(**tables, days=_days(ibis))


def _days(ibis: Any) -> Callable[[Iterable[date]], Expression]:
    def table(days: Iterable[date]) -> Expression:
        return ibis.array([ibis.literal(day, type="date") for day in days]).unnest().name("day").as_table()

    return table


def _ibis(backend: str, extra: str) -> Any:
    try:
        ibis = import_module("ibis")
        import_module(f"ibis.backends.{backend}")
    except ImportError as error:
        command = f"pip install 'flowiso[{extra}]'"
        raise BadValue(
            Text(f"để cộng số liệu nhiều cơ quan hãy cài thêm: {command}", f"to reckon over facts, install: {command}")
        ) from error
    return ibis
