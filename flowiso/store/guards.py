"""What guards the log in SQLite: triggers against whoever writes past the engine, and past the kept totals."""

from __future__ import annotations

from collections.abc import Iterator

from .keeping import NAME
from .tables import LOG

KNOWS = "flowiso_keeps"
"""The function of a connection that tells the trigger which generation of kept totals the writer knows."""
# The triggers before INSERT are there for INSERT OR REPLACE too, which takes the old row away without firing one for DELETE.
TRIGGERS = (
    """CREATE TRIGGER moves_follow BEFORE INSERT ON moves
    WHEN new.seq IS NOT (SELECT coalesce(max(seq) + 1, 0) FROM moves WHERE dossier = new.dossier)
        OR (new.seq = 0 AND NOT EXISTS (SELECT 1 FROM dossiers WHERE id = new.dossier))
    BEGIN SELECT RAISE(ABORT, 'moves is append-only: seq must follow'); END""",
    """CREATE TRIGGER words_new BEFORE INSERT ON words
    WHEN EXISTS (SELECT 1 FROM words WHERE id = new.id OR word = new.word)
    BEGIN SELECT RAISE(ABORT, 'words is append-only: it is there'); END""",
    """CREATE TRIGGER dossiers_new BEFORE INSERT ON dossiers
    WHEN EXISTS (SELECT 1 FROM dossiers WHERE id = new.id OR (agency = new.agency AND number = new.number))
    BEGIN SELECT RAISE(ABORT, 'dossiers is append-only: the number is taken'); END""",
    """CREATE TRIGGER heads_follow BEFORE INSERT ON heads
    WHEN new.position IS NOT (SELECT coalesce(max(position) + 1, 0) FROM heads WHERE agency = new.agency)
    BEGIN SELECT RAISE(ABORT, 'heads is append-only: position must follow'); END""",
    *(
        f"CREATE TRIGGER {table}_{verb.lower()} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only: no {verb}'); END"
        for table in LOG
        for verb in ("UPDATE", "DELETE")
    ),
)
"""The statements that make them."""


def kept_guard(generation: int) -> Iterator[str]:
    """The statements that let nobody write who doesn't know this generation of kept totals; 0: everybody writes."""
    yield "DROP TRIGGER IF EXISTS moves_kept"
    if generation:
        yield f"""CREATE TRIGGER moves_kept BEFORE INSERT ON moves WHEN {KNOWS}() IS NOT {generation}
        BEGIN SELECT RAISE(ABORT, '{NAME} are kept beside the log: write by FlowISO'); END"""
