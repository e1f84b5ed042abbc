"""Stores: where logs are kept. `open_store` picks one by URL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flowiso.errors import StoreError
from flowiso.text import Text

from .memory import MemoryStore

if TYPE_CHECKING:
    from flowiso.ports import Store, StoreKind

__all__ = ["MemoryStore", "join_store", "open_store"]


def join_store(connection: Any, create: bool = False) -> Store:
    """The store in a host's own connection and transaction; see `flowiso.store.sql.SqlStore.joined` and `make`."""
    from .sql import SqlStore

    return SqlStore.make(connection) if create else SqlStore.joined(connection)


def open_store(
    url: str,
    kind: StoreKind = "live",
    create: bool = True,
    *,
    setting: str = "",
    read_only: bool = False,
    beside: bool = False,
) -> Store:
    """The store at `url`: "memory:", "sqlite:///file.db" or "postgresql://user@host/database".

    `kind` is for a new store, and so is `setting`, of a simulation alone; one that exists keeps its own. With `create=False` a
    missing one is a StoreError. `read_only` makes none either, and refuses every write; the file and its folder may be read-only
    too. A database that holds tables of another program is refused, so that a slip in an address does no harm; with `beside`
    ours are made beside them.
    """
    assert kind == "simulated" or not setting, "real dossiers have no setting"
    if url == "memory:":
        return MemoryStore(kind, setting)
    if url.startswith(("sqlite:", "postgresql:", "postgresql+psycopg:")):
        from .sql import SqlStore

        return SqlStore.open(url, kind, create, setting=setting, read_only=read_only, beside=beside)
    guess = "" if ":" in url else f"sqlite:///{url}"
    raise StoreError(
        Text(
            f"không hiểu địa chỉ kho {url}: hiện có sqlite:///tên-tệp.db, postgresql://máy/cơ-sở-dữ-liệu và memory:"
            + (f"; ý là {guess} chăng?" if guess else ""),
            f"can't understand store address {url}: there are sqlite:///file.db, postgresql://host/database and memory:"
            + (f"; did you mean {guess}?" if guess else ""),
        )
    )
