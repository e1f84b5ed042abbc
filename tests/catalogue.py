"""The table of the 116 procedures and the flows drawn after it: what the tests of the catalogue share."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from flowiso.library import Library, load
from flowiso.model import Flow

ROOT = Path(__file__).parent.parent
TABLE = ROOT / "tests/data/procedures.csv"


@cache
def library() -> Library:
    """The shipped flows, read once."""
    return load(ROOT / "flows")


@cache
def flows() -> dict[str, Flow]:
    """The first version of every procedure's flow, by code; internal processes are left out."""
    return {flow.code: flow for flow in library().flows if flow.version == 1 and flow.kind == "procedure"}


@cache
def rows() -> tuple[dict[str, str], ...]:
    """The rows of the table, as they are written."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))
