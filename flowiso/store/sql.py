"""Logs in an SQL database, each write one durable transaction. SQLite now; what is SQLite's own stands in `_SQLite`.

Every statement goes through the pool's own driver connection: SQLAlchemy's Connection costs a step 40 to 95 us more.
"""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateTable

from flowiso.errors import BadValue, Conflict, StoreError
from flowiso.model import Case, Move
from flowiso.text import Text

from .memory import begun, follow, taken, unknown
from .tables import SCHEMA, compiled, metadata

if TYPE_CHECKING:
    from flowiso.engine import StoreKind

FOREVER = 2**63 - 1
_CHUNK = 2_000
_MOVE = slice(0, 7)
_CASE = slice(7, 11)
_DOSSIER = itemgetter(11)


class _SQLite:
    """What SQLite has of its own: files, pragmas, transactions, triggers, words for errors."""

    upsert = staticmethod(sqlite.insert)
    begin_write = "BEGIN IMMEDIATE"
    tables = "SELECT name FROM sqlite_master WHERE type = 'table'"
    # The INSERT trigger is there for INSERT OR REPLACE, which deletes the old row without firing a DELETE trigger.
    triggers = (
        """CREATE TRIGGER moves_follow BEFORE INSERT ON moves
        WHEN new.seq IS NOT (
            SELECT coalesce(max(seq) + 1, 0) FROM moves WHERE agency = new.agency AND dossier = new.dossier
        ) BEGIN SELECT RAISE(ABORT, 'moves is append-only: seq must follow'); END""",
        *(
            f"CREATE TRIGGER {table}_{verb} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only: no {verb}'); END"
            for table in ("moves", "dossiers")
            for verb in ("UPDATE", "DELETE")
        ),
    )

    def __init__(self, url: str, patience: float) -> None:
        path = url.removeprefix("sqlite:///")
        if path == url or path in ("", ":memory:") or path.startswith("file:") or "?" in path:
            raise StoreError(
                Text(
                    f"không hiểu địa chỉ kho {url}: hãy viết sqlite:///tên-tệp.db, hoặc memory: cho kho tạm",
                    f"can't understand store address {url}: write sqlite:///file.db, or memory: for a passing store",
                )
            )
        self.path = Path(path)
        self.patience = patience

    def exists(self) -> bool:
        """Whether the file is there at all."""
        return self.path.exists()

    def engine(self) -> Engine:
        """The pool of connections. With isolation_level None the driver begins no transaction behind our back."""
        engine = create_engine(
            URL.create("sqlite", database=str(self.path)),
            connect_args={"timeout": self.patience, "isolation_level": None},
            max_overflow=-1,
        )
        event.listen(engine, "connect", self._connected)
        return engine

    @staticmethod
    def _connected(connection: sqlite3.Connection, _: object) -> None:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")

    def prepare(self, cursor: DBAPICursor) -> None:
        """Turn on WAL, which stays with the file."""
        cursor.execute("PRAGMA journal_mode = WAL")

    @staticmethod
    def held(error: BaseException | None) -> bool:
        """Whether others kept the file from us."""
        return getattr(error, "sqlite_errorname", "").startswith("SQLITE_BUSY")

    @staticmethod
    def twice(error: Exception) -> bool:
        """Whether a row with this key is there already."""
        name = getattr(error, "sqlite_errorname", "")
        return name in ("SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY", "SQLITE_CONSTRAINT_TRIGGER")

    def explain(self, error: BaseException) -> Text:
        """What is wrong and what to do."""
        name = getattr(error, "sqlite_errorname", "")
        found = next((text for prefix, text in self._explanations().items() if name.startswith(prefix)), None)
        return found or Text(
            f"không dùng được kho {self.path} ({error}): xem nguyên nhân trong ngoặc rồi thử lại",
            f"store {self.path} can't be used ({error}): see the reason in brackets and try again",
        )

    def _explanations(self) -> dict[str, Text]:
        path = self.path
        free = f"{self._free() / 1e6:.1f} MB"
        return {
            "SQLITE_BUSY": Text(
                f"kho {path} đang bị chương trình khác giữ quá {self.patience:g} giây; chưa ghi gì: thử lại sau",
                f"store {path} was held by another program for over {self.patience:g} s; nothing was written: wait",
            ),
            "SQLITE_FULL": Text(
                f"hết chỗ trên đĩa cho kho {path} (còn {free}); chưa ghi gì: giải phóng đĩa rồi làm lại",
                f"no room on the disk for store {path} ({free} free); nothing was written: make room, try again",
            ),
            "SQLITE_NOTADB": Text(
                f"{path} không phải là kho FlowISO (không phải cơ sở dữ liệu SQLite): xem lại tên tệp",
                f"{path} is no FlowISO store (not an SQLite database): check the file's name",
            ),
            "SQLITE_CORRUPT": Text(
                f"kho {path} bị hỏng: đừng ghi tiếp, hãy khôi phục từ bản sao lưu",
                f"store {path} is damaged: write no more, restore it from a backup",
            ),
            "SQLITE_CANTOPEN": Text(
                f"không mở được {path}: xem thư mục có tồn tại, có quyền đọc và ghi không",
                f"can't open {path}: see that its folder exists and may be read and written",
            ),
            "SQLITE_READONLY": Text(
                f"kho {path} chỉ cho đọc: xin quyền ghi tệp và thư mục của nó",
                f"store {path} is read-only: ask for leave to write the file and its folder",
            ),
        }

    def _free(self) -> int:
        try:
            return shutil.disk_usage(self.path.parent).free
        except OSError:
            return 0


class SqlStore:
    """Logs in an SQL database. Threads of one process take turns to write; processes meet in the database."""

    def __init__(self, url: str, kind: StoreKind = "live", create: bool = True, patience: float = 10.0) -> None:
        """Open the store at `url`, made now when it is missing and `create` is set.

        A store that exists keeps its own kind. `patience` is how many seconds to wait for other writers.
        """
        self._database = _SQLite(url, patience)
        if not create and not self._database.exists():
            raise self._missing()
        self._turn = Lock()
        self._engine = self._database.engine()
        self._dbapi = cast(Any, self._engine.dialect).loaded_dbapi
        self._sql = compiled(self._engine.dialect, self._database.upsert)
        try:
            self._kind: StoreKind = self._open_patiently(kind, create)
        except BaseException:
            self.close()
            raise

    @property
    def kind(self) -> StoreKind:
        """Whether the store holds real dossiers or a simulation."""
        return self._kind

    def reserve(self, agency: str, day: str) -> int:
        """The next running number of an agency on a day, from 1 (R33)."""
        with self._writing() as cursor:
            cursor.execute(self._sql.reserve, (agency, day))
            return int(cursor.fetchall()[0][0])

    def create(self, case: Case, moves: Sequence[Move]) -> None:
        """Begin a dossier with the first lines of its log."""
        self.create_many([(case, moves)])

    def create_many(self, dossiers: Iterable[tuple[Case, Sequence[Move]]]) -> None:
        """Begin many dossiers in one transaction."""
        collected = begun(dossiers)
        with self._writing() as cursor:
            ids = [self._begin(cursor, case) for case, _ in collected]
            rows = (
                (case.agency, dossier, *move)
                for dossier, (case, moves) in zip(ids, collected, strict=True)
                for move in moves
            )
            cursor.executemany(self._sql.put_move, cast(Any, rows))

    def append(self, agency: str, number: str, moves: Sequence[Move]) -> None:
        """Add lines to a log, all or none."""
        with self._writing() as cursor:
            cursor.execute(self._sql.last, (agency, number))
            found = cursor.fetchall()
            if not found:
                raise unknown(agency, number)
            dossier, *last = found[0]
            follow(number, Move(*last), moves)
            cursor.executemany(self._sql.put_move, [(agency, dossier, *move) for move in moves])

    def read(self, agency: str, number: str) -> tuple[Case, list[Move]]:
        """A dossier and its whole log."""
        with self._cursor() as cursor:
            cursor.execute(self._sql.read, (agency, number))
            rows = cursor.fetchall()
        if not rows:
            raise unknown(agency, number)
        return _dossier(agency, rows)

    def logs(self, agency: str, until: int | None = None) -> Iterator[tuple[Case, list[Move]]]:
        """Every dossier of an agency with its log as it stood when the reading began, those that began first."""
        with self._cursor() as cursor:
            cursor.execute(self._sql.logs, (agency, FOREVER if until is None else until))
            for _, rows in groupby(_stream(cursor), _DOSSIER):
                yield _dossier(agency, list(rows))

    def close(self) -> None:
        """Let go of files and connections."""
        self._engine.dispose()

    @contextmanager
    def _cursor(self) -> Iterator[DBAPICursor]:
        """A cursor whose errors become ours; what isn't committed is undone when it is given back."""
        try:
            connection = self._engine.raw_connection()
            try:
                yield connection.cursor()
            finally:
                connection.close()
        except (UnicodeEncodeError, OverflowError) as error:
            raise _unstorable(error) from error
        except (DBAPIError, self._dbapi.Error) as error:
            cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
            if self._database.twice(cast(Exception, cause)):
                raise _second() from cause
            raise StoreError(self._database.explain(cause)) from cause

    @contextmanager
    def _writing(self) -> Iterator[DBAPICursor]:
        """A transaction that holds the right to write from its first statement, so that what it reads stays true."""
        with self._turn, self._cursor() as cursor:
            cursor.execute(self._database.begin_write)
            yield cursor
            cast(Any, cursor).connection.commit()

    def _begin(self, cursor: DBAPICursor, case: Case) -> int:
        try:
            cursor.execute(self._sql.put_case, (case.agency, case.number, case.code, case.version, case.channel))
            return int(cursor.fetchall()[0][0])
        except self._dbapi.IntegrityError as error:
            if not self._database.twice(error):
                raise
            raise taken(case) from error

    def _open_patiently(self, kind: StoreKind, create: bool) -> StoreKind:
        """`_open`, again while others make the same store: in the change to WAL SQLite turns away without waiting."""
        end = time.monotonic() + self._database.patience
        while True:
            try:
                return self._open(kind, create)
            except StoreError as error:
                if not self._database.held(error.__cause__) or time.monotonic() > end:
                    raise
                time.sleep(0.01)

    def _open(self, kind: StoreKind, create: bool) -> StoreKind:
        """The kind of the store; its tables are made first when it is empty."""
        with self._cursor() as cursor:
            facts = self._facts(cursor)
            if facts is not None:
                self._database.prepare(cursor)
                return self._checked(facts)
            if not create:
                raise self._missing()
            self._database.prepare(cursor)
        with self._writing() as cursor:
            facts = self._facts(cursor)
            return self._make(cursor, kind) if facts is None else self._checked(facts)

    def _facts(self, cursor: DBAPICursor) -> dict[str, str] | None:
        """What the store says of itself; None when the database is empty. StoreError when it is someone else's."""
        cursor.execute(self._database.tables)
        names = {row[0] for row in cursor.fetchall()}
        if not names:
            return None
        if not names >= metadata.tables.keys():
            raise self._foreign()
        cursor.execute(self._sql.get_meta)
        return dict(cursor.fetchall())

    def _make(self, cursor: DBAPICursor, kind: StoreKind) -> StoreKind:
        for table in metadata.sorted_tables:
            cursor.execute(str(CreateTable(table).compile(dialect=self._engine.dialect)))
        for trigger in self._database.triggers:
            cursor.execute(trigger)
        cursor.executemany(self._sql.put_meta, [("schema", str(SCHEMA)), ("kind", kind)])
        return kind

    def _checked(self, facts: dict[str, str]) -> StoreKind:
        schema, kind = facts.get("schema", ""), facts.get("kind")
        if not schema.isdecimal() or int(schema) < 1 or kind not in ("live", "simulated"):
            raise self._foreign()
        if int(schema) > SCHEMA:
            raise self._newer(schema)
        return cast("StoreKind", kind)

    def _foreign(self) -> StoreError:
        path = self._database.path
        return StoreError(
            Text(
                f"{path} là cơ sở dữ liệu của chương trình khác, không phải kho FlowISO: xem lại tên tệp",
                f"{path} is another program's database, no FlowISO store: check the file's name",
            )
        )

    def _newer(self, schema: str) -> StoreError:
        path = self._database.path
        return StoreError(
            Text(
                f"kho {path} do bản FlowISO mới hơn tạo (cấu trúc {schema}, bản này biết {SCHEMA}): hãy nâng cấp",
                f"store {path} was made by a newer FlowISO (schema {schema}, this one knows {SCHEMA}): upgrade FlowISO",
            )
        )

    def _missing(self) -> StoreError:
        path = self._database.path
        return StoreError(
            Text(
                f"chưa có kho {path}: hãy tạo trước, ví dụ flowiso simulate --store sqlite:///{path}",
                f"there is no store {path} yet: make it first, for example flowiso simulate --store sqlite:///{path}",
            )
        )


def _stream(cursor: DBAPICursor) -> Iterator[Sequence[Any]]:
    while rows := cursor.fetchmany(_CHUNK):
        yield from rows


def _dossier(agency: str, rows: Sequence[Sequence[Any]]) -> tuple[Case, list[Move]]:
    return Case(agency, *rows[0][_CASE]), [Move(*row[_MOVE]) for row in rows]


def _second() -> Conflict:
    return Conflict(
        Text(
            "có người khác vừa ghi đúng dòng này: đọc lại hồ sơ rồi làm lại",
            "someone else has just written this very line: read the dossier and try again",
        )
    )


def _unstorable(error: Exception) -> BadValue:
    return BadValue(
        Text(
            f"không lưu được giá trị này ({error}): bỏ ký tự hỏng hoặc số quá lớn rồi làm lại",
            f"this value can't be kept ({error}): take out the broken character or the huge number and try again",
        )
    )
