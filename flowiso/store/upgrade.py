"""An old store brought to the schema of today, by the migrations that alembic runs in one transaction (T14).

    upgrade("sqlite:///mot-cua.db", owed)

What breaks it off, a power cut too, leaves the store as it was. The store itself says which schema it has (`meta`); the
table in which alembic counts is there only while it works, since a host may have one of its own beside us.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, NullPool, create_engine, event, inspect, text
from sqlalchemy.exc import DBAPIError

from flowiso.errors import StoreError
from flowiso.text import Text

from . import open_store
from .tables import SCHEMA

if TYPE_CHECKING:
    from flowiso.model import Case, Move
    from flowiso.ports import Event

    from .link import Tongue

Owed = Callable[["Case", Sequence["Move"]], Sequence["Event"]]
"""The events that a log owes to the outbox; none where nobody knows its flow."""

_PATIENCE = 10.0
_VERSION = "flowiso_version"
_TABLES = {"meta", "counters", "dossiers", "moves"}


def schema(url: str) -> int | None:
    """The schema of an old store; None when there is none at `url`, or one that needs no upgrade."""
    if not url.startswith(("sqlite:///", "postgresql:", "postgresql+psycopg:")):
        return None
    try:
        with _engine(url, "BEGIN").connect() as connection:
            return _schema(connection)
    except (DBAPIError, ImportError):  # `open_store` says it best
        return None


def upgrade(url: str, owed: Owed) -> None:
    """Bring a store to the schema of today, all or nothing; one that has it is left alone.

    Others can't write meanwhile. Raises StoreError: no store, a newer one, alembic missing, or it could not be done.
    """
    if schema(url) is None:
        open_store(url, create=False).close()
        return
    with _told(url), _engine(url, "BEGIN IMMEDIATE").begin() as connection:
        found = _schema(connection)
        if found is not None:  # otherwise somebody has just done it
            run(connection, str(found), "head", owed)


def run(connection: Connection, since: str, until: str, owed: Owed) -> None:
    """Run the migrations after one revision ("base" for none) up to another, in the transaction of a connection."""
    try:
        from alembic import command
        from alembic.config import Config
    except ImportError as error:
        raise StoreError(
            Text(
                "nâng cấp kho cần gói alembic: hãy chạy pip install 'flowiso[upgrade]'",
                "upgrading a store needs the package alembic: run pip install 'flowiso[upgrade]'",
            )
        ) from error
    config = Config(attributes={"connection": connection, "version_table": _VERSION, "owed": owed})
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    command.stamp(config, since)
    command.upgrade(config, until)
    connection.execute(text(f"DROP TABLE {_VERSION}"))


def _schema(connection: Connection) -> int | None:
    if not set(inspect(connection).get_table_names()) >= _TABLES:
        return None
    facts = {row[0]: row[1] for row in connection.execute(text("SELECT key, value FROM meta"))}
    found = facts.get("schema", "")
    known = found.isdecimal() and facts.get("kind") in ("live", "simulated")
    return int(found) if known and 0 < int(found) < SCHEMA else None


def _engine(url: str, begin: str) -> Engine:
    """Connections to a store; `begin` is how transactions begin in SQLite."""
    if not url.startswith("sqlite:///"):
        import psycopg

        from .postgres import asked_wait

        address = url.replace("postgresql+psycopg:", "postgresql:", 1)
        connect = partial(psycopg.connect, address, connect_timeout=asked_wait(address) or round(_PATIENCE))
        return create_engine("postgresql+psycopg://", creator=connect, poolclass=NullPool)
    path = Path(url.removeprefix("sqlite:///"))
    engine = create_engine("sqlite://", creator=lambda: _connected(path), poolclass=NullPool)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


def _connected(path: Path) -> sqlite3.Connection:
    """A connection to a file that is there, in which the driver begins no transaction by itself."""
    address = f"{path.absolute().as_uri()}?mode=rw"
    connection = sqlite3.connect(address, uri=True, timeout=_PATIENCE, isolation_level=None)
    connection.execute("PRAGMA synchronous = FULL")
    return connection


@contextmanager
def _told(url: str) -> Iterator[None]:
    """Errors of the driver in our words."""
    try:
        yield
    except DBAPIError as error:
        cause: Any = error.orig or error
        raise _tongue(url).translated(cause) from cause


def _tongue(url: str) -> Tongue:
    if url.startswith("sqlite:///"):
        from .sqlite import Sqlite

        return Sqlite(Path(url.removeprefix("sqlite:///")), _PATIENCE)
    from .postgres import Postgres

    return Postgres(url, _PATIENCE)
