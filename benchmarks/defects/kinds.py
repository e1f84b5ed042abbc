"""What an operator is: one kind of defect, planted in one good agency at a place that chance picks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from random import Random
from typing import NamedTuple, TypeVar

from .bases import AGENCIES, Base, base
from .plain import Plain, complaints
from .plain import read as read_plain
from .text import Doc

T = TypeVar("T")
_TRIES = 60


class Unfit(Exception):
    """The defect can't be planted here, or what would come out would be legal."""


class Fault(NamedTuple):
    """Changed files (None: gone), the places (file, line) at which the defect may rightly be shown, and the flow changed."""

    changes: Mapping[str, str | None]
    places: frozenset[tuple[str, int]]
    copied: str | None = None
    """The good flow that a new file was copied from."""


@dataclass(frozen=True)
class Site:
    """One flow of a good agency, and chance."""

    good: Base
    file: str
    rng: Random

    @cached_property
    def doc(self) -> Doc:
        """The flow's file."""
        return self.good.doc(self.file)

    @cached_property
    def flow(self) -> Plain:
        """The flow as plain values."""
        return self.good.plain(self.file)

    def pick(self, choices: Iterable[T]) -> T:
        """One of them by chance; Unfit when there is none."""
        some = list(choices)
        if not some:
            raise Unfit
        return self.rng.choice(some)

    def need(self, so: object) -> None:
        """Unfit when it isn't so."""
        if not so:
            raise Unfit

    def plain(self, doc: Doc) -> Plain:
        """Another text of the flow as plain values."""
        return read_plain(doc, self.good.kinds)

    def duty(self, step: str) -> str:
        """What the holder of a step does with the dossier."""
        return self.good.roles.get(self.flow.steps[step].get("by", ""), {}).get("duty", "")

    def party(self, step: str) -> str:
        """On whose side the holder of a step is."""
        return self.good.roles.get(self.flow.steps[step].get("by", ""), {}).get("party", "")

    def holds_together(self, doc: Doc) -> Doc:
        """The text, if a reference-and-reachability check still finds nothing in it; else Unfit."""
        self.need(not list(complaints(self.plain(doc), set(self.good.roles))))
        return doc

    def fault(self, doc: Doc, *paths: Sequence[str]) -> Fault:
        """The flow's file changed; the lines of these paths are where the defect may be shown."""
        return Fault({self.file: doc.text}, frozenset((self.file, doc.line(*path)) for path in paths))


def forget(doc: Doc, *words: str) -> Doc:
    """The flow without what its `facts` say of a step or an arrow alone: of names that end in these words."""
    for number, fact in reversed(list(enumerate(doc.data("facts")))):
        kept = [name for name in fact["of"] if not name.endswith(words)]
        if not kept:
            doc = doc.drop("facts", str(number))
        elif len(kept) < len(fact["of"]):
            doc = doc.set(f"[{', '.join(kept)}]", "facts", str(number), "of")
    return doc


Operator = Callable[[Site], Fault]


@dataclass(frozen=True)
class Kind:
    """A kind of defect: the rules that honestly name it, what it is in a sentence, how it is planted, and where."""

    name: str
    codes: frozenset[str]
    text: str
    plant: Operator
    agencies: tuple[str, ...] = field(default=AGENCIES[:-1])


KINDS: dict[str, Kind] = {}


def kind(name: str, codes: str, text: str, agencies: tuple[str, ...] = AGENCIES[:-1]) -> Callable[[Operator], Operator]:
    """Enter an operator under its name."""

    def enter(plant: Operator) -> Operator:
        KINDS[name] = Kind(name, frozenset(codes.split()), text, plant, agencies)
        return plant

    return enter


class Mutant(NamedTuple):
    """One planted defect; `number` counts the mutants of its kind under one seed."""

    kind: Kind
    number: int
    good: Base
    fault: Fault


def mutants(one: Kind, seed: int) -> Iterator[Mutant]:
    """The different mutants of a kind in the order chance gives them, until it finds no new one."""
    rng = Random(f"{seed} {one.name}")
    seen: set[tuple[str, str]] = set()
    number, misses = 0, 0
    while misses < _TRIES:
        good = base(rng.choice(one.agencies))
        site = Site(good, rng.choice(good.flows), rng)
        try:
            fault = one.plant(site)
        except Unfit:
            misses += 1
            continue
        key = good.name, repr(sorted(fault.changes.items(), key=lambda change: change[0]))
        if key in seen:
            misses += 1
            continue
        seen.add(key)
        misses = 0
        yield Mutant(one, number, good, fault)
        number += 1
