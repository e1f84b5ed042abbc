"""PostgreSQL's own programs: a dump of the schema a store is in, and one restored into a database of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from flowiso.errors import StoreError
from flowiso.text import Text


def dump(url: str, target: Path) -> None:
    """Dump the schema of the store at `url` in the custom format. Raises StoreError, without pg_dump too."""
    with _connected(_asked(url)) as connection:
        schema = _one(connection, "SELECT quote_ident(current_schema())")
    _run(url, "pg_dump", "--format=custom", f"--schema={schema}", f"--file={target}")


@contextmanager
def restored(url: str, file: Path) -> Iterator[str]:
    """The address of a new database on the same server that holds what was dumped; it is dropped afterwards."""
    asked = _asked(url)
    name = f"flowiso_restored_{os.getpid()}"
    with _connected(asked) as connection:
        _execute(connection, sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        try:
            options = "--clean", "--if-exists", "--no-owner", "--no-privileges", "--exit-on-error"
            _run(url, "pg_restore", *options, str(file), database=name)
            yield _address({**asked, "dbname": name})
        finally:
            _execute(connection, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _asked(url: str) -> dict[str, Any]:
    return conninfo_to_dict(url.replace("postgresql+psycopg:", "postgresql:", 1))


def _address(asked: Mapping[str, Any]) -> str:
    return "postgresql://?" + "&".join(f"{key}={quote(str(value), safe='')}" for key, value in asked.items())


def _connected(asked: Mapping[str, Any]) -> psycopg.Connection[tuple[Any, ...]]:
    try:
        return psycopg.connect(**asked, autocommit=True)
    except psycopg.Error as error:
        raise _failed("psycopg", str(error)) from error


def _one(connection: psycopg.Connection[tuple[Any, ...]], statement: str) -> str:
    row = connection.execute(statement.encode()).fetchone()
    return str(row[0]) if row else ""


def _execute(connection: psycopg.Connection[tuple[Any, ...]], statement: sql.Composed) -> None:
    try:
        connection.execute(statement)
    except psycopg.Error as error:
        raise StoreError(
            Text(
                f"không tạo, xóa được cơ sở dữ liệu tạm để thử khôi phục ({error}): hãy dùng tài khoản có quyền CREATEDB",
                f"can't make or drop a database to restore into ({error}): use a role with CREATEDB",
            )
        ) from error


def _run(url: str, program: str, *words: str, database: str = "") -> None:
    """Run one of the programs; the password goes by the environment, where other users can't see it."""
    asked = _asked(url)
    with _connected(asked) as connection:
        path = _program(connection, program)
    password = asked.pop("password", None)
    if database:
        asked["dbname"] = database
    where = make_conninfo(**{key: value for key, value in asked.items() if key != "options" or program == "pg_dump"})
    env = os.environ if password is None else {**os.environ, "PGPASSWORD": str(password)}
    done = subprocess.run([path, f"--dbname={where}", *words], env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise _failed(program, done.stderr.strip())


def _program(connection: psycopg.Connection[tuple[Any, ...]], program: str) -> str:
    """One that is as new as the server: on the PATH, beside the server's own programs, where Debian keeps them."""
    server = connection.info.server_version // 10_000
    for path in _candidates(connection, program):
        told = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
        version = re.search(r"\b(\d+)(?:\.\d+|devel|beta|rc)", told)
        if version is not None and int(version[1]) >= server:
            return path
    raise StoreError(
        Text(
            f"cần {program} {server} hoặc mới hơn: hãy cài postgresql-client-{server} rồi chạy lại",
            f"{program} {server} or newer is needed: install postgresql-client-{server} and try again",
        )
    )


def _candidates(connection: psycopg.Connection[tuple[Any, ...]], program: str) -> Iterator[str]:
    found = shutil.which(program)
    if found:
        yield found
    folders = sorted(Path("/usr/lib/postgresql").glob("[1-9]*/bin"), reverse=True)
    with suppress(psycopg.Error):  # for superusers only
        folders.append(Path(_one(connection, "SELECT setting FROM pg_config WHERE name = 'BINDIR'")))
    yield from (str(folder / program) for folder in folders if (folder / program).is_file())


def _failed(program: str, said: str) -> StoreError:
    return StoreError(
        Text(
            f"{program} không làm được ({said}): xem nguyên nhân trong ngoặc rồi thử lại",
            f"{program} has failed ({said}): see the reason in brackets and try again",
        )
    )
