"""The tables of our store in the words of a database, for who writes to them by hand: no trigger, nothing of the store's own."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Dialect
from sqlalchemy.schema import CreateIndex, CreateTable

from flowiso.store.tables import metadata


def ddl(dialect: Dialect) -> Iterator[str]:
    """CREATE TABLE and CREATE INDEX, in an order that works."""
    for table in metadata.sorted_tables:
        yield str(CreateTable(table).compile(dialect=dialect))
        yield from (str(CreateIndex(index).compile(dialect=dialect)) for index in table.indexes)
