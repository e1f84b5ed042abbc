"""What the tests share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from flowiso.library import load_calendar

if TYPE_CHECKING:
    from flowiso.calendar import Calendar

FLOWS = Path(__file__).parent.parent / "flows"


@pytest.fixture(scope="session")
def calendar() -> Calendar:
    """The shipped calendar, 2018-2026."""
    return load_calendar(FLOWS)
