"""What an SQL database is asked: the half of `SqlStore` that only reads."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from flowiso.model import Case, Move
from flowiso.ports import Answer, Chained, Count, Head, KeptTotals, Mark, Outgoing

from .kepttable import KeptTable
from .lines import lines, unknown
from .link import FOREVER, Cursor, Link, Tips
from .making import Nature
from .rows import DOSSIER, by_dossier, case_of, end_of, goes_on, head_of, outgoing, stored

if TYPE_CHECKING:
    from flowiso.ports import StoreKind


class Asking:
    """Questions to the database behind a link, whose tables are there."""

    def __init__(self, link: Link, nature: Nature, tips: Tips | None = None) -> None:
        """`tips` are what is remembered of the ends of logs."""
        self._link = link
        self._nature = nature
        self._tongue = link.tongue
        self._sql = link.tongue.sql
        self._keeping = link.tongue.keeping
        self._kept = KeptTable(link.tongue)
        self._tips = Tips() if tips is None else tips

    @property
    def kind(self) -> StoreKind:
        """Whether the store holds real dossiers or a simulation."""
        return self._nature.kind

    @property
    def setting(self) -> str:
        """What a simulation had otherwise than the agency's folder, as it was written; "" for nothing."""
        return self._nature.setting

    def read(self, agency: str, number: str) -> tuple[Case, list[Move]]:
        """A dossier and its whole log."""
        known = self._tips.get(agency, number)
        if known is not None:
            case, tip = known
            rows = self._rows(self._sql.read_known, tip.dossier, brief=True)
            if goes_on(rows, tip):
                return case, self._seen(case, tip.dossier, rows)
        rows = self._rows(self._sql.read, agency, number, brief=True)
        if not rows:
            raise unknown(agency, number)
        case = case_of(agency, rows)
        return case, self._seen(case, rows[0][DOSSIER], rows)

    def _seen(self, case: Case, dossier: int, rows: Sequence[Sequence[Any]]) -> list[Move]:
        """The lines of a log that was read, remembered where it ends."""
        moves = lines(rows)
        self._tips.put(case, end_of(dossier, moves, rows))
        return moves

    def logs(self, agency: str, until: int | None = None) -> Iterator[tuple[Case, list[Move]]]:
        """Every dossier of an agency with its log as it stood when the reading began, those that began first."""
        return self._logs(agency, self._sql.logs, agency, FOREVER if until is None else until)

    def running(
        self, agency: str, ends: Collection[str], until: int | None = None, since: int | None = None
    ) -> Iterator[tuple[Case, list[Move]]]:
        """The logs of the dossiers that have not come to rest by then, or not before `since`."""
        last, first = (FOREVER if moment is None else moment for moment in (until, since))
        its_ends = f" {' '.join(sorted(ends))} "
        return self._logs(agency, self._sql.running, agency, last, agency, its_ends, first, last)

    def held(self, agency: str, account: str) -> Iterator[tuple[Case, list[Move]]]:
        """The logs of the dossiers that are with an account."""
        return self._logs(agency, self._sql.held, agency, agency, account)

    def following(
        self, agency: str, number: str, limit: int, code: str | None = None
    ) -> Sequence[tuple[Case, list[Move]]]:
        """The next dossiers after a number, in the order of numbers, with their logs."""
        rows = self._rows(self._sql.following, agency, number, code or "", code or "", limit)
        return sorted(((case_of(agency, its), lines(its)) for its in by_dossier(iter(rows))), key=_number)

    def _logs(self, agency: str, statement: str, *asked: object) -> Iterator[tuple[Case, list[Move]]]:
        return ((case_of(agency, rows), lines(rows)) for rows in by_dossier(self._link.stream(statement, asked)))

    def chained(self, agency: str) -> Iterator[Chained]:
        """Every dossier of an agency as it is stored, and the lines of no dossier, whosever they were, under a number "#7"."""
        return map(partial(stored, agency), by_dossier(self._link.stream(self._sql.chained, (agency,))))

    def tips(self, agency: str, until: int | None = None) -> Iterator[tuple[str, int, bytes]]:
        """The end of every log as it stood when the reading began."""
        asked = agency, FOREVER if until is None else until
        return ((number, seq, bytes(tip)) for number, seq, tip in self._rows(self._sql.tips, *asked))

    def answered(self, agency: str, key: str) -> Answer | None:
        """What an idempotency key has led to."""
        return self._link.read(lambda cursor: self._answered(cursor, agency, key), brief=True)

    def _answered(self, cursor: Cursor, agency: str, key: str) -> Answer | None:
        cursor.execute(self._sql.answered, (agency, key))
        found = cursor.fetchall()
        return Answer(*found[0]) if found else None

    def person(self, agency: str, number: str) -> Mapping[str, str]:
        """The personal data of a dossier, by field."""
        rows = self._rows(self._sql.person, agency, number, brief=True)
        if not rows:
            raise unknown(agency, number)
        return {field: value for _, field, value in rows if field is not None}

    def glance(self, agency: str, number: str) -> Mark | None:
        """How a dossier's log ends and its personal data, where that can be told without waiting."""
        rows = self._link.at_once(self._sql.mark, (agency, number))
        if not rows:
            return None
        seq, tip = rows[0][:2]
        return Mark(seq, bytes(tip), {field: value for _, _, field, value in rows if field is not None})

    def commits(self) -> object | None:
        """What is another once anybody has committed, where that can be told without waiting."""
        return self._link.commits()

    def outbox(self, agency: str, limit: int = 100) -> tuple[Outgoing, ...]:
        """What has not been delivered yet, oldest first."""
        return tuple(map(outgoing, self._rows(self._sql.undelivered, agency, limit)))

    def events(self, agency: str) -> Iterator[Outgoing]:
        """Every row of the outbox, delivered or not, oldest first."""
        return map(outgoing, self._link.stream(self._sql.events, (agency,)))

    def heads(self, agency: str) -> tuple[Head, ...]:
        """The seals, oldest first."""
        return tuple(map(head_of, self._rows(self._sql.heads, agency)))

    def count_by(self, agency: str, count: Count) -> None:
        """Say how the lines of an agency count."""
        self._keeping.count_by(agency, count)

    def kept(self, agency: str, first: int, last: int) -> KeptTotals | None:
        """The kept totals of parts."""
        return self._link.snapshot(lambda cursor: self._kept.read(cursor, agency, first, last))

    def recounted(self, agency: str) -> tuple[KeptTotals, KeptTotals] | None:
        """All kept totals, and what the logs add up to at the same moment."""
        return self._link.snapshot(lambda cursor: self._kept.recount(cursor, agency))

    def _rows(self, statement: str, *parameters: object, brief: bool = False) -> list[Sequence[Any]]:
        def fetched(cursor: Cursor) -> list[Sequence[Any]]:
            cursor.execute(statement, parameters)
            found: list[Sequence[Any]] = cursor.fetchall()
            return found

        return self._link.read(fetched, brief)

    def _find(self, cursor: Cursor, agency: str, number: str) -> int:
        cursor.execute(self._sql.find, (agency, number))
        found = cursor.fetchall()
        if not found:
            raise unknown(agency, number)
        return int(found[0][0])


def _number(one: tuple[Case, list[Move]]) -> str:
    return one[0].number
