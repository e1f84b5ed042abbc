"""The invariants I1 to I10 of a store after a year of failures (T16), held against what clients were told."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import zip_longest
from typing import Any

import checker
import naive
from agreement import check_alike, check_whole

from flowiso import stats
from flowiso.engine import Engine
from flowiso.integrity import Kept
from flowiso.ledger import ledger
from flowiso.model import CONFIRM, REASSIGN, SYSTEM, Move
from flowiso.period import Period
from flowiso.ports import Store
from flowiso.state import fold
from flowiso.tracing import trace
from flowiso.verify import verify_store
from flowiso.worktime import instant

SAMPLE = 100
"""Dossiers of a year that the naive calculator counts as well."""


def check_answer(told: Sequence[Move], wish: Move, moves: Sequence[Move], asked: Sequence[int], planned: bool) -> None:
    """The answer to a wish: everything told before, at most what time has done since, and the line that was asked for.

    When all went as `planned` so far, it leads where it was meant to; else time may have brought the dossier elsewhere before.

    I8: its moment is one of those at which it was `asked`, or that of the line before where the clock had jumped back.
    """
    *between, last = _grown(told, moves)
    strange = [move for move in between if move.actor != SYSTEM and move.action != CONFIRM]
    assert not strange, f"I1: lines that nobody asked for: {strange}"
    assert (last.actor, last.action, last.note) == (wish.actor, wish.action, wish.note), (wish, last)
    if planned:
        assert (last.step, last.holder) == (wish.step, wish.holder), (wish, last)
    clock = (last.record or {}).get("told")
    if clock is None:
        assert last.at in asked, f"I8: asked at {asked}, written {last}"
    else:
        assert instant(datetime.fromisoformat(clock)) in asked, f"I8: asked at {asked}, written {last}"
        assert last.at == moves[-2].at, f"I8: {moves[-2:]}"


def check_settled(told: Sequence[Move], moves: Sequence[Move]) -> None:
    """What time has done: nothing but moves of its own."""
    strange = [move for move in _grown(told, moves) if move.actor != SYSTEM]
    assert not strange, f"I1: lines that nobody asked for: {strange}"


def check_handed_over(told: Sequence[Move], moves: Sequence[Move], to: str) -> None:
    """One line more, which hands it to a colleague; none where that was refused (`to` "")."""
    found = [(move.action, move.holder) for move in _grown(told, moves)]
    assert found == ([(REASSIGN, to)] if to else []), f"I1: {found}, to be handed to '{to}'"


def _grown(told: Sequence[Move], moves: Sequence[Move]) -> Sequence[Move]:
    assert moves[: len(told)] == told, f"I1: acknowledged lines are lost or changed: {_first_difference(told, moves)}"
    return moves[len(told) :]


def _first_difference(told: Sequence[Move], found: Sequence[Move]) -> str:
    return next(f"told {one}, found {other}" for one, other in zip_longest(told, found) if one != other)


def check(year: Any, store: Store, url: str | None) -> None:
    """Everything, when a year is over; `url` where its tables can be read. Raises AssertionError."""
    engine = Engine(year.agency, store)
    _check_logs(year, store)
    _check_keys(year, store, url)
    _check_verified(year, store)
    _check_events(year, store)
    _check_plan(year)
    _check_ledgers(year)
    _check_figures(year, engine)


def _check_logs(year: Any, store: Store) -> None:
    """I1, I2, I4: the logs are the lines that were told, not one more or less, and fold to the told states; people too."""
    told = {one.known.number: one.known for one in year.running if one.known}
    people = {one.known.number: one.people or {} for one in year.running if one.known}
    logs = {case.number: (case, tuple(moves)) for case, moves in store.logs(year.agency.org.agency)}
    assert logs.keys() == told.keys(), f"I1: {logs.keys() ^ told.keys()}"
    for number, known in told.items():
        case, moves = logs[number]
        assert case == known.case
        assert moves == known.moves, f"I1: {number}: {_first_difference(known.moves, moves)}"
        assert store.person(known.case.agency, number) == people[number], f"R151: {number}"
        assert fold(known.table, year.agency.calendar, known.moves) == known.state, f"I4: {number}"


def _check_keys(year: Any, store: Store, url: str | None) -> None:
    """I1: each key leads to the line that was told of it, and none of a refused wish anywhere."""
    agency = year.agency.org.agency
    found = {key: store.answered(agency, key) for key in year.keys}
    wrong = {key: found[key] for key, told in year.keys.items() if found[key] is None or found[key][:2] != told}
    assert not wrong, f"I1: {wrong}"
    assert not [key for key in year.refused if store.answered(agency, key)], "I1: a refused wish was written"
    if url:
        stored = checker.check(url, [checker.Told(key, *told) for key, told in year.keys.items()])
        assert stored.keys == len(year.keys), f"I1: {stored.keys} keys, {len(year.keys)} commands"


def _check_verified(year: Any, store: Store) -> None:
    """I2, I3, I5, I8, I9 by the verifier of the package; the seals are those that were answered."""
    found = verify_store(year.agency, store, [Kept(head) for head in year.seals])
    errors = [one for one in found.findings if one.level == "error"]
    assert not errors, errors[:3]
    assert found.dossiers == sum(one.known is not None for one in year.running)


def _check_events(year: Any, store: Store) -> None:
    """I5: every event and notice was heard, under one id, those of a dossier in the order of its lines."""
    rows = list(store.events(year.agency.org.agency))
    assert {row.id for row in rows} == year.heard.keys(), "I5: letters got lost"
    seqs: dict[str, list[int]] = defaultdict(list)
    by_id = {row.id: row for row in rows}
    for row in (by_id[one] for one in year.heard):
        if row.seq is not None:
            seqs[row.number].append(row.seq)
    assert all(found == sorted(set(found)) for found in seqs.values()), "I5: out of order"
    keys = Counter(row.key for row in rows if row.seq is None)
    assert all(count == 1 for count in keys.values()), keys.most_common(2)


def _check_plan(year: Any) -> None:
    """A dossier that nothing held up is, line by line, what the simulator has written, but for what the last midnight
    and the hand-over after it did."""
    for one in year.running:
        if one.steady:
            told, later = list(one.told[: len(one.plan)]), one.told[len(one.plan) :]
            assert told == one.plan, f"{one.name}: {_first_difference(told, one.plan)}"
            assert all(move.actor == SYSTEM or move.action == REASSIGN for move in later), f"{one.name}: {later}"


def _check_ledgers(year: Any) -> None:
    """I6, I7: every ledger is exact, and those of a sample, their due days and verdicts, are the naive calculator's."""
    calendar, end = year.agency.calendar, year.now
    known = [one.known for one in year.running if one.known]
    sample = {one.number for one in year.random.sample(known, min(SAMPLE, len(known)))}
    for one in known:
        found = ledger(trace(one.table, calendar, one.case, one.moves), calendar, max(end, one.state.at))
        if found is None:
            continue
        assert found.exact, f"I7: {one.number}"
        assert sum(found.by_kind().values()) == found.end - found.received, f"I7: {one.number}"
        if one.number in sample:
            check_whole(found, one.number)
            expected = naive.Reader(one.table.flow, year.agency.org).read(one.moves, found.last)
            check_alike(found, expected, one.number)


def _check_figures(year: Any, engine: Engine) -> None:
    """I10: the year's figures from the store are those of what was told, and those of two halves add up to them."""
    period, agency = Period.year(2021), year.agency
    lives = [
        trace(one.known.table, agency.calendar, one.known.case, [move for move in one.told if move.at <= period.end])
        for one in year.running if one.known and one.told[0].at <= period.end
    ]  # fmt: skip
    whole, *halves = (
        stats.tally(some, period, agency.calendar, agency.org, agency.flows)
        for some in (lives, lives[::2], lives[1::2])
    )
    assert replace(engine.stats(2021), digest="") == whole, "I10: the store's figures aren't those of what was told"
    assert stats.Counts(*map(sum, zip(*(half.counts for half in halves), strict=True))) == whole.counts, "I10: shards"
    assert not stats.identities(whole), stats.identities(whole)
