"""The same statistics on Spark: a master and two workers of their own tell what DuckDB tells."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from shutil import which

import pytest
from test_nation import OTHER, export, logs

from flowiso.nation import answers
from flowiso.nation.engines import Engine, opened
from flowiso.nation.files import exports
from flowiso.period import Period

MASTER = "local-cluster[2,1,512]"
"""A standalone cluster on this machine: a master and two workers with a core and 512 MB each, their executors processes apart."""

SETTINGS = """
spark.executor.memory 512m
spark.driver.memory 512m
spark.sql.shuffle.partitions 2
spark.default.parallelism 2
spark.sql.codegen.wholeStage false
spark.sql.codegen.factoryMode NO_CODEGEN
spark.driver.extraJavaOptions -XX:TieredStopAtLevel=1 -XX:+UseSerialGC
spark.executor.extraJavaOptions -XX:TieredStopAtLevel=1 -XX:+UseSerialGC
spark.driver.host 127.0.0.1
"""
QUIET = "rootLogger.level = off\n"

ASKED = """
import json, sys
from pathlib import Path
from flowiso.nation.engines import opened
from test_nation_spark import MASTER, told

with opened(Path(sys.argv[1]), "spark", MASTER) as engine:
    found = told(engine, Path(sys.argv[1]))
    from pyspark import SparkContext
    executors = SparkContext.getOrCreate()._jsc.sc().getExecutorMemoryStatus().size() - 1
print(json.dumps([executors, found]))
"""
needs_java = pytest.mark.skipif(
    which("java") is None and "FLOWISO_CI" not in os.environ, reason="Spark needs Java; .ci/run brings it"
)


def told(engine: Engine, folder: Path) -> list[object]:
    """What is asked of either engine, as JSON has it: a year's finest groups, its causes, its officers, both yearly questions."""
    year, found = Period.year(2022), exports(folder)
    national = answers.national(engine, found, year, ("agency", "procedure", "channel", "handler"))
    groups = [[*key, *counts] for key, counts in national.groups.items()]
    rows = answers.officers(engine, found, year), answers.yearly_verdicts(engine), answers.yearly_officers(engine)
    return [groups, national.late_by_cause, *([list(row) for row in one] for one in rows)]


@needs_java
def test_two_workers_tell_what_duckdb_tells(tmp_path: Path) -> None:
    """R90, R103: one expression, two engines, the same cells; over two agencies, with results that came back (R129)."""
    folder, settings = tmp_path / "so-lieu", tmp_path / "conf"
    export(export(folder, logs(0, 60)), logs(300, 30, OTHER.agency), org=OTHER)
    settings.mkdir()
    (settings / "spark-defaults.conf").write_text(SETTINGS)
    (settings / "log4j2.properties").write_text(QUIET)
    here = {"PYTHONPATH": str(Path(__file__).parent), "SPARK_CONF_DIR": str(settings), "SPARK_LOCAL_IP": "127.0.0.1"}
    asked = [sys.executable, "-c", ASKED, str(folder)]
    run = subprocess.run(asked, capture_output=True, text=True, env=os.environ | here, cwd=tmp_path, check=False)
    assert run.returncode == 0, run.stderr[-3000:]
    executors, spark = json.loads(run.stdout.splitlines()[-1])
    with opened(folder, "duckdb") as engine:
        duckdb = told(engine, folder)
    assert executors == 2
    assert all(spark)
    assert spark == json.loads(json.dumps(duckdb))
