"""The kept totals in an SQL database: switched on and off, added to, read, and counted anew; what is kept, `keeping` says."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import chain
from typing import TYPE_CHECKING

from flowiso.ports import Change, KeptTotals

from .keeping import META, NAME, added, days, rows, totals, turned
from .lines import lines
from .link import FOREVER
from .rows import by_dossier, case_of
from .tables import kept_table

if TYPE_CHECKING:
    from .lines import Dossiers
    from .link import Cursor, Link, Tongue


class KeptTable:
    """The table of kept totals in the words of a database. Everything is done in the transaction of a cursor."""

    def __init__(self, tongue: Tongue) -> None:
        self._tongue = tongue
        self._keeping = tongue.keeping
        self._sql = tongue.sql

    def keep(self, link: Link, agency: str, on: bool) -> bool:
        """Keep totals of an agency from now on, or no longer; whether that is another state than before."""
        if on:
            self._keeping.count(agency)
        turned = link.write(lambda cursor: self._turn(cursor, agency, on))
        self.look(link)
        return turned

    def look(self, link: Link) -> None:
        """See for whom totals are kept now."""
        link.read(self._learn)

    def _learn(self, cursor: Cursor) -> None:
        cursor.execute(self._sql.get_meta)
        self._keeping.learn(dict(cursor.fetchall()))

    def _keeps(self, cursor: Cursor, agency: str) -> bool:
        cursor.execute(self._sql.get_meta)
        facts = dict(cursor.fetchall())
        self._keeping.learn(facts)
        return agency in json.loads(facts.get(META, "[0]"))[1:]

    def _turn(self, cursor: Cursor, agency: str, on: bool) -> bool:
        self._tongue.one_batch_at_a_time(cursor)
        cursor.execute(self._sql.get_meta)
        facts = dict(cursor.fetchall())
        said = turned(facts, agency, on)
        (_, *before), (generation, *after) = json.loads(facts.get(META, "[0]")), json.loads(said)
        if not before and on:
            cursor.execute(kept_table(self._tongue.dialect))
        for statement in self._tongue.guard(cursor, generation if after else 0, first=not before):
            cursor.execute(statement)
        if before:
            cursor.execute(self._sql.drop_kept, (agency,))
        if on:
            self.add(cursor, agency, (Change(*key, sums) for key, sums in self._sums(cursor, agency).items()))
        elif before and not after:
            cursor.execute(f"DROP TABLE {NAME}")
        cursor.execute(self._sql.set_meta, (META, said))
        return (agency in before) is not on

    def count(self, cursor: Cursor, begun: Dossiers, agencies: Iterable[str]) -> None:
        """Add what new dossiers of these agencies count."""
        for agency in agencies:
            count = self._keeping.count(agency)
            changes = (count(case, (), moves) for case, moves in begun if case.agency == agency)
            self.add(cursor, agency, chain.from_iterable(changes))

    def add(self, cursor: Cursor, agency: str, changes: Iterable[Change]) -> None:
        """Add to the totals, in order of their keys: two who do wait for each other one way only."""
        found = added({}, changes)
        if found:
            cursor.executemany(self._sql.add_kept, rows(agency, (Change(*key, found[key]) for key in sorted(found))))

    def read(self, cursor: Cursor, agency: str, first: int, last: int) -> KeptTotals | None:
        """The totals of parts, all under part `first`; None where none are kept."""
        if not self._keeps(cursor, agency):
            return None
        since, until = days(first, last)
        cursor.execute(self._sql.kept, (agency, first, last))
        found = [(first, *row) for row in cursor.fetchall()]
        cursor.execute(self._sql.kept_apart, (agency, until, since))
        return totals((*found, *cursor.fetchall()))

    def recount(self, cursor: Cursor, agency: str) -> tuple[KeptTotals, KeptTotals] | None:
        """All totals, and what the logs add up to; None where none are kept."""
        if not self._keeps(cursor, agency):
            return None
        cursor.execute(self._sql.kept_all, (agency,))
        return totals(cursor.fetchall()), self._sums(cursor, agency)

    def _sums(self, cursor: Cursor, agency: str) -> KeptTotals:
        """What the logs of an agency add up to."""
        count = self._keeping.count(agency)
        logs = by_dossier(self._tongue.rows(cursor, self._sql.logs, (agency, FOREVER)))
        return added({}, chain.from_iterable(count(case_of(agency, log), (), lines(log)) for log in logs))
