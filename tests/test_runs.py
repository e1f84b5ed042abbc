"""Runs spread over processes and clusters: the same bytes whoever does them, and nobody left behind."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from crews import die, die_once, linger, refuse, slow_square

from flowiso.errors import BadValue, FlowISOError
from flowiso.outcome import Outcome
from flowiso.simulate.crew import Alone, Processes, crew, processors
from flowiso.simulate.runs import agency_in, outcome_of, replicate, tasks_of
from flowiso.simulate.scenario import Arrivals, Misrouting, Scenario
from flowiso.spread import merged

ROOT = Path(__file__).parent.parent
SQUARES = [n * n for n in range(8)]


@pytest.fixture(autouse=True)
def nobody_left() -> Iterator[None]:
    """After each test no worker lives any more."""
    yield
    workers = [child for child in psutil.Process().children(recursive=True) if "spawn_main" in _command(child)]
    assert not psutil.wait_procs(workers, timeout=5)[1]


def _command(process: psutil.Process) -> str:
    with suppress(psutil.Error):
        return " ".join(process.cmdline())
    return ""


@pytest.fixture
def heard() -> list[tuple[int, int]]:
    """What `on_done` was told."""
    return []


def note(heard: list[tuple[int, int]]) -> Callable[[int, int], None]:
    """An `on_done` that writes down what it hears."""
    return lambda place, result: heard.append((place, result))


@pytest.mark.parametrize("jobs", [1, 2])
def test_results_in_order(jobs: int, heard: list[tuple[int, int]]) -> None:
    """In the order of the tasks, and each told of once."""
    with crew(jobs) as by:
        assert by.each(slow_square, range(8), note(heard)) == SQUARES
        assert by.each(slow_square, [], note(heard)) == []
    assert sorted(heard) == [*enumerate(SQUARES)]


def test_who_does_it() -> None:
    """One process a processor unless told otherwise; less than one is refused."""
    assert isinstance(crew(1), Alone)
    with crew(2) as two:
        assert isinstance(two, Processes)
    assert 1 <= processors() <= (os.cpu_count() or 1)
    with pytest.raises(BadValue, match="từ 1"):
        crew(0)


def test_a_worker_that_dies_is_replaced(tmp_path: Path, heard: list[tuple[int, int]]) -> None:
    """SIGKILL in the middle: what it was doing is done again, what is done stays, and each is told of once."""
    tasks = [(n, str(tmp_path / "da-chet")) for n in range(8)]
    with Processes(2) as by:
        assert by.each(die_once, tasks, note(heard)) == SQUARES
    assert (tmp_path / "da-chet").exists()
    assert sorted(heard) == [*enumerate(SQUARES)]


def test_what_was_done_when_a_worker_dies_is_told(
    monkeypatch: pytest.MonkeyPatch, heard: list[tuple[int, int]]
) -> None:
    """A worker that dies between a result and the next task takes nobody's result with it."""
    submitted = 0
    submit = ProcessPoolExecutor.submit

    def broken_once(pool: ProcessPoolExecutor, *task: object) -> Future[object]:
        nonlocal submitted
        submitted += 1
        if submitted == 5:
            raise BrokenProcessPool
        return submit(pool, *task)

    monkeypatch.setattr(ProcessPoolExecutor, "submit", broken_once)
    with Processes(2) as by:
        assert by.each(slow_square, range(8), note(heard)) == SQUARES
    assert sorted(heard) == [*enumerate(SQUARES)]


def test_a_crew_that_keeps_dying_is_given_up() -> None:
    """Not for ever, and the remedy is told."""
    with Processes(2) as by, pytest.raises(FlowISOError, match="--jobs 1"):
        by.each(die, range(2), lambda place, result: None)


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_a_run_raises_is_raised(jobs: int) -> None:
    """With its text in both languages."""
    with crew(jobs) as by, pytest.raises(BadValue) as raised:
        by.each(refuse, range(4), lambda place, result: None)
    assert raised.value.text == ("không phải 2", "not 2")


def test_who_is_stopped_does_not_wait_for_what_was_begun() -> None:
    """Ctrl-C prints what is done now, not when the years begun are over; the crew may be asked again."""

    def stop(place: int, result: int) -> None:
        raise KeyboardInterrupt

    begun = time.monotonic()
    with Processes(2) as by:
        with pytest.raises(KeyboardInterrupt):
            by.each(linger, range(4), stop)
        assert by.each(slow_square, range(8), lambda place, result: None) == SQUARES
    assert time.monotonic() - begun < 30


LOOP = """
import sys
sys.path.insert(0, {tests!r})
from crews import slow_square
from flowiso.simulate.crew import Processes
def told(place, result):
    print(place, flush=True)
if __name__ == "__main__":
    try:
        with Processes(2) as by:
            by.each(slow_square, range(100_000), told)
    except KeyboardInterrupt:
        print("stopped", flush=True)
"""


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGKILL])
def test_nobody_outlives_who_started_them(sign: signal.Signals, tmp_path: Path) -> None:
    """Ctrl-C goes to all of a terminal's processes; a kill only to one. No worker stays, nor prints a traceback."""
    script = tmp_path / "loop.py"
    script.write_text(LOOP.format(tests=str(ROOT / "tests")), encoding="utf-8")
    started = subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    assert started.stdout is not None
    assert started.stdout.readline()
    workers = psutil.Process(started.pid).children(recursive=True)
    assert len(workers) >= 2
    if sign == signal.SIGINT:
        os.killpg(started.pid, sign)
    else:
        started.kill()
    out, err = started.communicate(timeout=20)
    assert not psutil.wait_procs(workers, timeout=10)[1]
    if sign == signal.SIGINT:
        assert (out.splitlines()[-1], err) == ("stopped", "")


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """The address of a Dask cluster of two workers on this machine, each a process that finds the modules of the tests."""
    python, found = [sys.executable, "-m"], os.environ | {"PYTHONPATH": str(ROOT / "tests")}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": found}
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    scheduler = [
        *python,
        "distributed.cli.dask_scheduler",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--no-dashboard",
    ]
    worker = [*python, "distributed.cli.dask_worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard"]
    started = [subprocess.Popen(words, **quiet) for words in (scheduler, worker, worker)]  # type: ignore[call-overload]
    yield address
    for one in reversed(started):
        one.terminate()
        one.wait(timeout=20)


def test_a_cluster_gives_the_same(cluster: str, tmp_path: Path, heard: list[tuple[int, int]]) -> None:
    """As processes do, in order, each told of once; also when one of its two workers is killed in the middle."""
    with crew(cluster=cluster) as by:
        assert by.each(slow_square, range(8), note(heard)) == SQUARES
        assert sorted(heard) == [*enumerate(SQUARES)]
        with pytest.raises(BadValue, match="không phải 2"):
            by.each(refuse, range(4), lambda place, result: None)
        assert (
            by.each(die_once, [(n, str(tmp_path / "da-chet")) for n in range(8)], lambda place, result: None) == SQUARES
        )
    assert (tmp_path / "da-chet").exists()


SEEDS = range(4, 12)
SCENARIO = Scenario(name="thu", arrivals=Arrivals(dossiers=80), misrouting=Misrouting(rate=0.2, noticed=40.0))


def as_bytes(outcomes: list[Outcome]) -> bytes:
    """All that is told of them, to the last digit."""
    return repr((outcomes, merged(outcomes).to_json())).encode()


@pytest.fixture(scope="module")
def alone(one_flow: Path) -> bytes:
    """What one process makes of the scenario."""
    return as_bytes(replicate(one_flow, SCENARIO, SEEDS, jobs=1))


def test_two_processes_make_the_same_bytes(one_flow: Path, alone: bytes) -> None:
    """Whoever was done first, results stand in the order of the seeds; and each seed is a year of its own."""
    found = replicate(one_flow, SCENARIO, SEEDS, jobs=2)
    assert as_bytes(found) == alone
    assert [one.seed for one in found] == [*SEEDS]
    assert len({one.lates for one in found}) > 1
    assert sum(one.late for one in found) > 0


def test_a_killed_worker_changes_no_byte(one_flow: Path, alone: bytes) -> None:
    """One of the two processes is killed when the first year is done."""
    killed: list[int] = []

    def kill_one(place: int, outcome: Outcome) -> None:
        if not killed:
            worker = next(one for one in psutil.Process().children(recursive=True) if "spawn_main" in _command(one))
            killed.append(worker.pid)
            worker.kill()

    assert as_bytes(replicate(one_flow, SCENARIO, SEEDS, jobs=2, on_done=kill_one)) == alone
    assert killed


def test_a_cluster_makes_the_same_bytes(one_flow: Path, alone: bytes, cluster: str) -> None:
    """A Dask cluster of two workers."""
    assert as_bytes(replicate(one_flow, SCENARIO, SEEDS, cluster=cluster)) == alone


def test_other_flows_on_a_worker_are_refused(one_flow: Path, tmp_path: Path) -> None:
    """What a worker would read isn't what is here: said, not run, as no figure would tell."""
    folder = tmp_path / "flows"
    shutil.copytree(one_flow, folder)
    (task,) = tasks_of(folder, SCENARIO, [1])
    assert outcome_of(task).received == 80
    file = folder / "_org.yaml"
    file.write_text(file.read_text(encoding="utf-8") + "# sửa\n", encoding="utf-8")
    agency_in.cache_clear()
    with pytest.raises(BadValue, match="vừa bị sửa"):
        outcome_of(task)
    assert outcome_of(tasks_of(folder, SCENARIO, [1])[0]).received == 80
