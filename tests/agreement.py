"""The ledger against the naive calculator, history by history: sums exact, whose each second is, due day and verdict."""

from __future__ import annotations

from collections import Counter

import naive
from histories import History, history
from walks import agency

from flowiso.ledger import Entry, Ledger, ledger
from flowiso.life import Life
from flowiso.machine import Table
from flowiso.model import Case
from flowiso.tracing import trace
from flowiso.worktime import local


class Agreement:
    """Compares histories and counts what they held."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._readers: dict[Table, naive.Reader] = {}

    def check(self, number: int) -> None:
        """One history; raises AssertionError where the two differ, or where the parts aren't the whole."""
        told = history(number)
        case = Case(agency().org.agency, "1", told.table.flow.code, told.table.flow.version, "counter")
        life = trace(told.table, agency().calendar, case, told.moves)
        found = ledger(life, agency().calendar, told.at)
        if told.table not in self._readers:
            self._readers[told.table] = naive.Reader(told.table.flow, agency().org)
        expected = self._readers[told.table].read(told.moves, told.at)
        self.counts["histories"] += 1
        if found is None:
            assert expected.received is None, number
            return
        check_whole(found, number)
        check_alike(found, expected, number)
        check_misroutes(found, number)
        self._count(life, found, told)

    def _count(self, life: Life, found: Ledger, told: History) -> None:
        spans = {local(at).date() for at in (found.received, found.last)}
        days = (row.day for row in agency().calendar.days if row.kind.startswith("swap"))
        detour = life.state.detour
        self.counts.update(
            entries=len(found.entries) + len(found.after),
            lines=len(told.moves),
            resolved=life.resolved is not None,
            late=life.outcome == "late",
            misroutes=len(life.misroutes),
            pauses=sum(policy == "pause" for _, _, policy in life.stops) - len(life.pauses),
            restarts=sum(policy == "restart" for _, _, policy in life.stops),
            stops=len(life.pauses),
            extensions=bool(detour and detour.term),
            corrections=detour.corrected if detour else 0,
            swaps=any(min(spans) <= day <= max(spans) for day in days),
        )


def check_whole(found: Ledger, number: int) -> None:
    """Contiguous, in order, from receipt to end and on to the last moment; each entry counted as by hand."""
    entries = (*found.entries, *found.after)
    edges = [found.received, *(entry.until for entry in entries)]
    assert [entry.since for entry in entries] == edges[:-1], number
    assert edges[-1] == found.last, number
    assert found.end in edges, number
    assert all(entry.since < entry.until for entry in entries), number
    for entry in entries:
        assert entry.worked == naive.worked(entry.since, entry.until), (number, entry)
        assert entry.worked + entry.closed == entry.until - entry.since, (number, entry)
        assert 0 <= entry.waited <= entry.worked, (number, entry)
    assert found.exact, number
    assert found.worked == naive.worked(found.received, found.end), number
    whole = found.end - found.received
    assert sum(found.by_kind().values()) == whole, number
    for sums in (found.by_account(), found.by_step()):
        assert sum(sums.values()) + found.closed == whole, number


def check_alike(found: Ledger, expected: naive.Account, number: int) -> None:
    """The same holder, kind and blame in every interval, the same due day and verdict."""
    stretches = naive.joined([stretch(entry) for entry in (*found.entries, *found.after)])
    assert stretches == expected.stretches, number
    assert (found.received, found.life.resolved, found.last) == expected[:3], number
    due = found.life.due
    assert (None if due is None else local(due).date()) == expected.due, number
    assert found.life.outcome == expected.verdict, number


def stretch(entry: Entry) -> naive.Stretch:
    """An entry as the naive calculator has it."""
    step = entry.charged_step if entry.charged_to else ""
    return entry.since, entry.until, entry.kind, entry.account, entry.charged_to, step


def check_misroutes(found: Ledger, number: int) -> None:
    """What the ledger calls lost is what senders' steps are charged with (R124)."""
    life = found.life
    if life.submitted != found.received:
        return
    lost = sum(wrong.lost_at(agency().calendar, found.last, life.pauses) for wrong in life.misroutes)
    entries = (*found.entries, *found.after)
    assert sum(entry.worked for entry in entries if entry.kind == "misroute") == lost, number
