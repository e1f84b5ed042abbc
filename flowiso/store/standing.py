"""What an SQLite file surely still holds, because nobody else has written to it since we looked: ends of logs, words' numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from flowiso.ports import Event

from .lines import Row
from .statements import Statements

_Cursor = Any
_Rows = list[tuple[object, ...]]


class Standing:
    """The time since when nobody but us has written, under a `mark`; only whoever has the right to write asks.

    SQLite tells a connection whether another one has committed anything (`PRAGMA data_version`), be it a backup restored into
    the file. The mark is 0 where that is not watched: there nothing is vouched for, and no word remembered.
    """

    __slots__ = ("_numbers", "_quiet", "_sql", "_version", "mark")

    def __init__(self, sql: Statements) -> None:
        self.mark = 0
        self._sql = sql
        self._version: int | None = None
        self._quiet = False
        self._numbers: dict[str, int] = {}

    def look(self, cursor: _Cursor) -> None:
        """In a transaction that has just begun: forget all, should somebody else have written."""
        (version,) = cursor.execute("PRAGMA data_version").fetchone()
        self._quiet = version == self._version
        if not self._quiet:
            self._version = version
            self.forget()

    def forget(self) -> None:
        """Something was undone, or is to be looked at anew."""
        self.mark += 1
        self._numbers.clear()

    def numbered(
        self, dossier: int, rows: Sequence[Row], events: Sequence[Event]
    ) -> tuple[str, _Rows, list[tuple[int, int, int]]] | None:
        """Lines and events with the numbers of their words, and the statement that puts down such lines.

        None when a word isn't known. The driver takes a bytearray for what it is; of bytes and None it first asks whether
        somebody has told it to write them otherwise, which takes as long as to bind three numbers.
        """
        known = self._numbers
        lines: _Rows = []
        owed: list[tuple[int, int, int]] = []
        try:
            for seq, kind in events:
                owed.append((dossier, seq, known[kind]))
            for seq, at, actor, action, step, holder, note, record, its_hash in rows:
                if note is not None or record is not None:
                    break
                lines.append(
                    (dossier, seq, at, known[actor], known[action], known[step], known[holder], bytearray(its_hash))
                )
            else:
                return self._sql.put_bare, lines, owed
            lines = [
                (dossier, seq, at, known[actor], known[action], known[step], known[holder], note, record, its_hash)
                for seq, at, actor, action, step, holder, note, record, its_hash in rows
            ]
        except (KeyError, TypeError):  # a TypeError: what is no text at all
            return None
        return self._sql.put_numbered, lines, owed

    def learn(self, cursor: _Cursor, words: Iterable[str]) -> None:
        """Remember the numbers of words that were just written; not while others write too: it would not last."""
        if not self._quiet:
            return
        for word in words:
            if word not in self._numbers:
                ((self._numbers[word],),) = cursor.execute(self._sql.number_of, (word,)).fetchall()
