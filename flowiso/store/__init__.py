"""Stores: where logs are kept. `open_store` picks one by URL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowiso.errors import StoreError
from flowiso.text import Text

from .memory import MemoryStore

if TYPE_CHECKING:
    from flowiso.engine import Store, StoreKind

__all__ = ["MemoryStore", "open_store"]


def open_store(url: str, kind: StoreKind = "live", create: bool = True) -> Store:
    """The store at `url`: "memory:" or "sqlite:///file.db".

    `kind` is for a new store; one that exists keeps its own. With `create=False` a missing one is a StoreError.
    """
    if url == "memory:":
        return MemoryStore(kind)
    if url.startswith("sqlite:"):
        from .sql import SqlStore

        return SqlStore(url, kind, create)
    guess = "" if ":" in url else f"sqlite:///{url}"
    raise StoreError(
        Text(
            f"không hiểu địa chỉ kho {url}: hiện có sqlite:///tên-tệp.db và memory:"
            + (f"; ý là {guess} chăng?" if guess else ""),
            f"can't understand store address {url}: there are sqlite:///file.db and memory:"
            + (f"; did you mean {guess}?" if guess else ""),
        )
    )
