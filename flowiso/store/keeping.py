"""The optional table of kept totals, and what a process knows of it: which agencies have any, and how their lines count.

Whether totals are kept stands in `meta`, under a number that grows with every change of it, the generation. While any are kept a
trigger on `moves` asks who writes for the generation he knows, so that no process, old program or stray statement adds lines that
are not counted: who knows another is refused, looks into `meta`, and writes again (`link.Unkept`). A store that keeps nothing has
neither table nor trigger.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from flowiso.errors import StoreError
from flowiso.model import Case, Move
from flowiso.ports import Change, Count, KeptTotals, Key, Sums
from flowiso.text import Text

NAME, META = "kept_totals", "kept"
"""The table, and its key in `meta`."""
COLUMNS = ("agency", "part", "kind", "name", "detail", "counted", "late", "minutes")
KEY, SUMS = COLUMNS[:5], COLUMNS[5:]


class Kept(NamedTuple):
    """What lines change of the kept totals, by whoever knows that generation of them, 0 for none kept."""

    generation: int = 0
    changes: Sequence[Change] = ()


NOT_KEPT = Kept()


class Keeping:
    """What a process knows of the totals a store keeps."""

    __slots__ = ("_counts", "state")

    def __init__(self) -> None:
        self.state: tuple[int, frozenset[str]] = (0, frozenset())
        self._counts: dict[str, Count] = {}

    @property
    def generation(self) -> int:
        """The generation of kept totals, 0 for none."""
        return self.state[0]

    def learn(self, facts: Mapping[str, str]) -> None:
        """Take in what `meta` says. Generation and agencies change at once: who says the one has counted for the others."""
        generation, *agencies = json.loads(facts.get(META, "[0]"))
        self.state = (generation if agencies else 0, frozenset(agencies))

    def count_by(self, agency: str, count: Count) -> None:
        """Say how an agency's lines count."""
        self._counts[agency] = count

    def count(self, agency: str) -> Count:
        """How an agency's lines count. Raises StoreError where nobody has said."""
        try:
            return self._counts[agency]
        except KeyError:
            raise _uncounted(agency) from None

    def told(self, case: Case, before: Sequence[Move], moves: Sequence[Move]) -> Kept:
        """What lines change after those before them."""
        generation, agencies = self.state
        return Kept(generation, self.count(case.agency)(case, before, moves) if case.agency in agencies else ())


def rows(agency: str, changes: Iterable[Change]) -> list[tuple[Any, ...]]:
    """Changes as rows of the table."""
    return [(agency, *change[:4], *change.sums) for change in changes]


def totals(found: Iterable[Sequence[Any]]) -> dict[Key, Sums]:
    """Rows without their agency as totals."""
    return {(part, kind, name, detail): Sums(*map(int, sums)) for part, kind, name, detail, *sums in found}


def added(before: KeptTotals, changes: Iterable[Change]) -> dict[Key, Sums]:
    """Totals after changes; keys without any sum are left out."""
    found = dict(before)
    for *key, sums in changes:
        name: Any = tuple(key)
        found[name] = Sums(*map(sum, zip(found.get(name, Sums()), sums, strict=True)))
    return {name: sums for name, sums in found.items() if any(sums)}


def turned(facts: Mapping[str, str], agency: str, on: bool) -> str:
    """What `meta` is to say once an agency's totals are kept, or no longer."""
    generation, *agencies = json.loads(facts.get(META, "[0]"))
    return json.dumps(
        [generation + 1, *sorted({*agencies, agency} if on else {*agencies} - {agency})], ensure_ascii=False
    )


def days(first: int, last: int) -> tuple[int, int]:
    """The first and the last day, as the parts are named by, of years or of parts."""
    return (first, last) if first > 9_999 else (first * 10_000, last * 10_000 + 9_999)


def _uncounted(agency: str) -> StoreError:
    return StoreError(
        Text(
            f"kho giữ số tổng của cơ quan {agency} nên chỉ ghi được qua flowiso.open với lưu đồ của cơ quan ấy",
            f"the store keeps totals of agency {agency}, so write through flowiso.open with that agency's flows",
        )
    )
