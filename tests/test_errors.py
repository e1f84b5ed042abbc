"""Errors as values: what they carry, and that they cross from one process to another."""

from __future__ import annotations

import pickle

import pytest

from flowiso.errors import Conflict, FlowISOError, Incomplete, Misrouted, NotAllowed
from flowiso.model import Finding
from flowiso.text import Text

SAID = Text("không được", "not allowed")


@pytest.mark.parametrize(
    "error",
    [
        Conflict(SAID),
        NotAllowed(SAID, ("chuyen",)),
        Incomplete(SAID, ("note",)),
        Misrouted(SAID, Finding("DOS203", "wrong-division", "error", SAID), ()),
    ],
)
def test_errors_cross_from_one_process_to_another(error: FlowISOError) -> None:
    """A pool of processes hands them back whole."""
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.__dict__) == (type(error), str(error), error.__dict__)
