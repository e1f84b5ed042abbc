"""What a fact of a flow is called is said once: by the list of names, by the rule of provenance, and on every screen."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from catalogue import library
from test_diff import LISTS, OTHER
from test_rules import SOUND, SOUND_FILE, check

from flowiso.diff import diff
from flowiso.facts import TITLES, WHOLES, fact_names, fact_title, going_on, parts
from flowiso.flowfile import HEAD
from flowiso.model import FORWARD, Fact, Flow, Place
from flowiso.render.flow import head_facts
from flowiso.rules import no_provenance
from flowiso.rules.context import Context

LIBRARY = library()
CONTEXT = Context(LIBRARY.org, LIBRARY.words)
EVERY = pytest.mark.parametrize("flow", LIBRARY.flows, ids=lambda flow: flow.code)


def faults(flow: Flow, names: Iterable[str]) -> list[str]:
    """What FLW107 says of the flow when its `facts` speak of these names."""
    entry = Fact(tuple(names), "assumed", "ví dụ", Place(1, 1))
    return [found.message.en for found in no_provenance.check(flow._replace(facts=(entry,)), CONTEXT)]


def test_every_fact_has_a_title() -> None:
    """Each key of the head but `facts` itself, and the wholes, are called something, no two of them the same."""
    assert TITLES.keys() == (HEAD.keys() - {"facts"}) | {"times", "arrows", "forms"}
    assert {*WHOLES.values()} < TITLES.keys()
    for titles in zip(*TITLES.values(), strict=True):
        assert len({*titles}) == len(titles)


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_screen_calls_a_fact_the_same(lang: str) -> None:
    """The worklist, the head of `flowiso show` and of the sheets, and `flowiso diff` have one name for a fact."""
    flow = LIBRARY.find("LTHH-13")
    assert {name: fact_title(flow, name, lang) for name in TITLES} == {
        name: said.to(lang) for name, said in TITLES.items()
    }
    for one in LIBRARY.flows:
        assert [label for label, _, _ in head_facts(one, LIBRARY.org, lang)] == [
            fact_title(one, fact, lang) for _, _, fact in head_facts(one, LIBRARY.org, lang)
        ]
    edits = {**OTHER, "interconnected": not flow.interconnected} | dict.fromkeys(LISTS, ("khác",))
    for name in edits.keys() & HEAD.keys():
        (change, *_) = diff(flow, flow._replace(**{name: edits[name]}))
        assert change.what == name
        assert change.text.to(lang).startswith(f"{fact_title(flow, name, lang)}: ")


@EVERY
def test_the_rule_and_the_names_agree(flow: Flow) -> None:
    """FLW107 takes every name of a fact, wants no other, and takes nothing that only looks like one (R60)."""
    names = fact_names(flow)
    assert {name for entry in flow.facts for name in entry.of} <= names
    assert faults(flow, names) == []
    strange = {"facts", "legal_basis.0", "step.khong-co", "file", "places", "digest"}
    strange |= {f"time.{step.id}" for step in flow.steps if not step.within}
    strange |= {f"arrow.{step}.{FORWARD}" for step in going_on(flow)}
    assert not strange & names
    found = faults(flow, (*sorted(names), *sorted(strange)))
    assert [said.split("'")[1] for said in found] == sorted(strange)


@EVERY
def test_the_parts_make_up_the_whole(flow: Flow) -> None:
    """Single facts cover `steps`, `times` and `arrows` when none is missing, also the arrows on that rows aside write."""
    names = fact_names(flow) - {*WHOLES.values()}
    assert faults(flow, names) == []
    for kind, whole in WHOLES.items():
        singles = sorted(parts(flow, whole), key=lambda name: (not name.endswith(f".{FORWARD}"), name))
        if whole == "times" and not any(step.within for step in flow.steps):
            assert singles == []
            continue
        single = singles[0]
        assert single.startswith(f"{kind}.")
        assert [said.split("'")[1] for said in faults(flow, names - {single})] == [whole]


@pytest.mark.parametrize("mistyped", ["within: 80 wh", "witin: 80wh"])
def test_what_was_misread_is_no_second_finding(mistyped: str) -> None:
    """Habit 6: a fact whose value can't be read was reported where it stands."""
    assert SOUND.count("within: 80wh") == 1
    text = SOUND.replace("times, arrows", "times, time.tham-dinh, arrows")
    assert check((SOUND_FILE, text)) == []
    assert len(check((SOUND_FILE, text.replace("within: 80wh", mistyped)))) == 1
