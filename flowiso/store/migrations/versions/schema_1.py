"""Schema 1: a log of dossiers, and the counters of their numbers.

Only SQLite ever had it; its tables are made in PostgreSQL too, so that every later migration is tried in both.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "1"
down_revision = None

_GUARDS = (
    """CREATE TRIGGER moves_follow BEFORE INSERT ON moves
        WHEN new.seq IS NOT (
            SELECT coalesce(max(seq) + 1, 0) FROM moves WHERE agency = new.agency AND dossier = new.dossier
        ) BEGIN SELECT RAISE(ABORT, 'moves is append-only: seq must follow'); END""",
    *(
        f"CREATE TRIGGER {table}_{verb} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only: no {verb}'); END"
        for table in ("moves", "dossiers")
        for verb in ("UPDATE", "DELETE")
    ),
)


def upgrade() -> None:
    """Make the tables of a live store."""
    meta = op.create_table("meta", sa.Column("key", sa.Text, primary_key=True), _text("value"))
    op.create_table(
        "counters",
        sa.Column("agency", sa.Text, primary_key=True),
        sa.Column("day", sa.Text, primary_key=True),
        sa.Column("last", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "dossiers",
        sa.Column("id", sa.Integer, primary_key=True),
        *map(_text, ("agency", "number", "code")),
        sa.Column("version", sa.Integer, nullable=False),
        _text("channel"),
        sa.UniqueConstraint("agency", "number"),
        sa.UniqueConstraint("agency", "id"),
    )
    _make_moves()
    op.bulk_insert(meta, [{"key": "schema", "value": "1"}, {"key": "kind", "value": "live"}])
    if op.get_bind().dialect.name == "sqlite":
        for guard in _GUARDS:
            op.execute(guard)


def _make_moves() -> None:
    clock = sa.extract("epoch", sa.func.current_timestamp())
    op.create_table(
        "moves",
        sa.Column("agency", sa.Text, primary_key=True),
        sa.Column("dossier", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        *map(_text, ("actor", "action", "step", "holder")),
        sa.Column("note", sa.Text),
        sa.Column("recorded", sa.BigInteger, nullable=False, server_default=clock),
        sa.ForeignKeyConstraint(["agency", "dossier"], ["dossiers.agency", "dossiers.id"]),
        sqlite_with_rowid=False,
    )


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)
