"""Errors as values: what they carry, and that they cross from one process to another."""

from __future__ import annotations

import errno
import pickle

import pytest

from flowiso.errors import Conflict, FlowISOError, Incomplete, Misrouted, NotAllowed, StoreError, cause_of
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


@pytest.mark.parametrize(
    ("cause", "told"),
    [(None, None), (OSError(errno.ENOSPC, "Nguyễn Văn A"), "OSError ENOSPC"), (KeyError("Nguyễn Văn A"), "KeyError")],
)
def test_the_cause_is_told_without_its_words(cause: Exception | None, told: str | None) -> None:
    """R151: the driver's or the system's code, never its words."""
    error = StoreError(Text("hỏng", "broken"))
    error.__cause__ = cause
    assert cause_of(error) == told
