"""No page of a rule passes our own design, or what is only remembered, off as law."""

from __future__ import annotations

import re
from inspect import cleandoc
from itertools import chain

import pytest

from flowiso.rules import PAGES, Page

DESIGN = {"R1", "R55", "R56", "R61", "R62", "R63", "R64", "R72", "R74", "R77", "R121", "R124", "R140"}
SECOND_HAND = {"R76", "R80", "R91"}
MEMORY = {"R13"}
READ = {
    *("R11", "R15", "R18", "R20", "R43", "R44", "R45", "R46", "R47", "R48", "R49"),
    *("R58", "R60", "R65", "R66", "R67", "R68", "R70", "R79", "R127"),
}
"""How each domain rule that a page names is known. What is derived from one that was read is design 'after' it."""

MARKS = {
    "en": {"our design": DESIGN, "second-hand": SECOND_HAND, "from memory": MEMORY},
    "vi": {"quy ước của FlowISO": DESIGN, "nguồn dẫn lại": SECOND_HAND, "theo trí nhớ": MEMORY},
}


def named(why: str) -> list[tuple[str, str]]:
    """Every R number with the words that stand with it in brackets, up to a semicolon."""
    inside = chain.from_iterable(part.split(";") for part in re.findall(r"\(([^()]*)\)", why))
    return [(number, words) for words in inside for number in re.findall(r"R\d+", words)]


@pytest.mark.parametrize("lang", ["en", "vi"])
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.CODE)
def test_law_is_told_from_design(page: Page, lang: str) -> None:
    """Of each R number a page says whether it is law, our design, second-hand or only remembered (R13, R140)."""
    why = cleandoc(page.__doc__ or "").split("\n\n")[1] if lang == "en" else page.WHY
    why = " ".join(why.split())
    found = named(why)
    assert sorted(re.findall(r"R\d+", why)) == sorted(number for number, _ in found)
    for number, words in found:
        marked = {mark for mark in MARKS[lang] if mark in words}
        assert number in DESIGN | SECOND_HAND | MEMORY | READ
        wanted = {mark for mark, numbers in MARKS[lang].items() if number in numbers}
        after = number in READ and re.search(rf"(?:after|theo) {number}", words)
        assert marked == wanted or (after and marked <= set(MARKS[lang])), (number, words)
