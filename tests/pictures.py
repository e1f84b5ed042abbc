"""Flows to draw: the shipped ones, and one whose every word tries to break out of its picture."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

from flowiso.library import Library, load
from flowiso.model import Fact, Flow, Transition
from flowiso.text import Text

HOSTILE = (
    """</title></text><script>alert("x")</script> & &amp; ' ; # %%{init: {"theme": "x"}}%% [a](b) {c} |d| --> ]] )) \\N \\" """
    """__b__ `m` style a:#b; ]]> --- "end" 1. – Ưỡn ẹo 😀"""
)


def shipped() -> Library:
    """The flows that travel with FlowISO."""
    return load(Path(__file__).parent.parent / "flows")


def hostile(flow: Flow) -> Flow:
    """The same flow with `HOSTILE` for every text, each told apart by its id."""
    steps = tuple(
        step._replace(
            title=_text(step.id),
            forms=(f"{HOSTILE} {step.id}",),
            arrows=tuple(_arrow(arrow) for arrow in step.arrows),
        )
        for step in flow.steps
    )
    return flow._replace(
        title=HOSTILE,
        issued_by=HOSTILE,
        result=HOSTILE,
        legal_basis=(HOSTILE,),
        steps=steps,
        ends=tuple(end._replace(title=_text(end.id)) for end in flow.ends),
        anywhere=tuple(_arrow(arrow) for arrow in flow.anywhere),
        facts=tuple(Fact(fact.of, fact.status, HOSTILE, fact.place) for fact in flow.facts),
    )


def _arrow(arrow: Transition) -> Transition:
    return arrow._replace(title=_text(arrow.action), forms=(HOSTILE,))


def _text(name: str) -> Text:
    return Text(f"{HOSTILE} {name}", f"{HOSTILE} {name} en")


def program(name: str) -> str:
    """The path of a program of Debian; without it the test is skipped on a desk, and fails where everything must run."""
    return shutil.which(name) or absent(f"{name} is not on this machine: apt-get install {name}")


def absent(what: str) -> NoReturn:
    """Skip a test on a desk that lacks something; fail it where everything must run."""
    if os.environ.get("FLOWISO_CI") or os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)
