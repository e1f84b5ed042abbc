"""The legal texts flows rest on: since when each is in force, until when, and what followed it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal


@dataclass(frozen=True, slots=True)
class Law:
    """One legal text: `amends` or `replaces` others from `since` on; `until` is the first day it no longer holds."""

    name: str
    since: date | None = None
    until: date | None = None
    replaces: tuple[str, ...] = ()
    amends: tuple[str, ...] = ()
    status: Literal["read", "read-secondary", "memory"] = "memory"
    source: str = ""


@dataclass(frozen=True, slots=True)
class Laws:
    """All that the agency's `_laws.yaml` knows, by name."""

    by_name: Mapping[str, Law] = field(default_factory=dict)
