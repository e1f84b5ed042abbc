"""The PostgreSQL servers of the tests: that they keep what they promise to those tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from servers import KINDS, Kind, Server, alive, require

ABANDONED = """
import os, signal
from servers import Server
with Server("{kind}") as server:
    print(server._process.pid, server.url.partition("host=")[2], flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_committed_outlives_every_end(kind: Kind) -> None:
    """T3: stopped, crashed, killed: what the server answered is there again."""
    require(kind)
    with Server(kind, durable=True) as server:
        url = server.database()
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE t (n int)")
        ends = (lambda: server.stop("fast"), lambda: server.stop("immediate"), server.kill)
        for number, end in enumerate(ends):
            with psycopg.connect(url) as connection:
                connection.execute("INSERT INTO t VALUES (%s)", (number,))
            end()
            assert not server.running
            with pytest.raises(psycopg.OperationalError):
                psycopg.connect(url)
            server.start()
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT n FROM t ORDER BY n").fetchall() == [(0,), (1,), (2,)]


@pytest.mark.skipif(sys.platform != "linux", reason="a server follows its starter only where there is setpriv")
@pytest.mark.parametrize("kind", KINDS)
def test_no_server_is_left_behind(kind: Kind) -> None:
    """A test run that is killed takes its servers with it."""
    require(kind)
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent)}
    command = [sys.executable, "-c", ABANDONED.format(kind=kind)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    pid, folder = done.stdout.split()
    end = time.monotonic() + 10
    while alive(int(pid)) and time.monotonic() < end:
        time.sleep(0.02)
    shutil.rmtree(folder)
    assert not alive(int(pid))
