"""What a rule may know besides the flow: the agency with its words, calendar, plans and laws, and the day of the check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from flowiso.calendar import Calendar
from flowiso.laws import Laws
from flowiso.org import Org
from flowiso.words import Words

ONE_STOP = "mot-cua"


@dataclass(frozen=True, slots=True)
class Context:
    """The agency a flow is checked for. `calendar` is None where the agency has none; `today` is the day of the check.

    `published` maps a file, as the agency's list names it, to the digest it was frozen with.
    """

    org: Org
    words: Words
    calendar: Calendar | None = None
    laws: Laws = field(default_factory=Laws)
    published: Mapping[str, str] = field(default_factory=dict)
    today: date | None = None
