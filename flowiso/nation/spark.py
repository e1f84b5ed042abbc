"""A session of Spark for the statistics. The only module that imports pyspark, and only when asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from ..errors import BadValue
from ..text import Text

LOCAL = "local[*]"
"""Where Spark works when no master is named: in this machine's own cores."""

_SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
}


@contextmanager
def session(master: str | None) -> Iterator[Any]:
    """A session at a master, "spark://host:7077"; the cluster reads the folder of facts under the same path as this machine.

    Raises BadValue where pyspark isn't installed, or Spark can't be begun: no Java, nobody at that address.
    """
    try:
        sql = import_module("pyspark.sql")
    except ImportError as error:
        command = "pip install 'flowiso[spark]'"
        raise BadValue(
            Text(f"để chạy trên Spark hãy cài: {command}", f"to run on Spark, install: {command}")
        ) from error
    builder = sql.SparkSession.builder.master(master or LOCAL).appName("flowiso")
    for name, value in _SETTINGS.items():
        builder = builder.config(name, value)
    try:
        spark = builder.getOrCreate()
    except Exception as error:
        raise BadValue(
            Text(
                f"không mở được Spark ở '{master or LOCAL}' (cần Java 17): {_first_line(error)}",
                f"can't open Spark at '{master or LOCAL}' (it needs Java 17): {_first_line(error)}",
            )
        ) from error
    spark.sparkContext.setLogLevel("ERROR")
    try:
        yield spark
    finally:
        spark.stop()


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
