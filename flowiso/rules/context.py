"""What a rule may know besides the flow: the organisation and the shared words."""

from __future__ import annotations

from dataclasses import dataclass

from flowiso.org import Org
from flowiso.words import Words

ONE_STOP = "mot-cua"


@dataclass(frozen=True, slots=True)
class Context:
    """The agency a flow is checked for."""

    org: Org
    words: Words
