"""What the engine needs of the outside: a store that keeps logs, and the agency's files. The outside provides it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Literal, NamedTuple, Protocol, TypeVar

from .calendar import Calendar
from .machine import Table
from .model import Case, Flow, Move
from .org import Org

StoreKind = Literal["live", "simulated"]
T = TypeVar("T")


class Event(NamedTuple):
    """Something that happened to a dossier by its line `seq`, owed to whoever listens; `type` is an event type."""

    seq: int
    type: str


class Sums(NamedTuple):
    """What a kept total counts: dossiers or visits, those of them that were late, and the working minutes they were late."""

    counted: int = 0
    late: int = 0
    minutes: int = 0


class Change(NamedTuple):
    """What lines add to the kept totals of an agency, or take back from them, under one key; what the keys say, `kept` tells.

    `part` is the part of time it belongs to.
    """

    part: int
    kind: str
    name: str
    detail: str
    sums: Sums

    @property
    def key(self) -> Key:
        """What it is added up under."""
        return self[:4]


Key = tuple[int, str, str, str]
"""The first fields of a `Change`."""
KeptTotals = Mapping[Key, Sums]
"""What all lines of an agency add up to; keys whose sums are all 0 are left out."""
Count = Callable[[Case, Sequence[Move], Sequence[Move]], Sequence[Change]]
"""What lines (the last argument) add to the kept totals after those that stand before them, in order of their keys."""


class Beside(NamedTuple):
    """What is written in the same transaction as the lines of a log.

    `key` is the caller's idempotency key, "" without one, and `request` the digest of what he asked for; `events` are owed
    to listeners; `people` is personal data, by field, kept in a table of its own (R151).
    """

    key: str = ""
    request: str = ""
    events: tuple[Event, ...] = ()
    people: Mapping[str, str] | None = None


NOTHING = Beside()


class Lines(NamedTuple):
    """Lines to be added to the log of dossier `number`, and what goes with them.

    `after` is the whole log that they were decided upon, as it was read, and `case` whose it was; None where nobody has
    read one.
    """

    number: str
    moves: Sequence[Move]
    beside: Beside = NOTHING
    after: Sequence[Move] | None = None
    case: Case | None = None

    def decided_upon(self, case: Case, log: Sequence[Move]) -> bool:
        """Whether they go with the dossier that stands there, as far as one was read: this very case, with this very log."""
        return self.case in (None, case) and (self.after is None or list(self.after) == list(log))


class Answer(NamedTuple):
    """What an idempotency key has led to: the dossier, the last line it wrote, and the digest of the request."""

    number: str
    seq: int
    request: str


class Outgoing(NamedTuple):
    """A row of the outbox, oldest first by `id`: an event of line `seq`, or a notice known by its `key` (seq is None)."""

    id: int
    number: str
    seq: int | None
    type: str
    key: str | None
    data: Mapping[str, str] | None


class Notice(NamedTuple):
    """Something people are to be told once: `key` says what, so that the same is never put out twice."""

    number: str
    type: str
    key: str
    data: Mapping[str, str]


class Mark(NamedTuple):
    """What tells that a dossier is as it was: the last line's seq, what no other line has (`tip`), and its personal data."""

    seq: int
    tip: object
    people: Mapping[str, str]


class Chained(NamedTuple):
    """A dossier as it is stored: its lines, the hash of each (32 bytes), and when the database wrote it (epoch seconds)."""

    case: Case
    moves: tuple[Move, ...]
    hashes: tuple[bytes, ...]
    recorded: tuple[int, ...]


class Head(NamedTuple):
    """The seal over all that was written since the last one, to be kept outside the store as well.

    `tips` are the dossiers that grew, each with its last seq then and that line's hash in hexadecimal, by number; `digest`
    is the SHA-256 (hexadecimal) of the seal before it and of them (`chain.seal`). `at` is the moment it was made.
    """

    position: int
    at: int
    previous: str
    digest: str
    tips: tuple[tuple[str, int, str], ...]


class Store(Protocol):
    """What the engine needs of a store: an append-only, hash-chained log per dossier. Moments are epoch seconds UTC.

    Every row belongs to an agency; several agencies may share one store. The hash of a line is `chain.link` of the one
    before it, and of the first line `chain.begin` of its case.
    """

    @property
    def kind(self) -> StoreKind:
        """Whether the store holds real dossiers or a simulation; set once, when the store is made."""
        ...

    @property
    def setting(self) -> str:
        """What a simulation had otherwise than the agency's folder, as `setting.Setting.text` writes it; "" for nothing, and of
        real dossiers. Set once, with `kind`."""
        ...

    @property
    def one_writer(self) -> bool:
        """Whether all who write wait for one another, so that what many want is done sooner `together`."""
        ...

    def together(self, works: Sequence[Callable[[], T]]) -> list[T | Exception]:
        """Do several things in one thread, in their order; what each gives, or the error it raised.

        What one writes is all or nothing by itself, and those after it read it. All of it is on disk when this returns; where
        `one_writer`, in one transaction: when that can't be committed StoreError is raised, and nothing was written. Each may
        be done again before.
        """
        ...

    def reserve(self, agency: str, day: str) -> int:
        """The next running number, from 1, of an agency on a local day "YYMMDD"; never given twice, gaps allowed (R33)."""
        ...

    def create(self, case: Case, moves: Sequence[Move], beside: Beside = NOTHING) -> None:
        """Begin a dossier with the first lines of its log, at least one, from seq 0 without a gap; all or nothing.

        Raises Conflict when the number is taken or the lines don't follow each other, BadValue when there is none,
        Repeated when the key of `beside` is known.
        """
        ...

    def create_next(self, case: Case, day: str, moves: Sequence[Move], beside: Beside = NOTHING) -> Case:
        """`create` under the next running number of a day "YYMMDD" that is free (R33), whatever number `case` has; the case so
        numbered."""
        ...

    def create_many(self, dossiers: Iterable[tuple[Case, Sequence[Move]]]) -> None:
        """`create` for many in one transaction, nothing beside: all or nothing."""
        ...

    def append(
        self,
        agency: str,
        number: str,
        moves: Sequence[Move],
        beside: Beside = NOTHING,
        after: Sequence[Move] | None = None,
        case: Case | None = None,
    ) -> None:
        """Add lines to a log, all or nothing; see `Lines`.

        Raises Conflict unless they follow its last line, or when that log isn't `after` (any more), be it as long, or `case`
        isn't whose it is: what stood there may have been rolled back, and others have written something else, or begun another
        dossier under the same number. UnknownDossier; Repeated when the key of `beside` is known.
        """
        ...

    def append_many(self, agency: str, logs: Iterable[Lines]) -> None:
        """`append` to many logs in one transaction: all or nothing."""
        ...

    def read(self, agency: str, number: str) -> tuple[Case, list[Move]]:
        """A dossier and its whole log, in order of seq. Raises UnknownDossier."""
        ...

    def logs(self, agency: str, until: int | None = None) -> Iterator[tuple[Case, list[Move]]]:
        """Every dossier of an agency with its log, those that began first; with `until` only moves at or before that moment.

        Dossiers without a move by then are left out.
        """
        ...

    def running(
        self, agency: str, ends: Collection[str], until: int | None = None, since: int | None = None
    ) -> Iterator[tuple[Case, list[Move]]]:
        """`logs` without the dossiers at rest: whose last line leaves them with nobody, at one of the steps `ends`.

        With `since` those are among them whose last line is of that moment or later.
        """
        ...

    def held(self, agency: str, account: str) -> Iterator[tuple[Case, list[Move]]]:
        """`logs` of those dossiers alone that their last line leaves with an account."""
        ...

    def following(
        self, agency: str, number: str, limit: int, code: str | None = None
    ) -> Sequence[tuple[Case, list[Move]]]:
        """The next `limit` dossiers after a number ("" for the first), of a procedure where its `code` is given, with their logs.

        In the order of numbers, letter by letter; no other log is read.
        """
        ...

    def chained(self, agency: str) -> Iterator[Chained]:
        """Every dossier of an agency as it is stored, for verification, those that began first. Lines come as they lie,
        with gaps if somebody made any."""
        ...

    def tips(self, agency: str, until: int | None = None) -> Iterator[tuple[str, int, bytes]]:
        """The end of every log of an agency, in no order: number, seq and hash of its last line, with `until` of the last one at
        or before that moment."""
        ...

    def answered(self, agency: str, key: str) -> Answer | None:
        """What an idempotency key has led to; None when it is not known (any more)."""
        ...

    def forget_keys(self, before: int) -> int:
        """Let go of the idempotency keys written before a moment; how many there were."""
        ...

    def person(self, agency: str, number: str) -> Mapping[str, str]:
        """The personal data of a dossier, by field; empty without any. Raises UnknownDossier."""
        ...

    def glance(self, agency: str, number: str) -> Mark | None:
        """How a dossier's log ends and its personal data, all of one moment, for who can't wait.

        None where there is no such dossier, or where it can't be told at once: then ask otherwise.
        """
        ...

    def commits(self) -> object | None:
        """What is another once anybody has committed anything since it was asked, for who can't wait.

        None where that can't be told at once, or it costs as much as a glance: then ask for that.
        """
        ...

    def keep_person(self, agency: str, number: str, people: Mapping[str, str]) -> None:
        """Put the personal data of a dossier in place of what there was; an empty one takes it away. Raises UnknownDossier."""
        ...

    def notify(self, agency: str, notices: Iterable[Notice]) -> tuple[Notice, ...]:
        """Put notices into the outbox, each key once for ever; those that were new. Raises UnknownDossier."""
        ...

    def outbox(self, agency: str, limit: int = 100) -> tuple[Outgoing, ...]:
        """What has not been delivered yet, oldest first."""
        ...

    def delivered(self, agency: str, ids: Iterable[int], at: int) -> None:
        """Mark rows of the outbox as delivered."""
        ...

    def events(self, agency: str) -> Iterator[Outgoing]:
        """Every row of the outbox, delivered or not, oldest first, for verification (I5)."""
        ...

    def seal(self, agency: str, at: int) -> Head | None:
        """Seal what was written since the last seal; None when nothing was."""
        ...

    def heads(self, agency: str) -> tuple[Head, ...]:
        """The seals, oldest first."""
        ...

    def count_by(self, agency: str, count: Count) -> None:
        """Say how the lines of an agency count, should the store keep totals of it; all that write are to agree on it."""
        ...

    def keep(self, agency: str, on: bool = True) -> bool:
        """Keep totals of an agency from now on, or no longer; whether that is another state than before.

        They are made of the logs there are, and from then on change with every line, in its own transaction, whoever writes it;
        others wait meanwhile. Where they are kept already they are made anew. Raises StoreError without `count_by`.
        """
        ...

    def kept(self, agency: str, first: int, last: int) -> KeptTotals | None:
        """The kept totals of the parts `first` to `last`, all under part `first`; None where none are kept."""
        ...

    def recounted(self, agency: str) -> tuple[KeptTotals, KeptTotals] | None:
        """All kept totals, and what the logs add up to at the same moment; None where none are kept."""
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...


Join = Callable[[Any, bool], Store]
"""Gives the store in a host's own connection; with the flag set, its tables are made first when they are missing."""


class Flows(Protocol):
    """What the engine needs of the agency's files."""

    @property
    def org(self) -> Org:
        """The agency's organisation."""
        ...

    @property
    def calendar(self) -> Calendar:
        """The agency's working time."""
        ...

    @property
    def flows(self) -> Sequence[Flow]:
        """Every version of every flow."""
        ...

    def find(self, code: str, on: date) -> Flow:
        """The version in force on a day; raises UnknownFlow."""
        ...

    def table(self, code: str, version: int, year: int) -> Table:
        """The compiled flow, with the yearly plan of the year of receipt; raises UnknownFlow."""
        ...
