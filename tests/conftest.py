"""What the tests share."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from shutil import copy
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, settings

from flowiso import library
from flowiso.flowfile import read_flow

if TYPE_CHECKING:
    from servers import Kind, Servers
    from stores import Schemas

    from flowiso.calendar import Calendar
    from flowiso.model import Finding, Flow
    from flowiso.words import Words

FLOWS = Path(__file__).parent.parent / "flows"

# A busy machine draws slowly, which is no fault of a test.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")
settings.register_profile(  # for .ci/mutation: the same examples for every mutant, none shrunk, and no test fails for being slow
    "mutation",
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)


_TRACED = """
accounts asked cli_due cli_prove control decision diff embedding engine errors events examples facts faults figures
flow_rules fuzz kept lateness ledger life lifecycle machine migration misroutes national people periods places proof recent
rules scenariofile set_rules stats store story unreadable verbs verify watch worktime
"""
TRACED = frozenset(f"test_{name}" for name in _TRACED.split())
"""What takes every branch of the core between them, but for their tests marked `no_cover` (pytest-cov's mark). The others try the
same again and again: to trace them too would double the time of .ci/run."""

_LONG = "theory nation_spark docs screens_browser published_year nation proof migration figures simulate"
LONG = [f"test_{name}" for name in _LONG.split()]
"""The modules that take longest come first, so that at the end no worker waits for the other."""


def _coverage(config: pytest.Config) -> Any:
    """pytest-cov's controller; None where nothing is measured."""
    return getattr(config.pluginmanager.get_plugin("_cov"), "cov_controller", None)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """A worker of pytest-xdist has read `-n` too and measures as if it were the master, which nobody asks for and `pause` doesn't
    end; what it is to measure begins after this."""
    if hasattr(session.config, "workerinput") and (controller := _coverage(session.config)):
        controller.cov.stop()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Branch coverage is measured over the traced ones, and not in the fixtures of the others either."""
    controller = None if item.path.stem in TRACED else _coverage(item.config)
    if controller is not None:
        controller.pause()
    try:
        return (yield)
    finally:
        if controller is not None:
            controller.resume()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long modules first."""
    items.sort(key=lambda item: LONG.index(item.path.stem) if item.path.stem in LONG else len(LONG))


def pytest_collection_finish() -> None:
    """What is loaded by now stays to the end: the garbage collector need not look at it again and again, nor so often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)


_read: dict[bytes, tuple[Flow, Words]] = {}


def _read_once(data: bytes, file: str, words: Words) -> tuple[Flow | None, list[Finding]]:
    """`read_flow`, which tells the same of the same bytes and words: a sound file isn't read a second time, wherever it lies."""
    flow, same = _read.get(data, (None, None))
    if flow is not None and same == words:
        return flow._replace(file=file), []
    flow, findings = read_flow(data, file, words)
    if flow is not None and not findings and len(_read) < 1_000:
        _read[data] = flow, words
    return flow, findings


library.read_flow = _read_once  # for folders; the tests of the reader itself ask `flowfile`


@pytest.fixture(scope="session")
def calendar() -> Calendar:
    """The shipped calendar, 2018-2026."""
    return library.load_calendar(FLOWS)


@pytest.fixture(scope="session")
def one_flow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the shipped agency with one flow, LTHH-13: quicker to read. Nobody writes into it."""
    from cases import agency_alone

    folder = agency_alone(tmp_path_factory.mktemp("co-quan") / "flows")
    (folder / "lthh").mkdir()
    copy(FLOWS / "lthh" / "lthh-13.v1.yaml", folder / "lthh")
    return folder


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """The PostgreSQL servers: `servers.postgres("wheel").database()` is the address of a fresh database."""
    from servers import Servers

    found = Servers()
    yield found
    found.stop()


@pytest.fixture(scope="session")
def schemas(servers: Servers) -> Callable[[Kind], Schemas]:
    """Where a server of a kind keeps stores: `schemas("wheel").fresh()` is the address of an empty place."""
    from stores import Schemas

    return cache(lambda kind: Schemas(servers.postgres(kind)))


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Runs `flowiso ...` and gives exit code, output and error output."""
    from flowiso.cli import run
    from flowiso.cli.options import _chosen

    def call(*args: object) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["flowiso", *map(str, args)])
        monkeypatch.setitem(_chosen, "lang", "vi")
        code = run()
        out, err = capfd.readouterr()
        assert "Traceback" not in err
        return code, out, err

    return call
