"""What is found of planted misroutes: how soon they are suspected, how often wrongly, and whether every record is true."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from planted import HandOver, Planted, Truth, plant, town

from flowiso.dossier import first_table
from flowiso.ledger import ledger
from flowiso.life import Life
from flowiso.misroutes import Record, records
from flowiso.model import Case, Move
from flowiso.tracing import trace

HOUR = 3600
SOON = 8 * HOUR
LIMIT = 4 * HOUR


class Seen(NamedTuple):
    """A hand-over, and whether it was suspected or confirmed at any time within eight working hours."""

    handed: HandOver
    suspected: bool


class Detection:
    """The figures of one planting."""

    def __init__(self, found: Planted) -> None:
        self.found = found
        logs = found.engine.store.logs(found.engine.agency)
        self.logs: dict[str, tuple[Case, tuple[Move, ...]]] = {
            case.number: (case, tuple(moves)) for case, moves in logs
        }
        self.end = max(moves[-1].at for _, moves in self.logs.values()) + 30 * 86_400

    def life(self, number: str, at: int) -> Life:
        """A dossier's life as its log stood at a moment (R92)."""
        case, moves = self.logs[number]
        known = [move for move in moves if move.at <= at]
        table = first_table(town(), case, moves)
        return trace(table, town().calendar, case, known)

    def begun(self, at: int) -> list[str]:
        """The dossiers there were by a moment."""
        return [number for number, (_, moves) in self.logs.items() if moves[0].at <= at]

    def told(self, handed: HandOver, at: int) -> bool:
        """Whether there was a record of a hand-over at a moment."""
        found = records(self.life(handed.number, at), town().calendar, at)
        return any(one.sent_at == handed.sent_at and one.wrong == handed.holder for one in found)

    @cached_property
    def seen(self) -> list[Seen]:
        """Every hand-over, looked at just after the limit for confirming it and after eight hours: a suspicion begins and ends
        between no other moments, and one that was confirmed stays."""
        plus = town().calendar.plus
        return [
            Seen(one, any(self.told(one, plus(one.sent_at, wait)) for wait in (LIMIT + 60, SOON)))
            for one in self.found.handed
        ]

    @property
    def wrong(self) -> list[Seen]:
        """The hand-overs to wrong accounts that may hold the step."""
        return [one for one in self.seen if not one.handed.right]

    @property
    def recall(self) -> float:
        """The share of the wrong ones that was suspected in time."""
        return sum(one.suspected for one in self.wrong) / len(self.wrong)

    @property
    def precision(self) -> float:
        """The share of those suspected that was wrong."""
        return sum(one.suspected for one in self.wrong) / sum(one.suspected for one in self.seen)

    @property
    def base_rate(self) -> float:
        """The share of all hand-overs let through that was wrong."""
        return len(self.wrong) / len(self.seen)

    @cached_property
    def records(self) -> list[Record]:
        """Every record when all is over."""
        return [one for number in self.logs for one in records(self.life(number, self.end), town().calendar, self.end)]

    def confirmed(self) -> set[Truth]:
        """The confirmed records as the generator tells them."""
        return {
            Truth(
                one.dossier, one.step, one.sender, one.wrong, one.right or "", one.sent_at, one.confirmed_at or 0,
                one.verb, one.confirmed_by, one.corrected_at or 0, one.lost,
            )
            for one in self.records
            if one.status == "confirmed"
        }  # fmt: skip

    def charged(self) -> tuple[int, int]:
        """Working seconds lost by the records, and by the ledgers."""
        books = [ledger(self.life(number, self.end), town().calendar, self.end) for number in self.logs]
        entries = [entry for book in books if book for entry in (*book.entries, *book.after)]
        lost = sum(one.lost for one in self.records)
        return lost, sum(entry.worked for entry in entries if entry.kind == "misroute")

    def lines(self) -> Iterator[str]:
        """The figures in words."""
        found, kinds = self.found, Counter(one.handed.behaviour for one in self.wrong)
        tries = found.blocked.total() + found.passed.total()
        listed = ", ".join(f"{kind} {count}" for kind, count in sorted(found.blocked.items()))
        wrong = len(self.wrong)
        yield f"{len(self.logs):,} dossiers, {len(self.seen):,} hand-overs let through; misroutes tried: {tries + wrong:,},"
        yield f"of them {wrong:,} ({wrong / (tries + wrong):.0%}) to an account that may hold the step"
        yield f"R121: {found.blocked.total()} of {tries} blocked ({listed}); right hand-overs blocked: {found.refused_right}"
        yield f"suspected within 8 working hours: recall {self.recall:.3f}, precision {self.precision:.3f},"
        yield f"base rate {self.base_rate:.4f}, so {self.precision / self.base_rate:.1f} times the base rate"
        for kind, count in sorted(kinds.items()):
            hits = sum(one.suspected for one in self.wrong if one.handed.behaviour == kind)
            yield f"  {kind}: {hits} of {count}"
        true = self.confirmed() & set(found.confirmed)
        yield f"confirmed: {len(self.confirmed())} records, {len(true)} of them true in every field;"
        yield f"{len(found.confirmed)} happened"


def main(dossiers: int = 5000, seed: int = 1) -> None:
    """Print them."""
    for line in Detection(plant(dossiers, seed)).lines():
        print(line)


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))
