"""The legal texts flows rest on: since when each is in force, until when, and what followed it (R66).

The texts that govern the one-stop mechanism itself come in rule sets, slices of time in which the same ones held (R1).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cached_property, lru_cache
from typing import Literal, NamedTuple

Status = Literal["read", "read-secondary", "memory"]
"""Whether something was read in the text itself, read about elsewhere, or is only remembered."""

_NUMBER = re.compile(r"\d+(?:/\d{4})?/[A-Z][A-Z0-9-]*")
_PLAIN = str.maketrans("ĐÐ", "DD")  # the Icelandic letter looks the same and is often typed instead


class Law(NamedTuple):
    """One legal text: `amends` or `replaces` others from `since` on; `until` is the first day it no longer holds.

    `status` is that of the least sure thing said here, `until_status` that of `until`; what isn't known is None.
    """

    name: str
    since: date | None = None
    until: date | None = None
    replaces: tuple[str, ...] = ()
    amends: tuple[str, ...] = ()
    status: Status = "memory"
    until_status: Status = "memory"
    source: str = ""


class RuleSet(NamedTuple):
    """A slice of the law of the one-stop mechanism, from `since` until `until`, the first day that isn't in it any longer.

    A dossier keeps the rule set of the day it was received (R1); a flow names the one it was drawn under. `laws` are the
    texts that make the slice, for its reader; some come into force within it.
    """

    code: str
    since: date
    until: date | None = None
    laws: tuple[str, ...] = ()
    status: Status = "memory"
    source: str = ""

    def holds(self, on: date) -> bool:
        """Whether a day lies in the slice."""
        return self.since <= on and (self.until is None or on < self.until)


@lru_cache(maxsize=2048)
def numbers(text: str) -> tuple[str, ...]:
    """What the legal texts named in `text` are known by: their numbers, 105/2017/ND-CP.

    A text without a number, such as a law by its year, is known by its name without what stands in brackets.
    """
    found = _NUMBER.findall(text.upper().translate(_PLAIN))
    return tuple(found) or (" ".join(text.partition("(")[0].split()).upper(),)


class Laws:
    """The agency's register, `_laws.yaml`: legal texts, and rule sets by code in the order given, that of time."""

    def __init__(self, texts: tuple[Law, ...] = (), rule_sets: tuple[RuleSet, ...] = ()) -> None:
        self.texts = texts
        self.rule_sets: Mapping[str, RuleSet] = {one.code: one for one in rule_sets}

    def rule_set(self, on: date) -> RuleSet | None:
        """The rule set that a dossier received on a day keeps for life (R1); None before the first."""
        return next((one for one in self.rule_sets.values() if one.holds(on)), None)

    @cached_property
    def _by_number(self) -> dict[str, Law]:
        return {number: law for law in self.texts for number in numbers(law.name)}

    @cached_property
    def _followers(self) -> dict[tuple[str, str], list[Law]]:
        found: dict[tuple[str, str], list[Law]] = {}
        for law in self.texts:
            for how, names in (("replaces", law.replaces), ("amends", law.amends)):
                for number in (number for name in names for number in numbers(name)):
                    found.setdefault((how, number), []).append(law)
        return found

    def named(self, text: str) -> list[tuple[str, Law]]:
        """The texts that `text` names, by number; one nobody registered but that others follow has only its name."""
        known = {number for _, number in self._followers} | self._by_number.keys()
        return [(number, self._by_number.get(number, Law(text))) for number in numbers(text) if number in known]

    def replacing(self, number: str) -> list[Law]:
        """What replaced the text, in the order of the register."""
        return self._followers.get(("replaces", number), [])

    def amending(self, number: str) -> list[Law]:
        """What amended the text."""
        return self._followers.get(("amends", number), [])

    def after(self, number: str) -> Iterator[Law]:
        """What replaced the text, what replaced that, and so on, each once."""
        seen = {number}
        ahead = [number]
        while ahead:
            for law in self.replacing(ahead.pop()):
                new = set(numbers(law.name)) - seen
                seen |= new
                ahead += new
                yield from [law] if new else []
