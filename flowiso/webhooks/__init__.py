"""Events out: what the outbox owes, posted to the agency's receivers as signed webhooks (docs/webhooks.md).

    journal = Journal(Path("noi-nhan.journal"), {"agency": engine.agency, "store": "mot-cua"})
    Deliverer(engine, load_receivers(Path("noi-nhan.yaml")), journal).once()

An event leaves the outbox when every receiver of it has acknowledged it; until then it is sent again, always under one id.
"""

from __future__ import annotations

from .delivery import Deliverer, Tally
from .journal import Journal
from .receivers import Receiver, Receivers, load_receivers

__all__ = ["Deliverer", "Journal", "Receiver", "Receivers", "Tally", "load_receivers"]
