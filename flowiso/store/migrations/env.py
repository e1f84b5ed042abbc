"""Run by alembic: the migrations in the connection, and the transaction, that `flowiso.store.upgrade` gives."""

from __future__ import annotations

from alembic import context

from flowiso.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=context.config.attributes["version_table"],
)
context.run_migrations()
