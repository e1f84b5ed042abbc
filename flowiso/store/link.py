"""What `SqlStore` asks of a database: a tongue, which is how it says things, and a link, which is how it is reached."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import reduce
from threading import Lock
from typing import Any, NamedTuple, Protocol, TypeVar

from sqlalchemy import Dialect

from flowiso.chain import begin
from flowiso.chain import link as chained
from flowiso.errors import Conflict, FlowISOError, StoreError
from flowiso.model import Case, Move
from flowiso.ports import Beside
from flowiso.text import Text

from .keeping import Keeping, Kept
from .lines import Dossiers, Row
from .standing import Standing
from .statements import Statements

T = TypeVar("T")
Cursor = Any
"""A cursor of the driver."""
Work = Callable[[Cursor], T]
"""What is done in a transaction; it may be done again, so it changes nothing but the database."""


FOREVER = 2**63 - 1
"""Later than any moment."""
MANY = 500
"""More lines than this are not written by a single statement."""


class Tip(NamedTuple):
    """Where a log ends, as it was when we last looked: the dossier's row, the last line's number and hash, and that line.

    `mark` is what the database vouched for it under when we wrote that line (`standing.Standing`), 0 for nothing.
    """

    dossier: int
    seq: int
    hash: bytes
    last: Move | None = None
    mark: int = 0

    def ends(self, case: Case, log: Sequence[Move]) -> bool:
        """Whether a log, as somebody has read it, is the one that ends here, by its hashes.

        They needn't be asked of who holds the very line `last`: a line is made once, so that he holds the log before it too.
        """
        return len(log) == self.seq + 1 and reduce(chained, log, begin(case)) == self.hash


class Clash(Conflict):
    """The database refused a row because of one that is there already; nothing of the transaction is kept."""

    def __init__(self, table: str) -> None:
        super().__init__(
            Text(
                "có người khác vừa ghi đúng dòng này: đọc lại hồ sơ rồi làm lại",
                "someone else has just written this very line: read the dossier and try again",
            )
        )
        self.table = table


class Unlearnt(StoreError):
    """A word is written for the first time: nothing of the transaction is kept, and it is to be learnt before."""

    def __init__(self) -> None:
        super().__init__(
            Text(
                "dòng này thiếu người làm, hành động, bước hoặc người giữ; chưa ghi gì: xem lại rồi ghi lại",
                "this line lacks who did it, the action, step or holder; nothing was written: look at it and try again",
            )
        )


class Unkept(StoreError):
    """Whether totals are kept beside the log isn't what it was when we last looked; nothing of the transaction is kept."""

    def __init__(self) -> None:
        super().__init__(
            Text(
                "kho vừa bắt đầu hoặc thôi giữ số tổng, hoặc do chương trình cũ ghi; chưa ghi gì: làm lại bằng bản FlowISO này",
                "the store has just begun or ceased to keep totals, or an old program writes; nothing was written: try again",
            )
        )


class Tongue(Protocol):
    """What a database says its own way."""

    place: str
    """Where it is, for people."""
    url: str
    """Its address, without a password."""
    sql: Statements
    tables: str
    """The statement that gives the names of its tables."""

    standing: Standing
    """What it vouches for; asked in a transaction."""
    fails: tuple[type[Exception], ...]
    """What its driver raises."""

    keeping: Keeping
    """What we know of the totals it keeps."""
    dialect: Dialect

    def guard(self, cursor: Cursor, generation: int, first: bool) -> Iterator[str]:
        """The statements that have nobody write without knowing this generation of kept totals, 0 for no totals; the table is
        there, made just now with the `first`. Others can't write from the first statement on."""
        ...

    def rows(self, cursor: Cursor, statement: str, parameters: Sequence[object]) -> Iterator[Sequence[Any]]:
        """The rows of a query in the transaction of a cursor, however many, while that goes on being used."""
        ...

    def definitions(self, cursor: Cursor) -> Iterator[str]:
        """The statements that make a store where there is none; whoever makes one at the same time waits."""
        ...

    def begin(self, cursor: Cursor, case: Case, rows: Sequence[Row], beside: Beside, kept: Kept) -> int:
        """Write a new dossier; its row."""
        ...

    def begin_many(self, cursor: Cursor, dossiers: Dossiers, generation: int) -> None:
        """Write many, knowing this generation of kept totals."""
        ...

    def learn(self, cursor: Cursor, words: Sequence[str]) -> None:
        """Put down the words that aren't there yet."""
        ...

    def one_batch_at_a_time(self, cursor: Cursor) -> None:
        """Wait for others who write to many logs in one transaction: in another order they would wait for us for ever."""
        ...

    def add(self, cursor: Cursor, agency: str, tip: Tip, rows: Sequence[Row], beside: Beside, kept: Kept) -> bool:
        """Write lines after a tip; False, and nothing is written, unless that is still where the log ends."""
        ...

    def translated(self, error: Exception) -> FlowISOError:
        """What an error of the driver says to us."""
        ...


class Link(Protocol):
    """How a database is reached. Errors of the driver come out of it translated."""

    @property
    def tongue(self) -> Tongue:
        """What it says its own way."""
        ...

    @property
    def one_writer(self) -> bool:
        """Whether all writers wait for one another."""
        ...

    def together(self, works: Sequence[Callable[[], T]]) -> list[T | Exception]:
        """What each gives, or the error it raised; each may be done again. With one writer in one transaction."""
        ...

    def read(self, work: Work[T], brief: bool = False) -> T:
        """Do what only reads. `brief`: of one dossier."""
        ...

    def at_once(self, statement: str, parameters: Sequence[object]) -> list[Sequence[Any]] | None:
        """The rows of a query as they are now; None where something would have to be waited for."""
        ...

    def commits(self) -> object | None:
        """What is another once anybody has committed; None where something would have to be waited for."""
        ...

    def stream(self, statement: str, parameters: Sequence[object]) -> Iterator[Sequence[Any]]:
        """The rows of a query as they stood when it began, however many."""
        ...

    def snapshot(self, work: Work[T]) -> T:
        """Do what only reads, all of it as it stood at one moment."""
        ...

    def write(self, work: Work[T], single: bool = False) -> T:
        """Do all or nothing, on disk when it returns. `single`: it is one statement, so all or nothing by itself."""
        ...

    def forget(self) -> None:
        """Leave everything open to the process we are a fork of, and begin anew."""
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...


class Tips:
    """The cases and the ends of the logs that were last read or written, to find them by their row and to go on without a look.

    A case never changes. An end may be out of date: a line is only written where the database finds it, hash and all.
    """

    def __init__(self, size: int = 4_096) -> None:
        """`size` is how many are remembered; 0 for none."""
        self._size = size
        self._lock = Lock()
        self._tips: dict[tuple[str, str], tuple[Case, Tip]] = {}

    def fresh(self) -> Tips:
        """Another that remembers as many, and nothing yet."""
        return Tips(self._size)

    def get(self, agency: str, number: str) -> tuple[Case, Tip] | None:
        """What is remembered of a log."""
        return self._tips.get((agency, number))

    def put(self, case: Case, tip: Tip) -> None:
        """Remember a log, and forget the one that was not touched for longest."""
        if not self._size:
            return
        tips, key = self._tips, case[:2]
        tips.pop(key, None)
        tips[key] = case, tip
        if len(tips) > self._size:
            with self._lock, suppress(KeyError, RuntimeError):  # others put theirs meanwhile
                del tips[next(iter(tips))]


def put_beside(cursor: Cursor, sql: Statements, agency: str, dossier: int, seq: int, beside: Beside) -> None:
    """Write what goes with the lines of a dossier, the last of which is `seq`, statement by statement."""
    if beside.key:
        cursor.execute(sql.put_key, (agency, beside.key, dossier, seq, beside.request))
    for event in beside.events:
        cursor.execute(sql.put_event, (dossier, *event))
    if beside.people is not None:
        put_people(cursor, sql, dossier, beside.people)


def put_people(cursor: Cursor, sql: Statements, dossier: int, people: Mapping[str, str]) -> None:
    """Put personal data in place of what there was."""
    cursor.execute(sql.drop_person, (dossier,))
    cursor.executemany(sql.put_person, [(dossier, *pair) for pair in people.items()])
